// Signal control: the same Map with its programs actuated, or with fixed times. For maps of any source, whose files
// seldom say how their lights are controlled. Pure functions.
#pragma once

#include <memory>

#include "maps/map.h"

namespace bitgoeul::maps {

// A loop of an actuated program covers that much before its stop line; counted are the centres of boxes.
inline constexpr double kSignalLoopM = 12.0;

enum class SignalControl : std::uint8_t { kAsSource, kFixed, kActuated };

// kActuated: every program of two phases or more that is not already. Least green by the class of the roads and the
// movement (FHWA-HOP-08-024, table 5-3), greatest green 1.2 times the fixed one (HCM guide, case 1), passage time so
// that the greatest headway that holds a green is 3.0 s (FHWA-HOP-08-024, 5.4.3), recall to the phase of the largest
// road. A phase with people's own lights keeps its green as its least. Offsets have no meaning then: no green waves.
// kFixed: the greatest green of every phase is its green. kAsSource: the map itself.
std::shared_ptr<const Map> with_signal_control(std::shared_ptr<const Map> map, SignalControl control);

}  // namespace bitgoeul::maps
