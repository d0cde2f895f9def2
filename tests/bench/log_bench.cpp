// Logs: what reading a zstd log costs beside zstd alone, and what recording a city costs beside its steps.
// `of_zstd_alone`: bytes per second of Reader::each_message, all CRCs checked, over those of decompressing the same
// chunks with nothing else, both in one run, in turns. `share_of_step`: CPU of the stepping thread in the recorder over
// all it spends; `bytes_per_vehicle_frame`: of the whole file.
#include <benchmark/benchmark.h>

#include <cstring>
#include <ctime>
#include <filesystem>

#include "maps/load_map.h"
#include "replay/file.h"
#include "replay/mcap/compression.h"
#include "replay/mcap/reader.h"
#include "replay/run_log.h"
#include "scenarios/simulation.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;
namespace mcap = replay::mcap;

namespace {

double cpu_s(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

std::filesystem::path log_file(const char* name) {
  return std::filesystem::temp_directory_path() / (std::string("bitgoeul_bench_") + name + ".mcap");
}

struct Recorded {
  double stepping_s = 0, recording_s = 0;
  std::int64_t vehicle_frames = 0;
};

Recorded record(scenarios::Simulation& simulation, const std::filesystem::path& file, std::int64_t steps) {
  replay::RunHeader header;
  header.dt_ns = simulation.setup().dt_ns;
  auto recorder = replay::Recorder::open(file, header);
  Recorded out;
  std::vector<replay::RecordedCommand> commands;
  const auto clock = [] { return cpu_s(CLOCK_THREAD_CPUTIME_ID); };
  for (std::int64_t i = 0; i < steps && recorder; ++i) {
    const double start = clock();
    simulation.step();
    const sim::Hash128 hash = simulation.state_hash();
    const auto step = simulation.steps();
    const auto snapshot = step % 10 == 0 ? simulation.snapshot() : nullptr;
    commands.clear();
    for (const auto& applied : simulation.commands()) commands.push_back({applied.entity, applied.command});
    const double stepped = clock();
    (void)recorder->state(step, step * header.dt_ns, simulation.state());
    (void)recorder->step(step, step * header.dt_ns, hash, commands, simulation.events());
    if (snapshot) (void)recorder->frame(*snapshot);
    out.recording_s += clock() - stepped;
    out.stepping_s += stepped - start;
    if (!snapshot) continue;
    for (const auto alive : snapshot->entities.alive) out.vehicle_frames += alive;
  }
  if (recorder) (void)recorder->close();
  return out;
}

// Background vehicles; 200 egos on Gwangju.
void recording_a_city(benchmark::State& state) {
  sim::Issues issues;
  auto map = maps::load_map("gwangju", issues);
  if (!map) return state.SkipWithError(map.error().what.c_str());
  scenarios::SimulationSetup setup;
  setup.map = *map;
  setup.catalogue = vehicles::builtin_catalogue();
  setup.traffic.count = static_cast<int>(state.range(0));
  scenes::add_egos(setup, 200, 15000);
  auto made = scenarios::Simulation::make(std::move(setup));
  if (!made) return state.SkipWithError(made.error().what.c_str());
  const auto file = log_file("city");
  Recorded all;
  double bytes = 0;
  for (auto _ : state) {
    const Recorded one = record(**made, file, 2000);
    all.stepping_s += one.stepping_s;
    all.recording_s += one.recording_s;
    all.vehicle_frames += one.vehicle_frames;
    bytes += static_cast<double>(std::filesystem::file_size(file));
  }
  state.counters["share_of_step"] = all.recording_s / (all.stepping_s + all.recording_s);
  state.counters["bytes_per_vehicle_frame"] = bytes / static_cast<double>(all.vehicle_frames);
  std::filesystem::remove(file);
}

// Decompresses the chunks of a file that is in memory, as the reader finds them.
std::uint64_t decompress_all(const std::string& bytes, const mcap::Reader& reader, std::string& payload) {
  mcap::Decompressor decompressor;
  std::uint64_t size = 0;
  for (const mcap::ChunkIndex& chunk : reader.info().chunks) {
    // opcode and length 9, times 16, size 8, CRC 4, compression 4 + n, length of the records 8
    const std::size_t head = chunk.chunk_start_offset + 9 + 28 + 4 + chunk.compression.size() + 8;
    payload.resize(chunk.uncompressed_size);
    const auto stored = std::string_view(bytes).substr(head, chunk.compressed_size);
    if (!decompressor.decompress(chunk.compression, stored, payload.data(), payload.size())) return 0;
    size += chunk.uncompressed_size;
  }
  return size;
}

void read_log(benchmark::State& state, const std::filesystem::path& file) {
  mcap::ReaderOptions options;
  options.require_crc = true;
  const auto reader = mcap::Reader::open(file, options);
  if (!reader) return state.SkipWithError(reader.error().what.c_str());
  std::string bytes(std::filesystem::file_size(file), '\0'), payload;
  if (const auto in = replay::InFile::open(file); !in || !in->read_at(0, bytes.data(), bytes.size()))
    return state.SkipWithError("cannot read the log");
  double alone_s = 0, reading_s = 0;
  std::uint64_t size = 0, messages = 0;
  for (auto _ : state) {
    const double start = cpu_s(CLOCK_THREAD_CPUTIME_ID);
    size += decompress_all(bytes, *reader, payload);
    const double middle = cpu_s(CLOCK_THREAD_CPUTIME_ID);
    const auto read = reader->each_message([&](const mcap::MessageView& view) {
      messages += view.message.data.size() > 0;
      return true;
    });
    if (!read) return state.SkipWithError(read.error().what.c_str());
    reading_s += cpu_s(CLOCK_THREAD_CPUTIME_ID) - middle;
    alone_s += middle - start;
  }
  if (messages == 0 || size == 0) return state.SkipWithError("the log has no messages");
  state.counters["of_zstd_alone"] = alone_s / reading_s;
  state.counters["GB_per_s"] = static_cast<double>(size) * 1e-9 / reading_s;
}

// Our own log of a small city.
void read_run(benchmark::State& state) {
  auto made = scenarios::Simulation::make(scenes::small_city(8, 700, 100));
  if (!made) return state.SkipWithError(made.error().what.c_str());
  const auto file = log_file("small");
  record(**made, file, 6000);
  read_log(state, file);
  std::filesystem::remove(file);
}

}  // namespace

BENCHMARK(recording_a_city)->Arg(2000)->Arg(20000)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(read_run)->Unit(benchmark::kMillisecond);
