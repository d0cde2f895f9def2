// Entity conditions: the sixteen conditions by entity of OpenSCENARIO 1.3 on what View shows. Prepared before the run
// (names become rows); held() says in a step whether one is true and for whom. What a condition remembers (since when
// somebody stands, is off the road, is at the end of it) is a table. Edges, delays and groups are the storyboard's.
// A measure that is undefined (no road there, nobody there, no approach) makes its condition false.
// Thread rule: one caller, serially.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scenarios/openscenario/model_conditions.h"
#include "scenarios/story/measures.h"
#include "scenarios/story/positions.h"
#include "scenarios/story/view.h"
#include "sim/result.h"
#include "sim/table.h"

namespace bitgoeul::scenarios::story {

class EntityConditions {
 public:
  // Names of entities only: selections are taken apart before. Fails, with line and column, on names that are not
  // there and on what no measure covers. The row is what held() takes. Before bind().
  sim::Result<Row> prepare(const openscenario::ByEntityCondition& condition, openscenario::Source source,
                           const PrepareContext& context);
  void bind(sim::TableSet& state) { state.add("entity_conditions", memory_); }
  // Once in every step in which the condition counts. `by`: the triggering entities that fulfil it, ascending.
  bool held(Row condition, const View& view, std::vector<Row>& by);
  // Forgets: the durations begin anew.
  void reset(Row condition);

 private:
  struct Prepared {
    openscenario::ByEntityCondition condition;
    std::vector<Row> triggering, others;
    Spot target;
    Row memory = 0;  // row of the first triggering entity
  };
  // A condition and an entity: the step since when it holds; -1: it does not.
  struct Memory {
    std::vector<std::int64_t> since_step;
    template <class F>
    void columns(F&& f) {
      f("since_step", since_step);
    }
  };
  struct Case;
  bool lasts(bool now, double duration_s, Row memory, const View& view);
  std::vector<Prepared> conditions_;
  Memory memory_;
};

}  // namespace bitgoeul::scenarios::story
