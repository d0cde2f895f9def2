#include "scenarios/openscenario/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "scenarios/openscenario/expression.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr int kMaxCatalogDepth = 8;

std::optional<bool> to_boolean(const std::string& value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return std::nullopt;
}

bool is_whole(const std::string& value, double min, double max) {
  const auto number = maps::parse_double(value);
  return number && *number == std::floor(*number) && *number >= min && *number <= max;
}

std::string_view letter_of(std::string_view parameter_type) {
  if (parameter_type == "double") return "D";
  if (parameter_type == "integer" || parameter_type == "int") return "I";
  if (parameter_type == "unsignedInt") return "U";
  if (parameter_type == "unsignedShort") return "H";
  if (parameter_type == "boolean") return "B";
  if (parameter_type == "dateTime") return "T";
  return "S";
}

}  // namespace

bool is_date_time(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  const int fields =
      std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d%n", &year, &month, &day, &hour, &minute, &second, &used);
  return fields == 6 && used >= 19 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour >= 0 && hour <= 24 &&
         minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
}

bool has_type(const std::string& value, std::string_view type) {
  switch (type.front()) {
    case 'D':
      return maps::parse_double(value).has_value() || value == "INF" || value == "-INF";
    case 'I':
      return is_whole(value, -2147483648.0, 2147483647.0);
    case 'U':
      return is_whole(value, 0.0, 4294967295.0);
    case 'H':
      return is_whole(value, 0.0, 65535.0);
    case 'B':
      return to_boolean(value).has_value();
    case 'T':
      return is_date_time(value);
    default:
      return true;
  }
}

// A value holds when one of the groups does, and a group when all of its constraints do.
static bool constraint_holds(const std::string& value, const std::string& rule, const std::string& limit) {
  const auto a = maps::parse_double(value), b = maps::parse_double(limit);
  if (rule == "equalTo") return a && b ? *a == *b : value == limit;
  if (rule == "notEqualTo") return a && b ? *a != *b : value != limit;
  if (!a || !b) return false;
  if (rule == "greaterThan") return *a > *b;
  if (rule == "lessThan") return *a < *b;
  if (rule == "greaterOrEqual") return *a >= *b;
  return *a <= *b;
}

static bool constraints_hold(const Scopes& reader, const XmlElement& declaration, const std::string& value) {
  const std::vector<XmlElement> groups = declaration.children("ConstraintGroup");
  for (const XmlElement& group : groups) {
    bool all = true;
    for (const XmlElement& constraint : group.children("ValueConstraint"))
      all = all && constraint_holds(value, reader.text(constraint, "rule"), reader.text(constraint, "value"));
    if (all) return true;
  }
  return groups.empty();
}

void Scopes::declare(const XmlElement& element, bool report, bool outermost) {
  const std::size_t outer = parameters.size();
  for (const XmlElement& item : element.children("ParameterDeclaration")) {
    ParameterDeclaration parameter;
    std::string_view name = item.attribute("name").value_or("");
    if (name.starts_with('$')) name.remove_prefix(1);  // the schema has said so
    parameter.name = name;
    if (!outermost) parameter.id = ++declared_;
    parameter.type = item.attribute("parameterType").value_or("string");
    std::string why;
    const std::string_view raw = item.attribute("value").value_or("");
    const auto value = resolve(raw, why);
    if (!value && report) item.error(fmt::format("attribute value=\"{}\": {}", raw, why), "parameter");
    parameter.value = value.value_or(std::string(raw));
    const auto inner = parameters.begin() + static_cast<std::ptrdiff_t>(outer);
    const bool twice = std::any_of(inner, parameters.end(), [&](const auto& p) { return p.name == parameter.name; });
    // A catalogue is often somebody else's: what is wrong with a value shows where it is used.
    const auto complain = [&](std::string what, const char* rule) {
      return catalog_depth_ > 0 ? item.warning(std::move(what), rule) : item.error(std::move(what), rule);
    };
    if (twice && report) complain(fmt::format("parameter {} is declared twice", parameter.name), "duplicate");
    if (report && value && !has_type(*value, letter_of(parameter.type)))
      complain(fmt::format("parameter {}=\"{}\" is not of type {}", parameter.name, *value, parameter.type), "type");
    parameters.push_back(std::move(parameter));
  }
  if (!report) return;
  std::size_t i = outer;
  for (const XmlElement& item : element.children("ParameterDeclaration")) {
    const ParameterDeclaration& parameter = parameters[i++];
    if (!constraints_hold(*this, item, parameter.value))
      item.error(fmt::format("parameter {}=\"{}\" breaks its constraints", parameter.name, parameter.value),
                 "constraint");
  }
}

std::optional<std::string> resolve_text(std::string_view raw, const std::vector<ParameterDeclaration>& parameters,
                                        std::string& why) {
  const auto lookup = [&](std::string_view name) -> std::optional<std::string> {
    for (auto p = parameters.rbegin(); p != parameters.rend(); ++p)
      if (p->name == name) return p->value;
    return std::nullopt;
  };
  if (raw.starts_with("${")) {
    if (!is_expression(raw)) {
      why = "the expression does not end with }";
      return std::nullopt;
    }
    const auto value = evaluate_expression(raw.substr(2, raw.size() - 3), lookup);
    if (value) return to_text(*value);
    why = value.error().what;
    return std::nullopt;
  }
  if (!raw.starts_with('$')) return std::string(raw);
  if (auto value = lookup(raw.substr(1))) return value;
  std::vector<std::string_view> known;
  for (const ParameterDeclaration& parameter : parameters) known.push_back(parameter.name);
  const auto close = maps::closest_name(raw.substr(1), known);
  why = fmt::format("parameter {} is not declared{}", raw.substr(1),
                    close ? fmt::format("; did you mean {}?", *close) : "");
  return std::nullopt;
}

std::optional<std::string> Scopes::resolve(std::string_view raw, std::string& why, bool* borrowed) const {
  auto value = resolve_text(raw, parameters, why);
  if (value || catalog_depth_ == 0) return value;
  std::vector<ParameterDeclaration> with_root = root_;
  with_root.insert(with_root.end(), parameters.begin(), parameters.end());
  std::string ignored;
  value = resolve_text(raw, with_root, ignored);
  if (value && borrowed != nullptr) *borrowed = true;
  return value;
}

std::string Scopes::text(const XmlElement& element, std::string_view name) const {
  if (!element) return {};
  const auto raw = element.attribute(name);
  std::string why;
  return raw ? resolve(*raw, why).value_or(std::string()) : std::string();
}

CatalogScope::CatalogScope(Scopes& reader, const XmlElement& reference, bool report) : reader_(reader), scope_(reader) {
  ++reader_.catalog_depth_;
  if (reader_.catalog_depth_ <= kMaxCatalogDepth)
    enter(reference, report);
  else if (report)
    reference.error("catalogue references go in a circle", "catalog");
}

void CatalogScope::enter(const XmlElement& reference, bool report) {
  const std::string catalog = reader_.text(reference, "catalogName"), name = reader_.text(reference, "entryName");
  const Catalogs::Entry entry = reader_.catalogs.find(catalog, name);
  if (!entry.element) {
    if (report) reference.error(entry.why, "catalog", entry.remedy);
    return;
  }
  std::vector<ParameterDeclaration> inner;
  std::swap(inner, reader_.parameters);
  if (const XmlElement declared = entry.element.child("ParameterDeclarations")) reader_.declare(declared, report);
  std::swap(inner, reader_.parameters);
  for (const XmlElement& assignment : reference.child("ParameterAssignments").children("ParameterAssignment")) {
    // The name of the entry's parameter, also written with its $.
    std::string_view to = assignment.attribute("parameterRef").value_or("");
    if (to.starts_with('$')) to.remove_prefix(1);
    const auto found = std::find_if(inner.begin(), inner.end(), [&](const auto& p) { return p.name == to; });
    if (found != inner.end())
      found->value = reader_.text(assignment, "value");
    else if (report)
      assignment.warning(fmt::format("entry {} declares no parameter {}", name, to), "parameter");
  }
  if (reader_.catalog_depth_ == 1)
    std::copy_if(reader_.parameters.begin(), reader_.parameters.end(), std::back_inserter(reader_.root_),
                 [](const ParameterDeclaration& p) { return p.id == 0; });
  outer_ = std::move(reader_.parameters);
  reader_.parameters = std::move(inner);
  element = entry.element;
}

CatalogScope::~CatalogScope() {
  if (--reader_.catalog_depth_ == 0) reader_.root_.clear();
  if (element) reader_.parameters = std::move(outer_);
}

}  // namespace bitgoeul::scenarios::openscenario
