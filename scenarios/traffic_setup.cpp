#include "scenarios/traffic_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "maps/road_position.h"
#include "scenarios/openscenario/walk.h"
#include "scenarios/setup_notes.h"
#include "scenarios/story/positions.h"
#include "scenarios/vehicle_setup.h"
#include "sim/polygon.h"
#include "vehicles/bus_stops.h"
#include "vehicles/riders.h"
#include "vehicles/traffic.h"
#include "vehicles/vehicle_catalogue.h"

namespace bitgoeul::scenarios {
namespace {

namespace osc = openscenario;
using maps::Row;

constexpr double kSourceLastsS = 120;  // vehicles of a source that are in the world at a time, by its rate
constexpr std::int64_t kMostOfSource = 300;

bool holds_map(const osc::TrafficAreaAction& action, const maps::GeoBox& box) {
  std::vector<std::array<double, 2>> corners;
  for (const osc::Position& corner : action.polygon)
    if (const auto* world = std::get_if<osc::WorldPosition>(&corner.at)) corners.push_back({world->x, world->y});
  const auto holds = [&](double x, double y) {
    return sim::inside_polygon(
        corners.size(), [&](std::size_t i) { return corners[i]; }, x, y);
  };
  return corners.size() == action.polygon.size() && corners.size() >= 3 && holds(box.min_x, box.min_y) &&
         holds(box.min_x, box.max_y) && holds(box.max_x, box.min_y) && holds(box.max_x, box.max_y);
}

std::string mix_of(const osc::TrafficChoice& choice) {
  return osc::find_property(choice.properties, osc::kMixProperty).value_or("");
}

bool own_mix(const osc::TrafficChoice& choice) {
  const std::string mix = mix_of(choice);
  return mix == "builtin" || mix == "cyclists" || mix == "buses";
}

class ZoneMaker {
 public:
  ZoneMaker(const osc::Scenario& scenario, const maps::Map& map, vehicles::Catalogue& catalogue, sim::Issues& issues)
      : scenario_(scenario), map_(map), catalogue_(catalogue), issues_(issues) {
    for (const osc::ScenarioObject& object : scenario.entities) names_.push_back(object.name);
  }

  vehicles::Zone make(const osc::GlobalAction& action) {
    source_ = action.source;
    return std::visit([&](const auto& a) { return zone_of(a); }, action.action);
  }

 private:
  void report(const std::string& where, std::string what, std::string remedy,
              sim::Severity severity = sim::Severity::kError) {
    sim::Issue issue =
        story::issue_at({&map_, names_, scenario_.files}, source_, where, std::move(what), std::move(remedy));
    issue.severity = severity;
    if (severity == sim::Severity::kWarning) issue.rule = kUnsupportedRule;
    if (issue.file.empty()) issue.file = scenario_.file;
    issues_.push_back(std::move(issue));
  }

  vehicles::Zone zone_of(const osc::TrafficSourceAction& a) {
    vehicles::Zone zone;
    zone.kind = vehicles::ZoneKind::kSource;
    zone.name = a.name;
    zone.radius_m = a.radius_m;
    zone.rate_per_s = a.rate_per_s;
    zone.number = std::min<std::int64_t>(kMostOfSource, std::llround(std::ceil(a.rate_per_s * kSourceLastsS)) + 4);
    if (a.speed_mps) zone.min_speed_mps = zone.max_speed_mps = *a.speed_mps;
    take_choices(a.choices, "<TrafficSourceAction>", zone);
    return zone;
  }

  vehicles::Zone zone_of(const osc::TrafficSinkAction& a) {
    vehicles::Zone zone;
    zone.kind = vehicles::ZoneKind::kSink;
    zone.name = a.name;
    zone.radius_m = a.radius_m;
    zone.rate_per_s = a.rate_per_s.value_or(0.0);
    return zone;
  }

  vehicles::Zone zone_of(const osc::TrafficSwarmAction& a) {
    vehicles::Zone zone;
    zone.kind = vehicles::ZoneKind::kSwarm;
    zone.name = a.name;
    zone.number = count_of(a.number_of_vehicles, "<TrafficSwarmAction>");
    zone.inner_m = a.inner_radius_m;
    zone.major_m = a.semi_major_axis_m;
    zone.minor_m = a.semi_minor_axis_m;
    zone.offset_m = a.offset_m;
    zone.same = a.same_direction;
    zone.opposite = a.opposite_direction;
    if (a.speed_min_mps)
      zone.min_speed_mps = *a.speed_min_mps, zone.max_speed_mps = a.speed_max_mps.value_or(*a.speed_min_mps);
    const auto found = std::find(names_.begin(), names_.end(), a.central_object);
    if (found == names_.end())
      report("<TrafficSwarmAction>", fmt::format("there is no entity {}", a.central_object),
             "name one of the entities");
    zone.central = static_cast<Row>(found == names_.end() ? 0 : found - names_.begin());
    if (zone.major_m <= 0 || zone.minor_m <= 0)
      report("<TrafficSwarmAction>", "its ellipse has no size", "give both axes a length");
    if (zone.same + zone.opposite <= 0)
      report("<DirectionOfTravelDistribution>", "both weights are 0", "let one be greater");
    take_choices(a.choices, "<TrafficSwarmAction>", zone);
    return zone;
  }

  vehicles::Zone zone_of(const osc::TrafficAreaAction& a) {
    vehicles::Zone zone;
    zone.kind = vehicles::ZoneKind::kArea;
    zone.name = a.name;
    zone.number = count_of(a.number_of_entities, "<TrafficAreaAction>");
    zone.continuous = a.continuous;
    const story::PrepareContext context{&map_, names_, scenario_.files};
    for (const osc::Position& corner : a.polygon) {
      const auto spot = story::prepare(corner, context);
      if (!spot)
        issues_.push_back(spot.error());
      else if (!story::is_fixed(*spot))
        report("<Polygon>", "has a corner that moves", "give corners that stand still");
      else
        zone.polygon.push_back({spot->fixed.x, spot->fixed.y});
    }
    for (const osc::RoadRange& range : a.road_ranges) take_range(range, zone);
    if (a.polygon.empty() && zone.ranges.empty())
      report("<TrafficArea>", "holds no lane to drive on", "name roads and lanes of the map");
    else if (!a.polygon.empty() && zone.polygon.size() < 3)
      report("<Polygon>", "has fewer than three corners", "give three or more");
    take_choices(a.choices, "<TrafficAreaAction>", zone);
    return zone;
  }

  template <class Other>
  vehicles::Zone zone_of(const Other&) {
    return {};
  }

  std::int64_t count_of(std::uint32_t number, const char* where) {
    if (number > 100'000) report(where, "wants more than 100,000 vehicles", "use several, or fewer");
    return std::min<std::int64_t>(number, 100'000);
  }

  // The norm: from the first cursor along the roads that are named to the last one, over `length` at most.
  void take_range(const osc::RoadRange& range, vehicles::Zone& zone) {
    double left = range.length_m.value_or(1e300);
    const std::size_t n = range.cursors.size();
    for (std::size_t i = 0; i < n; ++i) {
      const osc::RoadCursor& cursor = range.cursors[i];
      const auto road = maps::find_road(map_, cursor.road_id);
      if (!road) {
        report("<RoadCursor>", fmt::format("the map has no road \"{}\"", cursor.road_id), "name a road of the map");
        continue;
      }
      const double length = map_.roads[*road].length;
      const bool inner = i > 0 && range.cursors[i - 1].road_id == cursor.road_id;  // the piece before has led here
      const bool goes_on = i + 1 < n && range.cursors[i + 1].road_id == cursor.road_id;
      if (inner && i + 1 == n) break;
      double from = i == 0 || inner ? std::min(cursor.s.value_or(0.0), length) : 0;
      double to = goes_on ? range.cursors[i + 1].s.value_or(length) : i + 1 == n ? cursor.s.value_or(length) : length;
      to = std::min(to, length);
      if (from > to) std::swap(from, to);
      to = std::min(to, from + left);
      left -= to - from;
      take_lanes(*road, from, to, cursor.lanes, zone);
    }
  }

  void take_lanes(Row road, double from, double to, const std::vector<std::int32_t>& ids, vehicles::Zone& zone) {
    const maps::Range sections = map_.roads[road].sections;
    if (sections.empty()) return;
    const Row end_lane = map_.sections[sections.end - 1].lanes.end;  // the lanes of a road stand together
    for (Row lane = map_.sections[sections.begin].lanes.begin; lane < end_lane; ++lane) {
      const maps::Lane& l = map_.lanes[lane];
      if (!maps::drivable(l.type)) continue;
      const auto middle = maps::to_road_lane(map_, lane, 0.5 * l.length, 0);
      if (!ids.empty() && std::find(ids.begin(), ids.end(), middle.lane_id) == ids.end()) continue;
      const double a = maps::to_road_lane(map_, lane, 0, 0).s, b = maps::to_road_lane(map_, lane, l.length, 0).s;
      const double low = std::min(a, b), high = std::max(a, b);
      if (to <= low || from >= high || high <= low) continue;
      const double scale = l.length / (high - low);
      double begin = (std::max(from, low) - low) * scale, end = (std::min(to, high) - low) * scale;
      if (a > b) begin = l.length - begin, end = l.length - end, std::swap(begin, end);
      zone.ranges.push_back({lane, begin, end});
    }
  }

  void take_choices(const std::vector<osc::TrafficChoice>& choices, const char* where, vehicles::Zone& zone) {
    for (const osc::TrafficChoice& choice : choices) {
      if (choice.weight <= 0) continue;
      if (own_mix(choice))
        take_own_mix(choice, zone);
      else if (!mix_of(choice).empty() && !choice.pedestrian)
        report(where, fmt::format("property {} is \"{}\"", osc::kMixProperty, mix_of(choice)),
               "write builtin, cyclists or buses");
      else if (choice.pedestrian)
        report(where, "pedestrians of this action are left out",
               "let a story move them, or let an area of Init that holds the whole map ask for pedestrians alone",
               sim::Severity::kWarning);
      else if (!choice.category.empty())
        take_category(choice, where, zone);
      else if (choice.vehicle)
        take_vehicle(choice, where, zone);
      if (!choice.controllers.empty())
        report(where, "controllers of background vehicles have no effect: the engine's own driver drives them", "",
               sim::Severity::kWarning);
    }
    if (zone.types.empty() && choices.empty()) take_own_mix({}, zone);
    if (zone.types.empty()) report(where, "names no vehicle that can drive", "give a vehicle with a weight above 0");
  }

  void take_own_mix(const osc::TrafficChoice& choice, vehicles::Zone& zone) {
    const double weight = choice.weight;
    if (mix_of(choice) == "cyclists") return zone.types.push_back({vehicles::add_cyclist_type(catalogue_), weight});
    if (mix_of(choice) == "buses") return zone.types.push_back({vehicles::add_bus_type(catalogue_), weight});
    const std::size_t own = std::min(vehicles::builtin_catalogue().size(), catalogue_.size());
    double sum = 0;
    for (std::size_t i = 0; i < own; ++i) sum += vehicles::share_of_mix(catalogue_[i]);
    for (std::size_t i = 0; i < own; ++i)
      if (const double share = vehicles::share_of_mix(catalogue_[i]); share > 0)
        zone.types.push_back({static_cast<std::uint16_t>(i), weight * share / sum});
  }

  void take_category(const osc::TrafficChoice& choice, const char* where, vehicles::Zone& zone) {
    const std::size_t own = vehicles::builtin_catalogue().size();
    std::vector<std::uint16_t> rows;
    for (std::size_t i = 0; i < own && i < catalogue_.size(); ++i)
      if (vehicles::to_string(catalogue_[i].category) == choice.category && catalogue_[i].coupler_m == 0)
        rows.push_back(static_cast<std::uint16_t>(i));
    if (rows.empty())
      report(where, fmt::format("the engine has no vehicle of category {}: it is left out", choice.category),
             "give a vehicle in a <TrafficDistribution>", sim::Severity::kWarning);
    for (const std::uint16_t row : rows) zone.types.push_back({row, choice.weight / static_cast<double>(rows.size())});
  }

  void take_vehicle(const osc::TrafficChoice& choice, const char* where, vehicles::Zone& zone) {
    const vehicles::VehicleType type = type_of(*choice.vehicle);
    if (const char* wrong = not_for_a_driver(*choice.vehicle))
      return report(where, fmt::format("vehicle {} {}", choice.vehicle->name, wrong), "give another one");
    zone.types.push_back({add_type(catalogue_, type), choice.weight});
  }

  const osc::Scenario& scenario_;
  const maps::Map& map_;
  vehicles::Catalogue& catalogue_;
  sim::Issues& issues_;
  std::vector<std::string> names_;
  osc::Source source_;
};

bool starts_a_zone(const osc::GlobalAction& action) {
  return std::holds_alternative<osc::TrafficSourceAction>(action.action) ||
         std::holds_alternative<osc::TrafficSinkAction>(action.action) ||
         std::holds_alternative<osc::TrafficSwarmAction>(action.action) ||
         std::holds_alternative<osc::TrafficAreaAction>(action.action);
}

// The first area of Init that holds the whole map, is kept filled, and is of that kind.
template <class F>
const osc::TrafficAreaAction* constant_area(const osc::Scenario& scenario, const maps::Map& map, F&& kind) {
  for (const osc::GlobalAction& global : scenario.storyboard.init.globals) {
    const auto* area = std::get_if<osc::TrafficAreaAction>(&global.action);
    if (area == nullptr || !area->continuous || !area->road_ranges.empty() || !holds_map(*area, map.box)) continue;
    if (kind(*area)) return area;
  }
  return nullptr;
}

}  // namespace

const osc::TrafficAreaAction* constant_traffic(const osc::Scenario& scenario, const maps::Map& map) {
  return constant_area(scenario, map, [](const osc::TrafficAreaAction& area) {
    return std::all_of(area.choices.begin(), area.choices.end(), own_mix);
  });
}

const osc::TrafficAreaAction* constant_pedestrians(const osc::Scenario& scenario, const maps::Map& map) {
  return constant_area(scenario, map, [](const osc::TrafficAreaAction& area) {
    return !area.choices.empty() && std::all_of(area.choices.begin(), area.choices.end(),
                                                [](const auto& c) { return c.pedestrian.has_value(); });
  });
}

double share_of(const osc::TrafficAreaAction& area, const char* mix) {
  double sum = 0, of = 0;
  for (const osc::TrafficChoice& choice : area.choices) {
    sum += choice.weight;
    if (mix_of(choice) == mix) of += choice.weight;
  }
  return sum > 0 ? of / sum : 0.0;
}

std::vector<const osc::GlobalAction*> zone_actions(const osc::Scenario& scenario, const maps::Map& map) {
  std::vector<const osc::GlobalAction*> actions;
  const osc::TrafficAreaAction *constant = constant_traffic(scenario, map),
                               *walkers = constant_pedestrians(scenario, map);
  osc::each_action(scenario, [&]<class A>(const A& action) {
    if constexpr (std::is_same_v<A, osc::GlobalAction>) {
      if (!starts_a_zone(action)) return;
      const auto* area = std::get_if<osc::TrafficAreaAction>(&action.action);
      if (area == nullptr || (area != constant && area != walkers)) actions.push_back(&action);
    }
  });
  return actions;
}

std::vector<vehicles::Zone> make_zones(const osc::Scenario& scenario, const maps::Map& map,
                                       vehicles::Catalogue& catalogue, sim::Issues& issues) {
  std::vector<vehicles::Zone> zones;
  ZoneMaker maker(scenario, map, catalogue, issues);
  for (const osc::GlobalAction* action : zone_actions(scenario, map)) zones.push_back(maker.make(*action));
  return zones;
}

std::size_t room_for(const std::vector<vehicles::Zone>& zones) {
  std::size_t room = 0;
  for (const vehicles::Zone& zone : zones) room += static_cast<std::size_t>(zone.number);
  return room;
}

}  // namespace bitgoeul::scenarios
