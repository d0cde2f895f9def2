// The shading programs as text (GLSL 3.30, compatibility): one look for everything that stands, one for instances of
// what moves, the sky, points. Read by scene.cpp and its neighbours only; material numbers are those of mesh.h.
#pragma once

namespace bitgoeul::viewer::shaders {

extern const char* const kStillVertex;
extern const char* const kActorVertex;
extern const char* const kSurfaceFragment;  // of both
extern const char* const kPoolVertex;       // light on the ground, added to the picture
extern const char* const kActorPoolVertex;
extern const char* const kPoolFragment;
extern const char* const kSkyVertex;
extern const char* const kSkyFragment;
extern const char* const kPointVertex;
extern const char* const kPointFragment;

}  // namespace bitgoeul::viewer::shaders
