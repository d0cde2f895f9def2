// OpenDRIVE 1.8, clauses 8 to 10: road, links, type, reference line, profiles.
#include "maps/opendrive/own_words.h"
#include "maps/opendrive/writer.h"

namespace bitgoeul::maps::opendrive {

namespace {

// Ramps and connecting roads have no word of their own; the reader takes unknown roads of junctions for the latter.
const char* type_name(RoadClass road_class) {
  switch (road_class) {
    case RoadClass::kMotorway:
    case RoadClass::kRamp:
      return "motorway";
    case RoadClass::kTrunk:
      return "townExpressway";
    case RoadClass::kPrimary:
      return "townArterial";
    case RoadClass::kSecondary:
      return "townCollector";
    case RoadClass::kTertiary:
      return "town";
    case RoadClass::kResidential:
      return "townLocal";
    case RoadClass::kService:
      return "townPrivate";
    case RoadClass::kUnknown:
    case RoadClass::kConnection:
      return "unknown";
  }
  return "unknown";
}

void write_link_end(Writer& w, const char* element, RoadEnd end) {
  const RoadEndLink& link = w.links.at(end);
  if (link.junction != kNone)
    w.xml.element(element, "elementType", "junction", "elementId", w.junction_id(link.junction));
  else if (link.middle_s >= 0)
    w.xml.element(element, "elementType", "road", "elementId", w.road_id(link.road.road), "elementS", link.middle_s,
                  "elementDir", link.road.at_end ? "-" : "+");
  else if (link.road.road != kNone)
    w.xml.element(element, "elementType", "road", "elementId", w.road_id(link.road.road), "contactPoint",
                  link.road.at_end ? "end" : "start");
}

void write_link(Writer& w, Row road) {
  w.xml.begin("link");
  write_link_end(w, "predecessor", {road, false});
  write_link_end(w, "successor", {road, true});
  w.xml.end();
}

void write_coefficients(XmlWriter& xml, std::initializer_list<const char*> names, const double* values) {
  for (const char* name : names) xml.attribute(name, *values++);
}

void write_shape(XmlWriter& xml, const Geometry& g) {
  switch (g.kind) {
    case GeometryKind::kLine:
      return xml.element("line");
    case GeometryKind::kArc:
      return xml.element("arc", "curvature", g.p[0]);
    case GeometryKind::kSpiral:
      return xml.element("spiral", "curvStart", g.p[0], "curvEnd", g.p[1]);
    case GeometryKind::kPoly3:
      xml.begin("poly3");
      write_coefficients(xml, {"a", "b", "c", "d"}, g.p);
      return xml.end();
    case GeometryKind::kParamPoly3:
      xml.begin("paramPoly3");
      xml.attribute("pRange", g.normalized != 0 ? "normalized" : "arcLength");
      write_coefficients(xml, {"aU", "bU", "cU", "dU", "aV", "bV", "cV", "dV"}, g.p);
      return xml.end();
  }
}

void write_plan_view(Writer& w, const Road& road) {
  w.xml.begin("planView");
  for (const Geometry& g : Map::rows(w.map.geometries, road.geometry)) {
    w.xml.begin("geometry");
    w.xml.attribute("s", g.s);
    w.xml.attribute("x", g.x);
    w.xml.attribute("y", g.y);
    w.xml.attribute("hdg", g.heading);
    w.xml.attribute("length", g.length);
    write_shape(w.xml, g);
    w.xml.end();
  }
  w.xml.end();
}

void write_profile(Writer& w, const char* group, const char* element, Range polys) {
  if (polys.empty()) return;
  w.xml.begin(group);
  for (const Poly3& p : Map::rows(w.map.polys, polys))
    w.xml.element(element, "s", p.s, "a", p.a, "b", p.b, "c", p.c, "d", p.d);
  w.xml.end();
}

void write_lateral_profile(Writer& w, const Road& road) {
  if (road.superelevation.empty() && road.shape.empty()) return;
  w.xml.begin("lateralProfile");
  for (const Poly3& p : Map::rows(w.map.polys, road.superelevation))
    w.xml.element("superelevation", "s", p.s, "a", p.a, "b", p.b, "c", p.c, "d", p.d);
  for (const ShapePiece& p : Map::rows(w.map.shapes, road.shape))
    w.xml.element("shape", "s", p.s, "t", p.t, "a", p.a, "b", p.b, "c", p.c, "d", p.d);
  w.xml.end();
}

void write_own(XmlWriter& xml, std::string_view code, std::string_view value) {
  xml.element("userData", "code", code, "value", value);
}

void write_own_words(Writer& w, const Road& road) {
  if (road.road_class == RoadClass::kRamp) write_own(w.xml, kOwnClass, "ramp");
  if (road.level != 0) write_own(w.xml, kOwnLevel, std::to_string(road.level));
  if (road.bridge != 0) write_own(w.xml, kOwnBridge, "1");
  if (road.tunnel != 0) write_own(w.xml, kOwnTunnel, "1");
}

}  // namespace

void write_road(Writer& w, Row row) {
  const Road& road = w.map.roads[row];
  w.xml.begin("road");
  if (road.name.size > 0) w.xml.attribute("name", w.text(road.name));
  w.xml.attribute("length", road.length);
  w.xml.attribute("id", w.road_id(row));
  w.xml.attribute("junction", road.junction == kNone ? "-1" : w.junction_id(road.junction));
  w.xml.attribute("rule", road.left_hand_traffic != 0 ? "LHT" : "RHT");
  write_link(w, row);
  w.xml.element("type", "s", 0.0, "type", type_name(road.road_class));
  write_plan_view(w, road);
  write_profile(w, "elevationProfile", "elevation", road.elevation);
  write_lateral_profile(w, road);
  write_lanes(w, row);
  write_objects(w, row);
  write_signals(w, row);
  write_own_words(w, road);
  write_kept(w, OwnerKind::kRoad, row);
  w.xml.end();
}

}  // namespace bitgoeul::maps::opendrive
