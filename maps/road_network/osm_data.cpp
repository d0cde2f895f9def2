#include "maps/road_network/osm_data.h"

#include <algorithm>

namespace bitgoeul::maps::osm {

namespace {

bool parse_id(XmlElement element, const char* key, std::int64_t& out) {
  const auto text = element.attribute(key);
  if (!text || text->empty() || text->size() > 20) return false;
  const bool negative = text->front() == '-';
  std::int64_t value = 0;
  for (const char c : text->substr(negative ? 1 : 0)) {
    if (c < '0' || c > '9' || value > (std::int64_t{1} << 58)) return false;
    value = 10 * value + (c - '0');
  }
  out = negative ? -value : value;
  return true;
}

Tags tags_of(XmlElement element) {
  Tags tags;
  for (XmlElement tag = element.child("tag"); tag; tag = tag.next("tag")) {
    const auto key = tag.attribute("k"), value = tag.attribute("v");
    if (key && value) tags.emplace_back(*key, *value);
  }
  return tags;
}

void read_node(XmlElement element, Data& data) {
  Position position;
  double longitude = 0, latitude = 0;
  if (element.attribute("action") == "delete") return;
  if (!parse_id(element, "id", position.id)) return element.error("a node without a usable id", "osm");
  if (!element.required("lon", longitude) || !element.required("lat", latitude)) return;
  if (!(longitude >= -180 && longitude <= 180 && latitude >= -90 && latitude <= 90))
    return element.error("the position is outside of WGS84 longitude and latitude; the node is left out", "osm",
                         "correct lat and lon");
  position.longitude_deg = longitude;
  position.latitude_deg = latitude;
  data.positions.push_back(position);
  if (!element.child("tag")) return;
  data.take(Node{position.id, tags_of(element)});
}

void read_way(XmlElement element, Data& data) {
  Way way;
  way.line = element.line();
  if (element.attribute("action") == "delete") return;
  if (!parse_id(element, "id", way.id)) return element.error("a way without a usable id", "osm");
  way.tags = tags_of(element);
  if (value_of(way.tags, "highway").empty()) return;
  for (XmlElement nd = element.child("nd"); nd; nd = nd.next("nd")) {
    std::int64_t ref = 0;
    if (!parse_id(nd, "ref", ref))
      nd.error("a node reference that is no number", "osm");
    else
      way.nodes.push_back(ref);
  }
  data.take(std::move(way));
}

void read_relation(XmlElement element, Data& data) {
  Relation relation;
  relation.line = element.line();
  if (!parse_id(element, "id", relation.id)) return element.error("a relation without a usable id", "osm");
  relation.tags = tags_of(element);
  for (const XmlElement& member : element.children("member")) {
    Member m;
    const auto kind = member.attribute("type"), role = member.attribute("role");
    if (!parse_id(member, "ref", m.id) || !kind || kind->empty()) continue;
    m.kind = kind->front();
    m.role = role.value_or("");
    relation.members.push_back(std::move(m));
  }
  data.take(std::move(relation));
}

}  // namespace

std::string_view value_of(const Tags& tags, std::string_view key) {
  for (const auto& [k, v] : tags)
    if (k == key) return v;
  return {};
}

void Data::take(Node node) {
  const bool wanted = !value_of(node.tags, "highway").empty() || !value_of(node.tags, "crossing").empty() ||
                      !value_of(node.tags, "junction").empty() || !value_of(node.tags, "barrier").empty();
  if (wanted) nodes.push_back(std::move(node));
}

void Data::take(Way way) {
  if (!value_of(way.tags, "highway").empty()) ways.push_back(std::move(way));
}

void Data::take(Relation relation) {
  if (value_of(relation.tags, "type").substr(0, 11) == "restriction") relations.push_back(std::move(relation));
}

void Data::finish() {
  positions.shrink_to_fit();
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  const auto same = [](const auto& a, const auto& b) { return a.id == b.id; };
  const auto sort = [&](auto& rows) {
    std::stable_sort(rows.begin(), rows.end(), by_id);
    rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
  };
  sort(positions);
  sort(nodes);
  sort(ways);
  sort(relations);
}

const Position* Data::find(std::int64_t id) const {
  const auto found = std::lower_bound(positions.begin(), positions.end(), id,
                                      [](const Position& p, std::int64_t wanted) { return p.id < wanted; });
  return found != positions.end() && found->id == id ? &*found : nullptr;
}

sim::Result<Data> read_xml(const XmlSource& source, const std::string& file, sim::Issues& issues) {
  Data data;
  const auto read = stream_xml(source, file, {"osm", nullptr}, issues, [&](const XmlElement& element) {
    if (element.name() == "node")
      read_node(element, data);
    else if (element.name() == "way")
      read_way(element, data);
    else if (element.name() == "relation")
      read_relation(element, data);
  });
  if (!read) return tl::unexpected(read.error());
  data.finish();
  return data;
}

}  // namespace bitgoeul::maps::osm
