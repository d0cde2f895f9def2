#include "scenarios/rerun.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <thread>

#include "scenarios/closed_loop/log_tracks.h"
#include "scenarios/openscenario/parse.h"
#include "scenarios/rerun_segments.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/simulation.h"
#include "scenarios/stack/recorded.h"

namespace bitgoeul::scenarios {
namespace {

// One that answers as in the log for each stack of the run.
void put_recorded_stacks(const std::vector<replay::StackSession>& sessions, std::vector<stack::RecordedStack>& stacks,
                         SimulationSetup& setup) {
  stacks.resize(sessions.size());
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const sim::StackInit& init = sessions[i].init;
    setup.stacks.push_back({sessions[i].spec, &stacks[i], init.act_every, init.delay, init.latency, init.radius_m,
                            init.hold, init.perception, init.driver_view});
    for (const sim::EgoInfo& ego : init.egos)
      if (static_cast<std::size_t>(ego.row) < setup.entities.size()) {
        setup.entities[static_cast<std::size_t>(ego.row)].stack = static_cast<int>(i);
        setup.entities[static_cast<std::size_t>(ego.row)].act_every = ego.act_every;
      }
  }
}

// The log that a closed loop drove anew, on the map again.
sim::Result<std::unique_ptr<const closed_loop::LogScene>> loop_again(const replay::RunHeader& header,
                                                                     const std::shared_ptr<const maps::Map>& map,
                                                                     const RerunOptions& options, sim::Issues& issues) {
  replay::LoopInput loop = *header.loop;
  if (!options.loop_logs.empty()) loop.logs = options.loop_logs;
  auto log = closed_loop::read_log_tracks(loop, map->projection);
  if (!log) return tl::unexpected(log.error());
  const auto driven = [&](const std::vector<std::string>& names) -> sim::Result<std::vector<bool>> {
    std::vector<bool> is_driven;
    for (const std::string& name : names)
      is_driven.push_back(std::find(loop.driven.begin(), loop.driven.end(), name) != loop.driven.end());
    return is_driven;
  };
  auto scene = closed_loop::make_log_setup(log->log, std::move(log->tracks), map,
                                           {driven, header.seed, header.dt_ns, options.threads}, issues);
  if (!scene) return tl::unexpected(scene.error());
  if (closed_loop::hash_of(*scene->world) != loop.world_hash)
    return sim::fail("is not the log that the closed loop drove anew: its tracks are others", loop.logs.front(), 0, {},
                     "give that one with --log");
  return std::make_unique<const closed_loop::LogScene>(std::move(*scene));
}

// Makes the simulation of a recorded run anew, for each who drives a part of it. Outlives them, or gives up its scene.
class Rebuilder {
 public:
  // Reads what all of them share.
  static sim::Result<Rebuilder> make(const replay::RunLog& log, std::shared_ptr<const maps::Map> map,
                                     const RerunOptions& options, sim::Issues& issues) {
    Rebuilder out{log.header(), log.stacks(), std::move(map)};
    const replay::RunHeader& header = out.header_;
    if (out.map_->hash != header.map_hash)
      return sim::fail(fmt::format("map {} is not the one of the run: its hash is {}, the log says {}", header.map_name,
                                   sim::to_hex(out.map_->hash), sim::to_hex(header.map_hash)),
                       {}, 0, {}, "verify with the map file and the engine version of the run");
    if (!header.loop && header.scenario_text.empty())
      return sim::fail("holds neither a scenario nor the log of a closed loop to run again", header.scenario_file, 0,
                       {}, "verify the run that it is a part of");
    if (!header.loop) return out;
    auto scene = loop_again(header, out.map_, options, issues);
    if (!scene) return tl::unexpected(scene.error());
    out.scene_ = std::move(*scene);
    return out;
  }

  sim::Result<std::unique_ptr<Driver>> driver(int threads, sim::Issues& issues) const {
    auto setup = setup_of(threads, issues);
    if (!setup) return tl::unexpected(setup.error());
    auto driver = std::make_unique<Driver>();
    put_recorded_stacks(sessions_, driver->stacks, *setup);
    auto simulation = Simulation::make(std::move(*setup));
    if (!simulation) return tl::unexpected(simulation.error());
    driver->simulation = std::move(*simulation);
    return driver;
  }

  std::unique_ptr<const closed_loop::LogScene> take_scene() { return std::move(scene_); }

 private:
  Rebuilder(replay::RunHeader header, std::vector<replay::StackSession> sessions, std::shared_ptr<const maps::Map> map)
      : header_(std::move(header)), sessions_(std::move(sessions)), map_(std::move(map)) {}

  sim::Result<SimulationSetup> setup_of(int threads, sim::Issues& issues) const {
    if (scene_) {
      SimulationSetup setup = scene_->setup;
      setup.threads = threads;
      return setup;
    }
    const auto scenario =
        openscenario::parse_text(header_.scenario_text, header_.scenario_file, header_.parameters, issues);
    if (!scenario) return tl::unexpected(scenario.error());
    SimulationSetup setup = make_setup(*scenario, map_, {header_.seed, header_.dt_ns, threads}, issues);
    if (sim::has_errors(issues))
      return sim::fail("the recorded scenario cannot be brought onto the map", header_.scenario_file);
    return setup;
  }

  replay::RunHeader header_;
  std::vector<replay::StackSession> sessions_;
  std::shared_ptr<const maps::Map> map_;
  std::unique_ptr<const closed_loop::LogScene> scene_;  // of a closed loop; its simulations refer to it
};

// Restores the last key frame at or before the step and gives its step; 0: there is none, nothing was done.
sim::Result<std::int64_t> go_to_key_frame(const replay::RunLog& log, std::int64_t step, Simulation& simulation) {
  replay::KeyFrame key;
  const auto found = log.key_frame_at(step, key);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return 0;
  if (auto restored = simulation.restore(key.state); !restored) return tl::unexpected(restored.error());
  return simulation.steps();
}

// The log in segments: from its first step, or the key frame of step `from`, or, of a part of a run, the first key
// frame in it. Sets `from` to where it began.
sim::Result<void> give_segments(const replay::RunLog& log, std::int64_t& from, Crew& crew) {
  Segment segment;
  bool begun = false;
  auto read = log.each_step_and_key([&](replay::StepRecord& record, replay::KeyFrame* key) {
    begun = begun || (from == 0 && record.step == 1);
    if (!begun && (key == nullptr || record.step < from)) return true;
    Segment next{.from = record.step, .hash = record.hash};
    if (begun) segment.steps.push_back(std::move(record));
    if (key == nullptr) return true;
    next.state = std::move(key->state);
    if (!begun) from = next.from;
    const bool wanted = !begun || crew.give(std::move(segment));
    segment = std::move(next);
    begun = true;
    return wanted;
  });
  if (begun) (void)crew.give(std::move(segment));  // also when what follows is damaged
  return read;
}

// Threads that drive: one a segment. `from`: where the first one begins.
int crew_size(const replay::RunLog& log, std::int64_t from, int threads) {
  const std::int64_t dt_ns = std::max<std::int64_t>(1, log.header().dt_ns);
  replay::KeyFrame last;
  const auto found = log.key_frame_at(std::numeric_limits<std::int64_t>::max() / dt_ns, last);
  if (!found) return 1;  // damaged there: whoever reads up to it tells
  const std::int64_t segments = *found ? (last.step - from) * dt_ns / replay::kKeyFrameEveryNs + 1 : 1;
  return static_cast<int>(std::clamp<std::int64_t>(segments, 1, std::max(1, threads)));
}

}  // namespace

sim::Result<RerunOutcome> rerun(const replay::RunLog& log, std::shared_ptr<const maps::Map> map,
                                const RerunOptions& options, sim::Issues& issues) {
  RerunOutcome outcome;
  if (options.from_step) {
    replay::KeyFrame key;
    const auto found = log.key_frame_at(*options.from_step, key);
    if (!found) return tl::unexpected(found.error());
    if (*found) outcome.from = key.step;
  }
  const int size = crew_size(log, outcome.from, options.threads), threads = std::max(1, options.threads / size);
  const auto rebuilder = Rebuilder::make(log, std::move(map), options, issues);
  if (!rebuilder) return tl::unexpected(rebuilder.error());
  auto first = rebuilder->driver(threads, issues);
  if (!first) return tl::unexpected(first.error());
  Crew crew(options);
  std::vector<std::thread> drivers;
  drivers.emplace_back([&] { crew.work(std::move(*first)); });
  for (int i = 1; i < size; ++i)
    drivers.emplace_back([&] {
      sim::Issues told;  // by the first
      if (auto driver = rebuilder->driver(threads, told)) crew.work(std::move(*driver));
    });
  const auto read = give_segments(log, outcome.from, crew);  // sets where it began
  crew.no_more();
  for (std::thread& driver : drivers) driver.join();
  if (!read && !crew.found()) return tl::unexpected(read.error());
  outcome.steps = crew.steps();
  outcome.interrupted = crew.interrupted();
  if (!crew.found()) return outcome;
  const Crew::Found& found = *crew.found();
  outcome.first = found.difference;
  outcome.steps = found.difference.step - outcome.from;
  replay::StateDigests digests;
  if (const auto has = log.digests_at(found.difference.step, digests); found.hash && has && *has)
    outcome.first->state = find_in_digests(digests, *found.hash, *found.driver->simulation);
  return outcome;
}

sim::Result<StateAt> state_at(const replay::RunLog& log, std::shared_ptr<const maps::Map> map, std::int64_t step,
                              sim::Hash128 hash, const RerunOptions& options, sim::Issues& issues) {
  StateAt at;
  auto rebuilder = Rebuilder::make(log, std::move(map), options, issues);
  if (!rebuilder) return tl::unexpected(rebuilder.error());
  auto driver = rebuilder->driver(options.threads, issues);
  if (!driver) return tl::unexpected(driver.error());
  at.scene = rebuilder->take_scene();
  at.stacks = std::move((*driver)->stacks);
  at.simulation = std::move((*driver)->simulation);
  Simulation& s = *at.simulation;
  if (const auto from = go_to_key_frame(log, step, s); !from) return tl::unexpected(from.error());
  if (at.stacks.empty()) {
    while (s.steps() < step && !options.interrupted()) s.step();
  } else {  // the log says what they answered
    const auto read = log.each_step([&](const replay::StepRecord& record) {
      if (record.step <= s.steps()) return true;
      for (stack::RecordedStack& stack : at.stacks) stack.feed(record.acts);
      s.step();
      return s.steps() < step && !options.interrupted();
    });
    if (!read) return tl::unexpected(read.error());
  }
  at.as_recorded = s.steps() == step && s.state_hash() == hash;
  return at;
}

sim::Result<std::optional<StateDifference>> state_difference(const replay::RunLog& a, const replay::RunLog& b,
                                                             const replay::StepDifference& first,
                                                             std::shared_ptr<const maps::Map> map,
                                                             const RerunOptions& options, sim::Issues& issues) {
  const auto from_a = state_at(a, map, first.step, first.a, options, issues);
  const auto from_b = state_at(b, map, first.step, first.b, options, issues);
  if (!from_a && !from_b) return tl::unexpected(from_a.error());
  const bool has_a = from_a && from_a->as_recorded, has_b = from_b && from_b->as_recorded;
  if (has_a && has_b) return compare_states(*from_a->simulation, *from_b->simulation);
  if (!has_a && !has_b) return std::nullopt;
  replay::StateDigests digests;
  const auto found = (has_a ? b : a).digests_at(first.step, digests);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::nullopt;
  auto difference = find_in_digests(digests, has_a ? first.b : first.a, *(has_a ? from_a : from_b)->simulation);
  if (difference && has_a) std::swap(difference->a, difference->b);
  return difference;
}

}  // namespace bitgoeul::scenarios
