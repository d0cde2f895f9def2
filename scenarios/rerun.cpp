#include "scenarios/rerun.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "scenarios/openscenario/parse.h"
#include "scenarios/scenario_setup.h"
#include "scenarios/simulation.h"
#include "scenarios/stack/recorded.h"

namespace bitgoeul::scenarios {
namespace {

// One that answers as in the log for each stack of the run.
void put_recorded_stacks(const replay::RunLog& log, std::vector<stack::RecordedStack>& stacks, SimulationSetup& setup) {
  const auto sessions = log.stacks();
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

sim::Result<std::unique_ptr<Simulation>> rebuild(const replay::RunLog& log, std::shared_ptr<const maps::Map> map,
                                                 int threads, std::vector<stack::RecordedStack>& stacks,
                                                 sim::Issues& issues) {
  const replay::RunHeader& header = log.header();
  if (map->hash != header.map_hash)
    return sim::fail(fmt::format("map {} is not the one of the run: its hash is {}, the log says {}", header.map_name,
                                 sim::to_hex(map->hash), sim::to_hex(header.map_hash)),
                     {}, 0, {}, "verify with the map file and the engine version of the run");
  if (header.scenario_text.empty())
    return sim::fail("is a closed loop over the log " + header.scenario_file + ": it has no scenario to run again", {},
                     0, {}, "run its command again and compare both with `bitgoeul diff`: " + header.command_line);
  const auto scenario = openscenario::parse_text(header.scenario_text, header.scenario_file, header.parameters, issues);
  if (!scenario) return tl::unexpected(scenario.error());
  SimulationSetup setup = make_setup(*scenario, std::move(map), {header.seed, header.dt_ns, threads}, issues);
  if (sim::has_errors(issues))
    return sim::fail("the recorded scenario cannot be brought onto the map", header.scenario_file);
  put_recorded_stacks(log, stacks, setup);
  return Simulation::make(std::move(setup));
}

// Restores the last key frame at or before the step and gives its step; 0: there is none, nothing was done.
sim::Result<std::int64_t> go_to_key_frame(const replay::RunLog& log, std::int64_t step, Simulation& simulation) {
  replay::KeyFrame key;
  const auto found = log.key_frame_at(step, key);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return 0;
  if (auto restored = simulation.restore(key.state); !restored) return tl::unexpected(restored.error());
  return simulation.steps();
}

std::string text_of(const sim::Command& command) {
  return fmt::format("{} m/s2, {} rad", command.acceleration_mps2, command.steering_rad);
}

// Bit for bit: a NaN equals itself, 0 is not -0.
bool same_bits(const sim::Command& a, const sim::Command& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

class Comparison {
 public:
  Comparison(const replay::RunLog& log, Simulation& simulation, std::vector<stack::RecordedStack>& stacks,
             const RerunOptions& options, RerunOutcome& outcome)
      : log_(log), simulation_(simulation), stacks_(stacks), options_(options), outcome_(outcome) {}

  // False: stop here.
  bool step(const replay::StepRecord& record) {
    if (record.step < outcome_.from) return true;
    if (record.step == outcome_.from) return same_hash(record);  // the key frame itself
    if (options_.interrupted()) {
      outcome_.interrupted = true;
      return false;
    }
    for (stack::RecordedStack& stack : stacks_) stack.feed(record.acts);
    simulation_.step();
    ++outcome_.steps;
    if (outcome_.steps % 100 == 0) options_.progress(simulation_.time_s());
    if (record.step != simulation_.steps())
      return differ("step number", std::to_string(record.step), std::to_string(simulation_.steps()));
    if (const auto& fault = simulation_.fault()) return differ("acts of " + fault->stack, "none", fault->what);
    return same_commands(record) && same_hash(record);
  }

 private:
  bool same_hash(const replay::StepRecord& record) {
    if (record.hash == simulation_.state_hash()) return true;
    differ("state hash", sim::to_hex(record.hash), sim::to_hex(simulation_.state_hash()));
    replay::StateDigests digests;
    const auto found = log_.digests_at(record.step, digests);
    if (found && *found) outcome_.first->state = find_in_digests(digests, record.hash, simulation_);
    return false;
  }

  bool differ(std::string what, std::string recorded, std::string again) {
    outcome_.first = RerunDifference{simulation_.steps(), simulation_.time_s(), std::move(what),
                                     std::move(recorded), std::move(again),     {}};
    return false;
  }

  bool same_commands(const replay::StepRecord& record) {
    const auto commands = simulation_.commands();
    for (std::size_t i = 0; i < std::min(commands.size(), record.commands.size()); ++i) {
      const auto& [entity, command] = record.commands[i];
      if (entity == commands[i].entity && same_bits(command, commands[i].command)) continue;
      const auto& entities = simulation_.setup().entities;
      const std::string name = static_cast<std::size_t>(entity) < entities.size()
                                   ? entities[static_cast<std::size_t>(entity)].name
                                   : fmt::format("row {}", entity);
      return differ("command of " + name, text_of(command), text_of(commands[i].command));
    }
    if (commands.size() == record.commands.size()) return true;
    return differ("number of commands", std::to_string(record.commands.size()), std::to_string(commands.size()));
  }

  const replay::RunLog& log_;
  Simulation& simulation_;
  std::vector<stack::RecordedStack>& stacks_;
  const RerunOptions& options_;
  RerunOutcome& outcome_;
};

}  // namespace

sim::Result<RerunOutcome> rerun(const replay::RunLog& log, std::shared_ptr<const maps::Map> map,
                                const RerunOptions& options, sim::Issues& issues) {
  std::vector<stack::RecordedStack> stacks;
  auto simulation = rebuild(log, std::move(map), options.threads, stacks, issues);
  if (!simulation) return tl::unexpected(simulation.error());
  RerunOutcome outcome;
  if (options.from_step) {
    const auto from = go_to_key_frame(log, *options.from_step, **simulation);
    if (!from) return tl::unexpected(from.error());
    outcome.from = *from;
  }
  Comparison comparison(log, **simulation, stacks, options, outcome);
  const auto read = log.each_step([&](const replay::StepRecord& record) { return comparison.step(record); });
  if (!read && !outcome.first) return tl::unexpected(read.error());
  return outcome;
}

sim::Result<StateAt> state_at(const replay::RunLog& log, std::shared_ptr<const maps::Map> map, std::int64_t step,
                              sim::Hash128 hash, const RerunOptions& options, sim::Issues& issues) {
  StateAt at;
  auto simulation = rebuild(log, std::move(map), options.threads, at.stacks, issues);
  if (!simulation) return tl::unexpected(simulation.error());
  at.simulation = std::move(*simulation);
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
