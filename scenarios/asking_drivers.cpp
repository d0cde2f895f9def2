#include "scenarios/asking_drivers.h"

#include <algorithm>
#include <cmath>

#include "vehicles/drivers/decide.h"

namespace bitgoeul::scenarios {
namespace {

using sim::Row;

constexpr std::size_t kBlock = 4;  // vehicles per job

bool clamp(double& value, double low, double high) {
  const double before = value;
  value = std::clamp(value, low, high);
  return value != before;
}

}  // namespace

std::string defect_of(const sim::DriverDecision& d) {
  for (const auto& [name, value] : {std::pair{"acceleration_mps2", d.acceleration_mps2},
                                    {"steering_rad", d.steering_rad},
                                    {"change_m", d.change_m}})
    if (!std::isfinite(value)) return std::string(name) + " is not finite";
  return {};
}

bool clamp_decision(const sim::DriverView& view, sim::DriverDecision& d) {
  bool beyond = clamp(d.acceleration_mps2, -vehicles::kHardestBrakingMps2, view.road.most_mps2);
  beyond |= clamp(d.steering_rad, -view.path.max_steering_rad, view.path.max_steering_rad);
  const auto refuse = [&](bool cannot) {
    if (cannot) d.change = sim::LaneChange::kKeep;
    beyond |= cannot;
  };
  switch (d.change) {
    case sim::LaneChange::kKeep:
      break;
    case sim::LaneChange::kFinish:
      refuse(view.change.progress >= 1.0 || view.change.progress < static_cast<double>(vehicles::kChangeDone));
      break;
    case sim::LaneChange::kStart:
      refuse(!view.change.wanted || !view.change.gap);
      if (d.change == sim::LaneChange::kStart)
        beyond |=
            clamp(d.change_m, vehicles::kShortestChangeM, std::max(view.change.room_m, vehicles::kLongestChangeM));
      break;
    default:
      refuse(!view.change.wanted);
  }
  return beyond;
}

void AskingDrivers::prepare(vehicles::State& state, std::span<const StackSetup> stacks, std::span<const int> stack_of,
                            std::span<const std::string> names, std::size_t rows_per_block) {
  rows_per_block_ = rows_per_block;
  for (const StackSetup& setup : stacks) sessions_.emplace_back().setup = setup;
  state.asking.assign(stack_of.size(), 0);
  for (StackSession& session : sessions_) {
    session.init.dt_ns = state.world.dt_ns();
    session.init.seed = state.world.seed();
    session.init.act_every = static_cast<int>(vehicles::kThinkSteps);
    session.init.delay = 0;
    session.init.radius_m = session.setup.radius_m;
    session.init.driver_view = true;
  }
  for (std::size_t row = 0; row < stack_of.size(); ++row) {
    if (stack_of[row] < 0) continue;
    state.asking[row] = 1;
    StackSession& session = sessions_[static_cast<std::size_t>(stack_of[row])];
    session.init.egos.push_back(
        info_of(state, static_cast<Row>(row), names[row], state.world.entities.type[static_cast<Row>(row)]));
    session.init.egos.back().act_every = session.init.act_every;
    rows_.push_back(static_cast<Row>(row));
    session_of_.push_back(static_cast<std::size_t>(stack_of[row]));
  }
  if (!any()) return;
  seen_.resize(rows_.size());
  rooms_.resize(rows_.size());
  for (ObservationRoom& room : rooms_) reserve(room);
  due_.reserve(rows_.size());
  grid_.reserve(state.world.capacity());
  for (StackSession& session : sessions_) StackSessions::reserve(session);
}

bool AskingDrivers::thinks(const vehicles::State& state, std::size_t i) const {
  const Row row = rows_[i];
  return state.alive(row) && !vehicles::passive(state.vehicles.model[row]) && vehicles::thinks(state, row);
}

bool AskingDrivers::due(const vehicles::State& state) const {
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (thinks(state, i)) return true;
  return false;
}

void AskingDrivers::look(vehicles::State& state, sim::Jobs& jobs, sim::Hash128 hash,
                         std::span<const std::uint8_t> sensed) {
  due_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (thinks(state, i)) due_.push_back(i);
  if (due_.empty()) return;
  grid_.build(state.world.entities.x, state.world.entities.y, sensed);
  jobs.parallel_for(
      due_.size(),
      [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t k = begin; k < end; ++k) {
          const std::size_t i = due_[k];
          seen_[i] = vehicles::see(state, rows_[i]);
          observe(state, grid_, rows_[i], sessions_[session_of_[i]].setup.radius_m, rooms_[i]);
          rooms_[i].observation.state_hash = hash;
          rooms_[i].observation.driver = &seen_[i].view;
        }
      },
      kBlock);
}

// A hold leaves the commands as they are.
void AskingDrivers::take(vehicles::State& state, const StackSession& session, std::size_t i, sim::Act& act) {
  const std::string defect = act.kind == sim::ActKind::kDriver ? defect_of(act.driver)
                             : act.kind == sim::ActKind::kHold ? std::string()
                                                               : "is no driver's decision, which this run asks for";
  if (!defect.empty())
    return talk_.fail(
        session, state.world.step(),
        {sim::StackFaultKind::kProtocol, {}, "act for vehicle " + std::to_string(rows_[i]) + ": " + defect, {}, 0});
  if (act.kind == sim::ActKind::kHold) return;
  clamped_ += clamp_decision(seen_[i].view, act.driver);
  vehicles::obey(state, rows_[i], static_cast<std::size_t>(rows_[i]) / rows_per_block_, seen_[i], act.driver);
}

// Recorded as it is taken.
void AskingDrivers::exchange(vehicles::State& state, std::vector<Exchange>& exchanges) {
  const std::int64_t step = state.world.step();
  for (StackSession& session : sessions_) StackSessions::begin(session);
  for (const std::size_t i : due_) {
    StackSession& session = sessions_[session_of_[i]];
    session.observations.push_back(rooms_[i].observation);
    session.asked.push_back(i);
  }
  for (StackSession& session : sessions_) talk_.ask(session, step);
  for (std::size_t stack = 0; stack < sessions_.size(); ++stack) {
    const std::span<sim::Act> acts = talk_.answer(sessions_[stack], step);
    for (std::size_t k = 0; k < acts.size() && !fault(); ++k) {
      const std::size_t i = sessions_[stack].asked[k];
      take(state, sessions_[stack], i, acts[k]);
      if (!fault()) exchanges.push_back({stack, &rooms_[i].observation, &acts[k]});
    }
  }
}

void AskingDrivers::step(vehicles::State& state, sim::Jobs& jobs, sim::Hash128 hash,
                         std::span<const std::uint8_t> sensed, std::vector<Exchange>& exchanges) {
  if (!any() || fault()) return;
  for (StackSession& session : sessions_) talk_.start(session, state.world.step());
  if (fault()) return;
  look(state, jobs, hash, sensed);
  if (!due_.empty()) exchange(state, exchanges);
}

}  // namespace bitgoeul::scenarios
