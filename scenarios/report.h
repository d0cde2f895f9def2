// report.html: one file without network or other files: verdict, numbers, the map as a picture with every trip on it
// coloured by speed, plots over time, tables of vehicles and events, and the command that reproduces the run. All text
// is escaped. Made by run.cpp at the end of a run. Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "maps/map.h"
#include "replay/run_log.h"
#include "scenarios/result.h"
#include "scenarios/statistics.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

// A change of the storyboard.
struct StoryLine {
  double time_s = 0;
  replay::StoryChange change;
};

struct ReportInput {
  const RunResult& result;
  const Statistics& statistics;
  const maps::Map& map;
  std::span<const StoryLine> story = {};
};

// A picture that cannot be drawn is a warning, and the report says so in its place.
std::string make_report(const ReportInput& input, sim::Issues& issues);

std::string html_escaped(std::string_view text);
std::string base64(std::string_view bytes);

}  // namespace bitgoeul::scenarios
