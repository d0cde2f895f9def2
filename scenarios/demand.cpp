// Demand: the weighted places between which a fleet drives.
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "maps/lane_index.h"
#include "maps/load_map.h"
#include "maps/projection.h"
#include "scenarios/fleet.h"

namespace bitgoeul::scenarios {
namespace {

using nlohmann::json;

constexpr double kPlaceToLaneM = 400.0;

sim::Result<json> read_json(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return sim::fail("there is no such file of places, or it cannot be read", file.string());
  try {
    return json::parse(in);
  } catch (const json::exception& e) {
    return sim::fail(fmt::format("is no JSON: {}", e.what()), file.string());
  }
}

std::string name_of(const json& properties, std::size_t number) {
  for (const char* key : {"name", "name_ko", "name_en"})
    if (properties.contains(key) && properties[key].is_string()) return properties[key].get<std::string>();
  return fmt::format("place {}", number);
}

struct RawPlace {
  std::string name;
  double weight = 1, longitude = 0, latitude = 0;
  std::string district, kind;
};

std::optional<RawPlace> raw_place(const json& feature, std::size_t number) {
  if (!feature.is_object() || !feature.contains("geometry") || !feature["geometry"].is_object()) return std::nullopt;
  const json& geometry = feature["geometry"];
  if (geometry.value("type", json()) != "Point" || !geometry.contains("coordinates")) return std::nullopt;
  const json& at = geometry["coordinates"];
  if (!at.is_array() || at.size() < 2 || !at[0].is_number() || !at[1].is_number()) return std::nullopt;
  const json properties =
      feature.contains("properties") && feature["properties"].is_object() ? feature["properties"] : json::object();
  const auto word = [&](const char* key) {
    return properties.contains(key) && properties[key].is_string() ? properties[key].get<std::string>() : "";
  };
  RawPlace place{
      name_of(properties, number), 1.0, at[0].get<double>(), at[1].get<double>(), word("district"), word("kind")};
  if (properties.contains("weight")) {
    if (!properties["weight"].is_number() || properties["weight"].get<double>() < 0) return std::nullopt;
    place.weight = properties["weight"].get<double>();
  }
  return place;
}

sim::Issue left_out(const std::filesystem::path& file, const std::string& name, std::string why) {
  sim::Issue issue;
  issue.severity = sim::Severity::kWarning;
  issue.file = file.string();
  issue.where = name;
  issue.what = std::move(why);
  return issue;
}

}  // namespace

sim::Result<std::vector<DemandPlace>> load_places(const std::filesystem::path& file, const maps::Map& map,
                                                  sim::Issues& issues) {
  const auto root = read_json(file);
  if (!root) return tl::unexpected(root.error());
  if (!root->is_object() || !root->contains("features") || !(*root)["features"].is_array())
    return sim::fail("is no GeoJSON FeatureCollection", file.string());
  if (map.projection.empty())
    return sim::fail("places need a map with a geo reference, and this one has none", file.string());
  const auto projection = maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading);
  if (!projection) return tl::unexpected(projection.error());
  std::vector<DemandPlace> places;
  std::size_t number = 0;
  for (const json& feature : (*root)["features"]) {
    const auto raw = raw_place(feature, ++number);
    if (!raw) {
      issues.push_back(
          left_out(file, fmt::format("feature {}", number), "is no point with a weight of 0 or more; left out"));
      continue;
    }
    const auto at = projection->forward(raw->longitude, raw->latitude);
    maps::LaneQuery query;
    query.max_distance_m = kPlaceToLaneM;
    if (!at || !maps::nearest_lane(map, at->x(), at->y(), query))
      issues.push_back(left_out(file, raw->name, fmt::format("no driving lane within {} m; left out", kPlaceToLaneM)));
    else if (raw->weight > 0)
      places.push_back({raw->name, raw->weight, at->x(), at->y(), raw->district, raw->kind});
  }
  if (places.size() < 2) return sim::fail("holds fewer than two places on this map", file.string());
  return places;
}

sim::Result<std::vector<DemandPlace>> find_demand(const std::string& demand, const maps::Map& map,
                                                  const std::string& map_name, sim::Issues& issues) {
  std::error_code error;
  const auto shipped = [](const std::string& name) { return maps::assets_dir() / name / "places.geojson"; };
  if (!demand.empty()) {
    if (std::filesystem::is_regular_file(demand, error)) return load_places(demand, map, issues);
    if (demand.find('/') == std::string::npos && std::filesystem::is_regular_file(shipped(demand), error))
      return load_places(shipped(demand), map, issues);
    return sim::fail("there is no such file of places, and none of that name ships with the engine", demand);
  }
  if (map_name.empty() || map_name.find('/') != std::string::npos) return std::vector<DemandPlace>{};
  if (!std::filesystem::is_regular_file(shipped(map_name), error)) return std::vector<DemandPlace>{};
  return load_places(shipped(map_name), map, issues);
}

}  // namespace bitgoeul::scenarios
