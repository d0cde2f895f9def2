// LiveSource: a simulation that runs while it is looked at. A thread of its own steps ahead of the clock and keeps
// frames and saved states, so that time can be run back: what is no longer kept is computed again from the saved state
// before it, with the same bits. Only Snapshots leave the simulation, so looking never changes the run.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "scenarios/simulation.h"
#include "viewer/source.h"

namespace bitgoeul::viewer {

struct LiveSetup {
  std::string title;
  std::int64_t duration_ns = 0;
  std::uint64_t seed = 1;
  // The run from its first step, for a seed.
  std::function<sim::Result<std::unique_ptr<scenarios::Simulation>>(std::uint64_t seed)> make;
};

sim::Result<std::unique_ptr<Source>> open_live(LiveSetup setup);

}  // namespace bitgoeul::viewer
