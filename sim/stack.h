// The door of the driving stack: Observation in, Command out, once per act period and ego. The only virtual interface
// of the engine. Observation is made from the Snapshot by a perception stub; Command is recorded at the step in which
// it takes effect. A Command holds floats on purpose: what is applied is what is recorded, bit for bit, and half the
// size.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/id.h"
#include "sim/signals.h"

namespace bitgoeul::sim {

struct Command {
  float acceleration_mps2 = 0.0f;  // wanted, along the body x axis; negative brakes
  float steering_rad = 0.0f;       // front wheel angle of the single-track model, left positive
};

struct ObservedObject {
  Id id;
  double x = 0, y = 0, yaw_rad = 0, speed_mps = 0;  // map frame
  double length_m = 0, width_m = 0;
};

struct Observation {
  std::int64_t step = 0;
  std::int64_t time_ns = 0;
  Id ego;
  double x = 0, y = 0, z = 0, yaw_rad = 0, speed_mps = 0, acceleration_mps2 = 0;
  std::span<const ObservedObject> objects;
};

class Stack {
 public:
  virtual ~Stack() = default;
  virtual Command act(const Observation& observation) = 0;
};

}  // namespace bitgoeul::sim
