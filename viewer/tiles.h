// Tiles: the still part of the picture, made square by square in background threads while the camera moves, coarse
// from afar and complete near by. A tile gives way to its four children only when all of them are there, so nothing
// ever blinks. Main thread only, but for the workers inside.
#pragma once

#include <memory>

#include "maps/map.h"
#include "viewer/mesh.h"

namespace osg {
class Group;
}

namespace bitgoeul::viewer {

class Tiles {
 public:
  Tiles(std::shared_ptr<const maps::Map> map, int workers);
  ~Tiles();

  osg::Group* node();
  // Takes in what is finished, asks for what the eye needs, shows the best there is.
  void update(const Vec3& eye, bool pools);
  // The same, and waits until nothing that is wanted is missing.
  void settle(const Vec3& eye, bool pools);
  bool settled() const;  // nothing that the last update wanted is missing
  double ground(double x, double y) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::viewer
