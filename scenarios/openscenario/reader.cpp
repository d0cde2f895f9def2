#include "scenarios/openscenario/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "scenarios/openscenario/scope.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

std::string listed(Reader::Names names) {
  std::string text;
  for (std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

bool contains(Reader::Names names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void Reader::shape(const XmlElement& element, Names children, Names attributes) const {
  for (const XmlElement& child : element.children()) {
    if (contains(children, child.name())) continue;
    child.error(fmt::format("<{}> is not supported in <{}>", child.name(), element.name()), "unsupported",
                children.size() == 0 ? "remove it" : "supported here: " + listed(children));
  }
  for (const auto& [name, value] : element.attributes()) {
    if (contains(attributes, name) || name.starts_with("xmlns") || name.starts_with("xsi:")) continue;
    element.error(fmt::format("attribute {} is not supported in <{}>", name, element.name()), "unsupported",
                  attributes.size() == 0 ? "remove it" : "supported here: " + listed(attributes));
  }
}

XmlElement Reader::need(const XmlElement& element, std::string_view child) const {
  if (!element) return {};
  XmlElement found = element.child(child);
  if (!found) element.error(fmt::format("<{}> lacks <{}>", element.name(), child), "missing element");
  return found;
}

std::optional<std::string> Reader::resolve(const XmlElement& element, std::string_view name) const {
  if (!element) return std::nullopt;
  const auto value = element.attribute(name);
  if (!value) return std::nullopt;
  std::string why;
  auto resolved = resolve_text(*value, parameters, why);
  if (!resolved) element.error(fmt::format("attribute {}=\"{}\": {}", name, *value, why), "parameter");
  return resolved;
}

std::optional<std::string> Reader::required(const XmlElement& element, std::string_view name) const {
  if (!element) return std::nullopt;
  if (!element.attribute(name)) {
    element.error(fmt::format("<{}> lacks the attribute {}", element.name(), name), "missing attribute");
    return std::nullopt;
  }
  return resolve(element, name);
}

std::string Reader::text(const XmlElement& element, std::string_view name) const {
  return required(element, name).value_or(std::string());
}

std::string Reader::optional_text(const XmlElement& element, std::string_view name, std::string fallback) const {
  return resolve(element, name).value_or(std::move(fallback));
}

double Reader::to_number(const XmlElement& element, std::string_view name, const std::string& value,
                         Limits limits) const {
  const auto number = maps::parse_double(value);
  if (!number) {
    element.error(fmt::format("attribute {}=\"{}\" is not a number", name, value), "number");
    return 0.0;
  }
  if (*number >= limits.min && *number <= limits.max) return *number;
  const std::string range = limits.max > 1e300
                                ? (limits.min > 0 ? "greater than 0" : fmt::format("at least {}", limits.min))
                                : fmt::format("from {} to {}", limits.min, limits.max);
  element.error(fmt::format("attribute {}=\"{}\" must be {}", name, value, range), "range");
  return std::clamp(*number, limits.min, limits.max);
}

double Reader::number(const XmlElement& element, std::string_view name, Limits limits) const {
  const auto value = required(element, name);
  return value ? to_number(element, name, *value, limits) : 0.0;
}

std::optional<double> Reader::optional_number(const XmlElement& element, std::string_view name, Limits limits) const {
  const auto value = resolve(element, name);
  if (!value) return std::nullopt;
  return to_number(element, name, *value, limits);
}

std::uint32_t Reader::count(const XmlElement& element, std::string_view name) const {
  const auto value = required(element, name);
  if (!value) return 0;
  const auto number = maps::parse_int(*value);
  if (number && *number >= 0) return static_cast<std::uint32_t>(*number);
  element.error(fmt::format("attribute {}=\"{}\" is not a whole number of 0 or more", name, *value), "number");
  return 0;
}

bool Reader::boolean(const XmlElement& element, std::string_view name) const {
  const auto value = required(element, name);
  if (!value || *value == "false" || *value == "0") return false;
  if (*value == "true" || *value == "1") return true;
  element.error(fmt::format("attribute {}=\"{}\" must be true or false", name, *value), "boolean");
  return false;
}

std::string Reader::word(const XmlElement& element, std::string_view name,
                         std::span<const std::string_view> words) const {
  const auto value = required(element, name);
  if (!value) return std::string(words.front());
  if (std::find(words.begin(), words.end(), *value) != words.end()) return *value;
  std::string allowed;
  for (std::string_view word : words) allowed += (allowed.empty() ? "" : ", ") + std::string(word);
  element.error(fmt::format("attribute {}=\"{}\" is not supported", name, *value), "unsupported",
                "supported here: " + allowed);
  return std::string(words.front());
}

void Reader::entity_ref(const XmlElement& element, const std::string& name) const {
  if (name.empty() || entity_names.count(name) > 0) return;
  const std::vector<std::string_view> known(entity_names.begin(), entity_names.end());
  const auto close = maps::closest_name(name, known);
  element.error(fmt::format("entity {} is not declared", name), "undeclared entity",
                close ? fmt::format("did you mean {}?", *close) : "declare it as a <ScenarioObject> in <Entities>");
}

std::vector<Property> Reader::properties(const XmlElement& element) const {
  std::vector<Property> list;
  if (!element) return list;
  shape(element, {"Property"});
  for (const XmlElement& child : element.children("Property")) {
    shape(child, {}, {"name", "value"});
    list.push_back({text(child, "name"), text(child, "value")});
  }
  return list;
}

}  // namespace bitgoeul::scenarios::openscenario
