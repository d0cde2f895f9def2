#include "sim/world.h"

#include <doctest/doctest.h>

#include <thread>

#include "sim/event.h"
#include "sim/snapshot.h"
#include "tests/support/allocation_guard.h"

using namespace bitgoeul::sim;

namespace {

void live_a_little(World& world) {
  const Id a = world.ids.create(), b = world.ids.create();
  world.ids.destroy(a);
  world.entities.alive[b.index] = 1;
  world.entities.x[b.index] = 12.5;
  world.signals.state = {SignalState::kYellow};
  world.signals.next_change_step = {30};
  world.clock.step[0] = 17;
  world.next = world.entities;
}

}  // namespace

TEST_CASE("a world starts at step 0 with room for its capacity and nobody in it") {
  World world(5, 10'000'000, 64);
  CHECK((world.step() == 0 && world.dt_ns() == 10'000'000 && world.time_ns() == 0 && world.seed() == 5));
  CHECK(world.dt_s() == 0.01);
  CHECK((world.capacity() == 64 && world.entities.x.size() == 64 && world.next.x.size() == 64));
  CHECK(world.ids.rows() == 0);
  const bitgoeul::test::AllocationGuard guard;
  for (int i = 0; i < 64; ++i) world.ids.create();
  CHECK(guard.allocations() == 0);
}

TEST_CASE("a restored world has the hash, the clock and the free ids of the saved one") {
  Jobs jobs(1), three(3);
  World a(5, 10'000'000, 64), b(6, 20'000'000, 64);
  live_a_little(a);
  CHECK(a.hash(jobs) != b.hash(jobs));
  REQUIRE(b.restore(a.save()));
  CHECK(b.hash(three) == a.hash(jobs));
  CHECK((b.step() == 17 && b.time_ns() == 170'000'000 && b.seed() == 5));
  CHECK(b.next.x == a.entities.x);
  CHECK(b.ids.create() == a.ids.create());
  CHECK(!TableSet::first_difference(a.state, b.state));
}

TEST_CASE("a damaged state leaves the world as it was") {
  Jobs jobs(1);
  World a(5, 10'000'000, 8);
  live_a_little(a);
  const Hash128 before = a.hash(jobs);
  Bytes saved = World(7, 1, 8).save();
  saved[saved.size() / 2] ^= std::byte{1};
  CHECK(!a.restore(saved));
  CHECK(a.hash(jobs) == before);
}

TEST_CASE("a snapshot nobody holds is used again; one that is held is not") {
  SnapshotPool pool(2);
  auto first = pool.take();
  auto second = pool.take();
  CHECK(first != second);
  const Snapshot* address = first.get();
  first.reset();
  CHECK(pool.take().get() == address);
  const auto again = pool.take();
  CHECK(again.get() == address);
  const auto third = pool.take();  // all are held: the pool grows
  CHECK((third != again && third != second));
}

TEST_CASE("a reader on another thread may drop a snapshot while the pool looks for a free one") {
  SnapshotPool pool(1);
  std::int64_t sum = 0;
  for (std::int64_t step = 0; step < 300; ++step) {
    auto snapshot = pool.take();
    snapshot->step = step;
    std::int64_t seen = 0;
    std::thread reader([held = std::shared_ptr<const Snapshot>(snapshot), &seen]() mutable {
      seen = held->step;
      held.reset();
    });
    snapshot.reset();
    pool.take()->step = -1;  // races with the reader unless the pool waits for its release
    reader.join();
    sum += seen;
  }
  CHECK(sum == 299 * 300 / 2);
}

TEST_CASE("every kind of event has a name of its own") {
  std::vector<std::string_view> names;
  for (int kind = 1; kind <= 9; ++kind) names.push_back(to_string(static_cast<EventKind>(kind)));
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  CHECK(to_string(EventKind::kCollisionBegin) == "collision_begin");
  CHECK(to_string(static_cast<EventKind>(999)) == "unknown");
}
