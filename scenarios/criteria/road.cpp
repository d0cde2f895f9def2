// Criteria between a vehicle and the road.
#include <algorithm>
#include <array>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "maps/place.h"
#include "scenarios/criteria/watch.h"
#include "scenarios/story/lane_walk.h"
#include "sim/math.h"
#include "sim/polygon.h"

namespace bitgoeul::scenarios::criteria {
namespace {

constexpr double kWayStepM = 4.0;
constexpr double kApproachM = 15.0;  // before a stop line: where one has to come to a stand
constexpr double kLineSlackM = 0.10;

void corners(const Thing& body, double (&xy)[4][2]) {
  double sine = 0, cosine = 1;
  sim::sincos(body.yaw, sine, cosine);
  for (int i = 0; i < 4; ++i) {
    const double along = i < 2 ? body.front : body.rear, left = i % 2 == 0 ? body.half_width : -body.half_width;
    xy[i][0] = body.x + along * cosine - left * sine;
    xy[i][1] = body.y + along * sine + left * cosine;
  }
}

bool part_of_road(maps::LaneType type) {
  using maps::LaneType;
  return maps::drivable(type) || type == LaneType::kShoulder || type == LaneType::kStop || type == LaneType::kParking ||
         type == LaneType::kBiking || type == LaneType::kRestricted;
}

double beyond(const maps::Map& map, const maps::LaneMatch& match) {
  return std::max(match.distance - 0.5 * maps::lane_pose(map, match.lane, match.s).width, 0.0);
}

// How far a point lies beyond what may be driven on; 0: on it.
double beyond_road(const Watch& watch, const Ego& ego, double x, double y) {
  maps::LaneQuery query;
  query.max_distance_m = 30;
  query.use_z = true;
  query.z = ego.z;
  const auto near = maps::nearest_lane(*watch.map, x, y, query);
  const double metres = near ? beyond(*watch.map, *near) : query.max_distance_m;
  if (metres <= 0) return 0;
  query.drivable_only = false;
  const auto any = maps::nearest_lane(*watch.map, x, y, query);
  const bool on_any = any && beyond(*watch.map, *any) <= 0;
  return on_any && part_of_road(watch.map->lanes[any->lane].type) ? 0.0 : metres;
}

void observe_edges(Watch& watch, Ego& ego) {
  if (watch.asked(Kind::kOffRoad)) {
    double xy[4][2], worst = 0;
    corners(ego.body, xy);
    for (const auto& corner : xy) worst = std::max(worst, beyond_road(watch, ego, corner[0], corner[1]));
    watch.note(Kind::kOffRoad, ego, worst);
  }
  if (ego.lane == kNone) return;
  const maps::Lane& lane = watch.map->lanes[ego.lane];
  double sine = 0, cosine = 1;
  sim::sincos(ego.body.yaw - ego.lane_heading, sine, cosine);
  const double reach_front = ego.body.front * sine, reach_rear = ego.body.rear * sine;
  const double half = std::abs(cosine) * ego.body.half_width;
  const double left = ego.lane_t + std::max(reach_front, reach_rear) + half - 0.5 * ego.lane_width;
  const double right = -(ego.lane_t + std::min(reach_front, reach_rear) - half) - 0.5 * ego.lane_width;
  const bool over = (left > kLineSlackM && !lane.change_left) || (right > kLineSlackM && !lane.change_right);
  if (lane.junction == kNone && over) ego.invasion_s += watch.frame_s;
  watch.note(Kind::kLaneInvasion, ego, ego.invasion_s);
}

void observe_direction(Watch& watch, Ego& ego) {
  maps::LaneQuery query;
  query.max_distance_m = 0.5;
  query.use_heading = query.use_z = true;
  query.heading = ego.body.yaw;
  query.z = ego.z;
  double against = 0;
  if (const auto on = maps::nearest_lane(*watch.map, ego.body.x, ego.body.y, query)) {
    const double heading = maps::lane_pose(*watch.map, on->lane, on->s).heading;
    const bool both_ways = watch.map->lanes[on->lane].type == maps::LaneType::kBidirectional;
    if (!both_ways && std::abs(sim::wrap_angle(heading - ego.body.yaw)) > 0.5 * sim::kPi)
      against = std::max(ego.speed, 0.0) * watch.frame_s;
  }
  ego.against.push_back(against);
  if (ego.against.size() > 10) ego.against.erase(ego.against.begin());
  double sum = 0;
  for (const double metres : ego.against) sum += metres;
  watch.note(Kind::kWrongWay, ego, sum);
}

maps::LaneRules rules_now(const Watch& watch, Row lane) {
  const SimulationSetup& setup = *watch.setup;
  const auto minute = static_cast<std::int64_t>((setup.time_of_day_s + watch.time_s) / 60);
  const int weekday = static_cast<int>((setup.weekday + minute / 1440) % 7);
  return maps::lane_rules(*watch.map, lane, weekday, static_cast<int>(minute % 1440));
}

// Measured by who has driven on a lane that is for buses at some time; buses may.
void observe_bus_lane(Watch& watch, Ego& ego) {
  if (ego.lane == kNone) return;
  const maps::Lane& lane = watch.map->lanes[ego.lane];
  const auto limits = maps::Map::rows(watch.map->timed_limits, lane.limits);
  const bool ever = lane.type == maps::LaneType::kBus ||
                    std::any_of(limits.begin(), limits.end(), [](const auto& limit) { return limit.bus_only != 0; });
  if (!ever) return;
  const bool bus = watch.setup->catalogue[watch.now->entities.type[ego.row]].category == vehicles::Category::kBus;
  if (!bus && rules_now(watch, ego.lane).buses_only) ego.bus_lane_s += watch.frame_s;
  watch.note(Kind::kBusLane, ego, ego.bus_lane_s);
}

void observe_speed(Watch& watch, Ego& ego) {
  if (ego.lane == kNone) return;
  const maps::LaneRules rules = rules_now(watch, ego.lane);
  if (rules.speed_limit_mps <= 0) return;
  const double over = ego.speed - rules.speed_limit_mps;
  watch.note(Kind::kSpeed, ego, over);
  for (const maps::TimedLimit& limit : maps::Map::rows(watch.map->timed_limits, watch.map->lanes[ego.lane].limits))
    if (limit.speed_limit_mps > 0) {
      watch.note(Kind::kSchoolZone, ego, over);
      break;
    }
}

bool all_red(const Watch& watch, Row lane) {
  bool any = false;
  for (const Row next : watch.map->successors(lane)) {
    if (!watch.red(next)) return false;
    any = true;
  }
  return any;
}

// Where the front is against the line of the lane: negative before it. Only lanes that lead to signals have one.
std::optional<double> front_past_line(const Watch& watch, const Ego& ego) {
  if (ego.lane == kNone) return {};
  const maps::Lane& lane = watch.map->lanes[ego.lane];
  if (lane.junction != kNone || watch.map->successors(ego.lane).empty()) return {};
  for (const Row next : watch.map->successors(ego.lane))
    if (watch.map->lanes[next].signal_group != kNone) return ego.lane_s + ego.body.front - lane.stop_s;
  return {};
}

void observe_signals(Watch& watch, Ego& ego) {
  const auto past = front_past_line(watch, ego);
  if (past && *past > -kApproachM && ego.approach != ego.lane) {
    ego.least_speed = *past < 0 ? std::min(ego.least_speed, ego.speed) : ego.least_speed;
    if (*past >= 0) {
      ego.approach = ego.lane;
      ego.approach_least = ego.least_speed;
      ego.red_at_line.clear();
      for (const Row next : watch.map->successors(ego.lane)) ego.red_at_line.emplace_back(next, watch.red(next));
    }
  } else if (!past || *past <= -kApproachM) {
    ego.least_speed = ego.speed;
  }
  if (past && std::abs(*past) < 10 && ego.speed < kStandsMps && all_red(watch, ego.lane))
    watch.note(Kind::kStopLine, ego, std::max(*past, 0.0));
  for (const auto& [movement, was_red] : ego.red_at_line)
    if (movement == ego.lane && was_red && watch.map->lanes[movement].turn == maps::Turn::kRight) {
      watch.note(Kind::kRightOnRed, ego, ego.approach_least);
      ego.red_at_line.clear();
      break;
    }
  if (ego.lane != ego.approach && !past) ego.approach = kNone;
}

void observe_standing(Watch& watch, Ego& ego) {
  const auto past = front_past_line(watch, ego);
  const bool waits = (past && *past > -30 && *past < 5 && all_red(watch, ego.lane)) ||
                     (ego.leader != kNone && ego.gap < 10) || (ego.lane != kNone && watch.red(ego.lane));
  ego.stuck_s = ego.speed < kStandsMps && !waits ? ego.stuck_s + watch.frame_s : 0.0;
  watch.note(Kind::kStuck, ego, ego.stuck_s, kNone);
}

bool inside(const maps::Map& map, const maps::Object& object, double x, double y) {
  if (object.outline.empty()) {
    double sine = 0, cosine = 1;
    sim::sincos(object.heading, sine, cosine);
    const double dx = x - object.x, dy = y - object.y;
    return std::abs(dx * cosine + dy * sine) <= 0.5 * object.length &&
           std::abs(dy * cosine - dx * sine) <= 0.5 * object.width;
  }
  const auto points = maps::Map::rows(map.outline_points, object.outline);
  const auto corner = [&](std::size_t i) { return std::array{points[3 * i], points[3 * i + 1]}; };
  return sim::inside_polygon(points.size() / 3, corner, x, y);
}

bool somebody_on(const Watch& watch, const maps::Object& object) {
  bool found = false;
  watch.grid.each_near(object.x, object.y, 30, [&](Row row) {
    const auto& e = watch.now->entities;
    const auto category = watch.setup->catalogue[e.type[row]].category;
    if (category != vehicles::Category::kPedestrian && category != vehicles::Category::kWheelchair) return;
    found = found || inside(*watch.map, object, e.x[row], e.y[row]);
  });
  return found;
}

void observe_crosswalks(Watch& watch, Ego& ego) {
  double sine = 0, cosine = 1;
  sim::sincos(ego.body.yaw, sine, cosine);
  std::vector<Row> on;
  watch.crosswalks.each_near(ego.body.x, ego.body.y, 30, [&](Row i) {
    const Row object = watch.crosswalk_objects[i];
    const maps::Object& walk = watch.map->objects[object];
    if (std::abs(walk.z - ego.z) > 4 || !somebody_on(watch, walk)) return;
    watch.note(Kind::kCrosswalk, ego, ego.crosswalks);
    bool enters = false;
    for (const double left : {-1.0, 0.0, 1.0})
      enters =
          enters || inside(*watch.map, walk, ego.body.x + ego.body.front * cosine - left * ego.body.half_width * sine,
                           ego.body.y + ego.body.front * sine + left * ego.body.half_width * cosine);
    if (!enters) return;
    on.push_back(object);
    if (std::find(ego.on_crosswalk.begin(), ego.on_crosswalk.end(), object) == ego.on_crosswalk.end() &&
        ego.speed > 0.5)
      watch.note(Kind::kCrosswalk, ego, ++ego.crosswalks);
  });
  ego.on_crosswalk = std::move(on);
}

}  // namespace

void find_way(Watch& watch, Ego& ego) {
  maps::LaneQuery query;
  query.max_distance_m = 2;
  query.use_heading = query.use_z = true;
  query.heading = ego.body.yaw;
  query.z = ego.z;
  const auto on = maps::nearest_lane(*watch.map, ego.body.x, ego.body.y, query);
  ego.lane = on ? on->lane : kNone;
  ego.way.clear();
  const double range = std::clamp(6 * ego.speed, 30.0, 100.0);
  if (!on) {
    double sine = 0, cosine = 1;
    sim::sincos(ego.body.yaw, sine, cosine);
    for (const double s : {0.0, range})
      ego.way.push_back({s, ego.body.x + s * cosine, ego.body.y + s * sine, ego.z, ego.body.yaw});
    return;
  }
  const maps::LanePose here = maps::lane_pose(*watch.map, on->lane, on->s);
  ego.lane_s = on->s, ego.lane_t = on->t, ego.lane_width = here.width, ego.lane_heading = here.heading;
  const bool against = std::abs(sim::wrap_angle(here.heading - ego.body.yaw)) > 0.5 * sim::kPi;
  story::LaneSpot at{on->lane, on->s, on->t, static_cast<std::int8_t>(against ? -1 : 1)};
  const auto row = static_cast<std::size_t>(ego.row);
  const std::span<const Row> route = watch.setup->entities[row].route;
  ego.way.push_back({0, ego.body.x, ego.body.y, ego.z, ego.body.yaw});
  for (double s = kWayStepM; s <= range; s += kWayStepM) {
    if (story::walk(*watch.map, at, kWayStepM, route) > 1e-6) break;
    const maps::LanePose pose = maps::lane_pose(*watch.map, at.lane, at.s, at.t);
    ego.way.push_back({s, pose.x, pose.y, pose.z, pose.heading});
  }
}

void observe_road(Watch& watch, Ego& ego) {
  if (watch.any(Kind::kOffRoad, Kind::kLaneInvasion)) observe_edges(watch, ego);
  if (watch.asked(Kind::kWrongWay)) observe_direction(watch, ego);
  if (watch.any(Kind::kSpeed, Kind::kSchoolZone)) observe_speed(watch, ego);
  if (watch.any(Kind::kStopLine, Kind::kRightOnRed)) observe_signals(watch, ego);
  if (watch.asked(Kind::kStuck)) observe_standing(watch, ego);
  if (watch.asked(Kind::kCrosswalk)) observe_crosswalks(watch, ego);
  if (watch.asked(Kind::kBusLane)) observe_bus_lane(watch, ego);
}

}  // namespace bitgoeul::scenarios::criteria
