#include "scenarios/batch/supervisor.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <deque>
#include <list>
#include <nlohmann/json.hpp>
#include <thread>

#include "scenarios/batch/bundle.h"
#include "scenarios/run_files.h"
#include "sim/jobs.h"

namespace bitgoeul::scenarios::batch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kJobsInBlock = 256;
constexpr int kPollMs = 100;      // how often limits are looked at
constexpr int kOtherThreads = 2;  // a run has one thread, its verification two
constexpr const char* kNondeterministic = "a second time it gave other bits: ";

struct Task {
  const Job* job;
  std::size_t slot;  // in the rows
  int attempt = 0;
};

struct Running {
  Task task;
  Worker worker;
  fs::path dir;
  bool verifying = false;
  Row row;  // of the run, while it is being verified
  Outcome end;
};

bool drawn_for_verification(const Job& job, double percent) {
  return static_cast<double>(job.key.low % 10'000) < percent * 100.0;
}

// The line of `verify` that says what differs, and in what: the engine or a stack.
std::string difference_in(const std::string& messages) {
  std::size_t at = messages.rfind("different at", 0) == 0 ? 0 : messages.find("\ndifferent at");
  if (at == std::string::npos) at = 0;
  if (at > 0) ++at;
  return messages.substr(at, messages.find('\n', at) - at);
}

// The row of each job; those that the store has a complete run of are marked as cached. Each job is looked for by
// itself, so any number of threads may look.
std::vector<Row> rows_found(const std::vector<const Job*>& jobs, const Store* store, bool thorough) {
  std::vector<Row> rows(jobs.size());
  sim::Jobs threads(static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 16u)));
  threads.parallel_for(
      jobs.size(),
      [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i) {
          rows[i] = row_of_job(*jobs[i]);
          if (store == nullptr) continue;
          if (const auto line = store->row(jobs[i]->key, thorough))
            if (auto row = row_from_json(*line)) rows[i] = std::move(*row), rows[i].cached = true;
        }
      },
      kJobsInBlock);
  return rows;
}

class Supervisor {
 public:
  Supervisor(const std::vector<const Job*>& jobs, Store& store, const Options& options)
      : jobs_(jobs), store_(store), options_(options), rows_(jobs.size()) {}

  sim::Result<std::vector<Row>> run() {
    find_missing();
    while (!disk_ && (!waiting_.empty() || !running_.empty())) {
      if (options_.interrupted()) break;
      while (!disk_ && !waiting_.empty() && running_.size() < static_cast<std::size_t>(std::max(1, options_.processes)))
        start();
      wait();
      for (auto it = running_.begin(); it != running_.end() && !disk_;)
        if (it->worker.poll()) {
          Running ended = std::move(*it);
          it = running_.erase(it);
          settle(std::move(ended));
        } else {
          ++it;
        }
    }
    running_.clear();  // kills what still runs
    if (disk_) return tl::unexpected(*disk_);
    return std::move(rows_);
  }

 private:
  void find_missing() {
    rows_ = rows_found(jobs_, options_.use_cache ? &store_ : nullptr, options_.thorough);
    for (std::size_t i = 0; i < jobs_.size(); ++i)
      if (rows_[i].cached)
        report(i);
      else
        waiting_.push_back({jobs_[i], i});
  }

  void report(std::size_t slot) { options_.finished(rows_[slot], ++done_, rows_.size()); }

  std::vector<std::string> words_of(const Job& job, const fs::path& dir) const {
    std::vector<std::string> words = job.arguments();
    words.insert(words.end(), {"--record", job.record, "--threads", "1", "--quiet", "--out", dir.string()});
    return words;
  }

  void start() {
    Task task = waiting_.front();
    waiting_.pop_front();
    const auto dir = store_.scratch(task.job->key);
    if (!dir) {
      disk_ = dir.error();
      return;
    }
    auto worker = Worker::start(options_.program, words_of(*task.job, *dir), task.job->limits);
    if (!worker) {
      fail_to_start(task, worker.error());
      return;
    }
    running_.push_back(Running{task, std::move(*worker), *dir, false, {}, {}});
  }

  void fail_to_start(const Task& task, const sim::Issue& issue) {
    rows_[task.slot].verdict = Class::kInfra;
    rows_[task.slot].message = issue.what;
    report(task.slot);
  }

  void wait() {
    std::vector<pollfd> handles;
    for (const Running& r : running_)
      for (const int handle : {r.worker.handle(), r.worker.messages_handle()}) handles.push_back({handle, POLLIN, 0});
    // A pipe whose writers are gone is always ready; the process ends at the same time.
    ::poll(handles.data(), handles.size(), kPollMs);
  }

  void settle(Running ended) {
    if (ended.verifying) {
      finish_verification(ended);
      return;
    }
    ended.end = ended.worker.outcome();
    ended.row = row_of_run(*ended.task.job, ended.end, ended.dir);
    if (ended.row.verdict == Class::kInfra && ended.task.attempt < options_.retries) {
      store_.discard(ended.dir);
      ++ended.task.attempt;
      waiting_.push_back(ended.task);
      return;
    }
    const bool whole = ended.row.verdict == Class::kPass || ended.row.verdict == Class::kFail;
    const bool chosen =
        options_.verify_percent > 0 &&
        (ended.row.verdict == Class::kFail || drawn_for_verification(*ended.task.job, options_.verify_percent));
    if (whole && chosen && ended.task.job->record != "none") {
      start_verification(std::move(ended));
      return;
    }
    keep(ended);
  }

  // Stacks that can be started again, in runs that have recorded what they saw.
  static bool asks_stacks_again(const Job& job) {
    return !job.stacks.empty() && job.record == "frames" &&
           std::all_of(job.stacks.begin(), job.stacks.end(), [](const auto& stack) {
             return stack.second.rfind("exec:", 0) == 0 || stack.second.rfind("builtin:", 0) == 0;
           });
  }

  void start_verification(Running run) {
    const Job& job = *run.task.job;
    std::vector<std::string> words{"verify", (run.dir / "run.mcap").string(), "--threads",
                                   std::to_string(kOtherThreads), "--quiet"};
    if (!job.map.empty()) words.insert(words.end(), {"--map", job.map});
    if (asks_stacks_again(job)) words.push_back("--stacks");
    auto worker = Worker::start(options_.program, words, job.limits);
    if (!worker) {
      run.row.verified = "not verified: " + worker.error().what;
      keep(run);
      return;
    }
    running_.push_back(Running{run.task, std::move(*worker), run.dir, true, std::move(run.row), std::move(run.end)});
  }

  void finish_verification(Running& run) {
    const Outcome& end = run.worker.outcome();
    if (end.how == Ended::kExit && end.code == 0) {
      const Job& job = *run.task.job;
      const char* stacks = job.stacks.empty() ? ""
                           : asks_stacks_again(job)
                               ? ", and its stacks"
                               : "; stacks not asked again (needs record: frames, exec: or builtin:)";
      run.row.verified = fmt::format("identical with {} threads{}", kOtherThreads, stacks);
    } else if (end.how == Ended::kExit && end.code == 5) {
      run.row.verdict = Class::kNondeterministic;
      run.row.message = kNondeterministic + difference_in(end.messages);
    } else {
      run.row.verified = "not verified: the second run did not end";
    }
    keep(run);
  }

  // INFRA says nothing about the run, so the next batch tries again; everything else is kept.
  void keep(Running& run) {
    Row& row = rows_[run.task.slot];
    row = std::move(run.row);
    if (row.verdict == Class::kInfra || row.verdict == Class::kNotRun) {
      store_.discard(run.dir);
      report(run.task.slot);
      return;
    }
    sim::Result<void> written = write_bundle(*run.task.job, row, run.end, run.dir);
    if (written) written = store_.commit(run.task.job->key, run.dir, to_json_line(row));
    if (!written) {
      disk_ = written.error();
      return;
    }
    report(run.task.slot);
  }

  const std::vector<const Job*>& jobs_;
  Store& store_;
  const Options& options_;
  std::vector<Row> rows_;
  std::deque<Task> waiting_;
  std::list<Running> running_;
  std::size_t done_ = 0;
  std::optional<sim::Issue> disk_;
};

}  // namespace

sim::Result<std::vector<Row>> supervise(const std::vector<const Job*>& jobs, Store& store, const Options& options) {
  return Supervisor(jobs, store, options).run();
}

std::vector<Row> collect(const std::vector<const Job*>& jobs, const Store& store) {
  return rows_found(jobs, &store, false);
}

}  // namespace bitgoeul::scenarios::batch
