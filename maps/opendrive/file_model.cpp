#include "maps/opendrive/file_model.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::maps::opendrive {

const FileLane* FileSection::lane(std::int32_t id) const {
  const auto found = std::lower_bound(by_id.begin(), by_id.end(), std::pair{id, std::size_t{0}});
  return found == by_id.end() || found->first != id ? nullptr : &lanes[found->second];
}

const FileRoad* FileModel::road(const std::string& id) const {
  const auto found = road_of.find(id);
  return found == road_of.end() ? nullptr : &roads[found->second];
}

const FileJunction* FileModel::junction(const std::string& id) const {
  const auto found = junction_of.find(id);
  return found == junction_of.end() ? nullptr : &junctions[found->second];
}

double number_of(XmlElement element, std::string_view name, double missing) {
  const auto text = element.attribute(name);
  return text ? parse_double(*text).value_or(missing) : missing;
}

std::optional<std::int32_t> integer_of(XmlElement element, std::string_view name) {
  const auto text = element.attribute(name);
  return text ? parse_int(*text) : std::nullopt;
}

std::string text_of(XmlElement element, std::string_view name) {
  return std::string(element.attribute(name).value_or(std::string_view{}));
}

bool truth_of(XmlElement element, std::string_view name) {
  const std::string text = text_of(element, name);
  return text == "true" || text == "1" || text == "yes";
}

namespace {

std::optional<Contact> contact_of(XmlElement element, std::string_view name) {
  const std::string text = text_of(element, name);
  if (text == "start") return Contact::kStart;
  if (text == "end") return Contact::kEnd;
  return std::nullopt;
}

FileLink read_link(XmlElement element) {
  FileLink link;
  link.element = element;
  if (!element) return link;
  const std::string type = text_of(element, "elementType");
  link.type = type == "road" ? ElementType::kRoad : type == "junction" ? ElementType::kJunction : ElementType::kNone;
  link.id = text_of(element, "elementId");
  link.contact = contact_of(element, "contactPoint");
  return link;
}

bool read_numbers(XmlElement element, std::initializer_list<std::string_view> names, double* out) {
  bool sound = true;
  for (std::string_view name : names) {
    *out = number_of(element, name, std::nan(""));
    sound = sound && std::isfinite(*out++);
  }
  return sound;
}

bool read_shape(XmlElement element, Geometry& g) {
  if (const XmlElement e = element.child("arc")) {
    g.kind = GeometryKind::kArc;
    return read_numbers(e, {"curvature"}, g.p);
  }
  if (const XmlElement e = element.child("spiral")) {
    g.kind = GeometryKind::kSpiral;
    return read_numbers(e, {"curvStart", "curvEnd"}, g.p);
  }
  if (const XmlElement e = element.child("poly3")) {
    g.kind = GeometryKind::kPoly3;
    return read_numbers(e, {"a", "b", "c", "d"}, g.p);
  }
  if (const XmlElement e = element.child("paramPoly3")) {
    g.kind = GeometryKind::kParamPoly3;
    g.normalized = text_of(e, "pRange") == "arcLength" ? 0 : 1;
    return read_numbers(e, {"aU", "bU", "cU", "dU", "aV", "bV", "cV", "dV"}, g.p);
  }
  return static_cast<bool>(element.child("line"));
}

// Numbers that no road has would only make the rules slow; the reader refuses them.
bool within_reason(const Geometry& g) {
  constexpr double kFar = 1e8, kTurn = 1e3;
  const double curvature = std::max(std::abs(g.p[0]), std::abs(g.p[1]));
  const bool curved = g.kind == GeometryKind::kArc || g.kind == GeometryKind::kSpiral;
  const bool small = std::all_of(std::begin(g.p), std::end(g.p), [](double p) { return std::abs(p) < kFar; });
  return small && std::abs(g.x) < kFar && std::abs(g.y) < kFar && std::abs(g.heading) < kFar && g.length >= 0 &&
         g.length < 1e6 && std::abs(g.s) < 1e6 && (!curved || curvature * g.length < kTurn);
}

FileGeometry read_geometry(XmlElement element) {
  FileGeometry piece;
  piece.element = element;
  double place[5] = {};
  const bool placed = read_numbers(element, {"s", "x", "y", "hdg", "length"}, place);
  Geometry& g = piece.geometry;
  g.s = place[0], g.x = place[1], g.y = place[2], g.heading = place[3], g.length = place[4];
  piece.sound = read_shape(element, g) && placed && within_reason(g);
  return piece;
}

FileSection read_section(XmlElement element) {
  FileSection section;
  section.element = element;
  section.s = number_of(element, "s");
  for (const char* side : {"left", "right"})
    for (XmlElement group = element.child(side); group; group = group.next(side))
      for (XmlElement e = group.child("lane"); e; e = e.next("lane"))
        if (const auto id = integer_of(e, "id")) section.lanes.push_back({*id, e});
  for (std::size_t i = 0; i < section.lanes.size(); ++i) section.by_id.emplace_back(section.lanes[i].id, i);
  std::sort(section.by_id.begin(), section.by_id.end());
  return section;
}

void measure_sections(FileRoad& road) {
  for (FileSection& section : road.sections) {
    double next = road.length;
    for (const FileSection& other : road.sections)
      if (other.s > section.s) next = std::min(next, other.s);
    section.length = std::max(next - section.s, 0.0);
  }
}

void read_sections(FileRoad& road) {
  for (XmlElement lanes = road.element.child("lanes"); lanes; lanes = lanes.next("lanes"))
    for (XmlElement e = lanes.child("laneSection"); e; e = e.next("laneSection"))
      road.sections.push_back(read_section(e));
  constexpr std::size_t kMany = 2000;  // then ascending order is taken for granted, so that time stays linear
  if (road.sections.size() <= kMany) return measure_sections(road);
  for (std::size_t i = 0; i < road.sections.size(); ++i) {
    const double next = i + 1 < road.sections.size() ? road.sections[i + 1].s : road.length;
    road.sections[i].length = std::max(next - road.sections[i].s, 0.0);
  }
}

FileRoad read_road(XmlElement element) {
  FileRoad road;
  road.element = element;
  road.id = text_of(element, "id");
  road.junction = text_of(element, "junction");
  if (road.junction == "-1") road.junction.clear();
  road.length = number_of(element, "length");
  road.left_hand = text_of(element, "rule") == "LHT";
  if (const XmlElement link = element.child("link")) {
    road.predecessor = read_link(link.child("predecessor"));
    road.successor = read_link(link.child("successor"));
  }
  if (const XmlElement plan = element.child("planView"))
    for (XmlElement e = plan.child("geometry"); e; e = e.next("geometry")) road.geometries.push_back(read_geometry(e));
  read_sections(road);
  return road;
}

FileJunction read_junction(XmlElement element) {
  FileJunction junction;
  junction.element = element;
  junction.id = text_of(element, "id");
  junction.type = text_of(element, "type");
  for (XmlElement e = element.child("connection"); e; e = e.next("connection")) {
    FileConnection c;
    c.element = e;
    c.incoming = text_of(e, "incomingRoad");
    c.connecting = text_of(e, "connectingRoad");
    c.linked = text_of(e, "linkedRoad");
    c.contact = contact_of(e, "contactPoint");
    c.is_virtual = text_of(e, "type") == "virtual";
    junction.connections.push_back(std::move(c));
  }
  return junction;
}

}  // namespace

FileModel read_model(XmlElement root) {
  FileModel model;
  model.root = root;
  if (const XmlElement header = root.child("header"); header && integer_of(header, "revMajor") == 1)
    model.minor = integer_of(header, "revMinor").value_or(0);
  for (XmlElement e = root.child("road"); e; e = e.next("road")) model.roads.push_back(read_road(e));
  for (XmlElement e = root.child("junction"); e; e = e.next("junction")) model.junctions.push_back(read_junction(e));
  for (std::size_t i = 0; i < model.roads.size(); ++i) model.road_of.try_emplace(model.roads[i].id, i);
  for (std::size_t i = 0; i < model.junctions.size(); ++i) model.junction_of.try_emplace(model.junctions[i].id, i);
  return model;
}

std::vector<FilePoly> polys_of(XmlElement parent, std::string_view name, std::string_view place) {
  std::vector<FilePoly> polys;
  for (XmlElement e = parent.child(name); e; e = e.next(name))
    polys.push_back(
        {{number_of(e, place), number_of(e, "a"), number_of(e, "b"), number_of(e, "c"), number_of(e, "d")}, e});
  return polys;
}

double value_at(const std::vector<FilePoly>& polys, double s) {
  const FilePoly* piece = nullptr;
  for (const FilePoly& p : polys)
    if (p.poly.s <= s + 1e-9) piece = &p;
  if (piece == nullptr) return 0;
  const double ds = s - piece->poly.s;
  return piece->poly.a + ds * (piece->poly.b + ds * (piece->poly.c + ds * piece->poly.d));
}

std::optional<double> width_at(const FileLane& lane, double ds) {
  if (!lane.element.child("width")) return std::nullopt;
  return value_at(polys_of(lane.element, "width", "sOffset"), ds);
}

SectionEnd end_of(const FileRoad& road, Contact end) {
  if (road.sections.empty()) return {};
  return {&road, end == Contact::kStart ? &road.sections.front() : &road.sections.back(), end};
}

std::vector<std::int32_t> links_of(const FileLane& lane, Contact end) {
  std::vector<std::int32_t> ids;
  const XmlElement link = lane.element.child("link");
  if (!link) return ids;
  const char* const name = end == Contact::kStart ? "predecessor" : "successor";
  for (XmlElement e = link.child(name); e && ids.size() < 100; e = e.next(name))
    if (const auto id = integer_of(e, "id")) ids.push_back(*id);
  return ids;
}

std::vector<Meeting> meetings_inside(const FileRoad& road) {
  std::vector<Meeting> meetings;
  for (std::size_t i = 1; i < road.sections.size(); ++i)
    meetings.push_back({{&road, &road.sections[i - 1], Contact::kEnd}, {&road, &road.sections[i], Contact::kStart}});
  return meetings;
}

std::vector<Meeting> meetings_outside(const FileModel& model, const FileRoad& road) {
  std::vector<Meeting> meetings;
  for (const Contact end : {Contact::kStart, Contact::kEnd}) {
    const FileLink& link = road.link_at(end);
    if (link.type != ElementType::kRoad || !link.contact) continue;
    const FileRoad* other = model.road(link.id);
    const Meeting meeting{end_of(road, end), other != nullptr ? end_of(*other, *link.contact) : SectionEnd{}};
    if (meeting.from && meeting.to) meetings.push_back(meeting);
  }
  return meetings;
}

namespace {

// The end of the incoming road: where the connecting road says that it meets it, or, for direct junctions, where the
// incoming road names the junction.
SectionEnd incoming_end(const FileModel& model, const FileJunction& junction, const FileConnection& connection) {
  const FileRoad* incoming = model.road(connection.incoming);
  if (incoming == nullptr) return {};
  if (const FileRoad* connecting = model.road(connection.connecting); connecting != nullptr && connection.contact) {
    const FileLink& link = connecting->link_at(*connection.contact);
    if (link.type == ElementType::kRoad && link.id == connection.incoming && link.contact)
      return end_of(*incoming, *link.contact);
  }
  for (const Contact end : {Contact::kStart, Contact::kEnd})
    if (const FileLink& link = incoming->link_at(end); link.type == ElementType::kJunction && link.id == junction.id)
      return end_of(*incoming, end);
  return {};
}

}  // namespace

std::vector<Meeting> meetings_of(const FileModel& model, const FileJunction& junction) {
  std::vector<Meeting> meetings;
  for (const FileConnection& connection : junction.connections) {
    const FileRoad* other = model.road(connection.linked.empty() ? connection.connecting : connection.linked);
    if (connection.is_virtual || other == nullptr || !connection.contact) continue;
    const Meeting meeting{incoming_end(model, junction, connection), end_of(*other, *connection.contact), &connection};
    if (meeting.from && meeting.to) meetings.push_back(meeting);
  }
  return meetings;
}

std::vector<LanePair> linked_lanes(const Meeting& meeting) {
  std::vector<LanePair> pairs;
  const auto add = [&](const FileLane* from, const FileLane* to, XmlElement element) {
    if (from != nullptr && to != nullptr) pairs.push_back({from, to, element});
  };
  if (meeting.connection != nullptr) {
    const XmlElement connection = meeting.connection->element;
    for (XmlElement e = connection.child("laneLink"); e; e = e.next("laneLink"))
      if (const auto from = integer_of(e, "from"), to = integer_of(e, "to"); from && to)
        add(meeting.from.section->lane(*from), meeting.to.section->lane(*to), e);
    return pairs;
  }
  for (const FileLane& lane : meeting.from.section->lanes)
    for (const std::int32_t id : links_of(lane, meeting.from.end))
      add(&lane, meeting.to.section->lane(id), lane.element);
  return pairs;
}

}  // namespace bitgoeul::maps::opendrive
