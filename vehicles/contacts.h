// Contacts: which bodies overlap, seen from above, as oriented boxes (separating axis test). An observer: it changes
// nothing (crash.h does). Egos, actors and wrecks are tested in every step, background vehicles among themselves when
// they have moved. A pair begins and ends once; pairs are state. Thread rule: find() parallel over rows, posts kTouch
// messages; settle() serial.
#pragma once

#include <string_view>
#include <vector>

#include "sim/event.h"
#include "sim/grid.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

inline constexpr double kLevelM = 2.5;  // bodies farther apart in height do not touch

struct Box {
  double x = 0, y = 0, yaw_rad = 0, half_length = 0, half_width = 0;
};
bool overlap(const Box& a, const Box& b);
Box box_of(const State& state, Row row);  // where it is now

// Pairs that touch now, ascending by (a, b), a < b.
struct ContactPairs {
  std::vector<Row> a, b;
  template <class F>
  void columns(F&& f) {
    f("a", a);
    f("b", b);
  }
};

class Contacts {
 public:
  explicit Contacts(std::size_t capacity);
  void rebuild(const State& state);
  // The pairs that touch, as messages.
  void find(State& state, Row begin, Row end, std::size_t block) const;
  // `touching`: pairs of this step, a < b, ascending. Calls on_begin(a, b) and on_end(a, b) for what is new and
  // what is over.
  template <class Begin, class End>
  void settle(const State& state, const std::vector<std::pair<Row, Row>>& touching, Begin&& on_begin, End&& on_end);

  // A vehicle leaves the world while it touches others: those contacts end now, while it still has a name and a place.
  template <class End>
  void forget(Row row, End&& on_end);

  ContactPairs pairs;

 private:
  bool tested_now(const State& state, Row row) const;
  bool looks_around(const State& state, Row row) const;
  void look_around(State& state, Row row, std::size_t block) const;
  sim::Grid grid_{32.0};
  std::vector<std::pair<Row, Row>> kept_;
  std::vector<float> reach_;  // per row, as of the grid
  double farthest_ = 0;       // the longest of them
};

template <class Begin, class End>
void Contacts::settle(const State& state, const std::vector<std::pair<Row, Row>>& touching, Begin&& on_begin,
                      End&& on_end) {
  kept_.clear();
  std::size_t i = 0, j = 0;
  while (i < pairs.a.size() || j < touching.size()) {
    const bool has_old = i < pairs.a.size();
    const std::pair<Row, Row> old = has_old ? std::pair{pairs.a[i], pairs.b[i]} : std::pair{Row{0}, Row{0}};
    if (has_old && (j == touching.size() || old < touching[j])) {
      ++i;
      if (tested_now(state, old.first) || tested_now(state, old.second))
        on_end(old.first, old.second);
      else
        kept_.push_back(old);
    } else {
      if (has_old && old == touching[j])
        ++i;
      else
        on_begin(touching[j].first, touching[j].second);
      kept_.push_back(touching[j++]);
    }
  }
  pairs.a.clear();
  pairs.b.clear();
  for (const auto& [a, b] : kept_) pairs.a.push_back(a), pairs.b.push_back(b);
}

template <class End>
void Contacts::forget(Row row, End&& on_end) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pairs.a.size(); ++i) {
    const Row a = pairs.a[i], b = pairs.b[i];
    if (a == row || b == row) {
      on_end(a, b);
      continue;
    }
    pairs.a[kept] = a;
    pairs.b[kept++] = b;
  }
  pairs.a.resize(kept);
  pairs.b.resize(kept);
}

}  // namespace bitgoeul::vehicles
