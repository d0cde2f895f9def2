#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "maps/check/rules.h"

namespace bitgoeul::maps::check {

namespace {

Row lane_count(const Check& check) { return static_cast<Row>(check.map.lanes.size()); }

}  // namespace

void not_finite(Check& check) {
  const Map& map = check.map;
  for (Row row = 0; row < lane_count(check); ++row) {
    const Lane& lane = check.lane(row);
    if (map.lane_points(row).size() < 2) {
      check.find(check.lane_at(row),
                 fmt::format("the centre line has {} points, at least 2 are needed", map.lane_points(row).size()));
    } else if (!check.good(row) || !std::isfinite(lane.speed_limit_mps + lane.s_begin + lane.s_end)) {
      std::size_t at = 0;
      const auto points = map.lane_points(row);
      while (at < points.size() && std::isfinite(points[at].s + points[at].x + points[at].y + points[at].z +
                                                 points[at].heading + points[at].curvature + points[at].width))
        ++at;
      check.find(check.lane_at(row), at < points.size()
                                         ? fmt::format("point {} of the centre line is not finite", at)
                                         : std::string("length, stop line, limit or section is not finite"));
    }
  }
  for (std::size_t i = 0; i < map.signals.size(); ++i)
    if (const Signal& s = map.signals[i]; !std::isfinite(s.x + s.y + s.z + s.s + s.t + s.heading))
      check.find(fmt::format("signal {}", map.text_of(s.id)), "its place is not finite");
  for (std::size_t i = 0; i < map.objects.size(); ++i)
    if (const Object& o = map.objects[i]; !std::isfinite(o.x + o.y + o.z + o.heading + o.length + o.width + o.height))
      check.find(fmt::format("object {}", map.text_of(o.id)), "its place or size is not finite");
  for (const StopLine& line : map.stop_lines)
    if (!std::isfinite(line.s + line.x0 + line.y0 + line.x1 + line.y1 + line.z))
      check.find(check.lane_at(line.lane), "its stop line is not finite");
}

void point_order(Check& check) {
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.good(row)) continue;
    const auto points = check.map.lane_points(row);
    const double length = check.lane(row).length;
    const auto bad = std::adjacent_find(points.begin(), points.end(),
                                        [](const LanePoint& a, const LanePoint& b) { return b.s <= a.s; });
    if (bad != points.end())
      check.find(check.lane_at(row, bad->s), fmt::format("s goes from {} m to {} m between two points",
                                                         number(bad->s, 4), number((bad + 1)->s, 4)));
    else if (std::abs(points.front().s) > 1e-6 || std::abs(points.back().s - length) > 1e-6)
      check.find(check.lane_at(row),
                 fmt::format("its points cover s {} to {} m, the lane 0 to {} m", number(points.front().s, 3),
                             number(points.back().s, 3), number(length, 3)));
  }
}

void zero_length(Check& check) {
  for (Row row = 0; row < lane_count(check); ++row)
    if (check.good(row) && check.is_drivable(row) && check.lane(row).length < 0.001)
      check.find(check.lane_at(row, 0), fmt::format("the lane is {} m long", number(check.lane(row).length, 6)),
                 "merge its lane section with the next one");
}

void negative_width(Check& check) {
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.good(row)) continue;
    const auto points = check.map.lane_points(row);
    const auto least = std::min_element(points.begin(), points.end(),
                                        [](const LanePoint& a, const LanePoint& b) { return a.width < b.width; });
    if (least->width < -1e-6)
      check.find(check.lane_at(row, least->s), fmt::format("the lane is {} m wide", number(least->width, 3)));
  }
}

namespace {

bool narrow(const Check& check, Row row) {
  const auto points = check.map.lane_points(row);
  return std::all_of(points.begin(), points.end(),
                     [&](const LanePoint& p) { return p.width < check.options.min_width_m; });
}

enum class Beyond { kNothing, kWide, kOther };

// What lies behind the narrow lanes of the same road that the lane belongs to.
Beyond beyond(const Check& check, Row row, bool ahead) {
  for (int step = 0; step < 100; ++step) {
    const auto links = ahead ? check.map.successors(row) : check.map.predecessors(row);
    if (links.empty()) return Beyond::kNothing;
    if (links.size() > 1 || check.lane(links[0]).road != check.lane(row).road || !check.good(links[0]))
      return Beyond::kOther;
    row = links[0];
    if (!narrow(check, row)) return Beyond::kWide;
  }
  return Beyond::kOther;
}

// A lane that opens or closes over several lane sections: narrow there, but wide at its other end.
bool tapers(const Check& check, Row row) {
  const Beyond behind = beyond(check, row, false), ahead = beyond(check, row, true);
  return (behind == Beyond::kNothing) != (ahead == Beyond::kNothing) &&
         (behind == Beyond::kWide || ahead == Beyond::kWide);
}

}  // namespace

void lane_too_narrow(Check& check) {
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.good(row) || !check.is_drivable(row) || !narrow(check, row) || tapers(check, row)) continue;
    double widest = 0;
    for (const LanePoint& p : check.map.lane_points(row)) widest = std::max(widest, p.width);
    check.find(check.lane_at(row, 0), fmt::format("the lane is nowhere wider than {} m, a car needs {} m",
                                                  number(widest), number(check.options.min_width_m)));
  }
}

void curve_too_tight(Check& check) {
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.good(row) || !check.is_drivable(row)) continue;
    const auto points = check.map.lane_points(row);
    const auto tight = std::max_element(points.begin(), points.end(), [](const LanePoint& a, const LanePoint& b) {
      return std::abs(a.curvature) < std::abs(b.curvature);
    });
    if (std::abs(tight->curvature) * check.options.min_radius_m > 1.0)
      check.find(check.lane_at(row, tight->s),
                 fmt::format("the centre line has a radius of {} m, a car turns in {} m at best",
                             number(1 / std::abs(tight->curvature), 1), number(check.options.min_radius_m, 1)));
  }
}

void grade_too_steep(Check& check) {
  constexpr double kBase = 2.0;  // metres over which a grade is taken, so that two close points make no noise
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.good(row) || !check.is_drivable(row)) continue;
    const auto points = check.map.lane_points(row);
    double steepest = 0, at = 0;
    for (std::size_t a = 0, b = 1; b < points.size(); ++b) {
      if (points[b].s - points[a].s < kBase) continue;
      const double grade = (points[b].z - points[a].z) / (points[b].s - points[a].s);
      if (std::abs(grade) > std::abs(steepest)) steepest = grade, at = points[a].s;
      a = b;
    }
    if (std::abs(steepest) > check.options.max_grade)
      check.find(check.lane_at(row, at),
                 fmt::format("the road climbs {} %, the limit is {} %", number(100 * steepest, 1),
                             number(100 * check.options.max_grade, 0)));
  }
}

void speed_limit_implausible(Check& check) {
  for (Row row = 0; row < lane_count(check); ++row) {
    const double limit = check.lane(row).speed_limit_mps;
    if (!check.is_drivable(row) || !std::isfinite(limit)) continue;
    if (limit < check.options.min_speed_mps || limit > check.options.max_speed_mps)
      check.find(check.lane_at(row), fmt::format("the speed limit is {} km/h", number(limit * 3.6, 1)),
                 "is the unit of the source km/h, mph or m/s?");
  }
}

}  // namespace bitgoeul::maps::check
