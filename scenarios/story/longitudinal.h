// Longitudinal actions on actors: speed, speed profile, distance keeping, synchronise. Each gives the speed at the end
// of the step, and the way where it says more than the mean of two speeds. OpenSCENARIO 1.3, "Longitudinal actions".
// Used by Motion only. m, s, m/s. Thread rule: as Motion.
#pragma once

#include "scenarios/story/motion.h"

namespace bitgoeul::scenarios::story {

struct Longitudinal {
  using Move = Motion::Move;
  static sim::Result<void> start(Motion& m, Row action, Row row, const View& view);
  // Sets speed, acceleration and move.way.
  static void advance(Motion& m, const View& view, Move& move);

 private:
  static bool begin_speed(Motion& m, const openscenario::SpeedAction& speed, const Prepared& p, Row row,
                          const View& view);
  static void speed(Motion& m, const openscenario::SpeedAction& speed, const Prepared& p, const View& view, Move& move);
  static void profile(Motion& m, const openscenario::SpeedProfileAction& profile, const Prepared& p, const View& view,
                      Move& move);
  static void keep_distance(Motion& m, const openscenario::LongitudinalDistanceAction& keep, const Prepared& p,
                            const View& view, Move& move);
  static void synchronize(Motion& m, const openscenario::SynchronizeAction& sync, const Prepared& p, const View& view,
                          Move& move);
  static void take_to_lane(Motion& m, Row row);
  static bool press(Motion& m, Move& move);
  static double way_ahead(const Motion& m, const View& view, Row row, Row other, openscenario::CoordinateSystem in);
  static double way_to_place(const Motion& m, const View& view, Row row, const Place& place);
};

}  // namespace bitgoeul::scenarios::story
