// The YAML of `run --sensors`: one function per section, one table of keys for each.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>

#include "maps/load_map.h"
#include "scenarios/sensors.h"

namespace bitgoeul::scenarios {
namespace {

using Done = sim::Result<void>;
using Reader = std::function<Done(const YAML::Node&)>;
using Keys = std::map<std::string, Reader>;

struct File {
  std::string name;

  tl::unexpected<sim::Issue> wrong(const YAML::Node& node, const std::string& where, std::string what,
                                   std::string remedy = {}) const {
    return sim::fail(std::move(what), name, node.Mark().line + 1, where, std::move(remedy));
  }

  Done read(const YAML::Node& node, const std::string& where, const Keys& keys) const {
    if (!node.IsMap()) return wrong(node, where, "is not a table of keys");
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      const auto found = keys.find(key);
      if (found != keys.end()) {
        if (auto done = found->second(entry.second); !done) return done;
        continue;
      }
      std::string known;
      for (const auto& [k, reader] : keys) known += (known.empty() ? "" : ", ") + k;
      return wrong(entry.first, where.empty() ? key : where + "." + key, "is not known here", "keys are " + known);
    }
    return {};
  }

  Reader number(const std::string& where, double& out, double low, double high) const {
    return [this, where, &out, low, high](const YAML::Node& node) -> Done {
      double value = 0;
      if (!node.IsScalar() || !YAML::convert<double>::decode(node, value) || !(value >= low && value <= high))
        return wrong(node, where, fmt::format("is not a number from {:g} to {:g}", low, high));
      out = value;
      return {};
    };
  }
};

Done read_lidar(const File& file, const YAML::Node& node, SensorSetup& out) {
  out.lidar = replay::beam_pattern("lidar32");
  const Reader pattern = [&](const YAML::Node& n) -> Done {
    out.lidar = n.IsScalar() ? replay::beam_pattern(n.Scalar()) : std::nullopt;
    if (!out.lidar) return file.wrong(n, "lidar.pattern", "is no pattern", "lidar16, lidar32, lidar64 or lidar128");
    return {};
  };
  if (node.IsScalar()) return pattern(node);
  if (node.IsMap() && node["pattern"])
    if (auto done = pattern(node["pattern"]); !done) return done;
  return file.read(node, "lidar",
                   {{"pattern", pattern},
                    {"x_m", file.number("lidar.x_m", out.mount.x_m, -10, 20)},
                    {"y_m", file.number("lidar.y_m", out.mount.y_m, -5, 5)},
                    {"z_m", file.number("lidar.z_m", out.mount.z_m, 0.1, 10)},
                    {"range_m", file.number("lidar.range_m", out.lidar->far_m, 5, 300)},
                    {"sigma_m", file.number("lidar.sigma_m", out.lidar->sigma_m, 0, 1)},
                    {"drop_out", file.number("lidar.drop_out", out.lidar->drop_out, 0, 1)}});
}

Done read_gnss(const File& file, const YAML::Node& node, SensorSetup& out) {
  GnssModel& m = out.gnss.emplace();
  return file.read(node, "gnss",
                   {{"bias_m", file.number("gnss.bias_m", m.bias_m, 0, 100)},
                    {"correlation_s", file.number("gnss.correlation_s", m.correlation_s, 0.1, 1e5)},
                    {"noise_m", file.number("gnss.noise_m", m.noise_m, 0, 100)}});
}

Done read_imu(const File& file, const YAML::Node& node, SensorSetup& out) {
  ImuModel& m = out.imu.emplace();
  return file.read(
      node, "imu",
      {{"acceleration_bias_mps2", file.number("imu.acceleration_bias_mps2", m.acceleration_bias_mps2, 0, 10)},
       {"acceleration_noise_mps2", file.number("imu.acceleration_noise_mps2", m.acceleration_noise_mps2, 0, 10)},
       {"rate_bias_radps", file.number("imu.rate_bias_radps", m.rate_bias_radps, 0, 1)},
       {"rate_noise_radps", file.number("imu.rate_noise_radps", m.rate_noise_radps, 0, 1)}});
}

Done read_vehicles(const File& file, const YAML::Node& node, SensorSetup& out) {
  if (node.IsScalar()) out.vehicles = {node.Scalar()};
  if (node.IsSequence())
    for (const auto& one : node) {
      if (!one.IsScalar()) return file.wrong(one, "vehicles", "is no name");
      out.vehicles.push_back(one.Scalar());
    }
  if (out.vehicles.empty()) return file.wrong(node, "vehicles", "names nobody");
  return {};
}

Done read_stub(const File& file, const YAML::Node& node, SensorSetup& out) {
  if (!node.IsScalar()) return file.wrong(node, "perception", "is no name of a stub");
  auto stub = replay::load_stub(node.Scalar(), {(maps::assets_dir() / "perception").string()});
  if (!stub) return tl::unexpected(stub.error());
  if (stub->kind == replay::StubKind::kLogged)
    return file.wrong(node, "perception", "gives what a log has found: a run has none", "choose another stub");
  out.stub = std::move(*stub);
  return {};
}

Done read_all(const File& file, const YAML::Node& root, SensorSetup& out) {
  const Keys keys = {{"vehicles", [&](const YAML::Node& n) { return read_vehicles(file, n, out); }},
                     {"lidar", [&](const YAML::Node& n) { return read_lidar(file, n, out); }},
                     {"gnss", [&](const YAML::Node& n) { return read_gnss(file, n, out); }},
                     {"imu", [&](const YAML::Node& n) { return read_imu(file, n, out); }},
                     {"perception", [&](const YAML::Node& n) { return read_stub(file, n, out); }},
                     {"truth_m", file.number("truth_m", out.truth_m, 1, 1000)},
                     {"score_m", file.number("score_m", out.score_m, 1, 1000)}};
  if (auto done = file.read(root, "", keys); !done) return done;
  if (out.vehicles.empty()) return file.wrong(root, "vehicles", "is missing", "vehicles: [ego_000, ego_00*]");
  if (out.stub && out.stub->kind == replay::StubKind::kLidarCluster && !out.lidar)
    return file.wrong(root, "perception", "needs points: there is no lidar", "lidar: lidar32");
  return {};
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
