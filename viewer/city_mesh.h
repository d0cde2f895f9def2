// The city about the roads: buildings by the kind of quarter, trees, street lamps. Nothing of it is in the map: it is
// drawn by lot from the place alone, so that every tile, level of detail and run shows the same town. Of one tile,
// about its centre. Pure functions; any thread.
#pragma once

#include <span>

#include "maps/map.h"
#include "viewer/mesh.h"
#include "viewer/terrain.h"
#include "viewer/tile_grid.h"

namespace bitgoeul::viewer {

enum class Quarter : std::uint8_t { kCountry, kHouses, kFlats, kBusiness, kIndustry };
Quarter quarter_at(const TileGrid& grid, double x, double y);

struct CityInput {
  const maps::Map& map;
  const TileGrid& grid;
  const Terrain& terrain;
};

void add_buildings(Mesh& mesh, const CityInput& input, std::span<const LaneRun> runs, const TileKey& key);
void add_trees(Mesh& mesh, const CityInput& input, std::span<const LaneRun> runs, const TileKey& key);
// Masts with lamps into `mesh`, the light on the road into `pools`.
void add_street_lamps(Mesh& mesh, Mesh& pools, const CityInput& input, std::span<const LaneRun> runs,
                      const TileKey& key);

}  // namespace bitgoeul::viewer
