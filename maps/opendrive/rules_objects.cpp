// Objects: what they must say, and what goes together (ASAM OpenDRIVE 1.8, clause 13).
#include <algorithm>
#include <set>

#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

template <class F>
void for_each_child(XmlElement parent, std::string_view name, F&& f) {
  for (XmlElement e = parent.child(name); e; e = e.next(name)) f(e);
}

template <class F>
void for_each_object(const FileCheck& check, F&& f) {
  for (const FileRoad& road : check.model.roads)
    if (const XmlElement list = road.element.child("objects")) for_each_child(list, "object", f);
}

// 1.4 has <outline> in <object>, later versions in <outlines>.
template <class F>
void for_each_outline(XmlElement object, F&& f) {
  for_each_child(object, "outline", f);
  for_each_child(object, "outlines", [&](XmlElement list) { for_each_child(list, "outline", f); });
}

template <class F>
void for_each_polyline(XmlElement object, F&& f) {
  for_each_child(object, "skeleton", [&](XmlElement list) { for_each_child(list, "polyline", f); });
}

int count(XmlElement parent, std::string_view name) {
  int n = 0;
  for_each_child(parent, name, [&](XmlElement) { ++n; });
  return n;
}

// One child of that name where at least two are needed.
void alone(FileCheck& check, XmlElement parent, std::string_view name) {
  if (count(parent, name) == 1)
    check.find(parent, "has one <" + std::string(name) + ">", "a line needs two of them at least");
}

}  // namespace

void object_orientation(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    if (!object.attribute("orientation"))
      check.find(object, "the object does not say for which direction it is valid", "add orientation=\"none\", + or -");
  });
}

void object_shape(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    if (number_of(object, "radius") > 0 && (number_of(object, "length") > 0 || number_of(object, "width") > 0))
      check.find(object, "the object is round and angular: it has a radius and a length or width",
                 "give a radius, or length and width");
  });
}

void object_kind_parts(FileCheck& check) {
  static const std::set<std::string> kFlat = {"crosswalk", "parkingSpace", "roadMark", "roadSurface", "trafficIsland"};
  static const std::set<std::string> kUpright = {"barrier", "building", "gantry", "pole", "tree", "vegetation"};
  for_each_object(check, [&](XmlElement object) {
    const std::string type = text_of(object, "type");
    const auto refuse = [&](const char* part) {
      if (const XmlElement e = object.child(part))
        check.find(e, std::string("<") + part + "> stands in an object of type " + type,
                   "remove it, or correct the type");
    };
    if (type != "parkingSpace" && !type.empty()) refuse("parkingSpace");
    if (kFlat.count(type) != 0) refuse("skeleton");
    if (kUpright.count(type) != 0) refuse("surface");
  });
}

void outline_corners(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    for_each_outline(object, [&](XmlElement outline) {
      if (count(outline, "cornerRoad") + count(outline, "cornerLocal") + count(outline, "curveLocal") == 0)
        check.find(outline, "the outline has no corner", "add <cornerRoad> or <cornerLocal>");
    });
  });
}

void corner_road_count(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    for_each_outline(object, [&](XmlElement outline) { alone(check, outline, "cornerRoad"); });
  });
}

void corner_local_count(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    for_each_outline(object, [&](XmlElement outline) { alone(check, outline, "cornerLocal"); });
  });
}

void polyline_vertices(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    for_each_polyline(object, [&](XmlElement line) {
      if (count(line, "vertexRoad") + count(line, "vertexLocal") == 0)
        check.find(line, "the polyline has no vertex", "add <vertexRoad> or <vertexLocal>");
    });
  });
}

void vertex_road_count(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    for_each_polyline(object, [&](XmlElement line) { alone(check, line, "vertexRoad"); });
  });
}

void vertex_local_count(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    for_each_polyline(object, [&](XmlElement line) { alone(check, line, "vertexLocal"); });
  });
}

void corner_reference_unknown(FileCheck& check) {
  for_each_object(check, [&](XmlElement object) {
    std::set<std::string> corners;
    for_each_outline(object, [&](XmlElement outline) {
      for (const char* name : {"cornerRoad", "cornerLocal"})
        for_each_child(outline, name, [&](XmlElement e) { corners.insert(text_of(e, "id")); });
    });
    const auto look = [&](XmlElement user) {
      for_each_child(user, "cornerReference", [&](XmlElement e) {
        if (const std::string id = text_of(e, "id"); corners.count(id) == 0)
          check.find(e, "the object's outline has no corner \"" + id + "\"", "correct the id, or add the corner");
      });
    };
    for_each_child(object, "markings", [&](XmlElement list) { for_each_child(list, "marking", look); });
    for_each_child(object, "borders", [&](XmlElement list) { for_each_child(list, "border", look); });
  });
}

namespace {

template <class F>
void for_each_border(const FileCheck& check, F&& f) {
  for_each_object(check, [&](XmlElement object) {
    for_each_child(object, "borders", [&](XmlElement list) { for_each_child(list, "border", f); });
  });
}

}  // namespace

void border_whole_outline(FileCheck& check) {
  for_each_border(check, [&](XmlElement border) {
    if (truth_of(border, "useCompleteOutline") && border.child("cornerReference"))
      check.find(border, "the border follows the complete outline and names corners too",
                 "remove the corner references, or write useCompleteOutline=\"false\"");
  });
}

void border_part_outline(FileCheck& check) {
  for_each_border(check, [&](XmlElement border) {
    if (!truth_of(border, "useCompleteOutline") && count(border, "cornerReference") < 2)
      check.find(border, "the border follows a part of the outline, but names fewer than two corners",
                 "add <cornerReference>, or write useCompleteOutline=\"true\"");
  });
}

void validity_range(FileCheck& check) {
  const auto look = [&](XmlElement owner) {
    for_each_child(owner, "validity", [&](XmlElement e) {
      const auto from = integer_of(e, "fromLane"), to = integer_of(e, "toLane");
      if (from && to && *from > *to)
        check.find(e, "fromLane " + std::to_string(*from) + " is greater than toLane " + std::to_string(*to),
                   "swap the two");
    });
  };
  for (const FileRoad& road : check.model.roads) {
    if (const XmlElement list = road.element.child("objects"))
      for (const char* name : {"object", "objectReference", "bridge", "tunnel"}) for_each_child(list, name, look);
    if (const XmlElement list = road.element.child("signals"))
      for (const char* name : {"signal", "signalReference"}) for_each_child(list, name, look);
  }
}

}  // namespace bitgoeul::maps::opendrive
