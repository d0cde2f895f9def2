// bitgoeul verify RUN.mcap: re-runs a recorded run from its inputs and compares every step.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

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
  std::string log, map, other, from;
  std::vector<std::string> loop_logs;
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

// What `verify` found: for people, line by line, and for programs.
struct Finding {
  int code = kPass;
  nlohmann::ordered_json json;
};

Finding report_outcome(const Context& context, const RerunOutcome& outcome, const std::string& file) {
  Finding found{kPass, {{"verdict", "identical"}, {"steps", outcome.steps}}};
  if (outcome.from > 0) found.json["from_step"] = outcome.from;
  if (outcome.first) {
    const RerunDifference& d = *outcome.first;
    result(context, fmt::format("different at step {} ({:.2f} s), in the engine: {}\n  recorded {}\n  re-run   {}",
                                d.step, d.time_s, d.what, d.recorded, d.rerun));
    if (d.state) result(context, state_text(*d.state));
    found = {kNondeterminism, {{"verdict", "different"}, {"first", "engine"}, {"steps", outcome.steps}}};
    auto& first = found.json["first_difference"] = {
        {"step", d.step}, {"time_s", d.time_s}, {"what", d.what}, {"recorded", d.recorded}, {"rerun", d.rerun}};
    if (d.state) first["state"] = nlohmann::ordered_json::parse(state_json(*d.state, "recorded", "rerun"));
    return found;
  }
  if (outcome.interrupted || outcome.steps == 0) {
    result(context, fmt::format("{}: {} steps compared, no difference so far",
                                outcome.interrupted ? "interrupted" : "nothing to compare", outcome.steps));
    return {kInconclusive, {{"verdict", "inconclusive"}, {"steps", outcome.steps}}};
  }
  const std::string from = outcome.from > 0 ? fmt::format(" after the key frame of step {}", outcome.from) : "";
  result(context, fmt::format("identical: {} steps{} of {}, {} threads", outcome.steps, from, file, context.threads));
  return found;
}

// `last`, or seconds: the step from whose key frame to go on.
sim::Result<std::optional<std::int64_t>> step_from(const std::string& text, const replay::RunLog& log) {
  if (text.empty()) return std::optional<std::int64_t>();
  const std::int64_t dt_ns = std::max<std::int64_t>(1, log.header().dt_ns);
  if (text == "last") return std::optional(std::numeric_limits<std::int64_t>::max() / dt_ns);
  double time_s = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), time_s);
  if (wrong == std::errc() && end == text.data() + text.size() && time_s >= 0 && time_s < 1e9)
    return std::optional(static_cast<std::int64_t>(time_s * 1e9) / dt_ns);
  return sim::fail(fmt::format("'{}' is no time", text), {}, 0, "--from", "give seconds, or `last`");
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

// Asks the stacks of the run again, the engine being identical.
int ask_again(const Context& context, const replay::RunLog& log, const VerifyArguments& a, Finding& found) {
  auto& rows = found.json["stacks"] = nlohmann::ordered_json::array();
  for (const replay::StackSession& session : log.stacks()) {
    auto opened = open_stack(a.options, session.spec);
    if (!opened) return refuse(opened.error(), kFault);
    const auto outcome = stack::reask(log, session.index, **opened);
    if (!outcome) return refuse(outcome.error(), kFault);
    rows.push_back({{"spec", session.spec}, {"verdict", outcome->first ? "different" : "identical"}});
    if (!outcome->first) {
      rows.back()["acts"] = outcome->acts;
      result(context, fmt::format("identical: stack {}, {} acts", session.spec, outcome->acts));
      continue;
    }
    const stack::ActDifference& d = *outcome->first;
    const char* what = d.own_state ? "its own state" : "its act";
    result(context, fmt::format("different at step {}, in stack {}: {} for {}; the engine is identical\n  recorded {}\n"
                                "  again    {}",
                                d.step, session.spec, what, d.vehicle, d.recorded, d.again));
    rows.back().update(
        {{"step", d.step}, {"vehicle", d.vehicle}, {"what", what}, {"recorded", d.recorded}, {"again", d.again}});
    found.json["verdict"] = "different";
    found.json["first"] = "stack";
    return kNondeterminism;
  }
  return kPass;
}

int run_verify(const Context& context, const VerifyArguments& a) {
  const auto log = replay::RunLog::open(a.log);
  if (!log) return refuse(log.error());
  if (!a.other.empty()) return run_blame(context, *log, a);
  note_log(context, *log, a.log);
  const auto from = step_from(a.from, *log);
  if (!from) return refuse(from.error());
  const auto map = load_named_map(context, a.map.empty() ? log->header().map_name : a.map);
  if (!map) return kInvalid;
  sim::Issues issues;
  sim::Result<RerunOutcome> outcome;
  {
    Progress progress(context, "verify", static_cast<double>(log->header().duration_ns) * 1e-9);
    RerunOptions options;
    options.threads = context.threads;
    options.from_step = *from;
    options.loop_logs = a.loop_logs;
    options.interrupted = interrupted;
    options.progress = [&](double time_s) { progress.update(time_s, ""); };
    outcome = rerun(*log, map, options, issues);
  }
  print(context, issues);
  if (!outcome) return refuse(outcome.error());
  if (*from && outcome->from == 0) note(context, a.log + " has no key frame there (one every 10 s): from the start");
  Finding found = report_outcome(context, *outcome, a.log);
  if (found.code == kPass && a.stacks) found.code = ask_again(context, *log, a, found);
  json_result(context, found.json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  return found.code;
}

}  // namespace

void add_verify(CLI::App& program, Context& context) {
  CLI::App& sub =
      add_subcommand(program, context, "verify", "re-run a recorded run from its inputs and compare every step",
                     "bitgoeul verify runs/demo/run.mcap --threads 1");
  VerifyArguments& a = keep<VerifyArguments>(context);
  sub.add_option("RUN", a.log, "run.mcap of a run")->required();
  sub.add_option("--map", a.map, "where the map of the run is now, if it has moved");
  sub.add_option("--log", a.loop_logs, "of a closed loop: where the log that it drove anew is now, if it has moved");
  sub.add_option("--from", a.from,
                 "start from the last key frame at or before this second, or from the `last` one (default: the start)");
  sub.add_option("--against", a.other,
                 "another recording of the same run: says whether engine or stack differed first");
  sub.add_flag("--stacks", a.stacks, "also ask the run's stacks again, and compare their answers");
  sub.add_option("--stack-timeout", a.options.answer_s, "seconds for an answer (default 10)")
      ->check(CLI::Range(0.01, 86400.0));
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_verify(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
