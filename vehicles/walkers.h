// Walkers: people of background traffic who cross the road at crosswalks, or some of them beside one. Their number is
// held: who has crossed leaves the world, another one comes to a kerb elsewhere. A walker waits for its light, or for a
// gap, or for drivers who have time to stop and therefore do; looks again before every lane; and never steps before a
// vehicle that cannot stop in comfort. Who crosses beside a crosswalk waits for a gap in which nobody has to brake.
// Drivers stop for who is on the road before them, and for who is about to step onto a crosswalk (Road Traffic Act of
// Korea, article 27). Walking speeds: Weidmann 1993 (mean 1.34 m/s). Metres, seconds, map frame.
// Thread rule: step() serially in the first step of a tick; `yields` is read anywhere.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/table.h"
#include "vehicles/crossings.h"
#include "vehicles/vehicle_table.h"
#include "vehicles/vehicle_type.h"

namespace bitgoeul::vehicles {

struct Impact;
struct State;

// A run that has walkers needs their types in its catalogue; those that are there stay.
void add_walker_types(Catalogue& catalogue);

class Walkers {
 public:
  enum class Phase : std::uint8_t { kNone, kWaits, kAbout, kWalks, kStruck };

  Walkers() = default;
  // At most `count` at a time; `jaywalking`: the share of them who cross beside a crosswalk, where streets allow it.
  Walkers(const maps::Map& map, const Catalogue& catalogue, int count, double jaywalking = 0);
  bool any() const { return !table_.phase.empty(); }
  const Crossings& crossings() const { return crossings_; }
  std::int64_t present() const;
  std::int64_t crossed() const { return counts_.crossed[0]; }
  std::int64_t gave_up() const { return counts_.gave_up[0]; }
  void bind(sim::TableSet& state);
  // Sets `at` to 1 for the crossings where somebody waits; `at`: one per crossing.
  void mark_waiting(std::vector<std::uint8_t>& at) const;

  // Whether drivers have to stop before that row of Crossings::crossed, now.
  bool yields(Row crossed) const { return yields_[static_cast<std::size_t>(crossed)] != 0; }
  // Whether somebody is on that stretch of a lane, or about to step onto it.
  bool on(const LaneRule& rule, double from_s, double to_s) const;
  // Everybody's next tick. Appends the rows that have come into the world, and those that have to leave it.
  void step(State& state, std::vector<Row>& come, std::vector<Row>& left);
  // Leaves the world: row and id are given back.
  void remove(State& state, Row row);
  // Pairs of rows that have begun to touch, and what that does to walkers among them, added to `impacts`. Who is hit is
  // thrown along with the other body, which loses the momentum that the person takes, slides to rest as in Searle's
  // equation (SAE 831622, 1983; 930659, 1993: v^2 / (2 mu g), the least throw of who is hit at v), and lies there.
  // Vehicles on rails bend to no force.
  void strike(State& state, const std::vector<std::pair<Row, Row>>& begun, std::vector<Impact>& impacts);
  // What follows from the tables.
  void derive(const State& state);

 private:
  struct Table {  // per slot
    std::vector<Phase> phase;
    std::vector<std::uint8_t> forward;  // from `from` to `to`
    std::vector<Row> row, crossing;
    std::vector<double> along_m;  // from the kerb where it started; negative: before it
    std::vector<float> aside_m, speed_mps;
    std::vector<std::int64_t> since_step, draws;  // of its phase (walking: since it could last go on); draws made
    template <class F>
    void columns(F&& f) {
      f("phase", phase);
      f("forward", forward);
      f("row", row);
      f("crossing", crossing);
      f("along_m", along_m);
      f("aside_m", aside_m);
      f("speed_mps", speed_mps);
      f("since_step", since_step);
      f("draws", draws);
    }
  };
  struct Counts {
    std::vector<std::int64_t> crossed{0}, gave_up{0};
    template <class F>
    void columns(F&& f) {
      f("crossed", crossed);
      f("gave_up", gave_up);
    }
  };
  struct Band {  // a lane as the walker meets it: where it begins and ends, from its own kerb
    Row crossed = kNone;
    double begin = 0, end = 0;
  };

  std::size_t slot_of(Row row) const;
  double draw(const State& state, std::size_t slot, int what) const;
  void enter(State& state, std::size_t slot);
  void wait(State& state, std::size_t slot);
  void start(State& state, std::size_t slot);
  void walk(State& state, std::size_t slot);
  struct Hit {
    double speed_mps = 0;  // relative, before
    double walker_delta_v_mps = 0, other_delta_v_mps = 0;
  };
  Hit hit(State& state, Row row, Row by);
  void slide(State& state, std::size_t slot) const;
  void lie_at(State& state, std::size_t slot, double x, double y) const;
  double mass_kg(const State& state, Row row) const;
  void show(State& state, std::size_t slot, double speed) const;
  bool may_go(const State& state, std::size_t slot) const;
  bool at_crosswalk(std::size_t slot) const {
    return static_cast<std::size_t>(table_.crossing[slot]) < crossings_.crosswalks;
  }
  bool clear(const State& state, Row crossed, double gap_s = 0) const;
  bool gap_suffices(const State& state, std::size_t slot) const;
  Row first_blocked(const State& state, std::size_t slot, double reach_m) const;
  void flag(const State& state, std::size_t slot);
  template <class F>
  void each_band(std::size_t slot, F&& f) const;
  double age_s(const State& state, std::size_t slot) const;

  Crossings crossings_;
  double jaywalking_ = 0;
  std::vector<std::uint16_t> types_;  // rows of the catalogue, one per kind of people
  Table table_;
  Counts counts_;
  std::vector<std::uint8_t> yields_;  // per row of crossed; follows from the tables
  std::vector<Row> flagged_;
};

}  // namespace bitgoeul::vehicles
