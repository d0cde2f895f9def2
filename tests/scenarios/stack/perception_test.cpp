// A perception stub between the world and a stack: what it is told then, when, and that nothing of it hides from the
// state.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "scenarios/simulation.h"
#include "scenarios/stack/planner.h"
#include "tests/scenes/make.h"
#include "tests/scenes/scenes.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using scenarios::Simulation;
namespace stack = scenarios::stack;

namespace {

using Objects = std::vector<sim::ObservedObject>;

// Drives like the planner and writes down what it was told of: by step and vehicle.
struct Noting : stack::Planner {
  Noting() : Planner(stack::plan) {}
  std::map<std::pair<std::int64_t, sim::Row>, Objects> told;
  bool ask(std::span<const sim::Observation> all) override {
    for (const sim::Observation& o : all) told[{o.step, o.ego.row()}] = {o.objects.begin(), o.objects.end()};
    return Planner::ask(all);
  }
};

std::string preset(const std::string& name) {
  std::ifstream in(tests::source_dir() + "/assets/perception/" + name + ".yaml");
  std::stringstream text;
  text << in.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

std::unique_ptr<Simulation> make(sim::Stack& s, const std::string& perception, int threads = 1) {
  auto setup = scenes::small_city(3, 60, 6);
  for (auto& entity : setup.entities) entity.stack = 0;
  setup.stacks.push_back({"noting", &s});
  setup.stacks[0].perception = perception;
  return scenes::make(std::move(setup), threads);
}

bool same(const Objects& a, const Objects& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].id != b[i].id || a[i].x != b[i].x || a[i].y != b[i].y || a[i].yaw_rad != b[i].yaw_rad ||
        a[i].length_m != b[i].length_m || a[i].width_m != b[i].width_m ||
        std::fabs(a[i].speed_mps - b[i].speed_mps) > 1e-12)
      return false;
  return true;
}

}  // namespace

TEST_CASE("ideal perception tells what is there; with a latency, what was there so long ago") {
  Noting plain, ideal, late;
  auto a = make(plain, {}), b = make(ideal, "stub: ideal\n");
  for (int i = 0; i < 1000; ++i) a->step(), b->step();
  REQUIRE(plain.told.size() == ideal.told.size());
  std::size_t objects = 0;
  for (const auto& [key, seen] : plain.told) {
    CHECK(same(seen, ideal.told[key]));
    objects += seen.size();
  }
  CHECK(objects > 1000);
  // Asked every 50 ms: 120 ms late is what was there 150 ms ago. The planner drives otherwise then, so that only the
  // beginning can be compared: nothing until the first result, and that is what the first observation saw.
  auto c = make(late, "stub: ideal\nlatency_ms: 120\n");
  for (int i = 0; i < 30; ++i) c->step();
  for (const auto& [key, seen] : late.told) {
    const auto& [step, row] = key;
    if (step < 15)
      CHECK(seen.empty());
    else if (step == 15)
      CHECK(same(seen, plain.told[{0, row}]));
  }
}

TEST_CASE("a lidar's objects: near the truth but not on it, none from far away, tracks that keep their id") {
  Noting plain, seeing;
  auto a = make(plain, {}), b = make(seeing, preset("lidar"));
  std::size_t told = 0, near = 0, exact = 0, kept = 0, before = 0;
  std::map<sim::Row, std::set<std::uint64_t>> last;
  for (int i = 0; i < 1500; ++i) b->step();
  for (int i = 0; i < 200; ++i) a->step();
  for (const auto& [key, seen] : seeing.told) {
    std::set<std::uint64_t> ids;
    for (const auto& o : seen) ids.insert(std::uint64_t{o.id.generation} << 32 | o.id.index);
    for (const std::uint64_t id : last[key.second]) kept += ids.count(id), ++before;
    last[key.second] = ids;
    CHECK(ids.size() == seen.size());
    // What really is there, in the first two seconds, in which both drive alike as yet; late by up to 150 ms.
    const auto truth = plain.told.find(key);
    if (truth == plain.told.end()) continue;
    for (const auto& o : seen) {
      ++told;
      double least = 1e9;
      for (const auto& t : truth->second) least = std::min(least, std::hypot(o.x - t.x, o.y - t.y));
      near += least < 3.0;
      exact += least == 0.0;
    }
  }
  MESSAGE(told << " told, " << near << " near the truth; " << kept << " of " << before << " tracks go on");
  REQUIRE(told > 100);
  CHECK(static_cast<double>(near) > 0.9 * static_cast<double>(told));
  CHECK(exact == 0);
  CHECK(static_cast<double>(kept) > 0.9 * static_cast<double>(before));
}

TEST_CASE("with a stub: the same bits for any number of threads, and after save and restore") {
  Noting one, three, other;
  auto a = make(one, preset("radar")), b = make(three, preset("radar"), 3), c = make(other, preset("radar"), 2);
  for (int i = 0; i < 403; ++i) a->step(), b->step();
  CHECK(a->state_hash() == b->state_hash());
  REQUIRE(c->restore(a->save()).has_value());
  for (int i = 0; i < 300; ++i) {
    a->step(), c->step();
    REQUIRE(a->state_hash() == c->state_hash());
  }
  CHECK(a->state_hash() == a->state_hash_in_full());
}

TEST_CASE("a stub that a run cannot have is refused with its reason") {
  const auto refused = [](const std::string& perception) {
    Noting noting;
    auto setup = scenes::small_city(3, 10, 2);
    for (auto& entity : setup.entities) entity.stack = 0;
    setup.stacks.push_back({"noting", &noting});
    setup.stacks[0].perception = perception;
    const auto made = Simulation::make(std::move(setup));
    return made ? std::string() : made.error().what;
  };
  CHECK(refused("stub: ideal").empty());
  CHECK(refused("stub: lidar_cluster").find("needs the points") != std::string::npos);
  CHECK(refused("stub: logged").find("detections of a log") != std::string::npos);
  CHECK(refused("stub: ideal\nlatency_ms: 2000").find("later than 1 s") != std::string::npos);
  CHECK_FALSE(refused("stub: nonsense").empty());
}
