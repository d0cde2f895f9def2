// Conflict: does what an agent did in the log run into a world that has changed, and why? Compares two ways sampled at
// the same times from now on: the agent's in the log, and that of a body that no longer does what its log says (or has
// none). What lay as near in the log itself is no conflict; nor is who comes from behind. Metres, seconds, map frame;
// poses are of the middle of the box. Thread rule: pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "vehicles/contacts.h"

namespace bitgoeul::scenarios::closed_loop {

enum class HandOver : std::uint8_t { kNone = 0, kPredictedConflict = 1, kBlocked = 2, kLeaderChanged = 3 };
std::string_view to_string(HandOver reason);  // predicted_conflict, blocked, leader_changed

inline constexpr double kSampleS = 0.25;
inline constexpr int kSamples = 17;  // 4 s: a car at 25 m/s that sees something standing brakes with 3.1 m/s2

struct Way {
  struct Pose {
    double x = 0, y = 0, yaw_rad = 0, speed_mps = 0;
  };
  std::array<Pose, kSamples> at;
  int count = 0;  // samples that are there; after them it is not in the world
  double half_length = 0, half_width = 0;
};

// Where it will be if it goes on like this: its acceleration until it stands, its yaw rate.
Way predict(const Way::Pose& now, double acceleration_mps2, double yaw_rate_radps, double half_length,
            double half_width);

struct Conflict {
  HandOver reason = HandOver::kNone;
  double in_s = 0;
};
// other_in_log: null when the log does not know the other one.
Conflict conflict_between(const Way& agent, const Way& other, const Way* other_in_log);

}  // namespace bitgoeul::scenarios::closed_loop
