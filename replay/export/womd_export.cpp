// Waymo Open Motion `Scenario`s in a TFRecord: one for each window of 9.1 s (91 steps at 10 Hz: 10 past, the current
// one, 80 future) around the host vehicle, with tracks, map features and signal states within reach. Windows follow
// each other without overlap; one in which the host is not there at the current step is left out.
#include <algorithm>
#include <map>

#include "replay/export/formats.h"
#include "replay/export/womd_map.h"
#include "replay/file.h"
#include "replay/schema/womd/scenario.pb.h"
#include "replay/tfrecord.h"
#include "sim/math.h"

namespace bitgoeul::replay {
namespace {

namespace womd = waymo::open_dataset;

constexpr int kSteps = 91, kCurrent = 10;
constexpr std::int64_t kStepNs = 100'000'000;
constexpr double kRadiusM = 150.0;
constexpr std::size_t kMostPredicted = 8;
constexpr std::size_t kMostRows = 1u << 20, kLives = 1u << 11;  // ids of tracks: rows and their lives in 31 bits

womd::Track::ObjectType type_of(Kind kind) {
  switch (kind) {
    case Kind::kPedestrian:
      return womd::Track::TYPE_PEDESTRIAN;
    case Kind::kBicycle:
      return womd::Track::TYPE_CYCLIST;
    case Kind::kAnimal:
    case Kind::kUnknown:
      return womd::Track::TYPE_OTHER;
    default:
      return womd::Track::TYPE_VEHICLE;
  }
}

// One vehicle of the window: a row in one of its lives.
struct Life {
  std::size_t row = 0;
  std::uint32_t generation = 0;
  auto operator<=>(const Life&) const = default;
};

class WomdExporter final : public Exporter {
 public:
  WomdExporter(NewFile file, OutFile out, ExportInput input)
      : file_(std::move(file)), out_(std::move(out)), input_(std::move(input)) {}

  sim::Result<void> frame(const sim::Snapshot& snapshot) override {
    ++report_.frames;
    if (!next_ns_) next_ns_ = snapshot.time_ns;
    if (snapshot.time_ns < *next_ns_) return {};  // the log has more than ten frames a second
    if (snapshot.time_ns - *next_ns_ >= kStepNs)
      return sim::fail("has no frame between " + std::to_string(*next_ns_ - kStepNs) + " and " +
                           std::to_string(snapshot.time_ns) + " ns; a scenario needs ten a second",
                       input_.log);
    *next_ns_ += kStepNs;
    window_.push_back(snapshot);
    if (window_.size() < kSteps) return {};
    auto written = write_window();
    window_.clear();
    return written;
  }

  sim::Result<ExportReport> close() override {
    if (auto synced = out_.sync(); !synced) return tl::unexpected(synced.error());
    if (auto closed = out_.close(); !closed) return tl::unexpected(closed.error());
    if (report_.messages == 0)
      return sim::fail("gives no scenario: it needs 9.1 s with a host vehicle", input_.log, 0, {},
                       "name a vehicle that is there with --host");
    if (auto kept = file_.keep(); !kept) return tl::unexpected(kept.error());
    const auto warn = [&](std::string what) {
      report_.issues.push_back({.severity = sim::Severity::kWarning, .file = input_.log, .what = std::move(what)});
    };
    if (!window_.empty()) warn("the last " + std::to_string(window_.size()) + " frames are left out: no whole window");
    if (left_out_ > 0) warn(std::to_string(left_out_) + " windows are left out: the host is not there");
    if (!input_.map) warn("map features and signals are left out: no map");
    report_.files = {file_.path()};
    return report_;
  }

 private:
  sim::Result<void> write_window() {
    const sim::Snapshot& now = window_[kCurrent];
    const std::int64_t host = host_of(input_, now);
    if (host < 0) {
      ++left_out_;
      return {};
    }
    const auto row = static_cast<std::size_t>(host);
    const double x = now.entities.x[row], y = now.entities.y[row];
    womd::Scenario scenario;
    scenario.set_scenario_id(std::filesystem::path(input_.log).stem().string() + "_" + name_of(input_, now, row) + "_" +
                             std::to_string(now.time_ns / 1'000'000));
    scenario.set_current_time_index(kCurrent);
    for (const sim::Snapshot& s : window_)
      scenario.add_timestamps_seconds(static_cast<double>(s.time_ns - window_.front().time_ns) * 1e-9);
    add_tracks(scenario, Life{row, now.generation[row]}, x, y);
    for (const sim::Snapshot& s : window_) {
      womd::DynamicMapState& state = *scenario.add_dynamic_map_states();
      if (input_.map) add_signal_states(*input_.map, s.signals, x, y, kRadiusM, state);
    }
    if (input_.map) add_map_features(*input_.map, x, y, kRadiusM, scenario);
    ++report_.messages;
    std::string bytes;
    if (!scenario.SerializeToString(&bytes)) return sim::fail("a scenario is too large", file_.path().string());
    return append_tfrecord(out_, bytes);
  }

  // Those that come near the host at some step, in order of rows; with how far each is at the current step.
  std::map<Life, double> lives_near(double x, double y) const {
    std::map<Life, double> lives;
    for (std::size_t step = 0; step < window_.size(); ++step) {
      const sim::Snapshot& s = window_[step];
      for (std::size_t row = 0; row < s.entities.alive.size(); ++row) {
        if (s.entities.alive[row] == 0) continue;
        const double distance = sim::hypot(s.entities.x[row] - x, s.entities.y[row] - y);
        if (distance > kRadiusM) continue;
        double& known = lives.try_emplace(Life{row, s.generation[row]}, 1e9).first->second;
        if (step == kCurrent) known = distance;
      }
    }
    return lives;
  }

  void add_tracks(womd::Scenario& scenario, const Life& host, double x, double y) const {
    std::vector<std::pair<double, int>> candidates;
    for (const auto& [life, distance] : lives_near(x, y)) {
      const int index = scenario.tracks_size();
      if (life == host) scenario.set_sdc_track_index(index);
      const womd::Track& track = add_track(scenario, life);
      const bool lasts = track.states(kCurrent).valid() && track.states(kSteps - 1).valid();
      if (life != host && lasts) candidates.emplace_back(distance, index);
    }
    std::sort(candidates.begin(), candidates.end());
    for (std::size_t i = 0; i < std::min(candidates.size(), kMostPredicted); ++i) {
      womd::RequiredPrediction& wanted = *scenario.add_tracks_to_predict();
      wanted.set_track_index(candidates[i].second);
      wanted.set_difficulty(womd::RequiredPrediction::LEVEL_1);
    }
  }

  const womd::Track& add_track(womd::Scenario& scenario, const Life& life) const {
    womd::Track& track = *scenario.add_tracks();
    track.set_id(static_cast<std::int32_t>((life.generation / 2 % kLives) * kMostRows + life.row + 1));
    for (const sim::Snapshot& s : window_) {
      womd::ObjectState& state = *track.add_states();
      const bool there = life.row < s.generation.size() && s.generation[life.row] == life.generation &&
                         s.entities.alive[life.row] != 0;
      state.set_valid(there);
      if (!there) continue;
      track.set_object_type(type_of(kind_of(input_, s, life.row)));
      set_state(state, s.entities, life.row);
    }
    return track;
  }

  static void set_state(womd::ObjectState& state, const sim::Entities& e, std::size_t row) {
    const BoxState box = box_state(e, row);
    state.set_center_x(box.center.x());
    state.set_center_y(box.center.y());
    state.set_center_z(box.center.z());
    state.set_length(static_cast<float>(e.length_m[row]));
    state.set_width(static_cast<float>(e.width_m[row]));
    state.set_height(static_cast<float>(e.height_m[row]));
    state.set_heading(static_cast<float>(sim::wrap_angle(e.yaw_rad[row])));
    state.set_velocity_x(static_cast<float>(box.velocity.x()));
    state.set_velocity_y(static_cast<float>(box.velocity.y()));
  }

  NewFile file_;
  OutFile out_;
  ExportInput input_;
  std::optional<std::int64_t> next_ns_;
  std::vector<sim::Snapshot> window_;
  std::size_t left_out_ = 0;
  ExportReport report_;
};

}  // namespace

Made make_womd_exporter(const std::filesystem::path& path, ExportInput input) {
  NewFile file(path);
  auto out = OutFile::create(file.temporary());
  if (!out) return tl::unexpected(out.error());
  return std::unique_ptr<Exporter>(std::make_unique<WomdExporter>(std::move(file), std::move(*out), std::move(input)));
}

}  // namespace bitgoeul::replay
