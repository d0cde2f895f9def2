// Snapshots to and from the messages Frame and SignalStates (replay/schema; the layout is told there). FrameEncoder is
// fed by Recorder, FrameDecoder by RunLog. Messages build on those before them, except key frames, which stand alone.
// What comes back: steps, rows, generations, roles, types, sizes and signals exactly; motion within half a quantum (0.5
// cm, 0.5 mrad, 0.5 cm/s); rows that are not alive as zeros; events not (they are messages of their own). Errors:
// `what` only; the caller adds file and place. Thread rule: one thread per object.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sim/result.h"
#include "sim/snapshot.h"

namespace bitgoeul::replay {

class FrameEncoder {
 public:
  FrameEncoder();
  ~FrameEncoder();
  FrameEncoder(FrameEncoder&&) noexcept;
  // Replaces `frame` by the packed message. Error: a number that is not finite or beyond 2^52 quanta.
  sim::Result<void> encode(const sim::Snapshot& snapshot, bool key, std::string& frame);
  // False: nothing changed, nothing to write. Call with the same snapshots as encode.
  bool encode_signals(const sim::Snapshot& snapshot, bool key, std::string& states);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class FrameDecoder {
 public:
  FrameDecoder();
  ~FrameDecoder();
  FrameDecoder(FrameDecoder&&) noexcept;
  // Both fill their part of `snapshot`, which the caller keeps from message to message.
  sim::Result<void> decode(std::string_view frame, sim::Snapshot& snapshot);
  sim::Result<void> decode_signals(std::string_view states, sim::Snapshot& snapshot);
  static bool is_key(std::string_view frame);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay
