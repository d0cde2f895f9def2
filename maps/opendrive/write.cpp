#include "maps/opendrive/write.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "maps/opendrive/writer.h"

namespace bitgoeul::maps::opendrive {

namespace {

void write_header(Writer& w) {
  const Map& map = w.map;
  w.xml.begin("header");
  w.xml.attribute("revMajor", 1);
  w.xml.attribute("revMinor", 8);
  w.xml.attribute("name", map.name);
  w.xml.attribute("version", "1");
  w.xml.attribute("north", map.box.max_y);
  w.xml.attribute("south", map.box.min_y);
  w.xml.attribute("east", map.box.max_x);
  w.xml.attribute("west", map.box.min_x);
  w.xml.attribute("vendor", "Bitgoeul");
  if (!map.projection.empty()) {
    w.xml.begin("geoReference");
    w.xml.cdata(map.projection);
    w.xml.end();
  }
  if (map.offset_x != 0 || map.offset_y != 0 || map.offset_z != 0 || map.offset_heading != 0)
    w.xml.element("offset", "x", map.offset_x, "y", map.offset_y, "z", map.offset_z, "hdg", map.offset_heading);
  if (!map.notice.empty()) w.xml.element("userData", "code", "notice", "value", map.notice);
  w.xml.end();
}

// One above the greatest number that stands as an id.
int free_id(const Map& map) {
  int greatest = 0;
  const auto look = [&](std::string_view id) {
    int value = 0;
    if (id.empty() || id.size() > 8) return;
    for (const char c : id) {
      if (c < '0' || c > '9') return;
      value = 10 * value + (c - '0');
    }
    greatest = std::max(greatest, value);
  };
  for (const Road& road : map.roads) look(map.text_of(road.id));
  for (const Junction& junction : map.junctions) look(map.text_of(junction.id));
  return greatest + 1;
}

void report(Writer& w) {
  for (const auto& [what, count] : w.left_out) {
    sim::Issue issue;
    issue.severity = sim::Severity::kInfo;
    issue.where = "OpenDRIVE export";
    issue.what = std::to_string(count) + " " + what;
    w.issues.push_back(std::move(issue));
  }
}

void write_document(const Map& map, XmlWriter& xml, sim::Issues& issues) {
  Writer w{map, xml, issues, find_road_links(map), {}, {}, {}, {}, {}, {}, {}, {}, free_id(map)};
  plan_signals(w);
  plan_objects(w);
  xml.begin("OpenDRIVE");
  if (!map.notice.empty()) xml.comment(map.notice);
  write_header(w);
  for (Row road = 0; road < static_cast<Row>(map.roads.size()); ++road) write_road(w, road);
  write_controllers(w);
  write_junctions(w);
  xml.end();
  report(w);
}

}  // namespace

std::string Writer::junction_id(Row junction) const {
  const Row known = static_cast<Row>(map.junctions.size());
  return junction < known ? text(map.junctions[junction].id) : std::to_string(first_free_id + junction - known);
}

std::string Writer::junction_name(Row junction) const {
  return junction < static_cast<Row>(map.junctions.size()) ? text(map.junctions[junction].name) : std::string();
}

std::string write_text(const Map& map, sim::Issues& issues) {
  XmlWriter xml;
  write_document(map, xml, issues);
  return std::move(xml.text());
}

sim::Result<void> write_file(const Map& map, const std::filesystem::path& path, sim::Issues& issues) {
  namespace fs = std::filesystem;
  std::error_code code;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), code);
  fs::path temporary = path;
  temporary += ".tmp" + std::to_string(getpid());
  std::FILE* const file = std::fopen(temporary.c_str(), "wb");
  bool good = file != nullptr;
  if (good) {
    XmlWriter xml(file);
    write_document(map, xml, issues);
    good = xml.finish();
    good = std::fflush(file) == 0 && fsync(fileno(file)) == 0 && good;
    good = std::fclose(file) == 0 && good;
  }
  if (good) fs::rename(temporary, path, code);
  if (good && !code) return {};
  std::error_code ignored;
  if (file != nullptr) fs::remove(temporary, ignored);
  return sim::fail("the OpenDRIVE file could not be written", path.string(), 0, {},
                   "check that the folder exists and has space");
}

}  // namespace bitgoeul::maps::opendrive
