// A generated OpenDRIVE city: n x n junctions 100 m apart, two-way roads between them, a connecting road for every way
// through (no U-turns). 3, 10, 20, 26 and 32 junctions a side give 56, 1,148, 5,088, 8,796 and 13,512 roads, the sizes
// that ../shared/reference/performance.md has another player's times for. Made for map_bench; single thread.
#pragma once

#include <string>

namespace bitgoeul::bench {

std::string opendrive_grid(int junctions_per_side);

}  // namespace bitgoeul::bench
