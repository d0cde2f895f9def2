// Road shape: height of the surface over a road's cross-section, on top of the plane that elevation and superelevation
// span (OpenDRIVE 1.8, 10.6). Rows come from <shape> and <crossSectionSurface>; lane_curve adds them to the lanes.
// Metres. Thread rule: pure reads.
#pragma once

#include <span>

#include "maps/map.h"

namespace bitgoeul::maps {

// 0 where there are no pieces. Left of the first piece of an s the height is the one where it begins.
double shape_height(std::span<const ShapePiece> pieces, double s, double t);

}  // namespace bitgoeul::maps
