// Tracker: boxes of one moment after the other -> tracks. A Kalman filter of constant velocity for each (position and
// velocity, the two axes alike), the best assignment of what lies within the gate, birth after `confirm_hits` of
// `confirm_window` frames, death after `coast_frames` without a hit. All state is plain data, given in and out, so that
// a run goes on from it with the same bits. Frame of reference: one that stands still. Thread rule: one per state.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/box.h"

namespace bitgoeul::replay {

struct TrackerSetup {
  bool enabled = true;
  double gate_m = 3;             // on top of the filter's own three sigmas, at most
  double measured_m = 0.3;       // one sigma of a measured position
  double acceleration_mps2 = 3;  // one sigma of what the constant velocity leaves out
  double first_speed_mps = 10;   // one sigma of the velocity of a new track
  int confirm_hits = 3, confirm_window = 5, coast_frames = 4;
  double heading_from_mps = 2;  // faster tracks look where they go
};

struct Track {
  Box box;  // with the filtered position and velocity
  double position_variance = 0, covariance = 0, velocity_variance = 0;
  std::uint32_t seen = 0;  // one bit for each frame, the newest lowest
  int missed = 0;          // frames since it was seen
  bool confirmed = false;
  double class_votes[kObjectClasses] = {};
};

struct TrackerState {
  std::vector<Track> tracks;  // in order of their ids
  std::uint64_t next_id = 1;
  std::int64_t time_ns = 0;
  bool started = false;
};

// The confirmed tracks at time_ns, those without a hit as `predicted`.
Boxes track(const Boxes& found, std::int64_t time_ns, const TrackerSetup& setup, TrackerState& state);

}  // namespace bitgoeul::replay
