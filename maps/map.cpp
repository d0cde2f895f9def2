#include "maps/map.h"

namespace bitgoeul::maps {

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
