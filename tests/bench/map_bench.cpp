// Maps: import and freeze, compiled load, route query, nearest lane, check, picture. Town04 from ../shared (or
// BITGOEUL_SHARED), gwangju from assets. `bench --benchmark_filter=Map`
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "maps/compiled_map.h"
#include "maps/lane_index.h"
#include "maps/load_map.h"
#include "maps/map_check.h"
#include "maps/map_picture.h"
#include "maps/opendrive/write.h"
#include "maps/place.h"
#include "maps/routing.h"
#include "sim/random.h"
#include "tests/support/folders.h"

namespace {

using namespace bitgoeul;
namespace fs = std::filesystem;

std::string source_of(int which) {
  if (which == 1) return "gwangju";
  const char* shared = std::getenv("BITGOEUL_SHARED");
  const fs::path root = shared ? fs::path(shared) : fs::path(bitgoeul::tests::source_dir()) / ".." / "shared";
  return (root / "data/xodr/carla/Town04_carla_admap.xodr").string();
}

std::shared_ptr<const maps::Map> load(int which, bool use_cache) {
  sim::Issues issues;
  auto map = maps::load_map(source_of(which), issues, {.use_cache = use_cache, .cache_dir = {}});
  return map ? *map : nullptr;
}

// One map at a time is kept, so that a filter runs without loading all.
std::shared_ptr<const maps::Map> kept(benchmark::State& state) {
  static std::shared_ptr<const maps::Map> map;
  static int loaded = -1;
  const int which = static_cast<int>(state.range(0));
  if (loaded != which) map = load(which, true), loaded = which;
  if (!map) {
    state.SkipWithError("map not found");
    return nullptr;
  }
  state.SetLabel(map->name + ", " + std::to_string(map->lanes.size()) + " lanes");
  return map;
}

std::vector<maps::Row> reachable_lanes(const maps::Map& map) {
  std::vector<maps::Row> rows;
  for (maps::Row row = 0; row < static_cast<maps::Row>(map.lanes.size()); ++row)
    if (const maps::Lane& lane = map.lanes[static_cast<std::size_t>(row)]; maps::drivable(lane.type) && lane.reachable)
      rows.push_back(row);
  return rows;
}

void count_size(benchmark::State& state, const maps::Map& map) {
  double metres = 0;
  for (const maps::Lane& lane : map.lanes)
    if (maps::drivable(lane.type)) metres += lane.length;
  std::size_t bytes = map.text.size();
  map.arrays([&](const char*, const auto& rows) { bytes += rows.size() * sizeof(rows[0]); });
  state.counters["roads"] = static_cast<double>(map.roads.size());
  state.counters["lane_km"] = metres / 1000;
  state.counters["kB_per_lane_km"] = static_cast<double>(bytes) / metres;
}

void MapImport(benchmark::State& state) {
  std::shared_ptr<const maps::Map> map;
  for (auto _ : state) {
    map = load(static_cast<int>(state.range(0)), false);
    if (!map) return state.SkipWithError("map not found");
  }
  count_size(state, *map);
}
BENCHMARK(MapImport)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void MapCompiledLoad(benchmark::State& state) {
  const auto map = kept(state);
  if (!map) return;
  const fs::path file = fs::temp_directory_path() / "bitgoeul_map_bench.map";
  if (!maps::write_compiled(*map, file)) return state.SkipWithError("cannot write");
  for (auto _ : state) benchmark::DoNotOptimize(maps::read_compiled(file));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(fs::file_size(file)));
  fs::remove(file);
}
BENCHMARK(MapCompiledLoad)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

// What `map info` and a run wait for: the file is found in the cache, mapped, and every byte checked.
void MapCachedLoad(benchmark::State& state) {
  const int which = static_cast<int>(state.range(0));
  if (!kept(state)) return;
  for (auto _ : state) benchmark::DoNotOptimize(load(which, true));
}
BENCHMARK(MapCachedLoad)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

double percentile(std::vector<double>& times, double share) {
  if (times.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), times.begin() + at, times.end());
  return times[static_cast<std::size_t>(at)];
}

// Lane to lane over the whole map, both ends drawn at random.
void MapRoute(benchmark::State& state) {
  const auto map = kept(state);
  if (!map) return;
  const auto rows = reachable_lanes(*map);
  if (rows.empty()) return state.SkipWithError("no reachable lane");
  maps::Router router(*map);
  // The first search grows the scratch; it is not what is measured.
  const auto begin = std::chrono::steady_clock::now();
  (void)router.find({.from_lane = rows[0], .to_lane = rows[0], .to_s = 0.1, .shortest = state.range(1) != 0});
  state.counters["first_ms"] =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  std::uint32_t i = 0;
  double metres = 0;
  std::vector<double> times;
  for (auto _ : state) {
    maps::RouteRequest request;
    const auto n = static_cast<std::uint32_t>(rows.size());
    request.from_lane = rows[sim::uniform_index(1, i, 0, sim::Stream::kTest, n)];
    request.to_lane = rows[sim::uniform_index(2, i, 0, sim::Stream::kTest, n)];
    request.shortest = state.range(1) != 0;
    ++i;
    const auto start = std::chrono::steady_clock::now();
    const auto route = router.find(request);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    if (route) metres += route->length_m;
  }
  state.counters["mean_km"] = metres / 1000 / static_cast<double>(state.iterations());
  state.counters["p50_ms"] = percentile(times, 0.5);
  state.counters["p99_ms"] = percentile(times, 0.99);
  state.counters["max_ms"] = percentile(times, 1.0);
}
BENCHMARK(MapRoute)->Args({0, 0})->Args({1, 0})->Args({1, 1})->Iterations(3000)->Unit(benchmark::kMicrosecond);

void MapRouterMake(benchmark::State& state) {
  const auto map = kept(state);
  if (!map) return;
  for (auto _ : state) benchmark::DoNotOptimize(maps::Router(*map));
}
BENCHMARK(MapRouterMake)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

const maps::LanePoint& some_point(const maps::Map& map, std::uint32_t draw) {
  return map.points[sim::uniform_index(3, draw, 0, sim::Stream::kTest, static_cast<std::uint32_t>(map.points.size()))];
}

void MapNearestLane(benchmark::State& state) {
  const auto map = kept(state);
  if (!map) return;
  std::uint32_t i = 0;
  for (auto _ : state) {
    const auto& p = some_point(*map, i++);
    benchmark::DoNotOptimize(maps::nearest_lane(*map, p.x + 1.0, p.y - 1.0));
  }
}
BENCHMARK(MapNearestLane)->Arg(0)->Arg(1);

// The whole answer to "what is here": lane, road, pose.
void MapPlace(benchmark::State& state) {
  const auto map = kept(state);
  if (!map) return;
  std::uint32_t i = 0;
  for (auto _ : state) {
    const auto& p = some_point(*map, i++);
    benchmark::DoNotOptimize(maps::place_near(*map, p.x + 1.0, p.y - 1.0));
  }
}
BENCHMARK(MapPlace)->Arg(0)->Arg(1);

void MapExport(benchmark::State& state) {
  const auto map = kept(state);
  if (!map) return;
  const fs::path file = fs::temp_directory_path() / "bitgoeul_map_bench.xodr";
  for (auto _ : state) {
    sim::Issues issues;
    if (!maps::opendrive::write_file(*map, file, issues)) return state.SkipWithError("cannot write");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(fs::file_size(file)));
  fs::remove(file);
}
BENCHMARK(MapExport)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void MapCheck(benchmark::State& state) {
  const auto map = kept(state);
  if (!map) return;
  for (auto _ : state) benchmark::DoNotOptimize(maps::check_map(*map));
}
BENCHMARK(MapCheck)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void MapPicture(benchmark::State& state) {
  const auto map = kept(state);
  if (!map) return;
  maps::GeoBox drawn;
  for (auto _ : state) benchmark::DoNotOptimize(maps::draw_map_png(*map, {}, drawn));
}
BENCHMARK(MapPicture)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
