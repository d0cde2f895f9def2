#include "scenarios/criteria/gates.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitgoeul::scenarios {
namespace {

using criteria::Kind;

// Time and entity of the first event of a kind.
void first_event(Criterion& criterion, const Statistics& statistics, sim::EventKind kind, double dt_s) {
  for (const sim::Event& event : statistics.kept) {
    if (event.kind != kind) continue;
    criterion.time_s = std::round(static_cast<double>(event.step) * dt_s * 1e9) / 1e9;
    criterion.entity = statistics.name_of(event.entity);
    criterion.other = statistics.name_of(event.other);
    criterion.place = CriterionPlace{event.x, event.y, {}, {}, {}, {}, {}};
    return;
  }
}

double limit_of(Kind kind, std::span<const criteria::Asked> asked) {
  double limit = criteria::spec_of(kind).usual;
  for (const criteria::Asked& a : asked)
    if (a.kind == kind) limit = a.limit;
  return limit;
}

Criterion count_criterion(std::string name, double value, double limit, const Statistics& statistics,
                          sim::EventKind kind, double dt_s) {
  Criterion criterion{std::move(name), value > limit ? Verdict::kFail : Verdict::kPass, value, limit};
  if (value > 0) first_event(criterion, statistics, kind, dt_s);
  return criterion;
}

Criterion standstill(const Totals& totals, const Statistics& statistics, double limit) {
  Criterion criterion{"standstill", Verdict::kPass, totals.longest_standstill_s, limit};
  criterion.unit = "s";
  if (totals.longest_standstill_s > limit) criterion.verdict = Verdict::kFail;
  const sim::Row row = totals.longest_standstill_entity;
  if (row != sim::kNone) criterion.entity = statistics.name_of({static_cast<std::uint32_t>(row), 1});
  return criterion;
}

// The vehicle that came least far; actors of a story, which may well be parked, do not count. Where nobody has a driver
// the one that came farthest speaks for all. In a run shorter than a permitted standstill, one that has not moved yet
// proves nothing.
Criterion route_progress(const Statistics& statistics, double sim_time_s, double limit, double patience_s) {
  Criterion criterion{"route_progress", Verdict::kPass, 0.0, limit};
  criterion.unit = "m";
  const auto rank = [](const EgoStatistics& ego) {
    return std::pair(ego.actor, ego.actor ? -ego.distance_m : ego.distance_m);
  };
  const auto least =
      std::min_element(statistics.egos.begin(), statistics.egos.end(),
                       [&](const EgoStatistics& a, const EgoStatistics& b) { return rank(a) < rank(b); });
  criterion.value = least->distance_m;
  criterion.entity = least->name;
  if (least->distance_m < limit) criterion.verdict = Verdict::kFail;
  if (least->distance_m <= 0.0) criterion.verdict = sim_time_s > patience_s ? Verdict::kFail : Verdict::kInconclusive;
  return criterion;
}

}  // namespace

std::vector<Criterion> evaluate_criteria(const Totals& totals, const Statistics& statistics, double sim_time_s,
                                         double dt_s, std::span<const criteria::Asked> asked) {
  if (statistics.egos.empty() || sim_time_s <= 0) return {};
  const double patience_s = limit_of(Kind::kStandstill, asked);
  return {count_criterion("collision", static_cast<double>(totals.collisions_engine), limit_of(Kind::kCollision, asked),
                          statistics, sim::EventKind::kCollisionBegin, dt_s),
          standstill(totals, statistics, patience_s),
          count_criterion("red_light", static_cast<double>(statistics.red_lights), limit_of(Kind::kRedLight, asked),
                          statistics, sim::EventKind::kRedLight, dt_s),
          route_progress(statistics, sim_time_s, limit_of(Kind::kRouteProgress, asked), patience_s)};
}

}  // namespace bitgoeul::scenarios
