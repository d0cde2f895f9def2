#include "scenarios/batch/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>

namespace bitgoeul::scenarios::batch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeptHead = 16 << 10, kKeptTail = 48 << 10;  // bytes of messages
constexpr const char* kProgressVariable = "BITGOEUL_PROGRESS_FD";

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void set_limit(int what, double bytes) {
  const rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  ::setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

struct Pipe {
  int read = -1, write = -1;
};

bool make_pipe(Pipe& p) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  p.read = ends[0], p.write = ends[1];
  return true;
}

// Between fork and exec: only calls that are safe there. The child dies with its supervisor.
[[noreturn]] void become(char* const* argv, char* const* environment, int messages, int progress, pid_t parent,
                         const Limits& limits) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(messages, STDOUT_FILENO);
  ::dup2(messages, STDERR_FILENO);
  ::fcntl(progress, F_SETFD, 0);
  set_limit(RLIMIT_DATA, limits.memory_mb * 1048576);
  set_limit(RLIMIT_FSIZE, limits.output_mb * 1048576);
  set_limit(RLIMIT_CORE, 0);
  ::execve(argv[0], argv, environment);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

sim::Result<Worker> Worker::start(const std::filesystem::path& program, const std::vector<std::string>& words,
                                  const Limits& limits) {
  Pipe messages, progress;
  if (!make_pipe(messages) || !make_pipe(progress)) return sim::fail(std::string("no pipe: ") + std::strerror(errno));
  std::vector<std::string> arguments{program.string()}, environment;
  arguments.insert(arguments.end(), words.begin(), words.end());
  for (char** e = environ; *e != nullptr; ++e)
    if (std::strncmp(*e, kProgressVariable, std::strlen(kProgressVariable)) != 0) environment.emplace_back(*e);
  environment.push_back(fmt::format("{}={}", kProgressVariable, progress.write));
  const auto argv = pointers(arguments), env = pointers(environment);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(argv.data(), env.data(), messages.write, progress.write, parent, limits);
  const int failed = errno;
  ::close(messages.write);
  ::close(progress.write);
  Worker worker;
  worker.pipe_ = messages.read;
  worker.progress_ = progress.read;
  if (pid < 0) return sim::fail(std::string("no process: ") + std::strerror(failed));
  ::setpgid(pid, pid);  // both sides do it, so that it is done whoever is first
  worker.pid_ = pid;
  worker.process_ = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  worker.limits_ = limits;
  worker.started_ = worker.last_progress_ = Clock::now();
  return worker;
}

Worker::Worker(Worker&& o) noexcept
    : pid_(std::exchange(o.pid_, -1)),
      process_(std::exchange(o.process_, -1)),
      pipe_(std::exchange(o.pipe_, -1)),
      progress_(std::exchange(o.progress_, -1)),
      limits_(o.limits_),
      started_(o.started_),
      last_progress_(o.last_progress_),
      sim_time_s_(o.sim_time_s_),
      killed_(o.killed_),
      head_(std::move(o.head_)),
      tail_(std::move(o.tail_)),
      progress_line_(std::move(o.progress_line_)),
      outcome_(std::move(o.outcome_)) {}

Worker::~Worker() {
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int handle : {process_, pipe_, progress_})
    if (handle >= 0) ::close(handle);
}

void Worker::stop() { kill_group(Ended::kStopped); }

void Worker::kill_group(Ended reason) {
  if (killed_ || pid_ <= 0) return;
  killed_ = true;
  outcome_.how = reason;
  ::kill(-pid_, SIGKILL);
}

void Worker::read_messages() {
  if (pipe_ < 0) return;
  char block[4096];
  ssize_t n;
  while ((n = ::read(pipe_, block, sizeof block)) > 0) {
    const std::size_t to_head = std::min<std::size_t>(static_cast<std::size_t>(n), kKeptHead - head_.size());
    head_.append(block, to_head);
    tail_.append(block + to_head, static_cast<std::size_t>(n) - to_head);
    if (tail_.size() > 2 * kKeptTail) tail_.erase(0, tail_.size() - kKeptTail);
  }
  if (n == 0) ::close(std::exchange(pipe_, -1));  // no writer is left: poll() need not look at it any more
}

// Lines with the simulated time; only growth counts as progress.
void Worker::read_progress() {
  char block[512];
  for (ssize_t n; (n = ::read(progress_, block, sizeof block)) > 0;)
    progress_line_.append(block, static_cast<std::size_t>(n));
  std::size_t end;
  while ((end = progress_line_.find('\n')) != std::string::npos) {
    double time_s = 0;
    std::from_chars(progress_line_.data(), progress_line_.data() + end, time_s);
    if (time_s > sim_time_s_) sim_time_s_ = time_s, last_progress_ = Clock::now();
    progress_line_.erase(0, end + 1);
  }
  if (progress_line_.size() > 4096) progress_line_.clear();
}

void Worker::reap() {
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) return;
  ::kill(-pid_, SIGKILL);  // whatever it left behind
  pid_ = -1;
  read_messages();
  outcome_.wall_time_s = since(started_);
  outcome_.cpu_time_s = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                        1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  outcome_.code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  if (!killed_) outcome_.how = WIFEXITED(status) ? Ended::kExit : Ended::kSignal;
  if (!killed_ && WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) outcome_.how = Ended::kOutput;
  if (tail_.size() > kKeptTail) tail_ = "\n[...]\n" + tail_.substr(tail_.size() - kKeptTail);
  outcome_.messages = head_ + tail_;
  // The program names an allocation that failed; with a limit on its data that is the limit.
  if (outcome_.how == Ended::kExit && outcome_.code == 3 && outcome_.messages.find("bad_alloc") != std::string::npos)
    outcome_.how = Ended::kMemory;
}

bool Worker::poll() {
  if (pid_ <= 0) return true;
  read_messages();
  read_progress();
  if (since(started_) > limits_.wall_time_s) kill_group(Ended::kWallTime);
  if (since(last_progress_) > limits_.no_progress_s) kill_group(Ended::kNoProgress);
  reap();
  return pid_ <= 0;
}

}  // namespace bitgoeul::scenarios::batch
