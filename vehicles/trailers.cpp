#include "vehicles/trailers.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"
#include "vehicles/dynamics/estimate.h"
#include "vehicles/hitch.h"
#include "vehicles/way.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kBrakeMps2 = 6.0;  // most that a trailer's own brakes give
constexpr double kHoldMps = 0.15;

struct Point {
  double x = 0, y = 0;
};

Point ahead(const State& state, Row row, double metres) {
  const sim::Entities& e = state.world.entities;
  double sine, cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  return {e.x[row] + metres * cosine, e.y[row] + metres * sine};
}

const VehicleType& type_of(const State& state, Row row) { return state.catalogue[state.world.entities.type[row]]; }
Point hitch_of(const State& state, Row row) { return ahead(state, row, type_of(state, row).hitch_m); }

// What hangs on the hitch. A semi-trailer's weight on the fifth wheel is the tractor's load, and part of its mass.
double pulled_kg(const VehicleType& type, const DoubleTrackParameters& p) {
  return type.category == Category::kSemitrailer ? (1 - p.front_share) * p.mass_kg : p.mass_kg;
}

// The vehicle at the head of the chain.
Row head_of(const State& state, Row row) {
  while (state.vehicles.towed_by[row] != kNone) row = state.vehicles.towed_by[row];
  return row;
}

sim::Result<void> refuse(const char* what, const char* remedy) { return sim::fail(what, "", 0, "trailer", remedy); }

std::size_t slot_of(const Trailers& trailers, Row row) {
  return static_cast<std::size_t>(std::find(trailers.row.begin(), trailers.row.end(), row) - trailers.row.begin());
}

HitchBody body_of(const State& state, const Trailers& trailers, Row row) {
  HitchBody body;
  const sim::Entities& e = state.world.entities;
  if (const Row slot = state.double_tracks.slot(row); state.vehicles.model[row] == Model::kDoubleTrack) {
    const DoubleTracks& b = state.double_tracks.bodies;
    const DoubleTrackParameters& p = state.double_tracks.parameters[slot];
    return {b.x[slot],
            b.y[slot],
            b.vx_mps[slot],
            b.vy_mps[slot],
            b.yaw_rate_radps[slot],
            1 / p.mass_kg,
            1 / p.yaw_inertia_kgm2};
  }
  if (const std::size_t slot = slot_of(trailers, row); slot < trailers.row.size()) {
    const DoubleTrackParameters p = dynamics_of(type_of(state, row));
    const Point center = ahead(state, row, p.front_share * type_of(state, row).coupler_m);
    return {center.x,
            center.y,
            trailers.vx_mps[slot],
            trailers.vy_mps[slot],
            trailers.yaw_rate_radps[slot],
            1 / pulled_kg(type_of(state, row), p),
            1 / p.yaw_inertia_kgm2};
  }
  // On rails, or on the kinematic bicycle: it goes where it goes.
  double sine, cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  body.x = e.x[row], body.y = e.y[row];
  body.vx_mps = e.speed_mps[row] * cosine, body.vy_mps = e.speed_mps[row] * sine;
  body.yaw_rate_radps = e.yaw_rate_radps[row];
  return body;
}

void give_back(State& state, Trailers& trailers, Row row, const HitchBody& body) {
  if (const Row slot = state.double_tracks.slot(row); state.vehicles.model[row] == Model::kDoubleTrack) {
    DoubleTracks& b = state.double_tracks.bodies;
    b.vx_mps[slot] = body.vx_mps;
    b.vy_mps[slot] = body.vy_mps;
    b.yaw_rate_radps[slot] = body.yaw_rate_radps;
    return;
  }
  const std::size_t slot = slot_of(trailers, row);
  if (slot == trailers.row.size()) return;
  trailers.vx_mps[slot] = body.vx_mps;
  trailers.vy_mps[slot] = body.vy_mps;
  trailers.yaw_rate_radps[slot] = body.yaw_rate_radps;
}

// Along the trailer: rolling resistance, the grade, and its brakes when the vehicle brakes or nothing pulls.
double along(const State& state, Row row, const DoubleTrackParameters& p, double v) {
  const Row head = head_of(state, row);
  const double wanted = head == row ? -kBrakeMps2 : state.vehicles.command_acceleration_mps2[head];
  const double dt = state.world.dt_s();
  double after = v + kGravityMps2 * sim::sin(state.world.entities.pitch_rad[row]) * dt;
  double brake = p.rolling_resistance * kGravityMps2;
  if (wanted < 0) brake += std::min(std::fabs(v) < kHoldMps ? kBrakeMps2 : -wanted, kBrakeMps2 * state.friction(row));
  brake *= dt;
  return after > brake ? after - brake : after < -brake ? after + brake : 0.0;
}

// Enters the lists where the way of its vehicle says, from no list.
void list_behind(State& state, Row row) {
  Vehicles& v = state.vehicles;
  const sim::Entities& e = state.world.entities;
  const Row head = head_of(state, row);
  const Point own = ahead(state, row, e.center_x_m[row]), front = ahead(state, head, e.center_x_m[head]);
  const WayPlace place = way_place(state, head, -sim::hypot(own.x - front.x, own.y - front.y));
  v.way[row].fill(kNone);
  v.way[row][kBack] = place.lane;
  v.s[row] = std::max(0.0, place.s);
  state.enlist(place.lane, row);
}

// Where it is on the lanes: the way of the vehicle at the head, as far back as its own middle.
void list(State& state, Row row) {
  Vehicles& v = state.vehicles;
  sim::Entities& e = state.world.entities;
  const Row head = head_of(state, row);
  Row lane = v.lane(row);
  if (head != row) {
    const Point own = ahead(state, row, e.center_x_m[row]), front = ahead(state, head, e.center_x_m[head]);
    const WayPlace place = way_place(state, head, -sim::hypot(own.x - front.x, own.y - front.y));
    if (place.lane != lane) {
      state.lists.remove(lane, row);
      v.way[row].fill(kNone);
      v.way[row][kBack] = lane = place.lane;
      v.held[row] = 0;
      v.s[row] = std::max(0.0, place.s);
      state.enlist(lane, row);
      state.mark(row);
    }
    v.s[row] = std::max(0.0, place.s);
  }
  const maps::LanePose pose = maps::lane_pose(state.map, lane, v.s[row], 0.0, v.hint[row] = kNone);
  e.z[row] = pose.z;
  e.pitch_rad[row] = pose.pitch;
}

void move_one(State& state, Trailers& trailers, std::size_t slot) {
  const Row row = trailers.row[slot], tow = state.vehicles.towed_by[row];
  sim::Entities& e = state.world.entities;
  const VehicleType& type = type_of(state, row);
  const DoubleTrackParameters p = dynamics_of(type);
  HitchBody body = body_of(state, trailers, row);
  double sine, cosine;
  sim::sincos(e.yaw_rad[row], sine, cosine);
  const double rolling = body.vx_mps * cosine + body.vy_mps * sine, dt = state.world.dt_s();
  if (tow == kNone && rolling == 0 && body.vx_mps == 0 && body.vy_mps == 0 && body.yaw_rate_radps == 0) {
    e.acceleration_mps2[row] = 0;
    return;
  }
  const double change = along(state, row, p, rolling) - rolling;
  body.vx_mps += change * cosine;
  body.vy_mps += change * sine;
  TrailerAxle axle;
  axle.x = e.x[row], axle.y = e.y[row];
  axle.left_x = -sine, axle.left_y = cosine;
  axle.rolling_mps = rolling;
  const double load = p.mass_kg * kGravityMps2 * (1 - p.front_share);
  axle.stiffness_n = p.tyre[1].cornering * load;
  axle.most_n = p.tyre[1].friction * load * state.friction(row);
  const double c = p.front_share * type.coupler_m;
  if (tow == kNone) {
    hold_hitch(nullptr, body, 0, 0, axle, dt);
    e.yaw_rad[row] = sim::wrap_angle(e.yaw_rad[row] + body.yaw_rate_radps * dt);
    sim::sincos(e.yaw_rad[row], sine, cosine);
    e.x[row] = body.x + body.vx_mps * dt - c * cosine;
    e.y[row] = body.y + body.vy_mps * dt - c * sine;
  } else {
    const Point hitch = hitch_of(state, tow);
    body.x = hitch.x - (type.coupler_m - c) * cosine, body.y = hitch.y - (type.coupler_m - c) * sine;
    axle.x = hitch.x - type.coupler_m * cosine, axle.y = hitch.y - type.coupler_m * sine;
    HitchBody puller = body_of(state, trailers, tow);
    hold_hitch(&puller, body, hitch.x, hitch.y, axle, dt);
    give_back(state, trailers, tow, puller);
    e.yaw_rad[row] = sim::wrap_angle(e.yaw_rad[row] + body.yaw_rate_radps * dt);
    sim::sincos(e.yaw_rad[row], sine, cosine);
    e.x[row] = hitch.x - type.coupler_m * cosine;
    e.y[row] = hitch.y - type.coupler_m * sine;
  }
  give_back(state, trailers, row, body);
  const double before = e.speed_mps[row];
  e.speed_mps[row] = body.vx_mps * cosine + body.vy_mps * sine;
  e.acceleration_mps2[row] = (e.speed_mps[row] - before) / dt;
  e.yaw_rate_radps[row] = body.yaw_rate_radps;
  state.vehicles.distance_m[row] += std::fabs(e.speed_mps[row]) * dt;
  list(state, row);
}

// What the head of the chain has to know of all that hangs on it.
void tell_head(State& state, const Trailers& trailers) {
  Vehicles& v = state.vehicles;
  const sim::Entities& e = state.world.entities;
  for (const Row row : trailers.row) {
    const Row head = head_of(state, row);
    v.towed_m[head] = v.towed_kg[head] = 0;
  }
  for (const Row row : trailers.row) {
    if (!state.alive(row) || v.towed_by[row] == kNone) continue;
    const VehicleType& type = type_of(state, row);
    double hitch = 0;  // ahead of the head's rear axle, all straight
    Row tow = v.towed_by[row];
    for (; v.towed_by[tow] != kNone; tow = v.towed_by[tow])
      hitch += type_of(state, tow).hitch_m - type_of(state, tow).coupler_m;
    hitch += type_of(state, tow).hitch_m;
    const double rear = hitch - type.coupler_m + e.center_x_m[row] - 0.5 * e.length_m[row];
    const double own = e.center_x_m[tow] - 0.5 * e.length_m[tow];
    v.towed_m[tow] = std::max(v.towed_m[tow], static_cast<float>(own - rear));
    v.towed_kg[tow] += static_cast<float>(pulled_kg(type, dynamics_of(type)));
    state.mark(tow);
  }
}

}  // namespace

bool is_trailer(const VehicleType& type) {
  return type.category == Category::kTrailer || type.category == Category::kSemitrailer;
}

void add_trailer(State& state, Trailers& trailers, Row row) {
  sim::resize_table(trailers, trailers.row.size() + 1);
  trailers.row.back() = row;
  Way& way = state.vehicles.way[row];
  std::fill(way.begin() + kBack + 1, way.end(), kNone);  // it goes where it is pulled
}

sim::Result<void> connect_trailer(State& state, Trailers& trailers, Row trailer, Row vehicle, bool anywhere) {
  Vehicles& v = state.vehicles;
  sim::Entities& e = state.world.entities;
  const std::size_t slot = slot_of(trailers, trailer);
  if (slot == trailers.row.size()) return refuse("this entity is no trailer", "connect one of category trailer");
  if (!state.alive(trailer) || vehicle < 0 || vehicle >= state.rows() || !state.alive(vehicle))
    return refuse("the trailer or the vehicle has left the map", "connect what is there");
  if (v.model[trailer] != Model::kTrailer) return refuse("the trailer has crashed", "connect a whole one");
  if (v.towed_by[trailer] != kNone) return refuse("the trailer hangs on another vehicle", "disconnect it first");
  if (type_of(state, trailer).coupler_m <= 0)
    return refuse("the trailer has no coupler", "give its type a TrailerCoupler");
  if (type_of(state, vehicle).hitch_m == 0) return refuse("the vehicle has no hitch", "give its type a TrailerHitch");
  for (const Row other : trailers.row)
    if (state.alive(other) && v.towed_by[other] == vehicle)
      return refuse("the vehicle pulls another trailer", "disconnect that one first");
  if (head_of(state, vehicle) == trailer) return refuse("the trailer would pull itself", "connect another vehicle");
  const Point hitch = hitch_of(state, vehicle);
  if (anywhere) {
    e.yaw_rad[trailer] = e.yaw_rad[vehicle];
    const Point at = ahead(state, vehicle, type_of(state, vehicle).hitch_m - type_of(state, trailer).coupler_m);
    e.x[trailer] = at.x, e.y[trailer] = at.y;
    const HitchBody tow = body_of(state, trailers, vehicle);
    trailers.vx_mps[slot] = tow.vx_mps;
    trailers.vy_mps[slot] = tow.vy_mps;
    e.speed_mps[trailer] = e.speed_mps[vehicle];
  }
  const Point coupler = ahead(state, trailer, type_of(state, trailer).coupler_m);
  if (sim::hypot(coupler.x - hitch.x, coupler.y - hitch.y) > kReachM)
    return refuse("the coupler is farther than 1 m from the hitch", "drive the vehicle to the trailer first");
  v.towed_by[trailer] = vehicle;
  tell_head(state, trailers);
  // Behind its vehicle in the list of the lane, wherever it stood before.
  state.lists.remove(v.lane(trailer), trailer);
  list_behind(state, trailer);
  list(state, trailer);
  state.mark(trailer);
  return {};
}

sim::Result<void> disconnect_trailer(State& state, Trailers& trailers, Row trailer) {
  if (slot_of(trailers, trailer) == trailers.row.size() || state.vehicles.towed_by[trailer] == kNone)
    return refuse("this entity hangs on no vehicle", "disconnect a connected trailer");
  const Row head = head_of(state, trailer);
  state.vehicles.towed_m[head] = state.vehicles.towed_kg[head] = 0;
  state.vehicles.towed_by[trailer] = kNone;
  tell_head(state, trailers);
  state.mark(trailer);
  state.mark(head);
  return {};
}

void move_trailers(State& state, Trailers& trailers) {
  for (std::size_t slot = 0; slot < trailers.row.size(); ++slot) {
    const Row row = trailers.row[slot];
    if (!state.alive(row)) continue;
    const Row tow = state.vehicles.towed_by[row];
    // A crash tears them apart.
    if (tow != kNone && (state.vehicles.model[row] != Model::kTrailer || state.vehicles.model[tow] == Model::kWreck ||
                         !state.alive(tow)))
      (void)disconnect_trailer(state, trailers, row);
    if (state.vehicles.model[row] == Model::kTrailer) move_one(state, trailers, slot);
  }
}

void leave_with_vehicles(const State& state, const Trailers& trailers, std::vector<Row>& left) {
  for (const Row row : trailers.row)
    if (state.alive(row) && std::find(left.begin(), left.end(), head_of(state, row)) != left.end() &&
        std::find(left.begin(), left.end(), row) == left.end())
      left.push_back(row);
}

}  // namespace bitgoeul::vehicles
