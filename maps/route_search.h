// RouteSearch: the label-setting A* behind Router. A label is a way to enter a lane: cost so far and metres left for
// lane changes; one label beats another when it is no dearer at the lane's end and leaves no less room. Heuristic:
// straight distance / top speed of the map. Scratch is stamped by generation, so that a search touches only what it
// visits and allocates nothing after warm-up. Thread rule: one thread per object.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "maps/map.h"
#include "maps/route_bounds.h"
#include "maps/routing.h"

namespace bitgoeul::maps {

class RouteSearch {
 public:
  // With landmarks when the map has at least that many lanes: its own, or made at the first search of each kind.
  RouteSearch(const Map& map, std::size_t landmarks_from_lanes);
  const Map& map() const { return *map_; }
  // Requests must have been checked. False: there is no way.
  bool find(const RouteRequest& request, std::vector<Row>& lanes);

 private:
  // What the search needs of a lane, packed into a cache line.
  struct Node {
    double x, y, length, time;
    Row left, right;                        // where a change is allowed, else kNone
    Range successors;                       // rows of Map::links
    std::uint32_t bus, drivable, straight;  // straight: nothing to decide there
    std::uint32_t pad;
  };
  static_assert(sizeof(Node) == 64);
  struct Label {
    double cost;      // on entering the lane
    double end_cost;  // at its end: what labels are compared by
    double used;      // metres used up by lane changes in this section
    double room;      // metres left for more
    Row lane;
    std::int32_t parent;  // label
    std::int32_t next;    // other label of this lane
    std::uint32_t first;  // 1: still in the section where the route starts
    std::uint32_t dead;   // beaten after it was queued
  };
  struct Entry {
    double estimate;
    Row lane;
    std::int32_t label;
    bool operator<(const Entry& other) const {
      if (estimate != other.estimate) return estimate < other.estimate;
      return lane != other.lane ? lane < other.lane : label < other.label;
    }
  };
  // The labels of a lane: the last one, when the generation is the search's.
  struct Labels {
    std::uint32_t generation = 0;
    std::int32_t head = -1;
  };

  double lane_cost(Row lane, double fraction) const;                                 // of driving that part of the lane
  double fraction(bool first) const { return first ? 1.0 - start_fraction_ : 1.0; }  // of a lane that is to be driven
  double straight_estimate(Row lane) const;  // of what is left from where the lane begins
  double estimate(Row lane, bool first) const;
  void add(Row lane, double cost, double used, std::int32_t parent, bool first);
  bool leads_straight_on(const Lane& lane) const;
  void begin(const RouteRequest& request);
  bool cut_off();  // the destination, from all but a few lanes that the way does not begin on
  bool beaten(const Label& label);
  void expand(std::int32_t label);
  void expand_change(std::int32_t label, Row neighbour);
  void try_goal(std::int32_t label);
  void ask(const Entry& entry) const;
  void ask(Row lane) const;
  void push(Entry entry);
  Entry pop();

  const Map* map_;
  std::size_t landmarks_from_lanes_;
  std::optional<RouteBounds> bounds_[2];  // by time, by length
  RouteBounds::Values goal_values_{};
  double top_speed_ = 1;
  std::vector<Node> nodes_;
  std::vector<Labels> of_lane_;
  std::vector<Label> labels_;
  std::vector<Entry> heap_;
  std::vector<Row> behind_;  // of the destination
  std::uint32_t generation_ = 0;
  RouteRequest request_;
  double start_fraction_ = 0, goal_x_ = 0, goal_y_ = 0;
  double goal_cost_ = 0;
  std::int32_t goal_label_ = -1;
};

}  // namespace bitgoeul::maps
