#include "scenarios/openscenario/expression.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cmath>

#include "maps/xml.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxLength = 4096;

struct Function {
  std::string_view name;
  int arguments;
  double (*of)(double, double);
};

double sign_of(double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }

constexpr Function kFunctions[] = {
    {"round", 1, [](double a, double) { return std::round(a); }},
    {"floor", 1, [](double a, double) { return std::floor(a); }},
    {"ceil", 1, [](double a, double) { return std::ceil(a); }},
    {"sqrt", 1, [](double a, double) { return std::sqrt(a); }},
    {"abs", 1, [](double a, double) { return std::fabs(a); }},
    {"sign", 1, [](double a, double) { return sign_of(a); }},
    {"sin", 1, [](double a, double) { return sim::sin(a); }},
    {"cos", 1, [](double a, double) { return sim::cos(a); }},
    {"tan", 1, [](double a, double) { return sim::tan(a); }},
    {"asin", 1, [](double a, double) { return sim::asin(a); }},
    {"acos", 1, [](double a, double) { return sim::acos(a); }},
    {"atan", 1, [](double a, double) { return sim::atan(a); }},
    {"pow", 2, [](double a, double b) { return sim::pow(a, b); }},
    {"min", 2, [](double a, double b) { return std::fmin(a, b); }},
    {"max", 2, [](double a, double b) { return std::fmax(a, b); }},
};

// Recursive descent; the first defect ends it (`error_` is set and everything after gives 0).
class Evaluator {
 public:
  Evaluator(std::string_view text, const Lookup& lookup) : text_(text), lookup_(lookup) {}

  sim::Result<ExpressionValue> run() {
    const ExpressionValue value = logical_or();
    skip_space();
    if (error_.empty() && at_ < text_.size()) stop(fmt::format("\"{}\" was not expected", text_.substr(at_, 20)));
    if (error_.empty() && !std::isfinite(value.number)) stop("the result is not a finite number");
    if (!error_.empty()) return sim::fail(error_);
    return value;
  }

 private:
  void stop(std::string why) {
    if (error_.empty()) error_ = std::move(why);
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(std::string_view token) {
    skip_space();
    if (!error_.empty() || !text_.substr(at_).starts_with(token)) return false;
    const bool word = std::isalpha(static_cast<unsigned char>(token.front())) != 0;
    const std::size_t end = at_ + token.size();
    if (word && end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '_'))
      return false;
    at_ = end;
    return true;
  }
  std::string_view word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  static ExpressionValue truth(bool value) { return {value ? 1.0 : 0.0, true}; }

  ExpressionValue logical_or() {
    ExpressionValue left = logical_and();
    while (take("or")) {
      const ExpressionValue right = logical_and();
      left = truth(left.number != 0 || right.number != 0);
    }
    return left;
  }
  ExpressionValue logical_and() {
    ExpressionValue left = comparison();
    while (take("and")) {
      const ExpressionValue right = comparison();
      left = truth(left.number != 0 && right.number != 0);
    }
    return left;
  }
  ExpressionValue comparison() {
    const ExpressionValue left = sum();
    for (const std::string_view op : {"<=", ">=", "==", "!=", "<", ">"})
      if (take(op)) {
        const double a = left.number, b = sum().number;
        if (op == "<=") return truth(a <= b);
        if (op == ">=") return truth(a >= b);
        if (op == "==") return truth(a == b);
        if (op == "!=") return truth(a != b);
        return truth(op == "<" ? a < b : a > b);
      }
    return left;
  }
  ExpressionValue sum() {
    ExpressionValue left = product();
    while (error_.empty()) {
      if (take("+"))
        left = {left.number + product().number};
      else if (take("-"))
        left = {left.number - product().number};
      else
        break;
    }
    return left;
  }
  ExpressionValue product() {
    ExpressionValue left = unary();
    while (error_.empty()) {
      skip_space();
      if (text_.substr(at_).starts_with("**")) break;
      if (take("*")) {
        left = {left.number * unary().number};
      } else if (take("/") || take("%")) {
        const char op = text_[at_ - 1];
        const double right = unary().number;
        if (right == 0) stop("division by zero");
        left = {right == 0 ? 0.0 : op == '/' ? left.number / right : std::fmod(left.number, right)};
      } else {
        break;
      }
    }
    return left;
  }
  ExpressionValue unary() {
    if (++depth_ > kMaxDepth) {
      stop(fmt::format("nested deeper than {}", kMaxDepth));
      return {};
    }
    ExpressionValue value;
    if (take("-"))
      value = {-unary().number};
    else if (take("+"))
      value = {unary().number};
    else if (take("not"))
      value = truth(unary().number == 0);
    else
      value = power();
    --depth_;
    return value;
  }
  ExpressionValue power() {
    const ExpressionValue base = atom();
    if (!take("**")) return base;
    return {sim::pow(base.number, unary().number)};
  }
  ExpressionValue atom() {
    if (take("(")) {
      const ExpressionValue value = logical_or();
      if (!take(")")) stop("a ')' is missing");
      return value;
    }
    skip_space();
    if (at_ >= text_.size()) {
      stop("it ends where a value should stand");
      return {};
    }
    const char c = text_[at_];
    if (c == '$') return parameter();
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') return number();
    if (take("pi")) return {sim::kPi};  // not of the norm, but written in many files
    if (take("true")) return truth(true);
    if (take("false")) return truth(false);
    return call();
  }
  ExpressionValue number() {
    const std::size_t begin = at_;
    const auto digits = [&] {
      while (at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.')) ++at_;
    };
    digits();
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      digits();
    }
    const auto value = maps::parse_double(text_.substr(begin, at_ - begin));
    if (!value) stop(fmt::format("\"{}\" is not a number", text_.substr(begin, at_ - begin)));
    return {value.value_or(0.0)};
  }
  ExpressionValue parameter() {
    ++at_;
    const std::string_view name = word();
    const auto text = lookup_(name);
    if (!text) {
      stop(fmt::format("parameter {} is not declared", name));
      return {};
    }
    if (*text == "true" || *text == "false") return truth(*text == "true");
    const auto value = maps::parse_double(*text);
    if (!value) stop(fmt::format("parameter {} is \"{}\", not a number", name, *text));
    return {value.value_or(0.0)};
  }
  ExpressionValue call() {
    const std::string_view name = word();
    for (const Function& function : kFunctions) {
      if (function.name != name) continue;
      std::array<double, 2> arguments{};
      if (!take("(")) stop(fmt::format("'(' is missing after {}", name));
      for (int i = 0; i < function.arguments && error_.empty(); ++i) {
        if (i > 0 && !take(",")) stop(fmt::format("{} takes {} arguments", name, function.arguments));
        arguments[static_cast<std::size_t>(i)] = logical_or().number;
      }
      if (!take(")")) stop(fmt::format("a ')' is missing after the arguments of {}", name));
      return {error_.empty() ? function.of(arguments[0], arguments[1]) : 0.0};
    }
    stop(name.empty() ? fmt::format("\"{}\" was not expected", text_.substr(at_, 20))
                      : fmt::format("{} is no function of the norm", name));
    return {};
  }

  std::string_view text_;
  const Lookup& lookup_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string error_;
};

}  // namespace

bool is_expression(std::string_view text) { return text.starts_with("${") && text.ends_with("}"); }

sim::Result<ExpressionValue> evaluate_expression(std::string_view text, const Lookup& lookup) {
  if (text.size() > kMaxLength) return sim::fail(fmt::format("an expression longer than {} characters", kMaxLength));
  return Evaluator(text, lookup).run();
}

std::string to_text(const ExpressionValue& value) {
  if (value.boolean) return value.number != 0 ? "true" : "false";
  if (std::fabs(value.number) < 1e15 && value.number == std::floor(value.number))
    return fmt::format("{}", static_cast<long long>(value.number));
  return fmt::format("{}", value.number);
}

}  // namespace bitgoeul::scenarios::openscenario
