// The map of a Waymo Open Motion scenario: lanes with their links, lines and edges, crosswalks and signal states as
// features around a place. Used by the export to `womd`. Ids: a lane's row times four, plus one for its left line, two
// for its right line; an object's row times four plus three. Thread rule: pure reads of the const Map.
#pragma once

#include "maps/map.h"
#include "sim/signals.h"

namespace waymo::open_dataset {
class Scenario;
class DynamicMapState;
}  // namespace waymo::open_dataset

namespace bitgoeul::replay {

void add_map_features(const maps::Map& map, double x, double y, double radius_m, waymo::open_dataset::Scenario& out);
void add_signal_states(const maps::Map& map, const sim::Signals& signals, double x, double y, double radius_m,
                       waymo::open_dataset::DynamicMapState& out);

}  // namespace bitgoeul::replay
