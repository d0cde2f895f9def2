// Folders of the Argoverse 2 sensor data set (https://argoverse.github.io/user-guide): city_SE3_egovehicle.feather
// (where the vehicle is in the city's frame), annotations.feather (boxes in the vehicle's frame),
// sensors/lidar/TIME.feather (points in the vehicle's frame), sensors/cameras/NAME/TIME.jpg. Times are nanoseconds of
// the vehicle's clock. Not read: flow labels, maps, ego_motion, motion forecasting (Parquet).
#include <charconv>
#include <map>
#include <optional>

#include "replay/import/arrow.h"
#include "replay/import/indexed.h"
#include "replay/local_frame.h"

namespace bitgoeul::replay::import {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPoses = "city_SE3_egovehicle.feather";
constexpr std::array<const char*, 2> kAnnotations = {"annotations.feather", "annotations_with_ego.feather"};

std::optional<fs::path> annotations_of(const fs::path& path) {
  std::error_code error;
  for (const char* name : kAnnotations)
    if (fs::is_regular_file(path / name, error)) return path / name;
  return std::nullopt;
}

// Categories of the sensor data set; the others are things, and riders' devices.
constexpr std::pair<std::string_view, ObjectClass> kClasses[] = {{"REGULAR_VEHICLE", ObjectClass::kCar},
                                                                 {"EGO_VEHICLE", ObjectClass::kCar},
                                                                 {"LARGE_VEHICLE", ObjectClass::kTruck},
                                                                 {"BOX_TRUCK", ObjectClass::kTruck},
                                                                 {"TRUCK", ObjectClass::kTruck},
                                                                 {"VEHICULAR_TRAILER", ObjectClass::kTruck},
                                                                 {"BUS", ObjectClass::kBus},
                                                                 {"ARTICULATED_BUS", ObjectClass::kBus},
                                                                 {"SCHOOL_BUS", ObjectClass::kBus},
                                                                 {"MOTORCYCL", ObjectClass::kMotorcycle},
                                                                 {"BICYCL", ObjectClass::kBicycle},
                                                                 {"PEDESTRIAN", ObjectClass::kPedestrian},
                                                                 {"OFFICIAL_SIGNALER", ObjectClass::kPedestrian},
                                                                 {"ANIMAL", ObjectClass::kAnimal},
                                                                 {"DOG", ObjectClass::kAnimal}};

// The columns of a pose; false: some are missing.
struct PoseColumns {
  std::array<std::vector<double>, 7> of;  // qw qx qy qz tx ty tz
  bool read(const ArrowTable& table) {
    static constexpr const char* kNames[] = {"qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m"};
    for (std::size_t i = 0; i < 7; ++i) {
      of[i] = table.numbers(kNames[i]);
      if (of[i].size() != table.rows) return false;
    }
    return true;
  }
  Pose at(std::size_t row) const {
    Pose pose;
    pose.rotation = Eigen::Quaterniond(of[0][row], of[1][row], of[2][row], of[3][row]);
    pose.position = {of[4][row], of[5][row], of[6][row]};
    if (pose.rotation.norm() > 1e-9) pose.rotation.normalize();
    return pose;
  }
};

std::optional<std::int64_t> time_of(const fs::path& file) {
  const std::string stem = file.stem().string();
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), time);
  if (error != std::errc() || end != stem.data() + stem.size() || time < 0) return std::nullopt;
  return time;
}

class Argoverse2 final : public Indexed {
 public:
  explicit Argoverse2(const fs::path& path) : path_(path) {
    description_.format = "argoverse 2";
    description_.time_base = "nanoseconds of the vehicle's clock";
    description_.issues.push_back({.severity = sim::Severity::kInfo,
                                   .file = path.string(),
                                   .what = "heights count from the rear axle, about a wheel's radius above the ground; "
                                           "maps, flow labels and motion forecasting are not read"});
    add_file(path, description_.format);
  }

  sim::Result<void> read(const Rules& rules) {
    std::error_code error;
    if (fs::exists(path_ / kPoses, error))
      if (auto read = read_poses(); !read) return read;
    if (const auto file = annotations_of(path_))
      if (auto read = read_annotations(*file); !read) return read;
    add_frames("lidar", path_ / "sensors/lidar", ".feather", TopicRole::kLidar);
    std::vector<fs::path> cameras;
    for (fs::directory_iterator it(path_ / "sensors/cameras", error), end; !error && it != end; it.increment(error))
      cameras.push_back(it->path());
    std::sort(cameras.begin(), cameras.end());
    for (const fs::path& camera : cameras) add_frames(camera.filename().string(), camera, ".jpg", TopicRole::kCamera);
    finish(rules);
    return {};
  }

 private:
  static tl::unexpected<sim::Issue> misses(const fs::path& file, const char* what) {
    return sim::fail(std::string("misses the columns of ") + what, file.string(), 0, {},
                     "give a folder of the Argoverse 2 sensor data set");
  }

  sim::Result<void> read_poses() {
    const auto table = read_arrow(path_ / kPoses);
    if (!table) return tl::unexpected(table.error());
    const auto* times = table->whole("timestamp_ns");
    PoseColumns columns;
    if (!times || !columns.read(*table)) return misses(path_ / kPoses, "a pose");
    const auto topic = add_topic("city_SE3_egovehicle", "pose of the vehicle", TopicRole::kEgoPose);
    for (std::size_t row = 0; row < table->rows; ++row) {
      entries_.push_back({(*times)[row], topic, row});
      poses_.push_back(columns.at(row));
    }
    return {};
  }

  sim::Result<void> read_annotations(const fs::path& file) {
    const auto table = read_arrow(file);
    if (!table) return tl::unexpected(table.error());
    const auto* times = table->whole("timestamp_ns");
    const auto *ids = table->texts("track_uuid"), *categories = table->texts("category");
    const auto length = table->numbers("length_m"), width = table->numbers("width_m");
    const auto height = table->numbers("height_m");
    PoseColumns columns;
    const std::size_t rows = table->rows;
    if (!times || !ids || !categories || length.size() != rows || width.size() != rows || height.size() != rows ||
        !columns.read(*table))
      return misses(file, "boxes");
    for (std::size_t row = 0; row < rows; ++row) {
      const Pose pose = columns.at(row);
      Object object{.id = (*ids)[row], .object_class = class_of((*categories)[row], kClasses), .center = pose.position};
      object.yaw_rad = yaw_of(pose.rotation);
      object.length_m = length[row];
      object.width_m = width[row];
      object.height_m = height[row];
      object.is_ego = (*categories)[row] == "EGO_VEHICLE";
      frames_[(*times)[row]].objects.push_back(std::move(object));
    }
    const auto topic = add_topic("annotations", "boxes (annotation)", TopicRole::kObjects);
    for (const auto& [time, objects] : frames_) entries_.push_back({time, topic, 0});
    return {};
  }

  void add_frames(const std::string& name, const fs::path& folder, std::string_view extension, TopicRole role) {
    const auto files = files_in(folder, extension);
    if (files.empty()) return;
    const auto topic = add_topic(name, std::string(extension.substr(1)), role);
    for (const fs::path& file : files) {
      const auto time = time_of(file);
      if (!time) continue;
      entries_.push_back({*time, topic, files_.size()});
      files_.push_back(file);
    }
  }

  sim::Result<void> load(const Entry& entry, Item& item) override {
    const TopicInfo& topic = description_.topics[entry.topic];
    item.frame = kBodyFrame;
    switch (topic.role) {
      case TopicRole::kEgoPose:
        item.frame = kWorldFrame;
        item.payload = EgoPose{.pose = poses_[entry.key], .velocity_mps = {}, .yaw_rate_radps = {}};
        return {};
      case TopicRole::kObjects:
        item.payload = frames_.at(entry.time_ns);
        return {};
      case TopicRole::kLidar:
        return load_points(files_[entry.key], item);
      default:
        break;
    }
    auto bytes = read_whole(files_[entry.key]);
    if (!bytes) return tl::unexpected(bytes.error());
    item.frame = topic.name;
    item.payload = Image{.encoding = "jpeg", .data = std::move(*bytes)};
    return {};
  }

  static sim::Result<void> load_points(const fs::path& file, Item& item) {
    const auto table = read_arrow(file);
    if (!table) return tl::unexpected(table.error());
    PointCloud cloud;
    const auto floats = [&](const char* name) {
      const auto numbers = table->numbers(name);
      return std::vector<float>(numbers.begin(), numbers.end());
    };
    cloud.x = floats("x");
    cloud.y = floats("y");
    cloud.z = floats("z");
    cloud.intensity = floats("intensity");
    if (const auto* offsets = table->whole("offset_ns")) cloud.offset_ns.assign(offsets->begin(), offsets->end());
    if (cloud.x.size() != table->rows || cloud.y.size() != table->rows || cloud.z.size() != table->rows)
      return sim::fail("misses the columns x, y and z", file.string());
    item.payload = std::move(cloud);
    return {};
  }

  fs::path path_;
  std::vector<Pose> poses_;
  std::map<std::int64_t, Objects> frames_;
  std::vector<fs::path> files_;
};

}  // namespace

bool is_argoverse2(const fs::path& path) {
  std::error_code error;
  return is_folder(path) && (fs::is_regular_file(path / kPoses, error) || annotations_of(path).has_value());
}

sim::Result<std::unique_ptr<Source>> open_argoverse2(const fs::path& path, const Rules& rules) {
  auto source = std::make_unique<Argoverse2>(path);
  if (auto read = source->read(rules); !read) return tl::unexpected(read.error());
  return source;
}

}  // namespace bitgoeul::replay::import
