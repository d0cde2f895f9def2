// Maps of every format but OpenDRIVE for the fault campaigns: whole files of which one is damaged, written to a folder
// of their own and loaded as `map info` and a run load them. Used by tests/faults/maps_files_test.cpp and
// maps_values_test.cpp only. One thread per process.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/faults/maps_inputs.h"

namespace bitgoeul::tests {

// An empty folder of this process that goes away at the end.
struct DamageFolder {
  std::filesystem::path path;
  DamageFolder();
  ~DamageFolder();
  DamageFolder(const DamageFolder&) = delete;
  DamageFolder& operator=(const DamageFolder&) = delete;
};

void put_bytes(const std::filesystem::path& file, const std::string& bytes);

// A map of one or more files, one of which is damaged.
struct Victim {
  std::string name;
  std::map<std::string, std::string> files;
  std::string damaged;  // which of them
  bool folder = false;  // the map is the folder, not that file
};

// The smallest map of each kind, each of its files in turn; kinds whose data set is not there are left out.
std::vector<Victim> victims();
// Every file of the folder whose name begins so, in turn.
void add_folder(std::vector<Victim>& all, const std::filesystem::path& folder, const std::string& only = "");
// A node-link network (links, nodes, turns) and a GeoJSON network with every property that is read.
void add_node_link(std::vector<Victim>& all);
void add_road_network(std::vector<Victim>& all);

// The victim with `bad` in place of its damaged file: how the load ended; memory counts too.
MapOutcome try_victim(const Victim& victim, const std::string& bad);

}  // namespace bitgoeul::tests
