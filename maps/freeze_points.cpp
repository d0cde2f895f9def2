// freeze, stage 2: the centre line of each lane, sampled in driving direction.
#include <algorithm>
#include <cmath>

#include "maps/detail/freeze.h"
#include "maps/lane_curve.h"

namespace bitgoeul::maps::detail {
namespace {

constexpr double kMaxStepM = 25.0;
constexpr double kMaxTurnRad = 5.0 * sim::kPi / 180.0;
constexpr int kMaxDepth = 4, kMaxParts = 64;  // 64^4 bounds the work for absurd curves

struct Sample {
  double s = 0;  // road s
  LaneCurvePoint at;
};

// In how many parts to cut [a, b] so that straight lines follow the curve, judged at its middle; 1 when one line will
// do.
int parts_needed(const Sample& a, const Sample& middle, const Sample& b, double chord_error) {
  const auto turn = [](const Sample& p, const Sample& q) {
    return std::abs(sim::wrap_angle(q.at.heading - p.at.heading));
  };
  const double turned = std::max(turn(a, b), turn(a, middle) + turn(middle, b));
  const double dx = middle.at.x - 0.5 * (a.at.x + b.at.x), dy = middle.at.y - 0.5 * (a.at.y + b.at.y);
  const double dz = middle.at.z - 0.5 * (a.at.z + b.at.z), dw = middle.at.width - 0.5 * (a.at.width + b.at.width);
  // 0.8: the largest error need not lie in the middle. The error falls with the square of the step.
  const double error = std::max({sim::hypot(dx, dy), std::abs(dz), std::abs(dw)}) / (0.8 * chord_error);
  const double length = sim::hypot(b.at.x - a.at.x, b.at.y - a.at.y);
  const double parts = std::max({turned / kMaxTurnRad, length / kMaxStepM, std::sqrt(error)});
  return static_cast<int>(std::clamp(std::ceil(parts - 1e-9), 1.0, static_cast<double>(kMaxParts)));
}

// The middle alone cannot tell: an S that crosses its chord there looks straight.
bool strays_between(const Sample& a, const Sample& quarter, double u, const Sample& b, double chord_error) {
  const auto off = [u](double from, double at, double to) { return at - (from + u * (to - from)); };
  const double dx = off(a.at.x, quarter.at.x, b.at.x), dy = off(a.at.y, quarter.at.y, b.at.y);
  return std::max({sim::hypot(dx, dy), std::abs(off(a.at.z, quarter.at.z, b.at.z)),
                   std::abs(off(a.at.width, quarter.at.width, b.at.width))}) > chord_error;
}

// Appends the samples after a up to and including b.
void refine(const LaneCurve& curve, const Sample& a, const Sample& b, double chord_error, int depth,
            std::vector<Sample>& out) {
  const auto sample_at = [&](double u) { return Sample{a.s + u * (b.s - a.s), curve.at(a.s + u * (b.s - a.s))}; };
  int parts = depth < kMaxDepth ? parts_needed(a, sample_at(0.5), b, chord_error) : 1;
  if (parts == 1 && depth < kMaxDepth)
    for (const double u : {0.25, 0.75})
      if (strays_between(a, sample_at(u), u, b, chord_error)) parts = 3;
  if (parts == 1) return out.push_back(b);
  Sample from = a;
  for (int i = 1; i <= parts; ++i) {
    const Sample to = i == parts ? b : sample_at(static_cast<double>(i) / parts);
    refine(curve, from, to, chord_error, depth + 1, out);
    from = to;
  }
}

void sample(const LaneCurve& curve, double chord_error, std::vector<Sample>& out) {
  out.clear();
  const auto& breaks = curve.breaks();
  out.push_back({breaks.front(), curve.at(breaks.front())});
  for (std::size_t i = 1; i < breaks.size(); ++i) {
    const Sample from = out.back();
    refine(curve, from, {breaks[i], curve.at(breaks[i])}, chord_error, 0, out);
  }
}

LanePoint to_point(const Sample& sample, double lane_s, bool forward) {
  LanePoint p;
  p.s = lane_s;
  p.x = sample.at.x;
  p.y = sample.at.y;
  p.z = sample.at.z;
  p.heading = forward ? sample.at.heading : sample.at.heading + sim::kPi;
  p.curvature = forward ? sample.at.curvature : -sample.at.curvature;
  p.width = sample.at.width;
  p.speed_cap_mps = kNoSpeedCap;
  return p;
}

void make_headings_continuous(LanePoint* begin, LanePoint* end) {
  begin->heading = sim::wrap_angle(begin->heading);
  for (LanePoint* p = begin + 1; p < end; ++p)
    p->heading = (p - 1)->heading + sim::wrap_angle(p->heading - (p - 1)->heading);
}

void add_points(Map& map, Row row, double chord_error, std::vector<Sample>& samples) {
  const LaneCurve curve(map, row);
  sample(curve, chord_error, samples);
  Lane& lane = map.lanes[row];
  std::vector<double> s(samples.size(), 0.0);
  for (std::size_t i = 1; i < samples.size(); ++i) s[i] = s[i - 1] + curve.length(samples[i - 1].s, samples[i].s);
  lane.length = s.back();
  lane.stop_s = lane.length;
  const bool forward = drives_with_s(lane);
  lane.points.begin = static_cast<Row>(map.points.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::size_t k = forward ? i : samples.size() - 1 - i;
    map.points.push_back(to_point(samples[k], forward ? s[k] : lane.length - s[k], forward));
  }
  lane.points.end = static_cast<Row>(map.points.size());
  make_headings_continuous(map.points.data() + lane.points.begin, map.points.data() + lane.points.end);
}

}  // namespace

void freeze_points(Freezer& f) {
  std::vector<Sample> samples;
  for (Row lane = 0; lane < static_cast<Row>(f.map.lanes.size()); ++lane)
    add_points(f.map, lane, f.options.chord_error_m, samples);
}

}  // namespace bitgoeul::maps::detail
