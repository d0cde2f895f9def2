// OpenDRIVE 1.8, clause 13: objects, repeated objects, bridges and tunnels.
#include <algorithm>
#include <cmath>

#include "maps/opendrive/reader.h"
#include "maps/reference_line.h"
#include "sim/math.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr std::size_t kMaxWithCopies = 100'000;  // objects of a file beyond which nothing is repeated

constexpr std::pair<std::string_view, ObjectKind> kKinds[] = {
    {"crosswalk", ObjectKind::kCrosswalk},
    {"parkingSpace", ObjectKind::kParkingSpace},
    {"building", ObjectKind::kBuilding},
    {"pole", ObjectKind::kPole},
    {"streetLamp", ObjectKind::kPole},
    {"guide-post", ObjectKind::kPole},
    {"rail-pole", ObjectKind::kPole},
    {"tree", ObjectKind::kTree},
    {"vegetation", ObjectKind::kTree},
    {"barrier", ObjectKind::kBarrier},
    {"soundBarrier", ObjectKind::kBarrier},
    {"railing", ObjectKind::kBarrier},
    {"wall", ObjectKind::kBarrier},
    {"guardRail", ObjectKind::kBarrier},
    {"trafficIsland", ObjectKind::kTrafficIsland},
    {"roadMark", ObjectKind::kRoadMark},
    {"obstacle", ObjectKind::kObstacle},
};

// Object types are free text in old files, so an unknown one is no error.
ObjectKind object_kind(const std::string& type) {
  for (const auto& [name, kind] : kKinds)
    if (name == type) return kind;
  return ObjectKind::kOther;
}

struct Repeat {
  double s = 0, length = 0, distance = 0;
  double t_start = 0, t_end = 0, z_start = 0, z_end = 0;
  double width_start = 0, width_end = 0, length_start = 0, length_end = 0, height_start = 0, height_end = 0;
  bool cubic = false;  // t runs by the polynomial t_start, b, c, d instead of linearly to t_end
  double b = 0, c = 0, d = 0;
  bool straight = false;  // from the first place to the last on a straight line, whatever the road does

  double t_at(double ds) const {
    if (cubic) return t_start + ds * (b + ds * (c + ds * d));
    return length > 0 ? t_start + ds / length * (t_end - t_start) : t_start;
  }
};

bool read_repeat(const ObjectDraft& object, XmlElement element, Repeat& repeat) {
  repeat = {object.s,
            0,
            0,
            object.t,
            object.t,
            object.z_offset,
            object.z_offset,
            object.width,
            object.width,
            object.length,
            object.length,
            object.height,
            object.height};
  if (!required_number(element, "s", repeat.s, -kMaxLengthM, kMaxLengthM)) return false;
  if (!required_number(element, "length", repeat.length, 0, kMaxLengthM)) return false;
  if (!required_number(element, "distance", repeat.distance, 0, kMaxLengthM)) return false;
  const std::pair<const char*, double*> places[] = {{"tStart", &repeat.t_start},
                                                    {"tEnd", &repeat.t_end},
                                                    {"zOffsetStart", &repeat.z_start},
                                                    {"zOffsetEnd", &repeat.z_end}};
  for (const auto& [name, value] : places) optional_number(element, name, *value, -kMaxLengthM, kMaxLengthM);
  const std::pair<const char*, double*> sizes[] = {
      {"widthStart", &repeat.width_start}, {"widthEnd", &repeat.width_end},       {"lengthStart", &repeat.length_start},
      {"lengthEnd", &repeat.length_end},   {"heightStart", &repeat.height_start}, {"heightEnd", &repeat.height_end}};
  for (const auto& [name, value] : sizes) optional_number(element, name, *value, 0, kMaxLengthM);
  for (auto [name, value] : {std::pair{"bT", &repeat.b}, {"cT", &repeat.c}, {"dT", &repeat.d}})
    repeat.cubic = optional_number(element, name, *value, -kMaxCoefficient, kMaxCoefficient) || repeat.cubic;
  repeat.straight = read_yes_no(element, "detachFromReferenceLine");
  if (const XmlElement e = element; e.attribute("radiusStart") || e.attribute("radiusEnd")) {
    double start = 0.5 * repeat.width_start, end = 0.5 * repeat.width_end;
    optional_number(e, "radiusStart", start, 0, kMaxLengthM);
    optional_number(e, "radiusEnd", end, 0, kMaxLengthM);
    repeat.width_start = repeat.length_start = 2 * start;
    repeat.width_end = repeat.length_end = 2 * end;
  }
  return true;
}

void add(Reader& reader, XmlElement element, ObjectDraft object) {
  if (reader.map.objects.size() >= kMaxObjects) {
    element.error("more than " + std::to_string(kMaxObjects) + " objects; this one is left out", "object_count");
    return;
  }
  reader.map.objects.push_back(std::move(object));
}

// distance 0: one continuous object from s to s + length.
void add_strip(Reader& reader, const RoadDraft& road, XmlElement element, ObjectDraft object, const Repeat& r) {
  object.s = r.s;
  object.t = r.t_start;
  object.length = r.length;
  object.width = std::max(r.width_start, r.width_end);
  object.height = std::max(r.height_start, r.height_end);
  object.heading = 0;
  if (r.straight)
    object.outline = straight_outline(road, r.s, r.length, r.t_start, r.t_at(r.length), r.width_start, r.width_end,
                                      r.z_start, r.z_end);
  else
    object.outline = strip_outline(
        road, r.s, r.length, [&r](double ds) { return r.t_at(ds); }, r.width_start, r.width_end, r.z_start, r.z_end);
  add(reader, element, std::move(object));
}

// 13.4: onto the straight line between the first and the last place, as (s, t) of the road.
void straighten(const RoadDraft& road, const Repeat& r, double f, ObjectDraft& copy) {
  const sim::Vec3 first = road_point(road, r.s, r.t_start, 0),
                  last = road_point(road, r.s + r.length, r.t_at(r.length), 0);
  const sim::Vec3 at = first + f * (last - first);
  for (int i = 0; i < 20; ++i) {  // towards the foot; roads bend little within a repetition
    const CurvePoint ref = evaluate(road.plan_view, std::clamp(copy.s, 0.0, road.length));
    double sine = 0, cosine = 0;
    sim::sincos(ref.heading, sine, cosine);
    const double ahead = (at.x() - ref.x) * cosine + (at.y() - ref.y) * sine;
    copy.t = (at.y() - ref.y) * cosine - (at.x() - ref.x) * sine;
    copy.s = std::clamp(copy.s + ahead / std::max(0.1, 1.0 - ref.curvature * copy.t), 0.0, road.length);
    copy.heading = sim::atan2(last.y() - first.y(), last.x() - first.x()) - ref.heading;
    if (std::abs(ahead) < 1e-4) break;
  }
}

void add_copies(Reader& reader, const RoadDraft& road, XmlElement element, const ObjectDraft& object, const Repeat& r) {
  const double wanted = std::floor(r.length / r.distance + 1e-9) + 1;
  if (wanted > static_cast<double>(kMaxRepeats)) {
    element.error("repeats more than " + std::to_string(kMaxRepeats) + " times; the repetition is left out",
                  "object_repeat", "make distance greater");
    return;
  }
  const int count = static_cast<int>(wanted);
  if (reader.map.objects.size() + static_cast<std::size_t>(count) > kMaxWithCopies) {
    element.error("the file repeats its objects more than " + std::to_string(kMaxWithCopies) +
                      " times; this repetition is left out",
                  "object_count", "make distances greater");
    return;
  }
  for (int i = 0; i < count; ++i) {
    ObjectDraft copy = object;
    const double ds = i * r.distance, f = r.length > 0 ? ds / r.length : 0.0;
    copy.s = r.s + ds;
    copy.t = r.t_at(ds);
    if (r.straight) straighten(road, r, f, copy);
    copy.z_offset = r.z_start + f * (r.z_end - r.z_start);
    copy.width = r.width_start + f * (r.width_end - r.width_start);
    copy.length = r.length_start + f * (r.length_end - r.length_start);
    copy.height = r.height_start + f * (r.height_end - r.height_start);
    read_outline(road, element.parent(),
                 {copy.s, copy.t, copy.z_offset, copy.heading, copy.s - object.s, copy.t - object.t}, copy);
    if (i > 0) copy.extras.clear();
    if (i > 0) copy.id.append("#").append(std::to_string(i));
    add(reader, element, std::move(copy));
  }
}

void read_size(ObjectDraft& object, XmlElement element) {
  double radius = 0;
  if (optional_number(element, "radius", radius, 0, kMaxLengthM)) object.length = object.width = 2 * radius;
  optional_number(element, "length", object.length, 0, kMaxLengthM);
  optional_number(element, "width", object.width, 0, kMaxLengthM);
  optional_number(element, "height", object.height, 0, kMaxLengthM);
}

bool read_object_base(Reader& reader, const RoadDraft& road, XmlElement element, ObjectDraft& object) {
  object.road = road.id;
  object.line = element.line();
  if (!required_number(element, "s", object.s, -kMaxLengthM, kMaxLengthM)) return false;
  if (!required_number(element, "t", object.t, -kMaxLengthM, kMaxLengthM)) return false;
  element.optional("id", object.id);
  if (!object.id.empty() && !reader.object_ids.insert(object.id).second)
    element.info("the object id \"" + object.id + "\" is used before", "id_unique", "give each object its own id");
  element.optional("name", object.name);
  element.optional("type", object.type);
  // Tools that know no type write "-1" or nothing and put it into the name.
  object.kind = object_kind(object.type.empty() || object.type == "-1" ? object.name : object.type);
  optional_number(element, "zOffset", object.z_offset, -kMaxLengthM, kMaxLengthM);
  optional_number(element, "hdg", object.heading, -kMaxTurnRad, kMaxTurnRad);
  read_size(object, element);
  if (element.child("parkingSpace")) {
    keep_whole(element.child("parkingSpace"), "", object.extras);
    if (object.kind == ObjectKind::kOther) object.kind = ObjectKind::kParkingSpace;
  }
  return true;
}

// Our roads are a bridge or a tunnel as a whole; the place along the road is not kept.
void read_structure(bool& flag, XmlElement element, const std::string& name, std::vector<ExtraDraft>& extras) {
  element.info("the " + name + " counts for the whole road; its extent is kept as data", name + "_extent");
  keep_whole(element, "objects/", extras);
  flag = true;
}

// Markings, borders and skeletons name corners by their ids, so that the outlines stay beside them as they stand.
void keep_corners(XmlElement element, ObjectDraft& object) {
  const auto named = [](const ExtraDraft& e) {
    return e.element == "markings" || e.element == "borders" || e.element == "outline/markings";
  };
  if (std::none_of(object.extras.begin(), object.extras.end(), named)) return;
  const XmlElement outlines = element.child("outlines"), outline = element.child("outline");
  if (outlines) object.extras.push_back({"outlines", outlines.xml()});
  if (outline) object.extras.push_back({"outline", outline.xml()});
}

void read_object(Reader& reader, const RoadDraft& road, XmlElement element) {
  ObjectDraft object;
  if (!read_object_base(reader, road, element, object)) return;
  (void)element.child("outline");
  (void)element.child("outlines");
  (void)element.child("repeat");
  keep_rest(element, "", object.extras);
  bool repeated = false;
  for (XmlElement e = element.child("repeat"); e; e = e.next("repeat")) {
    Repeat repeat;
    if (!read_repeat(object, e, repeat)) continue;
    repeated = true;
    if (repeat.distance <= 0)
      add_strip(reader, road, e, object, repeat);
    else
      add_copies(reader, road, e, object, repeat);
  }
  if (repeated) return;
  const ObjectPlace place{object.s, object.t, object.z_offset, object.heading};
  std::vector<ObjectDraft> more;
  read_outline(road, element, place, object);
  keep_corners(element, object);
  read_more_outlines(road, element, place, object, more);
  add(reader, element, std::move(object));
  for (ObjectDraft& other : more) add(reader, element, std::move(other));
}

}  // namespace

void read_objects(Reader& reader, RoadDraft& road, XmlElement objects) {
  for (XmlElement e = objects.child("object"); e; e = e.next("object")) read_object(reader, road, e);
  for (XmlElement e = objects.child("bridge"); e; e = e.next("bridge"))
    read_structure(road.bridge, e, "bridge", road.extras);
  for (XmlElement e = objects.child("tunnel"); e; e = e.next("tunnel"))
    read_structure(road.tunnel, e, "tunnel", road.extras);
  keep_rest(objects, "objects/", road.extras);
}

}  // namespace bitgoeul::maps::opendrive
