#include "sim/table.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/entities.h"
#include "sim/id.h"
#include "sim/random.h"
#include "sim/signals.h"
#include "sim/world.h"
#include "tests/support/allocation_guard.h"

using namespace bitgoeul::sim;

namespace {

// A column left out of columns() makes the struct larger than its list: every member is one vector.
template <class Table>
void check_every_member_is_listed() {
  Table table;
  CHECK(sizeof(Table) == column_count(table) * sizeof(std::vector<double>));
}

struct Small {
  std::vector<std::int32_t> a;
  std::vector<double> b;
  template <class F>
  void columns(F&& f) {
    f("a", a);
    f("b", b);
  }
};

struct Renamed {
  std::vector<std::int32_t> a;
  std::vector<double> c;
  template <class F>
  void columns(F&& f) {
    f("a", a);
    f("c", c);
  }
};

void fill(Entities& e, std::size_t rows) {
  resize_table(e, rows);
  for (std::size_t i = 0; i < rows; ++i) {
    e.x[i] = uniform(9, static_cast<std::uint32_t>(i), 0, Stream::kTest);
    e.yaw_rad[i] = uniform(9, static_cast<std::uint32_t>(i), 1, Stream::kTest);
    e.type[i] = static_cast<std::uint16_t>(i);
  }
}

Hash128 hash_of(TableSet& set, int threads) {
  Jobs jobs(threads);
  return set.hash(jobs);
}

}  // namespace

TEST_CASE("every member of a table stands in its list of columns") {
  check_every_member_is_listed<Entities>();
  check_every_member_is_listed<Signals>();
  check_every_member_is_listed<IdPool>();
  check_every_member_is_listed<Clock>();
}

TEST_CASE("resize, reserve and clear reach every column") {
  Entities e;
  fill(e, 3);
  CHECK(e.width_m.size() == 3);
  clear_row(e, 2);
  CHECK((e.x[2] == 0.0 && e.type[2] == 0 && e.type[1] == 1));
  reserve_table(e, 100);
  CHECK(e.center_x_m.capacity() >= 100);
}

TEST_CASE("the hash does not depend on threads and does on every bit, name, size and number of rows") {
  Entities e;
  fill(e, 30'000);  // several hash blocks per column
  TableSet set;
  set.add("entities", e);
  const Hash128 hash = hash_of(set, 1);
  for (int threads : {2, 3, 8, 16}) CHECK(hash_of(set, threads) == hash);
  e.yaw_rad[29'999] = std::nextafter(e.yaw_rad[29'999], 2.0);
  CHECK(hash_of(set, 2) != hash);
  e.yaw_rad[29'999] = std::nextafter(e.yaw_rad[29'999], -2.0);
  CHECK(hash_of(set, 2) == hash);
  resize_table(e, 30'001);
  CHECK(hash_of(set, 2) != hash);
  resize_table(e, 30'000);
  TableSet other_name;
  other_name.add("vehicles", e);
  CHECK(hash_of(other_name, 1) != hash);
}

TEST_CASE("values that move from the end of one column to the start of the next change the hash") {
  Small one{{1, 2}, {3.0}}, two{{1, 2}, {3.0}};
  Renamed three{{1, 2}, {3.0}};
  TableSet a, b, c;
  a.add("t", one);
  b.add("t", two);
  c.add("t", three);
  CHECK(hash_of(a, 1) == hash_of(b, 1));
  CHECK(hash_of(a, 1) != hash_of(c, 1));
  two = {{1}, {0.0, 3.0}};
  CHECK(hash_of(a, 1) != hash_of(b, 1));
}

TEST_CASE("hashing allocates nothing after the first call") {
  Entities e;
  fill(e, 30'000);
  TableSet set;
  set.add("entities", e);
  Jobs jobs(2);
  const Hash128 hash = set.hash(jobs);
  const bitgoeul::test::AllocationGuard guard;
  for (int i = 0; i < 5; ++i) CHECK(set.hash(jobs) == hash);
  CHECK(guard.allocations() == 0);
}

TEST_CASE("a saved state loads into another set of the same layout") {
  Entities e, f;
  Signals s, t;
  fill(e, 1000);
  s.state = {SignalState::kRed, SignalState::kGreen};
  s.next_change_step = {7, 9};
  TableSet from, to;
  from.add("entities", e);
  from.add("signals", s);
  to.add("entities", f);
  to.add("signals", t);
  Bytes bytes(3, std::byte{1});  // save appends
  from.save(bytes);
  const auto saved = std::span<const std::byte>(bytes).subspan(3);
  REQUIRE(to.load(saved));
  CHECK(hash_of(to, 1) == hash_of(from, 1));
  CHECK(!TableSet::first_difference(from, to));
  CHECK(t.next_change_step == s.next_change_step);
  fill(e, 0);
  Bytes empty;
  from.save(empty);
  REQUIRE(to.load(empty));
  CHECK(f.x.empty());
}

TEST_CASE("another layout and every kind of damage are refused, and nothing changes") {
  Small one{{1, 2, 3}, {4.0, 5.0}}, kept{{8}, {9.0}};
  Renamed renamed;
  TableSet a, b, c, d;
  a.add("t", one);
  b.add("t", kept);
  c.add("t", renamed);
  d.add("u", kept);
  Bytes bytes;
  a.save(bytes);
  const auto by_name = c.load(bytes);
  REQUIRE(!by_name);
  CHECK(by_name.error().what == "saved state of another layout: column t.b (8 bytes), here stands t.c (8 bytes)");
  CHECK(!d.load(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(!b.load(std::span(bytes).first(size)));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes bad = bytes;
    bad[i] ^= std::byte{0x10};
    CHECK(!b.load(bad));
  }
  Bytes longer = bytes;
  longer.push_back(std::byte{0});
  CHECK(!b.load(longer));
  CHECK((kept.a == std::vector<std::int32_t>{8} && kept.b == std::vector<double>{9.0}));
  CHECK(b.load(bytes));
}

TEST_CASE("the first difference names table, column and row") {
  Entities e, f;
  Signals s, t;
  fill(e, 100);
  fill(f, 100);
  TableSet a, b;
  a.add("entities", e);
  a.add("signals", s);
  b.add("entities", f);
  b.add("signals", t);
  CHECK(!TableSet::first_difference(a, b));
  f.yaw_rad[37] = std::nextafter(f.yaw_rad[37], 9.0);  // one unit in the last place
  auto difference = TableSet::first_difference(a, b);
  REQUIRE(difference);
  CHECK((difference->table == "entities" && difference->column == "yaw_rad" && difference->row == 37));
  f.yaw_rad = e.yaw_rad;
  t.state.push_back(SignalState::kRed);
  difference = TableSet::first_difference(a, b);
  REQUIRE(difference);
  CHECK((difference->table == "signals" && difference->column == "state" && difference->row == 0));
}

TEST_CASE("a view lists tables and columns in order") {
  Small one{{1, 2, 3}, {4.0, 5.0}};
  TableSet set;
  set.add("t", one);
  const auto view = set.view();
  REQUIRE(view.size() == 1);
  CHECK(view[0].first == "t");
  REQUIRE(view[0].second.size() == 2);
  CHECK((view[0].second[1].name == "b" && view[0].second[1].rows == 2 && view[0].second[1].value_size == 8));
}
