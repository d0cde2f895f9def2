#include "vehicles/zones.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "sim/math.h"
#include "sim/polygon.h"
#include "sim/random.h"
#include "vehicles/start_place.h"
#include "vehicles/traffic.h"

namespace bitgoeul::vehicles {
namespace {

constexpr int kTries = 20;                   // places looked at per zone and tick
constexpr std::int64_t kFirstTries = 20000;  // at most, in the tick in which a zone is filled
constexpr double kReachM = 12.0;             // from a point drawn to the lane that is taken for it
constexpr double kShiftM = 10.0;             // along the lane, to where a vehicle may start
constexpr double kGapM = 5.0, kGapS = 1.2;
// Zones draw under keys of their own, above every row of the world.
constexpr std::uint32_t kFirstKey = 0x40000000u;
constexpr int kNumbers = 8;  // per draw

double draw_number(const State& state, std::uint32_t key, std::int64_t draw, int which) {
  return sim::uniform(state.world.seed(), key, draw * kNumbers + which, sim::Stream::kSpawn);
}

bool inside(const std::vector<std::array<double, 2>>& polygon, double x, double y) {
  return sim::inside_polygon(
      polygon.size(), [&](std::size_t i) { return polygon[i]; }, x, y);
}

struct Ellipse {
  double x = 0, y = 0, sine = 0, cosine = 1;  // of its centre and its long axis
};

Ellipse ellipse_of(const State& state, const Zone& zone) {
  const sim::Entities& e = state.world.entities;
  Ellipse out;
  out.sine = sim::sin(e.yaw_rad[zone.central]), out.cosine = sim::cos(e.yaw_rad[zone.central]);
  out.x = e.x[zone.central] + zone.offset_m * out.cosine;
  out.y = e.y[zone.central] + zone.offset_m * out.sine;
  return out;
}

bool in_ellipse(const State& state, const Zone& zone, double x, double y) {
  const Ellipse of = ellipse_of(state, zone);
  const double dx = x - of.x, dy = y - of.y;
  const double a = (dx * of.cosine + dy * of.sine) / std::max(zone.major_m, 1e-9);
  const double b = (dy * of.cosine - dx * of.sine) / std::max(zone.minor_m, 1e-9);
  return a * a + b * b <= 1;
}

double distance2(double ax, double ay, double bx, double by) { return (ax - bx) * (ax - bx) + (ay - by) * (ay - by); }

}  // namespace

Zones::Zones(std::vector<Zone> zones, std::size_t capacity) : zones_(std::move(zones)) {
  sim::resize_table(table_, zones_.size());
  if (!zones_.empty()) sim::resize_table(owners_, capacity);
  for (const Zone& zone : zones_) {
    std::array<double, 4> box{0, 0, 0, 0};
    for (std::size_t i = 0; i < zone.polygon.size(); ++i) {
      const auto [x, y] = zone.polygon[i];
      box = i == 0 ? std::array{x, y, x, y}
                   : std::array{std::min(box[0], x), std::min(box[1], y), std::max(box[2], x), std::max(box[3], y)};
    }
    boxes_.push_back(box);
  }
}

void Zones::bind(sim::TableSet& state) {
  if (!any()) return;
  state.add("traffic_zones", table_);
  state.add("traffic_owners", owners_);
}

std::int64_t Zones::present() const {
  std::int64_t sum = 0;
  for (const std::int64_t n : table_.present) sum += n;
  return sum;
}

void Zones::start(const State& state, Row zone, double x, double y) {
  table_.active[zone] = 1;
  table_.since_step[zone] = state.world.step();
  table_.made[zone] = table_.removed[zone] = 0;
  table_.x[zone] = x, table_.y[zone] = y;
}

// Vehicles that a rate has asked for since the start, the first at once.
double Zones::due(const State& state, Row zone) const {
  const double passed = static_cast<double>(state.world.step() - table_.since_step[zone]) * state.world.dt_s();
  return std::floor(passed * zones_[zone].rate_per_s + 1e-9) + 1;
}

int Zones::tries_of(Row zone) const {
  const Zone& z = zones_[zone];
  if (z.kind == ZoneKind::kSource || table_.made[zone] > 0) return kTries;
  return static_cast<int>(std::clamp<std::int64_t>(z.number * kTries, kTries, kFirstTries));
}

bool Zones::wants(const State& state, Row zone) const {
  const Zone& z = zones_[zone];
  if (table_.active[zone] == 0 || z.types.empty() || z.kind == ZoneKind::kSink) return false;
  if (state.world.ids.free_rows.empty() && state.rows() >= state.capacity()) return false;
  const std::int64_t present = table_.present[zone];
  if (z.kind == ZoneKind::kSource)
    return present < z.number && static_cast<double>(table_.made[zone]) < due(state, zone);
  if (z.kind == ZoneKind::kSwarm && !state.alive(z.central)) return false;
  return z.kind == ZoneKind::kArea && !z.continuous ? table_.made[zone] < z.number : present < z.number;
}

std::uint16_t Zones::draw_type(const State& state, const Zone& zone, std::uint32_t key, std::int64_t draw) const {
  double sum = 0;
  for (const ZoneType& t : zone.types) sum += t.weight;
  double pick = draw_number(state, key, draw, 0) * sum;
  for (const ZoneType& t : zone.types) {
    if (pick < t.weight) return t.type;
    pick -= t.weight;
  }
  return zone.types.back().type;
}

std::array<double, 2> Zones::draw_point(const State& state, const Zone& zone, std::uint32_t key,
                                        std::int64_t draw) const {
  const double u = draw_number(state, key, draw, 1), v = draw_number(state, key, draw, 2);
  const auto at = static_cast<std::size_t>(&zone - zones_.data());
  if (zone.kind == ZoneKind::kArea)
    return {boxes_[at][0] + u * (boxes_[at][2] - boxes_[at][0]), boxes_[at][1] + v * (boxes_[at][3] - boxes_[at][1])};
  const double r = std::sqrt(u), angle = 2 * sim::kPi * v;
  const double a = r * sim::cos(angle), b = r * sim::sin(angle);
  if (zone.kind == ZoneKind::kSource) return {table_.x[at] + zone.radius_m * a, table_.y[at] + zone.radius_m * b};
  const Ellipse of = ellipse_of(state, zone);
  const double along = zone.major_m * a, across = zone.minor_m * b;
  return {of.x + along * of.cosine - across * of.sine, of.y + along * of.sine + across * of.cosine};
}

// The zone's own shape; a source is as good as its radius, but a lane is needed under it.
bool Zones::holds(const State& state, Row row, double x, double y) const {
  const Zone& zone = zones_[row];
  if (zone.kind == ZoneKind::kArea) return zone.polygon.empty() || inside(zone.polygon, x, y);
  if (zone.kind == ZoneKind::kSwarm) {
    const sim::Entities& e = state.world.entities;
    return in_ellipse(state, zone, x, y) &&
           distance2(x, y, e.x[zone.central], e.y[zone.central]) >= zone.inner_m * zone.inner_m;
  }
  const double reach = std::max(zone.radius_m, kReachM);
  return distance2(x, y, table_.x[row], table_.y[row]) <= reach * reach;
}

bool Zones::right_way(const State& state, const Zone& zone, std::uint32_t key, std::int64_t draw,
                      const Spot& spot) const {
  if (zone.kind != ZoneKind::kSwarm) return true;
  const double heading = maps::lane_pose(state.map, spot.lane, spot.s).heading;
  const bool along = sim::cos(heading - state.world.entities.yaw_rad[zone.central]) >= 0;
  return along == (draw_number(state, key, draw, 3) * (zone.same + zone.opposite) < zone.same);
}

bool Zones::draw_spot(const State& state, Row row, std::int64_t draw, double half, Spot& spot) const {
  const Zone& zone = zones_[row];
  const std::uint32_t key = kFirstKey + static_cast<std::uint32_t>(row);
  double low = 0, high = 0;
  if (!zone.ranges.empty()) {
    double sum = 0;
    for (const LaneRange& range : zone.ranges) sum += range.to - range.from;
    double pick = draw_number(state, key, draw, 1) * sum;
    const LaneRange* range = zone.ranges.data();
    while (range != &zone.ranges.back() && pick >= range->to - range->from) pick -= range->to - range->from, ++range;
    spot = {range->lane, range->from + pick};
    low = range->from, high = range->to;
  } else {
    const auto [x, y] = draw_point(state, zone, key, draw);
    maps::LaneQuery query;
    query.max_distance_m = kReachM;
    const auto match = maps::nearest_lane(state.map, x, y, query);
    if (!match) return false;
    spot = {match->lane, match->s};
    high = state.map.lanes[spot.lane].length;
  }
  if (!starts_here(state, spot.lane)) return false;
  low = std::max(low, wide_from(state.map, spot.lane) + half + kEndMarginM);
  high = std::min(high, usable_end(state, spot.lane) - half);
  if (low > high || spot.s < low - kShiftM || spot.s > high + kShiftM) return false;
  spot.s = std::clamp(spot.s, low, high);
  const auto pose = maps::lane_pose(state.map, spot.lane, spot.s);
  return holds(state, row, pose.x, pose.y) && right_way(state, zone, key, draw, spot);
}

Row Zones::enter(State& state, Row row) {
  const Zone& zone = zones_[row];
  const std::uint32_t key = kFirstKey + static_cast<std::uint32_t>(row);
  const std::int64_t draw = table_.draws[row]++;
  Placement p;
  p.type = draw_type(state, zone, key, draw);
  const double half = 0.5 * state.catalogue[p.type].length_m;
  double speed = -1;
  if (zone.min_speed_mps >= 0)
    speed = zone.min_speed_mps + (zone.max_speed_mps - zone.min_speed_mps) * draw_number(state, key, draw, 4);
  Spot spot;
  if (!draw_spot(state, row, draw, half, spot)) return kNone;
  const double gap = kGapM + kGapS * std::max(speed, 0.0);
  if (!free_at(state, spot.lane, spot.s, half, gap, gap)) return kNone;
  p.lane = spot.lane, p.s = spot.s;
  const Row made = add_vehicle(state, p);
  state.world.entities.speed_mps[made] =
      speed >= 0 ? std::min(speed, state.catalogue[p.type].max_speed_mps) : start_speed(state, made);
  owners_.zone[made] = row + 1;
  ++table_.present[row];
  ++table_.made[row];
  return made;
}

bool Zones::forget(Row row) {
  if (!any() || owners_.zone[row] == 0) return false;
  --table_.present[owners_.zone[row] - 1];
  owners_.zone[row] = 0;
  return true;
}

void Zones::choose_leaving(const State& state, std::vector<Row>& left) {
  if (!any()) return;
  const std::size_t already = left.size();
  const sim::Entities& e = state.world.entities;
  const auto leaves = [&](Row row) {
    if (const std::int32_t own = owners_.zone[row]; own > 0) {
      const Row zone = own - 1;
      const Zone& z = zones_[zone];
      if (table_.active[zone] != 0 && z.kind == ZoneKind::kSwarm && state.alive(z.central) &&
          !in_ellipse(state, z, e.x[row], e.y[row]))
        return true;
      if (table_.active[zone] != 0 && z.kind == ZoneKind::kArea && z.continuous && !z.polygon.empty() &&
          !inside(z.polygon, e.x[row], e.y[row]))
        return true;
    }
    for (Row zone = 0; zone < static_cast<Row>(zones_.size()); ++zone) {
      const Zone& z = zones_[zone];
      if (z.kind != ZoneKind::kSink || table_.active[zone] == 0) continue;
      if (z.rate_per_s > 0 && static_cast<double>(table_.removed[zone]) >= due(state, zone)) continue;
      if (distance2(e.x[row], e.y[row], table_.x[zone], table_.y[zone]) > z.radius_m * z.radius_m) continue;
      ++table_.removed[zone];
      return true;
    }
    return false;
  };
  for (Row row = 0; row < state.rows(); ++row) {
    if (!state.background(row) || !state.alive(row)) continue;
    if (std::find(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(already), row) !=
        left.begin() + static_cast<std::ptrdiff_t>(already))
      continue;
    if (leaves(row)) left.push_back(row);
  }
}

}  // namespace bitgoeul::vehicles
