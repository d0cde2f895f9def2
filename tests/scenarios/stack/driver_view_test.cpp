// The built-in driver as a stack: the same decisions give the same bits as no stack at all, in process and at the
// other end of the protocol; other decisions do not, and what a driver may not decide is not done.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <functional>
#include <limits>
#include <thread>

#include "scenarios/asking_drivers.h"
#include "scenarios/simulation.h"
#include "scenarios/stack/drivers.h"
#include "scenarios/stack/own_driver.h"
#include "scenarios/stack/planner.h"
#include "scenarios/stack/serve.h"
#include "tests/scenes/make.h"
#include "tests/scenes/scenes.h"
#include "vehicles/drivers/decide.h"

using namespace bitgoeul;
using scenarios::Simulation;
using scenarios::SimulationSetup;
namespace stack = scenarios::stack;
using scenes::make;

namespace {

SimulationSetup decided_by(SimulationSetup setup, sim::Stack& s) {
  for (auto& entity : setup.entities)
    if (entity.role == sim::Role::kEgo) entity.stack = 0;
  setup.stacks.push_back({"test", &s});
  setup.stacks.back().driver_view = true;
  return setup;
}

// Counts what it decides, and may change it.
struct Watched : stack::OwnDriver {
  std::array<std::int64_t, 6> changes{};
  std::array<std::int64_t, 3> bindings{};
  std::function<void(const sim::Observation&, sim::Act&)> meddle;
  std::vector<sim::Observation> seen;
  bool ask(std::span<const sim::Observation> all) override {
    seen.assign(all.begin(), all.end());
    return OwnDriver::ask(all);
  }
  bool answer(std::span<sim::Act> acts) override {
    const bool done = OwnDriver::answer(acts);
    for (std::size_t i = 0; i < acts.size(); ++i) {
      ++changes[static_cast<std::size_t>(acts[i].driver.change)];
      ++bindings[static_cast<std::size_t>(acts[i].driver.binding)];
      if (meddle) meddle(seen[i], acts[i]);
    }
    return done;
  }
};

void same_step_for_step(Simulation& a, Simulation& b, int steps) {
  for (int i = 0; i < steps; ++i) {
    a.step();
    b.step();
    REQUIRE_MESSAGE(a.state_hash() == b.state_hash(), "step " << i);
  }
}

}  // namespace

TEST_CASE("the own driver as a stack gives the bits of no stack, step for step, on any number of threads") {
  const auto scene = [] { return scenes::small_city(3, 90, 16, 60); };
  Watched one, three;
  auto plain = make(scene());
  auto a = make(decided_by(scene(), one)), b = make(decided_by(scene(), three), 3);
  for (int i = 0; i < 12000; ++i) {
    plain->step(), a->step(), b->step();
    REQUIRE_MESSAGE(plain->state_hash() == a->state_hash(), "step " << i);
    REQUIRE_MESSAGE(plain->state_hash() == b->state_hash(), "step " << i << ", three threads");
    REQUIRE(a->commands().size() == plain->commands().size());
  }
  // Everything that a driver decides has come up: else the same bits would say little.
  for (const auto binding : {sim::Binding::kFree, sim::Binding::kLeader, sim::Binding::kStop})
    CHECK(one.bindings[static_cast<std::size_t>(binding)] > 100);
  CHECK(one.changes[static_cast<std::size_t>(sim::LaneChange::kStart)] > 0);
  CHECK(one.changes[static_cast<std::size_t>(sim::LaneChange::kWait)] > 0);
  CHECK(a->totals().acts_clamped == 0);
}

TEST_CASE("the own driver at the other end of the protocol gives the bits of no stack, also after a restore") {
  const auto scene = [] { return scenes::crossing(true, 40, 6); };
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  stack::OwnDriver outside;
  std::thread other([&] {
    stack::Link link(ends[1]);
    CHECK(stack::serve(link, outside, {}).has_value());
  });
  {
    auto remote = stack::RemoteStack::on(ends[0], {});
    auto plain = make(scene()), asking = make(decided_by(scene(), *remote));
    same_step_for_step(*plain, *asking, 2000);
    const auto saved = plain->save();
    CHECK(saved == asking->save());  // nothing of it is state
    for (int i = 0; i < 100; ++i) plain->step();
    REQUIRE(plain->restore(saved).has_value());
    same_step_for_step(*plain, *asking, 1000);
    CHECK_FALSE(asking->fault().has_value());
    remote->finish({"PASS", {}});
  }
  other.join();
}

TEST_CASE("what a stack decides otherwise shows: who always brakes stands") {
  const auto scene = [] { return scenes::small_city(3, 60, 8); };
  auto plain = make(scene());
  Watched braking;
  braking.meddle = [](const sim::Observation& o, sim::Act& act) {
    if (o.step > 100) act.driver.acceleration_mps2 = -3;
  };
  auto b = make(decided_by(scene(), braking));
  for (int i = 0; i < 1500; ++i) plain->step(), b->step();
  CHECK(plain->state_hash() != b->state_hash());
  const auto snapshot = b->snapshot();
  for (std::size_t i = 0; i < b->setup().entities.size(); ++i)
    if (b->setup().entities[i].stack == 0) CHECK(snapshot->entities.speed_mps[i] == 0);
}

TEST_CASE("a decision beyond what the driver may do is brought within it and counted; a hold leaves what was") {
  sim::DriverView view;
  view.road.most_mps2 = 1.5;
  view.path.max_steering_rad = 0.6;
  const auto clamped = [&](sim::DriverDecision d) {
    return scenarios::clamp_decision(view, d) ? d : sim::DriverDecision{-99};
  };
  CHECK(clamped({2.0, 0}).acceleration_mps2 == 1.5);
  CHECK(clamped({-9.0, 0}).acceleration_mps2 == -8.0);
  CHECK(clamped({0, -0.7}).steering_rad == -0.6);
  CHECK(clamped({1.5, 0.6}).acceleration_mps2 == -99);  // just within
  using sim::Binding;
  using sim::LaneChange;
  const auto change_of = [&](LaneChange wanted, double change_m = 20) {
    sim::DriverDecision d{0, 0, Binding::kFree, wanted, change_m};
    scenarios::clamp_decision(view, d);
    return d;
  };
  for (const LaneChange wanted : {LaneChange::kStart, LaneChange::kWait, LaneChange::kAskIn, LaneChange::kGiveUp})
    CHECK(change_of(wanted).change == LaneChange::kKeep);  // the route wants none
  CHECK(change_of(LaneChange::kFinish).change == LaneChange::kKeep);
  view.change.wanted = true;
  CHECK(change_of(LaneChange::kStart).change == LaneChange::kKeep);  // no gap
  CHECK(change_of(LaneChange::kWait).change == LaneChange::kWait);
  view.change.gap = true, view.change.room_m = 80;
  CHECK(change_of(LaneChange::kStart).change_m == 20);
  CHECK(change_of(LaneChange::kStart, 500).change_m == 80);
  CHECK(change_of(LaneChange::kStart, 1).change_m == vehicles::kShortestChangeM);
  view.change.progress = 0.8;
  CHECK(change_of(LaneChange::kFinish).change == LaneChange::kFinish);
  view.change.progress = 0.5;
  CHECK(change_of(LaneChange::kFinish).change == LaneChange::kKeep);

  Watched eager;
  eager.meddle = [](const sim::Observation&, sim::Act& act) { act.driver.acceleration_mps2 = 50; };
  auto simulation = make(decided_by(scenes::small_city(3, 0, 2), eager));
  for (int i = 0; i < 20; ++i) simulation->step();
  CHECK(simulation->totals().acts_clamped == 8);  // two vehicles, every five steps
  for (const auto& e : simulation->exchanges())
    CHECK(e.act->driver.acceleration_mps2 == e.observation->driver->road.most_mps2);

  // Holds from step 5 on: the commands of its first thought stay.
  Watched silent;
  std::vector<sim::Command> commands;
  silent.meddle = [](const sim::Observation& o, sim::Act& act) {
    if (o.step >= 5) act.kind = sim::ActKind::kHold;
  };
  auto held = make(decided_by(scenes::small_city(3, 0, 1), silent));
  for (int i = 0; i < 30; ++i) {
    held->step();
    for (const auto& applied : held->commands()) commands.push_back(applied.command);
  }
  REQUIRE(commands.size() == 6);
  for (const sim::Command& command : commands) {
    CHECK(command.acceleration_mps2 == commands[0].acceleration_mps2);
    CHECK(command.steering_rad == commands[0].steering_rad);
  }
}

TEST_CASE("an act that is no driver's decision ends the run, and a driver's decision ends one without a driver view") {
  const auto fault_of = [](SimulationSetup setup) {
    auto simulation = make(std::move(setup));
    for (int i = 0; i < 10 && !simulation->fault(); ++i) simulation->step();
    REQUIRE(simulation->fault().has_value());
    CHECK(simulation->fault()->kind == sim::StackFaultKind::kProtocol);
    return simulation->fault()->what;
  };
  stack::Planner planner(stack::plan);
  CHECK(fault_of(decided_by(scenes::small_city(3, 0, 1), planner)).find("no driver's decision") != std::string::npos);
  Watched broken;
  broken.meddle = [](const sim::Observation&, sim::Act& act) {
    act.driver.steering_rad = std::numeric_limits<double>::quiet_NaN();
  };
  CHECK(fault_of(decided_by(scenes::small_city(3, 0, 1), broken)).find("steering_rad is not finite") !=
        std::string::npos);
  stack::OwnDriver blind;
  auto setup = decided_by(scenes::small_city(3, 0, 1), blind);
  setup.stacks[0].driver_view = false;
  CHECK(fault_of(std::move(setup)).find("--stack-driver-view") != std::string::npos);
}
