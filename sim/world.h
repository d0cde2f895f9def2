// World: the mutable state that the step advances, and nothing else. Clock = integer step and integer nanoseconds.
// `entities` is `now`, `next` is written by the dynamics stage, commit swaps them. Rooms above add their own tables to
// `state` (name -> columns), so that hash, save, restore and compare cover everything there is.
// `entities` and `next` have `capacity` rows from the start; rows without an id are all zero (alive = 0).
// Thread rule: see sim/entities.h; `state` is used serially.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/entities.h"
#include "sim/hash.h"
#include "sim/id.h"
#include "sim/jobs.h"
#include "sim/result.h"
#include "sim/signals.h"
#include "sim/table.h"

namespace bitgoeul::sim {

// The scalars of the world as one-row columns, so that the one list covers them too.
struct Clock {
  std::vector<std::int64_t> step{0};
  std::vector<std::int64_t> dt_ns{10'000'000};
  std::vector<std::uint64_t> seed{0};
  template <class F>
  void columns(F&& f) {
    f("step", step);
    f("dt_ns", dt_ns);
    f("seed", seed);
  }
};

class World {
 public:
  World(std::uint64_t seed, std::int64_t dt_ns, std::size_t capacity);
  World(const World&) = delete;  // `state` points into the tables
  World& operator=(const World&) = delete;

  Clock clock;
  IdPool ids;
  Entities entities;
  Entities next;  // scratch: equal to `entities` between steps, so neither hashed nor saved
  Signals signals;
  SignalWindows signal_windows;  // part of `state` where a program is actuated
  Marks changed, made;           // rows that have moved; rows that were made or got another driver, way or shape
  TableSet state;                // clock, ids, entities, signals; rooms above add theirs

  std::int64_t step() const { return clock.step[0]; }
  std::int64_t dt_ns() const { return clock.dt_ns[0]; }
  double dt_s() const { return static_cast<double>(clock.dt_ns[0]) * 1e-9; }
  std::int64_t time_ns() const { return clock.step[0] * clock.dt_ns[0]; }
  std::uint64_t seed() const { return clock.seed[0]; }
  std::size_t capacity() const { return capacity_; }

  Hash128 hash(Jobs& jobs) { return state.hash(jobs); }
  void mark(Row row) {
    changed.row(static_cast<std::size_t>(row));
    made.row(static_cast<std::size_t>(row));
  }
  Bytes save() const;
  Result<void> restore(std::span<const std::byte> saved);  // also sets next = entities; on failure nothing changed

 private:
  std::size_t capacity_;
};

}  // namespace bitgoeul::sim
