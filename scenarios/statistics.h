// Statistics: what the report and the criteria need, gathered from Snapshots ten times per simulated second and from
// the events of every step. Made by run.cpp; never read back by the step. Distances in metres, times in seconds since
// the start. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/event.h"
#include "sim/snapshot.h"

namespace bitgoeul::scenarios {

struct TripPoint {
  float x = 0, y = 0, speed_mps = 0;
  bool enters = false;  // has come in again elsewhere since the point before
};

struct EgoStatistics {
  std::string name;
  double distance_m = 0, max_speed_mps = 0;
  double driven_s = 0;  // time in the world
  double standing_s = 0, longest_standing_s = 0, standing_now_s = 0;
  int stops = 0;  // times it came to a stand
  int collisions = 0, red_lights = 0, routes_completed = 0;
  double x = 0, y = 0;
  bool seen = false, standing = false;
  bool actor = false;           // moved by the story, without a driver of its own
  bool left = false;            // is not in the world since it left the map
  std::vector<TripPoint> trip;  // every second
};

struct SecondSample {
  double time_s = 0;
  int egos = 0, egos_standing = 0, traffic = 0, traffic_standing = 0;
  double ego_mean_mps = 0, traffic_mean_mps = 0;
  double flow_vkm_per_h = 0;  // vehicle-kilometres per hour, all vehicles
};

inline constexpr int kSpeedBins = 26;        // of 5 km/h; the last one is open
inline constexpr double kStandingMps = 0.1;  // slower is standing
inline constexpr std::size_t kMaxEventsKept = 5000;

class Statistics {
 public:
  explicit Statistics(std::vector<std::string> names);  // of the named entities, by row
  void frame(const sim::Snapshot& snapshot);
  // `kind_of` says what is in a row without a name now: pedestrian, cyclist or traffic.
  using KindOf = std::function<std::string_view(sim::Row)>;
  void events(std::span<const sim::Event> events, const KindOf& kind_of = {});

  std::vector<EgoStatistics> egos;
  std::vector<SecondSample> seconds;
  std::vector<std::int64_t> ego_speed_histogram = std::vector<std::int64_t>(kSpeedBins);
  std::vector<std::int64_t> traffic_speed_histogram = std::vector<std::int64_t>(kSpeedBins);
  std::vector<sim::Event> kept;  // collisions, red lights, standstills, off road: the first kMaxEventsKept
  std::int64_t kept_left_out = 0;
  std::int64_t red_lights = 0;

  std::string name_of(sim::Id id) const;  // `ego_007`, `traffic_1234`, `pedestrian_1235`; empty for null

 private:
  void note_kind(sim::Id id, const KindOf& kind_of);
  // What came into a row last, with its generation; and for good, who is in `kept`.
  std::map<std::uint32_t, std::pair<std::uint32_t, std::string_view>> kinds_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string_view> kept_kinds_;
  void ego_frame(EgoStatistics& ego, const sim::Entities& entities, sim::Row row, double dt_s, bool second);
  void second_sample(const sim::Snapshot& snapshot);
  std::int64_t last_ns_ = -1;
  std::int64_t next_second_ns_ = 0;
};

}  // namespace bitgoeul::scenarios
