// rosbag2 folders written here as ROS 2 writes them: definitions in IDL, compressed as whole files or message by
// message, in MCAP and in SQLite, whole and damaged.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cstring>

#include "replay/import/indexed.h"
#include "replay/mcap/compression.h"
#include "replay/mcap/writer.h"
#include "tests/replay/read_log.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using namespace replay_test;
namespace mcap = replay::mcap;

namespace {

// As rosidl writes it, with what says nothing about the bytes: comments, annotations, constants.
constexpr const char* kOdometryIdl = R"(// generated from rosidl_adapter/resource/msg.idl.em
#include "geometry_msgs/msg/PoseWithCovariance.idl"
module nav_msgs {
  module msg {
    module Odometry_Constants {
      const uint8 UNKNOWN = 0;
    };
    @verbatim (language="comment", text="This represents an estimate; it's (a \"pose\") \n" "and a twist")
    struct Odometry {
      std_msgs::msg::Header header;
      string<64> child_frame_id;  // child
      geometry_msgs::msg::PoseWithCovariance pose;
      geometry_msgs::msg::TwistWithCovariance twist;
    };
  };
};
================================================================================
IDL: geometry_msgs/msg/PoseWithCovariance
module geometry_msgs { module msg {
  typedef double double__36[36];
  struct PoseWithCovariance { geometry_msgs::msg::Pose pose; @unit (value="m2") double__36 covariance; };
}; };
================================================================================
IDL: geometry_msgs/msg/TwistWithCovariance
module geometry_msgs { module msg {
  typedef double double__36[36];
  struct TwistWithCovariance { geometry_msgs::msg::Twist twist; double__36 covariance; };
}; };
================================================================================
IDL: geometry_msgs/msg/Pose
module geometry_msgs { module msg { struct Pose { geometry_msgs::msg::Point position; geometry_msgs::msg::Quaternion orientation; }; }; };
================================================================================
IDL: geometry_msgs/msg/Twist
module geometry_msgs { module msg { struct Twist { geometry_msgs::msg::Vector3 linear, angular; }; }; };
================================================================================
IDL: geometry_msgs/msg/Point
module geometry_msgs { module msg { struct Point { double x; double y; double z; }; }; };
================================================================================
IDL: geometry_msgs/msg/Vector3
module geometry_msgs { module msg { struct Vector3 { double x; double y; double z; }; }; };
================================================================================
IDL: geometry_msgs/msg/Quaternion
module geometry_msgs { module msg { struct Quaternion { @default (value=0.0) double x; double y; double z; double w; }; }; };
================================================================================
IDL: std_msgs/msg/Header
module std_msgs { module msg { struct Header { builtin_interfaces::msg::Time stamp; string frame_id; }; }; };
================================================================================
IDL: builtin_interfaces/msg/Time
module builtin_interfaces { module msg { struct Time { int32 sec; uint32 nanosec; }; }; };
)";

// CDR, little-endian: aligned to each number's size from the byte after the header.
struct Cdr {
  std::string bytes{"\0\1\0\0", 4};
  template <class T>
  void put(T value) {
    while ((bytes.size() - 4) % sizeof(T) != 0) bytes += '\0';
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  void text(std::string_view value) {
    put(static_cast<std::uint32_t>(value.size() + 1));
    bytes.append(value);
    bytes += '\0';
  }
};

std::string zstd_frame(const std::string& bytes) {
  mcap::Compressor zstd(mcap::Compression::kZstd, 3);
  const std::string packed(zstd.compress(bytes));
  REQUIRE(!packed.empty());
  return packed;
}

constexpr int kMessages = 20;

std::uint64_t time_of(int i) { return 1'000'000'000'000u + static_cast<std::uint64_t>(i) * 50'000'000u; }

std::string odometry(int i) {
  Cdr m;
  m.put(std::int32_t{1000}), m.put(std::uint32_t(i * 50'000'000)), m.text("odom"), m.text("base_link");
  for (const double v : {3.0 + i, 4.0, 0.5, 0.0, 0.0, 0.0, 1.0}) m.put(v);
  for (int k = 0; k < 36; ++k) m.put(0.0);
  for (const double v : {20.0, 0.0, 0.0, 0.0, 0.0, 0.25}) m.put(v);
  for (int k = 0; k < 36; ++k) m.put(0.0);
  return m.bytes;
}

void write_metadata(const fs::path& folder, const std::string& file, const std::string& mode,
                    const std::string& format = "zstd") {
  write(folder / "metadata.yaml",
        "rosbag2_bagfile_information:\n  version: 5\n  message_count: 20\n  compression_format: " + format +
            "\n  compression_mode: " + mode + "\n  relative_file_paths:\n    - " + file + "\n");
}

void write_mcap(const fs::path& file, const std::vector<std::string>& messages) {
  fs::create_directories(file.parent_path());
  auto writer = mcap::Writer::open(file, {.compression = mcap::Compression::kNone});
  REQUIRE(writer);
  const auto schema = writer->add_schema("nav_msgs/msg/Odometry", "ros2idl", kOdometryIdl);
  const auto channel = writer->add_channel(schema, "/odom", "cdr");
  for (int i = 0; i < kMessages; ++i)
    REQUIRE(writer->write(channel, time_of(i), messages[static_cast<std::size_t>(i)]));
  REQUIRE(writer->close());
}

// The tables of rosbag2_storage_sqlite3, without definitions, as before ROS 2 Iron.
void write_db3(const fs::path& file, const std::vector<std::string>& messages) {
  fs::create_directories(file.parent_path());
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  const char* tables =
      "CREATE TABLE topics(id INTEGER PRIMARY KEY,name TEXT NOT NULL,type TEXT NOT NULL,serialization_format TEXT NOT "
      "NULL,offered_qos_profiles TEXT NOT NULL);"
      "CREATE TABLE messages(id INTEGER PRIMARY KEY,topic_id INTEGER NOT NULL,timestamp INTEGER NOT NULL, data BLOB "
      "NOT "
      "NULL);"
      "INSERT INTO topics VALUES(1,'/odom','nav_msgs/msg/Odometry','cdr','');";
  REQUIRE(sqlite3_exec(db, tables, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_stmt* insert = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, "INSERT INTO messages(topic_id,timestamp,data) VALUES(1,?1,?2)", -1, &insert,
                             nullptr) == SQLITE_OK);
  for (int i = 0; i < kMessages; ++i) {
    const std::string& m = messages[static_cast<std::size_t>(i)];
    sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(time_of(i)));
    sqlite3_bind_blob(insert, 2, m.data(), static_cast<int>(m.size()), SQLITE_TRANSIENT);
    REQUIRE(sqlite3_step(insert) == SQLITE_DONE);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  sqlite3_close(db);
}

std::vector<std::string> messages(bool packed) {
  std::vector<std::string> out;
  for (int i = 0; i < kMessages; ++i) out.push_back(packed ? zstd_frame(odometry(i)) : odometry(i));
  return out;
}

void write_whole(const fs::path& folder) {
  const fs::path plain = folder / "bag_0.mcap";
  write_mcap(plain, messages(false));
  const auto bytes = replay::import::read_whole(plain);
  REQUIRE(bytes);
  write(folder / "bag_0.mcap.zstd", zstd_frame(*bytes));
  fs::remove(plain);
  write_metadata(folder, "bag_0.mcap.zstd", "FILE");
}

void check_drive(const ReadLog& log, std::size_t without = kMessages) {
  REQUIRE(log.snapshots.size() == kMessages - (without < kMessages ? 1 : 0));
  std::size_t i = 0;
  for (const auto& snapshot : log.snapshots) {
    if (i == without) ++i;
    const auto& e = snapshot->entities;
    CHECK(e.x[0] == 3.0 + static_cast<double>(i++));
    CHECK(e.y[0] == 4.0);
    CHECK(e.z[0] == 0.5);
    CHECK(e.speed_mps[0] == 20.0);
    CHECK(e.yaw_rate_radps[0] == 0.25);
  }
}

}  // namespace

TEST_CASE("rosbag2 compressed as whole files, with definitions in IDL") {
  const TemporaryFolder folder;
  write_whole(folder / "bag");
  const auto log = read_log(folder / "bag");
  check_drive(log);
  for (const auto& topic : log.description.topics) CHECK(topic.dropped == 0);
  const auto bytes = replay::import::read_whole(folder / "bag" / "bag_0.mcap.zstd");
  REQUIRE(bytes);
  write(folder / "bag" / "bag_0.mcap.zstd", bytes->substr(0, bytes->size() / 2));
  CHECK_FALSE(replay::open_source({folder / "bag"}));
  write_metadata(folder / "bag", "bag_0.mcap.zstd", "FILE", "snappy");
  const auto refused = replay::open_source({folder / "bag"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().where == "compression_format");
}

TEST_CASE("rosbag2 with its messages compressed one by one; one that is damaged is left out and counted") {
  const TemporaryFolder folder;
  for (const bool sqlite : {false, true}) {
    CAPTURE(sqlite);
    const std::string file = sqlite ? "bag_0.db3" : "bag_0.mcap";
    const auto write_bag = [&](const fs::path& bag, const std::vector<std::string>& content) {
      fs::remove_all(bag);
      sqlite ? write_db3(bag / file, content) : write_mcap(bag / file, content);
      write_metadata(bag, file, "MESSAGE");
    };
    auto content = messages(true);
    write_bag(folder / "bag", content);
    const auto log = read_log(folder / "bag");
    check_drive(log);
    REQUIRE(log.description.topics.size() == 1);
    CHECK(log.description.topics[0].count == kMessages);
    CHECK(log.description.topics[0].dropped == 0);
    const std::string& sound = content[7];
    std::string bomb = sound;  // its frame header (RFC 8878, 3.1.1.1) says 2 GiB: descriptor, then eight bytes of size
    bomb = bomb.substr(0, 4) + '\xe0' + std::string("\0\0\0\x80\0\0\0\0", 8) + bomb.substr(7);
    for (const std::string& bad : {sound.substr(0, sound.size() / 2), odometry(7), std::string(), bomb}) {
      auto damaged = content;
      damaged[7] = bad;
      write_bag(folder / "bad", damaged);
      const auto rest = read_log(folder / "bad");
      check_drive(rest, 7);
      REQUIRE(rest.description.topics.size() == 1);
      CHECK(rest.description.topics[0].dropped == 1);
      CHECK_FALSE(rest.description.topics[0].why.empty());
    }
  }
}

TEST_CASE("a folder that is no log names the logs in it") {
  const TemporaryFolder folder;
  write_whole(folder / "drives" / "monday");
  const auto refused = replay::open_source({folder.path});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what == "is no log of a known format");
  CHECK(refused.error().remedy == "give a log in it: drives/monday (rosbag2 folder)");
  fs::create_directories(folder / "empty");
  const auto empty = replay::open_source({folder / "empty"});
  REQUIRE_FALSE(empty);
  CHECK(empty.error().remedy.starts_with("known are: "));
}
