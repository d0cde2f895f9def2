// Watch: what the observers of criteria share in a frame, and what they remember of each vehicle under test between
// frames. Made by observer.cpp; each function below measures one group of criteria for one vehicle and notes values.
// Metres, seconds, radians. Thread rule: one thread.
#pragma once

#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "maps/map.h"
#include "scenarios/criteria/catalogue.h"
#include "scenarios/criteria/formulas.h"
#include "scenarios/simulation.h"
#include "sim/grid.h"
#include "sim/snapshot.h"

namespace bitgoeul::scenarios::criteria {

using sim::kNone;
using sim::Row;

inline constexpr double kNever = 10.0;  // s; what ttc, headway and pet say when nothing was near
inline constexpr double kStandsMps = 0.1;

// A point on the way ahead of a vehicle: metres from its reference point.
struct WayPoint {
  double s = 0, x = 0, y = 0, z = 0, yaw = 0;
};

// One who drives ahead on or beside the way of a vehicle, as the careful driver of UN R157 would watch it. Times: since
// when, < 0: not at all.
struct Near {
  Row row = kNone;
  bool in_lane = false;   // of the vehicle under test
  double coming_s = -1;   // more than 0.375 m off the centre of another lane, towards this one's; then in it
  double leaving_s = -1;  // more than 0.375 m off the centre of this one's lane
  double braking_s = -1;  // when it last began to brake at 5 m/s2 or more
  double braked_s = -1;   // until when it did
  struct Then {           // each frame of the last ten seconds
    double time_s = 0, gap = 0, front_mps = 0, speed = 0;  // speed: of the vehicle under test
  };
  std::vector<Then> past;
};

struct Ego {
  Row row = kNone;
  bool seen = false;  // in the frame before
  Thing body;
  double speed = 0, acceleration = 0, z = 0;
  // Where it drives: the nearest lane that runs its way.
  Row lane = kNone;
  double lane_s = 0, lane_t = 0, lane_width = 0, lane_heading = 0;
  std::vector<WayPoint> way;
  // Who drives ahead on that way, and everybody near it.
  Row leader = kNone;
  double gap = 0, closing = 0, front_mps = 0, leader_since_s = 0;
  double revealed_s = -1;  // when the leader before began to leave the lane; < 0: it did not
  std::vector<Near> near;
  // Sums and what came before.
  std::vector<double> against;  // metres per frame against the lane, of the last second
  double rss_s = 0, invasion_s = 0, stuck_s = 0, bus_lane_s = 0, least_speed = 0, driven_m = 0, route_m = 0;
  Row approach = kNone;                               // lane whose line was crossed
  double approach_least = 0;                          // least speed before that line
  std::vector<std::pair<Row, bool>> red_at_line;      // movements, and whether they were red then
  std::vector<Row> on_crosswalk;                      // objects, ascending
  int at_fault = 0, preventable = 0, crosswalks = 0;  // counted
};

struct Worst {
  double value = 0, limit = 0, margin = std::numeric_limits<double>::infinity(), time_s = 0, x = 0, y = 0, z = 0;
  Row entity = kNone, other = kNone;
  std::string_view other_kind = "traffic";  // what an `other` without a name of its own is
  bool measured = false, asked = false;
};

struct Watch {
  const SimulationSetup* setup = nullptr;
  const maps::Map* map = nullptr;
  const sim::Snapshot* now = nullptr;
  double time_s = 0, frame_s = 0;
  std::vector<Ego> egos;
  std::vector<std::vector<double>> limits;  // per kind and row of egos; NaN: not asked for
  std::vector<Worst> worst;                 // per kind
  sim::Grid grid{32.0}, crosswalks{32.0};
  std::vector<Row> crosswalk_objects;
  std::vector<std::uint8_t> vulnerable;  // per row of the catalogue
  struct Visit {
    double time_s = 0, yaw = 0, z = 0;
    Row row = kNone;
  };
  std::unordered_map<std::uint64_t, Visit> visits;  // squares of 1 m, who was there last; only looked up, never walked

  bool asked(Kind kind) const { return worst[static_cast<std::size_t>(kind)].asked; }
  template <class... Kinds>
  bool any(Kinds... kinds) const {
    return (asked(kinds) || ...);
  }
  void note(Kind kind, const Ego& ego, double value, Row other = kNone);
  Thing body(Row row) const;
  bool is_vulnerable(Row row) const { return vulnerable[now->entities.type[row]] != 0; }
  bool red(Row lane) const;
};

// traffic.cpp: ttc, headway, drac, rss, vru_gap; pet of everybody in this frame; a collision that has begun.
void find_leader(Watch& watch, Ego& ego);
void observe_traffic(Watch& watch, Ego& ego);
void observe_encroachment(Watch& watch);
void observe_collision(Watch& watch, const sim::Event& event);
// careful.cpp: one near the way in this frame, `s` and `t` on it; those seen no more are forgotten. Whether the careful
// driver of UN R157 in the place of the ego would not have run into the other.
void watch_near(Watch& watch, Ego& ego, Row other, double t, double gap, double front_mps);
void forget_far(Watch& watch, Ego& ego);
const Near* near_of(const Ego& ego, Row other);
bool careful_avoids(const Ego& ego, Row other, double now_s);
// road.cpp: off_road, lane_invasion, wrong_way, speed, school_zone, stop_line, right_on_red, crosswalk, stuck,
// bus_lane.
void find_way(Watch& watch, Ego& ego);
void observe_road(Watch& watch, Ego& ego);

}  // namespace bitgoeul::scenarios::criteria
