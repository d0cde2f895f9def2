// Actors: everything that moves, and the lamps of the signals, drawn as instances: one drawing call per kind and level
// of detail whatever their number. Fed once per frame with plain rows. Main thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "viewer/actor_models.h"
#include "viewer/camera.h"

namespace osg {
class Group;
}

namespace bitgoeul::viewer {

enum ActorFlag : std::uint8_t { kFlagBrake = 1, kFlagHead = 2, kFlagLeft = 4, kFlagRight = 8, kFlagShines = 16 };

struct Actor {
  Kind kind = Kind::kSedan;
  std::uint8_t flags = 0;
  Color color;
  double x = 0, y = 0, z = 0;  // centre of the box on the ground
  float yaw = 0, pitch = 0, roll = 0;
  float length = 4.6f, width = 1.9f, height = 1.5f;
  float steering = 0, wheel_turn = 0;
};

struct Lamp {
  Vec3 position{0, 0, 0};
  double heading = 0;
  Color color;
  bool lit = false;
};

class Actors {
 public:
  Actors();
  ~Actors();
  osg::Group* node();
  void update(std::span<const Actor> actors, std::span<const Lamp> lamps, const CameraPose& pose, double aspect,
              bool night);
  std::size_t drawn() const;  // instances in the last update

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::viewer
