#include "replay/export/womd_map.h"

#include <cmath>
#include <optional>

#include "replay/schema/womd/scenario.pb.h"
#include "sim/math.h"

namespace bitgoeul::replay {
namespace {

namespace womd = waymo::open_dataset;
using maps::Row;

constexpr double kStepM = 0.5;
constexpr double kMilesPerHour = 1.0 / 0.44704;

std::int64_t lane_id(Row lane) { return std::int64_t{lane} * 8; }
std::int64_t line_id(Row lane, bool left) { return lane_id(lane) + (left ? 1 : 2); }
std::int64_t edge_id(Row lane, bool left) { return lane_id(lane) + (left ? 4 : 5); }
std::int64_t object_id(std::size_t object) { return static_cast<std::int64_t>(object) * 8 + 3; }

bool is_feature(const maps::Lane& lane) { return maps::drivable(lane.type) || lane.type == maps::LaneType::kBiking; }

struct Around {
  double x, y, radius;
  bool holds(double px, double py) const { return sim::hypot(px - x, py - y) <= radius; }
  bool holds(std::span<const maps::LanePoint> points) const {
    for (const maps::LanePoint& p : points)
      if (holds(p.x, p.y)) return true;
    return false;
  }
};

template <class Points>
void add_point(Points& points, double x, double y, double z) {
  womd::MapPoint& point = *points.Add();
  point.set_x(x), point.set_y(y), point.set_z(z);
}

// Along the lane, `t` left of its centre in lane widths, every half metre and at its end.
template <class Points>
void add_line(Points& out, std::span<const maps::LanePoint> points, double t) {
  const auto put = [&](const maps::LanePoint& a, const maps::LanePoint& b, double part) {
    const auto between = [&](double maps::LanePoint::*value) { return a.*value + part * (b.*value - a.*value); };
    double sine = 0, cosine = 0;
    sim::sincos(between(&maps::LanePoint::heading), sine, cosine);
    const double side = t * between(&maps::LanePoint::width);
    add_point(out, between(&maps::LanePoint::x) - side * sine, between(&maps::LanePoint::y) + side * cosine,
              between(&maps::LanePoint::z));
  };
  double s = 0;
  for (std::size_t i = 0; i + 1 < points.size(); ++i)
    for (; s < points[i + 1].s; s += kStepM)
      put(points[i], points[i + 1], (s - points[i].s) / (points[i + 1].s - points[i].s));
  put(points[points.size() - 2], points.back(), 1.0);
}

womd::RoadLine::RoadLineType line_type(maps::MarkType mark, maps::MarkColor color) {
  const bool yellow = color == maps::MarkColor::kYellow;
  switch (mark) {
    case maps::MarkType::kSolid:
      return yellow ? womd::RoadLine::TYPE_SOLID_SINGLE_YELLOW : womd::RoadLine::TYPE_SOLID_SINGLE_WHITE;
    case maps::MarkType::kBroken:
      return yellow ? womd::RoadLine::TYPE_BROKEN_SINGLE_YELLOW : womd::RoadLine::TYPE_BROKEN_SINGLE_WHITE;
    case maps::MarkType::kSolidSolid:
      return yellow ? womd::RoadLine::TYPE_SOLID_DOUBLE_YELLOW : womd::RoadLine::TYPE_SOLID_DOUBLE_WHITE;
    case maps::MarkType::kBrokenBroken:
      return womd::RoadLine::TYPE_BROKEN_DOUBLE_YELLOW;
    case maps::MarkType::kSolidBroken:
    case maps::MarkType::kBrokenSolid:
      return womd::RoadLine::TYPE_PASSING_DOUBLE_YELLOW;
    default:
      return womd::RoadLine::TYPE_UNKNOWN;
  }
}

bool is_edge(maps::MarkType mark) {
  return mark == maps::MarkType::kCurb || mark == maps::MarkType::kGrass || mark == maps::MarkType::kEdge;
}

void add_edge(const maps::Map& map, Row row, bool left, std::int64_t id, womd::Scenario& out) {
  womd::MapFeature& feature = *out.add_map_features();
  feature.set_id(id);
  feature.mutable_road_edge()->set_type(left ? womd::RoadEdge::TYPE_ROAD_EDGE_MEDIAN
                                             : womd::RoadEdge::TYPE_ROAD_EDGE_BOUNDARY);
  add_line(*feature.mutable_road_edge()->mutable_polyline(), map.lane_points(row), left ? 0.5 : -0.5);
}

// The line at one side of a lane, as a feature of its own that the lane names. Where the lane is the last one, its side
// is an edge of the road too, as painted as it may be.
void add_boundary(const maps::Map& map, Row row, bool left, int points, womd::Scenario& out, womd::LaneCenter& center) {
  const maps::Lane& lane = map.lanes[static_cast<std::size_t>(row)];
  const maps::MarkType mark = left ? lane.left_mark : lane.right_mark;
  const bool outer = (left ? lane.left : lane.right) == maps::kNone && (!left || lane.opposite == maps::kNone);
  const womd::RoadLine::RoadLineType type = line_type(mark, left ? lane.left_color : lane.right_color);
  const bool last = outer && lane.junction == maps::kNone;
  const bool edge = is_edge(mark) || (mark == maps::MarkType::kNone && last);
  if (!edge && last) add_edge(map, row, left, edge_id(row, left), out);
  if (!edge && type == womd::RoadLine::TYPE_UNKNOWN) return;
  const std::int64_t id = line_id(row, left);
  if (edge) {
    add_edge(map, row, left, id, out);
  } else {
    womd::MapFeature& feature = *out.add_map_features();
    feature.set_id(id);
    feature.mutable_road_line()->set_type(type);
    add_line(*feature.mutable_road_line()->mutable_polyline(), map.lane_points(row), left ? 0.5 : -0.5);
  }
  womd::BoundarySegment& segment = left ? *center.add_left_boundaries() : *center.add_right_boundaries();
  segment.set_lane_start_index(0);
  segment.set_lane_end_index(points - 1);
  segment.set_boundary_feature_id(id);
  segment.set_boundary_type(edge ? womd::RoadLine::TYPE_UNKNOWN : type);
}

void add_neighbour(const maps::Map& map, Row other, int points, womd::LaneNeighbor& out) {
  google::protobuf::RepeatedPtrField<womd::MapPoint> line;
  add_line(line, map.lane_points(other), 0);
  out.set_feature_id(lane_id(other));
  out.set_self_start_index(0);
  out.set_self_end_index(points - 1);
  out.set_neighbor_start_index(0);
  out.set_neighbor_end_index(line.size() - 1);
}

womd::LaneCenter::LaneType lane_type(const maps::Map& map, const maps::Lane& lane) {
  if (lane.type == maps::LaneType::kBiking) return womd::LaneCenter::TYPE_BIKE_LANE;
  const maps::RoadClass road = map.roads[static_cast<std::size_t>(lane.road)].road_class;
  const bool freeway = road == maps::RoadClass::kMotorway || road == maps::RoadClass::kTrunk;
  return freeway ? womd::LaneCenter::TYPE_FREEWAY : womd::LaneCenter::TYPE_SURFACE_STREET;
}

void add_lane(const maps::Map& map, Row row, womd::Scenario& out) {
  const maps::Lane& lane = map.lanes[static_cast<std::size_t>(row)];
  womd::LaneCenter center;
  center.set_speed_limit_mph(lane.speed_limit_mps * kMilesPerHour);
  center.set_type(lane_type(map, lane));
  center.set_interpolating(lane.junction != maps::kNone);
  add_line(*center.mutable_polyline(), map.lane_points(row), 0);
  for (const Row from : map.predecessors(row)) center.add_entry_lanes(lane_id(from));
  for (const Row to : map.successors(row)) center.add_exit_lanes(lane_id(to));
  const int points = center.polyline_size();
  if (lane.left != maps::kNone) add_neighbour(map, lane.left, points, *center.add_left_neighbors());
  if (lane.right != maps::kNone) add_neighbour(map, lane.right, points, *center.add_right_neighbors());
  for (const bool left : {true, false}) add_boundary(map, row, left, points, out, center);
  if (lane.left != maps::kNone) *center.mutable_left_neighbors(0)->mutable_boundaries() = center.left_boundaries();
  if (lane.right != maps::kNone) *center.mutable_right_neighbors(0)->mutable_boundaries() = center.right_boundaries();
  womd::MapFeature& feature = *out.add_map_features();
  feature.set_id(lane_id(row));
  *feature.mutable_lane() = std::move(center);
}

void add_crosswalk(const maps::Map& map, std::size_t index, womd::Scenario& out) {
  const maps::Object& object = map.objects[index];
  womd::MapFeature& feature = *out.add_map_features();
  feature.set_id(object_id(index));
  auto& polygon = *feature.mutable_crosswalk()->mutable_polygon();
  for (Row i = object.outline.begin; i + 2 < object.outline.end; i += 3) {
    const auto at = static_cast<std::size_t>(i);
    add_point(polygon, map.outline_points[at], map.outline_points[at + 1], map.outline_points[at + 2]);
  }
  if (!polygon.empty()) return;
  double sine = 0, cosine = 0;
  sim::sincos(object.heading, sine, cosine);
  for (const auto& [u, v] : {std::pair(0.5, 0.5), std::pair(-0.5, 0.5), std::pair(-0.5, -0.5), std::pair(0.5, -0.5)})
    add_point(polygon, object.x + u * object.length * cosine - v * object.width * sine,
              object.y + u * object.length * sine + v * object.width * cosine, object.z);
}

std::optional<womd::TrafficSignalLaneState::State> state_of(sim::SignalState state, bool arrow) {
  using State = womd::TrafficSignalLaneState;
  switch (state) {
    case sim::SignalState::kRed:
      return arrow ? State::LANE_STATE_ARROW_STOP : State::LANE_STATE_STOP;
    case sim::SignalState::kYellow:
      return arrow ? State::LANE_STATE_ARROW_CAUTION : State::LANE_STATE_CAUTION;
    case sim::SignalState::kGreen:
      return arrow ? State::LANE_STATE_ARROW_GO : State::LANE_STATE_GO;
    case sim::SignalState::kFlashingRed:
      return State::LANE_STATE_FLASHING_STOP;
    case sim::SignalState::kFlashingYellow:
      return State::LANE_STATE_FLASHING_CAUTION;
    default:
      return std::nullopt;
  }
}

}  // namespace

void add_map_features(const maps::Map& map, double x, double y, double radius_m, womd::Scenario& out) {
  const Around around{x, y, radius_m};
  for (std::size_t row = 0; row < map.lanes.size(); ++row) {
    const auto points = map.lane_points(static_cast<Row>(row));
    if (is_feature(map.lanes[row]) && points.size() >= 2 && around.holds(points))
      add_lane(map, static_cast<Row>(row), out);
  }
  for (std::size_t i = 0; i < map.objects.size(); ++i)
    if (map.objects[i].kind == maps::ObjectKind::kCrosswalk && around.holds(map.objects[i].x, map.objects[i].y))
      add_crosswalk(map, i, out);
}

void add_signal_states(const maps::Map& map, const sim::Signals& signals, double x, double y, double radius_m,
                       womd::DynamicMapState& out) {
  const Around around{x, y, radius_m};
  for (std::size_t row = 0; row < map.lanes.size(); ++row) {
    const maps::Lane& lane = map.lanes[row];
    if (lane.signal_group == maps::kNone) continue;
    const auto group = static_cast<std::size_t>(lane.signal_group);
    const auto points = map.lane_points(static_cast<Row>(row));
    if (group >= signals.state.size() || points.empty() || !around.holds(points.front().x, points.front().y)) continue;
    const auto state = state_of(signals.state[group], lane.turn == maps::Turn::kLeft);
    if (!state) continue;
    womd::TrafficSignalLaneState& out_state = *out.add_lane_states();
    out_state.set_lane(lane_id(static_cast<Row>(row)));
    out_state.set_state(*state);
    womd::MapPoint& stop = *out_state.mutable_stop_point();
    stop.set_x(points.front().x), stop.set_y(points.front().y), stop.set_z(points.front().z);
  }
}

}  // namespace bitgoeul::replay
