// log redact: a thousand planted secrets in all encodings of messages and of text, in names, attachments and metadata,
// compressed and not: none is left in any byte of the output, raw or unpacked. What is no secret stays.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "replay/descriptor_set.h"
#include "replay/mcap/reader.h"
#include "replay/mcap/writer.h"
#include "replay/redact.h"
#include "replay/schema/foxglove/foxglove.pb.h"
#include "replay/schema/frame.pb.h"
#include "replay/schema/hashes.pb.h"
#include "replay/schema/header.pb.h"
#include "replay/schema/state.pb.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using namespace bitgoeul::replay;
using replay_test::mix;
using replay_test::Scene;
using replay_test::TemporaryFolder;

namespace {

struct Secret {
  SecretKind kind = SecretKind::kPlate;
  std::u16string text;
};

std::u16string digits(std::uint64_t seed, int count) {
  std::u16string out;
  for (int i = 0; i < count; ++i) out += static_cast<char16_t>(u'0' + mix(seed * 31 + static_cast<unsigned>(i)) % 10);
  return out;
}
std::u16string capitals(std::uint64_t seed, int count) {
  std::u16string out;
  for (int i = 0; i < count; ++i) out += static_cast<char16_t>(u'A' + mix(seed * 37 + static_cast<unsigned>(i)) % 26);
  return out;
}
template <std::size_t N>
char16_t one_of(const char16_t (&all)[N], std::uint64_t seed) {
  return all[mix(seed) % (N - 1)];
}

Secret secret(std::uint64_t n) {
  const std::u16string syllable(
      1, one_of(u"가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배허하호", n));
  switch (n % 10) {
    case 0:
      return {SecretKind::kPlate, digits(n, 2) + syllable + digits(n + 1, 4)};
    case 1:
      return {SecretKind::kPlate, digits(n, 3) + syllable + u" " + digits(n + 1, 4)};
    case 2:
      return {SecretKind::kPlate, digits(n, 3) + u"HEO" + digits(n + 1, 4)};
    case 3:
      return {SecretKind::kPlate, capitals(n, 3) + u"-" + digits(n, 4)};
    case 4: {
      std::u16string vin = u"KMH";
      for (int i = 0; i < 8; ++i)
        vin += one_of(u"ABCDEFGHJKLMNPRSTUVWXYZ0123456789", n * 41 + static_cast<unsigned>(i));
      return {SecretKind::kVin, vin + digits(n, 6)};
    }
    case 5:
      return {SecretKind::kPhone, u"010-" + digits(n, 4) + u"-" + digits(n + 1, 4)};
    case 6:
      return {SecretKind::kPhone, u"+82 10 " + digits(n, 4) + u" " + digits(n + 1, 4)};
    case 7:
      return {SecretKind::kPhone, u"062-" + digits(n, 3) + u"-" + digits(n + 1, 4)};
    case 8:
      return {SecretKind::kEmail, u"driver." + digits(n, 5) + u"@fleet.example.kr"};
    default: {
      std::u16string mac;
      for (int i = 0; i < 12; ++i) {
        if (i > 0 && i % 2 == 0) mac += u':';
        mac += one_of(u"0123456789abcdef", n * 43 + static_cast<unsigned>(i));
      }
      return {SecretKind::kMac, mac};
    }
  }
}

std::string utf8(const std::u16string& text) {
  std::string out;
  for (const char16_t c : text) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else {
      out += static_cast<char>(0xE0 | c >> 12);
      out += static_cast<char>(0x80 | (c >> 6 & 63));
      out += static_cast<char>(0x80 | (c & 63));
    }
  }
  return out;
}
std::string utf16(const std::u16string& text, bool big) {
  std::string out;
  for (const char16_t c : text)
    for (const int half : {0, 1}) out += static_cast<char>((half == 0) == big ? c >> 8 : c & 255);
  return out;
}
// KS X 1001 codes of the syllables that stand on plates.
std::string cp949(const std::u16string& text) {
  static const std::u16string kSyllables =
      u"가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배허하호";
  static constexpr int kCodes[] = {0xB0A1, 0xB3AA, 0xB4D9, 0xB6F3, 0xB8B6, 0xB0C5, 0xB3CA, 0xB4F5, 0xB7AF, 0xB8D3,
                                   0xB9F6, 0xBCAD, 0xBEEE, 0xC0FA, 0xB0ED, 0xB3EB, 0xB5B5, 0xB7CE, 0xB8F0, 0xBAB8,
                                   0xBCD2, 0xBFC0, 0xC1B6, 0xB1B8, 0xB4A9, 0xB5CE, 0xB7E7, 0xB9AB, 0xBACE, 0xBCF6,
                                   0xBFEC, 0xC1D6, 0xB9D9, 0xBBE7, 0xBEC6, 0xC0DA, 0xB9E8, 0xC7E3, 0xC7CF, 0xC8A3};
  std::string out;
  for (const char16_t c : text) {
    const auto at = kSyllables.find(c);
    if (at == std::u16string::npos) {
      out += static_cast<char>(c);
    } else {
      out += static_cast<char>(kCodes[at] >> 8);
      out += static_cast<char>(kCodes[at] & 255);
    }
  }
  return out;
}

std::vector<std::string> forms(const Secret& s) {
  return {utf8(s.text), cp949(s.text), utf16(s.text, false), utf16(s.text, true)};
}
std::string form(const Secret& s, std::uint64_t n) { return forms(s)[mix(n + 5) % 4]; }

std::string cdr_text(const std::string& text) {
  std::string out("\0\1\0\0", 4);
  mcap::put(out, static_cast<std::uint32_t>(text.size() + 1));
  return out + text + '\0';
}

// Every third message of a topic holds secrets between harmless words.
struct Planted {
  std::vector<Secret> secrets;
  std::uint64_t next = 0;
  const Secret& take() {
    secrets.push_back(secret(next++));
    return secrets.back();
  }
};

std::string log_message(Planted& planted) {
  foxglove::Log log;
  log.set_message("speed 13.9 of " + utf8(planted.take().text) + " at lane 4");
  log.set_name(utf8(planted.take().text));
  std::string bytes = log.SerializeAsString();
  bytes += "\xfa\x3e\x20";  // an unknown field 1007 of 32 bytes
  std::string unknown = form(planted.take(), planted.next);
  unknown.resize(32);
  return bytes + unknown;
}

void write_log(const std::filesystem::path& file, mcap::Compression compression, Planted& planted) {
  mcap::WriterOptions options;
  options.compression = compression;
  options.chunk_size = 4096;
  options.library = "recorder of " + utf8(planted.take().text);
  auto writer = mcap::Writer::open(file, options);
  REQUIRE(writer);
  const auto log =
      writer->add_channel(writer->add_schema("foxglove.Log", "protobuf", descriptor_set(*foxglove::Log::descriptor())),
                          "/log/" + utf8(planted.take().text), "protobuf");
  const auto text = writer->add_channel(
      writer->add_schema("std_msgs/msg/String", "ros2msg", "# " + utf8(planted.take().text) + "\nstring data\n"),
      "/text", "cdr", {{"callerid", utf8(planted.take().text)}});
  const auto ros1 =
      writer->add_channel(writer->add_schema("std_msgs/String", "ros1msg", "string data\n"), "/old", "ros1");
  const auto json = writer->add_channel(0, "/json", "json");
  const auto image = writer->add_channel(
      writer->add_schema("sensor_msgs/msg/CompressedImage", "ros2msg", "uint8[] data\n"), "/camera", "cdr");
  const auto other =
      writer->add_channel(writer->add_schema("acme/msg/Secrets", "ros2msg", "string data\n"), "/other", "cdr");
  for (std::uint64_t i = 0; planted.next < 990; ++i) {
    REQUIRE(writer->write(log, i, log_message(planted), static_cast<std::uint32_t>(i)));
    REQUIRE(writer->write(text, i, cdr_text("ok " + form(planted.take(), i) + " ok"), 0));
    REQUIRE(writer->write(ros1, i, std::string("\x30\0\0\0", 4) + form(planted.take(), i + 1) + " ok", 0));
    nlohmann::json value = {
        {"plate", utf8(planted.take().text)}, {utf8(planted.take().text), 1}, {"list", {utf8(planted.take().text)}}};
    REQUIRE(writer->write(json, i, value.dump(-1, ' ', i % 2 == 0), 0));  // half of them with \u escapes
    REQUIRE(writer->write(image, i, cdr_text(form(planted.take(), i + 2)), 0));
    REQUIRE(writer->write(other, i, cdr_text(utf8(planted.take().text)), 0));
  }
  REQUIRE(
      writer->attach("notes " + utf8(planted.take().text), "text/plain", 1, "driven by " + form(planted.take(), 77)));
  REQUIRE(writer->metadata("car", {{"vin", utf8(planted.take().text)}, {utf8(planted.take().text), "x"}}));
  REQUIRE(writer->close());
}

// Every byte of the file, as it lies there and unpacked.
std::string all_bytes(const std::filesystem::path& file) {
  std::string out = oracle::read_file(file);
  const auto reader = mcap::Reader::open(file, {.require_crc = true});
  REQUIRE(reader);
  REQUIRE(reader->info().complete);
  REQUIRE(reader->each_message([&](const mcap::MessageView& view) {
    out += view.channel.topic + '\n' + (view.schema ? view.schema->name + view.schema->data : "") + '\n';
    out += view.message.data;
    out += '\n';
    return true;
  }));
  for (std::size_t i = 0; i < reader->info().attachments.size(); ++i) out += reader->attachment(i).value() + '\n';
  return out;
}

std::size_t found_in(const std::string& bytes, const std::vector<Secret>& secrets) {
  std::size_t found = 0;
  for (const Secret& one : secrets)
    for (const std::string& text : forms(one)) found += bytes.find(text) != std::string::npos;
  return found;
}

}  // namespace

TEST_CASE("redact: of a thousand planted secrets none is left") {
  const TemporaryFolder folder;
  for (const auto compression : {mcap::Compression::kNone, mcap::Compression::kLz4, mcap::Compression::kZstd})
    for (const bool keep : {false, true}) {
      Planted planted;
      write_log(folder / "in.mcap", compression, planted);
      CHECK(planted.secrets.size() >= 990);
      CHECK(found_in(all_bytes(folder / "in.mcap"), planted.secrets) >= 950);  // the test can see them
      RedactPolicy policy;
      policy.topics = {"/json", "/other"};
      policy.images = policy.attachments = policy.metadata = keep;
      const auto report = redact(folder / "in.mcap", folder / "out.mcap", policy);
      REQUIRE(report);
      CHECK(found_in(all_bytes(folder / "out.mcap"), planted.secrets) == 0);
      CHECK(report->attachments_dropped == (keep ? 0 : 1));
      CHECK(report->metadata_dropped == (keep ? 0 : 1));
      CHECK(report->topics.at("/camera").why == (keep ? "" : "images"));
      for (std::size_t kind = 0; kind < 5; ++kind) CHECK(report->secrets[kind] > 20);
    }
}

TEST_CASE("redact: deny by default, words of the policy, and what is no secret stays") {
  const TemporaryFolder folder;
  Planted planted;
  write_log(folder / "in.mcap", mcap::Compression::kZstd, planted);
  const auto report = redact(folder / "in.mcap", folder / "out.mcap", {});
  REQUIRE(report);
  CHECK(report->topics.at("/other").kept == 0);
  CHECK(report->topics.at("/json").kept == 0);
  CHECK(report->topics.at("/text").kept > 50);
  const std::string out = all_bytes(folder / "out.mcap");
  CHECK(out.find("speed 13.9 of ") != std::string::npos);
  CHECK(out.find("at lane 4") != std::string::npos);
  RedactPolicy policy;
  policy.names = {"speed"};
  policy.drop = {"/te*"};
  const auto named = redact(folder / "in.mcap", folder / "named.mcap", policy);
  REQUIRE(named);
  CHECK(all_bytes(folder / "named.mcap").find("speed") == std::string::npos);
  CHECK(named->topics.at("/text").kept == 0);
  CHECK_FALSE(redact(folder / "in.mcap", folder / "in.mcap", {}));
}

TEST_CASE("redact: a commit or a hash is no telephone number and no plate, whatever its digits are") {
  // As in the header of a run: a Protobuf string, its length 40 = '(' before it, another field behind it.
  for (const std::string hash : {"01012345678abcdef0123456789abcdef0123456", "f0321234567a02123456789012da3456bcdef012",
                                 "0212345678ba0621234567c01098765432deadbe"}) {
    REQUIRE(hash.size() == 40);
    for (const std::string& behind : {std::string(), std::string("b\x10"), std::string(" of the engine")}) {
      std::string bytes = "\x12(" + hash + behind;
      const std::string before = bytes;
      SecretCounts counts{};
      blot(bytes, {}, counts);
      CHECK(bytes == before);
    }
  }
  std::string number = "commit 010-1234-5678 (01012345678)";
  SecretCounts counts{};
  blot(number, {}, counts);
  CHECK(counts[static_cast<std::size_t>(SecretKind::kPhone)] == 2);
}

TEST_CASE("redact: a run stays a run, step by step") {
  const TemporaryFolder folder;
  auto recorder = Recorder::open(folder / "run.mcap", Scene::header());
  REQUIRE(recorder);
  REQUIRE(Scene{}.record(*recorder, 300));
  REQUIRE(recorder->close());
  REQUIRE(redact(folder / "run.mcap", folder / "out.mcap", {}));
  const auto log = RunLog::open(folder / "out.mcap");
  REQUIRE(log);
  CHECK(log->complete());
  CHECK(log->header().map_projection.empty());
  int steps = 0;
  REQUIRE(log->each_step([&](const StepRecord& record) {
    CHECK(record.hash == Scene::hash(record.step));
    ++steps;
    return true;
  }));
  CHECK(steps == 300);
}

TEST_CASE("redact: bytes that are numbers stay, whatever they look like") {
  const TemporaryFolder folder;
  const std::string looks = "driver.12345@fleet.example.kr 010-1234-5678";
  schema::Frame frame;
  for (auto* bits : {frame.mutable_state_hash(), frame.mutable_x_bits(), frame.mutable_yaw_rate_bits()}) *bits = looks;
  schema::KeyFrame key;
  key.set_state(looks);
  schema::StepHash hash;
  hash.set_hash(looks);
  schema::RunHeader header;
  header.set_map_hash(looks);
  header.set_scenario_text(looks);  // this is text
  const std::vector<const google::protobuf::Message*> messages{&frame, &key, &hash, &header};
  const auto from = folder / "from.mcap", to = folder / "to.mcap";
  {
    auto writer = mcap::Writer::open(from);
    REQUIRE(writer);
    for (const auto* message : messages) {
      const auto& type = *message->GetDescriptor();
      const auto id = writer->add_schema(type.full_name(), "protobuf", descriptor_set(type));
      const auto channel = writer->add_channel(id, "/" + type.name(), "protobuf");
      REQUIRE(writer->write(channel, 1, message->SerializeAsString()));
    }
    REQUIRE(writer->close());
  }
  const auto report = redact(from, to, {});
  REQUIRE_MESSAGE(report, sim::to_string(report.error()));
  std::vector<std::string> kept;
  const auto reader = mcap::Reader::open(to);
  REQUIRE(reader);
  REQUIRE(reader->each_message([&](const mcap::MessageView& view) {
    kept.emplace_back(view.message.data);
    return true;
  }));
  REQUIRE(kept.size() == messages.size());
  for (std::size_t i = 0; i < 3; ++i) CHECK(kept[i] == messages[i]->SerializeAsString());
  schema::RunHeader cleaned;
  REQUIRE(cleaned.ParseFromString(kept[3]));
  CHECK(cleaned.map_hash() == looks);
  CHECK(cleaned.scenario_text().find("driver.12345") == std::string::npos);
}

TEST_CASE("redact: positions keep their distances and angles, and nothing of their place") {
  const TemporaryFolder folder;
  const double track[][2] = {{35.16, 126.85}, {35.161, 126.85}, {35.161, 126.852}, {35.1587, 126.8519}};
  {
    auto writer = mcap::Writer::open(folder / "in.mcap");
    REQUIRE(writer);
    const auto fix = writer->add_channel(
        writer->add_schema("foxglove.LocationFix", "protobuf", descriptor_set(*foxglove::LocationFix::descriptor())),
        "/gnss", "protobuf");
    const auto ros =
        writer->add_channel(writer->add_schema("sensor_msgs/msg/NavSatFix", "ros2msg", "x"), "/fix", "cdr");
    for (const auto& [latitude, longitude] : track) {
      foxglove::LocationFix message;
      message.set_latitude(latitude);
      message.set_longitude(longitude);
      message.set_altitude(40);
      REQUIRE(writer->write(fix, 1, message.SerializeAsString(), 0));
      std::string cdr("\0\1\0\0", 4);
      for (const std::uint32_t word : {1u, 2u, 4u}) mcap::put(cdr, word);
      cdr += std::string("gps\0", 4);
      cdr += std::string("\0\0\1\0\0\0\0\0", 8);  // status, service, alignment
      for (const double value : {latitude, longitude, 40.0}) mcap::put(cdr, std::bit_cast<std::uint64_t>(value));
      REQUIRE(writer->write(ros, 1, cdr, 0));
    }
    REQUIRE(writer->close());
  }
  const auto report = redact(folder / "in.mcap", folder / "out.mcap", {});
  REQUIRE(report);
  CHECK(report->positions_moved == 8);
  std::vector<std::pair<double, double>> moved;
  const auto reader = mcap::Reader::open(folder / "out.mcap");
  REQUIRE(reader);
  REQUIRE(reader->each_message([&](const mcap::MessageView& view) {
    if (view.channel.topic == "/gnss") {
      foxglove::LocationFix message;
      REQUIRE(message.ParseFromArray(view.message.data.data(), static_cast<int>(view.message.data.size())));
      moved.emplace_back(message.latitude(), message.longitude());
      CHECK(message.altitude() == 0);
    } else {
      double values[3];
      std::memcpy(values, view.message.data.data() + 28, sizeof values);
      CHECK(values[0] == moved.back().first);  // one transform for all topics
      CHECK(values[1] == moved.back().second);
      CHECK(values[2] == 0);
    }
    return true;
  }));
  REQUIRE(moved.size() == 4);
  constexpr double kMetres = 6371008.8 * 3.14159265358979323846 / 180;
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t k = 0; k < i; ++k) {
      const double was =
          std::hypot((track[i][0] - track[k][0]) * kMetres,
                     (track[i][1] - track[k][1]) * kMetres * std::cos(35.16 * 3.14159265358979323846 / 180));
      const double is =
          std::hypot((moved[i].first - moved[k].first) * kMetres, (moved[i].second - moved[k].second) * kMetres);
      CHECK(is == doctest::Approx(was).epsilon(1e-6));
    }
  for (const auto& [latitude, longitude] : moved) CHECK(std::hypot(latitude, longitude) < 0.01);
}

TEST_CASE("redact policy: keys are read, others refused with their line") {
  const TemporaryFolder folder;
  oracle::write_file(folder / "p.yaml", "topics: [/a, /b*]\nimages: keep\ngnss: keep\nnames: [홍길동]\n");
  const auto policy = read_redact_policy(folder / "p.yaml");
  REQUIRE(policy);
  CHECK(policy->topics == std::vector<std::string>{"/a", "/b*"});
  CHECK(policy->images);
  CHECK_FALSE(policy->move_gnss);
  CHECK_FALSE(policy->attachments);
  oracle::write_file(folder / "p.yaml", "topics: [/a]\nimage: keep\n");
  const auto wrong = read_redact_policy(folder / "p.yaml");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().line == 2);
  CHECK_FALSE(read_redact_policy(folder / "absent.yaml"));
}
