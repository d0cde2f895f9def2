// Messages of ROS 1 and of ROS 2 (CDR), decoded by their definitions. Rules: ros.org/msg, and OMG DDS-XTypes 1.3 clause
// 7.4 for CDR.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>

#include "replay/import/decoder.h"

namespace bitgoeul::replay::import {
namespace {

enum class Basic : std::uint8_t {
  kRecord,
  kBool,
  kI8,
  kU8,
  kI16,
  kU16,
  kI32,
  kU32,
  kI64,
  kU64,
  kF32,
  kF64,
  kText,
  kTime
};

struct Field {
  std::string name;
  Basic basic = Basic::kRecord;
  std::string type;        // of a record
  std::size_t record = 0;  // its place in the types
  bool is_list = false;
  std::optional<std::uint64_t> count;  // of a fixed array
};

struct RecordType {
  std::string name;
  std::vector<Field> fields;
  std::vector<std::string> names;
};

constexpr std::array<std::pair<std::string_view, Basic>, 17> kBasics = {{{"bool", Basic::kBool},
                                                                         {"boolean", Basic::kBool},
                                                                         {"int8", Basic::kI8},
                                                                         {"uint8", Basic::kU8},
                                                                         {"byte", Basic::kU8},
                                                                         {"char", Basic::kU8},
                                                                         {"octet", Basic::kU8},
                                                                         {"int16", Basic::kI16},
                                                                         {"uint16", Basic::kU16},
                                                                         {"int32", Basic::kI32},
                                                                         {"uint32", Basic::kU32},
                                                                         {"int64", Basic::kI64},
                                                                         {"uint64", Basic::kU64},
                                                                         {"float32", Basic::kF32},
                                                                         {"float64", Basic::kF64},
                                                                         {"string", Basic::kText},
                                                                         {"time", Basic::kTime}}};

const std::vector<std::string> kTimeNames = {"sec", "nanosec"};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\r')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::size_t size_of(Basic basic) {
  switch (basic) {
    case Basic::kBool:
    case Basic::kI8:
    case Basic::kU8:
      return 1;
    case Basic::kI16:
    case Basic::kU16:
      return 2;
    case Basic::kI64:
    case Basic::kU64:
    case Basic::kF64:
      return 8;
    default:
      return 4;
  }
}

// All types of one definition; the first is the message.
class Definition {
 public:
  sim::Result<void> parse(std::string_view name, std::string_view text) {
    begin(plain_type(name));
    if (auto done = parse_lines(text); !done) return done;
    return link();
  }

  const std::vector<RecordType>& types() const { return types_; }

 private:
  void begin(std::string name) { types_.push_back({.name = std::move(name)}); }

  sim::Result<void> parse_lines(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view line = trimmed(text.substr(0, end));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
      if (line.starts_with("====")) continue;
      if (line.starts_with("MSG:")) {
        begin(plain_type(trimmed(line.substr(4))));
        continue;
      }
      if (line == "---") return sim::fail("the definition of a service is no message");
      if (auto done = parse_field(line); !done) return done;
    }
    return {};
  }

  sim::Result<void> parse_field(std::string_view line) {
    if (const auto comment = line.find('#'); comment != std::string_view::npos) line = trimmed(line.substr(0, comment));
    if (line.empty()) return {};
    const std::size_t gap = line.find_first_of(" \t");
    if (gap == std::string_view::npos)
      return sim::fail("the definition has a line without a name: " + std::string(line));
    std::string_view type = line.substr(0, gap);
    std::string_view rest = trimmed(line.substr(gap));
    const std::size_t name_end = rest.find_first_of(" \t=");
    const std::string_view name = rest.substr(0, name_end);
    if (name_end != std::string_view::npos && trimmed(rest.substr(name_end)).starts_with('=')) return {};  // a constant
    Field field;
    field.name = name;
    if (auto list = take_list(type, field); !list) return list;
    // A bound on a string's length is not ours to enforce.
    if (const auto bound = type.find("<="); bound != std::string_view::npos) type = type.substr(0, bound);
    set_type(type, field);
    types_.back().names.push_back(field.name);
    types_.back().fields.push_back(std::move(field));
    return {};
  }

  static sim::Result<void> take_list(std::string_view& type, Field& field) {
    const std::size_t open = type.find('[');
    if (open == std::string_view::npos) return {};
    const std::size_t close = type.find(']', open);
    if (close == std::string_view::npos) return sim::fail("the definition has a [ without ]");
    const std::string_view size = type.substr(open + 1, close - open - 1);
    field.is_list = true;
    type = type.substr(0, open);
    if (size.empty() || size.starts_with("<=")) return {};
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), count);
    if (error != std::errc() || end != size.data() + size.size())
      return sim::fail("the definition has an array of no known length");
    field.count = count;
    return {};
  }

  void set_type(std::string_view type, Field& field) const {
    for (const auto& [name, basic] : kBasics)
      if (name == type) field.basic = basic;
    if (type == "duration") field.basic = Basic::kTime;
    if (type == "wstring") field.basic = Basic::kRecord;
    if (field.basic != Basic::kRecord) return;
    field.type = plain_type(type);
    if (field.type == "Header") field.type = "std_msgs/Header";
    if (field.type.find('/') != std::string::npos) return;
    const std::string& mine = types_.back().name;
    field.type = mine.substr(0, mine.find('/') + 1) + field.type;
  }

  sim::Result<void> link() {
    std::map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < types_.size(); ++i) places.try_emplace(types_[i].name, i);
    for (RecordType& type : types_) {
      for (Field& field : type.fields) {
        if (field.basic != Basic::kRecord) continue;
        const auto found = places.find(field.type);
        const bool time = field.type == "builtin_interfaces/Time" || field.type == "builtin_interfaces/Duration";
        if (found == places.end() && !time)
          return sim::fail("the definition of " + type.name + " names " + field.type + ", which is not there");
        if (found == places.end()) field.basic = Basic::kTime;
        if (found != places.end()) field.record = found->second;
      }
    }
    return {};
  }

  std::vector<RecordType> types_;
};

// Reads one message; after something that does not fit, `why` says what.
class Reading {
 public:
  Reading(const std::vector<RecordType>& types, std::string_view data, bool cdr)
      : types_(types), data_(data), cdr_(cdr) {}

  bool start() {
    if (!cdr_) return true;
    if (data_.size() < 4) return fail("has no encapsulation header");
    const auto kind = static_cast<unsigned char>(data_[1]);
    if (data_[0] != 0) return fail("has an unknown encapsulation");
    const bool cdr1 = kind <= 1, cdr2 = kind == 6 || kind == 7 || kind == 0x10 || kind == 0x11;
    if (!cdr1 && !cdr2) return fail("has an encapsulation that is not read (" + std::to_string(kind) + ")");
    swap_ = kind % 2 == 0;
    most_aligned_ = cdr2 ? 4 : 8;
    data_.remove_prefix(4);
    return true;
  }

  bool record(std::size_t index, int depth, Value& out) {
    if (depth <= 0) return fail("is nested too deeply");
    const RecordType& type = types_[index];
    out.kind = Value::Kind::kRecord;
    out.names = &type.names;
    out.items.resize(type.fields.size());
    if (type.fields.empty() && cdr_) (void)take(1);  // a dummy byte
    for (std::size_t i = 0; i < type.fields.size(); ++i)
      if (!field(type.fields[i], depth, out.items[i])) return false;
    return true;
  }

  std::string why;

 private:
  bool fail(std::string what) {
    why = std::move(what);
    return false;
  }

  std::string_view take(std::uint64_t size) {
    if (size > data_.size() - at_) {
      ended_ = true;
      return {};
    }
    const std::string_view bytes = data_.substr(at_, size);
    at_ += size;
    return bytes;
  }

  void align(std::size_t size) {
    if (!cdr_) return;
    const std::size_t to = std::min(size, most_aligned_);
    at_ = std::min(data_.size(), (at_ + to - 1) / to * to);
  }

  template <class T>
  T scalar() {
    align(sizeof(T));
    std::array<char, sizeof(T)> bytes{};
    const std::string_view from = take(sizeof(T));
    std::copy(from.begin(), from.end(), bytes.begin());
    if (swap_) std::reverse(bytes.begin(), bytes.end());
    return std::bit_cast<T>(bytes);
  }

  double number(Basic basic, std::int64_t& whole) {
    const auto integer = [&](auto value) {
      whole = static_cast<std::int64_t>(value);
      return static_cast<double>(value);
    };
    switch (basic) {
      case Basic::kBool:
      case Basic::kU8:
        return integer(scalar<std::uint8_t>());
      case Basic::kI8:
        return integer(scalar<std::int8_t>());
      case Basic::kI16:
        return integer(scalar<std::int16_t>());
      case Basic::kU16:
        return integer(scalar<std::uint16_t>());
      case Basic::kI32:
        return integer(scalar<std::int32_t>());
      case Basic::kU32:
        return integer(scalar<std::uint32_t>());
      case Basic::kI64:
        return integer(scalar<std::int64_t>());
      case Basic::kU64:
        return integer(scalar<std::uint64_t>());
      case Basic::kF32:
        return static_cast<double>(scalar<float>());
      default:
        return scalar<double>();
    }
  }

  bool one(const Field& field, int depth, Value& out) {
    if (values_-- == 0) return fail("has too many values");
    if (field.basic == Basic::kRecord) return record(field.record, depth - 1, out);
    if (field.basic == Basic::kText) {
      std::string_view text = take(scalar<std::uint32_t>());
      if (cdr_ && text.ends_with('\0')) text.remove_suffix(1);
      out = Value::of(text);
    } else if (field.basic == Basic::kTime) {
      out.kind = Value::Kind::kRecord;
      out.names = &kTimeNames;
      out.items = {Value::of(std::int64_t{scalar<std::int32_t>()}), Value::of(std::int64_t{scalar<std::uint32_t>()})};
    } else {
      const bool real = field.basic == Basic::kF32 || field.basic == Basic::kF64;
      out.kind = real ? Value::Kind::kDouble : Value::Kind::kInt;
      out.real = number(field.basic, out.whole);
    }
    return !ended_ || fail("ends inside " + field.name);
  }

  bool field(const Field& field, int depth, Value& out) {
    if (!field.is_list) return one(field, depth, out);
    const std::uint64_t count = field.count ? *field.count : scalar<std::uint32_t>();
    if (ended_) return fail("ends before " + field.name);
    const bool compound = field.basic == Basic::kRecord || field.basic == Basic::kText || field.basic == Basic::kTime;
    if (!compound) return numbers(field, count, out);
    out.kind = Value::Kind::kList;
    for (std::uint64_t i = 0; i < count; ++i) {
      out.items.emplace_back();
      if (!one(field, depth, out.items.back())) return false;
    }
    return true;
  }

  bool numbers(const Field& field, std::uint64_t count, Value& out) {
    const std::size_t size = size_of(field.basic);
    if (count > 0) align(size);
    if (count > (data_.size() - at_) / size) return fail("ends inside " + field.name);
    if (size == 1) {
      out = Value::of(take(count));
      return true;
    }
    out.kind = Value::Kind::kNumbers;
    out.numbers.reserve(count);
    std::int64_t whole = 0;
    for (std::uint64_t i = 0; i < count; ++i) out.numbers.push_back(number(field.basic, whole));
    return true;
  }

  const std::vector<RecordType>& types_;
  std::string_view data_;
  bool cdr_ = false, swap_ = false, ended_ = false;
  std::size_t most_aligned_ = 8, at_ = 0, values_ = Budget{}.values;
};

class RosDecoder final : public Decoder {
 public:
  RosDecoder(Definition definition, bool cdr) : definition_(std::move(definition)), cdr_(cdr) {}

  sim::Result<Value> decode(std::string_view message) override {
    Reading reading(definition_.types(), message, cdr_);
    Value value;
    if (reading.start() && reading.record(0, Budget{}.depth, value)) return value;
    return sim::fail("a message of " + definition_.types().front().name + " " + reading.why);
  }

 private:
  Definition definition_;
  bool cdr_;
};

// The blocks of the table of known types that this one needs, itself first.
std::string known_definition(const std::string& type) {
  std::map<std::string, std::string_view> blocks;
  std::string_view table = known_ros_types();
  while (!table.empty()) {
    const std::size_t end = table.find("\nMSG: ");
    std::string_view block = table.substr(0, end);
    table = end == std::string_view::npos ? std::string_view() : table.substr(end + 1);
    if (!block.starts_with("MSG: ")) continue;
    const std::size_t line = block.find('\n');
    blocks.emplace(block.substr(5, line - 5), block.substr(line + 1));
  }
  const auto mine = blocks.find(type);
  if (mine == blocks.end()) return {};
  std::string text(mine->second);
  for (const auto& [name, block] : blocks) text += "\nMSG: " + name + "\n" + std::string(block);
  return text;
}

}  // namespace

std::string plain_type(std::string_view name) {
  const std::size_t first = name.find('/'), last = name.rfind('/');
  if (first == std::string_view::npos || first == last) return std::string(name);
  return std::string(name.substr(0, first + 1)) + std::string(name.substr(last + 1));
}

sim::Result<DecoderPtr> make_ros_decoder(const MessageType& type) {
  std::string text = type.schema;
  if (text.empty()) text = known_definition(plain_type(type.name));
  if (text.empty()) return sim::fail("the log holds no definition of " + type.name);
  if (!type.schema.empty() && type.schema_encoding.find("idl") != std::string::npos) {
    auto plain = ros2msg_of_idl(type.name, text);
    if (!plain) return tl::unexpected(plain.error());
    text = std::move(*plain);
  }
  Definition definition;
  if (auto parsed = definition.parse(type.name, text); !parsed) return tl::unexpected(parsed.error());
  return std::make_unique<RosDecoder>(std::move(definition), type.encoding == "cdr");
}

}  // namespace bitgoeul::replay::import
