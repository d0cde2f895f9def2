// Roads as triangles: surfaces with kerbs, medians, embankments, bridges and tunnels (road_mesh.cpp) and the paint on
// them (road_paint.cpp): lines by type and colour, arrows, stop lines, crosswalks. Of one tile, about its centre.
// Pure functions of the const Map; any thread.
#pragma once

#include <span>

#include "maps/map.h"
#include "viewer/mesh.h"
#include "viewer/terrain.h"
#include "viewer/tile_grid.h"

namespace bitgoeul::viewer {

// Which of a run's points a level keeps: all, or those that the shape needs at that distance.
std::vector<maps::Row> kept_points(const maps::Map& map, const LaneRun& run, int level);
// Left (+0.5) to right (-0.5) across the lane, in the map frame.
Vec3 across_lane(const maps::LanePoint& point, double part, double lift = 0);

void add_road_surfaces(Mesh& mesh, const maps::Map& map, const Terrain& terrain, std::span<const LaneRun> runs,
                       const TileKey& key);
void add_junction_floors(Mesh& mesh, const maps::Map& map, const TileKey& key);
void add_road_paint(Mesh& mesh, const maps::Map& map, std::span<const LaneRun> runs, const TileKey& key);

bool inside(const TileKey& key, double x, double y);
bool is_school_zone(const maps::Map& map, const maps::Lane& lane);

}  // namespace bitgoeul::viewer
