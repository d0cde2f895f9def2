#include "scenarios/sensors.h"

#include <algorithm>
#include <cmath>

#include "maps/projection.h"
#include "replay/local_frame.h"
#include "replay/perception/frame_maker.h"
#include "replay/perception/report.h"
#include "replay/sensors/map_mesh.h"
#include "replay/sensors/sensor_log.h"
#include "scenarios/run_files.h"
#include "sim/glob.h"
#include "sim/jobs.h"
#include "sim/math.h"
#include "sim/random.h"

namespace bitgoeul::scenarios {
namespace {

constexpr double kGravity = 9.80665;
constexpr double kFrameS = 0.1;
constexpr std::uint32_t kSensorKeys = 0x53000000;  // so that no stub draws the same numbers

// Of one vehicle.
class Rig {
 public:
  Rig(const SensorRig& setup, std::string setup_file, const replay::Description& log, sim::Row row, std::uint64_t seed,
      std::string name, replay::SensorLog file)
      : setup_(setup),
        setup_file_(std::move(setup_file)),
        row_(row),
        seed_(seed),
        name_(std::move(name)),
        maker_(log, false, row),
        file_(std::move(file)),
        scores_(region_of(setup)) {
    if (setup.stubs) perception_.emplace(*setup.stubs->of(name_), seed);  // check_sensors() has asked for it
  }

  // What a fix is at this time. Before frame(); PROJ's contexts belong to one thread.
  void locate(const sim::Snapshot& snapshot, const maps::Projection& projection) {
    const auto i = static_cast<std::size_t>(row_);
    const sim::Entities& e = snapshot.entities;
    fix_.reset();
    if (setup_.gnss && i < e.alive.size() && e.alive[i] != 0) fix_ = fix_at({e.x[i], e.y[i], e.z[i]}, projection);
  }

  void frame(const std::shared_ptr<const sim::Snapshot>& snapshot, const replay::RayScene* scene) {
    replay::Item item;
    item.time_ns = snapshot->time_ns;
    item.topic = replay::kSnapshotTopic;
    item.payload = snapshot;
    (void)maker_.take(item);
    auto frame = maker_.end();
    const auto i = static_cast<std::size_t>(row_);
    if (!frame || !written_ || i >= snapshot->entities.alive.size() || snapshot->entities.alive[i] == 0) return;
    std::erase_if(frame->truth, [&](const replay::Box& box) {
      return sim::hypot(box.x - frame->ego.position.x(), box.y - frame->ego.position.y()) > setup_.truth_m;
    });
    frame->scene = scene;
    if (!setup_.lidars.empty()) {
      frame->cloud = replay::scan(*scene, *frame, setup_.lidars, seed_ ^ static_cast<std::uint64_t>(row_));
      frame->has_cloud = true;
    }
    written_ = write(*frame, snapshot->entities);
    ++frames_;
  }

  const sim::Result<void>& written() const { return written_; }

  sim::Result<void> close(const std::filesystem::path& dir) {
    if (!written_) return written_;
    if (auto closed = file_.close({{"vehicle", name_}, {"sensors", setup_file_}}); !closed) return closed;
    if (!perception_) return {};
    replay::PerceptionSummary summary;
    summary.frames = frames_, summary.points = points_, summary.detections = detections_, summary.tracks = tracks_;
    summary.hash = perception_->hash();
    if (scores_.counts({}).truths == 0) return {};
    const std::string json =
        replay::score_json({name_, perception_->setup().name, seed_, region_of(setup_), summary}, scores_);
    return write_file(dir / (name_ + ".score.json"), json);
  }

 private:
  static replay::Region region_of(const SensorRig& setup) {
    replay::Region region;
    region.range_m = setup.score_m;
    return region;
  }

  double noise(std::int64_t draw) const {
    return sim::normal(seed_, kSensorKeys + static_cast<std::uint32_t>(row_), frames_ * 32 + draw,
                       sim::Stream::kPerception);
  }

  sim::Result<void> write(const replay::SensorFrame& frame, const sim::Entities& e) {
    if (auto done = file_.frame(frame); !done) return done;
    if (fix_)
      if (auto done = file_.gnss(frame.time_ns, *fix_); !done) return done;
    if (setup_.imu)
      if (auto done = write_imu(frame.time_ns, e); !done) return done;
    points_ += frame.cloud.x.size();
    if (!perception_) return {};
    const replay::Percept percept = perception_->take(frame);
    detections_ += percept.detections.size(), tracks_ += percept.tracks.size();
    scores_.take(percept);
    return file_.objects(frame.time_ns, frame.ego, percept.tracks);
  }

  std::optional<replay::GnssFix> fix_at(const sim::Vec3& at, const maps::Projection& projection) {
    const GnssModel& m = *setup_.gnss;
    const double keep = frames_ == 0 ? 0.0 : sim::exp(-kFrameS / m.correlation_s);
    for (int axis = 0; axis < 3; ++axis) {
      const double sigma = axis == 2 ? 2 * m.bias_m : m.bias_m;
      bias_[axis] = keep * bias_[axis] + sigma * std::sqrt(1 - keep * keep) * noise(axis);
    }
    const auto place =
        projection.inverse(at.x() + bias_[0] + m.noise_m * noise(3), at.y() + bias_[1] + m.noise_m * noise(4));
    if (!place) return std::nullopt;
    replay::GnssFix fix;
    fix.longitude_deg = place->longitude_deg, fix.latitude_deg = place->latitude_deg;
    fix.altitude_m = at.z() + bias_[2] + 2 * m.noise_m * noise(5);
    fix.accuracy_m = sim::hypot(m.bias_m, m.noise_m);
    return fix;
  }

  // At the reference point, in the body frame; what a sensor at rest feels is gravity upward.
  sim::Result<void> write_imu(std::int64_t time_ns, const sim::Entities& e) {
    const ImuModel& m = *setup_.imu;
    const auto i = static_cast<std::size_t>(row_);
    if (frames_ == 0)
      for (int axis = 0; axis < 6; ++axis)
        offset_[axis] = (axis < 3 ? m.acceleration_bias_mps2 : m.rate_bias_radps) * noise(12 + axis);
    replay::Imu imu;
    imu.acceleration_mps2 = {e.acceleration_mps2[i] - kGravity * sim::sin(e.pitch_rad[i]),
                             e.speed_mps[i] * e.yaw_rate_radps[i] + kGravity * sim::sin(e.roll_rad[i]),
                             kGravity * sim::cos(e.pitch_rad[i]) * sim::cos(e.roll_rad[i])};
    imu.angular_rate_radps = {0, 0, e.yaw_rate_radps[i]};
    for (int axis = 0; axis < 3; ++axis) {
      imu.acceleration_mps2[axis] += offset_[axis] + m.acceleration_noise_mps2 * noise(6 + axis);
      imu.angular_rate_radps[axis] += offset_[3 + axis] + m.rate_noise_radps * noise(9 + axis);
    }
    return file_.imu(time_ns, imu);
  }

  const SensorRig& setup_;
  std::string setup_file_;
  sim::Row row_;
  std::uint64_t seed_;
  std::string name_;
  replay::FrameMaker maker_;
  replay::SensorLog file_;
  std::optional<replay::LivePerception> perception_;
  replay::Scores scores_;
  sim::Result<void> written_;
  std::optional<replay::GnssFix> fix_;
  std::int64_t frames_ = 0;
  std::uint64_t points_ = 0, detections_ = 0, tracks_ = 0;
  double bias_[3] = {0, 0, 0}, offset_[6] = {0, 0, 0, 0, 0, 0};
};

bool looks_at_map(const SensorRig& rig) {
  return !rig.lidars.empty() ||
         (rig.stubs && std::any_of(rig.stubs->entries.begin(), rig.stubs->entries.end(),
                                   [](const auto& entry) { return replay::imagines(entry.setup.kind); }));
}

bool fits(const SensorRig& rig, const std::string& name) {
  return std::any_of(rig.vehicles.begin(), rig.vehicles.end(),
                     [&](const std::string& pattern) { return sim::glob_match(pattern, name); });
}

// The first that fits; null: none.
const SensorRig* rig_of(const SensorSetup& setup, const std::string& name) {
  const auto rig =
      std::find_if(setup.rigs.begin(), setup.rigs.end(), [&](const SensorRig& one) { return fits(one, name); });
  return rig == setup.rigs.end() ? nullptr : &*rig;
}

}  // namespace

sim::Result<void> check_sensors(const SensorSetup& setup, const std::vector<std::string>& names) {
  for (const SensorRig& rig : setup.rigs)
    if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return fits(rig, name); }))
      return sim::fail("no vehicle of the scenario has such a name", setup.file, 0, "vehicles: " + rig.vehicles.front(),
                       "name entities or patterns: ego_00*");
  for (const std::string& name : names)
    if (const SensorRig* rig = rig_of(setup, name); rig != nullptr && rig->stubs)
      if (auto stub = rig->stubs->of(name); !stub) return tl::unexpected(stub.error());
  return {};
}

struct Sensors::Impl {
  SensorSetup setup;
  std::filesystem::path dir;
  sim::Jobs jobs;
  std::optional<maps::Projection> projection;
  std::unique_ptr<replay::RayScene> scene;
  std::vector<std::unique_ptr<Rig>> rigs;
  Impl(SensorSetup s, std::filesystem::path d, int threads) : setup(std::move(s)), dir(std::move(d)), jobs(threads) {}
};

Sensors::Sensors(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sensors::~Sensors() = default;

sim::Result<std::unique_ptr<Sensors>> Sensors::open(SensorSetup setup, const replay::RunHeader& header,
                                                    std::shared_ptr<const maps::Map> map, std::filesystem::path dir,
                                                    int threads, sim::Issues& issues) {
  auto impl = std::make_unique<Impl>(std::move(setup), std::move(dir), threads);
  const SensorSetup& s = impl->setup;
  std::error_code failed;
  std::filesystem::create_directories(impl->dir, failed);
  if (failed) return sim::fail("cannot be made: " + failed.message(), impl->dir.string());
  replay::Description log;
  log.run = header;
  for (const replay::EntityInfo& entity : header.entities) {
    const SensorRig* rig = rig_of(s, entity.name);
    if (rig == nullptr) continue;
    auto file = replay::SensorLog::open(impl->dir / (entity.name + ".mcap"));
    if (!file) return tl::unexpected(file.error());
    impl->rigs.push_back(std::make_unique<Rig>(*rig, s.file, log, static_cast<sim::Row>(entity.row), header.seed,
                                               entity.name, std::move(*file)));
  }
  if (std::any_of(s.rigs.begin(), s.rigs.end(), looks_at_map))
    impl->scene = std::make_unique<replay::RayScene>(replay::mesh_of(*map));
  if (std::any_of(s.rigs.begin(), s.rigs.end(), [](const SensorRig& rig) { return rig.gnss.has_value(); })) {
    auto projection = maps::Projection::make(map->projection, map->offset_x, map->offset_y, map->offset_heading);
    if (projection && !map->projection.empty())
      impl->projection.emplace(std::move(*projection));
    else
      issues.push_back({.severity = sim::Severity::kWarning,
                        .file = s.file,
                        .where = "gnss",
                        .what = "is left out: the map does not say where on Earth it lies"});
  }
  return std::unique_ptr<Sensors>(new Sensors(std::move(impl)));
}

sim::Result<void> Sensors::frame(const sim::Snapshot& snapshot) {
  // Not owned: it outlives the call, and nobody keeps it.
  const std::shared_ptr<const sim::Snapshot> seen(std::shared_ptr<const sim::Snapshot>{}, &snapshot);
  if (impl_->projection)
    for (const auto& rig : impl_->rigs) rig->locate(snapshot, *impl_->projection);
  impl_->jobs.parallel_for(
      impl_->rigs.size(),
      [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i) impl_->rigs[i]->frame(seen, impl_->scene.get());
      },
      1);
  for (const auto& rig : impl_->rigs)
    if (!rig->written()) return rig->written();
  return {};
}

sim::Result<void> Sensors::close() {
  for (const auto& rig : impl_->rigs)
    if (auto closed = rig->close(impl_->dir); !closed) return closed;
  return {};
}

}  // namespace bitgoeul::scenarios
