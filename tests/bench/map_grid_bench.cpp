// Generated OpenDRIVE grids of 56 to 13,512 roads: from XML to a Map, and from the compiled file. Linear in the number
// of roads. `bench --benchmark_filter=MapGrid`
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>

#include "maps/compiled_map.h"
#include "maps/opendrive/opendrive.h"
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

}  // namespace
