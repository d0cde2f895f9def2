#include <algorithm>
#include <array>
#include <span>

#include "maps/picture/scene.h"

namespace bitgoeul::maps::picture {

namespace {

std::size_t at(Row row) { return static_cast<std::size_t>(row); }

bool driven_surface(const Lane& lane) { return drivable(lane.type) || lane.type == LaneType::kShoulder; }

// Fills all lanes that `wanted` picks, one path per colour, in the order in which colours first appear.
template <class Wanted>
void fill_lanes(Scene& scene, std::span<const Row> lanes, Wanted&& wanted) {
  std::vector<std::uint8_t> done(64, 0);
  std::vector<sim::Vec2> area;
  for (const Row first : lanes) {
    const Lane& f = scene.map.lanes[at(first)];
    const std::size_t key = static_cast<std::size_t>(f.type) * 2 + (f.junction != kNone ? 1 : 0);
    if (!wanted(f) || done[key]) continue;
    done[key] = 1;
    for (const Row row : lanes) {
      const Lane& lane = scene.map.lanes[at(row)];
      if (lane.type != f.type || (lane.junction != kNone) != (f.junction != kNone)) continue;
      lane_area(scene, row, area);
      scene.canvas.polygon(area);
    }
    scene.canvas.fill(surface_color(f.type, f.junction != kNone));
  }
}

std::span<const Row> part(const Scene& scene, std::size_t begin, std::size_t end) {
  return std::span<const Row>(scene.lanes).subspan(begin, end - begin);
}

}  // namespace

// A dark rim under everything joins neighbours and lets a bridge stand out from the road below.
void draw_rims(Scene& scene, std::size_t begin, std::size_t end) {
  for (const Row row : part(scene, begin, end))
    if (scene.map.lanes[at(row)].type != LaneType::kNone) lane_edges(scene, row);
  scene.canvas.stroke(rgb(0x4a4f54), 1.6, {}, false);
}

void draw_surfaces(Scene& scene, std::size_t begin, std::size_t end) {
  const auto lanes = part(scene, begin, end);
  fill_lanes(scene, lanes, [](const Lane& lane) { return !driven_surface(lane) && lane.type != LaneType::kNone; });
  fill_lanes(scene, lanes, [](const Lane& lane) { return lane.type == LaneType::kShoulder; });
  fill_lanes(scene, lanes, [](const Lane& lane) { return drivable(lane.type) && lane.junction != kNone; });
  fill_lanes(scene, lanes, [](const Lane& lane) { return drivable(lane.type) && lane.junction == kNone; });
}

namespace {

// One line of a boundary: shift from the boundary in metres (left positive), dashed or not.
struct MarkLine {
  double shift_m = 0;
  bool dashed = false;
};

std::span<const MarkLine> lines_of(MarkType type) {
  static constexpr MarkLine kSolidLine[] = {{0, false}};
  static constexpr MarkLine kBrokenLine[] = {{0, true}};
  static constexpr MarkLine kTwo[] = {{0.13, false}, {-0.13, false}};
  static constexpr MarkLine kSolidBroken[] = {{0.13, false}, {-0.13, true}};
  static constexpr MarkLine kBrokenSolid[] = {{0.13, true}, {-0.13, false}};
  static constexpr MarkLine kTwoBroken[] = {{0.13, true}, {-0.13, true}};
  switch (type) {
    case MarkType::kSolid:
    case MarkType::kEdge:
      return kSolidLine;
    case MarkType::kBroken:
    case MarkType::kBottsDots:
      return kBrokenLine;
    case MarkType::kSolidSolid:
      return kTwo;
    case MarkType::kSolidBroken:
      return kSolidBroken;
    case MarkType::kBrokenSolid:
      return kBrokenSolid;
    case MarkType::kBrokenBroken:
      return kTwoBroken;
    default:
      return {};
  }
}

struct Edge {
  Row lane = kNone;
  double side = 0.5;  // +0.5 left edge, -0.5 right edge
  MarkType type = MarkType::kNone;
  MarkColor color = MarkColor::kStandard;
};

// Each boundary once: the outer edge of every lane, and the centre line from the lane next to it.
std::vector<Edge> edges_of(const Scene& scene, std::span<const Row> lanes) {
  std::vector<Edge> edges;
  for (const Row row : lanes) {
    const Lane& lane = scene.map.lanes[at(row)];
    if (lane.junction != kNone) continue;  // the paint would lie across each other
    const bool outer_is_right = (lane.odr_id < 0) == (lane.direction > 0);
    const Edge left{row, 0.5, lane.left_mark, lane.left_color}, right{row, -0.5, lane.right_mark, lane.right_color};
    edges.push_back(outer_is_right ? right : left);
    const bool first_right = lane.odr_id == -1;
    const Range siblings = scene.map.sections[at(lane.section)].lanes;
    const bool only_left = lane.odr_id == 1 && std::none_of(scene.map.lanes.begin() + siblings.begin,
                                                            scene.map.lanes.begin() + siblings.end,
                                                            [](const Lane& o) { return o.odr_id == -1; });
    // Lanes drawn one by one: the line between two of them is the left one's right edge.
    if (lane.left != kNone && scene.map.lanes[at(lane.left)].road != lane.road) continue;
    if (first_right || only_left) edges.push_back(outer_is_right ? left : right);
  }
  std::erase_if(edges, [](const Edge& e) { return lines_of(e.type).empty(); });
  return edges;
}

}  // namespace

void draw_markings(Scene& scene, std::size_t begin, std::size_t end) {
  const double mpp = scene.canvas.metres_per_px();
  const double width_px = std::max(0.15 / mpp, 0.7);
  const auto edges = edges_of(scene, part(scene, begin, end));
  std::vector<sim::Vec2> line;
  const auto draw = [&](MarkColor color, bool dashed, bool motorway) {
    for (const Edge& e : edges) {
      const Road& road = scene.map.roads[at(scene.map.lanes[at(e.lane)].road)];
      const bool fast = road.road_class == RoadClass::kMotorway || road.road_class == RoadClass::kTrunk;
      if (e.color != color || (dashed && fast != motorway)) continue;
      for (const MarkLine& m : lines_of(e.type)) {
        if (m.dashed != dashed) continue;
        shifted_line(scene, e.lane, e.side, true, line);
        if (m.shift_m != 0) {
          std::vector<sim::Vec2> shifted = line;
          for (std::size_t i = 0; i < line.size(); ++i) {
            const sim::Vec2 d = (line[std::min(i + 1, line.size() - 1)] - line[i == 0 ? 0 : i - 1]).normalized();
            shifted[i] += m.shift_m * sim::Vec2(-d.y(), d.x());
          }
          line = shifted;
        }
        scene.canvas.line(line);
      }
    }
    // Dash and gap of Korean road markings: 3 + 5 m in town, 10 + 10 m on fast roads.
    const Dash dash = !dashed ? Dash{} : motorway ? Dash{10 / mpp, 10 / mpp} : Dash{3 / mpp, 5 / mpp};
    Color paint = mark_color(color);
    paint.a = std::min(1.0, 0.55 + 0.1 / mpp);
    scene.canvas.stroke(paint, width_px, dash, false);
  };
  for (int color = 0; color <= static_cast<int>(MarkColor::kOrange); ++color) {
    draw(static_cast<MarkColor>(color), false, false);
    draw(static_cast<MarkColor>(color), true, false);
    draw(static_cast<MarkColor>(color), true, true);
  }
}

void draw_movements(Scene& scene, std::size_t begin, std::size_t end) {
  std::vector<sim::Vec2> line;
  for (const Turn turn : {Turn::kStraight, Turn::kRight, Turn::kLeft, Turn::kUTurn}) {
    for (const Row row : part(scene, begin, end)) {
      const Lane& lane = scene.map.lanes[at(row)];
      if (lane.junction == kNone || !drivable(lane.type)) continue;
      if ((lane.turn == Turn::kNone ? Turn::kStraight : lane.turn) != turn) continue;
      shifted_line(scene, row, 0, false, line);
      scene.canvas.line(line);
    }
    scene.canvas.stroke(turn_color(turn), 1.0);
  }
}

}  // namespace bitgoeul::maps::picture
