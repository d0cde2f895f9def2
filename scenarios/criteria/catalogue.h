// The catalogue of criteria: name, unit, sense and the limit that is usual (source beside each). Read by the command
// line, suites and scenario properties, which ask for a criterion by name and give its limit, and by observer.h, which
// measures it. Four gates are always judged for self-driving vehicles: collision, standstill, red_light,
// route_progress. Thread rule: constants.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::scenarios::criteria {

enum class Kind : std::uint8_t {
  kCollision,  // the gates, judged by gates.h
  kStandstill,
  kRedLight,
  kRouteProgress,
  kAtFault,  // the first that the observer measures
  kPreventable,
  kTtc,
  kPet,
  kHeadway,
  kDrac,
  kRss,
  kVruGap,
  kOffRoad,
  kLaneInvasion,
  kWrongWay,
  kSpeed,
  kSchoolZone,
  kStopLine,
  kRightOnRed,
  kCrosswalk,
  kAcceleration,
  kBraking,
  kLateral,
  kJerk,
  kYawRate,
  kRouteCompletion,
  kStuck,
  kBusLane,
};

struct Spec {
  Kind kind = Kind::kCollision;
  std::string_view name, unit;
  bool at_least = false;  // the value must not fall below the limit; else must not exceed it
  double usual = 0;       // limit
  std::string_view what;
};
std::span<const Spec> specs();  // in the order of Kind
const Spec& spec_of(Kind kind);

struct Asked {
  Kind kind = Kind::kCollision;
  double limit = 0;
};
// A name, and a limit as text; empty or `default`: the usual one. The Issue names what is wrong and the nearest name.
sim::Result<Asked> ask(const std::string& name, const std::string& limit);

// Property of an entity's Controller or Vehicle: `bitgoeul:criterion:NAME` = LIMIT, for that entity alone.
inline constexpr std::string_view kCriterionProperty = "bitgoeul:criterion:";

}  // namespace bitgoeul::scenarios::criteria
