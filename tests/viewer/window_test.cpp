// The viewer as its users meet it: pictures made in memory, synthetic hands, damaged files. Skipped where EGL gives no
// context. Pictures are judged by what is in them.
#include <cmath>
#include <filesystem>
#include <fstream>

#include "maps/load_map.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "tests/support/folders.h"
#include "tests/viewer/picture.h"
#include "viewer/live_source.h"
#include "viewer/record.h"
#include "viewer/screenshot.h"

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;
using test::Region;

const std::string kLoopMap = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr";
const std::string kLoopScenario = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xosc";

using test::Hand;
using test::open_app;

bool grey_asphalt(int r, int g, int b) { return std::abs(r - g) < 12 && std::abs(g - b) < 14 && r > 40 && r < 130; }
bool blue_sky(int r, int, int b) { return b > r + 30 && b > 120; }
bool green_land(int r, int g, int b) { return g > b + 8 && g >= r - 6; }

}  // namespace

TEST_CASE("a street by day: sky above, land around, asphalt and white paint below; by night it is dark with lights") {
  const auto app = open_app({test::recorded_loop()}, 640, 360, false);
  if (!app) return;
  State& s = app->state();
  s.weather.hour = 13, s.playback.time_ns = 6'000'000'000;
  app->frame(0);
  REQUIRE(!s.moment.movers.empty());
  look_at(s, s.moment.movers.front().row);
  s.settings.labels = s.settings.trails = false;
  const Image day = app->still_picture();
  const Region top{0, 0, day.width, day.height / 12},
      low{day.width / 3, day.height * 3 / 5, day.width * 2 / 3, day.height};
  CHECK(test::share(day, top, blue_sky) > 0.3);
  CHECK(test::share(day, low, grey_asphalt) > 0.12);
  CHECK(test::share(day, test::whole(day), green_land) > 0.05);
  CHECK(test::share(day, test::whole(day), [](int r, int g, int b) { return r > 215 && g > 215 && b > 200; }) > 0.001);
  // The same moment again gives the same picture, in another window too.
  CHECK(test::difference(day, app->still_picture(), 0) == 0);
  s.weather.hour = 23;
  const Image night = app->still_picture();
  CHECK(test::mean_light(night, test::whole(night)) < 0.45 * test::mean_light(day, test::whole(day)));
  CHECK(test::share(night, test::whole(night), [](int r, int g, int b) { return r > 90 && g > 60 && b < r - 15; }) >
        0.002);
  s.weather.hour = 13, s.weather.fog_m = 120;
  const Image fog = app->still_picture();
  CHECK(test::share(fog, top, blue_sky) < 0.1);
}

TEST_CASE("a picture is written and read back the same; a film is as many pictures as asked for") {
  const auto app = open_app({kLoopMap}, 320, 192, false);
  if (!app) return;
  const fs::path dir = fs::path(bitgoeul::tests::binary_dir()) / "test_viewer_pictures";
  fs::remove_all(dir);
  fs::create_directories(dir);
  const Image image = app->still_picture();
  REQUIRE(write_image(image, dir / "a.png"));
  const auto again = read_image(dir / "a.png");
  REQUIRE(again);
  CHECK(test::difference(image, *again, 0) == 0);
  CHECK(!write_image(image, dir / "a.bmpx"));
  CHECK(!write_image(image, dir / "no such directory" / "a.png"));
  const auto made = record(*app, {dir / "film", 5, 0.6}, [](double) { return true; });
  REQUIRE(made);
  CHECK(*made == 3);
  CHECK(fs::exists(dir / "film" / "000002.png"));
  CHECK(!fs::exists(dir / "film" / "000003.png"));
}

TEST_CASE("hands: play, step, scrub, pick, follow, jump to an event, plot, search, language, help") {
  const auto app = open_app({test::recorded_loop()}, 1280, 720, true);
  if (!app) return;
  State& s = app->state();
  Hand hand{*app};
  hand.click("play");
  CHECK(s.playback.playing);
  const std::int64_t before = s.playback.time_ns;
  hand.frame();
  CHECK(s.playback.time_ns > before);
  hand.key(' ');
  CHECK(!s.playback.playing);
  hand.click("timeline", 0.5);
  CHECK(s.playback.time_ns == doctest::Approx(0.5 * static_cast<double>(s.end_ns())).epsilon(0.01));
  hand.key(kKeyRight);
  CHECK(s.playback.time_ns % 100'000'000 == 0);

  // Picking by a click on the place where the vehicle is drawn.
  REQUIRE(!s.moment.movers.empty());
  const sim::Row row = s.moment.movers.front().row;
  look_at(s, row);
  hand.frame(), hand.frame();
  select(s, sim::kNone);
  const auto at = project(s.pose, s.moment.find(row)->center() + Vec3(0, 0, 0.7), 1280, 720);
  REQUIRE(at);
  hand.click(at->x, at->y);
  CHECK(s.selected == row);
  hand.click("follow");
  CHECK(s.rig.mode == CameraMode::kFollow);
  hand.key('5');
  CHECK(s.rig.mode == CameraMode::kTop);

  // The plot of its speed takes a click as a time.
  for (int i = 0; i < 200 && s.source()->history().of(row).size() < 100; ++i) hand.frame();
  CHECK(s.source()->history().of(row).size() >= 100);
  hand.click("plot_speed", 0.25);
  CHECK(s.playback.time_ns == doctest::Approx(0.25 * static_cast<double>(s.end_ns())).epsilon(0.02));

  TimedEvent event{4'300'000'000, {}};
  event.event.kind = sim::EventKind::kRedLight;
  s.events = {event};
  s.playback.time_ns = 0;
  hand.click("next");
  CHECK(s.playback.time_ns == 4'300'000'000);
  hand.key('n');
  CHECK(s.playback.time_ns == 4'300'000'000);

  hand.click("search");
  app->window().text("zzz");
  hand.frame(), hand.frame();
  CHECK(std::string(s.filter.text.data()) == "zzz");
  CHECK(s.spots.count("first_entity") == 0);
  hand.click(640, 300);  // the scene takes the hands back
  hand.click("language");
  CHECK(s.settings.korean);
  app->frame(0, true);
  const Image without = app->window().image();
  hand.key('h');
  CHECK(s.settings.show_help);
  app->frame(0, true);
  CHECK(test::difference(without, app->window().image(), 24) > 0.05);
}

TEST_CASE("damaged and hostile files are told in the window, and nothing crashes") {
  const fs::path dir = fs::path(bitgoeul::tests::binary_dir()) / "test_viewer_bad";
  fs::remove_all(dir);
  fs::create_directories(dir / "empty.mcap.d");
  std::ifstream in(test::recorded_loop(), std::ios::binary);
  const std::string log((std::istreambuf_iterator<char>(in)), {});
  const auto put = [&dir](const char* name, const std::string& bytes) {
    std::ofstream(dir / name, std::ios::binary) << bytes;
    return (dir / name).string();
  };
  std::string flipped = log;
  for (std::size_t i = log.size() / 3; i < log.size(); i += 977) flipped[i] = static_cast<char>(flipped[i] ^ 0x5a);
  std::string noise(4096, 'x');
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>(i * 131 + (i >> 3));
  for (const std::string& path :
       {(dir / "nothing.mcap").string(), put("empty.mcap", ""), put("noise.mcap", noise),
        put("head.mcap", log.substr(0, 900)), put("flipped.mcap", flipped), put("noise.xosc", noise),
        put("deep.xosc", std::string(20000, '<')), put("noise.xodr", noise), (dir / "empty.mcap.d").string(),
        std::string("a name \x01\xff of nothing")}) {
    CAPTURE(path);
    const auto app = open_app({path}, 640, 360, true);
    if (!app) return;
    Hand hand{*app};
    for (int i = 0; i < 4; ++i) hand.frame();
    hand.key(' '), hand.key('n'), hand.key(kKeyEnd);
    for (int i = 0; i < 100 && app->state().spots.count("errors") == 0; ++i) hand.frame();
    CHECK(app->state().spots.count("errors") == 1);
  }
}

TEST_CASE("a live run gives the same bits whether and however it is looked at") {
  sim::Issues issues;
  const auto map = maps::load_map(kLoopMap, issues).value();
  const auto scenario = scenarios::openscenario::parse_file(kLoopScenario, {}, issues).value();
  const auto make = [&](std::uint64_t seed) {
    sim::Issues none;
    scenarios::SetupOptions options;
    options.seed = seed;
    return scenarios::Simulation::make(scenarios::make_setup(scenario, map, options, none));
  };
  auto alone = make(5).value();
  std::map<std::int64_t, sim::Hash128> expected;
  while (alone->time_s() < 25) {
    alone->step();
    expected[alone->steps()] = alone->state_hash();
  }
  auto source = open_live({"loop", 25'000'000'000, 5, make}).value();
  // Forwards, back beyond nothing, far on, and back again.
  for (const double t : {3.0, 1.0, 14.0, 22.0, 2.0, 12.5, 24.9}) {
    const FramePair pair = source->wait(static_cast<std::int64_t>(t * 1e9));
    REQUIRE(pair.before);
    CHECK(pair.before->time_ns == std::llround(t * 10) * 100'000'000);
    CHECK(pair.before->hash == expected[pair.before->step]);
  }
  REQUIRE(source->restart(6));
  const FramePair other = source->wait(5'000'000'000);
  REQUIRE(other.before);
  CHECK(source->seed() == 6);
}

}  // namespace bitgoeul::viewer
