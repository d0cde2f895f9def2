// freeze, stage 7: signals in the world, and which movements each dynamic one rules (OpenDRIVE 1.8, clause 14).
#include <algorithm>
#include <cmath>

#include "maps/detail/signal_plan.h"
#include "maps/road_position.h"

namespace bitgoeul::maps::detail {
namespace {

// The norm's own catalogue (country "OpenDRIVE"): lights for people on foot and on bicycles, which rule no lane.
bool for_pedestrians(const SignalDraft& signal) {
  return signal.type == "1000002" || signal.type == "1000007" || signal.type == "1000013";
}

bool in_validity(const std::vector<Validity>& validity, std::int32_t lane) {
  return validity.empty() || std::any_of(validity.begin(), validity.end(), [lane](const Validity& v) {
           return lane >= std::min(v.from_lane, v.to_lane) && lane <= std::max(v.from_lane, v.to_lane);
         });
}

bool placed_soundly(const SignalDraft& d) {
  return std::isfinite(d.s) && std::isfinite(d.t) && std::isfinite(d.z_offset) && std::isfinite(d.h_offset) &&
         std::isfinite(d.value) && std::isfinite(d.height) && std::isfinite(d.width);
}

// Where the thing stands and which way its face looks.
WorldPose physical_pose(Freezer& f, const SignalDraft& draft, Row road) {
  const SignalPlace& place = draft.place;
  const Row other = place.kind == SignalPlace::Kind::kRoad ? f.road_of(place.road) : kNone;
  if (place.kind == SignalPlace::Kind::kInertial)
    return {place.x, place.y, place.z, place.heading + sim::kPi, 0.0, 0.0};
  if (other != kNone) {
    WorldPose pose = to_world(f.map, RoadPosition{other, place.s, place.t, place.z});
    pose.heading += place.heading + sim::kPi;
    return pose;
  }
  if (place.kind == SignalPlace::Kind::kRoad)
    f.report(sim::Severity::kWarning, draft.line, "<signal id=\"" + draft.id + "\">",
             "stands beside road \"" + place.road + "\", which is not in the file; it is drawn where it is valid");
  WorldPose pose = to_world(f.map, RoadPosition{road, draft.s, draft.t, draft.z_offset});
  pose.heading = pose.heading + (draft.orientation >= 0 ? sim::kPi : 0.0) + draft.h_offset;
  return pose;
}

Row place_signal(Freezer& f, const SignalDraft& draft) {
  const Row road = f.road_of(draft.road);
  if (road == kNone || !placed_soundly(draft)) {
    f.report(sim::Severity::kWarning, draft.line, "<signal id=\"" + draft.id + "\">",
             road == kNone ? "stands on road \"" + draft.road + "\", which is not in the file; left out"
                           : "has a value that is not a finite number; left out");
    return kNone;
  }
  const WorldPose pose = physical_pose(f, draft, road);
  Signal signal;
  signal.id = f.text(draft.id);
  signal.type = f.text(draft.type);
  signal.subtype = f.text(draft.subtype);
  signal.country = f.text(draft.country);
  signal.name = f.text(draft.name);
  signal.road = road;
  signal.s = draft.s, signal.t = draft.t, signal.z_offset = draft.z_offset, signal.value = draft.value;
  signal.x = pose.x, signal.y = pose.y, signal.z = pose.z;
  signal.heading = sim::wrap_angle(pose.heading);
  signal.height = draft.height, signal.width = draft.width;
  signal.orientation = draft.orientation;
  signal.dynamic = draft.dynamic ? 1 : 0;
  f.keep(OwnerKind::kSignal, static_cast<Row>(f.map.signals.size()), draft.extras);
  f.map.signals.push_back(signal);
  return static_cast<Row>(f.map.signals.size()) - 1;
}

// Connecting lanes are ruled where they are entered, not again at a lane section inside the junction.
bool is_entry(const Map& map, Row lane) {
  for (const Row before : map.predecessors(lane))
    if (map.lanes[before].junction != kNone) return false;
  return map.lanes[lane].junction != kNone;
}

// Where a signal or a reference to it stands.
struct Place {
  Row road = kNone;
  std::int8_t orientation = 0;
  const std::vector<Validity>* validity = nullptr;
};

void rule(RuledSignal& signal, const Map& map, Row lane) {
  signal.lanes.push_back(lane);
  if (signal.approach == kNone && !map.predecessors(lane).empty())
    signal.approach = map.lanes[map.predecessors(lane)[0]].road;
  if (signal.junction == kNone) signal.junction = map.lanes[lane].junction;
}

// Entries of the connecting road itself: by name, or because the signal stands on it. A connecting road's validity
// names the movement, whatever the orientation says: CARLA's towns write the orientation of the pole there.
void rule_road(RuledSignal& signal, const Map& map, Row road, const Place* place) {
  const Range sections = map.roads[road].sections;
  for (Row section = sections.begin; section < sections.end; ++section)
    for (Row lane = map.sections[section].lanes.begin; lane < map.sections[section].lanes.end; ++lane) {
      const bool wanted =
          place == nullptr ||
          ((!place->validity->empty() || place->orientation == 0 || place->orientation == map.lanes[lane].direction) &&
           in_validity(*place->validity, map.lanes[lane].odr_id));
      if (wanted && is_entry(map, lane)) rule(signal, map, lane);
    }
}

// Movements that start at the end of the road towards which the signal is valid.
void rule_road_end(RuledSignal& signal, const Map& map, const Place& place, bool at_end) {
  const Range sections = map.roads[place.road].sections;
  if (sections.empty()) return;
  const Range lanes = map.sections[at_end ? sections.end - 1 : sections.begin].lanes;
  for (Row lane = lanes.begin; lane < lanes.end; ++lane) {
    if (drives_with_s(map.lanes[lane]) != at_end || !in_validity(*place.validity, map.lanes[lane].odr_id)) continue;
    for (const Row next : map.successors(lane))
      if (map.lanes[next].junction != kNone) rule(signal, map, next);
  }
}

void rule_from(RuledSignal& signal, const Map& map, const Place& place) {
  if (map.roads[place.road].junction != kNone) return rule_road(signal, map, place.road, &place);
  if (place.orientation >= 0) rule_road_end(signal, map, place, true);
  if (place.orientation <= 0) rule_road_end(signal, map, place, false);
}

void rule_named_roads(Freezer& f, RuledSignal& signal) {
  for (const std::string& id : signal.draft->connecting_roads) {
    const Row road = f.road_of(id);
    if (road != kNone)
      rule_road(signal, f.map, road, nullptr);
    else
      f.report(sim::Severity::kWarning, signal.draft->line, "<signal id=\"" + signal.draft->id + "\">",
               "rules connecting road \"" + id + "\", which is not in the file");
  }
}

void apply_references(Freezer& f, SignalPlan& plan) {
  for (const SignalReferenceDraft& reference : f.draft.signal_references) {
    const Row road = f.road_of(reference.road);
    const auto signal = plan.by_id.find(reference.signal_id);
    const bool known =
        signal != plan.by_id.end() || std::any_of(f.draft.signals.begin(), f.draft.signals.end(),
                                                  [&](const SignalDraft& s) { return s.id == reference.signal_id; });
    if (road == kNone || !known)
      f.report(sim::Severity::kWarning, reference.line, "<signalReference id=\"" + reference.signal_id + "\">",
               road == kNone ? "stands on road \"" + reference.road + "\", which is not in the file"
                             : "names no signal of the file");
    else if (signal != plan.by_id.end() && !for_pedestrians(*plan.signals[signal->second].draft))
      rule_from(plan.signals[signal->second], f.map, {road, reference.orientation, &reference.validity});
  }
}

}  // namespace

SignalPlan plan_signals(Freezer& f) {
  SignalPlan plan;
  for (const SignalDraft& draft : f.draft.signals) {
    RuledSignal signal;
    signal.draft = &draft;
    signal.row = place_signal(f, draft);
    if (signal.row == kNone || !draft.dynamic) continue;
    if (!draft.connecting_roads.empty())
      rule_named_roads(f, signal);
    else if (!for_pedestrians(draft))
      rule_from(signal, f.map, {f.map.signals[signal.row].road, draft.orientation, &draft.validity});
    if (!plan.by_id.try_emplace(draft.id, plan.signals.size()).second)
      f.report(sim::Severity::kWarning, draft.line, "<signal id=\"" + draft.id + "\">",
               "a second signal with this id; programs and controllers reach only the first");
    plan.signals.push_back(std::move(signal));
  }
  apply_references(f, plan);
  for (RuledSignal& signal : plan.signals) {
    std::sort(signal.lanes.begin(), signal.lanes.end());
    signal.lanes.erase(std::unique(signal.lanes.begin(), signal.lanes.end()), signal.lanes.end());
  }
  return plan;
}

void freeze_signals(Freezer& f) {
  SignalPlan plan = plan_signals(f);
  name_programs(f, plan);
  make_groups(f, plan);
  make_programs(f, plan);
  settle_plates(f);
  make_stop_lines(f, plan);
}

}  // namespace bitgoeul::maps::detail
