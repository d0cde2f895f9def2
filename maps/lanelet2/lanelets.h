// Lanelets: the lanelets of a document with their borders the right way round, what their tags mean, what they lead to
// and lie beside. Made by lanelets.cpp, read by lanelet2.cpp and regulations.cpp. Plain data.
#pragma once

#include "maps/lanelet2/primitives.h"

namespace bitgoeul::maps::lanelet2 {

enum class Use { kLane, kCrosswalk, kWalkway };

// A border as the lanelet sees it: along its driving direction.
struct Border {
  std::size_t way = 0;  // row of Document::ways
  bool turned = false;  // against the way's own direction
};

struct Lanelet {
  std::string id;
  const Relation* relation = nullptr;
  Use use = Use::kLane;
  LaneType type = LaneType::kDriving;
  Border left, right;
  std::vector<sim::Vec3> left_line, right_line, center;
  std::vector<double> widths;                          // at every vertex of center
  std::string from, to;                                // the pairs of points where it begins and ends
  std::vector<std::size_t> next;                       // rows
  std::ptrdiff_t beside_left = -1, beside_right = -1;  // of the same direction
  bool turns = false;                                  // has a turn_direction
  bool inside = false;                                 // of a junction
  double speed_mps = 0;
};

std::vector<Lanelet> read_lanelets(const Document& document, detail::Tally& tally);
// What the border's line is, and whether a driver may change over it from the lane on its left (right).
MarkType mark_of(const Tags& tags, bool turned, MarkColor& color);
bool may_cross(const Tags& tags, bool turned, bool from_left);
// "50", "50 km/h", "30 mph", "10 m/s"; 0 when it is no speed.
double speed_of(const std::string& text);

}  // namespace bitgoeul::maps::lanelet2
