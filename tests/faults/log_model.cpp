#include "tests/faults/log_model.h"

#include <algorithm>

#include "replay/mcap/compression.h"
#include "tests/replay/mcap_generator.h"

namespace bitgoeul::tests {

using oracle::le;
using oracle::list;
using oracle::text;

namespace {

std::string packed(const ModelRecord& record) {
  return std::string(1, static_cast<char>(record.op)) + le(record.length.value_or(record.content.size()), 8) +
         record.content;
}

std::string packed(const ModelMessage& message) {
  return packed(ModelRecord{
      0x05, le(message.channel, 2) + le(0, 4) + le(message.log_time, 8) + le(message.log_time, 8) + message.data});
}

std::string compressed(const std::string& compression, const std::string& payload) {
  using namespace replay::mcap;
  if (compression.empty()) return payload;
  Compressor compressor(compression == "zstd" ? Compression::kZstd : Compression::kLz4, 1);
  return std::string(compressor.compress(payload));
}

class Builder {
 public:
  explicit Builder(const LogModel& model) : m_(model) {}

  std::string build() {
    out_.assign("\x89MCAP0\r\n", 8);
    out_ += packed(m_.header);
    for (const ModelRecord& record : m_.first) out_ += packed(record);
    for (const ModelChunk& chunk : m_.chunks) add(chunk);
    for (const ModelIndexed& one : m_.indexed) {
      const std::string record = packed(one.record);
      indexes_ += packed({one.index_op, one.index(out_.size(), record.size())});
      out_ += record;
    }
    for (const ModelRecord& record : m_.last) out_ += packed(record);
    if (m_.with_data_end) out_ += packed({0x0F, le(m_.data_crc.value_or(oracle::crc32(out_)), 4)});
    add_summary();
    if (m_.with_magic) out_ += std::string("\x89MCAP0\r\n", 8);
    return out_ + m_.tail;
  }

 private:
  void add(const ModelChunk& chunk) {
    std::string payload, entries;
    std::uint64_t first = chunk.messages.empty() ? 0 : ~std::uint64_t{0}, last = 0;
    for (const ModelRecord& record : chunk.before) payload += packed(record);
    for (const ModelMessage& message : chunk.messages) {
      entries += le(message.log_time, 8) + le(payload.size(), 8);
      payload += packed(message);
      first = std::min(first, message.log_time), last = std::max(last, message.log_time);
    }
    for (const ModelRecord& record : chunk.after) payload += packed(record);
    messages_ += chunk.messages.size();
    const std::string stored = compressed(chunk.compression, payload);
    const std::uint64_t at = out_.size();
    out_ += packed({0x06,
                    le(chunk.start.value_or(first), 8) + le(chunk.end.value_or(last), 8) +
                        le(chunk.size.value_or(payload.size()), 8) + le(chunk.crc.value_or(oracle::crc32(payload)), 4) +
                        text(chunk.compression_name.value_or(chunk.compression)) +
                        le(chunk.payload_length.value_or(stored.size()), 8) + stored,
                    chunk.length});
    const std::uint64_t length = out_.size() - at, index_at = out_.size();
    out_ += packed({0x07, chunk.message_index.value_or(le(1, 2) + list(entries))});
    if (!chunk.indexed) return;
    chunk_indexes_ +=
        packed({0x08, le(chunk.index_start.value_or(first), 8) + le(chunk.index_end.value_or(last), 8) +
                          le(chunk.index_offset.value_or(at), 8) + le(chunk.index_length.value_or(length), 8) +
                          list(le(1, 2) + le(index_at, 8)) + le(out_.size() - index_at, 8) +
                          text(chunk.index_compression.value_or(chunk.compression)) + le(stored.size(), 8) +
                          le(chunk.index_size.value_or(payload.size()), 8)});
    ++chunks_;
  }

  std::string statistics() const {
    const std::uint64_t messages = m_.statistics_messages.value_or(messages_);
    return le(messages, 8) + le(2, 2) + le(2, 4) + le(1, 4) + le(1, 4) + le(m_.statistics_chunks.value_or(chunks_), 4) +
           le(0, 8) + le(1000, 8) + list(le(1, 2) + le(messages, 8));
  }

  void add_summary() {
    const std::uint64_t start = out_.size();
    for (const ModelRecord& record : m_.summary) out_ += packed(record);
    if (m_.with_statistics) out_ += packed({0x0B, m_.statistics.value_or(statistics())});
    out_ += indexes_ + chunk_indexes_;
    for (const ModelRecord& record : m_.summary_more) out_ += packed(record);
    if (!m_.with_footer) return;
    out_ += std::string(1, '\x02') + le(20, 8) + le(m_.summary_start.value_or(start), 8) +
            le(m_.summary_offset_start.value_or(0), 8);
    out_ += le(m_.summary_crc.value_or(oracle::crc32(std::string_view(out_).substr(start))), 4);
  }

  const LogModel& m_;
  std::string out_, indexes_, chunk_indexes_;
  std::uint64_t messages_ = 0, chunks_ = 0;
};

}  // namespace

std::string bytes_of(const LogModel& model) { return Builder(model).build(); }

ModelRecord schema_record(std::uint16_t id, const std::string& name, const std::string& data) {
  return {0x03, le(id, 2) + text(name) + text("text") + list(data)};
}

ModelRecord channel_record(std::uint16_t id, std::uint16_t schema, const std::string& topic) {
  return {0x04, le(id, 2) + le(schema, 2) + text(topic) + text("cdr") + list("")};
}

ModelIndexed attachment(const std::string& name, const std::string& data, Number data_size, Number crc,
                        Number index_offset) {
  std::string content = le(1, 8) + le(1, 8) + text(name) + text("a/b") + le(data_size.value_or(data.size()), 8) + data;
  content += le(crc.value_or(oracle::crc32(content)), 4);
  const std::string tail = le(1, 8) + le(1, 8) + le(data.size(), 8) + text(name) + text("a/b");
  return {{0x09, content},
          [=](std::uint64_t offset, std::uint64_t length) {
            return le(index_offset.value_or(offset), 8) + le(length, 8) + tail;
          },
          0x0A};
}

ModelIndexed metadata(const std::string& name, const std::string& entries, Number index_offset) {
  return {{0x0C, text(name) + entries},
          [=](std::uint64_t offset, std::uint64_t length) {
            return le(index_offset.value_or(offset), 8) + le(length, 8) + text(name);
          },
          0x0D};
}

LogModel sound_model(const std::string& compression) {
  LogModel model;
  model.header = {0x01, text("") + text("test")};
  const std::vector<ModelRecord> names{schema_record(1, "A", "schema of A"), channel_record(1, 1, "/a"),
                                       schema_record(2, "B", "schema of B"), channel_record(2, 2, "/b")};
  for (std::uint64_t c = 0; c < 3; ++c) {
    ModelChunk chunk;
    chunk.compression = compression;
    if (c == 0) chunk.before = names;
    for (std::uint64_t i = 0; i < 6; ++i)
      chunk.messages.push_back({static_cast<std::uint16_t>(1 + i % 2), 100 * c + 10 * i,
                                std::string(40, static_cast<char>('a' + c)) + std::to_string(i)});
    model.chunks.push_back(std::move(chunk));
  }
  model.indexed = {attachment("photo", "bytes of a photo"), metadata("note", list(text("key") + text("value")))};
  model.summary = names;
  return model;
}

}  // namespace bitgoeul::tests
