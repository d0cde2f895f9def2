// Segments of a recorded run, from one key frame to the next, and the crew of threads that drive them again side by
// side; who finds the first difference keeps the simulation as it stands. Used by rerun. Thread rule: `give` and
// `no_more` by the thread that reads the log, `work` by one thread per driver, the rest when these have ended.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "scenarios/rerun.h"

namespace bitgoeul::scenarios {

// A simulation of the run, and who answers in it as the log says.
struct Driver {
  std::vector<stack::RecordedStack> stacks;
  std::unique_ptr<Simulation> simulation;
};

struct Segment {
  std::int64_t from = 0;  // step of the key frame; 0: the start of the run
  sim::Bytes state;       // of the key frame
  sim::Hash128 hash;      // that the log has for its step
  std::vector<replay::StepRecord> steps;
};

class Crew {
 public:
  explicit Crew(const RerunOptions& options) : options_(options) {}

  // In order of their steps; waits until somebody has time. False: no more is wanted.
  bool give(Segment segment);
  void no_more();
  void work(std::unique_ptr<Driver> driver);

  struct Found {
    std::int64_t from = 0;  // of the segment
    RerunDifference difference;
    std::optional<sim::Hash128> hash;  // that the state should have had, where that is the difference
    std::unique_ptr<Driver> driver;    // after that step
  };
  const std::optional<Found>& found() const { return found_; }
  std::int64_t steps() const { return steps_; }  // begun
  bool interrupted() const { return interrupted_; }

 private:
  bool take(Segment& segment);
  bool goes_on(const Segment& segment, double dt_s);
  void end(std::optional<Found> found);

  const RerunOptions& options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Segment> waiting_;
  std::optional<Found> found_;  // the first of those so far
  std::int64_t steps_ = 0;
  bool all_given_ = false, done_ = false, interrupted_ = false;
};

}  // namespace bitgoeul::scenarios
