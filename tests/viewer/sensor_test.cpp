// What the car knows: verdicts on detections, colours of points, camera pictures, and real KITTI scans in the window.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/maps/shared_data.h"
#include "tests/viewer/picture.h"
#include "viewer/camera_texture.h"
#include "viewer/foreign_source.h"
#include "viewer/screenshot.h"
#include "viewer/sensor_points.h"

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;

replay::Box box_at(double x, double y, std::int32_t points = 100) {
  replay::Box box;
  box.x = x, box.y = y, box.length_m = 4, box.width_m = 2, box.height_m = 1.5, box.points = points;
  return box;
}

fs::path kitti() { return tests::shared_data() / "kitti"; }

bool colourful(int r, int g, int b) { return std::max({r, g, b}) - std::min({r, g, b}) > 70; }

}  // namespace

TEST_CASE("what was found is matched, missed or a ghost; what was not asked for is neither") {
  replay::Percept p;
  p.has_truth = true;
  // A greedy pairing would give the first detection to the second truth, 0.5 m away, and lose the second.
  p.truth = {box_at(10, 0), box_at(12, 0), box_at(30, 5), box_at(-20, 0), box_at(40, 0, 2)};
  p.detections = {box_at(11.5, 0), box_at(13.5, 0), box_at(50, 0), box_at(-20, 0.5), box_at(-30, 0), box_at(40, 1)};
  replay::Region region;
  region.fov_deg = 90, region.range_m = 60, region.min_points = 5;
  const JudgedPercept j = judge(p, region);
  using V = Verdict;
  CHECK((j.truth == std::vector<V>{V::kMatched, V::kMatched, V::kMissed, V::kNotAsked, V::kNotAsked}));
  CHECK(
      (j.detections == std::vector<V>{V::kMatched, V::kMatched, V::kGhost, V::kNotAsked, V::kNotAsked, V::kNotAsked}));
  CHECK((j.matched == 2 && j.missed == 1 && j.ghosts == 1));
  p.has_truth = false;
  const JudgedPercept blind = judge(p, region);
  CHECK((blind.matched == 0 && blind.missed == 0 && blind.ghosts == 0 && blind.detections.size() == 6));
}

TEST_CASE("points are coloured by height, intensity or time; what cannot be drawn is left out") {
  Cloud cloud;
  cloud.to_local.position = Vec3(100, 200, 3);
  cloud.to_local.rotation = Eigen::AngleAxisd(sim::kPi / 2, Vec3::UnitZ());
  cloud.points.x = {10, 10, 0, std::nanf("")}, cloud.points.y = {0, 0, 5, 0}, cloud.points.z = {-2, 3, 0.5f, 0};
  cloud.points.intensity = {0, 1, 0.25f, 1}, cloud.points.offset_ns = {0, 100, 50, 7};
  const auto same = [](Color a, Color b) { return a.r == b.r && a.g == b.g && a.b == b.b; };
  const auto height = scene_points(cloud, PointsBy::kHeight);
  REQUIRE(height.size() == 3);
  CHECK(height[0].x == doctest::Approx(0).epsilon(1e-5));  // turned, about the sensor's own place
  CHECK(height[0].y == doctest::Approx(10));
  for (const PointsBy by : {PointsBy::kHeight, PointsBy::kIntensity, PointsBy::kTime}) {
    const auto points = scene_points(cloud, by);
    CHECK(same(points[0].color, ramp_color(0)));
    CHECK(same(points[1].color, ramp_color(1)));
    CHECK(same(points[2].color, ramp_color(0.5)));
  }
  cloud.points.intensity = {0, 255, 63.75f, 255};  // counted to 255
  CHECK(same(scene_points(cloud, PointsBy::kIntensity)[2].color, ramp_color(0.5)));
  cloud.points.offset_ns.clear();
  CHECK(same(scene_points(cloud, PointsBy::kTime)[0].color, scene_points(cloud, PointsBy::kTime)[1].color));
}

TEST_CASE("pictures of cameras are decoded, and damaged ones are not shown") {
  const Image red_blue{2, 1, {200, 10, 20, 5, 6, 250}};
  replay::Image p;
  p.width = 2, p.height = 1;
  const auto decoded = [&p](const char* encoding, const std::string& bytes, std::uint32_t step = 0) {
    p.encoding = encoding, p.data = bytes, p.step = step;
    return decode_picture(p);
  };
  CHECK(decoded("rgb8", "\xc8\x0a\x14\x05\x06\xfa")->rgb == red_blue.rgb);
  CHECK(decoded("bgr8", "\x14\x0a\xc8\xfa\x06\x05")->rgb == red_blue.rgb);
  CHECK(decoded("rgba8", std::string("\xc8\x0a\x14\xff\x05\x06\xfa\xff", 8))->rgb == red_blue.rgb);
  CHECK((decoded("mono8", "\x07\x09")->rgb == std::vector<std::uint8_t>{7, 7, 7, 9, 9, 9}));
  CHECK(!decoded("rgb8", "\xc8\x0a\x14\x05\x06"));         // too short
  CHECK(!decoded("rgb8", "\xc8\x0a\x14\x05\x06\xfa", 5));  // rows that overlap
  CHECK(!decoded("bayer_unheard_of", "\xc8\x0a\x14\x05\x06\xfa"));
  CHECK(!decoded("png", "\x89PNG no picture"));
  CHECK(!decoded("jpeg", std::string("\xff\xd8\xff\xe0 no picture")));
  p.width = p.height = 0xffffffff;
  CHECK(!decoded("mono8", "x"));
  const fs::path file = fs::path(tests::binary_dir()) / "test_viewer_two.png";
  REQUIRE(write_image(red_blue, file));
  std::ifstream in(file, std::ios::binary);
  const std::string png((std::istreambuf_iterator<char>(in)), {});
  REQUIRE(decoded("png", png));
  CHECK(decoded("png", png)->rgb == red_blue.rgb);
  CHECK(!decoded("png", png.substr(0, 40)));
}

TEST_CASE("KITTI: scans, labels and what lidar_cluster finds are shown, judged as `replay --score` counts them") {
  if (!fs::exists(kitti() / "label_02_all21" / "0000.txt")) {
    MESSAGE("skipped: no data at ", kitti().string());
    return;
  }
  const auto app = test::open_app({kitti().string()}, 960, 540, true);
  if (!app) return;
  State& s = app->state();
  REQUIRE(s.first.feed);
  CHECK(s.first.feed->stub().kind == replay::StubKind::kLidarCluster);
  s.playback.time_ns = 800'000'000;
  const Image with = app->still_picture();
  REQUIRE((s.sensed.cloud && s.sensed.percept));
  CHECK(s.sensed.cloud->points.x.size() > 100'000);
  CHECK(s.sensed.cloud->time_ns == 800'000'000);
  CHECK(s.sensed.percept->matched >= 1);
  CHECK(s.moment.movers.size() >= 2);
  CHECK(s.spots.count("sensorpanel") == 1);
  CHECK(test::share(with, test::whole(with), colourful) > 0.05);
  s.settings.points_by = static_cast<int>(PointsBy::kNone);
  const Image without = app->still_picture();
  CHECK(test::share(without, test::whole(without), colourful) < 0.5 * test::share(with, test::whole(with), colourful));

  // The same frames through the scores of replay/: as many hits, misses and wrong ones.
  (void)s.first.feed->wait(2'400'000'000);
  const replay::Region& region = s.first.feed->region();
  replay::Scores scores(region);
  int matched = 0, missed = 0, ghosts = 0, frames = 0;
  for (const auto& percept : s.first.feed->before(2'400'000'000, 2'400'000'000)) {
    scores.take(percept->boxes);
    matched += percept->matched, missed += percept->missed, ghosts += percept->ghosts, ++frames;
  }
  const replay::Counts counts = scores.counts({});
  CHECK(frames == 24);
  CHECK(static_cast<std::size_t>(matched) == counts.hits);
  CHECK(static_cast<std::size_t>(missed) == counts.misses);
  CHECK(static_cast<std::size_t>(ghosts) == counts.wrong);
}

TEST_CASE("a KITTI object folder shows its camera's picture; a log without sensors has no panel for them") {
  const fs::path folder = tests::shared_data() / "logs" / "kitti_object" / "data" / "object" / "training";
  if (fs::exists(folder)) {
    const auto app = test::open_app({folder.string()}, 960, 540, true);
    if (!app) return;
    (void)app->still_picture();
    REQUIRE(app->state().pictures.size() == 1);
    CHECK(app->state().pictures[0].width > 1200);  // 1242 x 375, cvlibs.net/datasets/kitti
    CHECK(app->state().pictures[0].height > 360);
  } else {
    MESSAGE("skipped: no data at ", folder.string());
  }
  const auto plain = test::open_app({test::recorded_loop()}, 640, 360, true);
  if (!plain) return;
  (void)plain->still_picture();
  CHECK(!plain->state().first.feed);
  CHECK(plain->state().spots.count("sensorpanel") == 0);
}

TEST_CASE("damaged logs of other formats are told in the window, and nothing crashes") {
  const fs::path logs = tests::shared_data() / "logs";
  std::vector<fs::path> originals = {logs / "osi/data/20240618T122540Z_sv_370_244_20_minimal_valid_example.osi",
                                     logs / "rosbag2/rosbag2_py/test/resources/sqlite3/wbag/wbag_3.db3",
                                     logs / "rosbag2/rosbag2_py/test/resources/mcap/talker/talker.mcap"};
  for (const char* ending : {".bag", ".tfrecord"})  // one of each that there is
    if (fs::exists(logs))
      for (const auto& entry : fs::recursive_directory_iterator(logs))
        if (entry.path().string().find(ending) != std::string::npos && fs::file_size(entry) < 4'000'000) {
          originals.push_back(entry.path());
          break;
        }
  const fs::path dir = fs::path(tests::binary_dir()) / "test_viewer_foreign_bad";
  fs::remove_all(dir);
  fs::create_directories(dir);
  std::size_t tried = 0;
  const auto show = [&tried](const fs::path& path) {
    CAPTURE(path);
    const auto app = test::open_app({path.string()}, 320, 192, true);
    if (!app) return;
    test::Hand hand{*app};
    for (int i = 0; i < 4; ++i) hand.frame();
    hand.key(' '), hand.key(kKeyEnd), hand.frame();
    ++tried;
  };
  for (const fs::path& original : originals) {
    if (!fs::exists(original)) continue;
    std::ifstream in(original, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    std::string flipped = bytes;
    for (std::size_t i = bytes.size() / 4; i < bytes.size(); i += 311)
      flipped[i] = static_cast<char>(flipped[i] ^ 0x5a);
    const std::string name = original.filename().string();
    for (const auto& [prefix, content] : {std::pair{"cut_", bytes.substr(0, bytes.size() / 2)},
                                          {"head_", bytes.substr(0, 40)},
                                          {"flipped_", flipped}}) {
      std::ofstream(dir / (prefix + name), std::ios::binary) << content;
      show(dir / (prefix + name));
    }
  }
  if (tried == 0) MESSAGE("skipped: ../shared is not there, or no window");
  // A KITTI folder whose labels are noise and whose first scan is torn.
  if (fs::exists(kitti())) {
    fs::copy(kitti(), dir / "kitti", fs::copy_options::recursive);
    std::size_t scans = 0;
    for (const auto& entry : fs::recursive_directory_iterator(dir / "kitti")) {
      if (entry.path().extension() == ".txt") std::ofstream(entry.path()) << "0 0 Car nan 1 x\n\xff\xfe";
      if (entry.path().extension() == ".bin" && scans++ == 0) fs::resize_file(entry.path(), 1001);
    }
    show(dir / "kitti");
  }
}

}  // namespace bitgoeul::viewer
