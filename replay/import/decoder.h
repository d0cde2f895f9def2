// Decoder: messages of one type to Values, by the definition that stands in the log: Protobuf descriptors, ROS message
// definitions (ROS 1, or ROS 2 in CDR), JSON. Made by the readers of MCAP, ROS 1 bags and rosbag2. Nothing that a
// message or definition declares is believed: lengths against what is there, counts and depth against Budget. Errors:
// `what` only. Thread rule: one thread per Decoder; its Values hold until the next call.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "replay/import/value.h"
#include "sim/result.h"

namespace google::protobuf {
class Descriptor;
}

namespace bitgoeul::replay::import {

class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual sim::Result<Value> decode(std::string_view message) = 0;
};
using DecoderPtr = std::unique_ptr<Decoder>;

struct MessageType {
  std::string name;             // "sensor_msgs/msg/Imu", "osi3.GroundTruth", ...
  std::string encoding;         // of its messages: cdr, ros1, protobuf, json
  std::string schema_encoding;  // ros2msg, ros2idl, ros1msg, protobuf, jsonschema, or empty
  std::string schema;           // empty: known types of ROS are taken from a table
};
sim::Result<DecoderPtr> make_decoder(const MessageType& type);

sim::Result<DecoderPtr> make_ros_decoder(const MessageType& type);
sim::Result<DecoderPtr> make_protobuf_decoder(const MessageType& type);
DecoderPtr make_protobuf_decoder(const google::protobuf::Descriptor& type);  // of a message compiled in
DecoderPtr make_json_decoder();

// "pkg/msg/Type" and "pkg/Type" are one.
std::string plain_type(std::string_view name);
// A definition in IDL (schema encoding ros2idl) as ros2msg.
sim::Result<std::string> ros2msg_of_idl(std::string_view name, std::string_view text);
// The definition of a well-known ROS type and all that it needs, as ros2msg; empty: not known.
std::string_view known_ros_types();

}  // namespace bitgoeul::replay::import
