// Source: one thing that everything reads: a time-ordered stream of Snapshots and sensor frames, from a run of ours, a
// fleet's log in any format of replay/import/, or several of them as one. Made by open_source(); read by the viewer,
// `replay`, metrics and `log info`. Metres in a local east-north-up frame (Origin), radians, nanoseconds of log time.
// A log that is damaged is served as far as it is whole; description() says what is lost, and grows while it is read.
// Memory is bounded by chunks and single messages, not by the log. Thread rule: one thread per source.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "replay/run_log.h"
#include "sim/math.h"
#include "sim/result.h"
#include "sim/snapshot.h"

namespace bitgoeul::replay {

// What a topic is for. kOther is described and not decoded.
enum class TopicRole : std::uint8_t {
  kOther,
  kEgoPose,
  kTransforms,  // of named frames: mounts of sensors, and the ego's pose where nothing better is there
  kGnss,
  kImu,
  kLidar,
  kCamera,
  kObjects,
  kSignals,
  kControl,
  kText,
  kRun,  // of run.mcap: becomes Snapshots
};
std::string_view to_string(TopicRole role);
std::optional<TopicRole> topic_role(std::string_view name);  // inverse of to_string

struct TopicInfo {
  std::string name, type, encoding;  // encoding: cdr, ros1, protobuf, json, ... or that of the folder
  TopicRole role = TopicRole::kOther;
  std::string frame;  // of the first message read, where it says one
  std::uint64_t count = 0;
  std::int64_t start_ns = 0, end_ns = 0;  // of its messages, where known: else those of the log
  double rate_hz = 0;                     // (count - 1) / (end - start), 0 = unknown
  std::uint64_t dropped = 0;              // messages read so far that could not be decoded
  std::string why;                        // why the first of them, or why the topic cannot be decoded at all
};

struct FileInfo {
  std::string path, format;  // "mcap", "ros1 bag", "rosbag2 sqlite3", ...
  std::uint64_t bytes = 0;
  bool complete = true;
  std::string why_not_complete;
};

// Where (0, 0, 0) of the local frame lies on Earth, when the log says so. proj: with maps::Projection.
struct Origin {
  double longitude_deg = 0, latitude_deg = 0, altitude_m = 0;
  std::string proj;
};

struct Description {
  std::string format;  // of the log as a whole
  std::vector<FileInfo> files;
  std::vector<TopicInfo> topics;
  std::int64_t start_ns = 0, end_ns = 0;  // first and last message
  std::string time_base;                  // "simulated", "unix", "gps", "boot", "frame numbers": what zero is
  std::optional<Origin> origin;
  std::string frame;                      // one sentence: what the local frame of the Snapshots is; empty: no Snapshots
  std::vector<EntityInfo> entities;       // names by row, as they become known; rows of a log may be used again
  std::vector<std::string> type_names;    // what Entities::type counts; empty: the vehicle catalogue
  std::vector<std::string> signal_names;  // by row of Signals; empty: the map's signal groups
  std::optional<RunHeader> run;           // of a run of ours
  sim::Issues issues;                     // what could not be read and why
};

struct Pose {
  sim::Vec3 position = sim::Vec3::Zero();
  Eigen::Quaterniond rotation = Eigen::Quaterniond::Identity();
};

// Points in the frame of their sensor; to_body takes them to the ego's body frame (origin on the ground below the rear
// axle, x ahead, y left), as far as mounts are known. Columns of one length; intensity and offset_ns may be empty.
struct PointCloud {
  Pose to_body;
  std::vector<float> x, y, z, intensity;
  std::vector<std::int32_t> offset_ns;  // of each point after the item's time
};
struct Image {
  std::string encoding;  // jpeg png h264 h265 ..., or of pixels: rgb8 bgr8 rgba8 bgra8 mono8 mono16 bayer_rggb8 ...
  std::uint32_t width = 0, height = 0, step = 0;  // 0 for compressed images; step: bytes of a row
  std::string data;
};
struct GnssFix {
  double longitude_deg = 0, latitude_deg = 0, altitude_m = 0;
  double accuracy_m = -1;                 // horizontal, one sigma; -1 = unknown
  std::optional<double> heading_rad;      // counter-clockwise from east
  std::optional<sim::Vec3> velocity_mps;  // east, north, up
};
struct Imu {
  sim::Vec3 acceleration_mps2 = sim::Vec3::Zero(), angular_rate_radps = sim::Vec3::Zero();
  std::optional<Eigen::Quaterniond> orientation;
};
struct EgoPose {
  Pose pose;                              // of the body in the local frame
  std::optional<sim::Vec3> velocity_mps;  // in the body frame
  std::optional<double> yaw_rate_radps;
};
enum class ObjectClass : std::uint8_t {
  kUnknown,
  kCar,
  kTruck,
  kBus,
  kMotorcycle,
  kBicycle,
  kPedestrian,
  kAnimal,
  kOther
};
std::string_view to_string(ObjectClass c);
inline constexpr std::size_t kObjectClasses = 9;

// Of a label that was drawn on a picture (KITTI): how well it is seen there.
struct ImageLabel {
  double height_px = 0, truncation = 0;
  int occlusion = 0;       // 0 not, 1 partly, 2 largely, 3 unknown
  bool neighbour = false;  // of a class that looks alike: its detection is neither asked for nor wrong
};
// The picture that labels were drawn on.
struct ImageView {
  struct Area {
    double left = 0, top = 0, right = 0, bottom = 0;
  };
  Eigen::Matrix<double, 3, 4> to_px = Eigen::Matrix<double, 3, 4>::Zero();  // of points in the ego's body frame
  std::vector<Area> unlabelled;                                             // pixels; what is there nobody has labelled
};

struct Object {
  std::string id;  // empty: a detection without a track
  ObjectClass object_class = ObjectClass::kUnknown;
  sim::Vec3 center = sim::Vec3::Zero();  // of the box, in the local frame
  double yaw_rad = 0, pitch_rad = 0, roll_rad = 0;
  double length_m = 0, width_m = 0, height_m = 0;
  std::optional<sim::Vec3> velocity_mps;  // in the local frame
  float confidence = 1;
  bool is_ego = false;  // the log's own vehicle among its objects
  std::optional<ImageLabel> image;
};
struct Objects {
  std::vector<Object> objects;
  std::shared_ptr<const ImageView> view;  // null: they were labelled on no picture
};
struct SignalList {
  struct One {
    std::string id;
    sim::SignalState state = sim::SignalState::kOff;
  };
  std::vector<One> signals;
};
struct Control {
  std::optional<double> steering_rad, acceleration_mps2, speed_mps, throttle, brake;  // throttle, brake: 0 to 1
};
struct Transforms {
  struct One {
    std::string parent, child;
    Pose pose;  // of child in parent
  };
  std::vector<One> transforms;
};
struct Text {
  int level = 0;  // 0 unknown, 1 debug, 2 info, 3 warning, 4 error, 5 fatal
  std::string source, text;
};

using Payload = std::variant<std::monostate, std::shared_ptr<const sim::Snapshot>, PointCloud, Image, GnssFix, Imu,
                             EgoPose, Objects, SignalList, Control, Transforms, Text>;

inline constexpr std::uint32_t kSnapshotTopic = std::numeric_limits<std::uint32_t>::max();

struct Item {
  std::int64_t time_ns = 0;
  std::uint32_t topic = 0;  // of description().topics; kSnapshotTopic for Snapshots
  std::string frame;
  Payload payload;
};

// Snapshots of foreign logs: row 0 is the log's own vehicle (role ego), `step` counts milliseconds of the log, `hash`
// is zero. Those of our runs are as they were recorded.
class Source {
 public:
  virtual ~Source() = default;
  virtual const Description& description() const = 0;
  // Decode only these from now on (empty: all), and what Snapshots need.
  virtual void select(const std::vector<TopicRole>& roles) = 0;
  // next() then gives the items at or after this time; Snapshots from there on are complete.
  virtual sim::Result<void> seek(std::int64_t time_ns) = 0;
  // False at the end. Items of equal time: in the order of the files given, then of the log; a Snapshot comes after the
  // messages that it was made of. What cannot be decoded is left out and counted (TopicInfo::dropped).
  virtual sim::Result<bool> next(Item& item) = 0;
};

struct SourceOptions {
  std::filesystem::path roles;        // YAML: see README of replay; empty = by type and topic
  std::vector<double> offsets_s;      // added to the times of the files or folders given, in their order
  std::vector<TopicRole> only_roles;  // see Source::select
  bool snapshots = true;              // false: sensor frames only
  std::string proj;  // local frame for GNSS (a map's projection); empty = transverse Mercator, first fix
  double proj_offset_x = 0, proj_offset_y = 0, proj_offset_heading_rad = 0;
};

// Files or folders as one log. Fails when one of them cannot be opened at all, with what was looked for.
sim::Result<std::unique_ptr<Source>> open_source(const std::vector<std::filesystem::path>& paths,
                                                 const SourceOptions& options = {});

// The first Snapshot at or after time_ns, else the last one before it; null when the source has none.
sim::Result<std::shared_ptr<const sim::Snapshot>> snapshot_at(Source& source, std::int64_t time_ns);

}  // namespace bitgoeul::replay
