// The rules behind check_map, one function per rule, grouped in files by what they look at. Each appends its findings
// through Check::find. Lanes with too few points or numbers that are not finite are `sound[lane] == 0` and skipped by
// all but the rule that reports them. Made by check_map; one thread.
#pragma once

#include <string>
#include <vector>

#include "maps/map_check.h"

namespace bitgoeul::maps::check {

// Where a finding is: its name for people, and the row whose source line is told.
struct Place {
  std::string text;
  const std::vector<int>* column = nullptr;
  Row row = kNone;
  Place(std::string name) : text(std::move(name)) {}
  Place(std::string name, const std::vector<int>& lines, Row at) : text(std::move(name)), column(&lines), row(at) {}
};

struct Check {
  const Map& map;
  const CheckOptions& options;
  sim::Issues& issues;
  const SourceLines& lines;
  std::vector<std::uint8_t> sound;  // per lane
  std::string_view rule;            // that runs now
  sim::Severity severity = sim::Severity::kError;

  void find(const Place& where, std::string what, std::string remedy = {});
  Place lane_at(Row lane) const;
  Place lane_at(Row lane, double lane_s) const;
  Place junction_at(Row junction) const;
  bool good(Row lane) const { return sound[static_cast<std::size_t>(lane)] != 0; }
  const Lane& lane(Row row) const { return map.lanes[static_cast<std::size_t>(row)]; }
  const LanePoint& first(Row row) const { return map.lane_points(row).front(); }
  const LanePoint& last(Row row) const { return map.lane_points(row).back(); }
  bool is_drivable(Row row) const { return drivable(lane(row).type); }
};

std::string lane_name(const Map& map, Row lane);                  // road 12 lane -1
std::string lane_place(const Map& map, Row lane, double lane_s);  // road 12 lane -1 s 34.5 (road s)
std::string number(double value, int decimals = 2);

// references.cpp
void bad_reference(Check& check);
void dangling_link(Check& check);
void duplicate_id(Check& check);
void bad_text(Check& check);
// lane_rules.cpp: one lane by itself
void not_finite(Check& check);
void point_order(Check& check);
void zero_length(Check& check);
void negative_width(Check& check);
void lane_too_narrow(Check& check);
void curve_too_tight(Check& check);
void grade_too_steep(Check& check);
void speed_limit_implausible(Check& check);
// link_rules.cpp: a lane and what it is linked with
void link_asymmetric(Check& check);
void self_link(Check& check);
void gap(Check& check);
void kink(Check& check);
void wrong_direction(Check& check);
void elevation_step(Check& check);
void neighbour_asymmetric(Check& check);
// graph_rules.cpp: the driving graph
void unreachable_lane(Check& check);
void open_end(Check& check);
void dead_end_lane(Check& check);
// overlap.cpp
void overlap(Check& check);
// junction_rules.cpp
void junction_without_lanes(Check& check);
void conflict_asymmetric(Check& check);
void signal_without_lane(Check& check);
void crossing_without_crosswalk(Check& check);
void crosswalk_off_road(Check& check);
void signal_group_unused(Check& check);
void stop_line_off_lane(Check& check);
void program_conflict(Check& check);
void program_group_never_green(Check& check);

}  // namespace bitgoeul::maps::check
