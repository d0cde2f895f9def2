// Measures between two things that View shows: distances in every coordinate system and direction of OpenSCENARIO 1.3
// (6.4.8), free-space or between reference points, with the speed at which they shrink; relative lanes and angles. Read
// by entity_conditions.h. Metres, m/s, radians, seen from above. Where the norm leaves a measure undefined (a road is
// asked for beside all roads, no way leads there) the answer is nothing. Thread rule: pure reads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "scenarios/openscenario/model_conditions.h"
#include "scenarios/story/positions.h"
#include "scenarios/story/trajectory.h"
#include "scenarios/story/view.h"

namespace bitgoeul::scenarios::story {

// An entity, or a place (a point that stands still).
struct Thing {
  double x = 0, y = 0, z = 0, yaw = 0, vx = 0, vy = 0;
  double rear = 0, front = 0, half_width = 0;  // of the box, from the reference point along the body
  LaneSpot spot;                               // lane kNone: beside the roads
  Row road = kNone;
  double road_s = 0, road_t = 0;
};
Thing thing_of(const View& view, Row entity);
Thing thing_of(const View& view, const Place& place);

struct Distance {
  double value = 0;    // >= 0; 0 when the boxes overlap in that direction
  bool ahead = true;   // longitudinal: in front of the first; lateral: left of it
  double closing = 0;  // how fast `value` shrinks, > 0: they come nearer
};

// From `from` to `to`. `route`: of the first, for ways along the roads; `path`: the trajectory that the first follows,
// for the trajectory's coordinate system (null: undefined). Along the roads the way goes along the route, else straight
// on, else the shortest way that leads there; forwards or backwards, no farther than kFarM.
inline constexpr double kFarM = 2000.0;
std::optional<Distance> distance(const View& view, const Thing& from, const Thing& to,
                                 const openscenario::Measure& measure, std::span<const Row> route = {},
                                 const Path* path = nullptr);

// Between two boxes: the gap, and the direction in which it closes (unit, from the first to the second).
struct BoxGap {
  double gap = 0, nx = 1, ny = 0;
};
BoxGap box_gap(const Thing& a, const Thing& b);

// Whether the lanes at the ends of every range lie beside that of `self` (1.3: false where the area does not exist).
bool has_clearance_area(const View& view, const Thing& self, const openscenario::RelativeClearanceCondition& condition);
// Whether `other` stands on one of the lanes `from`..`to` (relative to the lane of `self`, positive: to the left of its
// driving direction; unset: no end) within the two distances from the reference point of `self`; with its box or only
// with its reference point.
bool in_clearance(const View& view, const Thing& self, const Thing& other, std::span<const Row> route,
                  const openscenario::RelativeClearanceCondition& condition);

// The angle of the entity against a coordinate system; nothing where there is no road (or trajectory). The s axis of
// roads and lanes grows with the road's s.
std::optional<double> angle(const View& view, Row entity, openscenario::AngleType type,
                            openscenario::CoordinateSystem system, const Path* path = nullptr);

bool holds(openscenario::Rule rule, double value, double limit);  // equal: within 1e-9 and 1e-9 of the limit

}  // namespace bitgoeul::scenarios::story
