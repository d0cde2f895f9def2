#include "replay/codec.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "replay/frame_codec.h"
#include "replay/schema/frame.pb.h"
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

TEST_CASE("steady motion costs nothing: second differences by hand") {
  ColumnCodec column(Prediction::kSecond);
  column.resize(1);
  CHECK(column.encode(0, 1000, true) == 1000);   // no past: the value
  CHECK(column.encode(0, 1150, false) == 150);   // no change known yet: the change
  CHECK(column.encode(0, 1300, false) == 0);     // goes on as before
  CHECK(column.encode(0, 1452, false) == 2);     // 2 faster
  CHECK(column.encode(0, 1452, false) == -152);  // stops
  CHECK(column.encode(0, 7, true) == 7);         // another one in this row
}

TEST_CASE("first differences by hand") {
  ColumnCodec column(Prediction::kFirst);
  column.resize(2);
  CHECK(column.encode(1, -5, true) == -5);
  CHECK(column.encode(1, -5, false) == 0);
  CHECK(column.encode(1, 20, false) == 25);
}

TEST_CASE("decode undoes encode for any sequence of values, rows and restarts") {
  for (const Prediction prediction : {Prediction::kFirst, Prediction::kSecond}) {
    ColumnCodec out(prediction), in(prediction);
    out.resize(16);
    in.resize(16);
    std::vector<std::uint8_t> seen(16);
    for (std::uint64_t i = 0; i < 20000; ++i) {
      const std::size_t row = replay_test::mix(i) % 16;
      const bool fresh = seen[row] == 0 || replay_test::mix(i + 1'000'000) % 20 == 0;
      // small steps, large values, and the extremes of the type
      auto value = static_cast<std::int64_t>(replay_test::mix(i + 2'000'000) >> (i % 64));
      if (i % 100 == 0)
        value = i % 200 == 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
      seen[row] = 1;
      REQUIRE(in.decode(row, out.encode(row, value, fresh), fresh) == value);
    }
  }
}

TEST_CASE("a block is encoded as its rows one by one, and refused whole where a value is too large") {
  for (const Prediction prediction : {Prediction::kFirst, Prediction::kSecond}) {
    ColumnCodec one(prediction), whole(prediction);
    one.resize(3 * kBlock);
    whole.resize(3 * kBlock);
    for (std::size_t row = 0; row < 3 * kBlock; ++row) {
      one.encode(row, 7, true);
      whole.encode(row, 7, true);
    }
    for (std::uint64_t turn = 0; turn < 400; ++turn) {
      // From all within one byte to all within eight, of both signs, and halves of a quantum.
      std::array<double, kBlock> values;
      const double reach = std::ldexp(1, static_cast<int>(turn % 50));
      for (std::size_t i = 0; i < kBlock; ++i) {
        const double unit = static_cast<double>(replay_test::mix(turn * kBlock + i) >> 11) * 0x1p-53;
        values[i] = i % 7 == 0 ? std::floor(reach * unit) + 0.5 : reach * (unit - 0.5);
        if (turn % 3 == 0) values[i] /= 100;
      }
      const double per_unit = turn % 3 == 0 ? 100 : 1;
      std::string expected;
      std::array<char, kMostVarint> bytes;
      for (std::size_t i = 0; i < kBlock; ++i) {
        const std::int64_t number = one.encode(kBlock + i, quantise(values[i], per_unit), false);
        expected.append(bytes.data(), put_varint(bytes.data(), zigzag(number)));
      }
      std::array<std::uint64_t, kBlock> numbers;
      std::uint64_t all = 0;
      REQUIRE(whole.encode_block(kBlock, values.data(), per_unit, numbers, all));
      std::string got(kBlock * kMostVarint, '\0');
      got.resize(static_cast<std::size_t>(put_varints(got.data(), numbers, all) - got.data()));
      REQUIRE(got == expected);
      for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity(), 2 * kMostQuanta, -2 * kMostQuanta}) {
        values[turn % kBlock] = bad;
        REQUIRE_FALSE(whole.encode_block(kBlock, values.data(), per_unit, numbers, all));
      }
    }
  }
}

// Protobuf's encoding guide: zigzag 0, -1, 1, -2, 2 -> 0, 1, 2, 3, 4; varints of 7 bits, least significant first.
TEST_CASE("a column in the file is zigzag varints") {
  bitgoeul::schema::Frame frame;
  for (const std::int64_t number : {0, -1, 1, -2, 63, -64, 64, 150}) frame.add_x(number);
  const std::string expected{"\x82\x01\x0a\x00\x01\x02\x03\x7e\x7f\x80\x01\xac\x02", 13};  // field 16, bytes, length 10
  CHECK(frame.SerializeAsString() == expected);
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
    CHECK(frame.x_size() > 0);
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
