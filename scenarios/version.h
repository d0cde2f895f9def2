// Engine version and commit, as they stand in result.json and in every log.
#pragma once

namespace bitgoeul::scenarios {

const char* engine_version();
const char* engine_commit();

}  // namespace bitgoeul::scenarios
