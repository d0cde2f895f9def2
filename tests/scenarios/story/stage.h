// A stage for tests of motion: the street of story_map.h, actors on it, and steps of 10 ms.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "scenarios/story/motion.h"
#include "tests/scenarios/story/story_map.h"

namespace bitgoeul::tests {

namespace story = scenarios::story;
namespace osc = scenarios::openscenario;

struct Stage {
  std::shared_ptr<const maps::Map> map = story_map();
  std::vector<std::string> names;
  story::View view;
  std::unique_ptr<story::Motion> motion;

  explicit Stage(std::vector<std::string> actors) : names(std::move(actors)) {
    view.map = map.get();
    view.names = names;
    view.entities = names.size();
    view.seen.resize(names.size());
    for (story::Seen& seen : view.seen) seen.length = 4.5, seen.width = 1.8, seen.height = 1.5, seen.center_x = 1.4;
    motion = std::make_unique<story::Motion>(*map, names.size());
  }

  // Prepared before bind(); started later.
  template <class A>
  story::Row prepare(const A& action) {
    const auto row = motion->prepare(osc::PrivateAction{{}, action}, {map.get(), names, {}});
    INFO((row.has_value() ? std::string() : sim::to_string(row.error())));
    REQUIRE(row.has_value());
    return *row;
  }
  void start(story::Row action, story::Row row) {
    const auto done = motion->start(action, row, view);
    INFO((done.has_value() ? std::string() : sim::to_string(done.error())));
    REQUIRE(done.has_value());
    see();
  }
  template <class A>
  story::Row act(story::Row row, const A& action) {
    const story::Row prepared = prepare(action);
    start(prepared, row);
    return prepared;
  }
  void put(story::Row row, const std::string& road, int lane, double s, double speed, double offset = 0) {
    act(row, osc::TeleportAction{osc::Position{{}, osc::LanePosition{road, lane, s, offset, {}}}});
    act(row, osc::SpeedAction{{}, speed});
  }
  void see() {
    for (std::size_t i = 0; i < names.size(); ++i) motion->show(static_cast<story::Row>(i), view.seen[i]);
  }
  void step() {
    see();
    motion->advance(view);
    ++view.step;
    view.time_s = static_cast<double>(view.step) * view.dt_s();
    see();
  }
  void run(double seconds) {
    for (int i = 0; i < static_cast<int>(seconds * 100 + 0.5); ++i) step();
  }
  // Steps until the action is over; the time that took.
  double finish(story::Row action, story::Row row, double at_most_s = 100) {
    const std::int64_t from = view.step;
    while (motion->running(action, row) && static_cast<double>(view.step - from) * 0.01 < at_most_s) step();
    REQUIRE(!motion->running(action, row));
    return static_cast<double>(view.step - from) * 0.01;
  }
  const story::Actors& a() const { return motion->actors(); }
};

}  // namespace bitgoeul::tests
