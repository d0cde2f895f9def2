// DoubleTrackFleet: the vehicles of a run that move by the double-track model: their tables, what the kernel needs of
// each, and which slot belongs to which row. Slots are handed out in row order when the run is set up and never again.
// Bodies and wheels are state; the rest follows from the setup or is written anew in each step. Thread rule: own slot.
#pragma once

#include <vector>

#include "vehicles/dynamics/double_track.h"

namespace bitgoeul::vehicles {

struct DoubleTrackFleet {
  DoubleTracks bodies;
  Wheels wheels;
  std::vector<DoubleTrackParameters> parameters;
  std::vector<Chassis<double>> chassis;
  DoubleTrackInputs inputs;
  std::vector<sim::Row> slots;  // by row of the vehicle; shorter than the vehicle table

  sim::Row slot(sim::Row row) const {
    return static_cast<std::size_t>(row) < slots.size() ? slots[static_cast<std::size_t>(row)] : sim::kNone;
  }
  std::size_t size() const { return chassis.size(); }
};

}  // namespace bitgoeul::vehicles
