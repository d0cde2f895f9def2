// Slurm: a batch as one job array of a Slurm cluster, one array task per shard, all writing into the same directory on
// a file system that every node sees. Submits, follows, lets requeued tasks start at once, submits again what died.
// Needs sbatch, squeue, scontrol, scancel in PATH. Made by the command batch. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "sim/result.h"

namespace bitgoeul::scenarios::batch {

struct SlurmRequest {
  std::filesystem::path program, suite, out;
  std::filesystem::path directory;  // where the suite's name is meant: a row names files as the user did
  std::string extra;                // further words of the task's command, quoted for a shell
  std::size_t shards = 1;
  int submissions = 3;  // at most, while runs are missing
  std::function<bool()> interrupted = [] { return false; };
  std::function<std::size_t()> missing = [] { return std::size_t{0}; };  // runs without a complete directory
  std::function<void(const std::string& state)> progress = [](const std::string&) {};
};

// Returns when no run is missing, or every submission has ended, or it was interrupted (the array is then cancelled).
sim::Result<void> run_on_slurm(const SlurmRequest& request);

}  // namespace bitgoeul::scenarios::batch
