#include "scenarios/log_scenario.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "sim/math.h"

namespace bitgoeul::scenarios {
namespace {

namespace osc = openscenario;
using replay::LoggedTrack;
using replay::ObjectClass;
using replay::TrackPoint;

constexpr double kStraightM = 0.01, kStraightRad = 0.005;
constexpr std::size_t kMostLeftOut = 600;  // points in a row

osc::WorldPosition place_of(const TrackPoint& p) {
  osc::WorldPosition at;
  at.x = p.x, at.y = p.y;
  at.z = p.z, at.h = p.yaw;
  return at;
}

osc::Position position_of(const TrackPoint& p) {
  osc::Position position;
  position.at = place_of(p);
  return position;
}

// Every point between the two lies where a straight way at constant speed has it.
bool straight(std::span<const TrackPoint> points, std::size_t from, std::size_t to) {
  const TrackPoint &a = points[from], &b = points[to];
  const double span = static_cast<double>(b.time_ns - a.time_ns);
  for (std::size_t i = from + 1; i < to; ++i) {
    const double u = static_cast<double>(points[i].time_ns - a.time_ns) / span;
    const double x = a.x + u * (b.x - a.x), y = a.y + u * (b.y - a.y);
    const double yaw = a.yaw + u * sim::wrap_angle(b.yaw - a.yaw);
    if (sim::hypot(x - points[i].x, y - points[i].y) > kStraightM) return false;
    if (std::fabs(a.z + u * (b.z - a.z) - points[i].z) > kStraightM) return false;
    if (std::fabs(sim::wrap_angle(yaw - points[i].yaw)) > kStraightRad) return false;
  }
  return true;
}

std::vector<std::size_t> corners(std::span<const TrackPoint> points) {
  std::vector<std::size_t> kept{0};
  for (std::size_t i = 1; i + 1 < points.size(); ++i)
    if (i + 1 - kept.back() > kMostLeftOut || !straight(points, kept.back(), i + 1)) kept.push_back(i);
  if (points.size() > 1) kept.push_back(points.size() - 1);
  return kept;
}

class Maker {
 public:
  Maker(const replay::Description& log, const replay::Tracks& tracks) : log_(log), tracks_(tracks) {}

  osc::Scenario make(const std::string& map) {
    out_.map = map;
    out_.description = "Tracks of " + (log_.files.empty() ? std::string("a log") : log_.files.front().path);
    out_.author = "Bitgoeul";
    out_.date = "2026-01-01T00:00:00";
    act_.name = "log";
    act_.start_trigger = at_time(0);
    for (const LoggedTrack& track : tracks_.tracks) add(track);
    osc::Story story;
    story.name = "log";
    if (!act_.maneuver_groups.empty()) {
      story.acts.push_back(std::move(act_));
      out_.storyboard.stories.push_back(std::move(story));
    }
    out_.storyboard.stop_trigger = at_time(seconds(tracks_.end_ns));
    return std::move(out_);
  }

 private:
  double seconds(std::int64_t time_ns) const { return static_cast<double>(time_ns - tracks_.start_ns) / 1e9; }

  static osc::Trigger at_time(double time_s) {
    osc::Condition condition;
    condition.name = "time";
    condition.condition = osc::ByValueCondition{osc::SimulationTimeCondition{time_s, osc::Rule::kGreaterOrEqual}};
    return {{condition}};
  }

  void add(const LoggedTrack& track) {
    if (track.points.empty()) return;
    out_.entities.push_back(object_of(track));
    osc::Maneuver maneuver;
    maneuver.name = "track";
    for (std::size_t from = 0; from < track.points.size();) {
      std::size_t to = from + 1;
      while (to < track.points.size() && !track.points[to].begins) ++to;
      add_span(track, std::span(track.points).subspan(from, to - from), maneuver);
      from = to;
    }
    if (maneuver.events.empty()) return;
    osc::ManeuverGroup group;
    group.name = track.name;
    group.actors = {track.name};
    group.maneuvers.push_back(std::move(maneuver));
    act_.maneuver_groups.push_back(std::move(group));
  }

  // From where it comes in to where it goes out of sight.
  void add_span(const LoggedTrack& track, std::span<const TrackPoint> points, osc::Maneuver& maneuver) {
    if (points.front().time_ns == tracks_.start_ns) {
      osc::Private init;
      init.entity_ref = track.name;
      init.actions.push_back(private_action(osc::TeleportAction{position_of(points.front())}));
      if (points.size() > 1) init.actions.push_back(private_action(way(points)));
      out_.storyboard.init.privates.push_back(std::move(init));
    } else {
      osc::Event comes = event("comes", points.front().time_ns, maneuver);
      osc::GlobalAction enters;
      enters.action = osc::AddEntityAction{track.name, position_of(points.front())};
      comes.actions.push_back(action("enters", enters));
      if (points.size() > 1) comes.actions.push_back(action("drives", private_action(way(points))));
      maneuver.events.push_back(std::move(comes));
    }
    if (points.back().time_ns >= tracks_.end_ns) return;
    osc::Event goes = event("goes", points.back().time_ns, maneuver);
    osc::GlobalAction leaves;
    leaves.action = osc::DeleteEntityAction{track.name};
    goes.actions.push_back(action("leaves", leaves));
    maneuver.events.push_back(std::move(goes));
  }

  template <class T>
  static osc::PrivateAction private_action(T what) {
    osc::PrivateAction out;
    out.action = std::move(what);
    return out;
  }
  template <class T>
  static osc::Action action(const char* name, T what) {
    osc::Action out;
    out.name = name;
    out.action = std::move(what);
    return out;
  }
  osc::Event event(const std::string& name, std::int64_t time_ns, const osc::Maneuver& maneuver) const {
    osc::Event out;
    out.name = name + "_" + std::to_string(maneuver.events.size());
    out.priority = osc::Priority::kParallel;
    out.start_trigger = at_time(seconds(time_ns));
    return out;
  }

  osc::FollowTrajectoryAction way(std::span<const TrackPoint> points) const {
    osc::FollowTrajectoryAction out;
    out.trajectory.name = "logged";
    out.time_reference = osc::TimeReference{};
    osc::Polyline line;
    for (const std::size_t i : corners(points)) {
      osc::Vertex vertex;
      vertex.position = position_of(points[i]);
      vertex.time_s = seconds(points[i].time_ns);
      line.vertices.push_back(std::move(vertex));
    }
    out.trajectory.shape = std::move(line);
    return out;
  }

  // The norm's word, and whether it is somebody on foot. `miscellaneous`: a MiscObject.
  std::pair<std::string, bool> category_of(const LoggedTrack& track) const {
    if (log_.run) {
      const auto& types = log_.run->types;
      const std::string word = track.type < types.size() ? types[track.type].category : "car";
      return {word, word == "pedestrian" || word == "wheelchair"};
    }
    switch (track.type < replay::kObjectClasses ? static_cast<ObjectClass>(track.type) : ObjectClass::kUnknown) {
      case ObjectClass::kTruck:
        return {"truck", false};
      case ObjectClass::kBus:
        return {"bus", false};
      case ObjectClass::kMotorcycle:
        return {"motorbike", false};
      case ObjectClass::kBicycle:
        return {"bicycle", false};
      case ObjectClass::kPedestrian:
        return {"pedestrian", true};
      case ObjectClass::kAnimal:
        return {"animal", true};
      default:
        return {"car", false};
    }
  }

  osc::ScenarioObject object_of(const LoggedTrack& track) const {
    const auto [category, on_foot] = category_of(track);
    const auto or_else = [](double value, double usual) { return value > 0 ? value : usual; };
    osc::ScenarioObject object;
    object.name = track.name;
    const double length = or_else(track.length_m, on_foot ? 0.5 : 4.5),
                 width = or_else(track.width_m, on_foot ? 0.5 : 1.8),
                 height = or_else(track.height_m, on_foot ? 1.7 : 1.5);
    if (on_foot) {
      osc::Pedestrian pedestrian;
      pedestrian.name = category, pedestrian.category = category, pedestrian.mass_kg = 75;
      pedestrian.length_m = length, pedestrian.width_m = width, pedestrian.height_m = height;
      pedestrian.center_x_m = track.center_x_m, pedestrian.center_z_m = height / 2;
      object.other = std::move(pedestrian);
      return object;
    }
    if (category == "miscellaneous") {
      osc::MiscObject thing;
      thing.name = category, thing.category = "obstacle", thing.mass_kg = 1;
      thing.length_m = length, thing.width_m = width, thing.height_m = height;
      thing.center_x_m = track.center_x_m, thing.center_z_m = height / 2;
      object.other = std::move(thing);
      return object;
    }
    osc::Vehicle& v = object.vehicle;
    v.name = category, v.category = category;
    v.length_m = length, v.width_m = width, v.height_m = height;
    v.center_x_m = track.center_x_m, v.center_z_m = height / 2;
    v.max_speed_mps = 70, v.max_acceleration_mps2 = 10, v.max_deceleration_mps2 = 10;
    const double wheelbase = 0.6 * length, track_width = 0.85 * width;
    v.front.max_steering_rad = 0.6, v.front.position_x_m = wheelbase, v.front.position_z_m = 0.33;
    v.front.track_width_m = track_width, v.front.wheel_diameter_m = 0.66;
    v.rear = v.front;
    v.rear.max_steering_rad = 0, v.rear.position_x_m = 0;
    return object;
  }

  const replay::Description& log_;
  const replay::Tracks& tracks_;
  osc::Scenario out_;
  osc::Act act_;
};

}  // namespace

openscenario::Scenario scenario_of(const replay::Description& log, const replay::Tracks& tracks,
                                   const std::string& map) {
  return Maker(log, tracks).make(map);
}

}  // namespace bitgoeul::scenarios
