// A log, or the logs of several vehicles, as tracks on their way into a closed loop, an open loop or a joint world.
// Read by `replay`, and by `verify` of a closed loop, which reads the same log again. Errors name the log. Thread rule:
// one caller.
#pragma once

#include <optional>
#include <string>

#include "replay/fleet.h"
#include "replay/run_log.h"
#include "replay/tracks.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::closed_loop {

struct LogTracks {
  replay::Description log;
  replay::Tracks tracks;
  std::optional<replay::FleetWorld> fleet;
};

// Several logs are one drive's, or, of a fleet, each another vehicle's. `proj`: local frame for fixes (a map's
// projection); empty: that of the first fix. Who is driven does not matter here.
sim::Result<LogTracks> read_log_tracks(const replay::LoopInput& input, const std::string& proj);

// Of a log that has been read: a warning for each topic of which messages could not be decoded.
sim::Issues left_out(const replay::Description& log);

}  // namespace bitgoeul::scenarios::closed_loop
