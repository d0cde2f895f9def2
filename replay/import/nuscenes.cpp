// Folders in the style of nuScenes (https://www.nuscenes.org/nuscenes#data-format): v1.0-NAME/*.json, tables of records
// with tokens, and the files that sample_data names. The scene with the first sample is read: poses of the vehicle,
// boxes of the samples, lidar and cameras with their mounts. Not read: radar, maps, CAN bus. Tables of more than 256
// MiB are refused (the whole of the data set; its parts are smaller).
#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "replay/import/indexed.h"
#include "replay/local_frame.h"

namespace bitgoeul::replay::import {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// The folder of the tables: the one given, or the first v1.0-* in it.
std::optional<fs::path> tables_of(const fs::path& path) {
  std::error_code error;
  const auto holds = [&](const fs::path& folder) {
    return fs::is_regular_file(folder / "ego_pose.json", error) && fs::is_regular_file(folder / "sample.json", error);
  };
  if (holds(path)) return path;
  std::vector<fs::path> found;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (holds(it->path())) found.push_back(it->path());
  if (found.empty()) return std::nullopt;
  return *std::min_element(found.begin(), found.end());
}

using Table = std::map<std::string, Json>;  // records by token

std::string text(const Json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t time_ns(const Json& record) {
  const auto found = record.find("timestamp");  // microseconds
  if (found == record.end() || !found->is_number()) return -1;
  const double us = found->get<double>();
  return us >= 0 && us < 9e15 ? static_cast<std::int64_t>(us) * 1000 : -1;
}

template <std::size_t N>
bool numbers(const Json& record, const char* key, std::array<double, N>& out) {
  const auto found = record.find(key);
  if (found == record.end() || !found->is_array() || found->size() != N) return false;
  for (std::size_t i = 0; i < N; ++i) {
    if (!(*found)[i].is_number()) return false;
    out[i] = (*found)[i].template get<double>();
  }
  return true;
}

std::optional<Pose> pose_of(const Json& record) {
  std::array<double, 3> t{};
  std::array<double, 4> q{};
  if (!numbers(record, "translation", t) || !numbers(record, "rotation", q)) return std::nullopt;
  Pose pose;
  pose.position = {t[0], t[1], t[2]};
  pose.rotation = Eigen::Quaterniond(q[0], q[1], q[2], q[3]);
  if (pose.rotation.norm() < 1e-9) return std::nullopt;
  pose.rotation.normalize();
  return pose;
}

constexpr std::pair<std::string_view, ObjectClass> kClasses[] = {{"vehicle.bus", ObjectClass::kBus},
                                                                 {"vehicle.truck", ObjectClass::kTruck},
                                                                 {"vehicle.trailer", ObjectClass::kTruck},
                                                                 {"vehicle.construction", ObjectClass::kTruck},
                                                                 {"vehicle.bicycle", ObjectClass::kBicycle},
                                                                 {"vehicle.motorcycle", ObjectClass::kMotorcycle},
                                                                 {"vehicle", ObjectClass::kCar},
                                                                 {"human", ObjectClass::kPedestrian},
                                                                 {"animal", ObjectClass::kAnimal}};

class NuScenes final : public Indexed {
 public:
  NuScenes(const fs::path& path, fs::path tables) : tables_(std::move(tables)) {
    root_ = tables_ == path ? path.parent_path() : path;
    description_.format = "nuscenes";
    description_.time_base = "unix";
    add_file(tables_, description_.format);
  }

  sim::Result<void> read(const Rules& rules) {
    for (const char* name : {"sample", "ego_pose", "sample_data", "sample_annotation", "instance", "category",
                             "calibrated_sensor", "sensor"})
      if (auto read = read_table(name); !read) return read;
    choose_scene();
    read_boxes();
    read_data();
    finish(rules);
    return {};
  }

 private:
  sim::Result<void> read_table(const std::string& name) {
    const fs::path file = tables_ / (name + ".json");
    const auto bytes = read_whole(file);
    if (!bytes) return tl::unexpected(bytes.error());
    const Json list = Json::parse(*bytes, nullptr, false);
    if (!list.is_array()) return sim::fail("is not a list of records in JSON", file.string());
    Table& table = of_[name];
    for (const Json& record : list)
      if (record.is_object()) table.emplace(text(record, "token"), record);
    return {};
  }

  const Json& record(const std::string& table, const std::string& token) const {
    static const Json kNone = Json::object();
    const auto found = of_.at(table).find(token);
    return found == of_.at(table).end() ? kNone : found->second;
  }

  void choose_scene() {
    std::set<std::string> scenes;
    std::int64_t first = -1;
    for (const auto& [token, sample] : of_.at("sample")) {
      scenes.insert(text(sample, "scene_token"));
      const std::int64_t time = time_ns(sample);
      if (first >= 0 && time >= first) continue;
      first = time;
      scene_ = text(sample, "scene_token");
    }
    if (scenes.size() > 1)
      description_.issues.push_back({.severity = sim::Severity::kInfo,
                                     .file = tables_.string(),
                                     .what = "holds " + std::to_string(scenes.size()) + " scenes; the first is read"});
  }

  bool in_scene(const std::string& sample) const { return text(record("sample", sample), "scene_token") == scene_; }

  void drop(const std::string& table, const std::string& token, const char* what) {
    description_.issues.push_back({.severity = sim::Severity::kWarning,
                                   .file = (tables_ / (table + ".json")).string(),
                                   .what = std::string(what) + ": token " + token});
  }

  void read_boxes() {
    for (const auto& [token, sample] : of_.at("sample"))
      if (in_scene(token)) boxes_[time_ns(sample)];
    for (const auto& [token, box] : of_.at("sample_annotation")) {
      const std::string sample = text(box, "sample_token");
      if (!in_scene(sample)) continue;
      const auto pose = pose_of(box);
      std::array<double, 3> size{};  // width, length, height
      if (!pose || !numbers(box, "size", size)) {
        drop("sample_annotation", token, "a box without place or size is left out");
        continue;
      }
      const std::string instance = text(box, "instance_token");
      Object object{.id = instance, .center = pose->position};
      object.object_class =
          class_of(text(record("category", text(record("instance", instance), "category_token")), "name"), kClasses);
      object.yaw_rad = yaw_of(pose->rotation);
      object.width_m = size[0];
      object.length_m = size[1];
      object.height_m = size[2];
      boxes_[time_ns(record("sample", sample))].objects.push_back(std::move(object));
    }
    const auto topic = add_topic("sample_annotation", "boxes (annotation)", TopicRole::kObjects);
    for (const auto& [time, objects] : boxes_) entries_.push_back({time, topic, 0});
  }

  // Poses of the vehicle, mounts of the sensors and their files.
  void read_data() {
    const auto pose_topic = add_topic("ego_pose", "pose of the vehicle", TopicRole::kEgoPose);
    const auto mount_topic = add_topic("calibrated_sensor", "mounts of the sensors", TopicRole::kTransforms);
    std::map<std::string, std::uint32_t> topics;
    std::set<std::string> mounts, poses;
    std::vector<std::pair<std::int64_t, Pose>> placed;
    for (const auto& [token, data] : of_.at("sample_data")) {
      if (!in_scene(text(data, "sample_token"))) continue;
      const Json& pose = record("ego_pose", text(data, "ego_pose_token"));
      const Json& mount = record("calibrated_sensor", text(data, "calibrated_sensor_token"));
      const std::string channel = text(record("sensor", text(mount, "sensor_token")), "channel");
      const auto place = pose_of(pose), at = pose_of(mount);
      if (!place || !at || channel.empty() || time_ns(data) < 0 || time_ns(pose) < 0) {
        drop("sample_data", token, "names no pose, mount or sensor and is left out");
        continue;
      }
      if (poses.insert(text(pose, "token")).second) placed.emplace_back(time_ns(pose), *place);
      if (mounts.insert(channel).second) mounts_.transforms.push_back({std::string(kBodyFrame), channel, *at});
      const std::string modality = text(record("sensor", text(mount, "sensor_token")), "modality");
      const TopicRole role = modality == "lidar"    ? TopicRole::kLidar
                             : modality == "camera" ? TopicRole::kCamera
                                                    : TopicRole::kOther;
      if (!topics.contains(channel)) topics[channel] = add_topic(channel, modality, role);
      entries_.push_back({time_ns(data), topics[channel], files_.size()});
      files_.push_back(root_ / text(data, "filename"));
    }
    for (const auto& [time, pose] : placed) {
      entries_.push_back({time, pose_topic, poses_.size()});
      poses_.push_back(pose);
    }
    if (!entries_.empty() && !mounts_.transforms.empty())
      entries_.push_back({std::min_element(entries_.begin(), entries_.end())->time_ns, mount_topic, 0});
  }

  sim::Result<void> load(const Entry& entry, Item& item) override {
    const TopicInfo& topic = description_.topics[entry.topic];
    item.frame = topic.name;
    switch (topic.role) {
      case TopicRole::kEgoPose:
        item.frame = kWorldFrame;
        item.payload = EgoPose{.pose = poses_[entry.key], .velocity_mps = {}, .yaw_rate_radps = {}};
        return {};
      case TopicRole::kObjects:
        item.frame = kWorldFrame;
        item.payload = boxes_.at(entry.time_ns);
        return {};
      case TopicRole::kTransforms:
        item.payload = mounts_;
        return {};
      default:
        break;
    }
    const fs::path& file = files_[entry.key];
    if (file.lexically_relative(root_).string().starts_with(".."))
      return sim::fail("names a file outside the data set", file.string());
    auto bytes = read_whole(file);
    if (!bytes) return tl::unexpected(bytes.error());
    if (topic.role == TopicRole::kLidar) return load_points(*bytes, item);
    item.payload = Image{.encoding = file.extension() == ".png" ? "png" : "jpeg", .data = std::move(*bytes)};
    return {};
  }

  // x, y, z, intensity, ring as floats.
  static sim::Result<void> load_points(const std::string& bytes, Item& item) {
    if (bytes.size() % 20 != 0) return sim::fail("a scan ends inside a point");
    PointCloud cloud;
    for (std::size_t at = 0; at < bytes.size(); at += 20) {
      float point[4];
      std::memcpy(point, bytes.data() + at, 16);
      cloud.x.push_back(point[0]);
      cloud.y.push_back(point[1]);
      cloud.z.push_back(point[2]);
      cloud.intensity.push_back(point[3]);
    }
    item.payload = std::move(cloud);
    return {};
  }

  fs::path root_, tables_;
  std::string scene_;
  std::map<std::string, Table> of_;
  std::map<std::int64_t, Objects> boxes_;
  std::vector<Pose> poses_;
  Transforms mounts_;
  std::vector<fs::path> files_;
};

}  // namespace

bool is_nuscenes(const fs::path& path) { return is_folder(path) && tables_of(path).has_value(); }

sim::Result<std::unique_ptr<Source>> open_nuscenes(const fs::path& path, const Rules& rules) {
  auto source = std::make_unique<NuScenes>(path, *tables_of(path));
  if (auto read = source->read(rules); !read) return tl::unexpected(read.error());
  return source;
}

}  // namespace bitgoeul::replay::import
