#include "vehicles/obstacles.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_index.h"
#include "sim/math.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kPieceM = 8.0;          // longest piece of a wall
constexpr double kWallM = 0.2;           // its thickness
constexpr double kLowM = 0.15;           // lower than this a wheel rolls over it
constexpr double kUnknownHeightM = 2.0;  // of what stands but does not say how high
constexpr double kOnLaneM = 0.3;         // farther inside a lane than this is a mistake of the source

constexpr double kApartM = 0.2;

bool stands(maps::ObjectKind kind) {
  using maps::ObjectKind;
  return kind == ObjectKind::kBuilding || kind == ObjectKind::kPole || kind == ObjectKind::kTree ||
         kind == ObjectKind::kBarrier || kind == ObjectKind::kTrafficIsland || kind == ObjectKind::kObstacle;
}

bool means_it(maps::ObjectKind kind) {
  return kind == maps::ObjectKind::kBarrier || kind == maps::ObjectKind::kObstacle;
}

}  // namespace

Obstacles::Obstacles(const maps::Map& map) {
  for (maps::Row row = 0; row < static_cast<maps::Row>(map.objects.size()); ++row)
    if (stands(map.objects[row].kind)) add_object(map, row);
  std::vector<double> x, y;
  for (const Body& body : bodies_) x.push_back(body.box.x), y.push_back(body.box.y);
  grid_.reserve(bodies_.size());
  grid_.build(x, y, std::vector<std::uint8_t>(bodies_.size(), 1));
}

void Obstacles::add_object(const maps::Map& map, maps::Row row) {
  const maps::Object& object = map.objects[row];
  if (object.height > 0 && object.height < kLowM) return;
  const std::size_t before = bodies_.size();
  std::size_t based = before;
  const auto outline = maps::Map::rows(map.outline_points, object.outline);
  const std::size_t corners = outline.size() / 3;
  if (corners >= 2) {
    for (std::size_t i = 0; i < (corners == 2 ? 1 : corners); ++i) {
      const std::size_t j = (i + 1) % corners;
      add_wall(object, row, outline[3 * i], outline[3 * i + 1], outline[3 * j], outline[3 * j + 1]);
      // The railing of a bridge begins on the ground and goes on above the road.
      const double bottom = std::min(outline[3 * i + 2], outline[3 * j + 2]);
      for (; based < bodies_.size(); ++based) bodies_[based].bottom_m = bottom;
    }
  } else if (object.length > 2 * kPieceM) {
    double sine, cosine;
    sim::sincos(object.heading, sine, cosine);
    const double half = 0.5 * object.length;
    add_wall(object, row, object.x - half * cosine, object.y - half * sine, object.x + half * cosine,
             object.y + half * sine);
  } else {
    Body body;
    body.box = {object.x, object.y, object.heading, std::max(0.5 * object.length, 0.1),
                std::max(0.5 * object.width, 0.1)};
    bodies_.push_back(body);
  }
  for (; based < bodies_.size(); ++based) bodies_[based].bottom_m = object.z;
  for (std::size_t i = before; i < bodies_.size(); ++i) {
    bodies_[i].object = row;
    bodies_[i].top_m = bodies_[i].bottom_m + (object.height > 0 ? object.height : kUnknownHeightM);
  }
  if (means_it(object.kind)) return;
  for (std::size_t i = before; i < bodies_.size(); ++i)
    if (across_lane(map, bodies_[i])) {
      bodies_.resize(before);
      ++left_out_;
      return;
    }
}

void Obstacles::add_wall(const maps::Object& object, maps::Row row, double x0, double y0, double x1, double y1) {
  const double length = sim::hypot(x1 - x0, y1 - y0);
  if (length < 1e-3) return;
  const int pieces = static_cast<int>(std::ceil(length / kPieceM));
  const double thick = object.outline.empty() ? std::max(object.width, kWallM) : kWallM;
  for (int i = 0; i < pieces; ++i) {
    const double at = (i + 0.5) / pieces;
    Body body;
    body.object = row;
    body.box = {x0 + at * (x1 - x0), y0 + at * (y1 - y0), sim::atan2(y1 - y0, x1 - x0), 0.5 * length / pieces,
                0.5 * thick};
    bodies_.push_back(body);
  }
}

// Middle, ends and sides inside a lane that somebody may drive on at that height.
bool Obstacles::across_lane(const maps::Map& map, const Body& body) const {
  double sine, cosine;
  sim::sincos(body.box.yaw_rad, sine, cosine);
  std::vector<maps::LaneMatch> near;
  for (const auto& [along, aside] : {std::pair{0.0, 0.0}, {-1.0, 0.0}, {1.0, 0.0}, {0.0, -1.0}, {0.0, 1.0}}) {
    const double x = body.box.x + along * body.box.half_length * cosine - aside * body.box.half_width * sine;
    const double y = body.box.y + along * body.box.half_length * sine + aside * body.box.half_width * cosine;
    near.clear();
    maps::lanes_near(map, x, y, 4.0, near);
    for (const maps::LaneMatch& match : near) {
      if (!maps::drivable(map.lanes[match.lane].type)) continue;
      const maps::LanePose pose = maps::lane_pose(map, match.lane, match.s);
      const bool beside = match.distance > std::fabs(match.t) + 0.01;  // before its beginning or behind its end
      if (!beside && std::fabs(match.t) < 0.5 * pose.width - kOnLaneM && std::fabs(pose.z - body.bottom_m) < kLevelM)
        return true;
    }
  }
  return false;
}

template <class F>
void Obstacles::each_overlapping(const State& state, Row row, double margin_m, F&& f) const {
  const sim::Entities& e = state.world.entities;
  Box own = box_of(state, row);
  own.half_length += margin_m;
  own.half_width += margin_m;
  grid_.each_near(own.x, own.y, own.half_length + own.half_width + kPieceM, [&](Row at) {
    const Body& body = bodies_[static_cast<std::size_t>(at)];
    if (body.bottom_m > e.z[row] + e.height_m[row] || body.top_m < e.z[row] + kLowM) return;
    if (overlap(own, body.box)) f(at, body);
  });
}

void Obstacles::touching(const State& state, Row row, std::vector<std::pair<Row, Row>>& out) const {
  const std::size_t before = out.size();
  each_overlapping(state, row, 0.0, [&](Row at, const Body&) { out.emplace_back(row, at); });
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
}

bool Obstacles::near(const State& state, Row row, maps::Row object) const {
  bool found = false;
  each_overlapping(state, row, kApartM, [&](Row, const Body& body) { found = found || body.object == object; });
  return found;
}

}  // namespace bitgoeul::vehicles
