// freeze, stage 1: roads, lane sections and lanes into rows, defects of the draft reported and taken out.
#include <algorithm>
#include <cmath>

#include "maps/detail/freeze.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kMaxRoadLengthM = 1.0e6;
constexpr double kMaxCoordinateM = 1.0e8;
constexpr double kMaxTurnRad = 1.0e4;  // of one piece; more is a typing error that would sample without end
constexpr double kMinSectionM = 1.0e-6;

template <class T>
void sort_by_s(std::vector<T>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const T& a, const T& b) { return a.s < b.s; });
}

bool finite(const Poly3& p) {
  return std::isfinite(p.s) && std::isfinite(p.a) && std::isfinite(p.b) && std::isfinite(p.c) && std::isfinite(p.d);
}

bool finite(const Geometry& g) {
  bool ok = std::isfinite(g.s) && std::isfinite(g.heading) && std::isfinite(g.length) && g.length >= 0.0 &&
            std::abs(g.x) < kMaxCoordinateM && std::abs(g.y) < kMaxCoordinateM;
  for (const double p : g.p) ok = ok && std::isfinite(p);
  const bool curved = g.kind == GeometryKind::kArc || g.kind == GeometryKind::kSpiral;
  return ok && (!curved || std::max(std::abs(g.p[0]), std::abs(g.p[1])) * g.length < kMaxTurnRad);
}

// Takes out polynomials with numbers that are not finite and sorts the rest.
void clean(Freezer& f, std::vector<Poly3>& polys, int line, const std::string& where, const char* what) {
  const auto bad = std::remove_if(polys.begin(), polys.end(), [](const Poly3& p) { return !finite(p); });
  if (bad != polys.end()) {
    polys.erase(bad, polys.end());
    f.report(sim::Severity::kError, line, where,
             std::string(what) + " has a value that is not a finite number; left out");
  }
  sort_by_s(polys);
}

// Checks the reference line and shortens the road to it; false when there is nothing to build on.
bool usable(Freezer& f, RoadDraft& road) {
  const std::string where = "<road id=\"" + road.id + "\">";
  if (f.road_rows.count(road.id) != 0) {
    f.report(sim::Severity::kError, road.line, where, "a second road with this id; left out",
             "give each road its own id");
    return false;
  }
  const bool sound =
      std::isfinite(road.length) && road.length <= kMaxRoadLengthM &&
      std::all_of(road.plan_view.begin(), road.plan_view.end(), [](const Geometry& g) { return finite(g); });
  if (!sound || road.plan_view.empty()) {
    f.report(sim::Severity::kError, road.line, where,
             sound ? "the road has no reference line; left out"
                   : "length or reference line has a value out of range; left out");
    return false;
  }
  sort_by_s(road.plan_view);
  const double end = road.plan_view.back().s + road.plan_view.back().length;
  if (std::abs(end - road.length) > 0.1)
    f.report(sim::Severity::kWarning, road.line, where,
             "length is " + std::to_string(road.length) + " but the reference line ends at s = " + std::to_string(end),
             "the shorter one is used");
  road.length = std::min(road.length, end);
  if (road.length < kMinSectionM) {
    f.report(sim::Severity::kError, road.line, where, "the road has no length; left out");
    return false;
  }
  clean(f, road.elevation, road.line, where, "elevation");
  clean(f, road.superelevation, road.line, where, "superelevation");
  clean(f, road.lane_offset, road.line, where, "laneOffset");
  return true;
}

// Sections in order of s, first at 0, none without length.
void clean_sections(Freezer& f, RoadDraft& road) {
  const std::string where = "<road id=\"" + road.id + "\">";
  sort_by_s(road.sections);
  std::vector<SectionDraft> kept;
  for (std::size_t i = 0; i < road.sections.size(); ++i) {
    SectionDraft& section = road.sections[i];
    const double end = i + 1 < road.sections.size() ? std::min(road.sections[i + 1].s, road.length) : road.length;
    if (std::isfinite(section.s) && end - section.s >= kMinSectionM)
      kept.push_back(std::move(section));
    else
      f.report(sim::Severity::kWarning, section.line, where,
               "the lane section at s = " + std::to_string(section.s) + " has no length; left out with its links");
  }
  if (!kept.empty() && kept.front().s != 0.0) {
    if (std::abs(kept.front().s) > 1e-3)
      f.report(sim::Severity::kWarning, kept.front().line, where,
               "the first lane section does not begin at s = 0; it is taken to");
    kept.front().s = 0.0;
  }
  if (kept.empty()) f.report(sim::Severity::kWarning, road.line, where, "the road has no lane section");
  road.sections = std::move(kept);
}

// a + factor * b, piecewise, with the union of both sets of breaks.
std::vector<Poly3> sum(const std::vector<Poly3>& a, const std::vector<Poly3>& b, double factor) {
  std::vector<double> breaks;
  for (const Poly3& p : a) breaks.push_back(p.s);
  for (const Poly3& p : b) breaks.push_back(p.s);
  std::sort(breaks.begin(), breaks.end());
  breaks.erase(std::unique(breaks.begin(), breaks.end()), breaks.end());
  std::vector<Poly3> out;
  for (const double s : breaks) {
    Poly3 total{s, 0, 0, 0, 0};
    const auto add = [&](const std::vector<Poly3>& polys, double k) {
      const Poly3* piece = nullptr;
      for (const Poly3& p : polys)
        if (p.s <= s) piece = &p;
      if (piece == nullptr) return;
      const double h = s - piece->s;  // Taylor shift to the new origin
      total.a += k * (piece->a + h * (piece->b + h * (piece->c + h * piece->d)));
      total.b += k * (piece->b + h * (2.0 * piece->c + h * 3.0 * piece->d));
      total.c += k * (piece->c + 3.0 * h * piece->d);
      total.d += k * piece->d;
    };
    add(a, 1.0);
    add(b, factor);
    out.push_back(total);
  }
  return out;
}

// <border> gives the t of the outer edge (11.6.2): turned into widths, so that later stages know one form.
void borders_to_widths(SectionDraft& section, int side) {
  std::vector<LaneDraft*> lanes;
  bool any = false;
  for (LaneDraft& lane : section.lanes)
    if ((lane.id > 0) == (side > 0)) {
      lanes.push_back(&lane);
      any = any || (lane.widths.empty() && !lane.borders.empty());
    }
  if (!any) return;
  std::sort(lanes.begin(), lanes.end(),
            [](const LaneDraft* a, const LaneDraft* b) { return std::abs(a->id) < std::abs(b->id); });
  std::vector<Poly3> inner;
  for (LaneDraft* lane : lanes) {
    if (lane->widths.empty() && !lane->borders.empty()) {
      std::vector<Poly3> width = sum(lane->borders, inner, -1.0);
      if (side < 0)
        for (Poly3& p : width) p.a = -p.a, p.b = -p.b, p.c = -p.c, p.d = -p.d;
      lane->widths = std::move(width);
      inner = lane->borders;
    } else {
      inner = sum(inner, lane->widths, side);
    }
  }
}

void clean_lanes(Freezer& f, const RoadDraft& road, SectionDraft& section) {
  const std::string where = "<road id=\"" + road.id + "\">";
  auto& lanes = section.lanes;
  std::stable_sort(lanes.begin(), lanes.end(), [](const LaneDraft& a, const LaneDraft& b) { return a.id > b.id; });
  for (std::size_t i = 0; i < lanes.size();) {
    const bool twin = i > 0 && lanes[i].id == lanes[i - 1].id;
    if (twin || lanes[i].id == 0) {
      f.report(sim::Severity::kError, lanes[i].line, where,
               twin ? "a second lane " + std::to_string(lanes[i].id) + " in one lane section; left out"
                    : "lane 0 is the reference, not a lane; left out");
      lanes.erase(lanes.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    const std::string name = where + " lane " + std::to_string(lanes[i].id);
    clean(f, lanes[i].widths, lanes[i].line, name, "width");
    clean(f, lanes[i].borders, lanes[i].line, name, "border");
    if (lanes[i].widths.empty() && lanes[i].borders.empty() && drivable(lanes[i].type))
      f.report(sim::Severity::kWarning, lanes[i].line, name, "the lane has no width");
    ++i;
  }
  borders_to_widths(section, 1);
  borders_to_widths(section, -1);
}

template <class T>
Range append(Array<T>& all, const std::vector<T>& rows) {
  const Row begin = static_cast<Row>(all.size());
  all.insert(all.end(), rows.begin(), rows.end());
  return {begin, static_cast<Row>(all.size())};
}

void add_lane(Freezer& f, Row road, Row section, const LaneDraft& draft) {
  const LaneSection& s = f.map.sections[section];
  Lane lane;
  lane.road = road;
  lane.section = section;
  lane.odr_id = draft.id;
  lane.type = draft.type;
  const bool right = draft.id < 0;
  lane.direction = (right != f.roads[road]->left_hand_traffic) != draft.opposes_traffic ? 1 : -1;
  lane.level = f.roads[road]->level;
  lane.s_begin = s.s;
  lane.s_end = s.s_end;
  lane.widths = append(f.map.polys, draft.widths);
  lane.limits = append(f.map.timed_limits, draft.limits);
  lane.heights = append(f.map.lane_heights, draft.heights);
  lane.flat = draft.flat ? 1 : 0;
  lane.turn_when = draft.turn_when;
  f.keep(OwnerKind::kLane, static_cast<Row>(f.map.lanes.size()), draft.extras);
  f.map.lanes.push_back(lane);
}

void add_section(Freezer& f, Row road, RoadDraft& draft, std::size_t index) {
  SectionDraft& from = draft.sections[index];
  clean_lanes(f, draft, from);
  LaneSection section;
  section.road = road;
  section.s = from.s;
  section.s_end = index + 1 < draft.sections.size() ? draft.sections[index + 1].s : draft.length;
  const Row row = static_cast<Row>(f.map.sections.size());
  f.map.sections.push_back(section);
  f.keep(OwnerKind::kSection, row, from.extras);
  const Row begin = static_cast<Row>(f.map.lanes.size());
  for (const LaneDraft& lane : from.lanes) {
    add_lane(f, road, row, lane);
    f.lanes.push_back({&draft, &from, &lane});
  }
  f.map.sections[row].lanes = {begin, static_cast<Row>(f.map.lanes.size())};
}

void add_road(Freezer& f, RoadDraft& draft) {
  const Row row = static_cast<Row>(f.map.roads.size());
  f.road_rows[draft.id] = row;
  f.roads.push_back(&draft);
  Road road;
  road.id = f.text(draft.id);
  road.name = f.text(draft.name);
  road.length = draft.length;
  road.geometry = append(f.map.geometries, draft.plan_view);
  road.elevation = append(f.map.polys, draft.elevation);
  road.superelevation = append(f.map.polys, draft.superelevation);
  road.lane_offset = append(f.map.polys, draft.lane_offset);
  road.shape = append(f.map.shapes, draft.shape);
  f.keep(OwnerKind::kRoad, row, draft.extras);
  road.road_class = draft.road_class;
  road.left_hand_traffic = draft.left_hand_traffic ? 1 : 0;
  road.level = draft.level;
  road.bridge = draft.bridge ? 1 : 0;
  road.tunnel = draft.tunnel ? 1 : 0;
  if (!draft.junction.empty() && draft.junction != "-1") {
    road.junction = f.junction_of(draft.junction);
    if (road.junction == kNone)
      f.report(sim::Severity::kWarning, draft.line, f.road_name(row),
               "belongs to junction " + draft.junction + ", which is not in the file");
  }
  road.sections.begin = static_cast<Row>(f.map.sections.size());
  f.map.roads.push_back(road);
  for (std::size_t i = 0; i < draft.sections.size(); ++i) add_section(f, row, draft, i);
  f.map.roads[row].sections.end = static_cast<Row>(f.map.sections.size());
}

void add_junction(Freezer& f, const JunctionDraft& draft) {
  if (f.junction_of(draft.id) != kNone) {
    f.report(sim::Severity::kError, draft.line, "<junction id=\"" + draft.id + "\">",
             "a second junction with this id; left out", "give each junction its own id");
    return;
  }
  Junction junction;
  junction.id = f.text(draft.id);
  junction.name = f.text(draft.name);
  junction.control = draft.control;
  f.junction_rows[draft.id] = static_cast<Row>(f.map.junctions.size());
  f.keep(OwnerKind::kJunction, static_cast<Row>(f.map.junctions.size()), draft.extras);
  f.junctions.push_back(&draft);
  f.map.junctions.push_back(junction);
}

}  // namespace

void freeze_roads(Freezer& f) {
  for (const JunctionDraft& junction : f.draft.junctions) add_junction(f, junction);
  for (RoadDraft& road : f.draft.roads) {
    if (!usable(f, road)) continue;
    clean_sections(f, road);
    add_road(f, road);
  }
}

}  // namespace bitgoeul::maps::detail
