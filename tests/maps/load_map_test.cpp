// load_map: names, paths, the cache of frozen maps.
#include "maps/load_map.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "maps/compiled_map.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
namespace fs = std::filesystem;

namespace {

// A folder of its own for each test, removed afterwards; assets and caches live in it.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "bitgoeul_load_map_XXXXXX").string();
    path = mkdtemp(name.data());
    fs::create_directories(path / "assets" / "maps");
    fs::create_directories(path / "assets" / "folder_map");
    fs::copy(tests::test_map("t_junction.xodr"), path / "assets" / "t_junction.xodr");
    fs::copy(tests::test_map("left_hand.xodr"), path / "assets" / "maps" / "left_hand.xodr");
    fs::copy(tests::test_map("all_geometries.xodr"), path / "assets" / "folder_map" / "any.xodr");
    setenv("BITGOEUL_ASSETS", (path / "assets").c_str(), 1);
  }
  ~Folder() {
    unsetenv("BITGOEUL_ASSETS");
    std::error_code error;
    fs::remove_all(path, error);
  }
  maps::LoadOptions cached() const { return {true, path / "cache"}; }
  // The cache holds one compiled map and one note.
  fs::path cache_file(const char* extension) const {
    for (const auto& entry : fs::directory_iterator(path / "cache"))
      if (entry.path().extension() == extension) return entry.path();
    return {};
  }
};

const maps::LoadOptions kNoCache{false, {}};

std::vector<std::string> texts(const sim::Issues& issues) {
  std::vector<std::string> all;
  for (const sim::Issue& i : issues) all.push_back(to_string(i));
  return all;
}

void damage(const fs::path& file, std::size_t keep, const std::string& tail) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  bytes.resize(std::min(keep, bytes.size()));
  std::ofstream(file, std::ios::binary) << bytes << tail;
}

}  // namespace

TEST_CASE("bare names are found under assets") {
  Folder folder;
  CHECK(maps::assets_dir() == folder.path / "assets");
  for (const auto& [name, roads] :
       {std::pair<const char*, std::size_t>{"t_junction", 9}, {"left_hand", 2}, {"folder_map", 1}}) {
    sim::Issues issues;
    const auto map = maps::load_map(name, issues, kNoCache);
    REQUIRE_MESSAGE(map, std::string(name));
    CHECK((*map)->roads.size() == roads);
  }
}

TEST_CASE("paths are paths") {
  Folder folder;
  sim::Issues issues;
  CHECK(maps::load_map((folder.path / "assets" / "t_junction.xodr").string(), issues, kNoCache));
  CHECK(maps::load_map((folder.path / "assets" / "folder_map").string(), issues, kNoCache));
  CHECK(maps::load_map("maps/left_hand.xodr", issues, kNoCache));
  CHECK(!maps::load_map((folder.path / "nothing.xodr").string(), issues, kNoCache));
  CHECK(!maps::load_map(folder.path.string(), issues, kNoCache));
}

TEST_CASE("an unknown name is answered with the names there are") {
  Folder folder;
  sim::Issues issues;
  const auto map = maps::load_map("t_juncton", issues, kNoCache);
  REQUIRE(!map);
  CHECK(map.error().what == "there is no map \"t_juncton\"");
  CHECK(map.error().remedy.find("did you mean \"t_junction\"?") == 0);
  CHECK(map.error().remedy.find("folder_map, left_hand, t_junction") != std::string::npos);
  CHECK(!maps::load_map("", issues, kNoCache));
  CHECK(!maps::load_map(".", issues, kNoCache));
}

TEST_CASE("files that are no maps are refused by what they hold") {
  Folder folder;
  sim::Issues issues;
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder.path / name) << text;
    return (folder.path / name).string();
  };
  CHECK(!maps::load_map(write("a.png", "\x89PNG"), issues, kNoCache));
  CHECK(!maps::load_map(write("a.xodr", ""), issues, kNoCache));
  CHECK(!maps::load_map(write("a.geojson", "{}"), issues, kNoCache));
  CHECK(!maps::load_map(write("a.map", "BTGLMAP\nnonsense"), issues, kNoCache));
  const auto other = maps::load_map(write("a.gpx", "<gpx/>"), issues, kNoCache);
  REQUIRE(!other);
  CHECK(other.error().what.find("not an OpenDRIVE file") != std::string::npos);
}

TEST_CASE("a compiled map is loaded as it is") {
  Folder folder;
  sim::Issues issues;
  const auto map = maps::load_map("t_junction", issues, kNoCache);
  REQUIRE(map);
  REQUIRE(maps::write_compiled(**map, folder.path / "anything"));
  const auto again = maps::load_map((folder.path / "anything").string(), issues, kNoCache);
  REQUIRE(again);
  CHECK((*again)->hash == (*map)->hash);
}

TEST_CASE("the cache gives the same map and the same issues") {
  Folder folder;
  sim::Issues first_issues, second_issues, fresh_issues;
  const auto fresh = maps::load_map("t_junction", fresh_issues, kNoCache);
  const auto first = maps::load_map("t_junction", first_issues, folder.cached());
  REQUIRE(fs::exists(folder.cache_file(".map")));
  const auto written = fs::last_write_time(folder.cache_file(".map"));
  const auto second = maps::load_map("t_junction", second_issues, folder.cached());
  REQUIRE((fresh && first && second));
  CHECK((*first)->hash == (*fresh)->hash);
  CHECK((*second)->hash == (*fresh)->hash);
  CHECK(!fresh_issues.empty());
  CHECK(texts(first_issues) == texts(fresh_issues));
  CHECK(texts(second_issues) == texts(fresh_issues));
  CHECK(fs::last_write_time(folder.cache_file(".map")) == written);  // read, not made anew
}

TEST_CASE("a changed input is imported anew") {
  Folder folder;
  sim::Issues issues;
  const auto first = maps::load_map("t_junction", issues, folder.cached());
  fs::copy(tests::test_map("left_hand.xodr"), folder.path / "assets" / "t_junction.xodr",
           fs::copy_options::overwrite_existing);
  const auto second = maps::load_map("t_junction", issues, folder.cached());
  REQUIRE((first && second));
  CHECK((*second)->roads.size() == 2);
  CHECK((*second)->hash != (*first)->hash);
}

TEST_CASE("damaged cache files are made anew") {
  Folder folder;
  sim::Issues issues, found;
  const auto first = maps::load_map("t_junction", issues, folder.cached());
  REQUIRE(first);
  for (const char* extension : {".map", ".issues"})
    for (std::size_t keep : {std::size_t{0}, std::size_t{1}, std::size_t{40}, std::size_t{100}, std::size_t{1000}})
      for (const char* tail : {"", "x", "\x1e\x1f\x1e"}) {
        damage(folder.cache_file(extension), keep, tail);
        found.clear();
        const auto again = maps::load_map("t_junction", found, folder.cached());
        REQUIRE(again);
        CHECK((*again)->hash == (*first)->hash);
        CHECK(texts(found) == texts(issues));
      }
}

TEST_CASE("a map of another source in the cache is not taken") {
  Folder folder;
  sim::Issues issues;
  REQUIRE(maps::load_map("t_junction", issues, folder.cached()));
  const auto other = maps::load_map("left_hand", issues, kNoCache);
  REQUIRE(other);
  REQUIRE(maps::write_compiled(**other, folder.cache_file(".map")));
  const auto again = maps::load_map("t_junction", issues, folder.cached());
  REQUIRE(again);
  CHECK((*again)->roads.size() == 9);
}

TEST_CASE("a cache that cannot be written is no error") {
  Folder folder;
  std::ofstream(folder.path / "file") << "x";
  sim::Issues issues;
  const auto map = maps::load_map("left_hand", issues, {true, folder.path / "file" / "cache"});
  REQUIRE(map);
  REQUIRE(!issues.empty());
  CHECK(issues.back().severity == sim::Severity::kInfo);
  CHECK(issues.back().where == "map cache");
}

TEST_CASE("the cache keeps the newest maps of a name and removes what a dead process left") {
  Folder folder;
  fs::create_directories(folder.path / "cache");
  const auto old = folder.path / "cache" / "t_junction-0123456789abcdef.map.tmp77",
             fresh = folder.path / "cache" / "x.map.tmp78", foreign = folder.path / "cache" / "notes.txt";
  for (const fs::path& file : {old, fresh, foreign}) std::ofstream(file) << "x";
  fs::last_write_time(old, fs::last_write_time(old) - std::chrono::hours(2));
  fs::last_write_time(foreign, fs::last_write_time(old));
  const fs::path source = folder.path / "assets" / "t_junction.xodr";
  std::string text;
  {
    std::ifstream in(source, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  sim::Issues issues;
  for (int version = 0; version < 7; ++version) {
    std::ofstream(source, std::ios::binary) << text << std::string(static_cast<std::size_t>(version), '\n');
    REQUIRE(maps::load_map("t_junction", issues, folder.cached()));
  }
  REQUIRE(maps::load_map("left_hand", issues, folder.cached()));
  int maps_kept = 0, notes_kept = 0;
  for (const auto& entry : fs::directory_iterator(folder.path / "cache")) {
    maps_kept += entry.path().extension() == ".map";
    notes_kept += entry.path().extension() == ".issues";
  }
  CHECK(maps_kept == 4 + 1);
  CHECK(notes_kept == 4 + 1);
  CHECK(!fs::exists(old));
  CHECK(fs::exists(fresh));
  CHECK(fs::exists(foreign));
}

TEST_CASE("a map in use stays whole when its cache file is replaced") {
  Folder folder;
  sim::Issues issues;
  REQUIRE(maps::load_map("t_junction", issues, folder.cached()));
  const auto map = maps::load_map("t_junction", issues, folder.cached());  // mapped from the file
  REQUIRE(map);
  CHECK((*map)->points.is_view());
  const auto other = maps::load_map("left_hand", issues, kNoCache);
  REQUIRE(maps::write_compiled(**other, folder.cache_file(".map")));
  CHECK(maps::map_hash(**map) == (*map)->hash);
  const maps::Map copy = **map;
  CHECK(!copy.points.is_view());
  CHECK(maps::map_hash(copy) == (*map)->hash);
}

TEST_CASE("big inputs are known again without reading them, until they change") {
  Folder folder;
  sim::Issues issues;
  const fs::path source = folder.path / "assets" / "t_junction.xodr";
  std::ofstream(source, std::ios::app) << std::string(9u << 20, ' ');
  const auto stamp = [&] { return folder.cache_file(".stamp"); };
  const auto first = maps::load_map("t_junction", issues, folder.cached());
  REQUIRE(first);
  REQUIRE(!stamp().empty());
  CHECK((*maps::load_map("t_junction", issues, folder.cached()))->hash == (*first)->hash);
  // A stamp that is old enough to be trusted, so the contents are not looked at.
  fs::last_write_time(stamp(), fs::last_write_time(stamp()) + std::chrono::hours(1));
  CHECK((*maps::load_map("t_junction", issues, folder.cached()))->hash == (*first)->hash);
  // Same size, other contents, and the old time put back: the time of change of the inode tells.
  const auto written = fs::last_write_time(source);
  {
    std::ifstream in(tests::test_map("left_hand.xodr"), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    text.resize(fs::file_size(source), ' ');
    std::ofstream(source, std::ios::binary) << text;
  }
  fs::last_write_time(source, written);
  const auto changed = maps::load_map("t_junction", issues, folder.cached());
  REQUIRE(changed);
  CHECK((*changed)->roads.size() == 2);
  // A damaged stamp is no stamp.
  damage(stamp(), 50, "x");
  CHECK((*maps::load_map("t_junction", issues, folder.cached()))->roads.size() == 2);
}
