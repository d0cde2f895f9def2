// FileModel: what an OpenDRIVE file says, element by element, before any repair: roads, lane sections, lanes, junctions
// with their attributes as numbers and the XmlElement for line and column. Made by read_model for the rules in
// rules_*.cpp, valid as long as the XmlDocument. Reports nothing; a value that cannot be read is its default. One
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "maps/map_builder.h"
#include "maps/xml.h"

namespace bitgoeul::maps::opendrive {

struct FileLane {
  std::int32_t id = 0;
  XmlElement element;
};

struct FileSection {
  double s = 0, length = 0;  // length: up to the next section or the road's end, at least 0
  XmlElement element;
  std::vector<FileLane> lanes;                              // left and right ones, as they stand in the file
  std::vector<std::pair<std::int32_t, std::size_t>> by_id;  // ascending; place in `lanes`
  const FileLane* lane(std::int32_t id) const;              // the first one with that id
};

struct FileLink {
  XmlElement element;  // <predecessor> or <successor>; nothing: no link
  ElementType type = ElementType::kNone;
  std::string id;
  std::optional<Contact> contact;
};

struct FileGeometry {
  Geometry geometry;
  XmlElement element;
  bool sound = false;  // every number could be read
};

struct FileRoad {
  XmlElement element;
  std::string id, junction;  // junction: empty = none
  double length = 0;
  bool left_hand = false;
  FileLink predecessor, successor;
  std::vector<FileGeometry> geometries;  // as they stand
  std::vector<FileSection> sections;     // as they stand
  const FileLink& link_at(Contact end) const { return end == Contact::kStart ? predecessor : successor; }
};

struct FileConnection {
  XmlElement element;
  std::string incoming, connecting, linked;
  std::optional<Contact> contact;
  bool is_virtual = false;
};

struct FileJunction {
  XmlElement element;
  std::string id, type;
  std::vector<FileConnection> connections;
};

struct FileModel {
  XmlElement root;
  int minor = 0;  // of the version; 0: unknown
  std::vector<FileRoad> roads;
  std::vector<FileJunction> junctions;
  std::map<std::string, std::size_t> road_of, junction_of;  // the first one of each id
  const FileRoad* road(const std::string& id) const;
  const FileJunction* junction(const std::string& id) const;
};

FileModel read_model(XmlElement root);

// Attributes without a report: the number, or `missing`.
double number_of(XmlElement element, std::string_view name, double missing = 0);
std::optional<std::int32_t> integer_of(XmlElement element, std::string_view name);
std::string text_of(XmlElement element, std::string_view name);
bool truth_of(XmlElement element, std::string_view name);

struct FilePoly {
  Poly3 poly;
  XmlElement element;
};
std::vector<FilePoly> polys_of(XmlElement parent, std::string_view name, std::string_view place);
double value_at(const std::vector<FilePoly>& polys, double s);
// Width of a lane at ds from the section's start; nothing when the lane has no <width>.
std::optional<double> width_at(const FileLane& lane, double ds);

// One end of a lane section, where lanes are linked.
struct SectionEnd {
  const FileRoad* road = nullptr;
  const FileSection* section = nullptr;
  Contact end = Contact::kStart;
  explicit operator bool() const { return section != nullptr; }
  double ds() const { return end == Contact::kStart ? 0.0 : section->length; }
  double s() const { return section->s + ds(); }
};
SectionEnd end_of(const FileRoad& road, Contact end);
// Ids that the lane names as predecessors (at the start) or successors (at the end); the first hundred.
std::vector<std::int32_t> links_of(const FileLane& lane, Contact end);

// Where two lane sections meet: inside a road, across roads that are linked directly, or by a junction's connection
// (then `links` holds its lane links, and lanes themselves name none).
struct Meeting {
  SectionEnd from, to;
  const FileConnection* connection = nullptr;
};
std::vector<Meeting> meetings_inside(const FileRoad& road);
// At both ends of the road, from the road's own <link>; roads of junctions included.
std::vector<Meeting> meetings_outside(const FileModel& model, const FileRoad& road);
std::vector<Meeting> meetings_of(const FileModel& model, const FileJunction& junction);

struct LanePair {
  const FileLane *from = nullptr, *to = nullptr;
  XmlElement element;  // that links them
};
// Linked lanes that exist on both sides, as the `from` side names them.
std::vector<LanePair> linked_lanes(const Meeting& meeting);

}  // namespace bitgoeul::maps::opendrive
