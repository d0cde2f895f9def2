// Signals of the map under a story: what a text means, actions and controllers that set the map's signals, conditions
// that read them, against the clock of the map's own programs; and what a file asks for that has no effect.
#include "scenarios/story/signals.h"

#include <doctest/doctest.h>

#include "scenarios/story/story.h"
#include "tests/scenarios/story/story_file.h"
#include "tests/scenes/scenes.h"
#include "vehicles/signal_programs.h"

using namespace bitgoeul;
using namespace tests;
using scenarios::story::shows;
using scenarios::story::signal_state_of;
using sim::SignalState;

namespace {

std::shared_ptr<const maps::Map> crossing_map() { return scenes::crossing(true, 0, 0).map; }

// The first signal of the crossing that rules a movement.
const maps::Signal& some_signal(const maps::Map& map) {
  for (const maps::Signal& signal : map.signals)
    if (signal.group != sim::kNone) return signal;
  FAIL("the crossing has no signals");
  return map.signals[0];
}

std::string infrastructure(const std::string& action) {
  return "<GlobalAction><InfrastructureAction><TrafficSignalAction>" + action +
         "</TrafficSignalAction></InfrastructureAction></GlobalAction>";
}

std::string set_signal(const std::string& id, const std::string& state) {
  return infrastructure("<TrafficSignalStateAction name=\"" + id + "\" state=\"" + state + "\"/>");
}

std::string when(const std::string& condition) {
  return "<ConditionGroup><Condition name=\"c\" delay=\"0\" conditionEdge=\"none\"><ByValueCondition>" + condition +
         "</ByValueCondition></Condition></ConditionGroup>";
}

std::string with_network(std::string text, const std::string& network) {
  const std::string from = "<RoadNetwork/>";
  return text.replace(text.find(from), from.size(), "<RoadNetwork>" + network + "</RoadNetwork>");
}

std::string plain(const std::string& events, double stop_s, const std::string& init = {}) {
  return file("", init, "", events, after(stop_s));
}

SignalState state_of(const maps::Map& map, sim::Row group, double time_s) {
  const sim::Row program = map.junctions[map.signal_groups[group].junction].program;
  return vehicles::group_at(map, program, group, 8 * 3600'000 + std::llround(time_s * 1000)).state;
}

}  // namespace

TEST_CASE("what a signal's state means, by words and by lamps") {
  CHECK(signal_state_of("red") == SignalState::kRed);
  CHECK(signal_state_of("GREEN") == SignalState::kGreen);
  CHECK(signal_state_of("amber") == SignalState::kYellow);
  CHECK(signal_state_of("on;off;off") == SignalState::kRed);
  CHECK(signal_state_of("on;on;off") == SignalState::kRed);
  CHECK(signal_state_of("off;on;off") == SignalState::kYellow);
  CHECK(signal_state_of("off;off;on") == SignalState::kGreen);
  CHECK(signal_state_of("off;flashing;off") == SignalState::kFlashingYellow);
  CHECK(signal_state_of("off;on") == SignalState::kGreen);
  CHECK(signal_state_of("off;off;off") == SignalState::kOff);
  CHECK_FALSE(signal_state_of("on").has_value());
  CHECK_FALSE(signal_state_of("off;off;off;on").has_value());
  CHECK_FALSE(signal_state_of("mauve").has_value());
  CHECK(shows("red", "on;off;off"));
  CHECK_FALSE(shows("green", "on;off;off"));
  CHECK(shows("mauve", "mauve"));
}

TEST_CASE("a signal of the map follows a story and the others their program") {
  const auto map = crossing_map();
  const maps::Signal& signal = some_signal(*map);
  const std::string id(map->text_of(signal.id));
  auto simulation = play(plain(event("hold", set_signal(id, "off;off;on"), after(1)), 300), map);
  while (simulation->time_s() < 200) {
    simulation->step();
    const auto& shown = simulation->snapshot()->signals;
    const double at_s = simulation->time_s() - 0.01;
    for (sim::Row group = 0; group < static_cast<sim::Row>(shown.state.size()); ++group) {
      const bool held = group == signal.group && at_s > 0.995;
      const SignalState want = held ? SignalState::kGreen : state_of(*map, group, at_s);
      if (shown.state[group] != want) FAIL("group " << group << " at " << at_s << " s");
    }
  }
}

TEST_CASE("Init sets a signal of the map before the first step, and a run goes on from a saved step") {
  const auto map = crossing_map();
  const maps::Signal& signal = some_signal(*map);
  const std::string text = plain("", 60, set_signal(std::string(map->text_of(signal.id)), "flashing_yellow"));
  auto simulation = play(text, map);
  CHECK(simulation->snapshot()->signals.state[signal.group] == SignalState::kFlashingYellow);
  for (int i = 0; i < 500; ++i) simulation->step();
  CHECK(simulation->snapshot()->signals.state[signal.group] == SignalState::kFlashingYellow);
  const auto saved = simulation->save();
  for (int i = 0; i < 500; ++i) simulation->step();
  auto again = play(text, map, 3);
  REQUIRE(again->restore(saved));
  for (int i = 0; i < 500; ++i) again->step();
  CHECK(again->state_hash() == simulation->state_hash());
}

TEST_CASE("a controller of the file drives signals of the map by its phases") {
  const auto map = crossing_map();
  const maps::Signal& signal = some_signal(*map);
  const auto phase = [&](const std::string& name, double seconds, const std::string& state) {
    return "<Phase name=\"" + name + "\" duration=\"" + std::to_string(seconds) +
           "\"><TrafficSignalState trafficSignalId=\"" + std::string(map->text_of(signal.id)) + "\" state=\"" + state +
           "\"/></Phase>";
  };
  const std::string controller = "<TrafficSignals><TrafficSignalController name=\"own\">" + phase("a", 2, "red") +
                                 phase("b", 3, "green") + "</TrafficSignalController></TrafficSignals>";
  auto simulation = play(with_network(plain("", 60), controller), map);
  for (int i = 0; i < 1200; ++i) {
    simulation->step();
    const SignalState want = i % 500 < 200 ? SignalState::kRed : SignalState::kGreen;
    if (simulation->snapshot()->signals.state[signal.group] != want) FAIL("step " << i);
  }
}

TEST_CASE("a condition sees what the map's own program shows") {
  const auto map = crossing_map();
  const maps::Signal& signal = some_signal(*map);
  double green_s = 0;
  while (state_of(*map, signal.group, green_s) == SignalState::kGreen) green_s += 0.01;
  while (state_of(*map, signal.group, green_s) != SignalState::kGreen) green_s += 0.01;
  const std::string id(map->text_of(signal.id));
  // On rising edge, so that a signal that begins green is waited for once more.
  std::string stop = when("<TrafficSignalCondition name=\"" + id + "\" state=\"off;off;on\"/>");
  stop.replace(stop.find("none"), 4, "rising");
  auto simulation = play(file("", "", "", "", stop), map);
  while (!simulation->story()->ended() && simulation->time_s() < 300) simulation->step();
  CHECK(simulation->time_s() - 0.01 == doctest::Approx(green_s).epsilon(1e-6));
}

TEST_CASE("states that a signal of the map cannot show are refused, signals that the map does not know are told") {
  const auto map = crossing_map();
  const std::string id(map->text_of(some_signal(*map).id));
  const auto of = [&](const std::string& signal, const std::string& state, sim::Severity severity) {
    return told(plain(event("e", set_signal(signal, state), after(1)), 5), map, severity);
  };
  CHECK(of(id, "mauve", sim::Severity::kError).find("mauve") != std::string::npos);
  CHECK(of(id, "red", sim::Severity::kError).empty());
  CHECK(of("nobody", "red", sim::Severity::kError).find("nobody") != std::string::npos);
}

TEST_CASE("a user-defined value is given from outside, and missed before the run when it is not") {
  const std::string text =
      file("", "", "", "", when("<UserDefinedValueCondition name=\"plan\" value=\"3\" rule=\"greaterThan\"/>"));
  CHECK(told(text, crossing_map(), sim::Severity::kWarning).find("plan") != std::string::npos);
  CHECK(told(text, crossing_map(), sim::Severity::kWarning, {{"plan", "4"}}).empty());
  CHECK(told(text, crossing_map(), sim::Severity::kError, {{"plam", "4"}}).find("plam") != std::string::npos);
  sim::Issues issues;
  for (const auto& [value, ends] : {std::pair{"4", true}, std::pair{"2", false}}) {
    const auto scenario = scenarios::openscenario::parse_text(text, "t.xosc", {{"plan", value}}, issues);
    REQUIRE(scenario);
    auto made = scenarios::Simulation::make(scenarios::make_setup(*scenario, crossing_map(), {}, issues));
    REQUIRE(made);
    for (int i = 0; i < 5; ++i) (*made)->step();
    CHECK((*made)->story()->ended() == ends);
  }
}

TEST_CASE("what has no effect is told before the run, once, with its place") {
  const std::string weather =
      "<GlobalAction><EnvironmentAction><Environment name=\"fog\"><Weather cloudState=\"overcast\"><Fog "
      "visualRange=\"40\"/></Weather></Environment></EnvironmentAction></GlobalAction>";
  const std::string command =
      "<UserDefinedAction><CustomCommandAction type=\"shell\">rm</CustomCommandAction></UserDefinedAction>";
  const std::string all =
      told(plain(event("a", weather, after(1)) + event("b", command, after(2)) + event("c", command, after(3)), 5),
           crossing_map(), sim::Severity::kWarning);
  CHECK(all.find("without effect: clouds") != std::string::npos);
  CHECK(all.find("<Fog>: is drawn by the viewer") != std::string::npos);
  CHECK(all.find("story.xosc:1") != std::string::npos);
  CHECK(all.find("[unsupported]") != std::string::npos);
  CHECK(all.find("\"shell\"") == all.rfind("\"shell\""));
}
