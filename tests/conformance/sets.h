// The OpenDRIVE files that others wrote, by set: what each set is called, where it lies, which files it holds. Used by
// tests/conformance only; empty where the data is absent.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/folders.h"

namespace bitgoeul::tests {

struct MapSet {
  const char* name;
  const char* folder;  // below the data
};

inline constexpr MapSet kMapSets[] = {
    {"carla", "xodr/carla"},
    {"esmini resources", "xodr/esmini/resources"},
    {"esmini unit tests", "xodr/esmini/EnvironmentSimulator"},
    {"ingolstadt", "xodr/misc/ingolstadt"},
    {"libopendrive", "xodr/misc/libOpenDRIVE"},
    {"kcity", "xodr"},
    {"qc-opendrive", "xodr/misc/qc-opendrive"},
    {"alks", "xosc/alks"},
    {"asam examples", "xosc/asam_examples_ra"},
    {"esmini scenarios", "xosc/esmini"},
    {"ncap", "xosc/ncap"},
    {"qc-openscenarioxml", "xosc/qc-openscenarioxml"},
};

inline std::filesystem::path conformance_data() {
  const char* chosen = std::getenv("BITGOEUL_SHARED");
  const std::filesystem::path root = chosen != nullptr ? chosen : bitgoeul::tests::source_dir() + "/../shared";
  return root / "data";
}

inline std::vector<std::filesystem::path> files_of(const MapSet& set) {
  namespace fs = std::filesystem;
  const fs::path folder = conformance_data() / set.folder;
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    // K-City is the one file that lies in the folder of all sets.
    if (std::string(set.folder) == "xodr" && it->is_directory()) it.disable_recursion_pending();
    if (it->path().extension() == ".xodr") files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace bitgoeul::tests
