// FreeNetwork: lanes that a source draws one by one, each with its own centre line (NGII lane links, lanelets), and
// where each leads. Filled by those importers; add_free_lanes turns every lane into a road of its own whose reference
// line is the centre line, so that road coordinates, pictures and OpenDRIVE keep working; neighbours are named across
// roads. Local metres; ids unique. Single thread.
#pragma once

#include <string>
#include <vector>

#include "maps/map_builder.h"

namespace bitgoeul::maps {

struct FreeLane {
  std::string id, name;
  std::vector<sim::Vec3> center;  // in driving direction
  struct Width {
    double at_m = 0, width_m = 0;  // length along the centre line's vertices
  };
  std::vector<Width> widths;  // ascending; empty: default_width_m
  LaneType type = LaneType::kDriving;
  RoadClass road_class = RoadClass::kUnknown;
  double speed_mps = 0;  // 0: none given
  MarkType left_mark = MarkType::kNone, right_mark = MarkType::kNone;
  MarkColor left_color = MarkColor::kStandard, right_color = MarkColor::kStandard;
  std::string left, right;  // neighbours of the same direction
  bool change_left = false, change_right = false;
  std::vector<std::string> next;  // lanes that begin where this one ends
  std::string junction;           // id of the junction it lies in; empty: none
  std::vector<TimedLimit> limits;
  double stop_distance_m = -1;  // before its end; < 0: no stop line
  double stop_slant = 0;        // of it: metres along the lane per metre to the left
  bool bridge = false, tunnel = false;
  int line = 0;
};

struct FreeNetwork {
  std::vector<FreeLane> lanes;
  std::vector<JunctionDraft> junctions;  // without connections: they follow from the lanes
};

struct FreeLaneOptions {
  double tolerance_m = 0.01;  // of the reference line at the vertices
  double default_width_m = 3.0;
};

// Appends roads, junctions and connections. Lanes that fork or merge outside a junction meet in a direct junction.
// Lanes without length are left out with an issue.
void add_free_lanes(const FreeNetwork& network, MapBuilder& builder, sim::Issues& issues,
                    const FreeLaneOptions& options = {});

}  // namespace bitgoeul::maps
