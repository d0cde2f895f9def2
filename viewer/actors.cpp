#include "viewer/actors.h"

#include <algorithm>
#include <cmath>
#include <osg/Geode>
#include <osg/Geometry>
#include <osg/MatrixTransform>
#include <osg/Program>
#include <osg/VertexAttribDivisor>
#include <vector>

#include "viewer/geometry.h"
#include "viewer/shaders.h"

namespace bitgoeul::viewer {

namespace {

constexpr double kNearM = 70, kMiddleM = 350, kFarM = 6000, kLampM = 700;
constexpr double kLastLodM[kModelLods] = {kNearM, kMiddleM, kFarM};
constexpr unsigned kFirstAttribute = 10;

// One drawing call: a mesh and the rows of its instances.
struct Batch {
  osg::ref_ptr<osg::Geometry> geometry;
  osg::ref_ptr<osg::Vec4Array> columns[4];  // place, turn, size, paint
  osg::ref_ptr<osg::Geode> geode = new osg::Geode;

  void make(const Mesh& mesh, double wheel_radius, unsigned mask) {
    geometry = make_geometry(mesh);
    geometry->setDataVariance(osg::Object::DYNAMIC);
    geometry->setCullingActive(false);
    geode->setCullingActive(false);
    osg::StateSet* state = geode->getOrCreateStateSet();
    for (unsigned i = 0; i < 4; ++i) {
      columns[i] = new osg::Vec4Array;
      columns[i]->setDataVariance(osg::Object::DYNAMIC);
      columns[i]->setBinding(osg::Array::BIND_PER_VERTEX);
      geometry->setVertexAttribArray(kFirstAttribute + i, columns[i]);
      state->setAttributeAndModes(new osg::VertexAttribDivisor(kFirstAttribute + i, 1), osg::StateAttribute::ON);
    }
    state->addUniform(new osg::Uniform("wheel_radius", static_cast<float>(wheel_radius)));
    geode->addDrawable(geometry);
    geode->setNodeMask(mask);
    clear();
    finish();
  }

  void clear() {
    for (auto& column : columns) column->clear();
  }

  void finish() {
    const auto n = static_cast<int>(columns[0]->size());
    geode->setNodeMask(n == 0 ? 0 : mask_);
    if (n == 0) return;
    for (auto& column : columns) column->dirty();
    geometry->getPrimitiveSet(0)->setNumInstances(n);
  }

  void set_mask(unsigned mask) { mask_ = mask; }

 private:
  unsigned mask_ = kPlainMask;
};

// A half-inch of light ahead of each vehicle at night: a long disc on the road.
Mesh beam_mesh() {
  Mesh mesh;
  const Color middle = rgb(0xb7a888), rim = rgb(0x000000);
  const Vec3 up(0, 0, 1);
  mesh.add({7.5, 0, 0.25}, up, middle, Material::kGlow);
  constexpr int kSides = 16;
  for (int i = 0; i < kSides; ++i) {
    const double a = 2 * sim::kPi * i / kSides;
    mesh.add({12 + 11 * std::cos(a), (3.4 + 1.2 * std::cos(a)) * std::sin(a), 0.25}, up, rim, Material::kGlow);
    const auto next = static_cast<std::uint32_t>((i + 1) % kSides);
    mesh.index.insert(mesh.index.end(), {0, 1 + static_cast<std::uint32_t>(i), 1 + next});
  }
  return mesh;
}

// Faces +x; two sides so that it is seen under its hood from below too.
Mesh lamp_mesh() {
  Mesh mesh;
  for (int i = 0; i < 10; ++i) {
    const double a = 2 * sim::kPi * i / 10, b = 2 * sim::kPi * (i + 1) / 10;
    mesh.triangle({0, 0, 0}, {0, 0.15 * std::cos(a), 0.15 * std::sin(a)}, {0, 0.15 * std::cos(b), 0.15 * std::sin(b)},
                  rgb(0xffffff), Material::kBody);
  }
  return mesh;
}

// The cone of what can be seen, as a cheap test on spheres.
struct Sight {
  Vec3 eye, right, up, ahead;
  double side = 1, side_scale = 1, top = 1, top_scale = 1;
  Sight(const CameraPose& pose, double aspect) : eye(pose.eye), ahead(pose.ahead) {
    right = pose.ahead.cross(pose.up).normalized(), up = right.cross(pose.ahead);
    top = std::tan(pose.fov_rad / 2), side = top * aspect;
    top_scale = std::sqrt(1 + top * top), side_scale = std::sqrt(1 + side * side);
  }
  bool sees(const Vec3& p, double radius) const {
    const Vec3 d = p - eye;
    const double depth = d.dot(ahead);
    return depth > -radius && std::abs(d.dot(right)) < depth * side + radius * side_scale &&
           std::abs(d.dot(up)) < depth * top + radius * top_scale;
  }
};

}  // namespace

struct Actors::Impl {
  osg::ref_ptr<osg::MatrixTransform> root = new osg::MatrixTransform;
  Model models[kKinds];
  Batch batches[kKinds][kModelLods];
  Batch lamps, beams;
  std::size_t drawn = 0;

  static osg::Vec4 color_of(Color c) { return {c.r / 255.0f, c.g / 255.0f, c.b / 255.0f, 0}; }

  void add(Batch& batch, const Actor& a, const Model& m, const Vec3& origin) {
    batch.columns[0]->push_back(osg::Vec4(static_cast<float>(a.x - origin.x()), static_cast<float>(a.y - origin.y()),
                                          static_cast<float>(a.z - origin.z()), a.yaw));
    batch.columns[1]->push_back(osg::Vec4(a.pitch, a.roll, a.steering, a.wheel_turn));
    batch.columns[2]->push_back(osg::Vec4(a.length / static_cast<float>(m.length),
                                          a.width / static_cast<float>(m.width),
                                          a.height / static_cast<float>(m.height), static_cast<float>(a.flags)));
    batch.columns[3]->push_back(color_of(a.color));
  }
};

Actors::Actors() : impl_(std::make_unique<Impl>()) {
  Impl& a = *impl_;
  osg::ref_ptr<osg::Program> surface = make_program(shaders::kActorVertex, shaders::kSurfaceFragment);
  const auto add = [&](Batch& batch, const Mesh& mesh, double radius, unsigned mask) {
    batch.set_mask(mask);
    batch.make(mesh, radius, mask);
    batch.geode->getOrCreateStateSet()->setAttributeAndModes(surface, osg::StateAttribute::ON);
    a.root->addChild(batch.geode);
  };
  for (int k = 0; k < kKinds; ++k) {
    a.models[k] = make_model(static_cast<Kind>(k));
    for (int lod = 0; lod < kModelLods; ++lod)
      add(a.batches[k][lod], a.models[k].lod[static_cast<std::size_t>(lod)], a.models[k].wheel_radius,
          kCasterMask | kPlainMask);
  }
  add(a.lamps, lamp_mesh(), 0, kPlainMask);
  add(a.beams, beam_mesh(), 0, kPlainMask);
  osg::StateSet* beam = a.beams.geode->getStateSet();
  beam->setAttributeAndModes(make_program(shaders::kActorPoolVertex, shaders::kPoolFragment), osg::StateAttribute::ON);
  set_additive(*beam);
  a.root->setCullingActive(false);
}

Actors::~Actors() = default;
osg::Group* Actors::node() { return impl_->root; }
std::size_t Actors::drawn() const { return impl_->drawn; }

void Actors::update(std::span<const Actor> actors, std::span<const Lamp> lamps, const CameraPose& pose, double aspect,
                    bool night) {
  Impl& a = *impl_;
  const Sight sight(pose, aspect);
  const Vec3 origin(std::round(pose.eye.x() / 64) * 64, std::round(pose.eye.y() / 64) * 64, 0);
  a.root->setMatrix(osg::Matrixd::translate(origin.x(), origin.y(), origin.z()));
  for (auto& kind : a.batches)
    for (Batch& batch : kind) batch.clear();
  a.lamps.clear(), a.beams.clear();
  a.drawn = 0;
  for (const Actor& actor : actors) {
    const Vec3 p(actor.x, actor.y, actor.z + 1);
    const double d = (p - pose.eye).norm();
    if (d > kFarM) continue;
    const bool in_sight = sight.sees(p, d < 120 ? 30 : 8);  // near ones may throw a shadow into the picture
    if (!in_sight) continue;
    const int lod = d < kLastLodM[0] ? 0 : d < kLastLodM[1] ? 1 : 2;
    const auto k = static_cast<std::size_t>(actor.kind);
    a.add(a.batches[k][lod], actor, a.models[k], origin);
    if (night && d < 900 && (actor.flags & kFlagHead)) a.add(a.beams, actor, a.models[k], origin);
    ++a.drawn;
  }
  const Model unit{1, 1, 1, 0, {}};
  for (const Lamp& lamp : lamps) {
    const double d = (lamp.position - pose.eye).norm();
    if (d > kLampM || !sight.sees(lamp.position, 1)) continue;
    const float big = lamp.lit && d > 80 ? static_cast<float>(std::min(3.0, d / 80)) : 1.0f;  // still seen from afar
    const Color dark = mix(lamp.color, rgb(0x15181a), 0.85);
    a.add(a.lamps,
          {Kind::kSedan, static_cast<std::uint8_t>(lamp.lit ? kFlagShines : 0), lamp.lit ? lamp.color : dark,
           lamp.position.x(), lamp.position.y(), lamp.position.z(), static_cast<float>(lamp.heading), 0, 0, big, big,
           big, 0, 0},
          unit, origin);
  }
  for (auto& kind : a.batches)
    for (Batch& batch : kind) batch.finish();
  a.lamps.finish(), a.beams.finish();
}

}  // namespace bitgoeul::viewer
