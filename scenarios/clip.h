// Clip: a moment of a log as a folder that needs nothing else: `run.mcap` (who was near, signals, events, commands,
// what stacks were told and answered, hashes of the steps), `map.xodr` (the part of the map that lies around), a
// scenario of the same tracks (`clip.xosc`) and `clip.json` (where it is from). Times are those of the log. Made by
// `replay --extract`; `replay`, `view`, `run` and the rest read it wherever it lies. Thread rule: one caller.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "maps/map.h"
#include "replay/source.h"
#include "sim/result.h"

namespace bitgoeul::scenarios {

struct ClipSetup {
  std::filesystem::path log, roles;
  std::int64_t from_ns = 0, to_ns = 0;  // log time
  std::string vehicle;                  // around whom; empty: the log's own, the first of a run
  double radius_m = 200;
  std::shared_ptr<const maps::Map> map;  // null: no map goes along
  std::string event;                     // JSON object for clip.json; empty: none
  std::string engine;                    // version and commit, for clip.json
};

struct ClipFacts {
  std::string vehicle;
  std::size_t frames = 0, steps = 0, observations = 0, acts = 0, entities = 0, roads = 0;
};

// Nothing is left behind when it fails. Errors name the log or the file.
sim::Result<ClipFacts> write_clip(const ClipSetup& setup, const std::filesystem::path& out);

}  // namespace bitgoeul::scenarios
