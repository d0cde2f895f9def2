// The 65 scenarios for which another player's trajectories are there: each is run here, and every entity compared at
// the same times, within 10 cm and the way of two steps. How many agree, and since when one does not, stands in
// tests/conformance/oracle_verdicts.csv with the reason from oracle_differences.md; a change either way fails the test.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "maps/load_map.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/simulation.h"
#include "scenarios/story/story.h"
#include "tests/conformance/sets.h"

using namespace bitgoeul;
namespace fs = std::filesystem;
namespace osc = bitgoeul::scenarios::openscenario;

namespace {

constexpr double kNearM = 0.10, kSteps = 2, kStepS = 0.01;

struct Row {
  std::int64_t tenth = 0;  // of a second
  double x = 0, y = 0, speed = 0;
};
using Tracks = std::map<std::string, std::vector<Row>>;

Tracks read_tracks(const fs::path& file) {
  Tracks tracks;
  std::stringstream in(tests::text_of(file));
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::stringstream cells(line);
    std::string cell[7];
    for (std::string& c : cell) std::getline(cells, c, ',');
    tracks[cell[1]].push_back(
        {std::llround(std::stod(cell[0]) * 10), std::stod(cell[2]), std::stod(cell[3]), std::stod(cell[6])});
  }
  return tracks;
}

std::shared_ptr<const maps::Map> map_of(const osc::Scenario& scenario, const fs::path& file, sim::Issues& issues) {
  if (scenario.map.empty()) return std::make_shared<const maps::Map>();
  auto map = maps::load_map((file.parent_path() / scenario.map).string(), issues);
  return map ? *map : nullptr;
}

// Where every entity is, every 0.1 s. Text: why there is nothing.
std::string run(const fs::path& file, double seconds, Tracks& tracks) {
  sim::Issues issues;
  const auto scenario = osc::parse_file(file, {}, issues);
  if (!scenario || sim::has_errors(issues)) return "refused";
  const auto map = map_of(*scenario, file, issues);
  if (!map) return "no map";
  auto setup = scenarios::make_setup(*scenario, map, {1, 10'000'000, 1}, issues);
  if (sim::has_errors(issues)) return "refused";
  auto made = scenarios::Simulation::make(std::move(setup));
  if (!made) return "refused";
  scenarios::Simulation& simulation = **made;
  while (true) {
    const auto snapshot = simulation.snapshot();
    const auto& e = snapshot->entities;
    for (std::size_t i = 0; i < scenario->entities.size(); ++i)
      if (e.alive[i])
        tracks[scenario->entities[i].name].push_back({simulation.steps() / 10, e.x[i], e.y[i], e.speed_mps[i]});
    if (simulation.time_s() > seconds || (simulation.story() && simulation.story()->ended())) return {};
    for (int i = 0; i < 10; ++i) simulation.step();
  }
}

// The time at which two tracks part; < 0: they never do.
double parts_at(const std::vector<Row>& want, const std::vector<Row>& got) {
  std::size_t k = 0;
  for (const Row& row : want) {
    while (k < got.size() && got[k].tenth < row.tenth) ++k;
    if (k == got.size()) {
      // It ended here: the end of the other one has to be near.
      const bool near_end = want.back().tenth - row.tenth <= 1;
      return near_end ? -1 : static_cast<double>(row.tenth) * 0.1;
    }
    const double way = kSteps * kStepS * std::max(std::fabs(row.speed), std::fabs(got[k].speed));
    if (got[k].tenth == row.tenth && std::hypot(got[k].x - row.x, got[k].y - row.y) <= kNearM + way) continue;
    return static_cast<double>(row.tenth) * 0.1;
  }
  return -1;
}

struct Verdict {
  std::size_t entities = 0, agree = 0;
  std::string first, reason;  // first: entity and time of the first that parts
};

std::map<std::string, Verdict> known_verdicts() {
  std::map<std::string, Verdict> out;
  std::stringstream table(tests::text_of(fs::path(tests::source_dir()) / "tests/conformance/oracle_verdicts.csv"));
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::stringstream cells(line);
    std::string cell[5];
    for (std::string& c : cell) std::getline(cells, c, ',');
    out[cell[0]] = {static_cast<std::size_t>(std::stoul(cell[1])), static_cast<std::size_t>(std::stoul(cell[2])),
                    cell[3], cell[4]};
  }
  return out;
}

}  // namespace

TEST_CASE("conformance: trajectories beside another player's, or the reason why not") {
  const fs::path oracles = tests::conformance_data() / "oracles/player_esmini";
  if (!fs::exists(oracles)) {
    MESSAGE("skipped: no shared data");
    return;
  }
  const auto known = known_verdicts();
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(oracles)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  CHECK(files.size() == 65);
  std::size_t entities = 0, agreeing = 0, whole = 0;
  std::string table = "scenario,entities,agreeing,first_difference,reason\n";
  for (const fs::path& file : files) {
    std::string name = file.stem().string();
    for (std::size_t at; (at = name.find("__")) != std::string::npos;)
      name = name.substr(0, at) + std::string("/") + name.substr(at + 2);
    const Tracks want = read_tracks(file);
    double seconds = 0;
    for (const auto& [entity, rows] : want) seconds = std::max(seconds, static_cast<double>(rows.back().tenth) * 0.1);
    Tracks got;
    Verdict verdict;
    verdict.first = run(tests::conformance_data() / "xosc" / (name + ".xosc"), seconds, got);
    for (const auto& [entity, rows] : want) {
      ++verdict.entities;
      const auto ours = got.find(entity);
      const double at = ours == got.end() ? 0 : parts_at(rows, ours->second);
      if (at < 0)
        ++verdict.agree;
      else if (verdict.first.empty())
        verdict.first = entity + " " + std::to_string(at).substr(0, std::to_string(at).find('.') + 2) + " s";
    }
    entities += verdict.entities, agreeing += verdict.agree, whole += verdict.agree == verdict.entities;
    const auto before = known.find(name);
    const std::string reason = before == known.end() ? "" : before->second.reason;
    table += name + "," + std::to_string(verdict.entities) + "," + std::to_string(verdict.agree) + "," + verdict.first +
             "," + reason + "\n";
    CAPTURE(name);
    CHECK(before != known.end());
    if (before == known.end()) continue;
    CHECK(before->second.entities == verdict.entities);
    CHECK(before->second.agree == verdict.agree);
    CHECK(before->second.first == verdict.first);
    CHECK((verdict.agree == verdict.entities || !reason.empty()));
  }
  if (const char* out = std::getenv("BITGOEUL_ORACLE_TABLE")) std::ofstream(out) << table;
  MESSAGE(agreeing, " of ", entities, " entities agree, all of them in ", whole, " of ", files.size(), " scenarios");
}
