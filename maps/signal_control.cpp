#include "maps/signal_control.h"

#include <algorithm>
#include <cmath>

#include "maps/compiled_map.h"

namespace bitgoeul::maps {
namespace {

constexpr double kLongestHeadwayS = 3.0, kShortestPassageS = 1.0;
constexpr double kMaxGreenShare = 1.2;

// What a phase lets drive.
struct Served {
  bool people = false, through = false, turns = false;
  RoadClass largest = RoadClass::kUnknown;  // of the roads it comes from; kUnknown: the least
  double fastest_mps = 0;
};

bool larger(RoadClass a, RoadClass b) {
  const auto rank = [](RoadClass c) { return c == RoadClass::kUnknown ? 1000 : static_cast<int>(c); };
  return rank(a) < rank(b);
}

Served served_by(const Map& map, Row junction, const SignalPhase& phase) {
  Served out;
  const auto groups = Map::rows(map.phase_groups, phase.groups);
  for (const Row group : groups) out.people |= map.signal_groups[group].pedestrian != 0;
  for (const Row row : map.lanes_of_junction(junction)) {
    const Lane& lane = map.lanes[row];
    if (std::find(groups.begin(), groups.end(), lane.signal_group) == groups.end()) continue;
    (lane.turn == Turn::kStraight ? out.through : out.turns) = true;
    for (const Row before : map.predecessors(row)) {
      const RoadClass road_class = map.roads[map.lanes[before].road].road_class;
      if (larger(road_class, out.largest)) out.largest = road_class;
      out.fastest_mps = std::max(out.fastest_mps, map.lanes[before].speed_limit_mps);
    }
  }
  return out;
}

// Table 5-3: through on a major arterial 7 to 15 s, on a minor arterial 4 to 10, on others 2 to 10; left turns 2 to 5.
std::int32_t least_green_ms(const Served& served) {
  if (!served.through) return 5000;
  if (!larger(RoadClass::kSecondary, served.largest) && served.largest != RoadClass::kUnknown)
    return served.largest == RoadClass::kSecondary ? 7000 : 10000;
  return 5000;
}

std::int32_t passage_ms(double fastest_mps) {
  const double over_loop_s = kSignalLoopM / std::max(fastest_mps, 1.0);
  return static_cast<std::int32_t>(std::lround(1000 * std::max(kLongestHeadwayS - over_loop_s, kShortestPassageS)));
}

void actuate(Map& map, SignalProgram& program) {
  double fastest_mps = 0;
  Row recall = kNone;
  RoadClass largest = RoadClass::kUnknown;
  for (Row p = program.phases.begin; p < program.phases.end; ++p) {
    SignalPhase& phase = map.signal_phases[p];
    const Served served = served_by(map, program.junction, phase);
    const std::int32_t fixed_ms = phase.green_ms;
    phase.min_green_ms = served.people ? fixed_ms : std::min(least_green_ms(served), fixed_ms);
    phase.green_ms = static_cast<std::int32_t>(std::lround(kMaxGreenShare * fixed_ms));
    phase.recall = 0;
    fastest_mps = std::max(fastest_mps, served.fastest_mps);
    if (recall == kNone || (served.through && larger(served.largest, largest))) {
      recall = p;
      largest = served.largest;
    }
  }
  map.signal_phases[recall].recall = 1;
  program.passage_ms = passage_ms(fastest_mps);
}

}  // namespace

std::shared_ptr<const Map> with_signal_control(std::shared_ptr<const Map> map, SignalControl control) {
  if (control == SignalControl::kAsSource) return map;
  auto changed = std::make_shared<Map>(*map);
  for (SignalProgram& program : changed->programs) {
    if (control == SignalControl::kFixed) program.passage_ms = 0;
    if (control == SignalControl::kActuated && program.passage_ms == 0 && program.phases.size() >= 2)
      actuate(*changed, program);
    program.cycle_ms = 0;
    for (const SignalPhase& phase : Map::rows(changed->signal_phases, program.phases))
      program.cycle_ms += phase.green_ms + phase.yellow_ms + phase.all_red_ms;
    if (program.cycle_ms > 0) program.offset_ms %= program.cycle_ms;
  }
  changed->hash = map_hash(*changed);
  return changed;
}

}  // namespace bitgoeul::maps
