// The steps from NGII tables to a MapBuilder, in this order: repair, neighbours of the old model, turns of the old
// model, then lanes with widths and marks, signals, furniture. Called by ngii.cpp only. Local metres. Every repair is
// counted in the tally. Single thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "maps/free_lanes.h"
#include "maps/ngii/tables.h"

namespace bitgoeul::maps::ngii {

using LinkRows = std::map<std::string, std::size_t>;  // id -> row of Tables::links
LinkRows rows_of(const Tables& tables);

// Duplicate ids, nodes that are missing or elsewhere, ends the wrong way round, neighbours that are none.
void repair(Tables& tables, detail::Tally& tally);
// The old model has no R/L columns: lanes on both sides of a lane line are neighbours.
void neighbours_from_paint(Tables& tables, detail::Tally& tally);
void check_neighbours(Tables& tables, detail::Tally& tally);
// The old model has no links inside junctions: made from the letters of the links and from guide lines.
void make_turns(Tables& tables, detail::Tally& tally);
// Junctions of links inside: connected by nodes, neighbours, or by crossing on one level. Per link, -1 = in none.
std::vector<int> find_junctions(const Tables& tables);

FreeNetwork make_lanes(const Tables& tables, const std::vector<int>& junctions, detail::Tally& tally);
void add_lights_and_signs(const Tables& tables, const FreeNetwork& network, MapBuilder& builder, detail::Tally& tally);
void add_furniture(const Tables& tables, MapBuilder& builder);

double polyline_length(const std::vector<sim::Vec3>& line);
// Nearest place of a polyline in the plane: length along it and distance, left positive. beyond: before the first or
// behind the last vertex.
struct Foot {
  double s = 0, t = 0, distance = 0, heading = 0;
  bool beyond = false;
};
Foot foot_on(const std::vector<sim::Vec3>& line, const sim::Vec3& p);

}  // namespace bitgoeul::maps::ngii
