// Actors: entities that the story moves itself (the default controller: keep lane and speed unless an action says
// otherwise). Row = entity row; every column is state: hashed, saved, restored. The pose is of the reference point.
// An actor is in one frame: on a lane (lane, s, t), on a path (arc length), or free (straight ahead). Of an entity that
// a driver moves (driven.h) the row holds where it is and what the story asks of it. m, s, rad, m/s, map frame. Thread
// rule: written serially by the story stage, read anywhere.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/id.h"

namespace bitgoeul::scenarios::story {

using sim::kNone;
using sim::Row;

enum class Frame : std::uint8_t { kAbsent, kLane, kPath, kFree, kDriven };

// VehicleLight's words in the order of the norm's enumeration, and one for those that the file names itself.
inline constexpr int kLights = 14;
using Lights = std::array<std::uint8_t, kLights>;  // 0 never set, 1 + LightMode

enum Visible : std::uint8_t { kToGraphics = 1, kToSensors = 2, kToTraffic = 4, kToAll = 7 };

struct Actors {
  std::vector<Frame> frame;
  std::vector<double> x, y, z, yaw, pitch, roll;
  std::vector<double> speed, left_speed, acceleration, yaw_rate;  // along the body; left of it
  std::vector<double> traveled;
  // On a lane: s in its driving direction, t left of its centre line; dir -1: drives against it.
  std::vector<Row> lane, hint;
  std::vector<double> lane_s, lane_t;
  std::vector<std::int8_t> dir;
  std::vector<double> yaw_offset;    // that it keeps against the way (teleported askew)
  std::vector<std::uint8_t> at_end;  // the road has ended

  // What runs: the action (row of Motion::actions, kNone: keep on), since which step, from what to what.
  std::vector<Row> long_action, lat_action, path_action, route_action, animation;
  std::vector<std::int64_t> long_step, lat_step, path_step, animation_step;
  std::vector<double> long_from, long_to, long_time, long_phase_s;  // speeds; a time; when the phase began
  std::vector<std::int32_t> long_phase;
  std::vector<double> lat_from, lat_to, lat_time, lat_way,
      lat_gone;  // t on the lane; a time or a way; how much of it is gone
  std::vector<double> path_s;
  std::vector<std::int32_t> path_vertices, route_stops;  // how many of the row's Vertices and Stops count
  std::vector<Row> towed_by;                             // a trailer's vehicle
  std::vector<std::uint32_t> turns;                      // drawn so far

  // What actions set and nothing in this folder computes with.
  std::vector<std::uint8_t> visible;     // bits of Visible
  std::vector<std::uint8_t> controlled;  // bit 0 lateral, 1 longitudinal, 2 lighting, 3 animation, by a controller
  std::vector<std::uint8_t> overridden;  // bit 0 throttle, 1 brake, 2 clutch, 3 parking brake, 4 steering, 5 gear
  std::vector<double> throttle, brake, clutch, parking_brake, steering_rad, gear;
  std::vector<Lights> lights;

  template <class F>
  void columns(F&& f) {
    f("frame", frame);
    f("x", x);
    f("y", y);
    f("z", z);
    f("yaw", yaw);
    f("pitch", pitch);
    f("roll", roll);
    f("speed", speed);
    f("left_speed", left_speed);
    f("acceleration", acceleration);
    f("yaw_rate", yaw_rate);
    f("traveled", traveled);
    f("lane", lane);
    f("hint", hint);
    f("lane_s", lane_s);
    f("lane_t", lane_t);
    f("dir", dir);
    f("yaw_offset", yaw_offset);
    f("at_end", at_end);
    f("long_action", long_action);
    f("lat_action", lat_action);
    f("path_action", path_action);
    f("route_action", route_action);
    f("animation", animation);
    f("long_step", long_step);
    f("lat_step", lat_step);
    f("path_step", path_step);
    f("animation_step", animation_step);
    f("long_from", long_from);
    f("long_to", long_to);
    f("long_time", long_time);
    f("long_phase_s", long_phase_s);
    f("long_phase", long_phase);
    f("lat_from", lat_from);
    f("lat_to", lat_to);
    f("lat_time", lat_time);
    f("lat_way", lat_way);
    f("lat_gone", lat_gone);
    f("path_s", path_s);
    f("path_vertices", path_vertices);
    f("route_stops", route_stops);
    f("towed_by", towed_by);
    f("turns", turns);
    f("visible", visible);
    f("controlled", controlled);
    f("overridden", overridden);
    f("throttle", throttle);
    f("brake", brake);
    f("clutch", clutch);
    f("parking_brake", parking_brake);
    f("steering_rad", steering_rad);
    f("gear", gear);
    f("lights", lights);
  }
};

// Who has an entity, and what a story asks of its driver. Row = entity row; state where a story tells drivers anything.
struct Wishes {
  std::vector<std::uint8_t> assigned, active, driven;  // it has a driver; who it has drives; both: a driver moves it
  std::vector<double> speed_mps;                       // negative: none
  std::vector<std::int32_t> hops;                      // lanes to change to the left (negative: right)
  std::vector<double> change_s, change_m;              // each in that time or way; 0: as the driver sees fit
  template <class F>
  void columns(F&& f) {
    f("assigned", assigned);
    f("active", active);
    f("driven", driven);
    f("speed_mps", speed_mps);
    f("hops", hops);
    f("change_s", change_s);
    f("change_m", change_m);
  }
};

// Where the vertices of a path that moved with an entity were placed; Motion::kVertices rows per actor.
struct Vertices {
  std::vector<double> x, y, z, yaw;
  template <class F>
  void columns(F&& f) {
    f("x", x);
    f("y", y);
    f("z", z);
    f("yaw", yaw);
  }
};

// The places that an actor's route leads through, from which it is found again.
struct Stops {
  std::vector<Row> lane;
  std::vector<double> s;
  template <class F>
  void columns(F&& f) {
    f("lane", lane);
    f("s", s);
  }
};

}  // namespace bitgoeul::scenarios::story
