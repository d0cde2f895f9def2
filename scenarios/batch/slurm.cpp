#include "scenarios/batch/slurm.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>
#include <thread>
#include <vector>

#include "scenarios/run_files.h"
#include "scenarios/shell_word.h"

namespace bitgoeul::scenarios::batch {
namespace {

constexpr auto kLook = std::chrono::milliseconds(500);

// What a program of the cluster printed; an Issue with it when it failed.
sim::Result<std::string> call(std::vector<std::string> words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return sim::fail(std::string("no pipe: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  char block[4096];
  for (ssize_t n; failed == 0 && (n = ::read(ends[0], block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(n));
  ::close(ends[0]);
  if (failed != 0)
    return sim::fail(fmt::format("{}: {}", words[0], std::strerror(failed)), "", 0, "--engine slurm",
                     "install Slurm's client programs, or use --engine local");
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return sim::fail(fmt::format("{} failed: {}", words[0], text.substr(0, text.find('\n'))), "", 0, "--engine slurm",
                     "is the cluster up? `sinfo` tells");
  return text;
}

sim::Result<std::string> submit(const SlurmRequest& r) {
  const std::filesystem::path dir = r.out / "slurm";
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  const std::string script = fmt::format(
      "#!/bin/sh\n# One shard of the batch; exit codes of single runs stand in the results.\n"
      "{} batch {} --out {} --shard \"$SLURM_ARRAY_TASK_ID/{}\" -j \"${{SLURM_CPUS_PER_TASK:-1}}\" --quiet{}\n"
      "code=$?\n[ $code -le 5 ] && exit 0\nexit $code\n",
      shell_word(r.program.string()), shell_word(r.suite.string()), shell_word(r.out.string()), r.shards, r.extra);
  if (auto written = write_file(dir / "task.sh", script); !written) return tl::unexpected(written.error());
  auto answer = call({"sbatch", "--parsable", "--requeue", fmt::format("--array=0-{}", r.shards - 1),
                      "--job-name=bitgoeul", "--output=" + (dir / "task-%a.log").string(), "--open-mode=append",
                      "--chdir=" + r.directory.string(), (dir / "task.sh").string()});
  if (!answer) return answer;
  return answer->substr(0, answer->find_first_of(";\n"));
}

// Counts by state of the array's tasks; a task that waits out a begin time after a requeue may start now.
std::string states(const std::string& id, bool& any) {
  const auto answer = call({"squeue", "-h", "-r", "-j", id, "-o", "%i %T %r"});
  any = false;
  if (!answer) return "gone";  // squeue forgets a job some time after its end
  int running = 0, waiting = 0;
  std::istringstream lines(*answer);
  for (std::string task, state, reason; lines >> task >> state >> reason;) {
    any = true;
    state == "RUNNING" || state == "COMPLETING" ? ++running : ++waiting;
    if (reason == "BeginTime") (void)call({"scontrol", "update", "jobid=" + task, "starttime=now"});
  }
  return fmt::format("job {}: {} tasks running, {} waiting", id, running, waiting);
}

}  // namespace

sim::Result<void> run_on_slurm(const SlurmRequest& r) {
  for (int i = 0; i < r.submissions && r.missing() > 0; ++i) {
    const auto id = submit(r);
    if (!id) return tl::unexpected(id.error());
    for (bool any = true; any;) {
      if (r.interrupted()) {
        (void)call({"scancel", *id});
        return {};
      }
      r.progress(states(*id, any));
      if (any) std::this_thread::sleep_for(kLook);
    }
  }
  return {};
}

}  // namespace bitgoeul::scenarios::batch
