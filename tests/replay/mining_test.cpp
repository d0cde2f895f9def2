// Moments in tracks made by hand, where each is known by arithmetic; and tracks between their points.
#include "replay/mining.h"

#include <doctest/doctest.h>

#include <functional>

using namespace bitgoeul;
using namespace bitgoeul::replay;

namespace {

constexpr std::int64_t kTenth = 100'000'000;

struct Now {
  double x = 0, y = 0, yaw = 0, speed = 0;
};

// Ten seconds at 10 Hz of a box of 4 x 2 m.
LoggedTrack track(const std::string& name, sim::Role role, const std::function<Now(double)>& at) {
  LoggedTrack out;
  out.name = name;
  out.role = role;
  out.length_m = 4, out.width_m = 2, out.height_m = 1.5;
  for (int i = 0; i <= 100; ++i) {
    const Now now = at(i * 0.1);
    TrackPoint p;
    p.time_ns = i * kTenth;
    p.x = now.x, p.y = now.y;
    p.yaw = static_cast<float>(now.yaw), p.speed = static_cast<float>(now.speed);
    p.begins = i == 0;
    out.points.push_back(p);
  }
  return out;
}

std::vector<Moment> mined(std::vector<LoggedTrack> tracks, const RedAhead& red = {}) {
  Tracks all;
  all.end_ns = 100 * kTenth;
  all.tracks = std::move(tracks);
  return mine(
      all, [](const LoggedTrack& t) { return t.name.starts_with("walker"); }, red);
}

// 10 m/s until 5 s, then this deceleration down to a stand.
Now braking(double t, double deceleration) {
  const double since = std::max(0.0, t - 5), stop = 10 / deceleration, b = std::min(since, stop);
  return {10 * std::min(t, 5.0) + 10 * b - deceleration * b * b / 2, 0, 0, 10 - deceleration * b};
}

}  // namespace

TEST_CASE("mining: hard braking is more than 4 m/s2 over half a second") {
  const auto hard = mined({track("ego", sim::Role::kEgo, [](double t) { return braking(t, 6); })});
  REQUIRE(hard.size() == 1);
  CHECK(hard[0].kind == MomentKind::kHardBraking);
  CHECK(hard[0].value == doctest::Approx(6).epsilon(0.01));
  CHECK(hard[0].time_ns >= 55 * kTenth);
  CHECK(hard[0].time_ns <= 67 * kTenth);
  CHECK(mined({track("ego", sim::Role::kEgo, [](double t) { return braking(t, 3.5); })}).empty());
  // Only on behalf of the self-driving one.
  CHECK(mined({track("other", sim::Role::kTraffic, [](double t) { return braking(t, 6); })}).empty());
}

TEST_CASE("mining: time to collision along the way") {
  // 10 m/s behind 4 m/s, boxes 24 m apart at the start: 4 s at first, 1.5 s after 2.5 s; it swerves at 3.5 s.
  const auto low = mined({track("ego", sim::Role::kEgo,
                                [](double t) {
                                  return Now{10 * t, t < 3.5 ? 0.0 : std::min(3.5, (t - 3.5) * 7), 0, 10};
                                }),
                          track("slow", sim::Role::kTraffic, [](double t) {
                            return Now{28 + 4 * t, 0, 0, 4};
                          })});
  const auto found =
      std::find_if(low.begin(), low.end(), [](const Moment& m) { return m.kind == MomentKind::kLowTtc; });
  REQUIRE(found != low.end());
  CHECK(found->other == "slow");
  CHECK(found->value < 1.5);
  CHECK(found->value > 0.3);
  // In the lane beside there is no collision to come.
  for (const Moment& m : mined({track("ego", sim::Role::kEgo,
                                      [](double t) {
                                        return Now{10 * t, 0, 0, 10};
                                      }),
                                track("slow", sim::Role::kTraffic, [](double t) {
                                  return Now{28 + 4 * t, 3.5, 0, 4};
                                })}))
    CHECK(m.kind != MomentKind::kLowTtc);
}

TEST_CASE("mining: a cut-in comes from beside within its time, a leader that was always there is none") {
  const auto cut = [](double from_y) {
    return mined({track("ego", sim::Role::kEgo,
                        [](double t) {
                          return Now{10 * t, 0, 0, 10};
                        }),
                  track("other", sim::Role::kTraffic, [from_y](double t) {
                    const double y = t < 4 ? from_y : std::max(0.0, from_y - (t - 4) * 2);
                    return Now{14 + 10 * t, y, 0, 10};
                  })});
  };
  const auto found = cut(3.5);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == MomentKind::kCutIn);
  CHECK(found[0].value == doctest::Approx(10));  // 14 m less two halves
  CHECK(found[0].time_ns > 46 * kTenth);         // its side is in the way when y < 2 m: at 4.75 s
  CHECK(found[0].time_ns < 50 * kTenth);
  CHECK(cut(0).empty());
}

TEST_CASE("mining: a pedestrian passed at less than a metre") {
  const auto pass = [](double y) {
    LoggedTrack walker = track("walker", sim::Role::kTraffic, [y](double) { return Now{50, y, 0, 0}; });
    walker.length_m = walker.width_m = 0.5;
    return mined({track("ego", sim::Role::kEgo, [](double t) { return Now{10 * t, 0, 0, 10}; }), walker});
  };
  const auto close = pass(2.0);  // 2 m less 1 m and 0.25 m
  REQUIRE(close.size() == 1);
  CHECK(close[0].kind == MomentKind::kPedestrianNearMiss);
  CHECK(close[0].value == doctest::Approx(0.75));
  CHECK(pass(2.5).empty());
}

TEST_CASE("mining: a stop at a red light, and none where the light is not red") {
  const auto ego = [] { return track("ego", sim::Role::kEgo, [](double t) { return braking(t, 3.9); }); };
  const auto stop = mined({ego()}, [](std::int64_t, const TrackPoint&) { return true; });
  REQUIRE(stop.size() == 1);
  CHECK(stop[0].kind == MomentKind::kRedLightStop);
  CHECK(stop[0].value == doctest::Approx(10 - 5 - 10 / 3.9).epsilon(0.05));
  CHECK(mined({ego()}, [](std::int64_t, const TrackPoint&) { return false; }).empty());
  CHECK(tells_disengagement("Manual takeover by the driver"));
  CHECK_FALSE(tells_disengagement("engaged"));
}

TEST_CASE("tracks: straight on between points, nothing before, after and across a gap") {
  LoggedTrack t = track("ego", sim::Role::kEgo, [](double s) { return Now{10 * s, 0, 0, 10}; });
  std::size_t hint = 0;
  CHECK(track_at(t, 5 * kTenth + kTenth / 2, hint)->x == doctest::Approx(5.5));
  CHECK(track_at(t, 90 * kTenth, hint)->x == doctest::Approx(90));
  CHECK(track_at(t, kTenth, hint)->x == doctest::Approx(1));  // back again
  CHECK_FALSE(track_at(t, -1, hint).has_value());
  CHECK_FALSE(track_at(t, 100 * kTenth + 1, hint).has_value());
  t.points[50].begins = true;
  CHECK_FALSE(track_at(t, 49 * kTenth + 1, hint).has_value());
  CHECK(track_at(t, 50 * kTenth, hint)->x == doctest::Approx(50));
}
