// osm::Data: what an OpenStreetMap file holds that roads are made of: node positions, tagged nodes, ways with a
// `highway` tag, turn restrictions. Made by read_xml and read_pbf (formats: wiki.openstreetmap.org/wiki/OSM_XML and
// PBF_Format); read by osm.cpp. Degrees WGS84. Thread rule: none shared.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maps/xml_stream.h"

namespace bitgoeul::maps::osm {

using Tags = std::vector<std::pair<std::string, std::string>>;
std::string_view value_of(const Tags& tags, std::string_view key);  // empty when there is none

struct Position {
  std::int64_t id = 0;
  double longitude_deg = 0, latitude_deg = 0;
};
struct Node {
  std::int64_t id = 0;
  Tags tags;
};
struct Way {
  std::int64_t id = 0;
  std::vector<std::int64_t> nodes;
  Tags tags;
  int line = 0;
};
struct Member {
  char kind = 'n';  // n, w, r
  std::int64_t id = 0;
  std::string role;
};
struct Relation {
  std::int64_t id = 0;
  std::vector<Member> members;
  Tags tags;
  int line = 0;
};

struct Data {
  std::vector<Position> positions;  // ascending by id, unique, once finish() has run
  std::vector<Node> nodes;          // with tags that roads care for
  std::deque<Way> ways;             // with `highway`
  std::vector<Relation> relations;  // type restriction*
  std::string attribution;

  // Keep what roads need of it.
  void take(Node node);
  void take(Way way);
  void take(Relation relation);
  void finish();
  const Position* find(std::int64_t id) const;
};

sim::Result<Data> read_xml(const XmlSource& source, const std::string& file, sim::Issues& issues);
sim::Result<Data> read_pbf(const std::string& bytes, const std::string& file, sim::Issues& issues);

bool is_pbf(std::string_view head);

}  // namespace bitgoeul::maps::osm
