// Plan: the runs of a suite, in their order, each with its key and its case. The key is the hash of everything that
// decides the result (engine, scenario with its catalogues, map, parameters, seed, stacks, limits): same key = same
// run, so a finished directory can be used again. The case is the same without engine and contents: it finds the run
// in an older batch. Made by make_plan(); read by supervisor.h and results.h. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "scenarios/batch/suite.h"
#include "sim/hash.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::batch {

struct Job {
  std::size_t index = 0;  // in the plan
  sim::Hash128 key, case_id;
  std::string scenario;  // as `bitgoeul run` takes it
  std::string label;     // the scenario as the suite names it, for people
  std::string map;       // --map; empty: the scenario's own
  Parameters parameters, stacks;
  std::uint64_t seed = 1;
  Limits limits;
  std::string record;
  Parameters criteria;
  int expected = -1;  // index of the suite's expected failure, or -1
  int line = 0;       // of the suite, where the scenario stands

  // Words after `bitgoeul`, without --out, --threads and what only concerns the supervisor.
  std::vector<std::string> arguments() const;
};

struct Plan {
  Suite suite;
  std::vector<Job> jobs;
};

// Digest of a file, of all files of a folder, or of what ships under this name; kept, so that each is read once.
class Digests {
 public:
  // `beside`: the file that names it; its directory is searched first.
  sim::Hash128 of(const std::string& name, const std::string& beside);
  // A scenario with the catalogues and the map that it names.
  sim::Hash128 of_scenario(const std::string& file);

 private:
  std::map<std::string, sim::Hash128> known_;
};

// Every defect stands in `issues`; more than `kMaxRuns` runs are refused.
inline constexpr std::size_t kMaxRuns = 2'000'000;
sim::Result<Plan> make_plan(Suite suite, sim::Issues& issues);

// What running the plan on `day` (YYYY-MM-DD) would show anyway, said beforehand: excuses that have ended or that no
// run has, a baseline that is not there, scenarios that are broken or lack the parameters they are given.
void check_plan(const Plan& plan, const std::string& day, sim::Issues& issues);

// Shard i of n (0-based) holds the jobs whose case says so, so that a changed suite moves few of them.
bool in_shard(const Job& job, std::size_t shard, std::size_t shards);

}  // namespace bitgoeul::scenarios::batch
