// A second, independent reading of OpenDRIVE geometry, as plain as the norm's text: XML by pugixml, std functions,
// adaptive quadrature instead of the library's closed forms and panels. Shares no code with maps/. Used by
// tests/conformance to hold lane centre lines against.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bitgoeul::tests {

struct PlainPoly {
  double s = 0, a = 0, b = 0, c = 0, d = 0;
};

struct PlainPiece {
  double s = 0, x = 0, y = 0, heading = 0, length = 0;
  std::string kind;
  double p[8] = {};
  bool normalized = true;
};

struct PlainHeight {
  double s = 0, inner = 0, outer = 0;
};

struct PlainLane {
  int id = 0;
  bool level = false;
  std::vector<PlainPoly> widths, borders;
  std::vector<PlainHeight> heights;
};

struct PlainSection {
  double s = 0, end = 0;
  std::vector<PlainLane> lanes;
};

struct PlainRoad {
  std::string id;
  double length = 0;
  bool has_shape = false;
  std::vector<PlainPiece> pieces;
  std::vector<PlainPoly> elevation, superelevation, offset;
  std::vector<PlainSection> sections;
};

struct PlainPoint {
  double x = 0, y = 0, z = 0;
};

// How far the pieces of the reference line that meet within half a metre of s miss each other.
double plain_gap_near(const PlainRoad& road, double s);
std::vector<PlainRoad> read_plain_roads(const std::string& text);
// On the centre of a lane; nothing for lanes that this reading does not cover (wrong ids, widths and borders mixed).
std::optional<PlainPoint> plain_lane_centre(const PlainRoad& road, const PlainSection& section, int lane_id, double s);

}  // namespace bitgoeul::tests
