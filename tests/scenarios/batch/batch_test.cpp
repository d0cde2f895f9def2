// Suites, plans, the supervisor with every way a run can end, the store against damage, comparison and reports.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <pugixml.hpp>
#include <set>

#include "scenarios/batch/compare.h"
#include "scenarios/batch/plan.h"
#include "scenarios/batch/reports.h"
#include "scenarios/batch/store.h"
#include "scenarios/batch/supervisor.h"
#include "sim/glob.h"
#include "tests/scenarios/batch/fake_program.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::batch;
using test::BatchFolder;
namespace fs = std::filesystem;

namespace {

Plan plan_of(const BatchFolder& folder, const std::string& yaml) {
  test::spill(folder.dir / "suite.yaml", yaml);
  sim::Issues issues;
  auto suite = parse_suite(folder.dir / "suite.yaml", issues);
  REQUIRE(suite);
  auto plan = make_plan(std::move(*suite), issues);
  for (const sim::Issue& issue : issues) INFO(sim::to_string(issue));
  REQUIRE(issues.empty());
  REQUIRE(plan);
  return std::move(*plan);
}

std::vector<const Job*> all(const Plan& plan) {
  std::vector<const Job*> jobs;
  for (const Job& job : plan.jobs) jobs.push_back(&job);
  return jobs;
}

std::vector<Row> run_seeds(const BatchFolder& folder, const std::string& seeds, double verify_percent = 0,
                           const std::string& limits = "{wall_time_s: 20}") {
  test::spill(folder.dir / "a.xosc", "<OpenSCENARIO/>");
  ::setenv("FAKE_STATE", folder.dir.c_str(), 1);
  const Plan plan = plan_of(folder, "seeds: " + seeds + "\nlimits: " + limits + "\nscenarios: [a.xosc]\n");
  auto store = Store::open(folder.dir / "out", 0, 1);
  REQUIRE(store);
  Options options;
  options.program = test::write_fake_program(folder.dir);
  options.processes = 2;
  options.verify_percent = verify_percent;
  auto rows = supervise(all(plan), *store, options);
  REQUIRE(rows);
  return *rows;
}

}  // namespace

TEST_CASE("suite: every mistake in one pass, with its line and what to do") {
  BatchFolder folder;
  test::spill(folder.dir / "s.yaml",
              "suite: x\nsceanrios: []\nseeds: [1, 1]\nlimits: {wall_time_s: -3}\nscenarios:\n  - file: a.xosc\n    "
              "parameters: {v: []}\n  - map: m\nexpected_failures:\n  - {scenario: a, until: tomorrow, reason: r}\n");
  sim::Issues issues;
  REQUIRE(parse_suite(folder.dir / "s.yaml", issues));
  const auto find = [&](int line, const std::string& what) {
    return std::any_of(issues.begin(), issues.end(), [&](const sim::Issue& i) {
      return i.line == line && sim::to_string(i).find(what) != std::string::npos;
    });
  };
  CHECK(find(2, "did you mean 'scenarios'?"));
  CHECK(find(3, "a seed stands twice"));
  CHECK(find(4, "'-3' is no number of at least 0.1"));
  CHECK(find(7, "the list is empty"));
  CHECK(find(8, "names no scenario"));
  CHECK(find(10, "'tomorrow' is no date"));
  CHECK(issues.size() == 6);
  test::spill(folder.dir / "broken.yaml", "a: [1,\n");
  const auto broken = parse_suite(folder.dir / "broken.yaml", issues);
  REQUIRE(!broken);
  CHECK(broken.error().line > 0);
  CHECK(!parse_suite(folder.dir / "missing.yaml", issues));
}

TEST_CASE("suite: a key that stands twice and a day that is none are refused where they stand") {
  BatchFolder folder;
  test::spill(folder.dir / "s.yaml",
              "seeds: 1\nseeds: 2\nlimits: {wall_time_s: 3, wall_time_s: 4}\nscenarios:\n  - file: a.xosc\n    "
              "parameters: {v: 1, w: 2, v: 3}\n    sets: [{x: 1, x: 2}]\ntolerances: {m: {absolute: 1}, m: {}}\n"
              "expected_failures:\n  - {scenario: a, until: 2026-02-29, reason: r}\n"
              "  - {scenario: a, until: 2028-02-29, reason: r}\n");
  sim::Issues issues;
  REQUIRE(parse_suite(folder.dir / "s.yaml", issues));
  std::vector<std::string> said;
  for (const sim::Issue& issue : issues) said.push_back(fmt::format("{}: {}", issue.line, issue.what));
  std::sort(said.begin(), said.end());
  // 2026 is no leap year, 2028 is one.
  CHECK(said == std::vector<std::string>{"10: '2026-02-29' is no date", "2: 'seeds' stands twice",
                                         "3: 'wall_time_s' stands twice", "6: 'v' stands twice", "7: 'x' stands twice",
                                         "8: 'm' stands twice"});
}

TEST_CASE("check: what a suite would only show when it is run is said beforehand, with its line") {
  BatchFolder folder;
  const std::string loop = bitgoeul::tests::source_dir() + "/assets/scenarios/loop.xosc";
  test::spill(folder.dir / "broken.xosc",
              test::slurp(loop).replace(test::slurp(loop).find("<Entities>"), 10, "<Entitis>"));
  test::spill(folder.dir / "suite.yaml", "baseline: gone\nscenarios:\n  - {file: " + loop +
                                             ", parameters: {sped: [4, 8]}}\n  - {file: " + loop +
                                             ", parameters: {speed: [4, 8]}}\n  - broken.xosc\nexpected_failures:\n"
                                             "  - {scenario: '**/loop.xosc', until: 2026-03-01, reason: r}\n"
                                             "  - {scenario: '**/lop.xosc', until: 2026-03-02, reason: r}\n");
  const auto check = [&](const std::string& day) {
    sim::Issues issues;
    auto suite = parse_suite(folder.dir / "suite.yaml", issues);
    REQUIRE(suite);
    const auto plan = make_plan(std::move(*suite), issues);
    REQUIRE(plan);
    REQUIRE(issues.empty());
    check_plan(*plan, day, issues);
    std::vector<std::string> said;
    for (const sim::Issue& issue : issues)
      if (issue.file == (folder.dir / "suite.yaml").string())
        said.push_back(fmt::format("{}: {}: {}", issue.line,
                                   issue.severity == sim::Severity::kError ? "error" : "warning", issue.what));
    // What is wrong in the scenario is said of its own file; of the same parameters once.
    CHECK(std::any_of(issues.begin(), issues.end(), [&](const sim::Issue& i) {
      return i.file == (folder.dir / "broken.xosc").string() && i.line > 0;
    }));
    return said;
  };
  const std::vector<std::string> always{"8: warning: no run of the suite is excused by **/lop.xosc",
                                        "0: error: there is no " + (folder.dir / "gone" / "results.jsonl").string(),
                                        "3: error: the scenario declares no parameter sped"};
  CHECK(check("2026-03-01") == always);  // its last day
  std::vector<std::string> a_day_later = always;
  a_day_later.insert(a_day_later.begin(), "7: error: the excuse for **/loop.xosc ended on 2026-03-01");
  CHECK(check("2026-03-02") == a_day_later);
}

TEST_CASE("glob: stars stay within a folder, two stars do not") {
  CHECK(sim::glob_match("*.xosc", "a.xosc"));
  CHECK(!sim::glob_match("*.xosc", "d/a.xosc"));
  CHECK(sim::glob_match("**/*.xosc", "d/e/a.xosc"));
  CHECK(sim::glob_match("**/*.xosc", "a.xosc"));
  CHECK(sim::glob_match("d/?.xosc", "d/a.xosc"));
  CHECK(!sim::glob_match("d?a.xosc", "d/a.xosc"));
}

TEST_CASE("plan: grids times sets times seeds; the key covers what decides the result, the case does not") {
  BatchFolder folder;
  test::spill(folder.dir / "a.xosc",
              "<OpenSCENARIO><RoadNetwork><LogicFile filepath=\"m.xodr\"/></RoadNetwork></OpenSCENARIO>");
  test::spill(folder.dir / "m.xodr", "<OpenDRIVE/>");
  const std::string yaml =
      "seeds: {from: 5, count: 3}\nscenarios:\n  - file: a.xosc\n    parameters: {v: {from: 1, to: 2, step: 0.5}, w: "
      "[a, "
      "b]}\n    sets: [{x: 1}, {x: 2}]\n";
  const Plan first = plan_of(folder, yaml);
  CHECK(first.jobs.size() == 3 * 2 * 2 * 3);
  CHECK(first.jobs[0].arguments() == std::vector<std::string>{"run", (folder.dir / "a.xosc").string(), "--seed", "5",
                                                              "--param", "v=1", "--param", "w=a", "--param", "x=1"});
  std::set<std::string> keys;
  for (const Job& job : first.jobs) keys.insert(sim::to_hex(job.key));
  CHECK(keys.size() == first.jobs.size());
  CHECK(plan_of(folder, yaml).jobs[7].key == first.jobs[7].key);
  test::spill(folder.dir / "m.xodr", "<OpenDRIVE> </OpenDRIVE>");
  const Plan other = plan_of(folder, yaml);
  CHECK(other.jobs[7].key != first.jobs[7].key);
  CHECK(other.jobs[7].case_id == first.jobs[7].case_id);
  std::size_t in_shards = 0;
  for (std::size_t i = 0; i < 5; ++i)
    for (const Job& job : first.jobs) in_shards += in_shard(job, i, 5);
  CHECK(in_shards == first.jobs.size());
}

TEST_CASE("plan: a distribution multiplies the runs, beside a scenario or in its place") {
  BatchFolder folder;
  test::spill(folder.dir / "a.xosc", "<OpenSCENARIO/>");
  const auto distribution = [&](const std::string& scenario) {
    return "<OpenSCENARIO><FileHeader revMajor=\"1\" revMinor=\"3\" date=\"2026-01-01T00:00:00\" description=\"d\" "
           "author=\"a\"/><ParameterValueDistribution><ScenarioFile filepath=\"" +
           scenario +
           "\"/><Deterministic><DeterministicSingleParameterDistribution parameterName=\"v\"><DistributionSet>"
           "<Element value=\"10\"/><Element value=\"20\"/></DistributionSet>"
           "</DeterministicSingleParameterDistribution></Deterministic></ParameterValueDistribution></OpenSCENARIO>";
  };
  test::spill(folder.dir / "d.xosc", distribution("a.xosc"));
  const Plan beside =
      plan_of(folder, "seeds: [1, 2]\nscenarios:\n  - {file: a.xosc, distribution: d.xosc, parameters: {w: [x, y]}}\n");
  REQUIRE(beside.jobs.size() == 8);
  CHECK(beside.jobs[0].arguments() == std::vector<std::string>{"run", (folder.dir / "a.xosc").string(), "--seed", "1",
                                                               "--param", "w=x", "--param", "v=10"});
  const Plan in_place = plan_of(folder, "criteria: {ttc: 1.5}\nscenarios: [d.xosc]\n");
  REQUIRE(in_place.jobs.size() == 2);
  CHECK(in_place.jobs[1].arguments() == std::vector<std::string>{"run", (folder.dir / "a.xosc").string(), "--seed", "1",
                                                                 "--param", "v=20", "--criterion", "ttc=1.5"});
  CHECK(in_place.jobs[0].key != in_place.jobs[1].key);
  test::spill(folder.dir / "d.xosc", distribution("gone.xosc"));
  test::spill(folder.dir / "suite.yaml", "criteria: {ttk: 1}\nscenarios: [d.xosc]\n");
  sim::Issues issues;
  auto suite = parse_suite(folder.dir / "suite.yaml", issues);
  REQUIRE(suite);
  REQUIRE(issues.size() == 1);
  CHECK(sim::to_string(issues[0]).find("did you mean 'ttc'?") != std::string::npos);
  (void)make_plan(std::move(*suite), issues);
  REQUIRE(issues.size() >= 2);
  CHECK(sim::to_string(issues[1]).find("gone.xosc") != std::string::npos);
}

TEST_CASE("plan: a sample of the combinations, criteria of one entry, files that may be missing") {
  BatchFolder folder;
  test::spill(folder.dir / "a.xosc", "<OpenSCENARIO/>");
  const std::string grid = "{v: {from: 1, to: 100, step: 1}, w: [x, y, z]}";
  const auto yaml = [&](const std::string& values) {
    return "criteria: {ttc: 1.5}\nscenarios:\n  - {file: a.xosc, take: 40, criteria: {ttc: 2, pet: 1}, parameters: " +
           values + "}\n";
  };
  const Plan plan = plan_of(folder, yaml(grid));
  REQUIRE(plan.jobs.size() == 40);
  CHECK(plan.jobs[0].criteria == Parameters{{"ttc", "2"}, {"pet", "1"}});
  // The same again; spread over both axes.
  const Plan again = plan_of(folder, yaml(grid));
  std::set<std::string> v, w;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    CHECK(plan.jobs[i].key == again.jobs[i].key);
    v.insert(plan.jobs[i].parameters[0].second), w.insert(plan.jobs[i].parameters[1].second);
  }
  CHECK(v.size() > 25);
  CHECK(w.size() == 3);
  test::spill(
      folder.dir / "s.yaml",
      "scenarios:\n  - a.xosc\n  - {file: gone.xosc, optional: true}\n  - {file: 'gone/*.xosc', optional: true}\n"
      "  - {file: a.xosc, take: 0, optional: maybe}\n");
  sim::Issues issues;
  auto suite = parse_suite(folder.dir / "s.yaml", issues);
  REQUIRE(suite);
  REQUIRE(issues.size() == 2);
  CHECK(issues[0].what == "0 combinations would be no run");
  CHECK(issues[1].what == "'maybe' is neither true nor false");
  suite->entries.pop_back();
  issues.clear();
  const auto rest = make_plan(std::move(*suite), issues);
  REQUIRE(rest);
  CHECK(rest->jobs.size() == 1);
  REQUIRE(issues.size() == 2);
  for (const sim::Issue& issue : issues) {
    CHECK(issue.severity == sim::Severity::kWarning);
    CHECK(issue.what.find("left out, because it is optional") != std::string::npos);
  }
}

TEST_CASE("plan: a case is the same however the suite is named") {
  const fs::path suite_file = fs::path(bitgoeul::tests::source_dir()) / "assets" / "suites" / "alks_gwangju.yaml";
  const auto plan_by = [](const fs::path& name) {
    sim::Issues issues;
    auto suite = parse_suite(name, issues);
    REQUIRE(suite);
    std::erase_if(suite->entries, [](const Entry& e) { return e.optional; });
    auto plan = make_plan(std::move(*suite), issues);
    REQUIRE(plan);
    return std::move(*plan);
  };
  const Plan by_path = plan_by(suite_file), by_relative = plan_by(fs::relative(suite_file));
  REQUIRE(by_path.jobs.size() == by_relative.jobs.size());
  REQUIRE(by_path.jobs.size() > 400);
  for (std::size_t i = 0; i < by_path.jobs.size(); ++i) {
    CHECK(by_path.jobs[i].case_id == by_relative.jobs[i].case_id);
    CHECK(fs::path(by_path.jobs[i].label).is_relative());
  }
}

TEST_CASE("plan: the suites that ship are sound, also without the files of others") {
  std::size_t suites = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(bitgoeul::tests::source_dir()) / "assets" / "suites")) {
    sim::Issues issues;
    auto suite = parse_suite(entry.path(), issues);
    REQUIRE(suite);
    REQUIRE(issues.empty());
    for (Entry& e : suite->entries)
      if (e.optional) e.file = "nowhere/" + e.file;
    const auto plan = make_plan(std::move(*suite), issues);
    REQUIRE(plan);
    CHECK(!sim::has_errors(issues));
    CHECK(plan->jobs.size() >= 400);
    // Every excuse is one for some run, but for those of the files that are not there.
    issues.clear();
    check_plan(*plan, "2026-11-27", issues);
    for (const sim::Issue& issue : issues) CHECK(issue.what.find("excused by **/alks_") != std::string::npos);
    ++suites;
  }
  CHECK(suites >= 1);
}

TEST_CASE("supervisor: every way a run can end has its verdict, and only the infrastructure is tried again") {
  BatchFolder folder;
  const auto rows = run_seeds(folder, "[1, 100, 200, 300, 301, 400, 600, 602, 603, 604, 700]");
  std::vector<std::string> verdicts;
  for (const Row& row : rows) verdicts.push_back(to_string(row.verdict));
  CHECK(verdicts == std::vector<std::string>{"PASS", "FAIL", "INVALID_INPUT", "INFRA", "PASS", "NOT_EVALUATED",
                                             "SIM_CRASH", "INFRA", "OUT_OF_MEMORY", "PASS", "STACK_CRASH"});
  CHECK(rows[1].message == "collision 1, limit 0, ego at 1.50 s");
  REQUIRE(rows[1].places.size() == 1);
  CHECK(rows[1].places[0].x == 10.5);
  CHECK(rows[2].message == "x.xosc:3:7: error: bad");
  // What a run left behind is gone with it.
  const pid_t child = std::stoi(test::slurp(folder.dir / "child"));
  bool gone = false;
  for (int i = 0; i < 200 && !gone; ++i) {
    const std::string stat = test::slurp("/proc/" + std::to_string(child) + "/stat");
    gone = stat.empty() || stat.find(") Z ") != std::string::npos;
    if (!gone) ::usleep(10'000);
  }
  CHECK(gone);
  const fs::path failed = folder.dir / "out" / "runs" / rows[1].key.substr(0, 2) / rows[1].key;
  CHECK(fs::exists(failed / "repro.sh"));
  CHECK(test::slurp(failed / "scenario.xosc") == "<OpenSCENARIO/>");
}

TEST_CASE("supervisor: a hanging run ends with its limit") {
  BatchFolder folder;
  const auto wall = run_seeds(folder, "[601]", 0, "{wall_time_s: 0.3}");
  CHECK(wall[0].verdict == Class::kTimeout);
  CHECK(wall[0].message == "stopped after 0.3 s of wall time");
  BatchFolder other;
  const auto still = run_seeds(other, "[601]", 0, "{no_progress_s: 0.3}");
  CHECK(still[0].message == "stopped: no simulated step for 0.3 s");
}

TEST_CASE("exit codes 0 to 5, each provoked") {
  const auto code = [](const std::string& seeds, double verify_percent) {
    BatchFolder folder;
    return exit_code(run_seeds(folder, seeds, verify_percent));
  };
  CHECK(code("[1, 2]", 100) == 0);
  CHECK(code("[1, 100]", 0) == 1);
  CHECK(code("[1, 100, 200]", 0) == 2);
  CHECK(code("[1, 100, 200, 600]", 0) == 3);
  CHECK(code("[1, 400]", 0) == 4);
  CHECK(code("[1, 600, 500]", 100) == 5);
  CHECK(exit_code({}) == 4);  // nothing evaluated is never a PASS
}

TEST_CASE("supervisor: killed at any time, the batch ends with the same bytes") {
  const char* full = std::getenv("BITGOEUL_FULL");
  const int kills = full != nullptr && std::string(full) == "1" ? 200 : 12;
  const std::string yaml = "seeds: {from: 1, count: 24}\nscenarios: [a.xosc]\n";
  BatchFolder folder;
  test::spill(folder.dir / "a.xosc", "<OpenSCENARIO/>");
  const fs::path program = test::write_fake_program(folder.dir);
  const Plan plan = plan_of(folder, yaml);
  const auto batch = [&](const fs::path& out) {
    auto store = Store::open(out, 0, 1);
    if (!store) {
      std::fputs((store.error().what + "\n").c_str(), stderr);
      ::_exit(9);
    }
    Options options;
    options.program = program;
    options.processes = 2;
    return supervise(all(plan), *store, options);
  };
  const auto undisturbed = batch(folder.dir / "calm");
  REQUIRE(undisturbed);
  int killed = 0;
  for (int i = 0; i < kills; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      (void)batch(folder.dir / "killed");
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(1000 + i * 7919 % 61 * 1000));  // spread over 60 ms
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    killed += WIFSIGNALED(status);
    if (!WIFSIGNALED(status)) fs::remove_all(folder.dir / "killed");  // it was done: once more from the start
  }
  CHECK(killed > 0);
  const auto resumed = batch(folder.dir / "killed");
  REQUIRE(resumed);
  CHECK(results_jsonl(*resumed) == results_jsonl(*undisturbed));
  CHECK(fs::exists(folder.dir / "killed" / "runs"));
  CHECK(!fs::exists(folder.dir / "killed" / "tmp"));
}

TEST_CASE("store: no damaged directory is believed, and a second supervisor is refused") {
  BatchFolder folder;
  const auto rows = run_seeds(folder, "[1]");
  const Plan plan = plan_of(folder, test::slurp(folder.dir / "suite.yaml"));
  const Store store = Store::look(folder.dir / "out");
  const sim::Hash128 key = plan.jobs[0].key;
  REQUIRE(store.row(key));
  CHECK(*store.row(key) == to_json_line(rows[0]));
  for (const char* name : {"manifest.json", "result.json"}) {
    const fs::path file = store.place(key) / name;
    const std::string sound = test::slurp(file);
    int believed = 0;
    for (std::size_t i = 0; i < sound.size(); ++i) {
      std::string flipped = sound;
      flipped[i] = static_cast<char>(flipped[i] ^ 1);
      test::spill(file, flipped);
      const auto row = store.row(key);
      believed += row && *row != to_json_line(rows[0]);
      test::spill(file, sound.substr(0, i));
      believed += store.row(key) && i + 1 < sound.size();  // without its line end it still says the same
    }
    CHECK(believed == 0);
    test::spill(file, sound);
    CHECK(store.row(key));
  }
  test::spill(store.place(key) / "run.mcap", "seed 2\n");
  CHECK(store.row(key));  // same size: only the thorough look finds it
  CHECK(!store.row(key, true));
  const auto one = Store::open(folder.dir / "out", 0, 1);
  REQUIRE(one);
  const auto two = Store::open(folder.dir / "out", 0, 1);
  REQUIRE(!two);
  CHECK(two.error().what == "another batch runs in this directory");
  test::spill(folder.dir / "mine" / "thesis.txt", "x");
  CHECK(!Store::open(folder.dir / "mine", 0, 1));
}

TEST_CASE("compare: newly failing, moved beyond tolerance, same bits") {
  BatchFolder folder;
  std::vector<Row> before = run_seeds(folder, "[1, 2, 3]"), now = before;
  now[0].verdict = Class::kFail;
  now[1].state_hash[0] = 'f';
  now[1].metrics["sim_time_s"] = 1.04;
  now[2].metrics["sim_time_s"] = 1.2;
  const Comparison c = compare(now, before, {{"sim_time_s", 0.0, 0.05}});
  CHECK(c.newly_failing == std::vector<std::size_t>{0});
  CHECK(c.other_bits == std::vector<std::size_t>{1});
  CHECK(c.same_bits == 2);
  REQUIRE(c.moved.size() == 1);
  CHECK(c.moved[0].row == 2);
  test::spill(folder.dir / "results.jsonl", results_jsonl(before) + "{}\n");
  const auto torn = read_results(folder.dir);
  REQUIRE(!torn);
  CHECK(torn.error().line == 4);
}

TEST_CASE("Wilson's interval has its published values") {
  // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
  CHECK(wilson(81, 263).low == doctest::Approx(0.2553).epsilon(0.0002));
  CHECK(wilson(81, 263).high == doctest::Approx(0.3662).epsilon(0.0002));
  CHECK(wilson(15, 148).low == doctest::Approx(0.0624).epsilon(0.001));
  CHECK(wilson(15, 148).high == doctest::Approx(0.1605).epsilon(0.001));
  CHECK(wilson(0, 20).high == doctest::Approx(0.1611).epsilon(0.001));
  CHECK(wilson(1, 29).low == doctest::Approx(0.0061).epsilon(0.01));
  CHECK(wilson(1, 29).high == doctest::Approx(0.1718).epsilon(0.001));
}

TEST_CASE("junit: counts, classes and text that no tool trips over") {
  BatchFolder folder;
  std::vector<Row> rows = run_seeds(folder, "[1, 100, 600, 2]");
  rows[1].message = "a < b & \x01 \"c\"";
  rows[3].verdict = Class::kFail;
  rows[3].excused = "known";
  Suite suite;
  suite.name = "s";
  const std::optional<Comparison> none;
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml({suite, rows, none}).c_str()));
  const pugi::xml_node s = document.select_node("//testsuite").node();
  CHECK(s.attribute("tests").as_int() == 4);
  CHECK(s.attribute("failures").as_int() == 1);
  CHECK(s.attribute("errors").as_int() == 1);
  CHECK(s.attribute("skipped").as_int() == 1);
  const pugi::xml_node failure = document.select_node("//failure").node();
  CHECK(std::string(failure.attribute("message").value()) == "a < b &   \"c\"");
  CHECK(std::string(failure.text().get()).find("repro: bitgoeul run") != std::string::npos);
  CHECK(std::string(document.select_node("//error").node().attribute("type").value()) == "SIM_CRASH");
  CHECK(exit_code({rows[0], rows[3]}) == 0);
}

TEST_CASE("report: nothing in a name becomes markup") {
  BatchFolder folder;
  std::vector<Row> rows = run_seeds(folder, "[1, 2]");
  rows[0].scenario = "</script><script>alert(1)</script>";
  Suite suite;
  suite.name = "<b>s</b>";
  const std::optional<Comparison> none;
  sim::Issues issues;
  const std::string html = report_html({suite, rows, none}, issues);
  CHECK(html.find("alert(1)</script>") == std::string::npos);
  CHECK(html.find("<b>s") == std::string::npos);
  CHECK(html.find("Chart.js v") != std::string::npos);
  CHECK(html.find("src=") == std::string::npos);  // nothing is fetched
}

TEST_CASE("GitHub: annotations for what is not good, ten at most, and a step summary with every verdict") {
  BatchFolder folder;
  std::vector<Row> rows = run_seeds(folder, "[1, 100, 600, 2]");
  rows[1].message = "50 % | of it\nsecond line";
  rows[3].verdict = Class::kFail;
  rows[3].excused = "known";
  Suite suite;
  suite.name = "nightly";
  const std::optional<Comparison> none;
  // Workflow commands: `::error file=...,title=...::message`, with %, line ends, and in properties : and , escaped.
  const std::string notes = github_annotations({suite, rows, none});
  CHECK(std::count(notes.begin(), notes.end(), '\n') == 2);  // neither the PASS nor what is expected to fail
  CHECK(notes.rfind("::error file=a.xosc,title=FAIL a.xosc seed 100::50 %25 | of it%0Asecond line%0Abitgoeul run ",
                    0) == 0);
  CHECK(notes.find("title=SIM_CRASH a.xosc seed 600::") != std::string::npos);
  const std::string summary = summary_markdown({suite, rows, none});
  CHECK(summary.find("## nightly\n\n4 runs") == 0);
  CHECK(summary.find("1 SIM_CRASH") != std::string::npos);
  CHECK(summary.find("(1 expected)") != std::string::npos);
  CHECK(summary.find("| FAIL | a.xosc seed 100 | 50 % \\| of it second line |") != std::string::npos);
  std::vector<Row> many(25, rows[1]);
  const std::string some = github_annotations({suite, many, none});
  CHECK(std::count(some.begin(), some.end(), '\n') == 10);
}

namespace {

// Every text in a YAML document that calls the batch.
void calls_in(const YAML::Node& node, std::vector<std::string>& out) {
  if (node.IsScalar() && node.as<std::string>().find("bitgoeul batch") != std::string::npos)
    out.push_back(node.as<std::string>());
  if (node.IsSequence())
    for (const YAML::Node& item : node) calls_in(item, out);
  if (node.IsMap())
    for (const auto& item : node) calls_in(item.second, out);
}

}  // namespace

TEST_CASE("templates for GitHub, GitLab, Kubernetes, Slurm and GNU parallel are sound YAML and sound shell") {
  const fs::path ci = fs::path(bitgoeul::tests::source_dir()) / "assets" / "ci";
  BatchFolder folder;
  std::size_t files = 0;
  const auto sound = [&](const fs::path& script) {
    return std::system(("bash -n '" + script.string() + "' 2>/dev/null").c_str()) == 0;
  };
  for (const auto& entry : fs::directory_iterator(ci)) {
    CAPTURE(entry.path().string());
    const std::string extension = entry.path().extension().string();
    if (extension == ".sh") {
      CHECK(sound(entry.path()));
      ++files;
    }
    if ((extension != ".yml" && extension != ".yaml") || entry.path().filename() == "suite.yaml") continue;
    std::vector<std::string> calls;
    calls_in(YAML::LoadFile(entry.path().string()), calls);
    CHECK_FALSE(calls.empty());
    for (std::string call : calls) {
      for (std::size_t at; (at = call.find("${{")) != std::string::npos;) {
        const std::size_t end = call.find("}}", at);
        REQUIRE(end != std::string::npos);
        call = call.substr(0, at) + "1" + call.substr(end + 2);
      }
      test::spill(folder.dir / "call.sh", call + "\n");
      CHECK(sound(folder.dir / "call.sh"));
    }
    ++files;
  }
  CHECK(files == 5);
  test::spill(folder.dir / "bad.sh", "if then\n");
  CHECK_FALSE(sound(folder.dir / "bad.sh"));
}
