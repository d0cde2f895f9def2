// Junction clusters: which lanes inside junctions belong to one junction: they fork from one knot, merge in one, follow
// each other, lie side by side, or cross on one level. Made for sources that say which lanes lie inside but not of
// which junction (NGII, Lanelet2). Pure functions.
#pragma once

#include <string>
#include <vector>

#include "sim/math.h"

namespace bitgoeul::maps::detail {

struct ClusterLane {
  const std::vector<sim::Vec3>* line = nullptr;
  std::string from, to;  // knots
  bool inside = false;
  std::vector<std::size_t> beside;  // rows
};

// Number of the junction per lane, from 0 in the order of their first lanes; -1: not inside.
std::vector<int> cluster_junctions(const std::vector<ClusterLane>& lanes);
// Rows of lanes that cross another one they neither fork from, merge with nor follow, whatever `inside` says.
std::vector<std::size_t> crossing_lanes(const std::vector<ClusterLane>& lanes);
// In the plane, at places whose heights differ by less than 2 m.
bool lines_cross(const std::vector<sim::Vec3>& a, const std::vector<sim::Vec3>& b);
std::string junction_id(int number);  // "J1" for 0

}  // namespace bitgoeul::maps::detail
