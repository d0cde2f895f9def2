// Routing actions on actors: assign route, acquire position, random route, follow trajectory; and teleport. A route is
// a list of lanes, found again after a restore from the places that it leads through; a path is found again from where
// its vertices stood. OpenSCENARIO 1.3, "Routing actions". Used by Motion only. Thread rule: as Motion.
#pragma once

#include "scenarios/story/motion.h"

namespace bitgoeul::scenarios::story {

struct Routing {
  using Move = Motion::Move;
  static sim::Result<void> start(Motion& m, Row action, Row row, const View& view);
  static void stop_path(Motion& m, Row row);
  // Of rows on a path: sets pose and speeds, for timed ones the speed too. Says whether the path is timed.
  static bool timed(const Motion& m, Row row);
  static void advance_timed(Motion& m, const View& view, Move& move);
  static void advance_path(Motion& m, const Move& move);
  // Ends an acquire action whose place is reached.
  static void look_for_end(Motion& m, Row row);
  static void derive(Motion& m, Row row);
  // The lane to go to at the end of this one by the dice; kNone: no dice are thrown.
  static Row draw(Motion& m, Row row);

 private:
  static sim::Result<void> teleport(Motion& m, const Prepared& p, Row row, const View& view);
  static sim::Result<void> assign(Motion& m, const Prepared& p, Row row, const View& view);
  static sim::Result<void> acquire(Motion& m, Row action, Row row, const View& view);
  static sim::Result<void> follow(Motion& m, Row action, Row row, const View& view);
  static sim::Result<void> take_stops(Motion& m, Row row, std::span<const Place> places, bool shortest, bool closed);
  static void save_vertices(Motion& m, Row row, std::span<const PathPose> vertices);
  static double file_time(const Motion& m, Row row, const View& view, double now_s);
  static void end_path(Motion& m, Row row, double left);
};

}  // namespace bitgoeul::scenarios::story
