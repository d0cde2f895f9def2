// MCAP writer (https://mcap.dev/spec): chunks (zstd), message indexes, summary, statistics, attachments, metadata, all CRCs.
// Every write and close is checked. Bytes reach the file at each flushed chunk, so a killed writer leaves whole chunks.
// Deterministic: the same calls give the same bytes. Thread rule: one thread per writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::replay::mcap {

enum class Compression { kNone, kLz4, kZstd };

struct WriterOptions {
  std::string profile;
  std::string library = "bitgoeul";
  Compression compression = Compression::kZstd;
  int zstd_level = 1;
  std::size_t chunk_size = 1 << 20;  // a chunk is closed when its payload reaches this
};

class Writer {
 public:
  static sim::Result<Writer> open(const std::filesystem::path& file, const WriterOptions& options = {});
  ~Writer();
  Writer(Writer&&) noexcept;

  std::uint16_t add_schema(const std::string& name, const std::string& encoding, std::string_view data);
  std::uint16_t add_channel(std::uint16_t schema, const std::string& topic, const std::string& message_encoding,
                            const std::vector<std::pair<std::string, std::string>>& metadata = {});
  sim::Result<void> write(std::uint16_t channel, std::uint64_t log_time_ns, std::string_view data, std::uint32_t sequence = 0);
  sim::Result<void> attach(const std::string& name, const std::string& media_type, std::uint64_t log_time_ns, std::string_view data);
  sim::Result<void> metadata(const std::string& name, const std::vector<std::pair<std::string, std::string>>& entries);
  sim::Result<void> flush();  // ends the open chunk
  sim::Result<void> close();  // summary, footer, fsync

 private:
  struct Impl;
  explicit Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay::mcap
