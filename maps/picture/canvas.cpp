#include "maps/picture/canvas.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>

namespace bitgoeul::maps::picture {

struct Canvas::Impl {
  cairo_surface_t* surface = nullptr;
  cairo_t* cr = nullptr;
  GeoBox box;
  int width = 0, height = 0;
  double px_per_m = 1;
  ~Impl() {
    if (cr) cairo_destroy(cr);
    if (surface) cairo_surface_destroy(surface);
  }
};

Canvas::Canvas() : impl_(std::make_unique<Impl>()) {}
Canvas::~Canvas() = default;
Canvas::Canvas(Canvas&&) noexcept = default;

namespace {

GeoBox widened(const GeoBox& box, int width, int height) {
  const double cx = (box.min_x + box.max_x) / 2, cy = (box.min_y + box.max_y) / 2;
  const double w = std::max(box.max_x - box.min_x, 1.0), h = std::max(box.max_y - box.min_y, 1.0);
  const double m = std::max(w / width, h / height);  // metres per pixel
  return {cx - m * width / 2, cy - m * height / 2, cx + m * width / 2, cy + m * height / 2};
}

}  // namespace

sim::Result<Canvas> Canvas::make(int width_px, int height_px, GeoBox box) {
  if (width_px < 64 || height_px < 64 || width_px > 16384 || height_px > 16384)
    return sim::fail("a picture of " + std::to_string(width_px) + " x " + std::to_string(height_px) +
                     " pixels cannot be drawn: each side must lie in 64 to 16384");
  if (!std::isfinite(box.min_x + box.min_y + box.max_x + box.max_y) || box.max_x < box.min_x || box.max_y < box.min_y)
    return sim::fail("the box to draw is empty or not finite");
  Canvas canvas;
  Impl& c = *canvas.impl_;
  c.width = width_px, c.height = height_px;
  c.box = widened(box, width_px, height_px);
  c.px_per_m = width_px / (c.box.max_x - c.box.min_x);
  c.surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_px, height_px);
  c.cr = cairo_create(c.surface);
  if (cairo_status(c.cr) != CAIRO_STATUS_SUCCESS)
    return sim::fail(std::string("no memory for the picture: ") + cairo_status_to_string(cairo_status(c.cr)));
  cairo_set_line_join(c.cr, CAIRO_LINE_JOIN_ROUND);
  return canvas;
}

const GeoBox& Canvas::box() const { return impl_->box; }
int Canvas::width_px() const { return impl_->width; }
int Canvas::height_px() const { return impl_->height; }
double Canvas::metres_per_px() const { return 1.0 / impl_->px_per_m; }
sim::Vec2 Canvas::to_px(double x, double y) const {
  return {(x - impl_->box.min_x) * impl_->px_per_m, (impl_->box.max_y - y) * impl_->px_per_m};
}

void Canvas::background(Color color) {
  cairo_set_source_rgb(impl_->cr, color.r, color.g, color.b);
  cairo_paint(impl_->cr);
}

void Canvas::line(std::span<const sim::Vec2> points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const sim::Vec2 p = to_px(points[i].x(), points[i].y());
    if (i == 0)
      cairo_move_to(impl_->cr, p.x(), p.y());
    else
      cairo_line_to(impl_->cr, p.x(), p.y());
  }
}

void Canvas::polygon(std::span<const sim::Vec2> corners) {
  if (corners.size() < 3) return;
  line(corners);
  cairo_close_path(impl_->cr);
}

void Canvas::disc(double x, double y, double radius_px) {
  const sim::Vec2 p = to_px(x, y);
  cairo_new_sub_path(impl_->cr);
  cairo_arc(impl_->cr, p.x(), p.y(), radius_px, 0, 2 * sim::kPi);
}

void Canvas::line_px(std::span<const sim::Vec2> points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i == 0)
      cairo_move_to(impl_->cr, points[i].x(), points[i].y());
    else
      cairo_line_to(impl_->cr, points[i].x(), points[i].y());
  }
}

void Canvas::polygon_px(std::span<const sim::Vec2> corners) {
  line_px(corners);
  cairo_close_path(impl_->cr);
}

void Canvas::box_px(double x, double y, double width, double height, double corner_radius) {
  cairo_t* cr = impl_->cr;
  const double r = corner_radius, quarter = sim::kPi / 2;
  cairo_new_sub_path(cr);
  cairo_arc(cr, x + width - r, y + r, r, -quarter, 0);
  cairo_arc(cr, x + width - r, y + height - r, r, 0, quarter);
  cairo_arc(cr, x + r, y + height - r, r, quarter, 2 * quarter);
  cairo_arc(cr, x + r, y + r, r, 2 * quarter, 3 * quarter);
  cairo_close_path(cr);
}

void Canvas::fill(Color color) {
  cairo_set_source_rgba(impl_->cr, color.r, color.g, color.b, color.a);
  cairo_fill(impl_->cr);
}

void Canvas::stroke(Color color, double width_px, Dash dash, bool round) {
  cairo_t* cr = impl_->cr;
  cairo_set_source_rgba(cr, color.r, color.g, color.b, color.a);
  cairo_set_line_width(cr, width_px);
  cairo_set_line_cap(cr, round ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
  const double pattern[2] = {dash.on_px, dash.off_px};
  cairo_set_dash(cr, pattern, dash.on_px > 0 ? 2 : 0, 0);
  cairo_stroke(cr);
}

namespace {

// The toy text interface takes one font per call and draws boxes for what that font lacks.
bool has_all(cairo_t* cr, const std::string& utf8) {
  cairo_scaled_font_t* font = cairo_get_scaled_font(cr);
  cairo_glyph_t* glyphs = nullptr;
  int count = 0;
  if (cairo_scaled_font_text_to_glyphs(font, 0, 0, utf8.data(), static_cast<int>(utf8.size()), &glyphs, &count, nullptr,
                                       nullptr, nullptr) != CAIRO_STATUS_SUCCESS)
    return false;
  const bool all = std::none_of(glyphs, glyphs + count, [](const cairo_glyph_t& g) { return g.index == 0; });
  cairo_glyph_free(glyphs);
  return all;
}

void select_font(cairo_t* cr, const std::string& utf8, const TextStyle& style) {
  static constexpr const char* kFamilies[] = {"NanumGothic", "Noto Sans CJK KR", "Noto Sans KR", "DejaVu Sans",
                                              "sans-serif"};
  cairo_set_font_size(cr, style.size_px);
  for (const char* family : kFamilies) {
    cairo_select_font_face(cr, family, CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    if (has_all(cr, utf8)) return;
  }
}

}  // namespace

double Canvas::text_width_px(const std::string& utf8, const TextStyle& style) {
  select_font(impl_->cr, utf8, style);
  cairo_text_extents_t extents;
  cairo_text_extents(impl_->cr, utf8.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::text_px(double x, double y, const std::string& utf8, const TextStyle& style) {
  cairo_t* cr = impl_->cr;
  const double width = text_width_px(utf8, style);
  cairo_save(cr);
  cairo_translate(cr, x, y);
  cairo_rotate(cr, style.angle);
  cairo_move_to(cr, -width * style.anchor_x, 0);
  cairo_text_path(cr, utf8.c_str());
  if (style.halo_px > 0) {
    cairo_set_source_rgba(cr, 1, 1, 1, 0.85);
    cairo_set_line_width(cr, 2 * style.halo_px);
    cairo_set_dash(cr, nullptr, 0, 0);
    cairo_stroke_preserve(cr);
  }
  cairo_set_source_rgba(cr, style.color.r, style.color.g, style.color.b, style.color.a);
  cairo_fill(cr);
  cairo_restore(cr);
}

sim::Result<std::string> Canvas::png() const {
  std::string bytes;
  const auto append = [](void* closure, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  cairo_surface_flush(impl_->surface);
  const cairo_status_t status = cairo_surface_write_to_png_stream(impl_->surface, append, &bytes);
  if (status != CAIRO_STATUS_SUCCESS) return sim::fail(std::string("PNG: ") + cairo_status_to_string(status));
  return bytes;
}

}  // namespace bitgoeul::maps::picture
