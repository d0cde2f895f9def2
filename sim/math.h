// Transcendental functions in double that give the same bits on every CPU, compiler and optimisation level.
// Error below 1 ulp (checked against MPFR in tests/sim/math_test.cpp). libm's own differ by CPU (FMA variants), so the
// step libraries may not link them (symbol gate in tests/tidy). sqrt and fmod are exact by IEEE 754 and come from
// <cmath>. Domain errors give NaN as in IEEE 754. Thread rule: pure.
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

namespace bitgoeul::sim {

using Vec2 = Eigen::Vector2d;
using Vec3 = Eigen::Vector3d;

inline constexpr double kPi = 3.14159265358979323846;

double sin(double x);
double cos(double x);
void sincos(double x, double& sine, double& cosine);
double tan(double x);
double asin(double x);
double acos(double x);
double atan(double x);
double atan2(double y, double x);
double exp(double x);
double log(double x);
double pow(double x, double y);
double hypot(double x, double y);  // squares without an overflow guard: metres, not light-years
double tanh(double x);

// The angle in (-pi, pi].
double wrap_angle(double angle_rad);

// Rounds to a multiple of 0.1 mm, half away from zero: importers use it so that a last-bit difference of PROJ or
// libm does not change the map hash.
double snap(double metres);

}  // namespace bitgoeul::sim
