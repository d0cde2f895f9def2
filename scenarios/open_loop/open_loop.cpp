#include "scenarios/open_loop/open_loop.h"

#include <algorithm>
#include <cmath>

#include "scenarios/egos.h"
#include "scenarios/tracker.h"
#include "sim/math.h"
#include "vehicles/dynamics/kinematic_bicycle.h"

namespace bitgoeul::scenarios::open_loop {
namespace {

struct Place {
  double x = 0, y = 0, speed_mps = 0;
};

// Where a single-track vehicle is after a time under one control; it does not roll backward.
Place rolled_out(const LoggedMotion& from, const sim::Act& act, double wheelbase_m, double time_s) {
  constexpr double kStepS = 0.01;
  vehicles::BicycleState b{from.x, from.y, from.yaw_rad, from.speed_mps, act.steering_rad};
  const int steps = static_cast<int>(std::lround(time_s / kStepS));
  for (int i = 0; i < steps; ++i)
    vehicles::advance(b, act.acceleration_mps2, act.steering_rad, wheelbase_m, std::fabs(act.steering_rad), kStepS);
  return {b.x, b.y, b.speed_mps};
}

std::optional<Place> on_trajectory(const std::vector<sim::TrajectoryPoint>& points, double t_s) {
  if (points.empty() || t_s > points.back().t_s + 1e-9) return std::nullopt;
  std::size_t b = 0;
  while (b + 1 < points.size() && points[b].t_s < t_s) ++b;
  const sim::TrajectoryPoint &q = points[b], &p = points[b > 0 ? b - 1 : 0];
  const double length = q.t_s - p.t_s, u = length > 0 ? std::clamp((t_s - p.t_s) / length, 0.0, 1.0) : 0;
  return Place{p.x + u * (q.x - p.x), p.y + u * (q.y - p.y), p.speed_mps + u * (q.speed_mps - p.speed_mps)};
}

void append(std::string& bytes, const sim::Observation& seen, const sim::Act& act) {
  const auto add = [&](const auto& value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
  add(seen.time_ns), add(act.kind), add(act.acceleration_mps2), add(act.steering_rad);
  for (const sim::TrajectoryPoint& p : act.trajectory)
    add(p.t_s), add(p.x), add(p.y), add(p.yaw_rad), add(p.speed_mps), add(p.acceleration_mps2);
}

class Asking {
 public:
  explicit Asking(const OpenLoopSetup& setup) : setup_(setup), ego_(setup.init.egos.front()), view_(setup.view) {
    session_.setup = setup.stack;
    session_.init = setup.init;
    StackSessions::reserve(session_);
    reserve(room_);
  }

  sim::Result<OpenLoop> run(const std::function<bool(std::int64_t)>& going) {
    talk_.start(session_, 0);
    if (setup_.recorded != nullptr)
      if (auto read = recorded(going); !read) return tl::unexpected(read.error());
    if (setup_.recorded == nullptr) logged(going);
    out_.fault = talk_.fault();
    return std::move(out_);
  }

 private:
  const replay::LoggedTrack& host() const { return setup_.view.tracks->tracks[setup_.view.host]; }

  void logged(const std::function<bool(std::int64_t)>& going) {
    const std::int64_t period_ns = setup_.init.dt_ns * ego_.act_every;
    for (std::int64_t t = setup_.start_ns; t <= setup_.end_ns && !talk_.fault() && going(t); t += period_ns) {
      if (!view_.at(t, room_)) continue;
      room_.observation.step = (t - setup_.start_ns) / setup_.init.dt_ns;
      room_.observation.ego.index = static_cast<std::uint32_t>(ego_.row);
      ask(room_.observation);
    }
  }

  sim::Result<void> recorded(const std::function<bool(std::int64_t)>& going) {
    replay::ObserveCodec codec;
    std::vector<sim::Observation> seen;
    return setup_.recorded->each_observe([&](std::uint32_t stack, const std::string& message) {
      std::uint64_t seq = 0;
      if (stack != setup_.recorded_stack || !codec.decode(message, seq, seen)) return true;
      for (sim::Observation& o : seen) {
        if (o.ego.row() != ego_.row || o.time_ns < setup_.start_ns || o.time_ns > setup_.end_ns) continue;
        if (setup_.view.told != nullptr) {
          LogView::tell(*setup_.view.told, o.time_ns, o.x, o.y, setup_.stack.radius_m, room_.objects);
          o.objects = room_.objects;
        }
        ask(o);
      }
      return !talk_.fault() && (seen.empty() || going(seen.front().time_ns));
    });
  }

  void ask(const sim::Observation& seen) {
    ++out_.observations;
    StackSessions::begin(session_);
    session_.observations.push_back(seen);
    session_.asked.push_back(0);
    talk_.ask(session_, seen.step);
    const std::span<sim::Act> acts = talk_.answer(session_, seen.step);
    if (acts.empty()) return;
    sim::Act& act = acts.front();
    if (std::string defect = defect_of(act); !defect.empty())
      return talk_.fail(session_, seen.step,
                        {sim::StackFaultKind::kProtocol, {}, "act for " + ego_.name + ": " + defect, {}, 0});
    std::string bytes;
    append(bytes, seen, act);
    out_.hash = sim::combine(out_.hash, sim::hash_bytes(bytes.data(), bytes.size()));
    ++out_.acts;
    if (act.kind == sim::ActKind::kHold) return void(++out_.holds);
    out_.clamped += clamp_act(ego_, act);
    compare(seen, act);
  }

  void compare(const sim::Observation& seen, const sim::Act& act) {
    std::size_t hint = hint_;
    const auto now = motion_at(host(), seen.time_ns, hint);
    if (!now) return;
    hint_ = hint;
    Compared& c = out_.compared.emplace_back();
    c.time_ns = seen.time_ns, c.x = now->x, c.y = now->y;
    compare_command(seen, act, c);
    compare_places(*now, act, c);
  }

  // What is in effect when an act of now would be.
  void compare_command(const sim::Observation& seen, const sim::Act& act, Compared& c) {
    const std::int64_t delay_ns = setup_.stack.delay * setup_.init.dt_ns, due_ns = seen.time_ns + delay_ns;
    sim::Command wanted{static_cast<float>(act.acceleration_mps2), static_cast<float>(act.steering_rad)};
    std::size_t hint = hint_;
    const auto then = motion_at(host(), due_ns, hint);
    if (act.kind == sim::ActKind::kTrajectory) {
      if (!then) return;
      wanted = track(act.trajectory, static_cast<double>(delay_ns) * 1e-9,
                     {then->x, then->y, then->yaw_rad, then->speed_mps, ego_.wheelbase_m, ego_.max_steering_rad});
    }
    while (next_command_ < setup_.commands.size() && setup_.commands[next_command_].time_ns <= due_ns) {
      const LoggedCommand& said = setup_.commands[next_command_++];
      if (said.acceleration_mps2) command_.acceleration_mps2 = said.acceleration_mps2;
      if (said.steering_rad) command_.steering_rad = said.steering_rad;
    }
    std::optional<double> acceleration = command_.acceleration_mps2, steering = command_.steering_rad;
    if (!acceleration && then) acceleration = then->acceleration_mps2;
    if (!steering && then) steering = steering_of(*then, ego_.wheelbase_m);
    const auto pair = [&](Measure m, double stack, double log) {
      c.of[static_cast<std::size_t>(m)] = Compared::Pair{stack, log, std::fabs(stack - log)};
    };
    if (acceleration) pair(Measure::kAcceleration, static_cast<double>(wanted.acceleration_mps2), *acceleration);
    if (!steering) return;
    const auto steered = static_cast<double>(wanted.steering_rad);
    pair(Measure::kSteering, steered, *steering);
    pair(Measure::kCurvature, sim::tan(steered) / ego_.wheelbase_m, sim::tan(*steering) / ego_.wheelbase_m);
  }

  void compare_places(const LoggedMotion& now, const sim::Act& act, Compared& c) {
    for (int s = 1; s <= 3; ++s) {
      std::size_t hint = hint_;
      const auto then = replay::track_at(host(), c.time_ns + s * 1'000'000'000LL, hint);
      const bool control = act.kind == sim::ActKind::kControl;
      if (!then || (control && s > 1)) return;  // nobody holds one control for so long
      const auto place =
          control ? std::optional(rolled_out(now, act, ego_.wheelbase_m, s)) : on_trajectory(act.trajectory, s);
      if (!place) return;
      if (s == 1) {
        const auto speed = static_cast<double>(then->speed);
        c.of[static_cast<std::size_t>(Measure::kSpeed1s)] =
            Compared::Pair{place->speed_mps, speed, std::fabs(place->speed_mps - speed)};
      }
      c.of[static_cast<std::size_t>(Measure::kPosition1s) + static_cast<std::size_t>(s - 1)] =
          Compared::Pair{0, 0, sim::hypot(place->x - then->x, place->y - then->y)};
    }
  }

  const OpenLoopSetup& setup_;
  const sim::EgoInfo& ego_;
  LogView view_;
  StackSessions talk_;
  StackSession session_;
  ObservationRoom room_;
  OpenLoop out_;
  std::size_t hint_ = 0, next_command_ = 0;
  LoggedCommand command_;
};

}  // namespace

std::string_view to_string(Measure measure) {
  constexpr std::string_view kNames[kMeasures] = {"acceleration_mps2", "steering_rad",  "curvature_1pm", "speed_1s_mps",
                                                  "position_1s_m",     "position_2s_m", "position_3s_m"};
  return kNames[static_cast<std::size_t>(measure)];
}

sim::Result<OpenLoop> run_open_loop(const OpenLoopSetup& setup, const std::function<bool(std::int64_t)>& going) {
  return Asking(setup).run(going);
}

Difference difference_of(const std::vector<Compared>& compared, Measure measure) {
  Difference d;
  double squares = 0;
  for (const Compared& c : compared) {
    const auto& pair = c.of[static_cast<std::size_t>(measure)];
    if (!pair) continue;
    if (d.count == 0 || pair->difference > d.largest)
      d.largest = pair->difference, d.at_ns = c.time_ns, d.x = c.x, d.y = c.y, d.stack = pair->stack, d.log = pair->log;
    ++d.count;
    d.mean += pair->difference;
    squares += pair->difference * pair->difference;
  }
  if (d.count == 0) return d;
  d.mean /= static_cast<double>(d.count);
  d.rms = std::sqrt(squares / static_cast<double>(d.count));
  return d;
}

}  // namespace bitgoeul::scenarios::open_loop
