#include "maps/map_check.h"

#include <cmath>

#include "maps/check/rules.h"

namespace bitgoeul::maps {

namespace {

using sim::Severity;

struct Rule {
  CheckRule about;
  void (*run)(check::Check&);
};

// References come first: the others follow them blindly.
constexpr std::size_t kReferenceRules = 2;
constexpr Rule kRules[] = {
    {{"bad_reference", "a row number or range that leads out of its table", Severity::kError}, check::bad_reference},
    {{"dangling_link", "a successor or predecessor that is no lane", Severity::kError}, check::dangling_link},
    {{"duplicate_id", "two roads, junctions, signals or lanes of a section with one id", Severity::kError},
     check::duplicate_id},
    {{"bad_text", "text that is not UTF-8", Severity::kWarning}, check::bad_text},
    {{"not_finite", "NaN or infinity", Severity::kError}, check::not_finite},
    {{"point_order", "centre-line points whose s does not grow from 0 to the length", Severity::kError},
     check::point_order},
    {{"zero_length", "a lane shorter than 1 mm", Severity::kError}, check::zero_length},
    {{"negative_width", "a lane whose width falls below zero", Severity::kError,
      "asam.net:xodr:1.4.0:road.lane.width.lane_width_validity"},
     check::negative_width},
    {{"lane_too_narrow", "a drivable lane nowhere wide enough for a car", Severity::kWarning}, check::lane_too_narrow},
    {{"curve_too_tight", "a centre line no car can follow", Severity::kWarning}, check::curve_too_tight},
    {{"grade_too_steep", "a slope that no street has", Severity::kWarning}, check::grade_too_steep},
    {{"speed_limit_implausible", "a limit of zero, of walking pace or beyond every motorway", Severity::kWarning},
     check::speed_limit_implausible},
    {{"link_asymmetric", "a successor that does not name the lane as predecessor, or the reverse", Severity::kError},
     check::link_asymmetric},
    {{"self_link", "a lane that follows itself without closing a loop", Severity::kError}, check::self_link},
    {{"gap", "a lane that ends away from where its successor begins", Severity::kError,
      "asam.net:xodr:1.7.0:lane_smoothness.contact_point_no_horizontal_gaps"},
     check::gap},
    {{"kink", "a bend between a lane and its successor", Severity::kError,
      "asam.net:xodr:1.9.0:junctions.connection.smooth_fit"},
     check::kink},
    {{"wrong_direction", "a link or a point against the driving direction", Severity::kError}, check::wrong_direction},
    {{"elevation_step", "a step in height between a lane and its successor", Severity::kError}, check::elevation_step},
    {{"neighbour_asymmetric", "a neighbour that does not name the lane as its neighbour", Severity::kError},
     check::neighbour_asymmetric},
    {{"unreachable_lane", "a drivable lane that no way leads to, or none out of", Severity::kError},
     check::unreachable_lane},
    {{"open_end", "lanes that vehicles cannot come back from", Severity::kWarning}, check::open_end},
    {{"dead_end_lane", "a lane that ends where its neighbours go on", Severity::kWarning}, check::dead_end_lane},
    {{"overlap", "lanes of different roads on top of each other outside junctions", Severity::kError,
      "asam.net:xodr:1.4.0:road.no_overlap_outside_junction"},
     check::overlap},
    {{"junction_without_lanes", "a junction that nothing leads through", Severity::kWarning},
     check::junction_without_lanes},
    {{"conflict_asymmetric", "a conflict that the other lane does not mirror", Severity::kError},
     check::conflict_asymmetric},
    {{"signal_without_lane", "a signal that rules no movement", Severity::kWarning}, check::signal_without_lane},
    {{"crossing_without_crosswalk", "a junction with signals for pedestrians and no crosswalk", Severity::kWarning},
     check::crossing_without_crosswalk},
    {{"crosswalk_off_road", "a crosswalk away from every lane", Severity::kWarning}, check::crosswalk_off_road},
    {{"signal_group_unused", "a signal group that no lane obeys", Severity::kWarning}, check::signal_group_unused},
    {{"stop_line_off_lane", "a stop line away from its lane", Severity::kError}, check::stop_line_off_lane},
    {{"program_conflict", "crossing movements that are green together and neither yields", Severity::kError},
     check::program_conflict},
    {{"program_group_never_green", "a group that its program never serves", Severity::kError},
     check::program_group_never_green},
};

constexpr auto kAbout = [] {
  std::array<CheckRule, std::size(kRules)> about{};
  for (std::size_t i = 0; i < about.size(); ++i) about[i] = kRules[i].about;
  return about;
}();

// Numbers and enough points, so that geometry may be computed.
std::vector<std::uint8_t> sound_lanes(const Map& map) {
  std::vector<std::uint8_t> sound(map.lanes.size(), 1);
  for (std::size_t row = 0; row < map.lanes.size(); ++row) {
    double sum = map.lanes[row].length + map.lanes[row].stop_s;
    const auto points = map.lane_points(static_cast<Row>(row));
    for (const LanePoint& p : points) sum += p.s + p.x + p.y + p.z + p.heading + p.curvature + p.width;
    sound[row] = points.size() >= 2 && std::isfinite(sum);
  }
  return sound;
}

}  // namespace

std::span<const CheckRule> check_rules() { return kAbout; }

sim::Issues check_map(const Map& map, const CheckOptions& options, const SourceLines& lines) {
  sim::Issues issues;
  check::Check run{map, options, issues, lines, {}, {}, Severity::kError};
  for (std::size_t i = 0; i < std::size(kRules); ++i) {
    if (i == kReferenceRules) {
      if (!issues.empty()) return issues;
      run.sound = sound_lanes(map);
    }
    run.rule = kRules[i].about.name;
    run.severity = kRules[i].about.severity;
    kRules[i].run(run);
  }
  return issues;
}

}  // namespace bitgoeul::maps
