#include "replay/scoring/detection.h"

#include <algorithm>
#include <cmath>

#include "replay/scoring/assignment.h"
#include "replay/scoring/kitti.h"

namespace bitgoeul::replay {
namespace {

constexpr std::size_t kRecalls = 101;     // 0, 0.01, ... 1
constexpr std::size_t kFirstRecall = 11;  // the lowest tenth is too noisy to count
constexpr double kLowestPrecision = 0.1;
constexpr double kMoving_mps = 0.5;

struct Candidate {  // one box that was found, best first over all frames
  std::size_t frame, row;
  float confidence;
};

std::vector<Candidate> candidates(const std::vector<ScoreFrame>& frames, ObjectClass c) {
  std::vector<Candidate> out;
  for (std::size_t f = 0; f < frames.size(); ++f)
    for (std::size_t i = 0; i < frames[f].found.size(); ++i)
      if (frames[f].found[i].object_class == c) out.push_back({f, i, frames[f].found[i].confidence});
  std::stable_sort(out.begin(), out.end(),
                   [](const Candidate& a, const Candidate& b) { return a.confidence > b.confidence; });
  return out;
}

std::size_t truths_of(const std::vector<ScoreFrame>& frames, ObjectClass c) {
  std::size_t n = 0;
  for (const ScoreFrame& frame : frames)
    for (const Box& box : frame.truth) n += box.object_class == c && !box.ignored;
  return n;
}

struct Curve {  // after each candidate that counts
  std::vector<double> recall, precision;
  std::vector<double> all_confidence;
  std::vector<double> confidence;  // of each hit
  std::vector<Errors> errors;      // of each hit
};

double yaw_error(double a, double b) { return std::abs(sim::wrap_angle(a - b)); }

Errors errors_of(const Box& truth, const Box& found) {
  Errors e;
  e.translation_m = distance_m(truth, found);
  e.scale = 1 - aligned_iou(truth, found);
  e.orientation_rad = yaw_error(truth.yaw_rad, found.yaw_rad);
  if (truth.has_velocity && found.has_velocity) {
    e.velocity_mps = sim::hypot(truth.vx_mps - found.vx_mps, truth.vy_mps - found.vy_mps);
    const bool moves = sim::hypot(truth.vx_mps, truth.vy_mps) > kMoving_mps;
    e.attribute = moves == (sim::hypot(found.vx_mps, found.vy_mps) > kMoving_mps) ? 0 : 1;
  }
  return e;
}

// Candidates take the nearest (`likeness` greatest) truth that is still free; ignored truth swallows what matches it.
template <class Likeness>
Curve match(const std::vector<ScoreFrame>& frames, ObjectClass c, double least, Likeness likeness) {
  Curve curve;
  const double total = static_cast<double>(truths_of(frames, c));
  std::vector<std::vector<char>> taken(frames.size());
  for (std::size_t f = 0; f < frames.size(); ++f) taken[f].assign(frames[f].truth.size(), 0);
  double hits = 0, wrong = 0;
  for (const Candidate& candidate : candidates(frames, c)) {
    const ScoreFrame& frame = frames[candidate.frame];
    const Box& found = frame.found[candidate.row];
    int best = -1, swallow = -1;
    double most = least, most_ignored = least;
    for (std::size_t t = 0; t < frame.truth.size(); ++t) {
      if (frame.truth[t].object_class != c || taken[candidate.frame][t]) continue;
      const double value = likeness(frame.truth[t], found);
      double& record = frame.truth[t].ignored ? most_ignored : most;
      if (!(value > record)) continue;
      record = value;
      (frame.truth[t].ignored ? swallow : best) = static_cast<int>(t);
    }
    if (best < 0 && swallow >= 0) continue;
    if (best >= 0) {
      taken[candidate.frame][static_cast<std::size_t>(best)] = 1;
      hits += 1;
      curve.confidence.push_back(found.confidence);
      curve.errors.push_back(errors_of(frame.truth[static_cast<std::size_t>(best)], found));
    } else {
      wrong += 1;
    }
    curve.all_confidence.push_back(found.confidence);
    curve.recall.push_back(total > 0 ? hits / total : 0);
    curve.precision.push_back(hits / (hits + wrong));
  }
  return curve;
}

// Piecewise linear through (x[i], y[i]), x not falling; y[0] before the first, `beyond` after the last.
double interpolate(const std::vector<double>& x, const std::vector<double>& y, double at, double beyond) {
  if (at > x.back()) return beyond;
  const auto above = std::upper_bound(x.begin(), x.end(), at);
  if (above == x.begin()) return y.front();
  const auto i = static_cast<std::size_t>(above - x.begin());
  if (i == x.size()) return y.back();
  return y[i - 1] + (y[i] - y[i - 1]) * ((at - x[i - 1]) / (x[i] - x[i - 1]));
}

double average_precision(const Curve& curve) {
  if (curve.confidence.empty()) return 0;
  double sum = 0;
  for (std::size_t i = kFirstRecall; i < kRecalls; ++i) {
    const double precision = interpolate(curve.recall, curve.precision, static_cast<double>(i) / 100, 0);
    sum += std::max(0.0, precision - kLowestPrecision);
  }
  return sum / static_cast<double>(kRecalls - kFirstRecall) / (1 - kLowestPrecision);
}

// The running mean of one error over the hits; NaN until one is known.
std::vector<double> running_mean(const Curve& curve, double Errors::*member) {
  std::vector<double> running;
  double sum = 0, n = 0;
  for (const Errors& e : curve.errors) {
    if (!std::isnan(e.*member)) {
      sum += e.*member;
      n += 1;
    }
    running.push_back(n > 0 ? sum / n : kUnknown);
  }
  return running;
}

// Mean over recalls 0.11 to the highest reached of the running mean at the confidence that gives the recall. 1 when a
// recall of 0.11 is never reached; an error that nobody knows is NaN.
double mean_error(const Curve& curve, double Errors::*member) {
  if (curve.confidence.empty()) return 1;
  std::vector<double> running = running_mean(curve, member);
  if (std::isnan(running.back())) return kUnknown;
  std::reverse(running.begin(), running.end());
  const std::vector<double> rising(curve.confidence.rbegin(), curve.confidence.rend());
  double total = 0, count = 0;
  for (std::size_t i = kFirstRecall; i < kRecalls; ++i) {
    const double confidence = interpolate(curve.recall, curve.all_confidence, static_cast<double>(i) / 100, 0);
    if (confidence <= 0) break;
    const double value = interpolate(rising, running, confidence, running.back());
    if (std::isnan(value)) continue;
    total += value;
    count += 1;
  }
  return count > 0 ? total / count : 1;
}

double kitti_average_precision(const Curve& curve) {
  double sum = 0;
  for (int i = 1; i <= 40; ++i) {
    double best = 0;
    for (std::size_t k = 0; k < curve.recall.size(); ++k)
      if (curve.recall[k] >= i / 40.0 - 1e-12) best = std::max(best, curve.precision[k]);
    sum += best;
  }
  return sum / 40;
}

double overlap_asked(ObjectClass c) {
  const bool large = c == ObjectClass::kCar || c == ObjectClass::kTruck || c == ObjectClass::kBus;
  return large ? 0.7 : 0.5;
}

constexpr double Errors::*kErrors[] = {&Errors::translation_m, &Errors::scale, &Errors::orientation_rad,
                                       &Errors::velocity_mps, &Errors::attribute};

ClassScore score_class(const std::vector<ScoreFrame>& frames, ObjectClass c) {
  ClassScore out;
  out.object_class = c;
  out.truths = truths_of(frames, c);
  out.found = candidates(frames, c).size();
  for (std::size_t d = 0; d < 4; ++d) {
    const Curve curve =
        match(frames, c, -kMatchDistances_m[d], [](const Box& a, const Box& b) { return -distance_m(a, b); });
    out.ap[d] = average_precision(curve);
    out.mean_ap += out.ap[d] / 4;
    if (kMatchDistances_m[d] != 2) continue;
    for (double Errors::*member : kErrors) out.errors.*member = mean_error(curve, member);
  }
  out.kitti_overlap = overlap_asked(c);
  out.kitti_ap = kitti_average_precision(match(frames, c, out.kitti_overlap, bev_iou));
  for (const KittiLevel level : {KittiLevel::kEasy, KittiLevel::kModerate, KittiLevel::kHard})
    if (const auto score = kitti_level_ap(frames, c, level, out.kitti_overlap)) {
      out.kitti_levels[static_cast<std::size_t>(level)] = score->ap;
      out.kitti_truths[static_cast<std::size_t>(level)] = score->truths;
    }
  return out;
}

}  // namespace

DetectionScore score_detections(const std::vector<ScoreFrame>& frames) {
  DetectionScore score;
  for (std::size_t c = 0; c < kObjectClasses; ++c)
    if (truths_of(frames, static_cast<ObjectClass>(c)) > 0)
      score.classes.push_back(score_class(frames, static_cast<ObjectClass>(c)));
  if (score.classes.empty()) return score;
  for (const ClassScore& c : score.classes) score.mean_ap += c.mean_ap / static_cast<double>(score.classes.size());
  double errors = 0;
  for (double Errors::*member : kErrors) {
    double sum = 0, n = 0;
    for (const ClassScore& c : score.classes) {
      if (std::isnan(c.errors.*member)) continue;
      sum += c.errors.*member;
      n += 1;
    }
    if (n > 0) score.errors.*member = sum / n;
    errors += n > 0 ? 1 - std::min(1.0, sum / n) : 0;  // what is not known counts as wholly wrong
  }
  score.nds = (5 * score.mean_ap + errors) / 10;
  return score;
}

Counts count(const std::vector<ScoreFrame>& frames, const CountRule& rule) {
  Counts out;
  for (const ScoreFrame& frame : frames) {
    const auto in_range = [&](const Box& b) {
      return sim::hypot(b.x - frame.ego_x, b.y - frame.ego_y) <= rule.range_m;
    };
    const auto asked = [&](const Box& b) {
      return !b.ignored && in_range(b) && (b.points < 0 || b.points >= rule.min_points);
    };
    Worths worths(frame.truth.size(), frame.found.size());
    for (std::size_t t = 0; t < frame.truth.size(); ++t)
      for (std::size_t f = 0; f < frame.found.size(); ++f) {
        const double d = distance_m(frame.truth[t], frame.found[f]);
        // A pair with truth that is asked for is worth more than any number of others.
        if (d < rule.match_m) worths(t, f) = (asked(frame.truth[t]) ? 1e3 : 1) + 1 - d / rule.match_m;
      }
    const std::vector<int> pairs = assign(worths);
    std::vector<char> used(frame.found.size(), 0);
    for (std::size_t t = 0; t < frame.truth.size(); ++t) {
      if (pairs[t] >= 0) used[static_cast<std::size_t>(pairs[t])] = 1;
      if (!asked(frame.truth[t])) continue;
      ++out.truths;
      ++(pairs[t] >= 0 ? out.hits : out.misses);
    }
    for (std::size_t f = 0; f < frame.found.size(); ++f) out.wrong += !used[f] && in_range(frame.found[f]);
  }
  return out;
}

}  // namespace bitgoeul::replay
