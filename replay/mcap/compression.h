// Chunk payloads in and out of zstd and LZ4 (frame format), and the CRC-32 of zlib that MCAP uses. The only file that
// knows the libraries. Decompression never writes more than the size the caller allows. Used by mcap::Writer and
// mcap::Reader. Thread rule: a Compressor or Decompressor per thread; crc32 is pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/result.h"

namespace bitgoeul::replay::mcap {

enum class Compression { kNone, kLz4, kZstd };
std::string_view name_of(Compression compression);  // as it stands in the file: "", "lz4", "zstd"

// CRC-32/ISO-HDLC of data, going on from `crc` of what came before.
std::uint32_t crc32(std::string_view data, std::uint32_t crc = 0);

// False: no frame of `stored` bytes gives a payload of that size, so that there is no need to make room for it.
bool can_hold(std::string_view compression, std::uint64_t stored, std::uint64_t payload);

// The size of what a zstd frame holds, by its header; nothing: it does not tell, or is none.
std::optional<std::uint64_t> zstd_payload_size(std::string_view frame);

class Compressor {
 public:
  Compressor(Compression compression, int zstd_level);
  ~Compressor();
  // The compressed bytes, valid until the next call; an empty view when the library fails or the result would not be
  // smaller, that is: store it as it is.
  std::string_view compress(std::string_view data);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  // Fills out with exactly out_size bytes, or says why not: `what` only, the caller adds file and place.
  sim::Result<void> decompress(std::string_view compression, std::string_view data, char* out, std::size_t out_size);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay::mcap
