// M1, M2 and M6 of the fault matrix for the other formats: OSM XML and PBF, Lanelet2, GeoJSON, CSV, shapefiles of NGII
// and of the node-link network, cut at any place and with bytes changed; and our own compiled map, at every byte.
#include <doctest/doctest.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "maps/compiled_map.h"
#include "maps/load_map.h"
#include "tests/faults/campaign.h"
#include "tests/faults/maps_inputs.h"
#include "tests/faults/maps_victims.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
using namespace bitgoeul::tests;

namespace {

namespace fs = std::filesystem;

char changed_byte(char byte, std::size_t kind) {
  const char changed[] = {'\0', '\xff', static_cast<char>(byte ^ 1), static_cast<char>(byte ^ 0x80)};
  return changed[kind % 4];
}

void run_damage(const std::vector<Victim>& all, std::size_t per_file, const std::string& what,
                const std::function<std::string(const std::string&, std::size_t)>& damage) {
  Campaign campaign;
  campaign.cases = all.size() * per_file;
  campaign.children = full_campaign() ? 2 : 1;
  campaign.describe = [&](std::size_t i) { return all[i / per_file].name + " " + std::to_string(i % per_file); };
  campaign.run = [&](std::size_t i) {
    const Victim& victim = all[i / per_file];
    return try_victim(victim, damage(victim.files.at(victim.damaged), i)).complaint;
  };
  run_and_check(campaign, what);
}

}  // namespace

TEST_CASE("map files of every format that end early are refused, or what is whole of them is read") {
  const std::size_t cuts = full_campaign() ? 2000 : 5;
  run_damage(victims(), cuts, "cut files of other formats",
             [&](const std::string& text, std::size_t i) { return text.substr(0, text.size() * (i % cuts) / cuts); });
}

TEST_CASE("map files of every format with a byte changed are refused, or give a sound map" *
          doctest::skip(!full_campaign())) {
  const std::size_t changes = full_campaign() ? 2000 : 6;
  run_damage(victims(), changes, "changed bytes of other formats", [&](const std::string& text, std::size_t i) {
    std::string bad = text;
    Numbers numbers{i};
    // Half of them in the header, where sizes and kinds stand.
    char& byte = bad[numbers.below(i % 2 == 0 ? bad.size() : std::min<std::size_t>(bad.size(), 300))];
    byte = changed_byte(byte, i / 2);
    return bad;
  });
}

// Whole deliveries, each at 2,000 places that lie evenly over all bytes of its files.
namespace {

void run_whole_maps(const std::string& what,
                    const std::function<std::string(const std::string&, BytePlace, std::size_t)>& damage) {
  constexpr std::size_t kPlaces = 2000;
  std::vector<Victim> maps = whole_maps();
  Campaign campaign;
  campaign.cases = maps.size() * kPlaces;
  campaign.children = 2;
  campaign.cpu_seconds = 60;
  campaign.describe = [&](std::size_t i) {
    const BytePlace place = place_in(maps[i / kPlaces], i % kPlaces, kPlaces);
    return maps[i / kPlaces].name + "/" + place.file + " at " + std::to_string(place.at);
  };
  campaign.run = [&](std::size_t i) {
    Victim map = maps[i / kPlaces];
    const BytePlace place = place_in(map, i % kPlaces, kPlaces);
    damage_file(map, place.file);
    return try_victim(map, damage(map.files.at(place.file), place, i)).complaint;
  };
  run_and_check(campaign, what);
}

}  // namespace

TEST_CASE("real maps of every format that end early are refused, or what is whole of them is read" *
          doctest::skip(!full_campaign())) {
  run_whole_maps("cuts of real maps of other formats",
                 [](const std::string& text, BytePlace place, std::size_t) { return text.substr(0, place.at); });
}

TEST_CASE("real maps of every format with a byte changed are refused, or give a sound map" *
          doctest::skip(!full_campaign())) {
  run_whole_maps("changed bytes of real maps of other formats",
                 [](const std::string& text, BytePlace place, std::size_t i) {
                   std::string bad = text;
                   bad[place.at] = changed_byte(bad[place.at], i);
                   return bad;
                 });
}

TEST_CASE("every byte of a compiled map counts: cut or changed it is refused, and the cache makes it anew") {
  const DamageFolder folder;
  const fs::path cache = folder.path / "cache";
  const auto load = [&] {
    sim::Issues issues;
    const auto map =
        maps::load_map(test_map("t_junction.xodr").string(), issues, {.use_cache = true, .cache_dir = cache});
    return map ? (*map)->hash : sim::Hash128{};
  };
  const sim::Hash128 hash = load();
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(cache))
    if (entry.is_regular_file()) files.push_back(entry.path());
  REQUIRE(files.size() == 2);
  std::sort(files.begin(), files.end());
  struct Damage {
    fs::path file;
    std::string bytes;
  };
  std::vector<Damage> originals;
  for (const fs::path& file : files) originals.push_back({file, read_map_text(file).text});
  std::vector<std::size_t> ends{0};
  for (const Damage& d : originals) ends.push_back(ends.back() + 2 * d.bytes.size());
  const std::size_t stride = full_campaign() ? 1 : 499;
  Campaign campaign;
  campaign.cases = ends.back() / stride;
  campaign.children = full_campaign() ? 2 : 1;
  campaign.describe = [&](std::size_t i) { return "byte " + std::to_string(i * stride / 2); };
  campaign.run = [&](std::size_t i) -> std::string {
    const std::size_t at = i * stride, which = at >= ends[1] ? 1 : 0, byte = (at - ends[which]) / 2;
    std::string bad = originals[which].bytes;
    at % 2 == 0 ? bad.resize(byte) : void(bad[byte] = static_cast<char>(bad[byte] ^ 0x10));
    const DamageFolder own;
    const fs::path file = own.path / "damaged.map";
    put_bytes(file, bad);
    if (bad.starts_with("BTGLMAP") && maps::read_compiled(file)) return "the damaged file was read";
    // The same through the cache: another folder with both files, one damaged.
    for (const Damage& d : originals) {
      const fs::path copy = own.path / d.file.lexically_relative(cache);
      fs::create_directories(copy.parent_path());
      put_bytes(copy, d.file == originals[which].file ? bad : d.bytes);
    }
    sim::Issues issues;
    const auto map =
        maps::load_map(test_map("t_junction.xodr").string(), issues, {.use_cache = true, .cache_dir = own.path});
    if (!map || (*map)->hash != hash) return "the cache gave another map";
    return read_map_text(own.path / originals[which].file.lexically_relative(cache)).text == originals[which].bytes
               ? ""
               : "the damaged file was not made anew";
  };
  run_and_check(campaign, "damaged bytes of the map cache");
}

namespace {

struct Sharing {
  std::size_t resident_kb = 0, shared_kb = 0, private_kb = 0, dirty_kb = 0;
};

// Of the mapping of that file in this process (proc(5): smaps).
Sharing sharing_of(const fs::path& file) {
  std::ifstream smaps("/proc/self/smaps");
  Sharing out;
  bool ours = false;
  for (std::string line; std::getline(smaps, line);) {
    const std::string key = line.substr(0, line.find(' '));
    if (key.find('-') != std::string::npos && key.find(':') == std::string::npos)
      ours = line.find(file.string()) != std::string::npos;
    if (!ours) continue;
    const auto value = [&] { return std::strtoul(line.c_str() + line.find(':') + 1, nullptr, 10); };
    if (key == "Rss:") out.resident_kb += value();
    if (key == "Shared_Clean:") out.shared_kb += value();
    if (key == "Private_Clean:") out.private_kb += value();
    if (key == "Shared_Dirty:" || key == "Private_Dirty:") out.dirty_kb += value();
  }
  return out;
}

}  // namespace

TEST_CASE("processes that open a compiled map share its pages") {
  const DamageFolder folder;
  sim::Issues issues;
  const auto map = maps::load_map(test_map("t_junction.xodr").string(), issues, {.use_cache = false, .cache_dir = {}});
  REQUIRE(map);
  const fs::path file = folder.path / "shared.map";
  REQUIRE(maps::write_compiled(**map, file));
  int ready[2], done[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(done) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto own = maps::read_compiled(file);
    char byte = own ? 1 : 0;
    if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 1) std::_Exit(1);
    std::_Exit(0);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK(byte == 1);
  const auto own = maps::read_compiled(file);
  REQUIRE(own);
  const Sharing sharing = sharing_of(file);
  CHECK(sharing.resident_kb * 1024 >= fs::file_size(file));
  CHECK(sharing.shared_kb == sharing.resident_kb);
  CHECK(sharing.private_kb + sharing.dirty_kb == 0);
  CHECK(write(done[1], &byte, 1) == 1);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  for (const int end : {ready[0], ready[1], done[0], done[1]}) close(end);
}
