#include "scenarios/openscenario/reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace bitgoeul::scenarios::openscenario {

std::optional<std::string> Reader::resolve(const XmlElement& element, std::string_view name) const {
  if (!element) return std::nullopt;
  const auto raw = element.attribute(name);
  std::string why;
  return raw ? scopes.resolve(*raw, why) : std::nullopt;
}

std::string Reader::text(const XmlElement& element, std::string_view name, std::string fallback) const {
  if (auto value = resolve(element, name)) return *std::move(value);
  const auto raw = element ? element.attribute(name) : std::nullopt;
  return raw && raw->starts_with("${") ? std::string(*raw) : std::move(fallback);  // the schema has said so
}

std::optional<double> Reader::optional_number(const XmlElement& element, std::string_view name, Limits limits) const {
  const auto value = resolve(element, name);
  if (!value) return std::nullopt;
  double number = 0;
  if (*value == "INF" || *value == "-INF")
    number = value->front() == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  else if (const auto read = maps::parse_double(*value))
    number = *read;
  else
    return std::nullopt;  // the schema has said so
  if (number >= limits.min && number <= limits.max) return number;
  const std::string range = limits.max > 1e300
                                ? (limits.min > 0 ? "greater than 0" : fmt::format("at least {}", limits.min))
                                : fmt::format("from {} to {}", limits.min, limits.max);
  element.error(fmt::format("attribute {}=\"{}\" must be {}", name, *value, range), "range");
  return std::clamp(number, limits.min, limits.max);
}

double Reader::number(const XmlElement& element, std::string_view name, Limits limits, double fallback) const {
  return optional_number(element, name, limits).value_or(fallback);
}

std::int32_t Reader::integer(const XmlElement& element, std::string_view name, std::int32_t fallback) const {
  const auto value = resolve(element, name);
  const auto number = value ? maps::parse_double(*value) : std::nullopt;
  return number && *number >= -2147483648.0 && *number <= 2147483647.0 ? static_cast<std::int32_t>(*number) : fallback;
}

std::uint32_t Reader::count(const XmlElement& element, std::string_view name, std::uint32_t fallback) const {
  const auto value = resolve(element, name);
  const auto number = value ? maps::parse_double(*value) : std::nullopt;
  return number && *number >= 0 && *number <= 4294967295.0 ? static_cast<std::uint32_t>(*number) : fallback;
}

std::optional<bool> Reader::optional_boolean(const XmlElement& element, std::string_view name) const {
  const auto value = resolve(element, name);
  if (!value) return std::nullopt;
  return *value == "true" || *value == "1";
}

bool Reader::boolean(const XmlElement& element, std::string_view name, bool fallback) const {
  return optional_boolean(element, name).value_or(fallback);
}

std::string Reader::entity_ref(const XmlElement& element, std::string_view attribute) const {
  std::string name = text(element, attribute);
  if (name.empty() || entity_names.count(name) > 0) return name;
  const std::vector<std::string_view> known(entity_names.begin(), entity_names.end());
  const auto close = maps::closest_name(name, known);
  element.error(fmt::format("entity {} is not declared", name),
                "asam.net:xosc:1.0.0:reference_control.resolvable_entity_references",
                close ? fmt::format("did you mean {}?", *close) : "declare it as a <ScenarioObject> in <Entities>");
  return name;
}

std::string Reader::parameter_ref(const XmlElement& element) const {
  std::string_view name = element.attribute("parameterRef").value_or("");
  if (name.starts_with('$')) name.remove_prefix(1);
  const auto& seen = scopes.parameters;
  const auto found = std::find_if(seen.rbegin(), seen.rend(), [&](const auto& p) { return p.name == name; });
  if (found == seen.rend()) {
    std::vector<std::string_view> known;
    for (const ParameterDeclaration& p : seen) known.push_back(p.name);
    const auto close = maps::closest_name(name, known);
    element.error(fmt::format("parameter {} is not declared", name), "asam.net:xosc:1.0.0:reference_control.resolvable",
                  close ? fmt::format("did you mean {}?", *close) : "declare the parameter");
    return std::string(name);
  }
  if (found->id == 0) return found->name;
  ParameterDeclaration inner = *found;
  inner.name = fmt::format("{}#{}", found->name, found->id);  // no name of the root has a #
  auto& all = scenario.inner_parameters;
  if (std::none_of(all.begin(), all.end(), [&](const auto& p) { return p.id == inner.id; })) all.push_back(inner);
  return inner.name;
}

std::vector<Property> Reader::properties(const XmlElement& element) const {
  std::vector<Property> list;
  if (!element) return list;
  if (const XmlElement custom = element.child("CustomContent"))
    custom.info("content that another tool means is not looked at", "unsupported");
  for (const XmlElement& child : element.children("Property"))
    list.push_back({text(child, "name"), text(child, "value")});
  return list;
}

int Reader::file_of(const XmlElement& reference) {
  const Catalogs::Entry entry =
      scopes.catalogs.find(scopes.text(reference, "catalogName"), scopes.text(reference, "entryName"));
  if (!entry.element) return file_;
  auto& files = scenario.files;
  const auto found = std::find(files.begin(), files.end(), entry.file);
  if (found != files.end()) return static_cast<int>(found - files.begin());
  files.push_back(entry.file);
  return static_cast<int>(files.size()) - 1;
}

std::optional<CoordinateSystem> parse_coordinates(const Reader& reader, const XmlElement& element) {
  if (!element.attribute("coordinateSystem")) return std::nullopt;
  return reader.word<CoordinateSystem>(element, "coordinateSystem",
                                       {{"entity", CoordinateSystem::kEntity},
                                        {"lane", CoordinateSystem::kLane},
                                        {"road", CoordinateSystem::kRoad},
                                        {"trajectory", CoordinateSystem::kTrajectory},
                                        {"world", CoordinateSystem::kWorld}},
                                       CoordinateSystem::kEntity);
}

}  // namespace bitgoeul::scenarios::openscenario
