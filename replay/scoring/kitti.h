// KITTI's levels of difficulty (Geiger et al. 2012; the benchmark's own program, with the 40 recall points of Simonelli
// et al. 2019): labels count by their height in the picture, occlusion and truncation; labels beyond a level, labels of
// classes that look alike and what was found where nobody labelled count neither way. Overlap from above. Made from
// frames whose truth was labelled on a picture; read by detection.cpp. Thread rule: pure.
#pragma once

#include <optional>

#include "replay/scoring/detection.h"

namespace bitgoeul::replay {

enum class KittiLevel : std::uint8_t { kEasy, kModerate, kHard };

struct KittiScore {
  double ap = 0;
  std::size_t truths = 0;  // labels of the level
};
// Nothing when no label of that class and level is on a picture. As in the benchmark, n < 41 labels of the level reach
// at most n - 1 of its 40 recall points: a few labels give less than 1 however well they are found.
std::optional<KittiScore> kitti_level_ap(const std::vector<ScoreFrame>& frames, ObjectClass c, KittiLevel level,
                                         double least_overlap);

// Where a box is in the picture; nothing when a part of it is behind the camera.
std::optional<ImageView::Area> area_of(const Box& box, const Pose& ego, const ImageView& view);

}  // namespace bitgoeul::replay
