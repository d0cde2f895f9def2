// A run that is killed leaves all but its last second. The child is told apart from its log only through a pipe.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "replay/run_log.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using replay_test::Scene;
using replay_test::TemporaryFolder;

namespace {

std::int64_t now_ns() {  // CLOCK_MONOTONIC: the same for parent and child
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

struct Given {  // by the child to the recorder, and when
  std::int64_t step = 0, at_ns = 0;
};

// Runs body in a child with the writing end of a pipe; gives back the reading end.
template <class Body>
pid_t start_child(int& from_child, Body&& body) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    body(ends[1]);
    ::_exit(1);
  }
  ::close(ends[1]);
  from_child = ends[0];
  return child;
}

bool receive(int from_child, Given& given) {
  char* out = reinterpret_cast<char*>(&given);
  std::size_t missing = sizeof(given);
  while (missing > 0) {
    const ssize_t got = ::read(from_child, out + sizeof(given) - missing, missing);
    if (got <= 0) return false;
    missing -= static_cast<std::size_t>(got);
  }
  return true;
}

void send(int to_parent, Given given) {
  if (::write(to_parent, &given, sizeof(given)) != static_cast<ssize_t>(sizeof(given))) ::_exit(2);
}

void kill_and_wait(pid_t child) {
  REQUIRE(::kill(child, SIGKILL) == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

// The log opens, is sound, and its steps are 1, 2, 3 ... as they were given. Returns the last.
std::int64_t last_sound_step(const std::filesystem::path& file) {
  const auto log = replay::RunLog::open(file);
  REQUIRE(log);
  CHECK_FALSE(log->complete());
  std::int64_t step = 0;
  REQUIRE(log->each_step([&](const replay::StepRecord& record) {
    ++step;
    REQUIRE(record.step == step);
    REQUIRE(record.hash == Scene::hash(step));
    return true;
  }));
  std::int64_t frames = 0;
  REQUIRE(log->each_frame([&](const sim::Snapshot& snapshot) {
    REQUIRE(snapshot.step == 10 * ++frames);
    return true;
  }));
  CHECK(frames >= step / 10 - 1);
  return step;
}

void record_step(replay::Recorder& recorder, const Scene& scene, std::int64_t step) {
  bool done = recorder.step(step, step * replay_test::kDtNs, Scene::hash(step), {}, {}).has_value();
  if (step % 10 == 0) done = done && recorder.frame(scene.shared(step)).has_value();
  if (!done) ::_exit(3);
}

}  // namespace

TEST_CASE("kill -9: the log holds everything up to a second before") {
  const TemporaryFolder folder;
  int pipe = -1;
  const pid_t child = start_child(pipe, [&](int to_parent) {
    auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
    if (!recorder) ::_exit(4);
    const Scene scene{.rows = 20};
    for (std::int64_t step = 1;; ++step) {
      record_step(*recorder, scene, step);
      send(to_parent, {step, now_ns()});
    }
  });
  std::vector<Given> given;
  Given one;
  while (receive(pipe, one)) {
    given.push_back(one);
    if (one.at_ns - given.front().at_ns > 1'800'000'000) break;
  }
  const std::int64_t killed_at = now_ns();
  kill_and_wait(child);
  while (receive(pipe, one)) given.push_back(one);
  ::close(pipe);
  REQUIRE(given.size() > 100);
  std::int64_t owed = 0;
  for (const Given& g : given) {
    if (g.at_ns <= killed_at - 1'000'000'000) owed = g.step;
  }
  REQUIRE(owed > 0);
  const std::int64_t held = last_sound_step(folder / "run.mcap");
  CHECK(held >= owed);
  CHECK(held <= given.back().step + 1);
}

TEST_CASE("kill -9 after flush: nothing that was flushed is lost") {
  const TemporaryFolder folder;
  for (const std::int64_t steps : {0, 1, 57, 400}) {
    int pipe = -1;
    const pid_t child = start_child(pipe, [&](int to_parent) {
      auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
      if (!recorder) ::_exit(4);
      const Scene scene{.rows = 20};
      for (std::int64_t step = 1; step <= steps; ++step) record_step(*recorder, scene, step);
      if (!recorder->flush()) ::_exit(5);
      send(to_parent, {steps, 0});
      for (std::int64_t step = steps + 1;; ++step) record_step(*recorder, scene, step);
    });
    Given told;
    REQUIRE(receive(pipe, told));
    kill_and_wait(child);
    ::close(pipe);
    CHECK(last_sound_step(folder / "run.mcap") >= steps);
  }
}

TEST_CASE("a run that stands still leaves nothing in memory: the open chunk goes to the file by itself") {
  const TemporaryFolder folder;
  auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
  REQUIRE(recorder);
  for (std::int64_t step = 1; step <= 55; ++step) record_step(*recorder, {}, step);
  // No further call. The promise is a second; the machine may be busy, so the test waits longer before it gives up.
  const std::int64_t deadline = now_ns() + 20'000'000'000;
  std::int64_t held = 0;
  while (held < 55 && now_ns() < deadline) {
    held = last_sound_step(folder / "run.mcap");
    std::this_thread::yield();
  }
  CHECK(held == 55);
}
