#include "scenarios/closed_loop/divergence.h"

#include <algorithm>
#include <cmath>

#include "scenarios/closed_loop/conflict.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::closed_loop {
namespace {

constexpr double kExplainedM = 2.0, kNearM = 100.0;
constexpr int kLeastAgents = 5;
constexpr std::int64_t kAllowedNs = 2'000'000'000;
constexpr double kForeignEgoM = 50.0;

}  // namespace

Divergence::Divergence(const SimulationSetup& setup, const ValidityLimits& limits)
    : log_(setup.log), limits_(limits), verdict_{"log_validity", Verdict::kPass} {
  for (const EntitySetup& entity : setup.entities) {
    names_.push_back(entity.name);
    ego_.push_back(entity.role == sim::Role::kEgo ? 1 : 0);
  }
  if (limits_.ego_m == 0) limits_.ego_m = log_->sees_everything ? 1e9 : kForeignEgoM;
  hints_.assign(names_.size(), 0);
  ego_from_ns_.assign(names_.size(), -1);
  verdict_.limit = limits_.share;
  verdict_.unit = "of the agents near an ego";
}

bool Divergence::lasts(std::int64_t& from_ns, bool now, std::int64_t time_ns) const {
  if (!now) from_ns = -1;
  if (now && from_ns < 0) from_ns = time_ns;
  return now && time_ns - from_ns > kAllowedNs;
}

// Negative: its log knows nothing of it now.
double Divergence::off_m(const sim::Entities& e, std::size_t row, std::int64_t time_ns) {
  const auto at = replay::track_at(log_->agents[row].track, time_ns, hints_[row]);
  return at ? sim::hypot(at->x - e.x[row], at->y - e.y[row]) : -1.0;
}

void Divergence::invalid(std::int64_t time_ns, std::size_t row, double value, double limit, const char* unit) {
  if (verdict_.verdict == Verdict::kInvalid) return;
  verdict_.verdict = Verdict::kInvalid;
  verdict_.time_s = static_cast<double>(time_ns) * 1e-9;
  verdict_.entity = names_[row];
  verdict_.value = value, verdict_.limit = limit, verdict_.unit = unit;
}

void Divergence::frame(const sim::Snapshot& snapshot) {
  const sim::Entities& e = snapshot.entities;
  std::size_t first_ego = 0;
  out_.unexplained_end = 0;
  int near = 0, near_unexplained = 0;
  for (std::size_t row = 0; row < names_.size(); ++row) {
    if (e.alive[row] == 0) continue;
    const double off = off_m(e, row, snapshot.time_ns);
    if (off < 0) continue;
    if (ego_[row] != 0) {
      first_ego = row;
      out_.ego_max_m = std::max(out_.ego_max_m, off), out_.ego_end_m = off;
      sum_m_ += off, ++samples_;
      if (lasts(ego_from_ns_[row], off > limits_.ego_m, snapshot.time_ns))
        invalid(snapshot.time_ns, row, off, limits_.ego_m, "m from its log");
      continue;
    }
    const bool explained = off <= kExplainedM;
    if (!explained) ++out_.unexplained_end;
    if (!explained && out_.first_unexplained_s < 0)
      out_.first_unexplained_s = static_cast<double>(snapshot.time_ns) * 1e-9;
    bool is_near = false;
    for (std::size_t ego = 0; ego < names_.size() && ego_[ego] != 0 && !is_near; ++ego)
      is_near = e.alive[ego] != 0 && sim::hypot(e.x[ego] - e.x[row], e.y[ego] - e.y[row]) < kNearM;
    near += is_near ? 1 : 0;
    near_unexplained += is_near && !explained ? 1 : 0;
  }
  out_.unexplained_peak = std::max(out_.unexplained_peak, out_.unexplained_end);
  const double share = near >= kLeastAgents ? static_cast<double>(near_unexplained) / near : 0.0;
  worst_share_ = std::max(worst_share_, share);
  if (lasts(share_from_ns_, share > limits_.share, snapshot.time_ns))
    invalid(snapshot.time_ns, first_ego, share, limits_.share, "of the agents near an ego");
}

void Divergence::events(std::span<const sim::Event> events) {
  for (const sim::Event& event : events) {
    if (event.kind == sim::EventKind::kHandBack) ++out_.hand_backs;
    if (event.kind != sim::EventKind::kHandOver) continue;
    ++out_.hand_overs;
    switch (static_cast<HandOver>(static_cast<int>(event.value))) {
      case HandOver::kPredictedConflict:
        ++out_.predicted_conflict;
        break;
      case HandOver::kBlocked:
        ++out_.blocked;
        break;
      case HandOver::kLeaderChanged:
        ++out_.leader_changed;
        break;
      case HandOver::kNone:
        break;
    }
  }
}

Criterion Divergence::criterion() const {
  Criterion c = verdict_;
  if (c.verdict != Verdict::kInvalid) c.value = worst_share_;
  return c;
}

LogDivergence Divergence::numbers() const {
  LogDivergence out = out_;
  out.log = log_->log;
  out.start_s = static_cast<double>(log_->start_ns) * 1e-9;
  out.agents = static_cast<std::int64_t>(std::count(ego_.begin(), ego_.end(), 0));
  out.ego_mean_m = samples_ > 0 ? sum_m_ / static_cast<double>(samples_) : 0.0;
  return out;
}

}  // namespace bitgoeul::scenarios::closed_loop
