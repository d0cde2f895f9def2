// OSI traces and Waymo scenarios as sources of Snapshots: real ones, and our own exports read back.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "replay/export/exporter.h"
#include "replay/source.h"
#include "tests/maps/shared_data.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using namespace bitgoeul::replay;
using replay_test::Scene;
using replay_test::TemporaryFolder;

namespace {

std::vector<sim::Snapshot> snapshots_of(const std::filesystem::path& file, Description* description = nullptr) {
  auto source = open_source({file});
  REQUIRE(source);
  std::vector<sim::Snapshot> out;
  Item item;
  for (;;) {
    const auto got = (*source)->next(item);
    REQUIRE(got);
    if (!*got) break;
    if (item.topic == kSnapshotTopic) out.push_back(*std::get<std::shared_ptr<const sim::Snapshot>>(item.payload));
  }
  if (description) *description = (*source)->description();
  return out;
}

// All vehicles within reach of row 0, which is the host.
std::vector<sim::Snapshot> frames(int count) {
  const Scene scene{.rows = 12, .signal_groups = 0, .changes = false};
  std::vector<sim::Snapshot> out;
  for (int i = 0; i < count; ++i) {
    out.push_back(scene.at(10 * i));
    for (std::size_t row = 1; row < 12; ++row) {
      out.back().entities.x[row] = out.back().entities.x[0] + 5.0 * static_cast<double>(row);
      out.back().entities.y[row] = out.back().entities.y[0];
    }
  }
  return out;
}

void write(const std::string& format, const std::filesystem::path& file, const std::vector<sim::Snapshot>& frames) {
  ExportInput input;
  input.log = "run.mcap";
  input.types = {{"sedan", "car"}};
  auto exporter = make_exporter(format, file, input);
  REQUIRE(exporter);
  for (const sim::Snapshot& frame : frames) REQUIRE((*exporter)->frame(frame));
  REQUIRE((*exporter)->close());
}

// The boxes of a snapshot: centre and size, as they stand in the world.
std::vector<sim::Vec3> centres(const sim::Snapshot& s) {
  std::vector<sim::Vec3> out;
  for (std::size_t row = 0; row < s.entities.alive.size(); ++row)
    if (s.entities.alive[row] != 0) out.push_back(box_state(s.entities, row).center);
  return out;
}

void check_centres(const sim::Snapshot& got, const sim::Snapshot& wanted, double tolerance) {
  const auto found = centres(got);
  for (const sim::Vec3& centre : centres(wanted)) {
    double best = 1e9;
    for (const sim::Vec3& other : found) best = std::min(best, (other - centre).head<2>().norm());
    CHECK(best < tolerance);
  }
  CHECK(found.size() == centres(wanted).size());
}

}  // namespace

TEST_CASE("what we export as OSI and as Waymo scenarios comes back as the same boxes") {
  const TemporaryFolder folder;
  const auto wanted = frames(91);
  for (const std::string& name : {std::string("x_gt_x.osi"), std::string("x.tfrecord")}) {
    CAPTURE(name);
    write(name.ends_with(".osi") ? "osi-trace" : "womd", folder / name.c_str(), wanted);
    const auto got = snapshots_of(folder / name.c_str());
    REQUIRE(got.size() == wanted.size());
    for (std::size_t i = 0; i < got.size(); i += 10) {
      CHECK(got[i].time_ns == wanted[i].time_ns);
      check_centres(got[i], wanted[i], 0.1);  // pitch and roll may be lost
    }
  }
}

TEST_CASE("real OSI traces and Waymo scenarios become Snapshots") {
  const auto logs = tests::shared_data() / "logs";
  if (!std::filesystem::exists(logs)) {
    MESSAGE("skipped: no ", logs.string());
    return;
  }
  const std::string waymo = "waymo/src/waymo_open_dataset/utils/testdata/";
  for (const std::string& name :
       {std::string("osi/data/20240221T141700Z_sv_300_2112_10_one_moving_object.osi"),
        std::string("osi/data/20240618T122540Z_sv_370_244_20_minimal_valid_example.osi"),
        std::string("osi/example_config/example_sv_trace.osi"), waymo + "motion_data_one_scenario.tfrecord",
        waymo + "womd_scenario_input.tfrecord"}) {
    CAPTURE(name);
    Description description;
    const auto got = snapshots_of(logs / name, &description);
    REQUIRE(!got.empty());
    CHECK(got.size() == description.topics[0].count);
    std::size_t most = 0;
    for (const sim::Snapshot& s : got) most = std::max(most, centres(s).size());
    CHECK(most >= 1);
    if (name.starts_with("waymo")) CHECK(got.size() == 91);
    MESSAGE(name, ": ", got.size(), " snapshots, ", most, " objects at most");
  }
}

TEST_CASE("a torn OSI trace is served as far as it is whole; what is none is refused") {
  const TemporaryFolder folder;
  write("osi-trace", folder / "a.osi", frames(20));
  const auto size = std::filesystem::file_size(folder / "a.osi");
  std::filesystem::resize_file(folder / "a.osi", size - 5);
  Description description;
  CHECK(snapshots_of(folder / "a.osi", &description).size() == 19);
  CHECK_FALSE(description.files.front().complete);
  std::ofstream(folder / "b.osi") << "no";
  CHECK_FALSE(open_source({folder / "b.osi"}));
}
