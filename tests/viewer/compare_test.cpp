// Criteria in place, jumps to what matters, and two runs on one clock.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/folders.h"
#include "tests/viewer/picture.h"

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;

class Named : public Source {
 public:
  std::string title() const override { return {}; }
  bool live() const override { return false; }
  std::int64_t end_ns() const override { return 0; }
  std::int64_t known_ns() const override { return 0; }
  void want(std::int64_t) override {}
  FramePair frames(std::int64_t) override { return {}; }
  FramePair wait(std::int64_t) override { return {}; }
  std::vector<TimedEvent> events() override { return {}; }
  std::size_t event_count() override { return 0; }
  History& history() override { return history_; }
  EntityName name(sim::Row row) const override { return {std::string(1, static_cast<char>('a' + row)), {}}; }
  const std::vector<std::string>& type_names() const override { return types_; }
  std::string trouble() override { return {}; }

 private:
  History history_;
  std::vector<std::string> types_;
};

Sample at(std::int64_t ms, float x, float y) {
  Sample s;
  s.time_ns = ms * 1'000'000, s.x = x, s.y = y;
  return s;
}

fs::path folder(const char* name) {
  const fs::path dir = fs::path(tests::binary_dir()) / name;
  fs::remove_all(dir);
  fs::create_directories(dir);
  return dir;
}

}  // namespace

TEST_CASE("two runs are compared where both know a vehicle at the same time") {
  const Named a, b;
  const Tracks of_a{{0, {at(0, 0, 0), at(100, 1, 0), at(200, 2, 0)}}, {1, {at(0, 5, 5), at(100, 5, 5)}}};
  const Tracks of_b{{0, {at(0, 0, 0), at(200, 2, 3)}}, {1, {at(0, 5, 5), at(100, 8, 9)}}, {2, {at(0, 1, 1)}}};
  const auto points = differences(a, of_a, b, of_b);
  REQUIRE(points.size() == 3);
  CHECK((points[0].mean_m == 0 && points[0].most_m == 0));
  CHECK((points[1].time_ns == 100'000'000 && points[1].most_m == 5 && points[1].mean_m == 5 && points[1].worst == 1));
  CHECK((points[2].time_ns == 200'000'000 && points[2].most_m == 3 && points[2].worst == 0));
}

TEST_CASE("criteria are read from result.json; damaged files give what can be read") {
  const fs::path file = folder("test_viewer_criteria") / "result.json";
  std::ofstream(file) << R"({"criteria": [
    {"name": "max_speed", "verdict": "FAIL", "value": 16.5, "limit": 13.9, "time_s": 7.25, "entity": "ego", "unit": "m/s",
     "place": {"x_m": 3.5, "y_m": -2, "z_m": 1, "lane": "5/-1"}},
    {"name": "collisions", "verdict": "PASS", "value": 0, "limit": 0, "time_s": null, "entity": null}, 7,
    {"name": 3, "verdict": "FAIL", "time_s": "soon", "value": 1e300, "place": []}]})";
  const auto list = load_criteria(file);
  REQUIRE(list.size() == 3);
  CHECK((list[0].failed() && list[0].time_ns == 7'250'000'000 && list[0].value == 16.5 && list[0].lane == "5/-1"));
  REQUIRE(list[0].place);
  CHECK(*list[0].place == Vec3(3.5, -2, 1));
  CHECK((!list[1].failed() && list[1].time_ns == -1 && list[1].entity.empty() && !list[1].place));
  CHECK((list[2].name.empty() && list[2].time_ns == -1 && list[2].value == 0 && !list[2].place));
  for (const char* text : {"", "[]", "{\"criteria\": 5}", "{\"criteria\""}) {
    std::ofstream(file) << text;
    CHECK(load_criteria(file).empty());
  }
  CHECK(load_criteria("nowhere/result.json").empty());
}

TEST_CASE("an offence is listed, jumped to and shown where it happened") {
  const fs::path dir = folder("test_viewer_offence");
  fs::copy_file(test::recorded_loop(), dir / "run.mcap");
  std::ofstream(dir / "result.json")
      << R"({"criteria": [{"name": "max_speed", "verdict": "FAIL", "value": 2, "limit": 1,
    "time_s": 7.25, "entity": null, "place": {"x_m": 10, "y_m": 20, "z_m": 0}}]})";
  const auto app = test::open_app({dir.string()}, 1280, 720, true);
  if (!app) return;
  State& s = app->state();
  s.settings.show_criteria = true;
  test::Hand hand{*app};
  hand.frame();
  hand.click("criterion_0", 0.3);
  CHECK(s.playback.time_ns == 7'250'000'000);
  CHECK(s.rig.focus.head<2>().isApprox(Vec2(10, 20)));
  s.settings.show_criteria = false;
  s.playback.time_ns = 0;
  for (int i = 0; i < 50 && s.playback.time_ns < 7'250'000'000; ++i) hand.key('n');
  CHECK(s.playback.time_ns == 7'250'000'000);
  const auto red = [](int r, int g, int b) { return r > 200 && g < 150 && b < 140; };
  app->frame(0, true);
  const double with = test::share(app->window().image(), {300, 40, 980, 560}, red);
  s.first.criteria.clear();
  app->frame(0, true);
  CHECK(with > test::share(app->window().image(), {300, 40, 980, 560}, red) + 0.0003);
}

TEST_CASE("two runs on one clock: the other as ghosts, how far apart over time, the first difference marked") {
  const auto app = test::open_app({test::recorded_loop(1), test::recorded_loop(2)}, 1280, 720, true);
  if (!app) return;
  State& s = app->state();
  REQUIRE(s.comparison.first);
  CHECK(s.comparison.first->time_ns >= 0);
  test::Hand hand{*app};
  for (int i = 0; i < 300 && s.comparison.points.size() < 100; ++i) hand.frame();
  REQUIRE(s.comparison.points.size() > 100);
  hand.click("go_divergence");
  CHECK(s.playback.time_ns == s.comparison.first->time_ns);
  hand.click("plot_difference", 0.5);
  CHECK(s.playback.time_ns == doctest::Approx(0.5 * static_cast<double>(s.end_ns())).epsilon(0.02));
  REQUIRE(!s.ghost.movers.empty());
  hand.click("most_apart");
  CHECK(s.selected != sim::kNone);
  // A run against itself: nothing differs.
  const auto same = test::open_app({test::recorded_loop(1), test::recorded_loop(1)}, 640, 360, true);
  if (!same) return;
  CHECK(!same->state().comparison.first);
  test::Hand other{*same};
  for (int i = 0; i < 300 && same->state().comparison.points.size() < 100; ++i) other.frame();
  for (const DifferencePoint& p : same->state().comparison.points) CHECK(p.most_m == 0);
}

TEST_CASE("side by side each half shows its run as a window of its own would") {
  const std::string one = test::recorded_loop(1), two = test::recorded_loop(2);
  const auto both = test::open_app({one, two}, 640, 360, false);
  if (!both) return;
  // Vehicles of two runs cannot share the one map of shadows; alone they would throw some.
  const auto set = [](viewer::App& app) {
    State& s = app.state();
    s.playback.time_ns = 11'000'000'000, s.weather.shadows = false;
    s.rig.focus = Vec3(139, -7, 0), s.rig.distance = 90, s.rig.yaw = 1.5, s.rig.pitch = -0.9;
  };
  set(*both);
  both->state().settings.side_by_side = true;
  const Image picture = both->still_picture();
  const auto half = [&picture](int x0) {
    Image out{picture.width / 2, picture.height, {}};
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < 3 * out.width; ++x)
        out.rgb.push_back(picture.rgb[static_cast<std::size_t>(3 * (y * picture.width + x0) + x)]);
    return out;
  };
  const Image left = half(0), right = half(320);
  CHECK(test::difference(left, right, 8) > 0.0005);  // the runs differ
  for (const auto& [log, shown] : {std::pair{one, left}, {two, right}}) {
    const auto alone = test::open_app({log}, 320, 360, false);
    REQUIRE(alone);
    set(*alone);
    CHECK(test::difference(shown, alone->still_picture(), 8) < 0.0002);
  }
  // A click in the right half picks there.
  const auto at = [&](const Mover& m) { return project(both->state().pose, m.center() + Vec3(0, 0, 0.7), 320, 360); };
  for (const Mover& m : both->state().ghost.movers) {
    const auto pixel = at(m);
    if (!pixel || pixel->x < 5 || pixel->x > 315 || pixel->y < 5 || pixel->y > 355) continue;
    select(both->state(), sim::kNone);
    test::Hand hand{*both};
    hand.click(pixel->x + 320, pixel->y);
    CHECK(both->state().selected == m.row);
    return;
  }
  FAIL("no vehicle in sight");
}

}  // namespace bitgoeul::viewer
