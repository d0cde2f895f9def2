#include "maps/map.h"

namespace bitgoeul::maps {

sim::SignalState light_for(TurnWhen when, sim::SignalState now) {
  using sim::SignalState;
  if (when == TurnWhen::kAnyTime) return SignalState::kOff;
  if (when != TurnWhen::kRed) return now;
  if (now == SignalState::kRed) return SignalState::kGreen;
  return now == SignalState::kGreen || now == SignalState::kYellow ? SignalState::kRed : now;
}

bool drivable(LaneType type) {
  switch (type) {
    case LaneType::kDriving:
    case LaneType::kBus:
    case LaneType::kTaxi:
    case LaneType::kHov:
    case LaneType::kEntry:
    case LaneType::kExit:
    case LaneType::kOnRamp:
    case LaneType::kOffRamp:
    case LaneType::kConnectingRamp:
    case LaneType::kSlip:
    case LaneType::kBidirectional:
      return true;
    default:
      return false;
  }
}

std::string_view to_string(LaneType type) {
  static constexpr std::string_view kNames[] = {
      "none",      "driving",        "bus",      "taxi",          "HOV",    "entry",      "exit",   "onRamp",
      "offRamp",   "connectingRamp", "slipLane", "bidirectional", "stop",   "shoulder",   "border", "curb",
      "sidewalk",  "walking",        "biking",   "parking",       "median", "restricted", "tram",   "rail",
      "roadWorks", "special"};
  return kNames[static_cast<int>(type)];
}

}  // namespace bitgoeul::maps
