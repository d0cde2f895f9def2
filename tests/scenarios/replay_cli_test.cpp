// `bitgoeul replay` as its users meet it: exit codes, what is said, what is written and what is not.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/tracks.h"
#include "tests/scenarios/program.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace scenarios_test;
namespace fs = std::filesystem;

namespace {

// A directory of its own for all cases, with 20 s of the loop recorded in run/, and in driven/ with a stack in `first`.
struct Place : Scratch {
  Place() {
    const std::string loop = "run " + tests::source_dir() + "/assets/scenarios/loop.xosc --param traffic=10 ";
    const Outcome run = call(loop + "--duration 20 --out run");
    REQUIRE_MESSAGE(fs::exists(dir / "run" / "run.mcap"), run.err);
    const Outcome driven = call(loop + "--duration 20 --stack first=builtin:planner --out driven");
    REQUIRE_MESSAGE(fs::exists(dir / "driven" / "run.mcap"), driven.err);
  }
  Outcome call(const std::string& arguments) const { return bitgoeul_program(*this, arguments); }
};

const Place& place() {
  static const Place once;
  return once;
}

bool says(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

replay::Tracks tracks_of(const fs::path& log) {
  auto source = replay::open_source({log});
  REQUIRE(source.has_value());
  auto tracks = replay::read_tracks(**source);
  REQUIRE(tracks.has_value());
  return std::move(*tracks);
}

// A scan of nothing but a level ground: no truth in it.
void write_cloud(const fs::path& file) {
  std::ofstream out(file);
  out << "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 400\nHEIGHT 1\n"
         "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 400\nDATA ascii\n";
  for (int i = 0; i < 20; ++i)
    for (int k = 0; k < 20; ++k) out << i << ' ' << k - 10 << " -1.7\n";
}

}  // namespace

TEST_CASE("replay: wrong usage is 2, says what is wrong and writes nothing") {
  const auto refused = [](const std::string& arguments, const std::string& word) {
    const Outcome outcome = place().call("replay " + arguments + " --out never");
    CHECK_MESSAGE(outcome.exit_code == 2, arguments);
    CHECK_MESSAGE(says(outcome.err, word), outcome.err);
    CHECK_FALSE(fs::exists(place().dir / "never"));
  };
  refused("missing.mcap", "missing.mcap");
  refused("run/run.mcap --perception nothing_like_it", "nothing_like_it");
  refused("run/run.mcap --perception logged", "no detections of its own");
  spill(place().dir / "slip.yaml", "stub: ideal\nrnage: 3\n");
  refused("run/run.mcap --perception slip.yaml", "slip.yaml:2");
  spill(place().dir / "others.yaml", "by_vehicle:\n- {vehicles: second, stub: ideal}\n");
  refused("run/run.mcap --perception others.yaml", "first");
  spill(place().dir / "torn.mcap", slurp(place().dir / "run" / "run.mcap").substr(0, 40));
  refused("torn.mcap", "torn.mcap");
  refused("torn.mcap --closed-loop", "torn.mcap");
  refused("torn.mcap --extract 5", "torn.mcap");
  refused("run/run.mcap --closed-loop --criterion nonsense=3", "nonsense");
  refused("run/run.mcap --closed-loop --map missing.xodr", "missing.xodr");
  refused("run/run.mcap --roles missing.yaml", "missing.yaml");
  refused("run/run.mcap --host nobody", "nobody");
  refused("run/run.mcap --open-loop", "--stack");
  refused("run/run.mcap --open-loop --closed-loop", "choose one");
  refused("run/run.mcap --stack nobody=builtin:brake", "nobody");
  refused("run/run.mcap --stack 'first,second=builtin:brake'", "one");
  refused("run/run.mcap --stack first=builtin:driver", "own driver");
  refused("run/run.mcap --fleet", "two vehicles");
  refused("run/run.mcap run/run.mcap --fleet", "run --sensors");
  refused("run/run.mcap --extract soon", "FILE.jsonl:LINE");
  refused("run/run.mcap --extract 500", "0 to 20");
  refused("run/run.mcap --extract none.jsonl:2", "none.jsonl");
  refused("run/run.mcap --extract 5 --host nobody", "nobody");
  refused("run/run.mcap --map gwangju", "--map");
  refused("run/run.mcap --closed-loop --score", "--score");
  refused("run/run.mcap --closed-loop --host nobody", "nobody");
  refused("run/run.mcap --closed-loop --stack nobody=builtin:brake", "nobody");
}

TEST_CASE("replay: a score of a run against its own truth is whole numbers, never nan") {
  const Outcome ideal = place().call("replay run/run.mcap --score --out ideal");
  CHECK(ideal.exit_code == 0);
  const auto score = nlohmann::json::parse(slurp(place().dir / "ideal" / "score.json"));
  CHECK(score["detection"]["map"].get<double>() == doctest::Approx(1.0));  // what is true is found where it is
  CHECK(score["tracking"]["mota"].get<double>() == doctest::Approx(1.0));
  for (const std::string& text : {ideal.out, ideal.err, slurp(place().dir / "ideal" / "score.json")})
    CHECK_FALSE(says(text, "nan"));
  // Nothing is seen within a metre.
  const Outcome blind = place().call("replay run/run.mcap --score --score-range 1 --out blind");
  CHECK(blind.exit_code == 4);
  CHECK(says(blind.err, "no true object"));
  CHECK_FALSE(fs::exists(place().dir / "blind" / "score.json"));
}

TEST_CASE("replay: a score without truth is inconclusive and says why") {
  write_cloud(place().dir / "ground.pcd");
  const Outcome clusters = place().call("replay ground.pcd --perception lidar_cluster --score --out cloud");
  CHECK(clusters.exit_code == 4);
  CHECK(says(clusters.err, "truth"));
  CHECK_FALSE(says(clusters.out + clusters.err, "nan"));
  CHECK_FALSE(fs::exists(place().dir / "cloud" / "score.json"));
  CHECK(fs::exists(place().dir / "cloud" / "detections.mcap"));
  CHECK(place().call("replay ground.pcd --score --out cloud_ideal").exit_code == 4);
  CHECK(place().call("replay ground.pcd --out cloud_ideal").exit_code == 2);  // ideal has nothing to give
  CHECK(place().call("replay ground.pcd --perception lidar_cluster --out cloud").exit_code == 0);
}

TEST_CASE("replay: a closed loop shows its hand-overs as events, in the result and in a picture") {
  const std::string arguments = "replay run/run.mcap --closed-loop --stack first=builtin:brake --out ";
  const Outcome outcome = place().call(arguments + "loop --picture loop.png");
  INFO(outcome.err);
  CHECK((outcome.exit_code == 0 || outcome.exit_code == 4));
  const auto result = nlohmann::json::parse(slurp(place().dir / "loop" / "result.json"));
  CHECK(result["vehicles"] == 1);
  CHECK(result["divergence"]["agents"] == 11);
  const auto hand_overs = result["divergence"]["hand_overs"].get<int>();
  CHECK(hand_overs > 0);
  CHECK(result["collisions"] == 0);
  std::ifstream lines(place().dir / "loop" / "events.jsonl");
  int seen = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line);
    if (event["kind"] != "hand_over") continue;
    ++seen;
    CHECK((event["reason"] == "leader_changed" || event["reason"] == "blocked" ||
           event["reason"] == "predicted_conflict"));
  }
  CHECK(seen == hand_overs);
  CHECK(fs::file_size(place().dir / "loop.png") > 10'000);
  CHECK(place().call("log check loop/run.mcap").exit_code == 0);
  const Outcome again = place().call(arguments + "again --threads 2");
  CHECK(nlohmann::json::parse(slurp(place().dir / "again" / "result.json"))["state_hash"] == result["state_hash"]);
}

// The picture of the README. BITGOEUL_WRITE_PICTURES=DIR keeps it there.
TEST_CASE("replay: an ego that brakes earlier than its log is not driven through: followers hand over, one by one") {
  REQUIRE(place()
              .call("run " + tests::source_dir() +
                    "/assets/scenarios/loop.xosc --param traffic=80 --duration 30 --out queue")
              .exit_code != 2);
  const Outcome loop = place().call(
      "replay queue/run.mcap --closed-loop --stack first=builtin:brake --end 16 --picture hand_over.png --out queued");
  INFO(loop.err);
  const auto result = nlohmann::json::parse(slurp(place().dir / "queued" / "result.json"));
  CHECK(result["collisions"] == 0);
  CHECK(result["divergence"]["hand_overs"].get<int>() >= 3);
  // Each waits for the one that was handed over before it, the first one for who brakes.
  std::ifstream lines(place().dir / "queued" / "events.jsonl");
  std::string before = "first";
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line);
    if (event["kind"] != "hand_over") continue;
    CHECK(event["other"] == before);
    CHECK(event["reason"] == "leader_changed");
    before = event["entity"];
  }
  // In the log they went where the ego now stands: without hand-overs they would have been there.
  const replay::Tracks logged = tracks_of(place().dir / "queue"), driven = tracks_of(place().dir / "queued");
  const auto place_at_end = [](const replay::Tracks& tracks, const std::string& name) {
    const auto track = std::find_if(tracks.tracks.begin(), tracks.tracks.end(),
                                    [&](const replay::LoggedTrack& one) { return one.name == name; });
    REQUIRE(track != tracks.tracks.end());
    std::size_t hint = 0;
    const auto p = replay::track_at(*track, 16'000'000'000, hint);
    REQUIRE(p.has_value());
    return sim::Vec2(p->x, p->y);
  };
  const sim::Vec2 ego = place_at_end(driven, "first");
  CHECK((place_at_end(driven, before) - place_at_end(logged, before)).norm() > 5);
  CHECK((place_at_end(driven, before) - ego).norm() > 4);  // behind it, not in it
  CHECK(fs::file_size(place().dir / "hand_over.png") > 20'000);
  if (const char* dir = std::getenv("BITGOEUL_WRITE_PICTURES"); dir != nullptr)
    fs::copy_file(place().dir / "hand_over.png", fs::path(dir) / "hand_over.png", fs::copy_options::overwrite_existing);
}

TEST_CASE("verify: a closed loop is driven again over its log; a moved log is named, another one refused") {
  REQUIRE(place().call("replay run/run.mcap --closed-loop --stack first=builtin:brake --out proved").exit_code != 2);
  const Outcome same = place().call("verify proved/run.mcap --threads 1");
  CHECK_MESSAGE(same.exit_code == 0, same.err);
  CHECK(says(same.out, "identical: 2000 steps"));
  CHECK(place().call("verify proved/run.mcap --from 10").exit_code == 0);
  fs::create_directories(place().dir / "kept");
  fs::copy_file(place().dir / "run" / "run.mcap", place().dir / "kept" / "moved.mcap");
  CHECK(place().call("verify proved/run.mcap --log kept/moved.mcap").exit_code == 0);
  const Outcome other = place().call("verify proved/run.mcap --log driven/run.mcap");
  CHECK(other.exit_code == 2);
  CHECK(says(other.err, "driven/run.mcap"));
  CHECK(place().call("verify proved/run.mcap --log nowhere.mcap").exit_code == 2);
}

TEST_CASE("replay: a closed loop of a log without a map goes along the way that was driven, and says so") {
  REQUIRE(place().call("log convert run/run.mcap --to osi-trace --host first -o mapless.osi").exit_code == 0);
  const Outcome loop = place().call("replay mapless.osi --closed-loop --stack '*=builtin:brake' --out many");
  CHECK(loop.exit_code == 2);  // several vehicles have a name, and only one way is a road
  CHECK(says(loop.err, "--map"));
  const Outcome brake = place().call("replay mapless.osi --closed-loop --picture mapless.png --out mapless");
  INFO(brake.err);
  CHECK((brake.exit_code == 0 || brake.exit_code == 4));
  CHECK(says(brake.err, "no map"));
  const fs::path map = place().dir / "mapless" / "map.xodr";
  REQUIRE(fs::exists(map));
  CHECK(fs::exists(place().dir / "mapless.png"));
  // The map is the one beside the run, wherever both are, and the way lies where the vehicle drove.
  fs::rename(place().dir / "mapless", place().dir / "kept_mapless");
  CHECK(place().call("map check kept_mapless/map.xodr").exit_code == 0);
  const Outcome verified = place().call("verify kept_mapless/run.mcap");
  CHECK_MESSAGE(verified.exit_code == 0, verified.err);
  const Outcome read = place().call("map info kept_mapless/map.xodr --json");
  CHECK(read.exit_code == 0);
}

TEST_CASE("log convert --to xosc: a run of the scenario shows the tracks of the log to 5 cm") {
  const Outcome converted = place().call("log convert run/run.mcap --to xosc -o again.xosc");
  REQUIRE_MESSAGE(converted.exit_code == 0, converted.err);
  CHECK(place().call("check again.xosc").exit_code == 0);
  const Outcome run = place().call("run again.xosc --out story");
  CHECK_MESSAGE((run.exit_code == 0 || run.exit_code == 4), run.err);
  const replay::Tracks logged = tracks_of(place().dir / "run" / "run.mcap");
  const replay::Tracks again = tracks_of(place().dir / "story" / "run.mcap");
  CHECK(logged.tracks.size() >= 12);
  double worst = 0, worst_yaw = 0;
  std::size_t compared = 0;
  for (const replay::LoggedTrack& track : logged.tracks) {
    const auto same = std::find_if(again.tracks.begin(), again.tracks.end(),
                                   [&](const replay::LoggedTrack& other) { return other.name == track.name; });
    REQUIRE_MESSAGE(same != again.tracks.end(), track.name);
    std::size_t hint = 0;
    for (const replay::TrackPoint& p : track.points) {
      const auto at = replay::track_at(*same, p.time_ns, hint);
      if (!at) continue;  // it comes and goes with a step of the clock
      ++compared;
      worst = std::max(worst, std::hypot(at->x - p.x, at->y - p.y));
      worst_yaw = std::max(worst_yaw, std::abs(std::remainder(static_cast<double>(at->yaw - p.yaw), 2 * 3.14159265)));
    }
  }
  CHECK(compared > 12 * 190);
  CHECK(worst < 0.05);
  CHECK(worst_yaw < 0.02);
}

TEST_CASE("replay --stack: a stack on its own run wants what it did, bit for bit, and another does not") {
  const Outcome same = place().call("replay driven/run.mcap --stack first=builtin:planner --out open");
  REQUIRE_MESSAGE(same.exit_code == 0, same.err);
  const auto open = nlohmann::json::parse(slurp(place().dir / "open" / "open_loop.json"));
  CHECK(open["observations_from"] == "the run's own");
  CHECK(open["compared"] == 400);  // 20 s, 20 a second
  CHECK(open["differences"]["acceleration_mps2"]["largest"] == 0.0);
  CHECK(open["differences"]["steering_rad"]["largest"] == 0.0);
  CHECK(open["differences"]["speed_1s_mps"]["count"].get<int>() >= 370);
  // What came of it a second later: the planner changes its mind by then, but not by much.
  CHECK(open["differences"]["speed_1s_mps"]["mean"].get<double>() < 0.5);
  const Outcome brake = place().call("replay driven/run.mcap --stack first=builtin:brake --out brake");
  REQUIRE(brake.exit_code == 0);
  const auto braked = nlohmann::json::parse(slurp(place().dir / "brake" / "open_loop.json"));
  // It wants -3 m/s2, always, and no steering: what differs is what the log has.
  std::ifstream table(place().dir / "brake" / "open_loop.csv");
  double sum = 0;
  int rows = 0;
  std::string line;
  std::getline(table, line);
  CHECK(says(line, "time_s,x_m,y_m,stack_acceleration_mps2,log_acceleration_mps2"));
  while (std::getline(table, line)) {
    double t = 0, x = 0, y = 0, stack = 0, log = 0;
    REQUIRE(std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf,%lf", &t, &x, &y, &stack, &log) == 5);
    CHECK(stack == -3);
    sum += std::abs(log + 3), ++rows;
  }
  CHECK(rows == 400);
  CHECK(braked["differences"]["acceleration_mps2"]["mean"].get<double>() == doctest::Approx(sum / rows).epsilon(1e-4));
}

TEST_CASE("replay --stack: of a log without a stack the view is made of tracks and map; the same for any threads") {
  const Outcome one = place().call("replay run/run.mcap --stack first=builtin:planner --perception lidar --out seen1");
  REQUIRE_MESSAGE(one.exit_code == 0, one.err);
  REQUIRE(place()
              .call("replay run/run.mcap --stack first=builtin:planner --perception lidar --threads 3 --out seen3")
              .exit_code == 0);
  for (const char* name : {"open_loop.json", "open_loop.csv", "detections.mcap"})
    CHECK(slurp(place().dir / "seen1" / name) == slurp(place().dir / "seen3" / name));
  const auto seen = nlohmann::json::parse(slurp(place().dir / "seen1" / "open_loop.json"));
  CHECK(seen["observations_from"] == "tracks and map");
  CHECK(seen["perception"] == "lidar");
  CHECK(seen["compared"].get<int>() >= 399);
  // Two drivers of the same road: not the same, not far.
  CHECK(seen["differences"]["steering_rad"]["mean"].get<double>() < 0.02);
  CHECK(seen["differences"]["acceleration_mps2"]["mean"].get<double>() < 1.0);
  // The planner itself, looked at through tracks and map only: nearly what it did. What it was told is left out.
  const Outcome driven = place().call("log convert driven/run.mcap --to osi --host first -o osi.mcap");
  REQUIRE_MESSAGE(driven.exit_code == 0, driven.err);
  const Outcome osi = place().call("replay osi.mcap --stack '*=builtin:planner' --out osi --map " +
                                   tests::source_dir() + "/assets/scenarios/loop.xodr");
  INFO(osi.err);
  CHECK((osi.exit_code == 0 || says(osi.err, "name one")));
}

TEST_CASE("replay --fit: a stub for the errors of a detector, which replay then takes") {
  const Outcome fit = place().call("replay run/run.mcap --perception lidar --fit fitted.yaml --out fit");
  REQUIRE_MESSAGE(fit.exit_code == 0, fit.err);
  CHECK(says(fit.out, "truths"));
  CHECK(says(slurp(place().dir / "fitted.yaml"), "lidar in run/run.mcap"));
  CHECK(place().call("replay run/run.mcap --perception fitted.yaml --score --out fitted").exit_code == 0);
  const Outcome nothing =
      place().call("replay run/run.mcap --fit nothing.yaml --out nothing");  // a run has no detections
  CHECK(nothing.exit_code == 2);
  CHECK_FALSE(fs::exists(place().dir / "nothing.yaml"));
  CHECK_FALSE(fs::exists(place().dir / "nothing"));
}

TEST_CASE("replay --extract: a clip stands by itself, wherever it is moved") {
  REQUIRE(place().call("log events run/run.mcap -o moments.jsonl").exit_code == 0);
  const Outcome clip =
      place().call("replay driven/run.mcap --extract 8 --around 4 --host first --radius 120 --out clip");
  REQUIRE_MESSAGE(clip.exit_code == 0, clip.err);
  CHECK(place().call("replay driven/run.mcap --extract 8 --host first --out clip").exit_code == 2);  // is there already
  fs::create_directories(place().dir / "elsewhere");
  fs::rename(place().dir / "clip", place().dir / "elsewhere" / "clip");
  const fs::path moved = place().dir / "elsewhere" / "clip";
  const auto facts = nlohmann::json::parse(slurp(moved / "clip.json"));
  CHECK(facts["from_s"] == 4.0);
  CHECK(facts["to_s"] == 12.0);
  CHECK(facts["acts"].get<int>() >= 160);
  CHECK(facts["observations"] == facts["acts"]);
  CHECK(facts["steps"].get<int>() >= 800);
  // The tracks are those of the log.
  const replay::Tracks whole = tracks_of(place().dir / "driven" / "run.mcap"), part = tracks_of(moved);
  CHECK(part.start_ns >= 4'000'000'000);
  CHECK(part.end_ns <= 12'000'000'000);
  CHECK(part.tracks.size() >= 2);
  for (const replay::LoggedTrack& track : part.tracks) {
    const auto same = std::find_if(whole.tracks.begin(), whole.tracks.end(),
                                   [&](const replay::LoggedTrack& other) { return other.row == track.row; });
    REQUIRE(same != whole.tracks.end());
    std::size_t hint = 0;
    for (const replay::TrackPoint& p : track.points) {
      const auto at = replay::track_at(*same, p.time_ns, hint);
      REQUIRE(at.has_value());
      CHECK(std::hypot(at->x - p.x, at->y - p.y) < 0.011);
    }
  }
  const std::string here = "elsewhere/clip ";
  CHECK(place().call("map check elsewhere/clip/map.xodr").exit_code <= 1);
  const Outcome ideal = place().call("replay " + here + "--score --out clip_ideal");
  CHECK_MESSAGE(ideal.exit_code == 0, ideal.err);
  const Outcome open = place().call("replay " + here + "--stack first=builtin:planner --out clip_open");
  REQUIRE_MESSAGE(open.exit_code == 0, open.err);
  const auto differences = nlohmann::json::parse(slurp(place().dir / "clip_open" / "open_loop.json"));
  CHECK(differences["observations_from"] == "the run's own");
  CHECK(differences["differences"]["acceleration_mps2"]["largest"] == 0.0);
  const Outcome closed =
      place().call("replay " + here + "--closed-loop --stack first=builtin:planner --out clip_closed");
  CHECK_MESSAGE((closed.exit_code == 0 || closed.exit_code == 4), closed.err);
  CHECK(fs::exists(place().dir / "clip_closed" / "result.json"));
  const Outcome story = place().call("run elsewhere/clip/clip.xosc --out clip_story");
  CHECK_MESSAGE((story.exit_code == 0 || story.exit_code == 4), story.err);
}

TEST_CASE(
    "replay --fleet: sensor logs of one run in one world, a planted clock offset comes back, any vehicle is driven "
    "anew") {
  std::ofstream(place().dir / "sensors.yaml") << "vehicles: [first, second]\ntruth_m: 500\n";
  const std::string loop = tests::source_dir() + "/assets/scenarios/loop";
  const Outcome run =
      place().call("run " + loop + ".xosc --param traffic=10 --duration 15 --sensors sensors.yaml --out sensed");
  REQUIRE_MESSAGE(fs::exists(place().dir / "sensed" / "sensors" / "second.mcap"), run.err);
  std::ofstream(place().dir / "late.yaml") << "offsets_s: {second.mcap: -0.3}\n";
  const std::string logs = "replay --fleet sensed/sensors/first.mcap sensed/sensors/second.mcap --roles late.yaml ";
  const Outcome same = place().call(logs + "--out fleet");
  REQUIRE_MESSAGE(same.exit_code == 0, same.err);
  const auto world = nlohmann::json::parse(slurp(place().dir / "fleet" / "fleet.json"));
  REQUIRE(world["vehicles"].size() == 2);
  CHECK(world["vehicles"][1]["name"] == "second");
  CHECK(std::abs(world["vehicles"][1]["clock_offset_s"].get<double>() - 0.3) < 0.02);
  CHECK(world["tracks"].size() == 12);  // the two and ten others, each once
  const replay::Tracks joint = tracks_of(place().dir / "fleet" / "fleet.mcap");
  CHECK(joint.tracks.size() == 12);
  // `second` stood on the road with a stack of its own in the joint world.
  const Outcome closed =
      place().call(logs + "--closed-loop --stack second=builtin:planner --map " + loop + ".xodr --out fleet_closed");
  CHECK_MESSAGE((closed.exit_code == 0 || closed.exit_code == 4), closed.err);
  const auto result = nlohmann::json::parse(slurp(place().dir / "fleet_closed" / "result.json"));
  CHECK(result["vehicles"] == 1);
  CHECK(result["divergence"]["agents"] == 11);
}
