#include "replay/diff.h"

#include <fmt/format.h>

#include <cstring>
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

Named loop_of(const RunHeader& header) {
  Named named;
  if (!header.loop) return named;
  const LoopInput& loop = *header.loop;
  for (std::size_t i = 0; i < loop.logs.size(); ++i) named["log " + std::to_string(i)] = loop.logs[i];
  for (const std::string& name : loop.driven) named["driven " + name] = "yes";
  named["roles"] = loop.roles;
  if (loop.start_s) named["start_s"] = std::to_string(*loop.start_s);
  if (loop.end_s) named["end_s"] = std::to_string(*loop.end_s);
  named["world_hash"] = sim::to_hex(loop.world_hash);
  return named;
}

Named types_of(const RunHeader& header) {
  Named named;
  for (std::size_t row = 0; row < header.types.size(); ++row)
    named[std::to_string(row)] = header.types[row].name + ", " + header.types[row].category;
  return named;
}

// A step in short: its commands and events are part of what must be equal.
struct Hashed {
  std::int64_t step = 0;
  sim::Hash128 state, inputs;
};

template <class T>
void add(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

Hashed hashed(const StepRecord& record) {
  std::string bytes;
  for (const RecordedCommand& c : record.commands) {
    add(bytes, c.entity);
    add(bytes, c.command.acceleration_mps2);
    add(bytes, c.command.steering_rad);
  }
  for (const sim::Event& e : record.events) {
    add(bytes, e.kind);
    for (const std::uint32_t part : {e.entity.index, e.entity.generation, e.other.index, e.other.generation})
      add(bytes, part);
    for (const double part : {e.x, e.y, e.value, e.delta_v_mps, e.other_delta_v_mps}) add(bytes, part);
    add(bytes, e.side);
    add(bytes, e.other_side);
  }
  return {record.step, record.hash, sim::hash_text(bytes)};
}

// ---- the first value of a step ----------------------------------------------------------------------------------

// Bit for bit: a NaN equals itself, 0 is not -0.
template <class T>
bool same(const T& a, const T& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

class ValueFinder {
 public:
  explicit ValueFinder(const RunHeader& header) : header_(header) {}

  std::optional<ValueDifference> in_step(const StepRecord& a, const StepRecord& b) {
    step_ = a.step;
    for (std::size_t i = 0; i < std::max(a.commands.size(), b.commands.size()) && !found_; ++i) {
      where_ = "command";
      if (i >= a.commands.size() || i >= b.commands.size()) {
        text("number of commands", std::to_string(a.commands.size()), std::to_string(b.commands.size()));
        break;
      }
      command(a.commands[i], b.commands[i]);
    }
    for (std::size_t i = 0; i < std::max(a.events.size(), b.events.size()) && !found_; ++i) {
      where_ = "event " + std::to_string(i + 1);
      entity_.clear();
      if (i >= a.events.size() || i >= b.events.size()) {
        text("number of events", std::to_string(a.events.size()), std::to_string(b.events.size()));
        break;
      }
      event(a.events[i], b.events[i]);
    }
    return found_;
  }

  std::optional<ValueDifference> in_frame(sim::Snapshot& a, sim::Snapshot& b) {
    step_ = a.step;
    where_ = "frame";
    text("number of rows", std::to_string(a.generation.size()), std::to_string(b.generation.size()));
    for (std::size_t row = 0; row < a.generation.size() && !found_; ++row) {
      entity_ = name_of(row);
      value("generation", a.generation[row], b.generation[row]);
      // Both tables name their columns in the same order.
      std::vector<std::string> texts;
      a.entities.columns([&](std::string_view, auto& column) { texts.push_back(shown(column[row])); });
      std::size_t next = 0;
      b.entities.columns(
          [&](std::string_view name, auto& column) { text(name, texts[next], shown(column[row])), ++next; });
    }
    for (std::size_t group = 0; group < std::min(a.signals.state.size(), b.signals.state.size()) && !found_; ++group) {
      entity_ = "signal group " + std::to_string(group);
      value("state", static_cast<int>(a.signals.state[group]), static_cast<int>(b.signals.state[group]));
      value("next_change_step", a.signals.next_change_step[group], b.signals.next_change_step[group]);
      value("earliest_step", sim::earliest_change(a.signals, a.signal_windows, group),
            sim::earliest_change(b.signals, b.signal_windows, group));
      value("latest_step", sim::latest_change(a.signals, a.signal_windows, group),
            sim::latest_change(b.signals, b.signal_windows, group));
    }
    return found_;
  }

 private:
  template <class T>
  static std::string shown(const T& value) {
    if constexpr (std::is_enum_v<T>)
      return std::to_string(static_cast<int>(value));
    else
      return fmt::format("{}", value);  // shortest text that gives the same bits
  }

  std::string name_of(std::size_t row) const {
    for (const EntityInfo& info : header_.entities)
      if (info.row == row) return info.name;
    return fmt::format("row {}", row);
  }

  void text(std::string_view column, std::string a, std::string b) {
    if (!found_ && a != b)
      found_ = ValueDifference{step_, where_, entity_, std::string(column), std::move(a), std::move(b)};
  }
  template <class T>
  void value(std::string_view column, const T& a, const T& b) {
    if (!same(a, b)) text(column, shown(a), shown(b) + (shown(a) == shown(b) ? " (other bits)" : ""));
  }

  void command(const RecordedCommand& a, const RecordedCommand& b) {
    entity_ = name_of(static_cast<std::size_t>(a.entity));
    value("entity", a.entity, b.entity);
    value("acceleration_mps2", a.command.acceleration_mps2, b.command.acceleration_mps2);
    value("steering_rad", a.command.steering_rad, b.command.steering_rad);
  }

  void event(const sim::Event& a, const sim::Event& b) {
    entity_ = a.entity.null() ? std::string() : name_of(a.entity.index);
    value("kind", a.kind, b.kind);
    value("entity", a.entity.index, b.entity.index);
    value("generation", a.entity.generation, b.entity.generation);
    value("other", a.other.index, b.other.index);
    value("other_generation", a.other.generation, b.other.generation);
    value("x", a.x, b.x);
    value("y", a.y, b.y);
    value("value", a.value, b.value);
    value("delta_v_mps", a.delta_v_mps, b.delta_v_mps);
    value("other_delta_v_mps", a.other_delta_v_mps, b.other_delta_v_mps);
    value("side", a.side, b.side);
    value("other_side", a.other_side, b.other_side);
  }

  const RunHeader& header_;
  std::int64_t step_ = 0;
  std::string where_, entity_;
  std::optional<ValueDifference> found_;
};

sim::Result<StepRecord> record_at(const RunLog& log, std::int64_t step) {
  StepRecord found;
  const auto read = log.each_step([&](const StepRecord& record) {
    if (record.step == step) found = record;
    return record.step < step;
  });
  if (!read && found.step != step) return tl::unexpected(read.error());
  return found;
}

// Frames from the step on that are looked at: ten seconds at ten frames a second.
constexpr int kMostFrames = 100;

sim::Result<std::optional<ValueDifference>> value_in_frames(const RunLog& a, const RunLog& b, std::int64_t step) {
  const std::int64_t dt = a.header().dt_ns, every = a.header().frame_every;
  std::optional<ValueDifference> none;
  if (dt != b.header().dt_ns || every != b.header().frame_every || dt <= 0 || every <= 0) return none;
  sim::Snapshot from_a, from_b;
  for (std::int64_t frame = (step + every - 1) / every, left = kMostFrames; left > 0; ++frame, --left) {
    const auto found_a = a.frame_at(frame * every * dt, from_a);
    if (!found_a) return tl::unexpected(found_a.error());
    const auto found_b = b.frame_at(frame * every * dt, from_b);
    if (!found_b) return tl::unexpected(found_b.error());
    if (!*found_a || !*found_b || from_a.step != frame * every || from_b.step != frame * every) return none;
    if (auto found = ValueFinder(a.header()).in_frame(from_a, from_b)) return found;
  }
  return none;
}

sim::Result<std::optional<ValueDifference>> first_value(const RunLog& a, const RunLog& b, std::int64_t step) {
  const auto from_a = record_at(a, step);
  if (!from_a) return tl::unexpected(from_a.error());
  const auto from_b = record_at(b, step);
  if (!from_b) return tl::unexpected(from_b.error());
  if (auto found = ValueFinder(a.header()).in_step(*from_a, *from_b)) return found;
  return value_in_frames(a, b, step);
}

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
  compare_named(out, "types", types_of(a), types_of(b));
  compare_named(out, "loop", loop_of(a), loop_of(b));
  return out;
}

sim::Result<LogDifference> diff_logs(const RunLog& a, const RunLog& b) {
  LogDifference out;
  out.header = diff_headers(a.header(), b.header());
  std::vector<Hashed> steps;
  auto read = a.each_step([&](const StepRecord& record) {
    steps.push_back(hashed(record));
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  out.steps_a = static_cast<std::int64_t>(steps.size());
  read = b.each_step([&](const StepRecord& record) {
    const std::int64_t at = out.steps_b++;
    if (out.first || at >= out.steps_a) return true;
    const Hashed &one = steps[static_cast<std::size_t>(at)], other = hashed(record);
    if (one.step == other.step && one.state == other.state && one.inputs == other.inputs) {
      ++out.steps_equal;
    } else {
      out.first = StepDifference{std::min(one.step, record.step), record.time_ns, one.state, other.state};
    }
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  if (!out.first) return out;
  auto value = first_value(a, b, out.first->step);
  if (!value) return tl::unexpected(value.error());
  out.value = std::move(*value);
  return out;
}

}  // namespace bitgoeul::replay
