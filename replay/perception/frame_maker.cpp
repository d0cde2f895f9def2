#include "replay/perception/frame_maker.h"

#include <cmath>

#include "replay/local_frame.h"

namespace bitgoeul::replay {
namespace {

constexpr std::int64_t kFresh_ns = 75'000'000;

// How near a topic is to the truth; 0 = holds no objects.
int truth_rank(const TopicInfo& topic) {
  if (topic.role != TopicRole::kObjects || topic.count == 0) return 0;
  const auto has = [&](std::string_view word) { return topic.type.find(word) != std::string::npos; };
  if (has("GroundTruth") || has("SensorView") || has("annotation")) return 3;
  return has("Track") || has("open_dataset.Scenario") ? 2 : 1;  // a Scenario: tracks of all that the data set knows
}

Box box_of_row(const sim::Snapshot& snapshot, std::size_t row, ObjectClass c) {
  const sim::Entities& e = snapshot.entities;
  double s = 0, cosine = 0;
  sim::sincos(e.yaw_rad[row], s, cosine);
  Box box;
  box.id = ((static_cast<std::uint64_t>(snapshot.generation[row]) << 32 | row) << 1) | 1u;
  box.object_class = c;
  box.x = e.x[row] + cosine * e.center_x_m[row];
  box.y = e.y[row] + s * e.center_x_m[row];
  box.z = e.z[row] + e.height_m[row] / 2;
  box.yaw_rad = e.yaw_rad[row];
  box.length_m = e.length_m[row];
  box.width_m = e.width_m[row];
  box.height_m = e.height_m[row];
  // Of the middle of the box, not of the rear axle.
  const double sideways = e.yaw_rate_radps[row] * e.center_x_m[row];
  box.vx_mps = cosine * e.speed_mps[row] - s * sideways;
  box.vy_mps = s * e.speed_mps[row] + cosine * sideways;
  box.has_velocity = true;
  return box;
}

}  // namespace

ObjectClass class_of_category(std::string_view word) {
  if (word == "car" || word == "van") return ObjectClass::kCar;
  if (word == "truck" || word == "trailer" || word == "semitrailer") return ObjectClass::kTruck;
  if (word == "bus" || word == "tram" || word == "train") return ObjectClass::kBus;
  if (word == "motorbike" || word == "motorcycle") return ObjectClass::kMotorcycle;
  if (word == "bicycle") return ObjectClass::kBicycle;
  if (word == "pedestrian" || word == "wheelchair") return ObjectClass::kPedestrian;
  return word == "animal" ? ObjectClass::kAnimal : ObjectClass::kOther;
}

FrameMaker::FrameMaker(const Description& log, bool wants_points, sim::Row host)
    : run_(log.run.has_value()), host_(host) {
  int best = 0;
  for (std::size_t t = 0; t < log.topics.size(); ++t) {
    const TopicInfo& topic = log.topics[t];
    const auto at = static_cast<std::uint32_t>(t);
    if (topic.role == TopicRole::kLidar && topic.count > 0 && wants_points && !lidar_) lidar_ = at;
    const int rank = truth_rank(topic);
    if (rank > best) {
      if (truth_) logged_ = truth_;
      truth_ = at;
      best = rank;
    } else if (rank > 0 && !logged_) {
      logged_ = at;
    }
  }
  truth_from_objects_ = best > 1;
  if (best == 1) {  // detections only: there is no truth
    logged_ = truth_;
    truth_.reset();
  }
  truth_from_snapshots_ = run_ && !truth_;
  if (log.run)
    for (const VehicleTypeInfo& type : log.run->types) classes_.push_back(class_of_category(type.category));
}

ObjectClass FrameMaker::class_of(std::uint16_t type) const {
  if (!classes_.empty()) return type < classes_.size() ? classes_[type] : ObjectClass::kOther;
  return type < kObjectClasses ? static_cast<ObjectClass>(type) : ObjectClass::kOther;
}

void FrameMaker::add_velocities(Boxes& boxes, std::int64_t time_ns) {
  for (Box& box : boxes) {
    if (box.id == 0) continue;
    const auto [at, is_new] = last_.try_emplace(box.id, Seen{box.x, box.y, time_ns});
    const double passed = static_cast<double>(time_ns - at->second.time_ns) * 1e-9;
    if (!box.has_velocity && !is_new && passed > 0 && passed < 1) {
      box.vx_mps = (box.x - at->second.x) / passed;
      box.vy_mps = (box.y - at->second.y) / passed;
      box.has_velocity = true;
    }
    at->second = {box.x, box.y, time_ns};
  }
  std::erase_if(last_, [&](const auto& entry) { return time_ns - entry.second.time_ns > 1'000'000'000; });
}

void FrameMaker::take_objects(const Item& item, const Objects& objects) {
  const bool is_truth = truth_ == item.topic;
  if (!is_truth && logged_ != item.topic) return;
  Boxes boxes;
  for (const Object& object : objects.objects) {
    if (!object.is_ego)
      boxes.push_back(box_of(object));
    else if (is_truth && object.velocity_mps)  // the log says itself how large the vehicle is and how it moves
      frame_.ego_box = box_of(object), own_ns_ = item.time_ns;
  }
  if (is_truth) add_velocities(boxes, item.time_ns), view_ = objects.view;
  (is_truth ? truth_boxes_ : logged_boxes_) = std::move(boxes);
  (is_truth ? truth_ns_ : logged_ns_) = item.time_ns;
  (is_truth ? frame_.has_truth : frame_.has_logged) = true;
  if (!lidar_) open_ = true;
}

void FrameMaker::take_snapshot(const sim::Snapshot& snapshot) {
  const sim::Entities& e = snapshot.entities;
  const auto host = static_cast<std::size_t>(run_ ? host_ : 0);
  if (host < e.alive.size() && e.alive[host] != 0) {
    frame_.ego = {{e.x[host], e.y[host], e.z[host]}, rotation_of(e.yaw_rad[host], e.pitch_rad[host], e.roll_rad[host])};
    if (own_ns_ != snapshot.time_ns) frame_.ego_box = box_of_row(snapshot, host, class_of(e.type[host]));
    if (run_ && !lidar_) open_ = true;
  }
  if (!truth_from_snapshots_) return;
  truth_boxes_.clear();
  for (std::size_t row = 0; row < e.alive.size(); ++row)
    if (row != host && e.alive[row] != 0) truth_boxes_.push_back(box_of_row(snapshot, row, class_of(e.type[row])));
  truth_ns_ = snapshot.time_ns;
  frame_.has_truth = true;
}

std::optional<SensorFrame> FrameMaker::finish() {
  if (!open_) return std::nullopt;
  open_ = false;
  SensorFrame out = std::move(frame_);
  frame_ = {};
  frame_.ego = out.ego;
  frame_.ego_box = out.ego_box;
  frame_.has_truth = out.has_truth;
  frame_.has_logged = out.has_logged;
  out.has_truth = out.has_truth && out.time_ns - truth_ns_ <= kFresh_ns;
  out.has_logged = out.has_logged && out.time_ns - logged_ns_ <= kFresh_ns;
  if (out.has_truth) out.truth = truth_boxes_, out.view = view_;
  if (out.has_logged) out.logged = logged_boxes_;
  return out;
}

std::optional<SensorFrame> FrameMaker::take(const Item& item) {
  std::optional<SensorFrame> done;
  if (item.time_ns > frame_.time_ns) done = finish();
  frame_.time_ns = item.time_ns;
  if (const auto* cloud = std::get_if<PointCloud>(&item.payload); cloud != nullptr && lidar_ == item.topic) {
    frame_.cloud = *cloud;
    frame_.has_cloud = open_ = true;
  }
  if (const auto* objects = std::get_if<Objects>(&item.payload)) take_objects(item, *objects);
  if (const auto* snapshot = std::get_if<std::shared_ptr<const sim::Snapshot>>(&item.payload); snapshot && *snapshot)
    take_snapshot(**snapshot);
  return done;
}

std::optional<SensorFrame> FrameMaker::end() { return finish(); }

}  // namespace bitgoeul::replay
