// The formats of logs that open_source() knows, one file each in this folder. A format gives a Source of sensor frames
// in the coordinates of the log (Item::frame names them) and without Snapshots, except runs of ours; replay/local_frame
// and replay/snapshot_maker make the rest of it. Times are those of the log. Thread rule: the tables are constant.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/source.h"

namespace bitgoeul::replay::import {

// The YAML of SourceOptions::roles.
struct Rules {
  std::vector<std::pair<std::string, TopicRole>> roles;   // by topic
  std::vector<std::pair<std::string, double>> offsets_s;  // by path, as given or its last part
  std::string ego_frame;                                  // name of the body frame; empty: the usual ones
  bool zstd_messages = false;                             // not of the YAML: each message is a zstd frame (rosbag2)
};
sim::Result<Rules> read_rules(const std::filesystem::path& file);

struct Format {
  std::string_view name;
  bool (*fits)(const std::filesystem::path& path);  // by name and first bytes; never fails
  sim::Result<std::unique_ptr<Source>> (*open)(const std::filesystem::path& path, const Rules& rules);
};
std::span<const Format> formats();  // the first that fits is taken

// Frame names with a meaning; all others are found through Transforms.
inline constexpr std::string_view kBodyFrame = "base_link";  // see PointCloud
inline constexpr std::string_view kWorldFrame = "map";

// The first bytes of a file, fewer when it is shorter or cannot be read.
std::string first_bytes(const std::filesystem::path& file, std::size_t size);

bool is_osi_trace(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_osi_trace(const std::filesystem::path& path, const Rules& rules);
bool is_womd(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_womd(const std::filesystem::path& path, const Rules& rules);
bool is_run(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_run(const std::filesystem::path& path, const Rules& rules);
bool is_mcap(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_mcap(const std::filesystem::path& path, const Rules& rules);
bool is_ros1_bag(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_ros1_bag(const std::filesystem::path& path, const Rules& rules);
bool is_rosbag2_sqlite(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_rosbag2_sqlite(const std::filesystem::path& path, const Rules& rules);
bool is_rosbag2(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_rosbag2(const std::filesystem::path& path, const Rules& rules);
bool is_kitti(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_kitti(const std::filesystem::path& path, const Rules& rules);
bool is_argoverse2(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_argoverse2(const std::filesystem::path& path, const Rules& rules);
bool is_nuscenes(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_nuscenes(const std::filesystem::path& path, const Rules& rules);
bool is_comma2k19(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_comma2k19(const std::filesystem::path& path, const Rules& rules);
bool is_pcd(const std::filesystem::path& path);
sim::Result<std::unique_ptr<Source>> open_pcd(const std::filesystem::path& path, const Rules& rules);

}  // namespace bitgoeul::replay::import
