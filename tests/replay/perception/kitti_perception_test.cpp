// lidar_cluster on 24 real scans (KITTI tracking, sequence 0000), scored against its labels.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>

#include "replay/perception/session.h"
#include "tests/support/folders.h"

using namespace bitgoeul::replay;
namespace sim = bitgoeul::sim;

namespace {

std::filesystem::path kitti() {
  const char* chosen = std::getenv("BITGOEUL_SHARED");
  const std::filesystem::path root = chosen != nullptr ? chosen : bitgoeul::tests::source_dir() + "/../shared";
  return root / "data" / "kitti" / "label_02_all21" / "0000.txt";
}

struct Outcome {
  PerceptionSummary summary;
  Counts cars;
  DetectionScore detection;
  TrackingScore tracking;
};

// Cars within 40 m of at least 50 points, where the labels are: in the picture of the camera (1242 pixels, f = 721).
Outcome run(const StubSetup& setup, int threads) {
  auto source = open_source({kitti()});
  REQUIRE(source.has_value());
  PerceptionOptions options;
  options.threads = threads;
  options.end_ns = 2'300'000'000;
  Scores scores({.range_m = 40, .fov_deg = 80, .min_points = 50});
  auto summary = run_perception(**source, setup, options, [&](Percept&& percept) {
    const auto not_car = [](const Box& box) { return box.object_class != ObjectClass::kCar; };
    for (Box& box : percept.truth) box.ignored = not_car(box);
    std::erase_if(percept.detections, not_car);
    std::erase_if(percept.tracks, not_car);
    scores.take(percept);
    return true;
  });
  REQUIRE(summary.has_value());
  return {*summary, scores.counts({}), scores.detection(), scores.tracking()};
}

}  // namespace

TEST_CASE("lidar_cluster finds the cars of KITTI 0000, better than the plain method") {
  if (!std::filesystem::exists(kitti())) {
    MESSAGE("skipped: no data at ", kitti().string());
    return;
  }
  StubSetup setup;
  setup.name = "lidar_cluster";
  setup.kind = StubKind::kLidarCluster;
  const Outcome one = run(setup, 1);
  StubSetup plain = setup;  // clusters above the same ground in boxes along the axes, as they are
  plain.lidar.fit_heading = plain.lidar.complete_boxes = plain.lidar.refuse_structures = false;
  const Outcome baseline = run(plain, 1);
  for (const Outcome* o : {&one, &baseline})
    MESSAGE("truth ", o->cars.truths, " recall ", o->cars.recall(), " wrong per truth ", o->cars.wrong_per_truth(),
            " AP ", o->detection.mean_ap, " NDS ", o->detection.nds, " ATE ", o->detection.errors.translation_m,
            " AOE ", o->detection.errors.orientation_rad, " MOTA ", o->tracking.mota, " HOTA ", o->tracking.hota,
            " IDF1 ", o->tracking.idf1, " switches ", o->tracking.switches, " ms per scan ",
            o->summary.detect_s * 1e3 / static_cast<double>(o->summary.frames));
  CHECK(one.summary.frames == 24);
  CHECK(one.cars.recall() >= 0.8);
  CHECK(one.cars.wrong_per_truth() <= 0.5);
  CHECK(one.detection.mean_ap > baseline.detection.mean_ap);
  CHECK(one.tracking.mota > baseline.tracking.mota);
  CHECK(one.tracking.hota > baseline.tracking.hota);
  CHECK(run(setup, 3).summary.hash == one.summary.hash);
}
