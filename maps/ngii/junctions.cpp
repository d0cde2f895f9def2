// Which links inside junctions belong together, and the turns that the old data model leaves out.
#include <algorithm>
#include <cmath>
#include <set>

#include "maps/detail/junction_clusters.h"
#include "maps/detail/polyline_fit.h"
#include "maps/ngii/build.h"

namespace bitgoeul::maps::ngii {
namespace {

using sim::Vec2;
using sim::Vec3;

// Where a lane of the old model ends before a junction, or begins behind one.
struct Mouth {
  std::size_t link = 0;
  Vec3 at = Vec3::Zero();
  double heading = 0;
};

enum class Way { kStraight, kLeft, kRight, kUTurn, kNone };
constexpr double kBendRad = 40.0 * sim::kPi / 180.0, kBackRad = 150.0 * sim::kPi / 180.0;

// How the driver at `a` gets to `b`; `cost` orders the mouths of one way.
Way way_of(const Mouth& a, const Mouth& b, double& cost) {
  double sine, cosine;
  sim::sincos(a.heading, sine, cosine);
  const Vec2 d = (b.at - a.at).head<2>();
  const double ahead = cosine * d.x() + sine * d.y(), left = -sine * d.x() + cosine * d.y();
  const double turn = sim::wrap_angle(b.heading - a.heading);
  cost = std::abs(ahead) + std::abs(left);
  if (std::abs(turn) > kBackRad) return left > 2 && left < 30 && std::abs(ahead) < 15 ? Way::kUTurn : Way::kNone;
  if (ahead < 0.5) return Way::kNone;
  if (std::abs(turn) < kBendRad) {
    cost = ahead + 4 * std::abs(left);
    return ahead < 80 && std::abs(left) < 2.5 + 0.12 * ahead ? Way::kStraight : Way::kNone;
  }
  if (turn > 0) return left > 1 && cost < 75 ? Way::kLeft : Way::kNone;
  return left < -1 && cost < 55 ? Way::kRight : Way::kNone;
}

// The letters of a link's id: which ways lead on from its end.
bool allows(const std::string& turns, Way way) {
  const auto has = [&](char c) { return turns.find(c) != std::string::npos; };
  switch (way) {
    case Way::kStraight:
      return has('A') || has('Z');
    case Way::kLeft:
      return has('A') || has('L');
    case Way::kRight:
      return has('A') || has('R');
    case Way::kUTurn:
      return has('U');
    default:
      return false;
  }
}

struct TurnMaker {
  Tables& tables;
  std::vector<Mouth> entries, exits;
  std::set<std::pair<std::size_t, std::size_t>> made;

  void find_mouths();
  std::vector<Mouth> exits_near(const Vec3& p) const;
  void from(const Mouth& entry);
  void add(std::size_t from, std::size_t to);
};

void TurnMaker::find_mouths() {
  std::map<std::string, int> starts, ends;
  for (const Link& link : tables.links) ++starts[link.from_node], ++ends[link.to_node];
  for (std::size_t i = 0; i < tables.links.size(); ++i) {
    const Link& link = tables.links[i];
    std::vector<Vec2> line;
    for (const Vec3& p : link.line) line.emplace_back(p.x(), p.y());
    if (starts.count(link.to_node) == 0) entries.push_back({i, link.line.back(), detail::end_heading(line)});
    if (ends.count(link.from_node) == 0) exits.push_back({i, link.line.front(), detail::start_heading(line)});
  }
  std::sort(exits.begin(), exits.end(), [](const Mouth& a, const Mouth& b) {
    return a.at.x() != b.at.x() ? a.at.x() < b.at.x() : a.link < b.link;
  });
}

std::vector<Mouth> TurnMaker::exits_near(const Vec3& p) const {
  constexpr double kReachM = 85;
  std::vector<Mouth> out;
  auto it = std::lower_bound(exits.begin(), exits.end(), p.x() - kReachM,
                             [](const Mouth& m, double x) { return m.at.x() < x; });
  for (; it != exits.end() && it->at.x() < p.x() + kReachM; ++it)
    if (std::abs(it->at.y() - p.y()) < kReachM && std::abs(it->at.z() - p.z()) < 3) out.push_back(*it);
  return out;
}

void TurnMaker::add(std::size_t from, std::size_t to) { made.insert({from, to}); }

void TurnMaker::from(const Mouth& entry) {
  const Link& link = tables.links[entry.link];
  const std::vector<Mouth> near = exits_near(entry.at);
  for (const Way way : {Way::kStraight, Way::kLeft, Way::kRight, Way::kUTurn}) {
    if (!allows(link.turns, way)) continue;
    const Mouth* best = nullptr;
    double best_cost = 1e18;
    for (const Mouth& exit : near) {
      double cost = 0;
      if (exit.link == entry.link || way_of(entry, exit, cost) != way || cost >= best_cost) continue;
      best = &exit, best_cost = cost;
    }
    if (best != nullptr) add(entry.link, best->link);
  }
}

// A cubic whose ends are tangent to both lanes, as long as an arc's: handles of 2/3 tan(turn/4) / sin(turn/2) chords.
std::vector<Vec3> turning_line(const std::vector<Vec3>& from, const std::vector<Vec3>& to) {
  std::vector<Vec2> a, b;
  for (const Vec3& p : from) a.emplace_back(p.x(), p.y());
  for (const Vec3& p : to) b.emplace_back(p.x(), p.y());
  const double h0 = detail::end_heading(a), h1 = detail::start_heading(b);
  const Vec3 p0 = from.back(), p3 = to.front();
  const double chord = (p3 - p0).head<2>().norm();
  const double turn = std::clamp(std::abs(sim::wrap_angle(h1 - h0)), 0.01, 3.1);
  const double handle = chord * 2.0 / 3.0 * sim::tan(turn / 4) / sim::sin(turn / 2);
  double s0, c0, s1, c1;
  sim::sincos(h0, s0, c0);
  sim::sincos(h1, s1, c1);
  const Vec3 p1 = p0 + handle * Vec3(c0, s0, 0), p2 = p3 - handle * Vec3(c1, s1, 0);
  std::vector<Vec3> line;
  const int steps = std::clamp(static_cast<int>(std::ceil(chord)), 8, 100);
  for (int i = 0; i <= steps; ++i) {
    const double u = static_cast<double>(i) / steps, v = 1 - u;
    Vec3 p = v * v * v * p0 + 3 * v * v * u * p1 + 3 * v * u * u * p2 + u * u * u * p3;
    p.z() = p0.z() + u * (p3.z() - p0.z());
    line.push_back(p);
  }
  line.front() = p0, line.back() = p3;
  return line;
}

Link turn_link(const Tables& t, std::size_t from, std::size_t to) {
  const Link &a = t.links[from], &b = t.links[to];
  Link link;
  link.id = a.id + "-" + b.id;
  link.from_node = a.to_node;
  link.to_node = b.from_node;
  link.line = turning_line(a.line, b.line);
  link.inside_junction = true;
  link.speed_kmh = std::min(a.speed_kmh, b.speed_kmh);
  link.road_class = a.road_class;
  link.from = a.from;
  return link;
}

}  // namespace

std::vector<int> find_junctions(const Tables& tables) {
  const LinkRows rows = rows_of(tables);
  std::vector<detail::ClusterLane> lanes;
  for (const Link& link : tables.links) {
    detail::ClusterLane lane{&link.line, link.from_node, link.to_node, link.inside_junction, {}};
    for (const std::string* side : {&link.left, &link.right})
      if (const auto at = rows.find(*side); at != rows.end()) lane.beside.push_back(at->second);
    lanes.push_back(std::move(lane));
  }
  return detail::cluster_junctions(lanes);
}

void make_turns(Tables& tables, detail::Tally& tally) {
  TurnMaker maker{tables, {}, {}, {}};
  maker.find_mouths();
  for (const Mouth& entry : maker.entries) maker.from(entry);
  const LinkRows rows = rows_of(tables);
  const std::string file = tables.links.empty() ? "" : tables.links[0].from.file;
  int guided = 0;
  std::set<std::pair<std::size_t, std::size_t>> named;
  for (const NamedTurn& turn : tables.turns) {
    const auto from = rows.find(turn.from_link), to = rows.find(turn.to_link);
    if (from == rows.end() || to == rows.end()) {
      tally.add(sim::Severity::kWarning, turn.from.file, "a guide line names a link that is not in the data; ignored",
                turn.from_link, turn.from.record);
      continue;
    }
    const Vec3 gap = tables.links[to->second].line.front() - tables.links[from->second].line.back();
    if (gap.norm() < 0.3 || gap.norm() > 120) continue;  // they meet already, or not at all
    if (!named.insert({from->second, to->second}).second) continue;
    guided += maker.made.insert({from->second, to->second}).second ? 0 : 1;
  }
  tally.add(
      sim::Severity::kInfo, file,
      "a turn inside a junction made from the letters of its link's id and from guide lines: this data model has no "
      "links there",
      {}, 0, {}, static_cast<int>(maker.made.size()));
  tally.add(sim::Severity::kInfo, file, "a guide line confirms a turn made from the letters", {}, 0, {}, guided);
  for (const auto& [from, to] : maker.made) tables.links.push_back(turn_link(tables, from, to));
}

}  // namespace bitgoeul::maps::ngii
