// Roster: what is known of the named entities beside their motion, by row: the company whose stack drives, and what the
// criteria of the run say of it. Fixed once a run is open. Main thread only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/entities.h"
#include "viewer/criteria_list.h"

namespace bitgoeul::viewer {

enum class Judged : std::uint8_t { kNot, kPass, kFail };

// A named entity, as the scenario has it. company: its Property `bitgoeul:company`, else the stack that drives it.
struct Member {
  sim::Row row = sim::kNone;
  std::string name, company;
};

class Roster {
 public:
  Roster() = default;
  // Fail: named by a criterion that failed. Pass: not named so, in a run whose criteria were evaluated.
  Roster(std::span<const Member> members, std::span<const ShownCriterion> criteria);

  const std::vector<std::string>& companies() const { return companies_; }  // in the order of the alphabet
  int company(sim::Row row) const { return known(row) ? company_[static_cast<std::size_t>(row)] : -1; }  // -1: none
  Judged judged(sim::Row row) const { return known(row) ? judged_[static_cast<std::size_t>(row)] : Judged::kNot; }

 private:
  bool known(sim::Row row) const { return row >= 0 && static_cast<std::size_t>(row) < company_.size(); }
  std::vector<std::string> companies_;
  std::vector<int> company_;
  std::vector<Judged> judged_;
};

// `exec:/usr/bin/python3 DIR/planner.py --fast` is `planner.py`: what tells one stack from another at a glance.
std::string stack_name(const std::string& spec);

}  // namespace bitgoeul::viewer
