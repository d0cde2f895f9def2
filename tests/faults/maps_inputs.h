// Map files for the fault campaigns, ways to damage them, and one judge of how a load ended: a named error, or a map
// whose numbers are all finite and that map check reads to the end. Used by tests/faults/maps_*_test.cpp only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::tests {

struct MapText {
  std::string name, text;
};

MapText read_map_text(const std::filesystem::path& file);
std::vector<MapText> own_maps();  // tests/maps/data
// Files with that ending under ../shared/data/FOLDER of at most `max_bytes`, by path; empty when the data is not there.
std::vector<MapText> shared_maps(const std::string& folder, std::size_t max_bytes, const std::string& extension);

// The value of one attribute in the text, found without an XML parser.
struct AttributePlace {
  std::string element, name;
  std::size_t begin = 0, size = 0;
};
std::vector<AttributePlace> attribute_places(const std::string& text);
// The first place of each pair of element and attribute.
std::vector<AttributePlace> distinct_attributes(const std::string& text);

inline constexpr std::size_t kBadValues = 16;
std::string bad_value_name(std::size_t kind);
std::string bad_value(std::size_t kind);  // the text itself; empty for what is missing or given twice
// Not a number, however one reads it: a number's attribute with it must not load in silence.
bool is_no_number(std::size_t kind);
std::string with_bad_value(const std::string& text, const AttributePlace& place, std::size_t kind);

struct MapOutcome {
  bool refused = false;
  std::string complaint;  // what is wrong with how it ended; empty = fine
  sim::Issues issues;     // of reader, freeze and check; the refusal is the last one
};
// Reads the text as OpenDRIVE, freezes it and runs every rule.
MapOutcome try_opendrive(std::string_view text);
// Any map by its path, as `map info` and a run load it, without the cache; then every rule.
MapOutcome try_map_file(const std::filesystem::path& path);
// 4 x the file + 64 MB, the most that a bad input may cost.
std::size_t memory_for(std::string_view text);

bool reports(const sim::Issues& issues, std::string_view rule);

}  // namespace bitgoeul::tests
