// Double-track vehicles against Bullet's ray-cast vehicle: 200 vehicles on a plane, one step of 10 ms, in one run. The
// ratio is counter `of_bullet`: time per vehicle-step of ours / theirs. `drive_by_wire` adds the powertrain.
#include <BulletDynamics/Vehicle/btRaycastVehicle.h>
#include <benchmark/benchmark.h>
#include <btBulletDynamicsCommon.h>

#include <chrono>
#include <memory>
#include <vector>

#include "tests/vehicles/double_track_rig.h"

namespace {

using namespace bitgoeul::vehicles;

constexpr int kVehicles = 200;

struct BulletCars {
  btDefaultCollisionConfiguration configuration;
  btCollisionDispatcher dispatcher{&configuration};
  btDbvtBroadphase broadphase;
  btSequentialImpulseConstraintSolver solver;
  btDiscreteDynamicsWorld world{&dispatcher, &broadphase, &solver, &configuration};
  btStaticPlaneShape plane{btVector3(0, 0, 1), 0};
  btBoxShape box{btVector3(2.2, 0.9, 0.5)};
  btCompoundShape chassis;
  btRigidBody ground{btRigidBody::btRigidBodyConstructionInfo(0, nullptr, &plane)};
  std::vector<std::unique_ptr<btRigidBody>> bodies;
  std::vector<std::unique_ptr<btVehicleRaycaster>> casters;
  std::vector<std::unique_ptr<btRaycastVehicle>> vehicles;

  explicit BulletCars(int count) {
    world.setGravity(btVector3(0, 0, -9.81));
    world.addRigidBody(&ground);
    btTransform up = btTransform::getIdentity();
    up.setOrigin(btVector3(0, 0, 0.6));
    chassis.addChildShape(up, &box);
    for (int i = 0; i < count; ++i) add(i);
  }
  ~BulletCars() {
    for (auto& v : vehicles) world.removeAction(v.get());
    for (auto& b : bodies) world.removeRigidBody(b.get());
    world.removeRigidBody(&ground);
  }
  void add(int i) {
    btVector3 inertia;
    chassis.calculateLocalInertia(1450, inertia);
    bodies.push_back(
        std::make_unique<btRigidBody>(btRigidBody::btRigidBodyConstructionInfo(1450, nullptr, &chassis, inertia)));
    btTransform at = btTransform::getIdentity();
    at.setOrigin(btVector3(9.0 * (i % 20), 9.0 * (i / 20), 0.5));
    bodies.back()->setWorldTransform(at);
    bodies.back()->setActivationState(DISABLE_DEACTIVATION);
    bodies.back()->setLinearVelocity(btVector3(12, 0, 0));
    world.addRigidBody(bodies.back().get());
    casters.push_back(std::make_unique<btDefaultVehicleRaycaster>(&world));
    btRaycastVehicle::btVehicleTuning tuning;
    vehicles.push_back(std::make_unique<btRaycastVehicle>(tuning, bodies.back().get(), casters.back().get()));
    btRaycastVehicle& v = *vehicles.back();
    v.setCoordinateSystem(1, 2, 0);
    for (int w = 0; w < 4; ++w)
      v.addWheel(btVector3(w < 2 ? 1.3 : -1.3, w % 2 ? -0.8 : 0.8, 0.3), btVector3(0, 0, -1), btVector3(0, 1, 0), 0.3,
                 0.32, tuning, w < 2);
    world.addAction(&v);
    for (int w = 0; w < 4; ++w) v.applyEngineForce(60, w);
  }
  void step() { world.stepSimulation(0.01, 0); }
};

template <class F>
double seconds_per_vehicle(F&& step) {
  for (int i = 0; i < 50; ++i) step();
  double best = 1e9;  // of several: other programs only add
  for (int k = 0; k < 15; ++k) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) step();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count() / 20 / kVehicles);
  }
  return best;
}

double bullet_seconds() {
  BulletCars cars(kVehicles);
  return seconds_per_vehicle([&] { cars.step(); });
}

void double_track_against_bullet(benchmark::State& state) {
  double ours = 0, wired = 0, theirs = 0;
  for (auto _ : state) {
    Rig rig(golf(), 2.636, 12, kVehicles);
    for (int i = 0; i < kVehicles; ++i) rig.inputs.steer[static_cast<std::size_t>(i)] = 0.01 * (i % 5);
    ours = seconds_per_vehicle([&] { rig.step(); });
    Rig driven(golf(), 2.636, 12, kVehicles);
    wired = seconds_per_vehicle([&] {
      for (std::size_t i = 0; i < kVehicles; ++i)
        drive_by_wire(driven.bodies, i, driven.parameters[i], 2.636, 0.6, {0.3, 0.02}, 12, 0, kRigDt, driven.inputs);
      driven.step();
    });
    theirs = bullet_seconds();
  }
  state.counters["double_track_ns"] = ours * 1e9;
  state.counters["with_drive_by_wire_ns"] = wired * 1e9;
  state.counters["btRaycastVehicle_ns"] = theirs * 1e9;
  state.counters["of_bullet"] = ours / theirs;
  state.counters["bullet_over_ours"] = theirs / ours;
}
BENCHMARK(double_track_against_bullet)->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
