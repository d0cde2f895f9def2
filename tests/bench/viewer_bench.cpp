// The viewer on Gwangju with 200 self-driving and 20,000 other vehicles: how long until the whole city is there, what a
// frame takes in software at 1280 x 720, and what of it is not drawing; and on a grid of roads as a peer was measured.
// Made with `bitgoeul fleet` and `bitgoeul run`.
// `bench --benchmark_filter=viewer`
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/bench/opendrive_grid.h"
#include "tests/support/folders.h"
#include "viewer/app.h"

using namespace bitgoeul;

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

bool sh(const std::string& command) {
  fmt::print(stderr, "{}\n", command);
  return std::system(command.c_str()) == 0;
}

// Ten seconds of a fleet, recorded once per build folder under the name; empty: it could not be made.
std::string recorded(const std::string& name, const std::string& map, int vehicles, int traffic) {
  const fs::path dir = fs::path(tests::binary_dir()) / name;
  const fs::path log = dir / "run" / "run.mcap";
  if (fs::exists(dir / "run" / "result.json")) return log.string();
  fs::create_directories(dir);
  const std::string program = tests::binary_dir() + "/bin/bitgoeul", file = (dir / "fleet.xosc").string();
  sh(fmt::format("'{}' fleet --map '{}' --vehicles {} --traffic {} --duration 10 -o '{}'", program, map, vehicles,
                 traffic, file));
  sh(fmt::format("'{}' run '{}' --quiet --out '{}'", program, file, (dir / "run").string()));
  return fs::exists(log) ? log.string() : std::string();
}

// Kilobytes that this process has in memory.
double resident_kb() {
  std::ifstream in("/proc/self/status");
  for (std::string word; in >> word;)
    if (double kb = 0; word == "VmRSS:" && in >> kb) return kb;
  return 0;
}

double middle(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Plays the log from its second second and measures each frame; behind the first self-driving vehicle, or from above.
void play(benchmark::State& state, const std::string& log, const viewer::WindowOptions& options, bool behind) {
  if (log.empty()) return state.SkipWithError("no recorded run");
  auto window = viewer::Window::make(options);
  if (!window) return state.SkipWithError(window.error().what.c_str());
  viewer::AppOptions how;
  how.paths = {log}, how.wait_for_open = true;
  const Clock::time_point start = Clock::now();
  viewer::App app(how, std::move(*window));
  viewer::State& s = app.state();
  s.playback.time_ns = 2'000'000'000;
  app.still_picture();
  state.counters["open_ms"] = ms_since(start);
  for (const viewer::Mover& m : s.moment.movers)
    if (behind && m.role == sim::Role::kEgo) {
      viewer::look_at(s, m.row);
      break;
    }
  app.still_picture();
  s.playback.playing = true;
  std::vector<double> frame, own;
  for (auto _ : state) {
    app.frame(1.0 / 30);
    if (s.playback.time_ns > 8'000'000'000) s.playback.time_ns = 2'000'000'000;
    frame.push_back(s.frame_ms), own.push_back(s.prepare_ms + app.window().cull_ms());
  }
  state.counters["frame_ms"] = middle(frame);
  state.counters["own_ms"] = middle(own);  // hands, frames, instances, panels, update and cull: all but drawing
  state.counters["movers"] = static_cast<double>(s.moment.movers.size());
  state.counters["MiB"] = resident_kb() / 1024;
}

// View: 0 the whole city from above, 1 a street behind a vehicle.
void viewer_frame(benchmark::State& state) {
  viewer::WindowOptions options;
  options.headless = true, options.samples = 0;
  play(state, recorded("viewer_bench", "gwangju", 200, 20000), options, state.range(0) == 1);
}
BENCHMARK(viewer_frame)->Arg(0)->Arg(1)->Iterations(120)->Unit(benchmark::kMillisecond);

// What is known of a peer's viewer on such a machine: a grid of 1,148 roads, 800 x 450, 1 to 50 boxes: 37 to 50 frames
// a second, 20 to 27 ms each.
void viewer_grid(benchmark::State& state) {
  viewer::WindowOptions options;
  options.headless = true, options.samples = 0, options.width = 800, options.height = 450;
  const fs::path map = fs::path(tests::binary_dir()) / "viewer_bench_grid.xodr";
  if (!fs::exists(map)) std::ofstream(map) << bench::opendrive_grid(10);
  play(state, recorded("viewer_bench_grid", map.string(), 50, 0), options, state.range(0) == 1);
}
BENCHMARK(viewer_grid)->Arg(0)->Arg(1)->Iterations(120)->Unit(benchmark::kMillisecond);

}  // namespace
