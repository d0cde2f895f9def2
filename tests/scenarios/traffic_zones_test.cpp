// Traffic actions: sources, sinks, swarms and areas against what the norm says of rates, radii, numbers and shapes; the
// same bits with other numbers of threads and from a saved step.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "scenarios/story/story.h"
#include "scenarios/traffic_setup.h"
#include "tests/scenarios/story/story_file.h"
#include "tests/scenarios/story/story_map.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;
using namespace tests;

namespace {

std::string world(double x, double y) {
  return "<Position><WorldPosition x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\"/></Position>";
}

std::string traffic(const std::string& name, const std::string& action) {
  return "<GlobalAction><TrafficAction trafficName=\"" + name + "\">" + action + "</TrafficAction></GlobalAction>";
}

std::string mix(const std::string& categories = "car:1") {
  std::string entries;
  for (std::size_t begin = 0; begin < categories.size();) {
    const std::size_t colon = categories.find(':', begin),
                      end = std::min(categories.find(',', begin), categories.size());
    entries += "<VehicleCategoryDistributionEntry category=\"" + categories.substr(begin, colon - begin) +
               "\" weight=\"" + categories.substr(colon + 1, end - colon - 1) + "\"/>";
    begin = end + 1;
  }
  return "<TrafficDefinition name=\"mix\"><VehicleCategoryDistribution>" + entries +
         "</VehicleCategoryDistribution><ControllerDistribution><ControllerDistributionEntry weight=\"1\"><Controller "
         "name=\"any\"><Properties/></Controller></ControllerDistributionEntry></ControllerDistribution>"
         "</TrafficDefinition>";
}

std::string source(double rate, const std::string& where, const std::string& speed = {},
                   const std::string& categories = "car:1") {
  return "<TrafficSourceAction radius=\"3\" rate=\"" + std::to_string(rate) + "\" " + speed + ">" + where +
         mix(categories) + "</TrafficSourceAction>";
}

std::string plain(const std::string& events, const std::string& init = {}) {
  // 1.2: a traffic definition by category.
  std::string text = file("", init, "", events, after(1e6));
  const std::string minor = "revMinor=\"3\"";
  return text.replace(text.find(minor), minor.size(), "revMinor=\"2\"");
}

int alive(const sim::Snapshot& snapshot) {
  int n = 0;
  for (const auto a : snapshot.entities.alive) n += a;
  return n;
}

std::shared_ptr<const maps::Map> city() { return scenes::small_city(4, 0, 0).map; }

}  // namespace

TEST_CASE("a source brings in vehicles at its rate, at its place, with its speed; a stop action ends it") {
  auto simulation =
      play(plain(event("on", traffic("east", source(0.25, world(30, -1.75), "velocity=\"12\"")), after(1)) +
                 event("off", traffic("east", "<TrafficStopAction/>"), after(21.5))),
           story_map());
  std::vector<double> spawned;
  while (simulation->time_s() < 40) {
    simulation->step();
    const auto snapshot = simulation->snapshot();
    for (const sim::Event& e : simulation->events()) {
      if (e.kind != sim::EventKind::kSpawn) continue;
      spawned.push_back(simulation->time_s());
      const auto row = e.entity.row();
      CHECK(std::hypot(snapshot->entities.x[row] - 30, snapshot->entities.y[row] + 1.75) < 12);
      CHECK(snapshot->entities.speed_mps[row] == doctest::Approx(12).epsilon(0.05));
    }
  }
  // One at once and one every 4 s until the stop: at 1, 5, 9, 13, 17 and 21 s, on the engine's ticks of 0.1 s.
  REQUIRE(spawned.size() == 6);
  for (std::size_t i = 0; i < spawned.size(); ++i)
    CHECK(std::fabs(spawned[i] - (1 + 4.0 * static_cast<double>(i))) < 0.15);
}

TEST_CASE("a sink takes vehicles out within its radius, and no faster than its rate") {
  for (const double rate : {0.0, 0.1}) {
    const std::string limit = rate > 0 ? "rate=\"" + std::to_string(rate) + "\" " : "";
    auto simulation = play(plain({}, traffic("in", source(0.5, world(30, -1.75), "velocity=\"12\"")) +
                                         traffic("out", "<TrafficSinkAction radius=\"5\" " + limit + ">" +
                                                            world(200, -1.75) + "</TrafficSinkAction>")),
                           story_map());
    int removed = 0, past = 0;
    std::set<sim::Row> seen_past;
    while (simulation->time_s() < 60) {
      simulation->step();
      for (const sim::Event& e : simulation->events())
        if (e.kind == sim::EventKind::kRemove && std::fabs(e.x - 200) < 8) ++removed;
      const auto snapshot = simulation->snapshot();
      for (std::size_t row = 0; row < snapshot->entities.alive.size(); ++row)
        if (snapshot->entities.alive[row] && snapshot->entities.x[row] > 212) ++past;
    }
    CHECK((rate == 0 ? past == 0 : past > 0));
    if (rate == 0) CHECK(removed >= 15);
    if (rate > 0) CHECK(removed <= 7);
  }
}

TEST_CASE("an area keeps its number of vehicles, inside, of the categories that the file weighs") {
  const std::string area =
      "<TrafficAreaAction numberOfEntities=\"40\" continuous=\"true\"><TrafficDistribution><TrafficDistributionEntry "
      "weight=\"1\"><EntityDistribution><EntityDistributionEntry weight=\"1\"><ScenarioObjectTemplate>" +
      kCar +
      "</ScenarioObjectTemplate></EntityDistributionEntry></EntityDistribution></TrafficDistributionEntry>"
      "</TrafficDistribution><TrafficArea><Polygon>" +
      world(-20, -20) + world(320, -20) + world(320, 280) + world(-20, 280) +
      "</Polygon></TrafficArea></TrafficAreaAction>";
  auto simulation = play(file("", traffic("town", area), "", "", after(1e6)), city());
  while (simulation->time_s() < 60) {
    simulation->step();
    if (simulation->steps() % 100 != 0) continue;
    const auto snapshot = simulation->snapshot();
    if (simulation->time_s() > 0.5) CHECK(alive(*snapshot) >= 37);
    CHECK(alive(*snapshot) <= 40);
    for (std::size_t row = 0; row < snapshot->entities.alive.size(); ++row) {
      if (!snapshot->entities.alive[row]) continue;
      CHECK(snapshot->entities.x[row] < 325);
      CHECK(snapshot->entities.y[row] < 285);
      CHECK(snapshot->entities.length_m[row] == doctest::Approx(4.5));
    }
  }
}

TEST_CASE("a swarm goes with its entity: inside the ellipse, outside the inner circle when it is born") {
  const std::string swarm =
      "<TrafficSwarmAction semiMajorAxis=\"150\" semiMinorAxis=\"120\" innerRadius=\"40\" offset=\"20\" "
      "numberOfVehicles=\"12\" velocity=\"8\"><CentralObject entityRef=\"one\"/>" +
      mix("car:1,van:1") + "</TrafficSwarmAction>";
  std::string init = put("one", -1, 20, 8);
  const auto map = city();
  std::string road(map->text_of(map->roads[0].id));
  init.replace(init.find("roadId=\"1\""), 10, "roadId=\"" + road + "\"");
  std::string text = file(object("one", kCar), traffic("about", swarm) + init, "", "", after(1e6));
  text.replace(text.find("revMinor=\"3\""), 12, "revMinor=\"2\"");
  auto simulation = play(text, map);
  int born = 0;
  while (simulation->time_s() < 30) {
    simulation->step();
    const auto snapshot = simulation->snapshot();
    const auto& e = snapshot->entities;
    const double cx = e.x[0] + 20 * std::cos(e.yaw_rad[0]), cy = e.y[0] + 20 * std::sin(e.yaw_rad[0]);
    const auto ellipse = [&](std::size_t row) {
      const double dx = e.x[row] - cx, dy = e.y[row] - cy;
      const double a = (dx * std::cos(e.yaw_rad[0]) + dy * std::sin(e.yaw_rad[0])) / 150;
      const double b = (dy * std::cos(e.yaw_rad[0]) - dx * std::sin(e.yaw_rad[0])) / 120;
      return a * a + b * b;
    };
    for (const sim::Event& event : simulation->events())
      if (event.kind == sim::EventKind::kSpawn && event.entity.row() != 0) {
        ++born;
        const auto row = static_cast<std::size_t>(event.entity.row());
        CHECK(std::hypot(e.x[row] - e.x[0], e.y[row] - e.y[0]) > 36);
      }
    CHECK(alive(*snapshot) <= 13);
    for (std::size_t row = 1; row < e.alive.size(); ++row)
      if (e.alive[row]) CHECK(ellipse(row) < 1.1);
  }
  CHECK(born >= 10);
}

TEST_CASE("an area of road ranges fills the lanes it names, once when it is not continuous") {
  const std::string area =
      "<TrafficAreaAction numberOfEntities=\"6\" continuous=\"false\"><TrafficDistribution><TrafficDistributionEntry "
      "weight=\"1\"><EntityDistribution><EntityDistributionEntry weight=\"1\"><ScenarioObjectTemplate>" +
      kCar +
      "</ScenarioObjectTemplate></EntityDistributionEntry></EntityDistribution></TrafficDistributionEntry>"
      "</TrafficDistribution><TrafficArea><RoadRange><RoadCursor roadId=\"1\" s=\"50\"><Lane id=\"-2\"/>"
      "</RoadCursor><RoadCursor roadId=\"1\" s=\"200\"/></RoadRange></TrafficArea></TrafficAreaAction>";
  auto simulation = play(file("", traffic("row", area), "", "", after(1e6)), story_map());
  for (int i = 0; i < 10; ++i) simulation->step();
  const auto snapshot = simulation->snapshot();
  CHECK(alive(*snapshot) == 6);
  for (std::size_t row = 0; row < snapshot->entities.alive.size(); ++row) {
    if (!snapshot->entities.alive[row]) continue;
    CHECK(snapshot->entities.y[row] == doctest::Approx(-5.25).epsilon(0.01));
    CHECK(snapshot->entities.x[row] > 45);
    CHECK(snapshot->entities.x[row] < 200);
  }
  while (simulation->time_s() < 90) simulation->step();
  CHECK(simulation->totals().spawned == 6);  // nobody comes after them
}

TEST_CASE("zones go on from a saved step with the same bits, with any number of threads, and by the seed") {
  const auto map = city();
  const std::string area =
      "<TrafficAreaAction numberOfEntities=\"60\" continuous=\"true\"><TrafficDistribution><TrafficDistributionEntry "
      "weight=\"1\"><EntityDistribution><EntityDistributionEntry weight=\"1\"><ScenarioObjectTemplate>" +
      kCar +
      "</ScenarioObjectTemplate></EntityDistributionEntry></EntityDistribution></TrafficDistributionEntry>"
      "</TrafficDistribution><TrafficArea><Polygon>" +
      world(-20, -20) + world(320, -20) + world(320, 280) + world(-20, 280) +
      "</Polygon></TrafficArea></TrafficAreaAction>";
  const std::string text = file("", traffic("town", area), "", "", after(1e6));
  auto simulation = play(text, map);
  for (int i = 0; i < 700; ++i) simulation->step();
  const auto saved = simulation->save();
  for (int i = 0; i < 800; ++i) simulation->step();
  CHECK(simulation->state_hash_in_full() == simulation->state_hash());
  auto again = play(text, map, 3);
  REQUIRE(again->restore(saved));
  for (int i = 0; i < 800; ++i) again->step();
  CHECK(again->state_hash() == simulation->state_hash());
}

TEST_CASE("traffic actions that name nothing are refused with what is missing") {
  const auto errors = [](const std::string& text) { return told(text, story_map(), sim::Severity::kError); };
  CHECK(errors(plain(event("off", traffic("nobody", "<TrafficStopAction/>"), after(1)))).find("nobody") !=
        std::string::npos);
  const std::string far = "<Position><LanePosition roadId=\"77\" laneId=\"-1\" s=\"0\"/></Position>";
  CHECK(errors(plain(event("on", traffic("x", source(1, far)), after(1)))).find("77") != std::string::npos);
  CHECK(errors(plain(event("on", traffic("x", source(1, world(0, 0), {}, "tram:1")), after(1)))).find("no vehicle") !=
        std::string::npos);
}
