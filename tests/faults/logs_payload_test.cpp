// L5 of the fault matrix: messages that do not hold what their definition says, in ROS (CDR), Protobuf and JSON: cut at
// every byte, every byte changed, lists of a thousand million elements, nesting without end, numbers that are none, the
// definition of another type. Each is delivered or counted as dropped, what stands around it is delivered unchanged,
// and no vehicle is put where numbers end. By default a sample; BITGOEUL_FULL=1: 40,000 messages.
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "replay/descriptor_set.h"
#include "replay/mcap/writer.h"
#include "replay/schema/foxglove/foxglove.pb.h"
#include "replay/source.h"
#include "tests/faults/campaign.h"

using namespace bitgoeul;
using namespace bitgoeul::tests;

namespace {

constexpr std::size_t kPerLog = 250;
constexpr std::size_t kMemory = 96u << 20;

struct Payload {
  const char *name, *type, *encoding, *schema_encoding;
  std::string schema, good;
};

template <class T>
void put(std::string& bytes, T value) {
  while ((bytes.size() - 4) % sizeof(T) != 0) bytes += '\0';
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

std::string odometry(double x) {
  std::string m{"\0\1\0\0", 4};
  put(m, std::int32_t{5}), put(m, std::uint32_t{0});
  for (const char* text : {"odom", "base_link"}) {
    put(m, static_cast<std::uint32_t>(std::strlen(text) + 1));
    m.append(text, std::strlen(text) + 1);
  }
  for (const double v : {x, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0}) put(m, v);
  for (int i = 0; i < 36 + 6 + 36; ++i) put(m, 0.0);
  return m;
}

std::string string_map(double x) {
  foxglove::SceneUpdate update;
  auto& entity = *update.add_entities();
  entity.set_id("car");
  entity.set_frame_id("map");
  auto& cube = *entity.add_cubes();
  cube.mutable_pose()->mutable_position()->set_x(x);
  cube.mutable_pose()->mutable_orientation()->set_w(1);
  cube.mutable_size()->set_x(4), cube.mutable_size()->set_y(2), cube.mutable_size()->set_z(1.5);
  return update.SerializeAsString();
}

std::vector<Payload> payloads() {
  return {{"CDR", "nav_msgs/msg/Odometry", "cdr", "ros2msg", "", odometry(1)},
          {"Protobuf", "foxglove.SceneUpdate", "protobuf", "protobuf",
           replay::descriptor_set(*foxglove::SceneUpdate::descriptor()), string_map(1)},
          {"JSON", "foxglove.PoseInFrame", "json", "jsonschema", R"({"title":"foxglove.PoseInFrame","type":"object"})",
           R"({"timestamp":{"sec":5,"nsec":0},"frame_id":"map","pose":{"position":{"x":1,"y":2,"z":0},)"
           R"("orientation":{"x":0,"y":0,"z":0,"w":1}}})"}};
}

// The n-th fault of a message; first those made by hand.
std::string fault_of(const Payload& payload, std::size_t n) {
  const std::string& good = payload.good;
  std::string long_list = std::string("\0\1\0\0", 4);
  put(long_list, std::int32_t{5}), put(long_list, std::uint32_t{0}), put(long_list, std::uint32_t{1'000'000'000});
  std::string groups(100'000, '\x0b'), lengths;  // group of field 1 in a group of field 1 in ...
  for (int i = 0; i < 30; ++i) {
    const std::string head{'\x0a', static_cast<char>(lengths.size() % 128)};
    lengths.insert(lengths.begin(), head.begin(), head.end());
  }
  const std::string depth = "{\"pose\":" + std::string(200'000, '[');
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const std::vector<std::string> by_hand = {"",
                                            std::string(1, '\0'),
                                            std::string(70'000, '\xff'),
                                            long_list,
                                            groups,
                                            lengths,
                                            depth,
                                            odometry(nan),
                                            odometry(inf),
                                            odometry(1e308),
                                            odometry(-1e300),
                                            string_map(nan),
                                            string_map(inf),
                                            string_map(1e308),
                                            R"({"pose":{"position":{"x":1e999,"y":0,"z":0}}})",
                                            R"({"pose":{"position":{"x":"one"}}})",
                                            R"({"pose":null})",
                                            "\x0a\xff\xff\xff\xff\x0f",
                                            "nonsense",
                                            good + good,
                                            good + std::string(3, '\0')};
  if (n < by_hand.size()) return by_hand[n];
  n -= by_hand.size();
  if (n < good.size()) return good.substr(0, n);
  n -= good.size();
  static constexpr std::array<unsigned char, 4> kFlips = {0xff, 0x01, 0x80, 0x40};
  if (n < 4 * good.size()) {
    std::string bad = good;
    bad[n / 4] = static_cast<char>(static_cast<unsigned char>(bad[n / 4]) ^ kFlips[n % 4]);
    return bad;
  }
  Numbers numbers{n};
  std::string bad = good;
  for (std::size_t i = 0; i < 1 + n % 7; ++i) bad[numbers.below(bad.size())] = static_cast<char>(numbers.next());
  if (n % 3 == 0) bad.resize(numbers.below(bad.size()));
  return bad;
}

std::uint64_t time_of(std::size_t i) { return 1'000'000'000'000u + i * 100'000'000u; }

// A log of one topic: a sound message, faults, a sound message.
std::filesystem::path write_log(const Payload& payload, std::size_t first, std::size_t count) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("bitgoeul_payload_" + std::to_string(::getpid()) + ".mcap");
  auto writer = replay::mcap::Writer::open(file, {});
  if (!writer) return {};
  const auto schema = writer->add_schema(payload.type, payload.schema_encoding, payload.schema);
  const auto channel = writer->add_channel(schema, "/topic", payload.encoding);
  (void)writer->write(channel, time_of(0), payload.good);
  for (std::size_t i = 0; i < count; ++i) (void)writer->write(channel, time_of(1 + i), fault_of(payload, first + i));
  (void)writer->write(channel, time_of(1 + count), payload.good);
  (void)writer->close();
  return file;
}

struct Seen {
  std::size_t frames = 0, dropped = 0;
  bool first = false, last = false;  // the sound ones came through
  std::string wrong;
};

Seen read_log(const std::filesystem::path& file, std::size_t count) {
  Seen seen;
  auto source = replay::open_source({file});
  if (!source) return {.wrong = "refused: " + source.error().what};
  replay::Item item;
  for (;;) {
    const auto got = (*source)->next(item);
    if (!got) return {.wrong = "an error: " + got.error().what};
    if (!*got) break;
    if (item.topic != replay::kSnapshotTopic) {
      ++seen.frames;
      seen.first = seen.first || item.time_ns == static_cast<std::int64_t>(time_of(0));
      seen.last = seen.last || item.time_ns == static_cast<std::int64_t>(time_of(1 + count));
      continue;
    }
    const auto& e = std::get<std::shared_ptr<const sim::Snapshot>>(item.payload)->entities;
    for (std::size_t row = 0; row < e.alive.size(); ++row)
      for (const double v : {e.x[row], e.y[row], e.z[row], e.yaw_rad[row], e.speed_mps[row], e.length_m[row]})
        if (e.alive[row] != 0 && !std::isfinite(v)) seen.wrong = "a vehicle with a number that is none";
  }
  for (const auto& topic : (*source)->description().topics) seen.dropped += topic.dropped;
  return seen;
}

std::string judge(const Payload& payload, std::size_t first, std::size_t count) {
  const auto file = write_log(payload, first, count);
  allow_memory(kMemory);
  allow_cpu(20);
  const Seen seen = read_log(file, count);
  std::filesystem::remove(file);
  if (!seen.wrong.empty()) return seen.wrong;
  if (!seen.first || !seen.last) return "a sound message beside the faults is missing";
  if (seen.frames + seen.dropped != count + 2)
    return std::to_string(seen.frames) + " delivered and " + std::to_string(seen.dropped) + " dropped of " +
           std::to_string(count + 2);
  return {};
}

}  // namespace

TEST_CASE("L5: a message that is not what its definition says is dropped and counted, and the log goes on") {
  const auto all = payloads();
  const std::size_t logs = full_campaign() ? 54 : 2;  // of each kind, 250 faults in each
  Campaign campaign;
  campaign.cases = all.size() * logs;
  campaign.cpu_seconds = 60;
  campaign.run = [&](std::size_t i) { return judge(all[i / logs], i % logs * kPerLog, kPerLog); };
  campaign.describe = [&](std::size_t i) {
    return std::string(all[i / logs].name) + ", faults from " + std::to_string(i % logs * kPerLog);
  };
  run_and_check(campaign, std::to_string(campaign.cases * kPerLog) + " messages that are not what they say");
}

TEST_CASE("L5: the definition of another type, or none that can be read, drops the topic's messages and says why") {
  auto all = payloads();
  all[0].schema = "string[] names\nfloat64 x";
  all[1].schema = replay::descriptor_set(*foxglove::Log::descriptor());
  all[2].schema_encoding = "protobuf";
  all[2].encoding = "cbor";
  for (const Payload& payload : all) {
    CAPTURE(payload.name);
    const auto file = write_log(payload, 0, 20);
    auto source = replay::open_source({file});
    REQUIRE(source);
    replay::Item item;
    std::size_t frames = 0;
    for (;;) {
      const auto got = (*source)->next(item);
      REQUIRE(got);
      if (!*got) break;
      frames += item.topic != replay::kSnapshotTopic;
    }
    const auto& topic = (*source)->description().topics[0];
    CHECK(topic.count == 22);
    CHECK((topic.dropped + frames == 22 || !topic.why.empty()));
    std::filesystem::remove(file);
  }
}
