#include "sim/id.h"

#include "sim/check.h"

namespace bitgoeul::sim {

void IdPool::reserve(std::size_t rows) {
  generation.reserve(rows);
  free_rows.reserve(rows);
}

Id IdPool::create() {
  if (free_rows.empty()) {
    generation.push_back(1);
    return Id{static_cast<std::uint32_t>(generation.size() - 1), 1};
  }
  const std::uint32_t row = free_rows.back();
  free_rows.pop_back();
  return Id{row, ++generation[row]};
}

void IdPool::destroy(Id id) {
  CHECK(alive(id), "destroys an id that is not alive");
  ++generation[id.index];
  free_rows.push_back(id.index);
}

bool IdPool::alive(Id id) const {
  return id.index < generation.size() && generation[id.index] == id.generation && id.generation % 2 == 1;
}

Id IdPool::id_of(Row row) const {
  if (row < 0 || static_cast<std::size_t>(row) >= generation.size()) return Id{};
  const std::uint32_t g = generation[static_cast<std::size_t>(row)];
  return g % 2 == 1 ? Id{static_cast<std::uint32_t>(row), g} : Id{};
}

}  // namespace bitgoeul::sim
