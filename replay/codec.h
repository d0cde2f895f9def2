// Columns of numbers as small whole numbers: quantised, then the difference to a prediction from the row's own past.
// Protobuf packs the result as zigzag varints, so that generated code of any language reads it. Used by frame_codec.
// Round trip: the decoded value is round(value * per_unit) / per_unit, within half a quantum. The encoder and the
// decoder keep the same state as long as they see the same rows. Thread rule: one thread per object.
#pragma once

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

enum class Prediction : std::uint8_t { kFirst, kSecond };  // last value | last value + last change

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

  bool second_;
  std::vector<std::uint64_t> last_, change_;
};

// Protobuf's wire format, for what is written faster by hand than through its classes.
inline constexpr std::size_t kMostVarint = 10;  // bytes
inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
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
