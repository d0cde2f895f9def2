#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "maps/map_builder.h"
#include "maps/map_check.h"
#include "maps/road_network/geojson.h"
#include "maps/road_network/lane_builder.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;

namespace {

const std::filesystem::path kFolder = std::filesystem::path(bitgoeul::tests::source_dir()) / "assets" / "gwangju";

struct City {
  MapBuilder builder;
  std::shared_ptr<const Map> map;
};

// Built once for all cases: it is the largest map there is.
const City& city() {
  static const City built = [] {
    sim::Issues issues;
    auto network = read_road_network(kFolder, issues);
    REQUIRE(network);
    auto builder = build_lanes(std::move(*network), issues);
    REQUIRE(builder);
    City out;
    out.builder = *builder;
    auto map = freeze(std::move(*builder), issues);
    REQUIRE(map);
    CHECK_FALSE(sim::has_errors(issues));
    out.map = *map;
    return out;
  }();
  return built;
}

}  // namespace

TEST_CASE("Gwangju has at least 1,500 km of streets, of which the facts give 588 km") {
  double total = 0, local = 0;
  for (const RoadDraft& road : city().builder.roads) {
    if (!road.junction.empty()) continue;
    total += road.length;
    if (road.road_class == RoadClass::kResidential) local += road.length;
  }
  CHECK(total >= 1.5e6);
  // Junctions and a few doubled streets take their part of the skeleton's 588 km.
  CHECK(total - local > 480e3);
  CHECK(total - local < 588e3);
}

TEST_CASE("Every driving lane of Gwangju leads on and is part of one connected city") {
  const Map& map = *city().map;
  int dead = 0, unreachable = 0;
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    if (!drivable(map.lanes[lane].type) || map.lanes[lane].taper) continue;  // the end of a merge lane
    dead += map.successors(lane).empty();
    unreachable += map.lanes[lane].reachable == 0;
  }
  CHECK(dead == 0);
  CHECK(unreachable == 0);
}

TEST_CASE("map check finds no error in Gwangju") {
  const sim::Issues issues = check_map(*city().map);
  for (const sim::Issue& issue : issues)
    if (issue.severity == sim::Severity::kError) FAIL_CHECK(sim::to_string(issue));
}

TEST_CASE("No way through a junction of Gwangju is tighter than a car can turn") {
  const Map& map = *city().map;
  for (const Lane& lane : map.lanes) {
    if (lane.junction == kNone) continue;
    for (const LanePoint& p : Map::rows(map.points, lane.points))
      CHECK_MESSAGE(std::fabs(p.curvature) < 1.0 / 5.0, p.x, " ", p.y);
  }
}

TEST_CASE("Streets of Gwangju are nowhere steeper than 13 percent") {
  const Map& map = *city().map;
  double steepest = 0;
  for (const Lane& lane : map.lanes) {
    if (!drivable(lane.type)) continue;
    const auto points = Map::rows(map.points, lane.points);
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const double run = points[i + 1].s - points[i].s;
      if (run > 0.5) steepest = std::max(steepest, std::fabs(points[i + 1].z - points[i].z) / run);
    }
  }
  CHECK(steepest < 0.13);
  CHECK(steepest > 0.02);  // the terrain is there
}

TEST_CASE("Where a road of Gwangju passes over another, a truck fits in between") {
  const Map& map = *city().map;
  struct Place {
    Row lane;
    double x, y, z;
  };
  // Centre lines every 3 m, by cells of 4 m.
  std::map<std::pair<int, int>, std::vector<Place>> cells;
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    if (!drivable(map.lanes[lane].type) || map.lanes[lane].junction != kNone) continue;
    const auto points = map.lane_points(lane);
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const int steps = std::max(1, static_cast<int>((points[i + 1].s - points[i].s) / 3.0));
      for (int k = 0; k < steps; ++k) {
        const double u = static_cast<double>(k) / steps;
        const Place place{lane, points[i].x + u * (points[i + 1].x - points[i].x),
                          points[i].y + u * (points[i + 1].y - points[i].y),
                          points[i].z + u * (points[i + 1].z - points[i].z)};
        cells[{static_cast<int>(std::floor(place.x / 4)), static_cast<int>(std::floor(place.y / 4))}].push_back(place);
      }
    }
  }
  int over = 0;
  for (const auto& [cell, places] : cells)
    for (const Place& a : places)
      for (const Place& b : places) {
        if (map.lanes[a.lane].road >= map.lanes[b.lane].road || map.lanes[a.lane].level == map.lanes[b.lane].level)
          continue;
        if (std::hypot(a.x - b.x, a.y - b.y) > 2.0) continue;
        ++over;
        CHECK_MESSAGE(std::fabs(a.z - b.z) > 4.7, a.x, " ", a.y);
      }
  CHECK(over > 20);
}

TEST_CASE("Signals: every ruled movement of Gwangju gets green, and at least 250 junctions have signals") {
  const Map& map = *city().map;
  std::set<Row> green;
  for (const SignalProgram& program : map.programs)
    for (const SignalPhase& phase : Map::rows(map.signal_phases, program.phases)) {
      CHECK(phase.green_ms >= 10000);
      CHECK(phase.yellow_ms >= 3000);
      for (const Row group : Map::rows(map.phase_groups, phase.groups)) green.insert(group);
    }
  for (const Lane& lane : map.lanes)
    if (lane.signal_group != kNone) CHECK(green.count(lane.signal_group) == 1);
  CHECK(map.programs.size() >= 250);
}

TEST_CASE("Gwangju says what it is") {
  CHECK(city().map->notice.find("synthetic HD map on real road facts") != std::string::npos);
  CHECK(city().map->notice.find("OpenStreetMap contributors") != std::string::npos);
}
