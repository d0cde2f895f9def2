// freeze, stage 7: signals in the world, the groups they form, programs and stop lines.
#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {

void freeze_signals(Freezer&) {}

}  // namespace bitgoeul::maps::detail
