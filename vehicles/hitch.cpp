#include "vehicles/hitch.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::vehicles {
namespace {

constexpr double kCreepMps = 0.01;

void push(HitchBody& body, double jx, double jy, double rx, double ry) {
  body.vx_mps += body.per_mass * jx;
  body.vy_mps += body.per_mass * jy;
  body.yaw_rate_radps += body.per_inertia * (rx * jy - ry * jx);
}

// What an impulse at r does to the velocity there: the symmetric 2x2 part of one body.
struct Mobility {
  double xx = 0, xy = 0, yy = 0;
  void add(const HitchBody& body, double rx, double ry) {
    xx += body.per_mass + body.per_inertia * ry * ry;
    xy -= body.per_inertia * rx * ry;
    yy += body.per_mass + body.per_inertia * rx * rx;
  }
};

struct Impulses {
  double x = 0, y = 0, side = 0;
};

// [xx xy cx; xy yy cy; cx cy nn] (x, y, side) = (u, v, w), positive definite: the side is eliminated first.
Impulses solve(const Mobility& m, double cx, double cy, double nn, double u, double v, double w) {
  const double xx = m.xx - cx * cx / nn, xy = m.xy - cx * cy / nn, yy = m.yy - cy * cy / nn;
  const double p = u - cx * w / nn, q = v - cy * w / nn, det = xx * yy - xy * xy;
  Impulses out{(p * yy - q * xy) / det, (q * xx - p * xy) / det, 0};
  out.side = (w - cx * out.x - cy * out.y) / nn;
  return out;
}

Impulses solve_hitch_only(const Mobility& m, double u, double v) {
  const double det = m.xx * m.yy - m.xy * m.xy;
  return {(u * m.yy - v * m.xy) / det, (v * m.xx - u * m.xy) / det, 0};
}

}  // namespace

void hold_hitch(HitchBody* tow, HitchBody& b, double hitch_x, double hitch_y, const TrailerAxle& axle, double dt_s) {
  const double bx = hitch_x - b.x, by = hitch_y - b.y, nx = axle.x - b.x, ny = axle.y - b.y;
  const double turn = nx * axle.left_y - ny * axle.left_x;
  const double sideways =
      (b.vx_mps - b.yaw_rate_radps * ny) * axle.left_x + (b.vy_mps + b.yaw_rate_radps * nx) * axle.left_y;
  const bool tyres = axle.stiffness_n > 0;
  const double slack = tyres ? std::max(std::fabs(axle.rolling_mps), kCreepMps) / (axle.stiffness_n * dt_s) : 0.0;
  const double nn = b.per_mass + b.per_inertia * turn * turn + slack, most = axle.most_n * dt_s;
  Impulses j;
  if (tow == nullptr) {
    if (tyres) j.side = std::clamp(-sideways / nn, -most, most);
    push(b, j.side * axle.left_x, j.side * axle.left_y, nx, ny);
    return;
  }
  const double ax = hitch_x - tow->x, ay = hitch_y - tow->y;
  Mobility m;
  m.add(*tow, ax, ay);
  m.add(b, bx, by);
  const double u = (tow->vx_mps - tow->yaw_rate_radps * ay) - (b.vx_mps - b.yaw_rate_radps * by);
  const double v = (tow->vy_mps + tow->yaw_rate_radps * ax) - (b.vy_mps + b.yaw_rate_radps * bx);
  const double cx = axle.left_x * b.per_mass - b.per_inertia * turn * by;
  const double cy = axle.left_y * b.per_mass + b.per_inertia * turn * bx;
  j = tyres ? solve(m, cx, cy, nn, u, v, -sideways) : solve_hitch_only(m, u, v);
  if (tyres && std::fabs(j.side) > most) {  // it slides
    const double side = std::clamp(j.side, -most, most);
    j = solve_hitch_only(m, u - cx * side, v - cy * side);
    j.side = side;
  }
  push(b, j.x, j.y, bx, by);
  push(b, j.side * axle.left_x, j.side * axle.left_y, nx, ny);
  push(*tow, -j.x, -j.y, ax, ay);
}

}  // namespace bitgoeul::vehicles
