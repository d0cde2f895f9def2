#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "maps/road_network/geojson.h"
#include "maps/road_network/lane_builder_acute.h"
#include "maps/road_network/lane_builder_curve.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using sim::Vec2;

namespace {

// A folder of its own that goes away at the end.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("bitgoeul_road_network_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const char* name, const std::string& text) const { std::ofstream(path / name) << text; }
};

std::string collection(const std::string& features) {
  return "{\"type\": \"FeatureCollection\", \"origin\": [126.85, 35.16],\n\"features\": [\n" + features + "\n]}\n";
}
std::string street(const std::string& properties, const std::string& coordinates) {
  return "{\"type\": \"Feature\", \"properties\": {" + properties +
         "}, \"geometry\": {\"type\": \"LineString\", \"coordinates\": " + coordinates + "}}";
}
const char* const kGood =
    "\"class\": \"primary\", \"lanes_per_direction\": 3, \"speed_limit_kmh\": 60, \"divided\": true";
const char* const kLine = "[[126.85, 35.16], [126.86, 35.16]]";

}  // namespace

TEST_CASE("A street is read with its class, lanes and limit, in metres about the file's origin") {
  Folder folder;
  folder.write("roads.geojson", collection(street(kGood, kLine)));
  sim::Issues issues;
  const auto network = read_road_network(folder.path, issues);
  REQUIRE(network);
  CHECK(issues.empty());
  REQUIRE(network->streets.size() == 1);
  const Street& read = network->streets[0];
  CHECK(read.road_class == RoadClass::kPrimary);
  CHECK(read.lanes_forward == 3);
  CHECK(read.lanes_backward == 3);
  CHECK(read.divided);
  CHECK(read.speed_limit_mps == doctest::Approx(60 / 3.6));
  CHECK(read.line[0].norm() < 1e-3);
  // A hundredth of a degree of longitude at 35.16 N on WGS84 is 911.4 m.
  CHECK((read.line[1] - read.line[0]).norm() == doctest::Approx(911.4).epsilon(1e-3));
}

TEST_CASE("Right-turn slips are built where the file says so, with true or false") {
  Folder folder;
  const std::string plain = collection(street(kGood, kLine));
  const auto read = [&](const std::string& given) {
    std::string text = plain;
    folder.write("roads.geojson", text.insert(1, given));
    sim::Issues issues;
    return read_road_network(folder.path, issues);
  };
  CHECK_FALSE(read("")->right_turn_slips);
  CHECK_FALSE(read("\"right_turn_slips\": false, ")->right_turn_slips);
  CHECK(read("\"right_turn_slips\": true, ")->right_turn_slips);
  const auto wrong = read("\"right_turn_slips\": \"yes\", ");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().what.find("neither true nor false") != std::string::npos);
}

TEST_CASE("Wrong features are named with file and line, the others are kept") {
  Folder folder;
  folder.write(
      "roads.geojson",
      collection(street(kGood, kLine) + ",\n" + street("\"class\": \"primary\", \"lanes_per_direction\": 99", kLine) +
                 ",\n" + street(kGood, "[[126.85, 95.0], [126.86, 35.16]]") + ",\n" +
                 street("\"class\": \"cowpath\"", kLine) + ",\n" + street(kGood, "[[126.85, 35.16]]")));
  sim::Issues issues;
  const auto network = read_road_network(folder.path, issues);
  REQUIRE(network);
  CHECK(network->streets.size() == 2);  // the good one and the unknown class
  const auto on_line = [&](int line) {
    return std::any_of(issues.begin(), issues.end(), [line](const sim::Issue& i) { return i.line == line; });
  };
  CHECK_FALSE(on_line(3));
  for (const int line : {4, 5, 6, 7}) CHECK(on_line(line));
  for (const sim::Issue& issue : issues) CHECK(issue.file.find("roads.geojson") != std::string::npos);
}

TEST_CASE("Broken files are refused with the place of the fault") {
  Folder folder;
  sim::Issues issues;
  CHECK_FALSE(read_road_network(folder.path, issues));
  folder.write("roads.geojson", "{\"type\": \"FeatureCollection\",\n\"features\": [\n}");
  const auto syntax = read_road_network(folder.path, issues);
  REQUIRE_FALSE(syntax);
  CHECK(syntax.error().line == 3);
  folder.write("roads.geojson", "[1, 2, 3]");
  CHECK_FALSE(read_road_network(folder.path, issues));
  folder.write("roads.geojson", collection(street(kGood, kLine)));
  folder.write("terrain.asc", "ncols 3\nnrows 2\nxllcenter 0\nyllcenter 0\ncellsize 10\n1 2 3\n4 5\n");
  CHECK_FALSE(read_road_network(folder.path, issues));
}

TEST_CASE("Values of the wrong type or beyond all bounds are named, none is taken in silence") {
  Folder folder;
  sim::Issues issues;
  const auto said = [&](const std::string& what) {
    return std::count_if(issues.begin(), issues.end(),
                         [&](const sim::Issue& i) { return i.what.find(what) != std::string::npos; });
  };
  folder.write("roads.geojson",
               collection(street("\"class\": \"primary\", \"speed_limit_kmh\": \"80\", \"one_way\": 1", kLine)));
  folder.write("school_zones.csv", "latitude,longitude\n35.16,126.85\n35.16,126.85m\n35.16,126.85\r\n");
  const auto network = read_road_network(folder.path, issues);
  REQUIRE(network);
  CHECK(network->streets[0].speed_limit_mps == doctest::Approx(50 / 3.6));  // what counts without one
  CHECK(network->streets[0].lanes_backward == 1);
  CHECK(said("speed_limit_kmh is not a number") == 1);
  CHECK(said("one_way is not true or false") == 1);
  CHECK(said("not `latitude,longitude`") == 1);
  CHECK(network->school_zones.size() == 2);
  const auto refusal = [&](const char* file, const std::string& text) {
    folder.write(file, text);
    const auto read = read_road_network(folder.path, issues);
    return read ? std::string() : read.error().what;
  };
  const std::string grid = "ncols 2\nnrows 1\nxllcenter 0\nyllcenter 0\ncellsize 10\n";
  CHECK(refusal("terrain.asc", grid + "1 1e5\n").find("not a height") != std::string::npos);
  CHECK(refusal("terrain.asc", grid + "1 2m\n").find("not a height") != std::string::npos);
  CHECK(refusal("terrain.asc", grid + "1 2 3\n").find("more heights") != std::string::npos);
  CHECK(refusal("terrain.asc", grid + "1 -2.5\n").empty());
  const auto in_street = [&](const std::string& value) {
    return refusal("roads.geojson", collection(street("\"class\": " + value, kLine)));
  };
  CHECK(in_street("1e309").find("beyond all bounds") != std::string::npos);
  CHECK(in_street('"' + std::string(1'048'577, 'x') + '"').find("more than a megabyte") != std::string::npos);
  CHECK(in_street(std::string(101, '[') + std::string(101, ']')).find("deeper than 100") != std::string::npos);
}

TEST_CASE("Of many complaints a thousand are told, the others counted") {
  Folder folder;
  std::string features = street(kGood, kLine);
  for (int i = 0; i < 1500; ++i) features += ",\n{}";
  folder.write("roads.geojson", collection(features));
  sim::Issues issues;
  REQUIRE(read_road_network(folder.path, issues));
  REQUIRE(issues.size() == 1001);
  CHECK(issues.back().what.find("500 more complaints") == 0);
}

TEST_CASE("Heights of the terrain grid: rows run from north to south, between samples the height is bilinear") {
  Folder folder;
  folder.write("roads.geojson", collection(street(kGood, kLine)));
  folder.write("terrain.asc", "ncols 2\nnrows 2\nxllcenter 0\nyllcenter 0\ncellsize 10\n10 20\n30 50\n");
  sim::Issues issues;
  const auto network = read_road_network(folder.path, issues);
  REQUIRE(network);
  CHECK(network->terrain.at(0, 10) == doctest::Approx(10));
  CHECK(network->terrain.at(10, 0) == doctest::Approx(50));
  CHECK(network->terrain.at(5, 5) == doctest::Approx(27.5));
  CHECK(network->terrain.at(-100, -100) == doctest::Approx(30));
}

TEST_CASE("A rounded polyline keeps its ends, turns by the polyline's angle and never jumps in heading") {
  const std::vector<Vec2> line = {{0, 0}, {100, 0}, {100, 80}, {200, 80}};
  const StreetCurve curve = make_curve(line, 30.0);
  CHECK((curve.at(0).point() - line.front()).norm() < 1e-9);
  CHECK((curve.at(curve.length).point() - line.back()).norm() < 1e-9);
  CHECK(smallest_radius(curve) == doctest::Approx(30.0));
  // Two quarter circles of radius 30 m take the place of four tangents of 30 m.
  CHECK(curve.length == doctest::Approx(280.0 - 4 * 30.0 + sim::kPi * 30.0));
  for (std::size_t i = 0; i + 1 < curve.pieces.size(); ++i) {
    const CurvePiece &a = curve.pieces[i], &b = curve.pieces[i + 1];
    CHECK(std::fabs(sim::wrap_angle(a.heading + a.curvature * a.length - b.heading)) < 1e-9);
  }
  const StreetCurve middle = cut_curve(curve, 50.0, 150.0);
  CHECK(middle.length == doctest::Approx(100.0));
  CHECK((middle.at(30.0).point() - curve.at(80.0).point()).norm() < 1e-9);
}

TEST_CASE("A lesser street that meets a greater one at 15 degrees is bent to arrive at 42") {
  StreetGraph graph;
  graph.nodes.resize(4);
  graph.nodes[1].position = {500, 0}, graph.nodes[2].position = {-500, 0}, graph.nodes[3].position = {579.6, 155.3};
  const auto add = [&](int to, RoadClass road_class, Vec2 end) {
    StreetEdge edge;
    edge.from = 0;
    edge.to = to;
    edge.street.road_class = road_class;
    edge.street.line = {{0, 0}, end};
    graph.edges.push_back(edge);
  };
  add(1, RoadClass::kPrimary, {500, 0});
  add(2, RoadClass::kPrimary, {-500, 0});
  add(3, RoadClass::kTertiary, {579.6, 155.3});
  spread_acute_legs(graph);
  CHECK(graph.edges[0].street.line.size() == 2);
  const std::vector<Vec2>& bent = graph.edges[2].street.line;
  REQUIRE(bent.size() >= 3);
  CHECK(std::atan2(bent[1].y(), bent[1].x()) * 180 / sim::kPi == doctest::Approx(42.0).epsilon(0.01));
  CHECK((bent.back() - Vec2(579.6, 155.3)).norm() < 1e-9);
}
