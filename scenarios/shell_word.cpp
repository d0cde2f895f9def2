#include "scenarios/shell_word.h"

namespace bitgoeul::scenarios {

std::string shell_word(const std::string& word) {
  const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string text(1, '\'');
  for (const char c : word) c == '\'' ? text.append("'\\''") : text.append(1, c);
  return text.append(1, '\'');
}

}  // namespace bitgoeul::scenarios
