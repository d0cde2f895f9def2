#include "maps/map_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "maps/compiled_map.h"
#include "maps/detail/crowding.h"
#include "maps/detail/freeze.h"
#include "maps/lane_index.h"
#include "maps/route_bounds.h"
#include "maps/xml.h"

namespace bitgoeul::maps {
namespace detail {

TextRef Freezer::text(const std::string& value) {
  if (value.empty()) return {};
  const auto [at, fresh] = texts.try_emplace(value);
  if (fresh) {
    at->second = {static_cast<std::uint32_t>(map.text.size()), static_cast<std::uint32_t>(value.size())};
    map.text += value;
  }
  return at->second;
}

void Freezer::keep(OwnerKind kind, Row owner, const std::vector<ExtraDraft>& extras) {
  for (const ExtraDraft& extra : extras) map.extras.push_back({text(extra.element), text(extra.text), kind, owner});
}

void Freezer::report(sim::Severity severity, int line, std::string where, std::string what, std::string remedy) {
  sim::Issue issue;
  issue.severity = severity;
  issue.file = draft.source;
  issue.line = line;
  issue.where = readable(std::move(where));
  issue.what = readable(std::move(what));
  issue.remedy = std::move(remedy);
  issues.push_back(std::move(issue));
}

std::string Freezer::road_name(Row road) const { return "<road id=\"" + roads[road]->id + "\">"; }

std::string Freezer::lane_name(Row lane) const {
  return road_name(map.lanes[lane].road) + " lane " + std::to_string(map.lanes[lane].odr_id);
}

Row Freezer::lane_of(Row section, std::int32_t id) const {
  const Range lanes_range = map.sections[section].lanes;
  for (Row lane = lanes_range.begin; lane < lanes_range.end; ++lane)
    if (map.lanes[lane].odr_id == id) return lane;
  return kNone;
}

Row Freezer::road_of(const std::string& id) const {
  const auto at = road_rows.find(id);
  return at == road_rows.end() ? kNone : at->second;
}

Row Freezer::junction_of(const std::string& id) const {
  const auto at = junction_rows.find(id);
  return at == junction_rows.end() ? kNone : at->second;
}

bool drives_with_s(const Lane& lane) { return lane.direction > 0; }

}  // namespace detail

namespace {

GeoBox box_of(const Map& map) {
  GeoBox box;
  if (map.points.empty()) return box;
  const double far = std::numeric_limits<double>::max();
  box = {far, far, -far, -far};
  for (const LanePoint& p : map.points) {
    const double half = 0.5 * p.width;
    box.min_x = std::min(box.min_x, p.x - half);
    box.min_y = std::min(box.min_y, p.y - half);
    box.max_x = std::max(box.max_x, p.x + half);
    box.max_y = std::max(box.max_y, p.y + half);
  }
  return box;
}

}  // namespace

sim::Result<std::shared_ptr<const Map>> freeze(MapBuilder builder, sim::Issues& issues, const FreezeOptions& options) {
  detail::Freezer f{builder, issues, options, {}, {}, {}, {}, {}, {}, {}};
  Map& map = f.map;
  map.name = builder.name;
  map.source = builder.source;
  map.notice = builder.notice;
  map.projection = builder.projection;
  map.offset_x = builder.offset_x;
  map.offset_y = builder.offset_y;
  map.offset_z = builder.offset_z;
  map.offset_heading = builder.offset_heading;

  freeze_roads(f);
  const auto any = std::any_of(map.lanes.begin(), map.lanes.end(), [](const Lane& l) { return drivable(l.type); });
  if (!any)
    return sim::fail("the map has no drivable lane", builder.source, 0, {},
                     "see the issues above it; a map needs at least one lane of a driving type");
  freeze_points(f);
  if (auto fits = detail::check_crowding(f); !fits) return tl::unexpected(fits.error());
  freeze_links(f);
  freeze_neighbours(f);
  freeze_junctions(f);
  freeze_speeds(f);
  freeze_signals(f);
  freeze_conflicts(f);
  freeze_tapers(f);
  freeze_reachability(f);
  freeze_objects(f);
  f.keep(OwnerKind::kMap, 0, builder.extras);
  std::stable_sort(map.extras.begin(), map.extras.end(), [](const Extra& a, const Extra& b) {
    return std::pair(a.kind, a.owner) < std::pair(b.kind, b.owner);
  });
  builder = {};  // the drafts are done with; what follows takes memory of its own
  map.box = box_of(map);
  build_lane_index(map);
  if (map.lanes.size() >= kLandmarksFromLanes) build_landmarks(map);
  map.hash = map_hash(map);
  return std::make_shared<const Map>(std::move(map));
}

}  // namespace bitgoeul::maps
