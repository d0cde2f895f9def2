// The viewer on Gwangju with 200 self-driving and 20,000 other vehicles: how long until the whole city is there, what a
// frame takes in software at 1280 x 720, and what of it is not drawing. Made with `bitgoeul fleet` and `bitgoeul run`.
// `bench --benchmark_filter=viewer`
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

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

// Ten seconds of it, recorded once per build folder; empty: it could not be made.
std::string recorded() {
  const fs::path dir = fs::path(tests::binary_dir()) / "viewer_bench";
  const fs::path log = dir / "run" / "run.mcap";
  if (fs::exists(dir / "run" / "result.json")) return log.string();
  fs::create_directories(dir);
  const std::string program = tests::binary_dir() + "/bin/bitgoeul", file = (dir / "fleet.xosc").string();
  sh(fmt::format("'{}' fleet --map gwangju --vehicles 200 --traffic 20000 --duration 10 -o '{}'", program, file));
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

// View: 0 the whole city from above, 1 a street behind a vehicle.
void viewer_frame(benchmark::State& state) {
  const std::string log = recorded();
  if (log.empty()) return state.SkipWithError("no recorded run");
  viewer::WindowOptions options;
  options.headless = true, options.samples = 0;
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
  if (state.range(0) == 1)
    for (const viewer::Mover& m : s.moment.movers)
      if (m.role == sim::Role::kEgo) {
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
BENCHMARK(viewer_frame)->Arg(0)->Arg(1)->Iterations(120)->Unit(benchmark::kMillisecond);

}  // namespace
