// The door of the driving stack: Observation in, Act out, once per act period and ego. The only virtual interface of
// the engine. Observations are made from the state at the beginning of a step (scenarios/observe.h); an Act is recorded
// with that step and takes effect after the actuation delay. What then drives the vehicle is a Command, which holds
// floats on purpose: what is applied is what is recorded, bit for bit, and half the size. Map frame, SI, radians.
// Thread rule: the simulation calls one stack from one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/hash.h"
#include "sim/id.h"
#include "sim/signals.h"

namespace bitgoeul::sim {

struct Command {
  float acceleration_mps2 = 0.0f;  // wanted, along the body x axis; negative brakes
  float steering_rad = 0.0f;       // front wheel angle of the single-track model, left positive
};

struct ObservedObject {
  Id id;
  double x = 0, y = 0, yaw_rad = 0, speed_mps = 0;  // centre of the box; speed along its own x axis
  double length_m = 0, width_m = 0;
};

// A signal that rules the way ahead, as public as a SPaT message.
struct ObservedSignal {
  Row group = kNone;  // of the map
  SignalState state = SignalState::kOff;
  double distance_m = 0;                              // from the ego's front to the stop line; negative: passed
  double next_change_s = 0;                           // until another state; actuated: likely
  double earliest_change_s = 0, latest_change_s = 0;  // equal to next_change_s but where the program is actuated
};

// The centre line of the way ahead, sampled every kPathStepM; point i lies kPathStartM + i kPathStepM ahead of the
// reference point along it.
inline constexpr double kPathStartM = -4.0, kPathStepM = 2.0;
inline constexpr std::size_t kPathPoints = 64;
struct PathPoint {
  double x = 0, y = 0, heading_rad = 0, curvature = 0;  // heading continuous; 1/m, left positive
  double limit_mps = 0;                                 // legal limit there
};

inline constexpr double kNoStop = std::numeric_limits<double>::infinity();

// What the engine's own driver of a steering vehicle looks at when it thinks; vehicles/drivers/decide.h is its answer.
// Made for a stack only where the run asks for it (StackInit::driver_view). Distances from the front bumper.
struct DriverView {
  struct Road {
    double speed_mps = 0;
    double headway_s = 0, acceleration_mps2 = 0, deceleration_mps2 = 0, gap_m = 0;  // Intelligent Driver Model
    double wanted_mps = 0, bend_mps = 0;                   // what it likes here; what the bend allows
    double wished_mps = -1, wished_acceleration_mps2 = 0;  // what a story asks for; negative: nothing
    double most_mps2 = 0;                                  // accelerates at most
    bool off_way = false;                                  // far beside its way: back slowly
    double leader_gap_m = kNoStop, leader_mps = 0;         // bumper to bumper; kNoStop: nobody
    double stop_gap_m = kNoStop;  // where it has to stop: a line, a crosswalk, the end of its way
    double slowing_mps2 = 0;      // <= 0: braking for slower lanes ahead
  } road;
  struct Change {
    bool wanted = false, beside = false;  // the route wants a lane change; it already asks to be let in, or is leaving
    bool gap = false;                     // there is one for it now
    double progress = 1;                  // of the change under way; 1: none
    double room_m = 0;                    // of the lane ahead
    std::int32_t after = 0;               // changes that the route asks for after this one
    double waited_s = -1;                 // standing, for a gap; negative: does not wait
    bool wished = false;                  // a story says in which time or way
    double wished_m = 0, wished_s = 0;
  } change;
  struct Path {
    double heading_rad = 0, curvature = 0;            // of the way: at the rear axle; a little ahead of it
    double yaw_rad = 0, lateral_m = 0;                // of the vehicle; box centre left of the way
    double change_offset_m = 0, change_length_m = 1;  // of the change under way
    double wheelbase_m = 0, max_steering_rad = 0;
  } path;
};

enum class Binding : std::uint8_t { kFree = 0, kLeader = 1, kStop = 2 };  // what an acceleration follows
enum class LaneChange : std::uint8_t {
  kKeep = 0,
  kStart = 1,   // over change_m metres; the engine looks at the gap once more
  kWait = 2,    // stands until there is a gap
  kAskIn = 3,   // shows those behind it on the other lane that it wants in
  kGiveUp = 4,  // finds another route
  kFinish = 5   // the one under way, where it stands
};
struct DriverDecision {
  double acceleration_mps2 = 0, steering_rad = 0;
  Binding binding = Binding::kFree;
  LaneChange change = LaneChange::kKeep;
  double change_m = 0;
};

// What happened to an ego since its observation before.
enum class EgoEvent : std::uint32_t { kCollision = 1, kRedLight = 2, kRouteCompleted = 4, kEntered = 8, kClamped = 16 };

struct Observation {
  std::int64_t step = 0;
  std::int64_t time_ns = 0;
  Hash128 state_hash;  // of the engine's whole state at the beginning of the step; the same for all egos
  Id ego;
  // Reference point: rear axle on the ground.
  double x = 0, y = 0, z = 0, yaw_rad = 0, speed_mps = 0, acceleration_mps2 = 0, yaw_rate_radps = 0, steering_rad = 0;
  double lane_offset_m = 0, lane_width_m = 0;  // box centre left of the centre line
  std::int32_t lane_change = 0;                // the route wants: +1 a change to the left, -1 to the right
  double lane_change_in_m = 0;                 // what is left of the lane for it
  double stop_m = kNoStop;  // from the front to where it has to wait for its right of way (kNoStop: may go)
  std::uint32_t events = 0;
  std::span<const ObservedObject> objects;  // ascending by id
  std::span<const ObservedSignal> signals;  // ascending by distance
  std::span<const PathPoint> path;          // ends where the known way ends
  const DriverView* driver = nullptr;       // where the run gives it
};

// Trajectory of the reference point; followed by the tracker (scenarios/tracker.h).
struct TrajectoryPoint {
  double t_s = 0;  // after the observation that it answers
  double x = 0, y = 0, yaw_rad = 0, speed_mps = 0, acceleration_mps2 = 0;
};
inline constexpr std::size_t kTrajectoryPoints = 64;  // at most

enum class ActKind : std::uint8_t { kHold = 0, kControl = 1, kTrajectory = 2, kDriver = 3 };  // hold: as before

struct Act {
  ActKind kind = ActKind::kHold;
  double acceleration_mps2 = 0, steering_rad = 0;  // kControl
  std::vector<TrajectoryPoint> trajectory;         // kTrajectory: times ascend
  DriverDecision driver;                           // kDriver, which answers a DriverView
  Hash128 stack_hash;                              // of the stack's own state; zero: not told
};

// What does not change while a run lasts.
struct EgoInfo {
  Row row = kNone;
  std::string name, type;
  double length_m = 0, width_m = 0, height_m = 0, center_x_m = 0, wheelbase_m = 0;
  double max_steering_rad = 0, max_speed_mps = 0, max_acceleration_mps2 = 0, max_deceleration_mps2 = 0;
  int act_every = 1;  // steps from one act to the next
};
struct StackInit {
  std::int64_t dt_ns = 0;
  std::uint64_t seed = 0;
  int act_every = 5, delay = 1, latency = 0;  // steps
  int hold = 0;  // steps that an act drives at most, then the vehicle brakes; 0: until the next one
  double radius_m = 0;
  bool driver_view = false;   // observations hold a DriverView, acts answer it in the same step
  std::string perception;     // YAML of the stub that makes `objects` (replay/perception); empty: what is there
  std::vector<EgoInfo> egos;  // ascending rows
};

enum class StackFaultKind : std::uint8_t { kCrash, kTimeout, kProtocol };
std::string_view to_string(StackFaultKind kind);  // STACK_CRASH, STACK_TIMEOUT, STACK_PROTOCOL
struct StackFault {
  StackFaultKind kind = StackFaultKind::kCrash;
  std::string stack, what;  // which stack; what was expected and what came
  std::string log_tail;     // the last that it wrote
  std::int64_t step = 0;
};

class Stack {
 public:
  virtual ~Stack() = default;
  // False: it has failed, fault() says how; nothing is asked of it any more.
  virtual bool start(const StackInit& init) = 0;
  // In one step first every stack is asked, then every answer is taken, so that stacks think at the same time.
  virtual bool ask(std::span<const Observation> observations) = 0;
  virtual bool answer(std::span<Act> acts) = 0;  // one for each observation, in their order
  virtual StackFault fault() const { return {}; }
};

}  // namespace bitgoeul::sim
