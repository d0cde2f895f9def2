// bitgoeul replay LOG --extract EVENT: a moment of a log as a folder that stands by itself.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/clip.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/replay_options.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/run_files.h"
#include "scenarios/version.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Moment {
  double time_s = 0;    // after the start of the log
  std::string vehicle;  // empty: the log's own
  std::string json;
};

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  return wrong == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value)
                                                                                          : std::nullopt;
}

// A line of an index that `log events -o` has written, counted from 1: FILE:LINE.
sim::Result<Moment> moment_of_index(const std::string& file, int line) {
  std::ifstream in(file);
  if (!in) return sim::fail("cannot be read", file, 0, "--extract");
  std::string text;
  for (int i = 0; i < line; ++i)
    if (!std::getline(in, text)) return sim::fail(fmt::format("has only {} lines", i), file, line, "--extract");
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("time_s") || !json["time_s"].is_number())
    return sim::fail("is no line of an index of moments", file, line, "--extract",
                     "`bitgoeul log events LOG -o FILE.jsonl` writes one");
  Moment moment{json["time_s"], {}, json.dump()};
  for (const char* key : {"vehicle", "entity"})
    if (json.contains(key) && json[key].is_string() && moment.vehicle.empty()) moment.vehicle = json[key];
  return moment;
}

sim::Result<Moment> moment_of(const std::string& text) {
  if (const auto time = number_in(text)) return Moment{*time, {}, {}};
  const std::size_t colon = text.rfind(':');
  const auto line = colon == std::string::npos ? std::nullopt : number_in(text.substr(colon + 1));
  if (!line || *line < 1 || *line != std::floor(*line) || *line > 1e9)
    return sim::fail("is neither a time nor a line of an index", {}, 0, "--extract " + text,
                     "give seconds after the start of the log, or FILE.jsonl:LINE (from 1 on)");
  return moment_of_index(text.substr(0, colon), static_cast<int>(*line));
}

}  // namespace

int replay_extract(const Context& context, const ReplayArguments& a) {
  if (a.logs.size() != 1) return refuse({.where = "--extract", .what = "takes one log"});
  const auto moment = moment_of(a.extract);
  if (!moment) return refuse(moment.error());
  const auto source = replay::open_source({a.logs.front()}, {.roles = a.roles});
  if (!source) return refuse(source.error());
  const replay::Description& log = (*source)->description();
  const double length_s = static_cast<double>(log.end_ns - log.start_ns) * 1e-9;
  if (moment->time_s < 0 || moment->time_s > length_s)
    return refuse({.file = a.logs.front(),
                   .where = "--extract " + a.extract,
                   .what = fmt::format("is at {} s, and the log goes from 0 to {:.1f} s", moment->time_s, length_s)});
  ClipSetup setup;
  setup.log = a.logs.front(), setup.roles = a.roles;
  const auto at = log.start_ns + static_cast<std::int64_t>(std::llround(moment->time_s * 1e9));
  const auto around = static_cast<std::int64_t>(std::llround(a.around_s * 1e9));
  setup.from_ns = std::max(log.start_ns, at - around), setup.to_ns = std::min(log.end_ns, at + around);
  setup.vehicle = !a.host.empty() ? a.host : log.run ? moment->vehicle : "";
  setup.radius_m = a.radius_m;
  setup.event = moment->json;
  setup.engine = fmt::format("{} {}", engine_version(), engine_commit());
  const std::string map = !a.map.empty() ? a.map : log.run ? log.run->map_name : "";
  if (!map.empty()) {
    setup.map = load_named_map(context, map);
    if (!setup.map) return kInvalid;
  } else {
    note(context, "no map goes along: the log does not name one (--map)");
  }
  const fs::path out = a.out.empty()
                           ? fs::path("bitgoeul_out") /
                                 fmt::format("clip_{}_{:g}", fs::path(a.logs.front()).stem().string(), moment->time_s)
                           : fs::path(a.out);
  const auto facts = write_clip(setup, out);
  if (!facts) return refuse(facts.error(), facts.error().rule == kDiskRule ? kFault : kInvalid);
  result(context,
         fmt::format("{}: {:.1f} s around {}, {} frames, {} entities, {} roads, {} observations and {} acts of "
                     "stacks\n",
                     out.string(), static_cast<double>(setup.to_ns - setup.from_ns) * 1e-9, facts->vehicle,
                     facts->frames, facts->entities, facts->roads, facts->observations, facts->acts));
  json_result(context, fmt::format("{{\"clip\": \"{}\", \"vehicle\": \"{}\", \"frames\": {}, \"entities\": {}}}\n",
                                   out.string(), facts->vehicle, facts->frames, facts->entities));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
