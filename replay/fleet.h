// Fleet: the logs of several vehicles as one world. Clocks: how far each log's clock is off the first one's, found from
// what two vehicles saw in common, each other included: moving things lie ahead of or behind themselves by their speed
// times the offset. Objects: what several vehicles saw is one track; a vehicle's own log says best where it was. Made
// by `replay --fleet` from the Tracks of each log, which lie in one frame; read by closed and open loops. Metres,
// nanoseconds of the first log's clock. Thread rule: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/tracks.h"

namespace bitgoeul::replay {

struct FleetLog {
  std::string name;  // of the vehicle
  Tracks tracks;     // its own is the one of role ego
  std::vector<std::string> signal_names;
};

struct ClockOffset {
  bool known = false;       // false: it saw nothing in common with the others; its clock is taken as it is
  double offset_s = 0;      // to be added to its times
  double sigma_s = 0;       // of the offset against the one it was found from
  std::size_t samples = 0;  // moving things seen by both at a time
  std::size_t from = 0;     // row of the log that it was found from
};

struct FleetTrack {
  std::vector<std::size_t> logs;  // ascending rows: who saw it
  std::size_t vehicle = kNobody;  // whose own track it is
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
};

struct FleetWorld {
  std::vector<ClockOffset> clocks;  // per log; the first one's is 0
  Tracks tracks;                    // the vehicles first, in the order of their logs, then the objects
  std::vector<FleetTrack> seen_by;  // per track
  std::vector<std::string> signal_names;
};

struct FleetOptions {
  double most_offset_s = 5;  // clocks farther apart are not found
  double match_m = 2;        // one thing seen by two is as near as that, on average
};

FleetWorld join(const std::vector<FleetLog>& logs, const FleetOptions& options = {});

}  // namespace bitgoeul::replay
