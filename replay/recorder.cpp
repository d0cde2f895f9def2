#include <algorithm>

#include "replay/codec.h"
#include "replay/frame_codec.h"
#include "replay/mcap/writer.h"
#include "replay/run_log.h"
#include "replay/run_messages.h"
#include "replay/state_log.h"

namespace bitgoeul::replay {
namespace {

// Key frames come by count, never by the clock, so that the messages of a run are the same however fast it ran.
constexpr std::int64_t kFramesPerKey = 20;
constexpr std::int64_t kStateEveryNs = 10'000'000'000;  // key frames of the whole state
constexpr int kFlushAfterMs = 500;

}  // namespace

struct Recorder::Impl {
  explicit Impl(mcap::Writer out) : writer(std::move(out)) {}

  mcap::Writer writer;
  FrameEncoder encoder;
  DigestEncoder digest_encoder;
  KeyFrameEncoder key_frame_encoder;
  std::int64_t frames = 0;
  std::uint16_t header = 0, frame = 0, signals = 0, commands = 0, events = 0, hashes = 0;
  std::uint16_t stacks = 0, observations = 0, acts = 0;
  std::uint16_t digests = 0, key_frames = 0;
  std::vector<std::uint32_t>
      sequence;  // by channel: numbers its messages without gap, so that a reader sees a missing one
  std::string scratch;

  std::uint16_t add(const Topic& topic) {
    const std::uint16_t schema = writer.add_schema(std::string(topic.schema), "protobuf", schema_of(topic));
    return writer.add_channel(schema, std::string(topic.name), "protobuf");
  }

  void add_topics() {
    header = add(kHeaderTopic);
    frame = add(kFramesTopic);
    signals = add(kSignalsTopic);
    commands = add(kCommandsTopic);
    events = add(kEventsTopic);
    hashes = add(kHashesTopic);
  }

  sim::Result<void> write(std::uint16_t channel, std::int64_t time_ns, std::string_view message) {
    sequence.resize(std::max<std::size_t>(sequence.size(), channel + 1u));
    return writer.write(channel, static_cast<std::uint64_t>(time_ns), message, sequence[channel]++);
  }
};

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder::~Recorder() = default;

sim::Result<Recorder> Recorder::open(const std::filesystem::path& file, const RunHeader& header) {
  mcap::WriterOptions options;
  options.library = "bitgoeul " + header.engine_version;
  options.background = true;
  options.flush_after_ms = kFlushAfterMs;
  auto writer = mcap::Writer::open(file, options);
  if (!writer) return tl::unexpected(writer.error());
  auto impl = std::make_unique<Impl>(std::move(*writer));
  impl->add_topics();
  // At once in the file, so that a log opens however early its run is killed.
  if (auto written = impl->write(impl->header, 0, pack(header)); !written) return tl::unexpected(written.error());
  if (auto flushed = impl->writer.flush(); !flushed) return tl::unexpected(flushed.error());
  return Recorder(std::move(impl));
}

sim::Result<void> Recorder::stack(const StackSession& session, const StackHelloAck& ack) {
  if (impl_->stacks == 0) {  // a run without stacks has no such topics
    impl_->stacks = impl_->add(kStacksTopic);
    impl_->observations = impl_->add(kObservationsTopic);
    impl_->acts = impl_->add(kActsTopic);
  }
  return impl_->write(impl_->stacks, 0, pack(session, ack));
}

sim::Result<void> Recorder::observed(std::int64_t time_ns, std::uint32_t stack, std::string_view observe) {
  return impl_->write(impl_->observations, time_ns, pack_observe(stack, observe));
}

sim::Result<void> Recorder::acted(std::int64_t step, std::int64_t time_ns,
                                  std::span<const std::pair<sim::Row, const sim::Act*>> acts) {
  return impl_->write(impl_->acts, time_ns, pack_acts(step, acts));
}

sim::Result<void> Recorder::frame(const sim::Snapshot& snapshot) {
  const bool key = impl_->frames++ % kFramesPerKey == 0;
  if (impl_->encoder.encode_signals(snapshot, key, impl_->scratch)) {
    if (auto written = impl_->write(impl_->signals, snapshot.time_ns, impl_->scratch); !written) return written;
  }
  if (auto encoded = impl_->encoder.encode(snapshot, key, impl_->scratch); !encoded) return encoded;
  return impl_->write(impl_->frame, snapshot.time_ns, impl_->scratch);
}

sim::Result<void> Recorder::step(std::int64_t step, std::int64_t time_ns, sim::Hash128 hash,
                                 std::span<const RecordedCommand> commands, std::span<const sim::Event> events) {
  if (!commands.empty()) {
    if (auto written = impl_->write(impl_->commands, time_ns, pack(step, commands)); !written) return written;
  }
  if (!events.empty()) {
    if (auto written = impl_->write(impl_->events, time_ns, pack(step, events)); !written) return written;
  }
  return impl_->write(impl_->hashes, time_ns, pack(step, hash));
}

sim::Result<void> Recorder::state(std::int64_t step, std::int64_t time_ns, const sim::TableSet& state) {
  const bool first = impl_->digests == 0, key_frame = time_ns % kStateEveryNs == 0;
  if (first) {  // a run that records no state has no such topics
    impl_->digests = impl_->add(kDigestsTopic);
    impl_->key_frames = impl_->add(kKeyFramesTopic);
  }
  impl_->digest_encoder.encode(step, state, first || key_frame, impl_->scratch);
  if (auto written = impl_->write(impl_->digests, time_ns, impl_->scratch); !written || !key_frame) return written;
  return impl_->write(impl_->key_frames, time_ns, impl_->key_frame_encoder.encode(step, state));
}

sim::Result<void> Recorder::flush() { return impl_->writer.flush(); }

sim::Result<void> Recorder::close() { return impl_->writer.close(); }

}  // namespace bitgoeul::replay
