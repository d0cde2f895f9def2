// L4 of the fault matrix: small logs that ask for much. Each is refused or read within one second of CPU and 320 MiB of
// memory; BITGOEUL_FULL=1 adds the large ones.
#include <doctest/doctest.h>

#include <fstream>

#include "replay/mcap/compression.h"
#include "tests/faults/campaign.h"
#include "tests/faults/log_inputs.h"
#include "tests/faults/log_model.h"
#include "tests/replay/mcap_generator.h"

using namespace bitgoeul;
using namespace bitgoeul::tests;
using oracle::le;
using oracle::list;
using oracle::text;

namespace {

constexpr std::size_t kMemory = 320u << 20;  // the reader's own limit for a chunk is 256 MiB
constexpr std::uint64_t kTera = std::uint64_t{1} << 40;

struct Bomb {
  const char* name;
  bool reported;
  std::string (*make)();
};

// A frame of zstd or LZ4 that holds `size` zeros.
std::string zeros(const char* compression, std::size_t size) {
  using namespace replay::mcap;
  Compressor compressor(std::string_view(compression) == "zstd" ? Compression::kZstd : Compression::kLz4, 1);
  return std::string(compressor.compress(std::string(size, '\0')));
}

std::string chunk_of(const std::string& stored, const char* compression, std::uint64_t declared) {
  LogModel model = sound_model("");
  const std::string content =
      le(0, 8) + le(0, 8) + le(declared, 8) + le(0, 4) + text(compression) + le(stored.size(), 8) + stored;
  model.last.push_back({0x06, content});
  return bytes_of(model);
}

// A chunk of one message that is `size` zeros, squeezed to less than a thousandth.
std::string large_message(const char* compression, std::size_t size) {
  LogModel model = sound_model("");
  model.chunks[1].compression = compression;
  model.chunks[1].messages[0].data = std::string(size, '\0');
  return bytes_of(model);
}

std::string tiny_chunks(std::size_t count, bool indexed) {
  LogModel model = sound_model("");
  for (std::size_t i = 0; i < count; ++i) {
    ModelChunk chunk;
    chunk.messages.push_back({1, 1000 + i, ""});
    chunk.indexed = indexed;
    model.chunks.push_back(std::move(chunk));
  }
  return bytes_of(model);
}

std::string many_extras(std::size_t count, bool attachments) {
  LogModel model = sound_model("");
  for (std::size_t i = 0; i < count; ++i)
    model.indexed.push_back(attachments ? attachment("", "") : metadata("", list("")));
  return bytes_of(model);
}

const std::vector<Bomb> kBombs{
    {"chunk declares 1 TiB, zstd", true, [] { return chunk_of(zeros("zstd", 1 << 20), "zstd", kTera); }},
    {"chunk declares 1 TiB, lz4", true, [] { return chunk_of(zeros("lz4", 1 << 20), "lz4", kTera); }},
    {"chunk declares 2^63", true, [] { return chunk_of("x", "zstd", std::uint64_t{1} << 63); }},
    {"chunk holds 64 MiB and declares 1 KiB, zstd", true,
     [] { return chunk_of(zeros("zstd", 64 << 20), "zstd", 1 << 10); }},
    {"chunk holds 64 MiB and declares 1 KiB, lz4", true,
     [] { return chunk_of(zeros("lz4", 64 << 20), "lz4", 1 << 10); }},
    {"chunk holds 1 KiB and declares 255 MiB", true,
     [] { return chunk_of(zeros("zstd", 1 << 10), "zstd", 255u << 20); }},
    {"message of 16 MiB zeros in a few KiB", false, [] { return large_message("zstd", 16u << 20); }},
    {"schema text of 4 GiB", true,
     [] {
       LogModel model = sound_model("");
       model.first.push_back({0x03, le(7, 2) + text("A") + text("b") + le(0xFFFFFFFF, 4) + "x"});
       return bytes_of(model);
     }},
    {"2^31 entries in a channel's map", true,
     [] {
       LogModel model = sound_model("");
       model.first.push_back({0x04, le(7, 2) + le(0, 2) + text("t") + text("e") + le(0x80000000, 4) + "x"});
       return bytes_of(model);
     }},
    {"20,000 tiny chunks", false, [] { return tiny_chunks(20'000, true); }},
    {"20,000 attachments", false, [] { return many_extras(20'000, true); }},
};

// 8 GiB on paper: the file has a hole.
void write_hole(const std::filesystem::path& file) {
  LogModel model = sound_model("");
  model.with_data_end = model.with_footer = model.with_magic = false;
  model.summary.clear();
  model.with_statistics = false;
  model.chunks.clear();
  model.indexed.clear();
  const std::uint64_t size = std::uint64_t{8} << 30;
  model.first = {channel_record(1, 0, "/t"), {0x05, le(1, 2) + le(0, 4) + le(1, 8) + le(1, 8), size}};
  oracle::write_file(file, bytes_of(model));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) + size);
}

void run(Campaign& campaign, const std::string& what) {
  const std::vector<Failure> failures = run_campaign(campaign);
  const std::string text = to_string(failures);
  CHECK_MESSAGE(failures.empty(), text);
  MESSAGE(what, ": ", campaign.cases, " cases, ", failures.size(), " failures");
}

}  // namespace

TEST_CASE("L4: a small log that asks for much is refused or read in little") {
  std::vector<std::string> logs;
  for (const Bomb& bomb : kBombs) logs.push_back(bomb.make());
  Campaign campaign;
  campaign.cpu_seconds = 1;
  campaign.cases = kBombs.size();
  campaign.describe = [&](std::size_t i) { return std::string(kBombs[i].name); };
  campaign.run = [&](std::size_t i) -> std::string {
    allow_memory(kMemory);
    const LogReading reading = read_log(logs[i]);
    if (kBombs[i].reported && !reading.reported) return "not reported";
    if (!kBombs[i].reported && reading.reported) return "reported: " + reading.error;
    return {};
  };
  run(campaign, "bombs");
}

TEST_CASE("L4: one message of 8 GiB is refused") {
  Campaign campaign;
  campaign.cpu_seconds = 1;
  campaign.cases = 1;
  campaign.describe = [](std::size_t) { return std::string("8 GiB"); };
  campaign.run = [](std::size_t) -> std::string {
    const std::filesystem::path file = scratch_file();
    write_hole(file);
    allow_memory(kMemory);
    const LogReading reading = read_log_file(file);
    std::filesystem::remove(file);
    return reading.reported && reading.file_order.empty() ? "" : "not reported";
  };
  run(campaign, "one large message");
}

// They are nothing wrong, and there is much to read: a few seconds.
TEST_CASE("L4: a million chunks, attachments or metadata records are opened in little") {
  if (!full_campaign()) {
    MESSAGE("skipped: BITGOEUL_FULL=1 runs it");
    return;
  }
  std::vector<std::string> logs{tiny_chunks(1'000'000, true), many_extras(1'000'000, true),
                                many_extras(1'000'000, false)};
  Campaign campaign;
  campaign.cases = logs.size();
  campaign.describe = [](std::size_t i) { return "a million, case " + std::to_string(i); };
  campaign.run = [&](std::size_t i) -> std::string {
    allow_memory(kMemory);
    return open_log(logs[i]);
  };
  campaign.cpu_seconds = 4;  // about 1 s, and the writing of the file
  run(campaign, "a million");
}
