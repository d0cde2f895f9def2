// Snapshot: what the world looked like after a step; const once published, so readers on other threads need no lock.
// Made by the publish stage; read by recorder, viewer, metrics, perception stubs and stacks, live or from a log alike.
// SnapshotPool recycles snapshots that nobody holds any more, so that publishing allocates nothing after warm-up.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/entities.h"
#include "sim/event.h"
#include "sim/hash.h"
#include "sim/id.h"
#include "sim/signals.h"

namespace bitgoeul::sim {

struct Snapshot {
  std::int64_t step = 0;
  std::int64_t time_ns = 0;
  Hash128 hash;
  std::vector<std::uint32_t> generation;  // per row, odd = alive
  Entities entities;
  Signals signals;
  SignalWindows signal_windows;
  std::vector<Event> events;  // since the snapshot before
};

class SnapshotPool {
 public:
  explicit SnapshotPool(std::size_t count);
  std::shared_ptr<Snapshot> take();  // one that nobody else holds; makes a new one when all are held

 private:
  std::vector<std::shared_ptr<Snapshot>> pool_;
};

}  // namespace bitgoeul::sim
