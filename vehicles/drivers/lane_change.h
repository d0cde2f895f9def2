// Lane changes that a route asks for. The driver looks for a gap on the wanted lane (plan, parallel) and asks for the
// change by message; commit checks the gap again, in id order, and moves the vehicle to the new lane's list, while its
// second node stays in the old one until the body has left. One that waits too long at the end of its lane puts its
// second node into the wanted lane, so that the vehicles behind it there leave a gap; after kGiveUpS it goes on as its
// lane leads and finds a new route. Thread rule: obey_change writes its own row; the others are serial.
#pragma once

#include "maps/routing.h"
#include "sim/event.h"
#include "vehicles/drivers/decide.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

// What the driver knows of the change that its route asks for, and what it does about it (decide.h). Plan, own row.
sim::DriverView::Change see_change(const State& state, Row row);
void obey_change(State& state, Row row, std::size_t block, bool wanted, const ChangeDecision& decision);
// Dynamics: moves the second node along and counts the change's progress. Own row.
void follow_change(State& state, Row row, double driven_m, std::size_t block);

// Place on another lane beside where the row has its box centre.
double center_s_on(const State& state, Row row, Row lane);
// True when a vehicle with this row's speed and size fits on the lane at s.
bool gap_fits(const State& state, Row row, Row lane, double s);

// Commit.
bool change_lane(State& state, Row row, Row target, double length_m);  // false: the gap has gone
void ask_in(State& state, Row row, Row target);
void leave_side(State& state, Row row);
void reroute(State& state, maps::Router& router, Row row);
// Finds the route of a restored row again.
void restore_route(State& state, maps::Router& router, Row row, const Route& original);

}  // namespace bitgoeul::vehicles
