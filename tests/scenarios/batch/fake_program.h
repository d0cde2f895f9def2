// A stand-in for the program that a batch runs: a shell script whose behaviour is chosen by the seed, so that every way
// in which a run can end is provoked in milliseconds. It understands `run ... --seed N ... --out DIR` and `verify
// FILE`.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace bitgoeul::test {

struct BatchFolder {
  std::filesystem::path dir;
  BatchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "bitgoeul_batch_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    dir = name;
  }
  ~BatchFolder() {
    std::error_code error;
    std::filesystem::remove_all(dir, error);
  }
};

inline void spill(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Seed 1..99 pass; 100 fails; 200 invalid input; 300 infrastructure; 301 infrastructure, then passes; 400 not
// evaluated; 500 passes, but its verification differs; 600 segmentation fault; 601 hangs; 602 claims to pass without a
// result; 603 fails its allocation; 604 leaves a child behind; 700 stack crash named in the result.
inline constexpr const char* kFakeProgram = R"sh(#!/bin/bash
mode=$1; shift
if [ "$mode" = verify ]; then
  grep -q 500 "$1" && { echo "different at step 7" ; exit 5; }
  exit 0
fi
scenario=$1; seed=; out=
while [ $# -gt 0 ]; do case $1 in --seed) seed=$2; shift ;; --out) out=$2; shift ;; esac; shift; done
result() {
  echo "{\"verdict\": \"$1\", \"criteria\": [{\"name\": \"collision\", \"verdict\": \"$1\", \"value\": $2, \"limit\": 0, \"time_s\": 1.5, \"entity\": \"ego\"}], \"state_hash\": \"0123456789abcdef0123456789abcd$(printf %02x $((seed % 256)))\", \"steps\": 10, \"sim_time_s\": 1.0, \"map\": {\"name\": \"m\", \"hash\": \"00\"}, \"engine\": {\"version\": \"1\", \"commit\": \"c\"}${3:-}}" > "$out/result.json"
  echo "seed $seed" > "$out/run.mcap"
}
case $seed in
  100) result FAIL 1; echo '{"kind": "collision_begin", "entity": "ego", "x_m": 10.5, "y_m": -3, "time_s": 1.5}' > "$out/events.jsonl"; exit 1 ;;
  200) echo "x.xosc:3:7: error: bad" >&2; exit 2 ;;
  300) echo "error: disk" >&2; exit 3 ;;
  301) n="${FAKE_STATE:-/tmp}/tries"; if [ -e "$n" ]; then result PASS 0; exit 0; fi; touch "$n"; exit 3 ;;
  400) exit 4 ;;
  600) kill -SEGV $$ ;;
  601) sleep 1000 ;;
  602) exit 0 ;;
  603) echo "error: unexpected: std::bad_alloc" >&2; exit 3 ;;
  604) (sleep 1000; echo no) & echo $! > "${FAKE_STATE:-/tmp}/child"; result PASS 0; exit 0 ;;
  700) result FAIL 0 ', "fault": {"class": "STACK_CRASH", "message": "gone"}'; exit 3 ;;
  *) [ -n "${FAKE_SLOW:-}" ] && read -t "$FAKE_SLOW" < <(:; sleep 1) ; result PASS 0; exit 0 ;;
esac
)sh";

inline std::filesystem::path write_fake_program(const std::filesystem::path& dir) {
  const std::filesystem::path file = dir / "fake";
  spill(file, kFakeProgram);
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

}  // namespace bitgoeul::test
