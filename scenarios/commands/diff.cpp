// bitgoeul diff A B: where two recorded runs part.
#include "replay/diff.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/fleet_common.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/commands/state_text.h"
#include "scenarios/metrics_diff.h"
#include "scenarios/rerun.h"

namespace bitgoeul::scenarios::commands {
namespace {

struct DiffArguments {
  std::string a, b, map;
  bool metrics = false;
};

// A directory stands for the run in it.
std::string log_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? (std::filesystem::path(path) / "run.mcap").string() : path;
}

// The value of the state, where no command or event tells the difference. Without the map the frames must do.
std::optional<StateDifference> search_state(const Context& context, const DiffArguments& arguments,
                                            const replay::RunLog& a, const replay::RunLog& b,
                                            const replay::LogDifference& d) {
  if (!d.first || (d.value && d.value->where != "frame")) return std::nullopt;
  const std::string name = arguments.map.empty() ? a.header().map_name : arguments.map;
  const auto map = load_named_map(context, name);
  if (!map) return std::nullopt;
  sim::Issues issues;
  RerunOptions options;
  options.threads = context.threads;
  options.interrupted = interrupted;
  auto found = state_difference(a, b, *d.first, map, options, issues);
  if (found) return *found;
  note(context, "the state itself cannot be compared: " + sim::to_string(found.error()));
  return std::nullopt;
}

std::string table(const replay::LogDifference& d) {
  std::string text;
  const std::size_t shown = std::min<std::size_t>(d.header.size(), 20);
  for (std::size_t i = 0; i < shown; ++i)
    text += fmt::format("{:<20} {}  |  {}\n", d.header[i].field, d.header[i].a, d.header[i].b);
  if (shown < d.header.size())
    text += fmt::format("... and {} more inputs (--json lists all)\n", d.header.size() - shown);
  text += fmt::format("{:<20} {}  |  {}\n", "steps", d.steps_a, d.steps_b);
  if (d.first)
    text += fmt::format("first different step {} ({:.2f} s): {}  |  {}", d.first->step,
                        static_cast<double>(d.first->time_ns) * 1e-9, sim::to_hex(d.first->a), sim::to_hex(d.first->b));
  if (d.value)
    text += fmt::format("\n{} at step {}, {}{}{}: {}  |  {}", d.value->where, d.value->step, d.value->entity,
                        d.value->entity.empty() ? "" : ", ", d.value->column, d.value->a, d.value->b);
  else if (d.first)
    text += "\nno value differs in the commands and events of that step, nor in the frames of the ten seconds after it";
  if (!d.first) text += fmt::format("no difference in the {} steps that both have", d.steps_equal);
  return text;
}

std::string json_of(const replay::LogDifference& d, const std::optional<StateDifference>& state) {
  std::string json =
      fmt::format("{{\"same_course\": {}, \"steps_a\": {}, \"steps_b\": {}, \"steps_equal\": {}, \"header\": [",
                  d.same_course(), d.steps_a, d.steps_b, d.steps_equal);
  for (std::size_t i = 0; i < d.header.size(); ++i)
    json += fmt::format("{}{{\"field\": \"{}\", \"a\": \"{}\", \"b\": \"{}\"}}", i ? ", " : "",
                        json_escaped(d.header[i].field), json_escaped(d.header[i].a), json_escaped(d.header[i].b));
  json += "], \"first_difference\": ";
  json += d.first ? fmt::format("{{\"step\": {}, \"time_s\": {}, \"a\": \"{}\", \"b\": \"{}\"}}", d.first->step,
                                static_cast<double>(d.first->time_ns) * 1e-9, sim::to_hex(d.first->a),
                                sim::to_hex(d.first->b))
                  : "null";
  if (d.value)
    json += fmt::format(
        ", \"first_value\": {{\"step\": {}, \"where\": \"{}\", \"entity\": \"{}\", \"column\": \"{}\", \"a\": \"{}\", "
        "\"b\": "
        "\"{}\"}}",
        d.value->step, d.value->where, json_escaped(d.value->entity), d.value->column, json_escaped(d.value->a),
        json_escaped(d.value->b));
  if (state) json += ", \"first_state\": " + state_json(*state, "a", "b");
  return json;
}

std::string table(const std::vector<MetricChange>& changes) {
  if (changes.empty()) return "\nno metric has moved";
  std::size_t width = 6;
  for (const MetricChange& c : changes) width = std::max(width, c.metric.size());
  std::string text = "\nmetrics that moved";
  for (const MetricChange& c : changes)
    text += fmt::format("\n{:<{}}  {}  |  {}{}", c.metric, width, c.a, c.b,
                        c.delta ? fmt::format("  ({:+g})", *c.delta) : "");
  return text;
}

std::string json_of(const std::vector<MetricChange>& changes) {
  std::string json = ", \"metrics\": [";
  for (const MetricChange& c : changes)
    json += fmt::format("{}{{\"metric\": \"{}\", \"a\": \"{}\", \"b\": \"{}\", \"delta\": {}}}",
                        &c == changes.data() ? "" : ", ", json_escaped(c.metric), json_escaped(c.a), json_escaped(c.b),
                        c.delta ? fmt::format("{}", *c.delta) : "null");
  return json + "]";
}

int run_diff(const Context& context, const DiffArguments& arguments) {
  const auto a = replay::RunLog::open(log_file(arguments.a));
  if (!a) return refuse(a.error());
  const auto b = replay::RunLog::open(log_file(arguments.b));
  if (!b) return refuse(b.error());
  std::optional<std::vector<MetricChange>> metrics;
  if (arguments.metrics) {
    const auto changes = metric_changes(arguments.a, arguments.b);
    if (!changes) return refuse(changes.error());
    metrics = *changes;
  }
  const auto difference = replay::diff_logs(*a, *b);
  if (!difference) return refuse(difference.error());
  const auto state = search_state(context, arguments, *a, *b, *difference);
  result(context, table(*difference) + (state ? "\n" + state_text(*state) : "") + (metrics ? table(*metrics) : ""));
  json_result(context, json_of(*difference, state) + (metrics ? json_of(*metrics) : "") + "}");
  return difference->same_course() ? kPass : kFailed;
}

}  // namespace

void add_diff(CLI::App& program, Context& context) {
  CLI::App& sub = add_subcommand(program, context, "diff",
                                 "two recorded runs: what differs in their inputs, and the first differing step",
                                 "bitgoeul diff runs/a/run.mcap runs/b/run.mcap");
  DiffArguments& a = keep<DiffArguments>(context);
  sub.add_option("A", a.a, "run.mcap, or the directory of a run")->required();
  sub.add_option("B", a.b, "run.mcap, or the directory of a run")->required();
  sub.add_option("--map", a.map, "where the map of the runs is now, if it has moved");
  sub.add_flag("--metrics", a.metrics, "also the verdicts and numbers of their result.json that moved");
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_diff(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
