// Catalogues of a scenario: the directories of <CatalogLocations>, opened when the first reference needs them, and the
// rule which paths a scenario may name at all: relative, at most four levels up, never through a link that leads out.
// Made by parse.cpp, one per scenario; entries stay valid as long as it lives. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maps/xml.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::openscenario {

// Why a path that stands in a file may not be followed; nothing when it may.
std::optional<std::string> refused_path(std::string_view path);
// `path` seen from the directory; an error when refused or when it leads out through a link.
sim::Result<std::filesystem::path> resolve_path(const std::filesystem::path& directory, std::string_view path);

class Catalogs {
 public:
  Catalogs(std::filesystem::path directory, sim::Issues& issues) : directory_(std::move(directory)), issues_(&issues) {}
  void add_location(const maps::XmlElement& directory, std::string path);

  struct Entry {
    maps::XmlElement element;  // null: not found
    std::string file;
    std::string why, remedy;  // when not found
  };
  Entry find(const std::string& catalog, const std::string& entry);

 private:
  struct Location {
    maps::XmlElement element;
    std::string path;
    bool open = false;
  };
  struct File {
    std::string name;
    maps::XmlDocument document;
  };
  void open(Location& location);
  void load(const std::filesystem::path& file);

  std::filesystem::path directory_;
  sim::Issues* issues_;
  std::vector<Location> locations_;
  std::vector<File> files_;
};

}  // namespace bitgoeul::scenarios::openscenario
