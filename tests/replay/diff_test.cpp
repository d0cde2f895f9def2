#include "replay/diff.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using replay_test::Scene;
using replay_test::TemporaryFolder;

namespace {

// Steps 1..steps; from `fault` on the hash is another one.
replay::RunLog record(const std::filesystem::path& file, std::int64_t steps, std::int64_t fault,
                      const replay::RunHeader& header) {
  auto recorder = replay::Recorder::open(file, header);
  REQUIRE(recorder);
  for (std::int64_t step = 1; step <= steps; ++step) {
    const sim::Hash128 hash = Scene::hash(step >= fault ? step + 1'000'000 : step);
    REQUIRE(recorder->step(step, step * replay_test::kDtNs, hash, {}, {}));
  }
  REQUIRE(recorder->close());
  auto log = replay::RunLog::open(file);
  REQUIRE(log);
  return std::move(*log);
}

}  // namespace

TEST_CASE("equal runs have the same course") {
  const TemporaryFolder folder;
  const auto a = record(folder / "a.mcap", 500, 1000, Scene::header());
  const auto b = record(folder / "b.mcap", 500, 1000, Scene::header());
  const auto difference = replay::diff_logs(a, b);
  REQUIRE(difference);
  CHECK(difference->same_course());
  CHECK(difference->header.empty());
  CHECK(difference->steps_equal == 500);
}

TEST_CASE("the first step that differs is found, wherever it is") {
  const TemporaryFolder folder;
  const auto a = record(folder / "a.mcap", 300, 1000, Scene::header());
  for (const std::int64_t fault : {1, 2, 99, 150, 299, 300}) {
    const auto b = record(folder / "b.mcap", 300, fault, Scene::header());
    const auto difference = replay::diff_logs(a, b);
    REQUIRE(difference);
    REQUIRE(difference->first);
    CHECK(difference->first->step == fault);
    CHECK(difference->first->time_ns == fault * replay_test::kDtNs);
    CHECK(difference->first->a == Scene::hash(fault));
    CHECK(difference->first->b == Scene::hash(fault + 1'000'000));
    CHECK(difference->steps_equal == fault - 1);
    CHECK_FALSE(difference->same_course());
  }
}

TEST_CASE("a longer run has another course, but no step that differs") {
  const TemporaryFolder folder;
  const auto a = record(folder / "a.mcap", 300, 1000, Scene::header());
  const auto b = record(folder / "b.mcap", 200, 1000, Scene::header());
  const auto difference = replay::diff_logs(a, b);
  REQUIRE(difference);
  CHECK_FALSE(difference->first);
  CHECK_FALSE(difference->same_course());
  CHECK(difference->steps_a == 300);
  CHECK(difference->steps_b == 200);
  CHECK(difference->steps_equal == 200);
}

TEST_CASE("headers: each field that differs is named, long texts by their hash") {
  const replay::RunHeader a = Scene::header();
  replay::RunHeader b = a;
  CHECK(replay::diff_headers(a, b).empty());
  b.seed = 5;
  b.scenario_text.assign(1000, 'x');
  b.parameters = {{"speed", "14.0"}, {"weather", "rain"}};
  b.entities[1].type = "tram";
  std::vector<std::string> fields;
  for (const auto& difference : replay::diff_headers(a, b)) fields.push_back(difference.field);
  CHECK(fields == std::vector<std::string>{"scenario_text", "parameters[seed]", "parameters[speed]",
                                           "parameters[weather]", "seed", "entities[ego_001]"});
  CHECK(replay::diff_headers(a, b)[0].b.starts_with("1000 bytes, hash "));
  CHECK(replay::diff_headers(a, b)[3].a == "(none)");
  CHECK(replay::diff_headers(a, b)[4].a == "18446744073709551615");
}

namespace {

// A run with frames, commands and events; `change` may spoil one step of it.
struct Fault {
  std::int64_t step = 0;
  int kind = 0;  // 0 acceleration, 1 steering, 2 event x, 3 event value, 4 frame x
  std::size_t index = 0;
};

template <class T>
T next_up(T value) {
  return std::nextafter(value, std::numeric_limits<T>::infinity());
}

replay::RunLog record_run(const std::filesystem::path& file, const Fault* fault) {
  const Scene scene{.rows = 20, .signal_groups = 3, .changes = false};
  auto recorder = replay::Recorder::open(file, Scene::header());
  REQUIRE(recorder);
  REQUIRE(recorder->frame(scene.shared(0)));
  for (std::int64_t step = 1; step <= 400; ++step) {
    auto commands = Scene::commands(step);
    auto events = Scene::events(step);
    const bool here = fault && fault->step == step;
    if (here && fault->kind == 0)
      commands[fault->index].command.acceleration_mps2 = next_up(commands[fault->index].command.acceleration_mps2);
    if (here && fault->kind == 1)
      commands[fault->index].command.steering_rad = next_up(commands[fault->index].command.steering_rad);
    if (here && fault->kind == 2) events[fault->index].x = next_up(events[fault->index].x);
    if (here && fault->kind == 3) events[fault->index].value = next_up(events[fault->index].value);
    const bool later = fault && step >= fault->step;
    REQUIRE(recorder->step(step, step * replay_test::kDtNs, Scene::hash(later ? step + 1'000'000 : step), commands,
                           events));
    if (step % 10 != 0) continue;
    sim::Snapshot snapshot = scene.at(step);
    if (later && fault->kind == 4) snapshot.entities.x[fault->index] += 0.011;
    REQUIRE(recorder->frame(std::make_shared<const sim::Snapshot>(snapshot)));
  }
  REQUIRE(recorder->close());
  auto log = replay::RunLog::open(file);
  REQUIRE(log);
  return std::move(*log);
}

}  // namespace

TEST_CASE(
    "fifty faults of one unit in the last place of a command or an event: each is named with step, entity, column") {
  const TemporaryFolder folder;
  const auto a = record_run(folder / "a.mcap", nullptr);
  const char* columns[] = {"acceleration_mps2", "steering_rad", "x", "value"};
  int located = 0;
  for (int n = 0; n < 50; ++n) {
    Fault fault;
    fault.kind = n % 4;
    const auto draw = static_cast<std::int64_t>(replay_test::mix(static_cast<std::uint64_t>(n)) % 1000);
    fault.step = fault.kind < 2 ? 5 * (1 + draw % 80) : 37 * (1 + draw % 10);
    fault.index = static_cast<std::size_t>(draw) % (fault.kind < 2 ? 5 : 2);
    // A NaN has no next value.
    const auto commands = Scene::commands(fault.step);
    if (fault.kind == 1 && std::isnan(commands[fault.index].command.steering_rad)) fault.kind = 0;
    const auto b = record_run(folder / "b.mcap", &fault);
    const auto difference = replay::diff_logs(a, b);
    REQUIRE(difference);
    REQUIRE(difference->value);
    const auto& value = *difference->value;
    CAPTURE(n);
    CAPTURE(value.where);
    const std::size_t row = fault.kind < 2 ? fault.index : Scene::events(fault.step)[fault.index].entity.index;
    const std::string name = row == 0 ? "ego_000" : row == 1 ? "ego_001" : "row " + std::to_string(row);
    const bool right =
        value.step == fault.step && value.column == columns[fault.kind] && value.entity == name && value.a != value.b;
    CHECK(right);
    located += right;
  }
  CHECK(located == 50);
}

TEST_CASE("a state that differs is found in the frames, at the first where it can be seen") {
  const TemporaryFolder folder;
  const auto a = record_run(folder / "a.mcap", nullptr);
  for (const std::int64_t step : {1, 10, 155, 391}) {
    const Fault fault{step, 4, 7};
    const auto b = record_run(folder / "b.mcap", &fault);
    const auto difference = replay::diff_logs(a, b);
    REQUIRE(difference);
    REQUIRE(difference->first);
    CHECK(difference->first->step == step);
    REQUIRE(difference->value);
    CHECK(difference->value->where == "frame");
    CHECK(difference->value->step == (step + 9) / 10 * 10);
    CHECK(difference->value->entity == "row 7");
    CHECK(difference->value->column == "x");
    CHECK(std::abs(std::stod(difference->value->b) - std::stod(difference->value->a) - 0.01) < 0.0101);
  }
}
