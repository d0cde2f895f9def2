#include "scenarios/story/storyboard.h"

#include <algorithm>

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;
using Type = osc::StoryboardElementType;
using State = osc::StoryboardElementState;

constexpr std::uint8_t code(State state) { return static_cast<std::uint8_t>(state); }

}  // namespace

// ---- before the run ------------------------------------------------------------------------------------------------

Row Storyboard::add(Type type, const std::string& name, osc::Source source, Row parent) {
  const Row row = static_cast<Row>(elements_.size());
  Element element;
  element.type = type;
  element.name = name;
  element.source = source;
  element.parent = parent;
  element.path = parent == kNone ? name : elements_[parent].path + "::" + name;
  elements_.push_back(std::move(element));
  (parent == kNone ? stories_ : elements_[parent].children).push_back(row);
  return row;
}

void Storyboard::build_event(const osc::Event& event, Row maneuver, bool select, const std::vector<Row>& all,
                             const std::vector<Row>& actors) {
  const Row row = add(Type::kEvent, event.name, event.source, maneuver);
  elements_[row].most_executions = event.maximum_execution_count;
  elements_[row].priority = event.priority;
  elements_[row].select_triggering = select;
  for (const osc::Action& action : event.actions) {
    const Row own = add(Type::kAction, action.name, action.source, row);
    Element& element = elements_[own];
    element.action = &action;
    element.slots = slots_.running.size();
    if (std::holds_alternative<osc::PrivateAction>(action.action)) element.actors = select ? all : actors;
    const std::size_t slots = std::max<std::size_t>(1, element.actors.size());
    sim::resize_table(slots_, element.slots + slots);
    for (std::size_t i = 0; i < element.actors.size(); ++i)
      slots_.chosen[element.slots + i] =
          std::find(actors.begin(), actors.end(), element.actors[i]) != actors.end() ? 1 : 0;
    if (element.actors.empty()) slots_.chosen[element.slots] = 1;
  }
}

void Storyboard::build_group(const osc::ManeuverGroup& group, Row act, const std::vector<Row>& all,
                             const std::vector<Row>& actors) {
  const Row row = add(Type::kManeuverGroup, group.name, group.source, act);
  elements_[row].most_executions = group.maximum_execution_count;
  for (const osc::Maneuver& maneuver : group.maneuvers) {
    const Row own = add(Type::kManeuver, maneuver.name, maneuver.source, row);
    for (const osc::Event& event : maneuver.events)
      build_event(event, own, group.select_triggering_entities, all, actors);
  }
}

void Storyboard::build(const osc::Storyboard& board, const std::vector<Row>& all,
                       const std::function<std::vector<Row>(const osc::ManeuverGroup&)>& actors_of) {
  for (const osc::Story& story : board.stories) {
    const Row row = add(Type::kStory, story.name, story.source, kNone);
    for (const osc::Act& act : story.acts) {
      const Row own = add(Type::kAct, act.name, act.source, row);
      for (const osc::ManeuverGroup& group : act.maneuver_groups) build_group(group, own, all, actors_of(group));
    }
  }
  sim::resize_table(states_, elements_.size());
  changes_.reserve(elements_.size() * 2);
}

void Storyboard::prepare(const osc::Storyboard& board, Triggers& triggers, const Triggers::Context& context) {
  std::size_t at = 0;
  const auto add_trigger = [&](const std::optional<osc::Trigger>& trigger) {
    return trigger ? triggers.add(*trigger, context) : kNone;
  };
  for (const osc::Story& story : board.stories) {
    ++at;
    for (const osc::Act& act : story.acts) {
      elements_[at].start_trigger = add_trigger(act.start_trigger);
      elements_[at++].stop_trigger = add_trigger(act.stop_trigger);
      for (const osc::ManeuverGroup& group : act.maneuver_groups) {
        ++at;
        for (const osc::Maneuver& maneuver : group.maneuvers) {
          ++at;
          for (const osc::Event& event : maneuver.events) {
            elements_[at++].start_trigger = add_trigger(event.start_trigger);
            at += event.actions.size();
          }
        }
      }
    }
  }
  stop_trigger_ = add_trigger(board.stop_trigger);
}

void Storyboard::bind(sim::TableSet& state) {
  state.add("storyboard", states_);
  state.add("storyboard_actions", slots_);
  state.add("storyboard_end", table_);
}

Row Storyboard::find(Type type, const std::string& name) const {
  for (std::size_t row = 0; row < elements_.size(); ++row) {
    const Element& element = elements_[row];
    if (element.type != type) continue;
    if (element.name == name || element.path == name || element.path.ends_with("::" + name))
      return static_cast<Row>(row);
  }
  return kNone;
}

// ---- a step --------------------------------------------------------------------------------------------------------

struct Storyboard::Run {
  Storyboard& b;
  const View& view;
  Triggers& triggers;
  Stage& stage;

  bool is(Row row, State state) const { return b.states_.state[row] == code(state); }
  void happened(Row row, std::uint8_t transition) {
    b.states_.transition[row] |= transition;
    b.states_.at[row] = b.states_.position;
  }
  void become(Row row, State state, std::uint8_t transition) {
    b.states_.state[row] = code(state);
    happened(row, transition);
    b.changes_.push_back({row, transition});
  }
  bool fired(Row trigger) { return triggers.fired(trigger, view, b.by_); }
  bool all_complete(const std::vector<Row>& rows) const {
    return std::all_of(rows.begin(), rows.end(), [this](Row row) { return is(row, State::kComplete); });
  }

  void stop(Row row) {
    const Element& element = b.elements_[row];
    for (const Row child : element.children) stop(child);
    if (element.type == Type::kAction && is(row, State::kRunning)) stop_action(row);
    if (!is(row, State::kComplete)) become(row, State::kComplete, kStopTransition);
  }
  // What lies below an element that begins (again) waits anew.
  void rearm(Row row) {
    for (const Row child : b.elements_[row].children) {
      b.states_.state[child] = code(State::kStandby);
      b.states_.executions[child] = 0;
      for (const Row trigger : {b.elements_[child].start_trigger, b.elements_[child].stop_trigger})
        if (trigger != kNone) triggers.reset(trigger);
      rearm(child);
    }
  }
  void start(Row row) {
    become(row, State::kRunning, kStartTransition);
    ++b.states_.executions[row];
  }
  // The end of one that may run again.
  void finish(Row row) {
    const bool again = b.states_.executions[row] < b.elements_[row].most_executions;
    become(row, again ? State::kStandby : State::kComplete, kEndTransition);
    if (again && b.elements_[row].start_trigger != kNone) triggers.reset(b.elements_[row].start_trigger);
  }

  void start_action(Row row) {
    const Element& element = b.elements_[row];
    become(row, State::kRunning, kStartTransition);
    const std::size_t slots = std::max<std::size_t>(1, element.actors.size());
    for (std::size_t i = 0; i < slots; ++i) {
      const std::size_t at = element.slots + i;
      b.slots_.running[at] = b.slots_.chosen[at];
      if (b.slots_.running[at]) stage.start(element, row, i);
    }
  }
  void stop_action(Row row) {
    const Element& element = b.elements_[row];
    for (std::size_t i = 0; i < std::max<std::size_t>(1, element.actors.size()); ++i) {
      if (b.slots_.running[element.slots + i]) stage.stop(element, row, i);
      b.slots_.running[element.slots + i] = 0;
    }
  }
  void watch_action(Row row) {
    const Element& element = b.elements_[row];
    bool any = false;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, element.actors.size()); ++i) {
      std::uint8_t& running = b.slots_.running[element.slots + i];
      running = running && stage.running(element, row, i) ? 1 : 0;
      any = any || running;
    }
    if (!any) become(row, State::kComplete, kEndTransition);
  }

  // Who acts: those the group names, and where it says so those who triggered.
  void choose_actors(Row event) {
    if (!b.elements_[event].select_triggering) return;
    for (const Row row : b.elements_[event].children) {
      const Element& action = b.elements_[row];
      for (std::size_t i = 0; i < action.actors.size(); ++i)
        if (std::binary_search(b.by_.begin(), b.by_.end(), action.actors[i])) b.slots_.chosen[action.slots + i] = 1;
    }
  }
  void start_event(Row row) {
    const Element& event = b.elements_[row];
    const std::vector<Row>& beside = b.elements_[event.parent].children;
    const auto runs_beside = [&](Row other) { return other != row && is(other, State::kRunning); };
    if (event.priority == osc::Priority::kSkip && std::any_of(beside.begin(), beside.end(), runs_beside)) {
      const bool again = (b.states_.seen_transition[row] & kSkipTransition) != 0;  // told once
      happened(row, kSkipTransition);
      if (!again) b.changes_.push_back({row, kSkipTransition});
      return;
    }
    if (event.priority == osc::Priority::kOverride)
      for (const Row other : beside)
        if (runs_beside(other)) stop(other);
    choose_actors(row);
    start(row);
    for (const Row action : event.children) start_action(action);
  }
  void run_event(Row row) {
    b.states_.position = row;
    const Element& event = b.elements_[row];
    if (is(row, State::kRunning)) {
      for (const Row action : event.children)
        if (is(action, State::kRunning)) watch_action(action);
      if (all_complete(event.children)) finish(row);
      return;
    }
    if (!is(row, State::kStandby)) return;
    if (event.most_executions == 0) return become(row, State::kComplete, kSkipTransition);
    b.by_.clear();
    if (event.start_trigger == kNone || fired(event.start_trigger)) start_event(row);
  }
  void run_maneuver(Row row) {
    b.states_.position = row;
    if (is(row, State::kStandby)) start(row);
    if (!is(row, State::kRunning)) return;
    for (const Row event : b.elements_[row].children) run_event(event);
    if (all_complete(b.elements_[row].children)) become(row, State::kComplete, kEndTransition);
  }
  void run_group(Row row) {
    b.states_.position = row;
    if (is(row, State::kStandby)) {
      rearm(row);
      start(row);
    }
    if (!is(row, State::kRunning)) return;
    for (const Row maneuver : b.elements_[row].children) run_maneuver(maneuver);
    if (all_complete(b.elements_[row].children)) finish(row);
  }
  void run_act(Row row) {
    b.states_.position = row;
    const Element& act = b.elements_[row];
    if (is(row, State::kStandby) && (act.start_trigger == kNone || fired(act.start_trigger))) start(row);
    if (!is(row, State::kRunning)) return;
    if (act.stop_trigger != kNone && fired(act.stop_trigger)) return stop(row);
    for (const Row group : act.children) run_group(group);
    if (all_complete(act.children)) become(row, State::kComplete, kEndTransition);
  }
  void run_story(Row row) {
    b.states_.position = row;
    if (is(row, State::kStandby)) start(row);
    if (!is(row, State::kRunning)) return;
    for (const Row act : b.elements_[row].children) run_act(act);
    if (all_complete(b.elements_[row].children)) become(row, State::kComplete, kEndTransition);
  }
};

void Storyboard::step(const View& view, Triggers& triggers, Stage& stage) {
  changes_.clear();
  std::copy(states_.transition.begin(), states_.transition.end(), states_.seen_transition.begin());
  std::copy(states_.at.begin(), states_.at.end(), states_.seen_at.begin());
  states_.position = kNone;
  std::fill(states_.transition.begin(), states_.transition.end(), std::uint8_t{0});
  if (ended()) return;
  Run run{*this, view, triggers, stage};
  if (stop_trigger_ != kNone && triggers.fired(stop_trigger_, view, by_)) {
    for (const Row story : stories_) run.stop(story);
    table_.ended[0] = 1;
    return;
  }
  for (const Row story : stories_) run.run_story(story);
  // Without a stop trigger it is over when nothing can happen any more.
  if (stop_trigger_ == kNone && !stories_.empty() && run.all_complete(stories_)) table_.ended[0] = 1;
}

}  // namespace bitgoeul::scenarios::story
