// Scores against answers worked out by hand from the formulae of their papers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "replay/scoring/assignment.h"
#include "replay/scoring/detection.h"
#include "replay/scoring/safety.h"
#include "replay/scoring/tracking.h"
#include "sim/random.h"

using namespace bitgoeul::replay;
namespace sim = bitgoeul::sim;
using doctest::Approx;

namespace {

Box car(double x, double y, std::uint64_t id = 1, float confidence = 1) {
  Box box;
  box.id = id;
  box.object_class = ObjectClass::kCar;
  box.x = x;
  box.y = y;
  box.length_m = 4;
  box.width_m = 2;
  box.height_m = 1.5;
  box.has_velocity = true;
  box.confidence = confidence;
  return box;
}

// The best total of all assignments, by trying every one.
double best_by_trying(const Worths& w) {
  std::vector<std::size_t> order(std::max(w.rows, w.columns));
  std::iota(order.begin(), order.end(), 0u);
  double best = 0;
  do {
    double sum = 0;
    for (std::size_t r = 0; r < w.rows; ++r)
      if (order[r] < w.columns) sum += std::max(0.0, w(r, order[r]));
    best = std::max(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

std::vector<ScoreFrame> ten_frames(int seen, double off_m) {
  std::vector<ScoreFrame> frames;
  for (int i = 0; i < 10; ++i) {
    ScoreFrame frame;
    frame.truth.push_back(car(10, 0));
    if (i < seen) frame.found.push_back(car(10 + off_m, 0, 7, 0.9f - 0.01f * static_cast<float>(i)));
    frames.push_back(frame);
  }
  return frames;
}

}  // namespace

TEST_CASE("overlap from above: closed forms") {
  Box a = car(0, 0), b = car(2, 0);
  CHECK(bev_iou(a, a) == Approx(1).epsilon(1e-12));
  CHECK(bev_iou(a, b) == Approx(4.0 / 12));  // 2 x 2 in common of 8 + 8 - 4
  b = car(0, 0);
  b.yaw_rad = sim::kPi / 2;
  CHECK(bev_iou(a, b) == Approx(4.0 / 12));
  // A square of side 2 turned by 45 degrees on itself: a regular octagon of width 2, area 8 (sqrt 2 - 1).
  a.length_m = b.length_m = 2;
  b.yaw_rad = sim::kPi / 4;
  const double octagon = 8 * (std::sqrt(2.0) - 1);
  CHECK(bev_iou(a, b) == Approx(octagon / (8 - octagon)));
  CHECK(bev_iou(car(0, 0), car(100, 0)) == 0);
  CHECK(bev_iou(car(1e6, 1e6), car(1e6 + 2, 1e6)) == Approx(4.0 / 12));
  b = car(5, 5);
  b.height_m = 3;
  CHECK(aligned_iou(car(0, 0), b) == Approx(0.5));
}

TEST_CASE("assignment is the best of all") {
  for (std::uint32_t round = 0; round < 300; ++round) {
    const std::size_t rows = 1 + round % 6, columns = 1 + round / 6 % 6;
    Worths w(rows, columns);
    for (std::size_t i = 0; i < w.worth.size(); ++i)
      w.worth[i] = std::floor(10 * sim::uniform(1, round, static_cast<std::int64_t>(i), sim::Stream::kTest)) - 3;
    const std::vector<int> got = assign(w);
    double sum = 0;
    std::vector<int> used(columns, 0);
    for (std::size_t r = 0; r < rows; ++r) {
      if (got[r] < 0) continue;
      sum += w(r, static_cast<std::size_t>(got[r]));
      CHECK(++used[static_cast<std::size_t>(got[r])] == 1);
      CHECK(w(r, static_cast<std::size_t>(got[r])) > 0);
    }
    CHECK(sum == Approx(best_by_trying(w)));
  }
}

TEST_CASE("nuScenes: all found, half found, displaced") {
  const DetectionScore perfect = score_detections(ten_frames(10, 0));
  REQUIRE(perfect.classes.size() == 1);
  CHECK(perfect.mean_ap == Approx(1));
  CHECK(perfect.nds == Approx(1));
  CHECK(perfect.classes[0].kitti_ap == Approx(1));

  // Precision 1 up to recall 0.5: recalls 0.11 to 0.50 of 0.11 to 1.
  const DetectionScore half = score_detections(ten_frames(5, 0));
  CHECK(half.mean_ap == Approx(40.0 / 90));
  CHECK(half.classes[0].kitti_ap == Approx(0.5));

  // 0.75 m off: no match at 0.5 m; overlap 3.25 x 2 of 16 - 6.5, below 0.7.
  const DetectionScore off = score_detections(ten_frames(10, 0.75));
  CHECK(off.classes[0].ap[0] == 0);
  CHECK(off.classes[0].ap[1] == Approx(1));
  CHECK(off.mean_ap == Approx(0.75));
  CHECK(off.errors.translation_m == Approx(0.75));
  CHECK(off.errors.scale == Approx(0));
  CHECK(off.classes[0].kitti_ap == 0);
  CHECK(off.nds == Approx((5 * 0.75 + 0.25 + 4) / 10));
}

TEST_CASE("nuScenes: a wrong box of highest confidence") {
  // Precision k / (k + 1) at recall k / 10, straight in between.
  std::vector<ScoreFrame> frames = ten_frames(10, 0);
  frames[0].found.push_back(car(50, 50, 9, 0.99f));
  double sum = 0;
  for (int i = 11; i <= 100; ++i) {
    const int k = std::min(i / 10, 9);
    const double low = k / (k + 1.0), high = (k + 1.0) / (k + 2.0);
    sum += low + (high - low) * (i - 10 * k) / 10.0 - 0.1;
  }
  CHECK(score_detections(frames).mean_ap == Approx(sum / 90 / 0.9));
  // KITTI takes the best precision at any higher recall: 10 of 11 everywhere.
  CHECK(score_detections(frames).classes[0].kitti_ap == Approx(10.0 / 11));
}

TEST_CASE("nuScenes: errors of heading, size, velocity, motion; what is not known counts as wrong in NDS") {
  std::vector<ScoreFrame> frames = ten_frames(10, 0);
  for (ScoreFrame& frame : frames) {
    frame.found[0].yaw_rad = -3;
    frame.truth[0].yaw_rad = 3;
    frame.found[0].height_m = 3;
    frame.found[0].vx_mps = 1;
  }
  const DetectionScore score = score_detections(frames);
  CHECK(score.errors.orientation_rad == Approx(2 * sim::kPi - 6));
  CHECK(score.errors.scale == Approx(0.5));
  CHECK(score.errors.velocity_mps == Approx(1));
  CHECK(score.errors.attribute == Approx(1));
  for (ScoreFrame& frame : frames) frame.truth[0].has_velocity = false;
  const DetectionScore blind = score_detections(frames);
  CHECK(std::isnan(blind.errors.velocity_mps));
  CHECK(blind.nds == Approx((5 + 1 + 0.5 + 1 - (2 * sim::kPi - 6)) / 10));
}

TEST_CASE("ignored truth is neither missed nor wrong when found") {
  std::vector<ScoreFrame> frames = ten_frames(10, 0);
  frames[0].truth[0].ignored = true;
  CHECK(score_detections(frames).mean_ap == Approx(1));
  CHECK(score_detections(frames).classes[0].truths == 9);
  frames[1].found.clear();
  frames[2].found.push_back(car(30, 0));
  const Counts counts = count(frames, {});
  CHECK(counts.truths == 9);
  CHECK(counts.hits == 8);
  CHECK(counts.wrong == 1);
  CHECK(count(frames, {.range_m = 20}).wrong == 0);
}

TEST_CASE("tracks: one truth, two tracks, half each") {
  std::vector<ScoreFrame> frames = ten_frames(10, 0);
  for (std::size_t i = 5; i < 10; ++i) frames[i].found[0].id = 8;
  const TrackingScore score = score_tracks(frames);
  CHECK(score.switches == 1);
  CHECK(score.fragments == 0);
  CHECK(score.mota == Approx(0.9));
  CHECK(score.idf1 == Approx(0.5));
  CHECK(score.det_a == Approx(1));
  CHECK(score.ass_a == Approx(0.5));
  CHECK(score.hota == Approx(std::sqrt(0.5)));
  CHECK(score.mostly_tracked == 1);
}

TEST_CASE("tracks: a gap, a wrong track, a distance") {
  // Seen in frames 0-3 and 6-9 at 1 m, likeness 0.75: levels 0.05 to 0.75 are hits, 15 of 19.
  std::vector<ScoreFrame> frames = ten_frames(10, 1);
  frames[4].found.clear();
  frames[5].found.clear();
  frames[0].found.push_back(car(40, 40, 99));
  const TrackingScore score = score_tracks(frames);
  CHECK(score.misses == 2);
  CHECK(score.wrong == 1);
  CHECK(score.switches == 0);
  CHECK(score.fragments == 1);
  CHECK(score.mota == Approx(0.7));
  CHECK(score.motp_m == Approx(1));
  CHECK(score.idf1 == Approx(2 * 8.0 / (10 + 9)));
  const double det = 8.0 / 11, ass = 8.0 / 10;
  CHECK(score.hota == Approx(15.0 / 19 * std::sqrt(det * ass)));
  CHECK(score.mostly_tracked == 0);
}

TEST_CASE("tracks: two that cross and swap are two switches; a pair that holds is kept though another is nearer") {
  std::vector<ScoreFrame> frames;
  for (int i = 0; i < 4; ++i) {
    ScoreFrame frame;
    frame.truth = {car(0, 0, 1), car(0, 10, 2)};
    frame.found = {car(0, 0, i < 2 ? 11 : 12), car(0, 10, i < 2 ? 12 : 11)};
    frames.push_back(frame);
  }
  CHECK(score_tracks(frames).switches == 2);
  CHECK(score_tracks(frames).idf1 == Approx(0.5));
  frames.clear();
  for (int i = 0; i < 4; ++i) {
    ScoreFrame frame;
    frame.truth = {car(0, 0, 1)};
    frame.found = {car(1.5, 0, 11)};
    if (i > 0) frame.found.push_back(car(0.1, 0, 12));
    frames.push_back(frame);
  }
  CHECK(score_tracks(frames).switches == 0);
}

TEST_CASE("safety: contact times, weights, confirmation") {
  Box ego = car(0, 0);
  ego.vx_mps = 10;
  Box lead = car(34, 0, 5);
  // Circles of radius 1, ends 1 m from the middles: touch at 2 + 0.5 m between circle middles that are 32 m apart.
  CHECK(time_to_contact(ego, lead) == Approx((32 - 2.5) / 10));
  CHECK(relevance(ego, lead) == Approx(1 - 2.95 / 5));
  CHECK(time_to_contact(ego, car(34, 6)) == std::numeric_limits<double>::infinity());
  CHECK(relevance(ego, car(34, 6)) == kLeastWeight);

  std::vector<SafetyFrame> frames;
  for (int i = 0; i < 6; ++i) {
    SafetyFrame frame;
    frame.time_ns = i * 100'000'000ll;
    frame.ego = ego;
    frame.ego.x = i;
    frame.truth = {lead, car(34, 20, 6)};
    if (i >= 2) frame.found = {car(34, 0, 50)};
    frames.push_back(frame);
  }
  const SafetyScore score = score_safety(frames);
  REQUIRE(score.objects.size() == 2);
  CHECK(score.objects[0].first_range_m == Approx(32));
  CHECK(score.objects[0].confirm_range_m == Approx(30));
  CHECK(score.objects[0].time_to_confirm_s == Approx(0.4));
  CHECK(score.objects[0].ttc_at_confirm_s == Approx((28 - 2.5) / 10));
  CHECK(std::isnan(score.objects[1].first_range_m));
  REQUIRE(score.events.size() == 2);
  CHECK(score.events[0].kind == SafetyEventKind::kSeen);
  CHECK(score.events[1].time_ns == 400'000'000);
  CHECK(score.relevant_misses == 0);  // 0.41 and 0.43
  double missed = 6 * kLeastWeight, all = missed;
  for (int i = 0; i < 6; ++i) all += 1 - (2.95 - 0.1 * i) / 5;
  missed += 1 - 2.95 / 5 + 1 - 2.85 / 5;
  CHECK(score.weighted_miss_rate == Approx(missed / all));
}
