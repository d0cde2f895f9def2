// Left-hand traffic of road networks: a network and its mirror image give maps that are each other's mirror image; the
// side is taken from tags or from the country.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "maps/map_builder.h"
#include "maps/road_network/lane_builder.h"
#include "maps/road_network/left_hand.h"
#include "maps/road_network/osm.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<const Map> built(RoadNetwork network) {
  sim::Issues issues;
  auto builder = build_lanes(std::move(network), issues);
  REQUIRE(builder.has_value());
  auto map = freeze(std::move(*builder), issues);
  REQUIRE(map.has_value());
  for (const sim::Issue& issue : issues) {
    INFO(issue.where, " ", issue.what);
    CHECK(issue.severity != sim::Severity::kError);
  }
  return *map;
}

RoadNetwork network_of(const fs::path& file) {
  sim::Issues issues;
  auto network = read_osm(file, issues);
  REQUIRE(network.has_value());
  return *network;
}

// crossing.osm with other text in it, beside the temporary files.
RoadNetwork changed(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::ifstream in(tests::test_map("crossing.osm"));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const auto& [from, to] : changes)
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  const fs::path file = fs::temp_directory_path() / ("bitgoeul_left_hand_" + std::to_string(::getpid()) + ".osm");
  std::ofstream(file) << text;
  RoadNetwork network = network_of(file);
  fs::remove(file);
  return network;
}

// The row of the lane with that road, section and id.
Row row_of(const Map& map, Row section, std::int32_t id) {
  const Range lanes = map.sections[section].lanes;
  for (Row row = lanes.begin; row < lanes.end; ++row)
    if (map.lanes[row].odr_id == id) return row;
  return kNone;
}

Turn flipped(Turn turn) { return turn == Turn::kLeft ? Turn::kRight : turn == Turn::kRight ? Turn::kLeft : turn; }

void check_lane(const Map& right, Row a, const Map& left, Row b) {
  const Lane &la = right.lanes[a], &lb = left.lanes[b];
  CHECK(la.type == lb.type);
  CHECK(la.direction == lb.direction);
  CHECK(lb.turn == flipped(la.turn));
  CHECK(la.stop_s == doctest::Approx(lb.stop_s).epsilon(1e-9));
  CHECK(right.successors(a).size() == left.successors(b).size());
  CHECK(right.lane_conflicts(a).size() == left.lane_conflicts(b).size());
  CHECK(la.left_mark == lb.right_mark);
  CHECK((la.left == kNone) == (lb.right == kNone));
  const auto pa = right.lane_points(a), pb = left.lane_points(b);
  REQUIRE(pa.size() == pb.size());
  double worst = 0;
  for (std::size_t i = 0; i < pa.size(); ++i)
    worst = std::max({worst, std::abs(pa[i].x + pb[i].x), std::abs(pa[i].y - pb[i].y), std::abs(pa[i].z - pb[i].z)});
  CHECK(worst < 1e-6);
}

}  // namespace

TEST_CASE("the map of left-hand traffic is the mirror image of the map of the mirrored network") {
  const RoadNetwork network = network_of(tests::test_map("crossing.osm"));
  RoadNetwork other = mirrored(network);
  other.left_hand = true;
  const auto right = built(network), left = built(std::move(other));
  REQUIRE(right->sections.size() == left->sections.size());
  REQUIRE(right->lanes.size() == left->lanes.size());
  for (Row section = 0; section < static_cast<Row>(right->sections.size()); ++section) {
    CHECK(left->roads[left->sections[section].road].left_hand_traffic == 1);
    const Range lanes = right->sections[section].lanes;
    for (Row row = lanes.begin; row < lanes.end; ++row) {
      const Row mirror = row_of(*left, section, -right->lanes[row].odr_id);
      REQUIRE(mirror != kNone);
      check_lane(*right, row, *left, mirror);
    }
  }
  REQUIRE(right->signals.size() == left->signals.size());
  REQUIRE(!right->signals.empty());
  for (std::size_t i = 0; i < right->signals.size(); ++i) {
    const Signal &a = right->signals[i], &b = left->signals[i];
    CHECK(a.x == doctest::Approx(-b.x).epsilon(1e-9));
    CHECK(a.y == doctest::Approx(b.y).epsilon(1e-9));
    CHECK(sim::cos(a.heading) == doctest::Approx(-sim::cos(b.heading)).epsilon(1e-6));
    CHECK((a.group == kNone) == (b.group == kNone));
  }
  CHECK(right->stop_lines.size() == left->stop_lines.size());
  REQUIRE(right->objects.size() == left->objects.size());
  for (std::size_t i = 0; i < right->outline_points.size(); i += 3)
    CHECK(std::abs(right->outline_points[i] + left->outline_points[i]) < 1e-6);
}

TEST_CASE("OSM: the side of the road comes from tags, else from the country") {
  CHECK(!network_of(tests::test_map("crossing.osm")).left_hand);
  const std::string tag = "<tag k=\"highway\" v=\"primary\"/>";
  CHECK(changed({{tag, tag + "<tag k=\"driving_side\" v=\"left\"/>"}}).left_hand);
  const RoadNetwork london = changed({{"lat=\"35.1", "lat=\"51.5"}, {"lon=\"126.8", "lon=\"-0.1"}});
  CHECK(london.left_hand);
  CHECK(!changed({{"lat=\"35.1", "lat=\"48.8"}, {"lon=\"126.8", "lon=\"2.3"}}).left_hand);
  // left|through|through;right from left to right: beside the middle of the road stands who turns across it,
  // rightwards.
  const Street& main = london.streets.front();
  REQUIRE(main.facts_forward.size() == 3);
  CHECK(main.facts_forward[0].arrows == (kArrowThrough | kArrowRight));
  CHECK(main.facts_forward[2].arrows == kArrowLeft);
}

TEST_CASE("countries that keep left, and their neighbours that do not") {
  struct Place {
    double longitude, latitude;
    bool left;
  };
  for (const Place& p : {Place{126.85, 35.16, false},  // Gwangju
                         Place{129.08, 35.18, false},  // Busan
                         Place{129.57, 36.0, false},   // Pohang
                         Place{126.53, 33.5, false},   // Jeju
                         Place{130.87, 37.5, false},   // Ulleungdo
                         Place{131.9, 43.1, false},    // Vladivostok
                         Place{121.5, 25.0, false},    // Taipei
                         Place{114.06, 22.55, false},  // Shenzhen
                         Place{1.86, 50.95, false},    // Calais
                         Place{139.7, 35.68, true},    // Tokyo
                         Place{130.4, 33.6, true},     // Fukuoka
                         Place{141.35, 43.06, true},   // Sapporo
                         Place{-0.13, 51.5, true},     // London
                         Place{151.2, -33.87, true},   // Sydney
                         Place{77.2, 28.6, true},      // Delhi
                         Place{103.85, 1.3, true}}) {  // Singapore
    CAPTURE(p.longitude);
    CHECK(keeps_left(p.longitude, p.latitude) == p.left);
  }
}
