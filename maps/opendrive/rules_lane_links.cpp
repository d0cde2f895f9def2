// Links between lanes, and whether linked lanes meet (ASAM OpenDRIVE 1.8, clauses 10.3 and 11.5).
#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "maps/opendrive/file_rules.h"
#include "maps/reference_line.h"
#include "sim/math.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr double kNoWidthM = 1e-6;

bool contains(const std::vector<std::int32_t>& ids, std::int32_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Lanes of the `to` side that the `from` side names, but which do not name it back.
void look_back(FileCheck& check, const Meeting& meeting, std::set<std::tuple<int, int, std::int32_t>>& told) {
  for (const LanePair& pair : linked_lanes(meeting)) {
    if (contains(links_of(*pair.to, meeting.to.end), pair.from->id)) continue;
    if (!told.emplace(pair.to->element.line(), pair.to->element.column(), pair.from->id).second) continue;
    const char* const kind = meeting.to.end == Contact::kStart ? "predecessor" : "successor";
    check.find(pair.to->element,
               "lane " + std::to_string(pair.from->id) + " of road " + meeting.from.road->id +
                   " is linked to this lane, but this lane does not name it as " + kind,
               "link both lanes to each other");
  }
}

}  // namespace

void lane_link_one_sided(FileCheck& check) {
  std::set<std::tuple<int, int, std::int32_t>> told;
  for (const FileRoad& road : check.model.roads) {
    for (const Meeting& inside : meetings_inside(road)) {
      look_back(check, inside, told);
      look_back(check, {inside.to, inside.from}, told);
    }
    // Lanes that end at a junction name nothing, so links with roads of junctions have one side only.
    if (!road.junction.empty()) continue;
    for (const Meeting& outside : meetings_outside(check.model, road))
      if (outside.to.road->junction.empty()) look_back(check, outside, told);
  }
}

namespace {

bool no_width(const FileLane& lane, const SectionEnd& at) {
  const auto width = width_at(lane, at.ds());
  return width && std::abs(*width) < kNoWidthM;
}

void zero_width(FileCheck& check, Contact end) {
  const char* const where = end == Contact::kStart ? "begins" : "ends";
  const auto look = [&](const FileLane& lane, const SectionEnd& at) {
    if (at.end == end && no_width(lane, at))
      check.find(lane.element, "the lane " + std::string(where) + " with no width and is linked there",
                 "remove the link: there is nothing to drive over");
  };
  for (const FileRoad& road : check.model.roads)
    for (const FileSection& section : road.sections)
      for (const FileLane& lane : section.lanes)
        if (!links_of(lane, end).empty()) look(lane, {&road, &section, end});
  for (const FileJunction& junction : check.model.junctions)
    for (const Meeting& meeting : meetings_of(check.model, junction))
      for (const LanePair& pair : linked_lanes(meeting)) look(*pair.from, meeting.from), look(*pair.to, meeting.to);
}

}  // namespace

void lane_zero_width_start(FileCheck& check) { zero_width(check, Contact::kStart); }
void lane_zero_width_end(FileCheck& check) { zero_width(check, Contact::kEnd); }

void appearing_lane_linked(FileCheck& check) {
  const auto look = [&](const Meeting& meeting) {
    for (const LanePair& pair : linked_lanes(meeting))
      if (no_width(*pair.to, meeting.to) && !no_width(*pair.from, meeting.from))
        check.find(pair.element,
                   "is linked to lane " + std::to_string(pair.to->id) + " of road " + meeting.to.road->id +
                       ", which has no width there",
                   "link the lane that goes on, not the one that appears or ends beside it");
  };
  for (const FileRoad& road : check.model.roads) {
    for (const Meeting& inside : meetings_inside(road)) look(inside), look({inside.to, inside.from});
    for (const Meeting& outside : meetings_outside(check.model, road)) look(outside);
  }
  for (const FileJunction& junction : check.model.junctions)
    for (const Meeting& meeting : meetings_of(check.model, junction)) look(meeting);
}

namespace {

struct Edge {
  double x = 0, y = 0;
};
struct Edges {
  Edge inner, outer;
};

double apart(const Edge& a, const Edge& b) { return sim::hypot(a.x - b.x, a.y - b.y); }

// Reference lines whose numbers can be trusted, per road.
struct Lines {
  const FileModel& model;
  std::vector<std::vector<Geometry>> lines;
  explicit Lines(const FileModel& m) : model(m) {
    for (const FileRoad& road : model.roads) {
      std::vector<Geometry> line;
      for (const FileGeometry& piece : road.geometries) {
        if (!piece.sound || (!line.empty() && piece.geometry.s < line.back().s)) {
          line.clear();
          break;
        }
        line.push_back(piece.geometry);
      }
      lines.push_back(std::move(line));
    }
  }
  const std::vector<Geometry>& of(const FileRoad& road) const {
    return lines[static_cast<std::size_t>(&road - model.roads.data())];
  }
};

// Signed t of the lane's outer edge at ds, by the widths of the lanes from the centre to it, or by its border.
std::optional<double> outer_t(const SectionEnd& at, std::int32_t id, double offset) {
  const int side = id > 0 ? 1 : -1;
  double t = offset;
  for (std::int32_t i = side; i != id + side; i += side) {
    const FileLane* lane = at.section->lane(i);
    if (lane == nullptr) return std::nullopt;
    if (const auto width = width_at(*lane, at.ds()))
      t += side * *width;
    else if (lane->element.child("border"))
      t = value_at(polys_of(lane->element, "border", "sOffset"), at.ds());
  }
  return t;
}

double offset_of(const SectionEnd& at) {
  return value_at(polys_of(at.road->element.child("lanes"), "laneOffset", "s"), at.s());
}

std::optional<Edges> edges_of(const Lines& lines, const SectionEnd& at, double offset, std::int32_t id) {
  const std::vector<Geometry>& line = lines.of(*at.road);
  if (line.empty() || id == 0 || std::abs(id) > 1000) return std::nullopt;
  const std::int32_t inside = id > 0 ? id - 1 : id + 1;
  const auto outer = outer_t(at, id, offset);
  const auto inner = inside == 0 ? std::optional<double>(offset) : outer_t(at, inside, offset);
  if (!outer || !inner) return std::nullopt;
  const CurvePoint p = evaluate(std::span<const Geometry>(line), at.s());
  double sine = 0, cosine = 1;
  sim::sincos(p.heading, sine, cosine);
  const auto place = [&](double t) { return Edge{p.x - t * sine, p.y + t * cosine}; };
  return Edges{place(*inner), place(*outer)};
}

// How far an edge lies from the nearest edge of the others.
double to_nearest(const Edge& edge, const std::vector<Edges>& others) {
  double best = 1e9;
  for (const Edges& other : others) best = std::min({best, apart(edge, other.inner), apart(edge, other.outer)});
  return best;
}

void edges_meet(FileCheck& check, const Lines& lines, const Meeting& meeting) {
  constexpr double kGapM = 0.01;
  std::map<std::int32_t, std::vector<const LanePair*>> ahead;
  std::map<std::int32_t, int> behind;
  const std::vector<LanePair> pairs = linked_lanes(meeting);
  for (const LanePair& pair : pairs) ahead[pair.from->id].push_back(&pair), ++behind[pair.to->id];
  const double offset = offset_of(meeting.from), offset_ahead = offset_of(meeting.to);
  for (const auto& [id, links] : ahead) {
    const auto own = edges_of(lines, meeting.from, offset, id);
    std::vector<Edges> others;
    bool merges = false;
    for (const LanePair* pair : links) {
      merges = merges || behind[pair->to->id] > 1;  // judged from the other side
      if (const auto edges = edges_of(lines, meeting.to, offset_ahead, pair->to->id)) others.push_back(*edges);
    }
    if (!own || merges || others.size() != links.size()) continue;
    const double gap = std::max(to_nearest(own->inner, others), to_nearest(own->outer, others));
    if (gap > kGapM)
      check.find(links.front()->element,
                 "an edge of lane " + std::to_string(id) + " of road " + meeting.from.road->id + " lies " +
                     number(gap) + " m from the lane of road " + meeting.to.road->id + " that it leads to",
                 "check widths, lane offset and the ends of the reference lines");
  }
}

}  // namespace

void lane_border_gap(FileCheck& check) {
  const Lines lines(check.model);
  for (const FileRoad& road : check.model.roads) {
    for (const Meeting& inside : meetings_inside(road)) edges_meet(check, lines, inside);
    if (road.junction.empty())
      for (const Meeting& outside : meetings_outside(check.model, road)) edges_meet(check, lines, outside);
  }
  for (const FileJunction& junction : check.model.junctions)
    for (const Meeting& meeting : meetings_of(check.model, junction)) edges_meet(check, lines, meeting);
}

}  // namespace bitgoeul::maps::opendrive
