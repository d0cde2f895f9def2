// LocalFrame: brings sensor frames of a foreign log into one local east-north-up frame: GNSS through a projection about
// the first fix, named frames through the log's transforms, the ego's pose from the best that there is. Made and fed by
// open_source(), in order of time. Takes what it needs from each item and changes the item's coordinates in place.
// Thread rule: one thread per object.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "maps/projection.h"
#include "replay/source.h"

namespace bitgoeul::replay {

struct Ego {
  Pose pose;
  std::int64_t time_ns = 0;
  std::optional<sim::Vec3> velocity_mps;  // body frame
  std::optional<double> yaw_rate_radps;
};

class LocalFrame {
 public:
  // What the ego's pose is taken from. kObjects: from the one that is the ego, if any.
  enum class PoseFrom { kGnss, kTransforms, kObjects, kPose };

  explicit LocalFrame(std::string ego_frame) : ego_frame_(std::move(ego_frame)) {}
  void set_pose_from(PoseFrom pose_from) { pose_from_ = pose_from; }
  bool transforms_place_ego() const;  // those seen so far do
  // Where fixes come to lie. The first fix of the log is found by the caller, so that seeking does not change it.
  sim::Result<Origin> set_origin(const GnssFix& first, const SourceOptions& options);

  // pose_topic: the topic whose EgoPose or Objects move the ego. True: the ego's pose is new.
  bool take(Item& item, std::uint32_t pose_topic);
  const std::optional<Ego>& ego() const { return ego_; }
  // Forgets where the ego is, not the transforms that stand still.
  void restart();
  sim::Issues take_issues();  // told once each

 private:
  struct Link {
    std::string parent;
    Pose pose;
  };
  bool is_body(const std::string& frame) const;
  std::optional<Pose> body_by_transforms() const;
  std::optional<Pose> in_body(const std::string& frame) const;
  std::optional<Pose> in_world(const std::string& frame) const;
  Pose place_of(const std::string& frame);  // in the world; unknown ones are taken for the body
  bool take_transforms(const Transforms& transforms, std::int64_t time_ns);
  bool take_pose(Item& item, EgoPose& pose, bool moves_ego);
  bool take_fix(Item& item, const GnssFix& fix);
  bool take_objects(Item& item, Objects& objects, bool moves_ego);
  void say_once(const std::string& what);
  void move_ego(const Pose& pose, std::int64_t time_ns, std::optional<sim::Vec3> velocity,
                std::optional<double> yaw_rate);

  PoseFrom pose_from_ = PoseFrom::kObjects;
  std::string ego_frame_;
  std::map<std::string, Link> links_;  // by child
  std::optional<maps::Projection> projection_;
  double origin_altitude_m_ = 0;
  std::optional<sim::Vec3> last_fix_;
  double course_rad_ = 0;
  std::optional<Ego> ego_;
  std::set<std::string> said_;
  sim::Issues issues_;
};

bool is_world_frame(std::string_view frame);   // map, odom, world, ...
Pose operator*(const Pose& a, const Pose& b);  // of b's frame, where b is given in a's
Pose inverse(const Pose& pose);
double yaw_of(const Eigen::Quaterniond& rotation);
Eigen::Quaterniond rotation_of(double yaw_rad, double pitch_rad = 0, double roll_rad = 0);

}  // namespace bitgoeul::replay
