// Lane sections and single lanes (ASAM OpenDRIVE 1.8, clause 11).
#include <algorithm>
#include <cmath>
#include <set>

#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

template <class F>
void for_each_section(const FileCheck& check, F&& f) {
  for (const FileRoad& road : check.model.roads)
    for (const FileSection& section : road.sections) f(road, section);
}

template <class F>
void for_each_lane(const FileCheck& check, F&& f) {
  for_each_section(check, [&](const FileRoad&, const FileSection& section) {
    for (const FileLane& lane : section.lanes) f(lane);
  });
}

// Lanes of one side from the centre outwards.
std::vector<const FileLane*> outwards(const FileSection& section, int side) {
  std::vector<const FileLane*> lanes;
  for (const FileLane& lane : section.lanes)
    if (lane.id * side > 0) lanes.push_back(&lane);
  std::stable_sort(lanes.begin(), lanes.end(),
                   [](const FileLane* a, const FileLane* b) { return std::abs(a->id) < std::abs(b->id); });
  return lanes;
}

XmlElement center_lane(const FileSection& section) {
  const XmlElement center = section.element.child("center");
  return center ? center.child("lane") : XmlElement();
}

}  // namespace

void lane_section_missing(FileCheck& check) {
  for (const FileRoad& road : check.model.roads)
    if (road.sections.empty())
      check.find(road.element, "the road has no lane section", "add <lanes> with <laneSection>");
}

void lane_section_length(FileCheck& check) {
  for (const FileRoad& road : check.model.roads) {
    std::set<double> starts;
    for (const FileSection& section : road.sections)
      if (!starts.insert(section.s).second || (section.s >= road.length && road.length > 0))
        check.find(section.element, "the lane section has no length", "remove it, or correct s");
  }
}

void lane_section_start(FileCheck& check) {
  for (const FileRoad& road : check.model.roads)
    if (!road.sections.empty() && std::abs(road.sections.front().s) > 1e-6)
      check.find(road.sections.front().element, "the first lane section begins at s " + number(road.sections.front().s),
                 "let it begin at 0");
}

void center_lane_missing(FileCheck& check) {
  for_each_section(check, [&](const FileRoad&, const FileSection& section) {
    if (!center_lane(section)) check.find(section.element, "the lane section has no centre lane", "add <center>");
  });
}

void center_lane_id(FileCheck& check) {
  for_each_section(check, [&](const FileRoad&, const FileSection& section) {
    if (const XmlElement lane = center_lane(section); lane && integer_of(lane, "id") != 0)
      check.find(lane, "the centre lane has the id \"" + text_of(lane, "id") + "\"", "its id is 0");
  });
}

void center_lane_width(FileCheck& check) {
  for_each_section(check, [&](const FileRoad&, const FileSection& section) {
    const XmlElement lane = center_lane(section);
    for (XmlElement e = lane.child("width"); e; e = e.next("width"))
      if (number_of(e, "a") != 0 || number_of(e, "b") != 0 || number_of(e, "c") != 0 || number_of(e, "d") != 0)
        return check.find(e, "the centre lane has a width", "it is a line: remove the width");
  });
}

void lane_side(FileCheck& check) {
  for_each_section(check, [&](const FileRoad&, const FileSection& section) {
    for (auto [name, side] : {std::pair{"left", 1}, {"right", -1}})
      for (XmlElement group = section.element.child(name); group; group = group.next(name))
        for (XmlElement e = group.child("lane"); e; e = e.next("lane"))
          if (const auto id = integer_of(e, "id"); id && *id * side <= 0)
            check.find(e, "lane " + std::to_string(*id) + " stands in <" + name + ">",
                       "left lanes are positive, right lanes negative");
  });
}

void lane_numbering(FileCheck& check) {
  for_each_section(check, [&](const FileRoad&, const FileSection& section) {
    for (const int side : {1, -1}) {
      const auto lanes = outwards(section, side);
      for (std::size_t i = 0; i < lanes.size(); ++i)
        if (const std::int32_t wanted = side * static_cast<std::int32_t>(i + 1); lanes[i]->id != wanted) {
          check.find(
              lanes[i]->element,
              "lane " + std::to_string(lanes[i]->id) + " stands where lane " + std::to_string(wanted) + " is expected",
              "number lanes without gaps");
          break;
        }
    }
  });
}

void width_and_border(FileCheck& check) {
  for_each_section(check, [&](const FileRoad&, const FileSection& section) {
    for (const int side : {1, -1}) {
      bool width = false, border = false;
      for (const FileLane* lane : outwards(section, side)) {
        width = width || lane->element.child("width");
        border = border || lane->element.child("border");
        if (!width || !border) continue;
        check.find(lane->element, "lanes of one side have <width> and <border>", "use one of the two");
        break;
      }
    }
  });
}

void border_and_offset(FileCheck& check) {
  for (const FileRoad& road : check.model.roads) {
    const XmlElement offset = road.element.child("lanes").child("laneOffset");
    if (!offset) continue;
    const bool borders = std::any_of(road.sections.begin(), road.sections.end(), [](const FileSection& section) {
      return std::any_of(section.lanes.begin(), section.lanes.end(),
                         [](const FileLane& lane) { return static_cast<bool>(lane.element.child("border")); });
    });
    if (borders) check.find(offset, "<laneOffset> stands in a road whose lanes have <border>", "use <width>");
  }
}

void width_start(FileCheck& check) {
  for_each_lane(check, [&](const FileLane& lane) {
    const auto widths = polys_of(lane.element, "width", "sOffset");
    if (widths.empty()) return;
    double first = widths.front().poly.s;
    for (const FilePoly& width : widths) first = std::min(first, width.poly.s);
    if (first > 1e-6)
      check.find(widths.front().element, "the lane has no width before sOffset " + number(first), "let it begin at 0");
  });
}

namespace {

// The least of sign * (outer - inner) over [0, length], at the breaks and where the difference has its extremes.
double least_distance(const std::vector<FilePoly>& outer, const std::vector<FilePoly>& inner, double length, int sign) {
  std::vector<double> places = {0.0, length};
  for (const auto* polys : {&outer, &inner})
    for (const FilePoly& p : *polys)
      if (p.poly.s > 0 && p.poly.s < length) places.push_back(p.poly.s);
  std::sort(places.begin(), places.end());
  double least = 1e9;
  constexpr int kParts = 64;
  for (std::size_t i = 0; i + 1 < places.size(); ++i)
    for (int k = 0; k <= kParts; ++k) {
      // A hair before the next break, so that the piece at hand is the one evaluated.
      const double s = places[i] + (places[i + 1] - places[i]) * k / kParts - (k == kParts ? 1e-7 : 0.0);
      least = std::min(least, sign * (value_at(outer, s) - value_at(inner, s)));
    }
  return least;
}

}  // namespace

void border_overlap(FileCheck& check) {
  for_each_section(check, [&](const FileRoad&, const FileSection& section) {
    for (const int side : {1, -1}) {
      const auto lanes = outwards(section, side);
      for (std::size_t i = 1; i < lanes.size(); ++i) {
        const auto outer = polys_of(lanes[i]->element, "border", "sOffset"),
                   inner = polys_of(lanes[i - 1]->element, "border", "sOffset");
        if (outer.empty() || inner.empty() || outer.size() + inner.size() > 200) continue;
        if (const double least = least_distance(outer, inner, section.length, side); least < -5e-7)
          check.find(lanes[i]->element,
                     "its border lies up to " + number(-least) + " m inside lane " + std::to_string(lanes[i - 1]->id),
                     "keep borders outside of inner lanes");
      }
    }
  });
}

void access_mixed(FileCheck& check) {
  constexpr double kSamePlace = 1e-6;
  for_each_lane(check, [&](const FileLane& lane) {
    struct Access {
      double s = 0;
      std::string rule;
    };
    std::vector<Access> before;
    for (XmlElement e = lane.element.child("access"); e; e = e.next("access")) {
      const Access access{number_of(e, "sOffset"), text_of(e, "rule")};
      const bool mixed = std::any_of(before.begin(), before.end(), [&](const Access& other) {
        return std::abs(other.s - access.s) <= kSamePlace && other.rule != access.rule;
      });
      if (mixed)
        check.find(e, "allow and deny stand at one place, sOffset " + number(access.s), "use one of the two there");
      if (before.size() < 1000) before.push_back(access);
    }
  });
}

namespace {

void level_inside(FileCheck& check, const FileSection& section) {
  for (const int side : {1, -1}) {
    bool level = false;
    for (const FileLane* lane : outwards(section, side)) {
      const bool own = truth_of(lane->element, "level");
      if (level && !own && lane->element.attribute("level"))
        check.find(lane->element, "level is false although a lane further in has level true",
                   "from the first level lane on, all lanes outwards are level");
      level = level || own;
    }
  }
}

void level_kept(FileCheck& check, const Meeting& meeting) {
  for (const LanePair& pair : linked_lanes(meeting))
    if (truth_of(pair.from->element, "level") != truth_of(pair.to->element, "level"))
      check.find(pair.element, "level is not the same in the linked lane " + std::to_string(pair.to->id) + " of road " +
                                   meeting.to.road->id);
}

}  // namespace

void lane_level_side(FileCheck& check) {
  for (const FileRoad& road : check.model.roads) {
    for (const FileSection& section : road.sections) level_inside(check, section);
    for (const Meeting& inside : meetings_inside(road)) {
      level_kept(check, inside);
      level_kept(check, {inside.to, inside.from});
    }
    for (const Meeting& outside : meetings_outside(check.model, road)) level_kept(check, outside);
  }
  for (const FileJunction& junction : check.model.junctions)
    for (const Meeting& meeting : meetings_of(check.model, junction)) level_kept(check, meeting);
}

}  // namespace bitgoeul::maps::opendrive
