#include "maps/route_search.h"

#include <algorithm>
#include <cmath>

#include "sim/prefetch.h"

namespace bitgoeul::maps {

namespace {

std::size_t at(std::int32_t row) { return static_cast<std::size_t>(row); }

// Point of the sampled centre line at lane s.
sim::Vec2 point_at(const Map& map, Row lane, double s) {
  const auto points = map.lane_points(lane);
  std::size_t i = 1;
  while (i + 1 < points.size() && points[i].s < s) ++i;
  const LanePoint& a = points[i - 1];
  const LanePoint& b = points[i];
  const double f = b.s > a.s ? std::clamp((s - a.s) / (b.s - a.s), 0.0, 1.0) : 0.0;
  return {a.x + f * (b.x - a.x), a.y + f * (b.y - a.y)};
}

}  // namespace

RouteSearch::RouteSearch(const Map& map, std::size_t landmarks_from_lanes)
    : map_(&map), landmarks_from_lanes_(landmarks_from_lanes) {
  nodes_.reserve(map.lanes.size());
  for (std::size_t row = 0; row < map.lanes.size(); ++row) {
    const Lane& lane = map.lanes[row];
    const auto points = map.lane_points(static_cast<Row>(row));
    Node node{};
    if (!points.empty()) node.x = points.front().x, node.y = points.front().y;
    node.length = std::max(lane.length, 0.0);
    node.time = node.length / free_speed_mps(lane);
    node.bus = lane.type == LaneType::kBus || lane.type == LaneType::kTaxi;
    node.left = lane.change_left ? lane.left : kNone;
    node.right = lane.change_right ? lane.right : kNone;
    node.successors = lane.successors;
    node.drivable = drivable(lane.type);
    node.straight = node.left == kNone && node.right == kNone && leads_straight_on(lane);
    nodes_.push_back(node);
    if (node.drivable) top_speed_ = std::max(top_speed_, free_speed_mps(lane));
  }
  of_lane_.resize(map.lanes.size());
}

double RouteSearch::lane_cost(Row lane, double fraction) const {
  const Node& node = nodes_[at(lane)];
  const double whole = request_.shortest ? node.length : node.time;
  return whole * fraction * (node.bus ? request_.bus_lane_cost_factor : 1.0);
}

double RouteSearch::straight_estimate(Row lane) const {
  const double dx = nodes_[at(lane)].x - goal_x_, dy = nodes_[at(lane)].y - goal_y_;
  const double distance = std::sqrt(dx * dx + dy * dy);
  return request_.shortest ? distance : distance / top_speed_;
}

// Cost that is left at least.
double RouteSearch::estimate(Row lane, bool first) const {
  const double straight = straight_estimate(lane);
  if (!first) {
    const auto& bounds = bounds_[request_.shortest];
    return bounds ? std::max(straight, bounds->lower_bound(lane, goal_values_)) : straight;
  }
  // The way begins start_fraction_ into the lane: no more may be counted than what is left.
  const double passed = nodes_[at(lane)].length * start_fraction_ / (request_.shortest ? 1.0 : top_speed_);
  return std::max(0.0, straight - passed);
}

// Also marks the labels that this one beats.
bool RouteSearch::beaten(const Label& label) {
  Labels& own = of_lane_[at(label.lane)];
  if (own.generation != generation_) own = {generation_, -1};
  for (std::int32_t i = own.head; i >= 0; i = labels_[at(i)].next)
    if (labels_[at(i)].end_cost <= label.end_cost && labels_[at(i)].room >= label.room) return true;
  for (std::int32_t i = own.head; i >= 0; i = labels_[at(i)].next)
    if (label.end_cost <= labels_[at(i)].end_cost && label.room >= labels_[at(i)].room) labels_[at(i)].dead = 1;
  return false;
}

void RouteSearch::add(Row lane, double cost, double used, std::int32_t parent, bool first) {
  Label label{};
  label.cost = cost;
  label.end_cost = cost + lane_cost(lane, fraction(first));
  label.used = used;
  label.room = nodes_[at(lane)].length * fraction(first) - used;
  label.lane = lane;
  label.parent = parent;
  label.first = first ? 1 : 0;
  if (beaten(label)) return;
  label.next = of_lane_[at(lane)].head;
  const auto index = static_cast<std::int32_t>(labels_.size());
  of_lane_[at(lane)].head = index;
  labels_.push_back(label);
  // Most connecting lanes: nothing to decide there, so they need no place in the heap.
  if (nodes_[at(lane)].straight && lane != request_.to_lane) return expand(index);
  push({cost + estimate(lane, first), lane, index});
}

bool RouteSearch::leads_straight_on(const Lane& lane) const {
  return lane.junction != kNone && lane.successors.size() == 1 &&
         map_->lanes[at(map_->links[at(lane.successors.begin)])].junction == kNone;
}

void RouteSearch::try_goal(std::int32_t index) {
  const Label& label = labels_[at(index)];
  if (label.lane != request_.to_lane) return;
  const double length = nodes_[at(label.lane)].length;
  const double begin = length * (1.0 - fraction(label.first != 0));
  if (request_.to_s < begin + label.used - 1e-9) return;
  const double cost =
      label.cost + lane_cost(label.lane, length > 0 ? std::max(0.0, request_.to_s - begin) / length : 0.0);
  if (goal_label_ >= 0 && goal_cost_ <= cost) return;
  goal_cost_ = cost;
  goal_label_ = index;
}

void RouteSearch::expand_change(std::int32_t index, Row neighbour) {
  const Label label = labels_[at(index)];
  const Node& from = nodes_[at(label.lane)];
  const Node& to = nodes_[at(neighbour)];
  const double needed = label.used + request_.lane_change_length_m;
  if (label.room < request_.lane_change_length_m || to.length * fraction(label.first != 0) < needed) return;
  // Never cheaper than the sideways metres, so that the estimate stays consistent.
  const double dx = from.x - to.x, dy = from.y - to.y;
  const double sideways = std::sqrt(dx * dx + dy * dy) / (request_.shortest ? 1.0 : top_speed_);
  add(neighbour, label.cost + std::max(request_.lane_change_cost_s, sideways), needed, index, label.first != 0);
}

// Lanes of a city lie far apart in memory: what is needed next is asked for before it is.
void RouteSearch::ask(Row lane) const {
  sim::prefetch(&nodes_[at(lane)]);
  sim::prefetch(&of_lane_[at(lane)]);
  if (const auto& bounds = bounds_[request_.shortest]) bounds->ask(lane);
}

void RouteSearch::ask(const Entry& entry) const {
  sim::prefetch(&labels_[at(entry.label)]);
  sim::prefetch(&map_->links[at(nodes_[at(entry.lane)].successors.begin)]);
}

void RouteSearch::expand(std::int32_t index) {
  const Node& node = nodes_[at(labels_[at(index)].lane)];
  const double cost = labels_[at(index)].end_cost;
  for (const Row next : Map::rows(map_->links, node.successors)) ask(next);
  if (node.left != kNone) ask(node.left);
  if (node.right != kNone) ask(node.right);
  for (const Row next : Map::rows(map_->links, node.successors))
    if (nodes_[at(next)].drivable) add(next, cost, 0.0, index, false);
  if (node.left != kNone) expand_change(index, node.left);
  if (node.right != kNone) expand_change(index, node.right);
}

// A 4-ary heap: half the levels of a binary one, and the children share a cache line.
void RouteSearch::push(Entry entry) {
  std::size_t i = heap_.size();
  heap_.push_back(entry);
  while (i > 0) {
    const std::size_t parent = (i - 1) / 4;
    if (!(entry < heap_[parent])) break;
    heap_[i] = heap_[parent];
    i = parent;
  }
  heap_[i] = entry;
}

RouteSearch::Entry RouteSearch::pop() {
  const Entry top = heap_.front();
  const Entry last = heap_.back();
  heap_.pop_back();
  if (heap_.empty()) return top;
  std::size_t i = 0;
  for (;;) {
    const std::size_t first = 4 * i + 1;
    if (first >= heap_.size()) break;
    std::size_t best = first;
    for (std::size_t child = first + 1; child < std::min(first + 4, heap_.size()); ++child)
      if (heap_[child] < heap_[best]) best = child;
    if (!(heap_[best] < last)) break;
    heap_[i] = heap_[best];
    i = best;
  }
  heap_[i] = last;
  return top;
}

void RouteSearch::begin(const RouteRequest& request) {
  request_ = request;
  const double length = nodes_[at(request.from_lane)].length, to_length = nodes_[at(request.to_lane)].length;
  request_.from_s = std::clamp(request.from_s, 0.0, length);
  request_.to_s = std::clamp(request.to_s, 0.0, to_length);
  start_fraction_ = length > 0 ? request_.from_s / length : 0.0;
  const sim::Vec2 goal = point_at(*map_, request.to_lane, request_.to_s);
  goal_x_ = goal.x(), goal_y_ = goal.y();
  if (auto& bounds = bounds_[request_.shortest]; map_->lanes.size() >= landmarks_from_lanes_) {
    if (!bounds) bounds.emplace(*map_, request_.shortest);
    goal_values_ = bounds->at_place(request.to_lane, to_length > 0 ? request_.to_s / to_length : 0.0);
  }
  if (++generation_ == 0) std::fill(of_lane_.begin(), of_lane_.end(), Labels{}), generation_ = 1;
  labels_.clear(), heap_.clear();
  goal_label_ = -1;
}

// Looks back from the destination: a pocket's beginning, say, cannot be driven to, because the way onto a pocket is a
// lane change that ends farther on; without this the search would visit all the city first. It asks for less than the
// search does, and gives up (false) where there is more behind than a few lanes.
bool RouteSearch::cut_off() {
  constexpr std::size_t kFew = 64;
  const RouteRequest& r = request_;
  behind_.assign(1, r.to_lane);
  const auto add = [&](Row lane) {
    if (std::find(behind_.begin(), behind_.end(), lane) == behind_.end()) behind_.push_back(lane);
  };
  for (std::size_t i = 0; i < behind_.size(); ++i) {
    const Row row = behind_[i];
    if (row == r.from_lane || behind_.size() > kFew) return false;
    for (const Row before : map_->predecessors(row)) add(before);
    if ((i == 0 ? r.to_s : nodes_[at(row)].length) < r.lane_change_length_m - 1e-6) continue;
    const Lane& lane = map_->lanes[at(row)];
    if (lane.left != kNone && nodes_[at(lane.left)].right == row) add(lane.left);
    if (lane.right != kNone && nodes_[at(lane.right)].left == row) add(lane.right);
  }
  return true;
}

bool RouteSearch::find(const RouteRequest& request, std::vector<Row>& lanes) {
  begin(request);
  if (cut_off()) return false;
  add(request.from_lane, 0.0, 0.0, -1, true);
  while (!heap_.empty()) {
    const Entry entry = pop();
    if (goal_label_ >= 0 && entry.estimate >= goal_cost_) break;
    if (!heap_.empty()) ask(heap_.front());
    if (labels_[at(entry.label)].dead) continue;
    try_goal(entry.label);
    expand(entry.label);
  }
  for (std::int32_t i = goal_label_; i >= 0; i = labels_[at(i)].parent) lanes.push_back(labels_[at(i)].lane);
  std::reverse(lanes.begin(), lanes.end());
  return goal_label_ >= 0;
}

}  // namespace bitgoeul::maps
