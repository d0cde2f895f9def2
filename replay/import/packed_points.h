// Points packed as records of numbers, as ROS PointCloud2, Foxglove PointCloud and PCD have them, to columns.
// Used by messages.cpp and pcd.cpp. Fields other than x, y, z, intensity and time are left out. Thread rule: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replay/source.h"

namespace bitgoeul::replay::import {

enum class Number : std::uint8_t { kNone, kI8, kU8, kI16, kU16, kI32, kU32, kF32, kF64 };
Number ros_number(int datatype);   // sensor_msgs/PointField
Number foxglove_number(int type);  // foxglove.PackedElementField
std::size_t size_of(Number number);
double read_number(Number number, const char* at, bool big_endian = false);

struct PackedPoints {
  struct Field {
    std::string name;
    std::uint64_t offset = 0;
    Number number = Number::kNone;
  };
  std::vector<Field> fields;
  std::uint64_t stride = 0;
  std::string_view data;
  bool big_endian = false;
};
// False: no x, y, z, or fields beyond the stride. Points that are not finite (no return) are left out.
bool unpack(const PackedPoints& packed, PointCloud& out);

}  // namespace bitgoeul::replay::import
