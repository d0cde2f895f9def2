// `bitgoeul replay` as its users meet it: exit codes, what is said, what is written and what is not.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
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

// A directory of its own for all cases, with 20 s of the loop recorded in run/.
struct Place : Scratch {
  Place() {
    const Outcome run =
        call("run " + tests::source_dir() + "/assets/scenarios/loop.xosc --param traffic=10 --duration 20 --out run");
    REQUIRE_MESSAGE(fs::exists(dir / "run" / "run.mcap"), run.err);
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
  refused("run/run.mcap --host nobody", "nobody");
  refused("run/run.mcap --stack first=builtin:brake", "--closed-loop");
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
  const Outcome verify = place().call("verify loop/run.mcap");
  CHECK(verify.exit_code == 2);
  CHECK(says(verify.err, "closed loop"));
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
