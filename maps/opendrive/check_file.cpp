#include "maps/opendrive/check_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

using sim::Severity;

struct Rule {
  CheckRule about;
  void (*run)(FileCheck&);
  int since = 0, until = 99;  // minor versions of files that the rule speaks about
};

constexpr Severity kError = Severity::kError, kWarning = Severity::kWarning, kInfo = Severity::kInfo;

// The first two stop everything else, so they have no function.
constexpr Rule kRules[] = {
    {{"xml_document", "text that is not well-formed XML", kError, "asam.net:xodr:1.0.0:xml.valid_xml_document"},
     nullptr},
    {{"root_tag", "a root element other than <OpenDRIVE>", kError, "asam.net:xodr:1.0.0:xml.root_tag_is_opendrive"},
     nullptr},
    {{"header_missing", "a file without header", kError, "asam.net:xodr:1.0.0:xml.fileheader_is_present"},
     header_missing},
    {{"version_missing", "a header without version", kError, "asam.net:xodr:1.0.0:xml.version_is_defined"},
     version_missing},
    {{"version_unsupported", "a version that is not read", kWarning, ""}, version_unsupported},
    {{"schema", "an attribute or child that the schema demands and is missing", kError,
      "asam.net:xodr:1.0.0:xml.valid_schema"},
     schema},
    {{"id_repeated", "two roads, junctions, signals or controllers with one id", kError,
      "asam.net:xodr:1.4.0:ids.id_unique_in_class"},
     id_repeated},
    {{"lane_id_repeated", "two lanes of a section with one id", kError,
      "asam.net:xodr:1.4.0:ids.id_unique_in_lane_section"},
     lane_id_repeated},
    {{"reference_unknown", "a reference to a road, junction, controller or signal that is not there", kError,
      "asam.net:xodr:1.4.0:ids.only_ref_defined_ids"},
     reference_unknown},
    {{"lane_reference_unknown", "a link to a lane that is not there", kError,
      "asam.net:xodr:1.4.0:ids.only_ref_defined_ids"},
     lane_reference_unknown},
    {{"geometry_order", "<geometry> out of order", kError, "asam.net:xodr:1.4.0:road.geometry.elem_asc_order"},
     geometry_order},
    {{"elevation_order", "<elevation> or <superelevation> out of order", kError,
      "asam.net:xodr:1.4.0:road.elevation.elem_asc_order"},
     elevation_order},
    {{"shape_order", "<shape> out of order", kError, "asam.net:xodr:1.4.0:road.shape.elem_asc_order"}, shape_order},
    {{"lane_offset_order", "<laneOffset> out of order", kError,
      "asam.net:xodr:1.4.0:road.lanes.lane_offset.elem_asc_order"},
     lane_offset_order},
    {{"lane_section_order", "<laneSection> out of order", kError,
      "asam.net:xodr:1.4.0:road.lane_section.elem_asc_order"},
     lane_section_order},
    {{"width_order", "<width> out of order", kError, "asam.net:xodr:1.4.0:road.lane.width.elem_asc_order"},
     width_order},
    {{"border_order", "<border> out of order", kError, "asam.net:xodr:1.4.0:road.lane.border.elem_asc_order"},
     border_order},
    {{"road_mark_order", "<roadMark> out of order", kWarning, "asam.net:xodr:1.4.0:road.lane.road_mark.elem_asc_order"},
     road_mark_order},
    {{"material_order", "<material> out of order", kWarning, "asam.net:xodr:1.4.0:road.lane.material.elem_asc_order"},
     material_order},
    {{"lane_speed_order", "<speed> of a lane out of order", kWarning,
      "asam.net:xodr:1.4.0:road.lane.speed.elem_asc_order"},
     lane_speed_order},
    {{"access_order", "<access> out of order", kWarning, "asam.net:xodr:1.4.0:road.lane.access.elem_asc_order"},
     access_order},
    {{"lane_height_order", "<height> of a lane out of order", kWarning,
      "asam.net:xodr:1.4.0:road.lane.height.elem_asc_order"},
     lane_height_order},
    {{"lane_rule_order", "<rule> of a lane out of order", kWarning,
      "asam.net:xodr:1.4.0:road.lane.rule.elem_asc_order"},
     lane_rule_order},
    {{"reference_line_missing", "a road without reference line", kError,
      "asam.net:xodr:1.4.0:road.geometry.refline_exists"},
     reference_line_missing},
    {{"geometry_shape", "a <geometry> with no shape or several", kError,
      "asam.net:xodr:1.4.0:road.geometry.one_geom_elem_per_spec"},
     geometry_shape},
    {{"reference_line_gap", "a gap of more than 1 cm in a reference line", kError,
      "asam.net:xodr:1.4.0:road.geometry.refline_no_gaps"},
     reference_line_gap},
    {{"reference_line_kink", "a kink of more than 1 degree in a reference line", kWarning,
      "asam.net:xodr:1.4.0:road.geometry.refline_no_kinks"},
     reference_line_kink},
    {{"road_length_sum", "a road length that is not the sum of its geometries", kWarning,
      "asam.net:xodr:1.9.0:road.length_sum_geometries"},
     road_length_sum},
    {{"parampoly3_frame", "a paramPoly3 that does not begin at its x, y, hdg", kError,
      "asam.net:xodr:1.7.0:road.geometry.paramPoly3.valid_parameters"},
     parampoly3_frame,
     7},
    {{"parampoly3_length", "a normalized paramPoly3 that is not as long as it says", kWarning,
      "asam.net:xodr:1.7.0:road.geometry.paramPoly3.length_match"},
     parampoly3_length,
     7},
    {{"parampoly3_arc_length_range", "a paramPoly3 whose arc length does not fit its parameter", kError,
      "asam.net:xodr:1.7.0:road.geometry.paramPoly3.arcLength_range"},
     parampoly3_arc_length_range,
     7},
    {{"surface_and_superelevation", "a cross section surface beside superelevation or shape", kError,
      "asam.net:xodr:1.8.0:road.cross_section_surface.no_shape_superelevation"},
     surface_and_superelevation,
     8},
    {{"road_link_ambiguous", "two roads linked to one end of a road without a junction", kError,
      "asam.net:xodr:1.4.0:road.linkage.is_junction_needed"},
     road_link_ambiguous},
    {{"road_link_one_sided", "a road link that the other road does not return", kWarning,
      "asam.net:xodr:1.9.0:road.linkage.both_sides_consistency"},
     road_link_one_sided},
    {{"road_link_to_itself", "a road linked to itself that is no loop", kError, ""}, road_link_to_itself},
    {{"road_contact_point", "linked roads whose reference lines do not meet", kError,
      "asam.net:xodr:1.7.0:road.geometry.contact_point"},
     road_contact_point,
     7},
    {{"lane_section_missing", "a road without lane section", kError,
      "asam.net:xodr:1.4.0:road.lane.lane_sect_min_amount"},
     lane_section_missing},
    {{"lane_section_length", "a lane section without length", kError,
      "asam.net:xodr:1.4.0:road.lane_section.valid_length"},
     lane_section_length},
    {{"lane_section_start", "a first lane section that does not begin at 0", kError,
      "asam.net:xodr:1.9.0:road.lane.lane_sect_first"},
     lane_section_start},
    {{"center_lane_missing", "a lane section without centre lane", kError,
      "asam.net:xodr:1.4.0:road.lane.center_elem_definition"},
     center_lane_missing},
    {{"center_lane_id", "a centre lane whose id is not 0", kError, "asam.net:xodr:1.4.0:road.lane.center_lane_id"},
     center_lane_id},
    {{"center_lane_width", "a centre lane with a width", kWarning,
      "asam.net:xodr:1.4.0:road.lane.center_lane_no_width"},
     center_lane_width},
    {{"lane_side", "a lane on the side that its id does not say", kError,
      "asam.net:xodr:1.4.0:road.lane.lanes_numbered_correctly"},
     lane_side},
    {{"lane_numbering", "a gap in the lanes' numbers", kError, "asam.net:xodr:1.4.0:road.lane.lane_order_no_gaps"},
     lane_numbering},
    {{"width_and_border", "<width> and <border> on one side of a section", kError,
      "asam.net:xodr:1.4.0:road.lane.border.exclusive_width_border"},
     width_and_border},
    {{"border_and_offset", "<laneOffset> in a road with <border>", kError,
      "asam.net:xodr:1.4.0:road.lanes.lane_offset.no_offset_if_border_defined"},
     border_and_offset},
    {{"width_start", "a lane whose width does not begin with its section", kError,
      "asam.net:xodr:1.7.0:road.lane.width.width_defined_whole_section"},
     width_start},
    {{"border_overlap", "a lane border inside of an inner lane", kError,
      "asam.net:xodr:1.4.0:road.lane.border.overlap_with_inner_lanes"},
     border_overlap},
    {{"access_mixed", "allow and deny at one place of a lane", kError,
      "asam.net:xodr:1.7.0:road.lane.access.no_mix_of_deny_or_allow"},
     access_mixed,
     7},
    {{"lane_level_side", "level lanes that do not reach the road's edge, or change along links", kWarning,
      "asam.net:xodr:1.7.0:road.lane.level_true_one_side"},
     lane_level_side,
     7},
    {{"lane_link_one_sided", "a lane link that the other lane does not return", kWarning,
      "asam.net:xodr:1.4.0:road.lane.link.lanes_across_laneSections"},
     lane_link_one_sided},
    {{"lane_zero_width_start", "a predecessor of a lane that begins with no width", kWarning,
      "asam.net:xodr:1.7.0:road.lane.link.zero_width_at_start"},
     lane_zero_width_start,
     7},
    {{"lane_zero_width_end", "a successor of a lane that ends with no width", kWarning,
      "asam.net:xodr:1.7.0:road.lane.link.zero_width_at_end"},
     lane_zero_width_end,
     7},
    {{"appearing_lane_linked", "a link to a lane that appears or ends beside", kWarning,
      "asam.net:xodr:1.4.0:road.lane.link.new_lane_appear"},
     appearing_lane_linked},
    {{"lane_border_gap", "linked lanes whose edges do not meet", kError,
      "asam.net:xodr:1.7.0:lane_smoothness.contact_point_no_horizontal_gaps"},
     lane_border_gap,
     7},
    {{"junction_linked_road", "linkedRoad in a junction that is not direct", kError,
      "asam.net:xodr:1.7.0:junctions.type_default_no_linked_road"},
     junction_linked_road,
     7},
    {{"junction_direct_connecting_road", "connectingRoad in a direct junction", kError,
      "asam.net:xodr:1.7.0:junctions.type_direct_no_conn_road"},
     junction_direct_connecting_road,
     7},
    {{"connecting_road_incoming", "a connecting road that is an incoming road too", kError,
      "asam.net:xodr:1.4.0:junctions.connection.connect_road_no_incoming_road"},
     connecting_road_incoming},
    {{"connecting_road_repeated", "a connecting road with several connections (1.7 only)", kWarning,
      "asam.net:xodr:1.7.0:junctions.connection.one_connection_element"},
     connecting_road_repeated,
     7,
     7},
    {{"connection_repeated", "two connections for one pair of roads, or of a lane that leads out", kError,
      "asam.net:xodr:1.8.0:junctions.connection.one_link_to_incoming"},
     connection_repeated,
     8},
    {{"connection_start_linkage", "contactPoint start where the connecting road ends", kError,
      "asam.net:xodr:1.7.0:junctions.connection.start_along_linkage"},
     connection_start_linkage,
     7},
    {{"connection_end_linkage", "contactPoint end where the connecting road starts", kError,
      "asam.net:xodr:1.7.0:junctions.connection.end_opposite_linkage"},
     connection_end_linkage,
     7},
    {{"priority_pair", "a priority without high or low road", kWarning,
      "asam.net:xodr:1.8.0:junctions.priority.high_and_low_attr"},
     priority_pair,
     8},
    {{"object_orientation", "an object without orientation", kWarning, "asam.net:xodr:1.7.0:road.object.orientation"},
     object_orientation,
     7},
    {{"object_shape", "an object that is round and angular", kWarning,
      "asam.net:xodr:1.7.0:road.object.circular_vs_angular"},
     object_shape,
     7},
    {{"object_kind_parts", "a part that an object of this type does not have", kWarning, ""}, object_kind_parts, 8},
    {{"outline_corners", "an outline without corner", kError,
      "asam.net:xodr:1.7.0:road.object.outline.outline_followed_by_corner"},
     outline_corners,
     7},
    {{"corner_road_count", "an outline with one <cornerRoad>", kError,
      "asam.net:xodr:1.7.0:road.corner_road.element_min_amount"},
     corner_road_count,
     7},
    {{"corner_local_count", "an outline with one <cornerLocal>", kError,
      "asam.net:xodr:1.7.0:road.corner_local.element_min_amount"},
     corner_local_count,
     7},
    {{"polyline_vertices", "a polyline without vertex", kError,
      "asam.net:xodr:1.8.0:road.object.skeleton.polyline_followed_by_vertex"},
     polyline_vertices,
     8},
    {{"vertex_road_count", "a polyline with one <vertexRoad>", kError,
      "asam.net:xodr:1.8.0:road.object.skeleton.vertex_road.element_min_amount"},
     vertex_road_count,
     8},
    {{"vertex_local_count", "a polyline with one <vertexLocal>", kError,
      "asam.net:xodr:1.8.0:road.object.skeleton.vertex_local.element_min_amount"},
     vertex_local_count,
     8},
    {{"corner_reference_unknown", "a <cornerReference> to a corner that is not there", kError,
      "asam.net:xodr:1.7.0:road.object.marking.no_cornerreference_if_no_outline"},
     corner_reference_unknown,
     7},
    {{"border_whole_outline", "corners named by a border of a complete outline", kError,
      "asam.net:xodr:1.7.0:road.object.borders.useCompleteOutline_true"},
     border_whole_outline,
     7},
    {{"border_part_outline", "a border of a part of an outline that names fewer than two corners", kError, ""},
     border_part_outline,
     7},
    {{"validity_range", "a validity whose first lane is greater than its last", kWarning,
      "asam.net:xodr:1.7.0:road.object.validty.from_lower_equal_to"},
     validity_range},
    {{"signal_reference_unknown", "a <signalReference> to what is no signal", kError,
      "asam.net:xodr:1.7.0:road.signal.reference.used_for_signals_only"},
     signal_reference_unknown},
    {{"controller_signals", "a controller without signal", kWarning,
      "asam.net:xodr:1.7.0:road.signal.controller.valid_for_signals"},
     controller_signals},
    {{"multi_board_parts", "a multi board without static or variable board", kError,
      "asam.net:xodr:1.8.0:road.signal.boards.multi_board_have_sub_boards"},
     multi_board_parts,
     8},
    {{"multi_board_dynamic", "a multi board that is not dynamic", kError,
      "asam.net:xodr:1.8.0:road.signal.boards.multi_board_use_dynamic_true"},
     multi_board_dynamic,
     8},
    {{"redundant_element", "an element that goes on as the one before it", kInfo,
      "asam.net:xodr:1.8.1:performance.avoid_redundant_info"},
     redundant_element,
     7},
};

constexpr auto kAbout = [] {
  std::array<CheckRule, std::size(kRules)> about{};
  for (std::size_t i = 0; i < about.size(); ++i) about[i] = kRules[i].about;
  return about;
}();

void add_rest(FileCheck& check) {
  if (check.found <= FileCheck::kMostFindings) return;
  sim::Issue issue = check.issues.back();
  issue.line = issue.column = 0;
  issue.where.clear(), issue.remedy.clear();
  issue.what = fmt::format("and {} more like these", check.found - FileCheck::kMostFindings);
  check.issues.push_back(std::move(issue));
}

void run_rules(FileCheck& check) {
  for (const Rule& rule : kRules) {
    if (rule.run == nullptr || check.model.minor > rule.until) continue;
    if (rule.since > check.model.minor) continue;
    check.rule = rule.about.name;
    check.severity = rule.about.severity;
    check.found = 0;
    rule.run(check);
    add_rest(check);
  }
}

sim::Issue stopped(sim::Issue issue, const Rule& rule) {
  issue.rule = rule.about.name;
  issue.severity = rule.about.severity;
  return issue;
}

// The line of each row, found by ids; lanes by road, place of the section and id.
void find_lines(const FileModel& model, const Map& map, SourceLines& lines) {
  lines.roads.assign(map.roads.size(), 0);
  lines.lanes.assign(map.lanes.size(), 0);
  lines.junctions.assign(map.junctions.size(), 0);
  lines.without_lanes.assign(map.junctions.size(), 0);
  for (std::size_t row = 0; row < map.junctions.size(); ++row)
    if (const FileJunction* junction = model.junction(std::string(map.text_of(map.junctions[row].id))))
      lines.junctions[row] = junction->element.line(),
      lines.without_lanes[row] = junction->type == "direct" || junction->type == "virtual";
  for (std::size_t row = 0; row < map.roads.size(); ++row) {
    const FileRoad* road = model.road(std::string(map.text_of(map.roads[row].id)));
    if (road == nullptr) continue;
    lines.roads[row] = road->element.line();
    const Range sections = map.roads[row].sections;
    std::size_t at = 0;
    for (Row section = sections.begin; section < sections.end; ++section) {
      while (at + 1 < road->sections.size() && road->sections[at + 1].s <= map.sections[section].s + 1e-6) ++at;
      const Range lanes = map.sections[section].lanes;
      for (Row lane = lanes.begin; lane < lanes.end && at < road->sections.size(); ++lane)
        if (const FileLane* found = road->sections[at].lane(map.lanes[lane].odr_id))
          lines.lanes[static_cast<std::size_t>(lane)] = found->element.line();
    }
  }
}

void find_signal_lines(const FileModel& model, const Map& map, SourceLines& lines) {
  std::map<std::string, int> line_of;
  for (const FileRoad& road : model.roads)
    if (const XmlElement list = road.element.child("signals"))
      for (XmlElement e = list.child("signal"); e; e = e.next("signal"))
        line_of.try_emplace(text_of(e, "id"), e.line());
  lines.signals.assign(map.signals.size(), 0);
  for (std::size_t row = 0; row < map.signals.size(); ++row)
    if (const auto found = line_of.find(std::string(map.text_of(map.signals[row].id))); found != line_of.end())
      lines.signals[row] = found->second;
}

sim::Issues check_document(const sim::Result<XmlDocument>& document, const Map* map, SourceLines* lines) {
  sim::Issues issues;
  if (!document) return {stopped(document.error(), kRules[0])};
  const XmlElement root = document->root();
  if (root.name() != "OpenDRIVE")
    return {stopped(sim::fail(fmt::format("is not an OpenDRIVE file: its root element is <{}>", root.name()),
                              document->file(), root.line(), {}, "the root element of OpenDRIVE is <OpenDRIVE>")
                        .value(),
                    kRules[1])};
  const FileModel model = read_model(root);
  FileCheck check{model, document->file(), issues};
  run_rules(check);
  if (map != nullptr && lines != nullptr) {
    find_lines(model, *map, *lines);
    find_signal_lines(model, *map, *lines);
  }
  return issues;
}

}  // namespace

void FileCheck::find(XmlElement element, std::string what, std::string remedy) {
  if (++found > kMostFindings) return;
  sim::Issue issue;
  issue.severity = severity;
  issue.file = file;
  issue.line = element.line();
  issue.column = element.column();
  issue.where = readable(element.where());
  issue.what = readable(std::move(what));
  issue.rule = rule;
  issue.remedy = std::move(remedy);
  issues.push_back(std::move(issue));
}

std::string number(double value) { return fmt::format("{:.6g}", value); }

std::span<const CheckRule> file_rules() { return kAbout; }

sim::Issues check_text(std::string_view text, const std::string& file_name) {
  sim::Issues unused;
  return check_document(XmlDocument::load_text(text, file_name, unused), nullptr, nullptr);
}

sim::Issues check_file(const std::filesystem::path& file, const Map* map, SourceLines* lines) {
  sim::Issues unused;
  return check_document(XmlDocument::load_file(file, unused), map, lines);
}

}  // namespace bitgoeul::maps::opendrive
