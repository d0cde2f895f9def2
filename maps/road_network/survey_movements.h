// Movements of a SurveyGraph: which legs of a junction lead where (along the pieces inside of it, without the
// restricted turns), and which lanes (arrows where the source gives them, else innermost left, outermost right). Also
// who controls each junction. Read by lane_builder. Deterministic.
#pragma once

#include <vector>

#include "maps/road_network/lane_builder_junctions.h"
#include "maps/road_network/survey_graph.h"

namespace bitgoeul::maps {

// Sets kind, control and through_edges of the nodes.
std::vector<JunctionPlan> plan_survey(SurveyGraph& survey, const RoadNetwork& network, sim::Issues& issues);

// Lanes of that direction for buses alone, all day, counted from the centre line.
int bus_lanes(const StreetEdge& edge, bool along);

// survey_ways: a way through a junction from one leg to another.
struct SurveyWay {
  int to_leg = 0;
  double turn = 0;  // sum of the changes of direction, left positive, rad
};
std::vector<std::vector<SurveyWay>> ways_through(const SurveyGraph& survey, const RoadNetwork& network, int node);

}  // namespace bitgoeul::maps
