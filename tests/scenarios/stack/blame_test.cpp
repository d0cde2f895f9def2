// Whose fault a difference is: planted in stacks, planted in the engine, and stacks asked again.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "replay/run_log.h"
#include "scenarios/simulation.h"
#include "scenarios/stack/conform.h"
#include "scenarios/stack/drivers.h"
#include "scenarios/stack/planner.h"
#include "scenarios/stack/reask.h"
#include "sim/random.h"
#include "tests/scenes/scenes.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace fs = std::filesystem;
namespace stack = scenarios::stack;

namespace {

constexpr int kSteps = 100, kEgos = 4;

// Drives well but for one answer, in which one vehicle's act differs by the last bit, or its own state does.
struct Planted : stack::Planner {
  Planted(int where, std::size_t who, bool only_state)
      : Planner(stack::plan), at(where), ego(who), state_only(only_state) {}
  int at;
  std::size_t ego;
  bool state_only;
  int answers = 0;
  bool answer(std::span<sim::Act> acts) override {
    if (!Planner::answer(acts)) return false;
    for (sim::Act& act : acts) act.stack_hash = {1, static_cast<std::uint64_t>(answers)};
    if (answers++ == at) {
      sim::Act& act = acts[ego];
      if (state_only)
        act.stack_hash.low += 1000;
      else
        act.steering_rad = std::nextafter(act.steering_rad, 1.0);
    }
    return true;
  }
};

// As run() records it.
replay::RunLog record(const fs::path& file, sim::Stack& s, int rain_at = -1) {
  auto setup = scenes::ring_road(100.0, kEgos);
  for (auto& entity : setup.entities)
    entity.role = sim::Role::kEgo, entity.model = vehicles::Model::kDoubleTrack, entity.stack = 0;
  setup.stacks.push_back({"planted", &s});
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE(made.has_value());
  scenarios::Simulation& simulation = **made;
  replay::RunHeader header;
  header.dt_ns = 10'000'000;
  auto recorder = replay::Recorder::open(file, header);
  REQUIRE(recorder.has_value());
  REQUIRE(recorder->stack({0, "planted", simulation.stack_init(0)}, {}).has_value());
  replay::ObserveCodec codec;
  for (int i = 0; i < kSteps; ++i) {
    if (i == rain_at) simulation.set_weather(0.999, 0);
    simulation.step();
    const std::int64_t step = simulation.steps(), t = step * header.dt_ns;
    std::vector<std::pair<sim::Row, const sim::Act*>> acts;
    std::vector<sim::Observation> seen;
    for (const auto& e : simulation.exchanges())
      acts.emplace_back(e.observation->ego.row(), e.act), seen.push_back(*e.observation);
    if (!acts.empty()) {
      std::string message;
      codec.encode(0, seen, message);
      REQUIRE(recorder->observed(t, 0, message).has_value());
      REQUIRE(recorder->acted(step, t, acts).has_value());
    }
    REQUIRE(recorder->step(step, t, simulation.state_hash(), {}, {}).has_value());
  }
  REQUIRE(recorder->close().has_value());
  auto log = replay::RunLog::open(file);
  REQUIRE(log.has_value());
  return std::move(*log);
}

struct Scratch {
  fs::path dir;
  Scratch() {
    std::string name = (fs::temp_directory_path() / "bitgoeul_blame_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    dir = name;
  }
  ~Scratch() { fs::remove_all(dir); }
};

std::uint32_t draw(int i, int what, std::uint32_t n) {
  return sim::uniform_index(11, static_cast<std::uint32_t>(i), what, sim::Stream::kTest, n);
}

}  // namespace

TEST_CASE("200 of 200 stacks with a planted difference are blamed, at their step; so is the engine") {
  using Who = stack::Blame::Who;
  Scratch scratch;
  Planted good(-1, 0, false);
  const replay::RunLog whole = record(scratch.dir / "good.mcap", good);
  int stacks = 0, engines = 0;
  for (int i = 0; i < 200; ++i) {
    const int at = static_cast<int>(draw(i, 0, kSteps / 5));
    Planted planted(at, draw(i, 1, kEgos), draw(i, 2, 2) == 0);
    const auto blame = stack::blame(whole, record(scratch.dir / "other.mcap", planted));
    REQUIRE(blame.has_value());
    stacks += blame->who == Who::kStack && blame->step == at * 5;
  }
  CHECK(stacks == 200);
  for (int i = 0; i < 20; ++i) {
    const int at = 1 + static_cast<int>(draw(i, 3, kSteps - 1));
    Planted again(-1, 0, false);
    const auto blame = stack::blame(whole, record(scratch.dir / "other.mcap", again, at));
    REQUIRE(blame.has_value());
    engines += blame->who == Who::kEngine && blame->step == at + 1;
  }
  CHECK(engines == 20);
  Planted same(-1, 0, false);
  const auto nobody = stack::blame(whole, record(scratch.dir / "other.mcap", same));
  CHECK(nobody->who == Who::kNobody);
}

TEST_CASE("a stack is asked again without the simulation: the first answer that differs is named") {
  Scratch scratch;
  Planted good(-1, 0, false);
  const replay::RunLog log = record(scratch.dir / "good.mcap", good);
  Planted again(-1, 0, false);
  const auto same = stack::reask(log, 0, again);
  REQUIRE(same.has_value());
  CHECK_FALSE(same->first.has_value());
  CHECK(same->acts == kEgos * kSteps / 5);
  for (const bool state_only : {false, true}) {
    Planted other(7, 2, state_only);
    const auto different = stack::reask(log, 0, other);
    REQUIRE(different.has_value());
    REQUIRE(different->first.has_value());
    CHECK(different->first->step == 35);
    CHECK(different->first->own_state == state_only);
  }
  CHECK_FALSE(stack::reask(log, 1, again).has_value());
}

TEST_CASE("conformance: the examples pass, the zoo does not, and each finding stands under its name") {
  stack::ConformOptions options;
  options.exchanges = 40;
  options.pause_s = 0.05;
  options.remote.start_s = 10;
  options.remote.answer_s = 2.0;
  const std::string zoo = "exec:" + tests::binary_dir() + "/tests/stack_zoo ";
  const auto verdict = [&](const std::string& spec, const std::string& name) {
    const auto parsed = stack::parse_spec(spec);
    REQUIRE(parsed.has_value());
    const stack::Conformance c = stack::conform(*parsed, options);
    for (const stack::CheckResult& check : c.checks)
      if (check.name == name) return check;
    return stack::CheckResult{};
  };
  for (const std::string& spec : {std::string("builtin:planner"), std::string("builtin:trajectory_planner"),
                                  zoo + "good", "exec:" + tests::binary_dir() + "/bin/bitgoeul stack example"}) {
    CAPTURE(spec);
    const stack::Conformance c = stack::conform(*stack::parse_spec(spec), options);
    for (const stack::CheckResult& check : c.checks) {
      INFO(check.name << ": " << check.detail);
      CHECK(check.verdict != stack::Check::kFail);
    }
    CHECK(c.exchanges == 40);
    CHECK(c.p50_us <= c.p99_us);
  }
  CHECK(verdict(zoo + "dies_at_once", "start").verdict == stack::Check::kFail);
  CHECK(verdict(zoo + "reject", "start").detail.find("no wish to drive here") != std::string::npos);
  CHECK(verdict(zoo + "segfault 20", "answers").detail.find("Segmentation fault") != std::string::npos);
  CHECK(verdict(zoo + "silent", "answers").detail.find("STACK_TIMEOUT") != std::string::npos);
  CHECK(verdict(zoo + "nan", "answers").verdict == stack::Check::kFail);
  CHECK(verdict(zoo + "enormous", "limits").verdict == stack::Check::kFail);
  CHECK(verdict(zoo + "random 9", "determinism").detail.find("answer 9 ") != std::string::npos);
}
