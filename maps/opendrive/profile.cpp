// OpenDRIVE 1.8, clauses 10.5 and 10.6: elevation, superelevation; shape and crossfall are reported as ignored by the
// caller.
#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

void read_elevation_profile(RoadDraft& road, XmlElement profile) {
  road.elevation = read_polys(profile, "elevation", "s");
  limit_polys(road.elevation, road.length, kMaxHeightM, profile, "elevation");
}

void read_lateral_profile(RoadDraft& road, XmlElement profile) {
  road.superelevation = read_polys(profile, "superelevation", "s");
  limit_polys(road.superelevation, road.length, kMaxTiltRad, profile, "superelevation");
}

}  // namespace bitgoeul::maps::opendrive
