#include "maps/lanelet2/regulations.h"

#include <algorithm>
#include <set>

#include "maps/detail/approach_signals.h"
#include "maps/detail/polyline_fit.h"

namespace bitgoeul::maps::lanelet2 {
namespace {

using sim::Severity;
using sim::Vec2;
using sim::Vec3;

// Lanelets by what refers to them, and back.
struct Index {
  std::map<std::string, std::size_t> by_id;
  std::map<std::string, std::vector<std::size_t>> ruled;  // regulatory element -> lanelets that name it
  std::vector<std::vector<std::size_t>> before;
};

Index index_of(const std::vector<Lanelet>& lanelets) {
  Index index;
  index.before.resize(lanelets.size());
  for (std::size_t i = 0; i < lanelets.size(); ++i) {
    index.by_id.try_emplace(lanelets[i].id, i);
    for (const Member& member : lanelets[i].relation->members)
      if (member.role == "regulatory_element") index.ruled[member.ref].push_back(i);
    for (const std::size_t next : lanelets[i].next) index.before[next].push_back(i);
  }
  return index;
}

std::vector<Vec2> plane_of(const Lanelet& lanelet) {
  std::vector<Vec2> plane;
  for (const Vec3& p : lanelet.center) plane.emplace_back(p.x(), p.y());
  return plane;
}

bool drives(const Lanelet& lanelet) { return lanelet.use == Use::kLane && drivable(lanelet.type); }

// Lanes inside junctions that the lanelet's rule is about: itself, or those it leads into.
std::vector<std::size_t> movements_of(const std::vector<Lanelet>& lanelets, std::size_t row) {
  if (lanelets[row].inside) return {row};
  std::vector<std::size_t> out;
  for (const std::size_t next : lanelets[row].next)
    if (lanelets[next].inside) out.push_back(next);
  return out;
}

// The lanelet, or those before it, whose last stretch the line crosses.
void stop_at(const Document& document, const Way& way, const std::vector<Lanelet>& lanelets, const Index& index,
             const std::vector<std::ptrdiff_t>& rows, const std::vector<std::size_t>& ruled, FreeNetwork& network,
             detail::Tally& tally) {
  if (way.points.size() < 2) return;
  const Vec2 a = document.points[way.points.front()].at.head<2>(), b = document.points[way.points.back()].at.head<2>();
  bool used = false;
  for (const std::size_t row : ruled) {
    std::vector<std::size_t> candidates = lanelets[row].inside ? index.before[row] : std::vector<std::size_t>{row};
    for (const std::size_t candidate : candidates) {
      if (rows[candidate] < 0) continue;
      const detail::StopPlace stop = detail::stop_before_end(lanelets[candidate].center, a, b);
      if (stop.before_end_m < 0) continue;
      FreeLane& lane = network.lanes[static_cast<std::size_t>(rows[candidate])];
      lane.stop_distance_m = stop.before_end_m, lane.stop_slant = stop.slant;
      used = true;
    }
  }
  if (!used && !ruled.empty())
    tally.add(Severity::kInfo, document.file, "a stop line crosses none of the lanelets that it is for; not used",
              "way " + way.id, way.line);
}

const Way* way_of(const Document& document, const Member& member) {
  const auto at = document.way_rows.find(member.ref);
  return at == document.way_rows.end() ? nullptr : &document.ways[at->second];
}

void apply_right_of_way(const Relation& relation, const std::vector<Lanelet>& lanelets, const Index& index,
                        FreeNetwork& network) {
  std::vector<std::size_t> high, low;
  for (const Member& member : relation.members) {
    const auto at = index.by_id.find(member.ref);
    if (at == index.by_id.end()) continue;
    if (member.role == "right_of_way") high.push_back(at->second);
    if (member.role == "yield") low.push_back(at->second);
  }
  for (const std::size_t h : high)
    for (const std::size_t hm : movements_of(lanelets, h))
      for (const std::size_t l : low)
        for (const std::size_t lm : movements_of(lanelets, l))
          for (const FreeLane& lane : network.lanes)
            if (lane.id == lanelets[hm].id && !lane.junction.empty())
              for (JunctionDraft& junction : network.junctions)
                if (junction.id == lane.junction) junction.priorities.push_back({lanelets[hm].id, lanelets[lm].id});
}

void apply_speed(const Document& document, const Relation& relation, const std::vector<std::size_t>& ruled,
                 const std::vector<std::ptrdiff_t>& rows, FreeNetwork& network, detail::Tally& tally) {
  const std::string& text =
      tag(relation.tags, "speed_limit").empty() ? tag(relation.tags, "sign_type") : tag(relation.tags, "speed_limit");
  const double speed = speed_of(text);
  if (speed <= 0) {
    tally.add(Severity::kWarning, document.file, "a speed_limit element gives no speed (\"" + text + "\"); ignored",
              "relation " + relation.id, relation.line, "give it a tag speed_limit");
    return;
  }
  for (const std::size_t row : ruled)
    if (rows[row] >= 0) network.lanes[static_cast<std::size_t>(rows[row])].speed_mps = speed;
}

void all_way_stop(const std::vector<Lanelet>& lanelets, const std::vector<std::size_t>& ruled,
                  const std::vector<std::ptrdiff_t>& rows, FreeNetwork& network) {
  for (const std::size_t row : ruled)
    for (const std::size_t movement : movements_of(lanelets, row))
      if (rows[movement] >= 0)
        for (JunctionDraft& junction : network.junctions)
          if (junction.id == network.lanes[static_cast<std::size_t>(rows[movement])].junction)
            junction.control = JunctionControl::kRightBeforeLeft;
}

const std::vector<std::size_t>& ruled_by(const Index& index, const std::string& id) {
  static const std::vector<std::size_t> kNobody;
  const auto at = index.ruled.find(id);
  return at == index.ruled.end() ? kNobody : at->second;
}

}  // namespace

void apply_rules(const Document& document, const std::vector<Lanelet>& lanelets,
                 const std::vector<std::ptrdiff_t>& rows, FreeNetwork& network, detail::Tally& tally) {
  const Index index = index_of(lanelets);
  for (const auto& [id, ruled] : index.ruled)
    if (document.relation_rows.count(id) == 0)
      tally.add(Severity::kWarning, document.file, "a lanelet names a regulatory element that is not in the file",
                "lanelet " + lanelets[ruled[0]].id, lanelets[ruled[0]].relation->line);
  for (const Relation& relation : document.relations) {
    if (tag(relation.tags, "type") != "regulatory_element") continue;
    const std::string& subtype = tag(relation.tags, "subtype");
    const std::vector<std::size_t>& ruled = ruled_by(index, relation.id);
    if (subtype == "right_of_way")
      apply_right_of_way(relation, lanelets, index, network);
    else if (subtype == "speed_limit")
      apply_speed(document, relation, ruled, rows, network, tally);
    else if (subtype == "all_way_stop")
      all_way_stop(lanelets, ruled, rows, network);
    else if (subtype != "traffic_light" && subtype != "traffic_sign" && subtype != "road_marking")
      tally.add(Severity::kInfo, document.file, "regulatory element " + subtype + " is not used",
                "relation " + relation.id, relation.line);
    for (const Member& member : relation.members) {
      const Way* way = way_of(document, member);
      const bool stop = member.role == "ref_line" ||
                        (member.role == "refers" && way != nullptr && tag(way->tags, "type") == "stop_line");
      if (stop && way != nullptr && subtype != "detection_area" && subtype != "no_stopping_area")
        stop_at(document, *way, lanelets, index, rows, ruled, network, tally);
    }
  }
}

namespace {

// One light: a way, with all the movements that elements which refer to it rule.
struct Head {
  std::set<std::size_t> movements, approaches;
};

void collect_heads(const Document& document, const std::vector<Lanelet>& lanelets, const Index& index,
                   std::map<std::size_t, Head>& heads, detail::Tally& tally) {
  for (const Relation& relation : document.relations) {
    if (tag(relation.tags, "type") != "regulatory_element" || tag(relation.tags, "subtype") != "traffic_light")
      continue;
    const auto& ruled = ruled_by(index, relation.id);
    for (const Member& member : relation.members) {
      if (member.role != "refers") continue;
      const Way* way = way_of(document, member);
      if (way == nullptr || way->points.empty()) {
        tally.add(Severity::kWarning, document.file, "a traffic light element names a way that is not in the file",
                  "relation " + relation.id, relation.line);
        continue;
      }
      Head& head = heads[document.way_rows.at(member.ref)];
      for (const std::size_t row : ruled) {
        if (!drives(lanelets[row])) continue;
        head.approaches.insert(row);
        for (const std::size_t movement : movements_of(lanelets, row)) head.movements.insert(movement);
      }
    }
  }
}

}  // namespace

void add_lights(const Document& document, const std::vector<Lanelet>& lanelets, const std::vector<std::ptrdiff_t>& rows,
                const FreeNetwork& network, MapBuilder& builder, detail::Tally& tally) {
  const Index index = index_of(lanelets);
  std::map<std::size_t, Head> heads;
  collect_heads(document, lanelets, index, heads, tally);
  const detail::RoadFinder finder(builder.roads);
  detail::ApproachPrograms programs;
  for (const auto& [way_row, head] : heads) {
    const Way& way = document.ways[way_row];
    SignalDraft signal;
    signal.id = way.id;
    signal.name = tag(way.tags, "subtype");
    signal.country = "OpenDRIVE";
    const bool people = signal.name == "red_green" || head.approaches.empty();
    signal.type = people ? "1000002" : "1000001";
    signal.subtype = "-1";
    signal.dynamic = true;
    signal.height = 0.4, signal.width = people ? 0.4 : 1.2;
    signal.line = way.line;
    Vec3 at = Vec3::Zero();
    for (const std::size_t point : way.points) at += document.points[point].at / static_cast<double>(way.points.size());
    std::vector<std::string> preferred;
    std::string junction;
    double heading = 0, longest = 0, speed = 0;
    int best = -1;
    for (const std::size_t row : head.movements) {
      if (rows[row] < 0) continue;
      const FreeLane& lane = network.lanes[static_cast<std::size_t>(rows[row])];
      signal.connecting_roads.push_back(lane.id);
      junction = lane.junction;
      speed = std::max(speed, lane.speed_mps);
      longest = std::max(longest, (lane.center.back() - lane.center.front()).head<2>().norm() * 1.2);
      // How they arrive: best told by those who go straight on; pieces further inside the junction have turned already,
      // and some files give turns the light of another approach.
      const auto& before = index.before[row];
      const bool enters = before.empty() || !lanelets[before.front()].inside,
                 straight = tag(lanelets[row].relation->tags, "turn_direction") == "straight";
      const int rank = enters ? (straight ? 2 : 1) : 0;
      if (rank <= best) continue;
      best = rank;
      heading = before.empty() ? detail::start_heading(plane_of(lanelets[row]))
                               : detail::end_heading(plane_of(lanelets[before.front()]));
    }
    if (people && !head.movements.empty() && signal.name != "red_green") signal.type = "1000001";
    if (people) signal.connecting_roads.clear();
    if (!detail::place_signal(signal, finder, builder.roads, at, signal.connecting_roads,
                              sim::wrap_angle(heading + sim::kPi)))
      continue;
    if (!signal.connecting_roads.empty()) programs.add(junction, signal.id, heading, longest, speed);
    builder.signals.push_back(std::move(signal));
  }
  tally.add(Severity::kInfo, document.file,
            "a signal program made up: the file has lights but no times; each approach has its turn of 20 s", {}, 0, {},
            programs.finish(builder));
}

}  // namespace bitgoeul::maps::lanelet2
