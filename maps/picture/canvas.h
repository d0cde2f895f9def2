// Canvas: an antialiased picture in memory that is drawn on in map metres or in pixels. Hides Cairo.
// Made by draw_map, drawn on by the layers in their order. Pixels: x right, y down. Sizes given as `px` are pixels.
// A path is collected piece by piece and then filled or stroked at once, so that touching pieces show no seam.
// Thread rule: one thread per Canvas.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps::picture {

struct Color {
  double r = 0, g = 0, b = 0, a = 1;
};
constexpr Color rgb(unsigned hex, double alpha = 1.0) {
  return {((hex >> 16) & 255u) / 255.0, ((hex >> 8) & 255u) / 255.0, (hex & 255u) / 255.0, alpha};
}

struct Dash {
  double on_px = 0, off_px = 0;  // 0: a full line
};

struct TextStyle {
  double size_px = 12;
  Color color;
  bool bold = false;
  double angle = 0;       // rad, clockwise on the screen
  double anchor_x = 0.0;  // 0 left, 0.5 centre, 1 right
  double halo_px = 0;     // white rim
};

class Canvas {
 public:
  // The box is widened to the picture's shape; box() is what is really shown.
  static sim::Result<Canvas> make(int width_px, int height_px, GeoBox box);
  ~Canvas();
  Canvas(Canvas&&) noexcept;

  const GeoBox& box() const;
  int width_px() const;
  int height_px() const;
  double metres_per_px() const;
  sim::Vec2 to_px(double x, double y) const;

  void background(Color color);
  // Path pieces in map metres; polygons are closed.
  void polygon(std::span<const sim::Vec2> corners);
  void line(std::span<const sim::Vec2> points);
  void disc(double x, double y, double radius_px);
  // Path pieces in pixels.
  void polygon_px(std::span<const sim::Vec2> corners);
  void line_px(std::span<const sim::Vec2> points);
  void box_px(double x, double y, double width, double height, double corner_radius = 0);
  // Both end the path.
  void fill(Color color);
  void stroke(Color color, double width_px, Dash dash = {}, bool round = true);

  // Baseline at (x, y) px, in the first installed font that has every character (Korean included).
  void text_px(double x, double y, const std::string& utf8, const TextStyle& style);
  double text_width_px(const std::string& utf8, const TextStyle& style);

  sim::Result<std::string> png() const;

 private:
  Canvas();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::maps::picture
