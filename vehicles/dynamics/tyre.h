// Tyre: force from slip by the Magic Formula, combined slip by the similarity method (Pacejka, Tyre and Vehicle
// Dynamics, 3rd ed., chapter 4, sections 4.2 and 4.3), with load sensitivity of friction and of cornering stiffness and
// with first-order relaxation (chapter 7). A tyre at rest is a spring, so that a parked car stays where it is.
// Used by the double-track kernel only; V as in pack.h. Thread rule: pure.
#pragma once

#include "vehicles/dynamics/pack.h"

namespace bitgoeul::vehicles {

// Of one axle's tyres.
template <class T>
struct Tyre {
  T per_load;          // 1 / nominal load Fz0, 1/N
  T friction;          // peak, at nominal load on a dry road
  T load_sensitivity;  // share of friction lost when the load doubles
  T cornering;         // cornering stiffness at nominal load / Fz0, 1/rad
  T slip_stiffness;    // longitudinal slip stiffness / Fz
  T shape;             // C
  T bend;              // E
  T relaxation_m;      // lateral
  T slide_m;           // longitudinal relaxation length
  T per_relaxation, per_slide;
};

template <class V>
struct TyreForce {
  V x, y;
};

// Force on the car, in the wheel's frame, of slip ratio `kappa` (positive drives) and lateral slip `lambda` (minus tan
// of the slip angle: positive pushes left). `road` multiplies friction.
template <class V>
[[gnu::always_inline]] inline TyreForce<V> tyre_force(const Tyre<V>& tyre, V load_n, V kappa, V lambda, V road) {
  const V overload = load_n * tyre.per_load - 1.0;
  const V mu = tyre.friction * road * upper(1.0 - tyre.load_sensitivity * overload, every<V>(0.3));
  // Cornering stiffness c1 Fz0 sin(2 atan(Fz / (c2 Fz0))) with c2 = 2, as 2x / (1 + x^2), scaled to be `cornering` at
  // nominal load.
  const V x = 0.5 * (overload + 1.0);
  const V shrink = 1.0 + x * x;
  const V stiff = 1.0 / (mu * tyre.shape * shrink);
  const V sx = tyre.slip_stiffness * shrink * stiff * kappa;
  const V sy = 1.25 * tyre.cornering * stiff * lambda;
  const V s = root(sx * sx + sy * sy + 1e-16);
  const V bent = s - tyre.bend * (s - arc_tangent(s));
  const V force = mu * load_n * sine_to_pi(tyre.shape * arc_tangent(bent)) / s;
  return {force * sx, force * sy};
}

}  // namespace bitgoeul::vehicles
