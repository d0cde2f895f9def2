// EntityList: the rows of the entity panel: all that move and pass the filter, self-driving vehicles first. Found again
// only when the frame or the filter is another. Main thread only.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "maps/map.h"
#include "viewer/moment.h"
#include "viewer/roster.h"

namespace bitgoeul::viewer {

struct Filter {
  std::array<char, 64> text{};  // part of name, type or company
  bool egos = true, traffic = true, actors = true;
  int company = -1;                 // of Roster::companies; -1: any
  Judged judged = Judged::kNot;     // kNot: any
  std::array<char, 32> junction{};  // id: only who is on that junction; `*`: on any; empty: anywhere
  bool operator==(const Filter&) const = default;
};

struct EntityListInput {
  const Moment& moment;
  const Roster& roster;
  const maps::Map* map = nullptr;
  std::function<std::string(sim::Row)> name_of;  // asked for only where the filter has a text
};

class EntityList {
 public:
  const std::vector<sim::Row>& rows(const Filter& filter, const EntityListInput& input);

 private:
  std::vector<sim::Row> rows_;
  Filter filter_;
  // Which moment of which run: one that is started again with another seed has another hash.
  struct Frame {
    std::int64_t time_ns = -1;
    std::size_t movers = 0;
    sim::Hash128 hash;
    bool operator==(const Frame&) const = default;
  };
  Frame frame_;
};

// The junction about the point, or the nearest one within 100 m of its rim; kNone: none there.
maps::Row junction_near(const maps::Map& map, double x, double y);

}  // namespace bitgoeul::viewer
