// How good detections are, frame by frame: nuScenes (Caesar et al. 2020: AP by centre distance, five errors of what was
// found, NDS) and KITTI (Geiger et al. 2012 with the 40 recall points of Simonelli et al. 2019, overlap from above).
// Made from frames of boxes in one frame of reference; read by `replay --score`. Thread rule: pure.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "replay/box.h"

namespace bitgoeul::replay {

struct ScoreFrame {
  std::int64_t time_ns = 0;
  Boxes truth, found;
  double ego_x = 0, ego_y = 0;            // where the sensors are: ranges are measured from there
  Pose ego;                               // and how they look, for
  std::shared_ptr<const ImageView> view;  // the picture that the truth was labelled on; null: none
};

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kMatchDistances_m[] = {0.5, 1, 2, 4};

struct Errors {  // means; NaN = not known
  double translation_m = kUnknown, scale = kUnknown, orientation_rad = kUnknown, velocity_mps = kUnknown;
  double attribute = kUnknown;  // whether it moves (faster than 0.5 m/s), the only attribute logs have
};

struct ClassScore {
  ObjectClass object_class = ObjectClass::kUnknown;
  std::size_t truths = 0, found = 0;
  double ap[4] = {0, 0, 0, 0};  // at kMatchDistances_m
  double mean_ap = 0;
  Errors errors;                           // at 2 m; 1 where recall stays below a tenth
  double kitti_ap = 0, kitti_overlap = 0;  // the overlap that counts as found: 0.7 cars and larger, 0.5 others
  double kitti_levels[3] = {kUnknown, kUnknown, kUnknown};  // easy, moderate, hard; of truth labelled on pictures
  std::size_t kitti_truths[3] = {0, 0, 0};                  // of each level
};

struct DetectionScore {
  std::vector<ClassScore> classes;  // those with truth, in order of ObjectClass
  double mean_ap = 0;
  Errors errors;  // means over the classes that know them
  double nds = 0;
};

DetectionScore score_detections(const std::vector<ScoreFrame>& frames);

// At one distance, all classes alike or one: what was found, missed and wrong.
struct Counts {
  std::size_t truths = 0, hits = 0, misses = 0, wrong = 0;
  double recall() const { return truths > 0 ? static_cast<double>(hits) / static_cast<double>(truths) : 0; }
  double wrong_per_truth() const { return truths > 0 ? static_cast<double>(wrong) / static_cast<double>(truths) : 0; }
};
struct CountRule {
  double match_m = 2;
  double range_m = std::numeric_limits<double>::infinity();  // from the ego; of truth and of what is wrong
  std::int32_t min_points = 0;                               // truth with fewer is ignored
};
// The best pairing of each frame, classes alike. What matches ignored truth counts neither way.
Counts count(const std::vector<ScoreFrame>& frames, const CountRule& rule);

}  // namespace bitgoeul::replay
