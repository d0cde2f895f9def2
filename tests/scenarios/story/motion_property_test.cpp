// Whatever actions come in whatever order: every actor stays finite and on the ground, and a run that is saved and
// restored somewhere in the middle goes on with the same bits.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/random.h"
#include "tests/scenarios/story/stage.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios::story;
using tests::Stage;
namespace osc = bitgoeul::scenarios::openscenario;

namespace {

const std::vector<std::string> kNames = {"a", "b", "c", "d", "e"};

struct Dice {
  std::uint64_t seed = 0;
  std::int64_t draws = 0;
  std::uint32_t below(std::uint32_t n) { return sim::uniform_index(seed, 0, draws++, sim::Stream::kTest, n); }
  double between(double low, double high) {
    return low + (high - low) * sim::uniform(seed, 0, draws++, sim::Stream::kTest);
  }
  std::string name() { return kNames[below(5)]; }
};

osc::Position position(Dice& dice) {
  static constexpr const char* kRoads[] = {"1", "2", "3"};
  const char* road = kRoads[dice.below(3)];
  const int lane = road[0] == '3' ? 1 + static_cast<int>(dice.below(3)) : -1 - static_cast<int>(dice.below(3));
  switch (dice.below(6)) {
    case 0:
      return {{},
              osc::RelativeLanePosition{
                  dice.name(), static_cast<std::int32_t>(dice.below(3)) - 1, dice.between(-40, 40), {}, 0, {}}};
    case 1:
      return {{}, osc::RelativeObjectPosition{dice.name(), dice.between(-20, 20), dice.between(-6, 6), 0, {}}};
    case 2:
      return {{}, osc::WorldPosition{dice.between(-50, 400), dice.between(-60, 200), {}, dice.between(-3, 3), {}, {}}};
    case 3:
      return {{}, osc::RoadPosition{road, dice.between(0, 200), dice.between(-12, 6), {}}};
    default:
      return {{}, osc::LanePosition{road, lane, dice.between(0, 200), dice.between(-1, 1), {}}};
  }
}

osc::TransitionDynamics dynamics(Dice& dice) {
  return {static_cast<osc::DynamicsShape>(dice.below(4)),
          static_cast<osc::DynamicsDimension>(dice.below(3)),
          dice.between(0, 6),
          {}};
}

std::optional<osc::DynamicConstraints> limits(Dice& dice) {
  if (dice.below(2) == 0) return std::nullopt;
  return osc::DynamicConstraints{dice.between(0.5, 5), dice.between(1, 9), dice.between(0.5, 8), dice.between(1, 9),
                                 dice.between(5, 40)};
}

osc::Trajectory trajectory(Dice& dice) {
  osc::Trajectory t;
  t.closed = dice.below(4) == 0;
  if (dice.below(3) == 0) {
    osc::Clothoid c{dice.between(-0.05, 0.05), dice.between(-0.002, 0.002), dice.between(1, 60), 0.0, 5.0, {}};
    c.start.push_back({position(dice), {}});
    t.shape = c;
    return t;
  }
  osc::Polyline line;
  for (int i = 0; i < 4; ++i) line.vertices.push_back({position(dice), i * 2.0});
  t.shape = line;
  return t;
}

osc::PrivateAction any_action(Dice& dice) {
  osc::PrivateAction out;
  switch (dice.below(14)) {
    case 0:
      out.action = osc::TeleportAction{position(dice)};
      break;
    case 1:
      out.action = osc::SpeedAction{dynamics(dice), dice.between(-3, 30)};
      break;
    case 2:
      out.action = osc::SpeedAction{
          dynamics(dice), osc::RelativeTargetSpeed{dice.name(), dice.between(-4, 4), osc::SpeedTargetValueType::kDelta,
                                                   dice.below(2) == 0}};
      break;
    case 3:
      out.action =
          osc::LaneChangeAction{dynamics(dice), dice.between(-0.5, 0.5), static_cast<std::int32_t>(dice.below(6)) - 3};
      break;
    case 4:
      out.action = osc::LaneChangeAction{
          dynamics(dice), 0, osc::RelativeTargetLane{dice.name(), static_cast<std::int32_t>(dice.below(3)) - 1}};
      break;
    case 5:
      out.action = osc::LaneOffsetAction{dice.below(2) == 0, static_cast<osc::DynamicsShape>(dice.below(4)),
                                         dice.between(0.1, 3), dice.between(-1.5, 1.5)};
      break;
    case 6:
      out.action = osc::LongitudinalDistanceAction{dice.name(),
                                                   dice.below(2) == 0,
                                                   dice.below(2) == 0,
                                                   dice.between(0, 50),
                                                   {},
                                                   static_cast<osc::LongitudinalDisplacement>(dice.below(3)),
                                                   static_cast<osc::CoordinateSystem>(dice.below(5)),
                                                   limits(dice)};
      break;
    case 7:
      out.action = osc::LateralDistanceAction{dice.name(),
                                              dice.below(2) == 0,
                                              dice.below(2) == 0,
                                              dice.between(0, 4),
                                              static_cast<osc::LateralDisplacement>(dice.below(3)),
                                              static_cast<osc::CoordinateSystem>(dice.below(5)),
                                              limits(dice)};
      break;
    case 8: {
      osc::SpeedProfileAction profile;
      profile.constraints = limits(dice);
      profile.following_mode = static_cast<osc::FollowingMode>(dice.below(2));
      for (int i = 0; i < 3; ++i)
        profile.entries.push_back(
            {dice.between(0, 25), dice.below(2) == 0 ? std::optional(dice.between(0, 4)) : std::nullopt});
      out.action = profile;
      break;
    }
    case 9: {
      osc::SynchronizeAction sync{dice.name(), 1, 1, position(dice), position(dice), {}};
      if (dice.below(2) == 0)
        sync.final_speed =
            osc::AbsoluteSpeed{dice.between(0, 20), osc::SteadyState{dice.below(2) == 0, dice.between(0, 10)}};
      out.action = sync;
      break;
    }
    case 10: {
      osc::FollowTrajectoryAction follow{trajectory(dice), {}, {}, 0};
      if (dice.below(2) == 0)
        follow.time_reference = osc::TimeReference{static_cast<osc::ReferenceContext>(dice.below(2)),
                                                   dice.between(-2, 2), dice.between(0.5, 2)};
      out.action = follow;
      break;
    }
    case 11:
      out.action = osc::AcquirePositionAction{position(dice)};
      break;
    case 12:
      out.action = osc::RandomRouteAction{};
      break;
    default: {
      osc::AssignRouteAction assign;
      for (int i = 0; i < 2; ++i) assign.route.waypoints.push_back({position(dice), osc::RouteStrategy::kShortest});
      out.action = assign;
    }
  }
  return out;
}

// Some actors, some actions, started and stopped by the dice; the same for the same seed.
struct Play {
  Stage stage{kNames};
  sim::TableSet state;
  std::vector<Row> actions;
  explicit Play(std::uint64_t seed) {
    Dice dice{seed, 0};
    for (int i = 0; i < 40; ++i) {
      const auto prepared = stage.motion->prepare(any_action(dice), {stage.map.get(), stage.names, {}});
      if (prepared) actions.push_back(*prepared);  // some places do not exist
    }
    stage.motion->bind(state);
    for (Row row = 0; row < 4; ++row) stage.put(row, "1", row % 2 == 0 ? -1 : -2, 20.0 + 30 * row, 5.0 + row);
  }
  void step(std::uint64_t seed) {
    Dice dice{seed + 1000, stage.view.step * 8};
    stage.see();
    if (dice.below(8) == 0 && !actions.empty()) {
      const Row action = actions[dice.below(static_cast<std::uint32_t>(actions.size()))];
      const auto row = static_cast<Row>(dice.below(5));
      if (dice.below(4) == 0)
        stage.motion->stop(action, row);
      else
        (void)stage.motion->start(action, row, stage.view);  // refused where it makes no sense
      if (dice.below(40) == 0) stage.motion->remove(row);
    }
    stage.step();
  }
};

}  // namespace

TEST_CASE("any actions in any order: finite, restored with the same bits") {
  sim::Jobs jobs(1);
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Play a(seed), b(seed);
    for (int i = 0; i < 1200; ++i) {
      a.step(seed);
      if (i == 599) {
        sim::Bytes saved;
        a.state.save(saved);
        REQUIRE(b.state.load(saved).has_value());
        b.stage.motion->derive();
        b.stage.view.step = a.stage.view.step;
        b.stage.view.time_s = a.stage.view.time_s;
      }
      if (i > 599) b.step(seed);
    }
    const Actors& actors = a.stage.a();
    for (Row row = 0; row < 5; ++row) {
      if (!a.stage.motion->present(row)) continue;
      CAPTURE(row);
      CHECK(std::isfinite(actors.x[row]));
      CHECK(std::isfinite(actors.y[row]));
      CHECK(std::isfinite(actors.yaw[row]));
      CHECK(std::isfinite(actors.speed[row]));
      CHECK(std::abs(actors.speed[row]) < 500);
      CHECK(std::abs(actors.z[row]) < 1);  // the street is flat
    }
    CHECK(a.state.hash(jobs) == b.state.hash(jobs));
    CHECK(a.state.hash(jobs) == a.state.hash_in_full(jobs));
  }
}
