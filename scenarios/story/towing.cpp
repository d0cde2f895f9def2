#include "scenarios/story/towing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bitgoeul::scenarios::story {

sim::Result<void> Towing::connect(Motion& m, Row vehicle, Row trailer, const View& view) {
  Actors& a = m.actors_;
  if (!m.present(trailer)) return sim::fail(fmt::format("{} is not there", view.names[trailer]));
  if (!m.bodies_[vehicle].hitch_m) return sim::fail(fmt::format("{} has no hitch", view.names[vehicle]));
  if (!m.bodies_[trailer].coupler_m) return sim::fail(fmt::format("{} has no coupler", view.names[trailer]));
  for (Row ahead = vehicle; ahead != kNone; ahead = a.towed_by[ahead])
    if (ahead == trailer)
      return sim::fail(fmt::format("{} would pull itself along by {}", view.names[trailer], view.names[vehicle]));
  release(m, vehicle);
  a.towed_by[trailer] = vehicle;
  a.path_action[trailer] = a.lat_action[trailer] = a.long_action[trailer] = kNone;
  a.frame[trailer] = Frame::kFree;
  follow(m, trailer, 0);
  m.mark(trailer);
  return {};
}

void Towing::release(Motion& m, Row vehicle) {
  Actors& a = m.actors_;
  const auto hung = std::find(a.towed_by.begin(), a.towed_by.end(), vehicle);
  if (hung == a.towed_by.end()) return;
  const auto trailer = static_cast<Row>(hung - a.towed_by.begin());
  a.towed_by[trailer] = kNone;
  a.speed[trailer] = a.acceleration[trailer] = a.yaw_rate[trailer] = 0;
  m.settle(trailer, place_in_world(*m.map_, a.x[trailer], a.y[trailer], a.z[trailer], a.yaw[trailer]));
  m.mark(trailer);
}

void Towing::align(Motion& m, Row vehicle) {
  Actors& a = m.actors_;
  for (int chain = 0; chain < 16; ++chain) {
    const auto hung = std::find(a.towed_by.begin(), a.towed_by.end(), vehicle);
    if (hung == a.towed_by.end()) return;
    const auto trailer = static_cast<Row>(hung - a.towed_by.begin());
    double sine, cosine;
    sim::sincos(a.yaw[vehicle], sine, cosine);
    const double back = *m.bodies_[trailer].coupler_m - *m.bodies_[vehicle].hitch_m;
    a.x[trailer] = a.x[vehicle] - back * cosine;
    a.y[trailer] = a.y[vehicle] - back * sine;
    follow(m, trailer, 0);
    vehicle = trailer;
  }
}

void Towing::follow(Motion& m, Row trailer, double dt) {
  Actors& a = m.actors_;
  const Row vehicle = a.towed_by[trailer];
  double sine, cosine;
  sim::sincos(a.yaw[vehicle], sine, cosine);
  const double hitch = *m.bodies_[vehicle].hitch_m, length = *m.bodies_[trailer].coupler_m;
  const double x = a.x[vehicle] + hitch * cosine, y = a.y[vehicle] + hitch * sine;
  const double before = a.yaw[trailer];
  const double yaw = length > 0 ? sim::atan2(y - a.y[trailer], x - a.x[trailer]) : a.yaw[vehicle];
  sim::sincos(yaw, sine, cosine);
  const double to_x = x - length * cosine, to_y = y - length * sine;
  if (dt > 0) {
    const double way = (to_x - a.x[trailer]) * cosine + (to_y - a.y[trailer]) * sine;
    const double speed = way / dt;
    a.acceleration[trailer] = (speed - a.speed[trailer]) / dt;
    a.speed[trailer] = speed;
    a.yaw_rate[trailer] = sim::wrap_angle(yaw - before) / dt;
    a.traveled[trailer] += std::abs(way);
  }
  a.x[trailer] = to_x, a.y[trailer] = to_y, a.yaw[trailer] = yaw;
  a.z[trailer] = a.z[vehicle] - (length - hitch) * -sim::sin(a.pitch[vehicle]);
  a.pitch[trailer] = a.pitch[vehicle], a.roll[trailer] = a.roll[vehicle];
}

void Towing::advance(Motion& m, double dt) {
  const Actors& a = m.actors_;
  const auto rows = static_cast<Row>(a.frame.size());
  // A trailer behind a trailer comes after it, whatever their rows.
  int done = 0;
  for (int depth = 1; done < m.trailers_ && depth < 16; ++depth) {
    for (Row row = 0; row < rows; ++row) {
      if (a.towed_by[row] == kNone) continue;
      int ahead = 0;
      for (Row vehicle = row; a.towed_by[vehicle] != kNone; vehicle = a.towed_by[vehicle]) ++ahead;
      if (ahead != depth) continue;
      ++done;
      if (m.present(a.towed_by[row])) follow(m, row, dt);
    }
  }
}

}  // namespace bitgoeul::scenarios::story
