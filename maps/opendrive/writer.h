// The state that the writer's chapters share, and their functions, one per element of the norm. Made by write.cpp; the
// reader's counterpart is reader.h. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "maps/map.h"
#include "maps/opendrive/write_links.h"
#include "maps/opendrive/xml_writer.h"
#include "sim/result.h"

namespace bitgoeul::maps::opendrive {

// A dynamic signal and how its movements are told: by where it stands, or by references on the connecting lanes.
struct SignalReference {
  Row signal = kNone, lane = kNone;
};

struct StopPlace {
  Row lane = kNone;
  double s = 0;      // of the lane
  double slant = 0;  // of the line, metres along the road per metre of t
};

struct Writer {
  const Map& map;
  XmlWriter& xml;
  sim::Issues& issues;
  RoadLinks links;
  std::vector<std::vector<Row>> signals, objects;          // per road
  std::map<Row, std::vector<std::int32_t>> lanes_of_line;  // of signals that are stop lines
  std::vector<std::vector<StopPlace>> stop_lines;          // per road
  std::vector<std::vector<SignalReference>> references;    // per road
  std::vector<std::vector<Row>> of_group;                  // signals of each group
  std::vector<std::uint8_t> refers;                        // per signal: it rules nothing by where it stands
  std::map<std::string, int> left_out;                     // what the norm has no words for, counted

  std::string text(TextRef ref) const { return std::string(map.text_of(ref)); }
  std::string road_id(Row road) const { return text(map.roads[road].id); }
  std::string junction_id(Row junction) const;
  std::string junction_name(Row junction) const;
  int first_free_id = 0;  // ids of direct junctions
};

inline constexpr const char* kStopLineType = "294";  // StVO sign 294, which OpenDRIVE files name a stop line by

// write_road.cpp
void write_road(Writer& w, Row road);
// write_lanes.cpp
void write_lanes(Writer& w, Row road);
// write_signals.cpp: which signals need references; then each road's signals, and the controllers.
void plan_signals(Writer& w);
void write_signals(Writer& w, Row road);
void write_controllers(Writer& w);
std::string controller_id(Row group);
// write_objects.cpp
void plan_objects(Writer& w);
void write_objects(Writer& w, Row road);
// write_kept.cpp: extras of one owner, inside its element
void write_kept(Writer& w, OwnerKind kind, Row owner);
// What stands there under that path: an element as XML, an attribute (`@name`) as its value.
std::vector<std::string_view> kept(const Map& map, OwnerKind kind, Row owner, std::string_view name);
// write_junctions.cpp
void write_junctions(Writer& w);

}  // namespace bitgoeul::maps::opendrive
