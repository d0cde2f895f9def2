#include "vehicles/contact_solver.h"

#include <btBulletDynamicsCommon.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "sim/math.h"

namespace bitgoeul::vehicles {
namespace {

constexpr double kHalfHeightM = 0.75;  // all alike: the problem is plane
constexpr double kRestitutionFromMps = 0.5;
constexpr int kIterations = 60;  // a pile-up passes impulses through many bodies

// One body with its shape. A compound shape lets the box stand off the centre of gravity.
struct Item {
  std::unique_ptr<btBoxShape> box;
  std::unique_ptr<btCompoundShape> shape;
  std::unique_ptr<btRigidBody> body;
};

Item make_item(const ContactBody& from, const ContactMaterial& material, int index) {
  Item item;
  item.box = std::make_unique<btBoxShape>(btVector3(from.half_length, from.half_width, kHalfHeightM));
  item.shape = std::make_unique<btCompoundShape>(false, 1);
  btTransform offset = btTransform::getIdentity();
  offset.setOrigin(btVector3(from.box_ahead_m, 0, 0));
  item.shape->addChildShape(offset, item.box.get());
  const btVector3 inertia(from.yaw_inertia_kgm2, from.yaw_inertia_kgm2, from.yaw_inertia_kgm2);
  btRigidBody::btRigidBodyConstructionInfo info(from.mass_kg, nullptr, item.shape.get(), inertia);
  info.m_friction = std::sqrt(material.friction);  // Bullet multiplies those of the two bodies
  info.m_restitution = std::sqrt(material.restitution);
  item.body = std::make_unique<btRigidBody>(info);
  double sine, cosine;
  sim::sincos(from.yaw_rad, sine, cosine);
  btTransform at;
  at.setBasis(btMatrix3x3(cosine, -sine, 0, sine, cosine, 0, 0, 0, 1));
  at.setOrigin(btVector3(from.x, from.y, 0));
  item.body->setWorldTransform(at);
  item.body->setInterpolationWorldTransform(at);
  item.body->updateInertiaTensor();
  item.body->setLinearFactor(btVector3(1, 1, 0));
  item.body->setAngularFactor(btVector3(0, 0, 1));
  if (from.mass_kg > 0) {
    item.body->setLinearVelocity(btVector3(from.vx_mps, from.vy_mps, 0));
    item.body->setAngularVelocity(btVector3(0, 0, from.yaw_rate_radps));
  }
  item.body->setActivationState(DISABLE_DEACTIVATION);
  item.body->setUserIndex(index);
  return item;
}

void set_up(btContactSolverInfo& info) {
  info.m_numIterations = kIterations;
  info.m_splitImpulse = 1;
  info.m_splitImpulsePenetrationThreshold = 1e6;  // always: what has sunk in is moved out, not shot out
  info.m_restitutionVelocityThreshold = kRestitutionFromMps;
}

// What the step has changed. Bullet turns bodies by libm's sine, so their rotation is not read.
void take(const btRigidBody& body, double dt_s, ContactBody& to) {
  const btVector3& v = body.getLinearVelocity();
  const btVector3& at = body.getWorldTransform().getOrigin();
  to.vx_mps = v.x();
  to.vy_mps = v.y();
  to.yaw_rate_radps = body.getAngularVelocity().z();
  to.x = at.x() - v.x() * dt_s;
  to.y = at.y() - v.y() * dt_s;
}

void list_pairs(btCollisionDispatcher& dispatcher, std::vector<ContactPair>& pairs) {
  for (int i = 0; i < dispatcher.getNumManifolds(); ++i) {
    const btPersistentManifold& manifold = *dispatcher.getManifoldByIndexInternal(i);
    int a = manifold.getBody0()->getUserIndex(), b = manifold.getBody1()->getUserIndex();
    if (a > b) std::swap(a, b);
    double x = 0, y = 0;
    int count = 0;
    for (int k = 0; k < manifold.getNumContacts(); ++k) {
      const btManifoldPoint& point = manifold.getContactPoint(k);
      if (point.getDistance() > 0) continue;
      x += point.getPositionWorldOnB().x();
      y += point.getPositionWorldOnB().y();
      ++count;
    }
    if (count > 0) pairs.push_back({a, b, x / count, y / count});
  }
  std::sort(pairs.begin(), pairs.end(),
            [](const ContactPair& p, const ContactPair& q) { return p.a != q.a ? p.a < q.a : p.b < q.b; });
}

}  // namespace

void solve_contacts(std::span<ContactBody> bodies, const ContactMaterial& material, double dt_s,
                    std::vector<ContactPair>& pairs) {
  btDefaultCollisionConfiguration configuration;
  btCollisionDispatcher dispatcher(&configuration);
  btDbvtBroadphase broadphase;
  btSequentialImpulseConstraintSolver solver;
  std::vector<Item> items;
  items.reserve(bodies.size());
  pairs.clear();
  {
    btDiscreteDynamicsWorld world(&dispatcher, &broadphase, &solver, &configuration);
    world.setGravity(btVector3(0, 0, 0));
    set_up(world.getSolverInfo());
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      items.push_back(make_item(bodies[i], material, static_cast<int>(i)));
      world.addRigidBody(items.back().body.get());
    }
    world.stepSimulation(dt_s, 0);
    list_pairs(dispatcher, pairs);
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      if (bodies[i].mass_kg > 0) take(*items[i].body, dt_s, bodies[i]);
      world.removeRigidBody(items[i].body.get());
    }
  }
}

}  // namespace bitgoeul::vehicles
