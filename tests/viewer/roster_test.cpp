// Who is who: companies, verdicts, and the list of entities with its filters.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "maps/lane_geometry.h"
#include "maps/load_map.h"
#include "tests/support/folders.h"
#include "tests/viewer/picture.h"
#include "viewer/entity_list.h"
#include "viewer/indicators.h"
#include "viewer/open.h"

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;

Mover mover(sim::Row row, sim::Role role, double x, double y, Kind kind = Kind::kSedan) {
  Mover m;
  m.row = row, m.role = role, m.x = x, m.y = y, m.kind = kind;
  return m;
}

template <std::size_t N>
void type_in(std::array<char, N>& field, const char* text) {
  std::strncpy(field.data(), text, N - 1);
}

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a roster knows the company of an entity and what the criteria say of it") {
  const std::vector<Member> members{{0, "a", "Mirae"}, {1, "b", "Areum"}, {2, "c", ""}, {5, "d", "Mirae"}};
  ShownCriterion failed, passed;
  failed.name = "ttc", failed.verdict = "FAIL", failed.entity = "d", failed.other = "a";
  passed.name = "speed", passed.verdict = "PASS", passed.entity = "b";
  const std::vector<ShownCriterion> criteria{failed, passed};
  const Roster roster(members, criteria);
  CHECK(roster.companies() == std::vector<std::string>{"Areum", "Mirae"});
  CHECK((roster.company(0) == 1 && roster.company(1) == 0 && roster.company(2) == -1 && roster.company(5) == 1));
  CHECK((roster.company(3) == -1 && roster.company(99) == -1 && roster.company(sim::kNone) == -1));
  CHECK((roster.judged(5) == Judged::kFail && roster.judged(0) == Judged::kFail));
  CHECK((roster.judged(1) == Judged::kPass && roster.judged(2) == Judged::kPass));
  CHECK((roster.judged(3) == Judged::kNot && roster.judged(99) == Judged::kNot));
  CHECK(Roster(members, {}).judged(0) == Judged::kNot);
  CHECK(stack_name("exec:/usr/bin/python3 assets/stacks/python/planner.py --fast") == "planner.py");
  CHECK(stack_name("exec:drive") == "drive");
  CHECK(stack_name("builtin:planner") == "builtin:planner");
}

TEST_CASE("the list of entities: self-driving first; by role, text, company, verdict and junction") {
  sim::Issues issues;
  const auto map = maps::load_map(tests::source_dir() + "/tests/maps/data/t_junction.xodr", issues).value();
  REQUIRE(map->junctions.size() == 1);
  const maps::Junction& j = map->junctions[0];
  const std::vector<Member> members{{0, "ego_a", "Mirae"}, {1, "ego_b", "Areum"}};
  ShownCriterion failed;
  failed.verdict = "FAIL", failed.entity = "ego_b";
  const Roster roster(members, std::vector<ShownCriterion>{failed});
  Moment moment;
  moment.time_ns = 0;
  moment.movers = {mover(7, sim::Role::kTraffic, j.x, j.y, Kind::kBus),
                   mover(0, sim::Role::kEgo, j.x + j.radius + 0.1, j.y), mover(8, sim::Role::kTraffic, 1e6, 0),
                   mover(1, sim::Role::kEgo, j.x, j.y - j.radius + 0.1)};
  int asked = 0;
  const EntityListInput input{moment, roster, map.get(), [&asked](sim::Row row) {
                                ++asked;
                                return row == 0 ? "ego_a" : row == 1 ? "ego_b" : fmt::format("#{}", row);
                              }};
  using Rows = std::vector<sim::Row>;
  EntityList list;
  Filter f;
  CHECK(list.rows(f, input) == Rows{0, 1, 7, 8});
  CHECK(asked == 0);  // no text: no names are made
  f.traffic = false;
  CHECK(list.rows(f, input) == Rows{0, 1});
  f = {};
  f.egos = false;
  CHECK(list.rows(f, input) == Rows{7, 8});
  f = {};
  type_in(f.text, "ego_");
  CHECK(list.rows(f, input) == Rows{0, 1});
  f = {};
  type_in(f.text, "bus");
  CHECK(list.rows(f, input) == Rows{7});
  f = {};
  type_in(f.text, "Mirae");
  CHECK(list.rows(f, input) == Rows{0});
  f = {};
  f.company = 0;
  CHECK(list.rows(f, input) == Rows{1});
  f = {};
  f.judged = Judged::kFail;
  CHECK(list.rows(f, input) == Rows{1});
  f.judged = Judged::kPass;
  CHECK(list.rows(f, input) == Rows{0});
  f = {};
  type_in(f.junction, "*");
  CHECK(list.rows(f, input) == Rows{1, 7});
  type_in(f.junction, std::string(map->text_of(j.id)).c_str());
  CHECK(list.rows(f, input) == Rows{1, 7});
  type_in(f.junction, "no such");
  CHECK(list.rows(f, input).empty());
  // Another frame: found anew.
  f = {};
  moment.time_ns = 1, moment.movers.pop_back();
  CHECK(list.rows(f, input) == Rows{0, 7, 8});
  CHECK(junction_near(*map, j.x + j.radius + 50, j.y) == 0);
  CHECK(junction_near(*map, j.x + j.radius + 150, j.y) == maps::kNone);
}

TEST_CASE("who is on a turning lane, before one that only turns, or moves across its lane, shows it") {
  sim::Issues issues;
  const auto map = maps::load_map(tests::source_dir() + "/tests/maps/data/t_junction.xodr", issues).value();
  const auto on_lane = [&](maps::Row lane, double s, double off = 0) {
    const maps::LanePose p = maps::lane_pose(*map, lane, s);
    Mover m;
    m.x = p.x, m.y = p.y, m.z = p.z, m.yaw = p.heading + off, m.speed = 8;
    return m;
  };
  int left = 0, right = 0, straight = 0;
  for (std::size_t i = 0; i < map->lanes.size(); ++i) {
    const maps::Lane& lane = map->lanes[i];
    const auto row = static_cast<maps::Row>(i);
    if (lane.junction == maps::kNone || !maps::drivable(lane.type)) continue;
    // Two thirds of the way the turns are apart from each other.
    const int side = indicator_of(map.get(), on_lane(row, lane.length * 0.66));
    CHECK(side == (lane.turn == maps::Turn::kLeft ? 1 : lane.turn == maps::Turn::kRight ? -1 : 0));
    left += lane.turn == maps::Turn::kLeft, right += lane.turn == maps::Turn::kRight;
    straight += lane.turn == maps::Turn::kStraight;
  }
  CHECK((left > 0 && right > 0 && straight > 0));
  for (std::size_t i = 0; i < map->lanes.size(); ++i) {
    const maps::Lane& lane = map->lanes[i];
    const auto row = static_cast<maps::Row>(i);
    if (lane.junction != maps::kNone || !maps::drivable(lane.type) || lane.length < 60) continue;
    CHECK(indicator_of(map.get(), on_lane(row, 5)) == 0);
    CHECK(indicator_of(map.get(), on_lane(row, 5, 0.04)) == 1);
    CHECK(indicator_of(map.get(), on_lane(row, 5, -0.04)) == -1);
  }
  Mover m;  // no map: by the yaw rate
  m.speed = 6, m.yaw_rate = 0.3;
  CHECK(indicator_of(nullptr, m) == 1);
  m.yaw_rate = -0.3;
  CHECK(indicator_of(nullptr, m) == -1);
  m.speed = 25;
  CHECK(indicator_of(nullptr, m) == 0);
}

TEST_CASE("companies come from the scenario's property, in a live run and from the log; things are drawn as such") {
  const fs::path dir = fs::path(tests::binary_dir()) / "test_viewer_companies";
  fs::remove_all(dir);
  fs::create_directories(dir);
  const auto sh = [](const std::string& command) { return std::system((command + " > /dev/null 2>&1").c_str()); };
  const std::string program = "'" + tests::binary_dir() + "/bin/bitgoeul'",
                    map = tests::source_dir() + "/assets/scenarios/loop.xodr", file = (dir / "fleet.xosc").string();
  REQUIRE(sh(program + " fleet --map '" + map +
             "' --vehicles 3 --traffic 0 --duration 1 --company Areum --company Mirae -o '" + file + "'") == 0);
  // A barrier stands beside them.
  std::string text = text_of(file);
  const std::string thing =
      "<ScenarioObject name=\"barrier\"><MiscObject name=\"barrier\" mass=\"50\" miscObjectCategory=\"barrier\">"
      "<BoundingBox><Center x=\"0\" y=\"0\" z=\"0.5\"/><Dimensions width=\"0.5\" length=\"3\" "
      "height=\"1\"/></BoundingBox>"
      "</MiscObject></ScenarioObject></Entities>";
  const std::string place =
      "<Private entityRef=\"barrier\"><PrivateAction><TeleportAction><Position><WorldPosition x=\"40\" "
      "y=\"20\"/></Position>"
      "</TeleportAction></PrivateAction></Private></Actions></Init>";
  REQUIRE(text.find("</Entities>") != std::string::npos);
  text.replace(text.find("</Entities>"), 11, thing);
  const std::size_t init = text.find("</Init>"), actions = text.rfind("</Actions>", init);
  REQUIRE(actions != std::string::npos);
  text.replace(actions, init + 7 - actions, place);
  std::ofstream(file, std::ios::binary) << text;
  REQUIRE(sh(program + " run '" + file + "' --quiet --out '" + (dir / "run").string() + "'") < 256 * 2);
  for (const std::string& path : {file, (dir / "run").string()}) {
    CAPTURE(path);
    const Opened opened = open(path, {});
    REQUIRE(opened.source);
    CHECK(opened.issues.empty());
    CHECK(opened.roster.companies() == std::vector<std::string>{"Areum", "Mirae"});
    CHECK((opened.roster.company(0) == 0 && opened.roster.company(1) == 1 && opened.roster.company(2) == 0));
    CHECK(opened.roster.company(3) == -1);
    Moment moment;
    fill_moment(moment, *opened.source, opened.source->wait(500'000'000), 500'000'000);
    const Mover* barrier = moment.find(3);
    REQUIRE(barrier);
    CHECK(barrier->kind == Kind::kObject);
    CHECK((barrier->length == doctest::Approx(3).epsilon(0.01) && barrier->x == doctest::Approx(40).epsilon(0.01)));
  }
  // Written as a scenario again, it is a thing again.
  const std::string again = (dir / "again.xosc").string();
  REQUIRE(sh(program + " log convert '" + (dir / "run" / "run.mcap").string() + "' --to xosc -o '" + again + "'") == 0);
  CHECK(text_of(again).find("<MiscObject name=\"miscellaneous\"") != std::string::npos);
  CHECK(sh(program + " check '" + again + "'") == 0);
}

}  // namespace bitgoeul::viewer
