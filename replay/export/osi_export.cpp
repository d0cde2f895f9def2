// ASAM OSI 3.7: GroundTruth, SensorView and SensorData, as a multi-channel MCAP trace, as one .osi channel, or in the
// omega-prime profile (with the map as OpenDRIVE). Rules of the trace: OSI architecture, trace file formats. An
// object's id is made of row and life, so that no id is used twice; a bulb's of its signal.
#include <google/protobuf/stubs/common.h>

#include <array>

#include "maps/opendrive/write.h"
#include "replay/descriptor_set.h"
#include "replay/export/formats.h"
#include "replay/file.h"
#include "replay/mcap/records.h"
#include "replay/mcap/writer.h"
#include "replay/schema/osi/osi_ground_truth.pb.h"
#include "replay/schema/osi/osi_map.pb.h"
#include "replay/schema/osi/osi_sensor.pb.h"
#include "sim/math.h"

namespace bitgoeul::replay {
namespace {

constexpr double kSensorRangeM = 150.0;
constexpr std::uint32_t kKorea = 410;  // ISO 3166-1
constexpr std::uint64_t kBulbs = std::uint64_t{1} << 62;
constexpr const char* kVersion = "3.7.0";

std::uint64_t object_id(const sim::Snapshot& snapshot, std::size_t row) {
  return (static_cast<std::uint64_t>(snapshot.generation[row] / 2) << 32) + row + 1;
}

void set(osi3::Vector3d& out, const sim::Vec3& v) {
  out.set_x(v.x());
  out.set_y(v.y());
  out.set_z(v.z());
}

void set(osi3::Timestamp& out, std::int64_t ns) {
  out.set_seconds(ns / 1'000'000'000);
  out.set_nanos(static_cast<std::uint32_t>(ns % 1'000'000'000));
}

template <class Message>
void head(Message& message, std::int64_t time_ns) {
  message.mutable_version()->set_version_major(3);
  message.mutable_version()->set_version_minor(7);
  message.mutable_version()->set_version_patch(0);
  set(*message.mutable_timestamp(), time_ns);
}

// A sensor in the host's reference point, looking ahead.
void set_mount(osi3::MountingPosition& mount) {
  set(*mount.mutable_position(), sim::Vec3::Zero());
  mount.mutable_orientation()->set_yaw(0);
  mount.mutable_orientation()->set_pitch(0);
  mount.mutable_orientation()->set_roll(0);
}

void set_base(osi3::BaseMoving& base, const sim::Entities& e, std::size_t row) {
  base.mutable_dimension()->set_length(e.length_m[row]);
  base.mutable_dimension()->set_width(e.width_m[row]);
  base.mutable_dimension()->set_height(e.height_m[row]);
  const BoxState state = box_state(e, row);
  set(*base.mutable_position(), state.center);
  set(*base.mutable_velocity(), state.velocity);
  set(*base.mutable_acceleration(), state.acceleration);
  base.mutable_orientation()->set_yaw(sim::wrap_angle(e.yaw_rad[row]));
  base.mutable_orientation()->set_pitch(e.pitch_rad[row]);
  base.mutable_orientation()->set_roll(e.roll_rad[row]);
  base.mutable_orientation_rate()->set_roll(0);
  base.mutable_orientation_rate()->set_pitch(0);
  base.mutable_orientation_rate()->set_yaw(e.yaw_rate_radps[row]);
}

using Class = osi3::MovingObject::VehicleClassification;

osi3::MovingObject::Type type_of(Kind kind) {
  switch (kind) {
    case Kind::kPedestrian:
      return osi3::MovingObject::TYPE_PEDESTRIAN;
    case Kind::kAnimal:
      return osi3::MovingObject::TYPE_ANIMAL;
    case Kind::kUnknown:
      return osi3::MovingObject::TYPE_UNKNOWN;
    default:
      return osi3::MovingObject::TYPE_VEHICLE;
  }
}

Class::Type class_of(Kind kind) {
  switch (kind) {
    case Kind::kCar:
      return Class::TYPE_CAR;
    case Kind::kVan:
      return Class::TYPE_DELIVERY_VAN;
    case Kind::kTruck:
      return Class::TYPE_HEAVY_TRUCK;
    case Kind::kTrailer:
      return Class::TYPE_TRAILER;
    case Kind::kBus:
      return Class::TYPE_BUS;
    case Kind::kMotorbike:
      return Class::TYPE_MOTORBIKE;
    case Kind::kBicycle:
      return Class::TYPE_BICYCLE;
    case Kind::kTrain:
      return Class::TYPE_TRAIN;
    case Kind::kTram:
      return Class::TYPE_TRAM;
    default:
      return Class::TYPE_OTHER;
  }
}

void add_object(osi3::GroundTruth& truth, const ExportInput& input, const sim::Snapshot& snapshot, std::size_t row) {
  const sim::Entities& e = snapshot.entities;
  const Kind kind = kind_of(input, snapshot, row);
  osi3::MovingObject& object = *truth.add_moving_object();
  object.mutable_id()->set_value(object_id(snapshot, row));
  set_base(*object.mutable_base(), e, row);
  object.set_type(type_of(kind));
  osi3::ExternalReference& reference = *object.add_source_reference();
  reference.set_type("net.bitgoeul.entity");
  reference.add_identifier(name_of(input, snapshot, row));
  if (object.type() != osi3::MovingObject::TYPE_VEHICLE) return;
  object.mutable_vehicle_classification()->set_type(class_of(kind));
  object.mutable_vehicle_classification()->set_role(Class::ROLE_CIVIL);
  // The reference point of a run lies on the ground below the rear axle.
  set(*object.mutable_vehicle_attributes()->mutable_bbcenter_to_rear(),
      {-e.center_x_m[row], 0, -0.5 * e.height_m[row]});
}

// Signals ---------------------------------------------------------------------------------------------------------

using Bulb = osi3::TrafficLight::Classification;
constexpr std::array<Bulb::Color, 3> kColors{Bulb::COLOR_RED, Bulb::COLOR_YELLOW, Bulb::COLOR_GREEN};
constexpr double kBulbM = 0.3;

Bulb::Mode mode_of(sim::SignalState state, Bulb::Color color) {
  switch (state) {
    case sim::SignalState::kRed:
      return color == Bulb::COLOR_RED ? Bulb::MODE_CONSTANT : Bulb::MODE_OFF;
    case sim::SignalState::kYellow:
      return color == Bulb::COLOR_YELLOW ? Bulb::MODE_CONSTANT : Bulb::MODE_OFF;
    case sim::SignalState::kGreen:
      return color == Bulb::COLOR_GREEN ? Bulb::MODE_CONSTANT : Bulb::MODE_OFF;
    case sim::SignalState::kFlashingRed:
      return color == Bulb::COLOR_RED ? Bulb::MODE_FLASHING : Bulb::MODE_OFF;
    case sim::SignalState::kFlashingYellow:
      return color == Bulb::COLOR_YELLOW ? Bulb::MODE_FLASHING : Bulb::MODE_OFF;
    default:
      return Bulb::MODE_OFF;
  }
}

// One TrafficLight per bulb: red above yellow above green.
void add_head(osi3::GroundTruth& truth, const maps::Map& map, const sim::Signals& states, std::size_t row) {
  const maps::Signal& signal = map.signals[row];
  const auto group = static_cast<std::size_t>(signal.group);
  for (std::size_t bulb = 0; bulb < kColors.size(); ++bulb) {
    osi3::TrafficLight& light = *truth.add_traffic_light();
    light.mutable_id()->set_value(kBulbs + row * kColors.size() + bulb);
    osi3::BaseStationary& base = *light.mutable_base();
    base.mutable_dimension()->set_length(kBulbM);
    base.mutable_dimension()->set_width(kBulbM);
    base.mutable_dimension()->set_height(kBulbM);
    set(*base.mutable_position(), {signal.x, signal.y, signal.z + kBulbM * (1.0 - static_cast<double>(bulb))});
    base.mutable_orientation()->set_yaw(sim::wrap_angle(signal.heading));
    base.mutable_orientation()->set_pitch(0);
    base.mutable_orientation()->set_roll(0);
    Bulb& state = *light.mutable_classification();
    state.set_color(kColors[bulb]);
    state.set_icon(Bulb::ICON_NONE);
    state.set_mode(mode_of(states.state[group], kColors[bulb]));
    osi3::ExternalReference& reference = *light.add_source_reference();
    reference.set_type("net.asam.opendrive");
    reference.add_identifier("traffic_signal");
    reference.add_identifier(std::string(map.text_of(signal.id)));
  }
}

void add_signals(osi3::GroundTruth& truth, const ExportInput& input, const sim::Snapshot& snapshot) {
  if (!input.map) return;
  for (std::size_t row = 0; row < input.map->signals.size(); ++row) {
    const maps::Signal& signal = input.map->signals[row];
    if (signal.dynamic == 0 || signal.group < 0) continue;
    if (static_cast<std::size_t>(signal.group) < snapshot.signals.state.size())
      add_head(truth, *input.map, snapshot.signals, row);
  }
}

// What a sensor sees ----------------------------------------------------------------------------------------------

// Into the frame of the host: origin on the ground below its rear axle, x ahead, y left.
struct HostFrame {
  sim::Vec3 origin;
  double yaw = 0, sine = 0, cosine = 1;
  HostFrame(const sim::Entities& e, std::size_t row) : origin(e.x[row], e.y[row], e.z[row]), yaw(e.yaw_rad[row]) {
    sim::sincos(yaw, sine, cosine);
  }
  sim::Vec3 turn(const sim::Vec3& v) const {
    return {cosine * v.x() + sine * v.y(), -sine * v.x() + cosine * v.y(), v.z()};
  }
};

void add_detection(osi3::SensorData& data, const osi3::MovingObject& object, const sim::Entities& e, std::size_t row,
                   const HostFrame& host) {
  osi3::DetectedMovingObject& detected = *data.add_moving_object();
  detected.mutable_header()->mutable_tracking_id()->set_value(object.id().value());
  detected.mutable_header()->add_ground_truth_id()->set_value(object.id().value());
  detected.mutable_header()->set_existence_probability(1.0);
  detected.mutable_header()->set_measurement_state(osi3::DetectedItemHeader::MEASUREMENT_STATE_MEASURED);
  detected.set_reference_point(osi3::DetectedMovingObject::REFERENCE_POINT_CENTER);
  osi3::BaseMoving& base = *detected.mutable_base();
  base.CopyFrom(object.base());
  const BoxState state = box_state(e, row);
  set(*base.mutable_position(), host.turn(state.center - host.origin));
  set(*base.mutable_velocity(), host.turn(state.velocity));
  set(*base.mutable_acceleration(), host.turn(state.acceleration));
  base.mutable_orientation()->set_yaw(sim::wrap_angle(e.yaw_rad[row] - host.yaw));
  osi3::DetectedMovingObject::CandidateMovingObject& candidate = *detected.add_candidate();
  candidate.set_probability(1.0);
  candidate.set_type(object.type());
  if (object.has_vehicle_classification())
    candidate.mutable_vehicle_classification()->CopyFrom(object.vehicle_classification());
}

class OsiExporter final : public Exporter {
 public:
  OsiExporter(OsiFile kind, NewFile file, ExportInput input)
      : kind_(kind), file_(std::move(file)), input_(std::move(input)) {}

  sim::Result<void> open() {
    if (kind_ == OsiFile::kTrace) {
      auto trace = OutFile::create(file_.temporary());
      if (!trace) return tl::unexpected(trace.error());
      trace_.emplace(std::move(*trace));
      return {};
    }
    mcap::WriterOptions options;
    options.library = input_.producer;
    auto writer = mcap::Writer::open(file_.temporary(), options);
    if (!writer) return tl::unexpected(writer.error());
    writer_.emplace(std::move(*writer));
    const bool omega = kind_ == OsiFile::kOmegaPrime;
    truth_ = add_channel(omega ? "ground_truth" : "GroundTruth", *osi3::GroundTruth::descriptor(), "the whole world");
    if (omega) return add_map();
    view_ = add_channel("SensorView", *osi3::SensorView::descriptor(), "what lies around the host vehicle");
    data_ = add_channel("SensorData", *osi3::SensorData::descriptor(), "an ideal sensor of 150 m, host vehicle frame");
    return {};
  }

  sim::Result<void> frame(const sim::Snapshot& snapshot) override {
    ++report_.frames;
    const std::int64_t host = host_of(input_, snapshot);
    osi3::GroundTruth truth = start_truth(snapshot, host);
    for (std::size_t row = 0; row < snapshot.entities.alive.size(); ++row)
      if (snapshot.entities.alive[row] != 0) add_object(truth, input_, snapshot, row);
    add_signals(truth, input_, snapshot);
    if (auto written = write(truth_, snapshot.time_ns, truth); !written) return written;
    if (kind_ != OsiFile::kMcap || host < 0) return {};
    return sensor_view(snapshot, static_cast<std::size_t>(host), truth);
  }

  sim::Result<ExportReport> close() override {
    if (trace_) {
      if (auto synced = trace_->sync(); !synced) return tl::unexpected(synced.error());
      if (auto closed = trace_->close(); !closed) return tl::unexpected(closed.error());
    } else {
      if (auto noted = writer_->metadata("net.asam.osi.trace", trace_metadata()); !noted)
        return tl::unexpected(noted.error());
      if (auto closed = writer_->close(); !closed) return tl::unexpected(closed.error());
    }
    if (auto kept = file_.keep(); !kept) return tl::unexpected(kept.error());
    if (!input_.map)
      report_.issues.push_back(
          {.severity = sim::Severity::kWarning, .file = input_.log, .what = "traffic lights are left out: no map"});
    report_.files = {file_.path()};
    return report_;
  }

 private:
  osi3::GroundTruth start_truth(const sim::Snapshot& snapshot, std::int64_t host) const {
    osi3::GroundTruth truth;
    head(truth, snapshot.time_ns);
    if (host >= 0) truth.mutable_host_vehicle_id()->set_value(object_id(snapshot, static_cast<std::size_t>(host)));
    truth.set_country_code(kKorea);
    if (!input_.projection.empty()) {
      truth.set_proj_string(input_.projection);
      set(*truth.mutable_proj_frame_offset()->mutable_position(), {input_.offset_x, input_.offset_y, 0});
      truth.mutable_proj_frame_offset()->set_yaw(input_.offset_heading);
    }
    truth.set_map_reference(input_.map_name);
    return truth;
  }

  static std::string protobuf_version() {
    const int v = GOOGLE_PROTOBUF_VERSION;
    return std::to_string(v / 1'000'000) + "." + std::to_string(v / 1000 % 1000) + "." + std::to_string(v % 1000);
  }

  std::uint16_t add_channel(const std::string& topic, const google::protobuf::Descriptor& message,
                            const std::string& description) {
    const std::uint16_t schema = writer_->add_schema(message.full_name(), "protobuf", descriptor_set(message));
    return writer_->add_channel(schema, topic, "protobuf",
                                {{"net.asam.osi.trace.channel.osi_version", kVersion},
                                 {"net.asam.osi.trace.channel.protobuf_version", protobuf_version()},
                                 {"net.asam.osi.trace.channel.description", description}});
  }

  sim::Result<void> add_map() {
    if (!input_.map)
      return sim::fail("omega-prime carries the map, and the log's map is not there", input_.log, 0, {},
                       "name the map with --map");
    const std::uint16_t channel =
        add_channel("/ground_truth_map", *osi3::MapAsamOpenDrive::descriptor(), "the map as OpenDRIVE 1.8");
    osi3::MapAsamOpenDrive map;
    map.set_map_reference(input_.map_name);
    map.set_open_drive_xml_content(maps::opendrive::write_text(*input_.map, report_.issues));
    return write(channel, 0, map);
  }

  template <class Message>
  sim::Result<void> write(std::uint16_t channel, std::int64_t time_ns, const Message& message) {
    ++report_.messages;
    if (!message.SerializeToString(&bytes_)) return sim::fail("a message is larger than 2 GiB", file_.path().string());
    if (!trace_) return writer_->write(channel, static_cast<std::uint64_t>(time_ns), bytes_);
    std::string size;
    mcap::put(size, static_cast<std::uint32_t>(bytes_.size()));
    if (auto written = trace_->append(size); !written) return written;
    return trace_->append(bytes_);
  }

  sim::Result<void> sensor_view(const sim::Snapshot& snapshot, std::size_t host, const osi3::GroundTruth& truth) {
    const sim::Entities& e = snapshot.entities;
    const HostFrame frame(e, host);
    osi3::SensorView view = start_view(snapshot, host);
    osi3::SensorData data = start_data(snapshot, host);
    osi3::GroundTruth& around = *view.mutable_global_ground_truth();
    around = start_truth(snapshot, static_cast<std::int64_t>(host));
    int next = 0;
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      if (e.alive[row] == 0) continue;
      const osi3::MovingObject& object = truth.moving_object(next++);
      if ((sim::Vec3(e.x[row], e.y[row], e.z[row]) - frame.origin).norm() > kSensorRangeM) continue;
      around.add_moving_object()->CopyFrom(object);
      if (row != host) add_detection(data, object, e, row, frame);
    }
    for (const osi3::TrafficLight& light : truth.traffic_light()) {
      const auto& p = light.base().position();
      if ((sim::Vec3(p.x(), p.y(), p.z()) - frame.origin).norm() <= kSensorRangeM)
        around.add_traffic_light()->CopyFrom(light);
    }
    if (auto written = write(view_, snapshot.time_ns, view); !written) return written;
    return write(data_, snapshot.time_ns, data);
  }

  static osi3::SensorView start_view(const sim::Snapshot& snapshot, std::size_t host) {
    osi3::SensorView view;
    head(view, snapshot.time_ns);
    view.mutable_sensor_id()->set_value(1);
    view.mutable_host_vehicle_id()->set_value(object_id(snapshot, host));
    set_mount(*view.mutable_mounting_position());
    set_base(*view.mutable_host_vehicle_data()->mutable_location(), snapshot.entities, host);
    return view;
  }

  static osi3::SensorData start_data(const sim::Snapshot& snapshot, std::size_t host) {
    osi3::SensorData data;
    head(data, snapshot.time_ns);
    data.mutable_sensor_id()->set_value(1);
    set_mount(*data.mutable_mounting_position());
    set_base(*data.mutable_host_vehicle_location(), snapshot.entities, host);
    set(*data.mutable_last_measurement_time(), snapshot.time_ns);
    osi3::DetectedEntityHeader& header = *data.mutable_moving_object_header();
    header.set_data_qualifier(osi3::DetectedEntityHeader::DATA_QUALIFIER_AVAILABLE);
    set(*header.mutable_measurement_time(), snapshot.time_ns);
    return data;
  }

  mcap::StringPairs trace_metadata() const {
    return {{"version", kVersion},
            {"min_osi_version", kVersion},
            {"max_osi_version", kVersion},
            {"min_protobuf_version", protobuf_version()},
            {"max_protobuf_version", protobuf_version()},
            {"description", "converted from " + input_.log},
            {"authors", input_.producer},
            {"data_sources", input_.map_name}};
  }

  OsiFile kind_;
  NewFile file_;
  ExportInput input_;
  std::optional<mcap::Writer> writer_;
  std::optional<OutFile> trace_;
  std::uint16_t truth_ = 0, view_ = 0, data_ = 0;
  std::string bytes_;
  ExportReport report_;
};

}  // namespace

Made make_osi_exporter(OsiFile kind, const std::filesystem::path& file, ExportInput input) {
  auto exporter = std::make_unique<OsiExporter>(kind, NewFile(file), std::move(input));
  if (auto opened = exporter->open(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<Exporter>(std::move(exporter));
}

}  // namespace bitgoeul::replay
