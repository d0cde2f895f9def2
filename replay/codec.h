// Columns of numbers as small whole numbers: quantised, then the difference to a prediction from the row's own past, in
// groups of 16 rows of as many bits as the largest needs (schema/frame.proto tells the layout). Used by frame_codec.
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

inline constexpr double kMostQuanta = (1 << 30) - 1;  // 10,737 km in centimetres: larger values (and NaN) are refused

// To the nearest, halves to the even one. The caller has checked can_quantise.
inline bool can_quantise(double value, double per_unit) { return std::abs(value * per_unit) <= kMostQuanta; }
inline std::int32_t quantise(double value, double per_unit) {
  constexpr double kMiddle = 0x1.8p52;  // between 2^52 and 2^53 the last bits of a double count whole numbers
  return static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(value * per_unit + kMiddle));
}
inline double dequantise(std::int64_t quanta, double per_unit) { return static_cast<double>(quanta) / per_unit; }

// 0, -1, 1, -2, 2 -> 0, 1, 2, 3, 4.
inline std::uint64_t zigzag(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return (bits << 1) ^ (0 - (bits >> 63));
}
inline std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>((number >> 1) ^ (0 - (number & 1)));
}

enum class Prediction : std::uint8_t { kFirst, kSecond };  // last value | last value + last change

inline constexpr std::size_t kBlock = 64;  // rows that are encoded together, for the processor's vectors

// Zigzag numbers as bits: one byte w, then w times two bytes; bit i of the k-th is bit k of number i.
inline constexpr std::size_t kGroup = 16;                   // numbers
inline constexpr std::size_t kMostGroupBytes = 1 + 2 * 64;  // of one
char* put_group(char* to, const std::uint32_t* numbers);
char* put_group(char* to, const std::uint64_t* numbers);
// What follows in `bytes`, or null: they end before, or w is more than 64.
const char* take_group(std::string_view bytes, std::uint64_t* numbers);

// One column of quanta up to kMostQuanta. A row without a past is reset before, and has no change after its first
// value.
class ColumnEncoder {
 public:
  explicit ColumnEncoder(Prediction prediction) : second_(prediction == Prediction::kSecond) {}
  // To whole blocks; the new rows are reset.
  void resize(std::size_t rows);
  void reset();  // all rows
  void reset(std::size_t row) { last_[row] = change_[row] = 0; }
  void forget_change(std::size_t row) { change_[row] = 0; }
  void forget_changes() { change_.assign(change_.size(), 0); }

  std::int64_t encode(std::size_t row, std::int32_t quanta) {
    const std::int64_t moved = std::int64_t{quanta} - last_[row], number = moved - change_[row];
    near_ = near_ && std::abs(quanta) < kNear;
    last_[row] = quanta;
    if (second_) change_[row] = static_cast<std::int32_t>(moved);
    return number;
  }
  // The same for the kBlock rows from `row` on. False, and nothing is done: a value or what a row remembers is not
  // finite, or so large that the numbers might not fit.
  bool encode_block(std::size_t row, const double* values, double per_unit, std::array<std::uint32_t, kBlock>& numbers);

 private:
  static constexpr std::int32_t kNear = 1 << 28;  // quanta below it: differences of differences fit into 32 bits

  bool second_;
  bool near_ = true;  // all that the rows remember
  std::vector<std::int32_t> last_, change_;
};

// Decodes what ColumnEncoder made; fresh = the row has no past. Unsigned and of 64 bits, because a damaged log must not
// overflow a signed number, and logs of former versions hold values up to 2^52 quanta.
class ColumnDecoder {
 public:
  explicit ColumnDecoder(Prediction prediction) : second_(prediction == Prediction::kSecond) {}
  void resize(std::size_t rows) {
    last_.resize(rows);
    change_.resize(rows);
  }

  std::int64_t decode(std::size_t row, std::int64_t number, bool fresh) {
    const std::uint64_t predicted = fresh ? 0 : last_[row] + change_[row];
    const std::uint64_t value = static_cast<std::uint64_t>(number) + predicted;
    change_[row] = fresh || !second_ ? 0 : value - last_[row];
    last_[row] = value;
    return static_cast<std::int64_t>(value);
  }

 private:
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
// Of a field of `size` bytes: its number and size.
void put_field_start(std::string& out, int field, std::size_t size);

// 16 bytes: the high half first, most significant byte first, that is the order of to_hex.
std::string bytes_of(sim::Hash128 hash);
bool hash_from_bytes(std::string_view bytes, sim::Hash128& out);

}  // namespace bitgoeul::replay
