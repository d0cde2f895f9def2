// Hitch: a trailer behind its vehicle, in the plane: impulses that hold the coupler at the hitch and the trailer's axle
// in its track, found together for one step, so that no mass is too heavy for it. The axle's tyres are linear up to
// what they can hold (Pacejka, Tyre and Vehicle Dynamics, 1.3.3), taken at the end of the step. Called by trailers.
// Thread rule: pure.
#pragma once

namespace bitgoeul::vehicles {

struct HitchBody {
  double x = 0, y = 0;  // centre of gravity
  double vx_mps = 0, vy_mps = 0, yaw_rate_radps = 0;
  double per_mass = 0, per_inertia = 0;  // 0: moves as it likes, whatever pulls
};

struct TrailerAxle {
  double x = 0, y = 0;
  double left_x = 0, left_y = 1;  // unit vector along the axle
  double rolling_mps = 0;         // along the wheels
  double stiffness_n = 0;         // side force per radian of slip; 0: no tyres
  double most_n = 0;              // greatest side force
};

// Velocities after dt_s; positions stay. `tow` null: the trailer hangs on nothing.
void hold_hitch(HitchBody* tow, HitchBody& trailer, double hitch_x, double hitch_y, const TrailerAxle& axle,
                double dt_s);

}  // namespace bitgoeul::vehicles
