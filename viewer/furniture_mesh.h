// What the map itself puts beside the roads: signal heads with their poles, signs, poles, barriers, islands, parking
// spaces, buildings by outline. And where the lamps of the signals are, for the part of the picture that changes.
// Pure functions of the const Map; any thread.
#pragma once

#include <vector>

#include "maps/map.h"
#include "viewer/mesh.h"
#include "viewer/tile_grid.h"

namespace bitgoeul::viewer {

void add_signals(Mesh& mesh, const maps::Map& map, const TileKey& key);
void add_objects(Mesh& mesh, const maps::Map& map, const TileKey& key);

// One lamp of a head: `shows` bit i is set when it is lit in sim::SignalState i.
struct SignalLamp {
  Vec3 position{0, 0, 0};
  double heading = 0;  // the way it shines
  maps::Row group = maps::kNone;
  Color color;
  std::uint8_t shows = 0;
};
std::vector<SignalLamp> signal_lamps(const maps::Map& map);

}  // namespace bitgoeul::viewer
