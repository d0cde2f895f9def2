#include "sim/table.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "sim/check.h"

namespace bitgoeul::sim {
namespace {

constexpr std::size_t kParallelBytes = 128 * 1024;  // a smaller state is hashed faster on one thread
constexpr std::size_t kBlocksPerJob = 16;
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

// Blocks of rows that are marked, or of columns without marks, or of columns that have another number of rows.
void TableSet::find_changed() {
  changed_.clear();
  for (std::uint32_t c = 0; c < columns_.size(); ++c) {
    Column& column = columns_[c];
    const std::size_t rows = column.rows(column.vector), count = (rows + kHashRows - 1) / kHashRows;
    const bool all = !column.marks || column.hashed_rows != rows;
    column.hashed_rows = rows;
    column.blocks.resize(count);
    if (column.marks) CHECK(count <= column.marks->blocks.size(), "marks for every row of the column");
    for (std::uint32_t b = 0; b < count; ++b)
      if (all || column.marks->blocks[b]) changed_.push_back({c, b});
  }
}

void TableSet::hash_changed(Jobs& jobs) {
  const auto hash_blocks = [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      Column& column = columns_[changed_[i].column];
      const std::size_t first = changed_[i].block * kHashRows;
      const std::size_t rows = std::min(kHashRows, column.rows(column.vector) - first);
      column.blocks[changed_[i].block] =
          hash_bytes(column.data(column.vector) + first * column.value_size, rows * column.value_size);
    }
  };
  const std::size_t few = kParallelBytes / (kHashRows * sizeof(double));
  jobs.parallel_for(changed_.size(), hash_blocks, changed_.size() < few ? few : kBlocksPerJob);
}

// Names, numbers of rows and sums of block hashes in order.
template <class SumOf>
Hash128 TableSet::fold(SumOf&& sum_of) const {
  Hash128 sum = hash_numbers(kMagic, columns_.size());
  for (const Column& column : columns_) {
    const Hash128 of_column = column.blocks.empty() ? Hash128{} : sum_of(column);
    sum = combine(combine(sum, column.name_hash), combine(hash_numbers(column.hashed_rows, 0), of_column));
  }
  return sum;
}

// What has changed, in parallel; then one thread folds.
Hash128 TableSet::hash(Jobs& jobs) {
  find_changed();
  hash_changed(jobs);
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    if (i > 0 && changed_[i].column == changed_[i - 1].column) continue;
    Column& column = columns_[changed_[i].column];
    column.sum = hash_bytes(column.blocks.data(), column.blocks.size() * sizeof(Hash128));
  }
  for (const Column& column : columns_)
    if (column.marks) column.marks->all(0);
  return fold([](const Column& column) { return column.sum; });
}

void TableSet::digests(std::vector<ColumnDigest>& out) const {
  out.resize(columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::uint32_t sum = 0, weighted = 0, weight = 0;
    for (const Hash128& block : columns_[c].blocks) {
      const auto part = static_cast<std::uint32_t>(block.low);
      sum += part;
      weighted += part * ++weight;
    }
    out[c] = {sum, weighted};
  }
}

Hash128 TableSet::hash_with(std::span<const OtherBlock> others) const {
  return fold([&](const Column& column) {
    const auto number = static_cast<std::size_t>(&column - columns_.data());
    std::vector<Hash128> blocks;
    for (const OtherBlock& other : others) {
      if (other.column != number || other.block >= column.blocks.size()) continue;
      if (blocks.empty()) blocks = column.blocks;
      blocks[other.block] = other.hash;
    }
    return blocks.empty() ? column.sum : hash_bytes(blocks.data(), blocks.size() * sizeof(Hash128));
  });
}

Hash128 TableSet::hash_in_full(Jobs& jobs) {
  for (Column& column : columns_)
    if (column.marks) column.marks->all();
  return hash(jobs);
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
    if (columns_[c].marks) columns_[c].marks->all();
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
