// diff and verify name the value of the state in which two runs part, to its last bit: faults of one unit in the last
// place are planted in the columns of floating point of a run that goes on. BITGOEUL_FULL=1: ten minutes of a city.
#include "scenarios/state_search.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <sstream>
#include <thread>

#include "maps/load_map.h"
#include "replay/diff.h"
#include "scenarios/fleet.h"
#include "scenarios/openscenario/write.h"
#include "scenarios/rerun.h"
#include "scenarios/run.h"
#include "scenarios/scenario_setup.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace osc = scenarios::openscenario;

namespace {

struct City {
  std::shared_ptr<const maps::Map> map;
  replay::RunHeader header;

  City(const std::string& file, const char* name, int vehicles, int traffic, double duration_s) {
    sim::Issues issues;
    const auto loaded = maps::load_map(file, issues);
    REQUIRE(loaded);
    map = *loaded;
    scenarios::FleetOptions options;
    options.map_name = name;
    options.vehicles = vehicles;
    options.traffic = traffic;
    options.seed = 5;
    options.duration_s = duration_s;
    const auto scenario = scenarios::make_fleet(*map, options, issues);
    REQUIRE(scenario);
    scenarios::RunInput input;
    const auto parsed = osc::parse_text(osc::write(*scenario), "fleet.xosc", {}, issues);
    REQUIRE(parsed);
    input.scenario = *parsed;
    input.map = map;
    input.map_name = name;
    input.duration_s = duration_s;
    input.seed = 5;
    header = scenarios::make_header(input, {});
  }

  std::unique_ptr<scenarios::Simulation> simulation(int threads) const {
    sim::Issues issues;
    const auto scenario = osc::parse_text(header.scenario_text, header.scenario_file, header.parameters, issues);
    REQUIRE(scenario);
    auto made = scenarios::Simulation::make(
        scenarios::make_setup(*scenario, map, {header.seed, header.dt_ns, threads}, issues));
    REQUIRE(made);
    return std::move(*made);
  }
};

struct Fault {
  std::int64_t step = 0;
  std::size_t draw = 0;
  bool key_frame_only = false;                // planted in what is recorded of the state, not in the run
  std::string column, entity, before, after;  // filled in when it is planted
  bool single = false;                        // of float
};

template <class T>
std::pair<std::string, std::string> raise(std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  const T raised = std::nextafter(value, std::numeric_limits<T>::infinity());
  std::memcpy(at, &raised, sizeof raised);
  std::ostringstream a, b;
  a.precision(std::numeric_limits<T>::max_digits10);
  b.precision(std::numeric_limits<T>::max_digits10);
  a << value;
  b << raised;
  return {a.str(), b.str()};
}

// Columns of floating point: in the entities and vehicles those whose names end in a unit, and the coordinates. One
// that is zero throughout looks like whole numbers.
bool is_real(const std::string& table, const sim::ColumnView& view) {
  const std::string_view name = view.name;
  if (table != "entities" && table != "vehicles") return false;
  if (std::all_of(view.data, view.data + view.rows * view.value_size, [](std::byte b) { return b == std::byte{0}; }))
    return false;
  for (const std::string_view end : {"_m", "_mps", "_mps2", "_rad", "_radps", "_s"})
    if (name.ends_with(end)) return true;
  return name == "x" || name == "y" || name == "z" || name == "s" || name == "t";
}

// One unit in the last place of one value, by way of a saved state: the layout is that of schema/state.proto.
void plant(scenarios::Simulation& simulation, Fault& fault) {
  std::vector<std::pair<std::string, sim::ColumnView>> columns;
  std::vector<std::size_t> at;
  std::size_t offset = 16;
  for (const auto& [table, views] : simulation.state().view())
    for (const sim::ColumnView& view : views) {
      offset += 8 + table.size() + 8 + view.name.size() + 16;
      if (is_real(table, view)) {
        columns.emplace_back(table, view);
        at.push_back(offset);
      }
      offset += view.rows * view.value_size;
    }
  const std::size_t c = fault.draw % columns.size();
  const auto& [table, view] = columns[c];
  const std::size_t row = (fault.draw * 7919) % view.rows;
  fault.column = table + "." + std::string(view.name);
  const auto& entities = simulation.setup().entities;
  const bool named = (table == "entities" || table == "vehicles") && row < entities.size();
  fault.entity = named ? entities[row].name : "row " + std::to_string(row);
  sim::Bytes bytes = simulation.save();
  fault.single = view.value_size == 4;
  std::byte* value = bytes.data() + at[c] + row * view.value_size;
  std::tie(fault.before, fault.after) = view.value_size == 8 ? raise<double>(value) : raise<float>(value);
  const sim::Hash128 check = sim::hash_bytes(bytes.data(), bytes.size() - 16);
  std::memcpy(bytes.data() + bytes.size() - 16, &check.high, 8);
  std::memcpy(bytes.data() + bytes.size() - 8, &check.low, 8);
  REQUIRE(simulation.restore(bytes));
}

replay::RunLog record(const City& city, const std::filesystem::path& file, std::int64_t steps, int threads,
                      Fault* first, Fault* second = nullptr) {
  const auto simulation = city.simulation(threads);
  auto recorder = replay::Recorder::open(file, city.header);
  REQUIRE(recorder);
  REQUIRE(recorder->frame(simulation->snapshot()));
  std::vector<replay::RecordedCommand> commands;
  while (simulation->steps() < steps) {
    simulation->step();
    const std::int64_t step = simulation->steps();
    commands.clear();
    for (const auto& applied : simulation->commands()) commands.push_back({applied.entity, applied.command});
    const std::vector<sim::Event> events(simulation->events().begin(), simulation->events().end());
    Fault* const fault = first && first->step == step ? first : second;
    const bool now = fault && fault->step == step;
    const sim::Bytes true_state = now ? simulation->save() : sim::Bytes();
    const sim::Hash128 true_hash = now ? simulation->state_hash() : sim::Hash128();
    if (now) plant(*simulation, *fault);
    sim::Hash128 hash = simulation->state_hash();
    REQUIRE(recorder->state(step, step * city.header.dt_ns, simulation->state()));
    if (now && fault->key_frame_only) {
      REQUIRE(simulation->restore(true_state));
      hash = true_hash;
    }
    REQUIRE(recorder->step(step, step * city.header.dt_ns, hash, commands, events));
    if (step % city.header.frame_every == 0) REQUIRE(recorder->frame(simulation->snapshot()));
  }
  REQUIRE(recorder->close());
  auto log = replay::RunLog::open(file);
  REQUIRE(log);
  return std::move(*log);
}

// The same bits of the column's type, however many digits are written.
bool same_value(const std::string& a, const std::string& b, const Fault& fault) {
  if (fault.single) return std::strtof(a.c_str(), nullptr) == std::strtof(b.c_str(), nullptr);
  return std::strtod(a.c_str(), nullptr) == std::strtod(b.c_str(), nullptr);
}

bool located(const City& city, const replay::RunLog& a, const replay::RunLog& b, const Fault& fault) {
  const auto d = replay::diff_logs(a, b);
  REQUIRE(d);
  REQUIRE(d->first);
  CHECK(d->first->step == fault.step);
  sim::Issues issues;
  const auto state = scenarios::state_difference(a, b, *d->first, city.map, {}, issues);
  REQUIRE(state);
  REQUIRE(*state);
  const scenarios::StateDifference& s = **state;
  CAPTURE(fault.column);
  CAPTURE(s.column);
  CAPTURE(s.entity);
  CAPTURE(s.a);
  CAPTURE(s.b);
  const bool right = d->first->step == fault.step && s.column == fault.column && s.entity == fault.entity &&
                     same_value(s.a, fault.before, fault) && same_value(s.b, fault.after, fault) && s.a != s.b;
  CHECK(right);
  return right;
}

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("bitgoeul_state_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

TEST_CASE("fifty faults of one unit in the last place of the state: diff names step, entity, column, both values") {
  const City city(bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr", "loop.xodr", 12, 7, 15.0);
  const Folder folder;
  const auto a = record(city, folder.path / "a.mcap", 1500, 1, nullptr);
  int found = 0;
  for (std::size_t n = 0; n < 50; ++n) {
    // Also at, just before and just after the key frame of the tenth second.
    Fault fault{n < 3 ? 999 + static_cast<std::int64_t>(n) : 1 + static_cast<std::int64_t>(n * 997 % 1400),
                n * 3 + n / 20};
    const auto b = record(city, folder.path / "b.mcap", fault.step + 20, 2, &fault);
    found += located(city, a, b, fault);
  }
  CHECK(found == 50);
}

TEST_CASE("verify names the value too, and a run of another seed the first of many") {
  const City city(bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr", "loop.xodr", 12, 7, 15.0);
  const Folder folder;
  Fault fault{300, 21};
  const auto log = record(city, folder.path / "a.mcap", 400, 1, &fault);
  sim::Issues issues;
  const auto outcome = scenarios::rerun(log, city.map, {}, issues);
  REQUIRE(outcome);
  REQUIRE(outcome->first);
  CHECK(outcome->first->step == 300);
  CHECK(outcome->first->what == "state hash");
  REQUIRE(outcome->first->state);
  CHECK(outcome->first->state->column == fault.column);
  CHECK(outcome->first->state->entity == fault.entity);
  CHECK(same_value(outcome->first->state->a, fault.after, fault));
  CHECK(same_value(outcome->first->state->b, fault.before, fault));
  City other = city;
  other.header.seed = 6;
  const auto b = record(other, folder.path / "b.mcap", 400, 1, nullptr);
  const auto a = record(city, folder.path / "c.mcap", 400, 1, nullptr);
  const auto d = replay::diff_logs(a, b);
  REQUIRE(d);
  REQUIRE(d->first);
  const auto state = scenarios::state_difference(a, b, *d->first, city.map, {}, issues);
  REQUIRE(state);
  REQUIRE(*state);
  CHECK((*state)->column == "clock.seed");
  CHECK((*state)->a == "5");
  CHECK((*state)->b == "6");
}

TEST_CASE("verify in segments, side by side: the first of the faults, wherever it is, for any number of threads") {
  const City city(bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr", "loop.xodr", 12, 7, 45.0);
  const Folder folder;
  sim::Issues issues;
  const auto outcome_of = [&](const replay::RunLog& log, int threads, std::optional<std::int64_t> from = {}) {
    scenarios::RerunOptions options;
    options.threads = threads;
    options.from_step = from;
    auto outcome = scenarios::rerun(log, city.map, options, issues);
    REQUIRE(outcome);
    CHECK_FALSE(outcome->interrupted);
    return *outcome;
  };
  const auto sound = record(city, folder.path / "sound.mcap", 4'321, 1, nullptr);
  for (const int threads : {1, 2, 3, 8}) {
    const auto whole = outcome_of(sound, threads);
    CHECK_FALSE(whole.first);
    CHECK(whole.steps == 4'321);
    const auto part = outcome_of(sound, threads, 2'500);
    CHECK_FALSE(part.first);
    CHECK(part.from == 2'000);
    CHECK(part.steps == 2'321);
  }
  // In every segment, at its ends, beside them; a run that goes on with the fault gives the segments after it no other.
  std::size_t draw = 5;
  for (const std::int64_t step : {1, 700, 999, 1'000, 1'001, 2'000, 2'345, 3'001, 4'321}) {
    Fault fault{step, ++draw};
    const auto log = record(city, folder.path / "fault.mcap", 4'321, 1, &fault);
    for (const int threads : {1, 3}) {
      const auto found = outcome_of(log, threads);
      CAPTURE(step);
      REQUIRE(found.first);
      CHECK(found.first->step == step);
      CHECK(found.first->what == "state hash");
      CHECK(found.steps == step);
      REQUIRE(found.first->state);
      CHECK(found.first->state->column == fault.column);
      CHECK(found.first->state->entity == fault.entity);
      CHECK(same_value(found.first->state->a, fault.after, fault));
      CHECK(same_value(found.first->state->b, fault.before, fault));
    }
  }
  // A state that was recorded wrongly, in a run that went right: no segment may start from it unseen.
  for (const std::int64_t step : {1'000, 3'000, 4'000}) {
    Fault forged{step, ++draw, true};
    const auto log = record(city, folder.path / "forged.mcap", 4'321, 1, &forged);
    const auto found = outcome_of(log, 2);
    REQUIRE(found.first);
    CHECK(found.first->step == step);
    CHECK(found.first->what == "key frame");
  }
  // Two faults, each of which a segment of its own meets.
  Fault early{1'234, 3}, late{3'456, 4};
  const auto twice = record(city, folder.path / "twice.mcap", 4'321, 1, &early, &late);
  for (const int threads : {1, 2, 8}) {
    const auto found = outcome_of(twice, threads);
    REQUIRE(found.first);
    CHECK(found.first->step == early.step);
    CHECK(found.first->state->column == early.column);
  }
  // Without key frames it is one segment, on all threads.
  {
    auto bare = replay::Recorder::open(folder.path / "bare.mcap", city.header);
    REQUIRE(bare);
    REQUIRE(twice.each_step([&](const replay::StepRecord& r) {
      return bare->step(r.step, r.time_ns, r.hash, r.commands, r.events).has_value();
    }));
    REQUIRE(bare->close());
  }
  const auto bare = replay::RunLog::open(folder.path / "bare.mcap");
  REQUIRE(bare);
  const auto found = outcome_of(*bare, 3);
  REQUIRE(found.first);
  CHECK(found.first->step == early.step);
}

TEST_CASE("a fault in ten minutes of a city is located in less than ten seconds") {
  if (!std::getenv("BITGOEUL_FULL")) {
    MESSAGE("skipped: BITGOEUL_FULL=1 runs it (about five minutes)");
    return;
  }
  const City city("gwangju", "gwangju", 200, 2000, 600.0);
  const Folder folder;
  const auto a = record(city, folder.path / "a.mcap", 60'000, 2, nullptr);
  MESSAGE("bytes of the log: " << std::filesystem::file_size(folder.path / "a.mcap"));
  for (const std::int64_t step : {7'777, 58'990}) {
    Fault fault{step, static_cast<std::size_t>(step)};
    const auto b = record(city, folder.path / "b.mcap", 60'000, 1, &fault);
    const auto start = std::chrono::steady_clock::now();
    CHECK(located(city, a, b, fault));
    const auto named = std::chrono::steady_clock::now();
    MESSAGE("diff, step " << step << ": " << std::chrono::duration<double>(named - start).count() << " s");
    sim::Issues issues;
    scenarios::RerunOptions options;
    options.threads = static_cast<int>(std::thread::hardware_concurrency());
    const auto again = scenarios::rerun(b, city.map, options, issues);
    REQUIRE(again);
    REQUIRE(again->first);
    CHECK(again->first->step == step);
    REQUIRE(again->first->state);
    CHECK(again->first->state->column == fault.column);
    CHECK(again->first->state->entity == fault.entity);
    MESSAGE("verify, step " << step << ", " << options.threads << " threads: "
                            << std::chrono::duration<double>(std::chrono::steady_clock::now() - named).count() << " s");
  }
}
