#include "scenarios/statistics.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/math.h"

namespace bitgoeul::scenarios {
namespace {

constexpr double kBinMps = 5.0 / 3.6;
constexpr std::int64_t kSecondNs = 1'000'000'000;

std::size_t bin_of(double speed_mps) {
  return static_cast<std::size_t>(std::clamp(speed_mps / kBinMps, 0.0, kSpeedBins - 1.0));
}

bool worth_keeping(sim::EventKind kind) {
  using sim::EventKind;
  return kind == EventKind::kCollisionBegin || kind == EventKind::kRedLight || kind == EventKind::kStandstill ||
         kind == EventKind::kOffRoad;
}

}  // namespace

Statistics::Statistics(std::vector<std::string> names) {
  for (std::string& name : names) {
    egos.emplace_back();
    egos.back().name = std::move(name);
  }
}

std::string Statistics::name_of(sim::Id id) const {
  if (id.null()) return {};
  if (id.index < egos.size()) return egos[id.index].name;
  std::string_view kind = "traffic";
  if (const auto now = kinds_.find(id.index); now != kinds_.end() && now->second.first == id.generation)
    kind = now->second.second;
  else if (const auto kept = kept_kinds_.find({id.index, id.generation}); kept != kept_kinds_.end())
    kind = kept->second;
  return fmt::format("{}_{}", kind, id.index);
}

// Who was there from the beginning has not come.
void Statistics::note_kind(sim::Id id, const KindOf& kind_of) {
  if (id.null() || id.index < egos.size() || !kind_of) return;
  const auto known = kinds_.find(id.index);
  if (known != kinds_.end() && known->second.first >= id.generation) return;
  kinds_[id.index] = {id.generation, kind_of(id.row())};
}

void Statistics::events(std::span<const sim::Event> events, const KindOf& kind_of) {
  for (const sim::Event& event : events) {
    note_kind(event.entity, kind_of);
    note_kind(event.other, kind_of);
    EgoStatistics* ego = !event.entity.null() && event.entity.index < egos.size() ? &egos[event.entity.index] : nullptr;
    if (event.kind == sim::EventKind::kRedLight) {
      ++red_lights;
      if (ego) ++ego->red_lights;
    }
    if (ego && event.kind == sim::EventKind::kRouteCompleted) ++ego->routes_completed;
    if (ego && event.kind == sim::EventKind::kRemove)
      ego->left = true, ego->seen = ego->standing = false, ego->standing_now_s = 0;
    if (event.kind == sim::EventKind::kCollisionBegin) {
      if (ego) ++ego->collisions;
      if (!event.other.null() && event.other.index < egos.size()) ++egos[event.other.index].collisions;
    }
    if (!worth_keeping(event.kind)) continue;
    if (kept.size() == kMaxEventsKept) {
      ++kept_left_out;
      continue;
    }
    kept.push_back(event);
    for (const sim::Id id : {event.entity, event.other})
      if (const auto kind = kinds_.find(id.index); !id.null() && kind != kinds_.end())
        kept_kinds_[{id.index, id.generation}] = kind->second.second;
  }
}

void Statistics::ego_frame(EgoStatistics& ego, const sim::Entities& entities, sim::Row row, double dt_s, bool second) {
  const auto i = static_cast<std::size_t>(row);
  const double x = entities.x[i], y = entities.y[i], speed = entities.speed_mps[i];
  if (ego.seen) ego.distance_m += sim::hypot(x - ego.x, y - ego.y), ego.driven_s += dt_s;
  ego.x = x;
  ego.y = y;
  ego.max_speed_mps = std::max(ego.max_speed_mps, speed);
  const bool standing = speed < kStandingMps;
  if (standing && !ego.standing && ego.seen) ++ego.stops;
  ego.standing_now_s = standing ? ego.standing_now_s + (ego.standing ? dt_s : 0.0) : 0.0;
  ego.longest_standing_s = std::max(ego.longest_standing_s, ego.standing_now_s);
  if (standing) ego.standing_s += dt_s;
  ego.standing = standing;
  ego.seen = true;
  ego.actor = entities.role[i] == sim::Role::kActor;
  if (!second) return;
  ego.trip.push_back({static_cast<float>(x), static_cast<float>(y), static_cast<float>(speed), ego.left});
  ego.left = false;
}

void Statistics::second_sample(const sim::Snapshot& snapshot) {
  SecondSample sample;
  sample.time_s = static_cast<double>(snapshot.time_ns) * 1e-9;
  double ego_sum = 0, traffic_sum = 0;
  const sim::Entities& e = snapshot.entities;
  for (std::size_t i = 0; i < e.alive.size(); ++i) {
    if (!e.alive[i] || e.role[i] == sim::Role::kPedestrian) continue;
    const bool traffic = e.role[i] == sim::Role::kTraffic, standing = e.speed_mps[i] < kStandingMps;
    (traffic ? sample.traffic : sample.egos) += 1;
    (traffic ? sample.traffic_standing : sample.egos_standing) += standing ? 1 : 0;
    (traffic ? traffic_sum : ego_sum) += e.speed_mps[i];
    ++(traffic ? traffic_speed_histogram : ego_speed_histogram)[bin_of(e.speed_mps[i])];
  }
  if (sample.egos > 0) sample.ego_mean_mps = ego_sum / sample.egos;
  if (sample.traffic > 0) sample.traffic_mean_mps = traffic_sum / sample.traffic;
  sample.flow_vkm_per_h = (ego_sum + traffic_sum) * 3.6;
  seconds.push_back(sample);
}

void Statistics::frame(const sim::Snapshot& snapshot) {
  const double dt_s = last_ns_ < 0 ? 0.0 : static_cast<double>(snapshot.time_ns - last_ns_) * 1e-9;
  const bool second = snapshot.time_ns >= next_second_ns_;
  last_ns_ = snapshot.time_ns;
  for (std::size_t row = 0; row < egos.size() && row < snapshot.entities.alive.size(); ++row)
    if (snapshot.entities.alive[row]) ego_frame(egos[row], snapshot.entities, static_cast<sim::Row>(row), dt_s, second);
  if (!second) return;
  second_sample(snapshot);
  next_second_ns_ = (snapshot.time_ns / kSecondNs + 1) * kSecondNs;
}

}  // namespace bitgoeul::scenarios
