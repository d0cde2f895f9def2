// Mailbox: everything that is not "write my own row". Parallel stages post into the outbox of their block; the commit
// stage takes all messages in one total order (entity id, kind, sequence) and applies them serially. Thread rule:
// post(block, ...) only from the job that owns the block; deliver() and clear() serially.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/id.h"

namespace bitgoeul::sim {

struct Message {
  Id entity;                   // whom it concerns; first key of the order
  std::uint32_t kind = 0;      // an enum of the room that posts it; second key
  std::uint32_t sequence = 0;  // third key; set by the poster when it posts several of one kind
  std::int64_t a = 0;
  std::int64_t b = 0;
  double x = 0.0;
  double y = 0.0;
};

class Mailbox {
 public:
  void reserve(std::size_t blocks, std::size_t messages_per_block);
  void post(std::size_t block, const Message& message);
  // Merges all outboxes in total order and empties them; valid until the next call. CHECKs that no two messages
  // have equal keys.
  std::span<const Message> deliver();
  void clear();

 private:
  std::vector<std::vector<Message>> outbox_;
  std::vector<Message> merged_;
};

}  // namespace bitgoeul::sim
