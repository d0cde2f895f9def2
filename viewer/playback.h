// Playback: the clock of the picture. Runs at any speed, forwards and back, stands, steps, loops over a part, jumps
// between events. Plain state; turned by keys and the time line. Nanoseconds of the source.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "viewer/source.h"

namespace bitgoeul::viewer {

struct Playback {
  std::int64_t time_ns = 0;
  bool playing = false;
  double speed = 1;
  bool loop = false;
  std::int64_t loop_begin_ns = 0, loop_end_ns = 0;  // 0, 0: the whole

  void advance(double wall_s, std::int64_t end_ns);
  void step(int frames, std::int64_t end_ns);  // 0.1 s each; stands afterwards
  void faster(bool up);                        // next of 1/8 ... 64
  // The next stop after the clock, or the last one before it; stays when there is none. Stops ascend.
  bool jump(std::span<const std::int64_t> stops, bool forward);
};

// Those that a person looks for: vehicles that enter and leave are left out.
bool notable(const sim::Event& event);
bool notable(const replay::StoryChange& change);  // acts and events of a storyboard, and what could not be done

}  // namespace bitgoeul::viewer
