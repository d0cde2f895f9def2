#include "maps/load_map.h"

#include <cstdlib>

#include "maps/compiled_map.h"
#include "maps/detail/map_cache.h"
#include "maps/detail/map_source.h"
#include "maps/lanelet2/lanelet2.h"
#include "maps/ngii/ngii.h"
#include "maps/opendrive/opendrive.h"
#include "maps/road_network/geojson.h"
#include "maps/road_network/lane_builder.h"
#include "maps/road_network/node_link.h"
#include "maps/road_network/osm.h"

namespace bitgoeul::maps {

namespace {

namespace fs = std::filesystem;

sim::Result<MapBuilder> read_source(const detail::MapSource& source, HeightSystem heights, sim::Issues& issues) {
  if (source.kind == detail::SourceKind::kOpenDrive) return opendrive::read_file(source.path, issues);
  if (source.kind == detail::SourceKind::kNgii) return ngii::read(source.path, issues, {heights});
  if (source.kind == detail::SourceKind::kLanelet2) return lanelet2::read_file(source.path, issues);
  auto network = source.kind == detail::SourceKind::kOsm        ? read_osm(source.path, issues)
                 : source.kind == detail::SourceKind::kNodeLink ? read_node_link(source.path, issues)
                                                                : read_road_network(source.path, issues);
  if (!network) return tl::unexpected(network.error());
  return build_lanes(std::move(*network), issues);
}

sim::Result<std::shared_ptr<const Map>> import_map(const detail::MapSource& source, HeightSystem heights,
                                                   sim::Issues& issues) {
  auto builder = read_source(source, heights, issues);
  if (!builder) return tl::unexpected(builder.error());
  return freeze(std::move(*builder), issues);
}

// A cache that cannot be written costs time, nothing else.
void store(const detail::MapCache& cache, const Map& map, const sim::Issues& found, sim::Issues& issues) {
  const auto stored = cache.store(map, found);
  if (stored) return;
  sim::Issue issue = stored.error();
  issue.severity = sim::Severity::kInfo;
  issue.where = "map cache";
  issues.push_back(std::move(issue));
}

}  // namespace

fs::path assets_dir() {
  std::error_code error;
  if (const char* chosen = std::getenv("BITGOEUL_ASSETS"); chosen != nullptr && *chosen != '\0') return chosen;
  if (fs::is_directory(BITGOEUL_SOURCE_ASSETS, error)) return BITGOEUL_SOURCE_ASSETS;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return (program.parent_path() / ".." / "share" / "bitgoeul" / "assets").lexically_normal();
}

sim::Result<std::shared_ptr<const Map>> load_map(const std::string& name_or_path, sim::Issues& issues,
                                                 const LoadOptions& options) {
  const auto source = detail::find_map_source(name_or_path, assets_dir());
  if (!source) return tl::unexpected(source.error());
  if (options.heights != HeightSystem::kAsDelivered && source->kind != detail::SourceKind::kNgii)
    return sim::fail("the source does not say what its heights are, so they can only be taken as delivered",
                     source->path.string(), 0, {}, "leave out --heights");
  if (source->kind == detail::SourceKind::kCompiled) return read_compiled(source->path);
  const fs::path folder = options.cache_dir.empty() ? detail::default_cache_dir() : options.cache_dir;
  const bool cached_kind = options.use_cache && options.heights == HeightSystem::kAsDelivered;
  if (!cached_kind || folder.empty()) return import_map(*source, options.heights, issues);
  const auto inputs = detail::hash_inputs(*source, folder);
  if (!inputs) return tl::unexpected(inputs.error());
  const detail::MapCache cache(folder, source->path, *inputs);
  sim::Issues found;
  if (auto cached = cache.load()) {
    issues.insert(issues.end(), cached->issues.begin(), cached->issues.end());
    return cached->map;
  }
  auto map = import_map(*source, HeightSystem::kAsDelivered, found);
  issues.insert(issues.end(), found.begin(), found.end());
  if (map) store(cache, **map, found, issues);
  return map;
}

}  // namespace bitgoeul::maps
