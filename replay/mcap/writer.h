// MCAP writer (https://mcap.dev/spec): chunks (zstd, lz4 or stored), message indexes, summary, statistics, attachments,
// metadata, all CRCs. Every write, sync and close is checked; the first error stays and is given by every later call.
// Each chunk repeats the schemas and channels it uses, so that it can be read alone; whole chunks reach the file with
// one write, so that a killed writer leaves whole chunks. The same calls give the same bytes.
// Thread rule: one thread per writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/mcap/compression.h"
#include "sim/result.h"

namespace bitgoeul::replay::mcap {

struct WriterOptions {
  std::string profile;
  std::string library = "bitgoeul";
  Compression compression = Compression::kZstd;
  int zstd_level = 1;
  std::size_t chunk_size = 1 << 20;  // a chunk is closed when its payload reaches this
  // What the norm leaves to the writer; all on for a file that can be read at random.
  bool chunked = true;
  bool message_index = true, chunk_index = true, attachment_index = true, metadata_index = true;
  bool statistics = true, repeat_schemas = true, repeat_channels = true, summary_offsets = true;
};

class Writer {
 public:
  static sim::Result<Writer> open(const std::filesystem::path& file, const WriterOptions& options = {});
  ~Writer();  // closes; errors are lost there, so call close()
  Writer(Writer&&) noexcept;

  // Ids count from 1. At most 65,535 of each, which is the format's limit.
  std::uint16_t add_schema(const std::string& name, const std::string& encoding, std::string_view data);
  std::uint16_t add_channel(std::uint16_t schema, const std::string& topic, const std::string& message_encoding,
                            const std::vector<std::pair<std::string, std::string>>& metadata = {});
  // This channel's messages repeat nothing: a chunk of which they are more than half is stored as it is.
  void repeats_nothing(std::uint16_t channel);
  sim::Result<void> write(std::uint16_t channel, std::uint64_t log_time_ns, std::string_view data,
                          std::uint32_t sequence = 0);
  sim::Result<void> write(std::uint16_t channel, std::uint64_t log_time_ns, std::uint64_t publish_time_ns,
                          std::string_view data, std::uint32_t sequence);
  sim::Result<void> attach(const std::string& name, const std::string& media_type, std::uint64_t log_time_ns,
                           std::string_view data, std::uint64_t create_time_ns = 0);
  sim::Result<void> metadata(const std::string& name, const std::vector<std::pair<std::string, std::string>>& entries);
  sim::Result<void> flush();  // ends the open chunk; all that was written before is then in the file
  sim::Result<void> close();  // summary, footer, sync

 private:
  struct Impl;
  explicit Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay::mcap
