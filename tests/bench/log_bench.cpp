// Logs: what reading a zstd log costs beside zstd alone, and what recording a city costs beside its steps.
// `of_zstd_alone`: bytes per second of Reader::each_message, all CRCs checked, over those of decompressing the same
// chunks with nothing else, both in one run, in turns. Recording: `of_steps`: CPU time of the recorder's thread and of
// all calls of the recorder, over that of the steps of the same run (the aim is < 0.05); `added_wall`, `added_cpu`:
// what the loop takes more than the same loop of a second city without recorder, in turns, which on a busy machine is
// mostly noise; `bytes_per_vehicle_frame`: of the whole file.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "maps/load_map.h"
#include "replay/file.h"
#include "replay/mcap/compression.h"
#include "replay/mcap/reader.h"
#include "replay/mcap/writer.h"
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

double wall_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Cost {
  double wall_s = 0, all_s = 0;  // CPU of all threads
  double calls_s = 0;            // CPU of the recorder's calls
};

// CPU time of a thread of this process.
double cpu_of_thread_s(pid_t thread) {
  std::ifstream in("/proc/self/task/" + std::to_string(thread) + "/schedstat");
  double ns = 0;
  in >> ns;
  return 1e-9 * ns;
}

std::set<pid_t> threads_now() {
  std::set<pid_t> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    threads.insert(std::stoi(entry.path().filename().string()));
  return threads;
}

// What a run does in each step, and a snapshot every ten; recorded where there is a recorder.
void drive(scenarios::Simulation& simulation, replay::Recorder* recorder, std::int64_t steps, Cost& cost,
           std::int64_t& vehicle_frames) {
  const std::int64_t dt_ns = simulation.setup().dt_ns;
  std::vector<replay::RecordedCommand> commands;
  const double wall = wall_s(), all = cpu_s(CLOCK_PROCESS_CPUTIME_ID);
  for (std::int64_t i = 0; i < steps; ++i) {
    simulation.step();
    const sim::Hash128 hash = simulation.state_hash();
    const auto step = simulation.steps();
    const auto snapshot = step % 10 == 0 ? simulation.snapshot() : nullptr;
    if (snapshot)
      for (const auto alive : snapshot->entities.alive) vehicle_frames += alive;
    if (recorder == nullptr) continue;
    const double call = cpu_s(CLOCK_THREAD_CPUTIME_ID);
    commands.clear();
    for (const auto& applied : simulation.commands()) commands.push_back({applied.entity, applied.command});
    (void)recorder->state(step, step * dt_ns, simulation.state());
    (void)recorder->step(step, step * dt_ns, hash, commands, simulation.events());
    if (snapshot) (void)recorder->frame(snapshot);
    cost.calls_s += cpu_s(CLOCK_THREAD_CPUTIME_ID) - call;
  }
  cost.wall_s += wall_s() - wall;
  if (recorder) (void)recorder->flush();  // what the loop has left to the recorder's thread is CPU of recording too
  cost.all_s += cpu_s(CLOCK_PROCESS_CPUTIME_ID) - all;
}

sim::Result<std::unique_ptr<scenarios::Simulation>> city(int traffic, int threads) {
  sim::Issues issues;
  auto map = maps::load_map("gwangju", issues);
  if (!map) return tl::unexpected(map.error());
  scenarios::SimulationSetup setup;
  setup.map = *map;
  setup.threads = threads;
  setup.catalogue = vehicles::builtin_catalogue();
  setup.traffic.count = traffic;
  scenes::add_egos(setup, 200, 15000);
  return scenarios::Simulation::make(std::move(setup));
}

// Background vehicles, threads; 200 egos on Gwangju. The same city twice, in turns of ten simulated seconds: one only
// steps, the other is recorded too.
void recording_a_city(benchmark::State& state) {
  constexpr std::int64_t kTurn = 1000, kTurns = 6;
  const auto traffic = static_cast<int>(state.range(0)), threads = static_cast<int>(state.range(1));
  auto plain = city(traffic, threads), recorded = city(traffic, threads);
  if (!plain || !recorded) return state.SkipWithError("the city cannot be made");
  const auto file = log_file("city");
  replay::RunHeader header;
  header.dt_ns = (*plain)->setup().dt_ns;
  const std::set<pid_t> before = threads_now();
  auto recorder = replay::Recorder::open(file, header);
  if (!recorder) return state.SkipWithError(recorder.error().what.c_str());
  pid_t thread = 0;
  for (const pid_t now : threads_now())
    if (!before.contains(now)) thread = now;
  Cost without, with;
  std::int64_t vehicle_frames = 0, unrecorded = 0;
  for (auto _ : state) {
    for (std::int64_t turn = 0; turn < kTurns; ++turn) {
      drive(**plain, nullptr, kTurn, without, unrecorded);
      drive(**recorded, &*recorder, kTurn, with, vehicle_frames);
    }
    const double recording_s = with.calls_s + cpu_of_thread_s(thread);
    state.counters["of_steps"] = recording_s / (with.all_s - recording_s);
    state.counters["of_steps_by_calls"] = with.calls_s / (with.all_s - recording_s);
    if (!recorder->close()) return state.SkipWithError("the log cannot be written");
  }
  if ((*plain)->state_hash() != (*recorded)->state_hash()) return state.SkipWithError("recording has changed the run");
  state.counters["added_wall"] = with.wall_s / without.wall_s - 1;
  state.counters["added_cpu"] = with.all_s / without.all_s - 1;
  state.counters["ms_per_step"] = 1000 * without.wall_s / static_cast<double>(kTurn * kTurns);
  state.counters["bytes_per_vehicle_frame"] =
      static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(vehicle_frames);
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

// The same messages in chunks of zstd level 1, whatever the log at hand is made of.
bool copy_as_zstd(const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto reader = mcap::Reader::open(from);
  auto writer = mcap::Writer::open(to);
  if (!reader || !writer) return false;
  std::map<std::uint16_t, std::uint16_t> channels;
  const auto copied = reader->each_message([&](const mcap::MessageView& view) {
    auto& channel = channels[view.channel.id];
    if (channel == 0) {
      const auto schema = writer->add_schema(view.schema->name, view.schema->encoding, view.schema->data);
      channel = writer->add_channel(schema, view.channel.topic, view.channel.message_encoding);
    }
    return writer->write(channel, view.message.log_time, view.message.data, view.message.sequence).has_value();
  });
  return copied && writer->close();
}

// Our own log of a small city.
void read_run(benchmark::State& state) {
  auto made = scenarios::Simulation::make(scenes::small_city(8, 700, 100));
  if (!made) return state.SkipWithError(made.error().what.c_str());
  const auto file = log_file("small");
  replay::RunHeader header;
  header.dt_ns = (*made)->setup().dt_ns;
  Cost cost;
  std::int64_t vehicle_frames = 0;
  if (auto recorder = replay::Recorder::open(file, header); recorder) {
    drive(**made, &*recorder, 6000, cost, vehicle_frames);
    (void)recorder->close();
  }
  const auto copy = log_file("small_zstd");
  if (!copy_as_zstd(file, copy)) return state.SkipWithError("the log cannot be copied");
  read_log(state, copy);
  std::filesystem::remove(file);
  std::filesystem::remove(copy);
}

}  // namespace

BENCHMARK(recording_a_city)
    ->Args({2000, 1})
    ->Args({20000, 1})
    ->Args({20000, 2})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(read_run)->Unit(benchmark::kMillisecond);
