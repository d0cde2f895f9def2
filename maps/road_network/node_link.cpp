#include "maps/road_network/node_link.h"

#include <cpl_conv.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "maps/detail/table_numbers.h"
#include "maps/projection.h"
#include "maps/xml.h"

namespace bitgoeul::maps {

namespace {

namespace fs = std::filesystem;
using sim::Issue;
using sim::Severity;
using sim::Vec2;

constexpr double kTwinM = 14.0;       // the two directions of a street, mean distance of their lines
constexpr double kNodeReachM = 60.0;  // a line's end farther from its node than this is named
constexpr const char* kDefaultFrame = "EPSG:5186";

// The names of the columns, from the head of a .dbf table.
std::string columns_of(const fs::path& dbf) {
  std::ifstream in(dbf, std::ios::binary);
  std::string head(32 + 32 * 64, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  std::string names = " ";
  for (std::size_t at = 32; at + 32 <= head.size() && head[at] != '\r'; at += 32)
    names += std::string(head.c_str() + at).substr(0, 11) + " ";
  return names;
}
bool has_column(const std::string& columns, const char* name) {
  return columns.find(" " + std::string(name) + " ") != std::string::npos;
}

struct CloseDataset {
  void operator()(void* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<void, CloseDataset>;

// GDAL's own messages stay out of the engine's output.
struct Quiet {
  Quiet() { CPLPushErrorHandler(CPLQuietErrorHandler); }
  ~Quiet() { CPLPopErrorHandler(); }
};

Dataset open_table(const fs::path& path) {
  GDALAllRegister();
  fs::path codepage = path;
  std::error_code error;
  const bool said = fs::exists(codepage.replace_extension(".cpg"), error);
  const char* const options[] = {"ENCODING=CP949", nullptr};
  const char* const drivers[] = {"ESRI Shapefile", nullptr};
  return Dataset(
      GDALOpenEx(path.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, said ? nullptr : options, nullptr));
}

// One feature's attributes by name.
struct Record {
  OGRFeatureH feature;
  int line;

  std::string text(const char* column) const {
    const int field = OGR_F_GetFieldIndex(feature, column);
    std::string value = field < 0 ? std::string() : OGR_F_GetFieldAsString(feature, field);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.pop_back();
    return value;
  }
  std::int64_t id(const char* column) const {
    const std::string value = text(column);
    std::int64_t out = 0;
    const auto got = std::from_chars(value.data(), value.data() + value.size(), out);
    return got.ec == std::errc() && got.ptr == value.data() + value.size() ? out : 0;
  }
  int number(const char* column, int fallback) const {
    const std::int64_t value = id(column);
    return text(column).empty() || value < -1000000 || value > 1000000 ? fallback : static_cast<int>(value);
  }
};

template <class Use>
void for_each_row(OGRLayerH layer, Use&& use) {
  OGR_L_ResetReading(layer);
  int line = 0;
  while (OGRFeatureH feature = OGR_L_GetNextFeature(layer)) {
    use(Record{feature, ++line});
    OGR_F_Destroy(feature);
  }
}

struct Link {
  Street street;
  std::int64_t from = 0, to = 0;
  bool alive = true;
};

struct Reader {
  NodeLinkFiles files;
  sim::Issues& issues;
  RoadNetwork network;
  std::vector<Link> links;
  std::map<std::int64_t, Vec2> nodes;
  std::map<std::int64_t, std::int64_t> alias;                // link id -> the street it became part of
  std::map<std::string, std::pair<int, std::string>> notes;  // what -> count, the first element
  std::int64_t next_vertex = -1;

  void note(const std::string& what, const std::string& where) {
    auto& [count, first] = notes[what];
    if (count++ == 0) first = readable(where);
  }
  // The column's whole number; 0 with a word about it where there is another text.
  int code(const Record& row, const char* column, const std::string& where) {
    const std::string text = row.text(column);
    if (!text.empty() && row.id(column) == 0 && text.find_first_not_of('0') != std::string::npos)
      note(std::string(column) + " is no whole number: 0 is taken", where);
    return row.number(column, 0);
  }
  void check_numbers(const fs::path& table) {
    fs::path dbf = table;
    for (const detail::BadCells& bad : detail::find_bad_numbers(dbf.replace_extension(".dbf")))
      note("a value of column " + bad.column + " is no number", "row " + std::to_string(bad.record));
  }
  sim::Result<void> frame(OGRLayerH layer);
  sim::Result<Vec2> place(double x, double y) const;
  sim::Result<void> read_links();
  void add_link(const Record& row);
  std::vector<Vec2> line_of(const Record& row, const std::string& where);
  void read_nodes();
  void set_ends(Link& link);
  void join_twins();
  void read_turns();
  void finish();

  std::unique_ptr<Projection> source, local;
};

// The layer's own coordinates -> a transverse Mercator frame about its middle.
sim::Result<void> Reader::frame(OGRLayerH layer) {
  std::string text = kDefaultFrame;
  if (OGRSpatialReferenceH reference = OGR_L_GetSpatialRef(layer)) {
    char* proj = nullptr;
    if (OSRExportToProj4(reference, &proj) == OGRERR_NONE && proj != nullptr && *proj != '\0') text = proj;
    CPLFree(proj);
  } else {
    note("no .prj beside the links: EPSG:5186 is taken", files.links.filename().string());
  }
  if (text.find("longlat") != std::string::npos) text = "EPSG:4326";
  if (text.find("bessel") != std::string::npos && text.find("towgs84") == std::string::npos)
    note("the .prj names a Bessel frame without its shift to WGS84: places may be off by some 300 m", text);
  OGREnvelope box;
  if (OGR_L_GetExtent(layer, &box, 1) != OGRERR_NONE || !(box.MinX <= box.MaxX))
    return sim::fail("the layer holds no line", files.links.string());
  const double x = 0.5 * (box.MinX + box.MaxX), y = 0.5 * (box.MinY + box.MaxY);
  Projection::LonLat middle{x, y};
  if (text != "EPSG:4326") {
    auto projection = Projection::make(text);
    if (!projection) return tl::unexpected(projection.error());
    source = std::make_unique<Projection>(std::move(*projection));
    const auto inverse = source->inverse(x, y);
    if (!inverse) return tl::unexpected(inverse.error());
    middle = *inverse;
  }
  const bool usable = std::fabs(middle.longitude_deg) <= 180 && std::fabs(middle.latitude_deg) <= 84;
  if (!usable) return sim::fail("the coordinates do not fit the projection", files.links.string(), 0, text);
  std::ostringstream out;
  out.precision(8);
  out << "+proj=tmerc +lat_0=" << middle.latitude_deg << " +lon_0=" << middle.longitude_deg
      << " +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs";
  network.projection = out.str();
  auto projection = Projection::make(network.projection);
  if (!projection) return tl::unexpected(projection.error());
  local = std::make_unique<Projection>(std::move(*projection));
  return {};
}

sim::Result<Vec2> Reader::place(double x, double y) const {
  Projection::LonLat at{x, y};
  if (source) {
    const auto inverse = source->inverse(x, y);
    if (!inverse) return tl::unexpected(inverse.error());
    at = *inverse;
  }
  return local->forward(at.longitude_deg, at.latitude_deg);
}

// Parts of one line in a row; a second part that begins elsewhere is named and left out.
std::vector<Vec2> Reader::line_of(const Record& row, const std::string& where) {
  std::vector<Vec2> line;
  OGRGeometryH geometry = OGR_F_GetGeometryRef(row.feature);
  if (geometry == nullptr) return line;
  const bool multi = wkbFlatten(OGR_G_GetGeometryType(geometry)) == wkbMultiLineString;
  const int parts = multi ? OGR_G_GetGeometryCount(geometry) : 1;
  for (int p = 0; p < parts; ++p) {
    OGRGeometryH part = multi ? OGR_G_GetGeometryRef(geometry, p) : geometry;
    for (int i = 0; i < OGR_G_GetPointCount(part); ++i) {
      const auto point = place(OGR_G_GetX(part, i), OGR_G_GetY(part, i));
      if (!point || !std::isfinite(point->x()) || !std::isfinite(point->y())) {
        note("a point lies outside of the projection", where);
        return {};
      }
      if (p > 0 && i == 0 && !line.empty() && (*point - line.back()).norm() > 1.0) {
        note("a line of several parts that do not touch: the first counts", where);
        return line;
      }
      if (line.empty() || (*point - line.back()).norm() > 0.01) line.push_back(*point);
    }
  }
  return line;
}

RoadClass class_of(int rank, int lanes) {
  switch (rank) {
    case 101:
      return RoadClass::kMotorway;
    case 102:
      return RoadClass::kTrunk;
    case 103:
      return RoadClass::kPrimary;
    case 104:
      return lanes >= 3 ? RoadClass::kPrimary : lanes == 2 ? RoadClass::kSecondary : RoadClass::kTertiary;
    case 105:
    case 106:
      return RoadClass::kSecondary;
    case 107:
      return RoadClass::kTertiary;
    default:
      return RoadClass::kResidential;
  }
}

void Reader::add_link(const Record& row) {
  Link link;
  Street& street = link.street;
  street.id = row.text("LINK_ID");
  const std::string where = "link " + (street.id.empty() ? "in row " + std::to_string(row.line) : street.id);
  street.source_id = row.id("LINK_ID");
  link.from = row.id("F_NODE");
  link.to = row.id("T_NODE");
  if (street.source_id <= 0 || link.from <= 0 || link.to <= 0)
    return note("LINK_ID, F_NODE or T_NODE is no number: left out", where);
  if (code(row, "ROAD_USE", where) == 1) return note("the link is not in use (ROAD_USE 1): left out", where);
  int lanes = row.number("LANES", 0);
  if (lanes < 1 || lanes > 10) {
    note("LANES is not in 1 to 10: one lane is taken", where);
    lanes = 1;
  }
  street.lanes_forward = lanes;
  street.lanes_backward = 0;
  const int rank = row.number("ROAD_RANK", 0), connect = code(row, "CONNECT", where),
            type = code(row, "ROAD_TYPE", where);
  if (rank < 101 || rank > 108) note("ROAD_RANK is not in 101 to 108: counts as 108", where);
  street.link = connect != 0;
  street.road_class = street.link ? RoadClass::kRamp : class_of(rank, lanes);
  street.bridge = type == 1 || type == 3;
  street.tunnel = type == 2 || type == 4;
  street.level = street.bridge ? 1 : street.tunnel ? -1 : 0;
  const int limit = row.number("MAX_SPD", 0);
  if (limit < 5 || limit > 150) note("MAX_SPD is not in 5 to 150: 50 km/h is taken", where);
  street.speed_limit_mps = (limit < 5 || limit > 150 ? 50 : limit) / 3.6;
  street.name = row.text("ROAD_NAME") == "-" ? std::string() : row.text("ROAD_NAME");
  street.source_line = row.line;
  if (row.number("REST_VEH", 0) != 0) note("REST_VEH is not used", where);
  if (row.number("REST_H", 0) > 0) note("REST_H is not used", where);
  if (row.number("MULTI_LINK", 0) != 0) note("MULTI_LINK is not used", where);
  street.line = line_of(row, where);
  if (street.line.size() < 2) return note("the line has fewer than two points: left out", where);
  street.facts_forward.resize(static_cast<std::size_t>(lanes));
  links.push_back(std::move(link));
}

sim::Result<void> Reader::read_links() {
  const Dataset dataset = open_table(files.links);
  if (!dataset) return sim::fail("the shapefile cannot be read", files.links.string(), 0, {}, "check .shp, .shx, .dbf");
  OGRLayerH layer = GDALDatasetGetLayer(dataset.get(), 0);
  if (const auto framed = frame(layer); !framed) return framed;
  for_each_row(layer, [&](const Record& row) { add_link(row); });
  for (const fs::path& table : {files.links, files.nodes, files.turns})
    if (!table.empty()) check_numbers(table);
  return {};
}

void Reader::read_nodes() {
  const Dataset dataset = files.nodes.empty() ? Dataset() : open_table(files.nodes);
  if (!dataset) return note("there is no node shapefile: links join by F_NODE and T_NODE", files.links.string());
  for_each_row(GDALDatasetGetLayer(dataset.get(), 0), [&](const Record& row) {
    OGRGeometryH geometry = OGR_F_GetGeometryRef(row.feature);
    if (geometry == nullptr || row.id("NODE_ID") <= 0)
      return note("a node without place or number", row.text("NODE_ID"));
    const auto point = place(OGR_G_GetX(geometry, 0), OGR_G_GetY(geometry, 0));
    if (!point) return note("a node outside of the projection", row.text("NODE_ID"));
    nodes[row.id("NODE_ID")] = *point;
    VertexFact fact;
    fact.vertex = row.id("NODE_ID");
    fact.name = row.text("NODE_NAME") == "-" ? std::string() : row.text("NODE_NAME");
    network.facts.push_back(std::move(fact));
  });
}

// The line runs from F_NODE to T_NODE and ends there.
void Reader::set_ends(Link& link) {
  std::vector<Vec2>& line = link.street.line;
  const auto from = nodes.try_emplace(link.from, line.front()).first,
             to = nodes.try_emplace(link.to, line.back()).first;
  const double as_is = (line.front() - from->second).norm() + (line.back() - to->second).norm();
  const double turned = (line.back() - from->second).norm() + (line.front() - to->second).norm();
  if (turned + 1.0 < as_is) {
    note("the line runs from T_NODE to F_NODE: turned round", "link " + link.street.id);
    std::reverse(line.begin(), line.end());
  }
  if (std::min(as_is, turned) > kNodeReachM)
    note("the line ends far from its nodes: drawn to them", "link " + link.street.id);
  line.front() = from->second;
  line.back() = to->second;
}

double distance_to(const std::vector<Vec2>& line, const Vec2& p, Vec2& foot) {
  double least = 1e18;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const Vec2 d = line[i + 1] - line[i];
    const double u = d.squaredNorm() > 0 ? std::clamp((p - line[i]).dot(d) / d.squaredNorm(), 0.0, 1.0) : 0.0;
    const Vec2 at = line[i] + u * d;
    if ((p - at).norm() < least) least = (p - at).norm(), foot = at;
  }
  return least;
}

// Both directions of a street are links of their own, side by side: one street, in the middle between them.
void Reader::join_twins() {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> by_ends;
  for (std::size_t i = 0; i < links.size(); ++i) by_ends[{links[i].from, links[i].to}].push_back(i);
  for (std::size_t i = 0; i < links.size(); ++i) {
    Link& link = links[i];
    const auto found = by_ends.find({link.to, link.from});
    if (!link.alive || link.street.link || found == by_ends.end()) continue;
    for (const std::size_t j : found->second) {
      Link& other = links[j];
      const Street &a = link.street, &b = other.street;
      if (j <= i || !other.alive || b.link || b.level != a.level || b.name != a.name) continue;
      std::vector<Vec2> middle = {a.line.front()};
      double sum = 0;
      for (std::size_t k = 1; k + 1 < a.line.size(); ++k) {
        Vec2 foot = a.line[k];
        sum += distance_to(b.line, a.line[k], foot);
        const Vec2 p = 0.5 * (a.line[k] + foot);
        middle.push_back({sim::snap(p.x()), sim::snap(p.y())});
      }
      middle.push_back(a.line.back());
      if (a.line.size() > 2 && sum / static_cast<double>(a.line.size() - 2) > kTwinM) continue;
      link.street.line = std::move(middle);
      link.street.road_class = std::min(a.road_class, b.road_class);  // the greater one: it depends on the lanes
      link.street.lanes_backward = b.lanes_forward;
      link.street.facts_backward = b.facts_forward;
      if (b.speed_limit_mps != a.speed_limit_mps) link.street.speed_backward_mps = b.speed_limit_mps;
      alias[b.source_id] = a.source_id;
      other.alive = false;
      break;
    }
  }
}

void Reader::read_turns() {
  const Dataset dataset = files.turns.empty() ? Dataset() : open_table(files.turns);
  if (!dataset) return;
  std::vector<std::int64_t> ids;
  for (const Link& link : links) ids.push_back(link.street.source_id);
  std::sort(ids.begin(), ids.end());
  const auto known_link = [&](std::int64_t id) { return std::binary_search(ids.begin(), ids.end(), id); };
  const auto street = [&](std::int64_t id) {
    const auto found = alias.find(id);
    return found == alias.end() ? id : found->second;
  };
  for_each_row(GDALDatasetGetLayer(dataset.get(), 0), [&](const Record& row) {
    const std::string where = "turn " + row.text("TURN_ID");
    const int type = code(row, "TURN_TYPE", where);
    if (code(row, "TURN_OPER", where) == 1) return note("a turn rule for some hours is not used", where);
    if (!known_link(row.id("ST_LINK")) || !known_link(row.id("ED_LINK")) || nodes.count(row.id("NODE_ID")) == 0)
      return note("a turn rule names a link or node that is not there: left out", where);
    const std::int64_t from = street(row.id("ST_LINK")), to = street(row.id("ED_LINK"));
    if (type == 11) return network.u_turns.push_back({row.id("NODE_ID"), from});
    const bool forbids = type == 3 || type == 101 || type == 102 || type == 103;
    if (type == 2) note("a turn for buses only is closed to all", where);
    if (!forbids && type != 2) return note("TURN_TYPE " + row.text("TURN_TYPE") + " is not used", where);
    TurnRestriction restriction;
    restriction.from = {from};
    restriction.to = {to};
    restriction.via_vertex = row.id("NODE_ID");
    network.restrictions.push_back(std::move(restriction));
  });
}

void Reader::finish() {
  for (Link& link : links) {
    if (!link.alive) continue;
    Street& street = link.street;
    bool moves = street.line.size() > 2 || link.from != link.to;
    for (std::size_t i = 0; i + 1 < street.line.size(); ++i)
      moves &= (street.line[i + 1] - street.line[i]).norm() > 1e-3;
    if (!moves) {
      note("the link has no length between its nodes: left out", "link " + street.id);
      continue;
    }
    street.vertices.assign(street.line.size(), 0);
    for (std::int64_t& vertex : street.vertices) vertex = next_vertex--;
    street.vertices.front() = link.from;
    street.vertices.back() = link.to;
    network.streets.push_back(std::move(street));
  }
  std::stable_sort(network.facts.begin(), network.facts.end(),
                   [](const VertexFact& a, const VertexFact& b) { return a.vertex < b.vertex; });
  for (const auto& [what, note] : notes)
    issues.push_back({Severity::kInfo,
                      files.links.string(),
                      0,
                      0,
                      note.second,
                      note.first == 1 ? what : what + " (" + std::to_string(note.first) + " times)",
                      "node-link",
                      {}});
}

}  // namespace

NodeLinkFiles find_node_link(const fs::path& path) {
  NodeLinkFiles files;
  std::error_code error;
  const bool is_folder = fs::is_directory(path, error);
  if (!is_folder && path.extension() != ".shp") return files;
  const fs::path folder = is_folder ? path : path.parent_path().empty() ? fs::path(".") : path.parent_path();
  std::vector<fs::path> tables;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".dbf") tables.push_back(it->path());
  std::sort(tables.begin(), tables.end());
  const auto shape = [](fs::path dbf) { return dbf.replace_extension(".shp"); };
  for (const fs::path& table : tables) {
    const std::string columns = columns_of(table);
    const bool shapes = fs::exists(shape(table), error);
    if (shapes && has_column(columns, "LINK_ID") && has_column(columns, "F_NODE") && has_column(columns, "T_NODE")) {
      if (is_folder ? files.links.empty() : shape(table) == folder / path.filename()) files.links = shape(table);
    } else if (shapes && has_column(columns, "NODE_ID") && files.nodes.empty()) {
      files.nodes = shape(table);
    } else if (has_column(columns, "ST_LINK") && has_column(columns, "ED_LINK")) {
      files.turns = table;
    }
  }
  if (files.links.empty()) return {};
  for (const fs::path& main : {files.links, files.nodes, files.turns})
    for (const char* extension : {".cpg", ".dbf", ".prj", ".shp", ".shx"})
      if (fs::path part = main; !main.empty() && fs::exists(part.replace_extension(extension), error))
        files.all.push_back(part);
  std::sort(files.all.begin(), files.all.end());
  files.all.erase(std::unique(files.all.begin(), files.all.end()), files.all.end());
  return files;
}

sim::Result<RoadNetwork> read_node_link(const fs::path& path, sim::Issues& issues) {
  const Quiet quiet;
  Reader reader{find_node_link(path), issues, {}, {}, {}, {}, {}};
  if (reader.files.links.empty())
    return sim::fail("no link shapefile of the standard node-link", path.string(), 0, {},
                     "give a .shp with LINK_ID, F_NODE and T_NODE");
  if (const auto read = reader.read_links(); !read) return tl::unexpected(read.error());
  reader.network.surveyed = true;
  reader.network.name = reader.files.links.stem().string();
  reader.network.source = path.string();
  reader.network.notice = "lanes built from the standard node-link (표준노드링크, 국가교통정보센터)";
  reader.read_nodes();
  for (Link& link : reader.links) reader.set_ends(link);
  reader.join_twins();
  reader.read_turns();
  reader.finish();
  if (reader.network.streets.empty())
    return sim::fail("no usable link", path.string(), 0, {}, "see the other messages");
  return std::move(reader.network);
}

}  // namespace bitgoeul::maps
