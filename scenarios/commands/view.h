// The viewer as another command starts it. Thread rule: the main thread only.
#pragma once

#include <string>
#include <vector>

namespace bitgoeul::scenarios::commands {

int find_viewer();                                        // 0, or an exit code after the reason was printed
int start_viewer(const std::vector<std::string>& words);  // instead of this program; comes back only when it cannot
int show_in_viewer(const std::string& run);               // waits until its window is closed; its exit code

}  // namespace bitgoeul::scenarios::commands
