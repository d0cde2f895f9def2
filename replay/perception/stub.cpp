#include "replay/perception/stub.h"

#include <algorithm>
#include <cmath>

#include "replay/local_frame.h"
#include "sim/random.h"

namespace bitgoeul::replay {
namespace {

Boxes ideal(const SensorFrame& frame, double range_m) {
  Boxes out;
  for (const Box& box : frame.truth)
    if (sim::hypot(box.x - frame.ego.position.x(), box.y - frame.ego.position.y()) <= range_m) out.push_back(box);
  return out;
}

Boxes in_local_frame(Boxes boxes, const Pose& ego) {
  const double yaw = yaw_of(ego.rotation);
  for (Box& box : boxes) {
    const sim::Vec3 at = ego.position + ego.rotation * sim::Vec3(box.x, box.y, box.z);
    box.x = at.x();
    box.y = at.y();
    box.z = at.z();
    box.yaw_rad = sim::wrap_angle(box.yaw_rad + yaw);
  }
  return boxes;
}

}  // namespace

std::string_view to_string(StubKind kind) {
  constexpr std::string_view kNames[] = {"ideal", "logged", "phenomenological", "lidar_cluster", "fitted"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool imagines(StubKind kind) { return kind == StubKind::kPhenomenological || kind == StubKind::kFitted; }
bool needs_truth(StubKind kind) { return kind == StubKind::kIdeal || imagines(kind); }

Boxes perceive(const SensorFrame& frame, const StubSetup& setup, std::uint64_t seed, LidarClusterScratch& scratch) {
  switch (setup.kind) {
    case StubKind::kIdeal:
      return ideal(frame, setup.ideal_range_m);
    case StubKind::kLogged:
      return frame.logged;
    case StubKind::kPhenomenological:
    case StubKind::kFitted:
      return imagine(frame, setup.sensors, seed);
    case StubKind::kLidarCluster:
      return in_local_frame(find_clusters(frame.cloud, setup.lidar, scratch), frame.ego);
  }
  return {};
}

Boxes follow(const Boxes& found, std::int64_t time_ns, const StubSetup& setup, TrackerState& state) {
  const bool named = std::any_of(found.begin(), found.end(), [](const Box& box) { return box.id != 0; });
  const bool passes = setup.kind == StubKind::kIdeal || (setup.kind == StubKind::kLogged && named);
  if (passes || !setup.tracker.enabled) return found;
  return track(found, time_ns, setup.tracker, state);
}

std::int64_t output_time_ns(const SensorFrame& frame, const StubSetup& setup, std::uint64_t seed,
                            std::int64_t last_ns) {
  const double jitter = setup.latency_jitter_ms * sim::uniform(seed, ~0u, frame.time_ns, sim::Stream::kPerception);
  const auto delay_ns = static_cast<std::int64_t>(std::floor((setup.latency_ms + jitter) * 1e6));
  return std::max(last_ns, frame.time_ns + std::max<std::int64_t>(0, delay_ns));
}

}  // namespace bitgoeul::replay
