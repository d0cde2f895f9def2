// Conform: holds a driving stack against the protocol without a simulation: a made-up street with other vehicles, a
// kinematic ego that does what the stack says. Every check has a verdict and a sentence. Called by `stack conform` and
// tests. Wall time is measured here and decides nothing but the latency's own numbers. Thread rule: one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/stack/remote.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::stack {

enum class Check : std::uint8_t { kPass, kFail, kSkipped };

struct CheckResult {
  std::string name;
  Check verdict = Check::kSkipped;
  std::string detail;
};

struct Conformance {
  std::vector<CheckResult> checks;
  double p50_us = 0, p90_us = 0, p99_us = 0, most_us = 0;  // from Observe to Act
  int exchanges = 0;
  std::string client;
  bool pass() const;
};

struct ConformOptions {
  RemoteOptions remote;
  int exchanges = 400, egos = 2, objects = 50;
  double pause_s = 1.5;
};

// Runs the stack several times.
Conformance conform(const Spec& spec, const ConformOptions& options);

// The street of the conformance run: what a stack sees of it after each of its answers. Also for benchmarks.
class Street {
 public:
  Street(int egos, int objects);
  const sim::StackInit& init() const { return init_; }
  std::span<const sim::Observation> observe();
  void advance(std::span<const sim::Act> acts);

 private:
  sim::StackInit init_;
  std::int64_t step_ = 0;
  std::vector<double> x_, y_, yaw_, speed_;
  std::vector<sim::ObservedObject> objects_;
  std::vector<std::vector<sim::PathPoint>> paths_;
  std::vector<sim::ObservedSignal> signals_;
  std::vector<sim::Observation> seen_;
};

}  // namespace bitgoeul::scenarios::stack
