#include "replay/sensors/sensor_log.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "replay/descriptor_set.h"
#include "replay/local_frame.h"
#include "replay/mcap/writer.h"
#include "replay/schema/foxglove/foxglove.pb.h"
#include "replay/schema/osi/osi_ground_truth.pb.h"
#include "replay/schema/osi/osi_sensor.pb.h"

namespace bitgoeul::replay {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

// What osi3 calls each class: MovingObject.Type and VehicleClassification.Type.
std::pair<int, int> osi_type(ObjectClass c) {
  switch (c) {
    case ObjectClass::kCar:
      return {2, 4};
    case ObjectClass::kTruck:
      return {2, 7};
    case ObjectClass::kBus:
      return {2, 12};
    case ObjectClass::kMotorcycle:
      return {2, 10};
    case ObjectClass::kBicycle:
      return {2, 11};
    case ObjectClass::kPedestrian:
      return {3, 0};
    case ObjectClass::kAnimal:
      return {4, 0};
    case ObjectClass::kOther:
      return {1, 0};
    case ObjectClass::kUnknown:
      break;
  }
  return {0, 0};
}

template <class Base>
void set_base(Base& base, const Box& box) {
  base.mutable_position()->set_x(box.x);
  base.mutable_position()->set_y(box.y);
  base.mutable_position()->set_z(box.z);
  base.mutable_orientation()->set_yaw(box.yaw_rad);
  base.mutable_orientation()->set_pitch(0);
  base.mutable_orientation()->set_roll(0);
  base.mutable_dimension()->set_length(box.length_m);
  base.mutable_dimension()->set_width(box.width_m);
  base.mutable_dimension()->set_height(box.height_m);
  if (!box.has_velocity) return;
  base.mutable_velocity()->set_x(box.vx_mps);
  base.mutable_velocity()->set_y(box.vy_mps);
  base.mutable_velocity()->set_z(0);
}

template <class Object>
void set_type(Object& object, ObjectClass c) {
  const auto [type, vehicle] = osi_type(c);
  object.set_type(static_cast<osi3::MovingObject::Type>(type));
  if (vehicle != 0)
    object.mutable_vehicle_classification()->set_type(
        static_cast<osi3::MovingObject::VehicleClassification::Type>(vehicle));
}

void add_object(osi3::GroundTruth& truth, const Box& box) {
  osi3::MovingObject& object = *truth.add_moving_object();
  object.mutable_id()->set_value(box.id);
  set_base(*object.mutable_base(), box);
  set_type(object, box.object_class);
}

template <class Time>
void set_time(Time& out, std::int64_t time_ns) {
  out.set_seconds(time_ns / kSecondNs);
  out.set_nanos(static_cast<std::int32_t>(time_ns % kSecondNs));
}

void set_pose(foxglove::Pose& out, const Pose& pose) {
  out.mutable_position()->set_x(pose.position.x());
  out.mutable_position()->set_y(pose.position.y());
  out.mutable_position()->set_z(pose.position.z());
  out.mutable_orientation()->set_w(pose.rotation.w());
  out.mutable_orientation()->set_x(pose.rotation.x());
  out.mutable_orientation()->set_y(pose.rotation.y());
  out.mutable_orientation()->set_z(pose.rotation.z());
}

Box in_body(const Pose& ego, Box box) {
  const Eigen::Quaterniond back = ego.rotation.conjugate();
  const sim::Vec3 center = back * (sim::Vec3(box.x, box.y, box.z) - ego.position);
  const sim::Vec3 velocity = back * sim::Vec3(box.vx_mps, box.vy_mps, 0);
  box.x = center.x(), box.y = center.y(), box.z = center.z();
  box.vx_mps = velocity.x(), box.vy_mps = velocity.y();
  box.yaw_rad = sim::wrap_angle(box.yaw_rad - yaw_of(ego.rotation));
  return box;
}

nlohmann::json xyz(const sim::Vec3& v) { return {{"x", v.x()}, {"y", v.y()}, {"z", v.z()}}; }

}  // namespace

struct SensorLog::Impl {
  explicit Impl(mcap::Writer out) : writer(std::move(out)) {}

  std::uint16_t protobuf_channel(const char* topic, const google::protobuf::Descriptor& message) {
    const std::uint16_t schema =
        writer.add_schema(std::string(message.full_name()), "protobuf", descriptor_set(message));
    return writer.add_channel(schema, topic, "protobuf");
  }
  // A channel comes with its first message.
  template <class Message>
  sim::Result<void> write(std::uint16_t& channel, const char* topic, std::int64_t time_ns, const Message& message) {
    if (channel == 0) channel = protobuf_channel(topic, *Message::descriptor());
    return writer.write(channel, static_cast<std::uint64_t>(time_ns), message.SerializeAsString(), sequence++);
  }

  mcap::Writer writer;
  std::uint16_t pose = 0, truth = 0, lidar = 0, gnss = 0, imu = 0, objects = 0;
  std::uint32_t sequence = 0;
};

SensorLog::SensorLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SensorLog::SensorLog(SensorLog&&) noexcept = default;
SensorLog::~SensorLog() = default;

sim::Result<SensorLog> SensorLog::open(const std::filesystem::path& file) {
  auto writer = mcap::Writer::open(file);
  if (!writer) return tl::unexpected(writer.error());
  return SensorLog(std::make_unique<Impl>(std::move(*writer)));
}

sim::Result<void> SensorLog::frame(const SensorFrame& frame) {
  foxglove::PoseInFrame pose;
  set_time(*pose.mutable_timestamp(), frame.time_ns);
  pose.set_frame_id("map");
  set_pose(*pose.mutable_pose(), frame.ego);
  if (auto done = impl_->write(impl_->pose, "/pose", frame.time_ns, pose); !done) return done;
  if (frame.has_truth) {
    osi3::GroundTruth truth;
    set_time(*truth.mutable_timestamp(), frame.time_ns);
    if (frame.ego_box.length_m > 0) {
      truth.mutable_host_vehicle_id()->set_value(frame.ego_box.id);
      add_object(truth, frame.ego_box);
    }
    for (const Box& box : frame.truth) add_object(truth, box);
    if (auto done = impl_->write(impl_->truth, "/truth", frame.time_ns, truth); !done) return done;
  }
  if (!frame.has_cloud) return {};
  foxglove::PointCloud cloud;
  set_time(*cloud.mutable_timestamp(), frame.time_ns);
  cloud.set_frame_id("base_link");
  set_pose(*cloud.mutable_pose(), frame.cloud.to_body);
  static constexpr const char* kNames[] = {"x", "y", "z"};
  for (std::uint32_t c = 0; c < 3; ++c) {
    foxglove::PackedElementField& field = *cloud.add_fields();
    field.set_name(kNames[c]);
    field.set_offset(4 * c);
    field.set_type(foxglove::PackedElementField::FLOAT32);
  }
  cloud.set_point_stride(12);
  std::string& data = *cloud.mutable_data();
  data.resize(frame.cloud.x.size() * 12);
  const std::vector<float>* columns[] = {&frame.cloud.x, &frame.cloud.y, &frame.cloud.z};
  for (std::size_t i = 0; i < frame.cloud.x.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) std::memcpy(&data[i * 12 + c * 4], &(*columns[c])[i], 4);
  return impl_->write(impl_->lidar, "/lidar", frame.time_ns, cloud);
}

sim::Result<void> SensorLog::objects(std::int64_t time_ns, const Pose& ego, const Boxes& tracks) {
  osi3::SensorData out;
  set_time(*out.mutable_timestamp(), time_ns);
  for (const Box& track : tracks) {
    osi3::DetectedMovingObject& object = *out.add_moving_object();
    object.mutable_header()->mutable_tracking_id()->set_value(track.id);
    object.mutable_header()->set_existence_probability(track.confidence);
    set_base(*object.mutable_base(), in_body(ego, track));
    set_type(*object.add_candidate(), track.object_class);
  }
  return impl_->write(impl_->objects, "/objects", time_ns, out);
}

sim::Result<void> SensorLog::gnss(std::int64_t time_ns, const GnssFix& fix) {
  foxglove::LocationFix out;
  set_time(*out.mutable_timestamp(), time_ns);
  out.set_frame_id("base_link");
  out.set_latitude(fix.latitude_deg);
  out.set_longitude(fix.longitude_deg);
  out.set_altitude(fix.altitude_m);
  if (fix.accuracy_m >= 0) {
    const double variance = fix.accuracy_m * fix.accuracy_m;
    for (int i = 0; i < 9; ++i) out.add_position_covariance(i % 4 == 0 ? (i == 8 ? 4 : 1) * variance : 0.0);
    out.set_position_covariance_type(foxglove::LocationFix::DIAGONAL_KNOWN);
  }
  return impl_->write(impl_->gnss, "/gnss", time_ns, out);
}

sim::Result<void> SensorLog::imu(std::int64_t time_ns, const Imu& imu) {
  if (impl_->imu == 0) {
    const std::uint16_t schema = impl_->writer.add_schema("sensor_msgs/msg/Imu", "jsonschema",
                                                          R"({"title":"sensor_msgs/msg/Imu","type":"object"})");
    impl_->imu = impl_->writer.add_channel(schema, "/imu", "json");
  }
  const nlohmann::json out = {
      {"header",
       {{"stamp", {{"sec", time_ns / kSecondNs}, {"nanosec", time_ns % kSecondNs}}}, {"frame_id", "base_link"}}},
      {"orientation_covariance", {-1, 0, 0, 0, 0, 0, 0, 0, 0}},  // it tells no orientation
      {"linear_acceleration", xyz(imu.acceleration_mps2)},
      {"angular_velocity", xyz(imu.angular_rate_radps)}};
  return impl_->writer.write(impl_->imu, static_cast<std::uint64_t>(time_ns), out.dump(), impl_->sequence++);
}

sim::Result<void> SensorLog::close(const std::vector<std::pair<std::string, std::string>>& facts) {
  if (auto done = impl_->writer.metadata("sensors", facts); !done) return done;
  return impl_->writer.close();
}

}  // namespace bitgoeul::replay
