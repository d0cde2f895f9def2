// A recorded run driven again: nobody leaves the log while the ego repeats it; when it brakes earlier, those behind it
// hand over instead of driving through it.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "maps/load_map.h"
#include "replay/tracks.h"
#include "scenarios/closed_loop/conflict.h"
#include "scenarios/closed_loop/divergence.h"
#include "scenarios/closed_loop/log_setup.h"
#include "scenarios/closed_loop/log_world.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/run.h"
#include "scenarios/stack/drivers.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios;
namespace fs = std::filesystem;

namespace {

const std::string kLoop = bitgoeul::tests::source_dir() + "/assets/scenarios/loop";

// 30 s of the loop with two self-driving vehicles and thirty others, recorded once for all cases.
struct Recorded {
  fs::path dir;
  std::shared_ptr<const maps::Map> map;
  Recorded() {
    std::string name = (fs::temp_directory_path() / "bitgoeul_closed_loop_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    dir = name;
    sim::Issues issues;
    RunInput input;
    input.map = *maps::load_map(kLoop + ".xodr", issues);
    input.map_name = kLoop + ".xodr";
    input.parameters = {{"traffic", "30"}};
    input.scenario = *openscenario::parse_file(kLoop + ".xosc", input.parameters, issues);
    input.duration_s = 30;
    RunOptions options;
    options.out = dir / "run";
    REQUIRE(run(input, options, issues).has_value());
    map = input.map;
  }
  ~Recorded() {
    std::error_code error;
    fs::remove_all(dir, error);
  }
};

const Recorded& recorded() {
  static const Recorded once;
  return once;
}

closed_loop::LogScene scene_of(const std::string& ego, int threads = 1) {
  auto source = replay::open_source({recorded().dir / "run" / "run.mcap"});
  REQUIRE(source.has_value());
  auto tracks = replay::read_tracks(**source);
  REQUIRE(tracks.has_value());
  closed_loop::LogSetupOptions options;
  options.threads = threads;
  options.egos = [&](const std::vector<std::string>& names) -> sim::Result<std::vector<bool>> {
    std::vector<bool> egos;
    for (const std::string& name : names) egos.push_back(name == ego);
    return egos;
  };
  sim::Issues issues;
  auto setup =
      closed_loop::make_log_setup((*source)->description(), std::move(*tracks), recorded().map, options, issues);
  REQUIRE(setup.has_value());
  CHECK(issues.empty());
  return std::move(*setup);
}

struct Outcome {
  std::vector<sim::Event> hand_overs;
  std::int64_t collisions = 0;
  LogDivergence divergence;
  Criterion validity;
  sim::Hash128 hash;
};

// `brake_after_s`: from then on the ego brakes to a stand; negative: our own driver.
struct Braking : sim::Stack {
  bool start(const sim::StackInit&) override { return true; }
  bool ask(std::span<const sim::Observation>) override { return true; }
  bool answer(std::span<sim::Act> acts) override {
    for (sim::Act& act : acts) act.kind = sim::ActKind::kControl, act.acceleration_mps2 = -3.0;
    return true;
  }
};

Outcome drive(const closed_loop::LogScene& scene, bool brakes, std::int64_t save_at = -1) {
  SimulationSetup setup = scene.setup;
  Braking stack;
  if (brakes) {
    StackSetup driven;
    driven.spec = "brake";
    driven.stack = &stack;
    setup.stacks.push_back(driven);
    setup.entities.front().stack = 0;
  }
  auto made = Simulation::make(std::move(setup));
  REQUIRE(made.has_value());
  Simulation& simulation = **made;
  closed_loop::Divergence divergence(simulation.setup(), {});
  Outcome out;
  divergence.frame(*simulation.snapshot());
  while (simulation.steps() < 2900) {
    simulation.step();
    if (simulation.steps() == save_at) {
      const sim::Bytes saved = simulation.save();
      for (int i = 0; i < 37; ++i) simulation.step();
      REQUIRE(simulation.restore(saved).has_value());
    }
    divergence.events(simulation.events());
    for (const sim::Event& event : simulation.events())
      if (event.kind == sim::EventKind::kHandOver) out.hand_overs.push_back(event);
    if (simulation.steps() % 10 == 0) divergence.frame(*simulation.snapshot());
  }
  out.collisions = simulation.totals().collisions;
  out.divergence = divergence.numbers();
  out.validity = divergence.criterion();
  out.hash = simulation.state_hash_in_full();
  CHECK(out.hash == simulation.state_hash());
  return out;
}

}  // namespace

TEST_CASE("closed loop: an ego that repeats its log leaves everybody with theirs") {
  const Outcome out = drive(scene_of("first"), false);
  CHECK(out.hand_overs.empty());
  CHECK(out.collisions == 0);
  CHECK(out.divergence.agents == 31);
  CHECK(out.divergence.unexplained_peak == 0);
  CHECK(out.divergence.ego_max_m < 2.0);
  CHECK(out.validity.verdict == Verdict::kPass);
}

TEST_CASE(
    "closed loop: behind an ego that brakes earlier than its log followers hand over and nobody drives through it") {
  const closed_loop::LogScene scene = scene_of("first");
  const closed_loop::LogWorld* log = scene.world.get();
  const Outcome out = drive(scene, true);
  CHECK(out.collisions == 0);
  REQUIRE_FALSE(out.hand_overs.empty());
  const sim::Event& first = out.hand_overs.front();
  CHECK(first.other.row() == 0);  // because of the ego
  const auto reason = static_cast<closed_loop::HandOver>(static_cast<int>(first.value));
  CHECK((reason == closed_loop::HandOver::kLeaderChanged || reason == closed_loop::HandOver::kBlocked));
  CHECK(out.divergence.hand_overs == static_cast<std::int64_t>(out.hand_overs.size()));
  CHECK(out.divergence.hand_overs > 1);           // the queue behind it grows
  CHECK(out.divergence.predicted_conflict == 0);  // nothing crosses on the loop; who comes the other way is left alone
  // The log alone would have taken it through the place where the ego stands: v^2 / 2a = 64 / 6 m ahead of its start.
  const replay::LoggedTrack& track = log->agents[static_cast<std::size_t>(first.entity.row())].track;
  const replay::TrackPoint& start = log->agents[0].track.points.front();
  const bool passes = std::any_of(track.points.begin(), track.points.end(), [&](const replay::TrackPoint& p) {
    return p.time_ns > first.step * 10'000'000 && std::abs(p.x - start.x - 64.0 / 6.0) < 3 &&
           std::abs(p.y - start.y) < 1;
  });
  CHECK(passes);
}

TEST_CASE("closed loop: the same bits for any number of threads, and after save and restore") {
  const Outcome one = drive(scene_of("first", 1), true);
  CHECK(drive(scene_of("first", 3), true).hash == one.hash);
  CHECK(drive(scene_of("first", 2), true, 700).hash == one.hash);
}

TEST_CASE("closed loop: a log that no longer explains what is around the ego is INVALID") {
  const closed_loop::LogScene scene = scene_of("first");
  const SimulationSetup& setup = scene.setup;
  closed_loop::Divergence divergence(setup, {.share = 0.5, .ego_m = 5.0});
  sim::Snapshot snapshot;
  snapshot.entities.columns([&](std::string_view, auto& column) { column.resize(setup.entities.size()); });
  snapshot.entities.alive[0] = 1;
  for (int second = 0; second < 5; ++second) {
    CHECK(divergence.criterion().verdict == Verdict::kPass);
    snapshot.time_ns = second * 1'000'000'000LL;
    std::size_t hint = 0;
    const auto at = replay::track_at(setup.log->agents[0].track, snapshot.time_ns, hint);
    snapshot.entities.x[0] = at->x + (second > 0 ? 6.0 : 0.0);
    snapshot.entities.y[0] = at->y;
    divergence.frame(snapshot);
  }
  CHECK(divergence.criterion().verdict == Verdict::kInvalid);  // more than 2 s at more than 5 m
  CHECK(divergence.criterion().time_s == 4.0);
  CHECK(overall({{"collision", Verdict::kFail}, divergence.criterion()}, false) == Verdict::kInvalid);
}
