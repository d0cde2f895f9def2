// A run made up for the tests: vehicles that drive smooth curves, spawn, vanish and come back in the same row, signals
// that change, commands and events. Everything is a pure function of (step, row), so that a reader's answer can be
// checked against it without having kept it.
#pragma once

#include <unistd.h>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "replay/run_log.h"
#include "sim/snapshot.h"

namespace replay_test {

using namespace bitgoeul;

inline constexpr std::int64_t kDtNs = 10'000'000;

inline std::uint64_t mix(std::uint64_t x) {  // splitmix64: constants of Steele, Lea, Flood 2014
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}
inline double unit(std::uint64_t x) { return static_cast<double>(mix(x) >> 11) * 0x1p-53; }

// A folder of this process, removed at the end.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           ("bitgoeul_replay_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path operator/(const char* name) const { return path / name; }
};

struct Scene {
  std::size_t rows = 40;
  std::size_t signal_groups = 12;
  bool changes = true;  // rows come and go

  // A row lives for 700 steps, is away for 100, and comes back as another vehicle; rows are out of phase.
  std::uint32_t generation(std::size_t row, std::int64_t step) const {
    if (!changes) return 1;
    const std::int64_t t = step + static_cast<std::int64_t>(row % 8) * 100;
    const auto lives = static_cast<std::uint32_t>(t / 800);
    return 2 * lives + (t % 800 < 700 ? 1 : 2);
  }

  sim::Snapshot at(std::int64_t step) const {
    sim::Snapshot s;
    s.step = step;
    s.time_ns = step * kDtNs;
    s.hash = hash(step);
    s.generation.resize(rows);
    s.entities.columns([&](std::string_view, auto& column) { column.resize(rows); });
    for (std::size_t row = 0; row < rows; ++row) {
      s.generation[row] = generation(row, step);
      if (s.generation[row] % 2 == 1) place(s.entities, row, s.generation[row], static_cast<double>(step) * 0.01);
    }
    for (std::size_t g = 0; g < signal_groups; ++g) {
      const std::int64_t phase = step / 500 + static_cast<std::int64_t>(g);
      s.signals.state.push_back(static_cast<sim::SignalState>(1 + phase % 3));
      s.signals.next_change_step.push_back((step / 500 + 1) * 500);
    }
    return s;
  }

  std::shared_ptr<const sim::Snapshot> shared(std::int64_t step) const {
    return std::make_shared<const sim::Snapshot>(at(step));
  }

  // Speed 12 m/s +- 8 with a period of about a minute, along a curve that winds; a hill of 40 m.
  static void place(sim::Entities& e, std::size_t row, std::uint32_t generation, double t) {
    const std::uint64_t id = row * 1000 + generation;
    const double phase = unit(id) * 6.28, w = 0.08 + 0.05 * unit(id + 1);
    const double s = 12 * t - 8 / w * (std::cos(w * t + phase) - std::cos(phase));
    const double radius = 60 + 400 * unit(id + 2), angle = s / radius + phase;
    e.alive[row] = 1;
    e.role[row] = row < 5 ? sim::Role::kEgo : sim::Role::kTraffic;
    e.type[row] = static_cast<std::uint16_t>(id % 7);
    e.x[row] = (unit(id + 3) - 0.5) * 20000 + radius * std::cos(angle);
    e.y[row] = (unit(id + 4) - 0.5) * 20000 + radius * std::sin(angle);
    e.z[row] = 40 + 40 * std::sin(s / 700);
    e.yaw_rad[row] = std::remainder(angle + 1.5707963267948966, 6.283185307179586);
    e.pitch_rad[row] = -0.057 * std::cos(s / 700);
    e.speed_mps[row] = 12 + 8 * std::sin(w * t + phase);
    e.acceleration_mps2[row] = 8 * w * std::cos(w * t + phase);
    e.roll_rad[row] = 0.01 * std::sin(angle);
    e.yaw_rate_radps[row] = e.speed_mps[row] / radius;
    e.length_m[row] = 4.2 + 0.1 * static_cast<double>(id % 7);
    e.width_m[row] = 1.8;
    e.height_m[row] = 1.5;
    e.center_x_m[row] = 1.3;
  }

  static sim::Hash128 hash(std::int64_t step) {
    const auto s = static_cast<std::uint64_t>(step);
    return {mix(s), mix(s + 77)};
  }

  // Every fifth step, as a stack at 20 Hz would; bits of all kinds, NaN among them.
  static std::vector<replay::RecordedCommand> commands(std::int64_t step, std::size_t egos = 5) {
    std::vector<replay::RecordedCommand> commands;
    if (step % 5 != 0) return commands;
    for (std::size_t row = 0; row < egos; ++row) {
      const auto id = static_cast<std::uint64_t>(step) * 1000 + row;
      replay::RecordedCommand command{static_cast<sim::Row>(row), {}};
      command.command.acceleration_mps2 = static_cast<float>(unit(id) * 6 - 4);
      command.command.steering_rad = static_cast<float>(unit(id + 500) - 0.5);
      if (id % 97 == 0) command.command.steering_rad = std::nanf("0x5a5");
      if (id % 89 == 0) command.command.acceleration_mps2 = -0.0f;
      commands.push_back(command);
    }
    return commands;
  }

  static std::vector<sim::Event> events(std::int64_t step) {
    if (step % 37 != 0) return {};
    const double value = unit(static_cast<std::uint64_t>(step));
    return {{step, sim::EventKind::kLaneChange, {3, 5}, {}, value * 1e4, -value * 1e3, value},
            {step, sim::EventKind::kCollisionBegin, {1, 1}, {7, 9}, 0.1, 0.2, 13.9}};
  }

  static replay::RunHeader header() {
    replay::RunHeader h;
    h.engine_version = "0.1.0";
    h.engine_commit = "0123456789ab";
    h.scenario_file = "광주.xosc";
    h.scenario_text = std::string("<OpenSCENARIO/>\n\0\xff", 18);  // bytes as they are, also those that are not UTF-8
    h.parameters = {{"speed", "13.9"}, {"seed", ""}};
    h.map_name = "gwangju";
    h.map_hash = {0x0123456789abcdefu, 0xfedcba9876543210u};
    h.map_notice = "synthetic";
    h.map_projection = "+proj=tmerc";
    h.seed = 0xffffffffffffffffu;
    h.dt_ns = kDtNs;
    h.duration_ns = 600'000'000'000;
    h.frame_every = 10;
    h.command_line = "bitgoeul run 광주.xosc";
    h.entities = {{"ego_000", "ioniq5", 0}, {"ego_001", "bus", 1}};
    return h;
  }

  // Steps 1..steps with a frame at step 0 and at every tenth.
  sim::Result<void> record(replay::Recorder& recorder, std::int64_t steps) const {
    if (auto done = recorder.frame(shared(0)); !done) return done;
    for (std::int64_t step = 1; step <= steps; ++step) {
      auto done = recorder.step(step, step * kDtNs, hash(step), commands(step), events(step));
      if (!done) return done;
      if (step % 10 != 0) continue;
      if (done = recorder.frame(shared(step)); !done) return done;
    }
    return {};
  }
};

}  // namespace replay_test
