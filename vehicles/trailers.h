// Trailers: semi-trailers and drawbar trailers, each an entity with its own row. A trailer follows its hitch when all
// vehicles have moved: its coupler is where the hitch is, its axle keeps its track (hitch.h), and the vehicle feels the
// pull when it is a double-track model. Loose, it brakes and stands. Dollies are trailers with a hitch of their own.
// Thread rule: serial.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/result.h"
#include "vehicles/state.h"

namespace bitgoeul::vehicles {

struct Trailers {
  std::vector<Row> row;  // of the trailer; towing vehicles before what they tow where a chain is set up
  std::vector<double> vx_mps, vy_mps, yaw_rate_radps;  // of the centre of gravity, map frame
  template <class F>
  void columns(F&& f) {
    f("row", row);
    f("vx_mps", vx_mps);
    f("vy_mps", vy_mps);
    f("yaw_rate_radps", yaw_rate_radps);
  }
};

bool is_trailer(const VehicleType& type);

// Rows of trailers that are there from the start.
void add_trailer(State& state, Trailers& trailers, Row row);
// Hangs a trailer on a vehicle. `anywhere`: it is brought behind the vehicle first, straight; otherwise its coupler has
// to be within kReachM of the hitch. Fails, saying why, when one of them cannot be coupled.
inline constexpr double kReachM = 1.0;
sim::Result<void> connect_trailer(State& state, Trailers& trailers, Row trailer, Row vehicle, bool anywhere);
sim::Result<void> disconnect_trailer(State& state, Trailers& trailers, Row trailer);

// All trailers by one step; after the dynamics stage.
void move_trailers(State& state, Trailers& trailers);
// Those that hang on vehicles in `left` leave with them.
void leave_with_vehicles(const State& state, const Trailers& trailers, std::vector<Row>& left);

}  // namespace bitgoeul::vehicles
