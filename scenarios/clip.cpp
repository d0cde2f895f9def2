#include "scenarios/clip.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "maps/load_map.h"
#include "maps/opendrive/crop.h"
#include "replay/run_log.h"
#include "replay/tracks.h"
#include "scenarios/log_scenario.h"
#include "scenarios/openscenario/write.h"
#include "scenarios/run_files.h"

namespace bitgoeul::scenarios {
namespace {

namespace fs = std::filesystem;
using sim::Row;

constexpr std::int64_t kForeignStep_ns = 10'000'000;

// What was recorded besides frames, by time.
struct Recorded {
  std::vector<replay::StepRecord> steps;
  std::multimap<std::int64_t, std::pair<std::uint32_t, std::string>> observed;  // by step of the observation
  std::vector<replay::StackSession> sessions;
};

class Maker {
 public:
  Maker(const ClipSetup& setup, const fs::path& out) : setup_(setup), out_(out) {}

  sim::Result<ClipFacts> make() {
    if (auto read = read_frames(); !read) return tl::unexpected(read.error());
    if (auto chosen = choose_vehicle(); !chosen) return tl::unexpected(chosen.error());
    if (log_.run)
      if (auto read = read_recorded(); !read) return tl::unexpected(read.error());
    if (setup_.map)
      if (auto cut = cut_map(); !cut) return tl::unexpected(cut.error());
    if (auto written = write_log(); !written) return tl::unexpected(written.error());
    if (auto written = write_scenario(); !written) return tl::unexpected(written.error());
    if (auto written = write_file(out_ / "clip.json", facts_json()); !written) return tl::unexpected(written.error());
    return facts_;
  }

 private:
  tl::unexpected<sim::Issue> fail(std::string what, std::string where = {}, std::string remedy = {}) const {
    return sim::fail(std::move(what), setup_.log.string(), 0, std::move(where), std::move(remedy));
  }

  sim::Result<void> read_frames() {
    replay::SourceOptions how;
    how.roles = setup_.roles;
    if (setup_.map) how.proj = setup_.map->projection;
    auto source = replay::open_source({setup_.log}, how);
    if (!source) return tl::unexpected(source.error());
    if (auto sought = (*source)->seek(setup_.from_ns); !sought) return tl::unexpected(sought.error());
    replay::Item item;
    while (true) {
      const auto more = (*source)->next(item);
      if (!more) return tl::unexpected(more.error());
      if (!*more || item.time_ns > setup_.to_ns) break;
      const auto* snapshot = std::get_if<std::shared_ptr<const sim::Snapshot>>(&item.payload);
      if (snapshot != nullptr && *snapshot && item.time_ns >= setup_.from_ns) frames_.push_back(*snapshot);
    }
    log_ = (*source)->description();
    if (frames_.empty())
      return fail("has no frame then", "--extract", "`bitgoeul log info` tells from when to when it goes");
    return {};
  }

  sim::Result<void> choose_vehicle() {
    host_ = sim::kNone;
    for (const replay::EntityInfo& info : log_.entities)
      if (info.name == setup_.vehicle || (setup_.vehicle.empty() && log_.run && host_ == sim::kNone)) {
        host_ = static_cast<Row>(info.row);
        facts_.vehicle = info.name;
      }
    if (host_ == sim::kNone && setup_.vehicle.empty()) host_ = 0, facts_.vehicle = "ego";
    if (host_ == sim::kNone) return fail("has no vehicle '" + setup_.vehicle + "'");
    for (const auto& frame : frames_)
      if (alive(*frame, static_cast<std::size_t>(host_)))
        places_.push_back(
            {frame->entities.x[static_cast<std::size_t>(host_)], frame->entities.y[static_cast<std::size_t>(host_)]});
    if (places_.empty()) return fail("its vehicle '" + facts_.vehicle + "' is not there then", "--extract");
    return {};
  }

  static bool alive(const sim::Snapshot& s, std::size_t row) {
    return row < s.entities.alive.size() && s.entities.alive[row] != 0;
  }

  sim::Result<void> read_recorded() {
    auto log = replay::RunLog::open(log_.files.front().path);
    if (!log) return tl::unexpected(log.error());
    auto read = log->each_step_between(setup_.from_ns, setup_.to_ns, [&](const replay::StepRecord& record) {
      recorded_.steps.push_back(record);
      return true;
    });
    if (!read) return read;
    recorded_.sessions = log->stacks();
    replay::ObserveCodec codec;
    std::uint64_t seq = 0;
    std::vector<sim::Observation> seen;
    return log->each_observe([&](std::uint32_t stack, const std::string& message) {
      if (!codec.decode(message, seq, seen) || seen.empty()) return true;
      const std::int64_t time_ns = seen.front().time_ns;
      if (time_ns >= setup_.from_ns && time_ns <= setup_.to_ns)
        recorded_.observed.emplace(seen.front().step, std::pair(stack, message));
      return time_ns <= setup_.to_ns;
    });
  }

  // The roads around, as a file; and which of its signal groups are which of the map's.
  sim::Result<void> cut_map() {
    const maps::Map& map = *setup_.map;
    const std::vector<std::uint8_t> keep = maps::opendrive::roads_near(map, places_, setup_.radius_m);
    sim::Issues told;
    const auto text = maps::opendrive::crop_text(map, keep, told);
    if (!text) return tl::unexpected(text.error());
    const fs::path file = out_ / "map.xodr";
    if (auto written = write_file(file, *text); !written) return written;
    sim::Issues defects;
    auto cropped = maps::load_map(file.string(), defects, {.use_cache = false, .cache_dir = {}});
    if (!cropped) return tl::unexpected(cropped.error());
    crop_ = std::move(*cropped);
    facts_.roads = crop_->roads.size();
    std::map<std::string, Row> groups;
    for (const maps::Signal& signal : map.signals)
      if (signal.group != maps::kNone) groups.try_emplace(std::string(map.text_of(signal.id)), signal.group);
    group_before_.assign(crop_->signal_groups.size(), maps::kNone);
    group_after_.assign(map.signal_groups.size(), maps::kNone);
    for (const maps::Signal& signal : crop_->signals) {
      if (signal.group == maps::kNone) continue;
      const auto before = groups.find(std::string(crop_->text_of(signal.id)));
      if (before == groups.end()) continue;
      group_before_[static_cast<std::size_t>(signal.group)] = before->second;
      group_after_[static_cast<std::size_t>(before->second)] = signal.group;
    }
    return {};
  }

  // Who is near, and the signals of the part of the map.
  std::shared_ptr<const sim::Snapshot> cut(const sim::Snapshot& whole) {
    auto s = std::make_shared<sim::Snapshot>(whole);
    sim::Entities& e = s->entities;
    const auto host = static_cast<std::size_t>(host_);
    const sim::Vec2 at = alive(whole, host) ? sim::Vec2(e.x[host], e.y[host]) : places_.front();
    kept_.resize(std::max(kept_.size(), e.alive.size()), 0);
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      if (e.alive[row] == 0) continue;
      const bool near = sim::hypot(e.x[row] - at.x(), e.y[row] - at.y()) <= setup_.radius_m;
      e.alive[row] = near ? 1 : 0;
      if (!near && row < s->generation.size()) s->generation[row] &= ~1u;  // even: not there
      kept_[row] |= static_cast<std::uint8_t>(near);
    }
    std::erase_if(s->events, [&](const sim::Event& event) { return !near_event(event); });
    if (!crop_) return s;
    s->signals.state.assign(group_before_.size(), sim::SignalState::kOff);
    s->signals.next_change_step.assign(group_before_.size(), 0);
    sim::SignalWindows& windows = s->signal_windows;
    if (!windows.earliest_step.empty()) {
      windows.earliest_step.assign(group_before_.size(), 0);
      windows.latest_step.assign(group_before_.size(), 0);
    }
    for (std::size_t g = 0; g < group_before_.size(); ++g) {
      const auto before = static_cast<std::size_t>(group_before_[g]);
      if (group_before_[g] == maps::kNone || before >= whole.signals.state.size()) continue;
      s->signals.state[g] = whole.signals.state[before];
      if (before < whole.signals.next_change_step.size())
        s->signals.next_change_step[g] = whole.signals.next_change_step[before];
      if (before >= whole.signal_windows.earliest_step.size()) continue;
      windows.earliest_step[g] = whole.signal_windows.earliest_step[before];
      windows.latest_step[g] = whole.signal_windows.latest_step[before];
    }
    return s;
  }

  bool near_event(const sim::Event& event) const {
    return event.entity.null() || (event.entity.index < kept_.size() && kept_[event.entity.index] != 0);
  }

  replay::RunHeader header() const {
    replay::RunHeader header;
    if (log_.run) header = *log_.run;
    header.scenario_text.clear();  // it would need the whole map
    header.loop.reset();
    header.map_name = crop_ ? "map.xodr" : "";
    header.map_hash = crop_ ? crop_->hash : sim::Hash128{};
    header.map_projection = crop_ ? crop_->projection : "";
    header.map_notice = crop_ ? crop_->notice : "";
    header.duration_ns = setup_.to_ns - setup_.from_ns;
    // The vehicle of the clip first: whoever looks out of the clip looks out of it.
    std::stable_partition(header.entities.begin(), header.entities.end(), [&](const replay::EntityInfo& info) {
      return info.row == static_cast<std::uint32_t>(host_);
    });
    if (log_.run) return header;
    header.dt_ns = kForeignStep_ns;
    header.scenario_file = setup_.log.filename().string();
    header.entities = {{"ego", "car", 0}};
    for (std::size_t c = 0; c < replay::kObjectClasses; ++c) {
      const std::string name(replay::to_string(static_cast<replay::ObjectClass>(c)));
      header.types.push_back({name, name});
    }
    return header;
  }

  sim::Result<void> write_log() {
    auto recorder = replay::Recorder::open(out_ / "run.mcap", header());
    if (!recorder) return tl::unexpected(recorder.error());
    for (const replay::StackSession& session : recorded_.sessions)
      if (auto done = recorder->stack(session, {}); !done) return done;
    std::size_t step = 0;
    for (const auto& whole : frames_) {
      const std::shared_ptr<const sim::Snapshot> frame = cut(*whole);
      for (; step < recorded_.steps.size() && recorded_.steps[step].time_ns <= frame->time_ns; ++step)
        if (auto done = write_step(*recorder, recorded_.steps[step]); !done) return done;
      if (!log_.run)
        if (auto done = recorder->step(frame->time_ns / kForeignStep_ns, frame->time_ns, {}, {}, {}); !done)
          return done;
      if (auto done = recorder->frame(frame); !done) return done;
      ++facts_.frames;
    }
    for (; step < recorded_.steps.size(); ++step)
      if (auto done = write_step(*recorder, recorded_.steps[step]); !done) return done;
    facts_.entities = static_cast<std::size_t>(std::count(kept_.begin(), kept_.end(), 1));
    return recorder->close();
  }

  bool near(Row row) const {
    return row >= 0 && static_cast<std::size_t>(row) < kept_.size() && kept_[static_cast<std::size_t>(row)] != 0;
  }

  sim::Result<void> write_step(replay::Recorder& recorder, const replay::StepRecord& record) {
    ++facts_.steps;
    const auto [from, to] = recorded_.observed.equal_range(record.step - 1);
    for (auto it = from; it != to; ++it)
      if (auto done = write_observed(recorder, record, it->second.first, it->second.second); !done) return done;
    std::vector<std::pair<Row, const sim::Act*>> acts;
    for (const replay::RecordedAct& act : record.acts)
      if (near(act.entity)) acts.emplace_back(act.entity, &act.act);
    facts_.acts += acts.size();
    if (!acts.empty())
      if (auto done = recorder.acted(record.step, record.time_ns, acts); !done) return done;
    std::vector<replay::RecordedCommand> commands;
    for (const replay::RecordedCommand& command : record.commands)
      if (near(command.entity)) commands.push_back(command);
    std::vector<sim::Event> events;
    for (const sim::Event& event : record.events)
      if (near_event(event)) events.push_back(event);
    return recorder.step(record.step, record.time_ns, record.hash, commands, events);
  }

  // Signals by the group that they are in the part of the map.
  sim::Result<void> write_observed(replay::Recorder& recorder, const replay::StepRecord& record, std::uint32_t stack,
                                   const std::string& message) {
    std::uint64_t seq = 0;
    std::vector<sim::Observation> seen, kept;
    if (!codec_.decode(message, seq, seen)) return {};
    std::vector<std::vector<sim::ObservedSignal>> signals(seen.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!near(seen[i].ego.row())) continue;
      for (sim::ObservedSignal signal : seen[i].signals) {
        if (crop_ && static_cast<std::size_t>(signal.group) < group_after_.size())
          signal.group = group_after_[static_cast<std::size_t>(signal.group)];
        if (signal.group != sim::kNone) signals[i].push_back(signal);
      }
      kept.push_back(seen[i]);
      kept.back().signals = signals[i];
    }
    if (kept.empty()) return {};
    facts_.observations += kept.size();
    std::string bytes;
    encoder_.encode(seq, kept, bytes);
    return recorder.observed(record.time_ns, stack, bytes);
  }

  sim::Result<void> write_scenario() {
    auto source = replay::open_source({out_ / "run.mcap"});
    if (!source) return tl::unexpected(source.error());
    const auto tracks = replay::read_tracks(**source);
    if (!tracks) return tl::unexpected(tracks.error());
    replay::Description d = (*source)->description();
    d.files.front().path = setup_.log.filename().string();
    return write_file(out_ / "clip.xosc", openscenario::write(scenario_of(d, *tracks, crop_ ? "map.xodr" : "")));
  }

  std::string facts_json() const {
    using Json = nlohmann::ordered_json;
    const auto seconds = [&](std::int64_t t) { return static_cast<double>(t - log_.start_ns) * 1e-9; };
    Json json = {{"log", setup_.log.string()},    {"from_s", seconds(setup_.from_ns)},
                 {"to_s", seconds(setup_.to_ns)}, {"vehicle", facts_.vehicle},
                 {"radius_m", setup_.radius_m},   {"engine", setup_.engine},
                 {"frames", facts_.frames},       {"steps", facts_.steps},
                 {"entities", facts_.entities},   {"observations", facts_.observations},
                 {"acts", facts_.acts},           {"roads", facts_.roads}};
    if (!setup_.event.empty()) json["event"] = Json::parse(setup_.event, nullptr, false);
    if (setup_.map) json["map"] = {{"name", setup_.map->name}, {"hash", sim::to_hex(setup_.map->hash)}};
    if (log_.run) json["scenario"] = log_.run->scenario_file, json["seed"] = log_.run->seed;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  const ClipSetup& setup_;
  const fs::path out_;
  replay::Description log_;
  std::vector<std::shared_ptr<const sim::Snapshot>> frames_;
  Row host_ = sim::kNone;
  std::vector<sim::Vec2> places_;  // of the vehicle
  Recorded recorded_;
  std::shared_ptr<const maps::Map> crop_;
  std::vector<Row> group_before_, group_after_;  // signal groups of the part, and of the whole map, in the other one
  std::vector<std::uint8_t> kept_;               // per row: near at some time
  replay::ObserveCodec codec_, encoder_;
  ClipFacts facts_;
};

}  // namespace

sim::Result<ClipFacts> write_clip(const ClipSetup& setup, const fs::path& out) {
  std::error_code failed;
  if (fs::exists(out, failed)) return sim::fail("is there already", out.string(), 0, "--out", "give another name");
  const fs::path making = out.string() + ".tmp";
  fs::remove_all(making, failed);
  fs::create_directories(making, failed);
  if (failed) return tl::unexpected(disk_issue("cannot be made: " + failed.message(), making));
  auto facts = Maker(setup, making).make();
  if (facts) fs::rename(making, out, failed);
  if (facts && !failed) return facts;
  std::error_code ignored;
  fs::remove_all(making, ignored);
  if (!facts) return facts;
  return tl::unexpected(disk_issue("cannot be named: " + failed.message(), out));
}

}  // namespace bitgoeul::scenarios
