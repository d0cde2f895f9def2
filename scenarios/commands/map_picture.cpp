#include "maps/map_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "maps/projection.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/map.h"

namespace bitgoeul::scenarios::commands {

namespace {

struct Layer {
  const char* name;
  bool maps::PictureOptions::*shown;
};
constexpr Layer kLayers[] = {
    {"markings", &maps::PictureOptions::markings}, {"arrows", &maps::PictureOptions::arrows},
    {"signals", &maps::PictureOptions::signals},   {"crosswalks", &maps::PictureOptions::crosswalks},
    {"objects", &maps::PictureOptions::objects},   {"junctions", &maps::PictureOptions::junctions},
    {"labels", &maps::PictureOptions::labels},     {"legend", &maps::PictureOptions::legend},
};

sim::Result<void> read_size(const std::string& text, maps::PictureOptions& options) {
  const std::size_t cross = text.find('x');
  const auto read = [](const std::string& digits, int& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size();
  };
  if (cross != std::string::npos && read(text.substr(0, cross), options.width_px) &&
      read(text.substr(cross + 1), options.height_px))
    return {};
  return sim::fail("--size needs WxH in pixels, for example 1600x1200, not \"" + text + "\"");
}

sim::Result<maps::GeoBox> geographic_box(const maps::Map& map, const std::string& text) {
  const auto n = parse_numbers(text, 4, "--box");
  if (!n) return tl::unexpected(n.error());
  if (map.projection.empty()) return sim::fail("the map has no geo reference", map.source, 0, {}, "use --local");
  const auto projection = maps::Projection::make(map.projection, map.offset_x, map.offset_y, map.offset_heading);
  if (!projection) return tl::unexpected(projection.error());
  maps::GeoBox box{1e300, 1e300, -1e300, -1e300};
  for (const double lon : {(*n)[0], (*n)[2]})
    for (const double lat : {(*n)[1], (*n)[3]}) {
      const auto p = projection->forward(lon, lat);
      if (!p) return tl::unexpected(p.error());
      box = {std::min(box.min_x, p->x()), std::min(box.min_y, p->y()), std::max(box.max_x, p->x()),
             std::max(box.max_y, p->y())};
    }
  return box;
}

sim::Result<maps::GeoBox> junction_box(const maps::Map& map, const std::string& id) {
  for (const maps::Junction& j : map.junctions) {
    if (map.text_of(j.id) != id) continue;
    const double half = std::max(30.0, j.radius * 1.6 + 15.0);
    return maps::GeoBox{j.x - half, j.y - half, j.x + half, j.y + half};
  }
  return sim::fail(
      "the map has no junction \"" + id + "\"", map.source, 0, {},
      fmt::format("it has {} junctions{}", map.junctions.size(),
                  map.junctions.empty() ? "" : ", the first is " + std::string(map.text_of(map.junctions[0].id))));
}

sim::Result<maps::PictureOptions> picture_options(const maps::Map& map, const PictureArguments& a) {
  maps::PictureOptions options;
  if (const auto size = read_size(a.size, options); !size) return tl::unexpected(size.error());
  for (const Layer& layer : kLayers)
    options.*layer.shown =
        a.layers.empty() || std::find(a.layers.begin(), a.layers.end(), layer.name) != a.layers.end();
  sim::Result<maps::GeoBox> box = tl::unexpected(sim::Issue{});
  if (!a.box.empty()) {
    box = geographic_box(map, a.box);
  } else if (!a.junction.empty()) {
    box = junction_box(map, a.junction);
  } else if (!a.local.empty()) {
    const auto n = parse_numbers(a.local, 4, "--local");
    if (!n) return tl::unexpected(n.error());
    box = maps::GeoBox{std::min((*n)[0], (*n)[2]), std::min((*n)[1], (*n)[3]), std::max((*n)[0], (*n)[2]),
                       std::max((*n)[1], (*n)[3])};
  } else {
    return options;
  }
  if (!box) return tl::unexpected(box.error());
  options.box = *box;
  return options;
}

}  // namespace

std::vector<std::string> picture_layers() {
  std::vector<std::string> names;
  for (const Layer& layer : kLayers) names.emplace_back(layer.name);
  return names;
}

int map_picture(const Context& context, const PictureArguments& arguments) {
  const auto map = open_map(context, arguments.map);
  if (!map) return kInvalid;
  const auto options = picture_options(*map, arguments);
  if (!options) return refuse(options.error());
  if (const auto drawn = maps::draw_map(*map, arguments.out, *options); !drawn) return refuse(drawn.error());
  result(context, fmt::format("{}: {} x {} pixels{}", arguments.out, options->width_px, options->height_px,
                              map->notice.empty() ? "" : "; " + map->notice));
  const nlohmann::json json = {{"file", arguments.out},
                               {"width_px", options->width_px},
                               {"height_px", options->height_px},
                               {"notice", map->notice},
                               {"hash", sim::to_hex(map->hash)}};
  json_result(context, json.dump(2));
  return kPass;
}

}  // namespace bitgoeul::scenarios::commands
