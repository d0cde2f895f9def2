#include "scenarios/stack/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <set>
#include <thread>
#include <utility>

namespace bitgoeul::scenarios::stack {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::streamoff kTail = 4096;
constexpr const char* kSandboxProgram = "/usr/bin/bwrap";

void set_limit(int what, double value) {
  const rlimit limit{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  ::setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> sandbox_words(const std::string& dir) {
  return {kSandboxProgram,
          "--die-with-parent",
          "--unshare-pid",
          "--unshare-net",
          "--unshare-ipc",
          "--unshare-uts",
          "--ro-bind",
          "/",
          "/",
          "--dev",
          "/dev",
          "--proc",
          "/proc",
          "--bind",
          dir,
          dir};
}

// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* argv, char* const* environment, int log, pid_t parent,
                         const ProcessLimits& limits) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  set_limit(RLIMIT_DATA, limits.memory_mb * 1048576);
  set_limit(RLIMIT_FSIZE, limits.log_mb * 1048576);
  set_limit(RLIMIT_CORE, 0);
  ::execve(argv[0], argv, environment);
  ::_exit(127);
}

// Children of each process, from /proc.
std::vector<std::pair<pid_t, pid_t>> parents() {
  std::vector<std::pair<pid_t, pid_t>> out;
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(it->path() / "stat");
    std::string line;
    if (!std::getline(stat, line)) continue;
    const std::size_t after = line.rfind(')');  // the name may hold anything
    if (after == std::string::npos || after + 4 > line.size()) continue;
    out.emplace_back(std::atoi(name.c_str()), std::atoi(line.c_str() + after + 4));
  }
  return out;
}

std::vector<pid_t> descendants(pid_t root) {
  const auto all = parents();
  std::set<pid_t> found{root};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [pid, parent] : all)
      if (found.count(parent) != 0 && found.insert(pid).second) grown = true;
  }
  found.erase(root);
  return {found.begin(), found.end()};
}

// Between us and the command: whatever the command leaves behind becomes this process's child, so that all that belongs
// to a stack can be found below it. Tells how the command ended through `status`, and stays until it is killed.
[[noreturn]] void stay(char* const* argv, char* const* environment, int log, int status, pid_t parent,
                       const ProcessLimits& limits) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (::getppid() != parent) ::_exit(127);
  const pid_t own = ::getpid(), child = ::fork();
  if (child == 0) become(argv, environment, log, own, limits);
  ::dup2(status, STDIN_FILENO);
  ::syscall(SYS_close_range, 1u, ~0u, 0u);  // nobody's socket shall stay open here
  for (;;) {
    int how = 127 << 8;
    const pid_t ended = child < 0 ? child : ::waitpid(-1, &how, 0);
    if (ended == child && ::write(STDIN_FILENO, &how, sizeof how) < 0) ::_exit(127);
    if (ended < 0) ::pause();
  }
}

}  // namespace

bool sandbox_works() {
  static const bool works = [] {
    if (::access(kSandboxProgram, X_OK) != 0) return false;
    std::vector<std::string> words = sandbox_words("/tmp");
    words.push_back("/bin/true");
    const auto argv = pointers(words);
    const pid_t pid = ::fork();
    if (pid == 0) {
      const int null = ::open("/dev/null", O_RDWR);
      ::dup2(null, STDOUT_FILENO);
      ::dup2(null, STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    int status = 1;
    if (pid > 0) ::waitpid(pid, &status, 0);
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }();
  return works;
}

sim::Result<Process> Process::start(const Request& request) {
  Process process;
  process.limits_ = request.limits;
  process.log_ = request.log;
  process.sandboxed_ = request.sandbox != Sandbox::kOff && sandbox_works();
  if (request.sandbox == Sandbox::kRequire && !process.sandboxed_)
    return sim::fail("a sandbox is required, and bubblewrap does not work here", {}, 0, request.command,
                     "install bubblewrap, or leave --stack-sandbox out");
  std::vector<std::string> words, environment;
  if (process.sandboxed_) words = sandbox_words(request.dir.string());
  words.insert(words.end(), {"/bin/sh", "-c", request.command});
  for (char** e = environ; *e != nullptr; ++e)
    if (std::strncmp(*e, "BITGOEUL_STACK_", 15) != 0) environment.emplace_back(*e);
  for (const auto& [name, value] : request.environment) environment.push_back(name + "=" + value);
  const int log = ::open(request.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) return sim::fail(std::string("no log of the stack: ") + std::strerror(errno), request.log.string());
  int status[2];
  if (::pipe2(status, O_CLOEXEC | O_NONBLOCK) != 0) {
    ::close(log);
    return sim::fail(std::string("no pipe: ") + std::strerror(errno), {}, 0, request.command);
  }
  const auto argv = pointers(words), env = pointers(environment);
  const pid_t parent = ::getpid(), pid = ::fork();
  if (pid == 0) stay(argv.data(), env.data(), log, status[1], parent, request.limits);
  ::close(log);
  ::close(status[1]);
  process.status_ = status[0];
  if (pid < 0) return sim::fail(std::string("no process: ") + std::strerror(errno), {}, 0, request.command);
  process.pid_ = pid;
  return process;
}

Process::Process(Process&& o) noexcept
    : pid_(std::exchange(o.pid_, -1)),
      status_(std::exchange(o.status_, -1)),
      sandboxed_(o.sandboxed_),
      ended_(std::move(o.ended_)),
      over_(std::move(o.over_)),
      log_(std::move(o.log_)),
      limits_(o.limits_) {}

Process::~Process() {
  kill();
  if (status_ >= 0) ::close(status_);
}

void Process::take(int status) {
  const auto signal = [](int number) { return fmt::format("killed by signal {} ({})", number, ::strsignal(number)); };
  if (!over_.empty())
    ended_ = over_;
  else if (WIFEXITED(status) && WEXITSTATUS(status) > 128 && WEXITSTATUS(status) < 128 + 32)  // told by the shell
    ended_ = signal(WEXITSTATUS(status) - 128);
  else
    ended_ = WIFEXITED(status) ? fmt::format("exit code {}", WEXITSTATUS(status)) : signal(WTERMSIG(status));
}

// True: the command has ended.
bool Process::look() {
  if (pid_ <= 0) return true;
  int status = 0;
  if (::read(status_, &status, sizeof status) != sizeof status) return false;
  take(status);
  kill();
  return true;
}

bool Process::alive() {
  if (look()) return false;
  const std::size_t count = descendants(pid_).size();
  if (static_cast<int>(count) <= limits_.processes) return true;
  over_ = fmt::format("killed: it had started {} processes, at most {}", count, limits_.processes);
  kill();
  return false;
}

bool Process::wait(double seconds) {
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  while (!look()) {
    if (Clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// Stopped first, so that what is found does not go on forking while it is killed.
void Process::kill() {
  if (pid_ <= 0) return;
  std::vector<pid_t> below = descendants(pid_);
  for (int round = 0; round < 100; ++round) {
    for (const pid_t pid : below) ::kill(pid, SIGSTOP);
    const std::size_t before = below.size();
    below = descendants(pid_);
    if (below.size() == before) break;
  }
  for (int round = 0; round < 1000 && !below.empty(); ++round) {
    for (const pid_t pid : below) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    below = descendants(pid_);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  if (ended_.empty()) ended_ = over_.empty() ? "killed" : over_;
}

std::string Process::how_it_ended() const { return ended_; }

std::string Process::log_tail() const {
  std::ifstream in(log_, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const std::streamoff size = in.tellg(), from = std::max<std::streamoff>(0, size - kTail);
  in.seekg(from);
  std::string text(static_cast<std::size_t>(size - from), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

}  // namespace bitgoeul::scenarios::stack
