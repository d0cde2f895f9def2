#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "tests/scenes/make.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;

namespace {

std::unique_ptr<scenarios::Simulation> make(int threads) { return scenes::make(scenes::pile_up(), threads); }

}  // namespace

TEST_CASE("pile-up: fifty cars crash, say how hard and where, and come to rest") {
  auto s = make(1);
  int begun = 0, from_behind = 0;
  double hardest = 0;
  for (int i = 0; i < 3000; ++i) {
    s->step();
    for (const sim::Event& e : s->events()) {
      if (e.kind != sim::EventKind::kCollisionBegin) continue;
      ++begun;
      hardest = std::max({hardest, e.delta_v_mps, e.other_delta_v_mps});
      CHECK(e.value >= 0);
      CHECK(e.value < 35);
      if (e.side == sim::ContactSide::kNone) continue;
      CHECK(e.other_side != sim::ContactSide::kNone);
      CHECK(e.delta_v_mps <= 35);
      from_behind += e.side == sim::ContactSide::kRear && e.other_side == sim::ContactSide::kFront;
    }
  }
  CHECK(begun >= 20);
  CHECK(from_behind >= 10);  // a is the lower row, the one ahead
  CHECK(hardest > 3);
  CHECK(s->totals().collisions == begun);
  const auto snapshot = s->snapshot();
  int moving = 0;
  for (std::size_t row = 0; row < 50; ++row) {
    CHECK(std::isfinite(snapshot->entities.x[row]));
    moving += std::fabs(snapshot->entities.speed_mps[row]) > 0.5;
  }
  CHECK(moving < 10);  // those that got stuck stand; nobody slides for half a minute
}

TEST_CASE("pile-up: saved and restored in the middle of the crash it goes on with the same bits") {
  for (const int at : {150, 260, 400, 700}) {
    auto a = make(1);
    for (int i = 0; i < at; ++i) a->step();
    auto b = make(2);
    for (int i = 0; i < at / 3; ++i) b->step();
    REQUIRE(b->restore(a->save()).has_value());
    for (int i = 0; i < 400; ++i) {
      a->step();
      b->step();
      REQUIRE(a->state_hash() == b->state_hash());
      REQUIRE(a->events().size() == b->events().size());
    }
  }
}
