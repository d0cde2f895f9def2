// Vehicles driven by stacks: what reaches them when, and that nothing but the acts decides.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cmath>
#include <map>
#include <thread>

#include "scenarios/simulation.h"
#include "scenarios/stack/drivers.h"
#include "scenarios/stack/planner.h"
#include "scenarios/stack/serve.h"
#include "tests/scenes/make.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;
using scenarios::Simulation;
using scenarios::SimulationSetup;
namespace stack = scenarios::stack;
using scenes::make;

namespace {

// Every ego of the scene is driven by it.
SimulationSetup driven_by(SimulationSetup setup, sim::Stack& s, int act_every = 5, int delay = 1, int latency = 0) {
  for (auto& entity : setup.entities)
    if (entity.role == sim::Role::kEgo) entity.stack = 0;
  setup.stacks.push_back({"test", &s, act_every, delay, latency, 100.0});
  return setup;
}

// Answers with a count, so that it shows which answer is in effect: 1/1000 m/s2 more each time.
struct Counting : sim::Stack {
  int asked = 0;
  std::vector<std::int64_t> steps;
  bool start(const sim::StackInit&) override { return true; }
  bool ask(std::span<const sim::Observation> seen) override {
    ++asked;
    steps.push_back(seen[0].step);
    return true;
  }
  bool answer(std::span<sim::Act> acts) override {
    for (sim::Act& act : acts) {
      act.kind = sim::ActKind::kControl;
      act.acceleration_mps2 = asked * 0.001;
    }
    return true;
  }
};

SimulationSetup one_ego() {
  auto setup = scenes::ring_road(100.0, 1);
  setup.entities[0].role = sim::Role::kEgo;
  setup.entities[0].model = vehicles::Model::kBicycle;
  return setup;
}

}  // namespace

TEST_CASE("an act of step k drives from step k + delay on, and holds until the next one is due") {
  for (const int every : {1, 3, 5})
    for (const int delay : {0, 1, 2, 7, 20}) {
      CAPTURE(every);
      CAPTURE(delay);
      Counting counting;
      auto s = make(driven_by(one_ego(), counting, every, delay));
      float now = 0;
      for (std::int64_t step = 0; step < 60; ++step) {
        s->step();
        for (const auto& command : s->commands()) now = command.command.acceleration_mps2;
        // The last act whose step + delay has come: asked in steps 0, every, 2 every, ...
        const std::int64_t answered = step < delay ? 0 : (step - delay) / every + 1;
        CHECK(now == static_cast<float>(static_cast<double>(answered) * 0.001));
      }
      for (std::size_t i = 0; i < counting.steps.size(); ++i)
        CHECK(counting.steps[i] == static_cast<std::int64_t>(i) * every);
    }
}

TEST_CASE(
    "a computing latency is drawn from the seed: within its bounds, the same again, and never an older act after a "
    "newer") {
  std::vector<float> first;
  for (int round = 0; round < 2; ++round) {
    Counting counting;
    auto s = make(driven_by(one_ego(), counting, 2, 1, 6));
    std::vector<float> applied;
    float now = 0;
    for (int step = 0; step < 200; ++step) {
      s->step();
      const float before = now;
      for (const auto& command : s->commands()) now = command.command.acceleration_mps2;
      CHECK(now >= before);
      const int newest = step < 1 ? 0 : (step - 1) / 2 + 1, oldest = step < 7 ? 0 : (step - 7) / 2 + 1;
      CHECK(now <= static_cast<float>(newest * 0.001));
      CHECK(now >= static_cast<float>(oldest * 0.001));
      applied.push_back(now);
    }
    if (round == 0) first = applied;
    CHECK(applied == first);
  }
}

TEST_CASE("an act that is held too long ends in braking, until the next one; without a limit it drives on") {
  struct Rare : Counting {  // answers the first question and the 20th, and holds in between
    bool answer(std::span<sim::Act> acts) override {
      if (asked != 1 && asked != 20) return true;
      acts[0].kind = sim::ActKind::kControl;
      acts[0].acceleration_mps2 = 0.5, acts[0].steering_rad = 0.01;
      return true;
    }
  };
  for (const int hold : {0, 1, 30}) {
    CAPTURE(hold);
    Rare rare;
    auto setup = driven_by(one_ego(), rare, 5, 2);
    setup.stacks[0].hold = hold;
    auto s = make(std::move(setup));
    sim::Command now;
    for (std::int64_t step = 0; step < 120; ++step) {
      s->step();
      for (const auto& command : s->commands()) now = command.command;
      // In effect from steps 2 and 19 x 5 + 2 on.
      const std::int64_t since = step < 2 ? -1 : step < 97 ? step - 2 : step - 97;
      const bool over = hold > 0 && since >= hold;
      CHECK(now.acceleration_mps2 == (since < 0 ? 0.0f : over ? -3.0f : 0.5f));
      CHECK(now.steering_rad == (since < 0 ? 0.0f : 0.01f));
    }
  }
}

TEST_CASE("an observation tells the hash of the state at the beginning of its step") {
  struct Hashes : stack::Planner {
    using Planner::Planner;
    std::vector<sim::Hash128> told;
    bool ask(std::span<const sim::Observation> all) override {
      told.push_back(all[0].state_hash);
      for (const sim::Observation& o : all) CHECK(o.state_hash == all[0].state_hash);
      return Planner::ask(all);
    }
  };
  Hashes hashes(stack::plan);
  auto s = make(driven_by(scenes::small_city(3, 40, 8), hashes));
  std::vector<sim::Hash128> before;
  for (int i = 0; i < 200; ++i) {
    if (i % 5 == 0) before.push_back(s->state_hash_in_full());
    s->step();
  }
  CHECK(hashes.told == before);
}

TEST_CASE("the planner drives a small city: nobody is hit, nobody stands still, for any number of threads") {
  sim::Hash128 hash;
  for (const int threads : {1, 3}) {
    stack::Planner planner(stack::plan);
    auto s = make(driven_by(scenes::small_city(4, 120, 20), planner), threads);
    for (int i = 0; i < 12000; ++i) s->step();
    CHECK(s->totals().collisions == 0);
    CHECK(s->totals().ego_distance_m > 20 * 120 * 2.0);
    CHECK_FALSE(s->fault().has_value());
    if (threads == 1) hash = s->state_hash();
    CHECK(s->state_hash() == hash);
  }
}

TEST_CASE("a stack of trajectories drives a small city through the tracker") {
  stack::Planner planner(stack::plan_trajectory);
  auto s = make(driven_by(scenes::small_city(4, 120, 20), planner));
  for (int i = 0; i < 12000; ++i) s->step();
  CHECK(s->totals().collisions == 0);
  CHECK(s->totals().ego_distance_m > 20 * 120 * 2.0);
}

TEST_CASE("the state with its waiting acts is saved and restored: the run goes on with the same bits") {
  for (const auto plan : {stack::plan, stack::plan_trajectory}) {
    stack::Planner one(plan), other(plan);
    auto a = make(driven_by(scenes::small_city(3, 40, 8), one, 5, 3, 4));
    auto b = make(driven_by(scenes::small_city(3, 40, 8), other, 5, 3, 4), 2);
    for (int i = 0; i < 1003; ++i) a->step();
    REQUIRE(b->restore(a->save()).has_value());
    for (int i = 0; i < 500; ++i) {
      a->step();
      b->step();
      REQUIRE(a->state_hash() == b->state_hash());
      REQUIRE(a->state_hash() == a->state_hash_in_full());
    }
  }
}

TEST_CASE("an ego has a period of its own: it is asked in steps that divide by it, the others as their stack") {
  struct Noting : Counting {
    std::map<sim::Row, std::vector<std::int64_t>> asked_in;
    std::vector<sim::EgoInfo> told;
    int all = 0;
    bool start(const sim::StackInit& init) override {
      told = init.egos;
      all = init.act_every;
      return true;
    }
    bool ask(std::span<const sim::Observation> seen) override {
      for (const sim::Observation& o : seen) asked_in[o.ego.row()].push_back(o.step);
      return Counting::ask(seen);
    }
  } s;
  auto setup = driven_by(scenes::small_city(3, 0, 3), s);
  setup.entities[1].act_every = 2;
  setup.entities[2].act_every = 30;
  auto simulation = make(std::move(setup));
  for (int i = 0; i < 60; ++i) simulation->step();
  CHECK(s.all == 5);
  const std::vector<int> periods{5, 2, 30};
  for (sim::Row row = 0; row < 3; ++row) {
    std::vector<std::int64_t> expected;
    for (std::int64_t step = 0; step < 60; step += periods[static_cast<std::size_t>(row)]) expected.push_back(step);
    CHECK(s.asked_in[row] == expected);
    CHECK(s.told[static_cast<std::size_t>(row)].act_every == periods[static_cast<std::size_t>(row)]);
  }
}

TEST_CASE("the same stack through the protocol gives the same bits as in process, step for step") {
  for (const auto plan : {stack::plan, stack::plan_trajectory}) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    stack::Planner inside(plan), outside(plan);
    std::thread other([&] {
      stack::Link link(ends[1]);
      CHECK(stack::serve(link, outside, {}).has_value());
    });
    {
      auto remote = stack::RemoteStack::on(ends[0], {});
      auto a = make(driven_by(scenes::small_city(3, 60, 10), inside));
      auto b = make(driven_by(scenes::small_city(3, 60, 10), *remote));
      for (int i = 0; i < 3000; ++i) {
        a->step();
        b->step();
        REQUIRE_MESSAGE(a->state_hash() == b->state_hash(), "step " << i);
      }
      CHECK_FALSE(b->fault().has_value());
      remote->finish({"PASS", {}});
    }
    other.join();
  }
}

TEST_CASE("an observation tells what is there: objects within the radius by id, the way under the wheels, the limit") {
  struct Looking : stack::Planner {
    using Planner::Planner;
    int seen = 0;
    bool ask(std::span<const sim::Observation> all) override {
      for (const sim::Observation& o : all) {
        ++seen;
        for (std::size_t i = 0; i < o.objects.size(); ++i) {
          const auto& object = o.objects[i];
          CHECK(std::hypot(object.x - o.x, object.y - o.y) <= 50.0);
          CHECK(object.id != o.ego);
          if (i > 0) CHECK(o.objects[i - 1].id < object.id);
        }
        REQUIRE(o.path.size() > 3);
        const sim::PathPoint& here = o.path[2];  // 4 m behind + 2 x 2 m
        CHECK(std::hypot(here.x - o.x, here.y - o.y) < 1.0);
        CHECK(here.limit_mps == doctest::Approx(50 / 3.6));
        for (std::size_t i = 1; i < o.path.size(); ++i)
          CHECK(std::hypot(o.path[i].x - o.path[i - 1].x, o.path[i].y - o.path[i - 1].y) ==
                doctest::Approx(2.0).epsilon(0.02));
      }
      return Planner::ask(all);
    }
  };
  Looking looking(stack::plan);
  auto setup = scenes::ring_road(100.0, 20);
  for (auto& entity : setup.entities) entity.role = sim::Role::kEgo, entity.model = vehicles::Model::kBicycle;
  setup = driven_by(std::move(setup), looking);
  setup.stacks[0].radius_m = 50;
  auto s = make(std::move(setup));
  for (int i = 0; i < 500; ++i) s->step();
  CHECK(looking.seen == 20 * 100);
}

TEST_CASE("numbers that are none end the run as STACK_PROTOCOL; what a vehicle cannot do is clamped, and told") {
  struct Odd : sim::Stack {
    double acceleration = 0, steering = 0;
    std::uint32_t told = 0;
    bool start(const sim::StackInit&) override { return true; }
    bool ask(std::span<const sim::Observation> o) override {
      told |= o[0].events;
      return true;
    }
    bool answer(std::span<sim::Act> acts) override {
      acts[0].kind = sim::ActKind::kControl;
      acts[0].acceleration_mps2 = acceleration, acts[0].steering_rad = steering;
      return true;
    }
  };
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [a, s] : {std::pair{nan, 0.0}, {inf, 0.0}, {-inf, 0.0}, {0.0, nan}, {0.0, inf}, {0.0, -inf}}) {
    Odd odd;
    odd.acceleration = a, odd.steering = s;
    auto simulation = make(driven_by(one_ego(), odd));
    simulation->step();
    REQUIRE(simulation->fault().has_value());
    CHECK(simulation->fault()->kind == sim::StackFaultKind::kProtocol);
    CHECK(simulation->fault()->step == 0);
  }
  for (const auto& [a, s] : {std::pair{1e308, 0.0}, {-1e308, 0.0}, {0.0, 1000.0}, {0.0, -1000.0}, {9.0, 3.0}}) {
    Odd odd;
    odd.acceleration = a, odd.steering = s;
    auto simulation = make(driven_by(one_ego(), odd));
    for (int i = 0; i < 20; ++i) simulation->step();
    CHECK_FALSE(simulation->fault().has_value());
    CHECK(simulation->totals().acts_clamped == 4);
    CHECK((odd.told & static_cast<std::uint32_t>(sim::EgoEvent::kClamped)) != 0);
  }
}
