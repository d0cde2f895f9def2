#include "maps/opendrive/opendrive.h"

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

void read_children(Reader& reader, XmlElement root) {
  if (const XmlElement e = root.child("header"))
    read_header(reader, e);
  else
    root.error("the header is missing", "header_required", "add <header revMajor=\"1\" revMinor=\"8\"/>");
  for (XmlElement e = root.child("include"); e; e = e.next("include"))
    e.error("<include> is not supported; what that file holds is missing", "include", "put its content into this file");
  for (XmlElement e = root.child("road"); e; e = e.next("road")) read_road(reader, e);
  for (XmlElement e = root.child("junction"); e; e = e.next("junction")) read_junction(reader, e);
  for (XmlElement e = root.child("junctionGroup"); e; e = e.next("junctionGroup")) read_junction_group(reader, e);
  for (XmlElement e = root.child("controller"); e; e = e.next("controller")) read_controller(reader, e);
}

sim::Result<MapBuilder> read_document(XmlDocument document) {
  const XmlElement root = document.root();
  if (root.name() != "OpenDRIVE")
    return sim::fail("is not an OpenDRIVE file: its root element is <" + std::string(root.name()) + ">",
                     document.file(), root.line(), {}, "the root element of OpenDRIVE is <OpenDRIVE>");
  MapBuilder map;
  map.source = document.file();
  map.name = std::filesystem::path(document.file()).stem().string();
  Reader reader{map, {}, {}, {}, {}, {}};
  read_children(reader, root);
  join_short_sections(map);
  document.finish(vocabulary());
  if (map.roads.empty()) return sim::fail("holds no usable road", document.file(), root.line());
  return map;
}

}  // namespace

sim::Result<MapBuilder> read_file(const std::filesystem::path& file, sim::Issues& issues) {
  auto document = XmlDocument::load_file(file, issues);
  if (!document) return tl::unexpected(document.error());
  return read_document(std::move(*document));
}

sim::Result<MapBuilder> read_text(std::string_view text, const std::string& file_name, sim::Issues& issues) {
  auto document = XmlDocument::load_text(text, file_name, issues);
  if (!document) return tl::unexpected(document.error());
  return read_document(std::move(*document));
}

}  // namespace bitgoeul::maps::opendrive
