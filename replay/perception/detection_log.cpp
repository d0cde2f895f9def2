#include "replay/perception/detection_log.h"

#include "replay/descriptor_set.h"
#include "replay/mcap/writer.h"
#include "replay/schema/detections.pb.h"

namespace bitgoeul::replay {
namespace {

std::string pack(const Percept& percept, const Boxes& boxes) {
  schema::Detections out;
  out.set_time_ns(percept.time_ns);
  out.set_output_time_ns(percept.output_time_ns);
  for (const Box& box : boxes) {
    schema::DetectedBox& b = *out.add_boxes();
    b.set_id(box.id);
    b.set_class_(static_cast<std::uint32_t>(box.object_class));
    b.set_x(box.x);
    b.set_y(box.y);
    b.set_z(box.z);
    b.set_yaw(box.yaw_rad);
    b.set_length(box.length_m);
    b.set_width(box.width_m);
    b.set_height(box.height_m);
    if (box.has_velocity) b.set_vx(box.vx_mps);
    if (box.has_velocity) b.set_vy(box.vy_mps);
    b.set_confidence(box.confidence);
    b.set_predicted(box.predicted);
    if (box.points >= 0) b.set_points(box.points);
  }
  return out.SerializeAsString();
}

}  // namespace

struct DetectionLog::Impl {
  explicit Impl(mcap::Writer out) : writer(std::move(out)) {}
  mcap::Writer writer;
  std::uint16_t detections = 0, tracks = 0, truth = 0;
  std::uint32_t sequence = 0, truths = 0;
};

DetectionLog::DetectionLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DetectionLog::DetectionLog(DetectionLog&&) noexcept = default;
DetectionLog::~DetectionLog() = default;

sim::Result<DetectionLog> DetectionLog::open(const std::filesystem::path& file) {
  auto writer = mcap::Writer::open(file);
  if (!writer) return tl::unexpected(writer.error());
  auto impl = std::make_unique<Impl>(std::move(*writer));
  const auto* descriptor = schema::Detections::descriptor();
  const std::uint16_t schema =
      impl->writer.add_schema(std::string(descriptor->full_name()), "protobuf", descriptor_set(*descriptor));
  impl->detections = impl->writer.add_channel(schema, "/perception/detections", "protobuf");
  impl->tracks = impl->writer.add_channel(schema, "/perception/tracks", "protobuf");
  impl->truth = impl->writer.add_channel(schema, "/perception/truth", "protobuf");
  return DetectionLog(std::move(impl));
}

sim::Result<void> DetectionLog::write(const Percept& percept) {
  const auto at = static_cast<std::uint64_t>(std::max<std::int64_t>(0, percept.output_time_ns));
  mcap::Writer& writer = impl_->writer;
  const std::uint32_t n = impl_->sequence++;
  if (auto done = writer.write(impl_->detections, at, pack(percept, percept.detections), n); !done) return done;
  if (auto done = writer.write(impl_->tracks, at, pack(percept, percept.tracks), n); !done) return done;
  if (!percept.has_truth) return {};
  return writer.write(impl_->truth, at, pack(percept, percept.truth), impl_->truths++);
}

sim::Result<void> DetectionLog::close(const std::vector<std::pair<std::string, std::string>>& facts) {
  if (auto done = impl_->writer.metadata("perception", facts); !done) return done;
  return impl_->writer.close();
}

}  // namespace bitgoeul::replay
