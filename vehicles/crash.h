// Crashes: what touching does to vehicles. Bodies that touch form clusters in row order; each cluster is solved by the
// contact solver about a local origin, from the tables alone, so that nothing hides between steps. One on rails or on
// the kinematic bicycle that is struck for good becomes a wreck; a double-track vehicle takes the change of velocity.
// Part of the commit stage. Thread rule: serial.
#pragma once

#include <utility>
#include <vector>

#include "sim/event.h"
#include "vehicles/contact_solver.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

inline constexpr double kWreckFromMps = 1.0;  // change of velocity; less than that is a graze, and nobody stops

struct Impact {
  Row a = kNone, b = kNone;  // a < b
  double speed_mps = 0;      // relative, of the centres of gravity, before
  double delta_v_mps[2] = {0, 0};
  sim::ContactSide side[2] = {sim::ContactSide::kNone, sim::ContactSide::kNone};
};

class Crashes {
 public:
  // `touching`: pairs of rows with first < second, ascending. Fills `impacts`, ascending by (a, b).
  void solve(State& state, const std::vector<std::pair<Row, Row>>& touching, std::vector<Impact>& impacts);

 private:
  void find_clusters(const std::vector<std::pair<Row, Row>>& touching);
  void solve_cluster(State& state, std::size_t begin, std::size_t end, std::vector<Impact>& impacts);
  std::size_t root_of(std::size_t member);

  std::vector<Row> rows_;                     // that touch anything, ascending; then sorted by cluster
  std::vector<std::size_t> parent_;           // per rows_
  std::vector<std::pair<Row, Row>> members_;  // (lowest row of the cluster, row), ascending
  std::vector<ContactBody> before_, after_;
  std::vector<ContactPair> contacts_;
};

}  // namespace bitgoeul::vehicles
