#include "scenarios/state_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace bitgoeul::scenarios {
namespace {

using sim::ColumnView;
using sim::kHashRows;

struct NamedColumn {
  std::string table;
  ColumnView view;
  std::string name() const { return table + "." + std::string(view.name); }
};

std::vector<NamedColumn> columns_of(const Simulation& simulation) {
  std::vector<NamedColumn> out;
  for (const auto& [table, columns] : simulation.state().view())
    for (const ColumnView& column : columns) out.push_back({table, column});
  return out;
}

template <class T>
std::string number(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return fmt::format("{}", value);  // shortest text that gives the same bits
}

std::string hex(const std::byte* at, std::size_t size) {
  std::string out = "0x";
  for (std::size_t i = size; i-- > 0;) out += fmt::format("{:02x}", std::to_integer<unsigned>(at[i]));
  return out;
}

// A column does not tell the type of its values. Whole numbers that stand in a state are small, and small ones, taken
// for floating point, are denormal: a column with a normal number of floating point is of such.
template <class Real>
bool holds_reals(const ColumnView& column) {
  for (std::size_t row = 0; row < column.rows; ++row) {
    Real value;
    std::memcpy(&value, column.data + row * sizeof value, sizeof value);
    if (std::isnormal(value)) return true;
  }
  return false;
}

std::string text_of(const ColumnView& column, const std::byte* at) {
  switch (column.value_size) {
    case 1:
      return std::to_string(std::to_integer<int>(*at));
    case 2:
      return number<std::uint16_t>(at);
    case 4:
      return holds_reals<float>(column) ? number<float>(at) : number<std::int32_t>(at);
    case 8:
      return holds_reals<double>(column) ? number<double>(at) : number<std::int64_t>(at);
    default:
      return hex(at, column.value_size);
  }
}

// Values of other bits must not look equal.
void tell_apart(StateDifference& d, const ColumnView& column, const std::byte* a, const std::byte* b) {
  d.a = text_of(column, a);
  d.b = text_of(column, b);
  if (d.a != d.b) return;
  d.a = fmt::format("{} ({})", d.a, hex(a, column.value_size));
  d.b = fmt::format("{} ({})", d.b, hex(b, column.value_size));
}

// Rows of these tables are rows of entities.
bool counts_entities(const std::string& table) { return table == "entities" || table == "vehicles" || table == "ids"; }

std::string entity_of(const Simulation& simulation, const std::string& table, std::size_t row) {
  const auto& entities = simulation.setup().entities;
  if (counts_entities(table) && row < entities.size()) return entities[row].name;
  return fmt::format("row {}", row);
}

// ---- one value in a block, from the block's hash ----------------------------------------------------------------

constexpr int kMostUnits = 32;

// Values near to this one, as little-endian whole numbers: a few units away, one bit away, zero.
std::vector<std::uint64_t> near(std::uint64_t value, std::size_t size) {
  std::vector<std::uint64_t> out{0};
  for (std::uint64_t units = 1; units <= kMostUnits; ++units) {
    out.push_back(value + units);
    out.push_back(value - units);
  }
  for (std::size_t bit = 0; bit < 8 * size; ++bit) out.push_back(value ^ (std::uint64_t{1} << bit));
  return out;
}

struct Found {
  std::size_t row = 0;
  std::array<std::byte, 8> value{};
  sim::OtherBlock block;
};

// The row and value of a block that would give it a hash with these low 32 bits.
std::optional<Found> value_in_block(const ColumnView& column, std::size_t block, std::uint32_t low) {
  const std::size_t size = column.value_size, first = block * kHashRows;
  if (size > 8 || first >= column.rows) return std::nullopt;
  const std::size_t rows = std::min(kHashRows, column.rows - first);
  std::vector<std::byte> bytes(column.data + first * size, column.data + (first + rows) * size);
  for (std::size_t row = 0; row < rows; ++row) {
    std::byte* at = bytes.data() + row * size;
    std::uint64_t kept = 0;
    std::memcpy(&kept, at, size);
    for (const std::uint64_t value : near(kept, size)) {
      std::memcpy(at, &value, size);
      const sim::Hash128 hash = sim::hash_bytes(bytes.data(), bytes.size());
      if (static_cast<std::uint32_t>(hash.low) != low) continue;
      Found found{first + row, {}, {0, block, hash}};
      std::memcpy(found.value.data(), &value, size);
      return found;
    }
    std::memcpy(at, &kept, size);
  }
  return std::nullopt;
}

std::uint32_t low_of_block(const ColumnView& column, std::size_t block) {
  const std::size_t first = block * kHashRows, rows = std::min(kHashRows, column.rows - first);
  return static_cast<std::uint32_t>(
      sim::hash_bytes(column.data + first * column.value_size, rows * column.value_size).low);
}

// Blocks of which one alone explains the difference of the digests; more than one only by a rare chance.
std::vector<std::size_t> blocks_of(const ColumnView& column, sim::ColumnDigest there, sim::ColumnDigest here) {
  std::vector<std::size_t> out;
  const std::uint32_t sum = there.sum - here.sum, weighted = there.weighted - here.weighted;
  for (std::size_t block = 0; block * kHashRows < column.rows && sum != 0; ++block)
    if (static_cast<std::uint32_t>(block + 1) * sum == weighted) out.push_back(block);
  return out;
}

}  // namespace

std::optional<StateDifference> compare_states(const Simulation& a, const Simulation& b) {
  const auto here = columns_of(a), there = columns_of(b);
  if (here.size() != there.size()) return std::nullopt;
  StateDifference d;
  for (std::size_t c = 0; c < here.size(); ++c) {
    const ColumnView &x = here[c].view, &y = there[c].view;
    if (here[c].name() != there[c].name() || x.value_size != y.value_size) return std::nullopt;
    const std::size_t rows = std::min(x.rows, y.rows), size = x.value_size;
    std::size_t row = 0;
    while (row < rows && std::memcmp(x.data + row * size, y.data + row * size, size) == 0) ++row;
    if (row == rows && x.rows == y.rows) continue;
    d.columns.push_back(here[c].name());
    if (d.columns.size() > 1) continue;
    d.column = here[c].name();
    d.entity = entity_of(a, here[c].table, row);
    d.a = row < x.rows ? text_of(x, x.data + row * size) : "none";
    d.b = row < y.rows ? text_of(y, y.data + row * size) : "none";
    if (row < rows) tell_apart(d, x, x.data + row * size, y.data + row * size);
  }
  if (d.columns.empty()) return std::nullopt;
  return d;
}

std::optional<StateDifference> find_in_digests(const replay::StateDigests& a, sim::Hash128 hash, const Simulation& b) {
  const auto columns = columns_of(b);
  std::vector<sim::ColumnDigest> here;
  b.state().digests(here);
  if (a.digests.size() != here.size()) return std::nullopt;
  StateDifference d;
  std::vector<Found> found;
  for (std::size_t c = 0; c < here.size(); ++c) {
    if (a.columns[c] != columns[c].name()) return std::nullopt;
    if (a.digests[c] == here[c]) continue;
    d.columns.push_back(a.columns[c]);
    const ColumnView& view = columns[c].view;
    const auto blocks = blocks_of(view, a.digests[c], here[c]);
    for (const std::size_t block : blocks) {
      auto one = value_in_block(view, block, low_of_block(view, block) + a.digests[c].sum - here[c].sum);
      if (!one) continue;
      one->block.column = c;
      found.push_back(*one);
      break;
    }
    if (d.columns.size() > 1) continue;
    d.column = a.columns[c];
    d.entity = blocks.size() != 1 ? "some rows"
                                  : fmt::format("rows {} to {}", blocks[0] * kHashRows,
                                                std::min((blocks[0] + 1) * kHashRows, view.rows) - 1);
    d.a = d.b = "unknown";
  }
  if (d.columns.empty()) return std::nullopt;
  std::vector<sim::OtherBlock> others;
  for (const Found& one : found) others.push_back(one.block);
  if (found.size() != d.columns.size() || b.state().hash_with(others) != hash) return d;  // not proved: not told
  const NamedColumn& column = columns[found[0].block.column];
  d.entity = entity_of(b, column.table, found[0].row);
  tell_apart(d, column.view, found[0].value.data(), column.view.data + found[0].row * column.view.value_size);
  return d;
}

}  // namespace bitgoeul::scenarios
