#include "scenarios/on_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "maps/road_position.h"
#include "maps/xml.h"

namespace bitgoeul::scenarios {
namespace {

namespace osc = openscenario;

const osc::ExternalObjectReference* external(const osc::ScenarioObject& object) {
  return std::get_if<osc::ExternalObjectReference>(&object.other);
}

const maps::Object* find_object(const maps::Map& map, const std::string& name) {
  const auto called = [&](const maps::TextRef& text) { return map.text_of(text) == name; };
  for (const maps::Object& object : map.objects)
    if (called(object.id)) return &object;
  for (const maps::Object& object : map.objects)
    if (called(object.name)) return &object;
  return nullptr;
}

sim::Issue not_there(const osc::Scenario& scenario, const osc::ScenarioObject& object, const std::string& name,
                     const maps::Map& map) {
  std::vector<std::string_view> known;
  for (const maps::Object& o : map.objects) known.push_back(map.text_of(o.id)), known.push_back(map.text_of(o.name));
  const auto close = maps::closest_name(name, known);
  sim::Issue issue =
      osc::issue_at(scenario, object.source, "entity " + object.name, fmt::format("the map has no object \"{}\"", name),
                    close ? fmt::format("did you mean {}?", *close) : "name an object of the road network by its id");
  issue.rule = "asam.net:xosc:1.0.0:reference_control.resolvable";
  return issue;
}

bool placed(const osc::Private& actions) {
  return std::any_of(actions.actions.begin(), actions.actions.end(), [](const osc::PrivateAction& action) {
    return std::holds_alternative<osc::TeleportAction>(action.action);
  });
}

void place(osc::Scenario& scenario, const osc::ScenarioObject& object, const maps::Object& on_map) {
  auto& privates = scenario.storyboard.init.privates;
  for (const osc::Private& actions : privates)
    if (actions.entity_ref == object.name && placed(actions)) return;
  osc::WorldPosition at{on_map.x, on_map.y, on_map.z, on_map.heading, {}, {}};
  osc::PrivateAction teleport{object.source, osc::TeleportAction{{object.source, at}}};
  privates.insert(privates.begin(), {object.source, object.name, {std::move(teleport)}});
}

void resolve_external_objects(osc::Scenario& scenario, const maps::Map& map, sim::Issues& issues) {
  for (osc::ScenarioObject& object : scenario.entities) {
    const osc::ExternalObjectReference* reference = external(object);
    if (reference == nullptr) continue;
    const maps::Object* on_map = find_object(map, reference->name);
    if (on_map == nullptr) {
      issues.push_back(not_there(scenario, object, reference->name, map));
      continue;
    }
    osc::MiscObject thing;
    thing.source = object.source;
    thing.name = reference->name;
    thing.category = on_map->kind == maps::ObjectKind::kTree ? "tree" : "obstacle";
    thing.length_m = std::max(on_map->length, 0.1), thing.width_m = std::max(on_map->width, 0.1);
    thing.height_m = std::max(on_map->height, 0.1);
    thing.center_z_m = 0.5 * thing.height_m;
    object.other = thing;
    place(scenario, object, *on_map);
  }
}

// f(route) for every route that is assigned.
template <class S, class F>
void each_route(S& scenario, F&& f) {
  const auto look = [&](auto& action) {
    if (auto* assign = std::get_if<osc::AssignRouteAction>(&action.action)) f(assign->route);
  };
  for (auto& of : scenario.storyboard.init.privates)
    for (auto& action : of.actions) look(action);
  for (auto& story : scenario.storyboard.stories)
    for (auto& act : story.acts)
      for (auto& group : act.maneuver_groups)
        for (auto& maneuver : group.maneuvers)
          for (auto& event : maneuver.events)
            for (auto& action : event.actions)
              if (auto* own = std::get_if<osc::PrivateAction>(&action.action)) look(*own);
}

// The length of the road that a waypoint lies beyond the end of.
std::optional<double> road_of(const maps::Map& map, const osc::Waypoint& waypoint) {
  const auto* lane = std::get_if<osc::LanePosition>(&waypoint.position.at);
  if (lane == nullptr) return std::nullopt;
  const auto road = maps::find_road(map, lane->road_id);
  if (!road || lane->s <= map.roads[*road].length + 1e-3) return std::nullopt;
  return map.roads[*road].length;
}

bool has_far_waypoint(const osc::Scenario& scenario, const maps::Map& map) {
  bool far = false;
  each_route(scenario, [&](const osc::Route& route) {
    for (const osc::Waypoint& waypoint : route.waypoints) far = far || road_of(map, waypoint);
  });
  return far;
}

void bring_back_waypoints(osc::Scenario& scenario, const maps::Map& map, sim::Issues& issues) {
  each_route(scenario, [&](osc::Route& route) {
    for (osc::Waypoint& waypoint : route.waypoints) {
      const auto length = road_of(map, waypoint);
      if (!length) continue;
      auto& lane = std::get<osc::LanePosition>(waypoint.position.at);
      sim::Issue issue =
          osc::issue_at(scenario, waypoint.position.source, "<Waypoint>",
                        fmt::format("s = {} m lies beyond the end of road \"{}\": taken as its end, {:.3f} m", lane.s,
                                    lane.road_id, *length));
      issue.severity = sim::Severity::kWarning;
      issue.rule = "range";
      issues.push_back(std::move(issue));
      lane.s = *length;
    }
  });
}

}  // namespace

std::optional<osc::Scenario> brought_onto(const maps::Map& map, const osc::Scenario& scenario, sim::Issues& issues) {
  const bool external_objects =
      std::any_of(scenario.entities.begin(), scenario.entities.end(),
                  [](const osc::ScenarioObject& object) { return external(object) != nullptr; });
  if (!external_objects && !has_far_waypoint(scenario, map)) return std::nullopt;
  osc::Scenario out = scenario;
  resolve_external_objects(out, map, issues);
  bring_back_waypoints(out, map, issues);
  return out;
}

}  // namespace bitgoeul::scenarios
