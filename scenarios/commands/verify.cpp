// bitgoeul verify RUN.mcap: re-runs a recorded run from its inputs and compares every step.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "replay/run_log.h"
#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/fleet_common.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/rerun.h"
#include "scenarios/version.h"

namespace bitgoeul::scenarios::commands {
namespace {

struct VerifyArguments {
  std::string log, map;
};

void note_log(const Context& context, const replay::RunLog& log, const std::string& file) {
  const replay::RunHeader& header = log.header();
  if (!log.complete()) note(context, fmt::format("{}: its writer was killed; what is whole is compared", file));
  if (header.engine_version != engine_version() || header.engine_commit != engine_commit())
    note(context, fmt::format("warning: recorded by engine {} {}, this is {} {}: another engine may drive otherwise",
                              header.engine_version, header.engine_commit, engine_version(), engine_commit()));
}

std::string json_of(const RerunOutcome& outcome, const char* verdict) {
  std::string json = fmt::format("{{\"verdict\": \"{}\", \"steps\": {}", verdict, outcome.steps);
  if (outcome.first)
    json += fmt::format(
        ", \"first_difference\": {{\"step\": {}, \"time_s\": {}, \"what\": \"{}\", \"recorded\": \"{}\", \"rerun\": "
        "\"{}\"}}",
        outcome.first->step, outcome.first->time_s, json_escaped(outcome.first->what),
        json_escaped(outcome.first->recorded), json_escaped(outcome.first->rerun));
  return json + "}";
}

int report_outcome(const Context& context, const RerunOutcome& outcome, const std::string& file) {
  if (outcome.first) {
    const RerunDifference& d = *outcome.first;
    result(context, fmt::format("different at step {} ({:.2f} s): {}\n  recorded {}\n  re-run   {}", d.step, d.time_s,
                                d.what, d.recorded, d.rerun));
    json_result(context, json_of(outcome, "different"));
    return kNondeterminism;
  }
  if (outcome.interrupted || outcome.steps == 0) {
    result(context, fmt::format("{}: {} steps compared, no difference so far",
                                outcome.interrupted ? "interrupted" : "nothing to compare", outcome.steps));
    json_result(context, json_of(outcome, "inconclusive"));
    return kInconclusive;
  }
  result(context, fmt::format("identical: {} steps of {}, {} threads", outcome.steps, file, context.threads));
  json_result(context, json_of(outcome, "identical"));
  return kPass;
}

int run_verify(const Context& context, const VerifyArguments& a) {
  const auto log = replay::RunLog::open(a.log);
  if (!log) return refuse(log.error());
  note_log(context, *log, a.log);
  const auto map = load_named_map(context, a.map.empty() ? log->header().map_name : a.map);
  if (!map) return kInvalid;
  sim::Issues issues;
  sim::Result<RerunOutcome> outcome;
  {
    Progress progress(context, "verify", static_cast<double>(log->header().duration_ns) * 1e-9);
    RerunOptions options;
    options.threads = context.threads;
    options.interrupted = interrupted;
    options.progress = [&](double time_s) { progress.update(time_s, ""); };
    outcome = rerun(*log, map, options, issues);
  }
  print(context, issues);
  if (!outcome) return refuse(outcome.error());
  return report_outcome(context, *outcome, a.log);
}

}  // namespace

void add_verify(CLI::App& program, Context& context) {
  CLI::App& sub =
      add_subcommand(program, context, "verify", "re-run a recorded run from its inputs and compare every step",
                     "bitgoeul verify runs/demo/run.mcap --threads 1");
  VerifyArguments& a = keep<VerifyArguments>(context);
  sub.add_option("RUN", a.log, "run.mcap of a run")->required();
  sub.add_option("--map", a.map, "where the map of the run is now, if it has moved");
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_verify(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
