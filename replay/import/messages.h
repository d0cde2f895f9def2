// Topics of message-based logs (MCAP, ROS 1 bags, rosbag2): their roles by type and name, their decoders, and sensor
// frames out of their messages. Well-known types: the table in messages.cpp. Used by the readers of those formats.
// A message that cannot be decoded, or holds what cannot be (NaN poses, more points than bytes), is left out and
// counted. Thread rule: one thread per object.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/import/decoder.h"
#include "replay/import/formats.h"
#include "replay/mcap/compression.h"

namespace bitgoeul::replay::import {

TopicRole role_of(std::string_view type, std::string_view topic);
// False: holds nothing of that role. `what` of the error: why not.
sim::Result<bool> to_payload(const Value& message, std::string_view type, Item& item);

class MessageTopics {
 public:
  explicit MessageTopics(const Rules& rules) : rules_(rules) {}
  // Its place in Description::topics. The role is found by type, and changed by the rules.
  std::uint32_t add(Description& description, std::string topic, MessageType type);
  void select(const std::vector<TopicRole>& roles) { roles_ = roles; }
  bool wants(const TopicInfo& topic) const;
  // False: nothing to give.
  bool take(Description& description, std::uint32_t topic, std::string_view message, Item& item);

 private:
  struct One {
    MessageType type;
    DecoderPtr decoder;
    bool failed = false;
  };
  sim::Result<std::string_view> unpacked(std::string_view message);

  Rules rules_;
  mcap::Decompressor decompressor_;
  std::string unpacked_;
  std::vector<TopicRole> roles_;
  std::vector<One> topics_;
};

}  // namespace bitgoeul::replay::import
