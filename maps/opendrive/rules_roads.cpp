// Links between roads (ASAM OpenDRIVE 1.8, clause 10.3).
#include <algorithm>
#include <cmath>

#include "maps/opendrive/file_rules.h"
#include "maps/reference_line.h"
#include "sim/math.h"

namespace bitgoeul::maps::opendrive {

namespace {

struct Point {
  double x = 0, y = 0, z = 0;
};

double distance(const Point& a, const Point& b) {
  return std::max(sim::hypot(a.x - b.x, a.y - b.y), std::abs(a.z - b.z));
}

// An end of the reference line; nothing when its numbers cannot be read.
std::optional<Point> line_end(const FileRoad& road, Contact end) {
  if (road.geometries.empty()) return std::nullopt;
  const auto by_s = [](const FileGeometry& a, const FileGeometry& b) { return a.geometry.s < b.geometry.s; };
  const FileGeometry& piece = end == Contact::kStart
                                  ? *std::min_element(road.geometries.begin(), road.geometries.end(), by_s)
                                  : *std::max_element(road.geometries.begin(), road.geometries.end(), by_s);
  if (!piece.sound) return std::nullopt;
  const CurvePoint p = evaluate(piece.geometry, end == Contact::kStart ? 0.0 : piece.geometry.length);
  double z = 0;
  if (const XmlElement profile = road.element.child("elevationProfile"))
    z = value_at(polys_of(profile, "elevation", "s"), end == Contact::kStart ? 0.0 : road.length);
  return Point{p.x, p.y, z};
}

const char* name_of(Contact end) { return end == Contact::kStart ? "start" : "end"; }

template <class F>
void for_each_road_link(const FileCheck& check, F&& f) {
  for (const FileRoad& road : check.model.roads)
    for (const Contact end : {Contact::kStart, Contact::kEnd})
      if (const FileLink& link = road.link_at(end); link.type == ElementType::kRoad)
        if (const FileRoad* other = check.model.road(link.id)) f(road, end, link, *other);
}

}  // namespace

void road_link_ambiguous(FileCheck& check) {
  std::map<std::pair<std::string, Contact>, const FileRoad*> first;
  for_each_road_link(check, [&](const FileRoad& road, Contact, const FileLink& link, const FileRoad&) {
    if (!road.junction.empty() || !link.contact) return;
    const auto [at, fresh] = first.try_emplace({link.id, *link.contact}, &road);
    if (!fresh && at->second != &road)
      check.find(link.element,
                 "the " + std::string(name_of(*link.contact)) + " of road " + link.id + " is linked to road " +
                     at->second->id + " already",
                 "join the roads in a junction");
  });
}

void road_link_one_sided(FileCheck& check) {
  for_each_road_link(check, [&](const FileRoad& road, Contact end, const FileLink& link, const FileRoad& other) {
    if (!link.contact) return;
    const FileLink& back = other.link_at(*link.contact);
    if (back.type == ElementType::kJunction && !road.junction.empty() && back.id == road.junction) return;
    if (back.type == ElementType::kRoad && back.id == road.id && (!back.contact || *back.contact == end)) return;
    check.find(link.element, "road " + other.id + " does not name this road at its " + name_of(*link.contact),
               "link both roads to each other");
  });
}

void road_link_to_itself(FileCheck& check) {
  for_each_road_link(check, [&](const FileRoad& road, Contact end, const FileLink& link, const FileRoad& other) {
    if (&road != &other || !link.contact) return;
    const auto a = line_end(road, end), b = line_end(road, *link.contact);
    if (*link.contact == end || (a && b && distance(*a, *b) > 1.0))
      check.find(link.element, "the road is linked to itself without closing a loop", "correct elementId");
  });
}

void road_contact_point(FileCheck& check) {
  constexpr double kApartM = 0.01;
  for_each_road_link(check, [&](const FileRoad& road, Contact end, const FileLink& link, const FileRoad& other) {
    if (!link.contact || !road.junction.empty() || !other.junction.empty()) return;
    const auto a = line_end(road, end), b = line_end(other, *link.contact);
    if (a && b && distance(*a, *b) > kApartM)
      check.find(link.element,
                 "the reference line's " + std::string(name_of(end)) + " lies " + number(distance(*a, *b)) +
                     " m from the " + name_of(*link.contact) + " of road " + other.id,
                 "let both reference lines meet, or correct contactPoint");
  });
}

}  // namespace bitgoeul::maps::opendrive
