// Intent: what a vehicle means to do at a moment: its last command, and the trajectory that its stack planned; the
// lanes of its route stand in the scenario. Main thread only, but for IntentLog.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "maps/map.h"
#include "replay/run_log.h"
#include "sim/stack.h"
#include "viewer/mesh.h"

namespace bitgoeul::viewer {

struct Intent {
  std::optional<sim::Command> command;     // the last one within kIntentNs
  std::vector<sim::TrajectoryPoint> plan;  // of the last act within kIntentNs, if that was a trajectory
  std::int64_t planned_ns = 0;             // when it was given: its times count from there
};
inline constexpr std::int64_t kIntentNs = 1'000'000'000;

// Steps of a stretch of time, filled by the thread that reads or makes them. Any thread.
class IntentLog {
 public:
  bool covers(std::int64_t time_ns);
  void set(std::int64_t from_ns, std::int64_t to_ns,
           std::vector<replay::StepRecord> steps);  // instead of what was there
  void add(replay::StepRecord step);                // a live run's; the oldest beyond a minute go
  void clear();
  Intent at(std::int64_t time_ns, sim::Row row);

 private:
  std::mutex mutex_;
  std::int64_t from_ns_ = 0, to_ns_ = -1;
  std::vector<replay::StepRecord> steps_;  // ascending
};

struct Route {
  std::vector<maps::Row> lanes;
  double end_s = 0;  // on the last lane
  bool closed = false;
};
using Routes = std::vector<Route>;  // by row of the scenario's entities; empty: it draws its turns

// The way ahead along the route, from the lane of it that lies under the place; empty: it is not on its route.
std::vector<Vec3> way_ahead(const maps::Map& map, const Route& route, const Vec3& place, double yaw_rad,
                            double length_m);
// Metres of it that are left, from there; -1: it is not on its route, or that has no end.
double route_left_m(const maps::Map& map, const Route& route, const Vec3& place, double yaw_rad);
// The arc of the reference point that the command leads along in the next seconds (kinematic single-track model;
// Rajamani, Vehicle Dynamics and Control, 2.2), one point every 0.1 s; it ends where the vehicle stands.
std::vector<Vec3> command_arc(const Vec3& place, double yaw_rad, double speed_mps, double wheelbase_m,
                              const sim::Command& command, double seconds);

}  // namespace bitgoeul::viewer
