// Fault campaigns: many damaged inputs, each tried in a forked child under a limit of CPU time and memory, so that one
// crash, hang or memory bomb is reported with its case and the rest goes on. Used by the programs of tests/faults and
// tests/fuzz. The case function runs in the child; what it returns (a complaint, empty = fine) comes back to the
// parent. Seeds are case numbers: a failing case is repeated by its number alone. Parent: single thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bitgoeul::tests {

struct Campaign {
  std::size_t cases = 0;
  std::function<std::string(std::size_t)> run;       // what is wrong with how this case ended, or nothing
  std::function<std::string(std::size_t)> describe;  // of the input, for the report
  unsigned cpu_seconds = 10;                         // per case
  int children = 1;                                  // at a time
};

struct Failure {
  std::size_t index = 0;
  std::string input, what;  // what: the complaint, or how the child ended
};

// Failures in the order of their case numbers; ends early after 20 of them.
std::vector<Failure> run_campaign(const Campaign& campaign);
std::string to_string(const std::vector<Failure>& failures);

// Call inside a case, when its input stands in memory: from here on the case may allocate `bytes` more. An allocation
// beyond throws std::bad_alloc, which ends the case as a failure. Does nothing under sanitizers.
void allow_memory(std::size_t bytes);

// Call inside a case: from here on it may use that much CPU time, whatever it used before.
void allow_cpu(unsigned seconds);

// What happens from its making on: the most memory held at once above the beginning, and CPU time.
class MemoryMeter {
 public:
  MemoryMeter();
  std::size_t peak_bytes() const;
  double cpu_seconds() const;

 private:
  std::size_t base_ = 0;
  double start_ = 0;
};

// Runs it; a failed CHECK names every failure, a message the number of cases. BITGOEUL_CASES=text: only those cases
// whose description holds the text.
void run_and_check(const Campaign& campaign, const std::string& what);

// BITGOEUL_FULL=1: the release campaigns instead of the sample.
bool full_campaign();

// A stream of numbers that depends on the seed only (splitmix64).
struct Numbers {
  std::uint64_t state = 0;
  std::uint64_t next();
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound); }
};

}  // namespace bitgoeul::tests
