#include "scenarios/batch/bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "replay/run_log.h"
#include "scenarios/run_files.h"
#include "scenarios/shell_word.h"

namespace bitgoeul::scenarios::batch {
namespace {

namespace fs = std::filesystem;

// When what failed did so; the end of the run where nothing says when.
double time_of_failure(const Row& row) {
  for (const RowCriterion& c : row.criteria)
    if (c.verdict == "FAIL" && c.time_s >= 0) return c.time_s;
  const auto end = row.metrics.find("sim_time_s");
  return end == row.metrics.end() ? 1e9 : end->second;
}

// The part of repro.sh that goes on from the last key frame before the failure, or says why it cannot.
std::string key_frame_part(const Job& job, const Row& row, const fs::path& dir) {
  const double time_s = time_of_failure(row);
  const auto log = replay::RunLog::open(dir / "run.mcap");
  replay::KeyFrame key;
  bool found = false;
  if (log) {
    const std::int64_t dt_ns = std::max<std::int64_t>(1, log->header().dt_ns);
    const auto looked = log->key_frame_at(static_cast<std::int64_t>(std::llround(time_s * 1e9)) / dt_ns, key);
    found = looked && *looked;
  }
  std::string text = "if [ \"${1:-}\" = --key-frame ]; then\n";
  if (found)
    text += fmt::format(
        "  # The key frame of step {}, the last before the failure, and all after it stand in run.mcap beside this "
        "file.\n"
        "  bitgoeul verify \"$(dirname \"$0\")/run.mcap\" --from {:.9g}{}\n  exit $?\n",
        key.step, time_s, job.map.empty() ? "" : " --map " + shell_word(job.map));
  else
    text += fmt::format("  echo 'no key frame: {}' >&2\n  exit 2\n",
                        log ? "the run failed before its first one (one every 10 s)"
                            : "nothing was recorded (record: hash or frames in the suite, or --record above)");
  return text + "fi\n";
}

std::string repro_script(const Job& job, const Row& row, const fs::path& dir) {
  return fmt::format(
      "#!/usr/bin/env bash\n"
      "# Runs this run again and compares its bits: repro.sh [OUT]. Verdict: {}{}{}\n"
      "# Only what came after its last key frame: repro.sh --key-frame. Another program than that in PATH: "
      "BITGOEUL=...\n"
      "# Scenario as it was: scenario.xosc beside this file. Expected state hash: {}\n"
      "# Map hash {}, engine {}.\n"
      "set -u\n"
      "bitgoeul() {{ command \"${{BITGOEUL:-bitgoeul}}\" \"$@\"; }}\n"
      "{}"
      "out=${{1:-repro_out}}\n"
      "{} --out \"$out\"\n"
      "status=$?\n"
      "grep -q '\"state_hash\": \"{}\"' \"$out/result.json\" && echo 'same bits' || echo 'other bits'\n"
      "exit $status\n",
      to_string(row.verdict), row.message.empty() ? "" : ": ", row.message.substr(0, row.message.find('\n')),
      row.state_hash, row.map_hash, row.engine, key_frame_part(job, row, dir), row.repro, row.state_hash);
}

}  // namespace

sim::Result<void> write_bundle(const Job& job, const Row& row, const Outcome& end, const fs::path& dir) {
  if (!end.messages.empty())
    if (auto done = write_file(dir / "messages.txt", end.messages); !done) return done;
  const std::string timing =
      fmt::format("{{\"wall_time_s\": {:.6f}, \"cpu_time_s\": {:.6f}}}\n", end.wall_time_s, end.cpu_time_s);
  if (auto done = write_file(dir / "timing.json", timing); !done) return done;
  if (row.verdict == Class::kPass) return {};
  std::error_code error;
  fs::copy_file(job.scenario, dir / "scenario.xosc", fs::copy_options::overwrite_existing, error);
  if (error) return tl::unexpected(disk_issue("cannot be copied: " + error.message(), job.scenario));
  if (auto done = write_file(dir / "repro.sh", repro_script(job, row, dir)); !done) return done;
  fs::permissions(dir / "repro.sh", fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read, error);
  return {};
}

}  // namespace bitgoeul::scenarios::batch
