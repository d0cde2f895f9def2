#include "tests/maps/hand_map.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::tests {

using namespace maps;
using sim::Vec3;

namespace {

Row last_row(const auto& table) { return static_cast<Row>(table.size()) - 1; }

std::vector<LanePoint> points_of(const std::vector<Vec3>& line, double width) {
  std::vector<LanePoint> points;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const Vec3& before = line[i == 0 ? 0 : i - 1];
    const Vec3& after = line[std::min(i + 1, line.size() - 1)];
    LanePoint p;
    p.x = line[i].x(), p.y = line[i].y(), p.z = line[i].z();
    p.s = i == 0 ? 0.0 : points.back().s + std::hypot(p.x - points.back().x, p.y - points.back().y);
    p.heading = std::atan2(after.y() - before.y(), after.x() - before.x());
    if (i > 0) {
      p.heading = points.back().heading + std::remainder(p.heading - points.back().heading, 2 * sim::kPi);
      p.curvature = p.s > points.back().s ? (p.heading - points.back().heading) / (p.s - points.back().s) : 0.0;
    }
    p.width = width;
    p.speed_cap_mps = 30;
    points.push_back(p);
  }
  return points;
}

}  // namespace

TextRef HandMap::text(const std::string& value) {
  const TextRef ref{static_cast<std::uint32_t>(map.text.size()), static_cast<std::uint32_t>(value.size())};
  map.text += value;
  return ref;
}

Row HandMap::road(const std::string& id, RoadClass road_class) {
  Road road;
  road.id = text(id);
  road.name = text("road " + id);
  road.road_class = road_class;
  LaneSection section;
  section.road = static_cast<Row>(map.roads.size());
  section.lanes = {static_cast<Row>(map.lanes.size()), static_cast<Row>(map.lanes.size())};
  road.sections = {static_cast<Row>(map.sections.size()), static_cast<Row>(map.sections.size()) + 1};
  map.sections.push_back(section);
  map.roads.push_back(road);
  return last_row(map.roads);
}

Row HandMap::junction(const std::string& id, double x, double y, double radius) {
  Junction junction;
  junction.id = text(id);
  junction.x = x, junction.y = y, junction.radius = radius;
  map.junctions.push_back(junction);
  return last_row(map.junctions);
}

Row HandMap::lane(std::int32_t odr_id, const std::vector<Vec3>& line, double width, double speed_mps, LaneType type) {
  Lane lane;
  lane.road = last_row(map.roads);
  lane.section = last_row(map.sections);
  lane.odr_id = odr_id;
  lane.type = type;
  lane.direction = odr_id > 0 ? -1 : 1;
  lane.points.begin = static_cast<Row>(map.points.size());
  const auto points = points_of(line, width);
  map.points.insert(map.points.end(), points.begin(), points.end());
  lane.points.end = static_cast<Row>(map.points.size());
  lane.length = lane.stop_s = points.back().s;
  lane.speed_limit_mps = speed_mps;
  Road& road = map.roads.back();
  LaneSection& section = map.sections.back();
  if (section.lanes.empty()) road.length = section.s_end = lane.length;
  lane.s_end = road.length;
  map.lanes.push_back(lane);
  section.lanes.end = static_cast<Row>(map.lanes.size());
  return last_row(map.lanes);
}

std::vector<Vec3> HandMap::arc(double cx, double cy, double radius, double a0, double a1, double z) {
  const int steps = std::max(2, static_cast<int>(std::ceil(std::abs(a1 - a0) * radius / 0.5)));
  std::vector<Vec3> line;
  for (int i = 0; i <= steps; ++i) {
    const double a = a0 + (a1 - a0) * i / steps;
    line.emplace_back(cx + radius * std::cos(a), cy + radius * std::sin(a), z);
  }
  return line;
}

std::vector<Vec3> HandMap::straight(double x0, double y0, double x1, double y1, double z0, double z1) {
  const int steps = std::max(1, static_cast<int>(std::ceil(std::hypot(x1 - x0, y1 - y0) / 10)));
  std::vector<Vec3> line;
  for (int i = 0; i <= steps; ++i) {
    const double f = static_cast<double>(i) / steps;
    line.emplace_back(x0 + f * (x1 - x0), y0 + f * (y1 - y0), z0 + f * (z1 - z0));
  }
  return line;
}

void HandMap::side_by_side(Row left, Row right) {
  map.lanes[static_cast<std::size_t>(left)].right = right;
  map.lanes[static_cast<std::size_t>(right)].left = left;
}

void HandMap::opposite(Row a, Row b) {
  map.lanes[static_cast<std::size_t>(a)].opposite = b;
  map.lanes[static_cast<std::size_t>(b)].opposite = a;
}

void HandMap::conflict(Row a, Row b, ConflictKind kind, int priority_of_a) {
  const auto length = [&](Row lane) { return map.lanes[static_cast<std::size_t>(lane)].length; };
  Conflict c;
  c.lane = b, c.kind = kind, c.priority = static_cast<std::int8_t>(priority_of_a);
  c.s_begin = 0.35 * length(a), c.s_end = 0.65 * length(a);
  c.other_begin = 0.35 * length(b), c.other_end = 0.65 * length(b);
  conflicts.emplace_back(a, c);
  std::swap(c.s_begin, c.other_begin);
  std::swap(c.s_end, c.other_end);
  c.lane = a, c.priority = static_cast<std::int8_t>(-priority_of_a);
  conflicts.emplace_back(b, c);
}

Map& HandMap::finish() {
  map.links.clear(), map.conflicts.clear(), map.junction_lanes.clear();
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    Lane& lane = map.lanes[static_cast<std::size_t>(row)];
    lane.successors.begin = static_cast<Row>(map.links.size());
    for (const auto& [from, to] : links)
      if (from == row) map.links.push_back(to);
    lane.successors.end = lane.predecessors.begin = static_cast<Row>(map.links.size());
    for (const auto& [from, to] : links)
      if (to == row) map.links.push_back(from);
    lane.predecessors.end = static_cast<Row>(map.links.size());
    lane.conflicts.begin = static_cast<Row>(map.conflicts.size());
    for (const auto& [own, conflict] : conflicts)
      if (own == row) map.conflicts.push_back(conflict);
    lane.conflicts.end = static_cast<Row>(map.conflicts.size());
  }
  for (Row row = 0; row < static_cast<Row>(map.junctions.size()); ++row) {
    Range& range = map.junctions[static_cast<std::size_t>(row)].lanes;
    range.begin = static_cast<Row>(map.junction_lanes.size());
    for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
      if (map.lanes[static_cast<std::size_t>(lane)].junction == row) map.junction_lanes.push_back(lane);
    range.end = static_cast<Row>(map.junction_lanes.size());
  }
  for (const LanePoint& p : map.points) {
    map.box.min_x = std::min(map.box.min_x, p.x), map.box.max_x = std::max(map.box.max_x, p.x);
    map.box.min_y = std::min(map.box.min_y, p.y), map.box.max_y = std::max(map.box.max_y, p.y);
  }
  return map;
}

HandMap stadium() {
  HandMap m;
  m.map.name = "stadium";
  const double pi = sim::kPi;
  Row inner[4], outer[4];
  const auto pair = [&](int i, const char* id, const std::vector<Vec3>& left, const std::vector<Vec3>& right) {
    m.road(id);
    inner[i] = m.lane(-1, left);
    outer[i] = m.lane(-2, right);
    m.side_by_side(inner[i], outer[i]);
  };
  pair(0, "a", HandMap::straight(-50, 0, 50, 0), HandMap::straight(-50, -3.5, 50, -3.5));
  pair(1, "c", HandMap::arc(50, 30, 30, -pi / 2, pi / 2), HandMap::arc(50, 30, 33.5, -pi / 2, pi / 2));
  pair(2, "b", HandMap::straight(50, 60, -50, 60), HandMap::straight(50, 63.5, -50, 63.5));
  pair(3, "d", HandMap::arc(-50, 30, 30, pi / 2, 1.5 * pi), HandMap::arc(-50, 30, 33.5, pi / 2, 1.5 * pi));
  for (int i = 0; i < 4; ++i) {
    m.link(inner[i], inner[(i + 1) % 4]);
    m.link(outer[i], outer[(i + 1) % 4]);
  }
  m.finish();
  return m;
}

namespace {

// A bend that climbs or falls evenly.
std::vector<Vec3> ramp(std::vector<Vec3> bend, double z0, double z1) {
  for (std::size_t i = 0; i < bend.size(); ++i)
    bend[i].z() = z0 + (z1 - z0) * static_cast<double>(i) / static_cast<double>(bend.size() - 1);
  return bend;
}

Row loop(HandMap& m, const std::string& name, const std::vector<std::vector<Vec3>>& pieces) {
  Row first = kNone, before = kNone;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    m.road(name + std::to_string(i));
    const Row row = m.lane(-1, pieces[i]);
    if (before != kNone) m.link(before, row);
    if (first == kNone) first = row;
    before = row;
  }
  m.link(before, first);
  return first;
}

void add_signals(HandMap& m, Row junction, Row east, Row north) {
  Map& map = m.map;
  map.signal_groups = {{junction, 0}, {junction, 0}};
  map.lanes[static_cast<std::size_t>(east)].signal_group = 0;
  map.lanes[static_cast<std::size_t>(north)].signal_group = 1;
  map.phase_groups = {0, 1};
  map.signal_phases = {{30000, 3000, 2000, {0, 1}}, {25000, 3000, 2000, {1, 2}}};
  map.programs = {{junction, 65000, 0, {0, 2}}};
  Junction& j = map.junctions[static_cast<std::size_t>(junction)];
  j.program = 0, j.groups = {0, 2}, j.control = JunctionControl::kSignals;
  const double ends[2][4] = {{-10, -1.75, -10, 1.75}, {1.75, -10, -1.75, -10}};
  for (int i = 0; i < 2; ++i) {
    const Row approach = map.predecessors(i == 0 ? east : north)[0];
    StopLine stop;
    stop.lane = approach, stop.s = map.lanes[static_cast<std::size_t>(approach)].length;
    stop.x0 = ends[i][0], stop.y0 = ends[i][1], stop.x1 = ends[i][2], stop.y1 = ends[i][3];
    map.stop_lines.push_back(stop);
    Signal signal;
    signal.id = m.text(i == 0 ? "s0" : "s1");
    signal.road = map.lanes[static_cast<std::size_t>(approach)].road;
    signal.group = i, signal.dynamic = 1;
    signal.x = 3 * ends[i][0] / 2, signal.y = 3 * ends[i][1] / 2, signal.z = 5;
    map.signals.push_back(signal);
  }
}

}  // namespace

HandMap crossing() {
  HandMap m;
  m.map.name = "crossing";
  const double pi = sim::kPi;
  const Row j = m.junction("j", 0, 0, 15);
  const Row east =
      loop(m, "e",
           {HandMap::straight(-10, 0, 10, 0), HandMap::straight(10, 0, 60, 0),
            ramp(HandMap::arc(60, 30, 30, -pi / 2, pi / 2), 0, 6), HandMap::straight(60, 60, -60, 60, 6, 6),
            ramp(HandMap::arc(-60, 30, 30, pi / 2, 1.5 * pi), 6, 0), HandMap::straight(-60, 0, -10, 0)});
  const Row north = loop(
      m, "n",
      {HandMap::straight(0, -10, 0, 10), HandMap::straight(0, 10, 0, 110), HandMap::arc(60, 110, 60, pi, 0),
       HandMap::straight(120, 110, 120, -50), HandMap::arc(60, -50, 60, 0, -pi), HandMap::straight(0, -50, 0, -10)});
  // The east loop comes back over the north loop on a bridge.
  m.map.lanes[static_cast<std::size_t>(east + 3)].level = 1;
  m.map.roads[static_cast<std::size_t>(m.map.lanes[static_cast<std::size_t>(east + 3)].road)].level = 1;
  for (const Row row : {east, north}) {
    Lane& lane = m.map.lanes[static_cast<std::size_t>(row)];
    lane.junction = j, lane.turn = Turn::kStraight;
    m.map.roads[static_cast<std::size_t>(lane.road)].junction = j;
    m.map.roads[static_cast<std::size_t>(lane.road)].road_class = RoadClass::kConnection;
  }
  m.conflict(east, north, ConflictKind::kCrossing, 0);
  m.finish();
  add_signals(m, j, east, north);
  return m;
}

}  // namespace bitgoeul::tests
