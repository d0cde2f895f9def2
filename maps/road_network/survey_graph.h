// SurveyGraph: a StreetGraph of surveyed lines (OSM, node-link) that stay where they are: cut where streets share a
// vertex, joined where nothing else meets, and vertices of one real junction (the crossings of dual carriageways)
// gathered in one node. Made from a RoadNetwork; read by survey_movements and lane_builder. Local metres.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "maps/road_network/lane_builder_graph.h"
#include "sim/result.h"

namespace bitgoeul::maps {

// A piece of street between two vertices where streets meet.
struct SurveyPiece {
  int from = -1, to = -1;  // rows of SurveyGraph::vertices
  bool alive = true;
  Street street;
  std::int64_t first_id = 0, last_id = 0;  // source ids of the streets at its ends
};

struct SurveyVertex {
  std::int64_t id = 0;
  sim::Vec2 position = sim::Vec2::Zero();
  const VertexFact* fact = nullptr;
  std::vector<int> pieces;  // living ones, each end once
  int node = -1;            // row of StreetGraph::nodes
};

struct SurveyGraph {
  StreetGraph graph;
  std::vector<SurveyVertex> vertices;
  std::vector<SurveyPiece> pieces;
  std::vector<int> piece_of_edge;       // by row of StreetGraph::edges
  std::vector<std::vector<int>> inner;  // by row of StreetGraph::nodes: pieces inside of the junction
  std::vector<int> edge_of_piece;       // -1: inside of a junction, or gone
};

SurveyGraph make_survey_graph(const RoadNetwork& network, const LaneBuilderOptions& options, sim::Issues& issues);

// Lanes of one-way carriageways that lie nearer to each other than they are wide get narrower, down to 2.8 m.
void narrow_carriageways(StreetGraph& graph);

// The fact at a vertex id, or nullptr.
const VertexFact* fact_at(const RoadNetwork& network, std::int64_t vertex);
// Turns a street round, with all that has a side or a direction.
void reverse_street(Street& street);
// How far the edges end before their nodes (edge.cut_from, cut_to). Returns the edges between junctions that would
// leave no road of them, ascending.
std::vector<int> cut_survey(SurveyGraph& survey);

}  // namespace bitgoeul::maps
