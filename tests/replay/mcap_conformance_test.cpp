// The 416 published conformance files: a generator of the test's own makes all of them, our writer the 208 that a
// writer has to make (the others are padded), each with the published size and SHA-256 (mcap_conformance.csv). Our
// reader reads every one of them in the order of the file and through its indexes: 832 readings.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "replay/mcap/reader.h"
#include "replay/mcap/writer.h"
#include "tests/replay/mcap_generator.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"
#include "tests/support/folders.h"

using namespace bitgoeul::replay::mcap;

namespace {

using oracle::Variant;

void write_variant(const Variant& variant, const std::filesystem::path& file) {
  WriterOptions options;
  options.library = "";
  options.compression = Compression::kNone;
  options.chunked = variant.has("ch");
  options.message_index = variant.has("mx");
  options.statistics = variant.has("st");
  options.repeat_schemas = variant.has("rsh");
  options.repeat_channels = variant.has("rch");
  options.attachment_index = variant.has("ax");
  options.metadata_index = variant.has("mdx");
  options.chunk_index = variant.has("chx");
  options.summary_offsets = variant.has("sum");
  auto writer = Writer::open(file, options);
  REQUIRE(writer);
  if (variant.base == "OneSchemalessMessage") {
    writer->add_channel(0, "example", "text");
    REQUIRE(writer->write(1, 2, 1, "\x01\x02\x03", 10));
  }
  if (variant.base == "OneMessage" || variant.base == "TenMessages") {
    writer->add_channel(writer->add_schema("Example", "c", "\x04\x05\x06"), "example", "a", {{"foo", "bar"}});
  }
  if (variant.base == "OneMessage") REQUIRE(writer->write(1, 2, 1, "\x01\x02\x03", 10));
  if (variant.base == "TenMessages") {
    std::uint32_t sequence = 0;
    for (const std::uint64_t time : {0, 2, 1, 3, 3, 5, 4, 7, 8, 9}) {
      REQUIRE(writer->write(1, time, time, "\x01\x02\x03", sequence++));
    }
  }
  if (variant.base == "OneAttachment") {
    REQUIRE(writer->attach("myFile", "application/octet-stream", 2, "\x01\x02\x03", 1));
  }
  if (variant.base == "OneMetadata") REQUIRE(writer->metadata("myMetadata", {{"foo", "bar"}}));
  REQUIRE(writer->close());
}

// By number, so that a failure names what was read: log time and sequence of every message.
using Numbers = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

Numbers expected_messages(const Variant& variant, Order order) {
  Numbers numbers;
  std::uint32_t sequence = variant.base == "TenMessages" ? 0 : 10;
  for (const std::uint64_t time : variant.log_times()) numbers.emplace_back(time, sequence++);
  if (order == Order::kLogTime) std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void check_messages(const Variant& variant, const Reader& reader, Order order) {
  Numbers numbers;
  REQUIRE(reader.each_message(
      [&](const MessageView& view) {
        CHECK(view.message.data == "\x01\x02\x03");
        CHECK(view.message.publish_time == (variant.base == "TenMessages" ? view.message.log_time : 1));
        CHECK(view.channel.topic == "example");
        CHECK((view.schema != nullptr) == (variant.base != "OneSchemalessMessage"));
        if (view.schema != nullptr) CHECK(view.schema->data == "\x04\x05\x06");
        numbers.emplace_back(view.message.log_time, view.message.sequence);
        return true;
      },
      order));
  CHECK(numbers == expected_messages(variant, order));
}

void check_reading(const Variant& variant, const std::filesystem::path& file, Order order) {
  const auto reader = Reader::open(file, {.require_crc = true});
  REQUIRE(reader);
  CHECK(reader->info().complete);
  CHECK(reader->info().statistics.has_value() == variant.has("st"));
  if (variant.has("st")) CHECK(reader->info().statistics->message_count == variant.log_times().size());
  check_messages(variant, *reader, order);
  CHECK(reader->info().attachments.size() == (variant.base == "OneAttachment" ? 1u : 0u));
  CHECK(reader->info().metadata.size() == (variant.base == "OneMetadata" ? 1u : 0u));
  if (variant.base == "OneAttachment") CHECK(reader->attachment(0).value() == "\x01\x02\x03");
  if (variant.base == "OneMetadata") CHECK(reader->metadata(0).value().entries == StringPairs{{"foo", "bar"}});
}

struct Published {
  std::string name, size, sha256;
};

std::vector<Published> published() {
  std::ifstream table(bitgoeul::tests::source_dir() + "/tests/replay/mcap_conformance.csv");
  REQUIRE(table.good());
  std::vector<Published> all;
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream in(line);
    Published& one = all.emplace_back();
    std::getline(in, one.name, ',');
    std::getline(in, one.size, ',');
    std::getline(in, one.sha256, ',');
  }
  return all;
}

void check_bytes(const Published& one, const std::string& bytes) {
  CHECK(std::to_string(bytes.size()) == one.size);
  CHECK(oracle::sha256(bytes) == one.sha256);
}

}  // namespace

TEST_CASE("the oracle's own sums: published check values") {
  CHECK(oracle::crc32("123456789") == 0xCBF43926u);
  CHECK(oracle::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("L6: all 416 published conformance files, made anew byte for byte, are read in both ways") {
  const replay_test::TemporaryFolder folder;
  int readings = 0;
  for (const Published& one : published()) {
    CAPTURE(one.name);
    const Variant variant = oracle::parse_name(one.name);
    const std::string bytes = oracle::Generator(variant).make();
    check_bytes(one, bytes);
    oracle::write_file(folder / "variant.mcap", bytes);
    for (const Order order : {Order::kFile, Order::kLogTime}) {
      check_reading(variant, folder / "variant.mcap", order);
      ++readings;
    }
  }
  CHECK(readings == 832);
}

TEST_CASE("L6: our writer makes the published conformance files, byte for byte") {
  const replay_test::TemporaryFolder folder;
  int made = 0;
  for (const Published& one : published()) {
    const Variant variant = oracle::parse_name(one.name);
    if (variant.has("pad")) continue;
    CAPTURE(one.name);
    write_variant(variant, folder / "variant.mcap");
    check_bytes(one, oracle::read_file(folder / "variant.mcap"));
    ++made;
  }
  CHECK(made == 208);
}

// Read by npm_conformance.mjs: the files, and what our reader makes of them in both orders.
TEST_CASE("conformance files for other readers" * doctest::skip()) {
  const char* given = std::getenv("BITGOEUL_WRITE_CONFORMANCE");
  REQUIRE(given != nullptr);
  const std::filesystem::path folder = given;
  std::ofstream readings(folder / "readings.txt");
  for (const Published& one : published()) {
    const std::string name = std::filesystem::path(one.name).filename().string();
    const std::string file = name.ends_with(".mcap") ? name : name + ".mcap";
    oracle::write_file(folder / file, oracle::Generator(oracle::parse_name(one.name)).make());
    const auto reader = Reader::open(folder / file);
    REQUIRE(reader);
    for (const Order order : {Order::kFile, Order::kLogTime}) {
      readings << file << ' ' << (order == Order::kFile ? "stream" : "indexed");
      REQUIRE(reader->each_message(
          [&](const MessageView& view) {
            readings << ' ' << view.channel.topic << '/' << view.message.log_time << '/' << view.message.publish_time
                     << '/' << view.message.sequence << '/' << view.message.data.size();
            return true;
          },
          order));
      readings << '\n';
    }
  }
}
