// Storyboard of OpenSCENARIO XML 1.3 as the file says it: Init, stories, acts, maneuver groups, maneuvers, events.
// Made by the parsers; read by storyboard.h. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scenarios/openscenario/model_actions.h"
#include "scenarios/openscenario/model_conditions.h"

namespace bitgoeul::scenarios::openscenario {

struct Private {
  Source source;
  std::string entity_ref;
  std::vector<PrivateAction> actions;
};
struct Init {
  std::vector<GlobalAction> globals;
  std::vector<CustomCommandAction> user_defined;
  std::vector<Private> privates;
};

struct Action {
  Source source;
  std::string name;
  std::variant<GlobalAction, CustomCommandAction, PrivateAction> action;
};
enum class Priority : std::uint8_t { kOverride, kParallel, kSkip };  // `overwrite` of 1.0 and 1.1 is kOverride
struct Event {
  Source source;
  std::string name;
  Priority priority = Priority::kOverride;
  std::uint32_t maximum_execution_count = 1;
  std::vector<Action> actions;
  std::optional<Trigger> start_trigger;  // none: with its maneuver
};
struct Maneuver {
  Source source;
  std::string name;
  std::vector<Event> events;
};
struct ManeuverGroup {
  Source source;
  std::string name;
  std::uint32_t maximum_execution_count = 1;
  bool select_triggering_entities = false;
  std::vector<std::string> actors;
  std::vector<Maneuver> maneuvers;  // catalogue references are resolved in place, in the file's order
};
struct Act {
  Source source;
  std::string name;
  std::vector<ManeuverGroup> maneuver_groups;
  std::optional<Trigger> start_trigger, stop_trigger;  // no start trigger: starts with its story
};
struct Story {
  Source source;
  std::string name;
  std::vector<Act> acts;
};
struct Storyboard {
  Init init;
  std::vector<Story> stories;
  std::optional<Trigger> stop_trigger;
};

}  // namespace bitgoeul::scenarios::openscenario
