// `bitgoeul map ...` from the typed words to the exit code, the files written and what stands on stdout.
#include <doctest/doctest.h>

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scenarios/commands/command.h"
#include "tests/support/folders.h"

namespace fs = std::filesystem;
namespace commands = bitgoeul::scenarios::commands;

namespace {

// A ring of one two-way road: three quarters of it in one piece, closed by another.
constexpr const char* kRing = R"(<?xml version="1.0"?>
<OpenDRIVE><header revMajor="1" revMinor="6" name="ring"><geoReference><![CDATA[+proj=tmerc +lat_0=35.16 +lon_0=126.85 +datum=WGS84]]></geoReference></header>
<road id="1" name="Ring" length="300" junction="-1"><link><predecessor elementType="road" elementId="2" contactPoint="end"/><successor elementType="road" elementId="2" contactPoint="start"/></link>
<planView><geometry s="0" x="0" y="0" hdg="0" length="300"><arc curvature="0.015707963267948967"/></geometry></planView>
<lanes><laneSection s="0"><left><lane id="1" type="driving"><link><predecessor id="1"/><successor id="1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></left><center><lane id="0" type="none"/></center>
<right><lane id="-1" type="driving"><link><predecessor id="-1"/><successor id="-1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes></road>
<road id="2" name="Gate" length="100" junction="-1"><link><predecessor elementType="road" elementId="1" contactPoint="end"/><successor elementType="road" elementId="1" contactPoint="start"/></link>
<planView><geometry s="0" x="-63.66197723675814" y="63.66197723675814" hdg="4.71238898038469" length="100"><arc curvature="0.015707963267948967"/></geometry></planView>
<lanes><laneSection s="0"><left><lane id="1" type="driving"><link><predecessor id="1"/><successor id="1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></left><center><lane id="0" type="none"/></center>
<right><lane id="-1" type="driving"><link><predecessor id="-1"/><successor id="-1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes></road>
</OpenDRIVE>)";

struct Desk {
  fs::path folder = fs::path(bitgoeul::tests::binary_dir()) / "map_command_test";
  Desk() {
    fs::remove_all(folder);
    fs::create_directories(folder);
    setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
    std::ofstream(folder / "ring.xodr") << kRing;
  }
  ~Desk() { fs::remove_all(folder); }
  std::string path(const char* name) const { return (folder / name).string(); }

  // Exit code; what the command printed on stdout stands in `out`.
  int run(std::vector<std::string> words) {
    commands::Context context;
    CLI::App program("test", "bitgoeul");
    commands::add_map(program, context);
    std::reverse(words.begin(), words.end());
    try {
      program.parse(words);
    } catch (const CLI::ParseError&) {
      return commands::kInvalid;
    }
    std::fflush(stdout);
    const int saved = dup(1);
    const std::string file = path("stdout");
    REQUIRE(std::freopen(file.c_str(), "w", stdout) != nullptr);
    const int code = context.action ? context.action() : static_cast<int>(commands::kInvalid);
    std::fflush(stdout);
    dup2(saved, 1);
    close(saved);
    std::ifstream in(file);
    out.assign(std::istreambuf_iterator<char>(in), {});
    return code;
  }
  nlohmann::json json() const { return nlohmann::json::parse(out); }
  std::string out;
};

}  // namespace

TEST_CASE("map info: lengths of a ring of 400 m with one lane each way") {
  Desk desk;
  REQUIRE(desk.run({"map", "info", desk.path("ring.xodr"), "--json", "--quiet"}) == commands::kPass);
  const auto info = desk.json();
  CHECK(info["roads"] == 2);
  CHECK(info["road_km"].get<double>() == doctest::Approx(0.4));
  // Lane centres at the radius of 63.66 m plus and minus 1.75 m: 2 pi (65.41 + 61.91) = 800 m.
  CHECK(info["drivable_lane_km"].get<double>() == doctest::Approx(0.8).epsilon(1e-3));
  CHECK(info["lane_km_by_type"]["driving"].get<double>() == doctest::Approx(0.8).epsilon(1e-3));
  CHECK(info["box_lon_lat"][0].get<double>() < 126.85);
  CHECK(info["hash"].get<std::string>().size() == 32);
  CHECK(desk.run({"map", "info", desk.path("ring.xodr")}) == commands::kPass);
  CHECK(desk.out.find("2, 0.4 km") != std::string::npos);
}

TEST_CASE("map info --at: a place on the ring in every way of naming it") {
  Desk desk;
  // On the right lane, a quarter of the way round: the ring's radius is 200 / pi, lanes are 3.5 m wide.
  const double radius = 63.66197723675814, lane_radius = radius + 1.75;
  REQUIRE(desk.run({"map", "info", desk.path("ring.xodr"), "--at",
                    "0," + std::to_string(radius + 63.66197723675814 + 1.75), "--local", "--json", "--quiet"}) ==
          commands::kPass);
  const auto place = desk.json();
  CHECK(place["off_m"].get<double>() < 0.02);
  CHECK(std::abs(place["curvature_per_m"].get<double>()) == doctest::Approx(1 / lane_radius));
  CHECK(std::abs(place["lane_t_m"].get<double>()) < 0.02);
  CHECK(desk.run({"map", "info", desk.path("ring.xodr"), "--at", "1e7,1e7", "--local", "--quiet"}) ==
        commands::kInvalid);
  CHECK(desk.run({"map", "info", desk.path("ring.xodr"), "--at", "0,0", "--time", "25:00", "--quiet"}) ==
        commands::kInvalid);
}

TEST_CASE("map export: OpenDRIVE that loads again as the same road network") {
  Desk desk;
  REQUIRE(desk.run({"map", "info", desk.path("ring.xodr"), "--json", "--quiet"}) == commands::kPass);
  const auto before = desk.json();
  REQUIRE(desk.run({"map", "export", desk.path("ring.xodr"), "--to", "opendrive", "-o", desk.path("again.xodr"),
                    "--json", "--quiet"}) == commands::kPass);
  CHECK(desk.json()["roads"] == before["roads"]);
  REQUIRE(desk.run({"map", "info", desk.path("again.xodr"), "--json", "--quiet"}) == commands::kPass);
  for (const char* key : {"roads", "lanes", "junctions", "road_km", "drivable_lane_km", "box_m", "projection"})
    CHECK(desk.json()[key] == before[key]);
  CHECK(desk.run({"map", "export", desk.path("ring.xodr"), "-o", desk.path("ring.xodr") + "/again.xodr", "--quiet"}) ==
        commands::kFault);
}

TEST_CASE("map check: 0 for a sound map, 1 for a map with errors, 2 for none") {
  Desk desk;
  CHECK(desk.run({"map", "check", desk.path("ring.xodr"), "--quiet"}) == commands::kPass);
  std::string broken = kRing;
  broken.replace(broken.find("y=\"63.66197723675814\""), 21,
                 "y=\"63.76197723675814\"");  // the gate stands 10 cm beside the ring
  std::ofstream(desk.path("gap.xodr")) << broken;
  REQUIRE(desk.run({"map", "check", desk.path("gap.xodr"), "--json", "--quiet"}) == commands::kFailed);
  CHECK(desk.json()["by_rule"]["gap"].get<int>() > 0);
  CHECK(desk.run({"map", "check", desk.path("nothing.xodr"), "--quiet"}) == commands::kInvalid);
}

TEST_CASE("map build: the compiled map is the same map") {
  Desk desk;
  REQUIRE(desk.run({"map", "build", desk.path("ring.xodr"), "-o", desk.path("ring.map"), "--json", "--quiet"}) ==
          commands::kPass);
  const auto hash = desk.json()["hash"];
  REQUIRE(desk.run({"map", "info", desk.path("ring.map"), "--json", "--quiet"}) == commands::kPass);
  CHECK(desk.json()["hash"] == hash);
}

TEST_CASE("map picture: whole, by place, and refusals that leave no file") {
  Desk desk;
  const std::string map = desk.path("ring.xodr"), png = desk.path("ring.png");
  CHECK(desk.run({"map", "picture", map, "-o", png, "--quiet"}) == commands::kPass);
  REQUIRE(fs::file_size(png) > 1000);
  const auto whole = fs::file_size(png);
  fs::remove(png);
  CHECK(desk.run({"map", "picture", map, "-o", png, "--local=-20,-20,20,20", "--size", "320x240", "--layers",
                  "markings", "--quiet"}) == commands::kPass);
  CHECK(fs::file_size(png) < whole);
  fs::remove(png);
  CHECK(desk.run({"map", "picture", map, "-o", png, "--box", "126.849,35.1595,126.851,35.1605", "--quiet"}) ==
        commands::kPass);
  fs::remove(png);
  CHECK(desk.run({"map", "picture", map, "-o", png, "--size", "0x0", "--quiet"}) == commands::kInvalid);
  CHECK(desk.run({"map", "picture", map, "-o", png, "--size", "wide", "--quiet"}) == commands::kInvalid);
  CHECK(desk.run({"map", "picture", map, "-o", png, "--local", "1,2,3", "--quiet"}) == commands::kInvalid);
  CHECK(desk.run({"map", "picture", map, "-o", png, "--junction", "no such", "--quiet"}) == commands::kInvalid);
  CHECK(desk.run({"map", "picture", map, "-o", png, "--layers", "clouds", "--quiet"}) == commands::kInvalid);
  CHECK_FALSE(fs::exists(png));
}

TEST_CASE("map route: half the ring") {
  Desk desk;
  const std::string map = desk.path("ring.xodr");
  // South end (0, 0) outside lane, driven eastwards; north end (0, 127.3).
  REQUIRE(desk.run({"map", "route", map, "--local", "--from", "0.01,-1.75", "--to", "0,129.07", "--json", "--quiet"}) ==
          commands::kPass);
  CHECK(desk.json()["length_m"].get<double>() == doctest::Approx(65.41 * 3.14159265).epsilon(1e-3));
  CHECK(desk.json()["roads"][0]["name"] == "Ring");
  CHECK(desk.run({"map", "route", map, "--from", "35.16,126.85", "--to", "35.161,126.85", "--quiet"}) ==
        commands::kPass);
  CHECK(desk.run({"map", "route", map, "--from", "36.16,126.85", "--to", "35.161,126.85", "--quiet"}) ==
        commands::kInvalid);
  CHECK(desk.run({"map", "route", map, "--from", "here", "--to", "there", "--quiet"}) == commands::kInvalid);
}

TEST_CASE("map export says that it is not built") {
  Desk desk;
  CHECK(desk.run({"map", "export", "gwangju", "--to", "opendrive"}) == commands::kInvalid);
}
