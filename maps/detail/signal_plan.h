// SignalPlan: the dynamic signals of a draft with the movements they rule, while freeze makes groups and programs of
// them. Made and read by freeze_signals.cpp, freeze_programs.cpp and freeze_stop_lines.cpp. Single thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {

struct RuledSignal {
  const SignalDraft* draft = nullptr;
  Row row = kNone;         // of Map::signals
  std::vector<Row> lanes;  // connecting lanes it rules, ascending
  Row approach = kNone;    // road from which the first of them is entered
  Row junction = kNone;
  int program = -1;         // of MapBuilder::programs, -1: none
  std::vector<int> phases;  // of that program in which it is green
  Row group = kNone;
};

struct SignalPlan {
  std::vector<RuledSignal> signals;          // dynamic ones, in draft order
  std::map<std::string, std::size_t> by_id;  // into signals
};

SignalPlan plan_signals(Freezer& f);               // places all signals; finds what each dynamic one rules
void name_programs(Freezer& f, SignalPlan& plan);  // which program and phases each signal belongs to
void make_groups(Freezer& f, SignalPlan& plan);    // signals that always show the same
void make_programs(Freezer& f, const SignalPlan& plan);
void settle_plates(Freezer& f);  // which group a U-turn's plate is about
void make_stop_lines(Freezer& f, const SignalPlan& plan);

}  // namespace bitgoeul::maps::detail
