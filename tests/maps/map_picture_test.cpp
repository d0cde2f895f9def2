#include "maps/map_picture.h"

#include <cairo.h>
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>

#include "tests/maps/hand_map.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
namespace fs = std::filesystem;

namespace {

struct Rgb {
  int r = 0, g = 0, b = 0;
};

// A decoded picture that is asked by map coordinates.
class Picture {
 public:
  Picture(const Map& map, const PictureOptions& options) {
    auto png = draw_map_png(map, options, drawn);
    REQUIRE(png);
    rest_ = *png;
    const auto read = [](void* closure, unsigned char* data, unsigned length) {
      auto& rest = *static_cast<std::string*>(closure);
      if (rest.size() < length) return CAIRO_STATUS_READ_ERROR;
      std::memcpy(data, rest.data(), length);
      rest.erase(0, length);
      return CAIRO_STATUS_SUCCESS;
    };
    surface_.reset(cairo_image_surface_create_from_png_stream(read, &rest_));
    REQUIRE(cairo_surface_status(surface_.get()) == CAIRO_STATUS_SUCCESS);
    REQUIRE(cairo_image_surface_get_width(surface_.get()) == options.width_px);
    REQUIRE(cairo_image_surface_get_height(surface_.get()) == options.height_px);
    px_per_m_ = options.width_px / (drawn.max_x - drawn.min_x);
  }
  Rgb at(double x, double y) const {
    return px(static_cast<int>((x - drawn.min_x) * px_per_m_), static_cast<int>((drawn.max_y - y) * px_per_m_));
  }
  Rgb px(int x, int y) const {
    const int stride = cairo_image_surface_get_stride(surface_.get());
    std::uint32_t value = 0;
    std::memcpy(&value, cairo_image_surface_get_data(surface_.get()) + y * stride + 4 * x, 4);
    return {static_cast<int>(value >> 16 & 255), static_cast<int>(value >> 8 & 255), static_cast<int>(value & 255)};
  }
  GeoBox drawn;

 private:
  struct Destroy {
    void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
  };
  std::string rest_;
  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  double px_per_m_ = 1;
};

bool grey(Rgb c) { return std::abs(c.r - c.g) < 16 && std::abs(c.g - c.b) < 16 && c.r > 60 && c.r < 150; }
bool white(Rgb c) { return c.r > 225 && c.g > 225 && c.b > 215; }
bool yellow(Rgb c) { return c.r > 180 && c.g > 130 && c.b < 110; }
bool same(Rgb a, Rgb b) { return a.r == b.r && a.g == b.g && a.b == b.b; }

// 0.1 m per pixel about the crossing; nothing but the layers asked for.
PictureOptions bare() {
  PictureOptions options;
  options.width_px = 800, options.height_px = 600;
  options.box = GeoBox{-40, -30, 40, 30};
  options.labels = options.legend = false;
  return options;
}

Map marked_crossing() {
  Map map = tests::crossing().map;
  for (Lane& lane : map.lanes) lane.left_mark = MarkType::kSolid, lane.left_color = MarkColor::kYellow;
  return map;
}

}  // namespace

TEST_CASE("close-up: ground, asphalt, yellow line, stop line, arrow, signal head stand where the map says") {
  const Map map = marked_crossing();
  const Picture picture(map, bare());
  const Rgb ground = picture.at(-30, 20);
  CHECK(ground.g > ground.b);
  CHECK(ground.r > 200);
  CHECK(grey(picture.at(-25, 0.8)));   // lane e5, 3.5 m wide about y = 0
  CHECK(grey(picture.at(-25, -1.6)));  // still inside its right edge
  CHECK(same(picture.at(-25, -2.2), ground));
  CHECK(yellow(picture.at(-25, 1.75)));
  CHECK(white(picture.at(-10, 0.5)));       // stop line before the crossing
  CHECK(white(picture.at(-16, 0)));         // head of the straight arrow: its tip is 5 m from the stop line
  CHECK(picture.at(-15.8, -2.62).r > 200);  // red lamp on the left of the head at (-15, -2.625)
  CHECK(picture.at(-15.8, -2.62).g < 140);
}

TEST_CASE("layers can be switched off") {
  const Map map = marked_crossing();
  PictureOptions options = bare();
  options.arrows = options.signals = options.markings = false;
  const Picture picture(map, options);
  CHECK(grey(picture.at(-16, 0)));
  CHECK_FALSE(yellow(picture.at(-25, 1.75)));
  CHECK_FALSE(white(picture.at(-10, 0.5)));
  CHECK(same(picture.at(-15.8, -2.62), picture.at(-30, 20)));
}

TEST_CASE("a bridge covers the road below") {
  const Map map = marked_crossing();
  PictureOptions options = bare();
  options.box = GeoBox{-40, 30, 40, 90};
  const Picture picture(map, options);
  CHECK(yellow(picture.at(-1.75, 50)));  // left edge of the road below, beside the bridge
  CHECK(grey(picture.at(-1.75, 60)));    // under it
}

TEST_CASE("bus lanes are bluish, zebra bars alternate, buildings are filled") {
  Map map = marked_crossing();
  map.lanes[static_cast<std::size_t>(map.predecessors(0)[0])].type = LaneType::kBus;
  Object walk;
  walk.kind = ObjectKind::kCrosswalk;
  walk.x = 20, walk.y = 0, walk.length = 12, walk.width = 4, walk.heading = sim::kPi / 2;
  Object house;
  house.kind = ObjectKind::kBuilding;
  house.outline = {0, 12};
  house.x = 25, house.y = 20;
  map.outline_points = {20, 15, 0, 30, 15, 0, 30, 25, 0, 20, 25, 0};
  map.objects = {walk, house};
  const Picture picture(map, bare());
  const Rgb bus = picture.at(-25, 0.8);
  CHECK(bus.b > bus.r + 30);
  int bars = 0;
  bool was_white = false;
  for (double y = -1.7; y < 1.7; y += 0.1) {  // across the lane, along the walk
    const bool is_white = white(picture.at(20, y));
    bars += is_white && !was_white;
    was_white = is_white;
  }
  CHECK(bars >= 3);  // one every 0.9 m
  CHECK(bars <= 4);
  CHECK_FALSE(same(picture.at(25, 20), picture.at(-30, 20)));
}

TEST_CASE("the drawn box keeps the aspect and holds the box asked for") {
  const Map map = tests::stadium().map;
  PictureOptions options;
  options.width_px = 900, options.height_px = 300;
  GeoBox drawn;
  REQUIRE(draw_map_png(map, options, drawn));
  CHECK((drawn.max_x - drawn.min_x) / (drawn.max_y - drawn.min_y) == doctest::Approx(3.0));
  CHECK(drawn.min_x <= -83.5);
  CHECK(drawn.max_x >= 83.5);
  CHECK(drawn.min_y <= -3.5);
  CHECK(drawn.max_y >= 63.5);
}

TEST_CASE("far look: classes have their colours, signals their dot, notice and scale stand in the picture") {
  Map map = marked_crossing();
  for (Road& road : map.roads) road.road_class = RoadClass::kMotorway;
  map.notice = "손으로 만든 지도";
  PictureOptions options = bare();
  options.box = GeoBox{-1500, -1200, 1700, 1200};  // 4 m per pixel
  const Picture plain(map, options);
  const Rgb motorway = plain.at(121, 30);
  CHECK(motorway.r > motorway.b + 60);
  const Rgb dot = plain.at(0, 0);
  CHECK(dot.g > dot.r + 40);
  options.legend = true;
  const Picture legend(map, options);
  int changed = 0;
  for (int x = 0; x < 300; ++x)
    for (int y = 500; y < 600; ++y) changed += !same(plain.px(x, y), legend.px(x, y));
  CHECK(changed > 3000);
}

TEST_CASE("bad sizes, boxes and paths are refused and leave no file") {
  const Map map = tests::stadium().map;
  GeoBox drawn;
  PictureOptions options;
  options.width_px = 10;
  CHECK_FALSE(draw_map_png(map, options, drawn));
  options.width_px = 1 << 30;
  CHECK_FALSE(draw_map_png(map, options, drawn));
  options.width_px = 400;
  options.box = GeoBox{0, 0, std::numeric_limits<double>::quiet_NaN(), 10};
  CHECK_FALSE(draw_map_png(map, options, drawn));
  options.box = GeoBox{10, 0, 0, 10};
  CHECK_FALSE(draw_map_png(map, options, drawn));
  CHECK_FALSE(draw_map_png(Map{}, {}, drawn));
  const fs::path nowhere = fs::path(bitgoeul::tests::binary_dir()) / "no_such_folder" / "map.png";
  const auto written = draw_map(map, nowhere);
  REQUIRE_FALSE(written);
  CHECK(written.error().file == nowhere.string());
  const fs::path good = fs::path(bitgoeul::tests::binary_dir()) / "map_picture_test.png";
  REQUIRE(draw_map(map, good));
  CHECK(fs::file_size(good) > 1000);
  CHECK_FALSE(fs::exists(good.string() + ".tmp"));
  fs::remove(good);
}

TEST_CASE("rows that are not finite or have no road do not bring it down") {
  Map map = marked_crossing();
  map.points[3].x = std::numeric_limits<double>::quiet_NaN();
  map.points[9].y = std::numeric_limits<double>::infinity();
  map.points[12].width = std::numeric_limits<double>::infinity();
  map.stop_lines[0].lane = kNone;
  map.signals[0].group = 77;
  GeoBox drawn;
  CHECK(draw_map_png(map, bare(), drawn));
  CHECK(draw_map_png(map, {}, drawn));
}
