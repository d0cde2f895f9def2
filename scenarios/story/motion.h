// Motion: private actions on actors, without knowledge of the storyboard. prepare() reads an action before the run;
// start(), stop() and running() are for whoever owns the storyboard; advance() moves every actor by one step. What runs
// lies in the tables, so a run can be saved between any two steps; derive() finds again what follows from them.
// An action that takes over a domain replaces what ran in it. Steps and times are those of the View.
// Thread rule: one caller, serially; actors() may be read anywhere between two calls.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "maps/map.h"
#include "scenarios/openscenario/model_actions.h"
#include "scenarios/story/actors.h"
#include "scenarios/story/positions.h"
#include "scenarios/story/road_trace.h"
#include "scenarios/story/trajectory.h"
#include "scenarios/story/transition.h"
#include "scenarios/story/view.h"
#include "sim/result.h"
#include "sim/table.h"

namespace bitgoeul::scenarios::story {

// The norm's movement domains (1.3, "Conflicting actions") and what else actions may fight over. An action is
// overwritten by one of the same entity that shares a bit.
enum Domain : std::uint8_t {
  kNoDomain = 0,
  kLongitudinal = 1,
  kLateral = 2,
  kLighting = 4,
  kAnimation = 8,
  kRouting = 16
};

// An action as it was read, with the names in it resolved.
struct Prepared {
  openscenario::PrivateAction action;
  Row entity = kNone;          // whom it refers to
  Spot target, master_target;  // teleport, acquire; synchronise
  std::vector<Spot> waypoints;
  bool shortest = false, closed = false;
  TrajectoryPlan plan;
  bool fixed_path = false;
  Path path;  // where fixed_path
};

// What the file says of a vehicle beyond its box. Hitch and coupler: metres ahead of its reference point (a hitch lies
// behind it: < 0). A speed action that asks for more than the vehicle can do takes as long as it needs.
struct Body {
  std::optional<double> hitch_m, coupler_m;
  double max_speed_mps = 1e300, max_acceleration_mps2 = 1e300, max_deceleration_mps2 = 1e300;
};

class Motion {
 public:
  Motion(const maps::Map& map, std::size_t entities, std::uint64_t seed = 1);

  // Before the run. Fails where the file names what is not there. The row is what start() takes.
  sim::Result<Row> prepare(const openscenario::PrivateAction& action, const PrepareContext& context);
  std::uint8_t domains(Row action) const;
  void set_body(Row entity, const Body& body) { bodies_[entity] = body; }
  // Its tables become part of the state.
  void bind(sim::TableSet& state);
  // After a restore.
  void derive();

  // Who is not in the world yet may be given a speed, a place or a trajectory to begin on; the Init actions of a story
  // are best started places first. Begins at the View's time: a step shape and a teleport take effect at once. Fails,
  // changing nothing, where the action makes no sense now: no such lane, nobody there to keep a distance to.
  sim::Result<void> start(Row action, Row entity, const View& view);
  bool running(Row action, Row entity) const;
  void stop(Row action, Row entity);

  // Entities that a driver moves are told wishes (driven.h). bind_wishes(): where there is anything to tell.
  void set_driver(Row entity) { wishes_.assigned[entity] = wishes_.active[entity] = wishes_.driven[entity] = 1; }
  void bind_wishes(sim::TableSet& state) { state.add("wishes", wishes_); }
  bool driven(Row entity) const { return wishes_.driven[entity] != 0; }
  const Wishes& wishes() const { return wishes_; }
  // As the world shows a driven entity at the beginning of a step.
  void see(Row entity, const Seen& seen);
  // Its controllers have changed; true: it is driven now and was not, or the other way round.
  sim::Result<bool> charge(Row entity, std::optional<bool> assigned, std::optional<bool> active, const View& view);
  double route_end_s(Row entity) const { return route_end_s_[entity]; }
  // Driven entities that were told a route, or to draw their turns, since the last clear.
  std::vector<Row>& routed() { return routed_; }

  // Hangs a trailer on (ConnectTrailerAction; Init: Trailer of the vehicle).
  sim::Result<void> connect(Row vehicle, Row trailer, const View& view);
  // Into the world and out of it.
  void place(Row entity, const Place& place);
  void remove(Row entity);
  bool present(Row entity) const { return actors_.frame[entity] != Frame::kAbsent; }
  // One step on. The View is of its beginning.
  void advance(const View& view);

  const Actors& actors() const { return actors_; }
  std::span<const Row> route(Row entity) const { return routes_[entity]; }
  const Prepared& prepared(Row action) const { return actions_[action]; }
  std::size_t actions() const { return actions_.size(); }
  // Pose, speeds and the place on the road as the View wants them; nothing else of it.
  void show(Row entity, Seen& seen);

  struct Move {  // of one actor in one step
    Row row = kNone;
    double dt = 0, speed = 0, way = 0;  // before; metres along its way in this step
  };

 private:
  friend struct Longitudinal;
  friend struct Lateral;
  friend struct Routing;
  friend struct States;
  friend struct Driven;
  friend struct Towing;

  void count_trailers();
  void move_on_lane(Row row, double way, double dt);
  void move_on_path(Row row, double way, double dt);
  void move_free(Row row, double way);
  void pose_on_lane(Row row);
  void settle(Row row, const Place& place);  // the frame that a pose gives
  const Path& path_of(Row row) const;
  LaneSpot spot(Row row) const;
  void set_spot(Row row, const LaneSpot& spot);
  double elapsed(std::int64_t since, const View& view) const {
    return static_cast<double>(view.step + 1 - since) * view.dt_s();
  }
  void mark(Row row) { acted_.row(static_cast<std::size_t>(row)); }

  const maps::Map* map_;
  std::uint64_t seed_;
  Actors actors_;
  Vertices vertices_;
  Stops stops_;
  Wishes wishes_;
  std::vector<Row> routed_;
  std::size_t vertices_per_row_ = 2, stops_per_row_ = 2;
  std::vector<Prepared> actions_;
  std::vector<Body> bodies_;
  sim::Marks acted_;
  // Derived.
  std::vector<Path> paths_;
  std::vector<std::vector<Row>> routes_;
  std::vector<double> route_end_s_;
  std::vector<PathPose> placed_;
  int trailers_ = 0;
  RoadTrace trace_;
};

}  // namespace bitgoeul::scenarios::story
