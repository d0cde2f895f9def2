// Lanes drawn one by one that run beside each other nearer than two cars are wide (proving grounds, faulty surveys): in
// conflict, and closed to lane changes between them; a usual distance changes nothing.
#include <doctest/doctest.h>

#include "maps/free_lanes.h"
#include "maps/load_map.h"
#include "tests/maps/crossing.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;

namespace {

FreeLane lane(const char* id, std::vector<sim::Vec3> line, double width_m) {
  FreeLane out;
  out.id = id;
  out.center = std::move(line);
  out.widths = {{0, width_m}};
  out.speed_mps = 15;
  return out;
}

// Two lanes of 200 m side by side, `apart` from centre to centre, neighbours of each other.
std::shared_ptr<const Map> two_lanes(double apart, double width_m, sim::Issues& issues) {
  FreeNetwork network;
  network.lanes = {lane("left", {{0, apart, 0}, {200, apart, 0}}, width_m),
                   lane("right", {{0, 0, 0}, {200, 0, 0}}, width_m)};
  network.lanes[0].right = "right", network.lanes[0].change_right = true;
  network.lanes[1].left = "left", network.lanes[1].change_left = true;
  MapBuilder builder;
  builder.name = "two lanes";
  add_free_lanes(network, builder, issues);
  const auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  return *map;
}

bool warned(const sim::Issues& issues) {
  for (const sim::Issue& issue : issues)
    if (issue.what.find("nearer than two cars are wide") != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("lanes 2 m apart are in conflict and closed to lane changes, lanes 2.3 m apart are neighbours") {
  for (const double apart : {2.0, 2.3}) {
    CAPTURE(apart);
    sim::Issues issues;
    const auto map = two_lanes(apart, 2.1, issues);
    const bool narrow = apart < 2.1;
    const Row left = tests::lane_of(*map, "left", -1), right = tests::lane_of(*map, "right", -1);
    const Conflict* own = tests::conflict(*map, left, right);
    CHECK((own != nullptr) == narrow);
    if (own != nullptr) {
      CHECK(own->s_begin == 0);
      CHECK(own->s_end == doctest::Approx(200));
    }
    CHECK(map->lanes[left].right == right);
    CHECK(map->lanes[left].change_right == (narrow ? 0 : 1));
    CHECK(map->lanes[right].change_left == (narrow ? 0 : 1));
    CHECK(warned(issues) == narrow);
  }
}

TEST_CASE("the two narrow pairs of the proving ground at Daegu are in conflict over all their length") {
  const auto folder = tests::shared_data() / "ngii" / "kiapi_dm2019_epsg5179";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped, not there: ", folder.string());
    return;
  }
  sim::Issues issues;
  const auto map = load_map(folder.string(), issues, {.use_cache = false, .cache_dir = {}});
  REQUIRE(map.has_value());
  CHECK(warned(issues));
  for (const auto& [a, b] : {std::pair("A219AR140001", "A219AR140004"), std::pair("A219AR140167", "A219AR140168")}) {
    const Row left = tests::lane_of(**map, a, -1), right = tests::lane_of(**map, b, -1);
    const Conflict* own = tests::conflict(**map, left, right);
    REQUIRE(own != nullptr);
    CHECK(own->s_end - own->s_begin > 0.95 * (*map)->lanes[left].length);
    CHECK((*map)->lanes[left].change_right == 0);
  }
}
