#include "scenarios/closed_loop/loop_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "maps/map_picture.h"
#include "maps/picture/canvas.h"
#include "scenarios/closed_loop/conflict.h"
#include "scenarios/picture_parts.h"
#include "sim/math.h"

namespace bitgoeul::scenarios::closed_loop {
namespace {

using maps::picture::Canvas;
using maps::picture::Color;
using maps::picture::rgb;
using Body = LoopPicture::Body;
using Point = LoopPicture::Point;
using Mark = LoopPicture::HandOverMark;

constexpr int kWidth = 1600, kHeight = 1000, kPanel = 600;  // the panel: the lower part
constexpr double kLeastRadiusM = 25, kMostRadiusM = 250, kMarginM = 12;
constexpr double kOnWayM = 3.0, kSameWayRad = sim::kPi / 3, kJumpM = 20, kGapS = 0.35;
// Told apart also by those who see no red or green (Okabe and Ito).
constexpr Color kDriven = rgb(0xd55e00), kHanded = rgb(0x0072b2), kFollows = rgb(0x5a6570), kInk = rgb(0x2b2f33);
constexpr Color kOnRoad = rgb(0xdfe4e8);  // of those that follow, on the grey of a road

// Where its log has it, as it went.
std::vector<Point> logged_points(const LoggedAgent& agent) {
  std::vector<Point> points;
  for (const replay::TrackPoint& p : agent.track.points)
    points.push_back({static_cast<double>(p.time_ns) * 1e-9, p.x, p.y, static_cast<double>(p.yaw)});
  return points;
}

std::optional<Point> logged_at(const LoggedAgent& agent, double time_s) {
  std::size_t hint = 0;
  const auto p = replay::track_at(agent.track, static_cast<std::int64_t>(time_s * 1e9), hint);
  if (!p) return std::nullopt;
  return Point{time_s, p->x, p->y, static_cast<double>(p->yaw)};
}

const Point* driven_at(const Body& body, double time_s) {
  const auto after = std::lower_bound(body.points.begin(), body.points.end(), time_s - 0.06,
                                      [](const Point& p, double t) { return p.time_s < t; });
  return after == body.points.end() || after->time_s > time_s + 0.06 ? nullptr : &*after;
}

double length_of(const std::vector<Point>& points) {
  double length = 0;
  for (std::size_t i = 1; i < points.size(); ++i)
    length += sim::hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
  return length;
}

// A line along which places are told: the way of who is driven, and before it that of whoever came from farthest.
class Way {
 public:
  Way(const std::vector<std::vector<Point>>& followers, const std::vector<Point>& own) {
    std::vector<Point> before;
    double longest = 0;
    for (const std::vector<Point>& points : followers) {
      const auto nearest = std::min_element(points.begin(), points.end(), [&](const Point& a, const Point& b) {
        return away(a, own.front()) < away(b, own.front());
      });
      if (nearest == points.end() || away(*nearest, own.front()) > kOnWayM) continue;
      std::vector<Point> part(points.begin(), nearest);
      if (const double length = length_of(part); length > longest) longest = length, before = std::move(part);
    }
    for (const Point& p : before) add(p);
    for (const Point& p : own) add(p);
  }

  // Metres along it; kBeside: on none of it. `last`: where it was before, so that a way that comes by twice is no leap.
  static constexpr double kBeside = -1;
  double along(const Point& p, double last = kBeside) const {
    double best = kBeside, least = kOnWayM;
    for (std::size_t i = 0; i + 1 < at_.size(); ++i) {
      const double dx = at_[i + 1].x - at_[i].x, dy = at_[i + 1].y - at_[i].y, length = s_[i + 1] - s_[i];
      const double u = std::clamp(((p.x - at_[i].x) * dx + (p.y - at_[i].y) * dy) / (length * length), 0.0, 1.0);
      const double off = sim::hypot(p.x - at_[i].x - u * dx, p.y - at_[i].y - u * dy);
      if (std::fabs(sim::wrap_angle(p.yaw_rad - sim::atan2(dy, dx))) > kSameWayRad) continue;
      const double s = s_[i] + u * length;
      if (off < least && (last < 0 || std::fabs(s - last) < kJumpM)) best = s, least = off;
    }
    return best;
  }

 private:
  static double away(const Point& a, const Point& b) { return sim::hypot(a.x - b.x, a.y - b.y); }
  void add(const Point& p) {
    const double step = at_.empty() ? 1 : sim::hypot(p.x - at_.back().x, p.y - at_.back().y);
    if (step < 0.5) return;
    s_.push_back(s_.empty() ? 0 : s_.back() + step);
    at_.push_back(p);
  }

  std::vector<Point> at_;
  std::vector<double> s_;
};

// Pieces of (time, place along the way).
using Lines = std::vector<std::vector<sim::Vec2>>;

Lines lines_of(const Way& way, const std::vector<Point>& points) {
  Lines lines;
  double last = Way::kBeside, last_s = -1e9;
  for (const Point& p : points) {
    if (p.time_s - last_s > kGapS) last = Way::kBeside;
    const double s = way.along(p, last);
    if (s >= 0 && last < 0) lines.emplace_back();
    if (s >= 0) lines.back().emplace_back(p.time_s, s);
    last = s, last_s = p.time_s;
  }
  return lines;
}

std::array<sim::Vec2, 4> outline(const Body& body, const Point& p) {
  return body_corners(p.x, p.y, p.yaw_rad, body.length_m, body.width_m, body.center_m);
}

struct Panel {
  double left = 90, right = kWidth - 40, top = kHeight - kPanel + 70, bottom = kHeight - 50;
  double end_s = 1, from_m = 0, to_m = 1;
  sim::Vec2 at(const sim::Vec2& p) const {
    return {left + (right - left) * p.x() / end_s, bottom - (bottom - top) * (p.y() - from_m) / (to_m - from_m)};
  }
  bool shows(double m) const { return m >= from_m && m <= to_m; }
};

void draw_lines(Canvas& canvas, const Panel& panel, const Lines& lines, Color color, double width_px,
                maps::picture::Dash dash = {}) {
  for (const auto& line : lines) {
    std::vector<sim::Vec2> px;
    const auto flush = [&] {
      if (px.size() > 1) {
        canvas.line_px(px);
        canvas.stroke(color, width_px, dash);
      }
      px.clear();
    };
    for (const sim::Vec2& p : line) {
      if (panel.shows(p.y()))
        px.push_back(panel.at(p));
      else
        flush();
    }
    flush();
  }
}

void draw_axes(Canvas& canvas, const Panel& panel, const std::string& driven) {
  canvas.box_px(0, kHeight - kPanel, kWidth, kPanel);
  canvas.fill(rgb(0xffffff));
  const double step_s = round_step(panel.end_s, 16), step_m = round_step(panel.to_m - panel.from_m, 8);
  for (double t = 0; t <= panel.end_s + 1e-9; t += step_s) {
    const sim::Vec2 grid[] = {panel.at({t, panel.from_m}), panel.at({t, panel.to_m})};
    canvas.line_px(grid);
    canvas.stroke(rgb(0xe3e6e8), 1);
    canvas.text_px(grid[0].x(), panel.bottom + 22, fmt::format("{:g} s", t), {14, kInk, false, 0, 0.5, 0});
  }
  for (double m = std::ceil(panel.from_m / step_m) * step_m; m <= panel.to_m; m += step_m) {
    const sim::Vec2 grid[] = {panel.at({0, m}), panel.at({panel.end_s, m})};
    canvas.line_px(grid);
    canvas.stroke(rgb(0xe3e6e8), 1);
    canvas.text_px(panel.left - 8, grid[0].y() + 5, fmt::format("{:g} m", m + 0.0), {14, kInk, false, 0, 1, 0});
  }
  double x = panel.left;
  const double y = kHeight - kPanel + 34;
  const auto key = [&](Color color, double width_px, maps::picture::Dash dash, const std::string& text) {
    const sim::Vec2 line[] = {{x, y - 5}, {x + 40, y - 5}};
    canvas.line_px(line);
    canvas.stroke(color, width_px, dash);
    const maps::picture::TextStyle style{15, kInk, false, 0, 0, 0};
    canvas.text_px(x + 48, y, text, style);
    x += 48 + canvas.text_width_px(text, style) + 34;
  };
  key(kDriven, 4, {}, driven + ", driven anew");
  key(kHanded, 3, {}, "handed over to a reactive driver");
  key(kFollows, 1.5, {}, "follows its log");
  key(kFollows, 1.5, {5, 4}, "where the log has them");
}

}  // namespace

LoopPicture::LoopPicture(const SimulationSetup& setup) : log_(*setup.log) {
  for (const EntitySetup& entity : setup.entities)
    bodies_.push_back({entity.name, entity.role == sim::Role::kEgo, 0, 0, 0, {}});
}

void LoopPicture::frame(const sim::Snapshot& snapshot) {
  const sim::Entities& e = snapshot.entities;
  end_s_ = static_cast<double>(snapshot.time_ns) * 1e-9;
  for (std::size_t i = 0; i < bodies_.size() && i < e.alive.size(); ++i) {
    if (e.alive[i] == 0) continue;
    Body& body = bodies_[i];
    body.length_m = e.length_m[i], body.width_m = e.width_m[i], body.center_m = e.center_x_m[i];
    body.points.push_back({end_s_, e.x[i], e.y[i], e.yaw_rad[i]});
  }
}

void LoopPicture::events(std::span<const sim::Event> events, double dt_s) {
  for (const sim::Event& event : events)
    if (event.kind == sim::EventKind::kHandOver && !event.entity.null() && event.entity.index < bodies_.size())
      marks_.push_back({event.entity.index, static_cast<double>(event.step) * dt_s,
                        std::string(to_string(static_cast<HandOver>(static_cast<int>(event.value))))});
}

namespace {

class Drawing {
 public:
  Drawing(const LogWorld& log, const std::vector<Body>& bodies, const std::vector<Mark>& marks, std::size_t driven,
          double end_s)
      : log_(log),
        bodies_(bodies),
        marks_(marks),
        driven_(driven),
        moment_s_(marks.empty() ? end_s : std::min(end_s, std::round(10 * (marks.back().time_s + 1)) / 10)),
        way_(make_way()),
        handed_(bodies.size(), 0) {
    for (const Mark& mark : marks) handed_[mark.row] = 1;
    panel_.end_s = std::max(end_s, 0.1);
    set_span();
  }

  // Of the map: around who is driven and who was handed over, in the part of the picture above the panel.
  maps::GeoBox box() const {
    const Point* own = driven_at(bodies_[driven_], moment_s_);
    const Point center = own != nullptr ? *own : bodies_[driven_].points.back();
    maps::GeoBox box{center.x, center.y, center.x, center.y};
    const auto hold = [&](double x, double y) {
      if (sim::hypot(x - center.x, y - center.y) > kMostRadiusM) return;
      box.min_x = std::min(box.min_x, x), box.max_x = std::max(box.max_x, x);
      box.min_y = std::min(box.min_y, y), box.max_y = std::max(box.max_y, y);
    };
    for (std::size_t i = 0; i < bodies_.size(); ++i) {
      if (handed_[i] == 0) continue;
      if (const Point* p = driven_at(bodies_[i], moment_s_)) hold(p->x, p->y);
      if (const auto p = logged_at(log_.agents[i], moment_s_)) hold(p->x, p->y);
    }
    if (const auto p = logged_at(log_.agents[driven_], moment_s_)) hold(p->x, p->y);
    const double height = std::max({box.max_y - box.min_y + 2 * kMarginM, 2 * kLeastRadiusM,
                                    (box.max_x - box.min_x + 2 * kMarginM) * (kHeight - kPanel) / kWidth});
    const double wide = height * kWidth / (kHeight - kPanel), below = height * kPanel / (kHeight - kPanel);
    const double x = (box.min_x + box.max_x) / 2, y = (box.min_y + box.max_y) / 2;
    return {x - wide / 2, y - height / 2 - below, x + wide / 2, y + height / 2};
  }

  void draw_moment(Canvas& canvas) const {
    for (std::size_t i = 0; i < bodies_.size(); ++i) {
      const auto logged = logged_at(log_.agents[i], moment_s_);
      const Point* now = driven_at(bodies_[i], moment_s_);
      if (logged && (handed_[i] != 0 || bodies_[i].is_driven)) {
        canvas.polygon(outline(bodies_[i], *logged));
        canvas.stroke(bodies_[i].is_driven ? kDriven : kHanded, 1.5, {5, 4});
      }
      if (now == nullptr) continue;
      canvas.polygon(outline(bodies_[i], *now));
      const bool plain = handed_[i] == 0 && !bodies_[i].is_driven;
      canvas.fill(plain ? kOnRoad : color_of(i));
    }
    canvas.text_px(16, 28, fmt::format("{:.1f} s: filled as it is, dashed where the log has it", moment_s_),
                   {16, kInk, true, 0, 0, 3});
  }

  void draw_panel(Canvas& canvas) const {
    draw_axes(canvas, panel_, bodies_[driven_].name);
    for (std::size_t i = 0; i < bodies_.size(); ++i)
      if (handed_[i] != 0 || bodies_[i].is_driven)
        draw_lines(canvas, panel_, lines_of(way_, logged_points(log_.agents[i])), light(color_of(i)), 1.5, {5, 4});
    for (const bool important : {false, true})
      for (std::size_t i = 0; i < bodies_.size(); ++i)
        if ((handed_[i] != 0 || bodies_[i].is_driven) == important)
          draw_lines(canvas, panel_, lines_of(way_, bodies_[i].points), color_of(i),
                     bodies_[i].is_driven ? 4
                     : important          ? 2.5
                                          : 1);
    draw_marks(canvas);
  }

 private:
  Way make_way() const {
    std::vector<std::vector<Point>> followers;
    for (const Mark& mark : marks_) followers.push_back(logged_points(log_.agents[mark.row]));
    const std::vector<Point> logged = logged_points(log_.agents[driven_]);
    const std::vector<Point>& went = bodies_[driven_].points;
    return Way(followers, length_of(logged) > length_of(went) ? logged : went);
  }

  Color color_of(std::size_t i) const { return bodies_[i].is_driven ? kDriven : handed_[i] != 0 ? kHanded : kFollows; }
  static Color light(Color color) {
    color.a = 0.6;
    return color;
  }

  // Of the panel: where who is driven went, and who was handed over.
  void set_span() {
    double low = 1e300, high = -1e300;
    for (std::size_t i = 0; i < bodies_.size(); ++i) {
      if (handed_[i] == 0 && i != driven_) continue;
      for (const auto& line : lines_of(way_, bodies_[i].points))
        for (const sim::Vec2& p : line) low = std::min(low, p.y()), high = std::max(high, p.y());
    }
    if (low > high) low = 0, high = 1;
    panel_.from_m = low - 5;
    panel_.to_m = high + std::max(10.0, 0.25 * (high - low));
  }

  void draw_marks(Canvas& canvas) const {
    constexpr double kApartPx = 18;
    double last_y = -1e9, last_x = -1e9;
    for (const Mark& mark : marks_) {
      const Point* p = driven_at(bodies_[mark.row], std::round(10 * mark.time_s) / 10);
      if (p == nullptr) continue;
      const double s = way_.along(*p);
      if (s < 0 || !panel_.shows(s)) continue;
      const sim::Vec2 at = panel_.at({mark.time_s, s});
      canvas.box_px(at.x() - 6, at.y() - 6, 12, 12, 6);
      canvas.fill(rgb(0xffffff));
      canvas.box_px(at.x() - 6, at.y() - 6, 12, 12, 6);
      canvas.stroke(kHanded, 2.5);
      if (std::fabs(at.y() - last_y) < kApartPx && at.x() - last_x < 200) continue;
      last_x = at.x(), last_y = at.y();
      std::string why = mark.reason;
      std::replace(why.begin(), why.end(), '_', ' ');
      canvas.text_px(at.x() + 11, at.y() + 16, bodies_[mark.row].name + ": " + why, {13, kInk, false, 0, 0, 3});
    }
  }

  const LogWorld& log_;
  const std::vector<Body>& bodies_;
  const std::vector<Mark>& marks_;
  std::size_t driven_;
  double moment_s_;
  Way way_;
  std::vector<std::uint8_t> handed_;
  Panel panel_;
};

}  // namespace

sim::Result<void> LoopPicture::draw(const maps::Map& map, const std::filesystem::path& png) const {
  const auto driven = std::find_if(bodies_.begin(), bodies_.end(),
                                   [](const Body& body) { return body.is_driven && !body.points.empty(); });
  if (driven == bodies_.end())
    return sim::fail("there is nothing to draw: no driven vehicle was ever in the world", png.string());
  const Drawing drawing(log_, bodies_, marks_, static_cast<std::size_t>(driven - bodies_.begin()), end_s_);
  maps::PictureOptions options;
  options.width_px = kWidth, options.height_px = kHeight;
  options.box = drawing.box();
  options.legend = false;
  options.overlay = [&](Canvas& canvas) {
    drawing.draw_moment(canvas);
    drawing.draw_panel(canvas);
    if (!map.notice.empty()) canvas.text_px(16, kHeight - kPanel - 12, map.notice, {12, kInk, false, 0, 0, 3});
  };
  return maps::draw_map(map, png, options);
}

}  // namespace bitgoeul::scenarios::closed_loop
