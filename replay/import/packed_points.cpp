#include "replay/import/packed_points.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace bitgoeul::replay::import {
namespace {

template <class T>
double read(const char* at, bool big_endian) {
  std::array<char, sizeof(T)> bytes;
  std::copy(at, at + sizeof(T), bytes.begin());
  if (big_endian) std::reverse(bytes.begin(), bytes.end());
  return static_cast<double>(std::bit_cast<T>(bytes));
}

const PackedPoints::Field* find(const PackedPoints& packed, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    for (const auto& field : packed.fields)
      if (field.name == name && field.number != Number::kNone) return &field;
  return nullptr;
}

// Of the point's time field to nanoseconds: whole numbers are nanoseconds, others seconds.
double time_scale(const PackedPoints::Field& field) {
  return field.number == Number::kF32 || field.number == Number::kF64 ? 1e9 : 1;
}

}  // namespace

Number ros_number(int datatype) {
  constexpr std::array kNumbers = {Number::kNone, Number::kI8,  Number::kU8,  Number::kI16, Number::kU16,
                                   Number::kI32,  Number::kU32, Number::kF32, Number::kF64};
  return datatype < 0 || datatype > 8 ? Number::kNone : kNumbers[static_cast<std::size_t>(datatype)];
}

Number foxglove_number(int type) {
  constexpr std::array kNumbers = {Number::kNone, Number::kU8,  Number::kI8,  Number::kU16, Number::kI16,
                                   Number::kU32,  Number::kI32, Number::kF32, Number::kF64};
  return type < 0 || type > 8 ? Number::kNone : kNumbers[static_cast<std::size_t>(type)];
}

std::size_t size_of(Number number) {
  constexpr std::array<std::size_t, 9> kSizes = {0, 1, 1, 2, 2, 4, 4, 4, 8};
  return kSizes[static_cast<std::size_t>(number)];
}

double read_number(Number number, const char* at, bool big) {
  switch (number) {
    case Number::kI8:
      return read<std::int8_t>(at, big);
    case Number::kU8:
      return read<std::uint8_t>(at, big);
    case Number::kI16:
      return read<std::int16_t>(at, big);
    case Number::kU16:
      return read<std::uint16_t>(at, big);
    case Number::kI32:
      return read<std::int32_t>(at, big);
    case Number::kU32:
      return read<std::uint32_t>(at, big);
    case Number::kF32:
      return read<float>(at, big);
    case Number::kF64:
      return read<double>(at, big);
    default:
      return 0;
  }
}

bool unpack(const PackedPoints& packed, PointCloud& out) {
  const auto* x = find(packed, {"x"});
  const auto* y = find(packed, {"y"});
  const auto* z = find(packed, {"z"});
  const auto* intensity = find(packed, {"intensity", "reflectivity", "i"});
  const auto* time = find(packed, {"t", "time", "timestamp", "time_stamp", "offset_ns"});
  if (x == nullptr || y == nullptr || z == nullptr || packed.stride == 0) return false;
  for (const auto* field : {x, y, z, intensity, time})
    if (field != nullptr &&
        (packed.stride < size_of(field->number) || field->offset > packed.stride - size_of(field->number)))
      return false;
  const std::uint64_t count = packed.data.size() / packed.stride;
  const auto value = [&](const PackedPoints::Field& field, const char* point) {
    return read_number(field.number, point + field.offset, packed.big_endian);
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    const char* point = packed.data.data() + i * packed.stride;
    const double px = value(*x, point), py = value(*y, point), pz = value(*z, point);
    if (!std::isfinite(px) || !std::isfinite(py) || !std::isfinite(pz)) continue;
    out.x.push_back(static_cast<float>(px));
    out.y.push_back(static_cast<float>(py));
    out.z.push_back(static_cast<float>(pz));
    if (intensity != nullptr) out.intensity.push_back(static_cast<float>(value(*intensity, point)));
    if (time == nullptr) continue;
    // A time of day does not fit; only offsets within the scan do.
    const double ns = value(*time, point) * time_scale(*time);
    out.offset_ns.push_back(std::abs(ns) < 2e9 ? static_cast<std::int32_t>(ns) : 0);
  }
  return true;
}

}  // namespace bitgoeul::replay::import
