#include "maps/road_network/lane_builder.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "maps/road_network/lane_builder_connections.h"
#include "maps/road_network/lane_builder_elevation.h"
#include "maps/road_network/lane_builder_furniture.h"
#include "maps/road_network/lane_builder_junctions.h"
#include "maps/road_network/lane_builder_paths.h"
#include "maps/road_network/lane_builder_slips.h"
#include "maps/road_network/left_hand.h"
#include "maps/road_network/local_streets.h"
#include "maps/road_network/network_limits.h"
#include "maps/road_network/survey_movements.h"
#include "maps/xml.h"

namespace bitgoeul::maps {

namespace {

Poly3 constant(double value) { return {0, value, 0, 0, 0}; }

// Everything the drafts are made from.
struct Workshop {
  StreetGraph graph;
  std::vector<JunctionPlan> plans;
  Heights heights;
  const RoadNetwork& network;
};

LaneDraft side_lane(int id, LaneType type, double width_m) {
  LaneDraft lane;
  lane.id = id;
  lane.type = type;
  lane.widths = {constant(width_m)};
  return lane;
}

Poly3 scaled(const Poly3& p, double factor, double add = 0) {
  return {p.s, add + factor * p.a, factor * p.b, factor * p.c, factor * p.d};
}

// A lane more on that side, for a ramp or a slip to merge or to leave, with an island before it or without.
struct Outside {
  std::vector<Poly3> widths, island;
  bool opens = false, closes = false;  // too narrow yet to drive on; nobody changes onto it any more
};

void add_outside(const StreetEdge& edge, bool along, const Outside& outside, SectionDraft& section) {
  const int sign = along ? -1 : 1, lanes = along ? edge.profile.forward : edge.profile.backward;
  const int id = lane_id_of(edge, along, lanes, section.s);
  if (!outside.island.empty()) {
    section.lanes.push_back(side_lane(id - sign, LaneType::kRestricted, 0));
    section.lanes.back().widths = outside.island;
    section.lanes.back().mark = MarkType::kSolid;
    section.lanes.back().mark_color = MarkColor::kWhite;
    section.lanes.back().mark_change_in = section.lanes.back().mark_change_out = false;
  }
  LaneDraft lane = side_lane(id, LaneType::kDriving, 0);
  lane.widths = outside.widths;
  lane.mark = MarkType::kSolid;
  lane.mark_color = MarkColor::kWhite;
  lane.mark_change_in = lane.mark_change_out = false;
  section.lanes.push_back(lane);
}

// pocket: the share of its width that a pocket has there, on this side or the other.
void add_side(const StreetEdge& edge, bool along, const std::optional<Outside>& outside, const Poly3& pocket,
              SectionDraft& section) {
  const int sign = along ? -1 : 1, lanes = along ? edge.profile.forward : edge.profile.backward;
  const bool median = edge.profile.median_m > 0;
  if (median) {
    section.lanes.push_back(side_lane(sign, LaneType::kMedian, 0));
    section.lanes.back().widths = {scaled(pocket, -0.5 * kPocketLaneM, 0.5 * edge.profile.median_m)};
    section.lanes.back().mark = MarkType::kSolid;
    section.lanes.back().mark_color = MarkColor::kYellow;
    section.lanes.back().mark_change_in = section.lanes.back().mark_change_out = false;
  }
  const bool turns = pocket_at(edge, along, section.s);
  if (turns) {
    section.lanes.push_back(side_lane(lane_id_of(edge, along, kPocketLane, section.s), LaneType::kDriving, 0));
    LaneDraft& lane = section.lanes.back();
    lane.widths = {scaled(pocket, kPocketLaneM)};
    lane.mark = MarkType::kBroken;
    lane.mark_color = MarkColor::kWhite;
    lane.mark_change_in = lane.mark_change_out = pocket.c == 0;  // not in the taper
  }
  const int buses = bus_lanes(edge, along);
  for (int k = 0; k < lanes; ++k) {
    LaneDraft lane = side_lane(lane_id_of(edge, along, k, section.s), k < buses ? LaneType::kBus : LaneType::kDriving,
                               edge.profile.lane_m);
    const bool outermost = k + 1 == lanes && (!outside || !outside->island.empty()), beside_buses = k + 1 == buses;
    lane.mark = outermost || beside_buses ? MarkType::kSolid : MarkType::kBroken;
    lane.mark_color = beside_buses ? MarkColor::kBlue : MarkColor::kWhite;
    lane.mark_change_in = lane.mark_change_out = !outermost && !beside_buses;
    if (!along && edge.street.speed_backward_mps > 0) lane.speeds = {{0, edge.street.speed_backward_mps}};
    section.lanes.push_back(lane);
  }
  if (outside) {
    if (outside->opens) section.lanes.back().mark_change_in = false;
    if (outside->opens || outside->closes) section.lanes.back().mark_change_out = false;
    add_outside(edge, along, *outside, section);
  }
  const bool surveyed = !edge.street.vertices.empty();
  const bool walk = surveyed ? edge.profile.walk_m > 1.0 : edge.street.local || class_rank(edge.street.road_class) <= 5;
  const bool ramp = edge.street.road_class == RoadClass::kRamp;
  const int more =
      (median ? 1 : 0) + (turns ? 1 : 0) + (outside ? 1 : 0) + (outside && !outside->island.empty() ? 1 : 0);
  const int outer = sign * (lanes + more + 1);
  section.lanes.push_back(
      side_lane(outer, walk && !ramp ? LaneType::kSidewalk : LaneType::kShoulder, edge.profile.walk_m));
}

// Where nothing leads on, at the edge of the map, there is no junction.
RoadLink junction_link(const Workshop& shop, int node) {
  const auto leads = [&](const JunctionPlan& plan) { return plan.node == node && !plan.movements.empty(); };
  const auto plan =
      std::partition_point(shop.plans.begin(), shop.plans.end(), [&](const JunctionPlan& p) { return p.node < node; });
  if (plan == shop.plans.end() || !leads(*plan)) return {};
  return {ElementType::kJunction, junction_id(node), Contact::kStart};
}

// Where sections begin: a merge lane or pocket is one, its taper another; an island another.
std::vector<double> section_begins(const StreetEdge& edge, double length) {
  std::vector<double> begins{0};
  if (edge.merge_from || edge.exit_from) begins.insert(begins.end(), {kMergeLaneM, kMergeLaneM + kMergeTaperM});
  if (edge.merge_to || edge.exit_to)
    begins.insert(begins.end(), {length - kMergeLaneM - kMergeTaperM, length - kMergeLaneM});
  if (edge.pocket_from || edge.slip_in_from.there() || edge.slip_out_from.there())
    begins.insert(begins.end(), {edge.pocket_m, edge.pocket_m + kPocketTaperM});
  if (edge.pocket_to || edge.slip_in_to.there() || edge.slip_out_to.there())
    begins.insert(begins.end(), {length - edge.pocket_m - kPocketTaperM, length - edge.pocket_m});
  if (edge.slip_in_from.angle_rad > 0 || edge.slip_out_from.angle_rad > 0) begins.push_back(kIslandM);
  if (edge.slip_in_to.angle_rad > 0 || edge.slip_out_to.angle_rad > 0) begins.push_back(length - kIslandM);
  std::sort(begins.begin(), begins.end());
  begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
  return begins;
}

// From 0 to 1 over a pocket's taper, smoothly.
constexpr double kTaperSquare = 3 / (kPocketTaperM * kPocketTaperM);
constexpr Poly3 kPocketTaper{0, 0, 0, kTaperSquare, -kTaperSquare * 2 / 3 / kPocketTaperM};

// From the width to 0 instead.
Poly3 closing(const Poly3& opening, double width) {
  return {0, width - opening.a, 0 - opening.b, 0 - opening.c, 0 - opening.d};
}

// The lane more outside in the section that begins there: full, narrowing to or widening from nothing, or none.
std::optional<Outside> outside_at(const StreetEdge& edge, bool along, double s, double length) {
  constexpr double kSlack = 0.1;  // a section begins where the taper ends
  const double width = edge.profile.lane_m;
  const SlipEnd &start = slip_end(edge, true, !along), &end = slip_end(edge, false, along);
  // taper: over its length, from nothing to the lane's width.
  const auto beside = [&](bool at_start, double lane_m, double taper_m, const Poly3& taper) -> std::optional<Outside> {
    const double from_end = at_start ? s : length - s, slack = at_start ? -kSlack : kSlack;
    if (from_end > lane_m + taper_m + slack) return std::nullopt;
    if (from_end < lane_m + slack) return Outside{{constant(width)}, {}};
    return Outside{
        {at_start ? closing(taper, width) : taper}, {}, at_start != along, at_start == along && taper.b == 0};
  };
  const Poly3 straight{0, 0, width / kMergeTaperM, 0, 0}, smooth = scaled(kPocketTaper, width);
  std::optional<Outside> outside;
  if (along ? edge.merge_from : edge.exit_from) outside = beside(true, kMergeLaneM, kMergeTaperM, straight);
  if (!outside && (along ? edge.exit_to : edge.merge_to)) outside = beside(false, kMergeLaneM, kMergeTaperM, straight);
  if (!outside && start.there()) outside = beside(true, edge.pocket_m, kPocketTaperM, smooth);
  if (!outside && end.there()) outside = beside(false, edge.pocket_m, kPocketTaperM, smooth);
  if (outside && island_at(edge, along, s)) {
    const bool at_start = 2 * s < length;
    const SlipWidths widths = slip_widths(at_start ? start : end, width, at_start);
    outside = Outside{widths.lane, widths.island};
  }
  return outside;
}

// Share of its width that a pocket has in the section that begins there: it grows smoothly over the taper.
Poly3 pocket_share(const StreetEdge& edge, double s) {
  constexpr double kSlack = 0.1;  // a section begins where the taper ends
  if (pocket_at(edge, true, s)) return s > edge.road_length() - edge.pocket_m - kSlack ? constant(1) : kPocketTaper;
  if (pocket_at(edge, false, s)) return s < edge.pocket_m - kSlack ? constant(1) : closing(kPocketTaper, 1);
  return constant(0);
}

SectionDraft section_of(const StreetEdge& edge, double s, double length) {
  SectionDraft section;
  section.s = s;
  section.center_mark = edge.profile.median_m > 0 || edge.profile.one_way() ? MarkType::kSolid
                        : edge.street.local                                 ? MarkType::kBroken
                                                                            : MarkType::kSolidSolid;
  section.center_color = MarkColor::kYellow;
  if (edge.profile.one_way()) section.lanes.push_back(side_lane(1, LaneType::kShoulder, edge.profile.left_walk_m()));
  for (const bool along : {false, true}) {
    if (!along && edge.profile.one_way()) continue;
    add_side(edge, along, outside_at(edge, along, s, length), pocket_share(edge, s), section);
  }
  return section;
}

// Lanes of one number, counted without pockets and islands, and type follow each other.
void link_sections(const StreetEdge& edge, RoadDraft& road) {
  const auto number = [&](const SectionDraft& section, const LaneDraft& lane) {
    const bool along = lane.id < 0, counts = pocket_at(edge, along, section.s) && lane.type != LaneType::kMedian;
    const bool behind =
        island_at(edge, along, section.s) &&
        lane.id == lane_id_of(edge, along, along ? edge.profile.forward : edge.profile.backward, section.s);
    return lane.id + (along ? 1 : -1) * ((counts ? 1 : 0) + (behind ? 1 : 0));
  };
  for (std::size_t i = 0; i + 1 < road.sections.size(); ++i)
    for (LaneDraft& before : road.sections[i].lanes)
      for (LaneDraft& behind : road.sections[i + 1].lanes)
        if (number(road.sections[i], before) == number(road.sections[i + 1], behind) && before.type == behind.type)
          before.successors = {behind.id}, behind.predecessors = {before.id};
}

// The centre line gives way to a pocket; lanes go straight on.
std::vector<Poly3> centre_shift(const StreetEdge& edge, const std::vector<double>& begins) {
  std::vector<Poly3> shift;
  for (const double s : begins) {
    shift.push_back(scaled(pocket_share(edge, s), 0.5 * (pocket_at(edge, true, s) ? kPocketLaneM : -kPocketLaneM)));
    shift.back().s = s;
  }
  return shift;
}

// Nobody stops before a slip: what it leads to is a lane to merge from.
bool leads_into_slip(const StreetEdge& edge, bool along, int lane_id) {
  return slip_end(edge, !along, true).there() &&
         lane_id == lane_id_in(edge, along, along ? edge.profile.forward : edge.profile.backward);
}

RoadDraft road_of(const Workshop& shop, int row) {
  const StreetEdge& edge = shop.graph.edges[static_cast<std::size_t>(row)];
  RoadDraft road;
  road.id = road_id(row);
  road.name = edge.street.name;
  road.road_class = edge.street.road_class;
  road.level = static_cast<std::int8_t>(edge.street.level);
  road.bridge = edge.street.bridge;
  road.tunnel = edge.street.tunnel;
  road.line = edge.street.source_line;
  road.predecessor = junction_link(shop, edge.from);
  road.successor = junction_link(shop, edge.to);
  road.plan_view = to_geometries(cut_curve(edge.curve, edge.cut_from, edge.curve.length - edge.cut_to));
  road.length = length_of(road.plan_view);
  road.elevation = shop.heights.roads[static_cast<std::size_t>(row)].polynomials();
  road.speeds = {{0, edge.street.speed_limit_mps}};
  if (edge.profile.one_way()) road.lane_offset = {constant(0.5 * edge.profile.forward * edge.profile.lane_m)};
  const std::vector<double> begins = section_begins(edge, road.length);
  if (edge.pocket_from || edge.pocket_to) road.lane_offset = centre_shift(edge, begins);
  for (const double s : begins) road.sections.push_back(section_of(edge, s, road.length));
  link_sections(edge, road);
  for (const bool along : {true, false})
    for (LaneDraft& lane : (along ? road.sections.back() : road.sections.front()).lanes)
      if (drivable(lane.type) && (lane.id < 0) == along && !leads_into_slip(edge, along, lane.id))
        lane.stop_distance_m = stop_distance(shop.graph, row, along);
  return road;
}

// The pavement goes on round the corner.
double slip_walk_m(const StreetEdge& edge_from, const StreetLeg& from, const StreetEdge& edge_to, const StreetLeg& to) {
  return std::min(edge_from.profile.walk_m * sim::cos(slip_end(edge_from, from.at_start, true).angle_rad),
                  edge_to.profile.walk_m * sim::cos(slip_end(edge_to, to.at_start, false).angle_rad));
}

LaneDraft connecting_lane(LaneType type, double width_from, double width_to, double length, int from_id, int to_id) {
  LaneDraft lane;
  lane.id = -1;
  lane.type = type;
  lane.widths = {{0, width_from, (width_to - width_from) / length, 0, 0}};
  lane.predecessors = {from_id};
  lane.successors = {to_id};
  return lane;
}

RoadDraft connecting_road(const Workshop& shop, const JunctionPlan& plan, std::size_t index, int level) {
  const StreetNode& node = shop.graph.nodes[static_cast<std::size_t>(plan.node)];
  const Movement& m = plan.movements[index];
  const StreetLeg &from = node.legs[static_cast<std::size_t>(m.from_leg)],
                  &to = node.legs[static_cast<std::size_t>(m.to_leg)];
  const StreetEdge &edge_from = shop.graph.edges[static_cast<std::size_t>(from.edge)],
                   &edge_to = shop.graph.edges[static_cast<std::size_t>(to.edge)];
  RoadDraft road;
  road.id = connecting_road_id(plan.node, static_cast<int>(index));
  road.junction = junction_id(plan.node);
  road.road_class = RoadClass::kConnection;
  road.level = static_cast<std::int8_t>(level);
  road.plan_view = plan_view_of(shop.graph, node, m);
  road.length = length_of(road.plan_view);
  road.predecessor = {ElementType::kRoad, road_id(from.edge), from.at_start ? Contact::kStart : Contact::kEnd};
  road.successor = {ElementType::kRoad, road_id(to.edge), to.at_start ? Contact::kStart : Contact::kEnd};
  road.elevation = {constant(shop.heights.nodes[static_cast<std::size_t>(plan.node)])};
  const double w0 = m.slip                       ? slip_end(edge_from, from.at_start, true).width_m
                    : m.from_lane == kPocketLane ? kPocketLaneM
                                                 : edge_from.profile.lane_m;
  const double w1 = m.slip ? slip_end(edge_to, to.at_start, false).width_m : edge_to.profile.lane_m;
  // The reference line is the middle of the lane.
  road.lane_offset = {{0, 0.5 * w0, 0.5 * (w1 - w0) / road.length, 0, 0}};
  road.speeds = {{0, std::min(edge_from.street.speed_limit_mps, edge_to.street.speed_limit_mps)}};
  SectionDraft section;
  const bool for_buses =
      m.from_lane < bus_lanes(edge_from, !from.at_start) && m.to_lane < bus_lanes(edge_to, to.at_start);
  section.lanes.push_back(connecting_lane(for_buses ? LaneType::kBus : LaneType::kDriving, w0, w1, road.length,
                                          lane_id_in(edge_from, !from.at_start, m.from_lane),
                                          lane_id_out(edge_to, to.at_start, m.to_lane)));
  if (m.turn == Turn::kUTurn && plan.control == JunctionControl::kSignals)
    section.lanes.back().turn_when = plate_of(plan.movements, m);
  if (m.slip) section.lanes.push_back(side_lane(-2, LaneType::kSidewalk, slip_walk_m(edge_from, from, edge_to, to)));
  road.sections.push_back(std::move(section));
  return road;
}

int class_rank_of(const StreetGraph& graph, const StreetNode& node) {
  int rank = 0;
  for (const StreetLeg& leg : node.legs)
    rank = std::max(rank, class_rank(graph.edges[static_cast<std::size_t>(leg.edge)].street.road_class));
  return rank;
}

int level_of(const StreetGraph& graph, const StreetNode& node) {
  int level = 9;
  for (const StreetLeg& leg : node.legs)
    if (graph.edges[static_cast<std::size_t>(leg.edge)].street.road_class != RoadClass::kRamp)
      level = std::min(level, graph.edges[static_cast<std::size_t>(leg.edge)].street.level);
  return level == 9 ? graph.edges[static_cast<std::size_t>(node.legs[0].edge)].street.level : level;
}

void add_junction(const Workshop& shop, const JunctionPlan& plan, MapBuilder& builder) {
  const StreetNode& node = shop.graph.nodes[static_cast<std::size_t>(plan.node)];
  JunctionDraft junction;
  junction.id = junction_id(plan.node);
  junction.name = node.name;
  junction.control = plan.control;
  for (const StreetLeg& leg : node.legs)
    for (const int major : node.through_edges)
      if (std::count(node.through_edges.begin(), node.through_edges.end(), leg.edge) == 0)
        junction.priorities.push_back({road_id(major), road_id(leg.edge)});
  if (node.through_edges.empty() && class_rank_of(shop.graph, node) == 1 && node.legs.size() > 2)
    junction.control = JunctionControl::kRightBeforeLeft;
  const int level = level_of(shop.graph, node);
  for (std::size_t i = 0; i < plan.movements.size(); ++i) {
    const Movement& m = plan.movements[i];
    const StreetLeg& from = node.legs[static_cast<std::size_t>(m.from_leg)];
    builder.roads.push_back(connecting_road(shop, plan, i, level));
    ConnectionDraft connection;
    connection.id = std::to_string(i);
    connection.incoming_road = road_id(from.edge);
    connection.connecting_road = builder.roads.back().id;
    connection.links = {
        {lane_id_in(shop.graph.edges[static_cast<std::size_t>(from.edge)], !from.at_start, m.from_lane), -1}};
    junction.connections.push_back(std::move(connection));
  }
  builder.junctions.push_back(std::move(junction));
}

}  // namespace

namespace {

// Ramps that cannot get over or under another road within sane grades are left out; a street that cannot is an issue.
Heights settle_levels(StreetGraph& graph, const Terrain& terrain, sim::Issues& issues) {
  constexpr int kRounds = 4;
  std::vector<int> blocked;
  Heights heights = make_heights(graph, terrain, blocked);
  for (int round = 0; round < kRounds && !blocked.empty(); ++round) {
    bool dropped = false;
    for (const int e : blocked) {
      StreetEdge& edge = graph.edges[static_cast<std::size_t>(e)];
      if (edge.street.road_class != RoadClass::kRamp) continue;
      edge.alive = false;
      dropped = true;
      issues.push_back({sim::Severity::kInfo,
                        {},
                        edge.street.source_line,
                        0,
                        "ramp `" + edge.street.name + "`",
                        "the ramp cannot clear another road within 10 % of slope and is left out",
                        "road-network",
                        {}});
    }
    if (!dropped) break;
    cut_back(graph, issues);
    heights = make_heights(graph, terrain, blocked);
  }
  for (const int e : blocked) {
    const Street& street = graph.edges[static_cast<std::size_t>(e)].street;
    issues.push_back({sim::Severity::kWarning,
                      {},
                      street.source_line,
                      0,
                      "street `" + street.name + "`",
                      "the street comes too near to a road of another level",
                      "road-network",
                      "correct `level`"});
  }
  return heights;
}

}  // namespace

namespace {

Workshop schematic_workshop(const RoadNetwork& network, sim::Issues& issues, const LaneBuilderOptions& options) {
  StreetGraph graph = make_street_graph(network, options);
  if (options.fill_local_streets) fill_local_streets(graph, network, options);
  cut_back(graph, issues);
  Heights heights = settle_levels(graph, network.terrain, issues);
  if (network.right_turn_slips)
    for (StreetEdge& edge : graph.edges) edge.pocket_m = kPocketBesideSlipsM;
  std::vector<JunctionPlan> plans = plan_junctions(graph, issues);
  if (network.right_turn_slips) plan_slips(graph, plans);
  std::vector<int> blocked;
  heights = make_heights(graph, network.terrain, blocked);
  return {std::move(graph), std::move(plans), std::move(heights), network};
}

// Surveyed roads lie where they lie: nothing is taken away.
Workshop surveyed_workshop(const RoadNetwork& network, sim::Issues& issues, const LaneBuilderOptions& options) {
  SurveyGraph survey = make_survey_graph(network, options, issues);
  std::vector<JunctionPlan> plans = plan_survey(survey, network, issues);
  std::vector<int> blocked;
  Heights heights = make_heights(survey.graph, network.terrain, blocked);
  if (!blocked.empty())
    issues.push_back({sim::Severity::kInfo, network.source,
                      survey.graph.edges[static_cast<std::size_t>(blocked[0])].street.source_line, 0,
                      "way " + survey.graph.edges[static_cast<std::size_t>(blocked[0])].street.id,
                      "this road and " + std::to_string(blocked.size() - 1) +
                          " more come nearer than 5 m to a road of another level above or below them",
                      "road-network", "bridges are longer than their `bridge` tag says, or `layer` is wrong"});
  return {std::move(survey.graph), std::move(plans), std::move(heights), network};
}

// What is told of single streets says which file they are from; 1,000 of them are told one by one.
void settle_issues(std::size_t begin, const std::string& source, sim::Issues& issues) {
  constexpr std::size_t kMost = 1000;
  for (std::size_t i = begin; i < issues.size(); ++i) {
    if (issues[i].file.empty()) issues[i].file = source;
    issues[i].where = readable(std::move(issues[i].where));
  }
  if (issues.size() <= begin + kMost) return;
  const std::size_t more = issues.size() - begin - kMost;
  issues.resize(begin + kMost);
  issues.push_back({sim::Severity::kWarning, source, 0, 0, "streets",
                    std::to_string(more) + " more remarks on streets are left out", "road-network",
                    "see the ones above"});
}

}  // namespace

sim::Result<MapBuilder> build_lanes(RoadNetwork network, sim::Issues& issues, const LaneBuilderOptions& options) {
  if (auto fits = check_network(network); !fits) return tl::unexpected(fits.error());
  if (network.left_hand) {
    network.left_hand = false;
    auto built = build_lanes(mirrored(std::move(network)), issues, options);
    if (built) *built = mirrored(std::move(*built));
    return built;
  }
  const std::size_t told = issues.size();
  const Workshop shop =
      network.surveyed ? surveyed_workshop(network, issues, options) : schematic_workshop(network, issues, options);
  settle_issues(told, network.source, issues);
  if (shop.plans.empty())
    return sim::fail("no street is left to build", network.source, 0, {},
                     "give at least one street that is longer than its junctions");
  MapBuilder builder;
  builder.name = network.name;
  builder.source = network.source;
  builder.notice = network.notice;
  builder.projection = network.projection;
  for (std::size_t e = 0; e < shop.graph.edges.size(); ++e)
    if (shop.graph.edges[e].alive) builder.roads.push_back(road_of(shop, static_cast<int>(e)));
  for (const JunctionPlan& plan : shop.plans)
    if (!plan.movements.empty()) add_junction(shop, plan, builder);
  add_signals(shop.graph, shop.plans, builder, issues);
  add_furniture(shop.graph, shop.plans, shop.heights, network, builder);
  return builder;
}

}  // namespace bitgoeul::maps
