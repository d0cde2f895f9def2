#include "scenarios/story/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>

#include "scenarios/setup_notes.h"
#include "scenarios/story/driven.h"
#include "scenarios/traffic_setup.h"
#include "scenarios/vehicle_setup.h"

namespace bitgoeul::scenarios::story {

namespace osc = openscenario;

bool moved_by_story(const osc::ScenarioObject& object) { return !osc::driver_of(object); }

bool has_story(const osc::Scenario& scenario) {
  return !scenario.storyboard.stories.empty() || !scenario.signal_controllers.empty() ||
         std::any_of(scenario.entities.begin(), scenario.entities.end(), moved_by_story);
}

namespace {

std::vector<std::string> names_of(const osc::Scenario& scenario) {
  std::vector<std::string> names;
  for (const osc::ScenarioObject& object : scenario.entities) names.push_back(object.name);
  return names;
}

osc::ObjectType type_of(const osc::ScenarioObject& object) {
  if (std::holds_alternative<osc::Pedestrian>(object.other)) return osc::ObjectType::kPedestrian;
  return std::holds_alternative<osc::MiscObject>(object.other) ? osc::ObjectType::kMiscellaneous
                                                               : osc::ObjectType::kVehicle;
}

template <class T>
void take_box(const T& from, double rear_m, Seen& seen) {
  seen.length = from.length_m, seen.width = from.width_m, seen.height = from.height_m;
  seen.center_x = from.center_x_m - rear_m;
}

// Our reference point is the rear axle; the norm allows an axle that stands off it.
void take_box(const osc::ScenarioObject& object, Seen& seen) {
  seen.object = type_of(object);
  if (const auto* pedestrian = std::get_if<osc::Pedestrian>(&object.other)) return take_box(*pedestrian, 0.0, seen);
  if (const auto* thing = std::get_if<osc::MiscObject>(&object.other)) return take_box(*thing, 0.0, seen);
  take_box(object.vehicle, object.vehicle.rear.position_x_m, seen);
}

Place behind(const maps::Map& map, const Actors& a, Row vehicle, double back_m) {
  double sine, cosine;
  sim::sincos(a.yaw[vehicle], sine, cosine);
  return place_in_world(map, a.x[vehicle] - back_m * cosine, a.y[vehicle] - back_m * sine, a.z[vehicle],
                        a.yaw[vehicle]);
}

Body body_of(const osc::Vehicle& v) {
  Body body;
  if (v.hitch_dx_m) body.hitch_m = *v.hitch_dx_m;
  if (v.coupler_dx_m) body.coupler_m = *v.coupler_dx_m;
  if (v.max_speed_mps > 0) body.max_speed_mps = v.max_speed_mps;
  if (v.max_acceleration_mps2 > 0) body.max_acceleration_mps2 = v.max_acceleration_mps2;
  if (v.max_deceleration_mps2 > 0) body.max_deceleration_mps2 = v.max_deceleration_mps2;
  return body;
}

}  // namespace

// ---- before the run ------------------------------------------------------------------------------------------------

Story::Story(const osc::Scenario& scenario, const maps::Map& map, std::uint64_t seed, std::int64_t dt_ns,
             sim::Issues& issues)
    : scenario_(scenario),
      map_(map),
      motion_(map, scenario.entities.size(), seed),
      triggers_(values_, storyboard_.states()),
      signals_(scenario.signal_controllers, dt_ns, values_) {
  view_.map = &map;
  view_.dt_ns = dt_ns;
  view_.names = names_of(scenario);
  view_.entities = view_.names.size();
  view_.seen.resize(view_.entities);
  view_.routes.resize(view_.entities);
  for (std::size_t i = 0; i < view_.entities; ++i)
    if (!moved_by_story(scenario.entities[i])) motion_.set_driver(static_cast<Row>(i));
  for (auto* column : {&told_, &tells_how_, &handed_over_}) column->resize(view_.entities);
  handovers_.reserve(2 * view_.entities);
  describe_bodies();
  name_values();
  zones_ = zone_actions(scenario_, map_);
  traffic_orders_.reserve(4 * zones_.size() + 16);
  const PrepareContext context{&map_, view_.names, scenario_.files};
  std::vector<Row> all;
  for (std::size_t i = 0; i < view_.entities; ++i) all.push_back(static_cast<Row>(i));
  storyboard_.build(scenario.storyboard, all, [this](const osc::ManeuverGroup& group) {
    std::vector<Row> rows;
    for (const std::string& name : group.actors)
      for (const Row row : rows_of(name)) rows.push_back(row);
    return rows;
  });
  const Triggers::Context trigger_context{
      context,
      [this](osc::StoryboardElementType type, const std::string& name) { return storyboard_.find(type, name); },
      [this](const std::string& name) { return expand(name); }, dt_ns, &issues};
  storyboard_.prepare(scenario.storyboard, triggers_, trigger_context);
  prepare_elements(context, issues);
  prepare_init(context, issues);
  prepare_signals(context, issues);
  for (auto& [entity, issue] : doubts_)
    if (!handed_over_[entity]) issues.push_back(std::move(issue));
}

void Story::describe_bodies() {
  for (std::size_t i = 0; i < view_.entities; ++i) {
    const osc::ScenarioObject& object = scenario_.entities[i];
    take_box(object, view_.seen[i]);
    if (object.other.index() == 0) motion_.set_body(static_cast<Row>(i), body_of(object.vehicle));
  }
}

void Story::name_values() {
  for (const auto* declared : {&scenario_.parameters, &scenario_.inner_parameters})
    for (const auto& p : *declared) values_.set(values_.row(ValueKind::kParameter, p.name), p.value);
  for (const auto& v : scenario_.variables) values_.set(values_.row(ValueKind::kVariable, v.name), v.value);
  for (const auto& m : scenario_.monitors)
    values_.set(values_.row(ValueKind::kMonitor, m.name), m.value ? "true" : "false");
  for (const auto& u : scenario_.user_values) values_.set(values_.row(ValueKind::kUser, u.name), u.value);
}

// A selection stands for its members, also through other selections.
std::vector<std::string> Story::expand(const std::string& name) const {
  for (const osc::EntitySelection& selection : scenario_.selections)
    if (selection.name == name) {
      std::vector<std::string> names;
      for (const std::string& member : selection.members)
        if (member != name)
          for (std::string& inner : expand(member)) names.push_back(std::move(inner));
      return names;
    }
  return {name};
}

std::vector<Row> Story::rows_of(const std::string& name) const {
  std::vector<Row> rows;
  for (const std::string& member : expand(name))
    for (std::size_t i = 0; i < view_.names.size(); ++i)
      if (view_.names[i] == member) rows.push_back(static_cast<Row>(i));
  return rows;
}

void Story::doubt(const PrepareContext& context, const osc::PrivateAction& action, Row entity, std::string what,
                  std::string remedy) {
  doubts_.emplace_back(
      entity, issue_at(context, action.source, "entity " + view_.names[entity], std::move(what), std::move(remedy)));
}

// What a driver is told, and what hands an entity to one.
void Story::prepare_for_driver(Row action, Row row, const PrepareContext& context) {
  const osc::PrivateAction& what = motion_.prepared(action).action;
  const osc::ScenarioObject& object = scenario_.entities[row];
  const Driven::Charge charge = Driven::charge_of(what, object);
  const bool driven = !actor(row), given = charge.assigned.value_or(false);
  if (!driven && !given) return;
  told_[row] = 1;
  if (given && (object.other.index() != 0 || not_for_a_driver(object.vehicle) != nullptr))
    doubt(context, what, row, "is given a driver, which cannot drive it", "let the default controller move it");
  if (!driven) return;
  if (std::holds_alternative<osc::VisibilityAction>(what.action)) {
    doubt(context, what, row, "is driven by a driver, and seen by everybody all the same", "let the story move it");
    doubts_.back().second.severity = sim::Severity::kWarning;
    doubts_.back().second.rule = kUnsupportedRule;
  }
  if ((motion_.domains(action) & (kLongitudinal | kLateral)) != 0) tells_how_[row] = 1;
  if (charge.assigned || charge.active) handed_over_[row] = 1;
  if (const std::string defect = Driven::defect(what); !defect.empty())
    doubt(context, what, row, "is driven by a driver, and the action " + defect + ", which no driver does",
          "hand it to the story first: <ActivateControllerAction lateral=\"false\" longitudinal=\"false\"/>");
}

Row Story::prepare_private(const osc::PrivateAction& action, const std::vector<Row>& actors,
                           const PrepareContext& context, sim::Issues& issues) {
  auto prepared = motion_.prepare(action, context);
  if (prepared) {
    hides_ = hides_ || std::holds_alternative<osc::VisibilityAction>(action.action);
    for (const Row row : actors) prepare_for_driver(*prepared, row, context);
    return *prepared;
  }
  issues.push_back(prepared.error());
  return kNone;
}

// The name of a traffic action; TrafficStopAction ends what started under it.
static std::string_view traffic_name(const osc::GlobalAction& action) {
  return std::visit(
      []<class A>(const A& a) -> std::string_view {
        if constexpr (requires { a.choices; } || std::is_same_v<A, osc::TrafficSinkAction>)
          return a.name;
        else
          return {};
      },
      action.action);
}

void Story::prepare_traffic(const osc::GlobalAction& action, const PrepareContext& context, Global& global,
                            sim::Issues& issues) {
  const auto at = std::find(zones_.begin(), zones_.end(), &action);
  if (at != zones_.end()) global.value = static_cast<Row>(at - zones_.begin());
  const auto place = [&](const osc::Position& position) {
    if (auto spot = story::prepare(position, context))
      global.spot = *std::move(spot);
    else
      issues.push_back(spot.error());
  };
  if (const auto* source = std::get_if<osc::TrafficSourceAction>(&action.action)) place(source->position);
  if (const auto* sink = std::get_if<osc::TrafficSinkAction>(&action.action)) place(sink->position);
  const auto* stop = std::get_if<osc::TrafficStopAction>(&action.action);
  if (stop == nullptr) return;
  const auto named = [&](const osc::GlobalAction* zone) { return traffic_name(*zone) == stop->name; };
  if (stop->name.empty() || std::none_of(zones_.begin(), zones_.end(), named))
    issues.push_back(issue_at(context, action.source, "<TrafficStopAction>",
                              fmt::format("there is no traffic action named \"{}\"", stop->name),
                              "give the trafficName of a source, sink, swarm or area of the story"));
}

sim::Result<void> Story::act_traffic(const Global& global) {
  const osc::GlobalAction& action = *global.action;
  if (const auto* stop = std::get_if<osc::TrafficStopAction>(&action.action)) {
    for (std::size_t zone = 0; zone < zones_.size(); ++zone)
      if (traffic_name(*zones_[zone]) == stop->name) traffic_orders_.push_back({static_cast<Row>(zone), false, 0, 0});
    return {};
  }
  if (global.value == kNone) return {};  // the constant traffic of Init
  TrafficOrder order{global.value, true, 0, 0};
  if (std::holds_alternative<osc::TrafficSourceAction>(action.action) ||
      std::holds_alternative<osc::TrafficSinkAction>(action.action)) {
    const auto place = locate(global.spot, view_);
    if (!place) return tl::unexpected(place.error());
    order.x = place->x, order.y = place->y;
  }
  traffic_orders_.push_back(order);
  return {};
}

Row Story::prepare_global(const osc::GlobalAction& action, const PrepareContext& context, sim::Issues& issues) {
  Global global;
  global.action = &action;
  const auto complain = [&](std::string what, std::string remedy = {}, std::string rule = {}) {
    issues.push_back(issue_at(context, action.source, "<GlobalAction>", std::move(what), std::move(remedy)));
    issues.back().rule = std::move(rule);
  };
  const auto entity = [&](const std::string& name) {
    const auto row = entity_row(context, name, action.source);
    if (!row) return issues.push_back(row.error());
    global.entity = *row;
    if (!actor(*row)) complain(fmt::format("{} is driven by a driver, and there from the start", name));
  };
  std::visit(
      [&]<class A>(const A& a) {
        if constexpr (std::is_same_v<A, osc::AddEntityAction>) {
          entity(a.entity_ref);
          if (auto spot = story::prepare(a.position, context))
            global.spot = *std::move(spot);
          else
            issues.push_back(spot.error());
        } else if constexpr (std::is_same_v<A, osc::DeleteEntityAction>) {
          entity(a.entity_ref);
        } else if constexpr (std::is_same_v<A, osc::ParameterAction>) {
          global.value = values_.find(ValueKind::kParameter, a.parameter_ref);
        } else if constexpr (std::is_same_v<A, osc::VariableAction>) {
          global.value = values_.find(ValueKind::kVariable, a.variable_ref);
        } else if constexpr (std::is_same_v<A, osc::SetMonitorAction>) {
          global.value = values_.find(ValueKind::kMonitor, a.monitor_ref);
        } else if constexpr (std::is_same_v<A, osc::TrafficSignalStateAction>) {
          global.value = values_.row(ValueKind::kSignal, a.name);
        } else if constexpr (std::is_same_v<A, osc::TrafficSignalControllerAction>) {
          global.entity = signals_.find(a.controller_ref);
          if (global.entity == kNone)
            complain(fmt::format("there is no signal controller {}", a.controller_ref),
                     "declare it in <RoadNetwork><TrafficSignals>",
                     "asam.net:xosc:1.2.0:reference_control."
                     "resolvable_traffic_signal_controller_by_traffic_signal_controller_ref");
        } else if constexpr (!std::is_same_v<A, osc::EnvironmentAction>) {
          prepare_traffic(action, context, global, issues);
        }
      },
      action.action);
  globals_.push_back(std::move(global));
  return static_cast<Row>(globals_.size()) - 1;
}

void Story::check_signal(const PrepareContext& context, osc::Source source, const std::string& signal,
                         const std::string& state, bool action, sim::Issues& issues) const {
  sim::Issue issue = issue_at(context, source, fmt::format("signal {}", signal), {});
  if (signals_.group(values_.find(ValueKind::kSignal, signal)) == kNone) {
    if (map_.roads.empty()) return;
    const auto named = [&](const maps::Signal& s) { return map_.text_of(s.id) == signal; };
    issue.rule = "asam.net:xosc:1.2.0:reference_control.resolvable_signal_id_in_traffic_signal_state_action";
    issue.what = "is no signal of the map";
    if (std::any_of(map_.signals.begin(), map_.signals.end(), named)) {
      issue.severity = sim::Severity::kWarning;
      issue.what = "rules no movement on the map: only conditions of the story see what it shows";
      issue.rule.clear();
    } else if (!action) {
      issue.severity = sim::Severity::kWarning;
    }
  } else if (!state.empty() && !signal_state_of(state)) {
    issue.what = fmt::format("the map's signal cannot show \"{}\"", state);
    issue.remedy = "give red, yellow, green, off, flashing_red or flashing_yellow, or lamps: on;off;off";
  } else {
    return;
  }
  issues.push_back(std::move(issue));
}

// Signals that the file names, once all are known, against those of the map.
void Story::prepare_signals(const PrepareContext& context, sim::Issues& issues) {
  signals_.connect(map_);
  for (const osc::TrafficSignalController& controller : scenario_.signal_controllers)
    for (const osc::Phase& phase : controller.phases)
      for (const osc::SignalState& state : phase.states)
        check_signal(context, controller.source, state.signal_id, state.state, false, issues);
  for (const Global& global : globals_)
    if (const auto* set = std::get_if<osc::TrafficSignalStateAction>(&global.action->action))
      check_signal(context, global.action->source, set->name, set->state, true, issues);
}

void Story::prepare_elements(const PrepareContext& context, sim::Issues& issues) {
  for (const Element& element : storyboard_.elements()) {
    Row row = kNone;
    if (element.action != nullptr) {
      if (const auto* own = std::get_if<osc::PrivateAction>(&element.action->action)) {
        const bool whoever = storyboard_.elements()[element.parent].select_triggering;
        row = prepare_private(*own, element.actors, context, issues);
        if (whoever) std::erase_if(doubts_, [&](const auto& d) { return d.second.line == own->source.line; });
      } else if (const auto* global = std::get_if<osc::GlobalAction>(&element.action->action)) {
        row = prepare_global(*global, context, issues);
      }
    }
    action_of_.push_back(row);
  }
}

void Story::prepare_init(const PrepareContext& context, sim::Issues& issues) {
  for (const osc::GlobalAction& global : scenario_.storyboard.init.globals)
    init_globals_.push_back(prepare_global(global, context, issues));
  for (const osc::Private& actions : scenario_.storyboard.init.privates)
    for (const Row row : rows_of(actions.entity_ref)) {
      for (const osc::PrivateAction& action : actions.actions) {
        if (!actor(row) && !Driven::story_does_in_init(action)) continue;  // scenario_setup.h tells the driver
        const Row prepared = prepare_private(action, {row}, context, issues);
        const bool places = std::holds_alternative<osc::TeleportAction>(action.action);
        if (prepared != kNone) init_.push_back({row, prepared, places, action.source});
      }
    }
}

void Story::bind(sim::TableSet& state) {
  motion_.bind(state);
  if (tells_drivers()) motion_.bind_wishes(state);
  values_.bind(state);
  triggers_.bind(state);
  storyboard_.bind(state);
  signals_.bind(state);
  state.add("environment", environment_);
}

// ---- actions -------------------------------------------------------------------------------------------------------

void Story::act_environment(const osc::EnvironmentAction& action) {
  if (const auto& time = action.time_of_day) {
    environment_.time_of_day_s[0] = second_of_day(*time);
    environment_.day[0] = day_of(*time);
    environment_.since_step[0] = view_.step;
    environment_.clock_runs[0] = time->animation ? 1 : 0;
  }
  if (action.road_condition) environment_.friction[0] = action.road_condition->friction_scale_factor;
  if (action.weather && action.weather->precipitation)
    environment_.precipitation_mmph[0] = action.weather->precipitation->intensity_mmph;
  weather_changed_ = true;
}

sim::Result<void> Story::act(const Global& global) {
  return std::visit(
      [&]<class A>(const A& a) -> sim::Result<void> {
        if constexpr (std::is_same_v<A, osc::EnvironmentAction>) {
          act_environment(a);
        } else if constexpr (std::is_same_v<A, osc::AddEntityAction>) {
          const auto place = locate(global.spot, view_);
          if (!place) return tl::unexpected(place.error());
          motion_.place(global.entity, *place);
          see(global.entity);
        } else if constexpr (std::is_same_v<A, osc::DeleteEntityAction>) {
          motion_.remove(global.entity);
          see(global.entity);
        } else if constexpr (std::is_same_v<A, osc::ParameterAction> || std::is_same_v<A, osc::VariableAction>) {
          if (const auto* set = std::get_if<osc::ValueSet>(&a.change))
            values_.set(global.value, set->value);
          else if (!values_.modify(global.value, std::get<osc::ValueModify>(a.change)))
            return sim::fail("the value is no number");
        } else if constexpr (std::is_same_v<A, osc::SetMonitorAction>) {
          values_.set(global.value, a.value ? "true" : "false");
        } else if constexpr (std::is_same_v<A, osc::TrafficSignalStateAction>) {
          signals_.set(global.value, a.state);
        } else if constexpr (std::is_same_v<A, osc::TrafficSignalControllerAction>) {
          if (!signals_.set_phase(global.entity, a.phase, view_.step)) return sim::fail("there is no such phase");
        } else {
          return act_traffic(global);
        }
        return {};
      },
      global.action->action);
}

sim::Result<void> Story::act(Row action, Row entity) {
  if (auto done = motion_.start(action, entity, view_); !done) return done;
  return take_charge(action, entity);
}

// Who drives it from now on.
sim::Result<void> Story::take_charge(Row action, Row entity) {
  const Driven::Charge charge = Driven::charge_of(motion_.prepared(action).action, scenario_.entities[entity]);
  if (told_[entity] == 0) return {};
  const auto changed = motion_.charge(entity, charge.assigned, charge.active, view_);
  if (!changed) return tl::unexpected(changed.error());
  if (*changed) handovers_.push_back(entity);
  return {};
}

void Story::see_driven() {
  for (std::size_t i = 0; i < view_.entities; ++i)
    if (const Row row = static_cast<Row>(i); told_[i] != 0 && !actor(row)) motion_.see(row, view_.seen[i]);
}

void Story::start(const Element& element, Row row, std::size_t slot) {
  const Row action = action_of_[row];
  if (action == kNone) return;  // user-defined: recorded as a change of state
  const bool own = std::holds_alternative<osc::PrivateAction>(element.action->action);
  const Row entity = own && !element.actors.empty() ? element.actors[slot] : kNone;
  if (own && entity == kNone) return;  // nobody acts
  const auto done = own ? act(action, entity) : act(globals_[action]);
  if (!done) failures_.push_back({row, entity, done.error().what});
}

bool Story::running(const Element& element, Row row, std::size_t slot) {
  const bool own = std::holds_alternative<osc::PrivateAction>(element.action->action);
  return own && action_of_[row] != kNone && !element.actors.empty() &&
         motion_.running(action_of_[row], element.actors[slot]);
}

void Story::stop(const Element& element, Row row, std::size_t slot) {
  if (running(element, row, slot)) motion_.stop(action_of_[row], element.actors[slot]);
}

// ---- the run -------------------------------------------------------------------------------------------------------

namespace {

struct Placing {  // of an entity in Init
  Row entity = kNone;
  osc::Source source;
  std::function<sim::Result<void>()> act;
  std::string why;  // it could not be done yet
};

}  // namespace

void Story::begin(sim::Issues& issues) {
  const PrepareContext context{&map_, view_.names, scenario_.files};
  see_driven();
  // Places first. One may be relative to another that is placed later in the file.
  std::vector<Placing> waiting;
  for (const Row row : init_globals_) {
    const Global& global = globals_[row];
    const bool adds = std::holds_alternative<osc::AddEntityAction>(global.action->action);
    if (auto done = act(global); !done && adds)
      waiting.push_back({global.entity, global.action->source, [&] { return act(global); }, {}});
    else if (!done)
      issues.push_back(issue_at(context, global.action->source, "<Init>", done.error().what));
  }
  for (const InitAction& action : init_)
    if (action.places)
      waiting.push_back({action.entity, action.source, [&] { return act(action.action, action.entity); }, {}});
  for (std::size_t before = waiting.size() + 1; !waiting.empty() && waiting.size() < before;) {
    before = waiting.size();
    std::erase_if(waiting, [&](Placing& placing) {
      const auto done = placing.act();
      if (!done) placing.why = done.error().what;
      see(placing.entity);
      return done.has_value();
    });
  }
  for (const Placing& placing : waiting)
    issues.push_back(issue_at(context, placing.source, "entity " + view_.names[placing.entity], placing.why));
  for (const InitAction& action : init_) {
    if (action.places) continue;
    if (const auto done = act(action.action, action.entity); !done)
      issues.push_back(issue_at(context, action.source, "entity " + view_.names[action.entity], done.error().what));
    see(action.entity);
  }
  weather_changed_ = false;
  for (std::size_t i = 0; i < view_.entities; ++i) {
    const std::vector<Row> trailers = scenario_.entities[i].vehicle.trailer.empty()
                                          ? std::vector<Row>{}
                                          : rows_of(scenario_.entities[i].vehicle.trailer);
    for (const Row trailer : trailers) {
      // One that the file places nowhere stands behind its vehicle.
      const Body body = body_of(scenario_.entities[i].vehicle), towed = body_of(scenario_.entities[trailer].vehicle);
      if (motion_.present(static_cast<Row>(i)) && !motion_.present(trailer) && body.hitch_m && towed.coupler_m)
        motion_.place(trailer, behind(map_, motion_.actors(), static_cast<Row>(i), *towed.coupler_m - *body.hitch_m));
      if (const auto hung = motion_.connect(static_cast<Row>(i), trailer, view_); !hung)
        issues.push_back(
            issue_at(context, scenario_.entities[i].source, "entity " + view_.names[i], hung.error().what));
      see(trailer);
    }
  }
}

void Story::look(std::int64_t step) {
  view_.step = step;
  view_.time_s = static_cast<double>(step * view_.dt_ns) * 1e-9;
  const double passed = environment_.clock_runs[0] != 0
                            ? static_cast<double>((step - environment_.since_step[0]) * view_.dt_ns) * 1e-9
                            : 0.0;
  const double clock = environment_.time_of_day_s[0] + passed, days = std::floor(clock / 86400.0);
  view_.time_of_day_s = clock - days * 86400.0;
  view_.day = environment_.day[0] + static_cast<std::int64_t>(days);
  for (std::size_t i = 0; i < view_.entities; ++i)
    if (actor(static_cast<Row>(i))) {
      see(static_cast<Row>(i));
      const auto route = motion_.route(static_cast<Row>(i));
      view_.routes[i].assign(route.begin(), route.end());
    }
}

void Story::step() {
  weather_changed_ = false;
  failures_.clear();
  traffic_orders_.clear();
  handovers_.clear();
  motion_.routed().clear();
  see_driven();
  signals_.step(view_.step);
  storyboard_.step(view_, triggers_, *this);
  motion_.advance(view_);
}

}  // namespace bitgoeul::scenarios::story
