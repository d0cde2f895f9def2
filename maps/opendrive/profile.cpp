// OpenDRIVE 1.8, clauses 10.5 and 10.6: elevation, superelevation, and what lies on top of them (cross_section.cpp).
#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

void read_elevation_profile(RoadDraft& road, XmlElement profile) {
  road.elevation = read_polys(profile, "elevation", "s");
  limit_polys(road.elevation, road.length, kMaxHeightM, profile, "elevation");
  keep_rest(profile, "elevationProfile/", road.extras);
}

void read_lateral_profile(RoadDraft& road, XmlElement profile) {
  road.superelevation = read_polys(profile, "superelevation", "s");
  limit_polys(road.superelevation, road.length, kMaxTiltRad, profile, "superelevation");
  read_shape(road, profile);
  read_cross_section(road, profile);
  read_crossfall(road, profile);
  keep_rest(profile, "lateralProfile/", road.extras);
}

}  // namespace bitgoeul::maps::opendrive
