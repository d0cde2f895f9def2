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
  std::string damaged;     // which of them; empty in whole_maps()
  bool folder = false;     // the map is the folder, not that file
  std::size_t own_mb = 0;  // what the sound map takes, where that is more than a bad file may
};

// The smallest map of each kind, each of its files in turn; kinds whose data set is not there are left out.
std::vector<Victim> victims();
// Every file of the folder whose name begins so, in turn.
void add_folder(std::vector<Victim>& all, const std::filesystem::path& folder, const std::string& only = "");
// A node-link network (links, nodes, turns) and a GeoJSON network with every property that is read.
void add_node_link(std::vector<Victim>& all);
void add_road_network(std::vector<Victim>& all);

// Real maps and networks as they are delivered, no file of them named as damaged: our city, Seoul, a campus and Bad
// Hersfeld of OSM, every Lanelet2 map, the two proving grounds of NGII.
std::vector<Victim> whole_maps();
// One of these with that file to be damaged. Our city goes without its districts, whose streets take most of the time,
// unless they are what is damaged.
void damage_file(Victim& map, const std::string& file);
// A byte of a map, and the file it is in.
struct BytePlace {
  std::string file;
  std::size_t at = 0;
};
// Place `number` of `count` that lie evenly over all bytes of the map's files.
BytePlace place_in(const Victim& map, std::size_t number, std::size_t count);

// The victim with `bad` in place of its damaged file: how the load ended; memory counts too.
MapOutcome try_victim(const Victim& victim, const std::string& bad);

}  // namespace bitgoeul::tests
