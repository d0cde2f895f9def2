#include "vehicles/dynamics/move.h"

#include "vehicles/dynamics/kinematic_bicycle.h"
#include "vehicles/dynamics/rail.h"

namespace bitgoeul::vehicles {

void move(State& state, Row begin, Row end, std::size_t block) {
  Vehicles& v = state.vehicles;
  for (Row row = begin; row < end; ++row) {
    if (!state.alive(row)) continue;
    v.distance_m[row] +=
        v.model[row] == Model::kBicycle ? move_bicycle(state, row, block) : move_rail(state, row, block);
    if (state.speed(row) > kStandingMps)
      v.standstill_step[row] = -1;
    else if (v.standstill_step[row] < 0)
      v.standstill_step[row] = state.world.step();
  }
}

}  // namespace bitgoeul::vehicles
