#include "scenarios/stack/recorded.h"

#include <algorithm>

namespace bitgoeul::scenarios::stack {

bool RecordedStack::ask(std::span<const sim::Observation> observations) {
  asked_ = observations;
  return true;
}

bool RecordedStack::answer(std::span<sim::Act> acts) {
  for (std::size_t i = 0; i < acts.size(); ++i) {
    const auto found = std::lower_bound(acts_.begin(), acts_.end(), asked_[i].ego.row(),
                                        [](const replay::RecordedAct& act, sim::Row row) { return act.entity < row; });
    if (found == acts_.end() || found->entity != asked_[i].ego.row()) {
      fault_ = {sim::StackFaultKind::kProtocol,
                {},
                "the log holds no act of vehicle " + std::to_string(asked_[i].ego.index) + " in this step",
                {},
                asked_[i].step};
      return false;
    }
    acts[i] = found->act;
  }
  return true;
}

}  // namespace bitgoeul::scenarios::stack
