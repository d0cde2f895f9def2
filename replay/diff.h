// diff_logs: where two run logs part: fields of the header that differ, the first step whose commands, events or state
// hash differ, and the first value: of a command or event with all its bits, else of a frame at or soon after that
// step, within the frames' quantum (a smaller difference cannot be seen there). Used by the command `diff`. Both logs
// may be torn: then the steps that both have are compared. Thread rule: pure, apart from reading the files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/run_log.h"

namespace bitgoeul::replay {

struct HeaderDifference {
  std::string field;  // as in schema/header.proto; parameters and entities with their name: `parameters[speed]`
  std::string a, b;   // long texts: their size and hash instead
};

struct StepDifference {
  std::int64_t step = 0;
  std::int64_t time_ns = 0;
  sim::Hash128 a, b;
};

// The first value that differs.
struct ValueDifference {
  std::int64_t step = 0;  // of the commands or events, or of the frame
  std::string where;      // `command`, `event 2`, `frame`
  std::string entity, column;
  std::string a, b;  // floating-point numbers with all their digits
};

struct LogDifference {
  std::vector<HeaderDifference> header;
  std::int64_t steps_a = 0, steps_b = 0;                             // in the logs
  std::int64_t steps_equal = 0;                                      // from the start
  std::optional<StepDifference> first;                               // first step that both have and that differs
  std::optional<ValueDifference> value;                              // of that step or soon after it
  bool same_course() const { return !first && steps_a == steps_b; }  // every step equal, none more
};

std::vector<HeaderDifference> diff_headers(const RunHeader& a, const RunHeader& b);
sim::Result<LogDifference> diff_logs(const RunLog& a, const RunLog& b);

}  // namespace bitgoeul::replay
