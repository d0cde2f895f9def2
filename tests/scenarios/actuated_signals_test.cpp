// Actuated signals in closed form: rest, gap-out, max-out, phases that are passed over, people who call; what is told
// of their changes; and that a city of them is safe, deterministic and can be saved.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "maps/lane_geometry.h"
#include "maps/signal_control.h"
#include "scenarios/simulation.h"
#include "tests/scenes/scenes.h"
#include "vehicles/crossings.h"
#include "vehicles/vehicle_table.h"

using namespace bitgoeul;
using maps::Row;
using sim::SignalState;

namespace {

constexpr double kMinS = 5, kMaxS = 25, kPassageS = 2, kChangeS = 5;  // yellow 3 s, all red 2 s
constexpr double kLimitMps = 12;

// One lane each way, streets of 884 m.
scenes::Network network() {
  scenes::Network n;
  n.name = "actuated";
  n.nodes = {{0, 0, 16, true}, {900, 0}, {0, 900}, {-900, 0}, {0, -900}};
  n.blocks = {{1, 0, 1, kLimitMps}, {2, 0, 1, kLimitMps}, {3, 0, 1, kLimitMps}, {4, 0, 1, kLimitMps}};
  return n;
}

// The streets along x rest green. `phases`: 2, or 4 for each arm by itself.
maps::MapBuilder builder_of(int phases) {
  maps::MapBuilder builder = scenes::build(network());
  maps::ProgramDraft& program = builder.programs[0];
  program.passage_s = kPassageS;
  if (phases == 4) {
    program.phases.assign(4, program.phases[0]);
    for (std::size_t arm = 0; arm < 4; ++arm) program.phases[arm].signals = {builder.signals[arm].id};
  }
  for (maps::PhaseDraft& phase : program.phases) phase.green_s = kMaxS, phase.min_green_s = kMinS;
  program.phases[0].recall = true;
  return builder;
}

// The way straight on from arm 0 east, 1 north, 2 west, 3 south.
Row straight_from(const maps::Map& map, int arm) {
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane)
    if (map.lanes[lane].turn == maps::Turn::kStraight && map.lanes[lane].signal_group != sim::kNone &&
        map.text_of(map.roads[map.lanes[map.predecessors(lane)[0]].road].id) == std::to_string(arm))
      return lane;
  return sim::kNone;
}

struct World {
  scenarios::SimulationSetup setup;
  std::unique_ptr<scenarios::Simulation> sim;
  std::shared_ptr<const sim::Snapshot> now;

  explicit World(maps::MapBuilder builder) {
    setup.map = scenes::freeze_or_die(std::move(builder));
    setup.catalogue = vehicles::builtin_catalogue();
  }
  // Its centre is that far before the stop line; straight on.
  void car(int arm, double before_line_m, double speed_mps) {
    const maps::Map& map = *setup.map;
    const Row through = straight_from(map, arm);
    scenarios::EntitySetup entity;
    entity.name = "car_" + std::to_string(setup.entities.size());
    entity.role = sim::Role::kTraffic;
    entity.type = *vehicles::find_type(setup.catalogue, "sedan");
    entity.lane = map.predecessors(through)[0];
    entity.s = map.lanes[entity.lane].stop_s - before_line_m - setup.catalogue[entity.type].center_x_m;
    entity.speed_mps = speed_mps;
    entity.route = {entity.lane, through, map.successors(through)[0]};
    entity.route_end_s = map.lanes[entity.route.back()].length;
    setup.entities.push_back(entity);
  }
  void start() {
    auto made = scenarios::Simulation::make(setup);
    REQUIRE_MESSAGE(made.has_value(), (made ? std::string() : sim::to_string(made.error())));
    sim = std::move(*made);
    step();
  }
  void step() {
    sim->step();
    now = sim->snapshot();
  }
  double time() const { return sim->time_s(); }
  Row group(int arm) const { return setup.map->lanes[straight_from(*setup.map, arm)].signal_group; }
  SignalState light(int arm) const { return now->signals.state[static_cast<std::size_t>(group(arm))]; }
  // From the centre of car i to the stop line of its arm; negative: passed.
  double to_line(int arm, std::size_t i) const {
    const maps::Map& map = *setup.map;
    const Row lane = map.predecessors(straight_from(map, arm))[0];
    const auto line = maps::lane_pose(map, lane, map.lanes[lane].stop_s);
    const sim::Entities& e = now->entities;
    return -(e.x[i] - line.x) * sim::cos(line.heading) - (e.y[i] - line.y) * sim::sin(line.heading) - e.center_x_m[i];
  }
  // Seconds until that arm shows it, from now; fails after a while.
  double until(int arm, SignalState wanted, double limit_s = 200) {
    const double end = time() + limit_s;
    while (light(arm) != wanted && time() < end) step();
    REQUIRE(light(arm) == wanted);
    return time();
  }
};

constexpr double kTickS = 0.1;

}  // namespace

TEST_CASE("actuated: with nobody beside it the main street stays green, and nobody knows for how long") {
  World w(builder_of(2));
  w.car(0, 300, 10);
  w.car(2, 500, 10);
  w.start();
  const auto main = static_cast<std::size_t>(w.group(0)), side = static_cast<std::size_t>(w.group(1));
  while (w.time() < 300) {
    w.step();
    CHECK(w.light(0) == SignalState::kGreen);
    CHECK(w.light(1) == SignalState::kRed);
    CHECK(w.now->signals.next_change_step[main] == sim::kChangeUnknown);
    CHECK(w.now->signals.next_change_step[side] == sim::kChangeUnknown);
    // A call now would end it at once, after its least green, and the side street would wait for yellow and all red.
    const std::int64_t least = std::max<std::int64_t>(w.now->step - 1, std::llround(kMinS / 0.01));
    CHECK(sim::earliest_change(w.now->signals, w.now->signal_windows, main) <= least + 10);
    CHECK(sim::earliest_change(w.now->signals, w.now->signal_windows, side) >= std::llround((kMinS + kChangeS) / 0.01));
  }
}

TEST_CASE("actuated: who comes over the loop of the side street gets green after yellow and all red, and goes on") {
  World w(builder_of(2));
  w.car(1, 400, 10);
  w.start();
  while (w.to_line(1, 0) > maps::kSignalLoopM) w.step();  // not counted before
  const double called = w.time();
  CHECK(w.light(0) == SignalState::kGreen);
  CHECK(w.until(0, SignalState::kYellow) - called <= kTickS + 0.011);
  const double yellow = w.time();
  CHECK(w.until(0, SignalState::kRed) - yellow == doctest::Approx(3.0));
  CHECK(w.until(1, SignalState::kGreen) - yellow == doctest::Approx(kChangeS));
  const double green = w.time();
  while (w.to_line(1, 0) > 0) w.step();
  const double passed = w.time();
  // Back to the main street, which has recall, when nobody has come for the passage time.
  const double gone = w.until(1, SignalState::kYellow);
  CHECK(gone - std::max(green + kMinS, passed + kPassageS) == doctest::Approx(0).epsilon(2 * kTickS));
  CHECK(std::fabs(gone - std::max(green + kMinS, passed + kPassageS)) <= 2 * kTickS);
  CHECK(w.until(0, SignalState::kGreen) - gone == doctest::Approx(kChangeS));
}

// A headway h between centres leaves the loop of 12 m empty for h - 12 m / v; the green is held while that is less than
// the passage time.
TEST_CASE("actuated: a stream with short headways holds the green to its greatest, a sparse one gaps out") {
  for (const bool dense : {true, false}) {
    const double headway_s = dense ? 1.8 : 3.6;  // empty for 0.7 or 2.5 s at 11 m/s
    World w(builder_of(2));
    for (int i = 0; i < 20; ++i) w.car(0, 60 + i * headway_s * 11, 11);
    w.car(1, 5, 0);  // waits from the start
    w.start();
    const double yellow = w.until(0, SignalState::kYellow);
    if (dense) {
      CHECK(std::fabs(yellow - kMaxS) <= kTickS + 0.011);  // since the call, in the first step
      continue;
    }
    // The car that has passed last did so the passage time before.
    CHECK(yellow < kMaxS - 5);
    double last = 1e9;
    for (std::size_t i = 0; i < 20; ++i)
      if (const double past = -w.to_line(0, i); past > 0) last = std::min(last, past);
    const double since_s = yellow < kMinS + kTickS ? kPassageS : last / w.now->entities.speed_mps[0];
    CHECK(std::fabs(since_s - kPassageS) <= 0.3);
  }
}

TEST_CASE("actuated: a queue on both streets: each green lasts to its greatest") {
  World w(builder_of(2));
  for (int i = 0; i < 40; ++i) w.car(0, 5 + 7 * i, 0), w.car(1, 5 + 7 * i, 0);
  w.start();
  CHECK(std::fabs(w.until(0, SignalState::kYellow) - kMaxS) <= kTickS + 0.011);
  const double side = w.until(1, SignalState::kGreen);
  CHECK(std::fabs(w.until(1, SignalState::kYellow) - side - kMaxS) <= kTickS + 0.011);
}

TEST_CASE("actuated: phases that nobody calls are passed over") {
  World w(builder_of(4));
  w.car(3, 5, 0);
  w.start();
  for (bool served = false; !served; served = w.light(3) == SignalState::kGreen) {
    w.step();
    REQUIRE(w.time() < 30);
    CHECK(w.light(1) == SignalState::kRed);
    CHECK(w.light(2) == SignalState::kRed);
  }
  CHECK(w.until(0, SignalState::kGreen) < 40);
}

TEST_CASE("actuated: who waits at a crosswalk calls the phase in which nobody drives over it, and gets over") {
  maps::MapBuilder builder = builder_of(2);
  scenes::add_crosswalks(builder, network());
  World w(std::move(builder));
  w.setup.traffic.pedestrians = 60;
  w.start();
  const vehicles::Crossings crossings(*w.setup.map);
  std::vector<int> seen(2, 0);  // ticks of people on the roads along x and along y, at the lights
  while (w.time() < 300) {
    for (int i = 0; i < 10; ++i) w.step();
    const sim::Entities& e = w.now->entities;
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      if (!e.alive[row] || e.role[row] != sim::Role::kPedestrian || e.speed_mps[row] == 0) continue;
      for (const vehicles::Crossing& c : crossings.all) {
        const double x = 0.5 * (c.from[0] + c.to[0]), y = 0.5 * (c.from[1] + c.to[1]);
        if (c.groups.empty() || sim::hypot(e.x[row] - x, e.y[row] - y) > 3.0) continue;
        ++seen[std::fabs(x) > std::fabs(y) ? 0 : 1];
        for (Row i = c.groups.begin; i < c.groups.end; ++i)
          CHECK(w.now->signals.state[static_cast<std::size_t>(crossings.groups[static_cast<std::size_t>(i)])] ==
                SignalState::kRed);
      }
    }
  }
  CHECK(seen[0] > 100);
  CHECK(seen[1] > 100);
}

namespace {

scenarios::SimulationSetup actuated_city(int pedestrians) {
  auto setup = scenes::small_city(3, 90, 8, pedestrians);
  setup.map = maps::with_signal_control(setup.map, maps::SignalControl::kActuated);
  return setup;
}

}  // namespace

TEST_CASE("actuated: what is told of a change holds: not before the earliest, not after the latest step") {
  auto made = scenarios::Simulation::make(actuated_city(60));
  REQUIRE(made.has_value());
  scenarios::Simulation& s = **made;
  const std::size_t groups = s.setup().map->signal_groups.size();
  REQUIRE(groups > 8);
  std::vector<SignalState> state(groups, SignalState::kOff);
  std::vector<std::int64_t> earliest(groups, 0), latest(groups, 0);
  int changes = 0;
  for (int step = 0; step < 60000; ++step) {
    s.step();
    if (step % 10 != 0) continue;
    const auto now = s.snapshot();
    for (std::size_t g = 0; g < groups; ++g) {
      if (step > 0 && now->signals.state[g] != state[g]) {
        ++changes;
        CHECK(step >= earliest[g]);
        CHECK(step <= latest[g]);
      }
      state[g] = now->signals.state[g];
      earliest[g] = sim::earliest_change(now->signals, now->signal_windows, g);
      latest[g] = sim::latest_change(now->signals, now->signal_windows, g);
      CHECK(std::max<std::int64_t>(earliest[g], step) <= now->signals.next_change_step[g]);
      CHECK(now->signals.next_change_step[g] <= latest[g]);
    }
  }
  CHECK(changes > 200);
  CHECK(s.totals().collisions == 0);
}

TEST_CASE("actuated: people get over the street, nobody is touched; same bits for any threads and from a saved step") {
  const auto run_of = [](int threads) {
    auto setup = actuated_city(60);
    setup.threads = threads;
    auto made = scenarios::Simulation::make(std::move(setup));
    REQUIRE(made.has_value());
    return std::move(*made);
  };
  const auto one = run_of(1), three = run_of(3), again = run_of(2);
  for (int step = 0; step < 6005; ++step) {
    one->step(), three->step();
    if (step % 1000 == 0) REQUIRE(one->state_hash() == three->state_hash());
  }
  CHECK(one->state_hash() == three->state_hash());
  CHECK(one->state_hash() == one->state_hash_in_full());
  CHECK(one->totals().collisions == 0);
  int left = 0;
  for (const sim::Event& event : one->snapshot()->events) left += event.kind == sim::EventKind::kRemove;
  CHECK(left > 50);
  REQUIRE(again->restore(one->save()).has_value());
  for (int step = 0; step < 500; ++step) one->step(), again->step();
  CHECK(again->state_hash() == one->state_hash());
}
