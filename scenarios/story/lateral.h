// Lateral actions on actors that are on a lane: lane change, lane offset, lateral distance, and the lane changes that a
// route asks for. Each gives the t on the lane at the end of the step. OpenSCENARIO 1.3, "Lateral actions": offsets
// count in the road's t direction. Used by Motion only. m, s. Thread rule: as Motion.
#pragma once

#include "scenarios/story/motion.h"

namespace bitgoeul::scenarios::story {

struct Lateral {
  using Move = Motion::Move;
  static sim::Result<void> start(Motion& m, Row action, Row row, const View& view);
  // Whether start() could do it from where the entity is seen now, on a path too: what would fail ends no trajectory.
  static sim::Result<void> possible(const Motion& m, Row action, Row row, const View& view);
  // The lane that a LaneChangeAction means now.
  static sim::Result<Row> target(const Motion& m, Row action, Row row, const View& view);
  // What of the step's way leads along the lane: the speed is that of the body, which looks where it goes.
  static double way_along(const Motion& m, const Move& move);
  // After that has been driven: sets t and left_speed.
  static void advance(Motion& m, const View& view, const Move& move, double along);
  // The way goes on from a lane beside this one: begins to change over.
  static void follow_route(Motion& m, Row row, const View& view);

  static constexpr Row kRouteChange = -2;  // in lat_action: a change that no action asked for

 private:
  static sim::Result<void> begin_lane_change(Motion& m, const Prepared& p, Row row, const View& view);
  static sim::Result<void> begin_offset(Motion& m, const Prepared& p, Row row, const View& view);
  static sim::Result<void> begin_distance(Motion& m, const Prepared& p, Row row, const View& view);
  static void keep_distance(Motion& m, const Prepared& p, const View& view, const Move& move);
  static double left_of(const Motion& m, const View& view, Row row, Row other, openscenario::CoordinateSystem in);
};

}  // namespace bitgoeul::scenarios::story
