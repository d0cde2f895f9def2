#include "scenarios/openscenario/write.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

namespace bitgoeul::scenarios::openscenario {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// The shortest text that reads back as the same double.
std::string number(double value) { return fmt::format("{}", value); }
std::string number(std::uint32_t value) { return fmt::format("{}", value); }

struct Attribute {
  std::string_view name;
  std::string value;
};
using Attributes = std::initializer_list<Attribute>;

// Elements by nesting: open, leaf, close; two spaces per level.
class Xml {
 public:
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  void open(std::string_view name, Attributes attributes = {}) {
    start(name, attributes);
    text += ">\n";
    open_.emplace_back(name);
  }
  void leaf(std::string_view name, Attributes attributes = {}) {
    start(name, attributes);
    text += "/>\n";
  }
  void close(int levels = 1) {
    for (; levels > 0; --levels) {
      const std::string name = open_.back();
      open_.pop_back();
      indent();
      text += "</" + name + ">\n";
    }
  }

 private:
  void indent() { text.append(2 * open_.size(), ' '); }
  void start(std::string_view name, Attributes attributes) {
    indent();
    text += "<";
    text += name;
    for (const Attribute& a : attributes) text += fmt::format(" {}=\"{}\"", a.name, escaped(a.value));
  }
  std::vector<std::string> open_;
};

void write_properties(Xml& xml, const std::vector<Property>& properties) {
  xml.open("Properties");
  for (const Property& p : properties) xml.leaf("Property", {{"name", p.name}, {"value", p.value}});
  xml.close();
}

void write_world(Xml& xml, const WorldPosition& p) {
  if (p.z && p.h)
    xml.leaf("WorldPosition", {{"x", number(p.x)}, {"y", number(p.y)}, {"z", number(*p.z)}, {"h", number(*p.h)}});
  else if (p.z)
    xml.leaf("WorldPosition", {{"x", number(p.x)}, {"y", number(p.y)}, {"z", number(*p.z)}});
  else if (p.h)
    xml.leaf("WorldPosition", {{"x", number(p.x)}, {"y", number(p.y)}, {"h", number(*p.h)}});
  else
    xml.leaf("WorldPosition", {{"x", number(p.x)}, {"y", number(p.y)}});
}

void write_position(Xml& xml, const Position& position) {
  xml.open("Position");
  if (const auto* lane = std::get_if<LanePosition>(&position.at))
    xml.leaf("LanePosition", {{"roadId", lane->road_id},
                              {"laneId", fmt::format("{}", lane->lane_id)},
                              {"offset", number(lane->offset)},
                              {"s", number(lane->s)}});
  else if (const auto* road = std::get_if<RoadPosition>(&position.at))
    xml.leaf("RoadPosition", {{"roadId", road->road_id}, {"s", number(road->s)}, {"t", number(road->t)}});
  else if (const auto* world = std::get_if<WorldPosition>(&position.at))
    write_world(xml, *world);
  xml.close();
}

void write_axle(Xml& xml, std::string_view name, const Axle& axle) {
  xml.leaf(name, {{"maxSteering", number(axle.max_steering_rad)},
                  {"positionX", number(axle.position_x_m)},
                  {"positionZ", number(axle.position_z_m)},
                  {"trackWidth", number(axle.track_width_m)},
                  {"wheelDiameter", number(axle.wheel_diameter_m)}});
}

template <class Boxed>
void write_box(Xml& xml, const Boxed& b) {
  xml.open("BoundingBox");
  xml.leaf("Center", {{"x", number(b.center_x_m)}, {"y", number(b.center_y_m)}, {"z", number(b.center_z_m)}});
  xml.leaf("Dimensions",
           {{"height", number(b.height_m)}, {"length", number(b.length_m)}, {"width", number(b.width_m)}});
  xml.close();
}

void write_vehicle(Xml& xml, const Vehicle& v) {
  if (v.mass_kg)
    xml.open("Vehicle", {{"name", v.name}, {"vehicleCategory", v.category}, {"mass", number(*v.mass_kg)}});
  else
    xml.open("Vehicle", {{"name", v.name}, {"vehicleCategory", v.category}});
  write_box(xml, v);
  xml.leaf("Performance", {{"maxAcceleration", number(v.max_acceleration_mps2)},
                           {"maxDeceleration", number(v.max_deceleration_mps2)},
                           {"maxSpeed", number(v.max_speed_mps)}});
  xml.open("Axles");
  write_axle(xml, "FrontAxle", v.front);
  write_axle(xml, "RearAxle", v.rear);
  xml.close();
  if (!v.properties.empty()) write_properties(xml, v.properties);
  xml.close();
}

void write_pedestrian(Xml& xml, const Pedestrian& p) {
  xml.open("Pedestrian", {{"name", p.name}, {"pedestrianCategory", p.category}, {"mass", number(p.mass_kg)}});
  write_box(xml, p);
  xml.close();
}

void write_misc_object(Xml& xml, const MiscObject& o) {
  xml.open("MiscObject", {{"name", o.name}, {"miscObjectCategory", o.category}, {"mass", number(o.mass_kg)}});
  write_box(xml, o);
  xml.close();
}

void write_entity(Xml& xml, const ScenarioObject& object) {
  xml.open("ScenarioObject", {{"name", object.name}});
  if (const auto* pedestrian = std::get_if<Pedestrian>(&object.other))
    write_pedestrian(xml, *pedestrian);
  else if (const auto* thing = std::get_if<MiscObject>(&object.other))
    write_misc_object(xml, *thing);
  else
    write_vehicle(xml, object.vehicle);
  for (const Controller& controller : object.controllers) {
    xml.open("ObjectController");
    xml.open("Controller", {{"name", controller.name}});
    write_properties(xml, controller.properties);
    xml.close(2);
  }
  xml.close();
}

void write_environment(Xml& xml, const TimeOfDay& t) {
  xml.open("GlobalAction");
  xml.open("EnvironmentAction");
  xml.open("Environment", {{"name", "Environment"}});
  xml.leaf("TimeOfDay", {{"animation", "true"},
                         {"dateTime", fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour,
                                                  t.minute, t.second)}});
  xml.close(3);
}

void write_traffic(Xml& xml, const TrafficAreaAction& action) {
  xml.open("GlobalAction");
  xml.open("TrafficAction", {{"trafficName", action.name}});
  xml.open("TrafficAreaAction", {{"continuous", action.continuous ? "true" : "false"},
                                 {"numberOfEntities", number(action.number_of_entities)}});
  xml.open("TrafficDistribution");
  for (const TrafficChoice& choice : action.choices) {
    xml.open("TrafficDistributionEntry", {{"weight", number(choice.weight)}});
    xml.open("EntityDistribution");
    xml.open("EntityDistributionEntry", {{"weight", "1"}});
    xml.open("ScenarioObjectTemplate");
    if (choice.vehicle) write_vehicle(xml, *choice.vehicle);
    if (choice.pedestrian) write_pedestrian(xml, *choice.pedestrian);
    xml.close(3);
    write_properties(xml, choice.properties);
    xml.close();
  }
  xml.close();
  xml.open("TrafficArea");
  xml.open("Polygon");
  for (const Position& corner : action.polygon) write_position(xml, corner);
  xml.close(5);
}

void write_route(Xml& xml, const Route& route) {
  xml.open("Route", {{"name", route.name}, {"closed", route.closed ? "true" : "false"}});
  for (const Waypoint& waypoint : route.waypoints) {
    xml.open("Waypoint", {{"routeStrategy", waypoint.strategy == RouteStrategy::kShortest ? "shortest" : "fastest"}});
    write_position(xml, waypoint.position);
    xml.close();
  }
  xml.close();
}

void write_polyline(Xml& xml, const Trajectory& trajectory) {
  xml.open("Trajectory", {{"name", trajectory.name}, {"closed", trajectory.closed ? "true" : "false"}});
  xml.open("Shape");
  xml.open("Polyline");
  for (const Vertex& vertex : std::get<Polyline>(trajectory.shape).vertices) {
    if (vertex.time_s)
      xml.open("Vertex", {{"time", number(*vertex.time_s)}});
    else
      xml.open("Vertex");
    write_position(xml, vertex.position);
    xml.close();
  }
  xml.close(3);
}

struct WritePrivate {
  Xml& xml;
  void operator()(const TeleportAction& action) const {
    xml.open("TeleportAction");
    write_position(xml, action.position);
    xml.close();
  }
  void operator()(const SpeedAction& action) const {
    xml.open("LongitudinalAction");
    xml.open("SpeedAction");
    xml.leaf("SpeedActionDynamics", {{"dynamicsShape", "step"}, {"dynamicsDimension", "time"}, {"value", "0"}});
    xml.open("SpeedActionTarget");
    xml.leaf("AbsoluteTargetSpeed", {{"value", number(std::get<double>(action.target))}});
    xml.close(3);
  }
  void operator()(const AssignRouteAction& action) const {
    xml.open("RoutingAction");
    xml.open("AssignRouteAction");
    write_route(xml, action.route);
    xml.close(2);
  }
  void operator()(const AcquirePositionAction& action) const {
    xml.open("RoutingAction");
    xml.open("AcquirePositionAction");
    write_position(xml, action.position);
    xml.close(2);
  }
  void operator()(const FollowTrajectoryAction& action) const {
    xml.open("RoutingAction");
    xml.open("FollowTrajectoryAction");
    xml.open("TrajectoryRef");
    write_polyline(xml, action.trajectory);
    xml.close();
    xml.open("TimeReference");
    if (const auto& time = action.time_reference)
      xml.leaf("Timing",
               {{"domainAbsoluteRelative", time->domain == ReferenceContext::kAbsolute ? "absolute" : "relative"},
                {"offset", number(time->offset_s)},
                {"scale", number(time->scale)}});
    else
      xml.leaf("None");
    xml.close();
    xml.leaf("TrajectoryFollowingMode",
             {{"followingMode", action.following_mode == FollowingMode::kFollow ? "follow" : "position"}});
    xml.close(2);
  }
  void operator()(const RandomRouteAction&) const {
    xml.open("RoutingAction");
    xml.leaf("RandomRouteAction");
    xml.close();
  }
  template <class T>
  void operator()(const T&) const {}  // nobody here makes others
};

void write_init(Xml& xml, const Init& init) {
  xml.open("Init");
  xml.open("Actions");
  for (const GlobalAction& global : init.globals) {
    if (const auto* environment = std::get_if<EnvironmentAction>(&global.action);
        environment && environment->time_of_day)
      write_environment(xml, *environment->time_of_day);
    if (const auto* traffic = std::get_if<TrafficAreaAction>(&global.action)) write_traffic(xml, *traffic);
  }
  for (const Private& actions : init.privates) {
    xml.open("Private", {{"entityRef", actions.entity_ref}});
    for (const PrivateAction& action : actions.actions) {
      xml.open("PrivateAction");
      std::visit(WritePrivate{xml}, action.action);
      xml.close();
    }
    xml.close();
  }
  xml.close(2);
}

void write_trigger(Xml& xml, std::string_view name, const Trigger& groups) {
  xml.open(name);
  for (const ConditionGroup& group : groups) {
    xml.open("ConditionGroup");
    for (const Condition& condition : group) {
      const auto* value = std::get_if<ByValueCondition>(&condition.condition);
      const auto* time = value ? std::get_if<SimulationTimeCondition>(value) : nullptr;
      if (!time) continue;
      xml.open("Condition",
               {{"name", condition.name}, {"delay", number(condition.delay_s)}, {"conditionEdge", "none"}});
      xml.open("ByValueCondition");
      xml.leaf("SimulationTimeCondition", {{"rule", "greaterOrEqual"}, {"value", number(time->value_s)}});
      xml.close(2);
    }
    xml.close();
  }
  xml.close();
}

void write_action(Xml& xml, const Action& action) {
  xml.open("Action", {{"name", action.name}});
  if (const auto* own = std::get_if<PrivateAction>(&action.action)) {
    xml.open("PrivateAction");
    std::visit(WritePrivate{xml}, own->action);
    xml.close();
  } else if (const auto* global = std::get_if<GlobalAction>(&action.action)) {
    xml.open("GlobalAction");
    if (const auto* add = std::get_if<AddEntityAction>(&global->action)) {
      xml.open("EntityAction", {{"entityRef", add->entity_ref}});
      xml.open("AddEntityAction");
      write_position(xml, add->position);
      xml.close(2);
    } else if (const auto* gone = std::get_if<DeleteEntityAction>(&global->action)) {
      xml.open("EntityAction", {{"entityRef", gone->entity_ref}});
      xml.leaf("DeleteEntityAction");
      xml.close();
    }
    xml.close();
  }
  xml.close();
}

void write_group(Xml& xml, const ManeuverGroup& group) {
  xml.open("ManeuverGroup", {{"name", group.name}, {"maximumExecutionCount", number(group.maximum_execution_count)}});
  xml.open("Actors", {{"selectTriggeringEntities", "false"}});
  for (const std::string& actor : group.actors) xml.leaf("EntityRef", {{"entityRef", actor}});
  xml.close();
  for (const Maneuver& maneuver : group.maneuvers) {
    xml.open("Maneuver", {{"name", maneuver.name}});
    for (const Event& event : maneuver.events) {
      static constexpr const char* kPriorities[] = {"override", "parallel", "skip"};
      xml.open("Event", {{"name", event.name},
                         {"priority", kPriorities[static_cast<int>(event.priority)]},
                         {"maximumExecutionCount", number(event.maximum_execution_count)}});
      for (const Action& action : event.actions) write_action(xml, action);
      if (event.start_trigger) write_trigger(xml, "StartTrigger", *event.start_trigger);
      xml.close();
    }
    xml.close();
  }
  xml.close();
}

void write_story(Xml& xml, const Story& story) {
  xml.open("Story", {{"name", story.name}});
  for (const Act& act : story.acts) {
    xml.open("Act", {{"name", act.name}});
    for (const ManeuverGroup& group : act.maneuver_groups) write_group(xml, group);
    if (act.start_trigger) write_trigger(xml, "StartTrigger", *act.start_trigger);
    if (act.stop_trigger) write_trigger(xml, "StopTrigger", *act.stop_trigger);
    xml.close();
  }
  xml.close();
}

}  // namespace

std::string write(const Scenario& scenario) {
  Xml xml;
  xml.open("OpenSCENARIO");
  xml.leaf("FileHeader", {{"revMajor", "1"},
                          {"revMinor", "3"},
                          {"date", scenario.date},
                          {"description", scenario.description},
                          {"author", scenario.author}});
  if (!scenario.parameters.empty()) {
    xml.open("ParameterDeclarations");
    for (const ParameterDeclaration& p : scenario.parameters)
      xml.leaf("ParameterDeclaration", {{"name", p.name}, {"parameterType", p.type}, {"value", p.value}});
    xml.close();
  }
  xml.leaf("CatalogLocations");
  xml.open("RoadNetwork");
  xml.leaf("LogicFile", {{"filepath", scenario.map}});
  xml.close();
  xml.open("Entities");
  for (const ScenarioObject& object : scenario.entities) write_entity(xml, object);
  xml.close();
  xml.open("Storyboard");
  write_init(xml, scenario.storyboard.init);
  for (const Story& story : scenario.storyboard.stories) write_story(xml, story);
  if (scenario.storyboard.stop_trigger) write_trigger(xml, "StopTrigger", *scenario.storyboard.stop_trigger);
  xml.close(2);
  return xml.text;
}

}  // namespace bitgoeul::scenarios::openscenario
