// Worker: one child process of this program in a process group of its own, with limits on time, progress, memory and
// output, its messages kept in a file of bounded size. Whatever ends it, its whole group is gone afterwards. Made and
// polled by the supervisor. Thread rule: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/batch/suite.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::batch {

enum class Ended : std::uint8_t { kExit, kSignal, kWallTime, kNoProgress, kMemory, kOutput, kStopped };

struct Outcome {
  Ended how = Ended::kExit;
  int code = 0;  // exit code or signal
  double wall_time_s = 0, cpu_time_s = 0;
  std::string messages;  // what it wrote to stderr and stdout; the middle cut out when there is much
};

class Worker {
 public:
  // `program`: path of the executable; `words`: its arguments.
  static sim::Result<Worker> start(const std::filesystem::path& program, const std::vector<std::string>& words,
                                   const Limits& limits);
  Worker(Worker&& other) noexcept;
  Worker& operator=(Worker&&) = delete;
  ~Worker();  // kills what still runs

  int handle() const { return process_; }        // readable when the process has ended (poll)
  int messages_handle() const { return pipe_; }  // readable when there is something to read
  int progress_handle() const { return progress_; }
  // Reads what there is, enforces the limits. True when it has ended and outcome() is there.
  bool poll();
  void stop();  // asks for the end by kill
  const Outcome& outcome() const { return outcome_; }
  double sim_time_s() const { return sim_time_s_; }

 private:
  Worker() = default;
  void kill_group(Ended reason);
  void read_messages();
  void read_progress();
  void reap();

  int pid_ = -1, process_ = -1, pipe_ = -1, progress_ = -1;
  Limits limits_;
  std::chrono::steady_clock::time_point started_, last_progress_;
  double sim_time_s_ = -1;
  bool killed_ = false;
  std::string head_, tail_, progress_line_;
  Outcome outcome_;
};

}  // namespace bitgoeul::scenarios::batch
