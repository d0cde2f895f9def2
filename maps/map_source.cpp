#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "maps/detail/map_source.h"
#include "maps/lanelet2/lanelet2.h"
#include "maps/ngii/ngii.h"
#include "maps/road_network/node_link.h"
#include "maps/road_network/osm.h"
#include "maps/xml.h"

namespace bitgoeul::maps::detail {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCompiledMagic = "BTGLMAP";

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    all.push_back(it->path());
  std::sort(all.begin(), all.end());
  return all;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::vector<fs::path> with_extension(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> all = entries(folder);
  std::erase_if(all, [&](const fs::path& p) { return p.extension() != extension || !is_file(p); });
  return all;
}

std::int64_t in_ns(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

bool is_road_network(const fs::path& folder) { return is_file(folder / "roads.geojson"); }

bool is_map_folder(const fs::path& folder) {
  return is_road_network(folder) || with_extension(folder, ".xodr").size() == 1;
}

// Files of a road network may stand in sub-folders; hidden ones are none of ours.
void collect_files(const fs::path& folder, int depth, std::vector<fs::path>& out) {
  for (const fs::path& path : entries(folder)) {
    if (path.filename().string().starts_with(".")) continue;
    if (is_folder(path) && depth > 0) collect_files(path, depth - 1, out);
    if (is_file(path)) out.push_back(path);
  }
}

sim::Result<MapSource> folder_source(const fs::path& folder) {
  MapSource source{SourceKind::kRoadNetwork, folder, {}};
  if (is_road_network(folder)) {
    collect_files(folder, 3, source.files);
    return source;
  }
  if (NodeLinkFiles files = find_node_link(folder); !files.links.empty())
    return MapSource{SourceKind::kNodeLink, folder, std::move(files.all)};
  const std::vector<fs::path> xodr = with_extension(folder, ".xodr");
  if (xodr.size() == 1) return MapSource{SourceKind::kOpenDrive, xodr[0], xodr};
  if (xodr.empty())
    if (const auto sections = ngii::find_sections(folder); !sections.empty())
      return MapSource{SourceKind::kNgii, folder, ngii::section_files(sections)};
  if (xodr.empty())
    return sim::fail("the folder holds neither roads.geojson, nor an .xodr file, nor an NGII map's shapefiles",
                     folder.string());
  return sim::fail("the folder holds several .xodr files", folder.string(), 0, {},
                   "name the file, for instance " + xodr[0].string());
}

sim::Result<MapSource> shape_source(const fs::path& file) {
  if (const auto sections = ngii::find_sections(file); !sections.empty())
    return MapSource{SourceKind::kNgii, file, ngii::section_files(sections)};
  return sim::fail("the shapefile is no part of an NGII map: no A2_LINK, NT2_LINK or A3_LINK stands beside it",
                   file.string(), 0, {}, "name the folder of a section");
}

// The kind of a file is what it holds, whatever it is called.
sim::Result<MapSource> file_source(const fs::path& file) {
  std::string head(512, '\0');
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return sim::fail("cannot be read", file.string());
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (head.starts_with(kCompiledMagic)) return MapSource{SourceKind::kCompiled, file, {file}};
  if (head.starts_with("\xEF\xBB\xBF")) head.erase(0, 3);
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  const char first = start == std::string::npos ? '\0' : head[start];
  if (first == '{' && is_road_network(file.parent_path())) return folder_source(file.parent_path());
  if (first == '{')
    return sim::fail("a road network is a folder with roads.geojson in it", file.string(), 0, {}, "name the folder");
  if (lanelet2::is_lanelet2_file(file)) return MapSource{SourceKind::kLanelet2, file, {file}};
  if (NodeLinkFiles files = find_node_link(file); !files.links.empty())
    return MapSource{SourceKind::kNodeLink, file, std::move(files.all)};
  if (head.starts_with(std::string_view("\0\0\x27\x0a", 4))) return shape_source(file);
  if (is_osm_file(file)) return MapSource{SourceKind::kOsm, file, {file}};
  // Two bytes per character also begin with '<' or a byte order mark; the reader says what is wrong with anything else.
  const bool wide =
      head.starts_with("\xFE\xFF") || head.starts_with("\xFF\xFE") || head.starts_with(std::string_view("\0<", 2));
  if (first == '<' || wide || file.extension() == ".xodr") return MapSource{SourceKind::kOpenDrive, file, {file}};
  return sim::fail("is no map: neither OpenDRIVE, Lanelet2, OpenStreetMap nor a compiled map", file.string(), 0, {},
                   "give an .xodr file, an .osm or .osm.pbf file, a folder with roads.geojson or a compiled map");
}

// Before any of it is read: a file beyond every reader's limit.
sim::Result<MapSource> check_sizes(sim::Result<MapSource> source) {
  constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 30;
  if (!source || source->kind == SourceKind::kCompiled) return source;
  for (const fs::path& file : source->files) {
    std::error_code error;
    if (fs::file_size(file, error) > kMaxBytes && !error)
      return sim::fail("is larger than 1 GiB", file.string(), 0, {}, "cut it into several maps");
  }
  return source;
}

sim::Result<MapSource> path_source(const fs::path& path) {
  if (is_folder(path)) return check_sizes(folder_source(path));
  if (is_file(path)) return check_sizes(file_source(path));
  return sim::fail("there is no such file", path.string());
}

// The places of a bare name under assets; empty when there is none.
fs::path find_name(const std::string& name, const fs::path& assets) {
  if (is_map_folder(assets / name)) return assets / name;
  for (const fs::path& folder : {assets, assets / "maps"})
    if (const fs::path file = folder / (name + ".xodr"); is_file(file)) return file;
  if (is_map_folder(assets / "maps" / name)) return assets / "maps" / name;
  return {};
}

sim::Result<MapSource> unknown_name(const std::string& name, const fs::path& assets) {
  const std::vector<std::string> names = map_names(assets);
  const std::vector<std::string_view> views(names.begin(), names.end());
  std::string list;
  for (const std::string& n : names) list += (list.empty() ? "" : ", ") + n;
  std::string remedy = names.empty() ? "there are no maps under " + assets.string()
                                     : "maps: " + list + "; or give a path to an .xodr file";
  if (const auto near = closest_name(name, views)) remedy = "did you mean \"" + std::string(*near) + "\"? " + remedy;
  return sim::fail("there is no map \"" + name + "\"", {}, 0, {}, remedy);
}

}  // namespace

std::vector<std::string> map_names(const fs::path& assets) {
  std::vector<std::string> names;
  for (const fs::path& folder : {assets, assets / "maps"}) {
    for (const fs::path& path : with_extension(folder, ".xodr")) names.push_back(path.stem().string());
    for (const fs::path& path : entries(folder))
      if (path.filename() != "maps" && is_map_folder(path)) names.push_back(path.filename().string());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

sim::Result<MapSource> find_map_source(const std::string& name_or_path, const fs::path& assets) {
  if (name_or_path.empty()) return unknown_name(name_or_path, assets);
  const fs::path path(name_or_path);
  const bool bare = !path.has_parent_path() && path != "." && path != "..";
  if (bare)
    if (const fs::path found = find_name(name_or_path, assets); !found.empty()) return path_source(found);
  if (is_file(path) || is_folder(path)) return path_source(path);
  if (bare && !path.has_extension()) return unknown_name(name_or_path, assets);
  // A path inside assets, as scenarios name it: maps/town.xodr
  if (path.is_relative() && is_file(assets / path)) return path_source(assets / path);
  return path_source(path);
}

sim::Result<sim::Hash128> hash_files(const MapSource& source) {
  sim::Hash128 hash = sim::hash_text("map source");
  std::string bytes;
  for (const fs::path& file : source.files) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    std::ifstream stream(file, std::ios::binary);
    bytes.resize(error ? 0 : size);
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (error || !stream) return sim::fail("cannot be read", file.string());
    hash = sim::combine(hash, sim::hash_text(file.lexically_relative(source.path).generic_string()));
    hash = sim::combine(hash, sim::hash_text(bytes));
  }
  return hash;
}

InputStamp stamp_files(const MapSource& source) {
  InputStamp stamp;
  std::string text;
  for (const fs::path& file : source.files) {
    struct stat status {};
    if (stat(file.c_str(), &status) != 0) return {};
    text += file.string();
    for (const auto value : {static_cast<std::int64_t>(status.st_size), in_ns(status.st_mtim), in_ns(status.st_ctim),
                             static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_dev)})
      text += '/' + std::to_string(value);
    stamp.bytes += static_cast<std::uint64_t>(status.st_size);
    stamp.newest_ns = std::max({stamp.newest_ns, in_ns(status.st_mtim), in_ns(status.st_ctim)});
  }
  stamp.hash = sim::hash_text(text);
  return stamp;
}

std::int64_t changed_ns(const fs::path& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 ? in_ns(status.st_mtim) : 0;
}

}  // namespace bitgoeul::maps::detail
