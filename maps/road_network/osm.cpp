#include "maps/road_network/osm.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "maps/projection.h"
#include "maps/road_network/left_hand.h"
#include "maps/road_network/osm_tags.h"
#include "maps/xml.h"

namespace bitgoeul::maps {

namespace {

using osm::Data;
using osm::Notes;
using osm::Position;
using osm::Tags;
using osm::value_of;
using osm::Way;
using sim::Vec2;

// Unpacked: at most so many bytes, and so many times the packed file and a base (XML packs 10 to 20 times).
constexpr std::size_t kMaxBytes = std::size_t{1} << 30, kMaxRatio = 40, kBase = std::size_t{16} << 20;

// A file that is unpacked while it is read; zlib passes files through that are not gzipped.
class Unpacked {
 public:
  Unpacked(const std::filesystem::path& path, std::size_t most)
      : path_(path), most_(most), file_(gzopen(path.c_str(), "rb")) {}
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;
  ~Unpacked() {
    if (file_ != nullptr) gzclose(file_);
  }

  // 0 at the end. Fails where the file does not unpack, or to more than it may.
  sim::Result<std::size_t> read(char* to, std::size_t size) {
    if (file_ == nullptr) return sim::fail("cannot open the file", path_.string(), 0, {}, "check the path");
    const int got = gzread(file_, to, static_cast<unsigned>(size));
    if (got < 0) return sim::fail("the file does not unpack", path_.string(), 0, {}, "fetch the file again");
    read_ += static_cast<std::size_t>(got);
    if (read_ > most_)
      return sim::fail("the file is larger than " + std::to_string(most_ >> 20) + " MB unpacked, " +
                           std::to_string(kMaxRatio) + " times its size or 1 GiB",
                       path_.string(), 0, {}, "cut it");
    return static_cast<std::size_t>(got);
  }

  // Up to `size` bytes, less at the end.
  sim::Result<std::string> read(std::size_t size) {
    std::string bytes, part(std::min(size, std::size_t{1} << 20), '\0');
    for (std::size_t got = 1; got > 0 && bytes.size() < size;) {
      const auto more = read(part.data(), std::min(part.size(), size - bytes.size()));
      if (!more) return tl::unexpected(more.error());
      got = *more;
      bytes.append(part.data(), got);
    }
    return bytes;
  }

  void rewind() {
    if (file_ != nullptr) gzrewind(file_);
    read_ = 0;
  }

 private:
  std::filesystem::path path_;
  std::size_t most_ = 0, read_ = 0;
  gzFile file_ = nullptr;
};

constexpr std::size_t kHeadBytes = 65536;

sim::Result<Data> read_data(const std::filesystem::path& path, std::size_t size, sim::Issues& issues) {
  Unpacked file(path, std::min(kMaxBytes, kMaxRatio * size + kBase));
  const auto head = file.read(kHeadBytes);
  if (!head) return tl::unexpected(head.error());
  file.rewind();
  if (!osm::is_pbf(*head))
    return osm::read_xml([&](char* to, std::size_t most) { return file.read(to, most); }, path.string(), issues);
  const auto bytes = file.read(kMaxBytes + 1);
  if (!bytes) return tl::unexpected(bytes.error());
  return osm::read_pbf(*bytes, path.string(), issues);
}

struct Reader {
  Data& data;
  std::string file;
  sim::Issues& issues;
  Notes notes;
  RoadNetwork network;

  bool frame();
  bool too_wide = false;  // for one flat frame
  void driving_side(double longitude_deg, double latitude_deg);
  void streets();
  void street(const Way& way, const Projection& projection);
  void facts();
  void restrictions();
  void report_notes();
};

// The middle of the roads, as a transverse Mercator frame; Korea by its position.
bool Reader::frame() {
  double west = 1e9, east = -1e9, south = 1e9, north = -1e9;
  for (const Way& way : data.ways)
    for (const std::int64_t id : way.nodes)
      if (const Position* p = data.find(id)) {
        west = std::min(west, p->longitude_deg), east = std::max(east, p->longitude_deg);
        south = std::min(south, p->latitude_deg), north = std::max(north, p->latitude_deg);
      }
  if (west > east || north > 84 || south < -80) return false;
  constexpr double kWidestDeg = 40.0;
  too_wide = east - west > kWidestDeg || north - south > kWidestDeg;
  const double longitude = 0.5 * (west + east), latitude = 0.5 * (south + north);
  network.korean = longitude > 124 && longitude < 132 && latitude > 33 && latitude < 39;
  driving_side(longitude, latitude);
  std::ostringstream text;
  text.precision(8);
  text << "+proj=tmerc +lat_0=" << latitude << " +lon_0=" << longitude
       << " +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs";
  network.projection = text.str();
  return true;
}

// By `driving_side` on most of the roads that have it, else by country.
void Reader::driving_side(double longitude_deg, double latitude_deg) {
  int left = 0, right = 0;
  for (const Way& way : data.ways) {
    const std::string_view side = value_of(way.tags, "driving_side");
    left += side == "left", right += side == "right";
  }
  network.left_hand = left != right ? left > right : keeps_left(longitude_deg, latitude_deg);
  if (left > 0 && right > 0)
    issues.push_back({sim::Severity::kWarning, file, 0, 0, "driving_side",
                      std::to_string(left) + " roads keep left, " + std::to_string(right) +
                          " right; all are built as " + (network.left_hand ? "left" : "right") + "-hand traffic",
                      "osm", "cut the file where the side changes"});
}

void Reader::street(const Way& way, const Projection& projection) {
  if (!osm::for_vehicles(way.tags, notes, way)) return;
  bool reversed = false;
  Street street = osm::street_of(way, network.korean, network.left_hand, notes, reversed);
  int missing = 0;
  for (const std::int64_t id : way.nodes) {
    const Position* position = data.find(id);
    missing += position == nullptr;
    if (position == nullptr || (!street.vertices.empty() && street.vertices.back() == id)) continue;
    const auto point = projection.forward(position->longitude_deg, position->latitude_deg);
    if (!point || (!street.line.empty() && (*point - street.line.back()).norm() < 1e-3)) continue;
    street.vertices.push_back(id);
    street.line.push_back(*point);
  }
  if (missing > 0) notes.add("a node of the way is not in the file", way);
  if (street.line.size() < 2) return notes.add("the way has fewer than two nodes in the file; left out", way);
  if (reversed) {
    std::reverse(street.line.begin(), street.line.end());
    std::reverse(street.vertices.begin(), street.vertices.end());
  }
  network.streets.push_back(std::move(street));
}

void Reader::streets() {
  const auto projection = Projection::make(network.projection);
  if (!projection) return issues.push_back(projection.error());
  network.streets.reserve(data.ways.size());
  for (; !data.ways.empty(); data.ways.pop_front()) street(data.ways.front(), *projection);
  network.streets.shrink_to_fit();
}

void Reader::facts() {
  for (const osm::Node& node : data.nodes) {
    const std::string_view highway = value_of(node.tags, "highway"), crossing = value_of(node.tags, "crossing");
    VertexFact fact;
    fact.vertex = node.id;
    fact.signals = highway == "traffic_signals" && value_of(node.tags, "traffic_signals") != "emergency";
    fact.crossing = highway == "crossing" || (!crossing.empty() && crossing != "no");
    fact.crossing_signals = fact.crossing && (crossing == "traffic_signals" || crossing == "pelican" ||
                                              value_of(node.tags, "crossing:signals") == "yes");
    fact.stop = highway == "stop";
    fact.give_way = highway == "give_way";
    fact.mini_roundabout = highway == "mini_roundabout";
    fact.ramp_node = highway == "motorway_junction";
    std::string_view direction = value_of(node.tags, "direction");
    if (const auto own = value_of(node.tags, "traffic_signals:direction"); !own.empty()) direction = own;
    fact.direction = direction == "forward" ? 1 : direction == "backward" ? -1 : 0;
    const std::string_view korean = value_of(node.tags, "name:ko");
    fact.name = network.korean && !korean.empty() ? korean : value_of(node.tags, "name");
    const std::string_view order_name = value_of(node.tags, "bitgoeul:signal_order");
    const auto order = signal_order_of(order_name);
    fact.order = order.value_or(SignalOrder::kAuto);
    if (!order)
      issues.push_back(
          {sim::Severity::kWarning, network.source, 0, 0, "node " + std::to_string(node.id),
           "`bitgoeul:signal_order` is \"" + std::string(order_name) + "\", which is no order; the usual one is taken",
           "signal-order", "straight_then_left, left_then_straight, together, split or auto"});
    network.facts.push_back(std::move(fact));
  }
}

void Reader::restrictions() {
  for (const osm::Relation& relation : data.relations) {
    Way where;
    where.id = relation.id;
    where.line = relation.line;
    std::string_view kind = value_of(relation.tags, "restriction");
    if (const auto own = value_of(relation.tags, "restriction:motorcar"); !own.empty()) kind = own;
    if (kind.empty()) {
      notes.add("a turn restriction for some vehicles or hours only is not used (relation)", where);
      continue;
    }
    if (value_of(relation.tags, "except").find("motorcar") != std::string_view::npos) continue;
    TurnRestriction restriction;
    restriction.only = kind.substr(0, 5) == "only_";
    for (const osm::Member& m : relation.members) {
      if (m.role == "from" && m.kind == 'w') restriction.from.push_back(m.id);
      if (m.role == "to" && m.kind == 'w') restriction.to.push_back(m.id);
      if (m.role == "via" && m.kind == 'w') restriction.via_streets.push_back(m.id);
      if (m.role == "via" && m.kind == 'n') restriction.via_vertex = m.id;
    }
    const bool whole = !restriction.from.empty() && !restriction.to.empty() &&
                       (restriction.via_vertex != 0 || !restriction.via_streets.empty());
    const bool known = restriction.only || kind.substr(0, 3) == "no_";
    if (whole && known)
      network.restrictions.push_back(std::move(restriction));
    else
      notes.add(whole ? "turn restriction `" + std::string(kind) + "` is not known (relation)"
                      : "a turn restriction lacks from, via or to in this file (relation)",
                where);
  }
}

void Reader::report_notes() {
  for (const auto& [what, note] : notes.all)
    issues.push_back({note.severity,
                      file,
                      note.line,
                      0,
                      note.where,
                      readable(note.count == 1 ? what : what + " (" + std::to_string(note.count) + " times)"),
                      "osm",
                      {}});
}

}  // namespace

bool is_osm_file(const std::filesystem::path& file) {
  const auto head = Unpacked(file, kMaxBytes).read(kHeadBytes);
  if (!head) return false;
  if (osm::is_pbf(*head)) return true;
  return head->find("<osm") != std::string::npos && head->find("v=\"lanelet\"") == std::string::npos &&
         head->find("v='lanelet'") == std::string::npos;
}

sim::Result<RoadNetwork> read_osm(const std::filesystem::path& path, sim::Issues& issues) {
  std::error_code error;
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path, error));
  if (error || size > kMaxBytes)
    return sim::fail(error ? "cannot be read" : "is larger than 1 GiB", path.string(), 0, {}, "cut it");
  auto data = read_data(path, size, issues);
  if (!data) return tl::unexpected(data.error());
  Reader reader{*data, path.string(), issues, {}, {}};
  if (!reader.frame())
    return sim::fail("no road in the file", path.string(), 0, {}, "give a file with `highway` ways and their nodes");
  if (reader.too_wide)
    return sim::fail("the roads reach over more than 40 degrees, which one flat map cannot show", path.string(), 0, {},
                     "correct their positions, or cut the file into several maps");
  reader.network.surveyed = true;
  reader.network.name = path.filename().string();
  reader.network.name.erase(std::min(reader.network.name.find('.'), reader.network.name.size()));
  reader.network.source = path.string();
  reader.network.notice = "lanes built from OpenStreetMap data, (c) OpenStreetMap contributors, ODbL";
  reader.streets();
  reader.facts();
  reader.restrictions();
  reader.report_notes();
  if (reader.network.streets.empty())
    return sim::fail("no road for motor vehicles in the file", path.string(), 0, {}, "see the other messages");
  return std::move(reader.network);
}

}  // namespace bitgoeul::maps
