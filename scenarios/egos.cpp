#include "scenarios/egos.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "scenarios/tracker.h"
#include "sim/check.h"
#include "sim/random.h"
#include "vehicles/relocate.h"

namespace bitgoeul::scenarios {
namespace {

using sim::kTrajectoryPoints;
using sim::Row;

constexpr std::size_t kBlock = 4;  // egos per job
constexpr double kSpeedLimit = 150.0, kPlaceLimit = 1e7;

// Not in the world, or somebody else moves it.
bool away(const vehicles::State& state, Row row) {
  return !state.alive(row) || state.vehicles.model[row] == vehicles::Model::kTrailer;
}

std::uint32_t bit(sim::EgoEvent event) { return static_cast<std::uint32_t>(event); }

bool same_bits(const sim::Command& a, const sim::Command& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

std::string bad_number(const char* what, double value) {
  return std::string(what) + " is " + (std::isnan(value) ? "not a number" : value > 0 ? "infinite" : "minus infinite");
}

std::string defect_of(const sim::TrajectoryPoint& p) {
  const std::array<std::pair<const char*, double>, 6> numbers{{{"t_s", p.t_s},
                                                               {"x", p.x},
                                                               {"y", p.y},
                                                               {"yaw_rad", p.yaw_rad},
                                                               {"speed_mps", p.speed_mps},
                                                               {"acceleration_mps2", p.acceleration_mps2}}};
  for (const auto& [name, value] : numbers)
    if (!std::isfinite(value)) return bad_number(name, value);
  return std::fabs(p.x) > kPlaceLimit || std::fabs(p.y) > kPlaceLimit ? "a place beyond 10,000 km" : std::string();
}

std::string trajectory_defect(std::span<const sim::TrajectoryPoint> points) {
  if (points.empty()) return "a trajectory without points";
  if (points.size() > kTrajectoryPoints)
    return "a trajectory of " + std::to_string(points.size()) + " points, at most " + std::to_string(kTrajectoryPoints);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (std::string defect = defect_of(points[i]); !defect.empty())
      return "trajectory point " + std::to_string(i) + ": " + defect;
    if (i > 0 && points[i].t_s <= points[i - 1].t_s)
      return "trajectory point " + std::to_string(i) + ": t_s does not ascend";
  }
  return {};
}

}  // namespace

std::string defect_of(const sim::Act& act) {
  switch (act.kind) {
    case sim::ActKind::kHold:
      return {};
    case sim::ActKind::kControl:
      if (!std::isfinite(act.acceleration_mps2)) return bad_number("acceleration_mps2", act.acceleration_mps2);
      if (!std::isfinite(act.steering_rad)) return bad_number("steering_rad", act.steering_rad);
      return {};
    case sim::ActKind::kTrajectory:
      return trajectory_defect(act.trajectory);
    case sim::ActKind::kDriver:
      return "is a driver's decision, but the run gives no driver view";
  }
  return "an act of an unknown kind";
}

bool clamp_act(const sim::EgoInfo& ego, sim::Act& act) {
  bool over = false;
  if (act.kind == sim::ActKind::kControl) {
    const double a = act.acceleration_mps2, s = act.steering_rad;
    act.acceleration_mps2 = std::clamp(a, -ego.max_deceleration_mps2, ego.max_acceleration_mps2);
    act.steering_rad = std::clamp(s, -ego.max_steering_rad, ego.max_steering_rad);
    over = act.acceleration_mps2 != a || act.steering_rad != s;
  }
  if (act.kind == sim::ActKind::kTrajectory)
    for (sim::TrajectoryPoint& p : act.trajectory) {
      const double speed = std::clamp(p.speed_mps, 0.0, kSpeedLimit);
      over |= speed != p.speed_mps;
      p.speed_mps = speed;
    }
  return over;
}

void Egos::prepare(vehicles::State& state, std::span<const StackSetup> stacks, std::span<const int> stack_of,
                   std::span<const std::string> names, std::span<const int> act_every) {
  for (const StackSetup& setup : stacks) sessions_.emplace_back().setup = setup;
  state.outside.assign(stack_of.size(), 0);
  std::size_t slots = 0;
  for (std::size_t row = 0; row < stack_of.size(); ++row) {
    if (stack_of[row] < 0) continue;
    Session& session = sessions_[static_cast<std::size_t>(stack_of[row])];
    state.outside[row] = 1;
    session.egos.push_back(rows_.size());
    rows_.push_back(static_cast<Row>(row));
    names_.push_back(names[row]);
    session_of_.push_back(static_cast<std::size_t>(stack_of[row]));
    every_.push_back(act_every[row] > 0 ? act_every[row] : session.setup.act_every);
    first_slot_.push_back(slots);
    // Those that wait, the one in effect, and the new one.
    const int wait = session.setup.delay + session.setup.latency, every = every_.back();
    slots_.push_back(static_cast<std::size_t>((wait + every - 1) / every + 2));
    slots += slots_.back();
  }
  if (!any()) return;
  sim::resize_table(records_, rows_.size());
  sim::resize_table(given_, slots);
  sim::resize_table(points_, slots * kTrajectoryPoints);
  touched_ = sim::Marks(slots * kTrajectoryPoints);
  state.world.state.add("egos", records_);
  state.world.state.add("acts", given_);
  state.world.state.add("act_points", points_, [this](std::string_view) { return &touched_; });
  prepare_perception(state);
  rooms_.resize(rows_.size());
  for (ObservationRoom& room : rooms_) reserve(room);
  grid_.reserve(state.world.capacity());
  due_.reserve(rows_.size());
  changed_.reserve(rows_.size());
  exchanges_.reserve(rows_.size());
  for (Session& session : sessions_) {
    set_init(state, session);
    StackSessions::reserve(session);
  }
}

// The setup has been checked: every stub can be made.
void Egos::prepare_perception(vehicles::State& state) {
  const Perception* first = nullptr;
  for (Session& session : sessions_) {
    const StackSetup& setup = session.setup;
    if (setup.perception.empty()) continue;
    int least = setup.act_every;  // room for what is on its way to the one that is asked most often
    std::vector<Perception::Ego> who;
    for (const std::size_t ego : session.egos) {
      least = std::min(least, every_[ego]);
      who.push_back({rows_[ego], names_[ego]});
    }
    auto made =
        Perception::make(setup.perception, least * state.world.dt_ns(), state.world.seed(), who, &state.map, first);
    CHECK(made.has_value(), "setup_check has looked at the perception stub");
    session.perception.emplace(std::move(*made));
    if (first == nullptr) first = &*session.perception;
  }
  first_number_.assign(1, 0);
  for (std::size_t ego = 0; ego < rows_.size(); ++ego) {
    const auto& perception = sessions_[session_of_[ego]].perception;
    first_number_.push_back(first_number_.back() + (perception ? perception->room() : 0));
  }
  if (first_number_.back() == 0) return;
  sim::resize_table(perceived_, first_number_.back());
  seen_ = sim::Marks(first_number_.back());
  state.world.state.add("perception", perceived_, [this](std::string_view) { return &seen_; });
}

std::span<double> Egos::memory_of(std::size_t ego) {
  return std::span(perceived_.number).subspan(first_number_[ego], first_number_[ego + 1] - first_number_[ego]);
}

void Egos::set_init(const vehicles::State& state, Session& session) const {
  sim::StackInit& init = session.init;
  init.dt_ns = state.world.dt_ns();
  init.seed = state.world.seed();
  init.act_every = session.setup.act_every;
  init.delay = session.setup.delay;
  init.latency = session.setup.latency;
  init.radius_m = session.setup.radius_m;
  init.hold = session.setup.hold;
  init.perception = session.setup.perception;
  for (const std::size_t ego : session.egos) {
    init.egos.push_back(info_of(state, rows_[ego], names_[ego], state.world.entities.type[rows_[ego]]));
    init.egos.back().act_every = every_[ego];
  }
}

bool Egos::due(const vehicles::State& state) const {
  for (std::size_t ego = 0; ego < rows_.size(); ++ego)
    if (due(state, ego)) return true;
  return false;
}

void Egos::observe_due(vehicles::State& state, maps::Router& router, sim::Jobs& jobs, sim::Hash128 hash,
                       std::span<const std::uint8_t> sensed) {
  due_.clear();
  for (std::size_t ego = 0; ego < rows_.size(); ++ego) {
    if (!due(state, ego)) continue;
    if (away(state, rows_[ego])) {  // what it was told is of no use where it comes in again
      for (std::size_t i = 0; i < slots_[ego]; ++i) sim::clear_row(given_, first_slot_[ego] + i);
      const std::span<double> memory = memory_of(ego);
      std::fill(memory.begin(), memory.end(), 0.0);
      seen_.rows(first_number_[ego], first_number_[ego + 1]);
      continue;
    }
    vehicles::relocate(state, router, rows_[ego]);
    due_.push_back(ego);
  }
  if (due_.empty()) return;
  grid_.build(state.world.entities.x, state.world.entities.y, sensed);
  jobs.parallel_for(
      due_.size(),
      [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i) {
          const std::size_t ego = due_[i];
          observe(state, grid_, rows_[ego], sessions_[session_of_[ego]].setup.radius_m, rooms_[ego]);
          if (const auto& perception = sessions_[session_of_[ego]].perception) {
            perception->see(state, rows_[ego], memory_of(ego), rooms_[ego].objects);
            rooms_[ego].observation.objects = rooms_[ego].objects;
          }
          rooms_[ego].observation.state_hash = hash;
          rooms_[ego].observation.events = records_.events[ego];
          records_.events[ego] = 0;
        }
      },
      kBlock);
  for (const std::size_t ego : due_)
    if (!memory_of(ego).empty()) seen_.rows(first_number_[ego], first_number_[ego + 1]);
}

void Egos::exchange(const vehicles::State& state) {
  const std::int64_t step = state.world.step();
  for (Session& session : sessions_) StackSessions::begin(session);
  for (const std::size_t ego : due_) {
    Session& session = sessions_[session_of_[ego]];
    session.observations.push_back(rooms_[ego].observation);
    session.asked.push_back(ego);
  }
  for (Session& session : sessions_) talk_.ask(session, step);
  for (Session& session : sessions_) {
    const std::span<sim::Act> acts = talk_.answer(session, step);
    for (std::size_t i = 0; i < acts.size() && !fault(); ++i) take(state, session, session.asked[i], acts[i]);
  }
}

// Beyond what the vehicle can do: it does what it can, and that is said.
void Egos::clamp(std::size_t ego, sim::Act& act) {
  const Session& session = sessions_[session_of_[ego]];
  const auto at = std::lower_bound(session.egos.begin(), session.egos.end(), ego) - session.egos.begin();
  if (!clamp_act(session.init.egos[static_cast<std::size_t>(at)], act)) return;
  ++records_.clamped[ego];
  records_.events[ego] |= bit(sim::EgoEvent::kClamped);
}

void Egos::take(const vehicles::State& state, const Session& session, std::size_t ego, sim::Act& act) {
  if (std::string defect = defect_of(act); !defect.empty())
    return talk_.fail(session, state.world.step(),
                      {sim::StackFaultKind::kProtocol, {}, "act for " + names_[ego] + ": " + defect, {}, 0});
  // Recorded as it is taken.
  if (act.kind != sim::ActKind::kHold) clamp(ego, act);
  const auto stack = static_cast<std::size_t>(&session - sessions_.data());
  exchanges_.push_back({stack, &rooms_[ego].observation, &act});
  if (act.kind == sim::ActKind::kHold) return;
  const std::int64_t step = state.world.step();
  const auto latency = static_cast<std::uint32_t>(session.setup.latency);
  const std::int64_t number = ++records_.acts[ego];
  const std::size_t slot = first_slot_[ego] + static_cast<std::size_t>(number) % slots_[ego];
  given_.step[slot] = step;
  given_.due[slot] = step + session.setup.delay;
  if (latency > 0)
    given_.due[slot] += sim::uniform_index(state.world.seed(), static_cast<std::uint32_t>(rows_[ego]), step,
                                           sim::Stream::kStackLatency, latency + 1);
  given_.number[slot] = number;
  given_.kind[slot] = act.kind;
  given_.acceleration_mps2[slot] = act.acceleration_mps2;
  given_.steering_rad[slot] = act.steering_rad;
  given_.points[slot] = static_cast<std::uint32_t>(act.trajectory.size());
  const std::size_t first = slot * kTrajectoryPoints;
  for (std::size_t i = 0; i < act.trajectory.size(); ++i) {
    const sim::TrajectoryPoint& p = act.trajectory[i];
    points_.t_s[first + i] = p.t_s, points_.x[first + i] = p.x, points_.y[first + i] = p.y;
    points_.yaw_rad[first + i] = p.yaw_rad, points_.speed_mps[first + i] = p.speed_mps;
    points_.acceleration_mps2[first + i] = p.acceleration_mps2;
  }
  if (!act.trajectory.empty()) touched_.rows(first, first + act.trajectory.size());
}

sim::Command Egos::follow(const vehicles::State& state, std::size_t ego, std::size_t slot) const {
  std::array<sim::TrajectoryPoint, kTrajectoryPoints> trajectory;
  const std::size_t first = slot * kTrajectoryPoints, count = given_.points[slot];
  for (std::size_t i = 0; i < count; ++i)
    trajectory[i] = {points_.t_s[first + i],     points_.x[first + i],         points_.y[first + i],
                     points_.yaw_rad[first + i], points_.speed_mps[first + i], points_.acceleration_mps2[first + i]};
  const sim::Entities& e = state.world.entities;
  const Row row = rows_[ego];
  const vehicles::VehicleType& type = state.catalogue[e.type[row]];
  const double elapsed = static_cast<double>(state.world.step() - given_.step[slot]) * state.world.dt_s();
  return track({trajectory.data(), count}, elapsed,
               {e.x[row], e.y[row], e.yaw_rad[row], e.speed_mps[row], type.wheelbase_m, type.max_steering_rad});
}

// The latest act that is due; a later one that is due earlier overtakes.
void Egos::command(vehicles::State& state, std::size_t ego) {
  const Row row = rows_[ego];
  std::size_t best = given_.number.size();
  for (std::size_t i = 0; i < slots_[ego]; ++i) {
    const std::size_t slot = first_slot_[ego] + i;
    if (given_.number[slot] == 0 || given_.due[slot] > state.world.step()) continue;
    if (best == given_.number.size() || given_.number[slot] > given_.number[best]) best = slot;
  }
  float& acceleration = state.vehicles.command_acceleration_mps2[row];
  float& steering = state.vehicles.command_steering_rad[row];
  const sim::Command before{acceleration, steering};
  const int hold = sessions_[session_of_[ego]].setup.hold;
  sim::Command now;
  if (best == given_.number.size())
    now = {};
  else if (hold > 0 && state.world.step() >= given_.due[best] + hold)
    now = {static_cast<float>(-kEndBrakingMps2), steering};
  else if (given_.kind[best] == sim::ActKind::kTrajectory)
    now = follow(state, ego, best);
  else
    now = {static_cast<float>(given_.acceleration_mps2[best]), static_cast<float>(given_.steering_rad[best])};
  acceleration = now.acceleration_mps2;
  steering = now.steering_rad;
  if (!same_bits(before, now)) changed_.push_back(row);
}

void Egos::step(vehicles::State& state, maps::Router& router, sim::Jobs& jobs, sim::Hash128 hash,
                std::span<const std::uint8_t> sensed) {
  changed_.clear();
  exchanges_.clear();
  if (!any()) return;
  for (Session& session : sessions_) talk_.start(session, state.world.step());
  if (!fault()) {
    observe_due(state, router, jobs, hash, sensed);
    if (!due_.empty()) exchange(state);
  }
  for (std::size_t ego = 0; ego < rows_.size(); ++ego)
    if (!away(state, rows_[ego])) command(state, ego);
}

void Egos::note(const vehicles::State& state, std::span<const sim::Event> events) {
  if (!any()) return;
  const auto tell = [&](Row row, sim::EgoEvent what) {
    if (!state.driven_outside(row)) return;
    const auto ego = static_cast<std::size_t>(std::lower_bound(rows_.begin(), rows_.end(), row) - rows_.begin());
    records_.events[ego] |= bit(what);
  };
  for (const sim::Event& event : events) {
    if (event.entity.null()) continue;
    switch (event.kind) {
      case sim::EventKind::kCollisionBegin:
        tell(event.entity.row(), sim::EgoEvent::kCollision);
        if (!event.other.null()) tell(event.other.row(), sim::EgoEvent::kCollision);
        break;
      case sim::EventKind::kRedLight:
        tell(event.entity.row(), sim::EgoEvent::kRedLight);
        break;
      case sim::EventKind::kRouteCompleted:
        tell(event.entity.row(), sim::EgoEvent::kRouteCompleted);
        break;
      case sim::EventKind::kSpawn:
        tell(event.entity.row(), sim::EgoEvent::kEntered);
        break;
      default:
        break;
    }
  }
}

std::int64_t Egos::clamped() const {
  std::int64_t sum = 0;
  for (const std::int64_t n : records_.clamped) sum += n;
  return sum;
}

}  // namespace bitgoeul::scenarios
