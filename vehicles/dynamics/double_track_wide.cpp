#include "vehicles/dynamics/double_track_wide.h"

#include "vehicles/dynamics/double_track_kernel.h"

namespace bitgoeul::vehicles {

bool has_wide() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2");
#else
  return false;
#endif
}

void step_wide(DoubleTracks& bodies, Wheels& wheels, const std::vector<Chassis<double>>& chassis,
               const DoubleTrackInputs& inputs, std::size_t begin, std::size_t end, double dt_s) {
  step_packs(bodies, wheels, chassis, inputs, begin, end, dt_s);
}

}  // namespace bitgoeul::vehicles
