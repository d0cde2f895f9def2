// OpenDRIVE 1.8, clause 13: objects with their outlines, bridges and tunnels.
#include <cmath>

#include "maps/lane_index.h"
#include "maps/opendrive/writer.h"
#include "maps/road_position.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr double kFarM = 200.0;

// Where the object stands by the road; one that belongs to none stands by the nearest.
struct Place {
  Row road = kNone;
  double s = 0, t = 0;
};

Place place_of(const Map& map, const Object& object) {
  if (object.road != kNone) return {object.road, object.s, object.t};
  LaneQuery query;
  query.max_distance_m = kFarM;
  query.drivable_only = false;
  const auto lane = nearest_lane(map, object.x, object.y, query);
  if (!lane) return {};
  const auto on_road = to_road(map, map.lanes[lane->lane].road, object.x, object.y, 2 * kFarM);
  return on_road ? Place{on_road->road, on_road->s, on_road->t} : Place{};
}

void write_outline(Writer& w, const Object& object) {
  if (object.outline.empty()) return;
  double sine = 0, cosine = 1;
  sim::sincos(object.heading, sine, cosine);
  w.xml.begin("outlines");
  w.xml.begin("outline");
  w.xml.attribute("id", 0);
  w.xml.attribute("outer", "true");
  w.xml.attribute("closed", "true");
  const auto points = Map::rows(w.map.outline_points, object.outline);
  for (std::size_t i = 0; i + 2 < points.size(); i += 3) {
    const double dx = points[i] - object.x, dy = points[i + 1] - object.y;
    w.xml.element("cornerLocal", "u", dx * cosine + dy * sine, "v", dy * cosine - dx * sine, "z",
                  points[i + 2] - object.z, "height", object.height, "id", static_cast<std::int32_t>(i / 3));
  }
  w.xml.end();
  w.xml.end();
}

void write_object(Writer& w, const Object& object) {
  const Place place = place_of(w.map, object);
  const WorldPose ground = to_world(w.map, RoadPosition{place.road, place.s, place.t, 0}),
                  above = to_world(w.map, RoadPosition{place.road, place.s, place.t, 1});
  w.xml.begin("object");
  w.xml.attribute("id", w.text(object.id));
  if (object.name.size > 0) w.xml.attribute("name", w.text(object.name));
  if (object.type.size > 0) w.xml.attribute("type", w.text(object.type));
  w.xml.attribute("s", place.s);
  w.xml.attribute("t", place.t);
  w.xml.attribute("zOffset", (object.z - ground.z) / (above.z - ground.z));
  w.xml.attribute("hdg", sim::wrap_angle(object.heading - ground.heading));
  w.xml.attribute("orientation", "none");
  w.xml.attribute("length", object.length);
  w.xml.attribute("width", object.width);
  w.xml.attribute("height", object.height);
  write_outline(w, object);
  w.xml.end();
}

void write_structure(Writer& w, Row row, const char* element, const char* type) {
  w.xml.element(element, "id", std::string(element) + "_" + w.road_id(row), "s", 0.0, "length", w.map.roads[row].length,
                "type", type);
}

}  // namespace

void plan_objects(Writer& w) {
  w.objects.resize(w.map.roads.size());
  for (Row row = 0; row < static_cast<Row>(w.map.objects.size()); ++row) {
    const Row road = place_of(w.map, w.map.objects[row]).road;
    if (road == kNone)
      ++w.left_out["objects stand too far from any road; left out"];
    else
      w.objects[static_cast<std::size_t>(road)].push_back(row);
  }
}

void write_objects(Writer& w, Row row) {
  const Road& road = w.map.roads[row];
  const std::vector<Row>& objects = w.objects[static_cast<std::size_t>(row)];
  if (objects.empty() && road.bridge == 0 && road.tunnel == 0) return;
  w.xml.begin("objects");
  for (const Row object : objects) write_object(w, w.map.objects[object]);
  if (road.tunnel != 0) write_structure(w, row, "tunnel", "standard");
  if (road.bridge != 0) write_structure(w, row, "bridge", "concrete");
  w.xml.end();
}

}  // namespace bitgoeul::maps::opendrive
