#include "replay/state_log.h"

#include <cstring>

#include "replay/codec.h"
#include "replay/schema/state.pb.h"

namespace bitgoeul::replay {
namespace {

constexpr std::size_t kMostStart = 4 * kMostVarint;  // of a message KeyFrame before its state

template <class T>
bool parse_message(std::string_view bytes, T& message) {
  return bytes.size() < (1u << 31) && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

void DigestEncoder::encode(std::int64_t step, const std::vector<sim::ColumnDigest>& now,
                           const std::vector<std::string>& columns, std::string& out) {
  const bool key = !columns.empty();
  schema::StateDigests message;
  message.set_step(step);
  message.mutable_columns()->Assign(columns.begin(), columns.end());
  std::uint32_t last = 0;
  for (std::uint32_t c = 0; c < now.size(); ++c) {
    if (!key && c < last_.size() && now[c] == last_[c]) continue;
    message.add_changed_column_gap(c - last);
    message.add_sum(now[c].sum);
    message.add_weighted(now[c].weighted);
    last = c;
  }
  last_ = now;
  message.SerializeToString(&out);
}

std::vector<std::string> column_names(const sim::TableSet& state) {
  std::vector<std::string> names;
  for (const auto& [table, columns] : state.view())
    for (const sim::ColumnView& column : columns) names.push_back(table + "." + std::string(column.name));
  return names;
}

bool is_key_digest(std::string_view bytes) {
  schema::StateDigests message;
  return parse_message(bytes, message) && message.columns_size() > 0;
}

bool unpack(std::string_view bytes, StateDigests& state) {
  schema::StateDigests message;
  if (!parse_message(bytes, message)) return false;
  const int count = message.changed_column_gap_size();
  if (message.sum_size() != count || message.weighted_size() != count) return false;
  state.step = message.step();
  if (message.columns_size() > 0) {
    state.columns.assign(message.columns().begin(), message.columns().end());
    state.digests.assign(state.columns.size(), {});
  }
  std::uint32_t column = 0;
  for (int i = 0; i < count; ++i) {
    column += message.changed_column_gap(i);
    if (column >= state.digests.size()) return false;
    state.digests[column] = {message.sum(i), message.weighted(i)};
  }
  return true;
}

void save_for_key_frame(const sim::TableSet& state, sim::Bytes& saved) {
  saved.resize(kMostStart);
  state.save(saved);
}

std::string_view pack_key_frame(std::int64_t step, sim::Bytes& saved) {
  schema::KeyFrame first;
  first.set_step(step);
  std::string start = first.SerializeAsString();
  put_field_start(start, schema::KeyFrame::kStateFieldNumber, saved.size() - kMostStart);
  const std::size_t begin = kMostStart - start.size();
  std::memcpy(saved.data() + begin, start.data(), start.size());
  return {reinterpret_cast<const char*>(saved.data()) + begin, saved.size() - begin};
}

bool unpack(std::string_view bytes, KeyFrame& out) {
  schema::KeyFrame message;
  if (!parse_message(bytes, message)) return false;
  out.step = message.step();
  const auto* data = reinterpret_cast<const std::byte*>(message.state().data());
  out.state.assign(data, data + message.state().size());
  return true;
}

}  // namespace bitgoeul::replay
