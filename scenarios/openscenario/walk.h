// Walk: every action and every condition of a scenario, in the order of the file. For those who look for something in
// all of it, wherever it stands: notes before the run, user-defined values. Thread rule: pure.
#pragma once

#include "scenarios/openscenario/model.h"

namespace bitgoeul::scenarios::openscenario {

// f(const T&) for T = GlobalAction, CustomCommandAction, PrivateAction: those of Init, then those of the stories.
template <class F>
void each_action(const Scenario& scenario, F&& f) {
  const Init& init = scenario.storyboard.init;
  for (const GlobalAction& action : init.globals) f(action);
  for (const CustomCommandAction& action : init.user_defined) f(action);
  for (const Private& of : init.privates)
    for (const PrivateAction& action : of.actions) f(action);
  for (const Story& story : scenario.storyboard.stories)
    for (const Act& act : story.acts)
      for (const ManeuverGroup& group : act.maneuver_groups)
        for (const Maneuver& maneuver : group.maneuvers)
          for (const Event& event : maneuver.events)
            for (const Action& action : event.actions) std::visit(f, action.action);
}

// f(const Condition&): stop trigger of the storyboard first, then act by act.
template <class F>
void each_condition(const Scenario& scenario, F&& f) {
  const auto trigger = [&](const std::optional<Trigger>& t) {
    if (!t) return;
    for (const ConditionGroup& group : *t)
      for (const Condition& condition : group) f(condition);
  };
  trigger(scenario.storyboard.stop_trigger);
  for (const Story& story : scenario.storyboard.stories)
    for (const Act& act : story.acts) {
      trigger(act.start_trigger);
      trigger(act.stop_trigger);
      for (const ManeuverGroup& group : act.maneuver_groups)
        for (const Maneuver& maneuver : group.maneuvers)
          for (const Event& event : maneuver.events) trigger(event.start_trigger);
    }
}

}  // namespace bitgoeul::scenarios::openscenario
