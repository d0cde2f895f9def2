// Film: snapshots made by hand, ten a second, of an ego and others on a map, and what the observers of criteria make of
// them. Entity 0 is the ego; one called "person" is a pedestrian.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "scenarios/criteria/observer.h"
#include "tests/scenarios/story/story_map.h"

namespace bitgoeul::tests {

using namespace scenarios;

struct Film {
  SimulationSetup setup;
  sim::Snapshot snapshot;
  std::unique_ptr<criteria::Observer> observer;
  std::vector<sim::Event> events;

  explicit Film(const std::vector<std::string>& words, std::vector<std::string> others = {"other"},
                std::shared_ptr<const maps::Map> map = story_map()) {
    setup.map = std::move(map);
    sim::resize_table(snapshot.signals, setup.map->signal_groups.size());
    vehicles::VehicleType car, person;
    car.length_m = 4.5, car.width_m = 1.8, car.center_x_m = 1.4;
    person.category = vehicles::Category::kPedestrian;
    person.length_m = 0.6, person.width_m = 0.6, person.center_x_m = 0;
    setup.catalogue = {car, person};
    add("ego", sim::Role::kEgo, 0);
    for (const std::string& name : others) add(name, sim::Role::kActor, name == "person" ? 1 : 0);
    sim::resize_table(snapshot.entities, setup.entities.size());
    criteria::Questions questions;
    for (const std::string& word : words) {
      const std::size_t at = word.find('=');
      const auto asked = criteria::ask(word.substr(0, at), at == std::string::npos ? "" : word.substr(at + 1));
      REQUIRE(asked.has_value());
      questions.all.push_back(*asked);
    }
    observer = std::make_unique<criteria::Observer>(setup, questions);
  }
  void add(const std::string& name, sim::Role role, std::uint16_t type) {
    EntitySetup entity;
    entity.name = name, entity.role = role, entity.type = type;
    setup.entities.push_back(entity);
  }
  void put(std::size_t row, double x, double y, double yaw, double speed, double acceleration = 0,
           double yaw_rate = 0) {
    sim::Entities& e = snapshot.entities;
    const vehicles::VehicleType& type = setup.catalogue[setup.entities[row].type];
    e.alive[row] = 1, e.role[row] = setup.entities[row].role, e.type[row] = setup.entities[row].type;
    e.x[row] = x, e.y[row] = y, e.yaw_rad[row] = yaw;
    e.speed_mps[row] = speed, e.acceleration_mps2[row] = acceleration, e.yaw_rate_radps[row] = yaw_rate;
    e.length_m[row] = type.length_m, e.width_m[row] = type.width_m, e.center_x_m[row] = type.center_x_m;
  }
  void show() {
    observer->frame(snapshot);
    snapshot.time_ns += 100'000'000;
  }
  void crash(sim::ContactSide side, sim::ContactSide other_side) {
    sim::Event event;
    event.kind = sim::EventKind::kCollisionBegin;
    event.entity = {0, 1}, event.other = {1, 1};
    event.side = side, event.other_side = other_side;
    observer->events(std::vector{event});
  }
  Criterion verdict() const {
    const auto all = observer->verdicts();
    REQUIRE(all.size() == 1);
    return all[0];
  }
};

}  // namespace bitgoeul::tests
