#include "viewer/tiles.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <osg/Geode>
#include <osg/Geometry>
#include <osg/Group>
#include <osg/MatrixTransform>
#include <osg/PolygonOffset>
#include <set>
#include <thread>

#include "viewer/city_mesh.h"
#include "viewer/furniture_mesh.h"
#include "viewer/geometry.h"
#include "viewer/road_mesh.h"
#include "viewer/shaders.h"
#include "viewer/terrain.h"
#include "viewer/tile_grid.h"

namespace bitgoeul::viewer {

namespace {

// A tile nearer than this is replaced by its children.
constexpr double kRefineM[kLevels] = {0, 650, 2600};
constexpr std::size_t kKeep = 420;  // tiles in memory before far ones go

struct Look {
  osg::ref_ptr<osg::StateSet> solid = new osg::StateSet, paint = new osg::StateSet, pool = new osg::StateSet;
  Look() {
    osg::ref_ptr<osg::Program> surface = make_program(shaders::kStillVertex, shaders::kSurfaceFragment);
    solid->setAttributeAndModes(surface, osg::StateAttribute::ON);
    paint->setAttributeAndModes(surface, osg::StateAttribute::ON);
    paint->setAttributeAndModes(new osg::PolygonOffset(-2.0f, -4.0f), osg::StateAttribute::ON);
    paint->setMode(GL_POLYGON_OFFSET_FILL, osg::StateAttribute::ON);
    pool->setAttributeAndModes(make_program(shaders::kPoolVertex, shaders::kPoolFragment), osg::StateAttribute::ON);
    set_additive(*pool);
  }
};

struct Piece {
  Mesh solid, flat, paint, pool;  // flat: lies on the ground and throws no shadow
};

Piece make_piece(const maps::Map& map, const TileGrid& grid, const Terrain& terrain, const TileKey& key) {
  Piece p;
  const std::vector<LaneRun> runs = grid.runs(key);
  const CityInput city{map, grid, terrain};
  p.flat = terrain_mesh(terrain, grid, key);
  add_road_surfaces(key.level == 0 ? p.solid : p.flat, map, terrain, runs, key);
  if (key.level < 2) add_junction_floors(p.flat, map, key);
  add_buildings(p.solid, city, runs, key);
  add_objects(p.solid, map, key);
  if (key.level < 2) add_trees(p.solid, city, runs, key);
  if (key.level == 0) {
    add_road_paint(p.paint, map, runs, key);
    add_signals(p.solid, map, key);
    add_street_lamps(p.solid, p.pool, city, runs, key);
  } else if (key.level == 1) {
    Mesh masts;  // from afar only the light shows
    add_street_lamps(masts, p.pool, city, runs, key);
  }
  return p;
}

// What stands, and the light of its lamps.
struct Nodes {
  osg::ref_ptr<osg::MatrixTransform> still = new osg::MatrixTransform, pools = new osg::MatrixTransform;
};

Nodes make_nodes(const Piece& piece, const Look& look, const TileKey& key) {
  Nodes n;
  const auto add = [](osg::Group& group, const Mesh& mesh, osg::StateSet* state, unsigned mask) {
    if (mesh.empty()) return;
    osg::ref_ptr<osg::Geode> geode = new osg::Geode;
    geode->addDrawable(make_geometry(mesh));
    geode->setStateSet(state);
    geode->setNodeMask(mask);
    group.addChild(geode);
  };
  add(*n.still, piece.flat, look.solid, kPlainMask);
  add(*n.still, piece.solid, look.solid, kCasterMask | kPlainMask);
  add(*n.still, piece.paint, look.paint, kPlainMask);
  add(*n.pools, piece.pool, look.pool, kPlainMask);
  for (auto& node : {n.still, n.pools}) {
    node->setMatrix(osg::Matrixd::translate(key.center().x(), key.center().y(), 0));
    node->getBound();  // computed here, not in the frame
  }
  return n;
}

// Bare land to the horizon, below everything.
osg::ref_ptr<osg::Node> far_land(const maps::Map& map, const Terrain& terrain, osg::StateSet* state) {
  constexpr double kReach = 250000;
  const Vec2 middle((map.box.min_x + map.box.max_x) / 2, (map.box.min_y + map.box.max_y) / 2);
  double low = 1e9;
  for (const double x : {map.box.min_x, middle.x(), map.box.max_x})
    for (const double y : {map.box.min_y, middle.y(), map.box.max_y}) low = std::min(low, terrain.land(x, y));
  Mesh mesh;
  add_box(mesh, {{0, 0}, kReach, kReach, {1, 0}}, low - 70, low - 60, {rgb(0x667548), rgb(0x667548)});
  osg::ref_ptr<osg::MatrixTransform> at = new osg::MatrixTransform;
  at->setMatrix(osg::Matrixd::translate(middle.x(), middle.y(), 0));
  osg::ref_ptr<osg::Geode> geode = new osg::Geode;
  geode->addDrawable(make_geometry(mesh));
  geode->setStateSet(state);
  geode->setNodeMask(kPlainMask);
  at->addChild(geode);
  return at;
}

struct Tile {
  std::optional<Nodes> nodes;
  std::int64_t wanted = 0;  // frame
};

}  // namespace

struct Tiles::Impl {
  std::shared_ptr<const maps::Map> map;
  std::unique_ptr<TileGrid> grid;
  std::unique_ptr<Terrain> terrain;
  Look look;
  osg::ref_ptr<osg::Group> root = new osg::Group, still = new osg::Group, pools = new osg::Group;
  std::map<TileKey, Tile> tiles;
  std::set<TileKey> shown, next;
  std::vector<TileKey> top;
  std::int64_t frame = 0;
  bool missing = true;
  Vec3 eye{0, 0, 0};

  std::mutex mutex;  // guards what follows
  std::condition_variable work, finished;
  std::multimap<double, TileKey> queue;  // nearest first
  std::set<TileKey> busy;
  std::vector<std::pair<TileKey, Nodes>> done;
  bool stop = false;
  std::vector<std::thread> workers;

  void run() {
    std::unique_lock lock(mutex);
    while (!stop) {
      if (queue.empty()) {
        work.wait(lock);
        continue;
      }
      const TileKey key = queue.begin()->second;
      queue.erase(queue.begin());
      busy.insert(key);
      lock.unlock();
      const Nodes nodes = make_nodes(make_piece(*map, *grid, *terrain, key), look, key);
      lock.lock();
      done.emplace_back(key, nodes);
      finished.notify_one();
    }
  }

  double distance(const TileKey& key) const {
    const Vec2 low = key.low();
    const double dx = std::max({low.x() - eye.x(), eye.x() - low.x() - key.size(), 0.0});
    const double dy = std::max({low.y() - eye.y(), eye.y() - low.y() - key.size(), 0.0});
    const double dz = std::max(0.0, eye.z() - terrain->land(key.center().x(), key.center().y()));
    return std::sqrt(dx * dx + dy * dy + dz * dz);
  }

  bool ready(const TileKey& key) {
    Tile& tile = tiles[key];
    tile.wanted = frame;
    return tile.nodes.has_value();
  }

  // Shows the tile, or its children; a missing one is asked for.
  void visit(const TileKey& key) {
    if (key.level > 0 && distance(key) < kRefineM[key.level]) {
      bool all = true;
      for (int i = 0; i < 4; ++i) all &= ready(child(key, i));
      if (all) {
        for (int i = 0; i < 4; ++i) visit(child(key, i));
        return;
      }
      missing = true;
    }
    if (ready(key))
      next.insert(key);
    else
      missing = true;
  }

  static TileKey child(const TileKey& key, int i) { return {key.level - 1, key.x * 2 + i % 2, key.y * 2 + i / 2}; }

  void take_done() {
    std::lock_guard lock(mutex);
    for (auto& [key, nodes] : done) {
      tiles[key].nodes = nodes;
      busy.erase(key);
    }
    done.clear();
  }

  void ask() {
    std::lock_guard lock(mutex);
    queue.clear();
    for (const auto& [key, tile] : tiles)
      // Coarse ones first: they show the whole city at once.
      if (!tile.nodes && tile.wanted == frame && busy.count(key) == 0)
        queue.emplace(distance(key) - key.level * 3000.0, key);
    if (!queue.empty()) work.notify_all();
  }

  void forget_far() {
    if (tiles.size() <= kKeep + top.size()) return;
    std::vector<std::pair<double, TileKey>> old;
    for (const auto& [key, tile] : tiles)
      if (tile.wanted < frame - 60 && key.level < kLevels - 1) old.emplace_back(distance(key), key);
    std::sort(old.rbegin(), old.rend());
    for (const auto& [d, key] : old) {
      if (tiles.size() <= kKeep + top.size()) break;
      tiles.erase(key);
    }
  }

  void show() {
    for (const TileKey& key : shown)
      if (next.count(key) == 0)
        still->removeChild(tiles[key].nodes->still), pools->removeChild(tiles[key].nodes->pools);
    for (const TileKey& key : next)
      if (shown.count(key) == 0) still->addChild(tiles[key].nodes->still), pools->addChild(tiles[key].nodes->pools);
    shown.swap(next);
  }
};

Tiles::Tiles(std::shared_ptr<const maps::Map> map, int workers) : impl_(std::make_unique<Impl>()) {
  impl_->map = std::move(map);
  impl_->grid = std::make_unique<TileGrid>(*impl_->map);
  impl_->terrain = std::make_unique<Terrain>(*impl_->map);
  impl_->top = impl_->grid->tiles(kLevels - 1);
  impl_->root->addChild(impl_->still), impl_->root->addChild(impl_->pools);
  impl_->root->addChild(far_land(*impl_->map, *impl_->terrain, impl_->look.solid));
  for (int i = 0; i < workers; ++i) impl_->workers.emplace_back([this] { impl_->run(); });
}

Tiles::~Tiles() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stop = true;
  }
  impl_->work.notify_all();
  for (std::thread& worker : impl_->workers) worker.join();
}

osg::Group* Tiles::node() { return impl_->root; }
bool Tiles::settled() const { return !impl_->missing; }
double Tiles::ground(double x, double y) const { return impl_->terrain->ground(x, y, 16); }

void Tiles::settle(const Vec3& eye, bool pools) {
  update(eye, pools);
  while (!settled()) {
    {
      std::unique_lock lock(impl_->mutex);
      impl_->finished.wait(lock, [this] { return !impl_->done.empty(); });
    }
    update(eye, pools);
  }
}

void Tiles::update(const Vec3& eye, bool pools) {
  Impl& t = *impl_;
  t.take_done();
  t.eye = eye, t.missing = false, ++t.frame;
  t.pools->setNodeMask(pools ? kPlainMask : 0);
  t.next.clear();
  for (const TileKey& key : t.top) t.visit(key);
  t.ask();
  t.show();
  t.forget_far();
}

}  // namespace bitgoeul::viewer
