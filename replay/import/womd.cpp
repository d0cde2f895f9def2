// Waymo Open Motion scenarios (TFRecord) as a Source: tracks as objects, signal states by lane. Each scenario has a
// frame and a time of its own; those of one file follow each other, 10 s apart.
#include <algorithm>
#include <cmath>

#include "replay/import/formats.h"
#include "replay/mcap/records.h"
#include "replay/schema/womd/scenario.pb.h"
#include "replay/tfrecord.h"

namespace bitgoeul::replay::import {
namespace {

namespace womd = waymo::open_dataset;

constexpr std::int64_t kApartNs = 10'000'000'000;

ObjectClass class_of(womd::Track::ObjectType type) {
  switch (type) {
    case womd::Track::TYPE_VEHICLE:
      return ObjectClass::kCar;
    case womd::Track::TYPE_PEDESTRIAN:
      return ObjectClass::kPedestrian;
    case womd::Track::TYPE_CYCLIST:
      return ObjectClass::kBicycle;
    case womd::Track::TYPE_OTHER:
      return ObjectClass::kOther;
    default:
      return ObjectClass::kUnknown;
  }
}

sim::SignalState state_of(womd::TrafficSignalLaneState::State state) {
  using State = womd::TrafficSignalLaneState;
  switch (state) {
    case State::LANE_STATE_STOP:
    case State::LANE_STATE_ARROW_STOP:
      return sim::SignalState::kRed;
    case State::LANE_STATE_CAUTION:
    case State::LANE_STATE_ARROW_CAUTION:
      return sim::SignalState::kYellow;
    case State::LANE_STATE_GO:
    case State::LANE_STATE_ARROW_GO:
      return sim::SignalState::kGreen;
    case State::LANE_STATE_FLASHING_STOP:
      return sim::SignalState::kFlashingRed;
    case State::LANE_STATE_FLASHING_CAUTION:
      return sim::SignalState::kFlashingYellow;
    default:
      return sim::SignalState::kOff;
  }
}

Objects objects_of(const womd::Scenario& scenario, int step) {
  Objects objects;
  for (int i = 0; i < scenario.tracks_size(); ++i) {
    const womd::Track& track = scenario.tracks(i);
    if (step >= track.states_size() || !track.states(step).valid()) continue;
    const womd::ObjectState& state = track.states(step);
    Object& object = objects.objects.emplace_back();
    object.id = std::to_string(track.id());
    object.object_class = class_of(track.object_type());
    object.center = {state.center_x(), state.center_y(), state.center_z()};
    object.yaw_rad = state.heading();
    object.length_m = state.length(), object.width_m = state.width(), object.height_m = state.height();
    object.velocity_mps = sim::Vec3(state.velocity_x(), state.velocity_y(), 0);
    object.is_ego = scenario.has_sdc_track_index() && i == scenario.sdc_track_index();
  }
  return objects;
}

SignalList signals_of(const womd::Scenario& scenario, int step) {
  SignalList signals;
  if (step >= scenario.dynamic_map_states_size()) return signals;
  for (const auto& lane : scenario.dynamic_map_states(step).lane_states())
    signals.signals.push_back({std::to_string(lane.lane()), state_of(lane.state())});
  return signals;
}

class Scenarios final : public Source {
 public:
  Scenarios(const std::filesystem::path& path, std::vector<std::string> scenarios) : scenarios_(std::move(scenarios)) {
    description_.format = "Waymo Open Motion";
    description_.time_base = "simulated";
    FileInfo file;
    file.path = path.string();
    file.format = "tfrecord";
    std::error_code ignored;
    file.bytes = std::filesystem::file_size(path, ignored);
    description_.files.push_back(file);
    for (const auto& [name, role] :
         {std::pair("tracks", TopicRole::kObjects), std::pair("signals", TopicRole::kSignals)}) {
      TopicInfo& topic = description_.topics.emplace_back();
      topic.name = name;
      topic.type = "waymo.open_dataset.Scenario";
      topic.encoding = "protobuf";
      topic.role = role;
    }
    describe();
  }

  const Description& description() const override { return description_; }
  void select(const std::vector<TopicRole>& roles) override { roles_ = roles; }

  sim::Result<void> seek(std::int64_t time_ns) override {
    start(0);
    while (scenario_ < scenarios_.size() && time() < time_ns) forward();
    return {};
  }

  sim::Result<bool> next(Item& item) override {
    while (scenario_ < scenarios_.size()) {
      item = {};
      item.time_ns = time();
      item.frame = kWorldFrame;
      item.topic = signals_next_ ? 0 : 1;  // signals first, so that a Snapshot has them
      const bool tracks = signals_next_;
      if (tracks)
        item.payload = objects_of(current_, step_);
      else
        item.payload = signals_of(current_, step_);
      if (tracks) forward();
      signals_next_ = !tracks;
      if (wanted(tracks ? TopicRole::kObjects : TopicRole::kSignals)) return true;
    }
    return false;
  }

 private:
  bool wanted(TopicRole role) const {
    return roles_.empty() || std::find(roles_.begin(), roles_.end(), role) != roles_.end();
  }
  std::int64_t time() const {
    return static_cast<std::int64_t>(scenario_) * kApartNs + std::llround(current_.timestamps_seconds(step_) * 1e9);
  }

  // Scenarios without steps are passed over.
  void start(std::size_t scenario) {
    step_ = 0;
    signals_next_ = false;
    for (scenario_ = scenario; scenario_ < scenarios_.size(); ++scenario_)
      if (current_.ParseFromString(scenarios_[scenario_]) && current_.timestamps_seconds_size() > 0) return;
  }
  void forward() {
    if (++step_ >= current_.timestamps_seconds_size()) start(scenario_ + 1);
  }

  void describe() {
    for (start(0); scenario_ < scenarios_.size(); start(scenario_ + 1)) {
      const auto steps = static_cast<std::uint64_t>(current_.timestamps_seconds_size());
      for (TopicInfo& topic : description_.topics) topic.count += steps;
      step_ = current_.timestamps_seconds_size() - 1;
      description_.end_ns = time();
    }
    for (TopicInfo& topic : description_.topics) topic.end_ns = description_.end_ns, topic.rate_hz = 10;
    start(0);
  }

  std::vector<std::string> scenarios_;
  womd::Scenario current_;
  Description description_;
  std::vector<TopicRole> roles_;
  std::size_t scenario_ = 0;
  int step_ = 0;
  bool signals_next_ = false;
};

bool is_scenario(std::string_view message) {
  womd::Scenario scenario;
  return scenario.ParseFromArray(message.data(), static_cast<int>(message.size())) &&
         scenario.timestamps_seconds_size() > 0 && scenario.tracks_size() > 0;
}

}  // namespace

// Data sets name their files `....tfrecord-00000-of-01000`.
bool is_womd(const std::filesystem::path& path) {
  if (path.filename().string().find(".tfrecord") == std::string::npos) return false;
  bool fits = false;
  (void)each_tfrecord(path, [&](std::string_view message) {
    fits = is_scenario(message);
    return false;
  });
  return fits;
}

sim::Result<std::unique_ptr<Source>> open_womd(const std::filesystem::path& path, const Rules&) {
  std::vector<std::string> scenarios;
  const auto read = each_tfrecord(path, [&](std::string_view message) {
    if (is_scenario(message)) scenarios.emplace_back(message);
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return std::unique_ptr<Source>(std::make_unique<Scenarios>(path, std::move(scenarios)));
}

}  // namespace bitgoeul::replay::import
