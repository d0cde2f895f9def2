// Junctions that are one: pieces of one street that nothing else joins, nodes nearer than any two junctions are,
// streets drawn twice. Works on the polylines of a StreetGraph, in near-linear time; what happens first is a matter of
// lengths and rows, never of the order of streets in memory. Read by lane_builder_graph. Local metres.
#pragma once

#include "maps/road_network/lane_builder_graph.h"

namespace bitgoeul::maps {

// Where two pieces of one street meet and nothing else, they become one edge again.
void join_at_pass_through_nodes(StreetGraph& graph);
// Two nodes on the ends of an edge shorter than 60 m become one, the shortest edge first.
void merge_short_edges(StreetGraph& graph);
// So do two of one level nearer than 25 m, the first rows first.
void merge_near_nodes(StreetGraph& graph);
// Two named roads on one stretch of street are drawn as two lines: the lesser one goes.
void drop_twins(StreetGraph& graph);
// Streets that their junctions would swallow: the two junctions become one. True when there were any.
bool merge_swallowed_edges(StreetGraph& graph);

}  // namespace bitgoeul::maps
