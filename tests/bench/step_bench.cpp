// What a step costs: nanoseconds per vehicle-step for egos and for background traffic, and what two threads gain.
// Scenes of tests/scenes, and Gwangju when its map is cached. The counter `x_real_time` is simulated over wall time.
#include <benchmark/benchmark.h>

#include <ctime>

#include "maps/load_map.h"
#include "scenarios/simulation.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;

namespace {

void run(benchmark::State& state, scenarios::SimulationSetup setup, int threads) {
  setup.threads = threads;
  auto made = scenarios::Simulation::make(std::move(setup));
  if (!made) return state.SkipWithError(made.error().what.c_str());
  scenarios::Simulation& simulation = **made;
  for (int i = 0; i < 1000; ++i) simulation.step();
  const auto before = simulation.totals().traffic_steps;
  const auto first = simulation.steps();
  for (auto _ : state) {
    simulation.step();
    benchmark::DoNotOptimize(simulation.state_hash());
  }
  const auto steps = static_cast<double>(simulation.steps() - first);
  const double vehicle_steps = static_cast<double>(simulation.totals().traffic_steps - before) +
                               steps * static_cast<double>(simulation.setup().entities.size());
  state.counters["per_vehicle_step"] =
      benchmark::Counter(vehicle_steps, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["x_real_time"] = benchmark::Counter(steps * 0.01, benchmark::Counter::kIsRate);
}

void small_city_egos(benchmark::State& state) { run(state, scenes::small_city(8, 0, 100), 1); }
void small_city_traffic(benchmark::State& state) { run(state, scenes::small_city(8, 700, 0), 1); }

void gwangju(benchmark::State& state) {
  sim::Issues issues;
  auto map = maps::load_map("gwangju", issues);
  if (!map) return state.SkipWithError(map.error().what.c_str());
  scenarios::SimulationSetup setup;
  setup.map = *map;
  setup.catalogue = vehicles::builtin_catalogue();
  setup.traffic.count = static_cast<int>(state.range(1));
  scenes::add_egos(setup, 200, 15000);
  run(state, std::move(setup), static_cast<int>(state.range(0)));
}

// Background traffic alone on Gwangju: vehicles, threads, step in ms. A vehicle is updated once in a tick of 100 ms.
void traffic_alone(benchmark::State& state) {
  sim::Issues issues;
  auto map = maps::load_map("gwangju", issues);
  if (!map) return state.SkipWithError(map.error().what.c_str());
  scenarios::SimulationSetup setup;
  setup.map = *map;
  setup.catalogue = vehicles::builtin_catalogue();
  setup.traffic.count = static_cast<int>(state.range(0));
  setup.threads = static_cast<int>(state.range(1));
  setup.dt_ns = state.range(2) * 1'000'000;
  const std::int64_t tick = std::max<std::int64_t>(1, 100 / state.range(2));
  auto made = scenarios::Simulation::make(std::move(setup));
  if (!made) return state.SkipWithError(made.error().what.c_str());
  scenarios::Simulation& simulation = **made;
  for (int i = 0; i < 200 * tick; ++i) simulation.step();
  const auto before = simulation.totals().traffic_steps;
  const auto first = simulation.steps();
  timespec start{}, end{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  for (auto _ : state)
    for (int i = 0; i < tick; ++i) {
      simulation.step();
      benchmark::DoNotOptimize(simulation.state_hash());
    }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  const double cpu_s =
      static_cast<double>(end.tv_sec - start.tv_sec) + 1e-9 * static_cast<double>(end.tv_nsec - start.tv_nsec);
  const double updates = static_cast<double>(simulation.totals().traffic_steps - before) / static_cast<double>(tick);
  state.counters["updates_per_core_second"] = updates / cpu_s;
  state.counters["ns_per_update"] = cpu_s * 1e9 / updates;
  state.counters["vehicles"] = updates * static_cast<double>(tick) / static_cast<double>(simulation.steps() - first);
}

}  // namespace

BENCHMARK(small_city_egos)->Unit(benchmark::kMicrosecond);
BENCHMARK(small_city_traffic)->Unit(benchmark::kMicrosecond);
// Vehicles, threads, ms a step: against SUMO see traffic_against_sumo.py; growth with the number; two threads.
BENCHMARK(traffic_alone)
    ->Args({2000, 1, 100})
    ->Args({20000, 1, 100})
    ->Args({50000, 1, 100})
    ->Args({20000, 2, 100})
    ->Args({20000, 1, 10})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
// Threads, background vehicles.
BENCHMARK(gwangju)
    ->Args({1, 2000})
    ->Args({2, 2000})
    ->Args({1, 20000})
    ->Args({2, 20000})
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMicrosecond);
