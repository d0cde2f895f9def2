// Agents: the stage that moves the entities of a log in a closed loop. Each follows its track by time until that runs
// into the changed world (conflict.h); then our driver of background traffic takes it (on a lane) or it waits where it
// is (who is on none), until its log explains it again. Looked at in the first step of a tick. A conflict counts when
// it is seen twice in a row, or when it is less than a second away; who drives stays with it for 3 s at least and goes
// back only within 0.5 m and 0.5 m/s of its log, with nothing in the way for a second. Thread rule: serial; conflicts
// in parallel over agents.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "scenarios/closed_loop/conflict.h"
#include "scenarios/closed_loop/log_world.h"
#include "sim/event.h"
#include "vehicles/state.h"

namespace bitgoeul::scenarios::closed_loop {

using sim::Row;

enum class AgentMode : std::uint8_t { kOther, kFollows, kDrives, kWaits };  // kOther: an ego, or one that has left

// One row per entity of the setup.
struct AgentTable {
  std::vector<AgentMode> mode;
  std::vector<std::uint8_t> seen, clear;      // looks in a row with a conflict; without one, near its log
  std::vector<std::int64_t> mode_step;        // since when
  std::vector<std::int64_t> lag_ns;           // how far behind its log it follows: it has waited
  std::vector<Row> hint;                      // map point near it
  std::vector<double> off_x, off_y, off_yaw;  // where it was beside its log when it went back to it
  template <class F>
  void columns(F&& f) {
    f("mode", mode);
    f("seen", seen);
    f("clear", clear);
    f("mode_step", mode_step);
    f("lag_ns", lag_ns);
    f("hint", hint);
    f("off_x", off_x);
    f("off_y", off_y);
    f("off_yaw", off_yaw);
  }
};

class Agents {
 public:
  // Where it is to be at a time, in its log's own words; nothing: not in the world.
  struct Shown {
    replay::TrackPoint point;
    Row lane = sim::kNone;
    std::int32_t cursor = -1;
  };

  // `followers`: per entity, 1 = follows its track. Binds the table. Shows nobody yet.
  void prepare(vehicles::State& state, const LogWorld& log, std::span<const std::uint8_t> followers);
  bool any() const { return log_ != nullptr; }
  bool follows(Row row) const { return any() && in_table(row) && is_puppet(row); }
  bool waits(Row row) const { return any() && in_table(row) && table_.mode[row] == AgentMode::kWaits; }
  bool on_wheels(Row row) const { return log_->agents[static_cast<std::size_t>(row)].on_wheels; }  // of one in the log
  // Where its log has it.
  bool as_logged(Row row) const {
    return any() && in_table(row) && table_.mode[row] == AgentMode::kFollows && table_.lag_ns[row] == 0;
  }
  // Serial: what the signals show in the step about to run. True: some differ from their program.
  void show_signals(vehicles::State& state) const;
  // Hands over and back; events of both are appended.
  void decide(vehicles::State& state, sim::Jobs& jobs, std::vector<sim::Event>& events);
  // Moves those that follow to where they are at the time. Rows that are to come in or to go are told.
  void show(vehicles::State& state, std::int64_t time_ns, std::vector<Row>& come, std::vector<Row>& go);
  void left(Row row);  // it has left the map for good

 private:
  bool in_table(Row row) const { return static_cast<std::size_t>(row) < table_.mode.size(); }
  bool is_puppet(Row row) const {
    const AgentMode mode = table_.mode[static_cast<std::size_t>(row)];
    return mode == AgentMode::kFollows || mode == AgentMode::kWaits;
  }
  std::optional<Shown> shown_at(Row row, std::int64_t time_ns) const;
  Way logged_way(Row row, std::int64_t time_ns, const vehicles::State& state) const;
  void find_changed(const vehicles::State& state);
  struct Found {
    Conflict conflict;
    Row against = sim::kNone;
  };
  Found look(const vehicles::State& state, Row row) const;
  void settle(vehicles::State& state, Row row, const Found& found, std::vector<sim::Event>& events);
  void hand_over(vehicles::State& state, Row row, const Found& found, std::vector<sim::Event>& events);
  void settle_driving(vehicles::State& state, Row row, const Found& found, std::vector<sim::Event>& events);
  void settle_waiting(vehicles::State& state, Row row, const Found& found, std::vector<sim::Event>& events);
  void enter(Row row, AgentMode mode, std::int64_t step);

  const LogWorld* log_ = nullptr;
  AgentTable table_;
  mutable std::vector<std::size_t> hints_;  // per row, of track_at(); each row's is used by one thread at a time
  std::vector<Row> changed_;                // bodies that do not do what their log says
  std::vector<Way> will_, did_;             // of those: as predicted, and as logged
  std::vector<Found> found_;
};

}  // namespace bitgoeul::scenarios::closed_loop
