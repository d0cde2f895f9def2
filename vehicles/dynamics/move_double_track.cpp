#include "vehicles/dynamics/move_double_track.h"

#include <algorithm>

#include "sim/math.h"
#include "vehicles/dynamics/drive_by_wire.h"
#include "vehicles/dynamics/estimate.h"
#include "vehicles/dynamics/locate.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kStillMps = 0.002, kRollBackMps = 0.05;  // reported as standing
constexpr double kRoadStepM = 0.05;  // a road that jumps by more has a fault in its heights: the body goes along
constexpr double kMostWarpM = 0.05;
constexpr double kSlopeChange = 0.01;  // per step: a crest of 14 m radius at 14 m/s

// Under the wheels: a plane by least squares through the four, and how far they are off it (front left and rear right
// above it).
struct Road {
  double z = 0;                // under the middle of the rear axle
  double slope = 0, bank = 0;  // along and to the left of the vehicle
  double warp = 0;
};

// Heights of the road under the two wheels of an axle, from the lane's centre line beside it.
void under_axle(const State& state, Row row, double ahead_m, double half_track, double& left, double& right) {
  const sim::Entities& e = state.world.entities;
  const WayPlace place = way_place(state, row, ahead_m - e.center_x_m[row]);
  Row point = place.index == kBack ? state.vehicles.hint[row] : kNone;
  const maps::LanePose pose = maps::lane_pose(state.map, place.lane, place.s, 0.0, point);
  const maps::LanePoint &a = state.map.points[point], &b = state.map.points[point + 1];
  const double ds = b.s - a.s, climb = ds > 0 ? (b.z - a.z) / ds : 0.0;
  const double u = ds > 0 ? std::clamp((place.s - a.s) / ds, 0.0, 1.0) : 0.0;
  double sine, cosine, lane_sine, lane_cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  sim::sincos(pose.heading, lane_sine, lane_cosine);
  const auto height = [&](double side) {
    const double x = e.x[row] + ahead_m * cosine - side * sine - pose.x;
    const double y = e.y[row] + ahead_m * sine + side * cosine - pose.y;
    const double t = y * lane_cosine - x * lane_sine;
    return pose.z + climb * (x * lane_cosine + y * lane_sine) + state.surface.rise(place.lane, point, u, t);
  };
  left = height(half_track);
  right = height(-half_track);
}

Road road_under(const State& state, Row row, const Chassis<double>& c) {
  double z[4];
  const double wheelbase = c.ahead[0] - c.ahead[1];
  under_axle(state, row, wheelbase, c.half_track[0], z[0], z[1]);
  under_axle(state, row, 0.0, c.half_track[1], z[2], z[3]);
  Road road;
  road.z = 0.5 * (z[2] + z[3]);
  road.slope = (0.5 * (z[0] + z[1]) - road.z) / wheelbase;
  road.bank = 0.5 * (z[0] - z[1] + z[2] - z[3]) / (c.half_track[0] + c.half_track[1]);
  road.warp = 0.25 * ((z[0] - z[1]) - (z[2] - z[3]));
  return road;
}

void set_road(State& state, Row row, Row slot, const Road& road) {
  DoubleTrackFleet& fleet = state.double_tracks;
  DoubleTracks& b = fleet.bodies;
  const sim::Entities& e = state.world.entities;
  const double expected = e.z[row];
  if (std::fabs(road.z - expected) > kRoadStepM) b.z[slot] += road.z - expected;
  const double slope = std::clamp(road.slope, b.road_slope[slot] - kSlopeChange, b.road_slope[slot] + kSlopeChange);
  const double bank = std::clamp(road.bank, b.road_bank[slot] - kSlopeChange, b.road_bank[slot] + kSlopeChange);
  b.road_z[slot] = road.z;
  b.road_slope[slot] = slope;
  b.road_bank[slot] = bank;
  double sine, cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  fleet.inputs.road_x[slot] = e.x[row];
  fleet.inputs.road_y[slot] = e.y[row];
  fleet.inputs.road_z[slot] = road.z;
  fleet.inputs.dzdx[slot] = slope * cosine - bank * sine;
  fleet.inputs.dzdy[slot] = slope * sine + bank * cosine;
  fleet.inputs.warp[slot] = std::clamp(road.warp, -kMostWarpM, kMostWarpM);
  fleet.inputs.friction[slot] = state.friction(row);
}

void prepare(State& state, Row row, Row slot) {
  DoubleTrackFleet& fleet = state.double_tracks;
  const Vehicles& v = state.vehicles;
  const VehicleType& type = state.catalogue[state.world.entities.type[row]];
  set_road(state, row, slot, road_under(state, row, fleet.chassis[slot]));
  DriveCommand command{v.command_acceleration_mps2[row], v.command_steering_rad[row], v.towed_kg[row]};
  command.acceleration_mps2 =
      std::clamp(command.acceleration_mps2, -type.max_deceleration_mps2, type.max_acceleration_mps2);
  drive_by_wire(fleet.bodies, static_cast<std::size_t>(slot), fleet.parameters[slot], type.wheelbase_m,
                type.max_steering_rad, command, state.speed(row), fleet.bodies.road_slope[slot], state.world.dt_s(),
                fleet.inputs);
}

// One that has left the map stands at the origin with its brakes on, so that its neighbours in the pack do not mind.
void park(State& state, Row slot) {
  DoubleTrackFleet& fleet = state.double_tracks;
  const auto at = static_cast<std::size_t>(slot);
  if (fleet.bodies.row[at] != kNone) {
    sim::clear_row(fleet.bodies, at);
    fleet.bodies.row[at] = kNone;
    place_double_track(fleet.bodies, fleet.wheels, fleet.chassis[at], at, {}, 0.0, 0.0);
  }
  for (std::vector<double>* input :
       {&fleet.inputs.steer, &fleet.inputs.road_x, &fleet.inputs.road_y, &fleet.inputs.road_z, &fleet.inputs.dzdx,
        &fleet.inputs.dzdy, &fleet.inputs.warp, &fleet.inputs.drive_nm[0], &fleet.inputs.drive_nm[1]})
    (*input)[at] = 0;
  fleet.inputs.brake_nm[0][at] = fleet.inputs.brake_nm[1][at] = 1000;
}

}  // namespace

void add_double_track(State& state, Row row) {
  DoubleTrackFleet& fleet = state.double_tracks;
  const sim::Entities& e = state.world.entities;
  const VehicleType& type = state.catalogue[e.type[row]];
  const bool again = fleet.slot(row) != kNone;  // it has left the map and comes back
  const std::size_t slot = again ? static_cast<std::size_t>(fleet.slot(row)) : fleet.size();
  if (!again) {
    fleet.slots.resize(static_cast<std::size_t>(row) + 1, kNone);
    fleet.slots.back() = static_cast<Row>(slot);
    fleet.parameters.push_back(dynamics_of(type));
    fleet.chassis.push_back(make_chassis(fleet.parameters.back(), type.wheelbase_m));
    sim::resize_table(fleet.bodies, slot + 1);
    sim::resize_table(fleet.wheels, 4 * (slot + 1));
    fleet.inputs.resize(slot + 1);
  }
  sim::clear_row(fleet.bodies, slot);
  BodyPose pose;
  pose.x = e.x[row];
  pose.y = e.y[row];
  pose.yaw_rad = e.yaw_rad[row];
  pose.forward_mps = e.speed_mps[row];
  const Road road = road_under(state, row, fleet.chassis[slot]);
  pose.z = state.world.entities.z[row] = road.z;
  fleet.bodies.row[slot] = row;
  place_double_track(fleet.bodies, fleet.wheels, fleet.chassis[slot], slot, pose, road.slope, road.bank);
}

void step_double_track_rows(State& state, Row begin, Row end) {
  DoubleTrackFleet& fleet = state.double_tracks;
  Row first = kNone, last = kNone;
  for (Row row = begin; row < std::min(end, static_cast<Row>(fleet.slots.size())); ++row) {
    const Row slot = fleet.slots[row];
    if (slot == kNone) continue;
    if (first == kNone) first = slot;
    last = slot;
    // A puppet's body is moved by somebody else.
    if (state.alive(row) && fleet.bodies.row[slot] == row && state.vehicles.model[row] != Model::kTrailer)
      prepare(state, row, slot);
    else
      park(state, slot);
  }
  if (first == kNone) return;
  step_double_tracks(fleet.bodies, fleet.wheels, fleet.chassis, fleet.inputs, static_cast<std::size_t>(first),
                     static_cast<std::size_t>(last) + 1, state.world.dt_s());
}

double finish_double_track(State& state, Row row, std::size_t block) {
  const DoubleTrackFleet& fleet = state.double_tracks;
  const Row slot = fleet.slot(row);
  Vehicles& v = state.vehicles;
  sim::Entities& e = state.world.entities;
  const BodyPose pose = pose_of(fleet.bodies, fleet.chassis[slot], static_cast<std::size_t>(slot));
  const double dt = state.world.dt_s(), before = e.speed_mps[row];
  double speed = pose.forward_mps;
  if (speed < kStillMps && speed > -kRollBackMps) speed = 0;
  e.acceleration_mps2[row] = (speed - before) / dt;
  e.speed_mps[row] = speed;
  e.yaw_rate_radps[row] = pose.yaw_rate_radps;
  e.z[row] = fleet.bodies.road_z[slot] + fleet.inputs.dzdx[slot] * (pose.x - e.x[row]) +
             fleet.inputs.dzdy[slot] * (pose.y - e.y[row]);
  e.x[row] = pose.x;
  e.y[row] = pose.y;
  e.yaw_rad[row] = pose.yaw_rad;
  e.pitch_rad[row] = pose.pitch_rad;
  e.roll_rad[row] = pose.roll_rad;
  v.steering_rad[row] = fleet.bodies.steering_rad[slot];
  v.left_mps[row] = pose.left_mps;
  if (speed == 0) return 0;
  locate(state, row, block);
  return std::max(0.0, speed) * dt;
}

}  // namespace bitgoeul::vehicles
