// Pairs of lanes that lie near each other although no junction joins them: a road over, under or, in a faulty map,
// through another. Where such lanes overlap at one height they are in conflict, whatever levels the source gives them,
// so that traffic does not drive through itself. boxes: per lane, of what it may sweep; pairs whose boxes are apart are
// left out. Made and read by freeze_conflicts.cpp. Thread rule: pure.
#pragma once

#include <utility>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::maps::detail {

void add_stranger_pairs(const Map& map, const std::vector<GeoBox>& boxes, std::vector<std::pair<Row, Row>>& pairs);

}  // namespace bitgoeul::maps::detail
