// The roads of Seoul's Songpa district built from OpenStreetMap, beside the SUMO network that netconvert made from the
// same file: same junctions, same lane counts, same allowed movements. Streets are matched by where they lie.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "maps/map_builder.h"
#include "maps/projection.h"
#include "maps/reference_line.h"
#include "maps/road_network/lane_builder.h"
#include "maps/road_network/osm.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using sim::Vec2;

namespace {

// One direction of a road of ours.
using Way = std::pair<Row, int>;
constexpr Way kInside{-2, 0}, kNowhere{-1, 0};

struct SumoEdge {
  std::string from, to, type;
  std::vector<Vec2> line;
  int lanes = 0;
  Way ours = kNowhere;
};

struct SumoNet {
  std::map<std::string, SumoEdge> edges;
  std::map<std::string, Vec2> junctions;
  std::map<std::string, std::set<std::string>> next;  // edges that an edge leads to, but for turning round
  int turnarounds = 0;
};

std::vector<Vec2> points_of(const char* text, const std::function<Vec2(Vec2)>& frame) {
  std::istringstream in(text);
  std::vector<Vec2> out;
  double x = 0, y = 0;
  char comma = 0;
  while (in >> x >> comma >> y) out.push_back(frame({x, y}));
  return out;
}

SumoNet read_net(const std::filesystem::path& path, const Projection& ours) {
  SumoNet net;
  pugi::xml_document document;
  REQUIRE(document.load_file(path.c_str()));
  const pugi::xml_node root = document.child("net"), location = root.child("location");
  const auto projection = Projection::make(location.attribute("projParameter").value());
  REQUIRE(projection);
  const Vec2 offset = points_of(location.attribute("netOffset").value(), [](Vec2 p) { return p; }).at(0);
  const auto frame = [&](Vec2 p) {
    const auto place = projection->inverse(p.x() - offset.x(), p.y() - offset.y());
    return *ours.forward(place->longitude_deg, place->latitude_deg);
  };
  for (const pugi::xml_node junction : root.children("junction"))
    if (std::string(junction.attribute("type").value()) != "internal")
      net.junctions[junction.attribute("id").value()] =
          frame({junction.attribute("x").as_double(), junction.attribute("y").as_double()});
  for (const pugi::xml_node node : root.children("edge")) {
    if (std::string(node.attribute("function").value()) == "internal") continue;
    SumoEdge edge{node.attribute("from").value(), node.attribute("to").value(), node.attribute("type").value(), {}, 0};
    edge.line = points_of(node.attribute("shape").value(), frame);
    if (edge.line.empty()) edge.line = {net.junctions.at(edge.from), net.junctions.at(edge.to)};
    edge.lanes = static_cast<int>(std::distance(node.children("lane").begin(), node.children("lane").end()));
    net.edges[node.attribute("id").value()] = edge;
  }
  // netconvert lets vehicles turn round on their own street at every node; Korean law only where it is marked.
  for (const pugi::xml_node c : root.children("connection")) {
    if (c.attribute("from").value()[0] == ':') continue;
    if (c.attribute("dir").value()[0] == 't')
      ++net.turnarounds;
    else
      net.next[c.attribute("from").value()].insert(c.attribute("to").value());
  }
  return net;
}

// Place and heading at a share of a line's length.
std::pair<Vec2, double> along(const std::vector<Vec2>& line, double share) {
  double length = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) length += (line[i + 1] - line[i]).norm();
  double s = share * length;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const Vec2 d = line[i + 1] - line[i];
    if (s <= d.norm() || i + 2 == line.size()) return {line[i] + d.normalized() * s, std::atan2(d.y(), d.x())};
    s -= d.norm();
  }
  return {line.back(), 0};
}

struct Oracle {
  const Map& map;
  std::map<Way, int> lanes;                                                     // lanes per direction of our roads
  std::map<std::pair<int, int>, std::vector<std::pair<Row, CurvePoint>>> grid;  // reference lines
  std::map<Way, std::set<Way>> moves;
  std::vector<Vec2> ends;  // where our junctions' lanes begin and end, with the junction
  std::vector<Row> junction_of_end;

  static std::pair<int, int> cell(const Vec2& p) {
    return {static_cast<int>(std::floor(p.x() / 10)), static_cast<int>(std::floor(p.y() / 10))};
  }

  explicit Oracle(const Map& m) : map(m) {
    for (std::size_t r = 0; r < map.roads.size(); ++r) {
      const Road& road = map.roads[r];
      if (road.junction != kNone) continue;
      const auto line = Map::rows(map.geometries, road.geometry);
      for (double s = 0; s <= road.length; s += 2.0) {
        const CurvePoint p = evaluate(line, s);
        grid[cell({p.x, p.y})].emplace_back(static_cast<Row>(r), p);
      }
      const Range lanes_of = map.sections[static_cast<std::size_t>(road.sections.begin)].lanes;
      for (Row l = lanes_of.begin; l < lanes_of.end; ++l)
        if (drivable(map.lanes[static_cast<std::size_t>(l)].type))
          ++lanes[{static_cast<Row>(r), map.lanes[static_cast<std::size_t>(l)].direction}];
    }
    for (Row l = 0; l < static_cast<Row>(map.lanes.size()); ++l) {
      const Lane& lane = map.lanes[static_cast<std::size_t>(l)];
      if (lane.junction == kNone) continue;
      for (const Row before : map.predecessors(l))
        for (const Row behind : map.successors(l)) moves[way_of(before)].insert(way_of(behind));
      for (const LanePoint& p : map.lane_points(l)) {
        ends.push_back({p.x, p.y});
        junction_of_end.push_back(lane.junction);
      }
    }
  }

  Way way_of(Row lane) const {
    return {map.lanes[static_cast<std::size_t>(lane)].road, map.lanes[static_cast<std::size_t>(lane)].direction};
  }

  // The direction of our road that lies on the place, within reach.
  Way at(const Vec2& place, double heading, double reach) const {
    Way best = kNowhere;
    double least = reach;
    const auto [cx, cy] = cell(place);
    for (int dx = -1; dx <= 1; ++dx)
      for (int dy = -1; dy <= 1; ++dy) {
        const auto found = grid.find({cx + dx, cy + dy});
        if (found == grid.end()) continue;
        for (const auto& [road, p] : found->second) {
          const double turn = std::abs(sim::wrap_angle(p.heading - heading)), d = (Vec2(p.x, p.y) - place).norm();
          const Way way{road, turn < 1.5708 ? 1 : -1};
          if (std::min(turn, sim::kPi - turn) > 0.5 || d >= least || lanes.count(way) == 0) continue;
          least = d;
          best = way;
        }
      }
    return best;
  }

  bool inside_junction(const Vec2& place) const {
    return std::any_of(ends.begin(), ends.end(), [&](const Vec2& p) { return (p - place).squaredNorm() < 64.0; });
  }

  void match(SumoNet& net) const {
    for (auto& [id, edge] : net.edges) {
      for (const double share : {0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8}) {
        const auto [place, heading] = along(edge.line, share);
        edge.ours = at(place, heading, 3.0);
        if (edge.ours != kNowhere) break;
      }
      if (edge.ours == kNowhere && inside_junction(along(edge.line, 0.5).first)) edge.ours = kInside;
    }
  }
};

// From an edge on over connections and edges that lie inside of our junctions, to our roads.
void follow(const SumoNet& net, const std::string& edge, const Way& from, double turned, int depth,
            std::map<Way, double>& out) {
  const auto found = net.next.find(edge);
  if (found == net.next.end() || depth > 7) return;
  const SumoEdge& own = net.edges.at(edge);
  for (const std::string& to : found->second) {
    const SumoEdge& next = net.edges.at(to);
    const double turn = turned + sim::wrap_angle(along(next.line, 0).second - along(own.line, 1).second);
    if (next.ours == kInside)
      follow(net, to, from, turn + sim::wrap_angle(along(next.line, 1).second - along(next.line, 0).second), depth + 1,
             out);
    else if (next.ours != kNowhere && next.ours != from) {
      const auto [at, is_new] = out.try_emplace(next.ours, turn);
      if (!is_new && std::abs(turn) < std::abs(at->second)) at->second = turn;
    }
  }
}

struct Tally {
  int same = 0;
  std::map<std::string, int> different;
  double share() const {
    int all = same;
    for (const auto& [reason, count] : different) all += count;
    return static_cast<double>(same) / all;
  }
  std::string table(const char* title) const {
    std::ostringstream text;
    text << title << ": same " << same << " (" << 100.0 * share() << " %)";
    for (const auto& [reason, count] : different) text << "\n    " << reason << ": " << count;
    return text.str();
  }
};

Tally compare_lanes(const SumoNet& net, const Oracle& oracle) {
  Tally tally;
  for (const auto& [id, edge] : net.edges) {
    if (edge.ours == kInside) continue;
    if (edge.ours == kNowhere) {
      ++tally.different["no road of ours lies there: " + edge.type];
      continue;
    }
    const int own = oracle.lanes.at(edge.ours);
    if (own == edge.lanes)
      ++tally.same;
    else
      ++tally.different[edge.type + ": " + std::to_string(edge.lanes) + " in SUMO, " + std::to_string(own) + " here"];
  }
  return tally;
}

Tally compare_moves(const SumoNet& net, const Oracle& oracle) {
  Tally tally;
  std::map<Way, std::map<Way, double>> theirs;
  for (const auto& [id, edge] : net.edges)
    if (edge.ours != kInside && edge.ours != kNowhere) follow(net, id, edge.ours, 0, 0, theirs[edge.ours]);
  std::map<Way, int> known;
  for (const auto& [id, edge] : net.edges) ++known[edge.ours];
  for (const auto& [from, targets] : theirs)
    for (const auto& [to, turn] : targets) {
      const auto own = oracle.moves.find(from);
      const bool same = own != oracle.moves.end() && own->second.count(to) > 0;
      if (same)
        ++tally.same;
      else if (from.first == to.first)
        ++tally.different["SUMO only: back on the same road"];
      else if (std::abs(turn) > 3.75)
        ++tally.different["SUMO only: round through the whole junction"];
      else if (std::abs(turn) > 2.6)
        ++tally.different["SUMO only: a turn back"];
      else
        ++tally.different["SUMO only: other"];
      if (!same && std::getenv("BITGOEUL_ORACLE") != nullptr)
        MESSAGE("sumo only " << oracle.map.text_of(oracle.map.roads[static_cast<std::size_t>(from.first)].id) << "/"
                             << from.second << " -> "
                             << oracle.map.text_of(oracle.map.roads[static_cast<std::size_t>(to.first)].id) << "/"
                             << to.second << " turn " << turn);
    }
  for (const auto& [from, targets] : oracle.moves)
    for (const Way& to : targets) {
      if (theirs[from].count(to) > 0 || known[from] == 0 || known[to] == 0) continue;
      if (from.first == to.first) continue;  // turning round at the end of a street
      ++tally.different["here only: other"];
      if (from.first != to.first && std::getenv("BITGOEUL_ORACLE") != nullptr)
        MESSAGE("here only " << oracle.map.text_of(oracle.map.roads[static_cast<std::size_t>(from.first)].id) << "/"
                             << from.second << " -> "
                             << oracle.map.text_of(oracle.map.roads[static_cast<std::size_t>(to.first)].id) << "/"
                             << to.second);
    }
  return tally;
}

// Junctions where streets to at least three neighbours meet.
Tally compare_junctions(const SumoNet& net, const Oracle& oracle) {
  std::map<std::string, std::set<std::string>> neighbours;
  for (const auto& [id, edge] : net.edges) {
    neighbours[edge.from].insert(edge.to);
    neighbours[edge.to].insert(edge.from);
  }
  Tally tally;
  std::set<Row> met;
  for (const auto& [id, around] : neighbours) {
    if (around.size() < 3) continue;
    double least = 1e9;
    Row nearest = kNone;
    for (std::size_t i = 0; i < oracle.ends.size(); ++i)
      if (const double d = (oracle.ends[i] - net.junctions.at(id)).norm(); d < least)
        least = d, nearest = oracle.junction_of_end[i];
    if (least < 15.0) {
      ++tally.same;
      met.insert(nearest);
    } else {
      ++tally.different["SUMO only"];
    }
  }
  std::map<Row, std::set<Row>> roads;
  for (std::size_t r = 0; r < oracle.map.lanes.size(); ++r) {
    const Lane& lane = oracle.map.lanes[r];
    if (lane.junction == kNone) continue;
    for (const Row side : oracle.map.predecessors(static_cast<Row>(r)))
      roads[lane.junction].insert(oracle.map.lanes[static_cast<std::size_t>(side)].road);
    for (const Row side : oracle.map.successors(static_cast<Row>(r)))
      roads[lane.junction].insert(oracle.map.lanes[static_cast<std::size_t>(side)].road);
  }
  for (const auto& [junction, own] : roads)
    if (own.size() >= 3 && met.count(junction) == 0) ++tally.different["here only"];
  return tally;
}

}  // namespace

TEST_CASE("Seoul from OSM has the junctions, lanes and movements of the SUMO network made from the same file") {
  const auto folder = tests::shared_data() / "osm_korea" / "asanH" / "map";
  if (!std::filesystem::exists(folder / "asanH.osm")) {
    MESSAGE("skipped: no " << folder);
    return;
  }
  sim::Issues issues;
  auto network = read_osm(folder / "asanH.osm", issues);
  REQUIRE(network);
  const auto projection = Projection::make(network->projection);
  auto builder = build_lanes(std::move(*network), issues);
  REQUIRE(builder);
  const auto map = freeze(std::move(*builder), issues);
  REQUIRE(map);
  SumoNet net = read_net(folder / "asanH.net.xml", *projection);
  REQUIRE(net.edges.size() > 1000);
  const Oracle oracle(**map);
  oracle.match(net);
  const Tally junctions = compare_junctions(net, oracle), lanes = compare_lanes(net, oracle),
              moves = compare_moves(net, oracle);
  MESSAGE(junctions.table("junctions") << "\n"
                                       << lanes.table("lane counts") << "\n"
                                       << moves.table("movements") << "\n"
                                       << net.turnarounds << " turnarounds of SUMO are not compared");
  CHECK(junctions.share() >= 0.95);
  CHECK(lanes.share() >= 0.95);
  CHECK(moves.share() >= 0.95);
}
