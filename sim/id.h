// Id: a handle to an entity. index = row in every table; generation tells a reused row from the old one; 0 is null.
// IdPool hands ids out densely and in order and takes them back last-in first-out. It is part of the saved state.
// Thread rule: create and free only in serial stages.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

namespace bitgoeul::sim {

using Row = std::int32_t;
inline constexpr Row kNone = -1;

struct Id {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  bool null() const { return generation == 0; }
  Row row() const { return static_cast<Row>(index); }
  auto operator<=>(const Id&) const = default;
};

struct IdPool {
  std::vector<std::uint32_t> generation;  // per row; odd = alive, even = free (0 = never used)
  std::vector<std::uint32_t> free_rows;   // used as a stack
  void reserve(std::size_t rows);
  Id create();          // lowest never-used row, or the last freed one
  void destroy(Id id);  // CHECKs that id is alive
  bool alive(Id id) const;
  Id id_of(Row row) const;  // null when the row is free
  std::size_t rows() const { return generation.size(); }
  template <class F>
  void columns(F&& f) {
    f("generation", generation);
    f("free_rows", free_rows);
  }
};

}  // namespace bitgoeul::sim
