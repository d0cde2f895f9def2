#include "maps/lanelet2/lanelets.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "maps/detail/junction_clusters.h"
#include "maps/xml.h"

namespace bitgoeul::maps::lanelet2 {
namespace {

using sim::Severity;
using sim::Vec2;
using sim::Vec3;

constexpr double kStepM = 2.0;

struct SubtypeUse {
  std::string_view subtype;
  Use use;
  LaneType type;
};
constexpr SubtypeUse kSubtypes[] = {{"road", Use::kLane, LaneType::kDriving},
                                    {"highway", Use::kLane, LaneType::kDriving},
                                    {"play_street", Use::kLane, LaneType::kDriving},
                                    {"exit", Use::kLane, LaneType::kDriving},
                                    {"emergency_lane", Use::kLane, LaneType::kStop},
                                    {"bus_lane", Use::kLane, LaneType::kBus},
                                    {"bicycle_lane", Use::kLane, LaneType::kBiking},
                                    {"road_shoulder", Use::kLane, LaneType::kShoulder},
                                    {"pedestrian_lane", Use::kLane, LaneType::kWalking},
                                    {"rail", Use::kLane, LaneType::kRail},
                                    {"crosswalk", Use::kCrosswalk, LaneType::kNone},
                                    {"walkway", Use::kWalkway, LaneType::kNone},
                                    {"shared_walkway", Use::kWalkway, LaneType::kNone},
                                    {"stairs", Use::kWalkway, LaneType::kNone}};

double length_of(const std::vector<Vec3>& line) {
  double sum = 0;
  for (std::size_t i = 1; i < line.size(); ++i) sum += (line[i] - line[i - 1]).head<2>().norm();
  return sum;
}

Vec3 at_fraction(const std::vector<Vec3>& line, double fraction, double length) {
  double left = fraction * length;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const double piece = (line[i + 1] - line[i]).head<2>().norm();
    if (left <= piece && piece > 0) return line[i] + (left / piece) * (line[i + 1] - line[i]);
    left -= piece;
  }
  return line.back();
}

// Turned so that both run one way and the left one lies on the left (the norm lets files store them either way).
void orient(Lanelet& lanelet) {
  auto &l = lanelet.left_line, &r = lanelet.right_line;
  const double along = (l.front() - r.front()).norm() + (l.back() - r.back()).norm();
  const double across = (l.front() - r.back()).norm() + (l.back() - r.front()).norm();
  if (across < along) std::reverse(r.begin(), r.end()), lanelet.right.turned = true;
  double side = 0;  // area between the borders, positive when the right one lies to the right
  const double ll = length_of(l), rl = length_of(r);
  constexpr int kSteps = 16;
  for (int i = 0; i < kSteps; ++i) {
    const Vec2 a = at_fraction(l, (i + 0.0) / kSteps, ll).head<2>(),
               b = at_fraction(l, (i + 1.0) / kSteps, ll).head<2>();
    const Vec2 c = at_fraction(r, (i + 0.5) / kSteps, rl).head<2>();
    const Vec2 d = b - a, e = c - 0.5 * (a + b);
    side -= d.x() * e.y() - d.y() * e.x();
  }
  if (side >= 0) return;
  std::reverse(l.begin(), l.end());
  std::reverse(r.begin(), r.end());
  lanelet.left.turned = !lanelet.left.turned;
  lanelet.right.turned = !lanelet.right.turned;
}

// The middle of both borders every two metres at most; widths across.
void make_center(Lanelet& lanelet) {
  const double ll = length_of(lanelet.left_line), rl = length_of(lanelet.right_line);
  const int steps = std::clamp(static_cast<int>(std::ceil(std::max(ll, rl) / kStepM)), 2, 5000);
  for (int i = 0; i <= steps; ++i) {
    const double f = static_cast<double>(i) / steps;
    const Vec3 a = at_fraction(lanelet.left_line, f, ll), b = at_fraction(lanelet.right_line, f, rl);
    lanelet.center.push_back(0.5 * (a + b));
  }
  for (std::size_t i = 0; i < lanelet.center.size(); ++i) {
    const double f = static_cast<double>(i) / steps;
    const Vec2 across = (at_fraction(lanelet.left_line, f, ll) - at_fraction(lanelet.right_line, f, rl)).head<2>();
    const Vec2 along = (lanelet.center[std::min(i + 1, lanelet.center.size() - 1)] - lanelet.center[i == 0 ? 0 : i - 1])
                           .head<2>()
                           .normalized();
    lanelet.widths.push_back(std::max(0.3, std::abs(across.x() * along.y() - across.y() * along.x())));
  }
}

const Way* border_way(const Document& document, const Relation& relation, const char* role, std::size_t& row,
                      std::string& defect) {
  const Way* found = nullptr;
  for (const Member& member : relation.members) {
    if (member.role != role) continue;
    const auto at = document.way_rows.find(member.ref);
    if (at == document.way_rows.end()) {
      defect = std::string("a lanelet's ") + role + " border is not in the file; left out";
      return nullptr;
    }
    if (found != nullptr) defect = std::string("a lanelet has several ") + role + " borders; left out";
    found = &document.ways[at->second];
    row = at->second;
  }
  if (found == nullptr) defect = std::string("a lanelet has no ") + role + " border; left out";
  if (found != nullptr && found->points.size() < 2)
    defect = std::string("a lanelet's ") + role + " border has fewer than two points; left out";
  return found;
}

std::string yes_no(const Tags& tags, const std::string& key) { return tag(tags, key); }

// Participants that the tags name override what the subtype says.
void apply_participants(Lanelet& lanelet) {
  const Tags& tags = lanelet.relation->tags;
  const std::string vehicle = yes_no(tags, "participant:vehicle"), car = yes_no(tags, "participant:vehicle:car"),
                    bus = yes_no(tags, "participant:vehicle:bus");
  if (lanelet.use != Use::kLane) return;
  if (lanelet.type == LaneType::kDriving) {
    if (vehicle == "no" || car == "no") lanelet.type = bus == "yes" ? LaneType::kBus : LaneType::kRestricted;
    const bool others = yes_no(tags, "participant:bicycle") == "yes" || yes_no(tags, "participant:pedestrian") == "yes";
    if (vehicle.empty() && car.empty() && others) lanelet.type = LaneType::kBiking;
    if (vehicle.empty() && car.empty() && bus == "yes") lanelet.type = LaneType::kBus;
  }
}

bool make_lanelet(const Document& document, const Relation& relation, Lanelet& lanelet, detail::Tally& tally) {
  const std::string where = "lanelet " + relation.id;
  const auto drop = [&](const std::string& why) {
    tally.add(Severity::kError, document.file, why, where, relation.line);
    return false;
  };
  constexpr std::size_t kMostPoints = 20'000;
  constexpr double kLongestM = 50e3;
  std::string defect;
  const Way* left = border_way(document, relation, "left", lanelet.left.way, defect);
  const Way* right = defect.empty() ? border_way(document, relation, "right", lanelet.right.way, defect) : nullptr;
  if (!defect.empty()) return drop(defect);
  if (left->points.size() + right->points.size() > kMostPoints)
    return drop("a lanelet's borders have more than 20,000 points; left out");
  lanelet.id = relation.id;
  lanelet.relation = &relation;
  lanelet.left_line = line_of(document, *left);
  lanelet.right_line = line_of(document, *right);
  if (length_of(lanelet.left_line) < 0.05 && length_of(lanelet.right_line) < 0.05)
    return drop("a lanelet's borders have no length; left out");
  if (std::max(length_of(lanelet.left_line), length_of(lanelet.right_line)) > kLongestM)
    return drop("a lanelet is longer than 50 km; left out");
  orient(lanelet);
  make_center(lanelet);
  const auto end = [&](const Border& border, const Way& way, bool at_end) {
    return document.points[at_end != border.turned ? way.points.back() : way.points.front()].id;
  };
  lanelet.from = end(lanelet.left, *left, false) + "|" + end(lanelet.right, *right, false);
  lanelet.to = end(lanelet.left, *left, true) + "|" + end(lanelet.right, *right, true);
  const std::string subtype = tag(relation.tags, "subtype");
  const auto* use = std::find_if(std::begin(kSubtypes), std::end(kSubtypes),
                                 [&](const SubtypeUse& s) { return s.subtype == subtype; });
  if (use == std::end(kSubtypes))
    tally.add(Severity::kWarning, document.file,
              "lanelet subtype \"" + subtype + "\" is not known; a lane that nobody drives on", where, relation.line);
  lanelet.use = use == std::end(kSubtypes) ? Use::kLane : use->use;
  lanelet.type = use == std::end(kSubtypes) ? LaneType::kRestricted : use->type;
  apply_participants(lanelet);
  lanelet.turns = !tag(relation.tags, "turn_direction").empty();
  return true;
}

void read_speed(const Document& document, Lanelet& lanelet, detail::Tally& tally) {
  const std::string& text = tag(lanelet.relation->tags, "speed_limit");
  if (text.empty()) return;
  lanelet.speed_mps = speed_of(text);
  if (lanelet.speed_mps <= 0)
    tally.add(Severity::kWarning, document.file, "speed_limit \"" + text + "\" is no speed; ignored",
              "lanelet " + lanelet.id, lanelet.relation->line);
}

void report_unused_tags(const Document& document, const std::vector<Lanelet>& lanelets, detail::Tally& tally) {
  static const std::set<std::string> kKnown = {"type",
                                               "subtype",
                                               "speed_limit",
                                               "turn_direction",
                                               "one_way",
                                               "participant:vehicle",
                                               "participant:vehicle:car",
                                               "participant:vehicle:bus",
                                               "participant:bicycle",
                                               "participant:pedestrian",
                                               "road_name"};
  for (const Lanelet& lanelet : lanelets) {
    for (const auto& [key, value] : lanelet.relation->tags)
      if (kKnown.count(key) == 0)
        tally.add(Severity::kInfo, document.file, "tag " + key + " of a lanelet is not used", "lanelet " + lanelet.id,
                  lanelet.relation->line);
    if (tag(lanelet.relation->tags, "one_way") == "no" && lanelet.use == Use::kLane && drivable(lanelet.type))
      tally.add(Severity::kInfo, document.file,
                "a lanelet for both directions (one_way=no); vehicles drive it in its own direction only",
                "lanelet " + lanelet.id, lanelet.relation->line);
  }
}

void link(std::vector<Lanelet>& lanelets) {
  std::map<std::string, std::vector<std::size_t>> starting;
  std::map<std::pair<std::size_t, bool>, std::size_t> left_border;  // of lanes
  for (std::size_t i = 0; i < lanelets.size(); ++i) {
    if (lanelets[i].use != Use::kLane) continue;
    starting[lanelets[i].from].push_back(i);
    left_border.try_emplace({lanelets[i].left.way, lanelets[i].left.turned}, i);
  }
  for (std::size_t i = 0; i < lanelets.size(); ++i) {
    if (lanelets[i].use != Use::kLane) continue;
    if (const auto at = starting.find(lanelets[i].to); at != starting.end())
      for (const std::size_t next : at->second)
        if (next != i) lanelets[i].next.push_back(next);
    const auto beside = left_border.find({lanelets[i].right.way, lanelets[i].right.turned});
    if (beside == left_border.end() || beside->second == i) continue;
    if (lanelets[beside->second].beside_left >= 0) continue;
    lanelets[i].beside_right = static_cast<std::ptrdiff_t>(beside->second);
    lanelets[beside->second].beside_left = static_cast<std::ptrdiff_t>(i);
  }
}

// Inside a junction: the file says so (turn_direction), a border is virtual and it forks or merges, or it crosses
// another lanelet: that is how Lanelet2 draws a crossing.
void find_inside(const Document& document, std::vector<Lanelet>& lanelets) {
  std::map<std::string, int> starts, ends;
  for (const Lanelet& lanelet : lanelets)
    if (lanelet.use == Use::kLane && drivable(lanelet.type)) ++starts[lanelet.from], ++ends[lanelet.to];
  const auto is_virtual = [&](const Border& border) {
    return tag(document.ways[border.way].tags, "type") == "virtual";
  };
  for (Lanelet& lanelet : lanelets) {
    if (lanelet.use != Use::kLane || !drivable(lanelet.type)) continue;
    const bool meets = starts[lanelet.from] > 1 || ends[lanelet.to] > 1;
    lanelet.inside = lanelet.turns || (meets && (is_virtual(lanelet.left) || is_virtual(lanelet.right)));
  }
  std::vector<detail::ClusterLane> lanes;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < lanelets.size(); ++i) {
    if (lanelets[i].use != Use::kLane || !drivable(lanelets[i].type)) continue;
    lanes.push_back({&lanelets[i].center, lanelets[i].from, lanelets[i].to, false, {}});
    rows.push_back(i);
  }
  for (const std::size_t lane : detail::crossing_lanes(lanes)) lanelets[rows[lane]].inside = true;
}

}  // namespace

double speed_of(const std::string& text) {
  std::size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) ++digits;
  const auto value = parse_double(text.substr(0, digits));
  if (!value || *value <= 0 || *value > 400) return 0;
  std::string unit = text.substr(digits);
  std::erase(unit, ' ');
  if (unit.empty() || unit == "km/h" || unit == "kmh" || unit == "kph") return *value / 3.6;
  if (unit == "mph") return *value * 0.44704;
  return unit == "m/s" || unit == "mps" ? *value : 0;
}

MarkType mark_of(const Tags& tags, bool turned, MarkColor& color) {
  const std::string &type = tag(tags, "type"), &subtype = tag(tags, "subtype");
  color = tag(tags, "color") == "yellow" ? MarkColor::kYellow : MarkColor::kWhite;
  if (type == "curbstone") return MarkType::kCurb;
  if (type == "road_border") return MarkType::kEdge;
  if (type != "line_thin" && type != "line_thick") return MarkType::kNone;
  if (subtype == "dashed") return MarkType::kBroken;
  if (subtype == "solid_solid") return MarkType::kSolidSolid;
  if (subtype == "solid_dashed") return turned ? MarkType::kBrokenSolid : MarkType::kSolidBroken;
  if (subtype == "dashed_solid") return turned ? MarkType::kSolidBroken : MarkType::kBrokenSolid;
  return MarkType::kSolid;
}

bool may_cross(const Tags& tags, bool turned, bool from_left) {
  // lane_change:left is the change to the left of the line in its own direction.
  const bool to_own_left = from_left == turned;
  const std::string side = tag(tags, to_own_left ? "lane_change:left" : "lane_change:right");
  if (!side.empty()) return side == "yes";
  if (const std::string& both = tag(tags, "lane_change"); !both.empty()) return both == "yes";
  MarkColor color;
  switch (mark_of(tags, turned, color)) {
    case MarkType::kBroken:
      return true;
    case MarkType::kBrokenSolid:  // broken on the left
      return from_left;
    case MarkType::kSolidBroken:
      return !from_left;
    default:
      return false;
  }
}

std::vector<Lanelet> read_lanelets(const Document& document, detail::Tally& tally) {
  std::vector<Lanelet> lanelets;
  for (const Relation& relation : document.relations) {
    if (tag(relation.tags, "type") != "lanelet") continue;
    Lanelet lanelet;
    if (!make_lanelet(document, relation, lanelet, tally)) continue;
    read_speed(document, lanelet, tally);
    lanelets.push_back(std::move(lanelet));
  }
  report_unused_tags(document, lanelets, tally);
  link(lanelets);
  find_inside(document, lanelets);
  return lanelets;
}

}  // namespace bitgoeul::maps::lanelet2
