// Puppets: rows of entities that somebody else moves (a story, a log), pose by pose. They are bodies for
// contacts and stand in the list of their lane, so that drivers see them; they decide nothing until they are freed.
// Absent ones keep their row and their name. m, s, rad, map frame; the pose is of the reference point. Thread rule:
// serial.
#pragma once

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

struct Pose {
  double x = 0, y = 0, z = 0, yaw = 0, pitch = 0, roll = 0;
  double speed = 0, acceleration = 0, yaw_rate = 0, traveled = 0;
  double length = 0, width = 0, height = 0, center_x = 0;
  Row lane = kNone;  // of any type; kNone: beside all
  double lane_s = 0, lane_t = 0;
};

Row add_puppet(State& state, sim::Role role, std::uint16_t type);  // absent
void show_puppet(State& state, Row row, const Pose& pose);
void hide_puppet(State& state, Row row);

// Gives a puppet that is in the world to a driver along `lane`: box centre at s, t to the left, which it loses as in a
// lane change. route_cursor: index of `lane` in its route, -1: it draws its turns.
void free_puppet(State& state, Row row, Row lane, double s, double t, std::int32_t route_cursor,
                 Model model = Model::kRail);
// Makes it a puppet again, where it is.
void take_puppet(State& state, Row row);

}  // namespace bitgoeul::vehicles
