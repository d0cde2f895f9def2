#include "vehicles/road_surface.h"

#include <doctest/doctest.h>

#include <cmath>

#include "maps/lane_geometry.h"
#include "maps/road_position.h"
#include "sim/math.h"
#include "tests/maps/rich_road.h"
#include "tests/vehicles/double_track_rig.h"

using namespace bitgoeul;
using namespace bitgoeul::vehicles;

namespace {

std::shared_ptr<const maps::Map> frozen(maps::MapBuilder builder) {
  sim::Issues issues;
  auto map = maps::freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  return *map;
}

// Height over the centre line as the surface tells it, t metres to the left at lane s.
double rise(const maps::Map& map, const RoadSurface& surface, maps::Row lane, double s, double t) {
  maps::Row point = maps::kNone;
  maps::lane_pose(map, lane, s, 0.0, point);
  const double from = map.points[point].s, to = map.points[point + 1].s;
  return surface.rise(lane, point, (s - from) / (to - from), t);
}

// Circles to the left on a cone: `lean` is the slope up to the right, the steering that of the radius without slip.
// Returns the radius that it drives.
double radius_on_bank(double speed_mps, double lean, double tan_steering) {
  Rig rig(golf(), 2.636, speed_mps, 1, 0, -lean);
  rig.bodies.road_bank[0] = -lean;
  double turned = 0, driven = 0;
  for (int i = 0; i < 2500; ++i) {
    const BodyPose pose = rig.pose();
    rig.inputs.road_x[0] = pose.x;
    rig.inputs.road_y[0] = pose.y;
    rig.inputs.dzdx[0] = lean * sim::sin(pose.yaw_rad);
    rig.inputs.dzdy[0] = -lean * sim::cos(pose.yaw_rad);
    rig.command({2.0 * (speed_mps - pose.forward_mps), 0});
    rig.inputs.steer[0] = tan_steering;
    rig.step();
    if (i < 1500) continue;
    const BodyPose after = rig.pose();
    turned += sim::wrap_angle(after.yaw_rad - pose.yaw_rad);
    driven += sim::hypot(after.x - pose.x, after.y - pose.y);
  }
  return driven / turned;
}

double braking_distance(double friction) {
  Rig rig(golf(), 2.636, 20);
  rig.inputs.friction[0] = friction;
  while (rig.pose().forward_mps > 0.05) rig.drive({-12, 0});
  return rig.pose().x;
}

}  // namespace

TEST_CASE("road surface: superelevation under a lane is the height that the road has there, in both directions") {
  const auto map = frozen(tests::rich_road());
  const RoadSurface surface(*map);
  int checked = 0;
  double worst = 0;
  for (maps::Row lane = 0; lane < static_cast<maps::Row>(map->lanes.size()); ++lane) {
    if (!maps::drivable(map->lanes[lane].type)) continue;
    for (double s = 1; s < map->lanes[lane].length; s += 7)
      for (const double t : {-1.6, -0.7, 0.0, 0.9, 1.5}) {
        const maps::LanePose pose = maps::lane_pose(*map, lane, s);
        const auto road = maps::to_road(*map, map->lanes[lane].road, pose.x - t * sim::sin(pose.heading),
                                        pose.y + t * sim::cos(pose.heading));
        REQUIRE(road.has_value());
        const auto center = maps::to_road(*map, map->lanes[lane].road, pose.x, pose.y);
        const double wanted = maps::to_world(*map, *road).z - maps::to_world(*map, *center).z;
        CAPTURE(lane);
        CAPTURE(s);
        CAPTURE(t);
        // Across the lane is not across the road where the lane swerves; on a hill that shows.
        const double swerve = std::fabs(sim::sin(pose.heading - maps::to_world(*map, *road).heading));
        CHECK(std::fabs(rise(*map, surface, lane, s, t) - wanted) < 0.004 + 0.05 * swerve * std::fabs(t));
        worst = std::max(worst, std::fabs(rise(*map, surface, lane, s, t)));
        ++checked;
      }
  }
  CHECK(checked > 200);
  CHECK(worst > 0.05);
}

TEST_CASE("road surface: crossfall from a shape, heights of a lane, friction of its material") {
  maps::MapBuilder builder;
  builder.name = builder.source = "camber";
  maps::RoadDraft road = tests::line_road("camber", 0, 0, 0, 100);
  road.sections[0].lanes = {tests::driving_lane(1), tests::driving_lane(-1), tests::driving_lane(-2)};
  road.shape = {{0, -8, 0.16, -0.02, 0, 0}, {0, 0, 0, 0.02, 0, 0}};  // 2 % down to the right, 2 % up to the left
  road.sections[0].lanes[2].heights = {{0, 0.0, 0.35}};
  road.sections[0].lanes[1].extras = {{"material", "<material sOffset=\"0\" friction=\"0.8\" surface=\"asphalt\"/>"},
                                      {"material", "<material sOffset=\"60\" friction=\"0.3\" surface=\"ice\"/>"}};
  road.sections[0].lanes[0].extras = {{"material", "<material sOffset=\"40\" friction=\"0.5\"/>"}};
  builder.roads = {road};
  const auto map = frozen(std::move(builder));
  const RoadSurface surface(*map);
  const maps::Row left = maps::lane_at(*map, 0, 0, 1), first = maps::lane_at(*map, 0, 0, -1),
                  second = maps::lane_at(*map, 0, 0, -2);
  CHECK(rise(*map, surface, first, 50, 1.0) == doctest::Approx(-0.02).epsilon(1e-5));
  CHECK(rise(*map, surface, first, 50, -1.0) == doctest::Approx(0.02).epsilon(1e-5));
  CHECK(rise(*map, surface, left, 50, 1.0) == doctest::Approx(-0.02).epsilon(1e-5));  // drives the other way
  CHECK(rise(*map, surface, second, 50, -1.0) == doctest::Approx(0.02 + 0.1).epsilon(1e-5));
  CHECK(surface.friction(*map, first, 10) == 0.8);
  CHECK(surface.friction(*map, first, 70) == 0.3);
  CHECK(surface.friction(*map, left, 10) == 0.5);  // its s runs against the road
  CHECK(surface.friction(*map, left, 70) == 1.0);
  CHECK(surface.friction(*map, second, 70) == 1.0);
}

TEST_CASE("bank: at the neutral speed the tyres need no side force and the car drives the radius of its wheels") {
  constexpr double kRadius = 120, kLean = 0.08, kWheelbase = 2.636;
  const double steer = kWheelbase / kRadius, neutral = std::sqrt(kGravityMps2 * kRadius * kLean);
  CHECK(radius_on_bank(neutral, kLean, steer) == doctest::Approx(kRadius).epsilon(0.01));
  // Linear single-track model: steering = L / R + K (v^2 / R - g lean). Below the neutral speed it turns in.
  const double k = understeer(golf());
  for (const double v : {0.6 * neutral, 1.3 * neutral}) {
    const double radius = (kWheelbase + k * v * v) / (steer + k * kGravityMps2 * kLean);
    CHECK(radius_on_bank(v, kLean, steer) == doctest::Approx(radius).epsilon(0.02));
    CHECK(radius_on_bank(v, 0, steer) == doctest::Approx((kWheelbase + k * v * v) / steer).epsilon(0.02));
  }
}

TEST_CASE("friction: the braking distance is in inverse proportion") {
  const double dry = braking_distance(1.0), wet = braking_distance(0.5), ice = braking_distance(0.2);
  const double lag = 20 * 0.06;  // of the brakes
  CHECK((wet - lag) / (dry - lag) == doctest::Approx(1.0 / 0.5).epsilon(0.08));
  CHECK((ice - lag) / (wet - lag) == doctest::Approx(0.5 / 0.2).epsilon(0.15));
}

TEST_CASE("bank: a car at rest on a banked, warped slope stays where it is for ten minutes") {
  Rig rig(model3(), 2.875, 0, 1, 0.05, 0.08);
  rig.inputs.warp[0] = 0.02;
  for (int i = 0; i < 500; ++i) rig.drive({-1, 0});
  const BodyPose before = rig.pose();
  for (int i = 0; i < 60000; ++i) rig.drive({-1, 0});
  const BodyPose after = rig.pose();
  CHECK(std::fabs(after.x - before.x) < 1e-6);
  CHECK(std::fabs(after.y - before.y) < 1e-6);
  CHECK(std::fabs(after.yaw_rad - before.yaw_rad) < 1e-6);
  CHECK(after.roll_rad == doctest::Approx(0.08).epsilon(0.1));
}

TEST_CASE("warp: a wheel that stands higher takes load from its neighbours, and the sum stays the weight") {
  // On a warped road the antiroll bars twist against each other: no net moment, so the car stays level.
  Rig rig(model3(), 2.875);
  rig.inputs.warp[0] = 0.03;
  for (int i = 0; i < 500; ++i) rig.drive({-1, 0});
  Rig plane(model3(), 2.875);
  for (int i = 0; i < 500; ++i) plane.drive({-1, 0});
  CHECK(rig.bodies.z[0] == doctest::Approx(plane.bodies.z[0]).epsilon(1e-3));
  const DoubleTrackParameters p = model3();
  // Roll stiffness of the axles decides to which the body leans: front lifts left by w, rear right by w.
  const auto stiffness = [&](std::size_t axle) {
    return (0.5 * p.spring_npm[axle] + p.antiroll_npm[axle]) * p.track_m[axle] * p.track_m[axle];
  };
  const double front = stiffness(0), rear = stiffness(1), angle = 2 * 0.03 / p.track_m[0];
  const double sprung = front + rear - p.mass_kg * kGravityMps2 * p.cg_height_m;
  CHECK(rig.pose().roll_rad == doctest::Approx((front - rear) * angle / sprung).epsilon(0.1));
}
