// ASAM OSI single-channel traces (.osi): length, message; GroundTruth, SensorView or SensorData, which the file's name
// says (`_gt_`, `_sv_`, `_sd_`) or else the first message shows. Moving objects come in the trace's inertial frame,
// those of SensorData in the host vehicle's.
#include <algorithm>

#include "replay/file.h"
#include "replay/import/formats.h"
#include "replay/mcap/records.h"
#include "replay/schema/osi/osi_ground_truth.pb.h"
#include "replay/schema/osi/osi_sensor.pb.h"

namespace bitgoeul::replay::import {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

enum class Kind { kGroundTruth, kSensorView, kSensorData };

std::int64_t time_of(const osi3::Timestamp& t) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(t.seconds()) * 1'000'000'000u + t.nanos());
}

sim::Vec3 vector(const osi3::Vector3d& v) { return {v.x(), v.y(), v.z()}; }

ObjectClass class_of(osi3::MovingObject::Type type, const osi3::MovingObject::VehicleClassification& vehicle) {
  using Vehicle = osi3::MovingObject::VehicleClassification;
  if (type == osi3::MovingObject::TYPE_PEDESTRIAN) return ObjectClass::kPedestrian;
  if (type == osi3::MovingObject::TYPE_ANIMAL) return ObjectClass::kAnimal;
  if (type == osi3::MovingObject::TYPE_OTHER) return ObjectClass::kOther;
  if (type != osi3::MovingObject::TYPE_VEHICLE) return ObjectClass::kUnknown;
  switch (vehicle.type()) {
    case Vehicle::TYPE_HEAVY_TRUCK:
    case Vehicle::TYPE_SEMITRACTOR:
    case Vehicle::TYPE_SEMITRAILER:
    case Vehicle::TYPE_TRAILER:
      return ObjectClass::kTruck;
    case Vehicle::TYPE_MOTORBIKE:
      return ObjectClass::kMotorcycle;
    case Vehicle::TYPE_BICYCLE:
      return ObjectClass::kBicycle;
    case Vehicle::TYPE_BUS:
      return ObjectClass::kBus;
    case Vehicle::TYPE_WHEELCHAIR:
      return ObjectClass::kPedestrian;
    case Vehicle::TYPE_TRAM:
    case Vehicle::TYPE_TRAIN:
    case Vehicle::TYPE_OTHER:
      return ObjectClass::kOther;
    default:
      return ObjectClass::kCar;
  }
}

Object object_of(const osi3::BaseMoving& base) {
  Object object;
  object.center = vector(base.position());
  object.yaw_rad = base.orientation().yaw();
  object.pitch_rad = base.orientation().pitch();
  object.roll_rad = base.orientation().roll();
  object.length_m = base.dimension().length();
  object.width_m = base.dimension().width();
  object.height_m = base.dimension().height();
  if (base.has_velocity()) object.velocity_mps = vector(base.velocity());
  return object;
}

Objects objects_of(const osi3::GroundTruth& truth) {
  Objects objects;
  for (const osi3::MovingObject& moving : truth.moving_object()) {
    Object object = object_of(moving.base());
    object.id = std::to_string(moving.id().value());
    object.object_class = class_of(moving.type(), moving.vehicle_classification());
    object.is_ego = truth.has_host_vehicle_id() && truth.host_vehicle_id().value() == moving.id().value();
    objects.objects.push_back(std::move(object));
  }
  return objects;
}

Objects objects_of(const osi3::SensorData& data) {
  Objects objects;
  for (const osi3::DetectedMovingObject& detected : data.moving_object()) {
    Object object = object_of(detected.base());
    if (detected.header().has_tracking_id()) object.id = std::to_string(detected.header().tracking_id().value());
    object.confidence = static_cast<float>(detected.header().existence_probability());
    if (detected.candidate_size() > 0)
      object.object_class = class_of(detected.candidate(0).type(), detected.candidate(0).vehicle_classification());
    objects.objects.push_back(std::move(object));
  }
  return objects;
}

class Trace final : public Source {
 public:
  Trace(InFile file, Kind kind) : file_(std::move(file)), kind_(kind) {
    constexpr const char* kTypes[] = {"osi3.GroundTruth", "osi3.SensorView", "osi3.SensorData"};
    description_.format = "OSI trace";
    description_.time_base = "simulated";
    TopicInfo topic;
    topic.name = "trace";
    topic.type = kTypes[static_cast<int>(kind)];
    topic.encoding = "protobuf";
    topic.role = TopicRole::kObjects;
    description_.topics.push_back(topic);
    find_messages();
    find_times();
  }

  const Description& description() const override { return description_; }
  void select(const std::vector<TopicRole>& roles) override {
    wanted_ = roles.empty() || std::find(roles.begin(), roles.end(), TopicRole::kObjects) != roles.end();
  }

  sim::Result<void> seek(std::int64_t time_ns) override {
    Item item;
    for (next_ = 0; next_ < places_.size(); ++next_) {
      const auto got = decode(next_, item);
      if (got && item.time_ns >= time_ns) break;
    }
    return {};
  }

  sim::Result<bool> next(Item& item) override {
    while (wanted_ && next_ < places_.size()) {
      const auto got = decode(next_++, item);
      if (got) return true;
      TopicInfo& topic = description_.topics.front();
      if (topic.dropped++ == 0) topic.why = sim::to_string(got.error());
    }
    return false;
  }

 private:
  struct Place {
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
  };

  void find_messages() {
    FileInfo info;
    info.path = file_.name();
    info.format = "osi";
    info.bytes = file_.size();
    for (std::uint64_t at = 0; at < file_.size();) {
      std::string head(4, '\0');
      if (file_.size() - at < head.size() || !file_.read_at(at, head.data(), head.size())) {
        info.complete = false;
        break;
      }
      const auto size = mcap::Cursor(head).take<std::uint32_t>();
      if (size > kMostBytes || size > file_.size() - at - head.size()) {
        info.complete = false;
        break;
      }
      places_.push_back({at + head.size(), size});
      at += head.size() + size;
    }
    if (!info.complete) info.why_not_complete = "it ends inside a message";
    description_.files.push_back(info);
    description_.topics.front().count = places_.size();
  }

  void find_times() {
    Item item;
    if (!places_.empty() && decode(0, item)) description_.start_ns = item.time_ns;
    if (!places_.empty() && decode(places_.size() - 1, item)) description_.end_ns = item.time_ns;
    TopicInfo& topic = description_.topics.front();
    topic.start_ns = description_.start_ns, topic.end_ns = description_.end_ns;
    if (topic.count > 1 && topic.end_ns > topic.start_ns)
      topic.rate_hz = static_cast<double>(topic.count - 1) * 1e9 / static_cast<double>(topic.end_ns - topic.start_ns);
  }

  sim::Result<void> decode(std::size_t index, Item& item) {
    const Place& place = places_[index];
    bytes_.resize(place.size);
    if (auto read = file_.read_at(place.offset, bytes_.data(), bytes_.size()); !read) return read;
    item.topic = 0;
    item.frame = kind_ == Kind::kSensorData ? kBodyFrame : kWorldFrame;
    bool parsed = false;
    if (kind_ == Kind::kSensorData) {
      osi3::SensorData data;
      parsed = data.ParseFromString(bytes_);
      item.time_ns = time_of(data.timestamp());
      item.payload = objects_of(data);
    } else if (kind_ == Kind::kSensorView) {
      osi3::SensorView view;
      parsed = view.ParseFromString(bytes_);
      if (!view.global_ground_truth().has_host_vehicle_id() && view.has_host_vehicle_id())
        *view.mutable_global_ground_truth()->mutable_host_vehicle_id() = view.host_vehicle_id();
      item.time_ns = time_of(view.timestamp());
      item.payload = objects_of(view.global_ground_truth());
    } else {
      osi3::GroundTruth truth;
      parsed = truth.ParseFromString(bytes_);
      item.time_ns = time_of(truth.timestamp());
      item.payload = objects_of(truth);
    }
    if (!parsed) return fail_at(file_.name(), place.offset, "is no message of OSI");
    return {};
  }

  InFile file_;
  Kind kind_;
  Description description_;
  std::vector<Place> places_;
  std::size_t next_ = 0;
  bool wanted_ = true;
  std::string bytes_;
};

// By the convention of OSI's file names, else by the first message: only a SensorView has a GroundTruth in field 7.
Kind kind_of(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name.find("_gt_") != std::string::npos) return Kind::kGroundTruth;
  if (name.find("_sd_") != std::string::npos) return Kind::kSensorData;
  if (name.find("_sv_") != std::string::npos) return Kind::kSensorView;
  const std::string bytes = first_bytes(path, 1 << 20);
  osi3::SensorView view;
  const auto size = bytes.size() < 4 ? 0u : mcap::Cursor(bytes).take<std::uint32_t>();
  const bool whole = bytes.size() >= 4 && size <= bytes.size() - 4;
  const bool parsed = whole && view.ParseFromArray(bytes.data() + 4, static_cast<int>(size));
  return parsed && view.global_ground_truth().timestamp().has_seconds() ? Kind::kSensorView : Kind::kGroundTruth;
}

}  // namespace

bool is_osi_trace(const std::filesystem::path& path) { return path.extension() == ".osi"; }

sim::Result<std::unique_ptr<Source>> open_osi_trace(const std::filesystem::path& path, const Rules&) {
  auto file = InFile::open(path);
  if (!file) return tl::unexpected(file.error());
  auto trace = std::make_unique<Trace>(std::move(*file), kind_of(path));
  if (trace->description().topics.front().count == 0)
    return sim::fail("is no OSI trace: it holds no whole message", path.string());
  return std::unique_ptr<Source>(std::move(trace));
}

}  // namespace bitgoeul::replay::import
