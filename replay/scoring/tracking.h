// How good tracks are over time: CLEAR MOT (Bernardin, Stiefelhagen 2008), IDF1 (Ristani et al. 2016), HOTA (Luiten et
// al. 2021), fragments, mostly tracked and lost. Truth and tracks are told apart by Box::id; likeness falls from 1 for
// equal centres to 0 at zero_distance_m, or is the overlap from above. Classes are alike. Read by `replay --score`.
// Thread rule: pure.
#pragma once

#include "replay/scoring/detection.h"

namespace bitgoeul::replay {

struct TrackingRule {
  double zero_distance_m = 4;   // a pair counts from likeness 0.5: nearer than 2 m, as nuScenes
  bool by_overlap = false;      // likeness = bev_iou
  double least_likeness = 0.5;  // of CLEAR MOT and IDF1
};

struct TrackingScore {
  std::size_t truths = 0, found = 0, hits = 0, misses = 0, wrong = 0, switches = 0, fragments = 0;
  std::size_t tracks = 0, mostly_tracked = 0, mostly_lost = 0;            // of truth: seen > 80 %, < 20 % of its life
  double mota = 0, motp_m = 0, idf1 = 0, hota = 0, det_a = 0, ass_a = 0;  // motp: mean distance of pairs
};

// Boxes with id 0 and ignored truth are left out, with what was found on ignored truth.
TrackingScore score_tracks(const std::vector<ScoreFrame>& frames, const TrackingRule& rule = {});

}  // namespace bitgoeul::replay
