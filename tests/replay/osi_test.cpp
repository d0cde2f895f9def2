// ASAM OSI: our field numbers against the descriptors that real logs carry, real messages through our schema and back,
// and what `log convert` writes of a run, read by a wire reader of the test's own.
#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "replay/export/exporter.h"
#include "replay/mcap/reader.h"
#include "replay/schema/osi/osi_ground_truth.pb.h"
#include "replay/schema/osi/osi_sensor.pb.h"
#include "tests/maps/shared_data.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using namespace bitgoeul::replay;
using replay_test::Scene;
using replay_test::TemporaryFolder;

namespace {

std::filesystem::path logs() { return tests::shared_data() / "logs"; }

// Framed messages of an .osi file: u32 length, message.
std::vector<std::string> trace_messages(const std::string& bytes) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at + 4 <= bytes.size();) {
    const std::size_t size = oracle::u32(bytes, at);
    REQUIRE(size <= bytes.size() - at - 4);
    out.push_back(bytes.substr(at + 4, size));
    at += 4 + size;
  }
  return out;
}

// One field of a message, read from the wire alone.
struct Field {
  std::uint32_t number = 0;
  std::uint64_t value = 0;  // varint, or the bits of a fixed one
  std::string_view bytes;
  double real() const {
    double out = 0;
    std::memcpy(&out, &value, sizeof out);
    return out;
  }
};

std::uint64_t varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 127) << shift;
    if (byte < 128) break;
  }
  return value;
}

std::vector<Field> fields(std::string_view rest) {
  std::vector<Field> out;
  while (!rest.empty()) {
    const std::uint64_t key = varint(rest);
    Field field{static_cast<std::uint32_t>(key >> 3)};
    const auto fixed = [&](std::size_t size) {
      std::memcpy(&field.value, rest.data(), size);
      rest.remove_prefix(size);
    };
    if ((key & 7) == 0) field.value = varint(rest);
    if ((key & 7) == 1) fixed(8);
    if ((key & 7) == 5) fixed(4);
    if ((key & 7) == 2) {
      const std::uint64_t size = varint(rest);
      field.bytes = rest.substr(0, size);
      rest.remove_prefix(size);
    }
    out.push_back(field);
  }
  return out;
}

std::vector<Field> all(std::string_view message, std::uint32_t number) {
  std::vector<Field> out = fields(message);
  std::erase_if(out, [&](const Field& field) { return field.number != number; });
  return out;
}
std::string_view sub(std::string_view message, std::initializer_list<std::uint32_t> path) {
  for (const std::uint32_t number : path) {
    const auto found = all(message, number);
    REQUIRE(found.size() == 1);
    message = found.front().bytes;
  }
  return message;
}
sim::Vec3 vector(std::string_view message) {
  sim::Vec3 v = sim::Vec3::Zero();
  for (const Field& field : fields(message)) v[static_cast<int>(field.number) - 1] = field.real();
  return v;
}

ExportInput input() {
  ExportInput in;
  in.log = "run.mcap";
  in.map_name = "town";
  in.producer = "test";
  in.entities = {{"ego_000", "ioniq5", 0}};
  in.types = {{"sedan", "car"}, {"city_bus", "bus"}};
  return in;
}

// Row 0: host at (10, 20), heading north. Row 1: a bus whose rear axle lies 30 m ahead of the host's, 2 m to its left.
sim::Snapshot two_vehicles() {
  sim::Snapshot s = Scene{.rows = 2, .signal_groups = 0, .changes = false}.at(0);
  sim::Entities& e = s.entities;
  e.type = {0, 1};
  e.role = {sim::Role::kEgo, sim::Role::kTraffic};
  e.x = {10, 8}, e.y = {20, 50}, e.z = {1, 1};
  e.yaw_rad = {sim::kPi / 2, sim::kPi / 2}, e.pitch_rad = {0, 0}, e.roll_rad = {0, 0};
  e.speed_mps = {5, 7}, e.acceleration_mps2 = {0, 1}, e.yaw_rate_radps = {0, 0.1};
  e.length_m = {4.8, 11}, e.width_m = {1.86, 2.5}, e.height_m = {1.5, 3.2}, e.center_x_m = {1.4, 3};
  return s;
}

void compare(const google::protobuf::Descriptor& ours, const google::protobuf::Descriptor& theirs, int& compared);

void compare(const google::protobuf::FieldDescriptor& ours, const google::protobuf::FieldDescriptor& theirs,
             int& compared) {
  CAPTURE(ours.full_name());
  CHECK(ours.name() == theirs.name());
  CHECK(ours.type() == theirs.type());
  CHECK(ours.label() == theirs.label());
  ++compared;
  if (ours.enum_type() != nullptr)
    for (int i = 0; i < theirs.enum_type()->value_count(); ++i) {
      const auto* value = ours.enum_type()->FindValueByName(theirs.enum_type()->value(i)->name());
      if (value != nullptr) CHECK(value->number() == theirs.enum_type()->value(i)->number());
    }
  if (ours.message_type() != nullptr) compare(*ours.message_type(), *theirs.message_type(), compared);
}

void compare(const google::protobuf::Descriptor& ours, const google::protobuf::Descriptor& theirs, int& compared) {
  CHECK(ours.full_name() == theirs.full_name());
  for (int i = 0; i < ours.field_count(); ++i)
    if (const auto* other = theirs.FindFieldByNumber(ours.field(i)->number()))
      compare(*ours.field(i), *other, compared);
}

template <class Message>
void check_round_trip(std::string_view bytes) {
  Message message;
  REQUIRE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  const std::string again = message.SerializeAsString();
  CHECK(again.size() == bytes.size());
  // Known fields by number, then the others: the same fields in another order at most.
  const auto sorted = [](std::string_view m) {
    std::vector<std::pair<std::uint32_t, std::string>> out;
    for (const Field& field : fields(m))
      out.emplace_back(field.number,
                       field.bytes.empty() ? std::to_string(field.value) : std::to_string(field.bytes.size()));
    std::sort(out.begin(), out.end());
    return out;
  };
  CHECK(sorted(again) == sorted(bytes));
  Message parsed_again;
  REQUIRE(parsed_again.ParseFromString(again));
  CHECK(parsed_again.SerializeAsString() == again);
}

void write(const std::string& format, const std::filesystem::path& file, const std::vector<sim::Snapshot>& frames,
           ExportInput in = input()) {
  auto exporter = make_exporter(format, file, std::move(in));
  REQUIRE(exporter);
  for (const sim::Snapshot& frame : frames) REQUIRE((*exporter)->frame(frame));
  REQUIRE((*exporter)->close());
}

}  // namespace

TEST_CASE("OSI: names, numbers and types of our fields are those of the descriptors that real logs carry") {
  const std::filesystem::path folder = logs() / "osi_mcap" / "example-data";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: no ", folder.string());
    return;
  }
  for (const char* name : {"MovingHostWith3DModel.mcap", "sensorDataDetectedLaneBoundaries.mcap"}) {
    const auto reader = mcap::Reader::open(folder / name);
    REQUIRE(reader);
    for (const auto& [id, schema] : reader->info().schemas) {
      google::protobuf::FileDescriptorSet set;
      REQUIRE(set.ParseFromString(schema.data));
      google::protobuf::DescriptorPool pool;
      for (const auto& file : set.file()) REQUIRE(pool.BuildFile(file) != nullptr);
      const auto* theirs = pool.FindMessageTypeByName(schema.name);
      REQUIRE(theirs != nullptr);
      const bool view = schema.name == "osi3.SensorView";
      int compared = 0;
      compare(view ? *osi3::SensorView::descriptor() : *osi3::SensorData::descriptor(), *theirs, compared);
      CHECK(compared > 200);
      MESSAGE(std::string(name), ": ", schema.name, ", ", compared, " fields compared");
    }
  }
}

TEST_CASE("OSI: real messages pass through our schema without loss") {
  if (!std::filesystem::exists(logs() / "osi")) {
    MESSAGE("skipped: no ", logs().string());
    return;
  }
  int messages = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(logs() / "osi")) {
    if (entry.path().extension() != ".osi") continue;
    for (const std::string& message : trace_messages(oracle::read_file(entry.path()))) {
      check_round_trip<osi3::SensorView>(message);
      ++messages;
    }
  }
  for (const char* name : {"MovingHostWith3DModel.mcap", "sensorDataDetectedLaneBoundaries.mcap"}) {
    const auto reader = mcap::Reader::open(logs() / "osi_mcap" / "example-data" / name);
    REQUIRE(reader);
    REQUIRE(reader->each_message([&](const mcap::MessageView& view) {
      if (view.schema->name == "osi3.SensorView") check_round_trip<osi3::SensorView>(view.message.data);
      if (view.schema->name == "osi3.SensorData") check_round_trip<osi3::SensorData>(view.message.data);
      ++messages;
      return true;
    }));
  }
  CHECK(messages > 100);
  MESSAGE(messages, " messages");
}

TEST_CASE("OSI trace: the box centre stands where the rear axle and the sizes put it, read from the wire") {
  const TemporaryFolder folder;
  const sim::Snapshot s = two_vehicles();
  write("osi-trace", folder / "gt.osi", {s, s, s});
  const auto messages = trace_messages(oracle::read_file(folder / "gt.osi"));
  REQUIRE(messages.size() == 3);
  const auto objects = all(messages[0], 5);
  REQUIRE(objects.size() == 2);
  const std::string_view bus = objects[1].bytes;
  CHECK((vector(sub(bus, {2, 2})) - sim::Vec3(8, 53, 2.6)).norm() < 1e-12);
  // Velocity of the centre: 7 m/s ahead, and 0.1 rad/s at an arm of 3 m to the left, which is west.
  CHECK((vector(sub(bus, {2, 4})) - sim::Vec3(-0.3, 7, 0)).norm() < 1e-12);
  CHECK((vector(sub(bus, {2, 5})) - sim::Vec3(-0.7, 1 - 0.03, 0)).norm() < 1e-12);
  CHECK((vector(sub(bus, {5, 4})) - sim::Vec3(-3, 0, -1.6)).norm() < 1e-12);
  CHECK(all(bus, 3).front().value == 2);                    // vehicle
  CHECK(all(sub(bus, {6}), 1).front().value == 12);         // bus
  CHECK(all(sub(messages[0], {3}), 1).front().value == 1);  // host
  CHECK(all(sub(messages[0], {1}), 2).front().value == 7);  // 3.7
}

TEST_CASE("OSI: ids are never used twice, also when a row is") {
  const TemporaryFolder folder;
  const Scene scene{.rows = 30};
  std::vector<sim::Snapshot> frames;
  for (std::int64_t step = 0; step <= 3000; step += 10) frames.push_back(scene.at(step));
  write("osi-trace", folder / "gt.osi", frames);
  std::set<std::uint64_t> ids;
  std::set<std::pair<std::size_t, std::uint32_t>> lives;
  for (const sim::Snapshot& s : frames)
    for (std::size_t row = 0; row < s.generation.size(); ++row)
      if (s.generation[row] % 2 == 1) lives.insert({row, s.generation[row]});
  for (const std::string& message : trace_messages(oracle::read_file(folder / "gt.osi")))
    for (const Field& object : all(message, 5)) ids.insert(all(sub(object.bytes, {1}), 1).front().value);
  CHECK(ids.size() == lives.size());
  CHECK(lives.size() > 100);
}

TEST_CASE("OSI in MCAP: the metadata that the norm demands, three channels, detections in the host's frame") {
  const TemporaryFolder folder;
  write("osi", folder / "run.mcap", {two_vehicles()});
  const auto reader = mcap::Reader::open(folder / "run.mcap", {.require_crc = true});
  REQUIRE(reader);
  CHECK(reader->info().header.profile.empty());
  REQUIRE(reader->info().metadata.size() == 1);
  const auto metadata = reader->metadata(0);
  REQUIRE(metadata);
  CHECK(metadata->name == "net.asam.osi.trace");
  for (const char* key :
       {"version", "min_osi_version", "max_osi_version", "min_protobuf_version", "max_protobuf_version"})
    CHECK(
        std::any_of(metadata->entries.begin(), metadata->entries.end(), [&](const auto& e) { return e.first == key; }));
  std::set<std::string> types;
  for (const auto& [id, channel] : reader->info().channels) {
    CHECK(channel.message_encoding == "protobuf");
    types.insert(reader->info().schemas.at(channel.schema_id).name);
    std::set<std::string> keys;
    for (const auto& [key, value] : channel.metadata) keys.insert(key);
    CHECK(keys.contains("net.asam.osi.trace.channel.osi_version"));
    CHECK(keys.contains("net.asam.osi.trace.channel.protobuf_version"));
  }
  CHECK(types == std::set<std::string>{"osi3.GroundTruth", "osi3.SensorData", "osi3.SensorView"});
  int seen = 0;
  REQUIRE(reader->each_message([&](const mcap::MessageView& view) {
    CHECK(view.message.publish_time == view.message.log_time);
    if (view.schema->name != "osi3.SensorData") return true;
    ++seen;
    const auto objects = all(view.message.data, 13);
    REQUIRE(objects.size() == 1);
    CHECK((vector(sub(objects[0].bytes, {2, 2})) - sim::Vec3(33, 2, 1.6)).norm() < 1e-12);
    CHECK(vector(sub(objects[0].bytes, {2, 3})).norm() < 1e-12);  // same heading
    CHECK((vector(sub(view.message.data, {3, 2})) - sim::Vec3(10, 21.4, 1.75)).norm() < 1e-12);
    return true;
  }));
  CHECK(seen == 1);
}

TEST_CASE("omega-prime: needs the map, and carries it") {
  const TemporaryFolder folder;
  auto without = make_exporter("omega-prime", folder / "o.mcap", input());
  REQUIRE_FALSE(without);
  CHECK(without.error().what.find("map") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder.path));
}
