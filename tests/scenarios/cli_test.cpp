// The program as its users meet it: exit codes, messages, what is written and what is not.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "maps/load_map.h"
#include "replay/run_log.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/run.h"
#include "tests/scenarios/program.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace scenarios_test;
namespace fs = std::filesystem;

namespace {

const std::string kLoop = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xosc";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The example with its map named by an absolute path.
std::string loop_scenario() {
  return with(slurp(kLoop), "filepath=\"loop.xodr\"",
              "filepath=\"" + bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr\"");
}

bool only(const Scratch& scratch, std::initializer_list<std::string> names) {
  for (const auto& entry : fs::directory_iterator(scratch.dir)) {
    const std::string name = entry.path().filename().string();
    if (name != "stdout" && name != "stderr" && name != "cache" &&
        std::find(names.begin(), names.end(), name) == names.end())
      return false;
  }
  return true;
}

}  // namespace

TEST_CASE("bad input: file, line, reason, exit code 2, and nothing is left behind") {
  struct Bad {
    const char *name, *text, *words;
  };
  const std::string good = loop_scenario();
  const std::string undeclared = with(good, "entityRef=\"first\"", "entityRef=\"firts\"");
  const std::string broken = with(good, "</Entities>", "</Entites>");
  const std::string unknown_map = with(slurp(kLoop), "loop.xodr", "atlantis");
  const std::string lost_map = with(slurp(kLoop), "loop.xodr", "no/such.xodr");
  const std::string off_road = with(good, "roadId=\"1\" laneId=\"-1\" offset=\"0\" s=\"20\"",
                                    "roadId=\"77\" laneId=\"-1\" offset=\"0\" s=\"20\"");
  const std::string no_end = with(with(good, "<StopTrigger>", "<!--"), "</StopTrigger>", "-->");
  for (const Bad& bad :
       {Bad{"undeclared", undeclared.c_str(), "firts"}, Bad{"broken", broken.c_str(), "bad.xosc:"},
        Bad{"unknown map", unknown_map.c_str(), "gwangju"}, Bad{"lost map", lost_map.c_str(), "such.xodr"},
        Bad{"off road", off_road.c_str(), "no road"}, Bad{"no end", no_end.c_str(), "--duration"}}) {
    CAPTURE(bad.name);
    Scratch scratch;
    spill(scratch.dir / "bad.xosc", bad.text);
    const Outcome outcome = bitgoeul_program(scratch, "run bad.xosc --out result");
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find("bad.xosc") != std::string::npos);
    CHECK(outcome.err.find(bad.words) != std::string::npos);
    CHECK(only(scratch, {"bad.xosc"}));
  }
  Scratch scratch;
  const Outcome missing = bitgoeul_program(scratch, "run nothing.xosc --out result");
  CHECK(missing.exit_code == 2);
  CHECK(missing.err.find("nothing.xosc") != std::string::npos);
  CHECK(only(scratch, {}));
}

TEST_CASE("an option that may be repeated takes one word, so that the file may come after it") {
  Scratch scratch;
  for (const char* words : {"--param speed=9", "--stack '*=builtin:planner'", "--criterion headway", "--act-every 10"})
    CHECK_MESSAGE(
        bitgoeul_program(scratch, std::string("run --duration 1 --out result ") + words + " " + kLoop).exit_code != 2,
        words);
}

TEST_CASE("wrong usage exits with 2 and says so") {
  Scratch scratch;
  for (const char* arguments :
       {"", "fly", "run", "run a.xosc --record pictures", "run a.xosc --dt 0", "run a.xosc --threads 0",
        "batch suite.yaml", "replay a.mcap", "stack fly", "view --size nonsense", "log cut a.mcap"}) {
    CAPTURE(arguments);
    const Outcome outcome = bitgoeul_program(scratch, arguments);
    CHECK(outcome.exit_code == 2);
    CHECK_FALSE(outcome.err.empty());
  }
  const Outcome view = bitgoeul_program(scratch, "run " + kLoop + " --view --record hash --out result");
  CHECK(view.exit_code == 2);
  CHECK(view.err.find("--view needs the frames") != std::string::npos);
  const Outcome stack = bitgoeul_program(scratch, "run " + kLoop + " --stack first=pigeon:foo --out result");
  CHECK(stack.exit_code == 2);
  CHECK(only(scratch, {}));
}

TEST_CASE("a stack that cannot run is told with class, step and what it wrote last; the exit code is 3") {
  Scratch scratch;
  const Outcome run = bitgoeul_program(
      scratch, "run " + kLoop + " --stack 'first=exec:echo no such thing; exit 7' --out result --json");
  CHECK(run.exit_code == 3);
  const auto result = nlohmann::json::parse(slurp(scratch.dir / "result/result.json"));
  CHECK(result["verdict"] == "ERROR");
  CHECK(result["fault"]["class"] == "STACK_CRASH");
  CHECK(result["fault"]["step"] == 0);
  CHECK(result["fault"]["what"].get<std::string>().find("exit code 7") != std::string::npos);
  CHECK(result["fault"]["log_tail"] == "no such thing\n");
}

TEST_CASE("a stack that rams others fails stack_collision and collision_at_fault under its name, and not our drivers") {
  Scratch scratch;
  const std::string zoo = "exec:" + bitgoeul::tests::binary_dir() + "/tests/stack_zoo ram 3";
  const Outcome run = bitgoeul_program(scratch, "run " + kLoop + " --duration 20 --stack 'first=" + zoo +
                                                    "' --criterion collision_at_fault --out result --json");
  CHECK(run.exit_code == 1);
  const auto result = nlohmann::json::parse(run.out);
  CHECK(result["verdict"] == "FAIL");
  CHECK(result["acts_clamped"].get<int>() > 100);
  std::map<std::string, nlohmann::json> criteria;
  for (const auto& c : result["criteria"]) criteria[c["name"]] = c;
  CHECK(criteria["collision"]["verdict"] == "PASS");
  CHECK(criteria["stack_collision"]["verdict"] == "FAIL");
  CHECK(criteria["stack_collision"]["entity"] == "first");
  CHECK(criteria["collision_at_fault"]["verdict"] == "FAIL");
  CHECK(criteria["collision_at_fault"]["entity"] == "first");
}

TEST_CASE("a stack drives over the protocol; the run verifies without it, and it answers again without the run") {
  Scratch scratch;
  const std::string self = "exec:" + bitgoeul::tests::binary_dir() + "/bin/bitgoeul stack example";
  REQUIRE(
      bitgoeul_program(scratch, "run " + kLoop + " --stack '*=" + self + "' --duration 10 --out outside").exit_code ==
      0);
  REQUIRE(
      bitgoeul_program(scratch, "run " + kLoop + " --stack '*=builtin:planner' --duration 10 --out inside").exit_code ==
      0);
  const auto outside = nlohmann::json::parse(slurp(scratch.dir / "outside/result.json"));
  const auto inside = nlohmann::json::parse(slurp(scratch.dir / "inside/result.json"));
  CHECK(outside["state_hash"] == inside["state_hash"]);
  CHECK(outside["stacks"][0]["client"] == "bitgoeul planner 1");
  CHECK(bitgoeul_program(scratch, "verify outside/run.mcap").exit_code == 0);
  CHECK(bitgoeul_program(scratch, "stack replay outside/run.mcap").exit_code == 0);
  CHECK(bitgoeul_program(scratch, "stack replay outside/run.mcap builtin:planner").exit_code == 0);
  // One of them is asked more often than the other.
  const std::string often = "run " + kLoop + " --stack '*=builtin:planner' --duration 10 --act-every 10 --act-every ";
  REQUIRE(bitgoeul_program(scratch, often + "second=2 --out often").exit_code == 0);
  const auto two = nlohmann::json::parse(slurp(scratch.dir / "often/result.json"));
  CHECK(two["state_hash"] != inside["state_hash"]);
  CHECK(bitgoeul_program(scratch, "verify often/run.mcap --stacks").exit_code == 0);
  const Outcome nobody = bitgoeul_program(scratch, often + "third=2 --out none");
  CHECK(nobody.exit_code == 2);
  CHECK(nobody.err.find("third") != std::string::npos);
  const Outcome other = bitgoeul_program(scratch, "stack replay outside/run.mcap builtin:brake");
  CHECK(other.exit_code == 5);
  CHECK(other.out.find("different at step 0") != std::string::npos);
}

TEST_CASE("run --stack-driver-view: the own driver over the protocol gives the run without a stack, bit for bit") {
  Scratch scratch;
  const std::string self = "exec:" + bitgoeul::tests::binary_dir() + "/bin/bitgoeul stack example driver";
  const auto run = [&](const std::string& words, const std::string& out) {
    const Outcome outcome = bitgoeul_program(scratch, "run " + kLoop + " --duration 10 --out " + out + " " + words);
    CHECK_MESSAGE(outcome.exit_code == 0, outcome.err);
    return nlohmann::json::parse(slurp(scratch.dir / out / "result.json"));
  };
  const auto none = run("", "none");
  const auto outside = run("--stack-driver-view --stack '*=" + self + "'", "outside");
  const auto inside = run("--stack-driver-view --stack '*=builtin:driver'", "inside");
  CHECK(none["state_hash"] == outside["state_hash"]);
  CHECK(none["state_hash"] == inside["state_hash"]);
  CHECK(outside["stacks"][0]["client"] == "bitgoeul driver 1");
  CHECK(bitgoeul_program(scratch, "verify outside/run.mcap --stacks").exit_code == 0);
  CHECK(bitgoeul_program(scratch, "verify inside/run.mcap --stacks").exit_code == 0);
  CHECK(bitgoeul_program(scratch, "verify none/run.mcap --against inside/run.mcap").exit_code == 5);  // it has acts
  CHECK(bitgoeul_program(scratch, "stack replay outside/run.mcap builtin:driver").exit_code == 0);
  // A story tells such a vehicle how to drive, as it does without a stack.
  const std::string ring = bitgoeul::tests::source_dir() + "/assets/scenarios/ring_road_fog_pile_up.xosc --duration 20";
  for (const char* words : {" --out alone", " --out asked --stack-driver-view --stack 'ego,follower=builtin:driver'"})
    bitgoeul_program(scratch, "run " + ring + words);
  const auto hash_of = [&](const char* out) {
    return nlohmann::json::parse(slurp(scratch.dir / out / "result.json"))["state_hash"];
  };
  CHECK(hash_of("alone") == hash_of("asked"));
  // What cannot be together, and a stack that answers something else.
  CHECK(bitgoeul_program(scratch, "run " + kLoop + " --stack-driver-view --out none_drives").exit_code == 2);
  CHECK(bitgoeul_program(scratch, "run " + kLoop + " --stack-driver-view --act-every 2 --stack '*=builtin:driver'")
            .exit_code == 2);
  const Outcome planner =
      bitgoeul_program(scratch, "run " + kLoop + " --stack-driver-view --stack '*=builtin:planner' --out planner");
  CHECK(planner.exit_code == 3);
  CHECK(planner.err.find("no driver's decision") != std::string::npos);
}

TEST_CASE("batch: a suite runs its scenarios with each of its stacks; a failing one has its class and hurts no other") {
  Scratch scratch;
  spill(scratch.dir / "loop.xosc", loop_scenario());
  const std::string program = bitgoeul::tests::binary_dir() + "/bin/bitgoeul stack example";
  spill(scratch.dir / "suite.yaml",
        "suite: stacks\nlimits: {sim_time_s: 5}\nscenarios:\n  - file: loop.xosc\n    stacks:\n"
        "      - {'*': 'builtin:planner'}\n      - {'*': 'exec:exit 7'}\n      - {'*': 'exec:" +
            program + "'}\n");
  const Outcome batch = bitgoeul_program(scratch, "batch suite.yaml --out out --verify 100 -j 2");
  INFO(batch.err);
  CHECK(batch.exit_code == 3);
  std::map<std::string, nlohmann::json> rows;
  std::istringstream lines(slurp(scratch.dir / "out/results.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto row = nlohmann::json::parse(line, nullptr, false);
    if (row.is_object() && row.contains("stacks")) rows[row["stacks"]["*"].get<std::string>()] = row;
  }
  REQUIRE(rows.size() == 3);
  CHECK(rows["exec:exit 7"]["verdict"] == "STACK_CRASH");
  CHECK(rows["builtin:planner"]["state_hash"] == rows["exec:" + program]["state_hash"]);
  CHECK(rows["builtin:planner"]["verified"].get<std::string>().rfind("identical", 0) == 0);
}

TEST_CASE(
    "verify and batch --verify say whether the engine or a stack differed, and the log of a run may be cut and "
    "redacted") {
  Scratch scratch;
  spill(scratch.dir / "loop.xosc", loop_scenario());
  const std::string zoo = "exec:" + bitgoeul::tests::binary_dir() + "/tests/stack_zoo ";
  spill(scratch.dir / "suite.yaml",
        "suite: stacks\nrecord: frames\nlimits: {sim_time_s: 4}\nscenarios:\n  - file: loop.xosc\n    stacks:\n"
        "      - {'*': '" +
            zoo + "good'}\n      - {'*': '" + zoo + "random 9'}\n");
  const Outcome batch = bitgoeul_program(scratch, "batch suite.yaml --out out --verify 100 -j 2");
  INFO(batch.err);
  CHECK(batch.exit_code == 5);
  std::map<std::string, nlohmann::json> rows;
  std::istringstream lines(slurp(scratch.dir / "out/results.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto row = nlohmann::json::parse(line, nullptr, false);
    if (row.is_object() && row.contains("stacks")) rows[row["stacks"]["*"].get<std::string>()] = row;
  }
  CAPTURE(rows[zoo + "good"].dump());
  CAPTURE(rows[zoo + "random 9"].dump());
  CHECK(rows[zoo + "good"]["verified"].get<std::string>().find("and its stacks") != std::string::npos);
  CHECK(rows[zoo + "random 9"]["verdict"] == "NONDETERMINISTIC");
  CHECK(rows[zoo + "random 9"]["message"].get<std::string>().find("different at step 40, in stack exec:") !=
        std::string::npos);

  // The same by hand, and then on what `log cut` and `log redact` leave of it.
  const std::string run = "run loop.xosc --duration 4 --stack '*=" + zoo + "random 9' --out ";
  REQUIRE(bitgoeul_program(scratch, run + "one").exit_code == 0);
  REQUIRE(bitgoeul_program(scratch, run + "two").exit_code == 0);
  const auto verified = [&](const std::string& words, int code) {
    const Outcome outcome = bitgoeul_program(scratch, "verify " + words + " --json");
    CAPTURE(words);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == code);
    const auto json = nlohmann::json::parse(outcome.out, nullptr, false);
    CAPTURE(outcome.out);
    CHECK(json.is_object());
    return json.is_object() ? json.value("first", std::string("nobody")) : std::string();
  };
  CHECK(verified("one/run.mcap", 0) == "nobody");
  CHECK(verified("one/run.mcap --stacks", 5) == "stack");
  CHECK(verified("one/run.mcap --against two/run.mcap", 5) == "stack");
  CHECK(bitgoeul_program(scratch, "log cut one/run.mcap --end 2 -o cut.mcap").exit_code == 0);
  CHECK(verified("cut.mcap", 0) == "nobody");
  CHECK(verified("cut.mcap --stacks", 5) == "stack");
  CHECK(bitgoeul_program(scratch, "log redact one/run.mcap -o public.mcap").exit_code == 0);
  CHECK(verified("public.mcap", 0) == "nobody");
  CHECK(verified("public.mcap --stacks", 5) == "stack");
}

TEST_CASE("a run with stacks verifies in segments: what is under way at a key frame is part of its state") {
  Scratch scratch;
  const std::string run = "run " + kLoop + " --duration 33 --stack '*=builtin:planner' --quiet --out ";
  for (const std::string late : {"", "--actuation-delay 40 --stack-latency 30 --act-every 7 --stack-hold 90 "}) {
    CAPTURE(late);
    REQUIRE(bitgoeul_program(scratch, run + "out " + late).exit_code != 2);
    for (const char* how : {"--threads 1", "--threads 4", "--threads 2 --from 21", "--from last"}) {
      CAPTURE(how);
      const Outcome outcome = bitgoeul_program(scratch, std::string("verify out/run.mcap --json ") + how);
      CAPTURE(outcome.err);
      CHECK(outcome.exit_code == 0);
      CHECK(nlohmann::json::parse(outcome.out)["verdict"] == "identical");
    }
    fs::remove_all(scratch.dir / "out");
  }
}

TEST_CASE("run --perception: the stack is told what a stub makes of the world, and the run verifies") {
  Scratch scratch;
  const std::string run = "run " + kLoop + " --duration 10 --stack '*=builtin:planner' ";
  REQUIRE(bitgoeul_program(scratch, run + "--out plain").exit_code == 0);
  const Outcome seen = bitgoeul_program(scratch, run + "--perception lidar --out lidar");
  INFO(seen.err);
  REQUIRE(seen.exit_code <= 1);  // a late planner may fail
  const auto plain = nlohmann::json::parse(slurp(scratch.dir / "plain/result.json"));
  const auto lidar = nlohmann::json::parse(slurp(scratch.dir / "lidar/result.json"));
  CHECK(plain["state_hash"] != lidar["state_hash"]);
  CHECK(lidar["command"].get<std::string>().find("--perception lidar") != std::string::npos);
  CHECK(bitgoeul_program(scratch, "verify lidar/run.mcap --stacks --threads 1").exit_code == 0);
  for (const char* words : {"--perception nothing", "--perception lidar_cluster", "--perception missing.yaml"}) {
    CAPTURE(words);
    CHECK(bitgoeul_program(scratch, run + words + " --out refused").exit_code == 2);
    CHECK_FALSE(fs::exists(scratch.dir / "refused"));
  }
  CHECK(bitgoeul_program(scratch, "run " + kLoop + " --perception lidar --out refused").exit_code == 2);
}

TEST_CASE("S6: a scenario may name its stacks; a command in it starts only with --allow-exec") {
  Scratch scratch;
  const std::string old = "name=\"bitgoeul:driver\" value=\"builtin:driver\"";
  spill(scratch.dir / "planner.xosc", with(loop_scenario(), old, "name=\"bitgoeul:driver\" value=\"builtin:planner\""));
  CHECK(bitgoeul_program(scratch, "run planner.xosc --duration 2 --out planner").exit_code == 0);
  const auto result = nlohmann::json::parse(slurp(scratch.dir / "planner/result.json"));
  CHECK(result["stacks"][0]["spec"] == "builtin:planner");
  CHECK(result["stacks"][0]["vehicles"] == 1);
  spill(scratch.dir / "exec.xosc", with(loop_scenario(), old, "name=\"bitgoeul:driver\" value=\"exec:touch started\""));
  const Outcome refused = bitgoeul_program(scratch, "run exec.xosc --duration 2 --out exec");
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("--allow-exec") != std::string::npos);
  CHECK_FALSE(fs::exists(scratch.dir / "started"));
  CHECK(bitgoeul_program(scratch, "run exec.xosc --duration 2 --out exec --allow-exec").exit_code == 3);
  CHECK(bitgoeul_program(scratch, "check exec.xosc").exit_code == 0);
  spill(scratch.dir / "bad.xosc", with(loop_scenario(), old, "name=\"bitgoeul:driver\" value=\"builtin:nobody\""));
  CHECK(bitgoeul_program(scratch, "check bad.xosc").exit_code == 2);
}

TEST_CASE("a command that a file wants carried out is refused, and left out only when that is asked for") {
  Scratch scratch;
  spill(scratch.dir / "command.xosc",
        with(loop_scenario(), "<Private ",
             "<UserDefinedAction><CustomCommandAction type=\"sh\">touch started</CustomCommandAction>"
             "</UserDefinedAction><Private "));
  const Outcome refused = bitgoeul_program(scratch, "run command.xosc --duration 2 --out out");
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("--allow-custom-commands") != std::string::npos);
  const Outcome run = bitgoeul_program(scratch, "run command.xosc --duration 2 --out out --allow-custom-commands");
  CHECK(run.exit_code == 0);
  CHECK(run.err.find("[unsupported]") < run.err.find("run"));
  const Outcome checked = bitgoeul_program(scratch, "check command.xosc");
  CHECK((checked.out + checked.err).find("CustomCommandAction") != std::string::npos);
  CHECK_FALSE(fs::exists(scratch.dir / "started"));
}

TEST_CASE("every command has a help text with an example") {
  Scratch scratch;
  for (const char* name : {"", "demo", "run", "fleet", "check", "verify", "diff", "log", "log info", "map"}) {
    CAPTURE(name);
    const Outcome outcome = bitgoeul_program(scratch, std::string(name) + " --help");
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.out.find("Example:") != std::string::npos);
  }
}

TEST_CASE("a run leaves its files, the same bits for any number of threads, and verify agrees") {
  Scratch scratch;
  const Outcome one =
      bitgoeul_program(scratch, "run " + kLoop + " --duration 20 --threads 1 --json --out one --trajectories one.csv");
  CAPTURE(one.err);
  REQUIRE(one.exit_code == 0);
  for (const char* name : {"result.json", "run.mcap", "report.html"})
    CHECK(fs::file_size(scratch.dir / "one" / name) > 0);
  CHECK(fs::exists(scratch.dir / "one/events.jsonl"));  // empty when nothing happened
  const auto printed = nlohmann::json::parse(one.out);
  const auto written = nlohmann::json::parse(slurp(scratch.dir / "one/result.json"));
  CHECK(printed == written);
  CHECK(written["steps"] == 2000);
  CHECK(written["vehicles"] == 2);
  CHECK(written["verdict"] == "PASS");
  CHECK(written["command"].get<std::string>().find("run ") != std::string::npos);
  std::ifstream events(scratch.dir / "one/events.jsonl");
  for (std::string line; std::getline(events, line);) CHECK(nlohmann::json::parse(line).contains("kind"));
  const std::string csv = slurp(scratch.dir / "one.csv");
  CHECK(csv.starts_with("time_s,entity,x_m,y_m,z_m,heading_rad,speed_mps\n0.000,first,20."));
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 1 + 2 * 201);

  const Outcome two = bitgoeul_program(scratch, "run " + kLoop + " --duration 20 --threads 2 --quiet --out two");
  REQUIRE(two.exit_code == 0);
  CHECK(two.err.empty());
  CHECK(nlohmann::json::parse(slurp(scratch.dir / "two/result.json"))["state_hash"] == written["state_hash"]);
  CHECK(bitgoeul_program(scratch, "diff one two").exit_code == 0);

  const Outcome verified = bitgoeul_program(scratch, "verify one/run.mcap --threads 2");
  CHECK(verified.exit_code == 0);
  CHECK(verified.out.find("identical") != std::string::npos);
  const Outcome other =
      bitgoeul_program(scratch, "run " + kLoop + " --duration 20 --seed 2 --threads 2 --record hash --out three");
  CHECK(other.exit_code == 0);
  CHECK(nlohmann::json::parse(slurp(scratch.dir / "three/result.json"))["state_hash"] != written["state_hash"]);
  CHECK(bitgoeul_program(scratch, "diff one three").exit_code == 1);

  CHECK(bitgoeul_program(scratch, "diff one two --metrics").out.find("no metric has moved") != std::string::npos);
  const Outcome moved = bitgoeul_program(scratch, "diff one three/run.mcap --metrics --json");
  CHECK(moved.exit_code == 1);
  const auto third = nlohmann::json::parse(slurp(scratch.dir / "three/result.json"));
  bool told = false;
  const auto metrics = nlohmann::json::parse(moved.out)["metrics"];
  for (const auto& metric : metrics) {
    CHECK(metric["metric"].get<std::string>().find("wall") == std::string::npos);
    if (metric["metric"] != "distance_m") continue;
    told = true;
    CHECK(metric["delta"].get<double>() ==
          doctest::Approx(third["distance_m"].get<double>() - written["distance_m"].get<double>()));
  }
  CHECK(told);
  std::filesystem::remove(scratch.dir / "three/result.json");
  const Outcome bare = bitgoeul_program(scratch, "diff one three --metrics");
  CHECK(bare.exit_code == 2);
  CHECK(bare.err.find("three/result.json") != std::string::npos);
  CHECK(bitgoeul_program(scratch, "check " + kLoop + " one/run.mcap").exit_code == 0);
  const Outcome info = bitgoeul_program(scratch, "log info one/run.mcap --json");
  CHECK(info.exit_code == 0);
  CHECK(nlohmann::json::parse(info.out)["state_hash"] == written["state_hash"]);
}

TEST_CASE("verify finds the step at which one recorded hash was changed") {
  Scratch scratch;
  REQUIRE(bitgoeul_program(scratch, "run " + kLoop + " --duration 3 --record hash --out run").exit_code == 0);
  {
    const auto log = replay::RunLog::open(scratch.dir / "run/run.mcap");
    REQUIRE(log);
    auto forged = replay::Recorder::open(scratch.dir / "forged.mcap", log->header());
    REQUIRE(forged);
    const auto copied = log->each_step([&](const replay::StepRecord& record) {
      sim::Hash128 hash = record.hash;
      if (record.step == 123) hash.low ^= 1;
      return forged->step(record.step, record.time_ns, hash, record.commands, record.events).has_value();
    });
    REQUIRE(copied);
    REQUIRE(forged->close());
  }
  const Outcome outcome = bitgoeul_program(scratch, "verify forged.mcap");
  CHECK(outcome.exit_code == 5);
  CHECK(outcome.out.find("step 123") != std::string::npos);
  CHECK(outcome.out.find("state hash") != std::string::npos);
  // A log cut in the middle is compared as far as it goes.
  const std::string whole = slurp(scratch.dir / "run/run.mcap");
  spill(scratch.dir / "cut.mcap", whole.substr(0, whole.size() / 2));
  const Outcome cut = bitgoeul_program(scratch, "verify cut.mcap");
  CHECK((cut.exit_code == 0 || cut.exit_code == 4 || cut.exit_code == 2));
  CHECK(cut.exit_code != 5);
}

TEST_CASE("a directory of somebody else's files is not written to") {
  Scratch scratch;
  fs::create_directory(scratch.dir / "mine");
  spill(scratch.dir / "mine/thesis.txt", "precious");
  const Outcome outcome = bitgoeul_program(scratch, "run " + kLoop + " --duration 1 --out mine");
  CHECK(outcome.exit_code == 2);
  CHECK(slurp(scratch.dir / "mine/thesis.txt") == "precious");
  CHECK(std::distance(fs::directory_iterator(scratch.dir / "mine"), fs::directory_iterator{}) == 1);
}

TEST_CASE("fleet writes a file that runs, and demo is fleet and run in one") {
  Scratch scratch;
  const std::string map = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr";
  const Outcome fleet = bitgoeul_program(
      scratch, "fleet --map " + map +
                   " --vehicles 5 --traffic 3 --cyclists 0.02 --buses 0.01 --seed 9 --duration 10 -o fleet.xosc");
  CAPTURE(fleet.err);
  REQUIRE(fleet.exit_code == 0);
  const Outcome ran = bitgoeul_program(scratch, "run fleet.xosc --seed 9 --out run --json");
  CAPTURE(ran.err);
  CHECK((ran.exit_code == 0 || ran.exit_code == 4));
  const Outcome demo = bitgoeul_program(
      scratch, "demo --map " + map + " --vehicles 5 --traffic 3 --seed 9 --duration 10 --out demo --json");
  CHECK(demo.exit_code == ran.exit_code);
  CHECK(nlohmann::json::parse(demo.out)["state_hash"] == nlohmann::json::parse(ran.out)["state_hash"]);
  CHECK(slurp(scratch.dir / "demo/demo.xosc") == slurp(scratch.dir / "fleet.xosc"));
}

TEST_CASE("an interrupted run closes its log and is inconclusive") {
  Scratch scratch;
  sim::Issues issues;
  scenarios::RunInput input;
  auto scenario = scenarios::openscenario::parse_file(kLoop, {}, issues);
  REQUIRE(scenario);
  input.scenario = *scenario;
  input.map_name = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr";
  maps::LoadOptions no_cache;
  no_cache.use_cache = false;
  const auto map = maps::load_map(input.map_name, issues, no_cache);
  REQUIRE(map);
  input.map = *map;
  input.duration_s = 60;
  scenarios::RunOptions options;
  options.out = scratch.dir / "run";
  int asked = 0;
  options.interrupted = [&] { return ++asked > 250; };
  const auto result = scenarios::run(input, options, issues);
  REQUIRE(result);
  CHECK(result->interrupted);
  CHECK(result->verdict == scenarios::Verdict::kInconclusive);
  CHECK(result->steps == 250);
  const auto log = replay::RunLog::open(options.out / "run.mcap");
  REQUIRE(log);
  CHECK(log->complete());
  CHECK(nlohmann::json::parse(slurp(options.out / "result.json"))["interrupted"] == true);
}

TEST_CASE("a story that does not end while it is waited for makes a run inconclusive, and is named") {
  const Scratch scratch;
  sim::Issues issues;
  scenarios::RunInput input;
  input.scenario = *scenarios::openscenario::parse_file(kLoop, {}, issues);
  input.map_name = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xodr";
  maps::LoadOptions no_cache;
  no_cache.use_cache = false;
  input.map = *maps::load_map(input.map_name, issues, no_cache);
  input.duration_s = 20;
  scenarios::RunOptions options;
  options.out = scratch.dir / "run";
  CHECK(scenarios::run(input, options, issues)->verdict == scenarios::Verdict::kPass);
  input.story_ends_it = true;
  const auto result = scenarios::run(input, options, issues);
  REQUIRE(result);
  CHECK(result->verdict == scenarios::Verdict::kInconclusive);
  CHECK(result->criteria.back().name == "story_end");
}

TEST_CASE("run --criterion: more is judged, with value, limit and place; a wrong name is refused before the run") {
  const Scratch scratch;
  const Outcome good =
      bitgoeul_program(scratch, "run " + kLoop + " --criterion speed=50 --criterion off_road --out good --json");
  CHECK(good.exit_code == 0);
  const auto result = nlohmann::json::parse(good.out);
  std::map<std::string, nlohmann::json> criteria;
  for (const auto& c : result["criteria"]) criteria[c["name"]] = c;
  CHECK(criteria.size() == 6);
  CHECK(criteria["speed"]["verdict"] == "PASS");
  CHECK(criteria["speed"]["limit"] == 50);
  CHECK(criteria["speed"]["unit"] == "m/s");
  CHECK(criteria["speed"]["place"]["lane"].get<std::string>().find('/') != std::string::npos);
  CHECK(criteria["off_road"]["limit"] == 0.3);
  CHECK(result["command"].get<std::string>().find("--criterion speed=50 --criterion off_road") != std::string::npos);
  // Judging changes nothing.
  const Outcome plain = bitgoeul_program(scratch, "run " + kLoop + " --out plain --json");
  CHECK(nlohmann::json::parse(plain.out)["state_hash"] == result["state_hash"]);
  CHECK(bitgoeul_program(scratch, "run " + kLoop + " --criterion speed=-40 --out bad --quiet").exit_code == 1);
  CHECK(bitgoeul_program(scratch, "run " + kLoop + " --criterion school_zone --out none --quiet").exit_code == 4);
  const Outcome wrong = bitgoeul_program(scratch, "run " + kLoop + " --criterion ttk=1 --out wrong");
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("did you mean 'ttc'?") != std::string::npos);
  CHECK(!fs::exists(scratch.dir / "wrong"));
}

TEST_CASE("run --picture: a PNG of the way and the events") {
  const Scratch scratch;
  REQUIRE(bitgoeul_program(scratch, "run " + kLoop + " --duration 20 --picture run.png --out out --quiet").exit_code <=
          4);
  const std::string png = slurp(scratch.dir / "run.png");
  REQUIRE(png.size() > 10'000);
  CHECK(png.substr(1, 3) == "PNG");
  CHECK(bitgoeul_program(scratch, "run " + kLoop + " --duration 1 --picture none/run.png --out o --quiet").exit_code ==
        3);
}

TEST_CASE("batch: the bundle of a failure runs again wherever it lies, and says that the bits are the same") {
  const Scratch scratch;
  spill(scratch.dir / "suite.yaml",
        "suite: bundle\nseeds: [3]\nrecord: frames\nlimits: {sim_time_s: 3, wall_time_s: 60}\n"
        "criteria: {route_progress: 1000000}\nscenarios:\n  - file: " +
            kLoop + "\n");
  const Outcome batch = bitgoeul_program(scratch, "batch suite.yaml --out out --quiet");
  INFO(batch.err);
  CHECK(batch.exit_code == 1);
  fs::path bundle;
  for (const auto& entry : fs::recursive_directory_iterator(scratch.dir / "out" / "runs"))
    if (entry.path().filename() == "repro.sh") bundle = entry.path().parent_path();
  REQUIRE_FALSE(bundle.empty());
  for (const char* file : {"scenario.xosc", "result.json", "run.mcap", "manifest.json"})
    CHECK(fs::exists(bundle / file));
  // The last key frame is in the log: the state that was saved there leads to the bits of the end.
  CHECK(bitgoeul_program(scratch, "verify '" + (bundle / "run.mcap").string() + "'").exit_code == 0);
  fs::rename(bundle, scratch.dir / "moved");
  const std::string command = "cd " + scratch.dir.string() + " && BITGOEUL=" + bitgoeul::tests::binary_dir() +
                              "/bin/bitgoeul XDG_CACHE_HOME=" + scratch.dir.string() +
                              "/cache moved/repro.sh again >stdout 2>stderr";
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 1);  // it fails again
  CHECK(slurp(scratch.dir / "stdout").find("same bits") != std::string::npos);
  spill(scratch.dir / "again.sh", with(slurp(scratch.dir / "moved" / "repro.sh"), "--seed 3", "--seed 4"));
  CHECK(std::system(("bash " + (scratch.dir / "again.sh").string() + " " + (scratch.dir / "other").string() + " >" +
                     (scratch.dir / "stdout").string() + " 2>&1; true")
                        .c_str()) == 0);
  CHECK(slurp(scratch.dir / "stdout").find("other bits") != std::string::npos);
}
