#include "maps/compiled_map.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/maps/rich_road.h"

using namespace bitgoeul;
using namespace bitgoeul::maps;
using namespace bitgoeul::tests;

namespace {

std::shared_ptr<const Map> frozen(MapBuilder builder) {
  sim::Issues issues;
  auto map = freeze(std::move(builder), issues);
  REQUIRE(map.has_value());
  return *map;
}

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("bitgoeul_compiled_map_" + std::to_string(::getpid()));
  Folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("a compiled map comes back byte for byte") {
  const Folder folder;
  MapBuilder builder = crossing();
  builder.notice = "a notice";
  builder.projection = "EPSG:5186";
  builder.offset_x = 12.5;
  const auto map = frozen(builder);
  const auto file = folder.path / "deep" / "map.bin";
  REQUIRE(write_compiled(*map, file).has_value());
  const auto back = read_compiled(file);
  REQUIRE(back.has_value());
  CHECK((*back)->hash == map->hash);
  CHECK(map_hash(**back) == map->hash);
  CHECK((*back)->name == "crossing");
  CHECK((*back)->notice == "a notice");
  CHECK((*back)->projection == "EPSG:5186");
  CHECK((*back)->offset_x == 12.5);
  CHECK((*back)->box.max_x == map->box.max_x);
  CHECK((*back)->text == map->text);
  std::vector<std::pair<const void*, std::size_t>> theirs;
  (*back)->arrays(
      [&](const char*, const auto& rows) { theirs.emplace_back(rows.data(), rows.size() * sizeof(rows[0])); });
  std::size_t next = 0;
  map->arrays([&](const char* name, const auto& rows) {
    INFO(name);
    REQUIRE(theirs[next].second == rows.size() * sizeof(rows[0]));
    CHECK((rows.empty() || std::memcmp(theirs[next].first, rows.data(), theirs[next].second) == 0));
    ++next;
  });
  // Nothing but the file is left in the folder.
  CHECK(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 1);
}

TEST_CASE("the same draft gives the same hash, another one another") {
  CHECK(frozen(crossing())->hash == frozen(crossing())->hash);
  CHECK(frozen(rich_road())->hash == frozen(rich_road())->hash);
  MapBuilder moved = crossing();
  moved.roads[0].plan_view[0].y += 1e-4;
  CHECK(frozen(moved)->hash != frozen(crossing())->hash);
  MapBuilder renamed = crossing();
  renamed.name = "other";
  CHECK(frozen(renamed)->hash == frozen(crossing())->hash);
}

TEST_CASE("a damaged, foreign or missing compiled map is refused") {
  const Folder folder;
  const auto file = folder.path / "map.bin", bad = folder.path / "bad.bin";
  REQUIRE(write_compiled(*frozen(crossing()), file).has_value());
  const std::string whole = bytes_of(file);
  REQUIRE(whole.size() > 10000);
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 7) {
    put(bad, whole.substr(0, size));
    INFO("cut to ", size);
    CHECK(!read_compiled(bad).has_value());
  }
  put(bad, whole.substr(0, whole.size() - 1));
  CHECK(!read_compiled(bad).has_value());
  put(bad, whole + "x");
  CHECK(!read_compiled(bad).has_value());
  std::size_t flips = 0;
  for (std::size_t at = 0; at < whole.size(); at += 1 + at / 40, ++flips) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    put(bad, changed);
    INFO("flipped at ", at);
    CHECK(!read_compiled(bad).has_value());
  }
  CHECK(flips > 100);
  put(bad, "<OpenDRIVE/>");
  const auto foreign = read_compiled(bad);
  REQUIRE(!foreign.has_value());
  CHECK(foreign.error().what.find("not a compiled map") != std::string::npos);
  CHECK(foreign.error().file == bad.string());
  CHECK(!read_compiled(folder.path / "none.bin").has_value());
  CHECK(!read_compiled(folder.path).has_value());
  CHECK(read_compiled(file).has_value());
}

TEST_CASE("a compiled map that cannot be written says so and leaves nothing") {
  const Folder folder;
  put(folder.path / "file", "in the way");
  const auto result = write_compiled(*frozen(crossing()), folder.path / "file" / "map.bin");
  REQUIRE(!result.has_value());
  std::filesystem::create_directories(folder.path / "taken" / "inside");
  CHECK(!write_compiled(*frozen(crossing()), folder.path / "taken").has_value());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 2);
}
