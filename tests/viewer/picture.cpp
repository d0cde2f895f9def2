#include "tests/viewer/picture.h"

#include <cmath>
#include <filesystem>
#include <map>

#include "maps/load_map.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/run.h"
#include "tests/support/folders.h"

namespace bitgoeul::test {

std::unique_ptr<viewer::Window> headless(int width, int height) {
  viewer::WindowOptions options;
  options.width = width, options.height = height, options.headless = true, options.samples = 0;
  auto window = viewer::Window::make(options);
  if (window) return std::move(*window);
  MESSAGE("skipped: " << sim::to_string(window.error()));
  return nullptr;
}

std::unique_ptr<viewer::App> open_app(const std::vector<std::string>& paths, int width, int height, bool panels,
                                      const viewer::OpenOptions& how) {
  auto window = headless(width, height);
  if (!window) return nullptr;
  viewer::AppOptions options;
  options.paths = paths, options.open = how, options.panels = panels, options.wait_for_open = true;
  return std::make_unique<viewer::App>(options, std::move(window));
}

void Hand::click(double x, double y) {
  app.window().mouse_move(x, y);
  frame();
  app.window().mouse_button(1, true);
  frame();
  app.window().mouse_button(1, false);
  frame();
}

void Hand::click(const std::string& spot, double part) {
  frame();
  REQUIRE_MESSAGE(app.state().spots.count(spot) == 1, spot);
  const auto box = app.state().spots.at(spot);
  click(static_cast<double>(box[0]) + part * static_cast<double>(box[2] - box[0]),
        static_cast<double>(box[1] + box[3]) / 2);
}

void Hand::key(int key) {
  app.window().key(key, true);
  frame();
  app.window().key(key, false);
  frame();
}

Region whole(const viewer::Image& image) { return {0, 0, image.width, image.height}; }

double share(const viewer::Image& image, const Region& region, const Test& test) {
  std::size_t passed = 0, all = 0;
  for (int y = region.y0; y < region.y1; ++y)
    for (int x = region.x0; x < region.x1; ++x) {
      const auto* p = &image.rgb[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                                      static_cast<std::size_t>(x))];
      passed += test(p[0], p[1], p[2]) ? 1 : 0, ++all;
    }
  return all == 0 ? 0 : static_cast<double>(passed) / static_cast<double>(all);
}

double mean_light(const viewer::Image& image, const Region& region) {
  double sum = 0;
  share(image, region, [&sum](int r, int g, int b) { return sum += (r + g + b) / 3.0, true; });
  return sum / ((region.x1 - region.x0) * (region.y1 - region.y0));
}

double difference(const viewer::Image& a, const viewer::Image& b, int levels) {
  if (a.width != b.width || a.height != b.height || a.rgb.empty()) return 1;
  std::size_t differ = 0;
  for (std::size_t i = 0; i + 2 < a.rgb.size(); i += 3) {
    int most = 0;
    for (std::size_t k = 0; k < 3; ++k) most = std::max(most, std::abs(int{a.rgb[i + k]} - int{b.rgb[i + k]}));
    differ += most > levels ? 1 : 0;
  }
  return static_cast<double>(differ) * 3 / static_cast<double>(a.rgb.size());
}

std::string recorded_loop(int seed) {
  static std::map<int, std::string> files;
  std::string& file = files[seed];
  if (file.empty()) {
    const std::filesystem::path source = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xosc";
    const std::filesystem::path out =
        std::filesystem::path(bitgoeul::tests::binary_dir()) / ("test_viewer_loop_" + std::to_string(seed));
    sim::Issues issues;
    scenarios::RunInput input;
    input.scenario = scenarios::openscenario::parse_file(source, {}, issues).value();
    input.map_name = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr";
    input.map = maps::load_map(input.map_name, issues).value();
    input.duration_s = 20;
    input.seed = static_cast<std::uint64_t>(seed);
    scenarios::RunOptions options;
    options.out = out;
    REQUIRE(scenarios::run(input, options, issues).has_value());
    file = (out / "run.mcap").string();
  }
  return file;
}

}  // namespace bitgoeul::test
