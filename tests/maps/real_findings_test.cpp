// Real maps: how often `map check` finds an error of each rule. Whose fault each is: data/real_map_findings.md.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "maps/map_check.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;

namespace {

using Counts = std::map<std::string, int>;

struct RealMap {
  const char* path;
  Counts errors;
};

}  // namespace

TEST_CASE("map check finds no error in real maps but those that the files have") {
  const RealMap kMaps[] = {
      {"city_scale/BadHersfeld/osm/osm_bbox.osm.xml.gz", {{"overlap", 2}, {"program_conflict", 1}}},
      {"osm_korea/asanH/map/asanH.osm", {}},
      {"osm_korea/dgist_daegu.osm", {}},
      {"lanelet2/lanelet2_example/lanelet2_maps/res/mapping_example.osm", {{"kink", 1}, {"overlap", 2}}},
      {"lanelet2/autoware_core/testing/autoware_test_utils/test_map/overlap/lanelet2_map.osm", {{"overlap", 3}}},
      {"lanelet2/autoware_core/testing/autoware_test_utils/test_map/lanelet2_map.osm", {}},
      {"lanelet2/autoware_core/testing/autoware_test_utils/test_map/2km_test.osm", {}},
      {"lanelet2/autoware_core/testing/autoware_test_utils/test_map/intersection/lanelet2_map.osm", {}},
      {"lanelet2/autoware_core/common/autoware_lanelet2_utils/sample_map/vm_03/right_hand/lanelet2_map.osm", {}},
      {"ngii/kiapi_dm2019_epsg5179", {{"overlap", 2}}},
      {"ngii/swdsld_oldmodel/map_shapes", {{"kink", 2}, {"overlap", 12}}},
  };
  for (const RealMap& real : kMaps) {
    const std::filesystem::path path = tests::shared_data() / real.path;
    if (!std::filesystem::exists(path)) {
      MESSAGE("skipped, not there: ", path.string());
      continue;
    }
    CAPTURE(real.path);
    const MapReport report = check_map_file(path.string(), {});
    REQUIRE(report.map != nullptr);
    Counts errors;
    std::string told;
    for (const sim::Issue& issue : report.issues)
      if (issue.severity == sim::Severity::kError) ++errors[issue.rule], told += sim::to_string(issue) + "\n";
    CHECK_MESSAGE(errors == real.errors, told);
  }
}
