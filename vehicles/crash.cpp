#include "vehicles/crash.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "sim/math.h"
#include "vehicles/drivers/lane_change.h"
#include "vehicles/dynamics/estimate.h"
#include "vehicles/dynamics/rail.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kTouchedMps = 0.05;

bool at_rest(const State& state, Row row) {
  const sim::Entities& e = state.world.entities;
  return state.speed(row) == 0 && state.vehicles.left_mps[row] == 0 && std::fabs(e.yaw_rate_radps[row]) < 1e-6;
}

ContactBody body_of(const State& state, Row row) {
  const sim::Entities& e = state.world.entities;
  const Vehicles& v = state.vehicles;
  const DoubleTrackParameters p = dynamics_of(state.catalogue[e.type[row]]);
  ContactBody body;
  body.mass_kg = p.mass_kg;
  body.yaw_inertia_kgm2 = p.yaw_inertia_kgm2;
  body.half_length = 0.5 * e.length_m[row];
  body.half_width = 0.5 * e.width_m[row];
  const Place at = place_now(state, row);
  body.yaw_rad = at.yaw_rad;
  body.yaw_rate_radps = at.yaw_rate_radps;
  double sine, cosine, ahead = e.center_x_m[row];
  sim::sincos(at.yaw_rad, sine, cosine);
  if (const Row slot = state.double_tracks.slot(row); v.model[row] == Model::kDoubleTrack) {
    const DoubleTracks& b = state.double_tracks.bodies;
    ahead = -state.double_tracks.chassis[slot].ahead[1];
    body.vx_mps = b.vx_mps[slot];
    body.vy_mps = b.vy_mps[slot];
  } else {
    const double left = v.model[row] == Model::kWreck ? v.left_mps[row] : 0.0;
    body.vx_mps = at.speed_mps * cosine - left * sine;
    body.vy_mps = at.speed_mps * sine + left * cosine;
  }
  body.box_ahead_m = e.center_x_m[row] - ahead;
  body.x = at.x + ahead * cosine;
  body.y = at.y + ahead * sine;
  return body;
}

double change_mps(const ContactBody& a, const ContactBody& b) {
  const double x = b.vx_mps - a.vx_mps, y = b.vy_mps - a.vy_mps;
  return std::sqrt(x * x + y * y);
}

void become_wreck(State& state, Row row) {
  Vehicles& v = state.vehicles;
  if (v.model[row] == Model::kWreck) return;
  if (v.side[row] != Side::kNone) leave_side(state, row);
  catch_up(state, row);
  if (state.background(row)) state.wrecks.push_back(row);
  v.model[row] = Model::kWreck;
  v.change_progress[row] = 1.0f;
  v.command_acceleration_mps2[row] = v.command_steering_rad[row] = 0;
}

void apply(State& state, Row row, const ContactBody& before, const ContactBody& after) {
  Vehicles& v = state.vehicles;
  sim::Entities& e = state.world.entities;
  const double dx = after.x - before.x, dy = after.y - before.y;
  if (v.model[row] != Model::kDoubleTrack) become_wreck(state, row);
  state.mark(row);
  e.x[row] += dx;
  e.y[row] += dy;
  e.yaw_rate_radps[row] = after.yaw_rate_radps;
  double sine, cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  if (v.model[row] == Model::kDoubleTrack) {
    DoubleTracks& b = state.double_tracks.bodies;
    const Row slot = state.double_tracks.slot(row);
    b.x[slot] += dx;
    b.y[slot] += dy;
    b.vx_mps[slot] = after.vx_mps;
    b.vy_mps[slot] = after.vy_mps;
    b.yaw_rate_radps[slot] += after.yaw_rate_radps - before.yaw_rate_radps;
    e.speed_mps[row] = after.vx_mps * cosine + after.vy_mps * sine;
    return;
  }
  e.speed_mps[row] = after.vx_mps * cosine + after.vy_mps * sine;
  v.left_mps[row] = after.vy_mps * cosine - after.vx_mps * sine;
}

sim::ContactSide side_of(const ContactBody& body, double x, double y) {
  double sine, cosine;
  sim::sincos(body.yaw_rad, sine, cosine);
  const double along = ((x - body.x) * cosine + (y - body.y) * sine - body.box_ahead_m) / body.half_length;
  const double across = ((y - body.y) * cosine - (x - body.x) * sine) / body.half_width;
  using sim::ContactSide;
  if (std::fabs(along) >= std::fabs(across)) return along > 0 ? ContactSide::kFront : ContactSide::kRear;
  return across > 0 ? ContactSide::kLeft : ContactSide::kRight;
}

}  // namespace

std::size_t Crashes::root_of(std::size_t member) {
  while (parent_[member] != member) member = parent_[member] = parent_[parent_[member]];
  return member;
}

void Crashes::find_clusters(const Pairs& touching, const Pairs& against) {
  rows_.clear();
  for (const auto& [a, b] : touching) rows_.push_back(a), rows_.push_back(b);
  for (const auto& [row, obstacle] : against) rows_.push_back(row);
  std::sort(rows_.begin(), rows_.end());
  rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
  parent_.resize(rows_.size());
  for (std::size_t i = 0; i < parent_.size(); ++i) parent_[i] = i;
  const auto index = [&](Row row) {
    return static_cast<std::size_t>(std::lower_bound(rows_.begin(), rows_.end(), row) - rows_.begin());
  };
  for (const auto& [a, b] : touching) {
    const std::size_t p = root_of(index(a)), q = root_of(index(b));
    parent_[std::max(p, q)] = std::min(p, q);
  }
  members_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i) members_.emplace_back(rows_[root_of(i)], rows_[i]);
  std::sort(members_.begin(), members_.end());
}

void Crashes::add_obstacles(std::size_t begin, std::size_t end, const Obstacles& obstacles, const Pairs& against) {
  standing_.clear();
  for (std::size_t i = begin; i < end; ++i) {
    const std::pair first{members_[i].second, Row{0}};
    for (auto at = std::lower_bound(against.begin(), against.end(), first);
         at != against.end() && at->first == first.first; ++at)
      standing_.push_back(at->second);
  }
  std::sort(standing_.begin(), standing_.end());
  standing_.erase(std::unique(standing_.begin(), standing_.end()), standing_.end());
  for (const Row row : standing_) {
    const Box& box = obstacles.bodies()[static_cast<std::size_t>(row)].box;
    ContactBody body;
    body.x = box.x, body.y = box.y, body.yaw_rad = box.yaw_rad;
    body.half_length = box.half_length, body.half_width = box.half_width;
    before_.push_back(body);
  }
}

Impact Crashes::impact_of(const ContactPair& pair, std::size_t begin, std::size_t members) const {
  const auto a = static_cast<std::size_t>(pair.a), b = static_cast<std::size_t>(pair.b);
  Impact impact;
  impact.a = members_[begin + a].second;
  if (b < members)
    impact.b = members_[begin + b].second;
  else
    impact.obstacle = standing_[b - members];
  impact.speed_mps = change_mps(before_[a], before_[b]);
  impact.delta_v_mps[0] = change_mps(before_[a], after_[a]);
  impact.delta_v_mps[1] = change_mps(before_[b], after_[b]);
  impact.side[0] = side_of(before_[a], pair.x, pair.y);
  if (b < members) impact.side[1] = side_of(before_[b], pair.x, pair.y);
  return impact;
}

void Crashes::solve_cluster(State& state, std::size_t begin, std::size_t end, const Obstacles& obstacles,
                            const Pairs& against, std::vector<Impact>& impacts) {
  const std::size_t members = end - begin;
  bool moving = false;
  for (std::size_t i = begin; i < end; ++i) moving = moving || !at_rest(state, members_[i].second);
  if (!moving) return;
  before_.clear();
  for (std::size_t i = begin; i < end; ++i) before_.push_back(body_of(state, members_[i].second));
  add_obstacles(begin, end, obstacles, against);
  const double x = std::floor(before_[0].x), y = std::floor(before_[0].y);
  for (ContactBody& body : before_) body.x -= x, body.y -= y;
  after_ = before_;
  solve_contacts(after_, {}, state.world.dt_s(), contacts_);
  bool crash = false;
  for (std::size_t i = 0; i < members; ++i) crash = crash || change_mps(before_[i], after_[i]) >= kWreckFromMps;
  for (const ContactPair& pair : contacts_)
    if (static_cast<std::size_t>(pair.a) < members) impacts.push_back(impact_of(pair, begin, members));
  for (std::size_t i = 0; i < members; ++i) {
    const Row row = members_[begin + i].second;
    const Model model = state.vehicles.model[row];
    const bool free = model == Model::kDoubleTrack || model == Model::kWreck;
    if (free || (crash && change_mps(before_[i], after_[i]) > kTouchedMps)) apply(state, row, before_[i], after_[i]);
  }
}

void Crashes::solve(State& state, const Pairs& touching, const Obstacles& obstacles, const Pairs& against,
                    std::vector<Impact>& impacts) {
  impacts.clear();
  if (touching.empty() && against.empty()) return;
  find_clusters(touching, against);
  for (std::size_t begin = 0; begin < members_.size();) {
    std::size_t end = begin + 1;
    while (end < members_.size() && members_[end].first == members_[begin].first) ++end;
    solve_cluster(state, begin, end, obstacles, against, impacts);
    begin = end;
  }
  std::sort(impacts.begin(), impacts.end(), [](const Impact& p, const Impact& q) {
    return std::tie(p.a, p.b, p.obstacle) < std::tie(q.a, q.b, q.obstacle);
  });
}

}  // namespace bitgoeul::vehicles
