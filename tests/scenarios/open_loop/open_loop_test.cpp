// Open loop: what a stack is told in a log's vehicle against closed forms of hand-made tracks; what it wants held
// against controls whose outcome is known on paper.
#include "scenarios/open_loop/open_loop.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/math.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios;
using namespace bitgoeul::scenarios::open_loop;
using doctest::Approx;

namespace {

constexpr double kWheelbase = 2.8;

replay::LoggedTrack track_named(const std::string& name, sim::Row row) {
  replay::LoggedTrack track;
  track.name = name, track.row = row;
  track.length_m = 4.6, track.width_m = 1.9, track.height_m = 1.5, track.center_x_m = 1.4;
  return track;
}

void add(replay::LoggedTrack& track, double t_s, double x, double y, double yaw, double speed) {
  replay::TrackPoint p;
  p.time_ns = std::llround(t_s * 1e9);
  p.x = x, p.y = y, p.yaw = static_cast<float>(yaw), p.speed = static_cast<float>(speed);
  p.begins = track.points.empty();
  track.points.push_back(p);
}

// Ten seconds at ten points a second: straight on, from 5 m/s with 1 m/s2.
replay::LoggedTrack straight() {
  replay::LoggedTrack track = track_named("host", 0);
  for (int i = 0; i <= 100; ++i) {
    const double t = 0.1 * i;
    add(track, t, 5 * t + 0.5 * t * t, 2, 0, 5 + t);
  }
  return track;
}

replay::LoggedTrack circle(double radius, double speed) {
  replay::LoggedTrack track = track_named("host", 0);
  for (int i = 0; i <= 200; ++i) {
    const double t = 0.1 * i, a = speed * t / radius;
    add(track, t, radius * sim::sin(a), radius * (1 - sim::cos(a)), sim::wrap_angle(a), speed);
  }
  return track;
}

// Gives the same control, or the trajectory of one at constant speed along x.
class Fixed : public sim::Stack {
 public:
  sim::Act act;
  std::vector<std::size_t> objects;  // told of, at each time
  bool start(const sim::StackInit&) override { return true; }
  bool ask(std::span<const sim::Observation> seen) override {
    objects.push_back(seen.front().objects.size());
    if (act.kind == sim::ActKind::kTrajectory)
      for (std::size_t i = 0; i < act.trajectory.size(); ++i)
        act.trajectory[i].x = seen.front().x + act.trajectory[i].speed_mps * act.trajectory[i].t_s,
        act.trajectory[i].y = seen.front().y;
    return true;
  }
  bool answer(std::span<sim::Act> acts) override {
    acts.front() = act;
    return true;
  }
};

OpenLoopSetup setup_for(const replay::Tracks& tracks, Fixed& stack) {
  OpenLoopSetup setup;
  setup.init.dt_ns = 10'000'000;
  setup.init.act_every = 10, setup.init.delay = 0;
  sim::EgoInfo ego{tracks.tracks[0].row, "host", "car", 4.6, 1.9, 1.5, 1.4, kWheelbase};
  ego.max_steering_rad = 0.6, ego.max_speed_mps = 50, ego.max_acceleration_mps2 = 3, ego.max_deceleration_mps2 = 8;
  ego.act_every = 10;
  setup.init.egos = {ego};
  setup.stack = {"fixed", &stack, 10, 0};
  setup.end_ns = tracks.tracks[0].points.back().time_ns;
  setup.view.tracks = &tracks;
  setup.view.wheelbase_m = kWheelbase;
  return setup;
}

const auto kGoing = [](std::int64_t) { return true; };

}  // namespace

TEST_CASE("open loop: the motion of a log gives acceleration, yaw rate and steering") {
  std::size_t hint = 0;
  const auto on = motion_at(straight(), 3'050'000'000, hint);
  REQUIRE(on.has_value());
  CHECK(on->acceleration_mps2 == Approx(1).epsilon(1e-5));
  CHECK(on->speed_mps == Approx(8.05).epsilon(1e-6));
  CHECK(*steering_of(*on, kWheelbase) == Approx(0));
  const auto round = motion_at(circle(40, 8), 5'000'000'000, hint);
  REQUIRE(round.has_value());
  CHECK(round->yaw_rate_radps == Approx(0.2).epsilon(1e-5));
  CHECK(*steering_of(*round, kWheelbase) == Approx(std::atan(kWheelbase / 40)).epsilon(1e-5));
  CHECK_FALSE(steering_of(LoggedMotion{.speed_mps = 0.5, .yaw_rate_radps = 0.1}, kWheelbase).has_value());
}

TEST_CASE("open loop: without a map the way ahead is the one that was driven") {
  replay::Tracks tracks;
  tracks.tracks = {circle(40, 8)};
  LogViewSetup setup;
  setup.tracks = &tracks;
  LogView view(setup);
  ObservationRoom room;
  reserve(room);
  REQUIRE(view.at(3'000'000'000, room));
  REQUIRE(room.path.size() == sim::kPathPoints);
  for (std::size_t i = 0; i < room.path.size(); ++i) {
    const double s = 8 * 3.0 + sim::kPathStartM + sim::kPathStepM * static_cast<double>(i), a = s / 40;
    if (a > 3.9) break;  // chords of 0.8 m are a little shorter than their arcs
    CHECK(room.path[i].x == Approx(40 * std::sin(a)).epsilon(0.01).scale(40));
    CHECK(room.path[i].y == Approx(40 * (1 - std::cos(a))).epsilon(0.01).scale(40));
    CHECK(room.path[i].heading_rad - room.path[0].heading_rad ==
          Approx(sim::kPathStepM * static_cast<double>(i) / 40).epsilon(0.01).scale(1));
    CHECK(room.path[i].curvature == Approx(1.0 / 40).epsilon(0.02));
    CHECK(room.path[i].limit_mps == Approx(30 / 3.6));  // 28.8 km/h, in steps of 10
  }
  // Near the end of the log the way ends; before its first point it goes straight back.
  REQUIRE(view.at(19'900'000'000, room));
  CHECK(room.path.size() == 3);
  REQUIRE(view.at(0, room));
  CHECK(room.path[0].x == Approx(-4));
  CHECK(room.path[1].x == Approx(-2));
  CHECK_FALSE(view.at(-1, room));
  CHECK_FALSE(view.at(20'100'000'000, room));
}

TEST_CASE("open loop: a stack is told what its stub has given out by then, within its radius") {
  const auto object = [](double x) { return sim::ObservedObject{{1, 1}, x, 0, 0, 0, 4, 2}; };
  const std::vector<Told> told = {{100, {object(10)}}, {200, {object(20), object(500)}}, {300, {}}};
  std::vector<sim::ObservedObject> out;
  const auto at = [&](std::int64_t time_ns) {
    LogView::tell(told, time_ns, 0, 0, 100, out);
    return out.size();
  };
  CHECK(at(99) == 0);
  CHECK(at(100) == 1);
  CHECK(out[0].x == 10);
  CHECK(at(299) == 1);
  CHECK(out[0].x == 20);
  CHECK(at(300) == 0);
}

TEST_CASE("open loop: differences of a control are those on paper") {
  replay::Tracks tracks;
  tracks.tracks = {straight(), track_named("other", 1)};
  for (int i = 0; i <= 50; ++i) add(tracks.tracks[1], 0.1 * i, 40, 2, 0, 0);  // gone after 5 s
  Fixed stack;
  stack.act.kind = sim::ActKind::kControl;
  stack.act.acceleration_mps2 = -1;
  stack.act.steering_rad = 0.05;
  const auto outcome = run_open_loop(setup_for(tracks, stack), kGoing);
  REQUIRE(outcome.has_value());
  CHECK(outcome->observations == 101);
  CHECK(outcome->compared.size() == 101);
  const Difference a = difference_of(outcome->compared, Measure::kAcceleration);
  CHECK(a.count == 101);
  CHECK(a.mean == Approx(2).epsilon(1e-4));
  CHECK(a.rms == Approx(2).epsilon(1e-4));
  CHECK(difference_of(outcome->compared, Measure::kSteering).mean == Approx(0.05).epsilon(1e-5));
  CHECK(difference_of(outcome->compared, Measure::kCurvature).largest ==
        Approx(std::tan(0.05) / kWheelbase).epsilon(1e-5));
  const Difference v = difference_of(outcome->compared, Measure::kSpeed1s);
  CHECK(v.count == 91);  // nobody knows the last second's
  CHECK(v.mean == Approx(2).epsilon(1e-5));
  // After a second of v - 1/2, at curvature k: an arc against v + 1/2 straight on; the faster, the wider.
  const Difference p = difference_of(outcome->compared, Measure::kPosition1s);
  CHECK(p.at_ns == 9'000'000'000);
  const double s = 14 - 0.5, k = std::tan(0.05) / kWheelbase;
  CHECK(p.largest == Approx(std::hypot(14.5 - std::sin(k * s) / k, (1 - std::cos(k * s)) / k)).epsilon(1e-4));
  CHECK(difference_of(outcome->compared, Measure::kPosition2s).count == 0);
  // Of the other it is told while that is there and within 100 m.
  CHECK(stack.objects[0] == 1);
  CHECK(stack.objects[50] == 1);
  CHECK(stack.objects[51] == 0);
}

TEST_CASE(
    "open loop: differences of a trajectory are those on paper, and what the log commands comes before its motion") {
  replay::Tracks tracks;
  tracks.tracks = {straight()};
  Fixed stack;
  stack.act.kind = sim::ActKind::kTrajectory;
  for (int i = 0; i <= 30; ++i) stack.act.trajectory.push_back({0.1 * i, 0, 0, 0, 5, 0});
  OpenLoopSetup setup = setup_for(tracks, stack);
  setup.commands = {{4'000'000'000, 0.25, std::nullopt}};
  const auto outcome = run_open_loop(setup, kGoing);
  REQUIRE(outcome.has_value());
  for (const Compared& c : outcome->compared) {
    const double t = static_cast<double>(c.time_ns) * 1e-9;
    for (int s = 1; s <= 3; ++s) {
      const auto& place = c.of[static_cast<std::size_t>(Measure::kPosition1s) + static_cast<std::size_t>(s - 1)];
      REQUIRE(place.has_value() == (t + s <= 10 + 1e-9));
      // It went (5 + t) s + s^2 / 2, the stack wants 5 s.
      if (place) CHECK(place->difference == Approx(t * s + 0.5 * s * s).epsilon(1e-3));
    }
    const auto& log = c.of[static_cast<std::size_t>(Measure::kAcceleration)];
    REQUIRE(log.has_value());
    CHECK(log->log == Approx(t < 4 ? 1.0 : 0.25).epsilon(1e-3));
  }
  const Difference p = difference_of(outcome->compared, Measure::kPosition3s);
  CHECK(p.largest == Approx(7 * 3 + 4.5).epsilon(1e-3));
  CHECK(p.at_ns == 7'000'000'000);
}

TEST_CASE("open loop: an act that no run would take is a fault of the stack") {
  replay::Tracks tracks;
  tracks.tracks = {straight()};
  Fixed stack;
  stack.act.kind = sim::ActKind::kControl;
  stack.act.acceleration_mps2 = std::nan("");
  const auto outcome = run_open_loop(setup_for(tracks, stack), kGoing);
  REQUIRE(outcome.has_value());
  REQUIRE(outcome->fault.has_value());
  CHECK(outcome->fault->kind == sim::StackFaultKind::kProtocol);
  CHECK(outcome->acts == 0);
}
