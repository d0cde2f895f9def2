// run.mcap of this engine as a Source: its frames are the Snapshots.
#include <algorithm>

#include "replay/frame_codec.h"
#include "replay/import/formats.h"
#include "replay/mcap/playback.h"
#include "replay/run_messages.h"

namespace bitgoeul::replay::import {
namespace {

constexpr const char* kRunFile = "run.mcap";

class Run final : public Source {
 public:
  Run(mcap::Playback playback, RunLog log, const std::filesystem::path& path)
      : playback_(std::move(playback)), file_(path.string()) {
    description_.format = "run of this engine";
    description_.time_base = "simulated";
    description_.frame = "the map's local east-north-up metres";
    description_.run = log.header();
    description_.entities = log.header().entities;
    describe_file(path);
    for (const auto& [id, channel] : playback_.channels()) {
      topic_of_channel_[id] = static_cast<std::uint32_t>(description_.topics.size());
      description_.topics.push_back(describe(id, channel));
    }
    description_.start_ns = static_cast<std::int64_t>(playback_.first_ns());
    description_.end_ns = static_cast<std::int64_t>(playback_.last_ns());
    frame_ns_ = std::max<std::int64_t>(1, log.header().dt_ns) * std::max<std::int64_t>(1, log.header().frame_every);
  }

  const Description& description() const override { return description_; }

  void select(const std::vector<TopicRole>&) override {}

  sim::Result<void> seek(std::int64_t time_ns) override {
    // Back to a key frame, which come every 20 frames; further where frames are missing.
    for (std::int64_t back = 25 * std::min<std::int64_t>(frame_ns_, 1'000'000'000'000);; back *= 8) {
      const std::int64_t from = std::max<std::int64_t>(0, time_ns - back);
      auto found = start_at(from, time_ns);
      if (!found) return tl::unexpected(found.error());
      if (*found || from == 0) return {};
    }
  }

  sim::Result<bool> next(Item& item) override {
    if (pending_) {
      give(item);
      return true;
    }
    for (;;) {
      auto got = advance();
      if (!got) return tl::unexpected(got.error());
      if (*got == Step::kEnd) return false;
      if (*got != Step::kFrame || snapshot_.time_ns < from_ns_) continue;
      give(item);
      return true;
    }
  }

 private:
  enum class Step { kEnd, kOther, kFrame };

  void describe_file(const std::filesystem::path& path) {
    FileInfo file;
    file.path = path.string();
    file.format = "mcap";
    std::error_code ignored;
    file.bytes = std::filesystem::file_size(path, ignored);
    file.complete = playback_.complete();
    file.why_not_complete = playback_.why_not_complete();
    description_.files.push_back(std::move(file));
  }

  TopicInfo describe(std::uint16_t id, const mcap::Channel& channel) const {
    TopicInfo topic;
    topic.name = channel.topic;
    topic.encoding = channel.message_encoding;
    if (const mcap::Schema* schema = playback_.schema_of(channel)) topic.type = schema->name;
    topic.role = channel.topic.starts_with("/run/") ? TopicRole::kRun : TopicRole::kOther;
    const auto count = playback_.counts().find(id);
    if (count == playback_.counts().end()) return topic;
    topic.count = count->second.messages;
    topic.start_ns = static_cast<std::int64_t>(count->second.first_ns);
    topic.end_ns = static_cast<std::int64_t>(count->second.last_ns);
    return topic;
  }

  // True: stands at the last frame at or before time_ns, or the first after it, with what came before it decoded.
  sim::Result<bool> start_at(std::int64_t from, std::int64_t time_ns) {
    if (auto sought = playback_.seek(static_cast<std::uint64_t>(from)); !sought) return tl::unexpected(sought.error());
    decoder_.emplace();
    expected_.clear();
    snapshot_ = {};
    pending_ = false;
    from_ns_ = time_ns;
    for (;;) {
      auto got = advance();
      if (!got) return tl::unexpected(got.error());
      if (*got == Step::kEnd) return false;
      if (*got != Step::kFrame) continue;
      pending_ = snapshot_.time_ns >= time_ns;
      return snapshot_.time_ns <= time_ns;  // else an earlier frame may be missing
    }
  }

  sim::Result<Step> advance() {
    mcap::Message message;
    auto got = playback_.next(message);
    if (!got) return tl::unexpected(got.error());
    note_losses();
    if (!*got) return Step::kEnd;
    const mcap::Channel& channel = playback_.channels().at(message.channel_id);
    TopicInfo& topic = description_.topics[topic_of_channel_.at(message.channel_id)];
    const mcap::Schema* schema = playback_.schema_of(channel);
    const auto is = [&](const Topic& t) {
      return channel.topic == t.name && channel.message_encoding == "protobuf" && schema != nullptr &&
             schema->name == t.schema;
    };
    // Messages build on those before them: after a gap, only a key is a beginning.
    const auto [expected, is_new] = expected_.try_emplace(message.channel_id, message.sequence);
    if (std::exchange(expected->second, message.sequence + 1) != message.sequence && !is_new) decoder_.emplace();
    std::int64_t step = 0;
    if (is(kEventsTopic)) {
      std::vector<sim::Event> events;
      if (unpack(message.data, step, events))
        snapshot_.events.insert(snapshot_.events.end(), events.begin(), events.end());
    }
    // Before its key, a message that builds on others says nothing.
    if (is(kSignalsTopic)) (void)decoder_->decode_signals(message.data, snapshot_);
    if (!is(kFramesTopic)) return Step::kOther;
    auto decoded = decoder_->decode(message.data, snapshot_);
    if (decoded) return Step::kFrame;
    if (had_frame_) {
      ++topic.dropped;
      if (topic.why.empty()) topic.why = decoded.error().what;
    }
    return Step::kOther;
  }

  void give(Item& item) {
    had_frame_ = true;
    pending_ = false;
    item.time_ns = snapshot_.time_ns;
    item.topic = kSnapshotTopic;
    item.frame = kWorldFrame;
    item.payload = std::make_shared<const sim::Snapshot>(snapshot_);
    snapshot_.events.clear();
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
  std::string file_;
  Description description_;
  std::map<std::uint16_t, std::uint32_t> topic_of_channel_;
  std::optional<FrameDecoder> decoder_ = FrameDecoder();
  std::map<std::uint16_t, std::uint32_t> expected_;  // sequence numbers
  sim::Snapshot snapshot_;
  std::int64_t frame_ns_ = 1, from_ns_ = std::numeric_limits<std::int64_t>::min();
  std::size_t told_ = 0;
  bool pending_ = false, had_frame_ = false;
};

}  // namespace

// A folder that holds a run.mcap is that run.
bool is_run(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return std::filesystem::is_regular_file(path / kRunFile, ignored) && is_run(path / kRunFile);
  return first_bytes(path, mcap::kMagic.size()) == mcap::kMagic && RunLog::open(path).has_value();
}

sim::Result<std::unique_ptr<Source>> open_run(const std::filesystem::path& given, const Rules&) {
  std::error_code ignored;
  const std::filesystem::path path = std::filesystem::is_directory(given, ignored) ? given / kRunFile : given;
  auto log = RunLog::open(path);
  if (!log) return tl::unexpected(log.error());
  auto playback = mcap::Playback::open(path);
  if (!playback) return tl::unexpected(playback.error());
  return std::make_unique<Run>(std::move(*playback), std::move(*log), path);
}

}  // namespace bitgoeul::replay::import
