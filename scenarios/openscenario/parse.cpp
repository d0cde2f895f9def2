// The root (OpenSCENARIO XML 1.3, classes OpenScenario, FileHeader, VariableDeclarations, RoadNetwork, TrafficSignals).
#include "scenarios/openscenario/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "scenarios/openscenario/reader.h"
#include "scenarios/openscenario/schema.h"
#include "scenarios/openscenario/scope.h"
#include "scenarios/openscenario/walk.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;

void parse_header(const Reader& reader, const XmlElement& element) {
  Scenario& scenario = reader.scenario;
  scenario.rev_major = reader.integer(element, "revMajor", 1);
  scenario.rev_minor = reader.integer(element, "revMinor", 3);
  scenario.author = reader.text(element, "author");
  scenario.date = reader.text(element, "date");
  scenario.description = reader.text(element, "description");
  if (scenario.rev_minor > 3)
    element.warning(fmt::format("OpenSCENARIO 1.{} is newer than 1.3; it is read as 1.3", scenario.rev_minor),
                    "version");
}

bool asks_for(const Scenario& scenario, const std::string& name) {
  bool asked = false;
  each_condition(scenario, [&](const Condition& condition) {
    if (const auto* value = std::get_if<ByValueCondition>(&condition.condition))
      if (const auto* user = std::get_if<UserDefinedValueCondition>(value)) asked |= user->name == name;
  });
  return asked;
}

// What no parameter is called may be a user-defined value that a condition asks for.
void take_overrides(Scenario& scenario, const ParameterValues& values, sim::Issues& issues) {
  for (const auto& [name, value] : values) {
    const auto declared_as = [&name = name](const ParameterDeclaration& p) { return p.name == name; };
    if (std::any_of(scenario.parameters.begin(), scenario.parameters.end(), declared_as)) continue;
    if (asks_for(scenario, name)) {
      scenario.user_values.push_back({name, "string", value});
      continue;
    }
    std::string declared;
    for (const ParameterDeclaration& p : scenario.parameters) declared += (declared.empty() ? "" : ", ") + p.name;
    issues.push_back(sim::fail(fmt::format("the scenario declares no parameter {}", name), scenario.file, 0, "--param",
                               declared.empty() ? "it declares none" : "it declares: " + declared)
                         .value());
  }
}

void parse_variables(const Reader& reader, const XmlElement& root) {
  for (const XmlElement& item : root.child("VariableDeclarations").children("VariableDeclaration"))
    reader.scenario.variables.push_back(
        {reader.text(item, "name"), reader.text(item, "variableType"), reader.text(item, "value")});
  for (const XmlElement& item : root.child("MonitorDeclarations").children("MonitorDeclaration"))
    reader.scenario.monitors.push_back({reader.text(item, "name"), reader.boolean(item, "value")});
}

Phase parse_phase(const Reader& reader, const XmlElement& element) {
  Phase phase;
  phase.name = reader.text(element, "name");
  phase.duration_s = reader.number(element, "duration", kNotNegative);
  for (const XmlElement& state : element.children("TrafficSignalState"))
    phase.states.push_back({reader.text(state, "trafficSignalId"), reader.text(state, "state")});
  phase.group_state = reader.text(element.child("TrafficSignalGroupState"), "state");
  return phase;
}

void parse_signal_controller(const Reader& reader, const XmlElement& element) {
  TrafficSignalController controller;
  controller.source = reader.source(element);
  controller.name = reader.text(element, "name");
  controller.reference = reader.text(element, "reference");
  controller.delay_s = reader.number(element, "delay", kNotNegative);
  for (const XmlElement& phase : element.children("Phase")) controller.phases.push_back(parse_phase(reader, phase));
  reader.scenario.signal_controllers.push_back(std::move(controller));
}

void parse_road_network(const Reader& reader, const XmlElement& element) {
  if (const XmlElement scene = element.child("SceneGraphFile"))
    scene.info("pictures of the scenery are not used", "scene graph");
  if (const XmlElement logic = element.child("LogicFile")) {
    reader.scenario.map = reader.text(logic, "filepath");
    reader.scenario.map_source = reader.source(logic);
  }
  if (const XmlElement area = element.child("UsedArea")) area.warning("the whole map is used", "unsupported");
  for (const XmlElement& controller : element.child("TrafficSignals").children("TrafficSignalController"))
    parse_signal_controller(reader, controller);
}

// Entries of a catalogue are found by their names.
void check_entries(const XmlElement& catalog) {
  std::set<std::string_view> names;
  for (const XmlElement& entry : catalog.children())
    if (const auto name = entry.attribute("name"); name && !names.insert(*name).second)
      entry.error(fmt::format("the catalogue has more than one entry {}", *name),
                  "asam.net:xosc:1.2.0:reference_control.uniquely_resolvable_entity_references", "rename one of them");
}

void parse_root(Reader& reader, const XmlElement& root) {
  if (root.name() != "OpenSCENARIO") {
    root.error(fmt::format("the root element is <{}>, not <OpenSCENARIO>", root.name()), "root");
    return;
  }
  if (const XmlElement catalog = root.child("Catalog")) check_entries(catalog);
  if (root.child("ParameterValueDistribution") || root.child("Catalog")) {
    root.error("this is a parameter distribution or a catalogue, not a scenario", "unsupported",
               "give the scenario file; `batch` runs a distribution that a suite lists");
    return;
  }
  if (const XmlElement header = root.child("FileHeader")) parse_header(reader, header);
  parse_variables(reader, root);
  if (const XmlElement network = root.child("RoadNetwork")) parse_road_network(reader, network);
  if (const XmlElement entities = root.child("Entities")) parse_entities(reader, entities);
  if (const XmlElement storyboard = root.child("Storyboard")) parse_storyboard(reader, storyboard);
}

std::string version_of(const XmlElement& root, const Scopes& scopes) {
  const XmlElement header = root.child("FileHeader");
  return scopes.text(header, "revMajor") + "." + scopes.text(header, "revMinor");
}

// The whole file against the norm. False: it is so far from 1.x that going on would only repeat that.
bool check_whole(Scopes& scopes, const XmlElement& root, const ParameterValues& values) {
  const XmlElement header = root.child("FileHeader");
  if (root.name() == "OpenSCENARIO" && header && scopes.text(header, "revMajor") != "1" &&
      has_type(scopes.text(header, "revMajor"), "H")) {
    header.error(fmt::format("OpenSCENARIO {} is not supported", version_of(root, scopes)), "version",
                 "convert the file to OpenSCENARIO XML 1.0 to 1.3");
    return false;
  }
  if (root.name() != "OpenSCENARIO") return true;
  if (header) check_schema(scopes, header, "FileHeader");
  const std::string minor = scopes.text(header, "revMinor");
  scopes.rev_minor = has_type(minor, "H") ? static_cast<int>(maps::parse_double(minor).value_or(3.0)) : 3;
  if (const XmlElement declared = root.child("ParameterDeclarations")) scopes.declare(declared, true, true);
  for (const auto& [name, value] : values)
    for (ParameterDeclaration& parameter : scopes.parameters)
      if (parameter.name == name) parameter.value = value;
  for (const XmlElement& location : root.child("CatalogLocations").children())
    if (const XmlElement directory = location.child("Directory"))
      scopes.catalogs.add_location(directory, scopes.text(directory, "path"));
  check_schema(scopes, root, "OpenSCENARIO");
  if (!root.child("Catalog") && !root.child("ParameterValueDistribution"))
    for (const std::string_view part : {"RoadNetwork", "Entities", "Storyboard"})
      if (!root.child(part))
        root.error(fmt::format("<OpenSCENARIO> lacks <{}>", part), "asam.net:xosc:1.0.0:xml.valid_schema");
  return true;
}

}  // namespace

sim::Result<Scenario> parse_text(std::string_view text, const std::string& file_name, const ParameterValues& values,
                                 sim::Issues& issues) {
  auto document = maps::XmlDocument::load_text(text, file_name, issues);
  if (!document) return tl::unexpected(document.error());
  Scenario scenario;
  scenario.file = file_name;
  scenario.files = {file_name};
  scenario.text = std::string(text);
  Catalogs catalogs(std::filesystem::path(file_name).parent_path(), issues);
  Scopes scopes(catalogs);
  if (!check_whole(scopes, document->root(), values)) return scenario;
  scenario.parameters = scopes.parameters;
  Reader reader(scopes, scenario);
  parse_root(reader, document->root());
  take_overrides(scenario, values, issues);
  return scenario;
}

sim::Result<Scenario> parse_file(const std::filesystem::path& file, const ParameterValues& values,
                                 sim::Issues& issues) {
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return sim::fail("there is no such file", file.string(), 0, {},
                     "check the path, or write one with `bitgoeul fleet`");
  if (!std::filesystem::is_regular_file(file, error)) return sim::fail("is not a file", file.string());
  const auto size = std::filesystem::file_size(file, error);
  if (error || size > kMaxFileBytes) return sim::fail("is larger than 256 MiB", file.string());
  std::ifstream in(file, std::ios::binary);
  if (!in) return sim::fail("cannot be opened for reading", file.string());
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse_text(text, file.string(), values, issues);
}

}  // namespace bitgoeul::scenarios::openscenario
