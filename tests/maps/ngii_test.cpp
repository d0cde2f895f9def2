// NGII reader on small sections written here: data models, systems, encodings, repairs, and input that is damaged.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wrestrict"  // GCC 12 sees an overlap in "literal" + std::string (its bug 105651)
#endif
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "maps/ngii/ngii.h"
#include "tests/maps/shape_writer.h"

namespace bitgoeul::maps {
namespace {

namespace fs = std::filesystem;
using tests::ShapePoint;
using tests::ShapeTable;

// A fresh folder, removed at the end.
struct Folder {
  explicit Folder(const char* name)
      : path(fs::temp_directory_path() / ("bitgoeul_ngii_" + std::string(name) + "_" + std::to_string(::getpid()))) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

// Gwangju: UTM-K 941000, 1685100; UTM52N 304400, 3892800.
struct Place {
  double x = 941000, y = 1685100;
  const char* prj = tests::kUtmK;
};
const Place kUtm{304400, 3892800, tests::kUtm52N};

ShapeTable nodes(const Place& at) {
  ShapeTable t{11, {"ID", "NodeType"}, {}};
  t.records = {{{{at.x, at.y, 40}}, {"N1", "99"}},
               {{{at.x + 100, at.y, 40}}, {"N2", "1"}},
               {{{at.x + 200, at.y, 41}}, {"N3", "99"}},
               {{{at.x, at.y - 3, 40}}, {"N4", "99"}},
               {{{at.x + 100, at.y - 3, 40}}, {"N5", "1"}}};
  return t;
}

// Two lanes eastwards; the left one leads through a junction.
ShapeTable links(const Place& at) {
  ShapeTable t{13,
               {"ID", "LinkType", "LaneNo", "R_LinkID", "L_LinkID", "FromNodeID", "ToNodeID", "RoadRank", "MaxSpeed",
                "Version", "Remark"},
               {}};
  const double x = at.x, y = at.y;
  t.records = {
      {{{x, y, 40}, {x + 50, y, 40}, {x + 100, y, 40}}, {"L1", "6", "1", "L2", "", "N1", "N2", "3", "60", "2019", ""}},
      {{{x, y - 3, 40}, {x + 100, y - 3, 40}}, {"L2", "6", "2", "", "L1", "N4", "N5", "3", "60", "2019", ""}},
      {{{x + 100, y, 40}, {x + 200, y, 41}}, {"L3", "1", "1", "", "", "N2", "N3", "3", "60", "2019", ""}}};
  return t;
}

ShapeTable paint(const Place& at) {
  ShapeTable t{13, {"ID", "Type", "Kind", "R_LinkID", "L_LinkID"}, {}};
  const double x = at.x, y = at.y;
  t.records = {{{{x, y - 1.5, 40}, {x + 100, y - 1.5, 40}}, {"B1", "212", "503", "L2", "L1"}},
               {{{x, y + 1.5, 40}, {x + 100, y + 1.5, 40}}, {"B2", "111", "501", "L1", ""}},
               {{{x, y - 4.5, 40}, {x + 100, y - 4.5, 40}}, {"B3", "211", "505", "", "L2"}},
               {{{x + 98, y + 1.5, 40}, {x + 98, y - 1.4, 40}}, {"B4", "211", "530", "", ""}}};
  return t;
}

void write_2019(const fs::path& folder, const Place& at) {
  write_shapes(folder, "A1_NODE", nodes(at), at.prj);
  write_shapes(folder, "A2_LINK", links(at), at.prj);
  write_shapes(folder, "B2_SURFACELINEMARK", paint(at), at.prj);
}

std::shared_ptr<const Map> load(const fs::path& path, sim::Issues& issues) {
  auto builder = ngii::read(path, issues);
  REQUIRE_MESSAGE(builder, (builder ? "" : sim::to_string(builder.error())));
  auto map = freeze(std::move(*builder), issues);
  REQUIRE(map);
  return *map;
}

bool says(const sim::Issues& issues, const std::string& text) {
  return std::any_of(issues.begin(), issues.end(),
                     [&](const sim::Issue& i) { return sim::to_string(i).find(text) != std::string::npos; });
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

TEST_CASE("NGII: a numeric column that holds no number is named, though the library reads its digits") {
  Folder folder("numeric");
  write_2019(folder.path, {});
  // dBASE III: LaneNo, the third column, becomes numeric; the first record says 5m there.
  const fs::path dbf = folder.path / "A2_LINK.dbf";
  std::fstream file(dbf, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](std::streamoff at, const std::string& bytes) {
    file.seekp(at);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  };
  put(32 + 2 * 32 + 11, "N");
  put(33 + 11 * 32 + 1 + 2 * 30, "5m");
  file.close();
  sim::Issues issues;
  load(folder.path, issues);
  CHECK(says(issues, "a value of column LaneNo is no number"));
  CHECK(says(issues, "record 1"));
}

TEST_CASE("NGII: two lanes with paint, a neighbour, a stop line and a junction") {
  for (const Place& at : {Place{}, kUtm}) {
    const Folder folder("plain");
    write_2019(folder.path, at);
    sim::Issues issues;
    const auto map = load(folder.path, issues);
    CHECK(map->lanes.size() == 3);
    CHECK(map->projection == (at.prj == tests::kUtmK ? "EPSG:5179" : "EPSG:32652"));
    const Lane &l1 = lane(*map, "L1"), &l2 = lane(*map, "L2");
    CHECK(l1.right == lane_of(*map, "L2"));
    CHECK(l2.left == lane_of(*map, "L1"));
    CHECK(l1.change_right == 1);
    CHECK(l1.left_mark == MarkType::kSolid);
    CHECK(l1.left_color == MarkColor::kYellow);
    CHECK(l1.right_mark == MarkType::kBroken);
    CHECK(l1.speed_limit_mps == doctest::Approx(60 / 3.6));
    CHECK(l1.length == doctest::Approx(100).epsilon(1e-6));
    CHECK(l1.length - l1.stop_s == doctest::Approx(2).epsilon(1e-3));
    CHECK(lane(*map, "L3").junction != kNone);
    REQUIRE(map->successors(lane_of(*map, "L1")).size() == 1);
    CHECK(map->successors(lane_of(*map, "L1"))[0] == lane_of(*map, "L3"));
    for (const LanePoint& p : map->lane_points(lane_of(*map, "L1"))) CHECK(p.width == doctest::Approx(3).epsilon(0.02));
    CHECK_FALSE(sim::has_errors(issues));
  }
}

TEST_CASE("NGII: a slanted stop line over two lanes stays one line") {
  const Folder folder("slant");
  const Place at{};
  write_2019(folder.path, at);
  ShapeTable lines = paint(at);  // 2 m back over the 6 m of both lanes
  lines.records[3].points = {{at.x + 98, at.y + 1.5, 40}, {at.x + 96, at.y - 4.5, 40}};
  write_shapes(folder.path, "B2_SURFACELINEMARK", lines, at.prj);
  sim::Issues issues;
  const auto map = load(folder.path, issues);
  const Lane &l1 = lane(*map, "L1"), &l2 = lane(*map, "L2");
  CHECK(l1.length - l1.stop_s == doctest::Approx(2.5).epsilon(1e-3));
  CHECK(l2.length - l2.stop_s == doctest::Approx(3.5).epsilon(1e-3));
  REQUIRE(map->stop_lines.size() == 2);
  const StopLine &left = map->stop_lines[0], &right = map->stop_lines[1];
  CHECK(std::hypot(left.x1 - right.x0, left.y1 - right.y0) < 0.02);
  for (const StopLine& line : map->stop_lines) {
    CHECK(line.y0 - line.y1 == doctest::Approx(3).epsilon(0.02));
    CHECK(line.x0 - line.x1 == doctest::Approx(1).epsilon(0.02));
  }
}

TEST_CASE("NGII: a link with a point far off is left out and named") {
  const Folder folder("jump");
  const Place at{};
  write_2019(folder.path, at);
  ShapeTable lines = links(at);
  lines.records[0].points[1].x += 50e3;
  write_shapes(folder.path, "A2_LINK", lines, at.prj);
  sim::Issues issues;
  const auto map = load(folder.path, issues);
  CHECK(says(issues, "two points more than 10 km apart; left out"));
  CHECK(says(issues, "record 1"));
  CHECK(lane_of(*map, "L1") == kNone);
  CHECK(lane_of(*map, "L2") != kNone);
}

TEST_CASE("NGII: without .prj the coordinates tell the system") {
  const Folder folder("noprj");
  Place at;
  at.prj = "";
  write_2019(folder.path, at);
  sim::Issues issues;
  CHECK(load(folder.path, issues)->projection == "EPSG:5179");
  CHECK(says(issues, "has no .prj"));
}

TEST_CASE("NGII: Korean texts in CP949 and in UTF-8 mean the same") {
  for (const bool utf8 : {true, false}) {
    const Folder folder("korean");
    write_2019(folder.path, {});
    ShapeTable signs{11, {"ID", "Type", "SubType", "LinkID", "Remark", "Maker"}, {}};
    const std::string maker = utf8 ? "\xEA\xB4\x91\xEC\xA3\xBC" : "\xB1\xA4\xC1\xD6";  // 광주
    signs.records = {{{{941050, 1685098, 43}}, {"S1", "2", "224", "L1", "60", maker}}};
    ShapeTable areas{15, {"ID", "Kind", "RoadType", "Remark"}, {}};
    const std::string who = utf8 ? "\xEB\x85\xB8\xEC\x9D\xB8" : "\xB3\xEB\xC0\xCE";  // 노인
    areas.records = {{{{941000, 1685090, 40}, {941000, 1685110, 40}, {941050, 1685110, 40}, {941000, 1685090, 40}},
                      {"Z1", "7", "1", who}}};
    write_shapes(folder.path, "B1_SAFETYSIGN", signs, tests::kUtmK);
    write_shapes(folder.path, "A3_DRIVEWAYSECTION", areas, tests::kUtmK);
    sim::Issues issues;
    const auto map = load(folder.path, issues);
    REQUIRE(map->signals.size() == 1);
    CHECK(map->text_of(map->signals[0].type) == "224");
    CHECK(map->signals[0].value == 60);
    REQUIRE(map->objects.size() == 1);
    CHECK(map->text_of(map->objects[0].type) == "protected zone \xEB\x85\xB8\xEC\x9D\xB8");
    CHECK(says(issues, "read as CP949") == !utf8);
  }
}

TEST_CASE("NGII: repairs are counted") {
  const Folder folder("repairs");
  ShapeTable t = links({});
  t.records[1].values[5] = std::string("N5"),
  t.records[1].values[6] = std::string("N4");   // from and to the wrong way round
  t.records[0].values[3] = std::string("L9");   // a right neighbour that is not there
  t.records[2].values[6] = std::string("N99");  // a node that is not there
  t.records.push_back(t.records[0]);            // twice the same
  ShapeTable marks = paint({});
  marks.records[1].values[3] = std::string("L8");
  write_shapes(folder.path, "A1_NODE", nodes({}), tests::kUtmK);
  write_shapes(folder.path, "A2_LINK", t, tests::kUtmK);
  write_shapes(folder.path, "B2_SURFACELINEMARK", marks, tests::kUtmK);
  sim::Issues issues;
  const auto map = load(folder.path, issues);
  CHECK(map->lanes.size() == 3);
  CHECK(says(issues, "the wrong way round; swapped"));
  CHECK(says(issues, "the neighbour that a link names is not in the data; cleared"));
  CHECK(says(issues, "the node of a link's end is not in the data; the only node at that place is taken"));
  CHECK(says(issues, "a link that stands twice in the data; one is kept"));
  CHECK(says(issues, "a line mark names a link that is not in the data"));
  CHECK(says(issues, "only one of two neighbours names the other; filled in"));
  CHECK(lane(*map, "L1").right == lane_of(*map, "L2"));  // L2 still names L1
}

TEST_CASE("NGII: unknown layers, columns and codes are named once, with their number") {
  const Folder folder("unknown");
  write_2019(folder.path, {});
  ShapeTable t = links({});
  t.columns.push_back("Wetter");
  for (auto& record : t.records)
    record.values.push_back("x"), record.values[1] = std::string(record.values[1] == "6" ? "77" : "1");
  write_shapes(folder.path, "A2_LINK", t, tests::kUtmK);
  write_shapes(folder.path, "Q9_WEATHER", nodes({}), tests::kUtmK);
  sim::Issues issues;
  load(folder.path, issues);
  CHECK(says(issues, "column Wetter is not known; ignored (3 values)"));
  CHECK(says(issues, "2 times: code \"77\" of column LinkType is not known"));
  CHECK(says(issues, "the layer is not part of data model 2019/2020; ignored (5 records)"));
}

TEST_CASE("NGII: sections side by side become one map; the node at the seam is one") {
  const Folder folder("seam");
  Place east;
  east.x += 100;
  ShapeTable n = nodes({}), l = links({});
  n.records.resize(2), l.records.resize(1);
  l.records[0].values[3] = std::string("");
  write_shapes(folder.path / "SEC01_a" / "HDMap_UTMK_\xEC\xA0\x95\xED\x91\x9C\xEA\xB3\xA0", "A1_NODE", n, tests::kUtmK);
  write_shapes(folder.path / "SEC01_a" / "HDMap_UTMK_\xEC\xA0\x95\xED\x91\x9C\xEA\xB3\xA0", "A2_LINK", l, tests::kUtmK);
  ShapeTable n2{11, {"ID", "NodeType"}, {}}, l2 = l;
  n2.records = {{{{east.x, east.y, 40}}, {"M1", "1"}}, {{{east.x + 100, east.y, 40}}, {"M2", "1"}}, n.records[0]};
  l2.records = {
      {{{east.x, east.y, 40}, {east.x + 100, east.y, 40}}, {"L7", "6", "1", "", "", "M1", "M2", "3", "60", "2019", ""}},
      l.records[0]};  // the neighbour's link stands in both
  const fs::path second = folder.path / "SEC02_b" / "HDMap_UTMK_\xEC\xA0\x95\xED\x91\x9C\xEA\xB3\xA0";
  write_shapes(second, "A1_NODE", n2, tests::kUtmK);
  write_shapes(second, "A2_LINK", l2, tests::kUtmK);
  sim::Issues issues;
  const auto map = load(folder.path, issues);
  CHECK(map->lanes.size() == 2);
  REQUIRE(map->successors(lane_of(*map, "L1")).size() == 1);
  CHECK(says(issues, "a link that stands twice"));
  CHECK(says(issues, "two nodes at one place"));
  CHECK(says(issues, "heights: orthometric"));

  SUBCASE("but heights of two systems are not put together in silence") {
    write_shapes(folder.path / "SEC03_c" / "HDMap_UTM52N_\xED\x83\x80\xEC\x9B\x90\xEC\xB2\xB4\xEA\xB3\xA0", "A2_LINK",
                 links(kUtm), tests::kUtm52N);
    sim::Issues found;
    const auto refused = ngii::read(folder.path, found);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find("ellipsoidal") != std::string::npos);
    CHECK(refused.error().what.find("geoid grid") != std::string::npos);
    CHECK(ngii::read(folder.path, found, {maps::HeightSystem::kMixed}));
    CHECK(says(found, "as asked for"));
  }

  SUBCASE("heights of the system that is there are taken, another one needs a geoid grid") {
    sim::Issues found;
    CHECK(ngii::read(folder.path, found, {maps::HeightSystem::kOrthometric}));
    CHECK(says(found, "heights: orthometric"));
    const auto refused = ngii::read(folder.path, found, {maps::HeightSystem::kEllipsoidal});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find("no geoid grid") != std::string::npos);
    CHECK(refused.error().file.find("SEC01_a") != std::string::npos);
  }

  SUBCASE("of two deliveries of one section the one with the wanted heights is taken") {
    ShapeTable high = l;
    for (ShapePoint& p : high.records[0].points) p.z += 25;
    for (const char* section : {"SEC01_a", "SEC02_b"})
      write_shapes(folder.path / section / "HDMap_UTMK_\xED\x83\x80\xEC\x9B\x90\xEC\xB2\xB4\xEA\xB3\xA0", "A2_LINK",
                   high, tests::kUtmK);
    sim::Issues found;
    CHECK(ngii::read(folder.path, found, {maps::HeightSystem::kEllipsoidal}));
    CHECK(says(found, "heights: ellipsoidal"));
    CHECK(ngii::read(folder.path, found));
    CHECK(says(found, "heights: orthometric"));
  }
}

TEST_CASE("NGII 2024: layers of the new model") {
  const Folder folder("2024");
  const double x = 941000, y = 1685100;
  ShapeTable n{11, {"ID", "NodeType1", "Pseudo", "GroupID", "Version"}, {}};
  n.records = {{{{x, y, 40}}, {"A", "999", "0", "G", "2024"}},
               {{{x + 100, y, 40}}, {"B", "100", "0", "G", "2024"}},
               {{{x + 120, y, 40}}, {"C", "100", "0", "G", "2024"}}};
  ShapeTable l{13,
               {"ID", "RoadRank", "RoadType", "MaxSpeed", "LinkType", "Turn", "R_LinkID", "L_LinkID", "FromNodeID",
                "ToNodeID", "Version"},
               {}};
  l.records = {
      {{{x, y, 40}, {x + 100, y, 40}}, {"K1", "300", "100", "050", "300", "", "", "", "A", "B", "2024"}},
      {{{x + 100, y, 40}, {x + 120, y, 40}}, {"K2", "300", "100", "050", "100", "", "", "", "B", "C", "2024"}}};
  ShapeTable light{11, {"ID", "LightType", "PostID"}, {}};
  light.records = {{{{x + 125, y - 2, 45}}, {"S1", "101", ""}}, {{{x + 110, y - 5, 43}}, {"S2", "300", ""}}};
  write_shapes(folder.path, "NT1_NODE", n, tests::kUtmK);
  write_shapes(folder.path, "NT2_LINK", l, tests::kUtmK);
  write_shapes(folder.path, "SF3_TRAFFICLIGHT", light, tests::kUtmK);
  ShapeTable post{11, {"ID", "PostType"}, {}};
  post.records = {{{{x + 110, y - 6, 40}}, {"P1", "100"}}};
  write_shapes(folder.path, "SF4_SUPPROTPOST", post, tests::kUtmK);
  sim::Issues issues;
  const auto map = load(folder.path, issues);
  CHECK(map->lanes.size() == 2);
  CHECK(lane(*map, "K1").speed_limit_mps == doctest::Approx(50 / 3.6));
  CHECK(lane(*map, "K2").signal_group != kNone);  // the light ahead of the approach, which the model does not name
  CHECK(map->signals.size() == 2);
  CHECK(map->objects.size() == 1);
  CHECK_FALSE(sim::has_errors(issues));
}

TEST_CASE("NGII: damaged deliveries end in a named error or a named defect") {
  const Folder folder("damaged");
  const fs::path shp = folder.path / "A2_LINK.shp";
  const auto reason = [&] {
    sim::Issues issues;
    const auto read = ngii::read(folder.path, issues);
    std::string all = read ? "loaded" : sim::to_string(read.error());
    for (const sim::Issue& issue : issues) all += "\n" + sim::to_string(issue);
    return all;
  };
  write_2019(folder.path, {});
  SUBCASE("no .dbf") {
    fs::remove(folder.path / "A2_LINK.dbf");
    CHECK(reason().find("the .dbf file beside it is missing") != std::string::npos);
  }
  SUBCASE("no .shx") {
    fs::remove(folder.path / "A2_LINK.shx");
    CHECK(reason().find("the .shx file beside it is missing") != std::string::npos);
  }
  SUBCASE("every length of every file") {
    for (const char* name : {"A2_LINK.shp", "A2_LINK.shx", "A2_LINK.dbf", "A1_NODE.shp"}) {
      const fs::path file = folder.path / name;
      std::ifstream stream(file, std::ios::binary);
      const std::string whole{std::istreambuf_iterator<char>(stream), {}};
      for (std::size_t size = 0; size < whole.size(); size += 7) {
        std::ofstream(file, std::ios::binary) << whole.substr(0, size);
        CHECK_FALSE(reason().empty());
      }
      std::ofstream(file, std::ios::binary) << whole;
    }
    fs::resize_file(shp, fs::file_size(shp) - 40);
    CHECK(reason().find("the .shp file is cut off") != std::string::npos);
  }
  SUBCASE("lines where points belong") {
    ShapeTable t = links({});
    t.columns[1] = "NodeType";
    write_shapes(folder.path, "A1_NODE", t, tests::kUtmK);
    CHECK(reason().find("holds lines where the data model has points") != std::string::npos);
  }
  SUBCASE("a coordinate that is no number") {
    ShapeTable t = links({});
    t.records[1].points[1].x = std::numeric_limits<double>::quiet_NaN();
    write_shapes(folder.path, "A2_LINK", t, tests::kUtmK);
    CHECK(reason().find("a coordinate that is not a finite number") != std::string::npos);
  }
  SUBCASE("a record far off the map") {
    ShapeTable t = links({});
    t.records[1].points[0].y = t.records[1].points[1].y = 6e6;
    write_shapes(folder.path, "A2_LINK", t, tests::kUtmK);
    CHECK(reason().find("outside Korea") != std::string::npos);
  }
  SUBCASE("a column that is missing") {
    ShapeTable t = links({});
    t.columns[5] = "Von";
    write_shapes(folder.path, "A2_LINK", t, tests::kUtmK);
    CHECK(reason().find("column FromNodeID is missing") != std::string::npos);
  }
  SUBCASE("no links at all") {
    for (const char* end : {"shp", "shx", "dbf", "prj"}) fs::remove(folder.path / (std::string("A2_LINK.") + end));
    CHECK(reason().find("there is no layer of links") != std::string::npos);
  }
}

}  // namespace
}  // namespace bitgoeul::maps
