// The YAML of `run --sensors`: one function per section, one table of keys for each.
#include <yaml-cpp/yaml.h>

#include "maps/load_map.h"
#include "replay/yaml_keys.h"
#include "scenarios/sensors.h"
#include "sim/math.h"

namespace bitgoeul::scenarios {
namespace {

using Done = sim::Result<void>;
using File = replay::YamlFile;
using Keys = replay::YamlKeys;
using Reader = replay::YamlReader;

Done read_one_lidar(const File& file, const YAML::Node& node, SensorRig& out) {
  replay::Lidar& lidar = out.lidars.emplace_back(replay::Lidar{*replay::beam_pattern("lidar32"), {}});
  const Reader pattern = [&](const YAML::Node& n) -> Done {
    auto named = n.IsScalar() ? replay::beam_pattern(n.Scalar()) : std::nullopt;
    if (!named) return file.wrong(n, "lidar.pattern", "is no pattern", "lidar16, lidar32, lidar64 or lidar128");
    lidar.pattern = std::move(*named);
    return {};
  };
  if (node.IsScalar()) return pattern(node);
  if (node.IsMap() && node["pattern"])  // first: the others change what it says
    if (auto done = pattern(node["pattern"]); !done) return done;
  replay::LidarMount& mount = lidar.mount;
  double yaw_deg = 0, pitch_deg = 0, roll_deg = 0;
  auto done = file.read(node, "lidar",
                        {{"pattern", [](const YAML::Node&) { return Done(); }},
                         {"x_m", file.number("lidar.x_m", mount.x_m, -10, 20)},
                         {"y_m", file.number("lidar.y_m", mount.y_m, -5, 5)},
                         {"z_m", file.number("lidar.z_m", mount.z_m, 0.1, 10)},
                         {"yaw_deg", file.number("lidar.yaw_deg", yaw_deg, -360, 360)},
                         {"pitch_deg", file.number("lidar.pitch_deg", pitch_deg, -90, 90)},
                         {"roll_deg", file.number("lidar.roll_deg", roll_deg, -180, 180)},
                         {"range_m", file.number("lidar.range_m", lidar.pattern.far_m, 5, 300)},
                         {"sigma_m", file.number("lidar.sigma_m", lidar.pattern.sigma_m, 0, 1)},
                         {"drop_out", file.number("lidar.drop_out", lidar.pattern.drop_out, 0, 1)}});
  constexpr double kDegree = sim::kPi / 180;
  mount.yaw_rad = yaw_deg * kDegree, mount.pitch_rad = pitch_deg * kDegree, mount.roll_rad = roll_deg * kDegree;
  return done;
}

// One, or a list of them.
Done read_lidar(const File& file, const YAML::Node& node, SensorRig& out) {
  constexpr std::size_t kMost = 16;
  if (!node.IsSequence()) return read_one_lidar(file, node, out);
  if (node.size() == 0 || node.size() > kMost) return file.wrong(node, "lidar", "is a list of 1 to 16 lidars");
  for (const auto& one : node)
    if (auto done = read_one_lidar(file, one, out); !done) return done;
  return {};
}

Done read_gnss(const File& file, const YAML::Node& node, SensorRig& out) {
  GnssModel& m = out.gnss.emplace();
  return file.read(node, "gnss",
                   {{"bias_m", file.number("gnss.bias_m", m.bias_m, 0, 100)},
                    {"correlation_s", file.number("gnss.correlation_s", m.correlation_s, 0.1, 1e5)},
                    {"noise_m", file.number("gnss.noise_m", m.noise_m, 0, 100)}});
}

Done read_imu(const File& file, const YAML::Node& node, SensorRig& out) {
  ImuModel& m = out.imu.emplace();
  return file.read(
      node, "imu",
      {{"acceleration_bias_mps2", file.number("imu.acceleration_bias_mps2", m.acceleration_bias_mps2, 0, 10)},
       {"acceleration_noise_mps2", file.number("imu.acceleration_noise_mps2", m.acceleration_noise_mps2, 0, 10)},
       {"rate_bias_radps", file.number("imu.rate_bias_radps", m.rate_bias_radps, 0, 1)},
       {"rate_noise_radps", file.number("imu.rate_noise_radps", m.rate_noise_radps, 0, 1)}});
}

Done read_stubs(const File& file, const YAML::Node& node, SensorRig& out) {
  if (!node.IsScalar()) return file.wrong(node, "perception", "is no name of a stub");
  auto stubs = replay::load_stubs(node.Scalar(), {(maps::assets_dir() / "perception").string()});
  if (!stubs) return tl::unexpected(stubs.error());
  for (const auto& entry : stubs->entries) {
    if (entry.setup.kind == replay::StubKind::kLogged)
      return file.wrong(node, "perception", "gives what a log has found: a run has none", "choose another stub");
    if (entry.setup.kind == replay::StubKind::kLidarCluster && out.lidars.empty())
      return file.wrong(node, "perception", "needs points: there is no lidar", "lidar: lidar32");
  }
  out.stubs = std::move(*stubs);
  return {};
}

Done read_rig(const File& file, const YAML::Node& node, const std::string& where, SensorRig& out) {
  YAML::Node perception;  // last: it may need a lidar
  const Keys keys = {{"vehicles", file.names("vehicles", out.vehicles)},
                     {"lidar", [&](const YAML::Node& n) { return read_lidar(file, n, out); }},
                     {"gnss", [&](const YAML::Node& n) { return read_gnss(file, n, out); }},
                     {"imu", [&](const YAML::Node& n) { return read_imu(file, n, out); }},
                     {"perception",
                      [&](const YAML::Node& n) {
                        perception.reset(n);
                        return Done();
                      }},
                     {"truth_m", file.number("truth_m", out.truth_m, 1, 1000)},
                     {"score_m", file.number("score_m", out.score_m, 1, 1000)}};
  if (auto done = file.read(node, where, keys); !done) return done;
  if (out.vehicles.empty()) return file.wrong(node, "vehicles", "is missing", "vehicles: [ego_000, ego_00*]");
  return perception.IsNull() ? Done() : read_stubs(file, perception, out);
}

// One rig, or a list of them under `rigs`.
Done read_all(const File& file, const YAML::Node& root, SensorSetup& out) {
  if (!root.IsMap() || !root["rigs"]) return read_rig(file, root, "", out.rigs.emplace_back());
  const Reader rigs = [&](const YAML::Node& list) -> Done {
    if (!list.IsSequence() || list.size() == 0 || list.size() > 1000)
      return file.wrong(list, "rigs", "is no list of 1 to 1000 rigs");
    for (const auto& one : list)
      if (auto done = read_rig(file, one, "rigs", out.rigs.emplace_back()); !done) return done;
    return {};
  };
  return file.read(root, "", {{"rigs", rigs}});
}

}  // namespace

sim::Result<SensorSetup> read_sensors(const std::filesystem::path& path) {
  SensorSetup out;
  out.file = path.string();
  const File file{out.file};
  try {
    const YAML::Node root = YAML::LoadFile(path.string());
    if (auto done = read_all(file, root, out); !done) return tl::unexpected(done.error());
  } catch (const YAML::BadFile&) {
    return sim::fail("cannot be read", path.string());
  } catch (const YAML::Exception& e) {
    return sim::fail("is no YAML: " + e.msg, path.string(), e.mark.line + 1);
  }
  return out;
}

}  // namespace bitgoeul::scenarios
