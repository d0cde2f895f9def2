#include <doctest/doctest.h>
#include <gdal/cpl_conv.h>
#include <gdal/gdal.h>
#include <gdal/ogr_api.h>
#include <gdal/ogr_srs_api.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "maps/load_map.h"
#include "maps/map_builder.h"
#include "maps/road_network/lane_builder.h"
#include "maps/road_network/node_link.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;

namespace {

using Cells = std::vector<std::pair<const char*, std::string>>;

// A node-link data set as the national centre ships it, written through GDAL: CP949 without .cpg, EPSG:5186.
struct DataSet {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("bitgoeul_node_link_" + std::to_string(::getpid()));

  DataSet() {
    std::filesystem::create_directories(folder);
    GDALAllRegister();
  }
  ~DataSet() { std::filesystem::remove_all(folder); }

  // Rows: attributes and coordinates (none: a table without shapes).
  void write(const char* name, const std::vector<Cells>& rows,
             const std::vector<std::vector<sim::Vec2>>& shapes) const {
    GDALDatasetH file =
        GDALCreate(GDALGetDriverByName("ESRI Shapefile"), (folder / name).c_str(), 0, 0, 0, GDT_Unknown, nullptr);
    OGRSpatialReferenceH frame = OSRNewSpatialReference(nullptr);
    OSRImportFromEPSG(frame, 5186);
    char* options[] = {const_cast<char*>("ENCODING=CP949"), nullptr};
    const OGRwkbGeometryType type = shapes.empty() ? wkbNone : shapes[0].size() == 1 ? wkbPoint : wkbLineString;
    OGRLayerH layer = GDALDatasetCreateLayer(file, std::filesystem::path(name).stem().c_str(), frame, type, options);
    for (const auto& [column, value] : rows[0]) {
      OGRFieldDefnH field = OGR_Fld_Create(column, OFTString);
      OGR_Fld_SetWidth(field, 30);
      OGR_L_CreateField(layer, field, 1);
      OGR_Fld_Destroy(field);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(layer));
      for (const auto& [column, value] : rows[i])
        OGR_F_SetFieldString(feature, OGR_F_GetFieldIndex(feature, column), value.c_str());
      if (!shapes.empty()) {
        OGRGeometryH geometry = OGR_G_CreateGeometry(type);
        for (const sim::Vec2& p : shapes[i]) OGR_G_AddPoint_2D(geometry, p.x(), p.y());
        OGR_F_SetGeometryDirectly(feature, geometry);
      }
      REQUIRE(OGR_L_CreateFeature(layer, feature) == OGRERR_NONE);
      OGR_F_Destroy(feature);
    }
    OSRDestroySpatialReference(frame);
    GDALClose(file);
    std::filesystem::remove(folder / (std::filesystem::path(name).stem().string() + ".cpg"));
  }
};

// Easting and northing in EPSG:5186 of Gwangju's city hall (35.1595 N, 126.8526 E): reference/packages.md, PROJ
// section.
constexpr double kX = 186570.2816, kY = 284800.0850;

Cells link(const char* id, const char* from, const char* to, const char* lanes, const char* rank, const char* limit,
           const char* connect = "000", const char* type = "000") {
  return {{"LINK_ID", id},
          {"F_NODE", from},
          {"T_NODE", to},
          {"LANES", lanes},
          {"ROAD_RANK", rank},
          {"ROAD_TYPE", type},
          {"ROAD_NAME", "상무중앙로"},
          {"ROAD_USE", "0"},
          {"MAX_SPD", limit},
          {"CONNECT", connect}};
}
Cells node(const char* id, const char* name) { return {{"NODE_ID", id}, {"NODE_TYPE", "101"}, {"NODE_NAME", name}}; }

// Four arms about node 1; each direction is a link of its own, 4 m beside the other; the western one is one-way, a
// ramp under the ground, and drawn against its direction.
DataSet four_arms() {
  DataSet set;
  set.write("MOCT_NODE.shp",
            {node("1750000101", "시청사거리"), node("1750000102", "-"), node("1750000103", "-"),
             node("1750000104", "-"), node("1750000105", "-")},
            {{{kX, kY}}, {{kX, kY + 300}}, {{kX + 300, kY}}, {{kX, kY - 300}}, {{kX - 300, kY}}});
  set.write("MOCT_LINK.shp",
            {link("1750000201", "1750000102", "1750000101", "3", "104", "50"),
             link("1750000202", "1750000101", "1750000102", "2", "104", "60"),
             link("1750000203", "1750000101", "1750000103", "2", "104", "50"),
             link("1750000204", "1750000103", "1750000101", "2", "104", "50"),
             link("1750000205", "1750000101", "1750000104", "2", "104", "50"),
             link("1750000206", "1750000104", "1750000101", "2", "104", "50"),
             link("1750000207", "1750000101", "1750000105", "1", "101", "40", "101", "002")},
            {{{kX, kY + 300}, {kX - 2, kY + 150}, {kX, kY}},
             {{kX, kY}, {kX + 2, kY + 150}, {kX, kY + 300}},
             {{kX, kY}, {kX + 150, kY - 2}, {kX + 300, kY}},
             {{kX + 300, kY}, {kX + 150, kY + 2}, {kX, kY}},
             {{kX, kY}, {kX - 2, kY - 150}, {kX, kY - 300}},
             {{kX, kY - 300}, {kX + 2, kY - 150}, {kX, kY}},
             {{kX - 300, kY}, {kX, kY}}});
  set.write("TURNINFO.dbf",
            {{{"NODE_ID", "1750000101"},
              {"TURN_ID", "1"},
              {"ST_LINK", "1750000201"},
              {"ED_LINK", "1750000203"},
              {"TURN_TYPE", "101"},
              {"TURN_OPER", "0"}},
             {{"NODE_ID", "1750000101"},
              {"TURN_ID", "2"},
              {"ST_LINK", "1750000206"},
              {"ED_LINK", "1750000205"},
              {"TURN_TYPE", "011"},
              {"TURN_OPER", "0"}}},
            {});
  return set;
}

int turns(const Map& map, Turn turn, double heading) {
  return static_cast<int>(std::count_if(map.lanes.begin(), map.lanes.end(), [&](const Lane& lane) {
    if (lane.junction == kNone || lane.turn != turn) return false;
    const LanePoint& start = map.points[static_cast<std::size_t>(lane.points.begin)];
    return (sim::Vec2(start.x, start.y)).norm() < 60 && std::abs(sim::wrap_angle(start.heading - heading)) < 0.4;
  }));
}

}  // namespace

TEST_CASE("Node-link: both directions become one street, with Korean names, classes, limits and ramps") {
  const DataSet set = four_arms();
  sim::Issues issues;
  const auto network = read_node_link(set.folder, issues);
  REQUIRE(network);
  REQUIRE(network->streets.size() == 4);
  const Street& north = network->streets[0];
  CHECK(north.name == "상무중앙로");
  CHECK(north.lanes_forward == 3);
  CHECK(north.lanes_backward == 2);
  CHECK(north.speed_limit_mps == doctest::Approx(50 / 3.6));
  CHECK(north.speed_backward_mps == doctest::Approx(60 / 3.6));
  REQUIRE(north.line.size() == 3);
  const sim::Vec2 whole = north.line[2] - north.line[0], part = north.line[1] - north.line[0];
  CHECK(std::abs(whole.x() * part.y() - whole.y() * part.x()) / whole.norm() <
        0.05);  // in the middle between its links
  CHECK((north.line[2] - north.line[0]).norm() == doctest::Approx(300).epsilon(1e-4));
  const Street& ramp = network->streets[3];
  CHECK(ramp.link);
  CHECK(ramp.road_class == RoadClass::kRamp);
  CHECK(ramp.tunnel);
  CHECK(ramp.lanes_backward == 0);
  CHECK(ramp.line[0].x() > ramp.line[1].x());  // from F_NODE to T_NODE
  const auto flipped = std::count_if(issues.begin(), issues.end(), [](const sim::Issue& issue) {
    return issue.what.find("from T_NODE to F_NODE") != std::string::npos;
  });
  CHECK(flipped == 1);
  REQUIRE(network->facts.size() == 5);
  CHECK(network->facts[0].name == "시청사거리");
}

TEST_CASE("Node-link: the turn table closes and opens turns; the folder loads as a map") {
  const DataSet set = four_arms();
  sim::Issues issues;
  const auto map = load_map(set.folder.string(), issues, {false, {}});
  REQUIRE(map);
  const double south = -sim::kPi / 2, north = sim::kPi / 2;
  CHECK(turns(**map, Turn::kLeft, south) == 0);  // 101 좌회전금지
  CHECK(turns(**map, Turn::kStraight, south) > 0);
  CHECK(turns(**map, Turn::kUTurn, north) == 1);  // 011 유턴
  CHECK(turns(**map, Turn::kUTurn, south) == 0);
  CHECK((*map)->programs.empty());  // none is assumed where a ramp joins
  CHECK(std::any_of((*map)->roads.begin(), (*map)->roads.end(), [](const Road& road) { return road.level == -1; }));
}

TEST_CASE("Node-link: tables without the columns or with damaged files are refused with the reason") {
  sim::Issues issues;
  const DataSet set;
  CHECK_FALSE(read_node_link(set.folder, issues));
  CHECK(find_node_link(set.folder / "nothing.shp").links.empty());
  set.write("MOCT_LINK.shp", {link("1", "2", "3", "x", "104", "50")}, {{{kX, kY}, {kX + 100, kY}}});
  const auto network = read_node_link(set.folder, issues);
  REQUIRE(network);
  CHECK(network->streets[0].lanes_forward == 1);
  CHECK(!issues.empty());
  std::filesystem::resize_file(set.folder / "MOCT_LINK.shp", 60);
  CHECK_FALSE(read_node_link(set.folder, issues));
}

TEST_CASE("Node-link: codes that are no numbers and turns of links that are not there are named") {
  const DataSet set;
  sim::Issues issues;
  Cells odd = link("1", "2", "3", "2", "104", "50", "1e3", "5m");
  set.write("MOCT_LINK.shp", {odd, link("4", "3", "2", "2", "104", "50")},
            {{{kX, kY}, {kX + 100, kY}}, {{kX + 100, kY}, {kX, kY}}});
  set.write("TURNINFO.dbf",
            {{{"NODE_ID", "3"},
              {"TURN_ID", "1"},
              {"ST_LINK", "1"},
              {"ED_LINK", "99"},
              {"TURN_TYPE", "101"},
              {"TURN_OPER", "0"}},
             {{"NODE_ID", "3"},
              {"TURN_ID", "2"},
              {"ST_LINK", "1"},
              {"ED_LINK", "4"},
              {"TURN_TYPE", "101"},
              {"TURN_OPER", "0"}}},
            {});
  const auto network = read_node_link(set.folder, issues);
  REQUIRE(network);
  CHECK(network->restrictions.size() == 1);
  for (const char* what : {"CONNECT is no whole number", "ROAD_TYPE is no whole number", "a turn rule names a link"})
    CHECK(std::count_if(issues.begin(), issues.end(),
                        [&](const sim::Issue& i) { return i.what.find(what) != std::string::npos; }) == 1);
}
