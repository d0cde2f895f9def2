// Mining: moments of a log that are worth a look, found in the tracks of what moved: hard braking, a short time to
// collision, a cut-in, a pedestrian passed closely, a stop at a red light (with a map's help, see RedAhead) and what
// the log itself calls a disengagement or takeover. Looked for on behalf of a log's own vehicle, or of every
// self-driving one of a run. What is ahead is measured along the way that the vehicle then took. Definitions: kinds
// below. Made by mine(); read by `log events`. Metres, seconds, local frame. Thread rule: pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/tracks.h"

namespace bitgoeul::replay {

enum class MomentKind : std::uint8_t {
  kHardBraking,         // slower by more than 4 m/s2 over half a second; value: the hardest, m/s2
  kLowTtc,              // less than 1.5 s to what is ahead in its way; value: the least, s
  kCutIn,               // from beside into its way within 3 s, closer than 2 s; value: the gap then, m
  kPedestrianNearMiss,  // less than 1 m between both boxes while it drives faster than 2 m/s; value: the least gap, m
  kRedLightStop,        // it comes to a stand for 2 s or more with a red light ahead; value: for how long, s
  kDisengagement,       // the log says so; text: how
};
inline constexpr std::size_t kMomentKinds = 6;
std::string_view to_string(MomentKind kind);  // hard_braking, low_ttc, cut_in, pedestrian_near_miss, ...
std::optional<MomentKind> moment_kind(std::string_view name);

struct Moment {
  MomentKind kind = MomentKind::kHardBraking;
  std::int64_t time_ns = 0;  // log time of the worst of it
  double duration_s = 0;     // from its first to its last frame
  double x = 0, y = 0, value = 0;
  std::string vehicle, other;  // other: empty when nobody else takes part
  std::string text = {};
};

// Whether a red light stops who stands there; nothing else is asked of the map.
using RedAhead = std::function<bool(std::int64_t time_ns, const TrackPoint& at)>;

// Ascending by time, then by vehicle and kind. `is_pedestrian`: of a track.
std::vector<Moment> mine(const Tracks& tracks, const std::function<bool(const LoggedTrack&)>& is_pedestrian,
                         const RedAhead& red_ahead = {});
// What a line of text in a log says about who drives; nothing: it is about something else.
bool tells_disengagement(std::string_view text);

}  // namespace bitgoeul::replay
