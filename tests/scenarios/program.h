// The program as its users meet it, for tests: a directory of its own, what it printed, its exit code.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/folders.h"

namespace scenarios_test {

namespace fs = std::filesystem;

inline std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void spill(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

// A directory of its own for one test case, removed at its end.
struct Scratch {
  fs::path dir;
  Scratch() {
    std::string name = (fs::temp_directory_path() / "bitgoeul_cli_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    dir = name;
  }
  ~Scratch() {
    std::error_code error;
    fs::remove_all(dir, error);
  }
};

struct Outcome {
  int exit_code = -1;
  std::string out, err;
};

inline Outcome bitgoeul_program(const Scratch& scratch, const std::string& arguments) {
  const std::string out = (scratch.dir / "stdout").string(), err = (scratch.dir / "stderr").string();
  const std::string command = "cd " + scratch.dir.string() + " && XDG_CACHE_HOME=" + scratch.dir.string() + "/cache " +
                              bitgoeul::tests::binary_dir() + "/bin/bitgoeul " + arguments + " >" + out + " 2>" + err;
  const int status = std::system(command.c_str());
  Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(out), slurp(err)};
  INFO(outcome.err);
  return outcome;
}

}  // namespace scenarios_test
