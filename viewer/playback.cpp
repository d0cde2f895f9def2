#include "viewer/playback.h"

#include <cmath>

namespace bitgoeul::viewer {

void Playback::advance(double wall_s, std::int64_t end_ns) {
  if (!playing) return;
  const std::int64_t last = loop && loop_end_ns > loop_begin_ns ? std::min(loop_end_ns, end_ns) : end_ns;
  time_ns += static_cast<std::int64_t>(std::llround(wall_s * speed * 1e9));
  if (time_ns < 0) time_ns = 0, playing = false;
  if (time_ns < last) return;
  if (loop)
    time_ns = loop_end_ns > loop_begin_ns ? loop_begin_ns : 0;
  else
    time_ns = last, playing = false;
}

void Playback::step(int frames, std::int64_t end_ns) {
  constexpr std::int64_t kStep = 100'000'000;
  playing = false;
  // To the whole tenth of a second in that direction.
  const std::int64_t at = frames > 0 ? time_ns / kStep : (time_ns + kStep - 1) / kStep;
  time_ns = std::clamp<std::int64_t>((at + frames) * kStep, 0, end_ns);
}

void Playback::faster(bool up) { speed = std::clamp(speed * (up ? 2.0 : 0.5), 0.125, 64.0); }

bool notable(const sim::Event& event) {
  return event.kind != sim::EventKind::kSpawn && event.kind != sim::EventKind::kRemove;
}

bool notable(const replay::StoryChange& change) {
  return change.type == replay::StoryType::kAct || change.type == replay::StoryType::kEvent ||
         change.transition == replay::StoryTransition::kFailed;
}

bool Playback::jump(std::span<const std::int64_t> stops, bool forward) {
  const auto after = std::upper_bound(stops.begin(), stops.end(), time_ns);
  const auto at = std::lower_bound(stops.begin(), stops.end(), time_ns);
  if (forward ? after == stops.end() : at == stops.begin()) return false;
  time_ns = forward ? *after : *std::prev(at), playing = false;
  return true;
}

}  // namespace bitgoeul::viewer
