// KITTI's levels on hand-made pictures, answers counted on paper by the rules of the benchmark's own program.
#include "replay/scoring/kitti.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace bitgoeul::replay;
using doctest::Approx;

namespace {

// A camera in the origin that looks along x: 721 px focal length, middle at (609, 172).
std::shared_ptr<ImageView> picture() {
  auto view = std::make_shared<ImageView>();
  view->to_px << 609, -721, 0, 0, 172, 0, -721, 0, 1, 0, 0, 0;
  return view;
}

Box car(double x, double y, float confidence = 1) {
  Box box;
  box.object_class = ObjectClass::kCar;
  box.x = x, box.y = y;
  box.length_m = 4, box.width_m = 2, box.height_m = 1.5;
  box.confidence = confidence;
  return box;
}

Box label(double x, double y, double height_px, int occlusion, double truncation = 0) {
  Box box = car(x, y);
  box.image = ImageLabel{height_px, truncation, occlusion, false};
  return box;
}

// So many frames with one label each, found as it stands.
std::vector<ScoreFrame> found(int frames, double height_px, int occlusion, double truncation = 0) {
  std::vector<ScoreFrame> out;
  for (int i = 0; i < frames; ++i) {
    ScoreFrame& frame = out.emplace_back();
    frame.view = picture();
    frame.truth = {label(15, 0, height_px, occlusion, truncation)};
    frame.found = {car(15, 0, 0.9f)};
  }
  return out;
}

double ap(const std::vector<ScoreFrame>& frames, KittiLevel level) {
  const auto value = kitti_level_ap(frames, ObjectClass::kCar, level, 0.7);
  return value ? value->ap : -1;  // -1: no label is asked for
}

}  // namespace

TEST_CASE("KITTI levels: a box in the picture lies where the camera's matrix puts its corners") {
  const auto area = area_of(car(12, -3), {}, *picture());
  REQUIRE(area.has_value());
  CHECK(area->left == Approx(609 + 721 * 2.0 / 14));
  CHECK(area->right == Approx(609 + 721 * 4.0 / 10));
  CHECK(area->top == Approx(172 - 721 * 0.75 / 10));
  CHECK(area->bottom == Approx(172 + 721 * 0.75 / 10));
  Pose turned{{5, 0, 0}, Eigen::Quaterniond(Eigen::AngleAxisd(1.5707963267948966, Eigen::Vector3d::UnitZ()))};
  CHECK(area_of(car(5, 12), turned, *picture())->left ==
        Approx(609 - 721 * 2.0 / 11));  // 12 m ahead, lengthwise across
  CHECK_FALSE(area_of(car(-12, 0), {}, *picture()).has_value());
  CHECK_FALSE(area_of(car(1, 0), {}, *picture()).has_value());
}

TEST_CASE("KITTI levels: height, occlusion and truncation decide which labels are asked for") {
  // 41 labels or more reach every recall point.
  CHECK(ap(found(60, 50, 0), KittiLevel::kEasy) == 1);
  CHECK(ap(found(60, 50, 1), KittiLevel::kEasy) == -1);
  CHECK(ap(found(60, 50, 1), KittiLevel::kModerate) == 1);
  CHECK(ap(found(60, 50, 2), KittiLevel::kModerate) == -1);
  CHECK(ap(found(60, 50, 2), KittiLevel::kHard) == 1);
  CHECK(ap(found(60, 50, 3), KittiLevel::kHard) == -1);
  CHECK(ap(found(60, 40, 0), KittiLevel::kEasy) == -1);  // more than 40 px
  CHECK(ap(found(60, 40, 0), KittiLevel::kModerate) == 1);
  CHECK(ap(found(60, 25, 0), KittiLevel::kHard) == -1);
  CHECK(ap(found(60, 50, 0, 0.2), KittiLevel::kEasy) == -1);
  CHECK(ap(found(60, 50, 0, 0.3), KittiLevel::kModerate) == 1);
  CHECK(ap(found(60, 50, 0, 0.4), KittiLevel::kModerate) == -1);
  CHECK(ap(found(60, 50, 0, 0.5), KittiLevel::kHard) == 1);
  // Of 25 labels the first threshold stands for recall 0, which is not counted: 24 of 40.
  CHECK(ap(found(25, 50, 0), KittiLevel::kEasy) == Approx(24.0 / 40));
  std::vector<ScoreFrame> none(3);
  CHECK_FALSE(kitti_level_ap(none, ObjectClass::kCar, KittiLevel::kHard, 0.7).has_value());
}

TEST_CASE("KITTI levels: what counts neither way takes nothing from precision") {
  // One wrong box, surer than all that is right, in each of 60 frames: a precision of a half everywhere.
  auto frames = found(60, 50, 0);
  for (ScoreFrame& frame : frames) frame.found.push_back(car(20, 5, 0.95f));
  CHECK(ap(frames, KittiLevel::kEasy) == Approx(0.5));
  // Nobody has labelled there.
  auto nobody = frames;
  for (ScoreFrame& frame : nobody) {
    auto view = picture();
    view->unlabelled = {*area_of(car(20, 5), {}, *view)};
    frame.view = view;
  }
  CHECK(ap(nobody, KittiLevel::kEasy) == 1);
  // It is a label beyond the level, or a van.
  auto beyond = frames, van = frames;
  for (ScoreFrame& frame : beyond) frame.truth.push_back(label(20, 5, 50, 2));
  for (ScoreFrame& frame : van) frame.truth.push_back(label(20, 5, 50, 0)), frame.truth.back().image->neighbour = true;
  CHECK(ap(beyond, KittiLevel::kEasy) == 1);
  CHECK(ap(beyond, KittiLevel::kHard) == 1);
  CHECK(ap(van, KittiLevel::kEasy) == 1);
  // Too small in the picture for the level: 1.5 m at 40 m are 27 px.
  auto far = found(60, 50, 0);
  for (ScoreFrame& frame : far) frame.found.push_back(car(42, 5, 0.95f));
  CHECK(ap(far, KittiLevel::kEasy) == 1);
  CHECK(ap(far, KittiLevel::kModerate) == Approx(0.5));
  // Outside of the picture.
  auto outside = found(60, 50, 0);
  for (ScoreFrame& frame : outside) frame.found.push_back(car(6, 20, 0.95f)), frame.found.push_back(car(-9, 0, 0.95f));
  CHECK(ap(outside, KittiLevel::kHard) == 1);
}

TEST_CASE("KITTI levels: half found, with certainty falling, is half of the recall points") {
  std::vector<ScoreFrame> frames = found(80, 50, 0);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i % 2 == 1) frames[i].found.clear();
    if (i % 2 == 0) frames[i].found[0].confidence = 0.5f + 0.005f * static_cast<float>(i);
  }
  CHECK(ap(frames, KittiLevel::kEasy) == Approx(0.5).epsilon(0.03));
}
