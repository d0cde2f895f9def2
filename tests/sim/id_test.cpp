#include "sim/id.h"

#include <doctest/doctest.h>

#include "tests/support/aborts.h"

using namespace bitgoeul::sim;

TEST_CASE("ids are dense, in order, and reused last-in first-out with a new generation") {
  IdPool pool;
  const Id a = pool.create(), b = pool.create(), c = pool.create();
  CHECK((a.row() == 0 && b.row() == 1 && c.row() == 2));
  CHECK(!a.null());
  CHECK(Id{}.null());
  pool.destroy(a);
  pool.destroy(c);
  CHECK(!pool.alive(a));
  CHECK(pool.alive(b));
  CHECK(pool.id_of(0).null());
  const Id d = pool.create(), e = pool.create(), f = pool.create();
  CHECK((d.row() == 2 && e.row() == 0 && f.row() == 3));
  CHECK(d != c);
  CHECK(!pool.alive(c));
  CHECK(pool.alive(d));
  CHECK(pool.id_of(2) == d);
  CHECK(pool.id_of(99).null());
  CHECK(pool.id_of(kNone).null());
  CHECK(!pool.alive(Id{}));
  CHECK(pool.rows() == 4);
}

TEST_CASE("destroying an id twice is our mistake") {
  CHECK(bitgoeul::test::aborts_saying("not alive", [] {
    IdPool pool;
    const Id id = pool.create();
    pool.destroy(id);
    pool.destroy(id);
  }));
}
