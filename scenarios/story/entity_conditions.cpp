#include "scenarios/story/entity_conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <variant>

#include "maps/lane_geometry.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

constexpr double kStandingMps = 0.01;
constexpr double kAtEndM = 0.05;

double magnitude(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }

double speed_of(const Seen& seen, const std::optional<osc::DirectionalDimension>& direction) {
  if (!direction) return magnitude(seen.speed, seen.left_speed, seen.up_speed);
  if (*direction == osc::DirectionalDimension::kLongitudinal) return seen.speed;
  return *direction == osc::DirectionalDimension::kLateral ? seen.left_speed : seen.up_speed;
}

double acceleration_of(const Seen& seen, const std::optional<osc::DirectionalDimension>& direction) {
  if (!direction) return magnitude(seen.acceleration, seen.left_acceleration, seen.up_acceleration);
  if (*direction == osc::DirectionalDimension::kLongitudinal) return seen.acceleration;
  return *direction == osc::DirectionalDimension::kLateral ? seen.left_acceleration : seen.up_acceleration;
}

// Without a direction, how much faster; with one, the difference of the velocities along the first one's axis.
double relative_speed(const Seen& a, const Seen& b, const std::optional<osc::DirectionalDimension>& direction) {
  if (!direction) return speed_of(a, {}) - speed_of(b, {});
  if (*direction == osc::DirectionalDimension::kVertical) return a.up_speed - b.up_speed;
  double sine = 0, cosine = 1;
  sim::sincos(b.yaw - a.yaw, sine, cosine);
  if (*direction == osc::DirectionalDimension::kLongitudinal) return a.speed - (b.speed * cosine - b.left_speed * sine);
  return a.left_speed - (b.speed * sine + b.left_speed * cosine);
}

bool at_end_of_road(const View& view, Row entity) {
  if (view.map == nullptr) return false;
  const LaneSpot spot = thing_of(view, entity).spot;
  if (spot.lane == kNone) return false;
  const double left = spot.dir > 0 ? view.map->lanes[spot.lane].length - spot.s : spot.s;
  return left <= kAtEndM && !lane_after(*view.map, spot);
}

bool touches(const View& view, Row a, Row b) {
  return std::binary_search(view.touching.begin(), view.touching.end(), std::pair(std::min(a, b), std::max(a, b)));
}
bool touches_type(const View& view, Row row, osc::ObjectType type) {
  return std::any_of(view.touching.begin(), view.touching.end(), [&](const auto& pair) {
    if (pair.first != row && pair.second != row) return false;
    const auto other = static_cast<std::size_t>(pair.first == row ? pair.second : pair.first);
    return other < view.seen.size() ? view.seen[other].object == type : type == osc::ObjectType::kVehicle;
  });
}

std::span<const Row> route_of(const View& view, Row entity) {
  const auto row = static_cast<std::size_t>(entity);
  return row < view.routes.size() ? std::span<const Row>(view.routes[row]) : std::span<const Row>();
}
const Path* path_of(const View& view, Row entity) {
  const auto row = static_cast<std::size_t>(entity);
  return row < view.paths.size() ? view.paths[row] : nullptr;
}

bool near_angle(const std::optional<double>& angle, double wanted, double tolerance) {
  return angle && std::abs(sim::wrap_angle(*angle - wanted)) <= tolerance + 1e-9;
}

// What names and positions a condition refers to.
struct Refers {
  std::vector<std::string> names;
  const osc::Position* position = nullptr;
  const osc::Measure* measure = nullptr;
};

template <class T>
Refers refers_of(const T& c) {
  Refers out;
  if constexpr (requires { c.measure; }) out.measure = &c.measure;
  if constexpr (requires { c.position; }) out.position = &c.position;
  if constexpr (requires { c.entity_ref; }) out.names.push_back(c.entity_ref);
  if constexpr (requires { c.entity_refs; }) out.names = c.entity_refs;
  if constexpr (std::is_same_v<T, osc::CollisionCondition>)
    if (const auto* name = std::get_if<std::string>(&c.with)) out.names.push_back(*name);
  if constexpr (std::is_same_v<T, osc::TimeToCollisionCondition>) {
    if (const auto* name = std::get_if<std::string>(&c.target)) out.names.push_back(*name);
    out.position = std::get_if<osc::Position>(&c.target);
  }
  return out;
}

}  // namespace

// One condition for one triggering entity, now.
struct EntityConditions::Case {
  EntityConditions& all;
  const Prepared& prepared;
  const View& view;
  Row row = kNone, memory = kNone;

  const Seen& seen() const { return view.seen[row]; }
  bool there(std::size_t i) const { return view.seen[prepared.others[i]].alive; }
  std::optional<Thing> other() const {
    if (prepared.others.empty()) {
      const auto place = locate(prepared.target, view);
      if (!place) return {};
      return thing_of(view, *place);
    }
    if (!there(0)) return {};
    return thing_of(view, prepared.others[0]);
  }
  std::optional<Distance> measured(const osc::Measure& measure) const {
    const auto target = other();
    if (!target) return {};
    return distance(view, thing_of(view, row), *target, measure, route_of(view, row), path_of(view, row));
  }

  bool operator()(const osc::EndOfRoadCondition& c) const {
    return all.lasts(at_end_of_road(view, row), c.duration_s, memory, view);
  }
  bool operator()(const osc::OffroadCondition& c) const {
    return all.lasts(seen().road == kNone, c.duration_s, memory, view);
  }
  bool operator()(const osc::StandStillCondition& c) const {
    return all.lasts(speed_of(seen(), {}) <= kStandingMps, c.duration_s, memory, view);
  }
  bool operator()(const osc::CollisionCondition& c) const {
    if (const auto* type = std::get_if<osc::ObjectType>(&c.with)) return touches_type(view, row, *type);
    return touches(view, row, prepared.others[0]);
  }
  // Who stands or reverses never gets to who is ahead; undefined when the other is behind.
  bool operator()(const osc::TimeHeadwayCondition& c) const {
    const auto d = measured(c.measure);
    const bool longitudinal = c.measure.distance_type != osc::RelativeDistanceType::kLateral;
    const double speed = longitudinal ? seen().speed : std::abs(seen().left_speed);
    if (!d || (longitudinal && !d->ahead)) return false;
    return holds(c.rule, speed > 1e-6 ? d->value / speed : std::numeric_limits<double>::infinity(), c.value_s);
  }
  // Undefined when they do not come nearer, and when the other is behind.
  bool operator()(const osc::TimeToCollisionCondition& c) const {
    const auto d = measured(c.measure);
    const bool lateral = c.measure.distance_type == osc::RelativeDistanceType::kLateral;
    if (!d || (!lateral && !d->ahead) || d->closing <= 1e-9) return false;
    return holds(c.rule, d->value / d->closing, c.value_s);
  }
  bool operator()(const osc::AccelerationCondition& c) const {
    return holds(c.rule, acceleration_of(seen(), c.direction), c.value_mps2);
  }
  bool operator()(const osc::SpeedCondition& c) const {
    return holds(c.rule, speed_of(seen(), c.direction), c.value_mps);
  }
  bool operator()(const osc::RelativeSpeedCondition& c) const {
    return there(0) && holds(c.rule, relative_speed(seen(), view.seen[prepared.others[0]], c.direction), c.value_mps);
  }
  bool operator()(const osc::TraveledDistanceCondition& c) const {
    return holds(osc::Rule::kGreaterOrEqual, seen().traveled_m, c.value_m);
  }
  bool operator()(const osc::ReachPositionCondition& c) const {
    const auto d = measured({});
    return d && holds(osc::Rule::kLessOrEqual, d->value, c.tolerance_m);
  }
  bool operator()(const osc::DistanceCondition& c) const {
    const auto d = measured(c.measure);
    return d && holds(c.rule, d->value, c.value_m);
  }
  bool operator()(const osc::RelativeDistanceCondition& c) const {
    const auto d = measured(c.measure);
    return d && holds(c.rule, d->value, c.value_m);
  }
  bool operator()(const osc::RelativeClearanceCondition& c) const {
    const Thing self = thing_of(view, row);
    if (!has_clearance_area(view, self, c)) return false;
    const auto clear_of = [&](Row other) {
      return other == row || !view.seen[other].alive ||
             !in_clearance(view, self, thing_of(view, other), route_of(view, row), c);
    };
    if (!prepared.others.empty()) return std::all_of(prepared.others.begin(), prepared.others.end(), clear_of);
    for (Row other = 0; other < static_cast<Row>(view.seen.size()); ++other)
      if (!clear_of(other)) return false;
    return true;
  }
  bool operator()(const osc::AngleCondition& c) const {
    const auto system = c.coordinate_system.value_or(osc::CoordinateSystem::kWorld);
    return near_angle(angle(view, row, c.type, system, path_of(view, row)), c.angle_rad, c.tolerance_rad);
  }
  // How the first is turned against the other, each seen from the same kind of coordinates.
  bool operator()(const osc::RelativeAngleCondition& c) const {
    if (!there(0)) return false;
    const auto system = c.coordinate_system.value_or(osc::CoordinateSystem::kWorld);
    const auto own = angle(view, row, c.type, system, path_of(view, row));
    const auto others = angle(view, prepared.others[0], c.type, system, path_of(view, row));
    return own && others && near_angle(*own - *others, c.angle_rad, c.tolerance_rad);
  }
};

sim::Result<Row> EntityConditions::prepare(const osc::ByEntityCondition& condition, osc::Source source,
                                           const PrepareContext& context) {
  Prepared out;
  out.condition = condition;
  const auto add_rows = [&](const std::vector<std::string>& names, std::vector<Row>& rows) -> sim::Result<void> {
    for (const std::string& name : names) {
      const auto row = entity_row(context, name, source);
      if (!row) return tl::unexpected(row.error());
      rows.push_back(*row);
    }
    return {};
  };
  if (auto added = add_rows(condition.entity_refs, out.triggering); !added) return tl::unexpected(added.error());
  std::sort(out.triggering.begin(), out.triggering.end());
  out.triggering.erase(std::unique(out.triggering.begin(), out.triggering.end()), out.triggering.end());
  const Refers refers = std::visit([](const auto& c) { return refers_of(c); }, condition.condition);
  if (auto added = add_rows(refers.names, out.others); !added) return tl::unexpected(added.error());
  if (refers.position != nullptr) {
    auto spot = story::prepare(*refers.position, context);
    if (!spot) return tl::unexpected(spot.error());
    out.target = std::move(*spot);
  }
  if (refers.measure != nullptr && refers.measure->routing_algorithm == osc::RoutingAlgorithm::kLeastIntersections)
    return tl::unexpected(issue_at(context, source, "routingAlgorithm=\"leastIntersections\"",
                                   "distances along the way with the least intersections are not supported",
                                   "use shortest, fastest or assignedRoute"));
  out.memory = static_cast<Row>(memory_.since_step.size());
  memory_.since_step.resize(memory_.since_step.size() + out.triggering.size(), -1);
  conditions_.push_back(std::move(out));
  return static_cast<Row>(conditions_.size() - 1);
}

bool EntityConditions::lasts(bool now, double duration_s, Row memory, const View& view) {
  std::int64_t& since = memory_.since_step[memory];
  if (!now) {
    since = -1;
    return false;
  }
  if (since < 0) since = view.step;
  return static_cast<double>(view.step - since) * view.dt_s() >= duration_s - 1e-9;
}

bool EntityConditions::held(Row condition, const View& view, std::vector<Row>& by) {
  by.clear();
  const Prepared& prepared = conditions_[condition];
  std::size_t present = 0;
  for (std::size_t i = 0; i < prepared.triggering.size(); ++i) {
    const Row row = prepared.triggering[i], memory = prepared.memory + static_cast<Row>(i);
    if (!view.seen[row].alive) {
      memory_.since_step[memory] = -1;
      continue;
    }
    ++present;
    if (std::visit(Case{*this, prepared, view, row, memory}, prepared.condition.condition)) by.push_back(row);
  }
  if (prepared.condition.rule == osc::TriggeringEntitiesRule::kAny) return !by.empty();
  return present == prepared.triggering.size() && by.size() == present && present > 0;
}

void EntityConditions::reset(Row condition) {
  const Prepared& prepared = conditions_[condition];
  for (std::size_t i = 0; i < prepared.triggering.size(); ++i)
    memory_.since_step[static_cast<std::size_t>(prepared.memory) + i] = -1;
}

}  // namespace bitgoeul::scenarios::story
