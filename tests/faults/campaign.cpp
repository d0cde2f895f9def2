#include "tests/faults/campaign.h"

#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <memory>
#include <new>

namespace bitgoeul::tests {

namespace {

constexpr std::size_t kSlice = 256;  // cases per child
constexpr std::size_t kTooMany = 20;

// Shared with the child: which case it is at, and what it has to say when it stops.
struct Slot {
  std::size_t index = 0;
  int complaint = 0;
  char text[1000] = {};
};

struct Slice {
  std::size_t begin = 0, end = 0;
};

struct Child {
  pid_t pid = 0;
  Slice slice;
  Slot* slot = nullptr;
};

std::string run_one(const Campaign& campaign, std::size_t index) {
  try {
    return campaign.run(index);
  } catch (const std::bad_alloc&) {
    return "needs more memory than it may";
  }
}

// Runs until the first complaint; the parent starts another child behind it.
[[noreturn]] void work(const Campaign& campaign, Slice slice, Slot& slot) {
  rlimit core{0, 0};
  setrlimit(RLIMIT_CORE, &core);
  std::freopen("/dev/null", "w", stderr);
  for (std::size_t i = slice.begin; i < slice.end; ++i) {
    slot.index = i;
    allow_cpu(campaign.cpu_seconds);
    const std::string complaint = run_one(campaign, i);
    if (complaint.empty()) continue;
    std::snprintf(slot.text, sizeof(slot.text), "%s", complaint.c_str());
    slot.complaint = 1;
    break;
  }
  std::_Exit(0);
}

Child start(const Campaign& campaign, Slice slice, Slot* slot) {
  *slot = Slot{slice.begin, 0, {}};
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) work(campaign, slice, *slot);
  return {pid, slice, slot};
}

std::string ending(const Child& child, int status) {
  if (child.slot->complaint != 0) return child.slot->text;
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status) == 0 ? "" : "exit code " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  if (number == SIGPROF) return "hangs";
  return std::string("crash: ") + strsignal(number);
}

}  // namespace

std::vector<Failure> run_campaign(const Campaign& campaign) {
  const std::size_t width = static_cast<std::size_t>(std::max(campaign.children, 1));
  void* shared = mmap(nullptr, width * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return {{0, "", "no shared memory"}};
  std::deque<Slice> waiting;
  for (std::size_t i = 0; i < campaign.cases; i += kSlice) waiting.push_back({i, std::min(i + kSlice, campaign.cases)});
  std::vector<Slot*> free_slots;
  for (std::size_t i = 0; i < width; ++i) free_slots.push_back(static_cast<Slot*>(shared) + i);
  std::vector<Child> running;
  std::vector<Failure> failures;
  while (!running.empty() || (!waiting.empty() && failures.size() < kTooMany)) {
    while (!free_slots.empty() && !waiting.empty() && failures.size() < kTooMany) {
      running.push_back(start(campaign, waiting.front(), free_slots.back()));
      free_slots.pop_back(), waiting.pop_front();
    }
    int status = 0;
    const pid_t pid = wait(&status);
    if (pid < 0 && errno == EINTR) continue;
    const auto done = std::find_if(running.begin(), running.end(), [&](const Child& c) { return c.pid == pid; });
    if (done == running.end()) break;
    if (const std::string what = ending(*done, status); !what.empty()) {
      const std::size_t at = done->slot->index;
      failures.push_back({at, campaign.describe(at), what});
      if (at + 1 < done->slice.end) waiting.push_front({at + 1, done->slice.end});
    }
    free_slots.push_back(done->slot);
    running.erase(done);
  }
  munmap(shared, width * sizeof(Slot));
  std::sort(failures.begin(), failures.end(), [](const Failure& a, const Failure& b) { return a.index < b.index; });
  return failures;
}

std::string to_string(const std::vector<Failure>& failures) {
  std::string text;
  for (const Failure& f : failures) text += "case " + std::to_string(f.index) + ", " + f.input + ": " + f.what + "\n";
  if (failures.size() >= kTooMany) text += "... and perhaps more\n";
  return text;
}

void allow_memory(std::size_t bytes) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  malloc_trim(0);
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return;
  unsigned long pages = 0;
  const int read = std::fscanf(file, "%lu", &pages);
  std::fclose(file);
  if (read != 1) return;
  const rlim_t now = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = now + bytes;
  setrlimit(RLIMIT_AS, &limit);
#else
  (void)bytes;
#endif
}

void allow_cpu(unsigned seconds) {
  const itimerval timer{{0, 0}, {static_cast<time_t>(seconds), 0}};
  setitimer(ITIMER_PROF, &timer, nullptr);
}

namespace {

// A row of /proc/self/status in bytes.
std::size_t status_bytes(const char* name) {
  std::FILE* file = std::fopen("/proc/self/status", "r");
  if (file == nullptr) return 0;
  char line[200];
  unsigned long kilobytes = 0;
  while (std::fgets(line, sizeof line, file) != nullptr)
    if (std::strncmp(line, name, std::strlen(name)) == 0)
      kilobytes = std::strtoul(line + std::strlen(name), nullptr, 10);
  std::fclose(file);
  return kilobytes * 1024;
}

double cpu_now() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

// 5: the peak begins anew (proc(5)).
MemoryMeter::MemoryMeter() {
  malloc_trim(0);
  if (std::FILE* file = std::fopen("/proc/self/clear_refs", "w"); file != nullptr) {
    std::fputs("5", file);
    std::fclose(file);
  }
  base_ = status_bytes("VmRSS:");
  start_ = cpu_now();
}

std::size_t MemoryMeter::peak_bytes() const {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;  // the sanitizer's own memory says nothing
#else
  const std::size_t peak = status_bytes("VmHWM:");
  return peak > base_ ? peak - base_ : 0;
#endif
}

double MemoryMeter::cpu_seconds() const { return cpu_now() - start_; }

namespace {

// The cases whose description holds the text, under numbers of their own.
Campaign only(const Campaign& all, const std::string& text) {
  auto chosen = std::make_shared<std::vector<std::size_t>>();
  for (std::size_t i = 0; i < all.cases; ++i)
    if (all.describe(i).find(text) != std::string::npos) chosen->push_back(i);
  Campaign some = all;
  some.cases = chosen->size();
  some.run = [run = all.run, chosen](std::size_t i) { return run((*chosen)[i]); };
  some.describe = [describe = all.describe, chosen](std::size_t i) { return describe((*chosen)[i]); };
  return some;
}

}  // namespace

void run_and_check(const Campaign& campaign, const std::string& what) {
  const char* text = std::getenv("BITGOEUL_CASES");
  const Campaign some = text == nullptr ? campaign : only(campaign, text);
  const std::vector<Failure> failures = run_campaign(some);
  CHECK_MESSAGE(failures.empty(), to_string(failures));
  MESSAGE(what, ": ", some.cases, " cases, ", failures.size(), " failures");
}

bool full_campaign() {
  const char* chosen = std::getenv("BITGOEUL_FULL");
  return chosen != nullptr && std::strcmp(chosen, "1") == 0;
}

std::uint64_t Numbers::next() {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace bitgoeul::tests
