#include "maps/lanelet2/primitives.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <fstream>
#include <limits>
#include <numeric>

#include "maps/projection.h"
#include "maps/xml_stream.h"

namespace bitgoeul::maps::lanelet2 {
namespace {

using sim::Severity;
using sim::Vec3;

constexpr double kMaxCoordinateM = 1e7;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// A node before its frame is known. What the file does not say is NaN.
struct RawPoint {
  std::string id;
  double lat = kNone, lon = kNone, x = kNone, y = kNone, z = 0;
  std::array<char, 5> square = {};  // of MGRS, with its zone: 54SUE
  int line = 0;

  bool local() const { return !std::isnan(x) && !std::isnan(y); }
  bool on_earth() const { return !std::isnan(lat) && !std::isnan(lon); }
};
using RawPoints = std::deque<RawPoint>;  // which never holds its points twice

// Nodes without coordinates are only counted, up to this many.
constexpr std::size_t kMostLost = 1'000'000;

struct Lost {
  std::size_t count = 0;
  std::string id;  // of the first, with its line
  int line = 0;

  void add(const std::string& node, int at) {
    if (count++ == 0) id = node, line = at;
  }
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
  const auto degrees = [&](const char* name) {
    const auto value = number(element, name);
    if (const auto text = element.attribute(name); !value && text && !text->empty())
      tally.add(Severity::kWarning, file, std::string(name) + " of a node is no number", "node " + p.id, p.line);
    return value.value_or(kNone);
  };
  p.lat = degrees("lat");
  p.lon = degrees("lon");
  const Tags tags = read_tags(element);
  p.x = number(tags, "local_x").value_or(kNone);
  p.y = number(tags, "local_y").value_or(kNone);
  const std::string& mgrs = tag(tags, "mgrs_code");
  std::copy_n(mgrs.begin(), std::min(mgrs.size(), p.square.size()), p.square.begin());
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
void find_local_frame(const RawPoints& points, Document& out, detail::Tally& tally) {
  const RawPoint* first = nullptr;
  std::optional<Projection> utm;
  double worst = 0;
  for (const RawPoint& p : points) {
    if (!p.local() || !p.on_earth() || std::abs(p.lat) > 84) continue;
    if (first == nullptr) {
      auto made = Projection::make(utm_of(p.lat, p.lon));
      if (!made) return;
      utm.emplace(std::move(*made));
      first = &p;
      out.projection = utm_of(p.lat, p.lon);
    }
    const auto place = utm->forward(p.lon, p.lat);
    if (!place) continue;
    const double dx = place->x() - p.x, dy = place->y() - p.y;
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

void check_squares(const RawPoints& points, const std::string& file, detail::Tally& tally) {
  std::array<char, 5> square = {};
  for (const RawPoint& p : points) {
    if (p.square[0] == '\0') continue;
    if (square[0] == '\0') square = p.square;
    if (p.square != square)
      tally.add(Severity::kWarning, file,
                "a point lies in another MGRS square than the first; local_x and local_y are taken as they are",
                "node " + p.id, p.line);
  }
}

bool by_degrees(const RawPoints& points, Document& out) {
  for (const RawPoint& p : points)
    if (p.on_earth()) {
      out.projection = utm_of(p.lat, p.lon);
      const auto utm = Projection::make(out.projection);
      if (!utm) return false;
      const auto at = utm->forward(p.lon, p.lat);
      if (!at) continue;
      out.offset_x = 100 * std::floor(at->x() / 100);
      out.offset_y = 100 * std::floor(at->y() / 100);
      return true;
    }
  return false;
}

void place_points(const RawPoints& points, bool local, Lost lost, Document& out, detail::Tally& tally) {
  std::optional<Projection> utm;
  if (!local) {
    auto made = Projection::make(out.projection, out.offset_x, out.offset_y);
    if (made) utm.emplace(std::move(*made));
  }
  out.points.reserve(points.size());
  for (const RawPoint& p : points) {
    Point point{p.id, Vec3::Zero(), p.line};
    bool placed = false;
    if (local && p.local()) {
      point.at = Vec3(sim::snap(p.x), sim::snap(p.y), sim::snap(p.z));
      placed = true;
    } else if (!local && utm && p.on_earth()) {
      if (const auto at = utm->forward(p.lon, p.lat)) point.at = Vec3(at->x(), at->y(), sim::snap(p.z)), placed = true;
    }
    if (!placed || std::abs(point.at.x()) > kMaxCoordinateM || std::abs(point.at.y()) > kMaxCoordinateM) {
      lost.add(p.id, p.line);
      continue;
    }
    out.points.push_back(std::move(point));
  }
  if (lost.count > 0)
    tally.add(Severity::kError, out.file, "a point has no usable coordinates; left out", "node " + lost.id, lost.line,
              local ? "give local_x and local_y to every node" : "give lat and lon to every node",
              static_cast<int>(lost.count));
}

// Of nodes with one id the first one counts.
void sort_points(Document& out, detail::Tally& tally) {
  auto& rows = out.points_by_id;
  rows.resize(out.points.size());
  std::iota(rows.begin(), rows.end(), 0u);
  const auto id = [&](std::uint32_t row) -> const std::string& { return out.points[row].id; };
  std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int order = id(a).compare(id(b));
    return order != 0 ? order < 0 : a < b;
  });
  int again = 0;
  std::uint32_t first = 0;
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (id(rows[i]) == id(rows[i - 1])) first = again++ == 0 ? rows[i] : std::min(first, rows[i]);
  if (again > 0)
    tally.add(Severity::kWarning, out.file, "a second node with one id; left out", "node " + id(first),
              out.points[first].line, {}, again);
}

// A way whose nodes may stand behind it in the file.
struct RawWay {
  Way way;
  std::string refs;        // each with a zero behind it
  std::vector<int> lines;  // of each
};

// The file's elements in its order, before points are placed and ways find them.
struct Raw {
  RawPoints points;
  Lost lost;
  std::deque<RawWay> ways;
  std::vector<Relation> relations;
  std::size_t bytes_read = 0, bytes_taken = 0;  // of the file, and about what the document will take of memory
};

// With what the allocator and a red-black tree add.
std::size_t bytes_of(const std::string& text) { return text.size() > 15 ? text.size() + 24 : 0; }
std::size_t bytes_of(const Tags& tags) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : tags) bytes += 112 + bytes_of(key) + bytes_of(value);
  return bytes;
}

void keep_point(RawPoint point, Raw& raw) {
  if (!point.local() && !point.on_earth()) return raw.lost.add(point.id, point.line);
  raw.bytes_taken += sizeof(RawPoint) + sizeof(Point) + sizeof(std::uint32_t) + 2 * bytes_of(point.id);
  raw.points.push_back(std::move(point));
}

void read_way(const XmlElement& element, Raw& raw) {
  RawWay read;
  if (!element.required("id", read.way.id)) return;
  read.way.line = element.line();
  read.way.tags = read_tags(element);
  std::string ref;
  for (XmlElement nd = element.child("nd"); nd; nd = nd.next("nd")) {
    if (!nd.required("ref", ref)) continue;
    read.refs.append(ref.c_str(), ref.size() + 1);
    read.lines.push_back(nd.line());
  }
  raw.bytes_taken += sizeof(RawWay) + sizeof(Way) + 112 + 2 * bytes_of(read.way.id) + bytes_of(read.way.tags) +
                     read.refs.size() + read.lines.size() * 2 * (sizeof(int) + sizeof(std::size_t));
  raw.ways.push_back(std::move(read));
}

void read_relation(const XmlElement& element, Raw& raw) {
  Relation relation;
  if (!element.required("id", relation.id)) return;
  relation.line = element.line();
  relation.tags = read_tags(element);
  for (const XmlElement& m : element.children("member")) {
    Member member;
    m.optional("type", member.type);
    m.required("ref", member.ref);
    m.optional("role", member.role);
    raw.bytes_taken += 2 * sizeof(Member) + bytes_of(member.type) + bytes_of(member.ref) + bytes_of(member.role);
    relation.members.push_back(std::move(member));
  }
  raw.bytes_taken += 3 * sizeof(Relation) + 112 + 2 * bytes_of(relation.id) + bytes_of(relation.tags);
  raw.relations.push_back(std::move(relation));
}

void place_ways(std::deque<RawWay>& ways, Document& out, detail::Tally& tally) {
  int missing = 0;
  std::pair<std::string, int> first;
  for (RawWay& read : ways) {
    Way& way = read.way;
    std::size_t at = 0;
    for (const int line : read.lines) {
      const std::string_view ref = read.refs.c_str() + at;
      at += ref.size() + 1;
      const auto row = point_row(out, ref);
      missing += !row;
      if (!row && missing == 1) first = {way.id, line};
      if (row && (way.points.empty() || way.points.back() != *row)) way.points.push_back(*row);
    }
    read.refs = {}, read.lines = {};
    if (!out.way_rows.try_emplace(way.id, out.ways.size()).second) {
      tally.add(Severity::kWarning, out.file, "a second way with one id; left out", "way " + way.id, way.line);
      continue;
    }
    out.ways.push_back(std::move(way));
  }
  tally.add(Severity::kWarning, out.file, "a way names a node that is not in the file; left out of it",
            "way " + first.first, first.second, {}, missing);
}

void place_relations(std::vector<Relation>& relations, Document& out, detail::Tally& tally) {
  for (Relation& relation : relations) {
    if (!out.relation_rows.try_emplace(relation.id, out.relations.size()).second) {
      tally.add(Severity::kWarning, out.file, "a second relation with one id; left out", "relation " + relation.id,
                relation.line);
      continue;
    }
    out.relations.push_back(std::move(relation));
  }
}

sim::Result<Raw> read_raw(const std::filesystem::path& path, sim::Issues& issues, detail::Tally& tally) {
  // Metadata of the editors.
  static constexpr std::string_view kElements[] = {"MetaInfo", "bounds"};
  static constexpr std::string_view kAttributes[] = {"version", "generator", "visible", "timestamp", "user",
                                                     "uid",     "changeset", "action",  "upload",    "download"};
  const XmlVocabulary vocabulary{kElements, kAttributes};
  const std::string file = path.string();
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return sim::fail("cannot be read", file);
  Raw raw;
  const auto source = [&](char* to, std::size_t most) -> sim::Result<std::size_t> {
    stream.read(to, static_cast<std::streamsize>(most));
    if (stream.bad()) return sim::fail("cannot be read", file);
    raw.bytes_read += static_cast<std::size_t>(stream.gcount());
    if (raw.lost.count > kMostLost)
      return sim::fail("more than a million nodes have no usable coordinates", file, 0, {},
                       "give lat and lon, or local_x and local_y, to every node");
    if (raw.bytes_taken > 4 * raw.bytes_read + (std::size_t{40} << 20))
      return sim::fail("would take more than 4 times its size of memory: elements of next to nothing", file, 0, {},
                       "remove what holds no data");
    return static_cast<std::size_t>(stream.gcount());
  };
  const auto read = stream_xml(source, file, {"osm", &vocabulary}, issues, [&](const XmlElement& element) {
    const std::string_view name = element.name();
    if (name != "node" && name != "way" && name != "relation") return;
    element.mark_read();
    if (is_deleted(element)) return;
    if (name == "node") keep_point(read_point(element, file, tally), raw);
    if (name == "way") read_way(element, raw);
    if (name == "relation") read_relation(element, raw);
  });
  if (!read) return tl::unexpected(read.error());
  return raw;
}

}  // namespace

const std::string& tag(const Tags& tags, const std::string& key) {
  static const std::string kNothing;
  const auto at = tags.find(key);
  return at == tags.end() ? kNothing : at->second;
}

std::optional<std::size_t> point_row(const Document& document, std::string_view id) {
  const auto& rows = document.points_by_id;
  const auto at = std::lower_bound(rows.begin(), rows.end(), id, [&](std::uint32_t row, std::string_view wanted) {
    return document.points[row].id < wanted;
  });
  if (at == rows.end() || document.points[*at].id != id) return std::nullopt;
  return *at;
}

std::vector<Vec3> line_of(const Document& document, const Way& way) {
  std::vector<Vec3> line;
  for (const std::size_t row : way.points) line.push_back(document.points[row].at);
  return line;
}

sim::Result<Document> read_document(const std::filesystem::path& file, sim::Issues& issues, detail::Tally& tally) {
  auto raw = read_raw(file, issues, tally);
  if (!raw) return tl::unexpected(raw.error());
  Document out;
  out.file = file.string();
  std::size_t local = 0;
  for (const RawPoint& point : raw->points) local += point.local();
  const bool is_local = 2 * local > raw->points.size() + raw->lost.count;
  if (is_local)
    find_local_frame(raw->points, out, tally), check_squares(raw->points, out.file, tally);
  else if (!by_degrees(raw->points, out))
    return sim::fail("no node has coordinates: neither local_x and local_y nor lat and lon", out.file);
  place_points(raw->points, is_local, raw->lost, out, tally);
  raw->points = {};
  sort_points(out, tally);
  place_ways(raw->ways, out, tally);
  place_relations(raw->relations, out, tally);
  return out;
}

}  // namespace bitgoeul::maps::lanelet2
