// EglContext: a drawing surface in memory through EGL, so that pictures are made without a screen or an X server.
// Made by the window when it is headless. Single thread.
#pragma once

#include <string>

namespace osg {
class GraphicsContext;
}

namespace bitgoeul::viewer {

// Null, with the reason in `why`, when EGL or its driver does not give one. The caller owns it (osg::ref_ptr).
osg::GraphicsContext* make_egl_context(int width, int height, int samples, std::string& why);

}  // namespace bitgoeul::viewer
