#include "maps/road_network/lane_builder_furniture.h"

#include <algorithm>
#include <map>

#include "maps/road_network/lane_builder_connections.h"
#include "maps/road_network/lane_builder_paths.h"
#include "maps/road_network/lane_builder_slips.h"
#include "maps/road_network/survey_movements.h"

namespace bitgoeul::maps {

using sim::Vec2;
using sim::Vec3;

namespace {

constexpr double kCrosswalkFromM = 1.0, kCrosswalkToM = 5.0;  // before the road's end
constexpr double kSurveyedApartM = 25.0;
constexpr double kIslandKerbM = 0.15, kSlipCrosswalkM = 3.0;
constexpr double kSignalStopM = 6.5, kYieldStopM = 1.0;
constexpr double kSchoolSpeedMps = 30 / 3.6;

bool has_walk(const StreetEdge& edge) {
  return edge.street.level == 0 && edge.street.road_class != RoadClass::kMotorway &&
         edge.street.road_class != RoadClass::kTrunk && edge.street.road_class != RoadClass::kRamp;
}

int best_rank(const StreetGraph& graph, const StreetNode& node) {
  int rank = 0;
  for (const StreetLeg& leg : node.legs)
    rank = std::max(rank, class_rank(graph.edges[static_cast<std::size_t>(leg.edge)].street.road_class));
  return rank;
}

// Over the whole road, between two places of it (s from the road's start).
void add_crosswalk(const StreetEdge& edge, int row, const std::string& name, double from, double to,
                   const RoadHeights& heights, MapBuilder& builder) {
  ObjectDraft object;
  object.id = road_id(row).append(name);
  object.road = road_id(row);
  object.kind = ObjectKind::kCrosswalk;
  object.type = "crosswalk";
  const bool at_start = 2 * from < edge.road_length();
  const auto outside = [&](bool along) {
    const SlipEnd& end = slip_end(edge, at_start, at_start != along);
    return end.there() && !walk_ends_on_island(end, edge.profile.lane_m) ? slip_outside(end, edge.profile.lane_m) : 0.0;
  };
  const double left = edge.profile.lanes_left_m() + outside(false),
               right = edge.profile.lanes_right_m() + outside(true);
  for (const auto& [s, t] :
       {std::pair(from, left), std::pair(from, -right), std::pair(to, -right), std::pair(to, left)}) {
    const Vec2 p = edge.curve.at(edge.cut_from + s).offset(t);
    object.outline.push_back(Vec3(p.x(), p.y(), heights.at(s)));
  }
  object.s = 0.5 * (from + to);
  object.t = 0.5 * (left - right);
  object.length = kCrosswalkToM - kCrosswalkFromM;
  object.width = left + right;
  builder.objects.push_back(std::move(object));
}

void add_crosswalks(const StreetGraph& graph, const Heights& heights, MapBuilder& builder) {
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (!edge.alive || !has_walk(edge) || edge.road_length() < 2 * kSignalStopM + 2) continue;
    const auto signalised = [&](int node) {
      return graph.nodes[static_cast<std::size_t>(node)].control == JunctionControl::kSignals;
    };
    const double length = edge.road_length();
    if (signalised(edge.from))
      add_crosswalk(edge, static_cast<int>(e), "a", kCrosswalkFromM, kCrosswalkToM, heights.roads[e], builder);
    if (signalised(edge.to))
      add_crosswalk(edge, static_cast<int>(e), "b", length - kCrosswalkFromM, length - kCrosswalkToM, heights.roads[e],
                    builder);
    // Surveyed ones; near a signalised junction they are the ones above.
    int count = 0;
    for (const double at : edge.crossings) {
      const double half = 0.5 * (kCrosswalkToM - kCrosswalkFromM), least = kCrosswalkFromM + half;
      const double s = std::clamp(at - edge.cut_from, least, length - least);
      const bool known =
          (signalised(edge.from) && s < kSurveyedApartM) || (signalised(edge.to) && length - s < kSurveyedApartM);
      if (!known)
        add_crosswalk(edge, static_cast<int>(e), std::string(1, 'c').append(std::to_string(count++)), s - half,
                      s + half, heights.roads[e], builder);
    }
  }
}

// The island of a slip with its kerb, and the crosswalk from there to the corner, if one of the streets' ends there.
void add_slip_furniture(const StreetGraph& graph, const JunctionPlan& plan, int row, const Heights& heights,
                        MapBuilder& builder) {
  const StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
  const Movement& m = plan.movements[static_cast<std::size_t>(row)];
  const double ground = heights.nodes[static_cast<std::size_t>(plan.node)];
  const std::vector<Geometry> way = plan_view_of(graph, node, m);
  const double length = length_of(way);
  ObjectDraft object;
  object.road = connecting_road_id(plan.node, row);
  object.id = object.road + "i";
  object.kind = ObjectKind::kTrafficIsland;
  object.type = "trafficIsland";
  object.s = 0.5 * length, object.t = kSlipLaneM;
  object.height = kIslandKerbM;
  for (const IslandPoint& p : island_outline(graph, plan, m)) {
    const double z = p.edge < 0 ? ground : heights.roads[static_cast<std::size_t>(p.edge)].at(p.s);
    object.outline.push_back(Vec3(p.point.x(), p.point.y(), z));
  }
  builder.objects.push_back(object);
  const auto ends_there = [&](int row_of_leg, bool in) {
    const StreetLeg& leg = node.legs[static_cast<std::size_t>(row_of_leg)];
    const StreetEdge& edge = graph.edges[static_cast<std::size_t>(leg.edge)];
    return has_walk(edge) && walk_ends_on_island(slip_end(edge, leg.at_start, in), edge.profile.lane_m);
  };
  if (!ends_there(m.from_leg, true) && !ends_there(m.to_leg, false)) return;
  object.id = object.road + "c";
  object.kind = ObjectKind::kCrosswalk;
  object.type = "crosswalk";
  object.t = object.height = 0;
  object.length = kSlipCrosswalkM, object.width = kSlipLaneM;
  object.outline.clear();
  const StreetPose middle = pose_on(way, 0.5 * length);
  double sine = 0, cosine = 0;
  sim::sincos(middle.heading, sine, cosine);
  for (const auto& [u, v] : {std::pair(-0.5, 0.5), std::pair(-0.5, -0.5), std::pair(0.5, -0.5), std::pair(0.5, 0.5)}) {
    const Vec2 p = middle.offset(v * kSlipLaneM) + u * kSlipCrosswalkM * Vec2(cosine, sine);
    object.outline.push_back(Vec3(p.x(), p.y(), ground));
  }
  builder.objects.push_back(std::move(object));
}

// Share of the street within the radius of a school.
bool in_school_zone(const StreetEdge& edge, const std::vector<SchoolZone>& zones) {
  const std::vector<Vec2> points = sample_curve(edge.curve, 25.0);
  const Vec2 middle = edge.curve.at(0.5 * edge.curve.length).point();
  std::size_t inside = 0;
  std::vector<const SchoolZone*> near;
  for (const SchoolZone& zone : zones)
    if ((zone.position - middle).norm() < zone.radius_m + 0.5 * edge.curve.length + 1.0) near.push_back(&zone);
  for (const Vec2& p : points)
    inside += std::any_of(near.begin(), near.end(),
                          [&](const SchoolZone* zone) { return (zone->position - p).norm() < zone->radius_m; });
  return 2 * inside >= points.size();
}

// Lesser streets: 30 km/h always; secondary roads from 8 to 20 o'clock; larger ones keep their limit.
void limit_at_school(const StreetEdge& edge, RoadDraft& road) {
  const int rank = class_rank(edge.street.road_class);
  if (rank <= 3 && edge.street.speed_limit_mps > kSchoolSpeedMps) road.speeds = {{0, kSchoolSpeedMps}};
  if (rank != 4) return;
  TimedLimit limit;
  limit.from_minute = 8 * 60;
  limit.to_minute = 20 * 60;
  limit.speed_limit_mps = kSchoolSpeedMps;
  for (SectionDraft& section : road.sections)
    for (LaneDraft& lane : section.lanes)
      if (drivable(lane.type)) lane.limits.push_back(limit);
}

// The kerb lane is for buses in the rush hours of working days.
void mark_bus_lane(const StreetEdge& edge, RoadDraft& road) {
  for (const bool along : {true, false}) {
    const int lanes = along ? edge.profile.forward : edge.profile.backward;
    if (lanes < 2) continue;
    for (SectionDraft& section : road.sections)
      for (LaneDraft& lane : section.lanes) {
        if (lane.id != lane_id_of(edge, along, lanes - 1, section.s)) continue;
        for (const auto& [from, to] : {std::pair(7 * 60, 9 * 60), std::pair(17 * 60 + 30, 19 * 60 + 30)}) {
          TimedLimit limit;
          limit.from_minute = from;
          limit.to_minute = to;
          limit.weekdays = 0x1f;
          limit.bus_only = 1;
          lane.limits.push_back(limit);
        }
        lane.mark_color = MarkColor::kBlue;
      }
  }
}

// Bus lanes by the clock; those of all day have a lane type of their own.
void limit_to_buses(const StreetEdge& edge, RoadDraft& road) {
  for (const bool along : {true, false}) {
    const std::vector<LaneFact>& facts = along ? edge.street.facts_forward : edge.street.facts_backward;
    for (int k = bus_lanes(edge, along); k < static_cast<int>(facts.size()); ++k)
      for (LaneDraft& lane : road.sections[0].lanes) {
        if (lane.id != lane_id_of(edge, along, k, 0) || facts[static_cast<std::size_t>(k)].bus.empty()) continue;
        for (const BusHours& hours : facts[static_cast<std::size_t>(k)].bus)
          lane.limits.push_back({hours.from_minute, hours.to_minute, hours.weekdays, 1, 0});
        lane.mark_color = MarkColor::kBlue;
      }
  }
}

}  // namespace

std::string road_id(int edge) { return std::to_string(edge + 1); }
std::string junction_id(int node) {
  std::string id(1, 'j');
  id += std::to_string(node + 1);
  return id;
}
std::string connecting_road_id(int node, int movement) {
  std::string id = junction_id(node);
  id += '_';
  id += std::to_string(movement);
  return id;
}

int lane_id_of(const StreetEdge& edge, bool along, int k, double s) {
  const bool behind_island = k == (along ? edge.profile.forward : edge.profile.backward) && island_at(edge, along, s);
  const int id =
      1 + k + (edge.profile.median_m > 0 ? 1 : 0) + (pocket_at(edge, along, s) ? 1 : 0) + (behind_island ? 1 : 0);
  return along ? -id : id;
}
int lane_id_in(const StreetEdge& edge, bool along, int k) {
  return lane_id_of(edge, along, k, along ? edge.road_length() : 0);
}
int lane_id_out(const StreetEdge& edge, bool along, int k) {
  return lane_id_of(edge, along, k, along ? 0 : edge.road_length());
}

double stop_distance(const StreetGraph& graph, int row, bool along) {
  const StreetEdge& edge = graph.edges[static_cast<std::size_t>(row)];
  const StreetNode& node = graph.nodes[static_cast<std::size_t>(along ? edge.to : edge.from)];
  if (node.legs.size() < 3) return -1;
  if (node.control == JunctionControl::kSignals) return std::min(kSignalStopM, 0.3 * edge.road_length());
  const bool local = best_rank(graph, node) == class_rank(RoadClass::kResidential);
  if (local) return std::count(node.through_edges.begin(), node.through_edges.end(), row) > 0 ? -1 : kYieldStopM;
  return class_rank(edge.street.road_class) < best_rank(graph, node) ? kYieldStopM : -1;
}

void add_furniture(const StreetGraph& graph, const std::vector<JunctionPlan>& plans, const Heights& heights,
                   const RoadNetwork& network, MapBuilder& builder) {
  add_crosswalks(graph, heights, builder);
  for (const JunctionPlan& plan : plans)
    for (std::size_t i = 0; i < plan.movements.size(); ++i)
      if (plan.movements[i].slip) add_slip_furniture(graph, plan, static_cast<int>(i), heights, builder);
  std::map<std::string, RoadDraft*> roads;
  for (RoadDraft& road : builder.roads) roads[road.id] = &road;
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (!edge.alive) continue;
    RoadDraft& road = *roads.at(road_id(static_cast<int>(e)));
    if (edge.street.kerb_bus_lane) mark_bus_lane(edge, road);
    limit_to_buses(edge, road);
    if (class_rank(edge.street.road_class) <= 4 && in_school_zone(edge, network.school_zones))
      limit_at_school(edge, road);
  }
}

}  // namespace bitgoeul::maps
