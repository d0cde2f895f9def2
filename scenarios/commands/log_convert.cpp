// bitgoeul log convert LOG --to FORMAT: a run or a fleet's log as a file that others read.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "maps/load_map.h"
#include "replay/export/exporter.h"
#include "replay/file.h"
#include "replay/source.h"
#include "replay/tracks.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/log_edit.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/log_scenario.h"
#include "scenarios/openscenario/write.h"
#include "scenarios/run_files.h"
#include "scenarios/version.h"

namespace bitgoeul::scenarios::commands {
namespace {

using Json = nlohmann::ordered_json;

struct ConvertArguments {
  std::string log, out, format, map, host;
  std::optional<double> start_s, end_s;  // after the start of the log; xosc only
};

sim::Result<std::int64_t> host_row(const replay::RunHeader& header, const std::string& host, const std::string& log) {
  if (host.empty()) return -1;
  for (const replay::EntityInfo& info : header.entities)
    if (info.name == host) return info.row;
  return sim::fail("has no vehicle '" + host + "'", log, 0, "--host", "`bitgoeul log info` counts its vehicles");
}

// Formats that show the map do without it when it cannot be found.
std::shared_ptr<const maps::Map> find_map(const Context& context, const ConvertArguments& a,
                                          const replay::RunHeader& header) {
  if (a.format == "csv") return nullptr;
  if (!a.map.empty()) return load_named_map(context, a.map);
  sim::Issues issues;
  auto map = maps::load_map(header.map_name, issues);
  if (!map) {
    note(context, fmt::format("warning: {}: its map {} is not there ({})", a.log, header.map_name, map.error().what));
    return nullptr;
  }
  if ((*map)->hash != header.map_hash)
    note(context, fmt::format("warning: {}: the map {} is not the one of the run", a.log, header.map_name));
  return *map;
}

replay::ExportInput make_input(const ConvertArguments& a, const replay::RunHeader& header,
                               std::shared_ptr<const maps::Map> map, std::int64_t host) {
  replay::ExportInput input;
  input.log = a.log;
  input.map_name = header.map_name;
  input.producer = fmt::format("bitgoeul {} {}", header.engine_version, header.engine_commit);
  input.entities = header.entities;
  input.types = header.types;
  input.host_row = host;
  if (map) {
    input.projection = map->projection;
    input.offset_x = map->offset_x, input.offset_y = map->offset_y, input.offset_heading = map->offset_heading;
  }
  input.map = std::move(map);
  return input;
}

sim::Result<replay::ExportReport> convert(const Context& context, const replay::RunLog& log,
                                          replay::Exporter& exporter) {
  Progress progress(context, "convert", static_cast<double>(log.header().duration_ns) * 1e-9);
  sim::Result<void> written;
  const auto read = log.each_frame([&](const sim::Snapshot& snapshot) {
    written = exporter.frame(snapshot);
    progress.update(static_cast<double>(snapshot.time_ns) * 1e-9, "");
    return written.has_value() && !interrupted();
  });
  if (!written) return tl::unexpected(written.error());
  if (!read) return tl::unexpected(read.error());
  if (interrupted()) return sim::fail("interrupted; nothing was written");
  return exporter.close();
}

// A fleet's log, by way of its Snapshots; row 0 is its own vehicle.
sim::Result<replay::ExportReport> convert(const Context& context, replay::Source& source, replay::Exporter& exporter) {
  const replay::Description& d = source.description();
  Progress progress(context, "convert", static_cast<double>(d.end_ns - d.start_ns) * 1e-9);
  replay::Item item;
  while (!interrupted()) {
    const auto got = source.next(item);
    if (!got) return tl::unexpected(got.error());
    if (!*got) return exporter.close();
    progress.update(static_cast<double>(item.time_ns - d.start_ns) * 1e-9, "");
    const auto written = item.topic == replay::kSnapshotTopic
                             ? exporter.frame(*std::get<std::shared_ptr<const sim::Snapshot>>(item.payload))
                             : exporter.sensor(item);
    if (!written) return tl::unexpected(written.error());
  }
  return sim::fail("interrupted; nothing was written");
}

// Rows of such a log are used again, so that only its own vehicle has a name; the others are told apart by their lives.
replay::ExportInput make_input(const ConvertArguments& a, const replay::Description& d,
                               std::shared_ptr<const maps::Map> map) {
  replay::ExportInput input;
  input.log = a.log;
  input.map_name = a.map;
  input.producer = fmt::format("bitgoeul {} {}", engine_version(), engine_commit());
  input.entities = {{"ego", "", 0}};
  for (const std::string& name : d.type_names) input.types.push_back({name, name});
  if (d.origin) input.projection = d.origin->proj;
  input.map = std::move(map);
  return input;
}

int report(const Context& context, const ConvertArguments& a, const sim::Result<replay::ExportReport>& report) {
  if (!report) return interrupted() ? refuse(report.error(), kInconclusive) : refuse(report.error());
  print(context, report->issues, 20);
  Json json = {
      {"format", a.format}, {"frames", report->frames}, {"messages", report->messages}, {"files", Json::array()}};
  for (const auto& file : report->files) {
    result(context, fmt::format("{}: {}\n", file.string(), a.format));
    json["files"].push_back(file.string());
  }
  result(context, fmt::format("{} frames, {} messages or rows\n", report->frames, report->messages));
  json_result(context, json.dump(2, ' ', false, Json::error_handler_t::replace));
  return kPass;
}

// The tracks as an OpenSCENARIO story.
int convert_to_scenario(const Context& context, const ConvertArguments& a) {
  if (!a.host.empty())
    return refuse({.file = a.log, .where = "--host", .what = "a scenario has everybody in it and looks out of nobody"});
  auto source = replay::open_source({a.log});
  if (!source) return refuse(source.error());
  const std::filesystem::path out =
      a.out.empty() ? std::filesystem::path(a.log).replace_extension(".xosc") : std::filesystem::path(a.out);
  if (replay::same_file(a.log, out))
    return refuse({.file = out.string(), .what = "input and output are the same file"});
  const std::int64_t start_ns = (*source)->description().start_ns;
  replay::TrackOptions part;
  if (a.start_s) part.start_ns = start_ns + static_cast<std::int64_t>(*a.start_s * 1e9);
  if (a.end_s) part.end_ns = start_ns + static_cast<std::int64_t>(*a.end_s * 1e9);
  const auto tracks = replay::read_tracks(**source, part);
  if (!tracks) return refuse(tracks.error());
  const replay::Description& d = (*source)->description();
  print(context, d.issues, 20);
  if (tracks->tracks.empty()) return refuse({.file = a.log, .what = "holds no poses or objects"});
  const std::string map = !a.map.empty() ? a.map : d.run ? d.run->map_name : std::string();
  const std::string text = openscenario::write(scenario_of(d, *tracks, map));
  if (auto written = write_file(out, text); !written) return refuse(written.error(), kFault);
  result(context, fmt::format("{}: {} entities, {:.1f} s{}\n", out.string(), tracks->tracks.size(),
                              static_cast<double>(tracks->end_ns - tracks->start_ns) * 1e-9,
                              map.empty() ? ", no roads" : ", on " + map));
  const Json json = {{"format", "xosc"}, {"entities", tracks->tracks.size()}, {"files", {out.string()}}};
  json_result(context, json.dump(2, ' ', false, Json::error_handler_t::replace));
  return kPass;
}

int convert_foreign(const Context& context, const ConvertArguments& a) {
  auto source = replay::open_source({a.log}, {.only_roles = {replay::TopicRole::kLidar, replay::TopicRole::kText}});
  if (!source) return refuse(source.error());
  if (!a.host.empty())
    return refuse(
        {.file = a.log, .where = "--host", .what = "is no run of this engine: its own vehicle is looked out of"});
  std::shared_ptr<const maps::Map> map;
  if (!a.map.empty() && !(map = load_named_map(context, a.map))) return kInvalid;
  const std::filesystem::path out =
      a.out.empty() ? std::filesystem::path(a.log).replace_extension(replay::export_suffix(a.format))
                    : std::filesystem::path(a.out);
  if (replay::same_file(a.log, out))
    return refuse({.file = out.string(), .what = "input and output are the same file"});
  auto exporter = replay::make_exporter(a.format, out, make_input(a, (*source)->description(), std::move(map)));
  if (!exporter) return refuse(exporter.error());
  const auto converted = convert(context, **source, **exporter);
  print(context, (*source)->description().issues, 20);
  if (converted && converted->frames == 0) note(context, fmt::format("warning: {}: holds no poses or objects", a.log));
  return report(context, a, converted);
}

int run_convert(const Context& context, const ConvertArguments& a) {
  if (a.format == "xosc") return convert_to_scenario(context, a);
  if (a.start_s || a.end_s)
    return refuse({.file = a.log, .where = "--start, --end", .what = "are for xosc", .remedy = "`log cut` first"});
  const auto log = replay::RunLog::open(a.log);
  if (!log) {
    const auto foreign = replay::open_source({a.log}, {.snapshots = false});
    return foreign && !(*foreign)->description().run ? convert_foreign(context, a) : refuse(log.error());
  }
  const auto host = host_row(log->header(), a.host, a.log);
  if (!host) return refuse(host.error());
  const std::filesystem::path out =
      a.out.empty() ? std::filesystem::path(a.log).replace_extension(replay::export_suffix(a.format))
                    : std::filesystem::path(a.out);
  if (replay::same_file(a.log, out))
    return refuse({.file = out.string(), .what = "input and output are the same file"});
  auto map = find_map(context, a, log->header());
  if (!map && !a.map.empty()) return kInvalid;
  if (!log->complete()) note(context, fmt::format("{}: its writer was killed; what is whole is converted", a.log));
  auto exporter = replay::make_exporter(a.format, out, make_input(a, log->header(), std::move(map), *host));
  if (!exporter) return refuse(exporter.error());
  return report(context, a, convert(context, *log, **exporter));
}

}  // namespace

void add_log_convert(CLI::App& group, Context& context) {
  CLI::App& convert =
      add_subcommand(group, context, "convert", "a run or a fleet's log as a file that other tools read",
                     "bitgoeul log convert runs/demo/run.mcap --to foxglove -o demo.foxglove.mcap\n"
                     "  bitgoeul log convert runs/demo/run.mcap --to womd --host ego_007");
  ConvertArguments& a = keep<ConvertArguments>(context);
  convert.add_option("LOG", a.log, "run.mcap of a run, or any log that `log info` reads")->required();
  std::vector<std::string> formats = replay::export_formats();
  formats.emplace_back("xosc");
  convert.add_option("--to", a.format, "osi, osi-trace, omega-prime, foxglove, csv, womd or xosc")
      ->required()
      ->check(CLI::IsMember(formats));
  convert.add_option("-o,--out", a.out, "file to write (default: beside LOG)");
  convert.add_option("--map", a.map, "the map of the run, if it is not where it was");
  convert.add_option("--start", a.start_s, "xosc: from so many seconds after the start of the log on")
      ->check(CLI::Range(0.0, 1e9));
  convert.add_option("--end", a.end_s, "xosc: until so many seconds after the start of the log")
      ->check(CLI::Range(0.0, 1e9));
  convert.add_option("--host", a.host, "the vehicle that is looked out of (default: the first self-driving one)");
  convert.callback([&context, &a] { context.action = [&context, &a] { return run_convert(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
