#include "replay/scoring/safety.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "replay/scoring/assignment.h"

namespace bitgoeul::replay {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kConfirm = 3;

// A box as circles of its width along its middle line.
std::vector<sim::Vec2> circles(const Box& box) {
  double s = 0, c = 0;
  sim::sincos(box.yaw_rad, s, c);
  const double reach = std::max(0.0, (box.length_m - box.width_m) / 2);
  const int n = box.width_m > 0 ? std::clamp(static_cast<int>(std::ceil(2 * reach / box.width_m)), 0, 16) : 0;
  std::vector<sim::Vec2> out;
  for (int i = 0; i <= n; ++i) {
    const double u = n == 0 ? 0 : -reach + 2 * reach * i / n;
    out.push_back({box.x + c * u, box.y + s * u});
  }
  return out;
}

// First time at which |p + v t| <= r.
double first_contact(const sim::Vec2& p, const sim::Vec2& v, double r) {
  const double c = p.squaredNorm() - r * r;
  if (c <= 0) return 0;
  const double a = v.squaredNorm(), b = p.dot(v);
  const double root = b * b - a * c;
  if (b >= 0 || root < 0 || a <= 0) return kInfinity;
  return (-b - std::sqrt(root)) / a;
}

struct Record {
  ObjectSafety out;
  std::int64_t since_ns = 0;
  std::map<std::uint64_t, std::size_t> frames_by_track;
  bool missing = false;  // and relevant
};

void tell(std::vector<SafetyEvent>& events, SafetyEventKind kind, const SafetyFrame& frame, const Box& truth) {
  events.push_back({frame.time_ns, kind, truth.id, truth.object_class, truth.x, truth.y, distance_m(frame.ego, truth),
                    time_to_contact(frame.ego, truth)});
}

void take_hit(Record& record, const SafetyFrame& frame, const Box& truth, const Box& found,
              std::vector<SafetyEvent>& events) {
  record.missing = false;
  const double range = distance_m(frame.ego, truth);
  if (std::isnan(record.out.first_range_m)) {
    record.out.first_range_m = range;
    tell(events, SafetyEventKind::kSeen, frame, truth);
  }
  if (found.id == 0 || !std::isnan(record.out.confirm_range_m)) return;
  if (++record.frames_by_track[found.id] < kConfirm) return;
  record.out.confirm_range_m = range;
  record.out.time_to_confirm_s = static_cast<double>(frame.time_ns - record.since_ns) * 1e-9;
  record.out.ttc_at_confirm_s = time_to_contact(frame.ego, truth);
  tell(events, SafetyEventKind::kConfirmed, frame, truth);
}

double mean(const std::vector<ObjectSafety>& objects, double ObjectSafety::*member) {
  double sum = 0, n = 0;
  for (const ObjectSafety& o : objects)
    if (!std::isnan(o.*member)) {
      sum += o.*member;
      n += 1;
    }
  return n > 0 ? sum / n : kUnknown;
}

}  // namespace

std::string_view to_string(SafetyEventKind kind) {
  constexpr std::string_view kNames[] = {"seen", "confirmed", "relevant_miss"};
  return kNames[static_cast<std::size_t>(kind)];
}

double time_to_contact(const Box& ego, const Box& other, double margin_m) {
  const sim::Vec2 v(other.vx_mps - ego.vx_mps, other.vy_mps - ego.vy_mps);
  const double r = (ego.width_m + other.width_m) / 2 + margin_m;
  double least = kInfinity;
  for (const sim::Vec2& a : circles(ego))
    for (const sim::Vec2& b : circles(other)) least = std::min(least, first_contact(b - a, v, r));
  return least;
}

double relevance(const Box& ego, const Box& other) {
  return std::max(kLeastWeight, 1 - time_to_contact(ego, other) / kRelevance_s);
}

SafetyScore score_safety(const std::vector<SafetyFrame>& frames, double match_m) {
  SafetyScore score;
  std::map<std::uint64_t, Record> records;
  double weight = 0, missed = 0;
  for (const SafetyFrame& frame : frames) {
    Worths worths(frame.truth.size(), frame.found.size());
    for (std::size_t t = 0; t < worths.rows; ++t)
      for (std::size_t f = 0; f < worths.columns; ++f)
        worths(t, f) = std::max(0.0, match_m - distance_m(frame.truth[t], frame.found[f]));
    const std::vector<int> pairs = assign(worths);
    for (std::size_t t = 0; t < frame.truth.size(); ++t) {
      const Box& truth = frame.truth[t];
      if (truth.ignored) continue;
      const auto [at, is_new] = records.try_emplace(truth.id);
      if (is_new) {
        at->second.since_ns = frame.time_ns;
        at->second.out.id = truth.id;
        at->second.out.object_class = truth.object_class;
      }
      const double w = relevance(frame.ego, truth);
      weight += w;
      if (pairs[t] < 0) {
        missed += w;
        score.relevant_misses += w > 0.5 ? 1 : 0;
        if (w > 0.5 && !at->second.missing) tell(score.events, SafetyEventKind::kRelevantMiss, frame, truth);
        at->second.missing = w > 0.5;
        continue;
      }
      take_hit(at->second, frame, truth, frame.found[static_cast<std::size_t>(pairs[t])], score.events);
    }
  }
  for (auto& [id, record] : records) score.objects.push_back(record.out);
  score.weighted_miss_rate = weight > 0 ? missed / weight : 0;
  score.mean_first_range_m = mean(score.objects, &ObjectSafety::first_range_m);
  score.mean_time_to_confirm_s = mean(score.objects, &ObjectSafety::time_to_confirm_s);
  return score;
}

}  // namespace bitgoeul::replay
