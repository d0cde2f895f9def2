#include "replay/perception/phenomenological.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "replay/local_frame.h"
#include "replay/sensors/ray_scene.h"
#include "sim/random.h"

namespace bitgoeul::replay {
namespace {

constexpr std::int64_t kGrid_ns = 100'000'000;  // of the wandering errors
constexpr int kDirections = 1440;
constexpr double kSlow_mps = 2;

enum Purpose : std::uint32_t { kLoss, kRange, kCross, kYaw, kFlip, kLength, kWidth, kVx, kVy, kClass, kGhost, kPlace };

struct Dice {
  std::uint64_t seed;
  std::uint32_t sensor;
  std::int64_t time_ns;
  std::uint64_t seed_of(Purpose purpose) const {
    return sim::random_bits(seed, sensor, purpose, sim::Stream::kPerception);
  }
  // Standard normal, stationary, correlation exp(-dt / tau): the AR(1) process as the sum of its last innovations.
  double wander(Purpose purpose, std::uint64_t id, double tau_s) const {
    const double phi = tau_s > 0 ? sim::exp(-static_cast<double>(kGrid_ns) * 1e-9 / tau_s) : 0;
    const int terms = std::clamp(static_cast<int>(std::ceil(3.5 * tau_s * 1e9 / static_cast<double>(kGrid_ns))), 1, 60);
    const std::uint64_t key = seed_of(purpose);
    double sum = 0, power = 0, weight = 1;
    for (int j = 0; j < terms; ++j, weight *= phi) {
      sum += weight *
             sim::normal(key, static_cast<std::uint32_t>(id >> 1), time_ns / kGrid_ns - j, sim::Stream::kPerception);
      power += weight * weight;
    }
    return sum / std::sqrt(power);
  }
  double share(Purpose purpose, std::uint64_t id, std::int64_t step) const {
    return sim::uniform(seed_of(purpose), static_cast<std::uint32_t>(id >> 1), step, sim::Stream::kPerception);
  }
};

struct Sight {  // an edge seen from above, from a sensor
  int first = 0, count = 0;
  double near = 0;
};

int direction(double azimuth) {
  const double turn = azimuth / (2 * sim::kPi) + 0.5;
  return std::clamp(static_cast<int>(turn * kDirections), 0, kDirections - 1);
}

// The directions from a to b, the short way round.
Sight sight(double ax, double ay, double bx, double by) {
  const double from = sim::atan2(ay, ax), sweep = sim::wrap_angle(sim::atan2(by, bx) - from);
  const int a = direction(from), b = direction(sim::wrap_angle(from + sweep));
  Sight out;
  out.first = sweep >= 0 ? a : b;
  out.count = ((sweep >= 0 ? b - a : a - b) + kDirections) % kDirections + 1;
  return out;
}

struct View {
  std::array<float, kDirections> depth;
  std::array<std::int32_t, kDirections> owner;
};

// Depth along a direction to the line through a and b.
double depth_to(double azimuth, double ax, double ay, double bx, double by) {
  double s = 0, c = 0;
  sim::sincos(azimuth, s, c);
  const double det = c * (by - ay) - s * (bx - ax);
  if (std::abs(det) < 1e-9) return std::min(sim::hypot(ax, ay), sim::hypot(bx, by));
  const double depth = (ax * (by - ay) - ay * (bx - ax)) / det;
  return depth > 0 ? depth : std::min(sim::hypot(ax, ay), sim::hypot(bx, by));
}

void draw(View& view, std::int32_t owner, double ax, double ay, double bx, double by, std::vector<char>* covered) {
  const Sight edge = sight(ax, ay, bx, by);
  for (int k = 0; k < edge.count; ++k) {
    const int i = (edge.first + k) % kDirections;
    const double azimuth = ((i + 0.5) / kDirections - 0.5) * 2 * sim::kPi;
    const auto at = static_cast<std::size_t>(i);
    const float depth = static_cast<float>(depth_to(azimuth, ax, ay, bx, by));
    if (covered != nullptr) (*covered)[at] = 1;
    if (depth < view.depth[at]) {
      view.depth[at] = depth;
      view.owner[at] = owner;
    }
  }
}

std::array<sim::Vec2, 4> corners_of(const Box& box, double x, double y) {
  double s = 0, c = 0;
  sim::sincos(box.yaw_rad, s, c);
  std::array<sim::Vec2, 4> out;
  for (std::size_t k = 0; k < 4; ++k) {
    const double u = (k == 0 || k == 3 ? 0.5 : -0.5) * box.length_m, v = (k < 2 ? 0.5 : -0.5) * box.width_m;
    out[k] = {box.x - x + c * u - s * v, box.y - y + s * u + c * v};
  }
  return out;
}

struct Seat {  // of a sensor in the local frame
  double x = 0, y = 0, z = 0, yaw = 0;
};

Seat seat_of(const SensorFrame& frame, const SensorModel& model) {
  const sim::Vec3 at = frame.ego.position + frame.ego.rotation * sim::Vec3(model.x_m, model.y_m, model.z_m);
  return {at.x(), at.y(), at.z(), yaw_of(frame.ego.rotation) + model.yaw_deg * sim::kPi / 180};
}

double edge_weight(const SensorModel& model, double off_axis) {
  if (model.fov_deg >= 360) return 1;
  const double inside = model.fov_deg / 2 - off_axis * 180 / sim::kPi;
  if (model.soft_edge_deg <= 0) return inside >= 0 ? 1 : 0;
  return std::clamp(inside / model.soft_edge_deg + 0.5, 0.0, 1.0);
}

double fitted_probability(const FittedTables& tables, const Box& truth, double r, double visible) {
  const std::size_t band = bin_of(tables.bands_m, r), share = bin_of(tables.shares, std::min(1.0, visible));
  if (band >= tables.bands_m.size()) return 0;
  return tables.of(truth.object_class).detected[band * tables.shares.size() + share];
}

double probability_of(const SensorModel& model, const Box& truth, const Seat& seat, double visible) {
  const double dx = truth.x - seat.x, dy = truth.y - seat.y, r = sim::hypot(dx, dy);
  if (model.fitted) {
    if (r < model.near_m || visible <= 0) return 0;
    const double off = std::abs(sim::wrap_angle(sim::atan2(dy, dx) - seat.yaw));
    return model.weather * fitted_probability(*model.fitted, truth, r, visible) * edge_weight(model, off);
  }
  const double range = model.range_m[static_cast<std::size_t>(truth.object_class)] * model.weather;
  if (r > range || r < model.near_m || visible < model.visible_from) return 0;
  const double off_axis = std::abs(sim::wrap_angle(sim::atan2(dy, dx) - seat.yaw));
  const double seen = std::min(1.0, visible / std::max(model.visible_sure, 1e-6));
  return model.probability * model.weather * (1 - model.fall_off * r * r / (range * range)) * seen *
         edge_weight(model, off_axis);
}

// How large the errors of one object are.
struct Sigmas {
  double range_bias_m, range_m, cross_bias_m, cross_m, yaw_rad, yaw_flip, size, velocity_mps, confusion;
};
Sigmas sigmas_of(const SensorModel& m, const Box& truth, double r) {
  if (!m.fitted)
    return {m.range_bias_m,
            m.range_sigma_m + m.range_sigma_per_m * r,
            0,
            m.cross_sigma_rad * r,
            m.yaw_sigma_rad,
            m.yaw_flip,
            m.size_sigma,
            m.velocity_sigma_mps,
            m.confusion};
  const FittedClass& f = m.fitted->of(truth.object_class);
  const std::size_t band = std::min(bin_of(m.fitted->bands_m, r), m.fitted->bands_m.size() - 1);
  return {f.range_bias_m[band],  f.range_sigma_m[band], f.cross_bias_m[band],
          f.cross_sigma_m[band], f.yaw_sigma_rad,       f.yaw_flip,
          f.size_sigma,          f.velocity_sigma_mps,  f.confusion};
}

// As the sensor measures it. Errors wander along and across its line of sight.
Box measured(const Box& truth, const SensorModel& model, const Seat& seat, const Dice& dice) {
  Box box = truth;
  const auto error = [&](Purpose purpose) { return dice.wander(purpose, truth.id, model.error_correlation_s); };
  const double dx = truth.x - seat.x, dy = truth.y - seat.y, r = std::max(1e-3, sim::hypot(dx, dy));
  const Sigmas sigma = sigmas_of(model, truth, r);
  const double along = sigma.range_bias_m + sigma.range_m * error(kRange);
  const double across = sigma.cross_bias_m + sigma.cross_m * error(kCross);
  box.x += (dx * along - dy * across) / r;
  box.y += (dy * along + dx * across) / r;
  box.yaw_rad += sigma.yaw_rad * error(kYaw);
  const bool slow = sim::hypot(truth.vx_mps, truth.vy_mps) < kSlow_mps;
  if (slow && normal_distribution(error(kFlip)) < sigma.yaw_flip) box.yaw_rad += sim::kPi;
  box.yaw_rad = sim::wrap_angle(box.yaw_rad);
  box.length_m *= std::max(0.2, 1 + sigma.size * error(kLength));
  box.width_m *= std::max(0.2, 1 + sigma.size * error(kWidth));
  box.has_velocity = model.measures_velocity && truth.has_velocity;
  box.vx_mps = box.has_velocity ? truth.vx_mps + sigma.velocity_mps * error(kVx) : 0;
  box.vy_mps = box.has_velocity ? truth.vy_mps + sigma.velocity_mps * error(kVy) : 0;
  constexpr ObjectClass kTakenFor[kObjectClasses] = {
      ObjectClass::kUnknown, ObjectClass::kTruck,   ObjectClass::kCar,
      ObjectClass::kTruck,   ObjectClass::kBicycle, ObjectClass::kMotorcycle,
      ObjectClass::kBicycle, ObjectClass::kUnknown, ObjectClass::kUnknown};
  if (dice.share(kClass, truth.id, 0) < sigma.confusion)
    box.object_class = kTakenFor[static_cast<std::size_t>(truth.object_class)];
  return box;
}

// Poisson, by counting down (Knuth); at most 50.
int poisson(double mean, double uniform) {
  double p = sim::exp(-mean), sum = p;
  int n = 0;
  while (uniform > sum && n < 50) sum += p *= mean / ++n;
  return n;
}

void add_clutter(const SensorModel& model, const Seat& seat, const Dice& dice, Boxes& out) {
  if (model.clutter <= 0) return;
  const auto life_ns = std::max<std::int64_t>(1, static_cast<std::int64_t>(model.clutter_life_s * 1e9));
  const std::int64_t epoch = dice.time_ns / life_ns;
  const int n = poisson(model.clutter, dice.share(kGhost, 0, epoch));
  for (int i = 0; i < n; ++i) {
    const auto draw = [&](std::uint64_t k) {
      return dice.share(kPlace, static_cast<std::uint64_t>(i) * 16 + 2 * k, epoch);
    };
    Box box;
    box.object_class = draw(0) < model.clutter_cars ? ObjectClass::kCar : ObjectClass::kPedestrian;
    const bool car = box.object_class == ObjectClass::kCar;
    const double range =
        model.fitted ? model.fitted->bands_m.back() : model.range_m[static_cast<std::size_t>(box.object_class)];
    const double r = model.near_m + (range - model.near_m) * std::sqrt(draw(1));
    const double azimuth = seat.yaw + (draw(2) - 0.5) * std::min(360.0, model.fov_deg) * sim::kPi / 180;
    box.x = seat.x + r * sim::cos(azimuth);
    box.y = seat.y + r * sim::sin(azimuth);
    box.yaw_rad = (2 * draw(3) - 1) * sim::kPi;
    box.length_m = car ? 4.2 : 0.6;
    box.width_m = car ? 1.8 : 0.6;
    box.height_m = car ? 1.5 : 1.7;
    box.confidence = static_cast<float>(0.2 + 0.4 * draw(4));
    out.push_back(box);
  }
}

}  // namespace

std::vector<double> visible_shares(const SensorFrame& frame, double x, double y) {
  View view;
  view.depth.fill(1e9f);
  view.owner.fill(-2);
  std::vector<std::vector<char>> covered(frame.truth.size(), std::vector<char>(kDirections, 0));
  for (const Wall& wall : frame.walls) draw(view, -1, wall.x0 - x, wall.y0 - y, wall.x1 - x, wall.y1 - y, nullptr);
  for (std::size_t t = 0; t < frame.truth.size(); ++t) {
    const auto c = corners_of(frame.truth[t], x, y);
    for (std::size_t k = 0; k < 4; ++k)
      draw(view, static_cast<std::int32_t>(t), c[k].x(), c[k].y(), c[(k + 1) % 4].x(), c[(k + 1) % 4].y(), &covered[t]);
  }
  std::vector<double> out(frame.truth.size());
  for (std::size_t t = 0; t < out.size(); ++t) {
    double all = 0, seen = 0;
    for (std::size_t i = 0; i < kDirections; ++i) {
      all += covered[t][i];
      seen += view.owner[i] == static_cast<std::int32_t>(t);
    }
    out[t] = all > 0 ? seen / all : 0;
  }
  return out;
}

std::size_t bin_of(const std::vector<double>& edges, double value) {
  return static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), value) - edges.begin());
}

double normal_distribution(double x) { return 0.5 * (1 + sim::tanh(0.7988 * x * (1 + 0.04417 * x * x))); }

Boxes imagine(const SensorFrame& frame, const std::vector<SensorModel>& sensors, std::uint64_t seed) {
  Boxes out;
  std::vector<double> best(frame.truth.size(), 1e9);  // variance of the sensor that counts
  std::vector<int> row(frame.truth.size(), -1);
  for (std::size_t s = 0; s < sensors.size(); ++s) {
    const SensorModel& model = sensors[s];
    const Seat seat = seat_of(frame, model);
    const Dice dice{seed, static_cast<std::uint32_t>(s), frame.time_ns};
    const std::vector<double> visible = visible_shares(frame, seat.x, seat.y);
    for (std::size_t t = 0; t < frame.truth.size(); ++t) {
      const Box& truth = frame.truth[t];
      double p = probability_of(model, truth, seat, visible[t]);
      if (p > 0 && frame.scene != nullptr)
        p = probability_of(model, truth, seat, visible[t] * frame.scene->open_share({seat.x, seat.y, seat.z}, truth));
      if (p <= 0 || normal_distribution(dice.wander(kLoss, truth.id, model.loss_correlation_s)) >= p) continue;
      const double r = sim::hypot(truth.x - seat.x, truth.y - seat.y);
      const Sigmas sigmas = sigmas_of(model, truth, r);
      const double sigma = sigmas.range_m + sigmas.cross_m;
      if (sigma >= best[t]) continue;
      best[t] = sigma;
      if (row[t] < 0) {
        row[t] = static_cast<int>(out.size());
        out.emplace_back();
      }
      Box& box = out[static_cast<std::size_t>(row[t])] = measured(truth, model, seat, dice);
      box.id = 0;
      box.confidence = static_cast<float>(std::min(1.0, p));
    }
    add_clutter(model, seat, dice, out);
  }
  return out;
}

}  // namespace bitgoeul::replay
