// bitgoeul log cut LOG: a part of a log, by time and topic.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "replay/mcap/rewrite.h"
#include "replay/run_log.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/log_edit.h"

namespace bitgoeul::scenarios::commands {
namespace {

using Json = nlohmann::ordered_json;

struct CutArguments {
  std::string log, out;
  double start_s = 0, end_s = -1;
  std::vector<std::string> topics;
};

// Log time of the first message; times on the command line count from it.
std::uint64_t first_time(const replay::mcap::Reader& reader) {
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
  for (const auto& chunk : reader.info().chunks)
    if (chunk.message_end_time > 0 || chunk.message_start_time > 0) first = std::min(first, chunk.message_start_time);
  if (reader.info().chunks.empty())
    (void)reader.each_message([&](const replay::mcap::MessageView& view) {
      first = std::min(first, view.message.log_time);
      return true;
    });
  return first == std::numeric_limits<std::uint64_t>::max() ? 0 : first;
}

int run_cut(const Context& context, const CutArguments& a) {
  const auto reader = replay::mcap::Reader::open(a.log);
  if (!reader) return refuse(reader.error());
  if (!reader->info().complete)
    return refuse({.file = a.log,
                   .what = "is not a whole log: " + reader->info().why_not_complete,
                   .remedy = "run `bitgoeul log recover` on it first"});
  // The frames of a run build on each other, and its hashes on every step before.
  const bool run = replay::RunLog::open(a.log).has_value();
  if (run && (a.start_s > 0 || !a.topics.empty()))
    return refuse({.file = a.log,
                   .what = "is a run of this engine, whose steps build on each other from the first",
                   .remedy = "cut it with --end alone"});
  const std::uint64_t first = run ? 0 : first_time(*reader);
  replay::mcap::CutOptions options;
  options.start_ns = first + static_cast<std::uint64_t>(std::llround(a.start_s * 1e9));
  if (a.end_s >= 0) options.end_ns = first + static_cast<std::uint64_t>(std::llround(a.end_s * 1e9));
  options.topics = a.topics;
  const auto report = replay::mcap::cut(a.log, a.out, options);
  if (!report) return refuse(report.error());
  for (const std::string& topic : report->unknown_topics)
    note(context, fmt::format("warning: {}: has no topic {}", a.log, topic));
  result(context, fmt::format("{}: {} messages kept, {} left out\n", a.out, report->kept, report->dropped));
  json_result(context, Json{{"out", a.out},
                            {"kept", report->kept},
                            {"left_out", report->dropped},
                            {"unknown_topics", report->unknown_topics}}
                           .dump(2, ' ', false, Json::error_handler_t::replace));
  return kPass;
}

}  // namespace

void add_log_cut(CLI::App& group, Context& context) {
  CLI::App& cut = add_subcommand(group, context, "cut", "a part of a log, by time and topic",
                                 "bitgoeul log cut drive.mcap --start 60 --end 90 --topics /lidar /odom -o clip.mcap");
  CutArguments& a = keep<CutArguments>(context);
  cut.add_option("LOG", a.log, "an MCAP file")->required();
  cut.add_option("--start", a.start_s, "seconds after the log's first message (included)")->check(CLI::Range(0.0, 1e9));
  cut.add_option("--end", a.end_s, "seconds after the log's first message (excluded; default: its end)")
      ->check(CLI::Range(0.0, 1e9));
  cut.add_option("--topics", a.topics, "topics to keep (default: all)");
  cut.add_option("-o,--out", a.out, "file to write")->required();
  cut.callback([&context, &a] { context.action = [&context, &a] { return run_cut(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
