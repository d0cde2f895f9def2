// aborts_saying: runs a function in a child process and tells whether it aborted with this text on stderr: for CHECKs.
// The child starts with the calling thread only, so make no thread pool before the fork that the function relies on.
#pragma once

#include <string>
#include <string_view>

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

namespace bitgoeul::test {

template <class F>
bool aborts_saying(std::string_view text, F&& f) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // not the test framework's handler
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    f();
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) said.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
         said.find(text) != std::string::npos;
}

}  // namespace bitgoeul::test
