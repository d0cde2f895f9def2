// OpenDRIVE 1.8, clauses 11.4, 11.7 and 11.8: lane height, level lanes, and who may use a lane.
#include <algorithm>
#include <set>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

void read_heights(LaneDraft& lane, XmlElement element) {
  for (XmlElement e = element.child("height"); e; e = e.next("height")) {
    LaneHeight height;
    const bool s = required_number(e, "sOffset", height.s, -kLengthToleranceM, kMaxLengthM);
    const bool inner = required_number(e, "inner", height.inner, -kMaxWidthM, kMaxWidthM);
    const bool outer = required_number(e, "outer", height.outer, -kMaxWidthM, kMaxWidthM);
    height.s = std::max(height.s, 0.0);
    if (s && inner && outer) lane.heights.push_back(height);
  }
  std::stable_sort(lane.heights.begin(), lane.heights.end(),
                   [](const LaneHeight& a, const LaneHeight& b) { return a.s < b.s; });
}

// The kinds of road user in one <access>: its attribute (to 1.7) or its children (1.8).
void read_restrictions(XmlElement access, std::set<std::string, std::less<>>& kinds) {
  if (const auto kind = access.attribute("restriction")) kinds.emplace(*kind);
  for (XmlElement e = access.child("restriction"); e; e = e.next("restriction")) {
    std::string kind;
    if (e.required("type", kind)) kinds.insert(kind);
  }
}

// What is left of a driving lane when only these may use it, as far as our lane types can say it.
LaneType reserved_for(const std::set<std::string, std::less<>>& allowed) {
  if (allowed.contains("passengerCar") || allowed.contains("throughTraffic") || allowed.contains("simulator"))
    return LaneType::kDriving;
  if (allowed.contains("bus")) return LaneType::kBus;
  if (allowed.contains("taxi")) return LaneType::kTaxi;
  if (allowed.contains("bicycle")) return LaneType::kBiking;
  if (allowed.contains("pedestrian")) return LaneType::kWalking;
  return LaneType::kRestricted;
}

LaneType left_without(const std::set<std::string, std::less<>>& denied) {
  if (!denied.contains("passengerCar") && !denied.contains("none")) return LaneType::kDriving;
  return denied.contains("bus") || denied.contains("none") ? LaneType::kRestricted : LaneType::kBus;
}

// All <access> of one s count together; of several s the first, which begins with the section.
void read_access(LaneDraft& lane, XmlElement element) {
  enum Rule : int { kAllow, kDeny };
  static constexpr XmlWord<int> kRules[] = {{"allow", kAllow}, {"deny", kDeny}};
  std::set<std::string, std::less<>> allowed, denied;
  double first = -1;
  for (XmlElement e = element.child("access"); e; e = e.next("access")) {
    double s = 0;
    int rule = kAllow;
    if (!required_number(e, "sOffset", s, -kLengthToleranceM, kMaxLengthM)) continue;
    e.optional<int>("rule", rule, kRules);
    if (first < 0) first = std::max(s, 0.0);
    if (s > first) {
      e.info("access changes along its lane section; what holds at its begin counts", "access_changes",
             "begin a lane section there");
      continue;
    }
    read_restrictions(e, rule == kAllow ? allowed : denied);
  }
  for (XmlElement e = element.child("access"); e; e = e.next("access")) keep_whole(e, "", lane.extras);
  if (lane.type != LaneType::kDriving || first > kLengthToleranceM) return;
  if (!allowed.empty()) lane.type = reserved_for(allowed);
  if (!denied.empty() && lane.type == LaneType::kDriving) lane.type = left_without(denied);
}

}  // namespace

void read_lane_rules(LaneDraft& lane, XmlElement element) {
  element.optional("level", lane.flat);
  read_heights(lane, element);
  read_access(lane, element);
}

}  // namespace bitgoeul::maps::opendrive
