#include "viewer/panels.h"

namespace bitgoeul::viewer {

void draw_panels(State&, int, int) {}

}  // namespace bitgoeul::viewer
