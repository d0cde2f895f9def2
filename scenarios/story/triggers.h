// Triggers: when a part of the story begins or stops (OpenSCENARIO 1.3, 7.6): groups of conditions, any group whose
// conditions all hold; each condition with its edge and its delay. Prepared before the run; what conditions remember is
// state. A trigger is asked once in every step in which it counts, and reset when it begins to count anew: its edges
// start from there. Thread rule: one caller, serially.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "scenarios/openscenario/model_conditions.h"
#include "scenarios/story/entity_conditions.h"
#include "scenarios/story/values.h"
#include "scenarios/story/view.h"
#include "sim/result.h"
#include "sim/table.h"

namespace bitgoeul::scenarios::story {

// States of the parts of the story, written by Storyboard as it goes through them in the order of the file. A state
// diagram takes no time: who is asked later in the step sees what has happened in it already; who was asked before sees
// a transition in the next step, and nobody twice.
struct ElementStates {
  std::vector<std::uint8_t> state;            // StoryboardElementState: standby, running, complete
  std::vector<std::uint8_t> transition;       // bits, see Transition: in this step
  std::vector<Row> at;                        // the part that was being run when it happened
  std::vector<std::uint8_t> seen_transition;  // of the step before
  std::vector<Row> seen_at;
  std::vector<std::uint32_t> executions;
  Row position = kNone;  // the part being run; not state
  bool has(Row element, std::uint8_t bit) const {
    const std::uint8_t late = seen_at[element] >= position ? seen_transition[element] : std::uint8_t{0};
    return ((transition[element] | late) & bit) != 0;
  }
  template <class F>
  void columns(F&& f) {
    f("state", state);
    f("transition", transition);
    f("at", at);
    f("seen_transition", seen_transition);
    f("seen_at", seen_at);
    f("executions", executions);
  }
};
enum Transition : std::uint8_t { kStartTransition = 1, kEndTransition = 2, kStopTransition = 4, kSkipTransition = 8 };

class Triggers {
 public:
  Triggers(Values& values, const ElementStates& elements) : values_(values), elements_(elements) {}

  // Finds the element that a condition names; kNone: there is none.
  using FindElement = std::function<Row(openscenario::StoryboardElementType type, const std::string& name)>;
  // `expand` gives the entities that a name stands for (a selection: all its members).
  struct Context {
    PrepareContext prepare;
    FindElement find_element;
    std::function<std::vector<std::string>(const std::string&)> expand;
    std::int64_t dt_ns = 10'000'000;
    sim::Issues* issues = nullptr;
  };
  // The row is what fired() takes. Defects go to the issues.
  Row add(const openscenario::Trigger& trigger, const Context& context);
  void bind(sim::TableSet& state);

  // `by`: entities that fulfil a condition of the groups that hold, ascending.
  bool fired(Row trigger, const View& view, std::vector<Row>& by);
  void reset(Row trigger);

 private:
  struct Prepared {
    openscenario::Condition condition;
    Row entity_condition = kNone;  // else by value
    Row value = kNone;             // row of Values, or of elements
    std::int64_t delay_steps = 0;
    std::size_t history = 0;  // first of delay_steps places
  };
  struct Memory {
    std::vector<std::uint8_t> last;     // 0 never asked, 1 false, 2 true
    std::vector<std::int64_t> asked;    // times since the reset
    std::vector<std::uint8_t> history;  // ring of what was true, per condition with a delay
    template <class F>
    void columns(F&& f) {
      f("last", last);
      f("asked", asked);
      f("history", history);
    }
  };
  Prepared prepare(const openscenario::Condition& condition, const Context& context);
  void prepare_value(const openscenario::ByValueCondition& condition, Prepared& out, const Context& context);
  bool holds(const Prepared& prepared, const View& view, std::vector<Row>& by);
  bool value_holds(const Prepared& prepared, const View& view) const;
  bool is_transition(const Prepared& prepared) const;
  bool now(std::size_t condition, const View& view, std::vector<Row>& by);

  Values& values_;
  const ElementStates& elements_;
  EntityConditions entity_conditions_;
  std::vector<Prepared> conditions_;
  struct Group {
    std::size_t begin = 0, end = 0;
  };
  std::vector<std::vector<Group>> triggers_;
  Memory memory_;
  std::vector<Row> by_condition_, by_group_;
};

// Days since 1970-01-01.
std::int64_t day_of(const openscenario::TimeOfDay& date);
inline double second_of_day(const openscenario::TimeOfDay& t) { return t.hour * 3600.0 + t.minute * 60.0 + t.second; }

}  // namespace bitgoeul::scenarios::story
