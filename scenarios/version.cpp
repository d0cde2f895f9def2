#include "scenarios/version.h"

#ifndef BITGOEUL_COMMIT
#define BITGOEUL_COMMIT ""
#endif

namespace bitgoeul::scenarios {

const char* engine_version() { return BITGOEUL_VERSION; }
const char* engine_commit() { return BITGOEUL_COMMIT; }

}  // namespace bitgoeul::scenarios
