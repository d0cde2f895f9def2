#include "vehicles/way.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/random.h"
#include "vehicles/demand.h"
#include "vehicles/riders.h"

namespace bitgoeul::vehicles {
namespace {

std::span<const Row> successors(const maps::Map& map, Row lane) {
  const maps::Range range = map.lanes[lane].successors;
  return {map.links.data() + range.begin, static_cast<std::size_t>(range.size())};
}

// How gladly a vehicle without route takes a turn: dead ends and bus lanes only when there is nothing else, and fast
// roads for cyclists; negative: never.
int appeal(const State& state, Row vehicle, Row lane) {
  const maps::Lane& row = state.map.lanes[lane];
  if (row.taper) return -1;
  if (rides(state, vehicle) && !open_to_riders(state, lane)) return 0;
  if (!row.reachable) return 0;
  if (row.turn == maps::Turn::kUTurn) return 1;
  return state.rules.lanes[lane].closed || state.rules.lanes[lane].escape != kNone ? 2 : 3;
}

// A body about its lane's tangent reaches sqrt((r + w)^2 + l^2) - r - w out of it in a bend of radius r (l, w: half of
// its length and width): long ones take bends in which that is more than a lane has to spare only when there is no
// other way, because they would strike who waits beside them.
constexpr double kLongHalfM = 2.8, kHalfWidthM = 1.1, kSwingM = 0.45;

bool swings_out(const State& state, double half_length, Row lane) {
  if (state.map.lanes[lane].junction == kNone) return false;
  const double tightest = half_length * half_length / (2 * kSwingM) - 0.5 * kSwingM - kHalfWidthM;
  const maps::Range points = state.map.lanes[lane].points;
  for (Row p = points.begin; p < points.end; ++p)
    if (std::fabs(state.map.points[p].curvature) * tightest > 1) return true;
  return false;
}

// The ways out that a vehicle fits through; all of them when it fits through none.
constexpr std::size_t kMostWays = 16;
std::span<const Row> fitting(const State& state, Row row, std::span<const Row> ways, std::array<Row, kMostWays>& room) {
  const double half = state.half_length(row);
  if (half < kLongHalfM || ways.size() < 2 || ways.size() > kMostWays) return ways;
  std::size_t n = 0;
  for (const Row way : ways)
    if (!swings_out(state, half, way)) room[n++] = way;
  return n == 0 ? ways : std::span<const Row>(room.data(), n);
}

// Where its trip leads; `anywhere`: as if it had none.
Row draw_turn(State& state, Row row, Row lane, bool anywhere) {
  std::array<Row, kMostWays> room;
  const auto all = successors(state.map, lane);
  const auto next = anywhere ? all : fitting(state, row, all, room);
  if (next.empty()) return kNone;
  if (state.demand != nullptr && !anywhere && !rides(state, row)) {
    const Row way = state.demand->turn(state, row, next, [&] {
      return sim::uniform(state.world.seed(), static_cast<std::uint32_t>(row), state.vehicles.turns[row]++,
                          sim::Stream::kTurn);
    });
    if (way != kNone) return way;
  }
  int best = -1;
  for (const Row candidate : next) best = std::max(best, appeal(state, row, candidate));
  if (best < 0) return kNone;
  std::uint32_t count = 0;
  for (const Row candidate : next) count += appeal(state, row, candidate) == best;
  const std::uint32_t pick = sim::uniform_index(state.world.seed(), static_cast<std::uint32_t>(row),
                                                state.vehicles.turns[row]++, sim::Stream::kTurn, count);
  std::uint32_t seen = 0;
  for (const Row candidate : next)
    if (appeal(state, row, candidate) == best && seen++ == pick) return candidate;
  return kNone;
}

// The index that follows in the route; -1 past its end.
std::int32_t following(const Route& route, std::int32_t index) {
  if (index < 0) return -1;
  return index + 1 < static_cast<std::int32_t>(route.lanes.size()) ? index + 1 : route.loop;
}

std::int32_t forward(const Route& route, std::int32_t index, int by) {
  for (; by > 0; --by) index = following(route, index);
  return index;
}

// Lane changes that lead out of a lane that just ends.
int escape_hops(const RoadRules& rules, Row lane) {
  int hops = 0;
  for (; rules.lanes[lane].escape != kNone; lane = rules.lanes[lane].escape) ++hops;
  return hops;
}

}  // namespace

bool is_successor(const maps::Map& map, Row lane, Row next) {
  const auto all = successors(map, lane);
  return std::find(all.begin(), all.end(), next) != all.end();
}

Row wanted_lane(const State& state, Row row) {
  if (const int side = state.wish(row).side; side != 0) {
    const maps::Lane& own = state.map.lanes[state.vehicles.lane(row)];
    const Row lane = side > 0 ? own.left : own.right;
    return lane != kNone && maps::drivable(state.map.lanes[lane].type) ? lane : kNone;
  }
  return route_lane(state, row);
}

Row route_lane(const State& state, Row row) {
  const std::int32_t cursor = state.vehicles.route_cursor[row];
  if (cursor < 0) return state.rules.lanes[state.vehicles.lane(row)].escape;
  const Route& route = state.routes[row];
  const std::int32_t next = following(route, cursor);
  if (next < 0 || is_successor(state.map, state.vehicles.lane(row), route.lanes[next])) return kNone;
  return route.lanes[next];
}

int changes_at_way_end(const State& state, Row row) {
  const Vehicles& v = state.vehicles;
  int end = kBack;
  while (end + 1 < kWay && v.way[row][end + 1] != kNone) ++end;
  if (v.route_cursor[row] < 0) return escape_hops(state.rules, v.way[row][end]);
  const Route& route = state.routes[row];
  std::int32_t index = forward(route, v.route_cursor[row], end - kBack);
  int count = 0;
  for (; index >= 0 && count < 6; ++count) {
    const std::int32_t next = following(route, index);
    if (next < 0 || is_successor(state.map, route.lanes[index], route.lanes[next])) break;
    index = next;
  }
  return count;
}

void extend_way(State& state, Row row, bool anywhere) {
  Way& way = state.vehicles.way[row];
  const std::int32_t cursor = state.vehicles.route_cursor[row];
  for (int i = kBack + 1; i < kWay; ++i) {
    if (way[i] != kNone) continue;
    if (cursor >= 0) {
      const Route& route = state.routes[row];
      const std::int32_t next = following(route, forward(route, cursor, i - 1 - kBack));
      if (next >= 0) {
        if (!is_successor(state.map, way[i - 1], route.lanes[next])) return;  // a lane change comes first
        way[i] = route.lanes[next];
        continue;
      }
    }
    way[i] = draw_turn(state, row, way[i - 1], anywhere);
    if (way[i] == kNone) return;
    anywhere = false;
  }
}

void shift_way(State& state, Row row) {
  Vehicles& v = state.vehicles;
  Way& way = v.way[row];
  std::copy(way.begin() + 1, way.end(), way.begin());
  way[kWay - 1] = kNone;
  v.held[row] >>= 1;
  v.route_cursor[row] = v.route_cursor[row] < 0 ? -1 : following(state.routes[row], v.route_cursor[row]);
  extend_way(state, row);
}

void redraw_way(State& state, Row row, int keep, bool anywhere) {
  Vehicles& v = state.vehicles;
  for (int i = keep + 1; i < kWay; ++i) v.way[row][i] = kNone;
  v.held[row] &= (1u << (keep + 1)) - 1u;
  extend_way(state, row, anywhere);
}

void enter_lane(State& state, Row row, Row lane) {
  Vehicles& v = state.vehicles;
  v.way[row][kBack] = lane;
  v.held[row] &= ~(1u << kBack);
  v.hint[row] = kNone;
  redraw_way(state, row, kBack);
}

double start_of(const State& state, Row row, int index) {
  const Way& way = state.vehicles.way[row];
  double at = -state.vehicles.s[row];
  for (int i = kBack; i < index; ++i) at += state.rules.lanes[way[i]].length;
  for (int i = kBack - 1; i >= index; --i) at -= state.rules.lanes[way[i]].length;
  return at;
}

WayPlace way_place(const State& state, Row row, double ahead_m) {
  const Way& way = state.vehicles.way[row];
  int i = kBack;
  double s = state.vehicles.s[row] + ahead_m;
  while (s < 0 && i > 0 && way[i - 1] != kNone) s += state.rules.lanes[way[--i]].length;
  while (s > state.rules.lanes[way[i]].length && i + 1 < kWay && way[i + 1] != kNone)
    s -= state.rules.lanes[way[i++]].length;
  return {way[i], s, i};
}

maps::LanePose way_pose(const State& state, Row row, double ahead_m, Row& hint) {
  const WayPlace place = way_place(state, row, ahead_m);
  if (place.index == kBack) return maps::lane_pose(state.map, place.lane, place.s, 0.0, hint);
  Row near = kNone;
  return maps::lane_pose(state.map, place.lane, place.s, 0.0, near);
}

}  // namespace bitgoeul::vehicles
