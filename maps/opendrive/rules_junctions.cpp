// Junctions and their connections (ASAM OpenDRIVE 1.8, clause 12).
#include <set>

#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

template <class F>
void for_each_connection(const FileCheck& check, F&& f) {
  for (const FileJunction& junction : check.model.junctions)
    for (const FileConnection& connection : junction.connections) f(junction, connection);
}

}  // namespace

void junction_linked_road(FileCheck& check) {
  for_each_connection(check, [&](const FileJunction& junction, const FileConnection& c) {
    if (junction.type != "direct" && !c.linked.empty())
      check.find(c.element, "linkedRoad is given, but the junction is not of type direct", "write connectingRoad");
  });
}

void junction_direct_connecting_road(FileCheck& check) {
  for_each_connection(check, [&](const FileJunction& junction, const FileConnection& c) {
    if (junction.type == "direct" && !c.connecting.empty())
      check.find(c.element, "connectingRoad is given, but the junction is of type direct", "write linkedRoad");
  });
}

void connecting_road_incoming(FileCheck& check) {
  std::set<std::string> connecting;
  for_each_connection(check, [&](const FileJunction& junction, const FileConnection& c) {
    if (junction.type != "direct" && !c.is_virtual && !c.connecting.empty()) connecting.insert(c.connecting);
  });
  for_each_connection(check, [&](const FileJunction& junction, const FileConnection& c) {
    if (junction.type != "direct" && !c.is_virtual && connecting.count(c.incoming) != 0)
      check.find(c.element, "the incoming road " + c.incoming + " is a connecting road of a junction",
                 "let junctions be linked by roads that belong to none");
  });
}

void connecting_road_repeated(FileCheck& check) {
  std::set<std::string> seen;
  for_each_connection(check, [&](const FileJunction&, const FileConnection& c) {
    if (!c.connecting.empty() && !seen.insert(c.connecting).second)
      check.find(c.element, "the connecting road " + c.connecting + " has a connection before",
                 "write one <connection> for each connecting road");
  });
}

namespace {

// The lane of the incoming road is driven towards the junction.
bool leads_in(const Meeting& meeting, const FileLane& lane) {
  const std::string direction = text_of(lane.element, "direction");
  if (direction == "both" || text_of(lane.element, "type") == "bidirectional") return true;
  const bool with_s = ((lane.id < 0) != meeting.from.road->left_hand) != (direction == "reversed");
  return with_s == (meeting.from.end == Contact::kEnd);
}

}  // namespace

void connection_repeated(FileCheck& check) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const FileJunction& junction : check.model.junctions) {
    for (const FileConnection& c : junction.connections)
      if (!c.connecting.empty() && !c.is_virtual && !seen.emplace(c.incoming, c.connecting).second)
        check.find(c.element,
                   "incoming road " + c.incoming + " and connecting road " + c.connecting + " have a connection before",
                   "put all lane links into one <connection>");
    for (const Meeting& meeting : meetings_of(check.model, junction)) {
      if (meeting.connection->connecting.empty()) continue;
      for (const LanePair& pair : linked_lanes(meeting))
        if (!leads_in(meeting, *pair.from))
          check.find(pair.element,
                     "lane " + std::to_string(pair.from->id) + " of road " + meeting.from.road->id +
                         " leads out of the junction",
                     "link only lanes that lead into it");
    }
  }
}

namespace {

// The incoming road is linked at the other end of the connecting road than contactPoint says.
void linkage(FileCheck& check, Contact wrong) {
  const auto is_road = [](const FileLink& link, const std::string& id) {
    return link.type == ElementType::kRoad && link.id == id;
  };
  for_each_connection(check, [&](const FileJunction&, const FileConnection& c) {
    const FileRoad* road = check.model.road(c.connecting);
    if (road == nullptr || c.contact != wrong || c.is_virtual) return;
    const Contact other = wrong == Contact::kStart ? Contact::kEnd : Contact::kStart;
    if (is_road(road->link_at(wrong), c.incoming) || !is_road(road->link_at(other), c.incoming)) return;
    check.find(c.element,
               std::string("contactPoint is ") + (wrong == Contact::kStart ? "start" : "end") +
                   ", but connecting road " + c.connecting + " is linked to road " + c.incoming + " at its other end",
               "correct contactPoint");
  });
}

}  // namespace

void connection_start_linkage(FileCheck& check) { linkage(check, Contact::kStart); }
void connection_end_linkage(FileCheck& check) { linkage(check, Contact::kEnd); }

void priority_pair(FileCheck& check) {
  for (const FileJunction& junction : check.model.junctions)
    for (XmlElement e = junction.element.child("priority"); e; e = e.next("priority"))
      if (text_of(e, "high").empty() || text_of(e, "low").empty())
        check.find(e, "a priority names two roads, high and low", "add the attribute that is missing");
}

}  // namespace bitgoeul::maps::opendrive
