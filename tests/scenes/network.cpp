#include "tests/scenes/network.h"

#include <cmath>

#include "sim/check.h"

namespace bitgoeul::scenes {
namespace {

using namespace maps;

struct Direction {
  int x = 0, y = 0;
};

Direction direction(const Network& n, const Block& block, int from) {
  const Node &a = n.nodes[from], &b = n.nodes[from == block.a ? block.b : block.a];
  return {(b.x > a.x) - (b.x < a.x), (b.y > a.y) - (b.y < a.y)};
}

double heading_of(Direction d) {
  if (d.x > 0) return 0;
  if (d.x < 0) return sim::kPi;
  return d.y > 0 ? sim::kPi / 2 : -sim::kPi / 2;
}

Geometry line(double s, double x, double y, double heading, double length) {
  Geometry g;
  g.s = s, g.x = x, g.y = y, g.heading = heading, g.length = length;
  return g;
}

LaneDraft lane(std::int32_t id, double speed_mps) {
  LaneDraft draft;
  draft.id = id;
  draft.type = LaneType::kDriving;
  draft.widths = {{0, kLaneWidthM, 0, 0, 0}};
  draft.mark = MarkType::kBroken;
  draft.speeds = {{0, speed_mps}};
  return draft;
}

RoadDraft street(const Network& n, const Block& block, int index) {
  const Node &a = n.nodes[block.a], &b = n.nodes[block.b];
  const Direction d = direction(n, block, block.a);
  RoadDraft road;
  road.id = std::to_string(index);
  road.name = "street " + road.id;
  road.road_class = block.lanes > 1 ? RoadClass::kPrimary : RoadClass::kResidential;
  road.length = std::fabs(b.x - a.x) + std::fabs(b.y - a.y) - a.radius - b.radius;
  road.plan_view = {line(0, a.x + d.x * a.radius, a.y + d.y * a.radius, heading_of(d), road.length)};
  road.predecessor = {ElementType::kJunction, "j" + std::to_string(block.a), Contact::kStart};
  road.successor = {ElementType::kJunction, "j" + std::to_string(block.b), Contact::kStart};
  SectionDraft section;
  section.center_mark = MarkType::kSolid;
  for (int i = 1; i <= block.lanes; ++i)
    for (const int id : {i, -i}) {
      section.lanes.push_back(lane(id, block.speed_mps));
      section.lanes.back().stop_distance_m = 1.0;
    }
  road.sections = {section};
  return road;
}

// One end of a lane at a node: where it stops or starts.
struct End {
  int block = 0;
  std::int32_t lane = 0;
  Contact contact = Contact::kStart;
  double x = 0, y = 0;
  Direction d;  // of driving
};

// Lane `k` (1 = innermost) of the block, driving towards (in) or away from the node.
End lane_end(const Network& n, int index, int node, int k, bool in) {
  const Block& block = n.blocks[index];
  const Node& at = n.nodes[node];
  const Direction out = direction(n, block, node);
  End end;
  end.block = index;
  end.contact = node == block.a ? Contact::kStart : Contact::kEnd;
  // Lanes -k drive from a to b.
  end.lane = (node == block.a) == in ? k : -k;
  end.d = in ? Direction{-out.x, -out.y} : out;
  const double right = (k - 0.5) * kLaneWidthM;
  end.x = at.x + out.x * at.radius + end.d.y * right;
  end.y = at.y + out.y * at.radius - end.d.x * right;
  return end;
}

// Line, quarter circle, line: as much of each as the two ends ask for.
std::vector<Geometry> curve(const End& from, const End& to) {
  const double heading = heading_of(from.d);
  const double ahead = (to.x - from.x) * from.d.x + (to.y - from.y) * from.d.y;
  const double left = (to.x - from.x) * -from.d.y + (to.y - from.y) * from.d.x;
  const int turn = from.d.x * to.d.y - from.d.y * to.d.x;
  if (turn == 0) {
    CHECK(std::fabs(left) < 1e-6, "straight movements keep their line");
    return {line(0, from.x, from.y, heading, ahead)};
  }
  const double side = left * turn, radius = std::min(ahead, side);
  std::vector<Geometry> out;
  double s = 0, x = from.x, y = from.y;
  if (const double first = ahead - radius; first > 1e-6) {
    out.push_back(line(s, x, y, heading, first));
    s += first, x += first * from.d.x, y += first * from.d.y;
  }
  Geometry arc = line(s, x, y, heading, radius * sim::kPi / 2);
  arc.kind = GeometryKind::kArc;
  arc.p[0] = turn / radius;
  out.push_back(arc);
  s += arc.length;
  x += radius * from.d.x - turn * radius * from.d.y, y += radius * from.d.y + turn * radius * from.d.x;
  if (const double last = side - radius; last > 1e-6) out.push_back(line(s, x, y, heading_of(to.d), last));
  return out;
}

struct Junctions {
  MapBuilder& builder;
  int next_road = 1000;
};

void connect(Junctions& out, JunctionDraft& junction, const End& from, const End& to, double speed_mps) {
  RoadDraft road;
  road.id = std::to_string(out.next_road++);
  road.junction = junction.id;
  road.road_class = RoadClass::kConnection;
  road.plan_view = curve(from, to);
  road.length = road.plan_view.back().s + road.plan_view.back().length;
  road.lane_offset = {{0, kLaneWidthM / 2, 0, 0, 0}};
  road.predecessor = {ElementType::kRoad, std::to_string(from.block), from.contact};
  road.successor = {ElementType::kRoad, std::to_string(to.block), to.contact};
  SectionDraft section;
  section.single_side = true;
  section.lanes = {lane(-1, speed_mps)};
  section.lanes[0].predecessors = {from.lane};
  section.lanes[0].successors = {to.lane};
  road.sections = {section};
  ConnectionDraft connection;
  connection.id = road.id;
  connection.incoming_road = std::to_string(from.block);
  connection.connecting_road = road.id;
  connection.contact = Contact::kStart;
  connection.links = {{from.lane, -1}};
  junction.connections.push_back(connection);
  out.builder.roads.push_back(road);
}

// Right from the outermost lane, left from the innermost, straight on from all.
bool allowed(int turn, int k, int lanes, int to_k, int to_lanes) {
  if (turn == 0) return k == to_k;
  return turn > 0 ? k == 1 && to_k == 1 : k == lanes && to_k == to_lanes;
}

void add_signals(Junctions& out, const Network& n, int node, const std::vector<int>& arms, JunctionDraft& junction) {
  ProgramDraft program;
  program.junction = junction.id;
  program.offset_s = 7 * node;
  program.phases.resize(2);
  for (const int index : arms) {
    const Direction d = direction(n, n.blocks[index], node);
    SignalDraft signal;
    signal.id = "s" + std::to_string(node) + "_" + std::to_string(index);
    signal.road = std::to_string(index);
    signal.type = "1000001";
    signal.dynamic = true;
    const bool at_start = node == n.blocks[index].a;
    signal.s = at_start ? 0.5 : out.builder.roads[index].length - 0.5;
    signal.t = at_start ? 5.0 : -5.0;
    signal.orientation = at_start ? -1 : 1;
    signal.z_offset = 5;
    out.builder.signals.push_back(signal);
    program.phases[d.x != 0 ? 0 : 1].signals.push_back(signal.id);
  }
  for (PhaseDraft& phase : program.phases) phase.green_s = 22, phase.yellow_s = 3, phase.all_red_s = 2;
  if (program.phases[1].signals.empty()) program.phases.pop_back();
  junction.control = JunctionControl::kSignals;
  out.builder.programs.push_back(program);
}

void junction(Junctions& out, const Network& n, int node) {
  JunctionDraft junction;
  junction.id = "j" + std::to_string(node);
  junction.name = junction.id;
  std::vector<int> arms;
  for (int i = 0; i < static_cast<int>(n.blocks.size()); ++i)
    if (n.blocks[i].a == node || n.blocks[i].b == node) arms.push_back(i);
  for (const int from : arms)
    for (const int to : arms) {
      if (from == to) continue;
      const Block &a = n.blocks[from], &b = n.blocks[to];
      for (int k = 1; k <= a.lanes; ++k)
        for (int j = 1; j <= b.lanes; ++j) {
          const End in = lane_end(n, from, node, k, true), go = lane_end(n, to, node, j, false);
          const int turn = in.d.x * go.d.y - in.d.y * go.d.x;
          if (allowed(turn, k, a.lanes, j, b.lanes))
            connect(out, junction, in, go, turn == 0 ? std::min(a.speed_mps, b.speed_mps) : 30 / 3.6);
        }
    }
  if (n.nodes[node].signals && arms.size() > 2) add_signals(out, n, node, arms, junction);
  out.builder.junctions.push_back(junction);
}

}  // namespace

MapBuilder build(const Network& network) {
  MapBuilder builder;
  builder.name = network.name;
  builder.source = "made in code";
  for (int i = 0; i < static_cast<int>(network.blocks.size()); ++i)
    builder.roads.push_back(street(network, network.blocks[i], i));
  Junctions out{builder};
  for (int node = 0; node < static_cast<int>(network.nodes.size()); ++node) junction(out, network, node);
  return builder;
}

std::shared_ptr<const Map> freeze_or_die(MapBuilder builder) {
  sim::Issues issues;
  auto map = freeze(std::move(builder), issues);
  CHECK(map.has_value(), "a scene's map freezes");
  return *map;
}

}  // namespace bitgoeul::scenes
