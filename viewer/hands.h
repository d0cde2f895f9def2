// Hands: what mouse and keys do to the state: camera, clock, picking, measuring. One table of keys serves the hands and
// the help. Pure apart from the state; main thread only.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "viewer/state.h"
#include "viewer/window.h"

namespace bitgoeul::viewer {

struct KeyHelp {
  const char* keys;
  const char* english;
  const char* korean;
};
std::span<const KeyHelp> key_help();

void take_hands(State& state, const Input& input, double wall_s, int width, int height);
// The vehicle whose box the line of sight through the pixel meets first; kNone: none.
sim::Row pick(const Moment& moment, const CameraPose& pose, double x, double y, int width, int height);
// Where the line of sight through the pixel meets the land.
std::optional<Vec3> ground_under(const State& state, double x, double y, int width, int height,
                                 const std::function<double(double x, double y)>& height_of);

}  // namespace bitgoeul::viewer
