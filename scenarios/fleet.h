// Fleet: draws N self-driving vehicles with round trips between weighted places, and background traffic, as an
// OpenSCENARIO model. Called by the commands fleet and demo; the result is written by openscenario/write.h and read
// back like any other scenario. The same map, demand and seed give the same file, whatever the number of threads:
// random numbers are keyed by vehicle and draw.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "maps/map.h"
#include "scenarios/openscenario/model.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

struct DemandPlace {
  std::string name;
  double weight = 1;
  double x = 0, y = 0;         // map frame, metres
  std::string district, kind;  // empty: not said
};

struct FleetOptions {
  std::string map_name;  // as it will stand in the file
  int vehicles = 200;
  int traffic = 0;
  int pedestrians = 0;
  double jaywalking = 0, cyclists = 0, buses = 0;  // shares of the pedestrians and of the traffic (simulation.h)
  std::vector<std::string> companies;              // whose stacks drive: given to the vehicles in turn; empty: nobody's
  std::uint64_t seed = 1;
  int threads = 1;
  std::optional<double> duration_s;  // stop trigger
  std::vector<DemandPlace> places;   // empty: lanes drawn by length
  std::string traffic_demand;  // where background vehicles drive: a file (traffic_demand.h); empty: turns are drawn
  openscenario::TimeOfDay time_of_day{2026, 11, 23, 8, 0, 0};  // a Monday morning
};

// GeoJSON points with `weight` and `name` (or name_ko, name_en); positions in WGS84 are projected into the map's frame.
// Places with no driving lane near are left out with a warning.
sim::Result<std::vector<DemandPlace>> load_places(const std::filesystem::path& file, const maps::Map& map,
                                                  sim::Issues& issues);
// `demand` of the command line: empty = the places that ship with the map (none: empty list), a name under assets/, or
// a file.
sim::Result<std::vector<DemandPlace>> find_demand(const std::string& demand, const maps::Map& map,
                                                  const std::string& map_name, sim::Issues& issues);

// On a map without a round trip vehicles take their turns at random, with a warning. Fails when there is no free place
// to start on for a vehicle, and names it.
sim::Result<openscenario::Scenario> make_fleet(const maps::Map& map, const FleetOptions& options, sim::Issues& issues);

}  // namespace bitgoeul::scenarios
