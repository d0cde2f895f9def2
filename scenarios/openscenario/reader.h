// Reader: what all parse_*.cpp share. Attributes with $parameters replaced, units and ranges checked, and shape(),
// which makes an error of every child and attribute that the function does not read: nothing is dropped in silence.
// Made by parse.cpp, one per file. Thread rule: one thread.
#pragma once

#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maps/xml.h"
#include "scenarios/openscenario/model.h"

namespace bitgoeul::scenarios::openscenario {

using maps::XmlElement;

struct Limits {
  double min = -std::numeric_limits<double>::max();
  double max = std::numeric_limits<double>::max();
};
inline constexpr Limits kNotNegative{0.0, std::numeric_limits<double>::max()};
inline constexpr Limits kPositive{1e-9, std::numeric_limits<double>::max()};

class Reader {
 public:
  std::vector<ParameterDeclaration> parameters;
  std::set<std::string> entity_names;  // declared

  using Names = std::initializer_list<std::string_view>;
  // Every other child or attribute of the element is an error.
  void shape(const XmlElement& element, Names children, Names attributes = {}) const;
  // The child, or an error and a null handle.
  XmlElement need(const XmlElement& element, std::string_view child) const;

  std::string text(const XmlElement& element, std::string_view name) const;
  double number(const XmlElement& element, std::string_view name, Limits limits = {}) const;
  std::uint32_t count(const XmlElement& element, std::string_view name) const;
  bool boolean(const XmlElement& element, std::string_view name) const;
  std::string optional_text(const XmlElement& element, std::string_view name, std::string fallback = {}) const;
  std::optional<double> optional_number(const XmlElement& element, std::string_view name, Limits limits = {}) const;
  // One of the words; the first one after reporting an error.
  std::string word(const XmlElement& element, std::string_view name, std::span<const std::string_view> words) const;
  void entity_ref(const XmlElement& element, const std::string& name) const;  // reports one that is not declared

  std::vector<Property> properties(const XmlElement& element) const;  // of <Properties>

 private:
  std::optional<std::string> resolve(const XmlElement& element,
                                     std::string_view name) const;  // with $parameter replaced
  std::optional<std::string> required(const XmlElement& element, std::string_view name) const;
  double to_number(const XmlElement& element, std::string_view name, const std::string& value, Limits limits) const;
};

inline Source source_of(const XmlElement& element) { return {element.line(), element.column()}; }

// One function per chapter's root class; the others are local to their file.
Position parse_position(const Reader& reader, const XmlElement& position);
ScenarioObject parse_scenario_object(const Reader& reader, const XmlElement& object);
Vehicle parse_vehicle(const Reader& reader, const XmlElement& vehicle);
Route parse_route(const Reader& reader, const XmlElement& route);
void parse_private(const Reader& reader, const XmlElement& element, Init& init);
void parse_global_action(const Reader& reader, const XmlElement& element, Init& init);
std::vector<ConditionGroup> parse_trigger(const Reader& reader, const XmlElement& trigger);
void parse_storyboard(const Reader& reader, const XmlElement& storyboard, Scenario& scenario);

}  // namespace bitgoeul::scenarios::openscenario
