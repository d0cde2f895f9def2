#include "vehicles/dynamics/drive_by_wire.h"

#include <algorithm>

#include "sim/math.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kRpmPerRadps = 60.0 / (2.0 * sim::kPi);
constexpr double kHoldMps = 0.15;       // a stop that is wanted ends in a held brake
constexpr double kHoldMps2 = 3.0;       // strength of the hold: a slope of 30 %
constexpr double kRegenerateMps = 2.0;  // regeneration fades out below
constexpr double kCruiseRpm = 2000;     // shifts up here with little load
constexpr double kShiftDown = 0.6;      // of the speed to shift up, in the gear below

double rpm_in(const DoubleTrackParameters& p, int gear, double forward_mps) {
  return std::max(forward_mps, 0.0) / p.wheel_radius_m * p.ratio[static_cast<std::size_t>(gear)] * kRpmPerRadps;
}

int gears(const DoubleTrackParameters& p) {
  int n = 0;
  while (n < kGears && p.ratio[static_cast<std::size_t>(n)] > 0) ++n;
  return n;
}

// The gear for this speed and load (share of the greatest torque that is wanted).
int choose_gear(const DoubleTrackParameters& p, int gear, double forward_mps, double load) {
  const double up = kCruiseRpm + (p.shift_rpm - kCruiseRpm) * std::clamp(load, 0.0, 1.0);
  if (gear + 1 < gears(p) && rpm_in(p, gear, forward_mps) > up) return gear + 1;
  if (gear > 0 && rpm_in(p, gear - 1, forward_mps) < kShiftDown * up) return gear - 1;
  return gear;
}

void shift(DoubleTracks& b, std::size_t slot, const DoubleTrackParameters& p, double forward_mps, double load,
           double dt_s) {
  if (b.shift_s[slot] > 0) {
    b.shift_s[slot] = std::max(0.0, b.shift_s[slot] - dt_s);
    return;
  }
  const int gear = choose_gear(p, b.gear[slot], forward_mps, load);
  if (gear == b.gear[slot]) return;
  b.gear[slot] = gear;
  b.shift_s[slot] = p.shift_s;
}

double approach(double value, double target, double lag_s, double dt_s) {
  return value + (target - value) * dt_s / (lag_s + dt_s);
}

// Torque of all wheels that the commanded acceleration takes.
double wanted_torque(const DoubleTrackParameters& p, double acceleration, double v, double slope) {
  const double mass = p.mass_kg + 4.0 * p.wheel_inertia_kgm2 / (p.wheel_radius_m * p.wheel_radius_m);
  const double grade = p.mass_kg * kGravityMps2 * slope / std::sqrt(1.0 + slope * slope);
  const double drag = 0.5 * kAirKgpm3 * p.drag_area_m2 * v * std::fabs(v);
  const double rolling = p.rolling_resistance * p.mass_kg * kGravityMps2 * std::clamp(v / 0.1, -1.0, 1.0);
  return (mass * acceleration + grade + drag + rolling) * p.wheel_radius_m;
}

void steer(DoubleTracks& b, std::size_t slot, const DoubleTrackParameters& p, double wheelbase_m,
           double max_steering_rad, double wanted, double v, double dt_s, DoubleTrackInputs& in) {
  // What the tyres have to give: less where the road leans into the bend.
  const double lateral = v * v * sim::tan(wanted) / wheelbase_m + kGravityMps2 * b.road_bank[slot];
  const double target = std::clamp(wanted + understeer(p) * lateral, -max_steering_rad, max_steering_rad);
  const double change = (target - b.steering_rad[slot]) * dt_s / (p.steering_lag_s + dt_s);
  const double most = p.steering_rate_radps * dt_s;
  b.steering_rad[slot] += std::clamp(change, -most, most);
  in.steer[slot] = sim::tan(b.steering_rad[slot]);
}

}  // namespace

double greatest_torque(const DoubleTrackParameters& p, int gear, double forward_mps) {
  const double spin = std::max(forward_mps, 0.1) / p.wheel_radius_m;
  if (p.powertrain == Powertrain::kElectric) return std::min(p.torque_nm, p.power_w / spin);
  const double ratio = p.ratio[static_cast<std::size_t>(gear)];
  // The clutch slips below the speed from which the engine pulls fully.
  const double rpm = std::max(spin * ratio * kRpmPerRadps, std::min(p.torque_from_rpm, p.torque_to_rpm));
  const double engine = rpm <= p.torque_to_rpm ? p.torque_nm : std::min(p.torque_nm, p.power_w * kRpmPerRadps / rpm);
  // What turns the engine itself faster does not push the car.
  const double spinning_kg = p.engine_inertia_kgm2 * ratio * ratio / (p.wheel_radius_m * p.wheel_radius_m);
  return rpm > 1.1 * p.shift_rpm ? 0.0 : engine * ratio * p.mass_kg / (p.mass_kg + spinning_kg);
}

void drive_by_wire(DoubleTracks& b, std::size_t slot, const DoubleTrackParameters& p, double wheelbase_m,
                   double max_steering_rad, const DriveCommand& command, double v, double slope, double dt_s,
                   DoubleTrackInputs& in) {
  steer(b, slot, p, wheelbase_m, max_steering_rad, command.steering_rad, v, dt_s, in);
  double wanted = wanted_torque(p, command.acceleration_mps2, v, slope);
  const double pull = command.acceleration_mps2 + kGravityMps2 * slope + kGravityMps2 * p.rolling_resistance;
  wanted += command.towed_kg * std::max(0.0, pull) * p.wheel_radius_m;
  const double most = greatest_torque(p, b.gear[slot], v);
  if (p.powertrain == Powertrain::kCombustion) shift(b, slot, p, v, wanted / std::max(most, 1.0), dt_s);
  const bool hold = command.acceleration_mps2 <= 0 && std::fabs(v) < kHoldMps;
  if (hold) wanted = -kHoldMps2 * p.mass_kg * p.wheel_radius_m;
  double drive = b.shift_s[slot] > 0 ? 0.0 : std::min(wanted, most);
  if (wanted < 0) {
    const double spin = std::max(v, 0.1) / p.wheel_radius_m;
    const double fade = std::clamp(v / kRegenerateMps - 1.0, 0.0, 1.0);
    drive = p.powertrain == Powertrain::kElectric
                ? std::max(wanted, -fade * std::min(p.regeneration_nm, p.power_w / spin))
                : 0.0;
  }
  b.drive_nm[slot] = approach(b.drive_nm[slot], drive, p.response_s, dt_s);
  const double brake = std::clamp(std::min(b.drive_nm[slot], 0.0) - wanted, 0.0, p.brake_nm);
  b.brake_nm[slot] = approach(b.brake_nm[slot], wanted < 0 ? brake : 0.0, p.brake_response_s, dt_s);
  for (std::size_t axle = 0; axle < 2; ++axle) {
    in.drive_nm[axle][slot] = 0.5 * b.drive_nm[slot] * (axle == 0 ? p.front_drive : 1.0 - p.front_drive);
    in.brake_nm[axle][slot] = 0.5 * b.brake_nm[slot] * (axle == 0 ? p.brake_front : 1.0 - p.brake_front);
  }
}

}  // namespace bitgoeul::vehicles
