// Double-track model: a rigid chassis with six degrees of freedom on four sprung wheels with spin (Rajamani, Vehicle
// Dynamics and Control, 8; Pacejka, Tyre and Vehicle Dynamics, 1 and 8). Wheels follow the road without mass; the
// road under a vehicle is a plane and its warp during one step. Semi-implicit Euler with kSubSteps a step; several
// vehicles at once (pack.h). Bodies: make_chassis at load, place at start, step_double_tracks every step. Thread rule:
// own slots only.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "vehicles/dynamics/double_track_parameters.h"
#include "vehicles/dynamics/double_track_table.h"
#include "vehicles/dynamics/tyre.h"

namespace bitgoeul::vehicles {

inline constexpr int kSubSteps = 4;
inline constexpr double kGravityMps2 = 9.80665;
inline constexpr double kAirKgpm3 = 1.2;

// The parameters as the kernel wants them: nothing but T.
template <class T>
struct Chassis {
  T per_mass, roll_inertia, pitch_inertia, yaw_inertia, per_roll_inertia, per_pitch_inertia, per_yaw_inertia;
  T ahead[2];        // axle from the centre of gravity, m
  T half_track[2];   // m
  T height;          // centre of gravity above the road at rest, m
  T static_load[2];  // of a wheel, N
  T spring[2], damper[2], antiroll[2];
  T radius, per_wheel_inertia;
  Tyre<T> tyre[2];
  T drag;     // N s2/m2
  T rolling;  // torque / load, m
  T slip_target;
};

Chassis<double> make_chassis(const DoubleTrackParameters& parameters, double wheelbase_m);
// Understeer gradient d(steering) / d(lateral acceleration) of the linear single-track model, rad s2/m.
double understeer(const DoubleTrackParameters& parameters);

// What a step needs from outside, per slot.
struct DoubleTrackInputs {
  std::vector<double> steer;                               // tan of the front wheel angle
  std::array<std::vector<double>, 2> drive_nm, brake_nm;   // of one wheel of the axle
  std::vector<double> road_x, road_y, road_z, dzdx, dzdy;  // plane through a point
  std::vector<double> warp;                                // m, of the road: front left and rear right over the plane
  std::vector<double> friction;                            // factor

  void resize(std::size_t slots);
};

// Slots [begin, end).
void step_double_tracks(DoubleTracks& bodies, Wheels& wheels, const std::vector<Chassis<double>>& chassis,
                        const DoubleTrackInputs& inputs, std::size_t begin, std::size_t end, double dt_s);
// The same one vehicle at a time; for the test that compares.
void step_double_tracks_one_by_one(DoubleTracks& bodies, Wheels& wheels, const std::vector<Chassis<double>>& chassis,
                                   const DoubleTrackInputs& inputs, std::size_t begin, std::size_t end, double dt_s);

struct BodyPose {
  double x = 0, y = 0, z = 0;  // rear axle centre on the ground
  double yaw_rad = 0, pitch_rad = 0, roll_rad = 0;
  double forward_mps = 0, left_mps = 0, yaw_rate_radps = 0;
};
// At rest on its springs on a plane, driving forward at `speed_mps`.
void place_double_track(DoubleTracks& bodies, Wheels& wheels, const Chassis<double>& chassis, std::size_t slot,
                        const BodyPose& pose, double slope, double bank);
BodyPose pose_of(const DoubleTracks& bodies, const Chassis<double>& chassis, std::size_t slot);

}  // namespace bitgoeul::vehicles
