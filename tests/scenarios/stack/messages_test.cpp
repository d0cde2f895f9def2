// What acts mean: pedals, OSI updates, trajectories through the tracker, in closed form; and who is told what.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <set>

#include "replay/schema/osi/osi_traffic_update.pb.h"
#include "replay/schema/stack/stack.pb.h"
#include "replay/stack_messages.h"
#include "scenarios/simulation.h"
#include "scenarios/stack/planner.h"
#include "scenarios/stack/spec.h"
#include "scenarios/tracker.h"
#include "sim/random.h"
#include "tests/scenes/scenes.h"
#include "vehicles/dynamics/kinematic_bicycle.h"

using namespace bitgoeul;
namespace sst = scenarios::stack;

namespace {

// One act message for vehicle 3, decoded.
sim::Act decode(const std::function<void(stack::EgoAct&)>& fill, const sim::Observation& seen = {}) {
  stack::Act message;
  message.set_seq(1);
  fill(*message.add_egos());
  message.mutable_egos(0)->set_id(3);
  sim::EgoInfo ego{3, "ego", "car", 4.6, 1.9, 1.5, 1.4, 2.8};
  ego.max_acceleration_mps2 = 3, ego.max_deceleration_mps2 = 8;
  std::vector<sim::Observation> asked{seen};
  asked[0].ego = {3, 1};
  const std::vector<sim::EgoInfo> egos{ego};
  replay::ActFrame frame{1, 0, 50'000'000, asked, egos};
  replay::ActCodec codec;
  std::vector<sim::Act> acts(1);
  const std::string defect = codec.decode(message.SerializeAsString(), frame, acts);
  REQUIRE_MESSAGE(defect.empty(), defect);
  return acts[0];
}

// Every number of a driver's view.
std::vector<double*> numbers_of(sim::DriverView& view) {
  auto& [r, c, p] = view;
  return {&r.speed_mps,
          &r.headway_s,
          &r.acceleration_mps2,
          &r.deceleration_mps2,
          &r.gap_m,
          &r.wanted_mps,
          &r.bend_mps,
          &r.wished_mps,
          &r.wished_acceleration_mps2,
          &r.most_mps2,
          &r.leader_gap_m,
          &r.leader_mps,
          &r.stop_gap_m,
          &r.slowing_mps2,
          &c.progress,
          &c.room_m,
          &c.waited_s,
          &c.wished_m,
          &c.wished_s,
          &p.heading_rad,
          &p.curvature,
          &p.yaw_rad,
          &p.lateral_m,
          &p.change_offset_m,
          &p.change_length_m,
          &p.wheelbase_m,
          &p.max_steering_rad};
}

}  // namespace

TEST_CASE("an Observe message is written as the generated classes write it, and read back bit for bit") {
  std::uint32_t drawn = 0;
  const auto draw = [&] { return sim::uniform(3, 0, drawn++, sim::Stream::kTest); };
  const auto number = [&] {  // also zeros of both signs, and what is hardly a number
    const int kind = static_cast<int>(draw() * 6);
    return kind == 0   ? 0.0
           : kind == 1 ? -0.0
           : kind == 2 ? std::numeric_limits<double>::infinity()
                       : (draw() - 0.5) * 1e4;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<sim::Observation> seen(static_cast<std::size_t>(draw() * 4));
    std::vector<std::vector<sim::ObservedObject>> objects(seen.size());
    std::vector<std::vector<sim::ObservedSignal>> signals(seen.size());
    std::vector<std::vector<sim::PathPoint>> paths(seen.size());
    std::vector<sim::DriverView> views(seen.size());
    const sim::Hash128 hash{static_cast<std::uint64_t>(draw() * 1e18), static_cast<std::uint64_t>(draw() * 1e18)};
    for (std::size_t i = 0; i < seen.size(); ++i) {
      for (int k = static_cast<int>(draw() * 60); k > 0; --k)
        objects[i].push_back({{static_cast<std::uint32_t>(draw() * 1e9), static_cast<std::uint32_t>(draw() * 3)},
                              number(),
                              number(),
                              number(),
                              number(),
                              number(),
                              number()});
      for (int k = static_cast<int>(draw() * 4); k > 0; --k)
        signals[i].push_back(
            {static_cast<sim::Row>(draw() * 300), static_cast<sim::SignalState>(draw() * 6), number(), number()});
      for (sim::ObservedSignal& signal : signals[i]) {
        signal.earliest_change_s = draw() < 0.5 ? signal.next_change_s : number();
        signal.latest_change_s = draw() < 0.5 ? signal.next_change_s : number();
      }
      for (int k = static_cast<int>(draw() * 65); k > 0; --k)
        paths[i].push_back({number(), number(), number(), number(), number()});
      sim::Observation& o = seen[i];
      o.step = round * 5, o.time_ns = round * 50'000'000, o.state_hash = hash;
      o.ego = {static_cast<std::uint32_t>(draw() * 1e6), static_cast<std::uint32_t>(draw() * 3)};
      for (double* field : {&o.x, &o.y, &o.z, &o.yaw_rad, &o.speed_mps, &o.acceleration_mps2, &o.yaw_rate_radps,
                            &o.steering_rad, &o.lane_offset_m, &o.lane_width_m, &o.lane_change_in_m, &o.stop_m})
        *field = number();
      o.lane_change = static_cast<int>(draw() * 3) - 1, o.events = static_cast<std::uint32_t>(draw() * 32);
      o.objects = objects[i], o.signals = signals[i], o.path = paths[i];
      sim::DriverView& view = views[i];
      for (double* field : numbers_of(view)) *field = number();
      view.road.speed_mps = o.speed_mps, view.path.yaw_rad = o.yaw_rad;  // stand in the ego's state
      for (double* absent : {&view.road.wished_mps, &view.change.waited_s})
        *absent = draw() < 0.5 ? -1 : std::fabs(*absent);
      for (double* absent : {&view.road.leader_gap_m, &view.road.stop_gap_m})
        if (draw() < 0.5) *absent = sim::kNoStop;
      view.change.wanted = draw() < 0.5, view.change.gap = draw() < 0.5, view.road.off_way = draw() < 0.5;
      view.change.after = static_cast<int>(draw() * 4) - 1;
      if (draw() < 0.7) o.driver = &view;
    }
    std::string bytes(17, 'x');
    replay::ObserveCodec codec;
    codec.encode(static_cast<std::uint64_t>(round), seen, bytes);
    stack::Observe generated;
    REQUIRE(generated.ParseFromString(bytes));
    CHECK(generated.SerializeAsString() == bytes);
    std::uint64_t seq = 1;
    std::vector<sim::Observation> back;
    REQUIRE(codec.decode(bytes, seq, back));
    CHECK(seq == static_cast<std::uint64_t>(round));
    REQUIRE(back.size() == seen.size());
    std::string again;
    replay::ObserveCodec().encode(seq, back, again);  // nothing was lost on the way
    CHECK(again == bytes);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      CHECK(back[i].state_hash == hash);
      CHECK(std::memcmp(&back[i].x, &seen[i].x, 8 * sizeof(double)) == 0);
      CHECK(back[i].lane_change == seen[i].lane_change);
      REQUIRE((back[i].driver != nullptr) == (seen[i].driver != nullptr));
      if (seen[i].driver != nullptr) {
        sim::DriverView to = *back[i].driver;
        const auto from = numbers_of(views[i]), got = numbers_of(to);
        for (std::size_t k = 0; k < from.size(); ++k) CHECK(std::memcmp(from[k], got[k], sizeof(double)) == 0);
        CHECK(to.change.wanted == views[i].change.wanted);
        CHECK(to.change.gap == views[i].change.gap);
        CHECK(to.road.off_way == views[i].road.off_way);
        CHECK(to.change.after == views[i].change.after);
      }
      REQUIRE(back[i].objects.size() == objects[i].size());
      for (std::size_t k = 0; k < objects[i].size(); ++k) {
        CHECK(back[i].objects[k].id == objects[i][k].id);
        CHECK(std::memcmp(&back[i].objects[k].x, &objects[i][k].x, 6 * sizeof(double)) == 0);
      }
    }
  }
}

TEST_CASE("pedals are shares of the greatest acceleration and deceleration") {
  const auto pedals = [](double throttle, double brake) {
    return decode([&](stack::EgoAct& a) {
             a.mutable_control()->set_steering_rad(0);
             a.mutable_control()->set_throttle(throttle);
             a.mutable_control()->set_brake(brake);
           })
        .acceleration_mps2;
  };
  CHECK(pedals(1, 0) == 3);
  CHECK(pedals(0.5, 0) == 1.5);
  CHECK(pedals(0, 1) == -8);
  CHECK(pedals(0, 0.25) == -2);
  CHECK(pedals(0, 0) == 0);
}

TEST_CASE("an OSI update names the box centre one period later; it becomes a trajectory of the reference point") {
  sim::Observation seen;
  seen.x = 10, seen.y = 20, seen.yaw_rad = 0.5 * sim::kPi, seen.speed_mps = 8;
  osi3::TrafficUpdate update;
  auto& base = *update.add_update()->mutable_base();
  base.mutable_position()->set_x(10);
  base.mutable_position()->set_y(20.4 + 1.4);  // 8 m/s for 50 ms, and the centre 1.4 m ahead
  base.mutable_orientation()->set_yaw(0.5 * sim::kPi);
  base.mutable_velocity()->set_x(0);
  base.mutable_velocity()->set_y(8);
  const sim::Act act = decode([&](stack::EgoAct& a) { a.set_osi_traffic_update(update.SerializeAsString()); }, seen);
  REQUIRE(act.kind == sim::ActKind::kTrajectory);
  REQUIRE(act.trajectory.size() == 3);
  CHECK(act.trajectory[0].y == 20);
  CHECK(act.trajectory[1].t_s == doctest::Approx(0.05));
  CHECK(act.trajectory[1].x == doctest::Approx(10));
  CHECK(act.trajectory[1].y == doctest::Approx(20.4));
  CHECK(act.trajectory[1].speed_mps == doctest::Approx(8));
  CHECK(act.trajectory[2].y == doctest::Approx(28.4));
}

TEST_CASE("the tracker keeps a bicycle on a line and on a circle, at their speed, from a place beside them") {
  for (const double radius : {0.0, 30.0}) {
    CAPTURE(radius);
    const double v = 8, wheelbase = 2.8;
    const auto point = [&](double t) {
      const double angle = radius > 0 ? v * t / radius : 0;
      return radius > 0 ? sim::TrajectoryPoint{t, radius * std::sin(angle), radius * (1 - std::cos(angle)), angle, v, 0}
                        : sim::TrajectoryPoint{t, v * t, 0, 0, v, 0};
    };
    vehicles::BicycleState b{0, -0.5, 0.0, 6.0, 0.0};  // half a metre beside it, and slower
    for (int k = 0; k < 200; ++k) {                    // a new trajectory every 50 ms
      std::vector<sim::TrajectoryPoint> trajectory;
      for (int i = 0; i < 16; ++i) {
        trajectory.push_back(point(0.05 * k + 0.2 * i));
        trajectory.back().t_s = 0.2 * i;
      }
      for (int i = 0; i < 5; ++i) {
        const sim::Command c =
            scenarios::track(trajectory, 0.01 * i, {b.x, b.y, b.yaw_rad, b.speed_mps, wheelbase, 0.6});
        vehicles::advance(b, c.acceleration_mps2, c.steering_rad, wheelbase, 0.6, 0.01);
      }
    }
    const sim::TrajectoryPoint end = point(10.0);
    CHECK(std::hypot(b.x - end.x, b.y - end.y) < 0.15);
    CHECK(b.speed_mps == doctest::Approx(v).epsilon(0.02));
    CHECK(std::fabs(sim::wrap_angle(b.yaw_rad - end.yaw_rad)) < 0.02);
  }
  // After its end, and without one, it brakes.
  const std::vector<sim::TrajectoryPoint> over{{0, 0, 0, 0, 8, 0}, {1, 8, 0, 0, 8, 0}};
  CHECK(scenarios::track(over, 1.01, {8, 0, 0, 8, 2.8, 0.6}).acceleration_mps2 == -3.0f);
  CHECK(scenarios::track({}, 0, {}).acceleration_mps2 == -3.0f);
}

TEST_CASE("three stacks in one city: each is asked about its own vehicles only, all in the same steps") {
  struct Watching : sst::Planner {
    using Planner::Planner;
    std::set<std::uint32_t> seen;
    std::vector<std::int64_t> steps;
    bool ask(std::span<const sim::Observation> all) override {
      for (const auto& o : all) seen.insert(o.ego.index);
      steps.push_back(all[0].step);
      return Planner::ask(all);
    }
  };
  Watching stacks[3]{Watching(sst::plan), Watching(sst::plan_trajectory), Watching(sst::plan)};
  auto setup = scenes::small_city(4, 50, 12);
  for (Watching& s : stacks) setup.stacks.push_back({"watching", &s});
  for (std::size_t i = 0; i < 12; ++i) setup.entities[i].stack = static_cast<int>(i % 4) - 1;  // and our own driver
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE(made.has_value());
  for (int i = 0; i < 1000; ++i) (*made)->step();
  CHECK_FALSE((*made)->fault().has_value());
  CHECK((*made)->totals().collisions == 0);
  for (std::uint32_t s = 0; s < 3; ++s) {
    CHECK(stacks[s].seen == std::set<std::uint32_t>{s + 1, s + 5, s + 9});
    CHECK(stacks[s].steps == stacks[0].steps);
    CHECK(stacks[s].steps.size() == 200);
  }
}

TEST_CASE("specs: what they say, and what is wrong with others") {
  CHECK(sst::parse_spec("builtin:driver")->transport == sst::Transport::kDriver);
  CHECK(sst::parse_spec("exec:a b:c")->name == "a b:c");
  CHECK(sst::parse_spec("tcp:127.0.0.1:5555")->port == 5555);
  for (const char* text :
       {"", "planner", "builtin:", "builtin:nobody", "tcp:1", "tcp:h:0", "tcp:h:70000", "tcp:h:1x", "udp:x"})
    CHECK_FALSE(sst::parse_spec(text).has_value());
  const auto choice = [](const char* text) { return *sst::parse_choice(text, false); };
  const std::vector<std::string> names{"ego_1", "ego_2", "truck"};
  CHECK(*sst::assign({choice("ego_*=builtin:planner"), choice("ego_2=builtin:brake")}, names) ==
        std::vector<int>{0, 1, -1});
  CHECK(*sst::assign({choice("*=builtin:planner"), choice("ego_1,truck=builtin:driver")}, names) ==
        std::vector<int>{-1, 0, -1});
  CHECK_FALSE(sst::assign({choice("bus=builtin:planner")}, names).has_value());
  CHECK(sst::parse_period("20")->steps == 20);
  CHECK(sst::parse_period("20")->entities.empty());
  CHECK(sst::parse_period("ego_*,truck=4")->steps == 4);
  CHECK(sst::parse_period("ego_*,truck=4")->entities == "ego_*,truck");
  for (const char* text : {"", "0", "101", "=3", "a=", "a=3x", "a=-1"})
    CHECK_FALSE(sst::parse_period(text).has_value());
}
