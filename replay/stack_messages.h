// The messages between engine and stack as bytes: sim::Observation, sim::Act and sim::StackInit packed into
// replay/schema/stack and unpacked again, every number bit for bit. Used by the protocol's two ends, by the recorder
// and by the rerun without the stack. Unpacking checks everything that comes from outside and says what is wrong.
// Thread rule: one thread per object.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/hash.h"
#include "sim/result.h"
#include "sim/stack.h"

namespace bitgoeul::replay {

inline constexpr std::uint32_t kStackMajor = 1, kStackMinor = 1;

struct StackHello {
  std::uint32_t major = kStackMajor, minor = kStackMinor;
  std::string client_name, client_version, token;
};
struct StackHelloAck {
  std::string engine_version, engine_commit, map_name, map_projection;
  sim::Hash128 map_hash;
  std::uint32_t major = kStackMajor, minor = kStackMinor;
};
struct StackResult {
  std::string verdict;
  struct Row {
    std::string name, verdict;
    double value = 0, limit = 0;
  };
  std::vector<Row> criteria;
};

std::string pack(const StackHello& hello);
sim::Result<StackHello> unpack_hello(std::string_view bytes);
std::string pack(const StackHelloAck& ack, const sim::StackInit& init);
bool unpack_hello_ack(std::string_view bytes, StackHelloAck& ack, sim::StackInit& init);
std::string pack_init(const sim::StackInit& init, const std::string& scenario, int tracker_version,
                      int answer_within_ms);
bool unpack_init(std::string_view bytes, sim::StackInit& init);
std::string pack_reason(std::string_view reason);  // Reject, Bye
std::string unpack_reason(std::string_view bytes);
std::string unpack_farewell(std::string_view bytes);  // of Bye or Error, for people
std::string pack_error(std::uint32_t code, std::string_view text);
std::string pack(const StackResult& result);

// Observations as a message; the decoder owns what they point to until the next call.
class ObserveCodec {
 public:
  ObserveCodec();
  ~ObserveCodec();
  ObserveCodec(ObserveCodec&&) noexcept;
  void encode(std::uint64_t seq, std::span<const sim::Observation> observations, std::string& out);
  // False: no such message.
  bool decode(std::string_view bytes, std::uint64_t& seq, std::vector<sim::Observation>& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What an act message is held against.
struct ActFrame {
  std::uint64_t seq = 0;
  std::int64_t time_ns = 0;
  std::int64_t step_ns = 0;  // an OSI update says where the vehicle shall be one act period later
  std::span<const sim::Observation> asked;
  std::span<const sim::EgoInfo> egos;  // all of the stack, ascending rows
};

class ActCodec {
 public:
  ActCodec();
  ~ActCodec();
  ActCodec(ActCodec&&) noexcept;
  // Rows of acts[i] = asked[i].
  void encode(const ActFrame& frame, std::span<const sim::Act> acts, std::string& out);
  // Empty: acts are taken, in the order of `asked`. Else what is wrong: expected and got.
  std::string decode(std::string_view bytes, const ActFrame& frame, std::span<sim::Act> acts);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// In run logs.
struct RecordedAct {
  sim::Row entity = sim::kNone;
  sim::Act act;
};
struct StackSession {
  std::uint32_t index = 0;
  std::string spec;
  sim::StackInit init;
};
std::string pack(const StackSession& session, const StackHelloAck& ack);
bool unpack(std::string_view bytes, StackSession& session);
std::string pack_acts(std::int64_t step, std::span<const std::pair<sim::Row, const sim::Act*>> acts);
bool unpack_acts(std::string_view bytes, std::int64_t& step, std::vector<RecordedAct>& acts);
// `observe`: as ObserveCodec made it.
std::string pack_observe(std::uint32_t stack, std::string_view observe);
bool unpack_observe(std::string_view bytes, std::uint32_t& stack, std::string& observe);

}  // namespace bitgoeul::replay
