// The rule maps of ASAM's quality checker: for every file the verdict of the rule that it is named after, and a table
// of how many of the rules are covered.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "maps/map_check.h"
#include "maps/opendrive/check_file.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
namespace fs = std::filesystem;

namespace {

// Files whose path begins with `prefix` are about these rules of ours.
struct Named {
  const char* prefix;
  std::vector<const char*> rules;
};

const Named kNamed[] = {
    {"valid_xml_document/", {"xml_document"}},
    {"root_tag_is_opendrive/", {"root_tag"}},
    {"fileheader_is_present/", {"header_missing"}},
    {"version_is_defined/", {"version_missing"}},
    {"valid_schema/unsupported_schema", {"version_unsupported"}},
    {"valid_schema/", {"schema"}},
    {"junction_connection_linkage/", {"connection_start_linkage", "connection_end_linkage"}},
    {"junctions_connection_connect_road_no_incoming_road/", {"connecting_road_incoming"}},
    {"junctions_connection_one_connection_element/", {"connecting_road_repeated"}},
    {"junctions_connection_one_link_to_incoming/", {"connection_repeated"}},
    {"performance_avoid_redundant_info/", {"redundant_element"}},
    {"road_geometry_contact_point/", {"road_contact_point"}},
    {"road_geometry_elem_asc_order/", {"geometry_order"}},
    {"road_geometry_param_poly3_length_match/", {"parampoly3_length"}},
    {"road_geometry_parampoly3_arclength_range/", {"parampoly3_arc_length_range"}},
    {"road_geometry_parampoly3_valid_parameters/", {"parampoly3_frame"}},
    {"road_lane_access_no_mix_of_deny_or_allow/", {"access_mixed"}},
    {"road_lane_border_overlap_with_inner_lanes/", {"border_overlap"}},
    {"road_lane_level_true_one_side", {"lane_level_side"}},
    {"road_lane_link_lanes_across_lane_sections/", {"lane_link_one_sided"}},
    {"road_lane_link_new_lane_appear/road_lane_link_new_lane_appear_both_start", {"appearing_lane_linked"}},
    {"road_lane_link_new_lane_appear/road_lane_link_new_lane_appear_end_contact", {"appearing_lane_linked"}},
    {"road_lane_link_new_lane_appear/road_lane_link_new_lane_appear_inside_junction_invalid_2",
     {"appearing_lane_linked"}},
    {"road_lane_link_new_lane_appear/", {"appearing_lane_linked", "lane_zero_width_start", "lane_zero_width_end"}},
    {"road_linkage_is_junction_needed/", {"road_link_ambiguous"}},
    {"smoothness_example/", {"lane_border_gap"}},
    {"not_implemented_yet/rule_104_", {"border_and_offset"}},
    {"not_implemented_yet/rule_178_", {"priority_pair"}},
    {"not_implemented_yet/rule_242_", {"object_orientation"}},
    {"not_implemented_yet/rule_247_", {"outline_corners"}},
    {"not_implemented_yet/rule_253_", {"corner_road_count"}},
    {"not_implemented_yet/rule_255_", {"corner_local_count"}},
    {"not_implemented_yet/rule_257_", {"polyline_vertices"}},
    {"not_implemented_yet/rule_263_", {"vertex_road_count"}},
    {"not_implemented_yet/rule_267_", {"vertex_local_count"}},
    {"not_implemented_yet/rule_284_", {"corner_reference_unknown"}},
    {"not_implemented_yet/rule_285_", {"border_whole_outline"}},
    {"not_implemented_yet/rule_286_", {"border_part_outline"}},
    {"not_implemented_yet/rule_305_", {"object_kind_parts"}},
    {"not_implemented_yet/rule_325_", {"signal_reference_unknown"}},
    {"not_implemented_yet/rule_341_", {"multi_board_parts"}},
    {"not_implemented_yet/rule_343_", {"multi_board_dynamic"}},
    {"not_implemented_yet/rule_371_", {"object_shape"}},
    {"not_implemented_yet/rule_64_", {"surface_and_superelevation"}},
};

const Named* named(const std::string& path) {
  const auto found =
      std::find_if(std::begin(kNamed), std::end(kNamed), [&](const Named& n) { return path.starts_with(n.prefix); });
  return found == std::end(kNamed) ? nullptr : found;
}

// Files of a version before the rule's are sound, whatever they hold.
bool is_bad(const std::string& path) {
  const std::string name = path.substr(path.find('/') + 1);
  const auto holds = [&](const char* word) { return name.find(word) != std::string::npos; };
  if (holds("older_schema_version") || holds("skipped")) return false;
  return holds("invalid") || holds("negative") || holds("close_match") || holds("unsupported");
}

bool reports(const sim::Issues& issues, std::string_view rule) {
  return std::any_of(issues.begin(), issues.end(), [&](const sim::Issue& i) { return i.rule == rule; });
}

fs::path qc_folder() { return tests::shared_data() / "xodr" / "misc" / "qc-opendrive" / "tests" / "data"; }

std::vector<fs::path> qc_files() {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(qc_folder(), error))
    if (entry.path().extension() == ".xodr") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

struct Tally {
  int bad = 0, sound = 0, wrong = 0;
};

}  // namespace

TEST_CASE("the verdict on every rule map is the one that its name says") {
  const std::vector<fs::path> files = qc_files();
  if (files.empty()) {
    MESSAGE("the rule maps are not there: skipped");
    return;
  }
  std::map<std::string, Tally> tallies;
  std::set<std::string> uncovered;
  for (const fs::path& file : files) {
    const std::string path = fs::relative(file, qc_folder()).string();
    const Named* about = named(path);
    if (about == nullptr) {
      uncovered.insert(path.substr(0, path.find('/')));
      continue;
    }
    const sim::Issues issues = maps::opendrive::check_file(file);
    for (const char* rule : about->rules) {
      CAPTURE(path);
      CAPTURE(rule);
      const bool right = reports(issues, rule) == is_bad(path);
      CHECK(right);
      Tally& tally = tallies[rule];
      ++(is_bad(path) ? tally.bad : tally.sound), tally.wrong += !right;
    }
    for (const sim::Issue& issue : issues) {
      CAPTURE(path);
      CAPTURE(issue.rule);
      CHECK((issue.line > 0 || issue.what.starts_with("and ")));
      CHECK(!issue.file.empty());
    }
  }
  std::string table;
  for (const auto& [rule, t] : tallies) CHECK(t.bad > 0);
  for (const auto& [rule, t] : tallies)
    table += "  " + rule + ": " + std::to_string(t.bad) + " bad, " + std::to_string(t.sound) + " sound, " +
             std::to_string(t.wrong) + " wrong\n";
  for (const std::string& folder : uncovered) table += "  no rule: " + folder + "\n";
  // What is left are examples of the norm and of single shapes, which are about no rule.
  CHECK(uncovered == std::set<std::string>{"examples", "utils"});
  CHECK(files.size() == 181);
  MESSAGE("rules covered: ", tallies.size(), " of ", tallies.size() + uncovered.size() - 2, "; files: ", files.size(),
          "\n", table);
}

TEST_CASE("rules have names of their own, a summary, and ids in the norm's form") {
  std::set<std::string_view> names;
  int with_norm = 0;
  for (const maps::CheckRule& rule : maps::all_check_rules()) {
    CAPTURE(std::string(rule.name));
    CHECK(names.insert(rule.name).second);
    CHECK(!rule.summary.empty());
    if (rule.norm.empty()) continue;
    ++with_norm;
    CHECK(rule.norm.starts_with("asam.net:xodr:1."));
  }
  CHECK(names.size() >= 100);
  CHECK(with_norm >= 75);
}
