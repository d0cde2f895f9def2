#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "maps/check/rules.h"
#include "maps/lane_index.h"

namespace bitgoeul::maps::check {

namespace {

Row lane_count(const Check& check) { return static_cast<Row>(check.map.lanes.size()); }

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

std::string junction_name(const Map& map, Row junction) {
  return junction == kNone ? std::string("no junction")
                           : fmt::format("junction {}", map.text_of(map.junctions[at(junction)].id));
}

// How many lanes each group rules.
std::vector<int> lanes_by_group(const Map& map) {
  std::vector<int> lanes(map.signal_groups.size(), 0);
  for (const Lane& lane : map.lanes)
    if (lane.signal_group != kNone) ++lanes[at(lane.signal_group)];
  return lanes;
}

}  // namespace

void junction_without_lanes(Check& check) {
  const Map& map = check.map;
  for (Row j = 0; j < static_cast<Row>(map.junctions.size()); ++j)
    if (map.junctions[at(j)].lanes.empty() &&
        (at(j) >= check.lines.without_lanes.size() || !check.lines.without_lanes[at(j)]))
      check.find(check.junction_at(j), "the junction has no connecting lane",
                 "add connections, or remove the junction");
}

void conflict_asymmetric(Check& check) {
  const Map& map = check.map;
  const auto close = [](double a, double b) { return std::abs(a - b) < 1e-6; };
  for (Row row = 0; row < lane_count(check); ++row)
    for (const Conflict& c : map.lane_conflicts(row)) {
      const auto others = map.lane_conflicts(c.lane);
      const bool mirrored = std::any_of(others.begin(), others.end(), [&](const Conflict& o) {
        return o.lane == row && o.kind == c.kind && close(o.s_begin, c.other_begin) && close(o.s_end, c.other_end) &&
               close(o.other_begin, c.s_begin) && close(o.other_end, c.s_end) && o.priority == -c.priority;
      });
      if (!mirrored)
        check.find(check.lane_at(row, c.s_begin),
                   fmt::format("the conflict with {} (s {} to {} m of the lane) is not mirrored there",
                               lane_name(map, c.lane), number(c.s_begin, 1), number(c.s_end, 1)));
    }
}

// Lights for people on foot and on bicycles in the norm's own catalogue.
static bool for_pedestrians(std::string_view type) {
  return type == "1000002" || type == "1000007" || type == "1000013";
}

void signal_without_lane(Check& check) {
  const Map& map = check.map;
  for (Row row = 0; row < static_cast<Row>(map.signals.size()); ++row)
    if (const Signal& signal = map.signals[at(row)];
        signal.dynamic && signal.group == kNone && !for_pedestrians(map.text_of(signal.type)))
      check.find({fmt::format("signal {}", map.text_of(signal.id)), check.lines.signals, row},
                 "the signal rules no movement", "give it a validity that covers a lane which leads into a junction");
}

void crossing_without_crosswalk(Check& check) {
  constexpr double kNearM = 20.0;  // beyond the junction's own radius
  const Map& map = check.map;
  std::vector<const Object*> crosswalks;
  for (const Object& o : map.objects)
    if (o.kind == ObjectKind::kCrosswalk) crosswalks.push_back(&o);
  std::vector<std::uint8_t> told(map.junctions.size(), 0);
  for (const SignalGroup& group : map.signal_groups) {
    const Row row = group.junction;
    if (!group.pedestrian || row == kNone || told[at(row)]) continue;
    told[at(row)] = 1;
    const Junction& junction = map.junctions[at(row)];
    const bool near = std::any_of(crosswalks.begin(), crosswalks.end(), [&](const Object* o) {
      return sim::hypot(o->x - junction.x, o->y - junction.y) <= junction.radius + kNearM;
    });
    if (!near)
      check.find(check.junction_at(row), "pedestrians have a signal here, but no crosswalk", "add a crosswalk object");
  }
}

void crosswalk_off_road(Check& check) {
  const Map& map = check.map;
  for (const Object& o : map.objects) {
    if (o.kind != ObjectKind::kCrosswalk || map.cells.empty() || !std::isfinite(o.x + o.y + o.length + o.width))
      continue;
    const double reach = std::min(5.0 + sim::hypot(o.length, o.width), 100.0);
    if (!nearest_lane(map, o.x, o.y, {.max_distance_m = reach, .drivable_only = false}))
      check.find(Place(fmt::format("object {}", map.text_of(o.id))),
                 fmt::format("the crosswalk lies more than {} m from every lane", number(reach, 0)),
                 "check s, t and the outline");
  }
}

void signal_group_unused(Check& check) {
  const Map& map = check.map;
  const std::vector<int> lanes = lanes_by_group(map);
  for (Row g = 0; g < static_cast<Row>(map.signal_groups.size()); ++g)
    if (!map.signal_groups[at(g)].pedestrian && lanes[at(g)] == 0)
      check.find(fmt::format("signal group {} of {}", g, junction_name(map, map.signal_groups[at(g)].junction)),
                 "no lane obeys this group");
}

namespace {

double distance_to_segment(double x, double y, const StopLine& line) {
  const double dx = line.x1 - line.x0, dy = line.y1 - line.y0, squared = dx * dx + dy * dy;
  const double f = squared > 0 ? std::clamp(((x - line.x0) * dx + (y - line.y0) * dy) / squared, 0.0, 1.0) : 0.0;
  return sim::hypot(line.x0 + f * dx - x, line.y0 + f * dy - y);
}

LanePoint point_at(const Check& check, Row row, double s) {
  const auto points = check.map.lane_points(row);
  std::size_t i = 1;
  while (i + 1 < points.size() && points[i].s < s) ++i;
  LanePoint p = points[i - 1];
  const double f = points[i].s > p.s ? std::clamp((s - p.s) / (points[i].s - p.s), 0.0, 1.0) : 0.0;
  p.x += f * (points[i].x - p.x), p.y += f * (points[i].y - p.y);
  return p;
}

}  // namespace

void stop_line_off_lane(Check& check) {
  const Map& map = check.map;
  for (const StopLine& line : map.stop_lines) {
    if (!check.good(line.lane) || !std::isfinite(line.s + line.x0 + line.y0 + line.x1 + line.y1)) continue;
    const double length = check.lane(line.lane).length;
    if (line.s < 0 || line.s > length + 1e-6) {
      check.find(check.lane_at(line.lane),
                 fmt::format("its stop line is at s {} m of a lane of {} m", number(line.s, 1), number(length, 1)));
      continue;
    }
    const LanePoint p = point_at(check, line.lane, line.s);
    const double off = distance_to_segment(p.x, p.y, line);
    if (off > 0.5)
      check.find(check.lane_at(line.lane, line.s),
                 fmt::format("its stop line passes the centre line {} m away", number(off)));
  }
  for (Row row = 0; row < lane_count(check); ++row)
    if (const Lane& lane = check.lane(row); check.good(row) && (lane.stop_s < 0 || lane.stop_s > lane.length + 1e-6))
      check.find(check.lane_at(row), fmt::format("vehicles stop at s {} m of a lane of {} m", number(lane.stop_s, 1),
                                                 number(lane.length, 1)));
}

namespace {

// Green groups of a phase, as a flag per group of the map.
std::vector<std::uint8_t> green_groups(const Map& map, const SignalPhase& phase) {
  std::vector<std::uint8_t> green(map.signal_groups.size(), 0);
  for (const Row group : Map::rows(map.phase_groups, phase.groups)) green[at(group)] = 1;
  return green;
}

// Two lanes of one road that lead into one road without changing sides: where they brush, it is the turn that is tight.
bool side_by_side(const Map& map, Row a, Row b) {
  const auto road_of = [&](std::span<const Row> lanes) { return lanes.empty() ? kNone : map.lanes[at(lanes[0])].road; };
  if (road_of(map.predecessors(a)) != road_of(map.predecessors(b)) || road_of(map.predecessors(a)) == kNone ||
      road_of(map.successors(a)) != road_of(map.successors(b)))
    return false;
  const auto left_of = [&](const LanePoint& p, const LanePoint& q) {
    double sine = 0, cosine = 0;
    sim::sincos(p.heading, sine, cosine);
    return cosine * (q.y - p.y) - sine * (q.x - p.x) > 0;
  };
  const auto first = map.lane_points(a), second = map.lane_points(b);
  return left_of(first.front(), second.front()) == left_of(first.back(), second.back());
}

void phase_conflicts(Check& check, Row junction, std::size_t number_of_phase, const std::vector<std::uint8_t>& green) {
  const Map& map = check.map;
  const auto is_green = [&](Row row) {
    return check.lane(row).signal_group != kNone && green[at(check.lane(row).signal_group)];
  };
  for (const Row row : map.lanes_of_junction(junction)) {
    if (!is_green(row)) continue;
    for (const Conflict& c : map.lane_conflicts(row))
      if (row < c.lane && c.kind == ConflictKind::kCrossing && c.priority == 0 && is_green(c.lane) &&
          !side_by_side(map, row, c.lane))
        check.find(check.junction_at(junction),
                   fmt::format("{} and {} cross and are both green in phase {}, and neither yields",
                               lane_name(map, row), lane_name(map, c.lane), number_of_phase + 1),
                   "serve them in different phases, or say who goes first");
  }
}

}  // namespace

void program_conflict(Check& check) {
  const Map& map = check.map;
  for (const SignalProgram& program : map.programs) {
    const auto phases = Map::rows(map.signal_phases, program.phases);
    for (std::size_t i = 0; i < phases.size(); ++i)
      phase_conflicts(check, program.junction, i, green_groups(map, phases[i]));
  }
}

void program_group_never_green(Check& check) {
  const Map& map = check.map;
  const std::vector<int> lanes = lanes_by_group(map);
  for (const SignalProgram& program : map.programs) {
    std::vector<std::uint8_t> served(map.signal_groups.size(), 0);
    for (const SignalPhase& phase : Map::rows(map.signal_phases, program.phases))
      if (phase.green_ms > 0)
        for (const Row group : Map::rows(map.phase_groups, phase.groups)) served[at(group)] = 1;
    const Range groups = map.junctions[at(program.junction)].groups;
    for (Row g = groups.begin; g < groups.end; ++g)
      if (!served[at(g)] && !map.signal_groups[at(g)].pedestrian && lanes[at(g)] > 0)
        check.find(fmt::format("signal group {} of {}", g, junction_name(map, program.junction)),
                   fmt::format("no phase gives it green, so {} lanes wait for ever", lanes[at(g)]),
                   "add it to a phase");
  }
}

}  // namespace bitgoeul::maps::check
