#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "maps/load_map.h"
#include "maps/map_builder.h"
#include "maps/road_network/lane_builder.h"
#include "maps/road_network/osm.h"
#include "maps/road_network/osm_tags.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct File {
  std::filesystem::path path;
  explicit File(const std::string& name)
      : path(std::filesystem::temp_directory_path() / (std::to_string(::getpid()) + name)) {}
  ~File() { std::filesystem::remove(path); }
  void write(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }
};

const Street* find(const RoadNetwork& network, std::int64_t id) {
  const auto found =
      std::find_if(network.streets.begin(), network.streets.end(), [&](const Street& s) { return s.source_id == id; });
  return found == network.streets.end() ? nullptr : &*found;
}

RoadNetwork read(const std::filesystem::path& path, sim::Issues& issues) {
  auto network = read_osm(path, issues);
  REQUIRE(network);
  return std::move(*network);
}

// Turns of the lanes that lead into the crossing from the road whose end lies farthest to the north (way 100).
int count_turns(const Map& map, Turn turn, bool from_north) {
  int count = 0;
  for (const Lane& lane : map.lanes) {
    if (lane.junction == kNone || lane.turn != turn) continue;
    const LanePoint& start = map.points[static_cast<std::size_t>(lane.points.begin)];
    const bool southwards = std::abs(sim::wrap_angle(start.heading + sim::kPi / 2)) < 0.5;
    const bool northwards = std::abs(sim::wrap_angle(start.heading - sim::kPi / 2)) < 0.5;
    count += map.junctions[static_cast<std::size_t>(lane.junction)].control == JunctionControl::kSignals &&
             (from_north ? southwards : northwards);
  }
  return count;
}

}  // namespace

TEST_CASE("OSM: ways become streets with lanes, arrows, limits and bus lanes") {
  sim::Issues issues;
  const RoadNetwork network = read(tests::test_map("crossing.osm"), issues);
  CHECK(network.korean);
  CHECK(network.streets.size() == 5);  // the footway and the closed street are none
  const Street* main = find(network, 100);
  REQUIRE(main != nullptr);
  CHECK(main->name == "상무대로");
  CHECK(main->road_class == RoadClass::kPrimary);
  CHECK(main->lanes_forward == 3);
  CHECK(main->lanes_backward == 2);
  CHECK(main->speed_limit_mps == doctest::Approx(60 / 3.6));
  CHECK(main->walks == Walks::kBoth);
  REQUIRE(main->facts_forward.size() == 3);
  CHECK(main->facts_forward[0].arrows == kArrowLeft);
  CHECK(main->facts_forward[2].arrows == (kArrowThrough | kArrowRight));
  const Street* south = find(network, 101);
  REQUIRE(south != nullptr);
  CHECK(south->speed_limit_mps == doctest::Approx(50 / 3.6));
  CHECK(south->speed_backward_mps == doctest::Approx(30 * 0.44704));
  const Street* reversed = find(network, 103);
  REQUIRE(reversed != nullptr);
  CHECK(reversed->lanes_backward == 0);
  CHECK(reversed->lanes_forward == 4);
  CHECK(reversed->vertices.front() == 2);
  // The innermost lane is for buses all day, the one at the kerb in the rush hours of working days (Korean custom).
  REQUIRE(reversed->facts_forward[0].bus.size() == 1);
  CHECK(reversed->facts_forward[0].bus[0].to_minute == 24 * 60);
  REQUIRE(reversed->facts_forward[3].bus.size() == 2);
  CHECK(reversed->facts_forward[3].bus[0].weekdays == 0x1f);
  // 0.002 degrees of latitude at 35.16 N on WGS84 are 221.9 m.
  CHECK((main->line[1] - main->line[0]).norm() == doctest::Approx(221.9).epsilon(1e-3));
  REQUIRE(network.facts.size() == 2);
  CHECK(network.facts[0].signals);
  CHECK(network.facts[1].crossing_signals);
  CHECK(network.restrictions.size() == 2);
  const auto lacks = std::count_if(issues.begin(), issues.end(), [](const sim::Issue& issue) {
    return issue.what.find("lacks from, via or to") != std::string::npos;
  });
  CHECK(lacks == 1);
}

TEST_CASE("OSM: the PBF and gzipped forms of a file hold the same network") {
  sim::Issues issues;
  const RoadNetwork xml = read(tests::test_map("crossing.osm"), issues);
  const File gz("crossing.osm.gz");
  const gzFile out = gzopen(gz.path.c_str(), "wb");
  const std::string text = bytes_of(tests::test_map("crossing.osm"));
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  for (const auto& path : {tests::test_map("crossing.osm.pbf"), gz.path}) {
    CHECK(is_osm_file(path));
    const RoadNetwork other = read(path, issues);
    REQUIRE(other.streets.size() == xml.streets.size());
    for (std::size_t i = 0; i < xml.streets.size(); ++i) {
      CHECK(other.streets[i].name == xml.streets[i].name);
      CHECK(other.streets[i].vertices == xml.streets[i].vertices);
      CHECK(other.streets[i].lanes_forward == xml.streets[i].lanes_forward);
      // PBF holds units of 1e-7 degrees, which is a centimetre.
      CHECK((other.streets[i].line[0] - xml.streets[i].line[0]).norm() < 0.02);
    }
    CHECK(other.facts.size() == xml.facts.size());
    CHECK(other.facts[0].name == "시험사거리");
    CHECK(other.restrictions.size() == xml.restrictions.size());
  }
}

TEST_CASE("OSM: a PBF file that is cut anywhere or has a wrong byte is an error or what is whole, never a crash") {
  const std::string whole = bytes_of(tests::test_map("crossing.osm.pbf"));
  sim::Issues ignored;
  REQUIRE(osm::read_pbf(whole, "x", ignored));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    sim::Issues issues;
    const auto data = osm::read_pbf(whole.substr(0, size), "x", issues);
    if (data) CHECK(data->positions.size() <= 7);
    if (!data) CHECK(!data.error().what.empty());
  }
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = byte;
      sim::Issues issues;
      const auto data = osm::read_pbf(damaged, "x", issues);
      if (data) CHECK(data->ways.size() <= 7);
    }
}

TEST_CASE("OSM: speeds, hours and arrows in the forms of the wiki") {
  CHECK(osm::parse_speed("50", true).value() == doctest::Approx(50 / 3.6));
  CHECK(osm::parse_speed("30 mph", false).value() == doctest::Approx(13.4112));
  CHECK(osm::parse_speed("10 knots", false).value() == doctest::Approx(5.14444));
  CHECK(osm::parse_speed("DE:urban", false).value() == doctest::Approx(50 / 3.6));
  CHECK(osm::parse_speed("DE:rural", false).value() == doctest::Approx(100 / 3.6));
  CHECK(osm::parse_speed("DE:zone30", false).value() == doctest::Approx(30 / 3.6));
  CHECK(osm::parse_speed("DE:zone:20", false).value() == doctest::Approx(20 / 3.6));
  CHECK(osm::parse_speed("KR:rural", true).value() == doctest::Approx(80 / 3.6));
  CHECK_FALSE(osm::parse_speed("signals", true));
  CHECK_FALSE(osm::parse_speed("fast", true));
  CHECK_FALSE(osm::parse_speed("-50", true));
  const auto hours = osm::parse_hours(" (Mo-Fr 07:00-09:00,17:30-19:30)");
  REQUIRE(hours.size() == 2);
  CHECK(hours[0].weekdays == 0x1f);
  CHECK(hours[1].from_minute == 17 * 60 + 30);
  CHECK(osm::parse_hours("sometimes").empty());
  const auto arrows = osm::parse_arrows("reverse;left|through||merge_to_left;slight_right");
  REQUIRE(arrows.size() == 4);
  CHECK(arrows[0] == (kArrowBack | kArrowLeft));
  CHECK(arrows[2] == 0);
  CHECK(arrows[3] == kArrowRight);
}

TEST_CASE("OSM: restrictions and arrows decide which lanes turn") {
  sim::Issues issues;
  auto builder = build_lanes(read(tests::test_map("crossing.osm"), issues), issues);
  REQUIRE(builder);
  const auto map = freeze(std::move(*builder), issues);
  REQUIRE(map);
  // no_left_turn from the north; only_straight_on from the south.
  CHECK(count_turns(**map, Turn::kLeft, true) == 0);
  CHECK(count_turns(**map, Turn::kRight, true) == 1);
  CHECK(count_turns(**map, Turn::kStraight, true) == 3);  // the lane of the forbidden left turn goes on as well
  CHECK(count_turns(**map, Turn::kLeft, false) == 0);
  CHECK(count_turns(**map, Turn::kRight, false) == 0);
  CHECK(count_turns(**map, Turn::kStraight, false) == 2);
  CHECK((*map)->programs.size() == 1);
}

TEST_CASE("OSM: what is no road network is refused with the reason") {
  sim::Issues issues;
  const File file("bad.osm");
  for (const char* text :
       {"", "<osm", "<osm/>", "<gpx></gpx>", "<osm><way id='1'><tag k='highway' v='primary'/></way></osm>",
        "<osm><node id='1' lat='91' lon='0'/></osm>"}) {
    file.write(text);
    CHECK_FALSE(read_osm(file.path, issues));
  }
  file.write("<osm><node id='1' lat='35' lon='127'><tag k='type' v=\"lanelet\"/></node></osm>");
  CHECK_FALSE(is_osm_file(file.path));
}
