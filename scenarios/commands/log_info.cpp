// bitgoeul log info LOG...: what a log of any known format holds, and what could not be read and why.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "replay/source.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/log_edit.h"

namespace bitgoeul::scenarios::commands {
namespace {

using Json = nlohmann::ordered_json;
constexpr auto kReplaceBadText = Json::error_handler_t::replace;

struct InfoArguments {
  std::vector<std::string> logs;
  std::string roles;
  std::vector<double> offsets_s;
  bool read = false;
};

double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

Json topic_json(const replay::TopicInfo& topic) {
  Json json = {{"topic", topic.name},        {"type", topic.type},
               {"encoding", topic.encoding}, {"role", replay::to_string(topic.role)},
               {"count", topic.count},       {"rate_hz", topic.rate_hz},
               {"frame", topic.frame}};
  if (topic.dropped > 0) json["dropped"] = topic.dropped;
  if (!topic.why.empty()) json["why"] = topic.why;
  return json;
}

Json run_json(const replay::RunHeader& h) {
  return {{"scenario", h.scenario_file},
          {"map", h.map_name},
          {"map_hash", sim::to_hex(h.map_hash)},
          {"map_notice", h.map_notice},
          {"seed", h.seed},
          {"dt_s", seconds(h.dt_ns)},
          {"duration_s", seconds(h.duration_ns)},
          {"vehicles", h.entities.size()},
          {"engine_version", h.engine_version},
          {"engine_commit", h.engine_commit},
          {"command", h.command_line}};
}

Json description_json(const replay::Description& d) {
  Json json = {{"format", d.format},       {"start_ns", d.start_ns},
               {"end_ns", d.end_ns},       {"duration_s", seconds(d.end_ns - d.start_ns)},
               {"time_base", d.time_base}, {"frame", d.frame}};
  if (d.origin)
    json["origin"] = {{"longitude_deg", d.origin->longitude_deg},
                      {"latitude_deg", d.origin->latitude_deg},
                      {"altitude_m", d.origin->altitude_m},
                      {"proj", d.origin->proj}};
  json["files"] = Json::array();
  for (const auto& file : d.files) {
    Json one = {{"file", file.path}, {"format", file.format}, {"bytes", file.bytes}, {"complete", file.complete}};
    if (!file.complete) one["why_not_complete"] = file.why_not_complete;
    json["files"].push_back(std::move(one));
  }
  json["topics"] = Json::array();
  for (const auto& topic : d.topics) json["topics"].push_back(topic_json(topic));
  json["issues"] = Json::array();
  for (const auto& issue : d.issues) json["issues"].push_back(sim::to_string(issue));
  if (d.run) json["run"] = run_json(*d.run);
  return json;
}

struct RunCounts {
  std::int64_t steps = 0, commands = 0, events = 0;
  double last_s = 0;
  sim::Hash128 last_hash;
};

sim::Result<RunCounts> count_run(const std::string& file) {
  const auto log = replay::RunLog::open(file);
  if (!log) return tl::unexpected(log.error());
  RunCounts counts;
  const auto read = log->each_step([&](const replay::StepRecord& record) {
    ++counts.steps;
    counts.commands += static_cast<std::int64_t>(record.commands.size());
    counts.events += static_cast<std::int64_t>(record.events.size());
    counts.last_s = seconds(record.time_ns);
    counts.last_hash = record.hash;
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return counts;
}

// Reads all of it, so that what cannot be decoded is counted, and what becomes Snapshots.
sim::Result<Json> read_all(replay::Source& source) {
  std::int64_t snapshots = 0, frames = 0;
  std::size_t most_objects = 0;
  replay::Item item;
  for (;;) {
    auto got = source.next(item);
    if (!got) return tl::unexpected(got.error());
    if (!*got) break;
    if (item.topic != replay::kSnapshotTopic) {
      ++frames;
      continue;
    }
    ++snapshots;
    std::size_t alive = 0;
    for (const auto generation : std::get<std::shared_ptr<const sim::Snapshot>>(item.payload)->generation)
      alive += generation % 2;
    most_objects = std::max(most_objects, alive);
  }
  return Json{{"snapshots", snapshots}, {"most_in_a_snapshot", most_objects}, {"sensor_frames", frames}};
}

std::string plain(const Json& json) {
  std::string text;
  for (const auto& [key, value] : json.items()) {
    const std::string shown =
        value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, kReplaceBadText);
    if (!value.is_array()) text += fmt::format("{:<18} {}\n", key, shown);
  }
  for (const Json& file : json["files"])
    text +=
        fmt::format("{}  {}, {} bytes{}\n", file["file"].get<std::string>(), file["format"].get<std::string>(),
                    file["bytes"].get<std::uint64_t>(),
                    file.contains("why_not_complete") ? ", not complete: " + file["why_not_complete"].get<std::string>()
                                                      : std::string());
  if (!json["topics"].empty())
    text += fmt::format("  {:<36} {:<10} {:>9} {:>9}  {}\n", "topic", "role", "messages", "Hz", "type");
  for (const Json& topic : json["topics"]) {
    const double rate = topic["rate_hz"].get<double>();
    text += fmt::format("  {:<36} {:<10} {:>9} {:>9}  {} ({})", topic["topic"].get<std::string>(),
                        topic["role"].get<std::string>(), topic["count"].get<std::uint64_t>(),
                        rate > 0 ? fmt::format("{:.2f}", rate) : "", topic["type"].get<std::string>(),
                        topic["encoding"].get<std::string>());
    if (topic.contains("dropped")) text += fmt::format("; {} not decoded", topic["dropped"].get<std::uint64_t>());
    if (topic.contains("why")) text += ": " + topic["why"].get<std::string>();
    text += '\n';
  }
  return text;
}

int run_info(const Context& context, const InfoArguments& a) {
  replay::SourceOptions options;
  options.roles = a.roles;
  options.offsets_s = a.offsets_s;
  auto source = replay::open_source({a.logs.begin(), a.logs.end()}, options);
  if (!source) return refuse(source.error());
  Json reading;
  if (a.read) {
    auto read = read_all(**source);
    if (!read) return refuse(read.error());
    reading = std::move(*read);
  }
  const replay::Description& d = (*source)->description();
  Json json = description_json(d);
  if (a.read) json.update(reading);
  if (d.run && a.logs.size() == 1) {
    const auto counts = count_run(a.logs.front());
    if (!counts) return refuse(counts.error());
    json.update(Json{{"steps", counts->steps},
                     {"sim_time_s", counts->last_s},
                     {"commands", counts->commands},
                     {"events", counts->events},
                     {"state_hash", sim::to_hex(counts->last_hash)}});
  }
  print(context, d.issues);
  result(context, plain(json));
  json_result(context, json.dump(2, ' ', false, kReplaceBadText));
  return kPass;
}

}  // namespace

void add_log_info(CLI::App& group, Context& context) {
  CLI::App& info = add_subcommand(group, context, "info", "what a log holds, in any format that is known",
                                  "bitgoeul log info runs/demo/run.mcap\n  bitgoeul log info --read drive.bag\n"
                                  "  bitgoeul log info car_a.mcap car_b/ --offset 0 -0.25");
  InfoArguments& a = keep<InfoArguments>(context);
  info.add_option("LOG", a.logs, "files or folders, as one log")->required();
  info.add_option("--roles", a.roles, "YAML that sets the roles of topics, clock offsets and the vehicle's frame");
  info.add_option("--offset", a.offsets_s, "seconds added to the times of each LOG, in their order");
  info.add_flag("--read", a.read, "read every message, and count what cannot be decoded and what becomes Snapshots");
  info.callback([&context, &a] { context.action = [&context, &a] { return run_info(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
