// Writes the log that npm_reader.mjs reads; what that script expects is fixed here: 1000 steps, a frame every tenth and
// at 0.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/replay/run_scene.h"

TEST_CASE("sample log for other readers" * doctest::skip()) {
  using namespace bitgoeul;
  const char* file = std::getenv("BITGOEUL_WRITE_SAMPLE");
  REQUIRE(file != nullptr);
  auto recorder = replay::Recorder::open(file, replay_test::Scene::header());
  REQUIRE(recorder);
  const replay_test::Scene scene;
  REQUIRE(scene.record(*recorder, 1000));
  REQUIRE(recorder->close());
}
