#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "maps/check/rules.h"

namespace bitgoeul::maps::check {

namespace {

Row lane_count(const Check& check) { return static_cast<Row>(check.map.lanes.size()); }

double degrees(double rad) { return rad * 180 / sim::kPi; }

double distance(const LanePoint& a, const LanePoint& b) { return sim::hypot(a.x - b.x, a.y - b.y); }

bool contains(std::span<const Row> rows, Row row) { return std::find(rows.begin(), rows.end(), row) != rows.end(); }

// Calls f(lane, successor) for every link between two drivable lanes whose geometry can be trusted.
template <class F>
void each_link(Check& check, F&& f) {
  for (Row row = 0; row < lane_count(check); ++row) {
    if (!check.good(row) || !check.is_drivable(row)) continue;
    for (const Row next : check.map.successors(row))
      if (check.good(next) && check.is_drivable(next)) f(row, next);
  }
}

// Linked by the wrong end: the successor ends where the lane ends, or begins where it begins.
bool wrong_end(const Check& check, Row row, Row next) {
  const double allowed = check.options.max_gap_m;
  return row != next && distance(check.last(row), check.first(next)) > allowed &&
         (distance(check.last(row), check.last(next)) <= allowed ||
          distance(check.first(row), check.first(next)) <= allowed);
}

double turn_between(const Check& check, Row row, Row next) {
  return sim::wrap_angle(check.first(next).heading - check.last(row).heading);
}

std::string to(const Check& check, Row next) { return "its successor " + lane_name(check.map, next); }

}  // namespace

void link_asymmetric(Check& check) {
  for (Row row = 0; row < lane_count(check); ++row) {
    for (const Row next : check.map.successors(row))
      if (!contains(check.map.predecessors(next), row))
        check.find(check.lane_at(row), to(check, next) + " does not name it as predecessor");
    for (const Row before : check.map.predecessors(row))
      if (!contains(check.map.successors(before), row))
        check.find(check.lane_at(row),
                   "its predecessor " + lane_name(check.map, before) + " does not name it as successor");
  }
}

void self_link(Check& check) {
  each_link(check, [&](Row row, Row next) {
    const double open = distance(check.last(row), check.first(row));
    if (row == next && open > check.options.max_gap_m)
      check.find(check.lane_at(row),
                 fmt::format("the lane is its own successor, but ends {} m from its beginning", number(open)),
                 "remove the link");
  });
}

void gap(Check& check) {
  each_link(check, [&](Row row, Row next) {
    const double d = distance(check.last(row), check.first(next));
    if (row != next && d > check.options.max_gap_m && !wrong_end(check, row, next))
      check.find(check.lane_at(row, check.lane(row).length),
                 fmt::format("{} begins {} m away, {} m are allowed", to(check, next), number(d, 3),
                             number(check.options.max_gap_m, 3)),
                 "check lane widths, lane offset and the road's end point");
  });
}

void kink(Check& check) {
  each_link(check, [&](Row row, Row next) {
    const double turn = row == next ? 0.0 : turn_between(check, row, next);
    if (std::abs(turn) > check.options.max_kink_rad && std::abs(turn) <= sim::kPi / 2 && !wrong_end(check, row, next))
      check.find(check.lane_at(row, check.lane(row).length),
                 fmt::format("{} begins {} degrees askew, {} are allowed", to(check, next), number(degrees(turn), 1),
                             number(degrees(check.options.max_kink_rad), 1)),
                 "check the heading of both reference lines");
  });
}

namespace {

// Heading of a point against the chord to the next one.
void backward_points(Check& check, Row row) {
  const auto points = check.map.lane_points(row);
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const double dx = points[i + 1].x - points[i].x, dy = points[i + 1].y - points[i].y;
    if (sim::hypot(dx, dy) < 0.01) continue;
    const double off = sim::wrap_angle(points[i].heading - sim::atan2(dy, dx));
    if (std::abs(off) <= sim::kPi / 2) continue;
    return check.find(check.lane_at(row, points[i].s),
                      fmt::format("the heading points {} degrees away from the next point of the centre line",
                                  number(degrees(std::abs(off)), 0)),
                      "the lane is narrower than its curve is tight, or its points run against its direction");
  }
}

}  // namespace

void wrong_direction(Check& check) {
  each_link(check, [&](Row row, Row next) {
    const double turn = row == next ? 0.0 : turn_between(check, row, next);
    if (wrong_end(check, row, next))
      check.find(check.lane_at(row, check.lane(row).length),
                 "the lane and " + to(check, next) + " meet with the wrong ends",
                 "check the contact point of the link");
    else if (std::abs(turn) > sim::kPi / 2)
      check.find(check.lane_at(row, check.lane(row).length),
                 fmt::format("{} leads back, {} degrees off", to(check, next), number(degrees(std::abs(turn)), 0)),
                 "check the contact point of the link");
  });
  for (Row row = 0; row < lane_count(check); ++row)
    if (check.good(row) && check.is_drivable(row)) backward_points(check, row);
}

void elevation_step(Check& check) {
  each_link(check, [&](Row row, Row next) {
    const double step = check.first(next).z - check.last(row).z;
    if (std::abs(step) > check.options.max_step_m)
      check.find(
          check.lane_at(row, check.lane(row).length),
          fmt::format("{} begins {} m {}", to(check, next), number(std::abs(step), 3), step > 0 ? "higher" : "lower"),
          "check elevation and superelevation of both roads");
  });
}

void neighbour_asymmetric(Check& check) {
  for (Row row = 0; row < lane_count(check); ++row) {
    const Lane& lane = check.lane(row);
    const auto look = [&](Row other, std::string_view side, bool mirrored, bool same_direction) {
      if (other == kNone) return;
      const Lane& o = check.lane(other);
      if (!mirrored)
        check.find(check.lane_at(row, 0),
                   fmt::format("its {} neighbour {} names another lane", side, lane_name(check.map, other)));
      else if ((o.section != lane.section && o.road == lane.road) || (o.direction == lane.direction) != same_direction)
        check.find(check.lane_at(row, 0),
                   fmt::format("its {} neighbour {} lies in another section of its road or runs the other way", side,
                               lane_name(check.map, other)));
    };
    look(lane.left, "left", lane.left == kNone || check.lane(lane.left).right == row, true);
    look(lane.right, "right", lane.right == kNone || check.lane(lane.right).left == row, true);
    look(lane.opposite, "opposite", lane.opposite == kNone || check.lane(lane.opposite).opposite == row, false);
  }
}

}  // namespace bitgoeul::maps::check
