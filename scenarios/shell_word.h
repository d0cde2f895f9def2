// A word as a shell reads it back, and words as one line: for every command that we print for people to run again.
// Thread rule: pure.
#pragma once

#include <string>

namespace bitgoeul::scenarios {

std::string shell_word(const std::string& word);  // quoted only when it must be

}  // namespace bitgoeul::scenarios
