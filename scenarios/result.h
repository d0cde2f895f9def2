// RunResult: what result.json holds, field for field. Made at the end of a run; read by the commands, the report and
// tests. Units in the names; `state_hash` is the hash after the last step. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/hash.h"

namespace bitgoeul::scenarios {

// kInvalid: a replayed log no longer explains the world that it is to be judged in, or the story of the file could not
// be told as it says.
enum class Verdict : std::uint8_t { kPass, kFail, kInconclusive, kError, kInvalid };
std::string to_string(Verdict verdict);  // PASS, FAIL, INCONCLUSIVE, ERROR, INVALID

struct CriterionPlace {  // map frame; the rest where the map knows it
  double x_m = 0, y_m = 0;
  std::optional<double> z_m;
  std::string lane, junction;  // `road/lane` and the id of the junction
  std::optional<double> latitude_deg, longitude_deg;
};

struct Criterion {
  std::string name;
  Verdict verdict = Verdict::kInconclusive;
  double value = 0, limit = 0;
  double time_s = -1;                 // of the first offence, or of the worst value; < 0: none
  std::string entity = {};            // that offended first, or came nearest to it; empty: none
  std::string unit = {}, other = {};  // other: who took part; empty: nobody
  std::optional<CriterionPlace> place = {};
};

// A driving stack has ended the run: nobody can say how it would have gone.
struct RunError {
  std::string kind;  // STACK_CRASH, STACK_TIMEOUT, STACK_PROTOCOL; empty: none
  std::string stack, what, log_tail;
  std::int64_t step = 0;
  double time_s = 0;
};

struct DrivenBy {  // one row per stack
  std::string spec, client,
      sandbox;  // client: what it calls itself; sandbox: bubblewrap, none, empty: no process of ours
  std::int64_t vehicles = 0;
};

// How far a closed loop has left its log (closed_loop/divergence.h).
struct LogDivergence {
  std::string log;
  double start_s = 0;  // log time of the first step
  std::int64_t agents = 0, hand_overs = 0, hand_backs = 0;
  std::int64_t predicted_conflict = 0, blocked = 0, leader_changed = 0;  // reasons of hand-overs
  std::int64_t unexplained_peak = 0, unexplained_end = 0;                // agents elsewhere than their log says
  double first_unexplained_s = -1;                                       // < 0: never
  double ego_max_m = 0, ego_mean_m = 0, ego_end_m = 0;
};

struct RunResult {
  Verdict verdict = Verdict::kInconclusive;
  bool interrupted = false;
  RunError fault;
  std::vector<DrivenBy> stacks;
  std::int64_t acts_clamped = 0;
  std::optional<LogDivergence> divergence;  // of a closed loop
  std::vector<Criterion> criteria;
  sim::Hash128 state_hash;
  std::int64_t steps = 0;
  double dt_s = 0, sim_time_s = 0, duration_s = 0;  // duration: asked for
  double wall_time_s = 0, realtime_factor = 0, startup_s = 0;
  int vehicles = 0;  // self-driving
  double traffic_mean = 0;
  std::int64_t traffic_peak = 0;
  std::int64_t collisions = 0, collisions_engine = 0;
  std::int64_t red_lights = 0, routes_completed = 0;
  double distance_m = 0, mean_speed_mps = 0;  // of the self-driving vehicles, while they are in the world
  std::int64_t vehicles_left = 0;             // that have driven off the map's edge and not come back
  std::uint64_t seed = 0;
  int threads = 0;
  std::string map_name, map_notice;
  sim::Hash128 map_hash;
  std::string scenario_file;
  sim::Hash128 scenario_hash;
  std::string engine_version, engine_commit;
  std::string command;  // the one line that reproduces it
};

std::string to_json(const RunResult& result);  // two-space indented, with a line end
Verdict overall(const std::vector<Criterion>& criteria, bool interrupted);

}  // namespace bitgoeul::scenarios
