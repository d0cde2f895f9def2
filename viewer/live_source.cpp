#include "viewer/live_source.h"

#include <atomic>
#include <map>
#include <thread>

#include "scenarios/run_files.h"
#include "vehicles/vehicle_catalogue.h"
#include "viewer/frame_store.h"

namespace bitgoeul::viewer {

namespace {

constexpr std::int64_t kPeriodNs = 100'000'000, kAheadNs = 2'000'000'000, kSaveNs = 10'000'000'000;

class LiveSource : public Source {
 public:
  LiveSource(LiveSetup setup, std::unique_ptr<scenarios::Simulation> simulation)
      : setup_(std::move(setup)), simulation_(std::move(simulation)) {
    begin();
  }
  ~LiveSource() override { halt(); }

  std::string title() const override { return setup_.title; }
  bool live() const override { return true; }
  std::int64_t end_ns() const override { return setup_.duration_ns; }
  std::int64_t known_ns() const override { return known_; }
  void want(std::int64_t time_ns) override { store_.set_wanted(time_ns); }
  FramePair frames(std::int64_t time_ns) override { return store_.about(time_ns, kPeriodNs); }

  FramePair wait(std::int64_t time_ns) override {
    want(time_ns);
    const std::int64_t next = time_ns / kPeriodNs * kPeriodNs + kPeriodNs;
    while (!store_.has(time_ns, kPeriodNs)) store_.wait_change();
    while (next <= setup_.duration_ns && !store_.has(next, kPeriodNs)) store_.wait_change();
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
  Intent intent(sim::Row row, std::int64_t time_ns, bool) override { return intents_.at(time_ns, row); }
  EntityName name(sim::Row row) const override {
    const auto& all = names_;
    return row >= 0 && static_cast<std::size_t>(row) < all.size() ? all[static_cast<std::size_t>(row)] : EntityName{};
  }
  const std::vector<std::string>& type_names() const override { return types_; }
  std::string trouble() override { return {}; }
  std::uint64_t seed() const override { return setup_.seed; }

  std::string describe(sim::Row row) override {
    std::unique_lock lock(stepping_, std::try_to_lock);  // never waits for a step
    return lock ? simulation_->describe(row) : std::string();
  }

  bool restart(std::uint64_t seed) override {
    auto again = setup_.make(seed);
    if (!again) return false;
    halt();
    store_.clear(), history_.clear(), intents_.clear();
    events_.clear(), story_.clear(), saved_.clear();
    setup_.seed = seed, known_ = 0;
    simulation_ = std::move(*again);
    begin();
    return true;
  }

 private:
  void begin() {
    names_.clear(), types_.clear();
    const scenarios::SimulationSetup& setup = simulation_->setup();
    for (const vehicles::VehicleType& t : setup.catalogue)
      types_.push_back(t.name + " " + std::string(vehicles::to_string(t.category)));
    for (const scenarios::EntitySetup& e : setup.entities)
      names_.push_back({e.name, e.type < setup.catalogue.size() ? setup.catalogue[e.type].name : std::string()});
    stop_ = false;
    publish();
    worker_ = std::thread([this] { run(); });
  }

  void halt() {
    stop_ = true;
    store_.wake();
    if (worker_.joinable()) worker_.join();
  }

  std::int64_t now() const { return simulation_->steps() * simulation_->setup().dt_ns; }

  // Events of steps that are computed again are already known.
  void publish() {
    const auto snapshot = simulation_->snapshot();
    if (snapshot->time_ns >= known_) {
      std::lock_guard lock(mutex_);
      for (const sim::Event& e : snapshot->events) {
        const std::int64_t t = e.step * simulation_->setup().dt_ns;
        if (t > known_) events_.push_back({t, e});
      }
      known_ = snapshot->time_ns;
      history_.add(*snapshot);
    }
    // A copy: the simulation's own pool would otherwise grow with what is kept here.
    store_.put(std::make_shared<const sim::Snapshot>(
        *scenarios::shown_to(snapshot, simulation_->story(), scenarios::story::kToGraphics)));
    if (now() % kSaveNs == 0) saved_.try_emplace(now(), simulation_->save());
  }

  void keep_commands() {
    if (simulation_->commands().empty()) return;
    replay::StepRecord step;
    step.step = simulation_->steps(), step.time_ns = now();
    for (const scenarios::AppliedCommand& c : simulation_->commands()) step.commands.push_back({c.entity, c.command});
    intents_.add(std::move(step));
  }

  void go_back(std::int64_t time_ns) {
    auto saved = saved_.upper_bound(time_ns);
    if (saved == saved_.begin()) return;
    --saved;
    if (!simulation_->restore(saved->second)) return;
    publish();
  }

  void run() {
    while (!stop_) {
      const std::int64_t wanted = std::min(store_.wanted(), setup_.duration_ns);
      {
        std::lock_guard lock(stepping_);
        if (wanted < now() && !store_.has(wanted, kPeriodNs)) go_back(wanted);
      }
      // Frames that are still kept need not be computed again.
      if (now() >= std::min(wanted + kAheadNs, setup_.duration_ns)) {
        store_.wait_change();
        continue;
      }
      std::lock_guard lock(stepping_);
      const std::int64_t dt = simulation_->setup().dt_ns;
      do {
        simulation_->step();
        keep_commands();
        if (const auto* story = simulation_->story(); story != nullptr && now() > known_) {
          std::lock_guard guard(mutex_);
          for (const replay::StoryChange& change : scenarios::story_changes(*story)) story_.push_back({now(), change});
        }
      } while (!stop_ && now() / kPeriodNs == (now() - dt) / kPeriodNs);
      publish();
    }
  }

  LiveSetup setup_;
  std::unique_ptr<scenarios::Simulation> simulation_;
  std::vector<EntityName> names_;
  std::vector<std::string> types_;
  FrameStore store_;
  History history_;
  IntentLog intents_;
  std::map<std::int64_t, sim::Bytes> saved_;
  std::atomic<std::int64_t> known_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_, stepping_;  // events_ and story_; simulation_
  std::vector<TimedEvent> events_;
  std::vector<TimedStory> story_;
  std::thread worker_;
};

}  // namespace

sim::Result<std::unique_ptr<Source>> open_live(LiveSetup setup) {
  auto simulation = setup.make(setup.seed);
  if (!simulation) return tl::unexpected(simulation.error());
  return std::make_unique<LiveSource>(std::move(setup), std::move(*simulation));
}

}  // namespace bitgoeul::viewer
