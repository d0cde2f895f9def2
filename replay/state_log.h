// The state in a run log: exact key frames, and for every step two sums per column that name the block of rows where
// two runs part (schema/state.proto). DigestEncoder and pack_key_frame are the recorder's half, unpack the
// reader's;
// scenarios/state_search.h uses them. Damaged messages give false. Thread rule: one thread per object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/table.h"

namespace bitgoeul::replay {

inline constexpr std::int64_t kKeyFrameEveryNs = 10'000'000'000;  // of simulated time

struct KeyFrame {
  std::int64_t step = 0;
  sim::Bytes state;  // of TableSet::save
};

struct StateDigests {
  std::int64_t step = 0;
  std::vector<std::string> columns;  // `table.column`, in the state's order
  std::vector<sim::ColumnDigest> digests;
};

class DigestEncoder {
 public:
  // Of TableSet::digests. With the names of the columns the message stands alone, without it tells what has changed.
  void encode(std::int64_t step, const std::vector<sim::ColumnDigest>& now, const std::vector<std::string>& columns,
              std::string& out);

 private:
  std::vector<sim::ColumnDigest> last_;
};

std::vector<std::string> column_names(const sim::TableSet& state);  // `table.column`, in the state's order

bool is_key_digest(std::string_view message);
bool unpack(std::string_view message, StateDigests& state);  // goes on from what `state` holds
bool unpack(std::string_view message, KeyFrame& out);

// A state is tens of megabytes, so the message is made around it, where it was saved.
void save_for_key_frame(const sim::TableSet& state, sim::Bytes& saved);
std::string_view pack_key_frame(std::int64_t step, sim::Bytes& saved);  // a part of `saved`

}  // namespace bitgoeul::replay
