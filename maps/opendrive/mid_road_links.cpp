// OpenDRIVE 1.8, clause 12.5: beside a virtual junction a road begins or ends in the middle of another. Lanes meet only
// at ends of lane sections, so the other road gets a lane section that begins there; nothing else about it changes.
#include <algorithm>
#include <cmath>
#include <map>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

// The records from `cut` on, seen from there.
void cut_polys(std::vector<Poly3>& polys, double cut) {
  std::vector<Poly3> out;
  for (const Poly3& p : polys) {
    if (p.s > cut) {
      out.push_back({p.s - cut, p.a, p.b, p.c, p.d});
      continue;
    }
    const double h = cut - p.s;
    out = {{0, p.a + h * (p.b + h * (p.c + h * p.d)), p.b + h * (2 * p.c + h * 3 * p.d), p.c + 3 * h * p.d, p.d}};
  }
  polys = std::move(out);
}

template <class T>
void cut_steps(std::vector<T>& steps, double cut) {
  std::vector<T> out;
  for (T step : steps) {
    if (step.s <= cut) out.clear();
    step.s = std::max(step.s - cut, 0.0);
    out.push_back(step);
  }
  steps = std::move(out);
}

void drop_behind(LaneDraft& lane, double cut) {
  const auto behind = [cut](const auto& row) { return row.s >= cut; };
  std::erase_if(lane.widths, behind);
  std::erase_if(lane.borders, behind);
  std::erase_if(lane.speeds, behind);
  std::erase_if(lane.heights, behind);
}

SectionDraft second_part(const SectionDraft& section, double s) {
  SectionDraft part = section;
  part.s = s;
  for (LaneDraft& lane : part.lanes) {
    const double cut = s - section.s;
    cut_polys(lane.widths, cut);
    cut_polys(lane.borders, cut);
    cut_steps(lane.speeds, cut);
    cut_steps(lane.heights, cut);
    lane.predecessors = {lane.id};
  }
  return part;
}

// The s at which a section begins after the split: s itself, or a boundary that is near enough.
double split_at(RoadDraft& road, double s) {
  auto& sections = road.sections;
  for (const SectionDraft& section : sections)
    if (std::abs(section.s - s) < kShortestSectionM) return section.s;
  const auto after =
      std::find_if(sections.begin(), sections.end(), [s](const SectionDraft& section) { return section.s > s; });
  SectionDraft& first = *(after - 1);
  SectionDraft second = second_part(first, s);
  for (LaneDraft& lane : first.lanes) {
    drop_behind(lane, s - first.s);
    lane.successors = {lane.id};
  }
  sections.insert(after, std::move(second));
  return s;
}

void settle(RoadLink& link, std::map<std::string, RoadDraft*>& roads) {
  if (link.type != ElementType::kRoad || link.s < 0) return;
  const auto other = roads.find(link.id);
  if (other == roads.end() || other->second->sections.empty()) return;
  RoadDraft& road = *other->second;
  const bool at_start = link.s<kShortestSectionM, at_end = link.s> road.length - kShortestSectionM;
  if (at_start || at_end) {
    link.contact = at_start ? Contact::kStart : Contact::kEnd;
    link.s = -1;
    return;
  }
  link.s = split_at(road, link.s);
}

}  // namespace

void split_at_mid_road_links(MapBuilder& map) {
  std::map<std::string, RoadDraft*> roads;
  for (RoadDraft& road : map.roads) roads[road.id] = &road;
  for (RoadDraft& road : map.roads) {
    settle(road.predecessor, roads);
    settle(road.successor, roads);
  }
}

}  // namespace bitgoeul::maps::opendrive
