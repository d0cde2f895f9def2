#include "scenarios/asking_drivers.h"

#include <algorithm>
#include <cmath>

#include "vehicles/drivers/decide.h"

namespace bitgoeul::scenarios {
namespace {

using sim::Row;

constexpr std::size_t kBlock = 4;      // vehicles per job
constexpr std::size_t kPostRows = 64;  // rows that share a part of the mailbox

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
                            std::span<const std::string> names) {
  for (const StackSetup& setup : stacks) sessions_.push_back({setup});
  state.asking.assign(stack_of.size(), 0);
  for (Session& session : sessions_) {
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
    Session& session = sessions_[static_cast<std::size_t>(stack_of[row])];
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
  for (Session& session : sessions_) {
    session.observations.reserve(session.init.egos.size());
    session.asked.reserve(session.init.egos.size());
    session.acts.resize(session.init.egos.size());
  }
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

void AskingDrivers::fail(const Session& session, std::int64_t step, sim::StackFault fault) {
  if (fault_) return;
  fault_ = std::move(fault);
  fault_->step = step;
  if (fault_->stack.empty()) fault_->stack = session.setup.spec;
}

void AskingDrivers::start(const vehicles::State& state) {
  for (Session& session : sessions_) {
    if (session.started || session.init.egos.empty() || fault_) continue;
    session.started = true;
    if (!session.setup.stack->start(session.init)) fail(session, state.world.step(), session.setup.stack->fault());
  }
}

void AskingDrivers::look(vehicles::State& state, sim::Jobs& jobs, sim::Hash128 hash) {
  due_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (thinks(state, i)) due_.push_back(i);
  if (due_.empty()) return;
  grid_.build(state.world.entities.x, state.world.entities.y, state.world.entities.alive);
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

// First every stack is asked, then every answer is taken, so that stacks think at the same time.
bool AskingDrivers::ask(const vehicles::State& state) {
  for (Session& session : sessions_) session.observations.clear(), session.asked.clear();
  for (const std::size_t i : due_) {
    Session& session = sessions_[session_of_[i]];
    session.observations.push_back(rooms_[i].observation);
    session.asked.push_back(i);
  }
  for (Session& session : sessions_)
    if (!session.asked.empty() && !fault_ && !session.setup.stack->ask(session.observations))
      fail(session, state.world.step(), session.setup.stack->fault());
  for (Session& session : sessions_) {
    if (session.asked.empty() || fault_) continue;
    const std::span<sim::Act> acts(session.acts.data(), session.asked.size());
    std::fill(acts.begin(), acts.end(), sim::Act{});  // nothing of an act before may stay
    if (!session.setup.stack->answer(acts)) fail(session, state.world.step(), session.setup.stack->fault());
  }
  return !fault_;
}

// A hold leaves the commands as they are. Recorded as it is taken.
void AskingDrivers::take(vehicles::State& state, Session& session, std::vector<Exchange>& exchanges) {
  const auto stack = static_cast<std::size_t>(&session - sessions_.data());
  for (std::size_t k = 0; k < session.asked.size() && !fault_; ++k) {
    const std::size_t i = session.asked[k];
    sim::Act& act = session.acts[k];
    std::string defect = act.kind == sim::ActKind::kDriver ? defect_of(act.driver)
                         : act.kind == sim::ActKind::kHold ? std::string()
                                                           : "is no driver's decision, which this run asks for";
    if (!defect.empty())
      return fail(
          session, state.world.step(),
          {sim::StackFaultKind::kProtocol, {}, "act for vehicle " + std::to_string(rows_[i]) + ": " + defect, {}, 0});
    if (act.kind == sim::ActKind::kDriver) {
      clamped_ += clamp_decision(seen_[i].view, act.driver);
      vehicles::obey(state, rows_[i], static_cast<std::size_t>(rows_[i]) / kPostRows, seen_[i], act.driver);
    }
    exchanges.push_back({stack, &rooms_[i].observation, &act});
  }
}

void AskingDrivers::step(vehicles::State& state, sim::Jobs& jobs, sim::Hash128 hash, std::vector<Exchange>& exchanges) {
  if (!any() || fault_) return;
  start(state);
  if (fault_) return;
  look(state, jobs, hash);
  if (due_.empty() || !ask(state)) return;
  for (Session& session : sessions_)
    if (!session.asked.empty()) take(state, session, exchanges);
}

}  // namespace bitgoeul::scenarios
