// map_check: named rules over a frozen Map (gaps, kinks, overlaps, unreachable lanes, signals without lane, NaN, ...).
// Each finding is an Issue whose `rule` is the rule's name and whose `where` names road, lane and s. check_map_file
// adds what the import reported and, for OpenDRIVE, the rules of the norm over the file. Read by `map check` and tests.
#pragma once

#include "maps/map.h"
#include "sim/result.h"

namespace bitgoeul::maps {

struct CheckOptions {
  double max_gap_m = 0.01;
  double max_kink_rad = 5.0 * sim::kPi / 180.0;
  double max_step_m = 0.05;    // of height, along successors
  double max_overlap_m = 0.3;  // of lane areas of different roads outside junctions
  double min_width_m = 2.0;    // of a lane's widest place
  double min_radius_m = 4.0;
  double max_grade = 0.2;
  double min_speed_mps = 5 / 3.6, max_speed_mps = 140 / 3.6;
};

// The table of rules in the order in which they run: name, what it looks for, usual severity.
struct CheckRule {
  std::string_view name;
  std::string_view summary;
  sim::Severity severity;
  std::string_view norm = {};  // id of the same rule in ASAM OpenDRIVE, where it has one
};
std::span<const CheckRule> check_rules();

// Lines of the source file at which the rows of a map stand; an empty column or 0: unknown.
struct SourceLines {
  std::vector<int> roads, lanes, junctions, signals;
  std::vector<std::uint8_t> without_lanes;  // per junction, 1: direct or virtual, so that it needs no connecting lane
};

// Findings in the order of the rules, rows ascending. When references lead out of the tables only those are reported,
// because no other rule could be trusted.
sim::Issues check_map(const Map& map, const CheckOptions& options = {}, const SourceLines& lines = {});

// Every rule of check_map_file: import, file, map.
std::vector<CheckRule> all_check_rules();

struct MapReport {
  std::shared_ptr<const Map> map;  // nothing: it could not be loaded, the reason is an issue
  sim::Issues issues;              // file rules, what the import reported, map rules
};
// A map by name or path, as load_map takes it.
MapReport check_map_file(const std::string& name_or_path, const CheckOptions& options = {});

}  // namespace bitgoeul::maps
