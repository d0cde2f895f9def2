#include "scenarios/traffic_demand.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <pugixml.hpp>
#include <sstream>

#include "maps/load_map.h"
#include "maps/projection.h"
#include "replay/yaml_keys.h"
#include "scenarios/traffic_setup.h"

namespace bitgoeul::scenarios {
namespace {

namespace fs = std::filesystem;
using Done = sim::Result<void>;
using File = replay::YamlFile;
using Keys = replay::YamlKeys;
using Hours = std::array<double, 24>;

constexpr double kMostTripsADay = 1e7;
constexpr const char* kResidential = "residential";

struct District {
  std::string name;
  double homes = 0, jobs = 0;
  bool named = false;  // by a place
};

// What the file says, before places share their districts' trips.
struct Draft {
  vehicles::DemandPlan plan;
  std::vector<DemandPlace> places;
  std::vector<District> districts;
  YAML::Node places_at, districts_at;
};

// 24 numbers, or one for all of the day.
replay::YamlReader hours(const File& file, const std::string& where, Hours& out, double high) {
  return [&file, where, &out, high](const YAML::Node& node) -> Done {
    if (node.IsScalar()) {
      double one = 0;
      if (auto done = file.number(where, one, 0, high)(node); !done) return done;
      out.fill(one);
      return {};
    }
    if (!node.IsSequence() || node.size() != out.size())
      return file.wrong(node, where, "is no list of 24 numbers, one for each hour", "the first is of 00:00 to 01:00");
    for (std::size_t i = 0; i < out.size(); ++i)
      if (auto done = file.number(where, out[i], 0, high)(node[i]); !done) return done;
    return {};
  };
}

replay::YamlReader word(const File& file, const std::string& where, std::string& out) {
  return [&file, where, &out](const YAML::Node& node) -> Done {
    if (!node.IsScalar() || node.Scalar().empty()) return file.wrong(node, where, "is no name");
    out = node.Scalar();
    return {};
  };
}

Done read_place(const File& file, const YAML::Node& node, const maps::Map& map, DemandPlace& place) {
  double longitude = 1e9, latitude = 1e9;
  place.x = place.y = 1e9;
  auto done = file.read(node, "places",
                        {{"name", word(file, "places.name", place.name)},
                         {"district", word(file, "places.district", place.district)},
                         {"kind", word(file, "places.kind", place.kind)},
                         {"weight", file.number("places.weight", place.weight, 0, 1e9)},
                         {"x_m", file.number("places.x_m", place.x, -1e7, 1e7)},
                         {"y_m", file.number("places.y_m", place.y, -1e7, 1e7)},
                         {"longitude", file.number("places.longitude", longitude, -180, 180)},
                         {"latitude", file.number("places.latitude", latitude, -90, 90)}});
  if (!done) return done;
  if (place.name.empty()) return file.wrong(node, "places", "has no name", "give each place a name");
  if (place.x < 1e9 && place.y < 1e9) return {};
  if (longitude > 180 || latitude > 90)
    return file.wrong(node, "places." + place.name, "says not where it is",
                      "give x_m and y_m, or longitude and latitude");
  if (map.projection.empty())
    return file.wrong(node, "places." + place.name, "has longitude and latitude, and the map has no geo reference",
                      "give x_m and y_m");
  const auto projection = maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading);
  if (!projection) return tl::unexpected(projection.error());
  const auto at = projection->forward(longitude, latitude);
  if (!at) return file.wrong(node, "places." + place.name, "lies where the map's projection does not reach");
  place.x = at->x(), place.y = at->y();
  return {};
}

// A list, or the name of a GeoJSON beside the file.
Done read_places(const File& file, const YAML::Node& node, const maps::Map& map, Draft& draft, sim::Issues& issues) {
  draft.places_at = node;
  if (node.IsScalar()) {
    auto places = load_places(fs::path(file.name).parent_path() / node.Scalar(), map, issues);
    if (!places) return tl::unexpected(places.error());
    draft.places = std::move(*places);
    return {};
  }
  if (!node.IsSequence() || node.size() == 0)
    return file.wrong(node, "places", "is neither a list of places nor a file of them");
  for (const auto& one : node)
    if (auto done = read_place(file, one, map, draft.places.emplace_back()); !done) return done;
  return {};
}

Done read_districts(const File& file, const YAML::Node& node, Draft& draft) {
  draft.districts_at = node;
  if (!node.IsMap()) return file.wrong(node, "districts", "is not a table of districts");
  for (const auto& entry : node) {
    District& district = draft.districts.emplace_back();
    district.name = entry.first.Scalar();
    const std::string where = "districts." + district.name;
    auto done = file.read(entry.second, where,
                          {{"homes", file.number(where + ".homes", district.homes, 0, 1e9)},
                           {"jobs", file.number(where + ".jobs", district.jobs, 0, 1e9)}});
    if (!done) return done;
  }
  return {};
}

Done read_draft(const File& file, const YAML::Node& root, const maps::Map& map, Draft& draft, sim::Issues& issues) {
  vehicles::DemandPlan& plan = draft.plan;
  plan.hours.fill(1);
  plan.from_homes.fill(0.5);
  auto done = file.read(root, {},
                        {{"places", [&](const YAML::Node& n) { return read_places(file, n, map, draft, issues); }},
                         {"districts", [&](const YAML::Node& n) { return read_districts(file, n, draft); }},
                         {"outside", file.number("outside", plan.outside, 0, 1)},
                         {"radius_m", file.number("radius_m", plan.radius_m, 50, 10000)},
                         {"trips_per_day", file.number("trips_per_day", plan.trips_per_day, 1, kMostTripsADay)},
                         {"hours", hours(file, "hours", plan.hours, 1e9)},
                         {"from_homes", hours(file, "from_homes", plan.from_homes, 1)}});
  if (!done) return done;
  const double sum = std::accumulate(plan.hours.begin(), plan.hours.end(), 0.0);
  if (sum <= 0) return file.wrong(root, "hours", "has no trips at any hour");
  for (double& share : plan.hours) share /= sum;
  if (draft.places.empty() && plan.outside < 1)
    return file.wrong(root, "places", "is missing", "list places, or let all trips end `outside: 1`");
  return {};
}

// Trips of a district go to its places by weight; those of homes to all of them, those of jobs not to where people only
// live, when there is anything else. Without districts all places are of one.
Done share_out(const File& file, Draft& draft) {
  const bool one = draft.districts.empty();
  if (one) draft.districts.push_back({{}, 1, 1, false});
  for (District& district : draft.districts) {
    const auto here = [&](const DemandPlace& p) { return one || p.district == district.name; };
    double all = 0, work = 0;
    for (const DemandPlace& p : draft.places)
      if (here(p)) all += p.weight, work += p.kind == kResidential ? 0.0 : p.weight, district.named = true;
    for (const DemandPlace& p : draft.places) {
      if (!here(p) || all <= 0) continue;
      const double job = work <= 0 ? p.weight / all : p.kind == kResidential ? 0.0 : p.weight / work;
      draft.plan.places.push_back({p.name, p.district, p.x, p.y, district.homes * p.weight / all, district.jobs * job});
    }
    if (!district.named && !draft.places.empty())
      return file.wrong(draft.districts_at, "districts." + district.name, "has no place",
                        "give a place this district, or leave the district out");
  }
  for (const DemandPlace& p : draft.places) {
    const auto is = [&](const District& d) { return one || d.name == p.district; };
    if (std::none_of(draft.districts.begin(), draft.districts.end(), is))
      return file.wrong(
          draft.places_at, "places." + p.name,
          p.district.empty() ? "has no district" : fmt::format("has a district {} that is not listed", p.district),
          "name one of `districts`");
  }
  return {};
}

sim::Result<YAML::Node> parse(const std::string& text, const fs::path& file) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& e) {
    return sim::fail(fmt::format("is no YAML: {}", e.msg), file.string(), e.mark.line + 1);
  }
}

sim::Result<std::string> read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return sim::fail("cannot be opened for reading", file.string());
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

std::optional<std::string> named_demand(const openscenario::TrafficAreaAction& area) {
  for (const openscenario::TrafficChoice& choice : area.choices)
    if (auto name = openscenario::find_property(choice.properties, kDemandProperty)) return name;
  return std::nullopt;
}

// A property holds the name of a file or, in a log, the file itself.
bool is_text(const std::string& value) { return value.find('\n') != std::string::npos; }

// The scenario with the demand in a property of every mix of its Init; all else stays as it is.
std::string put_into(const std::string& scenario, const std::string& demand) {
  pugi::xml_document document;
  document.load_buffer(scenario.data(), scenario.size(), pugi::parse_full | pugi::parse_ws_pcdata);
  for (const auto& found : document.select_nodes("//Init//TrafficAreaAction//Property[@name='bitgoeul:mix']")) {
    pugi::xml_node properties = found.node().parent();
    pugi::xml_node property = properties.find_child_by_attribute("Property", "name", kDemandProperty);
    if (!property) {
      property = properties.insert_child_after("Property", found.node());
      property.append_attribute("name") = kDemandProperty;
      property.append_attribute("value");
    }
    property.attribute("value") = demand.c_str();
  }
  std::ostringstream out;
  document.save(out, "", pugi::format_raw);
  return out.str();
}

sim::Result<Draft> draft_of(const std::string& text, const fs::path& file, const maps::Map& map, sim::Issues& issues) {
  auto root = parse(text, file);
  if (!root) return tl::unexpected(root.error());
  Draft draft;
  if (auto done = read_draft({file.string()}, *root, map, draft, issues); !done) return tl::unexpected(done.error());
  return draft;
}

}  // namespace

sim::Result<fs::path> find_demand_file(const std::string& name, const fs::path& beside) {
  std::error_code error;
  for (const fs::path& file : {beside / name, fs::path(name), maps::assets_dir() / name / "demand.yaml"})
    if (fs::is_regular_file(file, error)) return file;
  return sim::fail("there is no such file of a demand, and none of that name ships with the engine", name, 0, {},
                   "give a YAML file, or a map that ships with one, like gwangju");
}

sim::Result<std::string> load_demand(const fs::path& file, const maps::Map& map, sim::Issues& issues) {
  auto text = read_text(file);
  if (!text) return text;
  auto plan = read_demand(*text, file, map, issues);
  if (!plan) return tl::unexpected(plan.error());
  auto root = parse(*text, file);
  if (!root) return tl::unexpected(root.error());
  sim::Issues told;
  auto draft = draft_of(*text, file, map, told);
  if (!draft) return tl::unexpected(draft.error());
  YAML::Node places(YAML::NodeType::Sequence);
  for (const DemandPlace& p : draft->places) {
    YAML::Node place;
    place["name"] = p.name;
    if (!p.district.empty()) place["district"] = p.district;
    if (!p.kind.empty()) place["kind"] = p.kind;
    place["weight"] = fmt::format("{}", p.weight);
    place["x_m"] = fmt::format("{}", p.x);
    place["y_m"] = fmt::format("{}", p.y);
    places.push_back(place);
  }
  if (places.size() > 0) (*root)["places"] = places;
  return YAML::Dump(*root) + "\n";
}

sim::Result<vehicles::DemandPlan> read_demand(const std::string& text, const fs::path& file, const maps::Map& map,
                                              sim::Issues& issues) {
  auto draft = draft_of(text, file, map, issues);
  if (!draft) return tl::unexpected(draft.error());
  if (auto done = share_out({file.string()}, *draft); !done) return tl::unexpected(done.error());
  return std::move(draft->plan);
}

sim::Result<std::vector<DemandPlace>> places_of_demand(const fs::path& file, const maps::Map& map,
                                                       sim::Issues& issues) {
  auto text = read_text(file);
  if (!text) return tl::unexpected(text.error());
  auto draft = draft_of(*text, file, map, issues);
  if (!draft) return tl::unexpected(draft.error());
  return std::move(draft->places);
}

sim::Result<std::string> with_demand(const openscenario::Scenario& scenario, const std::string& name,
                                     const maps::Map& map, sim::Issues& issues) {
  const openscenario::TrafficAreaAction* area = constant_traffic(scenario, map);
  const std::string wanted = name.empty() && area != nullptr ? named_demand(*area).value_or("") : name;
  if (wanted.empty() || is_text(wanted)) return scenario.text;
  if (area == nullptr || area->choices.empty())
    return sim::fail(
        "the scenario has no background traffic that a demand could be for", scenario.file, 0, "--demand",
        "add an area of traffic with bitgoeul:mix that holds the map, as `bitgoeul fleet --traffic N` does");
  const auto file = find_demand_file(wanted, name.empty() ? fs::path(scenario.file).parent_path() : fs::path());
  if (!file) return tl::unexpected(file.error());
  auto text = load_demand(*file, map, issues);
  if (!text) return text;
  return put_into(scenario.text, *text);
}

std::optional<vehicles::DemandPlan> demand_of(const openscenario::Scenario& scenario, const maps::Map& map,
                                              sim::Issues& issues) {
  const openscenario::TrafficAreaAction* area = constant_traffic(scenario, map);
  const std::optional<std::string> value = area != nullptr ? named_demand(*area) : std::nullopt;
  if (!value) return std::nullopt;
  const auto file = is_text(*value) ? fs::path(scenario.file + ": " + kDemandProperty)
                                    : find_demand_file(*value, fs::path(scenario.file).parent_path());
  const auto text = !file ? tl::unexpected(file.error()) : is_text(*value) ? value.value() : read_text(*file);
  auto plan = !text ? tl::unexpected(text.error()) : read_demand(*text, *file, map, issues);
  if (plan) return std::move(*plan);
  issues.push_back(plan.error());
  return std::nullopt;
}

}  // namespace bitgoeul::scenarios
