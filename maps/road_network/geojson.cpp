#include "maps/road_network/geojson.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "maps/projection.h"
#include "maps/xml.h"

namespace bitgoeul::maps {

namespace {

using nlohmann::json;
using sim::Issue;
using sim::Issues;
using sim::Result;
using sim::Severity;
using sim::Vec2;

constexpr int kMaxLanes = 8;
constexpr int kMostComplaints = 1000;  // the rest of them is counted

struct Reader {
  std::filesystem::path folder;
  Issues& issues;
  Projection projection;
  int complaints = 0;
  Severity worst_untold = Severity::kInfo;
};

// One feature of a file with what is needed to complain about it.
struct Feature {
  const json& properties;
  const json& coordinates;
  std::string file;
  int line;
  std::string where;
};

void complain(Reader& reader, Issue issue) {
  if (++reader.complaints <= kMostComplaints) return reader.issues.push_back(std::move(issue));
  reader.worst_untold = std::max(reader.worst_untold, issue.severity);
}

void complain(Reader& reader, const Feature& feature, const std::string& what, const std::string& remedy = {},
              Severity severity = Severity::kError) {
  complain(reader, {severity, feature.file, feature.line, 0, feature.where, readable(what), "road-network", remedy});
}

void count_untold(Reader& reader) {
  if (reader.complaints > kMostComplaints)
    reader.issues.push_back({reader.worst_untold,
                             reader.folder.string(),
                             0,
                             0,
                             {},
                             std::to_string(reader.complaints - kMostComplaints) + " more complaints are left out",
                             "road-network",
                             "see the ones above"});
}

constexpr std::size_t kMaxBytes = std::size_t{1} << 28;

Result<std::string> read_text(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size > kMaxBytes) return sim::fail("is larger than 256 MB", path.string(), 0, {}, "cut it");
  std::ifstream in(path, std::ios::binary);
  if (error || !in)
    return sim::fail("cannot open the file", path.string(), 0, {}, "check the path and its permissions");
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return text;
}

constexpr std::size_t kLongestText = std::size_t{1} << 20, kDeepest = 100;

struct JsonCount {
  std::size_t bytes = 0, deepest = 0, longest_text = 0;
};

// Bytes that the parsed text will take: elements stand in vectors that grow by doubling, members in trees, texts in
// strings of their own. Nothing is counted beyond a depth that no file has.
JsonCount count_json(const std::string& text) {
  JsonCount count{text.size(), 0, 0};
  std::string open;
  for (std::size_t i = 0; i < text.size() && open.size() <= kDeepest; ++i) {
    const char c = text[i];
    if (c == '"') {
      const std::size_t begin = i + 1;
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
      const std::size_t length = std::min(i, text.size()) - begin;
      count.longest_text = std::max(count.longest_text, length);
      count.bytes += 48 + (length > 15 ? length + 16 : 0);
    }
    if (c == ',' && (open.empty() || open.back() == '[')) count.bytes += 4 * sizeof(json);
    if (c == ':') count.bytes += 64;
    if (c == '[' || c == '{') count.bytes += 64, open += c, count.deepest = std::max(count.deepest, open.size());
    if ((c == ']' || c == '}') && !open.empty()) open.pop_back();
  }
  return count;
}

Result<void> check_memory(const std::string& text, const std::filesystem::path& path) {
  const JsonCount count = count_json(text);
  if (count.deepest > kDeepest)
    return sim::fail("lists and objects are nested deeper than 100", path.string(), 0, {}, "flatten them");
  if (count.longest_text > kLongestText)
    return sim::fail("holds a text of more than a megabyte", path.string(), 0, {}, "shorten it");
  if (count.bytes <= 4 * text.size() + (std::size_t{48} << 20)) return {};
  return sim::fail("would take " + std::to_string(count.bytes >> 20) + " MB of memory, more than 4 times its size",
                   path.string(), 0, {}, "cut the file into several maps");
}

int line_at(const std::string& text, std::size_t offset) {
  return 1 + static_cast<int>(std::count(
                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size())), '\n'));
}

// Lines on which the features begin, in file order: the JSON library keeps no positions.
std::vector<int> feature_lines(const std::string& text) {
  std::vector<int> lines;
  int line = 1;
  std::size_t scanned = 0;
  for (std::size_t at = text.find("\"Feature\""); at != std::string::npos; at = text.find("\"Feature\"", at + 1)) {
    line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(scanned),
                                        text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    scanned = at;
    lines.push_back(line);
  }
  return lines;
}

const json& member(const json& object, const char* key) {
  static const json kNothing;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kNothing;
}

std::string text_of(const json& properties, const char* key) {
  const json& found = member(properties, key);
  return found.is_string() ? found.get<std::string>() : std::string();
}

// A property of another type than it should have is named and left out; null is as good as none.
const json& property(Reader& reader, const Feature& feature, const char* key, bool (json::*fits)() const noexcept,
                     const char* type) {
  static const json kNothing;
  const json& found = member(feature.properties, key);
  if (found.is_null() || (found.*fits)()) return found;
  complain(reader, feature, std::string(key) + " is not " + type + "; left out", {}, Severity::kWarning);
  return kNothing;
}
std::string text_of(Reader& reader, const Feature& feature, const char* key) {
  const json& found = property(reader, feature, key, &json::is_string, "a text");
  return found.is_string() ? found.get<std::string>() : std::string();
}
double number_of(Reader& reader, const Feature& feature, const char* key, double fallback) {
  const json& found = property(reader, feature, key, &json::is_number, "a number");
  return found.is_number() ? found.get<double>() : fallback;
}
bool flag_of(Reader& reader, const Feature& feature, const char* key) {
  const json& found = property(reader, feature, key, &json::is_boolean, "true or false");
  return found.is_boolean() && found.get<bool>();
}

Result<Vec2> project(Reader& reader, const json& point) {
  if (!point.is_array() || point.size() < 2 || !point[0].is_number() || !point[1].is_number())
    return sim::fail("a coordinate is not [longitude, latitude]");
  const double longitude = point[0].get<double>(), latitude = point[1].get<double>();
  if (!(std::fabs(longitude) <= 180.0) || !(std::fabs(latitude) <= 90.0))
    return sim::fail("a coordinate is outside of WGS84 longitude and latitude");
  return reader.projection.forward(longitude, latitude);
}

// Empty when the line is unusable; repeated points are dropped.
std::vector<Vec2> project_line(Reader& reader, const Feature& feature, const json& coordinates) {
  std::vector<Vec2> line;
  if (!coordinates.is_array()) {
    complain(reader, feature, "the geometry has no list of coordinates");
    return line;
  }
  for (const json& point : coordinates) {
    const Result<Vec2> local = project(reader, point);
    if (!local) {
      complain(reader, feature, local.error().what, "correct the coordinate");
      return {};
    }
    if (line.empty() || (*local - line.back()).norm() > 1e-3) line.push_back(*local);
  }
  return line;
}

struct Collection {
  json root;
  std::vector<int> lines;  // of its features
};

Result<Collection> parse_collection(const std::filesystem::path& path) {
  const Result<std::string> text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  if (const auto fits = check_memory(*text, path); !fits) return tl::unexpected(fits.error());
  json root;
  try {
    root = json::parse(*text);
  } catch (const json::parse_error& failure) {
    return sim::fail("not valid JSON", path.string(), line_at(*text, failure.byte), {}, "mend the syntax");
  } catch (const json::exception&) {
    return sim::fail("holds a number beyond all bounds", path.string(), 0, {}, "correct the number");
  }
  if (!root.is_object() || !root.contains("features") || !root["features"].is_array())
    return sim::fail("not a GeoJSON FeatureCollection", path.string(), 1, {}, "give a file with a `features` list");
  return Collection{std::move(root), feature_lines(*text)};
}

// Calls use(feature) for each feature whose geometry is of that type; what was used is given back, because the map that
// grows from it takes memory too.
template <class Use>
void use_features(Reader& reader, Collection collection, const std::string& name, const char* geometry_type,
                  Use&& use) {
  const std::string file = (reader.folder / name).string();
  std::size_t index = 0;
  for (json& item : collection.root["features"]) {
    const int line = index < collection.lines.size() ? collection.lines[index] : 0;
    const json& geometry = member(item, "geometry");
    const Feature feature{member(item, "properties"), member(geometry, "coordinates"), file, line,
                          "feature " + std::to_string(index++)};
    if (text_of(geometry, "type") == geometry_type)
      use(feature);
    else
      complain(reader, feature, std::string("the geometry is not a ") + geometry_type + "; the feature is left out", {},
               Severity::kWarning);
    item = nullptr;
  }
}

// A file that is not there is no error.
template <class Use>
Result<void> for_each_feature(Reader& reader, const std::string& name, const char* geometry_type, Use&& use) {
  std::error_code error;
  if (!std::filesystem::exists(reader.folder / name, error)) return {};
  Result<Collection> collection = parse_collection(reader.folder / name);
  if (!collection) return tl::unexpected(collection.error());
  use_features(reader, std::move(*collection), name, geometry_type, use);
  return {};
}

RoadClass road_class_of(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, RoadClass>, 9> kClasses = {{
      {"motorway", RoadClass::kMotorway},
      {"trunk", RoadClass::kTrunk},
      {"primary", RoadClass::kPrimary},
      {"secondary", RoadClass::kSecondary},
      {"tertiary", RoadClass::kTertiary},
      {"residential", RoadClass::kResidential},
      {"service", RoadClass::kService},
      {"ramp", RoadClass::kRamp},
      {"unclassified", RoadClass::kTertiary},
  }};
  for (const auto& [text, road_class] : kClasses)
    if (text == name) return road_class;
  return RoadClass::kUnknown;
}

void add_street(Reader& reader, RoadNetwork& network, const Feature& feature) {
  const auto text = [&](const char* key) { return text_of(reader, feature, key); };
  const auto flag = [&](const char* key) { return flag_of(reader, feature, key); };
  const auto number = [&](const char* key, double otherwise) { return number_of(reader, feature, key, otherwise); };
  Street street;
  street.id = text("id");
  if (street.id.empty()) street.id = "street" + std::to_string(network.streets.size());
  street.name = text("name_ko");
  if (street.name.empty()) street.name = text("name");
  street.source_line = feature.line;
  const std::string road_class = text("class");
  street.road_class = road_class_of(road_class);
  if (street.road_class == RoadClass::kUnknown) {
    complain(reader, feature, "class `" + road_class + "` is not known; the street counts as residential",
             "use motorway, trunk, primary, secondary, tertiary, residential, service or ramp", Severity::kWarning);
    street.road_class = RoadClass::kResidential;
  }
  const double lanes = number("lanes_per_direction", 1);
  if (!(lanes >= 1 && lanes <= kMaxLanes)) {
    complain(reader, feature, "lanes_per_direction is not in 1 to 8; the street is left out",
             "correct the number of lanes");
    return;
  }
  street.lanes_forward = static_cast<int>(lanes);
  street.lanes_backward = flag("one_way") ? 0 : street.lanes_forward;
  street.divided = flag("divided") && street.lanes_backward > 0;
  const double limit_kmh = number("speed_limit_kmh", 50);
  if (!(limit_kmh >= 5 && limit_kmh <= 150)) {
    complain(reader, feature, "speed_limit_kmh is not in 5 to 150; the street is left out", "correct the limit");
    return;
  }
  street.speed_limit_mps = limit_kmh / 3.6;
  street.level = static_cast<int>(std::clamp(number("level", 0), -3.0, 3.0));
  street.bridge = flag("bridge");
  street.tunnel = flag("tunnel");
  street.kerb_bus_lane = flag("kerb_bus_lane");
  street.line = project_line(reader, feature, feature.coordinates);
  if (street.line.size() < 2) {
    complain(reader, feature, "the line has fewer than two distinct points; the street is left out",
             "give at least two points");
    return;
  }
  network.streets.push_back(std::move(street));
}

void add_node_fact(Reader& reader, RoadNetwork& network, const Feature& feature) {
  const Result<Vec2> position = project(reader, feature.coordinates);
  if (!position) return complain(reader, feature, position.error().what);
  static constexpr std::array<std::pair<std::string_view, NodeKind>, 4> kKinds = {{
      {"signalised", NodeKind::kSignalised},
      {"priority", NodeKind::kPriority},
      {"ramp_terminal", NodeKind::kRampTerminal},
      {"interchange", NodeKind::kInterchange},
  }};
  NodeFact fact{*position, NodeKind::kAuto, text_of(reader, feature, "name_ko")};
  const std::string kind_name = text_of(reader, feature, "kind");
  for (const auto& [text, kind] : kKinds)
    if (text == kind_name) fact.kind = kind;
  const std::string order_name = text_of(reader, feature, "signal_order");
  const auto order = signal_order_of(order_name);
  fact.order = order.value_or(SignalOrder::kAuto);
  if (!order)
    complain(reader, feature, "`signal_order` is \"" + order_name + "\", which is no order; the usual one is taken",
             "straight_then_left, left_then_straight, together, split or auto", Severity::kWarning);
  network.nodes.push_back(std::move(fact));
}

// Streets of an area, each way; a city's district has some tens.
bool fits_a_city(const UrbanArea& area) {
  constexpr double kMaxStreets = 1000;
  Vec2 low = area.outline[0], high = low;
  for (const Vec2& p : area.outline) low = low.cwiseMin(p), high = high.cwiseMax(p);
  return ((high - low) / area.street_spacing_m).maxCoeff() < kMaxStreets;
}

void add_area(Reader& reader, RoadNetwork& network, const Feature& feature) {
  UrbanArea area;
  area.name = text_of(reader, feature, "name_ko");
  area.kind = text_of(reader, feature, "kind");
  area.street_spacing_m = number_of(reader, feature, "local_street_spacing_m", 0);
  area.grid_bearing_rad = number_of(reader, feature, "grid_bearing_deg", 0) * sim::kPi / 180.0;
  if (!(area.street_spacing_m >= 30))
    return complain(reader, feature, "local_street_spacing_m is missing or below 30; the area stays empty");
  if (!feature.coordinates.is_array() || feature.coordinates.empty())
    return complain(reader, feature, "the polygon has no ring");
  area.outline = project_line(reader, feature, feature.coordinates[0]);
  if (area.outline.size() < 3) return complain(reader, feature, "the outline has fewer than three points");
  if (!fits_a_city(area))
    return complain(reader, feature, "the area is too large to be filled with streets; it stays empty");
  network.areas.push_back(std::move(area));
}

// `latitude,longitude` per line below a heading.
Result<void> read_school_zones(Reader& reader, RoadNetwork& network) {
  const std::filesystem::path path = reader.folder / "school_zones.csv";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  const Result<std::string> text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  std::istringstream lines(*text);
  std::string row;
  for (int line = 1; std::getline(lines, row); ++line) {
    if (line == 1 || row.empty() || row == "\r") continue;
    double latitude = 0, longitude = 0;
    const char* end = row.data() + row.size();
    const auto first = std::from_chars(row.data(), end, latitude);
    const bool comma = first.ec == std::errc() && first.ptr != end && *first.ptr == ',';
    const auto second = comma ? std::from_chars(first.ptr + 1, end, longitude) : first;
    const bool whole = second.ptr == end || (*second.ptr == '\r' && second.ptr + 1 == end);
    if (!comma || second.ec != std::errc() || !whole) {
      complain(reader, {Severity::kError, path.string(), line, 0, "school zone", "not `latitude,longitude`",
                        "road-network", "correct the line"});
      continue;
    }
    const Result<Vec2> position = reader.projection.forward(longitude, latitude);
    if (!position) {
      complain(reader,
               {Severity::kError, path.string(), line, 0, "school zone", position.error().what, "road-network", {}});
      continue;
    }
    network.school_zones.push_back({*position, 150.0});
  }
  return {};
}

// Words of a text, one after another; empty behind the last.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}
  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t\r\n"));
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  std::string_view rest_;
};

constexpr double kHighestM = 10'000;

// ESRI ASCII grid in the local frame: rows from north to south, whole metres.
Result<void> read_terrain(Reader& reader, RoadNetwork& network) {
  const std::filesystem::path path = reader.folder / "terrain.asc";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  const Result<std::string> text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  Words in(*text);
  Terrain terrain;
  double columns = 0, rows = 0;
  for (int i = 0; i < 5; ++i) {
    const std::string key = readable(std::string(in.next()));
    const auto number = parse_double(in.next());
    if (!number) return sim::fail("the grid's heading is not complete", path.string(), i + 1, key);
    const double value = *number;
    if (key == "ncols")
      columns = value;
    else if (key == "nrows")
      rows = value;
    else if (key == "xllcenter")
      terrain.x0 = value;
    else if (key == "yllcenter")
      terrain.y0 = value;
    else if (key == "cellsize")
      terrain.cell_m = value;
    else
      return sim::fail("unknown key in the grid's heading", path.string(), i + 1, key,
                       "use ncols, nrows, xllcenter, yllcenter, cellsize");
  }
  if (!(columns >= 1 && columns <= 20000 && rows >= 1 && rows <= 20000 && terrain.cell_m > 0))
    return sim::fail("the grid's size is not usable", path.string(), 1, {}, "at most 20,000 by 20,000 cells");
  if (columns * rows > static_cast<double>(text->size()))
    return sim::fail("the grid has fewer heights than it says", path.string(), 1, {}, "correct ncols and nrows");
  terrain.columns = static_cast<int>(columns);
  terrain.rows = static_cast<int>(rows);
  terrain.height.resize(static_cast<std::size_t>(terrain.columns) * static_cast<std::size_t>(terrain.rows));
  for (int row = terrain.rows - 1; row >= 0; --row)
    for (int column = 0; column < terrain.columns; ++column) {
      const std::string_view word = in.next();
      const auto height = parse_double(word);
      if (!height || std::fabs(*height) > kHighestM)
        return sim::fail(
            word.empty() ? "the grid has fewer heights than it says" : "not a height between -10 and 10 km",
            path.string(), 6 + terrain.rows - 1 - row, readable(std::string(word)));
      terrain.height[static_cast<std::size_t>(row) * static_cast<std::size_t>(terrain.columns) +
                     static_cast<std::size_t>(column)] = static_cast<float>(*height);
    }
  if (!in.next().empty())
    return sim::fail("the grid has more heights than it says", path.string(), 6 + terrain.rows, {},
                     "correct ncols and nrows");
  network.terrain = std::move(terrain);
  return {};
}

// A transverse Mercator frame about the file's `origin` ([longitude, latitude]), else about its first point.
Result<std::string> projection_text(const json& roads, const std::filesystem::path& path) {
  const json* at = &member(roads, "origin");
  const json& features = member(roads, "features");
  if (at->is_null() && !features.empty()) at = &member(member(features[0], "geometry"), "coordinates");
  while (at->is_array() && !at->empty() && (*at)[0].is_array()) at = &(*at)[0];
  const json& origin = *at;
  const bool usable = origin.is_array() && origin.size() >= 2 && origin[0].is_number() && origin[1].is_number();
  if (!usable || std::fabs(origin[0].get<double>()) > 180.0 || std::fabs(origin[1].get<double>()) > 85.0)
    return sim::fail("neither a usable `origin` nor a first coordinate", path.string(), 1, {},
                     "give \"origin\": [longitude, latitude]");
  std::ostringstream text;
  text.precision(10);
  text << "+proj=tmerc +lat_0=" << origin[1].get<double>() << " +lon_0=" << origin[0].get<double>()
       << " +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs";
  return text.str();
}

}  // namespace

Result<RoadNetwork> read_road_network(const std::filesystem::path& given, Issues& issues) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(given, error);
  const std::filesystem::path folder = is_folder ? given : given.parent_path();
  const std::string roads = is_folder ? "roads.geojson" : given.filename().string();
  Result<Collection> streets = parse_collection(folder / roads);
  if (!streets) return tl::unexpected(streets.error());
  const json& head = streets->root;
  const Result<std::string> frame = projection_text(head, folder / roads);
  if (!frame) return tl::unexpected(frame.error());
  Result<Projection> projection = Projection::make(*frame);
  if (!projection) return tl::unexpected(projection.error());
  Reader reader{folder, issues, std::move(*projection)};
  RoadNetwork network;
  network.source = given.string();
  network.name =
      is_folder ? std::filesystem::weakly_canonical(given, error).filename().string() : given.stem().string();
  network.projection = *frame;
  if (const json& slips = member(head, "right_turn_slips"); slips.is_boolean())
    network.right_turn_slips = slips.get<bool>();
  else if (!slips.is_null())
    return sim::fail("`right_turn_slips` is neither true nor false", (folder / roads).string(), 1, {},
                     "give \"right_turn_slips\": true to have them built");
  network.notice = "synthetic HD map on real road facts";
  if (const std::string credit = text_of(head, "attribution"); !credit.empty())
    network.notice += "; roads " + credit + ", " + text_of(head, "license");
  use_features(reader, std::move(*streets), roads, "LineString",
               [&](const Feature& f) { add_street(reader, network, f); });
  Result<void> done = for_each_feature(reader, "junctions.geojson", "Point",
                                       [&](const Feature& f) { add_node_fact(reader, network, f); });
  if (done)
    done = for_each_feature(reader, "districts.geojson", "Polygon",
                            [&](const Feature& f) { add_area(reader, network, f); });
  if (done) done = read_school_zones(reader, network);
  if (done) done = read_terrain(reader, network);
  count_untold(reader);
  if (!done) return tl::unexpected(done.error());
  if (network.streets.empty())
    return sim::fail("no usable street", (folder / roads).string(), 0, {}, "see the other messages");
  return network;
}

}  // namespace bitgoeul::maps
