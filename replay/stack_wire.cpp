#include "replay/stack_wire.h"

#include <bit>
#include <cstring>

#include "replay/codec.h"

namespace bitgoeul::replay {
namespace {

// https://protobuf.dev/programming-guides/encoding: a tag is the field's number and how its value is written.
constexpr std::uint32_t kVarint = 0, kFixed64 = 1, kBytes = 2;

std::size_t varint_size(std::uint64_t value) { return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7; }

// Sizer and Writer take the same calls: the one counts the bytes that the other writes. As in proto3, a zero is left
// out.
class Sizer {
 public:
  std::size_t size = 0;

  void integer(std::uint32_t field, std::uint64_t value) {
    if (value != 0) size += tag(field) + varint_size(value);
  }
  void number(std::uint32_t field, double value) {
    if (std::bit_cast<std::uint64_t>(value) != 0) given(field, value);
  }
  void given(std::uint32_t field, double) { size += tag(field) + 8; }  // also a zero
  template <class Get>
  void numbers(std::uint32_t field, std::size_t count, Get) {
    if (count > 0) bytes(field, count * 8);
  }
  template <class Message>
  void message(std::uint32_t field, const Message& m);
  void bytes(std::uint32_t field, std::size_t count) { size += tag(field) + varint_size(count) + count; }

 private:
  static std::size_t tag(std::uint32_t field) { return varint_size(std::uint64_t{field} << 3); }
};

class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  const char* at() const { return at_; }

  void integer(std::uint32_t field, std::uint64_t value) {
    if (value == 0) return;
    varint(field << 3 | kVarint);
    varint(value);
  }
  void number(std::uint32_t field, double value) {
    if (std::bit_cast<std::uint64_t>(value) != 0) given(field, value);
  }
  void given(std::uint32_t field, double value) {
    varint(field << 3 | kFixed64);
    raw(value);
  }
  template <class Get>
  void numbers(std::uint32_t field, std::size_t count, Get get) {
    if (count == 0) return;
    varint(field << 3 | kBytes);
    varint(count * 8);
    for (std::size_t i = 0; i < count; ++i) raw(get(i));
  }
  template <class Message>
  void message(std::uint32_t field, const Message& m);
  void text(std::uint32_t field, const std::string& value) {
    varint(field << 3 | kBytes);
    varint(value.size());
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }

 private:
  void varint(std::uint64_t value) { at_ = put_varint(at_, value); }
  void raw(double value) {
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(at_, &value, 8);
    at_ += 8;
  }

  char* at_;
};

template <class Sink>
void put(Sink& sink, const sim::ObservedObject& o) {
  sink.integer(1, number_of(o.id));
  sink.number(2, o.x);
  sink.number(3, o.y);
  sink.number(4, o.yaw_rad);
  sink.number(5, o.speed_mps);
  sink.number(6, o.length_m);
  sink.number(7, o.width_m);
}

template <class Sink>
void put(Sink& sink, const sim::ObservedSignal& s) {
  sink.integer(1, static_cast<std::uint32_t>(s.group));
  sink.integer(2, static_cast<std::uint64_t>(s.state));
  sink.number(3, s.distance_m);
  sink.number(4, s.next_change_s);
  if (s.earliest_change_s != s.next_change_s) sink.given(5, s.earliest_change_s);
  if (s.latest_change_s != s.next_change_s) sink.given(6, s.latest_change_s);
}

template <class Sink>
void put_path(Sink& sink, std::span<const sim::PathPoint> path) {
  sink.numbers(19, path.size(), [&](std::size_t i) { return path[i].x; });
  sink.numbers(20, path.size(), [&](std::size_t i) { return path[i].y; });
  sink.numbers(21, path.size(), [&](std::size_t i) { return path[i].heading_rad; });
  sink.numbers(22, path.size(), [&](std::size_t i) { return path[i].curvature; });
  sink.numbers(23, path.size(), [&](std::size_t i) { return path[i].limit_mps; });
}

template <class Sink>
void put(Sink& sink, const sim::DriverView& view) {
  const auto given = [&](std::uint32_t field, bool is, double value) {
    if (is) sink.given(field, value);
  };
  const auto& [road, change, path] = view;
  sink.number(1, road.headway_s);
  sink.number(2, road.acceleration_mps2);
  sink.number(3, road.deceleration_mps2);
  sink.number(4, road.gap_m);
  sink.number(5, road.wanted_mps);
  sink.number(6, road.bend_mps);
  given(7, road.wished_mps >= 0, road.wished_mps);
  sink.number(8, road.wished_acceleration_mps2);
  sink.number(9, road.most_mps2);
  sink.integer(10, road.off_way);
  given(11, road.leader_gap_m != sim::kNoStop, road.leader_gap_m);
  sink.number(12, road.leader_mps);
  given(13, road.stop_gap_m != sim::kNoStop, road.stop_gap_m);
  sink.number(14, road.slowing_mps2);
  sink.integer(15, change.wanted);
  sink.integer(16, change.beside);
  sink.integer(17, change.gap);
  sink.number(18, change.progress);
  sink.number(19, change.room_m);
  sink.integer(20, zigzag(change.after));
  given(21, change.waited_s >= 0, change.waited_s);
  sink.integer(22, change.wished);
  sink.number(23, change.wished_m);
  sink.number(24, change.wished_s);
  sink.number(25, path.heading_rad);
  sink.number(26, path.curvature);
  sink.number(27, path.lateral_m);
  sink.number(28, path.change_offset_m);
  sink.number(29, path.change_length_m);
  sink.number(30, path.wheelbase_m);
  sink.number(31, path.max_steering_rad);
}

template <class Sink>
void put(Sink& sink, const sim::Observation& o) {
  sink.integer(1, o.ego.index);
  sink.number(2, o.x);
  sink.number(3, o.y);
  sink.number(4, o.z);
  sink.number(5, o.yaw_rad);
  sink.number(6, o.speed_mps);
  sink.number(7, o.acceleration_mps2);
  sink.number(8, o.yaw_rate_radps);
  sink.number(9, o.steering_rad);
  sink.number(10, o.lane_offset_m);
  sink.number(11, o.lane_width_m);
  sink.integer(12, zigzag(o.lane_change));
  sink.number(13, o.lane_change_in_m);
  if (o.stop_m != sim::kNoStop) sink.given(14, o.stop_m);
  sink.integer(15, o.events);
  sink.integer(16, o.ego.generation);
  for (const sim::ObservedObject& object : o.objects) sink.message(17, object);
  for (const sim::ObservedSignal& signal : o.signals) sink.message(18, signal);
  put_path(sink, o.path);
  if (o.driver != nullptr) sink.message(24, *o.driver);
}

template <class Message>
std::size_t size_of(const Message& m) {
  Sizer sizer;
  put(sizer, m);
  return sizer.size;
}

template <class Message>
void Sizer::message(std::uint32_t field, const Message& m) {
  bytes(field, size_of(m));
}

template <class Message>
void Writer::message(std::uint32_t field, const Message& m) {
  varint(field << 3 | kBytes);
  varint(size_of(m));
  put(*this, m);
}

}  // namespace

void write_observe(std::uint64_t seq, std::span<const sim::Observation> observations, std::string& out) {
  const std::string hash = observations.empty() ? std::string() : bytes_of(observations[0].state_hash);
  Sizer sizer;
  sizer.integer(1, seq);
  if (!observations.empty()) {
    sizer.integer(2, static_cast<std::uint64_t>(observations[0].step));
    sizer.integer(3, static_cast<std::uint64_t>(observations[0].time_ns));
    sizer.bytes(5, hash.size());
  }
  for (const sim::Observation& o : observations) sizer.message(4, o);
  out.resize(sizer.size);
  Writer writer(out.data());
  writer.integer(1, seq);
  if (observations.empty()) return;
  writer.integer(2, static_cast<std::uint64_t>(observations[0].step));
  writer.integer(3, static_cast<std::uint64_t>(observations[0].time_ns));
  for (const sim::Observation& o : observations) writer.message(4, o);
  writer.text(5, hash);
}

}  // namespace bitgoeul::replay
