#include "replay/stack_messages.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cmath>

#include "replay/codec.h"
#include "replay/schema/osi/osi_traffic_update.pb.h"
#include "replay/schema/stack/stack.pb.h"
#include "replay/stack_wire.h"
#include "sim/math.h"

namespace bitgoeul::replay {
namespace {

// What comes from outside is told by us, not by the library.
template <class T>
bool parse_message(std::string_view bytes, T& message) {
  const google::protobuf::LogSilencer silence;
  return bytes.size() < (1u << 31) && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// Text fields are UTF-8; what is not becomes `?`.
std::string utf8(std::string_view text) {
  std::string out(text);
  std::size_t i = 0;
  const auto follows = [&](std::size_t n) {
    for (std::size_t k = 1; k <= n; ++k)
      if (i + k >= out.size() || (static_cast<unsigned char>(out[i + k]) & 0xC0u) != 0x80u) return false;
    return true;
  };
  while (i < out.size()) {
    const auto c = static_cast<unsigned char>(out[i]);
    const std::size_t more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE1 && c < 0xF0 && c != 0xED ? 2 : 99;
    if (more == 99 || !follows(more)) {
      out[i++] = '?';
      continue;
    }
    i += more + 1;
  }
  return out;
}

void write(const sim::EgoInfo& e, stack::Ego& out) {
  out.set_id(static_cast<std::uint32_t>(e.row));
  out.set_name(utf8(e.name));
  out.set_type(utf8(e.type));
  out.set_length_m(e.length_m);
  out.set_width_m(e.width_m);
  out.set_height_m(e.height_m);
  out.set_center_x_m(e.center_x_m);
  out.set_wheelbase_m(e.wheelbase_m);
  out.set_max_steering_rad(e.max_steering_rad);
  out.set_max_speed_mps(e.max_speed_mps);
  out.set_max_acceleration_mps2(e.max_acceleration_mps2);
  out.set_max_deceleration_mps2(e.max_deceleration_mps2);
  out.set_act_every_steps(static_cast<std::uint32_t>(e.act_every));
}

sim::EgoInfo read(const stack::Ego& e) {
  sim::EgoInfo out{static_cast<sim::Row>(e.id()), e.name(), e.type()};
  out.length_m = e.length_m();
  out.width_m = e.width_m();
  out.height_m = e.height_m();
  out.center_x_m = e.center_x_m();
  out.wheelbase_m = e.wheelbase_m();
  out.max_steering_rad = e.max_steering_rad();
  out.max_speed_mps = e.max_speed_mps();
  out.max_acceleration_mps2 = e.max_acceleration_mps2();
  out.max_deceleration_mps2 = e.max_deceleration_mps2();
  out.act_every = static_cast<int>(e.act_every_steps());
  return out;
}

void write(const sim::StackInit& init, stack::Init& out) {
  for (const sim::EgoInfo& ego : init.egos) write(ego, *out.add_egos());
  out.set_act_every_steps(static_cast<std::uint32_t>(init.act_every));
  out.set_delay_steps(static_cast<std::uint32_t>(init.delay));
  out.set_latency_steps(static_cast<std::uint32_t>(init.latency));
  out.set_perception(utf8(init.perception));
  out.set_hold_steps(static_cast<std::uint32_t>(init.hold));
  out.set_driver_view(init.driver_view);
  out.set_radius_m(init.radius_m);
  out.set_path_start_m(sim::kPathStartM);
  out.set_path_step_m(sim::kPathStepM);
}

void read(const stack::Init& in, sim::StackInit& init) {
  init.egos.clear();
  init.act_every = static_cast<int>(in.act_every_steps());
  for (const stack::Ego& ego : in.egos()) {
    init.egos.push_back(read(ego));
    if (init.egos.back().act_every == 0) init.egos.back().act_every = init.act_every;
  }
  init.delay = static_cast<int>(in.delay_steps());
  init.latency = static_cast<int>(in.latency_steps());
  init.perception = in.perception();
  init.hold = static_cast<int>(in.hold_steps());
  init.driver_view = in.driver_view();
  init.radius_m = in.radius_m();
}

void write(const StackHelloAck& ack, const sim::StackInit& init, stack::HelloAck& out) {
  out.set_protocol_major(ack.major);
  out.set_protocol_minor(ack.minor);
  out.set_engine_version(ack.engine_version);
  out.set_engine_commit(ack.engine_commit);
  out.set_step_ns(init.dt_ns);
  out.set_map_name(utf8(ack.map_name));
  out.set_map_hash(bytes_of(ack.map_hash));
  out.set_map_projection(utf8(ack.map_projection));
  out.set_seed(init.seed);
}

sim::Id id_of(std::uint64_t number) {
  return {static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32)};
}

sim::Observation read_ego(const stack::EgoState& in) {
  sim::Observation o;
  o.ego = {in.id(), in.generation()};
  o.x = in.x(), o.y = in.y(), o.z = in.z();
  o.yaw_rad = in.yaw_rad();
  o.speed_mps = in.speed_mps();
  o.acceleration_mps2 = in.acceleration_mps2();
  o.yaw_rate_radps = in.yaw_rate_radps();
  o.steering_rad = in.steering_rad();
  o.lane_offset_m = in.lane_offset_m();
  o.lane_width_m = in.lane_width_m();
  o.lane_change = in.lane_change();
  o.lane_change_in_m = in.lane_change_in_m();
  o.stop_m = in.has_stop_m() ? in.stop_m() : sim::kNoStop;
  o.events = in.events();
  return o;
}

// The vehicle's own speed and yaw stand in the ego's state.
void read(const stack::DriverView& in, const sim::Observation& o, sim::DriverView& view) {
  auto& [road, change, path] = view;
  road.speed_mps = o.speed_mps;
  road.headway_s = in.headway_s(), road.gap_m = in.gap_m();
  road.acceleration_mps2 = in.acceleration_mps2(), road.deceleration_mps2 = in.deceleration_mps2();
  road.wanted_mps = in.wanted_mps(), road.bend_mps = in.bend_mps();
  road.wished_mps = in.has_wished_mps() ? in.wished_mps() : -1;
  road.wished_acceleration_mps2 = in.wished_acceleration_mps2();
  road.most_mps2 = in.most_mps2();
  road.off_way = in.off_way();
  road.leader_gap_m = in.has_leader_gap_m() ? in.leader_gap_m() : sim::kNoStop;
  road.leader_mps = in.leader_mps();
  road.stop_gap_m = in.has_stop_gap_m() ? in.stop_gap_m() : sim::kNoStop;
  road.slowing_mps2 = in.slowing_mps2();
  change = {in.change_wanted(),
            in.beside(),
            in.gap(),
            in.change_progress(),
            in.room_m(),
            in.after(),
            in.has_waited_s() ? in.waited_s() : -1,
            in.change_wished(),
            in.change_wished_m(),
            in.change_wished_s()};
  path = {in.way_heading_rad(), in.way_curvature(),   o.yaw_rad,        in.lateral_m(),
          in.change_offset_m(), in.change_length_m(), in.wheelbase_m(), in.max_steering_rad()};
}

void write(const sim::DriverDecision& d, stack::DriverDecision& out) {
  out.set_acceleration_mps2(d.acceleration_mps2);
  out.set_steering_rad(d.steering_rad);
  out.set_binding(static_cast<stack::DriverDecision::Binding>(d.binding));
  out.set_change(static_cast<stack::DriverDecision::Change>(d.change));
  out.set_change_m(d.change_m);
}

std::string read_driver(const stack::DriverDecision& in, sim::Act& act) {
  if (!stack::DriverDecision::Binding_IsValid(in.binding()))
    return "driver.binding: there is no " + std::to_string(in.binding());
  if (!stack::DriverDecision::Change_IsValid(in.change()))
    return "driver.change: there is no " + std::to_string(in.change());
  act.kind = sim::ActKind::kDriver;
  act.driver = {in.acceleration_mps2(), in.steering_rad(), static_cast<sim::Binding>(in.binding()),
                static_cast<sim::LaneChange>(in.change()), in.change_m()};
  return {};
}

bool same_path_columns(const stack::EgoState& e) {
  const int n = e.path_x_size();
  return e.path_y_size() == n && e.path_heading_rad_size() == n && e.path_curvature_size() == n &&
         e.path_limit_mps_size() == n;
}

void write(sim::Row row, const sim::Act& act, stack::EgoAct& out) {
  out.set_id(static_cast<std::uint32_t>(row));
  if (act.stack_hash != sim::Hash128{}) out.set_state_hash(bytes_of(act.stack_hash));
  if (act.kind == sim::ActKind::kControl) {
    out.mutable_control()->set_steering_rad(act.steering_rad);
    out.mutable_control()->set_acceleration_mps2(act.acceleration_mps2);
  }
  if (act.kind == sim::ActKind::kDriver) write(act.driver, *out.mutable_driver());
  if (act.kind != sim::ActKind::kTrajectory) return;
  stack::Trajectory& trajectory = *out.mutable_trajectory();
  for (const sim::TrajectoryPoint& p : act.trajectory) {
    stack::TrajectoryPoint& to = *trajectory.add_points();
    to.set_t_s(p.t_s);
    to.set_x(p.x);
    to.set_y(p.y);
    to.set_yaw_rad(p.yaw_rad);
    to.set_speed_mps(p.speed_mps);
    to.set_acceleration_mps2(p.acceleration_mps2);
  }
}

void read_trajectory(const stack::Trajectory& in, sim::Act& act) {
  act.kind = sim::ActKind::kTrajectory;
  act.trajectory.clear();
  for (const stack::TrajectoryPoint& p : in.points())
    act.trajectory.push_back({p.t_s(), p.x(), p.y(), p.yaw_rad(), p.speed_mps(), p.acceleration_mps2()});
}

std::string read_control(const stack::Control& in, const sim::EgoInfo& ego, sim::Act& act) {
  if (!in.has_steering_rad()) return "control has no steering_rad";
  const bool pedals = in.has_throttle() || in.has_brake();
  if (pedals && in.has_acceleration_mps2())
    return "control has both acceleration_mps2 and pedals, expected one of them";
  if (!pedals && !in.has_acceleration_mps2()) return "control has neither acceleration_mps2 nor throttle or brake";
  act.kind = sim::ActKind::kControl;
  act.steering_rad = in.steering_rad();
  act.acceleration_mps2 = in.acceleration_mps2();
  if (pedals)
    act.acceleration_mps2 = in.throttle() * ego.max_acceleration_mps2 - in.brake() * ego.max_deceleration_mps2;
  return {};
}

// Where the vehicle shall be one period later, as a trajectory of the reference point that then goes on straight.
std::string read_osi(const std::string& bytes, const sim::EgoInfo& ego, const sim::Observation& seen,
                     std::int64_t period_ns, sim::Act& act) {
  osi3::TrafficUpdate update;
  if (!parse_message(bytes, update)) return "osi_traffic_update is no osi3.TrafficUpdate";
  if (update.update_size() != 1)
    return "osi_traffic_update has " + std::to_string(update.update_size()) + " objects, expected 1";
  const auto& base = update.update(0).base();
  if (!base.has_position() || !base.has_orientation() || !base.has_velocity())
    return "osi_traffic_update needs position, orientation and velocity";
  const double yaw = base.orientation().yaw();
  const double t = static_cast<double>(period_ns) * 1e-9;
  if (!std::isfinite(yaw) || std::fabs(yaw) > 1e6) return "osi_traffic_update: yaw is no angle";
  double sine, cosine;
  sim::sincos(yaw, sine, cosine);
  const double speed = base.velocity().x() * cosine + base.velocity().y() * sine;
  const double x = base.position().x() - ego.center_x_m * cosine, y = base.position().y() - ego.center_x_m * sine;
  const double pull = (speed - seen.speed_mps) / t;
  act.kind = sim::ActKind::kTrajectory;
  act.trajectory.assign({{0, seen.x, seen.y, seen.yaw_rad, seen.speed_mps, pull},
                         {t, x, y, yaw, speed, pull},
                         {t + 1, x + speed * cosine, y + speed * sine, yaw, speed, 0}});
  return {};
}

std::string read_hash(const std::string& bytes, sim::Act& act) {
  act.stack_hash = {};
  if (bytes.empty()) return {};
  if (bytes.size() > 16) return "state_hash has " + std::to_string(bytes.size()) + " bytes, at most 16";
  std::string padded(16 - bytes.size(), '\0');
  hash_from_bytes(padded + bytes, act.stack_hash);
  return {};
}

std::string read_act(const stack::EgoAct& in, const sim::EgoInfo& ego, const sim::Observation& seen,
                     std::int64_t period_ns, sim::Act& act) {
  act.kind = sim::ActKind::kHold;
  act.trajectory.clear();
  if (std::string defect = read_hash(in.state_hash(), act); !defect.empty()) return defect;
  switch (in.kind_case()) {
    case stack::EgoAct::kControl:
      return read_control(in.control(), ego, act);
    case stack::EgoAct::kDriver:
      return read_driver(in.driver(), act);
    case stack::EgoAct::kTrajectory:
      if (static_cast<std::size_t>(in.trajectory().points_size()) > sim::kTrajectoryPoints)
        return "trajectory has " + std::to_string(in.trajectory().points_size()) + " points, at most " +
               std::to_string(sim::kTrajectoryPoints);
      read_trajectory(in.trajectory(), act);
      return {};
    case stack::EgoAct::kOsiTrafficUpdate:
      return read_osi(in.osi_traffic_update(), ego, seen, period_ns, act);
    case stack::EgoAct::KIND_NOT_SET:
      return {};
  }
  return {};
}

}  // namespace

std::string pack(const StackHello& hello) {
  stack::Hello message;
  message.set_protocol_major(hello.major);
  message.set_protocol_minor(hello.minor);
  message.set_client_name(utf8(hello.client_name));
  message.set_client_version(utf8(hello.client_version));
  message.set_token(utf8(hello.token));
  return message.SerializeAsString();
}

sim::Result<StackHello> unpack_hello(std::string_view bytes) {
  stack::Hello message;
  if (!parse_message(bytes, message)) return sim::fail("is no Hello message");
  return StackHello{message.protocol_major(), message.protocol_minor(), message.client_name(), message.client_version(),
                    message.token()};
}

std::string pack(const StackHelloAck& ack, const sim::StackInit& init) {
  stack::HelloAck message;
  write(ack, init, message);
  return message.SerializeAsString();
}

bool unpack_hello_ack(std::string_view bytes, StackHelloAck& ack, sim::StackInit& init) {
  stack::HelloAck message;
  if (!parse_message(bytes, message) || !hash_from_bytes(message.map_hash(), ack.map_hash)) return false;
  ack.major = message.protocol_major(), ack.minor = message.protocol_minor();
  ack.engine_version = message.engine_version(), ack.engine_commit = message.engine_commit();
  ack.map_name = message.map_name(), ack.map_projection = message.map_projection();
  init.dt_ns = message.step_ns(), init.seed = message.seed();
  return true;
}

std::string pack_init(const sim::StackInit& init, const std::string& scenario, int tracker_version,
                      int answer_within_ms) {
  stack::Init message;
  message.set_scenario(utf8(scenario));
  write(init, message);
  message.set_tracker_version(static_cast<std::uint32_t>(tracker_version));
  message.set_answer_within_ms(static_cast<std::uint32_t>(answer_within_ms));
  return message.SerializeAsString();
}

bool unpack_init(std::string_view bytes, sim::StackInit& init) {
  stack::Init message;
  if (!parse_message(bytes, message)) return false;
  read(message, init);
  return true;
}

std::string pack_reason(std::string_view reason) {
  stack::Reject message;
  message.set_reason(utf8(reason));
  return message.SerializeAsString();
}

std::string unpack_reason(std::string_view bytes) {
  stack::Reject message;
  return parse_message(bytes, message) ? message.reason() : std::string();
}

std::string unpack_farewell(std::string_view bytes) {
  if (stack::Error error; parse_message(bytes, error) && error.code() != 0)
    return "code " + std::to_string(error.code()) + ", " + error.text();
  return unpack_reason(bytes);
}

std::string pack_error(std::uint32_t code, std::string_view text) {
  stack::Error message;
  message.set_code(code);
  message.set_text(utf8(text));
  return message.SerializeAsString();
}

std::string pack(const StackResult& result) {
  stack::Result message;
  message.set_verdict(result.verdict);
  for (const StackResult::Row& row : result.criteria) {
    stack::CriterionResult& to = *message.add_criteria();
    to.set_name(utf8(row.name));
    to.set_verdict(row.verdict);
    to.set_value(row.value);
    to.set_limit(row.limit);
  }
  return message.SerializeAsString();
}

struct ObserveCodec::Impl {
  stack::Observe message;
  std::vector<std::vector<sim::ObservedObject>> objects;
  std::vector<std::vector<sim::ObservedSignal>> signals;
  std::vector<std::vector<sim::PathPoint>> paths;
  std::vector<sim::DriverView> views;

  void read_surroundings(const stack::EgoState& in, std::size_t i, sim::Observation& o) {
    objects[i].clear(), signals[i].clear(), paths[i].clear();
    for (const stack::Object& object : in.objects())
      objects[i].push_back({id_of(object.id()), object.x(), object.y(), object.yaw_rad(), object.speed_mps(),
                            object.length_m(), object.width_m()});
    for (const stack::Signal& signal : in.signals())
      signals[i].push_back({static_cast<sim::Row>(signal.group()), static_cast<sim::SignalState>(signal.state()),
                            signal.distance_m(), signal.next_change_s(),
                            signal.has_earliest_change_s() ? signal.earliest_change_s() : signal.next_change_s(),
                            signal.has_latest_change_s() ? signal.latest_change_s() : signal.next_change_s()});
    for (int p = 0; p < in.path_x_size(); ++p)
      paths[i].push_back(
          {in.path_x(p), in.path_y(p), in.path_heading_rad(p), in.path_curvature(p), in.path_limit_mps(p)});
    o.objects = objects[i], o.signals = signals[i], o.path = paths[i];
    if (!in.has_driver()) return;
    read(in.driver(), o, views[i]);
    o.driver = &views[i];
  }
};

ObserveCodec::ObserveCodec() : impl_(std::make_unique<Impl>()) {}
ObserveCodec::~ObserveCodec() = default;
ObserveCodec::ObserveCodec(ObserveCodec&&) noexcept = default;

void ObserveCodec::encode(std::uint64_t seq, std::span<const sim::Observation> observations, std::string& out) {
  write_observe(seq, observations, out);
}

bool ObserveCodec::decode(std::string_view bytes, std::uint64_t& seq, std::vector<sim::Observation>& out) {
  stack::Observe& message = impl_->message;
  if (!parse_message(bytes, message)) return false;
  seq = message.seq();
  sim::Hash128 state_hash;
  if (!message.state_hash().empty() && !hash_from_bytes(message.state_hash(), state_hash)) return false;
  const auto count = static_cast<std::size_t>(message.egos_size());
  if (impl_->objects.size() < count)
    impl_->objects.resize(count), impl_->signals.resize(count), impl_->paths.resize(count), impl_->views.resize(count);
  out.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const stack::EgoState& ego = message.egos(static_cast<int>(i));
    if (!same_path_columns(ego)) return false;
    out.push_back(read_ego(ego));
    out.back().step = message.step();
    out.back().time_ns = message.time_ns();
    out.back().state_hash = state_hash;
    impl_->read_surroundings(ego, i, out.back());
  }
  return true;
}

struct ActCodec::Impl {
  stack::Act message;
};

ActCodec::ActCodec() : impl_(std::make_unique<Impl>()) {}
ActCodec::~ActCodec() = default;
ActCodec::ActCodec(ActCodec&&) noexcept = default;

void ActCodec::encode(const ActFrame& frame, std::span<const sim::Act> acts, std::string& out) {
  stack::Act& message = impl_->message;
  message.Clear();
  message.set_seq(frame.seq);
  message.set_time_ns(frame.time_ns);
  for (std::size_t i = 0; i < acts.size(); ++i) write(frame.asked[i].ego.row(), acts[i], *message.add_egos());
  message.SerializeToString(&out);
}

std::string ActCodec::decode(std::string_view bytes, const ActFrame& frame, std::span<sim::Act> acts) {
  stack::Act& message = impl_->message;
  if (!parse_message(bytes, message))
    return "the payload of " + std::to_string(bytes.size()) + " bytes is no Act message";
  const auto expected = [](const char* what, auto want, auto got) {
    return std::string("Act.") + what + ": expected " + std::to_string(want) + ", got " + std::to_string(got);
  };
  if (message.seq() != frame.seq) return expected("seq", frame.seq, message.seq());
  if (message.time_ns() != frame.time_ns) return expected("time_ns", frame.time_ns, message.time_ns());
  if (static_cast<std::size_t>(message.egos_size()) != frame.asked.size())
    return expected("egos: number of vehicles", frame.asked.size(), message.egos_size());
  std::vector<std::uint8_t> seen(frame.asked.size());
  for (const stack::EgoAct& act : message.egos()) {
    const auto at = std::lower_bound(frame.asked.begin(), frame.asked.end(), act.id(),
                                     [](const sim::Observation& o, std::uint32_t id) { return o.ego.index < id; });
    const auto i = static_cast<std::size_t>(at - frame.asked.begin());
    if (at == frame.asked.end() || at->ego.index != act.id())
      return "Act.egos: vehicle " + std::to_string(act.id()) + " was not asked";
    if (seen[i]++) return "Act.egos: vehicle " + std::to_string(act.id()) + " is answered twice";
    const auto info = std::lower_bound(frame.egos.begin(), frame.egos.end(), at->ego.row(),
                                       [](const sim::EgoInfo& e, sim::Row row) { return e.row < row; });
    if (info == frame.egos.end() || info->row != at->ego.row())
      return "Act.egos: vehicle " + std::to_string(act.id()) + " is not this stack's";
    if (std::string defect = read_act(act, *info, *at, frame.step_ns * info->act_every, acts[i]); !defect.empty())
      return "vehicle " + std::to_string(act.id()) + ": " + defect;
  }
  return {};
}

std::string pack(const StackSession& session, const StackHelloAck& ack) {
  stack::Session message;
  message.set_index(session.index);
  message.set_spec(utf8(session.spec));
  write(ack, session.init, *message.mutable_hello());
  write(session.init, *message.mutable_init());
  return message.SerializeAsString();
}

bool unpack(std::string_view bytes, StackSession& session) {
  stack::Session message;
  if (!parse_message(bytes, message)) return false;
  session.index = message.index();
  session.spec = message.spec();
  read(message.init(), session.init);
  session.init.dt_ns = message.hello().step_ns();
  session.init.seed = message.hello().seed();
  return true;
}

std::string pack_acts(std::int64_t step, std::span<const std::pair<sim::Row, const sim::Act*>> acts) {
  stack::RecordedActs message;
  message.set_step(step);
  for (const auto& [row, act] : acts) write(row, *act, *message.add_egos());
  return message.SerializeAsString();
}

bool unpack_acts(std::string_view bytes, std::int64_t& step, std::vector<RecordedAct>& acts) {
  stack::RecordedActs message;
  if (!parse_message(bytes, message)) return false;
  step = message.step();
  for (const stack::EgoAct& ego : message.egos()) {
    RecordedAct out{static_cast<sim::Row>(ego.id()), {}};
    if (ego.kind_case() == stack::EgoAct::kOsiTrafficUpdate || !read_act(ego, {}, {}, 0, out.act).empty()) return false;
    acts.push_back(std::move(out));
  }
  return true;
}

std::string pack_observe(std::uint32_t stack, std::string_view observe) {
  stack::RecordedObserve message;
  message.set_stack(stack);
  std::string out = message.SerializeAsString();
  // The message within, as it was sent: field 2, length-delimited.
  out.push_back(0x12);
  for (std::size_t n = observe.size();; n >>= 7) {
    out.push_back(static_cast<char>((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
    if (n <= 0x7f) break;
  }
  return out.append(observe);
}

bool unpack_observe(std::string_view bytes, std::uint32_t& stack, std::string& observe) {
  stack::RecordedObserve message;
  if (!parse_message(bytes, message)) return false;
  stack = message.stack();
  return message.observe().SerializeToString(&observe);
}

}  // namespace bitgoeul::replay
