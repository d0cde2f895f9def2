#include <cstdio>

#include "scenarios/version.h"

int main() {
  std::printf("bitgoeul %s\n", bitgoeul::scenarios::engine_version());
  return 0;
}
