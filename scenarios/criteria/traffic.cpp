// Criteria between road users.
#include <algorithm>
#include <array>

#include "scenarios/criteria/watch.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::criteria {
namespace {

constexpr double kHeadwayFromMps = 2.0;
constexpr double kLookM = 100.0;
constexpr double kLevelM = 2.5;  // farther apart in height: another level

// Half of what a body takes to either side of a heading.
double half_across(const Thing& thing, double heading) {
  double sine = 0, cosine = 1;
  sim::sincos(thing.yaw - heading, sine, cosine);
  const double half_length = 0.5 * (thing.front - thing.rear);
  return std::abs(sine) * half_length + std::abs(cosine) * thing.half_width;
}

struct OnWay {
  double s = 0, t = 0, yaw = 0;
};
// The place of a point along the way; nothing when it lies behind it or beyond its end.
std::optional<OnWay> on_way(const Ego& ego, double x, double y, double z) {
  std::optional<OnWay> best;
  double nearest = kLookM;
  for (std::size_t i = 0; i + 1 < ego.way.size(); ++i) {
    const WayPoint &a = ego.way[i], &b = ego.way[i + 1];
    const double dx = b.x - a.x, dy = b.y - a.y, length = sim::hypot(dx, dy);
    if (length <= 0) continue;
    const double along = ((x - a.x) * dx + (y - a.y) * dy) / length;
    if (along < 0 || along > length || std::abs(z - a.z) > kLevelM) continue;
    const double t = ((y - a.y) * dx - (x - a.x) * dy) / length;
    if (std::abs(t) >= nearest) continue;
    nearest = std::abs(t);
    best = OnWay{a.s + along, t, sim::atan2(dy, dx)};
  }
  return best;
}

void begin_leader(const Watch& watch, Ego& ego, Row leader) {
  const Near* before = near_of(ego, ego.leader);
  ego.revealed_s = before != nullptr ? before->leaving_s : -1;
  ego.leader = leader;
  ego.leader_since_s = watch.time_s;
}

}  // namespace

void find_leader(Watch& watch, Ego& ego) {
  Row leader = kNone;
  double best = kLookM;
  const sim::Entities& e = watch.now->entities;
  watch.grid.each_near(ego.body.x, ego.body.y, kLookM, [&](Row row) {
    if (row == ego.row) return;
    const Thing other = watch.body(row);
    double sine = 0, cosine = 1;
    sim::sincos(other.yaw, sine, cosine);
    const double centre = 0.5 * (other.front + other.rear);
    const auto at = on_way(ego, other.x + centre * cosine, other.y + centre * sine, e.z[row]);
    if (!at) return;
    sim::sincos(other.yaw - at->yaw, sine, cosine);
    const double half = std::abs(cosine) * 0.5 * (other.front - other.rear) + std::abs(sine) * other.half_width;
    const double gap = at->s - half - ego.body.front;
    if (watch.asked(Kind::kPreventable)) watch_near(watch, ego, row, at->t, gap, e.speed_mps[row] * cosine);
    if (std::abs(at->t) > ego.body.half_width + half_across(other, at->yaw)) return;
    if (gap >= best || at->s <= 0.5 * (ego.body.front + ego.body.rear)) return;
    best = gap;
    leader = row;
    ego.gap = std::max(gap, 0.0);
    ego.front_mps = e.speed_mps[row] * cosine;
    ego.closing = ego.speed - ego.front_mps;
  });
  if (leader != ego.leader) begin_leader(watch, ego, leader);
  forget_far(watch, ego);
}

void observe_traffic(Watch& watch, Ego& ego) {
  const bool led = ego.leader != kNone;
  const double ttc = led && ego.closing > 0 ? ego.gap / ego.closing : kNever;
  double least = std::min(ttc, kNever);
  Row nearest = led ? ego.leader : kNone;
  watch.grid.each_near(ego.body.x, ego.body.y, kLookM, [&](Row row) {
    if (row == ego.row || !watch.is_vulnerable(row)) return;
    const Thing other = watch.body(row);
    if (std::abs(watch.now->entities.z[row] - ego.z) > kLevelM) return;
    if (ego.speed > 0.5) {
      const double gap = story::box_gap(ego.body, other).gap;
      if (gap < 20) watch.note(Kind::kVruGap, ego, gap, row);
    }
    if (const auto touch = time_to_touch(ego.body, other, least)) least = *touch, nearest = row;
  });
  if (ego.speed > kStandsMps) watch.note(Kind::kTtc, ego, least, nearest);
  if (ego.speed > kHeadwayFromMps)
    watch.note(Kind::kHeadway, ego, led ? std::min(ego.gap / ego.speed, kNever) : kNever, ego.leader);
  watch.note(Kind::kDrac, ego, led ? drac(ego.gap, ego.closing) : 0, ego.leader);
  // Unsafe, and not braking as the proper response demands.
  const RssParameters rss;
  const bool unsafe = led && ego.front_mps >= 0 && ego.gap < rss_distance(ego.speed, ego.front_mps, rss);
  if (unsafe && ego.speed > kStandsMps && ego.acceleration > -rss.brake_at_least) ego.rss_s += watch.frame_s;
  watch.note(Kind::kRss, ego, ego.rss_s, unsafe ? ego.leader : kNone);
}

void observe_encroachment(Watch& watch) {
  const sim::Entities& e = watch.now->entities;
  std::vector<const Ego*> under_test(e.alive.size(), nullptr);
  for (const Ego& ego : watch.egos)
    if (ego.seen) watch.note(Kind::kPet, ego, kNever), under_test[ego.row] = &ego;
  for (Row row = 0; row < static_cast<Row>(e.alive.size()); ++row) {
    if (!e.alive[row]) continue;
    const Thing body = watch.body(row);
    double sine = 0, cosine = 1;
    sim::sincos(body.yaw, sine, cosine);
    const int along = static_cast<int>(body.front - body.rear) + 1, across = static_cast<int>(2 * body.half_width) + 1;
    for (int i = 0; i <= along; ++i)
      for (int j = 0; j <= across; ++j) {
        const double a = body.rear + (body.front - body.rear) * i / along;
        const double l = body.half_width * (2.0 * j / across - 1);
        const auto cx = static_cast<std::int32_t>(std::floor(body.x + a * cosine - l * sine));
        const auto cy = static_cast<std::int32_t>(std::floor(body.y + a * sine + l * cosine));
        const auto key =
            static_cast<std::uint64_t>(static_cast<std::uint32_t>(cx)) << 32 | static_cast<std::uint32_t>(cy);
        Watch::Visit& visit = watch.visits[key];
        const double since = watch.time_s - visit.time_s;
        const bool crossing = std::abs(sim::wrap_angle(body.yaw - visit.yaw)) > 0.35;
        if (visit.row != kNone && visit.row != row && crossing && since < kNever &&
            std::abs(visit.z - body.z) < kLevelM) {
          if (under_test[row] != nullptr) watch.note(Kind::kPet, *under_test[row], since, visit.row);
          if (under_test[visit.row] != nullptr) watch.note(Kind::kPet, *under_test[visit.row], since, row);
        }
        visit = {watch.time_s, body.yaw, body.z, row};
      }
  }
}

namespace {

// nuPlan's rule of fault, from where each was struck and how fast it was in the frame before.
bool at_fault(const Watch& watch, const Ego& ego, sim::ContactSide side, Row other) {
  if (ego.speed <= kStandsMps) return false;
  const bool other_stands = other == kNone || std::abs(watch.now->entities.speed_mps[other]) <= kStandsMps;
  if (other_stands || side == sim::ContactSide::kFront) return true;
  if (side == sim::ContactSide::kRear) return false;
  const bool in_lane = ego.lane != kNone && std::abs(ego.lane_t) + ego.body.half_width <= 0.5 * ego.lane_width + 0.05;
  return !in_lane;
}

}  // namespace

void observe_collision(Watch& watch, const sim::Event& event) {
  const Row first = event.entity.null() ? kNone : static_cast<Row>(event.entity.index);
  const Row second = event.other.null() ? kNone : static_cast<Row>(event.other.index);
  for (Ego& ego : watch.egos) {
    if (!ego.seen || (ego.row != first && ego.row != second)) continue;
    const Row other = ego.row == first ? second : first;
    const sim::ContactSide side = ego.row == first ? event.side : event.other_side;
    ego.at_fault += at_fault(watch, ego, side, other);
    watch.note(Kind::kAtFault, ego, ego.at_fault, other);
    const bool frontal = side == sim::ContactSide::kFront && ego.speed > kStandsMps;
    ego.preventable += frontal && careful_avoids(ego, other, watch.time_s);
    watch.note(Kind::kPreventable, ego, ego.preventable, other);
  }
}

}  // namespace bitgoeul::scenarios::criteria
