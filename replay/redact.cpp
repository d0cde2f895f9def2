#include "replay/redact.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "replay/file.h"
#include "replay/mcap/reader.h"
#include "replay/mcap/writer.h"
#include "replay/redact_message.h"

namespace bitgoeul::replay {
namespace {

// Message types whose content is understood: geometry, motion, objects, signals, point clouds, events.
constexpr std::string_view kKnownTypes[] = {
    "bitgoeul.schema.*",
    "bitgoeul.stack.*",
    "osi3.GroundTruth",
    "osi3.SensorView",
    "osi3.SensorData",
    "osi3.HostVehicleData",
    "osi3.TrafficUpdate",
    "osi3.TrafficCommand",
    "foxglove.SceneUpdate",
    "foxglove.FrameTransform*",
    "foxglove.LocationFix*",
    "foxglove.Pose*",
    "foxglove.PointCloud",
    "foxglove.LaserScan",
    "foxglove.Odometry",
    "foxglove.Log",
    "sensor_msgs/NavSatFix",
    "sensor_msgs/Imu",
    "sensor_msgs/PointCloud2",
    "sensor_msgs/LaserScan",
    "nav_msgs/*",
    "tf2_msgs/*",
    "geometry_msgs/*",
    "std_msgs/*",
    "autoware_*",
};
constexpr std::string_view kImageTypes[] = {"sensor_msgs/Image",        "sensor_msgs/CompressedImage",
                                            "foxglove.RawImage",        "foxglove.CompressedImage",
                                            "foxglove.CompressedVideo", "foxglove.ImageAnnotations"};

bool matches(std::string_view pattern, std::string_view text) {
  return pattern.ends_with('*') ? text.starts_with(pattern.substr(0, pattern.size() - 1)) : text == pattern;
}
template <class Patterns>
bool any_matches(const Patterns& patterns, std::string_view text) {
  return std::any_of(std::begin(patterns), std::end(patterns), [&](const auto& p) { return matches(p, text); });
}

// `sensor_msgs/msg/Imu` and `sensor_msgs/Imu` are the same type.
std::string plain_type(std::string type) {
  if (const auto at = type.find("/msg/"); at != std::string::npos) type.erase(at, 4);
  return type;
}

// Why a topic must not pass; empty: it may.
std::string refusal(const RedactPolicy& policy, const mcap::Channel& channel, const std::string& type) {
  if (any_matches(policy.drop, channel.topic)) return "the policy drops it";
  if (any_matches(kImageTypes, type)) return policy.images ? "" : "images";
  const auto& encoding = channel.message_encoding;
  if (encoding != "protobuf" && encoding != "json" && encoding != "cdr" && encoding != "ros1")
    return "its encoding '" + encoding + "' cannot be read";
  if (any_matches(policy.topics, channel.topic) || any_matches(kKnownTypes, type)) return {};
  return "not allowed by type or policy";
}

class Redactor {
 public:
  Redactor(const RedactPolicy& policy, mcap::Writer& writer)
      : policy_(policy), writer_(writer), messages_(policy, report_, mover_) {}

  sim::Result<void> message(const mcap::MessageView& view) {
    Topic& topic = topic_of(view);
    RedactedTopic& entry = report_.topics[topic.name];
    const bool passes = topic.channel != 0 && messages_.redact(view.channel, view.schema, view.message.data, scratch_);
    ++(passes ? entry.kept : entry.dropped);
    ++(passes ? report_.kept : report_.dropped);
    if (!passes && topic.channel != 0) entry.why = "some messages could not be decoded";
    if (!passes) return {};
    return writer_.write(topic.channel, view.message.log_time, view.message.publish_time, scratch_,
                         view.message.sequence);
  }

  sim::Result<void> others(const mcap::Reader& reader) {
    for (std::size_t i = 0; i < reader.info().attachments.size(); ++i)
      if (auto done = attachment(reader, i); !done) return done;
    for (std::size_t i = 0; i < reader.info().metadata.size(); ++i)
      if (auto done = metadata(reader, i); !done) return done;
    return {};
  }

  RedactReport report() {
    report_.positions_moved = mover_.moved();
    return report_;
  }

 private:
  struct Topic {
    std::string name;
    std::uint16_t channel = 0;  // 0: must not pass
  };

  std::string clean(std::string text) {
    blot(text, policy_.names, report_.secrets);
    return text;
  }
  mcap::StringPairs clean(const mcap::StringPairs& pairs) {
    mcap::StringPairs out;
    for (const auto& [key, value] : pairs) out.emplace_back(clean(key), clean(value));
    return out;
  }

  Topic& topic_of(const mcap::MessageView& view) {
    const auto [at, is_new] = topics_.try_emplace(view.channel.id);
    Topic& topic = at->second;
    if (!is_new) return topic;
    const std::string type = view.schema ? plain_type(view.schema->name) : std::string();
    topic.name = clean(view.channel.topic);
    RedactedTopic& entry = report_.topics[topic.name];
    entry.type = clean(type);
    entry.why = refusal(policy_, view.channel, type);
    if (!entry.why.empty()) return topic;
    std::uint16_t schema = 0;
    if (view.schema) {
      const auto [known, added] = schemas_.try_emplace(view.schema->id, std::uint16_t{0});
      if (added)
        known->second = writer_.add_schema(clean(view.schema->name), view.schema->encoding, clean(view.schema->data));
      schema = known->second;
    }
    topic.channel =
        writer_.add_channel(schema, topic.name, view.channel.message_encoding, clean(view.channel.metadata));
    return topic;
  }

  sim::Result<void> attachment(const mcap::Reader& reader, std::size_t index) {
    if (!policy_.attachments) {
      ++report_.attachments_dropped;
      return {};
    }
    auto data = reader.attachment(index);
    if (!data) return tl::unexpected(data.error());
    const mcap::AttachmentIndex& at = reader.info().attachments[index];
    return writer_.attach(clean(at.name), at.media_type, at.log_time, clean(std::move(*data)), at.create_time);
  }

  sim::Result<void> metadata(const mcap::Reader& reader, std::size_t index) {
    const auto value = reader.metadata(index);
    if (!value) return tl::unexpected(value.error());
    // The norm of OSI traces demands this one, and it holds versions only.
    if (!policy_.metadata && value->name != "net.asam.osi.trace") {
      ++report_.metadata_dropped;
      return {};
    }
    return writer_.metadata(clean(value->name), clean(value->entries));
  }

  const RedactPolicy& policy_;
  mcap::Writer& writer_;
  RedactReport report_;
  GnssMover mover_;
  MessageRedactor messages_;
  std::map<std::uint16_t, Topic> topics_;
  std::map<std::uint16_t, std::uint16_t> schemas_;
  std::string scratch_;
};

bool read_list(const YAML::Node& node, std::vector<std::string>& out) {
  if (!node.IsSequence()) return false;
  for (const YAML::Node& one : node) out.push_back(one.as<std::string>());
  return true;
}

bool read_switch(const YAML::Node& node, const char* on, const char* off, bool& out) {
  const auto word = node.as<std::string>();
  out = word == on;
  return word == on || word == off;
}

bool read_key(const std::string& key, const YAML::Node& value, RedactPolicy& policy) {
  if (key == "topics") return read_list(value, policy.topics);
  if (key == "drop") return read_list(value, policy.drop);
  if (key == "names") return read_list(value, policy.names);
  if (key == "images") return read_switch(value, "keep", "drop", policy.images);
  if (key == "attachments") return read_switch(value, "keep", "drop", policy.attachments);
  if (key == "metadata") return read_switch(value, "keep", "drop", policy.metadata);
  if (key == "gnss") return read_switch(value, "local", "keep", policy.move_gnss);
  return false;
}

}  // namespace

sim::Result<RedactPolicy> read_redact_policy(const std::filesystem::path& file) {
  const std::string name = file.string();
  try {
    RedactPolicy policy;
    const YAML::Node root = YAML::LoadFile(name);
    if (!root.IsMap()) return sim::fail("is no list of keys", name);
    for (const auto& entry : root) {
      const auto key = entry.first.as<std::string>();
      if (!read_key(key, entry.second, policy))
        return sim::fail(
            "unknown key or value", name, entry.first.Mark().line + 1, "`" + key + "`",
            "topics, drop, names: lists; images, attachments, metadata: keep or drop; gnss: local or keep");
    }
    return policy;
  } catch (const YAML::Exception& error) {
    return sim::fail("cannot be read: " + error.msg, name, error.mark.is_null() ? 0 : error.mark.line + 1);
  }
}

sim::Result<RedactReport> redact(const std::filesystem::path& from, const std::filesystem::path& to,
                                 const RedactPolicy& policy) {
  if (same_file(from, to)) return sim::fail("input and output are the same file", to.string());
  const auto reader = mcap::Reader::open(from);
  if (!reader) return tl::unexpected(reader.error());
  if (!reader->info().complete)
    return sim::fail("is not a whole log: " + reader->info().why_not_complete, from.string(), 0, {},
                     "run `bitgoeul log recover` on it first");
  NewFile output(to);
  mcap::WriterOptions options;
  options.profile = reader->info().header.profile == "ros1" || reader->info().header.profile == "ros2"
                        ? reader->info().header.profile
                        : std::string();
  auto writer = mcap::Writer::open(output.temporary(), options);
  if (!writer) return tl::unexpected(writer.error());
  Redactor redactor(policy, *writer);
  sim::Result<void> done;
  const auto read = reader->each_message([&](const mcap::MessageView& view) {
    done = redactor.message(view);
    return done.has_value();
  });
  if (!read) return tl::unexpected(read.error());
  if (!done) return tl::unexpected(done.error());
  if (done = redactor.others(*reader); !done) return tl::unexpected(done.error());
  if (auto closed = writer->close(); !closed) return tl::unexpected(closed.error());
  if (auto kept = output.keep(); !kept) return tl::unexpected(kept.error());
  return redactor.report();
}

}  // namespace bitgoeul::replay
