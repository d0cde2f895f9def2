#include "replay/yaml_keys.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace bitgoeul::replay {

tl::unexpected<sim::Issue> YamlFile::wrong(const YAML::Node& node, const std::string& where, std::string what,
                                           std::string remedy) const {
  return sim::fail(std::move(what), name, node.Mark().line + 1, where, std::move(remedy));
}

sim::Result<void> YamlFile::read(const YAML::Node& node, const std::string& where, const YamlKeys& keys) const {
  if (!node.IsMap()) return wrong(node, where, "is not a table of keys");
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    const auto found = keys.find(key);
    if (found == keys.end()) {
      std::string known;
      for (const auto& [k, reader] : keys) known += (known.empty() ? "" : ", ") + k;
      return wrong(entry.first, where.empty() ? key : where + "." + key, "is not known here", "keys are " + known);
    }
    if (auto done = found->second(entry.second); !done) return done;
  }
  return {};
}

YamlReader YamlFile::number(const std::string& where, double& out, double low, double high) const {
  return [this, where, &out, low, high](const YAML::Node& node) -> sim::Result<void> {
    double value = 0;
    if (!node.IsScalar() || !YAML::convert<double>::decode(node, value) || !(value >= low && value <= high))
      return wrong(node, where, fmt::format("is not a number from {:g} to {:g}", low, high));
    out = value;
    return {};
  };
}

YamlReader YamlFile::whole(const std::string& where, int& out, int low, int high) const {
  return [this, where, &out, low, high](const YAML::Node& node) -> sim::Result<void> {
    int value = 0;
    if (!node.IsScalar() || !YAML::convert<int>::decode(node, value) || value < low || value > high)
      return wrong(node, where, fmt::format("is not a whole number from {} to {}", low, high));
    out = value;
    return {};
  };
}

YamlReader YamlFile::names(const std::string& where, std::vector<std::string>& out) const {
  return [this, where, &out](const YAML::Node& node) -> sim::Result<void> {
    if (node.IsScalar()) out = {node.Scalar()};
    if (node.IsSequence())
      for (const auto& one : node) {
        if (!one.IsScalar()) return wrong(one, where, "is no name");
        out.push_back(one.Scalar());
      }
    if (out.empty()) return wrong(node, where, "names nobody");
    return {};
  };
}

YamlReader YamlFile::yes_no(const std::string& where, bool& out) const {
  return [this, where, &out](const YAML::Node& node) -> sim::Result<void> {
    if (!node.IsScalar() || !YAML::convert<bool>::decode(node, out))
      return wrong(node, where, "is neither true nor false");
    return {};
  };
}

}  // namespace bitgoeul::replay
