#include "viewer/foreign_source.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "viewer/frame_store.h"

namespace bitgoeul::viewer {

namespace {

constexpr std::int64_t kPeriodNs = 250'000'000, kAheadNs = 2'000'000'000;

class ForeignSource : public Source {
 public:
  ForeignSource(const std::filesystem::path& log, std::unique_ptr<replay::Source> source,
                std::unique_ptr<replay::Source> whole)
      : title_(log.filename().string()), source_(std::move(source)), whole_(std::move(whole)) {
    const replay::Description& d = source_->description();
    start_ = d.start_ns, end_ = std::max<std::int64_t>(0, d.end_ns - d.start_ns);
    types_ = d.type_names;
    for (const sim::Issue& issue : d.issues)
      if (issue.severity == sim::Severity::kError) tell(issue);
    for (const replay::FileInfo& file : d.files)
      if (!file.complete) tell({.file = file.path, .what = "is damaged: " + file.why_not_complete});
    if (d.topics.empty()) tell({.file = log.string(), .what = "holds nothing that can be shown"});
    reader_ = std::thread([this] { read_frames(); });
    scanner_ = std::thread([this] { read_history(); });
  }

  ~ForeignSource() override {
    stop_ = true;
    store_.wake();
    reader_.join(), scanner_.join();
  }

  std::string title() const override { return title_; }
  bool live() const override { return false; }
  std::int64_t end_ns() const override { return end_; }
  std::int64_t known_ns() const override { return known_; }
  void want(std::int64_t time_ns) override { store_.set_wanted(time_ns); }
  FramePair frames(std::int64_t time_ns) override { return store_.about(time_ns, kPeriodNs); }
  FramePair wait(std::int64_t time_ns) override {
    want(time_ns);
    while (!failed_ && !(read_from_ <= time_ns && (read_all_ || read_to_ > time_ns))) store_.wait_change();
    return frames(time_ns);
  }
  std::vector<TimedEvent> events() override { return {}; }
  std::size_t event_count() override { return 0; }
  History& history() override { return history_; }
  EntityName name(sim::Row row) const override {
    std::lock_guard lock(mutex_);
    for (const replay::EntityInfo& e : entities_)
      if (static_cast<sim::Row>(e.row) == row) return {e.name, e.type};
    return {};
  }
  const std::vector<std::string>& type_names() const override { return types_; }
  std::string trouble() override {
    std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  void tell(const sim::Issue& issue) {
    std::lock_guard lock(mutex_);
    if (trouble_.empty()) trouble_ = sim::to_string(issue);
  }

  std::shared_ptr<sim::Snapshot> shifted(const sim::Snapshot& snapshot) const {
    auto copy = std::make_shared<sim::Snapshot>(snapshot);
    copy->time_ns -= start_;
    return copy;
  }

  bool must_enter(std::int64_t wanted) const {
    return wanted < read_from_ || (!read_all_ && wanted > read_to_ + kAheadNs) ||
           (wanted <= read_to_ && !store_.has(wanted, 4 * kPeriodNs) && entered_for_ != wanted);
  }

  void read_frames() {
    while (!stop_) {
      const std::int64_t wanted = store_.wanted();
      if (must_enter(wanted)) {
        const std::int64_t at = std::max<std::int64_t>(0, wanted - kPeriodNs);
        if (auto done = source_->seek(at + start_); !done) return fail(done.error());
        read_to_ = at, read_all_ = false, read_from_ = at, entered_for_ = wanted;
      } else if (read_all_ || read_to_ > wanted + kAheadNs) {
        store_.wait_change();
        continue;
      }
      replay::Item item;
      const auto got = source_->next(item);
      if (!got) return fail(got.error());
      if (!*got) {
        read_all_ = true;
        store_.wake();
        continue;
      }
      if (const auto* snapshot = std::get_if<std::shared_ptr<const sim::Snapshot>>(&item.payload)) {
        {
          std::lock_guard lock(mutex_);
          entities_ = source_->description().entities;
        }
        store_.put(shifted(**snapshot));
      }
      read_to_ = std::max(read_to_.load(), item.time_ns - start_);
    }
  }

  void fail(const sim::Issue& issue) {
    tell(issue);
    failed_ = true;
    store_.wake();
  }

  void read_history() {
    replay::Item item;
    for (;;) {
      (void)whole_->seek(start_);
      for (auto got = whole_->next(item); !stop_ && got && *got; got = whole_->next(item))
        if (const auto* snapshot = std::get_if<std::shared_ptr<const sim::Snapshot>>(&item.payload)) {
          const auto frame = shifted(**snapshot);
          history_.add(*frame);
          known_ = frame->time_ns;
        }
      known_ = end_;
      while (!stop_ && !history_.rescan()) store_.wait_change();
      if (stop_) return;
    }
  }

  std::string title_;
  std::unique_ptr<replay::Source> source_, whole_;  // about the moment; from end to end
  std::int64_t start_ = 0, end_ = 0;
  std::vector<std::string> types_;
  mutable FrameStore store_;
  History history_;
  mutable std::mutex mutex_;  // guards entities_, trouble_
  std::vector<replay::EntityInfo> entities_;
  std::string trouble_;
  std::int64_t entered_for_ = -1;
  std::atomic<std::int64_t> read_from_ = std::numeric_limits<std::int64_t>::max(), read_to_ = -1, known_ = 0;
  std::atomic<bool> read_all_ = false, stop_ = false, failed_ = false;
  std::thread reader_, scanner_;
};

}  // namespace

sim::Result<std::unique_ptr<Source>> open_foreign(const std::filesystem::path& log, replay::SourceOptions options) {
  options.only_roles = {replay::TopicRole::kText};  // Snapshots are made of what they need anyway
  auto source = replay::open_source({log}, options);
  if (!source) return tl::unexpected(source.error());
  auto whole = replay::open_source({log}, options);
  if (!whole) return tl::unexpected(whole.error());
  return std::make_unique<ForeignSource>(log, std::move(*source), std::move(*whole));
}

}  // namespace bitgoeul::viewer
