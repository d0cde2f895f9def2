#include "scenarios/closed_loop/agents.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "sim/math.h"
#include "vehicles/commit.h"
#include "vehicles/puppets.h"
#include "vehicles/way.h"

namespace bitgoeul::scenarios::closed_loop {
namespace {

constexpr std::size_t kBlock = 16;
constexpr double kSameM = 0.5, kSameMps = 0.5;  // nearer to its log: it does what that says
constexpr double kSoonS = 1.0;
constexpr std::uint8_t kSeenLooks = 2, kClearLooks = 10;
constexpr double kLeastDrivingS = 3.0, kFadeS = 2.0;
constexpr double kReachM = 220.0;   // two at 25 m/s, for as long as one looks ahead
constexpr double kAlongRad = 0.35;  // to its lane, for one to be expected to follow it
constexpr double kOnLaneM = 2.5;    // from the centre line, for one to be driven on it

std::int64_t sample_ns() { return static_cast<std::int64_t>(kSampleS * 1e9); }

Way::Pose center_of(double x, double y, double yaw, double speed, double center_m) {
  double sine, cosine;
  sim::sincos(yaw, sine, cosine);
  return {x + center_m * cosine, y + center_m * sine, yaw, speed};
}

Way::Pose center_now(const vehicles::State& state, Row row) {
  const sim::Entities& e = state.world.entities;
  return center_of(e.x[row], e.y[row], e.yaw_rad[row], state.speed(row), e.center_x_m[row]);
}

// One that drives goes on along its lanes; who is thrown about, or is on no lane, goes straight on.
Way expected_way(const vehicles::State& state, Row row, const Way::Pose& now) {
  const sim::Entities& e = state.world.entities;
  const vehicles::Vehicles& v = state.vehicles;
  Way way = predict(now, e.acceleration_mps2[row], e.yaw_rate_radps[row], 0.5 * e.length_m[row], 0.5 * e.width_m[row]);
  if (vehicles::passive(v.model[row]) || v.lane(row) == sim::kNone) return way;
  Row hint = v.hint[row];
  const maps::LanePose here = vehicles::way_pose(state, row, 0.0, hint);
  if (std::fabs(sim::wrap_angle(here.heading - now.yaw_rad)) > kAlongRad) return way;
  double driven = 0;
  for (int i = 1; i < way.count; ++i) {
    Way::Pose& at = way.at[static_cast<std::size_t>(i)];
    driven += 0.5 * (way.at[static_cast<std::size_t>(i - 1)].speed_mps + at.speed_mps) * kSampleS;
    const maps::LanePose pose = vehicles::way_pose(state, row, driven, hint);
    at.x = pose.x - v.t[row] * sim::sin(pose.heading);
    at.y = pose.y + v.t[row] * sim::cos(pose.heading);
    at.yaw_rad = pose.heading;
  }
  return way;
}

}  // namespace

void Agents::prepare(vehicles::State& state, const LogWorld& log, std::span<const std::uint8_t> followers) {
  log_ = &log;
  const std::size_t count = followers.size();
  sim::resize_table(table_, count);
  for (std::size_t i = 0; i < count; ++i) table_.mode[i] = followers[i] != 0 ? AgentMode::kFollows : AgentMode::kOther;
  hints_.assign(count, 0);
  std::fill(table_.hint.begin(), table_.hint.end(), sim::kNone);
  changed_.reserve(count);
  will_.reserve(count);
  did_.reserve(count);
  found_.resize(count);
  state.world.state.add("log_agents", table_);
}

std::optional<Agents::Shown> Agents::shown_at(Row row, std::int64_t time_ns) const {
  const LoggedAgent& agent = log_->agents[static_cast<std::size_t>(row)];
  std::size_t& hint = hints_[static_cast<std::size_t>(row)];
  const auto point = replay::track_at(agent.track, time_ns, hint);
  if (!point) return std::nullopt;
  return Shown{*point, agent.lanes[hint], agent.cursor[hint]};
}

void Agents::show_signals(vehicles::State& state) const {
  sim::Signals& signals = state.world.signals;
  sim::SignalWindows& windows = state.world.signal_windows;
  const std::int64_t dt_ns = state.world.dt_ns(), now_ns = state.world.time_ns();
  for (std::size_t group = 0; group < log_->signals.size(); ++group) {
    const auto at = signal_at(log_->signals[group], now_ns);
    if (!at) continue;
    if (!windows.earliest_step.empty()) windows.earliest_step[group] = windows.latest_step[group] = -1;
    signals.state[group] = at->state;
    signals.next_change_step[group] = std::max(state.world.step() + 1, (at->until_ns + dt_ns - 1) / dt_ns);
  }
}

// Where it will have been from now on, as far as its log goes.
Way Agents::logged_way(Row row, std::int64_t time_ns, const vehicles::State& state) const {
  const sim::Entities& e = state.world.entities;
  Way way;
  way.half_length = 0.5 * e.length_m[row], way.half_width = 0.5 * e.width_m[row];
  for (; way.count < kSamples; ++way.count) {
    const auto at = shown_at(row, time_ns + way.count * sample_ns());
    if (!at) break;
    const replay::TrackPoint& p = at->point;
    way.at[static_cast<std::size_t>(way.count)] = center_of(p.x, p.y, p.yaw, p.speed, e.center_x_m[row]);
  }
  return way;
}

// Bodies that are elsewhere than their log says, or of which it says nothing.
void Agents::find_changed(const vehicles::State& state) {
  changed_.clear();
  will_.clear();
  did_.clear();
  for (Row row = 0; row < state.rows(); ++row) {
    if (!state.alive(row) || (in_table(row) && table_.mode[row] == AgentMode::kFollows && table_.lag_ns[row] == 0))
      continue;
    const Way::Pose now = center_now(state, row);
    Way did;
    if (in_table(row)) {
      did = logged_way(row, state.world.time_ns(), state);
      if (did.count > 0 && std::fabs(did.at[0].x - now.x) + std::fabs(did.at[0].y - now.y) < kSameM &&
          std::fabs(did.at[0].speed_mps - now.speed_mps) < kSameMps)
        continue;
    }
    changed_.push_back(row);
    did_.push_back(did);
    will_.push_back(expected_way(state, row, now));
  }
}

Agents::Found Agents::look(const vehicles::State& state, Row row) const {
  Found found;
  if (!state.alive(row) || changed_.empty() || table_.mode[row] == AgentMode::kOther) return found;
  const Way way = logged_way(row, state.world.time_ns() - table_.lag_ns[row], state);
  if (way.count == 0) return found;
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    if (changed_[i] == row) continue;
    const Way::Pose &a = way.at[0], &b = will_[i].at[0];
    if (std::fabs(a.x - b.x) > kReachM || std::fabs(a.y - b.y) > kReachM) continue;
    if (std::fabs(state.world.entities.z[row] - state.world.entities.z[changed_[i]]) > vehicles::kLevelM) continue;
    const Conflict conflict = conflict_between(way, will_[i], did_[i].count > 0 ? &did_[i] : nullptr);
    if (conflict.reason == HandOver::kNone) continue;
    if (found.against == sim::kNone || conflict.in_s < found.conflict.in_s) found = {conflict, changed_[i]};
  }
  return found;
}

void Agents::decide(vehicles::State& state, sim::Jobs& jobs, std::vector<sim::Event>& events) {
  if (!state.thinking_tick()) return;
  find_changed(state);
  jobs.parallel_for(
      table_.mode.size(),
      [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t row = begin; row < end; ++row) found_[row] = look(state, static_cast<Row>(row));
      },
      kBlock);
  for (Row row = 0; in_table(row); ++row)
    if (state.alive(row)) settle(state, row, found_[row], events);
}

void Agents::settle(vehicles::State& state, Row row, const Found& found, std::vector<sim::Event>& events) {
  const bool conflict = found.against != sim::kNone;
  switch (table_.mode[row]) {
    case AgentMode::kOther:
      return;
    case AgentMode::kFollows:
      table_.seen[row] = conflict ? static_cast<std::uint8_t>(table_.seen[row] + 1) : std::uint8_t{0};
      if (conflict && (table_.seen[row] >= kSeenLooks || found.conflict.in_s < kSoonS))
        hand_over(state, row, found, events);
      return;
    case AgentMode::kDrives:
      return settle_driving(state, row, found, events);
    case AgentMode::kWaits:
      return settle_waiting(state, row, found, events);
  }
}

void Agents::enter(Row row, AgentMode mode, std::int64_t step) {
  table_.mode[row] = mode;
  table_.mode_step[row] = step;
  table_.seen[row] = table_.clear[row] = 0;
}

void Agents::hand_over(vehicles::State& state, Row row, const Found& found, std::vector<sim::Event>& events) {
  const auto shown = shown_at(row, state.world.time_ns() - table_.lag_ns[row]);
  if (!shown) return;
  bool drives = false;
  if (log_->agents[static_cast<std::size_t>(row)].on_wheels && shown->lane != sim::kNone &&
      maps::drivable(state.map.lanes[shown->lane].type)) {
    const Way::Pose at = center_now(state, row);
    Row hint = sim::kNone;
    const auto foot = maps::project_to_lane(state.map, shown->lane, at.x, at.y, hint);
    const double heading = maps::lane_pose(state.map, shown->lane, foot.s).heading;
    drives = std::fabs(foot.t) < kOnLaneM && std::fabs(sim::wrap_angle(heading - at.yaw_rad)) < 0.5 * sim::kPi;
    if (drives) vehicles::free_puppet(state, row, shown->lane, foot.s, foot.t, shown->cursor);
  }
  enter(row, drives ? AgentMode::kDrives : AgentMode::kWaits, state.world.step());
  sim::Event event = vehicles::event_of(state, sim::EventKind::kHandOver, row,
                                        static_cast<double>(static_cast<int>(found.conflict.reason)));
  event.other = state.world.ids.id_of(found.against);
  events.push_back(event);
}

// One that our driver has: back when it is where its log says.
void Agents::settle_driving(vehicles::State& state, Row row, const Found& found, std::vector<sim::Event>& events) {
  const sim::Entities& e = state.world.entities;
  if (state.vehicles.model[row] != vehicles::Model::kRail) return;  // crashed
  const auto shown = shown_at(row, state.world.time_ns());
  const bool near = shown && std::fabs(shown->point.x - e.x[row]) + std::fabs(shown->point.y - e.y[row]) < kSameM &&
                    std::fabs(shown->point.speed - e.speed_mps[row]) < kSameMps;
  const bool clear = near && found.against == sim::kNone;
  table_.clear[row] =
      clear ? static_cast<std::uint8_t>(std::min<int>(table_.clear[row] + 1, kClearLooks)) : std::uint8_t{0};
  const auto least = static_cast<std::int64_t>(kLeastDrivingS / state.world.dt_s());
  if (table_.clear[row] < kClearLooks || state.world.step() - table_.mode_step[row] < least) return;
  table_.off_x[row] = e.x[row] - shown->point.x;
  table_.off_y[row] = e.y[row] - shown->point.y;
  table_.off_yaw[row] = sim::wrap_angle(e.yaw_rad[row] - shown->point.yaw);
  vehicles::take_puppet(state, row);
  enter(row, AgentMode::kFollows, state.world.step());
  events.push_back(vehicles::event_of(state, sim::EventKind::kHandBack, row));
}

// One that stands where it is: its log goes on for it when nothing is in the way.
void Agents::settle_waiting(vehicles::State& state, Row row, const Found& found, std::vector<sim::Event>& events) {
  const bool conflict = found.against != sim::kNone;
  table_.clear[row] = conflict ? std::uint8_t{0} : static_cast<std::uint8_t>(table_.clear[row] + 1);
  if (table_.clear[row] < kClearLooks) return;
  enter(row, AgentMode::kFollows, state.world.step());
  events.push_back(vehicles::event_of(state, sim::EventKind::kHandBack, row));
}

void Agents::show(vehicles::State& state, std::int64_t time_ns, std::vector<Row>& come, std::vector<Row>& go) {
  const vehicles::Vehicles& v = state.vehicles;
  for (Row row = 0; in_table(row); ++row) {
    if (!is_puppet(row)) continue;
    const bool waits = table_.mode[row] == AgentMode::kWaits;
    if (waits) table_.lag_ns[row] += state.world.dt_ns();
    const auto shown = shown_at(row, time_ns - table_.lag_ns[row]);
    if (!shown) {
      if (state.alive(row)) go.push_back(row);
      continue;
    }
    if (!state.alive(row)) come.push_back(row);
    const replay::TrackPoint& p = shown->point;
    const replay::LoggedTrack& track = log_->agents[static_cast<std::size_t>(row)].track;
    const double since_s = static_cast<double>(state.world.step() - table_.mode_step[row]) * state.world.dt_s();
    const double fade = std::max(0.0, 1.0 - since_s / kFadeS);
    vehicles::Pose pose;
    pose.x = p.x + fade * table_.off_x[row], pose.y = p.y + fade * table_.off_y[row], pose.z = p.z;
    pose.yaw = sim::wrap_angle(p.yaw + fade * table_.off_yaw[row]), pose.pitch = p.pitch, pose.roll = p.roll;
    pose.speed = waits ? 0.0 : p.speed, pose.acceleration = waits ? 0.0 : p.acceleration;
    pose.length = track.length_m, pose.width = track.width_m, pose.height = track.height_m;
    pose.center_x = track.center_x_m;
    pose.traveled = v.distance_m[row] + (state.alive(row) ? pose.speed * state.world.dt_s() : 0.0);
    pose.lane = shown->lane;
    if (pose.lane != sim::kNone) {
      if (v.way[row][vehicles::kBack] != pose.lane) table_.hint[row] = sim::kNone;
      const auto foot = maps::project_to_lane(state.map, pose.lane, pose.x, pose.y, table_.hint[row]);
      pose.lane_s = foot.s, pose.lane_t = foot.t;
    }
    vehicles::show_puppet(state, row, pose);
  }
}

void Agents::left(Row row) {
  if (any() && in_table(row)) table_.mode[row] = AgentMode::kOther;
}

}  // namespace bitgoeul::scenarios::closed_loop
