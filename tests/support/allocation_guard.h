// AllocationGuard: how often `operator new` was called, by any thread, since the guard was made. For tests that say
// "this allocates nothing after warm-up". A program that links the library allocation_guard gets counting operators new
// and delete in place of the standard ones; malloc called directly by a C library is not counted. Thread rule: make and
// read it on one thread; the count covers all threads.
#pragma once

#include <cstddef>

namespace bitgoeul::test {

class AllocationGuard {
 public:
  AllocationGuard();
  std::size_t allocations() const;

 private:
  std::size_t start_;
};

}  // namespace bitgoeul::test
