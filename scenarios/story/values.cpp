#include "scenarios/story/values.h"

#include <fmt/format.h>

#include <algorithm>

#include "maps/xml.h"

namespace bitgoeul::scenarios::story {
namespace {

using openscenario::Rule;

template <class T>
bool holds(const T& a, Rule rule, const T& b) {
  switch (rule) {
    case Rule::kEqualTo:
      return a == b;
    case Rule::kGreaterThan:
      return a > b;
    case Rule::kLessThan:
      return a < b;
    case Rule::kGreaterOrEqual:
      return a >= b;
    case Rule::kLessOrEqual:
      return a <= b;
    case Rule::kNotEqualTo:
      return a != b;
  }
  return false;
}

// 1 and 0 are the words of xsd:boolean too.
std::string_view as_boolean(std::string_view text) { return text == "true" ? "1" : text == "false" ? "0" : text; }

}  // namespace

bool compare(double a, Rule rule, double b) { return holds(a, rule, b); }

bool compare(std::string_view a, Rule rule, std::string_view b) {
  a = as_boolean(a), b = as_boolean(b);
  const auto x = maps::parse_double(a), y = maps::parse_double(b);
  return x && y ? holds(*x, rule, *y) : holds(a, rule, b);
}

Row Values::find(ValueKind kind, std::string_view name) const {
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i].kind == kind && names_[i].name == name) return static_cast<Row>(i);
  return kNone;
}

std::vector<Row> Values::all(ValueKind kind) const {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i].kind == kind) rows.push_back(static_cast<Row>(i));
  return rows;
}

Row Values::row(ValueKind kind, const std::string& name) {
  if (const Row known = find(kind, name); known != kNone) return known;
  names_.push_back({kind, name});
  table_.value.push_back({});
  return static_cast<Row>(names_.size()) - 1;
}

std::string_view Values::text(Row row) const {
  const Text& value = table_.value[row];
  return {value.data(), static_cast<std::size_t>(std::find(value.begin(), value.end(), '\0') - value.begin())};
}

void Values::set(Row row, std::string_view text) {
  Text& value = table_.value[row];
  value.fill('\0');
  std::copy_n(text.begin(), std::min(text.size(), kTextBytes - 1), value.begin());
}

bool Values::modify(Row row, const openscenario::ValueModify& change) {
  const auto old = maps::parse_double(text(row));
  if (!old) return false;
  const double now = change.op == openscenario::ModifyOperator::kAdd ? *old + change.value : *old * change.value;
  Text out{};
  const auto end = fmt::format_to_n(out.data(), out.size() - 1, "{}", now);
  set(row, {out.data(), std::min(end.size, kTextBytes - 1)});
  return true;
}

}  // namespace bitgoeul::scenarios::story
