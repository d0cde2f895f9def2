// Elements that describe a course along s stand in ascending order of it (ASAM OpenDRIVE 1.8, clauses 9 to 11).
#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

void ascending(FileCheck& check, XmlElement parent, std::string_view name, std::string_view place) {
  double before = 0;
  bool first = true;
  for (XmlElement e = parent.child(name); e; e = e.next(name)) {
    const double s = number_of(e, place, before);
    if (!first && s < before)
      check.find(e, "stands at " + std::string(place) + " " + number(s) + ", behind one at " + number(before),
                 "write them in ascending order");
    before = s;
    first = false;
  }
}

void ascending_in_roads(FileCheck& check, std::string_view parent, std::string_view name) {
  for (const FileRoad& road : check.model.roads)
    if (const XmlElement e = road.element.child(parent)) ascending(check, e, name, "s");
}

void ascending_in_lanes(FileCheck& check, std::string_view name) {
  for (const FileRoad& road : check.model.roads)
    for (const FileSection& section : road.sections)
      for (const FileLane& lane : section.lanes) ascending(check, lane.element, name, "sOffset");
}

}  // namespace

void geometry_order(FileCheck& check) { ascending_in_roads(check, "planView", "geometry"); }

void elevation_order(FileCheck& check) {
  ascending_in_roads(check, "elevationProfile", "elevation");
  ascending_in_roads(check, "lateralProfile", "superelevation");
}

void shape_order(FileCheck& check) { ascending_in_roads(check, "lateralProfile", "shape"); }
void lane_offset_order(FileCheck& check) { ascending_in_roads(check, "lanes", "laneOffset"); }
void lane_section_order(FileCheck& check) { ascending_in_roads(check, "lanes", "laneSection"); }
void width_order(FileCheck& check) { ascending_in_lanes(check, "width"); }
void border_order(FileCheck& check) { ascending_in_lanes(check, "border"); }
void road_mark_order(FileCheck& check) { ascending_in_lanes(check, "roadMark"); }
void material_order(FileCheck& check) { ascending_in_lanes(check, "material"); }
void lane_speed_order(FileCheck& check) { ascending_in_lanes(check, "speed"); }
void access_order(FileCheck& check) { ascending_in_lanes(check, "access"); }
void lane_height_order(FileCheck& check) { ascending_in_lanes(check, "height"); }
void lane_rule_order(FileCheck& check) { ascending_in_lanes(check, "rule"); }

}  // namespace bitgoeul::maps::opendrive
