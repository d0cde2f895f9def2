#include "scenarios/result.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bitgoeul::scenarios {
namespace {

using Json = nlohmann::ordered_json;

Json place_json(const CriterionPlace& place) {
  Json json = {{"x_m", place.x_m}, {"y_m", place.y_m}};
  if (!place.lane.empty()) json["lane"] = place.lane;
  if (!place.junction.empty()) json["junction"] = place.junction;
  if (place.latitude_deg) json["latitude_deg"] = *place.latitude_deg;
  if (place.longitude_deg) json["longitude_deg"] = *place.longitude_deg;
  return json;
}

Json criterion_json(const Criterion& c) {
  Json json = {{"name", c.name}, {"verdict", to_string(c.verdict)}, {"value", c.value}, {"limit", c.limit}};
  json["time_s"] = c.time_s < 0 ? Json(nullptr) : Json(c.time_s);
  json["entity"] = c.entity.empty() ? Json(nullptr) : Json(c.entity);
  if (!c.unit.empty()) json["unit"] = c.unit;
  if (!c.other.empty()) json["other"] = c.other;
  if (c.place) json["place"] = place_json(*c.place);
  return json;
}

Json fault_json(const RunError& e) {
  if (e.kind.empty()) return nullptr;
  return {{"class", e.kind}, {"stack", e.stack},   {"what", e.what},
          {"step", e.step},  {"time_s", e.time_s}, {"log_tail", e.log_tail}};
}

Json stacks_json(const RunResult& r) {
  Json json = Json::array();
  for (const DrivenBy& s : r.stacks) {
    json.push_back({{"spec", s.spec}, {"client", s.client}, {"vehicles", s.vehicles}});
    json.back()["sandbox"] = s.sandbox.empty() ? Json(nullptr) : Json(s.sandbox);
  }
  return json;
}

Json divergence_json(const LogDivergence& d) {
  return {
      {"log", d.log},
      {"start_s", d.start_s},
      {"agents", d.agents},
      {"hand_overs", d.hand_overs},
      {"reasons",
       {{"predicted_conflict", d.predicted_conflict}, {"blocked", d.blocked}, {"leader_changed", d.leader_changed}}},
      {"hand_backs", d.hand_backs},
      {"unexplained", {{"peak", d.unexplained_peak}, {"end", d.unexplained_end}}},
      {"first_unexplained_s", d.first_unexplained_s < 0 ? Json(nullptr) : Json(d.first_unexplained_s)},
      {"ego_m", {{"max", d.ego_max_m}, {"mean", d.ego_mean_m}, {"end", d.ego_end_m}}}};
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "PASS";
    case Verdict::kFail:
      return "FAIL";
    case Verdict::kInconclusive:
      return "INCONCLUSIVE";
    case Verdict::kError:
      return "ERROR";
    case Verdict::kInvalid:
      return "INVALID";
  }
  return "INCONCLUSIVE";
}

Verdict overall(const std::vector<Criterion>& criteria, bool interrupted) {
  if (std::any_of(criteria.begin(), criteria.end(), [](const auto& c) { return c.verdict == Verdict::kInvalid; }))
    return Verdict::kInvalid;
  Verdict verdict = criteria.empty() || interrupted ? Verdict::kInconclusive : Verdict::kPass;
  for (const Criterion& c : criteria) {
    if (c.verdict == Verdict::kFail) return Verdict::kFail;
    if (c.verdict == Verdict::kInconclusive) verdict = Verdict::kInconclusive;
  }
  return verdict;
}

std::string to_json(const RunResult& r) {
  Json json;
  json["verdict"] = to_string(r.verdict);
  json["interrupted"] = r.interrupted;
  json["fault"] = fault_json(r.fault);
  if (!r.stacks.empty()) {
    json["stacks"] = stacks_json(r);
    json["acts_clamped"] = r.acts_clamped;
  }
  if (r.divergence) json["divergence"] = divergence_json(*r.divergence);
  json["criteria"] = Json::array();
  for (const Criterion& c : r.criteria) json["criteria"].push_back(criterion_json(c));
  json["state_hash"] = sim::to_hex(r.state_hash);
  json["steps"] = r.steps;
  json["dt_s"] = r.dt_s;
  json["sim_time_s"] = r.sim_time_s;
  json["duration_s"] = r.duration_s;
  json["wall_time_s"] = r.wall_time_s;
  json["realtime_factor"] = r.realtime_factor;
  json["startup_s"] = r.startup_s;
  json["vehicles"] = r.vehicles;
  json["traffic"] = {{"mean", r.traffic_mean}, {"peak", r.traffic_peak}};
  json["collisions"] = r.collisions;
  json["collisions_engine"] = r.collisions_engine;
  json["red_lights"] = r.red_lights;
  json["routes_completed"] = r.routes_completed;
  json["distance_m"] = r.distance_m;
  json["mean_speed_mps"] = r.mean_speed_mps;
  json["vehicles_left"] = r.vehicles_left;
  json["seed"] = r.seed;
  json["threads"] = r.threads;
  json["map"] = {{"name", r.map_name}, {"hash", sim::to_hex(r.map_hash)}, {"notice", r.map_notice}};
  json["scenario"] = {{"file", r.scenario_file}, {"hash", sim::to_hex(r.scenario_hash)}};
  json["engine"] = {{"version", r.engine_version}, {"commit", r.engine_commit}};
  json["command"] = r.command;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bitgoeul::scenarios
