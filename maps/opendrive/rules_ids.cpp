// Ids and what refers to them (ASAM OpenDRIVE 1.8, clause 5.3 and the clauses of each reference).
#include <algorithm>
#include <set>

#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

void look_for_twins(FileCheck& check, std::set<std::string>& seen, XmlElement element) {
  const std::string id = text_of(element, "id");
  if (id.empty() || seen.insert(id).second) return;
  check.find(element, "the id \"" + id + "\" is used before",
             "give each " + std::string(element.name()) + " its own id");
}

template <class F>
void for_each_child(XmlElement parent, std::string_view name, F&& f) {
  for (XmlElement e = parent.child(name); e; e = e.next(name)) f(e);
}

}  // namespace

void id_repeated(FileCheck& check) {
  std::set<std::string> roads, junctions, controllers, signals;
  for_each_child(check.model.root, "controller", [&](XmlElement e) { look_for_twins(check, controllers, e); });
  for (const FileRoad& road : check.model.roads) {
    look_for_twins(check, roads, road.element);
    if (const XmlElement list = road.element.child("signals"))
      for_each_child(list, "signal", [&](XmlElement e) { look_for_twins(check, signals, e); });
  }
  for (const FileJunction& junction : check.model.junctions) look_for_twins(check, junctions, junction.element);
}

void lane_id_repeated(FileCheck& check) {
  for (const FileRoad& road : check.model.roads)
    for (const FileSection& section : road.sections) {
      std::set<std::int32_t> seen;
      for (const FileLane& lane : section.lanes)
        if (!seen.insert(lane.id).second)
          check.find(lane.element, "lane " + std::to_string(lane.id) + " stands twice in its section",
                     "give each lane its own id");
    }
}

namespace {

void missing(FileCheck& check, XmlElement element, std::string_view kind, const std::string& id) {
  check.find(element, "names the " + std::string(kind) + " \"" + id + "\", which is not in the file",
             "correct the id, or remove the reference");
}

void road_references(FileCheck& check) {
  for (const FileRoad& road : check.model.roads) {
    if (!road.junction.empty() && check.model.junction(road.junction) == nullptr)
      missing(check, road.element, "junction", road.junction);
    for (const FileLink* link : {&road.predecessor, &road.successor}) {
      if (link->type == ElementType::kRoad && check.model.road(link->id) == nullptr)
        missing(check, link->element, "road", link->id);
      if (link->type == ElementType::kJunction && check.model.junction(link->id) == nullptr)
        missing(check, link->element, "junction", link->id);
    }
  }
}

void junction_references(FileCheck& check, const std::set<std::string>& controllers) {
  const auto road_named = [&](XmlElement element, std::string_view attribute) {
    const auto id = element.attribute(attribute);
    if (id && !id->empty() && check.model.road(std::string(*id)) == nullptr)
      missing(check, element, "road", std::string(*id));
  };
  for (const FileJunction& junction : check.model.junctions) {
    for (const FileConnection& c : junction.connections)
      for (const char* attribute : {"incomingRoad", "connectingRoad", "linkedRoad"}) road_named(c.element, attribute);
    for_each_child(junction.element, "priority", [&](XmlElement e) { road_named(e, "high"), road_named(e, "low"); });
    for_each_child(junction.element, "controller", [&](XmlElement e) {
      if (const std::string id = text_of(e, "id"); controllers.count(id) == 0) missing(check, e, "controller", id);
    });
  }
}

}  // namespace

void reference_unknown(FileCheck& check) {
  std::set<std::string> controllers, signals;
  for_each_child(check.model.root, "controller", [&](XmlElement e) { controllers.insert(text_of(e, "id")); });
  for (const FileRoad& road : check.model.roads)
    if (const XmlElement list = road.element.child("signals"))
      for_each_child(list, "signal", [&](XmlElement e) { signals.insert(text_of(e, "id")); });
  road_references(check);
  junction_references(check, controllers);
  for_each_child(check.model.root, "controller", [&](XmlElement controller) {
    for_each_child(controller, "control", [&](XmlElement e) {
      if (const std::string id = text_of(e, "signalId"); signals.count(id) == 0) missing(check, e, "signal", id);
    });
  });
}

namespace {

void lanes_exist(FileCheck& check, const Meeting& meeting) {
  for (const FileLane& lane : meeting.from.section->lanes)
    for (const std::int32_t id : links_of(lane, meeting.from.end))
      if (id != 0 && meeting.to.section->lane(id) == nullptr)
        check.find(lane.element, "is linked to lane " + std::to_string(id) + " of road " + meeting.to.road->id +
                                     ", which has no such lane there");
}

void connection_lanes_exist(FileCheck& check, const Meeting& meeting) {
  for_each_child(meeting.connection->element, "laneLink", [&](XmlElement e) {
    const auto from = integer_of(e, "from"), to = integer_of(e, "to");
    if (from && *from != 0 && meeting.from.section->lane(*from) == nullptr)
      check.find(e, "road " + meeting.from.road->id + " has no lane " + std::to_string(*from) + " at the junction");
    if (to && *to != 0 && meeting.to.section->lane(*to) == nullptr)
      check.find(e, "road " + meeting.to.road->id + " has no lane " + std::to_string(*to) + " at its contact point");
  });
}

}  // namespace

void lane_reference_unknown(FileCheck& check) {
  for (const FileRoad& road : check.model.roads) {
    for (const Meeting& inside : meetings_inside(road)) {
      lanes_exist(check, inside);
      lanes_exist(check, {inside.to, inside.from});
    }
    for (const Meeting& outside : meetings_outside(check.model, road)) lanes_exist(check, outside);
  }
  for (const FileJunction& junction : check.model.junctions)
    for (const Meeting& meeting : meetings_of(check.model, junction)) connection_lanes_exist(check, meeting);
}

}  // namespace bitgoeul::maps::opendrive
