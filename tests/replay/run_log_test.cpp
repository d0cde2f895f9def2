#include "replay/run_log.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>

#include "replay/mcap/reader.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using replay_test::Scene;
using replay_test::TemporaryFolder;

namespace {

bool same_bits(const std::vector<replay::RecordedCommand>& a, const std::vector<replay::RecordedCommand>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].entity != b[i].entity || std::memcmp(&a[i].command, &b[i].command, sizeof(sim::Command)) != 0)
      return false;
  }
  return true;
}

bool same_events(const std::vector<sim::Event>& a, const std::vector<sim::Event>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i].step == b[i].step && a[i].kind == b[i].kind && a[i].entity == b[i].entity &&
                      a[i].other == b[i].other && a[i].x == b[i].x && a[i].y == b[i].y && a[i].value == b[i].value;
    if (!same) return false;
  }
  return true;
}

void check_frame(const sim::Snapshot& got, const sim::Snapshot& want) {
  REQUIRE(got.step == want.step);
  CHECK(got.time_ns == want.time_ns);
  CHECK(got.hash == want.hash);
  REQUIRE(got.generation == want.generation);
  CHECK(got.entities.alive == want.entities.alive);
  CHECK(got.entities.role == want.entities.role);
  CHECK(got.entities.type == want.entities.type);
  CHECK(got.entities.length_m == want.entities.length_m);
  CHECK(got.entities.center_x_m == want.entities.center_x_m);
  CHECK(got.signals.state == want.signals.state);
  CHECK(got.signals.next_change_step == want.signals.next_change_step);
  constexpr double kSlack = 1e-9;
  for (std::size_t row = 0; row < want.generation.size(); ++row) {
    const auto within = [row](const std::vector<double>& a, const std::vector<double>& b, double half_quantum) {
      return std::abs(a[row] - b[row]) <= half_quantum + kSlack;
    };
    const sim::Entities &g = got.entities, &w = want.entities;
    REQUIRE(within(g.x, w.x, 0.005));
    REQUIRE(within(g.y, w.y, 0.005));
    REQUIRE(within(g.z, w.z, 0.005));
    REQUIRE(within(g.yaw_rad, w.yaw_rad, 0.0005));
    REQUIRE(within(g.pitch_rad, w.pitch_rad, 0.0005));
    REQUIRE(within(g.roll_rad, w.roll_rad, 0.0005));
    REQUIRE(within(g.speed_mps, w.speed_mps, 0.005));
    REQUIRE(within(g.acceleration_mps2, w.acceleration_mps2, 0.005));
    REQUIRE(within(g.yaw_rate_radps, w.yaw_rate_radps, 0.0005));
  }
}

replay::RunLog record(const std::filesystem::path& file, const Scene& scene, std::int64_t steps) {
  auto recorder = replay::Recorder::open(file, Scene::header());
  REQUIRE(recorder);
  REQUIRE(scene.record(*recorder, steps));
  REQUIRE(recorder->close());
  auto log = replay::RunLog::open(file);
  REQUIRE(log);
  return std::move(*log);
}

}  // namespace

TEST_CASE("a run comes back: header") {
  const TemporaryFolder folder;
  const auto log = record(folder / "run.mcap", {}, 10);
  const replay::RunHeader want = Scene::header();
  CHECK(log.complete());
  CHECK(log.header().engine_version == want.engine_version);
  CHECK(log.header().engine_commit == want.engine_commit);
  CHECK(log.header().scenario_file == want.scenario_file);
  CHECK(log.header().scenario_text == want.scenario_text);
  CHECK(log.header().parameters == want.parameters);
  CHECK(log.header().map_name == want.map_name);
  CHECK(log.header().map_hash == want.map_hash);
  CHECK(log.header().map_notice == want.map_notice);
  CHECK(log.header().map_projection == want.map_projection);
  CHECK(log.header().seed == want.seed);
  CHECK(log.header().dt_ns == want.dt_ns);
  CHECK(log.header().duration_ns == want.duration_ns);
  CHECK(log.header().frame_every == want.frame_every);
  CHECK(log.header().command_line == want.command_line);
  REQUIRE(log.header().entities.size() == 2);
  CHECK(log.header().entities[1].name == "ego_001");
  CHECK(log.header().entities[1].type == "bus");
  CHECK(log.header().entities[1].row == 1);
}

TEST_CASE("a run comes back: every step, bit for bit") {
  const TemporaryFolder folder;
  const auto log = record(folder / "run.mcap", {}, 2000);
  std::int64_t step = 0;
  REQUIRE(log.each_step([&](const replay::StepRecord& record) {
    ++step;
    REQUIRE(record.step == step);
    REQUIRE(record.time_ns == step * replay_test::kDtNs);
    REQUIRE(record.hash == Scene::hash(step));
    REQUIRE(same_bits(record.commands, Scene::commands(step)));
    REQUIRE(same_events(record.events, Scene::events(step)));
    return true;
  }));
  CHECK(step == 2000);
}

TEST_CASE("the steps of a stretch of time are those that the whole log has there") {
  const TemporaryFolder folder;
  auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
  REQUIRE(recorder);
  for (std::int64_t step = 1; step <= 2000; ++step) {
    REQUIRE(recorder->step(step, step * replay_test::kDtNs, Scene::hash(step), Scene::commands(step), {}));
    if (step % 37 == 0) REQUIRE(recorder->flush());  // many chunks
  }
  REQUIRE(recorder->close());
  const auto log = replay::RunLog::open(folder / "run.mcap");
  REQUIRE(log);
  for (const auto& [from, to] : {std::pair{1, 1}, {0, 40}, {36, 38}, {37, 37}, {500, 1500}, {1990, 5000}, {7, 6}}) {
    std::int64_t next = std::max(from, 1);
    REQUIRE(log->each_step_between(from * replay_test::kDtNs, to * replay_test::kDtNs,
                                   [&](const replay::StepRecord& record) {
                                     REQUIRE(record.step == next++);
                                     REQUIRE(same_bits(record.commands, Scene::commands(record.step)));
                                     return true;
                                   }));
    CHECK(next == std::max(std::min(to, 2000) + 1, std::max(from, 1)));
  }
}

TEST_CASE("a run comes back: frames within half a quantum, through spawns and removals") {
  const TemporaryFolder folder;
  const Scene scene;
  const auto log = record(folder / "run.mcap", scene, 2000);
  std::int64_t frames = 0;
  std::vector<sim::Event> events;
  REQUIRE(log.each_frame([&](const sim::Snapshot& snapshot) {
    check_frame(snapshot, scene.at(frames * 10));
    events.insert(events.end(), snapshot.events.begin(), snapshot.events.end());
    for (const sim::Event& event : snapshot.events)
      CHECK((event.step > (frames - 1) * 10 && event.step <= frames * 10));
    ++frames;
    return true;
  }));
  CHECK(frames == 201);
  std::vector<sim::Event> want;
  for (std::int64_t step = 1; step <= 2000; ++step) {
    for (const sim::Event& event : Scene::events(step)) want.push_back(event);
  }
  CHECK(same_events(events, want));
}

TEST_CASE("any frame by its time, in any order") {
  const TemporaryFolder folder;
  const Scene scene;
  auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
  REQUIRE(recorder);
  for (std::int64_t step = 0; step <= 2000; ++step) {
    REQUIRE(recorder->step(step, step * replay_test::kDtNs, Scene::hash(step), {}, {}));
    if (step % 10 == 0) REQUIRE(recorder->frame(scene.shared(step)));
    if (step % 70 == 0) REQUIRE(recorder->flush());  // many chunks; most do not begin with a key frame
  }
  REQUIRE(recorder->close());
  auto opened = replay::RunLog::open(folder / "run.mcap");
  REQUIRE(opened);
  const replay::RunLog& log = *opened;
  for (const std::int64_t step : {1999, 0, 5, 10, 1230, 1229, 190, 200, 210, 2000, 50000}) {
    sim::Snapshot snapshot;
    const auto found = log.frame_at(step * replay_test::kDtNs, snapshot);
    REQUIRE(found);
    REQUIRE(*found);
    check_frame(snapshot, scene.at(std::min<std::int64_t>(step / 10 * 10, 2000)));
  }
  sim::Snapshot snapshot;
  const auto before = log.frame_at(-1, snapshot);
  REQUIRE(before);
  CHECK_FALSE(*before);
}

TEST_CASE("rows are added while the run goes on") {
  const TemporaryFolder folder;
  auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
  REQUIRE(recorder);
  const auto scene_of = [](std::int64_t step) { return Scene{.rows = 3 + static_cast<std::size_t>(step) / 50}; };
  for (std::int64_t step = 0; step < 900; step += 10) REQUIRE(recorder->frame(scene_of(step).shared(step)));
  REQUIRE(recorder->close());
  const auto log = replay::RunLog::open(folder / "run.mcap");
  REQUIRE(log);
  std::int64_t step = 0;
  REQUIRE(log->each_frame([&](const sim::Snapshot& snapshot) {
    check_frame(snapshot, scene_of(step).at(step));
    step += 10;
    return true;
  }));
  CHECK(step == 900);
}

TEST_CASE("what a storyboard did comes back; a log without one has no such topic") {
  using replay::StoryChange, replay::StoryTransition, replay::StoryType;
  const TemporaryFolder folder;
  const std::vector<StoryChange> begun = {{"s::a", StoryType::kAct, StoryTransition::kStart, ""},
                                          {"s::a::g::m::\uCD94\uC6D4", StoryType::kEvent, StoryTransition::kSkip, ""}};
  const std::vector<StoryChange> failed = {{"s::a::g::m::e::x", StoryType::kAction, StoryTransition::kFailed, "why"}};
  for (const bool told : {true, false}) {
    const auto file = folder / (told ? "told.mcap" : "plain.mcap");
    auto recorder = replay::Recorder::open(file, Scene::header());
    REQUIRE(recorder.has_value());
    for (std::int64_t step = 1; step <= 3; ++step) {
      if (told && step != 2) REQUIRE(recorder->story(step, step * 10'000'000, step == 1 ? begun : failed));
      REQUIRE(recorder->step(step, step * 10'000'000, {}, {}, {}));
    }
    REQUIRE(recorder->close());
    auto log = replay::RunLog::open(file);
    REQUIRE(log.has_value());
    std::vector<std::pair<std::int64_t, std::vector<StoryChange>>> read;
    REQUIRE(log->each_story([&](std::int64_t time_ns, const auto& changes) {
      read.emplace_back(time_ns, changes);
      return true;
    }));
    REQUIRE(read.size() == (told ? 2 : 0));
    for (std::size_t i = 0; i < read.size(); ++i) {
      const auto& want = i == 0 ? begun : failed;
      CHECK(read[i].first == (i == 0 ? 10'000'000 : 30'000'000));
      REQUIRE(read[i].second.size() == want.size());
      for (std::size_t k = 0; k < want.size(); ++k) {
        CHECK(read[i].second[k].element == want[k].element);
        CHECK(read[i].second[k].type == want[k].type);
        CHECK(read[i].second[k].transition == want[k].transition);
        CHECK(read[i].second[k].what == want[k].what);
      }
    }
    std::int64_t steps = 0;
    REQUIRE(log->each_step([&](const replay::StepRecord&) { return ++steps > 0; }));
    CHECK(steps == 3);
  }
}

TEST_CASE("a callback that has had enough stops the reading") {
  const TemporaryFolder folder;
  const auto log = record(folder / "run.mcap", {}, 100);
  int steps = 0, frames = 0;
  REQUIRE(log.each_step([&](const replay::StepRecord&) { return ++steps < 7; }));
  REQUIRE(log.each_frame([&](const sim::Snapshot&) { return ++frames < 3; }));
  CHECK(steps == 7);
  CHECK(frames == 3);
}

TEST_CASE("a number that is none is refused with row and column") {
  const TemporaryFolder folder;
  auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
  REQUIRE(recorder);
  sim::Snapshot snapshot = Scene{}.at(0);
  snapshot.entities.yaw_rad[3] = std::nan("");
  (void)recorder->frame(std::make_shared<const sim::Snapshot>(snapshot));
  const auto done = recorder->flush();
  REQUIRE_FALSE(done);
  CHECK(done.error().file == (folder / "run.mcap").string());
  CHECK_FALSE(recorder->step(1, replay_test::kDtNs, Scene::hash(1), {}, {}));
  CHECK_FALSE(recorder->close());
  CHECK(sim::to_string(done.error()).find("entity row 3") != std::string::npos);
  CHECK(sim::to_string(done.error()).find("yaw_rad") != std::string::npos);
}

TEST_CASE("nothing is lost when more is given than waits, and the messages are the same however fast it goes") {
  const TemporaryFolder folder;
  const Scene scene{.rows = 20'000, .signal_groups = 100};
  const auto snapshot = scene.shared(10);
  constexpr std::int64_t kFrames = 60;  // of 2.4 MB: more than may wait
  for (const bool slow : {false, true}) {
    auto recorder = replay::Recorder::open(folder / (slow ? "slow.mcap" : "fast.mcap"), Scene::header());
    REQUIRE(recorder);
    for (std::int64_t step = 1; step <= kFrames; ++step) {
      REQUIRE(recorder->step(step, step * replay_test::kDtNs, Scene::hash(step), Scene::commands(step), {}));
      REQUIRE(recorder->frame(snapshot));
      if (slow) REQUIRE(recorder->flush());
    }
    REQUIRE(recorder->close());
  }
  std::string messages[2];
  for (const bool slow : {false, true}) {
    const auto reader = replay::mcap::Reader::open(folder / (slow ? "slow.mcap" : "fast.mcap"));
    REQUIRE(reader);
    REQUIRE(reader->each_message([&](const replay::mcap::MessageView& view) {
      messages[slow].append(view.channel.topic).append(std::to_string(view.message.log_time));
      messages[slow].append(view.message.data);
      return true;
    }));
  }
  CHECK(messages[0].size() > 0);
  CHECK(messages[0] == messages[1]);
}

TEST_CASE("a full disk is found by the thread that writes, and told by the next call and by close") {
  const TemporaryFolder folder;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
  REQUIRE(recorder);
  const rlimit tight{30'000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const Scene scene{.rows = 2000};
  std::int64_t step = 0;
  sim::Result<void> done;
  for (; done && step < 100'000; ++step) done = recorder->frame(scene.shared(step));
  const auto closed = recorder->close();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(done);
  REQUIRE_FALSE(closed);
  CHECK(done.error().file == (folder / "run.mcap").string());
  CHECK(closed.error().what == done.error().what);
  CHECK(replay::RunLog::open(folder / "run.mcap"));  // what was whole before is still there
}
