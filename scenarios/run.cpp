#include "scenarios/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "scenarios/closed_loop/loop_picture.h"
#include "scenarios/criteria/gates.h"
#include "scenarios/report.h"
#include "scenarios/run_files.h"
#include "scenarios/run_picture.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/statistics.h"
#include "scenarios/story/story.h"
#include "scenarios/version.h"
#include "vehicles/vehicle_catalogue.h"

namespace bitgoeul::scenarios {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kFrameS = 0.1;
constexpr std::size_t kMostStoryLines = 10'000;  // kept for the report

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::int64_t frame_every(std::int64_t dt_ns) {
  return std::max<std::int64_t>(1, std::llround(kFrameS * 1e9 / static_cast<double>(dt_ns)));
}

std::int64_t step_count(const RunInput& input) {
  return std::max<std::int64_t>(0, std::llround(input.duration_s * 1e9 / static_cast<double>(input.dt_ns)));
}

std::vector<std::string> entity_names(const RunInput& input) {
  std::vector<std::string> names;
  for (const openscenario::ScenarioObject& object : input.scenario.entities) names.push_back(object.name);
  return names;
}

bool starts_commands(const stack::DriverOptions& drivers) {
  return std::any_of(drivers.choices.begin(), drivers.choices.end(),
                     [](const auto& c) { return c.spec.transport == stack::Transport::kExec; });
}

// Everything that is open while the run goes on.
class Driver {
 public:
  Driver(const RunInput& input, const RunOptions& options, stack::Drivers drivers,
         std::unique_ptr<Simulation> simulation)
      : input_(input),
        options_(options),
        drivers_(std::move(drivers)),
        simulation_(std::move(simulation)),
        statistics_(entity_names(input)),
        observer_(simulation_->setup(), input.criteria),
        dt_s_(static_cast<double>(input.dt_ns) * 1e-9),
        frame_every_(frame_every(input.dt_ns)) {
    if (input.log) divergence_.emplace(simulation_->setup(), input.validity);
  }

  sim::Result<void> open(sim::Issues& issues) {
    if (!starts_commands(input_.drivers))  // else it is open already, and holds their logs
      if (auto opened = open_out_dir(options_.out); !opened) return opened;
    if (!options_.scenario_copy.empty())
      if (auto kept = write_file(options_.out / options_.scenario_copy, input_.scenario.text); !kept) return kept;
    if (!input_.map_text.empty())
      if (auto kept = write_file(options_.out / input_.map_name, input_.map_text); !kept) return kept;
    auto events = GrowingFile::open(options_.out / "events.jsonl");
    if (!events) return tl::unexpected(events.error());
    events_.emplace(std::move(*events));
    if (!options_.trajectories.empty()) {
      auto table = GrowingFile::open(options_.trajectories);
      if (!table) return tl::unexpected(table.error());
      table->write(trajectory_header());
      trajectories_.emplace(std::move(*table));
    }
    if (!options_.picture.empty() && input_.log)
      loop_picture_.emplace(*input_.log);
    else if (!options_.picture.empty())
      picture_.emplace(entity_names(input_));
    if (options_.sensors) {
      auto sensors =
          Sensors::open(*options_.sensors, header(), input_.map, options_.out / "sensors", options_.threads, issues);
      if (!sensors) return tl::unexpected(sensors.error());
      sensors_ = std::move(*sensors);
    }
    if (options_.record == Record::kNone) return {};
    auto recorder = replay::Recorder::open(options_.out / "run.mcap", header());
    if (!recorder) return tl::unexpected(as_disk(recorder.error()));
    recorder_.emplace(std::move(*recorder));
    return record_stacks();
  }

  sim::Result<void> drive() {
    const std::int64_t steps = step_count(input_);
    const Clock::time_point start = Clock::now();
    if (auto first = frame(); !first) return first;
    while (simulation_->steps() < steps && !story_ended() && !simulation_->fault() && !options_.interrupted()) {
      simulation_->step();
      if (auto recorded = after_step(); !recorded) return recorded;
      if (simulation_->steps() % frame_every_ == 0) {
        if (auto framed = frame(); !framed) return framed;
        report_progress(start);
        if (options_.realtime)
          std::this_thread::sleep_until(start + std::chrono::nanoseconds(simulation_->steps() * input_.dt_ns));
      }
    }
    wall_time_s_ = seconds_since(start);
    interrupted_ = simulation_->steps() < steps && !story_ended();
    return {};
  }

  sim::Result<RunResult> finish(double startup_s, sim::Issues& issues) {
    const RunResult result = make_result(startup_s);
    if (broken_) issues.push_back(why_broken_);
    say_goodbye(result);
    if (recorder_)
      if (auto closed = recorder_->close(); !closed) return tl::unexpected(as_disk(closed.error()));
    if (auto done = events_->finish(); !done) return tl::unexpected(done.error());
    if (sensors_)
      if (auto done = sensors_->close(); !done) return tl::unexpected(as_disk(done.error()));
    if (trajectories_)
      if (auto done = trajectories_->finish(); !done) return tl::unexpected(done.error());
    if (picture_)
      if (auto drawn = picture_->draw(*input_.map, options_.picture); !drawn)
        return tl::unexpected(as_disk(drawn.error()));
    if (loop_picture_)
      if (auto drawn = loop_picture_->draw(*input_.map, options_.picture); !drawn)
        return tl::unexpected(as_disk(drawn.error()));
    const ReportInput report{result, statistics_, *input_.map, story_};
    const std::string html = make_report(report, issues);
    if (auto written = write_file(options_.out / "report.html", html); !written) return tl::unexpected(written.error());
    if (auto written = write_file(options_.out / "result.json", to_json(result)); !written)
      return tl::unexpected(written.error());
    return result;
  }

 private:
  static sim::Issue as_disk(sim::Issue issue) {
    if (issue.rule.empty()) issue.rule = kDiskRule;
    return issue;
  }

  replay::RunHeader header() const {
    replay::RunHeader header = make_header(input_, options_);
    for (const vehicles::VehicleType& type : simulation_->setup().catalogue)
      header.types.push_back({type.name, std::string(vehicles::to_string(type.category))});
    return header;
  }

  sim::Result<void> record_stacks() {
    for (std::size_t i = 0; i < drivers_.size(); ++i) {
      replay::StackSession session{static_cast<std::uint32_t>(i), drivers_.spec(i), simulation_->stack_init(i)};
      auto recorded = recorder_->stack(session, input_.drivers.remote.hello);
      if (!recorded) return tl::unexpected(as_disk(recorded.error()));
    }
    return {};
  }

  // What stacks were told (when frames are recorded) and answered (always: a rerun needs it).
  sim::Result<void> record_exchanges(std::int64_t step) {
    const auto exchanges = simulation_->exchanges();
    if (exchanges.empty()) return {};
    acts_.clear();
    for (const Exchange& e : exchanges) acts_.emplace_back(e.observation->ego.row(), e.act);
    std::sort(acts_.begin(), acts_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < drivers_.size() && options_.record == Record::kFrames; ++i) {
      seen_.clear();
      for (const Exchange& e : exchanges)
        if (e.stack == i) seen_.push_back(*e.observation);
      if (seen_.empty()) continue;
      observations_.encode(0, seen_, message_);
      auto told = recorder_->observed(step * input_.dt_ns, static_cast<std::uint32_t>(i), message_);
      if (!told) return tl::unexpected(as_disk(told.error()));
    }
    auto acted = recorder_->acted(step, step * input_.dt_ns, acts_);
    if (!acted) return tl::unexpected(as_disk(acted.error()));
    return {};
  }

  void say_goodbye(const RunResult& result) {
    replay::StackResult told{to_string(result.verdict), {}};
    for (const Criterion& c : result.criteria)
      told.criteria.push_back({c.name, to_string(c.verdict), c.value, c.limit});
    drivers_.finish(told);
  }

  bool story_ended() const { return simulation_->story() != nullptr && simulation_->story()->ended(); }

  // One line per change of the storyboard, and per action that could not be done.
  sim::Result<void> tell_story() {
    const story::Story* story = simulation_->story();
    if (story == nullptr) return {};
    const std::vector<replay::StoryChange> changes = story_changes(*story);
    if (changes.empty()) return {};
    const std::int64_t step = simulation_->steps() - 1;  // its beginning is when the storyboard looked
    const double time_s = static_cast<double>(step * input_.dt_ns) / 1e9;
    if (picture_) picture_->story(changes, time_s);
    for (const replay::StoryChange& change : changes) {
      events_->write(story_line(change, step, time_s));
      if (story_.size() < kMostStoryLines) story_.push_back({time_s, change});
    }
    for (const story::Story::Failure& failure : story->failures())
      take_failure(story->storyboard().elements()[failure.element], failure);
    if (!recorder_) return {};
    auto recorded = recorder_->story(step + 1, (step + 1) * input_.dt_ns, changes);
    if (!recorded) return tl::unexpected(as_disk(recorded.error()));
    return {};
  }

  // The run is then not the one that the file describes, whatever came out of it.
  void take_failure(const story::Element& element, const story::Story::Failure& failure) {
    if (broken_) {
      ++broken_->value;
      return;
    }
    broken_ = Criterion{"story", Verdict::kInvalid, 1, 0};
    broken_->time_s = static_cast<double>((simulation_->steps() - 1) * input_.dt_ns) / 1e9;
    if (failure.entity != sim::kNone)
      broken_->entity = input_.scenario.entities[static_cast<std::size_t>(failure.entity)].name;
    broken_->other = element.path;
    const auto& files = input_.scenario.files;
    why_broken_ = sim::fail(fmt::format("could not be done at {:.2f} s: {}", broken_->time_s, failure.what),
                            static_cast<std::size_t>(element.source.file) < files.size()
                                ? files[static_cast<std::size_t>(element.source.file)]
                                : input_.scenario.file,
                            element.source.line, "action " + element.path)
                      .value();
    why_broken_.severity = sim::Severity::kWarning;
  }

  sim::Result<void> after_step() {
    const auto events = simulation_->events();
    statistics_.events(events, [&](sim::Row row) { return simulation_->kind_of(row); });
    observer_.events(events);
    if (divergence_) divergence_->events(events);
    if (picture_) picture_->events(events, dt_s_);
    if (loop_picture_) loop_picture_->events(events, dt_s_);
    for (const sim::Event& event : events) events_->write(event_line(event, statistics_, dt_s_));
    if (auto told = tell_story(); !told || !recorder_) return told;
    commands_.clear();
    for (const AppliedCommand& applied : simulation_->commands())
      commands_.push_back({applied.entity, applied.command});
    const std::int64_t step = simulation_->steps();
    if (auto exchanged = record_exchanges(step); !exchanged) return exchanged;
    const sim::Hash128 hash = simulation_->state_hash();
    auto recorded = recorder_->state(step, step * input_.dt_ns, simulation_->state());
    if (recorded) recorded = recorder_->step(step, step * input_.dt_ns, hash, commands_, events);
    if (!recorded) return tl::unexpected(as_disk(recorded.error()));
    return {};
  }

  sim::Result<void> frame() {
    const std::shared_ptr<const sim::Snapshot> snapshot = simulation_->snapshot();
    statistics_.frame(*snapshot);
    observer_.frame(*snapshot);
    if (divergence_) divergence_->frame(*snapshot);
    if (picture_) picture_->frame(*snapshot);
    if (loop_picture_) loop_picture_->frame(*snapshot);
    if (sensors_)
      if (auto sensed = sensors_->frame(*shown_to(snapshot, simulation_->story(), story::kToSensors)); !sensed)
        return tl::unexpected(as_disk(sensed.error()));
    if (trajectories_) {
      lines_.clear();
      trajectory_lines(*snapshot, statistics_, lines_);
      trajectories_->write(lines_);
    }
    if (!recorder_ || options_.record != Record::kFrames) return {};
    auto recorded = recorder_->frame(snapshot);
    if (!recorded) return tl::unexpected(as_disk(recorded.error()));
    return {};
  }

  void report_progress(Clock::time_point start) {
    const double time_s = simulation_->time_s(), wall_s = seconds_since(start);
    options_.progress({time_s, input_.duration_s, wall_s > 0 ? time_s / wall_s : 0.0});
  }

  RunResult make_result(double startup_s) {
    const Totals& totals = simulation_->totals();
    RunResult r;
    r.interrupted = interrupted_;
    r.steps = simulation_->steps();
    r.dt_s = dt_s_;
    r.sim_time_s = static_cast<double>(r.steps * input_.dt_ns) / 1e9;
    r.duration_s = input_.duration_s;
    r.wall_time_s = wall_time_s_;
    r.realtime_factor = wall_time_s_ > 0 ? r.sim_time_s / wall_time_s_ : 0.0;
    r.startup_s = startup_s;
    r.state_hash = simulation_->state_hash();
    r.criteria = evaluate_criteria(totals, statistics_, r.sim_time_s, dt_s_, input_.criteria.all);
    if (drivers_.any() && !r.criteria.empty()) r.criteria.push_back(stack_collision(totals));
    for (Criterion& c : observer_.verdicts()) r.criteria.push_back(std::move(c));
    if (input_.story_ends_it && !interrupted_ && !story_ended() && !simulation_->fault())
      r.criteria.push_back(story_end(r.sim_time_s));
    if (broken_) r.criteria.push_back(*broken_);
    if (divergence_) r.criteria.push_back(divergence_->criterion()), r.divergence = divergence_->numbers();
    criteria::name_places(*input_.map, r.criteria);
    r.verdict = overall(r.criteria, interrupted_);
    describe_stacks(r);
    r.vehicles = static_cast<int>(input_.scenario.entities.size());
    if (r.divergence) r.vehicles -= static_cast<int>(r.divergence->agents);
    r.traffic_mean = r.steps > 0 ? static_cast<double>(totals.traffic_steps) / static_cast<double>(r.steps) : 0.0;
    r.traffic_peak = totals.traffic_peak;
    r.collisions = totals.collisions;
    r.collisions_engine = totals.collisions_engine;
    r.red_lights = statistics_.red_lights;
    r.routes_completed = totals.routes_completed;
    double driven_s = 0;
    for (const EgoStatistics& ego : statistics_.egos)
      if (!r.divergence || !ego.actor)  // who follows a log is not driven, and leaves when the log does not know it
        r.distance_m += ego.distance_m, driven_s += ego.driven_s, r.vehicles_left += ego.left;
    if (driven_s > 0) r.mean_speed_mps = r.distance_m / driven_s;
    describe_input(r);
    return r;
  }

  // A story that has not come to its end when nobody waits for it any longer proves nothing.
  static Criterion story_end(double waited_s) {
    Criterion c{"story_end", Verdict::kInconclusive, waited_s, waited_s};
    c.unit = "s";
    return c;
  }

  // Whoever a driving stack has touched, or was touched by.
  Criterion stack_collision(const Totals& totals) const {
    Criterion c{"stack_collision", Verdict::kPass};
    c.value = static_cast<double>(totals.collisions - totals.collisions_engine);
    if (c.value == 0) return c;
    c.verdict = Verdict::kFail;
    const auto& entities = simulation_->setup().entities;
    const auto driven = [&](sim::Id id) {
      return !id.null() && id.index < entities.size() && entities[id.index].stack >= 0;
    };
    for (const sim::Event& event : statistics_.kept) {
      if (event.kind != sim::EventKind::kCollisionBegin || (!driven(event.entity) && !driven(event.other))) continue;
      c.time_s = std::round(static_cast<double>(event.step) * dt_s_ * 1e9) / 1e9;
      c.entity = statistics_.name_of(driven(event.entity) ? event.entity : event.other);
      break;
    }
    return c;
  }

  void describe_stacks(RunResult& r) const {
    r.acts_clamped = simulation_->totals().acts_clamped;
    for (std::size_t i = 0; i < drivers_.size(); ++i) {
      const stack::RemoteStack* remote = drivers_.remote(i);
      DrivenBy by{drivers_.spec(i), remote ? remote->client() : "", {}, 0};
      if (remote && remote->executed()) by.sandbox = remote->sandboxed() ? "bubblewrap" : "none";
      by.vehicles = static_cast<std::int64_t>(simulation_->stack_init(i).egos.size());
      r.stacks.push_back(std::move(by));
    }
    const auto& fault = simulation_->fault();
    if (!fault) return;
    r.verdict = Verdict::kError;
    r.interrupted = false;
    const double time_s = static_cast<double>(fault->step * input_.dt_ns) / 1e9;
    r.fault = {std::string(to_string(fault->kind)), fault->stack, fault->what, fault->log_tail, fault->step, time_s};
  }

  void describe_input(RunResult& r) const {
    r.seed = input_.seed;
    r.threads = options_.threads;
    r.map_name = input_.map_name;
    r.map_notice = input_.map->notice;
    r.map_hash = input_.map->hash;
    r.scenario_file = input_.scenario.file;
    r.scenario_hash = sim::hash_text(input_.scenario.text);
    r.engine_version = engine_version();
    r.engine_commit = engine_commit();
    r.command = options_.command;
  }

  const RunInput& input_;
  const RunOptions& options_;
  stack::Drivers drivers_;  // outlive the simulation
  std::unique_ptr<Simulation> simulation_;
  Statistics statistics_;
  criteria::Observer observer_;
  std::optional<closed_loop::Divergence> divergence_;
  double dt_s_ = 0, wall_time_s_ = 0;
  std::int64_t frame_every_ = 10;
  bool interrupted_ = false;
  std::optional<GrowingFile> events_, trajectories_;
  std::optional<RunPicture> picture_;
  std::optional<closed_loop::LoopPicture> loop_picture_;
  std::unique_ptr<Sensors> sensors_;
  std::optional<replay::Recorder> recorder_;
  std::vector<replay::RecordedCommand> commands_;
  std::vector<StoryLine> story_;     // the first kMostStoryLines
  std::optional<Criterion> broken_;  // an action of the story could not be done
  sim::Issue why_broken_;
  std::string lines_, message_;
  std::vector<std::pair<sim::Row, const sim::Act*>> acts_;
  std::vector<sim::Observation> seen_;
  replay::ObserveCodec observations_;
};

}  // namespace

replay::RunHeader make_header(const RunInput& input, const RunOptions& options) {
  replay::RunHeader header;
  header.engine_version = engine_version();
  header.engine_commit = engine_commit();
  header.scenario_file = input.scenario.file;
  header.scenario_text = input.scenario.text;
  header.parameters = input.parameters;
  header.loop = input.loop;
  header.map_name = input.map_name;
  header.map_hash = input.map->hash;
  header.map_notice = input.map->notice;
  header.map_projection = input.map->projection;
  header.seed = input.seed;
  header.dt_ns = input.dt_ns;
  header.duration_ns = step_count(input) * input.dt_ns;
  header.frame_every = frame_every(input.dt_ns);
  header.command_line = options.invocation;
  for (const openscenario::ScenarioObject& object : input.scenario.entities)
    header.entities.push_back({object.name, object.vehicle.name, static_cast<std::uint32_t>(header.entities.size())});
  return header;
}

namespace {

// Logs of started stacks go beside the results, so that their directory has to be there before they start.
sim::Result<void> make_logs_dir(stack::DriverOptions& choices, const RunOptions& options) {
  if (!starts_commands(choices)) return {};
  choices.logs = options.out;
  return open_out_dir(options.out);
}

}  // namespace

sim::Result<RunResult> run(const RunInput& input, const RunOptions& options, sim::Issues& issues) {
  if (auto usable = check_out_dir(options.out); !usable) return tl::unexpected(usable.error());
  if (options.sensors)
    if (auto usable = check_sensors(*options.sensors, entity_names(input)); !usable)
      return tl::unexpected(usable.error());
  const std::size_t known = issues.size();
  SimulationSetup setup =
      input.log ? *input.log
                : make_setup(input.scenario, input.map, {input.seed, input.dt_ns, options.threads}, issues);
  for (std::size_t i = known; i < issues.size(); ++i)
    if (issues[i].severity == sim::Severity::kError) {
      sim::Issue first = issues[i];
      issues.erase(issues.begin() + static_cast<std::ptrdiff_t>(i));
      return tl::unexpected(std::move(first));
    }
  stack::DriverOptions choices = input.drivers;
  if (auto made = make_logs_dir(choices, options); !made) return tl::unexpected(made.error());
  auto drivers = stack::Drivers::make(choices, setup);
  if (!drivers) return tl::unexpected(drivers.error());
  auto simulation = Simulation::make(std::move(setup));
  if (!simulation) return tl::unexpected(simulation.error());
  Driver driver(input, options, std::move(*drivers), std::move(*simulation));
  if (auto opened = driver.open(issues); !opened) return tl::unexpected(opened.error());
  if (options.starting) {
    options.starting(issues);
    issues.clear();
  }
  const double startup_s = seconds_since(options.started);
  if (auto driven = driver.drive(); !driven) return tl::unexpected(driven.error());
  return driver.finish(startup_s, issues);
}

}  // namespace bitgoeul::scenarios
