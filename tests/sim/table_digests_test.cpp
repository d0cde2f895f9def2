// Digests name the block of rows that differs, and hash_with foretells the hash that a changed TableSet has.
#include "sim/table.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/entities.h"
#include "sim/signals.h"

using namespace bitgoeul::sim;

TEST_CASE("digests name the block of rows that differs, and hash_with foretells the hash") {
  Entities e, f;
  resize_table(e, 3000);
  for (std::size_t row = 0; row < 3000; ++row) e.yaw_rad[row] = 0.001 * static_cast<double>(row);
  f = e;
  Signals none;
  TableSet a, b;
  a.add("entities", e);
  a.add("signals", none);
  b.add("entities", f);
  b.add("signals", none);
  Jobs jobs(1);
  const auto before = a.hash(jobs);
  CHECK(a.hash_with({}) == before);
  const auto view = a.view()[0].second;
  for (const std::size_t row : {0u, 255u, 256u, 1234u, 2999u}) {
    const double kept = f.yaw_rad[row];
    f.yaw_rad[row] = std::nextafter(kept, 9.0);
    const auto hash = b.hash(jobs);
    CHECK(hash != before);
    std::vector<ColumnDigest> x, y;
    a.digests(x);
    b.digests(y);
    REQUIRE(x.size() == view.size() + column_count(none));
    for (std::size_t c = 0; c < view.size(); ++c) {
      CHECK((x[c] == y[c]) == (view[c].name != "yaw_rad"));
      if (x[c] == y[c]) continue;
      const auto block = static_cast<std::uint32_t>(row / kHashRows);
      CHECK((block + 1) * (y[c].sum - x[c].sum) == y[c].weighted - x[c].weighted);
      const std::size_t first = block * kHashRows, rows = std::min(kHashRows, 3000 - first);
      const OtherBlock other{c, block, hash_bytes(f.yaw_rad.data() + first, rows * sizeof(double))};
      CHECK(a.hash_with(std::span(&other, 1)) == hash);
    }
    f.yaw_rad[row] = kept;
  }
}
