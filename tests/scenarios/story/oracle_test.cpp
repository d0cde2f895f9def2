// The 65 scenarios for which another player's trajectories are there: each is run here, and every entity compared at
// the same times, within 10 cm and the way of two steps. How many agree stands in
// tests/conformance/oracle_verdicts.csv; each one that does not, since when, and the row of oracle_differences.md that
// says why, in oracle_differences.csv. A reason is not believed: each has a check that the difference is of its kind. A
// change either way fails the test.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "maps/lane_geometry.h"
#include "maps/lane_index.h"
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
  double x = 0, y = 0, heading = 0, speed = 0;
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
    tracks[cell[1]].push_back({std::llround(std::stod(cell[0]) * 10), std::stod(cell[2]), std::stod(cell[3]),
                               std::stod(cell[5]), std::stod(cell[6])});
  }
  return tracks;
}

// One scenario with both players' tracks.
struct Case {
  std::optional<osc::Scenario> scenario;
  std::shared_ptr<const maps::Map> map = std::make_shared<const maps::Map>();
  Tracks want, got;
  std::map<std::string, double> parts_s;  // entities that part, and when
  std::string refused;                    // what was said against it; empty: it ran

  void play(const fs::path& file) {
    sim::Issues issues;
    auto read = osc::parse_file(file, {}, issues);
    if (!read) return refuse({read.error()});
    scenario = std::move(*read);
    if (sim::has_errors(issues)) return refuse(issues);
    if (!scenario->map.empty()) {
      auto loaded = maps::load_map((file.parent_path() / scenario->map).string(), issues);
      if (!loaded) return refuse({loaded.error()});
      map = *loaded;
    }
    issues.clear();
    auto setup = scenarios::make_setup(*scenario, map, {1, 10'000'000, 1}, issues);
    if (sim::has_errors(issues)) return refuse(issues);
    auto made = scenarios::Simulation::make(std::move(setup));
    if (!made) return refuse({made.error()});
    run(**made);
  }

 private:
  void refuse(const sim::Issues& issues) {
    for (const sim::Issue& issue : issues)
      if (issue.severity == sim::Severity::kError && refused.empty()) refused = issue.what;
  }
  void run(scenarios::Simulation& simulation) {
    double seconds = 0;
    for (const auto& [entity, rows] : want) seconds = std::max(seconds, static_cast<double>(rows.back().tenth) * 0.1);
    while (true) {
      const auto snapshot = simulation.snapshot();
      const auto& e = snapshot->entities;
      for (std::size_t i = 0; i < scenario->entities.size(); ++i)
        if (e.alive[i])
          got[scenario->entities[i].name].push_back(
              {simulation.steps() / 10, e.x[i], e.y[i], e.yaw_rad[i], e.speed_mps[i]});
      if (simulation.time_s() > seconds || (simulation.story() && simulation.story()->ended())) return;
      for (int i = 0; i < 10; ++i) simulation.step();
    }
  }
};

const Row* at(const std::vector<Row>& rows, std::int64_t tenth) {
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), tenth, [](const Row& row, std::int64_t t) { return row.tenth < t; });
  return found != rows.end() && found->tenth == tenth ? &*found : nullptr;
}

bool near(const Row& a, const Row& b) {
  const double way = kSteps * kStepS * std::max(std::fabs(a.speed), std::fabs(b.speed));
  return std::hypot(a.x - b.x, a.y - b.y) <= kNearM + way;
}

// The time at which two tracks part; nothing: they never do. A row more at either end is a matter of when within the
// step somebody comes, goes, or is written down.
std::optional<double> parts_at(const std::vector<Row>& want, const std::vector<Row>& got) {
  for (const Row& row : want) {
    const Row* other = at(got, row.tenth);
    if (other != nullptr && near(row, *other)) continue;
    const bool before = !got.empty() && row.tenth < got.front().tenth;
    const bool after = !got.empty() && row.tenth > got.back().tenth;
    if (before && row.tenth == want.front().tenth) continue;
    if (after && want.back().tenth - row.tenth <= 1) return std::nullopt;
    return static_cast<double>(row.tenth) * 0.1;
  }
  return std::nullopt;
}

// The other player calls a trailer after its vehicle, with a +; here it has the name of the file.
std::string own_name(const osc::Scenario& scenario, std::string name) {
  const std::size_t plus = name.find('+');
  std::size_t hops = plus == std::string::npos ? 0 : name.size() - plus;
  if (plus != std::string::npos) name.resize(plus);
  for (; hops > 0; --hops)
    for (const osc::ScenarioObject& object : scenario.entities)
      if (object.name == name) {
        name = object.vehicle.trailer;
        break;
      }
  return name;
}

// ---- why they part -------------------------------------------------------------------------------------------------

// f(action) for every private action that the entity does.
template <class F>
void each_own_action(const osc::Scenario& scenario, const std::string& entity, F&& f) {
  for (const osc::Private& init : scenario.storyboard.init.privates)
    if (init.entity_ref == entity)
      for (const osc::PrivateAction& action : init.actions) f(action);
  for (const osc::Story& story : scenario.storyboard.stories)
    for (const osc::Act& act : story.acts)
      for (const osc::ManeuverGroup& group : act.maneuver_groups) {
        if (std::find(group.actors.begin(), group.actors.end(), entity) == group.actors.end()) continue;
        for (const osc::Maneuver& maneuver : group.maneuvers)
          for (const osc::Event& event : maneuver.events)
            for (const osc::Action& action : event.actions)
              if (const auto* own = std::get_if<osc::PrivateAction>(&action.action)) f(*own);
      }
}

template <class A>
const A* does(const Case& c, const std::string& entity) {
  const A* found = nullptr;
  each_own_action(*c.scenario, entity, [&](const osc::PrivateAction& action) {
    if (const auto* a = std::get_if<A>(&action.action)) found = a;
  });
  return found;
}

// The file gives it a controller that is none of ours, or does not know it at all.
bool foreign_driver(const Case& c, const std::string& entity) {
  const auto& all = c.scenario->entities;
  const auto object = std::find_if(all.begin(), all.end(), [&](const auto& o) { return o.name == entity; });
  if (object == all.end()) return true;
  bool assigned = !object->controllers.empty();
  each_own_action(*c.scenario, entity, [&](const osc::PrivateAction& action) {
    const auto* controller = std::get_if<osc::ControllerAction>(&action.action);
    assigned = assigned || (controller != nullptr && controller->assign && controller->assign->controller);
  });
  return assigned && !osc::driver_of(*object);
}

// Somebody whom it follows, or whom its triggers look at, has parted before it.
bool follows(const Case& c, const std::string& entity) {
  return std::any_of(c.parts_s.begin(), c.parts_s.end(), [&](const auto& other) {
    return other.first != entity && other.second <= c.parts_s.at(entity) + 1e-9;
  });
}

}  // namespace

namespace {

// They are together again at some moment after they have parted.
bool meet_again(const Case& c, const std::string& entity) {
  const auto from = std::llround(c.parts_s.at(entity) * 10);
  for (const Row& row : c.want.at(entity)) {
    const Row* own = at(c.got.at(entity), row.tenth);
    if (row.tenth > from && own != nullptr && near(row, *own)) return true;
  }
  return false;
}

// At that moment the other player's entity stands, and ours drives on.
bool stands_there(const Case& c, const std::string& entity) {
  const auto from = std::llround(c.parts_s.at(entity) * 10);
  const Row *other = at(c.want.at(entity), from), *own = at(c.got.at(entity), from);
  return other != nullptr && own != nullptr && std::fabs(other->speed) < 0.01 && std::fabs(own->speed) > 0.5;
}

// Both look across the lane, the same way.
bool across(const Case& c, const std::string& entity) {
  const auto from = std::llround(c.parts_s.at(entity) * 10);
  const Row *other = at(c.want.at(entity), from), *own = at(c.got.at(entity), from);
  if (other == nullptr || own == nullptr) return false;
  const auto lane = maps::nearest_lane(*c.map, own->x, own->y, {.drivable_only = false});
  if (!lane || std::fabs(sim::wrap_angle(other->heading - own->heading)) > 0.02) return false;
  return std::fabs(std::sin(own->heading - maps::lane_pose(*c.map, lane->lane, lane->s).heading)) > 0.7;
}

// The other player finds a gap while the boxes overlap along the road: a car's length between two reference points.
bool overlaps(const Case& c, const std::string& entity) {
  constexpr double kCarM = 5.04;
  for (const Row& row : c.want.at(entity)) {
    const Row* own = at(c.got.at(entity), row.tenth);
    if (own == nullptr || std::hypot(row.x - own->x, row.y - own->y) < 0.2 || std::fabs(row.x - own->x) < 0.02)
      continue;
    for (const auto& [name, rows] : c.want)
      if (const Row* other = at(rows, row.tenth); name != entity && other != nullptr)
        if (std::hypot(other->x - row.x, other->y - row.y) < kCarM) return true;
    return false;
  }
  return false;
}

// Both are on the same way, only not at the same time.
bool same_way(const Case& c, const std::string& entity) {
  const auto from = std::llround(c.parts_s.at(entity) * 10);
  const Row* other = at(c.want.at(entity), from);
  const auto& rows = c.got.at(entity);
  if (other == nullptr) return false;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const double dx = rows[i].x - rows[i - 1].x, dy = rows[i].y - rows[i - 1].y, length = std::hypot(dx, dy);
    const double along = length > 0 ? ((other->x - rows[i - 1].x) * dx + (other->y - rows[i - 1].y) * dy) / length : 0;
    const double px = other->x - rows[i - 1].x - (length > 0 ? along / length * dx : 0);
    const double py = other->y - rows[i - 1].y - (length > 0 ? along / length * dy : 0);
    if (along >= -0.1 && along <= length + 0.1 && std::hypot(px, py) < 0.1) return true;
  }
  return false;
}

// No farther apart than what summing the speeds of step ends in place of their means makes of a change of speed: half a
// step of it.
bool half_a_step(const Case& c, const std::string& entity) {
  double fastest = 0;
  for (const Row& row : c.want.at(entity)) fastest = std::max(fastest, std::fabs(row.speed));
  for (const Row& row : c.want.at(entity))
    if (const Row* own = at(c.got.at(entity), row.tenth); own != nullptr)
      if (std::hypot(row.x - own->x, row.y - own->y) >
          0.5 * kStepS * fastest + kSteps * kStepS * std::fabs(row.speed) + 0.01)
        return false;
  return true;
}

// From one row to the next it gets a quarter farther than its greater speed of the two takes it.
bool outruns_its_speed(const std::vector<Row>& rows) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const double way = std::hypot(rows[i].x - rows[i - 1].x, rows[i].y - rows[i - 1].y);
    if (rows[i - 1].speed > 0.5 && way > 0.125 * std::max(rows[i].speed, rows[i - 1].speed)) return true;
  }
  return false;
}

// Ours has the speed of every entry of its profile at the entry's time, counted from where it begins to change.
bool profile_kept(const Case& c, const std::string& entity) {
  const auto* profile = does<osc::SpeedProfileAction>(c, entity);
  const auto& rows = c.got.at(entity);
  if (profile == nullptr) return false;
  auto begin = std::find_if(rows.begin() + 1, rows.end(), [&](const Row& row) { return row.speed != rows[0].speed; });
  if (begin == rows.end()) return false;
  double time_s = static_cast<double>((begin - 1)->tenth) * 0.1;
  for (const osc::SpeedProfileEntry& entry : profile->entries) {
    time_s += entry.time_s.value_or(0.0);
    const Row* row = at(rows, std::llround(time_s * 10));
    if (row != nullptr && std::fabs(row->speed - entry.speed_mps) > 0.15) return false;
  }
  return true;
}

// Ours accelerates and brakes no harder than its distance action allows, between two rows.
bool limits_kept(const Case& c, const std::string& entity) {
  const auto* keep = does<osc::LongitudinalDistanceAction>(c, entity);
  if (keep == nullptr || !keep->constraints) return false;
  const auto& rows = c.got.at(entity);
  const auto from = std::llround(c.parts_s.at(entity) * 10);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const double change = (rows[i].speed - rows[i - 1].speed) * 10;
    if (rows[i].tenth > from) break;
    if (rows[i].tenth < 3) continue;  // what Init gives at once
    if (change > keep->constraints->max_acceleration_mps2.value_or(1e9) + 0.01) return false;
    if (change < -keep->constraints->max_deceleration_mps2.value_or(1e9) - 0.01) return false;
  }
  return true;
}

using Check = std::function<bool(const Case&, const std::string&)>;

// Each reason of oracle_differences.md with what has to be so where it is given.
const std::map<std::string, Check>& reasons() {
  static const std::map<std::string, Check> all = {
      {"driver", foreign_driver},
      {"follows", follows},
      {"refused",
       [](const Case& c, const std::string&) {
         return c.refused.find("lies beyond the end of road") != std::string::npos;
       }},
      {"timed",
       [](const Case& c, const std::string& entity) {
         const auto* follow = does<osc::FollowTrajectoryAction>(c, entity);
         return follow != nullptr && follow->time_reference.has_value() && meet_again(c, entity);
       }},
      {"profile", profile_kept},
      {"law", limits_kept},
      {"synchronise",
       [](const Case& c, const std::string& entity) {
         return does<osc::SynchronizeAction>(c, entity) != nullptr && meet_again(c, entity);
       }},
      {"end",
       [](const Case& c, const std::string& entity) {
         return does<osc::FollowTrajectoryAction>(c, entity) != nullptr && stands_there(c, entity);
       }},
      {"across", across},
      {"integral", half_a_step},
      {"nurbs",
       [](const Case& c, const std::string& entity) {
         const auto* follow = does<osc::FollowTrajectoryAction>(c, entity);
         return follow != nullptr && std::holds_alternative<osc::Nurbs>(follow->trajectory.shape) &&
                same_way(c, entity);
       }},
      {"spline",
       [](const Case& c, const std::string& entity) {
         const auto* follow = does<osc::FollowTrajectoryAction>(c, entity);
         return follow != nullptr && std::holds_alternative<osc::ClothoidSpline>(follow->trajectory.shape) &&
                outruns_its_speed(c.want.at(entity)) && !outruns_its_speed(c.got.at(entity));
       }},
      {"overlap", overlaps},
      {"banked",
       [](const Case& c, const std::string& entity) {
         const auto from = std::llround(c.parts_s.at(entity) * 10);
         const Row *other = at(c.want.at(entity), from), *own = at(c.got.at(entity), from);
         const bool banked = std::any_of(c.map->roads.begin(), c.map->roads.end(),
                                         [](const maps::Road& road) { return !road.superelevation.empty(); });
         return banked && other != nullptr && own != nullptr && std::fabs(other->speed - own->speed) < 0.01;
       }},
  };
  return all;
}

using Known = std::map<std::pair<std::string, std::string>, std::pair<double, std::string>>;  // when, reason

std::string reason_file() { return tests::source_dir() + "/tests/conformance/oracle_differences.csv"; }

Known known_differences() {
  Known out;
  std::stringstream table(tests::text_of(reason_file()));
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::stringstream cells(line);
    std::string cell[4];
    for (std::string& c : cell) std::getline(cells, c, ',');
    out[{cell[0], cell[1]}] = {cell[2].empty() ? 0 : std::stod(cell[2]), cell[3]};
  }
  return out;
}

std::string name_of(const fs::path& file) {
  std::string name = file.stem().string();
  for (std::size_t i; (i = name.find("__")) != std::string::npos;)
    name = name.substr(0, i) + std::string("/") + name.substr(i + 2);
  return name;
}

void write_to(const char* variable, const std::string& table) {
  if (const char* out = std::getenv(variable)) std::ofstream(out) << table;
}

}  // namespace

TEST_CASE("conformance: trajectories beside another player's, or the reason why not") {
  const fs::path oracles = tests::conformance_data() / "oracles/player_esmini";
  if (!fs::exists(oracles)) {
    MESSAGE("skipped: no shared data");
    return;
  }
  const Known known = known_differences();
  const std::string page = tests::text_of(tests::source_dir() + "/tests/scenarios/story/oracle_differences.md");
  for (const auto& [reason, check] : reasons())
    CHECK_MESSAGE(page.find("| " + reason + " |") != std::string::npos, reason);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(oracles)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  CHECK(files.size() == 65);
  std::size_t entities = 0, agreeing = 0, whole = 0, differences = 0;
  std::string verdicts = "scenario,entities,agreeing\n", table = "scenario,entity,parts_s,reason\n";
  for (const fs::path& file : files) {
    const std::string name = name_of(file);
    CAPTURE(name);
    Case c;
    c.want = read_tracks(file);
    c.play(tests::conformance_data() / "xosc" / (name + ".xosc"));
    for (const auto& [entity, rows] : c.want) {
      if (c.scenario && entity.find('+') != std::string::npos) c.got[entity] = c.got[own_name(*c.scenario, entity)];
      if (const auto when = parts_at(rows, c.got[entity])) c.parts_s[entity] = *when;
    }
    for (const auto& [entity, when] : c.parts_s) {
      CAPTURE(entity);
      const auto found = known.find({name, entity});
      const std::string reason = found == known.end() ? "" : found->second.second;
      char text[16];
      std::snprintf(text, sizeof text, "%.1f", when);
      table += name + "," + entity + "," + text + "," + reason + "\n";
      ++differences;
      const auto check = reasons().find(reason);
      CHECK(check != reasons().end());
      if (check == reasons().end()) continue;
      CHECK(when == doctest::Approx(found->second.first).epsilon(0.001));
      CHECK_MESSAGE(check->second(c, entity), "the difference is not of the kind " << reason);
    }
    const std::size_t agree = c.want.size() - c.parts_s.size();
    entities += c.want.size(), agreeing += agree, whole += agree == c.want.size();
    verdicts += name + "," + std::to_string(c.want.size()) + "," + std::to_string(agree) + "\n";
  }
  CHECK(differences == known.size());
  CHECK(verdicts == tests::text_of(tests::source_dir() + "/tests/conformance/oracle_verdicts.csv"));
  write_to("BITGOEUL_ORACLE_TABLE", table);
  write_to("BITGOEUL_ORACLE_VERDICTS", verdicts);
  MESSAGE(agreeing, " of ", entities, " entities agree, all of them in ", whole, " of ", files.size(), " scenarios");
}
