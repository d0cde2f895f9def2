#include "maps/lanelet2/primitives.h"

#include <cmath>
#include <optional>

#include "maps/projection.h"
#include "maps/xml.h"

namespace bitgoeul::maps::lanelet2 {
namespace {

using sim::Severity;
using sim::Vec3;

constexpr double kMaxCoordinateM = 1e7;

// A node before its frame is known.
struct RawPoint {
  std::string id;
  std::optional<double> lat, lon, x, y;
  double z = 0;
  std::string mgrs;
  int line = 0;
};

Tags read_tags(const XmlElement& element) {
  Tags tags;
  for (const XmlElement& t : element.children("tag")) {
    std::string key, value;
    if (t.required("k", key) && t.optional("v", value)) tags[key] = value;
  }
  return tags;
}

std::optional<double> number(const Tags& tags, const std::string& key) {
  const std::string& text = tag(tags, key);
  return text.empty() ? std::nullopt : parse_double(text);
}

std::optional<double> number(const XmlElement& element, std::string_view name) {
  const auto text = element.attribute(name);
  return text && !text->empty() ? parse_double(*text) : std::nullopt;
}

bool is_deleted(const XmlElement& element) { return element.attribute("action") == "delete"; }

RawPoint read_point(const XmlElement& element, const std::string& file, detail::Tally& tally) {
  RawPoint p;
  element.required("id", p.id);
  p.line = element.line();
  p.lat = number(element, "lat");
  p.lon = number(element, "lon");
  const Tags tags = read_tags(element);
  p.x = number(tags, "local_x");
  p.y = number(tags, "local_y");
  p.mgrs = tag(tags, "mgrs_code");
  const auto height = number(tags, "ele");
  if (height && std::abs(*height) < 1e5)
    p.z = *height;
  else if (!tag(tags, "ele").empty())
    tally.add(Severity::kWarning, file, "a point's ele is no height; 0 is taken", "node " + p.id, p.line);
  return p;
}

struct Frame {
  bool local = false;
  std::optional<Projection> utm;
};

std::string utm_of(double lat, double lon) {
  const int zone = std::min(60, std::max(1, static_cast<int>(std::floor((lon + 180) / 6)) + 1));
  return "EPSG:" + std::to_string((lat < 0 ? 32700 : 32600) + zone);
}

// Where the file's local frame lies in UTM; nothing when its points disagree by more than a metre (another projection).
void find_local_frame(const std::vector<RawPoint>& points, Document& out, detail::Tally& tally) {
  const RawPoint* first = nullptr;
  std::optional<Projection> utm;
  double worst = 0;
  for (const RawPoint& p : points) {
    if (!p.x || !p.y || !p.lat || !p.lon || std::abs(*p.lat) > 84) continue;
    if (first == nullptr) {
      auto made = Projection::make(utm_of(*p.lat, *p.lon));
      if (!made) return;
      utm.emplace(std::move(*made));
      first = &p;
      out.projection = utm_of(*p.lat, *p.lon);
    }
    const auto place = utm->forward(*p.lon, *p.lat);
    if (!place) continue;
    const double dx = place->x() - *p.x, dy = place->y() - *p.y;
    if (first == &p) out.offset_x = dx, out.offset_y = dy;
    worst = std::max({worst, std::abs(dx - out.offset_x), std::abs(dy - out.offset_y)});
  }
  if (first != nullptr && worst > 1.0) {
    tally.add(Severity::kInfo, out.file,
              "local_x, local_y and lat, lon belong to different projections; the local ones are taken, the map has no "
              "place on earth");
    out.projection.clear();
  } else if (first != nullptr && std::abs(out.offset_x - 1e5 * std::floor(out.offset_x / 1e5 + 0.5)) < 1 &&
             std::abs(out.offset_y - 1e5 * std::floor(out.offset_y / 1e5 + 0.5)) < 1) {
    out.offset_x = 1e5 * std::floor(out.offset_x / 1e5 + 0.5);  // an MGRS square
    out.offset_y = 1e5 * std::floor(out.offset_y / 1e5 + 0.5);
  }
  if (out.projection.empty()) out.offset_x = out.offset_y = 0;
}

void check_squares(const std::vector<RawPoint>& points, const std::string& file, detail::Tally& tally) {
  std::string square;
  for (const RawPoint& p : points) {
    const std::string own = p.mgrs.substr(0, 5);  // zone and square: 54SUE
    if (own.empty()) continue;
    if (square.empty()) square = own;
    if (own != square)
      tally.add(Severity::kWarning, file,
                "a point lies in another MGRS square than the first; local_x and local_y are taken as they are",
                "node " + p.id, p.line);
  }
}

bool by_degrees(const std::vector<RawPoint>& points, Document& out) {
  for (const RawPoint& p : points)
    if (p.lat && p.lon) {
      out.projection = utm_of(*p.lat, *p.lon);
      const auto utm = Projection::make(out.projection);
      if (!utm) return false;
      const auto at = utm->forward(*p.lon, *p.lat);
      if (!at) continue;
      out.offset_x = 100 * std::floor(at->x() / 100);
      out.offset_y = 100 * std::floor(at->y() / 100);
      return true;
    }
  return false;
}

void place_points(const std::vector<RawPoint>& points, bool local, Document& out, detail::Tally& tally) {
  std::optional<Projection> utm;
  if (!local) {
    auto made = Projection::make(out.projection, out.offset_x, out.offset_y);
    if (made) utm.emplace(std::move(*made));
  }
  for (const RawPoint& p : points) {
    Point point{p.id, Vec3::Zero()};
    bool placed = false;
    if (local && p.x && p.y) {
      point.at = Vec3(sim::snap(*p.x), sim::snap(*p.y), sim::snap(p.z));
      placed = true;
    } else if (!local && utm && p.lat && p.lon) {
      if (const auto at = utm->forward(*p.lon, *p.lat))
        point.at = Vec3(at->x(), at->y(), sim::snap(p.z)), placed = true;
    }
    if (!placed || std::abs(point.at.x()) > kMaxCoordinateM || std::abs(point.at.y()) > kMaxCoordinateM) {
      tally.add(Severity::kError, out.file, "a point has no usable coordinates; left out", "node " + p.id, p.line,
                local ? "give local_x and local_y to every node" : "give lat and lon to every node");
      continue;
    }
    if (!out.point_rows.try_emplace(p.id, out.points.size()).second) {
      tally.add(Severity::kWarning, out.file, "a second node with one id; left out", "node " + p.id, p.line);
      continue;
    }
    out.points.push_back(std::move(point));
  }
}

void read_ways(const XmlElement& root, Document& out, detail::Tally& tally) {
  for (const XmlElement& element : root.children("way")) {
    if (is_deleted(element)) continue;
    Way way;
    if (!element.required("id", way.id)) continue;
    way.line = element.line();
    way.tags = read_tags(element);
    for (const XmlElement& nd : element.children("nd")) {
      std::string ref;
      if (!nd.required("ref", ref)) continue;
      const auto at = out.point_rows.find(ref);
      if (at == out.point_rows.end())
        tally.add(Severity::kWarning, out.file, "a way names a node that is not in the file; left out of it",
                  "way " + way.id, nd.line());
      else if (way.points.empty() || way.points.back() != at->second)
        way.points.push_back(at->second);
    }
    if (!out.way_rows.try_emplace(way.id, out.ways.size()).second) {
      tally.add(Severity::kWarning, out.file, "a second way with one id; left out", "way " + way.id, way.line);
      continue;
    }
    out.ways.push_back(std::move(way));
  }
}

void read_relations(const XmlElement& root, Document& out, detail::Tally& tally) {
  for (const XmlElement& element : root.children("relation")) {
    if (is_deleted(element)) continue;
    Relation relation;
    if (!element.required("id", relation.id)) continue;
    relation.line = element.line();
    relation.tags = read_tags(element);
    for (const XmlElement& m : element.children("member")) {
      Member member;
      m.optional("type", member.type);
      m.required("ref", member.ref);
      m.optional("role", member.role);
      relation.members.push_back(std::move(member));
    }
    if (!out.relation_rows.try_emplace(relation.id, out.relations.size()).second) {
      tally.add(Severity::kWarning, out.file, "a second relation with one id; left out", "relation " + relation.id,
                relation.line);
      continue;
    }
    out.relations.push_back(std::move(relation));
  }
}

}  // namespace

const std::string& tag(const Tags& tags, const std::string& key) {
  static const std::string kNothing;
  const auto at = tags.find(key);
  return at == tags.end() ? kNothing : at->second;
}

std::vector<Vec3> line_of(const Document& document, const Way& way) {
  std::vector<Vec3> line;
  for (const std::size_t row : way.points) line.push_back(document.points[row].at);
  return line;
}

sim::Result<Document> read_document(const std::filesystem::path& file, sim::Issues& issues, detail::Tally& tally) {
  auto xml = XmlDocument::load_file(file, issues);
  if (!xml) return tl::unexpected(xml.error());
  if (xml->root().name() != "osm")
    return sim::fail("the first element is <" + std::string(xml->root().name()) + ">, not <osm>", file.string(), 1);
  Document out;
  out.file = file.string();
  std::vector<RawPoint> points;
  int local = 0;
  for (const XmlElement& element : xml->root().children("node")) {
    if (is_deleted(element)) continue;
    points.push_back(read_point(element, out.file, tally));
    local += points.back().x && points.back().y;
  }
  const bool is_local = 2 * local > static_cast<int>(points.size());
  if (is_local)
    find_local_frame(points, out, tally), check_squares(points, out.file, tally);
  else if (!by_degrees(points, out))
    return sim::fail("no node has coordinates: neither local_x and local_y nor lat and lon", out.file);
  place_points(points, is_local, out, tally);
  read_ways(xml->root(), out, tally);
  read_relations(xml->root(), out, tally);
  // Metadata of the editors.
  static constexpr std::string_view kElements[] = {"MetaInfo", "bounds"};
  static constexpr std::string_view kAttributes[] = {"version", "generator", "visible", "timestamp", "user",
                                                     "uid",     "changeset", "action",  "upload",    "download"};
  xml->finish({kElements, kAttributes});
  return out;
}

}  // namespace bitgoeul::maps::lanelet2
