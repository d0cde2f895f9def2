#include "replay/scoring/kitti.h"

#include <algorithm>
#include <cmath>

namespace bitgoeul::replay {
namespace {

struct Limits {
  double least_height_px, most_truncation;
  int most_occlusion;
};
constexpr Limits kLimits[] = {{40, 0.15, 0}, {25, 0.3, 1}, {25, 0.5, 2}};
constexpr std::size_t kPoints = 41;                   // of recall, the first of which is not counted
constexpr double kWidth_px = 1242, kHeight_px = 375;  // of KITTI's pictures

enum class Weight : std::uint8_t { kYes, kNeitherWay };

struct Found {
  const Box* box = nullptr;
  Weight counts = Weight::kYes;
  bool unlabelled = false;  // lies where nobody labelled
};
struct Truth {
  const Box* box = nullptr;
  Weight counts = Weight::kYes;
};
struct Frame {
  std::vector<Truth> truths;
  std::vector<Found> found;
  std::vector<double> overlap;  // truth by truth
  double at(std::size_t t, std::size_t f) const { return overlap[t * found.size() + f]; }
};

// The part of `of` that lies in `in`.
double covered(const ImageView::Area& of, const ImageView::Area& in) {
  const double w = std::min(of.right, in.right) - std::max(of.left, in.left);
  const double h = std::min(of.bottom, in.bottom) - std::max(of.top, in.top);
  const double area = (of.right - of.left) * (of.bottom - of.top);
  return w > 0 && h > 0 && area > 0 ? w * h / area : 0;
}

bool in_picture(const ImageView::Area& a) {
  return a.right > 0 && a.left < kWidth_px && a.bottom > 0 && a.top < kHeight_px;
}

Frame frame_of(const ScoreFrame& frame, ObjectClass c, const Limits& limits, double least_overlap) {
  Frame out;
  for (const Box& box : frame.truth) {
    if (box.object_class != c || !box.image) continue;
    const ImageLabel& label = *box.image;
    const bool beyond = label.height_px <= limits.least_height_px || label.truncation > limits.most_truncation ||
                        label.occlusion > limits.most_occlusion;
    out.truths.push_back({&box, beyond || label.neighbour || box.ignored ? Weight::kNeitherWay : Weight::kYes});
  }
  for (const Box& box : frame.found) {
    if (box.object_class != c) continue;
    const auto area = area_of(box, frame.ego, *frame.view);
    if (!area || !in_picture(*area)) continue;  // nobody labels what no picture shows
    Found found{&box};
    if (area->bottom - area->top < limits.least_height_px) found.counts = Weight::kNeitherWay;
    for (const ImageView::Area& nobody : frame.view->unlabelled)
      found.unlabelled |= covered(*area, nobody) > least_overlap;
    out.found.push_back(found);
  }
  for (const Truth& truth : out.truths)
    for (const Found& found : out.found) out.overlap.push_back(bev_iou(*truth.box, *found.box));
  return out;
}

struct Tally {
  double hits = 0, wrong = 0;
  std::vector<float> confidences;  // of hits
};

// What a truth takes of what is found with at least that confidence: by overlap, what counts before what does not.
int taken_by_overlap(const Frame& frame, std::size_t t, const std::vector<char>& used, float least, double overlap) {
  int best = -1;
  double most = 0;
  bool best_counts = false;
  for (std::size_t f = 0; f < frame.found.size(); ++f) {
    if (used[f] || frame.found[f].box->confidence < least || !(frame.at(t, f) > overlap)) continue;
    const bool counts = frame.found[f].counts == Weight::kYes;
    if (best >= 0 && (!counts || (best_counts && frame.at(t, f) <= most))) continue;
    best = static_cast<int>(f), most = frame.at(t, f), best_counts = counts;
  }
  return best;
}

int taken_by_confidence(const Frame& frame, std::size_t t, const std::vector<char>& used, double overlap) {
  int best = -1;
  for (std::size_t f = 0; f < frame.found.size(); ++f)
    if (!used[f] && frame.at(t, f) > overlap &&
        (best < 0 || frame.found[f].box->confidence > frame.found[static_cast<std::size_t>(best)].box->confidence))
      best = static_cast<int>(f);
  return best;
}

void tally(const Frame& frame, std::optional<float> least, double overlap, Tally& out) {
  std::vector<char> used(frame.found.size(), 0);
  for (std::size_t t = 0; t < frame.truths.size(); ++t) {
    const int f =
        least ? taken_by_overlap(frame, t, used, *least, overlap) : taken_by_confidence(frame, t, used, overlap);
    if (f < 0) continue;
    const Found& found = frame.found[static_cast<std::size_t>(f)];
    used[static_cast<std::size_t>(f)] = 1;
    if (frame.truths[t].counts == Weight::kNeitherWay || found.counts == Weight::kNeitherWay) continue;
    out.hits += 1;
    out.confidences.push_back(found.box->confidence);
  }
  for (std::size_t f = 0; f < frame.found.size(); ++f) {
    const Found& found = frame.found[f];
    out.wrong +=
        !used[f] && found.counts == Weight::kYes && !found.unlabelled && (!least || found.box->confidence >= *least);
  }
}

// The confidences at which recall comes nearest to 0, 1/40, 2/40, ...
std::vector<float> thresholds_of(std::vector<float> confidences, double truths) {
  std::sort(confidences.begin(), confidences.end(), std::greater<>());
  std::vector<float> out;
  double recall = 0;
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    const bool last = i + 1 == confidences.size();
    const double here = static_cast<double>(i + 1) / truths, next = last ? here : static_cast<double>(i + 2) / truths;
    if (next - recall < recall - here && !last) continue;
    out.push_back(confidences[i]);
    recall += 1.0 / (kPoints - 1);
  }
  return out;
}

}  // namespace

std::optional<ImageView::Area> area_of(const Box& box, const Pose& ego, const ImageView& view) {
  double s = 0, c = 0;
  sim::sincos(box.yaw_rad, s, c);
  ImageView::Area out{1e18, 1e18, -1e18, -1e18};
  for (unsigned k = 0; k < 8; ++k) {
    const double u = ((k & 1u) != 0 ? 0.5 : -0.5) * box.length_m, v = ((k & 2u) != 0 ? 0.5 : -0.5) * box.width_m;
    const double w = ((k & 4u) != 0 ? 0.5 : -0.5) * box.height_m;
    const sim::Vec3 local(box.x + c * u - s * v, box.y + s * u + c * v, box.z + w);
    const sim::Vec3 body = ego.rotation.conjugate() * (local - ego.position);
    const sim::Vec3 px = view.to_px * Eigen::Vector4d(body.x(), body.y(), body.z(), 1);
    if (px.z() < 0.1) return std::nullopt;
    out.left = std::min(out.left, px.x() / px.z()), out.right = std::max(out.right, px.x() / px.z());
    out.top = std::min(out.top, px.y() / px.z()), out.bottom = std::max(out.bottom, px.y() / px.z());
  }
  return out;
}

std::optional<KittiScore> kitti_level_ap(const std::vector<ScoreFrame>& frames, ObjectClass c, KittiLevel level,
                                         double least_overlap) {
  std::vector<Frame> all;
  double truths = 0;
  for (const ScoreFrame& frame : frames) {
    if (frame.view == nullptr) continue;
    all.push_back(frame_of(frame, c, kLimits[static_cast<std::size_t>(level)], least_overlap));
    for (const Truth& truth : all.back().truths) truths += truth.counts == Weight::kYes;
  }
  if (truths == 0) return std::nullopt;
  Tally everything;
  for (const Frame& frame : all) tally(frame, std::nullopt, least_overlap, everything);
  const std::vector<float> thresholds = thresholds_of(everything.confidences, truths);
  std::vector<double> precision(kPoints, 0);
  for (std::size_t i = 0; i < std::min(kPoints, thresholds.size()); ++i) {
    Tally t;
    for (const Frame& frame : all) tally(frame, thresholds[i], least_overlap, t);
    precision[i] = t.hits + t.wrong > 0 ? t.hits / (t.hits + t.wrong) : 0;
  }
  double sum = 0;
  for (std::size_t i = 1; i < kPoints; ++i)
    sum += *std::max_element(precision.begin() + static_cast<std::ptrdiff_t>(i), precision.end());
  return KittiScore{sum / (kPoints - 1), static_cast<std::size_t>(truths)};
}

}  // namespace bitgoeul::replay
