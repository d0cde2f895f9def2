#include "maps/lanelet2/lanelet2.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "maps/detail/junction_clusters.h"
#include "maps/detail/road_finder.h"
#include "maps/lanelet2/regulations.h"
#include "maps/xml.h"

namespace bitgoeul::maps::lanelet2 {
namespace {

using sim::Severity;
using sim::Vec3;

RoadClass class_of(const Lanelet& lanelet) {
  const std::string &subtype = tag(lanelet.relation->tags, "subtype"),
                    &location = tag(lanelet.relation->tags, "location");
  if (subtype == "highway") return location == "urban" ? RoadClass::kPrimary : RoadClass::kMotorway;
  return subtype == "play_street" ? RoadClass::kResidential : RoadClass::kUnknown;
}

FreeLane lane_of(const Document& document, const std::vector<Lanelet>& lanelets, std::size_t row) {
  const Lanelet& lanelet = lanelets[row];
  FreeLane lane;
  lane.id = lanelet.id;
  lane.name = tag(lanelet.relation->tags, "road_name");
  lane.center = lanelet.center;
  double s = 0;
  for (std::size_t i = 0; i < lanelet.center.size(); ++i) {
    if (i > 0) s += (lanelet.center[i] - lanelet.center[i - 1]).head<2>().norm();
    lane.widths.push_back({s, lanelet.widths[i]});
  }
  lane.type = lanelet.type;
  lane.road_class = class_of(lanelet);
  lane.speed_mps = lanelet.speed_mps;
  const Tags &left = document.ways[lanelet.left.way].tags, &right = document.ways[lanelet.right.way].tags;
  lane.left_mark = mark_of(left, lanelet.left.turned, lane.left_color);
  lane.right_mark = mark_of(right, lanelet.right.turned, lane.right_color);
  const auto neighbour = [&](std::ptrdiff_t other, bool on_left, std::string& id, bool& change) {
    if (other < 0 || !drivable(lanelet.type) || !drivable(lanelets[static_cast<std::size_t>(other)].type)) return;
    id = lanelets[static_cast<std::size_t>(other)].id;
    const Border& border = on_left ? lanelet.left : lanelet.right;
    change = !lanelet.inside && may_cross(on_left ? left : right, border.turned, !on_left);
  };
  neighbour(lanelet.beside_left, true, lane.left, lane.change_left);
  neighbour(lanelet.beside_right, false, lane.right, lane.change_right);
  lane.line = lanelet.relation->line;
  return lane;
}

std::vector<int> junctions_of(const std::vector<Lanelet>& lanelets) {
  std::vector<detail::ClusterLane> lanes;
  for (const Lanelet& lanelet : lanelets) {
    detail::ClusterLane lane{&lanelet.center, lanelet.from, lanelet.to, lanelet.inside, {}};
    for (const std::ptrdiff_t other : {lanelet.beside_left, lanelet.beside_right})
      if (other >= 0) lane.beside.push_back(static_cast<std::size_t>(other));
    lanes.push_back(std::move(lane));
  }
  return detail::cluster_junctions(lanes);
}

struct Made {
  FreeNetwork network;
  std::vector<std::ptrdiff_t> rows;  // lanelet -> lane
};

Made make_network(const Document& document, const std::vector<Lanelet>& lanelets) {
  Made made;
  made.rows.assign(lanelets.size(), -1);
  const std::vector<int> junctions = junctions_of(lanelets);
  int most = -1;
  for (std::size_t i = 0; i < lanelets.size(); ++i) {
    if (lanelets[i].use != Use::kLane) continue;
    made.rows[i] = static_cast<std::ptrdiff_t>(made.network.lanes.size());
    made.network.lanes.push_back(lane_of(document, lanelets, i));
    FreeLane& lane = made.network.lanes.back();
    if (junctions[i] >= 0) lane.junction = detail::junction_id(junctions[i]);
    most = std::max(most, junctions[i]);
    for (const std::size_t next : lanelets[i].next) lane.next.push_back(lanelets[next].id);
  }
  for (int i = 0; i <= most; ++i) {
    JunctionDraft junction;
    junction.id = detail::junction_id(i);
    made.network.junctions.push_back(std::move(junction));
  }
  return made;
}

void add_object(const detail::RoadFinder& finder, std::string id, std::string type, ObjectKind kind,
                std::vector<Vec3> outline, int line, MapBuilder& builder) {
  if (outline.size() > 3 && (outline.front() - outline.back()).norm() < 1e-3) outline.pop_back();
  if (outline.size() < 3) return;
  ObjectDraft object;
  object.id = std::move(id);
  object.type = std::move(type);
  object.kind = kind;
  object.outline = std::move(outline);
  object.line = line;
  Vec3 middle = Vec3::Zero();
  for (const Vec3& p : object.outline) middle += p / static_cast<double>(object.outline.size());
  if (const auto place = finder.find(middle, {}, 60)) {
    object.road = builder.roads[place->road].id;
    object.s = place->s, object.t = place->t, object.z_offset = place->z_offset;
  }
  builder.objects.push_back(std::move(object));
}

// Both borders as one outline.
std::vector<Vec3> outline_of(const Lanelet& lanelet) {
  std::vector<Vec3> outline = lanelet.left_line;
  outline.insert(outline.end(), lanelet.right_line.rbegin(), lanelet.right_line.rend());
  return outline;
}

// The ways of a multipolygon, put end to end; empty when they do not close.
std::vector<Vec3> ring_of(const Document& document, const Relation& relation) {
  std::vector<std::vector<std::size_t>> parts;
  for (const Member& member : relation.members)
    if (const auto at = document.way_rows.find(member.ref); member.role == "outer" && at != document.way_rows.end())
      if (document.ways[at->second].points.size() > 1) parts.push_back(document.ways[at->second].points);
  if (parts.empty()) return {};
  std::vector<std::size_t> ring = parts[0];
  parts.erase(parts.begin());
  for (bool grown = true; grown && !parts.empty();) {
    grown = false;
    for (auto part = parts.begin(); part != parts.end(); ++part) {
      if (part->back() == ring.back()) std::reverse(part->begin(), part->end());
      if (part->front() != ring.back()) continue;
      ring.insert(ring.end(), part->begin() + 1, part->end());
      parts.erase(part);
      grown = true;
      break;
    }
  }
  if (!parts.empty() || ring.front() != ring.back()) return {};
  std::vector<Vec3> points;
  for (const std::size_t row : ring) points.push_back(document.points[row].at);
  return points;
}

ObjectKind kind_of_area(const std::string& subtype) {
  if (subtype == "building") return ObjectKind::kBuilding;
  if (subtype == "parking") return ObjectKind::kParkingSpace;
  if (subtype == "traffic_island") return ObjectKind::kTrafficIsland;
  return ObjectKind::kOther;
}

void add_areas(const Document& document, const detail::RoadFinder& finder, MapBuilder& builder, detail::Tally& tally) {
  for (const Relation& relation : document.relations) {
    if (tag(relation.tags, "type") != "multipolygon") continue;
    std::vector<Vec3> ring = ring_of(document, relation);
    if (ring.size() < 4) {
      tally.add(Severity::kWarning, document.file, "the outer ways of an area do not close; left out",
                "relation " + relation.id, relation.line);
      continue;
    }
    const std::string& subtype = tag(relation.tags, "subtype");
    add_object(finder, relation.id, subtype, kind_of_area(subtype), std::move(ring), relation.line, builder);
  }
}

// Walls, fences and guard rails stand as thin bands.
std::vector<Vec3> band_of(const std::vector<Vec3>& line) {
  std::vector<Vec3> outline, back;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const Vec3 d = line[std::min(i + 1, line.size() - 1)] - line[i == 0 ? 0 : i - 1];
    const double n = d.head<2>().norm(), half = n > 0 ? 0.1 / n : 0;
    const Vec3 side(-half * d.y(), half * d.x(), 0);
    outline.push_back(line[i] + side);
    back.push_back(line[i] - side);
  }
  outline.insert(outline.end(), back.rbegin(), back.rend());
  return outline;
}

void add_ways(const Document& document, const detail::RoadFinder& finder, MapBuilder& builder, detail::Tally& tally) {
  static const std::set<std::string> kBarriers = {"wall", "fence", "guard_rail", "jersey_barrier", "gate"};
  // Borders of lanelets and members of rules: read where they are used.
  static const std::set<std::string> kElsewhere = {
      "",          "line_thin",     "line_thick",  "virtual",      "curbstone",    "road_border", "pedestrian_marking",
      "stop_line", "traffic_light", "light_bulbs", "bike_marking", "zebra_marking"};
  for (const Way& way : document.ways) {
    const std::string& type = tag(way.tags, "type");
    if (kBarriers.count(type) != 0 && way.points.size() > 1)
      add_object(finder, way.id, type, ObjectKind::kBarrier, band_of(line_of(document, way)), way.line, builder);
    else if (type == "hatched_road_markings" || type == "parking_space" || type == "building")
      add_object(finder, way.id, type,
                 type == "parking_space" ? ObjectKind::kParkingSpace
                 : type == "building"    ? ObjectKind::kBuilding
                                         : ObjectKind::kRoadMark,
                 line_of(document, way), way.line, builder);
    else if (kElsewhere.count(type) == 0)
      tally.add(Severity::kInfo, document.file, "way type " + type + " is not used", "way " + way.id, way.line);
  }
}

void add_furniture(const Document& document, const std::vector<Lanelet>& lanelets, MapBuilder& builder,
                   detail::Tally& tally) {
  const detail::RoadFinder finder(builder.roads);
  for (const Lanelet& lanelet : lanelets)
    if (lanelet.use != Use::kLane)
      add_object(finder, lanelet.id, tag(lanelet.relation->tags, "subtype"),
                 lanelet.use == Use::kCrosswalk ? ObjectKind::kCrosswalk : ObjectKind::kOther, outline_of(lanelet),
                 lanelet.relation->line, builder);
  add_areas(document, finder, builder, tally);
  add_ways(document, finder, builder, tally);
}

void report_unknown_relations(const Document& document, detail::Tally& tally) {
  static const std::set<std::string> kKnown = {"lanelet", "regulatory_element", "multipolygon"};
  for (const Relation& relation : document.relations)
    if (kKnown.count(tag(relation.tags, "type")) == 0)
      tally.add(Severity::kWarning, document.file,
                "relation type \"" + tag(relation.tags, "type") + "\" is not known; ignored", "relation " + relation.id,
                relation.line);
}

}  // namespace

bool is_lanelet2_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string head(4096, '\0'), chunk(1 << 16, '\0'), kept;
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  if (head.find("<osm") == std::string::npos) return false;
  if (head.find("VMB") != std::string::npos || head.find("generator=\"lanelet2\"") != std::string::npos) return true;
  std::error_code error;
  if (std::filesystem::file_size(file, error) > XmlLimits{}.max_bytes || error) return false;
  stream.clear();
  stream.seekg(0);
  while (stream) {
    stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    kept += chunk.substr(0, static_cast<std::size_t>(stream.gcount()));
    if (kept.find("\"lanelet\"") != std::string::npos || kept.find("'lanelet'") != std::string::npos) return true;
    if (kept.size() > 16) kept.erase(0, kept.size() - 16);
  }
  return false;
}

sim::Result<MapBuilder> read_file(const std::filesystem::path& file, sim::Issues& issues) {
  detail::Tally tally;
  auto document = read_document(file, issues, tally);
  if (!document) return tl::unexpected(document.error());
  const std::vector<Lanelet> lanelets = read_lanelets(*document, tally);
  report_unknown_relations(*document, tally);
  const bool any = std::any_of(lanelets.begin(), lanelets.end(),
                               [](const Lanelet& l) { return l.use == Use::kLane && drivable(l.type); });
  if (!any) {
    tally.flush(issues);
    return sim::fail("the file holds no lanelet that vehicles drive on", file.string(), 0, {},
                     "a Lanelet2 map has relations of type lanelet and subtype road");
  }
  MapBuilder builder;
  builder.name = file.parent_path().filename().string();
  if (file.stem() != "lanelet2_map") builder.name = file.stem().string();
  builder.source = file.string();
  builder.projection = document->projection;
  builder.offset_x = document->offset_x;
  builder.offset_y = document->offset_y;
  Made made = make_network(*document, lanelets);
  apply_rules(*document, lanelets, made.rows, made.network, tally);
  add_free_lanes(made.network, builder, issues);
  add_lights(*document, lanelets, made.rows, made.network, builder, tally);
  add_furniture(*document, lanelets, builder, tally);
  tally.flush(issues);
  return builder;
}

}  // namespace bitgoeul::maps::lanelet2
