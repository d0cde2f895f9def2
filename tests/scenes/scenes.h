// Scenes: small worlds made in code, shared by tests, golden hashes, benchmarks and demos: ring road, crossing, merge,
// small city. A scene is a SimulationSetup ready for Simulation::make. Metres, seconds. Thread rule: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/simulation.h"
#include "tests/scenes/network.h"

namespace bitgoeul::scenes {

// A ring of one lane, driven counter-clockwise from the east; superelevation positive: up to the inside.
std::shared_ptr<const maps::Map> ring_map(double radius_m, double superelevation_rad = 0, double limit_mps = 0);
// One lane that closes upon itself, `radius_m` at the centre of the lane, `vehicles` evenly spaced.
scenarios::SimulationSetup ring_road(double radius_m = 100.0, int vehicles = 20);
// One junction, two lanes per direction, fed and drained by four long streets that loop back; with or without signals.
scenarios::SimulationSetup crossing(bool signals = true, int traffic = 60, int egos = 4);
// Two lanes that become one, again and again: a loop road with an on-ramp beside it.
scenarios::SimulationSetup merge(int traffic = 24);
// blocks x blocks of streets with one or two lanes per direction; every other junction has signals.
// With pedestrians there are crosswalks at both ends and in the middle of every street.
scenarios::SimulationSetup small_city(int blocks = 4, int traffic = 200, int egos = 20, int pedestrians = 0);
// The same, where background traffic drives between its corners: homes in the west, jobs in the east, with a held
// number of vehicles.
scenarios::SimulationSetup small_city_with_demand(int traffic = 150, int egos = 10);
// Four streets of so many lanes per direction that meet in one junction, with three crosswalks each.
std::shared_ptr<const maps::Map> street(int lanes = 1, double speed_mps = 50 / 3.6, bool signals = false);
inline constexpr double kStreetM = 368;  // one of them: between nodes 400 m apart, 16 m of junction at each end
// Three on every street of a network; lanes stop before those at their ends.
void add_crosswalks(maps::MapBuilder& builder, const Network& network);

// A queue at speed runs into a car that stands: `vehicles` on one lane, every third self-driving; with walls half a
// metre beside it.
scenarios::SimulationSetup pile_up(int vehicles = 50, bool walls = false);

std::vector<std::string> names();         // of scenes in which nobody may touch anybody
std::vector<std::string> golden_names();  // of all
// By name, for command lines; nothing for an unknown name.
std::optional<scenarios::SimulationSetup> by_name(std::string_view name);

// Closed random routes of about `length_m` for egos at random places of the map, drawn with the setup's seed.
void add_egos(scenarios::SimulationSetup& setup, int count, double length_m);

// The last of a setup's entities to be: a car of background traffic that comes to the stop line before that movement
// of a junction, drives it and goes on to the end of the lane behind it.
scenarios::EntitySetup car_before(const scenarios::SimulationSetup& setup, maps::Row movement, double before_line_m,
                                  double speed_mps);

}  // namespace bitgoeul::scenes
