// Observer: measures the criteria that were asked for, over the snapshots of a run (ten times a second) and the events
// of every step; it changes nothing and the step never reads it. A criterion is judged for the vehicles under test:
// the self-driving ones, else an entity called Ego or Hero; a property of an entity asks for that entity alone.
// Nothing asked for costs nothing. What was never measured is inconclusive. m, s, rad. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "scenarios/criteria/catalogue.h"
#include "scenarios/result.h"
#include "scenarios/simulation.h"
#include "sim/event.h"
#include "sim/snapshot.h"

namespace bitgoeul::scenarios::criteria {

struct Questions {
  std::vector<Asked> all;                               // for every vehicle under test; the last of a kind counts
  std::vector<std::pair<sim::Row, Asked>> of_entities;  // for one
};

class Observer {
 public:
  Observer(const SimulationSetup& setup, const Questions& questions);
  ~Observer();
  void events(std::span<const sim::Event> events);  // of a step, before the frame that follows it
  void frame(const sim::Snapshot& snapshot);
  std::vector<Criterion> verdicts() const;  // in the order of the catalogue, the gates left out

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Lane, junction and WGS84 of the places of criteria, where the map knows them.
void name_places(const maps::Map& map, std::vector<Criterion>& criteria);

}  // namespace bitgoeul::scenarios::criteria
