#include "viewer/entity_list.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace bitgoeul::viewer {

namespace {

bool role_passes(const Filter& f, const Mover& m) {
  return m.role == sim::Role::kEgo ? f.egos : m.role == sim::Role::kTraffic ? f.traffic : f.actors;
}

bool text_passes(std::string_view text, const Mover& m, const EntityListInput& in) {
  if (text.empty() || to_string(m.kind).find(text) != std::string_view::npos) return true;
  const int company = in.roster.company(m.row);
  if (company >= 0 && in.roster.companies()[static_cast<std::size_t>(company)].find(text) != std::string::npos)
    return true;
  return in.name_of(m.row).find(text) != std::string::npos;
}

// The junctions that a filter names, ready to be asked who is on one of them.
class Chosen {
 public:
  Chosen(std::string_view id, const maps::Map* map) {
    if (id.empty() || !map) return;
    for (const maps::Junction& j : map->junctions)
      if (id == "*" || map->text_of(j.id) == id) by_x_.push_back(&j), largest_ = std::max(largest_, j.radius);
    std::sort(by_x_.begin(), by_x_.end(), [](const auto* a, const auto* b) { return a->x < b->x; });
  }
  bool holds(const Mover& m) const {
    auto j = std::lower_bound(by_x_.begin(), by_x_.end(), m.x - largest_,
                              [](const maps::Junction* a, double x) { return a->x < x; });
    for (; j != by_x_.end() && (*j)->x <= m.x + largest_; ++j)
      if (std::hypot((*j)->x - m.x, (*j)->y - m.y) <= (*j)->radius) return true;
    return false;
  }

 private:
  std::vector<const maps::Junction*> by_x_;
  double largest_ = 0;
};

}  // namespace

const std::vector<sim::Row>& EntityList::rows(const Filter& filter, const EntityListInput& in) {
  const Frame frame{in.moment.time_ns, in.moment.movers.size(), in.moment.hash};
  if (frame == frame_ && filter == filter_) return rows_;
  filter_ = filter, frame_ = frame;
  rows_.clear();
  const std::string_view text(filter.text.data());
  const bool anywhere = filter.junction[0] == 0;
  const Chosen junctions(filter.junction.data(), in.map);
  for (const bool first : {true, false})
    for (const Mover& m : in.moment.movers) {
      if ((m.role != sim::Role::kTraffic) != first || !role_passes(filter, m)) continue;
      if (filter.company >= 0 && in.roster.company(m.row) != filter.company) continue;
      if (filter.judged != Judged::kNot && in.roster.judged(m.row) != filter.judged) continue;
      if (!anywhere && !junctions.holds(m)) continue;
      if (text_passes(text, m, in)) rows_.push_back(m.row);
    }
  return rows_;
}

maps::Row junction_near(const maps::Map& map, double x, double y) {
  maps::Row best = maps::kNone;
  double nearest = 100;
  for (std::size_t i = 0; i < map.junctions.size(); ++i) {
    const maps::Junction& j = map.junctions[i];
    const double off = std::hypot(j.x - x, j.y - y) - j.radius;
    if (off < nearest) nearest = off, best = static_cast<maps::Row>(i);
  }
  return best;
}

}  // namespace bitgoeul::viewer
