// bitgoeul replay --fleet LOG...: each log is another vehicle's; all of them as one world.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "replay/file.h"
#include "replay/local_frame.h"
#include "replay/sensors/sensor_log.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/replay_options.h"
#include "scenarios/run_files.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLogs = 64;
constexpr std::int64_t kFrame_ns = 100'000'000;

std::string name_of(const fs::path& log, const std::vector<replay::FleetLog>& before) {
  const fs::path clean = (log / "").parent_path();  // without a slash behind it
  const std::string stem = clean.stem().string() == "run" && clean.has_parent_path()
                               ? clean.parent_path().filename().string()
                               : clean.stem().string();
  std::string name = stem;
  for (int n = 2; std::any_of(before.begin(), before.end(), [&](const auto& l) { return l.name == name; }); ++n)
    name = fmt::format("{}_{}", stem, n);
  return name;
}

replay::Description describe(const std::vector<replay::Description>& logs, const replay::FleetWorld& world) {
  replay::Description out;
  out.format = "fleet of " + std::to_string(logs.size());
  out.time_base = logs.front().time_base;
  out.frame = logs.front().frame;
  out.origin = logs.front().origin;
  out.type_names = logs.front().type_names;
  out.signal_names = world.signal_names;
  out.start_ns = world.tracks.start_ns, out.end_ns = world.tracks.end_ns;
  for (const replay::Description& log : logs) {
    out.files.insert(out.files.end(), log.files.begin(), log.files.end());
    out.issues.insert(out.issues.end(), log.issues.begin(), log.issues.end());
  }
  for (const replay::LoggedTrack& track : world.tracks.tracks)
    out.entities.push_back({track.name, {}, static_cast<std::uint32_t>(track.row)});
  return out;
}

replay::Box box_of(const replay::LoggedTrack& track, const replay::TrackPoint& p) {
  double s = 0, c = 0;
  sim::sincos(static_cast<double>(p.yaw), s, c);
  replay::Box box;
  box.id = static_cast<std::uint64_t>(track.row) << 1 | 1u;
  box.object_class = track.role == sim::Role::kEgo         ? replay::ObjectClass::kCar
                     : track.type < replay::kObjectClasses ? static_cast<replay::ObjectClass>(track.type)
                                                           : replay::ObjectClass::kUnknown;
  box.x = p.x + track.center_x_m * c, box.y = p.y + track.center_x_m * s;
  box.z = static_cast<double>(p.z) + track.height_m / 2;
  box.yaw_rad = static_cast<double>(p.yaw);
  box.length_m = track.length_m > 0 ? track.length_m : 4.5;  // a log need not say how large its own vehicle is
  box.width_m = track.width_m > 0 ? track.width_m : 1.8, box.height_m = track.height_m > 0 ? track.height_m : 1.5;
  box.vx_mps = static_cast<double>(p.speed) * c, box.vy_mps = static_cast<double>(p.speed) * s;
  box.has_velocity = true;
  return box;
}

// The joint world as a log, seen from the first vehicle.
sim::Result<void> write_world(const fs::path& path, const replay::FleetWorld& world) {
  replay::NewFile file(path);
  auto log = replay::SensorLog::open(file.temporary());
  if (!log) return tl::unexpected(log.error());
  const auto& tracks = world.tracks.tracks;
  std::vector<std::size_t> hints(tracks.size(), 0);
  for (std::int64_t t = tracks.front().points.front().time_ns; t <= tracks.front().points.back().time_ns;
       t += kFrame_ns) {
    const auto own = replay::track_at(tracks.front(), t, hints.front());
    if (!own) continue;
    replay::SensorFrame frame;
    frame.time_ns = t;
    frame.ego = {{own->x, own->y, static_cast<double>(own->z)},
                 replay::rotation_of(static_cast<double>(own->yaw), static_cast<double>(own->pitch),
                                     static_cast<double>(own->roll))};
    frame.ego_box = box_of(tracks.front(), *own);
    frame.has_truth = true;
    for (std::size_t i = 1; i < tracks.size(); ++i)
      if (const auto p = replay::track_at(tracks[i], t, hints[i])) frame.truth.push_back(box_of(tracks[i], *p));
    if (auto written = log->frame(frame); !written) return written;
  }
  if (auto closed = log->close({{"vehicle", tracks.front().name}}); !closed) return closed;
  return file.keep();
}

Json json_of(const ReplayArguments& a, const replay::FleetWorld& world) {
  const std::size_t vehicles = a.logs.size();
  std::vector<std::size_t> seen_by(vehicles + 1, 0);
  Json json = {{"vehicles", Json::array()}, {"tracks", Json::array()}};
  for (std::size_t i = 0; i < world.tracks.tracks.size(); ++i) {
    const replay::LoggedTrack& track = world.tracks.tracks[i];
    const replay::FleetTrack& seen = world.seen_by[i];
    ++seen_by[seen.logs.size()];
    if (seen.vehicle != replay::FleetTrack::kNobody) {
      const replay::ClockOffset& c = world.clocks[seen.vehicle];
      Json row = {{"name", track.name}, {"log", a.logs[seen.vehicle]}, {"clock_offset_s", c.offset_s}};
      if (!c.known) row["clock_offset_s"] = nullptr;
      if (seen.vehicle > 0 && c.known)
        row["sigma_s"] = c.sigma_s, row["samples"] = c.samples, row["from"] = a.logs[c.from];
      row["seen_by"] = seen.logs.size() - 1;
      json["vehicles"].push_back(std::move(row));
    }
    json["tracks"].push_back(
        {{"name", track.name},
         {"seen_by", seen.logs.size()},
         {"from_s", static_cast<double>(track.points.front().time_ns - world.tracks.start_ns) * 1e-9},
         {"to_s", static_cast<double>(track.points.back().time_ns - world.tracks.start_ns) * 1e-9}});
  }
  for (std::size_t n = 1; n <= vehicles; ++n)
    if (seen_by[n] > 0) json["seen_by"][std::to_string(n)] = seen_by[n];
  return json;
}

std::string text_of(const ReplayArguments& a, const replay::FleetWorld& world, const Json& json) {
  std::string text;
  for (const Json& v : json["vehicles"])
    text += v["clock_offset_s"].is_null()
                ? fmt::format("  {:<16} clock unknown: nothing that moves was seen in common\n",
                              v["name"].get<std::string>())
            : v.contains("sigma_s")
                ? fmt::format("  {:<16} clock {:+.3f} s, +- {:.3f} s ({} places of moving things seen in common)\n",
                              v["name"].get<std::string>(), v["clock_offset_s"].get<double>(),
                              v["sigma_s"].get<double>(), v["samples"].get<std::size_t>())
                : fmt::format("  {:<16} clock of reference\n", v["name"].get<std::string>());
  text += fmt::format("{} logs, {} tracks;", a.logs.size(), world.tracks.tracks.size());
  for (const auto& [n, count] : json["seen_by"].items())
    text += fmt::format(" seen by {}: {}", n, count.get<std::size_t>());
  return text + "\n";
}

}  // namespace

sim::Result<LogTracks> read_log_tracks(const ReplayArguments& a, const std::string& proj,
                                       const replay::TrackOptions& part) {
  replay::SourceOptions how;
  how.roles = a.roles;
  how.proj = proj;
  if (!a.fleet) {
    auto source = replay::open_source({a.logs.begin(), a.logs.end()}, how);
    if (!source) return tl::unexpected(source.error());
    auto tracks = replay::read_tracks(**source, part);
    if (!tracks) return tl::unexpected(tracks.error());
    return LogTracks{(*source)->description(), std::move(*tracks), {}};
  }
  if (a.logs.size() > kMostLogs) return sim::fail(fmt::format("more than {} logs", kMostLogs), {}, 0, "--fleet");
  std::vector<replay::FleetLog> logs;
  std::vector<replay::Description> descriptions;
  for (const std::string& path : a.logs) {
    auto source = replay::open_source({path}, how);
    if (!source) return tl::unexpected(source.error());
    auto tracks = replay::read_tracks(**source, part);
    if (!tracks) return tl::unexpected(tracks.error());
    const replay::Description& log = (*source)->description();
    if (log.run)
      return sim::fail("is a run, which holds all its vehicles already", path, 0, "--fleet",
                       "give logs of single vehicles, as `run --sensors` writes them");
    if (how.proj.empty() && log.origin) how.proj = log.origin->proj;  // all in the frame of the first
    const auto own = std::find_if(tracks->tracks.begin(), tracks->tracks.end(),
                                  [](const auto& track) { return track.role == sim::Role::kEgo; });
    if (own == tracks->tracks.end())
      return sim::fail("does not say where its own vehicle is", path, 0, "--fleet", "leave it out");
    logs.push_back({name_of(path, logs), std::move(*tracks), log.signal_names});
    descriptions.push_back(log);
  }
  replay::FleetOptions options;
  options.most_offset_s = a.most_offset_s;
  replay::FleetWorld world = replay::join(logs, options);
  replay::Description joint = describe(descriptions, world);
  replay::Tracks tracks = world.tracks;
  return LogTracks{std::move(joint), std::move(tracks), std::move(world)};
}

int replay_fleet(const Context& context, const ReplayArguments& a) {
  if (a.logs.size() < 2) return refuse({.where = "--fleet", .what = "is for the logs of two vehicles or more"});
  auto log = read_log_tracks(a, {}, {});
  if (!log) return refuse(log.error());
  print(context, log->log.issues, 20);
  const fs::path out = a.out.empty() ? fs::path("bitgoeul_out") / "fleet" : fs::path(a.out);
  std::error_code failed;
  fs::create_directories(out, failed);
  if (failed) return refuse({.file = out.string(), .what = "cannot be made: " + failed.message()}, kFault);
  const Json json = json_of(a, *log->fleet);
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (auto written = write_world(out / "fleet.mcap", *log->fleet); !written) return refuse(written.error(), kFault);
  if (auto written = write_file(out / "fleet.json", text); !written) return refuse(written.error(), kFault);
  json_result(context, text);
  result(context, text_of(a, *log->fleet, json));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
