// plan_junctions: which lane of which leg leads to which.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "maps/reference_line.h"
#include "maps/road_network/lane_builder_junctions.h"
#include "maps/road_network/lane_builder_paths.h"
#include "maps/road_network/lane_builder_slips.h"

namespace bitgoeul::maps {

namespace {

constexpr double kStraightRad = 40.0 * sim::kPi / 180.0;
constexpr double kSharpestRad = 130.0 * sim::kPi / 180.0;
constexpr double kSharpestRampRad = 122.0 * sim::kPi / 180.0;
constexpr double kSharpestMergeBend = 1.0 / 30.0;  // of the way onto a merge lane, 1/m, or as without one

const StreetEdge& edge_of(const StreetGraph& graph, const StreetLeg& leg) {
  return graph.edges[static_cast<std::size_t>(leg.edge)];
}
bool is_ramp(const StreetEdge& edge) { return edge.street.road_class == RoadClass::kRamp; }
bool is_fast(const StreetEdge& edge) {
  return edge.street.road_class == RoadClass::kMotorway || edge.street.road_class == RoadClass::kTrunk ||
         edge.street.level > 0;
}

bool has_pocket(const StreetGraph& graph, const StreetLeg& leg) {
  return leg.at_start ? edge_of(graph, leg).pocket_from : edge_of(graph, leg).pocket_to;
}

// A way out of the junction, seen from one leg.
struct Target {
  int leg = 0;
  double deflection = 0;  // left positive
  Turn turn = Turn::kStraight;
  int lanes = 0;
};

// Change of direction from leg to leg, left positive, by the bearings of the road ends about the node: legs keep their
// order around the junction even where they bend just outside of it.
double deflection(const StreetGraph& graph, const StreetNode& node, int from, int to) {
  const auto bearing = [&](int leg) {
    const sim::Vec2 d = cut_pose(graph, node.legs[static_cast<std::size_t>(leg)]).point() - node.position;
    return sim::atan2(d.y(), d.x());
  };
  return sim::wrap_angle(bearing(to) - bearing(from) - sim::kPi);
}

// Ramps leave and join a fast road on its right, without crossing the other carriageway.
bool ramp_allows(const StreetGraph& graph, const StreetNode& node, const StreetEdge& from, const StreetEdge& to,
                 double turn) {
  if (!is_ramp(from) && !is_ramp(to)) return true;
  if (std::fabs(turn) > kSharpestRampRad) return false;
  bool on_fast_road = false;
  for (const StreetLeg& leg : node.legs) on_fast_road |= is_fast(edge_of(graph, leg)) && !is_ramp(edge_of(graph, leg));
  if (!on_fast_road) return true;
  if (is_ramp(from) && is_ramp(to)) return std::fabs(turn) < 0.6;
  const double slack = 6.0 * sim::kPi / 180.0, most = 80.0 * sim::kPi / 180.0;
  return is_ramp(from) ? turn > -slack && turn < most : turn < slack && turn > -most;
}

bool allowed(const StreetGraph& graph, const StreetNode& node, int from, int to, double turn) {
  const StreetEdge &a = edge_of(graph, node.legs[static_cast<std::size_t>(from)]),
                   &b = edge_of(graph, node.legs[static_cast<std::size_t>(to)]);
  if (std::fabs(turn) > kSharpestRad) return false;
  if (node.right_turns_only && (a.street.local || b.street.local)) {
    if (a.street.local && b.street.local) return false;
    return turn < -0.3;
  }
  return ramp_allows(graph, node, a, b, turn);
}

std::vector<Target> targets_of(const StreetGraph& graph, const StreetNode& node, int from, bool relaxed) {
  std::vector<Target> targets;
  for (int to = 0; to < static_cast<int>(node.legs.size()); ++to) {
    const int lanes = lanes_out(graph, node.legs[static_cast<std::size_t>(to)]);
    if (to == from || lanes == 0) continue;
    const double turn = deflection(graph, node, from, to);
    if (relaxed || allowed(graph, node, from, to, turn))
      targets.push_back({to, turn, turn > 0 ? Turn::kLeft : Turn::kRight, lanes});
  }
  std::sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) {
    return std::pair(-a.deflection, a.leg) < std::pair(-b.deflection, b.leg);
  });
  // The straightest one is straight on; on a tie of a few degrees the more important road.
  Target* best = nullptr;
  const auto score = [&](const Target& t) {
    const StreetEdge &a = edge_of(graph, node.legs[static_cast<std::size_t>(from)]),
                     &b = edge_of(graph, node.legs[static_cast<std::size_t>(t.leg)]);
    return std::fabs(t.deflection) - (a.street.name == b.street.name ? 0.25 : 0.0) -
           (a.street.road_class == b.street.road_class ? 0.2 : 0.0);
  };
  for (Target& target : targets)
    if (std::fabs(target.deflection) <= kStraightRad && (best == nullptr || score(target) < score(*best)))
      best = &target;
  if (best != nullptr) best->turn = Turn::kStraight;
  if (relaxed && targets.size() > 1) {
    Target keep = best != nullptr
                      ? *best
                      : *std::min_element(targets.begin(), targets.end(), [](const Target& a, const Target& b) {
                          return std::fabs(a.deflection) < std::fabs(b.deflection);
                        });
    targets = {keep};
  }
  return targets;
}

double lateral_shift(const StreetGraph& graph, const StreetNode& node, int from, int from_lane, int to, int to_lane) {
  const StreetPose a = lane_pose_in(graph, node.legs[static_cast<std::size_t>(from)], from_lane);
  const StreetPose b = lane_pose_out(graph, node.legs[static_cast<std::size_t>(to)], to_lane);
  double sine = 0, cosine = 0;
  sim::sincos(a.heading + 0.5 * sim::wrap_angle(b.heading - a.heading), sine, cosine);
  return std::fabs(-sine * (b.x - a.x) + cosine * (b.y - a.y));
}

struct Assigner {
  const StreetGraph& graph;
  const StreetNode& node;
  std::vector<Movement>& out;

  void add(int from, int lane, const Target& target, int to_lane) {
    out.push_back({from, lane, target.leg, to_lane, target.turn});
  }

  // Lanes [first, last] go straight, side by side, with the least sideways shift; surplus lanes merge into the
  // outermost.
  void straight(int from, int first, int last, const Target& target) {
    const bool joins = is_ramp(edge_of(graph, node.legs[static_cast<std::size_t>(from)])) &&
                       !is_ramp(edge_of(graph, node.legs[static_cast<std::size_t>(target.leg)]));
    if (joins) return right(from, first, last, target);
    const int count = last - first + 1, spare = std::abs(target.lanes - count);
    int best = 0;
    double least = 1e18;
    for (int shift = 0; shift <= spare; ++shift) {
      const bool grows = target.lanes >= count;
      const double own = lateral_shift(graph, node, from, grows ? first : first + shift, target.leg, grows ? shift : 0);
      if (own < least - 1e-6) least = own, best = shift;
    }
    for (int i = 0; i < count; ++i) {
      const int to = target.lanes >= count ? i + best : std::clamp(i - best, 0, target.lanes - 1);
      add(from, first + i, target, to);
    }
  }
  void left(int from, int first, int last, const Target& target) {
    for (int i = first; i <= last; ++i) add(from, i, target, std::min(i - first, target.lanes - 1));
  }
  void right(int from, int first, int last, const Target& target) {
    for (int i = first; i <= last; ++i) add(from, i, target, std::max(target.lanes - 1 - (last - i), 0));
  }

  void side_by_side(int from, int first, int last, const Target& target) {
    if (target.turn == Turn::kStraight) return straight(from, first, last, target);
    target.turn == Turn::kLeft ? left(from, first, last, target) : right(from, first, last, target);
  }

  // At the end of a street: the inner lanes turn left, the outer ones right.
  void fork(int from, int lanes, const Target& to_left, const Target& to_right) {
    const int right_lanes = std::clamp(lanes / 2, 1, to_right.lanes);
    left(from, 0, std::max(lanes - right_lanes, 1) - 1, to_left);
    right(from, lanes - right_lanes, lanes - 1, to_right);
  }

  // Targets from left to right. The main one gets all lanes; those to its left share the innermost, to its right the
  // outermost, so that no two ways of one approach cross. From three lanes on the innermost is for turning left alone,
  // unless there is a pocket.
  void leg(int from, const std::vector<Target>& targets) {
    const int lanes = lanes_in(graph, node.legs[static_cast<std::size_t>(from)]);
    const auto less_turn = [](const Target& a, const Target& b) {
      const bool a_on = a.turn == Turn::kStraight, b_on = b.turn == Turn::kStraight;
      return a_on != b_on ? a_on : std::fabs(a.deflection) < std::fabs(b.deflection);
    };
    const auto main = std::min_element(targets.begin(), targets.end(), less_turn);
    const int lefts = static_cast<int>(main - targets.begin()), rights = static_cast<int>(targets.end() - main) - 1;
    if (targets.size() == 2 && targets[0].turn == Turn::kLeft && targets[1].turn == Turn::kRight)
      return fork(from, lanes, targets[0], targets[1]);
    const StreetLeg& own = node.legs[static_cast<std::size_t>(from)];
    const bool pocket = has_pocket(graph, own);
    const int turning = pocket ? kPocketLane : 0;
    int first = lefts > 0 && lanes >= 3 && !pocket ? 1 : 0, last = lanes - 1;
    if (lefts > 0 && last - first + 1 > main->lanes && last > first && first == 0) first = 1;
    if (rights > 0 && last - first + 1 > main->lanes && last > first) --last;
    side_by_side(from, first, last, *main);
    for (auto t = targets.begin(); t != main; ++t) left(from, turning, turning, *t);
    for (auto t = main + 1; t != targets.end(); ++t) right(from, lanes - 1, lanes - 1, *t);
  }
};

bool reaches(const std::vector<Movement>& movements, int leg, int lane) {
  return std::any_of(movements.begin(), movements.end(),
                     [&](const Movement& m) { return m.to_leg == leg && m.to_lane == lane; });
}

// Every lane out gets a way in: the movement into its nearest neighbour forks.
void reach_all_lanes(const StreetGraph& graph, const StreetNode& node, std::vector<Movement>& movements) {
  for (int leg = 0; leg < static_cast<int>(node.legs.size()); ++leg) {
    const int lanes = lanes_out(graph, node.legs[static_cast<std::size_t>(leg)]);
    const std::vector<Movement> before = movements;
    for (int lane = 0; lane < lanes; ++lane) {
      if (reaches(before, leg, lane)) continue;
      const Movement* best = nullptr;
      const auto score = [&](const Movement& m) {
        return 10 * std::abs(m.to_lane - lane) + (m.turn == Turn::kStraight ? 0 : 1) * 5 + m.from_leg;
      };
      for (const Movement& m : before)
        if (m.to_leg == leg && (best == nullptr || score(m) < score(*best))) best = &m;
      if (best == nullptr) continue;
      Movement fork = *best;
      fork.to_lane = lane;
      movements.push_back(fork);
    }
  }
}

JunctionControl control_of(const StreetGraph& graph, const StreetNode& node) {
  if (node.legs.size() < 3) return JunctionControl::kPriority;
  int major = 0, local = 0, ramps = 0, fast = 0;
  for (const StreetLeg& leg : node.legs) {
    const StreetEdge& edge = edge_of(graph, leg);
    local += edge.street.local;
    ramps += is_ramp(edge);
    fast += !is_ramp(edge) && (edge.street.level > 0 || edge.street.road_class == RoadClass::kMotorway);
    major += !edge.street.local && !is_ramp(edge) && class_rank(edge.street.road_class) >= 3;
  }
  if (local > 0 || (fast > 0 && ramps > 0)) return JunctionControl::kPriority;
  return major >= 3 || (major >= 2 && ramps > 0) || node.kind == NodeKind::kSignalised ? JunctionControl::kSignals
                                                                                       : JunctionControl::kPriority;
}

// At signals, where the road has the median for it and the length, and all its lanes lead straight on.
bool wants_pocket(const StreetGraph& graph, const StreetNode& node, int leg) {
  const StreetLeg& own = node.legs[static_cast<std::size_t>(leg)];
  const StreetEdge& edge = edge_of(graph, own);
  const bool other_end = own.at_start ? edge.pocket_to : edge.pocket_from;
  const double least = (other_end ? 2 : 1) * (edge.pocket_m + kPocketTaperM + kPocketSpareM);
  if (edge.profile.median_m < kPocketMedianM || edge.road_length() < least) return false;
  bool left = false, straight = false;
  for (const Target& target : targets_of(graph, node, leg, false)) {
    left |= target.turn == Turn::kLeft;
    straight |= target.turn == Turn::kStraight && target.lanes >= lanes_in(graph, own);
  }
  return left && straight;
}

void plan_pockets(StreetGraph& graph) {
  for (StreetEdge& edge : graph.edges) edge.pocket_from = edge.pocket_to = false;
  for (const StreetNode& node : graph.nodes) {
    if (!node.alive || control_of(graph, node) != JunctionControl::kSignals) continue;
    for (int leg = 0; leg < static_cast<int>(node.legs.size()); ++leg) {
      const StreetLeg& own = node.legs[static_cast<std::size_t>(leg)];
      StreetEdge& edge = graph.edges[static_cast<std::size_t>(own.edge)];
      (own.at_start ? edge.pocket_from : edge.pocket_to) = wants_pocket(graph, node, leg);
    }
  }
}

void u_turns(const StreetGraph& graph, const StreetNode& node, std::vector<Movement>& movements) {
  const int in = lanes_in(graph, node.legs[0]), out = lanes_out(graph, node.legs[0]);
  for (int lane = 0; lane < std::max(in, out) && in > 0 && out > 0; ++lane)
    movements.push_back({0, std::min(lane, in - 1), 0, std::min(lane, out - 1), Turn::kUTurn});
}

std::vector<Movement> movements_of(const StreetGraph& graph, const StreetNode& node) {
  std::vector<Movement> movements;
  if (node.legs.size() == 1) {
    u_turns(graph, node, movements);
    return movements;
  }
  Assigner assigner{graph, node, movements};
  for (int from = 0; from < static_cast<int>(node.legs.size()); ++from) {
    if (lanes_in(graph, node.legs[static_cast<std::size_t>(from)]) == 0) continue;
    std::vector<Target> targets = targets_of(graph, node, from, false);
    if (targets.empty()) targets = targets_of(graph, node, from, true);
    if (!targets.empty()) assigner.leg(from, targets);
  }
  // A leg that nothing leads into: the straightest way.
  for (int to = 0; to < static_cast<int>(node.legs.size()); ++to) {
    const int lanes = lanes_out(graph, node.legs[static_cast<std::size_t>(to)]);
    const bool reached =
        std::any_of(movements.begin(), movements.end(), [&](const Movement& m) { return m.to_leg == to; });
    if (lanes == 0 || reached) continue;
    int best = -1;
    for (int from = 0; from < static_cast<int>(node.legs.size()); ++from) {
      if (from == to || lanes_in(graph, node.legs[static_cast<std::size_t>(from)]) == 0) continue;
      if (best < 0 || std::fabs(deflection(graph, node, from, to)) < std::fabs(deflection(graph, node, best, to)))
        best = from;
    }
    if (best < 0) continue;
    const double turn = deflection(graph, node, best, to);
    const int lane = turn > 0 ? 0 : lanes_in(graph, node.legs[static_cast<std::size_t>(best)]) - 1;
    movements.push_back({best, lane, to, turn > 0 ? 0 : lanes - 1,
                         std::fabs(turn) < kStraightRad ? Turn::kStraight
                         : turn > 0                     ? Turn::kLeft
                                                        : Turn::kRight});
  }
  reach_all_lanes(graph, node, movements);
  if (control_of(graph, node) == JunctionControl::kSignals) drop_squeezed(graph, node, movements);
  return movements;
}

// On divided roads of three lanes or more the lane or pocket that turns left alone may also turn round, into the first
// lane beyond the median that leaves a car room: the U-turn zones of Korean arterials, green with the left turn.
void u_turns_at_signals(const StreetGraph& graph, const StreetNode& node, std::vector<Movement>& movements) {
  for (int leg = 0; leg < static_cast<int>(node.legs.size()); ++leg) {
    const StreetLeg& own = node.legs[static_cast<std::size_t>(leg)];
    const StreetProfile& profile = edge_of(graph, own).profile;
    const int in = lanes_in(graph, own), out = lanes_out(graph, own);
    if (profile.median_m <= 0 || std::min(in, out) < 3) continue;
    const int inner = has_pocket(graph, own) ? kPocketLane : 0;
    bool left = false, other = false;
    for (const Movement& m : movements)
      if (m.from_leg == leg && m.from_lane == inner) (m.turn == Turn::kLeft ? left : other) = true;
    if (!left || other) continue;
    for (int lane = 0; lane < out; ++lane)
      if (std::fabs(profile.lane_t(true, inner) - profile.lane_t(false, lane)) >= 2 * kUTurnRadiusM) {
        movements.push_back({leg, inner, leg, lane, Turn::kUTurn});
        break;
      }
  }
}

}  // namespace

TurnWhen plate_of(const std::vector<Movement>& movements, const Movement& u_turn) {
  const bool left = std::any_of(movements.begin(), movements.end(), [&](const Movement& m) {
    return m.from_leg == u_turn.from_leg && m.turn == Turn::kLeft;
  });
  return left ? TurnWhen::kLeftArrow : TurnWhen::kAnyTime;
}

namespace {

double sharpest_bend(const std::vector<Geometry>& plan_view) {
  double sharpest = 0;
  for (const Geometry& g : plan_view)
    for (int i = 0; i <= 16; ++i) sharpest = std::max(sharpest, std::fabs(evaluate(g, g.length * i / 16).curvature));
  return sharpest;
}

// Does the way swing over to the other side of what it joins before it is there?
bool overshoots(const std::vector<Geometry>& plan_view) {
  double left = 0, right = 0;
  for (const Geometry& g : plan_view)
    for (int i = 0; i <= 16; ++i) {
      const double bend = evaluate(g, g.length * i / 16).curvature;
      left = std::max(left, bend), right = std::max(right, -bend);
    }
  return std::min(left, right) > 1e-3;
}

// The ramp ends earlier where its way would overshoot; false where it runs beside the road, so that there is no other
// way.
bool make_room_for_bend(const StreetGraph& graph, const StreetNode& node, const Movement& way, const StreetLeg& leg,
                        StreetEdge& ramp) {
  constexpr double kStepM = 5.0, kMostM = 40.0, kShortestRampM = 60.0;
  double& cut = leg.at_start ? ramp.cut_from : ramp.cut_to;
  const double before = cut;
  while (overshoots(plan_view_of(graph, node, way))) {
    if (cut - before >= kMostM || ramp.road_length() - kStepM < kShortestRampM) {
      cut = before;
      return false;
    }
    cut += kStepM;
  }
  return true;
}

// A ramp of one lane joins a fast road on a lane of its own, and leaves it from one, where there is room for one and
// others drive on the road's outermost lane.
void speed_change_lanes(StreetGraph& graph, JunctionPlan& plan) {
  const StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
  for (Movement& m : plan.movements) {
    const StreetLeg &from = node.legs[static_cast<std::size_t>(m.from_leg)],
                    &to = node.legs[static_cast<std::size_t>(m.to_leg)];
    const bool joins = is_ramp(edge_of(graph, from));
    const StreetLeg &main = joins ? to : from, &side = joins ? from : to;
    StreetEdge &road = graph.edges[static_cast<std::size_t>(main.edge)],
               &ramp = graph.edges[static_cast<std::size_t>(side.edge)];
    if (!is_ramp(ramp) || is_ramp(road) || !is_fast(road)) continue;
    if (!joins && plan.control == JunctionControl::kSignals) continue;
    if ((joins ? lanes_in(graph, side) : lanes_out(graph, side)) != 1) continue;
    const bool far_end = main.at_start ? road.merge_to || road.exit_to : road.merge_from || road.exit_from;
    const int outermost = (joins ? lanes_out(graph, main) : lanes_in(graph, main)) - 1;
    if ((joins ? m.to_lane : m.from_lane) != outermost || road.road_length() < (far_end ? 2 : 1) * kShortestMergeRoadM)
      continue;
    const bool shared = std::any_of(plan.movements.begin(), plan.movements.end(), [&](const Movement& other) {
      return joins ? other.from_leg != m.from_leg && other.to_leg == m.to_leg && other.to_lane == outermost
                   : other.to_leg != m.to_leg && other.from_leg == m.from_leg && other.from_lane == outermost;
    });
    bool& own =
        joins ? (main.at_start ? road.merge_from : road.merge_to) : (main.at_start ? road.exit_from : road.exit_to);
    if (!shared || own) continue;
    Movement beside = m;
    ++(joins ? beside.to_lane : beside.from_lane);
    const double most = std::max(kSharpestMergeBend, sharpest_bend(plan_view_of(graph, node, m)));
    if (sharpest_bend(plan_view_of(graph, node, beside)) > most) continue;
    // Who leaves on such a way would cut into the lane beside, who joins gives way there.
    own = make_room_for_bend(graph, node, beside, side, ramp) || joins;
    if (own) m = beside;
  }
}

// Where only local streets meet, two opposite ones go before the others: those nearer to the east-west axis, so that a
// street keeps its priority along its course and no four drivers wait for each other in a ring.
std::vector<int> through_edges(const StreetGraph& graph, const StreetNode& node) {
  std::vector<int> best;
  double best_slope = 1e9;
  for (std::size_t i = 0; i < node.legs.size(); ++i)
    for (std::size_t j = i + 1; j < node.legs.size(); ++j) {
      if (!edge_of(graph, node.legs[i]).street.local || !edge_of(graph, node.legs[j]).street.local) return {};
      if (std::fabs(deflection(graph, node, static_cast<int>(i), static_cast<int>(j))) > kStraightRad) continue;
      const double slope = std::fabs(sim::sin(cut_pose(graph, node.legs[i]).heading + 0.2));
      if (slope < best_slope) best_slope = slope, best = {node.legs[i].edge, node.legs[j].edge};
    }
  return node.legs.size() < 3 ? std::vector<int>{} : best;
}

// Strong components of "edge driven along / against", by Tarjan without recursion.
struct DirectedParts {
  std::vector<std::vector<int>> next;  // 2 * edge + (along ? 0 : 1)
  std::vector<int> part;
  std::vector<int> size;

  void find() {
    const int count = static_cast<int>(next.size());
    std::vector<int> index(next.size(), -1), low(next.size(), 0), stack;
    std::vector<std::size_t> position(next.size(), 0);
    std::vector<char> on_stack(next.size(), 0);
    part.assign(next.size(), -1);
    int counter = 0;
    for (int root = 0; root < count; ++root) {
      if (index[static_cast<std::size_t>(root)] >= 0) continue;
      std::vector<int> path{root};
      while (!path.empty()) {
        const int at = path.back();
        const auto a = static_cast<std::size_t>(at);
        if (index[a] < 0) {
          index[a] = low[a] = counter++;
          stack.push_back(at);
          on_stack[a] = 1;
        }
        if (position[a] < next[a].size()) {
          const auto to = static_cast<std::size_t>(next[a][position[a]++]);
          if (index[to] < 0)
            path.push_back(static_cast<int>(to));
          else if (on_stack[to])
            low[a] = std::min(low[a], index[to]);
          continue;
        }
        path.pop_back();
        if (!path.empty())
          low[static_cast<std::size_t>(path.back())] = std::min(low[static_cast<std::size_t>(path.back())], low[a]);
        if (low[a] == index[a]) close(at, stack, on_stack);
      }
    }
  }
  void close(int root, std::vector<int>& stack, std::vector<char>& on_stack) {
    size.push_back(0);
    for (;;) {
      const int top = stack.back();
      stack.pop_back();
      on_stack[static_cast<std::size_t>(top)] = 0;
      part[static_cast<std::size_t>(top)] = static_cast<int>(size.size()) - 1;
      ++size.back();
      if (top == root) return;
    }
  }
};

int directed_row(const StreetLeg& leg, bool into_node) { return 2 * leg.edge + (leg.at_start == into_node ? 1 : 0); }

// Edges of which a direction is outside of the largest strong part.
std::vector<int> edges_outside(const StreetGraph& graph, const std::vector<JunctionPlan>& plans) {
  DirectedParts parts;
  parts.next.resize(2 * graph.edges.size());
  for (const JunctionPlan& plan : plans) {
    const StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
    for (const Movement& m : plan.movements)
      parts.next[static_cast<std::size_t>(directed_row(node.legs[static_cast<std::size_t>(m.from_leg)], true))]
          .push_back(directed_row(node.legs[static_cast<std::size_t>(m.to_leg)], false));
  }
  parts.find();
  const int best = static_cast<int>(std::max_element(parts.size.begin(), parts.size.end()) - parts.size.begin());
  std::vector<int> outside;
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    const bool along = parts.part[2 * e] == best, against = edge.profile.one_way() || parts.part[2 * e + 1] == best;
    if (edge.alive && !(along && against)) outside.push_back(static_cast<int>(e));
  }
  return outside;
}

std::vector<JunctionPlan> plan_all(const StreetGraph& graph) {
  std::vector<JunctionPlan> plans;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const StreetNode& node = graph.nodes[n];
    if (node.alive && !node.legs.empty())
      plans.push_back({static_cast<int>(n), control_of(graph, node), movements_of(graph, node)});
  }
  return plans;
}

}  // namespace

bool pocket_at(const StreetEdge& edge, bool along, double s) {
  constexpr double kSlack = 0.1;  // a section begins where the taper does
  const double reach = edge.pocket_m + kPocketTaperM;
  return along ? edge.pocket_to && s > edge.road_length() - reach - kSlack : edge.pocket_from && s < reach - kSlack;
}

int lanes_in(const StreetGraph& graph, const StreetLeg& leg) {
  const StreetProfile& profile = edge_of(graph, leg).profile;
  return leg.at_start ? profile.backward : profile.forward;
}
int lanes_out(const StreetGraph& graph, const StreetLeg& leg) {
  const StreetProfile& profile = edge_of(graph, leg).profile;
  return leg.at_start ? profile.forward : profile.backward;
}
StreetPose cut_pose(const StreetGraph& graph, const StreetLeg& leg) {
  const StreetEdge& edge = edge_of(graph, leg);
  return leg_pose(graph, leg, leg.at_start ? edge.cut_from : edge.cut_to);
}

namespace {
StreetPose lane_pose_at_cut(const StreetGraph& graph, const StreetLeg& leg, int lane, bool inwards) {
  const StreetEdge& edge = edge_of(graph, leg);
  const bool along = leg.at_start != inwards;
  const SlipEnd& end = slip_end(edge, leg.at_start, inwards);
  const bool slip = end.there() && lane == (along ? edge.profile.forward : edge.profile.backward);
  StreetPose pose = edge.curve.at(leg.at_start ? edge.cut_from : edge.curve.length - edge.cut_to);
  const double t = edge.profile.lane_t(along, lane) + (slip ? (along ? -slip_gap(end) : slip_gap(end)) : 0);
  const double veer = slip ? sim::atan2(sim::tan(end.angle_rad), 1 - pose.curvature * t) : 0;
  const sim::Vec2 point = pose.offset(t);
  pose.x = point.x();
  pose.y = point.y();
  pose.heading += (along ? 0 : sim::kPi) + (inwards ? -veer : veer);
  if (!along || slip) pose.heading = sim::wrap_angle(pose.heading);
  return pose;
}
}  // namespace

StreetPose lane_pose_in(const StreetGraph& graph, const StreetLeg& leg, int lane) {
  return lane_pose_at_cut(graph, leg, lane, true);
}
StreetPose lane_pose_out(const StreetGraph& graph, const StreetLeg& leg, int lane) {
  return lane_pose_at_cut(graph, leg, lane, false);
}

std::vector<JunctionPlan> plan_junctions(StreetGraph& graph, sim::Issues& issues) {
  for (int round = 0; round < 10; ++round) {
    plan_pockets(graph);
    std::vector<JunctionPlan> plans = plan_all(graph);
    const std::vector<int> outside = edges_outside(graph, plans);
    bool dropped = false;
    for (const int e : outside)
      if (graph.edges[static_cast<std::size_t>(e)].street.local) {
        graph.edges[static_cast<std::size_t>(e)].alive = false;
        dropped = true;
      }
    if (dropped) {
      cut_back(graph, issues);
      continue;
    }
    for (const int e : outside) {
      const Street& street = graph.edges[static_cast<std::size_t>(e)].street;
      issues.push_back({sim::Severity::kWarning,
                        {},
                        street.source_line,
                        0,
                        "street `" + street.name + "`",
                        "not every other street can be reached from here and back",
                        "road-network",
                        "check one-way streets and ramps"});
    }
    break;
  }
  std::vector<JunctionPlan> plans = plan_all(graph);
  for (StreetEdge& edge : graph.edges) edge.merge_from = edge.merge_to = edge.exit_from = edge.exit_to = false;
  for (JunctionPlan& plan : plans) {
    StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
    node.control = plan.control;
    node.through_edges = through_edges(graph, node);
    if (plan.control == JunctionControl::kSignals) u_turns_at_signals(graph, node, plan.movements);
    speed_change_lanes(graph, plan);
  }
  return plans;
}

}  // namespace bitgoeul::maps
