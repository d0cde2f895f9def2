// Results: one row per run, without anything that depends on the machine or the clock, so that the result set of a
// batch is the same bytes however often it was interrupted. Made by the supervisor from a run's directory and its end,
// kept in the run's manifest; read by the reports and by a later batch as its baseline. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scenarios/batch/plan.h"
#include "scenarios/batch/worker.h"

namespace bitgoeul::scenarios::batch {

enum class Class : std::uint8_t {
  kPass,
  kFail,
  kNotEvaluated,
  kInvalidInput,
  kNondeterministic,
  kStackCrash,
  kStackTimeout,
  kStackProtocol,
  kSimCrash,
  kOutOfMemory,
  kTimeout,
  kOutputLimit,
  kInfra,
  kNotRun
};
const char* to_string(Class verdict);  // PASS, FAIL, NOT_EVALUATED, ...
bool is_fault(Class verdict);          // neither PASS nor FAIL nor NOT_EVALUATED nor NOT_RUN

struct RowCriterion {
  std::string name, verdict, entity;
  double value = 0, limit = 0, time_s = -1;
};

struct Place {  // of an event that counts against the run
  std::string kind, entity;
  double x = 0, y = 0, time_s = 0;
};

struct Row {
  std::string case_id, key;  // 32 hex digits
  std::string scenario, map;
  Parameters parameters, stacks;
  std::uint64_t seed = 0;
  Class verdict = Class::kNotRun;
  std::string message;  // why, in one line; empty for PASS
  std::vector<RowCriterion> criteria;
  std::map<std::string, double> metrics;
  std::string state_hash, map_hash, engine;
  std::vector<Place> places;
  std::string verified;  // `identical with 2 threads`; empty: not verified
  std::string repro;     // the one line that runs it again
  // Set when rows are put beside the suite and its baseline, not kept with the run:
  std::string excused;  // reason of an expected failure
  bool cached = false;
};

Row row_of_job(const Job& job);  // NOT_RUN
Row row_of_run(const Job& job, const Outcome& end, const std::filesystem::path& dir);
std::string to_json_line(const Row& row);                 // without a line end
sim::Result<Row> row_from_json(const std::string& line);  // refuses what is no row

struct Counts {
  std::map<Class, int> of;
  int excused = 0, cached = 0, total = 0;
};
Counts count(const std::vector<Row>& rows);
// 0 to 5 as of every command: 5 nondeterminism, 3 fault, 2 invalid input, 1 failed, 4 not evaluated, not run.
int exit_code(const std::vector<Row>& rows);

}  // namespace bitgoeul::scenarios::batch
