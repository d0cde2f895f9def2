// Contact solver: what happens to bodies that touch, in the plane: impulses with friction and restitution, by Bullet's
// sequential impulse solver (double precision), in a world of its own that lives for one call. Nothing is remembered:
// the same bodies in the same order give the same bits. Positions should be near the origin (the caller shifts them).
// Called by crash.cpp. Thread rule: pure; several calls may run at once.
#pragma once

#include <span>
#include <vector>

namespace bitgoeul::vehicles {

struct ContactBody {
  double x = 0, y = 0, yaw_rad = 0;  // centre of gravity
  double vx_mps = 0, vy_mps = 0, yaw_rate_radps = 0;
  double mass_kg = 0, yaw_inertia_kgm2 = 0;  // mass 0: a wall
  double half_length = 0, half_width = 0;
  double box_ahead_m = 0;  // of the box centre before the centre of gravity
};

struct ContactMaterial {
  double restitution = 0.1;  // of two cars at city speed (Brach and Brach, Vehicle Accident Analysis: 0 to 0.3)
  double friction = 0.4;     // sheet metal on sheet metal
};

// Two bodies that push each other: mean place of contact.
struct ContactPair {
  int a = 0, b = 0;  // a < b
  double x = 0, y = 0;
};

// Changes velocities, and places by what parts bodies that have sunk into each other. Pairs ascending.
void solve_contacts(std::span<ContactBody> bodies, const ContactMaterial& material, double dt_s,
                    std::vector<ContactPair>& pairs);

}  // namespace bitgoeul::vehicles
