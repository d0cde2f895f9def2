#include "sim/jobs.h"

#include <atomic>
#include <cfenv>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "sim/check.h"

namespace bitgoeul::sim {
namespace {

// How often a worker looks for the next call before it sleeps: with pauses of some 40 ns about 100 us. Longer than the
// serial stages between two parallel ones, so that within a step nobody pays for a wake-up (some 50 us on a virtual
// machine); short enough not to burn a core.
constexpr int kSpins = 2500;

void pause_cpu() {
#ifdef __x86_64__
  _mm_pause();
#endif
}

// Calls `done` until it is true or was called often enough; whether it became true.
template <class F>
bool spin_until(F&& done, int spins) {
  for (int i = 0; i < spins; ++i) {
    if (done()) return true;
    pause_cpu();
  }
  return done();
}

// Rounds to nearest, keeps denormal results (FTZ off) and denormal operands (DAZ off): else other bits come out.
void check_floating_point_mode() {
  CHECK(std::fegetround() == FE_TONEAREST, "the rounding mode is not nearest");
#ifdef __x86_64__
  const unsigned mxcsr = _mm_getcsr();
  CHECK((mxcsr & 0x6000u) == 0, "the rounding mode of SSE is not nearest");  // fegetround() reads the x87 unit's
  CHECK((mxcsr & 0x8040u) == 0, "flush-to-zero or denormals-are-zero is on in MXCSR");
#endif
  volatile double least_normal = std::numeric_limits<double>::min();
  volatile double denormal = least_normal * 0.5;
  CHECK(denormal > 0.0 && denormal * 2.0 == least_normal, "denormal numbers are flushed to zero");
}

}  // namespace

// One call at a time. A worker enters (`inside` + 1), and only if the call is open then may it look at the plain
// members of the call; the caller closes the call and waits until nobody is inside before it writes them again. Both
// sides store first and load second with sequential consistency, so at least one of them sees the other.
struct Jobs::Pool {
  std::size_t n = 0, block_size = 0, blocks = 0;  // the call: written while closed and nobody inside
  Call call = nullptr;
  void* body = nullptr;

  alignas(64) std::atomic<std::size_t> next_block{0};
  alignas(64) std::atomic<bool> open{false};
  std::atomic<std::uint64_t> epoch{0};  // number of calls so far: what workers wait on
  alignas(64) std::atomic<int> inside{0};
  std::atomic<bool> running{false};  // catches nesting and two callers
  std::atomic<bool> stop{false};
  std::atomic<int> sleepers{0};
  std::mutex mutex;
  std::condition_variable wake;  // workers
  std::condition_variable left;  // the caller, when the last worker leaves
  bool caller_sleeps = false;    // under mutex
  int spins = 0;  // none when there are more threads than cores: spinning would take the core from who works
  std::vector<std::thread> workers;

  void work();
  void worker();
  bool wait_for_call(std::uint64_t seen);
  void leave();
  void wait_until_nobody_inside();
  void wake_workers(std::size_t wanted);
};

void Jobs::Pool::work() {
  for (;;) {
    const std::size_t block = next_block.fetch_add(1, std::memory_order_relaxed);
    if (block >= blocks) return;
    const std::size_t begin = block * block_size;
    call(body, begin, begin + block_size < n ? begin + block_size : n, block);
  }
}

void Jobs::Pool::leave() {
  if (inside.fetch_sub(1) != 1 || open.load()) return;
  const std::lock_guard lock(mutex);
  if (caller_sleeps) left.notify_one();
}

bool Jobs::Pool::wait_for_call(std::uint64_t seen) {
  const auto due = [&] { return epoch.load() != seen || stop.load(); };
  if (!spin_until(due, spins)) {
    std::unique_lock lock(mutex);
    ++sleepers;
    wake.wait(lock, due);
    --sleepers;
  }
  return !stop.load();
}

void Jobs::Pool::worker() {
  check_floating_point_mode();
  std::uint64_t seen = 0;
  while (wait_for_call(seen)) {
    seen = epoch.load();
    ++inside;
    if (open.load()) work();
    leave();
  }
}

void Jobs::Pool::wait_until_nobody_inside() {
  const auto nobody = [&] { return inside.load() == 0; };
  if (spin_until(nobody, spins)) return;
  std::unique_lock lock(mutex);
  caller_sleeps = true;
  left.wait(lock, nobody);
  caller_sleeps = false;
}

void Jobs::Pool::wake_workers(std::size_t wanted) {
  const auto asleep = static_cast<std::size_t>(sleepers.load());
  if (asleep == 0 || wanted == 0) return;
  { const std::lock_guard lock(mutex); }  // whoever counted itself a sleeper is in wait() now
  if (wanted >= asleep) return wake.notify_all();
  for (std::size_t i = 0; i < wanted; ++i) wake.notify_one();
}

Jobs::Jobs(int threads) : pool_(std::make_unique<Pool>()) {
  CHECK(threads >= 1, "at least one thread works");
  check_floating_point_mode();
  const unsigned cores = std::thread::hardware_concurrency();
  if (cores == 0 || static_cast<unsigned>(threads) <= cores) pool_->spins = kSpins;
  pool_->workers.reserve(static_cast<std::size_t>(threads - 1));
  for (int i = 1; i < threads; ++i) pool_->workers.emplace_back([pool = pool_.get()] { pool->worker(); });
}

Jobs::~Jobs() {
  {
    const std::lock_guard lock(pool_->mutex);
    pool_->stop = true;
  }
  pool_->wake.notify_all();
  for (auto& worker : pool_->workers) worker.join();
}

int Jobs::threads() const { return static_cast<int>(pool_->workers.size()) + 1; }

void Jobs::run(std::size_t n, std::size_t block_size, Call call, void* body) {
  CHECK(block_size > 0, "a block holds at least one index");
  Pool& p = *pool_;
  CHECK(!p.running.exchange(true), "parallel_for inside a job, or from two threads at once");
  p.n = n;
  p.block_size = block_size;
  p.blocks = block_count(n, block_size);
  p.call = call;
  p.body = body;
  p.next_block.store(0, std::memory_order_relaxed);
  if (p.workers.empty() || p.blocks < 2) {
    p.work();
  } else {
    p.open.store(true);
    ++p.epoch;
    p.wake_workers(p.blocks - 1);
    p.work();
    p.open.store(false);
    p.wait_until_nobody_inside();
  }
  p.running.store(false);
}

}  // namespace bitgoeul::sim
