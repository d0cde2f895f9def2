#include "replay/import/messages.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "replay/import/packed_points.h"
#include "replay/local_frame.h"

namespace bitgoeul::replay::import {
namespace {

using Convert = bool (*)(const Value& message, Item& item);  // false: not usable

constexpr std::size_t kMostObjects = 100'000;
constexpr std::uint64_t kMostUnpacked = 256u << 20;  // bytes of a message

sim::Vec3 vec3(const Value& v) { return {v["x"].number(), v["y"].number(), v["z"].number()}; }
bool finite(const sim::Vec3& v) { return v.allFinite() && v.cwiseAbs().maxCoeff() < 1e9; }

// Identity where there is none (all zero).
std::optional<Eigen::Quaterniond> rotation(const Value& v) {
  const Eigen::Quaterniond q(v["w"].number(), v["x"].number(), v["y"].number(), v["z"].number());
  const double norm = q.norm();
  if (norm == 0) return Eigen::Quaterniond::Identity();
  if (!std::isfinite(norm) || norm < 0.5 || norm > 2) return std::nullopt;
  return q.normalized();
}

// ROS: position and orientation; transforms: translation and rotation.
bool pose_of(const Value& v, Pose& out) {
  const Value& position = v.has("position") ? v["position"] : v["translation"];
  const auto turn = rotation(v.has("orientation") ? v["orientation"] : v["rotation"]);
  out.position = vec3(position);
  if (turn) out.rotation = *turn;
  return turn && position && finite(out.position);
}

std::string frame_of(const Value& m) {
  const Value& header = m["header"];
  return std::string((header ? header["frame_id"] : m["frame_id"]).text);
}

bool odometry(const Value& m, Item& item) {
  EgoPose ego;
  const Value& pose = m["pose"];
  if (!pose_of(pose.has("pose") ? pose["pose"] : pose, ego.pose)) return false;
  const Value& twist = m.at("twist.twist");
  const Value& linear = twist ? twist["linear"] : m["linear_velocity"];
  const Value& angular = twist ? twist["angular"] : m["angular_velocity"];
  if (linear) ego.velocity_mps = vec3(linear);
  if (angular) ego.yaw_rate_radps = angular["z"].number();
  if (ego.velocity_mps && !finite(*ego.velocity_mps)) return false;
  if (ego.yaw_rate_radps && !std::isfinite(*ego.yaw_rate_radps)) return false;
  item.payload = ego;
  return true;
}

bool add_transform(const Value& v, Transforms& out) {
  Transforms::One one;
  one.parent = v.has("parent_frame_id") ? std::string(v["parent_frame_id"].text) : frame_of(v);
  one.child = v["child_frame_id"].text;
  if (!pose_of(v.has("transform") ? v["transform"] : v, one.pose)) return false;
  out.transforms.push_back(std::move(one));
  return true;
}

bool transforms(const Value& m, Item& item) {
  Transforms out;
  if (!m.has("transforms") && !add_transform(m, out)) return false;
  for (const Value& one : m["transforms"].items)
    if (!add_transform(one, out)) return false;
  item.payload = std::move(out);
  return true;
}

bool gnss(const Value& m, Item& item) {
  GnssFix fix;
  fix.longitude_deg = m["longitude"].number(1e9);
  fix.latitude_deg = m["latitude"].number(1e9);
  fix.altitude_m = m["altitude"].number();
  if (!std::isfinite(fix.altitude_m)) fix.altitude_m = 0;  // usual where there is no altitude
  if (m.at("status.status").number(0) < 0) return false;   // no fix
  if (!(std::abs(fix.longitude_deg) <= 180 && std::abs(fix.latitude_deg) <= 90)) return false;
  const auto& covariance = m["position_covariance"].numbers;
  if (covariance.size() == 9 && m["position_covariance_type"].number() > 0 && covariance[0] >= 0)
    fix.accuracy_m = std::sqrt(std::max(covariance[0], covariance[4]));
  item.payload = fix;
  return true;
}

bool imu(const Value& m, Item& item) {
  Imu out;
  out.acceleration_mps2 = vec3(m["linear_acceleration"]);
  out.angular_rate_radps = vec3(m["angular_velocity"]);
  const auto& covariance = m["orientation_covariance"].numbers;
  const bool told = covariance.empty() || covariance[0] != -1;  // -1: the sensor gives none
  if (told && m.has("orientation")) out.orientation = rotation(m["orientation"]);
  if (!finite(out.acceleration_mps2) || !finite(out.angular_rate_radps)) return false;
  item.payload = out;
  return true;
}

bool cloud(const Value& m, Item& item) {
  PackedPoints packed;
  const bool ros = m.has("point_step");
  for (const Value& f : m["fields"].items) {
    const auto type = static_cast<int>(f[ros ? "datatype" : "type"].number());
    packed.fields.push_back({std::string(f["name"].text), static_cast<std::uint64_t>(f["offset"].whole),
                             ros ? ros_number(type) : foxglove_number(type)});
  }
  packed.stride = static_cast<std::uint64_t>(m[ros ? "point_step" : "point_stride"].whole);
  packed.data = m["data"].text;
  packed.big_endian = m["is_bigendian"].number() != 0;
  PointCloud out;
  if (!unpack(packed, out)) return false;
  if (m.has("pose") && !pose_of(m["pose"], out.to_body)) return false;
  item.payload = std::move(out);
  return true;
}

bool image(const Value& m, Item& item) {
  Image out;
  out.encoding = m[m.has("format") ? "format" : "encoding"].text;
  // "bgr8; jpeg compressed bgr8" and the like.
  for (const std::string_view name : {"jpeg", "jpg", "png", "h264", "h265", "webp"})
    if (m.has("format") && out.encoding.find(name) != std::string::npos) out.encoding = name == "jpg" ? "jpeg" : name;
  out.width = static_cast<std::uint32_t>(m["width"].number());
  out.height = static_cast<std::uint32_t>(m["height"].number());
  out.step = static_cast<std::uint32_t>(m["step"].number());
  out.data = m["data"].text;
  if (out.data.empty()) return false;
  if (!m.has("format") && out.data.size() < std::uint64_t{out.step} * out.height) return false;
  item.payload = std::move(out);
  return true;
}

// autoware_perception_msgs/ObjectClassification (and autoware_auto's first eight).
ObjectClass autoware_class(int label) {
  constexpr std::array kClasses = {ObjectClass::kUnknown, ObjectClass::kCar,        ObjectClass::kTruck,
                                   ObjectClass::kBus,     ObjectClass::kTruck,      ObjectClass::kMotorcycle,
                                   ObjectClass::kBicycle, ObjectClass::kPedestrian, ObjectClass::kAnimal};
  return label >= 0 && label < static_cast<int>(kClasses.size()) ? kClasses[static_cast<std::size_t>(label)]
                                                                 : ObjectClass::kOther;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes.substr(0, 16)) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

bool add_object(Objects& out, Object object, const Pose& pose, const sim::Vec3& size) {
  object.center = pose.position;
  object.yaw_rad = yaw_of(pose.rotation);
  object.length_m = size.x();
  object.width_m = size.y();
  object.height_m = size.z();
  const bool sound = finite(object.center) && finite(size) && (!object.velocity_mps || finite(*object.velocity_mps)) &&
                     out.objects.size() < kMostObjects;
  if (sound) out.objects.push_back(std::move(object));
  return sound;
}

bool autoware_objects(const Value& m, Item& item) {
  Objects out;
  for (const Value& v : m["objects"].items) {
    Object object;
    object.id = hex(v.at("object_id.uuid").text);
    double best = -1;
    for (const Value& c : v["classification"].items) {
      if (c["probability"].number() <= best) continue;
      best = c["probability"].number();
      object.object_class = autoware_class(static_cast<int>(c["label"].number()));
    }
    object.confidence = static_cast<float>(v["existence_probability"].number(1));
    const Value& k = v["kinematics"];
    const bool initial = k.has("initial_pose_with_covariance");
    Pose pose;
    if (!pose_of(k.at(initial ? "initial_pose_with_covariance.pose" : "pose_with_covariance.pose"), pose)) return false;
    const Value& twist = k.at(initial ? "initial_twist_with_covariance.twist" : "twist_with_covariance.twist");
    if (twist) object.velocity_mps = pose.rotation * vec3(twist["linear"]);
    if (!add_object(out, std::move(object), pose, vec3(v.at("shape.dimensions")))) return false;
  }
  item.payload = std::move(out);
  return true;
}

bool detection3d(const Value& m, Item& item) {
  Objects out;
  for (const Value& v : m["detections"].items) {
    Object object;
    object.id = v["id"].text;
    Pose pose;
    if (!pose_of(v.at("bbox.center"), pose)) return false;
    if (!add_object(out, std::move(object), pose, vec3(v.at("bbox.size")))) return false;
  }
  item.payload = std::move(out);
  return true;
}

bool scene_update(const Value& m, Item& item) {
  Objects out;
  for (const Value& entity : m["entities"].items) {
    if (item.frame.empty()) item.frame = entity["frame_id"].text;
    for (const Value& cube : entity["cubes"].items) {
      Object object;
      object.id = entity["id"].text;
      Pose pose;
      if (!pose_of(cube["pose"], pose)) return false;
      if (!add_object(out, std::move(object), pose, vec3(cube["size"]))) return false;
    }
  }
  item.payload = std::move(out);
  return true;
}

// osi3.MovingObject.Type and VehicleClassification.Type.
ObjectClass osi_class(int type, int vehicle) {
  if (type == 3) return ObjectClass::kPedestrian;
  if (type == 4) return ObjectClass::kAnimal;
  if (type != 2) return type == 1 ? ObjectClass::kOther : ObjectClass::kUnknown;
  switch (vehicle) {
    case 7:
    case 8:
    case 9:
    case 16:
      return ObjectClass::kTruck;
    case 10:
      return ObjectClass::kMotorcycle;
    case 11:
      return ObjectClass::kBicycle;
    case 12:
      return ObjectClass::kBus;
    case 13:
    case 14:
    case 15:
    case 17:
      return ObjectClass::kOther;
    default:
      return ObjectClass::kCar;
  }
}

bool osi_object(const Value& v, std::string id, std::int64_t host, bool known_host, Objects& out) {
  const Value& base = v["base"];
  Object object;
  object.id = std::move(id);
  object.is_ego = known_host && v.at("id.value").whole == host;
  const Value& type = v["type"];
  const Value& candidate = v["candidate"];
  const Value& from = type || candidate.items.empty() ? v : candidate.items.front();
  object.object_class = osi_class(static_cast<int>(from["type"].number()),
                                  static_cast<int>(from.at("vehicle_classification.type").number()));
  if (base.has("velocity")) object.velocity_mps = vec3(base["velocity"]);
  const Value& turn = base["orientation"];
  Pose pose;
  pose.position = vec3(base["position"]);
  const double yaw = turn["yaw"].number(), pitch = turn["pitch"].number(), roll = turn["roll"].number();
  if (!std::isfinite(yaw) || !std::isfinite(pitch) || !std::isfinite(roll)) return false;
  pose.rotation = rotation_of(yaw);
  object.pitch_rad = pitch;
  object.roll_rad = roll;
  const Value& size = base["dimension"];
  return add_object(out, std::move(object), pose,
                    {size["length"].number(), size["width"].number(), size["height"].number()});
}

bool osi_ground_truth(const Value& m, Item& item) {
  const Value& truth = m.has("global_ground_truth") ? m["global_ground_truth"] : m;
  const Value& host = truth.has("host_vehicle_id") ? truth["host_vehicle_id"] : m["host_vehicle_id"];
  Objects out;
  for (const Value& v : truth["moving_object"].items) {
    const std::int64_t id = v.at("id.value").whole;
    if (!osi_object(v, std::to_string(id), host["value"].whole, bool(host), out)) return false;
  }
  item.frame = kWorldFrame;
  item.payload = std::move(out);
  return true;
}

bool osi_sensor_data(const Value& m, Item& item) {
  Objects out;
  for (const Value& v : m["moving_object"].items) {
    const std::int64_t id = v.at("header.tracking_id.value").whole;
    if (!osi_object(v, std::to_string(id), 0, false, out)) return false;
  }
  item.frame = kBodyFrame;
  item.payload = std::move(out);
  return true;
}

// Of autoware_perception_msgs/TrafficLightElement: colour 1 red, 2 amber, 3 green; the strongest element counts.
bool autoware_signals(const Value& m, Item& item) {
  SignalList out;
  const Value& groups = m.has("traffic_light_groups") ? m["traffic_light_groups"] : m["signals"];
  for (const Value& group : groups.items) {
    SignalList::One one;
    const bool new_name = group.has("traffic_light_group_id");
    one.id = std::to_string(group[new_name ? "traffic_light_group_id" : "traffic_signal_id"].whole);
    for (const Value& element : group["elements"].items) {
      const auto color = static_cast<int>(element["color"].number());
      const bool flashing = element["status"].number() == 3;
      if (color == 1) one.state = flashing ? sim::SignalState::kFlashingRed : sim::SignalState::kRed;
      if (color == 2) one.state = flashing ? sim::SignalState::kFlashingYellow : sim::SignalState::kYellow;
      if (color == 3) one.state = sim::SignalState::kGreen;
    }
    if (out.signals.size() >= kMostObjects) return false;
    out.signals.push_back(std::move(one));
  }
  item.payload = std::move(out);
  return true;
}

void set_finite(std::optional<double>& out, const Value& v) {
  if (v && std::isfinite(v.real)) out = v.real;
}

bool control(const Value& m, Item& item) {
  Control out;
  set_finite(out.steering_rad, m.at("lateral.steering_tire_angle"));
  set_finite(out.acceleration_mps2, m.at("longitudinal.acceleration"));
  set_finite(out.speed_mps, m.at(m.has("longitudinal") ? "longitudinal.velocity" : "linear.x"));
  if (!out.speed_mps) set_finite(out.speed_mps, m.at("twist.linear.x"));
  if (!out.speed_mps && !out.steering_rad && !out.acceleration_mps2) return false;
  item.payload = out;
  return true;
}

bool text(const Value& m, Item& item) {
  Text out;
  const Value& said = m.has("msg") ? m["msg"] : m.has("message") ? m["message"] : m["data"];
  out.text = said.text;
  out.source = m["name"].text;
  const int level = static_cast<int>(m["level"].number());
  // ROS 2: 10 to 50; ROS 1: powers of two; Foxglove: 0 to 5.
  if (level >= 10)
    out.level = std::min(level / 10, 5);
  else if (m.has("msg") && level > 0)
    out.level = level >= 16 ? 5 : level >= 8 ? 4 : level >= 4 ? 3 : level;
  else
    out.level = std::clamp(level, 0, 5);
  item.payload = std::move(out);
  return true;
}

struct Known {
  std::string_view type;  // as plain_type gives it; with a leading *: ends so
  TopicRole role;
  Convert convert;
};
constexpr std::array kKnown = {
    Known{"nav_msgs/Odometry", TopicRole::kEgoPose, odometry},
    Known{"foxglove.Odometry", TopicRole::kEgoPose, odometry},
    Known{"geometry_msgs/PoseStamped", TopicRole::kEgoPose, odometry},
    Known{"geometry_msgs/PoseWithCovarianceStamped", TopicRole::kEgoPose, odometry},
    Known{"foxglove.PoseInFrame", TopicRole::kEgoPose, odometry},
    Known{"tf2_msgs/TFMessage", TopicRole::kTransforms, transforms},
    Known{"tf/tfMessage", TopicRole::kTransforms, transforms},
    Known{"geometry_msgs/TransformStamped", TopicRole::kTransforms, transforms},
    Known{"foxglove.FrameTransform", TopicRole::kTransforms, transforms},
    Known{"foxglove.FrameTransforms", TopicRole::kTransforms, transforms},
    Known{"sensor_msgs/NavSatFix", TopicRole::kGnss, gnss},
    Known{"foxglove.LocationFix", TopicRole::kGnss, gnss},
    Known{"sensor_msgs/Imu", TopicRole::kImu, imu},
    Known{"sensor_msgs/PointCloud2", TopicRole::kLidar, cloud},
    Known{"foxglove.PointCloud", TopicRole::kLidar, cloud},
    Known{"sensor_msgs/Image", TopicRole::kCamera, image},
    Known{"sensor_msgs/CompressedImage", TopicRole::kCamera, image},
    Known{"foxglove.RawImage", TopicRole::kCamera, image},
    Known{"foxglove.CompressedImage", TopicRole::kCamera, image},
    Known{"foxglove.CompressedVideo", TopicRole::kCamera, image},
    Known{"*perception_msgs/DetectedObjects", TopicRole::kObjects, autoware_objects},
    Known{"*perception_msgs/TrackedObjects", TopicRole::kObjects, autoware_objects},
    Known{"*perception_msgs/PredictedObjects", TopicRole::kObjects, autoware_objects},
    Known{"vision_msgs/Detection3DArray", TopicRole::kObjects, detection3d},
    Known{"foxglove.SceneUpdate", TopicRole::kObjects, scene_update},
    Known{"osi3.GroundTruth", TopicRole::kObjects, osi_ground_truth},
    Known{"osi3.SensorView", TopicRole::kObjects, osi_ground_truth},
    Known{"osi3.SensorData", TopicRole::kObjects, osi_sensor_data},
    Known{"*perception_msgs/TrafficLightGroupArray", TopicRole::kSignals, autoware_signals},
    Known{"*perception_msgs/TrafficSignalArray", TopicRole::kSignals, autoware_signals},
    Known{"autoware_control_msgs/Control", TopicRole::kControl, control},
    Known{"autoware_auto_control_msgs/AckermannControlCommand", TopicRole::kControl, control},
    Known{"geometry_msgs/Twist", TopicRole::kControl, control},
    Known{"geometry_msgs/TwistStamped", TopicRole::kControl, control},
    Known{"std_msgs/String", TopicRole::kText, text},
    Known{"rcl_interfaces/Log", TopicRole::kText, text},
    Known{"rosgraph_msgs/Log", TopicRole::kText, text},
    Known{"foxglove.Log", TopicRole::kText, text},
};

const Known* known(std::string_view type) {
  const std::string plain = plain_type(type);
  for (const Known& one : kKnown) {
    const bool tail = one.type.starts_with('*');
    if (tail ? plain.ends_with(one.type.substr(1)) : plain == one.type) return &one;
  }
  return nullptr;
}

}  // namespace

TopicRole role_of(std::string_view type, std::string_view topic) {
  const Known* one = known(type);
  if (one == nullptr) return TopicRole::kOther;
  // A pose may be a goal or a guess as well.
  const auto says = [&](std::string_view word) { return topic.find(word) != std::string_view::npos; };
  if (one->role == TopicRole::kEgoPose && (says("goal") || says("initial") || says("target"))) return TopicRole::kOther;
  return one->role;
}

sim::Result<bool> to_payload(const Value& message, std::string_view type, Item& item) {
  const Known* one = known(type);
  if (one == nullptr) return false;
  item.frame = frame_of(message);
  if (one->convert(message, item)) return true;
  return sim::fail("a message holds no usable " + std::string(to_string(one->role)));
}

std::uint32_t MessageTopics::add(Description& description, std::string topic, MessageType type) {
  TopicInfo info;
  info.name = std::move(topic);
  info.type = type.name;
  info.encoding = type.encoding;
  info.role = role_of(type.name, info.name);
  for (const auto& [name, role] : rules_.roles)
    if (name == info.name) info.role = role;
  if (info.role != TopicRole::kOther && known(type.name) == nullptr) {
    info.why = "its type is not one that can be a " + std::string(to_string(info.role));
    info.role = TopicRole::kOther;
  }
  topics_.push_back({.type = std::move(type)});
  description.topics.push_back(std::move(info));
  return static_cast<std::uint32_t>(description.topics.size() - 1);
}

bool MessageTopics::wants(const TopicInfo& topic) const {
  if (topic.role == TopicRole::kOther) return false;
  return roles_.empty() || std::find(roles_.begin(), roles_.end(), topic.role) != roles_.end();
}

// As rosbag2 has it: a message that is compressed tells its size.
sim::Result<std::string_view> MessageTopics::unpacked(std::string_view message) {
  if (!rules_.zstd_messages) return message;
  const auto size = mcap::zstd_payload_size(message);
  if (!size) return sim::fail("a message is no zstd frame that tells its size");
  if (*size > kMostUnpacked || !mcap::can_hold("zstd", message.size(), *size))
    return sim::fail("a message declares " + std::to_string(*size) + " bytes");
  unpacked_.resize(*size);
  if (auto done = decompressor_.decompress("zstd", message, unpacked_.data(), unpacked_.size()); !done)
    return tl::unexpected(done.error());
  return unpacked_;
}

bool MessageTopics::take(Description& description, std::uint32_t topic, std::string_view message, Item& item) {
  TopicInfo& info = description.topics[topic];
  One& one = topics_[topic];
  if (!wants(info)) return false;
  const auto drop = [&](const std::string& why) {
    ++info.dropped;
    if (info.why.empty()) info.why = why;
    return false;
  };
  if (!one.decoder && !one.failed) {
    auto made = make_decoder(one.type);
    if (!made) info.why = made.error().what;
    one.failed = !made;
    if (made) one.decoder = std::move(*made);
  }
  if (one.failed) return drop(info.why);
  const auto plain = unpacked(message);
  if (!plain) return drop(plain.error().what);
  const auto value = one.decoder->decode(*plain);
  if (!value) return drop(value.error().what);
  const auto given = to_payload(*value, one.type.name, item);
  if (!given) return drop(given.error().what);
  item.topic = topic;
  return *given;
}

}  // namespace bitgoeul::replay::import
