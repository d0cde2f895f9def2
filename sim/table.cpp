#include "sim/table.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "sim/check.h"

namespace bitgoeul::sim {
namespace {

constexpr std::size_t kHashBlock = 64 * 1024;          // bytes; part of the hash, so never change it lightly
constexpr std::size_t kParallelBytes = 128 * 1024;     // a smaller state is hashed faster on one thread
constexpr std::uint64_t kMagic = 0x3145544154534742u;  // "BGSTATE1"

Hash128 hash_numbers(std::uint64_t a, std::uint64_t b) {
  const std::array<std::uint64_t, 2> words{a, b};
  return hash_bytes(words.data(), sizeof(words));
}

void put(Bytes& out, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  out.insert(out.end(), bytes, bytes + size);
}

void put_number(Bytes& out, std::uint64_t value) { put(out, &value, sizeof(value)); }

void put_text(Bytes& out, std::string_view text) {
  put_number(out, text.size());
  put(out, text.data(), text.size());
}

// Reads from a span and remembers that it ran out instead of reading past the end.
struct Reader {
  std::span<const std::byte> rest;
  bool whole = true;

  std::span<const std::byte> take(std::uint64_t size) {
    if (size > rest.size()) {
      whole = false;
      return {};
    }
    const auto taken = rest.first(static_cast<std::size_t>(size));
    rest = rest.subspan(static_cast<std::size_t>(size));
    return taken;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto bytes = take(sizeof(value));
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
  }
  std::string text() {
    const auto bytes = take(number());
    return bytes.empty() ? std::string() : std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
};

std::string describe(std::string_view table, std::string_view column, std::uint64_t value_size) {
  return std::string(table) + "." + std::string(column) + " (" + std::to_string(value_size) + " bytes)";
}

tl::unexpected<Issue> layout_differs(std::string what) {
  return fail("saved state of another layout: " + std::move(what), {}, 0, {},
              "restore it with the version and setup that saved it");
}

tl::unexpected<Issue> damaged(std::string what) {
  return fail("damaged saved state: " + std::move(what), {}, 0, {}, "take another keyframe");
}

}  // namespace

Hash128 TableSet::hash_names(std::string_view table, std::string_view column, std::size_t value_size) {
  return combine(combine(hash_text(table), hash_text(column)), hash_numbers(value_size, 0));
}

// Every column in blocks of fixed size, in parallel; then one thread folds names, sizes and block hashes in order.
Hash128 TableSet::hash(Jobs& jobs) {
  blocks_.clear();
  std::size_t total = 0;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const std::size_t size = columns_[c].rows(columns_[c].vector) * columns_[c].value_size;
    total += size;
    for (std::size_t begin = 0; begin < size; begin += kHashBlock)
      blocks_.push_back(Block{c, begin, std::min(kHashBlock, size - begin)});
  }
  block_hashes_.resize(blocks_.size());
  const auto hash_blocks = [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t b = begin; b < end; ++b) {
      const Column& column = columns_[blocks_[b].column];
      block_hashes_[b] = hash_bytes(column.data(column.vector) + blocks_[b].begin, blocks_[b].size);
    }
  };
  jobs.parallel_for(blocks_.size(), hash_blocks, total < kParallelBytes ? blocks_.size() + 1 : 1);
  Hash128 sum = hash_numbers(kMagic, columns_.size());
  std::size_t b = 0;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    sum = combine(combine(sum, columns_[c].name_hash), hash_numbers(columns_[c].rows(columns_[c].vector), 0));
    for (; b < blocks_.size() && blocks_[b].column == c; ++b) sum = combine(sum, block_hashes_[b]);
  }
  return sum;
}

// magic, number of columns, per column: table, name, value size, rows, values; hash of all before it.
void TableSet::save(Bytes& out) const {
  const std::size_t start = out.size();
  put_number(out, kMagic);
  put_number(out, columns_.size());
  for (const Column& column : columns_) {
    const std::size_t rows = column.rows(column.vector);
    put_text(out, column.table);
    put_text(out, column.name);
    put_number(out, column.value_size);
    put_number(out, rows);
    put(out, column.data(column.vector), rows * column.value_size);
  }
  const Hash128 check = hash_bytes(out.data() + start, out.size() - start);
  put_number(out, check.high);
  put_number(out, check.low);
}

Result<void> TableSet::load(std::span<const std::byte> in) {
  auto parts = parse(in);
  if (!parts) return tl::unexpected<Issue>(std::move(parts.error()));
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const std::span<const std::byte> values = (*parts)[c];
    std::byte* to = columns_[c].resize(columns_[c].vector, values.size() / columns_[c].value_size);
    if (!values.empty()) std::memcpy(to, values.data(), values.size());
  }
  return {};
}

// Checks everything before load() changes anything.
Result<std::vector<std::span<const std::byte>>> TableSet::parse(std::span<const std::byte> in) const {
  constexpr std::size_t kCheckSize = sizeof(Hash128);
  Reader reader{in};
  if (in.size() < 2 * sizeof(std::uint64_t) + kCheckSize) return damaged("it is cut short");
  if (reader.number() != kMagic) return layout_differs("it does not begin with BGSTATE1");
  Reader tail{in.last(kCheckSize)};
  const Hash128 check{tail.number(), tail.number()};
  if (hash_bytes(in.data(), in.size() - kCheckSize) != check) return damaged("its check sum does not match");
  const std::uint64_t count = reader.number();
  if (count != columns_.size())
    return layout_differs(std::to_string(count) + " columns, here are " + std::to_string(columns_.size()));
  reader.rest = reader.rest.first(reader.rest.size() - kCheckSize);
  std::vector<std::span<const std::byte>> parts;
  for (const Column& column : columns_) {
    const std::string table = reader.text(), name = reader.text();
    const std::uint64_t value_size = reader.number(), rows = reader.number();
    if (!reader.whole) return damaged("it is cut short");
    if (table != column.table || name != column.name || value_size != column.value_size)
      return layout_differs("column " + describe(table, name, value_size) + ", here stands " +
                            describe(column.table, column.name, column.value_size));
    if (rows > reader.rest.size() / value_size) return damaged("column " + table + "." + name + " is cut short");
    parts.push_back(reader.take(rows * value_size));
  }
  if (!reader.rest.empty()) return damaged(std::to_string(reader.rest.size()) + " bytes too many");
  return parts;
}

std::vector<std::pair<std::string, std::vector<ColumnView>>> TableSet::view() const {
  std::vector<std::pair<std::string, std::vector<ColumnView>>> tables;
  for (const Column& column : columns_) {
    if (tables.empty() || tables.back().first != column.table)
      tables.emplace_back(column.table, std::vector<ColumnView>());
    tables.back().second.push_back(
        ColumnView{column.name, column.data(column.vector), column.rows(column.vector), column.value_size});
  }
  return tables;
}

std::optional<Difference> TableSet::first_difference(const TableSet& a, const TableSet& b) {
  CHECK(a.columns_.size() == b.columns_.size(), "compares states of different layout");
  for (std::size_t c = 0; c < a.columns_.size(); ++c) {
    const Column &x = a.columns_[c], &y = b.columns_[c];
    CHECK(x.name_hash == y.name_hash, "compares states of different layout");
    const std::size_t x_rows = x.rows(x.vector), y_rows = y.rows(y.vector), rows = std::min(x_rows, y_rows);
    const std::byte *x_data = x.data(x.vector), *y_data = y.data(y.vector);
    if (x_rows == y_rows && (rows == 0 || std::memcmp(x_data, y_data, rows * x.value_size) == 0)) continue;
    std::size_t row = 0;
    while (row < rows && std::memcmp(x_data + row * x.value_size, y_data + row * x.value_size, x.value_size) == 0)
      ++row;
    return Difference{x.table, x.name, row};
  }
  return std::nullopt;
}

}  // namespace bitgoeul::sim
