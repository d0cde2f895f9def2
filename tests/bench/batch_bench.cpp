// What a batch costs beside the runs themselves: resuming 100,000 finished runs (on /dev/shm, where there is one: the
// disk's share is not ours), and what a run costs more as a job than when it is called by hand.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scenarios/batch/reports.h"
#include "scenarios/batch/supervisor.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace fs = std::filesystem;
namespace batch = scenarios::batch;

namespace {

struct Folder {
  fs::path dir;
  Folder() {
    const fs::path root = fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
    dir = root / ("bitgoeul_bench_" + std::to_string(::getpid()));
    fs::create_directories(dir);
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(dir, error);
  }
};

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// A suite of the shipped loop with that many seeds.
fs::path write_suite(const fs::path& dir, std::size_t runs, double sim_time_s) {
  const fs::path file = dir / "suite.yaml";
  std::ofstream(file) << "suite: bench\nseeds: {from: 1, count: " << runs
                      << "}\nrecord: none\nlimits:\n  sim_time_s: " << sim_time_s
                      << "\nscenarios:\n  - file: " << tests::source_dir() << "/assets/scenarios/loop.xosc\n";
  return file;
}

sim::Result<batch::Plan> plan_of(const fs::path& suite, sim::Issues& issues) {
  auto read = batch::parse_suite(suite, issues);
  if (!read) return tl::unexpected<sim::Issue>(read.error());
  return batch::make_plan(std::move(*read), issues);
}

std::vector<const batch::Job*> jobs_of(const batch::Plan& plan) {
  std::vector<const batch::Job*> jobs;
  for (const batch::Job& job : plan.jobs) jobs.push_back(&job);
  return jobs;
}

// Leaves a finished run of a job, as the supervisor does.
bool leave_run(batch::Store& store, const batch::Job& job) {
  auto scratch = store.scratch(job.key);
  if (!scratch) return false;
  std::ofstream(*scratch / "result.json") << R"({"verdict": "PASS", "criteria": [], "steps": 10, "sim_time_s": 0.1})";
  batch::Row row = batch::row_of_job(job);
  row.verdict = batch::Class::kPass;
  return store.commit(job.key, *scratch, batch::to_json_line(row)).has_value();
}

// The whole of `batch --resume` when nothing is left to run: suite, plan, every manifest, the three reports.
void batch_resume(benchmark::State& state) {
  const Folder folder;
  const fs::path suite = write_suite(folder.dir, static_cast<std::size_t>(state.range(0)), 0.1);
  const fs::path out = folder.dir / "out";
  sim::Issues issues;
  auto plan = plan_of(suite, issues);
  if (!plan || sim::has_errors(issues)) return state.SkipWithError("no plan");
  {
    auto store = batch::Store::open(out, 0, 1);
    if (!store) return state.SkipWithError(store.error().what.c_str());
    for (const batch::Job& job : plan->jobs)
      if (!leave_run(*store, job)) return state.SkipWithError("a run could not be left");
  }
  for (auto _ : state) {
    auto again = plan_of(suite, issues);
    const auto jobs = jobs_of(*again);
    auto store = batch::Store::open(out, 0, 1);
    batch::Options options;
    options.program = "/bin/false";  // never called
    auto rows = batch::supervise(jobs, *store, options);
    if (!rows || batch::count(*rows).cached != static_cast<int>(jobs.size()))
      return state.SkipWithError("not everything was found");
    const std::optional<batch::Comparison> baseline;
    const batch::ReportData data{again->suite, *rows, baseline};
    benchmark::DoNotOptimize(batch::results_jsonl(*rows));
    benchmark::DoNotOptimize(batch::junit_xml(data));
    benchmark::DoNotOptimize(batch::report_html(data, issues));
  }
}
BENCHMARK(batch_resume)->Arg(1000)->Arg(100000)->Iterations(1)->Unit(benchmark::kSecond);

// The same short runs by hand and as jobs, one after the other: milliseconds more per run, and the ratio.
void batch_overhead(benchmark::State& state) {
  const Folder folder;
  constexpr std::size_t kRuns = 20;
  const fs::path program = fs::path(tests::binary_dir()) / "bin" / "bitgoeul";
  if (!fs::exists(program)) return state.SkipWithError("build the target bitgoeul first");
  sim::Issues issues;
  auto plan = plan_of(write_suite(folder.dir, kRuns, 5.0), issues);
  if (!plan) return state.SkipWithError("no plan");
  const auto jobs = jobs_of(*plan);
  double bare_s = 0, batch_s = 0;
  for (auto _ : state) {
    const fs::path out = folder.dir / "out";
    fs::remove_all(out);
    const double start = now_s();
    for (const batch::Job* job : jobs) {
      std::string line = program.string();
      for (const std::string& word : job->arguments()) line += " '" + word + "'";
      line += " --threads 1 --quiet --out '" + (folder.dir / "bare").string() + "' >/dev/null 2>&1";
      if (std::system(line.c_str()) < 0) return state.SkipWithError("a run failed");
    }
    const double between = now_s();
    auto store = batch::Store::open(out, 0, 1);
    batch::Options options;
    options.program = program;
    auto rows = batch::supervise(jobs, *store, options);
    if (!rows || batch::count(*rows).of[batch::Class::kNotRun] > 0) return state.SkipWithError("the batch failed");
    bare_s += between - start;
    batch_s += now_s() - between;
  }
  const double runs = static_cast<double>(kRuns * state.iterations());
  state.counters["bare_ms"] = 1e3 * bare_s / runs;
  state.counters["batch_ms"] = 1e3 * batch_s / runs;
  state.counters["more_ms"] = 1e3 * (batch_s - bare_s) / runs;
  state.counters["ratio"] = batch_s / bare_s;
}
BENCHMARK(batch_overhead)->Iterations(3)->Unit(benchmark::kSecond);

}  // namespace
