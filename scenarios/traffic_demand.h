// Traffic demand: the YAML that says from where to where background vehicles drive and when, brought onto a map as a
// DemandPlan (vehicles/demand.h). Named by the property `bitgoeul:demand` of a scenario's background traffic or by an
// option of run, demo and fleet. Every error names file, line, key and remedy. Thread rule: pure but for reading files.
#pragma once

#include <filesystem>
#include <string>

#include "maps/map.h"
#include "scenarios/fleet.h"
#include "scenarios/openscenario/model.h"
#include "sim/result.h"
#include "vehicles/demand.h"

namespace bitgoeul::scenarios {

// Of a TrafficDistributionEntry: where its vehicles drive, a file or its text.
inline constexpr const char* kDemandProperty = "bitgoeul:demand";

// The file of a demand: a path, seen from the folder `beside` or from here, or the name of a map that ships with one.
sim::Result<std::filesystem::path> find_demand_file(const std::string& name, const std::filesystem::path& beside);
// The file as one text that needs no other: its places stand in it, in the map's frame. What a log keeps.
sim::Result<std::string> load_demand(const std::filesystem::path& file, const maps::Map& map, sim::Issues& issues);
// `file`: where the text is from, for errors and for the file of places that it may name.
sim::Result<vehicles::DemandPlan> read_demand(const std::string& text, const std::filesystem::path& file,
                                              const maps::Map& map, sim::Issues& issues);
// The places of such a file, for a fleet's trips.
sim::Result<std::vector<DemandPlace>> places_of_demand(const std::filesystem::path& file, const maps::Map& map,
                                                       sim::Issues& issues);
// The text of the scenario with the demand of that name in it (empty: of the one that its own property names), so that
// a log of it needs no other file; without any it stays as it is. To be parsed again.
sim::Result<std::string> with_demand(const openscenario::Scenario& scenario, const std::string& name,
                                     const maps::Map& map, sim::Issues& issues);
// The demand that the scenario's background traffic asks for; nothing: none. Defects go to the issues.
std::optional<vehicles::DemandPlan> demand_of(const openscenario::Scenario& scenario, const maps::Map& map,
                                              sim::Issues& issues);

}  // namespace bitgoeul::scenarios
