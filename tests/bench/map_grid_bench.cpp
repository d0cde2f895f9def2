// Generated OpenDRIVE grids of 56 to 13,512 roads: from XML to a Map, and from the compiled file; street networks of
// 220 to 20,200 streets: lanes, junctions and signals made of them. Linear in the number of roads and streets. `bench
// --benchmark_filter='MapGrid|MapStreets'`
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>

#include "maps/compiled_map.h"
#include "maps/opendrive/opendrive.h"
#include "maps/road_network/lane_builder.h"
#include "tests/bench/opendrive_grid.h"

namespace {

using namespace bitgoeul;
namespace fs = std::filesystem;

// From XML text to a frozen Map, by junctions per side.
void MapGridImport(benchmark::State& state) {
  const std::string text = bench::opendrive_grid(static_cast<int>(state.range(0)));
  std::shared_ptr<const maps::Map> map;
  for (auto _ : state) {
    sim::Issues issues;
    auto builder = maps::opendrive::read_text(text, "grid.xodr", issues);
    auto made = builder ? maps::freeze(std::move(*builder), issues) : tl::unexpected(builder.error());
    if (!made) return state.SkipWithError(made.error().what.c_str());
    map = *made;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
  state.SetComplexityN(static_cast<benchmark::IterationCount>(map->roads.size()));
}
BENCHMARK(MapGridImport)
    ->Arg(3)
    ->Arg(10)
    ->Arg(20)
    ->Arg(26)
    ->Arg(32)
    ->Unit(benchmark::kMillisecond)
    ->Complexity(benchmark::oN);

void MapGridCompiledLoad(benchmark::State& state) {
  sim::Issues issues;
  auto builder = maps::opendrive::read_text(bench::opendrive_grid(static_cast<int>(state.range(0))), "grid", issues);
  if (!builder) return state.SkipWithError("grid not read");
  const auto map = maps::freeze(std::move(*builder), issues);
  const fs::path file = fs::temp_directory_path() / "bitgoeul_grid_bench.map";
  if (!map || !maps::write_compiled(**map, file)) return state.SkipWithError("cannot write");
  for (auto _ : state) benchmark::DoNotOptimize(maps::read_compiled(file));
  state.SetComplexityN(static_cast<benchmark::IterationCount>((*map)->roads.size()));
  fs::remove(file);
}
BENCHMARK(MapGridCompiledLoad)->Arg(10)->Arg(20)->Arg(32)->Unit(benchmark::kMillisecond);

// Blocks of 150 m; each fifth street is an arterial.
maps::RoadNetwork street_grid(int n) {
  maps::RoadNetwork network;
  network.name = network.source = "grid";
  const auto add = [&](int x0, int y0, int x1, int y1, int line) {
    maps::Street street;
    street.id = std::to_string(network.streets.size());
    street.road_class = line % 5 == 0 ? maps::RoadClass::kPrimary : maps::RoadClass::kTertiary;
    street.lanes_forward = street.lanes_backward = line % 5 == 0 ? 3 : 1;
    street.divided = line % 5 == 0;
    street.line = {{150.0 * x0, 150.0 * y0}, {150.0 * x1, 150.0 * y1}};
    network.streets.push_back(street);
  };
  for (int y = 0; y < n; ++y)
    for (int x = 0; x < n; ++x) {
      if (x + 1 < n) add(x, y, x + 1, y, y);
      if (y + 1 < n) add(x, y, x, y + 1, x);
    }
  return network;
}

// From a network of streets to a frozen Map, by junctions per side.
void MapStreets(benchmark::State& state) {
  const maps::RoadNetwork network = street_grid(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    sim::Issues issues;
    auto builder = maps::build_lanes(network, issues);
    auto made = builder ? maps::freeze(std::move(*builder), issues) : tl::unexpected(builder.error());
    if (!made) return state.SkipWithError(made.error().what.c_str());
  }
  state.SetComplexityN(static_cast<benchmark::IterationCount>(network.streets.size()));
}
BENCHMARK(MapStreets)->Arg(11)->Arg(33)->Arg(55)->Arg(101)->Unit(benchmark::kMillisecond)->Complexity(benchmark::oN);

}  // namespace
