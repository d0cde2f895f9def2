#include "replay/import/formats.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

#include "replay/file.h"

namespace bitgoeul::replay::import {
namespace {

constexpr std::array kFormats = {
    Format{"run.mcap of this engine", is_run, open_run},
    Format{"OSI trace", is_osi_trace, open_osi_trace},
    Format{"Waymo Open Motion", is_womd, open_womd},
    Format{"MCAP", is_mcap, open_mcap},
    Format{"ROS 1 bag", is_ros1_bag, open_ros1_bag},
    Format{"rosbag2 SQLite (.db3)", is_rosbag2_sqlite, open_rosbag2_sqlite},
    Format{"rosbag2 folder", is_rosbag2, open_rosbag2},
    Format{"KITTI folder", is_kitti, open_kitti},
    Format{"Argoverse 2 sensor folder", is_argoverse2, open_argoverse2},
    Format{"nuScenes folder", is_nuscenes, open_nuscenes},
    Format{"comma2k19 segment", is_comma2k19, open_comma2k19},
    Format{"PCD", is_pcd, open_pcd},
};

sim::Result<void> read_roles(const YAML::Node& node, const std::string& file, Rules& rules) {
  for (const auto& entry : node) {
    const auto topic = entry.first.as<std::string>();
    const auto role = topic_role(entry.second.as<std::string>());
    if (!role || *role == TopicRole::kRun)
      return sim::fail(
          "is no role of a topic", file, entry.second.Mark().line + 1, topic,
          "roles are other, ego_pose, transforms, gnss, imu, lidar, camera, objects, signals, control, text");
    rules.roles.emplace_back(topic, *role);
  }
  return {};
}

}  // namespace

std::span<const Format> formats() { return kFormats; }

std::string first_bytes(const std::filesystem::path& path, std::size_t size) {
  const auto file = InFile::open(path);
  if (!file) return {};
  std::string bytes(std::min<std::uint64_t>(size, file->size()), '\0');
  if (!file->read_at(0, bytes.data(), bytes.size())) return {};
  return bytes;
}

sim::Result<Rules> read_rules(const std::filesystem::path& path) {
  Rules rules;
  const std::string file = path.string();
  try {
    const YAML::Node root = YAML::LoadFile(file);
    for (const auto& entry : root) {
      const auto key = entry.first.as<std::string>();
      if (key == "roles") {
        if (auto read = read_roles(entry.second, file, rules); !read) return tl::unexpected(read.error());
      } else if (key == "offsets_s") {
        for (const auto& offset : entry.second)
          rules.offsets_s.emplace_back(offset.first.as<std::string>(), offset.second.as<double>());
      } else if (key == "ego_frame") {
        rules.ego_frame = entry.second.as<std::string>();
      } else {
        return sim::fail("is not known here", file, entry.first.Mark().line + 1, key,
                         "keys are roles, offsets_s and ego_frame");
      }
    }
  } catch (const YAML::Exception& e) {
    return sim::fail(e.msg, file, e.mark.line + 1);
  }
  return rules;
}

}  // namespace bitgoeul::replay::import
