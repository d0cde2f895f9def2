// Decide: what the built-in driver of a steering vehicle does about what it sees: a pure function of a DriverView, so
// that it gives the same bits in process and at the other end of the stack protocol. driver.h makes the view and does
// what is decided. Background vehicles use the parts. Thread rule: pure.
#pragma once

#include "sim/stack.h"
#include "vehicles/drivers/idm.h"

namespace bitgoeul::vehicles {

inline constexpr float kChangeDone = 0.75f;   // progress at which the body is in the new lane
inline constexpr double kChangeRoomM = 18.0;  // a lane change from standstill needs this much of the lane
inline constexpr double kShortestChangeM = 12.0, kLongestChangeM = 60.0;

// Speed along the way. SI.
struct SpeedDecision {
  double acceleration_mps2 = 0;
  sim::Binding binding = sim::Binding::kFree;
};
SpeedDecision decide_speed(const sim::DriverView::Road& road);

struct ChangeDecision {
  sim::LaneChange change = sim::LaneChange::kKeep;
  double length_m = 0;  // kStart
};
ChangeDecision decide_change(const sim::DriverView::Change& change, double speed_mps);

// Wanted front wheel angle, rad.
double decide_steering(const sim::DriverView::Path& path, double change_progress, double speed_mps);

sim::DriverDecision decide(const sim::DriverView& view);

}  // namespace bitgoeul::vehicles
