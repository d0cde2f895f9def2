// OpenDRIVE 1.8, clause 13.2 to 13.4: where objects stand, outlines in road and local coordinates, strips of repeated
// objects.
#include <algorithm>
#include <cmath>

#include "maps/opendrive/reader.h"
#include "maps/reference_line.h"
#include "sim/math.h"

namespace bitgoeul::maps::opendrive {

namespace {

sim::Vec3 local_point(const RoadDraft& road, const ObjectPlace& place, double u, double v, double z) {
  const double heading = evaluate(road.plan_view, place.s).heading + place.heading;
  double sine = 0, cosine = 0;
  sim::sincos(heading, sine, cosine);
  const sim::Vec3 origin = road_point(road, place.s, place.t, place.z_offset);
  return origin + sim::Vec3(u * cosine - v * sine, u * sine + v * cosine, z);
}

// Corners carry the height of the object above them.
void raise(XmlElement corner, ObjectDraft& out) {
  double height = 0;
  skip(corner, {"id"});
  if (optional_number(corner, "height", height, 0, kMaxLengthM)) out.height = std::max(out.height, height);
}

bool read_corner_road(const RoadDraft& road, XmlElement corner, const ObjectPlace& place, ObjectDraft& out) {
  double s = 0, t = 0, dz = 0;
  if (!required_number(corner, "s", s, -kMaxLengthM, kMaxLengthM)) return false;
  if (!required_number(corner, "t", t, -kMaxLengthM, kMaxLengthM)) return false;
  optional_number(corner, "dz", dz, -kMaxLengthM, kMaxLengthM);
  raise(corner, out);
  out.outline.push_back(road_point(road, s + place.ds, t + place.dt, dz));
  return true;
}

bool read_corner_local(const RoadDraft& road, XmlElement corner, const ObjectPlace& place, ObjectDraft& out) {
  double u = 0, v = 0, z = 0;
  if (!required_number(corner, "u", u, -kMaxLengthM, kMaxLengthM)) return false;
  if (!required_number(corner, "v", v, -kMaxLengthM, kMaxLengthM)) return false;
  optional_number(corner, "z", z, -kMaxLengthM, kMaxLengthM);
  raise(corner, out);
  out.outline.push_back(local_point(road, place, u, v, z));
  return true;
}

// 1.4 has one <outline> in <object>; since 1.5 they stand in <outlines>. The first outer one is the object's shape.
std::vector<XmlElement> find_outlines(XmlElement object, bool wanted_outer) {
  const XmlElement outlines = object.child("outlines");
  std::vector<XmlElement> found;
  for (XmlElement e = (outlines ? outlines : object).child("outline"); e; e = e.next("outline")) {
    bool outer = true;
    e.optional("outer", outer);
    if (outer == wanted_outer) found.push_back(e);
  }
  return found;
}

void read_corners(const RoadDraft& road, XmlElement outline, const ObjectPlace& place, ObjectDraft& out) {
  out.outline.clear();
  skip(outline, {"id"});
  for (XmlElement e = outline.child("cornerRoad"); e; e = e.next("cornerRoad")) read_corner_road(road, e, place, out);
  for (XmlElement e = outline.child("cornerLocal"); e; e = e.next("cornerLocal"))
    read_corner_local(road, e, place, out);
  if (out.outline.size() < 2) {
    outline.warning("has fewer than two corners; the object's box is used", "outline_corners",
                    "add <cornerRoad> or <cornerLocal>");
    out.outline.clear();
  }
  keep_rest(outline, "outline/", out.extras);
  for (sim::Vec3& p : out.outline) p = {sim::snap(p.x()), sim::snap(p.y()), sim::snap(p.z())};
}

}  // namespace

sim::Vec3 road_point(const RoadDraft& road, double s, double t, double h) {
  const double on_road = std::clamp(s, 0.0, road.length);
  const CurvePoint point = evaluate(road.plan_view, on_road);
  double sine = 0, cosine = 0, roll_sine = 0, roll_cosine = 1;
  sim::sincos(point.heading, sine, cosine);
  if (!road.superelevation.empty()) sim::sincos(evaluate(road.superelevation, on_road), roll_sine, roll_cosine);
  const double left = t * roll_cosine - h * roll_sine;
  const double ahead = s - on_road;  // beyond an end: straight on
  return {point.x - left * sine + ahead * cosine, point.y + left * cosine + ahead * sine,
          evaluate(road.elevation, on_road) + t * roll_sine + h * roll_cosine};
}

void read_outline(const RoadDraft& road, XmlElement object, const ObjectPlace& place, ObjectDraft& out) {
  out.outline.clear();
  const std::vector<XmlElement> outlines = find_outlines(object, true);
  if (!outlines.empty()) read_corners(road, outlines.front(), place, out);
}

void read_more_outlines(const RoadDraft& road, XmlElement object, const ObjectPlace& place, ObjectDraft& first,
                        std::vector<ObjectDraft>& out) {
  for (const XmlElement inner : find_outlines(object, false)) keep_whole(inner, "outlines/", first.extras);
  const std::vector<XmlElement> outlines = find_outlines(object, true);
  for (std::size_t i = 1; i < outlines.size(); ++i) {
    ObjectDraft other = first;
    other.extras.clear();
    other.id.append("/").append(std::to_string(i + 1));
    read_corners(road, outlines[i], place, other);
    if (!other.outline.empty()) out.push_back(std::move(other));
  }
}

std::vector<sim::Vec3> straight_outline(const RoadDraft& road, double s, double length, double t_start, double t_end,
                                        double width_start, double width_end, double z_start, double z_end) {
  const sim::Vec3 first = road_point(road, s, t_start, z_start), last = road_point(road, s + length, t_end, z_end);
  const double dx = last.x() - first.x(), dy = last.y() - first.y(), run = std::max(sim::hypot(dx, dy), 1e-9);
  const sim::Vec3 left(-dy / run, dx / run, 0);
  std::vector<sim::Vec3> corners{first + 0.5 * width_start * left, last + 0.5 * width_end * left,
                                 last - 0.5 * width_end * left, first - 0.5 * width_start * left};
  for (sim::Vec3& p : corners) p = {sim::snap(p.x()), sim::snap(p.y()), sim::snap(p.z())};
  return corners;
}

std::vector<sim::Vec3> strip_outline(const RoadDraft& road, double s, double length,
                                     const std::function<double(double)>& t_at, double width_start, double width_end,
                                     double z_start, double z_end) {
  constexpr double kStepM = 2.0;
  const int steps = static_cast<int>(std::clamp(std::ceil(length / kStepM), 1.0, 1000.0));
  std::vector<sim::Vec3> left, right;
  for (int i = 0; i <= steps; ++i) {
    const double f = static_cast<double>(i) / steps;
    const double t = t_at(f * length), z = z_start + f * (z_end - z_start);
    const double half = 0.5 * (width_start + f * (width_end - width_start));
    left.push_back(road_point(road, s + f * length, t + half, z));
    right.push_back(road_point(road, s + f * length, t - half, z));
  }
  left.insert(left.end(), right.rbegin(), right.rend());
  for (sim::Vec3& p : left) p = {sim::snap(p.x()), sim::snap(p.y()), sim::snap(p.z())};
  return left;
}

}  // namespace bitgoeul::maps::opendrive
