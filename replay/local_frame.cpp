#include "replay/local_frame.h"

#include <array>

#include "replay/import/formats.h"

namespace bitgoeul::replay {
namespace {

constexpr std::array<std::string_view, 8> kWorldFrames = {"map",  "odom", "world",  "local",
                                                          "city", "enu",  "global", "earth"};
constexpr std::array<std::string_view, 8> kBodyFrames = {"base_link",  "base_footprint", "ego",     "ego_vehicle",
                                                         "egovehicle", "body",           "vehicle", "rear_axle"};
constexpr double kCourseMoves_m = 0.5;  // a course needs this much way between fixes
constexpr int kDeepest = 32;            // of a chain of transforms: one that goes in a circle ends

std::string_view bare(std::string_view frame) {
  while (frame.starts_with('/')) frame.remove_prefix(1);
  return frame;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  for (const std::string_view one : names)
    if (one == name) return true;
  return false;
}

void rotate_by(Object& object, const Pose& pose) {
  object.center = pose.position + pose.rotation * object.center;
  object.yaw_rad = sim::wrap_angle(object.yaw_rad + yaw_of(pose.rotation));
  if (object.velocity_mps) object.velocity_mps = pose.rotation * *object.velocity_mps;
}

}  // namespace

bool is_world_frame(std::string_view frame) { return contains(kWorldFrames, bare(frame)); }

Pose operator*(const Pose& a, const Pose& b) {
  return {a.position + a.rotation * b.position, (a.rotation * b.rotation).normalized()};
}

Pose inverse(const Pose& pose) {
  const Eigen::Quaterniond back = pose.rotation.conjugate();
  return {back * -pose.position, back};
}

double yaw_of(const Eigen::Quaterniond& q) {
  return sim::atan2(2 * (q.w() * q.z() + q.x() * q.y()), 1 - 2 * (q.y() * q.y() + q.z() * q.z()));
}

Eigen::Quaterniond rotation_of(double yaw_rad, double pitch_rad, double roll_rad) {
  const auto about = [](double angle, const sim::Vec3& axis) {
    double s = 0, c = 0;
    sim::sincos(angle / 2, s, c);
    return Eigen::Quaterniond(c, axis.x() * s, axis.y() * s, axis.z() * s);
  };
  return about(yaw_rad, sim::Vec3::UnitZ()) * about(pitch_rad, sim::Vec3::UnitY()) *
         about(roll_rad, sim::Vec3::UnitX());
}

void LocalFrame::restart() {
  ego_.reset();
  last_fix_.reset();
  course_rad_ = 0;
}

bool LocalFrame::transforms_place_ego() const { return body_by_transforms().has_value(); }

std::optional<Pose> LocalFrame::body_by_transforms() const {
  if (!ego_frame_.empty()) return in_world(ego_frame_);
  for (const std::string_view name : kBodyFrames)
    if (const std::string frame(name); links_.contains(frame))
      if (const auto pose = in_world(frame)) return pose;
  return std::nullopt;
}

sim::Result<Origin> LocalFrame::set_origin(const GnssFix& first, const SourceOptions& options) {
  Origin origin{first.longitude_deg, first.latitude_deg, first.altitude_m, options.proj};
  if (options.proj.empty()) {
    origin.proj = "+proj=tmerc +lat_0=" + std::to_string(first.latitude_deg) +
                  " +lon_0=" + std::to_string(first.longitude_deg) +
                  " +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs";
  }
  auto made = maps::Projection::make(origin.proj, options.proj_offset_x, options.proj_offset_y,
                                     options.proj_offset_heading_rad);
  if (!made) return tl::unexpected(made.error());
  projection_.emplace(std::move(*made));
  if (auto zero = projection_->inverse(0, 0)) {
    origin.longitude_deg = zero->longitude_deg;
    origin.latitude_deg = zero->latitude_deg;
  }
  origin_altitude_m_ = options.proj.empty() ? first.altitude_m : 0;
  return origin;
}

bool LocalFrame::is_body(const std::string& frame) const {
  if (!ego_frame_.empty()) return frame == ego_frame_;
  return frame.empty() || contains(kBodyFrames, bare(frame));
}

std::optional<Pose> LocalFrame::in_body(const std::string& frame) const {
  Pose pose;
  std::string at = frame;
  for (int i = 0; i < kDeepest; ++i) {
    if (is_body(at)) return pose;
    const auto link = links_.find(at);
    if (link == links_.end()) return std::nullopt;
    pose = link->second.pose * pose;
    at = link->second.parent;
  }
  return std::nullopt;
}

std::optional<Pose> LocalFrame::in_world(const std::string& frame) const {
  Pose pose;
  std::string at = frame;
  for (int i = 0; i < kDeepest; ++i) {
    const auto link = links_.find(at);
    // odom may itself lie in map: the topmost world frame is the local one.
    if (link == links_.end()) return is_world_frame(at) ? std::optional(pose) : std::nullopt;
    pose = link->second.pose * pose;
    at = link->second.parent;
  }
  return std::nullopt;
}

Pose LocalFrame::place_of(const std::string& frame) {
  const Pose ego = ego_ ? ego_->pose : Pose{};
  if (is_world_frame(frame)) return in_world(frame).value_or(Pose{});
  if (const auto in = in_body(frame)) return ego * *in;
  if (const auto in = in_world(frame)) return *in;
  say_once("frame '" + frame + "' has no known place: what is in it is taken as seen from the vehicle's rear axle");
  return ego;
}

void LocalFrame::say_once(const std::string& what) {
  if (!said_.insert(what).second) return;
  issues_.push_back({.severity = sim::Severity::kWarning,
                     .what = what,
                     .remedy = "name the vehicle's frame in the roles file (ego_frame:)"});
}

sim::Issues LocalFrame::take_issues() { return std::exchange(issues_, {}); }

void LocalFrame::move_ego(const Pose& pose, std::int64_t time_ns, std::optional<sim::Vec3> velocity,
                          std::optional<double> yaw_rate) {
  ego_ = Ego{pose, time_ns, velocity, yaw_rate};
}

bool LocalFrame::take_transforms(const Transforms& transforms, std::int64_t time_ns) {
  for (const auto& one : transforms.transforms)
    if (one.parent != one.child && links_.size() < 10'000) links_[one.child] = {one.parent, one.pose};
  if (pose_from_ != PoseFrom::kTransforms) return false;
  const auto pose = body_by_transforms();
  if (!pose) return false;
  const bool moved = !ego_ || !ego_->pose.position.isApprox(pose->position, 0) ||
                     !ego_->pose.rotation.coeffs().isApprox(pose->rotation.coeffs(), 0);
  if (moved) move_ego(*pose, time_ns, std::nullopt, std::nullopt);
  return moved;
}

bool LocalFrame::take_pose(Item& item, EgoPose& pose, bool moves_ego) {
  if (is_world_frame(item.frame)) pose.pose = in_world(item.frame).value_or(Pose{}) * pose.pose;
  item.frame = import::kWorldFrame;
  if (moves_ego) move_ego(pose.pose, item.time_ns, pose.velocity_mps, pose.yaw_rate_radps);
  return moves_ego;
}

bool LocalFrame::take_fix(Item& item, const GnssFix& fix) {
  if (pose_from_ != PoseFrom::kGnss || !projection_) return false;
  const auto xy = projection_->forward(fix.longitude_deg, fix.latitude_deg);
  if (!xy) {
    say_once("a fix lies outside the projection's area: " + xy.error().what);
    return false;
  }
  const sim::Vec3 at(xy->x(), xy->y(), fix.altitude_m - origin_altitude_m_);
  std::optional<sim::Vec3> velocity;
  if (fix.heading_rad) {
    course_rad_ = *fix.heading_rad;
    last_fix_ = at;
  } else if (!last_fix_) {
    last_fix_ = at;
  } else if (const sim::Vec3 way = at - *last_fix_; way.head<2>().norm() >= kCourseMoves_m) {
    course_rad_ = sim::atan2(way.y(), way.x());
    last_fix_ = at;
  }
  const Pose pose{at, rotation_of(course_rad_)};
  if (fix.velocity_mps) velocity = pose.rotation.conjugate() * *fix.velocity_mps;
  move_ego(pose, item.time_ns, velocity, std::nullopt);
  return true;
}

bool LocalFrame::take_objects(Item& item, Objects& objects, bool moves_ego) {
  const Pose place = place_of(item.frame);
  bool moved = false;
  for (Object& object : objects.objects) {
    rotate_by(object, place);
    if (!object.is_ego || !moves_ego) continue;
    Pose pose{object.center, rotation_of(object.yaw_rad, object.pitch_rad, object.roll_rad)};
    pose.position.z() -= object.height_m / 2;
    std::optional<sim::Vec3> velocity;
    if (object.velocity_mps) velocity = pose.rotation.conjugate() * *object.velocity_mps;
    move_ego(pose, item.time_ns, velocity, std::nullopt);
    moved = true;
  }
  item.frame = import::kWorldFrame;
  return moved;
}

bool LocalFrame::take(Item& item, std::uint32_t pose_topic) {
  const bool moves_ego = item.topic == pose_topic;
  if (auto* transforms = std::get_if<Transforms>(&item.payload)) return take_transforms(*transforms, item.time_ns);
  if (auto* pose = std::get_if<EgoPose>(&item.payload)) {
    return take_pose(item, *pose, moves_ego && pose_from_ == PoseFrom::kPose);
  }
  if (auto* fix = std::get_if<GnssFix>(&item.payload)) return take_fix(item, *fix);
  if (auto* objects = std::get_if<Objects>(&item.payload)) {
    return take_objects(item, *objects, moves_ego && pose_from_ == PoseFrom::kObjects);
  }
  if (auto* cloud = std::get_if<PointCloud>(&item.payload)) {
    if (is_world_frame(item.frame)) {
      cloud->to_body = (ego_ ? inverse(ego_->pose) : Pose{}) * in_world(item.frame).value_or(Pose{}) * cloud->to_body;
    } else if (const auto in = in_body(item.frame)) {
      cloud->to_body = *in * cloud->to_body;
    } else {
      say_once("frame '" + item.frame +
               "' has no known place: what is in it is taken as seen from the vehicle's rear axle");
    }
  }
  return false;
}

}  // namespace bitgoeul::replay
