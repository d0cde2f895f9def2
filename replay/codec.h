// Columns of numbers as small whole numbers: quantised, then the difference to a prediction from the row's own past.
// Protobuf packs the result as zigzag varints, so that generated code of any language reads it. Used by frame_codec.
// Round trip: the decoded value is round(value * per_unit) / per_unit, within half a quantum. The encoder and the
// decoder keep the same state as long as they see the same rows. Thread rule: one thread per object.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/hash.h"

namespace bitgoeul::replay {

inline constexpr double kMostQuanta = 4503599627370496.0;  // 2^52: larger values (and NaN) are refused

// Half a quantum and more rounds up. The caller has checked can_quantise.
inline bool can_quantise(double value, double per_unit) { return std::abs(value * per_unit) <= kMostQuanta; }
inline std::int64_t quantise(double value, double per_unit) {
  const double quanta = value * per_unit + 0.5;
  const auto towards_zero = static_cast<std::int64_t>(quanta);
  return towards_zero - (static_cast<double>(towards_zero) > quanta ? 1 : 0);  // floor, without a call of libm
}
inline double dequantise(std::int64_t quanta, double per_unit) { return static_cast<double>(quanta) / per_unit; }

// Without an arithmetic shift of 64 bits, which SSE does not have.
inline std::uint64_t zigzag(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return (bits << 1) ^ (0 - (bits >> 63));
}

enum class Prediction : std::uint8_t { kFirst, kSecond };  // last value | last value + last change

inline constexpr std::size_t kBlock = 64;  // rows that are encoded together, for the processor's vectors

// One column: encode and decode are inverse; fresh = the row has no past.
class ColumnCodec {
 public:
  explicit ColumnCodec(Prediction prediction) : second_(prediction == Prediction::kSecond) {}
  void resize(std::size_t rows) {
    last_.resize(rows);
    change_.resize(rows);
  }

  std::int64_t encode(std::size_t row, std::int64_t quanta, bool fresh) {
    const auto value = static_cast<std::uint64_t>(quanta);
    const std::uint64_t number = value - predict(row, fresh);
    remember(row, value, fresh);
    return static_cast<std::int64_t>(number);
  }

  // The same for kBlock rows from `row` on that all have a past: zigzag numbers, and all their bits or-ed. False, and
  // nothing is done: a value is not finite or beyond 2^51 quanta.
  bool encode_block(std::size_t row, const double* values, double per_unit, std::array<std::uint64_t, kBlock>& numbers,
                    std::uint64_t& all) {
    std::array<std::uint64_t, kBlock> quanta;
    if (!quantise_block(values, per_unit, quanta)) return false;
    std::uint64_t* const last = last_.data() + row;
    std::uint64_t* const change = change_.data() + row;
    all = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const std::uint64_t moved = quanta[i] - last[i], number = moved - change[i];
      if (second_) change[i] = moved;
      last[i] = quanta[i];
      numbers[i] = zigzag(static_cast<std::int64_t>(number));
      all |= numbers[i];
    }
    return true;
  }

  std::int64_t decode(std::size_t row, std::int64_t number, bool fresh) {
    const std::uint64_t value = static_cast<std::uint64_t>(number) + predict(row, fresh);
    remember(row, value, fresh);
    return static_cast<std::int64_t>(value);
  }

 private:
  // Unsigned, because a damaged log must not overflow a signed number.
  std::uint64_t predict(std::size_t row, bool fresh) const { return fresh ? 0 : last_[row] + change_[row]; }
  void remember(std::size_t row, std::uint64_t value, bool fresh) {
    change_[row] = fresh || !second_ ? 0 : value - last_[row];
    last_[row] = value;
  }

  // As quantise(): in the upper half of [2^52, 2^53) the last bits of a double count whole numbers.
  static bool quantise_block(const double* values, double per_unit, std::array<std::uint64_t, kBlock>& quanta) {
    constexpr double kMiddle = 1.5 * kMostQuanta;
    constexpr auto kZero = std::bit_cast<std::uint64_t>(kMiddle), kBinade = kZero >> 52;
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const auto bits = std::bit_cast<std::uint64_t>(std::floor(values[i] * per_unit + 0.5) + kMiddle);
      beyond |= (bits >> 52) ^ kBinade;
      quanta[i] = bits - kZero;
    }
    return beyond == 0;
  }

  bool second_;
  std::vector<std::uint64_t> last_, change_;
};

// Protobuf's wire format, for what is written faster by hand than through its classes.
inline constexpr std::size_t kMostVarint = 10;  // bytes
inline char* put_varint(char* to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}
// As many calls of put_varint; `all`: the bits of all of them, or-ed. Writes up to one byte behind the last.
inline char* put_varints(char* to, const std::array<std::uint64_t, kBlock>& values, std::uint64_t all) {
  if (all < 1u << 7) {
    for (std::size_t i = 0; i < kBlock; ++i) to[i] = static_cast<char>(values[i]);
    return to + kBlock;
  }
  if (all >= 1u << 14) {
    for (const std::uint64_t value : values) to = put_varint(to, value);
    return to;
  }
  for (const std::uint64_t value : values) {  // one or two bytes, without a branch that the processor cannot foresee
    const bool two = value >= 0x80;
    to[0] = static_cast<char>(value | (two ? 0x80 : 0));
    to[1] = static_cast<char>(value >> 7);
    to += two ? 2 : 1;
  }
  return to;
}
// Of a field of `size` bytes: its number and size.
void put_field_start(std::string& out, int field, std::size_t size);

// 16 bytes: the high half first, most significant byte first, that is the order of to_hex.
std::string bytes_of(sim::Hash128 hash);
bool hash_from_bytes(std::string_view bytes, sim::Hash128& out);

}  // namespace bitgoeul::replay
