#include "replay/codec.h"

#include <algorithm>
#include <cstring>

namespace bitgoeul::replay {
namespace {

// Of one block; see ColumnEncoder. Written for the compiler's vectors: no branch, no call.
template <bool kSecond>
[[gnu::always_inline]] inline bool encode_rows(const double* values, double per_unit, std::int32_t near,
                                               std::int32_t* last, std::int32_t* change, std::uint32_t* numbers) {
  constexpr double kMiddle = 0x1.8p52;  // see quantise()
  constexpr auto kZero = std::bit_cast<std::uint64_t>(kMiddle);
  const auto reach = static_cast<std::uint64_t>(near);
  std::array<std::int32_t, kBlock> quanta;
  std::uint64_t beyond = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(values[i] * per_unit + kMiddle) - kZero;
    beyond |= (bits + reach) & ~(2 * reach - 1);
    quanta[i] = static_cast<std::int32_t>(bits);
  }
  if (beyond != 0) return false;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const std::int32_t moved = quanta[i] - last[i], number = kSecond ? moved - change[i] : moved;
    if (kSecond) change[i] = moved;
    last[i] = quanta[i];
    numbers[i] = (static_cast<std::uint32_t>(number) << 1) ^ static_cast<std::uint32_t>(number >> 31);
  }
  return true;
}

#if defined(__x86_64__)
template <bool kSecond>
[[gnu::target("avx2")]] bool encode_rows_by_avx2(const double* values, double per_unit, std::int32_t near,
                                                 std::int32_t* last, std::int32_t* change, std::uint32_t* numbers) {
  return encode_rows<kSecond>(values, per_unit, near, last, change, numbers);
}
bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}
#else
template <bool kSecond>
bool encode_rows_by_avx2(const double*, double, std::int32_t, std::int32_t*, std::int32_t*, std::uint32_t*) {
  return false;
}
bool has_avx2() { return false; }
#endif

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kSlice = 8;  // bits that are taken together
using Slice = std::array<std::uint8_t, kGroup>;
using Halves [[gnu::vector_size(kGroup)]] = std::uint64_t;
using Bytes [[gnu::vector_size(kGroup)]] = std::uint8_t;

// In both halves: bit j of byte i becomes bit i of byte j. H. S. Warren, Hacker's Delight, 2nd ed., 7-3.
[[gnu::always_inline]] inline Halves transpose(Halves x) {
  Halves swap = (x ^ (x >> 7)) & 0x00AA00AA00AA00AA;
  x ^= swap ^ (swap << 7);
  swap = (x ^ (x >> 14)) & 0x0000CCCC0000CCCC;
  x ^= swap ^ (swap << 14);
  swap = (x ^ (x >> 28)) & 0x00000000F0F0F0F0;
  return x ^ swap ^ (swap << 28);
}

// Eight bits of all numbers, a byte each, as eight times two bytes.
[[gnu::always_inline]] inline void put_slice(char* to, const Slice& bytes) {
  Halves halves;
  std::memcpy(&halves, bytes.data(), sizeof halves);
  auto planes = reinterpret_cast<Bytes>(transpose(halves));
  planes = __builtin_shufflevector(planes, planes, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
  std::memcpy(to, &planes, sizeof planes);
}
// Back; of the sixteen bytes only `bits` times two count.
[[gnu::always_inline]] inline Slice take_slice(const char* from, std::size_t bits) {
  Bytes planes;
  std::memcpy(&planes, from, sizeof planes);
  planes = __builtin_shufflevector(planes, planes, 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
  const Halves halves = transpose(reinterpret_cast<Halves>(planes) & (~std::uint64_t{0} >> (64 - 8 * bits)));
  Slice bytes;
  std::memcpy(bytes.data(), &halves, sizeof halves);
  return bytes;
}

template <class Number>
[[gnu::always_inline]] inline char* put_numbers(char* to, const Number* numbers) {
  Number all = 0;
  for (std::size_t i = 0; i < kGroup; ++i) all |= numbers[i];
  const auto width = static_cast<std::size_t>(std::bit_width(all));
  *to++ = static_cast<char>(width);
  for (std::size_t low = 0; low < width; low += kSlice) {
    Slice bytes;
    for (std::size_t i = 0; i < kGroup; ++i) bytes[i] = static_cast<std::uint8_t>(numbers[i] >> low);
    put_slice(to + 2 * low, bytes);
  }
  return to + 2 * width;
}

}  // namespace

void ColumnEncoder::resize(std::size_t rows) {
  const std::size_t whole = (rows + kBlock - 1) / kBlock * kBlock;
  last_.resize(whole);
  change_.resize(whole);
}

void ColumnEncoder::reset() {
  last_.assign(last_.size(), 0);
  change_.assign(change_.size(), 0);
  near_ = true;
}

bool ColumnEncoder::encode_block(std::size_t row, const double* values, double per_unit,
                                 std::array<std::uint32_t, kBlock>& numbers) {
  if (!near_) return false;
  std::int32_t* const last = last_.data() + row;
  std::int32_t* const change = change_.data() + row;
  const auto rows = second_ ? (has_avx2() ? encode_rows_by_avx2<true> : encode_rows<true>)
                            : (has_avx2() ? encode_rows_by_avx2<false> : encode_rows<false>);
  return rows(values, per_unit, kNear, last, change, numbers.data());
}

char* put_group(char* to, const std::uint32_t* numbers) { return put_numbers(to, numbers); }
char* put_group(char* to, const std::uint64_t* numbers) { return put_numbers(to, numbers); }

const char* take_group(std::string_view bytes, std::uint64_t* numbers) {
  if (bytes.empty()) return nullptr;
  const std::size_t width = static_cast<std::uint8_t>(bytes[0]);
  bytes.remove_prefix(1);
  if (width > 64 || bytes.size() < 2 * width) return nullptr;
  std::fill(numbers, numbers + kGroup, 0);
  for (std::size_t low = 0; low < width; low += kSlice) {
    const char* from = bytes.data() + 2 * low;
    std::array<char, 2 * kSlice> last{};
    if (bytes.size() - 2 * low < last.size())
      from = std::copy(from, bytes.data() + bytes.size(), last.data()) - (bytes.size() - 2 * low);
    const Slice slice = take_slice(from, std::min(kSlice, width - low));
    for (std::size_t i = 0; i < kGroup; ++i) numbers[i] |= std::uint64_t{slice[i]} << low;
  }
  return bytes.data() + 2 * width;
}

void put_field_start(std::string& out, int field, std::size_t size) {
  constexpr std::uint64_t kLengthDelimited = 2;
  char bytes[2 * kMostVarint];
  char* end = put_varint(bytes, (static_cast<std::uint64_t>(field) << 3) | kLengthDelimited);
  end = put_varint(end, size);
  out.append(bytes, end);
}

std::string bytes_of(sim::Hash128 hash) {
  std::string bytes;
  for (const std::uint64_t half : {hash.high, hash.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(half >> shift));
  }
  return bytes;
}

bool hash_from_bytes(std::string_view bytes, sim::Hash128& out) {
  if (bytes.size() != 16) return false;
  out = {};
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint64_t& half = i < 8 ? out.high : out.low;
    half = (half << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return true;
}

}  // namespace bitgoeul::replay
