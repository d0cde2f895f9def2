// lidar_cluster: a plain detector for lidar points. Ground by sector from the sensor outward, what stands above it in
// cells joined to clusters, a rectangle for each with the heading of its corner (Zhang et al. 2017, "Efficient L-shape
// fitting"), a class by its size, and what is seen of a vehicle from one side made whole. Points far above ground over
// a cluster, or one too large, make it a house or a tree. Read by perceive(). Thread rule: pure; scratch is the
// caller's and one thread's.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/perception/frame.h"

namespace bitgoeul::replay {

struct LidarClusterSetup {
  double range_m = 60, near_m = 1.5;  // horizontally from the sensor; nearer is the vehicle itself
  double cell_m = 0.2;
  int join_cells = 1;                          // cells this far apart belong together
  double ground_slope = 0.12;                  // steeper is no ground
  double above_ground_m = 0.3, below_m = 2.6;  // what of the points is asked for
  int least_points = 8;
  // For comparison: the plain method is without these.
  bool flat_ground = false;       // the ground is where the vehicle stands, everywhere
  bool fit_heading = true;        // else the box lies along the axes
  bool complete_boxes = true;     // vehicles get the size that their kind has
  bool refuse_structures = true;  // what reaches higher than below_m, or looks like a wall
};

struct LidarClusterScratch {
  std::vector<float> x, y, z, height;
  std::vector<std::int32_t> cell, bin;
  std::vector<float> lowest, ground;
  std::vector<std::int32_t> count, first, order, cluster, stack, occupied;
  std::vector<float> top, bottom;
};

// Boxes in the ego's body frame, without ids and velocities.
Boxes find_clusters(const PointCloud& cloud, const LidarClusterSetup& setup, LidarClusterScratch& scratch);

}  // namespace bitgoeul::replay
