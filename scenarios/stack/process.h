// Process: the command of an `exec:` stack: started through the shell in a group, a session and, where bubblewrap is
// there, a sandbox of its own (read-only file system, no network, no sight of other processes), with limits on
// memory, files and processes; its output goes to a log file of bounded size. It dies with us, and whatever it has
// started dies with it. Made by remote.h. Thread rule: one thread per object.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::scenarios::stack {

enum class Sandbox : std::uint8_t { kAuto, kOff, kRequire };

struct ProcessLimits {
  double memory_mb = 4096;  // of one process
  double log_mb = 64;       // of any file that it writes, its log among them
  int processes = 128;
};

class Process {
 public:
  struct Request {
    std::string command;
    std::filesystem::path dir;  // it may write here; its socket is here
    std::filesystem::path log;
    std::vector<std::pair<std::string, std::string>> environment;
    ProcessLimits limits;
    Sandbox sandbox = Sandbox::kAuto;
  };
  static sim::Result<Process> start(const Request& request);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // kills

  bool alive();                      // false also when it has started too many processes: it is killed then
  bool wait(double seconds);         // for its end; true: it has ended
  void kill();                       // all of it; returns when nothing is left
  std::string how_it_ended() const;  // `exit code 1`, `killed by signal 11 (Segmentation fault)`; empty: it runs
  std::string log_tail() const;      // the last 4 kB
  bool sandboxed() const { return sandboxed_; }

 private:
  Process() = default;
  void take(int status);
  bool look();

  int pid_ = -1, status_ = -1;  // between us and the command; tells how the command ended
  bool sandboxed_ = false;
  std::string ended_, over_;
  std::filesystem::path log_;
  ProcessLimits limits_;
};

// Whether bubblewrap is there and works here; looked at once.
bool sandbox_works();

}  // namespace bitgoeul::scenarios::stack
