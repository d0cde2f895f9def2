#include "sim/mailbox.h"

#include <doctest/doctest.h>

#include <tuple>

#include "sim/random.h"
#include "tests/support/aborts.h"
#include "tests/support/allocation_guard.h"

using namespace bitgoeul::sim;

namespace {

// The same 600 messages, dealt to blocks in a way that depends on `deal`.
void fill(Mailbox& box, std::uint64_t deal) {
  for (std::uint32_t i = 0; i < 600; ++i) {
    const std::uint32_t j = (i * 7 + static_cast<std::uint32_t>(deal) * 13) % 600;  // 7 and 600 share no factor
    Message m;
    m.entity = Id{j % 20, 1 + 2 * (j / 20 % 2)};
    m.kind = j / 40 % 3;
    m.sequence = j / 120;
    m.a = j;
    box.post(uniform_index(deal, i, 0, Stream::kTest, 8), m);
  }
}

}  // namespace

TEST_CASE("messages come out by entity, kind and sequence, whoever posted them first") {
  std::vector<std::int64_t> first;
  for (std::uint64_t deal = 0; deal < 4; ++deal) {
    Mailbox box;
    box.reserve(8, 100);
    fill(box, deal);
    const auto messages = box.deliver();
    REQUIRE(messages.size() == 600);
    std::vector<std::int64_t> order;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      order.push_back(messages[i].a);
      if (i == 0) continue;
      const auto &a = messages[i - 1], &b = messages[i];
      CHECK(std::tie(a.entity, a.kind, a.sequence) < std::tie(b.entity, b.kind, b.sequence));
    }
    if (deal == 0) first = order;
    CHECK(order == first);
    CHECK(box.deliver().empty());
  }
}

TEST_CASE("a mailbox allocates nothing once it has grown") {
  Mailbox box;
  box.reserve(8, 100);
  fill(box, 1);
  box.deliver();
  const bitgoeul::test::AllocationGuard guard;
  for (int i = 0; i < 10; ++i) {
    fill(box, 1);
    box.deliver();
  }
  CHECK(guard.allocations() == 0);
}

TEST_CASE("clear drops what was posted") {
  Mailbox box;
  box.reserve(1, 1);
  box.post(0, Message{});
  box.clear();
  CHECK(box.deliver().empty());
}

TEST_CASE("two messages without an order between them, or a block without an outbox, are our mistakes") {
  CHECK(bitgoeul::test::aborts_saying("have no order", [] {
    Mailbox box;
    box.reserve(2, 2);
    box.post(0, Message{});
    box.post(1, Message{});
    box.deliver();
  }));
  CHECK(bitgoeul::test::aborts_saying("no outbox", [] {
    Mailbox box;
    box.post(0, Message{});
  }));
}
