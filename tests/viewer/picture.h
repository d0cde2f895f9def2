// Shared by the viewer's tests: a headless window (or the reason why there is none, and the test is skipped), and
// measures of a picture. Pictures are compared by what is in them: pixels differ between processors.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

#include "viewer/app.h"

namespace bitgoeul::test {

// Null where EGL gives nothing; says so once.
std::unique_ptr<viewer::Window> headless(int width = 640, int height = 360);

// What a person would see, opened and ready; null where there is no window.
std::unique_ptr<viewer::App> open_app(const std::vector<std::string>& paths, int width, int height, bool panels,
                                      const viewer::OpenOptions& how = {});

// Synthetic hands on its window.
struct Hand {
  viewer::App& app;
  void frame() { app.frame(1.0 / 30); }
  void click(double x, double y);
  void click(const std::string& spot, double part = 0.5);  // where a control was drawn; part of its width
  void key(int key);
};

struct Region {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};
using Test = std::function<bool(int r, int g, int b)>;
// Share of the region's pixels that pass the test.
double share(const viewer::Image& image, const Region& region, const Test& test);
Region whole(const viewer::Image& image);
double mean_light(const viewer::Image& image, const Region& region);  // 0 to 255
// Share of pixels that differ by more than `levels` in any channel; 1 when the sizes differ.
double difference(const viewer::Image& a, const viewer::Image& b, int levels);

// A log of the shipped loop scenario, recorded once per program run and seed (1 or 2).
std::string recorded_loop(int seed = 1);

}  // namespace bitgoeul::test
