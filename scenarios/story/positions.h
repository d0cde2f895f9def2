// Positions of OpenSCENARIO 1.3 on a map: prepared once before the run (names become rows, what does not move is
// resolved; geographic ones go through PROJ here and never in a step), then located in a step on what the View says.
// Made for actions, conditions, routes and trajectories. Poses are of an entity's reference point, metres and radians
// in the map frame. Thread rule: prepare serial before the run, locate pure reads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scenarios/openscenario/model_positions.h"
#include "scenarios/story/lane_walk.h"
#include "scenarios/story/view.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::story {

// A pose, and where it lies on the roads. lane: of any type, also when the point lies beside it (t beyond its edge)
// because the position names it; kNone and road kNone: off the roads.
struct Place {
  double x = 0, y = 0, z = 0, yaw = 0, pitch = 0, roll = 0;
  Row road = kNone;
  double road_s = 0, road_t = 0;
  std::int32_t lane_id = 0;
  Row lane = kNone;
  double lane_s = 0, lane_t = 0;  // as in Map: s in driving direction, t left of the lane's centre line
};

// The lanes of a route from its first waypoint to its last, to be driven in order.
struct RoutePath {
  std::vector<Row> lanes;
  double start_s = 0, end_s = 0;  // on the first and the last lane
};

struct TrajectoryPlan;
struct Spot {
  enum class Anchor : std::uint8_t { kFixed, kWorld, kObject, kRoad, kLane, kRoute, kEntityOnRoute, kTrajectory };
  Anchor anchor = Anchor::kFixed;
  bool along_lane = false;      // kLane: `a` counts along the lane's centre line (dsLane)
  bool in_lane = false;         // kRoute: `b` is an offset in lane d_lane, else t of the road
  Row entity = kNone;           // the one it is relative to
  std::int32_t d_lane = 0;      // lanes to the left of growing s; kRoute: the lane's id
  double a = 0, b = 0, c = 0;   // dx, dy, dz | ds, dt | ds, offset | path s, t or offset | s, t of a trajectory
  Place fixed;                  // kFixed
  std::vector<Spot> waypoints;  // kRoute: those of a route that moves
  RoutePath route;              // kRoute: of one that does not
  bool shortest = false, closed = false;
  std::vector<TrajectoryPlan> trajectory;  // kTrajectory: one
  std::optional<openscenario::Orientation> orientation;
  openscenario::Source source;
};

// A trajectory before its vertices are placed (trajectory.h).
struct TrajectoryPlan {
  enum class Shape : std::uint8_t { kPolyline, kClothoid, kSpline, kNurbs };
  Shape shape = Shape::kPolyline;
  bool closed = false, timed = false;
  bool from_entity = false;  // the first vertex is where the entity is when it begins; not among `vertices`
  std::vector<Spot> vertices;
  std::vector<std::uint8_t> oriented;  // per vertex: the file gives its orientation
  std::vector<double> times, weights;  // per vertex; clothoids: per segment and the end
  std::uint32_t order = 0;             // NURBS
  std::vector<double> knots;
  std::vector<openscenario::ClothoidSplineSegment> segments;  // clothoids; of `start` only whether it is there counts
  openscenario::Source source;
};

struct PrepareContext {
  const maps::Map* map = nullptr;
  std::span<const std::string> names;  // of the scenario's entities, row by row
  std::span<const std::string> files;  // by Source::file; may be empty
};

// Fails, with line and column, on names of entities, roads and lanes that are not there, and on a geographic position
// where the map has no projection or the point lies outside it.
sim::Result<Spot> prepare(const openscenario::Position& position, const PrepareContext& context);
sim::Result<Row> entity_row(const PrepareContext& context, const std::string& name, openscenario::Source source);
sim::Issue issue_at(const PrepareContext& context, openscenario::Source source, std::string where, std::string what,
                    std::string remedy = {});

// Same place in every step, whatever the entities do.
inline bool is_fixed(const Spot& spot) { return spot.anchor == Spot::Anchor::kFixed; }

// Where it is now. Fails when the entity it is relative to is not there, is not on a road although the form needs one,
// or when there is no such lane beside it.
sim::Result<Place> locate(const Spot& spot, const View& view);

// The fastest (or shortest) way through the places, which lie on driving lanes.
sim::Result<RoutePath> route_through(const maps::Map& map, std::span<const Place> places, bool shortest, bool closed);

// Places from coordinates; the pose looks along the lane's driving direction, along growing s, or along `yaw`.
Place place_on_lane(const maps::Map& map, Row lane, double s, double t);
Place place_on_road(const maps::Map& map, Row road, double s, double t);
// Without z it stands on the road there, else on z = 0. Off the roads when no lane of any type lies within 0.5 m.
Place place_in_world(const maps::Map& map, double x, double y, std::optional<double> z, double yaw);
// Where an entity is: its pose, on the road that View says.
Place place_of(const Seen& seen);
// An absolute orientation replaces, a relative one adds to what the place has (OpenSCENARIO 1.3, Orientation).
void orient(Place& place, const std::optional<openscenario::Orientation>& orientation);
// The place as something to walk from; dir by the yaw against the lane's driving direction.
LaneSpot spot_on_lane(const maps::Map& map, const Place& place);

}  // namespace bitgoeul::scenarios::story
