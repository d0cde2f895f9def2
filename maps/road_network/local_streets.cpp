#include "maps/road_network/local_streets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "maps/road_network/lane_builder.h"
#include "maps/road_network/urban_infill.h"
#include "sim/polygon.h"
#include "sim/random.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kCellM = 64.0;
constexpr double kSampleM = 8.0;
constexpr double kNodeClearM = 34.0;     // a grid node's distance from the kerb of a skeleton road
constexpr double kStreetClearM = 14.0;   // a street's distance from the kerb of a skeleton road that it does not join
constexpr double kJoinFromNodeM = 80.0;  // a join's distance from the skeleton's own nodes
constexpr double kJoinFromCutM = 48.0, kJoinFromCutPerLaneM = 20.0;  // room for lane changes
constexpr double kJoinSpacingM = 75.0, kDividedJoinSpacingM = 110.0;
constexpr double kNodeSpacingM = 48.0;  // between grid nodes of neighbouring areas
constexpr std::uint64_t kSeed = 0x6277616e676a75;

// A piece of a skeleton road.
struct Segment {
  Vec2 a, b;
  int edge;
  double s;  // of a
};

using CellKey = std::pair<int, int>;
CellKey cell_of(const Vec2& point) {
  return {static_cast<int>(std::floor(point.x() / kCellM)), static_cast<int>(std::floor(point.y() / kCellM))};
}

struct SegmentGrid {
  std::vector<Segment> segments;
  std::map<CellKey, std::vector<int>> cells;

  void add(const Segment& segment) {
    const CellKey a = cell_of(segment.a), b = cell_of(segment.b);
    for (int x = std::min(a.first, b.first); x <= std::max(a.first, b.first); ++x)
      for (int y = std::min(a.second, b.second); y <= std::max(a.second, b.second); ++y)
        cells[{x, y}].push_back(static_cast<int>(segments.size()));
    segments.push_back(segment);
  }
  // Calls use(segment) for all within reach of the box about a and b; a segment may come more than once.
  template <class Use>
  void near(const Vec2& a, const Vec2& b, double reach, Use&& use) const {
    const Vec2 margin(reach, reach);
    const CellKey low = cell_of(a.cwiseMin(b) - margin), high = cell_of(a.cwiseMax(b) + margin);
    for (int x = low.first; x <= high.first; ++x)
      for (int y = low.second; y <= high.second; ++y) {
        const auto found = cells.find({x, y});
        if (found == cells.end()) continue;
        for (const int row : found->second) use(segments[static_cast<std::size_t>(row)]);
      }
  }
};

double point_to_segment(const Vec2& p, const Vec2& a, const Vec2& b) {
  const Vec2 d = b - a;
  const double square = d.squaredNorm();
  const double u = square > 0 ? std::clamp((p - a).dot(d) / square, 0.0, 1.0) : 0.0;
  return (p - (a + u * d)).norm();
}

// Fractions along ab and cd of their crossing.
std::optional<std::pair<double, double>> crossing(const Vec2& a, const Vec2& b, const Vec2& c, const Vec2& d) {
  const Vec2 ab = b - a, cd = d - c, ac = c - a;
  const double denominator = ab.x() * cd.y() - ab.y() * cd.x();
  if (std::fabs(denominator) < 1e-9) return std::nullopt;
  const double u = (ac.x() * cd.y() - ac.y() * cd.x()) / denominator,
               v = (ac.x() * ab.y() - ac.y() * ab.x()) / denominator;
  if (u < 0 || u > 1 || v < 0 || v > 1) return std::nullopt;
  return std::pair(u, v);
}

double segment_distance(const Vec2& a, const Vec2& b, const Vec2& c, const Vec2& d) {
  if (crossing(a, b, c, d)) return 0;
  return std::min(std::min(point_to_segment(a, c, d), point_to_segment(b, c, d)),
                  std::min(point_to_segment(c, a, b), point_to_segment(d, a, b)));
}

bool inside(const std::vector<Vec2>& ring, const Vec2& p) {
  const auto corner = [&](std::size_t i) { return std::array{ring[i].x(), ring[i].y()}; };
  return sim::inside_polygon(ring.size(), corner, p.x(), p.y());
}

struct Style {
  double spacing_m, jitter, gap;  // jitter: share of the spacing; gap: share of streets left out
  bool fill = true;
};

Style style_of(const UrbanArea& area) {
  if (area.kind == "old_town") return {std::max(1.4 * area.street_spacing_m, 88.0), 0.12, 0.10};
  if (area.kind == "planned_grid") return {std::max(1.1 * area.street_spacing_m, 108.0), 0.0, 0.05};
  if (area.kind == "infill") return {area.street_spacing_m, 0.06, 0.05};
  if (area.kind == "rural") return {area.street_spacing_m, 0.16, 0.06};
  if (area.kind == "park") return {area.street_spacing_m, 0, 0, false};
  if (area.street_spacing_m >= 800) return {area.street_spacing_m, 0, 0, false};  // an airfield has no streets
  return {area.street_spacing_m, 0.04, 0.04};
}

// A local street's end on a skeleton road.
struct Join {
  int edge;
  double s;
  int node;        // the local node it comes from
  bool left_side;  // of the skeleton edge
  std::string name;
};

class Filler {
 public:
  Filler(StreetGraph& graph, const RoadNetwork& network, const LaneBuilderOptions& options)
      : graph_(graph), options_(options), areas_(network.areas), given_areas_(network.areas.size()) {
    if (!areas_.empty())
      for (UrbanArea& tile : urban_infill(graph)) areas_.push_back(std::move(tile));
    for (std::size_t e = 0; e < graph.edges.size(); ++e) add_skeleton(static_cast<int>(e));
  }

  void run() {
    for (std::size_t a = 0; a < areas_.size(); ++a) fill_area(static_cast<int>(a));
    apply_joins();
  }

 private:
  void add_skeleton(int row) {
    const StreetEdge& edge = graph_.edges[static_cast<std::size_t>(row)];
    if (!edge.alive) return;
    const std::vector<Vec2> points = sample_curve(edge.curve, kSampleM);
    const double step = edge.curve.length / static_cast<double>(points.size() - 1);
    for (std::size_t i = 0; i + 1 < points.size(); ++i)
      skeleton_.add({points[i], points[i + 1], row, step * static_cast<double>(i)});
  }

  double kerb_of(int edge) const { return graph_.edges[static_cast<std::size_t>(edge)].profile.half_m(); }

  double random(int area, int column, int row, std::uint32_t use) const {
    const auto cell = static_cast<std::uint32_t>((column + 2048) * 4096 + row + 2048);
    return sim::uniform(kSeed + use, cell, area, sim::Stream::kTest);
  }

  bool clear_of_skeleton(const Vec2& a, const Vec2& b, double clear) const {
    bool clear_so_far = true;
    skeleton_.near(a, b, clear + 20.0, [&](const Segment& segment) {
      if (clear_so_far && segment_distance(a, b, segment.a, segment.b) < kerb_of(segment.edge) + clear)
        clear_so_far = false;
    });
    return clear_so_far;
  }
  bool in_given_area(const Vec2& p) const {
    return std::any_of(areas_.begin(), areas_.begin() + static_cast<std::ptrdiff_t>(given_areas_),
                       [&](const UrbanArea& area) { return inside(area.outline, p); });
  }
  bool clear_of_local(const Vec2& p, double clear, int first_of_area) const {
    bool clear_so_far = true;
    local_nodes_.near(p, p, clear, [&](const Segment& node) {
      if (node.edge < first_of_area && (node.a - p).norm() < clear) clear_so_far = false;
    });
    return clear_so_far;
  }
  bool crosses_local(const Vec2& a, const Vec2& b, int first_of_area) const {
    bool crosses = false;
    local_edges_.near(a, b, 20.0, [&](const Segment& segment) {
      if (segment.edge < first_of_area && segment_distance(a, b, segment.a, segment.b) < 25.0) crosses = true;
    });
    return crosses;
  }

  void fill_area(int area_row);
  void place_nodes(int area_row, const UrbanArea& area, const Style& style);
  void connect(int area_row, const Style& style, std::pair<int, int> cell, int node, int dx, int dy);
  void cast_to_skeleton(int node, const Vec2& direction, double reach);
  std::optional<double> place_on(int edge, double s, bool left_side) const;
  void add_edge(int from, int to, const std::string& name);
  void apply_joins();

  StreetGraph& graph_;
  const LaneBuilderOptions& options_;
  std::vector<UrbanArea> areas_;  // the given ones, then infill
  std::size_t given_areas_;
  SegmentGrid skeleton_, local_nodes_, local_edges_;
  std::map<std::pair<int, int>, int> cells_;  // of the area being filled: grid cell -> node
  int first_node_ = 0, first_edge_ = 0;       // of the area being filled
  Vec2 center_ = Vec2::Zero(), axis_x_ = Vec2::UnitX(), axis_y_ = Vec2::UnitY();
  std::map<int, std::vector<Join>> joins_;  // by skeleton edge
  std::string area_name_;
};

void Filler::place_nodes(int area_row, const UrbanArea& area, const Style& style) {
  double reach = 0;
  center_ = Vec2::Zero();
  for (const Vec2& p : area.outline) center_ += p / static_cast<double>(area.outline.size());
  for (const Vec2& p : area.outline) reach = std::max(reach, (p - center_).norm());
  double sine = 0, cosine = 0;
  // A compass bearing grows clockwise from north.
  sim::sincos(-area.grid_bearing_rad, sine, cosine);
  axis_x_ = Vec2(cosine, sine);
  axis_y_ = Vec2(-sine, cosine);
  const int count = static_cast<int>(std::ceil(reach / style.spacing_m));
  for (int row = -count; row <= count; ++row)
    for (int column = -count; column <= count; ++column) {
      const double u = column + style.jitter * (2 * random(area_row, column, row, 1) - 1);
      const double v = row + style.jitter * (2 * random(area_row, column, row, 2) - 1);
      const Vec2 raw = center_ + style.spacing_m * (u * axis_x_ + v * axis_y_);
      const Vec2 p(sim::snap(raw.x()), sim::snap(raw.y()));
      if (static_cast<std::size_t>(area_row) >= given_areas_ && in_given_area(p)) continue;
      if (!inside(area.outline, p) || !clear_of_skeleton(p, p, kNodeClearM)) continue;
      if (!clear_of_local(p, std::max(kNodeSpacingM, 0.7 * style.spacing_m), first_node_)) continue;
      const int node = static_cast<int>(graph_.nodes.size());
      graph_.nodes.emplace_back().position = p;
      local_nodes_.add({p, p, node, 0});
      cells_[{row, column}] = node;
    }
}

void Filler::fill_area(int area_row) {
  const UrbanArea& area = areas_[static_cast<std::size_t>(area_row)];
  const Style style = style_of(area);
  if (!style.fill) return;
  first_node_ = static_cast<int>(graph_.nodes.size());
  first_edge_ = static_cast<int>(graph_.edges.size());
  area_name_ = area.name;
  cells_.clear();
  place_nodes(area_row, area, style);
  for (const auto& [cell, node] : cells_)
    for (const auto& [dx, dy] : {std::pair(1, 0), std::pair(0, 1), std::pair(-1, 0), std::pair(0, -1)})
      connect(area_row, style, cell, node, dx, dy);
}

void Filler::connect(int area_row, const Style& style, std::pair<int, int> cell, int node, int dx, int dy) {
  const Vec2 from = graph_.nodes[static_cast<std::size_t>(node)].position;
  const auto neighbour = cells_.find({cell.first + dy, cell.second + dx});
  const bool forward = dx + dy > 0;
  if (neighbour != cells_.end()) {
    const Vec2 to = graph_.nodes[static_cast<std::size_t>(neighbour->second)].position;
    if (clear_of_skeleton(from, to, kStreetClearM)) {
      if (!forward || random(area_row, cell.second, cell.first, dx != 0 ? 3 : 4) < style.gap) return;
      if (!crosses_local(from, to, first_edge_)) add_edge(node, neighbour->second, area_name_);
      return;
    }
  }
  cast_to_skeleton(node, dx * axis_x_ + dy * axis_y_, 1.3 * style.spacing_m + 40.0);
}

// The straight way from a node to the first skeleton road in that direction, if it may be joined there.
void Filler::cast_to_skeleton(int node, const Vec2& direction, double reach) {
  const Vec2 from = graph_.nodes[static_cast<std::size_t>(node)].position;
  const Vec2 far = from + reach * direction;
  double first = 2.0;
  const Segment* hit = nullptr;
  double fraction = 0;
  skeleton_.near(from, far, 1.0, [&](const Segment& segment) {
    const auto cross = crossing(from, far, segment.a, segment.b);
    if (!cross || cross->first >= first) return;
    first = cross->first;
    fraction = cross->second;
    hit = &segment;
  });
  if (hit == nullptr) return;
  const StreetEdge& edge = graph_.edges[static_cast<std::size_t>(hit->edge)];
  const Street& street = edge.street;
  const bool closed = street.level != 0 || street.bridge || street.tunnel ||
                      street.road_class == RoadClass::kMotorway || street.road_class == RoadClass::kTrunk ||
                      street.road_class == RoadClass::kRamp;
  if (closed) return;
  const Vec2 tangent = (hit->b - hit->a).normalized();
  if (std::fabs(tangent.dot(direction)) > 0.64) return;  // less than 50 degrees
  const bool left_side = tangent.x() * direction.y() - tangent.y() * direction.x() < 0;
  const auto s = place_on(hit->edge, hit->s + fraction * (hit->b - hit->a).norm(), left_side);
  if (!s) return;
  const Vec2 end = edge.curve.at(*s).point();
  // Nothing else may be near on the way, the joined road only at the end.
  const Vec2 stop = end - (end - from).normalized() * (edge.profile.half_m() + kStreetClearM + 4.0);
  if ((stop - from).dot(end - from) <= 0 || !clear_of_skeleton(from, stop, kStreetClearM)) return;
  joins_[hit->edge].push_back({hit->edge, *s, node, left_side, area_name_});
}

// Where on the edge a join may be: the place itself, or that of the join across the road, or nowhere.
std::optional<double> Filler::place_on(int row, double s, bool left_side) const {
  const StreetEdge& edge = graph_.edges[static_cast<std::size_t>(row)];
  const double room = kJoinFromCutM + kJoinFromCutPerLaneM * (edge.street.lanes_forward - 1);
  const double from_start = std::max(kJoinFromNodeM, edge.cut_from + room);
  const double from_end = std::max(kJoinFromNodeM, edge.cut_to + room);
  if (s < from_start || s > edge.curve.length - from_end) return std::nullopt;
  const auto found = joins_.find(row);
  if (found == joins_.end()) return s;
  const double spacing = edge.street.divided || edge.street.lanes_forward >= 3 ? kDividedJoinSpacingM : kJoinSpacingM;
  std::optional<double> across;
  for (const Join& join : found->second) {
    const double distance = std::fabs(join.s - s);
    if (distance >= spacing) continue;
    if (join.left_side == left_side || distance > 15.0) return std::nullopt;
    across = join.s;
  }
  if (across) {
    const auto same =
        std::count_if(found->second.begin(), found->second.end(), [&](const Join& join) { return join.s == *across; });
    if (same > 1) return std::nullopt;
  }
  return across ? across : s;
}

void Filler::add_edge(int from, int to, const std::string& name) {
  StreetEdge edge;
  edge.from = from;
  edge.to = to;
  Street& street = edge.street;
  street.id = "local" + std::to_string(graph_.edges.size());
  street.name = name;
  street.road_class = RoadClass::kResidential;
  street.speed_limit_mps = 30 / 3.6;
  street.local = true;
  const Vec2 a = graph_.nodes[static_cast<std::size_t>(from)].position,
             b = graph_.nodes[static_cast<std::size_t>(to)].position;
  street.line = {a, b};
  edge.profile = profile_of(street, options_);
  edge.curve = make_curve(street.line, curve_radius(street));
  const int row = static_cast<int>(graph_.edges.size());
  const int pieces = std::max(1, static_cast<int>((b - a).norm() / 40.0));
  for (int i = 0; i < pieces; ++i)
    local_edges_.add(
        {a + (b - a) * (static_cast<double>(i) / pieces), a + (b - a) * (static_cast<double>(i + 1) / pieces), row, 0});
  graph_.edges.push_back(std::move(edge));
}

void Filler::apply_joins() {
  for (auto& [row, joins] : joins_) {
    std::sort(joins.begin(), joins.end(),
              [](const Join& a, const Join& b) { return std::pair(a.s, a.node) < std::pair(b.s, b.node); });
    int edge = row;
    double start = 0;
    int node = -1;
    double at = -1;
    const bool right_only = graph_.edges[static_cast<std::size_t>(row)].street.divided ||
                            graph_.edges[static_cast<std::size_t>(row)].street.lanes_forward >= 3;
    for (const Join& join : joins) {
      if (join.s != at) {
        node = split_edge(graph_, edge, join.s - start);
        graph_.nodes[static_cast<std::size_t>(node)].right_turns_only = right_only;
        graph_.nodes[static_cast<std::size_t>(node)].kind = NodeKind::kPriority;
        edge = static_cast<int>(graph_.edges.size()) - 1;
        start = at = join.s;
      }
      add_edge(join.node, node, join.name);
    }
  }
}

}  // namespace

void fill_local_streets(StreetGraph& graph, const RoadNetwork& network, const LaneBuilderOptions& options) {
  Filler(graph, network, options).run();
}

}  // namespace bitgoeul::maps
