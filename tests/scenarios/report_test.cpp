// Report, result and statistics: pure functions over a hand-made run.
#include "scenarios/report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scenarios/criteria/gates.h"
#include "scenarios/report_plots.h"
#include "scenarios/run_picture.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios;

namespace {

sim::Snapshot snapshot_at(std::int64_t ms, std::vector<double> x, std::vector<double> speeds) {
  sim::Snapshot s;
  s.time_ns = ms * 1'000'000;
  sim::resize_table(s.entities, x.size());
  s.generation.assign(x.size(), 1);
  for (std::size_t i = 0; i < x.size(); ++i) {
    s.entities.alive[i] = 1;
    s.entities.role[i] = i == 0 ? sim::Role::kEgo : sim::Role::kTraffic;
    s.entities.x[i] = x[i];
    s.entities.speed_mps[i] = speeds[i];
  }
  return s;
}

}  // namespace

TEST_CASE("base64 of RFC 4648, section 10") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("text of others cannot become markup") {
  CHECK(html_escaped("<script>\"&'") == "&lt;script&gt;&quot;&amp;&#39;");
}

TEST_CASE("ticks are round and cover the range") {
  CHECK(ticks(10, 5) == std::vector<double>{0, 2, 4, 6, 8, 10});
  CHECK(ticks(0.9, 5).back() >= 0.9);
  for (double max : {1e-6, 0.3, 1.0, 7.0, 99.0, 12345.0, 1e9}) {
    const auto t = ticks(max, 5);
    CAPTURE(max);
    CHECK(t.back() >= max * 0.999);
    CHECK(t.size() >= 2);
    CHECK(t.size() <= 12);
  }
}

TEST_CASE("statistics: distance, stops and standing of a vehicle that drives 10 m, stands 2 s and drives on") {
  Statistics statistics({"ego"});
  double x = 0;
  for (int ms = 0; ms <= 4000; ms += 100) {
    const bool stands = ms > 1000 && ms <= 3000;
    statistics.frame(snapshot_at(ms, {x, 500.0}, {stands ? 0.0 : 10.0, 20.0}));
    if (ms < 1000 || ms >= 3000) x += 1.0;
  }
  REQUIRE(statistics.egos.size() == 1);
  CHECK(statistics.egos[0].distance_m == doctest::Approx(20.0));
  CHECK(statistics.egos[0].stops == 1);
  CHECK(statistics.egos[0].standing_s == doctest::Approx(2.0));
  CHECK(statistics.egos[0].longest_standing_s == doctest::Approx(1.9));
  CHECK(statistics.seconds.size() == 5);
  CHECK(statistics.seconds[0].egos == 1);
  CHECK(statistics.seconds[0].traffic == 1);
  CHECK(statistics.seconds[0].flow_vkm_per_h == doctest::Approx(30.0 * 3.6));
  CHECK(statistics.name_of({0, 1}) == "ego");
  CHECK(statistics.name_of({1, 1}) == "traffic_1");
  // People and cyclists are called what they are, also when their row holds somebody else.
  sim::Event come;
  come.kind = sim::EventKind::kSpawn;
  come.entity = {2, 1};
  statistics.events(std::span(&come, 1), [](sim::Row) { return "pedestrian"; });
  sim::Event hit;
  hit.kind = sim::EventKind::kCollisionBegin;
  hit.entity = {0, 1}, hit.other = {2, 1};
  statistics.events(std::span(&hit, 1), [](sim::Row) { return "pedestrian"; });
  CHECK(statistics.name_of({2, 1}) == "pedestrian_2");
  come.entity = {2, 3};
  statistics.events(std::span(&come, 1), [](sim::Row) { return "cyclist"; });
  CHECK(statistics.name_of({2, 3}) == "cyclist_2");
  CHECK(statistics.name_of({2, 1}) == "pedestrian_2");
}

TEST_CASE("criteria: what passes, what fails, and when nothing is evaluated") {
  Totals totals;
  Statistics nobody({});
  CHECK(evaluate_criteria(totals, nobody, 100, 0.01).empty());
  CHECK(overall({}, false) == Verdict::kInconclusive);

  Statistics one({"ego"});
  one.frame(snapshot_at(0, {0.0}, {5.0}));
  one.frame(snapshot_at(100, {0.5}, {5.0}));
  auto criteria = evaluate_criteria(totals, one, 100, 0.01);
  REQUIRE(criteria.size() == 4);
  CHECK(overall(criteria, false) == Verdict::kPass);
  CHECK(overall(criteria, true) == Verdict::kInconclusive);

  totals.collisions_engine = 1;
  sim::Event crash;
  crash.kind = sim::EventKind::kCollisionBegin;
  crash.step = 250;
  crash.entity = {0, 1};
  one.events(std::span(&crash, 1));
  criteria = evaluate_criteria(totals, one, 100, 0.01);
  CHECK(criteria[0].name == "collision");
  CHECK(criteria[0].verdict == Verdict::kFail);
  CHECK(criteria[0].time_s == doctest::Approx(2.5));
  CHECK(criteria[0].entity == "ego");
  CHECK(overall(criteria, false) == Verdict::kFail);

  totals = {};
  totals.longest_standstill_s = 300.0;
  CHECK(evaluate_criteria(totals, one, 400, 0.01)[1].verdict == Verdict::kPass);
  totals.longest_standstill_s = 300.01;
  CHECK(evaluate_criteria(totals, one, 400, 0.01)[1].verdict == Verdict::kFail);

  Statistics stuck({"ego"});
  stuck.frame(snapshot_at(0, {0.0}, {0.0}));
  stuck.frame(snapshot_at(100, {0.0}, {0.0}));
  CHECK(evaluate_criteria({}, stuck, 100, 0.01)[3].verdict == Verdict::kInconclusive);
  CHECK(evaluate_criteria({}, stuck, 400, 0.01)[3].verdict == Verdict::kFail);
}

TEST_CASE("result.json holds the fields of the contract") {
  RunResult result;
  result.criteria.push_back({"collision", Verdict::kPass, 0, 0, -1, ""});
  result.scenario_file = "bad \"name\"\xff.xosc";
  const auto json = nlohmann::json::parse(to_json(result));
  for (const char* key :
       {"verdict", "criteria", "state_hash", "steps", "dt_s", "sim_time_s", "wall_time_s", "realtime_factor",
        "vehicles", "traffic", "collisions", "seed", "threads", "map", "scenario", "engine", "command"}) {
    CAPTURE(key);
    CHECK(json.contains(key));
  }
  CHECK(json["state_hash"].get<std::string>().size() == 32);
  CHECK(json["traffic"].contains("mean"));
  CHECK(json["traffic"].contains("peak"));
  CHECK(json["map"].contains("hash"));
  CHECK(json["scenario"].contains("hash"));
  CHECK(json["engine"].contains("commit"));
  for (const char* key : {"name", "verdict", "value", "limit", "time_s", "entity"})
    CHECK(json["criteria"][0].contains(key));
}

TEST_CASE("the report lists what the storyboard did, and text of the file stays text") {
  const Statistics statistics({"ego"});
  const RunResult result;
  const maps::Map map;
  sim::Issues issues;
  using replay::StoryTransition, replay::StoryType;
  const StoryLine lines[] = {{1.25, {"story::act::<b>brake", StoryType::kEvent, StoryTransition::kStart, ""}},
                             {4.5, {"story::act::e", StoryType::kEvent, StoryTransition::kEnd, ""}}};
  const std::string with = make_report({result, statistics, map, lines}, issues);
  CHECK(with.find("<h2>Storyboard</h2>") != std::string::npos);
  CHECK(with.find("<td>1.25</td><td class=\"text\">event</td><td class=\"text\">start</td>") != std::string::npos);
  CHECK(with.find("story::act::&lt;b&gt;brake") != std::string::npos);
  CHECK(make_report({result, statistics, map}, issues).find("Storyboard") == std::string::npos);
}

TEST_CASE("the strip of a picture shows collisions, the events of the storyboard and what it could not do") {
  using Sort = RunPicture::Sort;
  using replay::StoryTransition;
  using replay::StoryType;
  RunPicture picture({"ego", "child"});
  const std::vector<replay::StoryChange> changes = {
      {"s::act", StoryType::kAct, StoryTransition::kStart, ""},
      {"s::act::group::maneuver::the child runs", StoryType::kEvent, StoryTransition::kStart, ""},
      {"s::act::group::maneuver::the child runs", StoryType::kEvent, StoryTransition::kEnd, ""},
      {"s::act::group::maneuver::e::goes nowhere", StoryType::kAction, StoryTransition::kFailed, "no such lane"}};
  picture.story(changes, 3.5);
  sim::Event crash;
  crash.kind = sim::EventKind::kCollisionBegin;
  crash.entity = {0, 1}, crash.other = {1, 1}, crash.step = 400, crash.x = 7, crash.y = 8;
  picture.events(std::vector{crash}, 0.01);
  const auto& shown = picture.happenings();
  REQUIRE(shown.size() == 3);
  CHECK((shown[0].text == "the child runs" && shown[0].sort == Sort::kStory && !shown[0].at));
  CHECK(shown[0].time_s == doctest::Approx(3.5));
  CHECK((shown[1].text == "goes nowhere failed" && shown[1].sort == Sort::kBad));
  CHECK((shown[2].sort == Sort::kBad && shown[2].at && shown[2].at->x() == 7));
  CHECK(shown[2].time_s == doctest::Approx(4.0));
}
