#include "maps/road_network/osm_tags.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "maps/xml.h"

namespace bitgoeul::maps::osm {

namespace {

constexpr double kKmh = 1 / 3.6;
constexpr int kMaxLanes = 10;

// Lanes per direction and limits where the tags say nothing. Korea: 안전속도 5030 (50 km/h in towns, 30 in living
// areas), 도로교통법 시행규칙 19조 on the others.
struct Custom {
  std::string_view highway;
  RoadClass road_class;
  int lanes;
  double korean_kmh, other_kmh;
};
constexpr std::array<Custom, 16> kCustoms = {{
    {"motorway", RoadClass::kMotorway, 2, 100, 120},
    {"motorway_link", RoadClass::kRamp, 1, 50, 60},
    {"trunk", RoadClass::kTrunk, 2, 80, 100},
    {"trunk_link", RoadClass::kRamp, 1, 50, 60},
    {"primary", RoadClass::kPrimary, 2, 50, 80},
    {"primary_link", RoadClass::kRamp, 1, 40, 50},
    {"secondary", RoadClass::kSecondary, 1, 50, 80},
    {"secondary_link", RoadClass::kRamp, 1, 40, 50},
    {"tertiary", RoadClass::kTertiary, 1, 50, 50},
    {"tertiary_link", RoadClass::kRamp, 1, 40, 50},
    {"unclassified", RoadClass::kTertiary, 1, 50, 50},
    {"residential", RoadClass::kResidential, 1, 30, 50},
    {"living_street", RoadClass::kResidential, 1, 20, 10},
    {"service", RoadClass::kService, 1, 20, 20},
    {"road", RoadClass::kResidential, 1, 30, 50},
    {"busway", RoadClass::kService, 1, 50, 50},
}};

const Custom* custom_of(std::string_view highway) {
  for (const Custom& custom : kCustoms)
    if (custom.highway == highway) return &custom;
  return nullptr;
}

// Tags that say something about driving which the map cannot hold.
constexpr std::array<std::string_view, 20> kUnused = {"placement",          "width:lanes",
                                                      "change:lanes",       "hgv",
                                                      "maxheight",          "maxweight",
                                                      "maxspeed:lanes",     "maxspeed:conditional",
                                                      "oneway:conditional", "access:lanes",
                                                      "vehicle:lanes",      "motor_vehicle:conditional",
                                                      "overtaking",         "priority_road",
                                                      "hov:lanes",          "traffic_calming",
                                                      "maxspeed:variable",  "turn:lanes:both_ways",
                                                      "lanes:both_ways",    "toll"};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string tag(std::string_view key, std::string_view rest) {
  std::string text(1, '`');
  return text.append(key).append(rest);
}

bool is_no(std::string_view value) { return value == "no"; }
bool yes(std::string_view value) { return value == "yes" || value == "1" || value == "true"; }

int count_of(const Way& way, std::string_view key, Notes& notes) {
  const std::string_view text = value_of(way.tags, key);
  if (text.empty()) return 0;
  const auto number = parse_double(trim(split(text, ';').front()));
  if (number && *number >= 1 && *number <= 2 * kMaxLanes) return static_cast<int>(*number);
  if (number && *number > 0 && *number < 1) return 1;
  notes.add(tag(key, "` is no number of lanes; the custom of the class counts"), way, sim::Severity::kWarning);
  return 0;
}

// Lanes in all, forward, backward: what is given wins, the rest follows from it (wiki Key:lanes).
void count_lanes(const Way& way, const Custom& custom, bool one_way, Street& street, Notes& notes) {
  int all = count_of(way, "lanes", notes), forward = count_of(way, "lanes:forward", notes),
      backward = count_of(way, "lanes:backward", notes);
  if (forward == 0 && backward == 0 && all == 0) {
    const auto lanes = [&](std::string_view key) {
      const std::string_view text = value_of(way.tags, key);
      return text.empty() ? 0 : static_cast<int>(split(text, '|').size());
    };
    forward = one_way ? lanes("turn:lanes") : lanes("turn:lanes:forward");
    backward = one_way ? 0 : lanes("turn:lanes:backward");
  }
  if (one_way) {
    street.lanes_forward = std::clamp(forward > 0 ? forward : all > 0 ? all : custom.lanes, 1, kMaxLanes);
    street.lanes_backward = 0;
    return;
  }
  if (forward == 0 && backward > 0 && all > backward) forward = all - backward;
  if (backward == 0 && forward > 0 && all > forward) backward = all - forward;
  if (forward == 0) forward = all > 0 ? std::max(1, (all + 1) / 2) : custom.lanes;
  if (backward == 0) backward = all > 0 ? std::max(1, all / 2) : custom.lanes;
  street.lanes_forward = std::clamp(forward, 1, kMaxLanes);
  street.lanes_backward = std::clamp(backward, 1, kMaxLanes);
}

void set_limits(const Way& way, const Custom& custom, bool korean, Street& street, Notes& notes) {
  street.speed_limit_mps = (korean ? custom.korean_kmh : custom.other_kmh) * kKmh;
  const auto read = [&](std::initializer_list<std::string_view> keys) -> std::optional<double> {
    for (const std::string_view key : keys) {
      const std::string_view text = value_of(way.tags, key);
      if (text.empty()) continue;
      if (const auto speed = parse_speed(text, korean)) return speed;
      notes.add(tag(key, "` is no speed; the custom of the class counts"), way, sim::Severity::kWarning);
    }
    return std::nullopt;
  };
  if (const auto zone = read({"zone:maxspeed", "zone:traffic", "maxspeed:type", "source:maxspeed"}))
    street.speed_limit_mps = *zone;
  if (const auto both = read({"maxspeed"})) street.speed_limit_mps = *both;
  if (const auto backward = read({"maxspeed:backward"})) street.speed_backward_mps = *backward;
  if (const auto forward = read({"maxspeed:forward"})) {
    if (street.speed_backward_mps == 0) street.speed_backward_mps = street.speed_limit_mps;
    street.speed_limit_mps = *forward;
  }
}

// Arrows stand from left to right; facts count from the centre line outwards, which is the same in right-hand traffic.
void set_arrows(const Way& way, std::string_view key, std::vector<LaneFact>& facts, Notes& notes) {
  const std::string_view text = value_of(way.tags, key);
  if (text.empty()) return;
  const std::vector<std::uint8_t> arrows = parse_arrows(text);
  if (arrows.size() != facts.size())
    return notes.add(tag(key, "` has another number of lanes than the way"), way, sim::Severity::kWarning);
  for (std::size_t i = 0; i < arrows.size(); ++i) facts[i].arrows = arrows[i];
}

std::vector<BusHours> always() { return {BusHours{}}; }
// 부산·광주·서울 가로변 버스전용차로: working days, 7 to 9 and 17:30 to 19:30 where the source gives no hours.
std::vector<BusHours> kerb_hours() {
  return {BusHours{7 * 60, 9 * 60, 0x1f}, BusHours{17 * 60 + 30, 19 * 60 + 30, 0x1f}};
}

// The innermost lane of several is a median bus lane, all day; the outermost a kerb lane.
std::vector<BusHours> hours_of_lane(std::size_t lane, std::size_t lanes, bool korean) {
  return korean && lane + 1 == lanes && lanes > 1 ? kerb_hours() : always();
}

void set_bus_list(const Way& way, std::string_view key, bool korean, std::vector<LaneFact>& facts, Notes& notes) {
  const std::string_view text = value_of(way.tags, key);
  if (text.empty()) return;
  const std::size_t at = text.find('@');
  const std::vector<std::string_view> words = split(trim(text.substr(0, at)), '|');
  if (words.size() != facts.size())
    return notes.add(tag(key, "` has another number of lanes than the way"), way, sim::Severity::kWarning);
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == "designated")
      facts[i].bus =
          at == std::string_view::npos ? hours_of_lane(i, facts.size(), korean) : parse_hours(text.substr(at + 1));
}

// busway=lane and its sides, lanes:bus=1: the kerb lane.
void set_kerb_bus(const Way& way, std::initializer_list<std::string_view> keys, bool korean,
                  std::vector<LaneFact>& facts) {
  for (const std::string_view key : keys) {
    const std::string_view text = value_of(way.tags, key);
    const bool lane = text == "lane" || (key.substr(0, 5) == "lanes" && !text.empty() && text != "0");
    if (lane && facts.size() > 1) facts.back().bus = hours_of_lane(facts.size() - 1, facts.size(), korean);
  }
}

// Lists run from left to right; a street's lanes from its middle outwards.
void set_lane_facts(const Way& way, bool korean, bool left_hand, Street& street, Notes& notes) {
  street.facts_forward.resize(static_cast<std::size_t>(street.lanes_forward));
  street.facts_backward.resize(static_cast<std::size_t>(street.lanes_backward));
  const bool one_way = street.lanes_backward == 0;
  if (one_way) set_arrows(way, "turn:lanes", street.facts_forward, notes);
  set_arrows(way, "turn:lanes:forward", street.facts_forward, notes);
  if (!one_way) set_arrows(way, "turn:lanes:backward", street.facts_backward, notes);
  if (one_way) set_bus_list(way, "bus:lanes", korean, street.facts_forward, notes);
  if (one_way) set_bus_list(way, "bus:lanes:conditional", korean, street.facts_forward, notes);
  set_bus_list(way, "bus:lanes:forward", korean, street.facts_forward, notes);
  if (!one_way) set_bus_list(way, "bus:lanes:backward", korean, street.facts_backward, notes);
  if (left_hand)
    for (auto* facts : {&street.facts_forward, &street.facts_backward}) std::reverse(facts->begin(), facts->end());
  const char *own = left_hand ? "busway:left" : "busway:right", *other = left_hand ? "busway:right" : "busway:left";
  set_kerb_bus(way, {"busway", "busway:both", own, "lanes:bus", "lanes:bus:forward"}, korean, street.facts_forward);
  if (!one_way)
    set_kerb_bus(way, {"busway", "busway:both", other, "lanes:bus:backward"}, korean, street.facts_backward);
}

void set_walks(const Tags& tags, Street& street) {
  const std::string_view side = value_of(tags, "sidewalk");
  const auto has = [&](std::string_view key) {
    const std::string_view v = value_of(tags, key);
    return v == "yes" || v == "separate";
  };
  if (side == "both" || side == "separate" || side == "yes" || has("sidewalk:both")) street.walks = Walks::kBoth;
  if (side == "no" || side == "none" || is_no(value_of(tags, "sidewalk:both"))) street.walks = Walks::kNone;
  if (side == "left" || has("sidewalk:left")) street.walks = Walks::kLeft;
  if (side == "right" || has("sidewalk:right"))
    street.walks = street.walks == Walks::kLeft ? Walks::kBoth : Walks::kRight;
}

void set_place(const Way& way, Street& street, Notes& notes) {
  const std::string_view bridge = value_of(way.tags, "bridge"), tunnel = value_of(way.tags, "tunnel"),
                         layer = value_of(way.tags, "layer");
  street.bridge = !bridge.empty() && !is_no(bridge);
  street.tunnel = !tunnel.empty() && !is_no(tunnel) && tunnel != "building_passage";
  street.level = street.bridge ? 1 : street.tunnel ? -1 : 0;
  if (layer.empty()) return;
  const auto level = parse_double(layer);
  if (level && *level >= -10 && *level <= 10)
    street.level = static_cast<int>(std::clamp(*level, -5.0, 5.0));
  else
    notes.add("`layer` is no number in -10 to 10", way, sim::Severity::kWarning);
}

}  // namespace

void Notes::add(const std::string& what, const Way& way, sim::Severity severity) {
  Note& note = all[what];
  if (note.count++ > 0) return;
  note.line = way.line;
  note.where = "way " + std::to_string(way.id);
  note.severity = severity;
}

bool for_vehicles(const Tags& tags, Notes& notes, const Way& way) {
  const std::string_view highway = value_of(tags, "highway");
  static constexpr std::array<std::string_view, 14> kOthers = {
      "footway",      "path",     "cycleway", "steps",    "pedestrian", "bridleway", "track",
      "construction", "proposed", "corridor", "platform", "raceway",    "elevator",  "rest_area"};
  if (std::find(kOthers.begin(), kOthers.end(), highway) != kOthers.end()) return false;
  if (custom_of(highway) == nullptr) {
    notes.add(tag(std::string("highway=").append(highway), "` is no road for vehicles; left out"), way);
    return false;
  }
  if (yes(value_of(tags, "area"))) return false;
  std::string_view access = value_of(tags, "access");
  for (const std::string_view key : {"vehicle", "motor_vehicle", "motorcar"})
    if (const std::string_view own = value_of(tags, key); !own.empty()) access = own;
  const bool buses = highway == "busway" || yes(value_of(tags, "bus")) || yes(value_of(tags, "psv")) ||
                     value_of(tags, "bus") == "designated" || value_of(tags, "psv") == "designated";
  const bool closed = is_no(access) || access == "agricultural" || access == "forestry" || access == "emergency";
  if (closed && !buses) notes.add("closed to motor vehicles; left out", way);
  return !closed || buses;
}

Street street_of(const Way& way, bool korean, bool left_hand, Notes& notes, bool& reversed) {
  const Custom& custom = *custom_of(value_of(way.tags, "highway"));
  Street street;
  street.source_id = way.id;
  street.id = std::to_string(way.id);
  street.source_line = way.line;
  const std::string_view korean_name = value_of(way.tags, "name:ko");
  street.name = korean && !korean_name.empty() ? korean_name : value_of(way.tags, "name");
  if (street.name.empty()) street.name = value_of(way.tags, "ref");
  street.road_class = custom.road_class;
  street.link = custom.road_class == RoadClass::kRamp;
  const std::string_view oneway = value_of(way.tags, "oneway"), junction = value_of(way.tags, "junction");
  street.roundabout = junction == "roundabout" || junction == "circular";
  reversed = oneway == "-1" || oneway == "reverse";
  const bool implied = street.roundabout || custom.road_class == RoadClass::kMotorway ||
                       value_of(way.tags, "highway") == "motorway_link";
  const bool one_way = reversed || yes(oneway) || (oneway.empty() && implied);
  if (!oneway.empty() && !one_way && !is_no(oneway) && oneway != "0" && oneway != "false")
    notes.add(tag(std::string("oneway=").append(oneway), "` counts as both ways"), way);
  count_lanes(way, custom, one_way, street, notes);
  set_limits(way, custom, korean, street, notes);
  set_lane_facts(way, korean, left_hand, street, notes);
  set_walks(way.tags, street);
  set_place(way, street, notes);
  if (const auto width = parse_metres(value_of(way.tags, "width")))
    if (const double lane = *width / (street.lanes_forward + street.lanes_backward); lane >= 2.5 && lane <= 4.5)
      street.lane_width_m = lane;
  const bool bus_road = value_of(way.tags, "highway") == "busway" ||
                        (is_no(value_of(way.tags, "motor_vehicle")) || is_no(value_of(way.tags, "access")));
  if (bus_road)
    for (auto* facts : {&street.facts_forward, &street.facts_backward})
      for (LaneFact& fact : *facts) fact.bus = always();
  for (const std::string_view key : kUnused)
    if (!value_of(way.tags, key).empty()) notes.add(tag(key, "` is not used"), way);
  return street;
}

std::optional<double> parse_speed(std::string_view text, bool korean) {
  text = trim(split(text, ';').front());
  if (text == "none") return 130 * kKmh;
  if (text == "walk") return 7 * kKmh;
  if (text == "signals" || text == "variable" || text == "sign" || text == "markings") return std::nullopt;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos || text.substr(0, 4) == "zone") {
    const bool kr = korean || text.substr(0, 2) == "KR";
    std::string_view zone = colon == std::string_view::npos ? text : text.substr(colon + 1);
    if (zone == "urban") return 50 * kKmh;
    if (zone == "rural") return (kr ? 80 : 100) * kKmh;
    if (zone == "motorway") return (kr ? 100 : 130) * kKmh;
    if (zone == "living_street") return (kr ? 20 : 7) * kKmh;
    if (zone.substr(0, 4) == "zone") zone.remove_prefix(4);
    while (!zone.empty() && zone.front() == ':') zone.remove_prefix(1);
    const auto number = parse_double(zone);
    if (number && *number >= 5 && *number <= 150) return *number * kKmh;
    return std::nullopt;
  }
  double unit = kKmh;
  for (const auto& [name, mps] :
       {std::pair<std::string_view, double>{"mph", 0.44704}, {"knots", 1852.0 / 3600.0}, {"km/h", kKmh}, {"kmh", kKmh}})
    if (text.size() > name.size() && text.substr(text.size() - name.size()) == name) {
      unit = mps;
      text = trim(text.substr(0, text.size() - name.size()));
      break;
    }
  const auto number = parse_double(text);
  const bool plausible = number && *number * unit > 0.5 && *number * unit < 60;
  return plausible ? std::optional(*number * unit) : std::nullopt;
}

std::optional<double> parse_metres(std::string_view text) {
  text = trim(text);
  double unit = 1;
  if (!text.empty() && text.back() == 'm') text = trim(text.substr(0, text.size() - 1));
  if (!text.empty() && text.back() == '\'') unit = 0.3048, text.remove_suffix(1);
  const auto number = parse_double(text);
  return number && *number > 0 && *number < 1000 ? std::optional(*number * unit) : std::nullopt;
}

std::vector<BusHours> parse_hours(std::string_view text) {
  static constexpr std::array<std::string_view, 7> kDays = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};
  const auto day = [](std::string_view word) {
    return static_cast<int>(std::find(kDays.begin(), kDays.end(), word) - kDays.begin());
  };
  const auto minute = [](std::string_view word) -> int {
    if (word.size() != 5 || word[2] != ':') return -1;
    const auto hours = parse_int(word.substr(0, 2)), minutes = parse_int(word.substr(3));
    return hours && minutes && *hours >= 0 && *hours <= 24 && *minutes >= 0 && *minutes < 60 ? *hours * 60 + *minutes
                                                                                             : -1;
  };
  std::vector<BusHours> out;
  std::uint32_t weekdays = 0x7f;
  std::string plain;
  for (const char c : text) plain += c == '(' || c == ')' || c == ';' || c == ',' ? ' ' : c;
  for (const std::string_view word : split(plain, ' ')) {
    const std::vector<std::string_view> ends = split(word, '-');
    const int from = day(ends.front()), to = day(ends.back());
    if (from < 7 && to < 7) {
      weekdays = 0;
      for (int d = from;; d = (d + 1) % 7) {
        weekdays |= 1u << d;
        if (d == to) break;
      }
    } else if (ends.size() == 2 && minute(ends[0]) >= 0 && minute(ends[1]) >= 0) {
      out.push_back({minute(ends[0]), minute(ends[1]), weekdays});
    }
  }
  return out;
}

std::vector<std::uint8_t> parse_arrows(std::string_view text) {
  std::vector<std::uint8_t> out;
  for (const std::string_view lane : split(text, '|')) {
    std::uint8_t arrows = 0;
    for (const std::string_view word : split(lane, ';')) {
      if (word == "through") arrows |= kArrowThrough;
      if (word == "left" || word == "slight_left" || word == "sharp_left") arrows |= kArrowLeft;
      if (word == "right" || word == "slight_right" || word == "sharp_right") arrows |= kArrowRight;
      if (word == "reverse") arrows |= kArrowBack;
    }
    out.push_back(arrows);
  }
  return out;
}

}  // namespace bitgoeul::maps::osm
