// bitgoeul verify RUN.mcap: re-runs a recorded run from its inputs and compares every step.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "replay/run_log.h"
#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/fleet_common.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/commands/stack_options.h"
#include "scenarios/commands/state_text.h"
#include "scenarios/rerun.h"
#include "scenarios/stack/reask.h"
#include "scenarios/version.h"

namespace bitgoeul::scenarios::commands {
namespace {

struct VerifyArguments {
  std::string log, map, other;
  bool stacks = false;
  StackArguments options;
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
  if (!outcome.first) return json + "}";
  json += fmt::format(
      ", \"first_difference\": {{\"step\": {}, \"time_s\": {}, \"what\": \"{}\", \"recorded\": \"{}\", \"rerun\": "
      "\"{}\"",
      outcome.first->step, outcome.first->time_s, json_escaped(outcome.first->what),
      json_escaped(outcome.first->recorded), json_escaped(outcome.first->rerun));
  if (outcome.first->state) json += ", \"state\": " + state_json(*outcome.first->state, "recorded", "rerun");
  return json + "}}";
}

int report_outcome(const Context& context, const RerunOutcome& outcome, const std::string& file) {
  if (outcome.first) {
    const RerunDifference& d = *outcome.first;
    result(context, fmt::format("different at step {} ({:.2f} s): {}\n  recorded {}\n  re-run   {}", d.step, d.time_s,
                                d.what, d.recorded, d.rerun));
    if (d.state) result(context, state_text(*d.state));
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

// Two recordings of the same run: who differed first.
int run_blame(const Context& context, const replay::RunLog& log, const VerifyArguments& a) {
  const auto other = replay::RunLog::open(a.other);
  if (!other) return refuse(other.error());
  const auto blame = stack::blame(log, *other);
  if (!blame) return refuse(blame.error());
  using Who = stack::Blame::Who;
  const char* who = blame->who == Who::kStack ? "stack" : blame->who == Who::kEngine ? "engine" : "nobody";
  result(context, blame->who == Who::kNobody
                      ? std::string("identical: every act and every state")
                      : fmt::format("the {} differed first, at step {}: {}", who, blame->step, blame->what));
  json_result(context, fmt::format("{{\"verdict\": \"{}\", \"first\": \"{}\", \"step\": {}, \"what\": \"{}\"}}",
                                   blame->who == Who::kNobody ? "identical" : "different", who, blame->step,
                                   json_escaped(blame->what)));
  return blame->who == Who::kNobody ? kPass : kNondeterminism;
}

// Asks the stacks of the run again.
int ask_again(const Context& context, const replay::RunLog& log, const VerifyArguments& a) {
  for (const replay::StackSession& session : log.stacks()) {
    auto opened = open_stack(a.options, session.spec);
    if (!opened) return refuse(opened.error(), kFault);
    const auto outcome = stack::reask(log, session.index, **opened);
    if (!outcome) return refuse(outcome.error(), kFault);
    if (outcome->first) {
      const stack::ActDifference& d = *outcome->first;
      result(context,
             fmt::format("the engine is identical; stack {} differs at step {}, {}\n  recorded {}\n  again    {}",
                         session.spec, d.step, d.vehicle, d.recorded, d.again));
      return kNondeterminism;
    }
    result(context, fmt::format("identical: stack {}, {} acts", session.spec, outcome->acts));
  }
  return kPass;
}

int run_verify(const Context& context, const VerifyArguments& a) {
  const auto log = replay::RunLog::open(a.log);
  if (!log) return refuse(log.error());
  if (!a.other.empty()) return run_blame(context, *log, a);
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
  const int code = report_outcome(context, *outcome, a.log);
  return code == kPass && a.stacks ? ask_again(context, *log, a) : code;
}

}  // namespace

void add_verify(CLI::App& program, Context& context) {
  CLI::App& sub =
      add_subcommand(program, context, "verify", "re-run a recorded run from its inputs and compare every step",
                     "bitgoeul verify runs/demo/run.mcap --threads 1");
  VerifyArguments& a = keep<VerifyArguments>(context);
  sub.add_option("RUN", a.log, "run.mcap of a run")->required();
  sub.add_option("--map", a.map, "where the map of the run is now, if it has moved");
  sub.add_option("--against", a.other,
                 "another recording of the same run: says whether engine or stack differed first");
  sub.add_flag("--stacks", a.stacks, "also ask the run's stacks again, and compare their answers");
  sub.add_option("--stack-timeout", a.options.answer_s, "seconds for an answer (default 10)")
      ->check(CLI::Range(0.01, 86400.0));
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_verify(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
