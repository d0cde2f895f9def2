#include "tests/faults/maps_victims.h"

#include <unistd.h>

#include <zlib.h>

#include <algorithm>
#include <fstream>

#include "tests/faults/campaign.h"
#include "tests/maps/shape_writer.h"
#include "tests/maps/shared_data.h"
#include "tests/support/folders.h"

namespace bitgoeul::tests {

namespace fs = std::filesystem;

DamageFolder::DamageFolder() : path(fs::temp_directory_path() / ("bitgoeul_files_" + std::to_string(getpid()))) {
  fs::remove_all(path), fs::create_directories(path);
}
DamageFolder::~DamageFolder() { fs::remove_all(path); }

void put_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

namespace {

void add_file(std::vector<Victim>& all, const fs::path& file) {
  const std::string name = file.filename().string();
  if (MapText map = read_map_text(file); !map.text.empty()) all.push_back({name, {{name, map.text}}, name});
}

}  // namespace

void add_folder(std::vector<Victim>& all, const fs::path& folder, const std::string& only) {
  std::map<std::string, std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_regular_file() && entry.path().filename().string().starts_with(only))
      files[entry.path().filename().string()] = read_map_text(entry.path()).text;
  for (const auto& [name, text] : files)
    if (!text.empty()) all.push_back({folder.filename().string() + "/" + name, files, name, true});
}

void add_road_network(std::vector<Victim>& all) {
  std::map<std::string, std::string> files;
  files["roads.geojson"] =
      R"({"type":"FeatureCollection","origin":[126.85,35.15],"attribution":"nobody","license":"none","features":[
{"type":"Feature","properties":{"id":"a","name_ko":"상무대로","name":"Sangmu-daero","class":"primary","lanes_per_direction":2,"speed_limit_kmh":60,"divided":true,"kerb_bus_lane":true},"geometry":{"type":"LineString","coordinates":[[126.847,35.15],[126.85,35.15],[126.853,35.1501]]}},
{"type":"Feature","properties":{"id":"b","class":"residential","one_way":false},"geometry":{"type":"LineString","coordinates":[[126.85,35.147],[126.85,35.15],[126.85,35.153]]}},
{"type":"Feature","properties":{"id":"c","class":"trunk","level":1,"bridge":true,"tunnel":false,"one_way":true},"geometry":{"type":"LineString","coordinates":[[126.8515,35.147],[126.8515,35.153]]}}]})";
  files["junctions.geojson"] =
      R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kind":"signalised","name_ko":"시청"},"geometry":{"type":"Point","coordinates":[126.85,35.15]}}]})";
  files["districts.geojson"] =
      R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kind":"urban","name_ko":"서구","local_street_spacing_m":120,"grid_bearing_deg":10},"geometry":{"type":"Polygon","coordinates":[[[126.847,35.147],[126.853,35.147],[126.853,35.153],[126.847,35.153],[126.847,35.147]]]}}]})";
  files["school_zones.csv"] = "latitude,longitude\n35.15,126.85\n35.1505,126.85\n";
  files["terrain.asc"] = "ncols 3\nnrows 2\nxllcenter -500\nyllcenter -500\ncellsize 500\n10 11 12\n9 10 11\n";
  for (const auto& [name, text] : files) all.push_back({"road network/" + name, files, name, true});
}

namespace {

// By id, F_NODE, T_NODE, LANES, ROAD_RANK, MAX_SPD, along a straight line from the first place to the second.
ShapeRecord link_record(const char* id, const char* from, const char* to, const char* lanes, ShapePoint a,
                        ShapePoint b) {
  return {{a, b}, {id, from, to, lanes, "104", "000", "Sangmu", "0", "50", "000"}};
}

void write_node_link(const fs::path& folder) {
  const double x = 186570, y = 284800;  // Gwangju in EPSG:5186, which counts where no .prj says else
  ShapeTable links;
  links.type = 13;
  links.columns = {"LINK_ID",   "F_NODE",    "T_NODE",   "LANES",   "ROAD_RANK",
                   "ROAD_TYPE", "ROAD_NAME", "ROAD_USE", "MAX_SPD", "CONNECT"};
  links.records = {link_record("21", "12", "11", "3", {x, y + 300}, {x, y}),
                   link_record("22", "11", "12", "2", {x, y}, {x, y + 300}),
                   link_record("23", "11", "13", "2", {x, y}, {x + 300, y}),
                   link_record("24", "13", "11", "2", {x + 300, y}, {x, y}),
                   link_record("25", "11", "14", "2", {x, y}, {x, y - 300}),
                   link_record("26", "14", "11", "2", {x, y - 300}, {x, y})};
  write_shapes(folder, "MOCT_LINK", links, "");
  ShapeTable nodes;
  nodes.columns = {"NODE_ID", "NODE_TYPE", "NODE_NAME"};
  nodes.records = {{{{x, y}}, {"11", "101", "City Hall"}},
                   {{{x, y + 300}}, {"12", "101", "-"}},
                   {{{x + 300, y}}, {"13", "101", "-"}},
                   {{{x, y - 300}}, {"14", "101", "-"}}};
  write_shapes(folder, "MOCT_NODE", nodes, "");
  ShapeTable turns;
  turns.columns = {"NODE_ID", "TURN_ID", "ST_LINK", "ED_LINK", "TURN_TYPE", "TURN_OPER"};
  turns.records = {{{{x, y}}, {"11", "1", "21", "23", "101", "0"}}, {{{x, y}}, {"11", "2", "26", "25", "011", "0"}}};
  write_shapes(folder, "TURNINFO", turns, "");
  fs::remove(folder / "TURNINFO.shp"), fs::remove(folder / "TURNINFO.shx");
}

}  // namespace

void add_node_link(std::vector<Victim>& all) {
  const DamageFolder folder;
  const fs::path set = folder.path / "node_link";
  write_node_link(set);
  add_folder(all, set);
}

std::vector<Victim> victims() {
  std::vector<Victim> all;
  add_file(all, test_map("crossing.osm"));
  add_file(all, test_map("crossing.osm.pbf"));
  add_road_network(all);
  add_node_link(all);
  const fs::path shared = shared_data();
  std::error_code error;
  // The smallest map of each kind that is there.
  fs::path lanelet, ngii;
  std::uintmax_t least = 3'000'000;
  for (fs::recursive_directory_iterator it(shared / "lanelet2", error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".osm" && it->file_size() < least) lanelet = it->path(), least = it->file_size();
  if (!lanelet.empty()) add_file(all, lanelet);
  std::uintmax_t smallest = 3'000'000;
  for (fs::recursive_directory_iterator it(shared / "ngii", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool link = name.starts_with("A2_LINK") || name.starts_with("A3_LINK");
    if (link && it->path().extension() == ".shp" && it->file_size() < smallest)
      ngii = it->path(), smallest = it->file_size();
  }
  if (!ngii.empty()) add_folder(all, ngii.parent_path(), ngii.stem().string().substr(0, 2));
  return all;
}

namespace {

// Every file of the folder that is part of the map.
Victim whole_folder(const fs::path& folder) {
  static const char* const kEndings[] = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".geojson", ".csv", ".asc"};
  Victim map{folder.filename().string(), {}, {}, true};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (std::find(std::begin(kEndings), std::end(kEndings), entry.path().extension()) != std::end(kEndings))
      map.files[entry.path().filename().string()] = read_map_text(entry.path()).text;
  return map;
}

std::string unpacked(const fs::path& file) {
  std::string text;
  char piece[1 << 16];
  const gzFile in = gzopen(file.c_str(), "rb");
  for (int n = 0; in != nullptr && (n = gzread(in, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(n));
  if (in != nullptr) gzclose(in);
  return text;
}

}  // namespace

std::vector<Victim> whole_maps() {
  const fs::path shared = shared_data();
  std::vector<Victim> all = {whole_folder(fs::path(source_dir()) / "assets" / "gwangju"),
                             whole_folder(shared / "ngii/kiapi_dm2019_epsg5179"),
                             whole_folder(shared / "ngii/swdsld_oldmodel/map_shapes")};
  all[0].own_mb = 500;  // a city of streets that are filled in by rule: the map alone has 235
  for (const char* folder : {"lanelet2", "osm_korea"})
    for (const MapText& map : shared_maps(folder, std::size_t{1} << 30, ".osm"))
      all.push_back({std::to_string(all.size()) + "_" + map.name, {{map.name, map.text}}, {}, false});
  // Packed, it would take more memory than four times its size even when it is sound.
  const std::string name = "BadHersfeld.osm";
  all.push_back({name, {{name, unpacked(shared / "city_scale/BadHersfeld/osm/osm_bbox.osm.xml.gz")}}, {}, false});
  std::erase_if(all, [](const Victim& map) { return map.files.empty() || map.files.begin()->second.empty(); });
  return all;
}

void damage_file(Victim& map, const std::string& file) {
  map.damaged = file;
  if (file != "districts.geojson") map.files.erase("districts.geojson");
}

BytePlace place_in(const Victim& map, std::size_t number, std::size_t count) {
  std::size_t size = 0;
  for (const auto& [name, text] : map.files) size += text.size();
  std::size_t at = size / count * number + size % count * number / count;
  for (const auto& [name, text] : map.files) {
    if (at < text.size()) return {name, at};
    at -= text.size();
  }
  return {};
}

MapOutcome try_victim(const Victim& victim, const std::string& bad) {
  const DamageFolder folder;
  std::size_t size = bad.size();
  for (const auto& [name, text] : victim.files) {
    put_bytes(folder.path / name, name == victim.damaged ? bad : text);
    if (name != victim.damaged) size += text.size();
  }
  const MemoryMeter meter;
  MapOutcome outcome = try_map_file(victim.folder ? folder.path : folder.path / victim.damaged);
  if (!outcome.complaint.empty()) return outcome;
  const std::size_t most = std::max(4 * size + (std::size_t{64} << 20), victim.own_mb << 20);
  if (outcome.refused && outcome.issues.back().what.empty()) outcome.complaint = "refused without a reason";
  if (const std::size_t used = meter.peak_bytes(); used > most)
    outcome.complaint = "takes " + std::to_string(used >> 20) + " MB";
  return outcome;
}

}  // namespace bitgoeul::tests
