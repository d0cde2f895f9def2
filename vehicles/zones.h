// Zones: places where background vehicles come into the world and leave it while a story lasts: sources, sinks, swarms
// about an entity, areas with a number of vehicles (OpenSCENARIO 1.3, 7.4.3 traffic actions). What a zone has made is
// driven like all background traffic. Zones are made before the run and started and stopped in it; what is drawn is
// keyed by the zone and its draw. Metres, map frame. Thread rule: serial (story and commit).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "vehicles/state.h"

namespace bitgoeul::vehicles {

enum class ZoneKind : std::uint8_t { kSource, kSink, kSwarm, kArea };

struct ZoneType {
  std::uint16_t type = 0;  // row of the catalogue
  double weight = 1;
};
struct LaneRange {
  Row lane = kNone;
  double from = 0, to = 0;
};

struct Zone {
  ZoneKind kind = ZoneKind::kSource;
  std::string name;
  double radius_m = 0;                            // source and sink: a disc about where it was started
  double rate_per_s = 0;                          // source; sink, where 0 is: all of them
  std::int64_t number = 0;                        // swarm and area: vehicles to keep; source: at most so many at a time
  bool continuous = true;                         // area: false = filled once
  double min_speed_mps = -1, max_speed_mps = -1;  // to start with; < 0: what the road allows
  std::vector<std::array<double, 2>> polygon;     // area: corners ...
  std::vector<LaneRange> ranges;                  // ... or pieces of lanes
  Row central = kNone;                            // swarm: the entity that it goes with
  double inner_m = 0, major_m = 0, minor_m = 0, offset_m = 0;  // circle about it; ellipse along its heading, ahead
  double same = 1, opposite = 1;                               // weights of directions, against the central entity
  std::vector<ZoneType> types;
};

class Zones {
 public:
  Zones() = default;
  Zones(std::vector<Zone> zones, std::size_t capacity);
  bool any() const { return !zones_.empty(); }
  const std::vector<Zone>& zones() const { return zones_; }
  std::int64_t present() const;  // vehicles that zones have made and that are in the world
  std::int64_t present(Row zone) const { return table_.present[zone]; }
  void bind(sim::TableSet& state);

  // A zone that is started again goes on from now, at the new place.
  void start(const State& state, Row zone, double x, double y);
  void stop(Row zone) { table_.active[zone] = 0; }  // its vehicles drive on

  // On a moving tick: background vehicles that have to go now, ascending rows, added to `left` (each once).
  void choose_leaving(const State& state, std::vector<Row>& left);
  // The row is leaving the world. True: a zone had made it.
  bool forget(Row row);
  // On a moving tick: brings in what is due. Calls on_spawn(row).
  template <class F>
  void refill(State& state, F&& on_spawn) {
    for (Row zone = 0; zone < static_cast<Row>(zones_.size()); ++zone)
      for (int tries = tries_of(zone); tries > 0 && wants(state, zone); --tries)
        if (const Row row = enter(state, zone); row != kNone) on_spawn(row);
  }

 private:
  struct Table {
    std::vector<std::uint8_t> active;
    std::vector<std::int64_t> since_step, made, removed, draws, present;
    std::vector<double> x, y;
    template <class F>
    void columns(F&& f) {
      f("active", active);
      f("since_step", since_step);
      f("made", made);
      f("removed", removed);
      f("draws", draws);
      f("present", present);
      f("x", x);
      f("y", y);
    }
  };
  struct Owners {
    std::vector<std::int32_t> zone;  // per row of the world: 1 + the zone that made it; 0: none
    template <class F>
    void columns(F&& f) {
      f("zone", zone);
    }
  };
  struct Spot {
    Row lane = kNone;
    double s = 0;
  };
  int tries_of(Row zone) const;
  bool wants(const State& state, Row zone) const;
  Row enter(State& state, Row zone);
  bool draw_spot(const State& state, Row zone, std::int64_t draw, double half, Spot& spot) const;
  std::array<double, 2> draw_point(const State& state, const Zone& zone, std::uint32_t key, std::int64_t draw) const;
  std::uint16_t draw_type(const State& state, const Zone& zone, std::uint32_t key, std::int64_t draw) const;
  bool holds(const State& state, Row zone, double x, double y) const;
  bool right_way(const State& state, const Zone& zone, std::uint32_t key, std::int64_t draw, const Spot& spot) const;
  double due(const State& state, Row zone) const;

  std::vector<Zone> zones_;
  std::vector<std::array<double, 4>> boxes_;  // of polygons: x, y, least and greatest
  Table table_;
  Owners owners_;
};

}  // namespace bitgoeul::vehicles
