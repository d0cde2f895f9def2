#include "replay/perception/tracker.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "replay/scoring/assignment.h"

namespace bitgoeul::replay {
namespace {

void predict(Track& t, double dt, double acceleration) {
  t.box.x += t.box.vx_mps * dt;
  t.box.y += t.box.vy_mps * dt;
  const double q = acceleration * acceleration;  // white acceleration, held over the step
  t.position_variance += 2 * dt * t.covariance + dt * dt * t.velocity_variance + q * dt * dt * dt * dt / 4;
  t.covariance += dt * t.velocity_variance + q * dt * dt * dt / 2;
  t.velocity_variance += q * dt * dt;
}

bool alike(ObjectClass a, ObjectClass b) {
  const auto large = [](ObjectClass c) {
    return c == ObjectClass::kCar || c == ObjectClass::kTruck || c == ObjectClass::kBus;
  };
  return a == ObjectClass::kUnknown || b == ObjectClass::kUnknown || large(a) == large(b);
}

void take_heading(Box& box, double measured, const TrackerSetup& setup) {
  const double speed = sim::hypot(box.vx_mps, box.vy_mps);
  double wanted = measured;
  if (speed > setup.heading_from_mps) {
    const double course = sim::atan2(box.vy_mps, box.vx_mps);
    // What is measured may look the wrong way round or lie across.
    while (sim::wrap_angle(wanted - course) > sim::kPi / 4) wanted -= sim::kPi / 2;
    while (sim::wrap_angle(wanted - course) < -sim::kPi / 4) wanted += sim::kPi / 2;
  } else if (std::abs(sim::wrap_angle(wanted - box.yaw_rad)) > sim::kPi / 2) {
    wanted += sim::kPi;
  }
  box.yaw_rad = sim::wrap_angle(box.yaw_rad + 0.6 * sim::wrap_angle(wanted - box.yaw_rad));
}

void update(Track& t, const Box& seen, const TrackerSetup& setup) {
  const double r = setup.measured_m * setup.measured_m, s = t.position_variance + r;
  const double gain = t.position_variance / s, gain_v = t.covariance / s;
  const double dx = seen.x - t.box.x, dy = seen.y - t.box.y;
  t.box.x += gain * dx;
  t.box.y += gain * dy;
  t.box.vx_mps += gain_v * dx;
  t.box.vy_mps += gain_v * dy;
  t.velocity_variance -= gain_v * t.covariance;
  t.covariance *= 1 - gain;
  t.position_variance *= 1 - gain;
  t.box.z += 0.5 * (seen.z - t.box.z);
  take_heading(t.box, seen.yaw_rad, setup);
  constexpr double kSize = 0.3;
  t.box.length_m += kSize * (seen.length_m - t.box.length_m);
  t.box.width_m += kSize * (seen.width_m - t.box.width_m);
  t.box.height_m += kSize * (seen.height_m - t.box.height_m);
  t.box.points = seen.points;
  t.class_votes[static_cast<std::size_t>(seen.object_class)] += static_cast<double>(seen.confidence);
  const double* most = std::max_element(std::begin(t.class_votes), std::end(t.class_votes));
  t.box.object_class = static_cast<ObjectClass>(most - std::begin(t.class_votes));
  t.box.confidence = 0.7f * t.box.confidence + 0.3f * seen.confidence;
  t.missed = 0;
  t.seen |= 1u;
}

Track born(const Box& seen, const TrackerSetup& setup, std::uint64_t id) {
  Track t;
  t.box = seen;
  t.box.id = id;
  t.position_variance = setup.measured_m * setup.measured_m;
  t.velocity_variance = setup.first_speed_mps * setup.first_speed_mps;
  if (seen.has_velocity)
    t.velocity_variance = 1;
  else
    t.box.vx_mps = t.box.vy_mps = 0;
  t.box.has_velocity = true;
  t.seen = 1;
  t.class_votes[static_cast<std::size_t>(seen.object_class)] = static_cast<double>(seen.confidence);
  return t;
}

std::vector<int> pairs_of(const std::vector<Track>& tracks, const Boxes& found, const TrackerSetup& setup) {
  Worths worths(tracks.size(), found.size());
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    const double sigma = std::sqrt(tracks[t].position_variance + setup.measured_m * setup.measured_m);
    const double gate = std::min(3 * sigma + 0.5, setup.gate_m);
    for (std::size_t f = 0; f < found.size(); ++f) {
      const double d = distance_m(tracks[t].box, found[f]);
      if (d < gate && alike(tracks[t].box.object_class, found[f].object_class))
        worths(t, f) = (tracks[t].confirmed ? 2 : 1) * (1.05 - d / gate);
    }
  }
  return assign(worths);
}

}  // namespace

Boxes track(const Boxes& found, std::int64_t time_ns, const TrackerSetup& setup, TrackerState& state) {
  const double dt = state.started ? static_cast<double>(time_ns - state.time_ns) * 1e-9 : 0;
  if (dt < 0 || dt > 2) state.tracks.clear();
  state.time_ns = time_ns;
  state.started = true;
  for (Track& t : state.tracks) {
    predict(t, dt, setup.acceleration_mps2);
    t.seen <<= 1;
    ++t.missed;
  }
  const std::vector<int> pairs = pairs_of(state.tracks, found, setup);
  std::vector<char> used(found.size(), 0);
  for (std::size_t t = 0; t < state.tracks.size(); ++t) {
    if (pairs[t] < 0) continue;
    used[static_cast<std::size_t>(pairs[t])] = 1;
    update(state.tracks[t], found[static_cast<std::size_t>(pairs[t])], setup);
  }
  for (std::size_t f = 0; f < found.size(); ++f)
    if (!used[f]) state.tracks.push_back(born(found[f], setup, state.next_id++));
  const std::uint32_t window = setup.confirm_window >= 32 ? ~0u : (1u << setup.confirm_window) - 1;
  std::erase_if(state.tracks, [&](const Track& t) {
    return t.missed > (t.confirmed ? setup.coast_frames : std::max(0, setup.confirm_window - setup.confirm_hits));
  });
  Boxes out;
  for (Track& t : state.tracks) {
    t.confirmed |= std::popcount(t.seen & window) >= setup.confirm_hits;
    if (!t.confirmed) continue;
    out.push_back(t.box);
    out.back().predicted = t.missed > 0;
    if (t.missed > 0) out.back().confidence *= 1.0f / static_cast<float>(1 + t.missed);
  }
  return out;
}

}  // namespace bitgoeul::replay
