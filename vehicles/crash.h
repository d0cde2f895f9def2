// Crashes: what touching does to vehicles. Bodies that touch form clusters in row order; each cluster is solved by the
// contact solver about a local origin, from the tables alone, so that nothing hides between steps. One on rails or on
// the kinematic bicycle that is struck for good becomes a wreck; a double-track vehicle takes the change of velocity.
// Part of the commit stage. Thread rule: serial.
#pragma once

#include <utility>
#include <vector>

#include "sim/event.h"
#include "vehicles/contact_solver.h"
#include "vehicles/obstacles.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

inline constexpr double kWreckFromMps = 1.0;  // change of velocity; less than that is a graze, and nobody stops

struct Impact {
  Row a = kNone, b = kNone;  // a < b; b = kNone: against an obstacle
  Row obstacle = kNone;      // of Obstacles::bodies()
  double speed_mps = 0;      // relative, of the centres of gravity, before
  double delta_v_mps[2] = {0, 0};
  sim::ContactSide side[2] = {sim::ContactSide::kNone, sim::ContactSide::kNone};
};

class Crashes {
 public:
  // `touching`: pairs of rows with first < second, ascending; `against`: pairs of row and obstacle, ascending. Fills
  // `impacts`, ascending by (a, b, obstacle).
  void solve(State& state, const std::vector<std::pair<Row, Row>>& touching, const Obstacles& obstacles,
             const std::vector<std::pair<Row, Row>>& against, std::vector<Impact>& impacts);

 private:
  using Pairs = std::vector<std::pair<Row, Row>>;
  void find_clusters(const Pairs& touching, const Pairs& against);
  void solve_cluster(State& state, std::size_t begin, std::size_t end, const Obstacles& obstacles, const Pairs& against,
                     std::vector<Impact>& impacts);
  void add_obstacles(std::size_t begin, std::size_t end, const Obstacles& obstacles, const Pairs& against);
  Impact impact_of(const ContactPair& pair, std::size_t begin, std::size_t members) const;
  std::size_t root_of(std::size_t member);

  std::vector<Row> rows_;                     // that touch anything, ascending; then sorted by cluster
  std::vector<std::size_t> parent_;           // per rows_
  std::vector<std::pair<Row, Row>> members_;  // (lowest row of the cluster, row), ascending
  std::vector<Row> standing_;                 // obstacles of the cluster, ascending
  std::vector<ContactBody> before_, after_;   // members, then obstacles
  std::vector<ContactPair> contacts_;
};

}  // namespace bitgoeul::vehicles
