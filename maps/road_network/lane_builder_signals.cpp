// add_signals: heads and fixed-time programs. Two approaches that face each other are served in one of the four orders
// of Korean streets (SignalOrder): straight on from both, then left from both, the national default since 2010, where
// left turns have lanes of their own and the ways do not meet; left first where those lanes are pockets on short roads,
// which a queue for straight on would close; else each approach with straight on and left at once; first straight on,
// then left where an approach's left turn cuts through its own way ahead. An approach that nobody faces is served
// alone, likewise. The source may choose.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <tuple>

#include "maps/road_network/lane_builder_connections.h"
#include "maps/road_network/lane_builder_furniture.h"
#include "maps/road_network/lane_builder_paths.h"

namespace bitgoeul::maps {

namespace {

constexpr double kClearM = 2.8;         // between the centres of two paths that may be green together
constexpr double kWaveSpeedMps = 11.0;  // of the green wave
constexpr double kHeadHeightM = 5.0;
// Where no arm is of a primary road or above, the program rests at night (assumed: the police of each town choose the
// hours and junctions themselves).
constexpr int kFlashFromMinute = 23 * 60, kFlashToMinute = 5 * 60, kNeverFlashesRank = 5;

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
  sim::Issues& issues;
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
  SignalOrder order_of(const Approach& a, const Approach& b) const;
  void serve(ProgramDraft& program, const Approach& a, const Approach& b) const;
  bool short_pocket(const Approach& a) const;
  void flash_at_night(ProgramDraft& program) const;
  void program();
};

void Builder::find_approaches() {
  for (int l = 0; l < static_cast<int>(node().legs.size()); ++l) {
    Approach a;
    a.leg = l;
    a.rank = class_rank(edge(l).street.road_class);
    for (int m = 0; m < static_cast<int>(plan.movements.size()); ++m) {
      if (movement(m).from_leg != l || movement(m).slip) continue;  // nothing rules a slip
      if (movement(m).turn == Turn::kUTurn && plate_of(plan.movements, movement(m)) == TurnWhen::kAnyTime) continue;
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

bool Builder::short_pocket(const Approach& a) const {
  constexpr double kShortM = 120.0;  // three pockets
  return edge(a.leg).road_length() < kShortM && std::any_of(a.left_rows.begin(), a.left_rows.end(), [&](int m) {
           return movement(m).from_lane == kPocketLane;
         });
}

// The source's wish, where the lanes allow it.
SignalOrder Builder::order_of(const Approach& a, const Approach& b) const {
  const bool apart =
      !a.shared_left && !b.shared_left && !conflict(a.ahead_rows, b.ahead_rows) && !conflict(a.left_rows, b.left_rows);
  const SignalOrder wish = node().order;
  if (wish == SignalOrder::kTogether || wish == SignalOrder::kSplit) return wish;
  if (apart && wish != SignalOrder::kAuto) return wish;
  if (wish != SignalOrder::kAuto)
    issues.push_back(
        {sim::Severity::kWarning, out.source, 0, 0, "junction " + junction_id(plan.node),
         "signal order \"" + std::string(kSignalOrders[static_cast<std::size_t>(wish)]) +
             "\" needs a lane of its own for the left turns, and left turns that do not meet; each approach "
             "gets straight on and left at once",
         "signal-order", "give the approaches such lanes, or another order"});
  if (!apart) return SignalOrder::kTogether;
  return short_pocket(a) && short_pocket(b) ? SignalOrder::kLeftThenStraight : SignalOrder::kStraightThenLeft;
}

void Builder::serve(ProgramDraft& program, const Approach& a, const Approach& b) const {
  const int rank = std::max(a.rank, b.rank);
  const auto ahead = [&] { phase(program, green_for(rank, true), {a.ahead, b.ahead}); };
  const auto left = [&] { phase(program, rank >= 5 ? 15 : 12, {a.left, b.left}); };
  switch (order_of(a, b)) {
    case SignalOrder::kStraightThenLeft:
      return ahead(), left();
    case SignalOrder::kLeftThenStraight:
      return left(), ahead();
    default:
      return alone(program, a), alone(program, b);
  }
}

// All ways of an approach at once, or one after the other where they cross or the source wants it.
void Builder::alone(ProgramDraft& program, const Approach& a) const {
  const bool split = node().order == SignalOrder::kSplit && !a.shared_left;
  if (!split && !crosses_itself(a)) return phase(program, green_for(a.rank, false), {a.ahead, a.left});
  phase(program, green_for(a.rank, false), {a.ahead});
  phase(program, 12, {a.left});
}

// Yellow to the larger street, by class and lanes, that goes on over the junction; red to who joins or crosses it.
void Builder::flash_at_night(ProgramDraft& program) const {
  const auto size = [&](const Approach& a) { return std::tuple(a.opposite >= 0, a.rank, lanes_in(graph, leg(a.leg))); };
  const Approach* main = nullptr;
  for (const Approach& a : approaches) {
    if (a.rank >= kNeverFlashesRank) return;
    if (main == nullptr || size(a) > size(*main)) main = &a;
  }
  if (main == nullptr) return;
  program.flash_from_minute = kFlashFromMinute;
  program.flash_to_minute = kFlashToMinute;
  program.flash_yellow = {main->ahead, main->left};
  if (main->opposite < 0) return;
  const Approach& beyond = approaches[static_cast<std::size_t>(main->opposite)];
  program.flash_yellow.insert(program.flash_yellow.end(), {beyond.ahead, beyond.left});
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
    serve(program, a, approaches[static_cast<std::size_t>(a.opposite)]);
  }
  double cycle = 0;
  for (const PhaseDraft& p : program.phases) cycle += p.green_s + p.yellow_s + p.all_red_s;
  if (cycle <= 0) return;
  const double wave = (node().position.x() + node().position.y()) / kWaveSpeedMps;
  program.offset_s = std::floor(wave - cycle * std::floor(wave / cycle));
  flash_at_night(program);
  out.programs.push_back(std::move(program));
}

}  // namespace

std::optional<SignalOrder> signal_order_of(std::string_view text) {
  if (text.empty()) return SignalOrder::kAuto;
  for (std::size_t i = 0; i < std::size(kSignalOrders); ++i)
    if (kSignalOrders[i] == text) return static_cast<SignalOrder>(i);
  return std::nullopt;
}

void add_signals(const StreetGraph& graph, const std::vector<JunctionPlan>& plans, MapBuilder& builder,
                 sim::Issues& issues) {
  for (const JunctionPlan& plan : plans) {
    if (plan.control != JunctionControl::kSignals) continue;
    Builder work{graph, plan, builder, issues, {}};
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
