// bitgoeul batch SUITE.yaml: many runs, one honest answer.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/batch/reports.h"
#include "scenarios/batch/slurm.h"
#include "scenarios/batch/supervisor.h"
#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/run_common.h"
#include "scenarios/run_files.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;

struct BatchArguments {
  std::string suite, out, shard, engine = "local", baseline, junit;
  int processes = 0;
  double verify_percent = 0, timeout_s = 0;
  bool resume = false, no_cache = false, check_files = false, collect = false, list = false;
};

struct Shard {
  std::size_t index = 0, of = 1;
  std::string suffix() const { return of > 1 ? fmt::format("-{}-of-{}", index, of) : ""; }
};

std::optional<Shard> shard_of(const std::string& text) {
  Shard shard;
  if (text.empty()) return shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.index);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '/') {
    const auto second = std::from_chars(first.ptr + 1, end, shard.of);
    if (second.ec == std::errc() && second.ptr == end && shard.of >= 1 && shard.index < shard.of) return shard;
  }
  error(fmt::format("--shard {}: expected I/N with I from 0 to N-1", text));
  return std::nullopt;
}

// Excuses what the suite expects to fail, until the day it names; says what no longer needs an excuse.
void excuse(const Context& context, const batch::Suite& suite, const std::vector<const batch::Job*>& jobs,
            std::vector<batch::Row>& rows) {
  const std::string day = batch::today();
  std::vector<int> passed(suite.expected.size()), met(suite.expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int expected = jobs[i]->expected;
    if (expected < 0) continue;
    const batch::ExpectedFailure& e = suite.expected[static_cast<std::size_t>(expected)];
    ++met[static_cast<std::size_t>(expected)];
    if (rows[i].verdict == batch::Class::kPass)
      ++passed[static_cast<std::size_t>(expected)];
    else if (day <= e.until && rows[i].verdict != batch::Class::kNotRun && rows[i].verdict != batch::Class::kInfra &&
             rows[i].verdict != batch::Class::kNondeterministic)
      rows[i].excused = fmt::format("{} (until {})", e.reason, e.until);
  }
  for (std::size_t k = 0; k < suite.expected.size(); ++k) {
    const batch::ExpectedFailure& e = suite.expected[k];
    if (day > e.until && met[k] > 0)
      note(context,
           fmt::format("{}:{}: warning: the excuse for {} ended on {}", suite.file, e.line, e.scenario, e.until));
    else if (met[k] > 0 && passed[k] == met[k])
      note(context, fmt::format("{}:{}: note: {} passes now; the excuse can go", suite.file, e.line, e.scenario));
  }
}

sim::Result<void> write_reports(const BatchArguments& a, const Shard& shard, const batch::ReportData& data,
                                sim::Issues& issues) {
  const fs::path out = a.out;
  if (auto done = batch::write_lasting(out / ("results" + shard.suffix() + ".jsonl"), batch::results_jsonl(data.rows));
      !done)
    return done;
  const std::string junit = batch::junit_xml(data);
  if (auto done = batch::write_lasting(out / ("junit" + shard.suffix() + ".xml"), junit); !done) return done;
  if (!a.junit.empty())
    if (auto done = batch::write_lasting(a.junit, junit); !done) return done;
  return batch::write_lasting(out / ("report" + shard.suffix() + ".html"), batch::report_html(data, issues));
}

void tell_github(const batch::ReportData& data) {
  const char* inside = std::getenv("GITHUB_ACTIONS");
  if (inside == nullptr || std::string(inside) != "true") return;
  std::fputs(batch::github_annotations(data).c_str(), stderr);
  if (const char* file = std::getenv("GITHUB_STEP_SUMMARY"))
    std::ofstream(file, std::ios::app) << batch::summary_markdown(data);
}

std::string text_summary(const BatchArguments& a, const Shard& shard, const batch::ReportData& data, double wall_s) {
  const batch::Counts counts = batch::count(data.rows);
  std::string text = fmt::format("{} runs", counts.total);
  for (const auto& [verdict, n] : counts.of) text += fmt::format(", {} {}", n, to_string(verdict));
  if (counts.excused > 0) text += fmt::format(" ({} expected)", counts.excused);
  text += fmt::format("; {} from earlier, {:.1f} s\n", counts.cached, wall_s);
  std::size_t shown = 0;
  for (const batch::Row& row : data.rows) {
    if (row.verdict == batch::Class::kPass || !row.excused.empty() || row.verdict == batch::Class::kNotRun) continue;
    if (++shown <= 20)
      text += fmt::format("  {:<16} {}\n    {}\n    {}\n", to_string(row.verdict), batch::title_of(row),
                          row.message.substr(0, row.message.find('\n')), row.repro);
  }
  if (shown > 20) text += fmt::format("  ... and {} more\n", shown - 20);
  if (data.baseline)
    text += fmt::format("  baseline         {} newly failing, {} newly passing, {} metrics moved, same bits {} of {}\n",
                        data.baseline->newly_failing.size(), data.baseline->newly_passing.size(),
                        data.baseline->moved.size(), data.baseline->same_bits, data.baseline->paired);
  return text +
         fmt::format("  report           {}\n", (fs::path(a.out) / ("report" + shard.suffix() + ".html")).string());
}

std::string json_summary(const BatchArguments& a, const batch::ReportData& data) {
  const batch::Counts counts = batch::count(data.rows);
  nlohmann::ordered_json json{{"suite", data.suite.name},
                              {"out", a.out},
                              {"runs", counts.total},
                              {"cached", counts.cached},
                              {"expected_failures", counts.excused},
                              {"exit_code", batch::exit_code(data.rows)}};
  for (const auto& [verdict, n] : counts.of) json["verdicts"][to_string(verdict)] = n;
  if (data.baseline)
    json["baseline"] = {{"paired", data.baseline->paired},
                        {"same_bits", data.baseline->same_bits},
                        {"newly_failing", data.baseline->newly_failing.size()},
                        {"newly_passing", data.baseline->newly_passing.size()},
                        {"metrics_moved", data.baseline->moved.size()}};
  return json.dump(2);
}

sim::Result<std::vector<batch::Row>> run_here(const Context& context, const BatchArguments& a, const Shard& shard,
                                              const std::vector<const batch::Job*>& jobs) {
  auto store = batch::Store::open(a.out, shard.index, shard.of);
  if (!store) return tl::unexpected(store.error());
  Progress progress(context, "batch", static_cast<double>(jobs.size()));
  batch::Options options;
  options.program = fs::read_symlink("/proc/self/exe");
  options.processes = a.processes > 0 ? a.processes : context.threads;
  options.verify_percent = a.verify_percent;
  options.use_cache = !a.no_cache;
  options.thorough = a.check_files;
  options.interrupted = interrupted;
  options.finished = [&](const batch::Row& row, std::size_t done, std::size_t total) {
    if (progress.due(static_cast<double>(done)))
      progress.update(static_cast<double>(done),
                      fmt::format("{} of {}, {} {}", done, total, to_string(row.verdict), batch::title_of(row)));
  };
  return batch::supervise(jobs, *store, options);
}

sim::Result<std::vector<batch::Row>> run_slurm(const Context& context, const BatchArguments& a,
                                               const std::vector<const batch::Job*>& jobs) {
  {
    auto store = batch::Store::open(a.out, 0, 1);  // makes the directory; nobody else may be in it
    if (!store) return tl::unexpected(store.error());
  }
  const batch::Store store = batch::Store::look(a.out);
  batch::SlurmRequest request;
  request.program = fs::read_symlink("/proc/self/exe");
  request.suite = a.suite;
  request.directory = fs::current_path();
  request.out = fs::absolute(a.out);
  request.shards = std::min<std::size_t>(jobs.size(), static_cast<std::size_t>(a.processes > 0 ? a.processes : 2));
  if (a.verify_percent > 0) request.extra += fmt::format(" --verify {}", a.verify_percent);
  if (a.timeout_s > 0) request.extra += fmt::format(" --timeout {}", a.timeout_s);
  request.interrupted = interrupted;
  request.missing = [&] {
    std::size_t n = 0;
    for (const batch::Job* job : jobs) n += !store.row(job->key).has_value();
    return n;
  };
  std::string said;
  request.progress = [&](const std::string& state) {
    if (state != said) note(context, said = state);
  };
  if (auto done = batch::run_on_slurm(request); !done) return tl::unexpected(done.error());
  return batch::collect(jobs, store);
}

std::optional<batch::Plan> load_plan(const Context& context, const BatchArguments& a) {
  sim::Issues issues;
  auto suite = batch::parse_suite(a.suite, issues);
  if (!suite) {
    print(suite.error());
    return std::nullopt;
  }
  if (a.timeout_s > 0) {
    suite->limits.wall_time_s = a.timeout_s;
    for (batch::Entry& entry : suite->entries)
      if (entry.limits) entry.limits->wall_time_s = a.timeout_s;
  }
  auto plan = batch::make_plan(std::move(*suite), issues);
  print(context, issues);
  if (!plan) print(plan.error());
  if (!plan || sim::has_errors(issues)) return std::nullopt;
  return std::move(*plan);
}

int list_jobs(const Context& context, const std::vector<const batch::Job*>& jobs) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const batch::Job* job : jobs) {
    const batch::Row row = batch::row_of_job(*job);
    result(context, fmt::format("{}  {}", row.key, batch::title_of(row)));
    all.push_back({{"key", row.key}, {"case", row.case_id}, {"title", batch::title_of(row)}, {"command", row.repro}});
  }
  json_result(context, all.dump(2));
  return kPass;
}

// Of an earlier batch; empty: none.
std::string baseline_of(const BatchArguments& a, const batch::Suite& suite) {
  if (!a.baseline.empty() || suite.baseline.empty()) return a.baseline;
  return (suite.directory() / suite.baseline).string();
}

std::optional<batch::Comparison> beside_baseline(const std::string& directory, std::vector<batch::Row> before,
                                                 const batch::Suite& suite, const std::vector<batch::Row>& rows) {
  if (directory.empty()) return std::nullopt;
  batch::Comparison comparison = batch::compare(rows, std::move(before), suite.tolerances);
  comparison.directory = directory;
  return comparison;
}

int finish(const Context& context, const BatchArguments& a, const Shard& shard, const batch::ReportData& data,
           double wall_s) {
  sim::Issues issues;
  if (auto written = write_reports(a, shard, data, issues); !written) return refuse(written.error(), kFault);
  print(context, issues);
  tell_github(data);
  result(context, text_summary(a, shard, data, wall_s));
  json_result(context, json_summary(a, data));
  const int code = batch::exit_code(data.rows);
  return interrupted() ? std::max<int>(kInconclusive, code) : code;
}

int run_batch(const Context& context, BatchArguments& a) {
  const Clock::time_point started = Clock::now();
  const auto shard = shard_of(a.shard);
  if (!shard) return kInvalid;
  const auto plan = load_plan(context, a);
  if (!plan) return kInvalid;
  if (a.out.empty()) a.out = (fs::path("bitgoeul_out") / fs::path(a.suite).stem()).string();
  std::vector<const batch::Job*> jobs;
  for (const batch::Job& job : plan->jobs)
    if (batch::in_shard(job, shard->index, shard->of)) jobs.push_back(&job);
  if (a.list) return list_jobs(context, jobs);
  std::error_code failed;
  if ((a.resume || a.collect) && !fs::exists(fs::path(a.out) / "runs", failed))
    return refuse(sim::fail(a.resume ? "there is no batch to resume" : "there is no batch to collect", a.out, 0,
                            "--out", "give the directory that a batch was told to write to")
                      .value());
  const std::string baseline = baseline_of(a, plan->suite);
  sim::Result<std::vector<batch::Row>> before;
  if (!baseline.empty()) before = batch::read_results(baseline);  // told before hours have gone by
  if (!before) return refuse(before.error());
  auto rows = a.collect             ? batch::collect(jobs, batch::Store::look(a.out))
              : a.engine == "slurm" ? run_slurm(context, a, jobs)
                                    : run_here(context, a, *shard, jobs);
  if (!rows) return refuse(rows.error(), rows.error().rule == kDiskRule || a.engine == "slurm" ? kFault : kInvalid);
  excuse(context, plan->suite, jobs, *rows);
  const auto comparison = beside_baseline(baseline, std::move(*before), plan->suite, *rows);
  return finish(context, a, *shard, {plan->suite, *rows, comparison},
                std::chrono::duration<double>(Clock::now() - started).count());
}

}  // namespace

void add_batch(CLI::App& program, Context& context) {
  CLI::App& sub =
      add_subcommand(program, context, "batch", "many runs: scenarios x parameters x seeds x stacks",
                     "bitgoeul batch suite.yaml -j 2 --out runs/nightly --verify 5\n"
                     "  bitgoeul batch suite.yaml --out runs/nightly          # goes on where it was\n"
                     "  bitgoeul batch suite.yaml --shard 0/4 --out shard0    # and --collect when all are there");
  BatchArguments& a = keep<BatchArguments>(context);
  sub.add_option("SUITE", a.suite, "suite file (YAML; assets/ci/suite.schema.json describes it)")->required();
  sub.add_option("-j", a.processes, "runs at a time (default: --threads); with --engine slurm: shards");
  sub.add_option("--shard", a.shard, "I/N: only part I (from 0) of N");
  sub.add_flag("--resume", a.resume, "go on with the batch in --out, and refuse to start a new one");
  sub.add_option("--engine", a.engine, "local, or slurm (an array job on a cluster)")
      ->check(CLI::IsMember({"local", "slurm"}));
  sub.add_option("--baseline", a.baseline, "directory of an earlier batch to compare with");
  sub.add_option("--verify", a.verify_percent, "percent of the runs (and every FAIL) to run again with other threads")
      ->check(CLI::Range(0.0, 100.0));
  sub.add_option("--timeout", a.timeout_s, "wall time of one run in seconds, instead of the suite's")
      ->check(CLI::PositiveNumber);
  sub.add_option("--out", a.out, "directory of the batch (default bitgoeul_out/SUITE)");
  sub.add_option("--junit", a.junit, "also write junit.xml here");
  sub.add_flag("--no-cache", a.no_cache, "run again what is already there");
  sub.add_flag("--check-files", a.check_files, "hash every file of the runs that are already there");
  sub.add_flag("--collect", a.collect, "only gather what is complete in --out, run nothing");
  sub.add_flag("--list", a.list, "only list the runs and their commands");
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_batch(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
