// What recording costs and how large it is, for the numbers in replay/README.md. Prints; also a test of the aims, so
// not part of the plain suite: test_replay --test-case="recording cost*" --no-skip
#include <doctest/doctest.h>

#include <ctime>
#include <set>

#include "replay/run_log.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using replay_test::Scene;

namespace {

double cpu_s(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

struct Cost {
  double stepping_s = 0, all_s = 0;  // CPU time of the calling thread, and of all threads
};

// What a driver's restless foot and hand add to smooth curves: every row's own noise in each frame.
void disturb(sim::Snapshot& s) {
  for (std::size_t row = 0; row < s.generation.size(); ++row) {
    const std::uint64_t id = static_cast<std::uint64_t>(s.step) * 100'000 + row * 8;
    const auto noise = [id](int i) { return 2 * replay_test::unit(id + static_cast<std::uint64_t>(i)) - 1; };
    s.entities.x[row] += 0.01 * noise(0);
    s.entities.y[row] += 0.01 * noise(1);
    s.entities.yaw_rad[row] += 0.002 * noise(2);
    s.entities.speed_mps[row] += 0.05 * noise(3);
    s.entities.acceleration_mps2[row] += 0.5 * noise(4);
    s.entities.yaw_rate_radps[row] += 0.02 * noise(5);
  }
}

template <class F>
void measure(Cost& cost, F&& f) {
  const double thread = cpu_s(CLOCK_THREAD_CPUTIME_ID), process = cpu_s(CLOCK_PROCESS_CPUTIME_ID);
  f();
  cost.stepping_s += cpu_s(CLOCK_THREAD_CPUTIME_ID) - thread;
  cost.all_s += cpu_s(CLOCK_PROCESS_CPUTIME_ID) - process;
}

}  // namespace

namespace {

void measure_recording(bool disturbed) {
  const replay_test::TemporaryFolder folder;
  Scene scene{.rows = 2200, .signal_groups = 1500, .changes = true};
  constexpr std::int64_t kSteps = 6000;  // a minute
  // The frames are made beforehand in pieces, so that only recording is measured.
  auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
  REQUIRE(recorder);
  Cost cost;
  std::int64_t vehicle_frames = 0;
  for (std::int64_t from = 0; from < kSteps; from += 100) {
    std::vector<std::shared_ptr<const sim::Snapshot>> frames;
    std::vector<std::vector<replay::RecordedCommand>> commands;
    for (std::int64_t step = from + 1; step <= from + 100; ++step) {
      commands.push_back(Scene::commands(step, 200));
      if (step % 10 != 0) continue;
      sim::Snapshot frame = scene.at(step);
      if (disturbed) disturb(frame);
      frames.push_back(std::make_shared<const sim::Snapshot>(std::move(frame)));
    }
    for (const auto& frame : frames)
      for (const auto alive : frame->entities.alive) vehicle_frames += alive;
    measure(cost, [&] {
      for (std::int64_t i = 0; i < 100; ++i) {
        const std::int64_t step = from + 1 + i;
        const auto at = static_cast<std::size_t>(i);
        REQUIRE(recorder->step(step, step * replay_test::kDtNs, Scene::hash(step), commands[at], Scene::events(step)));
        if (step % 10 == 0) REQUIRE(recorder->frame(frames[at / 10]));
      }
      REQUIRE(recorder->flush());
    });
  }
  measure(cost, [&] { REQUIRE(recorder->close()); });
  const auto size = static_cast<double>(std::filesystem::file_size(folder / "run.mcap"));
  const double simulated_s = static_cast<double>(kSteps) * 0.01;
  const double per_vehicle_frame = size / static_cast<double>(vehicle_frames);
  const double share = 10 * cost.all_s / simulated_s;  // of a core, at ten times real time
  MESSAGE(std::string(disturbed ? "restless motion" : "smooth motion"));
  MESSAGE("bytes per vehicle-frame, whole file: " << per_vehicle_frame);
  MESSAGE("share of a core at 10 x real time: stepping thread " << 1000 * cost.stepping_s / simulated_s
                                                                << " %, all threads " << 100 * share << " %");
  CHECK(per_vehicle_frame <= 16);
  CHECK(10 * cost.stepping_s / simulated_s < 0.05);

  const auto log = replay::RunLog::open(folder / "run.mcap");
  REQUIRE(log);
  Cost reading;
  std::int64_t steps = 0, read_frames = 0;
  measure(reading, [&] { REQUIRE(log->each_step([&](const replay::StepRecord&) { return ++steps > 0; })); });
  MESSAGE("reading all steps: " << reading.all_s / simulated_s * 600 << " s CPU per 10 simulated minutes");
  reading = {};
  measure(reading, [&] { REQUIRE(log->each_frame([&](const sim::Snapshot&) { return ++read_frames > 0; })); });
  MESSAGE("reading all frames: " << reading.all_s / static_cast<double>(vehicle_frames) * 1e9
                                 << " ns per vehicle-frame");
  CHECK(steps == kSteps);
  CHECK(read_frames == kSteps / 10);
}

}  // namespace

TEST_CASE("recording cost: 2,200 vehicles at 10 Hz, hashes at 100 Hz, 200 commands at 20 Hz" * doctest::skip()) {
  SUBCASE("smooth motion") { measure_recording(false); }
  SUBCASE("restless motion") { measure_recording(true); }
}
