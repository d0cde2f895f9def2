// MCAP reader. open() takes the summary when it is there and sound, and otherwise walks the file from its start: a torn
// file (its writer was killed) is served up to its last whole record. All CRCs, lengths and times are checked; no
// declared size is believed beyond the file and the limits. Errors name the file and the byte. In file order a complete
// pass also proves the whole data section (its CRC). Thread rule: one thread per reader.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replay/mcap/records.h"
#include "sim/result.h"

namespace bitgoeul::replay::mcap {

struct ReaderOptions {
  std::uint64_t most_chunk_bytes = 256u << 20;  // uncompressed; also the most for any other record
  std::uint64_t most_open_bytes = 1024u << 20;  // in time order: chunks that overlap are open together
  bool require_crc = false;                     // a CRC of 0 means "none" to the norm; here it is then an error
};

enum class Order {
  kFile,
  kLogTime,  // (log time, chunk, place in the chunk); messages outside chunks only in files that have no chunk
};

struct ReaderInfo {
  Header header;
  bool complete = false;                    // footer, summary and DataEnd are there and sound
  std::string why_not_complete;             // one sentence
  std::uint64_t data_end = 0;               // first byte after the last whole record of the data section
  std::map<std::uint16_t, Schema> schemas;  // of the summary, or of what could be read
  std::map<std::uint16_t, Channel> channels;
  std::optional<Statistics> statistics;
  std::vector<ChunkIndex> chunks;  // in file order; those found by walking have no message index
  std::vector<AttachmentIndex> attachments;
  std::vector<MetadataIndex> metadata;
};

struct MessageView {
  const Channel& channel;
  const Schema* schema;  // null when the channel has none
  const Message& message;
  std::uint64_t offset;  // of the message in the file, or of the chunk that holds it
};

class Reader {
 public:
  static sim::Result<Reader> open(const std::filesystem::path& file, const ReaderOptions& options = {});
  ~Reader();
  Reader(Reader&&) noexcept;

  const ReaderInfo& info() const;
  using Callback = std::function<bool(const MessageView&)>;  // false stops
  sim::Result<void> each_message(const Callback& f, Order order = Order::kFile) const;
  // Of one chunk of info().chunks, in the order of the file.
  sim::Result<void> each_message_of_chunk(std::size_t chunk, const Callback& f) const;
  sim::Result<std::string> attachment(std::size_t index) const;  // of info().attachments
  sim::Result<Metadata> metadata(std::size_t index) const;       // of info().metadata

 private:
  struct Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay::mcap
