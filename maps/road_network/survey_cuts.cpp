// cut_survey: a road ends where its body is clear of the bodies of the other roads of its junction, with room to turn.
#include <algorithm>
#include <cmath>

#include "maps/road_network/survey_graph.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kStepM = 1.5, kReachM = 45.0, kRampReachM = 220.0;
constexpr double kGapM = 0.3;
constexpr double kDegree = sim::kPi / 180.0;

// A road's body as slices from its node outwards; left and right seen from there.
struct Body {
  std::vector<StreetPose> slices;
  double left = 0, right = 0;

  bool holds(const Vec2& p) const {
    const double reach = std::max(left, right) + kStepM + kGapM;
    for (std::size_t i = 0; i < slices.size(); ++i) {
      const Vec2 d = p - slices[i].point();
      if (d.squaredNorm() > reach * reach) continue;
      double sine = 0, cosine = 0;
      sim::sincos(slices[i].heading, sine, cosine);
      const double along = cosine * d.x() + sine * d.y(), across = -sine * d.x() + cosine * d.y();
      if (along < (i == 0 ? 0.0 : -0.55 * kStepM) || along > 0.55 * kStepM) continue;
      if (across < left + kGapM && across > -right - kGapM) return true;
    }
    return false;
  }
};

Body body_of(const StreetGraph& graph, const StreetLeg& leg, double reach) {
  const StreetEdge& edge = graph.edges[static_cast<std::size_t>(leg.edge)];
  Body body;
  body.left = leg.at_start ? edge.profile.lanes_left_m() : edge.profile.lanes_right_m();
  body.right = leg.at_start ? edge.profile.lanes_right_m() : edge.profile.lanes_left_m();
  for (double s = 0; s <= std::min(reach, edge.curve.length); s += kStepM)
    body.slices.push_back(leg_pose(graph, leg, s));
  return body;
}

// The last slice of `own` that touches `other`; -1: none; the number of slices: they run side by side.
int last_touch(const Body& own, const Body& other) {
  for (int i = static_cast<int>(own.slices.size()) - 1; i >= 0; --i) {
    const StreetPose& pose = own.slices[static_cast<std::size_t>(i)];
    if (other.holds(pose.offset(own.left)) || other.holds(pose.offset(-own.right)) || other.holds(pose.point()))
      return i;
  }
  return -1;
}

double room_to_turn(double angle, int rank_a, int rank_b) {
  if (angle < 40 * kDegree || angle > 150 * kDegree) return 0.0;
  return std::min(rank_a, rank_b) >= 3 ? 5.0 : 3.0;
}

// Two roads only: room for the change of width and of direction.
double cut_for_two(const StreetEdge& a, const StreetEdge& b, double angle) {
  const double taper = 5.0 * std::fabs(a.profile.lanes_right_m() - b.profile.lanes_right_m());
  const double bend = sim::kPi - angle;
  const double arc = std::min(20.0, 15.0 * std::fabs(sim::tan(0.5 * std::min(bend, 2.4))));
  return std::clamp(std::max(taper, arc), 1.5, 25.0);
}

struct NodeCutter {
  SurveyGraph& survey;
  const StreetNode& node;

  StreetEdge& edge(const StreetLeg& leg) const { return survey.graph.edges[static_cast<std::size_t>(leg.edge)]; }
  double& cut(const StreetLeg& leg) const { return leg.at_start ? edge(leg).cut_from : edge(leg).cut_to; }
  double heading(const StreetLeg& leg) const {
    return leg_pose(survey.graph, leg, std::min(15.0, 0.5 * edge(leg).curve.length)).heading;
  }

  void run() const {
    for (const StreetLeg& leg : node.legs) cut(leg) = node.legs.size() == 1 ? 1.0 : 2.0;
    if (node.legs.size() == 2 && survey.inner[static_cast<std::size_t>(&node - survey.graph.nodes.data())].empty()) {
      const StreetLeg &a = node.legs[0], &b = node.legs[1];
      const double angle = std::fabs(sim::wrap_angle(heading(a) - heading(b)));
      cut(a) = cut(b) = cut_for_two(edge(a), edge(b), angle);
      return;
    }
    bool ramp = false;
    for (const StreetLeg& leg : node.legs) ramp |= edge(leg).street.road_class == RoadClass::kRamp;
    std::vector<Body> bodies;
    for (const StreetLeg& leg : node.legs) bodies.push_back(body_of(survey.graph, leg, ramp ? kRampReachM : kReachM));
    for (std::size_t i = 0; i < bodies.size(); ++i)
      for (std::size_t j = 0; j < bodies.size(); ++j)
        if (i != j && node.legs[i].edge != node.legs[j].edge) clear(node.legs[i], node.legs[j], bodies[i], bodies[j]);
  }

  void clear(const StreetLeg& a, const StreetLeg& b, const Body& own, const Body& other) const {
    const double angle = std::fabs(sim::wrap_angle(heading(a) - heading(b)));
    const int touch = last_touch(own, other);
    // Carriageways of one road, drawn nearer to each other than they are wide.
    const bool beside = touch + 1 >= static_cast<int>(own.slices.size()) && angle < 25 * kDegree;
    const double clear = beside ? 6.0 : (touch + 1) * kStepM;
    const double turn =
        room_to_turn(angle, class_rank(edge(a).street.road_class), class_rank(edge(b).street.road_class));
    cut(a) = std::max(cut(a), clear + turn);
  }
};

// Where both junctions want more than there is, both get less.
void fit(StreetEdge& edge) {
  const double least = std::min(8.0, 0.4 * edge.curve.length), room = edge.curve.length - least;
  const double wanted = edge.cut_from + edge.cut_to;
  if (wanted <= room) return;
  const double half = 0.5 * room;
  if (edge.cut_from < half)
    edge.cut_to = room - edge.cut_from;
  else if (edge.cut_to < half)
    edge.cut_from = room - edge.cut_to;
  else
    edge.cut_from = edge.cut_to = half;
}

}  // namespace

void cut_survey(SurveyGraph& survey) {
  for (const StreetNode& node : survey.graph.nodes)
    if (node.alive && !node.legs.empty()) NodeCutter{survey, node}.run();
  for (StreetEdge& edge : survey.graph.edges) fit(edge);
}

}  // namespace bitgoeul::maps
