// Panels: what lies over the picture: time line, entities, inspector, plots, events, view, sensors, help, errors; and
// the lines and labels drawn onto the scene. Read and write the State; draw with ImGui between Window::begin and
// finish. One file per panel. Main thread only.
#pragma once

#include "viewer/state.h"

namespace bitgoeul::viewer {

void draw_panels(State& state, int width, int height);

}  // namespace bitgoeul::viewer
