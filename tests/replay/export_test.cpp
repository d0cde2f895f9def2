// What `log convert` writes: tables, Foxglove's schemas, Waymo Open Motion scenarios; each read back by something that
// is not the writer, and the scenarios held against real ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "maps/load_map.h"
#include "replay/export/exporter.h"
#include "replay/mcap/reader.h"
#include "replay/schema/foxglove/foxglove.pb.h"
#include "replay/schema/womd/scenario.pb.h"
#include "replay/tfrecord.h"
#include "tests/maps/shared_data.h"
#include "tests/replay/mcap_oracle.h"
#include "tests/replay/run_scene.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
using namespace bitgoeul::replay;
using replay_test::Scene;
using replay_test::TemporaryFolder;
namespace womd = waymo::open_dataset;

namespace {

ExportInput input(std::shared_ptr<const maps::Map> map = nullptr) {
  ExportInput in;
  in.log = "run.mcap";
  in.map_name = "town";
  in.entities = {{"ego_000", "ioniq5", 0}, {"a \"bus\", red", "bus", 1}};
  in.types = {{"sedan", "car"}, {"city_bus", "bus"}, {"bike", "bicycle"}};
  in.map = std::move(map);
  return in;
}

std::shared_ptr<const maps::Map> junction_map() {
  sim::Issues issues;
  auto map =
      maps::load_map(bitgoeul::tests::source_dir() + "/tests/maps/data/t_junction.xodr", issues, {.use_cache = false});
  REQUIRE(map);
  return *map;
}

ExportReport write(const std::string& format, const std::filesystem::path& file,
                   const std::vector<sim::Snapshot>& frames, ExportInput in = input()) {
  auto exporter = make_exporter(format, file, std::move(in));
  REQUIRE(exporter);
  for (const sim::Snapshot& frame : frames) REQUIRE((*exporter)->frame(frame));
  auto report = (*exporter)->close();
  REQUIRE(report);
  return *report;
}

std::vector<sim::Snapshot> frames_of(const Scene& scene, int count) {
  std::vector<sim::Snapshot> frames;
  for (int i = 0; i < count; ++i) {
    frames.push_back(scene.at(10 * i));
    frames.back().events = Scene::events(37 * i);
  }
  return frames;
}

std::vector<std::vector<std::string>> csv(const std::filesystem::path& file) {
  std::vector<std::vector<std::string>> rows{{""}};
  bool quoted = false;
  for (const char c : oracle::read_file(file)) {
    if (c == '"') quoted = !quoted;
    if (quoted || (c != ',' && c != '\n' && c != '"'))
      rows.back().back() += c == '"' && quoted ? "" : std::string(1, c);
    if (!quoted && c == ',') rows.back().emplace_back();
    if (!quoted && c == '\n') rows.push_back({""});
  }
  rows.pop_back();
  return rows;
}

std::vector<womd::Scenario> scenarios_of(const std::filesystem::path& file) {
  std::vector<womd::Scenario> out;
  REQUIRE(each_tfrecord(file, [&](std::string_view message) {
    REQUIRE(out.emplace_back().ParseFromArray(message.data(), static_cast<int>(message.size())));
    return true;
  }));
  return out;
}

// CRC-32C bit by bit, and TFRecord's mask.
std::uint32_t slow_masked(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0x82F63B78u : 0u);
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

// What every reader of the data set relies on.
void check_shape(const womd::Scenario& s) {
  CHECK(s.timestamps_seconds_size() == 91);
  CHECK(s.current_time_index() == 10);
  CHECK(s.dynamic_map_states_size() == 91);
  REQUIRE(s.sdc_track_index() < s.tracks_size());
  CHECK(s.tracks(s.sdc_track_index()).states(10).valid());
  for (int i = 0; i < 91; ++i) CHECK(std::abs(s.timestamps_seconds(i) - 0.1 * i) < 0.03);
  std::set<int> ids;
  for (const womd::Track& track : s.tracks()) {
    CHECK(track.states_size() == 91);
    ids.insert(track.id());
  }
  for (const auto& wanted : s.tracks_to_predict()) CHECK(s.tracks(wanted.track_index()).states(10).valid());
  std::set<std::int64_t> features;
  for (const auto& feature : s.map_features()) CHECK(features.insert(feature.id()).second);
}

}  // namespace

TEST_CASE("csv: one row per vehicle and frame, names quoted, numbers those of the frames") {
  const TemporaryFolder folder;
  const auto frames = frames_of({.rows = 10, .signal_groups = 3}, 50);
  const ExportReport report = write("csv", folder / "run.csv", frames);
  const auto rows = csv(folder / "run.csv");
  REQUIRE(rows.size() > 400);
  CHECK(rows[0][2] == "entity");
  std::size_t next = 1, events = 0;
  for (const sim::Snapshot& s : frames) {
    events += s.events.size();
    for (std::size_t row = 0; row < s.generation.size(); ++row) {
      if (s.entities.alive[row] == 0) continue;
      const auto& cells = rows.at(next++);
      REQUIRE(cells.size() == rows[0].size());
      CHECK(std::stoll(cells[1]) == s.step);
      if (row == 1) CHECK(cells[2] == "a bus, red");  // the reader above drops doubled quotes
      CHECK(std::abs(std::stod(cells[5]) - s.entities.x[row]) <= 0.5e-4 + 1e-9);
      CHECK(std::abs(std::stod(cells[8]) - s.entities.yaw_rad[row]) <= 0.5e-6 + 1e-12);
      CHECK(std::abs(std::stod(cells[11]) - s.entities.speed_mps[row]) <= 0.5e-4 + 1e-9);
    }
  }
  CHECK(next == rows.size());
  CHECK(csv(folder / "run.events.csv").size() == events + 1);
  CHECK(csv(folder / "run.signals.csv").size() == 1 + 3);  // they do not change in five seconds
  CHECK(report.files.size() == 3);
}

TEST_CASE("foxglove: every vehicle is a box, and those that leave are deleted") {
  const TemporaryFolder folder;
  const auto frames = frames_of({.rows = 12, .signal_groups = 4}, 120);
  write("foxglove", folder / "run.mcap", frames);
  const auto reader = mcap::Reader::open(folder / "run.mcap", {.require_crc = true});
  REQUIRE(reader);
  std::set<std::string> shown;
  std::size_t next = 0, deletions = 0, logs = 0;
  REQUIRE(reader->each_message([&](const mcap::MessageView& view) {
    logs += view.channel.topic == "/events";
    if (view.channel.topic != "/scene") return true;
    const sim::Snapshot& s = frames[next++];
    foxglove::SceneUpdate update;
    REQUIRE(update.ParseFromArray(view.message.data.data(), static_cast<int>(view.message.data.size())));
    for (const auto& deletion : update.deletions()) {
      CHECK(shown.erase(deletion.id()) == 1);
      ++deletions;
    }
    for (const auto& entity : update.entities()) shown.insert(entity.id());
    const auto alive = std::count(s.entities.alive.begin(), s.entities.alive.end(), 1);
    CHECK(shown.size() == static_cast<std::size_t>(alive));
    CHECK(update.entities_size() == alive);
    return true;
  }));
  CHECK(next == frames.size());
  CHECK(deletions > 5);
  CHECK(logs > 10);
}

TEST_CASE("TFRecord: sums are CRC-32C; a damaged or torn file is named with its byte") {
  CHECK(slow_masked("123456789") == ((0xE3069283u >> 15 | 0xE3069283u << 17) + 0xA282EAD8u));  // published check value
  CHECK(masked_crc32c("123456789") == slow_masked("123456789"));
  const TemporaryFolder folder;
  {
    auto file = OutFile::create(folder / "t.tfrecord");
    REQUIRE(file);
    for (const char* text : {"one", "", "three"}) REQUIRE(append_tfrecord(*file, text));
    REQUIRE(file->close());
  }
  const std::string bytes = oracle::read_file(folder / "t.tfrecord");
  CHECK(bytes.size() == 3 * 16 + 8);
  CHECK(oracle::u64(bytes, 0) == 3);
  CHECK(oracle::u32(bytes, 8) == slow_masked(bytes.substr(0, 8)));
  CHECK(oracle::u32(bytes, 15) == slow_masked("one"));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    oracle::write_file(folder / "bad.tfrecord", bad);
    const auto read = each_tfrecord(folder / "bad.tfrecord", [](std::string_view) { return true; });
    REQUIRE_FALSE(read);
    CHECK(read.error().where.find("byte ") != std::string::npos);
    if (i == 0 || i == 19 || i == 35) continue;  // cut between records
    oracle::write_file(folder / "bad.tfrecord", bytes.substr(0, i));
    CHECK_FALSE(each_tfrecord(folder / "bad.tfrecord", [](std::string_view) { return true; }));
  }
}

TEST_CASE("womd: windows of 91 steps whose tracks are the vehicles of the frames") {
  const TemporaryFolder folder;
  Scene scene{.rows = 25, .signal_groups = 0, .changes = false};
  auto frames = frames_of(scene, 200);
  for (sim::Snapshot& s : frames)  // all within reach of row 0
    for (std::size_t row = 1; row < 25; ++row) {
      s.entities.x[row] = s.entities.x[0] + static_cast<double>(row);
      s.entities.y[row] = s.entities.y[0] - static_cast<double>(row);
    }
  const ExportReport report = write("womd", folder / "run.tfrecord", frames);
  CHECK(report.issues.size() == 2);  // 18 frames are left, no map
  const auto scenarios = scenarios_of(folder / "run.tfrecord");
  REQUIRE(scenarios.size() == 2);
  for (std::size_t w = 0; w < 2; ++w) {
    const womd::Scenario& s = scenarios[w];
    check_shape(s);
    CHECK(s.tracks_size() == 25);
    CHECK(s.sdc_track_index() == 0);
    CHECK(s.tracks_to_predict_size() == 8);
    for (int row = 0; row < 25; ++row)
      for (int step = 0; step < 91; step += 9) {
        const sim::Snapshot& frame = frames[w * 91 + static_cast<std::size_t>(step)];
        const BoxState box = box_state(frame.entities, static_cast<std::size_t>(row));
        const womd::ObjectState& state = s.tracks(row).states(step);
        CHECK(state.center_x() == box.center.x());
        CHECK(std::abs(state.velocity_x() - box.velocity.x()) < 1e-5);
        CHECK(std::abs(state.length() - frame.entities.length_m[static_cast<std::size_t>(row)]) < 1e-6);
      }
  }
}

TEST_CASE("womd: the map around the host, with links that lead to each other and signals that rule lanes") {
  const TemporaryFolder folder;
  const auto map = junction_map();
  auto frames = frames_of({.rows = 2, .signal_groups = map->signal_groups.size(), .changes = false}, 91);
  for (sim::Snapshot& s : frames) s.entities.x[0] = map->points[0].x, s.entities.y[0] = map->points[0].y;
  write("womd", folder / "run.tfrecord", frames, input(map));
  const auto scenarios = scenarios_of(folder / "run.tfrecord");
  REQUIRE(scenarios.size() == 1);
  check_shape(scenarios[0]);
  std::map<std::int64_t, const womd::LaneCenter*> lanes;
  std::set<std::int64_t> features;
  for (const auto& feature : scenarios[0].map_features()) {
    features.insert(feature.id());
    if (feature.has_lane()) lanes[feature.id()] = &feature.lane();
  }
  REQUIRE(lanes.size() >= 6);
  for (const auto& [id, lane] : lanes) {
    REQUIRE(lane->polyline_size() >= 2);
    for (int i = 0; i + 2 < lane->polyline_size(); ++i) {
      const auto &a = lane->polyline(i), &b = lane->polyline(i + 1);
      CHECK(std::hypot(a.x() - b.x(), a.y() - b.y()) == doctest::Approx(0.5).epsilon(0.02));
    }
    for (const std::int64_t to : lane->exit_lanes()) {
      const auto next = lanes.find(to);
      if (next == lanes.end()) continue;
      const auto &end = lane->polyline(lane->polyline_size() - 1), &begin = next->second->polyline(0);
      CHECK(std::hypot(end.x() - begin.x(), end.y() - begin.y()) < 0.05);
      const auto& back = next->second->entry_lanes();
      CHECK(std::find(back.begin(), back.end(), id) != back.end());
    }
    for (const auto* side : {&lane->left_boundaries(), &lane->right_boundaries()})
      for (const auto& boundary : *side) CHECK(features.contains(boundary.boundary_feature_id()));
  }
}

TEST_CASE("womd: real scenarios have the shape that ours have, and pass through our schema without loss") {
  const auto folder = tests::shared_data() / "logs/waymo/src/waymo_open_dataset/utils/testdata";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: no ", folder.string());
    return;
  }
  for (const char* name : {"motion_data_one_scenario.tfrecord", "womd_scenario_input.tfrecord"}) {
    CAPTURE(name);
    const auto scenarios = scenarios_of(folder / name);
    REQUIRE(scenarios.size() == 1);
    check_shape(scenarios[0]);
    CHECK(scenarios[0].map_features_size() > 100);
    REQUIRE(each_tfrecord(folder / name, [&](std::string_view message) {
      CHECK(scenarios[0].SerializeAsString().size() == message.size());
      return true;
    }));
    double spacing = 0;
    int gaps = 0;
    for (const auto& feature : scenarios[0].map_features())
      if (feature.has_lane() && feature.lane().polyline_size() > 2) {
        const auto &a = feature.lane().polyline(0), &b = feature.lane().polyline(1);
        spacing += std::hypot(a.x() - b.x(), a.y() - b.y()), ++gaps;
      }
    CHECK(spacing / gaps == doctest::Approx(0.5).epsilon(0.05));  // as ours
    MESSAGE(std::string(name), ": ", scenarios[0].tracks_size(), " tracks, ", scenarios[0].map_features_size(),
            " features");
  }
}

TEST_CASE("an unknown format, a folder that is not there: refused, and nothing is left behind") {
  const TemporaryFolder folder;
  CHECK_FALSE(make_exporter("flac", folder / "x", input()));
  for (const std::string& format : export_formats()) {
    CHECK_FALSE(make_exporter(format, "/no/such/folder/x", input()));
    auto exporter = make_exporter(format, folder / "x", input(format == "omega-prime" ? junction_map() : nullptr));
    REQUIRE(exporter);
    exporter->reset();  // interrupted
    CHECK(std::filesystem::is_empty(folder.path));
  }
}

// Read by npm_foxglove.mjs.
TEST_CASE("sample of Foxglove messages for other readers" * doctest::skip()) {
  const char* file = std::getenv("BITGOEUL_WRITE_FOXGLOVE");
  REQUIRE(file != nullptr);
  const auto map = junction_map();
  ExportInput in = input(map);
  in.projection = "+proj=tmerc +lat_0=35.16 +lon_0=126.85 +ellps=WGS84";
  write("foxglove", file, frames_of({.rows = 12, .signal_groups = map->signal_groups.size()}, 60), std::move(in));
}
