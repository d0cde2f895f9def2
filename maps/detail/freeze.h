// Freezer: the state that the stages of freeze() share: the draft, the map that grows, and who came from where.
// Made by freeze() in map_builder.cpp; each stage lives in one maps/freeze_*.cpp and fills its own arrays of the map.
// Drafts stay in place while the stages run, so pointers to them hold. Single thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "maps/map_builder.h"

namespace bitgoeul::maps::detail {

// Where a lane row came from.
struct LaneSource {
  const RoadDraft* road = nullptr;
  const SectionDraft* section = nullptr;
  const LaneDraft* lane = nullptr;
};

struct Freezer {
  MapBuilder& draft;
  sim::Issues& issues;
  const FreezeOptions& options;
  Map map;
  std::map<std::string, Row> road_rows, junction_rows;
  std::vector<const RoadDraft*> roads;          // per road row
  std::vector<const JunctionDraft*> junctions;  // per junction row
  std::vector<LaneSource> lanes;                // per lane row
  std::map<std::string, TextRef> texts;

  TextRef text(const std::string& text);
  void keep(OwnerKind kind, Row owner, const std::vector<ExtraDraft>& extras);
  void report(sim::Severity severity, int line, std::string where, std::string what, std::string remedy = {});
  std::string road_name(Row road) const;  // `<road id="12">`
  std::string lane_name(Row lane) const;  // `<road id="12"> lane -1`
  // Lane row of a section with that OpenDRIVE id, kNone when there is none.
  Row lane_of(Row section, std::int32_t id) const;
  Row road_of(const std::string& id) const;
  Row junction_of(const std::string& id) const;
};

bool drives_with_s(const Lane& lane);  // driving direction = growing road s

// In this order.
void freeze_roads(Freezer& f);       // roads, sections, lanes, polynomials, junction rows
void freeze_points(Freezer& f);      // sampled centre lines
void freeze_links(Freezer& f);       // successors, predecessors
void freeze_neighbours(Freezer& f);  // left, right, opposite, lane changes
void freeze_speeds(Freezer& f);      // limits and comfort caps
void freeze_junctions(Freezer& f);   // connecting lanes, turns, centre, control
void freeze_signals(Freezer& f);     // signals, groups, programs, stop lines
void freeze_conflicts(Freezer& f);   // overlaps and priorities
void freeze_tapers(Freezer& f);      // the ends of lanes that narrow to nothing
void freeze_reachability(Freezer& f);
void freeze_objects(Freezer& f);

}  // namespace bitgoeul::maps::detail
