// OpenDRIVE 1.8, clause 10: road, road linkage, road type and its speed.
#include <algorithm>
#include <cmath>

#include "maps/opendrive/own_words.h"
#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr XmlWord<RoadClass> kRoadTypes[] = {
    {"unknown", RoadClass::kUnknown},         {"motorway", RoadClass::kMotorway},
    {"rural", RoadClass::kSecondary},         {"town", RoadClass::kTertiary},
    {"townExpressway", RoadClass::kTrunk},    {"townArterial", RoadClass::kPrimary},
    {"townCollector", RoadClass::kSecondary}, {"townLocal", RoadClass::kResidential},
    {"townPrivate", RoadClass::kService},     {"townPlayStreet", RoadClass::kResidential},
    {"lowSpeed", RoadClass::kResidential},    {"pedestrian", RoadClass::kService},
    {"bicycle", RoadClass::kService},
};

constexpr XmlWord<ElementType> kElementTypes[] = {{"road", ElementType::kRoad}, {"junction", ElementType::kJunction}};
constexpr XmlWord<Contact> kContacts[] = {{"start", Contact::kStart}, {"end", Contact::kEnd}};

RoadLink read_link_end(XmlElement element, Contact usual) {
  RoadLink link;
  link.contact = usual;
  ElementType type = ElementType::kNone;
  if (!required_id(element, "elementId", link.id)) return {};
  if (!element.required<ElementType>("elementType", type, kElementTypes)) return {};
  // 8.2: beside a virtual junction a road begins or ends in the middle of another. Which way elementDir points follows
  // from the lanes that are linked.
  skip(element, {"elementDir"});
  if (type == ElementType::kRoad && element.attribute("elementS"))
    required_number(element, "elementS", link.s, 0, kMaxLengthM);
  else if (type == ElementType::kRoad)
    element.required<Contact>("contactPoint", link.contact, kContacts);
  link.type = type;
  return link;
}

void read_link(RoadDraft& road, XmlElement link) {
  if (const XmlElement e = link.child("predecessor")) road.predecessor = read_link_end(e, Contact::kEnd);
  if (const XmlElement e = link.child("successor")) road.successor = read_link_end(e, Contact::kStart);
  keep_rest(link, "link/", road.extras);
}

// 10.4: without <speed> the law of the country counts.
void read_type_speed(RoadDraft& road, XmlElement type, double s) {
  RoadSpeed speed{std::max(s, 0.0), 0};
  const std::string_view country = type.attribute("country").value_or(""), name = type.attribute("type").value_or("");
  if (const XmlElement element = type.child("speed")) {
    if (read_speed(element, true, speed.speed_mps)) road.speeds.push_back(speed);
    keep_rest(element, "type/speed/", road.extras);
  } else if ((speed.speed_mps = legal_speed_mps(country, name)) > 0) {
    type.info("has no <speed>; the usual legal limit of " + std::string(country) + " for \"" + std::string(name) +
                  "\" roads counts",
              "legal_speed", "add <speed>");
    road.speeds.push_back(speed);
  }
}

void read_type(RoadDraft& road, XmlElement type, bool first) {
  double s = 0;
  required_number(type, "s", s, -kLengthToleranceM, kMaxLengthM);
  RoadClass road_class = RoadClass::kUnknown;
  type.required<RoadClass>("type", road_class, kRoadTypes);
  if (first) road.road_class = road_class;
  if (!first && road_class != road.road_class)
    type.info("the road changes its type; the first type counts for the whole road", "road_type_changes");
  read_type_speed(road, type, s);
  if (type.next("type") || !first) keep_whole(type, "", road.extras);
}

void read_types(RoadDraft& road, XmlElement element) {
  bool first = true;
  for (XmlElement e = element.child("type"); e; e = e.next("type")) {
    read_type(road, e, first);
    first = false;
  }
  std::stable_sort(road.speeds.begin(), road.speeds.end(),
                   [](const RoadSpeed& a, const RoadSpeed& b) { return a.s < b.s; });
}

void read_attributes(RoadDraft& road, XmlElement element) {
  static constexpr XmlWord<bool> kRules[] = {{"RHT", false}, {"LHT", true}};
  element.optional("name", road.name);
  element.required("junction", road.junction);
  if (road.junction == "-1") road.junction.clear();
  element.optional<bool>("rule", road.left_hand_traffic, kRules);
  required_number(element, "length", road.length, 0, kMaxLengthM);
  road.line = element.line();
}

// The reference line is what is driven on, so its length counts.
void settle_length(RoadDraft& road, XmlElement element) {
  const Geometry& last = road.plan_view.back();
  const double drawn = last.s + last.length;
  if (std::abs(drawn - road.length) > kLengthToleranceM)
    element.warning("the road is " + std::to_string(road.length) + " m long, its geometry " + std::to_string(drawn) +
                        " m; the geometry counts",
                    "road_length", "write the sum of the geometries' lengths");
  road.length = drawn;
}

}  // namespace

void read_road(Reader& reader, XmlElement element) {
  RoadDraft road;
  if (!required_id(element, "id", road.id)) return;
  if (!reader.road_ids.insert(road.id).second) {
    element.error("the road id \"" + road.id + "\" is used before; this road is left out", "id_unique",
                  "give each road its own id");
    return;
  }
  read_attributes(road, element);
  read_types(road, element);
  if (const XmlElement link = element.child("link")) read_link(road, link);
  if (!read_plan_view(road, element.child("planView"))) {
    element.error("has no usable reference line; the road is left out", "road_plan_view",
                  "add <planView> with <geometry>");
    return;
  }
  settle_length(road, element);
  if (const XmlElement e = element.child("elevationProfile")) read_elevation_profile(road, e);
  if (const XmlElement e = element.child("lateralProfile")) read_lateral_profile(road, e);
  if (!read_lanes(road, element.child("lanes"))) {
    element.error("has no usable lane section; the road is left out", "road_lanes", "add <lanes> with <laneSection>");
    return;
  }
  if (const XmlElement e = element.child("objects")) read_objects(reader, road, e);
  if (const XmlElement e = element.child("signals")) read_signals(reader, road, e);
  if (road.road_class == RoadClass::kUnknown && !road.junction.empty()) road.road_class = RoadClass::kConnection;
  read_own_road(road, element);
  keep_rest(element, "", road.extras);
  reader.map.roads.push_back(std::move(road));
}

}  // namespace bitgoeul::maps::opendrive
