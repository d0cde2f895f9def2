// The storyboard on a view filled by hand: triggers with edges and delays, priorities, execution counts, stops
// (OpenSCENARIO 1.3, 7.6 and 8). Actions are stood in for by a stage on which they last as long as the test says.
#include "scenarios/story/storyboard.h"

#include <doctest/doctest.h>

#include <set>

using namespace bitgoeul;
namespace osc = scenarios::openscenario;
namespace story = scenarios::story;
using Type = osc::StoryboardElementType;

namespace {

osc::Trigger at_time(double value_s, osc::ConditionEdge edge = osc::ConditionEdge::kNone, double delay_s = 0) {
  osc::Condition condition;
  condition.edge = edge;
  condition.delay_s = delay_s;
  condition.condition = osc::ByValueCondition{osc::SimulationTimeCondition{value_s, osc::Rule::kGreaterOrEqual}};
  return {{condition}};
}

osc::Trigger when_variable(const std::string& name, const std::string& value, osc::ConditionEdge edge,
                           double delay_s = 0) {
  osc::Trigger trigger = at_time(0, edge, delay_s);
  trigger[0][0].condition = osc::ByValueCondition{osc::VariableCondition{name, value, osc::Rule::kEqualTo}};
  return trigger;
}

osc::Trigger when_element(Type type, const std::string& name, osc::StoryboardElementState state) {
  osc::Trigger trigger = at_time(0);
  trigger[0][0].condition = osc::ByValueCondition{osc::StoryboardElementStateCondition{type, name, state}};
  return trigger;
}

osc::Event event(const std::string& name, std::optional<osc::Trigger> trigger,
                 osc::Priority priority = osc::Priority::kParallel, std::uint32_t times = 1) {
  osc::Event out;
  out.name = name;
  out.priority = priority;
  out.maximum_execution_count = times;
  out.start_trigger = std::move(trigger);
  osc::Action action;
  action.name = name + "_action";
  action.action = osc::PrivateAction{};
  out.actions.push_back(action);
  return out;
}

osc::Storyboard one_maneuver(std::vector<osc::Event> events) {
  osc::Storyboard board;
  osc::Maneuver maneuver;
  maneuver.name = "maneuver";
  maneuver.events = std::move(events);
  osc::ManeuverGroup group;
  group.name = "group";
  group.maneuvers.push_back(std::move(maneuver));
  osc::Act act;
  act.name = "act";
  act.maneuver_groups.push_back(std::move(group));
  osc::Story s;
  s.name = "story";
  s.acts.push_back(std::move(act));
  board.stories.push_back(std::move(s));
  return board;
}

struct Fake : story::Stage {
  std::set<std::string> endless;
  std::vector<std::string> log;
  std::set<std::string> on;
  void start(const story::Element& element, story::Row, std::size_t) override {
    log.push_back("start " + element.name);
    on.insert(element.name);
  }
  bool running(const story::Element& element, story::Row, std::size_t) override {
    return on.count(element.name) > 0 && endless.count(element.name) > 0;
  }
  void stop(const story::Element& element, story::Row, std::size_t) override { log.push_back("stop " + element.name); }
};

// A storyboard with one variable `x`, and steps of 0.1 s.
struct Play {
  osc::Storyboard board;
  story::Values values;
  story::Storyboard storyboard;
  story::Triggers triggers{values, storyboard.states()};
  Fake stage;
  story::View view;
  sim::TableSet state;

  explicit Play(osc::Storyboard b) : board(std::move(b)) {
    view.dt_ns = 100'000'000;
    view.names = {"car"};
    view.entities = 1;
    view.seen.resize(1);
    values.set(values.row(story::ValueKind::kVariable, "x"), "0");
    storyboard.build(board, {0}, [](const osc::ManeuverGroup&) { return std::vector<story::Row>{0}; });
    sim::Issues issues;
    story::Triggers::Context context;
    context.prepare.names = view.names;
    context.find_element = [this](Type type, const std::string& name) { return storyboard.find(type, name); };
    context.expand = [](const std::string& name) { return std::vector<std::string>{name}; };
    context.dt_ns = view.dt_ns;
    context.issues = &issues;
    storyboard.prepare(board, triggers, context);
    for (const sim::Issue& issue : issues) FAIL(sim::to_string(issue));
    storyboard.bind(state);
    triggers.bind(state);
    values.bind(state);
  }
  void step() {
    view.time_s = static_cast<double>(view.step) * 0.1;
    storyboard.step(view, triggers, stage);
    ++view.step;
  }
  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }
  void set(const std::string& text) { values.set(values.find(story::ValueKind::kVariable, "x"), text); }
  osc::StoryboardElementState is(Type type, const std::string& name) {
    return static_cast<osc::StoryboardElementState>(storyboard.states().state[storyboard.find(type, name)]);
  }
  int started(const std::string& name) {
    return static_cast<int>(std::count(stage.log.begin(), stage.log.end(), "start " + name + "_action"));
  }
};

constexpr auto kStandby = osc::StoryboardElementState::kStandby;
constexpr auto kRunning = osc::StoryboardElementState::kRunning;
constexpr auto kComplete = osc::StoryboardElementState::kComplete;

}  // namespace

TEST_CASE("an event begins in the step in which its time comes, and all above it complete with it") {
  Play play(one_maneuver({event("a", at_time(0.5))}));
  play.run(5);  // times 0 to 0.4
  CHECK(play.is(Type::kEvent, "a") == kStandby);
  CHECK(play.is(Type::kManeuver, "maneuver") == kRunning);
  play.step();  // 0.5
  CHECK(play.is(Type::kEvent, "a") == kRunning);
  CHECK(play.started("a") == 1);
  play.step();
  for (const auto& [type, name] :
       {std::pair(Type::kAction, "a_action"), std::pair(Type::kEvent, "a"), std::pair(Type::kManeuver, "maneuver"),
        std::pair(Type::kManeuverGroup, "group"), std::pair(Type::kAct, "act"), std::pair(Type::kStory, "story")})
    CHECK(play.is(type, name) == kComplete);
  CHECK(play.storyboard.ended());  // no stop trigger: over when all is told
}

TEST_CASE("an event without a trigger begins with its maneuver") {
  Play play(one_maneuver({event("a", std::nullopt)}));
  play.step();
  CHECK(play.started("a") == 1);
}

TEST_CASE("a rising edge needs a false before, and a falling one a true") {
  Play rising(one_maneuver({event("a", when_variable("x", "1", osc::ConditionEdge::kRising))}));
  rising.set("1");
  rising.run(3);
  CHECK(rising.started("a") == 0);  // true from the start is no edge
  rising.set("0");
  rising.step();
  rising.set("1");
  rising.step();
  CHECK(rising.started("a") == 1);

  Play falling(one_maneuver({event("a", when_variable("x", "1", osc::ConditionEdge::kFalling))}));
  falling.run(2);
  CHECK(falling.started("a") == 0);
  falling.set("1");
  falling.step();
  falling.set("0");
  falling.step();
  CHECK(falling.started("a") == 1);
}

TEST_CASE("a delayed condition is what it was so long ago") {
  Play play(one_maneuver({event("a", when_variable("x", "1", osc::ConditionEdge::kRising, 0.3))}));
  play.run(2);
  play.set("1");
  play.step();  // the edge
  play.set("0");
  play.run(2);
  CHECK(play.started("a") == 0);
  play.step();  // 0.3 s later
  CHECK(play.started("a") == 1);
}

TEST_CASE("all conditions of a group, any group of a trigger") {
  osc::Trigger both = at_time(0.2);
  both[0].push_back(when_variable("x", "1", osc::ConditionEdge::kNone)[0][0]);
  both.push_back(when_variable("x", "2", osc::ConditionEdge::kNone)[0]);
  Play first(one_maneuver({event("a", both)}));
  first.set("1");
  first.run(2);
  CHECK(first.started("a") == 0);
  first.step();
  CHECK(first.started("a") == 1);
  Play second(one_maneuver({event("a", both)}));
  second.set("2");
  second.step();
  CHECK(second.started("a") == 1);
}

TEST_CASE("a trigger without groups never fires") {
  Play play(one_maneuver({event("a", osc::Trigger{})}));
  play.run(5);
  CHECK(play.started("a") == 0);
}

TEST_CASE("a condition that names no parameter never holds") {
  osc::Trigger trigger = at_time(0);
  trigger[0][0].condition = osc::ByValueCondition{osc::ParameterCondition{"", "", osc::Rule::kEqualTo}};
  Play play(one_maneuver({event("a", trigger)}));
  play.run(5);
  CHECK(play.started("a") == 0);
}

TEST_CASE("priorities: override stops those beside it, skip waits, parallel runs along") {
  for (const auto priority : {osc::Priority::kOverride, osc::Priority::kSkip, osc::Priority::kParallel}) {
    Play play(one_maneuver({event("a", at_time(0)), event("b", at_time(0.3), priority)}));
    play.stage.endless = {"a_action", "b_action"};
    play.run(4);
    CHECK(play.started("b") == (priority == osc::Priority::kSkip ? 0 : 1));
    CHECK(play.is(Type::kEvent, "a") == (priority == osc::Priority::kOverride ? kComplete : kRunning));
    CHECK(std::count(play.stage.log.begin(), play.stage.log.end(), "stop a_action") ==
          (priority == osc::Priority::kOverride ? 1 : 0));
    if (priority != osc::Priority::kSkip) continue;
    CHECK(play.is(Type::kEvent, "b") == kStandby);
    play.stage.endless.clear();
    play.run(2);
    CHECK(play.started("b") == 1);  // as soon as nothing runs
  }
}

TEST_CASE("an event is executed as often as it may be, with an edge for each time") {
  Play play(
      one_maneuver({event("a", when_variable("x", "1", osc::ConditionEdge::kRising), osc::Priority::kParallel, 2)}));
  for (int i = 0; i < 4; ++i) {
    play.set("0");
    play.run(2);
    play.set("1");
    play.run(2);
  }
  CHECK(play.started("a") == 2);
  CHECK(play.is(Type::kEvent, "a") == kComplete);
}

TEST_CASE("a group that may run twice waits for its triggers anew") {
  osc::Storyboard board = one_maneuver({event("a", std::nullopt), event("b", at_time(0.5))});
  board.stories[0].acts[0].maneuver_groups[0].maximum_execution_count = 2;
  Play play(board);
  play.run(20);
  CHECK(play.started("a") == 2);
  CHECK(play.started("b") == 2);
  CHECK(play.is(Type::kAct, "act") == kComplete);
}

TEST_CASE("a part of the storyboard is seen by conditions in the step after") {
  Play play(one_maneuver(
      {event("b", when_element(Type::kEvent, "act::group::maneuver::a", osc::StoryboardElementState::kEndTransition)),
       event("a", at_time(0.2))}));
  play.run(4);  // a begins at 0.2 and ends at 0.3
  CHECK(play.is(Type::kEvent, "a") == kComplete);
  CHECK(play.started("b") == 0);
  play.step();
  CHECK(play.started("b") == 1);
}

TEST_CASE("stop triggers end an act with all that runs in it, and the storyboard") {
  osc::Storyboard board = one_maneuver({event("a", at_time(0)), event("b", at_time(100))});
  board.stories[0].acts[0].stop_trigger = at_time(0.5);
  Play act(board);
  act.stage.endless = {"a_action"};
  act.run(6);
  CHECK(act.is(Type::kAct, "act") == kComplete);
  CHECK(act.is(Type::kEvent, "b") == kComplete);
  CHECK(act.stage.log.back() == "stop a_action");
  board.stories[0].acts[0].stop_trigger.reset();
  board.stop_trigger = at_time(0.5);
  Play all(board);
  all.stage.endless = {"a_action"};
  all.run(5);
  CHECK_FALSE(all.storyboard.ended());
  all.step();
  CHECK(all.storyboard.ended());
  CHECK(all.stage.log.back() == "stop a_action");
  CHECK(all.is(Type::kStory, "story") == kComplete);
}

TEST_CASE("values: numbers as numbers, the rest as text, and rules on them") {
  using osc::Rule;
  CHECK(story::compare("2", Rule::kEqualTo, "2.0"));
  CHECK(story::compare("10", Rule::kGreaterThan, "9"));
  CHECK(story::compare("true", Rule::kEqualTo, "1"));
  CHECK(story::compare("b", Rule::kGreaterThan, "a"));
  CHECK_FALSE(story::compare("red", Rule::kEqualTo, "green"));
  story::Values values;
  const auto row = values.row(story::ValueKind::kVariable, "n");
  values.set(row, "1.5");
  CHECK(values.modify(row, {osc::ModifyOperator::kAdd, 2}));
  CHECK(values.modify(row, {osc::ModifyOperator::kMultiply, 2}));
  CHECK(values.text(row) == "7");
  values.set(row, "seven");
  CHECK_FALSE(values.modify(row, {osc::ModifyOperator::kAdd, 1}));
  CHECK(values.text(row) == "seven");
}

TEST_CASE("days are counted as the calendar does") {
  CHECK(story::day_of({1970, 1, 1, 0, 0, 0, true}) == 0);
  CHECK(story::day_of({2000, 3, 1, 0, 0, 0, true}) == 11017);  // `date -d 2000-03-01 +%s` / 86400
  CHECK(story::day_of({2026, 11, 26, 0, 0, 0, true}) == 20783);
}
