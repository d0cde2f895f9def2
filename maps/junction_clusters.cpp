#include "maps/detail/junction_clusters.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "maps/detail/disjoint_sets.h"

namespace bitgoeul::maps::detail {
namespace {

using sim::Vec2;
using sim::Vec3;

double cross(const Vec2& a, const Vec2& b) { return a.x() * b.y() - a.y() * b.x(); }

constexpr double kSameLevelM = 2.0;

struct Box {
  double x0 = 1e18, y0 = 1e18, x1 = -1e18, y1 = -1e18;
  std::size_t link = 0;
};

Box box_of(const std::vector<Vec3>& line, std::size_t link) {
  Box box;
  for (const Vec3& p : line) {
    box.x0 = std::min(box.x0, p.x()), box.x1 = std::max(box.x1, p.x());
    box.y0 = std::min(box.y0, p.y()), box.y1 = std::max(box.y1, p.y());
  }
  box.link = link;
  return box;
}

// Calls f with each pair of lanes whose boxes meet.
template <class F>
void each_near_pair(std::vector<Box> boxes, F&& f) {
  std::sort(boxes.begin(), boxes.end(),
            [](const Box& a, const Box& b) { return a.x0 != b.x0 ? a.x0 < b.x0 : a.link < b.link; });
  for (std::size_t i = 0; i < boxes.size(); ++i)
    for (std::size_t k = i + 1; k < boxes.size() && boxes[k].x0 <= boxes[i].x1; ++k)
      if (boxes[k].y0 <= boxes[i].y1 && boxes[i].y0 <= boxes[k].y1) f(boxes[i].link, boxes[k].link);
}

void join_crossing(const std::vector<ClusterLane>& t, DisjointSets& sets) {
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < t.size(); ++i)
    if (t[i].inside) boxes.push_back(box_of(*t[i].line, i));
  each_near_pair(std::move(boxes), [&](std::size_t a, std::size_t b) {
    if (sets.find(a) != sets.find(b) && lines_cross(*t[a].line, *t[b].line)) sets.join(a, b);
  });
}

}  // namespace

bool lines_cross(const std::vector<Vec3>& a, const std::vector<Vec3>& b) {
  for (std::size_t i = 0; i + 1 < a.size(); ++i)
    for (std::size_t k = 0; k + 1 < b.size(); ++k) {
      const Vec2 p = a[i].head<2>(), q = b[k].head<2>(), r = a[i + 1].head<2>() - p, s = b[k + 1].head<2>() - q;
      const double area = cross(r, s);
      if (std::abs(area) < 1e-9) continue;
      const double f = cross(q - p, s) / area, g = cross(q - p, r) / area;
      if (f < 0 || f > 1 || g < 0 || g > 1) continue;
      const double z = a[i].z() + f * (a[i + 1].z() - a[i].z()), w = b[k].z() + g * (b[k + 1].z() - b[k].z());
      if (std::abs(z - w) < kSameLevelM) return true;
    }
  return false;
}

std::vector<std::size_t> crossing_lanes(const std::vector<ClusterLane>& lanes) {
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < lanes.size(); ++i) boxes.push_back(box_of(*lanes[i].line, i));
  std::vector<std::size_t> rows;
  each_near_pair(std::move(boxes), [&](std::size_t a, std::size_t b) {
    const ClusterLane &one = lanes[a], &other = lanes[b];
    const bool joined = one.from == other.from || one.to == other.to || one.from == other.to || one.to == other.from;
    if (!joined && lines_cross(*one.line, *other.line)) rows.push_back(a), rows.push_back(b);
  });
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

std::vector<int> cluster_junctions(const std::vector<ClusterLane>& lanes) {
  DisjointSets sets(lanes.size());
  std::map<std::string, std::size_t> first_from, first_to;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (!lanes[i].inside) continue;
    const auto [from, fresh_from] = first_from.try_emplace(lanes[i].from, i);
    if (!fresh_from) sets.join(from->second, i);
    const auto [to, fresh_to] = first_to.try_emplace(lanes[i].to, i);
    if (!fresh_to) sets.join(to->second, i);
    for (const std::size_t other : lanes[i].beside)
      if (lanes[other].inside) sets.join(other, i);
  }
  for (const auto& [knot, lane] : first_from)
    if (const auto at = first_to.find(knot); at != first_to.end()) sets.join(lane, at->second);
  join_crossing(lanes, sets);
  std::vector<int> junction(lanes.size(), -1);
  std::map<std::size_t, int> number;
  for (std::size_t i = 0; i < lanes.size(); ++i)
    if (lanes[i].inside) junction[i] = number.try_emplace(sets.find(i), static_cast<int>(number.size())).first->second;
  return junction;
}

std::string junction_id(int number) {
  std::string id = "J";
  id += std::to_string(number + 1);
  return id;
}

}  // namespace bitgoeul::maps::detail
