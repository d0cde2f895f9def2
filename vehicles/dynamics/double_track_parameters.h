// DoubleTrackParameters: what the double-track model knows of a type of vehicle beyond its size: masses, springs,
// tyres, powertrain, brakes, steering. Read from assets/vehicles or estimated from size and category (mass_kg = 0 says:
// not given). Front before rear in arrays of two. Made at load, const afterwards.
#pragma once

#include <array>
#include <cstdint>

namespace bitgoeul::vehicles {

enum class Powertrain : std::uint8_t { kElectric, kCombustion };

struct TyreParameters {
  double friction = 1.0;           // peak, at the static load on a dry road
  double load_sensitivity = 0.1;   // share of friction lost when the load doubles
  double cornering = 16.0;         // cornering stiffness / load at the static load, 1/rad
  double slip_stiffness = 20.0;    // longitudinal slip stiffness / load
  double shape = 1.5, bend = 0.0;  // C and E of the Magic Formula
  double relaxation_m = 0.5, slide_m = 0.25;
};

inline constexpr int kGears = 8;

struct DoubleTrackParameters {
  double mass_kg = 0;
  double front_share = 0.5;  // of the weight
  double cg_height_m = 0.55;
  double roll_inertia_kgm2 = 0, pitch_inertia_kgm2 = 0, yaw_inertia_kgm2 = 0;
  std::array<double, 2> track_m{1.6, 1.6};
  double wheel_radius_m = 0.33, wheel_inertia_kgm2 = 1.2;
  std::array<double, 2> spring_npm{30e3, 30e3}, damper_nspm{3000, 3000};  // per wheel, at the wheel
  std::array<double, 2> antiroll_npm{20e3, 10e3};                         // force per metre between left and right
  std::array<TyreParameters, 2> tyre;
  double drag_area_m2 = 0.65;  // c_d A
  double rolling_resistance = 0.010;

  Powertrain powertrain = Powertrain::kElectric;
  double power_w = 150e3;         // at the wheels
  double torque_nm = 3000;        // electric: at the wheels, up to where power limits; combustion: at the crankshaft
  double front_drive = 0.0;       // share of the front axle
  double regeneration_nm = 1500;  // at the wheels
  double response_s = 0.08;       // of drive torque
  double torque_from_rpm = 1500, torque_to_rpm = 3500, shift_rpm = 6000;  // combustion
  std::array<double, kGears> ratio{};                                     // crankshaft / wheel; 0 = no such gear
  double shift_s = 0.15;                                                  // without drive while shifting
  double engine_inertia_kgm2 = 0;                                         // at the crankshaft

  double brake_nm = 9000;  // all wheels, pedal down
  double brake_front = 0.65;
  double brake_response_s = 0.06;
  double slip_target = 0.1;  // of ABS and traction control

  double steering_rate_radps = 0.9;
  double steering_lag_s = 0.03;
};

}  // namespace bitgoeul::vehicles
