#include "replay/import/arrow.h"

#include <cmath>
#include <cstring>
#include <optional>

#include "replay/import/indexed.h"
#include "replay/mcap/compression.h"

namespace bitgoeul::replay::import {
namespace {

constexpr std::uint64_t kMostBytes = 256u << 20;  // of a file, and of a buffer of it
constexpr std::string_view kMagic = "ARROW1";

// Thrown inside this file only: what is wrong with the bytes.
struct Damaged {
  const char* what;
};

template <class T>
T load(std::string_view bytes, std::uint64_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) throw Damaged{"an offset lies outside the file's metadata"};
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// A table of a flatbuffer (https://flatbuffers.dev/internals): its fields by number, absent ones by their default.
struct Flat {
  std::string_view bytes;
  std::uint64_t at = 0;

  std::uint64_t field(unsigned number) const {  // 0: absent
    const auto back = load<std::int32_t>(bytes, at);
    const std::uint64_t vtable = at - static_cast<std::uint64_t>(static_cast<std::int64_t>(back));
    const std::uint64_t entry = 4 + 2 * std::uint64_t{number};
    if (entry + 2 > load<std::uint16_t>(bytes, vtable)) return 0;
    const auto offset = load<std::uint16_t>(bytes, vtable + entry);
    return offset == 0 ? 0 : at + offset;
  }
  template <class T>
  T value(unsigned number, T absent) const {
    const std::uint64_t place = field(number);
    return place == 0 ? absent : load<T>(bytes, place);
  }
  std::uint64_t refer(std::uint64_t place) const { return place + load<std::uint32_t>(bytes, place); }
  std::optional<Flat> table(unsigned number) const {
    const std::uint64_t place = field(number);
    return place == 0 ? std::nullopt : std::optional<Flat>(Flat{bytes, refer(place)});
  }
  std::string text(unsigned number) const {
    const std::uint64_t place = field(number);
    if (place == 0) return {};
    const std::uint64_t start = refer(place);
    const auto size = load<std::uint32_t>(bytes, start);
    if (size > bytes.size() || start + 4 + size > bytes.size()) throw Damaged{"a name ends outside the metadata"};
    return std::string(bytes.substr(start + 4, size));
  }
  // Where the elements of a vector start, and how many there are.
  std::pair<std::uint64_t, std::uint32_t> list(unsigned number, std::uint64_t element_size) const {
    const std::uint64_t place = field(number);
    if (place == 0) return {0, 0};
    const std::uint64_t start = refer(place);
    const auto count = load<std::uint32_t>(bytes, start);
    if (start + 4 + count * element_size > bytes.size()) throw Damaged{"a list ends outside the metadata"};
    return {start + 4, count};
  }
};

Flat root_of(std::string_view bytes) { return {bytes, load<std::uint32_t>(bytes, 0)}; }

// Numbers of Schema.fbs.
enum Kind {
  kInt = 2,
  kFloat = 3,
  kBinary = 4,
  kUtf8 = 5,
  kBool = 6,
  kDate = 8,
  kTime = 9,
  kTimestamp = 10,
  kDuration = 18
};

struct Type {
  int kind = 0, bits = 0;
  bool is_signed = true;
};

struct Field {
  std::string name;
  Type type;
  std::optional<std::int64_t> dictionary;
  Type index;
};

Type int_type(const Flat& table) {
  return {kInt, table.value<std::int32_t>(0, 0), table.value<std::uint8_t>(1, 0) != 0};
}

Type type_of(const Flat& field) {
  const int kind = field.value<std::uint8_t>(2, 0);
  const auto table = field.table(3);
  if (!table) throw Damaged{"a column has no type"};
  switch (kind) {
    case kInt:
      return int_type(*table);
    case kFloat: {
      const int precision = table->value<std::int16_t>(0, 0);  // 0 half, 1 single, 2 double
      if (precision < 0 || precision > 2) throw Damaged{"a column has numbers of an unknown size"};
      return {kFloat, 16 << precision, true};
    }
    case kBool:
      return {kBool, 1, false};
    case kUtf8:
    case kBinary:
      return {kUtf8, 32, false};
    case kTimestamp:
    case kDuration:
      return {kInt, 64, true};
    default:
      throw Damaged{"a column has a type that is not read: only numbers, booleans and texts are"};
  }
}

std::vector<Field> fields_of(const Flat& schema) {
  if (schema.value<std::int16_t>(0, 0) != 0) throw Damaged{"its numbers are big-endian"};
  std::vector<Field> out;
  const auto [start, count] = schema.list(1, 4);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Flat field{schema.bytes, schema.refer(start + 4 * i)};
    Field one{field.text(0), type_of(field), std::nullopt, {}};
    if (const auto dictionary = field.table(4)) {
      one.dictionary = dictionary->value<std::int64_t>(0, 0);
      const auto index = dictionary->table(1);
      one.index = index ? int_type(*index) : Type{kInt, 32, true};
    }
    out.push_back(std::move(one));
  }
  return out;
}

double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits >> 15 ? -1.0 : 1.0;
  if (exponent == 31) return fraction ? NAN : sign * INFINITY;
  return sign * (exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24));
}

// A record batch: its buffers, one after the other.
class Batch {
 public:
  Batch(const Flat& batch, std::string_view body) : batch_(batch), body_(body) {
    rows_ = static_cast<std::uint64_t>(batch.value<std::int64_t>(0, 0));
    if (rows_ > kMostBytes) throw Damaged{"it declares more rows than a file can hold"};
    if (const auto compression = batch.table(3)) codec_ = compression->value<std::int8_t>(0, 0) == 0 ? "lz4" : "zstd";
    std::tie(buffers_, count_) = batch.list(2, 16);
  }
  std::uint64_t rows() const { return rows_; }

  void column(const Type& type, ArrowColumn& out) {
    const std::string valid = buffer();
    if (type.kind == kUtf8) return texts(out);
    const std::string data = buffer();
    const std::uint64_t size = type.kind == kBool ? (rows_ + 7) / 8 : rows_ * static_cast<std::uint64_t>(type.bits) / 8;
    if (data.size() < size) throw Damaged{"a column is shorter than its number of rows"};
    if (type.kind == kFloat) {
      auto& values = std::get<std::vector<double>>(out);
      for (std::uint64_t row = 0; row < rows_; ++row) values.push_back(real(type.bits, data, row));
      return;
    }
    auto& values = std::get<std::vector<std::int64_t>>(out);
    for (std::uint64_t row = 0; row < rows_; ++row) values.push_back(whole(type, data, row));
  }

 private:
  static double real(int bits, const std::string& data, std::uint64_t row) {
    if (bits == 16) return half(load<std::uint16_t>(data, row * 2));
    return bits == 32 ? static_cast<double>(load<float>(data, row * 4)) : load<double>(data, row * 8);
  }

  static std::int64_t whole(const Type& type, const std::string& data, std::uint64_t row) {
    switch (type.bits) {
      case 1:
        return static_cast<unsigned char>(data[row / 8]) >> (row % 8) & 1;
      case 8:
        return type.is_signed ? load<std::int8_t>(data, row) : load<std::uint8_t>(data, row);
      case 16:
        return type.is_signed ? load<std::int16_t>(data, row * 2) : load<std::uint16_t>(data, row * 2);
      case 32:
        return type.is_signed ? std::int64_t{load<std::int32_t>(data, row * 4)} : load<std::uint32_t>(data, row * 4);
      case 64:
        return load<std::int64_t>(data, row * 8);
      default:
        throw Damaged{"a column has whole numbers of an unknown size"};
    }
  }

  void texts(ArrowColumn& out) {
    const std::string offsets = buffer(), data = buffer();
    auto& values = std::get<std::vector<std::string>>(out);
    for (std::uint64_t row = 0; row < rows_; ++row) {
      const auto from = load<std::uint32_t>(offsets, row * 4), to = load<std::uint32_t>(offsets, row * 4 + 4);
      if (from > to || to > data.size()) throw Damaged{"a text lies outside its column"};
      values.push_back(data.substr(from, to - from));
    }
  }

  std::string buffer() {
    if (next_ >= count_) throw Damaged{"it has fewer buffers than its columns need"};
    const std::uint64_t at = buffers_ + 16 * next_++;
    const auto offset = load<std::uint64_t>(batch_.bytes, at), size = load<std::uint64_t>(batch_.bytes, at + 8);
    if (offset > body_.size() || size > body_.size() - offset) throw Damaged{"a buffer lies outside its batch"};
    const std::string_view stored = body_.substr(offset, size);
    if (codec_.empty() || stored.empty()) return std::string(stored);
    const auto length = load<std::int64_t>(stored, 0);
    if (length == -1) return std::string(stored.substr(8));
    const auto wanted = static_cast<std::uint64_t>(length);
    if (length < 0 || wanted > kMostBytes || !mcap::can_hold(codec_, stored.size() - 8, wanted))
      throw Damaged{"a buffer declares more bytes than it can hold"};
    std::string out(wanted, '\0');
    if (!decompressor_.decompress(codec_, stored.substr(8), out.data(), out.size()))
      throw Damaged{"a compressed buffer is damaged"};
    return out;
  }

  Flat batch_;
  std::string_view body_, codec_;
  mcap::Decompressor decompressor_;
  std::uint64_t rows_ = 0, buffers_ = 0;
  std::uint32_t count_ = 0, next_ = 0;
};

ArrowColumn empty_column(const Type& type) {
  if (type.kind == kFloat) return std::vector<double>();
  if (type.kind == kUtf8) return std::vector<std::string>();
  return std::vector<std::int64_t>();
}

class File {
 public:
  explicit File(std::string_view bytes) : bytes_(bytes) {
    if (bytes.size() < 24 || !bytes.starts_with(kMagic) || !bytes.ends_with(kMagic))
      throw Damaged{"does not begin and end as an Arrow file does"};
    const auto size = load<std::uint32_t>(bytes, bytes.size() - 10);
    if (size > bytes.size() - 18) throw Damaged{"its footer is longer than the file"};
    footer_ = root_of(bytes.substr(bytes.size() - 10 - size, size));
  }

  ArrowTable read() {
    const auto schema = footer_.table(1);
    if (!schema) throw Damaged{"it has no schema"};
    const auto fields = fields_of(*schema);
    each_block(2, [&](const Flat& message, std::string_view body) { read_dictionary(message, body, fields); });
    ArrowTable out;
    std::vector<ArrowColumn> columns;
    for (const Field& field : fields) columns.push_back(empty_column(field.dictionary ? field.index : field.type));
    each_block(3, [&](const Flat& message, std::string_view body) {
      Batch batch(header(message, 3), body);
      for (std::size_t c = 0; c < fields.size(); ++c)
        batch.column(fields[c].dictionary ? fields[c].index : fields[c].type, columns[c]);
      out.rows += batch.rows();
    });
    for (std::size_t c = 0; c < fields.size(); ++c)
      out.columns[fields[c].name] = fields[c].dictionary ? spell(fields[c], columns[c]) : std::move(columns[c]);
    return out;
  }

 private:
  static Flat header(const Flat& message, int type) {
    const auto table = message.table(2);
    if (!table || message.value<std::uint8_t>(1, 0) != type)
      throw Damaged{"a message is of another kind than its index says"};
    return *table;
  }

  template <class F>
  void each_block(unsigned field, F&& f) {
    const auto [start, count] = footer_.list(field, 24);
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto offset = load<std::uint64_t>(footer_.bytes, start + 24 * i);
      const auto metadata = load<std::uint32_t>(footer_.bytes, start + 24 * i + 8);
      const auto body = load<std::uint64_t>(footer_.bytes, start + 24 * i + 16);
      if (offset > bytes_.size() || metadata < 8 || metadata > bytes_.size() - offset ||
          body > bytes_.size() - offset - metadata)
        throw Damaged{"a batch lies outside the file"};
      f(root_of(bytes_.substr(offset + 8, metadata - 8)), bytes_.substr(offset + metadata, body));
    }
  }

  void read_dictionary(const Flat& message, std::string_view body, const std::vector<Field>& fields) {
    const Flat dictionary = header(message, 2);
    const auto id = dictionary.value<std::int64_t>(0, 0);
    const auto data = dictionary.table(1);
    for (const Field& field : fields) {
      if (field.dictionary != id || !data) continue;
      if (field.type.kind != kUtf8) throw Damaged{"a dictionary holds something else than texts"};
      ArrowColumn words = empty_column(field.type);
      Batch(*data, body).column(field.type, words);
      auto& known = dictionaries_[id];
      if (!dictionary.value<std::uint8_t>(2, 0)) known.clear();
      for (auto& word : std::get<std::vector<std::string>>(words)) known.push_back(std::move(word));
      return;
    }
  }

  ArrowColumn spell(const Field& field, const ArrowColumn& indices) const {
    std::vector<std::string> out;
    const auto words = dictionaries_.find(*field.dictionary);
    for (const std::int64_t index : std::get<std::vector<std::int64_t>>(indices)) {
      const bool known =
          words != dictionaries_.end() && index >= 0 && static_cast<std::uint64_t>(index) < words->second.size();
      out.push_back(known ? words->second[static_cast<std::size_t>(index)] : std::string());
    }
    return out;
  }

  std::string_view bytes_;
  Flat footer_;
  std::map<std::int64_t, std::vector<std::string>> dictionaries_;
};

}  // namespace

const std::vector<std::int64_t>* ArrowTable::whole(const std::string& name) const {
  const auto found = columns.find(name);
  return found == columns.end() ? nullptr : std::get_if<std::vector<std::int64_t>>(&found->second);
}

std::vector<double> ArrowTable::numbers(const std::string& name) const {
  const auto found = columns.find(name);
  if (found == columns.end()) return {};
  if (const auto* real = std::get_if<std::vector<double>>(&found->second)) return *real;
  const auto* counted = whole(name);
  return counted ? std::vector<double>(counted->begin(), counted->end()) : std::vector<double>();
}

const std::vector<std::string>* ArrowTable::texts(const std::string& name) const {
  const auto found = columns.find(name);
  return found == columns.end() ? nullptr : std::get_if<std::vector<std::string>>(&found->second);
}

sim::Result<ArrowTable> read_arrow(const std::filesystem::path& file) {
  const auto bytes = read_whole(file, kMostBytes);
  if (!bytes) return tl::unexpected(bytes.error());
  try {
    return File(*bytes).read();
  } catch (const Damaged& damaged) {
    return sim::fail(std::string("is no Arrow file that can be read: ") + damaged.what, file.string());
  }
}

}  // namespace bitgoeul::replay::import
