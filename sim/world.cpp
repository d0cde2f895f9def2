#include "sim/world.h"

#include <utility>

#include "sim/check.h"

namespace bitgoeul::sim {

World::World(std::uint64_t seed, std::int64_t dt_ns, std::size_t capacity) : capacity_(capacity) {
  CHECK(dt_ns > 0, "a step lasts longer than nothing");
  clock.seed[0] = seed;
  clock.dt_ns[0] = dt_ns;
  ids.reserve(capacity);
  resize_table(entities, capacity);
  resize_table(next, capacity);
  state.add("clock", clock);
  state.add("ids", ids);
  state.add("entities", entities);
  state.add("signals", signals);
}

Bytes World::save() const {
  Bytes out;
  state.save(out);
  return out;
}

Result<void> World::restore(std::span<const std::byte> saved) {
  auto loaded = state.load(saved);
  if (!loaded) return loaded;
  next = entities;
  capacity_ = entities.alive.size();
  return {};
}

}  // namespace bitgoeul::sim
