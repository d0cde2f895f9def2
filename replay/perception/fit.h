// Fit: the tables of a `fitted` stub, estimated from what a detector found and what was really there: probability of
// detection by range and visible share, bias and spread of the errors by range along and across the line of sight,
// heading, size, velocity and class, how long losses and errors keep, false boxes, latency. Each number stands beside
// how many samples it comes from. Made by `replay --fit` from Percepts; its YAML is read by load_stub(). Thread rule:
// one caller.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "replay/perception/session.h"

namespace bitgoeul::replay {

struct FitOptions {
  Region region;       // truth outside is not asked for; false boxes outside do not count
  double band_m = 10;  // of range
  double gate_m = 3;   // a box farther from every truth is false
  double sensor_x_m = 1.5, sensor_y_m = 0, sensor_z_m = 1.7;  // in the body frame: where it is looked from
  const RayScene* scene = nullptr;                            // buildings and ground that hide things
};

struct FitSummary {
  std::size_t frames = 0, truths = 0, hits = 0, false_boxes = 0;
  std::size_t error_pairs = 0, loss_pairs = 0;  // behind the correlation times
  double loss_correlation_s = 0, error_correlation_s = 0;
  double latency_ms = 0, latency_jitter_ms = 0;  // of the output behind the measurement: what the stub itself tells
  double lag_s = 0;  // how far, in time, positions lie behind moving truth: a latency nobody told; 0: nothing moved
};

class Fit {
 public:
  explicit Fit(const FitOptions& options) : options_(options) {}
  void take(const Percept& percept);  // frames without truth are left out
  std::size_t truths() const { return samples_.size(); }
  // One sensor with tables, and what they come from. Needs truths() > 0.
  SensorModel model(FitSummary& summary) const;

 private:
  struct Sample {  // a truth that was asked for
    std::int64_t time_ns = 0;
    std::uint64_t id = 0;
    ObjectClass object_class = ObjectClass::kUnknown;
    double range_m = 0, share = 0;
    bool hit = false, slow = false, confused = false, has_velocity = false;
    double along_m = 0, across_m = 0, yaw_rad = 0, length = 0, width = 0, vx_mps = 0, vy_mps = 0;  // errors of the hit
    double behind = 0, speed_squared = 0;  // error along its motion times its speed, for the lag
  };
  struct Wrong {
    double x = 0, y = 0;
  };

  static Sample sample_of(const Percept& percept, const sim::Vec3& seat, const Box& truth, double share);
  FittedClass table_of(const FittedTables& tables, const std::vector<const Sample*>& samples) const;
  void find_correlations(const FittedTables& tables, FitSummary& summary) const;

  FitOptions options_;
  std::vector<Sample> samples_;
  std::size_t frames_ = 0, wrong_ = 0, wrong_cars_ = 0, wrong_kept_ = 0, wrong_before_ = 0;
  std::vector<Wrong> last_wrong_;
  std::int64_t last_ns_ = 0, first_ns_ = 0;
  double least_late_ns_ = 1e18, most_late_ns_ = 0;
};

// The set-up as YAML that parse_stub() reads, with the sample counts as comments. `from`: one line, where it is from.
std::string fit_yaml(const SensorModel& model, const FitSummary& summary, const std::string& from);

}  // namespace bitgoeul::replay
