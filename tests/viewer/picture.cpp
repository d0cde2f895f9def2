#include "tests/viewer/picture.h"

#include <cmath>
#include <filesystem>

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

std::string recorded_loop() {
  static const std::string file = [] {
    const std::filesystem::path source = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xosc";
    const std::filesystem::path out = std::filesystem::path(bitgoeul::tests::binary_dir()) / "test_viewer_loop";
    sim::Issues issues;
    scenarios::RunInput input;
    input.scenario = scenarios::openscenario::parse_file(source, {}, issues).value();
    input.map_name = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr";
    input.map = maps::load_map(input.map_name, issues).value();
    input.duration_s = 20;
    scenarios::RunOptions options;
    options.out = out;
    REQUIRE(scenarios::run(input, options, issues).has_value());
    return (out / "run.mcap").string();
  }();
  return file;
}

}  // namespace bitgoeul::test
