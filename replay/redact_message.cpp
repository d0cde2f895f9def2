#include "replay/redact_message.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <bit>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/hash.h"
#include "sim/math.h"

namespace bitgoeul::replay {
namespace {

namespace pb = google::protobuf;
using Json = nlohmann::ordered_json;

constexpr double kEarthM = 6371008.8;  // mean radius
constexpr double kRadians = sim::kPi / 180.0;

bool is_latitude(std::string_view name) { return name == "latitude" || name == "lat"; }
bool is_longitude(std::string_view name) { return name == "longitude" || name == "lon" || name == "lng"; }
bool is_altitude(std::string_view name) { return name == "altitude" || name == "alt"; }
// Bytes of runs that are numbers: what looks like a secret there is none, and blotting it out would damage them.
bool holds_numbers(const pb::FieldDescriptor& field) {
  if (field.type() != pb::FieldDescriptor::TYPE_BYTES) return false;
  const std::string& of = field.containing_type()->full_name();
  return of == "bitgoeul.schema.Frame" || of == "bitgoeul.schema.KeyFrame" || of == "bitgoeul.schema.StepHash" ||
         (of == "bitgoeul.schema.RunHeader" && field.name() == "map_hash");
}
bool is_projection(std::string_view name) {
  return name == "proj_string" || name == "map_projection" || name == "geo_reference" || name == "geoReference";
}

// ROS: the layout is known, and numbers are changed where they stand.
struct Layout {
  std::string_view data;
  std::size_t at = 0, base = 0;
  bool aligned = false, ok = true;
  void skip(std::size_t size, std::size_t align) {
    if (aligned) at += (align - (at - base) % align) % align;
    ok = ok && size <= data.size() && at <= data.size() - size;
    at += ok ? size : 0;
  }
  std::uint32_t u32() {
    skip(4, 4);
    std::uint32_t value = 0;
    if (ok) std::memcpy(&value, data.data() + at - 4, 4);
    return value;
  }
};

// Where latitude, longitude and altitude stand in a sensor_msgs/NavSatFix.
std::optional<std::size_t> fix_place(std::string_view data, bool ros2) {
  Layout layout{data};
  layout.aligned = ros2;
  if (ros2) {
    if (data.size() < 4 || data[0] != 0 || (data[1] != 1 && data[1] != 7)) return {};  // little-endian
    layout.at = layout.base = 4;
  }
  if (!ros2) layout.skip(4, 1);  // sequence number
  layout.skip(4, 4);
  layout.skip(4, 4);  // stamp
  layout.skip(layout.u32(), 1);
  layout.skip(1, 1);  // status
  layout.skip(2, 2);  // service
  layout.skip(24, data.size() > 1 && ros2 && data[1] == 7 ? 4 : 8);
  return layout.ok ? std::optional(layout.at - 24) : std::nullopt;
}

}  // namespace

void GnssMover::move(double& latitude_deg, double& longitude_deg) {
  if (!(std::abs(latitude_deg) <= 90.0) || !(std::abs(longitude_deg) <= 360.0)) {  // no fix; also NaN
    latitude_deg = longitude_deg = 0;
    return;
  }
  if (!known_) {
    known_ = true;
    latitude_ = latitude_deg, longitude_ = longitude_deg;
    scale_ = sim::cos(latitude_deg * kRadians);
    const double bits[2] = {latitude_deg, longitude_deg};
    const double angle = static_cast<double>(sim::hash_bytes(bits, sizeof bits).low >> 11) * 0x1p-53 * 2 * sim::kPi;
    sim::sincos(angle, sine_, cosine_);
  }
  const double east = sim::wrap_angle((longitude_deg - longitude_) * kRadians) * scale_ * kEarthM;
  const double north = (latitude_deg - latitude_) * kRadians * kEarthM;
  longitude_deg = (cosine_ * east - sine_ * north) / kEarthM / kRadians;
  latitude_deg = (sine_ * east + cosine_ * north) / kEarthM / kRadians;
  ++moved_;
}

double GnssMover::altitude(double altitude_m) {
  if (!altitude_) altitude_ = altitude_m;
  return altitude_m - *altitude_;
}

struct MessageRedactor::Impl {
  Impl(const RedactPolicy& p, RedactReport& r, GnssMover& m) : policy(p), report(r), mover(m) {}

  // A schema's types; null prototype: they cannot be built.
  struct Types {
    pb::DescriptorPool pool;
    std::unique_ptr<pb::DynamicMessageFactory> factory;
    const pb::Message* prototype = nullptr;
  };

  const RedactPolicy& policy;
  RedactReport& report;
  GnssMover& mover;
  std::map<std::string, std::unique_ptr<Types>> types;  // by the schema's data and name

  void blot(std::string& text) { replay::blot(text, policy.names, report.secrets); }

  // ---- Protobuf

  const pb::Message* prototype_of(const mcap::Schema& schema) {
    auto& known = types[schema.name + '\n' + schema.data];
    if (known) return known->prototype;
    known = std::make_unique<Types>();
    pb::FileDescriptorSet set;
    if (!set.ParseFromString(schema.data)) return nullptr;
    for (const auto& file : set.file())
      if (known->pool.BuildFile(file) == nullptr) return nullptr;
    const pb::Descriptor* type = known->pool.FindMessageTypeByName(schema.name);
    if (type == nullptr) return nullptr;
    known->factory = std::make_unique<pb::DynamicMessageFactory>(&known->pool);
    known->prototype = known->factory->GetPrototype(type);
    return known->prototype;
  }

  static const pb::FieldDescriptor* number_field(const pb::Message& message, bool (*is)(std::string_view)) {
    const pb::Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const auto kind = type.field(i)->cpp_type();
      const bool number = kind == pb::FieldDescriptor::CPPTYPE_DOUBLE || kind == pb::FieldDescriptor::CPPTYPE_FLOAT;
      if (number && !type.field(i)->is_repeated() && is(type.field(i)->name())) return type.field(i);
    }
    return nullptr;
  }

  static double get(const pb::Message& m, const pb::FieldDescriptor& f) {
    const pb::Reflection& r = *m.GetReflection();
    return f.cpp_type() == pb::FieldDescriptor::CPPTYPE_DOUBLE ? r.GetDouble(m, &f) : r.GetFloat(m, &f);
  }
  static void set(pb::Message& m, const pb::FieldDescriptor& f, double value) {
    const pb::Reflection& r = *m.GetReflection();
    if (f.cpp_type() == pb::FieldDescriptor::CPPTYPE_DOUBLE)
      r.SetDouble(&m, &f, value);
    else
      r.SetFloat(&m, &f, static_cast<float>(value));
  }

  void move_position(pb::Message& message) {
    const auto* latitude = number_field(message, is_latitude);
    const auto* longitude = number_field(message, is_longitude);
    if (latitude == nullptr || longitude == nullptr || !policy.move_gnss) return;
    double north = get(message, *latitude), east = get(message, *longitude);
    mover.move(north, east);
    set(message, *latitude, north);
    set(message, *longitude, east);
    if (const auto* altitude = number_field(message, is_altitude))
      set(message, *altitude, mover.altitude(get(message, *altitude)));
  }

  void clean(pb::Message& message) {
    const pb::Reflection& reflection = *message.GetReflection();
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const pb::FieldDescriptor* field : fields) clean_field(message, reflection, *field);
    move_position(message);
  }

  void clean_field(pb::Message& message, const pb::Reflection& reflection, const pb::FieldDescriptor& field) {
    const bool text = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
    const bool sub = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
    if (text && policy.move_gnss && is_projection(field.name())) return reflection.ClearField(&message, &field);
    if ((!text && !sub) || holds_numbers(field)) return;
    const int count = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
    for (int i = 0; i < count; ++i) {
      if (sub) {
        clean(*(field.is_repeated() ? reflection.MutableRepeatedMessage(&message, &field, i)
                                    : reflection.MutableMessage(&message, &field)));
        continue;
      }
      std::string value = field.is_repeated() ? reflection.GetRepeatedString(message, &field, i)
                                              : reflection.GetString(message, &field);
      blot(value);
      if (field.is_repeated())
        reflection.SetRepeatedString(&message, &field, i, std::move(value));
      else
        reflection.SetString(&message, &field, std::move(value));
    }
  }

  bool protobuf(const mcap::Schema* schema, std::string_view data, std::string& out) {
    const pb::Message* prototype = schema ? prototype_of(*schema) : nullptr;
    if (prototype == nullptr || data.size() >= (1u << 31)) return false;
    const std::unique_ptr<pb::Message> message(prototype->New());
    if (!message->ParsePartialFromArray(data.data(), static_cast<int>(data.size()))) return false;
    message->DiscardUnknownFields();
    clean(*message);
    return message->SerializePartialToString(&out);
  }

  // ---- JSON

  void clean(Json& value) {
    if (value.is_string()) {
      blot(value.get_ref<std::string&>());
    } else if (value.is_array()) {
      for (Json& element : value) clean(element);
    } else if (value.is_object()) {
      Json cleaned = Json::object();
      for (auto& [key, element] : value.items()) {
        std::string name = key;
        blot(name);
        clean(element);
        if (!(policy.move_gnss && is_projection(key) && element.is_string())) cleaned[name] = std::move(element);
      }
      value = std::move(cleaned);
      move_position(value);
    }
  }

  void move_position(Json& object) {
    Json *latitude = nullptr, *longitude = nullptr, *altitude = nullptr;
    for (auto& [key, value] : object.items()) {
      if (!value.is_number()) continue;
      if (is_latitude(key)) latitude = &value;
      if (is_longitude(key)) longitude = &value;
      if (is_altitude(key)) altitude = &value;
    }
    if (latitude == nullptr || longitude == nullptr || !policy.move_gnss) return;
    double north = latitude->get<double>(), east = longitude->get<double>();
    mover.move(north, east);
    *latitude = north, *longitude = east;
    if (altitude != nullptr) *altitude = mover.altitude(altitude->get<double>());
  }

  bool json(std::string_view data, std::string& out) {
    Json value = Json::parse(data, nullptr, false);
    if (value.is_discarded()) return false;
    clean(value);
    out = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return true;
  }

  // ---- ROS

  bool ros(const mcap::Schema* schema, std::string_view data, bool ros2, std::string& out) {
    out.assign(data);
    blot(out);
    const bool fix = schema && schema->name.ends_with("/NavSatFix");
    if (!fix || !policy.move_gnss) return schema != nullptr;
    const auto place = fix_place(data, ros2);
    if (!place) return false;
    double values[3];
    std::memcpy(values, data.data() + *place, sizeof values);
    mover.move(values[0], values[1]);
    values[2] = mover.altitude(values[2]);
    std::memcpy(out.data() + *place, values, sizeof values);
    return true;
  }
};

MessageRedactor::MessageRedactor(const RedactPolicy& policy, RedactReport& report, GnssMover& mover)
    : impl_(std::make_unique<Impl>(policy, report, mover)) {}
MessageRedactor::~MessageRedactor() = default;

bool MessageRedactor::redact(const mcap::Channel& channel, const mcap::Schema* schema, std::string_view data,
                             std::string& out) {
  if (channel.message_encoding == "protobuf") return impl_->protobuf(schema, data, out);
  if (channel.message_encoding == "json") return impl_->json(data, out);
  if (channel.message_encoding == "cdr") return impl_->ros(schema, data, true, out);
  if (channel.message_encoding == "ros1") return impl_->ros(schema, data, false, out);
  return false;
}

}  // namespace bitgoeul::replay
