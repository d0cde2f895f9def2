#include "replay/mcap/records.h"

#include <algorithm>
#include <tuple>

namespace bitgoeul::replay::mcap {
namespace {

void put_string_pairs(std::string& out, const StringPairs& pairs) {
  std::size_t size = 0;
  for (const auto& [key, value] : pairs) size += 8 + key.size() + value.size();
  put(out, static_cast<std::uint32_t>(size));
  for (const auto& [key, value] : pairs) {
    put_string(out, key);
    put_string(out, value);
  }
}

void put_id_counts(std::string& out, const IdCounts& counts) {
  put(out, static_cast<std::uint32_t>(counts.size() * 10));
  for (const auto& [id, count] : counts) {
    put(out, id);
    put(out, count);
  }
}

}  // namespace

void put_string(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

void put_record(std::string& out, Op op, std::string_view content) {
  put(out, static_cast<std::uint8_t>(op));
  put(out, static_cast<std::uint64_t>(content.size()));
  out.append(content);
}

void put_schema(std::string& out, const Schema& schema) {
  std::string content;
  put(content, schema.id);
  put_string(content, schema.name);
  put_string(content, schema.encoding);
  put_string(content, schema.data);
  put_record(out, Op::kSchema, content);
}

void put_channel(std::string& out, const Channel& channel) {
  std::string content;
  put(content, channel.id);
  put(content, channel.schema_id);
  put_string(content, channel.topic);
  put_string(content, channel.message_encoding);
  put_string_pairs(content, channel.metadata);
  put_record(out, Op::kChannel, content);
}

// Straight into out: this one is written for every message.
void put_message(std::string& out, const Message& message) {
  put(out, static_cast<std::uint8_t>(Op::kMessage));
  put(out, static_cast<std::uint64_t>(22 + message.data.size()));
  put(out, message.channel_id);
  put(out, message.sequence);
  put(out, message.log_time);
  put(out, message.publish_time);
  out.append(message.data);
}

void put_chunk(std::string& out, const ChunkHeader& header, std::string_view payload) {
  put(out, static_cast<std::uint8_t>(Op::kChunk));
  put(out, static_cast<std::uint64_t>(40 + header.compression.size() + payload.size()));
  put(out, header.message_start_time);
  put(out, header.message_end_time);
  put(out, header.uncompressed_size);
  put(out, header.uncompressed_crc);
  put_string(out, header.compression);
  put(out, static_cast<std::uint64_t>(payload.size()));
  out.append(payload);
}

void put_message_index(std::string& out, std::uint16_t channel,
                       const std::vector<std::pair<std::uint64_t, std::uint64_t>>& at) {
  std::string content;
  put(content, channel);
  put(content, static_cast<std::uint32_t>(at.size() * 16));
  for (const auto& [log_time, offset] : at) {
    put(content, log_time);
    put(content, offset);
  }
  put_record(out, Op::kMessageIndex, content);
}

void put_chunk_index(std::string& out, const ChunkIndex& index) {
  std::string content;
  put(content, index.message_start_time);
  put(content, index.message_end_time);
  put(content, index.chunk_start_offset);
  put(content, index.chunk_length);
  put_id_counts(content, index.message_index_offsets);
  put(content, index.message_index_length);
  put_string(content, index.compression);
  put(content, index.compressed_size);
  put(content, index.uncompressed_size);
  put_record(out, Op::kChunkIndex, content);
}

void put_attachment_index(std::string& out, const AttachmentIndex& index) {
  std::string content;
  for (const auto value : {index.offset, index.length, index.log_time, index.create_time, index.data_size}) {
    put(content, value);
  }
  put_string(content, index.name);
  put_string(content, index.media_type);
  put_record(out, Op::kAttachmentIndex, content);
}

void put_statistics(std::string& out, const Statistics& statistics) {
  std::string content;
  put(content, statistics.message_count);
  put(content, statistics.schema_count);
  put(content, statistics.channel_count);
  put(content, statistics.attachment_count);
  put(content, statistics.metadata_count);
  put(content, statistics.chunk_count);
  put(content, statistics.message_start_time);
  put(content, statistics.message_end_time);
  put_id_counts(content, statistics.channel_message_counts);
  put_record(out, Op::kStatistics, content);
}

void put_metadata(std::string& out, const Metadata& metadata) {
  std::string content;
  put_string(content, metadata.name);
  put_string_pairs(content, metadata.entries);
  put_record(out, Op::kMetadata, content);
}

void put_metadata_index(std::string& out, const MetadataIndex& index) {
  std::string content;
  put(content, index.offset);
  put(content, index.length);
  put_string(content, index.name);
  put_record(out, Op::kMetadataIndex, content);
}

void put_summary_offset(std::string& out, Op group, std::uint64_t start, std::uint64_t length) {
  std::string content;
  put(content, static_cast<std::uint8_t>(group));
  put(content, start);
  put(content, length);
  put_record(out, Op::kSummaryOffset, content);
}

std::string_view Cursor::take_bytes(std::uint64_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

StringPairs Cursor::take_string_pairs() {
  Cursor inside(take_bytes(take<std::uint32_t>()));
  StringPairs pairs;
  while (inside.ok() && !inside.rest().empty()) {
    std::string key = inside.take_string();
    std::string value = inside.take_string();
    pairs.emplace_back(std::move(key), std::move(value));
  }
  ok_ = ok_ && inside.ok();
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : pairs) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) ok_ = false;
  return pairs;
}

IdCounts Cursor::take_id_counts() {
  Cursor inside(take_bytes(take<std::uint32_t>()));
  IdCounts counts;
  while (inside.ok() && !inside.rest().empty()) {
    const auto id = inside.take<std::uint16_t>();
    counts.emplace_back(id, inside.take<std::uint64_t>());
  }
  ok_ = ok_ && inside.ok();
  return counts;
}

bool parse(std::string_view content, Header& out) {
  Cursor cursor(content);
  out.profile = cursor.take_string();
  out.library = cursor.take_string();
  return cursor.ok();
}

bool parse(std::string_view content, Footer& out) {
  Cursor cursor(content);
  out.summary_start = cursor.take<std::uint64_t>();
  out.summary_offset_start = cursor.take<std::uint64_t>();
  out.summary_crc = cursor.take<std::uint32_t>();
  return cursor.ok() && cursor.rest().empty();
}

bool parse(std::string_view content, Schema& out) {
  Cursor cursor(content);
  out.id = cursor.take<std::uint16_t>();
  out.name = cursor.take_string();
  out.encoding = cursor.take_string();
  out.data = cursor.take_string();
  return cursor.ok() && out.id != 0;
}

bool parse(std::string_view content, Channel& out) {
  Cursor cursor(content);
  out.id = cursor.take<std::uint16_t>();
  out.schema_id = cursor.take<std::uint16_t>();
  out.topic = cursor.take_string();
  out.message_encoding = cursor.take_string();
  out.metadata = cursor.take_string_pairs();
  return cursor.ok();
}

bool parse(std::string_view content, Message& out) {
  Cursor cursor(content);
  out.channel_id = cursor.take<std::uint16_t>();
  out.sequence = cursor.take<std::uint32_t>();
  out.log_time = cursor.take<std::uint64_t>();
  out.publish_time = cursor.take<std::uint64_t>();
  out.data = cursor.rest();
  return cursor.ok();
}

bool parse(std::string_view content, ChunkHeader& out, std::size_t& payload_offset) {
  Cursor cursor(content);
  out.message_start_time = cursor.take<std::uint64_t>();
  out.message_end_time = cursor.take<std::uint64_t>();
  out.uncompressed_size = cursor.take<std::uint64_t>();
  out.uncompressed_crc = cursor.take<std::uint32_t>();
  out.compression = cursor.take_string();
  out.compressed_size = cursor.take<std::uint64_t>();
  payload_offset = content.size() - cursor.rest().size();
  return cursor.ok();
}

bool parse(std::string_view content, ChunkIndex& out) {
  Cursor cursor(content);
  out.message_start_time = cursor.take<std::uint64_t>();
  out.message_end_time = cursor.take<std::uint64_t>();
  out.chunk_start_offset = cursor.take<std::uint64_t>();
  out.chunk_length = cursor.take<std::uint64_t>();
  out.message_index_offsets = cursor.take_id_counts();
  out.message_index_length = cursor.take<std::uint64_t>();
  out.compression = cursor.take_string();
  out.compressed_size = cursor.take<std::uint64_t>();
  out.uncompressed_size = cursor.take<std::uint64_t>();
  return cursor.ok();
}

bool parse(std::string_view content, AttachmentIndex& out) {
  Cursor cursor(content);
  out.offset = cursor.take<std::uint64_t>();
  out.length = cursor.take<std::uint64_t>();
  out.log_time = cursor.take<std::uint64_t>();
  out.create_time = cursor.take<std::uint64_t>();
  out.data_size = cursor.take<std::uint64_t>();
  out.name = cursor.take_string();
  out.media_type = cursor.take_string();
  return cursor.ok();
}

bool parse(std::string_view content, Statistics& out) {
  Cursor cursor(content);
  out.message_count = cursor.take<std::uint64_t>();
  out.schema_count = cursor.take<std::uint16_t>();
  out.channel_count = cursor.take<std::uint32_t>();
  out.attachment_count = cursor.take<std::uint32_t>();
  out.metadata_count = cursor.take<std::uint32_t>();
  out.chunk_count = cursor.take<std::uint32_t>();
  out.message_start_time = cursor.take<std::uint64_t>();
  out.message_end_time = cursor.take<std::uint64_t>();
  out.channel_message_counts = cursor.take_id_counts();
  return cursor.ok();
}

bool parse(std::string_view content, Metadata& out) {
  Cursor cursor(content);
  out.name = cursor.take_string();
  out.entries = cursor.take_string_pairs();
  return cursor.ok();
}

bool parse(std::string_view content, MetadataIndex& out) {
  Cursor cursor(content);
  out.offset = cursor.take<std::uint64_t>();
  out.length = cursor.take<std::uint64_t>();
  out.name = cursor.take_string();
  return cursor.ok();
}

}  // namespace bitgoeul::replay::mcap
