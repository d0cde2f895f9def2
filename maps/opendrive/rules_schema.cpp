// The parts of the norm's XML schema on which its versions 1.4 to 1.8 agree: children and attributes that an element
// must have.
#include <fmt/format.h>

#include <array>

#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

struct Demand {
  std::string_view parent, element;                       // parent: empty = any
  std::array<std::string_view, 10> attributes, children;  // that must be there; empty = end of list
};

constexpr Demand kDemands[] = {
    {"OpenDRIVE", "road", {"length", "id", "junction"}, {"planView", "lanes"}},
    {"OpenDRIVE", "junction", {"id"}, {}},
    {"OpenDRIVE", "controller", {"id"}, {"control"}},
    {"", "control", {"signalId"}, {}},
    {"", "planView", {}, {"geometry"}},
    {"planView", "geometry", {"s", "x", "y", "hdg", "length"}, {}},
    {"", "arc", {"curvature"}, {}},
    {"", "spiral", {"curvStart", "curvEnd"}, {}},
    {"", "poly3", {"a", "b", "c", "d"}, {}},
    {"", "paramPoly3", {"aU", "bU", "cU", "dU", "aV", "bV", "cV", "dV"}, {}},
    {"", "elevation", {"s", "a", "b", "c", "d"}, {}},
    {"", "superelevation", {"s", "a", "b", "c", "d"}, {}},
    {"", "shape", {"s", "t", "a", "b", "c", "d"}, {}},
    {"road", "lanes", {}, {"laneSection"}},
    {"", "laneOffset", {"s", "a", "b", "c", "d"}, {}},
    {"", "laneSection", {"s"}, {"center"}},
    {"left", "lane", {"id", "type"}, {}},
    {"center", "lane", {"id"}, {}},
    {"right", "lane", {"id", "type"}, {}},
    {"lane", "width", {"sOffset", "a", "b", "c", "d"}, {}},
    {"lane", "border", {"sOffset", "a", "b", "c", "d"}, {}},
    {"lane", "roadMark", {"sOffset", "type"}, {}},
    {"lane", "speed", {"sOffset", "max"}, {}},
    {"lane", "height", {"sOffset", "inner", "outer"}, {}},
    {"junction", "connection", {"id", "incomingRoad"}, {}},
    {"connection", "laneLink", {"from", "to"}, {}},
    {"signals", "signal", {"s", "t", "id", "dynamic", "orientation", "type", "subtype"}, {}},
    {"signals", "signalReference", {"s", "t", "id", "orientation"}, {}},
    {"objects", "object", {"s", "t", "id"}, {}},
    {"object", "repeat", {"s", "length", "distance"}, {}},
    {"", "cornerRoad", {"s", "t"}, {}},
    {"", "cornerLocal", {"u", "v"}, {}},
    {"", "validity", {"fromLane", "toLane"}, {}},
};

void look_at(FileCheck& check, XmlElement parent, XmlElement element) {
  for (const Demand& demand : kDemands) {
    if (demand.element != element.name() || (!demand.parent.empty() && demand.parent != parent.name())) continue;
    for (const std::string_view name : demand.attributes)
      if (!name.empty() && !element.attribute(name))
        check.find(element, fmt::format("attribute \"{}\" is missing", name), "add the attribute");
    for (const std::string_view name : demand.children)
      if (!name.empty() && !element.child(name))
        check.find(element, fmt::format("<{}> is missing in <{}>", name, element.name()), "add the element");
  }
}

}  // namespace

// The depth of a document is limited when it is read, so recursion is safe.
static void walk(FileCheck& check, XmlElement parent) {
  if (parent.name() == "userData") return;
  for (XmlElement e = parent.first_child(); e; e = e.next_sibling()) {
    look_at(check, parent, e);
    walk(check, e);
  }
}

void schema(FileCheck& check) { walk(check, check.model.root); }

}  // namespace bitgoeul::maps::opendrive
