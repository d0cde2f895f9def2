// Folders of data sets: Argoverse 2 (files written by Apache Arrow's own library, data/README.md), nuScenes and
// comma2k19 (written here as their documentation says), and what happens when they are damaged.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "replay/file.h"
#include "replay/import/arrow.h"
#include "replay/import/indexed.h"
#include "replay/mcap/compression.h"
#include "replay/mcap/writer.h"
#include "replay/source.h"
#include "tests/replay/read_log.h"
#include "tests/replay/run_scene.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace fs = std::filesystem;
using namespace replay_test;

namespace {

fs::path data_folder() { return fs::path(bitgoeul::tests::source_dir()) / "tests/replay/data"; }

// The row of an entity by name.
std::size_t row_of(const ReadLog& log, const std::string& name) {
  for (const auto& entity : log.description.entities)
    if (entity.name == name) return entity.row;
  FAIL("there is no " << name);
  return 0;
}

}  // namespace

TEST_CASE("Argoverse 2: poses, boxes and points of files that Arrow's own library wrote") {
  const auto log = read_log(data_folder() / "argoverse2");
  CHECK(log.description.format == "argoverse 2");
  REQUIRE(log.snapshots.size() == 5);
  const std::size_t car = row_of(log, "car-1"), ped = row_of(log, "ped-1");
  for (std::size_t i = 0; i < 5; ++i) {
    const sim::Snapshot& s = *log.snapshots[i];
    CHECK(s.time_ns == 315966265000000000 + static_cast<std::int64_t>(i) * 100'000'000);
    const double c = std::cos(0.5), n = std::sin(0.5), t = static_cast<double>(i);
    const auto at = [&](double x, double y) {
      return std::pair(100 + t * c + x * c - y * n, 200 + t * n + x * n + y * c);
    };
    CHECK(s.entities.x[0] == doctest::Approx(100 + t * c).epsilon(1e-12));
    CHECK(s.entities.y[0] == doctest::Approx(200 + t * n).epsilon(1e-12));
    CHECK(s.entities.yaw_rad[0] == doctest::Approx(0.5).epsilon(1e-12));
    // Positions of rows are reference points; their boxes' middles lie center_x_m ahead.
    for (const auto& [row, x, y] : {std::tuple(car, 10 - t, 2.0), std::tuple(ped, 5.0, -3.0)}) {
      const auto [wanted_x, wanted_y] = at(x, y);
      CHECK(s.entities.x[row] + s.entities.center_x_m[row] * c == doctest::Approx(wanted_x).epsilon(1e-9));
      CHECK(s.entities.y[row] + s.entities.center_x_m[row] * n == doctest::Approx(wanted_y).epsilon(1e-9));
    }
    CHECK(s.entities.length_m[car] == 4.5);
    CHECK(s.entities.width_m[ped] == 0.7);
  }
  const auto* cloud = first<replay::PointCloud>(log);
  REQUIRE(cloud != nullptr);
  CHECK(cloud->x == std::vector<float>{1.0f, -2.5f, 3.25f});
  CHECK(cloud->y == std::vector<float>{0.5f, 0.25f, -7.0f});
  CHECK(cloud->z == std::vector<float>{0.0f, -0.125f, 2.0f});
  CHECK(cloud->intensity == std::vector<float>{1, 200, 255});
  CHECK(cloud->offset_ns == std::vector<std::int32_t>{0, 50000, -7});
  const auto* objects = first<replay::Objects>(log);
  REQUIRE(objects != nullptr);
  CHECK(objects->objects[0].object_class == replay::ObjectClass::kCar);
  CHECK(objects->objects[1].object_class == replay::ObjectClass::kPedestrian);
}

TEST_CASE("an Arrow file cut anywhere or changed in any byte of its frame is refused or gives a table, never more") {
  const TemporaryFolder folder;
  const auto bytes = replay::import::read_whole(data_folder() / "argoverse2/annotations.feather");
  REQUIRE(bytes);
  const fs::path file = folder / "a.feather";
  const auto rows = [&](const std::string& text) {
    write(file, text);
    const auto table = replay::import::read_arrow(file);
    if (!table) CHECK(table.error().file == file.string());
    return table ? table->rows : 0;
  };
  CHECK(rows(*bytes) == 10);
  for (std::size_t size = 0; size < bytes->size(); ++size) CHECK(rows(bytes->substr(0, size)) == 0);
  for (std::size_t at = 0; at < bytes->size(); ++at)
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string bad = *bytes;
      bad[at] ^= flip;
      CHECK(rows(bad) <= 1'000'000);
    }
}

namespace {

// Ten samples 0.5 s apart, a lidar each, of a vehicle that drives north at 4 m/s, and a bus that stands still.
void write_nuscenes(const fs::path& root) {
  std::string samples = "[", data = "[", poses = "[", boxes = "[";
  for (int i = 0; i < 10; ++i) {
    const std::string n = std::to_string(i), comma = i ? "," : "", us = std::to_string(1532402927000000 + i * 500000);
    samples +=
        comma + R"({"token":"s)" + n + R"(","timestamp":)" + us + R"(,"scene_token":"scene","prev":"","next":""})";
    data += comma + R"({"token":"d)" + n + R"(","sample_token":"s)" + n + R"(","ego_pose_token":"e)" + n +
            R"(","calibrated_sensor_token":"c","timestamp":)" + us +
            R"(,"fileformat":"pcd","is_key_frame":true,"filename":"samples/LIDAR_TOP/)" + n + R"(.pcd.bin"})";
    poses += comma + R"({"token":"e)" + n + R"(","timestamp":)" + us +
             R"(,"rotation":[0.7071067811865476,0,0,0.7071067811865476],"translation":[600,)" +
             std::to_string(1600 + 2 * i) + R"(,0]})";
    boxes += comma + R"({"token":"b)" + n + R"(","sample_token":"s)" + n +
             R"(","instance_token":"bus-1","translation":[605,1650,1.5],"size":[2.5,11,3],"rotation":[1,0,0,0]})";
    std::string scan(40, '\0');
    const float points[10] = {1, 2, 3, 4, 0, 5, 6, 7, 8, 31};
    std::memcpy(scan.data(), points, 40);
    write(root / "samples/LIDAR_TOP" / (n + ".pcd.bin"), scan);
  }
  const fs::path tables = root / "v1.0-mini";
  write(tables / "sample.json", samples + "]");
  write(tables / "sample_data.json", data + "]");
  write(tables / "ego_pose.json", poses + "]");
  write(tables / "sample_annotation.json", boxes + "]");
  write(tables / "instance.json", R"([{"token":"bus-1","category_token":"k"}])");
  write(tables / "category.json", R"([{"token":"k","name":"vehicle.bus.rigid"}])");
  write(tables / "calibrated_sensor.json",
        R"([{"token":"c","sensor_token":"l","translation":[0.94,0,1.84],"rotation":[1,0,0,0],"camera_intrinsic":[]}])");
  write(tables / "sensor.json", R"([{"token":"l","channel":"LIDAR_TOP","modality":"lidar"}])");
}

}  // namespace

TEST_CASE("nuScenes: the first scene's poses, boxes and scans, with the lidar where it is mounted") {
  const TemporaryFolder folder;
  write_nuscenes(folder.path);
  const auto log = read_log(folder.path);
  CHECK(log.description.format == "nuscenes");
  REQUIRE(log.snapshots.size() == 10);
  const std::size_t bus = row_of(log, "bus-1");
  for (std::size_t i = 0; i < 10; ++i) {
    const auto& e = log.snapshots[i]->entities;
    CHECK(log.snapshots[i]->time_ns == 1532402927000000000 + static_cast<std::int64_t>(i) * 500'000'000);
    CHECK(e.x[0] == 600);
    CHECK(e.y[0] == 1600 + 2 * static_cast<double>(i));
    CHECK(e.yaw_rad[0] == doctest::Approx(1.5707963267948966).epsilon(1e-12));
    CHECK(e.x[bus] + e.center_x_m[bus] == doctest::Approx(605).epsilon(1e-12));
    CHECK(e.y[bus] == 1650);
    CHECK(e.length_m[bus] == 11);
  }
  const auto* cloud = first<replay::PointCloud>(log);
  REQUIRE(cloud != nullptr);
  CHECK(cloud->x == std::vector<float>{1, 5});
  CHECK(cloud->intensity == std::vector<float>{4, 8});
  CHECK(cloud->to_body.position.z() == 1.84);
  CHECK(first<replay::Objects>(log)->objects[0].object_class == replay::ObjectClass::kBus);
  fs::remove(folder.path / "v1.0-mini/sensor.json");
  CHECK_FALSE(replay::open_source({folder.path}));
  write(folder.path / "v1.0-mini/sensor.json", "{");
  const auto broken = replay::open_source({folder.path});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().what == "is not a list of records in JSON");
}

namespace {

std::string npy(const std::vector<double>& values, std::size_t columns, bool by_column) {
  const std::size_t rows = values.size() / columns;
  std::string header = std::string("{'descr': '<f8', 'fortran_order': ") + (by_column ? "True" : "False") +
                       ", 'shape': (" + std::to_string(rows) + (columns > 1 ? ", " + std::to_string(columns) : ",") +
                       "), }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() % 256);
  out += static_cast<char>(header.size() / 256);
  out += header;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = by_column ? values[i % rows * columns + i / rows] : values[i];
    out.append(reinterpret_cast<const char*>(&value), 8);
  }
  return out;
}

// Geodetic to geocentric on WGS 84 (NIMA TR8350.2).
std::array<double, 3> geocentric(double longitude, double latitude, double height) {
  const double a = 6378137, e2 = 6.69437999014e-3, n = a / std::sqrt(1 - e2 * std::sin(latitude) * std::sin(latitude));
  return {(n + height) * std::cos(latitude) * std::cos(longitude),
          (n + height) * std::cos(latitude) * std::sin(longitude), (n * (1 - e2) + height) * std::sin(latitude)};
}

}  // namespace

TEST_CASE("comma2k19: geocentric places become fixes, and the vehicle moves as they do") {
  const TemporaryFolder folder;
  const double degree = 3.14159265358979323846 / 180, lon = 126.85 * degree, lat = 35.16 * degree;
  std::vector<double> times, places, velocities, imu_times, gyro;
  for (int i = 0; i < 40; ++i) {  // 20 m/s north
    const double radius = 6356752.3 * 1.0033;
    const auto at = geocentric(lon, lat + i * 1.0 / radius, 30);
    times.push_back(1000 + i * 0.05);
    places.insert(places.end(), at.begin(), at.end());
    for (const double v :
         {-20 * std::sin(lat) * std::cos(lon), -20 * std::sin(lat) * std::sin(lon), 20 * std::cos(lat)})
      velocities.push_back(v);
    imu_times.push_back(1000 + i * 0.05);
    for (const double g : {0.1, 0.2, 0.3 + i}) gyro.push_back(g);
  }
  write(folder / "global_pose/frame_times", npy(times, 1, false));
  write(folder / "global_pose/frame_positions", npy(places, 3, false));
  write(folder / "global_pose/frame_velocities", npy(velocities, 3, false));
  write(folder / "processed_log/IMU/accelerometer/t", npy(imu_times, 1, false));
  write(folder / "processed_log/IMU/accelerometer/value", npy(gyro, 3, true));
  write(folder / "processed_log/IMU/gyro/value", npy(gyro, 3, true));
  const auto log = read_log(folder.path);
  REQUIRE(log.description.origin);
  CHECK(log.description.origin->latitude_deg == doctest::Approx(35.16).epsilon(1e-11));
  CHECK(log.description.origin->longitude_deg == doctest::Approx(126.85).epsilon(1e-11));
  REQUIRE(log.snapshots.size() == 40);
  const auto& last = log.snapshots.back()->entities;
  const double north = last.y[0] - log.snapshots.front()->entities.y[0];
  CHECK(north == doctest::Approx(39).epsilon(0.01));
  CHECK(std::abs(last.x[0] - log.snapshots.front()->entities.x[0]) < 0.01);
  CHECK(last.yaw_rad[0] == doctest::Approx(1.5707963).epsilon(1e-4));
  CHECK(last.speed_mps[0] == doctest::Approx(20).epsilon(1e-6));
  const auto* fix = first<replay::GnssFix>(log);
  REQUIRE(fix != nullptr);
  CHECK(std::abs(fix->altitude_m - 30) < 1e-3);
  const auto* imu = first<replay::Imu>(log);
  REQUIRE(imu != nullptr);
  CHECK(imu->angular_rate_radps.x() == 0.1);
  CHECK(imu->angular_rate_radps.y() == -0.2);
  CHECK(imu->angular_rate_radps.z() == -0.3);
  write(folder / "global_pose/frame_times", npy(times, 1, false).substr(0, 200));
  CHECK_FALSE(replay::open_source({folder.path}));
}

TEST_CASE("a .pcd file that is no point cloud is refused, and named in a folder of others") {
  const TemporaryFolder folder;
  const auto write = [&](const char* name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  };
  const std::string header =
      "VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 2\nHEIGHT 1\nPOINTS 2\nDATA binary\n";
  write("a.pcd", header + std::string(24, '\0'));
  write("b.pcd", std::string(100, '\x93'));
  write("c.pcd", header + std::string(23, '\0'));
  write("d.pcd", header + std::string(24, '\0'));
  for (const auto& [name, why] : {std::pair{"b.pcd", "has no PCD header"}, {"c.pcd", "ends before its last point"}}) {
    const auto source = replay::open_source({folder / name});
    REQUIRE(!source);
    CHECK(source.error().file == (folder / name).string());
    CHECK(source.error().what == why);
  }
  auto source = replay::open_source({folder.path});
  REQUIRE_MESSAGE(source, sim::to_string(source.error()));
  const sim::Issues& issues = (*source)->description().issues;
  REQUIRE(issues.size() == 2);
  CHECK(issues[0].file == (folder / "b.pcd").string());
  CHECK(issues[1].file == (folder / "c.pcd").string());
  replay::Item item;
  std::vector<std::int64_t> times;
  for (auto next = (*source)->next(item); next && *next; next = (*source)->next(item)) times.push_back(item.time_ns);
  CHECK(times == std::vector<std::int64_t>{0, 300'000'000});  // where they stand in the folder
}
