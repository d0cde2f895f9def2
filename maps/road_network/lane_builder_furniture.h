// What stands on the built roads: signal heads and programs, stop lines, crosswalks, school-zone limits, bus lanes; and
// the names (ids) that the drafts of one build share. Read by lane_builder.
#pragma once

#include <string>
#include <vector>

#include "maps/map_builder.h"
#include "maps/road_network/lane_builder_elevation.h"
#include "maps/road_network/lane_builder_junctions.h"

namespace bitgoeul::maps {

std::string road_id(int edge);
std::string junction_id(int node);
std::string connecting_road_id(int node, int movement);
// OpenDRIVE lane id of driving lane k (0 = next to the centre) in the edge's direction (along) or against it, in the
// section that begins at s.
int lane_id_of(const StreetEdge& edge, bool along, int k, double s);
// The same where the lane arrives at a junction, and where it leaves one.
int lane_id_in(const StreetEdge& edge, bool along, int k);
int lane_id_out(const StreetEdge& edge, bool along, int k);

// Stop line's distance before the road's end in that driving direction; < 0: none.
double stop_distance(const StreetGraph& graph, int edge, bool along);

// Signals and programs of all signalised junctions. Issues: of a signal order that the lanes of a junction do not
// allow.
void add_signals(const StreetGraph& graph, const std::vector<JunctionPlan>& plans, MapBuilder& builder,
                 sim::Issues& issues);
// Crosswalks at signals, islands of slips, school-zone limits and bus lanes, once the builder holds all roads.
void add_furniture(const StreetGraph& graph, const std::vector<JunctionPlan>& plans, const Heights& heights,
                   const RoadNetwork& network, MapBuilder& builder);

}  // namespace bitgoeul::maps
