// What the viewer was asked to show, opened: a map, a run log, a log of any other format, a scenario that then runs
// live. Every failure is kept as an Issue to be shown in the window; nothing here ends the program. Any one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "maps/map.h"
#include "maps/projection.h"
#include "sim/result.h"
#include "viewer/criteria_list.h"
#include "viewer/intent.h"
#include "viewer/roster.h"
#include "viewer/sensor_feed.h"
#include "viewer/source.h"

namespace bitgoeul::viewer {

struct OpenOptions {
  std::string map;  // instead of the one that the file names
  std::uint64_t seed = 1;
  double duration_s = 0;   // of a live run; 0: its stop trigger, or an hour
  std::string perception;  // stub that the log's sensors are shown through; empty: by what the log holds
  std::string host;        // in runs of ours: the vehicle whose sensors these are; empty: the first named
  int threads = 1;
};

struct Opened {
  std::string path;
  std::shared_ptr<const maps::Map> map;
  std::unique_ptr<Source> source;                // null: a map alone
  std::unique_ptr<SensorFeed> feed;              // null: no sensors in it
  std::unique_ptr<maps::Projection> projection;  // of the map; null: it has none
  std::string run_log;                           // run.mcap of ours; empty: something else
  std::vector<ShownCriterion> criteria;          // of the run
  Roster roster;                                 // of its named entities
  std::string marks_file;                        // beside the log; empty: no place for them
  std::function<Routes()> find_routes;           // takes a moment; any thread. Empty: nothing has one
  // As the scenario of a run begins; < 0: it does not say. rain: 0 dry to 1 (50 mm/h).
  double hour = -1, fog_m = -1, rain = -1;
  sim::Issues issues;  // what went wrong, errors first
};

Opened open(const std::string& path, const OpenOptions& options);

}  // namespace bitgoeul::viewer
