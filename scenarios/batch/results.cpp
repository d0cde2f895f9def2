#include "scenarios/batch/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "scenarios/shell_word.h"

namespace bitgoeul::scenarios::batch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 14> kNames{
    "PASS",           "FAIL",      "NOT_EVALUATED", "INVALID_INPUT", "NONDETERMINISTIC", "STACK_CRASH", "STACK_TIMEOUT",
    "STACK_PROTOCOL", "SIM_CRASH", "OUT_OF_MEMORY", "TIMEOUT",       "OUTPUT_LIMIT",     "INFRA",       "NOT_RUN"};
constexpr std::size_t kMaxPlaces = 20;
constexpr const char* kMetrics[] = {
    "steps",      "sim_time_s",       "vehicles",   "collisions",     "collisions_engine",
    "red_lights", "routes_completed", "distance_m", "mean_speed_mps", "vehicles_left"};

std::optional<Class> class_from(const std::string& name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames[i]) return static_cast<Class>(i);
  return std::nullopt;
}

std::string last_error(const std::string& messages) {
  std::string best, last;
  std::size_t begin = 0;
  while (begin < messages.size()) {
    const std::size_t end = std::min(messages.find('\n', begin), messages.size());
    const std::string line = messages.substr(begin, end - begin);
    if (best.empty() && line.find("error") != std::string::npos) best = line;
    if (!line.empty()) last = line;
    begin = end + 1;
  }
  return best.empty() ? last : best;
}

Class class_of_end(const Outcome& end, const Json& result) {
  switch (end.how) {
    case Ended::kWallTime:
    case Ended::kNoProgress:
      return Class::kTimeout;
    case Ended::kMemory:
      return Class::kOutOfMemory;
    case Ended::kOutput:
      return Class::kOutputLimit;
    case Ended::kStopped:
      return Class::kNotRun;
    case Ended::kSignal:
      // Nobody of ours sends SIGKILL or SIGTERM without saying so: the machine did.
      return end.code == SIGKILL || end.code == SIGTERM ? Class::kInfra : Class::kSimCrash;
    case Ended::kExit:
      break;
  }
  if (result.is_object() && result.contains("fault") && result["fault"].is_object())
    if (const auto named = class_from(result["fault"].value("class", ""))) return *named;
  switch (end.code) {
    case 0:
      return Class::kPass;
    case 1:
      return Class::kFail;
    case 2:
      return Class::kInvalidInput;
    case 4:
      return Class::kNotEvaluated;
    case 5:
      return Class::kNondeterministic;
    default:
      return Class::kInfra;
  }
}

std::string message_of(const Row& row, const Outcome& end, const Limits& limits) {
  switch (end.how) {
    case Ended::kWallTime:
      return fmt::format("stopped after {:g} s of wall time", limits.wall_time_s);
    case Ended::kNoProgress:
      return fmt::format("stopped: no simulated step for {:g} s", limits.no_progress_s);
    case Ended::kMemory:
      return fmt::format("needed more than {:g} MB of memory", limits.memory_mb);
    case Ended::kOutput:
      return fmt::format("wrote a file larger than {:g} MB", limits.output_mb);
    case Ended::kSignal:
      return fmt::format("ended by signal {} ({})", end.code, strsignal(end.code));
    case Ended::kStopped:
      return "interrupted";
    case Ended::kExit:
      break;
  }
  if (row.verdict == Class::kPass) return {};
  for (const RowCriterion& c : row.criteria)
    if (c.verdict == "FAIL")
      return fmt::format("{} {:.6g}, limit {:.6g}{}{}", c.name, c.value, c.limit,
                         c.entity.empty() ? "" : fmt::format(", {}", c.entity),
                         c.time_s < 0 ? "" : fmt::format(" at {:.2f} s", c.time_s));
  for (const RowCriterion& c : row.criteria)
    if (row.verdict == Class::kNotEvaluated && c.verdict != "PASS")
      return fmt::format("{} {}: {:.6g}, limit {:.6g}", c.name, c.verdict, c.value, c.limit);
  if (row.verdict == Class::kNotEvaluated) return "nothing was evaluated, or not to the end";
  return last_error(end.messages);
}

Json read_json(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return in ? Json::parse(in, nullptr, false) : Json();
}

void take_result(Row& row, const Json& result) {
  if (!result.is_object()) return;
  for (const Json& c : result.value("criteria", Json::array())) {
    RowCriterion criterion{c.value("name", ""), c.value("verdict", ""), "", c.value("value", 0.0),
                           c.value("limit", 0.0)};
    if (c.contains("time_s") && c["time_s"].is_number()) criterion.time_s = c["time_s"];
    if (c.contains("entity") && c["entity"].is_string()) criterion.entity = c["entity"];
    row.criteria.push_back(std::move(criterion));
  }
  for (const char* name : kMetrics)
    if (result.contains(name) && result[name].is_number()) row.metrics[name] = result[name];
  row.state_hash = result.value("state_hash", "");
  if (result.contains("map")) row.map = result["map"].value("name", ""), row.map_hash = result["map"].value("hash", "");
  if (result.contains("engine"))
    row.engine = fmt::format("{} {}", result["engine"].value("version", ""), result["engine"].value("commit", ""));
}

// False: there are events, and they cannot be read.
bool take_places(Row& row, const std::filesystem::path& events) {
  std::error_code error;
  if (!std::filesystem::exists(events, error)) return !error;
  std::ifstream in(events, std::ios::binary);
  if (!in) return false;
  for (std::string line; row.places.size() < kMaxPlaces && std::getline(in, line);) {
    const Json event = Json::parse(line, nullptr, false);
    if (!event.is_object()) continue;
    const std::string kind = event.value("kind", "");
    if (kind != "collision_begin" && kind != "red_light" && kind != "off_road" && kind != "standstill" &&
        kind != "violation")
      continue;
    row.places.push_back({kind, event.value("entity", ""), event.value("x_m", 0.0), event.value("y_m", 0.0),
                          event.value("time_s", 0.0)});
  }
  return !in.bad();
}

Json object_of(const Parameters& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return json;
}

Parameters values_of(const Json& json) {
  Parameters values;
  for (const auto& [name, value] : json.items()) values.emplace_back(name, value.get<std::string>());
  return values;
}

Row infra(const Job& job, std::string message) {
  Row row = row_of_job(job);
  row.verdict = Class::kInfra;
  row.message = std::move(message);
  return row;
}

Row parse_row(const Json& json, Class verdict) {
  Row row;
  row.verdict = verdict;
  row.case_id = json.at("case");
  row.key = json.at("key");
  row.scenario = json.at("scenario");
  row.map = json.at("map");
  row.parameters = values_of(json.at("parameters"));
  row.stacks = values_of(json.at("stacks"));
  row.seed = json.at("seed");
  row.message = json.at("message");
  for (const Json& c : json.at("criteria"))
    row.criteria.push_back(
        {c.at("name"), c.at("verdict"), c.at("entity"), c.at("value"), c.at("limit"), c.at("time_s")});
  for (const auto& [name, value] : json.at("metrics").items()) row.metrics[name] = value;
  row.state_hash = json.at("state_hash");
  row.map_hash = json.at("map_hash");
  row.engine = json.at("engine");
  for (const Json& p : json.at("places"))
    row.places.push_back({p.at("kind"), p.at("entity"), p.at("x_m"), p.at("y_m"), p.at("time_s")});
  row.verified = json.at("verified");
  row.repro = json.at("repro");
  row.excused = json.value("excused", "");
  return row;
}

}  // namespace

const char* to_string(Class verdict) { return kNames[static_cast<std::size_t>(verdict)]; }

bool is_fault(Class verdict) {
  return verdict != Class::kPass && verdict != Class::kFail && verdict != Class::kNotEvaluated &&
         verdict != Class::kNotRun;
}

Row row_of_job(const Job& job) {
  Row row;
  row.case_id = sim::to_hex(job.case_id);
  row.key = sim::to_hex(job.key);
  row.scenario = job.label;
  row.map = job.map;
  row.parameters = job.parameters;
  row.stacks = job.stacks;
  row.seed = job.seed;
  row.repro = "bitgoeul";
  for (const std::string& word : job.arguments()) row.repro.append(1, ' ').append(shell_word(word));
  return row;
}

Row row_of_run(const Job& job, const Outcome& end, const std::filesystem::path& dir) {
  Row row = row_of_job(job);
  const Json result = read_json(dir / "result.json");
  take_result(row, result);
  row.verdict = class_of_end(end, result);
  // A PASS or FAIL without a result that says so is none.
  if ((row.verdict == Class::kPass || row.verdict == Class::kFail) &&
      (!result.is_object() || result.value("verdict", "") != to_string(row.verdict)))
    return infra(job, "ended as a " + std::string(to_string(row.verdict)) + ", but result.json does not say so");
  row.message = message_of(row, end, job.limits);
  if (row.verdict != Class::kPass && !take_places(row, dir / "events.jsonl"))
    return infra(job, "events.jsonl cannot be read");
  return row;
}

std::string to_json_line(const Row& row) {
  Json json{{"case", row.case_id}, {"key", row.key}, {"scenario", row.scenario}, {"map", row.map}};
  json["parameters"] = object_of(row.parameters);
  json["stacks"] = object_of(row.stacks);
  json["seed"] = row.seed;
  json["verdict"] = to_string(row.verdict);
  if (!row.excused.empty()) json["excused"] = row.excused;
  json["message"] = row.message;
  json["criteria"] = Json::array();
  for (const RowCriterion& c : row.criteria)
    json["criteria"].push_back({{"name", c.name},
                                {"verdict", c.verdict},
                                {"value", c.value},
                                {"limit", c.limit},
                                {"time_s", c.time_s},
                                {"entity", c.entity}});
  json["metrics"] = row.metrics;
  json["state_hash"] = row.state_hash;
  json["map_hash"] = row.map_hash;
  json["engine"] = row.engine;
  json["places"] = Json::array();
  for (const Place& p : row.places)
    json["places"].push_back(
        {{"kind", p.kind}, {"entity", p.entity}, {"x_m", p.x}, {"y_m", p.y}, {"time_s", p.time_s}});
  json["verified"] = row.verified;
  json["repro"] = row.repro;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

sim::Result<Row> row_from_json(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  const auto verdict = json.is_object() ? class_from(json.value("verdict", "")) : std::nullopt;
  if (!verdict) return sim::fail("is no row of batch results");
  try {
    return parse_row(json, *verdict);
  } catch (const Json::exception& e) {
    return sim::fail(std::string("is no row of batch results: ") + e.what());
  }
}

Counts count(const std::vector<Row>& rows) {
  Counts counts;
  for (const Row& row : rows) {
    ++counts.of[row.verdict];
    ++counts.total;
    counts.excused += !row.excused.empty();
    counts.cached += row.cached;
  }
  return counts;
}

int exit_code(const std::vector<Row>& rows) {
  const auto any = [&](auto&& holds) { return std::any_of(rows.begin(), rows.end(), holds); };
  if (any([](const Row& r) { return r.verdict == Class::kNondeterministic; })) return 5;
  if (any([](const Row& r) { return is_fault(r.verdict) && r.verdict != Class::kInvalidInput && r.excused.empty(); }))
    return 3;
  if (any([](const Row& r) { return r.verdict == Class::kInvalidInput && r.excused.empty(); })) return 2;
  if (any([](const Row& r) { return r.verdict == Class::kFail && r.excused.empty(); })) return 1;
  const bool all_pass =
      !rows.empty() && !any([](const Row& r) { return r.verdict != Class::kPass && r.excused.empty(); });
  return all_pass ? 0 : 4;
}

}  // namespace bitgoeul::scenarios::batch
