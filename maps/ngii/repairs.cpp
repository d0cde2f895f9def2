// Repairs that other importers of NGII data found necessary, each counted.
#include <algorithm>
#include <cmath>
#include <set>

#include "maps/detail/polyline_fit.h"
#include "maps/ngii/build.h"

namespace bitgoeul::maps::ngii {
namespace {

using sim::Severity;
using sim::Vec2;
using sim::Vec3;

constexpr double kSnapM = 0.5;   // an end and its node
constexpr double kFarM = 1.0;    // more than that: the node is not the link's end
constexpr double kSameM = 0.02;  // records of one id that are the same
constexpr double kSeamM = 0.3;   // nodes of two sections at one place
constexpr double kMinSideM = 1.0, kMaxSideM = 7.0;
constexpr double kSideRad = 40.0 * sim::kPi / 180.0;

double apart(const Vec3& a, const Vec3& b) { return (a - b).head<2>().norm(); }

std::string place(const std::string& id) { return "link " + id; }

// One record per id.
template <class T, class Same>
void drop_twins(std::vector<T>& rows, const char* name, detail::Tally& tally, Same same) {
  std::map<std::string, std::size_t> first;
  std::vector<T> kept;
  for (T& row : rows) {
    if (row.id.empty()) {
      tally.add(Severity::kWarning, row.from.file, std::string("a ") + name + " without id; left out", {},
                row.from.record);
      continue;
    }
    const auto [at, fresh] = first.try_emplace(row.id, kept.size());
    if (fresh) {
      kept.push_back(std::move(row));
      continue;
    }
    const bool twin = same(kept[at->second], row);
    tally.add(twin ? Severity::kInfo : Severity::kWarning, row.from.file,
              twin ? std::string("a ") + name + " that stands twice in the data; one is kept"
                   : std::string("two ") + name + "s with one id that differ; the first is kept",
              row.id, row.from.record);
  }
  rows = std::move(kept);
}

bool same_line(const std::vector<Vec3>& a, const std::vector<Vec3>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if ((a[i] - b[i]).norm() > kSameM) return false;
  return true;
}

void drop_duplicates(Tables& t, detail::Tally& tally) {
  drop_twins(t.nodes, "node", tally, [](const Node& a, const Node& b) { return (a.at - b.at).norm() < kSameM; });
  drop_twins(t.links, "link", tally, [](const Link& a, const Link& b) {
    return same_line(a.line, b.line) && a.from_node == b.from_node && a.to_node == b.to_node;
  });
  drop_twins(t.paint, "line mark", tally, [](const Paint& a, const Paint& b) { return same_line(a.line, b.line); });
  drop_twins(t.lights, "light", tally, [](const Light& a, const Light& b) { return (a.at - b.at).norm() < kSameM; });
  drop_twins(t.signs, "sign", tally, [](const Sign& a, const Sign& b) { return (a.at - b.at).norm() < kSameM; });
  drop_twins(t.furniture, "feature", tally,
             [](const Furniture& a, const Furniture& b) { return same_line(a.points, b.points); });
}

// Nodes by place, for snapping.
class NodeIndex {
 public:
  explicit NodeIndex(const std::vector<Node>& nodes) : nodes_(nodes) {
    for (std::size_t i = 0; i < nodes.size(); ++i) cells_[cell(nodes[i].at.x(), nodes[i].at.y())].push_back(i);
  }
  // The only node within reach; nothing when there is none or several.
  const Node* only_near(const Vec3& p, double reach) const {
    const Node* found = nullptr;
    for (int dy = -1; dy <= 1; ++dy)
      for (int dx = -1; dx <= 1; ++dx) {
        const auto at = cells_.find(cell(p.x() + dx * kCell, p.y() + dy * kCell));
        if (at == cells_.end()) continue;
        for (const std::size_t i : at->second) {
          if (apart(nodes_[i].at, p) > reach || std::abs(nodes_[i].at.z() - p.z()) > 2.0) continue;
          if (found != nullptr) return nullptr;
          found = &nodes_[i];
        }
      }
    return found;
  }

 private:
  static constexpr double kCell = 2.0;
  static std::pair<std::int64_t, std::int64_t> cell(double x, double y) {
    return {static_cast<std::int64_t>(std::floor(x / kCell)), static_cast<std::int64_t>(std::floor(y / kCell))};
  }
  const std::vector<Node>& nodes_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> cells_;
};

// A node for the end of a link whose own is missing or elsewhere.
std::string mend_end(const std::string& given, const Vec3& end, const Link& link, const std::string& own,
                     const std::map<std::string, Vec3>& places, const NodeIndex& index, std::vector<Node>& made,
                     detail::Tally& tally) {
  const auto at = places.find(given);
  const bool missing = at == places.end();
  if (!missing && apart(at->second, end) <= kFarM) return given;
  const Node* near = index.only_near(end, kSnapM);
  const std::string what =
      missing ? "the node of a link's end is not in the data" : "a link ends away from its node (more than 1 m)";
  tally.add(Severity::kWarning, link.from.file,
            what + (near != nullptr ? "; the only node at that place is taken" : "; the end gets a node of its own"),
            place(link.id), link.from.record);
  if (near != nullptr) return near->id;
  made.push_back({own, end, 99, link.from});
  return own;
}

void mend_nodes(Tables& t, detail::Tally& tally) {
  std::map<std::string, Vec3> places;
  for (const Node& node : t.nodes) places[node.id] = node.at;
  const NodeIndex index(t.nodes);
  std::vector<Node> made;
  const auto far = [&](const std::string& node, const Vec3& p) {
    const auto at = places.find(node);
    return at == places.end() ? 1e9 : apart(at->second, p);
  };
  for (Link& link : t.links) {
    const Vec3 &first = link.line.front(), &last = link.line.back();
    if (far(link.from_node, first) > kFarM && far(link.to_node, last) > kFarM && far(link.from_node, last) <= kFarM &&
        far(link.to_node, first) <= kFarM) {
      std::swap(link.from_node, link.to_node);
      tally.add(Severity::kWarning, link.from.file, "a link names its first and last node the wrong way round; swapped",
                place(link.id), link.from.record);
    }
    link.from_node = mend_end(link.from_node, first, link, link.id + ".from", places, index, made, tally);
    link.to_node = mend_end(link.to_node, last, link, link.id + ".to", places, index, made, tally);
  }
  t.nodes.insert(t.nodes.end(), made.begin(), made.end());
}

// Ends that are no link's start, and a start that is no link's end, at one place: two sections named them.
void join_seams(Tables& t, detail::Tally& tally) {
  std::map<std::string, int> starts, ends;
  for (const Link& link : t.links) ++starts[link.from_node], ++ends[link.to_node];
  std::vector<Node> open;
  for (const Node& node : t.nodes)
    if (starts.count(node.id) != 0 && ends.count(node.id) == 0) open.push_back(node);
  const NodeIndex index(open);
  std::map<std::string, std::string> renamed;
  for (const Node& node : t.nodes) {
    if (ends.count(node.id) == 0 || starts.count(node.id) != 0) continue;
    const Node* twin = index.only_near(node.at, kSeamM);
    if (twin == nullptr) continue;
    renamed[twin->id] = node.id;
    tally.add(Severity::kInfo, node.from.file,
              "two nodes at one place, of a link that ends and one that begins; made one", node.id, node.from.record);
  }
  for (Link& link : t.links)
    if (const auto at = renamed.find(link.from_node); at != renamed.end()) link.from_node = at->second;
}

void drop_short_links(Tables& t, detail::Tally& tally) {
  std::erase_if(t.links, [&](const Link& link) {
    const bool gone = link.line.size() < 2 || polyline_length(link.line) < 0.3;
    if (gone)
      tally.add(Severity::kWarning, link.from.file, "a link has no length; left out", place(link.id), link.from.record);
    return gone;
  });
}

// Why b is not beside a; empty when it is. `left`: b is said to lie left of a.
std::string not_beside(const Link& a, const Link& b, bool left) {
  if (a.to_node == b.from_node || b.to_node == a.from_node) return "lies before or behind it";
  int beside = 0, near = 0, against = 0, seen = 0;
  const double length = polyline_length(a.line);
  const int steps = 8;
  double at = 0, walked = 0;
  std::size_t k = 0;
  for (int i = 0; i <= steps; ++i) {
    at = length * (0.02 + 0.96 * i / steps);
    while (k + 2 < a.line.size() && walked + apart(a.line[k], a.line[k + 1]) < at)
      walked += apart(a.line[k], a.line[k + 1]), ++k;
    const double piece = apart(a.line[k], a.line[k + 1]);
    const double f = piece > 0 ? std::clamp((at - walked) / piece, 0.0, 1.0) : 0.0;
    const Vec3 p = a.line[k] + f * (a.line[k + 1] - a.line[k]);
    const Foot foot = foot_on(b.line, p);
    if (foot.beyond) continue;
    ++seen;
    const Vec3 d = a.line[k + 1] - a.line[k];
    const double turn = sim::wrap_angle(sim::atan2(d.y(), d.x()) - foot.heading);
    if (std::abs(turn) > kSideRad) ++against;
    const double side = left ? -foot.t : foot.t;  // a lies on the other side of b
    if (std::abs(turn) <= kSideRad && side > kMinSideM && side < kMaxSideM) ++beside;
    if (std::abs(foot.t) <= kMaxSideM) ++near;
  }
  if (seen == 0 || near == 0) return "does not lie beside it";
  if (against > seen / 2) return "runs another way";
  return 3 * beside >= seen ? "" : "does not lie beside it";
}

void clear_side(Tables& t, Link& link, std::string& side, bool left, const LinkRows& rows, detail::Tally& tally) {
  if (side.empty()) return;
  const auto at = rows.find(side);
  const std::string reason = at == rows.end() ? "is not in the data" : not_beside(link, t.links[at->second], left);
  if (reason.empty()) return;
  tally.add(Severity::kWarning, link.from.file, "the neighbour that a link names " + reason + "; cleared",
            place(link.id), link.from.record);
  side.clear();
}

// Fills what only one of the two says; a neighbour that names another one is not ours.
void mirror(Tables& t, const LinkRows& rows, detail::Tally& tally) {
  for (Link& link : t.links)
    for (const bool left : {true, false}) {
      std::string& side = left ? link.left : link.right;
      if (side.empty()) continue;
      Link& other = t.links[rows.at(side)];
      std::string& back = left ? other.right : other.left;
      if (back == link.id) continue;
      if (back.empty()) {
        back = link.id;
        tally.add(Severity::kInfo, link.from.file, "only one of two neighbours names the other; filled in",
                  place(other.id), other.from.record);
        continue;
      }
      tally.add(Severity::kWarning, link.from.file, "a link's neighbour names a third one as its own; cleared",
                place(link.id), link.from.record);
      side.clear();
    }
}

}  // namespace

LinkRows rows_of(const Tables& tables) {
  LinkRows rows;
  for (std::size_t i = 0; i < tables.links.size(); ++i) rows.try_emplace(tables.links[i].id, i);
  return rows;
}

double polyline_length(const std::vector<Vec3>& line) {
  double sum = 0;
  for (std::size_t i = 1; i < line.size(); ++i) sum += apart(line[i], line[i - 1]);
  return sum;
}

Foot foot_on(const std::vector<Vec3>& line, const Vec3& p) {
  Foot best;
  best.distance = 1e18;
  double s = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const Vec2 a = line[i].head<2>(), d = line[i + 1].head<2>() - a, r = p.head<2>() - a;
    const double length = d.norm();
    if (length < 1e-9) continue;
    const double raw = r.dot(d) / (length * length), f = std::clamp(raw, 0.0, 1.0);
    const double distance = (r - f * d).norm();
    if (distance < best.distance) {
      const double side = d.x() * r.y() - d.y() * r.x();
      best = {s + f * length, side >= 0 ? distance : -distance, distance, sim::atan2(d.y(), d.x()), false};
      best.beyond = (i == 0 && raw < -1e-9) || (i + 2 == line.size() && raw > 1 + 1e-9);
    }
    s += length;
  }
  return best;
}

void repair(Tables& tables, detail::Tally& tally) {
  drop_short_links(tables, tally);
  drop_duplicates(tables, tally);
  mend_nodes(tables, tally);
  join_seams(tables, tally);
}

void check_neighbours(Tables& tables, detail::Tally& tally) {
  const LinkRows rows = rows_of(tables);
  for (Link& link : tables.links) {
    clear_side(tables, link, link.left, true, rows, tally);
    clear_side(tables, link, link.right, false, rows, tally);
  }
  mirror(tables, rows, tally);
}

void neighbours_from_paint(Tables& tables, detail::Tally& tally) {
  const LinkRows rows = rows_of(tables);
  std::map<std::pair<std::string, std::string>, double> shared;  // left, right -> length of lane lines between
  for (const Paint& paint : tables.paint) {
    const bool lane_line = paint.kind == PaintKind::kLane || paint.kind == PaintKind::kNoChange ||
                           paint.kind == PaintKind::kBusLane || paint.kind == PaintKind::kVariable;
    if (!lane_line || rows.count(paint.left_link) == 0 || rows.count(paint.right_link) == 0) continue;
    shared[{paint.left_link, paint.right_link}] += polyline_length(paint.line);
  }
  std::map<std::string, double> best_right, best_left;
  int found = 0;
  for (const auto& [pair, length] : shared) {
    if (!not_beside(tables.links[rows.at(pair.second)], tables.links[rows.at(pair.first)], true).empty()) continue;
    if (length <= best_right[pair.first] || length <= best_left[pair.second]) continue;
    best_right[pair.first] = best_left[pair.second] = length;
    tables.links[rows.at(pair.first)].right = pair.second;
    tables.links[rows.at(pair.second)].left = pair.first;
    ++found;
  }
  tally.add(Severity::kInfo, tables.links.empty() ? "" : tables.links[0].from.file,
            "two lanes on both sides of one lane line; taken as neighbours, which this data model does not name", {}, 0,
            {}, found);
}

}  // namespace bitgoeul::maps::ngii
