// `bitgoeul log` as its users meet it: info, check, recover, cut, convert, redact; for people and with --json, exit
// codes, and bad usage that leaves nothing behind. What is in the files is counted with the MCAP reader.
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "replay/mcap/reader.h"
#include "replay/run_log.h"
#include "tests/scenarios/program.h"

using namespace bitgoeul;
using namespace scenarios_test;
using nlohmann::json;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

constexpr double kLatitude = 35.16, kLongitude = 126.85;  // of the loop's origin

// One directory for all cases: 25 s of the loop with a place on Earth, and the same as a log of Foxglove's messages.
struct Place : Scratch {
  Place() {
    const std::string assets = tests::source_dir() + "/assets/scenarios/";
    const std::string map = replaced(slurp(assets + "loop.xodr"), "west=\"-40\"/>",
                                     "west=\"-40\"><geoReference><![CDATA[+proj=tmerc +lat_0=35.16 +lon_0=126.85 +k=1 "
                                     "+x_0=0 +y_0=0 +ellps=WGS84]]></geoReference></header>");
    spill(dir / "loop.xodr", map);
    fs::copy(assets + "loop.xosc", dir / "loop.xosc");
    const Outcome run = call("run loop.xosc --param traffic=12 --duration 25 --out run --quiet");
    REQUIRE_MESSAGE(run.exit_code == 0, run.err);
    const Outcome other = call("log convert run/run.mcap --to foxglove -o drive.mcap --quiet");
    REQUIRE_MESSAGE(other.exit_code == 0, other.err);
  }
  Outcome call(const std::string& arguments) const { return bitgoeul_program(*this, arguments); }
  json parsed(const std::string& arguments, int code = 0) const {
    const Outcome outcome = call(arguments + " --json");
    CAPTURE(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == code);
    return json::parse(outcome.out);
  }
  // Refused: exit code 2, nothing on stdout, the words on stderr, the file not written.
  void refused(const std::string& arguments, const std::string& words, const std::string& file = "none.mcap") const {
    const Outcome outcome = call(arguments);
    CAPTURE(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find(words) != std::string::npos);
    CHECK_FALSE(fs::exists(dir / file));
    for (const auto& entry : fs::directory_iterator(dir))
      CHECK(entry.path().filename().string().find(".tmp") == std::string::npos);
  }
  // Messages by topic, as the reader finds them.
  std::map<std::string, std::uint64_t> counts(const std::string& file) const {
    const auto reader = replay::mcap::Reader::open(dir / file, {.require_crc = true});
    REQUIRE(reader);
    std::map<std::string, std::uint64_t> out;
    REQUIRE(reader->each_message([&](const replay::mcap::MessageView& view) {
      ++out[view.channel.topic];
      return true;
    }));
    return out;
  }
  std::vector<sim::Snapshot> frames(const std::string& file) const {
    const auto log = replay::RunLog::open(dir / file);
    REQUIRE(log);
    std::vector<sim::Snapshot> out;
    REQUIRE(log->each_frame([&](const sim::Snapshot& s) {
      out.push_back(s);
      return true;
    }));
    return out;
  }
};

const Place& place() {
  static const Place once;
  return once;
}

std::uint64_t total(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t sum = 0;
  for (const auto& [topic, count] : counts) sum += count;
  return sum;
}

}  // namespace

TEST_CASE("log info: topics, counts and times of a run and of a foreign log") {
  for (const std::string file : {"run/run.mcap", "drive.mcap"}) {
    CAPTURE(file);
    const auto counts = place().counts(file);
    const json info = place().parsed("log info " + file);
    std::map<std::string, std::uint64_t> told;
    for (const json& topic : info["topics"])
      if (topic["count"] > 0) told[topic["topic"]] = topic["count"];
    CHECK(told == counts);
    CHECK(info["duration_s"] == 25.0);
    CHECK(info["files"][0]["complete"] == true);
    CHECK(info["files"][0]["bytes"] == fs::file_size(place().dir / file));
    CHECK(info["issues"].empty());
    const Outcome people = place().call("log info " + file);
    CHECK(people.exit_code == 0);
    for (const auto& [topic, count] : counts) CHECK(people.out.find(topic) != std::string::npos);
  }
  const json run = place().parsed("log info run/run.mcap");
  CHECK(run["run"]["seed"] == 1);
  CHECK(run["steps"] == 2500);
  place().refused("log info nothing.mcap", "nothing.mcap");
  place().refused("log info loop.xosc", "is no log of a known format");
  place().refused("log info", "LOG");
}

// People come to the crosswalks one after another: at first most of their rows have never been made.
TEST_CASE("frames of a run with people at its crosswalks are read back") {
  const std::string map = tests::source_dir() + "/tests/maps/data/t_junction.xodr";
  const Outcome fleet =
      place().call("fleet --map '" + map + "' --vehicles 0 --traffic 2 --pedestrians 40 --duration 20 -o people.xosc");
  REQUIRE_MESSAGE(fleet.exit_code == 0, fleet.err);
  const Outcome run = place().call("run people.xosc --out people --quiet");
  REQUIRE_MESSAGE(run.exit_code == 4, run.err);  // nothing is judged where no vehicle is under test
  std::size_t most = 0;
  const std::vector<sim::Snapshot> frames = place().frames("people/run.mcap");
  CHECK(frames.size() == 201);
  for (const sim::Snapshot& s : frames) {
    std::size_t people = 0;
    for (std::size_t row = 0; row < s.entities.alive.size(); ++row)
      people += s.entities.alive[row] != 0 && s.entities.role[row] == sim::Role::kPedestrian;
    most = std::max(most, people);
  }
  CHECK(most > 0);
  CHECK(most <= 40);
}

TEST_CASE("log check: whole and sound, or what is missing, with bytes and times") {
  for (const std::string file : {"run/run.mcap", "drive.mcap"}) {
    const json report = place().parsed("log check " + file);
    CHECK(report["whole"] == true);
    CHECK(report["messages"] == total(place().counts(file)));
    const Outcome people = place().call("log check " + file);
    CHECK(people.exit_code == 0);
    CHECK(people.out.find("whole and sound") != std::string::npos);
  }
  std::string bytes = slurp(place().dir / "drive.mcap");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  spill(place().dir / "changed.mcap", bytes);
  const json report = place().parsed("log check changed.mcap", 2);
  CHECK(report["whole"] == false);
  REQUIRE(report["losses"].size() == 1);
  const json& loss = report["losses"][0];
  CHECK(loss["begin_byte"] < bytes.size() / 2);
  CHECK(loss["end_byte"] > bytes.size() / 2);
  CHECK(loss["from_ns"] < loss["to_ns"]);
  CHECK(static_cast<std::uint64_t>(report["messages"]) + static_cast<std::uint64_t>(loss["messages"]) ==
        total(place().counts("drive.mcap")));
  const Outcome people = place().call("log check changed.mcap");
  CHECK(people.exit_code == 2);
  CHECK(people.err.find("missing from") != std::string::npos);
  CHECK(people.out.find("damaged") != std::string::npos);
  place().refused("log check nothing.mcap", "nothing.mcap");
  place().refused("log check loop.xosc", "holds nothing of an MCAP file");
  place().refused("log check", "LOG");
}

TEST_CASE("log recover: what is whole of a torn log, as a sound one, that verifies") {
  const std::string bytes = slurp(place().dir / "run/run.mcap");
  spill(place().dir / "torn.mcap", bytes.substr(0, bytes.size() - 200));
  const json checked = place().parsed("log check torn.mcap", 2);
  const json saved = place().parsed("log recover torn.mcap");
  CHECK(saved["out"] == "torn.recovered.mcap");
  CHECK(saved["messages"] == checked["messages"]);
  CHECK(saved["messages"] == total(place().counts("torn.recovered.mcap")));
  CHECK(saved["messages"] > 100);
  CHECK(place().parsed("log check torn.recovered.mcap")["whole"] == true);
  CHECK(place().call("verify torn.recovered.mcap").exit_code == 0);
  const Outcome people = place().call("log recover torn.mcap -o again.mcap");
  CHECK(people.exit_code == 0);
  CHECK(people.out.find("again.mcap") != std::string::npos);
  CHECK(slurp(place().dir / "again.mcap") == slurp(place().dir / "torn.recovered.mcap"));
  place().refused("log recover torn.mcap -o torn.mcap", "same file");
  CHECK(slurp(place().dir / "torn.mcap").size() == bytes.size() - 200);
  place().refused("log recover loop.xosc -o none.mcap", "holds nothing of an MCAP file");
  place().refused("log recover torn.mcap -o no/such/folder.mcap", "no/such", "no");
}

TEST_CASE("log cut: times and topics of a foreign log") {
  const auto counts = place().counts("drive.mcap");
  const json cut = place().parsed("log cut drive.mcap --start 5 --end 7 --topics /scene /tf -o cut.mcap");
  const auto kept = place().counts("cut.mcap");
  CHECK(kept == std::map<std::string, std::uint64_t>{{"/scene", 20}, {"/tf", 20}});  // ten a second, the end excluded
  CHECK(cut["kept"] == 40);
  CHECK(static_cast<std::uint64_t>(cut["left_out"]) == total(counts) - 40);
  const Outcome unknown = place().call("log cut drive.mcap --topics /scene /radar -o cut.mcap");
  CHECK(unknown.exit_code == 0);
  CHECK(unknown.err.find("has no topic /radar") != std::string::npos);
  CHECK(place().counts("cut.mcap").at("/scene") == counts.at("/scene"));
  place().refused("log cut drive.mcap --start 100 -o none.mcap", "nothing of the log lies in that part");
  place().refused("log cut drive.mcap --topics /radar -o none.mcap", "nothing of the log lies in that part");
  place().refused("log cut drive.mcap --end -3 -o none.mcap", "--end");
  place().refused("log cut drive.mcap", "--out");
  place().refused("log cut drive.mcap --box 35,126 36,127 --box-local 0,0 1,1 -o none.mcap", "--box");
  place().refused("log cut drive.mcap --box-local '0;0' 1,1 -o none.mcap", "write X,Y in metres");
  place().refused("log cut drive.mcap --box-local 0,0 -o none.mcap", "--box-local");
  const std::string bytes = slurp(place().dir / "drive.mcap");
  spill(place().dir / "short.mcap", bytes.substr(0, bytes.size() / 2));
  place().refused("log cut short.mcap --end 1 -o none.mcap", "log recover");
}

TEST_CASE("log cut: a part of a run in time begins at a key frame and verifies from the first whole state in it") {
  const auto whole = place().frames("run/run.mcap");
  const Outcome cut = place().call("log cut run/run.mcap --start 5.3 --end 22 -o part.mcap");
  CHECK(cut.exit_code == 0);
  CHECK(cut.err.find("starts at 4 s") != std::string::npos);  // a key frame every two seconds
  const auto part = place().frames("part.mcap");
  REQUIRE(part.size() == 180);
  for (std::size_t i = 0; i < part.size(); ++i) {
    const sim::Snapshot& of = whole[i + 40];
    CHECK(part[i].time_ns == of.time_ns);
    CHECK(part[i].generation == of.generation);
    CHECK(part[i].entities.x == of.entities.x);
    CHECK(part[i].entities.speed_mps == of.entities.speed_mps);
    CHECK(part[i].signals.state == of.signals.state);
  }
  CHECK(place().call("log check part.mcap").exit_code == 0);
  const json verified = place().parsed("verify part.mcap");
  CHECK(verified["verdict"] == "identical");
  CHECK(verified["from_step"] == 1000);
  CHECK(verified["steps"] == 1199);
  CHECK(place().call("log cut run/run.mcap --start 3 --end 9 -o part.mcap").exit_code == 0);
  CHECK(place().parsed("verify part.mcap", 4)["verdict"] == "inconclusive");  // no whole state in it
  const json beginning = place().parsed("log cut run/run.mcap --end 12 -o part.mcap");
  CHECK(beginning["kept"] == total(place().counts("part.mcap")));
  CHECK(place().parsed("verify part.mcap")["steps"] == 1199);
  CHECK(place().call("log cut run/run.mcap --topics /run/frames /run/signals -o part.mcap").exit_code == 0);
  CHECK(place().frames("part.mcap").size() == whole.size());
  place().refused("log cut run/run.mcap --start 26 -o none.mcap", "nothing of the log lies in that part");
  place().refused("log cut run/run.mcap --start 5 --end 4 -o none.mcap", "its end lies before its start");
  place().refused("log cut run/run.mcap --end 5 -o run/run.mcap", "same file");
}

TEST_CASE("log cut: a box on the map leaves of a run who is in it, by metres and by degrees") {
  const auto whole = place().frames("run/run.mcap");
  double low_x = 1e9, high_x = -1e9, low_y = 1e9, high_y = -1e9;
  for (const sim::Snapshot& s : whole)
    for (std::size_t row = 0; row < s.entities.alive.size(); ++row) {
      if (s.entities.alive[row] == 0) continue;
      low_x = std::min(low_x, s.entities.x[row]), high_x = std::max(high_x, s.entities.x[row]);
      low_y = std::min(low_y, s.entities.y[row]), high_y = std::max(high_y, s.entities.y[row]);
    }
  const double x0 = low_x + 0.3 * (high_x - low_x), y0 = low_y - 1, x1 = high_x + 1,
               y1 = low_y + 0.6 * (high_y - low_y);
  // Metres per degree on the WGS 84 ellipsoid (US National Geospatial-Intelligence Agency, series of cosines).
  const double phi = kLatitude * M_PI / 180;
  const double north = 111132.92 - 559.82 * std::cos(2 * phi) + 1.175 * std::cos(4 * phi);
  const double east = 111412.84 * std::cos(phi) - 93.5 * std::cos(3 * phi);
  const auto text = [](double a, double b) {
    char out[64];
    std::snprintf(out, sizeof out, "%.9f,%.9f", a, b);
    return std::string(out);
  };
  const std::string local = "--box-local " + text(x0, y0) + " " + text(x1, y1);
  const std::string degrees = "--box " + text(kLatitude + y0 / north, kLongitude + x0 / east) + " " +
                              text(kLatitude + y1 / north, kLongitude + x1 / east);
  for (const std::string& box : {local, degrees}) {
    CAPTURE(box);
    const Outcome cut = place().call("log cut run/run.mcap " + box + " -o box.mcap");
    CAPTURE(cut.err);
    REQUIRE(cut.exit_code == 0);
    const auto part = place().frames("box.mcap");
    REQUIRE(part.size() == whole.size());
    int inside = 0, outside = 0;
    for (std::size_t i = 0; i < part.size(); ++i)
      for (std::size_t row = 0; row < whole[i].generation.size(); ++row) {
        const auto& e = whole[i].entities;
        if (e.alive[row] == 0) continue;
        const double edge = std::min(
            {std::abs(e.x[row] - x0), std::abs(e.x[row] - x1), std::abs(e.y[row] - y0), std::abs(e.y[row] - y1)});
        if (edge < 0.1) continue;
        const bool in = e.x[row] > x0 && e.x[row] < x1 && e.y[row] > y0 && e.y[row] < y1;
        ++(in ? inside : outside);
        const bool there = row < part[i].entities.alive.size() && part[i].entities.alive[row] != 0;
        REQUIRE(there == in);
        if (there) CHECK(part[i].entities.x[row] == e.x[row]);
        if (there) CHECK(part[i].generation[row] == whole[i].generation[row]);
      }
    CHECK(inside > 100);
    CHECK(outside > 100);
    const auto counts = place().counts("box.mcap");
    CHECK_FALSE(counts.contains("/run/hashes"));
    CHECK_FALSE(counts.contains("/run/keyframes"));
    CHECK(place().call("log check box.mcap").exit_code == 0);
    CHECK(place().call("verify box.mcap").exit_code == 4);  // proves nothing, and says so
  }
  place().refused("log cut run/run.mcap --box-local 90000,0 90001,1 -o none.mcap", "nobody is ever in that box");
  place().refused("log cut run/run.mcap --box 0,0 1,1 -o none.mcap", "nobody is ever in that box");
}

TEST_CASE("log convert: every format, or a word why not") {
  for (const auto& [format, file] : std::map<std::string, std::string>{{"osi", "c.osi.mcap"},
                                                                       {"osi-trace", "c.osi"},
                                                                       {"omega-prime", "c.prime.mcap"},
                                                                       {"foxglove", "c.foxglove.mcap"},
                                                                       {"csv", "c.csv"},
                                                                       {"womd", "c.tfrecord"},
                                                                       {"xosc", "c.xosc"}}) {
    CAPTURE(format);
    const Outcome people = place().call("log convert run/run.mcap --to " + format + " -o " + file);
    CAPTURE(people.err);
    CHECK(people.exit_code == 0);
    CHECK(people.out.find(file) != std::string::npos);
    CHECK(fs::file_size(place().dir / file) > 1000);
  }
  const json report = place().parsed("log convert run/run.mcap --to csv -o c.csv");
  CHECK(report["frames"] == 251);
  CHECK(report["files"].size() == 3);
  for (const json& file : report["files"]) CHECK(fs::exists(place().dir / file.get<std::string>()));
  CHECK(place().call("log convert drive.mcap --to csv -o d.csv").exit_code == 0);  // a foreign log too
  place().refused("log convert run/run.mcap --to flac -o none.mcap", "flac");
  place().refused("log convert run/run.mcap -o none.mcap", "--to");
  place().refused("log convert run/run.mcap --to womd --host nobody -o none.mcap", "nobody");
  place().refused("log convert run/run.mcap --to osi -o run/run.mcap", "same file");
  place().refused("log convert run/run.mcap --to osi --map atlantis -o none.mcap", "atlantis");
  place().refused("log convert drive.mcap --to omega-prime -o none.mcap", "map");
  place().refused("log convert run/run.mcap --to osi -o no/such/folder.mcap", "no/such", "no");
  place().refused("log convert loop.xodr --to osi -o none.mcap", "loop.xodr");
}

TEST_CASE("log redact: what passes and what was taken out, counted; a policy with a mistake is named with its line") {
  const auto counts = place().counts("drive.mcap");
  const json report = place().parsed("log redact drive.mcap -o public.mcap");
  const auto left = place().counts("public.mcap");
  CHECK(report["messages_kept"] == total(left));
  CHECK(static_cast<std::uint64_t>(report["messages_dropped"]) == total(counts) - total(left));
  CHECK(report["topics"].size() == counts.size());
  for (const json& topic : report["topics"])
    CHECK(static_cast<std::uint64_t>(topic["kept"]) + static_cast<std::uint64_t>(topic["dropped"]) ==
          counts.at(topic["topic"]));
  const Outcome people = place().call("log redact drive.mcap -o public.mcap");
  CHECK(people.exit_code == 0);
  for (const auto& [topic, count] : counts) CHECK(people.out.find(topic) != std::string::npos);
  CHECK(people.out.find("blotted out:") != std::string::npos);
  spill(place().dir / "policy.yaml", "drop: [/tf]\nimages: drop\n");
  CHECK(place().call("log redact drive.mcap --policy policy.yaml -o public.mcap").exit_code == 0);
  CHECK_FALSE(place().counts("public.mcap").contains("/tf"));
  spill(place().dir / "policy.yaml", "drop: [/tf]\nimagez: keep\n");
  place().refused("log redact drive.mcap --policy policy.yaml -o none.mcap", "policy.yaml:2");
  place().refused("log redact drive.mcap --policy no.yaml -o none.mcap", "no.yaml");
  place().refused("log redact drive.mcap -o drive.mcap", "same file");
  place().refused("log redact drive.mcap", "--out");
  place().refused("log redact loop.xosc -o none.mcap", "is not an MCAP file");
}
