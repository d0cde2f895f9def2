// The rules behind check_text, one function per rule, grouped in files rules_*.cpp by chapter of the norm. Each appends
// its findings through FileCheck::find. Used only inside maps/opendrive; one thread.
#pragma once

#include <string>

#include "maps/map_check.h"
#include "maps/opendrive/file_model.h"

namespace bitgoeul::maps::opendrive {

struct FileCheck {
  const FileModel& model;
  const std::string& file;
  sim::Issues& issues;
  std::string_view rule = {};  // that runs now
  sim::Severity severity = sim::Severity::kError;
  std::size_t found = 0;  // by the rule that runs now

  // At most kMostFindings of one rule are kept; check_text adds how many there were beyond.
  static constexpr std::size_t kMostFindings = 1000;
  void find(XmlElement element, std::string what, std::string remedy = {});
};

std::string number(double value);  // short, for messages

// rules_header.cpp
void header_missing(FileCheck& check);
void version_missing(FileCheck& check);
void version_unsupported(FileCheck& check);
// rules_schema.cpp
void schema(FileCheck& check);
// rules_ids.cpp
void id_repeated(FileCheck& check);
void lane_id_repeated(FileCheck& check);
void reference_unknown(FileCheck& check);
void lane_reference_unknown(FileCheck& check);
// rules_order.cpp: elements of one kind in ascending order
void geometry_order(FileCheck& check);
void elevation_order(FileCheck& check);
void shape_order(FileCheck& check);
void lane_offset_order(FileCheck& check);
void lane_section_order(FileCheck& check);
void width_order(FileCheck& check);
void border_order(FileCheck& check);
void road_mark_order(FileCheck& check);
void material_order(FileCheck& check);
void lane_speed_order(FileCheck& check);
void access_order(FileCheck& check);
void lane_height_order(FileCheck& check);
void lane_rule_order(FileCheck& check);
// rules_geometry.cpp
void reference_line_missing(FileCheck& check);
void geometry_shape(FileCheck& check);
void reference_line_gap(FileCheck& check);
void reference_line_kink(FileCheck& check);
void road_length_sum(FileCheck& check);
void parampoly3_frame(FileCheck& check);
void parampoly3_length(FileCheck& check);
void parampoly3_arc_length_range(FileCheck& check);
void surface_and_superelevation(FileCheck& check);
// rules_roads.cpp
void road_link_ambiguous(FileCheck& check);
void road_link_one_sided(FileCheck& check);
void road_link_to_itself(FileCheck& check);
void road_contact_point(FileCheck& check);
// rules_lanes.cpp
void lane_section_missing(FileCheck& check);
void lane_section_length(FileCheck& check);
void lane_section_start(FileCheck& check);
void center_lane_missing(FileCheck& check);
void center_lane_id(FileCheck& check);
void center_lane_width(FileCheck& check);
void lane_side(FileCheck& check);
void lane_numbering(FileCheck& check);
void width_and_border(FileCheck& check);
void border_and_offset(FileCheck& check);
void width_start(FileCheck& check);
void border_overlap(FileCheck& check);
void access_mixed(FileCheck& check);
void lane_level_side(FileCheck& check);
// rules_lane_links.cpp
void lane_link_one_sided(FileCheck& check);
void lane_zero_width_start(FileCheck& check);
void lane_zero_width_end(FileCheck& check);
void appearing_lane_linked(FileCheck& check);
void lane_border_gap(FileCheck& check);
// rules_junctions.cpp
void junction_linked_road(FileCheck& check);
void junction_direct_connecting_road(FileCheck& check);
void connecting_road_incoming(FileCheck& check);
void connecting_road_repeated(FileCheck& check);
void connection_repeated(FileCheck& check);
void connection_start_linkage(FileCheck& check);
void connection_end_linkage(FileCheck& check);
void priority_pair(FileCheck& check);
// rules_objects.cpp
void object_orientation(FileCheck& check);
void object_shape(FileCheck& check);
void object_kind_parts(FileCheck& check);
void outline_corners(FileCheck& check);
void corner_road_count(FileCheck& check);
void corner_local_count(FileCheck& check);
void polyline_vertices(FileCheck& check);
void vertex_road_count(FileCheck& check);
void vertex_local_count(FileCheck& check);
void corner_reference_unknown(FileCheck& check);
void border_whole_outline(FileCheck& check);
void border_part_outline(FileCheck& check);
void validity_range(FileCheck& check);
// rules_signals.cpp
void signal_reference_unknown(FileCheck& check);
void controller_signals(FileCheck& check);
void multi_board_parts(FileCheck& check);
void multi_board_dynamic(FileCheck& check);
// rules_redundant.cpp
void redundant_element(FileCheck& check);

}  // namespace bitgoeul::maps::opendrive
