// Obstacles: what stands beside the road and does not move: buildings, poles, trees, barriers, islands. Made once from
// the map's objects as boxes in a grid, long walls in pieces. Read by the crashes: a body that moves freely and touches
// one is pushed back. What a careless source puts across a lane is left out, unless it says that it is an obstacle or a
// barrier. Pairs that touch are state, so that each begins and ends once. Thread rule: serial.
#pragma once

#include <utility>
#include <vector>

#include "sim/grid.h"
#include "vehicles/contacts.h"

namespace bitgoeul::vehicles {

class Obstacles {
 public:
  struct Body {
    Box box;
    double bottom_m = 0, top_m = 0;
    maps::Row object = kNone;  // of Map::objects
  };

  Obstacles() = default;
  explicit Obstacles(const maps::Map& map);
  const std::vector<Body>& bodies() const { return bodies_; }
  int left_out() const { return left_out_; }  // objects across a lane
  // Bodies that row's box touches, ascending.
  void touching(const State& state, Row row, std::vector<std::pair<Row, Row>>& out) const;
  // Is any body of that object within kApartM of it? Who scrapes along a wall touches it once.
  bool near(const State& state, Row row, maps::Row object) const;

  // (row, object) that touch, ascending.
  struct Pairs {
    std::vector<Row> row, object;
    template <class F>
    void columns(F&& f) {
      f("row", row);
      f("object", object);
    }
  } pairs;

 private:
  template <class F>
  void each_overlapping(const State& state, Row row, double margin_m, F&& f) const;
  void add_object(const maps::Map& map, maps::Row row);
  void add_wall(const maps::Object& object, maps::Row row, double x0, double y0, double x1, double y1);
  bool across_lane(const maps::Map& map, const Body& body) const;

  std::vector<Body> bodies_;
  sim::Grid grid_{16.0};
  int left_out_ = 0;
};

}  // namespace bitgoeul::vehicles
