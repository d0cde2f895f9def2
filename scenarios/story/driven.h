// Driven: entities that a driver moves. What a story tells one is a wish: a speed to drive at, lanes to change, a place
// to go to; the driver stops for what is ahead all the same. And who has an entity: its driver or the story, as
// ActivateController- and AssignControllerActions say. One of the groups of actions of Motion (frame kDriven).
// m, s, m/s. Thread rule: as Motion.
#pragma once

#include <string>
#include <vector>

#include "scenarios/story/motion.h"

namespace bitgoeul::scenarios::story {

struct Driven {
  // Why no driver can be told that; empty: it can.
  static std::string defect(const openscenario::PrivateAction& action);
  // Of Init; the others there tell the driver itself how to begin (scenario_setup.h).
  static bool story_does_in_init(const openscenario::PrivateAction& action);
  // Which of the entity's controllers such an action puts in charge; nothing: the action leaves that as it is.
  struct Charge {
    std::optional<bool> assigned;  // it has a driver now, or has none
    std::optional<bool> active;    // who it has drives, or not
  };
  static Charge charge_of(const openscenario::PrivateAction& action, const openscenario::ScenarioObject& object);

  static void forget(Motion& m, Row row);  // every wish
  static void forget_change(Motion& m, Row row);
  // As it stands in the world at the beginning of a step.
  static void see(Motion& m, Row row, const Seen& seen);
  static sim::Result<void> start(Motion& m, Row action, Row row, const View& view);
  static void advance(Motion& m, const View& view, Row row);
  // The story has it from now on, where it is and as fast as it is; a driver has it.
  static void to_story(Motion& m, Row row, const Seen& seen);
  static sim::Result<void> to_driver(Motion& m, Row row);
};

}  // namespace bitgoeul::scenarios::story
