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

constexpr std::int64_t kFrame_ns = 100'000'000;

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

replay::LoopInput loop_input(const ReplayArguments& a) {
  return {a.logs, a.roles, a.start_s, a.end_s, a.fleet, a.most_offset_s, {}, {}};
}

int replay_fleet(const Context& context, const ReplayArguments& a) {
  if (a.logs.size() < 2) return refuse({.where = "--fleet", .what = "is for the logs of two vehicles or more"});
  auto log = closed_loop::read_log_tracks(loop_input(a), {});
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
