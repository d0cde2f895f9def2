#include "vehicles/walkers.h"

#include <algorithm>
#include <cmath>

#include "maps/lane_index.h"
#include "sim/check.h"
#include "sim/random.h"
#include "vehicles/crash.h"
#include "vehicles/dynamics/estimate.h"
#include "vehicles/dynamics/rail.h"
#include "vehicles/puppets.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {
namespace {

using sim::SignalState;

struct Kind {
  const char* name;
  double length_m, width_m, height_m;
  double share;               // of all walkers
  double slow_mps, fast_mps;  // drawn between
  double mass_kg;
};
constexpr Kind kKinds[] = {{"walker_adult", 0.5, 0.6, 1.72, 0.7, 1.15, 1.55, 75},
                           {"walker_elderly", 0.5, 0.6, 1.62, 0.2, 0.8, 1.15, 65},
                           {"walker_child", 0.4, 0.45, 1.25, 0.1, 1.0, 1.4, 27}};

constexpr double kSlidingFriction = 0.66;  // of a body on asphalt (Searle 1993)
constexpr double kLyingHeightM = 0.3;

constexpr double kKerbM = 0.8;      // waits and vanishes this far beside the road
constexpr double kBodyM = 0.5;      // kept from a lane that is not clear
constexpr double kCareM = 8.0;      // drivers stop for who will be on their lane within that way
constexpr double kShownS = 1.0;     // stands ready at the kerb, for drivers to see
constexpr double kLookS = 0.5;      // between two looks at the light
constexpr double kSpareS = 1.5;     // of the light's time, on top of the way
constexpr double kBlockedS = 10.0;  // then only the lane that is in its way is kept free for it
constexpr double kPatienceS = 180.0, kGapPatienceS = 60.0, kLiesS = 60.0;
constexpr double kGentleMps2 = 2.0;  // a driver who brakes no harder than that is expected to stop
constexpr double kWallM = 1.6;       // drivers stop that far before a crosswalk (leaders.cpp, driver.cpp)
constexpr double kLookBackM = 80.0;
constexpr int kLookBackLanes = 6;
// Who crosses beside a crosswalk waits for the critical headway of the Highway Capacity Manual (2010, chapter 19,
// pedestrian mode): the way over crossing speed, and 3 s to start and to be clear.
constexpr double kHeadwaySpareS = 3.0, kFastestMps = 70.0 / 3.6;
constexpr std::size_t kEnterShare = 50;  // one in so many slots is filled in a tick

bool stops_in_time(const State& state, Row row, double gap_m) {
  const double v = std::max(0.0, state.speed(row));
  return v < 0.3 || v * v <= 2.0 * kGentleMps2 * std::max(gap_m - kWallM, 0.05);
}

// Whether it may come to that lane; of what has no driver, nobody knows.
bool heads_for(const State& state, Row row, Row lane) {
  if (passive(state.vehicles.model[row])) return true;
  const Way& way = state.vehicles.way[row];
  return std::find(way.begin() + kBack, way.end(), lane) != way.end();
}

struct Look {
  const State& state;
  const Crossed& crossed;
  double gap_s = 0;  // how long nobody may need to come here

  // Looks at the vehicles of `lane`, foremost first; x of its begin, from the crosswalk's near edge.
  bool clear_from(Row lane, double begin_x, int lanes) const {
    for (Row node = state.lists.last[lane]; node != kNone; node = state.lists.behind[node]) {
      const Row row = state.node_row(node);
      const double x = begin_x + state.node_s(node), half = state.half_length(row);
      if (x - half > crossed.s_end - crossed.s_begin + kBodyM) continue;  // has passed
      if (x + half > -0.3) return false;                                  // stands on it
      if (!heads_for(state, row, crossed.lane)) continue;
      return stops_in_time(state, row, -(x + half)) && -(x + half) >= gap_s * state.speed(row);
    }
    if (-begin_x > std::max(kLookBackM, gap_s * kFastestMps) || lanes == 0) return true;
    for (const Row before : state.map.predecessors(lane))
      if (!clear_from(before, begin_x - state.rules.lanes[before].length, lanes - 1)) return false;
    return true;
  }

  // Whose middle has left the lane and whose rear is still over the crosswalk.
  bool left_behind() const {
    const double begin_x = state.rules.lanes[crossed.lane].length - crossed.s_begin;
    for (const Row next : state.map.successors(crossed.lane)) {
      const Row node = state.lists.first[next];
      if (node == kNone) continue;
      const Row row = state.node_row(node);
      if (begin_x + state.node_s(node) - state.half_length(row) < crossed.s_end - crossed.s_begin + kBodyM) return true;
    }
    return false;
  }
};

// A body that physics moves keeps that share of its velocity.
void slow_down(State& state, Row row, double share) {
  const Model model = state.vehicles.model[row];
  if (model == Model::kRail || model == Model::kTrailer) return;
  state.mark(row);
  state.world.entities.speed_mps[row] *= share;
  state.vehicles.left_mps[row] *= share;
  if (model != Model::kDoubleTrack) return;
  const Row slot = state.double_tracks.slot(row);
  state.double_tracks.bodies.vx_mps[slot] *= share;
  state.double_tracks.bodies.vy_mps[slot] *= share;
}

}  // namespace

void add_walker_types(Catalogue& catalogue) {
  for (const Kind& kind : kKinds) {
    if (find_type(catalogue, kind.name)) continue;
    VehicleType type;
    type.name = kind.name;
    type.category = Category::kPedestrian;
    type.length_m = kind.length_m, type.width_m = kind.width_m, type.height_m = kind.height_m;
    type.center_x_m = 0;
    type.max_speed_mps = kind.fast_mps;
    catalogue.push_back(type);
  }
}

Walkers::Walkers(const maps::Map& map, const Catalogue& catalogue, int count, double jaywalking)
    : jaywalking_(jaywalking) {
  if (count <= 0) return;
  crossings_ = Crossings(map, jaywalking > 0);
  if (crossings_.crosswalks == 0) return;
  for (const Kind& kind : kKinds) {
    const auto type = find_type(catalogue, kind.name);
    CHECK(type.has_value(), "the setup has added the types of walkers");
    types_.push_back(*type);
  }
  sim::resize_table(table_, static_cast<std::size_t>(count));
  std::fill(table_.row.begin(), table_.row.end(), kNone);
  std::fill(table_.crossing.begin(), table_.crossing.end(), kNone);
  yields_.resize(crossings_.crossed.size());
}

void Walkers::bind(sim::TableSet& state) {
  if (!any()) return;
  state.add("walkers", table_);
  state.add("walker_counts", counts_);
}

std::int64_t Walkers::present() const {
  return std::count_if(table_.phase.begin(), table_.phase.end(), [](Phase p) { return p != Phase::kNone; });
}

// Of its phase, as at the beginning of the tick.
double Walkers::age_s(const State& state, std::size_t slot) const {
  const std::int64_t tick = state.world.step() - state.world.step() % state.tick_steps;
  return static_cast<double>(tick - table_.since_step[slot]) * state.world.dt_s();
}

double Walkers::draw(const State& state, std::size_t slot, int what) const {
  return sim::uniform(state.world.seed(), static_cast<std::uint32_t>(slot), table_.draws[slot] * 8 + what,
                      sim::Stream::kWalker);
}

void Walkers::enter(State& state, std::size_t slot) {
  const std::size_t crosswalks = crossings_.crosswalks, beside = crossings_.all.size() - crosswalks;
  const bool jaywalks = beside > 0 && draw(state, slot, 5) < jaywalking_;
  const std::size_t n = jaywalks ? beside : crosswalks;
  const auto at = (jaywalks ? crosswalks : 0) +
                  std::min(n - 1, static_cast<std::size_t>(draw(state, slot, 0) * static_cast<double>(n)));
  const Crossing& crossing = crossings_.all[at];
  double pick = draw(state, slot, 1);
  std::size_t kind = 0;
  while (kind + 1 < std::size(kKinds) && pick >= kKinds[kind].share) pick -= kKinds[kind++].share;
  const Kind& k = kKinds[kind];
  table_.phase[slot] = Phase::kWaits;
  table_.crossing[slot] = static_cast<Row>(at);
  table_.forward[slot] = draw(state, slot, 2) < 0.5 ? 1 : 0;
  table_.speed_mps[slot] = static_cast<float>(k.slow_mps + (k.fast_mps - k.slow_mps) * draw(state, slot, 3));
  table_.aside_m[slot] = static_cast<float>((2.0 * draw(state, slot, 4) - 1.0) * 0.7 * crossing.half_width_m);
  table_.along_m[slot] = -kKerbM;
  table_.since_step[slot] = state.world.step();
  ++table_.draws[slot];
  table_.row[slot] = add_puppet(state, sim::Role::kPedestrian, types_[kind]);
  show(state, slot, 0.0);
}

void Walkers::show(State& state, std::size_t slot, double speed) const {
  const Crossing& c = crossings_.all[static_cast<std::size_t>(table_.crossing[slot])];
  const bool forward = table_.forward[slot] != 0;
  const double share = (forward ? table_.along_m[slot] : c.length_m - table_.along_m[slot]) / c.length_m;
  double sine, cosine;
  sim::sincos(c.heading, sine, cosine);
  const Row row = table_.row[slot];
  const VehicleType& type = state.catalogue[state.world.entities.type[row]];
  Pose pose;
  pose.x = c.from[0] + share * (c.to[0] - c.from[0]) - table_.aside_m[slot] * sine;
  pose.y = c.from[1] + share * (c.to[1] - c.from[1]) + table_.aside_m[slot] * cosine;
  pose.z = c.from[2] + std::clamp(share, 0.0, 1.0) * (c.to[2] - c.from[2]);
  pose.yaw = sim::wrap_angle(forward ? c.heading : c.heading + sim::kPi);
  pose.speed = speed;
  pose.traveled = table_.along_m[slot] + kKerbM;
  pose.length = type.length_m, pose.width = type.width_m, pose.height = type.height_m;
  show_puppet(state, row, pose);
}

template <class F>
void Walkers::each_band(std::size_t slot, F&& f) const {
  const Crossing& c = crossings_.all[static_cast<std::size_t>(table_.crossing[slot])];
  const bool forward = table_.forward[slot] != 0;
  for (Row i = 0; i < c.crossed.size(); ++i) {
    const Row row =
        crossings_.by_crossing[static_cast<std::size_t>(forward ? c.crossed.begin + i : c.crossed.end - 1 - i)];
    const Crossed& crossed = crossings_.crossed[static_cast<std::size_t>(row)];
    const Band band = forward ? Band{row, crossed.near_m, crossed.far_m}
                              : Band{row, c.length_m - crossed.far_m, c.length_m - crossed.near_m};
    if (!f(band)) return;
  }
}

bool Walkers::on(const LaneRule& rule, double from_s, double to_s) const {
  for (Row i = rule.crossed_begin; i < rule.crossed_begin + rule.crossed_count; ++i) {
    const Crossed& c = crossings_.crossed[static_cast<std::size_t>(i)];
    if (yields(i) && c.s_begin < to_s && c.s_end > from_s) return true;
  }
  return false;
}

bool Walkers::clear(const State& state, Row row, double gap_s) const {
  const Crossed& crossed = crossings_.crossed[static_cast<std::size_t>(row)];
  const Look look{state, crossed, gap_s};
  return look.clear_from(crossed.lane, -crossed.s_begin, kLookBackLanes) && !look.left_behind();
}

// Of the lanes that it comes to within reach.
Row Walkers::first_blocked(const State& state, std::size_t slot, double reach_m) const {
  Row blocked = kNone;
  each_band(slot, [&](const Band& band) {
    if (band.begin - table_.along_m[slot] > reach_m) return false;
    if (!clear(state, band.crossed)) blocked = band.crossed;
    return blocked == kNone;
  });
  return blocked;
}

void Walkers::mark_waiting(std::vector<std::uint8_t>& at) const {
  for (std::size_t slot = 0; slot < table_.phase.size(); ++slot)
    if (table_.phase[slot] == Phase::kWaits || table_.phase[slot] == Phase::kAbout)
      at[static_cast<std::size_t>(table_.crossing[slot])] = 1;
}

// All lights that could send vehicles over it stay red for as long as the way takes; or none is at work: a light that
// is off or flashes leaves them to their own eyes.
bool Walkers::may_go(const State& state, std::size_t slot) const {
  const Crossing& c = crossings_.all[static_cast<std::size_t>(table_.crossing[slot])];
  const double needed_s = (c.length_m + kKerbM) / table_.speed_mps[slot] + kSpareS;
  const sim::Signals& signals = state.world.signals;
  for (Row i = c.groups.begin; i < c.groups.end; ++i) {
    const auto group = static_cast<std::size_t>(crossings_.groups[static_cast<std::size_t>(i)]);
    const SignalState now = signals.state[group];
    if (now == SignalState::kOff || now == SignalState::kFlashingRed || now == SignalState::kFlashingYellow) continue;
    if (now != SignalState::kRed) return false;
    const std::int64_t left = sim::earliest_change(signals, state.world.signal_windows, group) - state.world.step();
    if (static_cast<double>(left) * state.world.dt_s() < needed_s) return false;
  }
  return true;
}

// Nobody who comes on any of its lanes has to brake before it has left that lane.
bool Walkers::gap_suffices(const State& state, std::size_t slot) const {
  bool suffices = true;
  each_band(slot, [&](const Band& band) {
    const double needed_s = (band.end + kBodyM - table_.along_m[slot]) / table_.speed_mps[slot] + kHeadwaySpareS;
    return suffices = clear(state, band.crossed, needed_s);
  });
  return suffices;
}

void Walkers::wait(State& state, std::size_t slot) {
  const auto look = static_cast<std::int64_t>(kLookS / state.tick_s() + 0.5);
  const std::int64_t tick = state.world.step() / state.tick_steps;
  if ((tick + static_cast<std::int64_t>(slot)) % std::max<std::int64_t>(1, look) != 0) return;
  if (!(at_crosswalk(slot) ? may_go(state, slot) : gap_suffices(state, slot))) return;
  table_.phase[slot] = at_crosswalk(slot) ? Phase::kAbout : Phase::kWalks;
  table_.since_step[slot] = state.world.step();
}

void Walkers::start(State& state, std::size_t slot) {
  if (age_s(state, slot) < kShownS) return;
  if (!may_go(state, slot)) {
    table_.phase[slot] = Phase::kWaits;
  } else if (first_blocked(state, slot, kCareM) == kNone) {
    table_.phase[slot] = Phase::kWalks;
    table_.since_step[slot] = state.world.step();
  }
}

void Walkers::walk(State& state, std::size_t slot) {
  const double along = table_.along_m[slot], next = along + table_.speed_mps[slot] * state.tick_s();
  bool blocked = false;
  each_band(slot, [&](const Band& band) {
    const double edge = band.begin - kBodyM;
    if (edge < along) return true;
    blocked = edge < next && !clear(state, band.crossed);
    return !blocked && edge < next;
  });
  if (!blocked) table_.along_m[slot] = next, table_.since_step[slot] = state.world.step();
  show(state, slot, blocked ? 0.0 : table_.speed_mps[slot]);
}

// The lanes that drivers keep free for it.
void Walkers::flag(const State& state, std::size_t slot) {
  const Phase phase = table_.phase[slot];
  if (phase == Phase::kNone || phase == Phase::kWaits) return;
  const double along = table_.along_m[slot];
  if (phase == Phase::kStruck && state.lists.listed(table_.row[slot])) return;  // it lies elsewhere, on a lane
  const double reach = phase == Phase::kStruck || age_s(state, slot) > kBlockedS ? 2.0 * kBodyM : kCareM;
  bool first = phase == Phase::kAbout;  // the lane at its kerb, however far
  each_band(slot, [&](const Band& band) {
    if (band.end + kBodyM < along) return true;
    if (band.begin - along > reach && !first) return false;
    yields_[static_cast<std::size_t>(band.crossed)] = 1;
    flagged_.push_back(band.crossed);
    first = false;
    return true;
  });
}

void Walkers::step(State& state, std::vector<Row>& come, std::vector<Row>& left) {
  std::size_t entering = 1 + table_.phase.size() / kEnterShare;
  for (std::size_t slot = 0; slot < table_.phase.size(); ++slot) {
    const auto leave = [&](std::vector<std::int64_t>& count) { left.push_back(table_.row[slot]), ++count[0]; };
    switch (table_.phase[slot]) {
      case Phase::kNone:
        // A while after the one before, so that nobody takes them for one.
        if (entering == 0 || age_s(state, slot) < kShownS) break;
        --entering;
        enter(state, slot);
        come.push_back(table_.row[slot]);
        break;
      case Phase::kWaits:
        if (age_s(state, slot) > kPatienceS)
          leave(counts_.gave_up);
        else
          wait(state, slot);
        break;
      case Phase::kAbout:
        if (age_s(state, slot) > kGapPatienceS)
          leave(counts_.gave_up);
        else
          start(state, slot);
        break;
      case Phase::kWalks:
        walk(state, slot);
        if (table_.along_m[slot] >= crossings_.all[static_cast<std::size_t>(table_.crossing[slot])].length_m + kKerbM)
          leave(counts_.crossed);
        break;
      case Phase::kStruck:
        if (age_s(state, slot) > kLiesS)
          leave(counts_.gave_up);
        else
          slide(state, slot);
        break;
    }
  }
}

void Walkers::derive(const State& state) {
  for (const Row row : flagged_) yields_[static_cast<std::size_t>(row)] = 0;
  flagged_.clear();
  for (std::size_t slot = 0; slot < table_.phase.size(); ++slot) flag(state, slot);
}

std::size_t Walkers::slot_of(Row row) const {
  const auto at = std::find(table_.row.begin(), table_.row.end(), row);
  CHECK(at != table_.row.end(), "the row is a walker's");
  return static_cast<std::size_t>(at - table_.row.begin());
}

void Walkers::remove(State& state, Row row) {
  const std::size_t slot = slot_of(row);
  hide_puppet(state, row);
  state.world.ids.destroy(state.world.ids.id_of(row));
  sim::clear_row(state.world.entities, row);
  sim::clear_row(state.vehicles, row);
  table_.phase[slot] = Phase::kNone;
  table_.row[slot] = table_.crossing[slot] = kNone;
  table_.since_step[slot] = state.world.step();
}

double Walkers::mass_kg(const State& state, Row row) const {
  const auto at = std::find(types_.begin(), types_.end(), state.world.entities.type[row]);
  return kKinds[static_cast<std::size_t>(at - types_.begin())].mass_kg;
}

// On the road drivers find it in the list of its lane.
void Walkers::lie_at(State& state, std::size_t slot, double x, double y) const {
  const Row row = table_.row[slot];
  sim::Entities& e = state.world.entities;
  const VehicleType& type = state.catalogue[e.type[row]];
  Pose pose;
  pose.x = x, pose.y = y, pose.z = e.z[row], pose.yaw = e.yaw_rad[row];
  pose.speed = e.speed_mps[row], pose.traveled = state.vehicles.distance_m[row];
  pose.length = type.height_m, pose.width = type.width_m, pose.height = kLyingHeightM;
  maps::LaneQuery query;
  query.max_distance_m = kBodyM;
  query.use_z = true, query.z = pose.z;
  if (const auto match = maps::nearest_lane(state.map, x, y, query))
    pose.lane = match->lane, pose.lane_s = match->s, pose.lane_t = match->t;
  show_puppet(state, row, pose);
}

void Walkers::slide(State& state, std::size_t slot) const {
  const Row row = table_.row[slot];
  sim::Entities& e = state.world.entities;
  double speed = e.speed_mps[row];
  if (speed == 0) return;
  const double slid = ballistic(speed, -kSlidingFriction * kGravityMps2, state.tick_s());
  e.speed_mps[row] = speed;
  state.vehicles.distance_m[row] += slid;
  lie_at(state, slot, e.x[row] + slid * sim::cos(e.yaw_rad[row]), e.y[row] + slid * sim::sin(e.yaw_rad[row]));
}

Walkers::Hit Walkers::hit(State& state, Row row, Row by) {
  const std::size_t slot = slot_of(row);
  sim::Entities& e = state.world.entities;
  const Place at = place_now(state, by);
  const double vx = at.speed_mps * sim::cos(at.yaw_rad), vy = at.speed_mps * sim::sin(at.yaw_rad);
  const double wx = e.speed_mps[row] * sim::cos(e.yaw_rad[row]), wy = e.speed_mps[row] * sim::sin(e.yaw_rad[row]);
  Hit out;
  out.speed_mps = sim::hypot(vx - wx, vy - wy);
  if (table_.phase[slot] == Phase::kStruck) return out;
  const double own_kg = mass_kg(state, row), other_kg = dynamics_of(state.catalogue[e.type[by]]).mass_kg;
  const double kept = other_kg / (own_kg + other_kg);
  out.other_delta_v_mps = std::fabs(at.speed_mps) * (1.0 - kept);
  out.walker_delta_v_mps = sim::hypot(vx * kept - wx, vy * kept - wy);
  table_.phase[slot] = Phase::kStruck;
  table_.since_step[slot] = state.world.step();
  slow_down(state, by, kept);
  e.yaw_rad[row] = sim::wrap_angle(at.speed_mps >= 0 ? at.yaw_rad : at.yaw_rad + sim::kPi);
  e.speed_mps[row] = std::fabs(at.speed_mps) * kept;
  lie_at(state, slot, e.x[row], e.y[row]);
  return out;
}

void Walkers::strike(State& state, const std::vector<std::pair<Row, Row>>& begun, std::vector<Impact>& impacts) {
  const auto walks = [&](Row row) { return state.world.entities.role[row] == sim::Role::kPedestrian; };
  for (const auto& [a, b] : begun) {
    if (walks(a) == walks(b)) continue;
    const Hit of = hit(state, walks(a) ? a : b, walks(a) ? b : a);
    Impact impact;
    impact.a = a, impact.b = b, impact.speed_mps = of.speed_mps;
    impact.delta_v_mps[0] = walks(a) ? of.walker_delta_v_mps : of.other_delta_v_mps;
    impact.delta_v_mps[1] = walks(b) ? of.walker_delta_v_mps : of.other_delta_v_mps;
    impacts.push_back(impact);
  }
}

}  // namespace bitgoeul::vehicles
