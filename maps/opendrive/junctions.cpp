// OpenDRIVE 1.8, clause 12: junctions (common, direct, virtual), connections, priorities, junction groups.
#include <algorithm>

#include "maps/opendrive/own_words.h"
#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

void read_lane_links(JunctionDraft& junction, ConnectionDraft& connection, XmlElement element) {
  for (XmlElement e = element.child("laneLink"); e; e = e.next("laneLink")) {
    LaneLinkDraft link;
    const bool from = e.required("from", link.from), to = e.required("to", link.to);
    if (from && to) connection.links.push_back(link);
    keep_rest(e, "connection[" + connection.id + "]/laneLink[" + std::to_string(link.from) + "]/", junction.extras);
  }
}

void read_connection(JunctionDraft& junction, XmlElement element) {
  static constexpr XmlWord<Contact> kContacts[] = {{"start", Contact::kStart}, {"end", Contact::kEnd}};
  ConnectionDraft connection;
  element.optional("id", connection.id);
  connection.line = element.line();
  if (element.attribute("type") == "virtual") {
    element.info("virtual connection; traffic goes on along the main road, the connection is kept as data",
                 "virtual_connection");
    keep_whole(element, "", junction.extras);
    return;
  }
  if (!required_id(element, "incomingRoad", connection.incoming_road)) return;
  const bool direct = element.attribute("linkedRoad").has_value();
  if (!required_id(element, direct ? "linkedRoad" : "connectingRoad", connection.connecting_road)) return;
  element.required<Contact>("contactPoint", connection.contact, kContacts);
  read_lane_links(junction, connection, element);
  keep_rest(element, "connection[" + connection.id + "]/", junction.extras);
  junction.connections.push_back(std::move(connection));
}

void read_priority(JunctionDraft& junction, XmlElement element) {
  PriorityDraft priority;
  element.optional("high", priority.high);
  element.optional("low", priority.low);
  if (priority.high.empty() && priority.low.empty()) {
    element.warning("names neither a high nor a low road", "priority_roads", "name both roads");
    return;
  }
  junction.priorities.push_back(priority);
}

void read_junction_controller(JunctionDraft& junction, XmlElement element) {
  std::string id;
  if (required_id(element, "id", id)) junction.controllers.push_back(id);
  keep_rest(element, "controller[" + id + "]/", junction.extras);
}

}  // namespace

void read_junction(Reader& reader, XmlElement element) {
  static constexpr XmlWord<JunctionType> kTypes[] = {{"default", JunctionType::kDefault},
                                                     {"common", JunctionType::kDefault},
                                                     {"direct", JunctionType::kDirect},
                                                     {"virtual", JunctionType::kVirtual},
                                                     {"crossing", JunctionType::kCrossing}};
  JunctionDraft junction;
  if (!required_id(element, "id", junction.id)) return;
  if (!reader.junction_ids.insert(junction.id).second) {
    element.error("the junction id \"" + junction.id + "\" is used before; this junction is left out", "id_unique",
                  "give each junction its own id");
    return;
  }
  element.optional("name", junction.name);
  element.optional<JunctionType>("type", junction.type, kTypes);
  junction.line = element.line();
  for (XmlElement e = element.child("connection"); e; e = e.next("connection")) read_connection(junction, e);
  for (XmlElement e = element.child("priority"); e; e = e.next("priority")) read_priority(junction, e);
  for (XmlElement e = element.child("controller"); e; e = e.next("controller")) read_junction_controller(junction, e);
  if (!junction.controllers.empty()) junction.control = JunctionControl::kSignals;
  read_own_junction(junction, element, reader.map.programs);
  keep_rest(element, "", junction.extras);
  reader.map.junctions.push_back(std::move(junction));
}

void read_junction_group(Reader& reader, XmlElement group) {
  const bool roundabout = group.attribute("type") == "roundabout";
  keep_whole(group, "", reader.map.extras);
  for (XmlElement e = group.child("junctionReference"); e; e = e.next("junctionReference")) {
    std::string id;
    if (!required_id(e, "junction", id) || !roundabout) continue;
    const auto found = std::find_if(reader.map.junctions.begin(), reader.map.junctions.end(),
                                    [&](const JunctionDraft& j) { return j.id == id; });
    if (found == reader.map.junctions.end())
      e.warning("names a junction that does not exist: \"" + id + "\"", "junction_reference");
    else
      found->control = JunctionControl::kRoundabout;
  }
}

}  // namespace bitgoeul::maps::opendrive
