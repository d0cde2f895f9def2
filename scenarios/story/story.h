// Story: the storyboard of a scenario with the entities that it moves, as one stage of the step. Made from the model
// before the run, when every defect is reported; then begin() once, and step() in every step on a View of its
// beginning, which whoever owns the world fills (its own actors fill themselves). Everything that it remembers is in
// tables. SI units. Thread rule: one caller, serially.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "maps/map.h"
#include "scenarios/openscenario/model.h"
#include "scenarios/story/motion.h"
#include "scenarios/story/signals.h"
#include "scenarios/story/storyboard.h"
#include "scenarios/story/values.h"
#include "scenarios/story/view.h"
#include "sim/result.h"
#include "sim/table.h"

namespace bitgoeul::scenarios::story {

// What a scenario has beyond entities with drivers: a storyboard that waits for more than the clock, or entities that
// the story moves.
bool has_story(const openscenario::Scenario& scenario);
// The story moves it: no controller of it names a driver.
bool moved_by_story(const openscenario::ScenarioObject& object);

// The sky and the clock.
struct Environment {
  std::vector<double> friction{1.0}, precipitation_mmph{0.0}, time_of_day_s{8 * 3600.0};
  std::vector<std::int64_t> day{0}, since_step{0};
  std::vector<std::uint8_t> clock_runs{1};
  template <class F>
  void columns(F&& f) {
    f("friction", friction);
    f("precipitation_mmph", precipitation_mmph);
    f("time_of_day_s", time_of_day_s);
    f("day", day);
    f("since_step", since_step);
    f("clock_runs", clock_runs);
  }
};

class Story : private Stage {
 public:
  // `scenario` and `map` must outlive it. Defects go to the issues; with an error among them it is not to be run.
  Story(const openscenario::Scenario& scenario, const maps::Map& map, std::uint64_t seed, std::int64_t dt_ns,
        sim::Issues& issues);
  void bind(sim::TableSet& state);
  void derive() { motion_.derive(); }

  View& view() { return view_; }
  // The story moves it now. Who has it may change: then its owner has to hand it over (handovers()).
  bool actor(Row entity) const { return !motion_.driven(entity); }
  // The story tells some entity's driver something, or hands entities over.
  bool tells_drivers() const { return std::find(told_.begin(), told_.end(), 1) != told_.end(); }
  // Some action makes an entity invisible to something.
  bool hides() const { return hides_; }
  // Entities that are told how fast or in which lane to drive while a driver has them: nothing for a stack.
  bool tells_how(Row entity) const { return tells_how_[entity] != 0; }
  // The actions of Init, at time 0. Reports what they cannot do.
  void begin(sim::Issues& issues);
  // At the beginning of a step: what the story itself knows of the view. Entities with drivers are the owner's to show.
  void look(std::int64_t step);
  void step();
  // Signals of the map: as the world shows them, before a step; what the story has set, after it.
  void see_signals(const sim::Signals& world) { signals_.see(world); }
  void tell_signals(sim::Signals& world) { signals_.tell(world); }
  void see(Row entity) {  // an actor, as it is now
    if (actor(entity)) motion_.show(entity, view_.seen[entity]);
  }
  bool ended() const { return storyboard_.ended(); }

  const Motion& motion() const { return motion_; }
  const Storyboard& storyboard() const { return storyboard_; }
  const Environment& environment() const { return environment_; }
  const Values& values() const { return values_; }
  bool weather_changed() const { return weather_changed_; }  // in the last step
  // Traffic actions of the last step, or of Init: a zone (traffic_setup.h) that starts about a place, or stops.
  struct TrafficOrder {
    Row zone = kNone;
    bool start = true;
    double x = 0, y = 0;
  };
  const std::vector<TrafficOrder>& traffic_orders() const { return traffic_orders_; }
  // Entities that have gone over to the story or to a driver in the last step, or in Init.
  const std::vector<Row>& handovers() const { return handovers_; }
  // Driven ones that were told a route (motion().route()), or none, meanwhile.
  const std::vector<Row>& routed() { return motion_.routed(); }
  // Actions that could not be done when they began, in the last step.
  struct Failure {
    Row element = kNone, entity = kNone;
    std::string what;
  };
  const std::vector<Failure>& failures() const { return failures_; }

 private:
  struct Global {  // an action of the element or of Init with its names resolved
    const openscenario::GlobalAction* action = nullptr;
    Row entity = kNone, value = kNone;
    Spot spot;
  };
  void start(const Element& element, Row row, std::size_t slot) override;
  bool running(const Element& element, Row row, std::size_t slot) override;
  void stop(const Element& element, Row row, std::size_t slot) override;

  void prepare_for_driver(Row action, Row entity, const PrepareContext& context);
  void doubt(const PrepareContext& context, const openscenario::PrivateAction& action, Row entity, std::string what,
             std::string remedy);
  sim::Result<void> act(Row action, Row entity);  // a private one
  sim::Result<void> take_charge(Row action, Row entity);
  void see_driven();
  void name_values();
  void describe_bodies();
  void prepare_elements(const PrepareContext& context, sim::Issues& issues);
  void prepare_init(const PrepareContext& context, sim::Issues& issues);
  Row prepare_private(const openscenario::PrivateAction& action, const std::vector<Row>& actors,
                      const PrepareContext& context, sim::Issues& issues);
  Row prepare_global(const openscenario::GlobalAction& action, const PrepareContext& context, sim::Issues& issues);
  void prepare_signals(const PrepareContext& context, sim::Issues& issues);
  void check_signal(const PrepareContext& context, openscenario::Source source, const std::string& signal,
                    const std::string& state, bool action, sim::Issues& issues) const;
  std::vector<std::string> expand(const std::string& name) const;
  std::vector<Row> rows_of(const std::string& name) const;
  void prepare_traffic(const openscenario::GlobalAction& action, const PrepareContext& context, Global& global,
                       sim::Issues& issues);
  sim::Result<void> act_traffic(const Global& global);
  sim::Result<void> act(const Global& global);
  void act_environment(const openscenario::EnvironmentAction& action);

  const openscenario::Scenario& scenario_;
  const maps::Map& map_;
  View view_;
  std::vector<std::uint8_t> told_, tells_how_, handed_over_;  // per entity: a driver is told something ...
  std::vector<std::pair<Row, sim::Issue>> doubts_;  // what no driver does, of entities that may be the story's by then
  Motion motion_;
  Values values_;
  Storyboard storyboard_;
  Triggers triggers_;
  Signals signals_;
  Environment environment_;
  std::vector<Row> action_of_;  // per element: row of Motion or of globals_
  std::vector<Global> globals_;
  struct InitAction {
    Row entity = kNone, action = kNone;
    bool places = false;
    openscenario::Source source;
  };
  std::vector<InitAction> init_;
  std::vector<Row> init_globals_;
  std::vector<const openscenario::GlobalAction*> zones_;  // by zone
  std::vector<TrafficOrder> traffic_orders_;
  bool weather_changed_ = false, hides_ = false;
  std::vector<Failure> failures_;
  std::vector<Row> handovers_;
};

}  // namespace bitgoeul::scenarios::story
