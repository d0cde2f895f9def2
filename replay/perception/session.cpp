#include "replay/perception/session.h"

#include <cmath>
#include <ctime>
#include <utility>

#include "replay/local_frame.h"
#include "replay/perception/frame_maker.h"
#include "sim/jobs.h"

namespace bitgoeul::replay {
namespace {

void count_points(const SensorFrame& frame, Boxes& boxes) {
  if (!frame.has_cloud) return;
  const Pose to_local = frame.ego * frame.cloud.to_body;
  for (Box& box : boxes) box.points = 0;
  const Eigen::Matrix3d r = to_local.rotation.toRotationMatrix();
  for (std::size_t i = 0; i < frame.cloud.x.size(); ++i) {
    const sim::Vec3 p = r * sim::Vec3(frame.cloud.x[i], frame.cloud.y[i], frame.cloud.z[i]) + to_local.position;
    for (Box& box : boxes) {
      const double dx = p.x() - box.x, dy = p.y() - box.y;
      if (std::abs(dx) > 12 || std::abs(dy) > 12 || std::abs(p.z() - box.z) > box.height_m / 2) continue;
      box.points += covers(box, p.x(), p.y());
    }
  }
}

constexpr double kBorder_m = 10;  // truth so far outside the region may still swallow what was found near its edge

double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Work {
  SensorFrame frame;
  Percept out;
  LidarClusterScratch scratch;
};

void detect(Work& work, const StubSetup& setup, const PerceptionOptions& options) {
  if (options.add_sensors) options.add_sensors(work.frame);
  work.frame.scene = options.scene;
  const double from = cpu_s();
  work.out = {};
  work.out.detections = perceive(work.frame, setup, options.seed, work.scratch);
  work.out.detect_s = cpu_s() - from;
  work.out.time_ns = work.frame.time_ns;
  work.out.ego = work.frame.ego;
  work.out.ego_box = work.frame.ego_box;
  work.out.has_truth = work.frame.has_truth;
  work.out.view = work.frame.view;
  work.out.truth = std::move(work.frame.truth);
  count_points(work.frame, work.out.truth);
}

class Session {
 public:
  Session(const StubSetup& setup, const PerceptionOptions& options, const std::function<bool(Percept&&)>& each)
      : setup_(setup),
        options_(options),
        each_(each),
        jobs_(std::max(1, options.threads)),
        works_(static_cast<std::size_t>(std::max(1, options.threads)) * 2) {}

  // False: stop.
  bool take(SensorFrame&& frame) {
    if (frame.time_ns < options_.start_ns || frame.time_ns > options_.end_ns) return true;
    works_[waiting_++].frame = std::move(frame);
    return waiting_ < works_.size() || flush();
  }

  bool flush() {
    jobs_.parallel_for(
        waiting_,
        [&](std::size_t begin, std::size_t end, std::size_t) {
          for (std::size_t i = begin; i < end; ++i) detect(works_[i], setup_, options_);
        },
        1);
    const std::size_t n = std::exchange(waiting_, 0);
    for (std::size_t i = 0; i < n; ++i)
      if (!give(works_[i])) return false;
    return true;
  }

  PerceptionSummary summary;

 private:
  bool give(Work& work) {
    Percept& out = work.out;
    out.tracks = follow(out.detections, out.time_ns, setup_, tracker_);
    out.output_time_ns = last_output_ns_ = output_time_ns(work.frame, setup_, options_.seed, last_output_ns_);
    ++summary.frames;
    summary.points += work.frame.cloud.x.size();
    summary.detections += out.detections.size();
    summary.tracks += out.tracks.size();
    summary.detect_s += out.detect_s;
    summary.hash = hash_percept(summary.hash, out);
    return each_(std::move(out));
  }

  const StubSetup& setup_;
  const PerceptionOptions& options_;
  const std::function<bool(Percept&&)>& each_;
  sim::Jobs jobs_;
  std::vector<Work> works_;
  std::size_t waiting_ = 0;
  TrackerState tracker_;
  std::int64_t last_output_ns_ = std::numeric_limits<std::int64_t>::min();
};

void append(std::string& bytes, const Boxes& boxes) {
  for (const Box& box : boxes) {
    const double numbers[] = {box.x,       box.y,        box.z,      box.yaw_rad, box.length_m,
                              box.width_m, box.height_m, box.vx_mps, box.vy_mps,  static_cast<double>(box.confidence)};
    bytes.append(reinterpret_cast<const char*>(&box.id), sizeof box.id);
    bytes.push_back(static_cast<char>(box.object_class));
    bytes.push_back(box.predicted ? 1 : 0);
    bytes.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
  }
  bytes.push_back('\n');
}

}  // namespace

Percept LivePerception::take(const SensorFrame& frame) {
  Percept out;
  out.detections = perceive(frame, setup_, seed_, scratch_);
  out.time_ns = frame.time_ns;
  out.ego = frame.ego;
  out.ego_box = frame.ego_box;
  out.has_truth = frame.has_truth;
  out.view = frame.view;
  out.truth = frame.truth;
  count_points(frame, out.truth);
  out.tracks = follow(out.detections, out.time_ns, setup_, tracker_);
  out.output_time_ns = last_output_ns_ = output_time_ns(frame, setup_, seed_, last_output_ns_);
  hash_ = hash_percept(hash_, out);
  return out;
}

sim::Hash128 hash_percept(sim::Hash128 before, const Percept& percept) {
  std::string bytes;
  bytes.append(reinterpret_cast<const char*>(&percept.time_ns), sizeof percept.time_ns);
  bytes.append(reinterpret_cast<const char*>(&percept.output_time_ns), sizeof percept.output_time_ns);
  append(bytes, percept.detections);
  append(bytes, percept.tracks);
  return sim::combine(before, sim::hash_bytes(bytes.data(), bytes.size()));
}

sim::Result<void> check_log(const Description& log, const StubSetup& setup, const PerceptionOptions& options) {
  const bool wants_points = setup.kind == StubKind::kLidarCluster && !options.add_sensors;
  const FrameMaker maker(log, wants_points, options.host);
  if (wants_points && !maker.has_points())
    return sim::fail("the log has no points of a lidar, which " + setup.name + " needs", {}, 0, {},
                     "choose ideal, logged or phenomenological, or record a lidar");
  if (setup.kind == StubKind::kLogged && !maker.has_logged())
    return sim::fail("the log has no detections of its own, which logged gives", {}, 0, {},
                     "choose lidar_cluster for points, ideal or phenomenological for true objects");
  if (needs_truth(setup.kind) && !maker.has_truth())
    return tl::unexpected(sim::Issue{
        .what = "the log has no true objects (annotations, ground truth, tracks), which " + setup.name + " needs",
        .rule = kNoTruthRule,
        .remedy = "choose lidar_cluster or logged"});
  return {};
}

sim::Result<PerceptionSummary> run_perception(Source& source, const StubSetup& setup, const PerceptionOptions& options,
                                              const std::function<bool(Percept&&)>& each) {
  if (auto usable = check_log(source.description(), setup, options); !usable) return tl::unexpected(usable.error());
  FrameMaker maker(source.description(), setup.kind == StubKind::kLidarCluster && !options.add_sensors, options.host);
  if (options.start_ns > source.description().start_ns)
    if (auto sought = source.seek(options.start_ns); !sought) return tl::unexpected(sought.error());
  Session session(setup, options, each);
  Item item;
  for (bool going = true; going;) {
    auto got = source.next(item);
    if (!got) return tl::unexpected(got.error());
    if (!*got || item.time_ns > options.end_ns) break;
    if (auto frame = maker.take(item)) going = session.take(std::move(*frame));
    if (!going) return session.summary;
  }
  if (auto frame = maker.end())
    if (!session.take(std::move(*frame))) return session.summary;
  (void)session.flush();
  return session.summary;
}

bool Region::holds(const Box& box, const sim::Vec3& ego, double yaw_rad) const {
  const double dx = box.x - ego.x(), dy = box.y - ego.y();
  if (sim::hypot(dx, dy) > range_m) return false;
  return fov_deg >= 360 || std::abs(sim::wrap_angle(sim::atan2(dy, dx) - yaw_rad)) * 180 / sim::kPi <= fov_deg / 2;
}

bool Region::asks_for(ObjectClass c) const {
  return classes.empty() || std::find(classes.begin(), classes.end(), c) != classes.end();
}

void Scores::take(const Percept& percept) {
  if (!percept.has_truth) return;
  const double yaw = yaw_of(percept.ego.rotation);
  const auto inside = [&](const Box& box) {
    return region_.asks_for(box.object_class) && region_.holds(box, percept.ego.position, yaw);
  };
  ScoreFrame frame;
  frame.time_ns = percept.time_ns;
  frame.ego_x = percept.ego.position.x();
  frame.ego_y = percept.ego.position.y();
  frame.truth = percept.truth;
  frame.view = percept.view;
  frame.ego = percept.ego;
  for (Box& box : frame.truth) box.ignored |= !inside(box) || (box.points >= 0 && box.points < region_.min_points);
  // What lies far outside matches nothing, and an assignment costs the cube of what it is given.
  std::erase_if(frame.truth, [&](const Box& box) {
    return sim::hypot(box.x - frame.ego_x, box.y - frame.ego_y) > region_.range_m + kBorder_m;
  });
  SafetyFrame safety{percept.output_time_ns, percept.ego_box, frame.truth, {}};
  if (safety.ego.length_m <= 0) {  // the log does not say: a car that stands where its sensors are
    safety.ego.x = frame.ego_x;
    safety.ego.y = frame.ego_y;
    safety.ego.yaw_rad = yaw;
    safety.ego.length_m = 4.5;
    safety.ego.width_m = 1.8;
  }
  tracks_.push_back(frame);
  for (const Box& box : percept.detections)
    if (inside(box)) frame.found.push_back(box);
  for (const Box& box : percept.tracks)
    if (inside(box)) tracks_.back().found.push_back(box);
  for (const Box& box : percept.tracks)
    if (region_.asks_for(box.object_class)) safety.found.push_back(box);
  detections_.push_back(std::move(frame));
  safety_.push_back(std::move(safety));
}

}  // namespace bitgoeul::replay
