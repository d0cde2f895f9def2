// bitgoeul log events DIR|LOG...: moments worth a look, in one log or in all logs of a folder, and an index of them
// that can be asked again.
#include "scenarios/commands/log_events.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "maps/lane_index.h"
#include "maps/load_map.h"
#include "replay/mining.h"
#include "scenarios/commands/console.h"
#include "scenarios/run_files.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using replay::Moment;

struct EventsArguments {
  std::vector<std::string> logs, kinds;
  std::string near, index, roles;
  std::optional<double> from_s, to_s;  // since the start of each log
};

struct Place {
  double x = 0, y = 0, radius = 0;
};

// One line of the index: a moment, the log it is in, and when since its beginning.
struct Found {
  std::string log;
  double time_s = 0;
  Moment moment;
};

std::optional<Place> parse_near(const std::string& text) {
  Place place;
  double* numbers[] = {&place.x, &place.y, &place.radius};
  const char* at = text.data();
  for (int i = 0; i < 3; ++i) {
    const auto [end, error] = std::from_chars(at, text.data() + text.size(), *numbers[i]);
    const bool last = i == 2;
    if (error != std::errc() || (last ? end != text.data() + text.size() : *end != ',')) return std::nullopt;
    at = end + 1;
  }
  return place.radius > 0 ? std::optional(place) : std::nullopt;
}

// What to look into: files as they are; of a folder that is no log itself, every log in it, by path.
std::vector<fs::path> logs_in(const std::string& given) {
  const fs::path path(given);
  std::error_code error;
  if (!fs::is_directory(path, error) || replay::open_source({path}, {.snapshots = false})) return {path};
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const std::string suffix = it->path().extension().string();
    const std::string name = it->path().filename().string();
    if ((suffix == ".mcap" || suffix == ".bag" || suffix == ".db3" || suffix == ".osi") && name != "detections.mcap")
      found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool on_foot(const replay::Description& log, const replay::LoggedTrack& track) {
  if (!log.run) return track.type == static_cast<std::uint16_t>(replay::ObjectClass::kPedestrian);
  const auto& types = log.run->types;
  return track.type < types.size() && types[track.type].category == "pedestrian";
}

// A light of the map that is red for the lane ahead, at most 40 m on.
replay::RedAhead red_ahead(std::shared_ptr<const maps::Map> map, const replay::Tracks& tracks) {
  return [map = std::move(map), &tracks](std::int64_t time_ns, const replay::TrackPoint& at) {
    maps::LaneQuery query;
    query.use_heading = query.use_z = true;
    query.heading = at.yaw, query.z = at.z;
    const auto match = maps::nearest_lane(*map, at.x, at.y, query);
    if (!match || map->lanes[match->lane].length - match->s > 40) return false;
    for (const maps::Row next : map->successors(match->lane)) {
      const maps::Row group = map->lanes[next].signal_group;
      if (group == maps::kNone || static_cast<std::size_t>(group) >= tracks.signals.size()) continue;
      sim::SignalState state = sim::SignalState::kOff;
      for (const auto& change : tracks.signals[static_cast<std::size_t>(group)].changes)
        if (change.time_ns <= time_ns) state = change.state;
      if (state == sim::SignalState::kRed) return true;
    }
    return false;
  };
}

sim::Result<std::vector<Found>> look_into(const Context& context, const fs::path& path, const std::string& roles) {
  replay::SourceOptions how;
  how.roles = roles;
  auto source = replay::open_source({path}, how);
  if (!source) return tl::unexpected(source.error());
  const auto tracks = replay::read_tracks(**source);
  if (!tracks) return tl::unexpected(tracks.error());
  const replay::Description& log = (*source)->description();
  replay::RedAhead red;
  if (log.run) {  // its map's signals are known by row
    sim::Issues issues;
    auto map = maps::load_map(log.run->map_name, issues);
    if (map && (*map)->hash == log.run->map_hash) red = red_ahead(*map, *tracks);
    if (!red)
      note(context, fmt::format("warning: {}: its map {} is not there: stops at red lights are not looked for",
                                path.string(), log.run->map_name));
  }
  std::vector<Moment> moments = replay::mine(
      *tracks, [&](const replay::LoggedTrack& track) { return on_foot(log, track); }, red);
  auto texts = replay::open_source({path}, {.only_roles = {replay::TopicRole::kText}, .snapshots = false});
  replay::Item item;
  while (texts) {
    const auto more = (*texts)->next(item);
    if (!more || !*more) break;
    const auto* text = std::get_if<replay::Text>(&item.payload);
    if (text == nullptr || !replay::tells_disengagement(text->text)) continue;
    moments.push_back({replay::MomentKind::kDisengagement, item.time_ns, 0, 0, 0, 0, "ego", {}, text->text});
  }
  std::stable_sort(moments.begin(), moments.end(),
                   [](const Moment& a, const Moment& b) { return a.time_ns < b.time_ns; });
  std::vector<Found> out;
  for (Moment& moment : moments)
    out.push_back({path.string(), static_cast<double>(moment.time_ns - log.start_ns) * 1e-9, std::move(moment)});
  return out;
}

Json json_of(const Found& f) {
  const Moment& m = f.moment;
  Json json = {{"log", f.log},
               {"time_s", std::round(f.time_s * 1000) / 1000},
               {"time_ns", m.time_ns},
               {"kind", to_string(m.kind)},
               {"vehicle", m.vehicle}};
  if (!m.other.empty()) json["other"] = m.other;
  json["x_m"] = m.x, json["y_m"] = m.y;
  json["value"] = m.value, json["duration_s"] = m.duration_s;
  if (!m.text.empty()) json["text"] = m.text;
  return json;
}

// An index that was written before.
sim::Result<std::vector<Found>> read_index(const fs::path& path) {
  std::ifstream in(path);
  if (!in) return sim::fail("cannot be read", path.string());
  std::vector<Found> out;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto json = Json::parse(line, nullptr, false);
    const auto kind = json.is_object() && json.contains("kind") && json["kind"].is_string()
                          ? replay::moment_kind(json["kind"].get<std::string>())
                          : std::nullopt;
    if (!kind) return sim::fail("is no line of an index of moments", path.string(), number);
    try {
      Found f{json.at("log"), json.at("time_s"), {}};
      f.moment = {*kind,
                  json.at("time_ns"),
                  json.at("duration_s"),
                  json.at("x_m"),
                  json.at("y_m"),
                  json.at("value"),
                  json.at("vehicle"),
                  json.value("other", ""),
                  json.value("text", "")};
      out.push_back(std::move(f));
    } catch (const Json::exception&) {
      return sim::fail("is no line of an index of moments", path.string(), number);
    }
  }
  return out;
}

bool asked_for(const EventsArguments& a, const std::optional<Place>& near, const Found& f) {
  const Moment& m = f.moment;
  if (!a.kinds.empty() && std::find(a.kinds.begin(), a.kinds.end(), to_string(m.kind)) == a.kinds.end()) return false;
  if (near && std::hypot(m.x - near->x, m.y - near->y) > near->radius) return false;
  return (!a.from_s || f.time_s >= *a.from_s) && (!a.to_s || f.time_s <= *a.to_s);
}

std::string line_of(const Found& f) {
  const Moment& m = f.moment;
  return fmt::format("{:9.2f} s  {:<20} {:<14} {:<14} {:8.2f}  ({:.1f}, {:.1f})  {}{}\n", f.time_s, to_string(m.kind),
                     m.vehicle, m.other.empty() ? "-" : m.other, m.value, m.x, m.y, f.log,
                     m.text.empty() ? "" : "  " + m.text);
}

int run_events(const Context& context, const EventsArguments& a) {
  std::optional<Place> near;
  if (!a.near.empty() && !(near = parse_near(a.near)))
    return refuse({.where = "--near " + a.near, .what = "is not X,Y,RADIUS in metres of the log's frame"});
  std::vector<Found> all;
  std::size_t looked = 0, bad = 0;
  for (const std::string& given : a.logs)
    for (const fs::path& path : logs_in(given)) {
      if (interrupted()) return refuse({.what = "interrupted; nothing was written"}, kInconclusive);
      auto found = path.extension() == ".jsonl" ? read_index(path) : look_into(context, path, a.roles);
      ++looked;
      if (!found) {
        ++bad;
        print(found.error());
        continue;
      }
      std::move(found->begin(), found->end(), std::back_inserter(all));
    }
  if (looked == 0) return refuse({.file = a.logs.front(), .what = "there is no log in this folder"});
  if (bad == looked) return kInvalid;
  std::string index;
  Json json = Json::array();
  std::size_t shown = 0;
  for (const Found& f : all) {
    index += json_of(f).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    if (!asked_for(a, near, f)) continue;
    ++shown;
    if (context.json) json.push_back(json_of(f));
    result(context, line_of(f));
  }
  if (!a.index.empty())
    if (auto written = write_file(a.index, index); !written) return refuse(written.error(), kFault);
  result(context, fmt::format("{} of {} moments in {} logs\n", shown, all.size(), looked - bad));
  json_result(context, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  return kPass;
}

}  // namespace

void add_log_events(CLI::App& group, Context& context) {
  CLI::App& events =
      add_subcommand(group, context, "events", "hard braking, low TTC, cut-ins, ... in a log or a folder of logs",
                     "bitgoeul log events drives/ -o moments.jsonl\n"
                     "  bitgoeul log events moments.jsonl --kind cut_in --near 120,-40,50");
  EventsArguments& a = keep<EventsArguments>(context);
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < replay::kMomentKinds; ++i)
    kinds.emplace_back(to_string(static_cast<replay::MomentKind>(i)));
  events.add_option("LOG", a.logs, "logs, folders of logs, or an index that -o has written")->required();
  events.add_option("--kind", a.kinds, "only these; may be repeated")
      ->check(CLI::IsMember(kinds))
      ->allow_extra_args(false);
  events.add_option("--near", a.near, "X,Y,RADIUS: only those so near a place, metres in the log's frame");
  events.add_option("--from", a.from_s, "only those so many seconds after the start of their log, or later");
  events.add_option("--to", a.to_s, "only those so many seconds after the start of their log, or earlier");
  events.add_option("--roles", a.roles, "YAML: what the topics of the logs are for");
  events.add_option("-o,--out", a.index, "write the index: a JSON line for each moment found, asked for or not");
  events.callback([&context, &a] { context.action = [&context, &a] { return run_events(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
