// What of a map a lidar can hit: the lanes' surfaces, buildings, poles, trees, barriers and obstacles as upright solids
// of their outline or box. Made from a Map; read by RayScene. Local frame, metres. Thread rule: pure.
#pragma once

#include "maps/map.h"
#include "replay/sensors/ray_scene.h"

namespace bitgoeul::replay {

Triangles mesh_of(const maps::Map& map);

}  // namespace bitgoeul::replay
