// Trajectories of OpenSCENARIO 1.3 as curves by arc length: polyline, clothoid, clothoid spline, NURBS, with the times
// that the file gives. prepare_trajectory() runs before the run; shape_of() places the vertices (some move with an
// entity) and gives the Path that an actor follows. Metres, seconds, radians, map frame. Lines and clothoids in closed
// form (1e-9 m), NURBS by chords of at most 0.1 m. Thread rule: pure reads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "maps/map.h"
#include "scenarios/openscenario/model_positions.h"
#include "scenarios/story/positions.h"
#include "scenarios/story/view.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::story {

struct PathPose {
  double x = 0, y = 0, z = 0, yaw = 0, pitch = 0, curvature = 0;
};

struct Path {
  struct Node {
    double s = 0, x = 0, y = 0, z = 0;
    double heading = 0;      // of the way on from here
    double yaw_offset = 0;   // what the file's orientation adds to the heading; linear between nodes
    double end_offset = 0;   // the same at the end of the piece
    double time_s = 0;       // where timed
    maps::Geometry curve{};  // clothoids: the piece that begins here
  };
  std::vector<Node> nodes;  // at least one; the last ends the curve
  bool curved = false;      // pieces are clothoids
  bool timed = false, closed = false;
  bool oriented = false;  // the file says how who follows it is turned
  double length() const { return nodes.empty() ? 0.0 : nodes.back().s; }
  double start_time_s() const { return nodes.front().time_s; }
  double end_time_s() const { return nodes.back().time_s; }
  // Clamped to the curve; a closed one starts over.
  PathPose at(double s) const;
  // Between two times of the file the speed is constant. Clamped.
  double s_at(double time_s) const;
  double speed_at(double time_s) const;  // 0 before the start and after the end
  // Arc length of the point of the curve that is nearest.
  double nearest(double x, double y) const;
};

bool is_fixed(const TrajectoryPlan& plan);

// Fails where a vertex cannot be placed, times do not grow, or a NURBS' knots do not fit its order and points.
sim::Result<TrajectoryPlan> prepare_trajectory(const openscenario::Trajectory& trajectory,
                                               const PrepareContext& context);
// Where the vertices are now.
sim::Result<void> place_vertices(const TrajectoryPlan& plan, const View& view, std::vector<PathPose>& out);
// The curve through placed vertices: a pure function, so that a restored run finds it again.
Path shape(const TrajectoryPlan& plan, std::span<const PathPose> vertices);
sim::Result<Path> shape_of(const TrajectoryPlan& plan, const View& view);

}  // namespace bitgoeul::scenarios::story
