#include "maps/free_lanes.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "maps/detail/polyline_fit.h"
#include "maps/detail/tally.h"
#include "maps/reference_line.h"

namespace bitgoeul::maps {
namespace {

using sim::Vec2;

constexpr double kOneHeadingRad = 30.0 * sim::kPi / 180.0;  // lanes that meet in a knot and differ less run on smoothly
constexpr double kHeightErrorM = 0.02, kWidthErrorM = 0.02;

std::vector<Vec2> plane(const std::vector<sim::Vec3>& line) {
  std::vector<Vec2> out;
  for (const sim::Vec3& p : line) out.emplace_back(p.x(), p.y());
  return out;
}

// Where lanes that end lead into lanes that begin.
struct Knot {
  std::vector<std::size_t> in, out;
  std::string junction;  // that links them; empty: plain road links
};

struct Shop {
  const FreeNetwork& network;
  MapBuilder& builder;
  const FreeLaneOptions& options;
  detail::Tally tally;
  std::map<std::string, std::size_t> by_id;
  std::vector<std::uint8_t> sound;             // lanes with a length
  std::vector<std::vector<std::size_t>> next;  // per lane
  std::vector<std::vector<std::size_t>> before;
  std::vector<Knot> knots;
  std::vector<std::ptrdiff_t> start_knot, end_knot;  // per lane, -1: none
  std::map<std::string, std::size_t> junctions;      // id -> row of builder.junctions
  std::vector<std::vector<Vec2>> lines;
};

void index_lanes(Shop& shop) {
  const auto& lanes = shop.network.lanes;
  shop.sound.assign(lanes.size(), 0);
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    shop.lines.push_back(plane(lanes[i].center));
    double length = 0;
    for (std::size_t k = 1; k < shop.lines[i].size(); ++k) length += (shop.lines[i][k] - shop.lines[i][k - 1]).norm();
    shop.sound[i] = length > 0.3 && shop.by_id.try_emplace(lanes[i].id, i).second;
    if (!shop.sound[i])
      shop.tally.add(sim::Severity::kWarning, shop.builder.source,
                     "a lane has no length, or the id of another lane; left out", lanes[i].id, lanes[i].line);
  }
  shop.next.resize(lanes.size());
  shop.before.resize(lanes.size());
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (!shop.sound[i]) continue;
    for (const std::string& id : lanes[i].next)
      if (const auto at = shop.by_id.find(id); at != shop.by_id.end()) {
        shop.next[i].push_back(at->second);
        shop.before[at->second].push_back(i);
      }
  }
}

// The knot of a lane's end: all lanes that are reached from it, and all that lead into one of those.
void make_knot(Shop& shop, std::size_t first) {
  Knot knot;
  const auto row = static_cast<std::ptrdiff_t>(shop.knots.size());
  knot.in = {first};
  shop.end_knot[first] = row;
  for (std::size_t i = 0; i < knot.in.size(); ++i)
    for (const std::size_t out : shop.next[knot.in[i]]) {
      if (shop.start_knot[out] == row) continue;
      shop.start_knot[out] = row;
      knot.out.push_back(out);
      for (const std::size_t in : shop.before[out])
        if (shop.end_knot[in] != row) shop.end_knot[in] = row, knot.in.push_back(in);
    }
  std::sort(knot.in.begin(), knot.in.end());
  std::sort(knot.out.begin(), knot.out.end());
  shop.knots.push_back(std::move(knot));
}

void make_knots(Shop& shop) {
  const std::size_t n = shop.network.lanes.size();
  shop.start_knot.assign(n, -1);
  shop.end_knot.assign(n, -1);
  for (std::size_t i = 0; i < n; ++i)
    if (!shop.next[i].empty() && shop.end_knot[i] < 0) make_knot(shop, i);
}

const std::string& inside(const Shop& shop, std::size_t lane) { return shop.network.lanes[lane].junction; }

std::string direct_junction(Shop& shop, std::size_t row) {
  JunctionDraft draft;
  draft.id = "knot." + std::to_string(row);
  draft.type = JunctionType::kDirect;
  draft.line = shop.network.lanes[shop.knots[row].in[0]].line;
  shop.junctions[draft.id] = shop.builder.junctions.size();
  shop.builder.junctions.push_back(draft);
  return draft.id;
}

void name_junctions(Shop& shop) {
  for (const JunctionDraft& draft : shop.network.junctions) {
    shop.junctions[draft.id] = shop.builder.junctions.size();
    shop.builder.junctions.push_back(draft);
  }
  for (std::size_t row = 0; row < shop.knots.size(); ++row) {
    Knot& knot = shop.knots[row];
    for (const auto* side : {&knot.out, &knot.in})
      for (const std::size_t lane : *side)
        if (knot.junction.empty() && shop.junctions.count(inside(shop, lane)) != 0) knot.junction = inside(shop, lane);
    // A fork is named by its branches, a merge by what leads into it; only where both meet a junction is needed.
    const bool mixed = std::any_of(knot.in.begin(), knot.in.end(), [&](std::size_t in) {
      return shop.next[in].size() > 1 && std::any_of(shop.next[in].begin(), shop.next[in].end(),
                                                     [&](std::size_t out) { return shop.before[out].size() > 1; });
    });
    if (knot.junction.empty() && mixed) knot.junction = direct_junction(shop, row);
  }
}

RoadLink to_road(const Shop& shop, std::size_t lane, Contact contact) {
  return {ElementType::kRoad, shop.network.lanes[lane].id, contact};
}

// A road in a junction names the roads before and behind it, where there is just one; other roads name the junction.
void link_start(const Shop& shop, std::size_t lane, RoadDraft& road) {
  if (shop.start_knot[lane] < 0) return;
  const Knot& knot = shop.knots[static_cast<std::size_t>(shop.start_knot[lane])];
  const auto& before = shop.before[lane];
  const bool plain = before.size() == 1 && (knot.junction.empty() || !inside(shop, lane).empty());
  if (!plain && knot.junction.empty()) return;  // a merge: the lanes before name this one
  if (!plain) {
    road.predecessor = {ElementType::kJunction, knot.junction, Contact::kStart};
    return;
  }
  road.predecessor = to_road(shop, before[0], Contact::kEnd);
  road.sections[0].lanes[0].predecessors = {-1};
}

void link_end(const Shop& shop, std::size_t lane, RoadDraft& road) {
  if (shop.end_knot[lane] < 0) return;
  const Knot& knot = shop.knots[static_cast<std::size_t>(shop.end_knot[lane])];
  const auto& next = shop.next[lane];
  const bool plain = next.size() == 1 && (knot.junction.empty() || !inside(shop, lane).empty());
  if (!plain && knot.junction.empty()) return;  // a fork: the branches name this one
  if (!plain) {
    road.successor = {ElementType::kJunction, knot.junction, Contact::kStart};
    return;
  }
  road.successor = to_road(shop, next[0], Contact::kStart);
  road.sections[0].lanes[0].successors = {-1};
}

void connect(Shop& shop) {
  for (const Knot& knot : shop.knots) {
    if (knot.junction.empty()) continue;
    JunctionDraft& junction = shop.builder.junctions[shop.junctions.at(knot.junction)];
    for (const std::size_t in : knot.in)
      for (const std::size_t out : shop.next[in]) {
        if (!inside(shop, in).empty() && shop.next[in].size() == 1)
          continue;  // the connecting road's own successor says it
        ConnectionDraft connection;
        connection.id = std::to_string(junction.connections.size());
        connection.incoming_road = shop.network.lanes[in].id;
        connection.connecting_road = shop.network.lanes[out].id;
        connection.links = {{-1, -1}};
        connection.line = shop.network.lanes[in].line;
        junction.connections.push_back(std::move(connection));
      }
  }
}

// One heading for all lanes that meet smoothly; per lane its own where they do not.
struct Headings {
  std::vector<double> start, end;
};

void smooth_knot(const Shop& shop, const Knot& knot, Headings& headings, int& kinks) {
  Vec2 sum = Vec2::Zero();
  const auto add = [&](double heading) {
    double sine, cosine;
    sim::sincos(heading, sine, cosine);
    sum += Vec2(cosine, sine);
  };
  for (const std::size_t in : knot.in) add(headings.end[in]);
  for (const std::size_t out : knot.out) add(headings.start[out]);
  if (sum.norm() < 1e-6) return;
  const double mean = sim::atan2(sum.y(), sum.x());
  const auto near = [&](double heading) { return std::abs(sim::wrap_angle(heading - mean)) < kOneHeadingRad; };
  for (const std::size_t in : knot.in)
    for (const std::size_t out : shop.next[in]) kinks += !near(headings.end[in]) || !near(headings.start[out]) ? 1 : 0;
  for (const std::size_t in : knot.in)
    if (near(headings.end[in])) headings.end[in] = mean;
  for (const std::size_t out : knot.out)
    if (near(headings.start[out])) headings.start[out] = mean;
}

Headings end_headings(Shop& shop) {
  Headings headings;
  for (const auto& line : shop.lines) {
    headings.start.push_back(detail::start_heading(line));
    headings.end.push_back(detail::end_heading(line));
  }
  int kinks = 0;
  for (const Knot& knot : shop.knots) smooth_knot(shop, knot, headings, kinks);
  shop.tally.add(sim::Severity::kInfo, shop.builder.source,
                 "a lane meets the next one with a kink of more than 30 degrees in the source", {}, 0, {}, kinks);
  return headings;
}

// Rows to keep so that straight pieces between them miss none by more than the tolerance (Douglas and Peucker 1973).
void keep_rows(const std::vector<Vec2>& points, std::size_t from, std::size_t to, double tolerance,
               std::vector<std::size_t>& kept) {
  double worst = tolerance;
  std::size_t at = from;
  for (std::size_t i = from + 1; i < to; ++i) {
    const double span = points[to].x() - points[from].x();
    const double f = span > 0 ? (points[i].x() - points[from].x()) / span : 0;
    const double error = std::abs(points[from].y() + f * (points[to].y() - points[from].y()) - points[i].y());
    if (error > worst) worst = error, at = i;
  }
  if (at == from) return kept.push_back(to);
  keep_rows(points, from, at, tolerance, kept);
  keep_rows(points, at, to, tolerance, kept);
}

// Piecewise linear over ascending x.
std::vector<Poly3> profile(const std::vector<Vec2>& points, double tolerance) {
  std::vector<std::size_t> kept{0};
  if (points.size() > 1) keep_rows(points, 0, points.size() - 1, tolerance, kept);
  std::vector<Poly3> out;
  for (std::size_t i = 0; i + 1 < kept.size(); ++i) {
    const Vec2 &a = points[kept[i]], &b = points[kept[i + 1]];
    const double span = b.x() - a.x();
    if (span > 1e-6) out.push_back({a.x(), a.y(), (b.y() - a.y()) / span, 0, 0});
  }
  if (out.empty()) out.push_back({0, points[0].y(), 0, 0, 0});
  return out;
}

std::vector<Poly3> elevation(const FreeLane& lane, const detail::FittedLine& fit) {
  std::vector<Vec2> points;
  for (std::size_t i = 0; i < fit.kept.size(); ++i) points.emplace_back(fit.s[i], lane.center[fit.kept[i]].z());
  return profile(points, kHeightErrorM);
}

// Widths stand at lengths along the polyline; the road is a little longer or shorter.
std::vector<Poly3> width(const FreeLane& lane, const detail::FittedLine& fit, const std::vector<Vec2>& line,
                         double fallback) {
  if (lane.widths.empty()) return {{0, fallback, 0, 0, 0}};
  double length = 0;
  for (std::size_t i = 1; i < line.size(); ++i) length += (line[i] - line[i - 1]).norm();
  std::vector<Vec2> points;
  for (const FreeLane::Width& w : lane.widths) {
    const double s = std::clamp(w.at_m / length, 0.0, 1.0) * fit.length;
    if (points.empty() || s > points.back().x() + 1e-3) points.emplace_back(s, w.width_m);
  }
  if (points.front().x() > 0) points.insert(points.begin(), Vec2(0, points.front().y()));
  if (points.back().x() < fit.length) points.emplace_back(fit.length, points.back().y());
  return profile(points, kWidthErrorM);
}

LaneDraft lane_of(const FreeLane& lane) {
  LaneDraft draft;
  draft.id = -1;
  draft.type = lane.type;
  draft.mark = lane.right_mark;
  draft.mark_color = lane.right_color;
  draft.mark_change_in = draft.mark_change_out = false;
  draft.mark_change_given = true;
  draft.limits = lane.limits;
  draft.stop_distance_m = lane.stop_distance_m;
  draft.stop_slant = lane.stop_slant;
  draft.left_road = lane.left;
  draft.right_road = lane.right;
  draft.change_left = lane.change_left;
  draft.change_right = lane.change_right;
  draft.line = lane.line;
  return draft;
}

double sharpest_bend(const detail::FittedLine& fit) {
  double most = 0;
  for (const Geometry& piece : fit.plan_view)
    for (int i = 0; i <= 8; ++i) most = std::max(most, std::abs(evaluate(piece, piece.length * i / 8).curvature));
  return most;
}

// Within the tolerance, unless the vertices' noise makes bends that no car can drive: then looser, step by step.
detail::FittedLine fit_smoothly(const std::vector<Vec2>& line, detail::FitOptions options) {
  constexpr double kTightest = 1.0 / 5.0;
  detail::FittedLine best = detail::fit_polyline(line, options);
  double bend = sharpest_bend(best);
  for (const auto& [tolerance, piece] : {std::pair(0.03, 4.0), std::pair(0.08, 6.0), std::pair(0.2, 8.0)}) {
    if (bend <= kTightest) break;
    options.tolerance_m = tolerance;
    options.shortest_piece_m = piece;
    detail::FittedLine looser = detail::fit_polyline(line, options);
    const double other = sharpest_bend(looser);
    if (other < bend && looser.max_error_m < 0.3) best = std::move(looser), bend = other;
  }
  return best;
}

void add_road(Shop& shop, std::size_t row, const Headings& headings, double& worst) {
  const FreeLane& lane = shop.network.lanes[row];
  detail::FitOptions options;
  options.tolerance_m = shop.options.tolerance_m;
  options.start_heading = headings.start[row];
  options.end_heading = headings.end[row];
  const detail::FittedLine fit = fit_smoothly(shop.lines[row], options);
  worst = std::max(worst, fit.max_error_m);
  if (fit.max_error_m > shop.options.tolerance_m)
    shop.tally.add(sim::Severity::kInfo, shop.builder.source,
                   "a centre line has kinks that no car could follow; rounded off by more than 1 cm", lane.id,
                   lane.line);
  RoadDraft road;
  road.id = lane.id;
  road.name = lane.name;
  road.junction = lane.junction;
  road.length = fit.length;
  road.road_class = lane.junction.empty() ? lane.road_class : RoadClass::kConnection;
  road.bridge = lane.bridge;
  road.tunnel = lane.tunnel;
  road.plan_view = fit.plan_view;
  road.elevation = elevation(lane, fit);
  road.line = lane.line;
  if (lane.speed_mps > 0) road.speeds = {{0, lane.speed_mps}};
  SectionDraft section;
  section.center_mark = lane.left_mark;
  section.center_color = lane.left_color;
  section.line = lane.line;
  section.lanes.push_back(lane_of(lane));
  section.lanes[0].widths = width(lane, fit, shop.lines[row], shop.options.default_width_m);
  for (const Poly3& w : section.lanes[0].widths)  // the reference line is the middle of the lane
    road.lane_offset.push_back({w.s, 0.5 * w.a, 0.5 * w.b, 0.5 * w.c, 0.5 * w.d});
  road.sections.push_back(std::move(section));
  link_start(shop, row, road);
  link_end(shop, row, road);
  shop.builder.roads.push_back(std::move(road));
}

}  // namespace

void add_free_lanes(const FreeNetwork& network, MapBuilder& builder, sim::Issues& issues,
                    const FreeLaneOptions& options) {
  Shop shop{network, builder, options, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  index_lanes(shop);
  make_knots(shop);
  name_junctions(shop);
  const Headings headings = end_headings(shop);
  double worst = 0;
  for (std::size_t i = 0; i < network.lanes.size(); ++i)
    if (shop.sound[i]) add_road(shop, i, headings, worst);
  connect(shop);
  shop.tally.flush(issues);
}

}  // namespace bitgoeul::maps
