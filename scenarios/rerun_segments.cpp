#include "scenarios/rerun_segments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace bitgoeul::scenarios {
namespace {

std::string text_of(const sim::Command& command) {
  return fmt::format("{} m/s2, {} rad", command.acceleration_mps2, command.steering_rad);
}

// Bit for bit: a NaN equals itself, 0 is not -0.
bool same_bits(const sim::Command& a, const sim::Command& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

using Difference = std::optional<RerunDifference>;

Difference differ(const Simulation& s, std::string what, std::string recorded, std::string again) {
  return RerunDifference{s.steps(), s.time_s(), std::move(what), std::move(recorded), std::move(again), {}};
}

Difference key_frame_differs(const Segment& segment, Simulation& s) {
  if (segment.from == 0) return std::nullopt;
  const auto differ = [&](std::string found) {
    const double time_s = static_cast<double>(segment.from * s.setup().dt_ns) * 1e-9;
    return RerunDifference{segment.from, time_s, "key frame", sim::to_hex(segment.hash), std::move(found), {}};
  };
  if (auto restored = s.restore(segment.state); !restored) return differ("none: " + restored.error().what);
  if (s.steps() != segment.from) return differ(fmt::format("the state of step {}", s.steps()));
  if (s.state_hash() != segment.hash) return differ(sim::to_hex(s.state_hash()));
  return std::nullopt;
}

Difference commands_differ(const replay::StepRecord& record, const Simulation& s) {
  const auto commands = s.commands();
  for (std::size_t i = 0; i < std::min(commands.size(), record.commands.size()); ++i) {
    const auto& [entity, command] = record.commands[i];
    if (entity == commands[i].entity && same_bits(command, commands[i].command)) continue;
    const auto& entities = s.setup().entities;
    const std::string name = static_cast<std::size_t>(entity) < entities.size()
                                 ? entities[static_cast<std::size_t>(entity)].name
                                 : fmt::format("row {}", entity);
    return differ(s, "command of " + name, text_of(command), text_of(commands[i].command));
  }
  if (commands.size() == record.commands.size()) return std::nullopt;
  return differ(s, "number of commands", std::to_string(record.commands.size()), std::to_string(commands.size()));
}

// All but the hash, after that step.
Difference step_differs(const replay::StepRecord& record, const Simulation& s) {
  if (record.step != s.steps()) return differ(s, "step number", std::to_string(record.step), std::to_string(s.steps()));
  if (const auto& fault = s.fault()) return differ(s, "acts of " + fault->stack, "none", fault->what);
  return commands_differ(record, s);
}

}  // namespace

bool Crew::give(Segment segment) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.empty() || done_; });
  if (done_) return false;
  waiting_.push_back(std::move(segment));
  changed_.notify_all();
  return true;
}

void Crew::no_more() {
  const std::lock_guard lock(mutex_);
  all_given_ = true;
  changed_.notify_all();
}

bool Crew::take(Segment& segment) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !waiting_.empty() || all_given_ || done_; });
  if (done_ || waiting_.empty()) return false;
  segment = std::move(waiting_.front());
  waiting_.pop_front();
  changed_.notify_all();
  return true;
}

// Counts a step. Where an earlier segment has a difference, this one is of no interest.
bool Crew::goes_on(const Segment& segment, double dt_s) {
  const std::lock_guard lock(mutex_);
  if (options_.interrupted()) {
    interrupted_ = done_ = true;
    changed_.notify_all();
  }
  if (interrupted_ || (found_ && found_->from < segment.from)) return false;
  if (++steps_ % 100 == 0) options_.progress(static_cast<double>(steps_) * dt_s);
  return true;
}

void Crew::end(std::optional<Found> found) {
  const std::lock_guard lock(mutex_);
  if (!found_ || found->from < found_->from) found_ = std::move(found);
  done_ = true;  // what waits comes later
  changed_.notify_all();
}

void Crew::work(std::unique_ptr<Driver> driver) {
  Simulation& s = *driver->simulation;
  const double dt_s = static_cast<double>(s.setup().dt_ns) * 1e-9;
  Segment segment;
  while (take(segment)) {
    if (auto difference = key_frame_differs(segment, s))
      return end(Found{segment.from, std::move(*difference), {}, std::move(driver)});
    for (const replay::StepRecord& record : segment.steps) {
      if (!goes_on(segment, dt_s)) return;
      for (stack::RecordedStack& stack : driver->stacks) stack.feed(record.acts);
      s.step();
      auto difference = step_differs(record, s);
      const bool other_hash = !difference && record.hash != s.state_hash();
      if (other_hash) difference = differ(s, "state hash", sim::to_hex(record.hash), sim::to_hex(s.state_hash()));
      if (!difference) continue;
      return end(Found{segment.from, std::move(*difference), other_hash ? std::optional(record.hash) : std::nullopt,
                       std::move(driver)});
    }
  }
}

}  // namespace bitgoeul::scenarios
