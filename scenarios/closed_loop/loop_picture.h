// LoopPicture: a closed loop as one picture. Above, the map at the moment after the last hand-over: filled where
// everybody is, outlined where the log has them. Below, place along the way of the driven vehicle over time: dashed as
// logged, full as driven, a ring where an agent was handed over. Gathers frames and events while the run lasts; written
// by run.cpp (`replay --closed-loop --picture`). Map frame, metres, seconds. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "scenarios/closed_loop/log_world.h"
#include "scenarios/simulation.h"
#include "sim/event.h"
#include "sim/result.h"
#include "sim/snapshot.h"

namespace bitgoeul::scenarios::closed_loop {

class LoopPicture {
 public:
  explicit LoopPicture(const SimulationSetup& setup);  // which outlives it, with its log
  void frame(const sim::Snapshot& snapshot);
  void events(std::span<const sim::Event> events, double dt_s);
  // Fails, naming the file, when it cannot be written or when no driven vehicle was ever in the world.
  sim::Result<void> draw(const maps::Map& map, const std::filesystem::path& png) const;

  struct Point {
    double time_s = 0, x = 0, y = 0, yaw_rad = 0;
  };
  struct Body {
    std::string name;
    bool is_driven = false;
    double length_m = 0, width_m = 0, center_m = 0;
    std::vector<Point> points;  // as it went; gaps where it was not there
  };
  struct HandOverMark {
    std::size_t row = 0;
    double time_s = 0;
    std::string reason;
  };

 private:
  const LogWorld& log_;
  std::vector<Body> bodies_;
  std::vector<HandOverMark> marks_;
  double end_s_ = 0;
};

}  // namespace bitgoeul::scenarios::closed_loop
