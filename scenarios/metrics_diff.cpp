#include "scenarios/metrics_diff.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace bitgoeul::scenarios {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Metric {
  std::string name;
  Json value;
};
using Metrics = std::vector<Metric>;

constexpr const char* kPlain[] = {"verdict",    "interrupted",    "acts_clamped",      "steps",      "sim_time_s",
                                  "vehicles",   "collisions",     "collisions_engine", "red_lights", "routes_completed",
                                  "distance_m", "mean_speed_mps", "vehicles_left"};

// Numbers, words and truth values of an object within an object, by their path.
void add_all(Metrics& out, const std::string& name, const Json& value) {
  if (value.is_object())
    for (const auto& [key, inner] : value.items()) add_all(out, name + "." + key, inner);
  else if (!value.is_array())
    out.push_back({name, value});
}

void add_criteria(Metrics& out, const Json& criteria) {
  std::map<std::string, int> met;
  for (const Json& c : criteria) {
    std::string name = "criteria." + c.value("name", std::string("?"));
    if (const int nth = ++met[name]; nth > 1) name.append("#").append(std::to_string(nth));
    for (const char* part : {"verdict", "value", "limit", "time_s", "entity", "other"})
      if (c.contains(part)) out.push_back({name + "." + part, c[part]});
  }
}

sim::Result<Metrics> metrics_of(const fs::path& run) {
  std::error_code unused;
  const fs::path file = (fs::is_directory(run, unused) ? run : run.parent_path()) / "result.json";
  std::ifstream in(file, std::ios::binary);
  const auto refuse = [&](const std::string& what, const std::string& remedy) {
    return sim::fail(what, file.string(), 0, {}, remedy);
  };
  if (!in) return refuse("a run without result.json has no metrics", "name the directory that `bitgoeul run` wrote");
  const Json json = Json::parse(in, nullptr, false);
  if (!json.is_object() || !json.contains("verdict"))
    return refuse("is not the result of a run", "run it again: bitgoeul run SCENARIO --out DIR");
  Metrics out;
  for (const char* name : kPlain)
    if (json.contains(name)) add_all(out, name, json[name]);
  for (const char* name : {"fault", "traffic", "divergence"})
    if (json.contains(name)) add_all(out, name, json[name]);
  std::erase_if(out, [](const Metric& m) { return m.name == "fault.log_tail"; });
  if (json.contains("criteria")) add_criteria(out, json["criteria"]);
  return out;
}

std::string words(const Json* value) {
  if (value == nullptr) return "-";
  return value->is_string() ? value->get<std::string>() : value->dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json* find(const Metrics& metrics, const std::string& name) {
  const auto at = std::find_if(metrics.begin(), metrics.end(), [&](const Metric& m) { return m.name == name; });
  return at == metrics.end() ? nullptr : &at->value;
}

void compare(const std::string& name, const Json* a, const Json* b, std::vector<MetricChange>& out) {
  if (a != nullptr && b != nullptr && *a == *b) return;
  MetricChange change{name, words(a), words(b), std::nullopt};
  if (a != nullptr && b != nullptr && a->is_number() && b->is_number())
    change.delta = b->get<double>() - a->get<double>();
  out.push_back(std::move(change));
}

}  // namespace

sim::Result<std::vector<MetricChange>> metric_changes(const fs::path& run_a, const fs::path& run_b) {
  const auto a = metrics_of(run_a);
  if (!a) return tl::unexpected(a.error());
  const auto b = metrics_of(run_b);
  if (!b) return tl::unexpected(b.error());
  std::vector<MetricChange> out;
  for (const Metric& m : *a) compare(m.name, &m.value, find(*b, m.name), out);
  for (const Metric& m : *b)
    if (find(*a, m.name) == nullptr) compare(m.name, nullptr, &m.value, out);
  return out;
}

}  // namespace bitgoeul::scenarios
