// What perception means for the ego's safety: from which range each object is seen and confirmed, how long that takes
// beside the time to collision, and what misses weigh: an object weighs 1 when it would touch the ego now, falling to
// kLeastWeight at 5 s or when it never would, both moving on as they are. Frame of boxes: any; the ego's box with its
// velocity stands in the frame. Made from the frames of a log; read by `replay --score`. Thread rule: pure.
#pragma once

#include "replay/scoring/detection.h"

namespace bitgoeul::replay {

struct SafetyFrame {
  std::int64_t time_ns = 0;
  Box ego;
  Boxes truth, found;  // found: with the ids of their tracks
};

inline constexpr double kRelevance_s = 5, kLeastWeight = 0.05;

// Seconds until the boxes, taken as circles along their length, come nearer than margin_m; infinity: never.
double time_to_contact(const Box& ego, const Box& other, double margin_m = 0.5);
double relevance(const Box& ego, const Box& other);

struct ObjectSafety {
  std::uint64_t id = 0;
  ObjectClass object_class = ObjectClass::kUnknown;
  double first_range_m = kUnknown, confirm_range_m = kUnknown;  // NaN: never
  double time_to_confirm_s = kUnknown;                          // since it was first asked for
  double ttc_at_confirm_s = kUnknown;                           // infinity: no collision course
};
enum class SafetyEventKind : std::uint8_t { kSeen, kConfirmed, kRelevantMiss };  // the last: where a run of them begins
std::string_view to_string(SafetyEventKind kind);
struct SafetyEvent {
  std::int64_t time_ns = 0;
  SafetyEventKind kind = SafetyEventKind::kSeen;
  std::uint64_t id = 0;  // of the truth
  ObjectClass object_class = ObjectClass::kUnknown;
  double x = 0, y = 0, range_m = 0, ttc_s = 0;  // ttc: infinity = no collision course
};
struct SafetyScore {
  std::vector<SafetyEvent> events;    // in order of time, then of the truth
  std::vector<ObjectSafety> objects;  // by id
  double weighted_miss_rate = 0;      // 0 to 1: weight of the misses by weight of all
  double relevant_misses = 0;         // weight above 0.5, object-frames
  double mean_first_range_m = kUnknown, mean_time_to_confirm_s = kUnknown;
};

// Confirmed: the third frame in which one and the same track lies on it.
SafetyScore score_safety(const std::vector<SafetyFrame>& frames, double match_m = 2);

}  // namespace bitgoeul::replay
