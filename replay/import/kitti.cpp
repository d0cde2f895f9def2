// KITTI folders (cvlibs.net/datasets/kitti): object (label_2, velodyne, image_2, calib) and tracking
// (label_02*/NNNN.txt, velodyne/NNNN, image_02/NNNN, calib/NNNN.txt). They hold no times and no poses: frames are a
// tenth of a second apart, and all is seen from a vehicle that stands at the origin, its lidar 1.73 m above the ground.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>

#include "replay/import/indexed.h"
#include "replay/local_frame.h"

namespace bitgoeul::replay::import {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kFrame_ns = 100'000'000;
constexpr double kLidarHeight_m = 1.73;

// Rectified camera to lidar axes.
struct Calibration {
  Eigen::Matrix3d rotation;
  sim::Vec3 offset = sim::Vec3::Zero();
  bool known = false;
  std::optional<Eigen::Matrix<double, 3, 4>> to_px;  // of the left colour camera, from the body frame
};

Calibration read_calibration(const fs::path& file) {
  Calibration out;
  out.rotation << 0, 0, 1, -1, 0, 0, 0, -1, 0;  // x right, y down, z ahead
  const auto text = read_whole(file, 1 << 20);
  if (!text) return out;
  std::istringstream lines(*text);
  std::vector<double> rect, lidar, camera;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t gap = line.find(' ');
    if (gap == std::string::npos) continue;
    std::vector<double> numbers;
    if (!read_numbers(std::string_view(line).substr(gap), numbers)) continue;
    if (line.starts_with("R0_rect") || line.starts_with("R_rect")) rect = numbers;
    if (line.starts_with("Tr_velo")) lidar = numbers;
    if (line.starts_with("P2")) camera = numbers;
  }
  if (rect.size() != 9 || lidar.size() != 12) return out;
  Eigen::Matrix3d r, t;
  sim::Vec3 offset;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) r(i, j) = rect[static_cast<std::size_t>(i * 3 + j)];
    for (int j = 0; j < 3; ++j) t(i, j) = lidar[static_cast<std::size_t>(i * 4 + j)];
    offset(i) = lidar[static_cast<std::size_t>(i * 4 + 3)];
  }
  out.rotation = t.transpose() * r.transpose();
  out.offset = -(t.transpose() * offset);
  out.known = true;
  if (camera.size() != 12) return out;
  Eigen::Matrix<double, 3, 4> p;
  for (int i = 0; i < 12; ++i) p(i / 4, i % 4) = camera[static_cast<std::size_t>(i)];
  Eigen::Matrix4d to_camera = Eigen::Matrix4d::Identity();
  to_camera.topLeftCorner<3, 3>() = out.rotation.transpose();
  to_camera.topRightCorner<3, 1>() = -(out.rotation.transpose() * (out.offset + sim::Vec3(0, 0, kLidarHeight_m)));
  out.to_px = p * to_camera;
  return out;
}

ObjectClass class_of(std::string_view name) {
  if (name == "Car" || name == "Van") return ObjectClass::kCar;
  if (name == "Truck") return ObjectClass::kTruck;
  if (name == "Pedestrian" || name == "Person_sitting" || name == "Person") return ObjectClass::kPedestrian;
  return name == "Cyclist" ? ObjectClass::kBicycle : ObjectClass::kOther;
}

// type truncated occluded alpha box(4) h w l x y z rotation_y, the position below the middle of the box.
std::optional<Object> object_of(const std::vector<std::string>& words, std::size_t first,
                                const Calibration& calibration) {
  std::vector<double> n;
  for (std::size_t i = first + 1; i < words.size(); ++i)
    if (!read_numbers(words[i], n)) return std::nullopt;
  if (n.size() < 14 || !std::all_of(n.begin(), n.end(), [](double v) { return v > -1e6 && v < 1e6; }))
    return std::nullopt;
  Object object;
  object.object_class = class_of(words[first]);
  object.height_m = n[7];
  object.width_m = n[8];
  object.length_m = n[9];
  object.center = calibration.rotation * sim::Vec3(n[10], n[11] - n[7] / 2, n[12]) + calibration.offset;
  double s = 0, c = 0;
  sim::sincos(n[13], s, c);
  const sim::Vec3 ahead = calibration.rotation * sim::Vec3(c, 0, -s);  // the box's length points so in the camera
  object.yaw_rad = sim::atan2(ahead.y(), ahead.x());
  if (n.size() > 14) object.confidence = static_cast<float>(n[14]);
  object.image =
      ImageLabel{n[6] - n[4], n[0], static_cast<int>(n[1]), words[first] == "Van" || words[first] == "Person_sitting"};
  return object;
}

class Kitti final : public Indexed {
 public:
  Kitti(const fs::path& path, std::string format) : path_(path) {
    description_.format = std::move(format);
    description_.time_base = "frame numbers, a tenth of a second each";
    add_file(path, description_.format);
    const auto mount = add_topic("mount", "height of the lidar", TopicRole::kTransforms);
    entries_.push_back({0, mount, 0});
  }

  void add_object_folder() {
    const auto labels = files_in(path_ / "label_2", ".txt");
    for (const fs::path& file : labels)
      if (const auto frame = frame_of(file)) read_labels(file, *frame, false, path_ / "calib" / file.filename());
    finish_labels();
    add_frames("velodyne", path_ / "velodyne", ".bin", TopicRole::kLidar);
    add_frames("image_2", path_ / "image_2", ".png", TopicRole::kCamera);
  }

  void add_sequence(const fs::path& labels, const fs::path& root) {
    const std::string name = labels.stem().string();
    read_labels(labels, 0, true, root / "calib" / labels.filename());
    finish_labels();
    add_frames("velodyne", root / "velodyne" / name, ".bin", TopicRole::kLidar);
    add_frames("velodyne", root / ("seq" + name + "_velodyne_pcd"), ".pcd", TopicRole::kLidar);
    add_frames("image_02", root / "image_02" / name, ".png", TopicRole::kCamera);
  }

  void end(const Rules& rules) { finish(rules); }
  void say(sim::Issue issue) { description_.issues.push_back(std::move(issue)); }

 private:
  static std::optional<std::uint64_t> frame_of(const fs::path& file) {
    const std::string stem = file.stem().string();
    std::uint64_t frame = 0;
    const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), frame);
    if (error != std::errc() || end != stem.data() + stem.size() || frame > 10'000'000) return std::nullopt;
    return frame;
  }

  void read_labels(const fs::path& file, std::uint64_t frame, bool tracking, const fs::path& calibration_file) {
    const Calibration calibration = read_calibration(calibration_file);
    if (!calibration.known)
      say({.severity = sim::Severity::kWarning,
           .file = calibration_file.string(),
           .what = "no calibration is there: the camera is taken to be where the lidar is"});
    const auto text = read_whole(file, 64u << 20);
    if (!text) return say(text.error());
    std::istringstream lines(*text);
    int number = 0;
    if (!tracking) frames_[frame];
    for (std::string line; std::getline(lines, line);) {
      ++number;
      std::istringstream in(line);
      std::vector<std::string> words;
      for (std::string word; in >> word;) words.push_back(word);
      if (words.empty()) continue;
      if (!read_label(words, frame, tracking, calibration))
        say({.severity = sim::Severity::kWarning,
             .file = file.string(),
             .line = number,
             .what = "is no label of KITTI"});
    }
  }

  bool read_label(const std::vector<std::string>& words, std::uint64_t frame, bool tracking,
                  const Calibration& calibration) {
    const std::size_t first = tracking ? 2 : 0;
    if (words.size() <= first) return false;
    std::vector<double> ids;
    if (tracking && (!read_numbers(words[0], ids) || ids[0] < 0 || ids[0] > 1e7)) return false;
    if (tracking) frame = static_cast<std::uint64_t>(ids[0]);
    Objects& objects = frames_[frame];
    if (calibration.to_px && !objects.view) {
      objects.view = views_[frame] = std::make_shared<ImageView>();
      views_[frame]->to_px = *calibration.to_px;
    }
    if (words[first] == "DontCare") return add_unlabelled(words, first, frame);
    auto object = object_of(words, first, calibration);
    if (!object) return false;
    if (tracking) object->id = words[1];
    objects.objects.push_back(std::move(*object));
    return true;
  }

  // A region in which nobody labelled what is far away.
  bool add_unlabelled(const std::vector<std::string>& words, std::size_t first, std::uint64_t frame) {
    std::vector<double> n;
    for (std::size_t i = first + 1; i < words.size(); ++i)
      if (!read_numbers(words[i], n)) return false;
    if (n.size() < 7) return false;
    if (const auto view = views_.find(frame); view != views_.end())
      view->second->unlabelled.push_back({n[3], n[4], n[5], n[6]});
    return true;
  }

  void finish_labels() {
    const auto topic = add_topic("labels", "KITTI labels (annotation)", TopicRole::kObjects);
    for (const auto& [frame, objects] : frames_)
      entries_.push_back({static_cast<std::int64_t>(frame) * kFrame_ns, topic, frame});
  }

  void add_frames(const std::string& name, const fs::path& folder, std::string_view extension, TopicRole role) {
    const auto files = files_in(folder, extension);
    if (files.empty()) return;
    const auto topic = add_topic(name, std::string(extension.substr(1)), role);
    for (const fs::path& file : files) {
      const auto frame = frame_of(file);
      if (!frame) continue;
      entries_.push_back({static_cast<std::int64_t>(*frame) * kFrame_ns, topic, files_.size()});
      files_.push_back(file);
    }
  }

  sim::Result<void> load(const Entry& entry, Item& item) override {
    const TopicRole role = description_.topics[entry.topic].role;
    item.frame = "velodyne";
    if (role == TopicRole::kTransforms) {
      Pose pose;
      pose.position.z() = kLidarHeight_m;
      item.payload = Transforms{{{std::string(kBodyFrame), "velodyne", pose}}};
      return {};
    }
    if (role == TopicRole::kObjects) {
      item.payload = frames_.at(entry.key);
      return {};
    }
    auto bytes = read_whole(files_[entry.key]);
    if (!bytes) return tl::unexpected(bytes.error());
    if (role == TopicRole::kCamera) {
      item.frame = "image_2";
      item.payload = Image{.encoding = "png", .data = std::move(*bytes)};
      return {};
    }
    return load_points(*bytes, files_[entry.key].extension() == ".pcd", item);
  }

  static sim::Result<void> load_points(const std::string& bytes, bool pcd, Item& item) {
    PointCloud cloud;
    std::string why;
    if (pcd && !read_pcd(bytes, cloud, why)) return sim::fail(why);
    if (!pcd && bytes.size() % 16 != 0) return sim::fail("a scan ends inside a point");
    for (std::size_t at = 0; !pcd && at < bytes.size(); at += 16) {
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

  fs::path path_;
  std::map<std::uint64_t, Objects> frames_;
  std::map<std::uint64_t, std::shared_ptr<ImageView>> views_;
  std::vector<fs::path> files_;
};

// label_02, label_02_all21, ...: with files NNNN.txt.
std::optional<fs::path> tracking_labels(const fs::path& path) {
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (it->path().filename().string().starts_with("label_02") && is_folder(it->path())) return it->path();
  return std::nullopt;
}

bool is_tracking_file(const fs::path& path) {
  return path.extension() == ".txt" && path.parent_path().filename().string().starts_with("label_02");
}

}  // namespace

bool is_kitti(const fs::path& path) {
  if (!is_folder(path)) return is_tracking_file(path);
  return is_folder(path / "label_2") || tracking_labels(path).has_value();
}

sim::Result<std::unique_ptr<Source>> open_kitti(const fs::path& path, const Rules& rules) {
  const bool object = is_folder(path / "label_2");
  auto kitti = std::make_unique<Kitti>(path, object ? "kitti object" : "kitti tracking");
  if (object) {
    kitti->add_object_folder();
  } else if (!is_folder(path)) {
    kitti->add_sequence(path, path.parent_path().parent_path());
  } else {
    const auto sequences = files_in(*tracking_labels(path), ".txt");
    if (sequences.empty()) return sim::fail("holds no sequence", path.string());
    kitti->add_sequence(sequences.front(), path);
    if (sequences.size() > 1)
      kitti->say({.severity = sim::Severity::kInfo,
                  .file = path.string(),
                  .what = "holds " + std::to_string(sequences.size()) + " sequences; the first is read",
                  .remedy = "give the label file of another"});
  }
  kitti->end(rules);
  return kitti;
}

}  // namespace bitgoeul::replay::import
