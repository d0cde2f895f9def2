// freeze, stage 7: where vehicles wait before a junction: the draft's stop distance, else the file's stop line, else
// the place of the signal, else the lane's end. Lines lie across the road, so that those of one approach are one line.
#include <algorithm>
#include <cmath>

#include "maps/detail/signal_plan.h"
#include "maps/lane_curve.h"
#include "maps/road_position.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kMaxSignalDistanceM = 30.0;
constexpr double kMostSlant = 2.0;

// Before the lane's end, in metres of the road; < 0: nowhere.
struct Stop {
  double before_end = -1, slant = 0;
};

double before_end(const Lane& lane, double road_s) {
  return drives_with_s(lane) ? lane.s_end - road_s : road_s - lane.s_begin;
}

void add_stop_line(Map& map, Row row, const Stop& stop) {
  Lane& lane = map.lanes[row];
  const LaneCurve curve(map, row);
  const double wanted = drives_with_s(lane) ? lane.s_end - stop.before_end : lane.s_begin + stop.before_end;
  const double road_s = std::clamp(wanted, lane.s_begin, lane.s_end), along = curve.length(lane.s_begin, road_s);
  lane.stop_s = std::clamp(drives_with_s(lane) ? along : lane.length - along, 0.0, lane.length);
  const LaneCurvePoint middle = curve.at(road_s);
  double sine, cosine;
  sim::sincos(to_world(map, RoadPosition{lane.road, road_s, 0, 0}).heading, sine, cosine);
  const double left = (drives_with_s(lane) ? 0.5 : -0.5) * middle.width,
               slant = std::clamp(stop.slant, -kMostSlant, kMostSlant);
  const double dx = left * (-sine + slant * cosine), dy = left * (cosine + slant * sine);
  StopLine line;
  line.lane = row;
  line.s = lane.stop_s;
  line.x0 = middle.x + dx, line.y0 = middle.y + dy;
  line.x1 = middle.x - dx, line.y1 = middle.y - dy;
  line.z = middle.z;
  map.stop_lines.push_back(line);
}

// The signal stands on the lane's own road within the last stretch.
double before_end_at(const Map& map, Row row, const Signal& signal) {
  const Lane& lane = map.lanes[row];
  if (signal.road != lane.road || signal.s < lane.s_begin || signal.s > lane.s_end) return -1.0;
  const double distance = before_end(lane, signal.s);
  return distance <= kMaxSignalDistanceM ? distance : -1.0;
}

// Stop lines of the file: sign 294, the German one by which OpenDRIVE files name them whatever the country.
bool is_stop_line(const SignalDraft& signal) { return !signal.dynamic && signal.type == "294"; }

bool is_for(const SignalDraft& signal, const Lane& lane) {
  if (signal.orientation != 0 && signal.orientation != lane.direction) return false;
  return signal.validity.empty() || std::any_of(signal.validity.begin(), signal.validity.end(), [&](const Validity& v) {
           return lane.odr_id >= std::min(v.from_lane, v.to_lane) && lane.odr_id <= std::max(v.from_lane, v.to_lane);
         });
}

// Its heading offset turns the line.
void take_stop_line(const Freezer& f, const SignalDraft& signal, std::vector<Stop>& at) {
  const Row road = f.road_of(signal.road);
  if (road == kNone || !std::isfinite(signal.s)) return;
  const Range sections = f.map.roads[road].sections;
  for (Row section = sections.begin; section < sections.end; ++section) {
    const LaneSection& place = f.map.sections[section];
    if (signal.s < place.s || (signal.s >= place.s_end && section + 1 < sections.end)) continue;
    for (Row row = place.lanes.begin; row < place.lanes.end; ++row) {
      const Lane& lane = f.map.lanes[row];
      if (!drivable(lane.type) || !is_for(signal, lane)) continue;
      const double slant = -sim::tan(signal.h_offset);
      at[static_cast<std::size_t>(row)] = {std::max(0.0, before_end(lane, std::min(signal.s, lane.s_end))),
                                           std::abs(slant) < kMostSlant ? slant : 0.0};
    }
  }
}

}  // namespace

void make_stop_lines(Freezer& f, const SignalPlan& plan) {
  Map& map = f.map;
  std::vector<Stop> at(map.lanes.size());
  for (const RuledSignal& signal : plan.signals)
    for (const Row lane : signal.lanes)
      for (const Row before : map.predecessors(lane)) {
        double& first = at[static_cast<std::size_t>(before)].before_end;
        first = std::max(first, before_end_at(map, before, map.signals[signal.row]));
      }
  for (const SignalDraft& signal : f.draft.signals)
    if (is_stop_line(signal)) take_stop_line(f, signal, at);
  for (Row lane = 0; lane < static_cast<Row>(map.lanes.size()); ++lane) {
    if (!drivable(map.lanes[lane].type)) continue;
    const LaneDraft& draft = *f.lanes[lane].lane;
    const bool given = draft.stop_distance_m >= 0.0 && std::isfinite(draft.stop_distance_m);
    const Stop stop = given ? Stop{draft.stop_distance_m, draft.stop_slant} : at[static_cast<std::size_t>(lane)];
    if (stop.before_end >= 0.0) add_stop_line(map, lane, stop);
  }
}

}  // namespace bitgoeul::maps::detail
