// What the writer leaves in the file, seen by a parser that shares no code with it.
#include "replay/mcap/writer.h"

#include <doctest/doctest.h>
#include <lz4frame.h>
#include <sys/resource.h>
#include <zstd.h>

#include <csignal>
#include <set>

#include "replay/mcap/reader.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul::replay::mcap;
using replay_test::TemporaryFolder;

namespace {

std::string payload_of(int message) {
  std::string text = "message " + std::to_string(message) + " ";
  for (int i = 0; i < message % 50; ++i) text += "0123456789";
  return text;
}

void write_log(const std::filesystem::path& file, WriterOptions options, int messages) {
  auto writer = Writer::open(file, options);
  REQUIRE(writer);
  const auto schema = writer->add_schema("Text", "", "");
  const auto a = writer->add_channel(schema, "/a", "text");
  const auto b = writer->add_channel(0, "/b", "text", {{"key", "value"}});
  REQUIRE(writer->attach("map.txt", "text/plain", 5, "the map"));
  for (int i = 0; i < messages; ++i) {
    REQUIRE(writer->write(i % 3 == 0 ? b : a, 1000 + static_cast<std::uint64_t>(i), payload_of(i),
                          static_cast<std::uint32_t>(i)));
  }
  REQUIRE(writer->metadata("run", {{"seed", "1"}}));
  REQUIRE(writer->close());
}

std::string unpack(std::string_view compression, std::string_view data, std::size_t size) {
  std::string out(size, '\0');
  if (compression == "zstd") {
    REQUIRE(ZSTD_decompress(out.data(), size, data.data(), data.size()) == size);
  } else if (compression == "lz4") {
    LZ4F_dctx* context = nullptr;
    REQUIRE(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) == 0);
    std::size_t in = data.size(), room = size;
    CHECK(LZ4F_decompress(context, out.data(), &room, data.data(), &in, nullptr) == 0);
    CHECK(room == size);
    CHECK(in == data.size());
    LZ4F_freeDecompressionContext(context);
  } else {
    out = data;
  }
  return out;
}

struct Seen {
  std::size_t chunks = 0, messages = 0, indexed = 0;
};

// One chunk and the message indexes behind it: sizes, times, CRC, offsets.
void check_chunk(const std::vector<oracle::Record>& records, std::size_t at, std::string_view compression, Seen& seen) {
  const std::string_view c = records[at].content;
  const std::string name(c.substr(32, oracle::u32(c, 28)));
  if (name != compression) CHECK(name.empty());
  const std::size_t payload_at = 32 + name.size() + 8;
  REQUIRE(oracle::u64(c, payload_at - 8) == c.size() - payload_at);
  const std::string payload = unpack(name, c.substr(payload_at), oracle::u64(c, 16));
  CHECK(oracle::crc32(payload) == oracle::u32(c, 24));
  std::uint64_t first = ~0ull, last = 0;
  std::set<std::uint64_t> channels, declared;
  for (const oracle::Record& record : oracle::records(payload, 0, payload.size())) {
    if (record.op == 0x04) declared.insert(oracle::u16(record.content, 0));
    if (record.op != 0x05) continue;
    const auto i = static_cast<int>(oracle::u32(record.content, 2));
    CHECK(static_cast<std::size_t>(i) == seen.messages);
    CHECK(record.content.substr(22) == payload_of(i));
    CHECK(declared.contains(oracle::u16(record.content, 0)));
    first = std::min(first, oracle::u64(record.content, 6));
    last = std::max(last, oracle::u64(record.content, 6));
    channels.insert(oracle::u16(record.content, 0));
    ++seen.messages;
  }
  CHECK(oracle::u64(c, 0) == first);
  CHECK(oracle::u64(c, 8) == last);
  ++seen.chunks;
  for (std::size_t i = at + 1; i < records.size() && records[i].op == 0x07; ++i) {
    const std::string_view index = records[i].content;
    CHECK(channels.erase(oracle::u16(index, 0)) == 1);
    for (std::size_t entry = 6; entry < index.size(); entry += 16, ++seen.indexed) {
      const std::size_t offset = oracle::u64(index, entry + 8);
      CHECK(payload[offset] == 0x05);
      CHECK(oracle::u16(payload, offset + 9) == oracle::u16(index, 0));
      CHECK(oracle::u64(payload, offset + 15) == oracle::u64(index, entry));
    }
  }
  CHECK(channels.empty());
}

void check_summary(std::string_view bytes, const std::vector<oracle::Record>& records, const Seen& seen) {
  std::size_t chunk_indexes = 0;
  for (const oracle::Record& record : records) {
    if (record.op == 0x08) {  // chunk index: points at a chunk of that length
      ++chunk_indexes;
      const std::size_t at = oracle::u64(record.content, 16);
      CHECK(bytes[at] == 0x06);
      CHECK(oracle::u64(record.content, 24) == 9 + oracle::u64(bytes, at + 1));
      const std::size_t map = oracle::u32(record.content, 32);
      for (std::size_t i = 36; i < 36 + map; i += 10) {
        const std::size_t index = oracle::u64(record.content, i + 2);
        CHECK(bytes[index] == 0x07);
        CHECK(oracle::u16(bytes, index + 9) == oracle::u16(record.content, i));
      }
    }
    if (record.op == 0x0B) {  // statistics
      CHECK(oracle::u64(record.content, 0) == seen.messages);
      CHECK(oracle::u16(record.content, 8) == 1);
      CHECK(oracle::u32(record.content, 10) == 2);
      CHECK(oracle::u32(record.content, 14) == 1);
      CHECK(oracle::u32(record.content, 18) == 1);
      CHECK(oracle::u32(record.content, 22) == seen.chunks);
    }
    if (record.op == 0x0E) {  // summary offset: the group begins with its opcode
      CHECK(bytes[oracle::u64(record.content, 1)] == record.content[0]);
    }
    if (record.op == 0x0A) CHECK(bytes[oracle::u64(record.content, 0)] == 0x09);
    if (record.op == 0x0D) CHECK(bytes[oracle::u64(record.content, 0)] == 0x0C);
  }
  CHECK(chunk_indexes == seen.chunks);
}

void check_log(const std::string& bytes, std::string_view compression, int messages) {
  const std::string magic("\x89MCAP0\r\n", 8);
  REQUIRE(bytes.starts_with(magic));
  REQUIRE(bytes.ends_with(magic));
  const auto records = oracle::records(bytes, 8, bytes.size() - 8);
  REQUIRE(records.back().end() == bytes.size() - 8);
  CHECK(records.front().op == 0x01);
  REQUIRE(records.back().op == 0x02);
  Seen seen;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].op == 0x06) check_chunk(records, i, compression, seen);
    if (records[i].op == 0x09) {
      const std::string_view c = records[i].content;
      CHECK(oracle::crc32(c.substr(0, c.size() - 4)) == oracle::u32(c, c.size() - 4));
    }
    if (records[i].op == 0x0F) {  // DataEnd: everything before it
      CHECK(oracle::crc32(std::string_view(bytes).substr(0, records[i].offset)) == oracle::u32(records[i].content, 0));
    }
  }
  CHECK(seen.messages == static_cast<std::size_t>(messages));
  CHECK(seen.indexed == seen.messages);
  check_summary(bytes, records, seen);
  const std::string_view footer = records.back().content;
  const std::size_t summary_start = oracle::u64(footer, 0);
  const auto covered = std::string_view(bytes).substr(summary_start, records.back().offset + 25 - summary_start);
  CHECK(oracle::crc32(covered) == oracle::u32(footer, 16));
}

}  // namespace

TEST_CASE("the file is as the norm says: framing, four CRC scopes, indexes, statistics, offsets") {
  const TemporaryFolder folder;
  for (const Compression compression : {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
    CAPTURE(name_of(compression));
    write_log(folder / "log.mcap", {.compression = compression, .chunk_size = 4096}, 300);
    check_log(oracle::read_file(folder / "log.mcap"), name_of(compression), 300);
  }
}

TEST_CASE("the same calls give the same bytes") {
  const TemporaryFolder folder;
  write_log(folder / "a.mcap", {.chunk_size = 4096}, 300);
  write_log(folder / "b.mcap", {.chunk_size = 4096}, 300);
  CHECK(oracle::read_file(folder / "a.mcap") == oracle::read_file(folder / "b.mcap"));
}

TEST_CASE("a channel that was not added is an error, not a broken file") {
  const TemporaryFolder folder;
  auto writer = Writer::open(folder / "log.mcap");
  REQUIRE(writer);
  CHECK_FALSE(writer->write(1, 0, "x"));
  CHECK_FALSE(writer->write(0, 0, "x"));
  REQUIRE(writer->close());
}

TEST_CASE("a file that cannot be made is an error that names it") {
  const auto writer = Writer::open("/no/such/folder/log.mcap");
  REQUIRE_FALSE(writer);
  CHECK(writer.error().file == "/no/such/folder/log.mcap");
}

TEST_CASE("a full disk is an error that names the file, and stays one") {
  const auto at_once = Writer::open("/dev/full");
  REQUIRE_FALSE(at_once);
  CHECK(at_once.error().file == "/dev/full");
  CHECK(at_once.error().what.find("No space left") != std::string::npos);

  // In the middle of a run: the limit on the size of files does what a full disk does.
  const TemporaryFolder folder;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  auto writer = Writer::open(folder / "log.mcap", {.compression = Compression::kNone, .chunk_size = 4096});
  REQUIRE(writer);
  const auto channel = writer->add_channel(0, "/a", "text");
  REQUIRE(writer->write(channel, 0, payload_of(49)));
  REQUIRE(writer->flush());
  const rlimit tight{20000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  bitgoeul::sim::Result<void> done;
  for (int i = 1; i < 100000 && done; ++i) done = writer->write(channel, static_cast<std::uint64_t>(i), payload_of(49));
  const auto closed = writer->close();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  REQUIRE_FALSE(done);
  REQUIRE_FALSE(closed);
  CHECK(done.error().file == (folder / "log.mcap").string());
  CHECK(closed.error().what == done.error().what);
  const auto reader = Reader::open(folder / "log.mcap");  // what was whole before is still there
  REQUIRE(reader);
  CHECK_FALSE(reader->info().complete);
  int messages = 0;
  CHECK(reader->each_message([&](const MessageView&) { return ++messages > 0; }));
  CHECK(messages >= 20);
  std::signal(SIGXFSZ, handler);
}
