#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "replay/codec.h"
#include "replay/frame_codec.h"
#include "replay/mcap/writer.h"
#include "replay/run_log.h"
#include "replay/run_messages.h"
#include "replay/state_log.h"

namespace bitgoeul::replay {
namespace {

using Clock = std::chrono::steady_clock;

// Key frames come by count, never by the clock, so that the messages of a run are the same however fast it ran.
constexpr std::int64_t kFramesPerKey = 20;

// Together with the time to write a chunk well below the second that a killed run may lose.
constexpr auto kLongestWait = std::chrono::milliseconds(100);   // of what was given, for the thread
constexpr auto kLongestChunk = std::chrono::milliseconds(400);  // until an open chunk is ended
constexpr std::size_t kMostWaiting = std::size_t{64} << 20;     // bytes; then who gives waits
constexpr int kZstdLevel = -30;  // observations and key frames: 2.4 to 3 times as fast as 1, 10 to 60 % larger
constexpr std::size_t kWorthWaking = std::size_t{256} << 10;  // bytes for which the thread is woken

enum class Kind : std::uint8_t { kMessage, kStep, kState, kFrame };

// One call, as it waits for the thread. Its buffers are used again.
struct Given {
  Kind kind = Kind::kMessage;
  const Topic* topic = nullptr;  // kMessage
  std::int64_t step = 0, time_ns = 0;
  sim::Hash128 hash;
  std::string message;
  std::vector<RecordedCommand> commands;
  std::vector<sim::Event> events;
  std::vector<sim::ColumnDigest> digests;
  std::vector<std::string> columns;  // names: only where the message has to stand alone
  sim::Bytes key_frame;              // around it the message is made; empty: none
  std::shared_ptr<const sim::Snapshot> snapshot;

  void clear() {
    message.clear(), commands.clear(), events.clear(), digests.clear(), columns.clear(), key_frame.clear();
    snapshot.reset();
  }
};

std::size_t bytes_of(const sim::Snapshot& snapshot) {
  constexpr std::size_t kRow = 15 * sizeof(double), kGroup = 2 * sizeof(std::int64_t);
  return snapshot.generation.size() * kRow + snapshot.signals.state.size() * kGroup;
}

std::size_t size_of(const Given& given) {
  return sizeof(Given) + given.message.size() + given.commands.size() * sizeof(RecordedCommand) +
         given.events.size() * sizeof(sim::Event) + given.digests.size() * sizeof(sim::ColumnDigest) +
         given.key_frame.size() + (given.snapshot ? bytes_of(*given.snapshot) : 0);
}

// What the thread alone touches: from calls to messages in the file, always the same for the same calls.
struct Encoder {
  mcap::Writer writer;
  FrameEncoder frames;
  DigestEncoder digests;
  std::int64_t frame_count = 0;
  std::vector<std::pair<std::string_view, std::uint16_t>> channels;  // topic -> channel
  std::vector<std::uint32_t> sequence;  // by channel: numbers its messages without gap, so that a missing one is seen
  std::string scratch;

  void add(std::initializer_list<const Topic*> topics) {
    for (const Topic* topic : topics) {
      const std::uint16_t schema = writer.add_schema(std::string(topic->schema), "protobuf", schema_of(*topic));
      channels.emplace_back(topic->name, writer.add_channel(schema, std::string(topic->name), "protobuf"));
    }
  }

  // 0: not there yet.
  std::uint16_t channel_of(const Topic& topic) const {
    for (const auto& [name, channel] : channels)
      if (name == topic.name) return channel;
    return 0;
  }

  sim::Result<void> write(const Topic& topic, std::int64_t time_ns, std::string_view message) {
    const std::uint16_t channel = channel_of(topic);
    sequence.resize(std::max<std::size_t>(sequence.size(), channel + 1u));
    return writer.write(channel, static_cast<std::uint64_t>(time_ns), message, sequence[channel]++);
  }

  sim::Result<void> write_frame(const sim::Snapshot& snapshot) {
    const bool key = frame_count++ % kFramesPerKey == 0;
    if (frames.encode_signals(snapshot, key, scratch))
      if (auto written = write(kSignalsTopic, snapshot.time_ns, scratch); !written) return written;
    if (auto encoded = frames.encode(snapshot, key, scratch); !encoded) return encoded;
    return write(kFramesTopic, snapshot.time_ns, scratch);
  }

  sim::Result<void> write_step(const Given& g) {
    if (!g.commands.empty())
      if (auto written = write(kCommandsTopic, g.time_ns, pack(g.step, g.commands)); !written) return written;
    if (!g.events.empty())
      if (auto written = write(kEventsTopic, g.time_ns, pack(g.step, g.events)); !written) return written;
    return write(kHashesTopic, g.time_ns, pack(g.step, g.hash));
  }

  sim::Result<void> write_state(Given& g) {
    if (channel_of(kDigestsTopic) == 0) add({&kDigestsTopic, &kKeyFramesTopic});  // only runs that record state
    digests.encode(g.step, g.digests, g.columns, scratch);
    if (auto written = write(kDigestsTopic, g.time_ns, scratch); !written || g.key_frame.empty()) return written;
    return write(kKeyFramesTopic, g.time_ns, pack_key_frame(g.step, g.key_frame));
  }

  sim::Result<void> write(Given& g) {
    if (g.kind == Kind::kFrame) return write_frame(*g.snapshot);
    if (g.kind == Kind::kStep) return write_step(g);
    if (g.kind == Kind::kState) return write_state(g);
    if (channel_of(*g.topic) == 0) {
      if (g.topic == &kStoryTopic)  // only runs with a story
        add({&kStoryTopic});
      else
        add({&kStacksTopic, &kObservationsTopic, &kActsTopic});  // only runs with stacks
    }
    return write(*g.topic, g.time_ns, g.message);
  }
};

}  // namespace

struct Recorder::Impl {
  Impl(const std::filesystem::path& path, mcap::Writer out) : file(path.string()), encoder{std::move(out), {}, {}} {}

  std::string file;
  Encoder encoder;
  bool has_state = false;  // of the caller: state() was called

  std::mutex mutex;
  std::condition_variable work, progress;
  std::vector<Given> waiting, spare;
  std::size_t waiting_bytes = 0;
  sim::Bytes spare_key_frame;  // tens of megabytes, and one is enough
  std::optional<sim::Issue> error;
  bool flush = false, stop = false;
  std::thread thread;

  sim::Result<void> status() const {
    if (error) return tl::unexpected<sim::Issue>(*error);
    return {};
  }

  Given take_spare() {
    const std::lock_guard lock(mutex);
    if (spare.empty()) return {};
    Given given = std::move(spare.back());
    spare.pop_back();
    return given;
  }

  sim::Bytes take_spare_key_frame() {
    const std::lock_guard lock(mutex);
    return std::move(spare_key_frame);
  }

  sim::Result<void> give(Given given) {
    std::unique_lock lock(mutex);
    progress.wait(lock, [&] { return waiting_bytes < kMostWaiting || error; });
    const bool asleep = waiting_bytes < kWorthWaking;
    waiting_bytes += size_of(given);
    waiting.push_back(std::move(given));
    if (asleep && waiting_bytes >= kWorthWaking) work.notify_one();
    return status();
  }

  sim::Result<void> flush_all() {
    if (!thread.joinable()) return status();
    std::unique_lock lock(mutex);
    flush = true;
    work.notify_one();
    progress.wait(lock, [&] { return !flush; });
    return status();
  }

  // The thread: takes what waits, writes it, gives the buffers back.
  void run() {
    std::vector<Given> taken;
    Clock::time_point flushed = Clock::now();
    std::unique_lock lock(mutex);
    while (true) {
      work.wait_for(lock, kLongestWait, [&] { return waiting_bytes >= kWorthWaking || flush || stop; });
      if (stop && waiting.empty()) return;
      taken.swap(waiting);
      waiting_bytes = 0;
      const bool flushing = flush, failed = error.has_value();
      lock.unlock();
      sim::Result<void> written;
      if (!failed) written = write_all(taken, flushing, flushed);
      lock.lock();
      if (!written) fail(written.error());
      give_back(taken);
      if (flushing) flush = false;
      progress.notify_all();
    }
  }

  sim::Result<void> write_all(std::vector<Given>& taken, bool flushing, Clock::time_point& flushed) {
    for (Given& given : taken)
      if (auto written = encoder.write(given); !written) return written;
    if (!flushing && Clock::now() - flushed < kLongestChunk) return {};
    auto done = encoder.writer.flush();
    flushed = Clock::now();
    return done;
  }

  void fail(sim::Issue issue) {
    if (issue.file.empty()) issue.file = file;
    if (!error) error = std::move(issue);
  }

  void give_back(std::vector<Given>& taken) {
    for (Given& given : taken) {
      if (given.key_frame.capacity() > spare_key_frame.capacity()) spare_key_frame.swap(given.key_frame);
      given.key_frame = {};
      given.clear();
      spare.push_back(std::move(given));
    }
    taken.clear();
  }

  void end_thread() {
    if (!thread.joinable()) return;
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    work.notify_one();
    thread.join();
  }

  sim::Result<void> give_message(const Topic& topic, std::int64_t time_ns, std::string_view message) {
    Given given = take_spare();
    given.kind = Kind::kMessage;
    given.topic = &topic;
    given.time_ns = time_ns;
    given.message = message;
    return give(std::move(given));
  }

  sim::Result<void> close() {
    end_thread();
    auto closed = encoder.writer.close();
    if (!closed) fail(closed.error());
    return status();
  }
};

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder::~Recorder() {
  if (impl_) (void)impl_->close();
}

sim::Result<Recorder> Recorder::open(const std::filesystem::path& file, const RunHeader& header) {
  mcap::WriterOptions options;
  options.library = "bitgoeul " + header.engine_version;
  options.zstd_level = kZstdLevel;
  auto writer = mcap::Writer::open(file, options);
  if (!writer) return tl::unexpected(writer.error());
  auto impl = std::make_unique<Impl>(file, std::move(*writer));
  Encoder& encoder = impl->encoder;
  encoder.add({&kHeaderTopic, &kFramesTopic, &kSignalsTopic, &kCommandsTopic, &kEventsTopic, &kHashesTopic});
  encoder.writer.repeats_nothing(encoder.channel_of(kFramesTopic));
  // At once in the file, so that a log opens however early its run is killed.
  if (auto written = encoder.write(kHeaderTopic, 0, pack(header)); !written) return tl::unexpected(written.error());
  if (auto flushed = encoder.writer.flush(); !flushed) return tl::unexpected(flushed.error());
  impl->thread = std::thread([p = impl.get()] { p->run(); });
  return Recorder(std::move(impl));
}

sim::Result<void> Recorder::stack(const StackSession& session, const StackHelloAck& ack) {
  return impl_->give_message(kStacksTopic, 0, pack(session, ack));
}

sim::Result<void> Recorder::observed(std::int64_t time_ns, std::uint32_t stack, std::string_view observe) {
  return impl_->give_message(kObservationsTopic, time_ns, pack_observe(stack, observe));
}

sim::Result<void> Recorder::acted(std::int64_t step, std::int64_t time_ns,
                                  std::span<const std::pair<sim::Row, const sim::Act*>> acts) {
  return impl_->give_message(kActsTopic, time_ns, pack_acts(step, acts));
}

sim::Result<void> Recorder::story(std::int64_t step, std::int64_t time_ns, std::span<const StoryChange> changes) {
  return impl_->give_message(kStoryTopic, time_ns, pack(step, changes));
}

sim::Result<void> Recorder::frame(std::shared_ptr<const sim::Snapshot> snapshot) {
  Given given = impl_->take_spare();
  given.kind = Kind::kFrame;
  given.snapshot = std::move(snapshot);
  return impl_->give(std::move(given));
}

sim::Result<void> Recorder::step(std::int64_t step, std::int64_t time_ns, sim::Hash128 hash,
                                 std::span<const RecordedCommand> commands, std::span<const sim::Event> events) {
  Given given = impl_->take_spare();
  given.kind = Kind::kStep;
  given.step = step, given.time_ns = time_ns, given.hash = hash;
  given.commands.assign(commands.begin(), commands.end());
  given.events.assign(events.begin(), events.end());
  return impl_->give(std::move(given));
}

sim::Result<void> Recorder::state(std::int64_t step, std::int64_t time_ns, const sim::TableSet& state) {
  const bool key_frame = time_ns % kKeyFrameEveryNs == 0;
  Given given = impl_->take_spare();
  given.kind = Kind::kState;
  given.step = step, given.time_ns = time_ns;
  state.digests(given.digests);
  if (!impl_->has_state || key_frame) given.columns = column_names(state);
  impl_->has_state = true;
  if (key_frame) {
    given.key_frame = impl_->take_spare_key_frame();
    save_for_key_frame(state, given.key_frame);
  }
  return impl_->give(std::move(given));
}

sim::Result<void> Recorder::flush() { return impl_->flush_all(); }

sim::Result<void> Recorder::close() { return impl_->close(); }

}  // namespace bitgoeul::replay
