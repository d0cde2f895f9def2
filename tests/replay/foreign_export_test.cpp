// Logs of fleets, cut by place and given on: point clouds and text in Foxglove's schemas come back as they went in.
#include <doctest/doctest.h>

#include "replay/export/exporter.h"
#include "replay/mcap/reader.h"
#include "replay/mcap/rewrite.h"
#include "replay/mcap/writer.h"
#include "replay/source.h"
#include "tests/replay/run_scene.h"

using namespace bitgoeul;
using replay_test::TemporaryFolder;
namespace mcap = replay::mcap;

TEST_CASE("a cut by spans of time keeps what lies in them, their ends excluded") {
  const TemporaryFolder folder;
  auto writer = mcap::Writer::open(folder / "a.mcap", {.chunk_size = 64});
  REQUIRE(writer);
  const auto channel = writer->add_channel(0, "/n", "json");
  for (std::uint64_t t = 0; t < 100; ++t) REQUIRE(writer->write(channel, 1000 + t, std::to_string(t)));
  REQUIRE(writer->close());
  mcap::CutOptions options;
  options.spans = {{1000, 1003}, {1050, 1051}, {1099, 5000}};
  const auto report = mcap::cut(folder / "a.mcap", folder / "b.mcap", options);
  REQUIRE(report);
  CHECK(report->kept == 5);
  CHECK(report->dropped == 95);
  const auto reader = mcap::Reader::open(folder / "b.mcap");
  REQUIRE(reader);
  std::string seen;
  REQUIRE(reader->each_message([&](const mcap::MessageView& view) {
    seen += std::string(view.message.data) + " ";
    return true;
  }));
  CHECK(seen == "0 1 2 50 99 ");
}

TEST_CASE("foxglove: a point cloud and a line of text come back as they went in") {
  const TemporaryFolder folder;
  replay::ExportInput input;
  input.entities = {{"ego", "", 0}};
  input.types = {{"car", "car"}};
  auto exporter = replay::make_exporter("foxglove", folder / "log.mcap", input);
  REQUIRE(exporter);
  replay::Item cloud{.time_ns = 2'000'000'000, .topic = 0, .frame = "lidar"};
  replay::PointCloud points;
  points.to_body.position = {1.5, 0, 2};
  points.x = {1, 2, 3}, points.y = {-1, 0.5f, 7}, points.z = {0, 0.25f, -2}, points.intensity = {10, 20, 255};
  cloud.payload = points;
  REQUIRE((*exporter)->sensor(cloud));
  replay::Item line{.time_ns = 3'000'000'000, .topic = 0, .frame = {}};
  line.payload = replay::Text{.level = 3, .source = "planner", .text = "late"};
  REQUIRE((*exporter)->sensor(line));
  REQUIRE((*exporter)->close());
  auto source = replay::open_source({folder / "log.mcap"});
  REQUIRE(source);
  replay::Item item;
  int clouds = 0, texts = 0;
  for (;;) {
    const auto got = (*source)->next(item);
    REQUIRE(got);
    if (!*got) break;
    if (const auto* back = std::get_if<replay::PointCloud>(&item.payload)) {
      ++clouds;
      CHECK(item.time_ns == 2'000'000'000);
      CHECK(back->x == points.x);
      CHECK(back->y == points.y);
      CHECK(back->z == points.z);
      CHECK(back->intensity == points.intensity);
    }
    if (const auto* back = std::get_if<replay::Text>(&item.payload)) {
      ++texts;
      CHECK(back->level == 3);
      CHECK(back->source == "planner");
      CHECK(back->text == "late");
    }
  }
  CHECK(clouds == 1);
  CHECK(texts == 1);
}
