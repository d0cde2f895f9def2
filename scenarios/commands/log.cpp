// bitgoeul log info LOG: what a log holds. redact is not built yet.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "replay/mcap/reader.h"
#include "replay/run_log.h"
#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/log_edit.h"

namespace bitgoeul::scenarios::commands {
namespace {

using Json = nlohmann::ordered_json;

struct InfoArguments {
  std::string log;
};

Json container_json(const std::string& file, const replay::mcap::ReaderInfo& info) {
  Json json = {{"file", file}, {"complete", info.complete}};
  if (!info.complete) json["why_not_complete"] = info.why_not_complete;
  json["chunks"] = info.chunks.size();
  json["channels"] = Json::array();
  for (const auto& [id, channel] : info.channels) {
    const auto schema = info.schemas.find(channel.schema_id);
    json["channels"].push_back(
        {{"topic", channel.topic}, {"schema", schema == info.schemas.end() ? "" : schema->second.name}});
  }
  return json;
}

Json run_json(const replay::RunHeader& h) {
  return {{"scenario", h.scenario_file},
          {"map", h.map_name},
          {"map_hash", sim::to_hex(h.map_hash)},
          {"map_notice", h.map_notice},
          {"seed", h.seed},
          {"dt_s", static_cast<double>(h.dt_ns) * 1e-9},
          {"duration_s", static_cast<double>(h.duration_ns) * 1e-9},
          {"vehicles", h.entities.size()},
          {"engine_version", h.engine_version},
          {"engine_commit", h.engine_commit},
          {"command", h.command_line}};
}

struct Counts {
  std::int64_t steps = 0, commands = 0, events = 0;
  double last_s = 0;
  sim::Hash128 last_hash;
};

sim::Result<Counts> count(const replay::RunLog& log) {
  Counts counts;
  const auto read = log.each_step([&](const replay::StepRecord& record) {
    ++counts.steps;
    counts.commands += static_cast<std::int64_t>(record.commands.size());
    counts.events += static_cast<std::int64_t>(record.events.size());
    counts.last_s = static_cast<double>(record.time_ns) * 1e-9;
    counts.last_hash = record.hash;
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return counts;
}

// One `name  value` line per entry, nested ones indented.
std::string plain(const Json& json, int indent = 0) {
  std::string text;
  for (const auto& [key, value] : json.items()) {
    const std::string shown =
        value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (key == "channels")
      for (const Json& channel : value)
        text += fmt::format("  {:<18} {}\n", channel["topic"].get<std::string>(), channel["schema"].get<std::string>());
    else
      text += fmt::format("{:{}}{:<18} {}\n", "", indent, key, shown);
  }
  return text;
}

int run_info(const Context& context, const InfoArguments& a) {
  const auto reader = replay::mcap::Reader::open(a.log);
  if (!reader) return refuse(reader.error());
  Json json = container_json(a.log, reader->info());
  if (const auto log = replay::RunLog::open(a.log)) {
    json.update(run_json(log->header()));
    const auto counts = count(*log);
    if (!counts) return refuse(counts.error());
    json.update(Json{{"steps", counts->steps},
                     {"sim_time_s", counts->last_s},
                     {"commands", counts->commands},
                     {"events", counts->events},
                     {"state_hash", sim::to_hex(counts->last_hash)}});
  } else {
    note(context, fmt::format("{}: no run of this engine: {}", a.log, log.error().what));
  }
  result(context, plain(json));
  json_result(context, json.dump(2, ' ', false, Json::error_handler_t::replace));
  return kPass;
}

}  // namespace

void add_log(CLI::App& program, Context& context) {
  CLI::App& group = *program.add_subcommand("log", "info, check, recover, cut, convert, redact of logs");
  group.require_subcommand(1);
  group.footer("Example:\n  bitgoeul log info runs/demo/run.mcap");
  CLI::App& info = add_subcommand(group, context, "info", "what a log holds", "bitgoeul log info runs/demo/run.mcap");
  InfoArguments& a = keep<InfoArguments>(context);
  info.add_option("LOG", a.log, "an MCAP file")->required();
  info.callback([&context, &a] { context.action = [&context, &a] { return run_info(context, a); }; });
  add_log_check(group, context);
  add_log_recover(group, context);
  add_log_cut(group, context);
  add_log_convert(group, context);
  add_log_redact(group, context);
}

}  // namespace bitgoeul::scenarios::commands
