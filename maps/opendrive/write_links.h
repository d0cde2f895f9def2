// RoadLinks: OpenDRIVE's road and junction links, found from the lane links of a Map: what each road end names as its
// predecessor or successor, the connections of each junction, and direct junctions where several roads meet one without
// connecting roads between; and where the roads of virtual junctions meet their main road. Made by the writer; rows are
// those of the Map; junctions behind the Map's are the direct ones.
#pragma once

#include <cstdint>
#include <vector>

#include "maps/map.h"

namespace bitgoeul::maps::opendrive {

// The beginning or end of a road's reference line.
struct RoadEnd {
  Row road = kNone;
  bool at_end = false;
  auto operator<=>(const RoadEnd&) const = default;
};

struct RoadEndLink {
  RoadEnd road;          // road.road == kNone: none
  Row junction = kNone;  // wins over the road
  double middle_s = -1;  // >= 0: it meets that road there, in its middle
};

struct Connection {
  Row junction = kNone;
  Row incoming = kNone;
  RoadEnd connecting;  // its end that touches the incoming road
  std::vector<std::pair<std::int32_t, std::int32_t>> lanes;
};

// A lane of a road inside a junction meets a lane of its main road (12.5).
struct MiddleMeeting {
  Row junction = kNone, main_road = kNone;
  double s = 0;               // of the main road
  std::int8_t direction = 1;  // of the main road's lane
};

struct RoadLinks {
  std::vector<RoadEndLink> ends;        // of road r: at its beginning 2 r, at its end 2 r + 1
  std::vector<Connection> connections;  // ascending by junction, incoming, connecting
  std::vector<MiddleMeeting> middles;   // ascending by junction
  Row direct_junctions = 0;
  const RoadEndLink& at(RoadEnd end) const {
    return ends[2 * static_cast<std::size_t>(end.road) + (end.at_end ? 1 : 0)];
  }
};

RoadLinks find_road_links(const Map& map);
// Lane ids that the lane is linked to at the end or beginning (in growing s) of its section: in the next section of its
// road, or in the road that its road end names.
std::vector<std::int32_t> linked_lanes(const Map& map, const RoadLinks& links, Row lane, bool at_end);

}  // namespace bitgoeul::maps::opendrive
