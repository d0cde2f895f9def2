#include "sim/jobs.h"

#include <doctest/doctest.h>

#include <atomic>
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "sim/random.h"
#include "tests/support/aborts.h"
#include "tests/support/allocation_guard.h"

using namespace bitgoeul::sim;

namespace {

// Sums of terms of very different size: another order of addition gives other bits.
std::vector<double> block_sums(int threads, std::size_t n) {
  Jobs jobs(threads);
  std::vector<double> sums(Jobs::block_count(n));
  jobs.parallel_for(n, [&](std::size_t begin, std::size_t end, std::size_t block) {
    for (std::size_t i = begin; i < end; ++i)
      sums[block] += 1.0 / (1e-9 + uniform(3, static_cast<std::uint32_t>(i), 0, Stream::kTest));
  });
  return sums;
}

}  // namespace

TEST_CASE("sums per block have the same bits for every number of threads") {
  const auto expected = block_sums(1, 100'003);
  for (int threads : {2, 3, 8, 16}) CHECK(block_sums(threads, 100'003) == expected);
}

TEST_CASE("every index is visited once, in blocks of the size asked for") {
  for (int threads : {1, 2, 3, 8, 16}) {
    Jobs jobs(threads);
    CHECK(jobs.threads() == threads);
    for (std::size_t n : {0u, 1u, 6u, 7u, 8u, 1000u}) {
      std::vector<std::atomic<int>> visits(n);
      std::atomic<int> wrong{0};
      jobs.parallel_for(
          n,
          [&](std::size_t begin, std::size_t end, std::size_t block) {
            if (begin != block * 7 || end - begin > 7 || end > n || begin >= end) ++wrong;
            for (std::size_t i = begin; i < end; ++i) ++visits[i];
          },
          7);
      CHECK(wrong == 0);
      bool once = true;
      for (const auto& v : visits) once = once && v == 1;
      CHECK(once);
    }
  }
}

TEST_CASE("thousands of short calls lose no block, whether workers spin or sleep") {
  for (int threads : {2, 5}) {
    Jobs jobs(threads);
    std::size_t total = 0;
    std::vector<std::size_t> count(8);
    for (int call = 0; call < 5000; ++call) {
      jobs.parallel_for(
          8, [&](std::size_t, std::size_t, std::size_t block) { count[block] += block + 1; }, 1);
      if (call % 500 == 0)  // long enough for the workers to go to sleep
        for (volatile int wait = 0; wait < 2'000'000;) wait = wait + 1;
    }
    for (std::size_t c : count) total += c;
    CHECK(total == 5000 * 36);
  }
}

TEST_CASE("parallel_for allocates nothing") {
  Jobs jobs(3);
  std::vector<double> values(10'000, 1.0);
  const auto twice = [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) values[i] *= 2.0;
  };
  jobs.parallel_for(values.size(), twice);
  const bitgoeul::test::AllocationGuard guard;
  for (int i = 0; i < 100; ++i) jobs.parallel_for(values.size(), twice);
  CHECK(guard.allocations() == 0);
  CHECK(values.front() == 0x1p101);
}

TEST_CASE("a parallel loop inside a job is our mistake") {
  CHECK(bitgoeul::test::aborts_saying("parallel_for inside a job", [] {
    Jobs jobs(1);
    jobs.parallel_for(1, [&](std::size_t, std::size_t, std::size_t) {
      jobs.parallel_for(1, [](std::size_t, std::size_t, std::size_t) {});
    });
  }));
}

#if defined(__x86_64__)
TEST_CASE("a thread that flushes denormals to zero or rounds otherwise is refused") {
  CHECK(bitgoeul::test::aborts_saying("denormals-are-zero", [] {
    _mm_setcsr(_mm_getcsr() | 0x8000u);
    Jobs jobs(1);
  }));
  CHECK(bitgoeul::test::aborts_saying("rounding mode", [] {
    _mm_setcsr(_mm_getcsr() | 0x2000u);
    Jobs jobs(2);
  }));
}
#endif
