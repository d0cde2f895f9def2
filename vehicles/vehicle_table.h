// Vehicles: what the engine knows of each driven vehicle beyond its pose; row = entity row. Lane coordinate `s` is that
// of the centre of the bounding box, so front = s + length/2 and rear = s - length/2, for rail and bicycle alike. `way`
// is the string of lanes that the vehicle drives: way[kBack] is the one it is on, before it the last ones it left,
// after it the next ones (kNone past the end). Every column is state: hashed, saved, restored. Thread rule: parallel
// stages write their own row only; lists, way shifts, spawns and removals happen in commit.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/id.h"

namespace bitgoeul::vehicles {

using sim::kNone;
using sim::Row;

inline constexpr int kBack = 5;
inline constexpr int kWay = 20;
using Way = std::array<Row, kWay>;

enum class Model : std::uint8_t { kNone, kRail, kBicycle, kDoubleTrack, kWreck, kTrailer };
// Has a driver that steers (a self-driving vehicle); the others are on rails, or nobody drives them any more.
inline bool steered(Model model) { return model == Model::kBicycle || model == Model::kDoubleTrack; }

// Nobody decides anything for it.
inline bool passive(Model model) { return model == Model::kWreck || model == Model::kTrailer; }

// Why a vehicle does not drive freely; read by tests, the soak tool and the report.
enum class Wait : std::uint8_t {
  kFree,
  kLeader,
  kSignal,
  kConflict,
  kPriority,
  kExitFull,
  kQueue,
  kLaneChange,
  kWayEnd,
  kPedestrian,
  kBusStop
};
std::string_view to_string(Wait wait);

// The second place in the lane lists that a vehicle may take (see lane_lists.h).
enum class Side : std::uint8_t {
  kNone,
  kLeaving,
  kWanting
};  // the lane it is changing from / the one it asks to be let into

struct Vehicles {
  std::vector<Model> model;
  std::vector<Way> way;
  std::vector<std::uint32_t> held;   // bit i: has the right of way on way[i]
  std::vector<double> s;             // m on way[kBack]
  std::vector<double> t;             // m left of the lane's centre line (bicycle; 0 on rails)
  std::vector<Row> hint;             // map point near s
  std::vector<float> cap_mps;        // what the lane's bends allow at s (rail)
  std::vector<std::uint32_t> turns;  // turns drawn so far: the counter of the random stream

  // The driver, drawn at spawn (IDM: Treiber, Hennecke, Helbing 2000).
  std::vector<float> speed_factor, headway_s, acceleration_mps2, deceleration_mps2, gap_m;

  std::vector<float> command_acceleration_mps2, command_steering_rad;
  std::vector<double> steering_rad;           // front wheel angle (bicycle, double-track)
  std::vector<double> left_mps;               // speed to the left, of the box centre (wreck)
  std::vector<double> distance_m;             // driven so far
  std::vector<Row> towed_by;                  // a trailer's vehicle; kNone: hangs on nothing
  std::vector<float> towed_m, towed_kg;       // how far its trailers reach beyond its own rear; their mass
  std::vector<std::int64_t> request_step;     // since when it asks for the right of way; -1: does not
  std::vector<std::int64_t> standstill_step;  // since when it stands; -1: moves
  std::vector<Wait> wait;

  std::vector<Side> side;
  std::vector<Row> side_lane;
  std::vector<double> side_s;
  std::vector<float> change_progress, change_offset_m, change_length_m;  // lane change: 0..1, t at its start, length
  std::vector<std::int64_t> change_wait_step;                            // since when it waits for a gap; -1: does not

  std::vector<std::int32_t> route_cursor;  // index of way[kBack] in its route; -1: no route (any more), turns are drawn
  std::vector<Row> reroute_lane,
      reroute_next;                        // the route was found anew on this lane, from the next one on; kNone: never
  std::vector<std::int32_t> reroute_join;  // closed routes: index in the setup's route where it is met again

  template <class F>
  void columns(F&& f) {
    f("model", model);
    f("way", way);
    f("held", held);
    f("s", s);
    f("t", t);
    f("hint", hint);
    f("cap_mps", cap_mps);
    f("turns", turns);
    f("speed_factor", speed_factor);
    f("headway_s", headway_s);
    f("acceleration_mps2", acceleration_mps2);
    f("deceleration_mps2", deceleration_mps2);
    f("gap_m", gap_m);
    f("command_acceleration_mps2", command_acceleration_mps2);
    f("command_steering_rad", command_steering_rad);
    f("steering_rad", steering_rad);
    f("left_mps", left_mps);
    f("distance_m", distance_m);
    f("towed_by", towed_by);
    f("towed_m", towed_m);
    f("towed_kg", towed_kg);
    f("request_step", request_step);
    f("standstill_step", standstill_step);
    f("wait", wait);
    f("side", side);
    f("side_lane", side_lane);
    f("side_s", side_s);
    f("change_progress", change_progress);
    f("change_offset_m", change_offset_m);
    f("change_length_m", change_length_m);
    f("change_wait_step", change_wait_step);
    f("route_cursor", route_cursor);
    f("reroute_lane", reroute_lane);
    f("reroute_next", reroute_next);
    f("reroute_join", reroute_join);
  }

  // What changes when one on ticks moves, or thinks; the other columns change by message only.
  static bool moves(std::string_view column);
  static bool thinks(std::string_view column);

  Row lane(Row row) const { return way[static_cast<std::size_t>(row)][kBack]; }
};

}  // namespace bitgoeul::vehicles
