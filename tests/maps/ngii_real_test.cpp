// The two real NGII deliveries: counts as in their tables, nothing dangling, lanes where the links are.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
#include "maps/map_check.h"
#include "maps/ngii/ngii.h"
#include "maps/projection.h"
#include "tests/maps/shared_data.h"

namespace bitgoeul::maps {
namespace {

namespace fs = std::filesystem;

fs::path shared_folder(const char* name) {
  const fs::path folder = tests::shared_data() / name;
  if (fs::exists(folder)) return folder;
  MESSAGE("not here, skipped: ", folder.string());
  return {};
}

std::shared_ptr<const Map> load(const fs::path& folder, sim::Issues& issues) {
  auto builder = ngii::read(folder, issues);
  REQUIRE_MESSAGE(builder, (builder ? "" : sim::to_string(builder.error())));
  auto map = freeze(std::move(*builder), issues);
  REQUIRE_MESSAGE(map, (map ? "" : sim::to_string(map.error())));
  return *map;
}

int mentions(const sim::Issues& issues, const std::string& text) {
  return static_cast<int>(std::count_if(issues.begin(), issues.end(),
                                        [&](const sim::Issue& i) { return i.what.find(text) != std::string::npos; }));
}

int count(const Map& map, ObjectKind kind) {
  return static_cast<int>(
      std::count_if(map.objects.begin(), map.objects.end(), [&](const Object& o) { return o.kind == kind; }));
}

// Lanes whose end leads on: what a link's ToNodeID promises.
int linked(const Map& map) {
  return static_cast<int>(
      std::count_if(map.lanes.begin(), map.lanes.end(), [](const Lane& l) { return !l.successors.empty(); }));
}

TEST_CASE("NGII 2019: the proving ground at Daegu, all of it") {
  const fs::path folder = shared_folder("ngii/kiapi_dm2019_epsg5179");
  if (folder.empty()) return;
  sim::Issues issues;
  const auto map = load(folder, issues);
  CHECK(map->roads.size() == 274);
  CHECK(map->lanes.size() == 274);
  CHECK(map->signals.size() == 40 + 44);
  CHECK(std::count_if(map->signals.begin(), map->signals.end(), [](const Signal& s) { return s.dynamic != 0; }) == 40);
  CHECK(count(*map, ObjectKind::kCrosswalk) == 43);
  CHECK(count(*map, ObjectKind::kPole) == 48);
  CHECK(count(*map, ObjectKind::kBarrier) == 229);
  CHECK(map->objects.size() == 101 + 48 + 229 + 1);
  CHECK(mentions(issues, "is not in the data") == 0);
  CHECK(mentions(issues, "is not known") == 0);
  CHECK(mentions(issues, "ignored") == 0);
  CHECK(sim::has_errors(issues) == false);
  // 285 pairs of links meet in a node (counted from the tables), one of them head on; 243 links end where one begins,
  // that one among them.
  CHECK(map->links.size() == 2 * 284);
  CHECK(linked(*map) == 242);
}

TEST_CASE("NGII 2019: the frame is UTM-K about a hundred metre mark") {
  const fs::path folder = shared_folder("ngii/kiapi_dm2019_epsg5179");
  if (folder.empty()) return;
  sim::Issues issues;
  const auto map = load(folder, issues);
  CHECK(map->projection == "EPSG:5179");
  CHECK(std::fmod(map->offset_x, 100.0) == 0.0);
  const auto projection = Projection::make(map->projection, map->offset_x, map->offset_y);
  REQUIRE(projection);
  // KIAPI, Guji-myeon, Dalseong-gun, Daegu: 35.65 N 128.40 E.
  const auto place = projection->inverse(0, 0);
  REQUIRE(place);
  CHECK(place->latitude_deg == doctest::Approx(35.65).epsilon(0.001));
  CHECK(place->longitude_deg == doctest::Approx(128.40).epsilon(0.001));
  for (const LanePoint& p : map->points) {
    CHECK(p.z > 46);
    CHECK(p.z < 50);
  }
}

TEST_CASE("NGII old model: K-City, turns made where the model has none") {
  const fs::path folder = shared_folder("ngii/swdsld_oldmodel/map_shapes");
  if (folder.empty()) return;
  sim::Issues issues;
  const auto map = load(folder, issues);
  const auto made =
      std::count_if(map->lanes.begin(), map->lanes.end(), [](const Lane& l) { return l.junction != kNone; });
  CHECK(map->lanes.size() == 465 + static_cast<std::size_t>(made));
  CHECK(made > 200);
  CHECK(map->projection == "EPSG:32652");
  CHECK(std::count_if(map->signals.begin(), map->signals.end(), [](const Signal& s) { return s.dynamic != 0; }) == 81);
  CHECK(map->signals.size() == 81 + 198);
  CHECK(count(*map, ObjectKind::kPole) == 92);
  CHECK(mentions(issues, "is not in the data") == 0);
  CHECK(mentions(issues, "swapped") == 1);  // 233A0248LZ0101
  CHECK(sim::has_errors(issues) == false);
  for (const Lane& lane : map->lanes) {
    CHECK(lane.length > 0.3);
    for (const Row next : map->successors(static_cast<Row>(&lane - map->lanes.data()))) CHECK(next != kNone);
  }
}

TEST_CASE("NGII: lights rule the movements behind the stop lines of their links") {
  const fs::path folder = shared_folder("ngii/kiapi_dm2019_epsg5179");
  if (folder.empty()) return;
  sim::Issues issues;
  const auto map = load(folder, issues);
  int ruled = 0;
  for (const Lane& lane : map->lanes) {
    if (lane.signal_group == kNone) continue;
    ++ruled;
    CHECK(lane.junction != kNone);
    for (const Row before : map->predecessors(static_cast<Row>(&lane - map->lanes.data()))) {
      const Lane& approach = map->lanes[static_cast<std::size_t>(before)];
      CHECK(approach.length - approach.stop_s < 30);
    }
  }
  CHECK(ruled >= 11);  // as many links have vehicle lights
  for (const Signal& s : map->signals)
    if (s.dynamic != 0) CHECK(s.z - 47 < 8);
}

}  // namespace
}  // namespace bitgoeul::maps
