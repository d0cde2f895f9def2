#include "scenarios/batch/bundle.h"

#include <fmt/format.h>

#include "scenarios/run_files.h"

namespace bitgoeul::scenarios::batch {
namespace {

namespace fs = std::filesystem;

std::string repro_script(const Row& row) {
  return fmt::format(
      "#!/usr/bin/env bash\n"
      "# Runs this run again and compares its bits. Verdict: {}{}{}\n"
      "# The state at its last key frame and all after it: run.mcap beside this file, where the suite records runs\n"
      "# (`bitgoeul verify run.mcap`, `bitgoeul view run.mcap`). Another program than that in PATH: BITGOEUL=...\n"
      "# Scenario as it was: scenario.xosc beside this file. Expected state hash: {}\n"
      "# Map hash {}, engine {}.\n"
      "set -u\n"
      "out=${{1:-repro_out}}\n"
      "bitgoeul() {{ command \"${{BITGOEUL:-bitgoeul}}\" \"$@\"; }}\n"
      "{} --out \"$out\"\n"
      "status=$?\n"
      "grep -q '\"state_hash\": \"{}\"' \"$out/result.json\" && echo 'same bits' || echo 'other bits'\n"
      "exit $status\n",
      to_string(row.verdict), row.message.empty() ? "" : ": ", row.message.substr(0, row.message.find('\n')),
      row.state_hash, row.map_hash, row.engine, row.repro, row.state_hash);
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
  if (auto done = write_file(dir / "repro.sh", repro_script(row)); !done) return done;
  fs::permissions(dir / "repro.sh", fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read, error);
  return {};
}

}  // namespace bitgoeul::scenarios::batch
