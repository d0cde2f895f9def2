// What the chapters of the OpenDRIVE reader share: the draft that they fill, the road at hand, numbers with bounds.
// Made by read_text, used only inside maps/opendrive. Each function reads one element of the norm (ASAM OpenDRIVE 1.8;
// clause numbers in the .cpp files) and reports what is wrong with it; a function that returns false has refused its
// element. Thread rule: one thread per reader.
#pragma once

#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "maps/map_builder.h"
#include "maps/xml.h"

namespace bitgoeul::maps::opendrive {

// No road is longer, no map wider (UTM northings reach 1e7 m); what lies beyond is a slip of the pen.
inline constexpr double kMaxLengthM = 1e6;
inline constexpr double kMaxCoordinateM = 1e8;
inline constexpr double kMaxCoefficient = 1e8;
inline constexpr double kMaxCurvature = 100.0;  // 1/m: a circle of 1 cm
inline constexpr double kMaxTurnRad = 1000.0;   // of one piece of geometry
inline constexpr double kMaxHeightM = 1e5;
inline constexpr double kMaxTiltRad = 1.6;  // a wall
inline constexpr double kMaxWidthM = 1e3;   // of a lane, and of a lane offset
inline constexpr double kLengthToleranceM = 0.01;
inline constexpr std::size_t kMaxRepeats = 10'000;     // copies of one object
inline constexpr std::size_t kMaxObjects = 2'000'000;  // of one file, copies included

struct Reader {
  MapBuilder& map;
  std::set<std::string> road_ids, junction_ids, controller_ids, signal_ids, object_ids;
};

// header.cpp
void read_header(Reader& reader, XmlElement header);
// road.cpp
void read_road(Reader& reader, XmlElement road);
// plan_view.cpp: false when the road has no usable reference line.
bool read_plan_view(RoadDraft& road, XmlElement plan_view);
// keep.cpp: children and attributes that the norm knows and nobody here asked for go into the map as text, their names
// below `path`. Called last on an element, after all that is asked for has been asked for.
void keep_rest(XmlElement owner, const std::string& path, std::vector<ExtraDraft>& extras);
// The whole element as text, although parts of it are used.
void keep_whole(XmlElement element, const std::string& path, std::vector<ExtraDraft>& extras);
// profile.cpp
void read_elevation_profile(RoadDraft& road, XmlElement profile);
void read_lateral_profile(RoadDraft& road, XmlElement profile);
// cross_section.cpp: <shape>, <crossSectionSurface> and the <crossfall> of 1.4 become pieces of height over t.
void read_shape(RoadDraft& road, XmlElement profile);
void read_cross_section(RoadDraft& road, XmlElement profile);
void read_crossfall(RoadDraft& road, XmlElement profile);
// lane_rules.cpp: height, level, access, of one lane.
void read_lane_rules(LaneDraft& lane, XmlElement element);
// country.cpp: the limit that a country's law gives a road type without <speed>, 0 where we do not know it.
double legal_speed_mps(std::string_view country, std::string_view road_type);
// lanes.cpp: false when the road has no usable lane section.
bool read_lanes(RoadDraft& road, XmlElement lanes);
// short_sections.cpp: lane sections too short to drive on are taken out, links of lanes, roads and junctions led past
// them.
inline constexpr double kShortestSectionM = 1e-3;
void join_short_sections(MapBuilder& map);
// mid_road_links.cpp: a lane section begins wherever another road meets a road in its middle (virtual junctions).
void split_at_mid_road_links(MapBuilder& map);
// road_marks.cpp: the marks of one lane; the one that covers most of [0, section_length] counts.
void read_road_marks(LaneDraft& lane, XmlElement element, double section_length);
void read_center_marks(SectionDraft& section, XmlElement element, double section_length);
// junctions.cpp
void read_junction(Reader& reader, XmlElement junction);
void read_junction_group(Reader& reader, XmlElement group);
// signals.cpp
void read_signals(Reader& reader, RoadDraft& road, XmlElement signals);
// objects.cpp; bridges and tunnels also mark the road
void read_objects(Reader& reader, RoadDraft& road, XmlElement objects);
// object_outline.cpp: an object's place on its road and its outline in map coordinates.
struct ObjectPlace {
  double s = 0, t = 0, z_offset = 0, heading = 0;  // heading relative to the road's
  double ds = 0, dt = 0;                           // how far a repeated copy lies from the object itself
};
sim::Vec3 road_point(const RoadDraft& road, double s, double t, double h);
// Fills outline, and the height when the object has none but its corners do.
void read_outline(const RoadDraft& road, XmlElement object, const ObjectPlace& place, ObjectDraft& out);
// Further outer outlines are objects of their own, with the id of the first and `/2`, `/3`, ...; inner ones are kept as
// data of the first.
void read_more_outlines(const RoadDraft& road, XmlElement object, const ObjectPlace& place, ObjectDraft& first,
                        std::vector<ObjectDraft>& out);
// Along the road, with t over the way from s; or straight from end to end.
std::vector<sim::Vec3> strip_outline(const RoadDraft& road, double s, double length,
                                     const std::function<double(double)>& t, double width_start, double width_end,
                                     double z_start, double z_end);
std::vector<sim::Vec3> straight_outline(const RoadDraft& road, double s, double length, double t_start, double t_end,
                                        double width_start, double width_end, double z_start, double z_end);
// controllers.cpp
void read_controller(Reader& reader, XmlElement controller);

// common.cpp
// A number within [low, high]; anything else is an Issue, and `out` stays as it was.
bool required_number(XmlElement element, std::string_view name, double& out, double low, double high);
bool optional_number(XmlElement element, std::string_view name, double& out, double low, double high);
// An id that is not empty.
bool required_id(XmlElement element, std::string_view name, std::string& out);
// Attributes `place`, a, b, c, d.
bool read_poly3(XmlElement element, std::string_view place, Poly3& out);
// All children of that name, ascending by s. Disorder is repaired with an Issue; of two at the same place the later one
// counts.
std::vector<Poly3> read_polys(XmlElement parent, std::string_view name, std::string_view place);
// Polynomials whose values exceed the limit somewhere before `end` describe no road: they become 0, with an Issue.
void limit_polys(std::vector<Poly3>& polys, double end, double limit, XmlElement parent, std::string_view name);
// Speed with its unit in m/s; 0 for "no limit" and "undefined" when words are allowed. False when it cannot be read.
bool read_speed(XmlElement element, bool words_allowed, double& speed_mps);
// +1, -1 or 0 from "+", "-", "none".
std::int8_t read_orientation(XmlElement element);
std::vector<Validity> read_validity(XmlElement element);
// "yes" / "no" of the norm, and true / false of some tools.
bool read_yes_no(XmlElement element, std::string_view name);
// Attributes and children that only describe (dates, versions): nothing is lost by not using them.
void skip(XmlElement element, std::initializer_list<std::string_view> attributes);

// vocabulary.cpp: element and attribute names of OpenDRIVE 1.4 to 1.8.
XmlVocabulary vocabulary();
bool known_element(std::string_view name);
bool known_attribute(std::string_view name);

}  // namespace bitgoeul::maps::opendrive
