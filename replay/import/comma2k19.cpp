// Segments of comma2k19 (https://github.com/commaai/comma2k19): global_pose/ (where the camera is, in metres about the
// Earth's centre, WGS 84), processed_log/CAN/speed and processed_log/IMU, each as NumPy files of times and values.
// Times are seconds since the phone was started. Not read, but described: other CAN values, raw GNSS, magnetometers,
// video.
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "replay/import/indexed.h"

namespace bitgoeul::replay::import {
namespace {

namespace fs = std::filesystem;
constexpr double kDegree = 0.017453292519943295;

struct Matrix {
  std::size_t rows = 0, columns = 1;
  std::vector<double> values;  // row after row
  double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

// The two numbers of 'shape': (rows, columns).
bool read_shape(const std::string& header, Matrix& out) {
  const std::size_t open = header.find("'shape': ("), close = header.find(')', open);
  if (open == std::string::npos || close == std::string::npos) return false;
  std::string inside = header.substr(open + 10, close - open - 10);
  for (char& c : inside)
    if (c == ',') c = ' ';
  std::vector<double> sizes;
  if (!read_numbers(inside, sizes) || sizes.empty() || sizes.size() > 2) return false;
  for (const double size : sizes)
    if (!(size >= 0 && size < 1e9)) return false;
  out.rows = static_cast<std::size_t>(sizes[0]);
  out.columns = sizes.size() > 1 ? static_cast<std::size_t>(sizes[1]) : 1;
  return true;
}

// A NumPy file of little-endian doubles (numpy.org, numpy.lib.format, version 1).
sim::Result<Matrix> read_npy(const fs::path& file) {
  const auto bytes = read_whole(file);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto refuse = [&](const char* what) { return sim::fail(what, file.string()); };
  if (bytes->size() < 10 || !bytes->starts_with("\x93NUMPY\x01")) return refuse("is no NumPy file of version 1");
  const std::size_t length = static_cast<unsigned char>((*bytes)[8]) + 256u * static_cast<unsigned char>((*bytes)[9]);
  if (10 + length > bytes->size()) return refuse("ends inside its header");
  const std::string header = bytes->substr(10, length);
  if (header.find("'<f8'") == std::string::npos) return refuse("does not hold little-endian doubles");
  Matrix out;
  if (!read_shape(header, out)) return refuse("does not tell its shape");
  const bool by_column = header.find("'fortran_order': True") != std::string::npos;
  const std::size_t count = out.rows * out.columns;
  if ((bytes->size() - 10 - length) / 8 < count) return refuse("is shorter than its shape");
  out.values.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t to = by_column ? i % out.rows * out.columns + i / out.rows : i;
    std::memcpy(&out.values[to], bytes->data() + 10 + length + 8 * i, 8);
  }
  return out;
}

// B. R. Bowring, Survey Review 28 (1985): latitude and height from geocentric coordinates on WGS 84, to a nanometre
// near the ground.
GnssFix fix_of(const sim::Vec3& p) {
  constexpr double a = 6378137.0, f = 1 / 298.257223563, b = a * (1 - f), e2 = f * (2 - f), ep2 = e2 / (1 - e2);
  const double r = std::hypot(p.x(), p.y());
  double s = 0, c = 0;
  sim::sincos(sim::atan2(p.z() * a, r * b), s, c);
  const double latitude = sim::atan2(p.z() + ep2 * b * s * s * s, r - e2 * a * c * c * c);
  double sl = 0, cl = 0;
  sim::sincos(latitude, sl, cl);
  const double n = a / std::sqrt(1 - e2 * sl * sl);
  GnssFix fix;
  fix.longitude_deg = sim::atan2(p.y(), p.x()) / kDegree;
  fix.latitude_deg = latitude / kDegree;
  fix.altitude_m = r * cl + p.z() * sl - a * a / n;
  return fix;
}

sim::Vec3 east_north_up(const GnssFix& at, const sim::Vec3& v) {
  double sl = 0, cl = 0, so = 0, co = 0;
  sim::sincos(at.latitude_deg * kDegree, sl, cl);
  sim::sincos(at.longitude_deg * kDegree, so, co);
  return {-so * v.x() + co * v.y(), -sl * co * v.x() - sl * so * v.y() + cl * v.z(),
          cl * co * v.x() + cl * so * v.y() + sl * v.z()};
}

class Comma2k19 final : public Indexed {
 public:
  explicit Comma2k19(const fs::path& path) : path_(path) {
    description_.format = "comma2k19";
    description_.time_base = "boot";
    add_file(path, description_.format);
  }

  sim::Result<void> read(const Rules& rules) {
    auto times = read_npy(path_ / "global_pose/frame_times");
    if (!times) return tl::unexpected(times.error());
    auto positions = read_npy(path_ / "global_pose/frame_positions");
    if (!positions) return tl::unexpected(positions.error());
    if (positions->columns != 3 || positions->rows != times->rows)
      return sim::fail("has not three numbers for each of frame_times",
                       (path_ / "global_pose/frame_positions").string());
    positions_ = std::move(*positions);
    if (auto velocities = read_npy(path_ / "global_pose/frame_velocities");
        velocities && velocities->columns == 3 && velocities->rows == times->rows)
      velocities_ = std::move(*velocities);
    add("global_pose", "place of the camera", TopicRole::kGnss, *times);
    add_values("CAN/speed", TopicRole::kControl, 1, speeds_);
    add_values("IMU/accelerometer", TopicRole::kImu, 3, accelerations_);
    if (auto rates = read_npy(path_ / "processed_log/IMU/gyro/value");
        rates && rates->columns == 3 && rates->rows == accelerations_.rows)
      rates_ = std::move(*rates);
    for (const char* name : {"CAN/steering_angle", "CAN/wheel_speed", "CAN/radar", "IMU/gyro_uncalibrated",
                             "IMU/magnetometer", "GNSS/live_gnss_ublox", "GNSS/live_gnss_qcom"})
      if (const auto other = read_npy(path_ / "processed_log" / name / "t"))
        add(name, "NumPy", TopicRole::kOther, *other);
    finish(rules);
    return {};
  }

 private:
  void add(const std::string& name, const std::string& type, TopicRole role, const Matrix& times) {
    const auto topic = add_topic(name, type, role);
    for (std::size_t row = 0; row < times.rows; ++row)
      if (const double t = times.at(row, 0); t >= 0 && t < 9e9)
        entries_.push_back({static_cast<std::int64_t>(std::llround(t * 1e9)), topic, row});
  }

  void add_values(const std::string& name, TopicRole role, std::size_t columns, Matrix& into) {
    const fs::path folder = path_ / "processed_log" / name;
    std::error_code error;
    if (!fs::exists(folder, error)) return;
    const auto times = read_npy(folder / "t");
    auto values = read_npy(folder / "value");
    if (times && values && values->columns == columns && values->rows == times->rows) {
      into = std::move(*values);
      return add(name, "NumPy", role, *times);
    }
    description_.issues.push_back(!times ? times.error()
                                  : !values
                                      ? values.error()
                                      : sim::Issue{.file = folder.string(), .what = "times and values do not fit"});
  }

  sim::Result<void> load(const Entry& entry, Item& item) override {
    const auto vector = [&](const Matrix& m) {
      return sim::Vec3(m.at(entry.key, 0), m.at(entry.key, 1), m.at(entry.key, 2));
    };
    // The phone's axes: ahead, right, down.
    const auto turned = [&](const Matrix& m) {
      return sim::Vec3(m.at(entry.key, 0), -m.at(entry.key, 1), -m.at(entry.key, 2));
    };
    item.frame = kBodyFrame;
    switch (description_.topics[entry.topic].role) {
      case TopicRole::kGnss: {
        const sim::Vec3 place = vector(positions_);
        if (!(place.norm() > 6.2e6 && place.norm() < 6.5e6)) return sim::fail("is not near the ground of the Earth");
        GnssFix fix = fix_of(place);
        if (entry.key < velocities_.rows) fix.velocity_mps = east_north_up(fix, vector(velocities_));
        item.payload = fix;
        return {};
      }
      case TopicRole::kControl:
        item.payload = Control{.steering_rad = {},
                               .acceleration_mps2 = {},
                               .speed_mps = speeds_.at(entry.key, 0),
                               .throttle = {},
                               .brake = {}};
        return {};
      default: {
        Imu imu;
        imu.acceleration_mps2 = turned(accelerations_);
        if (entry.key < rates_.rows) imu.angular_rate_radps = turned(rates_);
        item.payload = imu;
        return {};
      }
    }
  }

  fs::path path_;
  Matrix positions_, velocities_, speeds_, accelerations_, rates_;
};

}  // namespace

bool is_comma2k19(const fs::path& path) {
  std::error_code error;
  return is_folder(path) && fs::is_regular_file(path / "global_pose/frame_positions", error);
}

sim::Result<std::unique_ptr<Source>> open_comma2k19(const fs::path& path, const Rules& rules) {
  auto source = std::make_unique<Comma2k19>(path);
  if (auto read = source->read(rules); !read) return tl::unexpected(read.error());
  return source;
}

}  // namespace bitgoeul::replay::import
