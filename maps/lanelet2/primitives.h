// Primitives of a Lanelet2 file as they stand: points in the map's frame, ways and relations with their tags. Filled by
// primitives.cpp, read by the other files in this folder. Plain data.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "maps/detail/tally.h"
#include "maps/map_builder.h"

namespace bitgoeul::maps::lanelet2 {

using Tags = std::map<std::string, std::string>;

struct Point {
  std::string id;
  sim::Vec3 at = sim::Vec3::Zero();
  int line = 0;
};

struct Way {
  std::string id;
  std::vector<std::size_t> points;  // rows of Document::points
  Tags tags;
  int line = 0;
};

struct Member {
  std::string type, ref, role;
};

struct Relation {
  std::string id;
  std::vector<Member> members;
  Tags tags;
  int line = 0;
};

struct Document {
  std::string file;
  std::vector<Point> points;
  std::vector<Way> ways;
  std::vector<Relation> relations;
  std::vector<std::uint32_t> points_by_id;  // rows of points, in the order of their ids
  std::map<std::string, std::size_t> way_rows, relation_rows;
  std::string projection;  // empty: the frame has no place on earth
  double offset_x = 0, offset_y = 0;
};

sim::Result<Document> read_document(const std::filesystem::path& file, sim::Issues& issues, detail::Tally& tally);
const std::string& tag(const Tags& tags, const std::string& key);  // empty: not there
std::optional<std::size_t> point_row(const Document& document, std::string_view id);
std::vector<sim::Vec3> line_of(const Document& document, const Way& way);

}  // namespace bitgoeul::maps::lanelet2
