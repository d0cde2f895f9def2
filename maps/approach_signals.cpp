#include "maps/detail/approach_signals.h"

#include <algorithm>
#include <cmath>

#include "maps/detail/polyline_fit.h"

namespace bitgoeul::maps::detail {
namespace {

using sim::Vec2;
using sim::Vec3;

constexpr double kOneApproachRad = 45.0 * sim::kPi / 180.0;

}  // namespace

bool place_signal(SignalDraft& signal, const RoadFinder& finder, const std::vector<RoadDraft>& roads, const Vec3& at,
                  const std::vector<std::string>& preferred, double faces) {
  auto found = finder.find(at, preferred, 150);
  if (!found) found = finder.find(at, {}, 1000);
  if (!found) return false;
  signal.road = roads[found->road].id;
  signal.s = found->s;
  signal.t = found->t;
  signal.z_offset = found->z_offset;
  signal.orientation = 1;
  signal.h_offset = sim::wrap_angle(faces - (found->heading + sim::kPi));
  return true;
}

StopPlace stop_before_end(const std::vector<Vec3>& lane, const Vec2& a, const Vec2& b) {
  constexpr double kReachM = 30.0;
  double behind = 0;  // from the lane's end
  const Vec2 end = lane.back().head<2>();
  std::vector<Vec2> plane;
  for (const Vec3& p : lane) plane.emplace_back(p.x(), p.y());
  double sine, cosine;
  sim::sincos(end_heading(plane), sine, cosine);
  const Vec2 beyond = end + 2.5 * Vec2(cosine, sine);  // a stop line may lie just behind the node
  const auto crossing = [&](const Vec2& p, const Vec2& q) {
    const Vec2 r = q - p, s = b - a;
    const double area = r.x() * s.y() - r.y() * s.x();
    if (std::abs(area) < 0.5 * r.norm() * s.norm()) return -1.0;  // less than 30 degrees: runs along the lane
    const Vec2 d = a - p;
    const double f = (d.x() * s.y() - d.y() * s.x()) / area, g = (d.x() * r.y() - d.y() * r.x()) / area;
    return f >= 0 && f <= 1 && g >= 0 && g <= 1 ? f : -1.0;
  };
  // Less than 30 degrees to the lane is no crossing, so the slant is bounded.
  const auto slant = [&](const Vec2& p, const Vec2& q) {
    const Vec2 r = q - p, s = b - a;
    return r.dot(s) / (r.x() * s.y() - r.y() * s.x());
  };
  if (crossing(end, beyond) >= 0) return {0, slant(end, beyond)};
  for (std::size_t i = lane.size() - 1; i > 0 && behind < kReachM; --i) {
    const Vec2 p = lane[i - 1].head<2>(), q = lane[i].head<2>();
    const double f = crossing(p, q), length = (q - p).norm();
    if (f >= 0 && behind + (1 - f) * length < kReachM) return {behind + (1 - f) * length, slant(p, q)};
    behind += length;
  }
  return {};
}

void ApproachPrograms::add(const std::string& junction, const std::string& signal, double heading, double longest_m,
                           double fastest_mps) {
  auto& all = junctions_[junction].approaches;
  auto at = std::find_if(all.begin(), all.end(), [&](const Approach& a) {
    return std::abs(sim::wrap_angle(a.heading - heading)) < kOneApproachRad;
  });
  if (at == all.end()) at = all.insert(all.end(), Approach{heading, 0, 0, {}});
  at->signals.push_back(signal);
  at->longest_m = std::max(at->longest_m, longest_m);
  at->fastest_mps = std::max(at->fastest_mps, fastest_mps);
}

void ApproachPrograms::add_walk(const std::string& junction, const std::string& signal, double heading) {
  junctions_[junction].walks.push_back({signal, heading});
}

// People cross a road while traffic drives beside them: with the approach that runs most nearly across their road. The
// last row: there is none, they get a phase of their own.
std::vector<std::vector<std::string>> ApproachPrograms::walks_of(const Junction& junction) {
  const auto& all = junction.approaches;
  std::vector<std::vector<std::string>> walks(all.size() + 1);
  for (const Walk& walk : junction.walks) {
    std::size_t best = all.size();
    double most = 0.7;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (const double across = std::abs(sim::sin(all[i].heading - walk.heading)); across > most)
        most = across, best = i;
    walks[best].push_back(walk.signal);
  }
  return walks;
}

int ApproachPrograms::finish(MapBuilder& builder) const {
  int made = 0;
  for (const auto& [id, junction] : junctions_) {
    if (junction.approaches.empty()) continue;
    ProgramDraft program;
    program.junction = id;
    const auto walks = walks_of(junction);
    for (std::size_t i = 0; i < junction.approaches.size(); ++i) {
      const Approach& approach = junction.approaches[i];
      PhaseDraft phase;
      phase.green_s = junction.approaches.size() == 1 ? 30 : 20;
      // Time to react and to brake at 2.6 m/s2 from the limit (ITE formula), in half seconds; then room to clear.
      phase.yellow_s = std::clamp(0.5 * std::ceil(2.0 * (1.0 + approach.fastest_mps / (2 * 2.6))), 3.0, 6.0);
      phase.all_red_s = std::clamp(std::ceil(approach.longest_m / 12.0 - 1.0), 2.0, 8.0);
      phase.signals = approach.signals;
      phase.signals.insert(phase.signals.end(), walks[i].begin(), walks[i].end());
      program.phases.push_back(std::move(phase));
    }
    if (!walks.back().empty() || junction.approaches.size() == 1) program.phases.push_back({15, 3, 2, walks.back()});
    builder.programs.push_back(std::move(program));
    ++made;
  }
  return made;
}

}  // namespace bitgoeul::maps::detail
