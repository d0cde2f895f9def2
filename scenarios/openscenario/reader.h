// Reader: what all parse_*.cpp share. They run on a file that schema.h has already held against the norm, so they only
// report what the schema cannot know: ranges, references, what the engine does not do. Attributes come with $parameters
// and expressions replaced; catalogue references are followed in place. Made by parse.cpp, one per file. Thread rule:
// one thread.
#pragma once

#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "maps/xml.h"
#include "scenarios/openscenario/model.h"
#include "scenarios/openscenario/scope.h"

namespace bitgoeul::scenarios::openscenario {

using maps::XmlElement;

struct Limits {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};
inline constexpr Limits kNotNegative{0.0, std::numeric_limits<double>::infinity()};
inline constexpr Limits kPositive{1e-9, std::numeric_limits<double>::infinity()};

class Reader {
 public:
  Reader(Scopes& scopes, Scenario& scenario) : scopes(scopes), scenario(scenario) {}

  Scopes& scopes;
  Scenario& scenario;
  std::set<std::string> entity_names;  // declared, selections too

  // A missing attribute gives the fallback; that it was required the schema has said.
  std::string text(const XmlElement& element, std::string_view name, std::string fallback = {}) const;
  double number(const XmlElement& element, std::string_view name, Limits limits = {}, double fallback = 0) const;
  std::optional<double> optional_number(const XmlElement& element, std::string_view name, Limits limits = {}) const;
  std::int32_t integer(const XmlElement& element, std::string_view name, std::int32_t fallback = 0) const;
  std::uint32_t count(const XmlElement& element, std::string_view name, std::uint32_t fallback = 0) const;
  bool boolean(const XmlElement& element, std::string_view name, bool fallback = false) const;
  std::optional<bool> optional_boolean(const XmlElement& element, std::string_view name) const;
  template <class E>
  E word(const XmlElement& element, std::string_view name, std::initializer_list<maps::XmlWord<E>> words,
         E fallback) const {
    const std::string value = text(element, name);
    for (const maps::XmlWord<E>& w : words)
      if (w.text == value) return w.value;
    return fallback;
  }
  std::string entity_ref(const XmlElement& element, std::string_view attribute = "entityRef") const;
  // The parameter that parameterRef names, as seen from there: its name among Scenario::parameters or inner_parameters.
  std::string parameter_ref(const XmlElement& element) const;
  std::vector<Property> properties(const XmlElement& element) const;  // of <Properties>
  Source source(const XmlElement& element) const { return {element.line(), element.column(), file_}; }

  // f(element) with the element's own <ParameterDeclarations> in sight.
  template <class F>
  void with(const XmlElement& element, F&& f) {
    if (!element) return;
    const Scopes::Scope scope(scopes);
    if (const XmlElement declared = element.child("ParameterDeclarations")) scopes.declare(declared, false);
    f(element);
  }
  // f(entry) of a <CatalogReference>.
  template <class F>
  void follow(const XmlElement& reference, F&& f) {
    if (!reference) return;
    const int outer = file_;
    const int file = file_of(reference);
    const CatalogScope entry(scopes, reference, false);
    file_ = file;
    if (entry.element) f(entry.element);
    file_ = outer;
  }
  // Of the child `name` of the holder, or of the entry that its <CatalogReference> names.
  template <class F>
  void either(const XmlElement& holder, std::string_view name, F&& f) {
    with(holder.child(name), f);
    follow(holder.child("CatalogReference"), f);
  }

 private:
  int file_of(const XmlElement& reference);
  std::optional<std::string> resolve(const XmlElement& element, std::string_view name) const;
  int file_ = 0;
};

// Of the attribute coordinateSystem; nothing when it does not stand there.
std::optional<CoordinateSystem> parse_coordinates(const Reader& reader, const XmlElement& element);

// One function per chapter's root class; the others are local to their file.
Position parse_position(Reader& reader, const XmlElement& holder, std::string_view name = "Position");
Position parse_position_itself(Reader& reader, const XmlElement& element);
Orientation parse_orientation(const Reader& reader, const XmlElement& element);
Route parse_route(Reader& reader, const XmlElement& holder);            // Route or CatalogReference below it
Trajectory parse_trajectory(Reader& reader, const XmlElement& holder);  // Trajectory or CatalogReference below it
void parse_entities(Reader& reader, const XmlElement& entities);
Controller parse_controller(Reader& reader, const XmlElement& element);
ScenarioObject parse_object(Reader& reader, const XmlElement& holder);
PrivateAction parse_private_action(Reader& reader, const XmlElement& element);
GlobalAction parse_global_action(Reader& reader, const XmlElement& element);
CustomCommandAction parse_user_defined(const Reader& reader, const XmlElement& element);
TimeOfDay parse_date_time(const std::string& text);
Trigger parse_trigger(Reader& reader, const XmlElement& trigger);
void parse_storyboard(Reader& reader, const XmlElement& storyboard);

}  // namespace bitgoeul::scenarios::openscenario
