// When a logged way runs into a changed world, in closed form; and what a signal shows outside of what was seen.
#include "scenarios/closed_loop/conflict.h"

#include <doctest/doctest.h>

#include "scenarios/closed_loop/log_world.h"
#include "sim/math.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::closed_loop;

namespace {

// A car of 4 x 2 m with this motion.
Way car(double x, double y, double yaw, double speed, double acceleration = 0) {
  return predict({x, y, yaw, speed}, acceleration, 0, 2, 1);
}

}  // namespace

TEST_CASE("conflict: prediction brakes to a stand after v^2 / 2a and stays there") {
  const Way way = car(0, 0, 0, 6, -3);
  CHECK(way.count == kSamples);
  CHECK(way.at[8].x == doctest::Approx(6.0));  // 2 s
  CHECK(way.at[16].x == doctest::Approx(6.0));
  CHECK(way.at[16].speed_mps == 0.0);
}

TEST_CASE("conflict: something that stands in the way blocks when the fronts would meet") {
  // Free way of 30 m between the boxes, less the metre that an agent wants: 29 m at 10 m/s, seen at the next sample.
  const Conflict c = conflict_between(car(0, 0, 0, 10), car(34, 0, 0, 0), nullptr);
  CHECK(c.reason == HandOver::kBlocked);
  CHECK(c.in_s == doctest::Approx(3.0));
  CHECK(conflict_between(car(0, 0, 0, 10), car(34, 3, 0, 0), nullptr).reason == HandOver::kNone);  // beside the way
  CHECK(conflict_between(car(0, 0, 0, 10), car(60, 0, 0, 0), nullptr).reason == HandOver::kNone);  // farther than 4 s
}

TEST_CASE("conflict: a leader that brakes, one that crosses, one that comes from behind") {
  const Way agent = car(0, 0, 0, 10);
  // Gap of 6 m; braking with 3 m/s2 closes 5 m of it in sqrt(10 / 3) = 1.83 s.
  const Conflict leader = conflict_between(agent, car(10, 0, 0, 10, -3), nullptr);
  CHECK(leader.reason == HandOver::kLeaderChanged);
  CHECK(leader.in_s == doctest::Approx(2.0));
  const Conflict crossing = conflict_between(agent, car(20, -20, sim::kPi / 2, 10), nullptr);
  CHECK(crossing.reason == HandOver::kPredictedConflict);
  CHECK(conflict_between(car(10, 0, 0, 5), car(0, 0, 0, 10), nullptr).reason == HandOver::kNone);
}

TEST_CASE("conflict: what was as near in the log is none; who stands hits nobody") {
  const Way agent = car(0, 0, 0, 10), close = car(4.5, 0, 0, 10);
  CHECK(conflict_between(agent, close, nullptr).reason == HandOver::kLeaderChanged);
  CHECK(conflict_between(agent, close, &close).reason == HandOver::kNone);
  CHECK(conflict_between(car(0, 0, 0, 0), car(20, 0, sim::kPi, 10), nullptr).reason == HandOver::kNone);
}

TEST_CASE("log signals: the cycle from two beginnings of green, and what comes after the log") {
  using sim::SignalState;
  constexpr std::int64_t s = 1'000'000'000;
  LoggedSignal signal;
  signal.changes = {{0, SignalState::kRed},      {10 * s, SignalState::kGreen}, {30 * s, SignalState::kYellow},
                    {33 * s, SignalState::kRed}, {70 * s, SignalState::kGreen}, {90 * s, SignalState::kYellow},
                    {93 * s, SignalState::kRed}};
  signal.end_ns = 100 * s;
  signal.cycle_ns = cycle_of(signal.changes);
  CHECK(signal.cycle_ns == 60 * s);
  CHECK(signal_at(signal, 15 * s)->state == SignalState::kGreen);
  CHECK(signal_at(signal, 15 * s)->until_ns == 30 * s);
  CHECK(signal_at(signal, 135 * s)->state == SignalState::kGreen);  // as at 75 s
  CHECK(signal_at(signal, 135 * s)->until_ns == 150 * s);
  CHECK(signal_at(signal, 615 * s)->state == SignalState::kGreen);  // never frozen
  CHECK(signal_at(signal, -50 * s)->state == SignalState::kGreen);  // as at 10 s
  signal.cycle_ns = 0;
  CHECK_FALSE(signal_at(signal, 135 * s).has_value());
  CHECK(cycle_of({{0, SignalState::kGreen}, {5 * s, SignalState::kRed}, {50 * s, SignalState::kGreen}}) == 0);
  // 40 s and 70 s between greens: no fixed cycle.
  CHECK(cycle_of({{0, SignalState::kRed},
                  {10 * s, SignalState::kGreen},
                  {20 * s, SignalState::kRed},
                  {50 * s, SignalState::kGreen},
                  {60 * s, SignalState::kRed},
                  {120 * s, SignalState::kGreen}}) == 0);
}
