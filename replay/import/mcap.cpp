// Any MCAP file: ROS 2, ROS 1, Protobuf (Foxglove, OSI, ...), JSON.
#include <map>

#include "replay/import/messages.h"
#include "replay/mcap/playback.h"

namespace bitgoeul::replay::import {
namespace {

class Mcap final : public Source {
 public:
  Mcap(mcap::Playback playback, const std::filesystem::path& path, const Rules& rules)
      : playback_(std::move(playback)), topics_(rules), file_(path.string()) {
    description_.format = playback_.header().profile.empty() ? "mcap" : "mcap " + playback_.header().profile;
    description_.start_ns = static_cast<std::int64_t>(playback_.first_ns());
    description_.end_ns = static_cast<std::int64_t>(playback_.last_ns());
    description_.time_base = playback_.first_ns() > 300'000'000'000'000'000u ? "unix" : "as in the log";
    FileInfo file{.path = file_, .format = "mcap"};
    std::error_code ignored;
    file.bytes = std::filesystem::file_size(path, ignored);
    file.complete = playback_.complete();
    file.why_not_complete = playback_.why_not_complete();
    description_.files.push_back(std::move(file));
    for (const auto& [id, channel] : playback_.channels()) add(id, channel);
    note_losses();
  }

  const Description& description() const override { return description_; }
  void select(const std::vector<TopicRole>& roles) override { topics_.select(roles); }
  sim::Result<void> seek(std::int64_t time_ns) override {
    return playback_.seek(static_cast<std::uint64_t>(std::max<std::int64_t>(0, time_ns)));
  }

  sim::Result<bool> next(Item& item) override {
    mcap::Message message;
    for (;;) {
      auto got = playback_.next(message);
      note_losses();
      if (!got || !*got) return got;
      item.time_ns = static_cast<std::int64_t>(message.log_time);
      if (topics_.take(description_, topic_of_.at(message.channel_id), message.data, item)) return true;
    }
  }

 private:
  void add(std::uint16_t id, const mcap::Channel& channel) {
    MessageType type;
    type.encoding = channel.message_encoding;
    if (const mcap::Schema* schema = playback_.schema_of(channel)) {
      type.name = schema->name;
      type.schema_encoding = schema->encoding;
      type.schema = schema->data;
    }
    const std::uint32_t topic = topics_.add(description_, channel.topic, std::move(type));
    topic_of_[id] = topic;
    const auto count = playback_.counts().find(id);
    if (count == playback_.counts().end()) return;
    TopicInfo& info = description_.topics[topic];
    info.count = count->second.messages;
    info.start_ns = static_cast<std::int64_t>(count->second.first_ns);
    info.end_ns = static_cast<std::int64_t>(count->second.last_ns);
  }

  void note_losses() {
    for (; told_ < playback_.losses().size(); ++told_) {
      const mcap::Loss& loss = playback_.losses()[told_];
      description_.issues.push_back({.severity = sim::Severity::kWarning,
                                     .file = file_,
                                     .where = "byte " + std::to_string(loss.begin),
                                     .what = loss.why});
    }
  }

  mcap::Playback playback_;
  MessageTopics topics_;
  std::string file_;
  Description description_;
  std::map<std::uint16_t, std::uint32_t> topic_of_;
  std::size_t told_ = 0;
};

}  // namespace

bool is_mcap(const std::filesystem::path& path) { return first_bytes(path, mcap::kMagic.size()) == mcap::kMagic; }

sim::Result<std::unique_ptr<Source>> open_mcap(const std::filesystem::path& path, const Rules& rules) {
  auto playback = mcap::Playback::open(path);
  if (!playback) return tl::unexpected(playback.error());
  return std::make_unique<Mcap>(std::move(*playback), path, rules);
}

}  // namespace bitgoeul::replay::import
