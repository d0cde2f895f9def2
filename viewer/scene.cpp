#include "viewer/scene.h"

#include <algorithm>
#include <cmath>
#include <osg/Camera>
#include <osg/ColorMask>
#include <osg/CullFace>
#include <osg/Depth>
#include <osg/Geode>
#include <osg/Geometry>
#include <osg/Group>
#include <osg/MatrixTransform>
#include <osg/Point>
#include <osg/PolygonOffset>
#include <osg/Program>
#include <osg/Texture2D>
#include <thread>

#include "viewer/geometry.h"
#include "viewer/shaders.h"
#include "viewer/tiles.h"

namespace bitgoeul::viewer {

namespace {

constexpr int kShadowSize = 2048, kShadowUnit = 3;

osg::Vec3 v3(const Vec3& v) {
  return {static_cast<float>(v.x()), static_cast<float>(v.y()), static_cast<float>(v.z())};
}
osg::Vec3d v3d(const Vec3& v) { return {v.x(), v.y(), v.z()}; }

osg::ref_ptr<osg::Geode> make_sky() {
  osg::ref_ptr<osg::Geometry> quad = new osg::Geometry;
  osg::ref_ptr<osg::Vec3Array> corners = new osg::Vec3Array;
  for (const auto& [x, y] : {std::pair{-1, -1}, {1, -1}, {1, 1}, {-1, 1}})
    corners->push_back(osg::Vec3(static_cast<float>(x), static_cast<float>(y), 0));
  quad->setUseDisplayList(false), quad->setUseVertexBufferObjects(true);
  quad->setVertexArray(corners);
  quad->addPrimitiveSet(new osg::DrawArrays(GL_TRIANGLE_FAN, 0, 4));
  quad->setCullingActive(false);
  osg::ref_ptr<osg::Geode> geode = new osg::Geode;
  geode->addDrawable(quad);
  geode->setCullingActive(false);
  geode->setNodeMask(kPlainMask);
  osg::StateSet* state = geode->getOrCreateStateSet();
  state->setAttributeAndModes(make_program(shaders::kSkyVertex, shaders::kSkyFragment), osg::StateAttribute::ON);
  // Last of the opaque: only what nothing covers is painted.
  state->setAttributeAndModes(new osg::Depth(osg::Depth::LEQUAL, 1, 1, false), osg::StateAttribute::ON);
  state->setRenderBinDetails(5, "RenderBin");
  return geode;
}

}  // namespace

struct Scene::Impl {
  osg::ref_ptr<osg::Group> root, world = new osg::Group;
  osg::ref_ptr<osg::Camera> shadow = new osg::Camera, right = new osg::Camera;
  osg::ref_ptr<osg::Texture2D> shadow_map = new osg::Texture2D;
  osg::ref_ptr<osg::MatrixTransform> points = new osg::MatrixTransform;
  osg::ref_ptr<osg::Uniform> point_size = new osg::Uniform("point_size", 2.0f);
  std::unique_ptr<Tiles> tiles;
  Actors actors, others;  // others: of the second run, side by side
  Light light;
  double near_m = 0.5, far_m = 60000;

  void set(const char* name, const osg::Vec3& v) {
    world->getOrCreateStateSet()->getOrCreateUniform(name, osg::Uniform::FLOAT_VEC3)->set(v);
  }
  void set(const char* name, double v) {
    world->getOrCreateStateSet()->getOrCreateUniform(name, osg::Uniform::FLOAT)->set(static_cast<float>(v));
  }
  void set(const char* name, const osg::Matrixd& m) {
    world->getOrCreateStateSet()->getOrCreateUniform(name, osg::Uniform::FLOAT_MAT4)->set(osg::Matrixf(m));
  }

  void make_shadow() {
    shadow_map->setTextureSize(kShadowSize, kShadowSize);
    shadow_map->setInternalFormat(GL_DEPTH_COMPONENT24);
    shadow_map->setSourceFormat(GL_DEPTH_COMPONENT);
    shadow_map->setSourceType(GL_UNSIGNED_INT);
    shadow_map->setShadowComparison(true);
    shadow_map->setFilter(osg::Texture::MIN_FILTER, osg::Texture::LINEAR);
    shadow_map->setFilter(osg::Texture::MAG_FILTER, osg::Texture::LINEAR);
    shadow_map->setWrap(osg::Texture::WRAP_S, osg::Texture::CLAMP_TO_EDGE);
    shadow_map->setWrap(osg::Texture::WRAP_T, osg::Texture::CLAMP_TO_EDGE);
    shadow->setRenderOrder(osg::Camera::PRE_RENDER);
    shadow->setReferenceFrame(osg::Transform::ABSOLUTE_RF);
    shadow->setRenderTargetImplementation(osg::Camera::FRAME_BUFFER_OBJECT);
    shadow->setViewport(0, 0, kShadowSize, kShadowSize);
    shadow->setClearMask(GL_DEPTH_BUFFER_BIT);
    shadow->attach(osg::Camera::DEPTH_BUFFER, shadow_map);
    shadow->setComputeNearFarMode(osg::CullSettings::DO_NOT_COMPUTE_NEAR_FAR);
    shadow->setCullMask(kCasterMask);
    shadow->addChild(world);
    osg::StateSet* state = shadow->getOrCreateStateSet();
    const auto force = osg::StateAttribute::ON | osg::StateAttribute::OVERRIDE;
    state->addUniform(new osg::Uniform("shadow_pass", 1.0f), force);
    state->setAttributeAndModes(new osg::ColorMask(false, false, false, false), force);
    state->setAttributeAndModes(new osg::PolygonOffset(1.5f, 4.0f), force);
    state->setMode(GL_POLYGON_OFFSET_FILL, force);
    state->setMode(GL_CULL_FACE, osg::StateAttribute::OFF | osg::StateAttribute::OVERRIDE);
    osg::StateSet* lit = world->getOrCreateStateSet();
    lit->setTextureAttributeAndModes(kShadowUnit, shadow_map, osg::StateAttribute::ON);
    lit->addUniform(new osg::Uniform("shadow_map", kShadowUnit));
    root->addChild(shadow);
  }

  void make_right_half() {
    right->setRenderOrder(osg::Camera::POST_RENDER);
    right->setReferenceFrame(osg::Transform::ABSOLUTE_RF);
    right->setClearMask(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
    right->setClearColor(osg::Vec4(0.5f, 0.6f, 0.7f, 1));
    right->setComputeNearFarMode(osg::CullSettings::DO_NOT_COMPUTE_NEAR_FAR);
    right->setCullingMode(osg::CullSettings::VIEW_FRUSTUM_CULLING | osg::CullSettings::SMALL_FEATURE_CULLING);
    right->setSmallFeatureCullingPixelSize(1.0f);
    right->setCullMask(~kLeftMask);
    right->setNodeMask(0);
    right->addChild(world);
    root->addChild(right);
  }

  // A square of ground about what is looked at, moved in whole texels so that edges stand still.
  void aim_shadow(const CameraPose& pose, const Weather& weather) {
    const double floor = tiles ? tiles->ground(pose.eye.x(), pose.eye.y()) : 0,
                 height = std::max(2.0, pose.eye.z() - floor);
    const double half = std::clamp(height * 1.6, 70.0, 700.0);
    const bool on =
        weather.shadows && light.night < 0.9 && light.haze < 0.7 && height < 700 && light.sun_color.norm() > 0.25;
    shadow->setNodeMask(on ? ~0u : 0u);
    set("shadows", on ? 1.0 : 0.0);
    if (!on) return;
    const double reach = pose.ahead.z() < -0.05 ? std::min(height / -pose.ahead.z(), half * 1.4) : half * 0.75;
    Vec3 middle = pose.eye + pose.ahead * reach;
    middle.z() = tiles ? tiles->ground(middle.x(), middle.y()) : 0;
    const Vec3 side = Vec3(0, 0, 1).cross(light.sun).normalized(), up = light.sun.cross(side);
    const double texel = 2 * half / kShadowSize;
    const auto snap = [texel](double v) { return std::round(v / texel) * texel; };
    const Vec3 snapped = side * snap(middle.dot(side)) + up * snap(middle.dot(up)) + light.sun * middle.dot(light.sun);
    const osg::Matrixd view = osg::Matrixd::lookAt(v3d(snapped + light.sun * 600), v3d(snapped), v3d(up));
    const osg::Matrixd projection = osg::Matrixd::ortho(-half, half, -half, half, 100, 1100);
    shadow->setViewMatrix(view);
    shadow->setProjectionMatrix(projection);
    const osg::Matrixd eye = osg::Matrixd::lookAt(v3d(pose.eye), v3d(pose.eye + pose.ahead), v3d(pose.up));
    set("shadow_from_eye", osg::Matrixd::inverse(eye) * view * projection * osg::Matrixd::scale(0.5, 0.5, 0.5) *
                               osg::Matrixd::translate(0.5, 0.5, 0.5));
  }

  void set_light(const CameraPose& pose, double aspect, double time_s) {
    const osg::Matrixd eye = osg::Matrixd::lookAt(v3d(pose.eye), v3d(pose.eye + pose.ahead), v3d(pose.up));
    const auto turned = [&eye](const Vec3& v) { return osg::Vec3(osg::Matrixd::transform3x3(v3d(v), eye)); };
    set("sun_eye", turned(light.sun)), set("up_eye", turned(Vec3(0, 0, 1)));
    set("sun_world", v3(light.sun)), set("sun_color", v3(light.sun_color));
    set("sky_light", v3(light.sky_light)), set("ground_light", v3(light.ground_light));
    set("zenith_color", v3(light.zenith)), set("horizon_color", v3(light.horizon)), set("fog_color", v3(light.fog));
    set("fog_density", light.fog_density), set("night", light.night), set("haze", light.haze), set("wet", light.wet);
    set("blink", std::fmod(time_s, 0.8) < 0.4 ? 1.0 : 0.0), set("shadow_pass", 0.0);
    osg::Matrixd turn = eye;
    turn.setTrans(0, 0, 0);
    set("ray_from_clip",
        osg::Matrixd::inverse(turn * osg::Matrixd::perspective(pose.fov_rad * 180 / sim::kPi, aspect, 0.5, 100)));
  }
};

Scene::Scene(osg::Group* root) : impl_(std::make_unique<Impl>()) {
  Impl& s = *impl_;
  s.root = root;
  s.make_shadow();
  s.make_right_half();
  osg::StateSet* state = s.world->getOrCreateStateSet();
  state->setMode(GL_DEPTH_TEST, osg::StateAttribute::ON);
  state->setMode(GL_LIGHTING, osg::StateAttribute::OFF);
  state->setMode(GL_CULL_FACE, osg::StateAttribute::OFF);
  s.world->addChild(s.actors.node());
  s.world->addChild(s.others.node());
  s.others.node()->setNodeMask(kRightMask);
  s.world->addChild(make_sky());
  s.world->addChild(s.points);
  osg::StateSet* points = s.points->getOrCreateStateSet();
  points->setAttributeAndModes(make_program(shaders::kPointVertex, shaders::kPointFragment), osg::StateAttribute::ON);
  points->setMode(GL_VERTEX_PROGRAM_POINT_SIZE, osg::StateAttribute::ON);
  points->addUniform(s.point_size);
  s.points->setNodeMask(kPlainMask);
  root->addChild(s.world);
}

Scene::~Scene() = default;

void Scene::set_map(std::shared_ptr<const maps::Map> map) {
  Impl& s = *impl_;
  if (s.tiles) s.world->removeChild(s.tiles->node());
  s.tiles = nullptr;
  if (!map) return;
  const unsigned cores = std::max(2u, std::thread::hardware_concurrency());
  s.tiles = std::make_unique<Tiles>(std::move(map), static_cast<int>(std::min(4u, cores)));
  s.world->addChild(s.tiles->node());
}

void Scene::set_points(std::span<const ScenePoint> points, const Vec3& origin, float size_px) {
  Impl& s = *impl_;
  s.points->removeChildren(0, s.points->getNumChildren());
  s.point_size->set(size_px);
  if (points.empty()) return;
  osg::ref_ptr<osg::Vec3Array> places = new osg::Vec3Array;
  osg::ref_ptr<osg::Vec4ubArray> colors = new osg::Vec4ubArray;
  places->reserve(static_cast<unsigned>(points.size())), colors->reserve(static_cast<unsigned>(points.size()));
  for (const ScenePoint& p : points) {
    places->push_back(osg::Vec3(p.x, p.y, p.z));
    colors->push_back(osg::Vec4ub(p.color.r, p.color.g, p.color.b, 255));
  }
  colors->setNormalize(true);
  osg::ref_ptr<osg::Geometry> g = new osg::Geometry;
  g->setUseDisplayList(false), g->setUseVertexBufferObjects(true);
  g->setVertexArray(places);
  g->setColorArray(colors, osg::Array::BIND_PER_VERTEX);
  g->addPrimitiveSet(new osg::DrawArrays(GL_POINTS, 0, static_cast<int>(places->size())));
  osg::ref_ptr<osg::Geode> geode = new osg::Geode;
  geode->addDrawable(g);
  s.points->addChild(geode);
  s.points->setMatrix(osg::Matrixd::translate(origin.x(), origin.y(), origin.z()));
}

void Scene::update(const CameraPose& pose, double aspect, const Weather& weather, double time_s, const SceneRun& run,
                   const SceneRun* second, bool patient) {
  Impl& s = *impl_;
  const double above = pose.eye.z() - (s.tiles ? s.tiles->ground(pose.eye.x(), pose.eye.y()) : 0);
  s.light = light_of(weather, above);
  if (!s.tiles) {  // no map: a dark ground that points stand out from
    s.light.zenith = s.light.horizon = s.light.fog = Vec3(0.055, 0.065, 0.08);
    s.light.fog_density = 0, s.light.haze = 1;
  }
  if (s.tiles) patient ? s.tiles->settle(pose.eye, s.light.night > 0) : s.tiles->update(pose.eye, s.light.night > 0);
  s.actors.update(run.actors, run.lamps, pose, aspect, s.light.night > 0.05);
  // One shadow map serves both halves: with two runs vehicles throw none.
  s.actors.node()->setNodeMask(second ? kLeftMask : kLeftMask | kCasterMask);
  s.right->setNodeMask(second ? ~0u : 0u);
  if (second) s.others.update(second->actors, second->lamps, pose, aspect, s.light.night > 0.05);
  const double height = std::max(1.0, above);
  s.near_m = std::clamp(height * 0.12, 0.3, 400.0), s.far_m = std::max(60000.0, height * 12);
  s.set_light(pose, aspect, time_s);
  s.aim_shadow(pose, weather);
}

void Scene::place_right_half(const CameraPose& pose, int width, int height) {
  Impl& s = *impl_;
  const int half = width / 2;
  s.right->setViewport(half, 0, width - half, height);
  s.right->setViewMatrixAsLookAt(v3d(pose.eye), v3d(pose.eye + pose.ahead), v3d(pose.up));
  s.right->setProjectionMatrixAsPerspective(pose.fov_rad * 180 / sim::kPi, static_cast<double>(half) / height, s.near_m,
                                            s.far_m);
}

bool Scene::settled() const { return !impl_->tiles || impl_->tiles->settled(); }
double Scene::ground(double x, double y) const { return impl_->tiles ? impl_->tiles->ground(x, y) : 0; }
double Scene::near_m() const { return impl_->near_m; }
double Scene::far_m() const { return impl_->far_m; }
const Light& Scene::light() const { return impl_->light; }
std::size_t Scene::drawn() const {
  return impl_->actors.drawn() + (impl_->right->getNodeMask() != 0 ? impl_->others.drawn() : 0);
}

}  // namespace bitgoeul::viewer
