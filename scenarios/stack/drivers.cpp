#include "scenarios/stack/drivers.h"

#include <fmt/format.h>

#include "scenarios/stack/own_driver.h"
#include "scenarios/stack/planner.h"

namespace bitgoeul::scenarios::stack {
namespace {

sim::Act brake(const sim::EgoInfo&, const sim::Observation&) {
  sim::Act act;
  act.kind = sim::ActKind::kControl;
  act.acceleration_mps2 = -3.0;
  return act;
}

// Which stacks there are to be, one row per stack: its choice and its vehicles.
struct Row {
  std::size_t choice = 0;
  std::vector<std::size_t> entities;
};

std::vector<Row> rows_of(const std::vector<Choice>& choices, const std::vector<int>& of) {
  std::vector<Row> rows;
  for (std::size_t c = 0; c < choices.size(); ++c) {
    Row together{c, {}};
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (of[i] != static_cast<int>(c)) continue;
      if (choices[c].each)
        rows.push_back({c, {i}});
      else
        together.entities.push_back(i);
    }
    if (!together.entities.empty()) rows.push_back(std::move(together));
  }
  return rows;
}

sim::Result<void> set_periods(const std::vector<Period>& periods, SimulationSetup& setup) {
  for (const Period& period : periods) {
    bool found = false;
    for (EntitySetup& entity : setup.entities) {
      if (entity.stack < 0 || !names_entity(period.entities, entity.name)) continue;
      entity.act_every = period.steps;
      found = true;
    }
    if (!found)
      return sim::fail("no vehicle that a stack drives is called \"" + period.entities + "\"", {}, 0, "--act-every",
                       "name one, or a pattern such as ego_*");
  }
  return {};
}

}  // namespace

std::unique_ptr<sim::Stack> make_builtin(const std::string& name) {
  if (name == "driver") return std::make_unique<OwnDriver>();
  if (name == "planner") return std::make_unique<Planner>(plan);
  if (name == "trajectory_planner") return std::make_unique<Planner>(plan_trajectory);
  if (name == "brake") return std::make_unique<Planner>(brake);
  return nullptr;
}

sim::Result<Drivers> Drivers::make(const DriverOptions& options, SimulationSetup& setup) {
  std::vector<std::string> names;
  for (const EntitySetup& entity : setup.entities) names.push_back(entity.name);
  const auto of = assign(options.choices, names);
  if (!of) return tl::unexpected(of.error());
  Drivers drivers;
  for (const Row& row : rows_of(options.choices, *of)) {
    const Spec& spec = options.choices[row.choice].spec;
    if (spec.transport == Transport::kBuiltin) {
      drivers.stacks_.push_back(make_builtin(spec.name));
      drivers.remotes_.push_back(nullptr);
    } else {
      RemoteOptions remote = options.remote;
      if (!options.logs.empty()) remote.log = options.logs / fmt::format("stack_{}.log", drivers.stacks_.size());
      auto opened = RemoteStack::open(spec, std::move(remote));
      if (!opened) return tl::unexpected(opened.error());
      drivers.remotes_.push_back(opened->get());
      drivers.stacks_.push_back(std::move(*opened));
    }
    drivers.specs_.push_back(spec.text);
    for (const std::size_t entity : row.entities) setup.entities[entity].stack = static_cast<int>(setup.stacks.size());
    setup.stacks.push_back({spec.text, drivers.stacks_.back().get(), options.act_every, options.delay, options.latency,
                            options.radius_m, options.hold, options.perception, options.driver_view});
  }
  if (auto set = set_periods(options.periods, setup); !set) return tl::unexpected(set.error());
  return drivers;
}

void Drivers::finish(const replay::StackResult& result) {
  for (RemoteStack* remote : remotes_)
    if (remote) remote->finish(result);
}

bool Drivers::unsandboxed() const {
  for (const RemoteStack* remote : remotes_)
    if (remote && remote->executed() && !remote->sandboxed()) return true;
  return false;
}

}  // namespace bitgoeul::scenarios::stack
