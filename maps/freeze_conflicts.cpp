// freeze, stage 8: where lanes' swept areas overlap, and who goes first there.
#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {

void freeze_conflicts(Freezer&) {}

}  // namespace bitgoeul::maps::detail
