// What a table is: a struct of std::vector columns with one function `columns(f)` that names them all. Hash, save,
// load, resize, reserve and "which column differs" come from that one list and nowhere else (a test counts sizeof /
// columns). Columns hold trivially copyable values without padding. TableSet binds tables by name into one hashable,
// saveable state. Columns with Marks are hashed anew only where a row is marked. Thread rule: hash runs in parallel
// over blocks; everything else, marking too, is serial.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/hash.h"
#include "sim/jobs.h"
#include "sim/result.h"

namespace bitgoeul::sim {

// One column seen without its type.
struct ColumnView {
  std::string_view name;
  const std::byte* data = nullptr;
  std::size_t rows = 0;
  std::size_t value_size = 0;
};

// Sums over the hashes h of a column's blocks of kHashRows rows b = 0, 1, ..., modulo 2^32: of h and of (b + 1) h.
// Where one block differs between two states, the quotient of the two differences says which.
struct ColumnDigest {
  std::uint32_t sum = 0, weighted = 0;
  bool operator==(const ColumnDigest&) const = default;
};

// A block of rows of a column (by number in view()) as if it had this hash.
struct OtherBlock {
  std::size_t column = 0, block = 0;
  Hash128 hash;
};

struct Difference {
  std::string table;
  std::string column;
  std::size_t row = 0;  // first row that differs; rows() of the shorter column when lengths differ
};

template <class Table>
std::size_t column_count(Table& table) {
  std::size_t n = 0;
  table.columns([&](std::string_view, auto&) { ++n; });
  return n;
}

template <class Table>
void resize_table(Table& table, std::size_t rows) {
  table.columns([&](std::string_view, auto& column) { column.resize(rows); });
}

template <class Table>
void reserve_table(Table& table, std::size_t rows) {
  table.columns([&](std::string_view, auto& column) { column.reserve(rows); });
}

// Sets every column of one row to its zero value.
template <class Table>
void clear_row(Table& table, std::size_t row) {
  table.columns([&](std::string_view, auto& column) { column[row] = {}; });
}

using Bytes = std::vector<std::byte>;

inline constexpr std::size_t kHashRows = 256;  // rows of a column that are hashed together; part of the hash

// Which rows may have changed since the last hash, in blocks of kHashRows. Who writes a row without marking it makes a
// wrong hash: compare hash() with hash_in_full().
struct Marks {
  std::vector<std::uint8_t> blocks;
  explicit Marks(std::size_t rows) : blocks(rows / kHashRows + 1, 1) {}
  void row(std::size_t row) { blocks[row / kHashRows] = 1; }
  void rows(std::size_t begin, std::size_t end) {
    for (std::size_t block = begin / kHashRows; block * kHashRows < end; ++block) blocks[block] = 1;
  }
  void all(std::uint8_t changed = 1) { std::fill(blocks.begin(), blocks.end(), changed); }
};

class TableSet {
 public:
  // The table must outlive the set; `name` is part of the hash and of the saved form.
  // marks_of(column name) gives the column's Marks, or null: hashed every time. They must outlive the set too.
  template <class Table>
  void add(std::string name, Table& table) {
    add(std::move(name), table, [](std::string_view) -> Marks* { return nullptr; });
  }
  template <class Table, class MarksOf>
  void add(std::string name, Table& table, MarksOf&& marks_of);

  Hash128 hash(Jobs& jobs);          // allocates nothing after the first call; unmarks everything
  Hash128 hash_in_full(Jobs& jobs);  // the same number, whatever is marked
  // As of the last hash, at almost no cost, columns in the order of view(). A log of digests names the value in which
  // two runs part (replay/state_log.h, scenarios/state_search.h).
  void digests(std::vector<ColumnDigest>& out) const;
  Hash128 hash_with(std::span<const OtherBlock> others) const;  // the last hash, if these blocks were others
  void save(Bytes& out) const;                                  // appends
  Result<void> load(std::span<const std::byte> in);  // resizes the columns; refuses another layout or damage untouched
  std::vector<std::pair<std::string, std::vector<ColumnView>>> view() const;

  // First difference between two states of the same layout, by table, column, row; nothing when equal.
  static std::optional<Difference> first_difference(const TableSet& a, const TableSet& b);

 private:
  struct Column {
    std::string table;
    std::string name;
    std::size_t value_size;
    Hash128 name_hash;  // of table, name and value size
    void* vector;
    const std::byte* (*data)(const void* vector);
    std::size_t (*rows)(const void* vector);
    std::byte* (*resize)(void* vector, std::size_t rows);
    Marks* marks = nullptr;
    std::size_t hashed_rows = 0;
    std::vector<Hash128> blocks = {};  // as of the last hash
    Hash128 sum = {};                  // of `blocks`
  };
  struct Block {
    std::uint32_t column, block;
  };
  void find_changed();
  void hash_changed(Jobs& jobs);
  template <class SumOf>
  Hash128 fold(SumOf&& sum_of) const;
  static Hash128 hash_names(std::string_view table, std::string_view column, std::size_t value_size);
  Result<std::vector<std::span<const std::byte>>> parse(std::span<const std::byte> in) const;  // values per column
  std::vector<Column> columns_;
  std::vector<Block> changed_;
};

template <class Table, class MarksOf>
void TableSet::add(std::string name, Table& table, MarksOf&& marks_of) {
  table.columns([&]<class T>(std::string_view column, std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    static_assert(std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>, "padding in a column");
    columns_.push_back(Column{
        name, std::string(column), sizeof(T), hash_names(name, column, sizeof(T)), &values,
        [](const void* v) { return reinterpret_cast<const std::byte*>(static_cast<const std::vector<T>*>(v)->data()); },
        [](const void* v) { return static_cast<const std::vector<T>*>(v)->size(); },
        [](void* v, std::size_t rows) {
          auto& values = *static_cast<std::vector<T>*>(v);
          values.resize(rows);
          return reinterpret_cast<std::byte*>(values.data());
        },
        marks_of(column)});
  });
}

}  // namespace bitgoeul::sim
