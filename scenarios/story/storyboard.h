// Storyboard: stories, acts, maneuver groups, maneuvers, events and actions as rows with a state, and the steps between
// their states (OpenSCENARIO 1.3, 8: standby, running, complete). Conditions see the states of the step before, so the
// order of the file matters for nothing but the order of what happens. It knows nothing of what an action does: Stage
// starts, watches and stops them. All that changes is in tables. Thread rule: one caller, serially.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/openscenario/model_storyboard.h"
#include "scenarios/story/triggers.h"
#include "sim/table.h"

namespace bitgoeul::scenarios::story {

struct Element {
  openscenario::StoryboardElementType type = openscenario::StoryboardElementType::kStory;
  std::string name, path;  // path: the names from the story down, joined with ::
  openscenario::Source source;
  Row parent = kNone;
  std::vector<Row> children;
  Row start_trigger = kNone, stop_trigger = kNone;
  std::uint32_t most_executions = 1;
  openscenario::Priority priority = openscenario::Priority::kParallel;
  bool select_triggering = false;  // of an event: who triggers it acts
  std::vector<Row> actors;         // of an action: who may act
  std::size_t slots = 0;           // first of its actors in the table of what runs
  const openscenario::Action* action = nullptr;
};

// What actions do. Rows are those of elements; `slot` counts through Element::actors (0 for actions without actors).
struct Stage {
  virtual ~Stage() = default;
  virtual void start(const Element& element, Row row, std::size_t slot) = 0;
  virtual bool running(const Element& element, Row row, std::size_t slot) = 0;
  virtual void stop(const Element& element, Row row, std::size_t slot) = 0;
};

// One that has gone through a transition in the last step.
struct Change {
  Row element = kNone;
  std::uint8_t transition = 0;  // a bit of Transition
};

class Storyboard {
 public:
  // The elements in the order of the file. `all`: entities that may trigger, for groups that let them act.
  void build(const openscenario::Storyboard& board, const std::vector<Row>& all,
             const std::function<std::vector<Row>(const openscenario::ManeuverGroup&)>& actors_of);
  // Triggers, once the elements are there to be named.
  void prepare(const openscenario::Storyboard& board, Triggers& triggers, const Triggers::Context& context);
  void bind(sim::TableSet& state);

  void step(const View& view, Triggers& triggers, Stage& stage);
  bool ended() const { return table_.ended[0] != 0; }  // stopped, or every story is complete
  const std::vector<Element>& elements() const { return elements_; }
  const ElementStates& states() const { return states_; }
  const std::vector<Change>& changes() const { return changes_; }  // of the last step
  Row find(openscenario::StoryboardElementType type, const std::string& name) const;

 private:
  struct Run;
  struct Table {
    std::vector<std::uint8_t> ended{0};
    template <class F>
    void columns(F&& f) {
      f("ended", ended);
    }
  };
  struct Slots {
    std::vector<std::uint8_t> running, chosen;  // per action and actor
    template <class F>
    void columns(F&& f) {
      f("running", running);
      f("chosen", chosen);
    }
  };
  Row add(openscenario::StoryboardElementType type, const std::string& name, openscenario::Source source, Row parent);
  void build_group(const openscenario::ManeuverGroup& group, Row act, const std::vector<Row>& all,
                   const std::vector<Row>& actors);
  void build_event(const openscenario::Event& event, Row maneuver, bool select, const std::vector<Row>& all,
                   const std::vector<Row>& actors);
  std::vector<Element> elements_;
  std::vector<Row> stories_;
  Row stop_trigger_ = kNone;
  ElementStates states_;
  Slots slots_;
  Table table_;
  std::vector<Change> changes_;
  std::vector<Row> by_;
};

}  // namespace bitgoeul::scenarios::story
