// Jobs: a small pool on std primitives (ThreadSanitizer sees through it). Work is cut in blocks of fixed size, whatever
// the number of threads, so that results and reductions per block do not depend on it. The calling thread works too.
// Made by Simulation and by tools; every worker checks at start that denormals are kept (FTZ/DAZ off) and rounding is
// nearest. Thread rule: parallel_for is called from one thread at a time and not from inside a job.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace bitgoeul::sim {

inline constexpr std::size_t kBlockSize = 256;

class Jobs {
 public:
  explicit Jobs(int threads);  // >= 1; 1 starts no worker
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  int threads() const;

  static std::size_t block_count(std::size_t n, std::size_t block_size = kBlockSize) {
    return (n + block_size - 1) / block_size;
  }

  // Calls f(begin, end, block) for each block of [0, n); returns when all are done. Allocates nothing.
  template <class F>
  void parallel_for(std::size_t n, F&& f, std::size_t block_size = kBlockSize) {
    using Body = std::remove_reference_t<F>;
    run(
        n, block_size,
        [](void* body, std::size_t begin, std::size_t end, std::size_t block) {
          (*static_cast<Body*>(body))(begin, end, block);
        },
        const_cast<void*>(static_cast<const void*>(&f)));
  }

 private:
  using Call = void (*)(void* body, std::size_t begin, std::size_t end, std::size_t block);
  void run(std::size_t n, std::size_t block_size, Call call, void* body);
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace bitgoeul::sim
