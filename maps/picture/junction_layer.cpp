#include <algorithm>
#include <cstdlib>
#include <utility>

#include "maps/picture/scene.h"

namespace bitgoeul::maps::picture {

namespace {

using sim::Vec2;

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

// Junctions where ways cross are paved from corner to corner; where they only join or part, the ground between stays.
bool is_crossing(const Map& map, Row junction) {
  const auto lanes = map.lanes_of_junction(junction);
  return map.junctions[at(junction)].radius < 60 && std::any_of(lanes.begin(), lanes.end(), [&](Row row) {
           const auto conflicts = map.lane_conflicts(row);
           return std::any_of(conflicts.begin(), conflicts.end(),
                              [](const Conflict& c) { return c.kind == ConflictKind::kCrossing; });
         });
}

// Between a movement and the middle of its junction.
void fan(Scene& scene, Row row, std::vector<Vec2>& line) {
  const Junction& j = scene.map.junctions[at(scene.map.lanes[at(row)].junction)];
  shifted_line(scene, row, 0, false, line);
  line.emplace_back(j.x, j.y);
  double area = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const Vec2 &p = line[i], &q = line[(i + 1) % line.size()];
    area += p.x() * q.y() - p.y() * q.x();
  }
  if (area < 0) std::reverse(line.begin(), line.end());
  scene.canvas.polygon(line);
}

// One end of a movement, seen from the road it joins.
struct Mouth {
  Row junction = kNone, road = kNone;
  Vec2 left, right;
  auto key() const { return std::pair(junction, road); }
};

void add_mouth(const Map& map, Row movement, bool at_end, std::vector<Mouth>& mouths) {
  const auto links = at_end ? map.successors(movement) : map.predecessors(movement);
  if (links.empty()) return;
  const auto points = map.lane_points(movement);
  const LanePoint& p = at_end ? points.back() : points.front();
  double sine = 0, cosine = 1;
  sim::sincos(p.heading, sine, cosine);
  const Vec2 left(-sine * p.width / 2, cosine * p.width / 2), here(p.x, p.y);
  mouths.push_back({map.lanes[at(movement)].junction, map.lanes[at(links[0])].road, here + left, here - left});
}

// Convex hull, counter-clockwise (Andrew's monotone chain).
std::vector<Vec2> hull_of(std::vector<Vec2> points) {
  std::sort(points.begin(), points.end(),
            [](const Vec2& a, const Vec2& b) { return std::pair(a.x(), a.y()) < std::pair(b.x(), b.y()); });
  std::vector<Vec2> hull;
  const auto chain = [&](auto begin, auto end, std::size_t base) {
    for (auto it = begin; it != end; ++it) {
      while (hull.size() >= base + 2) {
        const Vec2 u = hull.back() - hull[hull.size() - 2], v = *it - hull.back();
        if (u.x() * v.y() - u.y() * v.x() > 0) break;
        hull.pop_back();
      }
      hull.push_back(*it);
    }
    hull.pop_back();
  };
  chain(points.begin(), points.end(), 0);
  chain(points.rbegin(), points.rend(), hull.size());
  return hull;
}

std::vector<Mouth> mouths_of(const Map& map, const std::vector<Row>& movements) {
  std::vector<Mouth> mouths;
  for (const Row row : movements)
    for (const bool at_end : {false, true}) add_mouth(map, row, at_end, mouths);
  std::stable_sort(mouths.begin(), mouths.end(), [](const Mouth& a, const Mouth& b) { return a.key() < b.key(); });
  return mouths;
}

// The hulls of mouths that stand together: by_road from each road's whole mouth, median included, to the middle of the
// junction; else over all mouths of a junction.
void add_hulls(Scene& scene, const std::vector<Row>& movements, bool by_road) {
  const std::vector<Mouth> mouths = mouths_of(scene.map, movements);
  for (std::size_t begin = 0; begin < mouths.size();) {
    const Junction& j = scene.map.junctions[at(mouths[begin].junction)];
    std::vector<Vec2> corners{{j.x, j.y}};
    std::size_t end = begin;
    for (; end < mouths.size() && mouths[end].junction == mouths[begin].junction; ++end) {
      if (by_road && mouths[end].road != mouths[begin].road) break;
      corners.push_back(mouths[end].left);
      corners.push_back(mouths[end].right);
    }
    scene.canvas.polygon(hull_of(std::move(corners)));
    begin = end;
  }
}

// Sidewalk beside the lane: where it begins, in metres from the lane's right edge, and how wide it is; width 0: none.
struct Walk {
  double offset = 0, width = 0;
};

Walk walk_beside(const Map& map, Row row, bool at_end) {
  const Lane& lane = map.lanes[at(row)];
  const bool outer_is_right = (lane.odr_id < 0) == (lane.direction > 0);
  if (!outer_is_right || lane.right != kNone) return {};
  const auto width_at = [&](Row r) {
    const auto points = map.lane_points(r);
    return (at_end == (map.lanes[at(r)].direction == lane.direction) ? points.back() : points.front()).width;
  };
  Walk walk;
  const Range siblings = map.sections[at(lane.section)].lanes;
  for (int id = lane.odr_id;;) {
    id += lane.odr_id < 0 ? -1 : 1;
    Row found = kNone;
    for (Row r = siblings.begin; r < siblings.end; ++r)
      if (map.lanes[at(r)].odr_id == id) found = r;
    if (found == kNone || map.lane_points(found).size() < 2) return {};
    const LaneType type = map.lanes[at(found)].type;
    if (type == LaneType::kSidewalk || type == LaneType::kWalking) return {walk.offset, width_at(found)};
    walk.offset += width_at(found);
  }
}

// The outermost movement round a corner carries the sidewalk of the road it comes from to the one it goes to.
void corner_walk(Scene& scene, Row row, std::vector<Vec2>& line) {
  const Map& map = scene.map;
  const auto before = map.predecessors(row), after = map.successors(row);
  if (before.size() != 1 || after.size() != 1) return;
  const Walk a = walk_beside(map, before[0], true), b = walk_beside(map, after[0], false);
  if (a.width <= 0 || b.width <= 0) return;
  const auto points = map.lane_points(row);
  line.clear();
  std::vector<Vec2> outer;
  for (const LanePoint& p : points) {
    const double f = points.back().s > 0 ? p.s / points.back().s : 0;
    const double inner = p.width / 2 + a.offset + f * (b.offset - a.offset), width = a.width + f * (b.width - a.width);
    double sine = 0, cosine = 1;
    sim::sincos(p.heading, sine, cosine);
    line.emplace_back(p.x + inner * sine, p.y - inner * cosine);
    outer.emplace_back(p.x + (inner + width) * sine, p.y - (inner + width) * cosine);
  }
  line.insert(line.end(), outer.rbegin(), outer.rend());
  scene.canvas.polygon(line);
}

}  // namespace

void draw_junction_grounds(Scene& scene, std::size_t begin, std::size_t end) {
  std::vector<Row> crossing, joining, turning;  // movements of junctions of either kind, and loops of the latter
  for (std::size_t i = begin; i < end; ++i) {
    const Row row = scene.lanes[i];
    const Lane& lane = scene.map.lanes[at(row)];
    if (lane.junction == kNone || !drivable(lane.type)) continue;
    if (is_crossing(scene.map, lane.junction))
      crossing.push_back(row);
    else if (scene.map.junctions[at(lane.junction)].radius < 60 &&
             draw_rank(scene.lane_class[at(row)]) < draw_rank(RoadClass::kRamp))
      (lane.turn == Turn::kUTurn ? turning : joining).push_back(row);
  }
  // Where ways only join, what lies between them is island and median.
  add_hulls(scene, joining, false);
  scene.canvas.fill(surface_color(LaneType::kMedian, false));
  std::vector<Vec2> line;
  for (const auto* movements : {&crossing, &joining})
    for (const Row row : *movements) corner_walk(scene, row, line);
  scene.canvas.fill(surface_color(LaneType::kSidewalk, false));
  // One by one: parts of different fans that run opposite ways about their middle would cancel out. A turning place is
  // paved too, it is no ring about an island.
  for (const auto* movements : {&crossing, &turning})
    for (const Row row : *movements) {
      fan(scene, row, line);
      scene.canvas.fill(surface_color(LaneType::kDriving, true));
    }
  add_hulls(scene, crossing, true);
  scene.canvas.fill(surface_color(LaneType::kDriving, true));
}

}  // namespace bitgoeul::maps::picture
