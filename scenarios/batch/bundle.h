// What stands beside a run's own files in its directory: the messages of its process, how long it took (timing.json,
// the only file that depends on the machine), and for each run that did not pass a repro.sh with what it needs: it runs
// the run again, or goes on from the last key frame before the failure (in run.mcap). Made by the supervisor before the
// directory is sealed. Thread rule: pure but for the files.
#pragma once

#include <filesystem>

#include "scenarios/batch/plan.h"
#include "scenarios/batch/results.h"
#include "scenarios/batch/worker.h"

namespace bitgoeul::scenarios::batch {

sim::Result<void> write_bundle(const Job& job, const Row& row, const Outcome& end, const std::filesystem::path& dir);

}  // namespace bitgoeul::scenarios::batch
