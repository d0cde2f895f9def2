#include "scenarios/closed_loop/log_tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace bitgoeul::scenarios::closed_loop {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLogs = 64;

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

// The part that is asked for, counted from the start of the first log.
replay::TrackOptions part_of(const replay::LoopInput& input, std::int64_t start_ns) {
  replay::TrackOptions part;
  if (input.start_s) part.start_ns = start_ns + static_cast<std::int64_t>(*input.start_s * 1e9);
  if (input.end_s) part.end_ns = start_ns + static_cast<std::int64_t>(*input.end_s * 1e9);
  return part;
}

sim::Result<LogTracks> read_one(const replay::LoopInput& input, const replay::SourceOptions& how) {
  auto source = replay::open_source({input.logs.begin(), input.logs.end()}, how);
  if (!source) return tl::unexpected(source.error());
  const replay::Description& log = (*source)->description();
  auto tracks = replay::read_tracks(**source, part_of(input, log.start_ns));
  if (!tracks) return tl::unexpected(tracks.error());
  LogTracks out{log, std::move(*tracks), {}};
  for (sim::Issue& issue : left_out(log)) out.log.issues.push_back(std::move(issue));
  return out;
}

sim::Result<void> fit_for_fleet(const std::string& path, const replay::Description& log, const replay::Tracks& tracks) {
  if (log.run)
    return sim::fail("is a run, which holds all its vehicles already", path, 0, "--fleet",
                     "give logs of single vehicles, as `run --sensors` writes them");
  const auto own = std::find_if(tracks.tracks.begin(), tracks.tracks.end(),
                                [](const auto& track) { return track.role == sim::Role::kEgo; });
  if (own == tracks.tracks.end())
    return sim::fail("does not say where its own vehicle is", path, 0, "--fleet", "leave it out");
  return {};
}

sim::Result<LogTracks> read_fleet(const replay::LoopInput& input, replay::SourceOptions how) {
  if (input.logs.size() > kMostLogs) return sim::fail(fmt::format("more than {} logs", kMostLogs), {}, 0, "--fleet");
  std::vector<replay::FleetLog> logs;
  std::vector<replay::Description> descriptions;
  for (const std::string& path : input.logs) {
    auto source = replay::open_source({path}, how);
    if (!source) return tl::unexpected(source.error());
    const replay::Description& log = (*source)->description();
    const std::int64_t start_ns = descriptions.empty() ? log.start_ns : descriptions.front().start_ns;
    auto tracks = replay::read_tracks(**source, part_of(input, start_ns));
    if (!tracks) return tl::unexpected(tracks.error());
    if (auto fit = fit_for_fleet(path, log, *tracks); !fit) return tl::unexpected(fit.error());
    if (how.proj.empty() && log.origin) how.proj = log.origin->proj;  // all in the frame of the first
    logs.push_back({name_of(path, logs), std::move(*tracks), log.signal_names});
    descriptions.push_back(log);
    for (sim::Issue& issue : left_out(log)) descriptions.back().issues.push_back(std::move(issue));
  }
  replay::FleetOptions options;
  options.most_offset_s = input.most_offset_s;
  replay::FleetWorld world = replay::join(logs, options);
  replay::Description joint = describe(descriptions, world);
  replay::Tracks tracks = world.tracks;
  return LogTracks{std::move(joint), std::move(tracks), std::move(world)};
}

}  // namespace

sim::Issues left_out(const replay::Description& log) {
  sim::Issues issues;
  for (const replay::TopicInfo& topic : log.topics)
    if (topic.dropped > 0)
      issues.push_back({.severity = sim::Severity::kWarning,
                        .file = log.files.empty() ? "" : log.files.front().path,
                        .where = topic.name,
                        .what = fmt::format("{} messages are left out: {}", topic.dropped, topic.why)});
  return issues;
}

sim::Result<LogTracks> read_log_tracks(const replay::LoopInput& input, const std::string& proj) {
  replay::SourceOptions how;
  how.roles = input.roles;
  how.proj = proj;
  return input.fleet ? read_fleet(input, std::move(how)) : read_one(input, how);
}

}  // namespace bitgoeul::scenarios::closed_loop
