// ways_through: from each leg of a junction to the others, along the pieces inside of it, as the restrictions let.
#include <algorithm>
#include <cmath>
#include <map>

#include "maps/road_network/survey_movements.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kMostTurnRad = 215.0 * sim::kPi / 180.0;  // nobody drives round the junction
constexpr double kSharpestRad = 165.0 * sim::kPi / 180.0;  // between two pieces
constexpr std::size_t kMostPieces = 6;

// A piece driven along or against its line.
struct Step {
  int piece = -1;
  bool along = true;
};

struct Walker {
  const SurveyGraph& survey;
  const RoadNetwork& network;
  const StreetNode& node;
  int row;
  std::vector<Step> path;
  struct Found {
    double length, turn;
  };
  std::map<int, Found> found;  // by leg; the shortest way

  const SurveyPiece& piece(const Step& step) const { return survey.pieces[static_cast<std::size_t>(step.piece)]; }
  int end_of(const Step& step) const { return step.along ? piece(step).to : piece(step).from; }
  std::int64_t id_at_end(const Step& step) const { return step.along ? piece(step).last_id : piece(step).first_id; }
  std::int64_t id_at_start(const Step& step) const { return step.along ? piece(step).first_id : piece(step).last_id; }
  bool open(const Step& step) const { return step.along || piece(step).street.lanes_backward > 0; }
  double heading(const Step& step, bool at_start) const {
    const std::vector<Vec2>& line = piece(step).street.line;
    const bool front = at_start == step.along;
    const Vec2 d = front ? Vec2(line[1] - line[0]) : Vec2(line[line.size() - 1] - line[line.size() - 2]);
    return sim::atan2(step.along ? d.y() : -d.y(), step.along ? d.x() : -d.x());
  }
  double length(const Step& step) const {
    double sum = 0;
    const std::vector<Vec2>& line = piece(step).street.line;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) sum += (line[i + 1] - line[i]).norm();
    return sum;
  }

  bool restricted(const Step& from, const Step& to) const;
  bool restricted_via(const Step& to) const;
  bool may_follow(const Step& to) const;
  void walk(double length, double turn);
  Step leg_step(const StreetLeg& leg, bool inwards) const {
    return {survey.piece_of_edge[static_cast<std::size_t>(leg.edge)], leg.at_start != inwards};
  }
};

bool has(const std::vector<std::int64_t>& ids, std::int64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool Walker::restricted(const Step& from, const Step& to) const {
  const std::int64_t via = survey.vertices[static_cast<std::size_t>(end_of(from))].id;
  for (const TurnRestriction& r : network.restrictions) {
    if (r.via_vertex != via || !has(r.from, id_at_end(from))) continue;
    if (has(r.to, id_at_start(to)) != r.only) return true;
  }
  return false;
}

// Restrictions over streets that lie inside of the junction.
bool Walker::restricted_via(const Step& to) const {
  for (const TurnRestriction& r : network.restrictions) {
    if (r.via_streets.empty() || path.size() < 2) continue;
    std::size_t i = path.size();
    while (i > 1 && has(r.via_streets, id_at_end(path[i - 1]))) --i;
    if (i == path.size() || !has(r.from, id_at_end(path[i - 1]))) continue;
    const bool still_via = has(r.via_streets, id_at_start(to));
    if (!still_via && has(r.to, id_at_start(to)) != r.only) return true;
  }
  return false;
}

bool Walker::may_follow(const Step& to) const {
  if (!open(to) || to.piece == path.back().piece) return false;
  for (const Step& step : path)
    if (step.piece == to.piece) return false;
  const double turn = sim::wrap_angle(heading(to, true) - heading(path.back(), false));
  return std::fabs(turn) <= kSharpestRad && !restricted(path.back(), to) && !restricted_via(to);
}

void Walker::walk(double so_far, double turn) {
  const int vertex = end_of(path.back());
  const auto turned = [&](const Step& to) {
    return turn + sim::wrap_angle(heading(to, true) - heading(path.back(), false));
  };
  for (int l = 0; l < static_cast<int>(node.legs.size()); ++l) {
    const Step out = leg_step(node.legs[static_cast<std::size_t>(l)], false);
    const int start = out.along ? piece(out).from : piece(out).to;
    if (start != vertex || !may_follow(out) || std::fabs(turned(out)) > kMostTurnRad) continue;
    const auto [at, is_new] = found.try_emplace(l, Found{so_far, turned(out)});
    if (!is_new && so_far < at->second.length) at->second = {so_far, turned(out)};
  }
  if (path.size() > kMostPieces) return;
  for (const int p : survey.inner[static_cast<std::size_t>(row)])
    for (const bool along : {true, false}) {
      const Step next{p, along};
      const int start = along ? piece(next).from : piece(next).to;
      if (start != vertex || !may_follow(next) || std::fabs(turned(next)) > kMostTurnRad) continue;
      const double inside = turned(next) + sim::wrap_angle(heading(next, false) - heading(next, true));
      path.push_back(next);
      walk(so_far + length(next), inside);
      path.pop_back();
    }
}

}  // namespace

std::vector<std::vector<SurveyWay>> ways_through(const SurveyGraph& survey, const RoadNetwork& network, int row) {
  const StreetNode& node = survey.graph.nodes[static_cast<std::size_t>(row)];
  std::vector<std::vector<SurveyWay>> out(node.legs.size());
  for (std::size_t l = 0; l < node.legs.size(); ++l) {
    if (lanes_in(survey.graph, node.legs[l]) == 0) continue;
    Walker walker{survey, network, node, row, {}, {}};
    walker.path = {walker.leg_step(node.legs[l], true)};
    walker.walk(0.0, 0.0);
    for (const auto& [leg, way] : walker.found) out[l].push_back({leg, way.turn});
  }
  return out;
}

}  // namespace bitgoeul::maps
