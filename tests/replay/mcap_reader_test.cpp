// Reading what others write, in any order and with any lie about sizes.
#include "replay/mcap/reader.h"

#include <doctest/doctest.h>

#include <chrono>

#include "replay/mcap/compression.h"
#include "replay/mcap/writer.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"
#include "tests/support/folders.h"

using namespace bitgoeul::replay::mcap;
using replay_test::TemporaryFolder;

namespace {

std::string number_text(int i) { return "message " + std::to_string(i); }

// Chunks of eight messages each, with times given.
void write_times(const std::filesystem::path& file, const std::vector<std::uint64_t>& times) {
  auto writer = Writer::open(file);
  REQUIRE(writer);
  const auto channel = writer->add_channel(writer->add_schema("Text", "", ""), "/a", "text");
  for (std::size_t i = 0; i < times.size(); ++i) {
    REQUIRE(writer->write(channel, times[i], number_text(static_cast<int>(i))));
    if (i % 8 == 7) REQUIRE(writer->flush());
  }
  REQUIRE(writer->close());
}

std::vector<std::string> texts(const Reader& reader, Order order) {
  std::vector<std::string> out;
  REQUIRE(reader.each_message(
      [&](const MessageView& view) {
        out.emplace_back(view.message.data);
        return true;
      },
      order));
  return out;
}

std::string empty_log() {
  std::string bytes(kMagic);
  put_record(bytes, Op::kHeader, std::string(8, '\0'));
  return bytes;
}

}  // namespace

TEST_CASE("messages by log time: chunks that overlap are merged, ties keep the order of the file") {
  const TemporaryFolder folder;
  for (const std::uint64_t spread : {1, 3, 20, 1000}) {
    std::vector<std::uint64_t> times;
    for (std::uint64_t i = 0; i < 203; ++i) times.push_back(i / 2 + replay_test::mix(i) % spread);
    write_times(folder / "log.mcap", times);
    std::vector<int> order(times.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    const auto reader = Reader::open(folder / "log.mcap");
    REQUIRE(reader);
    std::vector<std::string> want;
    for (const int i : order) want.push_back(number_text(i));
    CHECK(texts(*reader, Order::kFile) == want);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return times[static_cast<std::size_t>(a)] < times[static_cast<std::size_t>(b)];
    });
    want.clear();
    for (const int i : order) want.push_back(number_text(i));
    CHECK(texts(*reader, Order::kLogTime) == want);
    // The same without a summary.
    const std::string bytes = oracle::read_file(folder / "log.mcap");
    const auto& last = reader->info().chunks.back();
    oracle::write_file(folder / "torn.mcap",
                       std::string_view(bytes).substr(0, last.chunk_start_offset + last.chunk_length));
    const auto torn = Reader::open(folder / "torn.mcap");
    REQUIRE(torn);
    CHECK_FALSE(torn->info().complete);
    CHECK(texts(*torn, Order::kLogTime) == want);
  }
}

TEST_CASE("a chunk that declares an absurd size is refused before memory is taken") {
  const TemporaryFolder folder;
  for (const std::uint64_t declared : {std::uint64_t{1} << 30, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    for (const char* compression : {"", "zstd", "lz4"}) {
      std::string bytes = empty_log();
      put_chunk(bytes, {0, 0, declared, 1, compression, 0}, "payload");
      oracle::write_file(folder / "bomb.mcap", bytes);
      const auto reader = Reader::open(folder / "bomb.mcap");
      REQUIRE(reader);
      const auto read = reader->each_message([](const MessageView&) { return true; });
      REQUIRE_FALSE(read);
      CHECK(read.error().what.find("declares") != std::string::npos);
    }
  }
}

TEST_CASE("a payload that is longer or shorter than declared is refused") {
  const TemporaryFolder folder;
  std::string payload;
  put_channel(payload, {1, 0, "/a", "text", {}});
  for (int i = 0; i < 200; ++i) put_message(payload, {1, 0, 5, 5, "the same again and again"});
  for (const Compression compression : {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
    Compressor compressor(compression, 1);
    const std::string packed(compression == Compression::kNone ? std::string_view(payload)
                                                               : compressor.compress(payload));
    REQUIRE(!packed.empty());
    for (const int lie : {-1, 0, 1, 1000}) {
      CAPTURE(lie);
      CAPTURE(name_of(compression));
      std::string bytes = empty_log();
      put_chunk(bytes,
                {5, 5, payload.size() + static_cast<std::uint64_t>(lie), crc32(payload),
                 std::string(name_of(compression)), 0},
                packed);
      oracle::write_file(folder / "lie.mcap", bytes);
      const auto reader = Reader::open(folder / "lie.mcap");
      REQUIRE(reader);
      int messages = 0;
      const auto read = reader->each_message([&](const MessageView&) { return ++messages > 0; });
      CHECK(read.has_value() == (lie == 0));
      CHECK(messages == (lie == 0 ? 200 : 0));
    }
  }
}

TEST_CASE("lengths that point outside are refused, whatever the record") {
  const TemporaryFolder folder;
  for (int op = 1; op <= 0x10; ++op) {
    for (const std::uint64_t size :
         {std::uint64_t{100}, std::uint64_t{1} << 31, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
      std::string bytes = empty_log();
      const std::size_t whole = bytes.size();
      bytes += static_cast<char>(op);
      put(bytes, size);
      bytes += "0123456789";
      oracle::write_file(folder / "log.mcap", bytes);
      const auto reader = Reader::open(folder / "log.mcap");
      REQUIRE(reader);
      CHECK_FALSE(reader->info().complete);
      CHECK(reader->info().data_end == whole);
    }
  }
}

TEST_CASE("messages outside chunks, a channel that is not there, a time outside the chunk") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& bytes, int& messages) {
    oracle::write_file(folder / "log.mcap", bytes);
    const auto reader = Reader::open(folder / "log.mcap");
    REQUIRE(reader);
    messages = 0;
    return reader->each_message([&](const MessageView&) { return ++messages > 0; });
  };
  int messages = 0;
  std::string good = empty_log();
  put_channel(good, {7, 0, "/a", "text", {}});
  put_message(good, {7, 0, 1, 1, "one"});
  put_message(good, {7, 0, 2, 2, "two"});
  CHECK(read(good, messages));
  CHECK(messages == 2);
  CHECK(read(good.substr(0, good.size() - 1), messages));  // torn inside "two"
  CHECK(messages == 1);

  std::string stranger = good;
  put_message(stranger, {8, 0, 3, 3, "three"});
  CHECK_FALSE(read(stranger, messages));
  CHECK(messages == 2);

  std::string payload;
  put_channel(payload, {1, 0, "/b", "text", {}});
  put_message(payload, {1, 0, 9, 9, "nine"});
  std::string outside = empty_log();
  put_chunk(outside, {1, 8, payload.size(), crc32(payload), "", 0}, payload);
  CHECK_FALSE(read(outside, messages));

  std::string contradiction = good;
  put_channel(contradiction, {7, 0, "/other", "text", {}});
  put_message(contradiction, {7, 0, 3, 3, "three"});
  oracle::write_file(folder / "log.mcap", contradiction);
  const auto reader = Reader::open(folder / "log.mcap");
  REQUIRE(reader);
  CHECK(texts(*reader, Order::kFile).size() == 2);  // served up to the record that cannot be true
}

TEST_CASE("real logs of others are read: every chunk, both orders") {
  const char* shared = std::getenv("BITGOEUL_SHARED");
  const std::filesystem::path logs =
      (shared != nullptr ? std::filesystem::path(shared)
                         : std::filesystem::path(bitgoeul::tests::source_dir()) / "../shared") /
      "data/logs";
  if (!std::filesystem::exists(logs)) {
    MESSAGE("skipped: " << logs.string() << " is not there");
    return;
  }
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(logs)) {
    if (entry.path().extension() != ".mcap") continue;
    const std::string name = entry.path().string();
    CAPTURE(name);
    const auto reader = Reader::open(entry.path());
    REQUIRE(reader);
    const auto in_file = texts(*reader, Order::kFile);
    const auto in_time = texts(*reader, Order::kLogTime);
    if (reader->info().statistics) CHECK(in_file.size() == reader->info().statistics->message_count);
    if (!reader->info().chunks.empty()) CHECK(in_time.size() == in_file.size());
    ++files;
  }
  CHECK(files > 0);
}

TEST_CASE("CRC-32: the published check value, and bit by bit for every length up to 1,400 and in two pieces") {
  CHECK(crc32("123456789") == 0xCBF43926u);  // ISO-HDLC
  std::string text;
  for (int i = 0; i < 1400; ++i) text += static_cast<char>(i * 37 + i / 7);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    std::uint32_t slow = ~0u;
    for (std::size_t i = 0; i < size; ++i) {
      slow ^= static_cast<unsigned char>(text[i]);
      for (int bit = 0; bit < 8; ++bit) slow = slow >> 1 ^ (slow & 1 ? 0xEDB88320u : 0);
    }
    const std::string_view part = std::string_view(text).substr(0, size);
    CHECK(crc32(part) == ~slow);
    CHECK(crc32(part.substr(size / 3), crc32(part.substr(0, size / 3))) == ~slow);
  }
}
