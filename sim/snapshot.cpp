#include "sim/snapshot.h"

namespace bitgoeul::sim {

SnapshotPool::SnapshotPool(std::size_t count) {
  pool_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) pool_.push_back(std::make_shared<Snapshot>());
}

std::shared_ptr<Snapshot> SnapshotPool::take() {
  for (auto& snapshot : pool_) {
    if (snapshot.use_count() != 1) continue;
    // use_count() is a relaxed load. Dropping a copy is an acquire-release operation on the same counter, so that all a
    // reader did before it let go happens before what our caller writes.
    { const std::shared_ptr<Snapshot> probe = snapshot; }
    return snapshot;
  }
  pool_.push_back(std::make_shared<Snapshot>());
  return pool_.back();
}

}  // namespace bitgoeul::sim
