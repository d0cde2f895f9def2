#include "maps/opendrive/opendrive.h"

#include <algorithm>
#include <cmath>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

using Files = std::vector<std::filesystem::path>;  // the file and those that include it, outermost first

void read_include(Reader& reader, XmlElement include, const Files& files, sim::Issues& issues);

void read_elements(Reader& reader, XmlElement root, const Files& files, sim::Issues& issues) {
  for (XmlElement e = root.child("road"); e; e = e.next("road")) read_road(reader, e);
  for (XmlElement e = root.child("include"); e; e = e.next("include")) read_include(reader, e, files, issues);
  for (XmlElement e = root.child("junction"); e; e = e.next("junction")) read_junction(reader, e);
  for (XmlElement e = root.child("junctionGroup"); e; e = e.next("junctionGroup")) read_junction_group(reader, e);
  for (XmlElement e = root.child("controller"); e; e = e.next("controller")) read_controller(reader, e);
}

// 5.4: a file whose content stands where the <include> is; relative to the folder of the file that names it.
void read_include(Reader& reader, XmlElement include, const Files& files, sim::Issues& issues) {
  constexpr std::size_t kMaxDepth = 8;
  std::string name;
  if (!required_id(include, "file", name)) return;
  Files inner = files;
  inner.push_back((files.back().parent_path() / name).lexically_normal());
  const bool circle = std::find(files.begin(), files.end(), inner.back()) != files.end();
  auto document = circle || files.size() >= kMaxDepth
                      ? sim::Result<XmlDocument>(sim::fail("is included by itself, or too deep"))
                      : XmlDocument::load_file(inner.back(), issues);
  if (document && document->root().name() != "OpenDRIVE") document = sim::fail("its root element is not <OpenDRIVE>");
  if (!document) {
    include.error("the included file " + inner.back().string() + " is left out: " + document.error().what, "include",
                  "put its content into this file");
    return;
  }
  const XmlElement root = document->root();
  (void)root.child("header");
  read_elements(reader, root, inner, issues);
  keep_rest(root, "", reader.map.extras);
  document->finish(vocabulary());
}

void read_children(Reader& reader, XmlElement root, const std::string& file, sim::Issues& issues) {
  if (const XmlElement e = root.child("header"))
    read_header(reader, e);
  else
    root.error("the header is missing", "header_required", "add <header revMajor=\"1\" revMinor=\"8\"/>");
  read_elements(reader, root, {std::filesystem::path(file).lexically_normal()}, issues);
  keep_rest(root, "", reader.map.extras);
}

// Points that the lanes' centre lines will have, at most 25 m and 5 degrees apart (freeze_points).
double points_of(const RoadDraft& road) {
  double steps = road.length / 25.0 + static_cast<double>(road.plan_view.size());
  for (const Geometry& g : road.plan_view)
    if (g.kind == GeometryKind::kArc || g.kind == GeometryKind::kSpiral)
      steps += std::max(std::abs(g.p[0]), std::abs(g.p[1])) * g.length / (5.0 * sim::kPi / 180.0);
  double points = 0;
  for (std::size_t i = 0; i < road.sections.size(); ++i) {
    const double end = i + 1 < road.sections.size() ? road.sections[i + 1].s : road.length;
    const double share = std::clamp((end - road.sections[i].s) / std::max(road.length, 1e-3), 0.0, 1.0);
    points += static_cast<double>(road.sections[i].lanes.size()) * (2 + share * steps);
  }
  return points;
}

// A few words can draw a road without end; a map of real roads takes less memory than its file.
sim::Result<void> check_points(const MapBuilder& map, std::size_t bytes) {
  double points = 0;
  for (const RoadDraft& road : map.roads) points += points_of(road);
  if (points * sizeof(LanePoint) <= 3.0 * static_cast<double>(bytes) + (std::size_t{40} << 20)) return {};
  return sim::fail("its lanes would take " + std::to_string(static_cast<long>(points / 1e6)) +
                       " million points, which is far more than a file of this size can mean",
                   map.source, 0, {}, "check lengths and curvatures of the longest roads");
}

// Pieces of one road: surveys write some ten of them per metre.
sim::Result<void> check_density(const MapBuilder& map) {
  for (const RoadDraft& road : map.roads) {
    std::size_t widths = 0;
    for (const SectionDraft& section : road.sections)
      for (const LaneDraft& lane : section.lanes) widths = std::max(widths, lane.widths.size() + lane.borders.size());
    const auto dense = [&](std::size_t count, double per_metre) {
      return static_cast<double>(count) > 2000.0 + per_metre * road.length;
    };
    if (!dense(road.sections.size(), 20) && !dense(widths, 100)) continue;
    return sim::fail("a road of " + std::to_string(static_cast<long>(road.length)) + " m has " +
                         std::to_string(road.sections.size()) + " lane sections and up to " + std::to_string(widths) +
                         " widths of a lane, far more than any survey gives",
                     map.source, road.line, "<road id=\"" + road.id + "\">", "thin its records out");
  }
  return {};
}

// Roads that begin on one place, by the text of it: before they are read. freeze() counts lanes along their whole way.
sim::Result<void> check_places(const XmlElement& root, const std::string& file) {
  constexpr std::size_t kMostRoads = 10'000;
  std::vector<std::pair<std::string_view, std::string_view>> places;
  for (XmlElement e = root.child("road"); e; e = e.next("road")) {
    const XmlElement first = e.child("planView").child("geometry");
    if (first) places.emplace_back(first.attribute_value("x").value_or(""), first.attribute_value("y").value_or(""));
  }
  std::sort(places.begin(), places.end());
  for (std::size_t i = kMostRoads; i < places.size(); ++i)
    if (places[i] == places[i - kMostRoads])
      return sim::fail("more than " + std::to_string(kMostRoads) + " roads begin on one place", file, root.line(),
                       "<road>", "remove roads that stand in the file many times");
  return {};
}

// Counted before they are read: each takes far more memory than its text.
sim::Result<void> check_counts(const XmlElement& root, const std::string& file) {
  constexpr std::size_t kMostSections = 20'000;
  std::size_t roads = 0, junctions = 0, connections = 0;
  for (XmlElement e = root.child("road"); e; e = e.next("road")) {
    ++roads;
    std::size_t sections = 0;
    for (XmlElement s = e.child("lanes").child("laneSection"); s; s = s.next("laneSection")) ++sections;
    if (sections > kMostSections)
      return sim::fail("a road has " + std::to_string(sections) + " lane sections; at most " +
                           std::to_string(kMostSections) + " are read",
                       file, e.line(), "<road>", "thin them out, or cut the road");
  }
  for (XmlElement e = root.child("junction"); e; e = e.next("junction")) {
    ++junctions;
    for (XmlElement c = e.child("connection"); c; c = c.next("connection")) ++connections;
  }
  if (junctions <= 20'000 + 2 * roads && connections <= 20'000 + 50 * roads) return {};
  return sim::fail(std::to_string(junctions) + " junctions and " + std::to_string(connections) + " connections for " +
                       std::to_string(roads) + " roads are more than roads can meet",
                   file, root.line(), "<junction>", "remove junctions that join no roads");
}

sim::Result<MapBuilder> read_document(XmlDocument document, std::size_t bytes, sim::Issues& issues) {
  const XmlElement root = document.root();
  if (root.name() != "OpenDRIVE")
    return sim::fail("is not an OpenDRIVE file: its root element is <" + std::string(root.name()) + ">",
                     document.file(), root.line(), {}, "the root element of OpenDRIVE is <OpenDRIVE>");
  if (auto fits = check_counts(root, document.file()); !fits) return tl::unexpected(fits.error());
  if (auto fits = check_places(root, document.file()); !fits) return tl::unexpected(fits.error());
  MapBuilder map;
  map.source = document.file();
  map.name = std::filesystem::path(document.file()).stem().string();
  Reader reader{map, {}, {}, {}, {}, {}};
  read_children(reader, root, document.file(), issues);
  if (auto fits = check_points(map, bytes); !fits) return tl::unexpected(fits.error());
  if (auto fits = check_density(map); !fits) return tl::unexpected(fits.error());
  join_short_sections(map);
  split_at_mid_road_links(map);
  document.finish(vocabulary());
  if (map.roads.empty()) return sim::fail("holds no usable road", document.file(), root.line());
  return map;
}

}  // namespace

sim::Result<MapBuilder> read_file(const std::filesystem::path& file, sim::Issues& issues) {
  auto document = XmlDocument::load_file(file, issues);
  if (!document) return tl::unexpected(document.error());
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return read_document(std::move(*document), error ? 0 : bytes, issues);
}

sim::Result<MapBuilder> read_text(std::string_view text, const std::string& file_name, sim::Issues& issues) {
  auto document = XmlDocument::load_text(text, file_name, issues);
  if (!document) return tl::unexpected(document.error());
  return read_document(std::move(*document), text.size(), issues);
}

}  // namespace bitgoeul::maps::opendrive
