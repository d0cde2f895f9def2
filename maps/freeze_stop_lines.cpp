// freeze, stage 7: where vehicles wait before a junction: the draft's stop distance, else the file's stop line, else
// the place of the signal, else the lane's end.
#include <algorithm>
#include <cmath>

#include "maps/detail/signal_plan.h"
#include "maps/lane_curve.h"
#include "maps/lane_geometry.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kMaxSignalDistanceM = 30.0;

void add_stop_line(Map& map, Row row, double s) {
  Lane& lane = map.lanes[row];
  lane.stop_s = std::clamp(s, 0.0, lane.length);
  const LanePose pose = lane_pose(map, row, lane.stop_s);
  double sine, cosine;
  sim::sincos(pose.heading, sine, cosine);
  const double half = 0.5 * pose.width;
  StopLine line;
  line.lane = row;
  line.s = lane.stop_s;
  line.x0 = pose.x - sine * half, line.y0 = pose.y + cosine * half;
  line.x1 = pose.x + sine * half, line.y1 = pose.y - cosine * half;
  line.z = pose.z;
  map.stop_lines.push_back(line);
}

// Lane s of the signal when it stands on the lane's own road within the last stretch; -1 when it does not.
double signal_s(const Map& map, Row row, const Signal& signal) {
  const Lane& lane = map.lanes[row];
  if (signal.road != lane.road || signal.s < lane.s_begin || signal.s > lane.s_end) return -1.0;
  const double along = LaneCurve(map, row).length(lane.s_begin, signal.s);
  const double s = drives_with_s(lane) ? along : lane.length - along;
  return lane.length - s <= kMaxSignalDistanceM ? s : -1.0;
}

// Stop lines of the file: sign 294, the German one by which OpenDRIVE files name them whatever the country.
bool is_stop_line(const SignalDraft& signal) { return !signal.dynamic && signal.type == "294"; }

bool is_for(const SignalDraft& signal, const Lane& lane) {
  if (signal.orientation != 0 && signal.orientation != lane.direction) return false;
  return signal.validity.empty() || std::any_of(signal.validity.begin(), signal.validity.end(), [&](const Validity& v) {
           return lane.odr_id >= std::min(v.from_lane, v.to_lane) && lane.odr_id <= std::max(v.from_lane, v.to_lane);
         });
}

void take_stop_line(const Freezer& f, const SignalDraft& signal, std::vector<double>& at) {
  const Row road = f.road_of(signal.road);
  if (road == kNone || !std::isfinite(signal.s)) return;
  const Range sections = f.map.roads[road].sections;
  for (Row section = sections.begin; section < sections.end; ++section) {
    const LaneSection& place = f.map.sections[section];
    if (signal.s < place.s || (signal.s >= place.s_end && section + 1 < sections.end)) continue;
    for (Row row = place.lanes.begin; row < place.lanes.end; ++row) {
      const Lane& lane = f.map.lanes[row];
      if (!drivable(lane.type) || !is_for(signal, lane)) continue;
      const double along = LaneCurve(f.map, row).length(lane.s_begin, std::min(signal.s, lane.s_end));
      at[static_cast<std::size_t>(row)] = std::max(0.0, drives_with_s(lane) ? along : lane.length - along);
    }
  }
}

}  // namespace

void make_stop_lines(Freezer& f, const SignalPlan& plan) {
  Map& map = f.map;
  std::vector<double> at(map.lanes.size(), -1.0);  // lane s of the nearest signal before the junction
  for (const RuledSignal& signal : plan.signals)
    for (const Row lane : signal.lanes)
      for (const Row before : map.predecessors(lane)) {
        double& s = at[static_cast<std::size_t>(before)];
        const double here = signal_s(map, before, map.signals[signal.row]);
        if (here >= 0.0 && (s < 0.0 || here < s)) s = here;
      }
  for (const SignalDraft& signal : f.draft.signals)
    if (is_stop_line(signal)) take_stop_line(f, signal, at);
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    if (!drivable(map.lanes[lane].type)) continue;
    const double distance = f.lanes[lane].lane->stop_distance_m;
    if (distance >= 0.0 && std::isfinite(distance))
      add_stop_line(map, lane, map.lanes[lane].length - distance);
    else if (at[static_cast<std::size_t>(lane)] >= 0.0)
      add_stop_line(map, lane, at[static_cast<std::size_t>(lane)]);
  }
}

}  // namespace bitgoeul::maps::detail
