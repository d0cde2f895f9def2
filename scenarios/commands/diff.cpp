// bitgoeul diff A B: where two recorded runs part.
#include "replay/diff.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/fleet_common.h"

namespace bitgoeul::scenarios::commands {
namespace {

struct DiffArguments {
  std::string a, b;
  bool metrics = false;
};

// A directory stands for the run in it.
std::string log_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? (std::filesystem::path(path) / "run.mcap").string() : path;
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

std::string json_of(const replay::LogDifference& d) {
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
  return json + "}";
}

int run_diff(const Context& context, const DiffArguments& arguments) {
  if (arguments.metrics) {
    error("--metrics: comparing metrics is not built yet; without it the steps are compared");
    return kInvalid;
  }
  const auto a = replay::RunLog::open(log_file(arguments.a));
  if (!a) return refuse(a.error());
  const auto b = replay::RunLog::open(log_file(arguments.b));
  if (!b) return refuse(b.error());
  const auto difference = replay::diff_logs(*a, *b);
  if (!difference) return refuse(difference.error());
  result(context, table(*difference));
  json_result(context, json_of(*difference));
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
  sub.add_flag("--metrics", a.metrics, "metrics that moved (not built yet)");
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_diff(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
