// A fit recovers the parameters of the stub that made the detections, within what its samples allow; its YAML is a stub
// that errs alike.
#include "replay/perception/fit.h"

#include <doctest/doctest.h>

#include <cmath>

#include "replay/local_frame.h"
#include "sim/random.h"

using namespace bitgoeul::replay;
namespace sim = bitgoeul::sim;
using doctest::Approx;

namespace {

constexpr int kFrames = 600, kCars = 60;

// Sixty cars in a field, none before another, some drive along.
Boxes field(int k) {
  Boxes truth;
  for (int i = 0; i < kCars; ++i) {
    Box box;
    box.id = static_cast<std::uint64_t>(2 * i + 1);
    box.object_class = i % 10 == 0 ? ObjectClass::kPedestrian : ObjectClass::kCar;
    const double azimuth = 2 * sim::kPi * i / kCars, r = 6 + 1.2 * i;
    box.vx_mps = i % 2 == 0 ? 5 * sim::cos(azimuth) : 0, box.vy_mps = i % 2 == 0 ? 5 * sim::sin(azimuth) : 0;
    const double moved = 0.1 * (k % 20);
    box.x = r * sim::cos(azimuth) + box.vx_mps * moved, box.y = r * sim::sin(azimuth) + box.vy_mps * moved;
    box.yaw_rad = azimuth;
    box.has_velocity = true;
    const bool walks = box.object_class == ObjectClass::kPedestrian;
    box.length_m = walks ? 0.5 : 0.9, box.width_m = walks ? 0.5 : 0.4;  // narrow, so that none hides another
    box.height_m = 1.6, box.z = 0.8;
    truth.push_back(box);
  }
  return truth;
}

Fit fit_to(const StubSetup& setup, std::uint64_t seed, const FitOptions& options, double lag_s = 0) {
  Fit fit(options);
  LivePerception live(setup, seed);
  for (int k = 0; k < kFrames; ++k) {
    SensorFrame frame;
    frame.time_ns = k * 100'000'000LL;
    frame.has_truth = true;
    frame.truth = field(k);
    Percept percept = live.take(frame);
    for (Box& box : percept.detections)
      if (box.has_velocity && lag_s > 0) box.x -= box.vx_mps * lag_s, box.y -= box.vy_mps * lag_s;
    fit.take(percept);
  }
  return fit;
}

StubSetup known() {
  StubSetup setup;
  setup.kind = StubKind::kPhenomenological;
  setup.latency_ms = 80;
  SensorModel& m = setup.sensors.emplace_back();
  m.x_m = m.y_m = 0;
  for (double& range : m.range_m) range = 100;
  m.probability = 0.9, m.fall_off = 0.6;
  m.loss_correlation_s = 0.4, m.error_correlation_s = 0.5;
  m.range_bias_m = 0.15, m.range_sigma_m = 0.2, m.range_sigma_per_m = 0.002, m.cross_sigma_rad = 0.004;
  m.yaw_sigma_rad = 0.06, m.yaw_flip = 0.1, m.size_sigma = 0.08, m.velocity_sigma_mps = 0.4;
  m.measures_velocity = true;
  m.confusion = 0.05;
  m.clutter = 0.8, m.clutter_life_s = 0.5;
  return setup;
}

FitOptions looked_from_middle() {
  FitOptions options;
  options.sensor_x_m = 0;
  options.region.range_m = 80;
  return options;
}

}  // namespace

TEST_CASE("fit: what a stub of known parameters does is found again") {
  const StubSetup setup = known();
  const SensorModel& true_model = setup.sensors.front();
  FitSummary s;
  const SensorModel m = fit_to(setup, 7, looked_from_middle()).model(s);
  REQUIRE(m.fitted.has_value());
  const FittedTables& t = *m.fitted;
  CHECK(s.frames == kFrames);
  std::size_t within = 0;
  for (int k = 0; k < kFrames; ++k)
    for (const Box& box : field(k)) within += sim::hypot(box.x, box.y) <= 80;
  CHECK(s.truths == within);
  REQUIRE(t.bands_m.size() == 8);
  double total = 0;
  for (std::size_t band = 0; band < 8; ++band) {
    // About 8 objects a band; values of one object keep for about half a second: so many independent ones.
    const double n = t.all.samples[band * 4 + 3];
    total += n;
    REQUIRE(n > 500);
    const double independent = n * 0.1 / (2 * 0.5), r = t.bands_m[band] - 5;
    const double p = true_model.probability * (1 - true_model.fall_off * r * r / 1e4);
    CHECK(t.all.detected[band * 4 + 3] == Approx(p).epsilon((4 * std::sqrt(p * (1 - p) / independent) + 0.01) / p));
    const double sigma = true_model.range_sigma_m + true_model.range_sigma_per_m * r;
    CHECK(std::abs(t.all.range_bias_m[band] - true_model.range_bias_m) < 4 * sigma / std::sqrt(independent));
    CHECK(t.all.range_sigma_m[band] == Approx(sigma).epsilon(4 / std::sqrt(2 * independent)));
    const double across = true_model.cross_sigma_rad * r;
    CHECK(std::abs(t.all.cross_bias_m[band]) < 4 * across / std::sqrt(independent));
    CHECK(t.all.cross_sigma_m[band] == Approx(across).epsilon(4 / std::sqrt(2 * independent) + 0.1));
  }
  CHECK(total == static_cast<double>(within));
  CHECK(s.loss_correlation_s == Approx(0.4).epsilon(0.15));
  CHECK(s.error_correlation_s == Approx(0.5).epsilon(0.15));
  CHECK(t.all.yaw_sigma_rad == Approx(0.06).epsilon(0.06));
  CHECK(t.all.yaw_flip == Approx(0.1).epsilon(0.25));
  CHECK(t.all.size_sigma == Approx(0.08).epsilon(0.06));
  CHECK(t.all.velocity_sigma_mps == Approx(0.4).epsilon(0.06));
  CHECK(t.all.confusion == Approx(0.05).epsilon(1.0));  // drawn once for each of 60 objects
  CHECK(s.latency_ms == Approx(80));
  CHECK(s.latency_jitter_ms == Approx(0));
  CHECK(std::abs(s.lag_s) < 0.05);
  REQUIRE(t.classes[static_cast<std::size_t>(ObjectClass::kPedestrian)].has_value());
  CHECK_FALSE(t.classes[static_cast<std::size_t>(ObjectClass::kTruck)].has_value());
  // Ghosts are drawn to 100 m and asked for to 80 m: (80 / 100)^2 of them, but for those that fall on a car.
  CHECK(m.clutter == Approx(0.8 * 0.64).epsilon(0.15));
  CHECK(m.clutter_life_s == Approx(0.5).epsilon(0.25));
  CHECK(m.clutter_cars == Approx(0.7).epsilon(0.15));
}

TEST_CASE("fit: its YAML is a stub, and a fit to that stub gives the same tables") {
  const FitOptions options = looked_from_middle();
  FitSummary s, again;
  const SensorModel m = fit_to(known(), 7, options).model(s);
  const std::string yaml = fit_yaml(m, s, "a field of cars");
  const auto setup = parse_stub(yaml, "fitted.yaml");
  REQUIRE_MESSAGE(setup.has_value(), sim::to_string(setup.error()));
  CHECK(setup->kind == StubKind::kFitted);
  const SensorModel n = fit_to(*setup, 8, options).model(again);
  for (std::size_t band = 0; band < 8; ++band) {
    CHECK(n.fitted->all.detected[band * 4 + 3] == Approx(m.fitted->all.detected[band * 4 + 3]).epsilon(0.15));
    CHECK(n.fitted->all.range_sigma_m[band] == Approx(m.fitted->all.range_sigma_m[band]).epsilon(0.25));
  }
  CHECK(again.error_correlation_s == Approx(s.error_correlation_s).epsilon(0.2));
  CHECK(again.loss_correlation_s == Approx(s.loss_correlation_s).epsilon(0.2));
  CHECK(static_cast<double>(again.hits) == Approx(static_cast<double>(s.hits)).epsilon(0.02));
  CHECK(n.clutter == Approx(m.clutter).epsilon(0.2));
}

TEST_CASE("fit: positions that lie behind what moves tell a latency that nobody stamped") {
  FitSummary s;
  StubSetup setup = known();
  setup.sensors.front().range_bias_m = 0;
  fit_to(setup, 7, looked_from_middle(), 0.2).model(s);
  CHECK(s.lag_s == Approx(0.2).epsilon(0.1));
}

TEST_CASE("fit: a few samples are told as few, and empty bands take what the nearest has") {
  Fit fit(looked_from_middle());
  Percept percept;
  percept.has_truth = true;
  percept.truth = {field(0)[1]};  // at 7.2 m
  percept.detections = percept.truth;
  fit.take(percept);
  FitSummary s;
  const SensorModel m = fit.model(s);
  CHECK(s.truths == 1);
  CHECK(s.hits == 1);
  CHECK(m.fitted->all.samples[3] == 1);
  CHECK(m.fitted->all.samples[7] == 0);
  for (const double p : m.fitted->all.detected) CHECK(p == Approx(0.75));  // (1 + 1/2) / (1 + 1)
  CHECK(fit_yaml(m, s, "one car").find("1 truths in 1 frames") != std::string::npos);
}

TEST_CASE("fitted: a slip in the tables is refused with its line") {
  const auto refused = [](const std::string& tables, const std::string& word) {
    const auto stub = parse_stub("stub: fitted\nsensors:\n- fitted:\n" + tables, "f.yaml");
    REQUIRE_FALSE(stub.has_value());
    INFO(sim::to_string(stub.error()));
    CHECK(sim::to_string(stub.error()).find(word) != std::string::npos);
    CHECK(stub.error().line > 0);
  };
  const std::string edges = "    bands_m: [10, 20]\n    shares: [0.5, 1]\n";
  refused("    shares: [1]\n", "bands_m is missing");
  refused("    bands_m: [20, 10]\n    shares: [1]\n", "ascend");
  refused("    bands_m: [10]\n    shares: [0.5]\n", "end at 1");
  refused(edges + "    all: {detected: [1, 1, 1]}\n", "4 numbers");
  refused(edges + "    all: {detected: [1, 1, 1, 2]}\n", "0 to 1");
  refused(edges, "all");
  refused(edges + "    lorry: {detected: [1, 1, 1, 1]}\n", "not known");
  CHECK_FALSE(parse_stub("stub: fitted\nsensors:\n- name: a\n", "f.yaml").has_value());
  CHECK_FALSE(
      parse_stub("stub: phenomenological\nsensors:\n- fitted:\n" + edges + "    all: {detected: [1, 1, 1, 1]}\n",
                 "f.yaml")
          .has_value());
}
