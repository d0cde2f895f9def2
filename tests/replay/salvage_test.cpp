// What can be saved of damaged logs: exactly the messages of what is whole, and a true account of the rest.
#include "replay/mcap/salvage.h"

#include <doctest/doctest.h>

#include <map>

#include "replay/mcap/rewrite.h"
#include "replay/mcap/writer.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul::replay::mcap;
using replay_test::mix;
using replay_test::TemporaryFolder;

namespace {

constexpr int kMessages = 400, kPerChunk = 16;

std::string text_of(int i) { return "message " + std::to_string(i) + std::string(mix(i) % 40, '.'); }

// Chunks of sixteen messages on two topics; log time = 100 * number.
std::string make_log(const TemporaryFolder& folder, Compression compression, bool chunked = true) {
  WriterOptions options;
  options.compression = compression;
  options.chunked = chunked;
  auto writer = Writer::open(folder / "log.mcap", options);
  REQUIRE(writer);
  const auto schema = writer->add_schema("Text", "jsonschema", "{}");
  const std::uint16_t channels[] = {writer->add_channel(schema, "/a", "json"),
                                    writer->add_channel(schema, "/b", "json")};
  for (int i = 0; i < kMessages; ++i) {
    REQUIRE(writer->write(channels[i % 2], 100u * static_cast<unsigned>(i), text_of(i), static_cast<std::uint32_t>(i)));
    if (i % kPerChunk == kPerChunk - 1) REQUIRE(writer->flush());
  }
  REQUIRE(writer->attach("a.txt", "text/plain", 5, "attached"));
  REQUIRE(writer->close());
  return oracle::read_file(folder / "log.mcap");
}

struct Saved {
  std::vector<int> numbers;
  bool sound = true;  // every message is one that was written
  SalvageReport report;
  bool opened = false;
};

Saved save(const std::filesystem::path& file) {
  Saved saved;
  SalvageSink sink;
  sink.message = [&](const MessageView& view) -> bitgoeul::sim::Result<void> {
    const int i = static_cast<int>(view.message.sequence);
    saved.numbers.push_back(i);
    saved.sound = saved.sound && view.message.data == text_of(i) &&
                  view.message.log_time == 100u * view.message.sequence &&
                  view.channel.topic == (i % 2 == 0 ? "/a" : "/b");
    return {};
  };
  auto report = salvage(file, sink);
  saved.opened = report.has_value();
  if (report) saved.report = *report;
  return saved;
}

}  // namespace

TEST_CASE("salvage: a sound log is given whole, without loss, defect or remark") {
  const TemporaryFolder folder;
  for (const auto compression : {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
    make_log(folder, compression);
    const Saved saved = save(folder / "log.mcap");
    REQUIRE(saved.opened);
    CHECK(saved.sound);
    CHECK(saved.numbers.size() == kMessages);
    CHECK(saved.report.whole());
    CHECK(saved.report.remarks.empty());
    CHECK(saved.report.attachments == 1);
    CHECK(saved.report.last_ns == 100 * (kMessages - 1));
  }
}

TEST_CASE("salvage: cut anywhere, a log gives exactly the messages of the chunks before the cut") {
  const TemporaryFolder folder;
  const std::string log = make_log(folder, Compression::kZstd);
  std::vector<std::size_t> chunk_ends;
  for (const auto& record : oracle::records(log, 8, log.size()))
    if (record.op == 0x06) chunk_ends.push_back(record.end());
  REQUIRE(chunk_ends.size() == kMessages / kPerChunk);
  for (int round = 0; round < 400; ++round) {
    const std::size_t size = 9 + mix(round) % (log.size() - 9);
    CAPTURE(size);
    oracle::write_file(folder / "cut.mcap", std::string_view(log).substr(0, size));
    std::size_t whole = 0;
    while (whole < chunk_ends.size() && chunk_ends[whole] <= size) ++whole;
    const Saved saved = save(folder / "cut.mcap");
    CHECK(saved.sound);
    CHECK(saved.numbers.size() == whole * kPerChunk);
    if (saved.opened) CHECK(!saved.report.whole());
  }
}

TEST_CASE("salvage: one damaged chunk costs its own messages and no others; the loss names their times and count") {
  const TemporaryFolder folder;
  for (const bool tail : {true, false}) {
    const std::string log = make_log(folder, Compression::kZstd);
    const auto records = oracle::records(log, 8, log.size());
    int number = -1;
    for (const auto& record : records) {
      if (record.op != 0x06) continue;
      ++number;
      if (number % 6 != 1) continue;
      std::string damaged = tail ? log : log.substr(0, log.size() - 30);
      damaged[record.end() - 5] ^= 0x55;
      oracle::write_file(folder / "damaged.mcap", damaged);
      const Saved saved = save(folder / "damaged.mcap");
      REQUIRE(saved.opened);
      CHECK(saved.sound);
      CHECK(saved.numbers.size() == kMessages - kPerChunk);
      const auto chunk_loss = std::find_if(saved.report.losses.begin(), saved.report.losses.end(),
                                           [](const Loss& loss) { return loss.messages.has_value(); });
      REQUIRE(chunk_loss != saved.report.losses.end());
      CHECK(chunk_loss->messages.value() == kPerChunk);
      CHECK(chunk_loss->begin == record.offset);
      CHECK(chunk_loss->from_ns == 100u * kPerChunk * static_cast<unsigned>(number));
      CHECK(chunk_loss->to_ns == 100u * (kPerChunk * static_cast<unsigned>(number) + kPerChunk - 1));
    }
  }
}

TEST_CASE("salvage: lost framing is found again, with and without the summary") {
  const TemporaryFolder folder;
  for (const auto compression : {Compression::kNone, Compression::kZstd})
    for (const bool tail : {true, false})
      for (int round = 0; round < 60; ++round) {
        const std::string log = make_log(folder, compression);
        const auto records = oracle::records(log, 8, log.size());
        std::vector<std::size_t> chunks;
        for (std::size_t i = 0; i < records.size(); ++i)
          if (records[i].op == 0x06) chunks.push_back(i);
        const std::size_t hit = mix(round) % (chunks.size() - 1);
        std::string damaged = tail ? log : log.substr(0, log.size() - 30);
        // The length of the chunk's record says something else.
        damaged[records[chunks[hit]].offset + 1 + mix(round + 1000) % 8] ^=
            static_cast<char>(1 + mix(round + 2000) % 255);
        oracle::write_file(folder / "damaged.mcap", damaged);
        const Saved saved = save(folder / "damaged.mcap");
        REQUIRE(saved.opened);
        CHECK(saved.sound);
        CHECK(saved.numbers.size() == kMessages - kPerChunk);
        CHECK(!saved.report.losses.empty());
      }
}

TEST_CASE("salvage: any changed byte is reported or changes nothing, and never gives a message that was not written") {
  const TemporaryFolder folder;
  const std::string log = make_log(folder, Compression::kZstd);
  int silent = 0, wrong = 0, harmless = 0;
  for (int round = 0; round < 2500; ++round) {
    std::string damaged = log;
    damaged[mix(round) % log.size()] ^= static_cast<char>(1 + mix(round + 7000) % 255);
    oracle::write_file(folder / "damaged.mcap", damaged);
    const Saved saved = save(folder / "damaged.mcap");
    if (!saved.opened) continue;
    wrong += !saved.sound;
    const bool same = saved.sound && saved.numbers.size() == kMessages;
    silent += saved.report.whole() && !same;
    harmless += saved.report.whole() && same;
  }
  CHECK(wrong == 0);
  CHECK(silent == 0);
  CHECK(harmless == 0);  // every byte of this log lies under some checksum
}

TEST_CASE("salvage: what is no MCAP log at all is refused") {
  const TemporaryFolder folder;
  oracle::write_file(folder / "noise.mcap", std::string(5000, 'x'));
  CHECK(!save(folder / "noise.mcap").opened);
  oracle::write_file(folder / "empty.mcap", "");
  CHECK(!save(folder / "empty.mcap").opened);
  CHECK(!save(folder / "absent.mcap").opened);
}

TEST_CASE("recover: the new log is sound, holds what was saved, says what is missing; nothing is left half-written") {
  const TemporaryFolder folder;
  std::string log = make_log(folder, Compression::kLz4);
  log.resize(log.size() * 2 / 3);
  oracle::write_file(folder / "torn.mcap", log);
  const auto report = recover(folder / "torn.mcap", folder / "new.mcap");
  REQUIRE(report);
  CHECK(!report->losses.empty());
  const Saved saved = save(folder / "new.mcap");
  REQUIRE(saved.opened);
  CHECK(saved.sound);
  CHECK(saved.report.whole());
  CHECK(saved.numbers.size() == report->messages);
  const auto reader = Reader::open(folder / "new.mcap");
  REQUIRE(reader);
  REQUIRE(reader->info().metadata.size() == 1);
  CHECK(reader->metadata(0)->name == "bitgoeul:recovered");
  CHECK(!recover(folder / "torn.mcap", folder / "torn.mcap"));
  oracle::write_file(folder / "noise.mcap", std::string(500, 'x'));
  CHECK(!recover(folder / "noise.mcap", folder / "nothing.mcap"));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    const std::string name = entry.path().filename().string();
    CHECK(name.find(".tmp") == std::string::npos);
    CHECK(name != "nothing.mcap");
  }
}

TEST_CASE("cut: start included, end excluded, topics; times and sequence numbers stay") {
  const TemporaryFolder folder;
  for (const bool chunked : {true, false}) {
    make_log(folder, Compression::kZstd, chunked);
    CutOptions options;
    options.start_ns = 1000, options.end_ns = 9000;
    options.topics = {"/b", "/none"};
    const auto report = cut(folder / "log.mcap", folder / "part.mcap", options);
    REQUIRE(report);
    CHECK(report->kept == 40);  // the odd ones of 10 to 89
    CHECK(report->unknown_topics == std::vector<std::string>{"/none"});
    const Saved saved = save(folder / "part.mcap");
    CHECK(saved.sound);
    REQUIRE(saved.numbers.size() == 40);
    for (int i = 0; i < 40; ++i) CHECK(saved.numbers[static_cast<std::size_t>(i)] == 11 + 2 * i);
  }
  CutOptions nothing;
  nothing.start_ns = 1'000'000;
  CHECK(!cut(folder / "log.mcap", folder / "nothing.mcap", nothing));
  CHECK(!std::filesystem::exists(folder / "nothing.mcap"));
}
