// A second MCAP reader, as small as the norm allows and independent of the product's: splits a file into records, with
// a bitwise CRC-32 and a SHA-256 of its own. For tests only: it throws nothing and trusts nothing, but gives up at the
// first oddity.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace oracle {

struct Record {
  std::uint8_t op = 0;
  std::size_t offset = 0;  // of the opcode
  std::string_view content;
  std::size_t end() const { return offset + 9 + content.size(); }
};

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::filesystem::remove(
      file);  // a truncated file would be brought to the disk by some file systems, thousands of times
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::uint64_t number(std::string_view bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}
inline std::uint64_t u16(std::string_view b, std::size_t at) { return number(b, at, 2); }
inline std::uint64_t u32(std::string_view b, std::size_t at) { return number(b, at, 4); }
inline std::uint64_t u64(std::string_view b, std::size_t at) { return number(b, at, 8); }

// Records from `from` until something does not fit.
inline std::vector<Record> records(std::string_view bytes, std::size_t from, std::size_t to) {
  std::vector<Record> out;
  while (from + 9 <= to) {
    const std::uint64_t size = u64(bytes, from + 1);
    if (size > to - from - 9) break;
    out.push_back({static_cast<std::uint8_t>(bytes[from]), from, bytes.substr(from + 9, size)});
    from = out.back().end();
  }
  return out;
}

// CRC-32/ISO-HDLC bit by bit: reflected polynomial 0xEDB88320, start and end inverted.
inline std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

// FIPS 180-4.
inline std::string sha256(std::string bytes) {
  const auto rotate = [](std::uint32_t x, int n) { return x >> n | x << (32 - n); };
  std::array<std::uint32_t, 64> k{};
  std::array<std::uint32_t, 8> h{};
  // The constants are the first 32 bits of the fractional parts of cube and square roots of the first primes.
  int found = 0;
  for (unsigned p = 2; found < 64; ++p) {
    bool prime = true;
    for (unsigned d = 2; d * d <= p; ++d) prime = prime && p % d != 0;
    if (!prime) continue;
    const auto fraction = [](long double x) {
      return static_cast<std::uint32_t>((x - static_cast<unsigned>(x)) * 4294967296.0L);
    };
    long double square = p, cube = p;
    for (int i = 0; i < 60; ++i) square = (square + p / square) / 2, cube = (2 * cube + p / (cube * cube)) / 3;
    k[static_cast<std::size_t>(found)] = fraction(cube);
    if (found < 8) h[static_cast<std::size_t>(found)] = fraction(square);
    ++found;
  }
  const std::uint64_t bits = bytes.size() * 8;
  bytes += '\x80';
  while (bytes.size() % 64 != 56) bytes += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift);
  for (std::size_t block = 0; block < bytes.size(); block += 64) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 64; ++i)
      w[i / 4 % 16] = w[i / 4 % 16] << 8 | static_cast<unsigned char>(bytes[block + i]);
    for (std::size_t i = 16; i < 64; ++i) {
      const std::uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const std::uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    std::array<std::uint32_t, 8> v = h;
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
      const std::uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
      const std::uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
      const std::uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      v = {t1 + t2, v[0], v[1], v[2], v[3] + t1, v[4], v[5], v[6]};
    }
    for (std::size_t i = 0; i < 8; ++i) h[i] += v[i];
  }
  std::string hex;
  for (const std::uint32_t word : h) {
    for (int shift = 28; shift >= 0; shift -= 4) hex += "0123456789abcdef"[word >> shift & 15];
  }
  return hex;
}

}  // namespace oracle
