// Storyboard (OpenSCENARIO XML 1.3, classes Storyboard, Init, Story, Act, ManeuverGroup, Maneuver, Event, Action).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/openscenario/reader.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

Private parse_private(Reader& reader, const XmlElement& element) {
  Private actions;
  actions.source = reader.source(element);
  actions.entity_ref = reader.entity_ref(element);
  for (const XmlElement& action : element.children("PrivateAction"))
    actions.actions.push_back(parse_private_action(reader, action));
  return actions;
}

Init parse_init(Reader& reader, const XmlElement& element) {
  Init init;
  const XmlElement actions = element.child("Actions");
  for (const XmlElement& action : actions.children("GlobalAction"))
    init.globals.push_back(parse_global_action(reader, action));
  for (const XmlElement& action : actions.children("UserDefinedAction"))
    init.user_defined.push_back(parse_user_defined(reader, action));
  for (const XmlElement& action : actions.children("Private")) init.privates.push_back(parse_private(reader, action));
  return init;
}

// Names are unique among what stands beside each other; references by name would take the first.
void check_names(const Reader& reader, const XmlElement& parent, std::string_view kind) {
  std::set<std::string> names;
  for (const XmlElement& element : parent.children(kind))
    if (const std::string name = reader.text(element, "name"); !name.empty() && !names.insert(name).second)
      element.warning(fmt::format("there is more than one <{}> called {} here", kind, name),
                      "asam.net:xosc:1.2.0:reference_control.unique_element_names_on_same_level", "rename one of them");
}

bool acts(const Event& event, bool whoever_triggers) {
  if (whoever_triggers && event.start_trigger) return false;  // who triggers it acts
  return std::any_of(event.actions.begin(), event.actions.end(),
                     [](const Action& action) { return std::holds_alternative<PrivateAction>(action.action); });
}

Action parse_action(Reader& reader, const XmlElement& element) {
  Action action;
  action.source = reader.source(element);
  action.name = reader.text(element, "name");
  if (const XmlElement global = element.child("GlobalAction")) action.action = parse_global_action(reader, global);
  if (const XmlElement user = element.child("UserDefinedAction")) action.action = parse_user_defined(reader, user);
  if (const XmlElement own = element.child("PrivateAction")) action.action = parse_private_action(reader, own);
  return action;
}

std::optional<Trigger> parse_own_trigger(Reader& reader, const XmlElement& holder, std::string_view name) {
  const XmlElement trigger = holder.child(name);
  return trigger ? std::optional(parse_trigger(reader, trigger)) : std::nullopt;
}

// One without groups could never fire, and what it starts would stand there for nothing: it is read as none.
std::optional<Trigger> parse_start_trigger(Reader& reader, const XmlElement& holder) {
  auto trigger = parse_own_trigger(reader, holder, "StartTrigger");
  if (trigger && trigger->empty()) return std::nullopt;
  return trigger;
}

Event parse_event(Reader& reader, const XmlElement& element) {
  Event event;
  event.source = reader.source(element);
  event.name = reader.text(element, "name");
  event.priority = reader.word<Priority>(element, "priority",
                                         {{"overwrite", Priority::kOverride},
                                          {"override", Priority::kOverride},
                                          {"parallel", Priority::kParallel},
                                          {"skip", Priority::kSkip}},
                                         Priority::kOverride);
  event.maximum_execution_count = reader.count(element, "maximumExecutionCount", 1);
  check_names(reader, element, "Action");
  for (const XmlElement& action : element.children("Action")) event.actions.push_back(parse_action(reader, action));
  event.start_trigger = parse_start_trigger(reader, element);
  return event;
}

Maneuver parse_maneuver(Reader& reader, const XmlElement& element) {
  Maneuver maneuver;
  maneuver.source = reader.source(element);
  maneuver.name = reader.text(element, "name");
  check_names(reader, element, "Event");
  for (const XmlElement& event : element.children("Event")) maneuver.events.push_back(parse_event(reader, event));
  return maneuver;
}

ManeuverGroup parse_group(Reader& reader, const XmlElement& element) {
  ManeuverGroup group;
  group.source = reader.source(element);
  group.name = reader.text(element, "name");
  group.maximum_execution_count = reader.count(element, "maximumExecutionCount", 1);
  const XmlElement actors = element.child("Actors");
  group.select_triggering_entities = reader.boolean(actors, "selectTriggeringEntities");
  for (const XmlElement& actor : actors.children("EntityRef")) group.actors.push_back(reader.entity_ref(actor));
  check_names(reader, element, "Maneuver");
  const auto take = [&](const XmlElement& maneuver) { group.maneuvers.push_back(parse_maneuver(reader, maneuver)); };
  for (const XmlElement& child : element.children()) {
    if (child.name() == "Maneuver") reader.with(child, take);
    if (child.name() == "CatalogReference") reader.follow(child, take);
  }
  for (const Maneuver& maneuver : group.maneuvers)
    if (group.actors.empty() && std::any_of(maneuver.events.begin(), maneuver.events.end(), [&](const Event& event) {
          return acts(event, group.select_triggering_entities);
        })) {
      actors.warning(fmt::format("nobody is there to do the private actions of maneuver {}", maneuver.name),
                     "asam.net:xosc:1.2.0:reference_control.valid_actor_reference_in_private_actions",
                     "name an entity");
      break;
    }
  return group;
}

Act parse_act(Reader& reader, const XmlElement& element) {
  Act act;
  act.source = reader.source(element);
  act.name = reader.text(element, "name");
  check_names(reader, element, "ManeuverGroup");
  for (const XmlElement& group : element.children("ManeuverGroup"))
    act.maneuver_groups.push_back(parse_group(reader, group));
  act.start_trigger = parse_start_trigger(reader, element);
  act.stop_trigger = parse_own_trigger(reader, element, "StopTrigger");
  return act;
}

Story parse_story(Reader& reader, const XmlElement& element) {
  Story story;
  story.source = reader.source(element);
  story.name = reader.text(element, "name");
  check_names(reader, element, "Act");
  for (const XmlElement& act : element.children("Act")) story.acts.push_back(parse_act(reader, act));
  return story;
}

}  // namespace

void parse_storyboard(Reader& reader, const XmlElement& storyboard) {
  Storyboard& board = reader.scenario.storyboard;
  if (const XmlElement init = storyboard.child("Init")) board.init = parse_init(reader, init);
  check_names(reader, storyboard, "Story");
  for (const XmlElement& item : storyboard.children("Story"))
    reader.with(item, [&](const XmlElement& story) { board.stories.push_back(parse_story(reader, story)); });
  board.stop_trigger = parse_own_trigger(reader, storyboard, "StopTrigger");
}

}  // namespace bitgoeul::scenarios::openscenario
