// Expressions of OpenSCENARIO XML (1.3, 9.2): `${...}` with + - * / % **, comparisons, and/or/not, parentheses, $names
// and the functions round floor ceil sqrt pow abs sign min max sin cos tan asin acos atan. Pure; refuses what has no
// value (division by zero, overflow, unknown names) with a reason. Thread rule: pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sim/result.h"

namespace bitgoeul::scenarios::openscenario {

struct ExpressionValue {
  double number = 0;
  bool boolean = false;  // came from a comparison, a logical operator or a boolean parameter
};

using Lookup = std::function<std::optional<std::string>(std::string_view name)>;  // value of $name

bool is_expression(std::string_view text);  // `${` ... `}`
// Of the text between `${` and `}`; the error's `what` says why there is no value.
sim::Result<ExpressionValue> evaluate_expression(std::string_view text, const Lookup& lookup);
// As an attribute holds it: the shortest decimal, or true/false.
std::string to_text(const ExpressionValue& value);

}  // namespace bitgoeul::scenarios::openscenario
