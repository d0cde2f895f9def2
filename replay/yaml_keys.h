// YAML read by tables of keys: one function per section, what is not known is refused with its line. Used by the
// set-ups of perception stubs and of a run's sensors. Readers refer to the file and to what they fill. Thread rule:
// pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/result.h"

namespace YAML {
class Node;
}

namespace bitgoeul::replay {

using YamlReader = std::function<sim::Result<void>(const YAML::Node&)>;
using YamlKeys = std::map<std::string, YamlReader>;

struct YamlFile {
  std::string name;

  tl::unexpected<sim::Issue> wrong(const YAML::Node& node, const std::string& where, std::string what,
                                   std::string remedy = {}) const;
  // A table; `where` is its name, empty for the file's own.
  sim::Result<void> read(const YAML::Node& node, const std::string& where, const YamlKeys& keys) const;

  // Readers of one value, limits included.
  YamlReader number(const std::string& where, double& out, double low, double high) const;
  YamlReader whole(const std::string& where, int& out, int low, int high) const;
  YamlReader yes_no(const std::string& where, bool& out) const;
  // One name or a list of them, not empty.
  YamlReader names(const std::string& where, std::vector<std::string>& out) const;
};

}  // namespace bitgoeul::replay
