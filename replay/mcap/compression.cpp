#include "replay/mcap/compression.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>

namespace bitgoeul::replay::mcap {

std::string_view name_of(Compression compression) {
  if (compression == Compression::kLz4) return "lz4";
  return compression == Compression::kZstd ? "zstd" : "";
}

std::uint32_t crc32(std::string_view data, std::uint32_t crc) {
  return static_cast<std::uint32_t>(::crc32_z(crc, reinterpret_cast<const Bytef*>(data.data()), data.size()));
}

struct Compressor::Impl {
  Compression compression = Compression::kNone;
  ZSTD_CCtx* zstd = nullptr;
  std::string buffer;

  std::size_t by_zstd(std::string_view data) {
    buffer.resize(ZSTD_compressBound(data.size()));
    const std::size_t size = ZSTD_compress2(zstd, buffer.data(), buffer.size(), data.data(), data.size());
    return ZSTD_isError(size) != 0 ? 0 : size;
  }

  std::size_t by_lz4(std::string_view data) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.contentSize = data.size();
    buffer.resize(LZ4F_compressFrameBound(data.size(), &preferences));
    const std::size_t size = LZ4F_compressFrame(buffer.data(), buffer.size(), data.data(), data.size(), &preferences);
    return LZ4F_isError(size) != 0 ? 0 : size;
  }
};

Compressor::Compressor(Compression compression, int zstd_level) : impl_(std::make_unique<Impl>()) {
  impl_->compression = compression;
  if (compression != Compression::kZstd) return;
  impl_->zstd = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(impl_->zstd, ZSTD_c_compressionLevel, zstd_level);
}

Compressor::~Compressor() { ZSTD_freeCCtx(impl_->zstd); }

std::string_view Compressor::compress(std::string_view data) {
  std::size_t size = 0;
  if (impl_->compression == Compression::kZstd) size = impl_->by_zstd(data);
  if (impl_->compression == Compression::kLz4) size = impl_->by_lz4(data);
  if (size == 0 || size >= data.size()) return {};
  return std::string_view(impl_->buffer).substr(0, size);
}

struct Decompressor::Impl {
  ZSTD_DCtx* zstd = nullptr;
  LZ4F_dctx* lz4 = nullptr;

  sim::Result<void> by_zstd(std::string_view data, char* out, std::size_t out_size) {
    if (zstd == nullptr) zstd = ZSTD_createDCtx();
    const std::size_t size = ZSTD_decompressDCtx(zstd, out, out_size, data.data(), data.size());
    if (ZSTD_isError(size) != 0) return sim::fail(std::string("zstd: ") + ZSTD_getErrorName(size));
    if (size != out_size) return sim::fail("zstd: the payload is shorter than the chunk says");
    return {};
  }

  sim::Result<void> by_lz4(std::string_view data, char* out, std::size_t out_size) {
    if (lz4 == nullptr && LZ4F_isError(LZ4F_createDecompressionContext(&lz4, LZ4F_VERSION)) != 0) {
      return sim::fail("lz4: no memory");
    }
    LZ4F_resetDecompressionContext(lz4);
    std::size_t done = 0;
    std::size_t more = 1;
    while (more != 0) {
      std::size_t in = data.size();
      std::size_t room = out_size - done;
      more = LZ4F_decompress(lz4, out + done, &room, data.data(), &in, nullptr);
      if (LZ4F_isError(more) != 0) return sim::fail(std::string("lz4: ") + LZ4F_getErrorName(more));
      done += room;
      data.remove_prefix(in);
      if (more != 0 && in == 0 && room == 0) break;  // wants more input or more room than the chunk declares
    }
    if (more != 0 || done != out_size || !data.empty()) {
      return sim::fail("lz4: the payload has not the size that the chunk says");
    }
    return {};
  }
};

bool can_hold(std::string_view compression, std::uint64_t stored, std::uint64_t payload) {
  constexpr std::uint64_t kFrame = 64;       // bytes of headers that cost nothing here
  constexpr std::uint64_t kZstd = 1u << 15;  // a block of 128 KiB takes at least 4 bytes (RFC 8878, 3.1.1.2)
  constexpr std::uint64_t kLz4 = 255;        // a length byte of a sequence
  return payload / (compression == "zstd" ? kZstd : kLz4) <= stored + kFrame;
}

Decompressor::Decompressor() : impl_(std::make_unique<Impl>()) {}
Decompressor::Decompressor(Decompressor&&) noexcept = default;

Decompressor::~Decompressor() {
  if (!impl_) return;
  ZSTD_freeDCtx(impl_->zstd);
  if (impl_->lz4 != nullptr) LZ4F_freeDecompressionContext(impl_->lz4);
}

sim::Result<void> Decompressor::decompress(std::string_view compression, std::string_view data, char* out,
                                           std::size_t out_size) {
  if (compression == "zstd") return impl_->by_zstd(data, out, out_size);
  if (compression == "lz4") return impl_->by_lz4(data, out, out_size);
  if (!compression.empty()) return sim::fail("unknown compression '" + std::string(compression) + "'");
  if (data.size() != out_size) return sim::fail("the payload has not the size that the chunk says");
  if (out_size > 0) std::memcpy(out, data.data(), out_size);
  return {};
}

}  // namespace bitgoeul::replay::mcap
