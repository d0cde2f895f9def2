#include "scenarios/criteria.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::scenarios {
namespace {

// Time and entity of the first event of a kind.
void first_event(Criterion& criterion, const Statistics& statistics, sim::EventKind kind, double dt_s) {
  for (const sim::Event& event : statistics.kept) {
    if (event.kind != kind) continue;
    criterion.time_s = std::round(static_cast<double>(event.step) * dt_s * 1e9) / 1e9;
    criterion.entity = statistics.name_of(event.entity);
    return;
  }
}

Criterion count_criterion(std::string name, double value, const Statistics& statistics, sim::EventKind kind,
                          double dt_s) {
  Criterion criterion{std::move(name), value > 0 ? Verdict::kFail : Verdict::kPass, value, 0.0};
  if (value > 0) first_event(criterion, statistics, kind, dt_s);
  return criterion;
}

Criterion standstill(const Totals& totals, const Statistics& statistics) {
  Criterion criterion{"standstill", Verdict::kPass, totals.longest_standstill_s, kStandstillLimitS};
  if (totals.longest_standstill_s > kStandstillLimitS) criterion.verdict = Verdict::kFail;
  const sim::Row row = totals.longest_standstill_entity;
  if (row != sim::kNone) criterion.entity = statistics.name_of({static_cast<std::uint32_t>(row), 1});
  return criterion;
}

// The vehicle that came least far. In a run shorter than a permitted standstill, one that has not moved yet proves
// nothing.
Criterion route_progress(const Statistics& statistics, double sim_time_s) {
  Criterion criterion{"route_progress", Verdict::kPass, 0.0, 0.0};
  const auto least =
      std::min_element(statistics.egos.begin(), statistics.egos.end(),
                       [](const EgoStatistics& a, const EgoStatistics& b) { return a.distance_m < b.distance_m; });
  criterion.value = least->distance_m;
  criterion.entity = least->name;
  if (least->distance_m <= 0.0)
    criterion.verdict = sim_time_s > kStandstillLimitS ? Verdict::kFail : Verdict::kInconclusive;
  return criterion;
}

}  // namespace

std::vector<Criterion> evaluate_criteria(const Totals& totals, const Statistics& statistics, double sim_time_s,
                                         double dt_s) {
  if (statistics.egos.empty() || sim_time_s <= 0) return {};
  return {count_criterion("collision", static_cast<double>(totals.collisions_engine), statistics,
                          sim::EventKind::kCollisionBegin, dt_s),
          standstill(totals, statistics),
          count_criterion("red_light", static_cast<double>(statistics.red_lights), statistics,
                          sim::EventKind::kRedLight, dt_s),
          route_progress(statistics, sim_time_s)};
}

}  // namespace bitgoeul::scenarios
