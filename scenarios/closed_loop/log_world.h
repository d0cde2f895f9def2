// LogWorld: a log brought onto a map, as a closed loop needs it: the track of every entity with the lanes under it, and
// what each signal group showed. Made by make_log_setup(), const and shared from then on; entity i of the setup follows
// agents[i]. Times are nanoseconds since the first step. Metres, map frame. Thread rule: plain data; reads anywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maps/map.h"
#include "replay/tracks.h"
#include "sim/hash.h"
#include "sim/signals.h"

namespace bitgoeul::scenarios::closed_loop {

struct LoggedAgent {
  replay::LoggedTrack track;         // times since the first step
  std::vector<maps::Row> lanes;      // under each point; kNone: beside all
  std::vector<std::int32_t> cursor;  // of each point: index of its lane in the entity's route; -1: none
  bool on_wheels = true;             // a reactive driver may take it; else it waits where it is
};

// What a signal group showed, and with which cycle it goes on.
struct LoggedSignal {
  std::vector<replay::SignalChange> changes;  // empty: the map's own program
  std::int64_t end_ns = 0;                    // seen until then
  std::int64_t cycle_ns = 0;                  // 0: not known
};

struct LogWorld {
  std::string log;            // its path, for messages
  std::int64_t start_ns = 0;  // log time of step 0
  std::int64_t duration_ns = 0;
  std::vector<LoggedAgent> agents;    // by entity of the setup
  std::vector<LoggedSignal> signals;  // by signal group; empty: nothing was seen
  bool sees_everything = false;       // a run of ours: no agent is missing because the ego did not see it
};

// Of all that follows or is shown: the same log on the same map gives it again.
sim::Hash128 hash_of(const LogWorld& world);

// The cycle of a signal: the time between two beginnings of green, the median of those seen; 0 when two are not seen,
// or when they differ by more than a second.
std::int64_t cycle_of(const std::vector<replay::SignalChange>& changes);
// What the signal shows at a time: as seen, before and after that by its cycle. Nothing: nobody can say.
struct SignalTime {
  sim::SignalState state = sim::SignalState::kOff;
  std::int64_t until_ns = 0;  // shows something else from then on
};
std::optional<SignalTime> signal_at(const LoggedSignal& signal, std::int64_t time_ns);

}  // namespace bitgoeul::scenarios::closed_loop
