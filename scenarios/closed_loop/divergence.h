// Divergence: how far a closed loop has left its log, and whether the log still explains it. Gathers ten frames per
// second and the events; the step never reads it. An agent is no longer explained while it is more than 2 m from where
// its log has it. The verdict is INVALID from the moment on at which, for more than 2 s, more than `share` of the
// agents within 100 m of an ego (and at least 5) are not explained, or an ego is farther than `ego_m` from its log,
// whose sensors have not seen what is there. Made by run.cpp. Metres, seconds. Thread rule: one thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/closed_loop/log_world.h"
#include "scenarios/result.h"
#include "scenarios/simulation.h"
#include "sim/event.h"
#include "sim/snapshot.h"

namespace bitgoeul::scenarios::closed_loop {

struct ValidityLimits {
  double share = 0.5;
  double ego_m = 0;  // 0: 50 m in foreign logs, none in runs of ours
};

class Divergence {
 public:
  Divergence(const SimulationSetup& setup, const ValidityLimits& limits);
  void frame(const sim::Snapshot& snapshot);
  void events(std::span<const sim::Event> events);
  Criterion criterion() const;    // log_validity
  LogDivergence numbers() const;  // for result.json

 private:
  // True once it has held for the time allowed.
  bool lasts(std::int64_t& from_ns, bool now, std::int64_t time_ns) const;
  double off_m(const sim::Entities& entities, std::size_t row, std::int64_t time_ns);
  void invalid(std::int64_t time_ns, std::size_t row, double value, double limit, const char* unit);

  const LogWorld* log_;
  std::vector<std::string> names_;
  std::vector<std::uint8_t> ego_;
  std::vector<std::size_t> hints_;
  ValidityLimits limits_;
  LogDivergence out_;
  double sum_m_ = 0;
  std::int64_t samples_ = 0, share_from_ns_ = -1;
  std::vector<std::int64_t> ego_from_ns_;
  double worst_share_ = 0;
  Criterion verdict_;
};

}  // namespace bitgoeul::scenarios::closed_loop
