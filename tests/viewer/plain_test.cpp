// What needs no picture: the sun, the clock, the camera's geometry, the marks' and settings' files.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "maps/load_map.h"
#include "tests/support/folders.h"
#include "viewer/actor_models.h"
#include "viewer/camera.h"
#include "viewer/hands.h"
#include "viewer/marks.h"
#include "viewer/playback.h"
#include "viewer/settings.h"
#include "viewer/state.h"
#include "viewer/terrain.h"
#include "viewer/weather.h"

namespace bitgoeul::viewer {

namespace fs = std::filesystem;

TEST_CASE("the sun stands where almanacs put it over Gwangju") {
  // At true noon the elevation is 90 - latitude + declination: 23.44 and -23.44 degrees at the solstices, 0 in March.
  const double degree = sim::kPi / 180;
  const auto highest = [](int month, int day) {
    double top = -1, at = 0;
    for (double h = 11; h < 14; h += 1.0 / 60)
      if (const double z = sun_direction(month, day, h).z(); z > top) top = z, at = h;
    return std::pair(std::asin(top), at);
  };
  CHECK(highest(6, 21).first / degree == doctest::Approx(90 - 35.16 + 23.44).epsilon(0.005));
  CHECK(highest(12, 22).first / degree == doctest::Approx(90 - 35.16 - 23.44).epsilon(0.01));
  CHECK(highest(3, 20).first / degree == doctest::Approx(90 - 35.16).epsilon(0.02));
  // Korean time runs 32.6 minutes ahead of the sun in Gwangju; the equation of time is +16.4 minutes early in November.
  CHECK(highest(11, 3).second == doctest::Approx(12 + (32.6 - 16.4) / 60).epsilon(0.01));
  CHECK(sun_direction(5, 20, 8).x() > 0.5);
  CHECK(sun_direction(5, 20, 18).x() < -0.5);
  for (double h = 0; h < 24; h += 0.7) CHECK(sun_direction(9, 1, h).norm() == doctest::Approx(1));
}

TEST_CASE("the clock plays, stands at the end, loops, steps and jumps to events") {
  Playback p;
  const std::int64_t s = 1'000'000'000;
  p.playing = true, p.speed = 2;
  p.advance(1.5, 10 * s);
  CHECK(p.time_ns == 3 * s);
  p.advance(60, 10 * s);
  CHECK((p.time_ns == 10 * s && !p.playing));
  p.playing = true, p.loop = true, p.loop_begin_ns = 2 * s, p.loop_end_ns = 4 * s, p.time_ns = 3 * s;
  p.advance(1, 10 * s);
  CHECK((p.time_ns == 2 * s && p.playing));
  p.time_ns = 250'000'000;
  p.step(1, 10 * s);
  CHECK((p.time_ns == 300'000'000 && !p.playing));
  p.time_ns = 250'000'000;
  p.step(-1, 10 * s);
  CHECK(p.time_ns == 200'000'000);
  const std::int64_t stops[] = {2 * s, 5 * s};
  p.time_ns = 0;
  CHECK((p.jump(stops, true) && p.time_ns == 2 * s));
  CHECK((p.jump(stops, true) && p.time_ns == 5 * s));
  CHECK((!p.jump(stops, true) && p.time_ns == 5 * s));
  CHECK((p.jump(stops, false) && p.time_ns == 2 * s));
  CHECK(!p.jump(stops, false));
}

TEST_CASE("acts and events of a storyboard are stops of the clock, and what could not be done") {
  using replay::StoryTransition, replay::StoryType;
  State state;
  state.story = {{3'000'000'000, {"s::a::g::m::e", StoryType::kEvent, StoryTransition::kStart, ""}},
                 {4'000'000'000, {"s::a::g::m", StoryType::kManeuver, StoryTransition::kEnd, ""}},
                 {5'000'000'000, {"s::a::g::m::e::x", StoryType::kAction, StoryTransition::kFailed, "no such lane"}}};
  state.events.push_back({1'000'000'000, {}});
  state.events.back().event.kind = sim::EventKind::kCollisionBegin;
  CHECK(stops(state) == std::vector<std::int64_t>{1'000'000'000, 3'000'000'000, 5'000'000'000});
}

TEST_CASE("a point in the picture and the line of sight through it belong together") {
  CameraPose pose;
  pose.eye = Vec3(10, -20, 30), pose.ahead = Vec3(0.6, 0.64, -0.48);
  const Vec3 p = pose.eye + pose.ahead * 50 + Vec3(3, -2, 1);
  const auto at = project(pose, p, 1280, 720);
  REQUIRE(at);
  const Vec3 ray = ray_through(pose, at->x, at->y, 1280, 720);
  CHECK((pose.eye + ray * (p - pose.eye).norm() - p).norm() < 1e-9);
  CHECK(!project(pose, pose.eye - pose.ahead, 1280, 720));
  // Half the upright angle above the axis lies on the upper rim.
  const Vec3 right = pose.ahead.cross(pose.up).normalized(), up = right.cross(pose.ahead);
  const auto rim = project(pose, pose.eye + pose.ahead + up * std::tan(pose.fov_rad / 2), 1280, 720);
  REQUIRE(rim);
  CHECK(rim->y == doctest::Approx(0).epsilon(1e-9));
}

TEST_CASE("picking takes the nearest box on the line of sight") {
  Moment moment;
  for (int i = 0; i < 3; ++i) {
    Mover m;
    m.row = i, m.x = 20 + 15 * i, m.length = 4.5, m.width = 1.9, m.height = 1.5;
    moment.movers.push_back(m);
  }
  CameraPose pose;
  pose.eye = Vec3(0, 0, 1), pose.ahead = Vec3(1, 0, 0);
  CHECK(pick(moment, pose, 640, 360, 1280, 720) == 0);
  CHECK(pick(moment, pose, 100, 100, 1280, 720) == sim::kNone);
  moment.movers[0].y = 6;  // out of the way
  CHECK(pick(moment, pose, 640, 360, 1280, 720) == 1);
}

TEST_CASE("marks and settings come back as they were written; damaged files count as none") {
  const fs::path dir = fs::path(bitgoeul::tests::binary_dir()) / "test_viewer_files";
  fs::create_directories(dir);
  const std::vector<Mark> marks{{1'500'000'000, "\uB07C\uC5B4\uB4E4\uAE30 \"cut in\"", 7},
                                {3'000'000'000, "", sim::kNone}};
  REQUIRE(save_marks(dir / "a.marks.json", marks));
  const auto again = load_marks(dir / "a.marks.json");
  REQUIRE(again.size() == 2);
  CHECK((again[0].time_ns == marks[0].time_ns && again[0].text == marks[0].text && again[0].entity == 7));
  CHECK(again[1].entity == sim::kNone);
  Settings settings;
  settings.korean = true, settings.color_by = 2, settings.fov_deg = 70;
  REQUIRE(save_settings(dir / "viewer.json", settings));
  const Settings back = load_settings(dir / "viewer.json");
  CHECK((back.korean && back.color_by == 2 && back.fov_deg == 70));
  for (const char* text :
       {"", "{", "[1,2]", "{\"marks\": 3}", "{\"marks\": [3, {\"time_s\": \"x\"}, {\"time_s\": -1}]}",
        "{\"color_by\": 99, \"fov_deg\": 1e9, \"korean\": \"yes\"}"}) {
    std::ofstream(dir / "bad.json") << text;
    CHECK(load_marks(dir / "bad.json").empty());
    const Settings bad = load_settings(dir / "bad.json");
    CHECK((bad.color_by == 0 && bad.fov_deg == 50 && !bad.korean));
  }
  CHECK(load_marks(dir / "nothing.json").empty());
  CHECK(!save_marks(dir / "no such directory" / "a.json", marks));
}

TEST_CASE("the land runs below roads and decks and over tunnels") {
  // Three straight roads of 300 m, 600 m apart: one on the ground, one bridge, one tunnel, all at z = 20.
  const auto road = [](int id, int y, const char* structure) {
    const std::string n = std::to_string(id);
    return "<road name='' length='300' id='" + n + "' junction='-1'><planView><geometry s='0' x='0' y='" +
           std::to_string(y) +
           "' hdg='0' length='300'><line/></geometry></planView><elevationProfile><elevation s='0' a='20' b='0' c='0' "
           "d='0'/></elevationProfile><lanes><laneSection s='0'><center><lane id='0' type='none' "
           "level='false'/></center>"
           "<right><lane id='-1' type='driving' level='false'><width sOffset='0' a='3.5' b='0' c='0' d='0'/></lane>"
           "</right></laneSection></lanes><objects>" +
           structure + "</objects></road>";
  };
  const fs::path file = fs::path(bitgoeul::tests::binary_dir()) / "test_viewer_land.xodr";
  std::ofstream(file) << "<OpenDRIVE><header revMajor='1' revMinor='8' name='land'/>" << road(1, 0, "")
                      << road(2, 600, "<bridge s='0' length='300' id='b' type='concrete'/>")
                      << road(3, 1200, "<tunnel s='0' length='300' id='t' type='standard' daylight='0' lighting='0'/>")
                      << "</OpenDRIVE>";
  sim::Issues issues;
  const auto map = maps::load_map(file.string(), issues);
  REQUIRE(map);
  const Terrain terrain(**map);
  for (double x = 40; x < 260; x += 7) {
    CHECK(terrain.ground(x, -1.75, 16) < 20);
    CHECK(terrain.ground(x, -1.75, 16) > 19);
    CHECK(terrain.ground(x, 598.25, 16) < 20);
    CHECK(terrain.ground(x, 1198.25, 16) > 20 + kTunnelM);
    CHECK(terrain.ground(x, 300, 16) == doctest::Approx(20).epsilon(0.02));
  }
}

TEST_CASE("every model is of its size, and a type's name or its size tells the kind") {
  for (int k = 0; k < kKinds; ++k) {
    const Model m = make_model(static_cast<Kind>(k));
    CAPTURE(to_string(static_cast<Kind>(k)));
    for (const Mesh& mesh : m.lod) {
      REQUIRE(!mesh.empty());
      std::array<float, 3> low{1e9f, 1e9f, 1e9f}, high{-1e9f, -1e9f, -1e9f};
      for (const auto& p : mesh.position)
        for (std::size_t i = 0; i < 3; ++i) low[i] = std::min(low[i], p[i]), high[i] = std::max(high[i], p[i]);
      CHECK(high[0] - low[0] <= m.length * 1.1);
      CHECK(high[0] - low[0] >=
            m.length * (static_cast<Kind>(k) >= Kind::kMotorcycle ? 0.5 : 0.95));  // handlebars, strides
      CHECK(high[1] - low[1] <= m.width * 1.35);
      CHECK(high[2] == doctest::Approx(m.height).epsilon(0.16));
      for (const std::uint32_t i : mesh.index) CHECK(i < mesh.position.size());
    }
    CHECK(m.lod[0].index.size() > m.lod[2].index.size());
  }
  CHECK(kind_by_name("city_bus bus") == Kind::kBus);
  CHECK(kind_by_name("kid pedestrian") == Kind::kPedestrian);
  CHECK(!kind_by_name("sedan car"));
  CHECK(kind_by_size(sim::Role::kTraffic, 11, 2.5, 3.3) == Kind::kBus);
  CHECK(kind_by_size(sim::Role::kTraffic, 2.2, 0.8, 1.5) == Kind::kMotorcycle);
  CHECK(kind_by_size(sim::Role::kEgo, 4.6, 1.9, 1.7) == Kind::kRobotaxi);
  CHECK(kind_by_size(sim::Role::kActor, 0.5, 0.6, 1.7) == Kind::kPedestrian);
}

}  // namespace bitgoeul::viewer
