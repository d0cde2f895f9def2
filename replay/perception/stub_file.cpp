// Set-ups of stubs as YAML: one function per section, one table of keys for each.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <tuple>

#include "replay/file.h"
#include "replay/perception/stub.h"
#include "replay/yaml_keys.h"
#include "sim/glob.h"

namespace bitgoeul::replay {
namespace {

namespace fs = std::filesystem;
using File = YamlFile;
using Keys = YamlKeys;
using Reader = YamlReader;

constexpr const char* kByVehicle = "by_vehicle";

sim::Result<void> read_ranges(const File& file, const YAML::Node& node, SensorModel& sensor) {
  Keys keys;
  for (std::size_t c = 0; c < kObjectClasses; ++c) {
    const std::string name(to_string(static_cast<ObjectClass>(c)));
    keys[name] = file.number(name, sensor.range_m[c], 0, 1000);
  }
  return file.read(node, "range_m", keys);
}

// A list of numbers; `size` of them, where that is not 0.
Reader numbers(const File& file, const std::string& where, std::vector<double>& out, std::size_t size, double low,
               double high) {
  return [&file, where, &out, size, low, high](const YAML::Node& node) -> sim::Result<void> {
    if (!node.IsSequence() || node.size() == 0 || node.size() > 10'000 || (size != 0 && node.size() != size))
      return file.wrong(node, where, size != 0 ? "is no list of " + std::to_string(size) + " numbers" : "is no list");
    out.clear();
    for (const auto& one : node)
      if (auto read = file.number(where, out.emplace_back(), low, high)(one); !read) return read;
    return {};
  };
}

sim::Result<void> read_fitted_class(const File& file, const YAML::Node& node, const std::string& name,
                                    const FittedTables& tables, FittedClass& c) {
  const std::size_t bands = tables.bands_m.size(), cells = bands * tables.shares.size();
  for (std::vector<double>* errors : {&c.range_bias_m, &c.range_sigma_m, &c.cross_bias_m, &c.cross_sigma_m})
    errors->assign(bands, 0);
  auto read = file.read(node, "fitted." + name,
                        {{"detected", numbers(file, "detected", c.detected, cells, 0, 1)},
                         {"samples", numbers(file, "samples", c.samples, cells, 0, 1e12)},
                         {"range_bias_m", numbers(file, "range_bias_m", c.range_bias_m, bands, -50, 50)},
                         {"range_sigma_m", numbers(file, "range_sigma_m", c.range_sigma_m, bands, 0, 50)},
                         {"cross_bias_m", numbers(file, "cross_bias_m", c.cross_bias_m, bands, -50, 50)},
                         {"cross_sigma_m", numbers(file, "cross_sigma_m", c.cross_sigma_m, bands, 0, 50)},
                         {"yaw_sigma_rad", file.number("yaw_sigma_rad", c.yaw_sigma_rad, 0, 4)},
                         {"yaw_flip", file.number("yaw_flip", c.yaw_flip, 0, 1)},
                         {"size_sigma", file.number("size_sigma", c.size_sigma, 0, 1)},
                         {"velocity_sigma_mps", file.number("velocity_sigma_mps", c.velocity_sigma_mps, 0, 100)},
                         {"confusion", file.number("confusion", c.confusion, 0, 1)}});
  if (read && c.detected.empty()) return file.wrong(node, "fitted." + name, "has no `detected`");
  return read;
}

sim::Result<void> ascending(const File& file, const YAML::Node& node, const std::string& where,
                            const std::vector<double>& edges) {
  if (edges.empty()) return file.wrong(node, where, "is missing");
  if (!std::is_sorted(edges.begin(), edges.end(), std::less_equal<>()))
    return file.wrong(node, where, "does not ascend");
  return {};
}

sim::Result<void> read_tables(const File& file, const YAML::Node& node, SensorModel& s) {
  FittedTables& t = s.fitted.emplace();
  if (!node.IsMap()) return file.wrong(node, "fitted", "is no table");
  for (const auto& [key, edges, low, high] :
       {std::tuple("bands_m", &t.bands_m, 0.1, 1000.0), std::tuple("shares", &t.shares, 0.0, 1.0)}) {
    if (!node[key]) return file.wrong(node, "fitted", std::string(key) + " is missing");
    if (auto read = numbers(file, key, *edges, 0, low, high)(node[key]); !read) return read;
    if (auto rises = ascending(file, node[key], key, *edges); !rises) return rises;
  }
  if (t.shares.back() < 1) return file.wrong(node["shares"], "shares", "does not end at 1");
  Keys keys;
  keys["bands_m"] = keys["shares"] = [](const YAML::Node&) { return sim::Result<void>(); };  // read first
  keys["all"] = [&](const YAML::Node& n) { return read_fitted_class(file, n, "all", t, t.all); };
  for (std::size_t c = 0; c < kObjectClasses; ++c) {
    const std::string name(to_string(static_cast<ObjectClass>(c)));
    keys[name] = [&, name, c](const YAML::Node& n) {
      return read_fitted_class(file, n, name, t, t.classes[c].emplace());
    };
  }
  if (auto read = file.read(node, "fitted", keys); !read) return read;
  if (t.all.detected.empty()) return file.wrong(node, "fitted", "has no `all`: what is of no class of its own?");
  return {};
}

sim::Result<void> read_sensor(const File& file, const YAML::Node& node, SensorModel& s) {
  const auto n = [&](const char* key, double& out, double low, double high) {
    return std::pair<const std::string, Reader>(key, file.number(key, out, low, high));
  };
  Keys keys{n("x_m", s.x_m, -50, 50),
            n("y_m", s.y_m, -50, 50),
            n("z_m", s.z_m, -50, 50),
            n("yaw_deg", s.yaw_deg, -360, 360),
            n("fov_deg", s.fov_deg, 0, 360),
            n("soft_edge_deg", s.soft_edge_deg, 0, 90),
            n("near_m", s.near_m, 0, 100),
            n("probability", s.probability, 0, 1),
            n("fall_off", s.fall_off, 0, 1),
            n("visible_from", s.visible_from, 0, 1),
            n("visible_sure", s.visible_sure, 0, 1),
            n("loss_correlation_s", s.loss_correlation_s, 0, 60),
            n("range_bias_m", s.range_bias_m, -10, 10),
            n("range_sigma_m", s.range_sigma_m, 0, 50),
            n("range_sigma_per_m", s.range_sigma_per_m, 0, 1),
            n("cross_sigma_rad", s.cross_sigma_rad, 0, 1),
            n("yaw_sigma_rad", s.yaw_sigma_rad, 0, 4),
            n("size_sigma", s.size_sigma, 0, 1),
            n("velocity_sigma_mps", s.velocity_sigma_mps, 0, 100),
            n("error_correlation_s", s.error_correlation_s, 0, 60),
            n("yaw_flip", s.yaw_flip, 0, 1),
            n("confusion", s.confusion, 0, 1),
            n("clutter", s.clutter, 0, 50),
            n("clutter_life_s", s.clutter_life_s, 0.001, 60),
            n("clutter_cars", s.clutter_cars, 0, 1),
            n("weather", s.weather, 0, 1)};
  keys["measures_velocity"] = file.yes_no("measures_velocity", s.measures_velocity);
  keys["range_m"] = [&](const YAML::Node& ranges) { return read_ranges(file, ranges, s); };
  keys["name"] = [&](const YAML::Node& name) -> sim::Result<void> {
    s.name = name.as<std::string>();
    return {};
  };
  keys["fitted"] = [&](const YAML::Node& tables) { return read_tables(file, tables, s); };
  return file.read(node, "sensors", keys);
}

sim::Result<void> read_sensors(const File& file, const YAML::Node& node, StubSetup& setup) {
  if (!node.IsSequence()) return file.wrong(node, "sensors", "is not a list");
  if (node.size() > 64) return file.wrong(node, "sensors", "has more than 64 entries");
  for (const auto& one : node) {
    setup.sensors.emplace_back();
    if (auto read = read_sensor(file, one, setup.sensors.back()); !read) return read;
  }
  return {};
}

sim::Result<void> read_tracker(const File& file, const YAML::Node& node, TrackerSetup& t) {
  return file.read(node, "tracker",
                   {{"enabled", file.yes_no("enabled", t.enabled)},
                    {"gate_m", file.number("gate_m", t.gate_m, 0.1, 50)},
                    {"measured_m", file.number("measured_m", t.measured_m, 0.01, 50)},
                    {"acceleration_mps2", file.number("acceleration_mps2", t.acceleration_mps2, 0.01, 100)},
                    {"first_speed_mps", file.number("first_speed_mps", t.first_speed_mps, 0.1, 100)},
                    {"heading_from_mps", file.number("heading_from_mps", t.heading_from_mps, 0, 100)},
                    {"confirm_hits", file.whole("confirm_hits", t.confirm_hits, 1, 32)},
                    {"confirm_window", file.whole("confirm_window", t.confirm_window, 1, 32)},
                    {"coast_frames", file.whole("coast_frames", t.coast_frames, 0, 1000)}});
}

sim::Result<void> read_lidar(const File& file, const YAML::Node& node, LidarClusterSetup& l) {
  return file.read(node, "lidar_cluster",
                   {{"range_m", file.number("range_m", l.range_m, 5, 200)},
                    {"near_m", file.number("near_m", l.near_m, 0, 20)},
                    {"cell_m", file.number("cell_m", l.cell_m, 0.05, 2)},
                    {"join_cells", file.whole("join_cells", l.join_cells, 1, 10)},
                    {"ground_slope", file.number("ground_slope", l.ground_slope, 0.01, 1)},
                    {"above_ground_m", file.number("above_ground_m", l.above_ground_m, 0.05, 2)},
                    {"below_m", file.number("below_m", l.below_m, 0.5, 10)},
                    {"least_points", file.whole("least_points", l.least_points, 1, 10'000)},
                    {"flat_ground", file.yes_no("flat_ground", l.flat_ground)},
                    {"fit_heading", file.yes_no("fit_heading", l.fit_heading)},
                    {"complete_boxes", file.yes_no("complete_boxes", l.complete_boxes)},
                    {"refuse_structures", file.yes_no("refuse_structures", l.refuse_structures)}});
}

sim::Result<void> read_kind(const File& file, const YAML::Node& node, StubSetup& setup) {
  const auto word = node.as<std::string>();
  for (const StubKind kind :
       {StubKind::kIdeal, StubKind::kLogged, StubKind::kPhenomenological, StubKind::kLidarCluster, StubKind::kFitted})
    if (word == to_string(kind)) {
      setup.kind = kind;
      return {};
    }
  return file.wrong(node, "stub", "`" + word + "` is no perception stub",
                    "stubs are ideal, logged, phenomenological, lidar_cluster, fitted");
}

Keys setup_keys(const File& file, StubSetup& setup) {
  return {{"stub", [&](const YAML::Node& n) { return read_kind(file, n, setup); }},
          {"ideal_range_m", file.number("ideal_range_m", setup.ideal_range_m, 0, 10'000)},
          {"latency_ms", file.number("latency_ms", setup.latency_ms, 0, 10'000)},
          {"latency_jitter_ms", file.number("latency_jitter_ms", setup.latency_jitter_ms, 0, 10'000)},
          {"sensors", [&](const YAML::Node& n) { return read_sensors(file, n, setup); }},
          {"tracker", [&](const YAML::Node& n) { return read_tracker(file, n, setup.tracker); }},
          {"lidar_cluster", [&](const YAML::Node& n) { return read_lidar(file, n, setup.lidar); }}};
}

// What no key alone can tell.
sim::Result<void> check_setup(const File& file, const YAML::Node& root, const StubSetup& setup) {
  if (setup.tracker.confirm_hits > setup.tracker.confirm_window)
    return file.wrong(root, "tracker", "confirm_hits is more than confirm_window",
                      "give at most as many hits as frames");
  if (imagines(setup.kind) && setup.sensors.empty())
    return file.wrong(root, "sensors", "is missing: the stub sees nothing without sensors");
  for (const SensorModel& sensor : setup.sensors)
    if (sensor.fitted.has_value() != (setup.kind == StubKind::kFitted))
      return file.wrong(
          root, "sensors",
          sensor.fitted ? "has tables: that is a `fitted` stub" : "has no tables: a `fitted` stub needs them",
          "`replay LOG --fit FILE.yaml` makes them");
  return {};
}

sim::Result<void> read_entry(const File& file, const YAML::Node& node, StubsByVehicle::Entry& entry) {
  Keys keys = setup_keys(file, entry.setup);
  keys["vehicles"] = file.names("vehicles", entry.vehicles);
  if (auto read = file.read(node, "by_vehicle", keys); !read) return read;
  if (entry.vehicles.empty()) return file.wrong(node, "vehicles", "is missing: whose is it?", "vehicles: [ego_00*]");
  return check_setup(file, node, entry.setup);
}

sim::Result<void> read_root(const File& file, const YAML::Node& root, StubsByVehicle& out) {
  const std::string name = fs::path(file.name).stem().string();
  if (!root.IsMap() || !root[kByVehicle]) {
    StubSetup& setup = out.entries.emplace_back(StubsByVehicle::Entry{{"*"}, {}}).setup;
    setup.name = name;
    if (auto read = file.read(root, "", setup_keys(file, setup)); !read) return read;
    return check_setup(file, root, setup);
  }
  const auto each = [&](const YAML::Node& list) -> sim::Result<void> {
    if (!list.IsSequence() || list.size() == 0 || list.size() > 1000)
      return file.wrong(list, kByVehicle, "is no list of 1 to 1000 set-ups");
    for (const auto& one : list) {
      out.entries.push_back({{}, {}});
      out.entries.back().setup.name = name;
      if (auto read = read_entry(file, one, out.entries.back()); !read) return read;
    }
    return {};
  };
  return file.read(root, "", {{kByVehicle, each}});
}

// A file that begins with a name, or the file itself.
sim::Result<StubText> text_of(const std::string& name, const std::vector<std::string>& folders) {
  for (const StubKind kind : {StubKind::kIdeal, StubKind::kLogged, StubKind::kLidarCluster})
    if (name == to_string(kind)) return StubText{"stub: " + name + "\n", name};
  std::string path = name;
  if (fs::path(name).extension() != ".yaml" && fs::path(name).extension() != ".yml") {
    path.clear();
    for (const std::string& folder : folders)
      if (path.empty() && fs::exists(fs::path(folder) / (name + ".yaml")))
        path = (fs::path(folder) / (name + ".yaml")).string();
    if (path.empty())
      return sim::fail("`" + name + "` is no perception stub", {}, 0, {},
                       "give ideal, logged, lidar_cluster, a preset (lidar, radar, camera) or a YAML file");
  }
  const auto in = InFile::open(path);
  if (!in) return tl::unexpected(in.error());
  if (in->size() > (1u << 20)) return sim::fail("is larger than 1 MiB: no set-up of a stub", path);
  std::string text(in->size(), '\0');
  if (auto read = in->read_at(0, text.data(), text.size()); !read) return tl::unexpected(read.error());
  return StubText{std::move(text), path};
}

// Entries `{vehicles: [...], preset: NAME}` with what the preset says in its place. Others are read first, as long as
// their lines are those of the file.
sim::Result<void> replace_presets(StubText& text, const std::vector<std::string>& folders) {
  const File file{text.file};
  try {
    YAML::Node root = YAML::Load(text.yaml);
    if (!root.IsMap() || !root[kByVehicle] || !root[kByVehicle].IsSequence()) return {};
    bool any = false;
    for (YAML::Node one : root[kByVehicle]) {
      if (!one.IsMap() || !one["preset"]) {
        StubsByVehicle::Entry entry;
        if (auto read = read_entry(file, one, entry); !read) return read;
        continue;
      }
      any = true;
      std::vector<std::string> vehicles;
      std::string preset;
      const Reader name = [&](const YAML::Node& n) -> sim::Result<void> {
        preset = n.as<std::string>();
        return {};
      };
      if (auto read = file.read(one, kByVehicle, {{"vehicles", file.names("vehicles", vehicles)}, {"preset", name}});
          !read)
        return read;
      auto said = text_of(preset, folders);
      if (!said) return file.wrong(one["preset"], "preset", said.error().what, said.error().remedy);
      const YAML::Node what = YAML::Load(said->yaml);
      if (what[kByVehicle]) return file.wrong(one["preset"], "preset", "tells vehicles apart itself");
      one.remove("preset");
      for (const auto& pair : what) one[pair.first] = pair.second;
    }
    if (any) text.yaml = YAML::Dump(root) + "\n";
  } catch (const YAML::Exception& e) {
    return sim::fail(e.msg, text.file, e.mark.line + 1);
  }
  return {};
}

}  // namespace

sim::Result<StubSetup> StubsByVehicle::of(const std::string& vehicle) const {
  for (const Entry& entry : entries)
    for (const std::string& pattern : entry.vehicles)
      if (sim::glob_match(pattern, vehicle)) return entry.setup;
  return sim::fail("has no set-up for the vehicle `" + vehicle + "`", file, 0, kByVehicle,
                   "add an entry with its name, or one for all: vehicles: ['*']");
}

sim::Result<StubsByVehicle> parse_stubs(const std::string& yaml, const std::string& file_name) {
  StubsByVehicle out;
  out.file = file_name;
  try {
    if (auto read = read_root(File{file_name}, YAML::Load(yaml), out); !read) return tl::unexpected(read.error());
  } catch (const YAML::Exception& e) {
    return sim::fail(e.msg, file_name, e.mark.line + 1);
  }
  return out;
}

sim::Result<StubText> read_stub(const std::string& name, const std::vector<std::string>& folders) {
  auto text = text_of(name, folders);
  if (!text) return text;
  if (auto replaced = replace_presets(*text, folders); !replaced) return tl::unexpected(replaced.error());
  return text;
}

sim::Result<StubsByVehicle> load_stubs(const std::string& name, const std::vector<std::string>& folders) {
  const auto read = read_stub(name, folders);
  if (!read) return tl::unexpected(read.error());
  return parse_stubs(read->yaml, read->file);
}

sim::Result<StubSetup> load_stub(const std::string& name, const std::vector<std::string>& folders,
                                 const std::string& vehicle) {
  const auto read = load_stubs(name, folders);
  return read ? read->of(vehicle) : tl::unexpected(read.error());
}

sim::Result<StubSetup> parse_stub(const std::string& yaml, const std::string& file, const std::string& vehicle) {
  const auto read = parse_stubs(yaml, file);
  return read ? read->of(vehicle) : tl::unexpected(read.error());
}

}  // namespace bitgoeul::replay
