#include "maps/ngii/ngii.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <memory>
#include <set>

#include "maps/heights.h"
#include "maps/ngii/build.h"
#include "maps/ngii/columns.h"
#include "maps/projection.h"

namespace bitgoeul::maps::ngii {
namespace {

namespace fs = std::filesystem;
using sim::Severity;
using sim::Vec3;

constexpr int kDepth = 6;
constexpr double kMinLongitude = 124, kMaxLongitude = 132, kMinLatitude = 33, kMaxLatitude = 39;

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    all.push_back(it->path());
  std::sort(all.begin(), all.end());
  return all;
}

bool is_shape(const fs::path& path) { return upper(path.extension().string()) == ".SHP"; }

bool is_link_layer(const fs::path& path) {
  if (!is_shape(path)) return false;
  const std::string name = upper(path.stem().string());
  return name.starts_with("A2_LINK") || name.starts_with("A3_LINK") || name.starts_with("NT2_");
}

void collect(const fs::path& folder, int depth, std::vector<fs::path>& out) {
  const std::vector<fs::path> all = entries(folder);
  if (std::any_of(all.begin(), all.end(), is_link_layer)) out.push_back(folder);
  std::error_code error;
  for (const fs::path& path : all)
    if (depth > 0 && fs::is_directory(path, error) && !path.filename().string().starts_with("."))
      collect(path, depth - 1, out);
}

std::string delivery_of(const fs::path& folder) {
  const std::string name = upper(folder.filename().string());
  return name.starts_with("HDMAP") ? name : std::string();
}

std::string height_of(const std::string& delivery) {
  if (delivery.find("정표고") != std::string::npos) return "orthometric";
  if (delivery.find("타원체고") != std::string::npos) return "ellipsoidal";
  return {};
}

// The word in Section::height; empty for what is no single system.
std::string word_of(HeightSystem heights) {
  if (heights == HeightSystem::kEllipsoidal) return "ellipsoidal";
  return heights == HeightSystem::kOrthometric ? "orthometric" : "";
}

// One delivery per section: of the wanted heights, then of the kind that most sections have; orthometric before
// ellipsoidal where both do.
std::vector<fs::path> one_delivery(const std::vector<fs::path>& folders, HeightSystem heights) {
  const std::string wanted = word_of(heights);
  std::map<std::string, int> kinds;
  for (const fs::path& folder : folders)
    if (const std::string kind = delivery_of(folder); !kind.empty()) ++kinds[kind];
  const auto better = [&](const std::string& a, const std::string& b) {
    const bool wa = height_of(a) == wanted, wb = height_of(b) == wanted;
    if (!wanted.empty() && wa != wb) return wa;
    if (kinds[a] != kinds[b]) return kinds[a] > kinds[b];
    const bool oa = height_of(a) == "orthometric", ob = height_of(b) == "orthometric";
    return oa != ob ? oa : a < b;
  };
  std::map<fs::path, fs::path> chosen;
  std::vector<fs::path> out;
  for (const fs::path& folder : folders) {
    if (delivery_of(folder).empty()) {
      out.push_back(folder);
      continue;
    }
    const auto [at, fresh] = chosen.try_emplace(folder.parent_path(), folder);
    if (!fresh && better(delivery_of(folder), delivery_of(at->second))) at->second = folder;
  }
  for (const auto& [parent, folder] : chosen) out.push_back(folder);
  std::sort(out.begin(), out.end());
  return out;
}

const char* model_name(Model model) {
  return model == Model::kOld ? "2015-2018" : model == Model::k2019 ? "2019/2020" : "2024";
}

// One section folder on its way into the tables.
struct Section {
  fs::path folder;
  std::vector<ShapeLayer> layers;
  Model model = Model::k2019;
  std::string crs, height;
};

void read_layers(const fs::path& folder, Section& section, sim::Issues& issues, detail::Tally& tally) {
  section.folder = folder;
  for (const fs::path& path : entries(folder)) {
    if (!is_shape(path)) continue;
    auto layer = read_shape_layer(path, tally);
    if (layer)
      section.layers.push_back(std::move(*layer));
    else
      issues.push_back(layer.error());
  }
}

// Where the .prj is missing: the two systems' ranges over Korea do not touch in northing.
std::string guess_crs(const ShapeLayer& layer) {
  if (layer.rows.empty()) return {};
  const Vec3& p = layer.rows[0].parts[0][0];
  if (p.x() > 0 && p.x() < 1e6 && p.y() > 3.6e6 && p.y() < 4.4e6) return "EPSG:32652";
  if (p.x() > 6e5 && p.x() < 1.6e6 && p.y() > 1.2e6 && p.y() < 2.4e6) return "EPSG:5179";
  return {};
}

bool settle(Section& section, detail::Tally& tally) {
  const ShapeLayer* links = nullptr;
  for (const ShapeLayer& layer : section.layers)
    if (is_link_layer(layer.file)) links = &layer;
  if (links == nullptr) return false;
  section.model = links->name.starts_with("NT2_")  ? Model::k2024
                  : links->name.starts_with("A2_") ? Model::k2019
                                                   : Model::kOld;
  if (const int at = links->column("Version"); at >= 0 && !links->rows.empty()) {
    const std::string version = links->rows[0].values[static_cast<std::size_t>(at)];
    const bool fits = section.model == Model::k2024 ? version == "2024" : version == "2019" || version == "2020";
    if (!fits)
      tally.add(Severity::kWarning, links->file,
                "Version is \"" + version + "\", but the layers are those of data model " + model_name(section.model) +
                    "; the layers decide");
  }
  section.crs = links->crs;
  if (section.crs.empty()) {
    section.crs = guess_crs(*links);
    tally.add(Severity::kWarning, links->file,
              section.crs.empty() ? "has no .prj, and its coordinates are those of neither UTM52N nor UTM-K"
                                  : "has no .prj; its coordinates are those of " + section.crs);
  }
  section.height = height_of(delivery_of(section.folder));
  return !section.crs.empty();
}

// Moves every coordinate from its layer's system into the map's, and drops what lies outside Korea.
class Mover {
 public:
  explicit Mover(std::string target) : target_(std::move(target)) {}
  sim::Result<bool> move(ShapeLayer& layer, const std::string& from, detail::Tally& tally) {
    auto source = projection(from), target = projection(target_);
    if (!source) return tl::unexpected(source.error());
    if (!target) return tl::unexpected(target.error());
    std::erase_if(layer.rows, [&](ShapeRow& row) {
      const bool inside = move_row(row, **source, **target, from != target_);
      if (!inside)
        tally.add(Severity::kWarning, layer.file, "a record lies outside Korea (124 to 132 E, 33 to 39 N); left out",
                  "record " + std::to_string(row.record), row.record);
      return !inside;
    });
    return true;
  }
  sim::Result<const Projection*> projection(const std::string& crs) {
    if (const auto at = made_.find(crs); at != made_.end()) return at->second.get();
    auto projection = Projection::make(crs);
    if (!projection) return tl::unexpected(projection.error());
    return made_.emplace(crs, std::make_unique<Projection>(std::move(*projection))).first->second.get();
  }

 private:
  static bool move_row(ShapeRow& row, const Projection& source, const Projection& target, bool other) {
    for (auto& part : row.parts)
      for (Vec3& p : part) {
        const bool first = &p == &row.parts[0][0];
        if (!first && !other) continue;
        const auto place = source.inverse(p.x(), p.y());
        if (!place || place->longitude_deg < kMinLongitude || place->longitude_deg > kMaxLongitude ||
            place->latitude_deg < kMinLatitude || place->latitude_deg > kMaxLatitude)
          return false;
        if (!other) continue;
        const auto moved = target.forward(place->longitude_deg, place->latitude_deg);
        if (!moved) return false;
        p.x() = moved->x(), p.y() = moved->y();
      }
    return true;
  }
  std::string target_;
  std::map<std::string, std::unique_ptr<Projection>> made_;
};

// Ellipsoidal is WGS84's, orthometric that of Incheon.
sim::Result<HeightConverter> height_converter(const Section& section, const std::string& wanted) {
  constexpr int kEllipsoid = 0, kIncheon = 5193;
  return HeightConverter::make(section.height == "ellipsoidal" ? kEllipsoid : kIncheon,
                               wanted == "ellipsoidal" ? kEllipsoid : kIncheon);
}

sim::Result<bool> convert_heights(const HeightConverter& converter, const Projection& place, ShapeLayer& layer) {
  for (ShapeRow& row : layer.rows)
    for (auto& part : row.parts)
      for (Vec3& p : part) {
        const auto at = place.inverse(p.x(), p.y());
        if (!at) return tl::unexpected(at.error());
        const auto height = converter.convert(at->longitude_deg, at->latitude_deg, p.z());
        if (!height) return tl::unexpected(height.error());
        p.z() = *height;
      }
  return true;
}

// To the tables' system, where the section has another one and the tables one at all.
sim::Result<bool> lift(const Section& section, ShapeLayer& layer, const Tables& tables, Mover& mover) {
  const bool one = tables.height == "ellipsoidal" || tables.height == "orthometric";
  if (!one || section.height.empty() || section.height == tables.height) return true;
  const auto converter = height_converter(section, tables.height);
  if (!converter) return tl::unexpected(converter.error());
  const auto place = mover.projection(tables.crs);
  if (!place) return tl::unexpected(place.error());
  return convert_heights(*converter, **place, layer);
}

sim::Result<bool> fill(Tables& tables, std::vector<Section>& sections, sim::Issues& issues, detail::Tally& tally) {
  Mover mover(tables.crs);
  for (Section& section : sections)
    for (ShapeLayer& layer : section.layers) {
      auto moved = mover.move(layer, layer.crs.empty() ? section.crs : layer.crs, tally);
      if (moved) moved = lift(section, layer, tables, mover);
      if (!moved) {
        sim::Issue issue = moved.error();
        issue.file = layer.file;
        if (is_link_layer(layer.file)) return tl::unexpected(issue);
        issues.push_back(issue);
        continue;
      }
      const bool known = section.model == Model::k2024   ? read_layer_2024(layer, tables, tally)
                         : section.model == Model::k2019 ? read_layer_2019(layer, tables, tally)
                                                         : read_layer_old(layer, tables, tally);
      if (!known)
        tally.add(Severity::kWarning, layer.file,
                  std::string("the layer is not part of data model ") + model_name(section.model) + "; ignored (" +
                      std::to_string(layer.rows.size()) + " records)");
      layer.rows.clear();
    }
  return true;
}

// Every section has the wanted system, or one that PROJ can bring there.
sim::Result<std::string> wanted_height(const std::vector<Section>& sections, const std::string& wanted) {
  for (const Section& section : sections) {
    if (section.height == wanted) continue;
    if (section.height.empty())
      return sim::fail("heights cannot be brought to " + wanted + " ones: the delivery does not say what it has",
                       section.folder.string(), 0, {}, "leave out --heights, or name the folder HDMap_..._<system>");
    if (const auto converter = height_converter(section, wanted); !converter)
      return sim::fail("the section has " + section.height + " heights; " + converter.error().what,
                       section.folder.string(), 0, {},
                       "install the geoid grid (KNGeoid) for PROJ, or take the delivery with " + wanted + " heights");
  }
  return wanted;
}

// Ellipsoidal and orthometric heights differ by 20 to 30 m in Korea.
sim::Result<std::string> one_height(const std::vector<Section>& sections, const Options& options,
                                    detail::Tally& tally) {
  if (const std::string wanted = word_of(options.heights); !wanted.empty()) return wanted_height(sections, wanted);
  std::set<std::string> heights;
  for (const Section& section : sections)
    if (!section.height.empty()) heights.insert(section.height);
  if (heights.empty()) return std::string();
  if (heights.size() == 1) return *heights.begin();
  const auto converter = HeightConverter::make(0, 5193);
  const std::string why = converter ? "" : ": " + converter.error().what;
  if (options.heights != HeightSystem::kMixed)
    return sim::fail("some sections have ellipsoidal heights, some orthometric ones" + why,
                     sections[0].folder.parent_path().string(), 0, {},
                     "deliver all sections in one height system, or take them as they are: --heights mixed");
  tally.add(Severity::kWarning, sections[0].folder.string(),
            "sections of ellipsoidal and of orthometric heights are put together as they are, as asked for");
  return std::string("mixed");
}

template <class F>
void each_point(Tables& t, F f) {
  for (Node& node : t.nodes) f(node.at);
  for (Link& link : t.links)
    for (Vec3& p : link.line) f(p);
  for (Paint& paint : t.paint)
    for (Vec3& p : paint.line) f(p);
  for (Light& light : t.lights) f(light.at);
  for (Sign& sign : t.signs) f(sign.at);
  for (Furniture& furniture : t.furniture)
    for (Vec3& p : furniture.points) f(p);
}

// Local coordinates about the middle of the links, to 0.1 mm.
void make_local(Tables& t, MapBuilder& builder) {
  double x = 0, y = 0, n = 0;
  for (const Link& link : t.links)
    for (const Vec3& p : link.line) x += p.x(), y += p.y(), ++n;
  builder.offset_x = 100 * std::floor(x / n / 100 + 0.5);
  builder.offset_y = 100 * std::floor(y / n / 100 + 0.5);
  each_point(t, [&](Vec3& p) {
    p = Vec3(sim::snap(p.x() - builder.offset_x), sim::snap(p.y() - builder.offset_y), sim::snap(p.z()));
  });
}

void say_what_it_is(const Tables& t, const std::vector<Section>& sections, const MapBuilder& builder,
                    sim::Issues& issues) {
  std::string height = t.height.empty() ? "whose system the delivery does not name" : t.height;
  issues.push_back({Severity::kInfo,
                    builder.source,
                    0,
                    0,
                    "NGII map",
                    "data model " + std::string(model_name(t.model)) + ", " + std::to_string(sections.size()) +
                        (sections.size() == 1 ? " section, " : " sections, ") + t.crs + ", heights: " + height +
                        ", as delivered",
                    "ngii",
                    {}});
}

MapBuilder build(Tables& tables, const fs::path& path, detail::Tally& tally, sim::Issues& issues) {
  MapBuilder builder;
  const fs::path clean = fs::is_directory(path) ? path : path.parent_path();
  builder.name = clean.filename().empty() ? clean.parent_path().filename().string() : clean.filename().string();
  builder.source = path.string();
  builder.projection = tables.crs;
  make_local(tables, builder);
  repair(tables, tally);
  if (tables.model == Model::kOld) neighbours_from_paint(tables, tally);
  check_neighbours(tables, tally);
  if (tables.model == Model::kOld) make_turns(tables, tally);
  const FreeNetwork network = make_lanes(tables, find_junctions(tables), tally);
  add_free_lanes(network, builder, issues);
  add_lights_and_signs(tables, network, builder, tally);
  add_furniture(tables, builder);
  return builder;
}

}  // namespace

std::vector<fs::path> find_sections(const fs::path& path, HeightSystem heights) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    if (!is_shape(path)) return {};
    const std::vector<fs::path> beside = entries(path.has_parent_path() ? path.parent_path() : fs::path("."));
    if (std::none_of(beside.begin(), beside.end(), is_link_layer)) return {};
    return {path.has_parent_path() ? path.parent_path() : fs::path(".")};
  }
  std::vector<fs::path> folders;
  collect(path, kDepth, folders);
  return one_delivery(folders, heights);
}

std::vector<fs::path> section_files(const std::vector<fs::path>& sections) {
  std::vector<fs::path> files;
  for (const fs::path& folder : sections)
    for (const fs::path& path : entries(folder)) {
      const std::string extension = upper(path.extension().string());
      if (extension == ".SHP" || extension == ".SHX" || extension == ".DBF" || extension == ".PRJ" ||
          extension == ".CPG")
        files.push_back(path);
    }
  return files;
}

sim::Result<MapBuilder> read(const fs::path& path, sim::Issues& issues, const Options& options) {
  detail::Tally tally;
  std::vector<Section> sections;
  const std::vector<fs::path> folders = find_sections(path, options.heights);
  if (folders.empty())
    return sim::fail("there is no layer of links (A2_LINK, NT2_LINK or A3_LINK)", path.string(), 0, {},
                     "name the folder that holds the shapefiles of a section");
  for (const fs::path& folder : folders) {
    Section section;
    read_layers(folder, section, issues, tally);
    if (settle(section, tally)) sections.push_back(std::move(section));
  }
  const auto stop = [&](const std::string& what) {
    tally.flush(issues);
    return sim::fail(what, path.string(), 0, {}, "see the issues above it");
  };
  if (sections.empty()) return stop("no section's links can be read");
  Tables tables;
  tables.model = sections[0].model;
  tables.crs = sections[0].crs;
  const auto height = one_height(sections, options, tally);
  if (!height) return tl::unexpected(height.error());
  tables.height = *height;
  const auto filled = fill(tables, sections, issues, tally);
  if (!filled) return tl::unexpected(filled.error());
  std::erase_if(tables.links, [](const Link& link) { return link.line.size() < 2; });
  if (tables.links.empty()) return stop("no link can be read");
  MapBuilder builder = build(tables, path, tally, issues);
  say_what_it_is(tables, sections, builder, issues);
  tally.flush(issues);
  return builder;
}

}  // namespace bitgoeul::maps::ngii
