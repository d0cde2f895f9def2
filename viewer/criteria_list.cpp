#include "viewer/criteria_list.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace bitgoeul::viewer {

namespace {

using Json = nlohmann::json;
constexpr std::size_t kMost = 10'000;

std::string text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number(const Json& json, const char* key, double otherwise) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return otherwise;
  const auto value = found->get<double>();
  return std::isfinite(value) && std::abs(value) < 1e9 ? value : otherwise;
}

ShownCriterion read(const Json& json) {
  ShownCriterion c;
  c.name = text(json, "name"), c.verdict = text(json, "verdict");
  c.entity = text(json, "entity"), c.other = text(json, "other"), c.unit = text(json, "unit");
  c.value = number(json, "value", 0), c.limit = number(json, "limit", 0);
  if (const double t = number(json, "time_s", -1); t >= 0) c.time_ns = std::llround(t * 1e9);
  if (const auto place = json.find("place"); place != json.end() && place->is_object()) {
    if (place->contains("x_m") && place->contains("y_m"))
      c.place = Vec3(number(*place, "x_m", 0), number(*place, "y_m", 0), number(*place, "z_m", 0));
    c.lane = text(*place, "lane");
  }
  return c;
}

}  // namespace

std::vector<ShownCriterion> load_criteria(const std::filesystem::path& file) {
  std::vector<ShownCriterion> list;
  std::ifstream in(file);
  if (!in) return list;
  const Json json = Json::parse(in, nullptr, false);
  if (!json.is_object()) return list;
  const auto criteria = json.find("criteria");
  if (criteria == json.end() || !criteria->is_array()) return list;
  for (const Json& one : *criteria)
    if (one.is_object() && list.size() < kMost) list.push_back(read(one));
  return list;
}

}  // namespace bitgoeul::viewer
