// Sensors: what `run --sensors FILE.yaml` records: for each vehicle chosen, ten times a second, a lidar (rays on map,
// buildings and vehicles), GNSS and IMU with their errors, and the tracks of a perception stub, which is scored against
// the truth while it runs. One MCAP file per vehicle (replay/sensors/sensor_log.h), the same frames as logs of real
// vehicles. Reads Snapshots only; the step never reads it. Random numbers by (seed, vehicle, frame). Made by run.cpp.
// Thread rule: one caller; vehicles in parallel inside.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maps/map.h"
#include "replay/perception/stub.h"
#include "replay/run_log.h"
#include "replay/sensors/lidar.h"
#include "sim/result.h"
#include "sim/snapshot.h"

namespace bitgoeul::scenarios {

// Gauss-Markov error of the position (a bias that wanders) and white noise on top.
struct GnssModel {
  double bias_m = 0.5, correlation_s = 60, noise_m = 0.05;  // one sigma, each axis; vertical twice as much
};
// A constant offset drawn once, and white noise.
struct ImuModel {
  double acceleration_bias_mps2 = 0.02, acceleration_noise_mps2 = 0.05, rate_bias_radps = 0.001,
         rate_noise_radps = 0.002;
};

// What some vehicles carry.
struct SensorRig {
  std::vector<std::string> vehicles;  // names and patterns (ego_00*)
  std::vector<replay::Lidar> lidars;
  std::optional<GnssModel> gnss;
  std::optional<ImuModel> imu;
  std::optional<replay::StubsByVehicle> stubs;
  double truth_m = 150;  // how far around a vehicle the truth is written down; scores within `score_m`
  double score_m = 100;
};

struct SensorSetup {
  std::string file;             // for messages
  std::vector<SensorRig> rigs;  // of the first one that names it, or has a pattern of its name
};

// A YAML file: every key that is not known is an error that lists those that are.
sim::Result<SensorSetup> read_sensors(const std::filesystem::path& file);
// Before anything is written. Errors: a rig whose vehicles are none of these, a vehicle for which its stub's file has
// no set-up.
sim::Result<void> check_sensors(const SensorSetup& setup, const std::vector<std::string>& names);

class Sensors {
 public:
  // Fails, naming the file, when a file cannot be made. The setup has been checked. Files: DIR/NAME.mcap.
  static sim::Result<std::unique_ptr<Sensors>> open(SensorSetup setup, const replay::RunHeader& header,
                                                    std::shared_ptr<const maps::Map> map, std::filesystem::path dir,
                                                    int threads, sim::Issues& issues);
  ~Sensors();
  sim::Result<void> frame(const sim::Snapshot& snapshot);
  // Ends the files; DIR/NAME.score.json where a stub was scored.
  sim::Result<void> close();

 private:
  struct Impl;
  explicit Sensors(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::scenarios
