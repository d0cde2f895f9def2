// Egos: the stage between vehicles and driving stacks. Every act_every steps (of the ego, or of its stack:
// step % act_every == 0) observations are made in parallel, every stack is asked, then every answer is awaited: one
// barrier. An Act of step k drives its ego from step k + delay + drawn latency on, until the next one is due; what
// waits lies in tables of the state. Before the first one a vehicle rolls. A stack that fails leaves a fault(); the run
// ends with it. Thread rule: serial; observations in parallel over egos.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maps/routing.h"
#include "scenarios/observe.h"
#include "scenarios/perception.h"
#include "scenarios/stack_sessions.h"
#include "sim/event.h"
#include "sim/stack.h"
#include "sim/table.h"
#include "vehicles/state.h"

namespace bitgoeul::scenarios {

// What went through the door in the last step, by ego.
struct Exchange {
  std::size_t stack = 0;  // of the setup
  const sim::Observation* observation = nullptr;
  const sim::Act* act = nullptr;
};

// Acts that have been given and are or will be in effect: `slots` rows per ego, used in turn.
struct GivenActs {
  std::vector<std::int64_t> step, due, number;  // of the observation; from when on it drives; 1, 2, ... (0: none)
  std::vector<sim::ActKind> kind;
  std::vector<double> acceleration_mps2, steering_rad;
  std::vector<std::uint32_t> points;  // of its trajectory
  template <class F>
  void columns(F&& f) {
    f("step", step);
    f("due", due);
    f("number", number);
    f("kind", kind);
    f("acceleration_mps2", acceleration_mps2);
    f("steering_rad", steering_rad);
    f("points", points);
  }
};

// kTrajectoryPoints rows per slot.
struct GivenPoints {
  std::vector<double> t_s, x, y, yaw_rad, speed_mps, acceleration_mps2;
  template <class F>
  void columns(F&& f) {
    f("t_s", t_s);
    f("x", x);
    f("y", y);
    f("yaw_rad", yaw_rad);
    f("speed_mps", speed_mps);
    f("acceleration_mps2", acceleration_mps2);
  }
};

// One row per ego.
struct EgoRecords {
  std::vector<std::int64_t> acts, clamped;  // given so far; of them beyond the vehicle's limits
  std::vector<std::uint32_t> events;        // sim::EgoEvent, since its last observation
  template <class F>
  void columns(F&& f) {
    f("acts", acts);
    f("clamped", clamped);
    f("events", events);
  }
};

class Egos {
 public:
  // `stack_of`: per entity of the setup, -1 = our own driver, as those of stacks with a driver view.
  // `act_every`: per entity, 0 = as its stack. Marks the rows in
  // state.outside, binds the tables.
  void prepare(vehicles::State& state, std::span<const StackSetup> stacks, std::span<const int> stack_of,
               std::span<const std::string> names, std::span<const int> act_every);
  bool any() const { return !rows_.empty(); }
  bool due(const vehicles::State& state) const;  // somebody is asked in the coming step
  // The stage. Rows whose command has changed are told by changed(). `hash`: of the state, where somebody is due.
  // `sensed`: per row, whether sensors find it.
  void step(vehicles::State& state, maps::Router& router, sim::Jobs& jobs, sim::Hash128 hash,
            std::span<const std::uint8_t> sensed);
  void note(const vehicles::State& state, std::span<const sim::Event> events);  // of the step, at its end

  std::span<const sim::Row> changed() const { return changed_; }
  std::span<const Exchange> exchanges() const { return exchanges_; }  // of the last step; valid until the next
  const std::optional<sim::StackFault>& fault() const { return talk_.fault(); }
  const sim::StackInit& init(std::size_t stack) const { return sessions_[stack].init; }
  std::int64_t clamped() const;  // acts beyond the limits of their vehicle

 private:
  struct Session : StackSession {
    std::vector<std::size_t> egos;  // rows of the ego tables, ascending
    std::optional<Perception> perception;
  };
  void prepare_perception(vehicles::State& state);
  std::span<double> memory_of(std::size_t ego);
  void set_init(const vehicles::State& state, Session& session) const;
  bool due(const vehicles::State& state, std::size_t ego) const { return state.world.step() % every_[ego] == 0; }
  void observe_due(vehicles::State& state, maps::Router& router, sim::Jobs& jobs, sim::Hash128 hash,
                   std::span<const std::uint8_t> sensed);
  void exchange(const vehicles::State& state);
  void take(const vehicles::State& state, const Session& session, std::size_t ego, sim::Act& act);
  void clamp(std::size_t ego, sim::Act& act);
  void command(vehicles::State& state, std::size_t ego);
  sim::Command follow(const vehicles::State& state, std::size_t ego, std::size_t slot) const;

  StackSessions talk_;
  std::vector<Session> sessions_;
  std::vector<sim::Row> rows_;           // per ego, ascending
  std::vector<std::string> names_;       // per ego
  std::vector<std::size_t> session_of_;  // per ego
  std::vector<int> every_;               // per ego: steps between two acts
  std::vector<std::size_t> first_slot_, slots_;
  std::vector<std::size_t> first_number_;  // per ego, and the end: in perceived_
  GivenActs given_;
  GivenPoints points_;
  EgoRecords records_;
  PerceptionMemory perceived_;
  sim::Marks touched_{0}, seen_{0};  // rows of points_ and perceived_

  sim::Grid grid_{16.0};
  std::vector<ObservationRoom> rooms_;  // per ego
  std::vector<std::size_t> due_;
  std::vector<sim::TrajectoryPoint> unused_;
  std::vector<sim::Row> changed_;
  std::vector<Exchange> exchanges_;
};

// Why an act cannot be taken; empty when it can. Numbers must be finite, times ascend.
std::string defect_of(const sim::Act& act);
// Brings an act within what the vehicle can do; true when it was beyond.
bool clamp_act(const sim::EgoInfo& ego, sim::Act& act);

}  // namespace bitgoeul::scenarios
