// RoadFinder: road coordinates of a place in the world, on the nearest road of a draft. Made by the NGII and Lanelet2
// readers, whose lights, signs and areas have coordinates but no road. Reads the drafts' reference lines; the builder's
// roads must not change while it lives. Single thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "maps/map_builder.h"

namespace bitgoeul::maps::detail {

struct RoadPlace {
  std::size_t road = 0;  // row of MapBuilder::roads
  double s = 0, t = 0, z_offset = 0;
  double heading = 0;  // of growing s
};

class RoadFinder {
 public:
  explicit RoadFinder(const std::vector<RoadDraft>& roads);
  // On the nearest road within reach; on one of `preferred`, as near as any, when there are such.
  std::optional<RoadPlace> find(const sim::Vec3& p, const std::vector<std::string>& preferred = {},
                                double reach_m = 60) const;

 private:
  struct Sample {
    double x, y, s;
    std::size_t road;
  };
  RoadPlace refine(const Sample& sample, const sim::Vec3& p) const;
  const std::vector<RoadDraft>& roads_;
  std::vector<Sample> samples_;                                                      // ascending by road and s
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> cells_;  // of 32 m
  std::map<std::string, std::pair<std::size_t, std::size_t>> by_id_;                 // samples of a road
};

}  // namespace bitgoeul::maps::detail
