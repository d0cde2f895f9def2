// Lanelet2 reader: borders the wrong way round, neighbours and lane changes by line type, units of speed, frames,
// rules, and what is refused; then the real files, one row each.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "maps/lanelet2/lanelet2.h"
#include "maps/lanelet2/lanelets.h"
#include "maps/load_map.h"
#include "maps/projection.h"
#include "tests/maps/shared_data.h"

namespace bitgoeul::maps {
namespace {

namespace fs = std::filesystem;

struct File {
  explicit File(const std::string& text)
      : path(fs::temp_directory_path() / ("bitgoeul_lanelet2_" + std::to_string(::getpid()) + ".osm")) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~File() { fs::remove(path); }
  fs::path path;
};

std::string node(int id, double x, double y) {
  return "<node id='" + std::to_string(id) + "' lat='' lon=''><tag k='local_x' v='" + std::to_string(x) +
         "'/><tag k='local_y' v='" + std::to_string(y) + "'/><tag k='ele' v='10'/></node>\n";
}
std::string way(int id, const std::vector<int>& nodes, const std::string& tags) {
  std::string text = "<way id='" + std::to_string(id) + "'>";
  for (const int n : nodes) text += "<nd ref='" + std::to_string(n) + "'/>";
  return text + tags + "</way>\n";
}
std::string tag_of(const std::string& k, const std::string& v) { return "<tag k='" + k + "' v='" + v + "'/>"; }
std::string lanelet(int id, int left, int right, const std::string& tags) {
  return "<relation id='" + std::to_string(id) + "'><member type='way' role='left' ref='" + std::to_string(left) +
         "'/><member type='way' role='right' ref='" + std::to_string(right) + "'/>" + tag_of("type", "lanelet") + tags +
         "</relation>\n";
}

// Two lanes eastwards, 50 m each, 100 and 101 in a row, 102 to the right of 100. Way 11 is drawn backwards.
std::string town(const std::string& middle, const std::string& more = {}) {
  std::string t = "<osm generator='test'>\n";
  const double xs[] = {0, 50, 100};
  for (int i = 0; i < 3; ++i) {
    t += node(1 + i, xs[i], 3.5);
    t += node(4 + i, xs[i], 0);
    t += node(7 + i, xs[i], -3);
  }
  const std::string solid = tag_of("type", "line_thin") + tag_of("subtype", "solid");
  t += way(10, {1, 2}, solid) + way(11, {5, 4}, middle) + way(12, {7, 8}, solid);
  t += way(13, {2, 3}, solid) + way(14, {5, 6}, solid);
  const std::string road = tag_of("subtype", "road");
  t += lanelet(100, 10, 11, road + tag_of("speed_limit", "30 mph"));
  t += lanelet(101, 13, 14, road + tag_of("speed_limit", "50"));
  t += lanelet(102, 11, 12, road + tag_of("speed_limit", "10 m/s"));
  return t + more + "</osm>\n";
}

std::shared_ptr<const Map> load(const std::string& text, sim::Issues& issues) {
  const File file(text);
  auto builder = lanelet2::read_file(file.path, issues);
  REQUIRE_MESSAGE(builder, (builder ? "" : sim::to_string(builder.error())));
  auto map = freeze(std::move(*builder), issues);
  REQUIRE(map);
  return *map;
}

Row lane_of(const Map& map, const std::string& road) {
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row)
    if (map.text_of(map.roads[static_cast<std::size_t>(map.lanes[static_cast<std::size_t>(row)].road)].id) == road)
      return row;
  return kNone;
}
const Lane& lane(const Map& map, const std::string& road) {
  return map.lanes[static_cast<std::size_t>(lane_of(map, road))];
}

bool says(const sim::Issues& issues, const std::string& text) {
  return std::any_of(issues.begin(), issues.end(),
                     [&](const sim::Issue& i) { return sim::to_string(i).find(text) != std::string::npos; });
}

TEST_CASE("Lanelet2: lanes between their borders, in driving direction") {
  sim::Issues issues;
  const auto map = load(town(tag_of("type", "line_thin") + tag_of("subtype", "dashed")), issues);
  CHECK(map->lanes.size() == 3);
  CHECK(map->projection.empty());
  const auto points = map->lane_points(lane_of(*map, "100"));
  CHECK(points.front().x == doctest::Approx(0));
  CHECK(points.front().y == doctest::Approx(1.75));
  CHECK(points.back().x == doctest::Approx(50));
  CHECK(points.front().z == doctest::Approx(10));
  for (const LanePoint& p : points) CHECK(p.width == doctest::Approx(3.5).epsilon(0.01));
  REQUIRE(map->successors(lane_of(*map, "100")).size() == 1);
  CHECK(map->successors(lane_of(*map, "100"))[0] == lane_of(*map, "101"));
  CHECK(lane(*map, "100").right == lane_of(*map, "102"));
  CHECK(lane(*map, "102").left == lane_of(*map, "100"));
  CHECK(lane(*map, "100").speed_limit_mps == doctest::Approx(13.4112));
  CHECK(lane(*map, "101").speed_limit_mps == doctest::Approx(50 / 3.6));
  CHECK(lane(*map, "102").speed_limit_mps == doctest::Approx(10));
  CHECK_FALSE(sim::has_errors(issues));
}

TEST_CASE("Lanelet2: lanelets that cross without a turn_direction are a junction, those of a bridge are not") {
  // Northwards over the middle of 101, 3 m wide.
  std::string over = node(20, 73.5, -20) + node(21, 73.5, 20) + node(22, 76.5, -20) + node(23, 76.5, 20);
  const std::string solid = tag_of("type", "line_thin") + tag_of("subtype", "solid");
  const std::string ways = way(30, {20, 21}, solid) + way(31, {22, 23}, solid);
  const std::string across = lanelet(103, 30, 31, tag_of("subtype", "road"));
  sim::Issues issues;
  const auto map = load(town(solid, over + ways + across), issues);
  CHECK(map->junctions.size() == 1);
  CHECK(lane(*map, "101").junction == 0);
  CHECK(lane(*map, "103").junction == 0);
  CHECK(lane(*map, "100").junction == kNone);
  CHECK(lane(*map, "102").junction == kNone);
  REQUIRE(map->lane_conflicts(lane_of(*map, "103")).size() == 1);
  const Conflict& conflict = map->lane_conflicts(lane_of(*map, "103"))[0];
  CHECK(conflict.lane == lane_of(*map, "101"));
  // A body of 2.6 m in the middle of 101, y = 1.75, with its margin and quads of half a metre.
  CHECK(conflict.s_begin == doctest::Approx(20 + 1.75 - 1.3).epsilon(0.025));
  CHECK(conflict.s_end == doctest::Approx(20 + 1.75 + 1.3).epsilon(0.025));
  CHECK(conflict.s_begin < conflict.s_end - 2.6);
  for (std::size_t at = over.find("'10'"); at != std::string::npos; at = over.find("'10'", at + 1))
    over.replace(at, 4, "'17'");
  const auto bridge = load(town(solid, over + ways + across), issues);
  CHECK(bridge->junctions.empty());
  CHECK(bridge->lane_conflicts(lane_of(*bridge, "103")).empty());
}

TEST_CASE("Lanelet2: the line between two lanes says who may change") {
  struct Case {
    const char *type, *subtype, *extra;
    bool to_right, to_left;
  };
  // Way 11 runs against the lanes: its "left" is the lanes' right.
  const Case cases[] = {{"line_thin", "dashed", "", true, true},
                        {"line_thin", "solid", "", false, false},
                        {"line_thick", "solid_solid", "", false, false},
                        {"line_thin", "solid_dashed", "", true, false},
                        {"line_thin", "dashed_solid", "", false, true},
                        {"curbstone", "high", "", false, false},
                        {"line_thin", "solid", "<tag k='lane_change' v='yes'/>", true, true},
                        {"line_thin", "dashed", "<tag k='lane_change:left' v='no'/>", false, true}};
  for (const Case& c : cases) {
    CAPTURE(c.subtype);
    CAPTURE(c.extra);
    sim::Issues issues;
    const auto map = load(town(tag_of("type", c.type) + tag_of("subtype", c.subtype) + c.extra), issues);
    CHECK(lane(*map, "100").change_right == c.to_right);
    CHECK(lane(*map, "102").change_left == c.to_left);
  }
}

TEST_CASE("Lanelet2: participants and subtypes decide who drives") {
  const std::string solid = tag_of("type", "line_thin") + tag_of("subtype", "solid");
  const auto type_of = [&](const std::string& tags) {
    sim::Issues issues;
    const std::string more = node(21, 0, -10) + node(22, 50, -10) + node(23, 0, -13) + node(24, 50, -13) +
                             way(31, {21, 22}, solid) + way(32, {23, 24}, solid) + lanelet(200, 31, 32, tags);
    const auto map = load(town(solid, more), issues);
    const Row row = lane_of(*map, "200");
    return row == kNone ? LaneType::kNone : map->lanes[static_cast<std::size_t>(row)].type;
  };
  CHECK(type_of(tag_of("subtype", "road")) == LaneType::kDriving);
  CHECK(type_of(tag_of("subtype", "bus_lane")) == LaneType::kBus);
  CHECK(type_of(tag_of("subtype", "bicycle_lane")) == LaneType::kBiking);
  CHECK(type_of(tag_of("subtype", "road_shoulder")) == LaneType::kShoulder);
  CHECK(type_of(tag_of("subtype", "road") + tag_of("participant:vehicle", "no")) == LaneType::kRestricted);
  CHECK(type_of(tag_of("subtype", "road") + tag_of("participant:bicycle", "yes")) == LaneType::kBiking);
  CHECK(type_of(tag_of("subtype", "crosswalk")) == LaneType::kNone);
  CHECK(type_of(tag_of("subtype", "moonwalk")) == LaneType::kRestricted);
}

TEST_CASE("Lanelet2: what is wrong is named, or refused") {
  const std::string solid = tag_of("type", "line_thin") + tag_of("subtype", "solid");
  const auto with = [&](const std::string& more) {
    sim::Issues issues;
    load(town(solid, more), issues);
    return issues;
  };
  CHECK(says(with(lanelet(300, 10, 99, "")), "right border is not in the file"));
  CHECK(says(with("<relation id='301'><tag k='type' v='lanelet'/></relation>"), "has no left border"));
  CHECK(says(with(way(90, {1, 77}, solid)), "names a node that is not in the file"));
  CHECK(says(with("<node id='80'/>"), "no usable coordinates"));
  CHECK(says(with("<relation id='302'><tag k='type' v='lunch'/></relation>"), "relation type \"lunch\" is not known"));
  CHECK(says(with(way(91, {1, 2}, tag_of("type", "hedge"))), "way type hedge is not used"));
  CHECK(says(with(lanelet(303, 10, 12, tag_of("subtype", "road") + tag_of("speed_limit", "fast"))), "is no speed"));
  sim::Issues issues;
  const File empty("<osm><node id='1' lat='49' lon='8'/></osm>"), other("<gpx/>"), cut("<osm><node id='1'");
  CHECK_FALSE(lanelet2::read_file(empty.path, issues));
  const auto refused = [&](const char* text) {
    const File file(text);
    const auto read = lanelet2::read_file(file.path, issues);
    return read ? std::string() : read.error().what;
  };
  CHECK(refused("<osm><node id='1' lat='49' lon='8'/></osm>").find("no lanelet") != std::string::npos);
  CHECK(refused("<osm><node id='1'/></osm>").find("no node has coordinates") != std::string::npos);
  CHECK(refused("<gpx/>").find("not <osm>") != std::string::npos);
  CHECK_FALSE(refused("<osm><node id='1'").empty());
}

TEST_CASE("Lanelet2: every length of a small file is refused or loads") {
  const std::string whole = town(tag_of("type", "line_thin") + tag_of("subtype", "dashed"));
  int loaded = 0;
  for (std::size_t size = 0; size <= whole.size(); size += 11) {
    const File file(whole.substr(0, size));
    sim::Issues issues;
    loaded += lanelet2::read_file(file.path, issues).has_value();
  }
  CHECK(loaded <= 1);
}

struct RealFile {
  const char* file;
  int lanes, crosswalks, lights;  // lanelets but crosswalks and walkways, counted in the files; -1: refused
  const char* projection;
};

TEST_CASE("Lanelet2: the real files, one row each") {
  const RealFile rows[] = {
      {"autoware_core/common/autoware_lanelet2_utils/sample_map/vm_01_10-12/dense_centerline/lanelet2_map.osm", 6, 0, 0,
       "EPSG:32654"},
      {"autoware_core/common/autoware_lanelet2_utils/sample_map/vm_01_10-12/valid_02/lanelet2_map.osm", 6, 0, 0,
       "EPSG:32654"},
      {"autoware_core/common/autoware_lanelet2_utils/sample_map/vm_03/right_hand/lanelet2_map.osm", 63, 5, 11,
       "EPSG:32654"},
      {"autoware_core/map/autoware_map_loader/test/data/test_map.osm", 4, 0, 0, "EPSG:32654"},
      {"autoware_core/testing/autoware_test_utils/test_map/2km_test.osm", 160, 0, 0, ""},
      {"autoware_core/testing/autoware_test_utils/test_map/intersection/lanelet2_map.osm", 153, 8, 11, "EPSG:32654"},
      {"autoware_core/testing/autoware_test_utils/test_map/lanelet2_map.osm", 44, 4, 31, "EPSG:32654"},
      {"autoware_core/testing/autoware_test_utils/test_map/overlap/lanelet2_map.osm", 23, 0, 0, "EPSG:32654"},
      {"lanelet2_example/lanelet2_maps/res/mapping_example.osm", 361, 8, 10, "EPSG:32632"},
      {"lanelet2_example/lanelet2_maps/res/mapping_example-debug.osm", -1, 0, 0, ""}};
  const fs::path root = tests::shared_data() / "lanelet2";
  if (!fs::exists(root)) {
    MESSAGE("not here, skipped: ", root.string());
    return;
  }
  for (const RealFile& row : rows) {
    CAPTURE(row.file);
    sim::Issues issues;
    const auto map = load_map((root / row.file).string(), issues, {false, {}});
    CHECK(map.has_value() == (row.lanes >= 0));
    if (!map) {
      CHECK(map.error().what.find("no lanelet") != std::string::npos);
      continue;
    }
    CHECK((*map)->lanes.size() == static_cast<std::size_t>(row.lanes));
    CHECK(std::count_if((*map)->objects.begin(), (*map)->objects.end(),
                        [](const Object& o) { return o.kind == ObjectKind::kCrosswalk; }) == row.crosswalks);
    CHECK((*map)->signals.size() == static_cast<std::size_t>(row.lights));
    CHECK((*map)->projection == row.projection);
    CHECK_FALSE(sim::has_errors(issues));
  }
}

TEST_CASE("Lanelet2: MGRS coordinates lie where latitude and longitude say") {
  const fs::path file = tests::shared_data() / "lanelet2/autoware_core/map/autoware_map_loader/test/data/test_map.osm";
  if (!fs::exists(file)) return;
  sim::Issues issues;
  const auto map = load_map(file.string(), issues, {false, {}});
  REQUIRE(map);
  CHECK((*map)->offset_x == 300000);  // 54SUE: the square's corner
  CHECK((*map)->offset_y == 3900000);
  const auto projection = Projection::make((*map)->projection, (*map)->offset_x, (*map)->offset_y);
  REQUIRE(projection);
  const auto at = projection->forward(139.78246505089274, 35.62554985786315);  // node 10: 89747.3792, 43100.1597
  REQUIRE(at);
  CHECK(at->x() == doctest::Approx(89747.3792).epsilon(1e-6));
  CHECK(at->y() == doctest::Approx(43100.1597).epsilon(1e-6));
}

}  // namespace
}  // namespace bitgoeul::maps
