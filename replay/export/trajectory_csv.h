// TrajectoryCsv: the table of `run --trajectories`: time_s, entity, x_m, y_m, z_m, heading_rad, speed_mps of the
// reference point. Written by the run command, one row per entity every 0.1 s; read by people and by whatever reads CSV
// (RFC 4180). Numbers have a fixed number of digits (time 3, position and speed 4, heading 6), so that equal runs give
// equal bytes. The file appears under its name only when close() has succeeded. Thread rule: one thread per object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "replay/file.h"
#include "sim/result.h"

namespace bitgoeul::replay {

struct TrajectoryRow {
  std::int64_t time_ns = 0;
  std::string_view entity;
  double x_m = 0, y_m = 0, z_m = 0, heading_rad = 0, speed_mps = 0;
};

class TrajectoryCsv {
 public:
  static sim::Result<TrajectoryCsv> open(const std::filesystem::path& file);
  TrajectoryCsv(TrajectoryCsv&&) noexcept = default;
  ~TrajectoryCsv();  // without close(): nothing is left behind

  sim::Result<void> row(const TrajectoryRow& row);
  sim::Result<void> close();

 private:
  TrajectoryCsv(std::filesystem::path file, OutFile out) : file_(std::move(file)), out_(std::move(out)) {}
  std::filesystem::path file_;
  OutFile out_;
  std::string buffer_;
  bool open_ = true;
};

}  // namespace bitgoeul::replay
