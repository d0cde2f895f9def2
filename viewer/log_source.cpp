#include "viewer/log_source.h"

#include <atomic>
#include <map>
#include <thread>

#include "viewer/frame_store.h"

namespace bitgoeul::viewer {

namespace {

constexpr std::int64_t kAheadNs = 2'000'000'000;

class LogSource : public Source {
 public:
  LogSource(std::filesystem::path file, replay::RunLog log, replay::RunLog for_events)
      : file_(std::move(file)), log_(std::move(log)), for_events_(std::move(for_events)), header_(log_.header()) {
    period_ = std::max<std::int64_t>(1'000'000, header_.dt_ns * std::max<std::int64_t>(1, header_.frame_every));
    end_ = header_.duration_ns;
    for (const replay::VehicleTypeInfo& t : header_.types) types_.push_back(t.name + " " + t.category);
    for (const replay::EntityInfo& e : header_.entities) names_[static_cast<sim::Row>(e.row)] = {e.name, e.type};
    reader_ = std::thread([this] { read_frames(); });
    scanner_ = std::thread([this] { read_events(); });
  }

  ~LogSource() override {
    stop_ = true;
    store_.wake();
    reader_.join(), scanner_.join();
  }

  std::string title() const override { return file_.filename().string(); }
  bool live() const override { return false; }
  std::int64_t end_ns() const override { return end_; }
  std::int64_t known_ns() const override { return known_; }
  void want(std::int64_t time_ns) override { store_.set_wanted(time_ns); }
  FramePair frames(std::int64_t time_ns) override { return store_.about(time_ns, period_); }

  FramePair wait(std::int64_t time_ns) override {
    want(time_ns);
    while (!store_.has(time_ns, period_) && !failed_ && missing_ != time_ns) store_.wait_change();
    const bool last = time_ns + period_ > end_;
    for (int i = 0; i < 100 && !last && !frames(time_ns).after && !failed_; ++i) store_.wait_change();
    return frames(time_ns);
  }

  std::vector<TimedEvent> events() override {
    std::lock_guard lock(mutex_);
    return events_;
  }
  std::vector<TimedStory> story() override {
    std::lock_guard lock(mutex_);
    return story_;
  }
  std::size_t event_count() override {
    std::lock_guard lock(mutex_);
    return events_.size() + story_.size();
  }
  History& history() override { return history_; }
  Intent intent(sim::Row row, std::int64_t time_ns, bool patient) override {
    intent_wanted_ = time_ns;
    if (!intents_.covers(time_ns)) store_.wake();
    while (patient && !intents_.covers(time_ns) && !failed_) store_.wait_change();
    return intents_.at(time_ns, row);
  }
  EntityName name(sim::Row row) const override {
    const auto found = names_.find(row);
    return found == names_.end() ? EntityName{} : found->second;
  }
  const std::vector<std::string>& type_names() const override { return types_; }
  std::string trouble() override {
    std::lock_guard lock(mutex_);
    return trouble_;
  }
  std::uint64_t seed() const override { return header_.seed; }

 private:
  void tell(const sim::Issue& issue) {
    std::lock_guard lock(mutex_);
    if (trouble_.empty()) trouble_ = sim::to_string(issue);
  }

  void read_frames() {
    std::int64_t at = -1;
    while (!stop_) {
      read_intents();
      const std::int64_t wanted = store_.wanted();
      if (at < wanted || at > wanted + kAheadNs) at = wanted;
      while (at <= wanted + kAheadNs && at <= end_ && store_.has(at, period_)) at += period_;
      if (at > wanted + kAheadNs || at > end_ || failed_) {
        store_.wait_change();
        continue;
      }
      auto frame = std::make_shared<sim::Snapshot>();
      const auto found = log_.frame_at(at, *frame);
      if (!found) {
        tell(found.error());
        failed_ = true;
        store_.wake();
      } else if (*found) {
        if (at - frame->time_ns >= period_) missing_ = at;  // a hole or the end of a torn log
        store_.put(std::move(frame));
        at += period_;
      } else {
        missing_ = at;
        at += period_;
        store_.wake();
      }
    }
  }

  // Commands and acts about the moment that was asked for, some seconds at once.
  void read_intents() {
    const std::int64_t wanted = intent_wanted_;
    if (wanted < 0 || failed_ || intents_.covers(wanted)) return;
    std::vector<replay::StepRecord> steps;
    const std::int64_t to = wanted + 2 * kAheadNs;
    const auto read = log_.each_step_between(wanted - kIntentNs, to, [&](const replay::StepRecord& step) {
      if (!step.commands.empty() || !step.acts.empty()) steps.push_back(step);
      return !stop_;
    });
    if (!read) {
      tell(read.error());
      failed_ = true;
    }
    intents_.set(wanted, to, std::move(steps));
    store_.wake();
  }

  void read_events() {
    const auto done = for_events_.each_step([this](const replay::StepRecord& step) {
      if (!step.events.empty()) {
        std::lock_guard lock(mutex_);
        for (const sim::Event& e : step.events) events_.push_back({step.time_ns, e});
      }
      known_ = step.time_ns;
      return !stop_;
    });
    if (!done) tell(done.error());
    // A log whose writer was killed ends where its last step is, not where it was meant to.
    if (!stop_ && (!for_events_.complete() || !done || end_ == 0)) end_ = known_.load();
    read_story();
    read_history();
    while (!stop_) {
      if (history_.rescan()) read_history();
      store_.wait_change();
    }
  }

  void read_story() {
    const auto done = for_events_.each_story([this](std::int64_t time_ns, const auto& changes) {
      std::lock_guard lock(mutex_);
      for (const replay::StoryChange& change : changes) story_.push_back({time_ns, change});
      return !stop_;
    });
    if (!done) tell(done.error());
  }

  void read_history() {
    const auto done = for_events_.each_frame([this](const sim::Snapshot& snapshot) {
      history_.add(snapshot);
      return !stop_;
    });
    if (!done) tell(done.error());
  }

  std::filesystem::path file_;
  replay::RunLog log_, for_events_;
  replay::RunHeader header_;
  std::int64_t period_ = 100'000'000;
  std::atomic<std::int64_t> end_ = 0, known_ = 0, missing_ = -1, intent_wanted_ = -1;
  IntentLog intents_;
  std::map<sim::Row, EntityName> names_;
  std::vector<std::string> types_;
  FrameStore store_;
  History history_;
  std::mutex mutex_;  // guards events_, story_, trouble_
  std::vector<TimedEvent> events_;
  std::vector<TimedStory> story_;
  std::string trouble_;
  std::atomic<bool> stop_ = false, failed_ = false;
  std::thread reader_, scanner_;
};

}  // namespace

sim::Result<OpenedLog> open_log(const std::filesystem::path& file) {
  auto log = replay::RunLog::open(file);
  if (!log) return tl::unexpected(log.error());
  auto again = replay::RunLog::open(file);
  if (!again) return tl::unexpected(again.error());
  OpenedLog opened;
  opened.header = log->header();
  opened.stacks = log->stacks();
  opened.source = std::make_unique<LogSource>(file, std::move(*log), std::move(*again));
  return opened;
}

}  // namespace bitgoeul::viewer
