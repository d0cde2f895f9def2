#include "maps/opendrive/crop.h"

#include <algorithm>
#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "maps/opendrive/write.h"

namespace bitgoeul::maps::opendrive {
namespace {

using Ids = std::set<std::string>;

std::string text(const pugi::xml_node& node, const char* name) { return node.attribute(name).value(); }

bool refers_to(const pugi::xml_node& link, const Ids& roads, const Ids& junctions) {
  const std::string type = text(link, "elementType");
  return (type == "junction" ? junctions : roads).contains(text(link, "elementId"));
}

// Junctions are whole or not there: all their connecting roads, and the roads that those come from and lead to.
void close_over(const pugi::xml_node& root, Ids& roads, Ids& junctions) {
  for (const auto& road : root.children("road"))
    if (roads.contains(text(road, "id")) && text(road, "junction") != "-1") junctions.insert(text(road, "junction"));
  for (const auto& road : root.children("road")) {
    if (!junctions.contains(text(road, "junction"))) continue;
    roads.insert(text(road, "id"));
    for (const char* end : {"predecessor", "successor"})
      if (const auto link = road.child("link").child(end); text(link, "elementType") == "road")
        roads.insert(text(link, "elementId"));
  }
}

// No lane leads over an end of the road that leads nowhere.
void cut_lanes(pugi::xml_node road, const char* end) {
  const pugi::xml_node lanes = road.child("lanes");
  pugi::xml_node section = lanes.child("laneSection");
  if (std::string(end) == "successor")
    while (section.next_sibling("laneSection")) section = section.next_sibling("laneSection");
  for (const char* side : {"left", "center", "right"})
    for (pugi::xml_node lane : section.child(side).children("lane"))
      while (lane.child("link").remove_child(end)) {
      }
}

void cut_road(pugi::xml_node road, const Ids& roads, const Ids& junctions) {
  for (const char* end : {"predecessor", "successor"}) {
    const pugi::xml_node link = road.child("link").child(end);
    if (!link || refers_to(link, roads, junctions)) continue;
    road.child("link").remove_child(link);
    cut_lanes(road, end);
  }
}

// Children of that name that fail the test go; true: some are left.
template <class Test>
bool sift(pugi::xml_node parent, const char* name, Test stays) {
  bool any = false;
  for (pugi::xml_node child = parent.child(name); child;) {
    const pugi::xml_node next = child.next_sibling(name);
    if (stays(child))
      any = true;
    else
      parent.remove_child(child);
    child = next;
  }
  return any;
}

void cut_junction(pugi::xml_node junction, const Ids& roads, const Ids& controllers) {
  sift(junction, "connection", [&](const pugi::xml_node& c) {
    const std::string inner = text(c, c.attribute("connectingRoad") ? "connectingRoad" : "linkedRoad");
    return roads.contains(inner) && roads.contains(text(c, "incomingRoad"));
  });
  sift(junction, "controller", [&](const pugi::xml_node& c) { return controllers.contains(text(c, "id")); });
}

// Signals and objects of roads that are gone are gone; what referred to them is cut too.
void cut_references(pugi::xml_node root, Ids& controllers) {
  Ids signals;
  for (const auto& road : root.children("road"))
    for (const auto& signal : road.child("signals").children("signal")) signals.insert(text(signal, "id"));
  for (pugi::xml_node road : root.children("road"))
    sift(road.child("signals"), "signalReference",
         [&](const pugi::xml_node& r) { return signals.contains(text(r, "id")); });
  sift(root, "controller", [&](pugi::xml_node controller) {
    return sift(controller, "control", [&](const pugi::xml_node& c) { return signals.contains(text(c, "signalId")); });
  });
  for (const auto& controller : root.children("controller")) controllers.insert(text(controller, "id"));
  for (pugi::xml_node junction : root.children("junction"))
    for (pugi::xml_node data : junction.children("userData"))
      for (pugi::xml_node program : data.children())
        for (pugi::xml_node phase : program.children("phase"))
          sift(phase, "control", [&](const pugi::xml_node& c) { return signals.contains(text(c, "signalId")); });
}

}  // namespace

sim::Result<std::string> crop_text(const Map& map, const std::vector<std::uint8_t>& keep, sim::Issues& issues) {
  Ids roads, junctions, controllers;
  for (std::size_t i = 0; i < keep.size() && i < map.roads.size(); ++i)
    if (keep[i] != 0) roads.insert(std::string(map.text_of(map.roads[i].id)));
  if (roads.empty()) return sim::fail("no road of the map is there", std::string(map.name));
  pugi::xml_document document;
  const std::string whole = write_text(map, issues);
  if (const auto parsed = document.load_buffer(whole.data(), whole.size(), pugi::parse_full); !parsed)
    return sim::fail(std::string("cannot be written as OpenDRIVE: ") + parsed.description(), std::string(map.name));
  pugi::xml_node root = document.child("OpenDRIVE");
  close_over(root, roads, junctions);
  sift(root, "road", [&](const pugi::xml_node& road) { return roads.contains(text(road, "id")); });
  sift(root, "junction", [&](const pugi::xml_node& junction) { return junctions.contains(text(junction, "id")); });
  for (pugi::xml_node road : root.children("road")) cut_road(road, roads, junctions);
  cut_references(root, controllers);
  for (pugi::xml_node junction : root.children("junction")) cut_junction(junction, roads, controllers);
  std::ostringstream out;
  document.save(out, " ", pugi::format_indent);
  return out.str();
}

std::vector<std::uint8_t> roads_near(const Map& map, const std::vector<sim::Vec2>& places, double radius_m) {
  std::vector<std::uint8_t> keep(map.roads.size(), 0);
  if (places.empty()) return keep;
  sim::Vec2 low = places.front(), high = low;
  for (const sim::Vec2& p : places) low = low.cwiseMin(p), high = high.cwiseMax(p);
  for (std::size_t row = 0; row < map.lanes.size(); ++row) {
    const auto road = static_cast<std::size_t>(map.lanes[row].road);
    if (keep[road] != 0) continue;
    for (const LanePoint& p : map.lane_points(static_cast<Row>(row))) {
      if (p.x < low.x() - radius_m || p.y < low.y() - radius_m || p.x > high.x() + radius_m ||
          p.y > high.y() + radius_m)
        continue;
      const bool near = std::any_of(places.begin(), places.end(), [&](const sim::Vec2& q) {
        return (q.x() - p.x) * (q.x() - p.x) + (q.y() - p.y) * (q.y() - p.y) <= radius_m * radius_m;
      });
      if (!near) continue;
      keep[road] = 1;
      break;
    }
  }
  return keep;
}

}  // namespace bitgoeul::maps::opendrive
