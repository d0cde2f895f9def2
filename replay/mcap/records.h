// The records of an MCAP file (https://mcap.dev/spec): opcodes, their contents as plain structs, packing and parsing.
// A record = opcode u8, length u64, content; all integers little-endian, strings with a u32 length.
// Made and read by mcap::Writer and mcap::Reader. parse() gives false when the content does not fit its length.
// Thread rule: pure values.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitgoeul::replay::mcap {

static_assert(std::endian::native == std::endian::little, "integers are copied as they lie in memory");

inline constexpr std::string_view kMagic{"\x89MCAP0\r\n", 8};
inline constexpr std::size_t kPrefixSize = 9;   // opcode and length
inline constexpr std::size_t kFooterSize = 20;  // content
inline constexpr std::size_t kDataEndSize = 4;  // content

enum class Op : std::uint8_t {
  kHeader = 0x01,
  kFooter = 0x02,
  kSchema = 0x03,
  kChannel = 0x04,
  kMessage = 0x05,
  kChunk = 0x06,
  kMessageIndex = 0x07,
  kChunkIndex = 0x08,
  kAttachment = 0x09,
  kAttachmentIndex = 0x0A,
  kStatistics = 0x0B,
  kMetadata = 0x0C,
  kMetadataIndex = 0x0D,
  kSummaryOffset = 0x0E,
  kDataEnd = 0x0F,
};

using StringPairs = std::vector<std::pair<std::string, std::string>>;
using IdCounts = std::vector<std::pair<std::uint16_t, std::uint64_t>>;  // by channel id

struct Header {
  std::string profile, library;
};
struct Footer {
  std::uint64_t summary_start = 0, summary_offset_start = 0;
  std::uint32_t summary_crc = 0;
};
struct Schema {
  std::uint16_t id = 0;
  std::string name, encoding, data;
  bool operator==(const Schema&) const = default;
};
struct Channel {
  std::uint16_t id = 0, schema_id = 0;
  std::string topic, message_encoding;
  StringPairs metadata;
  bool operator==(const Channel&) const = default;
};
struct Message {
  std::uint16_t channel_id = 0;
  std::uint32_t sequence = 0;
  std::uint64_t log_time = 0, publish_time = 0;
  std::string_view data;
};
struct ChunkHeader {  // what stands before the payload
  std::uint64_t message_start_time = 0, message_end_time = 0, uncompressed_size = 0;
  std::uint32_t uncompressed_crc = 0;
  std::string compression;
  std::uint64_t compressed_size = 0;
};
struct ChunkIndex {
  std::uint64_t message_start_time = 0, message_end_time = 0, chunk_start_offset = 0, chunk_length = 0;
  IdCounts message_index_offsets;
  std::uint64_t message_index_length = 0;
  std::string compression;
  std::uint64_t compressed_size = 0, uncompressed_size = 0;
};
struct AttachmentIndex {
  std::uint64_t offset = 0, length = 0, log_time = 0, create_time = 0, data_size = 0;
  std::string name, media_type;
};
struct Statistics {
  std::uint64_t message_count = 0;
  std::uint16_t schema_count = 0;
  std::uint32_t channel_count = 0, attachment_count = 0, metadata_count = 0, chunk_count = 0;
  std::uint64_t message_start_time = 0, message_end_time = 0;
  IdCounts channel_message_counts;
};
struct Metadata {
  std::string name;
  StringPairs entries;
};
struct MetadataIndex {
  std::uint64_t offset = 0, length = 0;
  std::string name;
};

template <class T>
void put(std::string& out, T value) {
  static_assert(std::is_integral_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}
void put_string(std::string& out, std::string_view text);
// The whole record, prefix included, appended to out.
void put_record(std::string& out, Op op, std::string_view content);
void put_schema(std::string& out, const Schema& schema);
void put_channel(std::string& out, const Channel& channel);
void put_message(std::string& out, const Message& message);
void put_chunk(std::string& out, const ChunkHeader& header, std::string_view payload);
void put_message_index(std::string& out, std::uint16_t channel,
                       const std::vector<std::pair<std::uint64_t, std::uint64_t>>& at);
void put_chunk_index(std::string& out, const ChunkIndex& index);
void put_attachment_index(std::string& out, const AttachmentIndex& index);
void put_statistics(std::string& out, const Statistics& statistics);
void put_metadata(std::string& out, const Metadata& metadata);
void put_metadata_index(std::string& out, const MetadataIndex& index);
void put_summary_offset(std::string& out, Op group, std::uint64_t start, std::uint64_t length);

// Takes values off the front of a content; once something does not fit, ok is false and all further values are zero.
class Cursor {
 public:
  explicit Cursor(std::string_view content) : rest_(content) {}
  template <class T>
  T take() {
    T value = 0;
    const std::string_view bytes = take_bytes(sizeof(T));
    if (bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  std::string_view take_bytes(std::uint64_t size);
  std::string take_string() { return std::string(take_bytes(take<std::uint32_t>())); }
  StringPairs take_string_pairs();  // a map with the same key twice is not ok
  IdCounts take_id_counts();
  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

bool parse(std::string_view content, Header& out);
bool parse(std::string_view content, Footer& out);
bool parse(std::string_view content, Schema& out);
bool parse(std::string_view content, Channel& out);
bool parse(std::string_view content, Message& out);  // data points into content
// From the first bytes of a chunk's content; payload_offset = size of the part before the payload.
bool parse(std::string_view content, ChunkHeader& out, std::size_t& payload_offset);
bool parse(std::string_view content, ChunkIndex& out);
bool parse(std::string_view content, AttachmentIndex& out);
bool parse(std::string_view content, Statistics& out);
bool parse(std::string_view content, Metadata& out);
bool parse(std::string_view content, MetadataIndex& out);

}  // namespace bitgoeul::replay::mcap
