// The published conformance files, made by our writer: every variant that a writer has to make (all but the padded
// ones) must have the published size and SHA-256 (tests/replay/mcap_conformance.csv).
#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "replay/mcap/reader.h"
#include "replay/mcap/writer.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul::replay::mcap;

namespace {

struct Variant {
  std::string base;
  std::set<std::string> features;
  bool has(const char* feature) const { return features.contains(feature); }
};

Variant parse_name(std::string name) {
  name.resize(name.size() - std::string(".mcap").size());
  std::istringstream in(name);
  Variant variant;
  std::getline(in, variant.base, '-');
  for (std::string feature; std::getline(in, feature, '-');) variant.features.insert(feature);
  return variant;
}

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

void check_reading(const Variant& variant, const std::filesystem::path& file) {
  const auto reader = Reader::open(file, {.require_crc = true});
  REQUIRE(reader);
  CHECK(reader->info().complete);
  std::size_t messages = 0;
  REQUIRE(reader->each_message([&](const MessageView& view) {
    CHECK(view.message.data == "\x01\x02\x03");
    CHECK(view.channel.topic == "example");
    CHECK((view.schema != nullptr) == (variant.base != "OneSchemalessMessage"));
    ++messages;
    return true;
  }));
  const std::size_t expected = variant.base == "TenMessages"                                          ? 10
                               : variant.base.starts_with("One") && variant.base.ends_with("Message") ? 1
                                                                                                      : 0;
  CHECK(messages == expected);
  CHECK(reader->info().attachments.size() == (variant.base == "OneAttachment" ? 1u : 0u));
  CHECK(reader->info().metadata.size() == (variant.base == "OneMetadata" ? 1u : 0u));
  if (variant.base == "OneAttachment") CHECK(reader->attachment(0).value() == "\x01\x02\x03");
  if (variant.base == "OneMetadata") CHECK(reader->metadata(0).value().entries == StringPairs{{"foo", "bar"}});
}

}  // namespace

TEST_CASE("the oracle's own sums: published check values") {
  CHECK(oracle::crc32("123456789") == 0xCBF43926u);
  CHECK(oracle::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("our writer makes the published conformance files, byte for byte, and our reader reads them") {
  std::ifstream table(std::string(BITGOEUL_SOURCE_DIR) + "/tests/replay/mcap_conformance.csv");
  REQUIRE(table.good());
  const replay_test::TemporaryFolder folder;
  int made = 0;
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream in(line);
    std::string name, size, sha256;
    std::getline(in, name, ',');
    std::getline(in, size, ',');
    std::getline(in, sha256, ',');
    const Variant variant = parse_name(name);
    if (variant.has("pad")) continue;
    CAPTURE(name);
    write_variant(variant, folder / "variant.mcap");
    const std::string bytes = oracle::read_file(folder / "variant.mcap");
    CHECK(std::to_string(bytes.size()) == size);
    CHECK(oracle::sha256(bytes) == sha256);
    check_reading(variant, folder / "variant.mcap");
    ++made;
  }
  CHECK(made == 208);
}
