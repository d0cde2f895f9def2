// Trailers of actors: each is drawn by its coupler from the hitch of the vehicle (or trailer) before it, its axle
// rolling without slip, so its reference point follows a tractrix (the kinematic on-axle model: Altafini, "Some
// properties of the general n-trailer", 2001). Used by Motion only. Thread rule: as Motion.
#pragma once

#include "scenarios/story/motion.h"

namespace bitgoeul::scenarios::story {

struct Towing {
  // Hangs it on, or lets go what hangs on `vehicle`; kNone as trailer: lets go. Fails where one has no hitch or
  // coupler.
  static sim::Result<void> connect(Motion& m, Row vehicle, Row trailer, const View& view);
  static void release(Motion& m, Row vehicle);
  // Puts what hangs on it straight behind it.
  static void align(Motion& m, Row vehicle);
  // After everybody else has moved.
  static void advance(Motion& m, double dt);

 private:
  static void follow(Motion& m, Row trailer, double dt);
};

}  // namespace bitgoeul::scenarios::story
