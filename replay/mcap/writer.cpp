#include "replay/mcap/writer.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "replay/file.h"
#include "replay/mcap/records.h"

namespace bitgoeul::replay::mcap {
namespace {

using IndexEntries = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // log time, offset in the payload

// The chunk that is being filled.
struct OpenChunk {
  std::string payload;
  std::vector<IndexEntries> index;        // by channel id
  std::vector<std::uint8_t> has_schema;   // by schema id: already in the payload
  std::vector<std::uint8_t> has_channel;  // by channel id
  std::uint64_t start_time = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t end_time = 0;
  std::uint64_t messages = 0;
  std::size_t patternless = 0;  // bytes of messages that repeat nothing

  void clear() {
    payload.clear();
    for (IndexEntries& entries : index) entries.clear();
    std::fill(has_schema.begin(), has_schema.end(), 0);
    std::fill(has_channel.begin(), has_channel.end(), 0);
    start_time = std::numeric_limits<std::uint64_t>::max();
    end_time = messages = 0;
    patternless = 0;
  }
};

}  // namespace

struct Writer::Impl {
  Impl(OutFile out, const WriterOptions& writer_options)
      : file(std::move(out)), options(writer_options), compressor(options.compression, options.zstd_level) {}

  OutFile file;
  WriterOptions options;
  Compressor compressor;
  std::uint32_t crc = 0;  // of all bytes so far
  std::vector<Schema> schemas;
  std::vector<Channel> channels;
  std::vector<std::uint8_t> repeats_nothing;  // by channel id; shorter: no
  std::vector<ChunkIndex> chunk_indexes;
  std::vector<AttachmentIndex> attachment_indexes;
  std::vector<MetadataIndex> metadata_indexes;
  Statistics statistics;
  std::vector<std::uint64_t> message_counts;  // by channel id
  std::string scratch;
  bool closed = false;
  OpenChunk open;
  std::optional<sim::Issue> error;

  sim::Result<void> state() const {
    if (error) return tl::unexpected<sim::Issue>(*error);
    return {};
  }

  sim::Result<void> append(std::string_view bytes) {
    crc = crc32(bytes, crc);
    return file.append(bytes);
  }

  // Schema and channel of a message, where `chunk` has not got them yet.
  void declare(OpenChunk& chunk, std::string& out, const Channel& channel) {
    chunk.has_schema.resize(schemas.size() + 1);
    chunk.has_channel.resize(channels.size() + 1);
    chunk.index.resize(channels.size() + 1);
    if (channel.schema_id != 0 && chunk.has_schema[channel.schema_id] == 0) {
      put_schema(out, schemas[channel.schema_id - 1]);
      chunk.has_schema[channel.schema_id] = 1;
    }
    if (chunk.has_channel[channel.id] == 0) put_channel(out, channel);
    chunk.has_channel[channel.id] = 1;
  }

  void count(const Message& message) {
    statistics.message_start_time =
        statistics.message_count == 0 ? message.log_time : std::min(statistics.message_start_time, message.log_time);
    statistics.message_end_time = std::max(statistics.message_end_time, message.log_time);
    ++statistics.message_count;
    message_counts.resize(channels.size() + 1);
    ++message_counts[message.channel_id];
  }

  sim::Result<void> write_unchunked(const Message& message) {
    scratch.clear();
    declare(open, scratch, channels[message.channel_id - 1]);
    put_message(scratch, message);
    return append(scratch);
  }

  void add_to_open(const Message& message) {
    declare(open, open.payload, channels[message.channel_id - 1]);
    if (options.message_index) open.index[message.channel_id].emplace_back(message.log_time, open.payload.size());
    put_message(open.payload, message);
    open.start_time = std::min(open.start_time, message.log_time);
    open.end_time = std::max(open.end_time, message.log_time);
    ++open.messages;
    if (message.channel_id < repeats_nothing.size() && repeats_nothing[message.channel_id] != 0)
      open.patternless += message.data.size();
  }

  // Compresses and writes one chunk with its message indexes.
  sim::Result<void> store(const OpenChunk& chunk) {
    const bool worth = chunk.patternless <= chunk.payload.size() / 2;
    const std::string_view compressed = worth ? compressor.compress(chunk.payload) : std::string_view();
    ChunkHeader header;
    header.message_start_time = chunk.messages == 0 ? 0 : chunk.start_time;
    header.message_end_time = chunk.end_time;
    header.uncompressed_size = chunk.payload.size();
    header.uncompressed_crc = crc32(chunk.payload);
    header.compression = compressed.empty() ? "" : name_of(options.compression);
    const std::string_view payload = compressed.empty() ? std::string_view(chunk.payload) : compressed;

    ChunkIndex index;
    index.message_start_time = header.message_start_time;
    index.message_end_time = header.message_end_time;
    index.chunk_start_offset = file.size();
    index.compression = header.compression;
    index.compressed_size = payload.size();
    index.uncompressed_size = header.uncompressed_size;
    scratch.clear();
    put_chunk(scratch, header, payload);
    index.chunk_length = scratch.size();
    for (std::size_t id = 0; id < chunk.index.size(); ++id) {
      if (chunk.index[id].empty()) continue;
      index.message_index_offsets.emplace_back(static_cast<std::uint16_t>(id), file.size() + scratch.size());
      put_message_index(scratch, static_cast<std::uint16_t>(id), chunk.index[id]);
    }
    index.message_index_length = scratch.size() - index.chunk_length;
    chunk_indexes.push_back(std::move(index));
    return append(scratch);
  }

  sim::Result<void> end_chunk() {
    if (open.messages == 0 || error) return state();
    if (auto stored = store(open); !stored) error = stored.error();
    open.clear();
    return state();
  }

  template <class Values, class Put>
  void put_group(std::string& out, std::string& offsets, std::uint64_t base, Op op, const Values& values, Put put_one) {
    const std::size_t start = out.size();
    for (const auto& value : values) put_one(out, value);
    if (out.size() > start) put_summary_offset(offsets, op, base + start, out.size() - start);
  }

  // Summary and summary offsets; the order of the groups is that of the published conformance files.
  std::string summary(std::uint64_t base, Footer& footer) {
    std::string out, offsets;
    if (options.repeat_schemas) put_group(out, offsets, base, Op::kSchema, schemas, put_schema);
    if (options.repeat_channels) put_group(out, offsets, base, Op::kChannel, channels, put_channel);
    if (options.statistics) put_group(out, offsets, base, Op::kStatistics, std::vector{statistics}, put_statistics);
    if (options.metadata_index) {
      put_group(out, offsets, base, Op::kMetadataIndex, metadata_indexes, put_metadata_index);
    }
    if (options.attachment_index) {
      put_group(out, offsets, base, Op::kAttachmentIndex, attachment_indexes, put_attachment_index);
    }
    if (options.chunk_index) put_group(out, offsets, base, Op::kChunkIndex, chunk_indexes, put_chunk_index);
    if (!out.empty()) footer.summary_start = base;
    if (options.summary_offsets && !offsets.empty()) {
      footer.summary_offset_start = base + out.size();
      out += offsets;
    }
    return out;
  }

  void finish_statistics() {
    statistics.schema_count = static_cast<std::uint16_t>(schemas.size());
    statistics.channel_count = static_cast<std::uint32_t>(channels.size());
    statistics.attachment_count = static_cast<std::uint32_t>(attachment_indexes.size());
    statistics.metadata_count = static_cast<std::uint32_t>(metadata_indexes.size());
    statistics.chunk_count = static_cast<std::uint32_t>(chunk_indexes.size());
    for (std::size_t id = 0; id < message_counts.size(); ++id) {
      if (message_counts[id] == 0) continue;
      statistics.channel_message_counts.emplace_back(static_cast<std::uint16_t>(id), message_counts[id]);
    }
  }

  sim::Result<void> write_tail() {
    std::string content;
    put(content, crc);
    std::string tail;
    put_record(tail, Op::kDataEnd, content);
    finish_statistics();
    Footer footer;
    const std::string rest = summary(file.size() + tail.size(), footer);
    // The CRC covers the summary and the footer up to the CRC itself.
    std::string end = rest;
    put(end, static_cast<std::uint8_t>(Op::kFooter));
    put(end, static_cast<std::uint64_t>(kFooterSize));
    put(end, footer.summary_start);
    put(end, footer.summary_offset_start);
    put(end, crc32(end));
    end += kMagic;
    if (auto written = append(tail + end); !written) return written;
    return file.sync();
  }
};

Writer::Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Writer::Writer(Writer&&) noexcept = default;

Writer::~Writer() {
  if (impl_) (void)close();
}

sim::Result<Writer> Writer::open(const std::filesystem::path& file, const WriterOptions& options) {
  auto out = OutFile::create(file);
  if (!out) return tl::unexpected(out.error());
  auto impl = std::make_unique<Impl>(std::move(*out), options);
  std::string start(kMagic);
  std::string header;
  put_string(header, options.profile);
  put_string(header, options.library);
  put_record(start, Op::kHeader, header);
  if (auto written = impl->append(start); !written) return tl::unexpected(written.error());
  return Writer(std::move(impl));
}

std::uint16_t Writer::add_schema(const std::string& name, const std::string& encoding, std::string_view data) {
  const auto id = static_cast<std::uint16_t>(impl_->schemas.size() + 1);
  impl_->schemas.push_back({id, name, encoding, std::string(data)});
  return id;
}

std::uint16_t Writer::add_channel(std::uint16_t schema, const std::string& topic, const std::string& message_encoding,
                                  const std::vector<std::pair<std::string, std::string>>& metadata) {
  const auto id = static_cast<std::uint16_t>(impl_->channels.size() + 1);
  impl_->channels.push_back({id, schema, topic, message_encoding, metadata});
  return id;
}

void Writer::repeats_nothing(std::uint16_t channel) {
  impl_->repeats_nothing.resize(std::max<std::size_t>(impl_->repeats_nothing.size(), channel + 1u));
  impl_->repeats_nothing[channel] = 1;
}

sim::Result<void> Writer::write(std::uint16_t channel, std::uint64_t log_time_ns, std::string_view data,
                                std::uint32_t sequence) {
  return write(channel, log_time_ns, log_time_ns, data, sequence);
}

sim::Result<void> Writer::write(std::uint16_t channel, std::uint64_t log_time_ns, std::uint64_t publish_time_ns,
                                std::string_view data, std::uint32_t sequence) {
  if (impl_->error) return impl_->state();
  if (channel == 0 || channel > impl_->channels.size()) {
    return sim::fail("no channel " + std::to_string(channel) + " was added", impl_->file.name());
  }
  const Message message{channel, sequence, log_time_ns, publish_time_ns, data};
  impl_->count(message);
  if (!impl_->options.chunked) {
    if (auto written = impl_->write_unchunked(message); !written) impl_->error = written.error();
    return impl_->state();
  }
  impl_->add_to_open(message);
  return impl_->open.payload.size() >= impl_->options.chunk_size ? impl_->end_chunk() : impl_->state();
}

sim::Result<void> Writer::attach(const std::string& name, const std::string& media_type, std::uint64_t log_time_ns,
                                 std::string_view data, std::uint64_t create_time_ns) {
  if (auto flushed = flush(); !flushed) return flushed;
  std::string content;
  put(content, log_time_ns);
  put(content, create_time_ns);
  put_string(content, name);
  put_string(content, media_type);
  put(content, static_cast<std::uint64_t>(data.size()));
  content += data;
  put(content, crc32(content));
  std::string record;
  put_record(record, Op::kAttachment, content);
  impl_->attachment_indexes.push_back(
      {impl_->file.size(), record.size(), log_time_ns, create_time_ns, data.size(), name, media_type});
  if (auto written = impl_->append(record); !written) impl_->error = written.error();
  return impl_->state();
}

sim::Result<void> Writer::metadata(const std::string& name,
                                   const std::vector<std::pair<std::string, std::string>>& entries) {
  if (auto flushed = flush(); !flushed) return flushed;
  std::string record;
  put_metadata(record, {name, entries});
  impl_->metadata_indexes.push_back({impl_->file.size(), record.size(), name});
  if (auto written = impl_->append(record); !written) impl_->error = written.error();
  return impl_->state();
}

sim::Result<void> Writer::flush() { return impl_->end_chunk(); }

sim::Result<void> Writer::close() {
  if (impl_->closed) return impl_->state();
  impl_->closed = true;
  (void)flush();
  if (!impl_->error) {
    if (auto written = impl_->write_tail(); !written) impl_->error = written.error();
  }
  if (auto closed = impl_->file.close(); !closed && !impl_->error) impl_->error = closed.error();
  return impl_->state();
}

}  // namespace bitgoeul::replay::mcap
