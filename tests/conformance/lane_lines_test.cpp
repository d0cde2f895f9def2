// Lane centre lines of real files against an independent evaluation of the norm (plain_road.h): within 1 cm in the
// sampled lines that everything drives on, within 1 mm in the exact positions. And the road positions that another
// player drove on (../shared/data/oracles) lie on our lanes.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "maps/opendrive/opendrive.h"
#include "maps/road_position.h"
#include "tests/conformance/plain_road.h"
#include "tests/conformance/sets.h"

using namespace bitgoeul;
namespace fs = std::filesystem;

namespace {

constexpr double kStepM = 4.0;
constexpr int kMostSamples = 25;  // per lane

struct Compared {
  std::size_t lanes = 0, samples = 0, left_out = 0;
  double exact_m = 0, line_m = 0, height_m = 0;  // the worst
  std::string worst;
};

// Where pieces of the reference line miss each other the line that is driven on leads from one to the other.
void compare_sample(const maps::Map& map, maps::Row row, const maps::RoadLanePosition& at,
                    const tests::PlainPoint& expected, double gap, Compared& all) {
  const auto pose = maps::to_world(map, at);
  REQUIRE(pose);
  const double exact = std::hypot(pose->x - expected.x, pose->y - expected.y, pose->z - expected.z);
  maps::Row hint = maps::kNone;
  const auto foot = maps::project_to_lane(map, row, expected.x, expected.y, hint);
  const auto on_line = maps::lane_pose(map, row, foot.s, 0.0, hint);
  const double height = std::abs(on_line.z - expected.z);
  if (std::max(exact, foot.distance) > std::max(all.exact_m, all.line_m))
    all.worst = "road " + std::string(map.text_of(map.roads[static_cast<std::size_t>(at.road)].id)) + " lane " +
                std::to_string(at.lane_id) + " s " + std::to_string(at.s);
  all.exact_m = std::max(all.exact_m, exact);
  all.line_m = std::max(all.line_m, std::max(0.0, foot.distance - gap));
  all.height_m = std::max(all.height_m, height);
  ++all.samples;
}

void compare_lane(const maps::Map& map, maps::Row road, const tests::PlainRoad& plain,
                  const tests::PlainSection& section, int id, Compared& all) {
  const double length = section.end - section.s;
  const int n = std::min(kMostSamples, 2 + static_cast<int>(length / kStepM));
  ++all.lanes;
  for (int i = 0; i < n; ++i) {
    const double s = section.s + length * (i + 0.37) / n;
    const auto expected = tests::plain_lane_centre(plain, section, id, s);
    const maps::Row row = maps::lane_at(map, road, s, id);
    if (!expected || row == maps::kNone) {
      ++all.left_out;
      continue;
    }
    compare_sample(map, row, {road, id, s, 0.0}, *expected, tests::plain_gap_near(plain, s), all);
  }
}

Compared compare(const fs::path& file) {
  Compared all;
  const std::string text = tests::text_of(file);
  sim::Issues issues;
  auto builder = maps::opendrive::read_text(text, file.string(), issues);
  REQUIRE(builder);
  const auto map = maps::freeze(std::move(*builder), issues);
  REQUIRE(map);
  for (const tests::PlainRoad& plain : tests::read_plain_roads(text)) {
    const auto road = maps::find_road(**map, plain.id);
    REQUIRE(road);
    REQUIRE(!plain.has_shape);
    for (const tests::PlainSection& section : plain.sections)
      for (const tests::PlainLane& lane : section.lanes)
        if (section.end - section.s > 0.01) compare_lane(**map, *road, plain, section, lane.id, all);
  }
  return all;
}

}  // namespace

TEST_CASE("lane centre lines agree with an independent evaluation to 1 cm") {
  std::string table = "\nset                 files  lanes samples left out  exact m   line m  height m  worst at\n";
  bool any = false;
  for (const tests::MapSet& set : tests::kMapSets) {
    if (std::string(set.name).starts_with("qc-") || std::string(set.name) == "esmini scenarios") continue;
    Compared all;
    const auto files = tests::files_of(set);
    for (const fs::path& file : files) {
      CAPTURE(file.string());
      const Compared one = compare(file);
      any = true;
      CHECK(one.samples > 0);
      CHECK(one.left_out == 0);
      CHECK(one.exact_m < 1e-3);
      CHECK(one.line_m < 0.01);
      CHECK(one.height_m < 0.015);
      if (one.line_m > all.line_m) all.worst = file.filename().string() + " " + one.worst;
      all.lanes += one.lanes, all.samples += one.samples, all.left_out += one.left_out;
      all.exact_m = std::max(all.exact_m, one.exact_m), all.line_m = std::max(all.line_m, one.line_m);
      all.height_m = std::max(all.height_m, one.height_m);
    }
    char line[400];
    std::snprintf(line, sizeof line, "%-19s %5zu %6zu %7zu %8zu %8.6f %8.6f %9.6f  %s\n", set.name, files.size(),
                  all.lanes, all.samples, all.left_out, all.exact_m, all.line_m, all.height_m, all.worst.c_str());
    table += line;
  }
  if (!any) MESSAGE("skipped: no data sets beside the checkout");
  if (any) MESSAGE(table);
}

// Vehicles of the other player that keep their lane ride on its centre. Its lane changes are its own matter, so only
// scenarios without any are read.
namespace {

struct Ride {
  const char *oracle, *map, *entity;
};
constexpr Ride kRides[] = {
    {"alks__logical_scenarios__concrete_scenarios__alks_scenario_4_1_1_free_driving_template",
     "xosc/alks/logical_scenarios/concrete_scenarios/road_networks/alks_road_different_curvatures.xodr", "Ego"},
    {"esmini__resources__xosc__acc-toggle", "xodr/esmini/resources/xodr/curves_elevation.xodr", "Target"},
    {"esmini__resources__xosc__synchronize", "xodr/esmini/resources/xodr/e6mini.xodr", "NPC1"},
    {"esmini__resources__xosc__traffic_lights", "xodr/esmini/resources/xodr/fabriksgatan_traffic_lights.xodr", "Ego"},
    {"esmini__resources__xosc__ltap-od", "xodr/esmini/resources/xodr/fabriksgatan.xodr", "NPC"},
};

struct Distance {
  int points = 0, within_cm = 0;
  double worst = 0;
};

Distance distance_of(const maps::Map& map, const std::string& csv, const std::string& entity) {
  Distance out;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::string key = "," + entity + ",";
    const std::size_t at = line.find(key);
    double x = 0, y = 0, z = 0;
    if (at == std::string::npos || std::sscanf(line.c_str() + at + key.size(), "%lf,%lf,%lf", &x, &y, &z) != 3)
      continue;
    std::vector<maps::LaneMatch> near;
    maps::lanes_near(map, x, y, 5.0, near);
    double best = 1e9, height = 1e9;
    for (const maps::LaneMatch& match : near) {
      const double t = std::abs(match.t);
      if (t >= best) continue;
      maps::Row hint = maps::kNone;
      best = t, height = std::abs(maps::lane_pose(map, match.lane, match.s, 0, hint).z - z);
    }
    ++out.points;
    out.within_cm += best < 0.01 && height < 0.02;
    out.worst = std::max(out.worst, best);
  }
  return out;
}

}  // namespace

TEST_CASE("another player's lane-keeping vehicles ride on our lane centres") {
  std::string table = "\npoints within 1 cm  worst m  scenario\n";
  for (const Ride& ride : kRides) {
    CAPTURE(ride.oracle);
    const fs::path data = tests::conformance_data();
    const std::string csv = tests::text_of(data / "oracles/player_esmini" / (std::string(ride.oracle) + ".csv"));
    sim::Issues issues;
    auto builder = maps::opendrive::read_file(data / ride.map, issues);
    if (csv.empty() || !builder) {
      MESSAGE("skipped: no oracle or map beside the checkout");
      continue;
    }
    const auto map = maps::freeze(std::move(*builder), issues);
    REQUIRE(map);
    const Distance d = distance_of(**map, csv, ride.entity);
    char line[300];
    std::snprintf(line, sizeof line, "%6d %10d %9.4f  %s %s\n", d.points, d.within_cm, d.worst, ride.oracle,
                  ride.entity);
    table += line;
    CHECK(d.points > 50);
    CHECK(d.within_cm >= 0.99 * d.points);
  }
  MESSAGE(table);
}
