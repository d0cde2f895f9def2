#include "replay/export/trajectory_csv.h"

#include <fmt/format.h>

#include <iterator>
#include <system_error>
#include <utility>

namespace bitgoeul::replay {
namespace {

constexpr std::size_t kBufferSize = 1 << 16;

// RFC 4180: quoted where a separator, quote or line end is inside.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace

sim::Result<TrajectoryCsv> TrajectoryCsv::open(const std::filesystem::path& file) {
  auto out = OutFile::create(file.string() + ".tmp");
  if (!out) return tl::unexpected(out.error());
  TrajectoryCsv csv(file, std::move(*out));
  csv.buffer_ = "time_s,entity,x_m,y_m,z_m,heading_rad,speed_mps\n";
  return csv;
}

TrajectoryCsv::~TrajectoryCsv() {
  if (!open_ || file_.empty()) return;  // closed, or moved from
  std::error_code ignored;
  std::filesystem::remove(out_.name(), ignored);
}

sim::Result<void> TrajectoryCsv::row(const TrajectoryRow& row) {
  // Whole milliseconds, rounded; from integers, so that no time prints as 0.30000000000000004.
  const std::int64_t ms = (row.time_ns + 500'000) / 1'000'000;
  // Adding 0.0 turns -0.0 into 0.0; a value that rounds to zero from below still prints its sign.
  fmt::format_to(std::back_inserter(buffer_), "{}.{:03},{},{:.4f},{:.4f},{:.4f},{:.6f},{:.4f}\n", ms / 1000, ms % 1000,
                 csv_field(row.entity), row.x_m + 0.0, row.y_m + 0.0, row.z_m + 0.0, row.heading_rad + 0.0,
                 row.speed_mps + 0.0);
  if (buffer_.size() < kBufferSize) return {};
  auto written = out_.append(buffer_);
  buffer_.clear();
  return written;
}

sim::Result<void> TrajectoryCsv::close() {
  if (auto written = out_.append(buffer_); !written) return written;
  buffer_.clear();
  if (auto synced = out_.sync(); !synced) return synced;
  if (auto closed = out_.close(); !closed) return closed;
  std::error_code code;
  std::filesystem::rename(out_.name(), file_, code);
  if (code) return sim::fail("cannot be renamed from " + out_.name() + ": " + code.message(), file_.string());
  open_ = false;
  return {};
}

}  // namespace bitgoeul::replay
