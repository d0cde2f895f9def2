// Stubs on frames made by hand: what is hidden is not seen, rates and errors are those asked for, tracks follow.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "replay/perception/lidar_cluster.h"
#include "replay/perception/rectangle.h"
#include "replay/perception/stub.h"
#include "replay/sensors/ray_scene.h"
#include "sim/random.h"
#include "tests/support/folders.h"

using namespace bitgoeul::replay;
namespace fs = std::filesystem;
namespace sim = bitgoeul::sim;
using doctest::Approx;

namespace {

Box car(double x, double y, std::uint64_t id = 3) {
  Box box;
  box.id = id;
  box.object_class = ObjectClass::kCar;
  box.x = x;
  box.y = y;
  box.length_m = 4.4;
  box.width_m = 1.8;
  box.height_m = 1.5;
  box.z = 0.75;
  return box;
}

SensorModel plain() {
  SensorModel model;
  model.x_m = 0;
  model.fall_off = 0;
  model.clutter = 0;
  model.confusion = 0;
  model.range_sigma_per_m = 0;
  return model;
}

SensorFrame frame_of(Boxes truth, std::int64_t time_ns = 0) {
  SensorFrame frame;
  frame.time_ns = time_ns;
  frame.truth = std::move(truth);
  frame.has_truth = true;
  return frame;
}

// Points on the sides that a lidar at the origin would see, and on flat ground; z = 0 is the ground.
PointCloud cloud_of(const Box& box, double slope = 0) {
  PointCloud cloud;
  const auto add = [&](double x, double y, double z) {
    cloud.x.push_back(static_cast<float>(x));
    cloud.y.push_back(static_cast<float>(y));
    cloud.z.push_back(static_cast<float>(z + slope * x));
  };
  for (double r = 3; r < 45; r += 0.5)
    for (double a = -3.1; a < 3.1; a += 0.02)
      if (!covers(box, r * std::cos(a), r * std::sin(a))) add(r * std::cos(a), r * std::sin(a), 0);
  const double c = std::cos(box.yaw_rad), s = std::sin(box.yaw_rad);
  const double u0 = c * box.x + s * box.y > 0 ? -box.length_m / 2 : box.length_m / 2;
  const double v0 = c * box.y - s * box.x > 0 ? -box.width_m / 2 : box.width_m / 2;
  for (double z = 0.3; z < box.height_m; z += 0.2) {
    for (double u = -box.length_m / 2; u <= box.length_m / 2; u += 0.1)
      add(box.x + c * u - s * v0, box.y + s * u + c * v0, z);
    for (double v = -box.width_m / 2; v <= box.width_m / 2; v += 0.1)
      add(box.x + c * u0 - s * v, box.y + s * u0 + c * v, z);
  }
  return cloud;
}

}  // namespace

TEST_CASE("what stands behind another is hidden, by the share of its width") {
  // Two cars across the line of sight, one behind the other; a third beside them; a wall.
  Box near = car(10, 0, 3), far = car(20, 0, 5), beside = car(20, 15, 7);
  near.yaw_rad = far.yaw_rad = beside.yaw_rad = sim::kPi / 2;
  SensorFrame frame = frame_of({near, far, beside});
  auto seen = visible_shares(frame, 0, 0);
  CHECK(seen[0] == 1);
  CHECK(seen[1] == 0);
  CHECK(seen[2] == 1);
  // Half of the far one's face (y from -2.2 to 2.2 at x = 19.1) behind a wall from y = 0 on.
  frame = frame_of({far});
  frame.walls.push_back({9.55, 0, 9.55, 30});
  CHECK(visible_shares(frame, 0, 0)[0] == Approx(0.5).epsilon(0.05));
}

TEST_CASE("phenomenological: nobody is seen through a building") {
  Triangles house;
  house.corners = {{10, -20, 0}, {10, 20, 0}, {10, 20, 8}, {10, -20, 8}};
  house.rows = {0, 1, 2, 0, 2, 3};
  const RayScene scene(house);
  SensorModel model = plain();
  model.probability = 1;
  SensorFrame frame = frame_of({car(20, 0, 3), car(-20, 0, 5)});
  CHECK(imagine(frame, {model}, 1).size() == 2);
  frame.scene = &scene;
  const Boxes found = imagine(frame, {model}, 1);
  REQUIRE(found.size() == 1);
  CHECK(found[0].x < 0);
}

TEST_CASE("phenomenological: rate, errors, correlation and burst length are those asked for") {
  SensorModel model = plain();
  model.probability = 0.7;
  model.loss_correlation_s = 0.5;
  model.range_sigma_m = 0.4;
  model.cross_sigma_rad = 0.01;
  model.error_correlation_s = 1;
  double hits = 0, frames = 0, sum = 0, squares = 0, across = 0, product = 0, pairs = 0, same = 0, last = NAN;
  int before = -1;
  for (std::uint64_t id = 1; id < 400; id += 2)
    for (int k = 0; k < 100; ++k) {
      const Boxes found = imagine(frame_of({car(50, 0, id)}, k * 100'000'000ll), {model}, 7);
      const int hit = static_cast<int>(found.size());
      frames += 1;
      hits += hit;
      same += k > 0 && hit == before;
      before = hit;
      const double error = hit != 0 ? found[0].x - 50 : NAN;
      if (hit != 0) {
        sum += error;
        squares += error * error;
        across += found[0].y * found[0].y;
        if (k > 0 && !std::isnan(last)) {
          product += error * last;
          pairs += 1;
        }
      }
      last = error;
    }
  CHECK(hits / frames == Approx(0.7).epsilon(0.03));
  CHECK(same / frames > 0.75);  // independent losses would give 0.58
  CHECK(std::abs(sum / hits) < 0.03);
  CHECK(std::sqrt(squares / hits) == Approx(0.4).epsilon(0.05));
  CHECK(std::sqrt(across / hits) == Approx(0.5).epsilon(0.05));
  CHECK(product / pairs / (squares / hits) == Approx(std::exp(-0.1)).epsilon(0.03));
}

TEST_CASE("phenomenological: field of view, range, clutter; the order of objects changes nothing") {
  SensorModel model = plain();
  model.probability = 1;
  model.fov_deg = 90;
  model.soft_edge_deg = 0;
  model.range_m[static_cast<std::size_t>(ObjectClass::kCar)] = 60;
  const Boxes found = imagine(frame_of({car(30, 0, 3), car(-30, 5, 5), car(70, 3, 7)}), {model}, 1);
  REQUIRE(found.size() == 1);
  CHECK(found[0].x == Approx(30).epsilon(0.05));
  const Boxes turned = imagine(frame_of({car(70, 3, 7), car(-30, 5, 5), car(30, 0, 3)}), {model}, 1);
  REQUIRE(turned.size() == 1);
  CHECK(turned[0].x == found[0].x);
  model.clutter = 3;
  double ghosts = 0;
  for (int k = 0; k < 2000; ++k)
    ghosts += static_cast<double>(imagine(frame_of({}, k * 400'000'000ll), {model}, 1).size());
  CHECK(ghosts / 2000 == Approx(3).epsilon(0.05));
}

TEST_CASE("a corner's rectangle: heading within a degree, sides as they are") {
  for (double yaw = -1.5; yaw < 1.5; yaw += 0.13) {
    std::vector<sim::Vec2> points;
    for (double t = 0; t <= 4; t += 0.05) points.push_back({10 + t * std::cos(yaw), 3 + t * std::sin(yaw)});
    for (double t = 0; t <= 1.8; t += 0.05) points.push_back({10 - t * std::sin(yaw), 3 + t * std::cos(yaw)});
    const Rectangle r = fit_corner(points);
    CHECK(std::abs(sim::wrap_angle(2 * (r.yaw_rad - yaw))) / 2 < sim::kPi / 180);
    CHECK(r.length_m == Approx(4).epsilon(0.02));
    CHECK(r.width_m == Approx(1.8).epsilon(0.05));
  }
}

TEST_CASE("lidar_cluster: one car on level and on rising ground, whichever way it stands") {
  LidarClusterScratch scratch;
  for (const double slope : {0.0, 0.06})
    for (double yaw = -1.4; yaw < 1.5; yaw += 0.35) {
      Box truth = car(18, 6);
      truth.yaw_rad = yaw;
      const Boxes found = find_clusters(cloud_of(truth, slope), {}, scratch);
      REQUIRE(found.size() == 1);
      CHECK(found[0].object_class == ObjectClass::kCar);
      CHECK(distance_m(found[0], truth) < 0.3);
      CHECK(bev_iou(found[0], truth) > 0.7);
      CHECK(std::abs(sim::wrap_angle(2 * (found[0].yaw_rad - yaw))) / 2 < 0.05);
    }
  Box wall = car(15, 0);
  wall.length_m = 30;
  wall.height_m = 5;
  CHECK(find_clusters(cloud_of(wall), {}, scratch).empty());
  CHECK(find_clusters({}, {}, scratch).empty());
}

TEST_CASE("tracker: confirmed by the third hit, exact on constant velocity, coasts, dies, keeps ids when paths cross") {
  TrackerSetup setup;
  TrackerState state;
  std::uint64_t ids[2] = {0, 0};
  for (int k = 0; k < 40; ++k) {
    const double t = 0.1 * k;
    Boxes found = {car(10 * t, -10 + 5 * t, 0), car(10 * t, 10 - 5 * t, 0)};  // they meet at t = 2 s
    if (k % 2 == 1) std::swap(found[0], found[1]);
    const Boxes tracks = track(found, k * 100'000'000ll, setup, state);
    CHECK(tracks.size() == (k < 2 ? 0u : 2u));
    if (k == 10) {
      ids[0] = tracks[0].id;
      ids[1] = tracks[1].id;
    }
    if (k < 30) continue;
    CHECK(tracks[0].id == ids[0]);
    CHECK(tracks[1].id == ids[1]);
    CHECK(std::abs(tracks[0].x - 10 * t) < 0.05);
    CHECK(std::abs(tracks[0].vx_mps - 10) < 0.2);
    CHECK(std::abs(std::abs(tracks[0].vy_mps) - 5) < 0.3);
  }
  std::size_t coasted = 0;
  for (int k = 40; k < 60; ++k) {
    const Boxes tracks = track({}, k * 100'000'000ll, setup, state);
    for (const Box& box : tracks) CHECK(box.predicted);
    coasted += tracks.size();
  }
  CHECK(coasted == 2u * static_cast<unsigned>(setup.coast_frames));
  CHECK(state.tracks.empty());
}

TEST_CASE("set-ups: presets load, mistakes are named with file, line and key") {
  const std::string folder = bitgoeul::tests::source_dir() + "/assets/perception";
  for (const char* name : {"lidar", "radar", "camera"}) {
    const auto setup = load_stub(name, {folder});
    REQUIRE(setup.has_value());
    CHECK(setup->kind == StubKind::kPhenomenological);
    CHECK(!setup->sensors.empty());
  }
  CHECK(!load_stub("no_such", {folder}).has_value());
  const auto unknown = parse_stub("stub: ideal\nrnage: 3\n", "a.yaml");
  REQUIRE(!unknown.has_value());
  CHECK(unknown.error().line == 2);
  CHECK(unknown.error().where == "rnage");
  CHECK(parse_stub("stub: phenomenological\n", "a.yaml").error().where == "sensors");
  CHECK(parse_stub("stub: lidar_cluster\nlidar_cluster: {cell_m: 0}\n", "a.yaml").error().line == 2);
  CHECK(!parse_stub("tracker: {confirm_hits: 6}", "a.yaml").has_value());
  CHECK(!parse_stub("stub: [", "a.yaml").has_value());
}

TEST_CASE("set-ups by vehicle: the first entry that fits, presets in place, mistakes with their line") {
  const std::string folder = bitgoeul::tests::source_dir() + "/assets/perception";
  const fs::path dir = fs::path(bitgoeul::tests::binary_dir()) / "test_replay_stubs";
  fs::create_directories(dir);
  const auto load = [&](const std::string& text) {
    std::ofstream(dir / "rigs.yaml") << text;
    return load_stubs((dir / "rigs.yaml").string(), {folder});
  };
  const auto stubs = load(
      "by_vehicle:\n"
      "- {vehicles: [ego_00*, taxi], preset: radar}\n"
      "- vehicles: ego_01?\n"
      "  stub: phenomenological\n"
      "  sensors: [{name: roof, x_m: 0.5, yaw_deg: 90, probability: 0.5}]\n"
      "- {vehicles: '*', stub: ideal, ideal_range_m: 70}\n");
  REQUIRE_MESSAGE(stubs.has_value(), sim::to_string(stubs.error()));
  CHECK(stubs->of("ego_003")->sensors.size() == 5);
  CHECK(stubs->of("taxi")->latency_ms == 60);
  CHECK(stubs->of("ego_012")->sensors.front().yaw_deg == 90);
  CHECK(stubs->of("ego_120")->ideal_range_m == 70);
  CHECK(stubs->of("")->kind == StubKind::kIdeal);
  // What a log keeps of it says the same, without the presets' folder.
  const auto text = read_stub((dir / "rigs.yaml").string(), {folder});
  REQUIRE(text.has_value());
  const auto again = parse_stubs(text->yaml, text->file);
  REQUIRE(again.has_value());
  CHECK(again->of("ego_003")->sensors.size() == 5);
  CHECK(load_stub("radar", {folder}, "anybody").has_value());

  const auto only = load("by_vehicle:\n- {vehicles: ego_0*, stub: ideal}\n");
  REQUIRE(only.has_value());
  const auto none = only->of("ego_100");
  REQUIRE_FALSE(none.has_value());
  CHECK(sim::to_string(none.error()).find("ego_100") != std::string::npos);
  const auto line_of = [&](const std::string& text) {
    const auto read = load(text);
    REQUIRE_FALSE(read.has_value());
    return read.error().line;
  };
  CHECK(line_of("by_vehicle:\n- {vehicles: a, stub: ideal}\n- {stub: ideal}\n") == 3);
  CHECK(line_of("by_vehicle:\n- {vehicles: a, preset: none_such}\n") == 2);
  CHECK(line_of("by_vehicle:\n- {vehicles: a, preset: radar}\n- {vehicles: b, rnage: 3}\n") == 3);
  CHECK(line_of("by_vehicle: 3\n") == 1);
  CHECK(line_of("by_vehicle:\n- {vehicles: a, stub: ideal}\nstub: ideal\n") == 3);
}

TEST_CASE("latency: never earlier than the frame before, within what was asked for") {
  StubSetup setup;
  setup.latency_ms = 80;
  setup.latency_jitter_ms = 60;
  std::int64_t last = 0;
  for (int k = 1; k < 200; ++k) {
    SensorFrame frame = frame_of({}, k * 20'000'000ll);
    const std::int64_t out = output_time_ns(frame, setup, 1, last);
    CHECK(out >= last);
    CHECK(out >= frame.time_ns + 80'000'000);
    CHECK(out <= frame.time_ns + 140'000'000);
    last = out;
  }
}
