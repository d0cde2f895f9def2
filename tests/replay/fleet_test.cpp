// Several logs of one made-up street with planted clock offsets: the offsets come back, everything seen is one track,
// and the vehicles' own logs say best where they were.
#include "replay/fleet.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "sim/random.h"

using namespace bitgoeul;
using namespace bitgoeul::replay;
using doctest::Approx;

namespace {

constexpr double kSeen_m = 60;
constexpr double kEnd_s = 40;

// Thing k of the street: the even ones drive east, the odd ones west, on two lanes each; every fifth stands.
struct Place {
  double x, y, yaw, speed;
};
Place place_of(int k, double t) {
  const double way = k % 2 == 0 ? 1 : -1, speed = k % 5 == 4 ? 0 : 8 + 0.7 * (k % 4);
  // Speeds up and slows down, each in its own time.
  const double wobble = speed > 0 ? 1.5 * sim::sin(0.4 * t + k) : 0,
               v = speed + (speed > 0 ? 0.6 * sim::cos(0.4 * t + k) : 0);
  return {way * (speed * t + wobble) - way * 200 + 23.0 * (k / 2), way * (2 + 3.5 * (k / 2 % 2)),
          way > 0 ? 0 : sim::kPi, v};
}

void add(LoggedTrack& track, double time_s, const Place& p) {
  TrackPoint point;
  point.time_ns = std::llround(time_s * 1e9);
  point.x = p.x, point.y = p.y, point.yaw = static_cast<float>(p.yaw), point.speed = static_cast<float>(p.speed);
  point.begins = track.points.empty() || point.time_ns - track.points.back().time_ns > 1'500'000'000;
  track.points.push_back(point);
}

// What vehicle `own` logs of `things`: its frames at its own phase, errors of sigma_m, a clock that is `late_s` behind.
FleetLog log_of(int own, int things, double late_s, double phase_s, double sigma_m) {
  FleetLog log;
  log.name = "car_" + std::to_string(own);
  std::vector<LoggedTrack> tracks(static_cast<std::size_t>(things));
  for (int k = 0; k < things; ++k) {
    LoggedTrack& track = tracks[static_cast<std::size_t>(k)];
    track.row = k, track.type = static_cast<std::uint16_t>(ObjectClass::kCar);
    track.name = "thing_" + std::to_string(k);
    track.length_m = 4.4, track.width_m = 1.8, track.height_m = 1.5;
    track.role = k == own ? sim::Role::kEgo : sim::Role::kActor;
  }
  int frame = 0;
  for (double t = phase_s; t < kEnd_s; t += 0.1, ++frame) {
    const Place here = place_of(own, t);
    for (int k = 0; k < things; ++k) {
      Place p = place_of(k, t);
      if (sim::hypot(p.x - here.x, p.y - here.y) > kSeen_m) continue;
      const auto error = [&](std::uint32_t axis) {
        return k == own ? 0
                        : sigma_m * sim::normal(static_cast<std::uint64_t>(own),
                                                static_cast<std::uint32_t>(k * 2) + axis, frame, sim::Stream::kTest);
      };
      p.x += error(0), p.y += error(1);
      add(tracks[static_cast<std::size_t>(k)], t - late_s, p);
    }
  }
  log.tracks.start_ns = std::llround((phase_s - late_s) * 1e9),
  log.tracks.end_ns = std::llround((kEnd_s - late_s) * 1e9);
  for (LoggedTrack& track : tracks)
    if (!track.points.empty()) log.tracks.tracks.push_back(std::move(track));
  return log;
}

}  // namespace

TEST_CASE("fleet: planted clock offsets come back within 0.02 s") {
  for (const double sigma_m : {0.0, 0.3}) {
    const double planted[] = {0, 0.30, -1.27, 3.05};
    const std::vector<FleetLog> logs = {
        log_of(0, 40, planted[0], 0.00, sigma_m), log_of(1, 40, planted[1], 0.03, sigma_m),
        log_of(2, 40, planted[2], 0.07, sigma_m), log_of(5, 40, planted[3], 0.05, sigma_m)};
    const FleetWorld world = join(logs);
    REQUIRE(world.clocks.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
      INFO("log " << i << ", sigma " << sigma_m);
      CHECK(world.clocks[i].known);
      CHECK(std::abs(world.clocks[i].offset_s - planted[i]) < 0.02);
      CHECK(world.clocks[i].sigma_s < 0.02);
    }
  }
}

TEST_CASE("fleet: what several saw is one track, and is where it was") {
  const std::vector<FleetLog> logs = {log_of(0, 40, 0, 0, 0.3), log_of(1, 40, 0.3, 0.03, 0.3),
                                      log_of(2, 40, -0.7, 0.06, 0.3)};
  const FleetWorld world = join(logs);
  std::set<std::string> seen;
  for (const FleetLog& log : logs)
    for (const LoggedTrack& track : log.tracks.tracks) seen.insert(track.name);
  // Nobody saw both parts of a thing that is out of everybody's sight for a while, or passes from one to another.
  CHECK(world.tracks.tracks.size() >= seen.size());
  CHECK(world.tracks.tracks.size() < seen.size() + 6);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(world.tracks.tracks[i].name == logs[i].name);
    CHECK(world.seen_by[i].vehicle == i);
    CHECK(world.tracks.tracks[i].role == sim::Role::kEgo);
  }
  double squares = 0, n = 0;
  std::set<std::pair<int, std::int64_t>> there;  // thing and tick
  std::size_t by_two = 0;
  for (std::size_t i = 0; i < world.tracks.tracks.size(); ++i) {
    const LoggedTrack& track = world.tracks.tracks[i];
    CHECK(track.row == static_cast<sim::Row>(i));
    by_two += world.seen_by[i].logs.size() > 1;
    // Nearest of all that there are, once it has been told apart by its first point.
    int k = -1;
    double least = 2;
    for (int j = 0; j < 40; ++j) {
      const Place p = place_of(j, static_cast<double>(track.points.front().time_ns) * 1e-9);
      const double d = sim::hypot(p.x - track.points.front().x, p.y - track.points.front().y);
      if (d < least) least = d, k = j;
    }
    REQUIRE(k >= 0);
    for (const TrackPoint& p : track.points) {
      const Place at = place_of(k, static_cast<double>(p.time_ns) * 1e-9);
      const double off = sim::hypot(at.x - p.x, at.y - p.y);
      CHECK(off < 2);
      if (p.time_ns % 100'000'000 == 0) CHECK(there.insert({k, p.time_ns}).second);  // once at a time
      if (world.seen_by[i].vehicle == FleetTrack::kNobody)
        squares += off * off, n += 1;
      else
        CHECK(off < 0.25);  // its own log has no errors but the clock's
    }
  }
  CHECK(by_two > 15);
  CHECK(std::sqrt(squares / n) < 0.3 * std::sqrt(2.0));  // no worse than one vehicle alone
}

TEST_CASE("fleet: vehicles that never meet keep their clocks, and it is said") {
  FleetLog far = log_of(0, 40, 0, 0, 0);
  for (LoggedTrack& track : far.tracks.tracks)
    for (TrackPoint& p : track.points) p.y += 1000;
  const FleetWorld world = join({log_of(0, 40, 0, 0, 0), far});
  CHECK(world.clocks[0].known);
  CHECK_FALSE(world.clocks[1].known);
  CHECK(world.clocks[1].offset_s == 0);
  for (const FleetTrack& seen : world.seen_by) CHECK(seen.logs.size() == 1);
}
