#include "maps/road_network/lane_builder_slips.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "maps/road_network/lane_builder_connections.h"
#include "maps/road_network/lane_builder_paths.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kLeastTurnRad = sim::kPi / 3, kMostTurnRad = 2 * sim::kPi / 3;
constexpr double kLeastRadiusM = 17.0, kMostRadiusM = 20.0;
constexpr double kTightestM = 12.0;                        // of the way between the roads
constexpr double kMostAngleRad = 40.0 * sim::kPi / 180.0;  // between lane and road where the road ends
constexpr double kLeastRestRad = 8.0 * sim::kPi / 180.0;   // of the turn, for the way between the roads
constexpr double kMostEarlierM = 10.0;                     // roads end earlier for a slip
constexpr double kLeastIslandM = 1.5;                      // wide at the road's end
constexpr double kWalkAtM = 3.0, kWalkIslandM = 1.0;       // before it, where the crosswalk ends on the island
constexpr double kKerbM = 0.3;                             // from the lanes
constexpr double kBodyM = 1.6;                             // of the island from the middle of other ways
constexpr double kLeastAreaM2 = 5.0;  // 도로의 구조·시설 기준에 관한 규칙 해설: islands in towns

StreetEdge& edge_of(StreetGraph& graph, const StreetLeg& leg) {
  return graph.edges[static_cast<std::size_t>(leg.edge)];
}
const StreetEdge& edge_of(const StreetGraph& graph, const StreetLeg& leg) {
  return graph.edges[static_cast<std::size_t>(leg.edge)];
}
double& cut_of(StreetEdge& edge, const StreetLeg& leg) { return leg.at_start ? edge.cut_from : edge.cut_to; }

// Over [0, length] with those values and slopes at its ends.
Poly3 hermite(double v0, double m0, double v1, double m1, double length) {
  const double rise = (v1 - v0) / length;
  return {0, v0, m0, (3 * rise - 2 * m0 - m1) / length, (m0 + m1 - 2 * rise) / (length * length)};
}
double value(const Poly3& p, double s) { return p.a + s * (p.b + s * (p.c + s * p.d)); }

Poly3 moved_to(double s, Poly3 p) {
  p.s = s;
  return p;
}

// Widths of the island and of the lane where the road ends, and how fast they grow there. The lane's middle follows the
// arc, its width is square to it.
struct Arc {
  double island, island_slope, lane, lane_slope;
};
Arc arc_of(const SlipEnd& end, double lane_m) {
  const double cosine = sim::cos(end.angle_rad), sine = sim::sin(end.angle_rad);
  const double lane = end.width_m / cosine, slope = end.width_m * sine / (end.radius_m * cosine * cosine * cosine);
  return {slip_gap(end) - 0.5 * (lane - lane_m), sine / cosine - 0.5 * slope, lane, slope};
}

// At that distance before the road's end.
double island_width(const SlipEnd& end, double lane_m, double before) {
  const double reach = slip_reach(end);
  if (before >= reach) return 0;
  const Arc arc = arc_of(end, lane_m);
  return value(hermite(0, 0, arc.island, arc.island_slope, reach), reach - before);
}
double lane_width(const SlipEnd& end, double lane_m, double before) {
  const double reach = slip_reach(end);
  if (before >= reach) return lane_m;
  const Arc arc = arc_of(end, lane_m);
  return value(hermite(lane_m, 0, arc.lane, arc.lane_slope, reach), reach - before);
}

// Which leg turns into which, and what the corner between them is like.
struct Corner {
  const StreetNode& node;
  StreetLeg from, to;
  double turn = 0;                // to the right
  double before = 0, behind = 0;  // from the roads' ends to where the middles of the outer lanes cross
};

// With the lanes still beside the roads.
std::optional<Corner> corner_of(const StreetGraph& graph, const StreetNode& node, const Movement& m) {
  Corner c{node, node.legs[static_cast<std::size_t>(m.from_leg)], node.legs[static_cast<std::size_t>(m.to_leg)]};
  const StreetPose in = lane_pose_in(graph, c.from, lanes_in(graph, c.from)),
                   out = lane_pose_out(graph, c.to, lanes_out(graph, c.to));
  c.turn = sim::wrap_angle(in.heading - out.heading);
  if (c.turn < kLeastTurnRad || c.turn > kMostTurnRad) return std::nullopt;
  double s0, c0, s1, c1;
  sim::sincos(in.heading, s0, c0);
  sim::sincos(out.heading, s1, c1);
  const Vec2 gap = out.point() - in.point();
  const double cross = c0 * s1 - s0 * c1;
  c.before = (gap.x() * s1 - gap.y() * c1) / cross;
  c.behind = (c0 * gap.y() - s0 * gap.x()) / cross;
  return c;
}

double most_angle(double turn) { return std::min(kMostAngleRad, 0.5 * (turn - kLeastRestRad)); }

double share_of(double turn) { return sim::tan(0.5 * turn) - sim::sin(most_angle(turn)); }

// Of the arc that touches both outer lanes: as an island needs that people walk to.
double least_radius(double turn) {
  double radius = kLeastRadiusM;
  while (radius < kMostRadiusM && !walk_ends_on_island({radius, most_angle(turn), kSlipLaneM}, kSlipLaneM))
    radius += 0.5;
  return radius;
}

// As large as the junction is; never under the least.
double radius_at(const Corner& c) {
  return std::clamp(std::min(c.before, c.behind) / share_of(c.turn), least_radius(c.turn), kMostRadiusM);
}

// Where the arc has come to when it leaves a road that ends that far from the corner. The lane is widened where the
// island leaves room for that.
SlipEnd end_at(const Corner& c, double radius, double to_corner, double lane_m) {
  const double sine = sim::tan(0.5 * c.turn) - to_corner / radius;
  if (sine <= 0.05) return {radius, 0, lane_m};
  const SlipEnd wide{radius, sim::asin(std::min(sine, sim::sin(most_angle(c.turn)))), kSlipLaneM};
  return walk_ends_on_island(wide, lane_m) ? wide : SlipEnd{radius, wide.angle_rad, lane_m};
}

// All roads' bodies, by cells of 32 m.
class Bodies {
 public:
  explicit Bodies(const StreetGraph& graph) : graph_(graph) {
    for (std::size_t e = 0; e < graph.edges.size(); ++e) {
      const StreetEdge& edge = graph.edges[e];
      if (!edge.alive) continue;
      const int steps = std::max(1, static_cast<int>(edge.curve.length / kStepM));
      for (int i = 0; i <= steps; ++i) {
        const StreetPose pose = edge.curve.at(edge.curve.length * i / steps);
        cells_[cell_of(pose.point())].push_back({static_cast<int>(e), pose});
      }
    }
  }

  // Does the place lie on a road on the ground, or a ramp, other than those two?
  bool hold(const Vec2& point, int but, int nor) const {
    const std::pair<int, int> cell = cell_of(point);
    for (int dx = -1; dx <= 1; ++dx)
      for (int dy = -1; dy <= 1; ++dy) {
        const auto slices = cells_.find({cell.first + dx, cell.second + dy});
        if (slices == cells_.end()) continue;
        for (const Slice& slice : slices->second)
          if (slice.edge != but && slice.edge != nor && holds(slice, point)) return true;
      }
    return false;
  }

 private:
  static constexpr double kStepM = 5.0, kCellM = 32.0;
  struct Slice {
    int edge;
    StreetPose pose;
  };

  static std::pair<int, int> cell_of(const Vec2& p) {
    return {static_cast<int>(std::floor(p.x() / kCellM)), static_cast<int>(std::floor(p.y() / kCellM))};
  }
  bool holds(const Slice& slice, const Vec2& point) const {
    const StreetEdge& edge = graph_.edges[static_cast<std::size_t>(slice.edge)];
    if (edge.street.level != 0 && edge.street.road_class != RoadClass::kRamp) return false;
    double sine, cosine;
    sim::sincos(slice.pose.heading, sine, cosine);
    const Vec2 d = point - slice.pose.point();
    const double along = cosine * d.x() + sine * d.y(), across = -sine * d.x() + cosine * d.y();
    return std::fabs(along) <= 0.6 * kStepM && across < edge.profile.left_m() && across > -edge.profile.right_m();
  }

  const StreetGraph& graph_;
  std::map<std::pair<int, int>, std::vector<Slice>> cells_;
};

struct Planner {
  StreetGraph& graph;
  const Bodies& bodies;

  void junction(JunctionPlan& plan);
  bool wanted(const JunctionPlan& plan, const Movement& m) const;
  bool roomy(const StreetLeg& leg) const;
  bool ends_earlier(const Corner& corner);
  void build(JunctionPlan& plan, Movement& m);
  bool clear(const StreetNode& node, const Movement& slip) const;
  bool clear_beside(const StreetLeg& leg, bool in, int but) const;
};

// A street in the town, on the ground, with two lanes or more to each side and nothing else beside them.
bool is_street(const StreetEdge& edge) {
  const Street& street = edge.street;
  const bool fast = street.road_class == RoadClass::kMotorway || street.road_class == RoadClass::kTrunk ||
                    street.road_class == RoadClass::kRamp;
  return !fast && !street.local && street.level == 0 && !street.bridge && !street.tunnel &&
         std::min(edge.profile.forward, edge.profile.backward) >= 2 &&
         !(edge.merge_from || edge.merge_to || edge.exit_from || edge.exit_to);
}

// The right turn out of the kerb lane into the next street, where other ways use both kerb lanes.
bool Planner::wanted(const JunctionPlan& plan, const Movement& m) const {
  const StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
  const int legs = static_cast<int>(node.legs.size());
  if (m.turn != Turn::kRight || legs < 3 || m.to_leg != (m.from_leg + 1) % legs) return false;
  const StreetLeg &from = node.legs[static_cast<std::size_t>(m.from_leg)],
                  &to = node.legs[static_cast<std::size_t>(m.to_leg)];
  if (from.edge == to.edge || !is_street(edge_of(graph, from)) || !is_street(edge_of(graph, to))) return false;
  if (m.from_lane != lanes_in(graph, from) - 1 || m.to_lane != lanes_out(graph, to) - 1) return false;
  bool leaves = false, arrives = false, alone = true;
  for (const Movement& other : plan.movements) {
    if (&other == &m) continue;
    if (other.from_leg == m.from_leg && other.to_leg == m.to_leg) alone = false;
    leaves |= other.from_leg == m.from_leg && other.from_lane == m.from_lane;
    arrives |= other.to_leg == m.to_leg && other.to_lane == m.to_lane;
  }
  return alone && leaves && arrives;
}

// Has the road the length for a slip's lane and its taper at that end, and for what is at the other one?
bool Planner::roomy(const StreetLeg& leg) const {
  const StreetEdge& edge = edge_of(graph, leg);
  const bool other_end = leg.at_start ? edge.pocket_to || edge.slip_in_to.there() || edge.slip_out_to.there()
                                      : edge.pocket_from || edge.slip_in_from.there() || edge.slip_out_from.there();
  return edge.road_length() >= (other_end ? 2 : 1) * (edge.pocket_m + kPocketTaperM + kPocketSpareM);
}

// Ends both roads so far from the corner that the arc's way between them is short enough; false without the room.
bool Planner::ends_earlier(const Corner& c) {
  const double least = least_radius(c.turn) * share_of(c.turn);
  const double more[2] = {std::max(0.0, least - c.before), std::max(0.0, least - c.behind)};
  if (std::max(more[0], more[1]) > kMostEarlierM) return false;
  double &first = cut_of(edge_of(graph, c.from), c.from), &second = cut_of(edge_of(graph, c.to), c.to);
  first += more[0], second += more[1];
  if (roomy(c.from) && roomy(c.to)) return true;
  first -= more[0], second -= more[1];
  return false;
}

// The pavement beside the lane and its taper.
bool Planner::clear_beside(const StreetLeg& leg, bool in, int but) const {
  constexpr double kStepM = 3.0;
  const StreetEdge& edge = edge_of(graph, leg);
  const StreetProfile& profile = edge.profile;
  const SlipEnd& end = slip_end(edge, leg.at_start, in);
  const double kerb = in == leg.at_start ? profile.left_m() : profile.right_m();  // seen from the junction: in is left
  const double cut = leg.at_start ? edge.cut_from : edge.cut_to;
  for (double s = 0; s <= edge.pocket_m + kPocketTaperM; s += kStepM) {
    const double t = kerb + island_width(end, profile.lane_m, s) + lane_width(end, profile.lane_m, s);
    if (bodies.hold(leg_pose(graph, leg, cut + s).offset(in ? t : -t), leg.edge, but)) return false;
  }
  return true;
}

bool Planner::clear(const StreetNode& node, const Movement& slip) const {
  const StreetLeg &from = node.legs[static_cast<std::size_t>(slip.from_leg)],
                  &to = node.legs[static_cast<std::size_t>(slip.to_leg)];
  const double out =
      0.5 * kSlipLaneM + std::max(edge_of(graph, from).profile.walk_m, edge_of(graph, to).profile.walk_m);
  const std::vector<Geometry> way = plan_view_of(graph, node, slip);
  for (const Vec2& p : sample_plan_view(way, 1.0, -out))
    if (bodies.hold(p, from.edge, to.edge)) return false;
  return clear_beside(from, true, to.edge) && clear_beside(to, false, from.edge);
}

// Lines and arcs that fit between the roads' ends.
bool is_round(const std::vector<Geometry>& way) {
  return std::all_of(way.begin(), way.end(), [](const Geometry& g) {
    return g.kind == GeometryKind::kLine || (g.kind == GeometryKind::kArc && std::fabs(g.p[0]) <= 1 / kTightestM);
  });
}

void Planner::build(JunctionPlan& plan, Movement& m) {
  const StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
  const std::optional<Corner> c = corner_of(graph, node, m);
  if (!c || !roomy(c->from) || !roomy(c->to)) return;
  StreetEdge &from = edge_of(graph, c->from), &to = edge_of(graph, c->to);
  const double radius = radius_at(*c);
  SlipEnd &first = slip_end(from, c->from.at_start, true), &second = slip_end(to, c->to.at_start, false);
  first = end_at(*c, radius, c->before, from.profile.lane_m);
  second = end_at(*c, radius, c->behind, to.profile.lane_m);
  const Movement plain = m;
  m.slip = true, ++m.from_lane, ++m.to_lane;
  if (is_round(plan_view_of(graph, node, m)) && clear(node, m) && !island_outline(graph, plan, m).empty()) return;
  first = second = {};
  m = plain;
}

void Planner::junction(JunctionPlan& plan) {
  const StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < plan.movements.size(); ++i) {
    if (!wanted(plan, plan.movements[i])) continue;
    const std::optional<Corner> corner = corner_of(graph, node, plan.movements[i]);
    if (corner && ends_earlier(*corner)) rows.push_back(i);
  }
  // Each of them may have ended a road that is another one's too.
  for (const std::size_t i : rows) build(plan, plan.movements[i]);
}

// Kerb line and island edge of one road's part, from where the island begins to the road's end, and how the kerb line
// goes on beyond: along `ahead`, the slip on its side `out`.
struct RoadSide {
  std::vector<IslandPoint> kerb, slip;
  Vec2 origin, ahead, out;
  double beside(const Vec2& p) const { return out.dot(p - origin); }
  Vec2 foot(const Vec2& p) const { return origin + ahead * ahead.dot(p - origin); }
};

RoadSide road_side(const StreetGraph& graph, const StreetLeg& leg, bool in) {
  constexpr int kSteps = 12;
  const StreetEdge& edge = edge_of(graph, leg);
  const SlipEnd& end = slip_end(edge, leg.at_start, in);
  const bool along = leg.at_start != in;
  const double reach = slip_reach(end), lanes = along ? edge.profile.lanes_right_m() : edge.profile.lanes_left_m();
  RoadSide side;
  const StreetPose plane = edge.curve.at(leg.at_start ? edge.cut_from : edge.curve.length - edge.cut_to);
  side.out = (plane.offset(along ? -1 : 1) - plane.point());
  side.ahead = leg.at_start == along ? Vec2(-side.out.y(), side.out.x()) : Vec2(side.out.y(), -side.out.x());
  side.origin = plane.point() + side.out * (lanes + kKerbM);
  for (int i = 0; reach > 0 && i <= kSteps; ++i) {
    const double before = reach * (kSteps - i) / kSteps, island = island_width(end, edge.profile.lane_m, before);
    if (island < 3 * kKerbM) continue;
    const double s = leg.at_start ? before : edge.road_length() - before;
    const StreetPose pose = edge.curve.at(edge.cut_from + s);
    const double inner = lanes + kKerbM, outer = lanes + island - kKerbM;
    side.kerb.push_back({pose.offset(along ? -inner : inner), leg.edge, s});
    side.slip.push_back({pose.offset(along ? -outer : outer), leg.edge, s});
  }
  return side;
}

double distance_to(const std::vector<Vec2>& line, const Vec2& p) {
  double least = 1e18;
  for (const Vec2& q : line) least = std::min(least, (p - q).squaredNorm());
  return std::sqrt(least);
}

double area_of(const std::vector<IslandPoint>& outline) {
  double twice = 0;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const Vec2 &p = outline[i].point, &q = outline[(i + 1) % outline.size()].point;
    twice += p.x() * q.y() - p.y() * q.x();
  }
  return 0.5 * std::fabs(twice);
}

// Where the kerb lines meet.
Vec2 meeting(const RoadSide& a, const RoadSide& b) {
  const Vec2 d = b.origin - a.origin;
  const double cross = a.ahead.x() * b.ahead.y() - a.ahead.y() * b.ahead.x();
  return a.origin + a.ahead * ((d.x() * b.ahead.y() - d.y() * b.ahead.x()) / cross);
}

bool apart(const StreetGraph& graph, const JunctionPlan& plan, const std::vector<IslandPoint>& outline) {
  const StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
  for (const Movement& m : plan.movements) {
    if (m.slip) continue;
    const std::vector<Vec2> way = sample_plan_view(plan_view_of(graph, node, m), 0.5);
    for (std::size_t i = 0; i < outline.size(); ++i) {
      const Vec2 &p = outline[i].point, &q = outline[(i + 1) % outline.size()].point;
      const int steps = std::max(1, static_cast<int>((q - p).norm() / 0.5));
      for (int k = 0; k < steps; ++k)
        if (distance_to(way, p + (q - p) * k / steps) < kBodyM) return false;
    }
  }
  return true;
}

}  // namespace

double slip_gap(const SlipEnd& end) { return end.radius_m * (1 - sim::cos(end.angle_rad)); }
double slip_reach(const SlipEnd& end) { return end.radius_m * sim::sin(end.angle_rad); }

SlipWidths slip_widths(const SlipEnd& end, double lane_m, bool at_start) {
  if (end.angle_rad <= 0) return {{{}}, {{0, lane_m, 0, 0, 0}}};
  const double reach = slip_reach(end);
  const Arc arc = arc_of(end, lane_m);
  const auto piece = [&](double begin, double grown, double slope) {
    return at_start ? hermite(begin + grown, -slope, begin, 0, reach)
                    : moved_to(kIslandM - reach, hermite(begin, 0, begin + grown, slope, reach));
  };
  const Poly3 island = piece(0, arc.island, arc.island_slope), lane = piece(lane_m, arc.lane - lane_m, arc.lane_slope);
  const double beside = at_start ? reach : 0;
  SlipWidths widths{{{beside, 0, 0, 0, 0}}, {{beside, lane_m, 0, 0, 0}}};
  widths.island.insert(at_start ? widths.island.begin() : widths.island.end(), island);
  widths.lane.insert(at_start ? widths.lane.begin() : widths.lane.end(), lane);
  return widths;
}

double slip_outside(const SlipEnd& end, double lane_m) {
  return island_width(end, lane_m, kWalkAtM) + lane_width(end, lane_m, kWalkAtM);
}

bool walk_ends_on_island(const SlipEnd& end, double lane_m) {
  const double reach = slip_reach(end);
  if (reach < 2 * kWalkAtM) return false;
  const Arc arc = arc_of(end, lane_m);
  return hermite(0, 0, arc.island, arc.island_slope, reach).c > 0 && arc.island >= kLeastIslandM &&
         island_width(end, lane_m, kWalkAtM) >= kWalkIslandM;
}

SlipEnd& slip_end(StreetEdge& edge, bool at_start, bool in) {
  return at_start ? (in ? edge.slip_in_from : edge.slip_out_from) : (in ? edge.slip_in_to : edge.slip_out_to);
}
const SlipEnd& slip_end(const StreetEdge& edge, bool at_start, bool in) {
  return at_start ? (in ? edge.slip_in_from : edge.slip_out_from) : (in ? edge.slip_in_to : edge.slip_out_to);
}

bool island_at(const StreetEdge& edge, bool along, double s) {
  constexpr double kSlack = 0.1;  // a section begins where the island does
  const SlipEnd &start = slip_end(edge, true, !along), &end = slip_end(edge, false, along);
  return (start.angle_rad > 0 && s < kIslandM - kSlack) ||
         (end.angle_rad > 0 && s > edge.road_length() - kIslandM - kSlack);
}

std::vector<IslandPoint> island_outline(const StreetGraph& graph, const JunctionPlan& plan, const Movement& slip) {
  const StreetNode& node = graph.nodes[static_cast<std::size_t>(plan.node)];
  RoadSide from = road_side(graph, node.legs[static_cast<std::size_t>(slip.from_leg)], true),
           to = road_side(graph, node.legs[static_cast<std::size_t>(slip.to_leg)], false);
  const Vec2 corner = meeting(from, to);
  std::vector<IslandPoint> slip_side = from.slip;
  const std::vector<Vec2> way = sample_plan_view(plan_view_of(graph, node, slip), 1.0, 0.5 * kSlipLaneM + kKerbM);
  for (std::size_t i = 1; i + 1 < way.size(); ++i)
    if (std::min(from.beside(way[i]), to.beside(way[i])) > kKerbM) slip_side.push_back({way[i], -1, 0});
  slip_side.insert(slip_side.end(), to.slip.rbegin(), to.slip.rend());
  if (slip_side.empty()) return {};
  if (from.kerb.empty()) from.kerb.push_back({from.foot(slip_side.front().point), -1, 0});
  if (to.kerb.empty()) to.kerb.push_back({to.foot(slip_side.back().point), -1, 0});
  const Vec2 a = from.kerb.back().point - corner, b = to.kerb.back().point - corner;
  for (const double blunt : {1.0, 2.0, 3.5, 5.0, 7.0}) {
    if (blunt > std::min(a.norm(), b.norm())) break;
    std::vector<IslandPoint> outline = slip_side;
    outline.insert(outline.end(), to.kerb.begin(), to.kerb.end());
    outline.push_back({corner + b.normalized() * blunt, -1, 0});
    outline.push_back({corner + a.normalized() * blunt, -1, 0});
    outline.insert(outline.end(), from.kerb.rbegin(), from.kerb.rend());
    if (apart(graph, plan, outline)) return area_of(outline) < kLeastAreaM2 ? std::vector<IslandPoint>{} : outline;
  }
  return {};
}

void plan_slips(StreetGraph& graph, std::vector<JunctionPlan>& plans) {
  const Bodies bodies(graph);
  Planner planner{graph, bodies};
  for (JunctionPlan& plan : plans)
    if (plan.control == JunctionControl::kSignals) planner.junction(plan);
}

}  // namespace bitgoeul::maps
