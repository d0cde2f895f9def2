// What actions set and nothing here computes with: lights, animations, visibility, which domains a controller has,
// overridden pedals (Longitudinal makes a speed of them) and wheel. Recorded in the actor's row, so that logs, viewers
// and stacks can read it. Used by Motion only. Thread rule: as Motion.
#pragma once

#include <string_view>

#include "scenarios/story/motion.h"

namespace bitgoeul::scenarios::story {

struct States {
  static sim::Result<void> start(Motion& m, Row action, Row row, const View& view);
  // Ends animations whose time is over.
  static void advance(Motion& m, const View& view, Row row);
};

// Index into Lights: VehicleLight's word, the last for any other; see Actors.
int light_of(std::string_view word);

}  // namespace bitgoeul::scenarios::story
