#include "maps/road_network/survey_movements.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "maps/road_network/lane_builder_paths.h"

namespace bitgoeul::maps {

namespace {

constexpr double kStraightRad = 40.0 * sim::kPi / 180.0;
constexpr double kUTurnRad = 150.0 * sim::kPi / 180.0;
constexpr double kSignalReachM = 45.0;  // of a signal or signalised crossing before the junction
constexpr double kSignReachM = 25.0;

const StreetEdge& edge_of(const StreetGraph& graph, const StreetLeg& leg) {
  return graph.edges[static_cast<std::size_t>(leg.edge)];
}

const std::vector<LaneFact>& facts_of(const StreetEdge& edge, bool along) {
  return along ? edge.street.facts_forward : edge.street.facts_backward;
}

struct Target {
  int leg = 0;
  double turn_rad = 0;
  Turn turn = Turn::kStraight;
  int first = 0, lanes = 0;  // lanes for all vehicles: [first, first + lanes)
};

// One junction's lanes.
struct Planner {
  const StreetGraph& graph;
  const StreetNode& node;
  std::vector<Movement>& out;

  const StreetLeg& leg(int l) const { return node.legs[static_cast<std::size_t>(l)]; }
  void add(int from, int lane, const Target& target, int to_lane) {
    const Movement m{from, lane, target.leg, to_lane, target.turn};
    const auto same = [&](const Movement& other) {
      return other.from_leg == m.from_leg && other.from_lane == m.from_lane && other.to_leg == m.to_leg &&
             other.to_lane == m.to_lane;
    };
    if (std::none_of(out.begin(), out.end(), same)) out.push_back(m);
  }

  std::vector<Target> targets(const std::vector<SurveyWay>& ways) const;
  void leg(int from, const std::vector<SurveyWay>& ways);
  void side_by_side(int from, const std::vector<int>& lanes, const Target& target);
  int best_shift(int from, const std::vector<int>& lanes, const Target& target) const;
  void bus_lane(int from, const Target& main);
  void turn_back(int from);
};

std::vector<Target> Planner::targets(const std::vector<SurveyWay>& ways) const {
  std::vector<Target> all;
  for (const SurveyWay& way : ways) {
    const StreetLeg& to = leg(way.to_leg);
    Target target{way.to_leg, way.turn, way.turn > 0 ? Turn::kLeft : Turn::kRight,
                  bus_lanes(edge_of(graph, to), to.at_start), 0};
    target.lanes = lanes_out(graph, to) - target.first;
    if (target.lanes == 0) target.first = 0, target.lanes = lanes_out(graph, to);
    if (way.turn > kUTurnRad) target.turn = Turn::kUTurn;
    all.push_back(target);
  }
  std::sort(all.begin(), all.end(), [](const Target& a, const Target& b) {
    return std::pair(-a.turn_rad, a.leg) < std::pair(-b.turn_rad, b.leg);
  });
  return all;
}

// Row of the target that goes on: the straightest, with some weight on the same street.
std::size_t main_target(const StreetGraph& graph, const StreetEdge& from, const StreetNode& node,
                        std::vector<Target>& targets) {
  std::size_t best = 0;
  const auto score = [&](const Target& t) {
    const StreetEdge& to = edge_of(graph, node.legs[static_cast<std::size_t>(t.leg)]);
    return std::fabs(t.turn_rad) - (to.street.name == from.street.name ? 0.15 : 0.0) -
           (to.street.road_class == from.street.road_class ? 0.15 : 0.0);
  };
  for (std::size_t i = 1; i < targets.size(); ++i)
    if (score(targets[i]) < score(targets[best]) - 1e-9) best = i;
  if (std::fabs(targets[best].turn_rad) <= kStraightRad) targets[best].turn = Turn::kStraight;
  return best;
}

double sideways(const StreetPose& a, const StreetPose& b) {
  double sine = 0, cosine = 0;
  sim::sincos(a.heading + 0.5 * sim::wrap_angle(b.heading - a.heading), sine, cosine);
  return std::fabs(-sine * (b.x - a.x) + cosine * (b.y - a.y));
}

// Straight on: how many lanes the row of lanes is moved by (of the target's, or of its own where it is wider).
int Planner::best_shift(int from, const std::vector<int>& lanes, const Target& target) const {
  const int count = static_cast<int>(lanes.size()), spare = std::abs(target.lanes - count);
  const bool joins = edge_of(graph, leg(from)).street.link && !edge_of(graph, leg(target.leg)).street.link;
  if (joins) return target.lanes >= count ? spare : 0;
  int best = 0;
  double least = 1e18;
  for (int shift = 0; shift <= spare; ++shift) {
    const bool grows = target.lanes >= count;
    const StreetPose a = lane_pose_in(graph, leg(from), lanes[static_cast<std::size_t>(grows ? 0 : shift)]);
    const StreetPose b = lane_pose_out(graph, leg(target.leg), target.first + (grows ? shift : 0));
    if (const double own = sideways(a, b); own < least - 1e-6) least = own, best = shift;
  }
  return best;
}

void Planner::side_by_side(int from, const std::vector<int>& lanes, const Target& target) {
  const int count = static_cast<int>(lanes.size()), last = target.lanes - 1;
  const int shift = target.turn == Turn::kStraight ? best_shift(from, lanes, target) : 0;
  for (int i = 0; i < count; ++i) {
    int to = 0;
    if (target.turn == Turn::kStraight)
      to = target.lanes >= count ? i + shift : std::clamp(i - shift, 0, last);
    else if (target.turn == Turn::kRight)
      to = std::max(last - (count - 1 - i), 0);
    else
      to = std::min(i, last);
    add(from, lanes[static_cast<std::size_t>(i)], target, target.first + to);
  }
}

std::uint8_t arrow_of(Turn turn) {
  switch (turn) {
    case Turn::kLeft:
      return kArrowLeft;
    case Turn::kRight:
      return kArrowRight;
    case Turn::kUTurn:
      return kArrowBack | kArrowLeft;
    default:
      return kArrowThrough;
  }
}

std::vector<int> range(int first, int last) {
  std::vector<int> lanes;
  for (int i = first; i <= last; ++i) lanes.push_back(i);
  return lanes;
}

// Lanes whose arrows allow the turn; a lane without arrows beside others that have some goes straight.
std::vector<int> by_arrows(const std::vector<LaneFact>& facts, int first, Turn turn) {
  std::vector<int> lanes;
  bool any = false;
  for (const LaneFact& fact : facts) any |= fact.arrows != 0;
  for (int i = first; any && i < static_cast<int>(facts.size()); ++i) {
    const std::uint8_t arrows = facts[static_cast<std::size_t>(i)].arrows;
    if ((arrows == 0 ? std::uint8_t{kArrowThrough} : arrows) & arrow_of(turn)) lanes.push_back(i);
  }
  return lanes;
}

// Several ways that one arrow means share its lanes from left to right, so that none of them cross.
std::vector<int> own_share(const std::vector<int>& lanes, const std::vector<Target>& targets, std::size_t own) {
  const auto alike = [&](const Target& t) { return t.turn == targets[own].turn; };
  const auto count = std::count_if(targets.begin(), targets.end(), alike);
  if (count < 2 || lanes.empty()) return lanes;
  const auto row = std::count_if(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(own), alike);
  const auto spare = static_cast<std::ptrdiff_t>(lanes.size()) - count;
  if (spare < 0) return {lanes[static_cast<std::size_t>(std::min<std::ptrdiff_t>(row, count + spare - 1))]};
  // Lanes to spare go to the way that turns least.
  const bool right = targets[own].turn == Turn::kRight, widest = right ? row == 0 : row + 1 == count;
  const std::ptrdiff_t begin = right && row > 0 ? row + spare : row, end = begin + 1 + (widest ? spare : 0);
  return {lanes.begin() + begin, lanes.begin() + end};
}

// Without arrows: the main way gets all lanes; what lies to its left shares the innermost, to its right the outermost.
// From three lanes on the innermost is for turning left alone; two ways that both turn share the lanes out.
struct Shares {
  std::vector<int> lefts, straight, rights;
};
Shares share_out(const std::vector<Target>& targets, std::size_t main, int first, int last) {
  const bool lefts = main > 0, rights = main + 1 < targets.size();
  const int count = last - first + 1;
  if (targets.size() == 2 && targets[main].turn != Turn::kStraight && count > 1) {
    const int right_lanes = std::clamp(count / 2, 1, targets[1].lanes);
    const std::vector<int> left = range(first, std::max(last - right_lanes, first)),
                           right = range(last - right_lanes + 1, last);
    return main == 0 ? Shares{{}, left, right} : Shares{left, right, {}};
  }
  int begin = first, end = last;
  if (lefts && (count >= 3 || (count > targets[main].lanes && count > 1))) ++begin;
  if (rights && end - begin + 1 > targets[main].lanes && end > begin) --end;
  return {{first}, range(begin, end), {last}};
}

void Planner::leg(int from, const std::vector<SurveyWay>& ways) {
  const StreetLeg& own = leg(from);
  const StreetEdge& edge = edge_of(graph, own);
  std::vector<Target> all = targets(ways);
  if (all.empty()) return;
  const std::size_t main = main_target(graph, edge, node, all);
  const int lanes = lanes_in(graph, own);
  const int first = bus_lanes(edge, !own.at_start) < lanes ? bus_lanes(edge, !own.at_start) : 0;
  const std::vector<LaneFact>& facts = facts_of(edge, !own.at_start);
  const Shares shares = share_out(all, main, first, lanes - 1);
  std::vector<char> used(static_cast<std::size_t>(lanes), 0);
  for (std::size_t t = 0; t < all.size(); ++t) {
    std::vector<int> chosen = own_share(by_arrows(facts, first, all[t].turn), all, t);
    if (chosen.empty()) chosen = t == main ? shares.straight : t < main ? shares.lefts : shares.rights;
    if (all[t].turn == Turn::kUTurn) chosen.resize(1);
    side_by_side(from, chosen, all[t]);
    for (const int lane : chosen) used[static_cast<std::size_t>(lane)] = 1;
  }
  for (int lane = first; lane < lanes; ++lane)
    if (!used[static_cast<std::size_t>(lane)]) side_by_side(from, {lane}, all[main]);
  if (first > 0) bus_lane(from, all[main]);
}

void Planner::bus_lane(int from, const Target& main) {
  for (int lane = 0; lane < bus_lanes(edge_of(graph, leg(from)), !leg(from).at_start); ++lane)
    add(from, lane, main, lane);
}

// The end of a street: everybody turns round.
void Planner::turn_back(int from) {
  const int in = lanes_in(graph, leg(from)), to = lanes_out(graph, leg(from));
  for (int lane = 0; lane < std::max(in, to) && in > 0 && to > 0; ++lane)
    out.push_back({from, std::min(lane, in - 1), from, std::min(lane, to - 1), Turn::kUTurn});
}

// Where an arrow or the source lets vehicles turn round on their own street: from the innermost lane.
void add_u_turns(const SurveyGraph& survey, const RoadNetwork& network, const StreetNode& node,
                 std::vector<Movement>& movements) {
  for (int l = 0; l < static_cast<int>(node.legs.size()); ++l) {
    const StreetLeg& leg = node.legs[static_cast<std::size_t>(l)];
    const StreetEdge& edge = edge_of(survey.graph, leg);
    const SurveyPiece& piece =
        survey.pieces[static_cast<std::size_t>(survey.piece_of_edge[static_cast<std::size_t>(leg.edge)])];
    const bool along = !leg.at_start;
    if (lanes_in(survey.graph, leg) == 0 || lanes_out(survey.graph, leg) == 0 || node.legs.size() < 2) continue;
    bool wanted = false;
    for (const LaneFact& fact : facts_of(edge, along)) wanted |= (fact.arrows & kArrowBack) != 0;
    const std::int64_t vertex = survey.vertices[static_cast<std::size_t>(along ? piece.to : piece.from)].id,
                       street = along ? piece.last_id : piece.first_id;
    for (const UTurn& turn : network.u_turns) wanted |= turn.vertex == vertex && turn.street == street;
    const int from = bus_lanes(edge, along), to = bus_lanes(edge, !along);
    if (wanted && from < lanes_in(survey.graph, leg) && to < lanes_out(survey.graph, leg))
      movements.push_back({l, from, l, to, Turn::kUTurn});
  }
}

// Every lane out gets a way in: the movement into its nearest neighbour forks.
void reach_all_lanes(const StreetGraph& graph, const StreetNode& node, std::vector<Movement>& movements) {
  for (int leg = 0; leg < static_cast<int>(node.legs.size()); ++leg) {
    const int lanes = lanes_out(graph, node.legs[static_cast<std::size_t>(leg)]);
    const std::vector<Movement> before = movements;
    for (int lane = 0; lane < lanes; ++lane) {
      const Movement* best = nullptr;
      bool reached = false;
      const auto score = [&](const Movement& m) {
        return 10 * std::abs(m.to_lane - lane) + (m.turn == Turn::kStraight ? 0 : 1) * 5 + m.from_leg;
      };
      for (const Movement& m : before) {
        reached |= m.to_leg == leg && m.to_lane == lane;
        if (m.to_leg == leg && m.turn != Turn::kUTurn && (best == nullptr || score(m) < score(*best))) best = &m;
      }
      if (reached || best == nullptr) continue;
      Movement fork = *best;
      fork.to_lane = lane;
      movements.push_back(fork);
    }
  }
}

// Without those that squeeze others; a way from leg to leg that would be lost stays.
void make_room(const StreetGraph& graph, const StreetNode& node, std::vector<Movement>& movements) {
  const std::vector<Movement> before = movements;
  drop_squeezed(graph, node, movements);
  for (const Movement& m : before)
    if (std::none_of(movements.begin(), movements.end(),
                     [&](const Movement& kept) { return kept.from_leg == m.from_leg && kept.to_leg == m.to_leg; }))
      movements.push_back(m);
}

// Where the file ends, or forbids all, a leg may have no way on or none in: the least turn there is, else back.
void connect_the_rest(Planner& planner) {
  const StreetNode& node = planner.node;
  const int legs = static_cast<int>(node.legs.size());
  const auto joined = [&](int leg, bool in) {
    return std::any_of(planner.out.begin(), planner.out.end(),
                       [&](const Movement& m) { return (in ? m.from_leg : m.to_leg) == leg; });
  };
  const auto turn = [&](int from, int to) {
    const double in = cut_pose(planner.graph, planner.leg(from)).heading + sim::kPi;
    return sim::wrap_angle(cut_pose(planner.graph, planner.leg(to)).heading - in);
  };
  for (int leg = 0; leg < legs && legs > 1; ++leg)
    for (const bool in : {true, false}) {
      const auto lanes = [&](int l, bool into) {
        return into ? lanes_in(planner.graph, planner.leg(l)) : lanes_out(planner.graph, planner.leg(l));
      };
      if (lanes(leg, in) == 0 || joined(leg, in)) continue;
      int best = -1;
      for (int other = 0; other < legs; ++other) {
        if (other == leg || lanes(other, !in) == 0) continue;
        const auto sharp = [&](int o) { return std::fabs(in ? turn(leg, o) : turn(o, leg)); };
        if (best < 0 || sharp(other) < sharp(best)) best = other;
      }
      if (best < 0 && lanes(leg, !in) > 0) planner.turn_back(leg);
      if (best >= 0) planner.leg(in ? leg : best, {{in ? best : leg, in ? turn(leg, best) : turn(best, leg)}});
    }
}

std::vector<Movement> movements_of(const SurveyGraph& survey, const RoadNetwork& network, int row) {
  const StreetNode& node = survey.graph.nodes[static_cast<std::size_t>(row)];
  std::vector<Movement> movements;
  Planner planner{survey.graph, node, movements};
  const auto ways = ways_through(survey, network, row);
  for (int from = 0; from < static_cast<int>(node.legs.size()); ++from) {
    const std::vector<SurveyWay>& own = ways[static_cast<std::size_t>(from)];
    if (own.empty() && node.legs.size() == 1)
      planner.turn_back(from);
    else
      planner.leg(from, own);
  }
  connect_the_rest(planner);
  add_u_turns(survey, network, node, movements);
  reach_all_lanes(survey.graph, node, movements);
  if (node.kind == NodeKind::kSignalised) make_room(survey.graph, node, movements);
  return movements;
}

// Facts along an edge within reach of one of its ends, and those at the vertices of the junction itself.
struct Signs {
  SurveyGraph& survey;
  const RoadNetwork& network;

  template <class Use>
  void near_end(int edge_row, bool at_start, double reach, Use&& use) const {
    const SurveyPiece& piece =
        survey.pieces[static_cast<std::size_t>(survey.piece_of_edge[static_cast<std::size_t>(edge_row)])];
    const std::size_t count = piece.street.line.size();
    double s = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      const std::size_t at = at_start ? i : count - 1 - i, before = at_start ? i - 1 : count - i;
      s += (piece.street.line[at] - piece.street.line[before]).norm();
      if (s > reach) return;
      if (const VertexFact* fact = fact_at(network, piece.street.vertices[at])) use(*fact, s);
    }
  }

  int arms(const StreetNode& node) const {
    int in = 0;
    for (const StreetLeg& leg : node.legs) in += lanes_in(survey.graph, leg) > 0;
    return in;
  }

  void signals() const {
    for (SurveyVertex& vertex : survey.vertices)
      if (vertex.node >= 0 && vertex.fact != nullptr && (vertex.fact->signals || vertex.fact->crossing_signals))
        mark(survey.graph.nodes[static_cast<std::size_t>(vertex.node)], *vertex.fact);
    for (std::size_t e = 0; e < survey.graph.edges.size(); ++e)
      for (const bool at_start : {true, false}) {
        const StreetEdge& edge = survey.graph.edges[e];
        StreetNode& node = survey.graph.nodes[static_cast<std::size_t>(at_start ? edge.from : edge.to)];
        if (at_start && edge.profile.one_way()) continue;  // behind the junction: of the next one
        const double reach =
            std::min(kSignalReachM + (at_start ? edge.cut_from : edge.cut_to), 0.5 * edge.curve.length);
        near_end(static_cast<int>(e), at_start, reach, [&](const VertexFact& fact, double) {
          if (fact.signals || fact.crossing_signals) mark(node, fact);
        });
      }
  }

  // Crosswalks on the edges, no two within ten metres.
  void crossings() const {
    for (std::size_t e = 0; e < survey.graph.edges.size(); ++e) {
      StreetEdge& edge = survey.graph.edges[e];
      near_end(static_cast<int>(e), true, 1e9, [&](const VertexFact& fact, double s) {
        if (fact.crossing && (edge.crossings.empty() || s - edge.crossings.back() > 10.0)) edge.crossings.push_back(s);
      });
    }
  }

  // A signal for pedestrians makes a signalised junction only of larger streets.
  void mark(StreetNode& node, const VertexFact& fact) const {
    int larger = 0;
    for (const StreetLeg& leg : node.legs) larger += class_rank(edge_of(survey.graph, leg).street.road_class) >= 3;
    if (node.legs.size() < 3 || arms(node) < 2 || (!fact.signals && larger < 2)) return;
    node.kind = NodeKind::kSignalised;
    if (fact.order != SignalOrder::kAuto) node.order = fact.order;
  }

  // Legs that go first: the ring of a roundabout; those without a sign where others have one.
  void through(StreetNode& node) const {
    node.through_edges.clear();
    if (node.legs.size() < 3 || node.kind == NodeKind::kSignalised) return;
    std::vector<int> ring, free;
    for (const StreetLeg& leg : node.legs) {
      bool sign = false;
      const StreetEdge& edge = edge_of(survey.graph, leg);
      if (edge.street.roundabout) ring.push_back(leg.edge);
      near_end(leg.edge, leg.at_start, kSignReachM, [&](const VertexFact& fact, double) {
        const bool against = fact.direction != 0 && (fact.direction > 0) == leg.at_start;
        sign |= (fact.stop || fact.give_way) && !against;
      });
      if (!sign) free.push_back(leg.edge);
    }
    if (!ring.empty())
      node.through_edges = ring;
    else if (free.size() < node.legs.size())
      node.through_edges = free;
  }
};

void report_unsignalled(const SurveyGraph& survey, int assumed, const RoadNetwork& network, sim::Issues& issues) {
  if (assumed == 0) return;
  issues.push_back({sim::Severity::kInfo, network.source, 0, 0, "junctions",
                    std::to_string(assumed) + " of " + std::to_string(survey.graph.nodes.size()) +
                        " junctions of main roads have no signal in the source and count as signalised",
                    "road-network", "add highway=traffic_signals where there are some"});
}

// Where two main roads cross in a Korean city there are signals, mapped or not.
int assume_signals(SurveyGraph& survey) {
  int assumed = 0;
  for (StreetNode& node : survey.graph.nodes) {
    if (node.kind == NodeKind::kSignalised || node.legs.size() < 3) continue;
    int arms = 0, ramps = 0, roundabouts = 0;
    for (const StreetLeg& leg : node.legs) {
      const StreetEdge& edge = edge_of(survey.graph, leg);
      arms += lanes_in(survey.graph, leg) > 0 && class_rank(edge.street.road_class) >= 4 && !edge.street.link;
      ramps += edge.street.link || edge.street.level != 0;
      roundabouts += edge.street.roundabout;
    }
    if (arms < 3 || ramps > 0 || roundabouts > 0) continue;
    node.kind = NodeKind::kSignalised;
    ++assumed;
  }
  return assumed;
}

}  // namespace

int bus_lanes(const StreetEdge& edge, bool along) {
  int count = 0;
  for (const LaneFact& fact : facts_of(edge, along)) {
    const bool always = fact.bus.size() == 1 && fact.bus[0].from_minute == 0 && fact.bus[0].to_minute >= 24 * 60 &&
                        fact.bus[0].weekdays == 0x7f;
    if (!always) break;
    ++count;
  }
  return count;
}

std::vector<JunctionPlan> plan_survey(SurveyGraph& survey, const RoadNetwork& network, sim::Issues& issues) {
  const Signs signs{survey, network};
  signs.signals();
  signs.crossings();
  if (network.korean) report_unsignalled(survey, assume_signals(survey), network, issues);
  std::vector<JunctionPlan> plans;
  for (std::size_t n = 0; n < survey.graph.nodes.size(); ++n) {
    StreetNode& node = survey.graph.nodes[n];
    if (!node.alive || node.legs.empty()) continue;
    signs.through(node);
    node.control = node.kind == NodeKind::kSignalised ? JunctionControl::kSignals : JunctionControl::kPriority;
    plans.push_back({static_cast<int>(n), node.control, movements_of(survey, network, static_cast<int>(n))});
  }
  return plans;
}

}  // namespace bitgoeul::maps
