#include "replay/frame_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "replay/codec.h"
#include "replay/schema/frame.pb.h"
#include "replay/schema/signals.pb.h"

namespace bitgoeul::replay {
namespace {

using Numbers = google::protobuf::RepeatedField<std::int64_t>;
using sim::Entities;

constexpr std::uint32_t kMostRows = 1u << 20;  // a frame that declares more is refused

// The one list of moving columns: which, how fine, how predicted, where in the message, and where in one of format 1.
struct ColumnSpec {
  const char* name;
  std::vector<double> Entities::*values;
  double per_unit;
  Prediction prediction;
  int field;
  const std::string& (schema::Frame::*read)() const;
  const Numbers& (schema::Frame::*read_format_1)() const;
};

using F = schema::Frame;
constexpr Prediction kFirst = Prediction::kFirst, kSecond = Prediction::kSecond;
const std::array<ColumnSpec, 9> kColumns{{
    {"x", &Entities::x, 100, kSecond, F::kXBitsFieldNumber, &F::x_bits, &F::x},
    {"y", &Entities::y, 100, kSecond, F::kYBitsFieldNumber, &F::y_bits, &F::y},
    {"z", &Entities::z, 100, kSecond, F::kZBitsFieldNumber, &F::z_bits, &F::z},
    {"yaw_rad", &Entities::yaw_rad, 1000, kSecond, F::kYawBitsFieldNumber, &F::yaw_bits, &F::yaw},
    {"pitch_rad", &Entities::pitch_rad, 1000, kFirst, F::kPitchBitsFieldNumber, &F::pitch_bits, &F::pitch},
    {"roll_rad", &Entities::roll_rad, 1000, kFirst, F::kRollBitsFieldNumber, &F::roll_bits, &F::roll},
    {"speed_mps", &Entities::speed_mps, 100, kSecond, F::kSpeedBitsFieldNumber, &F::speed_bits, &F::speed},
    {"acceleration_mps2", &Entities::acceleration_mps2, 100, kFirst, F::kAccelerationBitsFieldNumber,
     &F::acceleration_bits, &F::acceleration},
    {"yaw_rate_radps", &Entities::yaw_rate_radps, 1000, kFirst, F::kYawRateBitsFieldNumber, &F::yaw_rate_bits,
     &F::yaw_rate},
}};

struct Shape {
  std::uint32_t role = 0, type = 0;
  double length_m = 0, width_m = 0, height_m = 0, center_x_m = 0;
  bool operator==(const Shape&) const = default;
};

Shape shape_of(const Entities& entities, std::size_t row) {
  return {static_cast<std::uint32_t>(entities.role[row]),
          entities.type[row],
          entities.length_m[row],
          entities.width_m[row],
          entities.height_m[row],
          entities.center_x_m[row]};
}

constexpr bool is_alive(std::uint32_t generation) { return (generation & 1) != 0; }

// The columns of a row's shape as they were in the frame before: most blocks of rows are as they were, which costs a
// comparison of memory.
struct ShapeColumns {
  std::vector<sim::Role> role;
  std::vector<std::uint16_t> type;
  std::array<std::vector<double>, 4> sizes;

  static constexpr std::array<std::vector<double> Entities::*, 4> kSizes{&Entities::length_m, &Entities::width_m,
                                                                         &Entities::height_m, &Entities::center_x_m};

  void resize(std::size_t rows) {
    role.resize(rows);
    type.resize(rows);
    for (auto& size : sizes) size.resize(rows);
  }
  bool take_if_changed(const Entities& entities, std::size_t row, std::size_t count) {
    bool changed = take(entities.role, role, row, count);
    changed |= take(entities.type, type, row, count);
    for (std::size_t i = 0; i < kSizes.size(); ++i) changed |= take(entities.*kSizes[i], sizes[i], row, count);
    return changed;
  }
  template <class T>
  static bool take(const std::vector<T>& from, std::vector<T>& to, std::size_t row, std::size_t count) {
    if (std::memcmp(from.data() + row, to.data() + row, count * sizeof(T)) == 0) return false;
    std::memcpy(to.data() + row, from.data() + row, count * sizeof(T));
    return true;
  }
};

}  // namespace

// ---- encoder

struct FrameEncoder::Impl {
  std::vector<std::uint32_t> generation, shape;  // per row, as are the shapes' columns
  ShapeColumns shape_columns;
  std::vector<Shape> shapes;
  std::vector<std::vector<std::uint32_t>> shapes_of_type;  // where they stand in `shapes`
  std::vector<ColumnEncoder> columns;
  bool resized = false;              // in this frame: all rows are looked at
  std::vector<std::uint64_t> alive;  // per block of rows: a bit for each
  std::vector<std::uint32_t> fresh;  // rows that have changed in this frame
  std::vector<sim::SignalState> state;
  std::vector<std::int64_t> next_change_step, earliest_step, latest_step;
  std::vector<char> numbers;  // of the column being written
  schema::Frame frame;        // all but the columns
  schema::SignalStates states;

  Impl() {
    for (const ColumnSpec& spec : kColumns) columns.emplace_back(spec.prediction);
  }

  void begin_frame(bool key, std::size_t rows) {
    resized = key || rows != generation.size();
    if (key) {
      generation.clear();
      shapes.clear();
      shapes_of_type.clear();
    }
    generation.resize(rows);
    shape.resize(rows);
    shape_columns.resize(rows);
    alive.resize((rows + kBlock - 1) / kBlock);
    for (ColumnEncoder& column : columns) column.resize(rows);
  }

  std::uint32_t shape_index(const Shape& shape_now) {
    if (shapes_of_type.size() <= shape_now.type) shapes_of_type.resize(shape_now.type + 1u);
    std::vector<std::uint32_t>& of_type = shapes_of_type[shape_now.type];
    for (std::size_t i = of_type.size(); i-- > 0;) {
      if (shapes[of_type[i]] == shape_now) return of_type[i];
    }
    of_type.push_back(static_cast<std::uint32_t>(shapes.size()));
    shapes.push_back(shape_now);
    schema::Shape& added = *frame.add_new_shapes();
    added.set_role(shape_now.role);
    added.set_type(shape_now.type);
    added.set_length_m(shape_now.length_m);
    added.set_width_m(shape_now.width_m);
    added.set_height_m(shape_now.height_m);
    added.set_center_x_m(shape_now.center_x_m);
    return static_cast<std::uint32_t>(shapes.size() - 1);
  }

  void encode_changes(const sim::Snapshot& snapshot) {
    fresh.clear();
    const std::size_t rows = snapshot.generation.size();
    for (std::size_t row = 0; row < rows; row += kBlock) {
      const std::size_t count = std::min(kBlock, rows - row);
      const bool same =
          std::memcmp(generation.data() + row, snapshot.generation.data() + row, count * sizeof(std::uint32_t)) == 0;
      if (!shape_columns.take_if_changed(snapshot.entities, row, count) && same && !resized) continue;
      alive[row / kBlock] = 0;
      for (std::size_t i = 0; i < count; ++i) encode_change(snapshot, static_cast<std::uint32_t>(row + i));
    }
  }

  void encode_change(const sim::Snapshot& snapshot, std::uint32_t row) {
    const std::uint32_t now = snapshot.generation[row];
    const bool lives = is_alive(now);
    if (lives) alive[row / kBlock] |= std::uint64_t{1} << row % kBlock;
    if (now == generation[row] && (!lives || shapes[shape[row]] == shape_of(snapshot.entities, row))) return;
    generation[row] = now;
    shape[row] = lives ? shape_index(shape_of(snapshot.entities, row)) : 0;
    frame.add_changed_row_gap(row - (fresh.empty() ? 0 : fresh.back()));
    frame.add_changed_generation(now);
    frame.add_changed_shape(shape[row]);
    fresh.push_back(row);
  }

  void begin_column(ColumnEncoder& codec, bool key) const {
    if (key) return codec.reset();
    for (const std::uint32_t row : fresh) codec.reset(row);
  }

  void end_column(ColumnEncoder& codec, bool key) const {
    if (key) return codec.forget_changes();
    for (const std::uint32_t row : fresh) codec.forget_change(row);
  }

  // Appends the column, in one pass over the rows.
  sim::Result<void> encode_column(const ColumnSpec& spec, ColumnEncoder& codec, const Entities& entities, bool key,
                                  std::string& out) {
    begin_column(codec, key);
    const std::vector<double>& values = entities.*spec.values;
    numbers.resize(alive.size() * kBlock / kGroup * kMostGroupBytes);
    char* end = numbers.data();
    std::array<std::uint32_t, kBlock> block;
    std::array<double, kBlock> last_rows{};
    for (std::size_t b = 0; b < alive.size(); ++b) {
      const std::size_t row = b * kBlock, count = std::min(kBlock, generation.size() - row);
      const double* from = values.data() + row;
      if (count < kBlock) from = std::copy(from, from + count, last_rows.data()) - count;
      if (alive[b] != 0 && codec.encode_block(row, from, spec.per_unit, block)) {
        if (alive[b] != ~std::uint64_t{0}) leave_out(block, alive[b]);
        for (std::size_t i = 0; i < count; i += kGroup) end = put_group(end, block.data() + i);
      } else if (auto done = encode_rows(spec, codec, row, count, from, alive[b], end); !done) {
        return done;
      }
    }
    end_column(codec, key);
    if (alive.empty()) return {};
    const auto size = static_cast<std::size_t>(end - numbers.data());
    put_field_start(out, spec.field, size);
    out.append(numbers.data(), size);
    return {};
  }

  static void leave_out(std::array<std::uint32_t, kBlock>& block, std::uint64_t rows) {
    for (std::size_t i = 0; i < kBlock; ++i) block[i] &= 0 - static_cast<std::uint32_t>(rows >> i & 1);
  }

  // A block one by one.
  static sim::Result<void> encode_rows(const ColumnSpec& spec, ColumnEncoder& codec, std::size_t first,
                                       std::size_t count, const double* values, std::uint64_t rows, char*& end) {
    std::array<std::uint64_t, kBlock> block{};
    for (; rows != 0; rows &= rows - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(rows));
      if (!can_quantise(values[i], spec.per_unit)) {
        return sim::fail("cannot be recorded: " + std::string(spec.name) + " = " + std::to_string(values[i]), {}, 0,
                         "entity row " + std::to_string(first + i));
      }
      block[i] = zigzag(codec.encode(first + i, quantise(values[i], spec.per_unit)));
    }
    for (std::size_t i = 0; i < count; i += kGroup) end = put_group(end, block.data() + i);
    return {};
  }
};

FrameEncoder::FrameEncoder() : impl_(std::make_unique<Impl>()) {}
FrameEncoder::~FrameEncoder() = default;
FrameEncoder::FrameEncoder(FrameEncoder&&) noexcept = default;

sim::Result<void> FrameEncoder::encode(const sim::Snapshot& snapshot, bool key, std::string& out) {
  if (snapshot.generation.size() > kMostRows) return sim::fail("cannot be recorded: too many entity rows");
  schema::Frame& frame = impl_->frame;
  frame.Clear();
  frame.set_step(snapshot.step);
  frame.set_time_ns(snapshot.time_ns);
  frame.set_state_hash(bytes_of(snapshot.hash));
  frame.set_key(key);
  frame.set_rows(static_cast<std::uint32_t>(snapshot.generation.size()));
  impl_->begin_frame(key, snapshot.generation.size());
  impl_->encode_changes(snapshot);
  if (!frame.SerializeToString(&out)) return sim::fail("cannot be recorded: the frame is larger than 2 GiB");
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    auto done = impl_->encode_column(kColumns[c], impl_->columns[c], snapshot.entities, key, out);
    if (!done) return done;
  }
  return {};
}

bool FrameEncoder::encode_signals(const sim::Snapshot& snapshot, bool key, std::string& out) {
  const sim::Signals& signals = snapshot.signals;
  schema::SignalStates& states = impl_->states;
  states.Clear();
  states.set_step(snapshot.step);
  states.set_key(key);
  states.set_groups(static_cast<std::uint32_t>(signals.state.size()));
  key = key || impl_->state.size() != signals.state.size();
  states.set_key(key);
  impl_->state.resize(signals.state.size());
  impl_->next_change_step.resize(signals.state.size());
  impl_->earliest_step.resize(signals.state.size());
  impl_->latest_step.resize(signals.state.size());
  const bool windows = !snapshot.signal_windows.earliest_step.empty();
  std::uint32_t last = 0;
  for (std::uint32_t group = 0; group < signals.state.size(); ++group) {
    const sim::SignalState state = signals.state[group];
    const std::int64_t next = signals.next_change_step[group];
    const std::int64_t earliest = sim::earliest_change(signals, snapshot.signal_windows, group);
    const std::int64_t latest = sim::latest_change(signals, snapshot.signal_windows, group);
    if (!key && state == impl_->state[group] && next == impl_->next_change_step[group] &&
        earliest == impl_->earliest_step[group] && latest == impl_->latest_step[group])
      continue;
    impl_->state[group] = state;
    impl_->next_change_step[group] = next;
    impl_->earliest_step[group] = earliest;
    impl_->latest_step[group] = latest;
    states.add_changed_group_gap(group - last);
    states.add_state(static_cast<std::uint32_t>(state));
    states.add_next_change_in(next - snapshot.step);
    if (windows) states.add_earliest_change_in(earliest - snapshot.step);
    if (windows) states.add_latest_change_in(latest - snapshot.step);
    last = group;
  }
  if (!key && states.state_size() == 0) return false;
  return states.SerializeToString(&out);
}

// ---- decoder

struct FrameDecoder::Impl {
  std::vector<std::uint32_t> generation, shape;  // per row
  std::vector<std::uint8_t> fresh;               // per row: changed in this frame
  std::vector<Shape> shapes;
  std::vector<ColumnDecoder> columns;
  bool has_key = false, has_signals_key = false, has_windows = false;
  std::vector<std::uint32_t> alive;
  std::array<std::vector<std::uint64_t>, kColumns.size()> numbers;
  schema::Frame frame;
  schema::SignalStates states;

  Impl() {
    for (const ColumnSpec& spec : kColumns) columns.emplace_back(spec.prediction);
  }

  void begin_frame(bool key, std::size_t rows) {
    if (key) {
      generation.clear();
      shapes.clear();
    }
    generation.resize(rows);
    shape.resize(rows);
    fresh.assign(rows, 0);
    for (ColumnDecoder& column : columns) column.resize(rows);
  }

  bool take_shapes() {
    for (const schema::Shape& added : frame.new_shapes()) {
      shapes.push_back(
          {added.role(), added.type(), added.length_m(), added.width_m(), added.height_m(), added.center_x_m()});
      if (added.role() > static_cast<std::uint32_t>(sim::Role::kPedestrian) || added.type() > 0xFFFF) return false;
    }
    return true;
  }

  bool take_changes() {
    const int count = frame.changed_row_gap_size();
    if (frame.changed_generation_size() != count || frame.changed_shape_size() != count) return false;
    std::uint64_t row = 0;
    for (int i = 0; i < count; ++i) {
      row += frame.changed_row_gap(i);
      if (row >= generation.size() || (i > 0 && frame.changed_row_gap(i) == 0)) return false;
      generation[row] = frame.changed_generation(i);
      shape[row] = frame.changed_shape(i);
      fresh[row] = 1;
      if (is_alive(generation[row]) && shape[row] >= shapes.size()) return false;
    }
    return true;
  }

  // Zigzag numbers of all columns, for whole groups of rows.
  bool take_numbers() {
    alive.clear();
    for (std::uint32_t row = 0; row < generation.size(); ++row) {
      if (is_alive(generation[row])) alive.push_back(row);
    }
    for (std::size_t c = 0; c < kColumns.size(); ++c) {
      numbers[c].resize((generation.size() + kGroup - 1) / kGroup * kGroup);
      const Numbers& format_1 = (frame.*kColumns[c].read_format_1)();
      const bool fits = format_1.empty() ? take_bits((frame.*kColumns[c].read)(), numbers[c])
                                         : take_list(format_1, alive, numbers[c]);
      if (!fits) return false;
    }
    return true;
  }

  // True also where there is nothing because no row lives, as in format 1.
  bool take_bits(std::string_view bits, std::vector<std::uint64_t>& column) const {
    if (bits.empty()) return alive.empty();
    const char* const end = bits.data() + bits.size();
    for (std::size_t row = 0; row < column.size(); row += kGroup) {
      const char* next = take_group(bits, column.data() + row);
      if (next == nullptr) return false;
      bits.remove_prefix(static_cast<std::size_t>(next - bits.data()));
    }
    return bits.data() == end;
  }

  static bool take_list(const Numbers& list, const std::vector<std::uint32_t>& rows,
                        std::vector<std::uint64_t>& column) {
    if (static_cast<std::size_t>(list.size()) != rows.size()) return false;
    for (std::size_t i = 0; i < rows.size(); ++i) column[rows[i]] = zigzag(list[static_cast<int>(i)]);
    return true;
  }

  void fill(sim::Snapshot& out) {
    Entities& entities = out.entities;
    entities.columns([&](std::string_view, auto& column) { column.assign(generation.size(), {}); });
    for (const std::uint32_t row : alive) {
      const Shape& of_row = shapes[shape[row]];
      entities.alive[row] = 1;
      entities.role[row] = static_cast<sim::Role>(of_row.role);
      entities.type[row] = static_cast<std::uint16_t>(of_row.type);
      entities.length_m[row] = of_row.length_m;
      entities.width_m[row] = of_row.width_m;
      entities.height_m[row] = of_row.height_m;
      entities.center_x_m[row] = of_row.center_x_m;
    }
    for (std::size_t c = 0; c < kColumns.size(); ++c) {
      std::vector<double>& values = entities.*kColumns[c].values;
      for (const std::uint32_t row : alive) {
        const std::int64_t number = unzigzag(numbers[c][row]);
        values[row] = dequantise(columns[c].decode(row, number, fresh[row] != 0), kColumns[c].per_unit);
      }
    }
  }
};

FrameDecoder::FrameDecoder() : impl_(std::make_unique<Impl>()) {}
FrameDecoder::~FrameDecoder() = default;
FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;

sim::Result<void> FrameDecoder::decode(std::string_view message, sim::Snapshot& out) {
  const schema::Frame& frame = impl_->frame;
  if (!impl_->frame.ParseFromArray(message.data(), static_cast<int>(message.size())))
    return sim::fail("a frame is damaged");
  if (frame.rows() > kMostRows) return sim::fail("a frame declares " + std::to_string(frame.rows()) + " rows");
  if (!frame.key() && !impl_->has_key) return sim::fail("a frame stands before the key frame on which it builds");
  impl_->begin_frame(frame.key(), frame.rows());
  impl_->has_key = false;  // until this one is taken whole
  const bool sound = impl_->take_shapes() && impl_->take_changes() && impl_->take_numbers() &&
                     hash_from_bytes(frame.state_hash(), out.hash);
  if (!sound) return sim::fail("a frame is damaged: its columns do not fit together");
  impl_->has_key = true;
  out.step = frame.step();
  out.time_ns = frame.time_ns();
  out.generation = impl_->generation;
  impl_->fill(out);
  return {};
}

sim::Result<void> FrameDecoder::decode_signals(std::string_view message, sim::Snapshot& out) {
  schema::SignalStates& states = impl_->states;
  if (!states.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return sim::fail("a message of signal states is damaged");
  }
  sim::Signals& signals = out.signals;
  const int count = states.changed_group_gap_size();
  const int windows = states.earliest_change_in_size() == 0 ? 0 : count;
  const bool sound = states.groups() <= kMostRows && states.state_size() == count &&
                     states.next_change_in_size() == count && states.earliest_change_in_size() == windows &&
                     states.latest_change_in_size() == windows &&
                     (states.key() || (impl_->has_signals_key && states.groups() == signals.state.size()));
  if (!sound) return sim::fail("a message of signal states is damaged: its columns do not fit together");
  impl_->has_signals_key = true;
  signals.state.resize(states.groups());
  signals.next_change_step.resize(states.groups());
  if (states.key()) impl_->has_windows = windows > 0;
  out.signal_windows.earliest_step.resize(impl_->has_windows ? states.groups() : 0);
  out.signal_windows.latest_step.resize(impl_->has_windows ? states.groups() : 0);
  std::uint64_t group = 0;
  for (int i = 0; i < count; ++i) {
    group += states.changed_group_gap(i);
    if (group >= states.groups() || states.state(i) > static_cast<std::uint32_t>(sim::SignalState::kFlashingYellow)) {
      return sim::fail("a message of signal states names a group or state that there is not");
    }
    signals.state[group] = static_cast<sim::SignalState>(states.state(i));
    const auto step_in = [&](std::int64_t steps) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(states.step()) + static_cast<std::uint64_t>(steps));
    };
    signals.next_change_step[group] = step_in(states.next_change_in(i));
    if (!impl_->has_windows || windows == 0) continue;
    out.signal_windows.earliest_step[group] = step_in(states.earliest_change_in(i));
    out.signal_windows.latest_step[group] = step_in(states.latest_change_in(i));
  }
  return {};
}

bool FrameDecoder::is_key(std::string_view message) {
  schema::Frame frame;
  return frame.ParseFromArray(message.data(), static_cast<int>(message.size())) && frame.key();
}

}  // namespace bitgoeul::replay
