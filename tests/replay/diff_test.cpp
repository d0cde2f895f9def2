#include "replay/diff.h"

#include <doctest/doctest.h>

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
