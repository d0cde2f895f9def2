#include "sim/mailbox.h"

#include <algorithm>
#include <tuple>

#include "sim/check.h"

namespace bitgoeul::sim {
namespace {

auto key(const Message& m) { return std::tie(m.entity.index, m.entity.generation, m.kind, m.sequence); }

}  // namespace

void Mailbox::reserve(std::size_t blocks, std::size_t messages_per_block) {
  if (outbox_.size() < blocks) outbox_.resize(blocks);
  for (auto& box : outbox_) box.reserve(messages_per_block);
  merged_.reserve(outbox_.size() * messages_per_block);
}

void Mailbox::post(std::size_t block, const Message& message) {
  CHECK(block < outbox_.size(), "no outbox for this block: reserve() more blocks");
  outbox_[block].push_back(message);
}

std::span<const Message> Mailbox::deliver() {
  merged_.clear();
  for (auto& box : outbox_) {
    merged_.insert(merged_.end(), box.begin(), box.end());
    box.clear();
  }
  std::sort(merged_.begin(), merged_.end(), [](const Message& a, const Message& b) { return key(a) < key(b); });
  for (std::size_t i = 1; i < merged_.size(); ++i)
    CHECK(key(merged_[i - 1]) != key(merged_[i]), "two messages with one entity, kind and sequence have no order");
  return merged_;
}

void Mailbox::clear() {
  for (auto& box : outbox_) box.clear();
  merged_.clear();
}

}  // namespace bitgoeul::sim
