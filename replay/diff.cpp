#include "replay/diff.h"

#include <map>

namespace bitgoeul::replay {
namespace {

constexpr std::size_t kLongestText = 200;

std::string shown(const std::string& text) {
  if (text.size() <= kLongestText) return text;
  return std::to_string(text.size()) + " bytes, hash " + sim::to_hex(sim::hash_text(text));
}

void compare(std::vector<HeaderDifference>& out, std::string field, const std::string& a, const std::string& b) {
  if (a != b) out.push_back({std::move(field), shown(a), shown(b)});
}

template <class Number>
void compare_number(std::vector<HeaderDifference>& out, const char* field, Number a, Number b) {
  compare(out, field, std::to_string(a), std::to_string(b));
}

using Named = std::map<std::string, std::string>;

void compare_named(std::vector<HeaderDifference>& out, const std::string& field, const Named& a, const Named& b) {
  for (const auto& [name, value] : a) {
    const auto other = b.find(name);
    compare(out, field + "[" + name + "]", value, other == b.end() ? "(none)" : other->second);
  }
  for (const auto& [name, value] : b) {
    if (!a.contains(name)) compare(out, field + "[" + name + "]", "(none)", value);
  }
}

Named parameters_of(const RunHeader& header) { return {header.parameters.begin(), header.parameters.end()}; }

Named entities_of(const RunHeader& header) {
  Named named;
  for (const EntityInfo& info : header.entities) named[info.name] = info.type + ", row " + std::to_string(info.row);
  return named;
}

struct Hashed {
  std::int64_t step = 0;
  sim::Hash128 hash;
};

}  // namespace

std::vector<HeaderDifference> diff_headers(const RunHeader& a, const RunHeader& b) {
  std::vector<HeaderDifference> out;
  compare(out, "engine_version", a.engine_version, b.engine_version);
  compare(out, "engine_commit", a.engine_commit, b.engine_commit);
  compare(out, "scenario_file", a.scenario_file, b.scenario_file);
  compare(out, "scenario_text", a.scenario_text, b.scenario_text);
  compare_named(out, "parameters", parameters_of(a), parameters_of(b));
  compare(out, "map_name", a.map_name, b.map_name);
  compare(out, "map_hash", sim::to_hex(a.map_hash), sim::to_hex(b.map_hash));
  compare(out, "map_notice", a.map_notice, b.map_notice);
  compare(out, "map_projection", a.map_projection, b.map_projection);
  compare_number(out, "seed", a.seed, b.seed);
  compare_number(out, "dt_ns", a.dt_ns, b.dt_ns);
  compare_number(out, "duration_ns", a.duration_ns, b.duration_ns);
  compare_number(out, "frame_every", a.frame_every, b.frame_every);
  compare(out, "command_line", a.command_line, b.command_line);
  compare_named(out, "entities", entities_of(a), entities_of(b));
  return out;
}

sim::Result<LogDifference> diff_logs(const RunLog& a, const RunLog& b) {
  LogDifference out;
  out.header = diff_headers(a.header(), b.header());
  std::vector<Hashed> steps;
  auto read = a.each_step([&](const StepRecord& record) {
    steps.push_back({record.step, record.hash});
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  out.steps_a = static_cast<std::int64_t>(steps.size());
  read = b.each_step([&](const StepRecord& record) {
    const std::int64_t at = out.steps_b++;
    if (out.first || at >= out.steps_a) return true;
    const Hashed& other = steps[static_cast<std::size_t>(at)];
    if (other.step == record.step && other.hash == record.hash) {
      ++out.steps_equal;
    } else {
      out.first = StepDifference{std::min(other.step, record.step), record.time_ns, other.hash, record.hash};
    }
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

}  // namespace bitgoeul::replay
