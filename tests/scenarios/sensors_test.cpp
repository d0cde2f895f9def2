// Sensors recorded by a run: the log of a vehicle replayed through the stub gives the score that the run had live; the
// errors of GNSS and IMU are those asked for; a file with a slip in it is refused with its line.
#include "scenarios/sensors.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "maps/load_map.h"
#include "maps/projection.h"
#include "replay/perception/report.h"
#include "replay/source.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/run.h"
#include "tests/scenarios/program.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios;
namespace fs = std::filesystem;
using scenarios_test::slurp;

namespace {

const std::string kLoop = bitgoeul::tests::source_dir() + "/assets/scenarios/loop";
const std::string kProj = "+proj=tmerc +lat_0=35.16 +lon_0=126.85 +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs";

struct Scratch : scenarios_test::Scratch {
  fs::path write(const std::string& name, const std::string& text) const {
    scenarios_test::spill(dir / name, text);
    return dir / name;
  }
};

// The loop, with a place on Earth.
std::shared_ptr<const maps::Map> placed_loop(const Scratch& scratch) {
  std::string text = slurp(kLoop + ".xodr");
  const std::size_t at = text.find("/>", text.find("<header"));
  REQUIRE(at != std::string::npos);
  text.replace(at, 2, "><geoReference><![CDATA[" + kProj + "]]></geoReference></header>");
  sim::Issues issues;
  auto map = maps::load_map(scratch.write("placed.xodr", text).string(), issues);
  REQUIRE(map.has_value());
  return *map;
}

void drive(const Scratch& scratch, const std::string& yaml, double duration_s, const std::string& out,
           int threads = 1) {
  auto sensors = read_sensors(scratch.write("sensors.yaml", yaml));
  REQUIRE_MESSAGE(sensors.has_value(), sim::to_string(sensors.error()));
  sim::Issues issues;
  RunInput input;
  input.map = placed_loop(scratch);
  input.map_name = (scratch.dir / "placed.xodr").string();
  input.parameters = {{"traffic", "16"}};
  input.scenario = *openscenario::parse_file(kLoop + ".xosc", input.parameters, issues);
  input.duration_s = duration_s;
  RunOptions options;
  options.out = scratch.dir / out;
  options.threads = threads;
  options.sensors = std::move(*sensors);
  REQUIRE(run(input, options, issues).has_value());
}

}  // namespace

TEST_CASE("sensors: the same score live and from the log") {
  const Scratch scratch;
  drive(scratch, "vehicles: [first]\nlidar: {pattern: lidar32, range_m: 70}\nperception: lidar_cluster\n", 6, "run");
  const auto live = nlohmann::json::parse(slurp(scratch.dir / "run" / "sensors" / "first.score.json"));
  auto source = replay::open_source({scratch.dir / "run" / "sensors" / "first.mcap"});
  REQUIRE(source.has_value());
  const auto stub = replay::load_stub("lidar_cluster", {});
  REQUIRE(stub.has_value());
  replay::Scores scores({});
  replay::PerceptionOptions options;
  options.threads = 2;
  const auto summary = replay::run_perception(**source, *stub, options, [&](replay::Percept&& percept) {
    scores.take(percept);
    return true;
  });
  REQUIRE(summary.has_value());
  const auto logged = nlohmann::json::parse(replay::score_json({"", stub->name, 1, {}, *summary}, scores));
  CHECK(logged["frames"] == 61);
  CHECK(live["frames"] == logged["frames"]);
  CHECK(live["points"] == logged["points"]);
  CHECK(logged["points"].get<int>() > 61 * 5000);
  for (const char* part : {"detection", "tracking", "safety"})
    for (const auto& [key, value] : live[part].items()) {
      if (!value.is_number()) continue;
      INFO(part << " " << key);
      CHECK(logged[part][key].get<double>() == doctest::Approx(value.get<double>()).epsilon(1e-9));
    }
  // Much of it is hidden or far away; something is found.
  CHECK(live["detection"]["at_2_m"]["truths"].get<int>() > 20);
  CHECK(live["detection"]["at_2_m"]["recall"].get<double>() > 0.1);
  // What the run found live is in the log too, beside the truth.
  CHECK((*source)->description().issues.empty());
}

TEST_CASE("sensors: fixes and inertial measurements have the errors asked for") {
  const Scratch scratch;
  drive(
      scratch,
      "vehicles: fir*\n"
      "gnss: {bias_m: 2, correlation_s: 20, noise_m: 0.1}\n"
      "imu: {acceleration_bias_mps2: 0, acceleration_noise_mps2: 0.05, rate_bias_radps: 0, rate_noise_radps: 0.002}\n",
      60, "run");
  auto source = replay::open_source({scratch.dir / "run" / "sensors" / "first.mcap"}, {.snapshots = false});
  REQUIRE(source.has_value());
  const auto projection = maps::Projection::make(kProj);
  REQUIRE(projection.has_value());
  sim::Vec3 pose = sim::Vec3::Zero();
  std::vector<double> east, gravity;
  replay::Item item;
  while (true) {
    const auto more = (*source)->next(item);
    REQUIRE(more.has_value());
    if (!*more) break;
    if (const auto* at = std::get_if<replay::EgoPose>(&item.payload)) pose = at->pose.position;
    if (const auto* fix = std::get_if<replay::GnssFix>(&item.payload)) {
      const auto place = projection->forward(fix->longitude_deg, fix->latitude_deg);
      REQUIRE(place.has_value());
      east.push_back(place->x() - pose.x());
      CHECK(fix->accuracy_m == doctest::Approx(std::hypot(2.0, 0.1)));
    }
    if (const auto* imu = std::get_if<replay::Imu>(&item.payload)) gravity.push_back(imu->acceleration_mps2.z());
  }
  REQUIRE(east.size() == 601);
  REQUIRE(gravity.size() == 601);
  double squares = 0, steps = 0, mean = 0, spread = 0;
  for (std::size_t i = 0; i < east.size(); ++i) {
    squares += east[i] * east[i];
    if (i > 0) steps += (east[i] - east[i - 1]) * (east[i] - east[i - 1]);
    mean += gravity[i] / static_cast<double>(gravity.size());
  }
  for (const double g : gravity) spread += (g - mean) * (g - mean) / static_cast<double>(gravity.size());
  // A bias of 2 m that keeps for 20 s: three independent values in a minute, so the mean square is within a factor 5.
  CHECK(std::sqrt(squares / 601) > 0.6);
  CHECK(std::sqrt(squares / 601) < 5);
  // From one to the next: 2 sigma^2 (1 - exp(-dt / T)) of the bias and 2 sigma^2 of the noise.
  const double expected = 2 * 4 * (1 - std::exp(-0.1 / 20)) + 2 * 0.01;
  CHECK(steps / 600 == doctest::Approx(expected).epsilon(0.25));
  CHECK(mean == doctest::Approx(9.80665).epsilon(0.001));  // the loop is level
  CHECK(std::sqrt(spread) == doctest::Approx(0.05).epsilon(0.15));
}

TEST_CASE("sensors: three lidars and a receiver on two vehicles, the same files for any number of threads") {
  const Scratch scratch;
  const std::string yaml =
      "vehicles: [first, second]\nlidar:\n- lidar16\n- {pattern: lidar16, x_m: 3.5, y_m: 0.8, z_m: 0.7, yaw_deg: 45}\n"
      "- {pattern: lidar16, x_m: 3.5, y_m: -0.8, z_m: 0.7, yaw_deg: -45, pitch_deg: 2}\ngnss: {bias_m: 1}\n";
  drive(scratch, yaml, 1, "one");
  drive(scratch, yaml, 1, "three", 3);
  for (const char* name : {"first.mcap", "second.mcap"}) {
    const std::string bytes = slurp(scratch.dir / "one" / "sensors" / name);
    CHECK(bytes.size() > 100'000);
    CHECK(bytes == slurp(scratch.dir / "three" / "sensors" / name));
  }
}

TEST_CASE("sensors: each vehicle its own rig, the first one that names it") {
  const Scratch scratch;
  drive(scratch,
        "rigs:\n- {vehicles: first, lidar: lidar16, gnss: {bias_m: 1}}\n- {vehicles: ['*'], imu: {}, truth_m: 30}\n", 1,
        "run");
  const auto topics = [&](const char* name) {
    auto source = replay::open_source({scratch.dir / "run" / "sensors" / name}, {.snapshots = false});
    REQUIRE(source.has_value());
    std::set<replay::TopicRole> roles;
    for (const replay::TopicInfo& topic : (*source)->description().topics)
      if (topic.count > 0) roles.insert(topic.role);
    return roles;
  };
  const auto first = topics("first.mcap"), second = topics("second.mcap");
  CHECK(first.count(replay::TopicRole::kLidar) + first.count(replay::TopicRole::kGnss) == 2);
  CHECK(first.count(replay::TopicRole::kImu) == 0);
  CHECK(second.count(replay::TopicRole::kLidar) + second.count(replay::TopicRole::kGnss) == 0);
  CHECK(second.count(replay::TopicRole::kImu) == 1);
}

TEST_CASE(
    "sensors: a rig for nobody, or a vehicle without a set-up of its stub, is refused before anything is written") {
  const Scratch scratch;
  const auto setup = [&](const std::string& text) {
    auto sensors = read_sensors(scratch.write("sensors.yaml", text));
    REQUIRE_MESSAGE(sensors.has_value(), sim::to_string(sensors.error()));
    return std::move(*sensors);
  };
  const auto nobody =
      check_sensors(setup("rigs:\n- {vehicles: first, imu: {}}\n- {vehicles: ego_*, imu: {}}\n"), {"first", "second"});
  REQUIRE_FALSE(nobody.has_value());
  CHECK(sim::to_string(nobody.error()).find("ego_*") != std::string::npos);
  const std::string stub = scratch.write("stub.yaml", "by_vehicle:\n- {vehicles: first, preset: ideal}\n").string();
  const SensorSetup both = setup("vehicles: [first, second]\nperception: " + stub + "\n");
  CHECK(check_sensors(both, {"first"}).has_value());
  const auto without = check_sensors(both, {"first", "second"});
  REQUIRE_FALSE(without.has_value());
  CHECK(sim::to_string(without.error()).find("second") != std::string::npos);
}

TEST_CASE("sensors: a slip in the file is refused with its line and the words that are known") {
  const Scratch scratch;
  const auto refused = [&](const std::string& text, int line, const std::string& word) {
    const auto sensors = read_sensors(scratch.write("bad.yaml", text));
    REQUIRE_FALSE(sensors.has_value());
    INFO(sim::to_string(sensors.error()));
    CHECK(sensors.error().line == line);
    CHECK(sim::to_string(sensors.error()).find(word) != std::string::npos);
  };
  refused("vehicles: [a]\nlidars: lidar32\n", 2, "lidar,");
  refused("vehicles: [a]\nlidar: lidar99\n", 2, "lidar128");
  refused("vehicles: [a]\nlidar: []\n", 2, "1 to 16");
  refused("vehicles: [a]\nlidar: [lidar32, {yaw: 3}]\n", 2, "yaw_deg");
  refused("vehicles: [a]\ngnss:\n  bias_m: -1\n", 3, "0 to 100");
  refused("lidar: lidar16\n", 1, "vehicles");
  refused("vehicles: [a]\nperception: lidar_cluster\n", 2, "no lidar");
  refused("rigs:\n- {vehicles: [a], lidar: lidar16}\n- {vehicles: [b], lidra: lidar16}\n", 3, "lidra");
  refused("rigs: []\n", 1, "1 to 1000");
  refused("rigs:\n- lidar: lidar16\n", 2, "vehicles");
  refused("vehicles: [a\n", 2, "YAML");
  CHECK_FALSE(read_sensors(scratch.dir / "none.yaml").has_value());
}
