// OpenDRIVE 1.8, clauses 10.5 and 10.6: elevation, superelevation; shape and crossfall are reported as ignored by the
// caller.
#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

void read_elevation_profile(RoadDraft& road, XmlElement profile) {
  road.elevation = read_polys(profile, "elevation", "s");
}

void read_lateral_profile(RoadDraft& road, XmlElement profile) {
  road.superelevation = read_polys(profile, "superelevation", "s");
}

}  // namespace bitgoeul::maps::opendrive
