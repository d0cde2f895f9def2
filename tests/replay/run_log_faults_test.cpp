// Torn and damaged run logs. The rule: a file cut at byte n gives exactly what its whole chunks before n hold; a
// changed byte is reported (error, or a log that is no longer complete) or changes nothing. Never a crash, never
// silently other data.
#include <doctest/doctest.h>

#include <cstring>

#include "replay/mcap/reader.h"
#include "replay/run_log.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using replay_test::Scene;
using replay_test::TemporaryFolder;

namespace {

template <class T>
void add_bytes(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

std::string digest(const replay::StepRecord& record) {
  std::string out;
  add_bytes(out, record.step);
  add_bytes(out, record.time_ns);
  add_bytes(out, record.hash);
  for (const replay::RecordedCommand& command : record.commands) add_bytes(out, command);
  for (const sim::Event& e : record.events) {
    add_bytes(out, e.step);
    add_bytes(out, e.kind);
    add_bytes(out, e.entity);
    add_bytes(out, e.other);
    for (const double value : {e.x, e.y, e.value}) add_bytes(out, value);
  }
  return out;
}

std::string digest(const sim::Snapshot& snapshot) {
  std::string out;
  add_bytes(out, snapshot.step);
  add_bytes(out, snapshot.time_ns);
  add_bytes(out, snapshot.hash);
  const auto add_column = [&](std::string_view, const auto& column) {
    out.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(column[0]));
  };
  add_column({}, snapshot.generation);
  sim::Entities entities = snapshot.entities;
  entities.columns(add_column);
  add_column({}, snapshot.signals.state);
  add_column({}, snapshot.signals.next_change_step);
  add_bytes(out, snapshot.events.size());
  return out;
}

struct Reading {
  bool opened = false, complete = false, steps_sound = false, frames_sound = false;
  std::vector<std::string> steps, frames;
  std::string error;
};

Reading read(const std::filesystem::path& file) {
  Reading reading;
  const auto log = replay::RunLog::open(file);
  if (!log) {
    reading.error = sim::to_string(log.error());
    return reading;
  }
  reading.opened = true;
  reading.complete = log->complete();
  const auto steps = log->each_step([&](const replay::StepRecord& record) {
    reading.steps.push_back(digest(record));
    return true;
  });
  const auto frames = log->each_frame([&](const sim::Snapshot& snapshot) {
    reading.frames.push_back(digest(snapshot));
    return true;
  });
  reading.steps_sound = steps.has_value();
  reading.frames_sound = frames.has_value();
  if (!steps) reading.error = sim::to_string(steps.error());
  if (!frames) reading.error = sim::to_string(frames.error());
  return reading;
}

bool is_start_of(const std::vector<std::string>& part, const std::vector<std::string>& whole, std::size_t count) {
  return part.size() == count && std::equal(part.begin(), part.end(), whole.begin());
}

// A small log of several chunks: a chunk ends every 15 steps at the latest.
struct SmallLog {
  TemporaryFolder folder;
  std::string bytes;
  Reading whole;
  struct Chunk {
    std::size_t end = 0;                // first byte after it
    std::size_t steps = 0, frames = 0;  // from the start of the file to its end
  };
  std::vector<Chunk> chunks;

  SmallLog() {
    const Scene scene{.rows = 8, .signal_groups = 4};
    auto recorder = replay::Recorder::open(folder / "run.mcap", Scene::header());
    REQUIRE(recorder);
    for (std::int64_t step = 0; step <= 90; ++step) {
      REQUIRE(recorder->step(step, step * replay_test::kDtNs, Scene::hash(step), Scene::commands(step),
                             Scene::events(step)));
      if (step % 10 == 0) REQUIRE(recorder->frame(scene.shared(step * 10)));
      if (step % 15 == 0) REQUIRE(recorder->flush());
    }
    REQUIRE(recorder->close());
    bytes = oracle::read_file(folder / "run.mcap");
    whole = read(folder / "run.mcap");
    REQUIRE(whole.opened);
    REQUIRE(whole.steps.size() == 91);
    REQUIRE(whole.frames.size() == 10);
    find_chunks();
  }

  void find_chunks() {
    const auto reader = replay::mcap::Reader::open(folder / "run.mcap");
    REQUIRE(reader);
    Chunk chunk;
    for (std::size_t c = 0; c < reader->info().chunks.size(); ++c) {
      REQUIRE(reader->each_message_of_chunk(c, [&](const replay::mcap::MessageView& view) {
        chunk.steps += view.channel.topic == "/run/hashes" ? 1 : 0;
        chunk.frames += view.channel.topic == "/run/frames" ? 1 : 0;
        return true;
      }));
      const auto& at = reader->info().chunks[c];
      chunk.end = at.chunk_start_offset + at.chunk_length;
      chunks.push_back(chunk);
    }
    REQUIRE(chunks.size() >= 7);
  }

  void check_cut(std::size_t size) const {
    CAPTURE(size);
    oracle::write_file(folder / "cut.mcap", std::string_view(bytes).substr(0, size));
    const Reading cut = read(folder / "cut.mcap");
    Chunk held;
    for (const Chunk& chunk : chunks) {
      if (chunk.end <= size) held = chunk;
    }
    if (size < chunks.front().end) {  // not even the header is whole
      REQUIRE_FALSE(cut.opened);
      REQUIRE(cut.error.find("cut.mcap: error: byte ") != std::string::npos);
      return;
    }
    REQUIRE(cut.opened);
    REQUIRE(cut.error.empty());
    REQUIRE_FALSE(cut.complete);
    REQUIRE(is_start_of(cut.steps, whole.steps, held.steps));
    REQUIRE(is_start_of(cut.frames, whole.frames, held.frames));
  }
};

}  // namespace

TEST_CASE("a log cut anywhere gives exactly its whole chunks") {
  const SmallLog log;
  for (const SmallLog::Chunk& chunk : log.chunks) {
    for (std::size_t size = chunk.end - 3; size <= chunk.end + 3; ++size) log.check_cut(size);
  }
  for (std::size_t i = 0; i < 2000; ++i) log.check_cut(i * (log.bytes.size() - 1) / 1999);
  for (std::size_t size = log.bytes.size() - 60; size < log.bytes.size(); ++size) log.check_cut(size);
}

TEST_CASE("a changed byte anywhere is reported or changes nothing") {
  const SmallLog log;
  int reported = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t at = i * (log.bytes.size() - 1) / 1999;
    const auto change = static_cast<char>(1 + replay_test::mix(i) % 255);
    CAPTURE(at);
    CAPTURE(static_cast<int>(change));
    std::string bytes = log.bytes;
    bytes[at] = static_cast<char>(bytes[at] ^ change);
    oracle::write_file(log.folder / "bad.mcap", bytes);
    const Reading bad = read(log.folder / "bad.mcap");
    const bool said = !bad.opened || !bad.complete || !bad.steps_sound || !bad.frames_sound;
    const bool same = bad.steps == log.whole.steps && bad.frames == log.whole.frames;
    REQUIRE((said || same));
    if (!bad.error.empty()) REQUIRE(bad.error.find("bad.mcap: error: byte ") != std::string::npos);
    // What is given before the damage is true as well.
    REQUIRE(std::equal(bad.steps.begin(), bad.steps.end(), log.whole.steps.begin()));
    REQUIRE(std::equal(bad.frames.begin(), bad.frames.end(), log.whole.frames.begin()));
    reported += said ? 1 : 0;
  }
  CHECK(reported == 2000);  // the CRCs cover every byte of a complete log
}

TEST_CASE("a changed byte in a torn log is reported, cuts it short, or changes nothing that is given") {
  const SmallLog log;
  const std::size_t size = log.chunks.back().end;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t at = i * (size - 1) / 1999;
    CAPTURE(at);
    std::string bytes = log.bytes.substr(0, size);
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + replay_test::mix(i + 5000) % 255));
    oracle::write_file(log.folder / "bad.mcap", bytes);
    const Reading bad = read(log.folder / "bad.mcap");
    REQUIRE_FALSE(bad.complete);
    REQUIRE(std::equal(bad.steps.begin(), bad.steps.end(), log.whole.steps.begin()));
    REQUIRE(std::equal(bad.frames.begin(), bad.frames.end(), log.whole.frames.begin()));
  }
}

TEST_CASE("what is no run log is said to be none") {
  const TemporaryFolder folder;
  const auto error_of = [&](std::string_view bytes) {
    oracle::write_file(folder / "file.mcap", bytes);
    const auto log = replay::RunLog::open(folder / "file.mcap");
    REQUIRE_FALSE(log);
    return sim::to_string(log.error());
  };
  CHECK(error_of("").find("not an MCAP file") != std::string::npos);
  CHECK(error_of("PK\x03\x04 not a log at all").find("not an MCAP file") != std::string::npos);
  CHECK(error_of(std::string("\x89MCAP0\r\n", 8)).find("byte 8") != std::string::npos);
  CHECK_FALSE(replay::RunLog::open(folder / "missing.mcap"));
  CHECK_FALSE(replay::RunLog::open(folder.path));  // a folder
}
