// Value: any decoded message as a tree of named fields, whatever its encoding: what the decoders (CDR, ROS 1, Protobuf,
// JSON) make and messages.cpp reads by field name. Texts and bytes are views into the message, names into the decoder:
// a Value holds until the next message. Sizes are bounded by Budget, never by what a message declares.
// Thread rule: pure values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitgoeul::replay::import {

struct Value {
  enum class Kind : std::uint8_t { kNone, kBool, kInt, kDouble, kText, kNumbers, kList, kRecord };
  Kind kind = Kind::kNone;
  std::int64_t whole = 0;  // kBool, kInt
  double real = 0;         // kBool, kInt, kDouble
  std::string_view text;   // kText: UTF-8 or bytes
  std::vector<double> numbers;
  std::vector<Value> items;                         // of a list, or fields of a record
  const std::vector<std::string>* names = nullptr;  // of a record's fields

  static Value of(std::int64_t value) { return {Kind::kInt, value, static_cast<double>(value), {}, {}, {}, nullptr}; }
  static Value of(double value) { return {Kind::kDouble, 0, value, {}, {}, {}, nullptr}; }
  static Value of(std::string_view value) { return {Kind::kText, 0, 0, value, {}, {}, nullptr}; }

  const Value& operator[](std::string_view name) const;  // of a record; an empty Value when it is not there
  const Value& at(std::string_view path) const;          // "pose.pose.position"
  bool has(std::string_view name) const { return (*this)[name].kind != Kind::kNone; }
  explicit operator bool() const { return kind != Kind::kNone; }
  double number(double otherwise = 0) const { return kind == Kind::kNone ? otherwise : real; }
};

// How much one message may become.
struct Budget {
  std::size_t values = 1'000'000;
  int depth = 48;
};

}  // namespace bitgoeul::replay::import
