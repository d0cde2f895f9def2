#include "scenarios/run_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "maps/map_picture.h"
#include "maps/picture/canvas.h"
#include "scenarios/closed_loop/conflict.h"
#include "scenarios/picture_parts.h"
#include "sim/math.h"

namespace bitgoeul::scenarios {
namespace {

using maps::picture::Canvas;
using maps::picture::Color;
using maps::picture::rgb;
using maps::picture::TextStyle;

constexpr int kWidth = 1600, kHeight = 1200, kStrip = 120;
constexpr std::size_t kMaxHappenings = 200, kNamedWays = 24;
constexpr double kMarginM = 40;

// Told apart also by those who see no red or green (Okabe and Ito).
constexpr Color kColors[] = {rgb(0xd55e00), rgb(0x0072b2), rgb(0x009e73), rgb(0xcc79a7),
                             rgb(0x8a6d00), rgb(0x56b4e9), rgb(0x5b3fa0), rgb(0x444444)};
Color color_of(std::size_t row) { return kColors[row % std::size(kColors)]; }

maps::GeoBox box_of(const std::vector<RunPicture::Way>& ways) {
  maps::GeoBox box{1e300, 1e300, -1e300, -1e300};
  for (const auto& way : ways)
    for (const auto& p : way.points) {
      box.min_x = std::min<double>(box.min_x, p.x), box.max_x = std::max<double>(box.max_x, p.x);
      box.min_y = std::min<double>(box.min_y, p.y), box.max_y = std::max<double>(box.max_y, p.y);
    }
  box.min_x -= kMarginM, box.min_y -= kMarginM, box.max_x += kMarginM, box.max_y += kMarginM;
  // Room for the strip below.
  box.min_y -= (box.max_y - box.min_y) * kStrip / static_cast<double>(kHeight - kStrip);
  return box;
}

void draw_body(Canvas& canvas, const RunPicture::Way& way, const RunPicture::Point& p, Color color, bool full) {
  canvas.polygon(body_corners(p.x, p.y, p.yaw, way.length_m, way.width_m, way.center_m));
  color.a = full ? 0.9 : 0.35;
  canvas.fill(color);
}

void draw_way(Canvas& canvas, const RunPicture::Way& way, Color color, double mark_s) {
  std::vector<sim::Vec2> line;
  double next_mark_s = 0;
  const auto flush = [&] {
    if (line.size() > 1) {
      canvas.line(line);
      canvas.stroke(color, 2.5);
    }
    line.clear();
  };
  for (const auto& p : way.points) {
    if (p.begins) flush();
    line.emplace_back(p.x, p.y);
  }
  flush();
  for (const auto& p : way.points) {
    if (p.time_s + 1e-3 < next_mark_s) continue;
    draw_body(canvas, way, p, color, false);
    const sim::Vec2 at = canvas.to_px(p.x, p.y);
    canvas.text_px(at.x() + 6, at.y() - 6, fmt::format("{:g}", std::round(p.time_s * 10) / 10),
                   {10, color, false, 0, 0, 2});
    next_mark_s = (std::floor((p.time_s + 1e-3) / mark_s) + 1) * mark_s;
  }
  draw_body(canvas, way, way.points.back(), color, true);
}

struct Strip {
  double left = 60, right = kWidth - 30, top = kHeight - kStrip + 34, end_s = 1;
  double x(double time_s) const { return left + (right - left) * time_s / end_s; }
};

void draw_axis(Canvas& canvas, const Strip& strip) {
  canvas.box_px(0, kHeight - kStrip, kWidth, kStrip);
  canvas.fill(rgb(0xffffff, 0.93));
  const sim::Vec2 axis[] = {{strip.left, strip.top}, {strip.right, strip.top}};
  canvas.line_px(axis);
  canvas.stroke(rgb(0x2b2f33), 1.5);
  const double step = round_step(strip.end_s, 16);
  for (double t = 0; t <= strip.end_s + 1e-9; t += step) {
    const sim::Vec2 tick[] = {{strip.x(t), strip.top - 5}, {strip.x(t), strip.top + 5}};
    canvas.line_px(tick);
    canvas.stroke(rgb(0x2b2f33), 1.5);
    canvas.text_px(strip.x(t), strip.top - 9, fmt::format("{:g} s", t), {12, rgb(0x2b2f33), false, 0, 0.5, 0});
  }
}

// Texts go to the first of four lines that is free there; what finds none keeps its mark only.
void draw_happenings(Canvas& canvas, const Strip& strip, std::span<const RunPicture::Happening> happenings) {
  double taken[4] = {0, 0, 0, 0};
  const TextStyle style{12, rgb(0x2b2f33), false, 0, 0, 0};
  for (const auto& h : happenings) {
    using Sort = RunPicture::Sort;
    const Color color = h.sort == Sort::kBad ? rgb(0xc0392b) : h.sort == Sort::kStory ? rgb(0x2e7d32) : rgb(0x5a6570);
    const double x = strip.x(h.time_s);
    const sim::Vec2 tick[] = {{x, strip.top - 7}, {x, strip.top + 7}};
    canvas.line_px(tick);
    canvas.stroke(color, 3);
    if (h.at && h.sort != Sort::kPlain) {
      canvas.disc(h.at->x(), h.at->y(), 9);
      canvas.stroke(color, 3);
    }
    for (int row = 0; row < 4; ++row) {
      if (x < taken[row]) continue;
      canvas.text_px(x, strip.top + 22 + 16 * row, h.text, style);
      taken[row] = x + canvas.text_width_px(h.text, style) + 10;
      break;
    }
  }
}

}  // namespace

void RunPicture::frame(const sim::Snapshot& snapshot) {
  const sim::Entities& e = snapshot.entities;
  end_s_ = static_cast<double>(snapshot.time_ns) * 1e-9;
  for (std::size_t i = 0; i < ways_.size() && i < e.alive.size(); ++i) {
    Way& way = ways_[i];
    if (!e.alive[i]) {
      way.here = false;
      continue;
    }
    way.length_m = e.length_m[i], way.width_m = e.width_m[i], way.center_m = e.center_x_m[i];
    way.points.push_back({static_cast<float>(end_s_), static_cast<float>(e.x[i]), static_cast<float>(e.y[i]),
                          static_cast<float>(e.yaw_rad[i]), !way.here});
    way.here = true;
  }
}

void RunPicture::events(std::span<const sim::Event> events, double dt_s) {
  using sim::EventKind;
  for (const sim::Event& event : events) {
    const bool named = !event.entity.null() && event.entity.index < names_.size();
    const bool other_named = !event.other.null() && event.other.index < names_.size();
    if ((!named && !other_named) || event.kind == EventKind::kCollisionEnd || event.kind == EventKind::kLaneChange ||
        happenings_.size() >= kMaxHappenings)
      continue;
    std::string text(sim::to_string(event.kind));
    if (event.kind == EventKind::kHandOver)
      text += fmt::format(" ({})",
                          closed_loop::to_string(static_cast<closed_loop::HandOver>(static_cast<int>(event.value))));
    if (named) text += " " + names_[event.entity.index];
    if (other_named) text += ", " + names_[event.other.index];
    const Sort sort = event.kind == EventKind::kHandOver ? Sort::kHandOver
                      : event.kind == EventKind::kCollisionBegin || event.kind == EventKind::kRedLight ||
                              event.kind == EventKind::kOffRoad
                          ? Sort::kBad
                          : Sort::kPlain;
    happenings_.push_back({static_cast<double>(event.step) * dt_s, sort, std::move(text), sim::Vec2(event.x, event.y)});
  }
}

// The events of the storyboard that begin, by their own names, and what could not be done.
void RunPicture::story(std::span<const replay::StoryChange> changes, double time_s) {
  for (const replay::StoryChange& change : changes) {
    const bool failed = change.transition == replay::StoryTransition::kFailed;
    const bool begins =
        change.type == replay::StoryType::kEvent && change.transition == replay::StoryTransition::kStart;
    if ((!failed && !begins) || happenings_.size() >= kMaxHappenings) continue;
    const std::size_t parent = change.element.rfind("::");
    const std::string name = parent == std::string::npos ? change.element : change.element.substr(parent + 2);
    happenings_.push_back({time_s, failed ? Sort::kBad : Sort::kStory, failed ? name + " failed" : name, {}});
  }
}

sim::Result<void> RunPicture::draw(const maps::Map& map, const std::filesystem::path& png) const {
  if (std::all_of(ways_.begin(), ways_.end(), [](const Way& way) { return way.points.empty(); }))
    return sim::fail("there is nothing to draw: no named entity was ever in the world", png.string());
  maps::PictureOptions options;
  options.width_px = kWidth, options.height_px = kHeight;
  options.box = box_of(ways_);
  options.legend = false;
  options.overlay = [&](Canvas& canvas) {
    const double mark_s = round_step(std::max(end_s_, 1.0), 8);
    for (std::size_t i = 0; i < ways_.size(); ++i)
      if (!ways_[i].points.empty()) draw_way(canvas, ways_[i], color_of(i), mark_s);
    for (std::size_t i = 0; i < ways_.size() && ways_.size() <= kNamedWays; ++i) {
      if (ways_[i].points.empty()) continue;
      const Point& last = ways_[i].points.back();
      const sim::Vec2 at = canvas.to_px(last.x, last.y);
      canvas.text_px(at.x() + 8, at.y() + 16, names_[i], {14, color_of(i), true, 0, 0, 3});
    }
    Strip strip;
    strip.end_s = std::max(end_s_, 0.1);
    draw_axis(canvas, strip);
    draw_happenings(canvas, strip, happenings_);
    if (!map.notice.empty()) canvas.text_px(12, 20, map.notice, {12, rgb(0x2b2f33), false, 0, 0, 3});
  };
  return maps::draw_map(map, png, options);
}

}  // namespace bitgoeul::scenarios
