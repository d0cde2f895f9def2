// Foxglove's schemas in MCAP, so that its viewers (and those that know them) show a run at once: /scene (vehicles as
// boxes, signal heads as balls), /map (lane edges, once), /tf (self-driving vehicles), /gnss (the host), /events, and
// /lidar of logs that have one.
#include <algorithm>
#include <cstring>

#include "maps/projection.h"
#include "replay/descriptor_set.h"
#include "replay/export/formats.h"
#include "replay/file.h"
#include "replay/mcap/writer.h"
#include "replay/schema/foxglove/foxglove.pb.h"
#include "sim/math.h"

namespace bitgoeul::replay {
namespace {

constexpr const char* kFrame = "map";

void set(google::protobuf::Timestamp& out, std::int64_t ns) {
  out.set_seconds(ns / 1'000'000'000);
  out.set_nanos(static_cast<std::int32_t>(ns % 1'000'000'000));
}

template <class Vector>
void set(Vector& out, const sim::Vec3& v) {
  out.set_x(v.x());
  out.set_y(v.y());
  out.set_z(v.z());
}

void set_color(foxglove::Color& out, double r, double g, double b, double a = 1.0) {
  out.set_r(r), out.set_g(g), out.set_b(b), out.set_a(a);
}

void set_rotation(foxglove::Quaternion& out, double yaw, double pitch, double roll) {
  double sy = 0, cy = 0, sp = 0, cp = 0, sr = 0, cr = 0;
  sim::sincos(yaw / 2, sy, cy);
  sim::sincos(pitch / 2, sp, cp);
  sim::sincos(roll / 2, sr, cr);
  out.set_w(cy * cp * cr + sy * sp * sr);
  out.set_x(cy * cp * sr - sy * sp * cr);
  out.set_y(cy * sp * cr + sy * cp * sr);
  out.set_z(sy * cp * cr - cy * sp * sr);
}

void color_of(sim::Role role, foxglove::Color& out) {
  if (role == sim::Role::kEgo) return set_color(out, 0.13, 0.55, 0.95, 0.9);
  if (role == sim::Role::kActor) return set_color(out, 0.95, 0.6, 0.1, 0.9);
  set_color(out, 0.6, 0.62, 0.65, 0.9);
}

void color_of(sim::SignalState state, foxglove::Color& out) {
  switch (state) {
    case sim::SignalState::kRed:
    case sim::SignalState::kFlashingRed:
      return set_color(out, 0.9, 0.1, 0.1);
    case sim::SignalState::kYellow:
    case sim::SignalState::kFlashingYellow:
      return set_color(out, 0.95, 0.8, 0.1);
    case sim::SignalState::kGreen:
      return set_color(out, 0.1, 0.8, 0.25);
    default:
      return set_color(out, 0.2, 0.2, 0.2);
  }
}

class FoxgloveExporter final : public Exporter {
 public:
  FoxgloveExporter(NewFile file, mcap::Writer writer, ExportInput input)
      : file_(std::move(file)), writer_(std::move(writer)), input_(std::move(input)) {
    scene_ = add_channel("/scene", *foxglove::SceneUpdate::descriptor());
    map_ = add_channel("/map", *foxglove::SceneUpdate::descriptor());
    tf_ = add_channel("/tf", *foxglove::FrameTransforms::descriptor());
    gnss_ = add_channel("/gnss", *foxglove::LocationFix::descriptor());
    events_ = add_channel("/events", *foxglove::Log::descriptor());
    if (input_.projection.empty()) return;
    auto projection =
        maps::Projection::make(input_.projection, input_.offset_x, input_.offset_y, input_.offset_heading);
    if (projection) projection_.emplace(std::move(*projection));
  }

  sim::Result<void> frame(const sim::Snapshot& snapshot) override {
    if (report_.frames++ == 0)
      if (auto written = write_map(snapshot.time_ns); !written) return written;
    if (auto written = write_scene(snapshot); !written) return written;
    if (auto written = write_transforms(snapshot); !written) return written;
    if (auto written = write_fix(snapshot); !written) return written;
    for (const sim::Event& event : snapshot.events)
      if (auto written = write_event(snapshot, event); !written) return written;
    return {};
  }

  // Point clouds as they lie in the host's frame, and lines of text.
  sim::Result<void> sensor(const Item& item) override {
    if (const auto* cloud = std::get_if<PointCloud>(&item.payload)) return write_cloud(item, *cloud);
    if (const auto* text = std::get_if<Text>(&item.payload)) return write_text(item, *text);
    return {};
  }

  sim::Result<ExportReport> close() override {
    if (auto closed = writer_.close(); !closed) return tl::unexpected(closed.error());
    if (auto kept = file_.keep(); !kept) return tl::unexpected(kept.error());
    const auto warn = [&](const char* what) {
      report_.issues.push_back({.severity = sim::Severity::kWarning, .file = input_.log, .what = what});
    };
    if (!input_.map) warn("lanes and signals are left out: no map");
    if (!projection_) warn("/gnss is left out: the log's frame has no projection");
    report_.files = {file_.path()};
    return report_;
  }

 private:
  std::uint16_t add_channel(const char* topic, const google::protobuf::Descriptor& message) {
    auto found = std::find_if(schemas_.begin(), schemas_.end(), [&](const auto& s) { return s.first == &message; });
    if (found == schemas_.end()) {
      const std::uint16_t id = writer_.add_schema(message.full_name(), "protobuf", descriptor_set(message));
      found = schemas_.insert(schemas_.end(), {&message, id});
    }
    return writer_.add_channel(found->second, topic, "protobuf");
  }

  template <class Message>
  sim::Result<void> write(std::uint16_t channel, std::int64_t time_ns, const Message& message) {
    ++report_.messages;
    if (!message.SerializeToString(&bytes_)) return sim::fail("a message is larger than 2 GiB", file_.path().string());
    return writer_.write(channel, static_cast<std::uint64_t>(time_ns), bytes_);
  }

  static foxglove::SceneEntity& add_entity(foxglove::SceneUpdate& update, const std::string& id, std::int64_t ns) {
    foxglove::SceneEntity& entity = *update.add_entities();
    set(*entity.mutable_timestamp(), ns);
    entity.set_frame_id(kFrame);
    entity.set_id(id);
    return entity;
  }

  sim::Result<void> write_scene(const sim::Snapshot& s) {
    foxglove::SceneUpdate update;
    for (std::size_t row = 0; row < std::max(shown_.size(), s.generation.size()); ++row) {
      const bool alive = row < s.entities.alive.size() && s.entities.alive[row] != 0;
      const std::string name = alive ? name_of(input_, s, row) : std::string();
      shown_.resize(std::max(shown_.size(), row + 1));
      if (!shown_[row].empty() && shown_[row] != name) remove(update, shown_[row], s.time_ns);
      shown_[row] = name;
      if (alive) add_vehicle(update, s, row, name);
    }
    add_signals(update, s);
    return write(scene_, s.time_ns, update);
  }

  static void remove(foxglove::SceneUpdate& update, const std::string& id, std::int64_t ns) {
    foxglove::SceneEntityDeletion& deletion = *update.add_deletions();
    set(*deletion.mutable_timestamp(), ns);
    deletion.set_type(foxglove::SceneEntityDeletion::MATCHING_ID);
    deletion.set_id(id);
  }

  static void add_vehicle(foxglove::SceneUpdate& update, const sim::Snapshot& s, std::size_t row,
                          const std::string& name) {
    const sim::Entities& e = s.entities;
    const BoxState state = box_state(e, row);
    foxglove::SceneEntity& entity = add_entity(update, name, s.time_ns);
    foxglove::CubePrimitive& cube = *entity.add_cubes();
    set(*cube.mutable_pose()->mutable_position(), state.center);
    set_rotation(*cube.mutable_pose()->mutable_orientation(), e.yaw_rad[row], e.pitch_rad[row], e.roll_rad[row]);
    set(*cube.mutable_size(), {e.length_m[row], e.width_m[row], e.height_m[row]});
    color_of(e.role[row], *cube.mutable_color());
    if (e.role[row] == sim::Role::kTraffic) return;
    foxglove::TextPrimitive& text = *entity.add_texts();
    set(*text.mutable_pose()->mutable_position(), state.center + sim::Vec3(0, 0, e.height_m[row]));
    text.set_billboard(true);
    text.set_font_size(1.0);
    text.set_text(name);
    set_color(*text.mutable_color(), 1, 1, 1);
  }

  // Heads whose state has changed; an entity stays until it is replaced.
  void add_signals(foxglove::SceneUpdate& update, const sim::Snapshot& s) {
    if (!input_.map) return;
    for (const maps::Signal& signal : input_.map->signals) {
      const auto group = static_cast<std::size_t>(signal.group);
      if (signal.dynamic == 0 || signal.group < 0 || group >= s.signals.state.size()) continue;
      if (group < signals_.size() && signals_[group] == s.signals.state[group]) continue;
      foxglove::SceneEntity& entity =
          add_entity(update, "signal " + std::string(input_.map->text_of(signal.id)), s.time_ns);
      foxglove::SpherePrimitive& ball = *entity.add_spheres();
      set(*ball.mutable_pose()->mutable_position(), {signal.x, signal.y, signal.z});
      ball.mutable_pose()->mutable_orientation()->set_w(1);
      set(*ball.mutable_size(), {0.6, 0.6, 0.6});
      color_of(s.signals.state[group], *ball.mutable_color());
    }
    signals_ = s.signals.state;
  }

  sim::Result<void> write_map(std::int64_t ns) {
    if (!input_.map) return {};
    foxglove::SceneUpdate update;
    foxglove::SceneEntity& entity = add_entity(update, "lanes", ns);
    foxglove::LinePrimitive& lines = *entity.add_lines();
    lines.set_type(foxglove::LinePrimitive::LINE_LIST);
    lines.mutable_pose()->mutable_orientation()->set_w(1);
    lines.set_thickness(0.15);
    set_color(*lines.mutable_color(), 0.75, 0.75, 0.75, 0.8);
    for (std::size_t row = 0; row < input_.map->lanes.size(); ++row)
      if (maps::drivable(input_.map->lanes[row].type))
        for (const double side : {1.0, -1.0})
          add_edge(lines, input_.map->lane_points(static_cast<maps::Row>(row)), side);
    return write(map_, ns, update);
  }

  static void add_edge(foxglove::LinePrimitive& lines, std::span<const maps::LanePoint> points, double side) {
    sim::Vec3 last;
    for (std::size_t i = 0; i < points.size(); ++i) {
      double sine = 0, cosine = 0;
      sim::sincos(points[i].heading, sine, cosine);
      const double t = side * points[i].width / 2;
      const sim::Vec3 here(points[i].x - t * sine, points[i].y + t * cosine, points[i].z);
      if (i > 0) set(*lines.add_points(), last), set(*lines.add_points(), here);
      last = here;
    }
  }

  sim::Result<void> write_transforms(const sim::Snapshot& s) {
    const sim::Entities& e = s.entities;
    foxglove::FrameTransforms transforms;
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      if (e.alive[row] == 0 || e.role[row] == sim::Role::kTraffic) continue;
      foxglove::FrameTransform& transform = *transforms.add_transforms();
      set(*transform.mutable_timestamp(), s.time_ns);
      transform.set_parent_frame_id(kFrame);
      transform.set_child_frame_id(name_of(input_, s, row));
      set(*transform.mutable_translation(), {e.x[row], e.y[row], e.z[row]});
      set_rotation(*transform.mutable_rotation(), e.yaw_rad[row], e.pitch_rad[row], e.roll_rad[row]);
    }
    return transforms.transforms_size() > 0 ? write(tf_, s.time_ns, transforms) : sim::Result<void>{};
  }

  sim::Result<void> write_fix(const sim::Snapshot& s) {
    const std::int64_t host = host_of(input_, s);
    if (!projection_ || host < 0) return {};
    const auto row = static_cast<std::size_t>(host);
    const auto at = projection_->inverse(s.entities.x[row], s.entities.y[row]);
    if (!at) return tl::unexpected(at.error());
    foxglove::LocationFix fix;
    set(*fix.mutable_timestamp(), s.time_ns);
    fix.set_frame_id(name_of(input_, s, row));
    fix.set_latitude(at->latitude_deg);
    fix.set_longitude(at->longitude_deg);
    fix.set_altitude(s.entities.z[row]);
    return write(gnss_, s.time_ns, fix);
  }

  sim::Result<void> write_event(const sim::Snapshot& s, const sim::Event& event) {
    const auto name = [&](sim::Id id) {
      return id.null() || id.index >= s.generation.size() ? "" : name_of(input_, s, id.index);
    };
    foxglove::Log log;
    set(*log.mutable_timestamp(), s.time_ns);
    const bool bad = event.kind == sim::EventKind::kCollisionBegin || event.kind == sim::EventKind::kRedLight;
    log.set_level(bad ? foxglove::Log::ERROR : foxglove::Log::INFO);
    log.set_name(name(event.entity));
    log.set_message(std::string(sim::to_string(event.kind)) + (event.other.null() ? "" : " with " + name(event.other)));
    return write(events_, s.time_ns, log);
  }

  sim::Result<void> write_cloud(const Item& item, const PointCloud& cloud) {
    if (!clouds_) clouds_ = add_channel("/lidar", *foxglove::PointCloud::descriptor());
    foxglove::PointCloud out;
    set(*out.mutable_timestamp(), item.time_ns);
    out.set_frame_id("ego");  // its rear axle, as /tf has it
    set(*out.mutable_pose()->mutable_position(), cloud.to_body.position);
    const Eigen::Quaterniond& q = cloud.to_body.rotation;
    foxglove::Quaternion& turned = *out.mutable_pose()->mutable_orientation();
    turned.set_w(q.w()), turned.set_x(q.x()), turned.set_y(q.y()), turned.set_z(q.z());
    const bool shaded = cloud.intensity.size() == cloud.x.size();
    const std::vector<float>* columns[] = {&cloud.x, &cloud.y, &cloud.z, &cloud.intensity};
    const char* names[] = {"x", "y", "z", "intensity"};
    const std::size_t count = shaded ? 4 : 3;
    out.set_point_stride(static_cast<std::uint32_t>(4 * count));
    for (std::size_t c = 0; c < count; ++c) {
      foxglove::PackedElementField& field = *out.add_fields();
      field.set_name(names[c]);
      field.set_offset(static_cast<std::uint32_t>(4 * c));
      field.set_type(foxglove::PackedElementField::FLOAT32);
    }
    std::string& data = *out.mutable_data();
    data.resize(cloud.x.size() * 4 * count);
    for (std::size_t i = 0; i < cloud.x.size(); ++i)
      for (std::size_t c = 0; c < count; ++c) std::memcpy(&data[(i * count + c) * 4], &(*columns[c])[i], 4);
    return write(*clouds_, item.time_ns, out);
  }

  sim::Result<void> write_text(const Item& item, const Text& text) {
    foxglove::Log log;
    set(*log.mutable_timestamp(), item.time_ns);
    log.set_level(static_cast<foxglove::Log::Level>(text.level));
    log.set_name(text.source);
    log.set_message(text.text);
    return write(events_, item.time_ns, log);
  }

  NewFile file_;
  mcap::Writer writer_;
  ExportInput input_;
  std::optional<maps::Projection> projection_;
  std::vector<std::pair<const google::protobuf::Descriptor*, std::uint16_t>> schemas_;
  std::uint16_t scene_ = 0, map_ = 0, tf_ = 0, gnss_ = 0, events_ = 0;
  std::optional<std::uint16_t> clouds_;
  std::vector<std::string> shown_;  // by row: the id under which it stands in the scene
  std::vector<sim::SignalState> signals_;
  std::string bytes_;
  ExportReport report_;
};

}  // namespace

Made make_foxglove_exporter(const std::filesystem::path& path, ExportInput input) {
  NewFile file(path);
  mcap::WriterOptions options;
  options.library = input.producer;
  auto writer = mcap::Writer::open(file.temporary(), options);
  if (!writer) return tl::unexpected(writer.error());
  return std::unique_ptr<Exporter>(
      std::make_unique<FoxgloveExporter>(std::move(file), std::move(*writer), std::move(input)));
}

}  // namespace bitgoeul::replay
