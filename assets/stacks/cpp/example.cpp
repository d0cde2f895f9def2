// A driving stack that answers with trajectories: three seconds along the way, at the limit, with room to what is ahead
// and a stop before lines. Start: bitgoeul demo --stack 'ego_*=exec:./example'
#include <algorithm>
#include <cmath>

#include "bitgoeul_stack.h"

namespace pb = bitgoeul::stack;

namespace {

constexpr double kComfort = 1.5, kBrake = 2.0, kHeadwayS = 1.4, kLateral = 1.8, kBend = 1.2;

// Free distance along the way to something that moves at `speed`: the Intelligent Driver Model.
double follow(double v, double gap, double speed, double standing, double headway) {
  const double wanted = standing + std::max(0.0, v * headway + v * (v - speed) / (2 * std::sqrt(kComfort * kBrake)));
  return -kComfort * std::pow(wanted / std::max(gap, 0.1), 2);
}

double wanted_speed(const pb::Init& init, const pb::EgoState& s) {
  double wanted = 50;
  for (int i = 0; i < s.path_x_size(); ++i) {
    const double ahead = std::max(0.0, init.path_start_m() + i * init.path_step_m());
    const double bend = std::fabs(s.path_curvature(i));
    const double cap = bend > 1e-4 ? std::min(s.path_limit_mps(i), std::sqrt(kLateral / bend)) : s.path_limit_mps(i);
    wanted = std::min(wanted, std::sqrt(cap * cap + 2 * kBend * ahead));
  }
  return std::max(wanted, 0.5);
}

// Nearest point of the way: metres ahead and to the left.
void foot(const pb::Init& init, const pb::EgoState& s, double x, double y, double& ahead, double& left) {
  int best = 0;
  double least = 1e18;
  for (int i = 0; i < s.path_x_size(); ++i) {
    const double d = std::pow(x - s.path_x(i), 2) + std::pow(y - s.path_y(i), 2);
    if (d < least) least = d, best = i;
  }
  const double c = std::cos(s.path_heading_rad(best)), n = std::sin(s.path_heading_rad(best));
  const double dx = x - s.path_x(best), dy = y - s.path_y(best);
  ahead = init.path_start_m() + best * init.path_step_m() + dx * c + dy * n;
  left = dy * c - dx * n;
}

double acceleration(const pb::Init& init, const pb::Ego& ego, const pb::EgoState& s) {
  const double v = s.speed_mps(), goal = wanted_speed(init, s);
  const double free = v <= goal ? kComfort * (1 - std::pow(v / goal, 4)) : -std::min(3.0, (v - goal) / 0.5);
  const double front = ego.center_x_m() + ego.length_m() / 2;
  double least = 0;
  for (const pb::Object& o : s.objects()) {
    double ahead = 0, left = 0;
    foot(init, s, o.x(), o.y(), ahead, left);
    if (ahead < ego.center_x_m() || std::fabs(left) > (o.width_m() + ego.width_m()) / 2 + 0.4) continue;
    const double speed = std::max(0.0, o.speed_mps() * std::cos(o.yaw_rad() - s.yaw_rad()));
    least = std::min(least, follow(v, ahead - o.length_m() / 2 - front, speed, 2.0, kHeadwayS));
  }
  if (s.has_stop_m() && s.stop_m() > -1) least = std::min(least, follow(v, s.stop_m(), 0, 0.6, 0.6));
  for (const pb::Signal& signal : s.signals())
    if (signal.state() == pb::Signal::RED && signal.distance_m() > -0.5)
      least = std::min(least, follow(v, signal.distance_m(), 0, 0.6, 0.6));
  return std::clamp(free + least, -ego.max_deceleration_mps2(), ego.max_acceleration_mps2());
}

void think(const pb::Init& init, const pb::Ego& ego, const pb::EgoState& s, pb::EgoAct& act) {
  const double a = s.path_x_size() < 2 ? -3.0 : acceleration(init, ego, s);
  pb::Trajectory& trajectory = *act.mutable_trajectory();
  double v = s.speed_mps(), ahead = 0;
  for (int i = 0; i < 16; ++i) {
    pb::TrajectoryPoint& p = *trajectory.add_points();
    const double u = (ahead - init.path_start_m()) / init.path_step_m();
    const int k = std::clamp(static_cast<int>(u), 0, std::max(0, s.path_x_size() - 2));
    const double f = u - k;
    p.set_t_s(0.2 * i);
    if (s.path_x_size() < 2) {
      p.set_x(s.x()), p.set_y(s.y()), p.set_yaw_rad(s.yaw_rad());
    } else {
      p.set_x(s.path_x(k) + f * (s.path_x(k + 1) - s.path_x(k)));
      p.set_y(s.path_y(k) + f * (s.path_y(k + 1) - s.path_y(k)));
      p.set_yaw_rad(s.path_heading_rad(k) + f * (s.path_heading_rad(k + 1) - s.path_heading_rad(k)));
    }
    p.set_speed_mps(v);
    p.set_acceleration_mps2(a);
    const double next = std::max(0.0, v + 0.2 * a);
    ahead += 0.1 * (v + next);
    v = next;
  }
}

}  // namespace

int main() { return bitgoeul_stack::run("cpp trajectory example", think); }
