#include "sim/world.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/check.h"

namespace bitgoeul::sim {
namespace {

// Columns that change as a vehicle drives, without anybody making it anew.
bool moves(std::string_view column) {
  static constexpr std::string_view kMoving[] = {
      "x", "y", "z", "yaw_rad", "pitch_rad", "speed_mps", "acceleration_mps2", "yaw_rate_radps"};
  return std::find(std::begin(kMoving), std::end(kMoving), column) != std::end(kMoving);
}

}  // namespace

World::World(std::uint64_t seed, std::int64_t dt_ns, std::size_t capacity)
    : changed(capacity), made(capacity), capacity_(capacity) {
  CHECK(dt_ns > 0, "a step lasts longer than nothing");
  clock.seed[0] = seed;
  clock.dt_ns[0] = dt_ns;
  ids.reserve(capacity);
  resize_table(entities, capacity);
  resize_table(next, capacity);
  state.add("clock", clock);
  state.add("ids", ids, [&](std::string_view column) { return column == "generation" ? &made : nullptr; });
  state.add("entities", entities, [&](std::string_view column) { return moves(column) ? &changed : &made; });
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
