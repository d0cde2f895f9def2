// The root (OpenSCENARIO XML 1.3, classes OpenScenario, FileHeader, ParameterDeclarations, RoadNetwork, Entities).
#include "scenarios/openscenario/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "scenarios/openscenario/reader.h"
#include "scenarios/openscenario/schema.h"
#include "scenarios/openscenario/scope.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;

void parse_header(const Reader& reader, const XmlElement& element, Scenario& scenario) {
  reader.shape(element, {"License", "Properties"}, {"revMajor", "revMinor", "date", "description", "author"});
  scenario.rev_major = static_cast<std::int32_t>(reader.count(element, "revMajor"));
  scenario.rev_minor = static_cast<std::int32_t>(reader.count(element, "revMinor"));
  scenario.author = reader.text(element, "author");
  scenario.date = reader.text(element, "date");
  scenario.description = reader.text(element, "description");
  if (scenario.rev_major != 1 && element.attribute("revMajor"))
    element.error(fmt::format("OpenSCENARIO {}.{} is not supported", scenario.rev_major, scenario.rev_minor), "version",
                  "convert the file to OpenSCENARIO XML 1.0 to 1.3");
  else if (scenario.rev_minor > 3)
    element.warning(fmt::format("OpenSCENARIO 1.{} is newer than 1.3; it is read as 1.3", scenario.rev_minor),
                    "version");
}

void parse_parameters(Reader& reader, const XmlElement& element) {
  static constexpr std::string_view kTypes[] = {"string",      "double",        "integer", "int",
                                                "unsignedInt", "unsignedShort", "boolean", "dateTime"};
  reader.shape(element, {"ParameterDeclaration"});
  for (const XmlElement& item : element.children("ParameterDeclaration")) {
    reader.shape(item, {"ConstraintGroup"}, {"name", "parameterType", "value"});
    ParameterDeclaration parameter{reader.text(item, "name"), reader.word(item, "parameterType", kTypes),
                                   reader.text(item, "value")};
    for (const ParameterDeclaration& other : reader.parameters)
      if (other.name == parameter.name)
        item.error(fmt::format("parameter {} is declared twice", parameter.name), "duplicate");
    reader.parameters.push_back(std::move(parameter));
  }
}

void override_parameters(Reader& reader, const ParameterValues& values, const std::string& file, sim::Issues& issues) {
  for (const auto& [name, value] : values) {
    const auto found = std::find_if(reader.parameters.begin(), reader.parameters.end(),
                                    [&, &name = name](const ParameterDeclaration& p) { return p.name == name; });
    if (found != reader.parameters.end()) {
      found->value = value;
      continue;
    }
    std::string declared;
    for (const ParameterDeclaration& p : reader.parameters) declared += (declared.empty() ? "" : ", ") + p.name;
    issues.push_back(sim::fail(fmt::format("the scenario declares no parameter {}", name), file, 0, "--param",
                               declared.empty() ? "it declares none" : "it declares: " + declared)
                         .value());
  }
}

void parse_road_network(const Reader& reader, const XmlElement& element, Scenario& scenario) {
  reader.shape(element, {"LogicFile", "SceneGraphFile"});
  if (XmlElement scene = element.child("SceneGraphFile"))
    scene.info("pictures of the scenery are not used", "scene graph");
  const XmlElement logic = element.child("LogicFile");
  if (!logic) return;
  reader.shape(logic, {}, {"filepath"});
  scenario.map = reader.text(logic, "filepath");
  scenario.map_source = source_of(logic);
}

void parse_entities(Reader& reader, const XmlElement& element, Scenario& scenario) {
  reader.shape(element, {"ScenarioObject"});
  for (const XmlElement& item : element.children("ScenarioObject")) {
    scenario.entities.push_back(parse_scenario_object(reader, item));
    const std::string& name = scenario.entities.back().name;
    if (!reader.entity_names.insert(name).second)
      item.error(fmt::format("entity {} is declared twice", name), "duplicate");
  }
}

void parse_catalogs(const Reader& reader, const XmlElement& element) {
  reader.shape(element, {});  // each catalogue location is reported as not supported
}

void parse_root(Reader& reader, const XmlElement& root, const ParameterValues& values, Scenario& scenario,
                sim::Issues& issues) {
  if (root.name() != "OpenSCENARIO") {
    root.error(fmt::format("the root element is <{}>, not <OpenSCENARIO>", root.name()), "root");
    return;
  }
  if (root.child("ParameterValueDistribution") || root.child("Catalog")) {
    root.error("this is a parameter distribution or a catalogue, not a scenario", "unsupported",
               "give the scenario file");
    return;
  }
  reader.shape(root,
               {"FileHeader", "ParameterDeclarations", "CatalogLocations", "RoadNetwork", "Entities", "Storyboard"});
  if (XmlElement header = reader.need(root, "FileHeader")) parse_header(reader, header, scenario);
  if (XmlElement parameters = root.child("ParameterDeclarations")) parse_parameters(reader, parameters);
  override_parameters(reader, values, scenario.file, issues);
  scenario.parameters = reader.parameters;
  if (XmlElement catalogs = root.child("CatalogLocations")) parse_catalogs(reader, catalogs);
  if (XmlElement network = reader.need(root, "RoadNetwork")) parse_road_network(reader, network, scenario);
  if (XmlElement entities = reader.need(root, "Entities")) parse_entities(reader, entities, scenario);
  if (XmlElement storyboard = reader.need(root, "Storyboard")) parse_storyboard(reader, storyboard, scenario);
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
  if (const XmlElement declared = root.child("ParameterDeclarations")) scopes.declare(declared, true);
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

// What the second reading says again about the same element is dropped.
void drop_repeated(sim::Issues& issues, std::size_t first, std::size_t second) {
  const auto begin = issues.begin() + static_cast<std::ptrdiff_t>(first);
  const auto middle = issues.begin() + static_cast<std::ptrdiff_t>(second);
  const sim::Issues before(begin, middle);
  const auto repeated = [&](const sim::Issue& issue) {
    return std::any_of(before.begin(), before.end(), [&](const sim::Issue& b) {
      return b.severity == sim::Severity::kError && issue.severity == sim::Severity::kError && b.file == issue.file &&
             b.line == issue.line && b.column == issue.column;
    });
  };
  issues.erase(std::remove_if(middle, issues.end(), repeated), issues.end());
}

}  // namespace

sim::Result<Scenario> parse_text(std::string_view text, const std::string& file_name, const ParameterValues& values,
                                 sim::Issues& issues) {
  auto document = maps::XmlDocument::load_text(text, file_name, issues);
  if (!document) return tl::unexpected(document.error());
  Scenario scenario;
  scenario.file = file_name;
  scenario.text = std::string(text);
  Catalogs catalogs(std::filesystem::path(file_name).parent_path(), issues);
  Scopes scopes(catalogs);
  const std::size_t first = issues.size();
  if (!check_whole(scopes, document->root(), values)) return scenario;
  const std::size_t second = issues.size();
  Reader reader;
  parse_root(reader, document->root(), values, scenario, issues);
  drop_repeated(issues, first, second);
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
