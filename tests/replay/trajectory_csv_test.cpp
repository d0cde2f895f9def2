#include "replay/export/trajectory_csv.h"

#include <doctest/doctest.h>

#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul::replay;
using replay_test::TemporaryFolder;

TEST_CASE("trajectories: columns and digits of the contract") {
  const TemporaryFolder folder;
  auto csv = TrajectoryCsv::open(folder / "t.csv");
  REQUIRE(csv);
  REQUIRE(csv->row({0, "ego_000", 1.5, -2.25, 0.0, 3.14159265358979, 13.888888}));
  REQUIRE(csv->row({300'000'000, "ego, \"the\" first", -0.0, 12345.67894, 1e-9, -1.0, 0.0}));
  REQUIRE(csv->row({3'600'100'000'000, "e", 0, 0, 0, 0, 0}));
  CHECK_FALSE(std::filesystem::exists(folder / "t.csv"));  // not before it is whole
  REQUIRE(csv->close());
  CHECK(oracle::read_file(folder / "t.csv") ==
        "time_s,entity,x_m,y_m,z_m,heading_rad,speed_mps\n"
        "0.000,ego_000,1.5000,-2.2500,0.0000,3.141593,13.8889\n"
        "0.300,\"ego, \"\"the\"\" first\",0.0000,12345.6789,0.0000,-1.000000,0.0000\n"
        "3600.100,e,0.0000,0.0000,0.0000,0.000000,0.0000\n");
}

TEST_CASE("trajectories: many rows, and nothing left behind without close") {
  const TemporaryFolder folder;
  {
    auto csv = TrajectoryCsv::open(folder / "t.csv");
    REQUIRE(csv);
    for (int i = 0; i < 10000; ++i) REQUIRE(csv->row({i * 100'000'000LL, "ego", 0, 0, 0, 0, 0}));
    REQUIRE(csv->close());
  }
  const std::string text = oracle::read_file(folder / "t.csv");
  CHECK(std::count(text.begin(), text.end(), '\n') == 10001);
  {
    auto csv = TrajectoryCsv::open(folder / "u.csv");
    REQUIRE(csv);
    REQUIRE(csv->row({}));
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
  CHECK_FALSE(TrajectoryCsv::open("/no/such/folder/t.csv"));
}
