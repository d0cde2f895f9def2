// cut_survey: a road ends where its body is clear of the bodies of the other roads of its junction, with room to turn.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "maps/road_network/survey_graph.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kStepM = 1.5, kReachM = 45.0, kForkReachM = 150.0, kRampReachM = 220.0;
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

double room_to_turn(double angle, int rank) {
  if (angle < 40 * kDegree || angle > 150 * kDegree) return 0.0;
  return rank >= 3 ? 5.0 : 3.0;
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

  double between(const StreetLeg& a, const StreetLeg& b) const {
    return std::fabs(sim::wrap_angle(heading(a) - heading(b)));
  }
  bool forks() const {
    for (const StreetLeg& a : node.legs)
      for (const StreetLeg& b : node.legs)
        if (a.edge != b.edge && between(a, b) < 25 * kDegree) return true;
    return false;
  }
  bool same_vertex(const StreetLeg& a, const StreetLeg& b) const {
    return (leg_pose(survey.graph, a, 0).point() - leg_pose(survey.graph, b, 0).point()).norm() < 0.1;
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
    for (const StreetLeg& leg : node.legs)
      bodies.push_back(body_of(survey.graph, leg, ramp ? kRampReachM : forks() ? kForkReachM : kReachM));
    for (std::size_t i = 0; i < bodies.size(); ++i)
      for (std::size_t j = 0; j < bodies.size(); ++j)
        if (i != j && node.legs[i].edge != node.legs[j].edge) clear(node.legs[i], node.legs[j], bodies[i], bodies[j]);
  }

  void clear(const StreetLeg& a, const StreetLeg& b, const Body& own, const Body& other) const {
    const double angle = between(a, b);
    const int touch = last_touch(own, other);
    // Carriageways of one road, drawn nearer to each other than they are wide.
    const bool beside = touch + 1 >= static_cast<int>(own.slices.size()) && angle < 25 * kDegree;
    const double clear = beside ? 6.0 : (touch + 1) * kStepM;
    const int rank = std::min(class_rank(edge(a).street.road_class), class_rank(edge(b).street.road_class));
    cut(a) = std::max(cut(a), clear + room_to_turn(angle, rank));
    if (same_vertex(a, b)) cut(a) = std::max(cut(a), arc_room(a, b, angle, rank));
  }

  // From the crossing of the lines of two outer lanes to where an arc between them begins; along the road where it gets
  // wider or narrower on the other side of the junction.
  double arc_room(const StreetLeg& a, const StreetLeg& b, double angle, int rank) const {
    constexpr double kMostM = 30.0;
    const double sine = sim::sin(angle), cosine = sim::cos(angle);
    if (angle > 150 * kDegree) return std::min(kMostM, 2.5 * std::fabs(half(a) - half(b)));
    if (angle < 35 * kDegree) return 0.0;
    const double lane_a = half(a) - 0.5 * edge(a).profile.lane_m, lane_b = half(b) - 0.5 * edge(b).profile.lane_m;
    const double radius = rank >= 3 ? 8.0 : angle < 60 * kDegree ? 4.5 : 6.0;
    return std::min(kMostM, (lane_b + lane_a * cosine) / sine + radius / sim::tan(0.5 * angle));
  }
  double half(const StreetLeg& leg) const {
    return std::max(edge(leg).profile.lanes_left_m(), edge(leg).profile.lanes_right_m());
  }
};

// A bend at the road's end that is too tight for its lanes becomes part of the junction.
void cut_past_tight_bends(StreetEdge& edge) {
  constexpr double kNearM = 8.0, kLeastRoadM = 8.0;
  double start = 0;
  for (const CurvePiece& piece : edge.curve.pieces) {
    const double begin = start, end = start += piece.length;
    const double inside = piece.curvature > 0 ? edge.profile.lanes_left_m() : edge.profile.lanes_right_m();
    if (std::fabs(piece.curvature) * inside < 0.9) continue;
    double from = edge.cut_from, to = edge.cut_to;
    if (begin < from + kNearM) from = std::max(from, end);
    if (edge.curve.length - end < to + kNearM) to = std::max(to, edge.curve.length - begin);
    const bool nearer_start = begin < edge.curve.length - end;
    if (edge.curve.length - (nearer_start ? from + edge.cut_to : edge.cut_from + to) < kLeastRoadM) continue;
    (nearer_start ? edge.cut_from : edge.cut_to) = nearer_start ? from : to;
  }
}

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

// Samples of one-way edges by cells of 32 m.
struct Sample {
  int edge;
  StreetPose pose;
};
using Cells = std::map<std::pair<int, int>, std::vector<Sample>>;

std::pair<int, int> cell_of(const StreetPose& pose) {
  return {static_cast<int>(std::floor(pose.x / 32.0)), static_cast<int>(std::floor(pose.y / 32.0))};
}

Cells samples_of(const StreetGraph& graph) {
  Cells cells;
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const StreetEdge& edge = graph.edges[e];
    if (!edge.profile.one_way()) continue;
    const int steps = std::max(1, static_cast<int>(edge.curve.length / 8.0));
    for (int i = 0; i <= steps; ++i) {
      const double share = 0.05 + 0.9 * i / steps;  // carriageways part and meet at their ends
      const StreetPose pose = edge.curve.at(share * edge.curve.length);
      cells[cell_of(pose)].push_back({static_cast<int>(e), pose});
    }
  }
  return cells;
}

// Room between the centre lines at a sample, as a share of what both bodies want; 1: enough, or they do not run
// opposite to each other.
double room_beside(const StreetGraph& graph, const Sample& a, const Sample& b) {
  const double turn = std::fabs(sim::wrap_angle(a.pose.heading - b.pose.heading));
  const StreetEdge &first = graph.edges[static_cast<std::size_t>(a.edge)],
                   &second = graph.edges[static_cast<std::size_t>(b.edge)];
  if (turn < 165 * kDegree || first.street.level != second.street.level) return 1.0;
  double sine = 0, cosine = 0;
  sim::sincos(a.pose.heading, sine, cosine);
  const Vec2 d = b.pose.point() - a.pose.point();
  if (std::fabs(cosine * d.x() + sine * d.y()) > 5.0) return 1.0;
  const double apart = std::fabs(-sine * d.x() + cosine * d.y());
  const double wanted = first.profile.lanes_left_m() + second.profile.lanes_left_m() + kGapM;
  return apart < 0.75 * wanted ? 1.0 : std::min(1.0, apart / wanted);
}

}  // namespace

void narrow_carriageways(StreetGraph& graph) {
  constexpr double kNarrowestM = 2.8;
  const Cells cells = samples_of(graph);
  std::vector<double> room(graph.edges.size(), 1.0);
  for (const auto& [cell, samples] : cells)
    for (int dx = -1; dx <= 1; ++dx)
      for (int dy = -1; dy <= 1; ++dy) {
        const auto other = cells.find({cell.first + dx, cell.second + dy});
        if (other == cells.end()) continue;
        for (const Sample& a : samples)
          for (const Sample& b : other->second)
            if (a.edge != b.edge)
              room[static_cast<std::size_t>(a.edge)] =
                  std::min(room[static_cast<std::size_t>(a.edge)], room_beside(graph, a, b));
      }
  for (std::size_t e = 0; e < room.size(); ++e) {
    double& lane = graph.edges[e].profile.lane_m;
    if (room[e] < 1.0) lane = std::min(lane, std::max(kNarrowestM, lane * room[e]));
  }
}

std::vector<int> cut_survey(SurveyGraph& survey) {
  constexpr double kLeastRoadM = 2.0, kLongestM = 60.0;
  std::vector<int> swallowed;

  for (const StreetNode& node : survey.graph.nodes)
    if (node.alive && !node.legs.empty()) NodeCutter{survey, node}.run();
  for (std::size_t e = 0; e < survey.graph.edges.size(); ++e) {
    StreetEdge& edge = survey.graph.edges[e];
    const auto ends = [&](int node) { return survey.graph.nodes[static_cast<std::size_t>(node)].legs.size(); };
    if (edge.road_length() < kLeastRoadM && edge.curve.length < kLongestM && ends(edge.from) > 1 && ends(edge.to) > 1)
      swallowed.push_back(static_cast<int>(e));
    fit(edge);
    cut_past_tight_bends(edge);
  }
  return swallowed;
}

}  // namespace bitgoeul::maps
