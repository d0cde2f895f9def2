// OpenDRIVE 1.8, clause 11: lane offset, lane sections, lanes with width or border, links and speed.
#include <algorithm>
#include <cmath>

#include "maps/opendrive/own_words.h"
#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr std::int32_t kMaxLaneId = 1000;

constexpr XmlWord<LaneType> kLaneTypes[] = {
    {"none", LaneType::kNone},
    {"driving", LaneType::kDriving},
    {"bus", LaneType::kBus},
    {"taxi", LaneType::kTaxi},
    {"HOV", LaneType::kHov},
    {"entry", LaneType::kEntry},
    {"mwyEntry", LaneType::kEntry},
    {"exit", LaneType::kExit},
    {"mwyExit", LaneType::kExit},
    {"onRamp", LaneType::kOnRamp},
    {"offRamp", LaneType::kOffRamp},
    {"connectingRamp", LaneType::kConnectingRamp},
    {"slipLane", LaneType::kSlip},
    {"bidirectional", LaneType::kBidirectional},
    {"stop", LaneType::kStop},
    {"shoulder", LaneType::kShoulder},
    {"border", LaneType::kBorder},
    {"curb", LaneType::kCurb},
    {"sidewalk", LaneType::kSidewalk},
    {"walking", LaneType::kWalking},
    {"shared", LaneType::kWalking},
    {"biking", LaneType::kBiking},
    {"parking", LaneType::kParking},
    {"median", LaneType::kMedian},
    {"restricted", LaneType::kRestricted},
    {"tram", LaneType::kTram},
    {"rail", LaneType::kRail},
    {"roadWorks", LaneType::kRoadWorks},
    {"special1", LaneType::kSpecial},
    {"special2", LaneType::kSpecial},
    {"special3", LaneType::kSpecial},
};

void read_lane_link(LaneDraft& lane, XmlElement link) {
  const auto read_ids = [&](const char* name, std::vector<std::int32_t>& ids) {
    for (XmlElement e = link.child(name); e; e = e.next(name)) {
      std::int32_t id = 0;
      if (!e.required("id", id)) continue;
      if (id == 0)
        e.warning("links to lane 0, which is a line and no lane; the link is left out", "lane_link_zero", "remove it");
      else
        ids.push_back(id);
    }
  };
  read_ids("predecessor", lane.predecessors);
  read_ids("successor", lane.successors);
  keep_rest(link, "link/", lane.extras);
}

// Widths and borders start with the section: the first one counts from there.
void settle_start(std::vector<Poly3>& polys, XmlElement lane, const char* name) {
  if (polys.empty() || polys.front().s <= 0) return;
  if (polys.front().s > kLengthToleranceM)
    lane.warning(std::string("its first <") + name + "> begins at sOffset " + std::to_string(polys.front().s) +
                     ", so that the lane has no width before",
                 "lane_width_start", "let it begin at 0");
  else
    polys.front().s = 0;
}

void read_lane_shape(LaneDraft& lane, XmlElement element, double section_length) {
  lane.widths = read_polys(element, "width", "sOffset");
  lane.borders = read_polys(element, "border", "sOffset");
  if (!lane.widths.empty() && !lane.borders.empty()) {
    element.warning("has width and border; the width counts", "lane_width_or_border", "remove one of the two");
    lane.borders.clear();
  }
  limit_polys(lane.widths, section_length, kMaxWidthM, element, "width");
  limit_polys(lane.borders, section_length, kMaxWidthM, element, "border");
  settle_start(lane.widths, element, "width");
  settle_start(lane.borders, element, "border");
  if (lane.widths.empty() && lane.borders.empty())
    element.warning("has neither width nor border, so it is 0 m wide", "lane_width_missing", "add <width> or <border>");
}

void read_lane_speeds(LaneDraft& lane, XmlElement element) {
  for (XmlElement e = element.child("speed"); e; e = e.next("speed")) {
    LaneDraft::Speed speed;
    if (!required_number(e, "sOffset", speed.s, -kLengthToleranceM, kMaxLengthM)) continue;
    speed.s = std::max(speed.s, 0.0);
    if (read_speed(e, true, speed.speed_mps)) lane.speeds.push_back(speed);
  }
  std::stable_sort(lane.speeds.begin(), lane.speeds.end(),
                   [](const LaneDraft::Speed& a, const LaneDraft::Speed& b) { return a.s < b.s; });
}

// Clause 11.8 of 1.8: direction says whether the lane is driven as the rule of the road says, against it, or both ways.
void read_direction(LaneDraft& lane, XmlElement element) {
  enum Direction : int { kStandard, kReversed, kBoth };
  static constexpr XmlWord<int> kDirections[] = {{"standard", kStandard}, {"reversed", kReversed}, {"both", kBoth}};
  int direction = kStandard;
  element.optional<int>("direction", direction, kDirections);
  lane.opposes_traffic = direction == kReversed;
  if (direction == kBoth && lane.type == LaneType::kDriving) lane.type = LaneType::kBidirectional;
}

// The id, with the sign of the side it stands on; false when there is no lane to be made of it.
bool read_lane_id(LaneDraft& lane, XmlElement element, int side) {
  if (!element.required("id", lane.id)) return false;
  if (lane.id == 0 || std::abs(lane.id) > kMaxLaneId) {
    element.error("lane " + std::to_string(lane.id) + " cannot stand left or right; it is left out", "lane_id",
                  "number lanes 1, 2, ... to the left and -1, -2, ... to the right");
    return false;
  }
  if ((lane.id > 0) == (side > 0)) return true;
  element.error(std::string("stands in <") + (side > 0 ? "left" : "right") + "> with id " + std::to_string(lane.id) +
                    "; the side counts",
                "lane_id", "left lanes are positive, right lanes negative");
  lane.id = -lane.id;
  return true;
}

void read_lane(SectionDraft& section, XmlElement element, int side, double section_length) {
  LaneDraft lane;
  lane.line = element.line();
  if (!read_lane_id(lane, element, side)) return;
  for (const LaneDraft& other : section.lanes)
    if (other.id == lane.id) {
      element.error("lane " + std::to_string(lane.id) + " stands twice in its section; this one is left out", "lane_id",
                    "give each lane its own id");
      return;
    }
  element.required<LaneType>("type", lane.type, kLaneTypes);
  read_direction(lane, element);
  if (const XmlElement link = element.child("link")) read_lane_link(lane, link);
  read_lane_shape(lane, element, section_length);
  read_road_marks(lane, element, section_length);
  read_lane_speeds(lane, element);
  read_lane_rules(lane, element);
  read_own_lane(lane, element);
  keep_rest(element, "", lane.extras);
  section.lanes.push_back(std::move(lane));
}

void read_center(SectionDraft& section, XmlElement center, double section_length) {
  const XmlElement lane = center.child("lane");
  if (!lane) return;
  skip(lane, {"id", "type", "level"});
  (void)lane.child("link");
  (void)lane.child("width");
  read_center_marks(section, lane, section_length);
  keep_rest(lane, "center/", section.extras);
}

void check_numbering(const SectionDraft& section, XmlElement element) {
  std::int32_t left = 0, right = 0;
  std::size_t left_lanes = 0, right_lanes = 0;
  for (const LaneDraft& lane : section.lanes) {
    left = std::max(left, lane.id);
    right = std::min(right, lane.id);
    (lane.id > 0 ? left_lanes : right_lanes) += 1;
  }
  if (left_lanes != static_cast<std::size_t>(left) || right_lanes != static_cast<std::size_t>(-right))
    element.warning("lane ids have gaps", "lane_id_gap", "number lanes without gaps from the centre outwards");
}

void read_section(RoadDraft& road, XmlElement element, double s, double section_length) {
  SectionDraft section;
  section.s = s;
  section.line = element.line();
  element.optional("singleSide", section.single_side);
  for (auto [name, side] : {std::pair{"left", +1}, {"right", -1}})
    for (XmlElement group = element.child(name); group; group = group.next(name))
      for (XmlElement e = group.child("lane"); e; e = e.next("lane")) read_lane(section, e, side, section_length);
  if (const XmlElement center = element.child("center")) read_center(section, center, section_length);
  keep_rest(element, "", section.extras);
  check_numbering(section, element);
  road.sections.push_back(std::move(section));
}

struct SectionPlace {
  double s = 0;
  XmlElement element;
};

// Sections that begin on the road, ascending; the first one begins at 0.
std::vector<SectionPlace> section_places(const RoadDraft& road, XmlElement lanes) {
  std::vector<SectionPlace> places;
  for (XmlElement e = lanes.child("laneSection"); e; e = e.next("laneSection")) {
    SectionPlace place{places.empty() ? 0.0 : -1.0, e};
    if (!required_number(e, "s", place.s, -kLengthToleranceM, kMaxLengthM) && place.s < 0) continue;
    place.s = std::max(place.s, 0.0);
    if (!places.empty() && place.s < places.back().s)
      e.warning("stands after one with a greater s; they are sorted", "ascending_order",
                "write <laneSection> in ascending order of s");
    if (!places.empty() && place.s >= road.length - 1e-6)
      e.warning("begins at or behind the road's end; it is left out", "lane_section_s",
                "s lies before the road's length");
    else
      places.push_back(place);
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const SectionPlace& a, const SectionPlace& b) { return a.s < b.s; });
  if (!places.empty() && places.front().s > 0) {
    places.front().element.warning(
        "the first lane section begins at s = " + std::to_string(places.front().s) + "; it is taken from 0",
        "lane_section_s", "let the first lane section begin at 0");
    places.front().s = 0;
  }
  return places;
}

}  // namespace

bool read_lanes(RoadDraft& road, XmlElement lanes) {
  road.lane_offset = read_polys(lanes, "laneOffset", "s");
  limit_polys(road.lane_offset, road.length, kMaxWidthM, lanes, "laneOffset");
  (void)lanes.child("laneSection");
  keep_rest(lanes, "lanes/", road.extras);
  const std::vector<SectionPlace> places = section_places(road, lanes);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double end = i + 1 < places.size() ? places[i + 1].s : road.length;
    if (end - places[i].s < kShortestSectionM)
      places[i].element.info("a lane section is shorter than 1 mm; it is left out, its neighbours are linked",
                             "lane_section_short");
    read_section(road, places[i].element, places[i].s, std::max(end - places[i].s, kShortestSectionM));
  }
  return !road.sections.empty();
}

}  // namespace bitgoeul::maps::opendrive
