// What a table is: a struct of std::vector columns with one function `columns(f)` that names them all. Hash, save,
// load, resize, reserve and "which column differs" come from that one list and nowhere else (a test counts sizeof /
// columns). Columns hold trivially copyable values without padding. TableSet binds tables by name into one hashable,
// saveable state. Thread rule: hash runs in parallel over blocks; everything else is serial.
#pragma once

#include <cstddef>
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

class TableSet {
 public:
  // The table must outlive the set; `name` is part of the hash and of the saved form.
  template <class Table>
  void add(std::string name, Table& table);

  Hash128 hash(Jobs& jobs);                          // allocates nothing after the first call
  void save(Bytes& out) const;                       // appends
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
  };
  struct Block {
    std::size_t column;
    std::size_t begin;  // bytes
    std::size_t size;
  };
  static Hash128 hash_names(std::string_view table, std::string_view column, std::size_t value_size);
  Result<std::vector<std::span<const std::byte>>> parse(std::span<const std::byte> in) const;  // values per column
  std::vector<Column> columns_;
  std::vector<Block> blocks_;
  std::vector<Hash128> block_hashes_;
};

template <class Table>
void TableSet::add(std::string name, Table& table) {
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
        }});
  });
}

}  // namespace bitgoeul::sim
