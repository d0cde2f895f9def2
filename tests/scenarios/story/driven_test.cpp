// What a story tells entities that a driver moves: speeds, lanes, places, and who has them, through whole simulations
// on the street of story_map.h.
#include "scenarios/story/driven.h"

#include <doctest/doctest.h>

#include <cmath>

#include "scenarios/scenario_setup.h"
#include "scenarios/stack/own_driver.h"
#include "scenarios/story/story.h"
#include "tests/scenarios/story/story_file.h"
#include "tests/scenarios/story/story_map.h"
#include "tests/scenes/make.h"

using namespace bitgoeul;
using namespace tests;

namespace {

const std::string kDriver =
    "<Controller name=\"d\"><Properties><Property name=\"bitgoeul:driver\" value=\"builtin:driver\"/></Properties>"
    "</Controller>";

std::string driven(const std::string& name) {
  return object(name, kCar + "<ObjectController>" + kDriver + "</ObjectController>");
}

std::string speed(const std::string& shape, double seconds, const std::string& target) {
  return "<PrivateAction><LongitudinalAction><SpeedAction><SpeedActionDynamics dynamicsShape=\"" + shape +
         "\" dynamicsDimension=\"time\" value=\"" + std::to_string(seconds) + "\"/><SpeedActionTarget>" + target +
         "</SpeedActionTarget></SpeedAction></LongitudinalAction></PrivateAction>";
}
std::string to_speed(const std::string& shape, double seconds, double mps) {
  return speed(shape, seconds, "<AbsoluteTargetSpeed value=\"" + std::to_string(mps) + "\"/>");
}
std::string change_lane(int lane, double seconds) {
  return "<PrivateAction><LateralAction><LaneChangeAction><LaneChangeActionDynamics dynamicsShape=\"cubic\" "
         "dynamicsDimension=\"time\" value=\"" +
         std::to_string(seconds) + "\"/><LaneChangeTarget><AbsoluteTargetLane value=\"" + std::to_string(lane) +
         "\"/></LaneChangeTarget></LaneChangeAction></LateralAction></PrivateAction>";
}
std::string activate(bool on) {
  const std::string word = on ? "true" : "false";
  return "<PrivateAction><ControllerAction><ActivateControllerAction lateral=\"" + word + "\" longitudinal=\"" + word +
         "\"/></ControllerAction></PrivateAction>";
}
std::string acquire(const std::string& road, int lane, double s) {
  return "<PrivateAction><RoutingAction><AcquirePositionAction><Position><LanePosition roadId=\"" + road +
         "\" laneId=\"" + std::to_string(lane) + "\" s=\"" + std::to_string(s) +
         "\"/></Position></AcquirePositionAction></RoutingAction></PrivateAction>";
}

// When the element begins (1) or ends (2), s; -1: never before `until`.
double when(scenarios::Simulation& simulation, const std::string& path, int transition, double until) {
  while (simulation.time_s() < until) {
    simulation.step();
    const auto& board = simulation.story()->storyboard();
    for (const auto& change : board.changes())
      if (change.transition == transition && board.elements()[change.element].path == path)
        return simulation.time_s() - 0.01;
    CHECK(simulation.story()->failures().empty());
  }
  return -1;
}
const std::string kAction = "s::a::g::m::e::e_action";

std::unique_ptr<scenarios::Simulation> drive(const std::string& action, int threads = 1) {
  return play(file(driven("car"), put("car", -1, 20, 10), actor("car"), event("e", action, after(1)), after(60)),
              story_map(), threads);
}

}  // namespace

TEST_CASE("driven: a driver takes the speed that a story asks for, in the time it asks for, and keeps it") {
  auto simulation = drive(to_speed("linear", 4, 18));
  const double ended = when(*simulation, kAction, 2, 20);
  CHECK(ended == doctest::Approx(5.0).epsilon(0.1));  // 1 s + 4 s
  CHECK(simulation->snapshot()->entities.speed_mps[0] == doctest::Approx(18).epsilon(0.01));
  while (simulation->time_s() < 9) simulation->step();
  CHECK(simulation->snapshot()->entities.speed_mps[0] == doctest::Approx(18).epsilon(0.01));
}

TEST_CASE("driven: to a stop at a step, as hard as its brakes allow") {
  auto simulation = drive(to_speed("step", 0, 0));
  const double ended = when(*simulation, kAction, 2, 20);
  CHECK(ended > 2.2);  // 10 m/s at 8 m/s2 at most
  CHECK(ended < 4);
  CHECK(simulation->snapshot()->entities.speed_mps[0] < 0.1);
}

TEST_CASE("driven: a driver stops for who is in its way, whatever speed the story asks for") {
  auto simulation = play(file(driven("car") + object("wall", kCar), put("car", -1, 20, 10) + put("wall", -1, 150, 0),
                              actor("car"), event("e", to_speed("linear", 2, 15), after(1)), after(60)),
                         story_map());
  while (simulation->time_s() < 30) simulation->step();
  CHECK(simulation->totals().collisions == 0);
  CHECK(simulation->snapshot()->entities.speed_mps[0] < 0.1);
  CHECK(simulation->snapshot()->entities.x[0] > 100);
}

TEST_CASE("driven: a driver changes to the lane that a story names, when there is a gap, and the action ends there") {
  auto simulation = drive(change_lane(-2, 4));
  const double ended = when(*simulation, kAction, 2, 20);
  CHECK(ended > 3);
  CHECK(ended < 7);
  CHECK(simulation->snapshot()->entities.y[0] == doctest::Approx(-5.25).epsilon(0.06));
  // Beside somebody it waits.
  auto busy = play(file(driven("car") + object("other", kCar), put("car", -1, 20, 10) + put("other", -2, 20, 10),
                        actor("car"), event("e", change_lane(-2, 4), after(1)), after(60)),
                   story_map());
  while (busy->time_s() < 8) busy->step();
  CHECK(busy->totals().collisions == 0);
}

TEST_CASE("driven: a driver goes to the place that a story names") {
  auto simulation = drive(acquire("2", -2, 100));
  const double ended = when(*simulation, kAction, 2, 60);
  REQUIRE(ended > 0);
  // 100 m along an arc of 100 m radius about (300, 100), 5.25 m outside of it.
  const auto now = simulation->snapshot();
  CHECK(std::hypot(now->entities.x[0] - (300 + 105.25 * std::sin(1.0)),
                   now->entities.y[0] - (100 - 105.25 * std::cos(1.0))) < 3.0);
}

TEST_CASE("driven: the story takes an entity from its driver and gives it back") {
  const std::string events = event("off", activate(false), after(1)) +
                             event("stop", to_speed("linear", 2, 20), after(2)) +
                             event("on", activate(true), after(5)) + event("off2", activate(false), after(9));
  const auto text = file(driven("car"), put("car", -1, 20, 10), actor("car"), events, after(60));
  auto simulation = play(text, story_map());
  const auto speed_at = [&](double t) {
    while (simulation->time_s() < t - 0.005) simulation->step();
    return simulation->snapshot()->entities.speed_mps[0];
  };
  const double before = speed_at(1.0);
  CHECK(speed_at(2.0) == doctest::Approx(before).epsilon(1e-9));  // the default controller keeps speed
  CHECK(speed_at(3.0) == doctest::Approx(before + 0.5 * (20 - before)).epsilon(1e-6));
  CHECK(speed_at(4.5) == doctest::Approx(20).epsilon(1e-9));
  const double limit = 50 / 3.6;
  CHECK(speed_at(8.9) < limit * 1.05);  // its driver again, which minds the limit
  const double last = speed_at(9.1);
  CHECK(speed_at(11) == doctest::Approx(last).epsilon(1e-6));

  auto again = play(text, story_map(), 3);
  for (int i = 0; i < 950; ++i) {
    if (i == 620) {
      const auto saved = again->save();
      again = play(text, story_map(), 2);
      REQUIRE(again->restore(saved));
    }
    again->step();
  }
  auto once = play(text, story_map());
  for (int i = 0; i < 950; ++i) once->step();
  CHECK(once->state_hash() == again->state_hash());
  CHECK(once->state_hash_in_full() == once->state_hash());
}

TEST_CASE("driven: an actor is handed to a driver by an AssignControllerAction") {
  const std::string assign =
      "<PrivateAction><ControllerAction><AssignControllerAction activateLateral=\"true\" "
      "activateLongitudinal=\"true\">" +
      kDriver + "</AssignControllerAction></ControllerAction></PrivateAction>";
  auto simulation =
      play(file(object("car", kCar) + object("wall", kCar), put("car", -1, 20, 10) + put("wall", -1, 150, 0),
                actor("car"), event("e", assign, after(1)), after(60)),
           story_map());
  while (simulation->time_s() < 30) simulation->step();
  CHECK(simulation->totals().collisions == 0);  // an actor would have run into it
  CHECK(simulation->snapshot()->entities.speed_mps[0] < 0.1);
}

TEST_CASE("driven: wishes are saved and restored, with the same bits") {
  const std::string events = event("fast", to_speed("linear", 4, 16), after(1)) +
                             event("go", acquire("2", -2, 100), after(1.5)) +
                             event("change", change_lane(-2, 3), after(2));
  const auto text = file(driven("car"), put("car", -1, 20, 10), actor("car"), events, after(60));
  for (const int at : {170, 320, 700}) {
    auto once = play(text, story_map()), again = play(text, story_map(), 3);
    for (int i = 0; i < at; ++i) once->step(), again->step();
    const auto saved = again->save();
    again = play(text, story_map(), 2);
    REQUIRE(again->restore(saved));
    for (int i = at; i < 1500; ++i) once->step(), again->step();
    CHECK(once->state_hash() == again->state_hash());
  }
}

TEST_CASE("driven: a driver that asks a stack hears what the story wishes, and is taken and given back, bit for bit") {
  const std::string events = event("fast", to_speed("linear", 4, 16), after(1)) +
                             event("change", change_lane(-2, 3), after(2)) + event("off", activate(false), after(8)) +
                             event("on", activate(true), after(11));
  const auto text = file(driven("car"), put("car", -1, 20, 10), actor("car"), events, after(60));
  const auto make = [&](sim::Stack* stack) {
    sim::Issues issues;
    const auto scenario = scenarios::openscenario::parse_text(text, "story.xosc", {}, issues);
    REQUIRE(scenario);
    auto setup = scenarios::make_setup(*scenario, story_map(), {1, 10'000'000, 1}, issues);
    REQUIRE_FALSE(sim::has_errors(issues));
    if (stack != nullptr) {
      setup.entities[0].stack = 0;
      setup.stacks.push_back({"test", stack});
      setup.stacks[0].driver_view = true;
    }
    return scenes::make(std::move(setup));
  };
  struct Counting : scenarios::stack::OwnDriver {
    int wished = 0, changed = 0;
    std::int64_t last = 0;
    bool ask(std::span<const sim::Observation> seen) override {
      wished += seen[0].driver->road.wished_mps >= 0;
      changed += seen[0].driver->change.wished;
      CHECK((seen[0].step < 805 || seen[0].step > 1095));  // the story has it
      last = seen[0].step;
      return OwnDriver::ask(seen);
    }
  } stack;
  auto alone = make(nullptr), asked = make(&stack);
  for (int i = 0; i < 1500; ++i) {
    alone->step(), asked->step();
    REQUIRE_MESSAGE(alone->state_hash() == asked->state_hash(), "step " << i);
  }
  CHECK(stack.wished > 10);
  CHECK(stack.changed > 0);
  CHECK(stack.last >= 1490);
}

TEST_CASE("driven: a stack's vehicle goes over to the story and comes back to the stack") {
  const auto text = file(driven("car"), put("car", -1, 20, 10), actor("car"),
                         event("off", activate(false), after(2)) + event("on", activate(true), after(5)), after(60));
  struct Pushing : sim::Stack {
    std::int64_t asked_without = 0, last = 0;
    bool start(const sim::StackInit&) override { return true; }
    bool ask(std::span<const sim::Observation> seen) override {
      asked_without += seen[0].step > 200 && seen[0].step < 500;
      last = seen[0].step;
      return true;
    }
    bool answer(std::span<sim::Act> acts) override {
      for (sim::Act& act : acts) act.kind = sim::ActKind::kControl, act.acceleration_mps2 = 0.5;
      return true;
    }
  };
  const auto make = [&](sim::Stack& stack, int threads) {
    sim::Issues issues;
    const auto scenario = scenarios::openscenario::parse_text(text, "story.xosc", {}, issues);
    REQUIRE(scenario);
    auto setup = scenarios::make_setup(*scenario, story_map(), {1, 10'000'000, threads}, issues);
    REQUIRE_FALSE(sim::has_errors(issues));
    setup.entities[0].stack = 0;
    setup.stacks.push_back({"test", &stack});
    return scenes::make(std::move(setup));
  };
  Pushing one, two;
  auto once = make(one, 1), again = make(two, 3);
  double x = 20, before = 10, held = 0, after_s = 0;
  for (int i = 1; i <= 800; ++i) {
    once->step(), again->step();
    if (i == 350) {
      const auto saved = again->save();
      again = make(two, 2);
      REQUIRE(again->restore(saved));
    }
    const auto snapshot = once->snapshot();
    const double now = snapshot->entities.x[0], speed = snapshot->entities.speed_mps[0];
    CHECK(std::abs(now - x - speed * 0.01) < 0.01);  // it jumps nowhere
    CHECK(std::abs(speed - before) < 0.05);
    x = now, before = speed;
    if (i == 210) held = speed;
    if (i > 210 && i < 495) CHECK(speed == held);  // the default controller keeps it
    if (i == 510) after_s = speed;
  }
  CHECK(held == doctest::Approx(11).epsilon(0.02));  // 10 m/s and 2 s of the stack's push
  CHECK(before == doctest::Approx(after_s + 0.5 * 2.9).epsilon(0.02));
  CHECK(one.asked_without <= 1);
  CHECK(one.last >= 790);
  CHECK(once->state_hash() == again->state_hash());
}

TEST_CASE("driven: who is hidden from traffic is not braked for, who is hidden from sensors is not told to a stack") {
  const auto hide = [](bool sensors, bool traffic) {
    const auto word = [](bool on) { return std::string(on ? "true" : "false"); };
    return "<Private entityRef=\"wall\"><PrivateAction><VisibilityAction graphics=\"true\" sensors=\"" + word(sensors) +
           "\" traffic=\"" + word(traffic) + "\"/></PrivateAction></Private>";
  };
  const auto text = [&](bool sensors, bool traffic) {
    return file(driven("car") + object("wall", kCar),
                put("car", -1, 20, 10) + put("wall", -1, 60, 0) + hide(sensors, traffic), actor("car"),
                event("e", to_speed("linear", 2, 12), after(1)), after(60));
  };
  for (const bool traffic : {true, false}) {
    auto simulation = play(text(true, traffic), story_map());
    while (simulation->time_s() < 10) simulation->step();
    CHECK(simulation->totals().collisions == (traffic ? 0 : 1));
    CHECK(simulation->snapshot()->entities.alive[1] == 1);  // it is there, whoever sees it
  }
  struct Looking : sim::Stack {
    std::size_t most = 0;
    bool start(const sim::StackInit&) override { return true; }
    bool ask(std::span<const sim::Observation> seen) override {
      most = std::max(most, seen[0].objects.size());
      return true;
    }
    bool answer(std::span<sim::Act> acts) override {
      for (sim::Act& act : acts) act.kind = sim::ActKind::kControl, act.acceleration_mps2 = -3;
      return true;
    }
  };
  for (const bool sensors : {true, false}) {
    Looking stack;
    sim::Issues issues;
    const auto scenario = scenarios::openscenario::parse_text(
        file(driven("car") + object("wall", kCar),
             put("car", -1, 20, 10) + put("wall", -1, 60, 0) + hide(sensors, true), "", "", after(60)),
        "story.xosc", {}, issues);
    REQUIRE(scenario);
    auto setup = scenarios::make_setup(*scenario, story_map(), {1, 10'000'000, 1}, issues);
    REQUIRE_FALSE(sim::has_errors(issues));
    setup.entities[0].stack = 0;
    setup.stacks.push_back({"test", &stack});
    auto simulation = scenes::make(std::move(setup));
    for (int i = 0; i < 100; ++i) simulation->step();
    CHECK(stack.most == (sensors ? 1 : 0));
  }
}

TEST_CASE("driven: what no driver does is said before the run") {
  const std::string offset =
      "<PrivateAction><LateralAction><LaneOffsetAction continuous=\"false\"><LaneOffsetActionDynamics "
      "dynamicsShape=\"step\"/><LaneOffsetTarget><AbsoluteTargetLaneOffset value=\"1\"/></LaneOffsetTarget>"
      "</LaneOffsetAction></LateralAction></PrivateAction>";
  const auto text = [&](const std::string& events) {
    return file(driven("car"), put("car", -1, 20, 10), actor("car"), events, after(60));
  };
  CHECK(told(text(event("e", offset, after(1))), story_map(), sim::Severity::kError).find("offset") !=
        std::string::npos);
  // Once the story may have it, nothing is wrong with it.
  CHECK(told(text(event("e", activate(false), after(1)) + event("f", offset, after(2))), story_map(),
             sim::Severity::kError)
            .empty());
}
