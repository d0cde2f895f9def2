// add_signals: heads and fixed-time programs. Through traffic of two opposite approaches together, then their protected
// lefts, where left turns have lanes of their own; else each approach with all its movements (straight and left at
// once), both usual in Korea.
#include <algorithm>
#include <cmath>

#include "maps/road_network/lane_builder_connections.h"
#include "maps/road_network/lane_builder_furniture.h"
#include "maps/road_network/lane_builder_paths.h"

namespace bitgoeul::maps {

namespace {

constexpr double kClearM = 2.8;         // between the centres of two paths that may be green together
constexpr double kWaveSpeedMps = 11.0;  // of the green wave
constexpr double kHeadHeightM = 5.0;

// One approach with the signals of its movements; empty ids where it has no such movement.
struct Approach {
  int leg = 0, rank = 0;
  std::string ahead, left;                 // signal ids: straight and right; left
  std::vector<int> ahead_rows, left_rows;  // rows of JunctionPlan::movements
  bool shared_left = false;                // a lane leads left and straight on
  int opposite = -1;                       // row of approaches
};

struct Builder {
  const StreetGraph& graph;
  const JunctionPlan& plan;
  MapBuilder& out;
  std::vector<Approach> approaches;
  double yellow_s = 3, all_red_s = 2;

  const StreetNode& node() const { return graph.nodes[static_cast<std::size_t>(plan.node)]; }
  const StreetLeg& leg(int row) const { return node().legs[static_cast<std::size_t>(row)]; }
  const StreetEdge& edge(int row) const { return graph.edges[static_cast<std::size_t>(leg(row).edge)]; }
  const Movement& movement(int row) const { return plan.movements[static_cast<std::size_t>(row)]; }

  void find_approaches();
  void find_opposites();
  bool conflict(const std::vector<int>& a, const std::vector<int>& b) const;
  bool crosses_itself(const Approach& a) const;
  void alone(ProgramDraft& program, const Approach& a) const;
  void place(const Approach& approach, bool left);
  void phase(ProgramDraft& program, double green_s, const std::vector<std::string>& signals) const;
  void program();
};

void Builder::find_approaches() {
  for (int l = 0; l < static_cast<int>(node().legs.size()); ++l) {
    Approach a;
    a.leg = l;
    a.rank = class_rank(edge(l).street.road_class);
    for (int m = 0; m < static_cast<int>(plan.movements.size()); ++m) {
      if (movement(m).from_leg != l || movement(m).slip) continue;  // nothing rules a slip
      const bool left = movement(m).turn == Turn::kLeft || movement(m).turn == Turn::kUTurn;
      (left ? a.left_rows : a.ahead_rows).push_back(m);
    }
    for (const int x : a.left_rows)
      for (const int y : a.ahead_rows) a.shared_left |= movement(x).from_lane == movement(y).from_lane;
    if (a.left_rows.empty() && a.ahead_rows.empty()) continue;
    std::string base = junction_id(plan.node);
    base += '.';
    base += std::to_string(l);
    if (!a.ahead_rows.empty()) a.ahead = base + "a";
    if (!a.left_rows.empty()) a.left = base + "l";
    approaches.push_back(std::move(a));
  }
}

void Builder::find_opposites() {
  const auto goes_on = [&](const Approach& a) {
    return std::any_of(a.ahead_rows.begin(), a.ahead_rows.end(),
                       [&](int m) { return movement(m).turn == Turn::kStraight; });
  };
  const auto faces = [&](const Approach& a, const Approach& b) {
    // Carriageways of their own, as surveyed: by the headings.
    const bool surveyed = !edge(a.leg).street.vertices.empty();
    if (surveyed && (edge(a.leg).profile.one_way() || edge(b.leg).profile.one_way())) {
      const double turn = cut_pose(graph, leg(a.leg)).heading - cut_pose(graph, leg(b.leg)).heading;
      return goes_on(a) && std::fabs(sim::wrap_angle(turn)) > 140.0 * sim::kPi / 180.0;
    }
    return std::any_of(a.ahead_rows.begin(), a.ahead_rows.end(),
                       [&](int m) { return movement(m).to_leg == b.leg && movement(m).turn == Turn::kStraight; });
  };
  for (std::size_t i = 0; i < approaches.size(); ++i)
    for (std::size_t j = i + 1; j < approaches.size(); ++j) {
      if (approaches[i].opposite >= 0 || approaches[j].opposite >= 0) continue;
      if (!faces(approaches[i], approaches[j]) || !faces(approaches[j], approaches[i])) continue;
      approaches[i].opposite = static_cast<int>(j);
      approaches[j].opposite = static_cast<int>(i);
    }
}

bool Builder::conflict(const std::vector<int>& a, const std::vector<int>& b) const {
  for (const int x : a)
    for (const int y : b)
      if (paths_meet(graph, node(), movement(x), movement(y), kClearM)) return true;
  return false;
}

// A way to the left that cuts through a way ahead of the same approach, as behind a bus lane in the middle of the road.
bool Builder::crosses_itself(const Approach& a) const {
  constexpr double kCutM = 1.2;
  if (edge(a.leg).street.vertices.empty()) return false;  // drawn clean: innermost lanes turn left
  for (const int x : a.left_rows)
    for (const int y : a.ahead_rows)
      if (movement(x).from_lane != movement(y).from_lane && paths_meet(graph, node(), movement(x), movement(y), kCutM))
        return true;
  return false;
}

// Far side: over the way out of the straightest movement; else beside the stop line.
void Builder::place(const Approach& approach, bool left) {
  SignalDraft signal;
  signal.id = left ? approach.left : approach.ahead;
  signal.type = left ? "1000011" : "1000001";
  signal.subtype = left ? "10" : "-1";
  signal.country = "OpenDRIVE";
  signal.name = left ? "left" : "ahead";
  signal.dynamic = true;
  signal.z_offset = kHeadHeightM;
  signal.height = 1.0;
  signal.width = 0.35;
  int over = -1;
  for (const int m : approach.ahead_rows)
    if (movement(m).turn == Turn::kStraight && (over < 0 || movement(m).to_lane > movement(over).to_lane)) over = m;
  const double lane_m = edge(approach.leg).profile.lane_m;
  if (over >= 0) {
    const Movement& m = movement(over);
    signal.road = connecting_road_id(plan.node, over);
    const std::vector<Geometry> line = plan_view_of(graph, node(), m);
    signal.s = std::max(length_of(line) - 1.0, 0.0);
    const int beside = lanes_out(graph, leg(m.to_leg)) - 1 - m.to_lane;
    signal.t = left ? (m.to_lane + 0.5) * lane_m + 0.3 : -(beside + 0.5) * lane_m - 1.0;
    signal.orientation = 1;
  } else {
    const StreetLeg& own = leg(approach.leg);
    const StreetProfile& profile = edge(approach.leg).profile;
    signal.road = road_id(own.edge);
    signal.s = own.at_start ? 0.5 : std::max(edge(approach.leg).road_length() - 0.5, 0.0);
    const double kerb = (own.at_start ? profile.left_m() : profile.right_m()) - profile.walk_m + (left ? 0.5 : 1.2);
    signal.t = own.at_start ? kerb : -kerb;
    signal.orientation = own.at_start ? -1 : 1;
  }
  for (const int m : left ? approach.left_rows : approach.ahead_rows)
    signal.connecting_roads.push_back(connecting_road_id(plan.node, m));
  out.signals.push_back(std::move(signal));
}

void Builder::phase(ProgramDraft& program, double green_s, const std::vector<std::string>& signals) const {
  PhaseDraft phase;
  phase.green_s = green_s;
  phase.yellow_s = yellow_s;
  phase.all_red_s = all_red_s;
  for (const std::string& id : signals)
    if (!id.empty()) phase.signals.push_back(id);
  if (!phase.signals.empty()) program.phases.push_back(std::move(phase));
}

double green_for(int rank, bool paired) {
  if (rank >= 5) return paired ? 34 : 26;
  if (rank == 4) return paired ? 26 : 20;
  return paired ? 18 : 15;
}

// All ways of an approach at once, or one after the other where they cross.
void Builder::alone(ProgramDraft& program, const Approach& a) const {
  if (!crosses_itself(a)) return phase(program, green_for(a.rank, false), {a.ahead, a.left});
  phase(program, green_for(a.rank, false), {a.ahead});
  phase(program, 12, {a.left});
}

void Builder::program() {
  double longest = 0;
  for (const Movement& m : plan.movements)
    if (!m.slip) longest = std::max(longest, length_of(plan_view_of(graph, node(), m)));
  double fastest = 0;
  for (const Approach& a : approaches) fastest = std::max(fastest, edge(a.leg).street.speed_limit_mps);
  // Time to react and to brake at 2.6 m/s2 from the limit (ITE formula), in half seconds.
  yellow_s = std::clamp(0.5 * std::ceil(2.0 * (1.0 + fastest / (2 * 2.6))), 3.0, 6.0);
  // Who enters with the last yellow must be out before the next ones come.
  all_red_s = std::clamp(std::ceil(longest / 12.0 - 2.0), 2.0, 8.0);
  ProgramDraft program;
  program.junction = junction_id(plan.node);
  for (std::size_t i = 0; i < approaches.size(); ++i) {
    const Approach& a = approaches[i];
    if (a.opposite >= 0 && a.opposite < static_cast<int>(i)) continue;
    if (a.opposite < 0) {
      alone(program, a);
      continue;
    }
    const Approach& b = approaches[static_cast<std::size_t>(a.opposite)];
    const int rank = std::max(a.rank, b.rank);
    const bool together = !a.shared_left && !b.shared_left && !conflict(a.ahead_rows, b.ahead_rows) &&
                          !conflict(a.left_rows, b.left_rows);
    if (together) {
      phase(program, green_for(rank, true), {a.ahead, b.ahead});
      phase(program, rank >= 5 ? 15 : 12, {a.left, b.left});
    } else {
      alone(program, a);
      alone(program, b);
    }
  }
  double cycle = 0;
  for (const PhaseDraft& p : program.phases) cycle += p.green_s + p.yellow_s + p.all_red_s;
  if (cycle <= 0) return;
  const double wave = (node().position.x() + node().position.y()) / kWaveSpeedMps;
  program.offset_s = std::floor(wave - cycle * std::floor(wave / cycle));
  out.programs.push_back(std::move(program));
}

}  // namespace

void add_signals(const StreetGraph& graph, const std::vector<JunctionPlan>& plans, MapBuilder& builder) {
  for (const JunctionPlan& plan : plans) {
    if (plan.control != JunctionControl::kSignals) continue;
    Builder work{graph, plan, builder, {}};
    work.find_approaches();
    work.find_opposites();
    for (const Approach& approach : work.approaches) {
      if (!approach.ahead.empty()) work.place(approach, false);
      if (!approach.left.empty()) work.place(approach, true);
    }
    work.program();
  }
}

}  // namespace bitgoeul::maps
