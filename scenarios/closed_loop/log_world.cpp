#include "scenarios/closed_loop/log_world.h"

#include <algorithm>
#include <limits>

namespace bitgoeul::scenarios::closed_loop {

sim::Hash128 hash_of(const LogWorld& world) {
  sim::Hash128 hash;
  std::vector<double> numbers;
  const auto add = [&](std::string_view name) {
    hash = sim::combine(hash, sim::hash_text(name));
    hash = sim::combine(hash, sim::hash_bytes(numbers.data(), numbers.size() * sizeof(double)));
    numbers.clear();
  };
  for (const LoggedAgent& agent : world.agents) {
    const replay::LoggedTrack& t = agent.track;
    numbers.insert(numbers.end(), {t.length_m, t.width_m, t.height_m, t.center_x_m, agent.on_wheels ? 1.0 : 0.0});
    for (std::size_t i = 0; i < t.points.size(); ++i) {
      const replay::TrackPoint& p = t.points[i];
      for (const double n :
           {static_cast<double>(p.time_ns), p.x, p.y, static_cast<double>(p.z), static_cast<double>(p.yaw),
            static_cast<double>(p.speed), p.begins ? 1.0 : 0.0, static_cast<double>(agent.lanes[i])})
        numbers.push_back(n);
    }
    add(t.name);
  }
  for (const LoggedSignal& signal : world.signals) {
    for (const replay::SignalChange& change : signal.changes)
      numbers.insert(numbers.end(), {static_cast<double>(change.time_ns), static_cast<double>(change.state)});
    add("signal");
  }
  return hash;
}

std::int64_t cycle_of(const std::vector<replay::SignalChange>& changes) {
  constexpr std::int64_t kAlikeNs = 1'000'000'000;
  std::vector<std::int64_t> between;
  std::int64_t last = -1;
  for (std::size_t i = 1; i < changes.size(); ++i) {  // the first is when it was seen first, not when it began
    if (changes[i].state != sim::SignalState::kGreen) continue;
    if (last >= 0) between.push_back(changes[i].time_ns - last);
    last = changes[i].time_ns;
  }
  if (between.empty()) return 0;
  std::sort(between.begin(), between.end());
  return between.back() - between.front() > kAlikeNs ? 0 : between[between.size() / 2];
}

std::optional<SignalTime> signal_at(const LoggedSignal& signal, std::int64_t time_ns) {
  const auto& changes = signal.changes;
  if (changes.empty()) return std::nullopt;
  // Outside of what was seen: the same moment of a cycle that was seen.
  std::int64_t shift = 0;
  if (time_ns > signal.end_ns || time_ns < changes.front().time_ns) {
    if (signal.cycle_ns <= 0) return std::nullopt;
    const std::int64_t off = time_ns > signal.end_ns ? signal.end_ns - time_ns : changes.front().time_ns - time_ns;
    const std::int64_t cycles =
        off >= 0 ? (off + signal.cycle_ns - 1) / signal.cycle_ns : -((-off + signal.cycle_ns - 1) / signal.cycle_ns);
    shift = cycles * signal.cycle_ns;
    if (time_ns + shift < changes.front().time_ns || time_ns + shift > signal.end_ns) return std::nullopt;
  }
  const auto above = std::upper_bound(changes.begin(), changes.end(), time_ns + shift,
                                      [](std::int64_t time, const auto& change) { return time < change.time_ns; });
  SignalTime out{(above - 1)->state, 0};
  out.until_ns = (above == changes.end() ? signal.end_ns + 1 : above->time_ns) - shift;
  return out;
}

}  // namespace bitgoeul::scenarios::closed_loop
