// A run of ours as a Source: the same Snapshots as RunLog gives, also after a seek, with a torn file, and with a clock
// offset.
#include <doctest/doctest.h>

#include <fstream>

#include "replay/source.h"
#include "tests/replay/run_scene.h"

namespace {

using namespace replay_test;
using replay::Item;
using SnapshotPtr = std::shared_ptr<const sim::Snapshot>;

std::filesystem::path record(const TemporaryFolder& folder, std::int64_t steps) {
  const auto file = folder / "run.mcap";
  auto recorder = replay::Recorder::open(file, Scene::header());
  REQUIRE(recorder);
  REQUIRE(Scene().record(*recorder, steps));
  REQUIRE(recorder->close());
  return file;
}

// Steps of the Snapshots from here on; checks their order and one row.
std::vector<std::int64_t> steps_of(replay::Source& source) {
  std::vector<std::int64_t> steps;
  Item item;
  std::int64_t last_ns = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    const auto got = source.next(item);
    REQUIRE_MESSAGE(got, sim::to_string(got.error()));
    if (!*got) return steps;
    REQUIRE(item.topic == replay::kSnapshotTopic);
    const auto& snapshot = *std::get<SnapshotPtr>(item.payload);
    CHECK(item.time_ns >= last_ns);
    last_ns = item.time_ns;
    const sim::Snapshot truth = Scene().at(snapshot.step);
    CHECK(snapshot.generation == truth.generation);
    CHECK(snapshot.signals.state == truth.signals.state);
    for (std::size_t row = 0; row < truth.generation.size(); ++row)
      if (truth.generation[row] % 2 == 1) CHECK(std::abs(snapshot.entities.x[row] - truth.entities.x[row]) <= 0.0051);
    steps.push_back(snapshot.step);
  }
}

TEST_CASE("a run is a source of its Snapshots, from any time on") {
  const TemporaryFolder folder;
  const auto file = record(folder, 2000);
  auto source = replay::open_source({file});
  REQUIRE_MESSAGE(source, sim::to_string(source.error()));
  const auto& d = (*source)->description();
  REQUIRE(d.run);
  CHECK(d.run->map_name == Scene::header().map_name);
  CHECK(d.entities.size() == Scene::header().entities.size());
  CHECK(d.start_ns == 0);
  CHECK(d.end_ns == 20'000'000'000);
  const auto all = steps_of(**source);
  REQUIRE(all.size() == 201);
  for (const std::int64_t from : {0, 1, 10, 333, 999, 1000, 1990, 2000, 2001}) {
    REQUIRE((*source)->seek(from * kDtNs));
    const auto steps = steps_of(**source);
    const auto begin = std::lower_bound(all.begin(), all.end(), from);
    CHECK(steps == std::vector<std::int64_t>(begin, all.end()));
  }
  const auto at = replay::snapshot_at(**source, 1234 * kDtNs);
  REQUIRE(at);
  CHECK((*at)->step == 1240);
  const auto behind = replay::snapshot_at(**source, 99'000'000'000);
  REQUIRE(behind);
  CHECK((*behind)->step == 2000);
}

TEST_CASE("a torn run is served up to its tear, a damaged chunk costs its frames and no wrong ones come after it") {
  const TemporaryFolder folder;
  const auto file = record(folder, 40000);
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto torn = folder / "torn.mcap";
  std::ofstream(torn, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size() * 2 / 3));
  auto source = replay::open_source({torn});
  REQUIRE_MESSAGE(source, sim::to_string(source.error()));
  CHECK(!(*source)->description().files.at(0).complete);
  const auto steps = steps_of(**source);
  CHECK(steps.size() > 100);
  CHECK(steps.size() < 4001);

  const auto damaged = folder / "damaged.mcap";
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(damaged, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  source = replay::open_source({damaged});
  REQUIRE_MESSAGE(source, sim::to_string(source.error()));
  const auto rest = steps_of(**source);
  CHECK(rest.size() < 4001);
  CHECK(rest.back() == 40000);
  CHECK(!(*source)->description().issues.empty());
}

TEST_CASE("clock offsets move a log, and what is no log is refused with the known formats") {
  const TemporaryFolder folder;
  const auto file = record(folder, 100);
  replay::SourceOptions options;
  options.offsets_s = {2.5};
  auto source = replay::open_source({file}, options);
  REQUIRE(source);
  CHECK((*source)->description().start_ns == 2'500'000'000);
  Item item;
  REQUIRE((*source)->next(item).value());
  CHECK(item.time_ns == 2'500'000'000);

  const auto text = folder / "text.txt";
  std::ofstream(text) << "nothing";
  const auto refused = replay::open_source({text});
  REQUIRE(!refused);
  CHECK(refused.error().remedy.find("run.mcap") != std::string::npos);
  CHECK(!replay::open_source({folder / "missing"}));
}

TEST_CASE("a roles file is read, and what it misspells is named with its line") {
  const TemporaryFolder folder;
  const auto file = record(folder, 100);
  const auto yaml = folder / "roles.yaml";
  replay::SourceOptions options;
  options.roles = yaml;
  std::ofstream(yaml) << "roles:\n  /a: camera\noffsets_s:\n  run.mcap: -1.5\n";
  auto source = replay::open_source({file}, options);
  REQUIRE_MESSAGE(source, sim::to_string(source.error()));
  CHECK((*source)->description().start_ns == -1'500'000'000);
  std::ofstream(yaml) << "roles:\n  /a: camera\n  /b: kamera\n";
  const auto refused = replay::open_source({file}, options);
  REQUIRE(!refused);
  CHECK(refused.error().line == 3);
  std::ofstream(yaml) << "rolls: {}\n";
  CHECK(!replay::open_source({file}, options));
  std::ofstream(yaml) << "roles: [\n";
  CHECK(!replay::open_source({file}, options));
}

}  // namespace
