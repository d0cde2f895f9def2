// Tracks: the ways of everything that a log has seen, as one table per thing: where it was at which time; and what the
// signals showed. Made by read_tracks() from any Source; read by closed loops, scenario exports and event mining.
// Metres in the log's local frame, the point is the reference point (rear axle of vehicles whose axle is known, else
// the middle of the box), nanoseconds of log time. Thread rule: plain data; reads anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/source.h"
#include "sim/entities.h"
#include "sim/result.h"
#include "sim/signals.h"

namespace bitgoeul::replay {

struct TrackPoint {
  std::int64_t time_ns = 0;
  double x = 0, y = 0;
  float z = 0, yaw = 0, pitch = 0, roll = 0;
  float speed = 0, acceleration = 0;  // along the body; acceleration from two speeds where the log does not tell
  bool begins = false;                // has come in anew: nobody knows where it was before
};

struct LoggedTrack {
  std::string name;        // unique among the tracks
  sim::Row row = 0;        // of the log's Snapshots
  std::uint16_t type = 0;  // as there: of the run's catalogue, or an ObjectClass
  sim::Role role = sim::Role::kNone;
  double length_m = 0, width_m = 0, height_m = 0, center_x_m = 0;
  std::vector<TrackPoint> points;  // ascending in time
};

struct SignalChange {
  std::int64_t time_ns = 0;
  sim::SignalState state = sim::SignalState::kOff;
};
struct SignalTrack {
  std::size_t row = 0;                // of the log's Signals
  std::vector<SignalChange> changes;  // ascending; the first is what was seen first
};

struct Tracks {
  std::int64_t start_ns = 0, end_ns = 0;  // of what was read
  std::vector<LoggedTrack> tracks;        // by row of the log, then by time
  std::vector<SignalTrack> signals;
};

struct TrackOptions {
  std::int64_t start_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t end_ns = std::numeric_limits<std::int64_t>::max();
  std::size_t most_points = 50'000'000;  // more is an error: read a part of the log
};

sim::Result<Tracks> read_tracks(Source& source, const TrackOptions& options = {});

// Between two points straight on; nothing where it was not seen. `hint`: index of a point near the answer, kept by the
// caller, part of nothing but speed.
std::optional<TrackPoint> track_at(const LoggedTrack& track, std::int64_t time_ns, std::size_t& hint);

}  // namespace bitgoeul::replay
