// The double-track kernel compiled for processors with 32-byte vectors (AVX2, without fused multiply-add): the same
// bits as everywhere, about twice as fast. Called by double_track.cpp when the processor can. Thread rule: as there.
#pragma once

#include "vehicles/dynamics/double_track.h"

namespace bitgoeul::vehicles {

bool has_wide();
void step_wide(DoubleTracks& bodies, Wheels& wheels, const std::vector<Chassis<double>>& chassis,
               const DoubleTrackInputs& inputs, std::size_t begin, std::size_t end, double dt_s);

}  // namespace bitgoeul::vehicles
