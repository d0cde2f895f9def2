// Perception stubs: frame of sensor data, set-up, seed -> detections. `ideal` gives the truth within a range, `logged`
// what the log itself detected, `phenomenological` what a rig would make of the truth, `fitted` the same by tables
// estimated from a log, `lidar_cluster` what stands in the points. A tracker of its own state follows. The same stubs
// serve live runs and logs. Set-ups come from YAML files or by name (assets/perception). Thread rule: perceive() is
// pure but for the caller's scratch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/perception/lidar_cluster.h"
#include "replay/perception/phenomenological.h"
#include "replay/perception/tracker.h"
#include "sim/result.h"

namespace bitgoeul::replay {

enum class StubKind : std::uint8_t { kIdeal, kLogged, kPhenomenological, kLidarCluster, kFitted };
std::string_view to_string(StubKind kind);
bool imagines(StubKind kind);     // makes its detections of the truth: phenomenological, fitted
bool needs_truth(StubKind kind);  // those, and ideal

struct StubSetup {
  std::string name = "ideal";
  StubKind kind = StubKind::kIdeal;
  double ideal_range_m = 150;
  double latency_ms = 0, latency_jitter_ms = 0;  // from measurement to output; the state stays that of the measurement
  std::vector<SensorModel> sensors;
  LidarClusterSetup lidar;
  TrackerSetup tracker;
};

// The set-ups of a file: one for all, or several `by_vehicle`, each with the names and patterns of its vehicles.
struct StubsByVehicle {
  struct Entry {
    std::vector<std::string> vehicles;
    StubSetup setup;
  };
  std::string file;
  std::vector<Entry> entries;
  // Of the first entry that fits; error: none does. A vehicle without a name has what fits all.
  sim::Result<StubSetup> of(const std::string& vehicle) const;
};

// A YAML file (*.yaml, *.yml) or a name: ideal, logged, lidar_cluster, or a file NAME.yaml in one of the folders.
sim::Result<StubsByVehicle> load_stubs(const std::string& name_or_file, const std::vector<std::string>& folders);
// What a name or file stands for, as YAML that parse_stubs() reads: presets in it are replaced by what they say.
struct StubText {
  std::string yaml, file;
};
sim::Result<StubText> read_stub(const std::string& name_or_file, const std::vector<std::string>& folders);
sim::Result<StubsByVehicle> parse_stubs(const std::string& yaml, const std::string& file);
// Those, and of them that of one vehicle.
sim::Result<StubSetup> load_stub(const std::string& name_or_file, const std::vector<std::string>& folders,
                                 const std::string& vehicle = {});
sim::Result<StubSetup> parse_stub(const std::string& yaml, const std::string& file, const std::string& vehicle = {});

// Detections in the local frame. Ids: those of the truth (ideal) or of the log (logged), else 0.
Boxes perceive(const SensorFrame& frame, const StubSetup& setup, std::uint64_t seed, LidarClusterScratch& scratch);
// Detections that have ids pass as they are; others go through the tracker.
Boxes follow(const Boxes& found, std::int64_t time_ns, const StubSetup& setup, TrackerState& state);
// When the output of this frame is there: never before that of an earlier frame, if `last_ns` is that one's.
std::int64_t output_time_ns(const SensorFrame& frame, const StubSetup& setup, std::uint64_t seed, std::int64_t last_ns);

}  // namespace bitgoeul::replay
