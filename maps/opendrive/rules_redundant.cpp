// Elements that say the same as the one before them (ASAM OpenDRIVE, performance.avoid_redundant_info).
#include <cmath>

#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr double kSame = 1e-6;

// The second one is the first one, moved to its own start.
bool same_course(const Poly3& p, const Poly3& q) {
  const double h = q.s - p.s;
  return std::abs(p.a + h * (p.b + h * (p.c + h * p.d)) - q.a) < kSame &&
         std::abs(p.b + h * (2 * p.c + 3 * h * p.d) - q.b) < kSame && std::abs(p.c + 3 * h * p.d - q.c) < kSame &&
         std::abs(p.d - q.d) < kSame;
}

void look_at(FileCheck& check, XmlElement parent, std::string_view name, std::string_view place) {
  const auto polys = polys_of(parent, name, place);
  for (std::size_t i = 1; i < polys.size(); ++i)
    if (same_course(polys[i - 1].poly, polys[i].poly))
      check.find(polys[i].element, "goes on as the one before it", "one of the two is enough");
}

void look_at_lines(FileCheck& check, const FileRoad& road) {
  for (std::size_t i = 1; i < road.geometries.size(); ++i) {
    const FileGeometry &a = road.geometries[i - 1], &b = road.geometries[i];
    if (a.sound && b.sound && a.geometry.kind == GeometryKind::kLine && b.geometry.kind == GeometryKind::kLine &&
        std::abs(a.geometry.heading - b.geometry.heading) < kSame)
      check.find(b.element, "goes straight on as the line before it", "one line is enough");
  }
}

}  // namespace

void redundant_element(FileCheck& check) {
  for (const FileRoad& road : check.model.roads) {
    if (const XmlElement e = road.element.child("elevationProfile")) look_at(check, e, "elevation", "s");
    if (const XmlElement e = road.element.child("lateralProfile")) look_at(check, e, "superelevation", "s");
    if (const XmlElement e = road.element.child("lanes")) look_at(check, e, "laneOffset", "s");
    look_at_lines(check, road);
    for (const FileSection& section : road.sections)
      for (const FileLane& lane : section.lanes) {
        look_at(check, lane.element, "width", "sOffset");
        look_at(check, lane.element, "border", "sOffset");
      }
  }
}

}  // namespace bitgoeul::maps::opendrive
