#include "scenarios/setup_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>

#include "scenarios/openscenario/walk.h"

namespace bitgoeul::scenarios {
namespace {

namespace osc = openscenario;

// Each sentence once, at its first place in the file.
class Notes {
 public:
  Notes(const osc::Scenario& scenario, sim::Issues& issues) : scenario_(scenario), issues_(issues) {}

  void add(osc::Source source, std::string where, std::string what, std::string remedy = {}) {
    const std::string key = where + what;
    if (std::find(said_.begin(), said_.end(), key) != said_.end()) return;
    said_.push_back(key);
    sim::Issue issue;
    issue.severity = sim::Severity::kWarning;
    issue.file = source.file < static_cast<int>(scenario_.files.size()) ? scenario_.files[source.file] : scenario_.file;
    issue.line = source.line, issue.column = source.column;
    issue.where = std::move(where), issue.what = std::move(what), issue.remedy = std::move(remedy);
    issue.rule = kUnsupportedRule;
    issues_.push_back(std::move(issue));
  }

 private:
  const osc::Scenario& scenario_;
  sim::Issues& issues_;
  std::vector<std::string> said_;
};

void note_weather(Notes& notes, osc::Source source, const osc::EnvironmentAction& action) {
  std::string words;
  const auto word = [&](bool there, const char* name) {
    if (there) words += (words.empty() ? "" : ", ") + std::string(name);
  };
  if (const auto& w = action.weather) {
    word(w->cloud_state.has_value(), "clouds");
    word(w->sun.has_value(), "the sun");
    word(w->wind.has_value(), "wind");
    word(w->pressure_pa || w->temperature_k, "air");
    word(w->dome_image, "the dome image");
    if (w->precipitation && w->precipitation->type == "snow" && w->precipitation->intensity_mmph > 0)
      notes.add(source, "<Precipitation>", "snow takes as much friction from the road as rain does",
                "set frictionScaleFactor");
  }
  if (!words.empty())
    notes.add(source, "<EnvironmentAction>",
              "only friction, precipitation and the time of day change how anybody moves; without effect: " + words);
  if (action.weather && action.weather->fog_visual_range_m)
    notes.add(source, "<Fog>", "is drawn by the viewer and hides nothing from drivers and sensors");
  if (action.road_condition && !action.road_condition->wetness.empty())
    notes.add(source, "<RoadCondition>", "wetness has no effect", "set frictionScaleFactor");
}

void note_override(Notes& notes, osc::Source source, const osc::OverrideControllerValueAction& action) {
  std::string words;
  const auto word = [&](bool there, const char* name) {
    if (there) words += (words.empty() ? "" : ", ") + std::string(name);
  };
  word(action.clutch && action.clutch->active, "the clutch");
  word(action.gear && action.gear->active, "the gear");
  word(action.steering_wheel && action.steering_wheel->active, "the steering wheel");
  bool rate = false, force = false;
  for (const auto* pedal : {&action.throttle, &action.brake, &action.parking_brake})
    if (*pedal && (*pedal)->active) rate = rate || (*pedal)->max_rate, force = force || (*pedal)->is_force;
  word(rate, "how fast a pedal is pressed");
  word(force, "the force of a brake");
  if (!words.empty())
    notes.add(source, "<OverrideControllerValueAction>",
              "only pedals change how the entity moves; kept with it, without effect: " + words);
}

struct PrivateNotes {
  Notes& notes;
  osc::Source source;

  void operator()(const osc::VisibilityAction& action) const {
    if (!action.graphics) notes.add(source, "<VisibilityAction>", "a recorded run shows the entity all the same");
  }
  void operator()(const osc::LightStateAction&) const {
    notes.add(source, "<LightStateAction>", "is kept with the entity; nobody reacts to its lights");
  }
  void operator()(const osc::AnimationAction&) const {
    notes.add(source, "<AnimationAction>", "lasts as long as the file says and is not drawn");
  }
  void operator()(const osc::ControllerAction& action) const {
    if (action.override_values) note_override(notes, source, *action.override_values);
  }
  template <class Other>
  void operator()(const Other&) const {}
};

struct ActionNotes {
  Notes& notes;

  void operator()(const osc::GlobalAction& action) const {
    if (const auto* environment = std::get_if<osc::EnvironmentAction>(&action.action))
      note_weather(notes, action.source, *environment);
  }
  void operator()(const osc::CustomCommandAction& command) const {
    notes.add(
        command.source, "<CustomCommandAction>",
        fmt::format("the command \"{}\" is not carried out; events.jsonl says when its action began", command.type));
  }
  void operator()(const osc::PrivateAction& action) const {
    std::visit(PrivateNotes{notes, action.source}, action.action);
  }
};

void note_condition(Notes& notes, const osc::Scenario& scenario, const osc::Condition& condition) {
  const auto* value = std::get_if<osc::ByValueCondition>(&condition.condition);
  const auto* user = value ? std::get_if<osc::UserDefinedValueCondition>(value) : nullptr;
  if (user == nullptr) return;
  for (const osc::VariableDeclaration& given : scenario.user_values)
    if (given.name == user->name) return;
  notes.add(condition.source, fmt::format("<UserDefinedValueCondition> {}", user->name),
            "nobody gives this value, so the condition is never true",
            fmt::format("give it from outside: --param {}=VALUE", user->name));
}

bool known(const osc::Property& property) { return property.name.starts_with("bitgoeul:"); }

void note_controller(Notes& notes, const osc::Controller& controller) {
  if (controller.properties.empty() || std::any_of(controller.properties.begin(), controller.properties.end(), known))
    return;
  std::string names;
  for (const osc::Property& property : controller.properties) names += (names.empty() ? "" : ", ") + property.name;
  notes.add(
      controller.source, fmt::format("<Controller name=\"{}\">", controller.name),
      fmt::format("says nothing that the engine knows ({}): the default controller moves its entity", names),
      fmt::format("name a driver: <Property name=\"{}\" value=\"{}\"/>", osc::kDriverProperty, osc::kBuiltinDriver));
}

}  // namespace

void note_what_has_no_effect(const osc::Scenario& scenario, sim::Issues& issues) {
  Notes notes(scenario, issues);
  for (const osc::ScenarioObject& object : scenario.entities)
    for (const osc::Controller& controller : object.controllers) note_controller(notes, controller);
  for (const osc::TrafficSignalController& controller : scenario.signal_controllers)
    for (const osc::Phase& phase : controller.phases)
      if (!phase.group_state.empty() && phase.states.empty())
        notes.add(controller.source, fmt::format("<TrafficSignalController name=\"{}\">", controller.name),
                  "a TrafficSignalGroupState names no signal and changes none", "add a <TrafficSignalState> for each");
  each_action(scenario, ActionNotes{notes});
  each_condition(scenario, [&](const osc::Condition& condition) { note_condition(notes, scenario, condition); });
}

const osc::CustomCommandAction* first_custom_command(const osc::Scenario& scenario) {
  const osc::CustomCommandAction* first = nullptr;
  const auto look = [&]<class A>(const A& action) {
    if constexpr (std::is_same_v<A, osc::CustomCommandAction>)
      if (first == nullptr) first = &action;
  };
  each_action(scenario, look);
  return first;
}

}  // namespace bitgoeul::scenarios
