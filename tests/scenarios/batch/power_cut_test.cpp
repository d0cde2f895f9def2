// The real program on a disk that fails it: a power cut after each of its calls, a kill before each of them, an error
// in place of each of them. BITGOEUL_FULL=1: every call, and 10,000 states of the disk.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <set>

#include "scenarios/batch/store.h"
#include "sim/random.h"
#include "tests/scenarios/batch/disk_model.h"
#include "tests/scenarios/batch/fake_program.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using test::BatchFolder;
using test::slurp;
namespace batch = scenarios::batch;
namespace fs = std::filesystem;

namespace {

bool full() {
  const char* text = std::getenv("BITGOEUL_FULL");
  return text != nullptr && std::string(text) == "1";
}

// A suite of the shipped loop whose last run fails, and the program with the shim in between.
struct Disk {
  BatchFolder folder;
  fs::path out;

  explicit Disk(const std::string& seeds) : out(folder.dir / "disk" / "out") {
    fs::create_directories(folder.dir / "disk");
    const std::string loop = tests::source_dir() + "/assets/scenarios/loop.xosc";
    test::spill(folder.dir / "suite.yaml",
                fmt::format("suite: disk\nseeds: {}\nrecord: hash\nlimits: {{sim_time_s: 0.5, wall_time_s: 100}}\n"
                            "scenarios:\n  - {}\n  - {{file: {}, seeds: 9, criteria: {{route_progress: 1000000}}}}\n",
                            seeds, loop, loop));
  }

  // Exit code, or 1000 + the signal. `shim`: settings of the shim; none: it stays out.
  int run(const fs::path& to, const std::string& shim = {}) const {
    std::string line = fmt::format("cd '{0}' && XDG_CACHE_HOME='{0}/cache' ", folder.dir.string());
    if (!shim.empty())
      line +=
          fmt::format("DISK_UNDER='{}' {} ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD='{}/tests/disk_shim.so' ",
                      (folder.dir / "disk").string(), shim, tests::binary_dir());
    line += fmt::format("exec '{}/bin/bitgoeul' batch suite.yaml -j 2 --quiet --out '{}' >said 2>&1",
                        tests::binary_dir(), to.string());
    const int status = std::system(("exec bash -c \"" + line + "\"").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  void clear() const {
    fs::remove_all(folder.dir / "disk");
    fs::create_directories(folder.dir / "disk");
  }
  std::string results() const { return slurp(out / "results.jsonl"); }
  std::string said() const { return slurp(folder.dir / "said"); }
};

constexpr int kOneFails = 1;  // the exit code of the suite when nothing is wrong with the disk

struct Damage {
  int incomplete = 0, believed = 0, lost = 0, results = 0;
};

void write_state(const test::DiskState& state, const fs::path& dir) {
  fs::remove_all(dir);
  fs::create_directories(dir);
  for (const auto& [path, bytes] : state)
    if (path.back() == '/')
      fs::create_directories(dir / path);
    else
      test::spill(dir / path, bytes);
}

// The part of a state below a folder.
test::DiskState part(const test::DiskState& all, const std::string& folder) {
  return {all.lower_bound(folder + "/"), all.lower_bound(folder + "0")};  // '0' follows '/'
}

// A run's directory that is not whole: does the program believe it?
bool believed(const test::DiskState& torn, const std::string& run, const fs::path& dir) {
  write_state(torn, dir);
  const auto key = sim::hash_from_hex(fs::path(run).filename().string());
  REQUIRE(key);
  return batch::Store::look(dir / "out").row(*key).has_value();
}

using Runs = std::map<std::string, std::size_t>;  // directory of a run, and the call with which it was finished

// Every run's directory of a state: whole or absent, believed only when whole, there when it had been finished.
void look_at(const test::DiskState& state, const test::DiskState& whole, const Runs& runs, std::size_t done,
             const fs::path& dir, Damage& damage) {
  for (const auto& [run, finished] : runs) {
    const test::DiskState there = part(state, run);
    const bool same = there == part(whole, run);
    damage.lost += finished <= done && !same;
    if (there.empty() || same) continue;
    ++damage.incomplete;
    damage.believed += believed(there, run, dir);
  }
  const auto results = state.find("out/results.jsonl");
  damage.results += results != state.end() && results->second != whole.at("out/results.jsonl");
}

// States after each call, several of each.
Damage damage_of(const std::vector<test::DiskCall>& calls, const Disk& disk, const Runs& runs, int states,
                 const std::function<void(const test::DiskState&)>& each = {}) {
  const test::DiskModel model(calls, disk.folder.dir / "disk");
  CHECK(model.changed_later().empty());
  Damage damage;
  for (int i = 0; i < states; ++i) {
    int draws = 0;
    const auto draw = [&](std::uint32_t n) {
      return sim::uniform_index(23, static_cast<std::uint32_t>(i), draws++, sim::Stream::kTest, n);
    };
    const std::size_t done = static_cast<std::size_t>(i) % (model.calls() + 1);
    const test::DiskState state = model.state(done, draw);
    look_at(state, model.last(), runs, done, disk.folder.dir / "state", damage);
    if (each) each(state);
  }
  return damage;
}

// The calls without those that `left_out` names.
std::vector<test::DiskCall> without(std::vector<test::DiskCall> calls,
                                    const std::function<bool(const test::DiskCall&)>& left_out) {
  for (test::DiskCall& call : calls)
    if (left_out(call)) call.what = call.more == "-" ? "nothing" : "create";  // the file is there all the same
  return calls;
}

}  // namespace

TEST_CASE("power cut: after every call to the disk, whole runs only, none lost that was finished") {
  const Disk disk("[1, 2, 3, 4, 5]");
  REQUIRE(disk.run(disk.folder.dir / "calm") == kOneFails);
  const fs::path trace = disk.folder.dir / "trace";
  REQUIRE(disk.run(disk.out, "DISK_ONLY=batch DISK_TRACE='" + trace.string() + "'") == kOneFails);
  const std::string calm = slurp(disk.folder.dir / "calm" / "results.jsonl");
  CHECK(disk.results() == calm);

  const auto calls = test::read_disk_calls(trace);
  const test::DiskModel model(calls, disk.folder.dir / "disk");
  Runs runs;
  for (const auto& [path, bytes] : model.last())
    if (path.ends_with("/manifest.json")) {
      const std::string run = path.substr(0, path.rfind('/'));
      runs[run] = model.lasting_since(run);
      CHECK(runs[run] != test::DiskModel::npos);
    }
  REQUIRE(runs.size() == 6);
  CHECK(model.lasting_since("out/results.jsonl") != test::DiskModel::npos);

  int resumed = 0, other = 0, seen = 0;
  const int every = full() ? 50 : 40, states = full() ? 10'000 : 1'000;
  const Damage damage = damage_of(calls, disk, runs, states, [&](const test::DiskState& state) {
    if (++seen % every != 0) return;
    ++resumed;
    write_state(state, disk.folder.dir / "state");
    const fs::path out = disk.folder.dir / "state" / "out";
    const bool same = disk.run(out) == kOneFails && slurp(out / "results.jsonl") == calm;
    other += !same;
    CHECK_MESSAGE(same, "state ", seen, ": ", disk.said());
  });
  MESSAGE(states, " states of the disk after ", calls.size(), " calls, ", resumed, " of them gone on with");
  CHECK(damage.incomplete == 0);
  CHECK(damage.believed == 0);
  CHECK(damage.lost == 0);
  CHECK(damage.results == 0);
  CHECK(resumed >= 25);
  CHECK(other == 0);

  // The states would show each sync that is left out.
  const auto left_out = [&](const std::string& where, const std::string& contents, int count) {
    return damage_of(without(calls,
                             [&](const test::DiskCall& c) {
                               return c.what == "fsync" && (c.more == "-") == contents.empty() &&
                                      c.path.find(where) != std::string::npos;
                             }),
                     disk, runs, count);
  };
  CHECK(left_out("/result.json", "file", 300).incomplete > 0);
  CHECK(left_out("/report.html", "file", 300).believed > 0);  // only --check-files looks at all of it
  CHECK(left_out("/out/tmp/", "", 300).incomplete > 0);
  CHECK(left_out("/out/runs/", "", 300).lost > 0);
  CHECK(left_out("/out/runs", "", 300).lost > 0);
  CHECK(left_out("/out/results.jsonl", "file", 1'000).results > 0);
}

TEST_CASE("killed before each of its calls to the disk, a batch goes on to the same bytes") {
  const Disk disk("[1]");
  REQUIRE(disk.run(disk.folder.dir / "calm") == kOneFails);
  const std::string calm = slurp(disk.folder.dir / "calm" / "results.jsonl");
  const fs::path count = disk.folder.dir / "count";
  REQUIRE(disk.run(disk.out, "DISK_ONLY=batch DISK_COUNT='" + count.string() + "'") == kOneFails);
  const int calls = std::stoi(slurp(count));
  REQUIRE(calls > 50);
  int killed = 0, other = 0;
  for (int n = 1; n <= calls; n += full() ? 1 : 7) {
    disk.clear();
    killed += disk.run(disk.out, fmt::format("DISK_ONLY=batch DISK_KILL={}", n)) == 1000 + SIGKILL;
    const bool same = disk.run(disk.out) == kOneFails && disk.results() == calm;
    other += !same;
    CHECK_MESSAGE(same, "killed before call ", n, ": ", disk.said());
  }
  MESSAGE("killed at ", killed, " of ", calls, " calls");
  CHECK(killed >= (full() ? calls - 5 : calls / 7 - 2));
  CHECK(other == 0);
}

TEST_CASE("an error in place of each call to the disk: no false verdict, and the same bytes afterwards") {
  const Disk disk("[1]");
  REQUIRE(disk.run(disk.folder.dir / "calm") == kOneFails);
  const std::string calm = slurp(disk.folder.dir / "calm" / "results.jsonl");
  std::set<std::string> rows;
  std::stringstream lines(calm);
  for (std::string line; std::getline(lines, line);) rows.insert(line);
  int tried = 0, noticed = 0;
  const std::vector<int> codes{EIO, ENOSPC, EDQUOT, EROFS, EINTR, 0};  // 0: half of a write is taken
  for (const std::string program : {"batch", "run"}) {
    const fs::path count = disk.folder.dir / "count";
    disk.clear();
    REQUIRE(disk.run(disk.out, fmt::format("DISK_ONLY={} DISK_COUNT='{}'", program, count.string())) == kOneFails);
    const int calls = std::stoi(slurp(count));
    for (int n = 1; n <= calls; n += full() ? 1 : 5)
      for (const int code : full() ? codes : std::vector<int>{codes[static_cast<std::size_t>(n) % codes.size()]}) {
        disk.clear();
        const int ended = disk.run(disk.out, fmt::format("DISK_ONLY={} DISK_FAIL={}:{}", program, n, code));
        const std::string said = disk.said();
        CAPTURE(program);
        CAPTURE(n);
        CAPTURE(code);
        CAPTURE(said);
        ++tried;
        noticed += ended == 3;
        // Either nothing came of it, or it is a fault that is said; what stands in the results is true.
        CHECK((ended == 3 || (ended == kOneFails && disk.results() == calm)));
        if (ended == 3) CHECK(said.find("rror") != std::string::npos);
        std::stringstream found(disk.results());
        for (std::string line; std::getline(found, line);)
          CHECK((rows.contains(line) || line.find("\"verdict\":\"INFRA\"") != std::string::npos));
        CHECK(disk.run(disk.out) == kOneFails);
        CHECK(disk.results() == calm);
      }
  }
  MESSAGE(tried, " errors, ", noticed, " ended the batch with a fault");
  CHECK(noticed > tried / 4);
}
