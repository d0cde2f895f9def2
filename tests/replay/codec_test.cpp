#include "replay/codec.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "replay/frame_codec.h"
#include "replay/schema/frame.pb.h"
#include "replay/schema/signals.pb.h"
#include "replay/schema/state.pb.h"
#include "replay/state_log.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul::replay;

TEST_CASE("quantise rounds to the nearest quantum") {
  CHECK(quantise(0.0, 100) == 0);
  CHECK(quantise(1.234, 100) == 123);
  CHECK(quantise(1.236, 100) == 124);
  CHECK(quantise(-1.234, 100) == -123);
  CHECK(quantise(-1.236, 100) == -124);
  CHECK(quantise(0.0004, 1000) == 0);
  CHECK(quantise(0.0006, 1000) == 1);
  CHECK(dequantise(-123, 100) == -1.23);
}

TEST_CASE("what is not finite or too large cannot be quantised") {
  CHECK(can_quantise(1e7, 100));
  CHECK_FALSE(can_quantise(1e15, 100));
  CHECK_FALSE(can_quantise(std::numeric_limits<double>::infinity(), 100));
  CHECK_FALSE(can_quantise(-std::numeric_limits<double>::infinity(), 100));
  CHECK_FALSE(can_quantise(std::numeric_limits<double>::quiet_NaN(), 100));
}

namespace {
// fresh: the row has no past.
std::int64_t encode(ColumnEncoder& column, std::size_t row, std::int32_t quanta, bool fresh) {
  if (fresh) column.reset(row);
  const std::int64_t number = column.encode(row, quanta);
  if (fresh) column.forget_change(row);
  return number;
}
}  // namespace

TEST_CASE("steady motion costs nothing: second differences by hand") {
  ColumnEncoder column(Prediction::kSecond);
  column.resize(1);
  CHECK(encode(column, 0, 1000, true) == 1000);   // no past: the value
  CHECK(encode(column, 0, 1150, false) == 150);   // no change known yet: the change
  CHECK(encode(column, 0, 1300, false) == 0);     // goes on as before
  CHECK(encode(column, 0, 1452, false) == 2);     // 2 faster
  CHECK(encode(column, 0, 1452, false) == -152);  // stops
  CHECK(encode(column, 0, 7, true) == 7);         // another one in this row
}

TEST_CASE("first differences by hand") {
  ColumnEncoder column(Prediction::kFirst);
  column.resize(2);
  CHECK(encode(column, 1, -5, true) == -5);
  CHECK(encode(column, 1, -5, false) == 0);
  CHECK(encode(column, 1, 20, false) == 25);
}

TEST_CASE("decode undoes encode for any sequence of values, rows and restarts") {
  constexpr auto kMost = static_cast<std::int32_t>(kMostQuanta);
  for (const Prediction prediction : {Prediction::kFirst, Prediction::kSecond}) {
    ColumnEncoder out(prediction);
    ColumnDecoder in(prediction);
    out.resize(16);
    in.resize(16);
    std::vector<std::uint8_t> seen(16);
    for (std::uint64_t i = 0; i < 20000; ++i) {
      const std::size_t row = replay_test::mix(i) % 16;
      const bool fresh = seen[row] == 0 || replay_test::mix(i + 1'000'000) % 20 == 0;
      // small steps, large values, and the extremes, one after the other
      auto value = static_cast<std::int32_t>(replay_test::mix(i + 2'000'000) >> (34 + i % 30));
      if (i % 3 == 0) value = -value;
      if (i % 50 < 4) value = i % 2 == 0 ? kMost : -kMost;
      seen[row] = 1;
      REQUIRE(in.decode(row, encode(out, row, value, fresh), fresh) == value);
    }
  }
}

TEST_CASE("a block is encoded as its rows one by one, or refused whole") {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();
  for (const Prediction prediction : {Prediction::kFirst, Prediction::kSecond}) {
    ColumnEncoder one(prediction), whole(prediction);
    one.resize(3 * kBlock);
    whole.resize(3 * kBlock);
    for (std::uint64_t turn = 0; turn < 400; ++turn) {
      // From all within one bit to all within 29, of both signs, and halves of a quantum.
      std::array<double, kBlock> values;
      const double reach = std::ldexp(1, static_cast<int>(turn % 29));
      for (std::size_t i = 0; i < kBlock; ++i) {
        values[i] = i % 7 == 0 ? std::floor(reach * replay_test::unit(turn * kBlock + i)) + 0.5
                               : 2 * reach * (replay_test::unit(turn * kBlock + i) - 0.5);
        if (turn % 3 == 0) values[i] /= 100;
      }
      const double per_unit = turn % 3 == 0 ? 100 : 1;
      std::array<std::uint32_t, kBlock> numbers;
      REQUIRE(whole.encode_block(kBlock, values.data(), per_unit, numbers));
      for (std::size_t i = 0; i < kBlock; ++i)
        REQUIRE(numbers[i] == zigzag(one.encode(kBlock + i, quantise(values[i], per_unit))));
      for (const double bad : {kNaN, kInf, -kInf, kMostQuanta, -kMostQuanta, 0x1p51, -0x1p51, 0x1p52, 0x1p63, -1e300}) {
        values[turn % kBlock] = bad;
        REQUIRE_FALSE(whole.encode_block(kBlock, values.data(), per_unit, numbers));
      }
    }
    whole.encode(5, static_cast<std::int32_t>(kMostQuanta));  // from here on differences might not fit
    std::array<std::uint32_t, kBlock> numbers;
    const std::array<double, kBlock> zeros{};
    CHECK_FALSE(whole.encode_block(kBlock, zeros.data(), 1, numbers));
    whole.reset();
    CHECK(whole.encode_block(kBlock, zeros.data(), 1, numbers));
  }
}

// Worlds whose rows come, go and change as they like, of any size, some far away, with room for rows that were never
// made: what is decoded is what was encoded.
TEST_CASE("frames of any world come back") {
  FrameEncoder encoder;
  FrameDecoder decoder;
  bitgoeul::sim::Snapshot world, back;
  std::string bytes;
  auto draw = [turn = std::uint64_t{0}](std::uint64_t below) mutable { return replay_test::mix(turn++) % below; };
  for (int frame = 0; frame < 2000; ++frame) {
    if (draw(50) == 0) {
      const std::size_t rows = draw(3 * kBlock), room = draw(2) == 0 ? 0 : draw(2 * kBlock);
      world.generation.resize(rows);
      world.entities.columns([&](std::string_view, auto& column) { column.resize(rows + room); });
    }
    bitgoeul::sim::Entities& e = world.entities;
    for (std::size_t row = 0; row < world.generation.size(); ++row) {
      if (draw(30) == 0) ++world.generation[row];
      if (draw(200) == 0) e.length_m[row] = 1 + static_cast<double>(draw(9));
      if (draw(200) == 0) e.role[row] = static_cast<bitgoeul::sim::Role>(1 + draw(4));
      const bool lives = world.generation[row] % 2 == 1, far = draw(20'000) == 0;
      e.x[row] = lives ? (far ? 1e7 : 0.01 * static_cast<double>(draw(100))) : std::nan("");
      e.yaw_rad[row] += 0.001 * static_cast<double>(draw(200));
      e.speed_mps[row] = far ? -1e7 : 0.01 * static_cast<double>(frame);
    }
    world.step = frame;
    REQUIRE(encoder.encode(world, frame % 20 == 0, bytes));
    REQUIRE(decoder.decode(bytes, back));
    REQUIRE(back.generation == world.generation);
    for (std::size_t row = 0; row < world.generation.size(); ++row) {
      const bool lives = world.generation[row] % 2 == 1;
      REQUIRE(back.entities.alive[row] == lives);
      if (!lives) continue;
      REQUIRE(std::abs(back.entities.x[row] - e.x[row]) < 0.00501);
      REQUIRE(std::abs(back.entities.yaw_rad[row] - e.yaw_rad[row]) < 0.000501);
      REQUIRE(std::abs(back.entities.speed_mps[row] - e.speed_mps[row]) < 0.00501);
      REQUIRE(back.entities.length_m[row] == e.length_m[row]);
      REQUIRE(back.entities.role[row] == e.role[row]);
    }
  }
}

TEST_CASE("signals come back, with the windows of actuated ones; without any, their columns are not there") {
  auto draw = [turn = std::uint64_t{0}](std::uint64_t below) mutable { return replay_test::mix(turn++) % below; };
  for (const bool actuated : {false, true}) {
    FrameEncoder encoder;
    FrameDecoder decoder;
    bitgoeul::sim::Snapshot world, back;
    std::string bytes;
    world.signals.state.resize(20);
    world.signals.next_change_step.resize(20);
    if (actuated) {
      world.signal_windows.earliest_step.assign(20, -1);
      world.signal_windows.latest_step.assign(20, -1);
    }
    for (int frame = 0; frame < 300; ++frame) {
      world.step = frame;
      for (std::size_t g = 0; g < 20; ++g) {
        if (draw(10) != 0) continue;
        world.signals.state[g] = static_cast<bitgoeul::sim::SignalState>(draw(6));
        world.signals.next_change_step[g] =
            draw(5) == 0 ? bitgoeul::sim::kChangeUnknown : frame + static_cast<std::int64_t>(draw(5000));
        if (!actuated || draw(3) == 0) continue;
        world.signal_windows.earliest_step[g] = frame + static_cast<std::int64_t>(draw(100));
        world.signal_windows.latest_step[g] = bitgoeul::sim::kChangeUnknown;
      }
      if (!encoder.encode_signals(world, frame % 50 == 0, bytes)) continue;
      bitgoeul::schema::SignalStates message;
      REQUIRE(message.ParseFromString(bytes));
      CHECK((message.earliest_change_in_size() > 0) == actuated);
      REQUIRE(decoder.decode_signals(bytes, back));
      CHECK(back.signals.state == world.signals.state);
      CHECK(back.signals.next_change_step == world.signals.next_change_step);
      CHECK(back.signal_windows.earliest_step.empty() != actuated);
      for (std::size_t g = 0; g < 20; ++g) {
        CHECK(earliest_change(back.signals, back.signal_windows, g) ==
              earliest_change(world.signals, world.signal_windows, g));
        CHECK(latest_change(back.signals, back.signal_windows, g) ==
              latest_change(world.signals, world.signal_windows, g));
      }
    }
  }
}

TEST_CASE("zigzag by hand, and back") {
  for (const auto& [number, coded] : {std::pair{0, 0u}, {-1, 1u}, {1, 2u}, {-2, 3u}, {2, 4u}, {-64, 127u}})
    CHECK(zigzag(number) == coded);
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{123}, std::int64_t{-(1L << 33)},
                                    std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()})
    CHECK(unzigzag(zigzag(number)) == number);
}

// By the words of frame.proto.
TEST_CASE("a group by hand") {
  std::array<std::uint32_t, kGroup> numbers{};
  std::array<char, kMostGroupBytes> bytes;
  const auto packed = [&] { return std::string(bytes.data(), put_group(bytes.data(), numbers.data())); };
  CHECK(packed() == std::string(1, '\0'));
  numbers[0] = 1, numbers[9] = 2, numbers[15] = 5;
  CHECK(packed() == std::string("\x03\x01\x80\x00\x02\x00\x80", 7));
  numbers[1] = 0x100;  // a ninth bit
  CHECK(packed() == std::string("\x09\x01\x80\x00\x02\x00\x80\0\0\0\0\0\0\0\0\0\0\x02\0", 19));
}

TEST_CASE("groups of any width come back, and are refused where they end too early") {
  for (std::size_t width = 0; width <= 64; ++width) {
    std::array<std::uint64_t, kGroup> numbers{}, back;
    for (std::size_t i = 0; width > 0 && i < kGroup; ++i)
      numbers[i] = replay_test::mix(width * kGroup + i) >> (64 - width) >> (i % 3);
    if (width > 0) numbers[width % kGroup] |= std::uint64_t{1} << (width - 1);
    std::array<char, kMostGroupBytes + 1> bytes;
    const auto size = static_cast<std::size_t>(put_group(bytes.data(), numbers.data()) - bytes.data());
    REQUIRE(size == 1 + 2 * width);
    REQUIRE(take_group({bytes.data(), bytes.size()}, back.data()) == bytes.data() + size);
    REQUIRE(back == numbers);
    for (std::size_t cut = 0; cut < size; ++cut) REQUIRE(take_group({bytes.data(), cut}, back.data()) == nullptr);
    if (width > 32) continue;
    std::array<std::uint32_t, kGroup> narrow;
    std::copy(numbers.begin(), numbers.end(), narrow.begin());
    std::array<char, kMostGroupBytes> same;
    REQUIRE(std::string_view(same.data(), put_group(same.data(), narrow.data())) ==
            std::string_view(bytes.data(), size));
  }
  std::array<std::uint64_t, kGroup> numbers;
  CHECK(take_group(std::string(200, '\x41'), numbers.data()) == nullptr);  // 65 bits
}

// Two vehicles in rows 0 and 2; values by hand.
TEST_CASE("frames of format 1, with columns as lists, are read") {
  bitgoeul::schema::Frame frame;
  frame.set_state_hash(std::string(16, '\x07'));
  frame.set_key(true);
  frame.set_rows(3);
  for (const std::uint32_t gap : {0, 2}) {
    frame.add_changed_row_gap(gap);
    frame.add_changed_generation(1);
    frame.add_changed_shape(0);
  }
  frame.add_new_shapes()->set_length_m(4.5);
  const auto fill = [&](std::int64_t x_0, std::int64_t x_2) {
    for (auto* column :
         {frame.mutable_x(), frame.mutable_y(), frame.mutable_z(), frame.mutable_yaw(), frame.mutable_pitch(),
          frame.mutable_roll(), frame.mutable_speed(), frame.mutable_acceleration(), frame.mutable_yaw_rate()}) {
      column->Clear();
      column->Add(x_0);
      column->Add(x_2);
    }
  };
  FrameDecoder decoder;
  bitgoeul::sim::Snapshot back;
  fill(1000, std::int64_t{1} << 52);  // the most that format 1 held
  REQUIRE(decoder.decode(frame.SerializeAsString(), back));
  CHECK(back.entities.x == std::vector<double>{10, 0, 0x1p52 / 100});
  CHECK(back.entities.pitch_rad == std::vector<double>{1, 0, 0x1p52 / 1000});
  frame.set_key(false);
  frame.clear_new_shapes();
  frame.clear_changed_row_gap();
  frame.clear_changed_generation();
  frame.clear_changed_shape();
  fill(150, -7);
  REQUIRE(decoder.decode(frame.SerializeAsString(), back));
  REQUIRE(decoder.decode(frame.SerializeAsString(), back));
  CHECK(back.entities.x[0] == 14.5);         // 1000, 1150 and the same change once more, and 150
  CHECK(back.entities.pitch_rad[0] == 1.3);  // 1000, 1150, 1300
  CHECK(back.entities.length_m == std::vector<double>{4.5, 0, 4.5});
  frame.mutable_x()->Add(1);
  CHECK_FALSE(decoder.decode(frame.SerializeAsString(), back));
}

// The columns are written by hand; Protobuf's own classes write the same bytes.
TEST_CASE("a frame is what Protobuf would write") {
  FrameEncoder encoder;
  const replay_test::Scene scene;
  std::string bytes;
  for (std::int64_t step = 0; step < 2000; step += 10) {
    REQUIRE(encoder.encode(scene.at(step), step % 200 == 0, bytes));
    bitgoeul::schema::Frame frame;
    REQUIRE(frame.ParseFromString(bytes));
    CHECK(!frame.x_bits().empty());
    CHECK(frame.SerializeAsString() == bytes);
  }
  REQUIRE(encoder.encode(bitgoeul::sim::Snapshot{}, true, bytes));  // nobody there
  bitgoeul::schema::Frame frame;
  CHECK(frame.ParseFromString(bytes));
  CHECK(frame.SerializeAsString() == bytes);
}

namespace {
struct OneColumn {
  std::vector<double> x{1, 2, 3};
  void columns(auto&& f) { f("x", x); }
};
}  // namespace

TEST_CASE("a key frame is what Protobuf would write") {
  OneColumn table;
  bitgoeul::sim::TableSet state;
  state.add("table", table);
  bitgoeul::sim::Bytes around;
  for (const std::int64_t step : {0, 1000, 123456789}) {
    bitgoeul::schema::KeyFrame message;
    save_for_key_frame(state, around);
    const std::string packed(pack_key_frame(step, around));
    REQUIRE(message.ParseFromString(packed));
    CHECK(message.step() == step);
    bitgoeul::sim::Bytes saved;
    state.save(saved);
    CHECK(message.state() == std::string(reinterpret_cast<const char*>(saved.data()), saved.size()));
    CHECK(message.SerializeAsString() == packed);
  }
}

TEST_CASE("hash bytes are in the order of the printed hash") {
  const bitgoeul::sim::Hash128 hash{0x0123456789abcdefu, 0xfedcba9876543210u};
  CHECK(bytes_of(hash) == std::string("\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10", 16));
  bitgoeul::sim::Hash128 back;
  CHECK(hash_from_bytes(bytes_of(hash), back));
  CHECK(back == hash);
  CHECK_FALSE(hash_from_bytes("short", back));
}
