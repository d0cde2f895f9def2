#include "scenarios/criteria/observer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <string>

#include "maps/lane_index.h"
#include "maps/projection.h"
#include "scenarios/criteria/watch.h"
#include "sim/kind_word.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::criteria {
namespace {

bool is_trailer(const SimulationSetup& setup, Row row) {
  const EntitySetup& entity = setup.entities[row];
  const auto category = setup.catalogue[entity.type].category;
  return category == vehicles::Category::kTrailer || category == vehicles::Category::kSemitrailer;
}

bool called_ego(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name == "ego" || name == "hero";
}

std::vector<Row> under_test(const SimulationSetup& setup) {
  std::vector<Row> rows;
  const auto count = static_cast<Row>(setup.entities.size());
  for (Row row = 0; row < count; ++row)
    if (setup.entities[row].role == sim::Role::kEgo && !is_trailer(setup, row)) rows.push_back(row);
  if (!rows.empty()) return rows;
  for (Row row = 0; row < count; ++row)
    if (called_ego(setup.entities[row].name)) rows.push_back(row);
  return rows;
}

double route_length(const maps::Map& map, const EntitySetup& entity) {
  if (entity.route.empty() || entity.route_closed) return 0;
  double metres = entity.route_end_s - entity.s;
  for (std::size_t i = 0; i + 1 < entity.route.size(); ++i) metres += map.lanes[entity.route[i]].length;
  return std::max(metres, 0.0);
}

void observe_comfort(Watch& watch, Ego& ego, double acceleration, double yaw_rate) {
  watch.note(Kind::kAcceleration, ego, std::max(acceleration, 0.0));
  watch.note(Kind::kBraking, ego, std::max(-acceleration, 0.0));
  watch.note(Kind::kLateral, ego, std::abs(ego.speed * yaw_rate));
  watch.note(Kind::kYawRate, ego, std::abs(yaw_rate));
  if (ego.seen && watch.frame_s > 0)
    watch.note(Kind::kJerk, ego, std::abs(acceleration - ego.acceleration) / watch.frame_s);
}

std::string_view kind_of(const sim::Snapshot& now, const vehicles::Catalogue& catalogue, Row row) {
  const bool bicycle = catalogue[now.entities.type[row]].category == vehicles::Category::kBicycle;
  return sim::kind_word(now.entities.role[row], bicycle);
}

}  // namespace

void Watch::note(Kind kind, const Ego& ego, double value, Row other) {
  const auto k = static_cast<std::size_t>(kind);
  if (!worst[k].asked) return;
  const double limit = limits[k][static_cast<std::size_t>(&ego - egos.data())];
  if (std::isnan(limit)) return;
  Worst& w = worst[k];
  const double margin = spec_of(kind).at_least ? value - limit : limit - value;
  w.measured = true;
  if (margin >= w.margin) return;
  w.margin = margin, w.value = value, w.limit = limit;
  w.time_s = time_s, w.x = ego.body.x, w.y = ego.body.y, w.z = ego.z;
  w.entity = ego.row, w.other = other;
  if (now != nullptr && other != kNone) w.other_kind = kind_of(*now, setup->catalogue, other);
}

Thing Watch::body(Row row) const {
  const sim::Entities& e = now->entities;
  Thing thing;
  thing.x = e.x[row], thing.y = e.y[row], thing.z = e.z[row], thing.yaw = e.yaw_rad[row];
  double sine = 0, cosine = 1;
  sim::sincos(thing.yaw, sine, cosine);
  thing.vx = e.speed_mps[row] * cosine, thing.vy = e.speed_mps[row] * sine;
  thing.rear = e.center_x_m[row] - 0.5 * e.length_m[row];
  thing.front = e.center_x_m[row] + 0.5 * e.length_m[row];
  thing.half_width = 0.5 * e.width_m[row];
  return thing;
}

bool Watch::red(Row lane) const {
  const Row group = map->lanes[lane].signal_group;
  return group != kNone && static_cast<std::size_t>(group) < now->signals.state.size() &&
         maps::light_for(map->lanes[lane].turn_when, now->signals.state[group]) == sim::SignalState::kRed;
}

struct Observer::Impl {
  Watch watch;
  std::vector<sim::Event> collisions;
  std::vector<std::uint8_t> completed;  // per ego
  bool idle = true;
};

Observer::Observer(const SimulationSetup& setup, const Questions& questions) : impl_(std::make_unique<Impl>()) {
  Watch& w = impl_->watch;
  w.setup = &setup;
  w.map = setup.map.get();
  w.worst.resize(specs().size());
  std::vector<Row> rows = under_test(setup);
  const std::vector<Row> tested = rows;
  for (const auto& [row, asked] : questions.of_entities) rows.push_back(row);
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  w.limits.assign(specs().size(), std::vector<double>(rows.size(), std::numeric_limits<double>::quiet_NaN()));
  for (const Row row : rows) {
    w.egos.emplace_back().row = row;
    w.egos.back().route_m = route_length(*w.map, setup.entities[row]);
  }
  impl_->completed.resize(rows.size());
  const auto set = [&](const Asked& asked, Row row) {
    const auto i = std::lower_bound(rows.begin(), rows.end(), row) - rows.begin();
    w.limits[static_cast<std::size_t>(asked.kind)][static_cast<std::size_t>(i)] = asked.limit;
  };
  for (const Asked& asked : questions.all) {
    if (asked.kind < Kind::kAtFault) continue;
    w.worst[static_cast<std::size_t>(asked.kind)].asked = true;
    w.worst[static_cast<std::size_t>(asked.kind)].limit = asked.limit;
    for (const Row row : tested) set(asked, row);
    impl_->idle = false;
  }
  for (const auto& [row, asked] : questions.of_entities) {
    if (asked.kind < Kind::kAtFault) continue;
    Worst& worst = w.worst[static_cast<std::size_t>(asked.kind)];
    if (!worst.asked) worst.limit = asked.limit;
    worst.asked = true;
    set(asked, row);
    impl_->idle = false;
  }
  for (const vehicles::VehicleType& type : setup.catalogue)
    w.vulnerable.push_back(type.category == vehicles::Category::kPedestrian ||
                           type.category == vehicles::Category::kWheelchair ||
                           type.category == vehicles::Category::kBicycle);
  if (!w.asked(Kind::kCrosswalk)) return;
  std::vector<double> x, y;
  for (Row object = 0; object < static_cast<Row>(w.map->objects.size()); ++object) {
    const maps::Object& o = w.map->objects[object];
    if (o.kind != maps::ObjectKind::kCrosswalk) continue;
    w.crosswalk_objects.push_back(object);
    x.push_back(o.x), y.push_back(o.y);
  }
  w.crosswalks.build(x, y, std::vector<std::uint8_t>(x.size(), 1));
}

Observer::~Observer() = default;

void Observer::events(std::span<const sim::Event> events) {
  if (impl_->idle) return;
  Watch& w = impl_->watch;
  for (const sim::Event& event : events) {
    if (event.kind == sim::EventKind::kCollisionBegin && w.any(Kind::kAtFault, Kind::kPreventable))
      impl_->collisions.push_back(event);
    if (event.kind != sim::EventKind::kRouteCompleted) continue;
    for (std::size_t i = 0; i < w.egos.size(); ++i)
      if (!event.entity.null() && w.egos[i].row == static_cast<Row>(event.entity.index)) impl_->completed[i] = 1;
  }
}

void Observer::frame(const sim::Snapshot& snapshot) {
  if (impl_->idle) return;
  Watch& w = impl_->watch;
  const double time_s = static_cast<double>(snapshot.time_ns) * 1e-9;
  w.now = &snapshot;
  w.frame_s = w.time_s < time_s ? time_s - w.time_s : 0;
  w.time_s = time_s;
  // With what each was doing in the frame before the collision.
  for (const sim::Event& event : impl_->collisions) observe_collision(w, event);
  impl_->collisions.clear();
  const sim::Entities& e = snapshot.entities;
  w.grid.build(e.x, e.y, e.alive);
  for (std::size_t i = 0; i < w.egos.size(); ++i) {
    Ego& ego = w.egos[i];
    if (!e.alive[ego.row]) {
      ego.seen = false;
      ego.leader = kNone;
      continue;
    }
    const Thing body = w.body(ego.row);
    if (ego.seen) ego.driven_m += sim::hypot(body.x - ego.body.x, body.y - ego.body.y);
    ego.body = body;
    ego.z = body.z;
    ego.speed = e.speed_mps[ego.row];
    observe_comfort(w, ego, e.acceleration_mps2[ego.row], e.yaw_rate_radps[ego.row]);
    ego.acceleration = e.acceleration_mps2[ego.row];
    find_way(w, ego);
    if (w.any(Kind::kTtc, Kind::kHeadway, Kind::kDrac, Kind::kRss, Kind::kVruGap, Kind::kStuck, Kind::kPreventable)) {
      find_leader(w, ego);
      observe_traffic(w, ego);
    }
    observe_road(w, ego);
    w.note(Kind::kAtFault, ego, ego.at_fault);
    w.note(Kind::kPreventable, ego, ego.preventable);
    ego.seen = true;
  }
  if (w.asked(Kind::kPet)) observe_encroachment(w);
  w.now = nullptr;
}

std::vector<Criterion> Observer::verdicts() const {
  Watch& w = impl_->watch;
  for (std::size_t i = 0; i < w.egos.size(); ++i)
    if (w.egos[i].route_m > 0)
      w.note(Kind::kRouteCompletion, w.egos[i],
             impl_->completed[i] ? 1.0 : std::min(1.0, w.egos[i].driven_m / w.egos[i].route_m));
  std::vector<Criterion> out;
  const auto name_of = [&](Row row, std::string_view kind) {
    if (row == kNone) return std::string();
    const auto i = static_cast<std::size_t>(row);
    return i < w.setup->entities.size() ? w.setup->entities[i].name : fmt::format("{}_{}", kind, row);
  };
  for (const Spec& spec : specs()) {
    const Worst& worst = w.worst[static_cast<std::size_t>(spec.kind)];
    if (!worst.asked) continue;
    Criterion c;
    c.name = spec.name;
    c.unit = spec.unit;
    c.limit = worst.limit;
    if (worst.measured) {
      c.verdict = worst.margin < -1e-9 ? Verdict::kFail : Verdict::kPass;
      c.value = worst.value;
      c.time_s = worst.time_s;
      c.entity = name_of(worst.entity, "traffic");
      c.other = name_of(worst.other, worst.other_kind);
      c.place = CriterionPlace{worst.x, worst.y, worst.z, {}, {}, {}, {}};
    }
    out.push_back(std::move(c));
  }
  return out;
}

void name_places(const maps::Map& map, std::vector<Criterion>& criteria) {
  const auto projection = map.projection.empty()
                              ? sim::Result<maps::Projection>(sim::fail("no projection"))
                              : maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading);
  for (Criterion& c : criteria) {
    if (!c.place) continue;
    maps::LaneQuery query;
    query.use_z = c.place->z_m.has_value();
    query.z = c.place->z_m.value_or(0);
    if (const auto at = maps::nearest_lane(map, c.place->x_m, c.place->y_m, query)) {
      const maps::Lane& lane = map.lanes[at->lane];
      c.place->lane = fmt::format("{}/{}", map.text_of(map.roads[lane.road].id), lane.odr_id);
      const Row junction = lane.junction;
      if (junction != kNone) c.place->junction = std::string(map.text_of(map.junctions[junction].id));
    }
    if (!projection) continue;
    const auto where = projection->inverse(c.place->x_m, c.place->y_m);
    if (where) c.place->latitude_deg = where->latitude_deg, c.place->longitude_deg = where->longitude_deg;
  }
}

}  // namespace bitgoeul::scenarios::criteria
