// LogView: what a driving stack would have been told in one vehicle of a log: sim::Observations made from tracks. The
// way ahead is the centre line of the lanes that the vehicle then drove along; without a map, or beside all lanes, the
// line that it drove. Objects are what a perception stub gave out by then, else what the log has there. Of its right of
// way a log knows nothing: stop_m is kNoStop. Made by `replay --open-loop`. Metres in the log's frame, log time in
// nanoseconds. Thread rule: one caller per object.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "maps/map.h"
#include "replay/tracks.h"
#include "scenarios/closed_loop/track_lanes.h"
#include "scenarios/observe.h"

namespace bitgoeul::scenarios::open_loop {

// What a stub gave out at a time; objects ascending by id.
struct Told {
  std::int64_t output_ns = 0;
  std::vector<sim::ObservedObject> objects;
};

struct LogViewSetup {
  const replay::Tracks* tracks = nullptr;
  std::size_t host = 0;                     // whose view; of tracks
  const maps::Map* map = nullptr;           // null: none
  std::vector<sim::Row> signal_group;       // per signal of the log: its group on the map, kNone: not on it
  const std::vector<Told>* told = nullptr;  // ascending; null: objects as the log has them
  double radius_m = 100;
  double wheelbase_m = 2.8;
};

// How the log's vehicle moves at a time; acceleration and yaw rate over 0.4 s.
struct LoggedMotion {
  double x = 0, y = 0, z = 0, yaw_rad = 0, speed_mps = 0, acceleration_mps2 = 0, yaw_rate_radps = 0;
};
std::optional<LoggedMotion> motion_at(const replay::LoggedTrack& track, std::int64_t time_ns, std::size_t& hint);

// The steering angle that turns so at that speed (single track); nothing below 1 m/s, where a yaw rate tells none.
std::optional<double> steering_of(const LoggedMotion& motion, double wheelbase_m);

class LogView {
 public:
  explicit LogView(const LogViewSetup& setup);
  // False: the vehicle is not in the log then. Everything but step, state_hash and events.
  bool at(std::int64_t time_ns, ObservationRoom& room);
  // What a stub gave out last by then; nothing before its first result.
  static void tell(const std::vector<Told>& told, std::int64_t time_ns, double x, double y, double radius_m,
                   std::vector<sim::ObservedObject>& out);
  bool on_lanes() const { return !lanes_.route.empty(); }

 private:
  void observe_objects(std::int64_t time_ns, ObservationRoom& room);
  void observe_lanes(std::int64_t time_ns, ObservationRoom& room);
  void observe_own_way(ObservationRoom& room);
  void observe_signals(std::int64_t time_ns, double ahead_m, std::size_t from, ObservationRoom& room) const;
  std::size_t way_end(std::size_t cursor) const;
  sim::PathPoint own_way_at(double s) const;

  const LogViewSetup setup_;
  const replay::LoggedTrack& host_;
  closed_loop::TrackLanes lanes_;
  std::vector<double> driven_;  // of the host, at each point
  double limit_mps_ = 0;        // where no map says one
  std::vector<std::size_t> hints_;
};

}  // namespace bitgoeul::scenarios::open_loop
