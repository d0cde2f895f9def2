#include "scenarios/stack/reask.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "scenarios/asking_drivers.h"

namespace bitgoeul::scenarios::stack {
namespace {

using ActsOfStep = std::map<std::int64_t, std::vector<replay::RecordedAct>>;  // by step of the observation

bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

sim::Result<ActsOfStep> acts_of(const replay::RunLog& log) {
  ActsOfStep out;
  auto read = log.each_step([&](const replay::StepRecord& record) {
    if (!record.acts.empty()) out[record.step - 1] = record.acts;
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

class Comparison {
 public:
  Comparison(const replay::StackSession& session, const ActsOfStep& recorded, sim::Stack& stack, Reasked& out)
      : session_(session), recorded_(recorded), stack_(stack), out_(out) {}

  // False: stop.
  bool observation(const std::string& message) {
    std::uint64_t seq = 0;
    if (!codec_.decode(message, seq, seen_) || seen_.empty()) return true;
    ++out_.observations;
    answers_.assign(seen_.size(), {});
    if (!stack_.ask(seen_) || !stack_.answer(answers_)) {
      failed_ = true;
      return false;
    }
    const auto step = recorded_.find(seen_[0].step);
    if (step == recorded_.end()) return true;
    for (std::size_t i = 0; i < seen_.size(); ++i)
      if (!compare(step->second, seen_[i], answers_[i])) return false;
    return true;
  }
  bool failed() const { return failed_; }

 private:
  bool compare(const std::vector<replay::RecordedAct>& acts, const sim::Observation& seen, sim::Act& again) {
    const sim::Row row = seen.ego.row();
    const auto then =
        std::find_if(acts.begin(), acts.end(), [&](const replay::RecordedAct& a) { return a.entity == row; });
    if (then == acts.end()) return true;
    ++out_.acts;
    const auto ego = std::find_if(session_.init.egos.begin(), session_.init.egos.end(),
                                  [&](const sim::EgoInfo& e) { return e.row == row; });
    if (again.kind == sim::ActKind::kDriver && seen.driver != nullptr)
      clamp_decision(*seen.driver, again.driver);
    else if (ego != session_.init.egos.end())
      clamp_act(*ego, again);
    const bool told = then->act.stack_hash != sim::Hash128{} && again.stack_hash != sim::Hash128{};
    const bool same_state = !told || then->act.stack_hash == again.stack_hash;
    if (same_bits(then->act, again) && same_state) return true;
    ActDifference d{seen.step, ego != session_.init.egos.end() ? ego->name : std::to_string(row), text_of(then->act),
                    text_of(again), same_bits(then->act, again)};
    if (d.own_state) d.recorded = sim::to_hex(then->act.stack_hash), d.again = sim::to_hex(again.stack_hash);
    out_.first = std::move(d);
    return false;
  }

  const replay::StackSession& session_;
  const ActsOfStep& recorded_;
  sim::Stack& stack_;
  Reasked& out_;
  replay::ObserveCodec codec_;
  std::vector<sim::Observation> seen_;
  std::vector<sim::Act> answers_;
  bool failed_ = false;
};

sim::Result<std::vector<replay::StepRecord>> steps_of(const replay::RunLog& log) {
  std::vector<replay::StepRecord> out;
  auto read = log.each_step([&](const replay::StepRecord& record) {
    out.push_back(record);
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

std::optional<std::string> act_difference(const replay::StepRecord& a, const replay::StepRecord& b) {
  if (a.acts.size() != b.acts.size()) return fmt::format("{} and {} acts", a.acts.size(), b.acts.size());
  for (std::size_t i = 0; i < a.acts.size(); ++i)
    if (a.acts[i].entity != b.acts[i].entity || !same_bits(a.acts[i].act, b.acts[i].act) ||
        a.acts[i].act.stack_hash != b.acts[i].act.stack_hash)
      return fmt::format("act of vehicle {}: {} and {}", a.acts[i].entity, text_of(a.acts[i].act),
                         text_of(b.acts[i].act));
  return std::nullopt;
}

}  // namespace

bool same_bits(const sim::Act& a, const sim::Act& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == sim::ActKind::kControl)
    return same(a.acceleration_mps2, b.acceleration_mps2) && same(a.steering_rad, b.steering_rad);
  if (a.kind == sim::ActKind::kDriver)
    return same(a.driver.acceleration_mps2, b.driver.acceleration_mps2) &&
           same(a.driver.steering_rad, b.driver.steering_rad) && same(a.driver.change_m, b.driver.change_m) &&
           a.driver.binding == b.driver.binding && a.driver.change == b.driver.change;
  if (a.kind != sim::ActKind::kTrajectory) return true;
  static_assert(sizeof(sim::TrajectoryPoint) == 6 * sizeof(double));
  return a.trajectory.size() == b.trajectory.size() &&
         std::memcmp(a.trajectory.data(), b.trajectory.data(), a.trajectory.size() * sizeof(sim::TrajectoryPoint)) == 0;
}

std::string text_of(const sim::Act& act) {
  if (act.kind == sim::ActKind::kHold) return "hold";
  if (act.kind == sim::ActKind::kControl)
    return fmt::format("{} m/s2, {} rad", act.acceleration_mps2, act.steering_rad);
  if (act.kind == sim::ActKind::kDriver)
    return fmt::format("{} m/s2, {} rad, lane change {}", act.driver.acceleration_mps2, act.driver.steering_rad,
                       static_cast<int>(act.driver.change));
  return fmt::format("a trajectory of {} points", act.trajectory.size());
}

sim::Result<Reasked> reask(const replay::RunLog& log, std::uint32_t index, sim::Stack& stack) {
  const auto sessions = log.stacks();
  const auto session = std::find_if(sessions.begin(), sessions.end(), [&](const auto& s) { return s.index == index; });
  if (session == sessions.end()) return sim::fail(fmt::format("the run has no stack {}", index));
  const auto recorded = acts_of(log);
  if (!recorded) return tl::unexpected(recorded.error());
  const auto failure = [&] {
    const sim::StackFault fault = stack.fault();
    return sim::fail(fmt::format("{}: {}", to_string(fault.kind), fault.what), {}, 0, "stack " + session->spec);
  };
  if (!stack.start(session->init)) return failure();
  Reasked out;
  Comparison comparison(*session, *recorded, stack, out);
  auto read = log.each_observe([&](std::uint32_t which, const std::string& observe) {
    return which != index || comparison.observation(observe);
  });
  if (comparison.failed()) return failure();
  if (!read) return tl::unexpected(read.error());
  if (out.observations == 0)
    return sim::fail("the log holds no observations", {}, 0, {}, "record the run with --record frames");
  return out;
}

sim::Result<Blame> blame(const replay::RunLog& a, const replay::RunLog& b) {
  const auto one = steps_of(a), other = steps_of(b);
  if (!one) return tl::unexpected(one.error());
  if (!other) return tl::unexpected(other.error());
  for (std::size_t i = 0; i < std::min(one->size(), other->size()); ++i) {
    const replay::StepRecord &x = (*one)[i], &y = (*other)[i];
    if (const auto what = act_difference(x, y)) return Blame{Blame::Who::kStack, x.step - 1, *what};
    if (x.hash != y.hash) return Blame{Blame::Who::kEngine, x.step, "state hash"};
  }
  return Blame{};
}

}  // namespace bitgoeul::scenarios::stack
