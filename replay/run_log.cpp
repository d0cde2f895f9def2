#include "replay/run_log.h"

#include <algorithm>
#include <map>

#include "replay/file.h"
#include "replay/frame_codec.h"
#include "replay/mcap/reader.h"
#include "replay/run_messages.h"

namespace bitgoeul::replay {
namespace {

bool is(const mcap::MessageView& view, const Topic& topic) { return view.channel.topic == topic.name; }

// Notices messages that are missing: each channel numbers its own.
class Numbering {
 public:
  explicit Numbering(bool from_start) : from_start_(from_start) {}
  bool goes_on(const mcap::MessageView& view) {
    const auto [next, is_new] = next_.try_emplace(view.channel.id, from_start_ ? 0 : view.message.sequence);
    return next->second++ == view.message.sequence;
  }

 private:
  bool from_start_;
  std::map<std::uint16_t, std::uint32_t> next_;
};

}  // namespace

struct RunLog::Impl {
  Impl(mcap::Reader in, std::string name) : reader(std::move(in)), file(std::move(name)) {}

  mcap::Reader reader;
  std::string file;
  RunHeader header;

  auto fail(const mcap::MessageView& view, std::string what) const {
    return fail_at(file, view.offset, std::move(what));
  }

  // Our topics must carry our messages; others are somebody else's and skipped.
  sim::Result<void> check(const mcap::MessageView& view, const Topic& topic) const {
    const bool ours =
        view.channel.message_encoding == "protobuf" && view.schema != nullptr && view.schema->name == topic.schema;
    if (ours) return {};
    return fail(view, std::string(topic.name) + " must hold " + std::string(topic.schema) + " messages as protobuf");
  }

  // Calls f for each message; f returns true to go on, or the error.
  template <class F>
  sim::Result<void> each(F&& f) const {
    sim::Result<bool> last = true;
    Numbering numbering(true);
    auto read = reader.each_message([&](const mcap::MessageView& view) {
      last = numbering.goes_on(view) ? f(view) : fail(view, "messages are missing before this place");
      return last && *last;
    });
    if (!read) return read;
    if (!last) return tl::unexpected(last.error());
    return {};
  }

  sim::Result<void> read_header() {
    bool found = false;
    auto read = each([&](const mcap::MessageView& view) -> sim::Result<bool> {
      if (!is(view, kHeaderTopic)) return fail(view, "is not a run log: its first message is not a run header");
      if (auto sound = check(view, kHeaderTopic); !sound) return tl::unexpected(sound.error());
      if (!unpack(view.message.data, header)) return fail(view, "the run header is damaged or of another version");
      found = true;
      return false;
    });
    if (read && !found) return fail_at(file, reader.info().data_end, "is not a run log: it has no run header");
    return read;
  }

  // One message of /run/commands, /run/events or /run/hashes into the step being put together.
  struct StepPart {
    StepRecord record;
    std::int64_t commands_step = -1, events_step = -1, acts_step = -1;
    void clear() { *this = {}; }
    bool fits() const {
      return (record.commands.empty() || commands_step == record.step) &&
             (record.events.empty() || events_step == record.step) && (record.acts.empty() || acts_step == record.step);
    }
  };

  // True: record is whole.
  sim::Result<bool> take_step_part(const mcap::MessageView& view, StepPart& part) const {
    bool sound = true;
    const Topic* topic = is(view, kCommandsTopic) ? &kCommandsTopic
                         : is(view, kEventsTopic) ? &kEventsTopic
                         : is(view, kActsTopic)   ? &kActsTopic
                         : is(view, kHashesTopic) ? &kHashesTopic
                                                  : nullptr;
    if (topic == nullptr) return false;
    if (auto ours = check(view, *topic); !ours) return tl::unexpected(ours.error());
    if (topic == &kCommandsTopic) sound = unpack(view.message.data, part.commands_step, part.record.commands);
    if (topic == &kEventsTopic) sound = unpack(view.message.data, part.events_step, part.record.events);
    if (topic == &kActsTopic) sound = unpack_acts(view.message.data, part.acts_step, part.record.acts);
    if (topic == &kHashesTopic) sound = unpack(view.message.data, part.record.step, part.record.hash);
    if (!sound) return fail(view, "a message of " + std::string(topic->name) + " is damaged");
    if (topic != &kHashesTopic) return false;
    if (!part.fits()) return fail(view, "commands, events or acts have no hash of the same step after them");
    part.record.time_ns = static_cast<std::int64_t>(view.message.log_time);
    return true;
  }

  // True: snapshot holds a new frame.
  sim::Result<bool> take_frame_part(const mcap::MessageView& view, FrameDecoder& decoder,
                                    sim::Snapshot& snapshot) const {
    sim::Result<void> done;
    const bool frame = is(view, kFramesTopic);
    const bool signals = is(view, kSignalsTopic);
    if (!frame && !signals) return false;
    if (auto ours = check(view, frame ? kFramesTopic : kSignalsTopic); !ours) return tl::unexpected(ours.error());
    if (signals) done = decoder.decode_signals(view.message.data, snapshot);
    if (frame) done = decoder.decode(view.message.data, snapshot);
    if (!done) return fail(view, done.error().what);
    return frame;
  }

  // The last chunk at or before time_ns that holds a key message not later than it; -1 when there is none.
  template <class IsKey>
  sim::Result<int> find_key_chunk(std::int64_t time_ns, IsKey&& is_key) const {
    const auto& chunks = reader.info().chunks;
    for (int c = static_cast<int>(chunks.size()) - 1; c >= 0; --c) {
      const auto at = static_cast<std::size_t>(c);
      if (chunks[at].message_start_time > static_cast<std::uint64_t>(time_ns)) continue;
      bool found = false;
      auto read = reader.each_message_of_chunk(at, [&](const mcap::MessageView& view) {
        if (view.message.log_time > static_cast<std::uint64_t>(time_ns)) return false;
        found = is_key(view);
        return !found;
      });
      if (!read) return tl::unexpected(read.error());
      if (found) return c;
    }
    return -1;
  }
};

namespace {

// A map that lies beside the log, as a clip's does, goes with it wherever it is; so does one that has been moved there.
std::string map_place(const std::filesystem::path& log, const std::filesystem::path& name) {
  std::error_code ignored;
  if (name.empty()) return {};
  const std::filesystem::path beside = log.parent_path() / name, moved = log.parent_path() / name.filename();
  if (name.is_relative() && std::filesystem::is_regular_file(beside, ignored)) return beside.string();
  const bool shipped = !name.has_extension() && !name.has_parent_path();  // a name, no place
  if (shipped || std::filesystem::exists(name, ignored)) return name.string();
  return std::filesystem::exists(moved, ignored) ? moved.string() : name.string();
}

}  // namespace

RunLog::RunLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunLog::RunLog(RunLog&&) noexcept = default;
RunLog::~RunLog() = default;

sim::Result<RunLog> RunLog::open(const std::filesystem::path& file) {
  mcap::ReaderOptions options;
  options.require_crc = true;
  auto reader = mcap::Reader::open(file, options);
  if (!reader) return tl::unexpected(reader.error());
  auto impl = std::make_unique<Impl>(std::move(*reader), file.string());
  if (auto read = impl->read_header(); !read) return tl::unexpected(read.error());
  impl->header.map_name = map_place(file, impl->header.map_name);
  return RunLog(std::move(impl));
}

const RunHeader& RunLog::header() const { return impl_->header; }
bool RunLog::complete() const { return impl_->reader.info().complete; }

std::vector<StackSession> RunLog::stacks() const {
  std::vector<StackSession> out;
  (void)impl_->each([&](const mcap::MessageView& view) -> sim::Result<bool> {
    if (is(view, kHashesTopic)) return false;
    StackSession session;
    if (is(view, kStacksTopic) && impl_->check(view, kStacksTopic) && unpack(view.message.data, session))
      out.push_back(std::move(session));
    return true;
  });
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  return out;
}

sim::Result<void> RunLog::each_observe(
    const std::function<bool(std::uint32_t stack, const std::string& observe)>& f) const {
  std::uint32_t stack = 0;
  std::string observe;
  return impl_->each([&](const mcap::MessageView& view) -> sim::Result<bool> {
    if (!is(view, kObservationsTopic)) return true;
    if (auto ours = impl_->check(view, kObservationsTopic); !ours) return tl::unexpected(ours.error());
    if (!unpack_observe(view.message.data, stack, observe)) return impl_->fail(view, "an observation is damaged");
    return f(stack, observe);
  });
}

sim::Result<void> RunLog::each_story(
    const std::function<bool(std::int64_t time_ns, const std::vector<StoryChange>& changes)>& f) const {
  const auto& channels = impl_->reader.info().channels;
  if (std::none_of(channels.begin(), channels.end(), [](const auto& c) { return c.second.topic == kStoryTopic.name; }))
    return {};
  return impl_->each([&](const mcap::MessageView& view) -> sim::Result<bool> {
    if (!is(view, kStoryTopic)) return true;
    if (auto ours = impl_->check(view, kStoryTopic); !ours) return tl::unexpected(ours.error());
    std::int64_t step = 0;
    std::vector<StoryChange> changes;
    if (!unpack(view.message.data, step, changes)) return impl_->fail(view, "a message of the storyboard is damaged");
    return f(static_cast<std::int64_t>(view.message.log_time), changes);
  });
}

sim::Result<void> RunLog::each_step(const std::function<bool(const StepRecord&)>& f) const {
  Impl::StepPart part;
  return impl_->each([&](const mcap::MessageView& view) -> sim::Result<bool> {
    const auto whole = impl_->take_step_part(view, part);
    if (!whole) return tl::unexpected(whole.error());
    if (!*whole) return true;
    const bool on = f(part.record);
    part.clear();
    return on;
  });
}

sim::Result<void> RunLog::each_step_and_key(const std::function<bool(StepRecord&, KeyFrame*)>& f) const {
  Impl::StepPart part;
  KeyFrame key;
  bool has_key = false;
  return impl_->each([&](const mcap::MessageView& view) -> sim::Result<bool> {
    if (is(view, kKeyFramesTopic)) {
      if (auto ours = impl_->check(view, kKeyFramesTopic); !ours) return tl::unexpected(ours.error());
      has_key = unpack(view.message.data, key);
      if (!has_key) return impl_->fail(view, "a key frame is damaged");
      return true;
    }
    const auto whole = impl_->take_step_part(view, part);
    if (!whole) return tl::unexpected(whole.error());
    if (!*whole) return true;
    if (has_key && key.step != part.record.step)
      return impl_->fail(view, "a key frame has no hash of its step after it");
    const bool on = f(part.record, has_key ? &key : nullptr);
    has_key = false;
    part.clear();
    return on;
  });
}

sim::Result<void> RunLog::each_frame(const std::function<bool(const sim::Snapshot&)>& f) const {
  FrameDecoder decoder;
  sim::Snapshot snapshot;
  return impl_->each([&](const mcap::MessageView& view) -> sim::Result<bool> {
    if (is(view, kEventsTopic)) {
      std::int64_t step = 0;
      if (auto ours = impl_->check(view, kEventsTopic); !ours) return tl::unexpected(ours.error());
      if (!unpack(view.message.data, step, snapshot.events)) return impl_->fail(view, "a message of events is damaged");
      return true;
    }
    const auto whole = impl_->take_frame_part(view, decoder, snapshot);
    if (!whole) return tl::unexpected(whole.error());
    if (!*whole) return true;
    const bool on = f(snapshot);
    snapshot.events.clear();
    return on;
  });
}

sim::Result<bool> RunLog::frame_at(std::int64_t time_ns, sim::Snapshot& out) const {
  if (time_ns < 0) return false;
  const auto from = impl_->find_key_chunk(time_ns, [](const mcap::MessageView& view) {
    return is(view, kFramesTopic) && FrameDecoder::is_key(view.message.data);
  });
  if (!from) return tl::unexpected(from.error());
  if (*from < 0) return false;
  FrameDecoder decoder;
  bool found = false, past = false;
  Numbering numbering(false);
  out.events.clear();
  // One chunk earlier: the key signals may stand just before the chunk of their key frame.
  for (auto c = static_cast<std::size_t>(std::max(*from - 1, 0)); c < impl_->reader.info().chunks.size() && !past;
       ++c) {
    sim::Result<bool> taken = true;
    auto read = impl_->reader.each_message_of_chunk(c, [&](const mcap::MessageView& view) {
      past = view.message.log_time > static_cast<std::uint64_t>(time_ns);
      if (past) return false;
      if (!numbering.goes_on(view)) {
        taken = impl_->fail(view, "messages are missing before this place");
        return false;
      }
      // What builds on a key before this place is skipped.
      if (!found && is(view, kFramesTopic) && !FrameDecoder::is_key(view.message.data)) return true;
      taken = impl_->take_frame_part(view, decoder, out);
      if (!found && is(view, kSignalsTopic)) taken = false;
      found = found || (taken && *taken);
      return taken.has_value();
    });
    if (!read) return tl::unexpected(read.error());
    if (!taken) return tl::unexpected(taken.error());
  }
  return found;
}

sim::Result<bool> RunLog::key_frame_at(std::int64_t step, KeyFrame& out) const {
  const std::int64_t time_ns = step * header().dt_ns;
  const auto from = impl_->find_key_chunk(time_ns, [](const auto& view) { return is(view, kKeyFramesTopic); });
  if (!from) return tl::unexpected(from.error());
  if (*from < 0) return false;
  sim::Result<bool> found = false;
  auto read = impl_->reader.each_message_of_chunk(static_cast<std::size_t>(*from), [&](const mcap::MessageView& view) {
    if (view.message.log_time > static_cast<std::uint64_t>(time_ns)) return false;
    if (!is(view, kKeyFramesTopic)) return true;
    if (auto ours = impl_->check(view, kKeyFramesTopic); !ours) {
      found = tl::unexpected(ours.error());
    } else {
      found = unpack(view.message.data, out) ? sim::Result<bool>(true) : impl_->fail(view, "a key frame is damaged");
    }
    return found.has_value();
  });
  if (!read) return tl::unexpected(read.error());
  return found;
}

sim::Result<bool> RunLog::digests_at(std::int64_t step, StateDigests& out) const {
  const auto from = impl_->find_key_chunk(step * header().dt_ns, [](const mcap::MessageView& view) {
    return is(view, kDigestsTopic) && is_key_digest(view.message.data);
  });
  if (!from) return tl::unexpected(from.error());
  if (*from < 0) return false;
  out = {};
  sim::Result<bool> found = false;
  for (auto c = static_cast<std::size_t>(*from); c < impl_->reader.info().chunks.size() && found && !*found; ++c) {
    auto read = impl_->reader.each_message_of_chunk(c, [&](const mcap::MessageView& view) {
      if (!is(view, kDigestsTopic) || (out.columns.empty() && !is_key_digest(view.message.data))) return true;
      if (auto ours = impl_->check(view, kDigestsTopic); !ours) {
        found = tl::unexpected(ours.error());
      } else if (!unpack(view.message.data, out)) {
        found = impl_->fail(view, "a message of digests is damaged");
      } else {
        found = out.step == step;
      }
      return found && out.step < step;
    });
    if (!read) return tl::unexpected(read.error());
    if (out.step > step) return false;
  }
  return found;
}

sim::Result<void> RunLog::each_step_between(std::int64_t from_ns, std::int64_t to_ns,
                                            const std::function<bool(const StepRecord&)>& f) const {
  const auto& chunks = impl_->reader.info().chunks;
  const auto from = static_cast<std::uint64_t>(std::max<std::int64_t>(from_ns, 0));
  const auto to = static_cast<std::uint64_t>(std::max<std::int64_t>(to_ns, 0));
  Numbering numbering(false);
  Impl::StepPart part;
  bool on = true;
  for (std::size_t c = 0; c < chunks.size() && on; ++c) {
    if (chunks[c].message_end_time < from) continue;
    if (chunks[c].message_start_time > to) break;
    sim::Result<bool> whole = true;
    auto read = impl_->reader.each_message_of_chunk(c, [&](const mcap::MessageView& view) {
      if (view.message.log_time < from) return true;
      on = view.message.log_time <= to;
      if (!on) return false;
      whole = numbering.goes_on(view) ? impl_->take_step_part(view, part)
                                      : impl_->fail(view, "messages are missing before this place");
      if (whole && *whole) on = f(part.record), part.clear();
      return whole && on;
    });
    if (!read) return read;
    if (!whole) return tl::unexpected(whole.error());
  }
  return {};
}

}  // namespace bitgoeul::replay
