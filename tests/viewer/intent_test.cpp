// What a vehicle means to do: arcs against the circle and the stopping distance, the way along a route, commands of a
// log, and the picture with and without them.
#include <doctest/doctest.h>

#include <cmath>

#include "maps/load_map.h"
#include "tests/support/folders.h"
#include "tests/viewer/picture.h"
#include "viewer/intent.h"

namespace bitgoeul::viewer {

namespace {

replay::StepRecord step_at(std::int64_t ms, sim::Row row, float acceleration) {
  replay::StepRecord step;
  step.time_ns = ms * 1'000'000;
  step.commands.push_back({row, {acceleration, 0}});
  return step;
}

}  // namespace

TEST_CASE("a command leads along the circle of the single-track model, and a braking one to its stopping distance") {
  const double wheelbase = 2.8;
  const float steering = 0.1f;
  const double radius = wheelbase / std::tan(static_cast<double>(steering));
  const Vec3 start(5, -3, 2);
  const double yaw = 0.7;
  const auto arc = command_arc(start, yaw, 10, wheelbase, {0, steering}, 2);
  REQUIRE(arc.size() == 21);
  const Vec3 center = start + Vec3(-std::sin(yaw), std::cos(yaw), 0) * radius;
  double length = 0;
  for (std::size_t i = 0; i < arc.size(); ++i) {
    CHECK(std::abs((arc[i] - center).head<2>().norm() - radius) < 0.005);
    if (i > 0) length += (arc[i] - arc[i - 1]).norm();
  }
  CHECK(length == doctest::Approx(20).epsilon(1e-9));
  // 8 m/s at -4 m/s2: stands after 2 s and 8 m.
  const auto stop = command_arc({0, 0, 0}, 0, 8, wheelbase, {-4, 0}, 5);
  CHECK(stop.back().x() == doctest::Approx(8).epsilon(1e-9));
  CHECK(stop.size() == 21);
  CHECK(command_arc({0, 0, 0}, 0, 0, wheelbase, {-1, 0.2f}, 2).size() == 1);
}

TEST_CASE("the last command and the last plan of a vehicle within a second, and only of it") {
  IntentLog log;
  CHECK(!log.covers(0));
  std::vector<replay::StepRecord> steps{step_at(100, 1, 0.5f), step_at(150, 2, 9), step_at(200, 1, -1)};
  steps[0].acts.push_back({1, {}});
  steps[0].acts[0].act.kind = sim::ActKind::kTrajectory;
  steps[0].acts[0].act.trajectory = {{0.5, 1, 2, 0, 3, 0}, {1.0, 2, 2, 0, 3, 0}};
  steps[1].acts.push_back({1, {}});  // hold: the plan goes on
  log.set(0, 3'000'000'000, steps);
  CHECK((log.covers(0) && log.covers(3'000'000'000) && !log.covers(3'000'000'001)));
  CHECK(!log.at(99'999'999, 1).command);
  CHECK(log.at(100'000'000, 1).command->acceleration_mps2 == 0.5f);
  const Intent later = log.at(1'000'000'000, 1);
  CHECK(later.command->acceleration_mps2 == -1.0f);
  CHECK((later.plan.size() == 2 && later.planned_ns == 100'000'000));
  CHECK(log.at(1'150'000'000, 1).plan.empty());
  CHECK(!log.at(1'200'000'001, 1).command);
  CHECK(!log.at(200'000'000, 3).command);
  // A live run that goes back in time begins anew.
  IntentLog live;
  live.add(step_at(100, 1, 1)), live.add(step_at(200, 1, 2)), live.add(step_at(150, 1, 3));
  CHECK(live.at(200'000'000, 1).command->acceleration_mps2 == 3.0f);
}

TEST_CASE("route and command of a recorded run are found, and drawn for the vehicle that is selected") {
  const auto app = test::open_app({test::recorded_loop()}, 1280, 720, true);
  if (!app) return;
  State& s = app->state();
  s.playback.time_ns = 6'000'000'000;
  s.settings.trails = s.settings.labels = false;
  app->frame(0);
  REQUIRE(!s.moment.movers.empty());
  const sim::Row row = s.moment.movers.front().row;
  look_at(s, row);
  const Image with = app->still_picture();
  // The log's last command before the moment.
  const auto log = replay::RunLog::open(test::recorded_loop());
  REQUIRE(log);
  std::optional<sim::Command> last;
  REQUIRE(log->each_step([&](const replay::StepRecord& step) {
    if (step.time_ns > s.playback.time_ns) return false;
    for (const auto& c : step.commands)
      if (c.entity == row) last = c.command;
    return true;
  }));
  REQUIRE((last && s.intent.command));
  CHECK(s.intent.command->acceleration_mps2 == last->acceleration_mps2);
  CHECK(s.intent.command->steering_rad == last->steering_rad);

  REQUIRE(static_cast<std::size_t>(row) < s.routes.size());
  const Route& route = s.routes[static_cast<std::size_t>(row)];
  REQUIRE(!route.lanes.empty());
  const Mover& m = *s.moment.find(row);
  const auto way = way_ahead(*s.first.map, route, {m.x, m.y, m.z}, m.yaw, 100);
  REQUIRE(way.size() > 2);
  double length = 0;
  for (std::size_t i = 1; i < way.size(); ++i) {
    const Vec3 leg = way[i] - way[i - 1];
    length += leg.norm();
    CHECK(leg.norm() < 26);  // the sampling of lanes
  }
  CHECK(length >= 100);
  CHECK(length < 126);
  const Vec3 first = way[2] - way[0];
  CHECK(first.x() * std::cos(m.yaw) + first.y() * std::sin(m.yaw) > 0);
  CHECK(way_ahead(*s.first.map, route, {m.x + 500, m.y, m.z}, m.yaw, 100).empty());
  // Where it will be in a while lies on that way.
  const auto samples = s.source()->history().of(row);
  for (const Sample& p : samples) {
    if (p.time_ns < s.playback.time_ns || p.time_ns > s.playback.time_ns + 3'000'000'000) continue;
    double nearest = 1e9;
    for (std::size_t i = 1; i < way.size(); ++i) {
      const Vec3 a = way[i - 1], d = way[i] - a;
      const double u =
          std::clamp(((p.x - a.x()) * d.x() + (p.y - a.y()) * d.y()) / d.head<2>().squaredNorm(), 0.0, 1.0);
      nearest = std::min(nearest, std::hypot(p.x - a.x() - u * d.x(), p.y - a.y() - u * d.y()));
    }
    CHECK(nearest < 1.5);
  }

  test::Hand hand{*app};
  hand.key('y');
  CHECK(!s.settings.intent);
  const Image without = app->still_picture();
  const test::Region scene{300, 40, 980, 600};
  const auto route_blue = [](int r, int g, int b) { return b > g + 25 && b > r + 60; };
  CHECK(test::share(with, scene, route_blue) > test::share(without, scene, route_blue) + 0.002);
}

}  // namespace bitgoeul::viewer
