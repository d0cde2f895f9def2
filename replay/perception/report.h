// Reports of a run of a stub: score.json and events.jsonl as text. Numbers that are not known are null. Made from
// Scores by `replay`. Thread rule: pure.
#pragma once

#include <string>

#include "replay/perception/session.h"

namespace bitgoeul::replay {

struct ReportFacts {
  std::string log, stub;
  std::uint64_t seed = 1;
  Region region;
  PerceptionSummary summary;
};

std::string score_json(const ReportFacts& facts, const Scores& scores);
std::string events_jsonl(const SafetyScore& safety);  // one object a line, in order of time
std::string score_text(const Scores& scores);         // a few lines for a reader

}  // namespace bitgoeul::replay
