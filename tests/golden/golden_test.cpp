// One hash for every number of threads, compiler, optimisation level and CPU: tests/golden/<scene>.txt holds, per line,
// a step and the state hash after it. BITGOEUL_UPDATE_GOLDEN=1 writes the files anew; say in the commit why behaviour
// changed.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "scenarios/simulation.h"
#include "tests/scenes/scenes.h"
#include "tests/support/folders.h"

using namespace bitgoeul;

namespace {

constexpr std::int64_t kSteps = 2000;
constexpr std::int64_t kEvery = 200;

std::string run(const std::string& scene, int threads) {
  auto setup = *scenes::by_name(scene);
  setup.threads = threads;
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE(made.has_value());
  std::ostringstream out;
  for (std::int64_t step = 0; step <= kSteps; ++step) {
    if (step % kEvery == 0) out << step << ' ' << sim::to_hex((*made)->state_hash()) << '\n';
    (*made)->step();
  }
  return out.str();
}

std::string file_of(const std::string& scene) {
  return bitgoeul::tests::source_dir() + "/tests/golden/" + scene + ".txt";
}

std::string read(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("golden scenes have one hash for 1, 2, 3, 8 and 16 threads") {
  for (const std::string& scene : scenes::golden_names()) {
    if (std::getenv("BITGOEUL_UPDATE_GOLDEN")) std::ofstream(file_of(scene)) << run(scene, 1);
    const std::string wanted = read(file_of(scene));
    REQUIRE_MESSAGE(!wanted.empty(), "no golden file for " << scene);
    for (const int threads : {1, 2, 3, 8, 16}) {
      CAPTURE(scene);
      CAPTURE(threads);
      CHECK(run(scene, threads) == wanted);
    }
  }
}

// A row that changes without a mark would keep its old hash.
TEST_CASE("golden scenes: the hash of what is marked is the hash of everything, after every step") {
  for (const std::string& scene : scenes::golden_names()) {
    CAPTURE(scene);
    auto marked = scenarios::Simulation::make(*scenes::by_name(scene));
    auto full = scenarios::Simulation::make(*scenes::by_name(scene));
    REQUIRE((marked.has_value() && full.has_value()));
    for (int step = 0; step < 1500; ++step) {
      (*marked)->step();
      (*full)->step();
      REQUIRE_MESSAGE((*marked)->state_hash() == (*full)->state_hash_in_full(), "step " << step);
    }
  }
}
