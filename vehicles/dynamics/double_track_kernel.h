// The double-track kernel: everything of one step of one pack of vehicles, as templates over V (pack.h). Included by
// double_track.cpp and, compiled for a wider processor, by double_track_wide.cpp, and by nobody else; hence the
// nameless namespace. Frames: "road" has z along the normal of the road's plane and moves along with nothing. Thread
// rule: pure, but for the slots it is told to step.
#pragma once

#include <cstring>

#include "vehicles/dynamics/double_track.h"

namespace bitgoeul::vehicles {
namespace {

inline constexpr std::size_t kPackWidth = 4;  // two instructions of the baseline: enough to hide their latency
using Pack = double __attribute__((vector_size(kPackWidth * sizeof(double))));

constexpr int kWheels = 4;
constexpr double kTyreDampingS = 0.008;  // of the standing tyre's spring; fades out above 2 m/s
constexpr double kSlidingSlip = 0.15;    // a standing tyre slides beyond this
constexpr double kAntilockFromMps = 2.0;
constexpr double kGripP = 4.0, kGripI = 30.0;
constexpr double kRollingFullMps = 0.1;

template <class V>
struct Vec {
  V x, y, z;
};
template <class V>
[[gnu::always_inline]] inline Vec<V> cross(const Vec<V>& a, const Vec<V>& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

template <class V>
struct Quat {
  V w, x, y, z;
};
template <class V>
[[gnu::always_inline]] inline Quat<V> times(const Quat<V>& a, const Quat<V>& b) {
  return {a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z, a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
          a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x, a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w};
}

template <class V>
struct Turn {  // columns: where the axes go
  Vec<V> x, y, z;
};
template <class V>
[[gnu::always_inline]] inline Turn<V> turn_of(const Quat<V>& q) {
  const V xx = q.x * q.x, yy = q.y * q.y, zz = q.z * q.z, xy = q.x * q.y, xz = q.x * q.z, yz = q.y * q.z;
  const V wx = q.w * q.x, wy = q.w * q.y, wz = q.w * q.z;
  return {{1.0 - 2.0 * (yy + zz), 2.0 * (xy + wz), 2.0 * (xz - wy)},
          {2.0 * (xy - wz), 1.0 - 2.0 * (xx + zz), 2.0 * (yz + wx)},
          {2.0 * (xz + wy), 2.0 * (yz - wx), 1.0 - 2.0 * (xx + yy)}};
}
template <class V>
[[gnu::always_inline]] inline Vec<V> forth(const Turn<V>& r, const Vec<V>& v) {
  return {r.x.x * v.x + r.y.x * v.y + r.z.x * v.z, r.x.y * v.x + r.y.y * v.y + r.z.y * v.z,
          r.x.z * v.x + r.y.z * v.y + r.z.z * v.z};
}
template <class V>
[[gnu::always_inline]] inline Vec<V> back(const Turn<V>& r, const Vec<V>& v) {
  return {r.x.x * v.x + r.x.y * v.y + r.x.z * v.z, r.y.x * v.x + r.y.y * v.y + r.y.z * v.z,
          r.z.x * v.x + r.z.y * v.y + r.z.z * v.z};
}

// Turns the map's frame to the road's: z along the normal, by the shortest way.
template <class V>
[[gnu::always_inline]] inline Quat<V> road_turn(V dzdx, V dzdy) {
  const V nz = 1.0 / root(1.0 + dzdx * dzdx + dzdy * dzdy);
  const V w = root(0.5 * (1.0 + nz));
  const V k = 0.5 * nz / w;
  return {w, k * dzdy, -(k * dzdx), V{}};
}

template <class V>
struct Wheel {
  V spin, slide, drift, grip;
  // Constant during a step.
  V cosine, sine;              // of its steering angle
  V slide_decay, drift_decay;  // relaxation
  V damping;                   // s
  V slide_limit, drift_limit;  // m
  V antilock;                  // 1 above walking pace
};

template <class V>
struct Body {
  Vec<V> at;     // moved along the road since the start of the step; z above the road
  Vec<V> speed;  // road frame
  Vec<V> rate;   // body frame
  Quat<V> q;     // body to road
  Wheel<V> wheel[kWheels];
};

template <class V>
struct Forces {
  Vec<V> force, moment;  // road frame, about the centre of gravity
};

// Directions and places of the wheels in one sub-step, road frame.
template <class V>
struct Frame {
  Turn<V> turn;
  Vec<V> rate;
  V ex, ey;  // heading along the road
};

template <class V>
[[gnu::always_inline]] inline Frame<V> frame_of(const Body<V>& body) {
  Frame<V> f;
  f.turn = turn_of(body.q);
  f.rate = forth(f.turn, body.rate);
  const V scale = 1.0 / root(f.turn.x.x * f.turn.x.x + f.turn.x.y * f.turn.x.y);
  f.ex = f.turn.x.x * scale;
  f.ey = f.turn.x.y * scale;
  return f;
}

template <class V>
struct Stand {  // of one wheel on the road
  Vec<V> arm;   // from the centre of gravity to the hub, road frame
  V load;
};

template <class V>
[[gnu::always_inline]] inline void stand(const Chassis<V>& c, const Body<V>& body, const Frame<V>& f, int axle, V bump,
                                         Stand<V>* left, Stand<V>* right) {
  const V a = c.ahead[axle], w = c.half_track[axle];
  const Vec<V> middle{f.turn.x.x * a, f.turn.x.y * a, f.turn.x.z * a};
  const Vec<V> side{f.turn.y.x * w, f.turn.y.y * w, f.turn.y.z * w};
  left->arm = {middle.x + side.x, middle.y + side.y, middle.z + side.z};
  right->arm = {middle.x - side.x, middle.y - side.y, middle.z - side.z};
  // `bump`: of the road under the left wheel over its plane, and under the right wheel below it.
  const V roll = c.antiroll[axle] * (right->arm.z - left->arm.z + 2.0 * bump);  // presses the lower side
  const V rise = c.height - body.at.z;
  const auto load = [&](const Vec<V>& arm, V lift, V more) {
    const V climbing = body.speed.z + f.rate.x * arm.y - f.rate.y * arm.x;
    return upper(c.static_load[axle] + c.spring[axle] * (rise + lift - arm.z) - c.damper[axle] * climbing + more, V{});
  };
  left->load = load(left->arm, bump, roll);
  right->load = load(right->arm, -bump, -roll);
}

// Tyre and spin of one wheel for one sub-step; adds to the forces.
template <class V>
[[gnu::always_inline]] inline void roll(const Chassis<V>& c, const Tyre<V>& tyre, Body<V>& body, Wheel<V>& w,
                                        const Frame<V>& f, const Stand<V>& at, V drive, V brake, V friction, double dt,
                                        Forces<V>& sum) {
  const Vec<V> arm{at.arm.x, at.arm.y, -body.at.z};  // to the contact point
  const V vx = body.speed.x + f.rate.y * arm.z - f.rate.z * arm.y;
  const V vy = body.speed.y + f.rate.z * arm.x - f.rate.x * arm.z;
  const V hx = f.ex * w.cosine - f.ey * w.sine, hy = f.ey * w.cosine + f.ex * w.sine;
  const V slipping = vx * hx + vy * hy - c.radius * w.spin;
  const V sideways = vy * hx - vx * hy;
  w.slide = clip((w.slide - dt * slipping) * w.slide_decay, -w.slide_limit, w.slide_limit);
  w.drift = clip((w.drift - dt * sideways) * w.drift_decay, -w.drift_limit, w.drift_limit);
  const V slip = w.slide * tyre.per_slide;
  const TyreForce<V> force = tyre_force(tyre, at.load, slip - w.damping * slipping * tyre.per_slide,
                                        (w.drift - w.damping * sideways) * tyre.per_relaxation, friction);

  const V spare = c.slip_target - magnitude(slip);
  w.grip = clip(w.grip + (kGripI * dt) * spare, V{}, every<V>(1.0));
  const V grip = clip(w.grip + kGripP * spare, V{}, every<V>(1.0));
  const V rolling =
      c.rolling * at.load * clip(w.spin * c.radius * (1.0 / kRollingFullMps), every<V>(-1.0), every<V>(1.0));
  const V free = w.spin + dt * c.per_wheel_inertia * (drive * grip - c.radius * force.x - rolling);
  const V stop = dt * c.per_wheel_inertia * brake * (1.0 - w.antilock * (1.0 - grip));
  w.spin = upper(free - stop, V{}) + lower(free + stop, V{});

  const Vec<V> push{force.x * hx - force.y * hy, force.x * hy + force.y * hx, at.load};
  const Vec<V> moment = cross(arm, push);
  sum.force = {sum.force.x + push.x, sum.force.y + push.y, sum.force.z + push.z};
  sum.moment = {sum.moment.x + moment.x, sum.moment.y + moment.y, sum.moment.z + moment.z};
}

template <class V>
[[gnu::always_inline]] inline void integrate(const Chassis<V>& c, Body<V>& body, const Frame<V>& f,
                                             const Forces<V>& sum, const Vec<V>& gravity, double dt) {
  body.speed.x += dt * (sum.force.x * c.per_mass + gravity.x);
  body.speed.y += dt * (sum.force.y * c.per_mass + gravity.y);
  body.speed.z += dt * (sum.force.z * c.per_mass + gravity.z);
  const Vec<V> m = back(f.turn, sum.moment);
  const Vec<V> r = body.rate;
  body.rate.x += dt * (m.x + (c.pitch_inertia - c.yaw_inertia) * r.y * r.z) * c.per_roll_inertia;
  body.rate.y += dt * (m.y + (c.yaw_inertia - c.roll_inertia) * r.z * r.x) * c.per_pitch_inertia;
  body.rate.z += dt * (m.z + (c.roll_inertia - c.pitch_inertia) * r.x * r.y) * c.per_yaw_inertia;
  body.at.x += dt * body.speed.x;
  body.at.y += dt * body.speed.y;
  body.at.z += dt * body.speed.z;
  const Quat<V> spun = times(body.q, Quat<V>{V{}, body.rate.x, body.rate.y, body.rate.z});
  const double h = 0.5 * dt;
  Quat<V> q{body.q.w + h * spun.w, body.q.x + h * spun.x, body.q.y + h * spun.y, body.q.z + h * spun.z};
  const V scale = 1.5 - 0.5 * (q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z);  // one Newton step to length 1
  body.q = {q.w * scale, q.x * scale, q.y * scale, q.z * scale};
}

// Steering of the two front wheels (Ackermann) and what speed does to the tyres during the step.
template <class V>
[[gnu::always_inline]] inline void prepare_wheels(const Chassis<V>& c, Body<V>& body, V steer, double dt) {
  const Frame<V> f = frame_of(body);
  const V along = magnitude(body.speed.x * f.ex + body.speed.y * f.ey);
  const V half_width_by_length = c.half_track[0] / (c.ahead[0] - c.ahead[1]);
  for (int i = 0; i < kWheels; ++i) {
    Wheel<V>& w = body.wheel[i];
    const Tyre<V>& tyre = c.tyre[i / 2];
    const double side = i % 2 == 0 ? 1.0 : -1.0;
    const V tangent = i < 2 ? V(steer / (1.0 - side * half_width_by_length * steer)) : V{};
    w.cosine = 1.0 / root(1.0 + tangent * tangent);
    w.sine = tangent * w.cosine;
    w.slide_decay = 1.0 / (1.0 + dt * along * tyre.per_slide);
    w.drift_decay = 1.0 / (1.0 + dt * along * tyre.per_relaxation);
    w.damping = kTyreDampingS / (1.0 + 0.25 * along * along);
    const V most = lower(kSlidingSlip + 0.3 * along, every<V>(1.0));
    w.slide_limit = tyre.slide_m * most;
    w.drift_limit = tyre.relaxation_m * most;
    w.antilock = less(every<V>(kAntilockFromMps), along, every<V>(1.0), V{});
  }
}

template <class V>
[[gnu::always_inline]] inline V get(const std::vector<double>& values, std::size_t at) {
  return load<V>(&values[at]);
}

template <class V>
[[gnu::always_inline]] inline Chassis<V> gather(const std::vector<Chassis<double>>& from, std::size_t at) {
  constexpr std::size_t kFields = sizeof(Chassis<double>) / sizeof(double);
  if constexpr (kWidth<V> == 1) {
    return from[at];
  } else {
    double values[kFields][kWidth<V>];
    for (std::size_t k = 0; k < kWidth<V>; ++k) {
      double one[kFields];
      std::memcpy(one, &from[at + k], sizeof(one));
      for (std::size_t f = 0; f < kFields; ++f) values[f][k] = one[f];
    }
    Chassis<V> out;
    static_assert(sizeof(out) == sizeof(values));
    std::memcpy(&out, values, sizeof(out));
    return out;
  }
}

template <class V>
void load_wheels(const Wheels& wheels, std::size_t slot, Body<V>& body) {
  for (std::size_t i = 0; i < kWheels; ++i) {
    double values[4][kWidth<V>];
    for (std::size_t k = 0; k < kWidth<V>; ++k) {
      const std::size_t row = kWheels * (slot + k) + i;
      values[0][k] = wheels.spin_radps[row];
      values[1][k] = wheels.slide_m[row];
      values[2][k] = wheels.drift_m[row];
      values[3][k] = wheels.grip[row];
    }
    Wheel<V>& w = body.wheel[i];
    w.spin = load<V>(values[0]);
    w.slide = load<V>(values[1]);
    w.drift = load<V>(values[2]);
    w.grip = load<V>(values[3]);
  }
}

template <class V>
void store_wheels(Wheels& wheels, std::size_t slot, const Body<V>& body) {
  for (std::size_t i = 0; i < kWheels; ++i) {
    double values[4][kWidth<V>];
    const Wheel<V>& w = body.wheel[i];
    store(values[0], w.spin);
    store(values[1], w.slide);
    store(values[2], w.drift);
    store(values[3], w.grip);
    for (std::size_t k = 0; k < kWidth<V>; ++k) {
      const std::size_t row = kWheels * (slot + k) + i;
      wheels.spin_radps[row] = values[0][k];
      wheels.slide_m[row] = values[1][k];
      wheels.drift_m[row] = values[2][k];
      wheels.grip[row] = values[3][k];
    }
  }
}

// One step of the vehicles slot .. slot + width - 1.
template <class V>
void step(DoubleTracks& b, Wheels& wheels, const std::vector<Chassis<double>>& chassis, const DoubleTrackInputs& in,
          std::size_t slot, double step_s) {
  const double dt = step_s / kSubSteps;
  const Chassis<V> c = gather<V>(chassis, slot);
  const Quat<V> road = road_turn(get<V>(in.dzdx, slot), get<V>(in.dzdy, slot));
  const Turn<V> axes = turn_of(road);
  const Vec<V> at{get<V>(b.x, slot), get<V>(b.y, slot), get<V>(b.z, slot)};
  const Vec<V> off{at.x - get<V>(in.road_x, slot), at.y - get<V>(in.road_y, slot), at.z - get<V>(in.road_z, slot)};
  Body<V> body;
  const V height = axes.z.x * off.x + axes.z.y * off.y + axes.z.z * off.z;
  body.at = {V{}, V{}, height};
  body.speed = back(axes, Vec<V>{get<V>(b.vx_mps, slot), get<V>(b.vy_mps, slot), get<V>(b.vz_mps, slot)});
  body.rate = {get<V>(b.roll_rate_radps, slot), get<V>(b.pitch_rate_radps, slot), get<V>(b.yaw_rate_radps, slot)};
  body.q = times(Quat<V>{road.w, -road.x, -road.y, -road.z},
                 Quat<V>{get<V>(b.qw, slot), get<V>(b.qx, slot), get<V>(b.qy, slot), get<V>(b.qz, slot)});
  load_wheels(wheels, slot, body);
  prepare_wheels(c, body, get<V>(in.steer, slot), dt);
  const Vec<V> gravity = back(axes, Vec<V>{V{}, V{}, every<V>(-kGravityMps2)});
  const V friction = get<V>(in.friction, slot), warp = get<V>(in.warp, slot);
  const V drive[2] = {get<V>(in.drive_nm[0], slot), get<V>(in.drive_nm[1], slot)};
  const V brake[2] = {get<V>(in.brake_nm[0], slot), get<V>(in.brake_nm[1], slot)};
  const V air = c.drag * root(body.speed.x * body.speed.x + body.speed.y * body.speed.y);

  for (int k = 0; k < kSubSteps; ++k) {
    const Frame<V> f = frame_of(body);
    Forces<V> sum{{-(air * body.speed.x), -(air * body.speed.y), V{}}, {V{}, V{}, V{}}};
    for (int axle = 0; axle < 2; ++axle) {
      Stand<V> left, right;
      stand(c, body, f, axle, axle == 0 ? warp : V(-warp), &left, &right);
      roll(c, c.tyre[axle], body, body.wheel[2 * axle], f, left, drive[axle], brake[axle], friction, dt, sum);
      roll(c, c.tyre[axle], body, body.wheel[2 * axle + 1], f, right, drive[axle], brake[axle], friction, dt, sum);
    }
    integrate(c, body, f, sum, gravity, dt);
  }

  const Vec<V> moved = forth(axes, Vec<V>{body.at.x, body.at.y, body.at.z - height});
  const Vec<V> speed = forth(axes, body.speed);
  const Quat<V> q = times(road, body.q);
  store(&b.x[slot], at.x + moved.x);
  store(&b.y[slot], at.y + moved.y);
  store(&b.z[slot], at.z + moved.z);
  store(&b.vx_mps[slot], speed.x);
  store(&b.vy_mps[slot], speed.y);
  store(&b.vz_mps[slot], speed.z);
  store(&b.roll_rate_radps[slot], body.rate.x);
  store(&b.pitch_rate_radps[slot], body.rate.y);
  store(&b.yaw_rate_radps[slot], body.rate.z);
  store(&b.qw[slot], q.w);
  store(&b.qx[slot], q.x);
  store(&b.qy[slot], q.y);
  store(&b.qz[slot], q.z);
  store_wheels(wheels, slot, body);
}

inline void step_packs(DoubleTracks& bodies, Wheels& wheels, const std::vector<Chassis<double>>& chassis,
                       const DoubleTrackInputs& inputs, std::size_t begin, std::size_t end, double dt_s) {
  std::size_t slot = begin;
  for (; slot + kPackWidth <= end; slot += kPackWidth) step<Pack>(bodies, wheels, chassis, inputs, slot, dt_s);
  for (; slot < end; ++slot) step<double>(bodies, wheels, chassis, inputs, slot, dt_s);
}

}  // namespace
}  // namespace bitgoeul::vehicles
