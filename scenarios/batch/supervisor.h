// Supervisor: runs the jobs of a plan that have no complete directory yet, N processes at a time, and gives every
// verdict. Only faults of the infrastructure are tried again; a FAIL never is. A part of the runs, and each FAIL, is
// run again with another number of threads and compared step by step. Made by the command batch. Thread rule: one
// thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "scenarios/batch/plan.h"
#include "scenarios/batch/results.h"
#include "scenarios/batch/store.h"

namespace bitgoeul::scenarios::batch {

struct Options {
  std::filesystem::path program;  // of ours, run once per job
  int processes = 1;
  double verify_percent = 0;
  bool use_cache = true, thorough = false;  // thorough: hash every file of a cached run
  int retries = 2;                          // of INFRA
  std::function<bool()> interrupted = [] { return false; };
  std::function<void(const Row& row, std::size_t done, std::size_t total)> finished = [](const Row&, std::size_t,
                                                                                         std::size_t) {};
};

// Rows of `jobs`, in their order; what an interrupt left undone is NOT_RUN. Fails when the directory cannot be written
// any more: what is complete stays complete.
sim::Result<std::vector<Row>> supervise(const std::vector<const Job*>& jobs, Store& store, const Options& options);

// Rows of `jobs` as far as their runs are complete; runs nothing.
std::vector<Row> collect(const std::vector<const Job*>& jobs, const Store& store);

}  // namespace bitgoeul::scenarios::batch
