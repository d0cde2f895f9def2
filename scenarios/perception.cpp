#include "scenarios/perception.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "replay/local_frame.h"
#include "replay/perception/frame_maker.h"
#include "replay/perception/stub.h"
#include "replay/sensors/map_mesh.h"
#include "replay/stack_wire.h"
#include "sim/math.h"
#include "vehicles/vehicle_catalogue.h"

namespace bitgoeul::scenarios {
namespace {

using replay::Box;

constexpr std::size_t kMost = 96;                                   // tracks of an ego, objects in one result
constexpr std::size_t kHead = 6;                                    // numbers before the tracks
constexpr std::size_t kTrackNumbers = 19 + replay::kObjectClasses;  // of one track
constexpr std::size_t kObjectNumbers = 8, kResultHead = 2;          // of one object; before those of a result
constexpr std::size_t kResultNumbers = kResultHead + kMost * kObjectNumbers;

// The same numbers in the same order, in and out. Whole numbers stay exact below 2^53.
struct Out {
  double* at;
  template <class T>
  void operator()(const T& value) {
    *at++ = static_cast<double>(value);
  }
};
struct In {
  const double* at;
  template <class T>
  void operator()(T& value) {
    value = static_cast<T>(*at++);
  }
};

template <class Each, class Track>
void each_number(Each&& f, Track& t) {
  auto& b = t.box;
  f(b.id), f(b.object_class), f(b.x), f(b.y), f(b.z), f(b.yaw_rad), f(b.length_m), f(b.width_m), f(b.height_m);
  f(b.vx_mps), f(b.vy_mps), f(b.confidence), f(b.predicted);
  f(t.position_variance), f(t.covariance), f(t.velocity_variance), f(t.seen), f(t.missed), f(t.confirmed);
  for (auto& votes : t.class_votes) f(votes);
}

// Ids as in logs of our runs: odd, so that they are nobody's track.
Box box_of(const vehicles::State& state, const sim::ObservedObject& object) {
  const auto row = static_cast<std::size_t>(object.id.row());
  const vehicles::VehicleType& type = state.catalogue[state.world.entities.type[row]];
  double sine, cosine;
  sim::sincos(object.yaw_rad, sine, cosine);
  Box box;
  box.id = replay::number_of(object.id) << 1 | 1u;
  box.object_class = replay::class_of_category(vehicles::to_string(type.category));
  box.x = object.x, box.y = object.y, box.z = state.world.entities.z[row] + type.height_m / 2;
  box.yaw_rad = object.yaw_rad;
  box.length_m = object.length_m, box.width_m = object.width_m, box.height_m = type.height_m;
  box.vx_mps = object.speed_mps * cosine, box.vy_mps = object.speed_mps * sine;
  box.has_velocity = true;
  return box;
}

replay::SensorFrame frame_of(const vehicles::State& state, sim::Row ego,
                             const std::vector<sim::ObservedObject>& objects) {
  const sim::Entities& e = state.world.entities;
  replay::SensorFrame frame;
  frame.time_ns = state.world.time_ns();
  frame.ego = {{e.x[ego], e.y[ego], e.z[ego]}, replay::rotation_of(e.yaw_rad[ego], e.pitch_rad[ego], e.roll_rad[ego])};
  double sine, cosine;
  sim::sincos(e.yaw_rad[ego], sine, cosine);
  sim::ObservedObject own{state.world.ids.id_of(ego),
                          e.x[ego] + e.center_x_m[ego] * cosine,
                          e.y[ego] + e.center_x_m[ego] * sine,
                          e.yaw_rad[ego],
                          e.speed_mps[ego],
                          e.length_m[ego],
                          e.width_m[ego]};
  frame.ego_box = box_of(state, own);
  frame.has_truth = true;
  for (const sim::ObservedObject& object : objects) frame.truth.push_back(box_of(state, object));
  return frame;
}

sim::Result<void> usable_in_run(const replay::StubSetup& setup) {
  if (!replay::needs_truth(setup.kind))
    return sim::fail("the perception stub " + std::string(replay::to_string(setup.kind)) +
                         " needs the points or the detections of a log",
                     {}, 0, {},
                     "in a run: ideal, lidar, radar, camera, or a YAML file of stub: phenomenological or fitted");
  if (setup.latency_ms + setup.latency_jitter_ms > 1e3)
    return sim::fail("the perception stub is later than 1 s, the most that a run allows");
  return {};
}

}  // namespace

sim::ObservedObject object_of(const Box& box) {
  double sine, cosine;
  sim::sincos(box.yaw_rad, sine, cosine);
  const std::uint64_t truth = box.id >> 1;
  const sim::Id id = (box.id & 1u) != 0 && truth >> 32 != 0
                         ? sim::Id{static_cast<std::uint32_t>(truth), static_cast<std::uint32_t>(truth >> 32)}
                         : sim::Id{static_cast<std::uint32_t>(box.id), 1};
  return {id, box.x, box.y, box.yaw_rad, box.vx_mps * cosine + box.vy_mps * sine, box.length_m, box.width_m};
}

struct Perception::Impl {
  std::vector<std::pair<sim::Row, replay::StubSetup>> setups;  // ascending rows
  std::uint64_t seed = 0;
  std::unique_ptr<replay::RayScene> own_scene;
  const replay::RayScene* scene = nullptr;  // its own or another's
  std::size_t results = 0;                  // on their way at the same time, at most

  // memory: next track id, started, time of the tracks, how many, time of the last result, results so far; tracks;
  // results, used in turn: when + 1 ns (0: none), how many, objects.
  void load(std::span<const double> memory, replay::TrackerState& tracker) const {
    tracker.next_id = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(memory[0]));
    tracker.started = memory[1] != 0;
    tracker.time_ns = static_cast<std::int64_t>(memory[2]);
    tracker.tracks.resize(static_cast<std::size_t>(memory[3]));
    In in{memory.data() + kHead};
    for (replay::Track& track : tracker.tracks) {
      each_number(in, track);
      track.box.has_velocity = true;
    }
  }

  void keep(std::span<double> memory, replay::TrackerState& tracker) const {
    tracker.tracks.resize(std::min(tracker.tracks.size(), kMost));
    memory[0] = static_cast<double>(tracker.next_id);
    memory[1] = tracker.started;
    memory[2] = static_cast<double>(tracker.time_ns);
    memory[3] = static_cast<double>(tracker.tracks.size());
    Out out{memory.data() + kHead};
    for (const replay::Track& track : tracker.tracks) each_number(out, track);
  }

  const replay::StubSetup& setup_of(sim::Row ego) const {
    return std::lower_bound(setups.begin(), setups.end(), ego,
                            [](const auto& setup, sim::Row row) { return setup.first < row; })
        ->second;
  }

  std::span<double> result(std::span<double> memory, std::size_t i) const {
    return memory.subspan(kHead + kMost * kTrackNumbers + i * kResultNumbers, kResultNumbers);
  }

  void send(std::span<double> memory, std::int64_t due_ns, const replay::Boxes& found) const {
    const std::span<double> to = result(memory, static_cast<std::size_t>(memory[5]) % results);
    ++memory[5];
    memory[4] = static_cast<double>(due_ns);
    to[0] = static_cast<double>(due_ns + 1);
    to[1] = static_cast<double>(std::min(found.size(), kMost));
    Out out{to.data() + kResultHead};
    for (std::size_t i = 0; i < std::min(found.size(), kMost); ++i) {
      const sim::ObservedObject o = object_of(found[i]);
      out(o.id.index), out(o.id.generation), out(o.x), out(o.y), out(o.yaw_rad), out(o.speed_mps);
      out(o.length_m), out(o.width_m);
    }
  }

  // The newest result that is there by now.
  void receive(std::span<double> memory, std::int64_t now_ns, std::vector<sim::ObservedObject>& objects) const {
    objects.clear();
    const auto sent = static_cast<std::size_t>(memory[5]);
    for (std::size_t age = 1; age <= std::min(sent, results); ++age) {
      const std::span<double> from = result(memory, (sent - age) % results);
      if (from[0] == 0 || from[0] > static_cast<double>(now_ns + 1)) continue;
      In in{from.data() + kResultHead};
      for (auto count = static_cast<std::size_t>(from[1]); count > 0; --count) {
        sim::ObservedObject& o = objects.emplace_back();
        in(o.id.index), in(o.id.generation), in(o.x), in(o.y), in(o.yaw_rad), in(o.speed_mps);
        in(o.length_m), in(o.width_m);
      }
      break;
    }
    std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  }
};

Perception::Perception(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Perception::Perception(Perception&&) noexcept = default;
Perception::~Perception() = default;

sim::Result<Perception> Perception::make(const std::string& yaml, std::int64_t period_ns, std::uint64_t seed,
                                         std::span<const Ego> egos, const maps::Map* map, const Perception* like) {
  const auto stubs = replay::parse_stubs(yaml, "perception");
  if (!stubs) return tl::unexpected(stubs.error());
  auto impl = std::make_unique<Impl>();
  double late_ns = 0;
  bool imagines = false;
  for (const Ego& ego : egos) {
    auto setup = stubs->of(ego.name);
    if (!setup) return tl::unexpected(setup.error());
    if (auto usable = usable_in_run(*setup); !usable) return tl::unexpected(usable.error());
    late_ns = std::max(late_ns, (setup->latency_ms + setup->latency_jitter_ms) * 1e6);
    imagines |= replay::imagines(setup->kind);
    impl->setups.emplace_back(ego.row, std::move(*setup));
  }
  std::sort(impl->setups.begin(), impl->setups.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  impl->results = static_cast<std::size_t>(std::ceil(late_ns / static_cast<double>(period_ns))) + 1;
  if (map != nullptr && imagines) {
    impl->scene = like != nullptr ? like->impl_->scene : nullptr;
    if (impl->scene == nullptr) impl->own_scene = std::make_unique<replay::RayScene>(replay::mesh_of(*map));
    if (impl->own_scene) impl->scene = impl->own_scene.get();
  }
  impl->seed = seed;
  return Perception(std::move(impl));
}

std::size_t Perception::room() const { return kHead + kMost * kTrackNumbers + impl_->results * kResultNumbers; }

void Perception::see(const vehicles::State& state, sim::Row ego, std::span<double> memory,
                     std::vector<sim::ObservedObject>& objects) const {
  const std::uint64_t seed = impl_->seed + static_cast<std::uint64_t>(ego) * 0x9e3779b97f4a7c15u;  // its own luck
  replay::SensorFrame frame = frame_of(state, ego, objects);
  frame.scene = impl_->scene;
  replay::TrackerState tracker;
  impl_->load(memory, tracker);
  replay::LidarClusterScratch none;
  const replay::StubSetup& setup = impl_->setup_of(ego);
  const replay::Boxes found = replay::follow(replay::perceive(frame, setup, seed, none), frame.time_ns, setup, tracker);
  const std::int64_t last =
      memory[5] > 0 ? static_cast<std::int64_t>(memory[4]) : std::numeric_limits<std::int64_t>::min();
  const std::int64_t due = replay::output_time_ns(frame, setup, seed, last);
  impl_->keep(memory, tracker);
  impl_->send(memory, due, found);
  impl_->receive(memory, frame.time_ns, objects);
}

}  // namespace bitgoeul::scenarios
