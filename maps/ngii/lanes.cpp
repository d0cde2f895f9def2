// Links -> free lanes: widths and marks from the paint beside them, speeds, stop lines, and where each leads.
#include <algorithm>
#include <cmath>

#include "maps/detail/approach_signals.h"
#include "maps/detail/junction_clusters.h"
#include "maps/detail/polyline_fit.h"
#include "maps/ngii/build.h"

namespace bitgoeul::maps::ngii {
namespace {

using sim::Severity;
using sim::Vec2;
using sim::Vec3;

constexpr double kStepM = 5.0;
constexpr double kNearM = 0.6, kReachM = 3.6;  // of a lane's edge from its centre
constexpr double kNarrowM = 2.3, kWideM = 6.0, kUsualM = 3.0;
constexpr double kSqueezedM = 2.1;  // lanes that converge are never narrower
constexpr double kHeadOnRad = 120.0 * sim::kPi / 180.0;

double heading_end(const std::vector<Vec3>& line, bool at_end) {
  std::vector<Vec2> plane;
  for (const Vec3& p : line) plane.emplace_back(p.x(), p.y());
  return at_end ? detail::end_heading(plane) : detail::start_heading(plane);
}

Vec3 at_length(const std::vector<Vec3>& line, double s) {
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const double piece = (line[i + 1] - line[i]).head<2>().norm();
    if (s <= piece && piece > 0) return line[i] + (s / piece) * (line[i + 1] - line[i]);
    s -= piece;
  }
  return line.back();
}

// The paint on both sides of each link.
struct Sides {
  std::vector<std::vector<const Paint*>> left, right;
};

Sides sides_of(const Tables& t, const LinkRows& rows, detail::Tally& tally) {
  Sides sides;
  sides.left.resize(t.links.size());
  sides.right.resize(t.links.size());
  const auto add = [&](std::vector<std::vector<const Paint*>>& side, const std::string& link, const Paint& paint) {
    if (link.empty()) return;
    const auto at = rows.find(link);
    if (at != rows.end()) return side[at->second].push_back(&paint);
    tally.add(Severity::kWarning, paint.from.file,
              "a line mark names a link that is not in the data; the name is cleared", paint.id, paint.from.record);
  };
  for (const Paint& paint : t.paint) {
    if (paint.kind == PaintKind::kStop || paint.kind == PaintKind::kGuide || paint.kind == PaintKind::kSafetyZone)
      continue;
    add(sides.left, paint.right_link, paint);
    add(sides.right, paint.left_link, paint);
  }
  return sides;
}

// Distance to the nearest of the lines, where it runs beside p; 0: none does.
double edge_distance(const std::vector<const Paint*>& lines, const Vec3& p) {
  double best = 0;
  for (const Paint* paint : lines) {
    const Foot foot = foot_on(paint->line, p);
    if (foot.beyond || foot.distance < kNearM || foot.distance > kReachM) continue;
    if (best == 0 || foot.distance < best) best = foot.distance;
  }
  return best;
}

// Widths every few metres from the paint on both sides; one side alone counts twice. Empty: no paint at all.
std::vector<FreeLane::Width> widths_of(const Link& link, const std::vector<const Paint*>& left,
                                       const std::vector<const Paint*>& right) {
  const double length = polyline_length(link.line);
  const int steps = std::max(1, static_cast<int>(std::ceil(length / kStepM)));
  std::vector<FreeLane::Width> known;
  for (int i = 0; i <= steps; ++i) {
    const double s = length * i / steps;
    const Vec3 p = at_length(link.line, s);
    const double a = edge_distance(left, p), b = edge_distance(right, p);
    if (a == 0 && b == 0) continue;
    const double width = a > 0 && b > 0 ? a + b : 2 * (a + b);
    known.push_back({s, std::clamp(width, kNarrowM, a > 0 && b > 0 ? kWideM : 4.0)});
  }
  std::vector<FreeLane::Width> smooth = known;  // median of three: single misses of a line's end
  for (std::size_t i = 1; i + 1 < known.size(); ++i) {
    double w[3] = {known[i - 1].width_m, known[i].width_m, known[i + 1].width_m};
    std::sort(w, w + 3);
    smooth[i].width_m = w[1];
  }
  return smooth;
}

// Lanes side by side are no wider than their centres are apart.
void squeeze(const Link& link, const Link& beside, std::vector<FreeLane::Width>& widths) {
  for (FreeLane::Width& w : widths) {
    const Foot foot = foot_on(beside.line, at_length(link.line, w.at_m));
    if (!foot.beyond || foot.distance < w.width_m) w.width_m = std::clamp(foot.distance, kSqueezedM, w.width_m);
  }
}

// The paint that runs along most of the link.
const Paint* main_paint(const Link& link, const std::vector<const Paint*>& lines) {
  const Paint* best = nullptr;
  double best_length = 0;
  for (const Paint* paint : lines) {
    const double length = std::min(polyline_length(paint->line), polyline_length(link.line));
    if (length > best_length) best = paint, best_length = length;
  }
  return best;
}

// Whether the mark may be crossed by a lane that has it on its left (right). Marks are named from left to right.
bool may_cross(const Paint* paint, bool on_left) {
  if (paint == nullptr) return true;  // neighbours without paint between them: nothing forbids it
  if (paint->kind == PaintKind::kNoChange || paint->kind == PaintKind::kCenter) return false;
  switch (paint->mark) {
    case MarkType::kBroken:
    case MarkType::kBrokenBroken:
    case MarkType::kNone:
      return true;
    case MarkType::kBrokenSolid:
      return !on_left;
    case MarkType::kSolidBroken:
      return on_left;
    default:
      return false;
  }
}

double usual_speed_kmh(RoadClass road_class) {
  switch (road_class) {
    case RoadClass::kMotorway:
      return 100;
    case RoadClass::kTrunk:
      return 80;
    case RoadClass::kResidential:
      return 30;
    default:
      return 50;
  }
}

FreeLane lane_of(const Tables& t, const LinkRows& rows, const Sides& sides, std::size_t row, detail::Tally& tally) {
  const Link& link = t.links[row];
  FreeLane lane;
  lane.id = link.id;
  lane.center = link.line;
  lane.type = link.type;
  lane.road_class = link.road_class;
  lane.bridge = link.bridge, lane.tunnel = link.tunnel;
  lane.limits = link.limits;
  lane.line = link.from.record;
  double speed = link.speed_kmh;
  if (speed <= 0 || speed > 150) {
    speed = usual_speed_kmh(link.road_class);
    tally.add(Severity::kInfo, link.from.file, "a link without speed limit; 100, 80, 50 or 30 km/h by its rank",
              "link " + link.id, link.from.record);
  }
  lane.speed_mps = speed / 3.6;
  lane.widths = widths_of(link, sides.left[row], sides.right[row]);
  for (const std::string* id : {&link.left, &link.right})
    if (const auto beside = rows.find(*id); beside != rows.end()) squeeze(link, t.links[beside->second], lane.widths);
  if (const Paint* paint = main_paint(link, sides.left[row]))
    lane.left_mark = paint->mark, lane.left_color = paint->color;
  if (const Paint* paint = main_paint(link, sides.right[row]))
    lane.right_mark = paint->mark, lane.right_color = paint->color;
  lane.left = link.left, lane.right = link.right;
  lane.change_left = !link.left.empty() && !link.inside_junction && may_cross(main_paint(link, sides.left[row]), true);
  lane.change_right =
      !link.right.empty() && !link.inside_junction && may_cross(main_paint(link, sides.right[row]), false);
  return lane;
}

void link_lanes(const Tables& t, FreeNetwork& network, detail::Tally& tally) {
  std::map<std::string, std::vector<std::size_t>> starting;
  for (std::size_t i = 0; i < t.links.size(); ++i) starting[t.links[i].from_node].push_back(i);
  for (std::size_t i = 0; i < t.links.size(); ++i) {
    const auto at = starting.find(t.links[i].to_node);
    if (at == starting.end()) continue;
    const double heading = heading_end(t.links[i].line, true);
    for (const std::size_t next : at->second) {
      if (next == i || std::abs(sim::wrap_angle(heading_end(t.links[next].line, false) - heading)) > kHeadOnRad) {
        tally.add(Severity::kInfo, t.links[i].from.file,
                  "two links meet in a node but one would have to turn on the spot; not linked",
                  "link " + t.links[i].id, t.links[i].from.record);
        continue;
      }
      network.lanes[i].next.push_back(t.links[next].id);
    }
  }
}

// Lanes inside a junction, and lanes without paint, take their widths from what they lead from and to.
void fill_widths(FreeNetwork& network) {
  std::map<std::string, std::size_t> rows;
  for (std::size_t i = 0; i < network.lanes.size(); ++i) rows.try_emplace(network.lanes[i].id, i);
  std::vector<double> before(network.lanes.size(), 0), behind(network.lanes.size(), 0);
  for (std::size_t i = 0; i < network.lanes.size(); ++i)
    for (const std::string& id : network.lanes[i].next) {
      const std::size_t next = rows.at(id);
      if (!network.lanes[i].widths.empty()) before[next] = network.lanes[i].widths.back().width_m;
      if (!network.lanes[next].widths.empty()) behind[i] = network.lanes[next].widths.front().width_m;
    }
  for (std::size_t i = 0; i < network.lanes.size(); ++i) {
    FreeLane& lane = network.lanes[i];
    if (!lane.widths.empty()) continue;
    const double a = before[i] > 0 ? before[i] : behind[i] > 0 ? behind[i] : kUsualM;
    const double b = behind[i] > 0 ? behind[i] : a;
    lane.widths = {{0, std::min(a, 4.0)}, {polyline_length(lane.center), std::min(b, 4.0)}};
  }
}

void add_stop_lines(const Tables& t, FreeNetwork& network, detail::Tally& tally) {
  constexpr double kCell = 40.0;
  const auto cell = [](double v) { return static_cast<std::int64_t>(std::floor(v / kCell)); };
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> ends;
  for (std::size_t i = 0; i < t.links.size(); ++i)
    if (!t.links[i].inside_junction)
      ends[{cell(t.links[i].line.back().x()), cell(t.links[i].line.back().y())}].push_back(i);
  for (const Paint& paint : t.paint) {
    if (paint.kind != PaintKind::kStop) continue;
    Vec2 a = paint.line.front().head<2>(), b = paint.line.back().head<2>();
    const Vec2 along = (b - a).norm() > 0.1 ? Vec2((b - a).normalized()) : Vec2::Zero();
    a -= 0.4 * along, b += 0.4 * along;
    bool used = false;
    const Vec2 middle = 0.5 * (a + b);
    for (std::int64_t dy = -1; dy <= 1; ++dy)
      for (std::int64_t dx = -1; dx <= 1; ++dx) {
        const auto at = ends.find({cell(middle.x()) + dx, cell(middle.y()) + dy});
        if (at == ends.end()) continue;
        for (const std::size_t i : at->second) {
          const detail::StopPlace stop = detail::stop_before_end(t.links[i].line, a, b);
          if (stop.before_end_m < 0) continue;
          used = true;
          FreeLane& lane = network.lanes[i];
          if (lane.stop_distance_m < 0 || stop.before_end_m < lane.stop_distance_m)  // the last one before the junction
            lane.stop_distance_m = stop.before_end_m, lane.stop_slant = stop.slant;
        }
      }
    if (!used)
      tally.add(Severity::kInfo, paint.from.file, "a stop line crosses no lane near its end; not used", paint.id,
                paint.from.record);
  }
}

}  // namespace

FreeNetwork make_lanes(const Tables& tables, const std::vector<int>& junctions, detail::Tally& tally) {
  FreeNetwork network;
  const LinkRows rows = rows_of(tables);
  const Sides sides = sides_of(tables, rows, tally);
  int most = -1;
  for (std::size_t i = 0; i < tables.links.size(); ++i) {
    network.lanes.push_back(lane_of(tables, rows, sides, i, tally));
    if (junctions[i] >= 0) network.lanes.back().junction = detail::junction_id(junctions[i]);
    most = std::max(most, junctions[i]);
  }
  for (int i = 0; i <= most; ++i) {
    JunctionDraft junction;
    junction.id = detail::junction_id(i);
    network.junctions.push_back(std::move(junction));
  }
  link_lanes(tables, network, tally);
  fill_widths(network);
  add_stop_lines(tables, network, tally);
  return network;
}

}  // namespace bitgoeul::maps::ngii
