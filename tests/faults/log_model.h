// A log as a model whose every field may lie, and its bytes with everything else right: CRCs, lengths and offsets
// follow from the model unless the lie says otherwise. Made by the L3 and L4 tests. Uses the test's own packing, and
// the product's compressor. Thread rule: pure values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bitgoeul::tests {

using Number = std::optional<std::uint64_t>;  // empty: the truth

struct ModelRecord {
  std::uint8_t op = 0;
  std::string content;
  Number length;
};

struct ModelMessage {
  std::uint16_t channel = 1;
  std::uint64_t log_time = 0;
  std::string data;
};

struct ModelChunk {
  std::vector<ModelRecord> before;  // schemas, channels
  std::vector<ModelMessage> messages;
  std::vector<ModelRecord> after;
  std::string compression;
  Number start, end, size, crc, payload_length, length;
  std::optional<std::string> compression_name, message_index;
  bool indexed = true;
  Number index_start, index_end, index_offset, index_length, index_size;
  std::optional<std::string> index_compression;
};

struct ModelIndexed {  // attachment or metadata, and its index
  ModelRecord record;
  std::function<std::string(std::uint64_t offset, std::uint64_t length)> index;
  std::uint8_t index_op = 0;
};

struct LogModel {
  ModelRecord header;
  std::vector<ModelRecord> first;  // before the chunks
  std::vector<ModelChunk> chunks;
  std::vector<ModelIndexed> indexed;
  std::vector<ModelRecord> last;     // before DataEnd
  std::vector<ModelRecord> summary;  // schemas, channels
  std::vector<ModelRecord> summary_more;
  std::optional<std::string> statistics;  // empty: the truth
  Number statistics_messages, statistics_chunks;
  bool with_statistics = true, with_data_end = true, with_footer = true, with_magic = true;
  Number data_crc, summary_crc, summary_start, summary_offset_start;
  std::string tail;
};

// Three chunks of six messages on two channels, an attachment, a metadata record, all indexes.
LogModel sound_model(const std::string& compression);
std::string bytes_of(const LogModel& model);

ModelRecord schema_record(std::uint16_t id, const std::string& name, const std::string& data);
ModelRecord channel_record(std::uint16_t id, std::uint16_t schema, const std::string& topic);
ModelIndexed attachment(const std::string& name, const std::string& data, Number data_size = {}, Number crc = {},
                        Number index_offset = {});
ModelIndexed metadata(const std::string& name, const std::string& entries, Number index_offset = {});

}  // namespace bitgoeul::tests
