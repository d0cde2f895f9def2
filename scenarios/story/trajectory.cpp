#include "scenarios/story/trajectory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "maps/reference_line.h"

namespace bitgoeul::scenarios::story {
namespace {

namespace osc = openscenario;

constexpr double kMostChords = 1e5;
constexpr double kChordM = 0.1;  // of a NURBS

double hypot3(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }

// Whether the file says how the vertex is turned; else the curve's tangent does.
bool says_orientation(const osc::Position& position) {
  return std::visit(
      [](const auto& p) {
        if constexpr (requires { p.h; })
          return p.h.has_value();
        else
          return p.orientation.has_value() && p.orientation->h.has_value();
      },
      position.at);
}

// ---- before the run ------------------------------------------------------------------------------------------------

class Planner {
 public:
  Planner(const osc::Trajectory& trajectory, const PrepareContext& context, TrajectoryPlan& plan)
      : trajectory_(trajectory), context_(context), plan_(plan) {}

  sim::Result<void> operator()(const osc::Polyline& line) {
    plan_.shape = TrajectoryPlan::Shape::kPolyline;
    std::vector<std::optional<double>> times;
    for (const osc::Vertex& vertex : line.vertices) {
      if (auto added = add(vertex.position); !added) return added;
      times.push_back(vertex.time_s);
    }
    if (plan_.vertices.size() < 2) return fail("a polyline needs two vertices");
    return take_times(times);
  }

  sim::Result<void> operator()(const osc::Clothoid& c) {
    plan_.shape = TrajectoryPlan::Shape::kClothoid;
    if (c.start.empty()) return fail("the clothoid has no start position");
    if (auto added = add(c.start.front().position); !added) return added;
    osc::ClothoidSplineSegment segment;
    segment.curvature_start = c.curvature;
    segment.curvature_end = c.curvature + c.curvature_prime * c.length_m;
    segment.length_m = c.length_m;
    plan_.segments.push_back(segment);
    return take_times({c.start_time_s, c.stop_time_s});
  }

  sim::Result<void> operator()(const osc::ClothoidSpline& spline) {
    plan_.shape = TrajectoryPlan::Shape::kSpline;
    std::vector<std::optional<double>> times;
    for (const osc::ClothoidSplineSegment& segment : spline.segments) {
      if (!segment.start.empty())
        if (auto added = add(segment.start.front().position); !added) return added;
      plan_.segments.push_back(segment);
      times.push_back(segment.time_start_s);
    }
    if (plan_.segments.empty()) return fail("the clothoid spline has no segments");
    plan_.from_entity = spline.segments.front().start.empty();
    times.push_back(spline.time_end_s);
    return take_times(times);
  }

  sim::Result<void> operator()(const osc::Nurbs& nurbs) {
    plan_.shape = TrajectoryPlan::Shape::kNurbs;
    plan_.order = nurbs.order;
    plan_.knots = nurbs.knots;
    std::vector<std::optional<double>> times;
    for (const osc::ControlPoint& point : nurbs.control_points) {
      if (auto added = add(point.position); !added) return added;
      plan_.weights.push_back(point.weight.value_or(1.0));
      times.push_back(point.time_s);
    }
    if (auto sound = check(nurbs); !sound) return sound;
    return take_times(times);
  }

 private:
  sim::Result<void> add(const osc::Position& position) {
    auto spot = prepare(position, context_);
    if (!spot) return tl::unexpected(spot.error());
    plan_.oriented.push_back(says_orientation(position) ? 1 : 0);
    plan_.vertices.push_back(*std::move(spot));
    return {};
  }

  sim::Result<void> check(const osc::Nurbs& nurbs) {
    const std::size_t points = nurbs.control_points.size(), order = nurbs.order;
    if (order < 2 || points < order)
      return fail(
          fmt::format("a NURBS of order {} needs at least {} control points", order, std::max<std::size_t>(order, 2)));
    if (nurbs.knots.size() != points + order)
      return fail(fmt::format("a NURBS of order {} with {} control points needs {} knots, not {}", order, points,
                              points + order, nurbs.knots.size()));
    if (!std::is_sorted(nurbs.knots.begin(), nurbs.knots.end())) return fail("the knots of a NURBS must not fall");
    if (!(nurbs.knots[points] > nurbs.knots[order - 1]))
      return fail("the knots of the NURBS leave nothing of the curve");
    return {};
  }

  // All have one, or the first and the last do: those between follow by the way; otherwise there is no timing.
  sim::Result<void> take_times(const std::vector<std::optional<double>>& times) {
    plan_.timed = times.front().has_value() && times.back().has_value();
    if (!plan_.timed) return {};
    for (const auto& time : times) plan_.times.push_back(time.value_or(std::nan("")));
    double last = plan_.times.front();
    for (const double time : plan_.times) {
      if (time < last) return fail("the times of a trajectory must not fall");
      if (!std::isnan(time)) last = time;
    }
    return {};
  }

  tl::unexpected<sim::Issue> fail(std::string what) {
    return tl::unexpected(issue_at(context_, trajectory_.source,
                                   fmt::format("<Trajectory name=\"{}\">", trajectory_.name), std::move(what)));
  }

  const osc::Trajectory& trajectory_;
  const PrepareContext& context_;
  TrajectoryPlan& plan_;
};

// ---- shapes --------------------------------------------------------------------------------------------------------

// Times that the file leaves out, by the way between those that it gives.
void fill_times(Path& path) {
  auto& nodes = path.nodes;
  for (std::size_t i = 1; i + 1 < nodes.size(); ++i) {
    if (!std::isnan(nodes[i].time_s)) continue;
    std::size_t next = i;
    while (std::isnan(nodes[next].time_s)) ++next;
    const auto &a = nodes[i - 1], &b = nodes[next];
    const double u = b.s > a.s ? (nodes[i].s - a.s) / (b.s - a.s) : 0.0;
    nodes[i].time_s = a.time_s + u * (b.time_s - a.time_s);
  }
}

void join(Path& path) {
  auto& nodes = path.nodes;
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
    const auto& b = nodes[i + 1];
    auto& a = nodes[i];
    if (b.x != a.x || b.y != a.y)
      a.heading = sim::atan2(b.y - a.y, b.x - a.x);
    else if (i > 0)
      a.heading = nodes[i - 1].heading;
    nodes[i + 1].s = a.s + hypot3(b.x - a.x, b.y - a.y, b.z - a.z);
  }
  if (nodes.size() > 1) nodes.back().heading = nodes[nodes.size() - 2].heading;
}

Path polyline(const TrajectoryPlan& plan, std::span<const PathPose> vertices) {
  Path path;
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    Path::Node node;
    node.x = vertices[i].x, node.y = vertices[i].y, node.z = vertices[i].z;
    if (plan.timed) node.time_s = plan.times[i];
    path.nodes.push_back(node);
  }
  if (plan.closed) path.nodes.push_back(path.nodes.front());
  if (plan.closed && plan.timed) path.nodes.back().time_s = path.nodes[vertices.size() - 1].time_s;
  join(path);
  for (std::size_t i = 0; i + 1 < path.nodes.size(); ++i) {
    auto& node = path.nodes[i];
    const std::size_t next = (i + 1) % vertices.size();
    // An orientation on both ends turns evenly between them; on one it stays at the tangent of the other.
    const auto offset = [&](std::size_t vertex) {
      return plan.oriented[vertex] ? sim::wrap_angle(vertices[vertex].yaw - node.heading) : 0.0;
    };
    node.yaw_offset = offset(i);
    node.end_offset = node.yaw_offset + sim::wrap_angle(offset(next) - node.yaw_offset);
  }
  return path;
}

Path clothoids(const TrajectoryPlan& plan, std::span<const PathPose> vertices) {
  Path path;
  path.curved = true;
  std::size_t vertex = 0;
  maps::CurvePoint at;
  double s = 0, z = 0;
  for (std::size_t i = 0; i < plan.segments.size(); ++i) {
    const osc::ClothoidSplineSegment& segment = plan.segments[i];
    if (i == 0 || !segment.start.empty()) {
      at.x = vertices[vertex].x, at.y = vertices[vertex].y, at.heading = vertices[vertex].yaw;
      z = vertices[vertex].z;
      ++vertex;
    }
    Path::Node node;
    node.s = s, node.x = at.x, node.y = at.y, node.z = z;
    node.heading = at.heading + segment.h_offset;
    if (plan.timed) node.time_s = plan.times[i];
    node.curve.s = s, node.curve.x = at.x, node.curve.y = at.y, node.curve.heading = node.heading;
    node.curve.length = segment.length_m;
    node.curve.p[0] = segment.curvature_start, node.curve.p[1] = segment.curvature_end;
    node.curve.kind =
        segment.curvature_start == segment.curvature_end ? maps::GeometryKind::kArc : maps::GeometryKind::kSpiral;
    if (segment.curvature_start == 0 && segment.curvature_end == 0) node.curve.kind = maps::GeometryKind::kLine;
    at = maps::evaluate(node.curve, segment.length_m);
    s += segment.length_m;
    path.nodes.push_back(node);
  }
  Path::Node end;
  end.s = s, end.x = at.x, end.y = at.y, end.z = z, end.heading = at.heading;
  if (plan.timed) end.time_s = plan.times.back();
  path.nodes.push_back(end);
  return path;
}

// A point of the NURBS by de Boor's recursion in homogeneous coordinates (Piegl, Tiller: The NURBS Book, 1997, 4.1).
struct Homogeneous {
  double x = 0, y = 0, z = 0, time = 0, w = 1;
};
Homogeneous de_boor(const TrajectoryPlan& plan, std::span<const PathPose> points, std::size_t span, double u,
                    std::vector<Homogeneous>& d) {
  const std::size_t degree = plan.order - 1;
  d.resize(plan.order);
  for (std::size_t j = 0; j <= degree; ++j) {
    const std::size_t i = span - degree + j;
    const double w = plan.weights[i], time = plan.timed ? plan.times[i] : 0.0;
    d[j] = {points[i].x * w, points[i].y * w, points[i].z * w, time * w, w};
  }
  for (std::size_t r = 1; r <= degree; ++r) {
    for (std::size_t j = degree; j >= r; --j) {
      const double low = plan.knots[span - degree + j], high = plan.knots[span + 1 + j - r];
      const double a = high > low ? (u - low) / (high - low) : 0.0;
      const auto mix = [a](double p, double q) { return (1.0 - a) * p + a * q; };
      d[j] = {mix(d[j - 1].x, d[j].x), mix(d[j - 1].y, d[j].y), mix(d[j - 1].z, d[j].z), mix(d[j - 1].time, d[j].time),
              mix(d[j - 1].w, d[j].w)};
    }
  }
  const Homogeneous& p = d[degree];
  return {p.x / p.w, p.y / p.w, p.z / p.w, p.time / p.w, 1};
}

Path nurbs(const TrajectoryPlan& plan, std::span<const PathPose> points) {
  Path path;
  std::vector<Homogeneous> scratch;
  double polygon = 0;
  for (std::size_t i = 1; i < points.size(); ++i)
    polygon += hypot3(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y, points[i].z - points[i - 1].z);
  const auto chords = static_cast<int>(std::clamp(polygon / kChordM, 16.0, 100000.0));
  const std::size_t first = plan.order - 1, last = points.size();
  const double whole = plan.knots[last] - plan.knots[first];
  for (std::size_t span = first; span < last; ++span) {
    const double from = plan.knots[span], to = plan.knots[span + 1];
    if (!(to > from)) continue;
    const int n = std::max(4, static_cast<int>(std::ceil(chords * (to - from) / whole)));
    for (int i = path.nodes.empty() ? 0 : 1; i <= n; ++i) {
      const Homogeneous p = de_boor(plan, points, span, from + (to - from) * i / n, scratch);
      Path::Node node;
      node.x = p.x, node.y = p.y, node.z = p.z, node.time_s = p.time;
      path.nodes.push_back(node);
    }
  }
  if (plan.closed) {
    const double end_s = path.nodes.back().time_s;
    path.nodes.push_back(path.nodes.front());
    path.nodes.back().time_s = end_s;
  }
  join(path);
  return path;
}

}  // namespace

bool is_fixed(const TrajectoryPlan& plan) {
  return !plan.from_entity &&
         std::all_of(plan.vertices.begin(), plan.vertices.end(), [](const Spot& spot) { return is_fixed(spot); });
}

sim::Result<TrajectoryPlan> prepare_trajectory(const osc::Trajectory& trajectory, const PrepareContext& context) {
  TrajectoryPlan plan;
  plan.closed = trajectory.closed;
  plan.source = trajectory.source;
  if (auto done = std::visit(Planner(trajectory, context, plan), trajectory.shape); !done)
    return tl::unexpected(done.error());
  if (plan.shape == TrajectoryPlan::Shape::kNurbs && plan.timed &&
      std::any_of(plan.times.begin(), plan.times.end(), [](double t) { return std::isnan(t); }))
    return tl::unexpected(issue_at(context, trajectory.source, fmt::format("<Trajectory name=\"{}\">", trajectory.name),
                                   "some control points have a time and others do not", "give all of them one"));
  return plan;
}

sim::Result<void> place_vertices(const TrajectoryPlan& plan, const View& view, std::vector<PathPose>& out) {
  out.clear();
  for (const Spot& spot : plan.vertices) {
    const auto place = locate(spot, view);
    if (!place) return tl::unexpected(place.error());
    out.push_back({place->x, place->y, place->z, place->yaw, place->pitch, 0});
  }
  return {};
}

Path shape(const TrajectoryPlan& plan, std::span<const PathPose> vertices) {
  Path path;
  switch (plan.shape) {
    case TrajectoryPlan::Shape::kPolyline:
      path = polyline(plan, vertices);
      break;
    case TrajectoryPlan::Shape::kClothoid:
    case TrajectoryPlan::Shape::kSpline:
      path = clothoids(plan, vertices);
      break;
    case TrajectoryPlan::Shape::kNurbs:
      path = nurbs(plan, vertices);
      break;
  }
  path.timed = plan.timed;
  path.oriented = plan.shape == TrajectoryPlan::Shape::kPolyline &&
                  std::find(plan.oriented.begin(), plan.oriented.end(), 1) != plan.oriented.end();
  path.closed = plan.closed && path.length() > 0;
  if (path.timed) fill_times(path);
  return path;
}

sim::Result<Path> shape_of(const TrajectoryPlan& plan, const View& view) {
  if (plan.from_entity)
    return sim::fail("the trajectory begins where an entity is, and there is none here", {}, plan.source.line);
  std::vector<PathPose> vertices;
  if (auto placed = place_vertices(plan, view, vertices); !placed) return tl::unexpected(placed.error());
  return shape(plan, vertices);
}

// ---- along a path --------------------------------------------------------------------------------------------------

PathPose Path::at(double s) const {
  if (closed) {
    s = std::fmod(s, length());
    if (s < 0) s += length();
  }
  s = std::clamp(s, 0.0, length());
  if (nodes.size() < 2) return {nodes.front().x, nodes.front().y, nodes.front().z, nodes.front().heading, 0, 0};
  const auto after =
      std::upper_bound(nodes.begin(), nodes.end() - 1, s, [](double at, const Node& n) { return at < n.s; });
  const Node& a = after == nodes.begin() ? *after : *(after - 1);
  const Node& b = *(&a + 1);
  const double span = b.s - a.s, u = span > 0 ? (s - a.s) / span : 0.0;
  const double offset = a.yaw_offset + u * (a.end_offset - a.yaw_offset);
  if (curved) {
    const maps::CurvePoint p = maps::evaluate(a.curve, s - a.s);
    return {p.x, p.y, a.z, sim::wrap_angle(p.heading + offset), 0, p.curvature};
  }
  const double rise = b.z - a.z;
  PathPose pose{
      a.x + u * (b.x - a.x), a.y + u * (b.y - a.y), a.z + u * rise, sim::wrap_angle(a.heading + offset), 0, 0};
  if (rise != 0) pose.pitch = -sim::atan2(rise, std::sqrt(std::max(span * span - rise * rise, 0.0)));
  return pose;
}

namespace {
// The piece that holds the time; its ends.
std::pair<const Path::Node*, const Path::Node*> piece_at(const Path& path, double time_s) {
  const auto& nodes = path.nodes;
  const auto after = std::upper_bound(nodes.begin(), nodes.end() - 1, time_s,
                                      [](double t, const Path::Node& n) { return t < n.time_s; });
  const Path::Node* a = after == nodes.begin() ? &*after : &*(after - 1);
  return {a, a + 1};
}
}  // namespace

double Path::s_at(double time_s) const {
  if (nodes.size() < 2 || time_s <= start_time_s()) return 0;
  if (time_s >= end_time_s()) return length();
  const auto [a, b] = piece_at(*this, time_s);
  const double span = b->time_s - a->time_s;
  return span > 0 ? a->s + (time_s - a->time_s) / span * (b->s - a->s) : b->s;
}

double Path::speed_at(double time_s) const {
  if (nodes.size() < 2 || time_s < start_time_s() || time_s > end_time_s()) return 0;
  const auto [a, b] = piece_at(*this, time_s);
  const double span = b->time_s - a->time_s;
  return span > 0 ? (b->s - a->s) / span : 0.0;
}

double Path::nearest(double x, double y) const {
  double best_s = 0, best = 1e300;
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
    const double span = nodes[i + 1].s - nodes[i].s;
    const int steps = curved ? static_cast<int>(std::clamp(span / kChordM, 1.0, kMostChords)) : 1;
    for (int k = 0; k < steps; ++k) {
      const double from = nodes[i].s + span * k / steps, to = nodes[i].s + span * (k + 1) / steps;
      const PathPose a = at(from), b = at(std::min(to, length() - (closed ? 1e-9 : 0.0)));
      const double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
      const double u = square > 0 ? std::clamp(((x - a.x) * dx + (y - a.y) * dy) / square, 0.0, 1.0) : 0.0;
      const double distance = sim::hypot(x - a.x - u * dx, y - a.y - u * dy);
      if (distance < best) best = distance, best_s = from + u * (to - from);
    }
  }
  return best_s;
}

}  // namespace bitgoeul::scenarios::story
