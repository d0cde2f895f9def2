#include "replay/frame_codec.h"

#include <algorithm>
#include <array>

#include "replay/codec.h"
#include "replay/schema/frame.pb.h"
#include "replay/schema/signals.pb.h"

namespace bitgoeul::replay {
namespace {

using Numbers = google::protobuf::RepeatedField<std::int64_t>;
using sim::Entities;

constexpr std::uint32_t kMostRows = 1u << 20;  // a frame that declares more is refused

// The one list of moving columns: which, how fine, how predicted, where in the message.
struct ColumnSpec {
  const char* name;
  std::vector<double> Entities::*values;
  double per_unit;
  Prediction prediction;
  int field;
  const Numbers& (schema::Frame::*read)() const;
};

const std::array<ColumnSpec, 9> kColumns{{
    {"x", &Entities::x, 100, Prediction::kSecond, schema::Frame::kXFieldNumber, &schema::Frame::x},
    {"y", &Entities::y, 100, Prediction::kSecond, schema::Frame::kYFieldNumber, &schema::Frame::y},
    {"z", &Entities::z, 100, Prediction::kSecond, schema::Frame::kZFieldNumber, &schema::Frame::z},
    {"yaw_rad", &Entities::yaw_rad, 1000, Prediction::kSecond, schema::Frame::kYawFieldNumber, &schema::Frame::yaw},
    {"pitch_rad", &Entities::pitch_rad, 1000, Prediction::kFirst, schema::Frame::kPitchFieldNumber,
     &schema::Frame::pitch},
    {"roll_rad", &Entities::roll_rad, 1000, Prediction::kFirst, schema::Frame::kRollFieldNumber, &schema::Frame::roll},
    {"speed_mps", &Entities::speed_mps, 100, Prediction::kSecond, schema::Frame::kSpeedFieldNumber,
     &schema::Frame::speed},
    {"acceleration_mps2", &Entities::acceleration_mps2, 100, Prediction::kFirst,
     schema::Frame::kAccelerationFieldNumber, &schema::Frame::acceleration},
    {"yaw_rate_radps", &Entities::yaw_rate_radps, 1000, Prediction::kFirst, schema::Frame::kYawRateFieldNumber,
     &schema::Frame::yaw_rate},
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

// What both sides remember from frame to frame.
struct Memory {
  std::vector<std::uint32_t> generation, shape;  // per row
  std::vector<std::uint8_t> fresh;               // per row: changed in this frame
  std::vector<Shape> shapes;
  std::vector<ColumnCodec> columns;

  Memory() {
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
    for (ColumnCodec& column : columns) column.resize(rows);
  }
};

constexpr bool is_alive(std::uint32_t generation) { return (generation & 1) != 0; }

}  // namespace

// ---- encoder

struct FrameEncoder::Impl {
  Memory memory;
  std::vector<std::uint32_t> alive;  // rows
  std::vector<std::uint8_t> steady;  // per block of rows: all are alive and have a past
  std::vector<sim::SignalState> state;
  std::vector<std::int64_t> next_change_step;
  std::vector<char> numbers;  // of the column being written
  schema::Frame frame;        // all but the columns
  schema::SignalStates states;

  std::uint32_t shape_index(const Shape& shape) {
    for (std::size_t i = memory.shapes.size(); i-- > 0;) {
      if (memory.shapes[i] == shape) return static_cast<std::uint32_t>(i);
    }
    memory.shapes.push_back(shape);
    schema::Shape& added = *frame.add_new_shapes();
    added.set_role(shape.role);
    added.set_type(shape.type);
    added.set_length_m(shape.length_m);
    added.set_width_m(shape.width_m);
    added.set_height_m(shape.height_m);
    added.set_center_x_m(shape.center_x_m);
    return static_cast<std::uint32_t>(memory.shapes.size() - 1);
  }

  void encode_changes(const sim::Snapshot& snapshot) {
    std::uint32_t last = 0;
    alive.clear();
    for (std::uint32_t row = 0; row < snapshot.generation.size(); ++row) {
      const std::uint32_t generation = snapshot.generation[row];
      const bool lives = is_alive(generation);
      if (lives) alive.push_back(row);
      const bool same_shape = !lives || (generation == memory.generation[row] &&
                                         memory.shapes[memory.shape[row]] == shape_of(snapshot.entities, row));
      if (generation == memory.generation[row] && same_shape) continue;
      memory.generation[row] = generation;
      memory.shape[row] = lives ? shape_index(shape_of(snapshot.entities, row)) : 0;
      memory.fresh[row] = 1;
      frame.add_changed_row_gap(row - last);
      frame.add_changed_generation(generation);
      frame.add_changed_shape(memory.shape[row]);
      last = row;
    }
  }

  void find_steady_blocks(const std::vector<std::uint32_t>& generation) {
    steady.assign(generation.size() / kBlock, 1);
    for (std::size_t row = 0; row < steady.size() * kBlock; ++row)
      steady[row / kBlock] &= static_cast<std::uint8_t>((generation[row] & 1) & ~memory.fresh[row]);
  }

  // Appends the column as Protobuf would (a packed field of sint64), in one pass over the rows.
  sim::Result<void> encode_column(const ColumnSpec& spec, ColumnCodec& codec, const Entities& entities,
                                  std::string& out) {
    const std::vector<double>& values = entities.*spec.values;
    numbers.resize(std::max(numbers.size(), alive.size() * kMostVarint));
    char* end = numbers.data();
    std::array<std::uint64_t, kBlock> block;
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < alive.size(); ++i) {
      const std::uint32_t row = alive[i];
      if (row % kBlock == 0 && row / kBlock < steady.size() && steady[row / kBlock] != 0 &&
          codec.encode_block(row, values.data() + row, spec.per_unit, block, all)) {
        end = put_varints(end, block, all);
        i += kBlock - 1;
        continue;
      }
      const double value = values[row];
      if (!can_quantise(value, spec.per_unit)) {
        return sim::fail("cannot be recorded: " + std::string(spec.name) + " = " + std::to_string(value), {}, 0,
                         "entity row " + std::to_string(row));
      }
      end = put_varint(end, zigzag(codec.encode(row, quantise(value, spec.per_unit), memory.fresh[row] != 0)));
    }
    if (alive.empty()) return {};
    const auto size = static_cast<std::size_t>(end - numbers.data());
    put_field_start(out, spec.field, size);
    out.append(numbers.data(), size);
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
  impl_->memory.begin_frame(key, snapshot.generation.size());
  impl_->encode_changes(snapshot);
  impl_->find_steady_blocks(snapshot.generation);
  if (!frame.SerializeToString(&out)) return sim::fail("cannot be recorded: the frame is larger than 2 GiB");
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    auto done = impl_->encode_column(kColumns[c], impl_->memory.columns[c], snapshot.entities, out);
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
  std::uint32_t last = 0;
  for (std::uint32_t group = 0; group < signals.state.size(); ++group) {
    const sim::SignalState state = signals.state[group];
    const std::int64_t next = signals.next_change_step[group];
    if (!key && state == impl_->state[group] && next == impl_->next_change_step[group]) continue;
    impl_->state[group] = state;
    impl_->next_change_step[group] = next;
    states.add_changed_group_gap(group - last);
    states.add_state(static_cast<std::uint32_t>(state));
    states.add_next_change_in(next - snapshot.step);
    last = group;
  }
  if (!key && states.state_size() == 0) return false;
  return states.SerializeToString(&out);
}

// ---- decoder

struct FrameDecoder::Impl {
  Memory memory;
  bool has_key = false, has_signals_key = false;
  std::vector<std::uint32_t> alive;
  schema::Frame frame;
  schema::SignalStates states;

  bool take_shapes() {
    for (const schema::Shape& shape : frame.new_shapes()) {
      memory.shapes.push_back(
          {shape.role(), shape.type(), shape.length_m(), shape.width_m(), shape.height_m(), shape.center_x_m()});
      if (shape.role() > static_cast<std::uint32_t>(sim::Role::kPedestrian) || shape.type() > 0xFFFF) return false;
    }
    return true;
  }

  bool take_changes() {
    const int count = frame.changed_row_gap_size();
    if (frame.changed_generation_size() != count || frame.changed_shape_size() != count) return false;
    std::uint64_t row = 0;
    for (int i = 0; i < count; ++i) {
      row += frame.changed_row_gap(i);
      if (row >= memory.generation.size() || (i > 0 && frame.changed_row_gap(i) == 0)) return false;
      memory.generation[row] = frame.changed_generation(i);
      memory.shape[row] = frame.changed_shape(i);
      memory.fresh[row] = 1;
      if (is_alive(memory.generation[row]) && memory.shape[row] >= memory.shapes.size()) return false;
    }
    return true;
  }

  bool columns_fit() {
    alive.clear();
    for (std::uint32_t row = 0; row < memory.generation.size(); ++row) {
      if (is_alive(memory.generation[row])) alive.push_back(row);
    }
    for (const ColumnSpec& spec : kColumns) {
      if (static_cast<std::size_t>((frame.*spec.read)().size()) != alive.size()) return false;
    }
    return true;
  }

  void fill(sim::Snapshot& out) {
    Entities& entities = out.entities;
    entities.columns([&](std::string_view, auto& column) { column.assign(memory.generation.size(), {}); });
    for (const std::uint32_t row : alive) {
      const Shape& shape = memory.shapes[memory.shape[row]];
      entities.alive[row] = 1;
      entities.role[row] = static_cast<sim::Role>(shape.role);
      entities.type[row] = static_cast<std::uint16_t>(shape.type);
      entities.length_m[row] = shape.length_m;
      entities.width_m[row] = shape.width_m;
      entities.height_m[row] = shape.height_m;
      entities.center_x_m[row] = shape.center_x_m;
    }
    for (std::size_t c = 0; c < kColumns.size(); ++c) {
      const std::int64_t* number = (frame.*kColumns[c].read)().data();
      std::vector<double>& values = entities.*kColumns[c].values;
      for (const std::uint32_t row : alive) {
        values[row] =
            dequantise(memory.columns[c].decode(row, *number++, memory.fresh[row] != 0), kColumns[c].per_unit);
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
  impl_->memory.begin_frame(frame.key(), frame.rows());
  impl_->has_key = false;  // until this one is taken whole
  const bool sound = impl_->take_shapes() && impl_->take_changes() && impl_->columns_fit() &&
                     hash_from_bytes(frame.state_hash(), out.hash);
  if (!sound) return sim::fail("a frame is damaged: its columns do not fit together");
  impl_->has_key = true;
  out.step = frame.step();
  out.time_ns = frame.time_ns();
  out.generation = impl_->memory.generation;
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
  const bool sound = states.groups() <= kMostRows && states.state_size() == count &&
                     states.next_change_in_size() == count &&
                     (states.key() || (impl_->has_signals_key && states.groups() == signals.state.size()));
  if (!sound) return sim::fail("a message of signal states is damaged: its columns do not fit together");
  impl_->has_signals_key = true;
  signals.state.resize(states.groups());
  signals.next_change_step.resize(states.groups());
  std::uint64_t group = 0;
  for (int i = 0; i < count; ++i) {
    group += states.changed_group_gap(i);
    if (group >= states.groups() || states.state(i) > static_cast<std::uint32_t>(sim::SignalState::kFlashingYellow)) {
      return sim::fail("a message of signal states names a group or state that there is not");
    }
    signals.state[group] = static_cast<sim::SignalState>(states.state(i));
    const auto in = static_cast<std::uint64_t>(states.next_change_in(i));
    signals.next_change_step[group] = static_cast<std::int64_t>(static_cast<std::uint64_t>(states.step()) + in);
  }
  return {};
}

bool FrameDecoder::is_key(std::string_view message) {
  schema::Frame frame;
  return frame.ParseFromArray(message.data(), static_cast<int>(message.size())) && frame.key();
}

}  // namespace bitgoeul::replay
