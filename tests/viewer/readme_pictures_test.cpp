// The pictures of the README, each made by the command that viewer/README.md names, against small ones kept beside this
// test. Processors and engine versions draw edges and place vehicles a little differently, so blocks of pixels are
// compared. BITGOEUL_WRITE_PICTURES=DIR writes the pictures there and the small ones anew: look at them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "tests/maps/shared_data.h"
#include "tests/support/folders.h"
#include "tests/viewer/picture.h"
#include "viewer/screenshot.h"

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;

constexpr int kWide = 160, kHigh = 90;

// Means of blocks.
Image reduced(const Image& in) {
  Image out{kWide, kHigh, {}};
  for (int y = 0; y < kHigh; ++y)
    for (int x = 0; x < kWide; ++x)
      for (int channel = 0; channel < 3; ++channel) {
        long sum = 0, count = 0;
        for (int v = y * in.height / kHigh; v < (y + 1) * in.height / kHigh; ++v)
          for (int u = x * in.width / kWide; u < (x + 1) * in.width / kWide; ++u, ++count)
            sum += in.rgb[static_cast<std::size_t>(3 * (v * in.width + u) + channel)];
        out.rgb.push_back(static_cast<std::uint8_t>(sum / std::max(1L, count)));
      }
  return out;
}

// Blocks that are plainly another colour.
bool alike(const Image& a, const Image& b) { return test::difference(a, b, 40) < 0.08; }

std::string program(const char* name) { return fmt::format("'{}/bin/{}'", tests::binary_dir(), name); }

bool sh(const std::string& command) { return std::system((command + " > /dev/null 2>&1").c_str()) == 0; }

struct Picture {
  const char *name, *arguments;
  std::string shown;  // what the command is given first
};

fs::path recorded_fleet(const fs::path& dir) {
  const fs::path file = dir / "fleet.xosc", out = dir / "fleet";
  const bool made =
      sh(fmt::format("{} fleet --map gwangju --vehicles 50 --traffic 1500 --duration 60 -o '{}'", program("bitgoeul"),
                     file.string())) &&
      sh(fmt::format("{} run '{}' --duration 42 --quiet --out '{}'", program("bitgoeul"), file.string(), out.string()));
  CHECK(made);
  return out;
}

void check_picture(const Picture& picture, const fs::path& dir, int width, int height) {
  const std::string name = picture.name;
  CAPTURE(name);
  const fs::path file = dir / fmt::format("{}_{}.png", picture.name, height);
  const std::string command = fmt::format("{} {} --size {}x{} {} --screenshot '{}'", program("bitgoeul-viewer"),
                                          picture.shown, width, height, picture.arguments, file.string());
  CAPTURE(command);
  REQUIRE(sh(command));
  const auto made = read_image(file);
  REQUIRE(made);
  CHECK((made->width == width && made->height == height));
  const Image small = reduced(*made);
  const fs::path kept =
      fs::path(tests::source_dir()) / "tests/viewer/pictures" / fmt::format("{}_{}.png", picture.name, height);
  if (const char* to = std::getenv("BITGOEUL_WRITE_PICTURES")) {
    fs::copy_file(file, fs::path(to) / file.filename(), fs::copy_options::overwrite_existing);
    if (height == 720) CHECK(write_image(*made, fs::path(to) / fmt::format("viewer_{}.jpg", picture.name)));
    CHECK(write_image(small, kept));
    return;
  }
  const auto expected = read_image(kept);
  REQUIRE(expected);
  CHECK_MESSAGE(alike(small, *expected), fmt::format("{:.3f} of the blocks differ; look at {}",
                                                     test::difference(small, *expected, 40), file.string()));
}

}  // namespace

TEST_CASE("the pictures of the README look as they did") {
  if (!test::headless(64, 64)) return;
  const fs::path dir = fs::path(tests::binary_dir()) / "test_viewer_readme";
  fs::remove_all(dir);
  fs::create_directories(dir);
  const auto quoted = [](const fs::path& p) { return fmt::format("'{}'", p.string()); };
  const std::string fleet = quoted(recorded_fleet(dir)), one = quoted(test::recorded_loop(1)),
                    two = quoted(test::recorded_loop(2)), versus = fmt::format("{} --compare {}", one, two);
  std::vector<Picture> pictures = {
      {"city", "--look 0 0 900 40 -35", "gwangju"},
      {"junction", "--time 40 --look 309 -1054 95 60 -32 --hour 15 --no-panels", fleet},
      {"night", "--time 40 --look 309 -1054 80 30 -20 --hour 20.3 --no-panels", fleet},
      {"panels", "--time 40 --follow ego_003 --hour 14", fleet},
      {"compare", "--time 11 --look 139 -7 22 90 -55 --hour 14", versus},
      {"side_by_side", "--time 11 --look 139 -7 40 90 -55 --hour 14 --side-by-side", versus}};
  if (fs::exists(tests::shared_data() / "kitti"))
    pictures.push_back({"lidar", "--time 0.8", quoted(tests::shared_data() / "kitti")});
  else
    MESSAGE("skipped: the lidar picture needs ../shared");
  const char* full = std::getenv("BITGOEUL_FULL");
  const bool both = (full && std::string_view(full) == "1") || std::getenv("BITGOEUL_WRITE_PICTURES");
  for (const Picture& picture : pictures) {
    check_picture(picture, dir, 1280, 720);
    if (both) check_picture(picture, dir, 1920, 1080);
  }
  // The measure tells day from night, and one place from another.
  if (std::getenv("BITGOEUL_WRITE_PICTURES")) return;
  const auto kept = [](const char* name) {
    return read_image(fs::path(tests::source_dir()) / "tests/viewer/pictures" / fmt::format("{}_720.png", name))
        .value();
  };
  CHECK(!alike(kept("junction"), kept("night")));
  CHECK(!alike(kept("junction"), kept("city")));
}

}  // namespace bitgoeul::viewer
