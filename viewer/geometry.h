// From our meshes to the scene graph's: the only place that knows both. The caller owns what it gets (osg::ref_ptr).
// make_geometry may be called on any thread.
#pragma once

#include "viewer/mesh.h"

namespace osg {
class Geometry;
class Program;
class StateSet;
}  // namespace osg

namespace bitgoeul::viewer {

// What is drawn into the shadow map, what only into the picture; and, side by side, in one half of it alone.
inline constexpr unsigned kCasterMask = 1, kPlainMask = 2, kLeftMask = 4, kRightMask = 8;

osg::Geometry* make_geometry(const Mesh& mesh);
osg::Program* make_program(const char* vertex, const char* fragment);
// Added to the picture behind it, no depth written: light on the ground.
void set_additive(osg::StateSet& state);

}  // namespace bitgoeul::viewer
